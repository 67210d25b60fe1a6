import MartletIR

// The rows of the operations table as Swift functions, under NumPy's names in Swift's spelling;
// what each computes is said in the table. As with operators, wrong shapes or dtypes end the
// program; `NDArray.apply` throws instead.

// MARK: Exponentials and logarithms

public func exp(_ x: NDArray) -> NDArray { .trapping(.exp, .array(x)) }
public func exp2(_ x: NDArray) -> NDArray { .trapping(.exp2, .array(x)) }
public func expm1(_ x: NDArray) -> NDArray { .trapping(.expm1, .array(x)) }
public func log(_ x: NDArray) -> NDArray { .trapping(.log, .array(x)) }
public func log2(_ x: NDArray) -> NDArray { .trapping(.log2, .array(x)) }
public func log10(_ x: NDArray) -> NDArray { .trapping(.log10, .array(x)) }
public func log1p(_ x: NDArray) -> NDArray { .trapping(.log1p, .array(x)) }

// MARK: Powers and roots

public func sqrt(_ x: NDArray) -> NDArray { .trapping(.sqrt, .array(x)) }
public func cbrt(_ x: NDArray) -> NDArray { .trapping(.cbrt, .array(x)) }
public func square(_ x: NDArray) -> NDArray { .trapping(.square, .array(x)) }
public func reciprocal(_ x: NDArray) -> NDArray { .trapping(.reciprocal, .array(x)) }

// MARK: Trigonometry, in radians

public func sin(_ x: NDArray) -> NDArray { .trapping(.sin, .array(x)) }
public func cos(_ x: NDArray) -> NDArray { .trapping(.cos, .array(x)) }
public func tan(_ x: NDArray) -> NDArray { .trapping(.tan, .array(x)) }
public func arcsin(_ x: NDArray) -> NDArray { .trapping(.arcsin, .array(x)) }
public func arccos(_ x: NDArray) -> NDArray { .trapping(.arccos, .array(x)) }
public func arctan(_ x: NDArray) -> NDArray { .trapping(.arctan, .array(x)) }
public func degrees(_ x: NDArray) -> NDArray { .trapping(.degrees, .array(x)) }
public func radians(_ x: NDArray) -> NDArray { .trapping(.radians, .array(x)) }

// MARK: Hyperbolic functions

public func sinh(_ x: NDArray) -> NDArray { .trapping(.sinh, .array(x)) }
public func cosh(_ x: NDArray) -> NDArray { .trapping(.cosh, .array(x)) }
public func tanh(_ x: NDArray) -> NDArray { .trapping(.tanh, .array(x)) }
public func arcsinh(_ x: NDArray) -> NDArray { .trapping(.arcsinh, .array(x)) }
public func arccosh(_ x: NDArray) -> NDArray { .trapping(.arccosh, .array(x)) }
public func arctanh(_ x: NDArray) -> NDArray { .trapping(.arctanh, .array(x)) }

// MARK: Rounding

public func floor(_ x: NDArray) -> NDArray { .trapping(.floor, .array(x)) }
public func ceil(_ x: NDArray) -> NDArray { .trapping(.ceil, .array(x)) }
public func trunc(_ x: NDArray) -> NDArray { .trapping(.trunc, .array(x)) }
public func rint(_ x: NDArray) -> NDArray { .trapping(.rint, .array(x)) }

// MARK: Signs and parts

public func abs(_ x: NDArray) -> NDArray { .trapping(.absolute, .array(x)) }
public func sign(_ x: NDArray) -> NDArray { .trapping(.sign, .array(x)) }
public func signbit(_ x: NDArray) -> NDArray { .trapping(.signbit, .array(x)) }
public func conjugate(_ x: NDArray) -> NDArray { .trapping(.conjugate, .array(x)) }
public func real(_ x: NDArray) -> NDArray { .trapping(.real, .array(x)) }
public func imaginary(_ x: NDArray) -> NDArray { .trapping(.imag, .array(x)) }
public func angle(_ x: NDArray) -> NDArray { .trapping(.angle, .array(x)) }

// MARK: Tests

public func isNaN(_ x: NDArray) -> NDArray { .trapping(.isnan, .array(x)) }
public func isInfinite(_ x: NDArray) -> NDArray { .trapping(.isinf, .array(x)) }
public func isFinite(_ x: NDArray) -> NDArray { .trapping(.isfinite, .array(x)) }
public func logicalNot(_ x: NDArray) -> NDArray { .trapping(.logicalNot, .array(x)) }
public func bitCount(_ x: NDArray) -> NDArray { .trapping(.bitwiseCount, .array(x)) }

// MARK: Of two arrays, or an array and a number

public func maximum(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.maximum, .array(a), .array(b))
}
public func maximum(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.maximum, .array(a), b.operand)
}
public func minimum(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.minimum, .array(a), .array(b))
}
public func minimum(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.minimum, .array(a), b.operand)
}
public func fmax(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.fmax, .array(a), .array(b))
}
public func fmax(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.fmax, .array(a), b.operand)
}
public func fmin(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.fmin, .array(a), .array(b))
}
public func fmin(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.fmin, .array(a), b.operand)
}
public func fmod(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.fmod, .array(a), .array(b))
}
public func fmod(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.fmod, .array(a), b.operand)
}
public func hypot(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.hypot, .array(a), .array(b))
}
public func hypot(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.hypot, .array(a), b.operand)
}
public func arctan2(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.arctan2, .array(a), .array(b))
}
public func arctan2(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.arctan2, .array(a), b.operand)
}
public func copysign(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.copysign, .array(a), .array(b))
}
public func copysign(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.copysign, .array(a), b.operand)
}
public func nextafter(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.nextafter, .array(a), .array(b))
}
public func nextafter(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.nextafter, .array(a), b.operand)
}
public func logaddexp(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logaddexp, .array(a), .array(b))
}
public func logaddexp(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logaddexp, .array(a), b.operand)
}
public func logaddexp2(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logaddexp2, .array(a), .array(b))
}
public func logaddexp2(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logaddexp2, .array(a), b.operand)
}
public func heaviside(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.heaviside, .array(a), .array(b))
}
public func heaviside(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.heaviside, .array(a), b.operand)
}
public func gcd(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.gcd, .array(a), .array(b))
}
public func gcd(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.gcd, .array(a), b.operand)
}
public func lcm(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.lcm, .array(a), .array(b))
}
public func lcm(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.lcm, .array(a), b.operand)
}
public func logicalAnd(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logicalAnd, .array(a), .array(b))
}
public func logicalAnd(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logicalAnd, .array(a), b.operand)
}
public func logicalOr(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logicalOr, .array(a), .array(b))
}
public func logicalOr(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logicalOr, .array(a), b.operand)
}
public func logicalXor(_ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping(.logicalXor, .array(a), .array(b))
}
public func logicalXor(_ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping(.logicalXor, .array(a), b.operand)
}

// MARK: Choosing

/// The array's elements, no lower than `low` and no higher than `high`.
public func clip(_ x: NDArray, _ low: some ArrayScalar, _ high: some ArrayScalar) -> NDArray {
  .trapping(.clip, .array(x), low.operand, high.operand)
}

/// Where `condition` is true an element of `a`, else of `b`.
public func choose(_ condition: NDArray, _ a: NDArray, _ b: NDArray) -> NDArray {
  .trapping { () throws(MartletError) in try .choose(condition, .array(a), .array(b)) }
}
public func choose(_ condition: NDArray, _ a: NDArray, _ b: some ArrayScalar) -> NDArray {
  .trapping { () throws(MartletError) in try .choose(condition, .array(a), b.operand) }
}
public func choose(_ condition: NDArray, _ a: some ArrayScalar, _ b: NDArray) -> NDArray {
  .trapping { () throws(MartletError) in try .choose(condition, a.operand, .array(b)) }
}
