import MartletIR
import MartletRuntime

/// What the steps of a kernel raised that applies a row again and again, as the bits it writes.
struct StepEvents: OptionSet {
  let rawValue: UInt8

  static let divideByZero = StepEvents(rawValue: 1)
  static let overflow = StepEvents(rawValue: 2)
  static let invalid = StepEvents(rawValue: 4)
  /// Of integers: an error, not a number.
  static let negativeExponent = StepEvents(rawValue: 8)

  /// The same of a launch that is one operation for each element.
  init(_ flags: FloatingPointEvents) {
    self = []
    if flags.contains(.divideByZero) { insert(.divideByZero) }
    if flags.contains(.overflow) { insert(.overflow) }
    if flags.contains(.invalid) { insert(.invalid) }
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The bits of one step, as a `uint8`; nil where it never raises anything.
  static func bits(
    _ operation: ElementwiseOperation, _ loop: TypedLoop, _ inputs: [Expression],
    _ results: [Expression]
  ) -> Expression? {
    let conditions = Audit.conditions(operation, loop, inputs) { results[$0] }
    var negative: Expression?
    if operation.integerEvents == .negativeExponent, loop.inputs[1].isSigned {
      negative = inputs[1] < 0
    }
    return union([
      (conditions.divide, .divideByZero), (conditions.overflow, .overflow),
      (conditions.invalid, .invalid), (negative, .negativeExponent),
    ])
  }

  /// The bit of a finite number that became infinite; nil where that cannot be.
  static func bits(of value: Expression, castTo result: Expression) -> Expression? {
    guard value.dtype != result.dtype, result.dtype.isInexact else { return nil }
    return union([(result.isInfinite & !value.isInfinite, .overflow)])
  }

  private static func union(_ conditions: [(Expression?, StepEvents)]) -> Expression? {
    var all: Expression?
    for case (let condition?, let event) in conditions {
      let zero = condition.builder.integer(0, .uint8)
      let bit = condition.select(zero.literal(Double(event.rawValue)), zero)
      all = all.map { $0 | bit } ?? bit
    }
    return all
  }

  /// Tells of what users hear of, under the name that NumPy gives it.
  ///
  /// - Throws: `.invalidArgument` for a negative exponent of integers.
  func report(
    _ operation: ElementwiseOperation, as method: String, on device: Device
  ) throws(MartletError) {
    if contains(.negativeExponent) {
      throw .invalidArgument(
        operation: operation.name, detail: IntegerEvents.negativeExponentMessage)
    }
    // As for other work, nobody hears of events on devices without flags.
    guard device.runtime.capabilities.reportsFloatingPointEvents else { return }
    let kinds: [(StepEvents, FloatingPointEvents)] = [
      (.divideByZero, .divideByZero), (.overflow, .overflow), (.invalid, .invalid),
    ]
    for (event, kind) in kinds where contains(event) && GlobalState.reported.contains(kind) {
      FloatingPointLog.append(.init(operation: method, kind: kind))
    }
  }
}
