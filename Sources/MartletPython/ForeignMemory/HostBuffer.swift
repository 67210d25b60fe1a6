import CPythonABI

/// The base of what stands for NumPy's objects (`martlet._host`): host arrays export the memory of the
/// array that they hold, which only a type made in C can.
enum HostBuffer {
  nonisolated(unsafe) static var type: TypeRef? = nil

  static func makeType() throws(PythonError) {
    let builder = TypeBuilder(
      "martlet.host_buffer", basicSize: MemoryLayout<PyObject>.size, flags: UInt32(PY_TYPE_BASE))
    builder.slot(PY_BF_GETBUFFER, unsafeBitCast(get, to: UnsafeMutableRawPointer.self))
    type = try builder.build()
  }

  /// The view is the held array's own, and so is its release.
  private static let get: ArrayBuffer.Get = { object, view, flags in
    // NumPy would lose the class of matrices and masked arrays, which it finds by `__array__`.
    guard let view, isType(object, Python.hostArrayType) else {
      view?.pointee.obj = nil
      PyErr_SetString(py_exc_buffer_error(), "the object exports no memory of its own")
      return -1
    }
    view.pointee.obj = nil
    guard let answer = PyObject_GetAttrString(object, "_is_exported") else { return -1 }
    defer { py_release(answer) }
    guard answer == py_true() else {
      // NumPy takes the buffer where there is one, and would read another dtype.
      PyErr_SetString(py_exc_buffer_error(), "the array's dtype has no buffer format of its own")
      return -1
    }
    guard let held = PyObject_GetAttrString(object, "_held") else { return -1 }
    defer { py_release(held) }
    return PyObject_GetBuffer(held, view, flags)
  }
}
