import Synchronization

/// Counts what is copied between devices.
public enum Transfers {
  /// Copies since the process began, or since `reset`.
  public struct Statistics: Sendable, Hashable {
    public var count = 0
    public var bytes = 0
  }

  private static let total = Mutex<Statistics>(Statistics())

  public static var statistics: Statistics { total.withLock { $0 } }

  public static func reset() { total.withLock { $0 = Statistics() } }

  static func note(_ byteCount: Int, from: Device, to: Device) {
    total.withLock {
      $0.count += 1
      $0.bytes += byteCount
    }
    Debug.showTransfer(byteCount, from: from, to: to)
  }
}
