import MartletIR
import MartletRuntime

/// Selecting by truth values. The mask is counted block by block, the counts added up, and then
/// each block knows where its elements go, so blocks can run on any thread.
final class MaskPlan: Sendable {
  static let blockLength = 8192

  /// The mask, contiguous and in memory.
  let mask: NDArray
  /// Where each block's elements start, and the last one's end.
  let starts: [Int64]
  /// How many elements it selects.
  let total: Int

  /// The plan of a mask, shared with other work on the same one.
  static func of(_ mask: NDArray) throws(MartletError) -> MaskPlan {
    if let known = Graph.lock.locked({ mask.storage.maskPlan }),
      known.mask.layout == mask.layout, !mask.storage.isPinned
    {
      return known
    }
    let plan = try MaskPlan(mask)
    if plan.mask.storage === mask.storage {
      Graph.lock.locked { mask.storage.maskPlan = plan }
    }
    return plan
  }

  private init(_ mask: NDArray) throws(MartletError) {
    let mask = try mask.contiguous()
    self.mask = mask
    let device = mask.device
    let pointer = try mask.storage.evaluatedHere() + mask.layout.offset
    let count = mask.count
    let blockLength = Self.blockLength
    let blocks = (count + blockLength - 1) / blockLength
    if device.isHost {
      var starts = [Int64](repeating: 0, count: blocks + 1)
      starts.withUnsafeMutableBufferPointer { places in
        guard let first = places.baseAddress else { return }
        MaskMoves.count(
          pointer.assumingMemoryBound(to: UInt8.self), count, blocks: blockLength, into: first)
        // From how many there are in each block to where it starts.
        var total: Int64 = 0
        for block in 0...blocks {
          let own = first[block]
          first[block] = total
          total += own
        }
      }
      self.starts = starts
      total = Int(starts[blocks])
      return
    }
    let counts = try Buffer(byteCount: max(blocks * 8, 8), on: device)
    var key = KernelKey()
    key.append(0x1000)
    _ = try KernelLibrary.launch(
      key, on: device, buffers: [pointer, counts.pointer],
      slots: [Int64(count), Int64(blockLength)],
      tasks: blocks, elements: count
    ) {
      let b = KernelBuilder(name: "martlet_count")
      let mask = b.buffer(.bool, strides: [.unit])
      let counts = b.buffer(.int64, strides: [.unit], access: .write)
      let (size, block) = (b.slotValue(b.slot()), b.slotValue(b.slot()))
      b.tasks { task in
        let (low, high) = Self.range(task, block, size)
        let sum = b.declare(lanes: 64, initial: b.integer(0))
        b.loop(.vector, from: low, to: high) { i in
          b.assign(sum, b.read(sum) + b.load(mask, [i]).cast(to: .int64))
        }
        b.store(counts, [task], b.fold([sum], lanes: 64) { [$0[0] + $1[0]] }[0])
      }
      return b.finish()
    }
    var list = [Int64](repeating: 0, count: blocks)
    if blocks > 0 {
      try list.withUnsafeMutableBufferPointer { (places) throws(MartletError) in
        try Device.copy(
          counts.pointer, on: device, to: places.baseAddress!, on: .host, byteCount: blocks * 8)
      }
    }
    var starts: [Int64] = []
    var total: Int64 = 0
    for n in list {
      starts.append(total)
      total += n
    }
    starts.append(total)
    self.starts = starts
    self.total = Int(total)
  }

  /// Whether both select the same elements because they are the same memory.
  func isSame(as other: MaskPlan) -> Bool {
    mask.storage === other.mask.storage && mask.layout == other.mask.layout
  }

  /// The selected elements of an array of the mask's shape, in C order.
  func compress(_ array: NDArray) throws(MartletError) -> NDArray {
    let source = try array.contiguous()
    let device = try Placement.device(of: [array, mask], for: "mask")
    let itemSize = array.dtype.itemSize
    var owners: [AnyObject] = []
    let packed = try Storage(byteCount: (total + starts.count) * itemSize, on: device)
    try move(
      array.dtype, packed: try packed.evaluatedHere(),
      spread: try source.storage.evaluated(on: device, keeping: &owners)
        + source.layout.offset * itemSize, unpacking: false, on: device)
    withExtendedLifetime((source, owners)) {}
    return NDArray(storage: packed, layout: Layout(contiguous: [total]), dtype: array.dtype)
  }

  /// Positions, counted in C order, that it selects.
  func positions() throws(MartletError) -> NDArray {
    let device = mask.device
    let packed = try Storage(byteCount: (total + starts.count) * 8, on: device)
    try move(nil, packed: try packed.evaluatedHere(), spread: nil, unpacking: false, on: device)
    return NDArray(storage: packed, layout: Layout(contiguous: [total]), dtype: .int64)
  }

  /// Writes consecutive values to the selected places of contiguous memory.
  func expand(
    _ values: NDArray, _ dtype: DType, into target: UnsafeMutableRawPointer, on device: Device
  ) throws(MartletError) {
    // Blocks read one place of their own behind the values, where no value is theirs.
    var packed = NDArray(
      storage: try Storage(byteCount: (total + starts.count) * dtype.itemSize, on: device),
      layout: Layout(contiguous: [total]), dtype: dtype)
    try packed.assign(packed.layout, .array(values))
    try move(
      dtype, packed: try packed.storage.writableHere(), spread: target, unpacking: true, on: device)
    withExtendedLifetime(packed) {}
  }

  static func range(
    _ task: Expression, _ block: Expression, _ size: Expression
  ) -> (Expression, Expression) {
    let low = task * block
    let high = low + block
    return (low, (high < size).select(high, size))
  }

  /// Moves elements between the places where a mask is true and consecutive ones. Without a
  /// dtype it writes positions.
  private func move(
    _ dtype: DType?, packed: UnsafeMutableRawPointer, spread: UnsafeMutableRawPointer?,
    unpacking: Bool, on device: Device
  ) throws(MartletError) {
    let count = mask.count
    if count == 0 { return }
    if device.isHost {
      let mask = try mask.storage.evaluated() + mask.layout.offset
      starts.withUnsafeBufferPointer { starts in
        guard let first = starts.baseAddress else { return }
        let plan = MaskMoves.Plan(
          mask: UnsafePointer(mask.assumingMemoryBound(to: UInt8.self)), count: count,
          blockLength: Self.blockLength, starts: first)
        if let dtype, let spread {
          MaskMoves.move(
            plan, packed: packed, spread: spread, itemSize: dtype.itemSize, unpacking: unpacking)
        } else {
          MaskMoves.positions(plan, to: packed.assumingMemoryBound(to: Int64.self))
        }
      }
      return
    }
    let startBuffer = try Buffer(byteCount: starts.count * 8)
    startBuffer.pointer.withMemoryRebound(to: Int64.self, capacity: starts.count) {
      for (i, value) in starts.enumerated() { $0[i] = value }
    }
    let startStorage = Storage(startBuffer)
    var owners: [AnyObject] = [startStorage]
    let startAddress = try startStorage.evaluated(on: device, keeping: &owners)
    let maskAddress = try mask.storage.evaluated(on: device, keeping: &owners) + mask.layout.offset
    var key = KernelKey()
    key.append(0x1001 | (unpacking ? 0x10 : 0))
    key.append(Int(dtype?.rawValue ?? 99))
    _ = try KernelLibrary.launch(
      key, on: device, buffers: [maskAddress, startAddress, packed, spread ?? packed],
      slots: [Int64(count), Int64(Self.blockLength), starts[starts.count - 1]],
      tasks: starts.count - 1, elements: count
    ) {
      let b = KernelBuilder(name: unpacking ? "martlet_expand" : "martlet_compress")
      let element = dtype ?? .int64
      let mask = b.buffer(.bool, strides: [.unit])
      let starts = b.buffer(.int64, strides: [.unit])
      let packed = b.buffer(element, strides: [.unit], access: unpacking ? .read : .write)
      let spread = b.buffer(element, strides: [.unit], access: unpacking ? .readWrite : .read)
      let (size, block) = (b.slotValue(b.slot()), b.slotValue(b.slot()))
      let total = b.slotValue(b.slot())
      b.tasks { task in
        let (low, high) = Self.range(task, block, size)
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
    withExtendedLifetime(owners) {}
  }
}
