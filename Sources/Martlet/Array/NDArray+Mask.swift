import MartletIR
import MartletRuntime

extension NDArray {
  /// The elements where `mask`, of the same shape, is true, in C order. Of large arrays only the
  /// number is found out now; work on them may never need them side by side.
  package func compressed(_ mask: NDArray) throws(MartletError) -> NDArray {
    if Trace.isUsed, storage.tapeNode != nil || mask.storage.tapeNode != nil {
      return try compressedTraced(mask)
    }
    let plan = try MaskPlan.of(mask)
    guard plan.total >= Graph.lazyCount, storage.device == mask.storage.device, !storage.isPinned,
      !mask.storage.isPinned,
      !GlobalState.isEager
    else { return try plan.compress(self) }
    _ = try storage.evaluatedHere()
    try Room.ensure()
    return try Graph.lock.locked { () throws(MartletError) in
      let node = Node(
        .cast, loop: ElementwiseOperation.castLoop(from: dtype, to: dtype), shape: [plan.total],
        input: .compressed(storage, layout, dtype, plan), on: storage.device)
      storage.register(reader: node)
      plan.mask.storage.register(reader: node)
      return NDArray(
        storage: Storage(pending: node), layout: Layout(contiguous: [plan.total]), dtype: dtype)
    }
  }

  /// Positions, counted in C order, where this array of truth values is true.
  package func truePositions() throws(MartletError) -> NDArray { try MaskPlan.of(self).positions() }

  /// Writes to the elements of `region`, of the mask's shape, where the mask is true: one value for
  /// all, or as many as there are places, in C order.
  package mutating func assign(
    mask: NDArray, within region: Layout, _ value: Operand
  ) throws(MartletError) {
    if Trace.isUsed, storage.tapeNode != nil || value.isOnTape || mask.storage.tapeNode != nil {
      try assignTraced(mask: mask, within: region, value)
      return
    }
    if case .array(let array) = value, array.count != 1 || array.rank > 1 {
      try assign(MaskPlan.of(mask), within: region, array)
      return
    }
    let old = view(region)
    let loop = ElementwiseOperation.select.loops.firstIndex { $0.inputs[1] == self.dtype }!
    var number = value
    if case .array(let array) = value { number = .scalar(try array.item()) }
    if case .scalar(let scalar) = number { number = .scalar(scalar.converted(to: dtype)) }
    let target = try writablePointer()
    // Element by element in place: each is read before it is written.
    let settledMask = try mask.storage === storage || mask.storage.isPinned ? mask.copy() : mask
    let (dtype, device) = (self.dtype, storage.device)
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: region.shape, on: device)
      let condition = try builder.array(settledMask)
      let new = try builder.operand(number, as: dtype)
      let current = builder.leaf(target, old.layout, dtype)
      let operand = builder.step(.select, loop: loop, [condition, new, current])
      builder.output(operand, to: target, region, dtype)
      try Evaluation.run(builder)
    }
    withExtendedLifetime(settledMask) {}
  }

  private mutating func assign(
    _ plan: MaskPlan, within region: Layout, _ values: NDArray
  ) throws(MartletError) {
    guard values.rank == 1, values.count == plan.total || values.count == 1 else {
      throw .shapeMismatch(
        operation: "mask assignment",
        detail: values.rank == 1
          ? "NumPy boolean array indexing assignment cannot assign \(values.count) input values "
            + "to the \(plan.total) output values where the mask is true"
          : "NumPy boolean array indexing assignment requires a 0 or 1-dimensional input, input "
            + "has \(values.rank) dimensions")
    }
    if plan.total == 0 { return }
    if try assignUncompressed(plan, within: region, values) { return }
    var values = values
    _ = try values.storage.evaluatedHere()
    if values.storage === storage || values.storage.isPinned { values = try values.copy() }
    if region.isContiguous, plan.mask.storage !== storage {
      let target = try writablePointer() + region.offset * dtype.itemSize
      try plan.expand(values, dtype, into: target, on: storage.device)
      return
    }
    // Elements elsewhere keep their values: they are read and written back.
    let whole = try view(region).converted(to: dtype, layout: Layout(contiguous: region.shape))
    try plan.expand(values, dtype, into: try whole.storage.writableHere(), on: whole.device)
    try assign(region, .array(whole))
  }

  /// `a[m] = f(a[m], b[m])` in one pass over whole arrays: what is computed elsewhere is dropped,
  /// and nothing is packed. False where the values are something else.
  private mutating func assignUncompressed(
    _ plan: MaskPlan, within region: Layout, _ values: NDArray
  ) throws(MartletError) -> Bool {
    guard let node = values.storage.node, values.isPending, let mask = node.mask,
      mask.isSame(as: plan), values.layout == Layout(contiguous: [plan.total]), isWhole,
      region == layout, !storage.isPinned, !storage.isReadOnly, storage.device == node.device
    else { return false }
    let old = try storage.evaluatedHere()
    let (dtype, device) = (self.dtype, storage.device)
    let buffer = try Buffer(byteCount: count * dtype.itemSize, on: device)
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: region.shape, on: device)
      let condition = try builder.array(plan.mask)
      let value = try builder.uncompressed(node)
      let current = builder.leaf(old, region, dtype)
      builder.limitEvents(to: condition)
      let operand = builder.step(.select, loop: Int(dtype.rawValue), [condition, value, current])
      builder.output(operand, to: buffer.pointer, region, dtype)
      try Evaluation.run(builder)
    }
    storage = Storage(buffer, on: device)
    return true
  }

  /// Where the elements are not zero: one array of positions for each axis, in C order.
  public func nonzero() throws(MartletError) -> [NDArray] {
    if rank == 0 {
      throw .invalidArgument(
        operation: "nonzero",
        detail: "Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() "
          + "instead.")
    }
    let truth = try dtype == .bool ? self : asType(.bool)
    let flat = try truth.truePositions()
    if rank == 1 { return [flat] }
    var result: [NDArray] = []
    var divisor = 1
    for axis in (0..<rank).reversed() {
      let size = Swift.max(shape[axis], 1)
      result.append(try flat.axisPosition(divisor: divisor, size: size))
      divisor *= size
    }
    return result.reversed()
  }

  /// `(self / divisor) % size` of non-negative positions.
  private func axisPosition(divisor: Int, size: Int) throws(MartletError) -> NDArray {
    let loop = 0
    return try Elementwise.apply(
      .unravel, loop: loop,
      [.array(self), .scalar(Scalar(Int64(divisor), .int64)), .scalar(Scalar(Int64(size), .int64))])[
        0]
  }
}
