import Glibc
import MartletIR
import Synchronization

/// Makes devices fail on purpose, for tests. Every device but the CPU asks here before it does
/// anything; while nothing is armed, asking costs one relaxed load.
///
/// Faults hit the thread that armed them, so that tests can run side by side.
package enum DeviceFaults {
  package enum Operation: String, Sendable, CaseIterable {
    case allocate, copyIn, copyOut, compile, launch
  }

  private struct Place: Hashable {
    var thread: UInt
    var operation: Operation
  }

  private static let armedCount = Atomic<Int>(0)
  /// How many calls are left until the one that fails.
  private static let countdowns = Mutex<[Place: Int]>([:])

  /// The `n`-th next call of an operation on any device (counted from 1) fails: `allocate` throws
  /// `.outOfMemory`, the others `.device`. The calls after it work again.
  package static func arm(_ operation: Operation, after n: Int = 1) {
    countdowns.withLock {
      $0[Place(thread: currentThread, operation: operation)] = max(1, n)
      armedCount.store($0.count, ordering: .relaxed)
    }
  }

  /// Forgets what this thread armed.
  package static func disarm() {
    countdowns.withLock { countdowns in
      let thread = currentThread
      countdowns = countdowns.filter { $0.key.thread != thread }
      armedCount.store(countdowns.count, ordering: .relaxed)
    }
  }

  /// - Throws: `.outOfMemory` or `.device` where this call is the one that shall fail.
  @inline(__always)
  package static func check(
    _ operation: Operation, on device: String, byteCount: Int = 0
  ) throws(MartletError) {
    if armedCount.load(ordering: .relaxed) == 0 { return }
    try countDown(operation, device, byteCount)
  }

  @inline(never)
  private static func countDown(
    _ operation: Operation, _ device: String, _ byteCount: Int
  ) throws(MartletError) {
    let place = Place(thread: currentThread, operation: operation)
    let fails = countdowns.withLock { countdowns in
      guard let left = countdowns[place] else { return false }
      countdowns[place] = left > 1 ? left - 1 : nil
      armedCount.store(countdowns.count, ordering: .relaxed)
      return left == 1
    }
    if !fails { return }
    if operation == .allocate { throw .outOfMemory(bytes: byteCount) }
    throw .device(
      name: device, operation: operation.rawValue, detail: "A test made this call fail.")
  }

  private static var currentThread: UInt { UInt(pthread_self()) }
}
