import MartletIR
import MartletRuntime

extension NDArray {
  /// `sliding` of rows of which one is, or was, on a tape. The others' positions are part of the
  /// full one, whose slopes are of its own kind.
  static func slidingTraced(
    _ long: NDArray, _ short: NDArray, _ mode: ConvolutionMode
  ) throws(MartletError) -> NDArray {
    guard long.isTraced || short.isTraced else {
      return try sliding(long.untraced, short.untraced, mode)
    }
    let (size, width) = (long.count, short.count)
    let full = try Recording.record(
      "convolve", [long, short], kept: [.array(long), .array(short)],
      { (rows) throws(MartletError) in try sliding(rows[0], rows[1], .full) },
      pullback: { (_, g, kept) throws(MartletError) in
        let (long, short) = (
          try kept[0].asArray().conjugate(), try kept[1].asArray().conjugate()
        )
        return [
          try sliding(g, short.flipped(), .valid), try sliding(g, long, .valid).flipped(),
        ]
      })
    switch mode {
    case .full: return full
    case .same: return full.part(axis: 0, from: width - 1 - width / 2, count: size)
    case .valid: return full.part(axis: 0, from: width - 1, count: size - width + 1)
    }
  }

  /// `interpolated` where the positions or the points are on a tape: from steps that have
  /// derivatives, in the interval that each position is in. At a point it is the one behind it.
  ///
  /// - Parameters: `x` real numbers; `xp` rising, of one axis; `fp` as long.
  static func interpolatedTraced(
    _ x: NDArray, _ xp: NDArray, _ fp: NDArray, left: Scalar?, right: Scalar?
  ) throws(MartletError) -> NDArray {
    let count = xp.count
    let plain = x.untraced
    let behind = try xp.untraced.searchSorted(plain, side: .right)
    func number(_ value: Int) -> Operand { .scalar(Scalar(Int64(value), .int64)) }
    let low = try compute(
      .clip, .array(compute(.subtract, .array(behind), number(1))), number(0),
      number(Swift.max(count - 2, 0)))
    let high = try compute(
      .minimum, .array(compute(.add, .array(low), number(1))), number(count - 1))
    let (x0, y0) = (try xp.taking(low, axis: 0), try fp.taking(low, axis: 0))
    var result = y0
    if count > 1 {
      let (x1, y1) = (try xp.taking(high, axis: 0), try fp.taking(high, axis: 0))
      let slope = try compute(
        .divide, .array(compute(.subtract, .array(y1), .array(y0))),
        .array(compute(.subtract, .array(x1), .array(x0))))
      let step = try compute(
        .multiply, .array(slope), .array(compute(.subtract, .array(x), .array(x0))))
      result = try compute(.add, .array(step), .array(y0))
    }
    func end(_ place: Int, _ given: Scalar?) -> Operand {
      if let given { return .scalar(given.converted(to: fp.dtype)) }
      return .array(fp.part(axis: 0, from: place, count: 1))
    }
    func point(_ place: Int) -> Operand {
      .array(xp.untraced.part(axis: 0, from: place, count: 1))
    }
    // The last point has no interval behind it.
    result = try Self.selected(
      by: compute(.equal, .array(plain), point(count - 1)), end(count - 1, nil), .array(result))
    result = try Self.selected(
      by: compute(.greater, .array(plain), point(count - 1)), end(count - 1, right), .array(result))
    return try Self.selected(
      by: compute(.less, .array(plain), point(0)), end(0, left), .array(result))
  }
}
