/// sinh, cosh, tanh and their inverses.
enum Hyperbolic {
  static func tanh(_ x: Expression) -> Expression {
    // From there on the result is 1 to the last place.
    let limit = x.isSingle ? 10.0 : 22.0
    let y = x.magnitudeBits.isAbove(x.format.bits(limit)).select(x.literal(limit), x.absolute)
    let parts = Exponential.parts(y + y)
    let ratio = quotient(parts.minusOne, parts.plusOne)
    return x.isNaN.select(x, (ratio.high + ratio.low).copySign(of: x))
  }

  /// `a / b` in two words, the second not normalised.
  static func quotient(_ a: DoubleWord, _ b: DoubleWord) -> DoubleWord {
    let reciprocal = 1 / b.high
    let high = a.high * reciprocal
    let rest = (-high).fused(b.high, plus: a.high)
    return DoubleWord(
      high: high, low: (-high).fused(b.low, plus: rest + a.low) * reciprocal)
  }
}
