import MartletIR

/// Sorting along the last axis: merging runs of double length each time, which keeps equal elements
/// in order and needs no recursion.
extension FunctionLowering {
  /// `np.sort`: a sorted copy, NaN last.
  func sorted(_ array: ArrayValue, at location: SourcePosition) throws(MartletError) -> ArrayValue {
    let before = failureCount
    let result = try copied(array, at: location)
    try sort(result, since: before, at: location)
    return result
  }

  /// `a.sort()`: sorts where the elements are.
  func sortInPlace(_ array: ArrayValue, at location: SourcePosition) throws(MartletError) {
    let before = failureCount
    let result = try sorted(array, at: location)
    try unlessFailed(since: before) { () throws(MartletError) in
      try fill(array, with: .array(result), at: location)
    }
  }

  private func sort(
    _ array: ArrayValue, since failures: Int, at location: SourcePosition
  ) throws(MartletError) {
    let size = array.shape[array.rank - 1]
    let spare = try newArray(array.dtype, [size], at: location)
    guard let place = array.place, let sparePlace = spare.place else { return }
    try unlessFailed(since: failures) { () throws(MartletError) in
      try loops(over: array.shape.dropLast()) { (row) throws(MartletError) in
        try mergeRuns(
          size,
          load: { (i) throws(MartletError) in try array.element(row + [i]) },
          isBefore: { (a, b) throws(MartletError) in try self.isBefore(a, b, at: location) },
          keep: { i, value in
            let place = sparePlace([i])
            builder.store(place.buffer, place.index, value)
          },
          settle: { (i) throws(MartletError) in
            let place = place(row + [i])
            builder.store(place.buffer, place.index, try spare.element([i]))
          })
      }
    }
  }

  /// `np.argsort` of one dimension: the positions in the order of their elements.
  func sortedPositions(
    _ array: ArrayValue, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    guard array.rank == 1 else {
      throw failure("argsort takes an array of 1 dimension, not \(array.rank)", at: location)
    }
    let before = failureCount
    let source = try copied(array, at: location)
    let size = array.shape[0]
    let positions = try newArray(.int64, [size], at: location)
    let spare = try newArray(.int64, [size], at: location)
    guard let place = positions.place, let sparePlace = spare.place else { return positions }
    try unlessFailed(since: before) { () throws(MartletError) in
      try loops(over: [size]) { (i) throws(MartletError) in
        let place = place(i)
        builder.store(place.buffer, place.index, i[0])
      }
      try mergeRuns(
        size,
        load: { (i) throws(MartletError) in try positions.element([i]) },
        isBefore: { (a, b) throws(MartletError) in
          try self.isBefore(source.element([a]), source.element([b]), at: location)
        },
        keep: { i, value in
          let place = sparePlace([i])
          builder.store(place.buffer, place.index, value)
        },
        settle: { (i) throws(MartletError) in
          let place = place([i])
          builder.store(place.buffer, place.index, try spare.element([i]))
        })
    }
    return positions
  }

  /// Whether one element sorts before another: NaN is after every number.
  private func isBefore(
    _ a: Expression, _ b: Expression, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    let isLess = try function("less", [a, b], at: location)
    guard a.dtype.isFloating else { return isLess }
    return isLess | (b.isNaN & !a.isNaN)
  }

  private func mergeRuns(
    _ size: Expression, load: (Expression) throws(MartletError) -> Expression,
    isBefore: (Expression, Expression) throws(MartletError) -> Expression,
    keep: (Expression, Expression) -> Void, settle: (Expression) throws(MartletError) -> Void
  ) throws(MartletError) {
    let (zero, one) = (builder.integer(0), builder.integer(1))
    let width = builder.declare(initial: one)
    func smaller(_ a: Expression, _ b: Expression) -> Expression { (a < b).select(a, b) }
    try builder.whileLoop({ () throws(MartletError) in builder.read(width) < size }) {
      () throws(MartletError) in
      let run = builder.read(width)
      let start = builder.declare(initial: zero)
      try builder.whileLoop({ () throws(MartletError) in builder.read(start) < size }) {
        () throws(MartletError) in
        let first = builder.read(start)
        let middle = smaller(first + run, size)
        let end = smaller(middle + run, size)
        let left = builder.declare(initial: first)
        let right = builder.declare(initial: middle)
        try builder.loop(from: first, to: end) { (i) throws(MartletError) in
          let (p, q) = (builder.read(left), builder.read(right))
          // A run that is used up gives its last element, which isn't taken.
          let a = try load(smaller(p, middle - one))
          let b = try load(smaller(q, end - one))
          let takesRight =
            (q < end) & ((p >= middle) | (try isBefore(b, a)))
          keep(i, takesRight.select(b, a))
          builder.assign(left, takesRight.select(p, p + one))
          builder.assign(right, takesRight.select(q + one, q))
        }
        builder.assign(start, end)
      }
      try builder.loop(from: zero, to: size) { (i) throws(MartletError) in try settle(i) }
      builder.assign(width, run + run)
    }
  }
}
