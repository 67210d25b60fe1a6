import CMartlet
import Glibc

/// A lock that a forked child can take over.
///
/// `Mutex` cannot be held across `fork`: if another thread has it at that moment, it stays locked
/// in the child for ever. Python programs fork, so every global lock is registered here.
package struct Lock: Sendable {
  // 0 free, 1 taken, 2 taken and somebody sleeps.
  private let word = AtomicWord(0)

  package init() {}

  package func lock() {
    if word.replace(0, with: 1).exchanged { return }
    for _ in 0..<100 {
      martlet_pause()
      if word.load() == 0, word.replace(0, with: 1).exchanged { return }
    }
    while word.exchange(2) != 0 { word.wait(while: 2) }
  }

  package func unlock() {
    if word.exchange(0) == 2 { word.wake() }
  }

  @inline(__always)
  package func withLock<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock()
    defer { unlock() }
    return try body()
  }
}

/// The process's global locks, outermost first, and what must happen around `fork`.
package enum GlobalLocks {
  /// Pending work, and everything that evaluates it.
  package static let graph = Lock()
  static let kernels = Lock()
  static let compiler = Lock()
  /// The shared Simulator's table of memory, which work under the locks above takes.
  static let simulator = Lock()
  static let memory = Lock()

  /// Registers the handlers; whoever first takes one of the locks above must have called it.
  package static func prepareForFork() { _ = registered }

  private static let registered: Bool = {
    pthread_atfork(
      {
        GlobalLocks.graph.lock()
        GlobalLocks.kernels.lock()
        GlobalLocks.compiler.lock()
        GlobalLocks.simulator.lock()
        GlobalLocks.memory.lock()
      }, { GlobalLocks.release() }, { GlobalLocks.release() })
    return true
  }()

  private static func release() {
    memory.unlock()
    simulator.unlock()
    compiler.unlock()
    kernels.unlock()
    graph.unlock()
  }
}
