import MartletIR

// Each reduction along one axis: `a.sum(axis: 0)` beside `a.sum(axes: [0, 1])` and `a.sum()`. They
// throw as the forms with `axes` do.

extension NDArray {
  /// The sum along one axis; it counts from the end where it is negative.
  public func sum(
    axis: Int, keepDimensions: Bool = false, dtype: DType? = nil, where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try sum(axes: [axis], keepDimensions: keepDimensions, dtype: dtype, where: mask)
  }

  /// The product along one axis; it counts from the end where it is negative.
  public func product(
    axis: Int, keepDimensions: Bool = false, dtype: DType? = nil, where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try product(axes: [axis], keepDimensions: keepDimensions, dtype: dtype, where: mask)
  }

  /// The largest element, NaN if there is one, along one axis; it counts from the end where it is negative.
  public func max(
    axis: Int, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try max(axes: [axis], keepDimensions: keepDimensions)
  }

  /// The smallest element, NaN if there is one, along one axis; it counts from the end where it is negative.
  public func min(
    axis: Int, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try min(axes: [axis], keepDimensions: keepDimensions)
  }

  /// The arithmetic mean along one axis; it counts from the end where it is negative.
  public func mean(
    axis: Int, keepDimensions: Bool = false, dtype: DType? = nil, where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try mean(axes: [axis], keepDimensions: keepDimensions, dtype: dtype, where: mask)
  }

  /// Whether every element along one axis is true; it counts from the end where it is negative.
  public func all(
    axis: Int, keepDimensions: Bool = false, where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try all(axes: [axis], keepDimensions: keepDimensions, where: mask)
  }

  /// Whether some element along one axis is true; it counts from the end where it is negative.
  public func any(
    axis: Int, keepDimensions: Bool = false, where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try any(axes: [axis], keepDimensions: keepDimensions, where: mask)
  }

  /// How many elements along one axis are not zero; it counts from the end where it is negative.
  public func countNonzero(
    axis: Int, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try countNonzero(axes: [axis], keepDimensions: keepDimensions)
  }

  /// The variance along one axis; it counts from the end where it is negative.
  public func `var`(
    axis: Int, correction: Int = 0, keepDimensions: Bool = false, where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try self.var(axes: [axis], correction: correction, keepDimensions: keepDimensions, where: mask)
  }

  /// The standard deviation along one axis; it counts from the end where it is negative.
  public func std(
    axis: Int, correction: Int = 0, keepDimensions: Bool = false, where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try std(axes: [axis], correction: correction, keepDimensions: keepDimensions, where: mask)
  }

  /// The median along one axis; it counts from the end where it is negative.
  public func median(
    axis: Int, keepDimensions: Bool = false, omittingNaN: Bool = false
  ) throws(MartletError) -> NDArray {
    try median(axes: [axis], keepDimensions: keepDimensions, omittingNaN: omittingNaN)
  }

  /// The sum of the elements other than NaN along one axis; it counts from the end where it is negative.
  public func nanSum(
    axis: Int, keepDimensions: Bool = false, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try nanSum(axes: [axis], keepDimensions: keepDimensions, dtype: dtype)
  }

  /// The product of the elements other than NaN along one axis; it counts from the end where it is negative.
  public func nanProduct(
    axis: Int, keepDimensions: Bool = false, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try nanProduct(axes: [axis], keepDimensions: keepDimensions, dtype: dtype)
  }

  /// The mean of the elements other than NaN along one axis; it counts from the end where it is negative.
  public func nanMean(
    axis: Int, keepDimensions: Bool = false, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try nanMean(axes: [axis], keepDimensions: keepDimensions, dtype: dtype)
  }

  /// The variance of the elements other than NaN along one axis; it counts from the end where it is negative.
  public func nanVar(
    axis: Int, correction: Double = 0, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try nanVar(axes: [axis], correction: correction, keepDimensions: keepDimensions)
  }

  /// The standard deviation of the elements other than NaN along one axis; it counts from the end where it is negative.
  public func nanStd(
    axis: Int, correction: Double = 0, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try nanStd(axes: [axis], correction: correction, keepDimensions: keepDimensions)
  }

  /// The smallest element other than NaN along one axis; it counts from the end where it is negative.
  public func nanMin(
    axis: Int, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try nanMin(axes: [axis], keepDimensions: keepDimensions)
  }

  /// The largest element other than NaN along one axis; it counts from the end where it is negative.
  public func nanMax(
    axis: Int, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try nanMax(axes: [axis], keepDimensions: keepDimensions)
  }

  /// The value below which a part of the elements along one axis lies.
  public func quantile(
    _ probability: Double, axis: Int, method: QuantileMethod = .linear,
    keepDimensions: Bool = false,
    omittingNaN: Bool = false
  ) throws(MartletError) -> NDArray {
    try quantile(
      probability, axes: [axis], method: method, keepDimensions: keepDimensions,
      omittingNaN: omittingNaN)
  }

  /// Several quantiles along one axis, along a new first axis.
  public func quantile(
    _ probabilities: [Double], axis: Int, method: QuantileMethod = .linear,
    keepDimensions: Bool = false,
    omittingNaN: Bool = false
  ) throws(MartletError) -> NDArray {
    try quantile(
      probabilities, axes: [axis], method: method, keepDimensions: keepDimensions,
      omittingNaN: omittingNaN)
  }

  /// The value below which so many hundredths of the elements along one axis lie.
  public func percentile(
    _ percent: Double, axis: Int, method: QuantileMethod = .linear, keepDimensions: Bool = false,
    omittingNaN: Bool = false
  ) throws(MartletError) -> NDArray {
    try percentile(
      percent, axes: [axis], method: method, keepDimensions: keepDimensions,
      omittingNaN: omittingNaN)
  }
}
