import CMartlet
import Glibc

/// The threads that share large kernels with the caller.
///
/// The range of a launch is cut into tasks of a fixed size, whatever the number of threads, so
/// results don't depend on it. Each thread starts with a fixed share of the tasks, so that
/// repeated launches find their data in the same core's cache, and helps out where others lag.
///
/// Work often takes only 30 µs, so a thread that has nothing to do spins for a while before it
/// sleeps, and a caller never waits for a thread that has not begun.
package final class Workers: @unchecked Sendable {
  // Unchecked: `job` is written only by the thread that holds `busy`, while `gate` is shut and no
  // worker is inside; workers read it only between entering and leaving. `started` and `available`
  // are guarded by `busy`, the rest is constant or atomic.

  package static let shared = Workers(
    threads: Environment.count("MARTLET_THREADS") ?? Int(martlet_available_processors()))

  /// Threads that take part in a launch, the caller included.
  package let threads: Int

  /// What a launch computes.
  private struct Job {
    var function: UnsafeRawPointer?
    var buffers: UnsafePointer<UnsafeMutableRawPointer?>?
    var integers: UnsafePointer<Int64>?
    /// Instead of `function`, for work that is written in Swift.
    var body: UnsafePointer<(Int, Int) -> Void>?
    /// Instead of both, for tasks that must run at the same time, one on each thread.
    var gang: GangTask?
    var gangContext: UnsafeMutableRawPointer?
    var count: Int64 = 0
    var grain: Int64 = 1
    var tasks = 0
    var participants = 1
    var control: UInt32 = 0
    /// What tells whether the rest of the tasks shall be left.
    var watch: UnsafeMutablePointer<martlet_watch>?
  }

  /// By pointer, so that reading it costs no check of exclusive access.
  private let job: UnsafeMutablePointer<Job>
  /// 1 while a launch has the workers.
  private let busy = AtomicWord(0)
  /// Bit 31: a job is open. Bits 16–30: its number. Bits 0–15: workers inside.
  private let gate = AtomicWord(0)
  private let raised = AtomicWord(0)
  /// The next task of each thread's share.
  private let shares: [AtomicWord]
  /// 1 while that worker sleeps.
  private let sleeping: [AtomicWord]
  private var started = false
  /// How many threads there are once they were started, the caller included: fewer than `threads`
  /// where the system did not give so many. Guarded by `busy`.
  private var available = 1

  private static let openBit: UInt32 = 1 << 31
  private static let numberStep: UInt32 = 1 << 16
  private static let insideMask: UInt32 = 0xffff
  private static let spinNanoseconds: UInt64 = 50_000
  /// How many tasks run between two looks at a watch.
  private static let piece: Int64 = 16
  /// How long a caller that has a watch sleeps before it asks it.
  private static let watchNanoseconds: UInt64 = 20_000_000
  /// Each thread wakes this many others, so that waking many takes a logarithmic time.
  private static let fanOut = 4
  private static let maximumThreads = 512
  /// Tasks are counted in 32 bits, with room for every thread to count one too many.
  private static let maximumTasks = 1 << 31

  package init(threads: Int) {
    let threads = min(max(threads, 1), Self.maximumThreads)
    self.threads = threads
    job = .allocate(capacity: 1)  // Never freed, like the threads that read it.
    job.initialize(to: Job())
    shares = (0..<threads).map { _ in AtomicWord(0) }
    sleeping = (0..<threads).map { _ in AtomicWord(0) }
  }

  // MARK: - Launching

  /// Runs a compiled kernel over `[0, count)` in tasks of `grain`, and returns the floating-point
  /// events of all of them. Allocates nothing.
  ///
  /// The range may also run in one piece, so a kernel must not depend on how it is cut. `function`
  /// must be a kernel from the compiler, and the tables what it expects. The caller asks `watch` while
  /// it waits for others. Where that, or the thread's current watch, stops the work, the rest of the
  /// tasks is left.
  package func launch(
    function: UnsafeRawPointer, buffers: UnsafePointer<UnsafeMutableRawPointer?>?,
    integers: UnsafePointer<Int64>?, count: Int, grain: Int,
    watch: UnsafeMutablePointer<martlet_watch>? = nil
  ) -> FloatingPointEvents {
    guard count > 0 else { return [] }
    let grain = max(grain, 1)
    let current = martlet_watch_current()
    if threads == 1 || count <= grain || count / grain >= Self.maximumTasks
      || !busy.replace(0, with: 1).exchanged
    {
      guard let current else {
        return FloatingPointEvents(
          rawValue: martlet_call_kernel_flags(function, buffers, integers, 0, Int64(count)))
      }
      martlet_fp_clear()
      Self.call(function, buffers, integers, 0, Int64(count), current)
      return .takeFromThread()
    }
    var next = Job()
    next.function = function
    next.buffers = buffers
    next.integers = integers
    next.watch = current
    return run(next, count: count, grain: grain, watch)
  }

  /// Calls `body(begin, end)` for the parts of `[0, count)` in tasks of `grain`, on all threads,
  /// and returns the floating-point events of all of them. Called from inside a task, or while
  /// another thread has the workers, it runs on the calling thread alone. With `mayBeLeft` the thread's
  /// current watch may end it early: nothing that follows must trust what the rest would have written.
  @discardableResult
  package func parallel(
    count: Int, grain: Int = 1, watch: UnsafeMutablePointer<martlet_watch>? = nil,
    mayBeLeft: Bool = false, _ body: @Sendable (_ begin: Int, _ end: Int) -> Void
  ) -> FloatingPointEvents {
    guard count > 0 else { return [] }
    let grain = max(grain, 1)
    let current = mayBeLeft ? martlet_watch_current() : nil
    if threads == 1 || count <= grain || count / grain >= Self.maximumTasks
      || !busy.replace(0, with: 1).exchanged
    {
      martlet_fp_clear()
      var begin = 0
      while begin < count, current.map({ !martlet_watch_is_stopped($0) }) ?? true {
        let end = min(count, begin + grain)
        body(begin, end)
        begin = end
      }
      return .takeFromThread()
    }
    return withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body as (Int, Int) -> Void) { pointer in
        var next = Job()
        next.body = pointer
        next.watch = current
        return run(next, count: count, grain: grain, watch)
      }
    }
  }

  /// One task of a gang: what all of them share, and which it is.
  package typealias GangTask = @convention(c) (UnsafeMutableRawPointer, Int) -> Void

  /// Runs `count` tasks that may wait for each other, so each has a thread of its own. False, and
  /// nothing was done, where there are not so many threads, or others have them: then, and inside of
  /// a task, the caller must find threads elsewhere. Allocates nothing.
  ///
  /// The caller's floating-point flags are afterwards what they would be without the other threads.
  package func gang(
    _ count: Int, _ context: UnsafeMutableRawPointer, _ task: GangTask
  ) -> Bool {
    guard count <= threads, seize() else { return false }
    if !started { start() }
    guard count <= available else {
      busy.store(0)
      return false
    }
    let before = martlet_fp_flags()
    var next = Job()
    next.gang = task
    next.gangContext = context
    _ = run(next, count: count, grain: 1)
    if before != 0 { martlet_fp_raise(before) }
    return true
  }

  /// Takes the workers, if they become free within microseconds.
  private func seize() -> Bool {
    for _ in 0..<64 {
      if busy.load() == 0, busy.replace(0, with: 1).exchanged { return true }
      martlet_pause()
    }
    return false
  }

  /// Runs a job; the caller has set `busy`.
  private func run(
    _ next: Job, count: Int, grain: Int, _ watch: UnsafeMutablePointer<martlet_watch>? = nil
  ) -> FloatingPointEvents {
    if !started { start() }
    var next = next
    next.count = Int64(count)
    next.grain = Int64(grain)
    next.tasks = (count - 1) / grain + 1
    next.participants = min(threads, next.tasks)
    next.control = martlet_fp_control()
    job.pointee = next
    for slot in 0..<next.participants { shares[slot].store(UInt32(share(slot).lowerBound)) }
    raised.store(0)
    martlet_fp_clear()

    // No worker is inside, so the low bits are 0.
    let number = (gate.load() &+ Self.numberStep) & ~(Self.openBit | Self.insideMask)
    gate.store(number | Self.openBit)
    wakeChildren(of: 0)
    work(slot: 0)
    var left = gate.formAnd(~Self.openBit)
    if left & Self.insideMask != 0 {
      let deadline = martlet_nanoseconds() + Self.spinNanoseconds
      while left & Self.insideMask != 0 {
        if martlet_nanoseconds() > deadline {
          if let watch {
            gate.wait(while: left, nanoseconds: Self.watchNanoseconds)
            _ = martlet_watch_look(watch)
          } else {
            gate.wait(while: left)
          }
        } else {
          martlet_pause()
        }
        left = gate.load()
      }
    }
    let events = raised.load() | martlet_fp_flags()
    busy.store(0)
    return FloatingPointEvents(rawValue: events)
  }

  /// The tasks that belong to a thread before anyone helps.
  private func share(_ slot: Int) -> Range<Int> {
    let (tasks, participants) = (job.pointee.tasks, job.pointee.participants)
    return tasks * slot / participants..<tasks * (slot + 1) / participants
  }

  /// Works off the thread's own share, then what others have left.
  private func work(slot: Int) {
    let participants = job.pointee.participants
    for step in 0..<participants {
      let owner = slot + step < participants ? slot + step : slot + step - participants
      let end = share(owner).upperBound
      // Looking first keeps finished shares from being written to by every thread.
      while shares[owner].load() < UInt32(end) {
        let task = Int(shares[owner].add(1))
        if task >= end { break }
        let begin = Int64(task) * job.pointee.grain
        perform(begin, min(job.pointee.count, begin + job.pointee.grain))
      }
    }
  }

  @inline(__always)
  private func perform(_ begin: Int64, _ end: Int64) {
    if let watch = job.pointee.watch {
      if martlet_watch_is_stopped(watch) { return }
      if let function = job.pointee.function {
        return Self.call(
          function, job.pointee.buffers, job.pointee.integers, begin, end, watch)
      }
    }
    if let function = job.pointee.function {
      martlet_call_kernel(function, job.pointee.buffers, job.pointee.integers, begin, end)
    } else if let body = job.pointee.body {
      body.pointee(Int(begin), Int(end))
    } else if let gang = job.pointee.gang, let context = job.pointee.gangContext {
      for task in begin..<end { gang(context, Int(task)) }
    }
  }

  /// Runs tasks in pieces of some hundred microseconds, until they end or the watch stops them.
  @inline(never)
  private static func call(
    _ function: UnsafeRawPointer, _ buffers: UnsafePointer<UnsafeMutableRawPointer?>?,
    _ integers: UnsafePointer<Int64>?, _ begin: Int64, _ end: Int64,
    _ watch: UnsafeMutablePointer<martlet_watch>
  ) {
    var first = begin
    while first < end, !martlet_watch_is_stopped(watch) {
      let last = min(end, first + piece)
      martlet_call_kernel(function, buffers, integers, first, last)
      first = last
    }
  }

  // MARK: - Threads

  /// A worker's life.
  private func serve(slot: Int) {
    martlet_name_thread("martlet-\(slot)")
    var last: UInt32 = 0
    var deadline = martlet_nanoseconds() + Self.spinNanoseconds
    while true {
      let seen = gate.load()
      let number = seen & ~(Self.openBit | Self.insideMask)
      if seen & Self.openBit != 0, number != last {
        guard gate.replace(seen, with: seen + 1).exchanged else { continue }
        last = number
        if slot < job.pointee.participants {
          wakeChildren(of: slot)
          martlet_fp_set_control(job.pointee.control)
          work(slot: slot)
          raised.formOr(martlet_fp_flags())
        }
        // The caller may sleep until the last one leaves.
        let before = gate.subtract(1)
        if before & Self.openBit == 0, before & Self.insideMask == 1 { gate.wake() }
        deadline = martlet_nanoseconds() + Self.spinNanoseconds
      } else if martlet_nanoseconds() < deadline {
        for _ in 0..<8 { martlet_pause() }
      } else {
        sleeping[slot].store(1)
        // A job that was opened meanwhile did not see this thread asleep, so look again.
        let now = gate.loadOrdered()
        if now & Self.openBit != 0, now & ~(Self.openBit | Self.insideMask) != last {
          sleeping[slot].store(0)
        } else {
          while sleeping[slot].load() == 1 { sleeping[slot].wait(while: 1) }
        }
        deadline = martlet_nanoseconds() + Self.spinNanoseconds
      }
    }
  }

  private func wakeChildren(of slot: Int) {
    let first = slot * Self.fanOut + 1
    for child in first..<first + Self.fanOut where child < job.pointee.participants {
      if sleeping[child].loadOrdered() == 1, sleeping[child].exchange(0) == 1 {
        sleeping[child].wake()
      }
    }
  }

  /// Starts the threads; what cannot be started is done by the others. The caller has `busy`.
  private func start() {
    started = true
    available = 1
    Self.prepareForFork()
    for slot in 1..<threads {
      guard SystemThread.start(detached: true, { self.serve(slot: slot) }) != nil else { break }
      available += 1
    }
  }

  // MARK: - Fork

  /// Only the forking thread lives on in a child: the shared workers start again there.
  private static func prepareForFork() { _ = forkHandler }

  private static let forkHandler: Bool = {
    pthread_atfork(nil, nil) { Workers.shared.forget() }
    return true
  }()

  private func forget() {
    started = false
    gate.store(0)
    for word in sleeping { word.store(0) }
    busy.store(0)
  }
}
