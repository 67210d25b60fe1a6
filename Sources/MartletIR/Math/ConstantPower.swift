extension MathLibrary {
  /// `x` to a power that is known when compiling: whole numbers and halves up to eight, without a
  /// logarithm; nil for others.
  ///
  /// The error stays below one unit in the last place and special values are those of C's `pow`,
  /// with one exception: like NumPy's, the power 0.5 is the square root, which is NaN for
  /// -infinity and -0 for -0.
  public static func power(_ x: Expression, exponent: Double) -> Expression? {
    guard x.dtype.isFloating, abs(exponent) <= 8, (exponent * 2).rounded() == exponent * 2 else {
      return nil
    }
    if x.dtype.computeType != x.dtype {
      return power(x.cast(to: x.dtype.computeType), exponent: exponent)?.cast(to: x.dtype)
    }
    switch exponent {
    case 0: return x.literal(1)
    case 1: return x
    case 2: return x * x
    case -1: return 1 / x
    case 0.5: return x.squareRoot
    default: break
    }
    if x.dtype == .float32 {
      // In double so few roundings all but never show in the result.
      return ConstantPower(exponent).product(x.cast(to: .float64)).cast(to: .float32)
    }
    return ConstantPower(exponent).compensated(x)
  }
}

/// A power as a product of `x`s and perhaps its root.
private struct ConstantPower {
  let exponent: Double
  let whole: Int
  let hasRoot: Bool

  init(_ exponent: Double) {
    self.exponent = exponent
    whole = Int(abs(exponent))
    hasRoot = abs(exponent) != Double(whole)
  }

  /// The power with every step rounded.
  func product(_ x: Expression) -> Expression {
    let base = base(x)
    return product(base, root: hasRoot ? base.squareRoot : base)
  }

  private func product(_ base: Expression, root: Expression) -> Expression {
    guard hasRoot else { return Self.power(base, whole) }
    // Negative numbers have no value; their powers shall not overflow besides.
    let positive = (base.bits < base.bits.literal(0)).select(base.literal(1), base)
    return whole == 0 ? root : Self.power(positive, whole) * root
  }

  /// What is multiplied: the inverse for negative exponents. `pow` knows no sign of 0 and infinity
  /// for powers that are not whole.
  private func base(_ x: Expression) -> Expression {
    let zero = x.bits.literal(0)
    let isEnd =
      (x.magnitudeBits == zero) | (x.magnitudeBits == x.bits.literal(x.format.infinityBits))
    let y = hasRoot ? isEnd.select(x.absolute, x) : x
    return exponent < 0 ? 1 / y : y
  }

  /// The product with what its roundings lost, wherever the result is neither 0 nor infinite.
  func compensated(_ x: Expression) -> Expression {
    let format = x.format
    let magnitude = abs(exponent)
    func two(_ power: Int) -> Double { Double(sign: .plus, exponent: power, significand: 1) }
    // Moved by powers of two so that no step over- or underflows before the last.
    let end = Int(1100 / magnitude)
    let far = Int(400 / magnitude)
    let step = min(2 * Int(300 / magnitude), 600)
    let shift = Int(Double(step) * exponent)
    let isInside =
      x.magnitudeBits.isAtLeast(end > 1022 ? 1 : format.bits(two(-end)))
      & x.magnitudeBits.isBelow(end > 1023 ? format.infinityBits : format.bits(two(end)))
    let isLarge = x.magnitudeBits.isAbove(format.bits(two(far)))
    let isSmall = x.magnitudeBits.isBelow(format.bits(two(-far)))
    let one = x.literal(1)
    func scale(_ up: Double, _ down: Double) -> Expression {
      isLarge.select(x.literal(down), isSmall.select(x.literal(up), one))
    }
    let moved = isInside.select(x, one) * scale(two(step), two(-step))
    let outer = base(isInside.select(one, x))
    // One root serves both: roots and divisions are what this costs.
    let root = hasRoot ? isInside.select(moved, outer).squareRoot : moved
    let inner = isInside.select(root, one)
    let result = exponent > 0 ? positive(moved, inner) : negative(moved, inner)
    return isInside.select(result * scale(two(-shift), two(shift)), product(outer, root: root))
  }

  private func positive(_ x: Expression, _ root: Expression) -> Expression {
    let power = double(x, root)
    return power.high + power.low
  }

  private func negative(_ x: Expression, _ root: Expression) -> Expression {
    let power = double(x, root)
    let inverse = 1 / power.high
    let rest = (-inverse).fused(power.high, plus: inverse.literal(1))
    return inverse.fused((-inverse).fused(power.low, plus: rest), plus: inverse)
  }

  /// The power of the exponent's magnitude in two words, given the rounded root.
  private func double(_ x: Expression, _ root: Expression) -> DoubleWord {
    let power = whole == 0 ? nil : Self.power(DoubleWord(high: x, low: x.literal(0)), whole)
    guard hasRoot else { return power! }
    // √x = root + miss / (2 root). With x^n = root^(2n) there is nothing to divide but for n = 0.
    let miss = (-root).fused(root, plus: x) * 0.5
    guard let power else { return DoubleWord(high: root, low: miss / root) }
    let product = DoubleWord.product(power.high, root)
    let perRoot = whole == 1 ? root : Self.power(x, whole - 1) * root
    return DoubleWord(
      high: product.high,
      low: miss.fused(perRoot, plus: power.low.fused(root, plus: product.low)))
  }

  private static func power(_ x: Expression, _ exponent: Int) -> Expression {
    if exponent == 1 { return x }
    let half = power(x, exponent / 2)
    return exponent % 2 == 0 ? half * half : half * half * x
  }

  private static func power(_ x: DoubleWord, _ exponent: Int) -> DoubleWord {
    if exponent == 1 { return x }
    let half = power(x, exponent / 2)
    let square = half * half
    return exponent % 2 == 0 ? square : square * x
  }
}
