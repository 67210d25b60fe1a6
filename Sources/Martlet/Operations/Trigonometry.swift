import MartletIR

/// Angles: trigonometric functions, their inverses and units.
extension ElementwiseOperation {
  static let sin = unary(
    "sin", .same(.inexact, inputs: 1), domain: .ranges([-10...10]),
    tolerance: Tolerance(real: 1, complex: 4),
    gradient: .unary { g, x, _ in g * x.call(.cos) },
    "The sine of an angle in radians."
  ) { x in x.dtype.isComplex ? ComplexFunctions.sine(x) : x.call(.sin) }

  static let cos = unary(
    "cos", .same(.inexact, inputs: 1), domain: .ranges([-10...10]),
    tolerance: Tolerance(real: 1, complex: 4),
    gradient: .unary { g, x, _ in -(g * x.call(.sin)) },
    "The cosine of an angle in radians."
  ) { x in x.dtype.isComplex ? ComplexFunctions.cosine(x) : x.call(.cos) }

  static let tan = unary(
    "tan", .same(.inexact, inputs: 1), domain: .ranges([-1.5...1.5]),
    tolerance: Tolerance(real: 1, complex: 8),
    gradient: .unary { g, _, y in g * (1 + y * y) },
    "The tangent of an angle in radians."
  ) { x in x.dtype.isComplex ? ComplexFunctions.tangent(x) : x.call(.tan) }

  static let arcsin = unary(
    "arcsin", .same(.inexact, inputs: 1), domain: .ranges([-0.99...0.99]),
    tolerance: Tolerance(real: 1, complex: 8),
    gradient: .unary { g, x, _ in g / ((1 - x) * (1 + x)).squareRoot },
    "The angle in [-pi/2, pi/2] with this sine."
  ) { x in x.dtype.isComplex ? ComplexFunctions.arcsine(x) : x.call(.asin) }

  static let arccos = unary(
    "arccos", .same(.inexact, inputs: 1), domain: .ranges([-0.99...0.99]),
    tolerance: Tolerance(real: 1, complex: 8),
    gradient: .unary { g, x, _ in -(g / ((1 - x) * (1 + x)).squareRoot) },
    "The angle in [0, pi] with this cosine."
  ) { x in x.dtype.isComplex ? ComplexFunctions.arccosine(x) : x.call(.acos) }

  static let arctan = unary(
    "arctan", .same(.inexact, inputs: 1), domain: .all,
    tolerance: Tolerance(real: 1, complex: 8),
    gradient: .unary { g, x, _ in g / (1 + x * x) },
    "The angle in [-pi/2, pi/2] with this tangent."
  ) { x in x.dtype.isComplex ? ComplexFunctions.arctangent(x) : x.call(.atan) }

  static let arctan2 = binary(
    "arctan2", .same(.floating, inputs: 2), identity: .none, domain: .all, tolerance: 1,
    gradient: .binary { g, y, x, _ in
      let scale = g / (x * x + y * y)
      return (scale * x, -(scale * y))
    },
    "The angle of the point (second, first), in [-pi, pi]."
  ) { y, x in y.call(.atan2, x) }

  static let degrees = inDegrees("degrees")
  static let rad2deg = inDegrees("rad2deg")
  static let radians = inRadians("radians")
  static let deg2rad = inRadians("deg2rad")

  static let trigonometry: [ElementwiseOperation] = [
    sin, cos, tan, arcsin, arccos, arctan, arctan2, degrees, rad2deg, radians, deg2rad,
  ]

  private static func inDegrees(_ name: String) -> ElementwiseOperation {
    unary(
      name, .same(.floating, inputs: 1), domain: .all, tolerance: 2,
      gradient: .unary { g, _, _ in g * Constant.degreesPerRadian },
      "An angle in radians, in degrees."
    ) { x in scaled(x, numerator: 180, denominator: Double.pi) }
  }

  private static func inRadians(_ name: String) -> ElementwiseOperation {
    unary(
      name, .same(.floating, inputs: 1), domain: .all, tolerance: 2,
      gradient: .unary { g, _, _ in g * Constant.radiansPerDegree },
      "An angle in degrees, in radians."
    ) { x in scaled(x, numerator: Double.pi, denominator: 180) }
  }
}

/// Times a constant that is divided in the type of the computation, as NumPy's is.
private func scaled(_ x: Expression, numerator: Double, denominator: Double) -> Expression {
  let factor =
    x.dtype == .float64
    ? numerator / denominator : Double(Float(numerator) / Float(denominator))
  return (x.wide * factor).cast(to: x.dtype)
}
