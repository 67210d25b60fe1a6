import CPythonABI
import Martlet
import MartletIR

extension ArrayObject {
  /// Makes the Python type `ndarray`. It has no subclasses: those that programs write are NumPy's
  /// (`martlet._subclass`).
  static func makeType() throws(PythonError) {
    let builder = TypeBuilder(
      "martlet.numpy.ndarray", basicSize: basicSize,
      flags: UInt32(PY_TYPE_SEQUENCE))
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
    builder.cudaAttributes()
    type = try builder.build()
  }

  private typealias New = @convention(c) (TypeRef, Ref?, Ref?) -> Ref?

  /// `ndarray(shape, dtype=float, buffer=None, offset=0, strides=None, order=None)`.
  private static let new: New = { _, arguments, keywords in
    do throws(PythonError) {
      // NumPy checks the arguments and lays the array out; its memory becomes ours.
      guard let numpyType = Python.numpyArrayType, let arguments else { throw .raised }
      let made = try MartletPython.check(
        PyObject_Call(py_object(numpyType), arguments, keywords))
      let isOurs = py_is_unique(made) != 0 && ownsData(made)
      defer { py_release(made) }
      guard let (array, readOnly) = try nativeArray(made, exclusively: isOurs) else {
        // The elements are NumPy's: the array stays on the host.
        guard let wrapper = Python.hostArrayWrapper else {
          throw .notNative("elements that are NumPy's")
        }
        return try call(wrapper, made)
      }
      return try make(array, readOnly: readOnly)
    } catch {
      setException(error)
      return nil
    }
  }
}

/// The NumPy array as Martlet's; nil where its elements are not of Martlet's types.
private func nativeArray(
  _ made: Ref, exclusively: Bool
) throws(PythonError) -> (array: NDArray, readOnly: Bool)? {
  do throws(PythonError) {
    return try ForeignMemory.array(made, exclusively: exclusively)
  } catch {
    guard case .notNative = error else { throw error }
    return nil
  }
}

/// An attribute as `str` writes it.
func text(of object: Ref, _ name: StaticString) throws(PythonError) -> String {
  let value = try attribute(object, name)
  defer { py_release(value) }
  let text = try check(PyObject_Str(value))
  defer { py_release(text) }
  return try swiftString(text)
}

/// NumPy's own printing, on the same memory.
private func written(_ object: Ref, _ function: StaticString) -> Ref? {
  do throws(PythonError) {
    let array = ArrayObject.read(object)
    var shown = retained(object)
    // Text does not say where it comes from.
    if array.isTraced {
      py_release(shown)
      shown = try ArrayObject.make(array.untraced)
    }
    if !array.device.isHost {
      // A copy of what is shown: nothing need go back to the device.
      py_release(shown)
      shown = try ArrayObject.make(
        try core { () throws(MartletError) in
          try withoutInterpreterLock(elements: array.count) { () throws(MartletError) in
            try array.to(.host)
          }
        })
    }
    defer { py_release(shown) }
    let view = try numpyView(of: shown)
    defer { py_release(view) }
    let writer = try attribute(Python.numpy, function)
    defer { py_release(writer) }
    return try call(writer, view)
  } catch {
    setException(error)
    return nil
  }
}
