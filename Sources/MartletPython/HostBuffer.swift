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

  /// Whether a format is a number of pad bytes alone, such as `3x`.
  private static func isPadding(_ format: UnsafePointer<CChar>) -> Bool {
    var rest = format
    while rest.pointee >= CChar(ascii: "0"), rest.pointee <= CChar(ascii: "9") { rest += 1 }
    return rest.pointee == CChar(ascii: "x") && rest[1] == 0
  }

  /// The view is the held array's own, and so is its release.
  private static let get: ArrayBuffer.Get = { object, view, flags in
    // NumPy would lose the class of matrices and masked arrays, which it finds by `__array__`.
    guard let view, isType(object, Python.hostArrayType) else {
      view?.pointee.obj = nil
      PyErr_SetString(py_exc_buffer_error(), "the object exports no memory of its own")
      return -1
    }
    guard let held = PyObject_GetAttrString(object, "_held") else { return -1 }
    defer { py_release(held) }
    guard PyObject_GetBuffer(held, view, flags) == 0 else { return -1 }
    // Bytes without a meaning: NumPy would read them back as records without fields.
    guard let format = view.pointee.format, isPadding(format) else { return 0 }
    PyBuffer_Release(view)
    PyErr_SetString(py_exc_buffer_error(), "bytes without a type have no buffer format")
    return -1
  }
}
