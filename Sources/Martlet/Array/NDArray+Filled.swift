import MartletIR

// New arrays by a rule: of one number, at equal distances, with ones on a diagonal.

extension NDArray {
  /// Every element equal to `value` (NumPy's `full`); the dtype is the number's own unless given.
  ///
  /// - Throws: `.sizeLimit`, `.outOfMemory`.
  public static func full(
    _ shape: Shape, _ value: some ArrayScalar, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    let (kind, number) = value.weakScalar
    let natural = number.dtype == .uint64 ? .uint64 : Promotion.natural(kind)
    return try full(shape, number.converted(to: dtype ?? natural))
  }

  /// Zeros in the shape and dtype of another array (NumPy's `zeros_like`).
  ///
  /// - Throws: `.outOfMemory`.
  public static func zerosLike(
    _ other: NDArray, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try zeros(other.shape, dtype ?? other.dtype)
  }

  /// Ones in the shape and dtype of another array (NumPy's `ones_like`).
  ///
  /// - Throws: `.outOfMemory`.
  public static func onesLike(
    _ other: NDArray, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try ones(other.shape, dtype ?? other.dtype)
  }

  /// One number in the shape and dtype of another array (NumPy's `full_like`).
  ///
  /// - Throws: `.outOfMemory`.
  public static func fullLike(
    _ other: NDArray, _ value: some ArrayScalar, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try full(other.shape, value, dtype: dtype ?? other.dtype)
  }

  // MARK: At equal distances

  /// The whole numbers from 0 up to, not including, `stop` (NumPy's `arange`).
  ///
  /// - Throws: `.unsupported` for a dtype without whole numbers, `.outOfMemory`.
  public static func arange(_ stop: Int, dtype: DType? = nil) throws(MartletError) -> NDArray {
    try arange(0, stop, dtype: dtype)
  }

  /// Numbers from `start` up to, not including, `stop`, `step` apart (NumPy's `arange`).
  ///
  /// - Throws: `.unsupported` for a step of 0 and a dtype without these numbers, `.outOfMemory`.
  public static func arange(
    _ start: Int, _ stop: Int, _ step: Int = 1, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try ranged(start, stop, step, dtype)
  }

  /// The numbers 0, 1, 2 … below `stop`, as floating numbers (NumPy's `arange`).
  ///
  /// - Throws: As `arange(_:_:_:dtype:)`.
  public static func arange(_ stop: Double, dtype: DType? = nil) throws(MartletError) -> NDArray {
    try ranged(0.0, stop, 1.0, dtype)
  }

  /// Numbers from `start` up to, not including, `stop`, `step` apart (NumPy's `arange`). Where the
  /// distance is no whole number, `linspace` says how many there are.
  ///
  /// - Throws: As with whole numbers.
  public static func arange(
    _ start: Double, _ stop: Double, _ step: Double = 1, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try ranged(start, stop, step, dtype)
  }

  private static func ranged(
    _ start: any Fallback.Argument, _ stop: any Fallback.Argument, _ step: any Fallback.Argument,
    _ dtype: DType?
  ) throws(MartletError) -> NDArray {
    // Types that the ramp is not made in are converted to.
    let direct = dtype == nil || dtype == .float64 || dtype == .float32 || dtype!.isInteger
    let made = try NativeFunction.call(
      "arange", start, stop, step, keywords: ["dtype": direct ? dtype : nil]
    ).asArray("arange")
    return try direct ? made : made.asType(dtype!)
  }

  /// `count` numbers from `start` to `stop` at equal distances (NumPy's `linspace`).
  ///
  /// - Parameter endpoint: Whether `stop` is the last of them.
  /// - Parameter start: The first number.
  /// - Parameter count: How many numbers.
  /// - Parameter stop: The last number.
  /// - Parameter dtype: The type of the result; what NumPy would choose unless given.
  /// - Throws: `.invalidArgument` for a negative count, `.outOfMemory`.
  public static func linspace(
    _ start: some ArrayScalar, _ stop: some ArrayScalar, _ count: Int = 50, endpoint: Bool = true,
    dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try NativeFunction.call(
      "linspace", Fallback.Value(literal: start), Fallback.Value(literal: stop), count, endpoint,
      keywords: ["dtype": dtype]
    ).asArray("linspace")
  }

  /// `count` numbers whose logarithms to a base go from `start` to `stop` at equal distances (NumPy's
  /// `logspace`).
  ///
  /// - Throws: As `linspace`.
  public static func logspace(
    _ start: Double, _ stop: Double, _ count: Int = 50, endpoint: Bool = true, base: Double = 10,
    dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try NativeFunction.call(
      "logspace", start, stop, count, endpoint, base, keywords: ["dtype": dtype]
    ).asArray("logspace")
  }

  /// `count` numbers from `start` to `stop`, each the same multiple of the one before (NumPy's
  /// `geomspace`).
  ///
  /// - Throws: `.invalidArgument` for a start or stop of 0, and as `linspace`.
  public static func geomspace(
    _ start: Double, _ stop: Double, _ count: Int = 50, endpoint: Bool = true, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try NativeFunction.call(
      "geomspace", start, stop, count, endpoint, keywords: ["dtype": dtype]
    ).asArray("geomspace")
  }

  /// Grids of coordinates: one array for each line of them, all of the shape that the lines span
  /// (NumPy's `meshgrid`).
  ///
  /// - Parameter indexing: Whether the first line runs along the second axis, as in a plot, or along
  ///   the first.
  /// - Parameter lines: The coordinates along each axis, arrays of one axis.
  /// - Throws: `.rankLimit`, `.outOfMemory`.
  public static func meshgrid(
    _ lines: NDArray..., indexing: MeshIndexing = .xy
  ) throws(MartletError) -> [NDArray] {
    let rank = lines.count
    if rank > Shape.maximumRank { throw .rankLimit(operation: "meshgrid", rank: rank) }
    var axes = Array(0..<rank)
    if indexing == .xy, rank > 1 { axes.swapAt(0, 1) }
    var shape = Shape(repeating: 1, count: rank)
    for (line, axis) in zip(lines, axes) { shape[axis] = line.count }
    try shape.checkedCount()
    var grids: [NDArray] = []
    for (line, axis) in zip(lines, axes) {
      var own = Array(repeating: 1, count: rank)
      own[axis] = line.count
      grids.append(try line.reshaped(own).broadcast(to: shape).copy())
    }
    return grids
  }

  /// Which axis the first line of a grid runs along.
  public enum MeshIndexing: Sendable {
    /// The second: rows are `y`, columns `x`.
    case xy
    /// The first.
    case ij
  }

  // MARK: Diagonals

  /// A matrix with these elements on a diagonal and zeros elsewhere (NumPy's `diag` of a vector;
  /// `diagonal(offset:)` reads one).
  ///
  /// - Throws: `.invalidArgument` unless the array has one axis, `.sizeLimit`, `.outOfMemory`.
  public static func diagonal(
    _ elements: NDArray, offset: Int = 0
  ) throws(MartletError) -> NDArray {
    guard elements.rank == 1 else {
      throw .invalidArgument(
        operation: "diag", detail: "the elements have \(elements.rank) axes, not one")
    }
    let (size, overflow) = elements.count.addingReportingOverflow(
      Int(exactly: offset.magnitude) ?? .max)
    if overflow { throw .sizeLimit(shape: [.max, .max]) }
    var result = try zeros([size, size], elements.dtype)
    if let line = result.layout.diagonal(offset, 0, 1), line.count > 0 {
      try result.assign(line, .array(elements))
    }
    return result
  }

  /// Elements of one array where a condition is true, of another elsewhere (NumPy's `where`). As with
  /// operators, shapes that don't broadcast end the program.
  public static func `where`(_ condition: NDArray, _ a: NDArray, _ b: NDArray) -> NDArray {
    trapping { () throws(MartletError) in try selected(by: condition, .array(a), .array(b)) }
  }
  /// Elements of an array where a condition is true, a number elsewhere.
  public static func `where`(_ condition: NDArray, _ a: NDArray, _ b: some ArrayScalar) -> NDArray {
    trapping { () throws(MartletError) in try selected(by: condition, .array(a), b.operand) }
  }
  /// A number where a condition is true, elements of an array elsewhere.
  public static func `where`(_ condition: NDArray, _ a: some ArrayScalar, _ b: NDArray) -> NDArray {
    trapping { () throws(MartletError) in try selected(by: condition, a.operand, .array(b)) }
  }
  /// A number where a condition is true, another elsewhere.
  public static func `where`(
    _ condition: NDArray, _ a: some ArrayScalar, _ b: some ArrayScalar
  ) -> NDArray {
    trapping { () throws(MartletError) in try selected(by: condition, a.operand, b.operand) }
  }
}
