/// The gamma function and its logarithm, in the other functions of the kernel language.
///
/// A polynomial between 2 and 3, products from there up to 24, Stirling's formula with a polynomial
/// for its rest beyond, and the reflection Γ(x) Γ(1 - x) = π / sin πx below 1/2. Other types than
/// `float64` compute in it.
public enum GammaFunction {
  /// Γ(x), which for a positive integer up to 23 is exact; within 12 units in the last place.
  /// NaN for negative integers, ±∞ for ±0.
  public static func gamma(_ x: Expression) -> Expression {
    if x.dtype != .float64 { return gamma(x.cast(to: .float64)).cast(to: x.dtype) }
    let isReflected = x < 0.5
    let y = isReflected.select(1 - x, x)
    let small = nearGamma(y)
    // As a product of two, since one of them alone would overflow before the result does.
    let z = bounded(y, 24, 200)
    let half = z.call(.pow, z * 0.5 - 0.25)
    // Two exponentials, because the sum of their arguments would be rounded to what -z holds.
    let other = half * ((-z).call(.exp) * (rest(z).call(.exp) * Coefficients.rootOfTwoPi))
    let large = half * other
    let isLarge = y >= 24
    let direct = (y > 200).select(y.literal(.infinity), isLarge.select(large, small))
    let sine = sineOfPi(x)
    let reflected = isLarge.select(
      Double.pi / sine / half / other, Double.pi / (sine * small))
    // Far below 0 the result is 0 with the sign of the sine, and a negative integer has none.
    let far = sine.isNaN.select(sine, sine.literal(0).copySign(of: sine))
    let isPole = (x < 0) & (x == x.floor)
    let below = isPole.select(x.literal(.nan), (x < -190).select(far, reflected))
    return x.isNaN.select(x, isReflected.select(below, direct))
  }

  /// log |Γ(x)|, accurate to a few units in the last place but near its zeros below 0.
  /// ∞ for 0 and negative integers.
  public static func logGamma(_ x: Expression) -> Expression {
    if x.dtype != .float64 { return logGamma(x.cast(to: .float64)).cast(to: x.dtype) }
    let isReflected = x < 0.5
    let y = isReflected.select(1 - x, x)
    let z = (y < 8).select(y.literal(8), y)
    let large = (z - 0.5) * (z.call(.log) - 1) + (Coefficients.halfLogOfTwoPi - 0.5) + rest(z)
    // log x is infinite where x is, and so is the result.
    let above = (y == .infinity).select(y, (y < 8).select(nearLogGamma(y), large))
    let sine = sineOfPi(x).absolute
    let isPole = x == x.floor
    let reflected = (Double.pi / sine).call(.log) - above
    let below = isPole.select(x.literal(.infinity), reflected)
    let result = isReflected.select(below, above)
    return x.isNaN.select(x, (x == -.infinity).select(x.literal(.infinity), result))
  }

  /// Γ(y) for y from 1/2 to 24.
  private static func nearGamma(_ y: Expression) -> Expression {
    let y = bounded(y, 0.5, 24)
    // y = n + f with f from 2 to 3, which n factors reach.
    let whole = y.floor
    let t = y - whole
    let base = 1 + t * t.polynomial(Coefficients.gamma64)
    var up = y.literal(1)
    for step in 1...21 {
      let factor = y - Double(step)
      up = (whole >= Double(2 + step)).select(up * factor, up)
    }
    let down = (whole < 1).select(y * (y + 1), (whole < 2).select(y, y.literal(1)))
    return base * up / down
  }

  /// log Γ(y) for y from 1/2 to 8.
  private static func nearLogGamma(_ y: Expression) -> Expression {
    let y = bounded(y, 0.5, 8)
    var f = (y < 1.5).select(y + 1, y)
    // Each step down by 1 leaves a factor.
    var product = (y < 1.5).select(y, y.literal(1))
    for _ in 0..<6 {
      let isFar = f > 2.5
      product = isFar.select(product * (f - 1), product)
      f = isFar.select(f - 1, f)
    }
    let t = f - 2
    let base = t * t.polynomial(Coefficients.logGamma64)
    let log = product.call(.log)
    return (y < 1.5).select(base - log, base + log)
  }

  /// What Stirling's formula leaves of log Γ(z).
  private static func rest(_ z: Expression) -> Expression {
    let inverse = 1 / z
    return (inverse * inverse).polynomial(Coefficients.stirling64) * inverse
  }

  /// sin πx, of an x taken to the nearest integer first.
  private static func sineOfPi(_ x: Expression) -> Expression {
    let whole = x.roundedEven
    // -0 keeps its sign.
    let sine = ((whole == 0).select(x, x - whole) * Double.pi).call(.sin)
    let half = whole * 0.5
    return (half == half.floor).select(sine, -sine)
  }

  private static func bounded(_ x: Expression, _ least: Double, _ greatest: Double) -> Expression {
    let low = (x > least).select(x, x.literal(least))
    return (low < greatest).select(low, x.literal(greatest))
  }
}
