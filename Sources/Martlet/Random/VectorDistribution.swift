import MartletIR

/// Distributions of vectors: one draw is several numbers.
package enum VectorDistribution: Sendable {
  case multinomial(trials: Int64, chances: [Double])
  /// Of a `Generator`, or with the gamma numbers of a `RandomState`.
  case dirichlet([Double], isLegacy: Bool)
  /// By one colour after the other.
  case hypergeometric(colours: [Int64], sample: Int64)

  /// How many numbers a vector has.
  package var width: Int {
    switch self {
    case .multinomial(_, let chances): chances.count
    case .dirichlet(let weights, _): weights.count
    case .hypergeometric(let colours, _): colours.count
    }
  }

  package var dtype: DType {
    if case .dirichlet = self { return .float64 }
    return .int64
  }

  /// Whether NumPy takes the parameters; it says what is wrong with others.
  package var isAllowed: Bool {
    switch self {
    case .multinomial(let trials, let chances):
      trials >= 0 && !chances.isEmpty && chances.allSatisfy { $0 >= 0 && $0 <= 1 }
        && chances.dropLast().reduce(0, +) <= 1
    case .dirichlet(let weights, let isLegacy):
      !weights.isEmpty && weights.allSatisfy { isLegacy ? $0 > 0 : $0 >= 0 && $0.isFinite }
    case .hypergeometric(let colours, let sample):
      // NumPy's own limit keeps the sum in range.
      colours.allSatisfy { $0 >= 0 && $0 < 1_000_000_000 } && colours.count < 1 << 30
        && colours.reduce(0, +) < 1_000_000_000 && sample >= 0 && sample <= colours.reduce(0, +)
    }
  }

  /// So many vectors, one after the other.
  package func fill(_ target: UnsafeMutableRawPointer, _ count: Int, _ source: LegacySource) {
    let places = target.assumingMemoryBound(to: Int64.self)
    let numbers = target.assumingMemoryBound(to: Double.self)
    for i in 0..<count {
      switch self {
      case .multinomial(let trials, let chances):
        Self.multinomial(trials, chances, places + i * width, source.bits)
      case .dirichlet(let weights, true):
        Self.dirichlet(weights, numbers + i * width) { source.gamma($0) }
      case .dirichlet(let weights, false):
        Self.dirichlet(weights, numbers + i * width, source.bits)
      case .hypergeometric(let colours, let sample):
        Self.hypergeometric(colours, sample, places + i * width, source.bits)
      }
    }
  }

  private static func multinomial(
    _ trials: Int64, _ chances: [Double], _ target: UnsafeMutablePointer<Int64>,
    _ source: RandomSource
  ) {
    target.update(repeating: 0, count: chances.count)
    var (rest, left) = (1.0, trials)
    for (i, chance) in chances.dropLast().enumerated() {
      target[i] = source.binomial(left, chance / rest)
      left = left &- target[i]
      if left <= 0 { break }
      rest -= chance
    }
    if left > 0 { target[chances.count - 1] = left }
  }

  private static func dirichlet(
    _ weights: [Double], _ target: UnsafeMutablePointer<Double>, _ gamma: (Double) -> Double
  ) {
    var sum = 0.0
    for (i, weight) in weights.enumerated() {
      target[i] = gamma(weight)
      sum += target[i]
    }
    let inverse = 1 / sum
    for i in weights.indices { target[i] *= inverse }
  }

  private static func dirichlet(
    _ weights: [Double], _ target: UnsafeMutablePointer<Double>, _ source: RandomSource
  ) {
    guard let most = weights.max(), most < 0.1 else {
      return dirichlet(weights, target) { source.gamma($0) }
    }
    // Gamma numbers of such small shapes may all be 0, so a stick is broken piece by piece.
    target.update(repeating: 0, count: weights.count)
    var sums = weights
    for i in weights.indices.dropLast().reversed() { sums[i] = sums[i + 1] + weights[i] }
    if sums[0] == 0 { return }
    var rest = 1.0
    for i in weights.indices.dropLast() {
      let piece = source.beta(weights[i], sums[i + 1])
      target[i] = rest * piece
      rest *= 1 - piece
      if sums[i + 1] == 0 { break }
    }
    target[weights.count - 1] = rest
  }

  private static func hypergeometric(
    _ colours: [Int64], _ sample: Int64, _ target: UnsafeMutablePointer<Int64>,
    _ source: RandomSource
  ) {
    target.update(repeating: 0, count: colours.count)
    let total = colours.reduce(0, &+)
    if total == 0 || sample == 0 { return }
    let isMost = sample > total / 2
    var (left, others) = (isMost ? total &- sample : sample, total)
    for (i, colour) in colours.dropLast().enumerated() where left > 0 {
      others = others &- colour
      target[i] = source.hypergeometric(colour, others, left)
      left = left &- target[i]
    }
    if left > 0 { target[colours.count - 1] = left }
    if isMost { for (i, colour) in colours.enumerated() { target[i] = colour &- target[i] } }
  }
}
