/// log, log2, log10, log1p and the sums of logarithms.
///
/// A positive number is `2^k (1 + f)` with 1 + f between √½ and √2. With s = f / (2 + f),
/// `log(1 + f) = f - f²/2 + s (f²/2 + R(s²))`, whose first two terms are kept in two words.
enum Logarithm {
  typealias C = Coefficients

  /// A positive normal number as `2^exponent * mantissa`, the mantissa between √½ and √2.
  struct Split {
    let mantissa: Expression
    let exponent: Expression
  }

  private static let leastMantissa = 0.70710678118654752440

  /// Subnormal numbers count as what they are. What is not positive and finite gives numbers
  /// without meaning, but no NaN.
  static func split(_ x: Expression) -> Split {
    let format = x.format
    let lift = format.fraction + 2
    let isSubnormal = x.magnitudeBits.isBelow(format.leastNormalBits)
    let scale = x.literal(Double(sign: .plus, exponent: lift, significand: 1))
    let bits = (x * isSubnormal.select(scale, x.literal(1))).magnitudeBits
    let least = format.bits(leastMantissa)
    let moved = bits + x.bits.literal(format.bits(1) - least)
    let mantissa = ((moved & format.fractionMask) + x.bits.literal(least)).reinterpret(as: x.dtype)
    // The exponent in the low bits of 2^fraction is that number plus the exponent.
    let unit = Double(sign: .plus, exponent: format.fraction, significand: 1)
    let biased = (moved.shiftedRight(format.fraction) | format.bits(unit)).reinterpret(as: x.dtype)
    let offset = isSubnormal.select(
      x.literal(unit + Double(format.bias + lift)), x.literal(unit + Double(format.bias)))
    return Split(mantissa: mantissa, exponent: biased - offset)
  }

  /// `log(1 + f + rest)` in two words, for 1 + f between √½ and √2. Where `pole` is not nil and
  /// holds, the division that is there anyway is `numerator / 0` instead, which gives -inf or NaN
  /// together with its exception.
  private static func core(
    _ f: Expression, rest: Expression? = nil, pole: Expression?, numerator: Expression?
  ) -> DoubleWord {
    var (top, bottom) = (f, f + 2)
    if let pole, let numerator {
      top = pole.select(numerator, f)
      bottom = pole.select(f.literal(0), bottom)
    }
    let s = top / bottom
    let z = s * s
    let r = z * z.polynomial(f.isSingle ? C.logarithm32 : C.logarithm64)
    let half = f * 0.5
    let square = DoubleWord.product(half, f)
    let sum = DoubleWord.sum(ordered: f, -square.high)
    var low = s.fused(square.high + r, plus: sum.low - square.low)
    if let rest { low = rest.fused(1 - f, plus: low) }
    return DoubleWord(high: sum.high, low: low)
  }

  /// What a logarithm needs to know about its argument's sign: where it has a pole or no value, and
  /// the numerator over 0 that says which.
  private static func pole(_ x: Expression) -> (condition: Expression, numerator: Expression) {
    let isNotPositive = x.bits <= x.bits.literal(0)
    // A NaN may have a sign; it must pass through without an exception.
    let invalid = x.isNaN.select(x, x.literal(0))
    return (isNotPositive, (x == 0).select(x.literal(-1), invalid))
  }

  private static func passing(_ x: Expression, _ result: Expression) -> Expression {
    x.bits.isAtLeast(x.format.infinityBits).select(x, result)
  }

  static func log(_ x: Expression) -> Expression {
    let (pole, numerator) = pole(x)
    let split = split(x)
    let log = core(split.mantissa - 1, pole: pole, numerator: numerator)
    return passing(x, naturalSum(split.exponent, log))
  }

  /// `exponent * ln 2 + log`.
  private static func naturalSum(_ exponent: Expression, _ log: DoubleWord) -> Expression {
    let high = exponent * exponent.constant(C.ln2High64, C.ln2High32)
    let sum = DoubleWord.sum(ordered: high, log.high)
    let low = exponent.fused(exponent.constant(C.ln2Low64, C.ln2Low32), plus: sum.low + log.low)
    return sum.high + low
  }

  static func log2(_ x: Expression) -> Expression {
    let (pole, numerator) = pole(x)
    let split = split(x)
    let log = core(split.mantissa - 1, pole: pole, numerator: numerator)
    let scaled = log.times(
      x.constant(C.log2E64, C.log2E32), x.constant(C.log2ERest64, C.log2ERest32))
    let sum = DoubleWord.sum(ordered: split.exponent, scaled.high)
    return passing(x, sum.high + (sum.low + scaled.low))
  }

  static func log10(_ x: Expression) -> Expression {
    let (pole, numerator) = pole(x)
    let split = split(x)
    let log = core(split.mantissa - 1, pole: pole, numerator: numerator)
    let scaled = log.times(
      x.constant(C.log10E64, C.log10E32), x.constant(C.log10ERest64, C.log10ERest32))
    let high = split.exponent * x.constant(C.log10Of2High64, C.log10Of2High32)
    let sum = DoubleWord.sum(ordered: high, scaled.high)
    let low = split.exponent.fused(
      x.constant(C.log10Of2Low64, C.log10Of2Low32), plus: sum.low + scaled.low)
    return passing(x, sum.high + low)
  }

  static func log1p(_ x: Expression) -> Expression {
    let format = x.format
    // u = 1 + x in two words; from 2^60 on the 1 is lost, and infinity would give inf - inf.
    let isLarge = x.magnitudeBits.isAtLeast(format.bits(0x1p60))
    let y = isLarge.select(x.literal(0), x)
    let sum = DoubleWord.sum(x.literal(1), y)
    let u = DoubleWord(high: isLarge.select(x, sum.high), low: sum.low)
    let isPole = u.high.bits <= u.high.bits.literal(0)
    let invalid = x.isNaN.select(x, x.literal(0))
    let numerator = (u.high == 0).select(x.literal(-1), invalid)
    let result = natural(u, pole: isPole, numerator: numerator)
    let passes = x.bits.isAtLeast(format.infinityBits) | (x == 0)
    return passes.select(x, result)
  }

  /// `log(u * 2^extraExponent)` of a sum of two words. Where `pole` holds, `numerator / 0` decides,
  /// as in `core`.
  static func natural(
    _ u: DoubleWord, extraExponent: Expression? = nil, pole: Expression? = nil,
    numerator: Expression? = nil
  ) -> Expression {
    let bits = u.high.bits
    let split = split(u.high)
    // 2^-exponent: what took u to its mantissa takes the low word to its place. Where u is so
    // large that this is subnormal, the low word does not matter.
    let least = bits.literal(u.high.format.leastNormalBits)
    let scaleBits = split.mantissa.bits - bits + bits.literal(u.high.format.bits(1))
    let scale = (scaleBits < least).select(least, scaleBits).reinterpret(as: u.high.dtype)
    let f = DoubleWord.sum(split.mantissa - 1, u.low * scale)
    let log = core(f.high, rest: f.low, pole: pole, numerator: numerator)
    let exponent = extraExponent.map { split.exponent + $0 } ?? split.exponent
    return naturalSum(exponent, log)
  }

  // MARK: Two words throughout, for pow

  /// `log2(x)` of a positive finite `float64` with a relative error near 2^-65. The reciprocal of
  /// mantissa + 1 is made by `reciprocal`, so that a caller can raise an exception with it.
  static func extendedLog2(
    _ x: Expression, reciprocal: (Expression) -> Expression
  ) -> DoubleWord {
    let split = split(x)
    let m = split.mantissa
    let f = m - 1
    let denominator = DoubleWord.sum(ordered: m.literal(1), m)
    let inverse = reciprocal(denominator.high)
    let high = f * inverse
    let rest = (-high).fused(denominator.high, plus: f)
    let s = DoubleWord(high: high, low: (-high).fused(denominator.low, plus: rest) * inverse)

    let square = DoubleWord.product(s.high, s.high)
    let z = DoubleWord(high: square.high, low: (s.high + s.high).fused(s.low, plus: square.low))
    let tail = z.high * z.high.polynomial(C.logarithmExtended64)
    let twoThirds = DoubleWord.sum(ordered: m.literal(C.twoThirds64), tail)
    let factor = DoubleWord(
      high: twoThirds.high, low: twoThirds.low + m.literal(C.twoThirdsRest64))
    let cube = s * (z * factor)
    let sum = DoubleWord.sum(ordered: s.high + s.high, cube.high)
    let natural = DoubleWord(
      high: sum.high, low: sum.low + s.low.fused(m.literal(2), plus: cube.low))

    let scaled = natural.times(m.literal(C.log2E64), m.literal(C.log2ERest64))
    let total = DoubleWord.sum(ordered: split.exponent, scaled.high)
    return .sum(ordered: total.high, total.low + scaled.low)
  }

  // MARK: Sums

  /// As NumPy: the larger plus log1p(exp(smaller - larger)).
  static func logAddExp(_ x: Expression, _ y: Expression) -> Expression {
    let (larger, difference, isSame) = ordered(x, y)
    let sum = larger + log1p(Exponential.exp(difference))
    return isSame.select(x + x.literal(0.69314718055994530942), sum)
  }

  static func logAddExp2(_ x: Expression, _ y: Expression) -> Expression {
    let (larger, difference, isSame) = ordered(x, y)
    let scale = x.constant(C.log2E64, C.log2E32)
    let sum = larger + log1p(Exponential.exp2(difference)) * scale
    return isSame.select(x + 1, sum)
  }

  /// The larger, the smaller less the larger, and whether they are the same (infinities included,
  /// whose difference would be invalid).
  private static func ordered(
    _ x: Expression, _ y: Expression
  ) -> (larger: Expression, difference: Expression, isSame: Expression) {
    let isSame = x == y
    let other = isSame.select(x.literal(0), y)
    let first = isSame.select(x.literal(0), x)
    let difference = other - first
    let isNegative = difference.bits < difference.bits.literal(0)
    let larger = isNegative.select(first, other)
    // A NaN in either is one in the difference, and passes through the sum.
    return (larger, isNegative.select(difference, -difference), isSame)
  }
}

extension DoubleWord {
  /// This times the constant `high + low`.
  func times(_ constant: Expression, _ rest: Expression) -> DoubleWord {
    let product = DoubleWord.product(high, constant)
    let low = self.low.fused(constant, plus: high.fused(rest, plus: product.low))
    return DoubleWord(high: product.high, low: low)
  }
}
