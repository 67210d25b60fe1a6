import CPythonABI
import Martlet
import MartletIR

/// `ndarray.__array_ufunc__`: what NumPy's ufuncs, and its scalars' operators, ask when one of our
/// arrays is among the operands (`numpy.float64(2) * a`).
enum ArrayUFunc {
  /// The facade's function, for all that is not done at once.
  nonisolated(unsafe) static var general: Ref?
  /// NumPy's ufuncs and the rows of the same name. Both live as long as the process.
  nonisolated(unsafe) private static var rows: [Ref: ElementwiseOperation] = [:]
  nonisolated(unsafe) private static let callName = PyUnicode_InternFromString("__call__")

  static let method = DoorFunction(
    "ndarray.__array_ufunc__", "(self, ufunc, method, /, *inputs, **kwargs)",
    "The ufunc of the same name, computed by Martlet.",
    variadic: { given, count, keywords throws(PythonError) in
      guard let given, count >= 3, let general else {
        throw .type("__array_ufunc__() takes a ufunc, the name of its method, and the inputs")
      }
      if keywords == nil, let row = row(of: given[1]), row.inputCount == count - 3,
        isCall(given[2])
      {
        if let direct = DirectDoor.apply(row, given + 3) { return direct }
        if PyErr_Occurred() != nil { throw .raised }
      }
      return try check(PyObject_Vectorcall(general, given, count, keywords))
    })

  /// NumPy makes the method's name anew for each call.
  private static func isCall(_ name: Ref) -> Bool {
    guard let callName else { return false }
    if name == callName { return true }
    guard let answer = PyObject_RichCompare(name, callName, PY_EQ) else {
      PyErr_Clear()
      return false
    }
    py_release(answer)
    return answer == py_true()
  }

  /// Those that were asked for, by a part of their address: a program has few.
  nonisolated(unsafe) private static var recent = InlineArray<64, (Ref, ElementwiseOperation)?>(
    repeating: nil)

  private static func row(of ufunc: Ref) -> ElementwiseOperation? {
    let place = Int(bitPattern: ufunc) >> 5 & 63
    if let found = recent[place], found.0 == ufunc { return found.1 }
    if rows.isEmpty { load() }
    guard let row = rows[ufunc] else { return nil }
    recent[place] = (ufunc, row)
    return row
  }

  private static func load() {
    for row in OperationTable.elementwise where !OperationTable.notUFuncs.contains(row.name) {
      guard let own = row.name.withCString({ PyObject_GetAttrString(Python.numpy, $0) }) else {
        PyErr_Clear()
        continue
      }
      rows[own] = row
    }
  }
}
