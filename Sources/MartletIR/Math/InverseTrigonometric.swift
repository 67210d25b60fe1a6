/// asin, acos, atan and atan2: a multiple of π/4 in two words plus a small angle.
enum InverseTrigonometric {
  typealias C = Coefficients

  /// π/2 in two words.
  private static func halfPi(_ x: Expression) -> (high: Expression, low: Expression) {
    (x.constant(C.halfPi0_64, C.halfPi0_32), x.constant(C.halfPi1_64, C.halfPi1_32))
  }

  // MARK: asin and acos

  /// `asin(t + rest) = t + tail` and whether that is the angle of |x| itself (|x| ≤ ½) or, with
  /// `t = √((1 - |x|) / 2)`, half that of the complement.
  private static func arc(
    _ x: Expression
  ) -> (isFlat: Expression, t: Expression, tail: Expression) {
    // Every number beyond 1 is as good as 2: none has a value, and squares must not overflow.
    let isBeyond = x.magnitudeBits.isAbove(x.format.bits(1)) & !x.isNaN
    let y = isBeyond.select(x.literal(2), x.absolute)
    let isFlat = x.magnitudeBits.isBelow(x.format.bits(0.5) + 1)
    // Beyond 1 the root of a negative number makes the NaN and raises its exception.
    let z = isFlat.select(y * y, (1 - y) * 0.5)
    let root = Hyperbolic.squareRoot(DoubleWord(high: z, low: z.literal(0)))
    let t = isFlat.select(y, root.high)
    let rest = isFlat.select(z.literal(0), root.low)
    let p = z.polynomial(x.isSingle ? C.arcsine32 : C.arcsine64)
    return (isFlat, t, (t * z).fused(p, plus: rest))
  }

  static func asin(_ x: Expression) -> Expression {
    let (isFlat, t, tail) = arc(x)
    let halfPi = halfPi(x)
    let zero = x.literal(0)
    let factor = isFlat.select(x.literal(1), x.literal(-2))
    let sum = DoubleWord.sum(ordered: isFlat.select(zero, halfPi.high), factor * t)
    let low = factor.fused(tail, plus: sum.low + isFlat.select(zero, halfPi.low))
    return (sum.high + low).copySign(of: x)
  }

  static func acos(_ x: Expression) -> Expression {
    let (isFlat, t, tail) = arc(x)
    let halfPi = halfPi(x)
    let zero = x.literal(0)
    let isNegative = x.bits < x.bits.literal(0)
    let steep = isNegative.select(x.literal(-2), x.literal(2))
    let flat = isNegative.select(x.literal(1), x.literal(-1))
    let factor = isFlat.select(flat, steep)
    // Quarter turns before the arc is added: 1 where it is flat, else 0 or 2.
    let quarters = isFlat.select(x.literal(1), isNegative.select(x.literal(2), zero))
    let sum = DoubleWord.sum(ordered: quarters * halfPi.high, factor * t)
    return sum.high + factor.fused(tail, plus: quarters.fused(halfPi.low, plus: sum.low))
  }

  // MARK: atan and atan2

  /// The angle of the point (b, a) in the first quadrant, or that of (-b, a) where `isLeft`. Neither
  /// is infinite, and not both 0.
  private static func angle(
    _ a: Expression, _ b: Expression, isLeft: Expression?
  ) -> Expression {
    let zero = a.literal(0)
    let tangent = a.literal(0.41421356237309504880)
    let isLow = a <= b * tangent
    let isHigh = b <= a * tangent
    // a / b, or (a - b) / (a + b) around the diagonal, or -b / a near the axis.
    let difference = DoubleWord.sum(a, -b)
    let sum = DoubleWord.sum(a, b)
    let top = isLow.select(a, isHigh.select(-b, difference.high))
    let topRest = isLow.select(zero, isHigh.select(zero, difference.low))
    let bottom = isLow.select(b, isHigh.select(a, sum.high))
    let bottomRest = isLow.select(zero, isHigh.select(zero, sum.low))
    // Divided twice, not by a reciprocal: a quotient may be so small that its rest underflows.
    let t = top / bottom
    let rest = (-t).fused(bottomRest, plus: (-t).fused(bottom, plus: top) + topRest) / bottom

    let z = t * t
    let tail = (t * z).fused(
      z.polynomial(a.isSingle ? C.arctangent32 : C.arctangent64), plus: rest)
    let halfPi = halfPi(a)
    var quarters = isLow.select(zero, isHigh.select(a.literal(1), a.literal(0.5)))
    var (turn, turnTail) = (t, tail)
    if let isLeft {
      quarters = isLeft.select(2 - quarters, quarters)
      turn = isLeft.select(-t, t)
      turnTail = isLeft.select(-tail, tail)
    }
    let base = DoubleWord.product(quarters, halfPi.high)
    let total = DoubleWord.sum(ordered: base.high, turn)
    return total.high + (quarters.fused(halfPi.low, plus: total.low + base.low) + turnTail)
  }

  static func atan(_ x: Expression) -> Expression {
    // From 2^60 on the result is π/2 to the last place.
    let limit = 0x1p60
    let y = x.magnitudeBits.isAbove(x.format.bits(limit)).select(x.literal(limit), x.absolute)
    return x.isNaN.select(x, angle(y, y.literal(1), isLeft: nil).copySign(of: x))
  }

  static func atan2(_ y: Expression, _ x: Expression) -> Expression {
    let format = x.format
    let zero = x.literal(0)
    let one = x.literal(1)
    let infinity = x.bits.literal(format.infinityBits)
    let isNaN = x.isNaN | y.isNaN
    let larger = (y.magnitudeBits > x.magnitudeBits).select(y.magnitudeBits, x.magnitudeBits)
    let isInfinite = larger == infinity
    let isZero = larger == x.bits.literal(0)
    // Sums must not overflow and products not underflow, but quotients may.
    let (high, low) = x.isSingle ? (100, -50) : (1000, -500)
    func power(_ exponent: Int) -> Double {
      Double(sign: .plus, exponent: exponent, significand: 1)
    }
    let scale = larger.isAbove(format.bits(power(high))).select(
      x.literal(power(-30)),
      larger.isBelow(format.bits(power(low))).select(x.literal(power(high / 2)), one))
    func prepared(_ value: Expression) -> Expression {
      let ofInfinite = (value.magnitudeBits == infinity).select(one, zero)
      return isInfinite.select(ofInfinite, isNaN.select(one, value.absolute) * scale)
    }
    let a = prepared(y)
    let b = isZero.select(one, prepared(x))
    let isLeft = x.bits < x.bits.literal(0)
    let result = angle(a, b, isLeft: isLeft).copySign(of: y)
    return x.isNaN.select(x, y.isNaN.select(y, result))
  }
}
