import MartletIR

/// One call of a reduction, with what its arguments ask for.
package struct Reduction {
  package var operation: ReductionOperation
  package var array: NDArray
  /// From the front; nil for all.
  package var axes: [Int]?
  package var keepsDimensions = false
  /// `ddof`.
  package var parameter = 0
  package private(set) var dtype: DType?
  private var initial: Scalar?
  private var mask: NDArray?

  package init(_ operation: ReductionOperation, _ array: NDArray) {
    self.operation = operation
    self.array = array
  }

  private func notNative(_ reason: String) -> MartletError {
    .unsupported(operation: operation.name, detail: reason)
  }

  package mutating func setDType(_ given: DType?) throws(MartletError) {
    dtype = given
    if dtype == .bool { throw notNative("a sum of truth values") }
    guard let dtype, dtype != array.dtype else { return }
    if array.dtype.isComplex, !dtype.isComplex {
      throw notNative("discarding imaginary parts, which NumPy warns of")
    }
  }

  /// A number to start from. It is combined with the result in the end, which is the same but for
  /// the order of roundings.
  package mutating func setInitial(_ operand: Operand) throws(MartletError) {
    guard let type = resultType else { throw notNative("a type without this reduction") }
    initial = try Self.initial(operand, type)
    // Added up from 0.0 the sum has lost the sign that this keeps.
    if let initial, operation === ReductionOperation.sum, initial.hasNegativeZero {
      throw notNative("a sum that starts at -0.0")
    }
  }

  /// `initial=` as an element of the result.
  package static func initial(_ operand: Operand, _ type: DType) throws(MartletError) -> Scalar {
    switch operand {
    case .weak(let kind, let number):
      let fits =
        kind == .bool || type.isComplex || (type.isFloating && kind != .complex)
        || (type.isInteger && kind == .integer
          && number.converted(to: type).asInt64 == number.asInt64
          && number.dtype == .int64 && (type.isSigned || number.asInt64 >= 0))
      guard fits else { break }
      FloatingPointLog.note(converting: number, to: type)
      return number.converted(to: type)
    case .scalar(let number) where Promotion.canCast(number.dtype, to: type, .safe):
      return number.converted(to: type)
    default: break
    }
    throw .unsupported(
      operation: "reduce", detail: "initial= is of another kind than the result")
  }

  /// `where=`, checked against the array.
  package static func checkMask(_ mask: NDArray, for array: NDArray) throws(MartletError) {
    guard mask.dtype == .bool, mask.layout.broadcast(to: array.shape) != nil else {
      throw .unsupported(
        operation: "reduce",
        detail: "where= is not of truth values, or larger than the array")
    }
  }

  /// Which elements count. A number to start from is set before.
  package mutating func setMask(_ given: NDArray) throws(MartletError) {
    try Self.checkMask(given, for: array)
    if case .reorderable = operation.identity, initial == nil {
      throw .invalidArgument(
        operation: operation.name,
        detail: "reduction operation '\(combining)' does not have an identity, so to use a where "
          + "mask one has to specify 'initial'")
    }
    mask = given
  }

  /// The type of the result; nil where the operation has none for the elements.
  package var resultType: DType? {
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

  package var resultShape: Shape { array.reducedShape(axes, keepsDimensions: keepsDimensions) }

  package func run() throws(MartletError) -> NDArray {
    if resultType == nil { throw notNative("it has no loop for \(dtype ?? array.dtype)") }
    if let initial, reducedCount == 0 { return try NDArray.full(resultShape, initial) }
    let result = try array.reduced(
      operation, axes: axes, keepDimensions: keepsDimensions, dtype: dtype, mask: mask,
      parameter: parameter)
    guard let initial, let row = OperationTable.elementwise(named: combining) else { return result }
    return try Elementwise.apply(row, [.array(result), .scalar(initial)])[0]
  }
}

extension Scalar {
  /// Whether it, or a part of it, is -0.0.
  fileprivate var hasNegativeZero: Bool {
    guard dtype.isInexact else { return false }
    return [asDouble, imaginary].contains { $0 == 0 && $0.sign == .minus }
  }
}

extension NDArray {
  /// The shape without the reduced axes, or with length 1 in their places.
  package func reducedShape(_ axes: [Int]?, keepsDimensions: Bool) -> Shape {
    var result = Shape()
    for axis in 0..<rank {
      if axes?.contains(axis) ?? true {
        if keepsDimensions { result.append(1) }
      } else {
        result.append(shape[axis])
      }
    }
    return result
  }
}
