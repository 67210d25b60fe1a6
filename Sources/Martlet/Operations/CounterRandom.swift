import MartletIR

// Random numbers as functions of their number in a stream: the kernels of `CounterGenerator`.

extension ElementwiseOperation {
  /// Uniform numbers from a lowest one (the fifth input) to below that and a width (the last), with
  /// as many bits as a significand has. The inputs before them are the position in this call, the
  /// number of its first block, the key and the stream.
  static let counterUniform = counterRow(
    "random_uniform", [.float32, .float64].map { TypedLoop(counterInputs + [$0, $0], [$0]) }
  ) { words, low, width in low + width * uniform(words.0, low.dtype) }

  /// Normal numbers of a mean and a deviation after Box and Muller, of two uniform ones each.
  ///
  /// G. E. P. Box and M. E. Muller, "A note on the generation of random normal deviates", 1958.
  static let counterNormal = counterRow(
    "random_normal", [.float32, .float64].map { TypedLoop(counterInputs + [$0, $0], [$0]) }
  ) { words, mean, deviation in
    let dtype = mean.dtype
    // Above 0: the smallest is where the tails of the normal numbers end.
    let (shift, scale) = dtype == .float64 ? (11, 0x1p-53) : (32, 0x1p-32)
    let first = ((words.0 >> shift) + words.0.literal(1)).cast(to: .float64) * scale
    let radius = (first.cast(to: dtype).call(.log) * -2).squareRoot
    let angle = uniform(words.1, dtype) * (2 * Double.pi)
    return mean + deviation * (radius * angle.call(.cos))
  }

  /// Integers from a lowest one (the fifth input) on, of so many (the last; 0 stands for 2⁶⁴).
  static let counterIntegers = counterRow(
    "random_integers",
    DType.allCases.filter { $0.isInteger || $0 == .bool }.map {
      TypedLoop(counterInputs + [$0, .uint64], [$0])
    }
  ) { words, low, count in
    let place = (count == count.literal(0)).select(words.0, highProduct(words.0, count))
    if low.dtype == .bool { return low | (place != place.literal(0)) }
    return (low.cast(to: .uint64) + place).cast(to: low.dtype)
  }

  static let counterRows = [counterUniform, counterNormal, counterIntegers]

  private static let counterInputs: [DType] = [.int64, .uint64, .uint64, .uint64]

  private static func counterRow(
    _ name: String, _ loops: [TypedLoop],
    _ number:
      @escaping @Sendable (
        _ words: (Expression, Expression), _ first: Expression, _ second: Expression
      ) -> Expression
  ) -> ElementwiseOperation {
    ElementwiseOperation(
      name: name, summary: "Random numbers by their places in a stream.", loops: loops,
      identity: .none, domain: .all, tolerance: 0, poles: .none, selection: .firstSafe,
      integerEvents: .none, gradient: .nonDifferentiable("random numbers depend on no input")
    ) { inputs in
      let counter = inputs[0].cast(to: .uint64) + inputs[1]
      let words = philox(counter, stream: inputs[3], key: inputs[2])
      return [number(words, inputs[4], inputs[5])]
    }
  }

  private static func uniform(_ word: Expression, _ dtype: DType) -> Expression {
    dtype == .float64
      ? (word >> 11).cast(to: dtype) * 0x1p-53 : (word >> 40).cast(to: dtype) * 0x1p-24
  }

  /// Philox 4×32 with ten rounds, in the lower halves of words of 64 bits.
  ///
  /// J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random numbers: as easy as 1,
  /// 2, 3", SC 2011.
  private static func philox(
    _ counter: Expression, stream: Expression, key: Expression
  ) -> (Expression, Expression) {
    let mask = counter.literal(0xFFFF_FFFF)
    func low(_ x: Expression) -> Expression { x & mask }
    func high(_ x: Expression) -> Expression { x >> 32 }
    var (a, b, c, d) = (low(counter), high(counter), low(stream), high(stream))
    let keys = (low(key), high(key))
    for round in 0..<10 {
      let first = a * a.literal(0xD251_1F53)
      let second = c * c.literal(0xCD9E_8D57)
      let steps = (
        Int(truncatingIfNeeded: UInt32(truncatingIfNeeded: round) &* 0x9E37_79B9),
        Int(truncatingIfNeeded: UInt32(truncatingIfNeeded: round) &* 0xBB67_AE85)
      )
      (a, b, c, d) = (
        high(second) ^ b ^ low(keys.0 + key.literal(steps.0)), low(second),
        high(first) ^ d ^ low(keys.1 + key.literal(steps.1)), low(first)
      )
    }
    return (a | (b << 32), c | (d << 32))
  }

  /// The upper 64 of the 128 bits of a product.
  private static func highProduct(_ a: Expression, _ b: Expression) -> Expression {
    let mask = a.literal(0xFFFF_FFFF)
    let (a1, a0, b1, b0) = (a >> 32, a & mask, b >> 32, b & mask)
    let middle = a1 * b0 + ((a0 * b0) >> 32)
    let other = a0 * b1 + (middle & mask)
    return a1 * b1 + (middle >> 32) + (other >> 32)
  }
}
