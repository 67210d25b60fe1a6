import CPythonABI
import Martlet
import MartletIR

/// Nested lists and tuples of Python's numbers, and NumPy's of the same types, read into a new array
/// without a detour. None of them runs a user's code.
struct NestedNumbers {
  private var shape = Shape()
  /// How deep the numbers are, once one was met.
  private var depth: Int?
  private var kinds: UInt8 = 0

  private static let bool: UInt8 = 1
  private static let integer: UInt8 = 2
  private static let floating: UInt8 = 4
  private static let complex: UInt8 = 8

  /// A new array of the elements; nil where other objects are among them, they are ragged, or they
  /// don't convert to `dtype` without a word.
  static func array(_ object: Ref, _ dtype: DType?) throws(PythonError) -> Ref? {
    guard isSequence(object), Placement.isHost else { return nil }
    var numbers = NestedNumbers()
    guard numbers.measure(object, 0) else { return nil }
    let target = dtype ?? numbers.natural
    guard numbers.converts(to: target) else { return nil }
    guard let made = try DirectDoor.makeEmpty(numbers.shape, target) else { return nil }
    var place = made.memory
    guard numbers.read(object, 0, target, &place) else {
      py_release(made.object)
      return nil
    }
    return made.object
  }

  @inline(__always)
  private static func isSequence(_ object: Ref) -> Bool {
    isType(object, py_list_type()) || isType(object, py_tuple_type())
  }

  @inline(__always)
  private static func count(_ sequence: Ref) -> Int {
    isType(sequence, py_list_type()) ? PyList_Size(sequence) : PyTuple_Size(sequence)
  }

  @inline(__always)
  private static func item(_ sequence: Ref, _ i: Int) -> Ref? {
    isType(sequence, py_list_type())
      ? PyList_GetItem(sequence, i) : PyTuple_GetItem(sequence, i)
  }

  private var natural: DType {
    if kinds & Self.complex != 0 { return .complex128 }
    if kinds & Self.floating != 0 { return .float64 }
    if kinds & Self.integer != 0 { return .int64 }
    return kinds == 0 ? .float64 : .bool
  }

  /// Whether numbers of the kinds that were met become elements of `dtype` as they are.
  private func converts(to dtype: DType) -> Bool {
    switch dtype {
    case .bool: kinds & ~Self.bool == 0
    case .float32, .float64: kinds & Self.complex == 0
    case .complex64, .complex128: true
    case .float16, .bfloat16: false
    default: kinds & (Self.complex | Self.floating) == 0
    }
  }

  // MARK: The shape

  private mutating func measure(_ sequence: Ref, _ level: Int) -> Bool {
    let count = Self.count(sequence)
    if level == shape.rank {
      guard depth == nil, level < Shape.maximumRank else { return false }
      shape.append(count)
    } else if shape[level] != count {
      return false
    }
    if let depth, depth <= level { return false }
    if count == 0 { return reach(level + 1) }
    for i in 0..<count {
      guard let item = Self.item(sequence, i) else { return false }
      let kind = Self.kind(item)
      if kind != 0 {
        kinds |= kind
        if depth != level + 1, !reach(level + 1) { return false }
      } else {
        guard Self.isSequence(item), measure(item, level + 1) else { return false }
      }
    }
    return true
  }

  /// Numbers are as deep as this, or there are none; false where others are elsewhere.
  private mutating func reach(_ level: Int) -> Bool {
    guard depth == nil || depth == level, shape.rank == level else { return false }
    depth = level
    return true
  }

  /// What kind of number an object is; 0 for anything else.
  @inline(__always)
  private static func kind(_ object: Ref) -> UInt8 {
    if isType(object, py_float_type()) { return floating }
    if isType(object, py_long_type()) { return integer }
    return otherKind(object)
  }

  private static func otherKind(_ object: Ref) -> UInt8 {
    if isType(object, DTypeObjects.scalarTypes[Int(DType.float64.rawValue)]) { return floating }
    if isType(object, DTypeObjects.scalarTypes[Int(DType.int64.rawValue)]) { return integer }
    if isType(object, py_bool_type()) { return bool }
    if isType(object, py_complex_type()) { return complex }
    if isType(object, DTypeObjects.scalarTypes[Int(DType.complex128.rawValue)]) { return complex }
    if object == NumPyScalar.trueObject || object == NumPyScalar.falseObject { return bool }
    return 0
  }

  // MARK: The elements

  private func read(
    _ sequence: Ref, _ level: Int, _ dtype: DType, _ place: inout UnsafeMutableRawPointer
  ) -> Bool {
    let count = shape[level]
    if level + 1 < shape.rank {
      for i in 0..<count {
        guard let item = Self.item(sequence, i), read(item, level + 1, dtype, &place) else {
          return false
        }
      }
      return true
    }
    let itemSize = dtype.itemSize
    for i in 0..<count {
      guard let item = Self.item(sequence, i), Self.write(item, dtype, place) else { return false }
      place += itemSize
    }
    return true
  }

  @inline(__always)
  private static func write(
    _ item: Ref, _ dtype: DType, _ place: UnsafeMutableRawPointer
  ) -> Bool {
    if dtype == .float64, isType(item, py_float_type()) {
      place.storeBytes(of: PyFloat_AsDouble(item), as: Double.self)
      return true
    }
    if dtype == .int64, isType(item, py_long_type()) {
      var overflow: Int32 = 0
      place.storeBytes(of: PyLong_AsLongLongAndOverflow(item, &overflow), as: Int64.self)
      return overflow == 0
    }
    guard let number = number(item, as: dtype) else { return false }
    NumPyScalar.write(number, to: place)
    return true
  }

  /// The number as an element of `dtype`, which holds its kind.
  private static func number(_ item: Ref, as dtype: DType) -> Scalar? {
    if isType(item, py_complex_type()) {
      let (real, imaginary) = (PyComplex_RealAsDouble(item), PyComplex_ImagAsDouble(item))
      let made = Scalar(real: real, imaginary: imaginary, dtype)
      let isLost =
        made.asDouble.isInfinite != real.isInfinite
        || made.imaginary.isInfinite != imaginary.isInfinite
      return isLost ? nil : made
    }
    guard let value = DirectDoor.exactly(item, as: dtype) else { return nil }
    return value
  }
}
