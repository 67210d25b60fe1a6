import MartletIR

// Elements rounded, limited, compared, and picked.

extension NDArray {
  /// Rounded to so many decimals, halves to the even digit (NumPy's `round`).
  ///
  /// - Parameter decimals: Negative ones round to tens, hundreds …
  /// - Throws: `.noLoop`, `.outOfMemory`.
  public func rounded(decimals: Int = 0) throws(MartletError) -> NDArray {
    try NativeFunction.call("round", self, decimals).asArray("round")
  }

  /// No lower than `low` and no higher than `high` (NumPy's `clip`).
  ///
  /// - Throws: `.noLoop`, `.outOfMemory`.
  public func clipped(
    _ low: some ArrayScalar, _ high: some ArrayScalar
  ) throws(MartletError) -> NDArray {
    try Self.compute(.clip, .array(self), low.operand, high.operand)
  }

  /// No lower than the elements of `low` and no higher than those of `high`, which broadcast.
  ///
  /// - Throws: `.broadcast`, `.noLoop`, `.outOfMemory`.
  public func clipped(_ low: NDArray, _ high: NDArray) throws(MartletError) -> NDArray {
    try Self.compute(.clip, .array(self), .array(low), .array(high))
  }

  /// Without the parts outside a range.
  ///
  /// - Throws: `.noLoop`, `.outOfMemory`.
  public func clipped(
    to range: ClosedRange<some ArrayScalar>
  ) throws(MartletError) -> NDArray {
    try clipped(range.lowerBound, range.upperBound)
  }

  /// The real parts; of real numbers themselves.
  public var real: NDArray { .trapping(.real, self) }

  /// The imaginary parts; of real numbers zeros.
  public var imaginary: NDArray { .trapping(.imag, self) }

  // MARK: Comparing

  /// Whether elements are the same within a tolerance: `|a - b| <= atol + rtol * |b|` (NumPy's
  /// `isclose`).
  ///
  /// - Throws: `.broadcast`, `.outOfMemory`.
  public func isClose(
    to other: NDArray, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false
  ) throws(MartletError) -> NDArray {
    try NativeFunction.call("isclose", self, other, rtol, atol, equalNaN).asArray("isclose")
  }

  // MARK: Diagonals

  /// The elements on a diagonal of two axes, as the last axis: a view (NumPy's `diagonal`).
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for fewer than two axes or the same one twice.
  public func diagonal(
    offset: Int = 0, axes: (Int, Int) = (0, 1)
  ) throws(MartletError) -> NDArray {
    view(try layout.diagonal(offset: offset, axis1: axes.0, axis2: axes.1))
  }

  /// The sum along a diagonal (NumPy's `trace`).
  ///
  /// - Throws: As `diagonal`, and `.outOfMemory`.
  public func trace(offset: Int = 0, axes: (Int, Int) = (0, 1)) throws(MartletError) -> NDArray {
    try NativeFunction.call("trace", self, offset, axes.0, axes.1).asArray("trace")
  }

  /// The elements on and below a diagonal of the last two axes, zeros above it (NumPy's `tril`).
  ///
  /// - Throws: `.invalidArgument` for no axes, `.outOfMemory`.
  public func lowerTriangle(diagonal: Int = 0) throws(MartletError) -> NDArray {
    try NativeFunction.call("tril", self, diagonal).asArray("tril")
  }

  /// The elements on and above a diagonal of the last two axes, zeros below it (NumPy's `triu`).
  ///
  /// - Throws: `.invalidArgument` for no axes, `.outOfMemory`.
  public func upperTriangle(diagonal: Int = 0) throws(MartletError) -> NDArray {
    try NativeFunction.call("triu", self, diagonal).asArray("triu")
  }

  // MARK: Neighbours

  /// The differences of neighbours along an axis, taken `n` times (NumPy's `diff`).
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for a negative `n` or no axes, `.outOfMemory`.
  public func differences(n: Int = 1, axis: Int = -1) throws(MartletError) -> NDArray {
    try NativeFunction.call("diff", self, n, axis).asArray("diff")
  }

  /// Turned by right angles in the plane of two axes, from the first to the second (NumPy's
  /// `rot90`): a view.
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for the same axis twice.
  public func rotated90(
    _ times: Int = 1, axes: (Int, Int) = (0, 1)
  ) throws(MartletError) -> NDArray {
    try NativeFunction.call("rot90", self, times, [axes.0, axes.1]).asArray("rot90")
  }

  // MARK: Picking

  /// The positions of the elements other than 0, as rows (NumPy's `argwhere`).
  ///
  /// - Throws: `.unsupported` for no axes, `.outOfMemory`.
  public func argWhere() throws(MartletError) -> NDArray {
    try NativeFunction.call("argwhere", self).asArray("argwhere")
  }

  /// The elements at positions along an axis, one for each of `positions`, which has this array's
  /// other axes (NumPy's `take_along_axis`): what `argSort(axis:)` gives.
  ///
  /// - Throws: `.axisOutOfRange`, `.indexOutOfBounds`, `.broadcast`, `.invalidType`, `.outOfMemory`.
  public func takingAlong(
    _ positions: NDArray, axis: Int
  ) throws(MartletError) -> NDArray {
    try NativeFunction.call("take_along_axis", self, positions, axis).asArray("take_along_axis")
  }

  /// How many elements lie in each of equal bins, and the bins' edges (NumPy's `histogram`).
  ///
  /// - Parameters:
  ///   - range: From the least to the greatest element unless given.
  ///   - isDensity: Whether the counts are divided so that the bins' areas add up to 1.
  ///   - weights: What each element counts instead of 1.
  ///   - bins: How many bins.
  /// - Throws: `.invalidArgument` for no bins, `.shapeMismatch`, `.outOfMemory`.
  public func histogram(
    bins: Int = 10, range: ClosedRange<Double>? = nil, isDensity: Bool = false,
    weights: NDArray? = nil
  ) throws(MartletError) -> (counts: NDArray, edges: NDArray) {
    let found = try NativeFunction.call(
      "histogram", self, bins,
      keywords: [
        "range": range.map { [$0.lowerBound, $0.upperBound] },
        "density": isDensity ? true : nil, "weights": weights,
      ]
    ).asArrays("histogram")
    return (found[0], found[1])
  }
}

// MARK: - Functions

/// Whether all elements are the same within a tolerance: `|a - b| <= atol + rtol * |b|`.
///
/// - Throws: `.broadcast`, `.outOfMemory`.
public func allClose(
  _ a: NDArray, _ b: NDArray, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false
) throws(MartletError) -> Bool {
  try !a.isClose(to: b, rtol: rtol, atol: atol, equalNaN: equalNaN).all().item().isZero
}

/// Whether all elements are the same as a number within a tolerance.
///
/// - Throws: `.outOfMemory`.
public func allClose(
  _ a: NDArray, _ b: some ArrayScalar, rtol: Double = 1e-5, atol: Double = 1e-8,
  equalNaN: Bool = false
) throws(MartletError) -> Bool {
  try allClose(a, b.operand.asArray(), rtol: rtol, atol: atol, equalNaN: equalNaN)
}

// MARK: - The matrix product

/// The matrix product, as R writes it: Python's `@`.
infix operator %*% : MultiplicationPrecedence

extension NDArray {
  /// The matrix product: `matmul(_:)`, which throws where this ends the program.
  public static func %*% (a: NDArray, b: NDArray) -> NDArray {
    trapping { () throws(MartletError) in try a.matmul(b) }
  }
}

// MARK: - Shapes by numbers

extension NDArray {
  /// The elements, in C order, in another shape: `a.reshaped(3, 4)`. One size may be -1: it follows
  /// from the others.
  ///
  /// - Throws: As `reshaped(_:)` of a list.
  public func reshaped(_ sizes: Int...) throws(MartletError) -> NDArray { try reshaped(sizes) }

  /// The axes in another order: `a.transposed(1, 0, 2)`.
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for an axis that is there twice.
  public func transposed(_ first: Int, _ rest: Int...) throws(MartletError) -> NDArray {
    try transposed([first] + rest)
  }

  /// The array with `width` elements more at each end of every axis (NumPy's `pad`).
  ///
  /// - Throws: As `padded(_:_:)` of widths.
  public func padded(
    by width: Int, mode: Padding = .constant(0)
  ) throws(MartletError) -> NDArray {
    try padded(Array(repeating: (width, width), count: rank), mode)
  }

  /// The elements moved along an axis, those pushed out coming in at the other end (NumPy's `roll`);
  /// without an axis in C order.
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func rolled(_ shift: Int, axis: Int? = nil) throws(MartletError) -> NDArray {
    guard let axis else { return try raveled().rolled([shift], axes: [0]).reshaped(Array(shape)) }
    return try rolled([shift], axes: [axis])
  }

  /// Without one axis, which must have length 1.
  ///
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for another length.
  public func squeezed(axis: Int) throws(MartletError) -> NDArray { try squeezed([axis]) }

  /// The elements in reverse order along one axis.
  ///
  /// - Throws: `.axisOutOfRange`.
  public func flipped(axis: Int) throws(MartletError) -> NDArray { try flipped([axis]) }

  /// Arrays below each other: along the first axis, vectors as rows (NumPy's `vstack`).
  ///
  /// - Throws: As `concatenate`.
  public static func vstack(_ arrays: [NDArray]) throws(MartletError) -> NDArray {
    try NativeFunction.call("vstack", arrays).asArray("vstack")
  }

  /// Arrays beside each other: along the second axis, vectors one after another (NumPy's `hstack`).
  ///
  /// - Throws: As `concatenate`.
  public static func hstack(_ arrays: [NDArray]) throws(MartletError) -> NDArray {
    try NativeFunction.call("hstack", arrays).asArray("hstack")
  }

  /// Vectors as the columns of a matrix; matrices beside each other (NumPy's `column_stack`).
  ///
  /// - Throws: As `concatenate`.
  public static func columnStack(_ arrays: [NDArray]) throws(MartletError) -> NDArray {
    try NativeFunction.call("column_stack", arrays).asArray("column_stack")
  }
}
