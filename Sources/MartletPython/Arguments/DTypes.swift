import CPythonABI
import MartletIR

/// NumPy's dtype objects and scalar types, by `DType.rawValue`.
///
/// Set once while the module is imported, then only read under the interpreter's lock.
enum DTypeObjects {
  nonisolated(unsafe) static var dtypes = InlineArray<16, Ref?>(repeating: nil)
  nonisolated(unsafe) static var scalarTypes = InlineArray<16, TypeRef?>(repeating: nil)
  /// How NumPy numbers its types (`dtype.num`). Its second type of integers of 64 bits (`longlong`,
  /// another type than `int64` to all who look) stays its own.
  static let byNumber: [DType?] = [
    .bool, .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64, .uint64, nil, nil,
    .float32, .float64, nil, .complex64, .complex128, nil, nil, nil, nil, nil, nil, nil, .float16,
  ]

  static func load() throws(PythonError) {
    for dtype in DType.allCases where dtype != .bfloat16 {
      let name = try pythonString(dtype.name)
      defer { py_release(name) }
      let scalarType = try check(PyObject_GetAttr(Python.numpy, name))
      scalarTypes[Int(dtype.rawValue)] = py_type_pointer(scalarType)
      dtypes[Int(dtype.rawValue)] = try call(Python.numpyDType, scalarType)
    }
  }

  /// Names that were resolved, which are held so that their addresses stay theirs. A program has
  /// few of them.
  nonisolated(unsafe) private static var names = InlineArray<16, Ref?>(repeating: nil)
  nonisolated(unsafe) private static var named = InlineArray<16, DType>(repeating: .bool)
  nonisolated(unsafe) private static var nameCount = 0

  /// The element type of a dtype, scalar type or name that is known by its address.
  @inline(__always)
  static func known(_ object: Ref) -> DType? {
    let type = py_as_type(object)
    for raw in 0..<UInt8(15) where dtypes[Int(raw)] == object || scalarTypes[Int(raw)] == type {
      return DType(rawValue: raw)
    }
    for i in 0..<nameCount where names[i] == object { return named[i] }
    return nil
  }

  static func remember(_ name: Ref, _ dtype: DType) {
    guard nameCount < 16 else { return }
    names[nameCount] = retained(name)
    named[nameCount] = dtype
    nameCount += 1
  }

  /// The element type of the very objects that most of NumPy's arrays have; nil for others.
  static func dtype(exactly object: Ref) -> DType? {
    for dtype in DType.allCases where dtypes[Int(dtype.rawValue)] == object { return dtype }
    return nil
  }
}

@inline(__always)
func py_type_pointer(_ object: Ref) -> TypeRef { py_as_type(object) }

/// NumPy's dtype object; borrowed.
func dtypeObject(_ dtype: DType) throws(PythonError) -> Ref {
  guard let object = DTypeObjects.dtypes[Int(dtype.rawValue)] else {
    throw .type("NumPy has no dtype for \(dtype.name)")
  }
  return object
}

/// The element type that a `dtype=` argument means; nil for None.
func parseOptionalDType(_ object: Ref?) throws(PythonError) -> DType? {
  guard let object, object != py_none() else { return nil }
  return try parseDType(object)
}

/// The element type of anything that `numpy.dtype` takes. What Martlet's arrays cannot hold is
/// `notNative`; what NumPy does not know either is NumPy's TypeError.
func parseDType(_ object: Ref) throws(PythonError) -> DType {
  if let known = DTypeObjects.known(object) { return known }
  if object == py_object(py_float_type()) { return .float64 }
  if object == py_object(py_long_type()) { return .int64 }
  if object == py_object(py_bool_type()) { return .bool }
  if object == py_object(py_complex_type()) { return .complex128 }
  let resolved = try call(Python.numpyDType, object)
  defer { py_release(resolved) }
  let found = try dtype(ofNumPy: resolved)
  if isType(object, py_unicode_type()) { DTypeObjects.remember(object, found) }
  return found
}

/// The element type of one of NumPy's dtype objects; `notNative` for those Martlet does not have.
func dtype(ofNumPy object: Ref) throws(PythonError) -> DType {
  if let dtype = DTypeObjects.dtype(exactly: object) { return dtype }
  let number = try attribute(object, "num")
  defer { py_release(number) }
  let native = try attribute(object, "isnative")
  defer { py_release(native) }
  var overflow: Int32 = 0
  let value = PyLong_AsLongLongAndOverflow(number, &overflow)
  if native == py_true(), value >= 0, value < DTypeObjects.byNumber.count,
    let dtype = DTypeObjects.byNumber[Int(value)]
  {
    return dtype
  }
  throw .notNative("the dtype is not one of Martlet's")
}
