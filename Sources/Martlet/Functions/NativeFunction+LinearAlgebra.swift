import MartletIR

/// NumPy's `linalg`, and products of more than two arrays.
extension NativeFunction {
  static let linearAlgebra: [NativeFunction] = solvers + factorisations + norms + composed

  // MARK: Solvers

  private static let solvers: [NativeFunction] = [
    NativeFunction("linalg.solve", "(a, b)", "The solution of a linear system.", .rule) {
      call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      return .result(
        try call.solving([a, b]) { () throws(MartletError) in try LinearAlgebra.solve(a, b) })
    },
    one("linalg.inv", "(a)", "The inverse of a matrix.") { a throws(MartletError) in
      try LinearAlgebra.inverse(a)
    },
    one("linalg.det", "(a)", "The determinant of a matrix.") { a throws(MartletError) in
      try LinearAlgebra.determinant(a)
    },
    NativeFunction(
      "linalg.slogdet", "(a)", "The sign and the logarithm of a determinant.", .rule
    ) { call throws(MartletError) in
      let a = try call.array(0)
      let found = try call.solving([a]) { () throws(MartletError) in
        try LinearAlgebra.signAndLogDeterminant(a)
      }
      return named("SlogdetResult", ("sign", found.sign), ("logabsdet", found.logarithm))
    },
    NativeFunction(
      "linalg.lstsq", "(a, b, rcond=None)", "The least-squares solution of a system.", .rule
    ) { call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      let cutoff = try call.isGiven(2) ? call.double(2, default: 0) : nil
      let found = try call.solving([a, b]) { () throws(MartletError) in
        try LinearAlgebra.leastSquares(a, b, cutoff: cutoff)
      }
      return .tuple([
        .array(found.solution), .array(found.residuals),
        .result(try NDArray.scalar(Scalar(Int64(found.rank), .int32))),
        .array(found.singularValues),
      ])
    },
    NativeFunction(
      "linalg.tensorsolve", "(a, b, axes=None)", "The solution of a tensor equation.", .composed
    ) { call throws(MartletError) in
      let (a, b, axes) = (try call.array(0), try call.array(1), try call.ints(2))
      return .result(
        try call.solving([a, b]) { () throws(MartletError) in
          try LinearAlgebra.tensorSolve(a, b, axes: axes)
        })
    },
    NativeFunction("linalg.tensorinv", "(a, ind=2)", "The inverse of a tensor.", .composed) {
      call throws(MartletError) in
      let (a, leading) = (try call.array(0), try call.int(1, default: 2))
      return .result(
        try call.solving([a]) { () throws(MartletError) in
          try LinearAlgebra.tensorInverse(a, leading: leading)
        })
    },
  ]

  private static func one(
    _ path: String, _ signature: String, _ summary: String,
    _ compute: @escaping @Sendable (NDArray) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(path, signature, summary, .rule) { call throws(MartletError) in
      let a = try call.array(0)
      return .result(try call.solving([a]) { () throws(MartletError) in try compute(a) })
    }
  }

  // MARK: Factorisations

  private static let factorisations: [NativeFunction] = [
    NativeFunction(
      "linalg.cholesky", "(a, /, *, upper=False)", "The Cholesky factor of a matrix.", .rule
    ) { call throws(MartletError) in
      let (a, isUpper) = (try call.array(0), try call.bool(1, default: false))
      return .array(
        try call.solving([a]) { () throws(MartletError) in
          try LinearAlgebra.cholesky(a, isUpper: isUpper)
        })
    },
    NativeFunction("linalg.qr", "(a, mode='reduced')", "The QR factorisation.", .rule) {
      call throws(MartletError) in
      let name = call.isMissing(1) ? "reduced" : try call.string(1) ?? ""
      // NumPy warns of the mode 'economic', and refuses names that it doesn't know.
      guard let mode = LinearAlgebra.QRMode(rawValue: name), mode != .economic else {
        throw call.notNative("a mode of qr that only NumPy has")
      }
      let a = try call.array(0)
      let parts = try call.solving([a]) { () throws(MartletError) in
        try LinearAlgebra.qr(a, mode: mode)
      }
      switch mode {
      case .r, .economic: return .array(parts[0])
      case .raw: return .tuple(parts.map { .array($0) })
      case .reduced, .complete: return named("QRResult", ("Q", parts[0]), ("R", parts[1]))
      }
    },
    eigh("linalg.eigh", "Eigenvalues and vectors of a Hermitian matrix.", vectors: true),
    eigh("linalg.eigvalsh", "Eigenvalues of a Hermitian matrix.", vectors: false),
    NativeFunction("linalg.eig", "(a)", "Eigenvalues and vectors.", .rule) {
      call throws(MartletError) in
      let a = try call.array(0)
      let found = try call.solving([a]) { () throws(MartletError) in
        let (values, vectors) = try LinearAlgebra.eig(a, vectors: true)
        return [values] + (vectors.map { [$0] } ?? [])
      }
      return named("EigResult", ("eigenvalues", found[0]), ("eigenvectors", found[1]))
    },
    one("linalg.eigvals", "(a)", "Eigenvalues.") { a throws(MartletError) in
      try LinearAlgebra.eig(a, vectors: false).values
    },
    NativeFunction(
      "linalg.svd", "(a, full_matrices=True, compute_uv=True, hermitian=False)",
      "The singular value decomposition.", .rule
    ) { call throws(MartletError) in
      let a = try call.array(0)
      let (isFull, vectors) = (try call.bool(1, default: true), try call.bool(2, default: true))
      let isHermitian = try call.bool(3, default: false)
      let found = try call.solving([a]) { () throws(MartletError) in
        try LinearAlgebra.svd(a, isFull: isFull, vectors: vectors, isHermitian: isHermitian)
      }
      guard let u = found.u, let vh = found.vh else { return .array(found.values) }
      return named("SVDResult", ("U", u), ("S", found.values), ("Vh", vh))
    },
    one("linalg.svdvals", "(x, /)", "The singular values.") { a throws(MartletError) in
      try LinearAlgebra.svdvals(a)
    },
  ]

  private static func eigh(_ path: String, _ summary: String, vectors: Bool) -> NativeFunction {
    NativeFunction(path, "(a, UPLO='L')", summary, .rule) { call throws(MartletError) in
      let letter = call.isMissing(1) ? "L" : try call.string(1)?.uppercased()
      guard let letter else { throw call.notNative("other than a text as UPLO") }
      guard letter == "L" || letter == "U" else {
        throw call.invalid("UPLO argument must be 'L' or 'U'")
      }
      let a = try call.array(0)
      let found = try call.solving([a]) { () throws(MartletError) in
        try LinearAlgebra.eigh(a, isLower: letter == "L", vectors: vectors)
      }
      guard let columns = found.vectors else { return .array(found.values) }
      return named("EighResult", ("eigenvalues", found.values), ("eigenvectors", columns))
    }
  }

  private static func named(
    _ type: StaticString, _ fields: (name: String, array: NDArray)...
  ) -> FunctionResult {
    .tuple(
      fields.map { .result($0.array) },
      .init("numpy.linalg._linalg", type, fields.map(\.name)))
  }

  // MARK: Norms

  private static let norms: [NativeFunction] = [
    NativeFunction(
      "linalg.norm", "(x, ord=None, axis=None, keepdims=False)", "A norm of vectors or matrices.",
      .composed
    ) { call throws(MartletError) in
      let (x, order) = (try call.array(0), try call.order(1))
      let axes = try call.plainAxes(2)
      let keep = try call.bool(3, default: false)
      return .result(
        try call.solving([x]) { () throws(MartletError) in
          try LinearAlgebra.norm(x, order: order, axes: axes, keepDimensions: keep)
        })
    },
    NativeFunction(
      "linalg.matrix_norm", "(x, /, *, keepdims=False, ord='fro')", "The norm of matrices.",
      .composed
    ) { call throws(MartletError) in
      let x = try call.array(0)
      let order = call.isMissing(2) ? .frobenius : try call.order(2)
      let keep = try call.bool(1, default: false)
      return .result(
        try call.solving([x]) { () throws(MartletError) in
          try LinearAlgebra.matrixNorm(x, order: order, keepDimensions: keep)
        })
    },
    NativeFunction(
      "linalg.vector_norm", "(x, /, *, axis=None, keepdims=False, ord=2)", "The norm of vectors.",
      .composed
    ) { call throws(MartletError) in
      let x = try call.array(0)
      let order = call.isMissing(3) ? .power(2) : try call.order(3)
      let axes = try call.plainAxes(1)
      let keep = try call.bool(2, default: false)
      return .result(
        try LinearAlgebra.vectorNorm(x, order: order, axes: axes, keepDimensions: keep))
    },
    NativeFunction("linalg.cond", "(x, p=None)", "The condition number of a matrix.", .composed) {
      call throws(MartletError) in
      let (x, order) = (try call.array(0), try call.order(1))
      return .result(
        try call.solving([x]) { () throws(MartletError) in
          try LinearAlgebra.condition(x, order: order)
        })
    },
    NativeFunction(
      "linalg.matrix_rank", "(A, tol=None, hermitian=False, *, rtol=None)",
      "How many singular values are above a tolerance.",
      .constant("a number of singular values")
    ) { call throws(MartletError) in
      if call.isGiven(3), call.isGiven(1) {
        throw call.invalid("`tol` and `rtol` can't be both set.")
      }
      let (a, isHermitian) = (try call.array(0), try call.bool(2, default: false))
      let (tolerance, relative) = (try call.optionalArray(1), try call.optionalArray(3))
      if a.rank < 2 {
        let rank = try call.solving([a]) { () throws(MartletError) in
          try LinearAlgebra.rank(a).item().asInt64
        }
        return .integer(Int(rank))
      }
      return .result(
        try call.solving([a]) { () throws(MartletError) in
          try LinearAlgebra.rank(
            a, tolerance: tolerance, relative: relative, isHermitian: isHermitian)
        })
    },
  ]

  // MARK: What is made of others

  private static let composed: [NativeFunction] = [
    NativeFunction(
      "linalg.pinv", "(a, rcond=None, hermitian=False, *, rtol=<no value>)",
      "The pseudo-inverse of a matrix.", .rule
    ) { call throws(MartletError) in
      let (a, isHermitian) = (try call.array(0), try call.bool(2, default: false))
      if call.isGiven(1), !call.isMissing(3) {
        throw call.invalid("`rtol` and `rcond` can't be both set.")
      }
      var cutoff = try call.isGiven(1) ? call.array(1) : call.optionalArray(3)
      if cutoff == nil, !call.isMissing(3) {
        guard a.dtype.isInexact, a.rank >= 2 else {
          throw call.notNative("a tolerance for numbers without a rounding unit")
        }
        let side = Double(max(a.shape[a.rank - 2], a.shape[a.rank - 1]))
        cutoff = try .scalar(
          Scalar(side * LinearAlgebra.roundingUnit(a.dtype), .float64).converted(
            to: a.dtype.realType))
      }
      let limit = cutoff
      return .array(
        try call.solving([a]) { () throws(MartletError) in
          try LinearAlgebra.pseudoInverse(a, cutoff: limit, isHermitian: isHermitian)
        })
    },
    NativeFunction("linalg.matrix_power", "(a, n)", "A power of a matrix.", .composed) {
      call throws(MartletError) in
      guard call.kind(1) == .integer else { throw call.notNative("an exponent of another kind") }
      let (a, exponent) = (try call.array(0), try call.int(1))
      return .array(
        try call.solving([a]) { () throws(MartletError) in
          try LinearAlgebra.power(a, exponent)
        })
    },
    NativeFunction(
      "linalg.multi_dot", "(arrays, *, out=None)", "The product of several matrices.", .composed
    ) { call throws(MartletError) in
      let arrays = try call.arrays(0)
      return .result(
        try call.solving(arrays) { () throws(MartletError) in
          try LinearAlgebra.multiDot(arrays)
        })
    },
    NativeFunction("linalg.outer", "(x1, x2, /)", "The products of all pairs.", .composed) {
      call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      guard a.rank == 1, b.rank == 1 else {
        throw call.invalid(
          "Input arrays must be one-dimensional, but they are x1.ndim=\(a.rank) and "
            + "x2.ndim=\(b.rank).")
      }
      return .array(try a.outer(b))
    },
    NativeFunction("linalg.cross", "(x1, x2, /, *, axis=-1)", "Cross products.", .composed) {
      call throws(MartletError) in
      let (a, b, axis) = (try call.array(0), try call.array(1), try call.int(2, default: -1))
      guard axis >= -a.rank, axis < a.rank, axis >= -b.rank, axis < b.rank else {
        throw call.notNative("an axis that is not there")
      }
      let sizes = [a, b].map { $0.shape[axis < 0 ? axis + $0.rank : axis] }
      guard sizes == [3, 3] else {
        throw call.invalid(
          "Both input arrays must be (arrays of) 3-dimensional vectors, but they are "
            + "\(sizes[0]) and \(sizes[1]) dimensional instead.")
      }
      return .array(try a.cross(b, axes: (axis, axis), result: axis))
    },
    NativeFunction(
      "linalg.matmul", "(x1, x2, /)", "The product of matrices.", .composed
    ) { call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      return .result(
        try call.solving([a, b]) { () throws(MartletError) in try a.matmul(b) })
    },
    NativeFunction(
      "linalg.vecdot", "(x1, x2, /, *, axis=-1)", "The products of vectors.", .composed
    ) { call throws(MartletError) in
      let axis = try call.int(2, default: -1)
      return .result(try call.array(0).vecdot(call.array(1), axis: axis))
    },
    NativeFunction(
      "linalg.trace", "(x, /, *, offset=0, dtype=None)", "The sums of diagonals.", .composed
    ) { call throws(MartletError) in
      let (x, offset, dtype) = (try call.array(0), try call.int(1, default: 0), try call.dtype(2))
      guard x.rank >= 2, let diagonal = x.layout.diagonal(offset, x.rank - 2, x.rank - 1) else {
        throw call.notNative("a trace of fewer than two dimensions")
      }
      return .result(try x.view(diagonal).sum(axes: [-1], dtype: dtype))
    },
  ]
}

extension FunctionCall {
  /// Long work on matrices.
  fileprivate func solving<Result: Sendable>(
    _ arrays: [NDArray], _ work: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    // An element costs as many steps as the matrix has rows.
    var steps = 0
    for array in arrays {
      let side = array.rank > 1 ? min(array.shape[array.rank - 2], 1 << 10) : 1
      steps = max(steps, array.count &* side)
    }
    return try run(elements: steps, work)
  }

  /// NumPy's `ord`; nil for None.
  fileprivate func order(_ position: Int) throws(MartletError) -> LinearAlgebra.NormOrder? {
    switch kind(position) {
    case .missing, .none: return nil
    case .integer, .number: return .power(try double(position, default: 2))
    case .text:
      switch try string(position) {
      case "fro", "f": return .frobenius
      case "nuc": return .nuclear
      default: throw notNative("an order that NumPy refuses")
      }
    default: throw notNative("an order of another kind")
    }
  }

  /// Axes as they were given.
  fileprivate func plainAxes(_ position: Int) throws(MartletError) -> [Int]? {
    switch kind(position) {
    case .missing, .none, .integer, .sequence: return try ints(position)
    default: throw notNative("axes of another kind")
    }
  }
}
