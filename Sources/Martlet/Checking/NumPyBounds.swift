import MartletIR

/// How near to NumPy's a result must be.
///
/// A row says how far its result may be from the exact one; NumPy's own error comes on top, and in
/// a few places its answer is no measure at all. Each is written here once.
enum NumPyBounds {
  /// NumPy's own error of functions that don't round once, as its tests allow it.
  private static func error(_ dtype: DType) -> Double {
    switch dtype {
    case .float16, .bfloat16: 1
    case .complex64, .complex128: 16
    default: 4
    }
  }

  /// Which of two zeros with unlike signs these give depends on how long NumPy's vectors are.
  private static let anyZero: Set<String> = [
    "maximum", "minimum", "fmax", "fmin", "clip", "max", "min", "maximum.accumulate",
    "minimum.accumulate",
  ]
  /// Computed by way of numbers near 1.
  private static let besideOne: Set<String> = ["logaddexp", "logaddexp2"]
  /// The distance from a mean near 1, where the examples are; NumPy rounds halves at every step.
  private static let moments: Set<String> = ["var", "std"]
  private static let complexBesideOne: Set<String> = ["log1p", "expm1"]
  /// The exponent multiplies the error of NumPy's complex logarithm.
  private static let powers: Set<String> = ["power", "float_power"]
  /// Complex functions of which NumPy's own extremes are wrong: it multiplies the exponent in the
  /// type itself, or adds infinities on the way.
  private static let ordinaryOnly: Set<String> = ["power", "float_power", "exp2", "expm1"]

  /// - Parameters:
  ///   - own: the row's tolerance.
  ///   - oracle: the bound to the device that serves as the oracle.
  static func elementwise(
    _ name: String, _ loop: TypedLoop, own: Double, oracle: Double, isOrdinary: Bool
  ) -> CheckSubject.Bounds {
    let isComplex = (loop.inputs + loop.outputs).contains(where: \.isComplex)
    if own == 0 {
      return .init(oracle: 0, numpy: 0, rule: anyZero.contains(name) ? .anyZero : .exact)
    }
    var bound = own + error(isComplex ? .complex128 : loop.outputs[0])
    var rule = CheckComparison.Rule.magnitude
    if besideOne.contains(name) || (isComplex && complexBesideOne.contains(name)) {
      rule = .besideOne
    }
    if isComplex, ordinaryOnly.contains(name), !isOrdinary {
      return .init(oracle: oracle, numpy: nil)
    }
    if isComplex, powers.contains(name) { bound = own + 16 * error(.complex128) }
    return .init(oracle: oracle, numpy: bound, rule: rule)
  }

  /// Of the elements along an axis: NumPy adds in another order, and down an axis one after another,
  /// so each element may count.
  static func alongAxis(
    _ name: String, own: Double, output: DType, _ example: CheckExample
  ) -> CheckSubject.Bounds {
    if own == 0, output.isComplex {
      // Extremes: which of several NaNs is left depends on the order.
      return .init(oracle: 0, numpy: 0, rule: .magnitude)
    }
    if own == 0 || !output.isInexact {
      return .init(oracle: 0, numpy: 0, rule: anyZero.contains(name) ? .anyZero : .exact)
    }
    if !example.isOrdinary { return .init(oracle: 0, numpy: nil) }
    let length = example.axis.map { example.shape[$0] } ?? example.count
    // A complex product is four products and two sums.
    let perElement = output.isComplex ? 4 * own : own
    return .init(
      oracle: 0, numpy: perElement * Double(max(length, 1)),
      rule: moments.contains(name) ? .besideOne : .magnitude)
  }
}
