import MartletIR

/// Whole numbers near a number.
extension ElementwiseOperation {
  static let floor = rounding("floor", "The largest whole number not above.") { $0.floor }
  static let ceil = rounding("ceil", "The smallest whole number not below.") { $0.ceiling }
  static let trunc = rounding("trunc", "The whole part.") { $0.truncated }

  static let rint = unary(
    "rint", .same(.inexact, inputs: 1), domain: .all, tolerance: 0, gradient: .step,
    "The nearest whole number, of two the even one; of a complex number part by part."
  ) { x in
    x.dtype.isComplex ? .complex(x.real.roundedEven, x.imaginary.roundedEven) : x.roundedEven
  }

  static let modf = general(
    "modf", [DType].floating.map { TypedLoop([$0], [$0, $0]) }, domain: .all, tolerance: 0,
    gradient: .severalResults,
    "The fraction and the whole part, both with the number's sign."
  ) { inputs in
    let x = inputs[0]
    let whole = x.truncated
    let infinite = x.isInfinite
    let fraction = infinite.select(x.literal(0), x - whole)
    return [x.isNaN.select(x, fraction.copySign(of: x)), whole]
  }

  static let roundings: [ElementwiseOperation] = [floor, ceil, trunc, rint, modf]

  /// Integers and truth values are whole already.
  private static func rounding(
    _ name: String, _ summary: String, _ body: @escaping @Sendable (Expression) -> Expression
  ) -> ElementwiseOperation {
    unary(
      name, .same([.bool] + .integers + .floating, inputs: 1), domain: .all, tolerance: 0,
      gradient: .step, summary
    ) { x in x.dtype.isFloating ? body(x) : x }
  }
}
