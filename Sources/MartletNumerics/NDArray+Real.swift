public import Martlet
import RealModule

// The functions of `Real` and `ElementaryFunctions` under swift-numerics' names, element by element:
// `NDArray.log(onePlus: x)` for what is `log1p(x)` in NumPy. Wrong shapes and dtypes stop the program,
// as in operators.
//
// Arrays don't conform to these protocols: their `+=` keeps the shape and dtype, so that there is no
// zero that takes any array.

extension NDArray {
  /// Euler's number to the power of each element.
  public static func exp(_ x: NDArray) -> NDArray { Martlet.exp(x) }
  /// `exp(x) - 1`, exact near 0 too.
  public static func expMinusOne(_ x: NDArray) -> NDArray { expm1(x) }
  /// 2 to the power of each element.
  public static func exp2(_ x: NDArray) -> NDArray { Martlet.exp2(x) }
  /// 10 to the power of each element.
  public static func exp10(_ x: NDArray) -> NDArray { 10 ** x }
  /// The natural logarithm.
  public static func log(_ x: NDArray) -> NDArray { Martlet.log(x) }
  /// `log(1 + x)`, exact near 0 too.
  public static func log(onePlus x: NDArray) -> NDArray { log1p(x) }
  /// The logarithm to base 2.
  public static func log2(_ x: NDArray) -> NDArray { Martlet.log2(x) }
  /// The logarithm to base 10.
  public static func log10(_ x: NDArray) -> NDArray { Martlet.log10(x) }

  /// The cosine of an angle in radians.
  public static func cos(_ x: NDArray) -> NDArray { Martlet.cos(x) }
  /// The sine of an angle in radians.
  public static func sin(_ x: NDArray) -> NDArray { Martlet.sin(x) }
  /// The tangent of an angle in radians.
  public static func tan(_ x: NDArray) -> NDArray { Martlet.tan(x) }
  /// The angle with this cosine.
  public static func acos(_ x: NDArray) -> NDArray { arccos(x) }
  /// The angle with this sine.
  public static func asin(_ x: NDArray) -> NDArray { arcsin(x) }
  /// The angle with this tangent.
  public static func atan(_ x: NDArray) -> NDArray { arctan(x) }
  /// The angle of the point (x, y).
  public static func atan2(y: NDArray, x: NDArray) -> NDArray { arctan2(y, x) }

  /// The hyperbolic cosine.
  public static func cosh(_ x: NDArray) -> NDArray { Martlet.cosh(x) }
  /// The hyperbolic sine.
  public static func sinh(_ x: NDArray) -> NDArray { Martlet.sinh(x) }
  /// The hyperbolic tangent.
  public static func tanh(_ x: NDArray) -> NDArray { Martlet.tanh(x) }
  /// The number with this hyperbolic cosine.
  public static func acosh(_ x: NDArray) -> NDArray { arccosh(x) }
  /// The number with this hyperbolic sine.
  public static func asinh(_ x: NDArray) -> NDArray { arcsinh(x) }
  /// The number with this hyperbolic tangent.
  public static func atanh(_ x: NDArray) -> NDArray { arctanh(x) }

  /// The square root that isn't negative.
  public static func sqrt(_ x: NDArray) -> NDArray { Martlet.sqrt(x) }
  /// The longest side of a right triangle with these legs.
  public static func hypot(_ x: NDArray, _ y: NDArray) -> NDArray { Martlet.hypot(x, y) }

  /// `exp(y * log(x))`: of real numbers NaN for a negative `x`, and for 0 to the power of 0. `x ** y` is
  /// NumPy's power.
  public static func pow(_ x: NDArray, _ y: NDArray) -> NDArray {
    let power = x ** y
    if power.dtype.isComplex { return power }
    return `where`((x .> 0) | ((x .== 0) & (y .!= 0)), power, Double.nan)
  }
  /// `x` times itself, `n` times.
  public static func pow(_ x: NDArray, _ n: Int) -> NDArray { floating(x) ** n }
  /// The `n`th root: for odd `n` that of a negative number is negative, for even `n` NaN.
  public static func root(_ x: NDArray, _ n: Int) -> NDArray {
    if x.dtype.isComplex { return x ** (1 / Double(n)) }
    if n == 3 { return cbrt(x) }
    let root = abs(x) ** (1 / Double(n))
    return n % 2 == 0 ? `where`(x .>= 0, root, Double.nan) : copysign(root, x)
  }

  // Of these there is no row of Martlet's: the C library computes them, on the host, and they have no
  // derivative.

  /// The error function; of real numbers, computed on the host.
  public static func erf(_ x: NDArray) -> NDArray { onHost(x, Float.erf, Double.erf) }
  /// One less the error function; of real numbers, computed on the host.
  public static func erfc(_ x: NDArray) -> NDArray { onHost(x, Float.erfc, Double.erfc) }
  /// The gamma function; of real numbers, computed on the host.
  public static func gamma(_ x: NDArray) -> NDArray { onHost(x, Float.gamma, Double.gamma) }
  /// The logarithm of the magnitude of the gamma function; of real numbers, computed on the host.
  public static func logGamma(_ x: NDArray) -> NDArray {
    onHost(x, Float.logGamma, Double.logGamma)
  }

  /// Integers as `float64`.
  private static func floating(_ x: NDArray) -> NDArray {
    x.dtype.isInexact ? x : stopping { () throws(MartletError) in try x.asType(.float64) }
  }

  private static func onHost(
    _ x: NDArray, _ single: (Float) -> Float, _ double: (Double) -> Double
  ) -> NDArray {
    stopping { () throws(MartletError) in
      let shape = x.shape
      return x.dtype == .float32
        ? try NDArray(x.elements(as: Float.self).map(single), shape: shape)
        : try NDArray(x.elements(as: Double.self).map(double), shape: shape)
    }
  }

  private static func stopping(_ body: () throws(MartletError) -> NDArray) -> NDArray {
    do { return try body() } catch { fatalError("\(error)") }
  }
}
