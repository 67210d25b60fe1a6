import MartletIR

// The rows of the operations table as Swift functions, under NumPy's names in Swift's spelling;
// what each computes is said in the table. As with operators, wrong shapes or dtypes end the
// program; `NDArray.apply` throws instead.

// MARK: Exponentials and logarithms

public func exp(_ x: NDArray) -> NDArray { .trapping(.exp, x) }
public func exp2(_ x: NDArray) -> NDArray { .trapping(.exp2, x) }
public func expm1(_ x: NDArray) -> NDArray { .trapping(.expm1, x) }
public func log(_ x: NDArray) -> NDArray { .trapping(.log, x) }
public func log2(_ x: NDArray) -> NDArray { .trapping(.log2, x) }
public func log10(_ x: NDArray) -> NDArray { .trapping(.log10, x) }
public func log1p(_ x: NDArray) -> NDArray { .trapping(.log1p, x) }

// MARK: Powers and roots

public func sqrt(_ x: NDArray) -> NDArray { .trapping(.sqrt, x) }
public func cbrt(_ x: NDArray) -> NDArray { .trapping(.cbrt, x) }
public func square(_ x: NDArray) -> NDArray { .trapping(.square, x) }
public func reciprocal(_ x: NDArray) -> NDArray { .trapping(.reciprocal, x) }

// MARK: Trigonometry, in radians

public func sin(_ x: NDArray) -> NDArray { .trapping(.sin, x) }
public func cos(_ x: NDArray) -> NDArray { .trapping(.cos, x) }
public func tan(_ x: NDArray) -> NDArray { .trapping(.tan, x) }
public func arcsin(_ x: NDArray) -> NDArray { .trapping(.arcsin, x) }
public func arccos(_ x: NDArray) -> NDArray { .trapping(.arccos, x) }
public func arctan(_ x: NDArray) -> NDArray { .trapping(.arctan, x) }
public func degrees(_ x: NDArray) -> NDArray { .trapping(.degrees, x) }
public func radians(_ x: NDArray) -> NDArray { .trapping(.radians, x) }

// MARK: Hyperbolic functions

public func sinh(_ x: NDArray) -> NDArray { .trapping(.sinh, x) }
public func cosh(_ x: NDArray) -> NDArray { .trapping(.cosh, x) }
public func tanh(_ x: NDArray) -> NDArray { .trapping(.tanh, x) }
public func arcsinh(_ x: NDArray) -> NDArray { .trapping(.arcsinh, x) }
public func arccosh(_ x: NDArray) -> NDArray { .trapping(.arccosh, x) }
public func arctanh(_ x: NDArray) -> NDArray { .trapping(.arctanh, x) }

// MARK: Rounding

public func floor(_ x: NDArray) -> NDArray { .trapping(.floor, x) }
public func ceil(_ x: NDArray) -> NDArray { .trapping(.ceil, x) }
public func trunc(_ x: NDArray) -> NDArray { .trapping(.trunc, x) }
public func rint(_ x: NDArray) -> NDArray { .trapping(.rint, x) }

// MARK: Signs and parts

public func abs(_ x: NDArray) -> NDArray { .trapping(.absolute, x) }
public func sign(_ x: NDArray) -> NDArray { .trapping(.sign, x) }
public func signbit(_ x: NDArray) -> NDArray { .trapping(.signbit, x) }
public func conjugate(_ x: NDArray) -> NDArray { .trapping(.conjugate, x) }
public func angle(_ x: NDArray) -> NDArray { .trapping(.angle, x) }

// MARK: Tests

public func isNaN(_ x: NDArray) -> NDArray { .trapping(.isnan, x) }
public func isInfinite(_ x: NDArray) -> NDArray { .trapping(.isinf, x) }
public func isFinite(_ x: NDArray) -> NDArray { .trapping(.isfinite, x) }
public func logicalNot(_ x: NDArray) -> NDArray { .trapping(.logicalNot, x) }
public func bitCount(_ x: NDArray) -> NDArray { .trapping(.bitwiseCount, x) }

// MARK: Of two arrays, or an array and a number

public func maximum(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.maximum, a, b)
}
public func maximum(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.maximum, a, b)
}
public func minimum(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.minimum, a, b)
}
public func minimum(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.minimum, a, b)
}
public func fmax(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.fmax, a, b)
}
public func fmax(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.fmax, a, b)
}
public func fmin(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.fmin, a, b)
}
public func fmin(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.fmin, a, b)
}
public func fmod(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.fmod, a, b)
}
public func fmod(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.fmod, a, b)
}
public func hypot(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.hypot, a, b)
}
public func hypot(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.hypot, a, b)
}
public func arctan2(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.arctan2, a, b)
}
public func arctan2(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.arctan2, a, b)
}
public func copysign(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.copysign, a, b)
}
public func copysign(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.copysign, a, b)
}
public func nextafter(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.nextafter, a, b)
}
public func nextafter(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.nextafter, a, b)
}
public func logaddexp(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logaddexp, a, b)
}
public func logaddexp(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logaddexp, a, b)
}
public func logaddexp2(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logaddexp2, a, b)
}
public func logaddexp2(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logaddexp2, a, b)
}
public func heaviside(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.heaviside, a, b)
}
public func heaviside(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.heaviside, a, b)
}
public func gcd(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.gcd, a, b)
}
public func gcd(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.gcd, a, b)
}
public func lcm(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.lcm, a, b)
}
public func lcm(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.lcm, a, b)
}
public func logicalAnd(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logicalAnd, a, b)
}
public func logicalAnd(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logicalAnd, a, b)
}
public func logicalOr(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logicalOr, a, b)
}
public func logicalOr(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logicalOr, a, b)
}
public func logicalXor(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logicalXor, a, b)
}
public func logicalXor(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logicalXor, a, b)
}
