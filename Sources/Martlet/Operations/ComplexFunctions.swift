import MartletIR

/// Functions of complex numbers, written in real ones.
///
/// `complex64` computes in `complex128` and rounds once, which needs no care for range or
/// cancellation. Special values follow C99's annex G but for the sign of a NaN, and where a result
/// has a NaN part the other one may be NaN too.
enum ComplexFunctions {
  // MARK: Exponentials

  static func exponential(_ z: Expression) -> Expression {
    inDouble(z) { x, y in
      // Beyond the range of exp, in two steps: a small sine can bring the product back into it.
      let isLarge = x > 709
      let factor = isLarge.select(x * 0.5, x).call(.exp)
      let second = isLarge.select(factor, x.literal(1))
      let real = y.call(.cos) * factor * second
      let imaginary = y.call(.sin) * factor * second
      let vanishes = (x == x.literal(-Double.infinity)) & !y.isFinite
      let keepsInfinity = (x == x.literal(Double.infinity)) & !y.isFinite
      let zero = x.literal(0)
      return (
        vanishes.select(zero, keepsInfinity.select(x, (y == 0).select(factor * second, real))),
        vanishes.select(zero.copySign(of: y), (y == 0).select(y, imaginary))
      )
    }
  }

  static func exponential2(_ z: Expression) -> Expression {
    inDouble(z) { x, y in parts(exponential(.complex(x * Constant.ln2, y * Constant.ln2))) }
  }

  /// exp(x) cos(y) - 1 = expm1(x) cos(y) - 2 sin(y/2)^2, of which neither term rounds near 0. Where
  /// a part is not finite, NumPy computes the imaginary one without a thought for 0 times infinity.
  static func exponentialMinus1(_ z: Expression) -> Expression {
    inDouble(z) { x, y in
      let (_, imaginary) = parts(exponential(.complex(x, y)))
      let (whole, _) = parts(exponential(.complex(x, y)))
      let half = (y * 0.5).call(.sin)
      let near = x.call(.expm1) * y.call(.cos) - 2 * half * half
      let isSmall = (x.absolute < 1) | !y.isFinite
      return (
        (y == 0).select(x.call(.expm1), isSmall.select(near, whole - 1)),
        (x.isFinite & y.isFinite).select(imaginary, y.call(.sin) * x.call(.exp))
      )
    }
  }

  // MARK: Logarithms

  static func logarithm(_ z: Expression) -> Expression {
    inDouble(z) { x, y in (logarithmOfMagnitude(x, y), y.call(.atan2, x)) }
  }

  /// To the base of which `base` is the natural logarithm.
  static func logarithm(_ z: Expression, base: Double) -> Expression {
    inDouble(z) { x, y in
      let (real, imaginary) = parts(logarithm(.complex(x, y)))
      return (real / base, imaginary / base)
    }
  }

  static func logarithmOf1Plus(_ z: Expression) -> Expression {
    inDouble(z) { x, y in
      let isSmall = (x.absolute < 0.5) & (y.absolute < 0.5)
      // |1 + z|^2 - 1 = 2x + x^2 + y^2
      let near = sum([x + x] + product(x, x) + product(y, y)).call(.log1p) * 0.5
      let far = logarithmOfMagnitude(x + 1, y)
      return ((y == 0).select(far, isSmall.select(near, far)), y.call(.atan2, x + 1))
    }
  }

  private static func logarithmOfMagnitude(_ x: Expression, _ y: Expression) -> Expression {
    let (a, b) = (x.absolute, y.absolute)
    let (large, small) = ((a > b).select(a, b), (a > b).select(b, a))
    // Near 1 the logarithm is that of 1 + (large^2 + small^2 - 1), with nothing lost in the sum.
    let square = product(large, large)
    let near = sum([square[0] - 1] + product(small, small) + [square[1]]).call(.log1p) * 0.5
    let isNear = (large > 0.7) & (large < 1.5) & (small < 1.5)
    // Elsewhere that of the magnitude, brought into the middle of the range.
    let isHuge = large > 0x1p+1000
    let isTiny = (large < 0x1p-900) & (large > 0)
    let scale = isHuge.select(x.literal(0x1p-600), isTiny.select(x.literal(0x1p+600), x.literal(1)))
    let shift = 600 * Constant.ln2
    let back = isHuge.select(
      x.literal(shift), isTiny.select(x.literal(-shift), x.literal(0)))
    let far = (x * scale).call(.hypot, y * scale).call(.log) + back
    return isNear.select(near, far)
  }

  // MARK: Roots and powers

  static func squareRoot(_ z: Expression) -> Expression {
    inDouble(z) { x, y in
      let (a, b) = (x.absolute, y.absolute)
      let large = (a > b).select(a, b)
      let isHuge = large > 0x1p+1000
      let isTiny = large < 0x1p-900
      let scale = isHuge.select(
        x.literal(0x1p-200), isTiny.select(x.literal(0x1p+200), x.literal(1)))
      let back = isHuge.select(
        x.literal(0x1p+100), isTiny.select(x.literal(0x1p-100), x.literal(1)))
      let (u, v) = (a * scale, y * scale)
      let main = ((u + u.call(.hypot, v)) * 0.5).squareRoot
      let isZero = main == 0
      let side = v.absolute / (isZero.select(x.literal(1), main) * 2)
      let (first, second) = (main * back, side * back)
      let isRight = !x.hasSignBit
      let infinite = y.isInfinite
      let real = infinite.select(b, isRight.select(first, second))
      let imaginary = infinite.select(b, isRight.select(second, first))
      return (real, imaginary.copySign(of: y))
    }
  }

  /// NumPy's rules: whole exponents below 100 multiply, others go through the logarithm.
  static func power(_ z: Expression, _ w: Expression) -> Expression {
    let (exponent, other) = (w.real, w.imaginary)
    let whole = exponent.truncated
    let multiplies = (other == 0) & (exponent.absolute < 100) & (whole == exponent)
    let repeated = repeatedProduct(z, multiplies.select(whole, exponent.literal(0)))
    let wide = z.cast(to: .complex128)
    let (a, b) = parts(logarithm(wide))
    let (c, d) = parts(w.cast(to: .complex128))
    let general = exponential(.complex(a * c - b * d, a * d + b * c)).cast(to: z.dtype)
    let (zero, one) = (exponent.literal(0), exponent.literal(1))
    let nan = exponent.literal(Double.nan)
    let ofZero = (exponent > 0).select(
      .complex(zero, zero), .complex(nan, nan))
    let ordinary = multiplies.select(repeated, general)
    let isZero = (z.real == 0) & (z.imaginary == 0)
    let isOne = (exponent == 0) & (other == 0)
    return isOne.select(.complex(one, zero), isZero.select(ofZero, ordinary))
  }

  /// By squaring; `count` is whole and within ±99, so seven bits do.
  private static func repeatedProduct(_ z: Expression, _ count: Expression) -> Expression {
    let builder = z.builder
    let bits = count.absolute.cast(to: .int32)
    var result = builder.constant(1, z.dtype)
    var square = z
    for bit in 0..<7 {
      let isSet = (bits & (1 << bit)) != 0
      result = isSet.select(result * square, result)
      square = square * square
    }
    // The first powers without the factor 1, which would turn an infinity into a NaN.
    let second = z * z
    let (one, two, three) = (bits == 1, bits == 2, bits == 3)
    let small = one.select(z, two.select(second, second * z))
    let positive = (one | two | three).select(small, result)
    return (count < 0).select(builder.constant(1, z.dtype) / positive, positive)
  }

  // MARK: Hyperbolic and trigonometric functions

  static func hyperbolicSine(_ z: Expression) -> Expression {
    inDouble(z) { x, y in
      let (sine, cosine) = (y.call(.sin), y.call(.cos))
      let isLarge = x.absolute > 709
      // Where exp(-|x|) is lost, exp(|x|) / 2 in two steps, for the product may be in range.
      let root = isLarge.select(x.absolute * 0.5, x.literal(0)).call(.exp)
      let half = (root * 0.5).copySign(of: x)
      let real = isLarge.select(cosine * half * root, x.call(.sinh) * cosine)
      let imaginary = isLarge.select(sine * (root * 0.5) * root, x.call(.cosh) * sine)
      let staysReal = !y.isFinite & ((x == 0) | x.isInfinite)
      return (
        staysReal.select(
          x.isInfinite.select(x.absolute, x), (y == 0).select(x.call(.sinh), real)),
        (y == 0).select(y, imaginary)
      )
    }
  }

  static func hyperbolicCosine(_ z: Expression) -> Expression {
    inDouble(z) { x, y in
      let (sine, cosine) = (y.call(.sin), y.call(.cos))
      let isLarge = x.absolute > 709
      let root = isLarge.select(x.absolute * 0.5, x.literal(0)).call(.exp)
      let half = (root * 0.5).copySign(of: x)
      let real = isLarge.select(cosine * (root * 0.5) * root, x.call(.cosh) * cosine)
      let imaginary = isLarge.select(sine * half * root, x.call(.sinh) * sine)
      let signed = (x.hasSignBit & !x.isNaN).select(-y, y)
      let staysInfinite = !y.isFinite & x.isInfinite
      let isReal = y == 0
      let isImaginary = (x == 0) & !y.isFinite
      return (
        staysInfinite.select(x.absolute, isReal.select(x.call(.cosh), real)),
        isReal.select(signed, isImaginary.select(x.literal(0), imaginary))
      )
    }
  }

  static func hyperbolicTangent(_ z: Expression) -> Expression {
    inDouble(z) { x, y in
      let (sine, cosine) = (y.call(.sin), y.call(.cos))
      // From 22 on the real part rounds to 1, and the imaginary one to 4 sin cos exp(-2|x|).
      let isLarge = x.absolute > 22
      let safe = isLarge.select(x.literal(0), x)
      let (s, c) = (safe.call(.sinh), safe.call(.cosh))
      let divisor = s * s + cosine * cosine
      let one = x.literal(1).copySign(of: x)
      let small = 4 * sine * cosine * (x.absolute * -2).call(.exp)
      let far = (x.isInfinite & !y.isFinite).select(x.literal(0).copySign(of: y), small)
      let imaginary = isLarge.select(far, sine * cosine / divisor)
      let real = isLarge.select(one, s * c / divisor)
      return (
        ((x == 0) & !y.isFinite).select(x, (y == 0).select(x.call(.tanh), real)),
        (y == 0).select(y, imaginary)
      )
    }
  }

  static func sine(_ z: Expression) -> Expression {
    let result = rotatedBack(hyperbolicSine(rotated(z)))
    // Turned round, the infinity of an undefined direction would have a sign of its own.
    let isUndefined = z.imaginary.isInfinite & !z.real.isFinite
    return .complex(
      result.real,
      isUndefined.select(result.imaginary.literal(Double.infinity), result.imaginary))
  }
  static func cosine(_ z: Expression) -> Expression { hyperbolicCosine(rotated(z)) }
  static func tangent(_ z: Expression) -> Expression { rotatedBack(hyperbolicTangent(rotated(z))) }

  // MARK: Inverse functions
  // Kahan's forms ("Branch cuts for complex elementary functions", 1987): the square roots of 1 - z
  // and 1 + z keep the signs that tell the sides of a cut apart.

  static func arcsine(_ z: Expression) -> Expression {
    inDouble(z) { x, y in
      let (a, b) = parts(squareRoot(.complex(1 - x, -y)))
      let (c, d) = parts(squareRoot(.complex(1 + x, y)))
      let isLarge = isBeyondSquares(x, y)
      let far = logarithmOfDouble(x, y).copySign(of: y)
      // On the imaginary axis the real part is known whatever the imaginary one.
      let real = x.call(.atan2, isLarge.select(y.absolute, a * c - b * d))
      return (
        (x == 0).select(x, real),
        isLarge.select(far, (a * d - b * c).call(.asinh))
      )
    }
  }

  static func arccosine(_ z: Expression) -> Expression {
    inDouble(z) { x, y in
      let (a, b) = parts(squareRoot(.complex(1 - x, -y)))
      let (c, d) = parts(squareRoot(.complex(1 + x, y)))
      let isLarge = isBeyondSquares(x, y)
      let far = logarithmOfDouble(x, y).copySign(of: -y)
      let real = isLarge.select(y.absolute.call(.atan2, x), 2 * a.call(.atan2, c))
      return (
        (x == 0).select(x.literal(Double.pi / 2), real),
        isLarge.select(far, (c * b - d * a).call(.asinh))
      )
    }
  }

  static func areaCosine(_ z: Expression) -> Expression {
    inDouble(z) { x, y in
      let (a, b) = parts(squareRoot(.complex(x - 1, y)))
      let (c, d) = parts(squareRoot(.complex(x + 1, y)))
      let isLarge = isBeyondSquares(x, y)
      let imaginary = isLarge.select(y.call(.atan2, x), 2 * b.call(.atan2, c))
      return (
        isLarge.select(logarithmOfDouble(x, y), (a * c + b * d).call(.asinh)),
        (x == 0).select(x.literal(Double.pi / 2).copySign(of: y), imaginary)
      )
    }
  }

  static func areaTangent(_ z: Expression) -> Expression {
    inDouble(z) { x, y in
      let a = x.absolute
      let b = y.absolute
      // log1p(4a / ((1-a)^2 + y^2)) / 4
      let below = 1 - a
      // Beside the pole, where the square of y would vanish, it is log(2 / |y|) / 2.
      let isNearPole = (below == 0) & (b < 0x1p-500)
      let nearPole = (Constant.ln2 - isNearPole.select(b, x.literal(1)).call(.log)) * 0.5
      let squares = isNearPole.select(x.literal(1), below * below + y * y)
      let nearReal = isNearPole.select(nearPole, (4 * a / squares).call(.log1p) * 0.25)
      let angle = (2 * y).call(.atan2, below * (1 + a) - y * y) * 0.5
      let isLarge = isBeyondSquares(x, y)
      // 1/z is all that is left: a / |z|^2, the magnitude halved against overflow.
      let size = (a * 0.5).call(.hypot, b * 0.5)
      let safe = isLarge.select(size, x.literal(1))
      let farReal = size.isInfinite.select(x.literal(0), a * 0.25 / safe / safe)
      let quarter = y.isNaN.select(y, x.literal(Double.pi / 2).copySign(of: y))
      let real = (x == 0).select(a, isLarge.select(farReal, nearReal))
      return (real.copySign(of: x), isLarge.select(quarter, angle))
    }
  }

  static func areaSine(_ z: Expression) -> Expression { rotatedBack(arcsine(rotated(z))) }
  static func arctangent(_ z: Expression) -> Expression { rotatedBack(areaTangent(rotated(z))) }

  // MARK: Steps

  /// Where 1 + z^2 is z^2 and its square would overflow.
  private static func isBeyondSquares(_ x: Expression, _ y: Expression) -> Expression {
    (x.absolute > 0x1p+500) | (y.absolute > 0x1p+500)
  }

  /// log(2|z|), for large z.
  private static func logarithmOfDouble(_ x: Expression, _ y: Expression) -> Expression {
    (x * 0.5).call(.hypot, y * 0.5).call(.log) + 2 * Constant.ln2
  }

  private static func parts(_ z: Expression) -> (Expression, Expression) { (z.real, z.imaginary) }

  /// iz, and -iz.
  private static func rotated(_ z: Expression) -> Expression { .complex(-z.imaginary, z.real) }
  private static func rotatedBack(_ z: Expression) -> Expression { .complex(z.imaginary, -z.real) }

  private static func inDouble(
    _ z: Expression, _ body: (Expression, Expression) -> (Expression, Expression)
  ) -> Expression {
    let wide = z.cast(to: .complex128)
    let (real, imaginary) = body(wide.real, wide.imaginary)
    return .complex(real, imaginary).cast(to: z.dtype)
  }

  /// A product as two numbers whose sum is exact.
  private static func product(_ a: Expression, _ b: Expression) -> [Expression] {
    let high = a * b
    return [high, a.fused(b, plus: -high)]
  }

  /// The sum as if with twice the digits.
  private static func sum(_ terms: [Expression]) -> Expression {
    var total = terms[0]
    var error = total.literal(0)
    for term in terms.dropFirst() {
      let next = total + term
      let part = next - total
      error = error + ((total - (next - part)) + (term - part))
      total = next
    }
    return total + error
  }
}
