import MartletIR
import MartletRuntime

// The derivatives of solvers and what is made of them. Cotangents are d/dre + i d/dim; products of
// matrices are over stacks. Rules as in Giles, *Collected Matrix Derivative Results for Forward and
// Reverse Mode Algorithmic Differentiation* (2008), carried over to complex numbers.

extension LinearAlgebra {
  private typealias M = MatrixRules

  static func isOnTape(_ a: NDArray, _ b: NDArray? = nil) -> Bool {
    Trace.isUsed && (a.storage.tapeNode != nil || b?.storage.tapeNode != nil)
  }

  private static let unread = Operand.scalar(Scalar(Int64(0), .bool))

  // MARK: Systems

  static func solveTraced(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    let result = try solve(a.untraced, b.untraced)
    guard a.isTraced || b.isTraced else { return result }
    let isVector = b.rank == 1
    let right = isVector ? M.column(b) : b
    let (n, columns) = (a.shape[a.rank - 1], right.shape[right.rank - 1])
    guard
      let batch = Shape.broadcast(Shape(a.shape.dropLast(2)), Shape(right.shape.dropLast(2)))
    else { return result }
    let sources = [
      a.dtype.isInexact ? a.source(broadcastTo: batch + [n, n]) : nil,
      b.dtype.isInexact ? right.source(broadcastTo: batch + [n, columns]) : nil,
    ]
    let wantsMatrix = sources[0] != nil
    return Recording.note(
      result, "linalg.solve", sources, kept: [.array(a)], keepsResult: wantsMatrix
    ) { (node, g, kept) throws(MartletError) in
      let a = try kept[0].asArray()
      let slope = try solve(a.adjoint(), isVector ? M.column(g) : g)
      guard wantsMatrix, let x = node.resultOnTape() else { return [nil, slope] }
      let solution = isVector ? M.column(x) : x
      return [try M.negative(M.product(slope, solution.adjoint())), slope]
    }
  }

  static func inverseTraced(
    _ a: NDArray, toleratesFailure: Bool
  ) throws(MartletError) -> NDArray {
    let result = try inverse(a.untraced, toleratesFailure: toleratesFailure)
    return Recording.note(
      result, "linalg.inv", [a.source()], kept: [], keepsResult: true
    ) { (node, g, _) throws(MartletError) in
      guard let y = node.resultOnTape() else { return [nil] }
      let turned = try y.adjoint()
      return [try M.negative(M.product(M.product(turned, g), turned))]
    }
  }

  // MARK: Determinants

  static func determinantTraced(_ a: NDArray) throws(MartletError) -> NDArray {
    let result = try determinant(a.untraced)
    return Recording.note(
      result, "linalg.det", [a.source()], kept: [.array(a)], keepsResult: true
    ) { (node, g, kept) throws(MartletError) in
      let a = try kept[0].asArray()
      guard let d = node.resultOnTape() else { return [nil] }
      let scale = M.column(M.column(g))
      return [try M.times(scale, try cofactors(a, d).conjugate())]
    }
  }

  /// The slopes of determinants by the elements. Where an inverse would be of little worth they come
  /// from singular values, or are determinants themselves where their slopes are wanted too.
  private static func cofactors(_ a: NDArray, _ d: NDArray) throws(MartletError) -> NDArray {
    if a.count == 0 { return a }
    if try isWellConditioned(a.untraced) {
      return try M.times(M.column(M.column(d)), inverse(a).matrixTransposed)
    }
    if a.isTraced { return try minors(a) }
    let (u, values, vh) = try svd(a)
    let others = try values.productsOfOthers([values.rank - 1])
    let turned = try M.product(M.times(u.conjugate(), M.row(others)), vh.conjugate())
    let sign = try M.times(determinant(u), determinant(vh))
    return try M.times(turned, M.column(M.column(sign)))
  }

  private static func isWellConditioned(_ a: NDArray) throws(MartletError) -> Bool {
    let inverse = try FloatingPointLog.silently { () -> Result<NDArray, MartletError> in
      Result { () throws(MartletError) in try self.inverse(a, toleratesFailure: true) }
    }.get()
    let product = try M.times(
      norm(a, order: .power(1), axes: [-2, -1]), norm(inverse, order: .power(1), axes: [-2, -1]))
    let limit = 0.001 / roundingUnit(a.dtype)
    let isGood = try NDArray.compute(.less, .array(product), .scalar(Scalar(limit, product.dtype)))
    return try isGood.all().item().low != 0
  }

  /// Each element's determinant of the other rows and columns, with its sign.
  private static func minors(_ a: NDArray) throws(MartletError) -> NDArray {
    let n = a.shape[a.rank - 1]
    try Shape([n, n, n, n]).checkedCount()
    try Room.check(bytes: n * n * n * n * MemoryLayout<Int>.stride)
    // Row by row: the positions of what is left of a matrix without row i and column j.
    var positions: [Int] = []
    for i in 0..<n {
      for j in 0..<n {
        for row in 0..<n where row != i {
          for column in 0..<n where column != j { positions.append(row * n + column) }
        }
      }
    }
    let flat = try a.reshaped(Array(a.shape.dropLast(2)) + [n * n])
    let indices = try NDArray(positions: positions).reshaped([n, n, n - 1, n - 1]).to(a.device)
    let parts = try flat.taking(indices, axis: flat.rank - 1)
    let signs = try NDArray(
      (0..<n * n).map { ($0 / n + $0 % n) % 2 == 0 ? 1.0 : -1 }, shape: [n, n])
    return try M.times(determinant(parts), signs.asType(a.dtype.realType).to(a.device))
  }

  static func signAndLogDeterminantTraced(
    _ a: NDArray
  ) throws(MartletError) -> (sign: NDArray, logarithm: NDArray) {
    let (sign, logarithm) = try signAndLogDeterminant(a.untraced)
    /// The slopes of the logarithm by the elements.
    @Sendable func slopes(_ kept: [Operand]) throws(MartletError) -> NDArray {
      try inverse(try kept[0].asArray(), toleratesFailure: true).adjoint()
    }
    let log = Recording.note(
      logarithm, "linalg.slogdet", [a.source()], kept: [.array(a)], keepsResult: false
    ) { (_, g, kept) throws(MartletError) in
      [try M.times(M.column(M.column(g)), slopes(kept))]
    }
    // The sign of a real determinant is constant.
    guard sign.dtype.isComplex else { return (sign, log) }
    let phase = Recording.note(
      sign, "linalg.slogdet", [a.source()], kept: [.array(a)], keepsResult: true
    ) { (node, g, kept) throws(MartletError) in
      guard let s = node.resultOnTape() else { return [nil] }
      // The sign turns by the imaginary part of the logarithm's change.
      let along = try NDArray.compute(.imag, .array(M.times(s.conjugate(), g)))
      let turned = try NDArray.compute(
        .multiply, .array(along), .scalar(Scalar(real: 0, imaginary: 1, g.dtype)))
      return [try M.times(M.column(M.column(turned)), slopes(kept))]
    }
    return (phase, log)
  }

  // MARK: Pseudo-inverses

  static func pseudoInverseTraced(
    _ a: NDArray, cutoff: NDArray?, isHermitian: Bool
  ) throws(MartletError) -> NDArray {
    let cutoff = cutoff?.untraced
    let result = try pseudoInverse(a.untraced, cutoff: cutoff, isHermitian: isHermitian)
    return Recording.note(
      result, "linalg.pinv", [a.source()], kept: [.array(a)], keepsResult: true
    ) { (node, g, kept) throws(MartletError) in
      guard let p = node.resultOnTape() else { return [nil] }
      let slope = try pseudoInverseSlope(try kept[0].asArray(), p, g)
      return [isHermitian ? try M.hermitian(slope) : slope]
    }
  }

  /// Golub and Pereyra, *The Differentiation of Pseudo-Inverses and Nonlinear Least Squares Problems*
  /// (1973), backwards.
  private static func pseudoInverseSlope(
    _ a: NDArray, _ p: NDArray, _ g: NDArray
  ) throws(MartletError) -> NDArray {
    let (turned, h) = (try p.adjoint(), try g.adjoint())
    let first = try M.negative(M.product(M.product(turned, g), turned))
    func rest(_ x: NDArray, _ y: NDArray) throws(MartletError) -> NDArray { try M.minus(x, y) }
    // (1 - a p) h p pᴴ
    let right = try M.product(h, M.product(p, turned))
    let second = try rest(right, M.product(a, M.product(p, right)))
    // pᴴ p h (1 - p a)
    let left = try M.product(M.product(turned, p), h)
    let third = try rest(left, M.product(M.product(left, p), a))
    return try M.plus(first, M.plus(second, third))
  }

  static func leastSquaresTraced(
    _ a: NDArray, _ b: NDArray, cutoff: Double?
  ) throws(MartletError) -> (
    solution: NDArray, residuals: NDArray, rank: Int, singularValues: NDArray
  ) {
    let plain = try leastSquares(a.untraced, b.untraced, cutoff: cutoff)
    guard a.isTraced || b.isTraced else { return plain }
    let isVector = b.rank == 1
    let limit = try NDArray.scalar(
      Scalar(cutoff ?? Double.ulpOfOne * Double(max(a.shape[0], a.shape[1])), .float64))
    let sources = [
      a.dtype.isInexact ? a.source() : nil, b.dtype.isInexact ? b.source() : nil,
    ]
    let x = Recording.note(
      try plain.solution.contiguous(), "linalg.lstsq", sources, kept: [.array(a), .array(b)],
      keepsResult: false
    ) { (_, g, kept) throws(MartletError) in
      let (a, b) = (try kept[0].asArray(), try kept[1].asArray())
      let (right, slope) = isVector ? (M.column(b), M.column(g)) : (b, g)
      let p = try pseudoInverse(a, cutoff: limit)
      let onRight = try M.product(p.adjoint(), slope)
      let onMatrix = try pseudoInverseSlope(a, p, M.product(slope, right.adjoint()))
      return [
        onMatrix,
        isVector ? onRight.view(onRight.layout.indexed(axis: 1, at: 0)) : onRight,
      ]
    }
    var residuals = plain.residuals
    if residuals.count > 0 {
      residuals = Recording.note(
        residuals, "linalg.lstsq", sources, kept: [.array(a), .array(b)], keepsResult: false
      ) { (_, g, kept) throws(MartletError) in
        let (a, b) = (try kept[0].asArray(), try kept[1].asArray())
        let x = try leastSquares(a, b, cutoff: cutoff).solution
        let (right, solution) = isVector ? (M.column(b), M.column(x)) : (b, x)
        // What is left is orthogonal to what x can change.
        let left = try M.times(M.minus(right, M.product(a, solution)), 2)
        let scaled = try M.times(left, g)
        return [
          try M.negative(M.product(scaled, solution.adjoint())),
          isVector ? scaled.view(scaled.layout.indexed(axis: 1, at: 0)) : scaled,
        ]
      }
    }
    return (x, residuals, plain.rank, try svdvals(a))
  }
}
