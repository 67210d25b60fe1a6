import MartletIR

/// Integers of one dtype from `low` to `low + span`, both included.
package struct IntegerRange: Sendable {
  package let dtype: DType
  /// As 64 bits, extended as the dtype's sign says.
  let low: UInt64
  let span: UInt64
  /// `RandomState` throws away what is too great after a mask; `Generator` has Lemire's method.
  let isMasked: Bool

  package init(_ dtype: DType, low: UInt64, span: UInt64, isMasked: Bool) {
    self.dtype = dtype
    self.low = low
    self.span = span
    self.isMasked = isMasked
  }

  /// The least and the greatest integer of a dtype.
  package static func bounds(_ dtype: DType) -> (least: Int64, greatest: UInt64)? {
    switch dtype {
    case .bool: (0, 1)
    case .int8: (-0x80, 0x7f)
    case .int16: (-0x8000, 0x7fff)
    case .int32: (-0x8000_0000, 0x7fff_ffff)
    case .int64: (Int64.min, UInt64(Int64.max))
    case .uint8: (0, 0xff)
    case .uint16: (0, 0xffff)
    case .uint32: (0, 0xffff_ffff)
    case .uint64: (0, UInt64.max)
    default: nil
    }
  }

  package func fill<Bits: RandomBits>(
    _ bits: inout Bits, _ target: UnsafeMutableRawPointer, _ count: Int
  ) {
    var own = bits
    switch dtype.itemSize {
    case 8:
      let target = target.assumingMemoryBound(to: UInt64.self)
      if !isMasked, span > 0, span < 0xffff_ffff {
        // The commonest: the dtype's default, and few numbers.
        let last = UInt32(span)
        for i in 0..<count { target[i] = low &+ UInt64(own.lemire32(last)) }
      } else {
        for i in 0..<count { target[i] = low &+ own.bounded64(span, isMasked: isMasked) }
      }
    case 4:
      let target = target.assumingMemoryBound(to: UInt32.self)
      let (low, last) = (UInt32(truncatingIfNeeded: low), UInt32(truncatingIfNeeded: span))
      for i in 0..<count { target[i] = low &+ own.bounded32(last, isMasked: isMasked) }
    default:
      var words = SmallWords()
      for i in 0..<count { store(&own, &words, low, span, target, i) }
    }
    bits = own
  }

  /// Ranges that differ from element to element; words of which several numbers are taken go on.
  package struct Mixed {
    private var words = SmallWords()
    package init() {}

    package mutating func store(
      _ source: RandomSource, _ range: IntegerRange, _ target: UnsafeMutableRawPointer, _ i: Int
    ) {
      var bits = source
      switch range.dtype.itemSize {
      case 8:
        let value = range.low &+ bits.bounded64(range.span, isMasked: range.isMasked)
        target.storeBytes(of: value, toByteOffset: 8 * i, as: UInt64.self)
      case 4:
        let last = UInt32(truncatingIfNeeded: range.span)
        let value =
          UInt32(truncatingIfNeeded: range.low) &+ bits.bounded32(last, isMasked: range.isMasked)
        target.storeBytes(of: value, toByteOffset: 4 * i, as: UInt32.self)
      default: range.store(&bits, &words, range.low, range.span, target, i)
      }
    }
  }

  @inline(__always)
  private func store<Bits: RandomBits>(
    _ bits: inout Bits, _ words: inout SmallWords, _ low: UInt64, _ span: UInt64,
    _ target: UnsafeMutableRawPointer, _ i: Int
  ) {
    let last = UInt32(truncatingIfNeeded: span)
    switch dtype {
    case .bool:
      let value = last == 0 ? UInt8(truncatingIfNeeded: low) : words.bit(&bits)
      target.storeBytes(of: value, toByteOffset: i, as: UInt8.self)
    case .int8, .uint8:
      let value = words.bounded(&bits, width: 8, last, isMasked: isMasked)
      target.storeBytes(
        of: UInt8(truncatingIfNeeded: low &+ UInt64(value)), toByteOffset: i, as: UInt8.self)
    default:
      let value = words.bounded(&bits, width: 16, last, isMasked: isMasked)
      target.storeBytes(
        of: UInt16(truncatingIfNeeded: low &+ UInt64(value)), toByteOffset: 2 * i, as: UInt16.self)
    }
  }
}
