/// One number of any dtype, as bits: `low` holds it (or a complex number's real part), `high` a
/// complex number's imaginary part.
@frozen
public struct Scalar: Sendable, Hashable {
  public var dtype: DType
  public var low: UInt64
  public var high: UInt64

  @inlinable
  public init(dtype: DType, low: UInt64, high: UInt64 = 0) {
    self.dtype = dtype
    self.low = low
    self.high = high
  }

  /// A real number rounded to `dtype`; integers must fit, and wrap where they do not.
  public init(_ value: Double, _ dtype: DType) {
    self.init(dtype: dtype, low: 0)
    switch dtype {
    case .bool: low = value != 0 ? 1 : 0
    case .float64: low = value.bitPattern
    case .float32: low = UInt64(Float(value).bitPattern)
    case .float16: low = UInt64(HalfBits.float16(value))
    case .bfloat16: low = UInt64(HalfBits.bfloat16(value))
    case .complex128: low = value.bitPattern
    case .complex64: low = UInt64(Float(value).bitPattern)
    default:
      if let exact = Int64(exactly: value.rounded(.towardZero)) {
        self = Scalar(exact, dtype)
      } else if let exact = UInt64(exactly: value.rounded(.towardZero)) {
        low = exact & Scalar.mask(dtype)
      } else {
        low = 0x8000_0000_0000_0000 & Scalar.mask(dtype)
      }
    }
  }

  /// An integer in `dtype`, wrapped or rounded to it.
  public init(_ value: Int64, _ dtype: DType) {
    switch dtype {
    case .bool: self.init(dtype: dtype, low: value != 0 ? 1 : 0)
    case let integer where integer.isInteger:
      self.init(dtype: dtype, low: UInt64(bitPattern: value) & Scalar.mask(dtype))
    case .float32: self.init(dtype: dtype, low: UInt64(Float(value).bitPattern))
    case .complex64: self.init(dtype: dtype, low: UInt64(Float(value).bitPattern))
    default: self.init(Double(value), dtype)
    }
  }

  public init(real: Double, imaginary: Double, _ dtype: DType) {
    self.init(real, dtype)
    if dtype.isComplex { high = Scalar(imaginary, dtype.realType).low }
  }

  @inlinable
  static func mask(_ dtype: DType) -> UInt64 {
    switch dtype.itemSize {
    case 1: 0xff
    case 2: 0xffff
    case 4: 0xffff_ffff
    default: .max
    }
  }

  /// The value as a signed integer; for `uint64` above the range the wrapped one.
  public var asInt64: Int64 {
    switch dtype {
    case .int8: Int64(Int8(truncatingIfNeeded: low))
    case .int16: Int64(Int16(truncatingIfNeeded: low))
    case .int32: Int64(Int32(truncatingIfNeeded: low))
    case .bool, .uint8, .uint16, .uint32, .int64, .uint64: Int64(bitPattern: low)
    default: Scalar.truncate64(asDouble)
    }
  }

  /// The value (of a complex number the real part) as a `Double`.
  public var asDouble: Double {
    switch dtype {
    case .float64, .complex128: Double(bitPattern: low)
    case .float32, .complex64: Double(Float(bitPattern: UInt32(truncatingIfNeeded: low)))
    case .float16: HalfBits.float(float16: UInt16(truncatingIfNeeded: low))
    case .bfloat16: Double(Float(bitPattern: UInt32(truncatingIfNeeded: low) << 16))
    case .uint64: Double(low)
    default: Double(asInt64)
    }
  }

  public var imaginary: Double {
    dtype.isComplex ? Scalar(dtype: dtype.realType, low: high).asDouble : 0
  }

  public var isZero: Bool { asDouble == 0 && imaginary == 0 && (!dtype.isInteger || low == 0) }

  /// The conversion that `cast` means, for every pair of types.
  ///
  /// Real to integer truncates toward zero. What does not fit gives what x86 gives NumPy: types of
  /// at most 32 bits (but `uint32`) go through `int32`, `uint32` and `int64` through `int64`, and
  /// the intermediate is its smallest value where the number is out of range or NaN. `uint64` above
  /// the signed range converts exactly, and is 0 where the number is too large for it as well.
  public func converted(to target: DType) -> Scalar {
    if target == dtype { return self }
    switch target {
    case .bool: return Scalar(dtype: .bool, low: isZero ? 0 : 1)
    case .complex64, .complex128:
      return Scalar(
        dtype: target, low: realPart.converted(to: target.realType).low,
        high: Scalar(imaginary, target.realType).low)
    case let float where float.isFloating:
      if dtype == .bool || dtype.isInteger {
        if dtype == .uint64 {
          if float == .float32 { return Scalar(dtype: float, low: UInt64(Float(low).bitPattern)) }
          return Scalar(Double(low), float)
        }
        return Scalar(asInt64, float)
      }
      return Scalar(asDouble, float)
    default:
      if dtype == .bool || dtype.isInteger {
        return Scalar(dtype: target, low: UInt64(bitPattern: asInt64) & Scalar.mask(target))
      }
      let value = asDouble
      switch target {
      case .uint64 where value >= 0x1p63:
        // As a processor without unsigned conversions does, so that no other event is raised.
        let lowered = UInt64(bitPattern: Scalar.truncate64(value - 0x1p63))
        return Scalar(dtype: target, low: lowered ^ 0x8000_0000_0000_0000)
      case .int64, .uint64, .uint32:
        return Scalar(
          dtype: target, low: UInt64(bitPattern: Scalar.truncate64(value)) & Scalar.mask(target))
      default:
        let wide: Int32 = value > -2147483649 && value < 2147483648 ? Int32(value) : .min
        return Scalar(
          dtype: target, low: UInt64(bitPattern: Int64(wide)) & Scalar.mask(target))
      }
    }
  }

  private var realPart: Scalar { Scalar(dtype: dtype.realType, low: low) }

  private static func truncate64(_ value: Double) -> Int64 {
    value >= -0x1p63 && value < 0x1p63 ? Int64(value) : .min
  }
}

/// The two half types as bits, in software, so that every platform rounds alike.
public enum HalfBits {
  /// IEEE binary16, ties to even.
  public static func float16(_ value: Double) -> UInt16 {
    encode(value, exponentBits: 5, mantissaBits: 10)
  }

  /// The upper half of a `Float`, ties to even.
  public static func bfloat16(_ value: Double) -> UInt16 {
    encode(value, exponentBits: 8, mantissaBits: 7)
  }

  public static func float(float16 bits: UInt16) -> Double {
    let magnitude = UInt64(bits & 0x7fff) << 42
    // Up to the last exponent the bits differ from a double's by a power of two.
    let value =
      magnitude < 0x7c00 << 42
      ? Double(bitPattern: magnitude) * 0x1p1008
      : Double(bitPattern: magnitude | 0x7ff0_0000_0000_0000)
    return bits & 0x8000 == 0 ? value : -value
  }

  /// Works on the bits, so that no floating-point event is raised.
  private static func encode(_ value: Double, exponentBits: Int, mantissaBits: Int) -> UInt16 {
    let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
    let infinity = UInt16((1 << exponentBits - 1) << mantissaBits)
    if value.isNaN { return sign | infinity | 1 << UInt16(mantissaBits - 1) }
    let bias = 1 << (exponentBits - 1) - 1
    let magnitude = value.bitPattern & 0x7fff_ffff_ffff_ffff
    let exponent = Int(magnitude >> 52) - 1023
    if exponent > bias { return sign | infinity }
    // Below the normal numbers more bits are cut off.
    let field = max(exponent + bias, 1)
    let cut = UInt64(52 - mantissaBits + field - (exponent + bias))
    if cut > 53 { return sign }
    let significand = magnitude & 0xf_ffff_ffff_ffff | 0x10_0000_0000_0000
    var kept = significand >> cut
    let rest = significand & (1 << cut - 1)
    let half: UInt64 = 1 << (cut - 1)
    if rest > half || (rest == half && kept & 1 == 1) { kept += 1 }
    // The hidden bit adds one to the exponent, as does a carry out of the mantissa.
    return sign | UInt16((field - 1) << mantissaBits + Int(kept))
  }
}
