import MartletIR

/// Sums, products, quotients and signs.
extension ElementwiseOperation {
  static let add = binary(
    "add", .same([.bool] + .numbers, inputs: 2), identity: .number(0), domain: .all, tolerance: 0,
    gradient: .binary { g, _, _, _ in (g, g) },
    "The sum, element by element; of truth values, whether either holds."
  ) { a, b in a.dtype == .bool ? a | b : a + b }

  static let subtract = binary(
    "subtract", .same(.numbers, inputs: 2), identity: .none, domain: .all, tolerance: 0,
    gradient: .binary { g, _, _, _ in (g, -g) },
    "The first input less the second."
  ) { a, b in a - b }
  .selecting(
    .refusesTruthValues(
      "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` "
        + "operator, or the logical_xor function instead."))

  static let multiply = binary(
    "multiply", .same([.bool] + .numbers, inputs: 2), identity: .number(1), domain: .all,
    tolerance: Tolerance(real: 0, complex: 2),
    gradient: .binary { g, a, b, _ in (g * b, g * a) },
    "The product, element by element; of truth values, whether both hold."
  ) { a, b in a.dtype == .bool ? a & b : a * b }

  static let divide = binary(
    "divide", .same(.inexact, inputs: 2), identity: .none, domain: .all,
    tolerance: Tolerance(real: 0, complex: 4), poles: .zero(input: 1),
    gradient: .binary { g, _, b, y in (g / b, -(g * y / b)) },
    "The first input over the second; integers are divided as float64."
  ) { a, b in a / b }
  .selecting(.integersAsFloat64)

  static let negative = unary(
    "negative", .same(.numbers, inputs: 1), domain: .all, tolerance: 0,
    gradient: .unary { g, _, _ in -g },
    "The number with its sign reversed."
  ) { -$0 }
  .selecting(
    .refusesTruthValues(
      "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or "
        + "the logical_not function instead."))

  static let positive = unary(
    "positive", .same(.numbers, inputs: 1), domain: .all, tolerance: 0,
    gradient: .unary { g, _, _ in g },
    "The number as it is."
  ) { $0 }
  .selecting(.refusesTruthValues(noTruthLoop("positive", 1)))

  static let absolute = unary(
    "absolute",
    .same([.bool] + .integers + [.float16, .float32, .float64], inputs: 1) + [
      TypedLoop([.complex64], [.float32]), TypedLoop([.complex128], [.float64]),
    ] + .same([.bfloat16], inputs: 1),
    domain: .all, tolerance: Tolerance(real: 0, complex: 1),
    gradient: .unary { g, x, _ in g * signum(x) },
    "The magnitude; the smallest number of a signed integer type has none and stays."
  ) { x in
    if x.dtype.isComplex { return x.real.call(.hypot, x.imaginary) }
    if x.dtype.isFloating { return x.absolute }
    return x.dtype.isSigned ? (x < 0).select(-x, x) : x
  }

  static let fabs = unary(
    "fabs", .same(.floating, inputs: 1), domain: .all, tolerance: 0,
    gradient: .unary { g, x, _ in g * signum(x) },
    "The magnitude of a floating-point number."
  ) { $0.absolute }

  static let sign = unary(
    "sign", .same(.numbers, inputs: 1), domain: .all, tolerance: Tolerance(real: 0, complex: 2),
    gradient: .step,
    "-1, 0 or 1 by the number's sign; of a complex number, itself over its magnitude."
  ) { x in x.dtype.isComplex ? direction(x) : signum(x) }
  .selecting(.refusesTruthValues(noTruthLoop("sign", 1)))

  static let heaviside = binary(
    "heaviside", .same(.floating, inputs: 2), identity: .none, domain: .all, tolerance: 0,
    gradient: .step,
    "0 below zero, 1 above it, and the second input at zero."
  ) { x, atZero in
    (x > 0).select(x.literal(1), (x < 0).select(x.literal(0), (x == 0).select(atZero, x)))
  }

  static let conjugate = unary(
    "conjugate", .same(.numbers, inputs: 1), domain: .all, tolerance: 0,
    gradient: .unary { g, _, _ in g },
    "The complex conjugate; a real number is its own."
  ) { x in x.dtype.isComplex ? .complex(x.real, -x.imaginary) : x }

  static let arithmetic: [ElementwiseOperation] = [
    add, subtract, multiply, divide, negative, positive, absolute, fabs, sign, heaviside, conjugate,
  ]

  /// What NumPy says where it has no loop of truth values.
  static func noTruthLoop(_ name: String, _ inputs: Int) -> String {
    let bool = "<class 'numpy.dtypes.BoolDType'>"
    let types = inputs == 1 ? bool : "(\(bool), \(bool))"
    return "ufunc '\(name)' did not contain a loop with signature matching types \(types) -> None"
  }
}

/// -1, 0 or 1; NaN stays.
func signum(_ x: Expression) -> Expression {
  let one = (x > 0).select(x.literal(1), x.literal(0))
  if x.dtype.isUnsigned { return one }
  let signed = (x < 0).select(x.literal(-1), one)
  return x.dtype.isFloating ? x.isNaN.select(x, signed) : signed
}

/// A complex number over its magnitude; an infinite part stands for the direction by itself.
private func direction(_ z: Expression) -> Expression {
  let (x, y) = (z.real, z.imaginary)
  let size = x.call(.hypot, y)
  let (zero, nan) = (x.literal(0), x.literal(Double.nan))
  let isZero = size == 0
  let divisor = isZero.select(x.literal(1), size)
  let infinite = size.isInfinite
  let bothInfinite = x.isInfinite & y.isInfinite
  func part(_ v: Expression) -> Expression {
    let axis = v.isInfinite.select(signum(v), zero)
    let finite = isZero.select(zero, v / divisor)
    return (size.isNaN | bothInfinite).select(nan, infinite.select(axis, finite))
  }
  return .complex(part(x), part(y))
}
