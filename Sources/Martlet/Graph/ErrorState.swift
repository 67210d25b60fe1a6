import MartletIR
import MartletRuntime

/// What floating-point work meets on its way: divisions by zero, overflow (NumPy's `errstate`).
///
/// A Swift program hears of none unless it asks, for a part of itself:
///
///     let (quotients, events) = ErrorState.collecting { a / b }
///     let roots = try ErrorState.throwing { sqrt(x) }     // an error for a root of -1
///
/// The part belongs to its task, with the child tasks that it starts. Nothing in it is deferred, so
/// that what happens is known at its end.
public enum ErrorState {
  /// A kind of event.
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// A finite number divided by zero.
    case divide
    /// A result too large for its type.
    case overflow
    /// A result so small that digits were lost.
    case underflow
    /// No number is the result, as of 0 / 0.
    case invalid

    var events: FloatingPointEvents {
      switch self {
      case .divide: .divideByZero
      case .overflow: .overflow
      case .underflow: .underflow
      case .invalid: .invalid
      }
    }

    var words: String {
      switch self {
      case .divide: "divide by zero"
      case .overflow: "overflow"
      case .underflow: "underflow"
      case .invalid: "invalid value"
      }
    }
  }

  /// What happened, and in which operation.
  public struct Event: Sendable, Hashable {
    /// NumPy's name of the operation, such as `divide`.
    public let operation: String
    /// What it met.
    public let kind: Kind
  }

  /// Runs `body` and gives what it met besides its result.
  ///
  /// - Parameter kinds: What is looked for.
  /// - Parameter body: The work.
  public static func collecting<Result>(
    _ kinds: Set<Kind> = usual, _ body: () throws -> Result
  ) rethrows -> (result: Result, events: [Event]) {
    GlobalState.watch(bits(kinds))
    let (result, events) = try FloatingPointLog.gathered(body)
    return (result, known(events, kinds))
  }

  /// The same for work that waits.
  public static func collecting<Result>(
    _ kinds: Set<Kind> = usual, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Result
  ) async rethrows -> (result: Result, events: [Event]) {
    GlobalState.watch(bits(kinds))
    let (result, events) = try await FloatingPointLog.gathered(isolation: isolation, body)
    return (result, known(events, kinds))
  }

  /// Runs `body`; what it met is an error (NumPy's `errstate(all="raise")`).
  ///
  /// - Parameter kinds: What is looked for.
  /// - Parameter body: The work.
  /// - Throws: `MartletError.floatingPoint` for the first event, and what `body` throws.
  public static func throwing<Result>(
    _ kinds: Set<Kind> = usual, _ body: () throws -> Result
  ) throws -> Result {
    let (result, events) = try collecting(kinds, body)
    if let first = events.first { throw error(first) }
    return result
  }

  /// The same for work that waits.
  ///
  /// - Throws: `MartletError.floatingPoint` for the first event, and what `body` throws.
  public static func throwing<Result>(
    _ kinds: Set<Kind> = usual, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Result
  ) async throws -> Result {
    let (result, events) = try await collecting(kinds, isolation: isolation, body)
    if let first = events.first { throw error(first) }
    return result
  }

  /// All kinds but underflow, as NumPy tells of them.
  public static let usual: Set<Kind> = [.divide, .overflow, .invalid]

  private static func bits(_ kinds: Set<Kind>) -> FloatingPointEvents {
    kinds.reduce(into: []) { $0.formUnion($1.events) }
  }

  private static func error(_ event: Event) -> MartletError {
    .floatingPoint(event: event.kind.words, operation: event.operation)
  }

  private static func known(_ events: [FloatingPointLog.Event], _ kinds: Set<Kind>) -> [Event] {
    var found: [Event] = []
    for event in events {
      for kind in Kind.allCases where kinds.contains(kind) && event.kind.contains(kind.events) {
        found.append(Event(operation: event.operation, kind: kind))
      }
    }
    return found
  }
}
