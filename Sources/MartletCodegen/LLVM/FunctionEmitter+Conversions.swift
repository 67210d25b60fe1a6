import MartletIR

/// Casts, as `Scalar.converted` defines them, and the half types.
extension FunctionEmitter {
  func convert(
    _ value: Operand, from source: DType, to target: DType
  ) throws(MartletError) -> Operand {
    if source == target { return value }
    let isWord = source == .int64 || source == .uint64
    if isWord, target == .int64 || target == .uint64 { return value }
    let lanes = value.lanes
    if source.isComplex {
      let parts = value.parts.map { Operand($0, lanes: lanes) }
      if target.isComplex {
        var converted: [String] = []
        for one in parts {
          converted += try convert(one, from: source.realType, to: target.realType).parts
        }
        return Operand(converted, lanes: lanes)
      }
      let real = try convert(parts[0], from: source.realType, to: target)
      guard target == .bool else { return real }
      let imaginary = try convert(parts[1], from: source.realType, to: target)
      let vector = vectorType("i1", lanes)
      return Operand(
        text.define("or \(vector) \(real.parts[0]), \(imaginary.parts[0])"), lanes: lanes)
    }
    if target.isComplex {
      let real = try convert(value, from: source, to: target.realType)
      return Operand([real.parts[0], zero(target.realType, lanes)], lanes: lanes)
    }
    if vector?.mask == nil, target.isInteger, case .constant(let step) = value.step {
      // An index in a narrow type: adding in it is cheaper and wraps to the same.
      let narrow = target.registerType
      let base = splat(text.define("trunc i64 \(value.parts[0]) to \(narrow)"), narrow, lanes)
      let bits = UInt64.max >> UInt64(64 - target.itemSize * 8)
      let offsets = (0..<lanes).map { String(UInt64(bitPattern: Int64(step &* $0)) & bits) }
      return Operand(
        text.define(
          "add \(vectorType(narrow, lanes)) \(base), \(vectorLiteral(narrow, offsets))"),
        lanes: lanes)
    }
    let x = part(value, source, lanes: lanes)
    if source.isFloating {
      if target == .bool {
        let vector = vectorType(source.registerType, lanes)
        return Operand(text.define("fcmp une \(vector) \(x), \(zero(source, lanes))"), lanes: lanes)
      }
      if target.isFloating { return floatToFloat(x, source, target, lanes) }
      return Operand(floatToInteger(x, source, target, lanes), lanes: lanes)
    }
    if target == .bool {
      let vector = vectorType(source.registerType, lanes)
      return Operand(text.define("icmp ne \(vector) \(x), \(zero(source, lanes))"), lanes: lanes)
    }
    if target.isFloating { return integerToFloat(x, source, target, lanes) }
    return Operand(integerToInteger(x, source, target, lanes), lanes: lanes)
  }

  private func cast(_ name: String, _ x: String, _ from: String, _ to: String, _ lanes: Int)
    -> String
  {
    text.define("\(name) \(vectorType(from, lanes)) \(x) to \(vectorType(to, lanes))")
  }

  private func integerToInteger(
    _ x: String, _ source: DType, _ target: DType, _ lanes: Int
  ) -> String {
    let (from, to) = (source.registerType, target.registerType)
    if from == to { return x }
    if source != .bool, target.itemSize < source.itemSize {
      return cast("trunc", x, from, to, lanes)
    }
    return cast(source.isSigned ? "sext" : "zext", x, from, to, lanes)
  }

  private func integerToFloat(
    _ x: String, _ source: DType, _ target: DType, _ lanes: Int
  ) -> Operand {
    let name = source.isSigned ? "sitofp" : "uitofp"
    let isHalf = target == .float16 || target == .bfloat16
    // A float holds 16 bits exactly; longer integers reach a half type through a double.
    if isHalf, source.itemSize > 2 {
      let wide = cast(name, x, source.registerType, "double", lanes)
      return rounded(roundedToOdd(wide, lanes), target, lanes)
    }
    return rounded(cast(name, x, source.registerType, target.registerType, lanes), target, lanes)
  }

  private func floatToFloat(
    _ x: String, _ source: DType, _ target: DType, _ lanes: Int
  ) -> Operand {
    switch (source, target) {
    case (.float64, .float32): Operand(cast("fptrunc", x, "double", "float", lanes), lanes: lanes)
    case (.float64, _): rounded(roundedToOdd(x, lanes), target, lanes)
    case (_, .float64): Operand(cast("fpext", x, "float", "double", lanes), lanes: lanes)
    default: rounded(x, target, lanes)
    }
  }

  private func floatToInteger(
    _ x: String, _ source: DType, _ target: DType, _ lanes: Int
  ) -> String {
    let float = source.registerType
    let vector = vectorType(float, lanes)
    let mangling = vectorMangling(source.registerMangling, lanes)
    let smallest = "-9223372036854775808"

    /// The integer part where it fits, else the smallest integer (which also is the value of the
    /// only number below whose magnitude doesn't fit). What `fptosi` gives there isn't looked at.
    func truncated(_ x: String, _ integer: String, _ bits: Int) -> String {
      let magnitude = text.call(vector, "llvm.fabs.\(mangling)", [(vector, x)])
      let limit = splatLiteral(float, bound(bits == 64 ? 0x1p63 : 0x1p31), lanes)
      let fits = text.define("fcmp olt \(vector) \(magnitude), \(limit)")
      // Frozen, so that the selection doesn't become the conversion's mask: a number that doesn't fit
      // is to raise "invalid", as in NumPy.
      let whole = text.define(
        "freeze \(vectorType(integer, lanes)) \(cast("fptosi", x, float, integer, lanes))")
      let type = vectorType(integer, lanes)
      let otherwise = splatLiteral(integer, bits == 64 ? smallest : "-2147483648", lanes)
      return text.define(
        "select \(vectorType("i1", lanes)) \(fits), \(type) \(whole), \(type) \(otherwise)")
    }

    func bound(_ value: Double) -> String {
      Self.float(Float(value).bitPattern)
    }

    switch target {
    case .int64: return truncated(x, "i64", 64)
    case .uint32: return cast("trunc", truncated(x, "i64", 64), "i64", "i32", lanes)
    case .uint64:
      // The upper half of the range is converted 2^63 lower, then its highest bit is set.
      let (integers, mask) = (vectorType("i64", lanes), vectorType("i1", lanes))
      let limit = splatLiteral(float, bound(0x1p63), lanes)
      let above = text.define("fcmp oge \(vector) \(x), \(limit)")
      let offset = text.define(
        "select \(mask) \(above), \(vector) \(limit), \(vector) \(zero(source, lanes))")
      let bits = truncated(text.define("fsub \(vector) \(x), \(offset)"), "i64", 64)
      let high = text.define(
        "select \(mask) \(above), \(integers) \(splatLiteral("i64", smallest, lanes)), "
          + "\(integers) \(zero(target, lanes))")
      return text.define("xor \(integers) \(bits), \(high)")
    case .int32: return truncated(x, "i32", 32)
    default: return cast("trunc", truncated(x, "i32", 32), "i32", target.registerType, lanes)
    }
  }

  // MARK: - Bits

  func reinterpret(
    _ value: Operand, from source: DType, to target: DType
  ) throws(MartletError) -> Operand {
    guard source.itemSize == target.itemSize, !source.isComplex, !target.isComplex else {
      throw malformed("\(source) reinterpreted as \(target)")
    }
    let lanes = value.lanes
    let (from, to) = (source.memoryType, target.memoryType)
    let bits = value.packed ?? toMemory(part(value, source, lanes: lanes), source, lanes)
    let same = from == to ? bits : cast("bitcast", bits, from, to, lanes)
    return fromMemory(same, target, lanes)
  }

  /// A slot's bits (or those of a complex number's part) as a value.
  func convertSlot(_ bits: String, _ type: DType) -> String {
    let type = type.realType
    if type == .bool { return text.define("icmp ne i64 \(bits), 0") }
    let size = type.memorySize * 8
    let narrow = size == 64 ? bits : text.define("trunc i64 \(bits) to i\(size)")
    let memory = type.memoryType
    let stored = memory == "i\(size)" ? narrow : cast("bitcast", narrow, "i\(size)", memory, 1)
    return fromMemory(stored, type, 1).parts[0]
  }

  /// What a register holds for an element (or part) that was loaded.
  func fromMemory(_ x: String, _ type: DType, _ lanes: Int) -> Operand {
    switch type {
    case .bool:
      return Operand(
        text.define("icmp ne \(vectorType("i8", lanes)) \(x), \(zero(.int8, lanes))"), lanes: lanes)
    case .float16:
      var result = Operand(halfToFloat(x, lanes), lanes: lanes)
      result.packed = x
      return result
    case .bfloat16:
      let wide = cast("zext", x, "i16", "i32", lanes)
      let shifted = text.define(
        "shl \(vectorType("i32", lanes)) \(wide), \(splatLiteral("i32", "16", lanes))")
      var result = Operand(cast("bitcast", shifted, "i32", "float", lanes), lanes: lanes)
      result.packed = x
      return result
    default: return Operand(x, lanes: lanes)
    }
  }

  /// The reverse of `fromMemory`.
  func toMemory(_ x: String, _ type: DType, _ lanes: Int) -> String {
    switch type {
    case .bool: return cast("zext", x, "i1", "i8", lanes)
    case .float16: return floatToHalf(x, lanes)
    case .bfloat16:
      let bits = cast("bitcast", x, "float", "i32", lanes)
      let shifted = text.define(
        "lshr \(vectorType("i32", lanes)) \(bits), \(splatLiteral("i32", "16", lanes))")
      return cast("trunc", shifted, "i32", "i16", lanes)
    default: return x
    }
  }

  // MARK: - Half types

  /// A result of float arithmetic rounded to its half type; other types' results are theirs.
  /// Rounding twice is harmless after one operation of the kernel language: a float has more than
  /// twice the bits of a half type, and two.
  func rounded(_ x: String, _ type: DType, _ lanes: Int) -> Operand {
    switch type {
    case .float16:
      let half = floatToHalf(x, lanes)
      var result = Operand(halfToFloat(half, lanes), lanes: lanes)
      result.packed = half
      return result
    case .bfloat16:
      let integers = vectorType("i32", lanes)
      func constant(_ value: Int) -> String { splatLiteral("i32", String(value), lanes) }
      let bits = cast("bitcast", x, "float", "i32", lanes)
      let upper = text.define("lshr \(integers) \(bits), \(constant(16))")
      let odd = text.define("and \(integers) \(upper), \(constant(1))")
      let bias = text.define("add \(integers) \(odd), \(constant(0x7fff))")
      let sum = text.define("add \(integers) \(bits), \(bias)")
      let quiet = text.define("or \(integers) \(bits), \(constant(0x40_0000))")
      let isNaN = text.define("fcmp uno \(vectorType("float", lanes)) \(x), \(zero(type, lanes))")
      let chosen = text.define(
        "select \(vectorType("i1", lanes)) \(isNaN), \(integers) \(quiet), \(integers) \(sum)")
      let cut = text.define("and \(integers) \(chosen), \(constant(-65536))")
      return Operand(cast("bitcast", cut, "i32", "float", lanes), lanes: lanes)
    default: return Operand(x, lanes: lanes)
    }
  }

  /// A double as a float whose last bit says whether anything was cut off, so that rounding it
  /// once more gives what rounding the double would.
  func roundedToOdd(_ x: String, _ lanes: Int) -> String {
    let (doubles, integers) = (vectorType("double", lanes), vectorType("i32", lanes))
    let mask = vectorType("i1", lanes)
    let near = cast("fptrunc", x, "double", "float", lanes)
    let back = cast("fpext", near, "float", "double", lanes)
    let mangling = vectorMangling("f64", lanes)
    let bits = cast("bitcast", near, "float", "i32", lanes)
    let isInexact = text.define("fcmp one \(doubles) \(back), \(x)")
    // The magnitudes are compared as bits: a vector ">" raises "invalid" for a NaN.
    func magnitude(_ value: String) -> String {
      let positive = text.call(doubles, "llvm.fabs.\(mangling)", [(doubles, value)])
      return cast("bitcast", positive, "double", "i64", lanes)
    }
    let above = text.define(
      "icmp ugt \(vectorType("i64", lanes)) \(magnitude(back)), \(magnitude(x))")
    let step = cast("sext", above, "i1", "i32", lanes)
    let towardZero = text.define("add \(integers) \(bits), \(step)")
    let sticky = text.define("or \(integers) \(towardZero), \(splatLiteral("i32", "1", lanes))")
    let chosen = text.define(
      "select \(mask) \(isInexact), \(integers) \(sticky), \(integers) \(bits)")
    return cast("bitcast", chosen, "i32", "float", lanes)
  }

  /// `a + b` cut to a double whose last bit says whether anything was cut off.
  func sumRoundedToOdd(_ a: String, _ b: String, _ lanes: Int) -> String {
    let (doubles, integers) = (vectorType("double", lanes), vectorType("i64", lanes))
    let mask = vectorType("i1", lanes)
    func double(_ operation: String, _ x: String, _ y: String) -> String {
      text.define("\(operation) \(doubles) \(x), \(y)")
    }
    func constant(_ value: Int) -> String { splatLiteral("i64", String(value), lanes) }
    let sum = double("fadd", a, b)
    let sumBits = cast("bitcast", sum, "double", "i64", lanes)
    // Infinities are left out of what follows, where they would raise "invalid".
    let magnitude = text.define("and \(integers) \(sumBits), \(constant(.max))")
    let isFinite = text.define(
      "icmp ult \(integers) \(magnitude), \(constant(0x7ff0_0000_0000_0000))")
    let (x, y, s) = (finite(a), finite(b), finite(sum))
    func finite(_ value: String) -> String {
      text.define(
        "select \(mask) \(isFinite), \(doubles) \(value), \(doubles) \(zero(.float64, lanes))")
    }
    let part = double("fsub", s, x)
    let error = double("fadd", double("fsub", x, double("fsub", s, part)), double("fsub", y, part))
    let isInexact = double("fcmp one", error, zero(.float64, lanes))
    let last = text.define("and \(integers) \(sumBits), \(constant(1))")
    let isEven = text.define("icmp eq \(integers) \(last), \(constant(0))")
    let moves = text.define("and \(mask) \(isInexact), \(isEven)")
    // One step up where the error has the sum's sign, else one down.
    let errorBits = cast("bitcast", error, "double", "i64", lanes)
    let signs = text.define("xor \(integers) \(errorBits), \(sumBits)")
    let sign = text.define("ashr \(integers) \(signs), \(constant(63))")
    let step = text.define("or \(integers) \(sign), \(constant(1))")
    let moved = text.define("add \(integers) \(sumBits), \(step)")
    let chosen = text.define(
      "select \(mask) \(moves), \(integers) \(moved), \(integers) \(sumBits)")
    return cast("bitcast", chosen, "i64", "double", lanes)
  }

  private func floatToHalf(_ x: String, _ lanes: Int) -> String {
    guard !target.convertsHalf else {
      return cast("bitcast", cast("fptrunc", x, "float", "half", lanes), "half", "i16", lanes)
    }
    let (floats, integers) = (vectorType("float", lanes), vectorType("i32", lanes))
    let mask = vectorType("i1", lanes)
    func constant(_ value: Int) -> String { splatLiteral("i32", String(value), lanes) }
    func integer(_ operation: String, _ a: String, _ b: Int) -> String {
      text.define("\(operation) \(integers) \(a), \(constant(b))")
    }
    func choose(_ test: String, _ a: String, _ b: String) -> String {
      text.define("select \(mask) \(test), \(integers) \(a), \(integers) \(b)")
    }
    let bits = cast("bitcast", x, "float", "i32", lanes)
    let magnitude = integer("and", bits, 0x7fff_ffff)
    let sign = integer("lshr", text.define("xor \(integers) \(bits), \(magnitude)"), 16)
    // Adding 0.5 puts the last bit of a subnormal half at the last bit of the float.
    let half = splatLiteral("float", Self.float((0.5 as Float).bitPattern), lanes)
    let sum = text.define(
      "fadd \(floats) \(cast("bitcast", magnitude, "i32", "float", lanes)), \(half)")
    let subnormal = integer("sub", cast("bitcast", sum, "float", "i32", lanes), 0x3f00_0000)
    let odd = integer("and", integer("lshr", magnitude, 13), 1)
    let biased = integer("add", magnitude, 0xfff - (112 << 23))
    let normal = integer("lshr", text.define("add \(integers) \(biased), \(odd)"), 13)
    let isSubnormal = integer("icmp ult", magnitude, 0x3880_0000)
    let isLarge = integer("icmp uge", magnitude, 0x4780_0000)
    let isNaN = integer("icmp ugt", magnitude, 0x7f80_0000)
    let finite = choose(isSubnormal, subnormal, normal)
    let special = choose(isNaN, constant(0x7e00), constant(0x7c00))
    let result = text.define("or \(integers) \(choose(isLarge, special, finite)), \(sign)")
    return cast("trunc", result, "i32", "i16", lanes)
  }

  private func halfToFloat(_ x: String, _ lanes: Int) -> String {
    guard !target.convertsHalf else {
      return cast("fpext", cast("bitcast", x, "i16", "half", lanes), "half", "float", lanes)
    }
    let (floats, integers) = (vectorType("float", lanes), vectorType("i32", lanes))
    func integer(_ operation: String, _ a: String, _ b: Int) -> String {
      text.define("\(operation) \(integers) \(a), \(splatLiteral("i32", String(b), lanes))")
    }
    let bits = cast("zext", x, "i16", "i32", lanes)
    let shifted = integer("shl", integer("and", bits, 0x7fff), 13)
    let scale = splatLiteral("float", Self.float((0x1p112 as Float).bitPattern), lanes)
    let scaled = text.define(
      "fmul \(floats) \(cast("bitcast", shifted, "i32", "float", lanes)), \(scale)")
    let finite = cast("bitcast", scaled, "float", "i32", lanes)
    let special = integer("or", shifted, 0x7f80_0000)
    let isSpecial = integer("icmp uge", shifted, 0x0f80_0000)
    let magnitude = text.define(
      "select \(vectorType("i1", lanes)) \(isSpecial), \(integers) \(special), "
        + "\(integers) \(finite)")
    let sign = integer("shl", integer("and", bits, 0x8000), 16)
    let result = text.define("or \(integers) \(magnitude), \(sign)")
    return cast("bitcast", result, "i32", "float", lanes)
  }
}
