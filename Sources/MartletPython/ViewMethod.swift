import CPythonABI
import Martlet
import MartletIR

/// `ndarray.view`: the same memory as elements of another type.
enum ViewMethod {
  static let method = NativeFunction(
    "ndarray.view", "(self, dtype=None, type=None)",
    "The same memory, as it is or as elements of another type."
  ) { arguments throws(PythonError) in
    let object = try ArrayMethods.itself(arguments)
    if let type = arguments[2], !isOurs(type) { throw .notNative("a view of another class") }
    let state = ArrayObject.state(object)
    let old = state.pointee.dtype
    // A class may stand where the dtype does.
    let isClass = arguments[1].map { isSubclass($0, typeFlag) && isArrayClass($0) } ?? false
    if isClass, let type = arguments[1], !isOurs(type) {
      throw .notNative("a view of another class")
    }
    let new = try isClass ? old : parseOptionalDType(arguments[1]) ?? old
    if new == old { return try ArrayObject.makeView(of: object, state.pointee.layout) }
    // Only 0 and 1 are truth values here, but other bytes are there.
    if new == .bool { throw .notNative("other numbers as truth values") }
    let layout = try reinterpreted(state.pointee.layout, from: old.itemSize, to: new.itemSize)
    return try ArrayObject.makeView(of: object, layout, dtype: new)
  }

  private static func isOurs(_ type: Ref) -> Bool { py_as_type(type) == ArrayObject.type }

  /// Whether a class is one of arrays: ours, NumPy's, a subclass of that, or what stands for one.
  private static func isArrayClass(_ type: Ref) -> Bool {
    if isOurs(type) || isType(type, Python.hostMetaclass) { return true }
    guard let numpy = Python.numpyArrayType else { return false }
    return PyType_IsSubtype(py_as_type(type), numpy) != 0
  }

  /// The layout counted in elements of another size, with NumPy's errors.
  private static func reinterpreted(
    _ layout: Layout, from old: Int, to new: Int
  ) throws(PythonError) -> Layout {
    if old == new { return layout }
    var result = layout
    let last = layout.rank - 1
    guard last >= 0 else {
      throw .value(
        "Changing the dtype of a 0d array is only supported if the itemsize is unchanged")
    }
    if layout.shape[last] != 1, layout.count > 0, layout.strides[last] != 1 {
      throw .value(
        "To change to a dtype of a different size, the last axis must be contiguous")
    }
    if new < old {
      let parts = old / new
      result.shape[last] = layout.shape[last] * parts
      guard result.shape.isPossible else { throw .notNative("more elements than arrays have") }
      result.offset = layout.offset * parts
      for axis in 0..<last { result.strides[axis] = layout.strides[axis] * parts }
    } else {
      let parts = new / old
      guard layout.shape[last] % parts == 0 else {
        throw .value(
          "When changing to a larger dtype, its size must be a divisor of the total size in bytes of "
            + "the last axis of the array.")
      }
      result.shape[last] = layout.shape[last] / parts
      result.offset = layout.offset / parts
      var isAligned = layout.offset % parts == 0
      for axis in 0..<last {
        if layout.shape[axis] != 1, layout.strides[axis] % parts != 0 { isAligned = false }
        result.strides[axis] = layout.strides[axis] / parts
      }
      guard isAligned else { throw .notNative("elements that begin between elements") }
    }
    result.strides[last] = 1
    return result
  }
}
