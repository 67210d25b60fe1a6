import MartletIR
import MartletRuntime

extension NDArray {
  /// What an advanced selection gives: the layout of this array's remaining axes over the result,
  /// the shape that the index arrays broadcast to, and how many axes of the result follow theirs.
  typealias Plan = (rest: Layout, common: Shape, following: Int)

  func plan(_ selection: Selection) throws(MartletError) -> Plan {
    var common = Shape()
    for (_, index) in selection.arrays {
      guard let next = Shape.broadcast(common, index.shape) else {
        throw .invalidIndex(
          detail: "shape mismatch: indexing arrays could not be broadcast together with shapes "
            + selection.arrays.map { $0.index.shape.description }.joined(separator: " "))
      }
      common = next
    }
    let indexed = Set(selection.arrays.map(\.axis))
    let kept = (0..<selection.layout.rank).filter { !indexed.contains($0) }
    let lead = kept.filter { $0 < selection.resultAxis }.count
    if kept.count + common.rank > Shape.maximumRank {
      throw .rankLimit(operation: "index", rank: kept.count + common.rank)
    }
    var shape = Shape()
    var rest = Layout(shape: [], strides: [], offset: selection.layout.offset)
    func append(_ size: Int, _ stride: Int) {
      shape.append(size)
      rest.strides.append(stride)
    }
    for axis in kept.prefix(lead) {
      append(selection.layout.shape[axis], selection.layout.strides[axis])
    }
    for size in common { append(size, 0) }
    for axis in kept.dropFirst(lead) {
      append(selection.layout.shape[axis], selection.layout.strides[axis])
    }
    try shape.checkedCount()
    rest.shape = shape
    return (rest, common, kept.count - lead)
  }

  /// The index arrays of a selection, broadcast over the result, once all are within bounds.
  func indices(
    _ selection: Selection, _ plan: Plan
  ) throws(MartletError) -> [(NDArray, size: Int, stride: Int)] {
    var indices: [(NDArray, size: Int, stride: Int)] = []
    for (axis, index) in selection.arrays {
      let size = selection.layout.shape[axis]
      // As in NumPy, nothing is looked at where nothing is selected.
      if plan.common.elementCount > 0 { try index.checkBounds(axis: axis, size: size) }
      // Axes that follow the index arrays' own are broadcast along.
      var own = index.layout.broadcast(to: plan.common)!
      for _ in 0..<plan.following { own = own.expanded(at: own.rank) }
      indices.append((index.view(own), size, selection.layout.strides[axis]))
    }
    return indices
  }

  /// Every index must be a position of the axis.
  package func checkBounds(axis: Int, size: Int) throws(MartletError) {
    if count == 0 || DirectUpdate.areInside(self, size) == true { return }
    let dtype: DType = self.dtype == .uint64 ? .uint64 : .int64
    // Elements that are repeated are looked at once.
    var distinct = layout
    for axis in 0..<rank where distinct.strides[axis] == 0 { distinct.shape[axis] = 1 }
    let indices = view(distinct)
    let outside = try Elementwise.apply(
      .indexOutside, loop: dtype == .uint64 ? 1 : 0,
      [.array(indices), .scalar(Scalar(Int64(size), dtype))])[0]
    guard try outside.reduced(.any).item().low != 0 else { return }
    let wrong = try indices.compressed(outside)[0]
    throw .indexOutOfBounds(index: Int(try wrong.item().asInt64), axis: axis, size: size)
  }

  private static func offset(
    _ builder: inout ProgramBuilder, _ indices: [(NDArray, size: Int, stride: Int)]
  ) throws(MartletError) -> Program.Operand {
    var total: Program.Operand?
    let add = ElementwiseOperation.add
    let loop = add.loops.firstIndex { $0.inputs[0] == .int64 }!
    for (index, size, stride) in indices {
      let operand = builder.step(
        .indexOffset, loop: 0,
        [
          try builder.array(index), builder.scalar(Scalar(Int64(size), .int64)),
          builder.scalar(Scalar(Int64(stride), .int64)),
        ])
      total = total.map { builder.step(add, loop: loop, [$0, operand]) } ?? operand
    }
    return total!
  }

  /// A small selection from memory of the host, as direct work takes it, and room for its offsets;
  /// nil where the general way must, or an index is out of bounds.
  private func withDirectSelection<Result>(
    _ selection: Selection, _ body: (DirectSelection, UnsafePointer<Int>) -> Result?
  ) -> Result? {
    let rank = selection.layout.rank
    let limit = selection.arrays.reduce(1) { Swift.max($0, $1.index.count) }
    guard limit < 4096, selection.arrays.count <= Shape.maximumRank else { return nil }
    let layouts = selection.arrays.map(\.index.layout)
    return layouts.withUnsafeBufferPointer { layouts -> Result? in
      var direct = DirectSelection()
      var (k, kept, lead) = (0, 0, 0)
      for axis in 0..<rank {
        let (size, stride) = (selection.layout.shape[axis], selection.layout.strides[axis])
        guard k < selection.arrays.count, selection.arrays[k].axis == axis else {
          if axis < selection.resultAxis { lead += 1 }
          kept += 1
          guard direct.keep(size, stride: stride &* dtype.itemSize) else { return nil }
          continue
        }
        let index = selection.arrays[k].index
        guard let memory = index.storage.pointer, let layout = layouts.baseAddress else {
          return nil
        }
        let first = memory + index.layout.offset &* index.dtype.itemSize
        if index.rank == 0 {
          let position = Int(Scalar(reading: first, index.dtype).asInt64)
          guard direct.position(position, size: size, stride: stride &* dtype.itemSize) else {
            return nil
          }
        } else {
          guard
            direct.index(
              first, layout + k, count: 0, index.dtype, size: size, stride: stride &* dtype.itemSize
            )
          else { return nil }
        }
        k += 1
      }
      direct.place(after: lead)
      // Broadcast, there may be more places than any array has.
      let room = Swift.min(limit &* limit, 4096)
      return withUnsafeTemporaryAllocation(of: Int.self, capacity: room) { offsets -> Result? in
        guard let start = offsets.baseAddress, direct.locate(start, limit: room) else { return nil }
        return body(direct, start)
      }
    }
  }

  private func gatheredDirectly(
    _ selection: Selection, outward: Bool
  ) throws(MartletError) -> NDArray? {
    guard let source = storage.pointer else { return nil }
    let found = withDirectSelection(selection) { direct, offsets -> NDArray? in
      var layout = Layout(shape: Shape(), strides: Shape())
      direct.setLayout(&layout, outward: outward)
      guard layout.shape.isPossible, layout.shape.elementCount < Graph.lazyCount,
        var result = try? NDArray(uninitialised: layout.shape, dtype),
        let target = result.storage.pointer
      else { return nil }
      result.layout = layout
      direct.gather(
        source + selection.layout.offset &* dtype.itemSize, offsets, into: target,
        itemSize: dtype.itemSize, outward: outward)
      return result
    }
    withExtendedLifetime((self, selection)) {}
    return found
  }

  /// A copy of the elements that index arrays select, in C order or, `outward`, as NumPy lays it out.
  package func gathered(
    _ selection: Selection, outward: Bool = false
  ) throws(MartletError) -> NDArray {
    if let direct = try gatheredDirectly(selection, outward: outward) { return direct }
    if Trace.isUsed, storage.tapeNode != nil || selection.isOnTape {
      return try gatheredTraced(selection, outward: outward)
    }
    let plan = try plan(selection)
    let (rest, shape) = (plan.rest, plan.rest.shape)
    let device = try Placement.device(
      of: [self] + selection.arrays.map(\.index), for: "index")
    let indices = try indices(selection, plan)
    var result = try NDArray(uninitialised: shape, dtype, on: device)
    var owners: [AnyObject] = []
    let source = try storage.evaluated(on: device, keeping: &owners)
    let target = try result.storage.evaluatedHere()
    if result.count == 0 { return result }
    if outward { result.layout = Layout(shape: shape, inOrder: selection.outwardOrder(shape.rank)) }
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: shape, on: device)
      let offset = try Self.offset(&builder, indices)
      let operand = builder.gather(source, rest, dtype, offset)
      builder.output(operand, to: target, result.layout, dtype)
      try Evaluation.run(builder)
    }
    withExtendedLifetime((self, owners)) {}
    return result
  }

  /// Writes to the elements that index arrays select.
  mutating func scatter(_ selection: Selection, _ value: Operand) throws(MartletError) {
    let plan = try plan(selection)
    let (rest, shape) = (plan.rest, plan.rest.shape)
    // What is to be assigned is looked at before the positions are, as NumPy does.
    try checkAssignable(value, to: shape)
    if Trace.isUsed, storage.tapeNode != nil || value.isOnTape || selection.isOnTape {
      try scatterTraced(selection, value, shape: shape)
      return
    }
    let indices = try indices(selection, plan)
    if shape.elementCount == 0 { return }
    // Reading the value and the indices must not see what is being written.
    var settled = value
    if case .array(let array) = value {
      _ = try array.storage.evaluatedHere()
      if array.storage === storage || array.storage.isPinned { settled = .array(try array.copy()) }
    }
    for (index, _, _) in indices { _ = try index.storage.evaluatedHere() }
    let target = try writablePointer()
    let device = storage.device
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: shape, on: device)
      let offset = try Self.offset(&builder, indices)
      let operand = try builder.operand(settled, as: dtype)
      builder.scatter(operand, to: target, rest, dtype, offset)
      try Evaluation.run(builder)
    }
    withExtendedLifetime((settled, indices)) {}
  }

  package func checkAssignable(_ value: Operand, to shape: Shape) throws(MartletError) {
    guard case .array(let array) = value, array.layout.broadcast(to: shape) == nil else { return }
    // A leading axis of length 1 may be dropped, as NumPy does.
    throw .shapeMismatch(
      operation: "index assignment",
      detail: "shape mismatch: value array of shape \(array.shape.plain) could not be broadcast to "
        + "indexing result of shape \(shape.plain)")
  }

  /// The storage's first element on its device, for writing: pending readers are evaluated, shared memory copied.
  package mutating func writablePointer() throws(MartletError) -> UnsafeMutableRawPointer {
    if storage.isReadOnly { throw .readOnly(operation: "assignment") }
    _ = try storage.evaluatedHere()
    if storage.hasReaders {
      let old = storage
      try Graph.lock.locked { () throws(MartletError) in try old.evaluateReaders() }
    }
    if !storage.isPinned, !isKnownUniquelyReferenced(&storage) { storage = try duplicated() }
    return try storage.writableHere()
  }
}
