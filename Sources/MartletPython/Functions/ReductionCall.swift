import CPythonABI
import Martlet
import MartletIR

/// Whether an axis is the first or last of an array that has none, which NumPy lets pass.
func isScalarAxis(_ object: Ref, rank: Int) throws(PythonError) -> Bool {
  guard rank == 0, isType(object, py_long_type()) else { return false }
  let axis = try parseInt(object)
  return axis == 0 || axis == -1
}

/// One call of a reduction, with what its keywords ask for.
struct ReductionCall {
  var operation: ReductionOperation
  var array: NDArray
  /// From the front; nil for all.
  var axes: [Int]?
  var dtype: DType?
  var out: Ref?
  var keepsDimensions = false
  private var initial: Scalar?
  private var mask: NDArray?
  /// `ddof`.
  var parameter = 0

  init(_ operation: ReductionOperation, _ object: Ref) throws(PythonError) {
    self.operation = operation
    array = try parseArray(object, dtype: nil)
    // `(x * y).sum()`: the product is gone after this call, so nothing of it need be kept.
    if ArrayObject.check(object), py_is_unique(object) != 0 { array.storage.expectNoMoreReads() }
  }

  mutating func setAxes(_ object: Ref?) throws(PythonError) {
    if let object, try isScalarAxis(object, rank: array.rank) { return }
    axes = try parseAxes(object, rank: array.rank)
  }

  mutating func setDType(_ object: Ref?) throws(PythonError) {
    try setDType(try parseOptionalDType(object))
  }

  mutating func setDType(_ given: DType?) throws(PythonError) {
    dtype = given
    if dtype == .bool { throw .notNative("a sum of truth values") }
    guard let dtype, dtype != array.dtype else { return }
    if array.dtype.isComplex, !dtype.isComplex {
      throw .notNative("discarding imaginary parts, which NumPy warns of")
    }
  }

  /// A number to start from. It is combined with the result in the end, which is the same but for
  /// the order of roundings.
  mutating func setInitial(_ object: Ref?) throws(PythonError) {
    guard let object, object != py_none() else { return }
    guard let type = resultType else { throw .notNative("a type without this reduction") }
    initial = try Self.initial(object, type)
    // Added up from 0.0 the sum has lost the sign that this keeps.
    if let initial, operation === ReductionOperation.sum, initial.hasNegativeZero {
      throw .notNative("a sum that starts at -0.0")
    }
  }

  /// `initial=` as an element of the result.
  static func initial(_ object: Ref, _ type: DType) throws(PythonError) -> Scalar {
    switch try parseOperand(object) {
    case .weak(let kind, let number):
      let fits =
        kind == .bool || type.isComplex || (type.isFloating && kind != .complex)
        || (type.isInteger && kind == .integer
          && number.converted(to: type).asInt64 == number.asInt64
          && number.dtype == .int64 && (type.isSigned || number.asInt64 >= 0))
      guard fits else { throw .notNative("initial= is of another kind than the result") }
      FloatingPointLog.note(converting: number, to: type)
      return number.converted(to: type)
    case .scalar(let number) where Promotion.canCast(number.dtype, to: type, .safe):
      return number.converted(to: type)
    default:
      throw .notNative("initial= is of another kind than the result")
    }
  }

  /// `where=`; nil for all elements.
  static func mask(_ object: Ref?, for array: NDArray) throws(PythonError) -> NDArray? {
    guard let object, object != py_true() else { return nil }
    let parsed = try parseArray(object, dtype: nil)
    guard parsed.dtype == .bool, parsed.layout.broadcast(to: array.shape) != nil else {
      throw .notNative("where= is not of truth values, or larger than the array")
    }
    return parsed
  }

  mutating func setMask(_ object: Ref?) throws(PythonError) {
    guard let parsed = try Self.mask(object, for: array) else { return }
    if case .reorderable = operation.identity, initial == nil {
      throw .value(
        "reduction operation '\(combining)' does not have an identity, so to use a where mask one "
          + "has to specify 'initial'")
    }
    mask = parsed
  }

  /// The type of the result; nil where the operation has none for the elements.
  private var resultType: DType? {
    guard let types = operation.types(dtype ?? array.dtype) else { return nil }
    return types.result == .bool || operation === ReductionOperation.countNonzero
      || (array.dtype.isComplex && !types.result.isComplex)
      ? types.result : dtype ?? types.result
  }

  /// The ufunc that combines two elements.
  private var combining: String {
    switch operation.name {
    case "sum": "add"
    case "prod": "multiply"
    case "max": "maximum"
    case "min": "minimum"
    case "all": "logical_and"
    case "any": "logical_or"
    default: operation.name
    }
  }

  /// How many elements each result combines.
  var reducedCount: Int {
    guard let axes else { return array.count }
    return axes.reduce(1) { $0 * array.shape[$1] }
  }

  // MARK: Running

  /// The result as a Python object, or `out`.
  func finish() throws(PythonError) -> Ref {
    try finish { _ throws(PythonError) in try run() }
  }

  /// The same, with the result computed otherwise.
  func finish(_ compute: (NDArray) throws(PythonError) -> NDArray) throws(PythonError) -> Ref {
    if let out {
      guard let resultType else { throw .notNative("a type without this reduction") }
      try Results.checkOutput(out, keptShape, resultType)
    }
    return try Results.give(try compute(array), to: out)
  }

  private var keptShape: Shape { array.reducedShape(axes, keepsDimensions: keepsDimensions) }

  func run() throws(PythonError) -> NDArray {
    if let initial, reducedCount == 0 {
      return try core { () throws(MartletError) in try NDArray.full(keptShape, initial) }
    }
    let result = try core { () throws(MartletError) in
      try Interruption.stoppable(elements: array.count) { () throws(MartletError) in
        try array.reduced(
          operation, axes: axes, keepDimensions: keepsDimensions, dtype: dtype, mask: mask,
          parameter: parameter)
      }
    }
    guard let initial, let row = OperationTable.elementwise(named: combining) else { return result }
    return try core { () throws(MartletError) in
      try Elementwise.apply(row, [.array(result), .scalar(initial)])[0]
    }
  }
}

extension Scalar {
  /// Whether it, or a part of it, is -0.0.
  fileprivate var hasNegativeZero: Bool {
    guard dtype.isInexact else { return false }
    return [asDouble, imaginary].contains { $0 == 0 && $0.sign == .minus }
  }
}
