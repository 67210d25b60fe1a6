/// sin, cos and tan.
///
/// |x| is `n π/2 + r` with |r| ≤ π/4, `r` in two words; n modulo 4 picks sin r or cos r and the sign.
enum Trigonometric {
  typealias C = Coefficients

  struct Reduced {
    /// Its lowest two bits are n modulo 4.
    let quadrant: Expression
    let r: DoubleWord
  }

  /// Magnitudes up to which π/2 in three words suffices.
  static let commonLimit64 = 0x1p45
  static let commonLimit32 = 0x1p17

  /// Reduces |x|; infinities and NaN count as 0.
  static func reduce(_ x: Expression, _ rareCase: RareCase) -> Reduced {
    let format = x.format
    let limit = format.bits(x.isSingle ? commonLimit32 : commonLimit64)
    let common = reduceCommon(x.magnitudeBits.isAbove(limit).select(x.literal(0), x.absolute))
    let isHuge = x.magnitudeBits.isAbove(limit) & x.magnitudeBits.isBelow(format.infinityBits)
    let wide = x.absolute.cast(to: .float64)
    func huge() -> [Expression] {
      let reduced = HugeArguments.reduce(
        isHuge.select(wide, wide.literal(0x1p60)), single: x.isSingle)
      let high = reduced.r.high.cast(to: x.dtype)
      let low = ((reduced.r.high - high.cast(to: .float64)) + reduced.r.low).cast(to: x.dtype)
      return [reduced.quadrant.cast(to: format.integer), high, low]
    }
    let values = rareCase.choose(
      isHuge, huge, [common.quadrant, common.r.high, common.r.low])
    return Reduced(quadrant: values[0], r: DoubleWord(high: values[1], low: values[2]))
  }

  private static func reduceCommon(_ y: Expression) -> Reduced {
    let shift = y.literal(y.format.roundingShift)
    let shifted = y.fused(y.constant(C.twoOverPi64, C.twoOverPi32), plus: shift)
    let n = shifted - shift
    // The first difference is exact: both terms are multiples of the last place of π/2.
    let first = n.fused(y.constant(-C.halfPi0_64, -C.halfPi0_32), plus: y)
    let second = DoubleWord.product(n, y.constant(C.halfPi1_64, C.halfPi1_32))
    let sum = DoubleWord.sum(first, -second.high)
    let low = n.fused(y.constant(-C.halfPi2_64, -C.halfPi2_32), plus: sum.low - second.low)
    return Reduced(quadrant: shifted.bits, r: DoubleWord(high: sum.high, low: low))
  }

  /// sin and cos of `r`, each `high + low` with the low part not normalised.
  static func kernels(_ r: DoubleWord) -> (sine: DoubleWord, cosine: DoubleWord) {
    let x = r.high
    let square = DoubleWord.product(x, x)
    let z = square.high
    let half = z * 0.5
    let whole = 1 - half
    let s = z.polynomial(x.isSingle ? C.sine32 : C.sine64)
    let cube = DoubleWord.product(x, z)
    let cubeRest = x.fused(square.low, plus: cube.low)
    let sine = DoubleWord(
      high: x, low: cube.high.fused(s, plus: cubeRest.fused(s, plus: r.low * whole)))
    let c = z.polynomial(x.isSingle ? C.cosine32 : C.cosine64)
    let lost = (1 - whole) - half
    let rest = square.low.fused(x.literal(-0.5), plus: (-x).fused(r.low, plus: lost))
    let cosine = DoubleWord(high: whole, low: (z * z).fused(c, plus: rest))
    return (sine, cosine)
  }

  /// `value` with its sign changed where bit 1 of `quadrant` is set, and `x`'s sign if given; and
  /// NaN, with its exception, for infinities (0 times x).
  private static func finish(
    _ value: Expression, _ quadrant: Expression, sign x: Expression?, of argument: Expression
  ) -> Expression {
    let format = value.format
    var flip = quadrant << (format.dtype.itemSize * 8 - 2)
    if let x { flip = flip ^ x.bits }
    let signed = (value.bits ^ (flip & ~format.magnitudeMask)).reinterpret(as: value.dtype)
    return argument.fused(argument.literal(0), plus: signed)
  }

  static func sin(_ x: Expression, _ rareCase: RareCase) -> Expression {
    let reduced = reduce(x, rareCase)
    let (sine, cosine) = kernels(reduced.r)
    let isEven = (reduced.quadrant & 1) == reduced.quadrant.literal(0)
    let value = isEven.select(sine.high + sine.low, cosine.high + cosine.low)
    return finish(value, reduced.quadrant, sign: x, of: x)
  }

  static func cos(_ x: Expression, _ rareCase: RareCase) -> Expression {
    let reduced = reduce(x, rareCase)
    let (sine, cosine) = kernels(reduced.r)
    let isEven = (reduced.quadrant & 1) == reduced.quadrant.literal(0)
    let value = isEven.select(cosine.high + cosine.low, sine.high + sine.low)
    return finish(value, reduced.quadrant + reduced.quadrant.literal(1), sign: nil, of: x)
  }

  static func tan(_ x: Expression, _ rareCase: RareCase) -> Expression {
    let reduced = reduce(x, rareCase)
    let (sine, cosine) = kernels(reduced.r)
    let s = DoubleWord.sum(ordered: sine.high, sine.low)
    let c = DoubleWord.sum(ordered: cosine.high, cosine.low)
    let isEven = (reduced.quadrant & 1) == reduced.quadrant.literal(0)
    let top = DoubleWord(high: isEven.select(s.high, c.high), low: isEven.select(s.low, c.low))
    let bottom = DoubleWord(high: isEven.select(c.high, s.high), low: isEven.select(c.low, s.low))
    let ratio = Hyperbolic.quotient(top, bottom)
    // tan(r + π/2) is -1 / tan r: the sign goes with bit 0 of the quadrant.
    return finish(ratio.high + ratio.low, reduced.quadrant << 1, sign: x, of: x)
  }
}
