import MartletIR

// Sums of weights in bins: each weight gets the slope of its bin. Which bin an element is in does not
// change smoothly, so the elements are constant.

extension NDArray {
  /// `binCounts` where something is on a tape.
  func binCountsTraced(
    weights: NDArray?, minimumCount: Int
  ) throws(MartletError) -> NDArray {
    let bins = untraced
    let result = try bins.binCount(weights: weights?.untraced, minimumCount: minimumCount)
    guard let source = weights?.source() else { return result }
    return Recording.note(result, "bincount", [source], kept: [], keepsResult: false) {
      (_, g, _) throws(MartletError) in [try g.taking(bins, axis: 0)]
    }
  }

  /// `histogram` of weights that are, or were, on a tape.
  func histogramTraced(
    _ bins: HistogramBins, weights: NDArray
  ) throws(MartletError) -> NDArray? {
    let elements = untraced
    guard let result = try elements.histogram(bins, weights: weights.untraced) else { return nil }
    let (edges, count, shape) = (bins.edges.untraced, bins.count, weights.shape)
    return Recording.note(
      result, "histogram", [weights.source()], kept: [], keepsResult: false
    ) { (_, g, _) throws(MartletError) in
      func number(_ value: Int) -> Operand { .scalar(Scalar(Int64(value), .int64)) }
      let behind = try edges.searchSorted(elements.raveled(), side: .right)
      let place = try NDArray.compute(
        .clip, .array(NDArray.compute(.subtract, .array(behind), number(1))), number(0),
        number(Swift.max(count - 1, 0)))
      let first = edges.part(axis: 0, from: 0, count: 1)
      let last = edges.part(axis: 0, from: count, count: 1)
      let flat = Operand.array(try elements.raveled())
      let isOutside = try NDArray.compute(
        .logicalOr, .array(NDArray.compute(.less, flat, .array(first))),
        .array(NDArray.compute(.greater, flat, .array(last))))
      return [
        try MatrixRules.cleared(g.taking(place, axis: 0), where: isOutside).reshaped(Array(shape))
      ]
    }
  }
}
