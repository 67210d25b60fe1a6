import MartletIR

/// Random numbers with NumPy's streams: the same seed gives the numbers of
/// `numpy.random.default_rng(seed)`, bit for bit.
///
///     var generator = RandomGenerator(seed: 42)
///     let noise = try generator.normal(shape: [3, 4])
///     let dice = try generator.integers(in: 1...6, shape: [100])
///
/// A value: a copy draws the same numbers as the original. It is a `RandomNumberGenerator` too, so
/// `Int.random(in: 0..<10, using: &generator)` and `array.shuffle(using: &generator)` of Swift's own
/// library draw from it (in Swift's way, not NumPy's).
public struct RandomGenerator: Sendable, RandomNumberGenerator {
  private var storage: BitGeneratorStorage
  /// What children are made of.
  public private(set) var seedSequence: SeedSequence

  /// A generator whose numbers are those of `numpy.random.Generator` on the same bit generator with
  /// the same seed.
  public init(seed: UInt64, _ bits: BitGenerator = .pcg64) {
    self.init(SeedSequence(seed), bits)
  }

  /// The same from a seed of Swift's usual type, which must not be negative.
  @_disfavoredOverload
  public init(seed: Int, _ bits: BitGenerator = .pcg64) {
    guard seed >= 0 else { fatalError("[RandomGenerator] the seed \(seed) is negative") }
    self.init(seed: UInt64(seed), bits)
  }

  /// A generator whose numbers nobody can foresee.
  public init(_ bits: BitGenerator = .pcg64) { self.init(SeedSequence(), bits) }

  /// A generator with a state made by a seed sequence.
  public init(_ sequence: SeedSequence, _ bits: BitGenerator = .pcg64) {
    storage = BitGeneratorStorage(bits)
    storage.seed(sequence)
    seedSequence = sequence
  }

  /// The algorithm.
  public var bitGenerator: BitGenerator { storage.kind }

  /// So many generators whose streams are independent of this one's and of each other
  /// (`Generator.spawn`).
  public mutating func spawn(_ count: Int) -> [RandomGenerator] {
    let (children, parent) = seedSequence.spawning(count)
    seedSequence = parent
    return children.map { RandomGenerator($0, storage.kind) }
  }

  /// Moves along the stream as if so many words of 64 bits had been drawn
  /// (`numpy.random.PCG64.advance`).
  ///
  /// - Throws: `.unsupported` for algorithms that cannot: `sfc64` and `mersenneTwister`.
  public mutating func advance(by words: UInt64) throws(MartletError) {
    own()
    guard storage.advance(words) else {
      throw .unsupported(
        operation: "advance",
        detail: "\(storage.kind.name) cannot be moved along its stream; PCG64 and Philox can.")
    }
  }

  /// 64 random bits.
  public mutating func next() -> UInt64 { source().next64() }

  /// Makes the state this value's alone.
  private mutating func own() {
    if !isKnownUniquelyReferenced(&storage) { storage = BitGeneratorStorage(copying: storage) }
  }

  /// Where to draw from, until this value is used again.
  mutating func source() -> RandomSource {
    own()
    return storage.source
  }

  /// The state, for work in loops of its own.
  mutating func state() -> UnsafeMutableRawPointer {
    own()
    return storage.memory
  }
}

/// The memory of a bit generator's state, laid out as NumPy's.
final class BitGeneratorStorage: @unchecked Sendable {
  // Unchecked: only the value that refers to it alone writes to it.
  let kind: BitGenerator
  let memory: UnsafeMutableRawPointer

  init(_ kind: BitGenerator) {
    self.kind = kind
    memory = .allocate(byteCount: kind.byteCount, alignment: 16)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: kind.byteCount)
    kind.prepare(memory)
  }

  /// A copy; the addresses in a state lead to itself.
  init(copying other: BitGeneratorStorage) {
    kind = other.kind
    memory = .allocate(byteCount: kind.byteCount, alignment: 16)
    memory.copyMemory(from: other.memory, byteCount: kind.byteCount)
    kind.prepare(memory)
  }

  deinit { memory.deallocate() }

  func seed(_ sequence: SeedSequence) {
    switch kind {
    case .pcg64: PCG64(seeding: sequence.generateState64(4)).store(at: memory)
    case .pcg64DXSM:
      // NumPy seeds it with PCG64's multiplier.
      PCG64(seeding: sequence.generateState64(4)).store(at: memory)
    case .sfc64: SFC64(seeding: sequence.generateState64(3)).store(at: memory)
    case .philox: Philox.seed(sequence.generateState64(2), at: memory)
    case .mersenneTwister: MersenneTwister.seed(sequence.generateState(624), at: memory)
    }
  }

  /// False where the algorithm cannot.
  func advance(_ words: UInt64) -> Bool {
    func skip<State: SkippableBits>(_ type: State.Type) -> Bool {
      var bits = State(at: memory)
      bits.skip(words)
      bits.store(at: memory)
      return true
    }
    return switch kind {
    case .pcg64: skip(PCG64.self)
    case .pcg64DXSM: skip(PCG64DXSM.self)
    case .philox: skip(Philox.self)
    case .sfc64, .mersenneTwister: false
    }
  }

  /// The functions that draw from it, while it lives.
  var source: RandomSource {
    switch kind {
    case .pcg64:
      RandomSource(
        state: memory, word64: { drawn($0, PCG64.self) { $0.next64() } },
        word32: { drawn($0, PCG64.self) { $0.next32() } },
        double: { drawn($0, PCG64.self) { $0.nextDouble() } })
    case .pcg64DXSM:
      RandomSource(
        state: memory, word64: { drawn($0, PCG64DXSM.self) { $0.next64() } },
        word32: { drawn($0, PCG64DXSM.self) { $0.next32() } },
        double: { drawn($0, PCG64DXSM.self) { $0.nextDouble() } })
    case .sfc64:
      RandomSource(
        state: memory, word64: { drawn($0, SFC64.self) { $0.next64() } },
        word32: { drawn($0, SFC64.self) { $0.next32() } },
        double: { drawn($0, SFC64.self) { $0.nextDouble() } })
    case .philox:
      RandomSource(
        state: memory, word64: { drawn($0, Philox.self) { $0.next64() } },
        word32: { drawn($0, Philox.self) { $0.next32() } },
        double: { drawn($0, Philox.self) { $0.nextDouble() } })
    case .mersenneTwister:
      RandomSource(
        state: memory, word64: { drawn($0, MersenneTwister.self) { $0.next64() } },
        word32: { drawn($0, MersenneTwister.self) { $0.next32() } },
        double: { drawn($0, MersenneTwister.self) { $0.nextDouble() } })
    }
  }
}

/// One number from the state in memory.
@inline(__always)
private func drawn<State: BitGeneratorState, Number>(
  _ memory: UnsafeMutableRawPointer, _ type: State.Type, _ draw: (inout State) -> Number
) -> Number {
  var bits = State(at: memory)
  let number = draw(&bits)
  bits.store(at: memory)
  return number
}

extension BitGenerator {
  fileprivate var byteCount: Int {
    switch self {
    case .pcg64: PCG64.byteCount
    case .pcg64DXSM: PCG64DXSM.byteCount
    case .sfc64: SFC64.byteCount
    case .philox: Philox.byteCount
    case .mersenneTwister: MersenneTwister.byteCount
    }
  }

  fileprivate func prepare(_ memory: UnsafeMutableRawPointer) {
    switch self {
    case .pcg64: PCG64.prepare(memory)
    case .pcg64DXSM: PCG64DXSM.prepare(memory)
    case .sfc64: SFC64.prepare(memory)
    case .philox: Philox.prepare(memory)
    case .mersenneTwister: MersenneTwister.prepare(memory)
    }
  }
}
