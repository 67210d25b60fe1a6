import MartletIR

/// The loops over an array along some of whose axes elements are combined: what `LoopNest` is for
/// work that is deferred, in fixed storage and with the same order, so that a result has the same
/// bits on either way.
struct DirectNest {
  /// The array, the result, and what else is read beside the array.
  static let buffers = 3

  /// Dimensions that matter, outermost first.
  var rank: Int
  var sizes: InlineArray<9, Int>
  /// A bit for each dimension along which elements are combined.
  var reduced: UInt16
  /// Of buffer `k` along dimension `i` at `i * buffers + k`, in elements.
  var strides: InlineArray<27, Int>
  /// What to add to each buffer's address, in elements.
  var offsets: InlineArray<3, Int>

  @inline(__always)
  func stride(_ i: Int, _ buffer: Int) -> Int { strides[unchecked: i &* Self.buffers &+ buffer] }

  @inline(__always)
  mutating func begin() {
    rank = 0
    reduced = 0
    offsets = [0, 0, 0]
  }

  /// Adds the next dimension; those of one element don't matter.
  @inline(__always)
  mutating func append(_ size: Int, isReduced: Bool, _ array: Int, _ result: Int, _ mask: Int) {
    if size == 1 { return }
    sizes[unchecked: rank] = size
    strides[unchecked: rank &* Self.buffers] = array
    strides[unchecked: rank &* Self.buffers &+ 1] = result
    strides[unchecked: rank &* Self.buffers &+ 2] = mask
    if isReduced { reduced |= 1 << UInt16(truncatingIfNeeded: rank) }
    rank &+= 1
  }

  /// Brings the dimensions into the order of a buffer's memory, and makes one of two where no buffer
  /// can tell.
  @inline(__always)
  mutating func settle(leading: Int) {
    if rank == 0 { return }
    flipNegative(leading)
    if rank == 1 { return }
    sort(leading)
    merge()
  }

  /// Where every reduced dimension has one element, adds a reduced dimension of one.
  @inline(__always)
  mutating func reduceSomething() {
    if reduced != 0 { return }
    sizes[unchecked: rank] = 1
    for k in 0..<Self.buffers { strides[unchecked: rank &* Self.buffers &+ k] = 0 }
    reduced = 1 << UInt16(truncatingIfNeeded: rank)
    rank &+= 1
  }

  /// Reduced dimensions keep their direction: where an extreme is found depends on it.
  @inline(__always)
  private mutating func flipNegative(_ leading: Int) {
    for i in 0..<rank where stride(i, leading) < 0 && !isReduced(i) {
      for k in 0..<Self.buffers {
        offsets[unchecked: k] &+= (sizes[unchecked: i] &- 1) &* stride(i, k)
        strides[unchecked: i &* Self.buffers &+ k] = 0 &- stride(i, k)
      }
    }
  }

  @inline(__always)
  private func isReduced(_ i: Int) -> Bool { reduced >> UInt16(truncatingIfNeeded: i) & 1 == 1 }

  private func weight(_ i: Int, _ leading: Int) -> UInt {
    let own = stride(i, leading).magnitude
    if own != 0 { return own }
    return max(stride(i, 0).magnitude, stride(i, 1).magnitude, stride(i, 2).magnitude)
  }

  /// Largest stride first; a stable insertion sort.
  @inline(__always)
  private mutating func sort(_ leading: Int) {
    for i in 1..<rank {
      var j = i
      while j > 0, weight(j &- 1, leading) < weight(j, leading) {
        swap(j &- 1, j)
        j &-= 1
      }
    }
  }

  private mutating func swap(_ a: Int, _ b: Int) {
    sizes.swapAt(a, b)
    for k in 0..<Self.buffers { strides.swapAt(a &* Self.buffers &+ k, b &* Self.buffers &+ k) }
    let differ: UInt16 = isReduced(a) != isReduced(b) ? 1 : 0
    reduced ^= differ << UInt16(a) | differ << UInt16(b)
  }

  @inline(__always)
  private mutating func merge() {
    var last = 0
    var bits = reduced & 1
    for next in 1..<rank {
      let size = sizes[unchecked: next]
      var fits = (bits >> UInt16(truncatingIfNeeded: last) & 1 == 1) == isReduced(next)
      for k in 0..<Self.buffers where stride(last, k) != stride(next, k) &* size { fits = false }
      if fits {
        sizes[unchecked: last] &*= size
      } else {
        last &+= 1
        sizes[unchecked: last] = size
        if isReduced(next) { bits |= 1 << UInt16(truncatingIfNeeded: last) }
      }
      for k in 0..<Self.buffers {
        strides[unchecked: last &* Self.buffers &+ k] = stride(next, k)
      }
    }
    rank = last &+ 1
    reduced = bits
  }
}
