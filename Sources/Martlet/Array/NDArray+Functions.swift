import MartletIR

// The rows of the operations table as Swift functions, under NumPy's names in Swift's spelling;
// what each computes is said in the table. As with operators, wrong shapes or dtypes end the
// program; `NDArray.apply` throws instead.

// MARK: Exponentials and logarithms

/// Euler's number to the power of the number.
public func exp(_ x: NDArray) -> NDArray { .trapping(.exp, x) }
/// 2 to the power of the number.
public func exp2(_ x: NDArray) -> NDArray { .trapping(.exp2, x) }
/// `exp(x) - 1`, exact near 0 too.
public func expm1(_ x: NDArray) -> NDArray { .trapping(.expm1, x) }
/// The natural logarithm.
public func log(_ x: NDArray) -> NDArray { .trapping(.log, x) }
/// The logarithm to base 2.
public func log2(_ x: NDArray) -> NDArray { .trapping(.log2, x) }
/// The logarithm to base 10.
public func log10(_ x: NDArray) -> NDArray { .trapping(.log10, x) }
/// `log(1 + x)`, exact near 0 too.
public func log1p(_ x: NDArray) -> NDArray { .trapping(.log1p, x) }

// MARK: Powers and roots

/// The square root that isn't negative; NaN below zero.
public func sqrt(_ x: NDArray) -> NDArray { .trapping(.sqrt, x) }
/// The cube root, with the number's sign.
public func cbrt(_ x: NDArray) -> NDArray { .trapping(.cbrt, x) }
/// The number times itself.
public func square(_ x: NDArray) -> NDArray { .trapping(.square, x) }
/// One over the number; of integers truncated, so 0 but for 1 and -1.
public func reciprocal(_ x: NDArray) -> NDArray { .trapping(.reciprocal, x) }

// MARK: Trigonometry, in radians

/// The sine of an angle in radians.
public func sin(_ x: NDArray) -> NDArray { .trapping(.sin, x) }
/// The cosine of an angle in radians.
public func cos(_ x: NDArray) -> NDArray { .trapping(.cos, x) }
/// The tangent of an angle in radians.
public func tan(_ x: NDArray) -> NDArray { .trapping(.tan, x) }
/// The angle in [-pi/2, pi/2] with this sine.
public func arcsin(_ x: NDArray) -> NDArray { .trapping(.arcsin, x) }
/// The angle in [0, pi] with this cosine.
public func arccos(_ x: NDArray) -> NDArray { .trapping(.arccos, x) }
/// The angle in [-pi/2, pi/2] with this tangent.
public func arctan(_ x: NDArray) -> NDArray { .trapping(.arctan, x) }
/// An angle in radians, in degrees.
public func degrees(_ x: NDArray) -> NDArray { .trapping(.degrees, x) }
/// Degrees as radians.
public func radians(_ x: NDArray) -> NDArray { .trapping(.radians, x) }

// MARK: Hyperbolic functions

/// The hyperbolic sine.
public func sinh(_ x: NDArray) -> NDArray { .trapping(.sinh, x) }
/// The hyperbolic cosine.
public func cosh(_ x: NDArray) -> NDArray { .trapping(.cosh, x) }
/// The hyperbolic tangent.
public func tanh(_ x: NDArray) -> NDArray { .trapping(.tanh, x) }
/// The number with this hyperbolic sine.
public func arcsinh(_ x: NDArray) -> NDArray { .trapping(.arcsinh, x) }
/// The number that isn't negative with this hyperbolic cosine.
public func arccosh(_ x: NDArray) -> NDArray { .trapping(.arccosh, x) }
/// The number with this hyperbolic tangent.
public func arctanh(_ x: NDArray) -> NDArray { .trapping(.arctanh, x) }

// MARK: Rounding

/// The largest whole number not above.
public func floor(_ x: NDArray) -> NDArray { .trapping(.floor, x) }
/// The smallest whole number not below.
public func ceil(_ x: NDArray) -> NDArray { .trapping(.ceil, x) }
/// The whole part.
public func trunc(_ x: NDArray) -> NDArray { .trapping(.trunc, x) }
/// The nearest whole number, of two the even one; of a complex number part by part.
public func rint(_ x: NDArray) -> NDArray { .trapping(.rint, x) }

// MARK: Signs and parts

/// The magnitude; the smallest number of a signed integer type has none and stays.
public func abs(_ x: NDArray) -> NDArray { .trapping(.absolute, x) }
/// -1, 0 or 1 by the number's sign; of a complex number, itself over its magnitude.
public func sign(_ x: NDArray) -> NDArray { .trapping(.sign, x) }
/// Whether the sign bit is set: of negative numbers, -0.0 and some NaNs.
public func signbit(_ x: NDArray) -> NDArray { .trapping(.signbit, x) }
/// The complex conjugate; a real number is its own.
public func conjugate(_ x: NDArray) -> NDArray { .trapping(.conjugate, x) }
/// The angle of the number in the complex plane, in [-pi, pi] radians.
public func angle(_ x: NDArray) -> NDArray { .trapping(.angle, x) }

// MARK: Tests

/// Whether it is not a number; of a complex number, whether either part is not.
public func isNaN(_ x: NDArray) -> NDArray { .trapping(.isnan, x) }
/// Whether it is infinite; of a complex number, whether either part is.
public func isInfinite(_ x: NDArray) -> NDArray { .trapping(.isinf, x) }
/// Whether it is neither infinite nor NaN; of a complex number, whether both parts are.
public func isFinite(_ x: NDArray) -> NDArray { .trapping(.isfinite, x) }
/// Whether the number is zero.
public func logicalNot(_ x: NDArray) -> NDArray { .trapping(.logicalNot, x) }
/// How many bits of the magnitude are set.
public func bitCount(_ x: NDArray) -> NDArray { .trapping(.bitwiseCount, x) }

// MARK: Of two arrays, or an array and a number

/// The larger of two; NaN where either is one.
public func maximum(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.maximum, a, b)
}
/// The larger of two; NaN where either is one, beside a number.
public func maximum(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.maximum, a, b)
}
/// The smaller of two; NaN where either is one.
public func minimum(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.minimum, a, b)
}
/// The smaller of two; NaN where either is one, beside a number.
public func minimum(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.minimum, a, b)
}
/// The larger of two; a NaN gives way to a number.
public func fmax(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.fmax, a, b)
}
/// The larger of two; a NaN gives way to a number, beside a number.
public func fmax(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.fmax, a, b)
}
/// The smaller of two; a NaN gives way to a number.
public func fmin(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.fmin, a, b)
}
/// The smaller of two; a NaN gives way to a number, beside a number.
public func fmin(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.fmin, a, b)
}
/// What truncating division leaves, with the dividend's sign; of integers over 0, 0.
public func fmod(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.fmod, a, b)
}
/// What truncating division leaves, with the dividend's sign; of integers over 0, 0, beside a
/// number.
public func fmod(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.fmod, a, b)
}
/// The longest side of a right triangle with these legs, without overflow on the way.
public func hypot(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.hypot, a, b)
}
/// The longest side of a right triangle with these legs, without overflow on the way, beside a
/// number.
public func hypot(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.hypot, a, b)
}
/// The angle of the point (second, first), in [-pi, pi].
public func arctan2(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.arctan2, a, b)
}
/// The angle of the point (second, first), in [-pi, pi], beside a number.
public func arctan2(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.arctan2, a, b)
}
/// The first input's magnitude with the second's sign.
public func copysign(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.copysign, a, b)
}
/// The first input's magnitude with the second's sign, beside a number.
public func copysign(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.copysign, a, b)
}
/// The next number of the type after the first input on the way to the second.
public func nextafter(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.nextafter, a, b)
}
/// The next number of the type after the first input on the way to the second, beside a number.
public func nextafter(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.nextafter, a, b)
}
/// `log(exp(a) + exp(b))`, without overflow on the way.
public func logaddexp(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logaddexp, a, b)
}
/// `log(exp(a) + exp(b))`, without overflow on the way, beside a number.
public func logaddexp(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logaddexp, a, b)
}
/// `log2(2^a + 2^b)`, without overflow on the way.
public func logaddexp2(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logaddexp2, a, b)
}
/// `log2(2^a + 2^b)`, without overflow on the way, beside a number.
public func logaddexp2(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logaddexp2, a, b)
}
/// 0 below zero, 1 above it, and the second input at zero.
public func heaviside(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.heaviside, a, b)
}
/// 0 below zero, 1 above it, and the second input at zero, beside a number.
public func heaviside(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.heaviside, a, b)
}
/// The greatest common divisor, never negative.
public func gcd(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.gcd, a, b)
}
/// The greatest common divisor, never negative, beside a number.
public func gcd(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.gcd, a, b)
}
/// The least common multiple, never negative; 0 where either is 0.
public func lcm(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.lcm, a, b)
}
/// The least common multiple, never negative; 0 where either is 0, beside a number.
public func lcm(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.lcm, a, b)
}
/// Whether both are true.
public func logicalAnd(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logicalAnd, a, b)
}
/// Whether both are true, beside a number.
public func logicalAnd(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logicalAnd, a, b)
}
/// Whether either is true.
public func logicalOr(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logicalOr, a, b)
}
/// Whether either is true, beside a number.
public func logicalOr(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logicalOr, a, b)
}
/// Whether just one is true.
public func logicalXor(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logicalXor, a, b)
}
/// Whether just one is true, beside a number.
public func logicalXor(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logicalXor, a, b)
}
