import MartletIR

/// Constants, launch numbers, and casts as `Scalar.converted` defines them.
extension CFunction {
  // MARK: Constants

  func constant(_ scalar: Scalar) -> String {
    let real = scalar.dtype.realType
    if scalar.dtype.isComplex {
      return "{\(literal(scalar.low, real)), \(literal(scalar.high, real))}"
    }
    return literal(scalar.low, real)
  }

  private func literal(_ bits: UInt64, _ type: DType) -> String {
    switch type {
    case .bool: return bits != 0 ? "1" : "0"
    case .float16, .bfloat16: return hexadecimal(bits & 0xffff)
    case .float32:
      let value = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
      guard value.isFinite else {
        return "\(use(.float32))(\(hexadecimal(bits & 0xffff_ffff))u)"
      }
      return hexadecimalFloat(Double(value)) + "f"
    case .float64:
      let value = Double(bitPattern: bits)
      guard value.isFinite else { return "\(use(.float64))(\(hexadecimal(bits)))" }
      return hexadecimalFloat(value)
    default:
      let value = Scalar(dtype: type, low: bits).asInt64
      // Above 31 bits a decimal number would need a suffix, and the smallest has no literal.
      if value.magnitude < 0x8000_0000 { return String(value) }
      return "(\(name(type)))\(hexadecimal(bits))"
    }
  }

  private func hexadecimal(_ bits: UInt64) -> String { "0x" + String(bits, radix: 16) }

  /// `-0x1.8p+1`: every double has such a text.
  private func hexadecimalFloat(_ value: Double) -> String {
    let sign = value.sign == .minus ? "-" : ""
    let fraction = value.significandBitPattern
    var digits = String(fraction, radix: 16)
    digits = String(repeating: "0", count: 13 - digits.count) + digits
    while digits.last == "0" { digits.removeLast() }
    let first = value.isNormal ? "1" : "0"
    let exponent = value.isNormal ? Int(value.exponentBitPattern) - 1023 : value == 0 ? 0 : -1022
    return "\(sign)0x\(first)\(digits.isEmpty ? "" : "." + digits)p\(exponent)"
  }

  /// The number of `type` whose bits a slot has.
  func fromSlot(_ number: Int, _ type: DType) -> String {
    let bits = slot(number)
    switch type {
    case .int64: return bits
    case .bool: return "\(bits) != 0"
    case .float32: return "\(use(.float32))((u32)\(bits))"
    case .float64: return "\(use(.float64))(\(bits))"
    default: return "(\(name(type)))\(bits)"
    }
  }

  // MARK: Casts

  func convert(_ a: String, from source: DType, to target: DType) -> String {
    if source == target { return a }
    if source.isHalf {
      let x = wide(a, source)
      return target == .float32 ? x : convert(x, from: .float32, to: target)
    }
    if target == .bool { return "\(a) != 0" }
    if target.isHalf {
      switch source {
      case .float32: return rounded(a, target)
      case .float64: return doubleToHalf(a, target)
      // A float holds 16 bits; of longer integers it keeps what rounding needs, so that no double is
      // needed, which not every device has.
      case _ where source.itemSize <= 2: return rounded("(f32)\(a)", target)
      case .int32, .int64:
        let odd = use(.integerToOdd)
        return rounded("(\(a) < 0 ? -\(odd)(0 - (u64)\(a)) : \(odd)((u64)\(a)))", target)
      default: return rounded("\(use(.integerToOdd))((u64)\(a))", target)
      }
    }
    guard source.isFloating, target.isInteger else { return "(\(name(target)))\(a)" }
    let isDouble = source == .float64
    switch target {
    case .int64, .uint32:
      let whole = "\(use(isDouble ? .doubleToInt64 : .floatToInt64))(\(a))"
      return target == .int64 ? whole : "(u32)\(whole)"
    case .uint64: return "\(use(isDouble ? .doubleToUInt64 : .floatToUInt64))(\(a))"
    default:
      return "(\(name(target)))\(use(isDouble ? .doubleToInt32 : .floatToInt32))(\(a))"
    }
  }

  func reinterpret(_ a: String, from source: DType, to target: DType) -> String {
    if target == .bool, source != .bool { return "\(a) != 0" }
    let bits: String
    switch source {
    case .float32: bits = "\(use(.bits32))(\(a))"
    case .float64: bits = "\(use(.bits64))(\(a))"
    default: bits = a
    }
    switch target {
    case .float32: return "\(use(.float32))((u32)\(bits))"
    case .float64: return "\(use(.float64))((u64)\(bits))"
    default: return "(\(name(target)))\(bits)"
    }
  }
}
