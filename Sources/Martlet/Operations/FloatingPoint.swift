import MartletIR

/// The make-up of floating-point numbers: special values, signs, exponents and neighbours.
extension ElementwiseOperation {
  static let isnan = unary(
    "isnan", .truth([.bool] + .numbers, inputs: 1), domain: .all, tolerance: 0, gradient: .truth,
    "Whether it is not a number; of a complex number, whether either part is not."
  ) { x in x.dtype.isInexact ? x.isNaN : x.truth(false) }

  static let isinf = unary(
    "isinf", .truth([.bool] + .numbers, inputs: 1), domain: .all, tolerance: 0, gradient: .truth,
    "Whether it is infinite; of a complex number, whether either part is."
  ) { x in x.dtype.isInexact ? x.isInfinite : x.truth(false) }

  static let isfinite = unary(
    "isfinite", .truth([.bool] + .numbers, inputs: 1), domain: .all, tolerance: 0, gradient: .truth,
    "Whether it is neither infinite nor NaN; of a complex number, whether both parts are."
  ) { x in x.dtype.isInexact ? x.isFinite : x.truth(true) }

  static let signbit = unary(
    "signbit", .truth(.floating, inputs: 1), domain: .all, tolerance: 0, gradient: .truth,
    "Whether the sign bit is set: of negative numbers, -0.0 and some NaNs."
  ) { $0.hasSignBit }

  static let copysign = binary(
    "copysign", .same(.floating, inputs: 2), identity: .none, domain: .all, tolerance: 0,
    gradient: .binary { g, a, b, _ in
      (((a.hasSignBit) ^ (b.hasSignBit)).select(-g, g), g.literal(0))
    },
    "The first input's magnitude with the second's sign."
  ) { a, b in a.copySign(of: b) }

  static let nextafter = binary(
    "nextafter", .same(.floating, inputs: 2), identity: .none, domain: .all, tolerance: 0,
    gradient: .nonDifferentiable("it steps between neighbouring numbers"),
    "The next number of the type after the first input on the way to the second."
  ) { a, b in a.call(.nextAfter, b) }

  static let spacing = unary(
    "spacing", .same(.floating, inputs: 1), domain: .all, tolerance: 0,
    gradient: .constant("it is constant between powers of two"),
    "How far the next number of the type away from zero is."
  ) { $0.call(.spacing) }

  static let ldexp = general(
    "ldexp",
    // The exponent's types alternate as in NumPy: all `int32` loops of a type come before `int64`.
    [
      TypedLoop([.float16, .int32], [.float16]), TypedLoop([.float32, .int32], [.float32]),
      TypedLoop([.float16, .int64], [.float16]), TypedLoop([.float32, .int64], [.float32]),
      TypedLoop([.float64, .int32], [.float64]), TypedLoop([.float64, .int64], [.float64]),
      TypedLoop([.bfloat16, .int32], [.bfloat16]), TypedLoop([.bfloat16, .int64], [.bfloat16]),
    ],
    domain: .ranges([-10...10, -20...20]), tolerance: 0,
    gradient: .rule { g, inputs, _ in [scaleByPower(g, inputs[1]), g.literal(0)] },
    "The first input times 2 to the power of the second."
  ) { [scaleByPower($0[0], $0[1])] }
  .selecting(.literalsAnyNumber)

  static let frexp = general(
    "frexp", [DType].floating.map { TypedLoop([$0], [$0, .int32]) }, domain: .all, tolerance: 0,
    gradient: .severalResults,
    "The mantissa in [0.5, 1) and the exponent of two that make the number."
  ) { inputs in
    let x = inputs[0].wide
    // Zero, infinities and NaN are their own mantissas.
    let isOrdinary = x.isFinite & (x != 0)
    let safe = isOrdinary.select(x, x.literal(1))
    let mantissa = isOrdinary.select(safe.call(.frexpMantissa), x)
    let exponent = isOrdinary.select(safe.call(.frexpExponent), x.literal(0))
    return [mantissa.cast(to: inputs[0].dtype), exponent.cast(to: .int32)]
  }

  static let floatingPoint: [ElementwiseOperation] = [
    isnan, isinf, isfinite, signbit, copysign, nextafter, spacing, ldexp, frexp,
  ]
}

/// `x * 2^exponent`. Beyond 4200 the result is 0 or infinite whatever `x` is, so that any exponent
/// fits the floating type that it is handed over in.
private func scaleByPower(_ x: Expression, _ exponent: Expression) -> Expression {
  let limit = exponent.literal(4200)
  let low = (exponent < -limit).select(-limit, exponent)
  let clamped = (low > limit).select(limit, low)
  let wide = x.wide
  return wide.call(.scaleB, clamped.cast(to: wide.dtype)).cast(to: x.dtype)
}
