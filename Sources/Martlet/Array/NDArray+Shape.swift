import MartletIR
import MartletRuntime

// MARK: - The same elements in another shape

extension NDArray {
  /// The elements, in C order, in another shape: a view where the memory allows it, else a copy.
  /// One size may be -1: it follows from the others.
  ///
  /// - Throws: `.invalidArgument` where the number of elements differs.
  public func reshaped(_ sizes: [Int]) throws(MartletError) -> NDArray {
    let target = try completed(sizes)
    if let same = layout.reshaped(target) { return view(same) }
    return try copy().view(Layout(contiguous: target))
  }

  private func completed(_ sizes: [Int]) throws(MartletError) -> Shape {
    if sizes.count > Shape.maximumRank {
      throw .rankLimit(operation: "reshape", rank: sizes.count)
    }
    var target = Shape(sizes)
    var known = 1
    var unknown: Int?
    for (axis, size) in sizes.enumerated() {
      if size == -1 {
        if unknown != nil {
          throw .invalidArgument(
            operation: "reshape", detail: "can only specify one unknown dimension")
        }
        unknown = axis
      } else {
        if size < 0 {
          throw .invalidArgument(
            operation: "reshape", detail: "negative dimensions are not allowed")
        }
        let (product, overflow) = known.multipliedReportingOverflow(by: size)
        if overflow { throw .sizeLimit(shape: target) }
        known = product
      }
    }
    if let unknown, known != 0, count % known == 0 {
      target[unknown] = count / known
      try target.checkedCount()
      return target
    }
    guard unknown == nil, known == count else {
      throw .invalidArgument(
        operation: "reshape",
        detail: "cannot reshape array of size \(count) into shape \(Shape(sizes))")
    }
    try target.checkedCount()
    return target
  }

  /// All elements in one dimension.
  public func raveled() throws(MartletError) -> NDArray { try reshaped([-1]) }

  /// The axes in another order; without one, reversed.
  public func transposed(_ axes: [Int]? = nil) throws(MartletError) -> NDArray {
    guard let axes else { return view(layout.transposed) }
    return view(try layout.transposing(axes))
  }

  /// The axes in reverse order.
  public var T: NDArray { view(layout.transposed) }

  /// With two axes exchanged.
  public func swappingAxes(_ first: Int, _ second: Int) throws(MartletError) -> NDArray {
    view(try layout.swapping(first, second))
  }

  /// With one axis at another place, the others in order.
  public func movingAxis(_ source: Int, to destination: Int) throws(MartletError) -> NDArray {
    view(try layout.moving([source], to: [destination]))
  }

  /// With a new axis of length 1 at `axis`.
  public func expanded(at axis: Int) throws(MartletError) -> NDArray {
    view(try layout.expanding(at: [axis]))
  }

  /// Without the axes of length 1, or without the given ones, which must have it.
  public func squeezed(_ axes: [Int]? = nil) throws(MartletError) -> NDArray {
    view(try layout.squeezing(axes))
  }

  /// Stretched to a shape without copying.
  public func broadcast(to target: Shape) throws(MartletError) -> NDArray {
    view(try layout.broadcasting(to: target))
  }

  /// The elements in reverse order along axes (all by default).
  public func flipped(_ axes: [Int]? = nil) throws(MartletError) -> NDArray {
    view(try layout.flipping(axes))
  }

  /// The part from `start`, `count` long, of one axis.
  package func part(axis: Int, from start: Int, count: Int) -> NDArray {
    view(layout.sliced(axis: axis, start: start, count: count, step: 1))
  }
}

// MARK: - Joining and repeating

extension NDArray {
  /// Arrays one after another along an axis; their dtypes promote.
  public static func concatenate(
    _ arrays: [NDArray], axis: Int = 0, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    if Trace.isUsed, arrays.contains(where: { $0.storage.tapeNode != nil }) {
      return try concatenateTraced(arrays, axis: axis, dtype: dtype)
    }
    guard let first = arrays.first else {
      throw .invalidArgument(
        operation: "concatenate", detail: "need at least one array to concatenate")
    }
    guard first.rank > 0 else {
      throw .invalidArgument(
        operation: "concatenate", detail: "zero-dimensional arrays cannot be concatenated")
    }
    let axis = try first.normalised(axis, "concatenate")
    var shape = first.shape
    var common = first.dtype
    for (i, array) in arrays.enumerated().dropFirst() {
      guard array.rank == first.rank else {
        throw .invalidArgument(
          operation: "concatenate",
          detail: "all the input arrays must have same number of dimensions, but the array at "
            + "index 0 has \(first.rank) dimension(s) and the array at index \(i) has "
            + "\(array.rank) dimension(s)")
      }
      for d in 0..<first.rank where d != axis && array.shape[d] != shape[d] {
        throw .invalidArgument(
          operation: "concatenate",
          detail: "all the input array dimensions except for the concatenation axis must match "
            + "exactly, but along dimension \(d), the array at index 0 has size \(shape[d]) and the "
            + "array at index \(i) has size \(array.shape[d])")
      }
      shape[axis] += array.shape[axis]
      // Checked one by one, the sum cannot overflow.
      try shape.checkedCount()
      common = Promotion.promote(common, array.dtype)
    }
    let device = try Placement.device(of: arrays, for: "concatenate")
    var result = try NDArray(uninitialised: shape, dtype ?? common, on: device)
    if arrays.contains(where: { !$0.layout.isContiguous }) {
      result.layout = Layout(
        shape: shape, inOrder: Layout.joinedOrder(arrays.map(\.layout), rank: shape.rank))
    }
    var start = 0
    for array in arrays {
      let size = array.shape[axis]
      try result.fill(result.layout.sliced(axis: axis, start: start, count: size, step: 1), array)
      start += size
    }
    return result
  }

  /// Writes to a part of memory that nobody else has seen yet.
  package mutating func fill(_ region: Layout, _ value: NDArray) throws(MartletError) {
    if region.count == 0 { return }
    if Trace.isUsed, storage.tapeNode != nil || value.storage.tapeNode != nil {
      return try assign(region, .array(value))
    }
    let target = try storage.writableHere()
    if device.isHost, value.dtype == dtype, value.shape == region.shape,
      region.count < Graph.lazyCount, let source = value.storage.pointer
    {
      DirectMove.copy(
        source + value.layout.offset * dtype.itemSize, value.layout,
        to: target + region.offset * dtype.itemSize, region, itemSize: dtype.itemSize)
      withExtendedLifetime(value) {}
      return
    }
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: region.shape, on: device)
      let operand = try builder.array(value)
      builder.output(operand, to: target, region, dtype)
      let kept = try builder.outputKept(except: nil)
      try Evaluation.run(builder)
      for (node, memory) in kept { node.finish(memory) }
    }
    withExtendedLifetime((self, value)) {}
  }

  /// Arrays of one shape along a new axis.
  public static func stack(_ arrays: [NDArray], axis: Int = 0) throws(MartletError) -> NDArray {
    guard let first = arrays.first else {
      throw .invalidArgument(operation: "stack", detail: "need at least one array to stack")
    }
    guard arrays.allSatisfy({ $0.shape == first.shape }) else {
      throw .invalidArgument(
        operation: "stack", detail: "all input arrays must have the same shape")
    }
    var expanded: [NDArray] = []
    for array in arrays { expanded.append(try array.expanded(at: axis)) }
    return try concatenate(expanded, axis: axis < 0 ? axis + first.rank + 1 : axis)
  }

  /// Views of the parts between positions along an axis.
  public func split(at positions: [Int], axis: Int = 0) throws(MartletError) -> [NDArray] {
    let axis = try normalised(axis, "split")
    var parts: [NDArray] = []
    var previous: Int? = 0
    for position in positions.map(Optional.some) + [nil] {
      let (start, count) = try AxisIndex.resolve(
        start: previous, stop: position, step: 1, size: shape[axis])
      parts.append(part(axis: axis, from: start, count: count))
      previous = position
    }
    return parts
  }

  /// Views of `parts` parts along an axis that differ by one element at most, as `array_split`.
  public func split(into parts: Int, axis: Int = 0) throws(MartletError) -> [NDArray] {
    let axis = try normalised(axis, "split")
    guard parts > 0 else {
      throw .invalidArgument(operation: "split", detail: "number sections must be larger than 0.")
    }
    let (small, larger) = shape[axis].quotientAndRemainder(dividingBy: parts)
    var result: [NDArray] = []
    var start = 0
    for i in 0..<parts {
      let count = small + (i < larger ? 1 : 0)
      result.append(part(axis: axis, from: start, count: count))
      start += count
    }
    return result
  }

  /// The elements moved along axes, those pushed out coming in at the other end.
  public func rolled(_ shifts: [Int], axes: [Int]) throws(MartletError) -> NDArray {
    guard shifts.count == axes.count else {
      throw .invalidArgument(
        operation: "roll", detail: "'shift' and 'axis' should be scalars or 1D sequences")
    }
    var total = Array(repeating: 0, count: rank)
    for (shift, axis) in zip(shifts, axes) {
      let place = try normalised(axis, "roll")
      if shape[place] > 0 {
        total[place] = (total[place] + shift % shape[place] + shape[place]) % shape[place]
      }
    }
    if storage.tapeNode == nil, count >= Graph.lazyCount, let pending = try rolledLater(total) {
      return pending
    }
    var result = try NDArray(uninitialised: shape, dtype, on: device)
    if !layout.isContiguous { result.layout = Layout(shape: shape, inOrder: layout.axesByStride) }
    if storage.tapeNode == nil { _ = try storage.evaluatedHere() }
    // Each axis is cut in two; every combination of halves goes to its new place.
    var pieces: [(from: Layout, to: Layout)] = [(layout, result.layout)]
    for axis in 0..<rank where total[axis] != 0 {
      let (shift, size) = (total[axis], shape[axis])
      pieces = pieces.flatMap { from, to in
        [
          (
            from.sliced(axis: axis, start: 0, count: size - shift, step: 1),
            to.sliced(axis: axis, start: shift, count: size - shift, step: 1)
          ),
          (
            from.sliced(axis: axis, start: size - shift, count: shift, step: 1),
            to.sliced(axis: axis, start: 0, count: shift, step: 1)
          ),
        ]
      }
    }
    for (from, to) in pieces { try result.fill(to, view(from)) }
    return result
  }

  /// The same as pending work: what reads it reads the pieces where they are.
  private func rolledLater(_ shifts: [Int]) throws(MartletError) -> NDArray? {
    guard !storage.isPinned, layout.isInjective, !GlobalState.isEager else { return nil }
    _ = try storage.evaluatedHere()
    try Room.ensure()
    return try Graph.lock.locked { () throws(MartletError) in
      let node = Node(
        .cast, loop: ElementwiseOperation.castLoop(from: dtype, to: dtype), shape: shape,
        input: .rolled(storage, layout, dtype, shifts: shifts), on: device)
      storage.register(reader: node)
      return NDArray(
        storage: Storage(pending: node), layout: Layout(contiguous: shape), dtype: dtype)
    }
  }

  /// The whole array repeated along each axis.
  public func tiled(_ repetitions: [Int]) throws(MartletError) -> NDArray {
    guard repetitions.allSatisfy({ $0 >= 0 }) else {
      throw .invalidArgument(operation: "tile", detail: "negative dimensions are not allowed")
    }
    let newRank = Swift.max(rank, repetitions.count)
    // Seen with one more axis per repetition, the result is a broadcast copy.
    guard newRank * 2 <= Shape.maximumRank || newRank <= 4 else {
      throw .rankLimit(operation: "tile", rank: newRank * 2)
    }
    var source = layout
    while source.rank < newRank { source = source.expanded(at: 0) }
    let counts = Array(repeating: 1, count: newRank - repetitions.count) + repetitions
    var shape = Shape()
    var wide = Shape()
    for d in 0..<newRank {
      shape.append(try Shape([source.shape[d], counts[d]]).checkedCount())
      wide.append(counts[d])
      wide.append(source.shape[d])
    }
    for d in 0..<newRank { source = source.expanded(at: 2 * d) }
    var result = try NDArray(uninitialised: shape, dtype, on: device)
    guard result.count > 0 else { return result }
    try result.fill(Layout(contiguous: wide), view(source.broadcast(to: wide)!))
    return result
  }

  /// Each element `count` times along an axis.
  public func repeated(_ count: Int, axis: Int) throws(MartletError) -> NDArray {
    let axis = try normalised(axis, "repeat")
    guard count >= 0 else {
      throw .invalidArgument(
        operation: "repeat", detail: "repeats may not contain negative values.")
    }
    guard rank < Shape.maximumRank else { throw .rankLimit(operation: "repeat", rank: rank + 1) }
    var target = shape
    target[axis] = try Shape([shape[axis], count]).checkedCount()
    var wide = shape
    wide.insert(count, at: axis + 1)
    var result = try NDArray(uninitialised: target, dtype, on: device)
    guard result.count > 0 else { return result }
    try result.fill(
      Layout(contiguous: wide), view(layout.expanded(at: axis + 1).broadcast(to: wide)!))
    return result
  }

  /// The elements at positions along an axis.
  ///
  /// - Throws: `.indexOutOfBounds`, `.invalidType` unless the positions are integers.
  public func taking(_ positions: NDArray, axis: Int) throws(MartletError) -> NDArray {
    let axis = try normalised(axis, "take")
    var indices = Array(repeating: AxisIndex.slice(nil, nil), count: axis)
    indices.append(AxisIndex(.array(positions)))
    return try indexed(indices)
  }

  package init(positions: [Int]) throws(MartletError) {
    self = try NDArray(uninitialised: [positions.count], .int64)
    storage.pointer!.withMemoryRebound(to: Int64.self, capacity: Swift.max(positions.count, 1)) {
      for (i, position) in positions.enumerated() { $0[i] = Int64(position) }
    }
  }
}

// MARK: - Choosing

extension NDArray {
  /// Where `condition` is true an element of `a`, else of `b`.
  package static func selected(
    by condition: NDArray, _ a: Operand, _ b: Operand
  ) throws(MartletError) -> NDArray {
    let mask = condition.dtype == .bool ? condition : try condition.asBool()
    let dtype = try commonType("where", [a, b])
    let loop = Int(dtype.rawValue)
    return try Elementwise.apply(.select, loop: loop, [.array(mask), a, b])[0]
  }

  /// Whether each element is not zero; deferred like any elementwise work.
  package func asBool() throws(MartletError) -> NDArray {
    guard let row = OperationTable.elementwise(named: "not_equal") else {
      throw .internalError(operation: "bool", detail: "the row not_equal is missing")
    }
    return try Elementwise.apply(row, [.array(self), .weak(.integer, Scalar(Int64(0), .int64))])[0]
  }

  /// The type that operands promote to (NEP 50).
  package static func commonType(
    _ name: String, _ operands: [Operand]
  ) throws(MartletError) -> DType {
    var strong: DType?
    for operand in operands {
      switch operand {
      case .array(let array):
        strong = strong.map { Promotion.promote($0, array.dtype) } ?? array.dtype
      case .scalar(let number):
        strong = strong.map { Promotion.promote($0, number.dtype) } ?? number.dtype
      case .weak: break
      }
    }
    var result = strong
    for case .weak(let kind, _) in operands {
      let own = strong.map { Promotion.resolve(kind, beside: $0) } ?? Promotion.natural(kind)
      result = result.map { Promotion.promote($0, own) } ?? own
    }
    guard let result else {
      throw .internalError(operation: name, detail: "no operands")
    }
    return result
  }
}
