/// PCG64, NumPy's default: a linear congruential generator of 128 bits whose state is mixed to 64.
///
/// M. E. O'Neill, "PCG: a family of simple fast space-efficient statistically good algorithms for
/// random number generation", 2014 (XSL-RR; `PCG64DXSM` has the later output function and multiplier).
protocol PermutedCongruential: SkippableBits {
  static var multiplier: UInt128 { get }
  /// Whether a word comes from the state after a step, not from the one before.
  static var givesNextState: Bool { get }
  static func output(_ state: UInt128) -> UInt64
  var state: UInt128 { get set }
  var increment: UInt128 { get set }
  var half: SecondHalf { get set }
  init(state: UInt128, increment: UInt128, half: SecondHalf)
}

extension PermutedCongruential {
  // NumPy's state: the address of two words of 128 bits, then whether there is a half, and it.
  private static var homeOffset: Int { 16 }
  static var byteCount: Int { 48 }

  static func prepare(_ memory: UnsafeMutableRawPointer) {
    memory.storeBytes(of: memory + homeOffset, as: UnsafeMutableRawPointer.self)
  }

  static func isPlausible(_ memory: UnsafeMutableRawPointer) -> Bool {
    isNear(memory, offset: 0)
  }

  init(at memory: UnsafeMutableRawPointer) {
    let home = memory.load(as: UnsafeMutableRawPointer.self)
    self.init(
      state: home.loadUnaligned(as: UInt128.self),
      increment: home.loadUnaligned(fromByteOffset: 16, as: UInt128.self),
      half: SecondHalf(at: memory + 8))
  }

  func store(at memory: UnsafeMutableRawPointer) {
    let home = memory.load(as: UnsafeMutableRawPointer.self)
    home.storeBytes(of: state, as: UInt128.self)
    home.storeBytes(of: increment, toByteOffset: 16, as: UInt128.self)
    half.store(at: memory + 8)
  }

  @inline(__always)
  mutating func step() { state = state &* Self.multiplier &+ increment }

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

  mutating func skip(_ words: UInt64) { advance(UInt128(words)) }

  /// As if so many words were drawn; the period is 2^128, so negative numbers wrap around to the past.
  mutating func advance(_ words: UInt128) {
    let (factor, sum) = Self.leap(words, increment)
    state = factor &* state &+ sum
  }

  /// What so many steps do at once: a product and a sum (F. B. Brown, "Random number generation with
  /// arbitrary strides", 1994).
  static func leap(_ words: UInt128, _ increment: UInt128) -> (factor: UInt128, sum: UInt128) {
    var (factor, sum): (UInt128, UInt128) = (1, 0)
    var (stepFactor, stepSum) = (multiplier, increment)
    var rest = words
    while rest > 0 {
      if rest & 1 != 0 {
        factor = factor &* stepFactor
        sum = sum &* stepFactor &+ stepSum
      }
      stepSum = (stepFactor &+ 1) &* stepSum
      stepFactor = stepFactor &* stepFactor
      rest >>= 1
    }
    return (factor, sum)
  }

  /// A step has to wait for the step before, so four streams are drawn in turns, of every fourth word
  /// each.
  mutating func fill(_ target: UnsafeMutablePointer<Double>, _ count: Int, _ affine: Affine) {
    let quads = count / 4
    if quads > 8 {
      let (factor, sum) = Self.leap(4, increment)
      var a = self
      if Self.givesNextState { a.step() }
      var b = a
      b.step()
      var c = b
      c.step()
      var d = c
      d.step()
      var (w, x, y, z) = (a.state, b.state, c.state, d.state)
      for i in 0..<quads {
        let place = target + 4 * i
        place[0] = affine(Self.double(Self.output(w)))
        place[1] = affine(Self.double(Self.output(x)))
        place[2] = affine(Self.double(Self.output(y)))
        place[3] = affine(Self.double(Self.output(z)))
        w = w &* factor &+ sum
        x = x &* factor &+ sum
        y = y &* factor &+ sum
        z = z &* factor &+ sum
      }
      advance(UInt128(4 * quads))
    }
    for i in (quads > 8 ? 4 * quads : 0)..<count { target[i] = affine(nextDouble()) }
  }

  @inline(__always)
  mutating func next64() -> UInt64 {
    if Self.givesNextState {
      step()
      return Self.output(state)
    }
    let before = state
    step()
    return Self.output(before)
  }

  /// The state that NumPy makes of four words: the seed's and the stream's, high words first.
  init(seeding words: [UInt64]) {
    let seed = UInt128(words[0]) << 64 | UInt128(words[1])
    let stream = UInt128(words[2]) << 64 | UInt128(words[3])
    self.init(state: 0, increment: stream << 1 | 1, half: .none)
    step()
    state = state &+ seed
    step()
  }
}

struct PCG64: PermutedCongruential {
  static var givesNextState: Bool { true }
  static var multiplier: UInt128 { 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645 }
  var state: UInt128
  var increment: UInt128
  var half: SecondHalf

  init(state: UInt128, increment: UInt128, half: SecondHalf) {
    self.state = state
    self.increment = increment
    self.half = half
  }

  @inline(__always)
  static func output(_ state: UInt128) -> UInt64 {
    let high = UInt64(truncatingIfNeeded: state >> 64)
    let mixed = high ^ UInt64(truncatingIfNeeded: state)
    let turn = high >> 58
    return mixed &>> turn | mixed &<< ((0 &- turn) & 63)
  }
}

struct PCG64DXSM: PermutedCongruential {
  static var givesNextState: Bool { false }
  private static var cheap: UInt64 { 0xda94_2042_e4dd_58b5 }
  static var multiplier: UInt128 { UInt128(cheap) }
  var state: UInt128
  var increment: UInt128
  var half: SecondHalf

  init(state: UInt128, increment: UInt128, half: SecondHalf) {
    self.state = state
    self.increment = increment
    self.half = half
  }

  @inline(__always)
  static func output(_ state: UInt128) -> UInt64 {
    var high = UInt64(truncatingIfNeeded: state >> 64)
    let low = UInt64(truncatingIfNeeded: state) | 1
    high ^= high >> 32
    high = high &* Self.cheap
    high ^= high >> 48
    return high &* low
  }
}
