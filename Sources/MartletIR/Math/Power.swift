/// pow, powers with a constant exponent, cube roots and hypotenuses.
enum Power {
  typealias C = Coefficients

  static func power(_ x: Expression, _ y: Expression) -> Expression {
    x.isSingle ? powerSingle(x, y) : powerDouble(x, y)
  }

  /// What decides pow's special values.
  private struct Cases {
    let x: Expression, y: Expression
    let isZero: Expression, isInfinite: Expression
    let isNegative: Expression
    /// Negative x to a finite power that is no integer: no value.
    let isInvalid: Expression
    /// 0 to a negative power: the exception is a division by zero.
    let isPole: Expression
    let isOrdinary: Expression, hasValue: Expression
    let signBits: Expression

    init(_ x: Expression, _ y: Expression) {
      self.x = x
      self.y = y
      let format = x.format
      let zero = x.bits.literal(0)
      let infinity = x.bits.literal(format.infinityBits)
      isNegative = x.bits < zero
      isZero = x.magnitudeBits == zero
      isInfinite = x.magnitudeBits == infinity
      let xIsFinite = x.magnitudeBits < infinity
      let yIsFinite = y.magnitudeBits < infinity
      isOrdinary = xIsFinite & yIsFinite & !isZero
      let truncated = y.truncated
      let half = y * 0.5
      let isInteger = (truncated == y) & yIsFinite
      let isOdd = isInteger & (half.truncated != half)
      hasValue = isOrdinary & (isInteger | !isNegative)
      isInvalid = isOrdinary & isNegative & !isInteger
      isPole = isZero & (y.bits < zero) & (y.magnitudeBits != zero) & !y.isNaN
      signBits = isOdd.select(x.bits & ~format.magnitudeMask, zero)
    }

    /// The result, given that of |x|^y for ordinary arguments and, where there is no value or a
    /// pole, the quotient that raised the exception.
    func result(_ ordinary: Expression, quotient: Expression) -> Expression {
      let zero = x.literal(0)
      let infinity = x.literal(Double.infinity)
      let one = x.literal(1)
      let yIsNegative = y.bits < y.bits.literal(0)
      let magnitudeIsBelowOne = x.magnitudeBits < x.bits.literal(x.format.bits(1))
      // |x| is 0 or infinite, or y infinite: the result is 0 or infinite.
      let grows = magnitudeIsBelowOne.select(yIsNegative, !yIsNegative)
      let limit = grows.select(infinity, zero)
      var value = isOrdinary.select(ordinary, limit)
      value = isPole.select(quotient, value)
      value = (value.bits ^ signBits).reinterpret(as: x.dtype)
      value = isInvalid.select(quotient, value)
      value = x.isNaN.select(x, y.isNaN.select(y, value))
      // 1 to any power and anything to the power 0 are 1, NaN or not; so is (-1)^±infinity.
      let yIsInfinite = y.magnitudeBits == y.bits.literal(y.format.infinityBits)
      let isOne = (x == 1) | (y == 0) | ((x == -1) & yIsInfinite)
      return isOne.select(one, value)
    }
  }

  private static func powerDouble(_ x: Expression, _ y: Expression) -> Expression {
    let cases = Cases(x, y)
    let one = x.literal(1)
    let zero = x.literal(0)
    let base = cases.isOrdinary.select(x.absolute, one)
    let raises = cases.isPole | cases.isInvalid
    var quotient = one
    let log = Logarithm.extendedLog2(base) { denominator in
      quotient = cases.isInvalid.select(zero, one) / raises.select(zero, denominator)
      return raises.select(one, quotient)
    }
    // Beyond 2^65 every base but 1 overflows or underflows.
    let steep = y.magnitudeBits.isAbove(y.format.bits(0x1p65)).select(
      y.literal(0x1p65).copySign(of: y), y)
    let exponent = cases.hasValue.select(steep, zero)
    let high = exponent * log.high
    let low = exponent.fused(log.low, plus: exponent.fused(log.high, plus: -high))
    let isLarge = high.magnitudeBits.isAbove(y.format.bits(1100))
    let bounded = isLarge.select(high.literal(1100).copySign(of: high), high)
    let rest = isLarge.select(zero, low)
    let shift = x.literal(x.format.roundingShift + Double(2 * x.format.bias))
    let shifted = bounded + shift
    // The rest is large beside what cancelling the integer left.
    let fraction = DoubleWord.sum(ordered: bounded - (shifted - shift), rest)
    let power = Exponential.baseTwo(fraction.high, fraction.low)
    return cases.result(Exponential.scale(power, shifted), quotient: quotient)
  }

  /// Computed in `float64`, whose range and precision make the steps simple.
  private static func powerSingle(_ x: Expression, _ y: Expression) -> Expression {
    let cases = Cases(x, y)
    let base = cases.isOrdinary.select(x.absolute, x.literal(1)).cast(to: .float64)
    let raises = (cases.isPole | cases.isInvalid)
    let split = Logarithm.split(base)
    let f = split.mantissa - 1
    let zero = base.literal(0)
    let quotient =
      cases.isInvalid.select(zero, raises.select(base.literal(1), f))
      / raises.select(zero, f + 2)
    let s = raises.select(zero, quotient)
    let z = s * s
    let log = (s * z).fused(z.polynomial(C.logarithmShort), plus: s + s)
    let log2 = log.fused(log.literal(C.log2E64), plus: split.exponent)
    let wide = cases.hasValue.select(y, y.literal(0)).cast(to: .float64)
    let product = log2 * wide
    let limit = base.literal(300)
    let bounded = product.magnitudeBits.isAbove(base.format.bits(300)).select(
      limit.copySign(of: product), product)
    let result = Short.exp2(bounded)
    return cases.result(result.cast(to: .float32), quotient: quotient.cast(to: .float32))
  }
}

/// Steps of single-precision functions computed in `float64`: errors near 2^-34.
enum Short {
  /// 2^x for |x| up to 1000.
  static func exp2(_ x: Expression) -> Expression {
    let shift = x.literal(x.format.roundingShift + Double(x.format.bias))
    let shifted = x + shift
    let r = (x - (shifted - shift)) * Coefficients.ln2_64
    let cubic = r.polynomial(Coefficients.exponentialShort)
    let power = (r * r).fused(cubic.fused(r, plus: r.literal(0.5)), plus: r) + 1
    return power * (shifted.bits << 52).reinterpret(as: .float64)
  }
}

extension Power {
  static func cubeRoot(_ x: Expression) -> Expression {
    let format = x.format
    let split = Logarithm.split(x)
    // exponent = 3 q + r, r in -1...1
    let shift = x.literal(format.roundingShift)
    let shifted = split.exponent.fused(x.literal(1.0 / 3), plus: shift)
    let q = shifted - shift
    let r = q.fused(x.literal(-3), plus: split.exponent)
    let one = x.literal(1)
    func byRest(_ below: Expression, _ above: Expression) -> Expression {
      (r == 1).select(above, (r == -1).select(below, one))
    }
    let a = split.mantissa * byRest(x.literal(0.5), x.literal(2))
    // a^(-1/3) to about 14 bits, then a step of third order.
    let coefficients = x.isSingle ? C.inverseCubeRoot32 : C.inverseCubeRoot64
    let guess =
      split.mantissa.polynomial(coefficients)
      * byRest(
        x.constant(C.cubeRootOf2_64, C.cubeRootOf2_32),
        x.constant(C.inverseCubeRootOf2_64, C.inverseCubeRootOf2_32))
    let h = (-(guess * guess)).fused(guess * a, plus: one)
    let step = h.polynomial([1.0 / 3, 2.0 / 9, 14.0 / 81, 35.0 / 243])
    let inverse = (guess * h).fused(step, plus: guess)
    // a times the inverse's square, corrected by what its cube misses of a.
    let square = inverse * inverse
    let root = a * square
    let rootSquare = DoubleWord.product(root, root)
    let miss = (-root).fused(rootSquare.low, plus: (-root).fused(rootSquare.high, plus: a))
    let result = (miss * (1.0 / 3)).fused(square, plus: root)
    let power = ((shifted.bits + shifted.bits.literal(format.bias)) << format.fraction)
      .reinterpret(as: x.dtype)
    let passes = x.magnitudeBits.isAtLeast(format.infinityBits) | (x == 0)
    return passes.select(x, (result * power).copySign(of: x))
  }

  static func hypotenuse(_ x: Expression, _ y: Expression) -> Expression {
    let format = x.format
    let one = x.literal(1)
    let zero = x.literal(0)
    let infinity = x.bits.literal(format.infinityBits)
    let isInfinite = (x.magnitudeBits == infinity) | (y.magnitudeBits == infinity)
    let xIsLarger = x.magnitudeBits > y.magnitudeBits
    let larger = xIsLarger.select(x.magnitudeBits, y.magnitudeBits)
    let isOrdinary = larger < infinity
    // Squares must neither overflow nor lose bits.
    let far = x.isSingle ? 50 : 500
    func power(_ exponent: Int) -> Double {
      Double(sign: .plus, exponent: exponent, significand: 1)
    }
    let isLarge = larger.isAbove(format.bits(power(far)))
    let isSmall = larger.isBelow(format.bits(power(-far)))
    let shift = x.isSingle ? 80 : 600
    func scale(_ exponent: Int) -> Expression {
      isLarge.select(x.literal(power(-exponent)), isSmall.select(x.literal(power(exponent)), one))
    }
    let down = isOrdinary.select(scale(shift), one)
    let a = isOrdinary.select(xIsLarger.select(x, y), zero).absolute * down
    let b = isOrdinary.select(xIsLarger.select(y, x), zero).absolute * down
    let (squareA, squareB) = (DoubleWord.product(a, a), DoubleWord.product(b, b))
    let sum = DoubleWord.sum(ordered: squareA.high, squareB.high)
    let root = Hyperbolic.squareRoot(
      DoubleWord(high: sum.high, low: sum.low + (squareA.low + squareB.low)))
    let result = (root.high + root.low) * scale(-shift)
    let special = isInfinite.select(
      x.literal(Double.infinity), x.isNaN.select(x, y))
    return isOrdinary.select(result, special)
  }
}
