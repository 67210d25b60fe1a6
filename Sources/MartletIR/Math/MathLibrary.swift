/// The definitions of `MathFunction`s in the kernel language.
///
/// Each is straight-line code from IEEE arithmetic, fused multiply-adds, integer operations on the
/// bits and selects, so a loop that calls one vectorises and every device computes the same bits.
/// The bodies also raise the floating-point exceptions that NumPy reports (an overflow, a division
/// by zero, an invalid value) and no others: operands are made harmless before an operation that
/// would raise, and comparisons that may see a NaN are made on the bits, because a vector `<`
/// raises "invalid" for one.
///
/// Half types compute in `float32` and round once. `fastmath` must not touch these bodies: they
/// rely on rounding errors being what IEEE says.
public enum MathLibrary {
  /// The kernel with each call replaced by its function's body.
  public static func expand(_ kernel: Kernel) -> Kernel {
    MathExpansion().run(kernel)
  }

  /// Writes the body of a function of real floating arguments, all of one type.
  ///
  /// The code suits every place of a kernel, and so does rare work, if any, for every element:
  /// `expand` does better.
  public static func expression(_ function: MathFunction, _ arguments: [Expression]) -> Expression {
    expression(function, arguments, .inline)
  }

  static func expression(
    _ function: MathFunction, _ arguments: [Expression], _ rareCase: RareCase
  ) -> Expression {
    precondition(
      arguments.count == function.argumentCount,
      "\(function) takes \(function.argumentCount) arguments, not \(arguments.count).")
    let dtype = arguments[0].dtype
    precondition(
      dtype.isFloating && arguments.allSatisfy { $0.dtype == dtype },
      "\(function) is defined for real floating types; a complex one is written out in its parts.")
    let x = arguments[0]
    switch function {
    case .nextAfter: return Representation.nextAfter(x, arguments[1])
    case .spacing: return Representation.spacing(x)
    default: break
    }
    if dtype.computeType != dtype {
      let wide = arguments.map { $0.cast(to: dtype.computeType) }
      return expression(function, wide, rareCase).cast(to: dtype)
    }
    return body(function, x, arguments.last!, rareCase)
  }

  /// Whether a body treats some arguments as a `RareCase`.
  static func hasRareCase(_ function: MathFunction) -> Bool {
    switch function {
    case .sin, .cos, .tan, .fmod: true
    default: false
    }
  }

  /// `x` is the first argument and `y` the second where there is one.
  private static func body(
    _ function: MathFunction, _ x: Expression, _ y: Expression, _ rareCase: RareCase
  ) -> Expression {
    switch function {
    case .exp: Exponential.exp(x)
    case .exp2: Exponential.exp2(x)
    case .expm1: Exponential.expm1(x)
    case .log: Logarithm.log(x)
    case .log2: Logarithm.log2(x)
    case .log10: Logarithm.log10(x)
    case .log1p: Logarithm.log1p(x)
    case .sin: Trigonometric.sin(x, rareCase)
    case .cos: Trigonometric.cos(x, rareCase)
    case .tan: Trigonometric.tan(x, rareCase)
    case .asin: InverseTrigonometric.asin(x)
    case .acos: InverseTrigonometric.acos(x)
    case .atan: InverseTrigonometric.atan(x)
    case .sinh: Hyperbolic.sinh(x)
    case .cosh: Hyperbolic.cosh(x)
    case .tanh: Hyperbolic.tanh(x)
    case .asinh: Hyperbolic.asinh(x)
    case .acosh: Hyperbolic.acosh(x)
    case .atanh: Hyperbolic.atanh(x)
    case .cbrt: Power.cubeRoot(x)
    case .pow: Power.power(x, y)
    case .atan2: InverseTrigonometric.atan2(x, y)
    case .hypot: Power.hypotenuse(x, y)
    case .fmod: Representation.fmod(x, y, rareCase)
    case .logAddExp: Logarithm.logAddExp(x, y)
    case .logAddExp2: Logarithm.logAddExp2(x, y)
    case .nextAfter: Representation.nextAfter(x, y)
    case .spacing: Representation.spacing(x)
    case .scaleB: Representation.scaleB(x, y)
    case .frexpMantissa: Representation.frexpMantissa(x)
    case .frexpExponent: Representation.frexpExponent(x)
    }
  }
}
