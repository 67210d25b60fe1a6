import MartletIR

/// Kernels in which threads meet.
enum WarpKernels {
  static let full: UInt64 = 0xffff_ffff

  /// Everything that threads of a warp and of a block can ask each other about a number of this
  /// type. Buffers: the numbers, what is found (64 bits a piece, `columns` of them a thread).
  static func everyCollective(_ dtype: DType) -> Kernel {
    let b = KernelBuilder(name: "meet")
    let x = b.buffer(dtype, strides: [.unit])
    let out = b.buffer(.int64, strides: [.constant(columns), .unit], access: .write)
    let t = b.threadNumber
    let value = b.load(x, [t])
    let mask = b.constant(Scalar(dtype: .uint32, low: full))
    let isOdd = (t % 3) == b.integer(1)
    let lane = (t * 7).cast(to: .int32)
    var column = 0
    func keep(_ results: [Expression]) {
      for result in results {
        let bits =
          result.dtype.isFloating
          ? result.reinterpret(as: result.dtype.itemSize == 8 ? .int64 : .int32) : result
        b.store(out, [t, b.integer(column)], bits.cast(to: .int64))
        column += 1
      }
    }
    for operation in [Collective.allLanes, .anyLane, .sameLanes, .ballot] {
      keep(b.collective(operation, mask, isOdd))
    }
    for operation in [Collective.matchAny, .matchAll] { keep(b.collective(operation, mask, value)) }
    for operation in [Collective.shuffle, .shuffleUp, .shuffleDown, .shuffleXor] {
      keep(b.collective(operation, mask, value, lane))
    }
    b.collective(.syncWarp, mask)
    keep(b.collective(.activeMask))
    for operation in [Collective.countThreads, .allThreads, .anyThread] {
      keep(b.collective(operation, isOdd))
    }
    b.fence(.block)
    b.fence(.device)
    b.fence(.system)
    b.sleep(nanoseconds: b.integer(20, .uint32))
    return b.finish()
  }

  static let columns = 15
}

/// A kernel that changes a number per thread by what those lanes tell each other that are there.
struct RandomMeetings {
  private let builder = KernelBuilder(name: "random")
  private var state: UInt64
  private var depth = 0

  init(seed: Int) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

  private mutating func random(_ count: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % count
  }

  func kernel() -> Kernel {
    var copy = self
    let x = builder.buffer(.int32, strides: [.unit], access: .readWrite)
    let t = builder.threadNumber
    let value = builder.declare(initial: builder.load(x, [t]))
    copy.block(value, meets: true)
    builder.store(x, [t], builder.read(value))
    return builder.finish()
  }

  /// - Parameter meets: whether threads may meet. In loops they do so in each turn or not at all,
  ///   because lanes of different turns would meet otherwise.
  private mutating func block(_ value: Variable, meets: Bool) {
    depth += 1
    for _ in 0..<2 + random(2) {
      switch depth < 4 ? random(4) : 3 {
      case 0: branch(value, meets: meets)
      case 1: whileLoop(value, meets: meets)
      case 2: loop(value, meets: meets)
      default: change(value, meets: meets)
      }
    }
    depth -= 1
  }

  private mutating func condition(_ value: Variable) -> Expression {
    let number = builder.read(value) & (1 << random(4))
    return random(2) == 0
      ? number == number.literal(0)
      : builder.lane < builder.integer(1 + random(31))
  }

  private mutating func branch(_ value: Variable, meets: Bool) {
    let condition = condition(value)
    builder.branch(condition) {
      block(value, meets: meets)
    } else: {
      if random(2) == 0 { block(value, meets: meets) }
    }
  }

  private mutating func whileLoop(_ value: Variable, meets: Bool) {
    let turns = (builder.read(value) & 3).cast(to: .int64)
    let turn = builder.declare(initial: builder.integer(0))
    builder.whileLoop {
      change(value, meets: meets)
      return builder.read(turn) < turns
    } _: {
      block(value, meets: false)
      if random(2) == 0 { change(value, meets: meets) }
      builder.assign(turn, builder.read(turn) + builder.integer(1))
    }
  }

  private mutating func loop(_ value: Variable, meets: Bool) {
    let upper = random(2) == 0 ? builder.lane & 3 : builder.integer(3)
    builder.loop(from: builder.integer(random(2)), to: upper) { turn in
      block(value, meets: false)
      builder.assign(value, builder.read(value) + turn.cast(to: .int32))
      change(value, meets: meets)
    }
  }

  private mutating func change(_ value: Variable, meets: Bool) {
    let old = builder.read(value)
    guard meets else { return builder.assign(value, old * old.literal(3) + old.literal(1)) }
    let mask = builder.collective(.activeMask)[0]
    let isOdd = (old & 1) != old.literal(0)
    let found: Expression
    switch random(5) {
    case 0: found = builder.collective(.ballot, mask, isOdd)[0]
    case 1: found = builder.collective(.matchAny, mask, old & 3)[0]
    case 2: found = builder.collective(.allLanes, mask, isOdd)[0]
    case 3: found = builder.collective(.sameLanes, mask, isOdd)[0]
    default:
      // From the first of those that are there.
      let first = ((mask & (mask ^ (mask - mask.literal(1)))) - mask.literal(1)).countOnes
      found = builder.collective(.shuffle, mask, old, first.cast(to: .int32))[0]
    }
    builder.assign(value, old * old.literal(5) + found.cast(to: .int32))
  }
}

extension Expression {
  fileprivate static func % (a: Expression, b: Int) -> Expression { a.remainder(a.literal(b)) }
  fileprivate static func * (a: Expression, b: Int) -> Expression { a * a.literal(b) }
}
