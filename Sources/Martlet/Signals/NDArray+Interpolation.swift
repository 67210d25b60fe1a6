import MartletIR
import MartletRuntime

extension NDArray {
  /// Straight lines between points, at other positions (NumPy's `interp`).
  ///
  /// - Parameters:
  ///   - positions: The points' positions in ascending order.
  ///   - values: What is there, real or complex.
  ///   - left: Instead of the first value before the first point.
  ///   - right: Instead of the last value behind the last point.
  ///   - period: Positions repeat after it, and points need no order; there is no left and right then.
  /// - Throws: `.invalidArgument` for no points or rows of unlike lengths, `.outOfMemory`.
  public func interpolated(
    from positions: NDArray, _ values: NDArray, left: Double? = nil, right: Double? = nil,
    period: Double? = nil
  ) throws(MartletError) -> NDArray {
    func real(_ number: Double?) -> Scalar? { number.map { Scalar($0, .float64) } }
    return try interpolated(
      from: positions, values, left: real(left), right: real(right), period: period)
  }

  package func interpolated(
    from positions: NDArray, _ values: NDArray, left: Scalar?, right: Scalar?, period: Double?
  ) throws(MartletError) -> NDArray {
    func invalid(_ detail: String) -> MartletError {
      .invalidArgument(operation: "interp", detail: detail)
    }
    let isComplex = values.dtype.isComplex
    let dtype: DType = isComplex ? .complex128 : .float64
    var x = try lazilyConverted(to: .float64)
    var xp = try positions.lazilyConverted(to: .float64)
    var fp = try values.lazilyConverted(to: dtype)
    guard xp.rank == 1, fp.rank == 1 else {
      throw invalid(
        period == nil
          ? "object of too small depth for desired array" : "Data points must be 1-D sequences")
    }
    guard xp.count == fp.count else { throw invalid("fp and xp are not of the same length") }
    guard xp.count > 0 else { throw invalid("array of sample points is empty") }
    if let period {
      if period == 0 { throw invalid("period must be a non-zero value") }
      let length = Operand.weak(.floating, Scalar(period.magnitude, .float64))
      x = try Self.compute(.remainder, .array(x), length)
      xp = try Self.compute(.remainder, .array(xp), length)
      let order = try xp.argSort()
      (xp, fp) = (try xp.taking(order, axis: 0), try fp.taking(order, axis: 0))
      let count = xp.count
      let (first, last) = (
        xp.part(axis: 0, from: 0, count: 1), xp.part(axis: 0, from: count - 1, count: 1)
      )
      xp = try NDArray.concatenate(
        [
          Self.compute(.subtract, .array(last), length), xp,
          Self.compute(.add, .array(first), length),
        ], axis: 0)
      fp = try NDArray.concatenate(
        [fp.part(axis: 0, from: count - 1, count: 1), fp, fp.part(axis: 0, from: 0, count: 1)],
        axis: 0)
    }
    if Trace.isUsed, [x, xp, fp].contains(where: { $0.storage.tapeNode != nil }) {
      return try Self.interpolatedTraced(
        x, xp, fp, left: period == nil ? left : nil, right: period == nil ? right : nil)
    }
    x = try x.contiguous()
    xp = try xp.contiguous()
    fp = try fp.contiguous()
    let result = try NDArray(uninitialised: x.shape, dtype)
    let lines = InterpolatedLines(
      positions: try xp.pointer().assumingMemoryBound(to: Double.self),
      values: try fp.pointer().assumingMemoryBound(to: Double.self), count: xp.count,
      parts: isComplex ? 2 : 1)
    // Threads only read the points, and write results of their own.
    nonisolated(unsafe) let source = try x.pointer().assumingMemoryBound(to: Double.self)
    nonisolated(unsafe) let target = try result.pointer().assumingMemoryBound(to: Double.self)
    let ends = period == nil ? (left, right) : (nil, nil)
    let total = x.count
    let grain = total < 4096 ? total : 2048
    Workers.shared.parallel(count: total, grain: grain, mayBeLeft: true) { first, end in
      for i in first..<end {
        for part in 0..<lines.parts {
          func given(_ number: Scalar?) -> Double? {
            number.map { part == 0 ? $0.asDouble : $0.imaginary }
          }
          target[i * lines.parts + part] = lines.value(
            at: source[i], part: part, left: given(ends.0), right: given(ends.1))
        }
      }
    }
    withExtendedLifetime((x, xp, fp, result)) {}
    return result
  }
}

/// Points and the lines between them.
private struct InterpolatedLines: @unchecked Sendable {
  // Unchecked: the pointers are only read, while their arrays are kept.
  let positions: UnsafePointer<Double>
  let values: UnsafePointer<Double>
  let count: Int
  /// 2 for complex values, which are interpolated by their parts.
  let parts: Int

  @inline(__always)
  func value(at x: Double, part: Int, left: Double?, right: Double?) -> Double {
    func known(_ i: Int) -> Double { values[i * parts + part] }
    if x.isNaN { return part == 0 ? x : 0 }
    if x > positions[count - 1] { return right ?? known(count - 1) }
    if x < positions[0] { return left ?? known(0) }
    // The last point that is not behind the position.
    var (low, rest) = (0, count)
    while rest > 0 {
      let half = rest / 2
      let isBefore = positions[low + half] <= x
      low = isBefore ? low + half + 1 : low
      rest = isBefore ? rest - half - 1 : half
    }
    let j = max(low - 1, 0)
    if j == count - 1 || positions[j] == x { return known(j) }
    let width = positions[j + 1] - positions[j]
    let slope =
      parts == 1 ? (known(j + 1) - known(j)) / width : (known(j + 1) - known(j)) * (1 / width)
    // From the other end where infinite values leave none from this one.
    var result = slope * (x - positions[j]) + known(j)
    if result.isNaN {
      result = slope * (x - positions[j + 1]) + known(j + 1)
      if result.isNaN, known(j) == known(j + 1) { result = known(j) }
    }
    return result
  }
}
