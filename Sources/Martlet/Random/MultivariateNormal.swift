import MartletIR

/// Normal numbers that depend on each other, as NumPy makes them of independent ones.
package struct MultivariateNormal: Sendable {
  private let mean: NDArray
  /// What a row of independent numbers is multiplied by.
  private let factor: NDArray
  /// Whether the covariance is one, as far as NumPy looks.
  package let isSemidefinite: Bool

  /// How the covariance is taken apart.
  public enum Method: String, Sendable {
    case svd, eigh, cholesky
  }

  /// - Parameter isLegacy: whether as `RandomState` does it.
  package init(
    mean: NDArray, covariance: NDArray, _ method: Method, tolerance: Double, isLegacy: Bool
  ) throws(MartletError) {
    func invalid(_ detail: String) -> MartletError {
      .invalidArgument(operation: "multivariate_normal", detail: detail)
    }
    guard mean.rank == 1 else { throw invalid("mean must be 1 dimensional") }
    guard covariance.rank == 2, covariance.shape[0] == covariance.shape[1] else {
      throw invalid("cov must be 2 dimensional and square")
    }
    guard mean.shape[0] == covariance.shape[0] else {
      throw invalid("mean and cov must have same length")
    }
    self.mean = mean
    switch method {
    case .svd:
      let (u, s, vh) = try LinearAlgebra.svd(covariance)
      let again = try vh.transposed().multiplied(by: s).matmul(vh)
      isSemidefinite = try Self.areClose(again, covariance, tolerance)
      let roots = try NDArray.compute(.sqrt, .array(s))
      factor =
        isLegacy
        ? try roots.expanded(at: 1).multiplied(by: vh) : try u.multiplied(by: roots).transposed()
    case .eigh:
      let (values, vectors) = try LinearAlgebra.eigh(covariance)
      let least = try values.count == 0 ? 0 : values.min().item().asDouble
      isSemidefinite = !(least < -tolerance)
      let sizes = try NDArray.compute(.absolute, .array(values))
      factor = try vectors.multiplied(by: NDArray.compute(.sqrt, .array(sizes))).transposed()
    case .cholesky:
      factor = try LinearAlgebra.cholesky(covariance).transposed()
      isSemidefinite = true
    }
  }

  private static func areClose(
    _ a: NDArray, _ b: NDArray, _ tolerance: Double
  ) throws(MartletError) -> Bool {
    func number(_ value: Double) -> Operand { .weak(.floating, Scalar(value, .float64)) }
    let gaps = try NDArray.compute(.absolute, .array(a.subtracting(b)))
    let sizes = try NDArray.compute(.absolute, .array(b))
    let scaled = try NDArray.compute(.multiply, .array(sizes), number(tolerance))
    let limits = try NDArray.compute(.add, number(tolerance), .array(scaled))
    return try NDArray.compute(.lessEqual, .array(gaps), .array(limits)).all().item().low != 0
  }

  /// Independent normal numbers of shape (…, n) as those of this distribution.
  package func numbers(of normal: NDArray) throws(MartletError) -> NDArray {
    let rows = try normal.reshaped([-1, mean.count])
    let product = try rows.matmul(factor)
    return try mean.adding(product).reshaped(Array(normal.shape))
  }
}

extension RandomGenerator {
  /// Normal numbers of a mean and a covariance (`Generator.multivariate_normal`): rows of as many as
  /// the mean has, in the given shape.
  ///
  /// - Parameters:
  ///   - mean: Of shape (n).
  ///   - covariance: Of shape (n, n), symmetric, with no negative eigenvalue.
  ///   - shape: The shape of the result, before the axis of the vectors.
  /// - Throws: `.invalidArgument` where shapes don't fit, or the covariance is none;
  ///   `.linearAlgebra`, `.outOfMemory`.
  public mutating func multivariateNormal(
    mean: NDArray, covariance: NDArray, shape: Shape = []
  ) throws(MartletError) -> NDArray {
    let distribution = try MultivariateNormal(
      mean: mean, covariance: covariance, .svd, tolerance: 1e-8, isLegacy: false)
    guard distribution.isSemidefinite else {
      throw .invalidArgument(
        operation: "multivariate_normal",
        detail: "covariance is not symmetric positive-semidefinite.")
    }
    guard shape.rank < Shape.maximumRank else {
      throw .rankLimit(operation: "multivariate_normal", rank: shape.rank + 1)
    }
    let whole = Shape(Array(shape) + [mean.count])
    return try distribution.numbers(of: standardNormal(shape: whole))
  }
}
