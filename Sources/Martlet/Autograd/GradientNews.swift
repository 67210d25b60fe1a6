import Synchronization

/// What rules leave out of a gradient, for the door to tell.
package enum GradientNews {
  private static let waiting = Mutex<[String]>([])

  static func append(_ text: String) {
    waiting.withLock { if !$0.contains(text) { $0.append(text) } }
  }

  /// The texts since the last call.
  package static func take() -> [String] {
    waiting.withLock { texts in
      defer { texts = [] }
      return texts
    }
  }
}
