/// Makes good states of generators from any seed, as `numpy.random.SeedSequence`: every bit of the
/// entropy changes all words. After M. E. O'Neill's `randutils`.
///
///     let sequence = SeedSequence(42)
///     let words = sequence.generateState(4)        // As NumPy's generate_state(4).
///     let children = sequence.spawning(3).children // Independent of each other and of it.
public struct SeedSequence: Sendable, Hashable {
  /// The seed, in words of 32 bits, the lowest first.
  public let entropy: [UInt32]
  /// Tells children of one sequence apart.
  public let spawnKey: [UInt32]
  /// How many children there are by now.
  public private(set) var childrenSpawned = 0
  private let pool: [UInt32]

  private static let poolSize = 4

  /// A sequence from a number.
  public init(_ seed: UInt64) {
    let high = UInt32(truncatingIfNeeded: seed >> 32)
    let low = UInt32(truncatingIfNeeded: seed)
    self.init(entropy: high == 0 ? [low] : [low, high])
  }

  /// A sequence from any number of words, such as those of a large integer, the lowest first.
  public init(entropy: [UInt32], spawnKey: [UInt32] = []) {
    self.entropy = entropy
    self.spawnKey = spawnKey
    var words = entropy
    if !spawnKey.isEmpty {
      // So that a child is not the sequence of a longer seed.
      while words.count < Self.poolSize { words.append(0) }
    }
    pool = Self.mixed(words + spawnKey)
  }

  /// A sequence that nobody can foresee, from the system's randomness.
  public init() {
    var system = SystemRandomNumberGenerator()
    self.init(
      entropy: (0..<Self.poolSize).map { _ in UInt32(truncatingIfNeeded: system.next()) })
  }

  /// So many sequences that are independent of this one, of each other and of those spawned before;
  /// and this one, which remembers how many there are.
  public func spawning(_ count: Int) -> (children: [SeedSequence], parent: SeedSequence) {
    var parent = self
    let first = childrenSpawned
    let children = (0..<max(count, 0)).map { i in
      SeedSequence(
        entropy: entropy, spawnKey: spawnKey + [UInt32(truncatingIfNeeded: first &+ i)])
    }
    parent.childrenSpawned &+= children.count
    return (children, parent)
  }

  /// So many words of 32 bits.
  public func generateState(_ count: Int) -> [UInt32] {
    var factor: UInt32 = 0x8b51_f9dd
    return (0..<max(count, 0)).map { i in
      var word = pool[i % Self.poolSize] ^ factor
      factor = factor &* 0x58f3_8ded
      word = word &* factor
      return word ^ word >> 16
    }
  }

  /// So many words of 64 bits.
  func generateState64(_ count: Int) -> [UInt64] {
    let words = generateState(2 * count)
    return (0..<count).map { UInt64(words[2 * $0 + 1]) << 32 | UInt64(words[2 * $0]) }
  }

  private static func mixed(_ entropy: [UInt32]) -> [UInt32] {
    var factor: UInt32 = 0x43b0_d7e5
    func hashed(_ word: UInt32) -> UInt32 {
      var word = word ^ factor
      factor = factor &* 0x931e_8875
      word = word &* factor
      return word ^ word >> 16
    }
    func joined(_ a: UInt32, _ b: UInt32) -> UInt32 {
      let word = a &* 0xca01_f9dd &- b &* 0x4973_f715
      return word ^ word >> 16
    }
    var pool = (0..<poolSize).map { hashed($0 < entropy.count ? entropy[$0] : 0) }
    for source in 0..<poolSize {
      for target in 0..<poolSize where target != source {
        pool[target] = joined(pool[target], hashed(pool[source]))
      }
    }
    for word in entropy.dropFirst(poolSize) {
      for target in 0..<poolSize { pool[target] = joined(pool[target], hashed(word)) }
    }
    return pool
  }
}
