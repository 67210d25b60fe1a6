import CMartlet
import MartletIR
import MartletRuntime

/// Factorisations in the host's memory: the same functions as `LinearAlgebra`'s, of arrays that were
/// looked at.
enum HostFactorisations {
  // MARK: Triangles

  static func cholesky(
    _ a: NDArray, isUpper: Bool, _ dtype: DType
  ) throws(MartletError) -> NDArray {
    let operation = "linalg.cholesky"
    let n = a.shape[a.rank - 1]
    let lapack = try LAPACK(
      [MARTLET_LAPACK_POTRF], isComplex: dtype.isComplex, sizes: [n, n], operation)
    let matrices = try HostStack(a, lapack.dtype)
    guard n > 0 else { return try matrices.rowMajor().settled(dtype) }
    let isComplete = try lapack.forEach(
      of: matrices.batch, side: n, LAPACK.integers(1), operation
    ) { matrix, _ in
      martlet_lapack_potrf(
        lapack.functions, lapack.isComplex, isUpper, Int64(n), matrices[matrix])
    }
    guard isComplete else {
      throw .linearAlgebra(operation: operation, detail: "Matrix is not positive definite")
    }
    matrices.clear(upper: !isUpper)
    return try matrices.rowMajor().settled(dtype)
  }

  static func qr(
    _ a: NDArray, mode: LinearAlgebra.QRMode, _ dtype: DType
  ) throws(MartletError) -> [NDArray] {
    let operation = "linalg.qr"
    let matrices = try HostStack(a, dtype.isComplex ? .complex128 : .float64)
    let (m, n) = (matrices.rows, matrices.columns)
    let k = min(m, n)
    let lapack = try LAPACK(
      [MARTLET_LAPACK_GEQRF, MARTLET_LAPACK_ORGQR], isComplex: dtype.isComplex,
      sizes: [m, max(m, n)], operation)
    let factors = try NDArray(uninitialised: matrices.batchShape + Shape([k]), lapack.dtype)
    nonisolated(unsafe) let tau = try factors.pointer()
    let step = k * lapack.dtype.itemSize
    if k > 0, matrices.batch > 0 {
      let space = LAPACK.space { space in
        _ = martlet_lapack_geqrf(
          lapack.functions, lapack.isComplex, Int64(m), Int64(n), matrices.pointer, tau, &space)
      }
      _ = try lapack.forEach(of: matrices.batch, side: max(m, n), space, operation) {
        matrix, space in
        martlet_lapack_geqrf(
          lapack.functions, lapack.isComplex, Int64(m), Int64(n), matrices[matrix],
          tau + matrix * step, &space)
      }
    }
    switch mode {
    case .raw:
      return [
        try matrices.rowMajor().swappingAxes(-1, -2).settled(dtype), try factors.settled(dtype),
      ]
    case .economic: return [try matrices.rowMajor().settled(dtype)]
    case .r:
      return [try triangle(matrices, rows: k).settled(dtype)]
    case .reduced, .complete: break
    }
    let columns = mode == .complete ? m : k
    let r = try triangle(matrices, rows: columns).settled(dtype)
    let q = try HostStack(matrices.batchShape, rows: m, columns: columns, lapack.dtype)
    let (size, from) = (m * lapack.dtype.itemSize, matrices)
    if columns > 0, q.batch > 0 {
      let space = LAPACK.space { space in
        _ = martlet_lapack_orgqr(
          lapack.functions, lapack.isComplex, Int64(m), Int64(columns), Int64(k), q.pointer, tau,
          &space)
      }
      _ = try lapack.forEach(of: q.batch, side: max(m, columns), space, operation) {
        matrix, space in
        // What is behind the reflectors is computed from nothing.
        q[matrix].copyMemory(from: from[matrix], byteCount: min(columns, n) * size)
        return martlet_lapack_orgqr(
          lapack.functions, lapack.isComplex, Int64(m), Int64(columns), Int64(k), q[matrix],
          tau + matrix * step, &space)
      }
    }
    withExtendedLifetime((matrices, factors)) {}
    return [try q.rowMajor().settled(dtype), r]
  }

  /// The first rows, with zeros below the diagonal.
  private static func triangle(
    _ matrices: HostStack, rows count: Int
  ) throws(MartletError) -> NDArray {
    let result = try matrices.rowMajor(rows: count)
    // A matrix of one row or column may be the stack's own memory still.
    let own = result.storage === matrices.memory.storage ? try result.copy() : result
    let size = own.dtype.itemSize
    let memory = try own.pointer()
    let columns = matrices.columns
    for matrix in 0..<matrices.batch {
      for row in 0..<count where row > 0 && columns > 0 {
        (memory + (matrix * count + row) * columns * size).initializeMemory(
          as: UInt8.self, repeating: 0, count: min(row, columns) * size)
      }
    }
    return own
  }

  // MARK: Eigenvalues

  static func eigh(
    _ a: NDArray, isLower: Bool, vectors: Bool, _ dtype: DType, _ operation: String
  ) throws(MartletError) -> (values: NDArray, vectors: NDArray?) {
    let n = a.shape[a.rank - 1]
    let lapack = try LAPACK(
      [MARTLET_LAPACK_SYEVD], isComplex: dtype.isComplex, sizes: [n, n], operation)
    let matrices = try HostStack(a, lapack.dtype)
    let values = try NDArray(uninitialised: matrices.batchShape + Shape([n]), .float64)
    nonisolated(unsafe) let w = try values.pointer().assumingMemoryBound(to: Double.self)
    if n > 0, matrices.batch > 0 {
      let space = LAPACK.space { space in
        _ = martlet_lapack_syevd(
          lapack.functions, lapack.isComplex, vectors, !isLower, Int64(n), matrices.pointer, w,
          &space)
      }
      let isComplete = try lapack.forEach(of: matrices.batch, side: n, space, operation) {
        matrix, space in
        martlet_lapack_syevd(
          lapack.functions, lapack.isComplex, vectors, !isLower, Int64(n), matrices[matrix],
          w + matrix * n, &space)
      }
      try checkEigenvalues(isComplete, operation)
    }
    withExtendedLifetime(values) {}
    return (
      try values.settled(dtype.realType), vectors ? try matrices.rowMajor().settled(dtype) : nil
    )
  }

  static func eig(
    _ a: NDArray, vectors: Bool, _ dtype: DType, _ operation: String
  ) throws(MartletError) -> (values: NDArray, vectors: NDArray?) {
    let n = a.shape[a.rank - 1]
    let lapack = try LAPACK(
      [MARTLET_LAPACK_GEEV], isComplex: dtype.isComplex, sizes: [n, n], operation)
    let matrices = try HostStack(a, lapack.dtype)
    let shape = matrices.batchShape + Shape([n])
    // Of real matrices the real parts, then the imaginary ones, for each.
    let values = try NDArray(
      uninitialised: lapack.isComplex ? shape : matrices.batchShape + Shape([2 * n]), lapack.dtype)
    nonisolated(unsafe) let w = try values.pointer().assumingMemoryBound(to: Double.self)
    let found = try HostStack(
      vectors ? matrices.batchShape : [0], rows: n, columns: n, lapack.dtype)
    if n > 0, matrices.batch > 0 {
      let space = LAPACK.space { space in
        _ = martlet_lapack_geev(
          lapack.functions, lapack.isComplex, vectors, Int64(n), matrices.pointer, w,
          found.pointer, &space)
      }
      let isComplete = try lapack.forEach(of: matrices.batch, side: n, space, operation) {
        matrix, space in
        martlet_lapack_geev(
          lapack.functions, lapack.isComplex, vectors, Int64(n), matrices[matrix],
          w + 2 * matrix * n, found[vectors ? matrix : 0], &space)
      }
      try checkEigenvalues(isComplete, operation)
    }
    if lapack.isComplex {
      return (
        try values.settled(dtype), vectors ? try found.rowMajor().settled(dtype) : nil
      )
    }
    let result = try real(values, w, found, shape, dtype, vectors: vectors)
    withExtendedLifetime((matrices, found)) {}
    return result
  }

  /// What `geev` found of real matrices: real where all eigenvalues are.
  private static func real(
    _ values: NDArray, _ w: UnsafeMutablePointer<Double>, _ found: HostStack, _ shape: Shape,
    _ dtype: DType, vectors: Bool
  ) throws(MartletError) -> (values: NDArray, vectors: NDArray?) {
    let n = shape[shape.rank - 1]
    let batch = Shape(shape.dropLast()).elementCount
    let isReal = (0..<batch).allSatisfy { matrix in
      (0..<n).allSatisfy { w[(2 * matrix + 1) * n + $0] == 0 }
    }
    if isReal {
      let part = values.part(axis: values.rank - 1, from: 0, count: n)
      return (
        try part.copy().settled(dtype), vectors ? try found.rowMajor().settled(dtype) : nil
      )
    }
    let all = try NDArray(uninitialised: shape, .complex128)
    let whole = try HostStack(
      vectors ? found.batchShape : [0], rows: n, columns: n, .complex128)
    let target = try all.pointer().assumingMemoryBound(to: SIMD2<Double>.self)
    for matrix in 0..<batch {
      let (x, y) = (w + 2 * matrix * n, w + (2 * matrix + 1) * n)
      for i in 0..<n { target[matrix * n + i] = SIMD2(x[i], y[i]) }
      guard vectors else { continue }
      let source = found[matrix].assumingMemoryBound(to: Double.self)
      let columns = whole[matrix].assumingMemoryBound(to: SIMD2<Double>.self)
      var i = 0
      while i < n {
        // A pair of conjugates has its real and its imaginary part in two columns.
        let isPair = y[i] != 0 && i + 1 < n
        for row in 0..<n {
          let (re, im) = (source[i * n + row], isPair ? source[(i + 1) * n + row] : 0)
          columns[i * n + row] = SIMD2(re, im)
          if isPair { columns[(i + 1) * n + row] = SIMD2(re, -im) }
        }
        i += isPair ? 2 : 1
      }
    }
    let type: DType = dtype == .float32 ? .complex64 : .complex128
    return (try all.settled(type), vectors ? try whole.rowMajor().settled(type) : nil)
  }

  private static func checkEigenvalues(
    _ isComplete: Bool, _ operation: String
  ) throws(MartletError) {
    if !isComplete {
      throw .linearAlgebra(operation: operation, detail: "Eigenvalues did not converge")
    }
  }

  // MARK: Singular values

  static func svd(
    _ a: NDArray, isFull: Bool, vectors: Bool, _ dtype: DType
  ) throws(MartletError) -> (u: NDArray?, values: NDArray, vh: NDArray?) {
    let operation = "linalg.svd"
    let (m, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1])
    let k = min(m, n)
    let lapack = try LAPACK(
      [MARTLET_LAPACK_GESDD], isComplex: dtype.isComplex, sizes: [max(m, n), max(m, n)], operation)
    let matrices = try HostStack(a, lapack.dtype)
    let values = try NDArray(uninitialised: matrices.batchShape + Shape([k]), .float64)
    nonisolated(unsafe) let s = try values.pointer().assumingMemoryBound(to: Double.self)
    let none: Shape = [0]
    let u = try HostStack(
      vectors ? matrices.batchShape : none, rows: m, columns: isFull ? m : k, lapack.dtype)
    let vh = try HostStack(
      vectors ? matrices.batchShape : none, rows: isFull ? n : k, columns: n, lapack.dtype)
    if k == 0 {
      u.setIdentity()
      vh.setIdentity()
    } else if matrices.batch > 0 {
      let job = CChar(UInt8(ascii: !vectors ? "N" : isFull ? "A" : "S"))
      let space = LAPACK.space { space in
        _ = martlet_lapack_gesdd(
          lapack.functions, lapack.isComplex, job, Int64(m), Int64(n), matrices.pointer, s,
          u.pointer, vh.pointer, &space)
      }
      let isComplete = try lapack.forEach(of: matrices.batch, side: max(m, n), space, operation) {
        matrix, space in
        let info = martlet_lapack_gesdd(
          lapack.functions, lapack.isComplex, job, Int64(m), Int64(n), matrices[matrix],
          s + matrix * k, u[vectors ? matrix : 0], vh[vectors ? matrix : 0], &space)
        // So it says that there is a NaN in the matrix.
        return info == -4 ? 1 : info
      }
      guard isComplete else {
        throw .linearAlgebra(operation: operation, detail: "SVD did not converge")
      }
    }
    withExtendedLifetime((matrices, values)) {}
    let rounded = try values.settled(dtype.realType)
    guard vectors else { return (nil, rounded, nil) }
    return (
      try u.rowMajor().settled(dtype), rounded, try vh.rowMajor().settled(dtype)
    )
  }
}
