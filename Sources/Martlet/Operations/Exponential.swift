import MartletIR

/// Exponentials and logarithms.
extension ElementwiseOperation {
  static let exp = unary(
    "exp", .same(.inexact, inputs: 1), domain: .ranges([-20...20]),
    tolerance: Tolerance(real: 1, complex: 4),
    gradient: .unary { g, _, y in g * y },
    "e to the power of the number."
  ) { x in x.dtype.isComplex ? ComplexFunctions.exponential(x) : x.call(.exp) }

  static let exp2 = unary(
    "exp2", .same(.inexact, inputs: 1), domain: .ranges([-20...20]),
    tolerance: Tolerance(real: 1, complex: 32),
    gradient: .unary { g, _, y in g * y * Constant.ln2 },
    "2 to the power of the number."
  ) { x in x.dtype.isComplex ? ComplexFunctions.exponential2(x) : x.call(.exp2) }

  static let expm1 = unary(
    "expm1", .same(.inexact, inputs: 1), domain: .ranges([-10...10]),
    tolerance: Tolerance(real: 1, complex: 4),
    gradient: .unary { g, _, y in g * (y + 1) },
    "exp(x) - 1, exact near 0 too."
  ) { x in x.dtype.isComplex ? ComplexFunctions.exponentialMinus1(x) : x.call(.expm1) }

  static let log = unary(
    "log", .same(.inexact, inputs: 1), domain: .ranges([0.001...1000]),
    tolerance: Tolerance(real: 1, complex: 2), poles: .everywhere,
    gradient: .unary { g, x, _ in g / x },
    "The natural logarithm."
  ) { x in x.dtype.isComplex ? ComplexFunctions.logarithm(x) : x.call(.log) }

  static let log2 = unary(
    "log2", .same(.inexact, inputs: 1), domain: .ranges([0.001...1000]),
    tolerance: Tolerance(real: 1, complex: 4), poles: .everywhere,
    gradient: .unary { g, x, _ in g / (x * Constant.ln2) },
    "The logarithm to base 2."
  ) { x in
    x.dtype.isComplex ? ComplexFunctions.logarithm(x, base: Constant.ln2) : x.call(.log2)
  }

  static let log10 = unary(
    "log10", .same(.inexact, inputs: 1), domain: .ranges([0.001...1000]),
    tolerance: Tolerance(real: 1, complex: 4), poles: .everywhere,
    gradient: .unary { g, x, _ in g / (x * Constant.ln10) },
    "The logarithm to base 10."
  ) { x in
    x.dtype.isComplex ? ComplexFunctions.logarithm(x, base: Constant.ln10) : x.call(.log10)
  }

  static let log1p = unary(
    "log1p", .same(.inexact, inputs: 1), domain: .ranges([-0.99...1000]),
    tolerance: Tolerance(real: 1, complex: 4), poles: .everywhere,
    gradient: .unary { g, x, _ in g / (x + 1) },
    "log(1 + x), exact near 0 too."
  ) { x in x.dtype.isComplex ? ComplexFunctions.logarithmOf1Plus(x) : x.call(.log1p) }

  static let logaddexp = binary(
    "logaddexp", .same(.floating, inputs: 2), identity: .negativeInfinity,
    domain: .ranges([-30...30, -30...30]), tolerance: 2,
    gradient: .binary { g, a, b, y in (g * share(a, y, .exp), g * share(b, y, .exp)) },
    "log(exp(a) + exp(b)), without overflow on the way."
  ) { a, b in a.call(.logAddExp, b) }

  static let logaddexp2 = binary(
    "logaddexp2", .same(.floating, inputs: 2), identity: .negativeInfinity,
    domain: .ranges([-30...30, -30...30]), tolerance: 2,
    gradient: .binary { g, a, b, y in (g * share(a, y, .exp2), g * share(b, y, .exp2)) },
    "log2(2^a + 2^b), without overflow on the way."
  ) { a, b in a.call(.logAddExp2, b) }

  static let exponential: [ElementwiseOperation] = [
    exp, exp2, expm1, log, log2, log10, log1p, logaddexp, logaddexp2,
  ]

  /// What part of the sum one input makes: 0 where it is minus infinity, whatever the sum.
  private static func share(_ x: Expression, _ y: Expression, _ power: MathFunction) -> Expression {
    let isZero = x == x.literal(-Double.infinity)
    let difference = isZero.select(x.literal(0), x - y)
    return isZero.select(x.literal(0), difference.call(power))
  }
}

/// Numbers that several rows use, correctly rounded.
enum Constant {
  static let ln2 = 0x1.62e42fefa39efp-1
  static let ln10 = 0x1.26bb1bbb55516p+1
  static let log2e = 0x1.71547652b82fep+0
  static let degreesPerRadian = 180 / Double.pi
  static let radiansPerDegree = Double.pi / 180
}
