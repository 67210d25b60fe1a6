import MartletIR

extension ElementwiseOperation {
  /// The rows whose operation on short floats is one on `float32`, rounded.
  static let arithmeticRows: [ElementwiseOperation] = [.add, .subtract, .multiply, .divide]

  /// - Throws: `.invalidArgument` unless the row takes two operands and gives one result.
  package func checkCombines(_ method: String) throws(MartletError) {
    guard inputCount == 2 else {
      throw .invalidArgument(
        operation: name, detail: "\(method) only supported for binary functions")
    }
    guard outputCount == 1 else {
      throw .invalidArgument(
        operation: name, detail: "\(method) only supported for functions returning a single value")
    }
  }

  /// The loop in which `reduce`, `accumulate` and `reduceat` combine elements: its result is its next
  /// first input.
  ///
  /// - Parameters:
  ///   - dtype: The type of the result, instead of the row's choice.
  ///   - isUniform: Whether a result must be a second input too.
  /// - Throws: `.noLoop`, and `.invalidType` for truth values that the row refuses.
  package func reductionLoop(
    _ elements: DType, dtype: DType?, isUniform: Bool
  ) throws(MartletError) -> Int {
    func carries(_ loop: TypedLoop) -> Bool {
      loop.inputs[0] == loop.outputs[0] && (!isUniform || loop.inputs[1] == loop.outputs[0])
    }
    let wanted = dtype ?? accumulationType(elements)
    if wanted == .bool, case .refusesTruthValues(let message) = selection {
      throw .invalidType(operation: name, detail: message)
    }
    let exact = loops.firstIndex { loop in
      carries(loop) && loop.outputs[0] == wanted
        && (loop.inputs[1] == wanted || Promotion.canCast(elements, to: loop.inputs[1], .safe))
    }
    if let exact { return exact }
    if dtype != nil { throw .noLoop(operation: name, dtypes: [elements, elements, wanted]) }
    if loops.allSatisfy({ $0.outputs[0] == .bool }) {
      // Logical operations take any number as a truth value; comparisons only truth values.
      if identity != .none, let loop = loops.firstIndex(where: carries) { return loop }
    } else {
      let isWhole = wanted == .bool || wanted.isInteger
      let least = selection == .integersAsFloat64 && isWhole ? DType.float64 : wanted
      for (i, loop) in loops.enumerated()
      where carries(loop) && loop.inputs.allSatisfy({ Promotion.canCast(least, to: $0, .safe) }) {
        return i
      }
    }
    throw .noLoop(operation: name, dtypes: [elements, elements])
  }

  /// Sums and products of small integers are computed in 64 bits.
  private func accumulationType(_ dtype: DType) -> DType {
    guard self === ElementwiseOperation.add || self === ElementwiseOperation.multiply else {
      return dtype
    }
    if dtype.isUnsigned { return .uint64 }
    return dtype == .bool || dtype.isSigned ? .int64 : dtype
  }

  /// What a reduction of elements of a type begins with; nil for the first element.
  func start(_ dtype: DType) -> Scalar? {
    switch identity {
    case .none, .reorderable: nil
    case .number(let number): Scalar(Int64(number), dtype)
    case .negativeInfinity: Scalar(-.infinity, dtype)
    }
  }

  /// Whether several axes may be reduced at once.
  var isReorderable: Bool { identity != .none }
}
