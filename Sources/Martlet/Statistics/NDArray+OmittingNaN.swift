import MartletIR

// Reductions that leave NaNs out, under NumPy's rules: sums of what remains over their number, in the
// elements' own type. Integers and truth values have no NaN, and are reduced as they are.

extension NDArray {
  private var isNumber: NDArray {
    get throws(MartletError) {
      try Self.compute(.logicalNot, .array(Self.compute(.isnan, .array(self))))
    }
  }

  /// Whether it is known at once that there is no NaN: looking through a few elements takes less than
  /// replacing those that are none.
  package var isFreeOfNaN: Bool {
    guard dtype.isInexact else { return true }
    guard layout.isContiguous, count <= 1 << 12, device.isHost, let memory = storage.pointer
    else { return false }
    defer { withExtendedLifetime(storage) {} }
    let first = memory + layout.offset * dtype.itemSize
    let parts = dtype.isComplex ? 2 * count : count
    switch dtype.realType {
    case .float64: return Self.hasNoNaN(first.assumingMemoryBound(to: Double.self), parts)
    case .float32: return Self.hasNoNaN(first.assumingMemoryBound(to: Float.self), parts)
    default: return false
    }
  }

  private static func hasNoNaN<Number: BinaryFloatingPoint>(
    _ numbers: UnsafePointer<Number>, _ count: Int
  ) -> Bool {
    var nans = 0
    for i in 0..<count { nans &+= numbers[i] == numbers[i] ? 0 : 1 }
    return nans == 0
  }

  /// The elements with a number in place of NaNs; deferred like any elementwise work.
  package func replacingNaN(by number: Double) throws(MartletError) -> NDArray {
    if isFreeOfNaN { return self }
    return try Self.selected(
      by: Self.compute(.isnan, .array(self)), .scalar(Scalar(number, dtype)), .array(self))
  }

  /// The sum of the elements that are no NaN (NumPy's `nansum`).
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func nanSum(
    axes: [Int]? = nil, keepDimensions: Bool = false, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try replacingNaN(by: 0).sum(axes: axes, keepDimensions: keepDimensions, dtype: dtype)
  }

  /// The product of the elements that are no NaN (NumPy's `nanprod`).
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func nanProduct(
    axes: [Int]? = nil, keepDimensions: Bool = false, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try replacingNaN(by: 1).product(axes: axes, keepDimensions: keepDimensions, dtype: dtype)
  }

  /// The mean of the elements that are no NaN (NumPy's `nanmean`); NaN where there is none.
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func nanMean(
    axes: [Int]? = nil, keepDimensions: Bool = false, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try nanMeanChecked(axes: axes, keepDimensions: keepDimensions, dtype: dtype).result
  }

  package func nanMeanChecked(
    axes: [Int]?, keepDimensions: Bool, dtype: DType?
  ) throws(MartletError) -> Checked {
    guard self.dtype.isInexact else {
      return (try mean(axes: axes, keepDimensions: keepDimensions, dtype: dtype), false)
    }
    if dtype == nil, self.dtype.realType == .float64, count > 0, isFreeOfNaN {
      return (try mean(axes: axes, keepDimensions: keepDimensions), false)
    }
    let count = try numberCount(axes: axes, keepDimensions: keepDimensions)
    let total = try nanSum(axes: axes, keepDimensions: keepDimensions, dtype: dtype)
    let isBad = try count.hasAtMost(0)
    return (try total.over(isBad ? count.orNaN() : count), isBad)
  }

  /// The variance of the elements that are no NaN (NumPy's `nanvar`); NaN where there are too few.
  ///
  /// - Parameter correction: What is taken off the number of elements divided by: 1 for a sample.
  /// - Parameter axes: The axes, negative ones from the end.
  /// - Parameter keepDimensions: Whether the axes stay, with length 1.
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func nanVar(
    axes: [Int]? = nil, correction: Double = 0, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try nanVarianceChecked(
      axes: axes, correction: correction, keepDimensions: keepDimensions, dtype: nil
    ).result
  }

  /// The square root of `nanVar` (NumPy's `nanstd`).
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func nanStd(
    axes: [Int]? = nil, correction: Double = 0, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try Self.compute(
      .sqrt,
      .array(
        nanVar(axes: axes, correction: correction, keepDimensions: keepDimensions)))
  }

  package func nanVarianceChecked(
    axes: [Int]?, correction: Double, keepDimensions: Bool, dtype: DType?
  ) throws(MartletError) -> Checked {
    guard self.dtype.isInexact else {
      let variance = try variance(
        axes: axes, correction: correction, keepDimensions: keepDimensions, dtype: dtype,
        where: nil, mean: nil)
      return (variance, false)
    }
    let kept = try numberCount(axes: axes, keepDimensions: true)
    let centre = try nanSum(axes: axes, keepDimensions: true, dtype: dtype).over(
      kept.hasAtMost(0) ? kept.orNaN() : kept)
    let distance = try Self.compute(.subtract, .array(self), .array(centre))
      .lazilyConverted(to: self.dtype).replacingNaN(self)
    var squares = try Self.compute(.multiply, .array(distance), .array(distance))
    if self.dtype.isComplex {
      squares = try Self.compute(
        .real,
        .array(
          Self.compute(
            .multiply, .array(distance), .array(Self.compute(.conjugate, .array(distance))))))
    }
    let total = try squares.sum(
      axes: axes, keepDimensions: keepDimensions,
      dtype: dtype.map { squares.dtype.isComplex ? $0 : $0.realType })
    let count = keepDimensions ? kept : try numberCount(axes: axes, keepDimensions: false)
    let isWhole = correction == correction.rounded()
    let free =
      correction == 0
      ? count
      : try Self.compute(
        .subtract, .array(count),
        .weak(
          isWhole ? .integer : .floating,
          isWhole && correction.magnitude < 1e15
            ? Scalar(Int64(correction), .int64) : Scalar(correction, .float64)))
    let isBad = try free.hasAtMost(0)
    return (try total.over(isBad ? free.orNaN() : free), isBad)
  }

  /// The smallest element that is no NaN (NumPy's `nanmin`); NaN where there is none.
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for no elements, `.outOfMemory`.
  public func nanMin(
    axes: [Int]? = nil, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try nanExtremumChecked(.minimum, axes: axes, keepDimensions: keepDimensions).result
  }

  /// The largest element that is no NaN (NumPy's `nanmax`); NaN where there is none.
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for no elements, `.outOfMemory`.
  public func nanMax(
    axes: [Int]? = nil, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try nanExtremumChecked(.maximum, axes: axes, keepDimensions: keepDimensions).result
  }

  package func nanExtremumChecked(
    _ operation: ReductionOperation, axes: [Int]?, keepDimensions: Bool
  ) throws(MartletError) -> Checked {
    guard dtype.isFloating, !isFreeOfNaN else {
      return (try reduced(operation, axes: axes, keepDimensions: keepDimensions), false)
    }
    let outermost = operation === ReductionOperation.minimum ? Double.infinity : -Double.infinity
    let result = try replacingNaN(by: outermost).reduced(
      operation, axes: axes, keepDimensions: keepDimensions)
    // An infinite result may stand for no number at all.
    let isOutermost = try Self.compute(
      .equal, .array(result), .scalar(Scalar(outermost, dtype)))
    guard try isOutermost.any().item().low != 0 else { return (result, false) }
    let isEmpty = try Self.compute(.isnan, .array(self)).all(
      axes: axes, keepDimensions: keepDimensions)
    guard try isEmpty.any().item().low != 0 else { return (result, false) }
    return (
      try Self.selected(by: isEmpty, .scalar(Scalar(Double.nan, dtype)), .array(result)), true
    )
  }

  /// Where the largest element that is no NaN is first found (NumPy's `nanargmax`).
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for a lane of NaNs or no elements, `.outOfMemory`.
  public func nanArgMax(
    axis: Int? = nil, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try checkNumbers("nanargmax", axis)
    return try replacingNaN(by: -.infinity).argMax(axis: axis, keepDimensions: keepDimensions)
  }

  /// Where the smallest element that is no NaN is first found (NumPy's `nanargmin`).
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for a lane of NaNs or no elements, `.outOfMemory`.
  public func nanArgMin(
    axis: Int? = nil, keepDimensions: Bool = false
  ) throws(MartletError) -> NDArray {
    try checkNumbers("nanargmin", axis)
    return try replacingNaN(by: .infinity).argMin(axis: axis, keepDimensions: keepDimensions)
  }

  private func checkNumbers(_ operation: String, _ axis: Int?) throws(MartletError) {
    guard count > 0, !isFreeOfNaN else { return }
    let isEmpty = try Self.compute(.isnan, .array(self)).all(axes: axis.map { [$0] })
    if try isEmpty.any().item().low != 0 {
      throw .invalidArgument(operation: operation, detail: "All-NaN slice encountered")
    }
  }

  /// The sum so far, NaNs counting as 0 (NumPy's `nancumsum`).
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func nanCumulativeSum(
    axis: Int? = nil, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try replacingNaN(by: 0).cumulativeSum(axis: axis, dtype: dtype)
  }

  /// The product so far, NaNs counting as 1 (NumPy's `nancumprod`).
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func nanCumulativeProduct(
    axis: Int? = nil, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try replacingNaN(by: 1).cumulativeProduct(axis: axis, dtype: dtype)
  }

  // MARK: - Parts

  private func numberCount(axes: [Int]?, keepDimensions: Bool) throws(MartletError) -> NDArray {
    try isNumber.countNonzero(axes: axes, keepDimensions: keepDimensions)
  }

  /// Zero where another array has NaN, this array elsewhere.
  private func replacingNaN(_ other: NDArray) throws(MartletError) -> NDArray {
    try Self.selected(
      by: Self.compute(.isnan, .array(other)), .scalar(Scalar(0.0, dtype)), .array(self))
  }

  /// Divided by counts, in this array's type again.
  private func over(_ count: NDArray) throws(MartletError) -> NDArray {
    try Self.compute(.divide, .array(self), .array(count)).lazilyConverted(to: dtype)
  }

  /// NaN in place of numbers that nothing can be divided by, so that it is no event.
  private func orNaN() throws(MartletError) -> NDArray {
    let tooFew = try Self.compute(
      .lessEqual, .array(self), .weak(.integer, Scalar(Int64(0), .int64)))
    return try Self.selected(
      by: tooFew, .scalar(Scalar(Double.nan, .float64)), .array(lazilyConverted(to: .float64)))
  }

  private func hasAtMost(_ limit: Int64) throws(MartletError) -> Bool {
    if count == 0 { return false }
    return try min().item().asDouble <= Double(limit)
  }
}
