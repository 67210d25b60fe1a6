import CMartlet
import CPythonABI
import Martlet
import MartletIR
import MartletRuntime

/// Signals while long work runs.
///
/// Python's handlers run on its main thread, between two steps of Python's code. So work that takes
/// long lets them run now and then, and ends where one of them raises an exception, as the one of
/// Ctrl-C does. A handler that returns lets the work go on.
enum Interruption {
  /// Called once, when the module is made.
  static func register() { martlet_watch_register(look) }

  /// On the thread of the call; with or without the interpreter's lock.
  private static let look: @convention(c) (UnsafeMutablePointer<martlet_watch>) -> Int32 = {
    watch in
    let state = PyGILState_Ensure()
    defer { PyGILState_Release(state) }
    keep(watch)
    if PyErr_CheckSignals() != 0 { return 1 }
    // Other threads have waited if this one has the lock; the main thread, whose signal it may be,
    // among them.
    PyEval_RestoreThread(PyEval_SaveThread())
    return 0
  }

  /// Runs work with the interpreter's lock released, if it may be long; very long work so that a
  /// signal's handler can end it. Nothing inside may touch a Python object, nor write to anything that
  /// was there before.
  static func stoppable<Result>(
    elements: Int, _ body: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    guard elements >= stoppableElements, !Device.isAnotherKnown else {
      return try withoutInterpreterLock(elements: elements, body)
    }
    return try ProfilePlaces.pinned { () throws(MartletError) in try runStoppable(body) }
  }

  private static func runStoppable<Result>(
    _ body: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    var state = PyEval_SaveThread()
    defer { PyEval_RestoreThread(state) }
    return try StoppableWork.run(
      until: {
        PyEval_RestoreThread(state)
        defer { state = PyEval_SaveThread() }
        return PyErr_CheckSignals() != 0
      }, body)
  }

  /// Work on so many takes ten milliseconds or more, and starting a thread some fifty microseconds.
  private static let stoppableElements = 1 << 24

  /// Keeps the memory of a call's arrays where it is while other code runs.
  private static func keep(_ watch: UnsafeMutablePointer<martlet_watch>) {
    guard let arguments = watch.pointee.arguments, watch.pointee.keeper == nil else { return }
    var kept: [Storage] = []
    for i in 0..<Int(watch.pointee.argument_count) {
      guard let address = arguments[i] else { continue }
      let object = UnsafeMutableRawPointer(mutating: address).assumingMemoryBound(
        to: PyObject.self)
      guard ArrayObject.isExact(object) else { continue }
      let state = ArrayObject.state(object)
      let owner = state.pointee.base.map { ArrayObject.state($0) } ?? state
      guard let storage = owner.pointee.storage else { continue }
      // Who writes to the array meanwhile does so in place. Where there is no memory for what reads
      // it still, that write takes new memory, and the call's own is kept all the same.
      try? storage.pin()
      kept.append(storage)
    }
    watch.pointee.keeper = Unmanaged.passRetained(Kept(kept)).toOpaque()
  }

  private final class Kept {
    let storages: [Storage]
    init(_ storages: [Storage]) { self.storages = storages }
  }

  /// Lets go what a watch keeps.
  @inline(__always)
  static func end(_ watch: borrowing martlet_watch) {
    if let keeper = watch.keeper { Unmanaged<AnyObject>.fromOpaque(keeper).release() }
  }
}
