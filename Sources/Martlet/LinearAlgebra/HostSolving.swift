import CMartlet
import Glibc
import MartletIR
import MartletRuntime

/// Systems of equations in the host's memory.
enum HostSolving {
  /// The solutions of `a x = b`, all of them stacks, in C order; with `nil` as `b` the inverses.
  ///
  /// - Parameter toleratesFailure: whether a singular matrix gives NaN instead of an error.
  static func solve(
    _ a: NDArray, _ b: NDArray?, batch: Shape, _ dtype: DType, _ operation: String,
    toleratesFailure: Bool = false
  ) throws(MartletError) -> NDArray {
    let n = a.shape[a.rank - 1]
    let columns = b.map { $0.shape[$0.rank - 1] } ?? n
    if batch.elementCount == 0 || n == 0 || columns == 0 {
      return try NDArray(uninitialised: batch + Shape([n, columns]), dtype)
    }
    if let small = try SmallSystems.solve(a, b, batch: batch, dtype, columns: columns) {
      if small.isComplete || toleratesFailure { return small.solution }
      throw .linearAlgebra(operation: operation, detail: "Singular matrix")
    }
    let lapack = try LAPACK(
      [MARTLET_LAPACK_GESV], isComplex: dtype.isComplex, sizes: [n, max(n, columns)], operation)
    let matrices = try HostStack(a, lapack.dtype, batchShape: batch)
    let solution: HostStack
    if let b {
      solution = try HostStack(b, lapack.dtype, batchShape: batch)
    } else {
      solution = try HostStack(batch, rows: n, columns: n, lapack.dtype)
      solution.setIdentity()
    }
    let isComplete = try lapack.forEach(
      of: matrices.batch, side: max(n, 1), LAPACK.integers(n), operation
    ) { matrix, space in
      guard let pivots = space.integers else { return -1 }
      let info = martlet_lapack_gesv(
        lapack.functions, lapack.isComplex, Int64(n), Int64(columns), matrices[matrix], pivots,
        solution[matrix])
      if info > 0 { solution.fillWithNaN(matrix) }
      return info
    }
    withExtendedLifetime(matrices) {}
    guard isComplete || toleratesFailure else {
      throw .linearAlgebra(operation: operation, detail: "Singular matrix")
    }
    return try solution.rowMajor().settled(dtype)
  }

  // MARK: - Determinants

  /// Signs and logarithms of the absolute values of determinants, or with `isWhole` determinants
  /// and nothing else.
  static func determinant(
    _ a: NDArray, _ dtype: DType, isWhole: Bool, _ operation: String
  ) throws(MartletError) -> (NDArray, logarithm: NDArray?) {
    let n = a.shape[a.rank - 1]
    let batch = Shape(a.shape.dropLast(2))
    if isWhole, let small = try SmallSystems.determinant(a, batch: batch, dtype) {
      return (small, nil)
    }
    let lapack = try LAPACK(
      [MARTLET_LAPACK_GETRF], isComplex: dtype.isComplex, sizes: [n, n], operation)
    let signs = try NDArray(uninitialised: batch, lapack.dtype)
    let logarithms = try NDArray(uninitialised: batch, .float64)
    nonisolated(unsafe) let (sign, logarithm) = (
      try signs.pointer().assumingMemoryBound(to: Double.self),
      try logarithms.pointer().assumingMemoryBound(to: Double.self)
    )
    let matrices = try HostStack(a, lapack.dtype)
    // A singular matrix has a determinant.
    _ = try lapack.forEach(
      of: batch.elementCount, side: max(n, 1), LAPACK.integers(n), operation
    ) { matrix, space in
      guard let pivots = space.integers else { return -1 }
      let info = martlet_lapack_getrf(
        lapack.functions, lapack.isComplex, Int64(n), matrices[matrix], pivots)
      if info < 0 { return info }
      var isOdd = false
      for i in 0..<n where martlet_lapack_integer(lapack.functions, pivots, Int64(i)) != i + 1 {
        isOdd.toggle()
      }
      let diagonal = matrices[matrix].assumingMemoryBound(to: Double.self)
      if lapack.isComplex {
        let (s, l) = complexProduct(diagonal, n, isOdd: isOdd, isSingular: info > 0)
        sign[2 * matrix] = s.x
        sign[2 * matrix + 1] = s.y
        logarithm[matrix] = l
      } else {
        (sign[matrix], logarithm[matrix]) = product(
          diagonal, n, isOdd: isOdd, isSingular: info > 0)
      }
      return 0
    }
    withExtendedLifetime(matrices) {}
    if !isWhole {
      return (try signs.settled(dtype), try logarithms.settled(dtype.realType))
    }
    martlet_fp_clear()
    for i in 0..<batch.elementCount {
      // A number without an imaginary part, in complex arithmetic: its zero counts.
      let magnitude = Glibc.exp(logarithm[i])
      if lapack.isComplex {
        let (x, y) = (sign[2 * i], sign[2 * i + 1])
        sign[2 * i] = x * magnitude - y * 0
        sign[2 * i + 1] = x * 0 + y * magnitude
      } else {
        sign[i] *= magnitude
      }
    }
    try signs.report(.takeFromThread(), as: "det", from: [a])
    return (try signs.settled(dtype), nil)
  }

  /// The sign and the logarithm of a product of a diagonal, as NumPy adds it up.
  private static func product(
    _ diagonal: UnsafePointer<Double>, _ n: Int, isOdd: Bool, isSingular: Bool
  ) -> (Double, Double) {
    if isSingular { return (0, -.infinity) }
    var (sign, logarithm) = (isOdd ? -1.0 : 1, 0.0)
    for i in 0..<n {
      var element = diagonal[i * (n + 1)]
      if element < 0 {
        sign = -sign
        element = -element
      }
      logarithm += Glibc.log(element)
    }
    return (sign, logarithm)
  }

  private static func complexProduct(
    _ diagonal: UnsafePointer<Double>, _ n: Int, isOdd: Bool, isSingular: Bool
  ) -> (SIMD2<Double>, Double) {
    if isSingular { return (SIMD2(0, 0), -.infinity) }
    var (sign, logarithm) = (SIMD2<Double>(isOdd ? -1 : 1, 0), 0.0)
    for i in 0..<n {
      let (x, y) = (diagonal[2 * i * (n + 1)], diagonal[2 * i * (n + 1) + 1])
      let size = Glibc.hypot(x, y)
      let (u, v) = (x / size, y / size)
      sign = SIMD2(sign.x * u - sign.y * v, sign.x * v + sign.y * u)
      logarithm += Glibc.log(size)
    }
    return (sign, logarithm)
  }

  // MARK: - Least squares

  /// What `LinearAlgebra.leastSquares` returns, of matrices that fit.
  static func leastSquares(
    _ a: NDArray, _ b: NDArray, cutoff: Double, _ dtype: DType, _ operation: String
  ) throws(MartletError) -> (x: NDArray, residuals: NDArray?, rank: Int, values: NDArray) {
    let (m, n, columns) = (a.shape[0], a.shape[1], b.shape[1])
    let lapack = try LAPACK(
      [MARTLET_LAPACK_GELSD], isComplex: dtype.isComplex, sizes: [max(m, n), max(m, n, columns)],
      operation)
    let least = min(m, n)
    // LAPACK takes no right side without a column.
    let width = max(columns, 1)
    let matrices = try HostStack(a, lapack.dtype)
    let target = try HostStack([], rows: max(m, n), columns: width, lapack.dtype)
    target.pointer.initializeMemory(
      as: UInt8.self, repeating: 0, count: target.memory.count * lapack.dtype.itemSize)
    if columns > 0, m > 0 {
      let right = try HostStack(b, lapack.dtype)
      let size = m * lapack.dtype.itemSize
      for column in 0..<columns {
        (target.pointer + column * target.rows * lapack.dtype.itemSize).copyMemory(
          from: right.pointer + column * size, byteCount: size)
      }
      withExtendedLifetime(right) {}
    }
    let values = try NDArray(uninitialised: [least], .float64)
    nonisolated(unsafe) let s = try values.pointer().assumingMemoryBound(to: Double.self)
    nonisolated(unsafe) var rank: Int64 = 0
    let space = LAPACK.space { space in
      _ = martlet_lapack_gelsd(
        lapack.functions, lapack.isComplex, Int64(m), Int64(n), Int64(width), matrices.pointer,
        target.pointer, s, cutoff, &rank, &space)
    }
    let isComplete = try lapack.forEach(of: 1, side: max(m, n), space, operation) { _, space in
      martlet_lapack_gelsd(
        lapack.functions, lapack.isComplex, Int64(m), Int64(n), Int64(width), matrices.pointer,
        target.pointer, s, cutoff, &rank, &space)
    }
    withExtendedLifetime((matrices, values)) {}
    guard isComplete else {
      throw .linearAlgebra(
        operation: operation, detail: "SVD did not converge in Linear Least Squares")
    }
    if m == 0 {
      target.pointer.initializeMemory(
        as: UInt8.self, repeating: 0, count: target.memory.count * lapack.dtype.itemSize)
    }
    let solution = try target.memory.swappingAxes(0, 1)
      .part(axis: 0, from: 0, count: n).part(axis: 1, from: 0, count: columns)
    var residuals: NDArray?
    if Int(rank) == n, m > n {
      let sums = try NDArray(uninitialised: [columns], .float64)
      let sum = try sums.pointer().assumingMemoryBound(to: Double.self)
      let parts = lapack.isComplex ? 2 : 1
      let elements = target.pointer.assumingMemoryBound(to: Double.self)
      for column in 0..<columns {
        var total = 0.0
        for row in n..<m {
          let element = elements + (column * target.rows + row) * parts
          total +=
            lapack.isComplex
            ? element[0] * element[0] + element[1] * element[1] : element[0] * element[0]
        }
        sum[column] = total
      }
      residuals = try sums.settled(dtype.realType)
    }
    let x = try solution.newCopy().settled(dtype)
    withExtendedLifetime(target) {}
    return (x, residuals, Int(rank), try values.settled(dtype.realType))
  }
}

extension NDArray {
  /// A result rounded to the type that the arrays have.
  func settled(_ dtype: DType) throws(MartletError) -> NDArray {
    self.dtype == dtype ? self : try asType(dtype)
  }
}
