/// sinh, cosh, tanh and their inverses.
///
/// With e^y = 2^n (1 + p), y = |x|, the mantissas of e^y ± 1 are known in two words; the results are
/// quotients and sums of those.
enum Hyperbolic {
  typealias C = Coefficients

  static func tanh(_ x: Expression) -> Expression {
    // From there on the result is 1 to the last place.
    let limit = x.isSingle ? 10.0 : 22.0
    let magnitude = x.magnitudeBits
    let greatest = magnitude.literal(x.format.bits(limit))
    let y = (magnitude < greatest).select(magnitude, greatest).reinterpret(as: x.dtype)
    let parts = Exponential.parts(y + y)
    let ratio = quotient(parts.minusOne, parts.plusOne)
    return x.isNaN.select(x, (ratio.high + ratio.low).copySign(of: x))
  }

  static func sinh(_ x: Expression) -> Expression {
    let (y, isFinite) = Exponential.bounded(x.absolute, x.isSingle ? 91 : 715)
    let parts = Exponential.parts(y, offset: 2 * x.format.bias - 1)
    // sinh y = (E + E / (E + 1)) / 2 with E = e^y - 1; here all divided by 2^n.
    let minusOne = parts.minusOne
    let ratio = quotient(minusOne, parts.power)
    let sum = DoubleWord.sum(ordered: minusOne.high, ratio.high * parts.inverse)
    let low = ratio.low.fused(parts.inverse, plus: sum.low + minusOne.low)
    let result = Exponential.scale(sum.high + low, parts.shifted)
    return isFinite.select(result.copySign(of: x), x)
  }

  static func cosh(_ x: Expression) -> Expression {
    let (y, isFinite) = Exponential.bounded(x.absolute, x.isSingle ? 91 : 715)
    let parts = Exponential.parts(y, offset: 2 * x.format.bias - 1)
    let power = parts.power
    let square = DoubleWord(high: parts.inverse * parts.inverse, low: x.literal(0))
    let inverse = quotient(square, power)
    let sum = DoubleWord.sum(ordered: power.high, inverse.high)
    let low = sum.low + (power.low + inverse.low)
    return isFinite.select(Exponential.scale(sum.high + low, parts.shifted), x.absolute)
  }

  static func asinh(_ x: Expression) -> Expression {
    // From 2^30 on the result is log(2 |x|) to the last place.
    let isLarge = x.magnitudeBits.isAbove(x.format.bits(0x1p30))
    let y = isLarge.select(x.literal(0), x.absolute)
    // y + √(y² + 1) - 1 = y + y² / (√(y² + 1) + 1), which keeps small y exact.
    let square = DoubleWord.product(y, y)
    let sum = DoubleWord.sum(y.literal(1), square.high)
    let root = squareRoot(DoubleWord(high: sum.high, low: sum.low + square.low))
    let base = DoubleWord.sum(ordered: root.high, y.literal(1))
    let ratio = quotient(square, DoubleWord(high: base.high, low: base.low + root.low))
    let argument = DoubleWord.sum(y, ratio.high)
    let whole = DoubleWord.sum(y.literal(1), argument.high)
    let u = DoubleWord(
      high: isLarge.select(x.absolute, whole.high),
      low: isLarge.select(y, whole.low + (argument.low + ratio.low)))
    let result = Logarithm.natural(u, extraExponent: isLarge.select(y.literal(1), y.literal(0)))
    // Tiny arguments, whose squares underflow, are their own result.
    let isTiny = x.magnitudeBits.isBelow(x.format.bits(x.isSingle ? 0x1p-14 : 0x1p-30))
    let isSpecial = x.magnitudeBits.isAtLeast(x.format.infinityBits)
    return (isSpecial | isTiny).select(x, result.copySign(of: x))
  }

  static func acosh(_ x: Expression) -> Expression {
    let format = x.format
    let isLarge = x.bits.isAbove(format.bits(0x1p30))
    let isInvalid = x.bits.isBelow(format.bits(1)) & !x.isNaN
    let y = isLarge.select(x.literal(2), isInvalid.select(x.literal(2), x))
    let above = DoubleWord.sum(ordered: y, y.literal(1))
    let below = y - 1
    let square = DoubleWord.product(below, above.high)
    // The root of -1 is the NaN, with its exception, of arguments below 1.
    let root = squareRoot(
      DoubleWord(
        high: isInvalid.select(y.literal(-1), square.high),
        low: below.fused(above.low, plus: square.low)))
    let sum = DoubleWord.sum(ordered: y, root.high)
    let low = sum.low + root.low
    let u = DoubleWord(
      high: isLarge.select(x, isInvalid.select(y, sum.high)),
      low: isLarge.select(x.literal(0), isInvalid.select(x.literal(0), low)))
    let result = Logarithm.natural(u, extraExponent: isLarge.select(y.literal(1), y.literal(0)))
    let isSpecial = x.magnitudeBits.isAtLeast(format.infinityBits) & !isInvalid
    return isInvalid.select(root.high, isSpecial.select(x, result))
  }

  static func atanh(_ x: Expression) -> Expression {
    let format = x.format
    let one = x.literal(1)
    let zero = x.literal(0)
    // |x| ≥ 1 is a pole or has no value.
    let isOutside = x.magnitudeBits.isAtLeast(format.bits(1))
    let y = isOutside.select(zero, x.absolute)
    // atanh y = log(1 + 2 y / (1 - y)) / 2
    let below = DoubleWord.sum(ordered: one, -y)
    let ratio = quotient(DoubleWord(high: y + y, low: zero), below)
    let whole = DoubleWord.sum(one, ratio.high)
    let invalid = x.isNaN.select(x, zero)
    let numerator = (x.absolute == 1).select(one, invalid)
    let result = Logarithm.natural(
      DoubleWord(high: whole.high, low: whole.low + ratio.low),
      pole: isOutside, numerator: numerator)
    let isTiny = x.magnitudeBits.isBelow(format.bits(x.isSingle ? 0x1p-14 : 0x1p-30))
    return isTiny.select(x, (result * 0.5).copySign(of: x))
  }

  // MARK: Two words

  /// `a / b` in two words, the second not normalised.
  static func quotient(_ a: DoubleWord, _ b: DoubleWord) -> DoubleWord {
    let reciprocal = 1 / b.high
    let high = a.high * reciprocal
    let rest = (-high).fused(b.high, plus: a.high)
    return DoubleWord(
      high: high, low: (-high).fused(b.low, plus: rest + a.low) * reciprocal)
  }

  /// The root of a number that is not negative; that of a negative one is NaN, with its exception.
  static func squareRoot(_ a: DoubleWord) -> DoubleWord {
    let high = a.high.squareRoot
    let rest = (-high).fused(high, plus: a.high) + a.low
    // Any divisor does for a root of 0, but x / 1 a compiler may turn into x and divide by 0.
    let divisor = (high == 0).select(high.literal(3), high + high)
    return DoubleWord(high: high, low: rest / divisor)
  }
}
