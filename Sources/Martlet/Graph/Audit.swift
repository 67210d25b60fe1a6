import MartletIR
import MartletRuntime

extension Program {
  /// Integer division by zero raises no flag, so programs with one are always looked at.
  var mayDivideIntegers: Bool {
    steps.contains { step in
      guard step.operation.loops[step.loop].inputs[0].isInteger else { return false }
      switch step.operation.integerEvents {
      case .none, .negativeExponent: return false
      case .divisor, .zeroInput: return true
      }
    }
  }
}

/// Finds out which operation of a program raised an event, by the rules of IEEE 754 applied to each
/// step's operands and result: the slow path, taken when flags ask for it.
enum Audit {
  /// One bit of a 64-bit mask for each of three kinds of event, for up to this many steps a pass.
  private static let stepsPerPass = 21

  static func events(of program: Program) throws(MartletError) -> [FloatingPointLog.Event] {
    var found: [FloatingPointLog.Event] = []
    // Positions and gathers compute nothing that could fail.
    if program.leaves.contains(where: { $0.pointer == nil || $0.offset != nil }) { return found }
    if GlobalState.reported.isEmpty && program.steps.allSatisfy({ $0.reported.isEmpty }) {
      return found
    }
    var first = 0
    // Casts of the outputs can fail too: they are the last "step".
    while first <= program.steps.count {
      let last = min(first + stepsPerPass, program.steps.count + 1)
      let mask = try run(program, first..<last)
      for step in first..<last {
        let bits = mask >> UInt64(3 * (step - first)) & 7
        let name = step < program.steps.count ? program.steps[step].operation.name : "cast"
        let reported =
          step < program.steps.count ? program.steps[step].reported : GlobalState.reported
        for (bit, kind) in kinds.enumerated()
        where bits & (1 << UInt64(bit)) != 0 && reported.contains(kind) {
          found.append(.init(operation: name, kind: kind))
        }
      }
      first = last
    }
    return found
  }

  private static let kinds: [FloatingPointEvents] = [.divideByZero, .overflow, .invalid]

  private static func run(
    _ program: Program, _ steps: Range<Int>
  ) throws(MartletError) -> UInt64 {
    var result: UInt64 = 0
    let outputs = program.outputs
    let memory = try Buffer(byteCount: 8, on: program.device)
    try withUnsafeMutableBytes(of: &result) { (bytes) throws(MartletError) in
      let lowering = ReductionLowering(
        program, reduction: .bitwiseOr, reduced: Array(repeating: true, count: program.domain.rank),
        variant: 0x100 | steps.lowerBound, parameter: 0, predicate: program.predicate
      ) { scope in
        var mask: Expression?
        func add(_ condition: Expression, _ bit: Int) {
          let one = condition.cast(to: .uint64) << bit
          mask = mask.map { $0 | one } ?? one
        }
        for step in steps {
          let (divide, overflow, invalid) =
            step < program.steps.count
            ? conditions(program.steps[step], Int32(step), &scope)
            : castConditions(outputs, &scope)
          let base = 3 * (step - steps.lowerBound)
          if let divide { add(divide, base) }
          if let overflow { add(overflow, base + 1) }
          if let invalid { add(invalid, base + 2) }
        }
        return mask ?? scope.zero(.uint64)
      }
      try lowering.run(into: memory.pointer)
      try Device.copy(
        memory.pointer, on: program.device, to: bytes.baseAddress!, on: .host, byteCount: 8)
    }
    return result
  }

  private static func conditions(
    _ step: Program.Step, _ number: Int32, _ scope: inout Program.Scope
  ) -> (divide: Expression?, overflow: Expression?, invalid: Expression?) {
    let loop = step.operation.loops[step.loop]
    if step.operation === ElementwiseOperation.cast {
      return castConditions(scope.expression(step.operands[0]), loop.outputs[0])
    }
    let inputs = zip(step.operands, loop.inputs).map { scope.expression($0).cast(to: $1) }
    return conditions(step.operation, loop, inputs) {
      scope.expression(.step(Int(number), output: $0))
    }
  }

  /// What a step with these operands and results raises; nil for what it never does.
  static func conditions(
    _ operation: ElementwiseOperation, _ loop: TypedLoop, _ inputs: [Expression],
    _ results: (Int) -> Expression
  ) -> (divide: Expression?, overflow: Expression?, invalid: Expression?) {
    if loop.inputs[0].isInteger {
      switch operation.integerEvents {
      case .none, .negativeExponent: return (nil, nil, nil)
      case .zeroInput: return (inputs[0] == 0, nil, inputs[0] == 0)
      case .divisor(let quotient):
        guard quotient, loop.inputs[0].isSigned else { return (inputs[1] == 0, nil, nil) }
        let smallest =
          inputs[0]
          == inputs[0].builder.constant(
            ReductionOperation.worst(loop.inputs[0], true))
        return (inputs[1] == 0, smallest & (inputs[1] == -1), nil)
      }
    }
    guard loop.inputs.contains(where: \.isInexact), loop.outputs[0].isInexact else {
      return (nil, nil, nil)
    }
    let result = results(0)
    let nanIn = any(inputs.map(\.isNaN))
    let infiniteOut = result.isInfinite & !any(inputs.map(\.isInfinite)) & !nanIn
    // Of several results any may be the one without a value: divmod's remainder over 0.
    let isNaN = loop.outputs.indices.filter { loop.outputs[$0].isInexact }.map {
      results($0).isNaN
    }
    let invalid = any(isNaN) & !nanIn
    switch operation.poles {
    case .none: return (nil, infiniteOut, invalid)
    case .everywhere: return (infiniteOut, nil, invalid)
    case .zero(let input):
      let atZero = inputs[input] == 0
      return (infiniteOut & atZero, infiniteOut & !atZero, invalid)
    }
  }

  /// What conversions of the outputs lose.
  private static func castConditions(
    _ outputs: [Program.Output], _ scope: inout Program.Scope
  ) -> (divide: Expression?, overflow: Expression?, invalid: Expression?) {
    var overflow: Expression?
    var invalid: Expression?
    for output in outputs {
      let (_, over, lost) = castConditions(scope.expression(output.operand), output.dtype)
      if let over { overflow = overflow.map { $0 | over } ?? over }
      if let lost { invalid = invalid.map { $0 | lost } ?? lost }
    }
    return (nil, overflow, invalid)
  }

  /// What a conversion to a narrower type loses.
  private static func castConditions(
    _ value: Expression, _ dtype: DType
  ) -> (divide: Expression?, overflow: Expression?, invalid: Expression?) {
    if value.dtype == dtype || !value.dtype.isInexact { return (nil, nil, nil) }
    if dtype.isInexact {
      return (nil, value.cast(to: dtype).isInfinite & !value.isInfinite, nil)
    }
    guard dtype.isInteger else { return (nil, nil, nil) }
    let bits = dtype.itemSize * 8 - (dtype.isSigned ? 1 : 0)
    let high = Double(sign: .plus, exponent: bits, significand: 1)
    // Truncation comes first: -0.5 is 0.
    let whole = value.real.cast(to: .float64).truncated
    return (nil, nil, !((whole >= (dtype.isSigned ? -high : 0)) & (whole < high)))
  }

  private static func any(_ conditions: [Expression]) -> Expression {
    conditions.dropFirst().reduce(conditions[0]) { $0 | $1 }
  }
}
