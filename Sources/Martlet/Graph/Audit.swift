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
  /// What a step raises, as conditions of its operands and results; nil for what it never does.
  struct Conditions {
    var divide: Expression?
    var overflow: Expression?
    var underflow: Expression?
    var invalid: Expression?

    /// In the order of `FloatingPointLog.kinds`.
    var all: [Expression?] { [divide, overflow, underflow, invalid] }
  }

  /// One bit of a 64-bit mask for each of four kinds of event, for up to this many steps a pass.
  private static let stepsPerPass = 16

  /// The events that users hear of now, and all kinds that steps raised: what nobody wants to hear
  /// of, or was told before, is a step's too.
  static func events(
    of program: Program
  ) throws(MartletError) -> (toTell: [FloatingPointLog.Event], raised: FloatingPointEvents) {
    var toTell: [FloatingPointLog.Event] = []
    var raised: FloatingPointEvents = []
    // Positions and gathers compute nothing that could fail.
    if program.leaves.contains(where: { $0.pointer == nil || $0.offset != nil }) { return ([], []) }
    if GlobalState.reported.isEmpty && program.steps.allSatisfy({ $0.reported.isEmpty }) {
      return ([], [])
    }
    var first = 0
    // Casts of the outputs can fail too: they are the last "step".
    while first <= program.steps.count {
      let last = min(first + stepsPerPass, program.steps.count + 1)
      let mask = try run(program, first..<last)
      for step in first..<last {
        let bits = mask >> UInt64(4 * (step - first)) & 15
        let name = step < program.steps.count ? program.steps[step].operation.name : "cast"
        let reported =
          step < program.steps.count ? program.steps[step].reported : GlobalState.reported
        for (bit, kind) in FloatingPointLog.kinds.enumerated()
        where bits & (1 << UInt64(bit)) != 0 {
          raised.formUnion(kind)
          guard reported.contains(kind) else { continue }
          toTell.append(.init(operation: name, kind: kind))
          if step < program.steps.count { program.steps[step].node?.told(kind) }
        }
      }
      first = last
    }
    return (toTell, raised)
  }

  private static func run(
    _ program: Program, _ steps: Range<Int>
  ) throws(MartletError) -> UInt64 {
    var result: UInt64 = 0
    let outputs = program.outputs
    let memory = try Buffer(byteCount: 8, on: program.device)
    // All that the kernel depends on beside the program: by it the kernel is found again.
    let underflow = GlobalState.watched.contains(.underflow) ? 0x200 : 0
    try withUnsafeMutableBytes(of: &result) { (bytes) throws(MartletError) in
      let lowering = ReductionLowering(
        program, reduction: .bitwiseOr, reduced: Array(repeating: true, count: program.domain.rank),
        variant: 0x100 | underflow | steps.lowerBound << 16, parameter: 0,
        predicate: program.predicate
      ) { scope in
        var mask: Expression?
        func add(_ condition: Expression, _ bit: Int) {
          let one = condition.cast(to: .uint64) << bit
          mask = mask.map { $0 | one } ?? one
        }
        for step in steps {
          let conditions =
            step < program.steps.count
            ? conditions(program.steps[step], Int32(step), &scope)
            : castConditions(outputs, &scope)
          for (bit, condition) in conditions.all.enumerated() {
            if let condition { add(condition, 4 * (step - steps.lowerBound) + bit) }
          }
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
  ) -> Conditions {
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
  ) -> Conditions {
    if loop.inputs[0].isInteger {
      switch operation.integerEvents {
      case .none, .negativeExponent: return Conditions()
      case .zeroInput: return Conditions(divide: inputs[0] == 0, invalid: inputs[0] == 0)
      case .divisor(let quotient):
        guard quotient, loop.inputs[0].isSigned else { return Conditions(divide: inputs[1] == 0) }
        let smallest =
          inputs[0]
          == inputs[0].builder.constant(
            ReductionOperation.worst(loop.inputs[0], true))
        return Conditions(divide: inputs[1] == 0, overflow: smallest & (inputs[1] == -1))
      }
    }
    guard loop.inputs.contains(where: \.isInexact), loop.outputs[0].isInexact else {
      return Conditions()
    }
    let result = results(0)
    let nanIn = any(inputs.map(\.isNaN))
    let infiniteOut = result.isInfinite & !any(inputs.map(\.isInfinite)) & !nanIn
    // Of several results any may be the one without a value: divmod's remainder over 0.
    let isNaN = loop.outputs.indices.filter { loop.outputs[$0].isInexact }.map {
      results($0).isNaN
    }
    let invalid = any(isNaN) & !nanIn
    var conditions = Conditions(invalid: invalid)
    conditions.underflow = underflow(operation, inputs, result)
    switch operation.poles {
    case .none: conditions.overflow = infiniteOut
    case .everywhere: conditions.divide = infiniteOut
    case .zero(let input):
      let atZero = inputs[input] == 0
      conditions.divide = infiniteOut & atZero
      conditions.overflow = infiniteOut & !atZero
    }
    return conditions
  }

  /// The operations whose results may be too small for the type. (Sums of small numbers are exact,
  /// and 0 is a result of many others.)
  private static let underflowing: Set<String> = [
    "multiply", "divide", "square", "power", "float_power", "exp", "exp2", "ldexp", "nextafter",
  ]

  private static func underflow(
    _ operation: ElementwiseOperation, _ inputs: [Expression], _ result: Expression
  ) -> Expression? {
    guard underflowing.contains(operation.name), !result.dtype.isComplex,
      GlobalState.watched.contains(.underflow)
    else { return nil }
    var condition = isTiny(result)
    for input in inputs where input.dtype.isFloating {
      condition = condition & !input.isInfinite
      if operation.name != "nextafter" { condition = condition & (input != 0) }
    }
    return condition
  }

  /// Whether a number is 0 or below the smallest normal one of its type.
  private static func isTiny(_ value: Expression) -> Expression {
    let least = value.dtype.leastNormal
    return (value < value.literal(least)) & (value > value.literal(-least))
  }

  /// What conversions of the outputs lose.
  private static func castConditions(
    _ outputs: [Program.Output], _ scope: inout Program.Scope
  ) -> Conditions {
    var all = Conditions()
    func join(_ a: Expression?, _ b: Expression?) -> Expression? {
      guard let a, let b else { return a ?? b }
      return a | b
    }
    for output in outputs {
      let own = castConditions(scope.expression(output.operand), output.dtype)
      all.overflow = join(all.overflow, own.overflow)
      all.underflow = join(all.underflow, own.underflow)
      all.invalid = join(all.invalid, own.invalid)
    }
    return all
  }

  /// What a conversion to a narrower type loses.
  static func castConditions(
    _ value: Expression, _ dtype: DType
  ) -> Conditions {
    if value.dtype == dtype { return Conditions() }
    if dtype.isInexact {
      // Of the types that integers convert to, the halves alone may be too small for them.
      guard value.dtype.isInexact else {
        return Conditions(
          overflow: dtype.realType == .float16 ? value.cast(to: dtype).isInfinite : nil)
      }
      let result = value.cast(to: dtype)
      var conditions = Conditions(overflow: result.isInfinite & !value.isInfinite)
      if !dtype.isComplex, !value.dtype.isComplex, GlobalState.watched.contains(.underflow) {
        conditions.underflow = isTiny(result) & (value != 0)
      }
      return conditions
    }
    guard dtype.isInteger, value.dtype.isInexact else { return Conditions() }
    let range = dtype.convertibleRange
    // Truncation comes first: -0.5 is 0.
    let whole = value.real.cast(to: .float64).truncated
    return Conditions(invalid: !((whole >= range.lowerBound) & (whole < range.upperBound)))
  }

  private static func any(_ conditions: [Expression]) -> Expression {
    conditions.dropFirst().reduce(conditions[0]) { $0 | $1 }
  }
}
