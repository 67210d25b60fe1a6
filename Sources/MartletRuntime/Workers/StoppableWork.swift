import CMartlet
import Glibc
import MartletIR

/// Long work that may be left before its end: it runs on a thread of its own, while the process's
/// first thread, which is told of signals, looks whether it shall go on.
package enum StoppableWork {
  // Only the first thread reads and writes these.
  nonisolated(unsafe) private static var isRunning = false
  private static let hasEnded = AtomicWord(0)

  /// How long the caller sleeps between two looks; a signal wakes it.
  private static let interval: UInt64 = 50_000_000
  /// As the first thread has it.
  private static let stackBytes = 8 << 20

  /// Runs `body`, whose launches leave the rest of their tasks once `isOver` says so; called on the
  /// first thread now and then. What `body` has written by then must be of no use to anybody.
  ///
  /// On other threads, and inside of such work, `body` runs to its end.
  ///
  /// - Throws: `.interrupted`, and what `body` throws.
  package static func run<Result>(
    until isOver: () -> Bool, _ body: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    guard !isRunning, martlet_is_main_thread() else { return try body() }
    isRunning = true
    defer { isRunning = false }
    var watch = martlet_watch()
    martlet_watch_begin(&watch)
    let ended: Swift.Result<Result, MartletError>? = withUnsafeMutablePointer(to: &watch) { watch in
      withoutActuallyEscaping(body) { body in outcome(of: body, watch, until: isOver) }
    }
    guard let ended else { return try body() }
    if martlet_watch_is_stopped(&watch) { throw .interrupted }
    return try ended.get()
  }

  /// The launches of the thread have done all their tasks.
  ///
  /// - Throws: `.interrupted` where they have not.
  package static func check() throws(MartletError) {
    if let watch = martlet_watch_current(), martlet_watch_is_stopped(watch) { throw .interrupted }
  }

  /// Nil, and nothing done, where there is no thread.
  private static func outcome<Result>(
    of body: @escaping () throws(MartletError) -> Result,
    _ watch: UnsafeMutablePointer<martlet_watch>, until isOver: () -> Bool
  ) -> Swift.Result<Result, MartletError>? {
    // The other thread has these until it ends, for which this one waits.
    nonisolated(unsafe) var outcome: Swift.Result<Result, MartletError>?
    nonisolated(unsafe) let (body, watch) = (body, watch)
    let (device, control) = (martlet_current_device(), martlet_fp_control())
    let caller = martlet_profile_current()
    let (place, written) = (Profiler.isOn ? Profiler.place() : -1, caller.pointee.written)
    nonisolated(unsafe) var recorded: UInt64 = 0
    hasEnded.store(0)
    let thread = SystemThread.start(detached: false, stackBytes: stackBytes) {
      martlet_name_thread("martlet-caller")
      martlet_set_current_device(device)
      martlet_fp_set_control(control)
      martlet_watch_set_current(watch)
      let thread = martlet_profile_current()
      (thread.pointee.pinned, thread.pointee.written) = (place, written)
      outcome = Swift.Result { () throws(MartletError) in try body() }
      recorded = thread.pointee.inner
      hasEnded.store(1)
      hasEnded.wake()
    }
    guard let thread else { return nil }
    while hasEnded.load() == 0 {
      hasEnded.wait(while: 0, nanoseconds: interval)
      if hasEnded.load() == 0, !martlet_watch_is_stopped(watch), isOver() {
        martlet_watch_stop(watch)
      }
    }
    pthread_join(thread, nil)
    caller.pointee.inner &+= recorded
    return outcome
  }
}
