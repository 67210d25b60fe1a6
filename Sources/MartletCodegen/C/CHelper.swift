import MartletIR

/// Functions and macros that the text of a kernel may need, in the order in which they are written.
///
/// The conversions of half types are integer arithmetic, as `HalfBits` does it, so that every device
/// rounds alike and none needs a half type of its own.
enum CHelper: String, CaseIterable {
  case atomics64Base = "cl_khr_int64_base_atomics"
  case atomics64Extended = "cl_khr_int64_extended_atomics"
  case bits32 = "BITS32"
  case float32 = "FLOAT32"
  case bits64 = "BITS64"
  case float64 = "FLOAT64"
  case float16ToFloat = "f16_to_f32"
  case floatToFloat16 = "f32_to_f16"
  case bfloat16ToFloat = "bf16_to_f32"
  case floatToBFloat16 = "f32_to_bf16"
  case doubleToHalf = "f64_to_half"
  case sumToOdd = "sum_to_odd"
  case floatSumToOdd = "f32_sum_to_odd"
  case sleep = "SLEEP"
  case leadingZeros = "LEADING_ZEROS"
  case integerToOdd = "u64_to_odd"
  case floatToInt32 = "f32_to_i32"
  case floatToInt64 = "f32_to_i64"
  case floatToUInt64 = "f32_to_u64"
  case doubleToInt32 = "f64_to_i32"
  case doubleToInt64 = "f64_to_i64"
  case doubleToUInt64 = "f64_to_u64"

  /// Whether it stands for an extension of OpenCL instead of a function.
  var isExtension: Bool { self == .atomics64Base || self == .atomics64Extended }

  /// Other helpers that its text uses.
  var needs: [CHelper] {
    switch self {
    case .float16ToFloat: [.bits32, .float32]
    case .floatToFloat16, .floatToBFloat16: [.bits32]
    case .bfloat16ToFloat: [.float32]
    case .doubleToHalf: [.bits64]
    case .sumToOdd: [.bits64, .float64]
    case .floatSumToOdd: [.bits32, .float32]
    case .integerToOdd: [.float32, .leadingZeros]
    case .floatToUInt64: [.floatToInt64]
    case .doubleToUInt64: [.doubleToInt64]
    default: []
    }
  }

  /// Types that its text uses, of those that are not always there.
  var types: [DType] {
    switch self {
    case .bits64, .float64, .doubleToHalf, .sumToOdd, .doubleToInt32, .doubleToInt64,
      .doubleToUInt64:
      [.float64]
    default: []
    }
  }

  func text(_ dialect: CDialect) -> String {
    let isOpenCL = dialect == .openCL
    let head = dialect.helperHead
    switch self {
    case .atomics64Base, .atomics64Extended:
      return isOpenCL ? "#pragma OPENCL EXTENSION \(rawValue) : enable\n" : ""
    case .bits32:
      return "#define BITS32(x) \(isOpenCL ? "as_uint" : "__float_as_uint")(x)\n"
    case .float32:
      return "#define FLOAT32(x) \(isOpenCL ? "as_float" : "__uint_as_float")(x)\n"
    case .bits64:
      return "#define BITS64(x) \(isOpenCL ? "as_ulong(x)" : "((u64)__double_as_longlong(x))")\n"
    case .float64:
      return "#define FLOAT64(x) \(isOpenCL ? "as_double(x)" : "__longlong_as_double((i64)(x))")\n"
    case .float16ToFloat: return "\(head) \(Self.float16ToFloatText)\n"
    case .floatToFloat16: return "\(head) \(Self.floatToFloat16Text)\n"
    case .bfloat16ToFloat:
      return "\(head) f32 bf16_to_f32(u16 bits) { return FLOAT32((u32)bits << 16); }\n"
    case .floatToBFloat16: return "\(head) \(Self.floatToBFloat16Text)\n"
    case .doubleToHalf: return "\(head) \(Self.doubleToHalfText)\n"
    case .sumToOdd: return "\(head) \(Self.sumToOdd("sum_to_odd", 64))\n"
    case .floatSumToOdd: return "\(head) \(Self.sumToOdd("f32_sum_to_odd", 32))\n"
    case .sleep:
      return """
        #if __CUDA_ARCH__ >= 700
        #define SLEEP(nanoseconds) __nanosleep(nanoseconds)
        #else
        #define SLEEP(nanoseconds)
        #endif

        """
    case .leadingZeros:
      return "#define LEADING_ZEROS(x) \(isOpenCL ? "(int)clz(x)" : "__clzll((i64)(x))")\n"
    case .integerToOdd: return "\(head) \(Self.integerToOddText)\n"
    case .floatToInt32: return "\(head) \(Self.toInteger("f32", "i32"))\n"
    case .floatToInt64: return "\(head) \(Self.toInteger("f32", "i64"))\n"
    case .floatToUInt64: return "\(head) \(Self.toUnsigned("f32"))\n"
    case .doubleToInt32: return "\(head) \(Self.toInteger("f64", "i32"))\n"
    case .doubleToInt64: return "\(head) \(Self.toInteger("f64", "i64"))\n"
    case .doubleToUInt64: return "\(head) \(Self.toUnsigned("f64"))\n"
    }
  }

  // MARK: - Half types

  private static let float16ToFloatText = """
    f32 f16_to_f32(u16 bits) {
      const u32 sign = (u32)(bits & 0x8000) << 16, magnitude = bits & 0x7fff;
      if (magnitude >= 0x7c00) return FLOAT32(sign | 0x7f800000u | magnitude << 13);
      if (magnitude >= 0x0400) return FLOAT32(sign | ((magnitude << 13) + (112u << 23)));
      return FLOAT32(sign | BITS32((f32)magnitude * 0x1p-24f));
    }
    """

  private static let floatToFloat16Text = """
    u16 f32_to_f16(f32 x) {
      const u32 bits = BITS32(x), sign = bits >> 16 & 0x8000u;
      u32 magnitude = bits & 0x7fffffffu;
      if (magnitude > 0x7f800000u) return (u16)(sign | 0x7e00u);
      if (magnitude >= 0x477ff000u) return (u16)(sign | 0x7c00u);
      if (magnitude < 0x38800000u) {
        const u32 cut = 126u - (magnitude >> 23);
        if (cut > 24u) return (u16)sign;
        magnitude = (magnitude & 0x7fffffu) | 0x800000u;
        return (u16)(sign | (magnitude + ((1u << (cut - 1u)) - 1u) + (magnitude >> cut & 1u)) >> cut);
      }
      magnitude += 0xfffu + (magnitude >> 13 & 1u);
      return (u16)(sign | (magnitude - (112u << 23)) >> 13);
    }
    """

  private static let floatToBFloat16Text = """
    u16 f32_to_bf16(f32 x) {
      const u32 bits = BITS32(x);
      if ((bits & 0x7fffffffu) > 0x7f800000u) return (u16)((bits >> 16 & 0x8000u) | 0x7fc0u);
      return (u16)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
    }
    """

  /// As `HalfBits`: below the normal numbers more bits are cut off, and a carry out of the mantissa
  /// adds one to the exponent.
  private static let doubleToHalfText = """
    u16 f64_to_half(f64 x, int exponent_bits, int mantissa_bits) {
      const u64 bits = BITS64(x), magnitude = bits & 0x7fffffffffffffff;
      const u32 sign = (u32)(bits >> 48) & 0x8000u;
      const u32 infinity = ((1u << exponent_bits) - 1u) << mantissa_bits;
      const int bias = (1 << (exponent_bits - 1)) - 1;
      const int exponent = (int)(magnitude >> 52) - 1023 + bias;
      const int field = exponent > 1 ? exponent : 1;
      const int cut = 52 - mantissa_bits + field - exponent;
      const u64 one = 1;
      if (magnitude > 0x7ff0000000000000) return (u16)(sign | infinity | 1u << (mantissa_bits - 1));
      if (exponent > 2 * bias) return (u16)(sign | infinity);
      if (cut > 53) return (u16)sign;
      const u64 significand = (magnitude & 0xfffffffffffff) | 0x10000000000000;
      const u64 kept = significand >> cut, rest = significand & ((one << cut) - 1);
      const u64 tie = one << (cut - 1);
      const u32 up = rest > tie || (rest == tie && (kept & 1) != 0) ? 1u : 0u;
      return (u16)(sign | (((u32)(field - 1) << mantissa_bits) + (u32)kept + up));
    }
    """

  /// `a + b` cut to a number whose last bit says whether anything was cut off, so that rounding it
  /// to a half type gives what rounding the exact sum would.
  private static func sumToOdd(_ name: String, _ size: Int) -> String {
    let infinity = size == 64 ? "0x7ff0000000000000" : "0x7f800000u"
    let magnitude = size == 64 ? "0x7fffffffffffffff" : "0x7fffffffu"
    return """
      f\(size) \(name)(f\(size) a, f\(size) b) {
        const f\(size) sum = a + b;
        const u\(size) bits = BITS\(size)(sum);
        if ((bits & \(magnitude)) >= \(infinity)) return sum;
        const f\(size) part = sum - a;
        const f\(size) error = (a - (sum - part)) + (b - part);
        if (error == 0 || (bits & 1) != 0) return sum;
        return FLOAT\(size)((BITS\(size)(error) ^ bits) >> \(size - 1) == 0 ? bits + 1 : bits - 1);
      }
      """
  }

  /// An integer cut to a float whose last bit says whether anything was cut off, for rounding to a
  /// half type. Above 53 bits it is rounded as a double would round it before, so that devices with
  /// and without doubles agree.
  private static let integerToOddText = """
    f32 u64_to_odd(u64 kept) {
      const u64 one = 1;
      u32 scale = 127;
      if (kept >> 53 != 0) {
        const int cut = 11 - LEADING_ZEROS(kept);
        const u64 rest = kept & ((one << cut) - 1), tie = one << (cut - 1);
        kept >>= cut;
        kept += rest > tie || (rest == tie && (kept & 1) != 0) ? 1 : 0;
        scale += (u32)cut;
      }
      if (kept >> 24 != 0) {
        const int cut = 40 - LEADING_ZEROS(kept);
        const u64 rest = kept & ((one << cut) - 1);
        kept = kept >> cut | (rest != 0 ? 1 : 0);
        scale += (u32)cut;
      }
      return (f32)kept * FLOAT32(scale << 23);
    }
    """

  // MARK: - Integers

  /// The integer part where it fits, else the smallest integer, as `Scalar.converted` defines.
  private static func toInteger(_ source: String, _ target: String) -> String {
    let suffix = source == "f32" ? "f" : ""
    let limit = (target == "i32" ? "0x1p31" : "0x1p63") + suffix
    let smallest = target == "i32" ? "(i32)0x80000000u" : "(i64)0x8000000000000000"
    return """
      \(target) \(source)_to_\(target)(\(source) x) {
        return x >= -\(limit) && x < \(limit) ? (\(target))x : \(smallest);
      }
      """
  }

  /// The upper half of the range is converted 2^63 lower, then its highest bit is set.
  private static func toUnsigned(_ source: String) -> String {
    let limit = source == "f32" ? "0x1p63f" : "0x1p63"
    return """
      u64 \(source)_to_u64(\(source) x) {
        if (x >= \(limit)) return (u64)\(source)_to_i64(x - \(limit)) ^ 0x8000000000000000;
        return (u64)\(source)_to_i64(x);
      }
      """
  }
}
