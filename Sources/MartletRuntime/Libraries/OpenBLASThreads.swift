import CMartlet
import Glibc

/// Whose threads OpenBLAS uses: Martlet's workers, whoever calls it. Without this a program has two
/// sets of threads, and OpenBLAS's spin for a while after each call, on cores that Martlet's need.
package enum OpenBLASThreads {
  // MARK: - All calls in the process

  /// Lets every OpenBLAS that the process has loaded run its tasks on Martlet's workers, and no more
  /// of them than there are workers.
  ///
  /// Versions before 0.3.27 have no such door and keep their threads. So does the factorisation by LU
  /// in all versions, whose tasks OpenBLAS starts in another way.
  package static func adopt() {
    _ = forkHandler
    var found = InlineArray<8, martlet_openblas_threads>(repeating: martlet_openblas_threads())
    let count = withUnsafeMutablePointer(to: &found) { pointer in
      pointer.withMemoryRebound(to: martlet_openblas_threads.self, capacity: 8) {
        martlet_loaded_openblas($0, 8)
      }
    }
    let workers = Int32(Workers.shared.threads)
    for i in 0..<Int(count) {
      guard let setCrew = found[i].set_crew else { continue }
      setCrew(crew)
      if let now = found[i].count?(), now > workers { found[i].set_count?(workers) }
    }
  }

  /// The tasks of one call.
  private struct Gang: @unchecked Sendable {
    // Unchecked: OpenBLAS made the tasks for other threads, and they end before the call does.
    var run: martlet_openblas_task
    var tasks: UnsafeMutableRawPointer
    var byteCount: Int
    var data: Int32

    /// A task's number stands for the thread too: OpenBLAS has scratch memory by that, so only one
    /// gang runs at a time.
    func perform(_ task: Int) { run(Int32(task), tasks + task * byteCount, data) }
  }

  private static let crew: martlet_openblas_crew = { _, run, count, byteCount, tasks, data in
    var gang = Gang(run: run, tasks: tasks, byteCount: byteCount, data: data)
    GlobalLocks.openBLASTasks.withLock {
      if count == 1 { return gang.perform(0) }
      while true {
        let isDone = withUnsafeMutablePointer(to: &gang) { gang in
          Workers.shared.gang(Int(count), gang) { context, task in
            context.assumingMemoryBound(to: Gang.self).pointee.perform(task)
          }
        }
        // The workers may be busy with the very task that called OpenBLAS: no waiting for them.
        if isDone || performOnThreadsOfItsOwn(gang, Int(count)) { return }
        usleep(1000)
      }
    }
  }

  /// 0: the threads below wait; 1: they begin; 2: they end. Guarded by the lock of the tasks.
  private static let order = AtomicWord(0)

  /// Runs the tasks on threads made for them; false, and nothing done, where there are not enough.
  private static func performOnThreadsOfItsOwn(_ gang: Gang, _ count: Int) -> Bool {
    order.store(0)
    let control = martlet_fp_control()
    var threads: [pthread_t] = []
    for task in 1..<count {
      let thread = SystemThread.start(detached: false) {
        while order.load() == 0 { order.wait(while: 0) }
        guard order.load() == 1 else { return }
        martlet_fp_set_control(control)
        gang.perform(task)
      }
      guard let thread else { break }
      threads.append(thread)
    }
    let isComplete = threads.count == count - 1
    order.store(isComplete ? 1 : 2)
    order.wake(Int32(count))
    if isComplete { gang.perform(0) }
    for thread in threads { pthread_join(thread, nil) }
    return isComplete
  }

  // MARK: - Martlet's own calls

  /// How many calls of `alone` there are now, and OpenBLAS's number of threads before the first.
  /// Guarded by the lock of the count.
  nonisolated(unsafe) private static var depth = 0
  nonisolated(unsafe) private static var countBefore: Int32 = 1

  /// Runs `body`, in which the shared BLAS uses the calling thread and no other: Martlet cuts its
  /// products itself. Other threads that call it meanwhile have to do with one as well.
  package static func alone<Result>(
    _ blas: UnsafePointer<martlet_blas>, _ body: () -> Result
  ) -> Result {
    guard let setCount = blas.pointee.threads.set_count, let count = blas.pointee.threads.count
    else { return body() }
    GlobalLocks.openBLASCount.withLock {
      if depth == 0 {
        countBefore = count()
        if countBefore > 1 { setCount(1) }
      }
      depth += 1
    }
    defer {
      GlobalLocks.openBLASCount.withLock {
        // A child of `fork` has forgotten the calls around it.
        guard depth > 0 else { return }
        depth -= 1
        // Somebody else may have set another number.
        if depth == 0, countBefore > 1, count() == 1 { setCount(countBefore) }
      }
    }
    return body()
  }

  /// The same of the shared BLAS, if there is one.
  package static func alone<Result>(_ body: () -> Result) -> Result {
    guard let blas = BLASLibrary.sharedFunctions else { return body() }
    return alone(blas, body)
  }

  /// In a child of `fork` no other thread lives on, nor do their calls.
  private static let forkHandler: Bool = {
    GlobalLocks.prepareForFork()
    pthread_atfork(nil, nil) { OpenBLASThreads.forget() }
    return true
  }()

  private static func forget() {
    guard depth > 0 else { return }
    depth = 0
    if countBefore > 1 { BLASLibrary.sharedFunctions?.pointee.threads.set_count?(countBefore) }
  }
}
