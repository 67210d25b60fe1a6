import MartletIR
import MartletRuntime
import Synchronization

/// Counts what is copied between devices.
public enum Transfers {
  /// Copies since the process began, or since `reset`.
  public struct Statistics: Sendable, Hashable {
    /// How many copies there were.
    public var count = 0
    /// How many bytes they had.
    public var bytes = 0

    fileprivate mutating func add(_ more: Statistics) {
      count += more.count
      bytes += more.bytes
    }
  }

  private static let total = Mutex<Statistics>(Statistics())

  /// What was copied since the program began, or since `reset`.
  public static var statistics: Statistics { total.withLock { $0 } }

  /// Begins to count again.
  public static func reset() { total.withLock { $0 = Statistics() } }

  /// - Parameter span: began before the copy, where a profile is taken.
  static func note(_ byteCount: Int, from: Device, to: Device, _ span: Profiler.Span?) {
    if let span {
      let busy = from.isHost ? to : from
      Profiler.end(
        span, .transfer, "\(from) → \(to)", on: busy.name, note: to.name, bytes: byteCount)
    }
    let one = Statistics(count: 1, bytes: byteCount)
    total.withLock { $0.add(one) }
    meter?.total.withLock { $0.add(one) }
    Debug.showTransfer(byteCount, from: from, to: to)
  }

  // MARK: Of one piece of work

  private final class Meter: Sendable {
    let total = Mutex(Statistics())
  }

  @TaskLocal private static var meter: Meter?

  /// What `body` gives, and what it copied between devices, other tasks and threads left out.
  package static func counted<Value>(
    _ body: () throws -> Value
  ) rethrows -> (value: Value, copied: Statistics) {
    let (outer, inner) = (meter, Meter())
    let value = try $meter.withValue(inner, operation: body)
    let copied = inner.total.withLock { $0 }
    outer?.total.withLock { $0.add(copied) }
    return (value, copied)
  }

  /// What `body` gives, or its error, and how many bytes it copied between devices.
  static func measured<Value>(
    _ body: () throws(MartletError) -> Value
  ) -> (Result<Value, MartletError>, bytes: Int) {
    let (outcome, copied) = counted { Result { () throws(MartletError) in try body() } }
    return (outcome, copied.bytes)
  }
}
