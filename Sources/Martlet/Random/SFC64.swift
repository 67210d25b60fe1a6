/// C. Doty-Humphrey's SFC64, of PractRand: three words that are mixed, and a counter.
package struct SFC64: BitGeneratorState {
  private var a: UInt64
  private var b: UInt64
  private var c: UInt64
  private var counter: UInt64
  private var half: UInt32?

  // NumPy's state: the four words, whether there is a half, and it.
  package static var byteCount: Int { 40 }
  package static func prepare(_ memory: UnsafeMutableRawPointer) {}

  package init(at memory: UnsafeMutableRawPointer) {
    let words = memory.assumingMemoryBound(to: UInt64.self)
    (a, b, c, counter) = (words[0], words[1], words[2], words[3])
    let hasHalf = memory.load(fromByteOffset: 32, as: Int32.self) != 0
    half = hasHalf ? memory.load(fromByteOffset: 36, as: UInt32.self) : nil
  }

  package func store(at memory: UnsafeMutableRawPointer) {
    let words = memory.assumingMemoryBound(to: UInt64.self)
    (words[0], words[1], words[2], words[3]) = (a, b, c, counter)
    memory.storeBytes(of: half == nil ? 0 : 1, toByteOffset: 32, as: Int32.self)
    if let half { memory.storeBytes(of: half, toByteOffset: 36, as: UInt32.self) }
  }

  init(seeding words: [UInt64]) {
    (a, b, c, counter, half) = (words[0], words[1], words[2], 1, nil)
    for _ in 0..<12 { _ = next64() }
  }

  @inline(__always)
  package mutating func next64() -> UInt64 {
    let result = a &+ b &+ counter
    counter = counter &+ 1
    a = b ^ b >> 11
    b = c &+ c << 3
    c = (c << 24 | c >> 40) &+ result
    return result
  }

  @inline(__always)
  package mutating func next32() -> UInt32 {
    if let second = half {
      half = nil
      return second
    }
    let word = next64()
    half = UInt32(truncatingIfNeeded: word >> 32)
    return UInt32(truncatingIfNeeded: word)
  }

  @inline(__always)
  package mutating func nextDouble() -> Double { Self.double(next64()) }
}
