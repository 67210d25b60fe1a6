import MartletIR

/// Powers and roots.
extension ElementwiseOperation {
  static let power = binary(
    "power", .same(.numbers, inputs: 2), identity: .none,
    domain: .ranges([0.01...10, -5...5]), tolerance: Tolerance(real: 1, complex: 64),
    poles: .zero(input: 0), gradient: powerRule,
    "The first input to the power of the second; integers wrap."
  ) { a, b in raise(a, b) }
  .raising(.negativeExponent)

  static let floatPower = binary(
    "float_power", .same([.float64, .complex128], inputs: 2), identity: .none,
    domain: .ranges([0.01...10, -5...5]), tolerance: Tolerance(real: 1, complex: 64),
    poles: .zero(input: 0), gradient: powerRule,
    "The first input to the power of the second, in float64 or complex128."
  ) { a, b in raise(a, b) }

  static let square = unary(
    "square", .same(.numbers, inputs: 1), domain: .all,
    tolerance: Tolerance(real: 0, complex: 2),
    gradient: .unary { g, x, _ in g * (x + x) },
    "The number times itself."
  ) { $0 * $0 }

  static let reciprocal = unary(
    "reciprocal", .same(.numbers, inputs: 1), domain: .all,
    tolerance: Tolerance(real: 0, complex: 4), poles: .zero(input: 0),
    gradient: .unary { g, _, y in -(g * y * y) },
    "One over the number; of integers truncated, so 0 but for 1 and -1."
  ) { x in
    if x.dtype.isFloating { return 1 / x }
    return x.dtype.isComplex ? complexReciprocal(x) : integerReciprocal(x)
  }
  .raising(.zeroInput)

  static let sqrt = unary(
    "sqrt", .same(.inexact, inputs: 1), domain: .ranges([0...1e4]),
    tolerance: Tolerance(real: 0, complex: 2),
    gradient: .unary { g, _, y in g * 0.5 / y },
    "The square root that isn't negative; NaN below zero."
  ) { x in x.dtype.isComplex ? ComplexFunctions.squareRoot(x) : x.squareRoot }

  static let cbrt = unary(
    "cbrt", .same(.floating, inputs: 1), domain: .all, tolerance: 1,
    gradient: .unary { g, _, y in g / (y * y * 3) },
    "The cube root, with the number's sign."
  ) { $0.call(.cbrt) }

  static let hypot = binary(
    "hypot", .same(.floating, inputs: 2), identity: .number(0), domain: .all, tolerance: 1,
    gradient: .binary { g, a, b, y in
      let isZero = y == 0
      let scale = g / isZero.select(y.literal(1), y)
      return (scale * a, scale * b)
    },
    "The longest side of a right triangle with these legs, without overflow on the way."
  ) { a, b in a.call(.hypot, b) }

  static let powers: [ElementwiseOperation] = [
    power, floatPower, square, reciprocal, sqrt, cbrt, hypot,
  ]

  /// d(a^b) is b a^(b-1) da + ln(a) a^b db. At a = 0 or b = 0 the factors that vanish come first,
  /// so that no 0 meets an infinity.
  private static let powerRule = Gradient.binary { g, a, b, y in
    let zero = a.literal(0)
    let base = (b == zero).select(zero, b * a.call(.pow, b - 1))
    let positive = a > zero
    let logarithm = positive.select(a, a.literal(1)).call(.log)
    let exponent = (positive | (a == zero)).select(logarithm * y, a.literal(Double.nan))
    return (g * base, g * exponent)
  }
}

private func raise(_ a: Expression, _ b: Expression) -> Expression {
  if a.dtype.isComplex { return ComplexFunctions.power(a, b) }
  return a.dtype.isInteger ? integerPower(a, b) : a.call(.pow, b)
}

/// By squaring. A negative exponent never gets here: the row says that it is an error.
private func integerPower(_ base: Expression, _ exponent: Expression) -> Expression {
  let builder = base.builder
  let result = builder.declare(initial: base.literal(1))
  let square = builder.declare(initial: base)
  let rest = builder.declare(initial: exponent)
  builder.whileLoop {
    builder.read(rest) > 0
  } _: {
    let (r, s, e) = (builder.read(result), builder.read(square), builder.read(rest))
    builder.assign(result, ((e & 1) == e.literal(1)).select(r * s, r))
    builder.assign(square, s * s)
    builder.assign(rest, e >> 1)
  }
  return builder.read(result)
}

/// 0 has no reciprocal: what stands for it is what NumPy's conversion of an infinity gives.
private func integerReciprocal(_ x: Expression) -> Expression {
  let wide = x.dtype == .int32 || x.dtype == .int64
  let atZero = wide ? x.literal(1) << (x.dtype.itemSize * 8 - 1) : x.literal(0)
  var isUnit = x == x.literal(1)
  if x.dtype.isSigned { isUnit = isUnit | (x == x.literal(-1)) }
  return (x == x.literal(0)).select(atZero, isUnit.select(x, x.literal(0)))
}

/// Smith's algorithm: the larger part is divided by first, so that no square overflows.
private func complexReciprocal(_ z: Expression) -> Expression {
  let (x, y) = (z.real, z.imaginary)
  let one = x.literal(1)
  let realIsLarger = y.absolute <= x.absolute
  let ratio = realIsLarger.select(y, x) / realIsLarger.select(x, y)
  let divisor = realIsLarger.select(x + y * ratio, x * ratio + y)
  let large = realIsLarger.select(one, ratio) / divisor
  let small = realIsLarger.select(-ratio, -one) / divisor
  return .complex(large, small)
}
