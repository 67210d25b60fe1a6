import MartletIR
import MartletRuntime

// Sorting and what is made of it, on arrays that are, or were, on a tape. Where elements go is found
// from the numbers and is constant; the elements themselves are chosen, which has a derivative.

extension NDArray {
  /// The elements at positions along an axis.
  func moved(to positions: NDArray, _ axis: Int) throws(MartletError) -> NDArray {
    try get(Self.alongIndices(shape, positions, axis, "sort"))
  }

  /// The distinct elements: of equal ones the first is the value.
  func uniqueTraced(
    _ outputs: UniqueOutputs, _ equalNaN: Bool
  ) throws(MartletError) -> UniqueElements {
    var wanted = outputs
    wanted.insert(.firstPositions)
    var found = try untraced.uniqueElements(wanted, equalNaN: equalNaN)
    guard let first = found.firstPositions else { return found }
    found.values = try raveled().taking(first, axis: 0)
    if !outputs.contains(.firstPositions) { found.firstPositions = nil }
    return found
  }
}

extension LaneStatistics {
  /// The same of lanes that are on a tape: they are sorted, and the places are chosen.
  static func traced(
    _ lanes: NDArray, quantileCount: Int, omittingNaN: Bool,
    _ places: (_ quantile: Int, _ count: Int) -> QuantilePlace
  ) throws(MartletError) -> LaneStatistics {
    let (count, length) = (lanes.shape[0], lanes.shape[1])
    let plain = lanes.untraced
    let order = try plain.argSort(axis: -1).elements(as: Int.self)
    var valid = Array(repeating: length, count: count)
    if plain.dtype.isInexact {
      let isNumber = try NDArray.compute(
        .logicalNot, .array(NDArray.compute(.isnan, .array(plain))))
      valid = try isNumber.countNonzero(axes: [1]).elements(as: Int.self)
    }
    let total = try Shape([quantileCount, count]).checkedCount()
    try Room.check(bytes: total * 3 * MemoryLayout<Int>.stride)
    var previous = [Int](repeating: 0, count: total)
    var next = previous
    var numbers = [Double](repeating: 0, count: total)
    for lane in 0..<count {
      for quantile in 0..<quantileCount {
        let cell = quantile * count + lane
        // NaNs come last: the last one stands for a lane that has no quantile.
        guard length > 0, valid[lane] > 0, omittingNaN || valid[lane] == length else {
          previous[cell] = lane * length + (length == 0 ? 0 : order[(lane + 1) * length - 1])
          next[cell] = previous[cell]
          continue
        }
        let place = places(quantile, valid[lane])
        previous[cell] = lane * length + order[lane * length + place.previous]
        next[cell] = lane * length + order[lane * length + place.next]
        numbers[cell] = place.weight
      }
    }
    let flat = try lanes.raveled()
    func chosen(_ positions: [Int]) throws(MartletError) -> NDArray {
      try flat.taking(
        NDArray(positions: positions).reshaped([quantileCount, count]), axis: 0)
    }
    let isUneven = omittingNaN && valid.contains { $0 != length }
    var weights = try NDArray(numbers, shape: [quantileCount, count])
    if !isUneven {
      weights = try NDArray(
        (0..<quantileCount).map { length == 0 ? 0 : places($0, length).weight },
        shape: [quantileCount, 1])
    }
    return LaneStatistics(
      previous: try chosen(previous), next: try chosen(next), weights: weights,
      hasEmptyLane: valid.contains(0), counts: isUneven ? valid : nil)
  }
}
