import MartletIR
import MartletRuntime

// Writing to arrays on a tape: the elements are written as always, in place where nothing that the
// tape keeps shares the memory, and the storage becomes a new value of the tape.

extension NDArray {
  /// `assign` of a region, where this array or the value is, or was, on a tape.
  mutating func assignTraced(_ region: Layout, _ value: Operand) throws(MartletError) {
    if case .array(let array) = value, array.storage === storage, array.layout == region,
      array.dtype == dtype
    {
      // `a[...] += b` ends with assigning the view to itself.
      return
    }
    try writeTraced(.layout(region), value, region.shape) {
      (array, value) throws(MartletError) in try array.assign(region, value)
    }
  }

  /// `scatter`, likewise.
  mutating func scatterTraced(
    _ selection: Selection, _ value: Operand, shape: Shape
  ) throws(MartletError) {
    let selection = try selection.settled()
    try writeTraced(.selection(selection), value, shape) {
      (array, value) throws(MartletError) in try array.scatter(selection, value)
    }
  }

  /// `assign` by a mask, likewise.
  mutating func assignTraced(
    mask: NDArray, within region: Layout, _ value: Operand
  ) throws(MartletError) {
    let mask = mask.storage.isPinned ? try mask.untraced.copy() : mask.untraced
    var shape = Shape([1])
    if isTraced || value.isTraced {
      let count = try mask.reduced(.countNonzero).item()
      shape = [Int(count.asInt64)]
    }
    try writeTraced(.mask(mask, within: region), value, shape) {
      (array, value) throws(MartletError) in
      try array.assign(mask: mask, within: region, value)
    }
  }

  /// `ufunc.at`. Of `add` what was there and what is added both pass; other rows go in turns.
  mutating func updateTraced(
    _ selection: Selection, by operation: ElementwiseOperation, _ value: NDArray?, shape: Shape
  ) throws(MartletError) {
    if isTraced || value?.isTraced == true, operation !== ElementwiseOperation.add {
      if operation.name == "subtract", let value {
        let added = try NDArray.compute(.negative, .array(value.asType(dtype)))
        return try updateTraced(selection, by: .add, added, shape: shape)
      }
      return try updateInTurns(selection, by: operation, value, shape: shape)
    }
    let selection = try selection.settled()
    let plain = value?.untraced
    let added = value?.source(broadcastTo: shape)
    let old = try rewriteUntraced { (array) throws(MartletError) in
      try array.update(selection, by: operation, plain)
    }
    guard old != nil || added != nil, dtype.isInexact else { return }
    if old == nil { try checkSharing() }
    let count = storage.byteCount / dtype.itemSize
    let whole = Layout(contiguous: [count])
    var sources: [TapeNode.Source?] = [nil, added]
    if let old {
      sources[0] = .init(old)
    }
    let type = dtype
    self = Recording.note(
      NDArray(storage: storage, layout: whole, dtype: old?.dtype ?? dtype), "add.at", sources,
      kept: [], keepsResult: false
    ) { (_, g, _) throws(MartletError) in
      // The selection is of the storage's elements in their order.
      var seen = try g.flat()
      if g.dtype != type { seen = seen.reinterpreted(type) }
      return [g, try seen.gathered(selection)]
    }.view(layout).withType(dtype)
  }

  /// Writes `value`, of which `shape` is read, to a place.
  private mutating func writeTraced(
    _ place: TapeNode.Place, _ value: Operand, _ shape: Shape,
    _ body: (inout NDArray, Operand) throws(MartletError) -> Void
  ) throws(MartletError) {
    var written: TapeNode.Source?
    if case .array(let array) = value, dtype.isInexact, array.dtype.isInexact {
      written = array.source(broadcastTo: shape)
    }
    let plain = value.untraced
    let old = try rewriteUntraced { (array) throws(MartletError) in try body(&array, plain) }
    guard old != nil || written != nil else { return }
    if old == nil { try checkSharing() }
    var sources: [TapeNode.Source] = []
    if let old {
      sources.append(.init(old))
    }
    if let written { sources.append(written) }
    let node = TapeNode(
      "assignment", .write(place, dtype, keepsRest: old != nil),
      count: old?.count ?? storage.byteCount / dtype.itemSize, old?.dtype ?? dtype,
      sources: sources)
    storage = Storage(storage, on: node)
  }

  /// Lets `body` write to the elements as an array on no tape, which this is then; gives the value
  /// that it was, if that is still differentiated.
  private mutating func rewriteUntraced(
    _ body: (inout NDArray) throws(MartletError) -> Void
  ) throws(MartletError) -> TapeNode? {
    guard let node = storage.tapeNode, let shared = storage.untraced else {
      try body(&self)
      return nil
    }
    // Where nobody else has this value, its memory is written in place.
    let isSole = isKnownUniquelyReferenced(&storage)
    if isSole { _ = storage.releaseUntraced() }
    storage = shared
    do throws(MartletError) {
      try Self.run(body, &self, releasing: shared)
    } catch {
      storage = Storage(storage, on: node)
      throw error
    }
    return node.isLive ? node : nil
  }

  private static func run(
    _ body: (inout NDArray) throws(MartletError) -> Void, _ array: inout NDArray,
    releasing: consuming Storage
  ) throws(MartletError) {
    _ = consume releasing
    try body(&array)
  }

  private func checkSharing() throws(MartletError) {
    if storage.isPinned {
      throw .noDerivative(
        operation: "assignment",
        reason: "an array that is being differentiated is written to memory that others can change "
          + "(NumPy's, or a buffer's); write it to a Martlet array")
    }
  }

  private func withType(_ dtype: DType) -> NDArray {
    NDArray(storage: storage, layout: layout, dtype: dtype)
  }

  /// All of a contiguous array's memory as elements of another type.
  func reinterpreted(_ dtype: DType) -> NDArray {
    let count = self.count * self.dtype.itemSize / dtype.itemSize
    return NDArray(storage: storage, layout: Layout(contiguous: [count]), dtype: dtype)
  }
}

extension NDArray.Selection {
  /// The same with positions that nobody changes.
  func settled() throws(MartletError) -> NDArray.Selection {
    var result = self
    for i in arrays.indices {
      let index = arrays[i].index.untraced
      result.arrays[i].index = index.storage.isPinned ? try index.copy() : index
    }
    return result
  }
}
