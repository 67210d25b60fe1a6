import MartletIR

/// Elements written at positions along an axis, and on diagonals.
extension NDArray {
  /// Writes `values`, broadcast and converted, to the elements at positions along an axis, where
  /// `indices` has as many axes as this array (NumPy's `put_along_axis`): they
  /// are those that NumPy's `take_along_axis` reads.
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidIndex` for other than integers, `.invalidArgument` for
  ///   another number of axes, `.indexOutOfBounds`, `.broadcast`, `.outOfMemory`.
  public mutating func put(
    _ values: NDArray, at indices: NDArray, alongAxis axis: Int
  ) throws(MartletError) {
    let axis = try normalised(axis, "put_along_axis")
    try set(Self.alongIndices(shape, indices, axis, "put_along_axis"), to: values)
  }

  /// Writes to the elements whose coordinates are all equal (NumPy's `fill_diagonal`): one number, or
  /// the values again and again.
  ///
  /// - Parameter wraps: Whether the diagonal of a matrix of more rows than columns begins anew below
  ///   the square and an empty row.
  /// - Parameter values: What to write; they are repeated along the diagonal.
  /// - Throws: `.invalidArgument` for fewer than two dimensions, or more of unlike sizes;
  ///   `.outOfMemory`.
  public mutating func fillDiagonal(_ values: NDArray, wraps: Bool = false) throws(MartletError) {
    for (region, part) in try layout.diagonalParts(.array(values), wraps: wraps) {
      try assign(region, part)
    }
  }

  /// What selects along one axis, every other index staying as it is.
  static func alongIndices(
    _ shape: Shape, _ indices: NDArray, _ axis: Int, _ operation: String
  ) throws(MartletError) -> [AxisIndex] {
    guard indices.dtype.isInteger else {
      throw .invalidIndex(detail: "`indices` must be an integer array")
    }
    guard indices.rank == shape.rank else {
      throw .invalidArgument(
        operation: operation,
        detail: "`indices` and `arr` must have the same number of dimensions")
    }
    var result: [AxisIndex] = []
    for other in 0..<shape.rank {
      if other == axis {
        result.append(AxisIndex(.array(indices)))
        continue
      }
      var sizes = [Int](repeating: 1, count: shape.rank)
      sizes[other] = shape[other]
      let line = try NDArray.arange(
        start: Scalar(Int64(0), .int64), next: Scalar(Int64(1), .int64), count: shape[other])
      result.append(AxisIndex(.array(try line.reshaped(sizes))))
    }
    return result
  }
}

extension Layout {
  /// The places of a diagonal, and what is written there.
  func diagonalParts(
    _ values: Operand, wraps: Bool
  ) throws(MartletError) -> [(region: Layout, values: Operand)] {
    let regions = try diagonals(wraps: wraps)
    guard case .array(let given) = values, given.count != 1 else {
      return regions.map { ($0, values) }
    }
    if given.count == 0 { return [] }
    let total = regions.reduce(0) { $0 + $1.count }
    let row = try given.repeated(toFill: [total])
    var parts: [(region: Layout, values: Operand)] = []
    var start = 0
    for region in regions {
      let piece = row.part(axis: 0, from: start, count: region.count)
      parts.append((region, .array(try piece.reshaped(Array(region.shape)))))
      start += region.count
    }
    return parts
  }

  private func diagonals(wraps: Bool) throws(MartletError) -> [Layout] {
    func invalid(_ detail: String) -> MartletError {
      .invalidArgument(operation: "fill_diagonal", detail: detail)
    }
    guard rank >= 2 else { throw invalid("array must be at least 2-d") }
    if rank > 2, !shape.allSatisfy({ $0 == shape[0] }) {
      throw invalid("All dimensions of input must be of equal length")
    }
    let stride = strides.reduce(0, +)
    func diagonal(_ count: Int, from row: Int) -> Layout {
      Layout(shape: [count], strides: [stride], offset: offset + row * strides[0])
    }
    let (rows, columns) = (shape[0], shape[1])
    guard rank == 2, wraps, rows > columns, columns > 0 else {
      return [diagonal(min(rows, columns), from: 0)]
    }
    // Each square of the matrix is followed by a row that is left out.
    let squares = (rows + 1) / (columns + 1)
    let below = squares * (columns + 1)
    let all = Layout(
      shape: [squares, columns], strides: [(columns + 1) * strides[0], stride], offset: offset)
    return below < rows ? [all, diagonal(rows - below, from: below)] : [all]
  }
}
