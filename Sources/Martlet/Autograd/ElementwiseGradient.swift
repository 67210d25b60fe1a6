import MartletIR
import Synchronization

/// The derivative of one row of the table in one of its loops and by one of its inputs: its rule, as
/// a row of its own that computes in one pass, and as a list of operations that have derivatives.
final class ElementwiseGradient: Sendable {
  /// What the rule reads, in its order: the cotangent of the result, the inputs, the result.
  private let types: [DType]
  /// Which of those, the cotangent always.
  private let used: [Int]
  private let fused: ElementwiseOperation
  private let steps: ExpressionSteps
  /// Whether the rule is the cotangent times a number, so that nothing in it can be infinite.
  private let isPlain: Bool
  /// Whether the rule is the cotangent as it is.
  private let isIdentity: Bool

  /// Whether the rule reads this input, or the result where it is `inputCount`.
  func reads(_ input: Int) -> Bool { used.contains(input + 1) }

  private typealias Rule = @Sendable ([Expression]) -> Expression

  private init(
    _ operation: ElementwiseOperation, _ loop: TypedLoop, input: Int,
    _ rule: @escaping @Sendable (Expression, [Expression], Expression) -> [Expression]
  ) {
    let types = [loop.outputs[0]] + loop.inputs + [loop.outputs[0]]
    self.types = types
    let target = loop.inputs[input]
    let whole: Rule = { values in
      let inputs = Array(values[1...loop.inputs.count])
      return rule(values[0], inputs, values[values.count - 1])[input].cast(to: target)
    }
    let found = ExpressionSteps(types) { whole($0) }
    var used = found.parameters
    if !used.contains(0) { used.insert(0, at: 0) }
    self.used = used
    isPlain = used == [0]
    isIdentity = found.isFirstInput
    let (isPlain, order) = (isPlain, used)
    // A cotangent of zero adds nothing where it meets an infinity or NaN, as in the branch of a
    // `where` that was not taken.
    let guarded: Rule = { values in
      let result = whole(values)
      if isPlain { return result }
      return ((values[0] == 0) & result.isNaN).select(result.literal(0), result)
    }
    steps = isPlain ? found : ExpressionSteps(types) { guarded($0) }
    fused = ElementwiseOperation(
      name: "derivative of \(operation.name)", summary: "A derivative.",
      loops: [TypedLoop(order.map { types[$0] }, [target])], identity: .none, domain: .all,
      tolerance: 0, poles: .none, selection: .firstSafe, integerEvents: .none,
      gradient: .nonDifferentiable("it is differentiated step by step")
    ) { inputs in
      var all = types.map { inputs[0].builder.constant(0, $0) }
      for (place, input) in zip(order, inputs) { all[place] = input }
      return [guarded(all)]
    }
  }

  /// The cotangent of an input from the result's.
  ///
  /// - Parameter operands: The inputs as they were, in the types of the loop or others that cast to
  ///   them.
  func pull(
    _ cotangent: NDArray, _ operands: [Operand], result: NDArray?
  ) throws(MartletError) -> NDArray {
    if isIdentity, cotangent.dtype == types[0] { return cotangent }
    var all: [Operand] = [.array(cotangent)]
    if used != [0] {
      all +=
        operands.isEmpty ? types.dropFirst().dropLast().map { .scalar(Scalar(0.0, $0)) } : operands
      if let result { all.append(.array(result)) }
    }
    let read = used.map { all[$0] }
    if read.contains(where: \.isTraced) {
      // The cotangent is one of a value that is itself differentiated.
      let slope = try steps.run(all, types)
      // One that is the same everywhere is a number.
      return slope.rank == 0 ? try slope.broadcast(to: cotangent.shape) : slope
    }
    return try Elementwise.apply(fused, loop: 0, read)[0]
  }

  // MARK: The table

  private struct Key: Hashable {
    var operation: Int
    var loop: Int
    var input: Int
  }
  private static let known = Mutex<[Key: ElementwiseGradient]>([:])

  /// Nil for rows without a rule.
  static func of(
    _ operation: ElementwiseOperation, loop: Int, input: Int
  ) -> ElementwiseGradient? {
    guard case .rule(let rule) = operation.gradient else { return nil }
    let key = Key(operation: operation.index, loop: loop, input: input)
    if let found = known.withLock({ $0[key] }) { return found }
    let made = ElementwiseGradient(operation, operation.loops[loop], input: input, rule)
    return known.withLock { table in
      if let found = table[key] { return found }
      table[key] = made
      return made
    }
  }
}

/// An expression of the kernel language as steps over arrays, each of which is an operation with a
/// derivative of its own: how a derivative is differentiated.
struct ExpressionSteps: Sendable {
  private let steps: [(value: Value, instruction: Instruction, dtype: DType)]
  private let root: Value
  /// Which of the inputs the result depends on.
  let parameters: [Int]

  init(_ types: [DType], _ body: ([Expression]) -> Expression) {
    let builder = KernelBuilder(name: "derivative")
    builder.keepDefinitions()
    let inputs = types.map { builder.slotValue(builder.slot(for: $0), $0) }
    root = body(inputs).value
    let kernel = builder.finish()
    let definitions = builder.definitions ?? [:]
    var needed: Set<Value> = []
    var waiting = [root]
    while let value = waiting.popLast() {
      if !needed.insert(value).inserted { continue }
      waiting += definitions[value].map(\.operands) ?? []
    }
    var steps: [(value: Value, instruction: Instruction, dtype: DType)] = []
    var parameters: Set<Int> = []
    for statement in kernel.body {
      guard case .define(let value, let instruction) = statement, needed.contains(value) else {
        continue
      }
      if case .slot(let slot) = instruction { parameters.insert(slot) }
      steps.append((value, instruction, kernel.valueTypes[Int(value.id)]))
    }
    self.steps = steps
    self.parameters = parameters.sorted()
  }

  /// Whether the expression is the first input as it is.
  var isFirstInput: Bool {
    guard steps.count == 1, case .slot(0) = steps[0].instruction else { return false }
    return true
  }

  /// The expression of these inputs, which are converted to the types that it was written for.
  func run(_ inputs: [Operand], _ types: [DType]) throws(MartletError) -> NDArray {
    var values: [Value: Operand] = [:]
    for (value, instruction, dtype) in steps {
      let of = { (value: Value) throws(MartletError) -> Operand in
        guard let found = values[value] else {
          throw .internalError(operation: "grad", detail: "a step reads what is not there")
        }
        return found
      }
      values[value] = try Self.step(instruction, dtype, inputs, of)
    }
    guard let result = values[root] else {
      throw .internalError(operation: "grad", detail: "a rule without a result")
    }
    return try result.asArray()
  }

  private static func step(
    _ instruction: Instruction, _ dtype: DType, _ inputs: [Operand],
    _ of: (Value) throws(MartletError) -> Operand
  ) throws(MartletError) -> Operand {
    func apply(_ name: String, _ operands: Operand...) throws(MartletError) -> Operand {
      guard let row = OperationTable.elementwise(named: name) else {
        throw .internalError(operation: name, detail: "no such row")
      }
      return .array(try Elementwise.apply(row, operands)[0])
    }
    switch instruction {
    case .constant(let number): return .scalar(number)
    case .slot(let slot):
      guard case .array(let array) = inputs[slot], array.dtype != dtype else {
        switch inputs[slot] {
        case .array: return inputs[slot]
        case .scalar(let number), .weak(_, let number): return .scalar(number.converted(to: dtype))
        }
      }
      return .array(try array.asType(dtype))
    case .cast(let x): return .array(try of(x).asArray().asType(dtype))
    case .select(let condition, let a, let b):
      return .array(
        try Elementwise.apply(.select, [try of(condition), try of(a), try of(b)])[0])
    case .compare(let comparison, let a, let b):
      return try apply(comparison.rowName, try of(a), try of(b))
    case .fusedMultiplyAdd(let a, let b, let c):
      return try apply("add", try apply("multiply", try of(a), try of(b)), try of(c))
    case .real(let x): return .array(try Elementwise.apply(.real, [try of(x)])[0])
    case .imaginary(let x): return .array(try Elementwise.apply(.imag, [try of(x)])[0])
    case .complex(let re, let im):
      let unit = Operand.scalar(Scalar(real: 0, imaginary: 1, dtype))
      return try apply("add", try apply("multiply", try of(im), unit), try of(re))
    case .unary(let operation, let x):
      guard let name = operation.rowName(dtype) else { break }
      return try apply(name, try of(x))
    case .binary(let operation, let a, let b):
      guard let name = operation.rowName(dtype) else { break }
      return try apply(name, try of(a), try of(b))
    case .call(let function, let arguments):
      guard let name = function.rowName else { break }
      if arguments.count == 2 { return try apply(name, try of(arguments[0]), try of(arguments[1])) }
      return try apply(name, try of(arguments[0]))
    default: break
    }
    throw .noDerivative(
      operation: "grad", reason: "the derivative is of \(instruction), which has no rule")
  }
}

// MARK: - The rows that compute the kernel language's instructions

extension Comparison {
  fileprivate var rowName: String {
    switch self {
    case .equal: "equal"
    case .notEqual: "not_equal"
    case .less: "less"
    case .lessEqual: "less_equal"
    case .greater: "greater"
    case .greaterEqual: "greater_equal"
    }
  }
}

extension UnaryOperation {
  fileprivate func rowName(_ dtype: DType) -> String? {
    switch self {
    case .negate: "negative"
    case .not: dtype == .bool ? "logical_not" : "invert"
    case .absolute: "absolute"
    case .squareRoot: "sqrt"
    case .floor: "floor"
    case .ceiling: "ceil"
    case .truncate: "trunc"
    case .roundEven: "rint"
    case .countOnes: "bitwise_count"
    }
  }
}

extension BinaryOperation {
  fileprivate func rowName(_ dtype: DType) -> String? {
    switch self {
    case .add: "add"
    case .subtract: "subtract"
    case .multiply: "multiply"
    case .divide: dtype.isInexact ? "divide" : nil
    case .remainder: dtype.isInexact ? nil : "fmod"
    case .and: dtype == .bool ? "logical_and" : "bitwise_and"
    case .or: dtype == .bool ? "logical_or" : "bitwise_or"
    case .xor: dtype == .bool ? "logical_xor" : "bitwise_xor"
    case .shiftLeft: "left_shift"
    case .shiftRight: "right_shift"
    case .copySign: "copysign"
    }
  }
}

extension MathFunction {
  fileprivate var rowName: String? {
    switch self {
    case .exp, .exp2, .expm1, .log, .log2, .log10, .log1p, .sin, .cos, .tan, .sinh, .cosh, .tanh,
      .cbrt, .hypot, .fmod:
      rawValue
    case .asin: "arcsin"
    case .acos: "arccos"
    case .atan: "arctan"
    case .asinh: "arcsinh"
    case .acosh: "arccosh"
    case .atanh: "arctanh"
    case .pow: "power"
    case .atan2: "arctan2"
    case .logAddExp: "logaddexp"
    case .logAddExp2: "logaddexp2"
    case .nextAfter: "nextafter"
    case .spacing: "spacing"
    case .scaleB, .frexpMantissa, .frexpExponent: nil
    }
  }
}
