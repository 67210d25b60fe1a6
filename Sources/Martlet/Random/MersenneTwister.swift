/// MT19937, the generator of `RandomState` and of Python's `random`.
///
/// M. Matsumoto and T. Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform
/// pseudo-random number generator", ACM TOMACS 8 (1998). The 624 words stay in memory; a value refers
/// to them.
struct MersenneTwister: BitGeneratorState {
  static let count = 624
  private let words: UnsafeMutablePointer<UInt32>
  private var position: Int

  // NumPy's state: the words, and the position of the next one.
  static var byteCount: Int { 4 * count + 4 }
  static func prepare(_ memory: UnsafeMutableRawPointer) {}

  init(at memory: UnsafeMutableRawPointer) {
    words = memory.assumingMemoryBound(to: UInt32.self)
    position = Int(memory.load(fromByteOffset: 4 * Self.count, as: Int32.self))
  }

  func store(at memory: UnsafeMutableRawPointer) {
    memory.storeBytes(
      of: Int32(truncatingIfNeeded: position), toByteOffset: 4 * Self.count, as: Int32.self)
  }

  @inline(__always)
  mutating func next32() -> UInt32 {
    if position >= Self.count {
      twist()
      position = 0
    }
    var word = words[position]
    position &+= 1
    word ^= word >> 11
    word ^= word << 7 & 0x9d2c_5680
    word ^= word << 15 & 0xefc6_0000
    return word ^ word >> 18
  }

  @inline(__always)
  mutating func next64() -> UInt64 {
    let high = next32()
    return UInt64(high) << 32 | UInt64(next32())
  }

  @inline(__always)
  mutating func nextDouble() -> Double {
    let high = next32() >> 5
    let low = next32() >> 6
    return (Double(high) * 67_108_864 + Double(low)) / 9_007_199_254_740_992
  }

  @inline(never)
  private func twist() {
    @inline(__always)
    func twisted(_ i: Int, _ next: Int, _ other: Int) {
      let joined = words[i] & 0x8000_0000 | words[next] & 0x7fff_ffff
      words[i] = words[other] ^ joined >> 1 ^ (0 &- (joined & 1)) & 0x9908_b0df
    }
    // In three parts, so that no index has to be wrapped.
    for i in 0..<227 { twisted(i, i &+ 1, i &+ 397) }
    for i in 227..<623 { twisted(i, i &+ 1, i &- 227) }
    twisted(623, 0, 396)
  }

  // MARK: Seeding

  /// As `numpy.random.MT19937` is seeded, from the words of a seed sequence.
  static func seed(_ seeds: [UInt32], at memory: UnsafeMutableRawPointer) {
    let words = memory.assumingMemoryBound(to: UInt32.self)
    for i in 0..<count { words[i] = seeds[i] }
    words[0] = 0x8000_0000
    memory.storeBytes(of: Int32(count - 1), toByteOffset: 4 * count, as: Int32.self)
  }

  /// As `numpy.random.seed` does with a number.
  static func seed(legacy seed: UInt32, at memory: UnsafeMutableRawPointer) {
    let words = memory.assumingMemoryBound(to: UInt32.self)
    var word = seed
    for i in 0..<count {
      words[i] = word
      word = 1_812_433_253 &* (word ^ word >> 30) &+ UInt32(i) &+ 1
    }
    memory.storeBytes(of: Int32(count), toByteOffset: 4 * count, as: Int32.self)
  }
}
