import CPythonABI
import Martlet
import MartletIR

/// Why a call did not give a result.
enum PythonError: Error {
  /// A Python exception is set already.
  case raised
  /// Martlet's own error, to be raised as the exception that NumPy would raise.
  case martlet(MartletError)
  /// Martlet does not have this; NumPy serves the call.
  case notNative(StaticString)
}

extension PythonError {
  static func value(_ message: String) -> PythonError { raise(py_exc_value_error(), message) }
  static func type(_ message: String) -> PythonError { raise(py_exc_type_error(), message) }
  static func index(_ message: String) -> PythonError { raise(py_exc_index_error(), message) }
  static func buffer(_ message: String) -> PythonError { raise(py_exc_buffer_error(), message) }
  static func runtime(_ message: String) -> PythonError { raise(py_exc_runtime_error(), message) }

  static func raise(_ exception: Ref, _ message: String) -> PythonError {
    message.withCString { PyErr_SetString(exception, $0) }
    return .raised
  }
}

/// Runs what can throw a `MartletError` under the door's error type.
@inline(__always)
func core<Result: ~Copyable>(
  _ body: () throws(MartletError) -> Result
) throws(PythonError) -> Result {
  let result: Result
  do throws(MartletError) { result = try body() } catch {
    // A signal's handler has set its exception.
    if case .interrupted = error { throw .raised }
    if FallbackNews.isWaiting { try FallbackNews.deliver() }
    throw .martlet(error)
  }
  if FallbackNews.isWaiting { try FallbackNews.deliver() }
  return result
}

/// Sets the Python exception of an error, unless one is set already.
///
/// `notNative` arrives here only where no fallback exists, which is then what the exception says.
func setException(_ error: PythonError) {
  switch error {
  case .raised: break
  case .martlet(let error): setException(error)
  case .notNative(let reason):
    PyErr_SetString(py_exc_not_implemented_error(), reason.cString)
  }
}

let arrayTooBig =
  "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum possible size."

/// What NumPy raises for each of Martlet's errors.
private func setException(_ error: MartletError) {
  switch error {
  case .axisOutOfRange(_, let axis, let rank):
    setAxisError(axis: axis, rank: rank)
  case .broadcast("broadcast_to", let shapes) where shapes.count == 2:
    set(
      py_exc_value_error(),
      "operands could not be broadcast together with remapped shapes [original->remapped]: "
        + "\(shapes[0].plain)  and requested shape \(shapes[1].plain)")
  case .broadcast(let operation, let shapes):
    let list = shapes.map(\.plain).joined(separator: " ")
    let subject = operation == "reshape" ? "cannot reshape" : "operands could not be broadcast"
    set(py_exc_value_error(), "\(subject) together with shapes \(list) ")
  case .shapeMismatch(_, let detail), .invalidArgument(_, let detail):
    set(py_exc_value_error(), detail)
  case .invalidType(_, let detail):
    set(py_exc_type_error(), detail)
  case .indexOutOfBounds, .tooManyIndices, .invalidIndex:
    set(py_exc_index_error(), error.description)
  case .noLoop(let operation, let dtypes):
    setNoLoopError(operation: operation, dtypes: dtypes, error.description)
  case .castForbidden(let operation, let from, let to, let casting):
    setCastError(operation: operation, from: from, to: to, casting: casting, error.description)
  case .linearAlgebra(_, let detail):
    setLinearAlgebraError(detail)
  case .overflow(let detail):
    set(py_exc_overflow_error(), detail)
  case .sizeLimit:
    set(py_exc_value_error(), arrayTooBig)
  case .outOfMemory:
    set(py_exc_memory_error(), error.description)
  case .floatingPoint:
    set(py_exc_floating_point_error(), error.description)
  case .readOnly(let operation):
    let subject = operation == "output" ? "output array" : "assignment destination"
    set(py_exc_value_error(), "\(subject) is read-only")
  case .rankLimit, .unsupported, .missingImplementation, .noDerivative:
    set(py_exc_not_implemented_error(), error.description)
  case .file(_, let path, let code, let reason):
    setSystemError(code, reason, path)
  case .raised(let exception, let message):
    setException(named: exception, message)
  case .interrupted:
    // Its handler has set an exception.
    if PyErr_Occurred() == nil { set(py_exc_runtime_error(), error.description) }
  case .libraryMissing, .malformedKernel, .kernelSource, .compilation, .device, .simulation,
    .python, .internalError:
    set(py_exc_runtime_error(), error.description)
  }
}

/// `OSError`, which makes itself the class that the number means, such as `FileNotFoundError`.
private func setSystemError(_ code: Int32, _ reason: String, _ path: String) {
  do throws(PythonError) {
    let parts = [
      try pythonInt(Int(code)), try pythonString(reason),
      try check(path.withCString { PyUnicode_DecodeFSDefault($0) }),
    ]
    let tuple = try pythonTuple(owning: parts)
    defer { py_release(tuple) }
    PyErr_SetObject(py_exc_os_error(), tuple)
  } catch { set(py_exc_runtime_error(), "\(path): \(reason)") }
}

/// One of Python's own exceptions by name, or one that a user's kernel raises.
private func setException(named name: String, _ message: String) {
  do throws(PythonError) {
    let builtins = try importModule("builtins")
    defer { py_release(builtins) }
    guard let type = name.withCString({ PyObject_GetAttrString(builtins, $0) }) else {
      PyErr_Clear()
      let made = try exception(named: name, message)
      defer { py_release(made) }
      return PyErr_SetObject(py_object(py_type(made)), made)
    }
    defer { py_release(type) }
    set(type, message)
  } catch {
    setException(error)
  }
}

private func exception(named name: String, _ message: String) throws(PythonError) -> Ref {
  let module = try importModule("martlet._kernels._errors")
  defer { py_release(module) }
  let make = try attribute(module, "exception")
  defer { py_release(make) }
  let (kind, text) = (try pythonString(name), try pythonString(message))
  defer {
    py_release(kind)
    py_release(text)
  }
  return try call(make, kind, text)
}

private func set(_ exception: Ref, _ message: String) {
  message.withCString { PyErr_SetString(exception, $0) }
}

/// `numpy.linalg.LinAlgError`.
private func setLinearAlgebraError(_ message: String) {
  do throws(PythonError) {
    let module = try importModule("numpy.linalg")
    defer { py_release(module) }
    let type = try attribute(module, "LinAlgError")
    defer { py_release(type) }
    set(type, message)
  } catch {
    setException(error)
  }
}

/// `numpy.exceptions.AxisError(axis, ndim)`, which words its message itself.
private func setAxisError(axis: Int, rank: Int) {
  do throws(PythonError) {
    let module = try importModule("numpy.exceptions")
    defer { py_release(module) }
    let type = try attribute(module, "AxisError")
    defer { py_release(type) }
    let axis = try pythonInt(axis)
    defer { py_release(axis) }
    let rank = try pythonInt(rank)
    defer { py_release(rank) }
    let exception = try call(type, axis, rank)
    defer { py_release(exception) }
    PyErr_SetObject(type, exception)
  } catch {
    setException(error)
  }
}

/// A plain TypeError for inputs that no loop takes, as NumPy has it; its
/// `_UFuncNoLoopError(ufunc, dtypes)` where a `dtype` was asked for besides.
private func setNoLoopError(operation: String, dtypes: [DType], _ message: String) {
  if dtypes.count == OperationTable.elementwise(named: operation)?.inputCount {
    set(
      py_exc_type_error(),
      "ufunc '\(operation)' not supported for the input types, and the inputs could not be safely "
        + "coerced to any supported types according to the casting rule ''safe''")
    return
  }
  setUFuncError("_UFuncNoLoopError", operation, message) { ufunc throws(PythonError) in
    var objects: [Ref] = []
    for dtype in dtypes { objects.append(retained(try dtypeObject(dtype))) }
    objects.append(Python.none)
    let types = try pythonTuple(owning: objects)
    defer { py_release(types) }
    return try pythonTuple(owning: [retained(ufunc), retained(types)])
  }
}

/// NumPy's `_UFuncOutputCastingError(ufunc, casting, from, to, 0)`, a TypeError too.
private func setCastError(
  operation: String, from: DType, to: DType, casting: String, _ message: String
) {
  setUFuncError("_UFuncOutputCastingError", operation, message) { ufunc throws(PythonError) in
    try pythonTuple(owning: [
      retained(ufunc), try pythonString(casting), retained(try dtypeObject(from)),
      retained(try dtypeObject(to)), try pythonInt(0),
    ])
  }
}

private func setUFuncError(
  _ name: StaticString, _ operation: String, _ message: String,
  _ arguments: (Ref) throws(PythonError) -> Ref
) {
  do throws(PythonError) {
    let module = try importModule("numpy._core._exceptions")
    defer { py_release(module) }
    let type = try attribute(module, name)
    defer { py_release(type) }
    let ufuncName = try pythonString(operation)
    defer { py_release(ufuncName) }
    let ufunc = try check(PyObject_GetAttr(Python.numpy, ufuncName))
    defer { py_release(ufunc) }
    let tuple = try arguments(ufunc)
    defer { py_release(tuple) }
    let exception = try check(PyObject_CallObject(type, tuple))
    defer { py_release(exception) }
    PyErr_SetObject(type, exception)
  } catch {
    // The exception classes are private to NumPy: where they are gone, the base class remains.
    PyErr_Clear()
    set(py_exc_type_error(), message)
  }
}
