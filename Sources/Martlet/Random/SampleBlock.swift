/// The samples that begin within a block of a stream's words, for `BulkFill`.
struct SampleBlock {
  /// What a task draws stays in its core's own cache.
  static let words = 1 << 14
  /// Samples may be put before those that a task has drawn.
  private static let margin = 64
  static let room = words + margin
  private static let notedCount = 32

  /// Where the block's samples begin in its room, and how many there are.
  private(set) var first = SampleBlock.margin
  private(set) var count = 0
  /// By how many words the last sample goes beyond the block's end.
  private(set) var beyond = 0
  /// Where the samples go in the result.
  var place = 0
  /// The words at which the first samples begin.
  private var noted = InlineArray<32, Int32>(repeating: -1)

  /// Draws all samples that begin from the word `entry` of the block on; the block itself is `after` so
  /// many words of the stream.
  mutating func draw<Bits: SkippableBits, Sample: BulkSample>(
    _ start: Bits, _ sample: Sample, _ room: UnsafeMutablePointer<Sample.Value>, after: Int,
    entry: Int
  ) where Sample.Value: BitwiseCopyable {
    var bits = CountedBits(bits: start, count: entry)
    bits.bits.skip(UInt64(after + entry))
    var drawn = Self.margin
    while bits.count < Self.words, drawn < Self.margin + Self.notedCount {
      noted[drawn - Self.margin] = Int32(truncatingIfNeeded: bits.count)
      room[drawn] = sample.next(&bits)
      drawn += 1
    }
    while bits.count < Self.words {
      room[drawn] = sample.next(&bits)
      drawn += 1
    }
    first = Self.margin
    count = drawn - Self.margin
    beyond = bits.count - Self.words
  }

  /// Makes the samples those of the stream, in which the first one begins with the word `entry`.
  mutating func join<Bits: SkippableBits, Sample: BulkSample>(
    _ start: Bits, _ sample: Sample, _ room: UnsafeMutablePointer<Sample.Value>, after: Int,
    entry: Int
  ) where Sample.Value: BitwiseCopyable {
    if entry == 0 { return }
    var bits = CountedBits(bits: start, count: entry)
    bits.bits.skip(UInt64(after + entry))
    withUnsafeTemporaryAllocation(of: Sample.Value.self, capacity: Self.notedCount) { own in
      var drawn = 0
      while drawn < Self.notedCount {
        if let same = noted(at: bits.count) {
          first = Self.margin + same - drawn
          count += drawn - same
          for i in 0..<drawn { room[first + i] = own[i] }
          return
        }
        own.initializeElement(at: drawn, to: sample.next(&bits))
        drawn += 1
      }
      // They never met, which is hardly ever so.
      draw(start, sample, room, after: after, entry: entry)
    }
  }

  private func noted(at word: Int) -> Int? {
    for i in 0..<min(count, Self.notedCount) where Int(noted[i]) == word { return i }
    return nil
  }
}

/// Counts the words of 64 bits that are drawn.
struct CountedBits<Bits: RandomBits>: RandomBits {
  var bits: Bits
  var count: Int

  @inline(__always)
  mutating func next64() -> UInt64 {
    count &+= 1
    return bits.next64()
  }

  @inline(__always)
  mutating func nextDouble() -> Double {
    count &+= 1
    return bits.nextDouble()
  }

  /// Samples of halves are not drawn in blocks.
  mutating func next32() -> UInt32 { bits.next32() }
}
