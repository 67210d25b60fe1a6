import MartletIR

/// Sorting along an axis: merging runs of double length each time, which keeps equal elements in
/// order and needs no recursion.
extension FunctionLowering {
  /// `np.sort`: a sorted copy, NaN last.
  func sorted(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let (array, axis) = try sorting(&arguments, at: location)
    return .array(restored(try sorted(array, at: location), axis))
  }

  /// `a.sort()`: sorts where the elements are.
  func sortInPlace(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) {
    let (array, _) = try sorting(&arguments, at: location)
    let before = failureCount
    let result = try sorted(array, at: location)
    try unlessFailed(since: before) { () throws(MartletError) in
      try fill(array, with: .array(result), at: location)
    }
  }

  /// `np.argsort`: the positions in the order of their elements.
  func sortedPositions(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let (array, axis) = try sorting(&arguments, at: location)
    return .array(restored(try sortedPositions(array, at: location), axis))
  }

  /// The array to sort, with the axis to sort along as its last one, and which axis that was.
  private func sorting(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> (ArrayValue, Axis) {
    let name = arguments.name
    let kinds = ["quicksort", "heapsort", "mergesort", "stable"]
    let stable = arguments.takeGiven("stable")
    // Equal elements always stay in order, which is what every kind may do.
    if arguments.takeGiven("kind") != nil {
      _ = try text("kind", of: kinds, &arguments, at: location)
      if stable != nil {
        throw failure(
          "`kind` and `stable` parameters can't be provided at the same time.", at: location)
      }
    }
    if arguments.takeGiven("order") != nil {
      throw failure("'order' of \(name) is for arrays with fields", at: location)
    }
    let array = try array("a", &arguments, at: location)
    let given = known(arguments.take("axis"))
    if case .none = given {
      guard !arguments.row.isMethod || name == "argsort" else {
        throw failure("'axis' of \(name) is an integer, not None", at: location)
      }
      let flat = try reshaped(
        array.rank == 0 ? copied(array, at: location) : array, [.literal(.integer(-1))],
        at: location)
      return (flat, .fixed(0))
    }
    guard array.rank > 0 else {
      throw failure("'axis' of \(name) is there for arrays with dimensions", at: location)
    }
    let axis = try self.axis(given, "axis", array.rank, name, at: location)
    switch axis {
    case .fixed(let axis):
      let others = array.shape.indices.filter { $0 != axis }
      return (transposed(array, others + [axis]), .fixed(axis))
    case .open(let axis): return (moved(array, axis, toEnd: true), .open(axis))
    }
  }

  /// An array whose last axis is where it was.
  private func restored(_ array: ArrayValue, _ axis: Axis) -> ArrayValue {
    switch axis {
    case .open(let axis): return moved(array, axis, toEnd: false)
    case .fixed(let axis):
      var order = Array(0..<(array.rank - 1))
      order.insert(array.rank - 1, at: axis)
      return transposed(array, order)
    }
  }

  private func sorted(
    _ array: ArrayValue, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    let before = failureCount
    let result = try copied(array, at: location)
    try sort(result, since: before, at: location)
    return result
  }

  private func sort(
    _ array: ArrayValue, since failures: Int, at location: SourcePosition
  ) throws(MartletError) {
    let size = array.shape[array.rank - 1]
    let spare = try newArray(array.dtype, [size], at: location)
    guard let place = array.place else { return }
    try unlessFailed(since: failures) { () throws(MartletError) in
      try loops(over: array.shape.dropLast()) { (row) throws(MartletError) in
        try mergeRuns(
          size,
          load: { (i) throws(MartletError) in try array.element(row + [i]) },
          isBefore: { (a, b) throws(MartletError) in try self.isBefore(a, b, at: location) },
          spare: spare,
          store: { i, value in
            let place = place(row + [i])
            builder.store(place.buffer, place.index, value)
          })
      }
    }
  }

  private func sortedPositions(
    _ array: ArrayValue, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    let before = failureCount
    let source = try copied(array, at: location)
    let size = array.shape[array.rank - 1]
    let positions = try newArray(.int64, array.shape, at: location)
    let spare = try newArray(.int64, [size], at: location)
    guard let place = positions.place else { return positions }
    try unlessFailed(since: before) { () throws(MartletError) in
      try loops(over: array.shape.dropLast()) { (row) throws(MartletError) in
        try loops(over: [size]) { (i) throws(MartletError) in
          let place = place(row + i)
          builder.store(place.buffer, place.index, i[0])
        }
        try mergeRuns(
          size,
          load: { (i) throws(MartletError) in try positions.element(row + [i]) },
          isBefore: { (a, b) throws(MartletError) in
            try self.isBefore(
              source.element(row + [a]), source.element(row + [b]), at: location)
          },
          spare: spare,
          store: { i, value in
            let place = place(row + [i])
            builder.store(place.buffer, place.index, value)
          })
      }
    }
    return positions
  }

  /// Whether one element sorts before another: NaN is after every number. Of complex numbers those
  /// with NaN in the imaginary part come before those with NaN in the real part.
  private func isBefore(
    _ a: Expression, _ b: Expression, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    guard a.dtype.isComplex else {
      let isLess = try function("less", [a, b], at: location)
      return a.dtype.isFloating ? isLess | (b.isNaN & !a.isNaN) : isLess
    }
    func group(_ value: Expression) -> Expression {
      let (real, imaginary) = (value.real.isNaN, value.imaginary.isNaN)
      return real.select(builder.integer(2), builder.integer(0))
        + imaginary.select(builder.integer(1), builder.integer(0))
    }
    let (first, second) = (group(a), group(b))
    let isSmaller =
      (a.real < b.real) | (!(b.real < a.real) & (a.imaginary < b.imaginary))
    return (first < second) | ((first == second) & isSmaller)
  }

  private func mergeRuns(
    _ size: Expression, load: (Expression) throws(MartletError) -> Expression,
    isBefore: (Expression, Expression) throws(MartletError) -> Expression,
    spare: ArrayValue, store: (Expression, Expression) -> Void
  ) throws(MartletError) {
    guard let sparePlace = spare.place else { return }
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
          let place = sparePlace([i])
          builder.store(place.buffer, place.index, takesRight.select(b, a))
          builder.assign(left, takesRight.select(p, p + one))
          builder.assign(right, takesRight.select(q + one, q))
        }
        builder.assign(start, end)
      }
      try builder.loop(from: zero, to: size) { (i) throws(MartletError) in
        store(i, try spare.element([i]))
      }
      builder.assign(width, run + run)
    }
  }
}
