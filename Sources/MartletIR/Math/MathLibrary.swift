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
    KernelRewriter.rewrite(kernel) { instruction, _, builder in
      guard case .call(let function, let arguments) = instruction else { return nil }
      return expression(function, arguments.map { Expression(builder: builder, value: $0) })
    }
  }

  /// Writes the body of a function of real floating arguments, all of one type.
  public static func expression(_ function: MathFunction, _ arguments: [Expression]) -> Expression {
    precondition(
      arguments.count == function.argumentCount,
      "\(function) takes \(function.argumentCount) arguments, not \(arguments.count).")
    let dtype = arguments[0].dtype
    precondition(
      dtype.isFloating && arguments.allSatisfy { $0.dtype == dtype },
      "\(function) is defined for real floating types; a complex one is written out in its parts.")
    let x = arguments[0]
    switch function {
    case .nextAfter: preconditionFailure("\(function) is being written.")
    case .spacing: preconditionFailure("\(function) is being written.")
    default: break
    }
    if dtype.computeType != dtype {
      let wide = arguments.map { $0.cast(to: dtype.computeType) }
      return expression(function, wide).cast(to: dtype)
    }
    return body(function, x, arguments.last!)
  }

  /// `x` is the first argument and `y` the second where there is one.
  private static func body(_ function: MathFunction, _ x: Expression, _ y: Expression) -> Expression {
    switch function {
    case .exp: Exponential.exp(x)
    case .exp2: Exponential.exp2(x)
    case .expm1: Exponential.expm1(x)
    case .log: Logarithm.log(x)
    case .log2: Logarithm.log2(x)
    case .log10: Logarithm.log10(x)
    case .log1p: Logarithm.log1p(x)
    case .sin: Trigonometric.sin(x)
    case .cos: Trigonometric.cos(x)
    case .tan: Trigonometric.tan(x)
    case .asin: preconditionFailure("\(function) is being written.")
    case .acos: preconditionFailure("\(function) is being written.")
    case .atan: preconditionFailure("\(function) is being written.")
    case .sinh: preconditionFailure("\(function) is being written.")
    case .cosh: preconditionFailure("\(function) is being written.")
    case .tanh: Hyperbolic.tanh(x)
    case .asinh: preconditionFailure("\(function) is being written.")
    case .acosh: preconditionFailure("\(function) is being written.")
    case .atanh: preconditionFailure("\(function) is being written.")
    case .cbrt: preconditionFailure("\(function) is being written.")
    case .pow: Power.power(x, y)
    case .atan2: preconditionFailure("\(function) is being written.")
    case .hypot: preconditionFailure("\(function) is being written.")
    case .fmod: preconditionFailure("\(function) is being written.")
    case .logAddExp: Logarithm.logAddExp(x, y)
    case .logAddExp2: Logarithm.logAddExp2(x, y)
    case .nextAfter: preconditionFailure("\(function) is being written.")
    case .spacing: preconditionFailure("\(function) is being written.")
    case .scaleB: preconditionFailure("\(function) is being written.")
    case .frexpMantissa: preconditionFailure("\(function) is being written.")
    case .frexpExponent: preconditionFailure("\(function) is being written.")
    }
  }
}
