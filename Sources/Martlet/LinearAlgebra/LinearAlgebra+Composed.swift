import MartletIR
import MartletRuntime

// What is made of factorisations and products.

extension LinearAlgebra {
  // MARK: Condition and rank

  /// The condition number: the norm times the norm of the inverse (NumPy's `linalg.cond`); ∞ where
  /// there is no inverse.
  ///
  /// - Parameter order: nil and ±2 go by singular values, of matrices of any shape.
  /// - Parameter x: The array.
  public static func condition(
    _ x: NDArray, order: NormOrder? = nil
  ) throws(MartletError) -> NDArray {
    let operation = "linalg.cond"
    if x.count == 0, x.shape.suffix(2).reduce(1, *) == 0 {
      throw .linearAlgebra(operation: operation, detail: "cond is not defined on empty arrays")
    }
    let result: NDArray
    switch order {
    case nil, .power(2), .power(-2):
      let values = try svdvals(x)
      let last = values.shape[values.rank - 1] - 1
      let first = values.view(values.layout.indexed(axis: values.rank - 1, at: 0))
      let least = values.view(values.layout.indexed(axis: values.rank - 1, at: last))
      result = try quietly { () throws(MartletError) in
        order == .power(-2)
          ? try op(.divide, .array(least), .array(first))
          : try op(.divide, .array(first), .array(least))
      }
    default:
      _ = try squareSize(x, operation)
      result = try quietly { () throws(MartletError) in
        let inverse = try inverse(x, toleratesFailure: true)
        return try op(
          .multiply, .array(try norm(x, order: order, axes: [-2, -1])),
          .array(try norm(inverse, order: order, axes: [-2, -1])))
      }
    }
    let isNaN = try op(.isnan, .array(result.untraced))
    guard try isNaN.any().item().low != 0 else { return result }
    // No number came of numbers: there is no inverse.
    let wasNaN = try op(.isnan, .array(x)).any(axes: [-2, -1])
    let isInfinite = try op(
      .logicalAnd, .array(isNaN), .array(try op(.logicalNot, .array(wasNaN))))
    return try NDArray.selected(
      by: isInfinite, .scalar(Scalar(Double.infinity, .float64).converted(to: result.dtype)),
      .array(result))
  }

  /// Without news of floating-point events.
  private static func quietly(
    _ body: () throws(MartletError) -> NDArray
  ) throws(MartletError) -> NDArray {
    try FloatingPointLog.silently { computed(body) }.get()
  }

  /// What `body` gives, computed here and now.
  private static func computed(
    _ body: () throws(MartletError) -> NDArray
  ) -> Result<NDArray, MartletError> {
    Result { () throws(MartletError) in
      let array = try body()
      _ = try array.untraced.memoryHere()
      return array
    }
  }

  /// How many singular values are above a tolerance (NumPy's `linalg.matrix_rank`); of an array with
  /// fewer than two axes 1, unless all elements are 0.
  ///
  /// - Parameters:
  ///   - tolerance: For each matrix, or for all.
  ///   - relative: The tolerance as a part of the largest singular value; nil means the longer side
  ///     times the rounding unit.
  ///   - isHermitian: whether the matrices are.
  ///   - a: The array.
  public static func rank(
    _ a: NDArray, tolerance: NDArray? = nil, relative: NDArray? = nil, isHermitian: Bool = false
  ) throws(MartletError) -> NDArray {
    guard a.rank >= 2 else {
      // Elements that are 0 are found first: for more than there is memory for that is an error.
      let isZero = try op(.equal, .array(a), .weak(.integer, Scalar(Int64(0), .int64)))
      return try op(.logicalNot, .array(try isZero.all())).asType(.int64)
    }
    let values = try svdvals(a.untraced, isHermitian: isHermitian)
    let limit: NDArray
    if let tolerance {
      limit = try tolerance.expanded(at: -1)
    } else {
      let largest = try largestOrZero(values)
      if let relative {
        limit = try op(.multiply, .array(largest), .array(try relative.expanded(at: -1)))
      } else {
        let side = Double(max(a.shape[a.rank - 2], a.shape[a.rank - 1]))
        limit = try op(
          .multiply, .array(largest),
          .scalar(Scalar(side * roundingUnit(values.dtype), .float64).converted(to: values.dtype)))
      }
    }
    return try op(.greater, .array(values), .array(limit)).countNonzero(axes: [-1])
  }

  private static func largestOrZero(_ values: NDArray) throws(MartletError) -> NDArray {
    if values.shape[values.rank - 1] > 0 {
      return try values.reduced(.maximum, axes: [-1], keepDimensions: true)
    }
    var shape = values.shape
    shape[shape.rank - 1] = 1
    return try NDArray.full(shape, Scalar(Int64(0), values.dtype))
  }

  /// The distance from 1 to the next number.
  package static func roundingUnit(_ dtype: DType) -> Double {
    switch dtype.realType {
    case .float32: Double(Float.ulpOfOne)
    case .float16: 1.0 / 1024
    case .bfloat16: 1.0 / 128
    default: Double.ulpOfOne
    }
  }

  // MARK: Inverses

  /// The Moore-Penrose pseudo-inverse, by singular values (NumPy's `linalg.pinv`).
  ///
  /// - Parameters:
  ///   - cutoff: Singular values up to this part of the largest count as 0, for each matrix or for
  ///     all; nil means 1e-15.
  ///   - isHermitian: whether the matrices are.
  ///   - a: The array.
  public static func pseudoInverse(
    _ a: NDArray, cutoff: NDArray? = nil, isHermitian: Bool = false
  ) throws(MartletError) -> NDArray {
    let operation = "linalg.pinv"
    if a.count == 0, a.rank >= 2, a.shape[a.rank - 1] == 0 || a.shape[a.rank - 2] == 0 {
      return try NDArray(uninitialised: try a.swappingAxes(-1, -2).shape, a.dtype)
    }
    try checkStacked(a, operation)
    if isOnTape(a, cutoff) {
      return try pseudoInverseTraced(a, cutoff: cutoff, isHermitian: isHermitian)
    }
    let conjugates = a.dtype.isComplex ? try op(.conjugate, .array(a)) : a
    let (u, values, vh) = try svd(
      conjugates, isFull: false, vectors: true, isHermitian: isHermitian)
    guard let u, let vh else {
      throw .internalError(operation: operation, detail: "there are no vectors")
    }
    let part =
      if let cutoff { cutoff } else {
        try NDArray.full(Shape(), Scalar(1e-15, .float64))
      }
    let limit = try op(
      .multiply, .array(try part.expanded(at: -1)), .array(try largestOrZero(values)))
    let isLarge = try op(.greater, .array(values), .array(limit))
    // Small ones are divided as well, but nobody sees it.
    let one = Operand.weak(.floating, Scalar(1.0, .float64))
    let divisor = try NDArray.selected(
      by: isLarge, .array(values), .scalar(Scalar(Int64(1), values.dtype)))
    let inverses = try NDArray.selected(
      by: isLarge, .array(try op(.divide, one, .array(divisor))),
      .scalar(Scalar(Int64(0), values.dtype)))
    let scaled = try op(
      .multiply, .array(try inverses.expanded(at: -1)), .array(try u.swappingAxes(-1, -2)))
    return try vh.swappingAxes(-1, -2).matmul(scaled)
  }

  /// The inverse of `tensordot(a, ·)` over the last axes (NumPy's `linalg.tensorinv`).
  ///
  /// - Parameter leading: How many axes the result's last part has: the first ones of `a`.
  /// - Parameter a: The array.
  /// - Throws: also `.invalidArgument`, `.shapeMismatch`.
  public static func tensorInverse(
    _ a: NDArray, leading: Int = 2
  ) throws(MartletError) -> NDArray {
    guard leading > 0 else {
      throw .invalidArgument(operation: "linalg.tensorinv", detail: "Invalid ind argument.")
    }
    let rest = Array(a.shape.dropFirst(leading))
    let size = rest.reduce(1, *)
    let matrix = try a.reshaped([size, -1])
    return try inverse(matrix).reshaped(rest + Array(a.shape.prefix(leading)))
  }

  /// The `x` with `tensordot(a, x)` over all axes of `x` equal to `b` (NumPy's `linalg.tensorsolve`).
  ///
  /// - Parameter axes: Axes of `a` that are moved to its end first.
  /// - Parameter a: The array.
  /// - Parameter b: The right-hand side.
  /// - Throws: also `.axisOutOfRange`.
  public static func tensorSolve(
    _ a: NDArray, _ b: NDArray, axes: [Int]? = nil
  ) throws(MartletError) -> NDArray {
    var order = Array(0..<a.rank)
    for axis in axes ?? [] {
      guard let place = order.firstIndex(of: axis) else {
        throw .invalidArgument(
          operation: "linalg.tensorsolve", detail: "list.remove(x): x not in list")
      }
      order.append(order.remove(at: place))
    }
    let turned = try a.transposed(order)
    // As a slice from -(difference): the whole shape where both have as many axes.
    let difference = a.rank - b.rank
    let shape =
      difference > 0
      ? Array(turned.shape.suffix(difference)) : Array(turned.shape.dropFirst(-difference))
    let size = shape.reduce(1, *)
    guard Shape([size, size]).isPossible, a.count == size * size else {
      throw .linearAlgebra(
        operation: "linalg.tensorsolve",
        detail: "Input arrays must satisfy the requirement             "
          + "prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])")
    }
    return try solve(try turned.reshaped([size, size]), try b.raveled()).reshaped(shape)
  }

  // MARK: Products

  /// The matrices multiplied with themselves so many times; for negative powers the inverses (NumPy's
  /// `linalg.matrix_power`).
  public static func power(_ a: NDArray, _ exponent: Int) throws(MartletError) -> NDArray {
    let n = try squareSize(a, "linalg.matrix_power")
    if exponent == 0 {
      let row = try NDArray.arange(
        start: Scalar(Int64(0), .int64), next: Scalar(Int64(1), .int64), count: n)
      let identity = try op(.equal, .array(try row.expanded(at: 1)), .array(row))
        .asType(a.dtype)
      return try identity.broadcast(to: a.shape).copy().to(a.device)
    }
    var base = exponent < 0 ? try inverse(a) : a
    var rest = exponent.magnitude
    if rest == 1 { return base }
    if rest == 3 { return try base.matmul(base).matmul(base) }
    var result: NDArray?
    while true {
      if rest & 1 == 1 {
        if let known = result { result = try known.matmul(base) } else { result = base }
      }
      rest >>= 1
      if rest == 0 { break }
      base = try base.matmul(base)
    }
    return result ?? base
  }

  /// The product of two or more matrices, in the order that takes the least work (NumPy's
  /// `linalg.multi_dot`; Cormen et al., *Introduction to Algorithms*, matrix-chain multiplication).
  /// The first may be a row, the last a column.
  ///
  /// - Throws: also `.invalidArgument` for fewer than two arrays, `.shapeMismatch`.
  public static func multiDot(_ arrays: [NDArray]) throws(MartletError) -> NDArray {
    let operation = "linalg.multi_dot"
    guard arrays.count >= 2 else {
      throw .invalidArgument(operation: operation, detail: "Expecting at least two arrays.")
    }
    if arrays.count == 2 { return try arrays[0].dot(arrays[1]) }
    var matrices = arrays
    let last = arrays.count - 1
    let (isRow, isColumn) = (arrays[0].rank == 1, arrays[last].rank == 1)
    if isRow { matrices[0] = try arrays[0].expanded(at: 0) }
    if isColumn { matrices[last] = try arrays[last].expanded(at: 1) }
    for matrix in matrices where matrix.rank != 2 {
      throw .linearAlgebra(
        operation: operation,
        detail: "\(matrix.rank)-dimensional array given. Array must be two-dimensional")
    }
    var result = try chain(matrices)
    if isColumn { result = result.view(result.layout.indexed(axis: 1, at: 0)) }
    if isRow { result = result.view(result.layout.indexed(axis: 0, at: 0)) }
    return result
  }

  private static func chain(_ matrices: [NDArray]) throws(MartletError) -> NDArray {
    let count = matrices.count
    if count == 3 {
      let (a, b) = (Double(matrices[0].shape[0]), Double(matrices[0].shape[1]))
      let (c, d) = (Double(matrices[2].shape[0]), Double(matrices[2].shape[1]))
      return a * c * (b + d) < b * d * (a + c)
        ? try matrices[0].dot(matrices[1]).dot(matrices[2])
        : try matrices[0].dot(matrices[1].dot(matrices[2]))
    }
    try Room.check(bytes: count * count * 16)
    let sizes = matrices.map { Double($0.shape[0]) } + [Double(matrices[count - 1].shape[1])]
    var costs = [Double](repeating: 0, count: count * count)
    var cuts = [Int](repeating: 0, count: count * count)
    for length in 1..<count {
      for first in 0..<count - length {
        let last = first + length
        costs[first * count + last] = .infinity
        for cut in first..<last {
          let cost =
            costs[first * count + cut] + costs[(cut + 1) * count + last]
            + sizes[first] * sizes[cut + 1] * sizes[last + 1]
          if cost < costs[first * count + last] {
            costs[first * count + last] = cost
            cuts[first * count + last] = cut
          }
        }
      }
    }
    // Without recursion: a long chain may be cut at its ends only.
    enum Step {
      case product(Int, Int)
      case join
    }
    var steps = [Step.product(0, count - 1)]
    var done: [NDArray] = []
    while let step = steps.popLast() {
      switch step {
      case .product(let first, let last) where first == last: done.append(matrices[first])
      case .product(let first, let last):
        let cut = cuts[first * count + last]
        steps += [.join, .product(cut + 1, last), .product(first, cut)]
      case .join:
        let right = done.removeLast()
        done[done.count - 1] = try done[done.count - 1].dot(right)
      }
    }
    return done[0]
  }
}
