/// The numbers exp(-2πik/n), each part rounded to the nearest `Double` (but for a tie that 31 digits
/// don't decide).
///
/// Two tables of about √n numbers in twice the precision, whose products are the roots: so a table
/// of all of them costs a few multiplications each, and no error adds up.
struct RootsOfUnity {
  private typealias Wide = (real: WideDouble, imaginary: WideDouble)

  let count: Int
  /// `fine[i]` is the root of i, `coarse[i]` that of `i * fine.count`.
  private let fine: [Wide]
  private let coarse: [Wide]

  init(_ count: Int) {
    self.count = count
    let step = max(1, Int(Double(count).squareRoot()))
    fine = (0..<step).map { Self.root($0, of: count) }
    coarse = (0...(count - 1) / step).map { Self.root($0 * step, of: count) }
  }

  /// exp(-2πik/n) for k in 0 ..< n.
  subscript(k: Int) -> (real: Double, imaginary: Double) {
    let (a, b) = (coarse[k / fine.count], fine[k % fine.count])
    let real = a.real * b.real - a.imaginary * b.imaginary
    let imaginary = a.real * b.imaginary + a.imaginary * b.real
    return (real.high, imaginary.high)
  }

  /// By the series of sine and cosine, after the whole quarters of a turn.
  private static func root(_ k: Int, of count: Int) -> Wide {
    let quarter = (4 * k + count / 2) / count
    let rest = 4 * k - quarter * count  // |rest / count| <= 1/2
    let angle = WideDouble(Double(rest)) / WideDouble(Double(count)) * WideDouble.halfPi
    let square = angle * angle
    var cosine = WideDouble(0)
    var sine = WideDouble(0)
    for i in stride(from: WideDouble.inverseFactorials.count - 2, through: 0, by: -2) {
      cosine = WideDouble.inverseFactorials[i] - square * cosine
      sine = WideDouble.inverseFactorials[i + 1] - square * sine
    }
    sine = angle * sine
    switch quarter % 4 {
    case 0: return (cosine, -sine)
    case 1: return (-sine, -cosine)
    case 2: return (-cosine, sine)
    default: return (sine, cosine)
    }
  }
}

/// A number as the sum of two that don't overlap: some 31 digits. (T. J. Dekker, A floating-point
/// technique for extending the available precision, 1971.)
struct WideDouble {
  var high: Double
  var low: Double

  init(_ number: Double) { (high, low) = (number, 0) }

  /// The sum, where `high` is the larger.
  init(high: Double, low: Double) {
    let sum = high + low
    self.low = low - (sum - high)
    self.high = sum
  }

  static let halfPi = WideDouble(high: 0x1.921fb54442d18p0, low: 0x1.1a62633145c07p-54)

  /// 1/k! as far as the series of angles up to π/4 need them.
  static let inverseFactorials: [WideDouble] = {
    var result = [WideDouble(1)]
    for k in 1..<30 { result.append(result[k - 1] / WideDouble(Double(k))) }
    return result
  }()

  static prefix func - (a: WideDouble) -> WideDouble {
    WideDouble(high: -a.high, low: -a.low)
  }

  static func + (a: WideDouble, b: WideDouble) -> WideDouble {
    let sum = a.high + b.high
    let part = sum - a.high
    let error = (a.high - (sum - part)) + (b.high - part)
    return WideDouble(high: sum, low: error + a.low + b.low)
  }

  static func - (a: WideDouble, b: WideDouble) -> WideDouble { a + -b }

  static func * (a: WideDouble, b: WideDouble) -> WideDouble {
    let product = a.high * b.high
    let error = (-product).addingProduct(a.high, b.high)
    return WideDouble(high: product, low: error + (a.high * b.low + a.low * b.high))
  }

  static func / (a: WideDouble, b: WideDouble) -> WideDouble {
    let first = a.high / b.high
    let rest = a - b * WideDouble(first)
    return WideDouble(high: first, low: (rest.high + rest.low) / b.high)
  }
}
