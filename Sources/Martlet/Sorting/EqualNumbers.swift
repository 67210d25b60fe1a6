import MartletIR

/// The zeros and the NaNs of sorted lanes, put into the order that they had before. Sorting orders
/// bits, which tell 0.0 from -0.0 and one NaN from another; to a stable sort they are equal.
struct EqualNumbers {
  let source: NDArray
  let result: NDArray
  let axis: Int

  /// `Bits` are as wide as an element.
  func restore<Bits: SortBits>(_: Bits.Type) throws(MartletError) {
    let map = SortKeyMap<Bits>(source.dtype, mergingZeros: true)
    let size = source.shape[axis]
    let (from, to) = (source.layout, result.layout)
    let first = UnsafeRawPointer(try source.storage.evaluated()).assumingMemoryBound(to: Bits.self)
    let target = try result.storage.evaluated().assumingMemoryBound(to: Bits.self)
    let zero = map.key(0)
    var place = Shape(repeating: 0, count: from.rank)
    for _ in 0..<(source.count / size) {
      var (read, write) = (from.offset, to.offset)
      for d in 0..<from.rank {
        read += place[d] * from.strides[d]
        write += place[d] * to.strides[d]
      }
      let (step, stride) = (from.strides[axis], to.strides[axis])

      /// How many elements of the sorted lane come before the first that `isLater`.
      func count(before isLater: (Bits) -> Bool) -> Int {
        var (low, high) = (0, size)
        while low < high {
          let middle = (low + high) / 2
          if isLater(target[write + middle * stride]) { high = middle } else { low = middle + 1 }
        }
        return low
      }
      /// Puts the elements that are so back into the sorted lane, from a position on.
      func putBack(at start: Int, _ isSo: (Bits) -> Bool) {
        var next = write + start * stride
        for i in 0..<size where isSo(first[read + i * step]) {
          target[next] = first[read + i * step]
          next += stride
        }
      }
      let zeros = count { map.key($0) >= zero }
      let end = count { map.key($0) > zero }
      // Sorted, the first is -0.0 and the last 0.0 where both are there.
      if end > zeros + 1,
        target[write + zeros * stride] != target[write + (end - 1) * stride]
      {
        putBack(at: zeros) { map.key($0) == zero }
      }
      if map.isNaN(target[write + (size - 1) * stride]) {
        putBack(at: count { map.isNaN($0) }) { map.isNaN($0) }
      }

      var d = from.rank - 1
      while d >= 0 {
        if d != axis {
          place[d] += 1
          if place[d] < from.shape[d] { break }
          place[d] = 0
        }
        d -= 1
      }
    }
    withExtendedLifetime((source, result)) {}
  }
}
