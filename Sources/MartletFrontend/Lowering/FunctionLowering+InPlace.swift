import MartletIR

/// Whether an array can be computed where it is assigned, without a copy in between.
extension FunctionLowering {
  /// Whether writing the elements of `source` to `target` one by one is the same as computing all
  /// before the first is written: nil where that is certain, else what has to be looked at.
  func isInPlace(
    _ source: ArrayValue, _ target: ArrayValue
  ) throws(MartletError) -> Expression? {
    var condition: Expression?
    for written in target.reads {
      for read in source.reads {
        guard
          let one = try isSafe(
            read.array, written.array, isAligned: read.isAligned && written.isAligned)
        else { continue }
        condition = condition.map { $0 & one } ?? one
      }
    }
    return condition
  }

  /// Whether reading an array does not see what is written to another; nil where that is certain.
  private func isSafe(
    _ read: ArrayValue, _ written: ArrayValue, isAligned: Bool
  ) throws(MartletError) -> Expression? {
    guard let from = read.place, let to = written.place else { return truth(false) }
    if isApart(read.buffers, written.buffers) { return nil }
    let zero = builder.integer(0)
    let origins = (
      from([Expression](repeating: zero, count: read.rank)),
      to([Expression](repeating: zero, count: written.rank))
    )
    let isSameBuffer = origins.0.buffer == origins.1.buffer
    if isAligned, isSameBuffer, isSameView(read, written) { return nil }
    guard rules.target == .host else { return truth(false) }
    let (a, b) = (extent(of: read, from), extent(of: written, to))
    var isSafe = (a.end <= b.start) | (b.end <= a.start)
    if isSameBuffer, let first = origins.0.axes, let second = origins.1.axes {
      // What lies at another place along some axis is another part of the array.
      let fixed = (fixedAxes(read, from, first), fixedAxes(written, to, second))
      for axis in first.indices where fixed.0.contains(axis) && fixed.1.contains(axis) {
        isSafe = isSafe | (first[axis] != second[axis])
      }
    }
    if isAligned, read.rank == written.rank {
      var isSame = a.origin == b.origin
      for (p, q) in zip(a.strides + read.shape, b.strides + written.shape)
      where p.value != q.value {
        isSame = isSame & (p == q)
      }
      isSafe = isSafe | isSame
    }
    return isSafe
  }

  /// Whether memory is known to be other memory.
  private func isApart(_ a: Set<Int>, _ b: Set<Int>) -> Bool {
    func isKnown(_ buffers: Set<Int>) -> Bool { !buffers.contains(anyBuffer) }
    guard isKnown(a), isKnown(b), a.isDisjoint(with: b) else { return false }
    let isArgument = { (buffer: Int) in buffer < self.argumentArrayCount }
    return hasSeparateArguments || rules.target != .host
      || !a.contains(where: isArgument) || !b.contains(where: isArgument)
  }

  /// Whether two views of a buffer are the same one, as far as can be told now.
  private func isSameView(_ a: ArrayValue, _ b: ArrayValue) -> Bool {
    guard a.rank == b.rank, let first = a.place, let second = b.place else { return false }
    var isSame = false
    _ = builder.block {
      // The same index gives the same values, which are shared.
      let index = (0..<a.rank).map { _ in
        Expression(builder: builder, value: builder.newValue(.int64))
      }
      isSame = zip(first(index).index, second(index).index).allSatisfy { $0.value == $1.value }
    }
    return isSame && zip(a.shape, b.shape).allSatisfy { $0.value == $1.value }
  }

  /// The axes along which all elements of a view lie at one place.
  private func fixedAxes(
    _ array: ArrayValue, _ place: ([Expression]) -> ArrayValue.Place, _ origin: [Expression]
  ) -> Set<Int> {
    var fixed: Set<Int> = []
    _ = builder.block {
      let index = (0..<array.rank).map { _ in
        Expression(builder: builder, value: builder.newValue(.int64))
      }
      let axes = place(index).axes ?? []
      fixed = Set(axes.indices.filter { axes[$0].value == origin[$0].value })
    }
    return fixed
  }

  /// Where an array lies in memory: the address of its first element, its strides in bytes, and
  /// between which addresses all of it is.
  private func extent(
    of array: ArrayValue, _ place: ([Expression]) -> ArrayValue.Place
  ) -> (origin: Expression, strides: [Expression], start: Expression, end: Expression) {
    let (zero, one) = (builder.integer(0), builder.integer(1))
    func address(_ index: [Expression]) -> Expression {
      let place = place(index)
      return builder.address(place.buffer, place.index)
    }
    let first = [Expression](repeating: zero, count: array.rank)
    let origin = address(first)
    var (start, end) = (origin, origin + builder.integer(array.dtype.itemSize))
    var strides: [Expression] = []
    for axis in 0..<array.rank {
      var next = first
      next[axis] = one
      let stride = address(next) - origin
      let span = (array.shape[axis] - one) * stride
      let isDown = span < zero
      start = start + isDown.select(span, zero)
      end = end + isDown.select(zero, span)
      strides.append(stride)
    }
    return (origin, strides, start, end)
  }

  // MARK: Elements that can't wait

  /// Whether a function may change an array, itself or by others that it calls.
  func mayWrite(_ number: Int) -> Bool {
    if let known = writers[number] { return known }
    // One that calls itself is an error elsewhere.
    writers[number] = false
    var called: Set<Int> = []
    let body = program.functions.indices.contains(number) ? program.functions[number].body : []
    let result =
      SourceScan.writes(body, &called) { outputPlace($0) } || called.contains { mayWrite($0) }
    writers[number] = result
    return result
  }

  /// Whether computing an expression may change an array.
  func mayWrite(_ expression: SourceExpression) -> Bool {
    SourceScan.calls(expression).contains { mayWrite($0) } || writesResult(expression)
  }

  /// Whether computing an expression writes a result to an array that it was given for it.
  func writesResult(_ expression: SourceExpression) -> Bool {
    SourceScan.writesResult(expression) { outputPlace($0) }
  }

  /// At which argument of a function the arrays begin that its results are written to.
  private func outputPlace(_ callee: SourceExpression) -> Int? {
    switch callee.kind {
    case .known(let name) where name.hasPrefix("numpy."):
      if let row = FunctionTable.row(named: name) { return row.outputPlace }
      return operandCount(String(name.dropFirst(6)))
    case .function(let number) where program.functions.indices.contains(number):
      return program.functions[number].row.flatMap { FunctionTable.row(named: $0)?.outputPlace }
    case .attribute(_, let name):
      // The array itself comes first.
      return FunctionTable.row(named: "ndarray.\(name)")?.outputPlace.map { $0 - 1 }
    default: return nil
    }
  }

  /// A value whose elements are those of this moment, before something may change what they are
  /// computed from.
  func settledNow(_ meaning: Meaning, at location: SourcePosition) throws(MartletError) -> Meaning {
    guard case .array(let array) = meaning, array.place == nil, array.rank > 0,
      rules.target == .host
    else { return meaning }
    return .array(try copied(array, at: location))
  }
}
