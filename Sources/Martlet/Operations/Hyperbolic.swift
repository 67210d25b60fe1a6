import MartletIR

/// Hyperbolic functions and their inverses.
extension ElementwiseOperation {
  static let sinh = unary(
    "sinh", .same(.inexact, inputs: 1), domain: .ranges([-10...10]),
    tolerance: Tolerance(real: 1, complex: 4),
    gradient: .unary { g, x, _ in g * x.call(.cosh) },
    "The hyperbolic sine."
  ) { x in x.dtype.isComplex ? ComplexFunctions.hyperbolicSine(x) : x.call(.sinh) }

  static let cosh = unary(
    "cosh", .same(.inexact, inputs: 1), domain: .ranges([-10...10]),
    tolerance: Tolerance(real: 1, complex: 4),
    gradient: .unary { g, x, _ in g * x.call(.sinh) },
    "The hyperbolic cosine."
  ) { x in x.dtype.isComplex ? ComplexFunctions.hyperbolicCosine(x) : x.call(.cosh) }

  static let tanh = unary(
    "tanh", .same(.inexact, inputs: 1), domain: .ranges([-10...10]),
    tolerance: Tolerance(real: 1, complex: 8),
    gradient: .unary { g, _, y in g * ((1 - y) * (1 + y)) },
    "The hyperbolic tangent."
  ) { x in x.dtype.isComplex ? ComplexFunctions.hyperbolicTangent(x) : x.call(.tanh) }

  static let arcsinh = unary(
    "arcsinh", .same(.inexact, inputs: 1), domain: .all,
    tolerance: Tolerance(real: 1, complex: 8),
    gradient: .unary { g, x, _ in g / x.call(.hypot, x.literal(1)) },
    "The number with this hyperbolic sine."
  ) { x in x.dtype.isComplex ? ComplexFunctions.areaSine(x) : x.call(.asinh) }

  static let arccosh = unary(
    "arccosh", .same(.inexact, inputs: 1), domain: .ranges([1.01...1000]),
    tolerance: Tolerance(real: 1, complex: 8),
    gradient: .unary { g, x, _ in g / ((x - 1).squareRoot * (x + 1).squareRoot) },
    "The number that isn't negative with this hyperbolic cosine."
  ) { x in x.dtype.isComplex ? ComplexFunctions.areaCosine(x) : x.call(.acosh) }

  static let arctanh = unary(
    "arctanh", .same(.inexact, inputs: 1), domain: .ranges([-0.99...0.99]),
    tolerance: Tolerance(real: 1, complex: 8), poles: .everywhere,
    gradient: .unary { g, x, _ in g / ((1 - x) * (1 + x)) },
    "The number with this hyperbolic tangent."
  ) { x in x.dtype.isComplex ? ComplexFunctions.areaTangent(x) : x.call(.atanh) }

  static let hyperbolic: [ElementwiseOperation] = [
    sinh, cosh, tanh, arcsinh, arccosh, arctanh,
  ]
}
