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

/// A value that a lock guards.
package final class Guarded<Value>: @unchecked Sendable {
  // Unchecked: the value is only touched while the lock is held.
  private let lock: Lock
  private var value: Value

  package init(_ value: Value, by lock: Lock) {
    self.value = value
    self.lock = lock
  }

  package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    lock.withLock { body(&value) }
  }
}

/// The process's global locks, outermost first, and what must happen around `fork`.
package enum GlobalLocks {
  /// Pending work, and everything that evaluates it.
  package static let graph = Lock()
  static let kernels = Lock()
  static let compiler = Lock()
  /// What was compiled for the programs of this process.
  package static let programs = Lock()
  /// The shared Simulator's table of memory, which work under the locks above takes.
  static let simulator = Lock()
  static let memory = Lock()
  /// Tasks of OpenBLAS, a gang of them at a time.
  static let openBLASTasks = Lock()
  /// How many threads OpenBLAS may use.
  static let openBLASCount = Lock()
  /// What the profile has recorded; nothing else is locked while it is held.
  static let profile = Lock()

  /// Registers the handlers; whoever first takes one of the locks above must have called it.
  package static func prepareForFork() { _ = registered }

  private static let registered: Bool = {
    pthread_atfork(
      {
        GlobalLocks.graph.lock()
        GlobalLocks.kernels.lock()
        GlobalLocks.compiler.lock()
        GlobalLocks.programs.lock()
        GlobalLocks.simulator.lock()
        GlobalLocks.memory.lock()
        GlobalLocks.openBLASTasks.lock()
        GlobalLocks.openBLASCount.lock()
        GlobalLocks.profile.lock()
      }, { GlobalLocks.release() }, { GlobalLocks.release() })
    return true
  }()

  private static func release() {
    profile.unlock()
    openBLASCount.unlock()
    openBLASTasks.unlock()
    memory.unlock()
    simulator.unlock()
    programs.unlock()
    compiler.unlock()
    kernels.unlock()
    graph.unlock()
  }
}
