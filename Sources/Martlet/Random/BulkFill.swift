import Glibc
import MartletIR
import MartletRuntime

/// A number times a scale plus a start; standard numbers are left as they are.
struct Affine {
  let start: Double
  let scale: Double
  let isIdentity: Bool

  @inline(__always)
  func callAsFunction(_ x: Double) -> Double { isIdentity ? x : start + scale * x }
}

/// What one sample is: how it comes from words, and how many words that takes.
protocol BulkSample: Sendable {
  associatedtype Value
  func next<Bits: RandomBits>(_ bits: inout Bits) -> Value
}

struct UniformSample: BulkSample {
  let affine: Affine

  @inline(__always)
  func next<Bits: RandomBits>(_ bits: inout Bits) -> Double { affine(bits.nextDouble()) }
}

struct NormalSample: BulkSample {
  let affine: Affine
  // The tables never change.
  nonisolated(unsafe) let layers = Ziggurat.normal

  init(affine: Affine) { self.affine = affine }

  @inline(__always)
  func next<Bits: RandomBits>(_ bits: inout Bits) -> Double {
    affine(Ziggurat.normal(&bits, layers))
  }
}

struct ExponentialSample: BulkSample {
  let affine: Affine
  // The tables never change.
  nonisolated(unsafe) let layers = Ziggurat.exponential

  init(affine: Affine) { self.affine = affine }

  @inline(__always)
  func next<Bits: RandomBits>(_ bits: inout Bits) -> Double {
    affine(Ziggurat.exponential(&bits, layers))
  }
}

/// Fills arrays with numbers of one kind, in loops that are compiled for each bit generator, and on all
/// threads where the generator can be moved along its stream. The numbers are those of one thread.
enum BulkFill {
  /// Work on fewer numbers stays on one thread.
  static let parallelCount = 1 << 15

  static func fill<Generator: SkippableBits>(
    _ bits: inout Generator, _ bulk: Distribution.Bulk, _ a: Double, _ b: Double,
    _ target: UnsafeMutablePointer<Double>, _ count: Int
  ) throws(MartletError) {
    switch bulk {
    case .uniform, .scaledUniform:
      inParallel(&bits, affine(bulk, a, b), target, count)
    case .normal, .scaledNormal:
      try bySpeculation(&bits, NormalSample(affine: affine(bulk, a, b)), target, count)
    case .exponential, .scaledExponential:
      try bySpeculation(&bits, ExponentialSample(affine: affine(bulk, a, b)), target, count)
    }
  }

  /// On one thread.
  static func fillInOrder<Generator: RandomBits>(
    _ bits: inout Generator, _ bulk: Distribution.Bulk, _ a: Double, _ b: Double,
    _ target: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    switch bulk {
    case .uniform, .scaledUniform:
      inOrder(&bits, UniformSample(affine: affine(bulk, a, b)), target, count)
    case .normal, .scaledNormal:
      inOrder(&bits, NormalSample(affine: affine(bulk, a, b)), target, count)
    case .exponential, .scaledExponential:
      inOrder(&bits, ExponentialSample(affine: affine(bulk, a, b)), target, count)
    }
  }

  /// Standard numbers in single precision.
  static func fill32<Bits: RandomBits>(
    _ bits: inout Bits, _ bulk: Distribution.Bulk, _ target: UnsafeMutablePointer<Float>,
    _ count: Int
  ) {
    var own = bits
    switch bulk {
    case .uniform, .scaledUniform: for i in 0..<count { target[i] = own.nextFloat() }
    case .normal, .scaledNormal:
      let layers = Ziggurat.normal32
      for i in 0..<count { target[i] = Ziggurat.normal32(&own, layers) }
    case .exponential, .scaledExponential:
      let layers = Ziggurat.exponential32
      for i in 0..<count { target[i] = Ziggurat.exponential32(&own, layers) }
    }
    bits = own
  }

  private static func affine(_ bulk: Distribution.Bulk, _ a: Double, _ b: Double) -> Affine {
    switch bulk {
    case .uniform, .normal, .exponential: Affine(start: 0, scale: 1, isIdentity: true)
    case .scaledUniform: Affine(start: a, scale: b - a, isIdentity: false)
    case .scaledNormal: Affine(start: a, scale: b, isIdentity: false)
    // Minus nothing: 0 plus -0 would be 0.
    case .scaledExponential: Affine(start: -0.0, scale: a, isIdentity: false)
    }
  }

  @inline(__always)
  private static func inOrder<Bits: RandomBits, Sample: BulkSample>(
    _ bits: inout Bits, _ sample: Sample, _ target: UnsafeMutablePointer<Sample.Value>,
    _ count: Int
  ) {
    // A copy of our own stays in registers.
    var own = bits
    for i in 0..<count { target[i] = sample.next(&own) }
    bits = own
  }

  // MARK: One word a sample

  /// Each thread begins where its part of the stream does.
  private static func inParallel<Bits: SkippableBits>(
    _ bits: inout Bits, _ affine: Affine, _ target: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    guard count >= parallelCount, Workers.shared.threads > 1 else {
      bits.fill(target, count, affine)
      return
    }
    // Every task writes elements that no other does.
    nonisolated(unsafe) let (start, target) = (bits, target)
    Workers.shared.parallel(count: count, grain: parallelCount / 2) { first, end in
      var own = start
      own.skip(UInt64(first))
      own.fill(target + first, end - first, affine)
    }
    bits.skip(UInt64(count))
  }

  // MARK: Some words a sample

  /// Samples take one word mostly, sometimes more, so where the samples of a block begin is only known
  /// when those before it are drawn. But wherever one begins to read, one soon reads the same samples.
  /// So each task guesses that a sample begins with its block, and notes where its first ones did; then
  /// each block is joined to the one before.
  private static func bySpeculation<Bits: SkippableBits, Sample: BulkSample>(
    _ bits: inout Bits, _ sample: Sample, _ target: UnsafeMutablePointer<Sample.Value>,
    _ count: Int
  ) throws(MartletError) where Sample.Value: BitwiseCopyable {
    let threads = Workers.shared.threads
    guard count >= parallelCount, threads > 1 else {
      inOrder(&bits, sample, target, count)
      return
    }
    let lanes = 2 * threads
    let memory = try Buffer(
      byteCount: lanes * SampleBlock.room * MemoryLayout<Sample.Value>.stride)
    nonisolated(unsafe) let room = memory.pointer.assumingMemoryBound(to: Sample.Value.self)
    nonisolated(unsafe) let target = target
    var filled = 0
    // By how many words the last sample goes beyond the words that are used.
    var beyond = 0
    // There are no more samples than words: so a round cannot give too many, and the last samples are
    // drawn in order.
    while count - filled >= SampleBlock.words {
      let number = min(lanes, (count - filled) / SampleBlock.words)
      nonisolated(unsafe) let start = bits
      let entry = beyond
      // Every task writes its own block, in its own part of the room.
      let blocks = withTasks(number) { i in
        var block = SampleBlock()
        block.draw(
          start, sample, room + i * SampleBlock.room, after: i * SampleBlock.words,
          entry: i == 0 ? entry : 0)
        return block
      }
      var placed = blocks
      for i in placed.indices {
        if i > 0 {
          placed[i].join(
            start, sample, room + i * SampleBlock.room, after: i * SampleBlock.words, entry: beyond)
        }
        placed[i].place = filled
        filled += placed[i].count
        beyond = placed[i].beyond
      }
      let settled = placed
      Workers.shared.parallel(count: number) { first, end in
        for i in first..<end {
          let block = settled[i]
          (target + block.place).update(
            from: room + i * SampleBlock.room + block.first, count: block.count)
        }
      }
      bits.skip(UInt64(number * SampleBlock.words))
    }
    bits.skip(UInt64(beyond))
    inOrder(&bits, sample, target + filled, count - filled)
    withExtendedLifetime(memory) {}
  }

  private static func withTasks(
    _ count: Int, _ body: @Sendable (Int) -> SampleBlock
  ) -> [SampleBlock] {
    [SampleBlock](unsafeUninitializedCapacity: count) { blocks, initialised in
      // Each task initialises its own block.
      nonisolated(unsafe) let blocks = blocks
      Workers.shared.parallel(count: count) { first, end in
        for i in first..<end { blocks.initializeElement(at: i, to: body(i)) }
      }
      initialised = count
    }
  }
}
