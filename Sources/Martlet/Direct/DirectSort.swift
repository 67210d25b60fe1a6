import MartletIR

/// Sorting a few elements of one row in memory of the host, without memory beside the stack's.
package enum DirectSort {
  /// More elements are sorted in the general way.
  package static let limit = 32

  /// Writes the elements in ascending order, or their positions; false for more than `limit`. Strides
  /// are in elements; the result may lie where the elements do.
  package static func sort(
    _ source: UnsafeRawPointer, stride: Int, count: Int, _ dtype: DType, positions: Bool,
    into target: UnsafeMutableRawPointer, stride targetStride: Int
  ) -> Bool {
    if count > limit { return false }
    switch dtype {
    case .complex64:
      complex(Float.self, source, stride, count, positions, target, targetStride)
      return true
    case .complex128:
      complex(Double.self, source, stride, count, positions, target, targetStride)
      return true
    default: break
    }
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

  private static func complex<Part: BinaryFloatingPoint>(
    _: Part.Type, _ source: UnsafeRawPointer, _ stride: Int, _ count: Int, _ positions: Bool,
    _ target: UnsafeMutableRawPointer, _ targetStride: Int
  ) {
    typealias Item = (number: ComplexKey<Part>, position: Int)
    let from = source.assumingMemoryBound(to: ComplexKey<Part>.self)
    withUnsafeTemporaryAllocation(of: Item.self, capacity: limit) { items in
      for i in 0..<count {
        let item = (number: from[i &* stride], position: i)
        var j = i
        while j > 0, item.number.precedes(items[j &- 1].number) {
          items[j] = items[j &- 1]
          j &-= 1
        }
        items[j] = item
      }
      for i in 0..<count {
        if positions {
          target.assumingMemoryBound(to: Int.self)[i &* targetStride] = items[i].position
        } else {
          target.assumingMemoryBound(to: ComplexKey<Part>.self)[i &* targetStride] =
            items[i].number
        }
      }
    }
  }
}

/// A complex number as it lies in memory, in NumPy's order: by the real parts, then by the imaginary
/// ones, after all others those with a NaN.
struct ComplexKey<Part: BinaryFloatingPoint> {
  var real: Part
  var imaginary: Part

  @inline(__always)
  private var rank: Int { (real.isNaN ? 2 : 0) + (imaginary.isNaN ? 1 : 0) }

  @inline(__always)
  func precedes(_ other: ComplexKey) -> Bool {
    if real < other.real, imaginary == imaginary, other.imaginary == other.imaginary {
      return true
    }
    let (own, its) = (rank, other.rank)
    if own != its { return own < its }
    if real != other.real, real == real { return real < other.real }
    return imaginary < other.imaginary
  }
}
