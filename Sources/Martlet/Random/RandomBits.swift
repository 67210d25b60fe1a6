/// A source of random words, as NumPy's bit generators are: the same words in the same order.
package protocol RandomBits: SendableMetatype {
  mutating func next64() -> UInt64
  mutating func next32() -> UInt32
  /// From 0 to below 1, of 53 bits.
  mutating func nextDouble() -> Double
}

extension RandomBits {
  /// From 0 to below 1, of 24 bits.
  @inline(__always)
  package mutating func nextFloat() -> Float { Float(next32() >> 8) * 0x1p-24 }

  @inline(__always)
  static func double(_ word: UInt64) -> Double { Double(word >> 11) * 0x1p-53 }
}

/// One of the algorithms that give the words. A value of it is a copy of a state in memory, which is
/// laid out as NumPy's own: so the states of NumPy's objects can be read and written as ours.
protocol BitGeneratorState: RandomBits {
  /// Bytes of the whole state, where it is ours.
  static var byteCount: Int { get }
  /// Gives what `init(at:)` expects to zeroed memory of our own.
  static func prepare(_ memory: UnsafeMutableRawPointer)
  /// Whether foreign memory may be such a state: that addresses in it lead where they can.
  static func isPlausible(_ memory: UnsafeMutableRawPointer) -> Bool
  /// The state that lies there. The memory must stay as long as the value, which may refer to it.
  init(at memory: UnsafeMutableRawPointer)
  func store(at memory: UnsafeMutableRawPointer)
}

/// The second half of a word of 64 bits, which `next32` gives next.
struct SecondHalf {
  var isThere: Bool
  /// It stays when it was given: programs see it in `state`.
  var word: UInt32

  static let none = SecondHalf(isThere: false, word: 0)

  // In memory: whether it is there, and it, in 32 bits each.
  init(at memory: UnsafeMutableRawPointer) {
    isThere = memory.load(as: Int32.self) != 0
    word = memory.load(fromByteOffset: 4, as: UInt32.self)
  }

  init(isThere: Bool, word: UInt32) {
    self.isThere = isThere
    self.word = word
  }

  func store(at memory: UnsafeMutableRawPointer) {
    memory.storeBytes(of: isThere ? 1 : 0, as: Int32.self)
    memory.storeBytes(of: word, toByteOffset: 4, as: UInt32.self)
  }
}

extension BitGeneratorState {
  static func isPlausible(_ memory: UnsafeMutableRawPointer) -> Bool { true }

  /// Whether an address leads to the neighbourhood, where NumPy's objects hold the rest of the state.
  static func isNear(_ memory: UnsafeMutableRawPointer, offset: Int) -> Bool {
    let distance = memory.load(fromByteOffset: offset, as: Int.self) &- Int(bitPattern: memory)
    return distance.magnitude < 512
  }
}

/// A state that can be moved by any number of words at once, so that several threads share a stream.
protocol SkippableBits: BitGeneratorState {
  /// As if so many words of 64 bits were drawn.
  mutating func skip(_ words: UInt64)
  /// Fills a row with uniform numbers; as many calls of `nextDouble` would, in loops of its own.
  mutating func fill(_ target: UnsafeMutablePointer<Double>, _ count: Int, _ affine: Affine)
}

extension SkippableBits {
  mutating func fill(_ target: UnsafeMutablePointer<Double>, _ count: Int, _ affine: Affine) {
    // A copy of our own stays in registers.
    var own = self
    for i in 0..<count { target[i] = affine(own.nextDouble()) }
    self = own
  }
}

/// Any bit generator, by the functions that draw from it: ours, NumPy's, or one that a user's library
/// has made. It has the form of NumPy's `bitgen_t`.
package struct RandomSource: RandomBits, BitwiseCopyable {
  package typealias State = UnsafeMutableRawPointer

  package let state: State
  let word64: @convention(c) (State) -> UInt64
  let word32: @convention(c) (State) -> UInt32
  let double: @convention(c) (State) -> Double
  let raw: @convention(c) (State) -> UInt64

  init(
    state: State, word64: @escaping @convention(c) (State) -> UInt64,
    word32: @escaping @convention(c) (State) -> UInt32,
    double: @escaping @convention(c) (State) -> Double
  ) {
    self.state = state
    self.word64 = word64
    self.word32 = word32
    self.double = double
    raw = word64
  }

  @inline(__always) package func next64() -> UInt64 { word64(state) }
  @inline(__always) package func next32() -> UInt32 { word32(state) }
  @inline(__always) package func nextDouble() -> Double { double(state) }
}
