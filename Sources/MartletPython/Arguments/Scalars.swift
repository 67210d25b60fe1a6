import CPythonABI
import MartletIR

/// NumPy's scalar objects: read and made directly.
///
/// All of them are the object header followed by the value, which `verify` checks once at import;
/// a NumPy that lays them out otherwise is refused there instead of misread later.
enum NumPyScalar {
  typealias Allocator = @convention(c) (TypeRef, Int) -> Ref?

  nonisolated(unsafe) static var allocators = InlineArray<16, Allocator?>(repeating: nil)
  nonisolated(unsafe) static var trueObject: Ref! = nil
  nonisolated(unsafe) static var falseObject: Ref! = nil

  static func load() throws(PythonError) {
    trueObject = try attribute(Python.numpy, "True_")
    falseObject = try attribute(Python.numpy, "False_")
    for dtype in DType.allCases {
      guard let type = DTypeObjects.scalarTypes[Int(dtype.rawValue)], dtype != .bool,
        let slot = PyType_GetSlot(type, Int32(PY_TP_ALLOC))
      else { continue }
      allocators[Int(dtype.rawValue)] = unsafeBitCast(slot, to: Allocator.self)
      try verify(dtype)
    }
  }

  private static func verify(_ dtype: DType) throws(PythonError) {
    let pattern: UInt64 = 0x4142_4344_4546_4748
    let made = try make(Scalar(dtype: dtype, low: pattern, high: ~pattern))
    defer { py_release(made) }
    let bytes = try callMethod(made, "tobytes")
    defer { py_release(bytes) }
    guard PyBytes_Size(bytes) == dtype.itemSize, let contents = PyBytes_AsString(bytes) else {
      throw .runtime("NumPy's \(dtype.name) scalars have a size that Martlet does not know")
    }
    let scalar = read(dtype, at: UnsafeRawPointer(contents))
    let mask =
      dtype.realType.itemSize == 8 ? UInt64.max : (1 << UInt64(8 * dtype.realType.itemSize)) - 1
    guard scalar.low == pattern & mask, !dtype.isComplex || scalar.high == ~pattern & mask else {
      throw .runtime("NumPy's \(dtype.name) scalars have a layout that Martlet does not know")
    }
  }

  /// The number that stands at an address, which needs no alignment.
  @inline(__always)
  static func read(_ dtype: DType, at address: UnsafeRawPointer) -> Scalar {
    switch dtype {
    case .bool, .int8, .uint8:
      Scalar(dtype: dtype, low: UInt64(address.loadUnaligned(as: UInt8.self)))
    case .int16, .uint16, .float16, .bfloat16:
      Scalar(dtype: dtype, low: UInt64(address.loadUnaligned(as: UInt16.self)))
    case .int32, .uint32, .float32:
      Scalar(dtype: dtype, low: UInt64(address.loadUnaligned(as: UInt32.self)))
    case .int64, .uint64, .float64:
      Scalar(dtype: dtype, low: address.loadUnaligned(as: UInt64.self))
    case .complex64:
      Scalar(
        dtype: dtype, low: UInt64(address.loadUnaligned(as: UInt32.self)),
        high: UInt64(address.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
    case .complex128:
      Scalar(
        dtype: dtype, low: address.loadUnaligned(as: UInt64.self),
        high: address.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
  }

  @inline(__always)
  static func write(_ scalar: Scalar, to address: UnsafeMutableRawPointer) {
    switch scalar.dtype {
    case .bool, .int8, .uint8:
      address.storeBytes(of: UInt8(truncatingIfNeeded: scalar.low), as: UInt8.self)
    case .int16, .uint16, .float16, .bfloat16:
      address.storeBytes(of: UInt16(truncatingIfNeeded: scalar.low), as: UInt16.self)
    case .int32, .uint32, .float32:
      address.storeBytes(of: UInt32(truncatingIfNeeded: scalar.low), as: UInt32.self)
    case .int64, .uint64, .float64:
      address.storeBytes(of: scalar.low, as: UInt64.self)
    case .complex64:
      address.storeBytes(of: UInt32(truncatingIfNeeded: scalar.low), as: UInt32.self)
      address.storeBytes(
        of: UInt32(truncatingIfNeeded: scalar.high), toByteOffset: 4, as: UInt32.self)
    case .complex128:
      address.storeBytes(of: scalar.low, as: UInt64.self)
      address.storeBytes(of: scalar.high, toByteOffset: 8, as: UInt64.self)
    }
  }

  /// A new NumPy scalar object.
  static func make(_ scalar: Scalar) throws(PythonError) -> Ref {
    if scalar.dtype == .bool { return retained(scalar.low != 0 ? trueObject : falseObject) }
    let i = Int(scalar.dtype.rawValue)
    guard let allocate = allocators[i], let type = DTypeObjects.scalarTypes[i] else {
      // bfloat16 has no NumPy scalar: its nearest wider type stands in.
      return try make(scalar.converted(to: .float32))
    }
    let object = try check(allocate(type, 0))
    write(scalar, to: UnsafeMutableRawPointer(object) + MemoryLayout<PyObject>.size)
    return object
  }

  /// The value of a NumPy scalar; nil where the object is not exactly one of Martlet's types.
  @inline(__always)
  static func value(of object: Ref) -> Scalar? {
    let type = py_type(object)
    if type == DTypeObjects.scalarTypes[Int(DType.float64.rawValue)] {
      return read(.float64, at: UnsafeRawPointer(object) + MemoryLayout<PyObject>.size)
    }
    for raw in 1..<UInt8(14) where DTypeObjects.scalarTypes[Int(raw)] == type {
      guard let dtype = DType(rawValue: raw) else { return nil }
      return read(dtype, at: UnsafeRawPointer(object) + MemoryLayout<PyObject>.size)
    }
    if object == trueObject { return Scalar(dtype: .bool, low: 1) }
    if object == falseObject { return Scalar(dtype: .bool, low: 0) }
    return nil
  }
}

/// The Python number that `item` and `tolist` give: int, float, complex or bool.
@inline(__always)
func pythonNumber(_ scalar: Scalar) throws(PythonError) -> Ref {
  if scalar.dtype == .float64 {
    return try check(PyFloat_FromDouble(Double(bitPattern: scalar.low)))
  }
  if scalar.dtype == .int64 {
    return try check(PyLong_FromLongLong(Int64(bitPattern: scalar.low)))
  }
  return try otherPythonNumber(scalar)
}

private func otherPythonNumber(_ scalar: Scalar) throws(PythonError) -> Ref {
  let dtype = scalar.dtype
  if dtype == .bool { return Python.bool(scalar.low != 0) }
  if dtype.isComplex { return try check(PyComplex_FromDoubles(scalar.asDouble, scalar.imaginary)) }
  if dtype.isFloating { return try check(PyFloat_FromDouble(scalar.asDouble)) }
  if dtype == .uint64 { return try check(PyLong_FromUnsignedLongLong(scalar.low)) }
  return try check(PyLong_FromLongLong(scalar.asInt64))
}
