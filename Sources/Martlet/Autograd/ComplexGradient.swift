import MartletIR

/// The derivatives of elementwise operations on complex numbers.
///
/// A cotangent holds the derivative by the real part and, as its imaginary part, the derivative by
/// the imaginary part, so that parts seen as real numbers need no conversion. For a holomorphic f it
/// is the result's times the conjugate of f'.
enum ComplexGradient {
  static func pull(
    _ operation: ElementwiseOperation, _ input: Int, _ g: NDArray, _ operands: [Operand],
    _ result: NDArray?
  ) throws(MartletError) -> NDArray {
    // Whole numbers among the operands were converted.
    func operand(_ place: Int) throws(MartletError) -> NDArray {
      let array = try operands[place].asArray()
      return array.dtype.isInexact ? array : try array.asType(g.dtype.complexType)
    }
    let x = try operand(0)
    func y() throws(MartletError) -> NDArray {
      guard let result else {
        throw .internalError(operation: operation.name, detail: "the result was not kept")
      }
      return result
    }
    func other() throws(MartletError) -> NDArray { try operand(1) }
    func times(_ derivative: NDArray) throws(MartletError) -> NDArray {
      try op("multiply", g, try op("conjugate", derivative))
    }
    switch operation.name {
    case "add", "positive", "cast": return g
    case "subtract": return input == 0 ? g : try op("negative", g)
    case "negative": return try op("negative", g)
    case "multiply": return try times(input == 0 ? other() : x)
    case "divide":
      let derivative = try op("reciprocal", other())
      if input == 0 { return try times(derivative) }
      return try times(try op("negative", op("multiply", y(), derivative)))
    case "reciprocal": return try times(try op("negative", op("square", y())))
    case "conjugate": return try op("conjugate", g)
    case "real": return g
    case "imag": return try op("multiply", g, number(0, 1, x.dtype))
    case "angle":
      let turned = try op("multiply", x, number(0, 1, x.dtype))
      return try op("multiply", g, try op("divide", turned, try op("square", op("absolute", x))))
    case "absolute":
      // At 0 the least of all slopes.
      return try op("multiply", g, try direction(x))
    case "square": return try times(try op("multiply", x, number(2, 0, x.dtype)))
    case "sqrt": return try times(try op("divide", number(0.5, 0, x.dtype), y()))
    case "exp": return try times(y())
    case "exp2": return try times(try op("multiply", y(), number(.ln2, 0, x.dtype)))
    case "expm1": return try times(try op("add", y(), number(1, 0, x.dtype)))
    case "log": return try times(try op("reciprocal", x))
    case "log2":
      return try times(try op("divide", number(1 / .ln2, 0, x.dtype), x))
    case "log10":
      return try times(try op("divide", number(1 / .ln10, 0, x.dtype), x))
    case "log1p": return try times(try op("reciprocal", op("add", x, number(1, 0, x.dtype))))
    case "sin": return try times(try op("cos", x))
    case "cos": return try times(try op("negative", op("sin", x)))
    case "sinh": return try times(try op("cosh", x))
    case "cosh": return try times(try op("sinh", x))
    case "tan": return try times(try op("add", op("square", y()), number(1, 0, x.dtype)))
    case "tanh": return try times(try op("subtract", number(1, 0, x.dtype), op("square", y())))
    case "arctan":
      return try times(try op("reciprocal", op("add", op("square", x), number(1, 0, x.dtype))))
    case "arctanh":
      return try times(
        try op("reciprocal", op("subtract", number(1, 0, x.dtype), op("square", x))))
    case "power":
      if input == 0 {
        let lower = try op("power", x, try op("subtract", other(), number(1, 0, x.dtype)))
        return try times(try op("multiply", other(), lower))
      }
      return try times(try op("multiply", y(), try op("log", x)))
    case "where":
      guard
        let gradient = ElementwiseGradient.of(
          operation, loop: operation.loops.firstIndex { $0.outputs[0] == g.dtype } ?? 0,
          input: input)
      else { break }
      return try gradient.pull(g, operands, result: nil)
    default: break
    }
    throw .noDerivative(
      operation: operation.name, reason: "there is no rule for complex numbers yet")
  }

  /// A complex number over its magnitude, in steps that have derivatives; 0 of 0.
  static func direction(_ x: NDArray) throws(MartletError) -> NDArray {
    let size = try op("absolute", x)
    let isZero = try NDArray.compute(
      .equal, .array(size.untraced), .scalar(Scalar(Int64(0), size.dtype)))
    let safe = try NDArray.selected(by: isZero, .scalar(Scalar(Int64(1), size.dtype)), .array(size))
    return try op("divide", x, safe)
  }

  private static func op(_ name: String, _ arrays: NDArray...) throws(MartletError) -> NDArray {
    guard let row = OperationTable.elementwise(named: name) else {
      throw .internalError(operation: name, detail: "no such row")
    }
    return try Elementwise.apply(row, arrays.map { .array($0) })[0]
  }

  private static func number(
    _ real: Double, _ imaginary: Double, _ dtype: DType
  ) throws(MartletError) -> NDArray {
    let type = dtype.isComplex ? dtype : dtype.complexType
    return try NDArray.scalar(Scalar(real: real, imaginary: imaginary, type))
  }
}

extension Double {
  fileprivate static let ln2 = 0x1.62e42fefa39efp-1
  fileprivate static let ln10 = 0x1.26bb1bbb55516p+1
}
