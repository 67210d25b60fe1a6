import MartletIR

// The derivatives of factorisations. A rule that needs another part of the factorisation than its own
// result factorises again where that is differentiated in turn, and has it at hand otherwise.

extension LinearAlgebra {
  private typealias M = MatrixRules

  // MARK: Cholesky

  static func choleskyTraced(_ a: NDArray, isUpper: Bool) throws(MartletError) -> NDArray {
    if isUpper { return try choleskyTraced(a.adjoint(), isUpper: false).adjoint() }
    let result = try cholesky(a.untraced)
    return Recording.note(
      result, "linalg.cholesky", [a.source()], kept: [], keepsResult: true
    ) { (node, g, _) throws(MartletError) in
      guard let l = node.resultOnTape() else { return [nil] }
      let turned = try l.adjoint()
      let inner = try halfTriangle(M.product(turned, g), isLower: true)
      // l⁻ᴴ h l⁻¹, where h is Hermitian.
      let left = try solve(turned, M.hermitian(inner))
      return [try solve(turned, left.adjoint()).adjoint()]
    }
  }

  /// A triangle with half of its diagonal.
  private static func halfTriangle(
    _ a: NDArray, isLower: Bool
  ) throws(MartletError) -> NDArray {
    let own = try M.diagonalMask(a.shape[a.rank - 1], like: a)
    let triangle = try a.triangle(isLower: isLower)
    return try NDArray.selected(by: own, .array(M.times(triangle, 0.5)), .array(triangle))
  }

  // MARK: Eigenvalues

  static func eighTraced(
    _ a: NDArray, isLower: Bool, vectors: Bool
  ) throws(MartletError) -> (values: NDArray, vectors: NDArray?) {
    let plain = try eigh(a.untraced, isLower: isLower, vectors: vectors)
    guard a.dtype.isInexact, let source = a.source() else { return plain }
    @Sendable func both(_ kept: [Operand]) throws(MartletError) -> (NDArray, NDArray) {
      let a = try kept[0].asArray()
      if !a.isTraced, let known = plain.vectors { return (plain.values, known) }
      let (values, found) = try eigh(a, isLower: isLower, vectors: true)
      guard let found else { throw missing("eigh") }
      return (values, found)
    }
    let values = Recording.note(
      plain.values, "linalg.eigh", [source], kept: [.array(a)], keepsResult: false
    ) { (_, g, kept) throws(MartletError) in
      let (_, v) = try both(kept)
      return [try M.product(M.times(v, M.row(g)), v.adjoint())]
    }
    guard let columns = plain.vectors else { return (values, nil) }
    let found = Recording.note(
      columns, "linalg.eigh", [source], kept: [.array(a)], keepsResult: false
    ) { (_, g, kept) throws(MartletError) in
      let (w, v) = try both(kept)
      let factors = try M.inverse(
        M.minus(M.row(w), M.column(w)), except: M.equalPairs(w, "linalg.eigh"))
      let turned = try v.adjoint()
      let inner = try M.times(M.product(turned, g), factors)
      return [try M.hermitian(M.product(M.product(v, inner), turned))]
    }
    return (values, found)
  }

  private static func missing(_ operation: String) -> MartletError {
    .internalError(operation: "linalg.\(operation)", detail: "there are no vectors")
  }

  static func eigTraced(
    _ a: NDArray, vectors: Bool
  ) throws(MartletError) -> (values: NDArray, vectors: NDArray?) {
    let plain = try eig(a.untraced, vectors: vectors)
    guard a.dtype.isInexact, let source = a.source() else { return plain }
    @Sendable func both(_ kept: [Operand]) throws(MartletError) -> (NDArray, NDArray) {
      let a = try kept[0].asArray()
      if !a.isTraced, let known = plain.vectors { return (plain.values, known) }
      let (values, found) = try eig(a, vectors: true)
      guard let found else { throw missing("eig") }
      return (values, found)
    }
    let isReal = !a.dtype.isComplex
    @Sendable func own(_ slope: NDArray) throws(MartletError) -> NDArray {
      isReal && slope.dtype.isComplex ? try NDArray.compute(.real, .array(slope)) : slope
    }
    let values = Recording.note(
      plain.values, "linalg.eig", [source], kept: [.array(a)], keepsResult: false
    ) { (_, g, kept) throws(MartletError) in
      let (_, v) = try both(kept)
      let turned = try v.adjoint()
      return [try own(solve(turned, M.times(M.column(g), turned)))]
    }
    guard let columns = plain.vectors else { return (values, nil) }
    let found = Recording.note(
      columns, "linalg.eig", [source], kept: [.array(a)], keepsResult: false
    ) { (_, g, kept) throws(MartletError) in
      let (w, v) = try both(kept)
      let turned = try v.adjoint()
      let along = try M.product(turned, g)
      // The vectors keep their norm; what turns them by a phase is nobody's.
      var diagonal = try M.diagonal(along)
      if diagonal.dtype.isComplex { diagonal = try NDArray.compute(.real, .array(diagonal)) }
      let free = try M.minus(along, M.times(M.product(turned, v), M.row(diagonal)))
      let factors = try M.inverse(
        M.minus(M.row(w), M.column(w)).conjugate(), except: M.equalPairs(w, "linalg.eig"))
      return [try own(solve(turned, M.product(M.times(free, factors), turned)))]
    }
    return (values, found)
  }

  // MARK: Singular values

  static func svdTraced(
    _ a: NDArray, isFull: Bool, vectors: Bool
  ) throws(MartletError) -> (u: NDArray?, values: NDArray, vh: NDArray?) {
    let plain = try svd(a.untraced, isFull: isFull, vectors: vectors)
    guard a.dtype.isInexact, let source = a.source() else { return plain }
    let (rows, columns) = (a.shape[a.rank - 2], a.shape[a.rank - 1])
    let size = min(rows, columns)
    @Sendable func parts(_ kept: [Operand]) throws(MartletError) -> (NDArray, NDArray, NDArray) {
      let a = try kept[0].asArray()
      if !a.isTraced, let u = plain.u, let vh = plain.vh {
        return (
          u.part(axis: u.rank - 1, from: 0, count: size), plain.values,
          vh.part(axis: vh.rank - 2, from: 0, count: size)
        )
      }
      let (u, values, vh) = try svd(a, isFull: false)
      return (u, values, vh)
    }
    let kept = [Operand.array(a)]
    let values = Recording.note(
      plain.values, "linalg.svd", [source], kept: kept, keepsResult: false
    ) { (_, g, kept) throws(MartletError) in
      let (u, s, vh) = try parts(kept)
      // At 0 the least of all slopes.
      let slope = try M.cleared(g, where: vanishing(s))
      return [try M.product(M.times(u, M.row(slope)), vh)]
    }
    guard let left = plain.u, let right = plain.vh else { return (nil, values, nil) }
    let reason =
      "the vectors beyond the singular values are any basis of the rest; "
      + "full_matrices=False leaves them out"
    let u = Recording.note(
      left, "linalg.svd", [source], kept: kept, keepsResult: false
    ) { (_, g, kept) throws(MartletError) in
      let (u, s, vh) = try parts(kept)
      let extra = g.shape[g.rank - 1] - size
      if extra > 0 {
        try M.requireZero(
          g.part(axis: g.rank - 1, from: size, count: extra), "linalg.svd", reason)
      }
      let own = extra > 0 ? g.part(axis: g.rank - 1, from: 0, count: size) : g
      return [
        try vectorSlope(u, s, own, stays: M.row(s), beyond: rows > columns) {
          (inner) throws(MartletError) in try M.product(inner, vh)
        }
      ]
    }
    let vh = Recording.note(
      right, "linalg.svd", [source], kept: kept, keepsResult: false
    ) { (_, g, kept) throws(MartletError) in
      let (u, s, vh) = try parts(kept)
      let extra = g.shape[g.rank - 2] - size
      if extra > 0 {
        try M.requireZero(
          g.part(axis: g.rank - 2, from: size, count: extra), "linalg.svd", reason)
      }
      let own = extra > 0 ? g.part(axis: g.rank - 2, from: 0, count: size) : g
      // The right vectors are the left ones of the adjoint.
      let slope = try vectorSlope(
        vh.adjoint(), s, own.adjoint(), stays: M.row(s), beyond: columns > rows,
        isSecond: true
      ) { (inner) throws(MartletError) in try M.product(inner, u.adjoint()) }
      return [try slope.adjoint()]
    }
    return (u, values, vh)
  }

  /// The slope by the matrix from a cotangent of vectors on one side, of which the columns are `u`.
  ///
  /// - Parameters:
  ///   - beyond: Whether there are more elements than vectors.
  ///   - isSecond: Whether the phase that complex vectors share is told by the other side.
  ///   - closing: Multiplies by the other side's vectors.
  private static func vectorSlope(
    _ u: NDArray, _ s: NDArray, _ g: NDArray, stays row: NDArray, beyond: Bool,
    isSecond: Bool = false, _ closing: (NDArray) throws(MartletError) -> NDArray
  ) throws(MartletError) -> NDArray {
    let along = try M.product(u.adjoint(), g)
    let turning = try M.minus(along, along.adjoint())
    let squares = try M.times(s, s)
    let isEqual = try M.equalPairs(s, "linalg.svd")
    let factors = try M.inverse(M.minus(M.row(squares), M.column(squares)), except: isEqual)
    var inner = try M.times(M.times(turning, factors), row)
    let inverse = try M.inverse(s, except: vanishing(s))
    if u.dtype.isComplex, !isSecond {
      let own = try M.diagonalMask(s.shape[s.rank - 1], like: s)
      let other = try NDArray.compute(.logicalNot, .array(own))
      let phases = try M.cleared(M.times(turning, M.row(M.times(inverse, 0.5))), where: other)
      inner = try M.plus(inner, phases)
    }
    var slope = try M.product(u, inner)
    if beyond {
      let rest = try M.minus(g, M.product(u, along))
      slope = try M.plus(slope, M.times(rest, M.row(inverse)))
    }
    return try closing(slope)
  }

  /// Which singular values are 0, as far as rounding lets one say.
  private static func vanishing(_ values: NDArray) throws(MartletError) -> NDArray {
    let plain = values.untraced
    let size = plain.shape[plain.rank - 1]
    if size == 0 { return try plain.asBool() }
    let largest = try plain.reduced(.maximum, axes: [-1], keepDimensions: true)
    let limit = try M.times(largest, Double(size) * roundingUnit(plain.dtype))
    return try NDArray.compute(.lessEqual, .array(plain), .array(limit))
  }

  // MARK: QR

  static func qrTraced(_ a: NDArray, mode: QRMode) throws(MartletError) -> [NDArray] {
    guard a.isTraced else { return try qr(a.untraced, mode: mode) }
    let (rows, columns) = (a.shape[a.rank - 2], a.shape[a.rank - 1])
    switch mode {
    case .raw, .economic:
      throw .noDerivative(
        operation: "linalg.qr", reason: "reflectors have no rule; use the mode 'reduced'")
    case .reduced, .r, .complete: break
    }
    if rows < columns {
      // What is behind the square part is multiplied by the same vectors.
      let axis = a.rank - 1
      let square = try qrTraced(
        a.part(axis: axis, from: 0, count: rows), mode: mode == .r ? .reduced : mode)
      let rest = try M.product(
        square[0].adjoint(), a.part(axis: axis, from: rows, count: columns - rows))
      let r = try NDArray.concatenate([square[1], rest], axis: axis)
      return mode == .r ? [r] : [square[0], r]
    }
    let plain = try qr(a.untraced, mode: mode)
    @Sendable func parts(_ kept: [Operand]) throws(MartletError) -> (NDArray, NDArray) {
      let a = try kept[0].asArray()
      if !a.isTraced, mode != .r {
        return (
          plain[0].part(axis: a.rank - 1, from: 0, count: columns),
          plain[1].part(axis: a.rank - 2, from: 0, count: columns)
        )
      }
      let found = try qr(a, mode: .reduced)
      return (found[0], found[1])
    }
    let kept = [Operand.array(a)]
    let upper = Recording.note(
      plain[plain.count - 1], "linalg.qr", [a.source()], kept: kept, keepsResult: false
    ) { (_, g, kept) throws(MartletError) in
      let (q, r) = try parts(kept)
      let own = try g.part(axis: g.rank - 2, from: 0, count: columns).triangle(isLower: false)
      let inner = try M.product(own, r.adjoint())
      return [try closed(M.product(q, unfolded(inner)), r)]
    }
    if mode == .r { return [upper] }
    let q = Recording.note(
      plain[0], "linalg.qr", [a.source()], kept: kept, keepsResult: false
    ) { (_, g, kept) throws(MartletError) in
      let (q, r) = try parts(kept)
      let extra = g.shape[g.rank - 1] - columns
      if extra > 0 {
        try M.requireZero(
          g.part(axis: g.rank - 1, from: columns, count: extra), "linalg.qr",
          "the last columns of a complete q are any basis of the rest; use the mode 'reduced'")
      }
      let own = g.part(axis: g.rank - 1, from: 0, count: columns)
      let inner = try M.negative(M.product(q.adjoint(), own))
      return [try closed(M.plus(own, M.product(q, unfolded(inner))), r)]
    }
    return [q, upper]
  }

  /// The upper triangle and its adjoint together, the diagonal once.
  private static func unfolded(_ a: NDArray) throws(MartletError) -> NDArray {
    let half = try halfTriangle(a, isLower: false)
    return try M.plus(half, half.adjoint())
  }

  /// x with x rᴴ = a.
  ///
  /// - Throws: `.noDerivative` where a pivot is no larger than rounding leaves of zero: what would be
  ///   divided by it are no digits of the derivative.
  private static func closed(_ a: NDArray, _ r: NDArray) throws(MartletError) -> NDArray {
    let pivots = try NDArray.compute(.absolute, .array(M.diagonal(r.untraced)))
    if pivots.count == 0 { return try solve(r, a.adjoint()).adjoint() }
    let rounding = a.dtype.realType == .float64 ? 0x1p-52 : 0x1p-23
    let largest = try pivots.reduced(.maximum, axes: [-1], keepDimensions: true)
    let least = try M.times(largest, rounding * Double(r.shape[r.rank - 1]))
    let isDependent = try NDArray.compute(.lessEqual, .array(pivots), .array(least))
    if try isDependent.any().item().low != 0 {
      throw .noDerivative(
        operation: "linalg.qr",
        reason: "columns of the matrix depend on each other, and its factors may jump there")
    }
    return try solve(r, a.adjoint()).adjoint()
  }
}
