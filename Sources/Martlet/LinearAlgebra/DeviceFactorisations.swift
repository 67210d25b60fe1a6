import MartletIR
import MartletRuntime

/// Solvers and factorisations by the library of the device where the arrays live: the same functions
/// as `LinearAlgebra`'s, in the precision of the arrays.
///
/// Every function throws `.unsupported` where that device has no library and for empty matrices,
/// `.linearAlgebra` for a matrix that has no result, `.outOfMemory`.
enum DeviceFactorisations {
  // MARK: Systems of equations

  /// The solution of `a x = b`. A `b` with one axis is one column.
  ///
  /// - Throws: also `.shapeMismatch`; `.linearAlgebra` where a matrix is singular.
  static func solve(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    let operation = "linalg.solve"
    let (device, dtype) = try settled([a, b], operation)
    let n = try squareSize(a, operation)
    let isVector = b.rank == 1
    let right = isVector ? try b.expanded(at: 1) : b
    guard right.rank >= 2, right.shape[right.rank - 2] == n else {
      let size = right.rank >= 2 ? right.shape[right.rank - 2] : 0
      throw .shapeMismatch(
        operation: operation,
        detail: "solve: Input operand 1 has a mismatch in its core dimension 0, with gufunc "
          + "signature (m,m),(m\(isVector ? "" : ",n"))->(m\(isVector ? "" : ",n")) (size \(size) "
          + "is different from \(n))")
    }
    let (own, other) = (Shape(a.shape.dropLast(2)), Shape(right.shape.dropLast(2)))
    guard let batch = Shape.broadcast(own, other) else {
      throw .broadcast(operation: operation, shapes: [a.shape, b.shape])
    }
    let columns = right.shape[right.rank - 1]
    let matrices = try Stack(
      try a.broadcast(to: batch + Shape([n, n])), dtype, on: device)
    let solution = try Stack(
      try right.broadcast(to: batch + Shape([n, columns])), dtype, on: device)
    try solve(matrices, solution, operation)
    let result = try solution.rowMajor()
    return isVector ? result.view(result.layout.indexed(axis: result.rank - 1, at: 0)) : result
  }

  /// The inverse.
  ///
  /// - Throws: also `.linearAlgebra` where a matrix is singular.
  static func inverse(_ a: NDArray) throws(MartletError) -> NDArray {
    let operation = "linalg.inv"
    let (device, dtype) = try settled([a], operation)
    let n = try squareSize(a, operation)
    let matrices = try Stack(a, dtype, on: device)
    let identity = try matrix(n, n, device) { (row, column) throws(MartletError) in
      try Elementwise.apply(.equal, [.array(row), .array(column)])[0]
    }
    let solution = try Stack(try identity.broadcast(to: a.shape), dtype, on: device)
    try solve(matrices, solution, operation)
    return try solution.rowMajor()
  }

  private static func solve(
    _ matrices: Stack, _ solution: Stack, _ operation: String
  ) throws(MartletError) {
    let pivots = try NDArray(
      uninitialised: Shape([matrices.batch, matrices.rows]), .int32, on: matrices.device)
    try matrices.run(operation, failure: "Singular matrix") { (n) throws(MartletError) in
      .lu(pivots: try pivots.address(row: n))
    }
    try matrices.run(operation, failure: "Singular matrix") { (n) throws(MartletError) in
      .solve(
        pivots: try pivots.address(row: n), b: try solution.address(n), columns: solution.columns)
    }
    withExtendedLifetime((pivots, solution)) {}
  }

  /// The determinant.
  static func determinant(_ a: NDArray) throws(MartletError) -> NDArray {
    let operation = "linalg.det"
    let (device, dtype) = try settled([a], operation)
    let n = try squareSize(a, operation)
    let matrices = try Stack(a, dtype, on: device)
    let pivots = try NDArray(uninitialised: Shape([matrices.batch, n]), .int32, on: device)
    // A singular matrix has a determinant: a zero on the diagonal.
    try matrices.run(operation, failure: nil) { (n) throws(MartletError) in
      .lu(pivots: try pivots.address(row: n))
    }
    var diagonal = matrices.memory.layout
    let rank = diagonal.rank
    diagonal.strides[rank - 2] += diagonal.strides[rank - 1]
    diagonal = diagonal.indexed(axis: rank - 1, at: 0)
    let product = try matrices.memory.view(diagonal).product(axes: [-1])
    // Each row that changed its place turned the sign round.
    let places = try numbers(from: 1, n, .int32, device)
    let moved = try Elementwise.apply(.notEqual, [.array(pivots), .array(places)])[0]
    let odd = try Elementwise.apply(
      .remainder,
      [
        .array(try moved.reduced(.sum, axes: [-1])), .weak(.integer, Scalar(Int64(2), .int64)),
      ])[0]
    let sign = try Elementwise.apply(
      .subtract,
      [
        .weak(.floating, Scalar(1.0, .float64)),
        .array(
          try Elementwise.apply(
            .multiply,
            [.array(try odd.asType(dtype.realType)), .weak(.floating, Scalar(2.0, .float64))])[0]),
      ])[0]
    return try Elementwise.apply(
      .multiply, [.array(product), .array(try sign.reshaped(Array(product.shape)))])[0]
  }

  // MARK: Factorisations

  /// The lower triangle `l` with `a = l lᴴ`, or the upper one with `a = uᴴ u`; of `a` only the same
  /// triangle is read.
  ///
  /// - Throws: also `.linearAlgebra` where a matrix is not positive definite.
  static func cholesky(
    _ a: NDArray, isUpper: Bool = false
  ) throws(MartletError) -> NDArray {
    let operation = "linalg.cholesky"
    let (device, dtype) = try settled([a], operation)
    let n = try squareSize(a, operation)
    let matrices = try Stack(isUpper ? try a.adjoint() : a, dtype, on: device)
    try matrices.run(operation, failure: "Matrix is not positive definite") { _ in .cholesky }
    let lower = try triangle(try matrices.rowMajor(), n, n, device, isUpper: false)
    return isUpper ? try lower.adjoint() : lower
  }

  /// `a = q r` with orthonormal columns in `q` and an upper triangle `r`: the two; for `.r` only the
  /// latter; for `.raw` the reflectors and their factors.
  static func qr(
    _ a: NDArray, mode: LinearAlgebra.QRMode = .reduced
  ) throws(MartletError) -> [NDArray] {
    let operation = "linalg.qr"
    let (device, dtype) = try settled([a], operation)
    try checkStacked(a, operation)
    let matrices = try Stack(a, dtype, on: device)
    let (m, n) = (matrices.rows, matrices.columns)
    let k = min(m, n)
    let factors = try NDArray(uninitialised: Shape([matrices.batch, k]), dtype, on: device)
    try matrices.run(operation, failure: "Incorrect argument found in QR") {
      (i) throws(MartletError) in .qr(tau: try factors.address(row: i))
    }
    let batch = Shape(a.shape.dropLast(2))
    if mode == .raw {
      return [matrices.memory, try factors.reshaped(Array(batch + Shape([k])))]
    }
    let rows = mode == .complete ? m : k
    let whole = try matrices.rowMajor()
    let r = try triangle(
      whole.part(axis: whole.rank - 2, from: 0, count: rows), rows, n, device, isUpper: true)
    if mode == .r { return [r] }

    // The reflectors, in a matrix as wide as the wanted one.
    var reflectors = whole.part(axis: whole.rank - 1, from: 0, count: k)
    if rows > k {
      var widths = [(before: Int, after: Int)](repeating: (0, 0), count: whole.rank)
      widths[whole.rank - 1].after = rows - k
      reflectors = try reflectors.padded(widths)
    }
    let q = try Stack(reflectors, dtype, on: device)
    try q.run(operation, failure: "Incorrect argument found in QR") { (i) throws(MartletError) in
      .q(tau: try factors.address(row: i), reflectors: k)
    }
    withExtendedLifetime(factors) {}
    return [try q.rowMajor(), r]
  }

  /// The eigenvalues of Hermitian matrices, rising, and with `vectors` the eigenvectors as columns.
  /// Only one triangle is read.
  ///
  /// - Throws: also `.linearAlgebra` where the eigenvalues don't converge.
  static func eigh(
    _ a: NDArray, isLower: Bool = true, vectors: Bool = true
  ) throws(MartletError) -> (values: NDArray, vectors: NDArray?) {
    let operation = vectors ? "linalg.eigh" : "linalg.eigvalsh"
    let (device, dtype) = try settled([a], operation)
    let n = try squareSize(a, operation)
    let matrices = try Stack(a, dtype, on: device)
    let values = try NDArray(
      uninitialised: Shape([matrices.batch, n]), dtype.realType, on: device)
    try matrices.run(operation, failure: "Eigenvalues did not converge") {
      (i) throws(MartletError) in
      .eigen(values: try values.address(row: i), isLower: isLower, vectors: vectors)
    }
    return (
      try values.reshaped(Array(a.shape.dropLast(1))),
      vectors ? try matrices.rowMajor() : nil
    )
  }

  /// `a = u s vᴴ` with orthonormal columns in `u` and rows in `vh`, and the singular values falling.
  ///
  /// - Parameters:
  ///   - isFull: whether `u` and `vh` are square; else the longer one has only as many columns or
  ///     rows as there are singular values.
  ///   - vectors: whether `u` and `vh` are computed.
  /// - Throws: also `.linearAlgebra` where it does not converge.
  static func svd(
    _ a: NDArray, isFull: Bool = true, vectors: Bool = true
  ) throws(MartletError) -> (u: NDArray?, values: NDArray, vh: NDArray?) {
    let operation = "linalg.svd"
    let (device, dtype) = try settled([a], operation)
    try checkStacked(a, operation)
    // The library wants at least as many rows as columns. The transpose has them where `a` has
    // not, and vᵀ and uᵀ change places with u and v.
    let isWide = a.shape[a.rank - 2] < a.shape[a.rank - 1]
    let matrices = try Stack(
      isWide ? try a.swappingAxes(-1, -2) : a, dtype, on: device)
    let (m, n) = (matrices.rows, matrices.columns)
    let values = try NDArray(
      uninitialised: Shape([matrices.batch, n]), dtype.realType, on: device)
    let u = try Stack(matrices.shape, rows: m, columns: isFull ? m : n, dtype, on: device)
    let vh = try Stack(matrices.shape, rows: n, columns: n, dtype, on: device)
    try matrices.run(operation, failure: "SVD did not converge") { (i) throws(MartletError) in
      .svd(
        values: try values.address(row: i), u: vectors ? try u.address(i) : nil,
        vh: vectors ? try vh.address(i) : nil, isFull: isFull)
    }
    withExtendedLifetime((values, u, vh)) {}
    let s = try values.reshaped(Array(a.shape.dropLast(2)) + [n])
    if !vectors { return (nil, s, nil) }
    return isWide ? (vh.memory, s, u.memory) : (try u.rowMajor(), s, try vh.rowMajor())
  }

  // MARK: - Checks

  /// Where the work is done and in which dtype: double precision, unless all are single.
  private static func settled(
    _ arrays: [NDArray], _ operation: String
  ) throws(MartletError) -> (Device, DType) {
    let device = try Device.library(for: .linalg, of: arrays, operation)
    for array in arrays where array.dtype == .float16 || array.dtype == .bfloat16 {
      throw .invalidType(
        operation: operation, detail: "array type \(array.dtype) is unsupported in linalg")
    }
    if arrays.contains(where: { $0.count == 0 }) {
      throw .unsupported(operation: operation, detail: "empty matrices")
    }
    let isSingle = arrays.allSatisfy { $0.dtype == .float32 || $0.dtype == .complex64 }
    let isComplex = arrays.contains { $0.dtype.isComplex }
    return (
      device,
      isComplex ? (isSingle ? .complex64 : .complex128) : isSingle ? .float32 : .float64
    )
  }

  private static func checkStacked(_ a: NDArray, _ operation: String) throws(MartletError) {
    if a.rank >= 2 { return }
    throw .linearAlgebra(
      operation: operation,
      detail: "\(a.rank)-dimensional array given. Array must be at least two-dimensional")
  }

  private static func squareSize(
    _ a: NDArray, _ operation: String
  ) throws(MartletError) -> Int {
    try checkStacked(a, operation)
    if a.shape[a.rank - 1] != a.shape[a.rank - 2] {
      throw .linearAlgebra(
        operation: operation, detail: "Last 2 dimensions of the array must be square")
    }
    return a.shape[a.rank - 1]
  }

  // MARK: - Triangles

  /// A matrix of truth values from the numbers of its rows and columns.
  private static func matrix(
    _ rows: Int, _ columns: Int, _ device: Device,
    _ body: (_ row: NDArray, _ column: NDArray) throws(MartletError) -> NDArray
  ) throws(MartletError) -> NDArray {
    try body(
      try numbers(from: 0, rows, .int64, device).expanded(at: 1),
      try numbers(from: 0, columns, .int64, device))
  }

  private static func numbers(
    from first: Int64, _ count: Int, _ dtype: DType, _ device: Device
  ) throws(MartletError) -> NDArray {
    try NDArray.arange(
      start: Scalar(first, dtype), next: Scalar(first + 1, dtype), count: count
    ).to(device)
  }

  /// One triangle, the diagonal included, and zeros.
  private static func triangle(
    _ a: NDArray, _ rows: Int, _ columns: Int, _ device: Device, isUpper: Bool
  ) throws(MartletError) -> NDArray {
    let mask = try matrix(rows, columns, device) { (row, column) throws(MartletError) in
      try Elementwise.apply(
        isUpper ? .lessEqual : .greaterEqual, [.array(row), .array(column)])[0]
    }
    return try NDArray.selected(by: mask, .array(a), .scalar(Scalar(Int64(0), a.dtype)))
  }
}

extension NDArray {
  /// Where a row of a contiguous array with two axes begins, on its own device.
  fileprivate func address(row: Int) throws(MartletError) -> UInt {
    UInt(bitPattern: try storage.evaluatedHere() + row * shape[1] * dtype.itemSize)
  }
}

/// Matrices as libraries take them: each column-major and contiguous, one after another.
private struct Stack {
  /// Row-major, so the matrices' transposes.
  let memory: NDArray
  let device: Device
  let rows: Int
  let columns: Int
  let batch: Int

  /// As the matrices are seen: all axes before the last two, rows, columns.
  var shape: Shape { Shape(memory.shape.dropLast(2)) + Shape([rows, columns]) }

  /// A copy of matrices in another dtype and place.
  init(_ a: NDArray, _ dtype: DType, on device: Device) throws(MartletError) {
    rows = a.shape[a.rank - 2]
    columns = a.shape[a.rank - 1]
    self.device = device
    memory = try a.on(device, as: dtype).swappingAxes(-1, -2).copy()
    batch = memory.count / (rows * columns)
  }

  /// New matrices, as many as `shape` has.
  init(
    _ shape: Shape, rows: Int, columns: Int, _ dtype: DType, on device: Device
  ) throws(MartletError) {
    (self.rows, self.columns, self.device) = (rows, columns, device)
    let outer = Shape(shape.dropLast(2))
    memory = try NDArray(
      uninitialised: outer + Shape([columns, rows]), dtype, on: device)
    batch = outer.elementCount
  }

  /// The matrices as arrays see them.
  func rowMajor() throws(MartletError) -> NDArray { try memory.swappingAxes(-1, -2) }

  func address(_ n: Int) throws(MartletError) -> UInt {
    let start = try memory.storage.evaluatedHere() + memory.layout.offset * memory.dtype.itemSize
    return UInt(bitPattern: start + n * rows * columns * memory.dtype.itemSize)
  }

  /// Makes a library's step on every matrix.
  ///
  /// - Parameter failure: what to say where a step reports that there is no result; nil where that
  ///   is none.
  /// - Throws: `.linearAlgebra` with `failure`.
  func run(
    _ operation: String, failure: String?,
    _ step: (_ n: Int) throws(MartletError) -> Factorisation.Step
  ) throws(MartletError) {
    let statuses = try NDArray(uninitialised: Shape([batch, 1]), .int32, on: device)
    for n in 0..<batch {
      try device.runtime.call(
        .factorisation(
          Factorisation(
            try step(n), memory.dtype, rows: rows, columns: columns, a: try address(n),
            status: try statuses.address(row: n))))
    }
    let failed = try Elementwise.apply(
      .notEqual, [.array(statuses), .weak(.integer, Scalar(Int64(0), .int64))])[0]
    guard let failure, try failed.reduced(.any).item().low != 0 else { return }
    throw .linearAlgebra(operation: operation, detail: failure)
  }
}
