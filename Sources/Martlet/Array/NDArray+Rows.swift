import MartletIR

/// The parts of an array along its first axis, as views: the rows of a matrix, the elements of a
/// vector as arrays without axes.
extension NDArray: Sequence {
  /// Gives one part after another.
  public struct Iterator: IteratorProtocol, Sendable {
    private let array: NDArray
    private var next_ = 0

    fileprivate init(_ array: NDArray) { self.array = array }

    /// The next part, or nil after the last.
    public mutating func next() -> NDArray? {
      guard next_ < array.shape[0] else { return nil }
      defer { next_ += 1 }
      return array.view(array.layout.indexed(axis: 0, at: next_))
    }
  }

  /// An array without axes has no parts: the program ends.
  public func makeIterator() -> Iterator {
    guard rank > 0 else {
      fatalError(
        "[iteration] \(self) is an array without axes, which has no rows: Double(a) is its number")
    }
    return Iterator(self)
  }

  /// How many parts there are.
  public var underestimatedCount: Int { rank > 0 ? shape[0] : 0 }
}
