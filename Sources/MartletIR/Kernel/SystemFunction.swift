/// The functions of the system's C library that kernels on the CPU may call by their C names.
///
/// They are for code that must give the bits that other programs of this process get from there,
/// such as a loop of Python's that calls `math.sin`. Everything else uses `MathFunction`, which has
/// one definition for all devices. All are of `double`.
public enum SystemFunction: String, Sendable, CaseIterable, Hashable {
  case exp, expm1
  case log, log2, log10, log1p
  case sin, cos, tan
  case asin, acos, atan
  case sinh, cosh, tanh
  case asinh, acosh, atanh
  case cbrt, erf, erfc
  case pow, atan2, fmod

  public var argumentCount: Int {
    switch self {
    case .pow, .atan2, .fmod: 2
    default: 1
    }
  }
}
