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

  package static func append(_ event: Event) {
    if isSilent { return }
    if let own {
      own.events.withLock { if !$0.contains(event) { $0.append(event) } }
      return
    }
    pending.withLock { if !$0.contains(event) { $0.append(event) } }
    any.store(true, ordering: .relaxed)
  }

  package static let reported: FloatingPointEvents = [.divideByZero, .overflow, .invalid]

  static func note(_ events: FloatingPointEvents, of program: Program) throws(MartletError) {
    // Where the hardware has no flags, nobody hears of events.
    if events.isDisjoint(with: reported),
      !(program.device.isHost && program.mayDivideIntegers)
    {
      return
    }
    if isSilent { return }
    for event in try Audit.events(of: program) { append(event) }
  }
}
