import MartletIR

/// How the elements of an array are written so that they line up, as NumPy writes them.
enum ElementFormat {
  case truth(width: Int)
  case integer(width: Int)
  case floating(FloatingFormat)
  case complex(FloatingFormat, FloatingFormat)

  /// The format for these elements, which are all that will be written.
  init(_ elements: [Scalar], _ dtype: DType, isScalar: Bool) {
    if dtype == .bool {
      self = .truth(width: isScalar ? 0 : 5)
    } else if dtype.isInteger {
      self = .integer(width: elements.map { ElementFormat.text($0).utf8.count }.max() ?? 0)
    } else if dtype.isComplex {
      self = .complex(
        FloatingFormat(elements.map(\.realPart), alwaysSigned: false),
        FloatingFormat(elements.map(\.imaginaryPart), alwaysSigned: true))
    } else {
      self = .floating(FloatingFormat(elements, alwaysSigned: false))
    }
  }

  func callAsFunction(_ element: Scalar) -> String {
    switch self {
    case .truth(let width):
      return ElementFormat.text(element).padded(to: element.low == 0 ? 0 : width)
    case .integer(let width): return ElementFormat.text(element).padded(to: width)
    case .floating(let format): return format(element)
    case .complex(let real, let imaginary):
      // The j goes before the blanks that the imaginary part ends with.
      let text = imaginary(element.imaginaryPart)
      let blanks = text.utf8.reversed().prefix { $0 == UInt8(ascii: " ") }.count
      return real(element.realPart) + text.dropLast(blanks) + "j"
        + String(repeating: " ", count: blanks)
    }
  }

  /// One number on its own, as `str` writes a NumPy scalar.
  static func text(_ element: Scalar) -> String {
    switch element.dtype {
    case .bool: return element.low == 0 ? "False" : "True"
    case .uint64: return String(element.low)
    case let integer where integer.isInteger: return String(element.asInt64)
    case let complex where complex.isComplex:
      let (real, imaginary) = (element.realPart, element.imaginaryPart)
      let second = text(real: imaginary, wholeEnding: "")
      if real.asDouble == 0, real.asDouble.sign == .plus { return second + "j" }
      let sign = imaginary.asDouble.isNaN || imaginary.asDouble.sign == .plus ? "+" : ""
      return "(" + text(real: real, wholeEnding: "") + sign + second + "j)"
    default: return text(real: element, wholeEnding: ".0")
    }
  }

  private static func text(real element: Scalar, wholeEnding: String) -> String {
    let value = element.asDouble
    guard value.isFinite else { return notFinite(value, alwaysSigned: false) }
    let digits = DecimalDigits(element)
    let sign = value.sign == .minus ? "-" : ""
    let largest: Double =
      switch element.dtype {
      case .float16: 1e3
      case .float32: 1e6
      default: 1e16
      }
    if value == 0 || (value.magnitude >= 1e-4 && value.magnitude < largest) {
      let fraction = digits.fractionText
      return sign + digits.wholeText + (fraction.isEmpty ? wholeEnding : "." + fraction)
    }
    let parts = digits.scientificParts(minimumFraction: 0, exponentDigits: 2)
    return sign + parts.whole + (parts.fraction.isEmpty ? "" : "." + parts.fraction) + "e"
      + parts.exponent
  }

  static func notFinite(_ value: Double, alwaysSigned: Bool) -> String {
    let plus = alwaysSigned ? "+" : ""
    if value.isNaN { return plus + "nan" }
    return (value < 0 ? "-" : plus) + "inf"
  }
}

/// NumPy's format for floating-point numbers: 8 digits behind the point at most, all points in one
/// column, and powers of ten where the numbers are large, small, or far apart.
struct FloatingFormat {
  private static let precision = 8

  private let alwaysSigned: Bool
  private var isScientific = false
  private var leftWidth = 0
  private var rightWidth = 0
  private var fractionDigits = 0
  private var exponentDigits = 2

  init(_ elements: [Scalar], alwaysSigned: Bool) {
    self.alwaysSigned = alwaysSigned
    let finite = elements.filter { $0.asDouble.isFinite }
    let magnitudes = finite.map { $0.asDouble.magnitude }.filter { $0 > 0 }
    if let largest = magnitudes.max(), let smallest = magnitudes.min(),
      let dtype = elements.first?.dtype
    {
      isScientific = Self.needsPowers(smallest, largest, dtype)
    }
    if isScientific {
      let parts = finite.map { scalar in
        rounded(scalar).scientificParts(minimumFraction: 0, exponentDigits: 2)
      }
      fractionDigits = parts.map { $0.fraction.utf8.count }.max() ?? 0
      exponentDigits = (parts.map { $0.exponent.utf8.count }.max() ?? 3) - 1
      leftWidth = zip(finite, parts).map { sign($0).utf8.count + $1.whole.utf8.count }.max() ?? 0
      rightWidth = exponentDigits + 2 + fractionDigits
    } else {
      let digits = finite.map { rounded($0) }
      leftWidth =
        zip(finite, digits).map { sign($0).utf8.count + $1.wholeText.utf8.count }.max() ?? 0
      rightWidth = digits.map { $0.fractionText.utf8.count }.max() ?? 0
    }
    if finite.count < elements.count {
      let signed = alwaysSigned || elements.contains { $0.asDouble == -.infinity }
      leftWidth = max(leftWidth, 3 - rightWidth - 1, 3 + (signed ? 1 : 0) - rightWidth - 1)
    }
  }

  private static func needsPowers(_ smallest: Double, _ largest: Double, _ dtype: DType) -> Bool {
    // The comparisons are made in the numbers' own type.
    switch dtype {
    case .float16:
      let quotient = HalfBits.float(float16: HalfBits.float16(largest / smallest))
      let limit = HalfBits.float(float16: HalfBits.float16(1e-4))
      return largest >= 1e3 || smallest < limit || quotient > 1000
    case .float32:
      return largest >= 1e6 || Float(smallest) < Float(1e-4)
        || Float(largest) / Float(smallest) > 1000
    default:
      return largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000
    }
  }

  private func rounded(_ scalar: Scalar) -> DecimalDigits {
    let digits = DecimalDigits(scalar)
    return isScientific
      ? digits.rounded(toCount: Self.precision + 1) : digits.rounded(toFraction: Self.precision)
  }

  private func sign(_ scalar: Scalar) -> String {
    scalar.asDouble.sign == .minus ? "-" : alwaysSigned ? "+" : ""
  }

  func callAsFunction(_ element: Scalar) -> String {
    let value = element.asDouble
    guard value.isFinite else {
      return ElementFormat.notFinite(value, alwaysSigned: alwaysSigned).padded(
        to: leftWidth + rightWidth + 1)
    }
    if isScientific {
      let digits = DecimalDigits(element).extended(toCount: fractionDigits + 1)
      let parts = digits.scientificParts(
        minimumFraction: fractionDigits, exponentDigits: exponentDigits)
      return (sign(element) + parts.whole).padded(to: leftWidth) + "." + parts.fraction + "e"
        + parts.exponent
    }
    let digits = rounded(element)
    let fraction = digits.fractionText
    return (sign(element) + digits.wholeText).padded(to: leftWidth) + "." + fraction
      + String(repeating: " ", count: max(0, rightWidth - fraction.utf8.count))
  }
}

extension String {
  /// With blanks in front, at least this long.
  fileprivate func padded(to width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - utf8.count)) + self
  }
}

extension Scalar {
  fileprivate var realPart: Scalar { Scalar(dtype: dtype.realType, low: low) }
  fileprivate var imaginaryPart: Scalar { Scalar(dtype: dtype.realType, low: high) }
}
