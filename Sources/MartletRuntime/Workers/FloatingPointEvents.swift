import CMartlet

/// The IEEE exceptions that a piece of work raised, with NumPy's numbering.
public struct FloatingPointEvents: OptionSet, Sendable, Hashable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let divideByZero = FloatingPointEvents(rawValue: MARTLET_FP_DIVIDE)
  public static let overflow = FloatingPointEvents(rawValue: MARTLET_FP_OVERFLOW)
  public static let underflow = FloatingPointEvents(rawValue: MARTLET_FP_UNDERFLOW)
  public static let invalid = FloatingPointEvents(rawValue: MARTLET_FP_INVALID)

  /// Those raised on this thread since they were last cleared; clears them.
  package static func takeFromThread() -> FloatingPointEvents {
    FloatingPointEvents(rawValue: martlet_fp_take())
  }

  /// Raises them again on this thread, for who looks there.
  package func raiseOnThread() {
    if !isEmpty { martlet_fp_raise(rawValue) }
  }
}
