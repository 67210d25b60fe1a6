/// The error function and its complement, in the other functions of the kernel language.
///
/// Near 0 a polynomial; beyond 27/32 a polynomial in (x - 3) / (x + 3) for what is left of erfc x
/// beside exp(-x²) / x. Other types than `float64` compute in it.
public enum ErrorFunction {
  /// erf x; within 2 units in the last place.
  public static func erf(_ x: Expression) -> Expression {
    if x.dtype != .float64 { return erf(x.cast(to: .float64)).cast(to: x.dtype) }
    let y = x.absolute
    let small = x * (x * x).polynomial(Coefficients.errorFunction64)
    // From 6 on the result is 1 to the last place.
    let large = 1 - tail(bounded(y, 6), isExact: false)
    return (y < edge).select(small, x.isNaN.select(x, large.copySign(of: x)))
  }

  /// erfc x = 1 - erf x, accurate where that is small; within 4 units in the last place.
  public static func erfc(_ x: Expression) -> Expression {
    if x.dtype != .float64 { return erfc(x.cast(to: .float64)).cast(to: x.dtype) }
    let y = x.absolute
    let small = 1 - x * (x * x).polynomial(Coefficients.errorFunction64)
    let rest = tail(bounded(y, 28), isExact: true)
    let large = (x < 0).select(2 - rest, rest)
    return (y < edge).select(small, x.isNaN.select(x, large))
  }

  private static let edge = 27.0 / 32

  /// `y` moved into the range of the tail's polynomial.
  private static func bounded(_ y: Expression, _ greatest: Double) -> Expression {
    let low = (y > edge).select(y, y.literal(edge))
    return (low < greatest).select(low, y.literal(greatest))
  }

  /// erfc y for y from 27/32 to 28. Exact says that exp(-y²) must not lose what y² loses.
  private static func tail(_ y: Expression, isExact: Bool) -> Expression {
    let t = (y - 3) / (y + 3)
    let fraction = t.polynomial(Coefficients.complementaryErrorFunction64) / y
    guard isExact else { return (-(y * y)).call(.exp) * fraction }
    // The square of the upper half of y is exact, and what it leaves of y² is small.
    let mask = y.builder.constant(Scalar(dtype: .uint64, low: 0xffff_ffff_f800_0000))
    let high = (y.reinterpret(as: .uint64) & mask).reinterpret(as: .float64)
    return (-(high * high)).call(.exp) * ((high - y) * (high + y)).call(.exp) * fraction
  }
}
