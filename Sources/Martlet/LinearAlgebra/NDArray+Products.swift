import MartletIR
import MartletRuntime

extension NDArray {
  /// NumPy's `dot`: the inner product of vectors, the product of matrices; beyond that the sum over
  /// the last axis of the first and the last but one of the second.
  ///
  /// - Throws: `.shapeMismatch`, `.rankLimit`, `.outOfMemory`.
  public func dot(
    _ b: NDArray
  ) throws(MartletError) -> NDArray {
    let a = self
    if a.rank == 0 || b.rank == 0 {
      return try Elementwise.apply(.multiply, [.array(a), .array(b)])[0]
    }
    let axis = Swift.max(b.rank - 2, 0)
    try Self.checkAligned(a, a.rank - 1, b, axis)
    if b.rank <= 2 { return try matmul(b, tellingAs: "dot") }
    return try tensorDot(b, axes: [a.rank - 1], [axis])
  }

  /// NumPy's `inner`: the sum over the last axes of both.
  ///
  /// - Throws: `.shapeMismatch`, `.rankLimit`, `.outOfMemory`.
  public func inner(
    _ b: NDArray
  ) throws(MartletError) -> NDArray {
    let a = self
    if a.rank == 0 || b.rank == 0 {
      return try Elementwise.apply(.multiply, [.array(a), .array(b)])[0]
    }
    try Self.checkAligned(a, a.rank - 1, b, b.rank - 1)
    return try tensorDot(b, axes: [a.rank - 1], [b.rank - 1])
  }

  /// NumPy's `outer`: every element of the first times every element of the second.
  ///
  /// - Throws: `.outOfMemory`.
  public func outer(
    _ b: NDArray
  ) throws(MartletError) -> NDArray {
    let a = self
    let column = try a.raveled().expanded(at: 1)
    return try Elementwise.apply(.multiply, [.array(column), .array(try b.raveled())])[0]
  }

  /// NumPy's `vdot`: the inner product of all elements, the first's conjugated.
  ///
  /// - Throws: `.invalidArgument` where the sizes differ, `.outOfMemory`.
  public func vdot(
    _ b: NDArray
  ) throws(MartletError) -> NDArray {
    let a = self
    let (left, right) = (try a.raveled(), try b.raveled())
    if left.count != right.count {
      throw .shapeMismatch(
        operation: "vdot",
        detail: "cannot reshape array of size \(right.count) into shape (\(left.count),)")
    }
    return try left.conjugated().matmul(right, tellingAs: nil)
  }

  /// NumPy's `vecdot`: inner products along the last axis, the first's elements conjugated; the
  /// other axes broadcast.
  ///
  /// - Throws: `.shapeMismatch`, `.broadcast`, `.outOfMemory`.
  public func vecdot(
    _ b: NDArray
  ) throws(MartletError) -> NDArray {
    let a = self
    for (i, operand) in [a, b].enumerated() where operand.rank == 0 {
      throw .shapeMismatch(
        operation: "vecdot",
        detail: "vecdot: Input operand \(i) does not have enough dimensions (has 0, gufunc core "
          + "with signature (n),(n)->() requires 1)")
    }
    let (n, other) = (a.shape[a.rank - 1], b.shape[b.rank - 1])
    if n != other {
      throw .shapeMismatch(
        operation: "vecdot",
        detail: "vecdot: Input operand 1 has a mismatch in its core dimension 0, with gufunc "
          + "signature (n),(n)->() (size \(other) is different from \(n))")
    }
    let dtype = Promotion.promote(a.dtype, b.dtype)
    let products = try Elementwise.apply(
      .multiply, [.array(try a.conjugated()), .array(b)], dtype: dtype)[0]
    return try dtype == .bool
      ? products.reduced(.any, axes: [-1]) : products.reduced(.sum, axes: [-1], dtype: dtype)
  }

  /// NumPy's `tensordot`: the sum over pairs of axes, one of each array.
  ///
  /// - Parameters:
  ///   - left: Axes of the first; negative ones count from the end.
  ///   - right: The axes of the second that they meet.
  ///   - b: The other array.
  /// - Throws: `.shapeMismatch`, `.axisOutOfRange`, `.rankLimit`, `.outOfMemory`.
  public func tensorDot(
    _ b: NDArray, axes left: [Int], _ right: [Int]
  ) throws(MartletError) -> NDArray {
    let a = self
    let own = try left.map { (axis) throws(MartletError) in try a.normalised(axis, "tensordot") }
    let other = try right.map { (axis) throws(MartletError) in try b.normalised(axis, "tensordot") }
    guard own.count == other.count, Set(own).count == own.count, Set(other).count == other.count,
      zip(own, other).allSatisfy({ a.shape[$0] == b.shape[$1] })
    else {
      throw .shapeMismatch(operation: "tensordot", detail: "shape-mismatch for sum")
    }
    let rows = (0..<a.rank).filter { !own.contains($0) }
    let columns = (0..<b.rank).filter { !other.contains($0) }
    if rows.count + columns.count > Shape.maximumRank {
      throw .rankLimit(operation: "tensordot", rank: rows.count + columns.count)
    }
    let depth = own.reduce(1) { $0 * a.shape[$1] }
    let shape = rows.map { a.shape[$0] } + columns.map { b.shape[$0] }
    let height = rows.reduce(1) { $0 * a.shape[$1] }
    let width = columns.reduce(1) { $0 * b.shape[$1] }
    // A view where the strides allow it, so that BLAS reads the transpose in place.
    let first = try a.transposed(rows + own).reshaped([height, depth])
    let second = try b.transposed(other + columns).reshaped([depth, width])
    return try first.matmul(second, tellingAs: "dot").reshaped(shape)
  }

  private func conjugated() throws(MartletError) -> NDArray {
    dtype.isComplex ? try Elementwise.apply(.conjugate, [.array(self)])[0] : self
  }

  private static func checkAligned(
    _ a: NDArray, _ axis: Int, _ b: NDArray, _ other: Int
  ) throws(MartletError) {
    if a.shape[axis] == b.shape[other] { return }
    func text(_ shape: Shape) -> String {
      "(" + shape.map(String.init).joined(separator: ",") + (shape.rank == 1 ? ",)" : ")")
    }
    throw .shapeMismatch(
      operation: "dot",
      detail: "shapes \(text(a.shape)) and \(text(b.shape)) not aligned: \(a.shape[axis]) "
        + "(dim \(axis)) != \(b.shape[other]) (dim \(other))")
  }
}

// MARK: - Vectors in stacks

extension NDArray {
  /// NumPy's `vecdot` along an axis of both: inner products, the first's elements conjugated.
  ///
  /// - Throws: `.shapeMismatch`, `.broadcast`, `.axisOutOfRange`, `.outOfMemory`.
  public func vecdot(
    _ b: NDArray, axis: Int
  ) throws(MartletError) -> NDArray {
    let a = self
    if axis == -1 || a.rank == 0 || b.rank == 0 { return try vecdot(b) }
    return try a.movingAxis(axis, to: -1).vecdot(b.movingAxis(axis, to: -1))
  }

  /// NumPy's `matvec`: matrices, the last two axes, times vectors, the last axis; the others
  /// broadcast.
  ///
  /// - Throws: `.shapeMismatch`, `.outOfMemory`.
  public func matvec(
    _ x: NDArray
  ) throws(MartletError) -> NDArray {
    let a = self
    let signature = "(m,n),(n)->(m)"
    try Self.checkCores("matvec", signature, (a, 2), (x, 1))
    try Self.checkCoreSize("matvec", signature, a.shape[a.rank - 1], x.shape[x.rank - 1])
    let result = try matmul(x.expanded(at: -1))
    return result.view(result.layout.indexed(axis: result.rank - 1, at: 0))
  }

  /// NumPy's `vecmat`: vectors, the last axis, conjugated, times matrices, the last two axes; the
  /// others broadcast.
  ///
  /// - Throws: `.shapeMismatch`, `.outOfMemory`.
  public func vecmat(
    _ a: NDArray
  ) throws(MartletError) -> NDArray {
    let x = self
    let signature = "(n),(n,m)->(m)"
    try Self.checkCores("vecmat", signature, (x, 1), (a, 2))
    try Self.checkCoreSize("vecmat", signature, x.shape[x.rank - 1], a.shape[a.rank - 2])
    let result = try x.conjugated().expanded(at: -2).matmul(a)
    return result.view(result.layout.indexed(axis: result.rank - 2, at: 0))
  }

  private static func checkCores(
    _ name: String, _ signature: String, _ operands: (NDArray, rank: Int)...
  ) throws(MartletError) {
    for (i, (operand, rank)) in operands.enumerated() where operand.rank < rank {
      throw .shapeMismatch(
        operation: name,
        detail: "\(name): Input operand \(i) does not have enough dimensions (has "
          + "\(operand.rank), gufunc core with signature \(signature) requires \(rank))")
    }
  }

  private static func checkCoreSize(
    _ name: String, _ signature: String, _ own: Int, _ other: Int
  ) throws(MartletError) {
    if own == other { return }
    throw .shapeMismatch(
      operation: name,
      detail: "\(name): Input operand 1 has a mismatch in its core dimension 0, with gufunc "
        + "signature \(signature) (size \(other) is different from \(own))")
  }

  // MARK: - Other products

  /// NumPy's `cross`: the cross products of vectors of three elements, which broadcast.
  ///
  /// - Parameters:
  ///   - axes: Where the vectors lie in each; negative ones count from the end.
  ///   - axis: Where they lie in the result.
  ///   - b: The other array.
  /// - Throws: `.invalidArgument` for vectors of another length, `.broadcast`, `.axisOutOfRange`,
  ///   `.outOfMemory`.
  public func cross(
    _ b: NDArray, axes: (Int, Int) = (-1, -1), result axis: Int = -1
  ) throws(MartletError) -> NDArray {
    let a = self
    let left = try a.movingAxis(axes.0, to: -1)
    let right = try b.movingAxis(axes.1, to: -1)
    guard left.shape[left.rank - 1] == 3, right.shape[right.rank - 1] == 3 else {
      throw .invalidArgument(
        operation: "cross",
        detail: "incompatible dimensions for cross product (dimension must be 3)")
    }
    let dtype = Promotion.promote(a.dtype, b.dtype)
    func part(_ x: NDArray, _ i: Int) -> Operand {
      .array(x.view(x.layout.indexed(axis: x.rank - 1, at: i)))
    }
    var parts: [NDArray] = []
    for i in 0..<3 {
      let (j, k) = ((i + 1) % 3, (i + 2) % 3)
      let first = try Elementwise.apply(.multiply, [part(left, j), part(right, k)], dtype: dtype)
      let second = try Elementwise.apply(.multiply, [part(left, k), part(right, j)], dtype: dtype)
      parts.append(try Elementwise.apply(.subtract, [.array(first[0]), .array(second[0])])[0])
    }
    return try NDArray.stack(parts, axis: -1).movingAxis(-1, to: axis)
  }

  /// NumPy's `kron`: each element of the first times the whole second, in blocks.
  ///
  /// - Throws: `.rankLimit` for more than four axes, `.sizeLimit`, `.outOfMemory`.
  public func kron(
    _ b: NDArray
  ) throws(MartletError) -> NDArray {
    let a = self
    let rank = Swift.max(a.rank, b.rank)
    guard 2 * rank <= Shape.maximumRank else {
      throw .rankLimit(operation: "kron", rank: 2 * rank)
    }
    let left = Array(repeating: 1, count: rank - a.rank) + Array(a.shape)
    let right = Array(repeating: 1, count: rank - b.rank) + Array(b.shape)
    let shape = try zip(left, right).map { (m, n) throws(MartletError) in
      try Shape([m, n]).checkedCount()
    }
    try Shape(shape).checkedCount()
    let first = try a.reshaped(left.flatMap { [$0, 1] })
    let second = try b.reshaped(right.flatMap { [1, $0] })
    return try Elementwise.apply(.multiply, [.array(first), .array(second)])[0].reshaped(shape)
  }
}
