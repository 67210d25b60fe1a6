import MartletIR

/// Instructions as C expressions, of type `name(dtype)` once they are assigned.
extension CFunction {
  func expression(_ instruction: Instruction, _ type: DType) throws(MartletError) -> String {
    switch instruction {
    case .constant(let scalar): return constant(scalar)
    case .slot(let number):
      if type.isComplex {
        return "{\(fromSlot(number, type.realType)), \(fromSlot(number + 1, type.realType))}"
      }
      return fromSlot(number, type)
    case .grid(let index): return dialect.index(index)
    case .read(let variable): return cell(variable)
    case .load(let buffer, let index):
      return element(buffer, index) + (type == .bool ? " != 0" : "")
    case .unary(let operation, let a): return try unary(operation, name(a), type)
    case .binary(let operation, let a, let b):
      return try binary(operation, name(a), name(b), type)
    case .compare(let comparison, let a, let b):
      let operandType = self.type(a)
      return compare(comparison, name(a), name(b), operandType)
    case .select(let condition, let a, let b):
      return "\(name(condition)) ? \(name(a)) : \(name(b))"
    case .fusedMultiplyAdd(let a, let b, let c): return fused([a, b, c].map(name), type)
    case .cast(let a): return convert(name(a), from: self.type(a), to: type)
    case .address:
      throw .unsupported(
        operation: kernel.name, detail: "a kernel that passes addresses runs on the host only")
    case .reinterpret(let a): return reinterpret(name(a), from: self.type(a), to: type)
    case .complex(let real, let imaginary): return "{\(name(real)), \(name(imaginary))}"
    case .real(let a): return "\(name(a)).re"
    case .imaginary(let a): return "\(name(a)).im"
    case .call(let function, _):
      throw .internalError(
        operation: kernel.name,
        detail: "the kernel still calls \(function.rawValue); MathLibrary.expand comes first")
    case .system(let function, _):
      throw .unsupported(
        operation: kernel.name,
        detail: "a kernel that calls the C library's \(function.rawValue) runs on the host only")
    }
  }

  // MARK: Unary

  private func unary(
    _ operation: UnaryOperation, _ a: String, _ type: DType
  ) throws(MartletError) -> String {
    if type.isHalf {
      switch operation {
      case .negate: return "\(a) ^ 0x8000"
      case .absolute: return "\(a) & 0x7fff"
      default: return rounded(try unary(operation, wide(a, type), .float32), type)
      }
    }
    if type.isFloating {
      switch operation {
      case .negate: return "-\(a)"
      case .absolute: return "\(dialect.function("fabs", type))(\(a))"
      case .squareRoot: return "\(dialect.function("sqrt", type))(\(a))"
      case .floor: return "\(dialect.function("floor", type))(\(a))"
      case .ceiling: return "\(dialect.function("ceil", type))(\(a))"
      case .truncate: return "\(dialect.function("trunc", type))(\(a))"
      case .roundEven: return "\(dialect.function("rint", type))(\(a))"
      case .not, .countOnes: throw undefined(operation.rawValue, type)
      }
    }
    let wrapping = type.cWrapping
    switch operation {
    case .negate where type.isInteger: return "(\(name(type)))(0 - (\(wrapping))\(a))"
    case .not where type == .bool: return "\(a) ^ 1"
    case .not where type.isInteger: return "(\(name(type)))~\(a)"
    case .absolute where type.isSigned:
      return "\(a) < 0 ? (\(name(type)))(0 - (\(wrapping))\(a)) : \(a)"
    case .absolute, .floor, .ceiling, .truncate, .roundEven: return a
    case .countOnes where type.isInteger:
      // Counted in the unsigned type of the same size, which has no copies of a sign.
      let bits = "(\(unsigned(type)))\(a)"
      if dialect == .openCL { return "popcount(\(bits))" }
      return type.itemSize == 8 ? "__popcll(\(bits))" : "__popc(\(bits))"
    case .negate, .not, .squareRoot, .countOnes: throw undefined(operation.rawValue, type)
    }
  }

  // MARK: Binary

  func binary(
    _ operation: BinaryOperation, _ a: String, _ b: String, _ type: DType
  ) throws(MartletError) -> String {
    if type.isFloating {
      if operation == .copySign {
        if type.isHalf { return "(\(a) & 0x7fff) | (\(b) & 0x8000)" }
        return "\(dialect.function("copysign", type))(\(a), \(b))"
      }
      guard let sign = operation.sign else {
        throw undefined(operation.rawValue, type)
      }
      if type.isHalf { return rounded("\(wide(a, type)) \(sign) \(wide(b, type))", type) }
      return "\(a) \(sign) \(b)"
    }
    guard type.isInteger || type == .bool else { throw undefined(operation.rawValue, type) }
    let (result, wrapping) = (name(type), type.cWrapping)
    switch operation {
    case .and: return "\(a) & \(b)"
    case .or: return "\(a) | \(b)"
    case .xor: return "\(a) ^ \(b)"
    case .add: return "(\(result))((\(wrapping))\(a) + (\(wrapping))\(b))"
    case .subtract: return "(\(result))((\(wrapping))\(a) - (\(wrapping))\(b))"
    case .multiply: return "(\(result))((\(wrapping))\(a) * (\(wrapping))\(b))"
    case .divide: return "(\(result))(\(a) / \(b))"
    case .remainder: return "(\(result))(\(a) % \(b))"
    case .shiftLeft: return "(\(result))((\(wrapping))\(a) << \(b))"
    // The shift of a signed number keeps its sign with all compilers of these dialects.
    case .shiftRight: return "(\(result))(\(a) >> \(b))"
    case .copySign: throw undefined(operation.rawValue, type)
    }
  }

  func compare(_ comparison: Comparison, _ a: String, _ b: String, _ type: DType) -> String {
    let (x, y) = type.isHalf ? (wide(a, type), wide(b, type)) : (a, b)
    return "\(x) \(comparison.sign) \(y)"
  }

  private func fused(_ operands: [String], _ type: DType) -> String {
    guard type.isHalf else {
      return "\(dialect.function("fma", type))(\(operands.joined(separator: ", ")))"
    }
    if type == .float16 {
      // A float holds the product of two of them.
      let x = operands.map { wide($0, type) }
      return rounded("\(use(.floatSumToOdd))(\(x[0]) * \(x[1]), \(x[2]))", type)
    }
    // Products of bfloat16 may be too large or small for a float, but not for a double.
    let x = operands.map { "(\(name(.float64)))\(wide($0, type))" }
    return doubleToHalf("\(use(.sumToOdd))(\(x[0]) * \(x[1]), \(x[2]))", type)
  }

  // MARK: Half types

  /// A half number as a float.
  func wide(_ a: String, _ type: DType) -> String {
    "\(use(type == .float16 ? .float16ToFloat : .bfloat16ToFloat))(\(a))"
  }

  /// A float rounded to a half type. After one operation on two of them that is what rounding the
  /// exact result gives: a float has more than twice the bits of a half type, and two.
  func rounded(_ x: String, _ type: DType) -> String {
    "\(use(type == .float16 ? .floatToFloat16 : .floatToBFloat16))(\(x))"
  }

  func doubleToHalf(_ x: String, _ type: DType) -> String {
    "\(use(.doubleToHalf))(\(x), \(type == .float16 ? "5, 10" : "8, 7"))"
  }

  // MARK: Names

  /// The unsigned type of the same size.
  func unsigned(_ type: DType) -> String { "u\(type.itemSize * 8)" }

  private func undefined(_ operation: String, _ type: DType) -> MartletError {
    .malformedKernel(name: kernel.name, detail: "\(operation) is not defined for \(type).")
  }
}

extension BinaryOperation {
  /// C's sign for an operation of numbers.
  fileprivate var sign: String? {
    switch self {
    case .add: "+"
    case .subtract: "-"
    case .multiply: "*"
    case .divide: "/"
    default: nil
    }
  }
}

extension Comparison {
  /// C's sign.
  var sign: String {
    switch self {
    case .equal: "=="
    case .notEqual: "!="
    case .less: "<"
    case .lessEqual: "<="
    case .greater: ">"
    case .greaterEqual: ">="
    }
  }
}
