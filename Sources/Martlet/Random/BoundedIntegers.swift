/// Integers of a range, as NumPy's `integers` and `randint` draw them.
///
/// D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019); masked rejection
/// for `RandomState`.
extension RandomBits {
  /// From 0 to `last`, by throwing away what is greater after a mask.
  @inline(__always)
  mutating func masked(below last: UInt64) -> UInt64 {
    if last == 0 { return 0 }
    let mask = UInt64.max >> UInt64(last.leadingZeroBitCount)
    if last <= 0xffff_ffff {
      while true {
        let value = UInt64(next32()) & mask
        if value <= last { return value }
      }
    }
    while true {
      let value = next64() & mask
      if value <= last { return value }
    }
  }

  /// From 0 to `last`, which is below 2^32 - 1 and not 0.
  @inline(__always)
  mutating func lemire32(_ last: UInt32) -> UInt32 {
    let range = last &+ 1
    var product = UInt64(next32()) &* UInt64(range)
    if UInt32(truncatingIfNeeded: product) < range {
      let least = (UInt32.max &- last) % range
      while UInt32(truncatingIfNeeded: product) < least {
        product = UInt64(next32()) &* UInt64(range)
      }
    }
    return UInt32(truncatingIfNeeded: product >> 32)
  }

  /// From 0 to `last`, which is below 2^64 - 1.
  @inline(__always)
  mutating func lemire64(_ last: UInt64) -> UInt64 {
    let range = last &+ 1
    var product = next64().multipliedFullWidth(by: range)
    if product.low < range {
      let least = (UInt64.max &- last) % range
      while product.low < least { product = next64().multipliedFullWidth(by: range) }
    }
    return product.high
  }

  /// From 0 to `last`.
  @inline(__always)
  mutating func bounded64(_ last: UInt64, isMasked: Bool) -> UInt64 {
    if last == 0 { return 0 }
    if last == .max { return next64() }
    if last <= 0xffff_ffff {
      if isMasked { return masked(below: last) }
      // NumPy's range of 2^32 wraps to 0 here, and its product with it.
      if last == 0xffff_ffff { return UInt64(next32()) }
      return UInt64(lemire32(UInt32(last)))
    }
    return isMasked ? masked(below: last) : lemire64(last)
  }

  @inline(__always)
  mutating func bounded32(_ last: UInt32, isMasked: Bool) -> UInt32 {
    if last == 0 { return 0 }
    if last == .max { return next32() }
    return isMasked ? UInt32(masked(below: UInt64(last))) : lemire32(last)
  }
}

extension RandomSource {
  /// From 0 to `last`, by masks as all sequences are shuffled.
  package func index(upTo last: UInt64) -> UInt64 {
    var bits = self
    return bits.masked(below: last)
  }

  /// From 0 to `last`, by Lemire's method.
  package func lemire(upTo last: UInt64) -> UInt64 {
    var bits = self
    return bits.bounded64(last, isMasked: false)
  }
}

/// Numbers of 1, 8 and 16 bits, several of which come from one word of 32.
struct SmallWords {
  private var word: UInt32 = 0
  private var left = 0

  @inline(__always)
  mutating func next<Bits: RandomBits>(_ bits: inout Bits, width: Int) -> UInt32 {
    if left == 0 {
      word = bits.next32()
      left = 32 / width - 1
    } else {
      word >>= UInt32(width)
      left -= 1
    }
    return word
  }

  /// From 0 to `last`, for numbers of 8 or 16 bits.
  @inline(__always)
  mutating func bounded<Bits: RandomBits>(
    _ bits: inout Bits, width: Int, _ last: UInt32, isMasked: Bool
  ) -> UInt32 {
    let all: UInt32 = width == 8 ? 0xff : 0xffff
    if last == 0 { return 0 }
    if last == all { return next(&bits, width: width) & all }
    if isMasked {
      let mask = UInt32.max >> UInt32(last.leadingZeroBitCount)
      while true {
        let value = next(&bits, width: width) & all & mask
        if value <= last { return value }
      }
    }
    let range = last &+ 1
    var product = (next(&bits, width: width) & all) &* range
    if product & all < range {
      let least = (all &- last) % range
      while product & all < least { product = (next(&bits, width: width) & all) &* range }
    }
    return product >> UInt32(width)
  }

  /// 0 or 1.
  @inline(__always)
  mutating func bit<Bits: RandomBits>(_ bits: inout Bits) -> UInt8 {
    UInt8(truncatingIfNeeded: next(&bits, width: 1) & 1)
  }
}
