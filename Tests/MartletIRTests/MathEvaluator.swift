import MartletIR

/// Runs kernels of real numbers one instruction at a time, so that the library's bodies can be
/// tested without a code generator. Vector loops run in order.
struct MathEvaluator {
  private let kernel: Kernel
  private var values: [UInt64]
  private var cells: [[UInt64]]
  private let slots: [UInt64]
  private(set) var buffers: [[UInt64]]
  /// The iteration of the vector loop that is running.
  private var iteration = 0

  init(_ kernel: Kernel, slots: [UInt64] = [], buffers: [[UInt64]] = []) {
    self.kernel = kernel
    self.slots = slots
    self.buffers = buffers
    values = Array(repeating: 0, count: kernel.valueTypes.count)
    cells = Array(repeating: [], count: kernel.variableTypes.count)
  }

  /// What `body` makes of these arguments (bits).
  static func call(
    _ dtype: DType, _ arguments: [UInt64], _ body: ([Expression]) -> Expression
  ) -> UInt64 {
    let builder = KernelBuilder(name: "call")
    let inputs = arguments.map { _ in builder.slotValue(builder.slot(for: dtype), dtype) }
    let result = body(inputs)
    var evaluator = MathEvaluator(builder.finish(), slots: arguments)
    evaluator.run()
    return evaluator.values[Int(result.value.id)]
  }

  mutating func run() { run(kernel.body) }

  private func type(_ value: Value) -> DType { kernel.valueTypes[Int(value.id)] }
  private func bits(_ value: Value) -> UInt64 { values[Int(value.id)] }
  private func scalar(_ value: Value) -> Scalar { Scalar(dtype: type(value), low: bits(value)) }
  private func integer(_ value: Value) -> Int { Int(scalar(value).asInt64) }

  private mutating func run(_ statements: [Statement]) {
    for statement in statements { run(statement) }
  }

  private mutating func run(_ statement: Statement) {
    switch statement {
    case .define(let value, let instruction):
      values[Int(value.id)] = evaluate(instruction, type(value))
    case .declare(let variable, let lanes, let initial):
      cells[Int(variable.id)] = Array(repeating: bits(initial), count: lanes)
    case .assign(let variable, let value):
      let lanes = cells[Int(variable.id)].count
      cells[Int(variable.id)][iteration % lanes] = bits(value)
    case .store(let buffer, let index, let value):
      buffers[buffer][integer(index[0])] = bits(value)
    case .loop(let loop):
      let (outer, lower) = (iteration, integer(loop.lower))
      for index in stride(from: lower, to: integer(loop.upper), by: 1) {
        if loop.kind == .vector { iteration = index - lower }
        values[Int(loop.index.id)] = UInt64(bitPattern: Int64(index))
        run(loop.body)
      }
      iteration = outer
    case .branch(let condition, let then, let otherwise):
      run(bits(condition) != 0 ? then : otherwise)
    case .whileLoop(let condition, let test, let body):
      run(condition)
      while bits(test) != 0 {
        run(body)
        run(condition)
      }
    case .fold(let fold):
      var count = fold.lanes
      while count > 1 {
        count /= 2
        for lane in 0..<count {
          for (n, variable) in fold.variables.enumerated() {
            values[Int(fold.left[n].id)] = cells[Int(variable.id)][lane]
            values[Int(fold.right[n].id)] = cells[Int(variable.id)][lane + count]
          }
          run(fold.body)
          for (n, variable) in fold.variables.enumerated() {
            cells[Int(variable.id)][lane] = bits(fold.combined[n])
          }
        }
      }
      for (result, variable) in zip(fold.results, fold.variables) {
        values[Int(result.id)] = cells[Int(variable.id)][0]
      }
    case .atomic, .compareExchange, .barrier, .collective, .fence, .sleep, .allocate, .arena,
      .parallel,
      .location:
      preconditionFailure("No body of the library has that.")
    }
  }

  private func evaluate(_ instruction: Instruction, _ dtype: DType) -> UInt64 {
    switch instruction {
    case .constant(let scalar): return scalar.low
    case .slot(let slot): return slots[slot]
    case .read(let variable):
      let lanes = cells[Int(variable.id)]
      return lanes[iteration % lanes.count]
    case .load(let buffer, let index): return buffers[buffer][integer(index[0])]
    case .unary(let operation, let a): return unary(operation, scalar(a))
    case .binary(let operation, let a, let b): return binary(operation, scalar(a), scalar(b))
    case .compare(let comparison, let a, let b):
      return compare(comparison, scalar(a), scalar(b)) ? 1 : 0
    case .select(let condition, let a, let b): return bits(condition) != 0 ? bits(a) : bits(b)
    case .fusedMultiplyAdd(let a, let b, let c):
      let (x, y, z) = (scalar(a).asDouble, scalar(b).asDouble, scalar(c).asDouble)
      if dtype == .float64 { return z.addingProduct(x, y).bitPattern }
      return UInt64(Float(z).addingProduct(Float(x), Float(y)).bitPattern)
    case .cast(let a): return scalar(a).converted(to: dtype).low
    case .reinterpret(let a): return bits(a)
    case .grid, .complex, .real, .imaginary, .call, .system, .address:
      preconditionFailure("No expanded body of the library has \(instruction).")
    }
  }

  private func unary(_ operation: UnaryOperation, _ a: Scalar) -> UInt64 {
    let dtype = a.dtype
    guard dtype.isFloating else {
      switch operation {
      case .not where dtype == .bool: return a.low ^ 1
      case .not: return Scalar(~a.asInt64, dtype).low
      default: preconditionFailure("\(operation) of \(dtype)")
      }
    }
    let sign = UInt64(1) << UInt64(dtype.itemSize * 8 - 1)
    switch operation {
    case .negate: return a.low ^ sign
    case .absolute: return a.low & ~sign
    case .squareRoot: return Scalar(a.asDouble.squareRoot(), dtype).low
    case .truncate: return Scalar(a.asDouble.rounded(.towardZero), dtype).low
    default: preconditionFailure("\(operation) of \(dtype)")
    }
  }

  private func binary(_ operation: BinaryOperation, _ a: Scalar, _ b: Scalar) -> UInt64 {
    let dtype = a.dtype
    if dtype.isFloating {
      // A double holds sums, products and quotients of floats precisely enough to round twice.
      let (x, y) = (a.asDouble, b.asDouble)
      switch operation {
      case .add: return Scalar(x + y, dtype).low
      case .subtract: return Scalar(x - y, dtype).low
      case .multiply: return Scalar(x * y, dtype).low
      case .divide: return Scalar(x / y, dtype).low
      case .copySign:
        let sign = UInt64(1) << UInt64(dtype.itemSize * 8 - 1)
        return a.low & ~sign | b.low & sign
      default: preconditionFailure("\(operation) of \(dtype)")
      }
    }
    let (x, y) = (a.asInt64, b.asInt64)
    func wrapped(_ value: Int64) -> UInt64 { Scalar(value, dtype).low }
    switch operation {
    case .and: return a.low & b.low
    case .or: return a.low | b.low
    case .xor: return a.low ^ b.low
    case .add: return wrapped(x &+ y)
    case .subtract: return wrapped(x &- y)
    case .multiply: return wrapped(x &* y)
    case .divide: return wrapped(x / y)
    case .shiftLeft: return wrapped(x << y)
    case .shiftRight: return dtype.isUnsigned ? a.low >> UInt64(y) : wrapped(x >> y)
    default: preconditionFailure("\(operation) of \(dtype)")
    }
  }

  private func compare(_ comparison: Comparison, _ a: Scalar, _ b: Scalar) -> Bool {
    func holds<T: Comparable>(_ x: T, _ y: T) -> Bool {
      switch comparison {
      case .equal: x == y
      case .notEqual: x != y
      case .less: x < y
      case .lessEqual: x <= y
      case .greater: x > y
      case .greaterEqual: x >= y
      }
    }
    if a.dtype.isFloating { return holds(a.asDouble, b.asDouble) }
    return a.dtype.isUnsigned ? holds(a.low, b.low) : holds(a.asInt64, b.asInt64)
  }
}
