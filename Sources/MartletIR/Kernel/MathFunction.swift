/// The functions of the kernel language beyond IEEE arithmetic. Each has one definition, in
/// `MathLibrary`, from which every device computes the same bits.
public enum MathFunction: String, Sendable, CaseIterable, Hashable {
  case exp, exp2, expm1
  case log, log2, log10, log1p
  case sin, cos, tan
  case asin, acos, atan
  case sinh, cosh, tanh
  case asinh, acosh, atanh
  case cbrt
  case pow, atan2, hypot
  /// C's `fmod`: the sign of the dividend, exact.
  case fmod
  case logAddExp, logAddExp2
  /// `nextafter(x, toward)`.
  case nextAfter
  /// The distance to the next larger magnitude, as `numpy.spacing`.
  case spacing
  /// `ldexp(x, n)`, with `n` in the same floating type.
  case scaleB
  /// The mantissa of `frexp`, in [0.5, 1).
  case frexpMantissa
  /// The exponent of `frexp`, in the same floating type.
  case frexpExponent

  public var argumentCount: Int {
    switch self {
    case .pow, .atan2, .hypot, .fmod, .logAddExp, .logAddExp2, .nextAfter, .scaleB: 2
    default: 1
    }
  }
}
