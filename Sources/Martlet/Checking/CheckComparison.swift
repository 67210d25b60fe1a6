import Glibc
import MartletIR

/// How far two results are apart, in units in the last place.
package struct CheckComparison: Sendable {
  /// What a unit is.
  package enum Rule: Sendable {
    /// Numbers of the type that lie between; zeros of unlike sign are half a unit apart, and each
    /// part of a complex number counts.
    case exact
    /// The same, but zeros of unlike sign are equal.
    case anyZero
    /// As `anyZero`, and complex numbers by their distance, in units of their magnitude; where a
    /// part is infinite or NaN, the parts depend on the order of operations and are not compared.
    case magnitude
    /// As `magnitude`, but of a number of at least 1: what is computed by way of numbers near 1 is
    /// only exact beside them.
    case besideOne
  }

  /// The largest distance: 0 for the same bits or two NaNs, infinite between a NaN and a number, or
  /// where shapes or dtypes differ.
  var worst = 0.0
  /// Which result it is, and which element in C order.
  var output = 0
  var position = 0
  /// Both results there.
  var pair: (found: Scalar, expected: Scalar)?
  /// Elements that were compared.
  var count = 0
  /// What else than numbers differs.
  var difference: String?

  init(
    _ found: [NDArray], _ expected: [NDArray], _ rule: Rule
  ) throws(MartletError) {
    for (number, (a, b)) in zip(found, expected).enumerated() {
      guard a.dtype == b.dtype, a.shape == b.shape else {
        worst = .infinity
        output = number
        difference =
          a.dtype == b.dtype ? "shape \(a.shape), not \(b.shape)" : "\(a.dtype), not \(b.dtype)"
        return
      }
      try compare(a, b, rule, output: number)
    }
    if found.count != expected.count {
      worst = .infinity
      difference = "\(found.count) results, not \(expected.count)"
    }
  }

  private mutating func compare(
    _ a: NDArray, _ b: NDArray, _ rule: Rule, output number: Int
  ) throws(MartletError) {
    count += a.count
    if a.count == 0 { return }
    let (first, second) = (try a.storage.evaluated(), try b.storage.evaluated())
    let size = a.dtype.itemSize
    if a.layout.isContiguous, b.layout.isContiguous,
      memcmp(first + a.layout.offset * size, second + b.layout.offset * size, a.count * size) == 0
    {
      return
    }
    var (here, there) = (LayoutPlaces(a.layout), LayoutPlaces(b.layout))
    for i in 0..<a.count {
      let x = Scalar(reading: first + here.next() * size, a.dtype)
      let y = Scalar(reading: second + there.next() * size, a.dtype)
      if x == y { continue }
      let distance = Self.distance(x, y, rule)
      if distance > worst {
        (worst, output, position, pair) = (distance, number, i, (x, y))
      }
    }
    withExtendedLifetime((a, b)) {}
  }

  // MARK: Numbers

  static func distance(_ a: Scalar, _ b: Scalar, _ rule: Rule) -> Double {
    if a == b { return 0 }
    guard a.dtype.isInexact else {
      // Integers: how many lie between.
      let (x, y) = (a.asInt64, b.asInt64)
      if a.dtype == .uint64 {
        let (x, y) = (a.low, b.low)
        return Double(x > y ? x - y : y - x)
      }
      let (difference, overflow) = x.subtractingReportingOverflow(y)
      return overflow ? abs(Double(x) - Double(y)) : abs(Double(difference))
    }
    if a.dtype.isComplex {
      switch rule {
      case .exact, .anyZero:
        return zip(a.parts, b.parts).map { distance($0, $1, rule) }.max() ?? 0
      case .magnitude, .besideOne: return complexDistance(a, b, rule)
      }
    }
    let (x, y) = (a.asDouble, b.asDouble)
    if x.isNaN || y.isNaN { return x.isNaN && y.isNaN ? 0 : .infinity }
    if x == 0, y == 0 {
      if case .exact = rule { return 0.5 }
      return 0
    }
    if case .besideOne = rule, x.isFinite, y.isFinite {
      return abs(x - y) / unit(max(abs(y), 1), a.dtype)
    }
    let (p, q) = (order(a), order(b))
    let (difference, overflow) = p.subtractingReportingOverflow(q)
    return overflow ? abs(Double(p) - Double(q)) : abs(Double(difference))
  }

  private static func complexDistance(_ a: Scalar, _ b: Scalar, _ rule: Rule) -> Double {
    let (ar, ai, br, bi) = (a.asDouble, a.imaginary, b.asDouble, b.imaginary)
    guard br.isFinite, bi.isFinite, ar.isFinite, ai.isFinite else {
      let (isFinite, wasFinite) = (ar.isFinite && ai.isFinite, br.isFinite && bi.isFinite)
      return isFinite == wasFinite ? 0 : .infinity
    }
    var magnitude = max(abs(br), abs(bi))
    let whole = hypot(br, bi)
    if whole.isFinite { magnitude = max(magnitude, whole) }
    if case .besideOne = rule { magnitude = max(magnitude, 1) }
    return hypot(ar - br, ai - bi) / unit(magnitude, b.dtype.realType)
  }

  /// The distance of the type's numbers at `magnitude`.
  private static func unit(_ magnitude: Double, _ dtype: DType) -> Double {
    let smallest =
      switch dtype {
      case .float16: -14
      case .float32, .bfloat16: -126
      default: -1022
      }
    let exponent = max(magnitude == 0 ? smallest : Int(magnitude.exponent), smallest)
    return Double(sign: .plus, exponent: exponent - (dtype.mantissaBits - 1), significand: 1)
  }

  /// The number's place among all of its type.
  private static func order(_ number: Scalar) -> Int64 {
    let bits = Int64(number.dtype.itemSize * 8)
    let signed = Int64(bitPattern: number.low << UInt64(64 - bits)) >> (64 - bits)
    return signed < 0 ? (Int64.min >> (64 - bits)) &- signed : signed
  }
}
