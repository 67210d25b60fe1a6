import MartletIR
import MartletRuntime

extension NDArray {
  /// Quantiles of elements that count as much as weights say: the first element up to which the
  /// weights are at least the wanted part of all (NumPy's only weighted method, `inverted_cdf`).
  ///
  /// - Parameter weights: Not negative, of this array's shape.
  /// - Returns: Nil where a lane's weights have no sum to divide by.
  package func weightedQuantiles(
    _ probabilities: Probabilities, _ operation: String, weights: NDArray, axes: [Int]?,
    keepDimensions: Bool, omittingNaN: Bool
  ) throws(MartletError) -> Checked? {
    try checkQuantiles(probabilities, operation)
    let (rows, shape, kept) = try lanes(operation, axes)
    let (lanes, length) = (rows.shape[0], rows.shape[1])
    guard length > 0 else { throw .indexOutOfBounds(index: -1, axis: 0, size: 0) }
    let loads = try weights.untraced.lazilyConverted(to: .float64).lanes(operation, axes).rows
      .contiguous()
    let order = try rows.argSort(axis: -1).contiguous()
    // NaNs come last.
    let valid =
      try dtype.isInexact
      ? Self.compute(.logicalNot, .array(Self.compute(.isnan, .array(rows.untraced))))
        .countNonzero(axes: [1]).elements(as: Int.self) : Array(repeating: length, count: lanes)
    let numbers = probabilities.numbers
    let places = try NDArray(uninitialised: [numbers.count, lanes], .int64)
    let target = try places.pointer().assumingMemoryBound(to: Int.self)
    let sorted = try order.pointer().assumingMemoryBound(to: Int.self)
    let heavy = try loads.pointer().assumingMemoryBound(to: Double.self)
    var hasEmptyLane = false
    try Room.check(bytes: length * MemoryLayout<Double>.stride)
    var sums = [Double](repeating: 0, count: length)
    for lane in 0..<lanes {
      let count = valid[lane]
      let start = lane * length
      if count == 0 { hasEmptyLane = true }
      if count == 0 || (count < length && !omittingNaN) {
        for q in numbers.indices { target[q * lanes + lane] = start + sorted[start + length - 1] }
        continue
      }
      var sum = 0.0
      for i in 0..<count {
        sum += heavy[start + sorted[start + i]]
        sums[i] = sum
      }
      guard sum > 0, sum.isFinite else { return nil }
      for (q, number) in numbers.enumerated() {
        // Elements without weight before all others are never chosen.
        var (low, rest) = (0, count)
        while rest > 0 {
          let half = rest / 2
          let part = sums[low + half] / sum
          let isBefore = part < number || part == 0
          low = isBefore ? low + half + 1 : low
          rest = isBefore ? rest - half - 1 : half
        }
        target[q * lanes + lane] = start + sorted[start + Swift.min(low, count - 1)]
      }
    }
    withExtendedLifetime((order, loads)) {}
    let result = try rows.raveled().taking(places, axis: 0)
    let final = keepDimensions ? kept : shape.removing(axes: axes, rank: rank)
    return (try result.reshaped(Array(probabilities.shape) + Array(final)), hasEmptyLane)
  }
}
