import CPythonABI
import Martlet
import MartletIR

/// The way to NumPy: what is not native is handed to `martlet._fallback`, which converts the
/// arguments, calls NumPy, converts the results back and records the step.
enum Fallback {
  /// Calls NumPy's function or method `path`, such as `where`, `add.at` or `ndarray.sort`.
  static func call(
    _ path: String, _ arguments: UnsafePointer<Ref>?, _ count: Int, _ keywords: Ref?,
    reason: StaticString
  ) throws(PythonError) -> Ref {
    let tuple = try check(PyTuple_New(count))
    defer { py_release(tuple) }
    for i in 0..<count { PyTuple_SetItem(tuple, i, retained(arguments.unsafelyUnwrapped[i])) }
    let dictionary = try check(PyDict_New())
    defer { py_release(dictionary) }
    if let keywords, let arguments {
      for k in 0..<PyTuple_Size(keywords) {
        guard let name = PyTuple_GetItem(keywords, k) else { throw .raised }
        try check(PyDict_SetItem(dictionary, name, arguments[count + k]))
      }
    }
    return try call(path, tuple, dictionary, reason: reason)
  }

  static func call(
    _ path: String, _ arguments: Ref, _ keywords: Ref, reason: StaticString
  ) throws(PythonError) -> Ref {
    guard let handler = Python.fallbackHandler else {
      throw .raise(
        py_exc_not_implemented_error(), "[\(path)] is not native in Martlet: \(reason)")
    }
    let path = try pythonString(path)
    defer { py_release(path) }
    let reason = try pythonString("\(reason)")
    defer { py_release(reason) }
    return try MartletPython.call(handler, path, arguments, keywords, reason)
  }

  /// As above, for a fixed number of arguments.
  static func call(
    _ path: String, _ arguments: [Ref], reason: StaticString
  ) throws(PythonError) -> Ref {
    try arguments.withUnsafeBufferPointer { buffer throws(PythonError) in
      try call(path, buffer.baseAddress, buffer.count, nil, reason: reason)
    }
  }

  /// What a slot returns after an error: NumPy's result where Martlet only lacks the thing, else
  /// nil with the exception set.
  static func recover(
    _ error: PythonError, _ path: @autoclosure () -> String, _ arguments: Ref...
  ) -> Ref? {
    guard let reason = error.missingFeature else {
      setException(error)
      return nil
    }
    do throws(PythonError) { return try call(path(), arguments, reason: reason) } catch {
      setException(error)
      return nil
    }
  }
}

extension PythonError {
  /// Why NumPy should be asked; nil for what is an error there too.
  var missingFeature: StaticString? {
    switch self {
    case .raised: nil
    case .notNative(let reason): reason
    case .martlet(.unsupported): "Martlet lacks this case"
    case .martlet(.rankLimit): "more dimensions than Martlet's arrays have"
    case .martlet: nil
    }
  }
}
