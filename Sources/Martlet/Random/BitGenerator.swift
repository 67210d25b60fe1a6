import MartletIR

/// NumPy's bit generators.
public enum BitGenerator: Sendable, Hashable, CaseIterable {
  /// The default: fast, small, and with streams that can be split.
  case pcg64
  /// PCG64 with a better mixing function.
  case pcg64DXSM
  /// Small and the fastest; cannot be moved along its stream.
  case sfc64
  /// A counter and a key.
  case philox
  /// That of `RandomState` and of Python's `random`.
  case mersenneTwister

  /// The name of NumPy's class.
  package var name: String {
    switch self {
    case .pcg64: "PCG64"
    case .pcg64DXSM: "PCG64DXSM"
    case .sfc64: "SFC64"
    case .philox: "Philox"
    case .mersenneTwister: "MT19937"
    }
  }

  /// Fills memory with what the source of the generator would give one after the other. `state` is the
  /// generator's own state, which moves on.
  package func fill(
    _ bulk: Distribution.Bulk, _ a: Double, _ b: Double,
    state: UnsafeMutableRawPointer, _ target: UnsafeMutablePointer<Double>, _ count: Int
  ) throws(MartletError) {
    switch self {
    case .pcg64: try Self.fill(PCG64.self, bulk, a, b, state, target, count)
    case .pcg64DXSM: try Self.fill(PCG64DXSM.self, bulk, a, b, state, target, count)
    case .philox: try Self.fill(Philox.self, bulk, a, b, state, target, count)
    case .sfc64: Self.fillInOrder(SFC64.self, bulk, a, b, state, target, count)
    case .mersenneTwister:
      Self.fillInOrder(MersenneTwister.self, bulk, a, b, state, target, count)
    }
  }

  private static func fill<State: SkippableBits>(
    _ type: State.Type, _ bulk: Distribution.Bulk, _ a: Double, _ b: Double,
    _ state: UnsafeMutableRawPointer, _ target: UnsafeMutablePointer<Double>, _ count: Int
  ) throws(MartletError) {
    var bits = State(at: state)
    try BulkFill.fill(&bits, bulk, a, b, target, count)
    bits.store(at: state)
  }

  private static func fillInOrder<State: BitGeneratorState>(
    _ type: State.Type, _ bulk: Distribution.Bulk, _ a: Double, _ b: Double,
    _ state: UnsafeMutableRawPointer, _ target: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    var bits = State(at: state)
    BulkFill.fillInOrder(&bits, bulk, a, b, target, count)
    bits.store(at: state)
  }

  /// The same in single precision.
  package func fill32(
    _ bulk: Distribution.Bulk, state: UnsafeMutableRawPointer,
    _ target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    func run<State: BitGeneratorState>(_ type: State.Type) {
      var bits = State(at: state)
      BulkFill.fill32(&bits, bulk, target, count)
      bits.store(at: state)
    }
    switch self {
    case .pcg64: run(PCG64.self)
    case .pcg64DXSM: run(PCG64DXSM.self)
    case .philox: run(Philox.self)
    case .sfc64: run(SFC64.self)
    case .mersenneTwister: run(MersenneTwister.self)
    }
  }

  /// Fills memory with integers of a range.
  package func fill(
    _ range: IntegerRange, state: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer,
    _ count: Int
  ) {
    func run<State: BitGeneratorState>(_ type: State.Type) {
      var bits = State(at: state)
      range.fill(&bits, target, count)
      bits.store(at: state)
    }
    switch self {
    case .pcg64: run(PCG64.self)
    case .pcg64DXSM: run(PCG64DXSM.self)
    case .philox: run(Philox.self)
    case .sfc64: run(SFC64.self)
    case .mersenneTwister: run(MersenneTwister.self)
    }
  }

  /// Whether two states in foreign memory, of generators with one seed, are laid out as ours: whether
  /// the one gives by our code what the other gives by its own functions. Both move on.
  package func isKnown(_ source: RandomSource, _ twin: RandomSource) -> Bool {
    func run<State: BitGeneratorState>(_ type: State.Type) -> Bool {
      guard type.isPlausible(source.state) else { return false }
      // More words than any state holds, and in turns: ours must see what the functions leave.
      for i in 0..<1500 {
        var own = State(at: source.state)
        let isSame =
          switch i % 4 {
          case 0: own.next64() == twin.next64()
          case 1: own.next32() == twin.next32()
          default: source.next32() == twin.next32()
          }
        if !isSame { return false }
        if i % 4 < 2 { own.store(at: source.state) }
      }
      return true
    }
    return switch self {
    case .pcg64: run(PCG64.self)
    case .pcg64DXSM: run(PCG64DXSM.self)
    case .philox: run(Philox.self)
    case .sfc64: run(SFC64.self)
    case .mersenneTwister: run(MersenneTwister.self)
    }
  }
}
