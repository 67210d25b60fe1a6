import MartletIR

/// A finite number in decimal: `d.ddd… × 10^exponent`, with the fewest digits that tell it from
/// every other number of its type, or rounded from there.
struct DecimalDigits {
  private(set) var isNegative: Bool
  /// At least one; the first is 0 for zero alone.
  private(set) var digits: [UInt8]
  private(set) var exponent: Int
  /// The number itself, which decides where the digits lie halfway.
  private let value: Double

  /// The shortest digits of a floating-point number.
  init(_ scalar: Scalar) {
    let value = scalar.asDouble
    let text: String
    switch scalar.dtype {
    case .float32: text = Float(bitPattern: UInt32(truncatingIfNeeded: scalar.low)).description
    // For halves Swift writes whole numbers in full.
    case .float16: text = Self.shortest(value) { HalfBits.float16($0) }
    case .bfloat16: text = Self.shortest(value) { HalfBits.bfloat16($0) }
    default: text = value.description
    }
    self.init(value, text)
  }

  private init(_ value: Double, _ text: String) {
    self.value = value
    isNegative = value.sign == .minus
    digits = []
    var point: Int?
    var power = 0
    for (i, character) in text.utf8.enumerated() {
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(character - UInt8(ascii: "0"))
      case UInt8(ascii: "."): point = digits.count
      case UInt8(ascii: "e"): power = Int(text.utf8.dropFirst(i + 1).integer)
      default: break
      }
      if character == UInt8(ascii: "e") { break }
    }
    exponent = (point ?? digits.count) - 1 + power
    let zeros = digits.prefix { $0 == 0 }.count
    digits.removeFirst(zeros)
    exponent -= zeros
    while digits.last == 0 { digits.removeLast() }
    if digits.isEmpty {
      digits = [0]
      exponent = 0
    }
  }

  /// The fewest digits that still round to this half-precision number.
  private static func shortest(_ value: Double, _ bits: (Double) -> UInt16) -> String {
    guard value.isFinite else { return value.description }
    let exact = DecimalDigits(value, value.description)
    for count in 1...exact.digits.count {
      let text = exact.rounded(toCount: count).scientific
      if let near = Double(text), bits(near) == bits(value) { return text }
    }
    return value.description
  }

  // MARK: - Rounding

  /// At most `count` digits behind the point.
  func rounded(toFraction count: Int) -> DecimalDigits { rounded(toCount: exponent + 1 + count) }

  /// `count` digits: the number's own where the shortest are fewer.
  func extended(toCount count: Int) -> DecimalDigits {
    guard digits.count < count, digits != [0] else { return rounded(toCount: count) }
    return DecimalDigits(value, value.description).rounded(toCount: count)
  }

  /// At most `count` digits, to the nearest; ties go to the even digit.
  func rounded(toCount count: Int) -> DecimalDigits {
    guard count < digits.count else { return self }
    var result = self
    result.digits = Array(digits.prefix(max(count, 0)))
    guard count >= 0 else {
      result.digits = [0]
      result.exponent = 0
      return result
    }
    if roundsUp(at: count) {
      var i = count - 1
      while i >= 0, result.digits[i] == 9 {
        result.digits[i] = 0
        i -= 1
      }
      if i >= 0 {
        result.digits[i] += 1
      } else {
        result.digits.insert(1, at: 0)
        result.exponent += 1
      }
    }
    while result.digits.count > 1, result.digits.last == 0 { result.digits.removeLast() }
    if result.digits.isEmpty || result.digits == [0] {
      result.digits = [0]
      result.exponent = 0
    }
    return result
  }

  private func roundsUp(at count: Int) -> Bool {
    if digits[count] != 5 || count + 1 < digits.count { return digits[count] >= 5 }
    // The digits lie halfway, but the number may not.
    switch comparedWithDigits {
    case 0: return count > 0 && digits[count - 1] % 2 == 1
    case let order: return order > 0
    }
  }

  /// -1, 0 or 1: how the number's magnitude compares with what the digits say.
  private var comparedWithDigits: Int {
    var number = Magnitude(value.significandBitPattern | (value.isNormal ? 1 << 52 : 0))
    var decimal = Magnitude(digits.reduce(0) { $0 * 10 + UInt64($1) })
    let binary = (value.isNormal ? Int(value.exponent) : -1022) - 52
    let tens = exponent - (digits.count - 1)
    number.multiply(by: 2, times: max(binary, 0))
    decimal.multiply(by: 2, times: max(-binary, 0))
    number.multiply(by: 10, times: max(-tens, 0))
    decimal.multiply(by: 10, times: max(tens, 0))
    return number.compared(with: decimal)
  }

  // MARK: - Text

  /// The digits before the point, at least one, without a sign.
  var wholeText: String {
    guard exponent >= 0 else { return "0" }
    return text((0...exponent).map { $0 < digits.count ? digits[$0] : 0 })
  }

  /// The digits behind the point, maybe none.
  var fractionText: String {
    if exponent < 0 {
      return digits == [0]
        ? "" : text(Array(repeating: 0, count: -exponent - 1) + digits)
    }
    return text(Array(digits.dropFirst(exponent + 1)))
  }

  /// The parts of scientific notation: `d`, `ddd`, `+xx`.
  func scientificParts(
    minimumFraction: Int, exponentDigits: Int
  ) -> (whole: String, fraction: String, exponent: String) {
    let fraction = Array(digits.dropFirst())
    let zeros = [UInt8](repeating: 0, count: max(0, minimumFraction - fraction.count))
    var power = String(abs(exponent))
    power = String(repeating: "0", count: max(0, exponentDigits - power.utf8.count)) + power
    return (text([digits[0]]), text(fraction + zeros), (exponent < 0 ? "-" : "+") + power)
  }

  private var scientific: String {
    let parts = scientificParts(minimumFraction: 1, exponentDigits: 1)
    return (isNegative ? "-" : "") + "\(parts.whole).\(parts.fraction)e\(parts.exponent)"
  }

  private func text(_ digits: [UInt8]) -> String {
    String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
  }
}

extension Sequence<UInt8> {
  /// A decimal integer with a sign.
  fileprivate var integer: Int {
    var result = 0
    var isNegative = false
    for character in self {
      if character == UInt8(ascii: "-") { isNegative = true }
      if character >= UInt8(ascii: "0"), character <= UInt8(ascii: "9") {
        result = result * 10 + Int(character - UInt8(ascii: "0"))
      }
    }
    return isNegative ? -result : result
  }
}

/// A natural number of any size.
private struct Magnitude {
  /// The lowest first; the last is not 0.
  var limbs: [UInt32]

  init(_ value: UInt64) {
    limbs = [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)]
    trim()
  }

  private mutating func trim() {
    while limbs.last == 0 { limbs.removeLast() }
  }

  mutating func multiply(by factor: UInt32, times count: Int) {
    for _ in 0..<count {
      var carry: UInt64 = 0
      for i in limbs.indices {
        carry += UInt64(limbs[i]) * UInt64(factor)
        limbs[i] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      if carry > 0 { limbs.append(UInt32(carry)) }
    }
  }

  func compared(with other: Magnitude) -> Int {
    if limbs.count != other.limbs.count { return limbs.count < other.limbs.count ? -1 : 1 }
    for (a, b) in zip(limbs.reversed(), other.limbs.reversed()) where a != b {
      return a < b ? -1 : 1
    }
    return 0
  }
}
