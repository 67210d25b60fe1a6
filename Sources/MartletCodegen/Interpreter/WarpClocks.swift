import MartletIR

/// What the threads of each warp know of each other's past: their vector clocks.
///
/// A thread's own clock counts its meetings. In a meeting each thread learns what the others know,
/// so a touch lies in a thread's past if the thread has learnt of a later time of the toucher.
final class WarpClocks {
  /// What one thread knows.
  struct Past {
    static var none: Past { Past(times: nil, warp: 0, lane: 0) }

    /// By lane.
    fileprivate let times: UnsafePointer<UInt32>?
    fileprivate let warp: Int
    fileprivate let lane: Int

    /// Whether the kernel has meetings that order memory at all.
    @inline(__always)
    var isKept: Bool { times != nil }

    @inline(__always)
    var now: UInt32 { times.map { $0[lane] } ?? 0 }

    @inline(__always)
    func contains(_ mark: Mark) -> Bool {
      guard let times else { return false }
      let other = mark.touch.thread.quotientAndRemainder(dividingBy: Collective.warpSize)
      return other.quotient == warp && times[other.remainder] >= mark.time
    }
  }

  private let memory: LaunchMemory
  private let times: UnsafeMutablePointer<UInt32>

  init(threadCount: Int) throws(MartletError) {
    let size = Collective.warpSize
    memory = try LaunchMemory(byteCount: threadCount * size * MemoryLayout<UInt32>.stride)
    times = memory.start.bindMemory(to: UInt32.self, capacity: threadCount * size)
    // From 1 on, so that nobody knows of anything at first.
    for thread in 0..<threadCount { times[thread * size + thread % size] = 1 }
  }

  func past(of thread: Int) -> Past {
    let (warp, lane) = thread.quotientAndRemainder(dividingBy: Collective.warpSize)
    return Past(times: UnsafePointer(times + thread * Collective.warpSize), warp: warp, lane: lane)
  }

  /// Threads of one warp meet.
  func meet(_ threads: [Int]) {
    let size = Collective.warpSize
    for lane in 0..<size {
      let latest = threads.reduce(0) { max($0, times[$1 * size + lane]) }
      for thread in threads { times[thread * size + lane] = latest }
    }
    for thread in threads { times[thread * size + thread % size] += 1 }
  }
}
