import MartletIR

extension FunctionEmitter {
  /// Computes a value of `type`.
  func emit(_ instruction: Instruction, _ type: DType) throws(MartletError) -> Operand {
    switch instruction {
    case .constant(let scalar): return literal(scalar)
    case .slot(let number):
      var parts = [convertSlot(try slot(number), type)]
      if type.isComplex { parts.append(convertSlot(try slot(number + 1), type)) }
      return Operand(parts, lanes: 1)
    case .grid(let index):
      throw .unsupported(
        operation: kernel.name,
        detail: "the grid index \(index.rawValue) in a kernel that the CPU runs by tasks")
    case .read(let variable): return try read(variable)
    case .load(let buffer, let index): return try load(buffer, index)
    case .unary(let operation, let a): return try unary(operation, try operand(a), type)
    case .binary(let operation, let a, let b):
      return try binary(operation, try operand(a), try operand(b), type)
    case .compare(let comparison, let a, let b):
      return try compare(comparison, try operand(a), try operand(b), self.type(a))
    case .select(let condition, let a, let b):
      return select(try operand(condition), try operand(a), try operand(b), type)
    case .fusedMultiplyAdd(let a, let b, let c):
      return try fused([try operand(a), try operand(b), try operand(c)], type)
    case .cast(let a): return try convert(try operand(a), from: self.type(a), to: type)
    case .reinterpret(let a): return try reinterpret(try operand(a), from: self.type(a), to: type)
    case .complex(let real, let imaginary):
      let (a, b) = (try operand(real), try operand(imaginary))
      let lanes = max(a.lanes, b.lanes)
      let part = type.realType
      var result = Operand(
        [self.part(a, part, lanes: lanes), self.part(b, part, lanes: lanes)], lanes: lanes)
      result.isLiteral = lanes == 1 && a.isLiteral && b.isLiteral
      return result
    case .real(let a): return part(of: try operand(a), 0)
    case .imaginary(let a): return part(of: try operand(a), 1)
    case .address(let buffer, let index):
      return Operand(
        [text.define("ptrtoint ptr \(try address(buffer, index)) to i64")], lanes: 1)
    case .call(let function, _):
      throw malformed("it still calls \(function.rawValue); MathLibrary.expand comes first")
    case .system(let function, let arguments):
      var operands: [Operand] = []
      for argument in arguments { operands.append(try operand(argument)) }
      return system(function, operands)
    }
  }

  /// A function of the C library takes one number at a time.
  private func system(_ function: SystemFunction, _ operands: [Operand]) -> Operand {
    let lanes = operands.map(\.lanes).max() ?? 1
    let values = operands.map { part($0, .float64, lanes: lanes) }
    func called(_ arguments: [String]) -> String {
      text.callSystem(function.rawValue, arguments)
    }
    guard lanes > 1 else { return Operand([called(values)], lanes: 1) }
    let vector = vectorType("double", lanes)
    var result = "poison"
    for lane in 0..<lanes {
      let one = called(values.map { text.define("extractelement \(vector) \($0), i64 \(lane)") })
      result = text.define("insertelement \(vector) \(result), double \(one), i64 \(lane)")
    }
    return Operand([result], lanes: lanes)
  }

  private func part(of operand: Operand, _ number: Int) -> Operand {
    Operand(
      operand.parts[min(number, operand.parts.count - 1)], lanes: operand.lanes,
      isLiteral: operand.isLiteral)
  }

  // MARK: Constants

  private func literal(_ scalar: Scalar) -> Operand {
    let real = scalar.dtype.realType
    var parts = [Self.literal(Scalar(dtype: real, low: scalar.low))]
    if scalar.dtype.isComplex { parts.append(Self.literal(Scalar(dtype: real, low: scalar.high))) }
    return Operand(parts, lanes: 1, isLiteral: true)
  }

  private static func literal(_ scalar: Scalar) -> String {
    switch scalar.dtype {
    case .bool: scalar.low != 0 ? "true" : "false"
    case .float64: hexadecimal(scalar.low)
    case .float32: float(UInt32(truncatingIfNeeded: scalar.low))
    case .bfloat16: float(UInt32(truncatingIfNeeded: scalar.low) << 16)
    case .float16:
      float(Float(HalfBits.float(float16: UInt16(truncatingIfNeeded: scalar.low))).bitPattern)
    case .uint64: String(scalar.low)
    default: String(scalar.asInt64)
    }
  }

  private static func hexadecimal(_ bits: UInt64) -> String {
    let digits = String(bits, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// LLVM writes a float as the double of the same value, also a NaN with its payload.
  static func float(_ bits: UInt32) -> String {
    let value = Float(bitPattern: bits)
    guard value.isNaN else { return hexadecimal(Double(value).bitPattern) }
    let sign = UInt64(bits >> 31) << 63
    return hexadecimal(sign | 0x7ff0_0000_0000_0000 | UInt64(bits & 0x7f_ffff) << 29)
  }

  // MARK: Unary

  private func unary(
    _ operation: UnaryOperation, _ a: Operand, _ type: DType
  ) throws(MartletError) -> Operand {
    let lanes = a.lanes
    if operation == .negate, let step = a.step {
      var result = Operand(text.define("sub i64 0, \(a.parts[0])"), lanes: lanes)
      result.step = negated(step)
      return result
    }
    if operation == .negate, type.isComplex {
      let vector = vectorType(type.registerType, lanes)
      return Operand(a.parts.map { text.define("fneg \(vector) \($0)") }, lanes: lanes)
    }
    let value = part(a, type, lanes: lanes)
    let vector = vectorType(type.registerType, lanes)
    let mangling = vectorMangling(type.registerMangling, lanes)
    let isInteger = type.isInteger || type == .bool
    let result: String
    switch operation {
    case .negate where type.isFloating: result = text.define("fneg\(flags) \(vector) \(value)")
    case .negate where type.isInteger:
      result = text.define("sub \(vector) \(zero(type, lanes)), \(value)")
    case .not where isInteger:
      let ones = splatLiteral(type.registerType, type == .bool ? "true" : "-1", lanes)
      result = text.define("xor \(vector) \(value), \(ones)")
    case .absolute where type.isFloating:
      result = text.call(vector, "llvm.fabs.\(mangling)", [(vector, value)])
    case .absolute where type.isSigned:
      result = text.call(vector, "llvm.abs.\(mangling)", [(vector, value), ("i1", "false")])
    case .absolute where isInteger: return a
    case .squareRoot where type.isFloating:
      let root = text.call(vector, "llvm.sqrt.\(mangling)", [(vector, value)], flags)
      return rounded(root, type, lanes)
    case .floor where type.isFloating:
      result = text.call(vector, "llvm.floor.\(mangling)", [(vector, value)])
    case .ceiling where type.isFloating:
      result = text.call(vector, "llvm.ceil.\(mangling)", [(vector, value)])
    case .truncate where type.isFloating:
      result = text.call(vector, "llvm.trunc.\(mangling)", [(vector, value)])
    case .roundEven where type.isFloating:
      result = text.call(vector, "llvm.roundeven.\(mangling)", [(vector, value)])
    case .floor where isInteger, .ceiling where isInteger, .truncate where isInteger,
      .roundEven where isInteger:
      return a
    case .countOnes where type.isInteger:
      result = text.call(vector, "llvm.ctpop.\(mangling)", [(vector, value)])
    case .negate, .not, .absolute, .squareRoot, .floor, .ceiling, .truncate, .roundEven,
      .countOnes:
      throw malformed("\(operation.rawValue) of \(type)")
    }
    return Operand(result, lanes: lanes)
  }

  private func negated(_ step: Step) -> Step {
    switch step {
    case .constant(let number): .constant(0 &- number)
    case .scalar(let name): .scalar(text.define("sub i64 0, \(name)"))
    }
  }

  func zero(_ type: DType, _ lanes: Int) -> String {
    if lanes > 1 { return "zeroinitializer" }
    return type.isInexact ? "0.0" : type == .bool ? "false" : "0"
  }

  // MARK: Binary

  private func binary(
    _ operation: BinaryOperation, _ a: Operand, _ b: Operand, _ type: DType
  ) throws(MartletError) -> Operand {
    if a.step != nil || b.step != nil, let moved = affine(operation, a, b) { return moved }
    let lanes = max(a.lanes, b.lanes)
    if type.isComplex {
      let name = operation == .add ? "fadd" : operation == .subtract ? "fsub" : nil
      guard let name else { throw malformed("\(operation.rawValue) of \(type)") }
      let vector = vectorType(type.registerType, lanes)
      let pairs = zip(parts(a, type, lanes: lanes), parts(b, type, lanes: lanes))
      return Operand(
        pairs.map { text.define("\(name) \(vector) \($0), \($1)") }, lanes: lanes)
    }
    let (x, y) = (part(a, type, lanes: lanes), part(b, type, lanes: lanes))
    let vector = vectorType(type.registerType, lanes)
    if type.isFloating {
      let name: String
      switch operation {
      case .add: name = "fadd"
      case .subtract: name = "fsub"
      case .multiply: name = "fmul"
      case .divide: name = "fdiv"
      case .copySign:
        let mangling = vectorMangling(type.registerMangling, lanes)
        return Operand(
          text.call(vector, "llvm.copysign.\(mangling)", [(vector, x), (vector, y)]), lanes: lanes)
      default: throw malformed("\(operation.rawValue) of \(type)")
      }
      return rounded(text.define("\(name)\(flags) \(vector) \(x), \(y)"), type, lanes)
    }
    let name: String
    switch operation {
    case .and: name = "and"
    case .or: name = "or"
    case .xor: name = "xor"
    case _ where type == .bool: throw malformed("\(operation.rawValue) of bool")
    case .add: name = "add"
    case .subtract: name = "sub"
    case .multiply: name = "mul"
    case .divide, .remainder:
      return Operand(divide(operation, x, y, type, lanes, byLiteral: b.isLiteral), lanes: lanes)
    case .shiftLeft: name = "shl"
    case .shiftRight: name = type.isSigned ? "ashr" : "lshr"
    case .copySign: throw malformed("copySign of \(type)")
    }
    return Operand(text.define("\(name) \(vector) \(x), \(y)"), lanes: lanes)
  }

  /// Processors divide no vectors of integers, but of floats: the quotient of two integers of at
  /// most 32 bits, rounded to a double (of at most 16 bits, to a float), has the true quotient's
  /// integer part, because that is nowhere near as close to the next integer.
  private func divide(
    _ operation: BinaryOperation, _ x: String, _ y: String, _ type: DType, _ lanes: Int,
    byLiteral: Bool
  ) -> String {
    let vector = vectorType(type.registerType, lanes)
    let sign = type.isSigned ? "s" : "u"
    if lanes > 1, !byLiteral, type == .int64, target.hasMaskRegisters {
      return divideWide(operation, x, y, lanes)
    }
    if lanes == 1 || byLiteral || type.itemSize == 8 {
      return text.define("\(sign)\(operation == .divide ? "div" : "rem") \(vector) \(x), \(y)")
    }
    let float = vectorType(type.itemSize == 4 ? "double" : "float", lanes)
    let a = text.define("\(sign)itofp \(vector) \(x) to \(float)")
    let b = text.define("\(sign)itofp \(vector) \(y) to \(float)")
    let ratio = text.define("fdiv \(float) \(a), \(b)")
    let quotient = text.define("fpto\(sign)i \(float) \(ratio) to \(vector)")
    if operation == .divide { return quotient }
    return text.define("sub \(vector) \(x), \(text.define("mul \(vector) \(quotient), \(y)"))")
  }

  /// Of 64 bits the quotient of doubles is a first guess, too far off by a part in 2⁵², and what it
  /// leaves is divided again; then the remainder has at most one divisor too much or too little. Where
  /// the processor converts vectors of these integers, that is faster than one by one.
  private func divideWide(
    _ operation: BinaryOperation, _ x: String, _ y: String, _ lanes: Int
  ) -> String {
    let vector = vectorType("i64", lanes)
    let float = vectorType("double", lanes)
    let bit = vectorType("i1", lanes)
    let zero = splatLiteral("i64", "0", lanes)
    func negated(_ value: String, where condition: String) -> String {
      let negative = text.define("sub \(vector) \(zero), \(value)")
      return text.define("select \(bit) \(condition), \(vector) \(negative), \(vector) \(value)")
    }
    func added(_ value: String, _ step: String, where condition: String) -> String {
      let next = text.define("add \(vector) \(value), \(step)")
      return text.define("select \(bit) \(condition), \(vector) \(next), \(vector) \(value)")
    }
    func rest(of quotient: String) -> String {
      text.define("sub \(vector) \(x), \(text.define("mul \(vector) \(quotient), \(y)"))")
    }
    let divisor = text.define("sitofp \(vector) \(y) to \(float)")
    func guess(_ value: String) -> String {
      let wide = text.define("sitofp \(vector) \(value) to \(float)")
      var ratio = text.define("fdiv \(float) \(wide), \(divisor)")
      // The largest double below 2⁶³, in either direction: beyond, the conversion raises a flag.
      for (comparison, limit) in [("ogt", "0x43DFFFFFFFFFFFFF"), ("olt", "0xC3DFFFFFFFFFFFFF")] {
        let bound = splatLiteral("double", limit, lanes)
        let isBeyond = text.define("fcmp \(comparison) \(float) \(ratio), \(bound)")
        ratio = text.define(
          "select \(bit) \(isBeyond), \(float) \(bound), \(float) \(ratio)")
      }
      return text.define("fptosi \(float) \(ratio) to \(vector)")
    }
    let first = guess(x)
    var quotient = text.define("add \(vector) \(first), \(guess(rest(of: first)))")
    var remainder = rest(of: quotient)

    // The remainder has the dividend's sign, and is smaller than the divisor.
    let isNegative = text.define("icmp slt \(vector) \(x), \(zero)")
    let isDivisorNegative = text.define("icmp slt \(vector) \(y), \(zero)")
    let size = negated(y, where: isDivisorNegative)
    let hasOtherSign = text.define("xor \(bit) \(isNegative), \(isDivisorNegative)")
    let one = splatLiteral("i64", "1", lanes)
    let up = negated(one, where: hasOtherSign)
    let down = text.define("sub \(vector) \(zero), \(up)")
    let isRestNegative = text.define("icmp slt \(vector) \(remainder), \(zero)")
    let differs = text.define("xor \(bit) \(isRestNegative), \(isNegative)")
    let isSome = text.define("icmp ne \(vector) \(remainder), \(zero)")
    let isTooFar = text.define("and \(bit) \(differs), \(isSome)")
    quotient = added(quotient, down, where: isTooFar)
    remainder = added(remainder, negated(size, where: isNegative), where: isTooFar)
    let magnitude = negated(remainder, where: isNegative)
    let isTooShort = text.define("icmp uge \(vector) \(magnitude), \(size)")
    if operation == .divide { return added(quotient, up, where: isTooShort) }
    let opposite = text.define("xor \(bit) \(isNegative), \(splatLiteral("i1", "true", lanes))")
    return added(remainder, negated(size, where: opposite), where: isTooShort)
  }

  /// Index arithmetic that moves by equal steps stays a number for lane 0 and a step.
  private func affine(_ operation: BinaryOperation, _ a: Operand, _ b: Operand) -> Operand? {
    // A vector without a step changes in an unknown way.
    if (a.lanes > 1 && a.step == nil) || (b.lanes > 1 && b.step == nil) { return nil }
    let (x, y) = (a.parts[0], b.parts[0])
    var result: Operand
    switch operation {
    case .add, .subtract:
      let name = operation == .add ? "add" : "sub"
      result = Operand(text.define("\(name) i64 \(x), \(y)"), lanes: max(a.lanes, b.lanes))
      switch (a.step, b.step) {
      case (let step?, nil): result.step = step
      case (nil, let step?): result.step = operation == .add ? step : negated(step)
      case (.constant(let p), .constant(let q)):
        result.step = .constant(operation == .add ? p &+ q : p &- q)
      case (let p?, let q?):
        result.step = .scalar(text.define("\(name) i64 \(number(p)), \(number(q))"))
      case (nil, nil): return nil
      }
    case .multiply:
      guard (a.step == nil) != (b.step == nil) else { return nil }
      result = Operand(text.define("mul i64 \(x), \(y)"), lanes: max(a.lanes, b.lanes))
      let factor = a.step == nil ? a : b
      guard let step = a.step ?? b.step else { return nil }
      if case .constant(let p) = step, factor.isLiteral, let q = Int(factor.parts[0]) {
        result.step = .constant(p &* q)
      } else if step == .constant(1) {
        result.step = .scalar(factor.parts[0])
      } else {
        result.step = .scalar(text.define("mul i64 \(number(step)), \(factor.parts[0])"))
      }
    default: return nil
    }
    // A vector that doesn't move is one number.
    if result.step == .constant(0) {
      result.step = nil
      result.lanes = 1
    }
    return result
  }

  func number(_ step: Step) -> String {
    switch step {
    case .constant(let number): String(number)
    case .scalar(let name): name
    }
  }

  // MARK: Comparisons and choices

  private func compare(
    _ comparison: Comparison, _ a: Operand, _ b: Operand, _ type: DType
  ) throws(MartletError) -> Operand {
    guard !type.isComplex else { throw malformed("\(comparison.rawValue) of \(type)") }
    let lanes = max(a.lanes, b.lanes)
    let (x, y) = (part(a, type, lanes: lanes), part(b, type, lanes: lanes))
    let name: String
    if type.isFloating {
      name =
        switch comparison {
        case .equal: "fcmp oeq"
        case .notEqual: "fcmp une"
        case .less: "fcmp olt"
        case .lessEqual: "fcmp ole"
        case .greater: "fcmp ogt"
        case .greaterEqual: "fcmp oge"
        }
    } else {
      let sign = type.isSigned ? "s" : "u"
      name =
        switch comparison {
        case .equal: "icmp eq"
        case .notEqual: "icmp ne"
        case .less: "icmp \(sign)lt"
        case .lessEqual: "icmp \(sign)le"
        case .greater: "icmp \(sign)gt"
        case .greaterEqual: "icmp \(sign)ge"
        }
    }
    let result = text.define("\(name) \(vectorType(type.registerType, lanes)) \(x), \(y)")
    return Operand(result, lanes: lanes)
  }

  private func select(
    _ condition: Operand, _ a: Operand, _ b: Operand, _ type: DType
  ) -> Operand {
    let lanes = max(condition.lanes, a.lanes, b.lanes)
    let test = "\(vectorType("i1", condition.lanes)) \(condition.parts[0])"
    let vector = vectorType(type.registerType, lanes)
    let pairs = zip(parts(a, type, lanes: lanes), parts(b, type, lanes: lanes))
    return Operand(
      pairs.map { text.define("select \(test), \(vector) \($0), \(vector) \($1)") }, lanes: lanes)
  }

  private func fused(_ operands: [Operand], _ type: DType) throws(MartletError) -> Operand {
    guard type.isFloating else { throw malformed("fusedMultiplyAdd of \(type)") }
    let lanes = operands.map(\.lanes).max() ?? 1
    var arguments = operands.map { part($0, type, lanes: lanes) }
    // In float the sum of a half type would be rounded twice. A double holds every float16 sum, and
    // of bfloat16 the product.
    let isHalf = type == .float16 || type == .bfloat16
    if isHalf {
      arguments = arguments.map {
        text.define(
          "fpext \(vectorType("float", lanes)) \($0) to \(vectorType("double", lanes))")
      }
    }
    let scalar = isHalf ? "double" : type.registerType
    let vector = vectorType(scalar, lanes)
    let mangling = vectorMangling(DType.mangling(scalar), lanes)
    if type == .bfloat16 {
      let product = text.define("fmul \(vector) \(arguments[0]), \(arguments[1])")
      let sum = sumRoundedToOdd(product, arguments[2], lanes)
      return rounded(roundedToOdd(sum, lanes), type, lanes)
    }
    let result = text.call(vector, "llvm.fma.\(mangling)", arguments.map { (vector, $0) })
    if isHalf { return rounded(roundedToOdd(result, lanes), type, lanes) }
    return Operand(result, lanes: lanes)
  }
}
