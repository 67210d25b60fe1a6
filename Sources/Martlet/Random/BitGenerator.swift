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

  /// NumPy's class.
  package static func named(_ name: String) -> BitGenerator? {
    switch name {
    case "PCG64": .pcg64
    case "PCG64DXSM": .pcg64DXSM
    case "SFC64": .sfc64
    case "Philox": .philox
    case "MT19937": .mersenneTwister
    default: nil
    }
  }

  /// Fills memory with what `RandomSource`'s functions would give one after the other; the state at
  /// `state` is the generator's own and moves on.
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
}
