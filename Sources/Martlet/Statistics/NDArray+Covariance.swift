import MartletIR

extension NDArray {
  /// The covariance of variables (NumPy's `cov`): of rows, or of columns.
  ///
  /// - Parameters:
  ///   - other: More variables with as many observations.
  ///   - byRow: Whether each row is a variable.
  ///   - correction: What is taken off the number of observations divided by.
  /// - Throws: `.invalidArgument` for more than two axes or no degrees of freedom, `.outOfMemory`.
  public func covariance(
    with other: NDArray? = nil, byRow: Bool = true, correction: Int = 1
  ) throws(MartletError) -> NDArray {
    let dtype = [dtype, other?.dtype ?? dtype].reduce(DType.float64, Promotion.promote)
    return try Self.variables(self, other, byRow: byRow, dtype).covarianceOfRows(
      correction: correction)
  }

  /// Pearson's correlation of variables (NumPy's `corrcoef`), as `covariance` takes them.
  ///
  /// - Throws: As `covariance`.
  public func correlation(
    with other: NDArray? = nil, byRow: Bool = true
  ) throws(MartletError) -> NDArray {
    try covariance(with: other, byRow: byRow).correlationFromCovariances()
  }

  /// All variables as rows of one type.
  static func variables(
    _ m: NDArray, _ y: NDArray?, byRow: Bool, _ dtype: DType
  ) throws(MartletError) -> NDArray {
    func rows(_ array: NDArray, isFirst: Bool) throws(MartletError) -> NDArray {
      guard array.rank <= 2 else {
        throw .invalidArgument(
          operation: "cov", detail: "\(isFirst ? "m" : "y") has more than 2 dimensions")
      }
      var result = try array.lazilyConverted(to: dtype)
      while result.rank < 2 { result = try result.expanded(at: 0) }
      let turns = !byRow && (isFirst ? array.rank != 1 : result.shape[0] != 1)
      return turns ? try result.transposed() : result
    }
    let first = try rows(m, isFirst: true)
    guard let y else { return first }
    return try concatenate([first, rows(y, isFirst: false)], axis: 0)
  }

  /// The covariance of rows whose columns count as often as `frequencies` says, or as much as
  /// `weights`; nil where nothing is left to divide by.
  func covariance(
    correction: Int, frequencies: NDArray?, weights: NDArray?
  ) throws(MartletError) -> NDArray? {
    guard let given = frequencies ?? weights else {
      return try covarianceOfRows(correction: correction)
    }
    var counts = try given.lazilyConverted(to: .float64)
    if frequencies != nil, let weights { counts = try counts.multiplied(by: weights) }
    let total = try counts.sum().item().asDouble
    var free = total - Double(correction)
    if correction == 0 {
      free = total
    } else if let weights {
      let heavy = try counts.multiplied(by: weights).sum().item().asDouble
      free = total - Double(correction) * heavy / total
    }
    guard total != 0, free > 0 else { return nil }
    let mean = try Self.compute(
      .divide, .array(multiplied(by: counts).sum(axes: [1], keepDimensions: true)),
      .scalar(Scalar(total, .float64)))
    let distance = try subtracting(mean)
    var turned = try distance.multiplied(by: counts).transposed()
    if dtype.isComplex { turned = try Self.compute(.conjugate, .array(turned)) }
    let products = try distance.dot(turned)
    return try Self.compute(
      .multiply, .array(products), .weak(.floating, Scalar(1 / free, .float64))
    ).squeezed()
  }

  /// The covariance of rows, without axes for one of them.
  func covarianceOfRows(correction: Int) throws(MartletError) -> NDArray {
    let free = shape[1] - correction
    guard free > 0 else {
      throw .invalidArgument(
        operation: "cov", detail: "\(shape[1]) observations leave no degrees of freedom")
    }
    let mean = try self.mean(axes: [1], keepDimensions: true)
    let distance = try Self.compute(.subtract, .array(self), .array(mean))
    var turned = try distance.transposed()
    if dtype.isComplex { turned = try Self.compute(.conjugate, .array(turned)) }
    let products = try distance.dot(turned)
    let result = try Self.compute(
      .multiply, .array(products), .weak(.floating, Scalar(1.0 / Double(free), .float64)))
    return try result.squeezed()
  }

  /// A matrix of covariances divided by the deviations, within -1 and 1.
  func correlationFromCovariances() throws(MartletError) -> NDArray {
    guard rank == 2 else { return try Self.compute(.divide, .array(self), .array(self)) }
    guard let diagonal = layout.diagonal(0, 0, 1) else { return self }
    let variances = try Self.compute(.real, .array(view(diagonal)))
    let deviations = try Self.compute(.sqrt, .array(variances))
    let byRow = try Self.compute(
      .divide, .array(self), .array(deviations.expanded(at: 1)))
    let scaled = try Self.compute(.divide, .array(byRow), .array(deviations.expanded(at: 0)))
    let bounds = (
      Operand.weak(.floating, Scalar(-1.0, .float64)),
      Operand.weak(.floating, Scalar(1.0, .float64))
    )
    guard dtype.isComplex else {
      return try Self.compute(.clip, .array(scaled), bounds.0, bounds.1)
    }
    throw .unsupported(operation: "corrcoef", detail: "complex numbers")
  }
}
