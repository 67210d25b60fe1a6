import MartletIR

/// Makes a failing example smaller as long as it fails: fewer elements, a plainer layout, plainer
/// numbers.
struct CheckShrinking {
  private let isElementwise: Bool
  private let keepsRanks: Bool
  private let fails: (CheckExample) -> Bool
  /// Each try runs the operation, and a new layout may compile a kernel.
  private var triesLeft = 400

  /// - Parameter fails: Whether an example still fails in the same way.
  init(_ subject: CheckSubject, fails: @escaping (CheckExample) -> Bool) {
    isElementwise = subject.form == .elementwise
    keepsRanks = subject.form == .declared
    self.fails = fails
  }

  /// - Parameter index: Where the example failed worst, in an elementwise operation.
  mutating func shrink(_ example: CheckExample, at index: [Int]?) -> CheckExample {
    var best = example
    if let index, isElementwise {
      var one = example
      for (axis, place) in index.enumerated() { one = one.part(axis: axis, place..<(place + 1)) }
      for i in one.inputs.indices { one.inputs[i].arrangement = .contiguous }
      take(withoutAxes(one), into: &best)
    }
    // A declared operation's axes are part of its signature.
    var before: CheckExample
    repeat {
      before = best
      plainLayout(&best)
      fewerElements(&best)
      fewerAxes(&best)
    } while best != before && triesLeft > 0
    plainValues(&best)
    return best
  }

  /// Keeps a smaller example if it fails.
  @discardableResult
  private mutating func take(_ candidate: CheckExample, into best: inout CheckExample) -> Bool {
    guard triesLeft > 0, candidate != best else { return false }
    triesLeft -= 1
    guard fails(candidate) else { return false }
    best = candidate
    return true
  }

  // MARK: Layout

  private mutating func plainLayout(_ best: inout CheckExample) {
    var plain = best
    for i in plain.inputs.indices { plain.inputs[i].arrangement = .contiguous }
    if take(plain, into: &best) { return }
    for i in best.inputs.indices {
      var candidate = best
      candidate.inputs[i].arrangement = .contiguous
      take(candidate, into: &best)
    }
  }

  // MARK: Size

  private mutating func fewerElements(_ best: inout CheckExample) {
    for axis in 0..<best.shape.rank {
      var length = best.shape[axis] / 2
      while length >= 1, triesLeft > 0 {
        let size = best.shape[axis]
        // The first or the last elements, then without a piece at either end.
        let ranges = [0..<length, (size - length)..<size, 0..<(size - length), length..<size]
        let found = ranges.contains {
          !$0.isEmpty && $0.count < size && take(best.part(axis: axis, $0), into: &best)
        }
        length = found ? min(length, best.shape[axis] / 2) : length / 2
      }
    }
  }

  private mutating func fewerAxes(_ best: inout CheckExample) {
    guard keepsRanks == false else { return }
    if isElementwise, let flat = best.flattened { take(flat, into: &best) }
    take(withoutAxes(best), into: &best)
  }

  /// Without axes of length one, but for the one that is worked along, or the last.
  private func withoutAxes(_ example: CheckExample) -> CheckExample {
    var result = example
    for axis in (0..<result.shape.rank).reversed()
    where result.shape[axis] == 1 && result.shape.rank > 1 && result.axis != axis {
      if result.inputs.allSatisfy({ $0.shape.rank == result.shape.rank }) {
        result = result.without(axis: axis)
      }
    }
    return result
  }

  // MARK: Numbers

  private mutating func plainValues(_ best: inout CheckExample) {
    for i in best.inputs.indices {
      for value in CheckSimplicity.plain(best.inputs[i].dtype) {
        var candidate = best
        candidate.inputs[i].values = best.inputs[i].values.map { _ in value }
        if best.inputs[i].values.allSatisfy({ $0 == value }) || take(candidate, into: &best) {
          break
        }
      }
    }
    for i in best.inputs.indices where best.inputs[i].values.count <= 16 {
      for j in best.inputs[i].values.indices {
        var changed = true
        while changed, triesLeft > 0 {
          changed = false
          for value in CheckSimplicity.simpler(best.inputs[i].values[j]) {
            var candidate = best
            candidate.inputs[i].values[j] = value
            if take(candidate, into: &best) {
              changed = true
              break
            }
          }
        }
      }
    }
  }
}

/// Which numbers are plainer than others, for people who read them.
enum CheckSimplicity {
  /// The plainest first.
  static func plain(_ dtype: DType) -> [Scalar] {
    if dtype == .bool { return [Scalar(Int64(0), .bool), Scalar(Int64(1), .bool)] }
    var numbers = [1.0, 0, 2]
    if !dtype.isUnsigned { numbers.append(-1) }
    if dtype.isInexact { numbers += [0.5, 1.5, .infinity, .nan] }
    return numbers.map { Scalar($0, dtype) }
  }

  /// Plainer numbers than this one, the plainest first.
  static func simpler(_ number: Scalar) -> [Scalar] {
    let own = weight(number)
    var seen: Set<Scalar> = []
    return (plain(number.dtype) + near(number))
      .filter { weight($0) < own && seen.insert($0).inserted }
  }

  /// Numbers like this one with less to read.
  private static func near(_ number: Scalar) -> [Scalar] {
    let dtype = number.dtype
    if dtype == .bool { return [] }
    if dtype.isInteger {
      let value = number.asInt64
      return [-value, value / 16, value / 2, value - value.signum()].map { Scalar($0, dtype) }
    }
    if dtype.isComplex {
      let parts = number.parts
      let zero = Scalar(dtype: dtype.realType, low: 0)
      return [(parts[0], zero), (zero, parts[1])].map { pair(dtype, $0, $1) }
        + near(parts[0]).map { pair(dtype, $0, parts[1]) }
        + near(parts[1]).map { pair(dtype, parts[0], $0) }
        + plain(dtype.realType).flatMap { [pair(dtype, $0, parts[1]), pair(dtype, parts[0], $0)] }
    }
    let value = number.asDouble
    guard value.isFinite else { return value < 0 ? [Scalar(.infinity, dtype)] : [] }
    // Fewer bits of the mantissa, then the same at another size.
    let mantissa = UInt64(dtype.mantissaBits - 1)
    var result = [Scalar(value.rounded(), dtype), Scalar(-value, dtype)]
    for kept in [1, 2, 4, 8, 12, 16, 24, 32, 40] where kept < mantissa {
      let mask = UInt64.max << (mantissa - UInt64(kept))
      result.append(Scalar(dtype: dtype, low: number.low & mask))
    }
    if value != 0 {
      result.append(
        Scalar(value / Double(sign: .plus, exponent: Int(value.exponent), significand: 1), dtype))
    }
    return result
  }

  private static func pair(_ dtype: DType, _ real: Scalar, _ imaginary: Scalar) -> Scalar {
    Scalar(dtype: dtype, low: real.low, high: imaginary.low)
  }

  /// How much there is to read: digits, sign and size. Every step of shrinking makes it less.
  static func weight(_ number: Scalar) -> Int {
    if let place = plain(number.dtype).firstIndex(of: number) { return place }
    if number.dtype.isComplex { return 100 + number.parts.map { weight($0) }.reduce(0, +) }
    if number.dtype.isInteger {
      let value = number.asInt64
      return 10 + 2 * (64 - value.magnitude.leadingZeroBitCount) + (value < 0 ? 1 : 0)
    }
    let value = number.asDouble
    if !value.isFinite { return 9 }
    if value == 0 { return 9 }
    let bits = 52 - value.significandBitPattern.trailingZeroBitCount
    return 10 + 2 * max(bits, 0) + 2 * Swift.abs(Int(value.exponent)) + (value < 0 ? 1 : 0)
  }
}
