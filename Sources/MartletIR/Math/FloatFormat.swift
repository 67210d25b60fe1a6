/// How a floating type is laid out in bits.
struct FloatFormat {
  let dtype: DType
  /// Bits of the fraction, without the hidden one.
  let fraction: Int
  /// What is added to an exponent in the bits.
  let bias: Int
  /// The signed integer type of the same size.
  let integer: DType

  init(_ dtype: DType) {
    self.dtype = dtype
    switch dtype {
    case .float64: (fraction, bias, integer) = (52, 1023, .int64)
    case .float32: (fraction, bias, integer) = (23, 127, .int32)
    case .float16: (fraction, bias, integer) = (10, 15, .int16)
    case .bfloat16: (fraction, bias, integer) = (7, 127, .int16)
    default: preconditionFailure("\(dtype) is not a floating type.")
    }
  }

  var infinityBits: Int { (2 * bias + 1) << fraction }
  var magnitudeMask: Int { infinityBits | fractionMask }
  var fractionMask: Int { 1 << fraction - 1 }
  var leastNormalBits: Int { 1 << fraction }

  /// The bits of a positive number.
  func bits(_ value: Double) -> Int { Int(Scalar(value, dtype).low) }

  /// Adding this to a number rounds it to an integer, which then stands in the lowest bits, two's
  /// complement. Good for magnitudes below a quarter of it.
  var roundingShift: Double { Double(sign: .plus, exponent: fraction, significand: 1.5) }
}

extension Expression {
  var format: FloatFormat { FloatFormat(dtype) }
  var isSingle: Bool { dtype == .float32 }

  /// The bits as a signed integer.
  var bits: Expression { reinterpret(as: format.integer) }

  /// The bits without the sign. Unlike floats they compare without raising "invalid" for a NaN,
  /// which is above infinity.
  var magnitudeBits: Expression { bits & format.magnitudeMask }

  func isAtLeast(_ bound: Int) -> Expression { self >= literal(bound) }
  func isAbove(_ bound: Int) -> Expression { self > literal(bound) }
  func isBelow(_ bound: Int) -> Expression { self < literal(bound) }

  /// Logical, although the type is signed: vector units lack the arithmetic one for 64 bits.
  func shiftedRight(_ count: Int) -> Expression {
    let unsigned: DType = dtype.itemSize == 8 ? .uint64 : .uint32
    return (reinterpret(as: unsigned) >> count).reinterpret(as: dtype)
  }

  /// The polynomial with these coefficients, lowest power first, by Horner's rule with fused steps.
  func polynomial(_ coefficients: [Double]) -> Expression {
    var result = literal(coefficients.last!)
    for coefficient in coefficients.dropLast().reversed() {
      result = result.fused(self, plus: literal(coefficient))
    }
    return result
  }

  /// Picks a constant by type: the first for `float64`, the second for `float32`.
  func constant(_ double: Double, _ single: Double) -> Expression {
    literal(isSingle ? single : double)
  }
}

/// A number as an unevaluated sum, `low` at most about half a unit in `high`'s last place.
struct DoubleWord {
  var high: Expression
  var low: Expression

  /// `a + b` exactly, where `a` is not smaller in magnitude, or 0.
  static func sum(ordered a: Expression, _ b: Expression) -> DoubleWord {
    let high = a + b
    return DoubleWord(high: high, low: b - (high - a))
  }

  /// `a + b` exactly.
  static func sum(_ a: Expression, _ b: Expression) -> DoubleWord {
    let high = a + b
    let second = high - a
    return DoubleWord(high: high, low: (a - (high - second)) + (b - second))
  }

  /// `a * b` exactly, unless it underflows.
  static func product(_ a: Expression, _ b: Expression) -> DoubleWord {
    let high = a * b
    return DoubleWord(high: high, low: a.fused(b, plus: -high))
  }

  static func * (a: DoubleWord, b: DoubleWord) -> DoubleWord {
    let high = a.high * b.high
    let error = a.high.fused(b.high, plus: -high)
    return DoubleWord(
      high: high, low: a.high.fused(b.low, plus: a.low.fused(b.high, plus: error)))
  }
}
