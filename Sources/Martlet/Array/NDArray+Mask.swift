import MartletIR
import MartletRuntime

/// Selecting by truth values. The mask is counted block by block, the counts added up, and then
/// each block knows where its elements go, so blocks can run on any thread.
private enum Mask {
  static let blockLength = 8192

  /// Where each block's elements start, the last one's end, and how many there are in all.
  static func starts(_ mask: NDArray) throws(MartletError) -> (starts: [Int64], total: Int) {
    let pointer = try mask.pointer()
    let count = mask.count
    let blocks = (count + blockLength - 1) / blockLength
    let counts = try Buffer(byteCount: max(blocks * 8, 8))
    var key = KernelKey()
    key.append(0x1000)
    _ = try KernelLibrary.launch(
      key, buffers: [pointer, counts.pointer], slots: [Int64(count), Int64(blockLength)],
      tasks: blocks, elements: count
    ) {
      let b = KernelBuilder(name: "martlet_count")
      let mask = b.buffer(.bool, strides: [.unit])
      let counts = b.buffer(.int64, strides: [.unit], access: .write)
      let (size, block) = (b.slotValue(b.slot()), b.slotValue(b.slot()))
      b.tasks { task in
        let (low, high) = range(task, block, size)
        let sum = b.declare(lanes: 64, initial: b.integer(0))
        b.loop(.vector, from: low, to: high) { i in
          b.assign(sum, b.read(sum) + b.load(mask, [i]).cast(to: .int64))
        }
        b.store(counts, [task], b.fold([sum], lanes: 64) { [$0[0] + $1[0]] }[0])
      }
      return b.finish()
    }
    let list = UnsafeBufferPointer(
      start: counts.pointer.assumingMemoryBound(to: Int64.self), count: blocks)
    var starts: [Int64] = []
    var total: Int64 = 0
    for n in list {
      starts.append(total)
      total += n
    }
    starts.append(total)
    return (starts, Int(total))
  }

  static func range(
    _ task: Expression, _ block: Expression, _ size: Expression
  ) -> (Expression, Expression) {
    let low = task * block
    let high = low + block
    return (low, (high < size).select(high, size))
  }
}

extension NDArray {
  /// The elements where `mask`, of the same shape, is true, in C order.
  package func compressed(_ mask: NDArray) throws(MartletError) -> NDArray {
    let mask = try mask.contiguous()
    let source = try contiguous()
    let (starts, total) = try Mask.starts(mask)
    let buffer = try Buffer(byteCount: (total + starts.count) * dtype.itemSize)
    try Self.moveMasked(
      mask, starts, dtype, packed: buffer.pointer, spread: try source.pointer(), unpacking: false)
    withExtendedLifetime((source, mask)) {}
    return NDArray(storage: Storage(buffer), layout: Layout(contiguous: [total]), dtype: dtype)
  }

  /// Positions, counted in C order, where this array of truth values is true.
  package func truePositions() throws(MartletError) -> NDArray {
    let mask = try contiguous()
    let (starts, total) = try Mask.starts(mask)
    let buffer = try Buffer(byteCount: (total + starts.count) * 8)
    try Self.moveMasked(mask, starts, nil, packed: buffer.pointer, spread: nil, unpacking: false)
    withExtendedLifetime(mask) {}
    return NDArray(storage: Storage(buffer), layout: Layout(contiguous: [total]), dtype: .int64)
  }

  /// Moves elements between the places where a mask is true and consecutive ones. Without a
  /// dtype it writes positions.
  private static func moveMasked(
    _ mask: NDArray, _ starts: [Int64], _ dtype: DType?, packed: UnsafeMutableRawPointer,
    spread: UnsafeMutableRawPointer?, unpacking: Bool
  ) throws(MartletError) {
    let count = mask.count
    if count == 0 { return }
    let startBuffer = try Buffer(byteCount: starts.count * 8)
    startBuffer.pointer.withMemoryRebound(to: Int64.self, capacity: starts.count) {
      for (i, value) in starts.enumerated() { $0[i] = value }
    }
    var key = KernelKey()
    key.append(0x1001 | (unpacking ? 0x10 : 0))
    key.append(Int(dtype?.rawValue ?? 99))
    _ = try KernelLibrary.launch(
      key, buffers: [try mask.pointer(), startBuffer.pointer, packed, spread ?? packed],
      slots: [Int64(count), Int64(Mask.blockLength), starts[starts.count - 1]],
      tasks: starts.count - 1, elements: count
    ) {
      let b = KernelBuilder(name: unpacking ? "martlet_expand" : "martlet_compress")
      let element = dtype ?? .int64
      let mask = b.buffer(.bool, strides: [.unit])
      let starts = b.buffer(.int64, strides: [.unit])
      let packed = b.buffer(element, strides: [.unit], access: unpacking ? .read : .write)
      let spread = b.buffer(element, strides: [.unit], access: unpacking ? .write : .read)
      let (size, block) = (b.slotValue(b.slot()), b.slotValue(b.slot()))
      let total = b.slotValue(b.slot())
      b.tasks { task in
        let (low, high) = Mask.range(task, block, size)
        // Without branches: an element that does not count is written to where the next one goes,
        // and past the block's own places to a place of the block's behind all others.
        let end = b.load(starts, [task + b.integer(1)])
        let waste = total + task
        let place = b.declare(initial: b.load(starts, [task]))
        b.loop(.serial, from: low, to: high) { i in
          let counts = b.load(mask, [i])
          let at = b.read(place)
          let target = (at < end).select(at, waste)
          if unpacking {
            b.store(spread, [i], counts.select(b.load(packed, [target]), b.load(spread, [i])))
          } else {
            b.store(packed, [target], dtype == nil ? i : b.load(spread, [i]))
          }
          b.assign(place, at + counts.cast(to: .int64))
        }
      }
      return b.finish()
    }
    withExtendedLifetime((startBuffer, mask)) {}
  }

  /// Writes to the elements of `region`, of the mask's shape, where the mask is true: one value for
  /// all, or as many as there are places, in C order.
  package mutating func assign(
    mask: NDArray, within region: Layout, _ value: Operand
  ) throws(MartletError) {
    if case .array(let array) = value, array.count != 1 || array.rank > 1 {
      let places = try mask.reduced(.countNonzero).item().asInt64
      guard array.rank == 1, array.count == Int(places) || array.count == 1 else {
        throw .shapeMismatch(
          operation: "mask assignment",
          detail: array.rank == 1
            ? "NumPy boolean array indexing assignment cannot assign \(array.count) input values "
              + "to the \(places) output values where the mask is true"
            : "NumPy boolean array indexing assignment requires a 0 or 1-dimensional input, input "
              + "has \(array.rank) dimensions")
      }
      if places == 0 { return }
      let mask = try mask.contiguous()
      let (starts, total) = try Mask.starts(mask)
      // Blocks read one place of their own behind the values, where no value is theirs.
      let packed = NDArray(
        storage: Storage(try Buffer(byteCount: (total + starts.count) * dtype.itemSize)),
        layout: Layout(contiguous: [total]), dtype: dtype)
      var filled = packed
      try filled.assign(packed.layout, value)
      // Elements elsewhere keep their values: they are read and written back.
      let whole = try view(region).converted(to: dtype, layout: Layout(contiguous: region.shape))
      try Self.moveMasked(
        mask, starts, dtype, packed: try filled.pointer(), spread: try whole.pointer(),
        unpacking: true)
      withExtendedLifetime(filled) {}
      try assign(region, .array(whole))
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
    let dtype = self.dtype
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: region.shape)
      let condition = try builder.array(settledMask)
      let new = try builder.operand(number, as: dtype)
      let current = builder.leaf(target, old.layout, dtype)
      let operand = builder.step(.select, loop: loop, [condition, new, current])
      builder.output(operand, to: target, region, dtype)
      try Evaluation.run(builder)
    }
    withExtendedLifetime(settledMask) {}
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
      let size = max(shape[axis], 1)
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
      [.array(self), .scalar(Scalar(Int64(divisor), .int64)), .scalar(Scalar(Int64(size), .int64))])[0]
  }
}
