/// exp, exp2 and expm1.
///
/// The argument is split into `n ln 2 + r` with |r| ≤ ln(2)/2, `r` in two words, and e^r is the sum
/// `1 + r + r²/2 + r³ p(r)`, of which only the last addition's rounding counts.
enum Exponential {
  /// `x = n ln 2 + high + low`.
  struct Reduced {
    /// Holds `n` plus what the caller asked for in its lowest bits.
    let shifted: Expression
    let n: Expression
    let high: Expression
    let low: Expression
  }

  /// For |x| up to a few thousand. `offset` is added to `n` in the bits of `shifted`.
  static func reduce(_ x: Expression, offset: Int = 0) -> Reduced {
    typealias C = Coefficients
    let shift = x.literal(x.format.roundingShift + Double(offset))
    let shifted = x.fused(x.constant(C.log2E64, C.log2E32), plus: shift)
    let n = shifted - shift
    // Exact: the high part of ln 2 ends in zeros, and x - n ln 2 cancels.
    let rest = n.fused(x.constant(-C.ln2High64, -C.ln2High32), plus: x)
    let correction = n * x.constant(C.ln2Low64, C.ln2Low32)
    let high = rest - correction
    return Reduced(shifted: shifted, n: n, high: high, low: (rest - high) - correction)
  }

  /// `e^(r + low)`, |r| ≤ ln(2)/2, with an error little above half a unit.
  static func core(_ r: Expression, _ low: Expression) -> Expression {
    let cubic = r.polynomial(r.isSingle ? Coefficients.exponential32 : Coefficients.exponential64)
    let p = cubic.fused(r, plus: r.literal(0.5))
    let sum = r + 1
    let lost = r - (sum - 1)
    return sum + (r * r).fused(p, plus: low.fused(sum, plus: lost))
  }

  /// `value * 2^n`, where `shifted` holds `n + 2 bias` in its lowest bits. In two factors, so that
  /// results that overflow or are subnormal come out as IEEE rounds them, flags included.
  static func scale(_ value: Expression, _ shifted: Expression) -> Expression {
    let format = value.format
    let bits = shifted.bits
    let half = bits.shiftedRight(1)
    let first = (half << format.fraction).reinterpret(as: value.dtype)
    let second = ((bits - half) << format.fraction).reinterpret(as: value.dtype)
    return value * first * second
  }

  /// `x` within ±limit, and 0 for NaN and the infinities.
  static func bounded(_ x: Expression, _ limit: Double) -> (value: Expression, isFinite: Expression)
  {
    let magnitude = x.magnitudeBits
    let isFinite = magnitude.isBelow(x.format.infinityBits)
    // On the bits, where the lesser of two is one instruction and no NaN raises an event.
    let greatest = magnitude.literal(x.format.bits(limit))
    let least = (magnitude < greatest).select(magnitude, greatest)
    let bits = isFinite.select(least, magnitude.literal(0))
    return (bits.reinterpret(as: x.dtype).copySign(of: x), isFinite)
  }

  /// What e^x and 2^x are for NaN and the infinities.
  private static func limit(_ x: Expression) -> Expression {
    (x == x.literal(-Double.infinity)).select(x.literal(0), x)
  }

  static func exp(_ x: Expression) -> Expression {
    let (bounded, isFinite) = bounded(x, x.isSingle ? 105 : 746)
    let reduced = reduce(bounded, offset: 2 * x.format.bias)
    let result = scale(core(reduced.high, reduced.low), reduced.shifted)
    return isFinite.select(result, limit(x))
  }

  static func exp2(_ x: Expression) -> Expression {
    let (bounded, isFinite) = bounded(x, x.isSingle ? 151 : 1076)
    let shift = x.literal(x.format.roundingShift + Double(2 * x.format.bias))
    let shifted = bounded + shift
    let power = baseTwo(bounded - (shifted - shift), x.literal(0))
    return isFinite.select(scale(power, shifted), limit(x))
  }

  /// `2^(r + low)` for |r| ≤ 1/2.
  static func baseTwo(_ r: Expression, _ low: Expression) -> Expression {
    typealias C = Coefficients
    let ln2 = r.constant(C.ln2_64, C.ln2_32)
    let product = DoubleWord.product(r, ln2)
    let rest = r.fused(
      r.constant(C.ln2Rest64, C.ln2Rest32), plus: low.fused(ln2, plus: product.low))
    return core(product.high, rest)
  }

  /// The parts of e^y - 1 for 0 ≤ y ≤ 44 or so and for smaller negative numbers:
  /// `e^y = 2^n (1 + p)` with |p| < 0.42, and `inverse` is 2^-n.
  struct Parts {
    let p: DoubleWord
    let inverse: Expression
    let shifted: Expression

    /// `1 + p`, the mantissa of e^y.
    var power: DoubleWord {
      let sum = DoubleWord.sum(ordered: inverse.literal(1), p.high)
      return DoubleWord(high: sum.high, low: sum.low + p.low)
    }

    /// `(1 - 2^-n) + p`, the mantissa of e^y - 1.
    var minusOne: DoubleWord {
      let base = 1 - inverse
      let lost = (1 - base) - inverse
      let sum = DoubleWord.sum(ordered: base, p.high)
      return DoubleWord(high: sum.high, low: sum.low + (p.low + lost))
    }

    /// `(1 + 2^-n) + p`, the mantissa of e^y + 1.
    var plusOne: DoubleWord {
      let base = inverse + 1
      let lost = inverse - (base - 1)
      let sum = DoubleWord.sum(ordered: base, p.high)
      return DoubleWord(high: sum.high, low: sum.low + (p.low + lost))
    }
  }

  static func parts(_ y: Expression, offset: Int = 0) -> Parts {
    let reduced = reduce(y, offset: offset)
    let r = reduced.high
    let cubic = r.polynomial(r.isSingle ? Coefficients.exponential32 : Coefficients.exponential64)
    let square = DoubleWord.product(r * 0.5, r)
    let sum = DoubleWord.sum(ordered: r, square.high)
    let low = reduced.low.fused(r, plus: reduced.low) + (sum.low + square.low)
    let tail = (r * (square.high + square.high)).fused(cubic, plus: low)
    let format = y.format
    // Beyond n = 64 (32) the 1 of e^y - 1 is far below the last place.
    let n = reduced.n
    let least = n.literal(y.isSingle ? 32 : 64)
    let small = (n > least).select(least, n)
    let exponent = small + y.literal(format.roundingShift)
    let inverse = ((exponent.bits.literal(format.bias) - exponent.bits) << format.fraction)
      .reinterpret(as: y.dtype)
    return Parts(p: .sum(ordered: sum.high, tail), inverse: inverse, shifted: reduced.shifted)
  }

  static func expm1(_ x: Expression) -> Expression {
    // Below -40 the result is -1 to the last place.
    let format = x.format
    let (upper, isFinite) = bounded(x, x.isSingle ? 105 : 746)
    let floor = x.literal(x.isSingle ? -20 : -40)
    let argument = (upper < floor).select(floor, upper)
    let parts = parts(argument, offset: 2 * format.bias)
    let sum = parts.minusOne
    let result = scale(sum.high + sum.low, parts.shifted).copySign(of: x)
    let special = (x == x.literal(-Double.infinity)).select(x.literal(-1), x)
    return isFinite.select(result, special)
  }
}
