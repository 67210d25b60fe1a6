import CPythonABI
import Martlet
import MartletIR

/// `ndarray.view`: the same memory as elements of another type.
enum ViewMethod {
  static let method = DoorFunction(
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

  /// Sets an array's own dtype, and its shape to what its memory then holds.
  static func setDType(_ object: Ref, _ value: Ref) throws(PythonError) {
    let state = ArrayObject.state(object)
    let old = state.pointee.dtype
    let new: DType
    do throws(PythonError) {
      new = try parseDType(value)
      if new == .bool, old != .bool { throw .notNative("other numbers as truth values") }
      if new == old { return }
      let layout = try reinterpreted(state.pointee.layout, from: old.itemSize, to: new.itemSize)
      // What is pending has elements of its own type.
      _ = try evaluated(ArrayObject.read(object))
      state.pointee.layout = layout
    } catch {
      guard let reason = error.missingFeature else { throw error }
      throw .type("the dtype of the array cannot be set to that: \(reason)")
    }
    state.pointee.dtype = new
  }

  /// Sets an array's strides, given in bytes; its elements must stay in its memory.
  static func setStrides(_ object: Ref, _ value: Ref) throws(PythonError) {
    let warning =
      "Setting the strides on a NumPy array has been deprecated in NumPy 2.4.\nAs an alternative, "
      + "you can create a new view using np.lib.stride_tricks.as_strided."
    let status = warning.withCString { PyErr_WarnEx(py_exc_deprecation_warning(), $0, 1) }
    try check(status)
    let state = ArrayObject.state(object)
    let itemSize = state.pointee.dtype.itemSize
    let given = try parseInts(value)
    var layout = state.pointee.layout
    guard given.count == layout.rank else {
      throw .value("strides must be same length as shape (\(layout.rank))")
    }
    // The memory of the root's elements: there may be more of it, of which nobody may hear.
    let root = ArrayObject.state(ArrayObject.root(object))
    let (own, size) = (root.pointee.layout.extent, root.pointee.dtype.itemSize)
    let first = own.lowerBound &* size
    let end = min(
      first &+ max(own.count, root.pointee.layout.count) &* size,
      ArrayObject.read(object).storage.byteCount)
    var (low, high) = (layout.offset, layout.offset)
    for (axis, stride) in given.enumerated() {
      guard stride % itemSize == 0 else {
        throw .value("Martlet's arrays have strides of whole elements, not of \(stride) bytes")
      }
      layout.strides[axis] = stride / itemSize
      let (span, overflow) = layout.strides[axis].multipliedReportingOverflow(
        by: max(layout.shape[axis] - 1, 0))
      let (place, beyond) = (span < 0 ? low : high).addingReportingOverflow(span)
      guard !overflow, !beyond else { throw incompatibleStrides() }
      if span < 0 { low = place } else { high = place }
    }
    let isInside = low >= (first + itemSize - 1) / itemSize && high < end / itemSize
    guard layout.count == 0 || isInside else { throw incompatibleStrides() }
    state.pointee.layout = layout
  }

  private static func incompatibleStrides() -> PythonError {
    .value("strides is not compatible with available memory")
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
