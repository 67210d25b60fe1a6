import MartletIR

/// The part of the elements that lies below a quantile.
package struct Probabilities: Sendable {
  package var numbers: [Double]
  /// A number alone gives no axis of results.
  package var shape: Shape
  /// Python's and Swift's own numbers leave the elements' type as it is.
  package var isWeak: Bool
  /// Integers choose elements where others interpolate.
  package var isInteger: Bool

  package init(_ numbers: [Double], shape: Shape, isWeak: Bool, isInteger: Bool = false) {
    self.numbers = numbers
    self.shape = shape
    self.isWeak = isWeak
    self.isInteger = isInteger
  }

  static func number(_ q: Double) -> Probabilities {
    Probabilities([q], shape: [], isWeak: true)
  }

  static func row(_ q: [Double]) -> Probabilities {
    Probabilities(q, shape: [q.count], isWeak: false)
  }
}

// Without `axes` all elements count; negative axes count from the end; with `keepDimensions` they stay,
// with length 1. NaN in a lane makes its result NaN, unless the function leaves NaNs out.

extension NDArray {
  /// The element in the middle of the sorted order, or the mean of the two there (NumPy's `median`).
  ///
  /// - Parameters:
  ///   - axes: What to take the median along; nil for all.
  ///   - omittingNaN: Whether NaNs are left out (NumPy's `nanmedian`); only NaNs give NaN.
  ///   - keepDimensions: Whether the axes stay, with length 1.
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`, `.unsupported` for complex numbers.
  public func median(
    axes: [Int]? = nil, keepDimensions: Bool = false, omittingNaN: Bool = false
  ) throws(MartletError) -> NDArray {
    try medianChecked(axes: axes, keepDimensions: keepDimensions, omittingNaN: omittingNaN).result
  }

  /// The value below which a part of the elements lies (NumPy's `quantile`).
  ///
  /// - Parameters:
  ///   - probability: The part, from 0 to 1.
  ///   - omittingNaN: Whether NaNs are left out (NumPy's `nanquantile`).
  ///   - keepDimensions: Whether the axes stay, with length 1.
  ///   - axes: The axes, negative ones from the end.
  ///   - method: How to estimate between two elements.
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for a probability outside 0…1 or no elements,
  ///   `.invalidType` for complex numbers, `.outOfMemory`.
  public func quantile(
    _ probability: Double, axes: [Int]? = nil, method: QuantileMethod = .linear,
    keepDimensions: Bool = false, omittingNaN: Bool = false
  ) throws(MartletError) -> NDArray {
    try quantilesChecked(
      .number(probability), "quantile", axes: axes, method, keepDimensions: keepDimensions,
      omittingNaN: omittingNaN
    ).result
  }

  /// Several quantiles at once, along a new first axis.
  ///
  /// - Throws: As `quantile`.
  public func quantile(
    _ probabilities: [Double], axes: [Int]? = nil, method: QuantileMethod = .linear,
    keepDimensions: Bool = false, omittingNaN: Bool = false
  ) throws(MartletError) -> NDArray {
    try quantilesChecked(
      .row(probabilities), "quantile", axes: axes, method, keepDimensions: keepDimensions,
      omittingNaN: omittingNaN
    ).result
  }

  /// The value below which so many hundredths of the elements lie (NumPy's `percentile`).
  ///
  /// - Parameter percent: From 0 to 100.
  /// - Parameter omittingNaN: Whether NaNs are left out.
  /// - Parameter axes: The axes, negative ones from the end.
  /// - Parameter method: How to estimate between two elements.
  /// - Parameter keepDimensions: Whether the axes stay, with length 1.
  /// - Throws: As `quantile`.
  public func percentile(
    _ percent: Double, axes: [Int]? = nil, method: QuantileMethod = .linear,
    keepDimensions: Bool = false, omittingNaN: Bool = false
  ) throws(MartletError) -> NDArray {
    try quantilesChecked(
      .number(percent / 100), "percentile", axes: axes, method, keepDimensions: keepDimensions,
      omittingNaN: omittingNaN
    ).result
  }

  // MARK: - With what NumPy would warn of

  /// A result, and whether a lane had nothing but NaN.
  package typealias Checked = (result: NDArray, hasEmptyLane: Bool)

  package func medianChecked(
    axes: [Int]?, keepDimensions: Bool, omittingNaN: Bool
  ) throws(MartletError) -> Checked {
    if dtype.isComplex {
      throw .unsupported(operation: "median", detail: "the middle of complex numbers")
    }
    let (lanes, shape, kept) = try lanes("median", axes)
    if lanes.shape[1] == 0 {
      let empty = try NDArray.zeros(shape, dtype).mean(
        axes: axes.map { $0.map { $0 < 0 ? $0 + rank : $0 } }, keepDimensions: keepDimensions)
      return (empty, true)
    }
    let found = try LaneStatistics(lanes, quantileCount: 1, omittingNaN: omittingNaN) { _, count in
      QuantilePlace(previous: (count - 1) / 2, next: count / 2, weight: 0)
    }
    let middle = try found.previous.reshaped([lanes.shape[0]])
    var result: NDArray
    if found.counts == nil, lanes.shape[1] % 2 == 1 {
      result = try middle.expanded(at: 0).mean(axes: [0])
    } else {
      let both = try NDArray.concatenate([found.previous, found.next], axis: 0)
      result = try both.mean(axes: [0])
      if let counts = found.counts, counts.contains(where: { $0 % 2 == 1 }) {
        // The sum of an element and itself may be infinite.
        let odd = try NDArray(positions: counts.map { $0 % 2 }).asBool()
        result = try NDArray.selected(
          by: odd, .array(try middle.asType(result.dtype)), .array(result))
      }
    }
    let final = keepDimensions ? kept : shape.removing(axes: axes, rank: rank)
    return (try result.reshaped(Array(final)), found.hasEmptyLane)
  }

  package func quantilesChecked(
    _ probabilities: Probabilities, _ operation: String, axes: [Int]?, _ method: QuantileMethod,
    keepDimensions: Bool, omittingNaN: Bool
  ) throws(MartletError) -> Checked {
    try checkQuantiles(probabilities, operation)
    let (lanes, shape, kept) = try lanes(operation, axes)
    guard lanes.shape[1] > 0 else {
      throw .indexOutOfBounds(index: -1, axis: 0, size: 0)
    }
    let numbers = probabilities.numbers
    let found = try LaneStatistics(
      lanes, quantileCount: numbers.count, omittingNaN: omittingNaN
    ) { quantile, count in
      method.place(numbers[quantile], count: count)
    }
    var result = found.previous
    if !method.givesElement && !(method == .linear && probabilities.isInteger) {
      result = try Self.interpolated(found, isWeak: probabilities.isWeak)
    }
    let left = shape.removing(axes: axes, rank: rank)
    if dtype.isFloating, probabilities.shape.rank == 0, left.rank == 0, !omittingNaN,
      try found.previous.untraced.item().asDouble.isNaN
    {
      // Then NumPy gives the NaN itself, in its own type.
      result = found.previous
    }
    let final = keepDimensions ? kept : left
    let whole = Array(probabilities.shape) + Array(final)
    guard whole.count <= Shape.maximumRank else {
      throw .rankLimit(operation: operation, rank: whole.count)
    }
    return (try result.reshaped(whole), found.hasEmptyLane)
  }

  func checkQuantiles(
    _ probabilities: Probabilities, _ operation: String
  ) throws(MartletError) {
    if dtype.isComplex {
      throw .invalidType(operation: operation, detail: "a must be an array of real numbers")
    }
    guard probabilities.numbers.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw .invalidArgument(
        operation: operation,
        detail: operation.hasSuffix("percentile")
          ? "Percentiles must be in the range [0, 100]" : "Quantiles must be in the range [0, 1]")
    }
  }

  /// Between two elements, from the nearer one, as rounding asks for.
  private static func interpolated(
    _ found: LaneStatistics, isWeak: Bool
  ) throws(MartletError) -> NDArray {
    let (a, b) = (Operand.array(found.previous), Operand.array(found.next))
    let distance = try compute(.subtract, b, a)
    let isFloating = distance.dtype.isFloating
    let weights = isWeak && isFloating ? try found.weights.asType(distance.dtype) : found.weights
    let rest = try compute(
      .subtract, .weak(.floating, Scalar(1.0, .float64)), .array(found.weights))
    let restHere = isWeak && isFloating ? try rest.asType(distance.dtype) : rest
    let fromFirst = try compute(
      .add, a, .array(compute(.multiply, .array(distance), .array(weights))))
    let fromSecond = try compute(
      .subtract, b, .array(compute(.multiply, .array(distance), .array(restHere))))
    let isFar = try compute(
      .greaterEqual, .array(found.weights), .weak(.floating, Scalar(0.5, .float64)))
    return try selected(by: isFar, .array(fromSecond), .array(fromFirst))
  }

  /// The elements along axes as rows, this array's shape, and the shape with those axes of length 1.
  package func lanes(
    _ operation: String, _ axes: [Int]?
  ) throws(MartletError) -> (rows: NDArray, shape: Shape, kept: Shape) {
    let isReduced = try reducedAxes(operation, axes)
    var kept = shape
    var (first, last): ([Int], [Int]) = ([], [])
    var (count, length) = (1, 1)
    for axis in 0..<rank {
      if isReduced[axis] {
        last.append(axis)
        length *= shape[axis]
        kept[axis] = 1
      } else {
        first.append(axis)
        count *= shape[axis]
      }
    }
    let rows = try transposed(first + last).contiguous()
    var layout = Layout(contiguous: [count, length])
    layout.offset = rows.layout.offset
    return (rows.view(layout), shape, kept)
  }
}

extension Shape {
  /// The sizes of the axes that stay.
  func removing(axes: [Int]?, rank: Int) -> Shape {
    guard let axes else { return [] }
    var result = Shape()
    for axis in 0..<self.rank where !axes.contains(axis) && !axes.contains(axis - rank) {
      result.append(self[axis])
    }
    return result
  }
}
