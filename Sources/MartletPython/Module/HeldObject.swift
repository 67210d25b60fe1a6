import CPythonABI

/// A Python object that Swift's values keep.
final class HeldObject: @unchecked Sendable {
  // Unchecked: the object is touched under the interpreter's lock alone.
  let object: Ref

  init(_ object: Ref) {
    self.object = object
    py_retain(object)
  }

  deinit {
    let state = PyGILState_Ensure()
    py_release(object)
    PyGILState_Release(state)
  }
}
