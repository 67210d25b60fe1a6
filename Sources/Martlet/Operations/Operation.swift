import MartletIR
import Synchronization

/// One row of the table: an operation with everything that the rest of the system derives from it.
///
/// The Swift function, the Python ufunc, the kernel on every device, the documentation and the
/// tests all come from here; nothing else in the project knows what an operation computes.
public final class ElementwiseOperation: Sendable {
  /// NumPy's name.
  public let name: String
  /// One line of documentation.
  public let summary: String
  /// How many arrays it takes.
  public let inputCount: Int
  /// How many arrays it gives.
  public let outputCount: Int
  /// The types it computes in, in NumPy's order: the first that all inputs safely cast to is taken.
  package let loops: [TypedLoop]
  /// What it gives for no elements, as `ufunc.identity`.
  package let identity: Identity
  /// The inputs that tests draw, and where its value is defined.
  package let domain: Domain
  /// How far a result may be from the exact one; 0 for operations that round once.
  package let tolerance: Tolerance
  /// The derivative, or why there is none.
  package let gradient: Gradient
  /// Where a finite input gives an infinity that is a division by zero and not an overflow.
  package let poles: Poles
  /// How the loop is chosen where the inputs' types are none's exactly.
  package let selection: LoopSelection
  /// What integer inputs raise, which their results don't show.
  package let integerEvents: IntegerEvents
  /// The expression, given the inputs in a loop's types; the results are in its output types.
  let body: Body
  /// A number of its own, for keys of compiled kernels within a process.
  let index: Int
  /// What one element costs, in about the time of an addition.
  let cost: Int

  private static let count = Atomic<Int>(0)

  typealias Body = @Sendable ([Expression]) -> [Expression]

  init(
    name: String, summary: String, loops: [TypedLoop], identity: Identity, domain: Domain,
    tolerance: Tolerance, poles: Poles, selection: LoopSelection, integerEvents: IntegerEvents,
    gradient: Gradient, body: @escaping Body
  ) {
    self.name = name
    self.summary = summary
    self.inputCount = loops[0].inputs.count
    self.outputCount = loops[0].outputs.count
    self.loops = loops
    self.identity = identity
    self.domain = domain
    self.tolerance = tolerance
    self.poles = poles
    self.selection = selection
    self.integerEvents = integerEvents
    self.gradient = gradient
    self.body = body
    cost = Self.weight(of: body, loops)
    self.index = Self.count.wrappingAdd(1, ordering: .relaxed).oldValue
  }
}

/// The types of one way to compute an operation.
package struct TypedLoop: Sendable, Hashable {
  package var inputs: [DType]
  package var outputs: [DType]

  package init(_ inputs: [DType], _ outputs: [DType]) {
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// What an operation gives for no elements.
package enum Identity: Sendable, Hashable {
  case none
  case number(Int)
  /// None, but the order of the elements does not matter (`maximum`, `minimum`).
  case reorderable
  /// Minus infinity (`logaddexp`).
  case negativeInfinity
}

/// Where tests draw an operation's inputs.
package enum Domain: Sendable, Hashable {
  /// All numbers, special ones included.
  case all
  /// Numbers in this range, one per input.
  case ranges([ClosedRange<Double>])
}

/// Where a result is infinite for finite inputs by division, not overflow.
package enum Poles: Sendable {
  case none
  /// Anywhere: every such infinity is a division by zero (`log`, `arctanh`).
  case everywhere
  /// Where this input is zero (`divide`, `reciprocal`, `power`); elsewhere it is an overflow.
  case zero(input: Int)
}

/// Units in the last place: of a real result, and of a complex result's magnitude.
package struct Tolerance: Sendable, Hashable, ExpressibleByIntegerLiteral {
  package var real: Double
  package var complex: Double

  package init(real: Double, complex: Double) {
    self.real = real
    self.complex = complex
  }
  package init(integerLiteral value: Int) {
    self.init(real: Double(value), complex: Double(value))
  }
}

/// How an operation chooses its loop.
package enum LoopSelection: Sendable, Hashable {
  /// The first loop that all inputs cast to safely.
  case firstSafe
  /// The same, but integers and truth values compute in `float64` (`divide`).
  case integersAsFloat64
  /// The same, and a Python integer beyond the other input's type counts with its own (comparisons).
  case anyIntegers
  /// The same, and a Python integer beside an array goes into any loop (`ldexp`).
  case literalsAnyNumber
  /// The same, but inputs that are all truth values are a `TypeError` with this message.
  case refusesTruthValues(String)
}

/// What integers raise.
package enum IntegerEvents: Sendable, Hashable {
  /// Nothing: they wrap.
  case none
  /// A second input of 0 is a division by zero. Where the quotient is a result, the smallest number
  /// over -1 is an overflow.
  case divisor(quotient: Bool)
  /// An input of 0 is a division by zero and invalid (`reciprocal`).
  case zeroInput
  /// A negative second input is a `ValueError`: `negativeExponentMessage`.
  case negativeExponent

  package static let negativeExponentMessage =
    "Integers to negative integer powers are not allowed."
}

package enum Gradient: Sendable {
  /// The derivative rule: from the gradient of the result, the inputs and the result to one
  /// gradient per input. Inputs are real.
  case rule(
    @Sendable (_ g: Expression, _ inputs: [Expression], _ result: Expression) -> [Expression])
  /// It has none, and asking for it is an error.
  case nonDifferentiable(String)
  /// It is found from the steps of the expression, one after the other.
  case composed
  /// Each result has its own, or is constant.
  case severalResults
  /// It is zero wherever there is one, for this reason: in a program that is differentiated the result
  /// is a constant.
  case constant(String)

  /// For one input.
  static func unary(
    _ rule: @escaping @Sendable (_ g: Expression, _ x: Expression, _ y: Expression) -> Expression
  ) -> Gradient {
    .rule { g, inputs, y in [rule(g, inputs[0], y)] }
  }

  /// For two inputs.
  static func binary(
    _ rule:
      @escaping @Sendable (
        _ g: Expression, _ a: Expression, _ b: Expression, _ y: Expression
      ) -> (Expression, Expression)
  ) -> Gradient {
    .rule { g, inputs, y in
      let (a, b) = rule(g, inputs[0], inputs[1], y)
      return [a, b]
    }
  }

  static let integers = Gradient.constant("it works on integers")
  static let step = Gradient.constant("it is constant between steps")
  static let truth = Gradient.constant("its result is a truth value")
}

// MARK: - Groups of types, in NumPy's order

extension [DType] {
  static let integers: [DType] = [
    .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64, .uint64,
  ]
  /// bfloat16 comes last, so that NumPy's choices are never changed by it.
  static let floating: [DType] = [.float16, .float32, .float64, .bfloat16]
  static let complex: [DType] = [.complex64, .complex128]
  static let inexact: [DType] = [.float16, .float32, .float64] + complex + [.bfloat16]
  static let real: [DType] = integers + floating
  static let numbers: [DType] = integers + inexact
}

extension [TypedLoop] {
  /// `count` inputs of each type, and one result of the same.
  static func same(_ types: [DType], inputs count: Int) -> [TypedLoop] {
    types.map { TypedLoop(Array<DType>(repeating: $0, count: count), [$0]) }
  }
  /// `count` inputs of each type, and one truth value.
  static func truth(_ types: [DType], inputs count: Int) -> [TypedLoop] {
    types.map { TypedLoop(Array<DType>(repeating: $0, count: count), [.bool]) }
  }
}

// MARK: - How rows are written

extension ElementwiseOperation {
  /// An operation of one input and one result; what few have is added by `selecting` and `raising`.
  static func unary(
    _ name: String, _ loops: [TypedLoop], domain: Domain, tolerance: Tolerance,
    poles: Poles = .none, gradient: Gradient, _ summary: String,
    _ body: @escaping @Sendable (Expression) -> Expression
  ) -> ElementwiseOperation {
    ElementwiseOperation(
      name: name, summary: summary, loops: loops, identity: .none, domain: domain,
      tolerance: tolerance, poles: poles, selection: .firstSafe, integerEvents: .none,
      gradient: gradient
    ) { [body($0[0])] }
  }

  /// An operation of two inputs and one result.
  static func binary(
    _ name: String, _ loops: [TypedLoop], identity: Identity, domain: Domain,
    tolerance: Tolerance, poles: Poles = .none, gradient: Gradient, _ summary: String,
    _ body: @escaping @Sendable (Expression, Expression) -> Expression
  ) -> ElementwiseOperation {
    ElementwiseOperation(
      name: name, summary: summary, loops: loops, identity: identity, domain: domain,
      tolerance: tolerance, poles: poles, selection: .firstSafe, integerEvents: .none,
      gradient: gradient
    ) { [body($0[0], $0[1])] }
  }

  /// An operation of another number of inputs or results.
  static func general(
    _ name: String, _ loops: [TypedLoop], domain: Domain, tolerance: Tolerance,
    poles: Poles = .none, gradient: Gradient, _ summary: String, _ body: @escaping Body
  ) -> ElementwiseOperation {
    ElementwiseOperation(
      name: name, summary: summary, loops: loops, identity: .none, domain: domain,
      tolerance: tolerance, poles: poles, selection: .firstSafe, integerEvents: .none,
      gradient: gradient, body: body)
  }

  /// The same row with another way to choose its loop.
  func selecting(_ selection: LoopSelection) -> ElementwiseOperation {
    ElementwiseOperation(
      name: name, summary: summary, loops: loops, identity: identity, domain: domain,
      tolerance: tolerance, poles: poles, selection: selection, integerEvents: integerEvents,
      gradient: gradient, body: body)
  }

  /// The same row with what integers raise.
  func raising(_ events: IntegerEvents) -> ElementwiseOperation {
    ElementwiseOperation(
      name: name, summary: summary, loops: loops, identity: identity, domain: domain,
      tolerance: tolerance, poles: poles, selection: selection, integerEvents: events,
      gradient: gradient, body: body)
  }

  /// A number in the middle of where the operation is defined, at which it raises nothing.
  package func harmlessInput(_ position: Int) -> Double {
    guard case .ranges(let ranges) = domain else { return 1 }
    return (ranges[position].lowerBound + ranges[position].upperBound) / 2
  }

  /// The results of this operation on expressions of one of its loops' types.
  func callAsFunction(_ inputs: [Expression]) -> [Expression] { body(inputs) }
}

// MARK: - Steps that bodies share

extension Expression {
  /// Half types in `float32`, so that several steps round once, as NumPy's halves do.
  var wide: Expression { cast(to: dtype.computeType) }

  /// A truth value, the same everywhere.
  func truth(_ value: Bool) -> Expression { builder.integer(value ? 1 : 0, .bool) }

  /// Neither infinite nor NaN; of a complex number both parts.
  var isFinite: Expression {
    if dtype.isComplex { return real.isFinite & imaginary.isFinite }
    return absolute < literal(Double.infinity)
  }
  /// Infinite; of a complex number either part.
  var isInfinite: Expression {
    if dtype.isComplex { return real.isInfinite | imaginary.isInfinite }
    return absolute == literal(Double.infinity)
  }
  /// Whether the sign bit is set, NaN's too.
  var hasSignBit: Expression { literal(1).copySign(of: self) < 0 }
}
