import CPythonABI
import Martlet
import MartletIR
import MartletRuntime

/// Floating-point events of work that a call ran, told to the user as `numpy.geterr()` asks.
enum FloatingPointWarnings {
  /// The result of a call; thrown away where a warning became an exception.
  @inline(__always)
  static func checked(_ result: Ref) throws(PythonError) -> Ref {
    if FloatingPointLog.isEmpty { return result }
    do throws(PythonError) { try report() } catch {
      py_release(result)
      throw error
    }
    return result
  }

  /// Tells of all events since the last time, through the handler that `martlet._fallback` set.
  static func report() throws(PythonError) {
    for event in FloatingPointLog.take() {
      guard let handler = Python.errorHandler else { continue }
      let kind = try pythonString(name(event.kind))
      defer { py_release(kind) }
      let operation = try pythonString(event.operation)
      defer { py_release(operation) }
      py_release(try call(handler, kind, operation))
    }
  }

  private static func name(_ kind: FloatingPointEvents) -> String {
    if kind.contains(.divideByZero) { return "divide" }
    if kind.contains(.invalid) { return "invalid" }
    return kind.contains(.overflow) ? "over" : "under"
  }
}

/// An array's memory, after what is pending has run without the interpreter's lock.
func evaluated(_ array: NDArray) throws(PythonError) -> UnsafeMutableRawPointer {
  if let pointer = array.storage.pointer { return pointer }
  return try core { () throws(MartletError) in
    try Interruption.stoppable(elements: array.count) { () throws(MartletError) in
      try array.storage.evaluated()
    }
  }
}

/// The array for the host to read (`NDArray.readable`), likewise.
func readable(_ array: NDArray) throws(PythonError) -> NDArray {
  if array.storage.isHosts { return array }
  return try core { () throws(MartletError) in
    try withoutInterpreterLock(elements: array.count) { () throws(MartletError) in
      try array.readable()
    }
  }
}

/// Applies a row. What runs at once because others can write the operands' memory runs without the
/// interpreter's lock where it is long.
func applied(
  _ row: ElementwiseOperation, _ operands: [Operand]
) throws(PythonError) -> NDArray {
  var size = 0
  for case .array(let array) in operands where array.storage.isPinned || GlobalState.isEager {
    size = max(size, array.count)
  }
  return try core { () throws(MartletError) in
    try Interruption.stoppable(elements: size) { () throws(MartletError) in
      try Elementwise.apply(row, operands)[0]
    }
  }
}

/// Runs long work with the interpreter's lock released.
///
/// Nothing inside may touch a Python object; below the threshold the release costs more than it
/// gives.
@inline(__always)
func withoutInterpreterLock<Result>(
  elements: Int, _ body: () throws(MartletError) -> Result
) throws(MartletError) -> Result {
  guard elements >= 50_000 else { return try body() }
  return try ProfilePlaces.pinned { () throws(MartletError) in try withoutLock(body) }
}

@inline(__always)
private func withoutLock<Result>(
  _ body: () throws(MartletError) -> Result
) throws(MartletError) -> Result {
  // Only with another device about may the core take steps of its own.
  let isAlone = !Device.isAnotherKnown
  if !isAlone { FallbackNews.leave() }
  defer { if !isAlone { FallbackNews.comeBack() } }
  let state = PyEval_SaveThread()
  defer { PyEval_RestoreThread(state) }
  return try body()
}
