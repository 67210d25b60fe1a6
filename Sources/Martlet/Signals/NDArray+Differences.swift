import MartletIR

extension NDArray {
  /// The elements of a view between two positions along an axis; negative ones count from the end.
  func along(_ axis: Int, _ start: Int, _ stop: Int? = nil) -> NDArray {
    let size = shape[axis]
    let first = Swift.min(start < 0 ? Swift.max(size + start, 0) : start, size)
    let end = stop.map { $0 < 0 ? Swift.max(size + $0, 0) : Swift.min($0, size) } ?? size
    return part(axis: axis, from: first, count: Swift.max(end - first, 0))
  }

  /// The slope along axes (NumPy's `gradient`), from the neighbours on both sides.
  ///
  /// - Parameters:
  ///   - spacing: For each axis the distance of neighbours, or the positions along it; none for 1.
  ///   - axes: Nil for all.
  ///   - edgeOrder: 1 or 2, of the one-sided differences at the ends.
  /// - Returns: An array for each axis.
  /// - Throws: `.invalidArgument` for axes that are too short or positions of another length,
  ///   `.axisOutOfRange`, `.outOfMemory`.
  public func gradient(
    spacing: [NDArray] = [], axes: [Int]? = nil, edgeOrder: Int = 1
  ) throws(MartletError) -> [NDArray] {
    func invalid(_ detail: String) -> MartletError {
      .invalidArgument(operation: "gradient", detail: detail)
    }
    let places = try (axes ?? Array(0..<rank)).map { axis throws(MartletError) in
      try normalised(axis, "gradient")
    }
    var steps = spacing
    if steps.isEmpty {
      steps = try places.map { _ throws(MartletError) in try .scalar(Scalar(1.0, .float64)) }
    } else if steps.count == 1, steps[0].rank == 0 {
      steps = places.map { _ in spacing[0] }
    } else if steps.count != places.count {
      throw .invalidType(operation: "gradient", detail: "invalid number of arguments")
    }
    guard (1...2).contains(edgeOrder) else {
      throw invalid("'edge_order' greater than 2 not supported")
    }
    let f = dtype.isInexact ? self : try asType(.float64)
    var results: [NDArray] = []
    for (axis, given) in zip(places, steps) {
      guard shape[axis] > edgeOrder else {
        throw invalid(
          "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) "
            + "elements are required.")
      }
      if given.rank == 0 {
        let step = Operand.weak(.floating, Scalar(try given.item().asDouble, .float64))
        results.append(try f.slope(axis, step, edgeOrder))
        continue
      }
      guard given.rank == 1 else { throw invalid("distances must be either scalars or 1d") }
      guard given.count == shape[axis] else {
        throw invalid("when 1d, distances must match the length of the corresponding dimension")
      }
      let positions = given.dtype.isInteger ? try given.asType(.float64) : given
      let widths = try positions.along(0, 1).subtracting(positions.along(0, 0, -1))
      let first = try widths.along(0, 0, 1).reshaped([]).item()
      let isEven = try Self.compute(.equal, .array(widths), .scalar(first)).all().item().low != 0
      results.append(
        isEven
          ? try f.slope(axis, .scalar(first), edgeOrder)
          : try f.slope(axis, widths: widths, edgeOrder))
    }
    return results
  }

  private static func combine(
    _ terms: [(Operand, NDArray)]
  ) throws(MartletError) -> NDArray {
    var total: NDArray?
    for (factor, array) in terms {
      let term = try compute(.multiply, factor, .array(array))
      total = try total.map { (sum) throws(MartletError) in try sum.adding(term) } ?? term
    }
    return total!
  }

  private static func number(_ value: Double) -> Operand {
    .weak(.floating, Scalar(value, .float64))
  }

  private static func scaled(
    _ number: Double, _ operation: ElementwiseOperation, _ step: Operand
  ) throws(MartletError) -> Operand {
    if case .weak(_, let scalar) = step {
      let value = scalar.asDouble
      return Self.number(
        operation === ElementwiseOperation.divide ? number / value : number * value)
    }
    return .array(try compute(operation, Self.number(number), step))
  }

  /// Between neighbours at one distance.
  private func slope(
    _ axis: Int, _ step: Operand, _ edgeOrder: Int
  ) throws(MartletError) -> NDArray {
    let inner = try Self.compute(
      .divide, .array(along(axis, 2).subtracting(along(axis, 0, -2))),
      Self.scaled(2, .multiply, step))
    if edgeOrder == 1 {
      let first = try along(axis, 1, 2).subtracting(along(axis, 0, 1))
      let last = try along(axis, -1).subtracting(along(axis, -2, -1))
      return try joined(
        axis, Self.compute(.divide, .array(first), step), inner,
        Self.compute(.divide, .array(last), step))
    }
    let first = try Self.combine([
      (Self.scaled(-1.5, .divide, step), along(axis, 0, 1)),
      (Self.scaled(2, .divide, step), along(axis, 1, 2)),
      (Self.scaled(-0.5, .divide, step), along(axis, 2, 3)),
    ])
    let last = try Self.combine([
      (Self.scaled(0.5, .divide, step), along(axis, -3, -2)),
      (Self.scaled(-2, .divide, step), along(axis, -2, -1)),
      (Self.scaled(1.5, .divide, step), along(axis, -1)),
    ])
    return try joined(axis, first, inner, last)
  }

  /// Between neighbours at distances of their own.
  private func slope(
    _ axis: Int, widths: NDArray, _ edgeOrder: Int
  ) throws(MartletError) -> NDArray {
    var shape = Array(repeating: 1, count: rank)
    shape[axis] = -1
    let (d1, d2) = (widths.along(0, 0, -1), widths.along(0, 1))
    let sum = try d1.adding(d2)
    let a = try Self.compute(
      .divide, .array(Self.compute(.negative, .array(d2))), .array(d1.multiplied(by: sum)))
    let b = try d2.subtracting(d1).divided(by: d1.multiplied(by: d2))
    let c = try d1.divided(by: d2.multiplied(by: sum))
    let inner = try Self.combine([
      (.array(a.reshaped(shape)), along(axis, 0, -2)),
      (.array(b.reshaped(shape)), along(axis, 1, -1)),
      (.array(c.reshaped(shape)), along(axis, 2)),
    ])
    func width(_ place: Int) throws(MartletError) -> NDArray {
      try widths.along(0, place, place == -1 ? nil : place + 1).reshaped([])
    }
    if edgeOrder == 1 {
      let first = try along(axis, 1, 2).subtracting(along(axis, 0, 1)).divided(by: width(0))
      let last = try along(axis, -1).subtracting(along(axis, -2, -1)).divided(by: width(-1))
      return try joined(axis, first, inner, last)
    }
    func edge(
      _ d1: NDArray, _ d2: NDArray, isFirst: Bool
    ) throws(MartletError) -> [Operand] {
      let sum = try d1.adding(d2)
      let two = try Self.compute(.multiply, Self.number(2), .array(isFirst ? d1 : d2))
      let outer = try two.adding(isFirst ? d2 : d1)
      func negative(_ array: NDArray) throws(MartletError) -> Operand {
        .array(try Self.compute(.negative, .array(array)))
      }
      if isFirst {
        return [
          try negative(outer.divided(by: d1.multiplied(by: sum))),
          .array(try sum.divided(by: d1.multiplied(by: d2))),
          try negative(d1.divided(by: d2.multiplied(by: sum))),
        ]
      }
      return [
        .array(try d2.divided(by: d1.multiplied(by: sum))),
        try negative(sum.divided(by: d1.multiplied(by: d2))),
        .array(try outer.divided(by: d2.multiplied(by: sum))),
      ]
    }
    let head = try edge(width(0), width(1), isFirst: true)
    let tail = try edge(width(-2), width(-1), isFirst: false)
    let first = try Self.combine([
      (head[0], along(axis, 0, 1)), (head[1], along(axis, 1, 2)), (head[2], along(axis, 2, 3)),
    ])
    let last = try Self.combine([
      (tail[0], along(axis, -3, -2)), (tail[1], along(axis, -2, -1)), (tail[2], along(axis, -1)),
    ])
    return try joined(axis, first, inner, last)
  }

  /// The parts of a slope in this array's type.
  private func joined(
    _ axis: Int, _ first: NDArray, _ inner: NDArray, _ last: NDArray
  ) throws(MartletError) -> NDArray {
    try NDArray.concatenate([first, inner, last], axis: axis).lazilyConverted(to: dtype)
  }

  /// The integral along an axis by trapezoids (NumPy's `trapezoid`).
  ///
  /// - Parameters:
  ///   - positions: Of the elements, in one row or in this array's shape.
  ///   - step: Their distance where there are no positions.
  ///   - axis: The axis, negative from the end.
  /// - Throws: `.axisOutOfRange`, `.broadcast`, `.outOfMemory`.
  public func trapezoid(
    at positions: NDArray? = nil, step: Double = 1, axis: Int = -1
  ) throws(MartletError) -> NDArray {
    try trapezoid(at: positions, step: Self.number(step), axis: axis)
  }

  package func trapezoid(
    at positions: NDArray?, step: Operand, axis: Int
  ) throws(MartletError) -> NDArray {
    let axis = try normalised(axis, "trapezoid")
    var widths = step
    if let positions {
      if positions.rank == 1 {
        var shape = Array(repeating: 1, count: rank)
        let differences = try positions.along(0, 1).subtracting(positions.along(0, 0, -1))
        shape[axis] = differences.count
        widths = .array(try differences.reshaped(shape))
      } else {
        let own = try positions.normalised(axis - rank, "trapezoid")
        widths = .array(try positions.along(own, 1).subtracting(positions.along(own, 0, -1)))
      }
    }
    let sums = try along(axis, 1).adding(along(axis, 0, -1))
    let areas = try Self.compute(
      .divide, .array(Self.compute(.multiply, widths, .array(sums))), Self.number(2))
    return try areas.sum(axes: [axis])
  }
}
