/// Philox 4×64 with ten rounds: a counter of 256 bits is mixed with a key to four words.
///
/// J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random numbers: as easy as 1, 2,
/// 3", SC 2011.
struct Philox: SkippableBits {
  typealias Block = (UInt64, UInt64, UInt64, UInt64)

  private var counter: Block
  private var key: (UInt64, UInt64)
  private var block: Block
  /// How many words of the block were given.
  private var given: Int
  private var half: SecondHalf

  // NumPy's state: the addresses of the counter and of the key, how many words were given, the block,
  // whether there is a half, and it.
  static var byteCount: Int { 64 + 48 }

  static func prepare(_ memory: UnsafeMutableRawPointer) {
    memory.storeBytes(of: memory + 64, as: UnsafeMutableRawPointer.self)
    memory.storeBytes(of: memory + 96, toByteOffset: 8, as: UnsafeMutableRawPointer.self)
  }

  static func isPlausible(_ memory: UnsafeMutableRawPointer) -> Bool {
    isNear(memory, offset: 0) && isNear(memory, offset: 8)
  }

  init(at memory: UnsafeMutableRawPointer) {
    let counters = memory.load(as: UnsafePointer<UInt64>.self)
    let keys = memory.load(fromByteOffset: 8, as: UnsafePointer<UInt64>.self)
    counter = (counters[0], counters[1], counters[2], counters[3])
    key = (keys[0], keys[1])
    given = Int(memory.load(fromByteOffset: 16, as: Int32.self))
    let words = (memory + 24).assumingMemoryBound(to: UInt64.self)
    block = (words[0], words[1], words[2], words[3])
    half = SecondHalf(at: memory + 56)
  }

  func store(at memory: UnsafeMutableRawPointer) {
    let counters = memory.load(as: UnsafeMutablePointer<UInt64>.self)
    (counters[0], counters[1], counters[2], counters[3]) = counter
    memory.storeBytes(of: Int32(truncatingIfNeeded: given), toByteOffset: 16, as: Int32.self)
    let words = (memory + 24).assumingMemoryBound(to: UInt64.self)
    (words[0], words[1], words[2], words[3]) = block
    half.store(at: memory + 56)
  }

  /// Writes a fresh state of ours, key included.
  static func seed(_ words: [UInt64], at memory: UnsafeMutableRawPointer) {
    let key = memory.load(fromByteOffset: 8, as: UnsafeMutablePointer<UInt64>.self)
    (key[0], key[1]) = (words[0], words[1])
    memory.storeBytes(of: 4, toByteOffset: 16, as: Int32.self)
  }

  @inline(__always)
  mutating func next64() -> UInt64 {
    if given >= 4 {
      count(1)
      block = Self.mixed(counter, key)
      given = 0
    }
    let word =
      switch given {
      case 0: block.0
      case 1: block.1
      case 2: block.2
      default: block.3
      }
    given &+= 1
    return word
  }

  private mutating func count(_ blocks: UInt64) {
    var carry: Bool
    (counter.0, carry) = counter.0.addingReportingOverflow(blocks)
    if carry { (counter.1, carry) = counter.1.addingReportingOverflow(1) }
    if carry { (counter.2, carry) = counter.2.addingReportingOverflow(1) }
    if carry { counter.3 = counter.3 &+ 1 }
  }

  @inline(__always)
  static func mixed(_ counter: Block, _ key: (UInt64, UInt64)) -> Block {
    var (c, k) = (counter, key)
    for _ in 0..<10 {
      let first = c.0.multipliedFullWidth(by: 0xd2e7_470e_e14c_6c93)
      let second = c.2.multipliedFullWidth(by: 0xca5a_8263_9512_1157)
      c = (second.high ^ c.1 ^ k.0, second.low, first.high ^ c.3 ^ k.1, first.low)
      k = (k.0 &+ 0x9e37_79b9_7f4a_7c15, k.1 &+ 0xbb67_ae85_84ca_a73b)
    }
    return c
  }

  mutating func skip(_ words: UInt64) {
    // Within the block, then whole blocks, then the rest of a new one.
    let left = UInt64(4 - min(max(given, 0), 4))
    if words <= left {
      given += Int(words)
      return
    }
    let beyond = words - left - 1
    count(beyond / 4 + 1)
    block = Self.mixed(counter, key)
    given = Int(beyond % 4) + 1
  }

  @inline(__always)
  mutating func next32() -> UInt32 {
    if half.isThere {
      half.isThere = false
      return half.word
    }
    let word = next64()
    half = SecondHalf(isThere: true, word: UInt32(truncatingIfNeeded: word >> 32))
    return UInt32(truncatingIfNeeded: word)
  }

  @inline(__always)
  mutating func nextDouble() -> Double { Self.double(next64()) }
}
