import MartletIR

/// Sorting a few elements of one row in memory of the host, without memory beside the stack's.
package enum DirectSort {
  /// More elements are sorted in the general way.
  package static let limit = 32

  /// Writes the elements in ascending order, or their positions; false for complex numbers. Strides
  /// are in elements; the result may lie where the elements do.
  package static func sort(
    _ source: UnsafeRawPointer, stride: Int, count: Int, _ dtype: DType, positions: Bool,
    into target: UnsafeMutableRawPointer, stride targetStride: Int
  ) -> Bool {
    if dtype.isComplex || count > limit { return false }
    func run<Bits: SortBits>(_: Bits.Type) {
      let map = SortKeyMap<Bits>(dtype, mergingZeros: positions)
      if positions {
        sort(PositionCodec(map: map), source, stride, count, 8, target, targetStride)
      } else {
        sort(ValueCodec(map: map), source, stride, count, Bits.bitWidth / 8, target, targetStride)
      }
    }
    switch dtype.itemSize {
    case 1: run(UInt8.self)
    case 2: run(UInt16.self)
    case 4: run(UInt32.self)
    default: run(UInt64.self)
    }
    return true
  }

  @inline(__always)
  private static func sort<Codec: SortCodec>(
    _ codec: Codec, _ source: UnsafeRawPointer, _ stride: Int, _ count: Int, _ targetSize: Int,
    _ target: UnsafeMutableRawPointer, _ targetStride: Int
  ) {
    withUnsafeTemporaryAllocation(of: Codec.Item.self, capacity: limit) { room in
      guard let items = room.baseAddress else { return }
      codec.read(
        source, stride: stride * Codec.itemSize, first: 0, count: count, into: items,
        step: 1)
      MergeSort.insertionSort(items, count: count)
      codec.write(items, step: 1, count: count, to: target, stride: targetStride * targetSize)
    }
  }
}
