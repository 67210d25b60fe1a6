import MartletIR

// Reductions and cumulative operations. Without `axes` all elements are combined into an array
// without axes; negative axes count from the end; with `keepDimensions` they stay, with length 1.

extension NDArray {
  /// The sum of the elements; small integers are added in 64 bits.
  ///
  /// - Parameter mask: Where false, an element does not count; it broadcasts to this array.
  /// - Parameter axes: The axes, negative ones from the end.
  /// - Parameter dtype: The type of the result; what NumPy would choose unless given.
  /// - Parameter keepDimensions: Whether the axes stay, with length 1.
  /// - Throws: `.axisOutOfRange`, `.broadcast`, `.outOfMemory`.
  public func sum(
    axes: [Int]? = nil, keepDimensions: Bool = false, dtype: DType? = nil,
    where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try reduced(
      .sum, axes: axes, keepDimensions: keepDimensions, dtype: dtype, mask: try stretched(mask))
  }

  /// The product of the elements.
  ///
  /// - Parameter mask: Where false, an element does not count; it broadcasts to this array.
  /// - Parameter dtype: The type of the result; what NumPy would choose unless given.
  /// - Parameter axes: The axes, negative ones from the end.
  /// - Parameter keepDimensions: Whether the axes stay, with length 1.
  /// - Throws: `.axisOutOfRange`, `.broadcast`, `.outOfMemory`.
  public func product(
    axes: [Int]? = nil, keepDimensions: Bool = false, dtype: DType? = nil,
    where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try reduced(
      .product, axes: axes, keepDimensions: keepDimensions, dtype: dtype,
      mask: try stretched(mask))
  }

  /// The largest element, NaN if there is one.
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for no elements, `.outOfMemory`.
  public func max(
    axes: [Int]? = nil, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try reduced(.maximum, axes: axes, keepDimensions: keepDimensions)
  }

  /// The smallest element, NaN if there is one.
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for no elements, `.outOfMemory`.
  public func min(
    axes: [Int]? = nil, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try reduced(.minimum, axes: axes, keepDimensions: keepDimensions)
  }

  /// The arithmetic mean.
  ///
  /// - Parameter mask: Where false, an element does not count; it broadcasts to this array.
  /// - Parameter axes: The axes, negative ones from the end.
  /// - Parameter dtype: The type of the result; what NumPy would choose unless given.
  /// - Parameter keepDimensions: Whether the axes stay, with length 1.
  /// - Throws: `.axisOutOfRange`, `.broadcast`, `.outOfMemory`.
  public func mean(
    axes: [Int]? = nil, keepDimensions: Bool = false, dtype: DType? = nil,
    where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    if let mask {
      return try mean(axes: axes, keepDimensions: keepDimensions, dtype: dtype, where: mask)
    }
    return try reduced(.mean, axes: axes, keepDimensions: keepDimensions, dtype: dtype)
  }

  /// Whether every element is true.
  ///
  /// - Parameter mask: Where false, an element does not count; it broadcasts to this array.
  /// - Parameter keepDimensions: Whether the axes stay, with length 1.
  /// - Parameter axes: The axes, negative ones from the end.
  /// - Throws: `.axisOutOfRange`, `.broadcast`, `.outOfMemory`.
  public func all(
    axes: [Int]? = nil, keepDimensions: Bool = false, where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try reduced(.all, axes: axes, keepDimensions: keepDimensions, mask: try stretched(mask))
  }

  /// Whether some element is true.
  ///
  /// - Parameter mask: Where false, an element does not count; it broadcasts to this array.
  /// - Parameter axes: The axes, negative ones from the end.
  /// - Parameter keepDimensions: Whether the axes stay, with length 1.
  /// - Throws: `.axisOutOfRange`, `.broadcast`, `.outOfMemory`.
  public func any(
    axes: [Int]? = nil, keepDimensions: Bool = false, where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try reduced(.any, axes: axes, keepDimensions: keepDimensions, mask: try stretched(mask))
  }

  private func stretched(_ mask: NDArray?) throws(MartletError) -> NDArray? {
    try mask.map { (mask) throws(MartletError) in try mask.broadcast(to: shape) }
  }

  /// How many elements are not zero.
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func countNonzero(
    axes: [Int]? = nil, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try reduced(.countNonzero, axes: axes, keepDimensions: keepDimensions)
  }

  /// The variance: the mean squared distance from the mean; of complex numbers a real one.
  ///
  /// - Parameters:
  ///   - correction: What is taken off the number of elements divided by: 1 for a sample.
  ///   - mask: Where false, an element does not count; it broadcasts to this array.
  ///   - axes: The axes, negative ones from the end.
  ///   - keepDimensions: Whether the axes stay, with length 1.
  /// - Throws: `.axisOutOfRange`, `.broadcast`, `.outOfMemory`.
  public func `var`(
    axes: [Int]? = nil, correction: Int = 0, keepDimensions: Bool = false,
    where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    if let mask {
      return try variance(
        axes: axes, correction: Double(correction), keepDimensions: keepDimensions, dtype: nil,
        where: mask, mean: nil)
    }
    return try reduced(
      .variance, axes: axes, keepDimensions: keepDimensions, parameter: correction)
  }

  /// The standard deviation: the square root of the variance.
  ///
  /// - Parameters:
  ///   - correction: What is taken off the number of elements divided by: 1 for a sample.
  ///   - mask: Where false, an element does not count; it broadcasts to this array.
  ///   - keepDimensions: Whether the axes stay, with length 1.
  ///   - axes: The axes, negative ones from the end.
  /// - Throws: `.axisOutOfRange`, `.broadcast`, `.outOfMemory`.
  public func std(
    axes: [Int]? = nil, correction: Int = 0, keepDimensions: Bool = false,
    where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    if let mask {
      return try Self.compute(
        .sqrt,
        .array(
          try self.var(
            axes: axes, correction: correction, keepDimensions: keepDimensions, where: mask)))
    }
    return try reduced(
      .standardDeviation, axes: axes, keepDimensions: keepDimensions, parameter: correction)
  }

  /// Where the largest element is first found, along an axis or counted in C order.
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for no elements, `.outOfMemory`.
  public func argMax(
    axis: Int? = nil, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    guard let axis else {
      let place = try raveled().reduced(.argMaximum, axes: [0])
      return keepDimensions
        ? place.view(Layout(contiguous: Shape(repeating: 1, count: rank))) : place
    }
    return try reduced(.argMaximum, axes: [axis], keepDimensions: keepDimensions)
  }

  /// Where the smallest element is first found, along an axis or counted in C order.
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for no elements, `.outOfMemory`.
  public func argMin(
    axis: Int? = nil, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    guard let axis else {
      let place = try raveled().reduced(.argMinimum, axes: [0])
      return keepDimensions
        ? place.view(Layout(contiguous: Shape(repeating: 1, count: rank))) : place
    }
    return try reduced(.argMinimum, axes: [axis], keepDimensions: keepDimensions)
  }

  /// Each element added to all before it, along an axis or in C order.
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func cumulativeSum(axis: Int? = nil, dtype: DType? = nil) throws(MartletError) -> NDArray {
    try accumulated(.add, alongOrAll: axis, dtype: dtype)
  }

  /// Each element multiplied by all before it, along an axis or in C order.
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func cumulativeProduct(axis: Int? = nil, dtype: DType? = nil) throws(MartletError)
    -> NDArray
  {
    try accumulated(.multiply, alongOrAll: axis, dtype: dtype)
  }

  /// The largest element so far, along an axis or in C order.
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func cumulativeMaximum(axis: Int? = nil) throws(MartletError) -> NDArray {
    try accumulated(.maximum, alongOrAll: axis)
  }

  /// The smallest element so far, along an axis or in C order.
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func cumulativeMinimum(axis: Int? = nil) throws(MartletError) -> NDArray {
    try accumulated(.minimum, alongOrAll: axis)
  }

  private func accumulated(
    _ operation: ElementwiseOperation, alongOrAll axis: Int?, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    guard let axis else { return try raveled().accumulated(operation, axis: 0, dtype: dtype) }
    return try accumulated(operation, axis: axis, dtype: dtype)
  }
}
