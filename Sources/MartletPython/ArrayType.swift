import CPythonABI
import Martlet
import MartletIR

extension ArrayObject {
  /// Makes the Python type `ndarray`.
  static func makeType() throws(PythonError) {
    let builder = TypeBuilder(
      "martlet.numpy.ndarray", basicSize: basicSize,
      flags: UInt32(PY_TYPE_BASE) | UInt32(PY_TYPE_SEQUENCE))
    builder.slot(PY_TP_NEW, unsafeBitCast(new, to: UnsafeMutableRawPointer.self))
    builder.slot(PY_TP_DEALLOC, unsafeBitCast(deallocate, to: UnsafeMutableRawPointer.self))
    builder.slot(PY_BF_GETBUFFER, unsafeBitCast(ArrayBuffer.get, to: UnsafeMutableRawPointer.self))
    builder.slot(
      PY_BF_RELEASEBUFFER, unsafeBitCast(ArrayBuffer.release, to: UnsafeMutableRawPointer.self))
    builder.slot(PY_TP_HASH, py_hash_not_implemented())
    builder.unary(PY_TP_REPR) { written($0, "array_repr") }
    builder.unary(PY_TP_STR) { written($0, "array_str") }
    builder.member("__weaklistoffset__", offset: weakListOffset)
    builder.arrayOperators()
    builder.arrayIndexing()
    builder.arrayAttributes()
    type = try builder.build()
  }

  private typealias New = @convention(c) (TypeRef, Ref?, Ref?) -> Ref?

  /// `ndarray(shape, dtype=float, buffer=None, offset=0, strides=None, order=None)`.
  private static let new: New = { type, arguments, keywords in
    do throws(PythonError) {
      // NumPy checks the arguments and lays the array out; its memory becomes ours.
      guard let numpyType = Python.numpyArrayType, let arguments else { throw .raised }
      let made = try MartletPython.check(
        PyObject_Call(py_object(numpyType), arguments, keywords))
      let isOurs = py_is_unique(made) != 0 && ownsData(made)
      defer { py_release(made) }
      let (array, readOnly) = try ForeignMemory.array(made, exclusively: isOurs)
      if type == ArrayObject.type { return try make(array, readOnly: readOnly) }
      return try make(subclass: type, array, base: nil, readOnly: readOnly)
    } catch {
      setException(error)
      return nil
    }
  }
}

/// NumPy's own printing, on the same memory.
private func written(_ object: Ref, _ function: StaticString) -> Ref? {
  do throws(PythonError) {
    let view = try numpyView(of: object)
    defer { py_release(view) }
    let writer = try attribute(Python.numpy, function)
    defer { py_release(writer) }
    return try call(writer, view)
  } catch {
    setException(error)
    return nil
  }
}
