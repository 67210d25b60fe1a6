import MartletIR
import MartletRuntime
import Synchronization

/// Floating-point events that users hear of, named by the operation that raised them.
///
/// A kernel's flags only say that something may have happened (definitions of functions raise some
/// on the way); when they say so, the program is looked at step by step.
package enum FloatingPointLog {
  package struct Event: Sendable, Hashable {
    package var operation: String
    package var kind: FloatingPointEvents
  }

  private static let pending = Mutex<[Event]>([])
  private static let any = Atomic<Bool>(false)
  /// Set by work of which nobody wants to hear, on its own thread or task: `Check` computes with edge
  /// values.
  @TaskLocal package static var isSilent = false
  /// Where the innermost `collected` gathers events instead.
  @TaskLocal private static var own: Collection?

  /// Whether this task's events are gathered.
  static var isGathering: Bool { own != nil }

  private final class Collection: Sendable {
    let events = Mutex<[Event]>([])
  }

  /// Events since the last call, in order.
  package static func take() -> [Event] {
    guard any.load(ordering: .relaxed) else { return [] }
    any.store(false, ordering: .relaxed)
    return pending.withLock { events in
      defer { events = [] }
      return events
    }
  }

  package static var isEmpty: Bool { !any.load(ordering: .relaxed) }

  /// Runs `body` and returns its events, which the process does not hear of, and none that other
  /// tasks and threads raise meanwhile.
  package static func collected(_ body: () throws -> Void) rethrows -> [Event] {
    let collection = Collection()
    try $own.withValue(collection, operation: body)
    return collection.events.withLock { $0 }
  }

  /// The result of `body` and its events, all of them: work is done at once meanwhile.
  static func gathered<Result>(
    _ body: () throws -> Result
  ) rethrows -> (Result, [Event]) {
    let collection = Collection()
    GlobalState.gather(true)
    defer { GlobalState.gather(false) }
    let result = try $own.withValue(collection, operation: body)
    return (result, collection.events.withLock { $0 })
  }

  /// The same for work that waits.
  static func gathered<Result>(
    isolation: isolated (any Actor)?, _ body: () async throws -> Result
  ) async rethrows -> (Result, [Event]) {
    let collection = Collection()
    GlobalState.gather(true)
    defer { GlobalState.gather(false) }
    let result = try await $own.withValue(collection, operation: body, isolation: isolation)
    return (result, collection.events.withLock { $0 })
  }

  /// Runs `body`, of whose events nobody hears.
  package static func silently<Result>(_ body: () -> Result) -> Result {
    $isSilent.withValue(true, operation: body)
  }

  package static func append(_ event: Event) {
    if isSilent { return }
    if let own {
      own.events.withLock { if !$0.contains(event) { $0.append(event) } }
      return
    }
    pending.withLock { if !$0.contains(event) { $0.append(event) } }
    any.store(true, ordering: .relaxed)
  }

  /// In the order in which they are told.
  package static let kinds: [FloatingPointEvents] = [
    .divideByZero, .overflow, .underflow, .invalid,
  ]

  /// Notes what the conversion of one number loses, as a kernel that converts elements would.
  package static func note(converting number: Scalar, to dtype: DType) {
    guard let lost = number.lost(as: dtype), GlobalState.reported.contains(lost) else { return }
    append(.init(operation: "cast", kind: lost))
  }

  static func note(_ events: FloatingPointEvents, of program: Program) throws(MartletError) {
    // Where the hardware has no flags, nobody hears of events.
    if events.isDisjoint(with: GlobalState.watched),
      !(program.device.isHost && program.mayDivideIntegers)
    {
      return
    }
    if isSilent { return }
    for event in try Audit.events(of: program).toTell { append(event) }
  }
}

extension Scalar {
  /// What a conversion of the number loses that floating-point events tell of: a finite number
  /// becomes infinite, or one that is no integer of the type becomes some integer.
  package func lost(as target: DType) -> FloatingPointEvents? {
    if target.isInexact {
      // Only what is wider than the target, or an integer, can be beyond it.
      if dtype == target || target.realType == .float64 { return nil }
      let result = converted(to: target)
      let real = result.asDouble.isInfinite && !asDouble.isInfinite
      let imaginary = result.imaginary.isInfinite && !self.imaginary.isInfinite
      return real || imaginary ? .overflow : nil
    }
    guard target.isInteger, dtype.isInexact else { return nil }
    // One number is converted through more bits than many are.
    let range = (target == .uint32 ? DType.int64 : target).convertibleRange
    return range.contains(asDouble.rounded(.towardZero)) ? nil : .invalid
  }
}

extension DType {
  /// The numbers that convert to an integer type without an event. NumPy's conversions go through
  /// the processor's: narrow types wrap around in silence, and so do negative numbers that become
  /// unsigned.
  var convertibleRange: Range<Double> {
    switch self {
    case .uint32: -0x1p31..<0x1p32
    case .int64: -0x1p63..<0x1p63
    case .uint64: -0x1p63..<0x1p64
    default: -0x1p31..<0x1p31
    }
  }
}
