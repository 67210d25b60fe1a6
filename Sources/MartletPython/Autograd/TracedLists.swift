import CPythonABI
import Martlet
import MartletIR

/// Lists and tuples of arrays that are being differentiated, and numbers beside them: they are joined,
/// since NumPy, which reads other lists, would take them for constants.
enum TracedLists {
  private static let deepest = 32

  /// Nil where no traced array is among the items.
  static func array(_ object: Ref) throws(PythonError) -> NDArray? {
    guard Trace.isUsed, holdsTraced(object, deepest) else { return nil }
    return try joined(object)
  }

  private static func isSequence(_ object: Ref) -> Bool {
    isType(object, py_list_type()) || isType(object, py_tuple_type())
  }

  private static func holdsTraced(_ object: Ref, _ depth: Int) -> Bool {
    if ArrayObject.check(object) { return ArrayObject.read(object).isTraced }
    guard depth > 0, isSequence(object) else { return false }
    for i in 0..<PySequence_Size(object) {
      guard let item = PySequence_GetItem(object, i) else { return false }
      defer { py_release(item) }
      if holdsTraced(item, depth - 1) { return true }
    }
    return false
  }

  private static func joined(_ object: Ref) throws(PythonError) -> NDArray {
    guard isSequence(object) else { return try parseArray(object, dtype: nil) }
    var parts: [NDArray] = []
    for i in 0..<PySequence_Size(object) {
      let item = try check(PySequence_GetItem(object, i))
      defer { py_release(item) }
      parts.append(try joined(item))
    }
    return try core { () throws(MartletError) in try NDArray.stack(parts) }
  }
}
