import CMartlet
import Glibc
import MartletIR
import Synchronization
import Testing

@testable import MartletRuntime

/// Divides `x[i] = a / x[i]`, one by one.
private let divideText = """
  define void @divide(ptr %buffers, ptr %integers, i64 %begin, i64 %end) nounwind {
  entry:
    %x = load ptr, ptr %buffers
    %a = load double, ptr %integers
    br label %head
  head:
    %i = phi i64 [ %begin, %entry ], [ %next, %body ]
    %more = icmp slt i64 %i, %end
    br i1 %more, label %body, label %done
  body:
    %p = getelementptr double, ptr %x, i64 %i
    %v = load double, ptr %p
    %q = fdiv double %a, %v
    store double %q, ptr %p
    %next = add i64 %i, 1
    br label %head
  done:
    ret void
  }
  """

@Suite struct WorkersTests {
  private func divide() throws -> UnsafeRawPointer {
    try KernelCache.withoutDisk.function(text: divideText, symbol: "divide")
  }

  private func launch(
    _ workers: Workers, _ values: inout [Double], _ a: Double, grain: Int
  ) throws -> FloatingPointEvents {
    let function = try divide()
    let count = values.count
    let slot = Int64(bitPattern: a.bitPattern)
    return values.withUnsafeMutableBytes { x in
      withUnsafePointer(to: x.baseAddress) { buffers in
        withUnsafePointer(to: slot) { slots in
          workers.launch(
            function: function, buffers: buffers, integers: slots, count: count, grain: grain)
        }
      }
    }
  }

  @Test(arguments: [1, 2, 3, 8])
  func everyIterationRunsOnce(threads: Int) {
    let workers = Workers(threads: threads)
    for count in [0, 1, 2, 7, 100, 1001] {
      for grain in [1, 3, 64, 5000] {
        let seen = (0..<count).map { _ in AtomicWord(0) }
        workers.parallel(count: count, grain: grain) { begin, end in
          #expect(begin % grain == 0)
          #expect(end == min(begin + grain, count))
          for i in begin..<end { _ = seen[i].add(1) }
        }
        #expect(seen.allSatisfy { $0.load() == 1 })
      }
    }
  }

  @Test(arguments: [1, 2, 5])
  func launchesCompiledKernels(threads: Int) throws {
    let workers = Workers(threads: threads)
    for round in 0..<200 {
      var values = (0..<1000).map { Double($0 % 7 + 1 + round) }
      let expected = values.map { 1 / $0 }
      _ = try launch(workers, &values, 1, grain: 10 + round)
      #expect(values == expected)
    }
  }

  @Test(arguments: [1, 2, 4])
  func mergesTheFlagsOfAllThreads(threads: Int) throws {
    let workers = Workers(threads: threads)
    for position in [0, 400, 999] {
      var values = [Double](repeating: 2, count: 1000)
      values[position] = 0
      #expect(try launch(workers, &values, 1, grain: 10) == [.divideByZero])
      #expect(values[position] == .infinity)
      values = [Double](repeating: 2, count: 1000)
      values[position] = 0
      #expect(try launch(workers, &values, 0, grain: 10) == [.invalid])
      values[position] = 1e-300
      values[0] = 4
      #expect(try launch(workers, &values, 1e300, grain: 10).contains(.overflow) == (position > 0))
      values = [Double](repeating: 2, count: 1000)
      #expect(try launch(workers, &values, 1, grain: 10) == [])
    }
  }

  @Test func workersUseTheCallersRoundingMode() throws {
    let workers = Workers(threads: 3)
    var nearest = [Double](repeating: 3, count: 300)
    _ = try launch(workers, &nearest, 1, grain: 1)
    fesetround(FE_UPWARD)
    defer { fesetround(FE_TONEAREST) }
    var upward = [Double](repeating: 3, count: 300)
    _ = try launch(workers, &upward, 1, grain: 1)
    #expect(nearest.allSatisfy { $0 == nearest[0] })
    #expect(upward.allSatisfy { $0 == nearest[0].nextUp })
  }

  @Test func nestedWorkRunsOnTheSameThread() {
    let workers = Workers(threads: 4)
    let sum = AtomicWord(0)
    workers.parallel(count: 16) { _, _ in
      let thread = pthread_self()
      workers.parallel(count: 10) { _, _ in
        #expect(pthread_self() == thread)
        _ = sum.add(1)
      }
    }
    #expect(sum.load() == 160)
  }

  @Test func manyCallersAtOnce() async {
    let workers = Workers(threads: 4)
    await withTaskGroup(of: UInt32.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let sum = AtomicWord(0)
          for _ in 0..<300 {
            workers.parallel(count: 50) { begin, _ in _ = sum.add(UInt32(begin)) }
          }
          return sum.load()
        }
      }
      for await sum in group { #expect(sum == 300 * 1225) }
    }
  }

  @Test func wakesSleepersAgain() {
    let workers = Workers(threads: 4)
    for _ in 0..<20 {
      let sum = AtomicWord(0)
      workers.parallel(count: 64) { _, _ in
        usleep(20)
        _ = sum.add(1)
      }
      #expect(sum.load() == 64)
      usleep(2000)  // Longer than the workers spin.
    }
  }

  /// In a process of its own: here another thread may hold a lock of Swift's at the moment of the
  /// fork, which stays locked in the child for ever.
  @Test(.enabled(if: canFork, "the thread sanitizer ends a forked child of several threads"))
  func worksInAForkedChild() async {
    await #expect(processExitsWith: .success) {
      let sum = AtomicWord(0)
      Workers.shared.parallel(count: 100) { _, _ in _ = sum.add(1) }
      let status = forked {
        // Exits with 0 only when all tasks ran.
        let inChild = AtomicWord(0)
        Workers.shared.parallel(count: 100) { _, _ in _ = inChild.add(1) }
        return inChild.load() == 100 ? 0 : 1
      }
      #expect(status == 0)
    }
  }

  @Test(.enabled(if: canFork, "the thread sanitizer ends a forked child of several threads"))
  func aForkedChildCompilesAndAllocates() async {
    await #expect(processExitsWith: .success) {
      _ = try KernelCache.withoutDisk.function(text: divideText, symbol: "divide")
      let status = forked {
        let text = divideText + "; in a child"
        guard let function = try? KernelCache.withoutDisk.function(text: text, symbol: "divide"),
          let buffer = try? Buffer(byteCount: 80_000)
        else { return 1 }
        let values = buffer.pointer.bindMemory(to: Double.self, capacity: 10_000)
        values.initialize(repeating: 4, count: 10_000)
        let events = withUnsafePointer(to: Optional(buffer.pointer)) { buffers in
          withUnsafePointer(to: Int64(bitPattern: 1.0.bitPattern)) { slots in
            Workers.shared.launch(
              function: function, buffers: buffers, integers: slots, count: 10_000, grain: 100)
          }
        }
        return events.isEmpty && values[9999] == 0.25 ? 0 : 2
      }
      #expect(status == 0)
    }
  }
}

extension KernelCache {
  /// For tests that must not touch the user's cache.
  static let withoutDisk = KernelCache(disk: DiskCache(directory: nil))
}

@Suite struct GangTests {
  /// How many tasks have begun.
  private struct Meeting {
    let begun = AtomicWord(0)
    var size: UInt32
  }

  private static let meet: Workers.GangTask = { context, _ in
    let meeting = context.assumingMemoryBound(to: Meeting.self)
    _ = meeting.pointee.begun.add(1)
    // Only where all run at the same time does this end.
    while meeting.pointee.begun.load() < meeting.pointee.size { sched_yield() }
  }

  @Test func tasksWaitForEachOther() {
    let workers = Workers(threads: 4)
    for size in [2, 3, 4] {
      for _ in 0..<50 {
        var meeting = Meeting(size: UInt32(size))
        #expect(workers.gang(size, &meeting, Self.meet))
        #expect(meeting.begun.load() == UInt32(size))
      }
    }
    var meeting = Meeting(size: 1)
    #expect(!workers.gang(5, &meeting, Self.meet))
    #expect(meeting.begun.load() == 0)
  }

  @Test func insideOfATaskThereIsNoGang() {
    let workers = Workers(threads: 2)
    let refused = AtomicWord(0)
    workers.parallel(count: 4) { first, end in
      for _ in first..<end {
        var meeting = Meeting(size: 2)
        if !workers.gang(2, &meeting, Self.meet) { _ = refused.add(1) }
      }
    }
    #expect(refused.load() == 4)
  }

  @Test func theCallersFlagsStay() {
    let workers = Workers(threads: 2)
    martlet_fp_clear()
    martlet_fp_raise(FloatingPointEvents.overflow.rawValue)
    var meeting = Meeting(size: 2)
    #expect(workers.gang(2, &meeting, Self.meet))
    #expect(FloatingPointEvents.takeFromThread() == .overflow)
  }
}
