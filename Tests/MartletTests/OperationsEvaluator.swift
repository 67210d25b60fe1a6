import Glibc
import MartletIR

@testable import Martlet

/// Computes one element of a kernel that has no loops but `while`, with libm for the functions: an
/// oracle for rows of the table that shares nothing with the code generators.
///
/// It also checks what the kernel language asks of a row: operands of one type, divisors and shift
/// counts in range.
struct OperationsEvaluator {
  struct Malformed: Error, CustomStringConvertible {
    var description: String
  }

  private let kernel: Kernel
  private let inputs: [Scalar]
  private var values: [Scalar?]
  private var variables: [Scalar?]
  private var outputs: [Int: Scalar] = [:]

  /// The results of `body` on these inputs.
  static func evaluate(
    _ inputs: [Scalar], _ body: ([Expression]) -> [Expression]
  ) throws -> [Scalar] {
    let (kernel, count) = kernel(inputs.map(\.dtype), body)
    return try evaluate(kernel, inputs, resultCount: count)
  }

  static func evaluate(
    _ kernel: Kernel, _ inputs: [Scalar], resultCount: Int
  ) throws -> [Scalar] {
    var evaluator = OperationsEvaluator(kernel: kernel, inputs: inputs)
    try evaluator.run(kernel.body)
    return try (0..<resultCount).map { n in
      guard let value = evaluator.outputs[inputs.count + n] else {
        throw Malformed(description: "Result \(n) is never stored.")
      }
      return value
    }
  }

  /// A kernel with one element per input and result: inputs first.
  static func kernel(
    _ types: [DType], _ body: ([Expression]) -> [Expression]
  ) -> (kernel: Kernel, resultCount: Int) {
    let builder = KernelBuilder(name: "row")
    let buffers = types.map { builder.buffer($0, strides: [.unit]) }
    let zero = builder.integer(0)
    let results = body(buffers.map { builder.load($0, [zero]) })
    for result in results {
      let buffer = builder.buffer(result.dtype, strides: [.unit], access: .write)
      builder.store(buffer, [zero], result)
    }
    return (builder.finish(), results.count)
  }

  private init(kernel: Kernel, inputs: [Scalar]) {
    self.kernel = kernel
    self.inputs = inputs
    values = Array(repeating: nil, count: kernel.valueTypes.count)
    variables = Array(repeating: nil, count: kernel.variableTypes.count)
  }

  // MARK: Statements

  private mutating func run(_ statements: [Statement]) throws {
    for statement in statements {
      switch statement {
      case .define(let value, let instruction):
        values[Int(value.id)] = try compute(instruction, kernel.valueTypes[Int(value.id)])
      case .declare(let variable, _, let initial):
        variables[Int(variable.id)] = try self[initial]
      case .assign(let variable, let value): variables[Int(variable.id)] = try self[value]
      case .store(let buffer, _, let value): outputs[buffer] = try self[value]
      case .whileLoop(let condition, let test, let body):
        try run(condition)
        while try self[test].low != 0 {
          try run(body)
          try run(condition)
        }
      default: throw Malformed(description: "A row has no such statement: \(statement)")
      }
    }
  }

  private subscript(_ value: Value) -> Scalar {
    get throws {
      guard let scalar = values[Int(value.id)] else {
        throw Malformed(description: "\(value) is read before it is defined.")
      }
      return scalar
    }
  }

  private func operand(_ value: Value, _ dtype: DType) throws -> Scalar {
    let scalar = try self[value]
    guard scalar.dtype == dtype else {
      throw Malformed(description: "An operand is \(scalar.dtype) where \(dtype) is due.")
    }
    return scalar
  }

  // MARK: Instructions

  private func compute(_ instruction: Instruction, _ dtype: DType) throws -> Scalar {
    switch instruction {
    case .constant(let scalar): return scalar
    case .load(let buffer, _): return inputs[buffer]
    case .read(let variable):
      guard let scalar = variables[Int(variable.id)] else {
        throw Malformed(description: "\(variable) is read before it is declared.")
      }
      return scalar
    case .unary(let operation, let x): return try unary(operation, operand(x, dtype))
    case .binary(let operation, let x, let y):
      return try binary(operation, operand(x, dtype), operand(y, dtype))
    case .compare(let comparison, let x, let y):
      let holds = try compare(comparison, self[x], operand(y, self[x].dtype))
      return Scalar(dtype: .bool, low: holds ? 1 : 0)
    case .select(let condition, let x, let y):
      let (a, b) = (try operand(x, dtype), try operand(y, dtype))
      return try operand(condition, .bool).low != 0 ? a : b
    case .fusedMultiplyAdd(let x, let y, let z):
      let (a, b, c) = try (operand(x, dtype), operand(y, dtype), operand(z, dtype))
      return Scalar(Glibc.fma(a.asDouble, b.asDouble, c.asDouble), dtype)
    case .cast(let x): return try self[x].converted(to: dtype)
    case .reinterpret(let x): return Scalar(dtype: dtype, low: try self[x].low)
    case .complex(let real, let imaginary):
      return Scalar(
        dtype: dtype, low: try operand(real, dtype.realType).low,
        high: try operand(imaginary, dtype.realType).low)
    case .real(let z): return Scalar(dtype: dtype, low: try self[z].low)
    case .imaginary(let z): return Scalar(dtype: dtype, low: try self[z].high)
    case .call(let function, let arguments):
      let numbers = try arguments.map { try operand($0, dtype).asDouble }
      return Scalar(call(function, numbers[0], numbers.last!), dtype)
    case .slot, .grid, .address, .system:
      throw Malformed(description: "A row has no such instruction: \(instruction)")
    }
  }

  private func unary(_ operation: UnaryOperation, _ x: Scalar) throws -> Scalar {
    let dtype = x.dtype
    let sign: UInt64 = 1 << UInt64(dtype.itemSize * 8 - 1)
    if dtype.isInteger {
      switch operation {
      case .negate: return Scalar(0 &- x.asInt64, dtype)
      case .not: return Scalar(~x.asInt64, dtype)
      case .countOnes: return Scalar(Int64(x.low.nonzeroBitCount), dtype)
      default: break
      }
    }
    if dtype == .bool, operation == .not { return Scalar(dtype: .bool, low: x.low ^ 1) }
    guard dtype.isFloating else {
      throw Malformed(description: "There is no \(operation) of \(dtype).")
    }
    switch operation {
    case .negate: return Scalar(dtype: dtype, low: x.low ^ sign)
    case .absolute: return Scalar(dtype: dtype, low: x.low & ~sign)
    // One rounding to double before the one to a narrower type changes nothing.
    case .squareRoot: return Scalar(x.asDouble.squareRoot(), dtype)
    case .floor: return Scalar(x.asDouble.rounded(.down), dtype)
    case .ceiling: return Scalar(x.asDouble.rounded(.up), dtype)
    case .truncate: return Scalar(x.asDouble.rounded(.towardZero), dtype)
    case .roundEven: return Scalar(x.asDouble.rounded(.toNearestOrEven), dtype)
    case .not, .countOnes: throw Malformed(description: "There is no \(operation) of \(dtype).")
    }
  }

  private func binary(_ operation: BinaryOperation, _ x: Scalar, _ y: Scalar) throws -> Scalar {
    let dtype = x.dtype
    switch operation {
    case .and where !dtype.isInexact: return Scalar(dtype: dtype, low: x.low & y.low)
    case .or where !dtype.isInexact: return Scalar(dtype: dtype, low: x.low | y.low)
    case .xor where !dtype.isInexact: return Scalar(dtype: dtype, low: x.low ^ y.low)
    default: break
    }
    if dtype.isFloating {
      // As for the square root, one rounding to double first is harmless.
      let (a, b) = (x.asDouble, y.asDouble)
      switch operation {
      case .add: return Scalar(a + b, dtype)
      case .subtract: return Scalar(a - b, dtype)
      case .multiply: return Scalar(a * b, dtype)
      case .divide: return Scalar(a / b, dtype)
      case .copySign:
        let sign: UInt64 = 1 << UInt64(dtype.itemSize * 8 - 1)
        return Scalar(dtype: dtype, low: x.low & ~sign | y.low & sign)
      default: throw Malformed(description: "There is no \(operation) of \(dtype).")
      }
    }
    guard dtype.isInteger else {
      throw Malformed(description: "There is no \(operation) of \(dtype).")
    }
    return try integers(operation, x, y)
  }

  private func integers(_ operation: BinaryOperation, _ x: Scalar, _ y: Scalar) throws -> Scalar {
    let dtype = x.dtype
    let (a, b, bits) = (x.asInt64, y.asInt64, Int64(dtype.itemSize * 8))
    switch operation {
    case .add: return Scalar(a &+ b, dtype)
    case .subtract: return Scalar(a &- b, dtype)
    case .multiply: return Scalar(a &* b, dtype)
    case .divide, .remainder:
      let smallest = Int64.min >> (64 - bits)
      guard b != 0, !(dtype.isSigned && a == smallest && b == -1) else {
        throw Malformed(description: "\(operation) of \(a) and \(b) is not guarded.")
      }
      if dtype.isUnsigned {
        return Scalar(dtype: dtype, low: operation == .divide ? x.low / y.low : x.low % y.low)
      }
      return Scalar(operation == .divide ? a / b : a % b, dtype)
    case .shiftLeft, .shiftRight:
      guard b >= 0, b < bits else {
        throw Malformed(description: "A shift of \(dtype) by \(b) is not guarded.")
      }
      if operation == .shiftLeft { return Scalar(a << b, dtype) }
      return dtype.isSigned ? Scalar(a >> b, dtype) : Scalar(dtype: dtype, low: x.low >> UInt64(b))
    case .and, .or, .xor, .copySign:
      throw Malformed(description: "There is no \(operation) of \(dtype).")
    }
  }

  private func compare(_ comparison: Comparison, _ x: Scalar, _ y: Scalar) throws -> Bool {
    func ordered<Number: Comparable>(_ a: Number, _ b: Number) -> Bool {
      switch comparison {
      case .equal: a == b
      case .notEqual: a != b
      case .less: a < b
      case .lessEqual: a <= b
      case .greater: a > b
      case .greaterEqual: a >= b
      }
    }
    if x.dtype.isFloating { return ordered(x.asDouble, y.asDouble) }
    if x.dtype.isSigned { return ordered(x.asInt64, y.asInt64) }
    guard !x.dtype.isComplex else {
      throw Malformed(description: "Complex numbers are compared in their parts.")
    }
    return ordered(x.low, y.low)
  }

  private func call(_ function: MathFunction, _ x: Double, _ y: Double) -> Double {
    switch function {
    case .exp: Glibc.exp(x)
    case .exp2: Glibc.exp2(x)
    case .expm1: Glibc.expm1(x)
    case .log: Glibc.log(x)
    case .log2: Glibc.log2(x)
    case .log10: Glibc.log10(x)
    case .log1p: Glibc.log1p(x)
    case .sin: Glibc.sin(x)
    case .cos: Glibc.cos(x)
    case .tan: Glibc.tan(x)
    case .asin: Glibc.asin(x)
    case .acos: Glibc.acos(x)
    case .atan: Glibc.atan(x)
    case .sinh: Glibc.sinh(x)
    case .cosh: Glibc.cosh(x)
    case .tanh: Glibc.tanh(x)
    case .asinh: Glibc.asinh(x)
    case .acosh: Glibc.acosh(x)
    case .atanh: Glibc.atanh(x)
    case .cbrt: Glibc.cbrt(x)
    case .pow: Glibc.pow(x, y)
    case .atan2: Glibc.atan2(x, y)
    case .hypot: Glibc.hypot(x, y)
    case .fmod: Glibc.fmod(x, y)
    case .logAddExp: max(x, y) + Glibc.log1p(Glibc.exp(-abs(x - y)))
    case .logAddExp2: max(x, y) + Glibc.log1p(Glibc.exp2(-abs(x - y))) / Constant.ln2
    case .nextAfter: Glibc.nextafter(x, y)
    case .spacing: Glibc.nextafter(x, x < 0 ? -.infinity : .infinity) - x
    case .scaleB: Glibc.scalbn(x, Int32(y))
    case .frexpMantissa: frexp(x).mantissa
    case .frexpExponent: Double(frexp(x).exponent)
    }
  }

  private func frexp(_ x: Double) -> (mantissa: Double, exponent: Int32) {
    var exponent: Int32 = 0
    let mantissa = Glibc.frexp(x, &exponent)
    return (mantissa, exponent)
  }
}
