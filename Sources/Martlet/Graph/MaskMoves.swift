import MartletIR
import MartletRuntime

/// Moving elements by truth values on the host: eight of them at a time, since most runs of eight
/// that are all false, or all true, take no look at each.
enum MaskMoves {
  private static let allTrue: UInt64 = 0x0101_0101_0101_0101
  /// Blocks that a thread takes at a time.
  private static let grain = 4

  /// How many are true in each block of `length`, written to `counts`.
  static func count(
    _ mask: UnsafePointer<UInt8>, _ count: Int, blocks length: Int,
    into counts: UnsafeMutablePointer<Int64>
  ) {
    // Each block has its own place.
    nonisolated(unsafe) let (mask, counts) = (mask, counts)
    forEachBlock(count, length) { block, range in
      let bytes = UnsafeRawPointer(mask)
      var total = 0
      var i = range.lowerBound
      while i &+ 32 <= range.upperBound {
        for j in 0..<4 {
          let word = bytes.loadUnaligned(fromByteOffset: i &+ 8 &* j, as: UInt64.self)
          total &+= (word & allTrue).nonzeroBitCount
        }
        i &+= 32
      }
      while i < range.upperBound {
        total &+= Int(mask[i] & 1)
        i &+= 1
      }
      counts[block] = Int64(total)
    }
  }

  /// Calls `body` with each block's number and range, on all threads.
  private static func forEachBlock(
    _ count: Int, _ length: Int, _ body: @Sendable (Int, Range<Int>) -> Void
  ) {
    let blocks = (count + length - 1) / length
    Workers.shared.parallel(count: blocks, grain: grain) { begin, end in
      for block in begin..<end {
        body(block, block * length..<min(count, (block + 1) * length))
      }
    }
  }

  /// Where a mask's blocks begin among the selected elements, for the moves below.
  struct Plan {
    var mask: UnsafePointer<UInt8>
    var count: Int
    var blockLength: Int
    /// One more than there are blocks.
    var starts: UnsafePointer<Int64>
  }

  /// Writes the selected elements, of so many bytes each, one after another; or, unpacking,
  /// consecutive elements to the selected places.
  static func move(
    _ plan: Plan, packed: UnsafeMutableRawPointer, spread: UnsafeMutableRawPointer, itemSize: Int,
    unpacking: Bool
  ) {
    switch itemSize {
    case 1: move(plan, packed, spread, UInt8.self, unpacking)
    case 2: move(plan, packed, spread, UInt16.self, unpacking)
    case 4: move(plan, packed, spread, UInt32.self, unpacking)
    case 8: move(plan, packed, spread, UInt64.self, unpacking)
    default: move(plan, packed, spread, SIMD2<UInt64>.self, unpacking)
    }
  }

  @inline(__always)
  private static func move<Element: BitwiseCopyable>(
    _ plan: Plan, _ packed: UnsafeMutableRawPointer, _ spread: UnsafeMutableRawPointer,
    _: Element.Type, _ unpacking: Bool
  ) {
    let packed = packed.assumingMemoryBound(to: Element.self)
    let spread = spread.assumingMemoryBound(to: Element.self)
    if unpacking {
      expand(plan, packed, to: spread)
    } else {
      compress(plan, spread, to: packed)
    }
  }

  @inline(__always)
  private static func compress<Element: BitwiseCopyable>(
    _ plan: Plan, _ source: UnsafePointer<Element>, to target: UnsafeMutablePointer<Element>
  ) {
    // Each block writes its own places.
    nonisolated(unsafe) let (plan, source, target) = (plan, source, target)
    forEachBlock(plan.count, plan.blockLength) { block, range in
      pack(plan, block, range, into: target) { source[$0] }
    }
  }

  /// Writes the positions of the selected elements one after another.
  static func positions(_ plan: Plan, to target: UnsafeMutablePointer<Int64>) {
    nonisolated(unsafe) let (plan, target) = (plan, target)
    forEachBlock(plan.count, plan.blockLength) { block, range in
      pack(plan, block, range, into: target) { Int64($0) }
    }
  }

  @inline(__always)
  private static func pack<Element: BitwiseCopyable>(
    _ plan: Plan, _ block: Int, _ range: Range<Int>, into target: UnsafeMutablePointer<Element>,
    _ element: (Int) -> Element
  ) {
    var place = Int(plan.starts[block])
    let end = Int(plan.starts[block + 1])
    var i = range.lowerBound
    // Without branches an element that does not count is written where the next one goes: that must
    // be one of the block's own places.
    while i + 8 <= range.upperBound, place + 8 <= end {
      let word = UnsafeRawPointer(plan.mask + i).loadUnaligned(as: UInt64.self) & allTrue
      if word == allTrue {
        var j = 0
        while j < 8 {
          target[place &+ j] = element(i &+ j)
          j &+= 1
        }
        place &+= 8
      } else if word != 0 {
        var rest = word
        var j = 0
        while j < 8 {
          target[place] = element(i &+ j)
          place &+= Int(truncatingIfNeeded: rest & 1)
          rest >>= 8
          j &+= 1
        }
      }
      i &+= 8
    }
    while place < end, i < range.upperBound {
      if plan.mask[i] & 1 != 0 {
        target[place] = element(i)
        place &+= 1
      }
      i &+= 1
    }
  }

  @inline(__always)
  private static func expand<Element: BitwiseCopyable>(
    _ plan: Plan, _ source: UnsafePointer<Element>, to target: UnsafeMutablePointer<Element>
  ) {
    nonisolated(unsafe) let (plan, source, target) = (plan, source, target)
    forEachBlock(plan.count, plan.blockLength) { block, range in
      var place = Int(plan.starts[block])
      let end = Int(plan.starts[block + 1])
      var i = range.lowerBound
      while i + 8 <= range.upperBound, place < end {
        var word = UnsafeRawPointer(plan.mask + i).loadUnaligned(as: UInt64.self) & allTrue
        while word != 0 {
          target[i &+ word.trailingZeroBitCount >> 3] = source[place]
          place &+= 1
          word &= word &- 1
        }
        i &+= 8
      }
      while place < end, i < range.upperBound {
        if plan.mask[i] & 1 != 0 {
          target[i] = source[place]
          place &+= 1
        }
        i &+= 1
      }
    }
  }
}
