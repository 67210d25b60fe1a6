/// Reduction of huge arguments by π/2, after Payne and Hanek: of the product of x and 2/π only the
/// bits around the point matter, so only those of 2/π that reach them are multiplied.
enum HugeArguments {
  /// For a `float64` from 2^45 on, or one below 2^128 and from 2^13 on where `single`.
  static func reduce(_ x: Expression, single: Bool) -> Trigonometric.Reduced {
    let mask = 0xffff_ffff
    let bits = x.bits.reinterpret(as: .uint64)
    let mantissa = (bits & x.format.fractionMask) | x.format.leastNormalBits
    // x = mantissa * 2^(field - 1075). Bits of 2/π up to 2^(field - 1077) make multiples of 4
    // quarter turns; zeros before the table's bits keep the position positive.
    let zeroWords = single ? 2 : 1
    let position = (bits >> 52) - bits.literal(1077 - 32 * zeroWords)
    let steps = single ? [4, 2, 1] : [16, 8, 4, 2, 1]
    let limbs = window(at: position, zeroWords: zeroWords, steps: steps)

    // The product modulo 2^192, in columns of 32 bits, the highest first. The closest that any
    // number comes to a multiple of π/2 leaves 60 zeros after the point, and 66 bits of 126.
    let (low, high) = (mantissa & mask, mantissa >> 32)
    var columns = [Expression?](repeating: nil, count: limbs.count)
    func add(_ value: Expression, to column: Int) {
      guard column >= 0 else { return }
      columns[column] = columns[column].map { $0 + value } ?? value
    }
    for (index, limb) in limbs.enumerated() {
      let (first, second) = (limb * low, limb * high)
      add(first & mask, to: index)
      add(first >> 32, to: index - 1)
      add(second & mask, to: index - 1)
      add(second >> 32, to: index - 2)
    }
    var digits = [Expression](repeating: mantissa, count: 5)
    var carry = mantissa.literal(0)
    for column in (0..<5).reversed() {
      let sum = columns[column]! + carry
      digits[column] = sum & mask
      carry = sum >> 32
    }

    // Two bits before the point, then the fraction; one of a half or more counts from above.
    var fraction = (0..<4).map { ((digits[$0] << 2) | (digits[$0 + 1] >> 30)) & mask }
    let isAbove = fraction[0] >> 31
    let quadrant = (digits[0] >> 30) + isAbove
    let flip = (isAbove.literal(0) - isAbove) & mask
    fraction = fraction.map { $0 ^ flip }
    let parts = fraction.enumerated().map { index, digit in
      let unit = 0x1p52
      let number = (digit | x.format.bits(unit)).reinterpret(as: .float64) - unit
      return number * Double(sign: .plus, exponent: -32 * (index + 1), significand: 1)
    }
    let head = DoubleWord.sum(ordered: parts[0], parts[1])
    let turns = DoubleWord.sum(ordered: head.high, head.low + (parts[2] + parts[3]))
    let angle = turns.times(
      x.literal(Coefficients.halfPi0_64), x.literal(Coefficients.halfPi1_64))
    let isNegative = isAbove == isAbove.literal(1)
    return Trigonometric.Reduced(
      quadrant: quadrant.reinterpret(as: .int64),
      r: DoubleWord(
        high: isNegative.select(-angle.high, angle.high),
        low: isNegative.select(-angle.low, angle.low)))
  }

  /// Six limbs of the table from a bit on, picked by halving: no memory is read.
  private static func window(
    at position: Expression, zeroWords: Int, steps: [Int]
  ) -> [Expression] {
    let index = position >> 5
    let table = Array(repeating: 0, count: zeroWords) + Coefficients.twoOverPiWords
    var words = table.map { position.literal($0) }
    for step in steps {
      let isSet = (index & step) != position.literal(0)
      words = (0..<(step + 6)).map { isSet.select(words[$0 + step], words[$0]) }
    }
    let shift = position.literal(32) - (position & 31)
    return (0..<6).map { (((words[$0] << 32) | words[$0 + 1]) >> shift) & 0xffff_ffff }
  }
}
