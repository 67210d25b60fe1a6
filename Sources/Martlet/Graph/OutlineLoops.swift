import MartletIR

/// How an outline is launched: its loops, what the kernel must know of them, and the numbers that
/// it is called with.
///
/// The innermost dimension is the vector loop, the one around it is walked in rows, and one task is
/// a tile of both; more dimensions are decoded from the task's number. Tiles keep transposed
/// operands in cache and are the unit of work for threads.
extension Outline {
  /// How many elements a task has at most, about: 4096 doubles are 32 KiB. On another device a task is
  /// a block of threads.
  private static let tileElements = 4096
  private static let blockElements = 16384
  /// The fewest that a task of costly steps is cut to, and the cost (elements times the cost of
  /// each) from which on it is.
  private static let smallestTile = 1024
  private static let tileCost = 32768
  /// How wide a tile is where an operand runs against the grain.
  private static let transposedTile = 64
  /// A program that touches more than this leaves little of it in the last cache, so outputs need
  /// not go there: that saves reading their memory before it is overwritten.
  private static let cachedBytes = 24 << 20

  /// Of an output that bypasses the caches, in the key.
  private static let streamBit: UInt32 = 1 << 31

  /// Work that takes longer than this, in hundredths of nanoseconds, is shared among threads: where
  /// waking another gains.
  private static let sharedWork = 1_500_000

  /// Whether threads share the work. Of what is ordered none may.
  var isShared: Bool {
    if isOrdered { return false }
    // Bytes of the second cache and additions in vectors, as measured.
    var bytes = 0
    for b in 0..<placeCount { bytes &+= place(b).pointee.dtype.itemSize }
    return domain.elementCount &* (8 &* cost &+ 3 &* bytes / 2) >= Self.sharedWork
  }

  var placeCount: Int { leaves.count &+ outputs.count }

  @inline(__always)
  func place(_ b: Int) -> UnsafeMutablePointer<Place> {
    b < leaves.count ? leaves.base + b : outputs.base + (b &- leaves.count)
  }

  // Slots 0 ..< loopCount: sizes; then columns and rows of a tile, then how many tiles across and
  // down.
  var columnsSlot: Int { loopCount }
  var rowsSlot: Int { loopCount + 1 }
  var acrossSlot: Int { loopCount + 2 }
  var downSlot: Int { loopCount + 3 }

  /// Finds the loops, the slots and the key. Everything was collected.
  mutating func settle(on device: Device) {
    settleLoops()
    planTiles(device.isHost ? hostTile : Self.blockElements)
    planStrides()
    streams = 0
    if device.isHost, !isOrdered { planStreams() }
    writeKey()
    pointers.removeAll()
    for b in 0..<placeCount {
      let place = place(b)
      guard let pointer = place.pointee.pointer else { continue }
      pointers.append(pointer + starts[b] &* place.pointee.dtype.itemSize)
    }
  }

  // MARK: Loops

  /// Drops dimensions of one element, orders the rest by the first output's memory, and merges
  /// those that no operand can tell apart.
  private mutating func settleLoops() {
    let count = placeCount
    strides.resize(to: count &* 8)
    starts.resize(to: count)
    for b in 0..<count { starts[b] = place(b).pointee.layout.offset }
    loopCount = 0
    for axis in 0..<domain.rank where domain[unchecked: axis] != 1 {
      sizes[unchecked: loopCount] = domain[unchecked: axis]
      for b in 0..<count {
        strides[b &* 8 &+ loopCount] = place(b).pointee.layout.strides[unchecked: axis]
      }
      loopCount &+= 1
    }
    if loopCount == 0 {
      // The only element: any stride will do, and 1 shares the kernel of contiguous arrays.
      loopCount = 1
      sizes[unchecked: 0] = 1
      for b in 0..<count { strides[b &* 8] = 1 }
      return
    }
    if !isOrdered {
      let leading = leaves.count
      flipNegative(leading, count)
      if loopCount > 1 { sort(leading, count) }
    }
    if loopCount > 1 { merge(count) }
  }

  /// Runs the loops so that the leading place is walked upward.
  private mutating func flipNegative(_ leading: Int, _ count: Int) {
    for i in 0..<loopCount where strides[leading &* 8 &+ i] < 0 {
      for b in 0..<count {
        let stride = strides[b &* 8 &+ i]
        starts[b] &+= (sizes[unchecked: i] &- 1) &* stride
        strides[b &* 8 &+ i] = 0 &- stride
      }
    }
  }

  /// How far a loop moves: in the leading place, else at most in any.
  private func weight(_ i: Int, _ leading: Int, _ count: Int) -> Int {
    let own = abs(strides[leading &* 8 &+ i])
    if own != 0 { return own }
    var most = 0
    for b in 0..<count { most = max(most, abs(strides[b &* 8 &+ i])) }
    return most
  }

  /// Largest stride first; a stable insertion sort, as there are at most eight.
  private mutating func sort(_ leading: Int, _ count: Int) {
    for i in 1..<loopCount {
      var j = i
      while j > 0, weight(j &- 1, leading, count) < weight(j, leading, count) {
        sizes.swapAt(j &- 1, j)
        for b in 0..<count {
          let place = b &* 8 &+ j
          let held = strides[place]
          strides[place] = strides[place &- 1]
          strides[place &- 1] = held
        }
        j &-= 1
      }
    }
  }

  private mutating func merge(_ count: Int) {
    var last = 0
    for next in 1..<loopCount {
      let size = sizes[unchecked: next]
      var fits = true
      for b in 0..<count where strides[b &* 8 &+ last] != strides[b &* 8 &+ next] &* size {
        fits = false
        break
      }
      if fits {
        sizes[unchecked: last] &*= size
      } else {
        last &+= 1
        sizes[unchecked: last] = size
      }
      if last != next || fits {
        for b in 0..<count { strides[b &* 8 &+ last] = strides[b &* 8 &+ next] }
      }
    }
    loopCount = last &+ 1
  }

  // MARK: Tiles

  /// Work that takes long is cut finer, so that threads can share it.
  private var hostTile: Int {
    max(Self.smallestTile, min(Self.tileElements, Self.tileCost / max(cost, 1) & ~63))
  }

  private mutating func planTiles(_ most: Int) {
    let inner = sizes[unchecked: loopCount &- 1]
    let rows = loopCount >= 2 ? sizes[unchecked: loopCount &- 2] : 1
    let isAgainstGrain = runsAgainstGrain
    var columns = min(inner, most)
    if isAgainstGrain { columns = min(columns, Self.transposedTile) }
    var height = min(rows, max(1, most / max(columns, 1)))
    if isAgainstGrain { height = min(height, Self.transposedTile) }
    let across = (inner &+ columns &- 1) / max(columns, 1)
    let down = (rows &+ height &- 1) / max(height, 1)
    slots.removeAll()
    for i in 0..<loopCount { slots.append(Int64(sizes[unchecked: i])) }
    slots.append(Int64(columns))
    slots.append(Int64(height))
    slots.append(Int64(across))
    slots.append(Int64(down))
    taskCount = across &* down
    var i = 0
    while i < loopCount &- 2 {
      taskCount &*= sizes[unchecked: i]
      i &+= 1
    }
  }

  /// Whether some place is far from contiguous along the rows but dense down the columns.
  private var runsAgainstGrain: Bool {
    guard loopCount >= 2 else { return false }
    for b in 0..<placeCount {
      let inner = abs(strides[b &* 8 &+ loopCount &- 1])
      let row = abs(strides[b &* 8 &+ loopCount &- 2])
      if inner > 8, row != 0, row < inner { return true }
    }
    return false
  }

  // MARK: Strides

  /// A stride that comes in a slot.
  static let slotClass: UInt8 = 7

  /// The common strides are known when compiling, the others come in slots.
  @inline(__always)
  private static func strideClass(_ stride: Int, isInnermost: Bool) -> UInt8 {
    if stride == 0 { return 0 }
    guard isInnermost else { return slotClass }
    switch stride {
    case 1...4: return UInt8(stride)
    case -1: return 5
    default: return slotClass
    }
  }

  private mutating func planStrides() {
    classes.resize(to: placeCount &* 8)
    for b in 0..<placeCount {
      let isPosition = place(b).pointee.pointer == nil
      for i in 0..<loopCount {
        let stride = strides[b &* 8 &+ i]
        let own =
          isPosition
          ? Self.slotClass : Self.strideClass(stride, isInnermost: i == loopCount &- 1)
        classes[b &* 8 &+ i] = own
        if own == Self.slotClass { slots.append(Int64(stride)) }
      }
      // Of a position its start comes too.
      if isPosition { slots.append(Int64(starts[b])) }
    }
    for i in 0..<scalars.count {
      let scalar = scalars[i]
      slots.append(Int64(bitPattern: scalar.low))
      if scalar.dtype.isComplex { slots.append(Int64(bitPattern: scalar.high)) }
    }
  }

  /// The classes of a place, as the kernel declares them; `next` is the first of its slots.
  func kernelStrides(_ b: Int, next: inout Int) -> [Stride] {
    var result: [Stride] = []
    for i in 0..<loopCount {
      switch classes[b * 8 + i] {
      case Self.slotClass:
        result.append(.slot(next))
        next += 1
      case 5: result.append(.constant(-1))
      case 0: result.append(.broadcast)
      case 1: result.append(.unit)
      case let step: result.append(.constant(Int(step)))
      }
    }
    if place(b).pointee.pointer == nil {
      result.append(.slot(next))
      next += 1
    }
    return result
  }

  // MARK: Streams

  private mutating func planStreams() {
    let elements = domain.elementCount
    // Nothing reads more than its elements, or once for each element of the domain.
    var bound = 0
    for b in 0..<placeCount { bound &+= place(b).pointee.dtype.itemSize }
    if bound &* elements < Self.cachedBytes { return }
    var touched = 0
    for i in 0..<leaves.count where leaves[i].pointer != nil && leaves[i].offset == Outline.none {
      var own = leaves[i].dtype.itemSize
      for j in 0..<loopCount where strides[i &* 8 &+ j] != 0 { own &*= sizes[unchecked: j] }
      touched &+= own
    }
    for i in 0..<outputs.count { touched &+= elements &* outputs[i].dtype.itemSize }
    if touched < Self.cachedBytes { return }
    for i in 0..<min(outputs.count, 64) where streams(output: i) { streams |= 1 << UInt64(i) }
  }

  private func streams(output i: Int) -> Bool {
    let b = leaves.count + i
    let output = outputs[i]
    let itemSize = output.dtype.itemSize
    guard output.offset == Outline.none, strides[b * 8 + loopCount - 1] == 1,
      let pointer = output.pointer
    else { return false }
    for j in 0..<leaves.count where leaves[j].pointer == pointer { return false }
    // Every row of every tile begins at a whole line of the cache.
    guard Int(bitPattern: pointer + starts[b] * itemSize) % 64 == 0,
      Int(slots[columnsSlot]) * itemSize % 64 == 0
    else { return false }
    for j in 0..<(loopCount - 1) where strides[b * 8 + j] * itemSize % 64 != 0 { return false }
    return true
  }

  func streams(_ output: Int) -> Bool { output < 64 && streams >> UInt64(output) & 1 == 1 }

  // MARK: The key

  /// Everything that the kernel's text depends on, and no sizes.
  private mutating func writeKey() {
    key.removeAll()
    key.append(1)
    key.append(UInt32(loopCount) << 1 | (isOrdered ? 1 : 0))
    key.append(UInt32(leaves.count) << 16 | UInt32(outputs.count))
    for b in 0..<placeCount {
      let place = place(b)
      // Three bits for each dimension: eight dimensions and the dtype fit one word.
      var word = UInt32(place.pointee.dtype.rawValue)
      if place.pointee.pointer == nil {
        word |= 1 << 29
      } else {
        for i in 0..<loopCount {
          word |= UInt32(classes[b &* 8 &+ i]) << (4 &+ 3 &* UInt32(truncatingIfNeeded: i))
        }
      }
      if place.pointee.offset != Outline.none {
        key.append(word | 1 << 28)
        key.append(place.pointee.offset)
      } else {
        key.append(word)
      }
      if b >= leaves.count {
        key.append(
          place.pointee.operand | (streams(b &- leaves.count) ? Self.streamBit : 0))
      }
    }
    key.append(UInt32(scalars.count))
    for i in 0..<scalars.count { key.append(UInt32(scalars[i].dtype.rawValue)) }
    key.append(UInt32(steps.count))
    for i in 0..<steps.count {
      let step = steps.base + i
      let index = step.pointee.operation._withUnsafeGuaranteedRef { $0.index }
      key.append(UInt32(truncatingIfNeeded: index << 8 | step.pointee.loop))
      for j in 0..<step.pointee.count { key.append(words[step.pointee.first &+ j]) }
    }
  }
}
