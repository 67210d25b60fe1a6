import MartletIR

/// What the rules of factorisations are written in: arithmetic on stacks of matrices, each step of
/// which has a derivative of its own.
enum MatrixRules {
  static func product(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    try a.matmul(b, tellingAs: nil)
  }

  static func times(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    try NDArray.compute(.multiply, .array(a), .array(b))
  }

  static func times(_ a: NDArray, _ number: Double) throws(MartletError) -> NDArray {
    try NDArray.compute(.multiply, .array(a), .scalar(Scalar(number, a.dtype.realType)))
  }

  static func plus(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    try NDArray.compute(.add, .array(a), .array(b))
  }

  static func minus(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    try NDArray.compute(.subtract, .array(a), .array(b))
  }

  static func negative(_ a: NDArray) throws(MartletError) -> NDArray {
    try NDArray.compute(.negative, .array(a))
  }

  /// Half of a matrix and its adjoint together: the part that a Hermitian matrix can change by.
  static func hermitian(_ a: NDArray) throws(MartletError) -> NDArray {
    try times(plus(a, a.adjoint()), 0.5)
  }

  /// Zero where the mask is true.
  static func cleared(_ a: NDArray, where mask: NDArray) throws(MartletError) -> NDArray {
    try NDArray.selected(by: mask, .scalar(Scalar(Int64(0), a.dtype)), .array(a))
  }

  /// 1 / a, and 0 where the mask is true.
  static func inverse(_ a: NDArray, except mask: NDArray) throws(MartletError) -> NDArray {
    let one = Operand.scalar(Scalar(Int64(1), a.dtype))
    let safe = try NDArray.selected(by: mask, one, .array(a))
    return try cleared(NDArray.compute(.reciprocal, .array(safe)), where: mask)
  }

  /// Vectors as columns of one-column matrices, or as rows.
  static func column(_ a: NDArray) -> NDArray { a.view(a.layout.expanded(at: a.rank)) }
  static func row(_ a: NDArray) -> NDArray { a.view(a.layout.expanded(at: a.rank - 1)) }

  /// Whether column - row compares so with an offset, for each element of a matrix.
  static func places(
    _ comparison: ElementwiseOperation, rows: Int, columns: Int, offset: Int, like a: NDArray
  ) throws(MartletError) -> NDArray {
    func line(_ count: Int, from start: Int) throws(MartletError) -> NDArray {
      try NDArray.arange(
        start: Scalar(Int64(start), .int64), next: Scalar(Int64(start + 1), .int64), count: count)
    }
    let mask = try NDArray.compute(
      comparison, .array(line(columns, from: 0)), .array(column(line(rows, from: offset))))
    return try mask.to(a.device)
  }

  static func diagonalMask(_ size: Int, like a: NDArray) throws(MartletError) -> NDArray {
    try places(.equal, rows: size, columns: size, offset: 0, like: a)
  }

  /// The diagonals of matrices.
  static func diagonal(_ a: NDArray) throws(MartletError) -> NDArray {
    guard let layout = a.layout.diagonal(0, a.rank - 2, a.rank - 1) else {
      throw .internalError(operation: "linalg", detail: "a matrix without a diagonal")
    }
    return a.view(layout)
  }

  /// Which pairs of values are equal, as far as rounding lets one say, besides those of a value and
  /// itself; news of each.
  static func equalPairs(
    _ values: NDArray, _ operation: String
  ) throws(MartletError) -> NDArray {
    let plain = values.untraced
    let size = plain.shape[plain.rank - 1]
    let sizes = try NDArray.compute(.absolute, .array(plain))
    let own = try diagonalMask(size, like: plain)
    if size == 0 { return own }
    let largest = try sizes.reduced(.maximum, axes: [-1], keepDimensions: true)
    let limit = try times(
      largest, Double(size) * LinearAlgebra.roundingUnit(plain.dtype))
    let distance = try NDArray.compute(.absolute, .array(minus(row(plain), column(plain))))
    let isNear = try NDArray.compute(.lessEqual, .array(distance), .array(column(limit)))
    let others = try NDArray.compute(
      .logicalAnd, .array(isNear), .array(NDArray.compute(.logicalNot, .array(own))))
    let positions = try others.nonzero()
    let count = positions[0].count
    if count > 0 {
      let rows = try positions[positions.count - 2].elements(as: Int.self)
      let columns = try positions[positions.count - 1].elements(as: Int.self)
      if let first = rows.indices.first(where: { rows[$0] < columns[$0] }) {
        GradientNews.append(
          "[\(operation)] the values \(rows[first]) and \(columns[first]) are equal, so their "
            + "vectors have no derivative alone: the pair's term is left out of the gradient")
      }
    }
    return try NDArray.compute(.logicalOr, .array(isNear), .array(own))
  }

  /// Throws unless nothing is asked of elements that a matrix does not determine.
  static func requireZero(
    _ cotangent: NDArray, _ operation: String, _ reason: String
  ) throws(MartletError) {
    let isThere = try cotangent.untraced.asBool().any().item().low != 0
    if isThere { throw .noDerivative(operation: operation, reason: reason) }
  }
}

extension NDArray {
  /// The conjugate of matrices, transposed.
  func adjoint() throws(MartletError) -> NDArray { try conjugate().matrixTransposed }

  /// One triangle of matrices, the diagonal included, and zeros.
  func triangle(isLower: Bool) throws(MartletError) -> NDArray {
    let (rows, columns) = (shape[rank - 2], shape[rank - 1])
    let mask = try MatrixRules.places(
      isLower ? .lessEqual : .greaterEqual, rows: rows, columns: columns, offset: 0, like: self
    )
    return try NDArray.selected(by: mask, .array(self), .scalar(Scalar(Int64(0), dtype)))
  }
}
