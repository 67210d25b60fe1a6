import MartletIR

// Operations that choose, join and combine elements, on arrays that are, or were, on a tape.

extension NDArray.Selection {
  var isOnTape: Bool { arrays.contains { $0.index.storage.tapeNode != nil } }
}

extension NDArray {
  func gatheredTraced(
    _ selection: Selection, outward: Bool
  ) throws(MartletError) -> NDArray {
    let selection = try selection.settled()
    let result = try untraced.gathered(selection, outward: outward)
    guard let node = storage.tapeNode, node.isLive else { return result }
    let source = TapeNode.Source(node: node, place: .selection(selection), dtype: dtype)
    return Recording.note(result, "indexing", [source], kept: [], keepsResult: false) {
      (_, g, _) in [g]
    }
  }

  func compressedTraced(_ mask: NDArray) throws(MartletError) -> NDArray {
    let mask = mask.storage.isPinned ? try mask.untraced.copy() : mask.untraced
    let result = try untraced.compressed(mask)
    guard let node = storage.tapeNode, node.isLive else { return result }
    let source = TapeNode.Source(node: node, place: .mask(mask, within: layout), dtype: dtype)
    return Recording.note(result, "mask", [source], kept: [], keepsResult: false) {
      (_, g, _) in [g]
    }
  }

  static func concatenateTraced(
    _ arrays: [NDArray], axis: Int, dtype: DType?
  ) throws(MartletError) -> NDArray {
    let sizes = arrays.map(\.shape)
    return try Recording.record(
      "concatenate", arrays,
      { (arrays) throws(MartletError) in try concatenate(arrays, axis: axis, dtype: dtype) },
      pullback: { (_, g, _) throws(MartletError) in
        let axis = try g.normalised(axis, "concatenate")
        var start = 0
        return sizes.map { shape -> NDArray? in
          defer { start += shape[axis] }
          return g.part(axis: axis, from: start, count: shape[axis])
        }
      })
  }

  func accumulatedTraced(
    _ operation: ElementwiseOperation, axis: Int, dtype: DType?
  ) throws(MartletError) -> NDArray {
    let result = try untraced.accumulated(operation, axis: axis, dtype: dtype)
    guard isTraced, result.dtype.isInexact, self.dtype.isInexact else { return result }
    switch operation.name {
    case "add":
      return Recording.note(
        result, "cumsum", [source()], kept: [], keepsResult: false
      ) { (_, g, _) throws(MartletError) in
        [try g.flipped([axis]).accumulated(.add, axis: axis).flipped([axis])]
      }
    case "multiply":
      return Recording.note(
        result, "cumprod", [source()], kept: [.array(self)], keepsResult: true
      ) { (node, g, kept) throws(MartletError) in
        guard let y = node.resultOnTape() else { return [nil] }
        return [try kept[0].asArray().cumulativeProductSlope(g, y, axis)]
      }
    default: return try accumulatedStepwise(operation, axis: axis, dtype: result.dtype)
    }
  }

  /// The cotangent of what was multiplied up, zeros included: from the last element to the first.
  private func cumulativeProductSlope(
    _ g: NDArray, _ y: NDArray, _ axis: Int
  ) throws(MartletError) -> NDArray {
    let count = shape[axis]
    if count == 0 { return g }
    func op(
      _ row: ElementwiseOperation, _ a: NDArray, _ b: NDArray
    ) throws(MartletError) -> NDArray { try Elementwise.apply(row, [.array(a), .array(b)])[0] }
    var slopes: [NDArray] = []
    var rest = g.part(axis: axis, from: count - 1, count: 1)
    for i in stride(from: count - 1, through: 0, by: -1) {
      if i == 0 {
        slopes.append(rest)
        break
      }
      slopes.append(try op(.multiply, rest, y.part(axis: axis, from: i - 1, count: 1).conjugate()))
      let factor = try part(axis: axis, from: i, count: 1).conjugate()
      rest = try op(.add, g.part(axis: axis, from: i - 1, count: 1), op(.multiply, rest, factor))
    }
    return try NDArray.concatenate(slopes.reversed(), axis: axis)
  }

  static func matmulTraced(
    _ a: NDArray, _ b: NDArray, tellingAs name: String?
  ) throws(MartletError) -> NDArray {
    let result = try a.untraced.matmul(b.untraced, tellingAs: name)
    guard a.isTraced || b.isTraced, result.dtype.isInexact else { return result }
    let (rowGiven, columnGiven) = (a.rank == 1, b.rank == 1)
    // The axes that vectors are given, and the batches that both have, as the product has them.
    let left = rowGiven ? a.view(a.layout.expanded(at: 0)) : a
    let right = columnGiven ? b.view(b.layout.expanded(at: 1)) : b
    guard
      let batch = Shape.broadcast(
        Shape(left.shape.dropLast(2)), Shape(right.shape.dropLast(2)))
    else { return result }
    func spread(_ array: NDArray) -> Shape { batch + Shape(array.shape.suffix(2)) }
    let sources = [
      a.dtype.isInexact ? left.source(broadcastTo: spread(left)) : nil,
      b.dtype.isInexact ? right.source(broadcastTo: spread(right)) : nil,
    ]
    let none = Operand.scalar(Scalar(Int64(0), .bool))
    let kept: [Operand] = [
      sources[1] == nil ? none : .array(left), sources[0] == nil ? none : .array(right),
    ]
    let wants = sources.map { $0 != nil }
    return Recording.note(result, "matmul", sources, kept: kept, keepsResult: false) {
      (_, g, kept) throws(MartletError) in
      var g = g
      if rowGiven { g = g.view(g.layout.expanded(at: columnGiven ? g.rank : g.rank - 1)) }
      if columnGiven { g = g.view(g.layout.expanded(at: g.rank)) }
      var slopes: [NDArray?] = [nil, nil]
      if wants[0], case .array(let right) = kept[1] {
        slopes[0] = try g.matmul(right.conjugate().matrixTransposed, tellingAs: nil)
      }
      if wants[1], case .array(let left) = kept[0] {
        slopes[1] = try left.conjugate().matrixTransposed.matmul(g, tellingAs: nil)
      }
      return slopes
    }
  }

  /// The conjugate of complex numbers, else the array itself.
  func conjugate() throws(MartletError) -> NDArray {
    dtype.isComplex ? try Elementwise.apply(.conjugate, [.array(self)])[0] : self
  }

  /// The last two axes swapped.
  var matrixTransposed: NDArray {
    var order = Array(0..<rank)
    order.swapAt(rank - 1, rank - 2)
    return view(layout.transposed(order))
  }
}
