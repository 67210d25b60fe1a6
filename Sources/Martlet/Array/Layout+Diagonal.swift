import MartletIR

extension Layout {
  /// The diagonals of two axes, which become one behind all others; nil where both are the same.
  ///
  /// - Parameter offset: How many places to the right of the first element they begin, or below
  ///   where it is negative.
  package func diagonal(_ offset: Int, _ first: Int, _ second: Int) -> Layout? {
    if first == second { return nil }
    var result = Layout(shape: Shape(), strides: Shape(), offset: self.offset)
    for axis in 0..<rank where axis != first && axis != second {
      result.shape.append(shape[axis])
      result.strides.append(strides[axis])
    }
    let (rows, columns) = (shape[first], shape[second])
    // Outside of the array there is nothing, however far.
    let size =
      offset >= 0
      ? min(rows, max(columns - min(offset, columns), 0))
      : min(columns, max(rows + max(offset, -rows), 0))
    if size > 0 {
      result.offset += offset >= 0 ? offset * strides[second] : -(offset * strides[first])
    }
    result.shape.append(size)
    result.strides.append(strides[first] + strides[second])
    return result
  }
}
