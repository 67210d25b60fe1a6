import MartletIR

// Averages of chosen elements, or around a mean that is known: as NumPy takes them, from sums and
// the number of elements that count.

extension NDArray {
  /// The sum of the elements that count over their number; NaN where there is none.
  ///
  /// - Parameter dtype: The type of the result, instead of the row's choice.
  package func mean(
    axes: [Int]?, keepDimensions: Bool, dtype: DType?, where mask: NDArray
  ) throws(MartletError) -> NDArray {
    let (compute, result) = try averageTypes(.mean, dtype)
    let chosen = try mask.broadcast(to: shape)
    let total = try reduced(
      .sum, axes: axes, keepDimensions: keepDimensions, dtype: compute, mask: chosen)
    let count = try chosen.reduced(.countNonzero, axes: axes, keepDimensions: keepDimensions)
    return try Self.compute(.divide, .array(total), .array(count)).lazilyConverted(to: result)
  }

  /// The mean squared distance of the elements that count from their mean.
  ///
  /// - Parameters:
  ///   - correction: What is taken off the number of elements divided by.
  ///   - mean: Instead of the elements' own; it keeps the reduced axes with length 1.
  package func variance(
    axes: [Int]?, correction: Double, keepDimensions: Bool, dtype: DType?,
    where mask: NDArray?, mean: NDArray?
  ) throws(MartletError) -> NDArray {
    let (compute, result) = try averageTypes(.variance, dtype)
    let chosen = try mask.map { (mask) throws(MartletError) in try mask.broadcast(to: shape) }
    let centre =
      if let mean {
        try mean.lazilyConverted(to: compute)
      } else if let chosen {
        try self.mean(axes: axes, keepDimensions: true, dtype: compute, where: chosen)
      } else {
        try reduced(.mean, axes: axes, keepDimensions: true, dtype: compute)
      }
    let distance = try Self.compute(
      .subtract, .array(try lazilyConverted(to: compute)), .array(centre))
    let squares =
      if compute.isComplex {
        try Self.compute(
          .add, .array(try Self.compute(.square, .array(Self.compute(.real, .array(distance))))),
          .array(try Self.compute(.square, .array(Self.compute(.imag, .array(distance))))))
      } else {
        try Self.compute(.square, .array(distance))
      }
    let total = try squares.reduced(
      .sum, axes: axes, keepDimensions: keepDimensions, mask: chosen)
    let count =
      if let chosen {
        Operand.array(
          try chosen.reduced(.countNonzero, axes: axes, keepDimensions: keepDimensions))
      } else {
        Operand.scalar(Scalar(Int64(try combinedCount(axes)), .int64))
      }
    let free = try Elementwise.apply(
      .maximum,
      [
        .array(
          try Self.compute(
            .subtract, count, .scalar(Scalar(correction, .float64))
          ).asType(.float64)),
        .scalar(Scalar(0.0, .float64)),
      ])[0]
    return try Self.compute(.divide, .array(total), .array(free)).lazilyConverted(
      to: result.realType)
  }

  /// How many elements each result of a reduction combines.
  private func combinedCount(_ axes: [Int]?) throws(MartletError) -> Int {
    let isReduced = try reducedAxes("var", axes)
    return isReduced.indices.reduce(1) { isReduced[$1] ? $0 * shape[$1] : $0 }
  }

  /// What an average is computed in, and the type of the result.
  private func averageTypes(
    _ operation: ReductionOperation, _ dtype: DType?
  ) throws(MartletError) -> (compute: DType, result: DType) {
    guard let (compute, result) = operation.types(dtype ?? self.dtype) else {
      throw .noLoop(operation: operation.name, dtypes: [self.dtype])
    }
    return (compute, result)
  }
}
