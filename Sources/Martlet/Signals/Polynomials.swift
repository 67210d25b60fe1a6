import MartletIR

/// Polynomials as rows of their coefficients, that of the highest power first (NumPy's `poly1d`
/// functions).
public enum Polynomials {
  /// The values of a polynomial at points of any shape (NumPy's `polyval`), by Horner's rule in one
  /// pass.
  ///
  /// - Throws: `.invalidArgument` for other than a row of coefficients, `.outOfMemory`.
  public static func values(
    _ coefficients: NDArray, at x: NDArray
  ) throws(MartletError) -> NDArray {
    try check(coefficients, "polyval")
    var y = try NDArray.zeros(x.shape, x.dtype)
    for i in 0..<coefficients.count {
      let next = coefficients.view(coefficients.layout.indexed(axis: 0, at: i))
      y = try NDArray.compute(
        .add, .array(NDArray.compute(.multiply, .array(y), .array(x))),
        coefficients.isTraced ? .array(next) : .scalar(next.item()))
    }
    return y
  }

  /// The sum of two polynomials (NumPy's `polyadd`).
  public static func sum(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    try aligned(a, b, .add)
  }

  /// The difference of two polynomials (NumPy's `polysub`).
  public static func difference(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    try aligned(a, b, .subtract)
  }

  /// The product of two polynomials, without leading zeros of theirs (NumPy's `polymul`).
  public static func product(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    try NDArray.convolve(trimmed(a, "polymul"), trimmed(b, "polymul"))
  }

  /// Quotient and remainder of two polynomials (NumPy's `polydiv`).
  ///
  /// - Throws: `.invalidArgument` for other than rows of coefficients, or a divisor that begins with 0.
  public static func quotient(
    _ u: NDArray, _ v: NDArray
  ) throws(MartletError) -> (quotient: NDArray, remainder: NDArray) {
    try check(u, "polydiv")
    try check(v, "polydiv")
    func invalid(_ detail: String) -> MartletError {
      .invalidArgument(operation: "polydiv", detail: detail)
    }
    guard u.count > 0, v.count > 0 else { throw invalid("a polynomial has no coefficients") }
    let (u, v) = (try inexact(u), try inexact(v))
    let lead = v.view(v.layout.indexed(axis: 0, at: 0))
    if try lead.untraced.item().converted(to: .bool).low == 0 {
      throw invalid("the divisor begins with 0")
    }
    let dtype = Promotion.promote(u.dtype, v.dtype)
    let scale = try NDArray.compute(.divide, .weak(.floating, Scalar(1.0, .float64)), .array(lead))
    let steps = max(u.count - v.count + 1, 0)
    var quotient = try NDArray.zeros([max(steps, 1)], dtype)
    var rest = try u.asType(dtype).copy()
    for k in 0..<steps {
      let first = try rest.get([AxisIndex(.position(k))])
      let factor = try NDArray.compute(.multiply, .array(scale), .array(first))
      try quotient.set([AxisIndex(.position(k))], to: factor)
      let part = [AxisIndex(.slice(start: k, stop: k + v.count, step: 1))]
      let product = try NDArray.compute(.multiply, .array(factor), .array(v))
      try rest.set(
        part, to: NDArray.compute(.subtract, .array(rest.get(part)), .array(product)))
    }
    // As `allclose` takes a number for 0.
    var start = 0
    while start < rest.count - 1 {
      let number = try rest.untraced.get([AxisIndex(.position(start))])
      let size = try NDArray.compute(.absolute, .array(number)).item().asDouble
      guard size <= 1e-8 else { break }
      start += 1
    }
    return (quotient, rest.part(axis: 0, from: start, count: rest.count - start))
  }

  /// The derivative of an order (NumPy's `polyder`).
  public static func derivative(_ p: NDArray, order: Int = 1) throws(MartletError) -> NDArray {
    try check(p, "polyder")
    guard order >= 0 else {
      throw .invalidArgument(
        operation: "polyder", detail: "Order of derivative must be positive (see polyint)")
    }
    var result = p
    // Of nothing nothing is left, however often.
    for _ in 0..<min(order, p.count + 1) {
      let degree = max(result.count - 1, 0)
      result = try NDArray.compute(
        .multiply, .array(result.part(axis: 0, from: 0, count: degree)), .array(falling(degree)))
    }
    return result
  }

  /// The integral of an order (NumPy's `polyint`), whose constants are given or 0.
  ///
  /// - Throws: `.invalidArgument` for a negative order, or constants neither one nor enough.
  public static func integral(
    _ p: NDArray, order: Int = 1, constants: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try check(p, "polyint")
    func invalid(_ detail: String) -> MartletError {
      .invalidArgument(operation: "polyint", detail: detail)
    }
    guard order >= 0 else { throw invalid("Order of integral must be positive (see polyder)") }
    try Shape([order]).checkedCount()
    var all: NDArray
    if let constants { all = constants.atLeast(1) } else { all = try .zeros([order], .float64) }
    if all.count == 1, order > 1 {
      all = try NDArray.compute(
        .multiply, .array(all.view(all.layout.indexed(axis: 0, at: 0))),
        .array(NDArray.ones([order], .float64)))
    }
    guard all.rank == 1, all.count >= order else {
      throw invalid("k must be a scalar or a rank-1 array of length 1 or >m.")
    }
    var result = p
    for i in 0..<order {
      let powers = try NDArray.compute(
        .divide, .array(result), .array(falling(result.count)))
      result = try NDArray.concatenate(
        [powers, all.part(axis: 0, from: i, count: 1)], axis: 0)
    }
    return result
  }

  /// The coefficients of the polynomial with these roots, or a square matrix's characteristic one
  /// (NumPy's `poly`), of which the first is 1.
  public static func fromRoots(_ given: NDArray) throws(MartletError) -> NDArray {
    var roots = given.atLeast(1)
    if roots.rank == 2, roots.shape[0] == roots.shape[1], roots.shape[0] > 0 {
      roots = try LinearAlgebra.eig(roots, vectors: false).values
    } else if roots.rank == 1 {
      roots = try roots.asType(inexactType(roots.dtype))
    } else {
      throw .invalidArgument(
        operation: "poly", detail: "input must be 1d or non-empty square 2d array.")
    }
    let one = try NDArray.ones([1], roots.dtype)
    var result = one
    for i in 0..<roots.count {
      let root = roots.part(axis: 0, from: i, count: 1)
      result = try NDArray.convolve(
        result, NDArray.concatenate([one, NDArray.compute(.negative, .array(root))], axis: 0))
    }
    guard result.dtype.isComplex else { return result }
    // Roots that are each other's conjugates have real coefficients.
    let plain = try roots.untraced.asType(.complex128)
    let sorted = try plain.sorted(axis: 0)
    let mirrored = try NDArray.compute(.conjugate, .array(plain))
      .sorted(axis: 0)
    let isReal = try NDArray.compute(.equal, .array(sorted), .array(mirrored)).all().item().low != 0
    return isReal ? try NDArray.compute(.real, .array(result)).copy() : result
  }

  /// The roots of a polynomial (NumPy's `roots`): the eigenvalues of its companion matrix.
  public static func roots(_ given: NDArray) throws(MartletError) -> NDArray {
    let p = given.atLeast(1)
    guard p.rank == 1 else {
      throw .invalidArgument(operation: "roots", detail: "Input must be a rank-1 array.")
    }
    let places = try p.nonzero()[0].elements(as: Int.self)
    guard let first = places.first, let last = places.last else {
      return try NDArray.zeros([0], .float64)
    }
    var part = p.part(axis: 0, from: first, count: last - first + 1)
    if !part.dtype.isInexact { part = try part.asType(.float64) }
    let degree = part.count - 1
    var roots = try NDArray.zeros([0], .float64)
    if degree > 0 {
      try Shape([degree, degree]).checkedCount()
      var matrix = try NDArray.zeros([degree, degree], part.dtype)
      if degree > 1, let below = matrix.layout.diagonal(-1, 0, 1) {
        try matrix.fill(below, NDArray.ones([degree - 1], part.dtype))
      }
      let tail = try NDArray.compute(
        .negative, .array(part.part(axis: 0, from: 1, count: degree)))
      let lead = part.view(part.layout.indexed(axis: 0, at: 0))
      try matrix.set(
        [AxisIndex(.position(0))],
        to: NDArray.compute(.divide, .array(tail), .array(lead)))
      roots = try LinearAlgebra.eig(matrix, vectors: false).values
    }
    let zeros = try NDArray.zeros([p.count - last - 1], roots.dtype)
    return try NDArray.concatenate([roots, zeros], axis: 0)
  }

  // MARK: Fitting

  /// What fits points best, and how well.
  public struct Fit: Sendable {
    /// The coefficients, the highest power's first; a column for each of several rows of values.
    public let coefficients: NDArray
    /// The sums of squares that are left, or nothing where the points do not settle the fit.
    public let residuals: NDArray
    /// How many coefficients the points settle.
    public let rank: Int
    /// The singular values of the scaled matrix of powers.
    public let singularValues: NDArray
    let powers: NDArray
    let scale: NDArray

    /// The covariance of the coefficients, but for the factor of the points' own.
    public func covariance() throws(MartletError) -> NDArray {
      let square = try powers.transposed().matmul(powers)
      return try LinearAlgebra.inverse(square).divided(
        by: scale.expanded(at: 1).multiplied(by: scale))
    }
  }

  /// The polynomial of a degree that fits points by least squares (NumPy's `polyfit`).
  ///
  /// - Parameters:
  ///   - y: The values at the points `x`, or a column of them for each fit.
  ///   - cutoff: Singular values below this part of the largest count as 0; nil means the number of
  ///     points times the rounding unit of their type.
  ///   - weights: What each point's distance counts.
  ///   - x: The places of the points.
  ///   - degree: The polynomials' degree.
  /// - Throws: `.invalidArgument` for a negative degree, `.invalidType` for arrays that do not fit
  ///   together, `.linearAlgebra`, `.outOfMemory`.
  public static func fit(
    _ x: NDArray, _ y: NDArray, degree: Int, cutoff: Double? = nil, weights: NDArray? = nil
  ) throws(MartletError) -> Fit {
    func invalid(_ detail: String) -> MartletError {
      .invalidType(operation: "polyfit", detail: detail)
    }
    guard degree >= 0 else {
      throw .invalidArgument(operation: "polyfit", detail: "expected deg >= 0")
    }
    let (x, y) = (try inexact(x), try inexact(y))
    guard x.rank == 1 else { throw invalid("expected 1D vector for x") }
    guard x.count > 0 else { throw invalid("expected non-empty vector for x") }
    guard y.rank == 1 || y.rank == 2 else { throw invalid("expected 1D or 2D array for y") }
    guard x.shape[0] == y.shape[0] else { throw invalid("expected x and y to have same length") }
    try Shape([degree, x.count]).checkedCount()
    var (left, right) = (try x.vandermonde(degree + 1), y)
    if let weights {
      let w = try inexact(weights)
      guard w.rank == 1 else { throw invalid("expected a 1-d array for weights") }
      guard w.shape[0] == y.shape[0] else {
        throw invalid("expected w and y to have the same length")
      }
      let column = try w.expanded(at: 1)
      left = try left.multiplied(by: column).asType(left.dtype)
      right = try right.multiplied(by: y.rank == 2 ? column : w).asType(right.dtype)
    }
    let squares = try left.multiplied(by: left).sum(axes: [0])
    let scale = try NDArray.compute(.sqrt, .array(squares))
    left = try left.divided(by: scale)
    let found = try LinearAlgebra.leastSquares(
      left, right, cutoff: cutoff ?? Double(x.count) * LinearAlgebra.roundingUnit(x.dtype))
    let coefficients = try found.solution.transposed().divided(by: scale).transposed()
    return Fit(
      coefficients: coefficients, residuals: found.residuals, rank: found.rank,
      singularValues: found.singularValues, powers: left, scale: scale)
  }

  // MARK: Parts of these

  private static func check(_ p: NDArray, _ operation: String) throws(MartletError) {
    guard p.rank == 1 else {
      throw .invalidArgument(
        operation: operation, detail: "a polynomial is a row of coefficients, not \(p.rank)-d")
    }
  }

  /// n, n-1, … 1
  private static func falling(_ n: Int) throws(MartletError) -> NDArray {
    try NDArray.arange(
      start: Scalar(Int64(n), .int64), next: Scalar(Int64(n - 1), .int64), count: n)
  }

  private static func inexact(_ array: NDArray) throws(MartletError) -> NDArray {
    array.dtype.isInexact ? array : try array.asType(.float64)
  }

  /// The least of single and double precision, real or complex, that NumPy computes the type in.
  private static func inexactType(_ dtype: DType) -> DType {
    dtype == .float32 || dtype.isComplex ? dtype : .float64
  }

  private static func aligned(
    _ a: NDArray, _ b: NDArray, _ operation: ElementwiseOperation
  ) throws(MartletError) -> NDArray {
    var (a, b) = (a.atLeast(1), b.atLeast(1))
    for array in [a, b] { try check(array, "polyadd") }
    func lengthened(_ array: NDArray, _ count: Int) throws(MartletError) -> NDArray {
      try NDArray.concatenate(
        [NDArray.zeros([count - array.count], array.dtype), array], axis: 0)
    }
    if a.count < b.count { a = try lengthened(a, b.count) }
    if b.count < a.count { b = try lengthened(b, a.count) }
    return try NDArray.compute(operation, .array(a), .array(b))
  }

  /// Without leading zeros, but for one.
  private static func trimmed(
    _ given: NDArray, _ operation: String
  ) throws(MartletError) -> NDArray {
    let p = given.atLeast(1)
    guard p.rank == 1 else {
      throw .invalidArgument(operation: operation, detail: "Polynomial must be 1d only.")
    }
    guard let first = try p.nonzero()[0].elements(as: Int.self).first else {
      return try NDArray.zeros([1], p.dtype)
    }
    return p.part(axis: 0, from: first, count: p.count - first)
  }
}

extension NDArray {
  /// The powers of a row's numbers as columns, the highest first (NumPy's `vander`).
  ///
  /// - Parameters:
  ///   - columns: How many powers, from 0.
  ///   - increasing: Whether the power 0 comes first.
  /// - Throws: `.invalidArgument` for other than a row, or a negative number of columns;
  ///   `.sizeLimit`, `.outOfMemory`.
  public func vandermonde(
    _ columns: Int, increasing: Bool = false
  ) throws(MartletError) -> NDArray {
    guard rank == 1, columns >= 0 else {
      throw .invalidArgument(
        operation: "vander", detail: "x must be a one-dimensional array or sequence.")
    }
    let dtype = Promotion.promote(dtype, .int64)
    let shape: Shape = [count, columns]
    try shape.checkedCount()
    if columns == 0 { return try NDArray.zeros(shape, dtype) }
    let row = try lazilyConverted(to: dtype)
    let ones = try NDArray.ones([count, 1], dtype)
    var result = ones
    if columns > 1 {
      let copies = try row.expanded(at: 1).broadcast(to: [count, columns - 1])
      result = try NDArray.concatenate(
        [ones, copies.cumulativeProduct(axis: 1, dtype: dtype)], axis: 1)
    }
    // NumPy's lies that way in memory.
    return increasing ? result : try result.flipped([1]).copy()
  }
}
