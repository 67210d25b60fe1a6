/// C. Doty-Humphrey's SFC64, of PractRand: three words that are mixed, and a counter.
struct SFC64: BitGeneratorState {
  private var a: UInt64
  private var b: UInt64
  private var c: UInt64
  private var counter: UInt64
  private var half: SecondHalf

  // NumPy's state: the four words, whether there is a half, and it.
  static var byteCount: Int { 40 }
  static func prepare(_ memory: UnsafeMutableRawPointer) {}

  init(at memory: UnsafeMutableRawPointer) {
    let words = memory.assumingMemoryBound(to: UInt64.self)
    (a, b, c, counter) = (words[0], words[1], words[2], words[3])
    half = SecondHalf(at: memory + 32)
  }

  func store(at memory: UnsafeMutableRawPointer) {
    let words = memory.assumingMemoryBound(to: UInt64.self)
    (words[0], words[1], words[2], words[3]) = (a, b, c, counter)
    half.store(at: memory + 32)
  }

  init(seeding words: [UInt64]) {
    (a, b, c, counter, half) = (words[0], words[1], words[2], 1, .none)
    for _ in 0..<12 { _ = next64() }
  }

  @inline(__always)
  mutating func next64() -> UInt64 {
    let result = a &+ b &+ counter
    counter = counter &+ 1
    a = b ^ b >> 11
    b = c &+ c << 3
    c = (c << 24 | c >> 40) &+ result
    return result
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
