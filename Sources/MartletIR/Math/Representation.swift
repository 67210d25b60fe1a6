/// Functions of a number's representation, and the exact remainder.
enum Representation {
  // MARK: Neighbours

  /// Order-preserving integers: the bits of a number, negated where it is negative.
  private static func key(_ x: Expression) -> Expression {
    let zero = x.bits.literal(0)
    return (x.bits < zero).select(zero - x.magnitudeBits, x.bits)
  }

  static func nextAfter(_ x: Expression, _ toward: Expression) -> Expression {
    let from = key(x)
    let to = key(toward)
    let one = from.literal(1)
    let zero = from.literal(0)
    let next = (from < to).select(from + one, from - one)
    let isNegative = (next < zero) | ((next == zero) & (x.bits < zero))
    let magnitude = (next < zero).select(zero - next, next)
    let signed = isNegative.select(magnitude | ~x.format.magnitudeMask, magnitude)
    // Of zeros with unlike signs NumPy gives the second, but of halves the first.
    let same = x.dtype == .float16 ? x : toward
    let result = (from == to).select(same, signed.reinterpret(as: x.dtype))
    return x.isNaN.select(x, toward.isNaN.select(toward, result))
  }

  /// Away from 0, with the sign of x, as NumPy has it; of halves NumPy has the distance upwards.
  static func spacing(_ x: Expression) -> Expression {
    if x.dtype == .float16 { return halfSpacing(x) }
    let format = x.format
    let isFinite = x.magnitudeBits.isBelow(format.infinityBits)
    let y = (isFinite & (x.magnitudeBits != x.bits.literal(0))).select(x, x.literal(0))
    let next = (y.bits + y.bits.literal(1)).reinterpret(as: x.dtype)
    return isFinite.select(next - y, x.isNaN.select(x, x.literal(Double.nan)))
  }

  private static func halfSpacing(_ x: Expression) -> Expression {
    let isFinite = x.magnitudeBits.isBelow(x.format.infinityBits)
    let isLargest = x.bits == x.bits.literal(x.format.infinityBits - 1)
    let next = nextAfter(isLargest.select(x.literal(0), x), x.literal(Double.infinity))
    let wide = next.cast(to: .float32) - x.cast(to: .float32)
    // Rounding this to a half overflows, and raises the exception.
    let gap = isLargest.select(wide.literal(0x1p16), wide).cast(to: .float16)
    return isFinite.select(gap, x.isNaN.select(x, x.literal(Double.nan)))
  }

  // MARK: Mantissa and exponent

  /// `x * 2^n`, rounded once; `n` is a whole number in x's type.
  static func scaleB(_ x: Expression, _ n: Expression) -> Expression {
    let format = x.format
    let split = Logarithm.split(x.absolute)
    // Beyond that everything overflows or underflows.
    let limit = x.isSingle ? 320.0 : 2200.0
    let count = n.magnitudeBits.isAbove(format.bits(limit)).select(
      n.literal(limit).copySign(of: n), n)
    let bound = x.isSingle ? 200.0 : 1200.0
    let passes = passes(x)
    let sum = passes.select(x.literal(0), split.exponent + count)
    let exponent = sum.magnitudeBits.isAbove(format.bits(bound)).select(
      sum.literal(bound).copySign(of: sum), sum)
    let shifted = exponent + x.literal(format.roundingShift + Double(2 * format.bias))
    let result = Exponential.scale(split.mantissa, shifted).copySign(of: x)
    return passes.select(x, result)
  }

  /// Bits of |x| with subnormal numbers lifted into the normal range, and by how many powers of 2.
  private static func normalised(_ x: Expression) -> (bits: Expression, lift: Expression) {
    let format = x.format
    let lift = format.fraction + 2
    let isSubnormal = x.magnitudeBits.isBelow(format.leastNormalBits)
    let scale = x.literal(Double(sign: .plus, exponent: lift, significand: 1))
    let bits = (x * isSubnormal.select(scale, x.literal(1))).bits
    return (bits, isSubnormal.select(bits.literal(lift), bits.literal(0)))
  }

  private static func passes(_ x: Expression) -> Expression {
    x.magnitudeBits.isAtLeast(x.format.infinityBits) | (x == 0)
  }

  static func frexpMantissa(_ x: Expression) -> Expression {
    let format = x.format
    let bits = normalised(x).bits & (format.fractionMask | ~format.magnitudeMask)
    return passes(x).select(x, (bits | format.bits(0.5)).reinterpret(as: x.dtype))
  }

  static func frexpExponent(_ x: Expression) -> Expression {
    let format = x.format
    let (bits, lift) = normalised(x)
    let field = (bits & format.infinityBits).shiftedRight(format.fraction)
    let exponent = field - lift - field.literal(format.bias - 1)
    return passes(x).select(x.literal(0), exponent.cast(to: x.dtype))
  }

  // MARK: Remainder

  /// C's fmod. Each turn takes away up to 2^52 times a power-of-two multiple of the divisor,
  /// exactly; quotients up to 2^51 need one, and larger ones are the rare case.
  static func fmod(_ x: Expression, _ y: Expression, _ rareCase: RareCase) -> Expression {
    if x.isSingle {
      // Exact in double, where a turn takes more away.
      return fmod(x.cast(to: .float64), y.cast(to: .float64), rareCase).cast(to: .float32)
    }
    let builder = x.builder
    let format = x.format
    let zero = x.literal(0)
    let one = x.literal(1)
    let isNaN = x.isNaN | y.isNaN
    let xIsFinite = x.magnitudeBits.isBelow(format.infinityBits)
    let yIsFinite = y.magnitudeBits.isBelow(format.infinityBits)
    let isInvalid = !isNaN & (!xIsFinite | (y == 0))
    let isOrdinary = xIsFinite & yIsFinite & (y != 0)
    let divisor = isOrdinary.select(y.absolute, one)
    let dividend = isOrdinary.select(x.absolute, zero)

    func reduced(_ value: Expression, by multiple: Expression) -> Expression {
      let count = (value / multiple).truncated
      let next = (-count).fused(multiple, plus: value)
      // A quotient that rounded up to a whole number was one too many.
      return (next < zero).select(next + multiple, next)
    }
    let rest: Expression
    if case .absent(let report) = rareCase {
      let isRare = dividend * 0x1p-51 >= divisor
      report(isRare)
      rest = reduced(isRare.select(zero, dividend), by: divisor)
    } else {
      let (divisorBits, lift) = normalised(divisor)
      let divisorField = divisorBits.shiftedRight(format.fraction) - lift
      let variable = builder.declare(initial: dividend)
      builder.whileLoop({ builder.read(variable) >= divisor }) {
        let value = builder.read(variable)
        let gap = value.bits.shiftedRight(format.fraction) - divisorField - divisorField.literal(51)
        let power = (gap < gap.literal(0)).select(gap.literal(0), gap)
        // 2^power in two factors: it may be beyond the largest number.
        let half = power.shiftedRight(1)
        func powerOfTwo(_ exponent: Expression) -> Expression {
          ((exponent + exponent.literal(format.bias)) << format.fraction).reinterpret(as: x.dtype)
        }
        let multiple = divisor * powerOfTwo(half) * powerOfTwo(power - half)
        builder.assign(variable, reduced(value, by: multiple))
      }
      rest = builder.read(variable)
    }
    // NaN, with its exception, from infinity times 0 or 0 / 0. Operands of one NaN are that NaN;
    // and nothing here is a constant that a compiler could divide beforehand.
    let invalid = y.isNaN.select(y, x).fused(zero, plus: zero / x.isNaN.select(x, y))
    let special = x.isNaN.select(x, y.isNaN.select(y, isInvalid.select(invalid, x)))
    return isOrdinary.select(rest.copySign(of: x), special)
  }
}
