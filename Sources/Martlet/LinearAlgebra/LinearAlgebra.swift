import MartletIR
import MartletRuntime

/// NumPy's `linalg`: solvers, factorisations, norms and what is made of them. All but the last two
/// axes count matrices.
///
/// On the host LAPACK computes, in double precision as in NumPy, with the same routines; results are
/// rounded to `float32` or `complex64` where all arrays have these. On a device it is the device's
/// library, in the arrays' precision.
///
/// Every function throws `.linearAlgebra` for matrices of a wrong shape and for one that has no
/// result, `.invalidType` for half types, `.outOfMemory`, `.libraryMissing` where the host has no
/// LAPACK, and `.unsupported` where a device has no library for it.
public enum LinearAlgebra {
  // MARK: Systems of equations

  /// The solution of `a x = b` (NumPy's `linalg.solve`). A `b` with one axis is one column.
  ///
  /// - Throws: also `.shapeMismatch`; `.linearAlgebra` where a matrix is singular.
  public static func solve(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    let operation = "linalg.solve"
    let n = try squareSize(a, operation)
    if isOnTape(a, b) { return try solveTraced(a, b) }
    let (isHost, dtype) = try settled([a, b], operation)
    let isVector = b.rank == 1
    let name = isVector ? "solve1" : "solve"
    if b.rank == 0 {
      throw .shapeMismatch(
        operation: operation,
        detail: "solve: Input operand 1 does not have enough dimensions (has 0, gufunc core with "
          + "signature (m,m),(m,n)->(m,n) requires 2)")
    }
    let right = isVector ? try b.expanded(at: 1) : b
    let size = right.shape[right.rank - 2]
    guard size == n else {
      throw .shapeMismatch(
        operation: operation,
        detail: "\(name): Input operand 1 has a mismatch in its core dimension 0, with gufunc "
          + "signature (m,m),(m\(isVector ? "" : ",n"))->(m\(isVector ? "" : ",n")) (size \(size) "
          + "is different from \(n))")
    }
    guard isHost else { return try DeviceFactorisations.solve(a, b) }
    let (own, other) = (Shape(a.shape.dropLast(2)), Shape(right.shape.dropLast(2)))
    guard let batch = Shape.broadcast(own, other) else {
      throw .shapeMismatch(
        operation: operation,
        detail: NDArray.batchMismatch(a, right, rows: n, columns: right.shape[right.rank - 1]))
    }
    let result = try HostSolving.solve(a, right, batch: batch, dtype, operation)
    return isVector ? result.view(result.layout.indexed(axis: result.rank - 1, at: 0)) : result
  }

  /// The inverse (NumPy's `linalg.inv`).
  ///
  /// - Throws: also `.linearAlgebra` where a matrix is singular.
  public static func inverse(_ a: NDArray) throws(MartletError) -> NDArray {
    try inverse(a, toleratesFailure: false)
  }

  /// - Parameter toleratesFailure: whether the inverse of a singular matrix is NaN, on the host.
  static func inverse(_ a: NDArray, toleratesFailure: Bool) throws(MartletError) -> NDArray {
    let operation = "linalg.inv"
    _ = try squareSize(a, operation)
    if isOnTape(a) { return try inverseTraced(a, toleratesFailure: toleratesFailure) }
    let (isHost, dtype) = try settled([a], operation)
    guard isHost else { return try DeviceFactorisations.inverse(a) }
    return try HostSolving.solve(
      a, nil, batch: Shape(a.shape.dropLast(2)), dtype, operation,
      toleratesFailure: toleratesFailure)
  }

  /// The determinant (NumPy's `linalg.det`).
  public static func determinant(_ a: NDArray) throws(MartletError) -> NDArray {
    let operation = "linalg.det"
    _ = try squareSize(a, operation)
    if isOnTape(a) { return try determinantTraced(a) }
    let (isHost, dtype) = try settled([a], operation)
    guard isHost else { return try DeviceFactorisations.determinant(a) }
    return try HostSolving.determinant(a, dtype, isWhole: true, operation).0
  }

  /// The sign of the determinant (of complex matrices a number on the unit circle) and the natural
  /// logarithm of its absolute value, for determinants that no number holds (NumPy's
  /// `linalg.slogdet`). Of a singular matrix they are 0 and -∞.
  public static func signAndLogDeterminant(
    _ a: NDArray
  ) throws(MartletError) -> (sign: NDArray, logarithm: NDArray) {
    let operation = "linalg.slogdet"
    _ = try squareSize(a, operation)
    if isOnTape(a) { return try signAndLogDeterminantTraced(a) }
    let (isHost, dtype) = try settled([a], operation)
    try requireHost(isHost, operation)
    let (sign, logarithm) = try HostSolving.determinant(a, dtype, isWhole: false, operation)
    guard let logarithm else {
      throw .internalError(operation: operation, detail: "there is no logarithm")
    }
    return (sign, logarithm)
  }

  /// The `x` of least norm for which `b - a x` has the least norm (NumPy's `linalg.lstsq`), with `a`
  /// of shape (m, n) and `b` of (m, k) or (m).
  ///
  /// - Parameter cutoff: Singular values of `a` below this part of the largest count as 0; nil means
  ///   the larger of m and n times the rounding unit of `float64`.
  /// - Parameter b: The right-hand sides, columns.
  /// - Parameter a: The matrices, on the last two axes.
  /// - Returns: The solution, (n, k) or (n); the sums of the squared residuals, for each column of
  ///   `b`, or none where the rank is below n or m not above n; the rank; the singular values.
  public static func leastSquares(
    _ a: NDArray, _ b: NDArray, cutoff: Double? = nil
  ) throws(MartletError) -> (
    solution: NDArray, residuals: NDArray, rank: Int, singularValues: NDArray
  ) {
    let operation = "linalg.lstsq"
    if isOnTape(a, b) { return try leastSquaresTraced(a, b, cutoff: cutoff) }
    let isVector = b.rank == 1
    let right = isVector ? try b.expanded(at: 1) : b
    for array in [a, right] where array.rank != 2 {
      throw .linearAlgebra(
        operation: operation,
        detail: "\(array.rank)-dimensional array given. Array must be two-dimensional")
    }
    let (m, n) = (a.shape[0], a.shape[1])
    guard right.shape[0] == m else {
      throw .linearAlgebra(operation: operation, detail: "Incompatible dimensions")
    }
    let (isHost, dtype) = try settled([a, b], operation)
    try requireHost(isHost, operation)
    let found = try HostSolving.leastSquares(
      a, right, cutoff: cutoff ?? Double.ulpOfOne * Double(max(m, n)), dtype, operation)
    var x = found.x
    if isVector { x = x.view(x.layout.indexed(axis: 1, at: 0)) }
    let residuals: NDArray
    if let known = found.residuals {
      residuals = known
    } else {
      residuals = try NDArray(uninitialised: [0], dtype.realType)
    }
    return (x, residuals, found.rank, found.values)
  }

  // MARK: Factorisations

  /// The lower triangle `l` with `a = l lᴴ`, or the upper one with `a = uᴴ u`; of `a` only the same
  /// triangle is read (NumPy's `linalg.cholesky`).
  ///
  /// - Throws: also `.linearAlgebra` where a matrix is not positive definite.
  public static func cholesky(
    _ a: NDArray, isUpper: Bool = false
  ) throws(MartletError) -> NDArray {
    let operation = "linalg.cholesky"
    _ = try squareSize(a, operation)
    if isOnTape(a) { return try choleskyTraced(a, isUpper: isUpper) }
    let (isHost, dtype) = try settled([a], operation)
    return isHost
      ? try HostFactorisations.cholesky(a, isUpper: isUpper, dtype)
      : try DeviceFactorisations.cholesky(a, isUpper: isUpper)
  }

  /// How much of `q` and `r` is computed.
  package enum QRMode: String, Sendable, CaseIterable {
    /// As many columns of `q` and rows of `r` as the lesser side of `a` has elements.
    case reduced
    /// A square `q`.
    case complete
    /// Only `r`, as `reduced` has it.
    case r
    /// What LAPACK computes: the reflectors, transposed, and their factors.
    case raw
    /// The reflectors and `r` in one matrix. An old mode of NumPy's, which warns of it.
    case economic
  }

  /// `a = q r` with orthonormal columns in `q` and an upper triangle `r` (NumPy's `linalg.qr`): the
  /// two; for `.r` and `.economic` one array; for `.raw` the reflectors and their factors.
  package static func qr(_ a: NDArray, mode: QRMode) throws(MartletError) -> [NDArray] {
    let operation = "linalg.qr"
    try checkStacked(a, operation)
    if isOnTape(a) { return try qrTraced(a, mode: mode) }
    let (isHost, dtype) = try settled([a], operation)
    if isHost { return try HostFactorisations.qr(a, mode: mode, dtype) }
    if mode == .economic { try requireHost(false, operation) }
    return try DeviceFactorisations.qr(a, mode: mode)
  }

  /// `a = q r` with orthonormal columns in `q` and an upper triangle `r` (NumPy's `linalg.qr`).
  ///
  /// - Parameter isComplete: whether `q` is square; else it has as many columns, and `r` as many
  ///   rows, as the lesser side of `a` has elements.
  /// - Parameter a: The matrices, on the last two axes.
  public static func qr(
    _ a: NDArray, isComplete: Bool = false
  ) throws(MartletError) -> (q: NDArray, r: NDArray) {
    let parts = try qr(a, mode: isComplete ? .complete : .reduced)
    return (parts[0], parts[1])
  }

  /// The eigenvalues of Hermitian matrices, rising, and with `vectors` the eigenvectors as columns
  /// (NumPy's `linalg.eigh` and `eigvalsh`). Only one triangle is read.
  ///
  /// - Throws: also `.linearAlgebra` where the eigenvalues don't converge.
  package static func eigh(
    _ a: NDArray, isLower: Bool, vectors: Bool
  ) throws(MartletError) -> (values: NDArray, vectors: NDArray?) {
    let operation = vectors ? "linalg.eigh" : "linalg.eigvalsh"
    _ = try squareSize(a, operation)
    if isOnTape(a) { return try eighTraced(a, isLower: isLower, vectors: vectors) }
    let (isHost, dtype) = try settled([a], operation)
    return isHost
      ? try HostFactorisations.eigh(a, isLower: isLower, vectors: vectors, dtype, operation)
      : try DeviceFactorisations.eigh(a, isLower: isLower, vectors: vectors)
  }

  /// The eigenvalues, in no order, and with `vectors` the eigenvectors of norm 1 as columns (NumPy's
  /// `linalg.eig` and `eigvals`). Both are complex, unless the matrices are real and all eigenvalues
  /// too.
  ///
  /// - Throws: also `.linearAlgebra` for elements that are not finite, and where the eigenvalues
  ///   don't converge.
  package static func eig(
    _ a: NDArray, vectors: Bool
  ) throws(MartletError) -> (values: NDArray, vectors: NDArray?) {
    let operation = vectors ? "linalg.eig" : "linalg.eigvals"
    _ = try squareSize(a, operation)
    if isOnTape(a) { return try eigTraced(a, vectors: vectors) }
    if a.dtype.isInexact, try Elementwise.apply(.isfinite, [.array(a)])[0].all().item().low == 0 {
      throw .linearAlgebra(
        operation: operation, detail: "Array must not contain infs or NaNs")
    }
    let (isHost, dtype) = try settled([a], operation)
    try requireHost(isHost, operation)
    return try HostFactorisations.eig(a, vectors: vectors, dtype, operation)
  }

  /// `a = u s vᴴ` with orthonormal columns in `u` and rows in `vh`, and the singular values falling
  /// (NumPy's `linalg.svd`).
  ///
  /// - Parameters:
  ///   - isFull: whether `u` and `vh` are square; else the longer one has only as many columns or
  ///     rows as there are singular values.
  ///   - vectors: whether `u` and `vh` are computed.
  ///   - isHermitian: whether the matrices are, which takes less work; only one triangle is read.
  /// - Throws: also `.linearAlgebra` where it does not converge.
  package static func svd(
    _ a: NDArray, isFull: Bool = true, vectors: Bool, isHermitian: Bool = false
  ) throws(MartletError) -> (u: NDArray?, values: NDArray, vh: NDArray?) {
    let operation = "linalg.svd"
    if isHermitian { return try hermitianSVD(a, vectors: vectors) }
    try checkStacked(a, operation)
    if isOnTape(a) { return try svdTraced(a, isFull: isFull, vectors: vectors) }
    let (isHost, dtype) = try settled([a], operation)
    return isHost
      ? try HostFactorisations.svd(a, isFull: isFull, vectors: vectors, dtype)
      : try DeviceFactorisations.svd(a, isFull: isFull, vectors: vectors)
  }

  /// The singular values, falling (NumPy's `linalg.svdvals`).
  ///
  /// - Throws: also `.linearAlgebra` where it does not converge.
  public static func svdvals(
    _ a: NDArray, isHermitian: Bool = false
  ) throws(MartletError) -> NDArray {
    try svd(a, vectors: false, isHermitian: isHermitian).values
  }

  // MARK: In Swift's forms

  /// The eigenvalues of Hermitian matrices, rising, and the eigenvectors as columns (NumPy's
  /// `linalg.eigh`).
  ///
  /// - Parameter isLower: which triangle is read.
  /// - Parameter a: The matrices, on the last two axes.
  /// - Throws: also `.linearAlgebra` where the eigenvalues don't converge.
  public static func eigh(
    _ a: NDArray, isLower: Bool = true
  ) throws(MartletError) -> (values: NDArray, vectors: NDArray) {
    let (values, vectors) = try eigh(a, isLower: isLower, vectors: true)
    return (values, try there(vectors, "linalg.eigh"))
  }

  /// The eigenvalues of Hermitian matrices, rising (NumPy's `linalg.eigvalsh`).
  ///
  /// - Parameter isLower: which triangle is read.
  /// - Parameter a: The matrices, on the last two axes.
  /// - Throws: as `eigh`.
  public static func eigvalsh(
    _ a: NDArray, isLower: Bool = true
  ) throws(MartletError) -> NDArray {
    try eigh(a, isLower: isLower, vectors: false).values
  }

  /// The eigenvalues, in no order, and the eigenvectors of norm 1 as columns (NumPy's `linalg.eig`).
  /// Both are complex, unless the matrices are real and all eigenvalues too.
  ///
  /// - Throws: also `.linearAlgebra` for elements that are not finite, and where the eigenvalues
  ///   don't converge.
  public static func eig(
    _ a: NDArray
  ) throws(MartletError) -> (values: NDArray, vectors: NDArray) {
    let (values, vectors) = try eig(a, vectors: true)
    return (values, try there(vectors, "linalg.eig"))
  }

  /// The eigenvalues, in no order (NumPy's `linalg.eigvals`).
  ///
  /// - Throws: as `eig`.
  public static func eigvals(_ a: NDArray) throws(MartletError) -> NDArray {
    try eig(a, vectors: false).values
  }

  /// `a = u s vᴴ` with orthonormal columns in `u` and rows in `vh`, and the singular values falling
  /// (NumPy's `linalg.svd`).
  ///
  /// - Parameters:
  ///   - isFull: whether `u` and `vh` are square; else the longer one has only as many columns or
  ///     rows as there are singular values.
  ///   - isHermitian: whether the matrices are, which takes less work; only one triangle is read.
  ///   - a: The matrices, on the last two axes.
  /// - Throws: also `.linearAlgebra` where it does not converge.
  public static func svd(
    _ a: NDArray, isFull: Bool = true, isHermitian: Bool = false
  ) throws(MartletError) -> (u: NDArray, s: NDArray, vh: NDArray) {
    let (u, values, vh) = try svd(a, isFull: isFull, vectors: true, isHermitian: isHermitian)
    return (try there(u, "linalg.svd"), values, try there(vh, "linalg.svd"))
  }

  private static func there(
    _ part: NDArray?, _ operation: String
  ) throws(MartletError) -> NDArray {
    guard let part else {
      throw .internalError(operation: operation, detail: "the vectors were not computed")
    }
    return part
  }

  /// Eigenvectors, the absolute values of eigenvalues, and the signs moved into the rows of `vh`.
  private static func hermitianSVD(
    _ a: NDArray, vectors: Bool
  ) throws(MartletError) -> (u: NDArray?, values: NDArray, vh: NDArray?) {
    let (found, columns) = try eigh(a, isLower: true, vectors: vectors)
    guard vectors, let columns else {
      let sizes = try Elementwise.apply(.absolute, [.array(found)])[0]
      return (nil, try sizes.sorted().flipped([-1]), nil)
    }
    try requireHost(columns.device.isHost, "linalg.svd")
    let sizes = try Elementwise.apply(.absolute, [.array(found)])[0]
    let order = try sizes.argSort().flipped([-1]).contiguous()
    let signs = try Elementwise.apply(
      .copysign, [.weak(.floating, Scalar(1.0, .float64)), .array(found.untraced)])[0]
    let u = try columns.columns(in: order)
    let sign = try signs.expanded(at: -2).columns(in: order)
    let turned = try Elementwise.apply(.multiply, [.array(u), .array(sign)])[0]
      .swappingAxes(-1, -2)
    let vh = u.dtype.isComplex ? try Elementwise.apply(.conjugate, [.array(turned)])[0] : turned
    let values = try sizes.expanded(at: -2).columns(in: order)
    return (u, values.view(values.layout.indexed(axis: values.rank - 2, at: 0)), vh)
  }

  // MARK: - Checks

  /// Whether the host computes, and the dtype of the results: double precision, unless all are single.
  private static func settled(
    _ arrays: [NDArray], _ operation: String
  ) throws(MartletError) -> (isHost: Bool, DType) {
    for array in arrays where array.dtype == .float16 || array.dtype == .bfloat16 {
      throw .invalidType(
        operation: operation, detail: "array type \(array.dtype) is unsupported in linalg")
    }
    let device = try Placement.device(of: arrays, for: operation)
    let isSingle = arrays.allSatisfy { $0.dtype == .float32 || $0.dtype == .complex64 }
    let isComplex = arrays.contains { $0.dtype.isComplex }
    return (
      device.isHost,
      isComplex ? (isSingle ? .complex64 : .complex128) : isSingle ? .float32 : .float64
    )
  }

  private static func requireHost(_ isHost: Bool, _ operation: String) throws(MartletError) {
    if !isHost {
      throw .unsupported(
        operation: operation, detail: "no device has it. Move the arrays to the host: to(.host).")
    }
  }

  static func checkStacked(_ a: NDArray, _ operation: String) throws(MartletError) {
    if a.rank >= 2 { return }
    throw .linearAlgebra(
      operation: operation,
      detail: "\(a.rank)-dimensional array given. Array must be at least two-dimensional")
  }

  static func squareSize(
    _ a: NDArray, _ operation: String
  ) throws(MartletError) -> Int {
    try checkStacked(a, operation)
    if a.shape[a.rank - 1] != a.shape[a.rank - 2] {
      throw .linearAlgebra(
        operation: operation, detail: "Last 2 dimensions of the array must be square")
    }
    return a.shape[a.rank - 1]
  }
}

extension NDArray {
  /// The columns of each matrix in another order, given for each by their numbers.
  fileprivate func columns(in order: NDArray) throws(MartletError) -> NDArray {
    if Trace.isUsed, storage.tapeNode != nil {
      return try moved(to: order.broadcast(to: shape), rank - 1)
    }
    let source = try contiguous()
    let result = try NDArray(uninitialised: shape, dtype)
    guard count > 0 else { return result }
    let (from, to) = (try source.pointer(), try result.pointer())
    let numbers = try order.pointer().assumingMemoryBound(to: Int64.self)
    let (rows, columns, size) = (shape[rank - 2], shape[rank - 1], dtype.itemSize)
    for row in 0..<count / columns {
      let own = numbers + row / rows * columns
      for column in 0..<columns {
        (to + (row * columns + column) * size).copyMemory(
          from: from + (row * columns + Int(own[column])) * size, byteCount: size)
      }
    }
    withExtendedLifetime((source, order)) {}
    return result
  }
}
