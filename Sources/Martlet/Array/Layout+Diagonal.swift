import MartletIR

extension Layout {
  /// The diagonals of two axes, which become one behind all others; nil where both are the same.
  ///
  /// - Parameter offset: How many places to the right of the first element they begin, or below
  ///   where it is negative.
  package func diagonal(_ offset: Int, _ first: Int, _ second: Int) -> Layout? {
    var result = self
    return result.takeDiagonal(offset, first, second) ? result : nil
  }

  /// The same in place: nothing changes where both axes are the same.
  mutating func takeDiagonal(_ offset: Int, _ first: Int, _ second: Int) -> Bool {
    if first == second { return false }
    let (rows, columns) = (shape[first], shape[second])
    let (down, across) = (strides[first], strides[second])
    // Outside of the array there is nothing, however far.
    let size =
      offset >= 0
      ? min(rows, max(columns - min(offset, columns), 0))
      : min(columns, max(rows + max(offset, -rows), 0))
    if size > 0 { self.offset += offset >= 0 ? offset * across : -(offset * down) }
    shape.remove(at: max(first, second))
    strides.remove(at: max(first, second))
    shape.remove(at: min(first, second))
    strides.remove(at: min(first, second))
    shape.append(size)
    strides.append(down + across)
    return true
  }
}
