import MartletRuntime
import Synchronization

/// Compiled kernels by the words of their keys. Readers need no lock: what the table leads to is
/// written before it is published, and never changes or goes.
struct KnownKernels: @unchecked Sendable {
  // Unchecked: the lists are atomic, and never freed.

  private final class Entry: @unchecked Sendable {
    // Unchecked: nothing changes after `init`; the words are never freed.
    let words: UnsafeMutablePointer<UInt32>
    let count: Int
    let kernel: CPUKernel
    let next: Unmanaged<Entry>?

    init(_ key: UnsafeBufferPointer<UInt32>, _ kernel: CPUKernel, next: Unmanaged<Entry>?) {
      words = .allocate(capacity: max(key.count, 1))
      for (i, word) in key.enumerated() { (words + i).initialize(to: word) }
      count = key.count
      self.kernel = kernel
      self.next = next
    }
  }

  private static let size = 4096
  /// Lists of entries, one for each number that keys are hashed to.
  private let lists: UnsafeMutablePointer<Atomic<UnsafeRawPointer?>>

  init() {
    lists = .allocate(capacity: Self.size)
    for i in 0..<Self.size { (lists + i).initialize(to: Atomic(nil)) }
  }

  private static func hash(_ key: UnsafeBufferPointer<UInt32>) -> Int {
    var hash: UInt64 = 0x9e37_79b9_7f4a_7c15
    for word in key { hash = (hash ^ UInt64(word)) &* 0xff51_afd7_ed55_8ccd ^ (hash >> 29) }
    return Int(truncatingIfNeeded: hash >> 40) & (size - 1)
  }

  func find(_ key: UnsafeBufferPointer<UInt32>) -> CPUKernel? {
    var next = lists[Self.hash(key)].load(ordering: .acquiring)
    while let place = next {
      let entry = Unmanaged<Entry>.fromOpaque(place)
      let known = entry._withUnsafeGuaranteedRef { entry -> CPUKernel? in
        guard entry.count == key.count else { return nil }
        for i in 0..<entry.count where entry.words[i] != key[i] { return nil }
        return entry.kernel
      }
      if let known { return known }
      next = entry._withUnsafeGuaranteedRef { $0.next.map { UnsafeRawPointer($0.toOpaque()) } }
    }
    return nil
  }

  /// Under a lock of the caller's.
  func insert(_ key: UnsafeBufferPointer<UInt32>, _ kernel: CPUKernel) {
    let list = Self.hash(key)
    let first = lists[list].load(ordering: .relaxed)
    let entry = Entry(key, kernel, next: first.map { Unmanaged.fromOpaque($0) })
    lists[list].store(
      UnsafeRawPointer(Unmanaged.passRetained(entry).toOpaque()), ordering: .releasing)
  }
}
