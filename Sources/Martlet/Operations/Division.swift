import MartletIR

/// Division with remainder: of integers and of floating-point numbers.
extension ElementwiseOperation {
  static let floorDivide = binary(
    "floor_divide", .same(.real, inputs: 2), identity: .none, domain: .all, tolerance: 0,
    poles: .zero(input: 1), gradient: .step,
    "The largest whole number not above the quotient; of integers over 0, 0."
  ) { a, b in a.dtype.isInteger ? integerFloor(a, b).quotient : floatFloor(a, b).quotient }
  .raising(.divisor(quotient: true))

  static let remainder = binary(
    "remainder", .same(.real, inputs: 2), identity: .none, domain: .all, tolerance: 0,
    gradient: .binary { g, a, b, _ in (g, -(g * (a / b).floor)) },
    "What floor division leaves, with the divisor's sign; of integers over 0, 0."
  ) { a, b in a.dtype.isInteger ? integerFloor(a, b).remainder : floatFloor(a, b).remainder }
  .raising(.divisor(quotient: false))

  static let fmod = binary(
    "fmod", .same(.real, inputs: 2), identity: .none, domain: .all, tolerance: 0,
    gradient: .binary { g, a, b, _ in (g, -(g * (a / b).truncated)) },
    "What truncating division leaves, with the dividend's sign; of integers over 0, 0."
  ) { a, b in
    if a.dtype.isFloating { return a.wide.call(.fmod, b.wide).cast(to: a.dtype) }
    let (safe, isDefined) = safeDivisor(a, b)
    return isDefined.select(a.remainder(safe), a.literal(0))
  }
  .raising(.divisor(quotient: false))

  static let divmod = general(
    "divmod",
    [DType].real.map { TypedLoop([$0, $0], [$0, $0]) }, domain: .all, tolerance: 0,
    poles: .zero(input: 1),
    gradient: .severalResults,
    "The floor quotient and its remainder."
  ) { inputs in
    let (a, b) = (inputs[0], inputs[1])
    let (quotient, remainder) = a.dtype.isInteger ? integerFloor(a, b) : floatFloor(a, b)
    return [quotient, remainder]
  }
  .raising(.divisor(quotient: true))

  static let division: [ElementwiseOperation] = [floorDivide, remainder, fmod, divmod]
}

/// A divisor that the kernel language may divide by, and whether it stands for itself. The two
/// pairs that processors trap on are left out: anything over 0, and the smallest number over -1.
private func safeDivisor(
  _ a: Expression, _ b: Expression
) -> (divisor: Expression, isDefined: Expression) {
  let isZero = b == b.literal(0)
  // Over -1 the remainder is always 0 and the quotient is the negative, so -1 is never divided by.
  let undefined = b.dtype.isSigned ? isZero | (b == b.literal(-1)) : isZero
  return (undefined.select(b.literal(1), b), !undefined)
}

private func integerFloor(
  _ a: Expression, _ b: Expression
) -> (quotient: Expression, remainder: Expression) {
  let (safe, isDefined) = safeDivisor(a, b)
  let zero = a.literal(0)
  let quotient = a / safe
  let remainder = a.remainder(safe)
  guard a.dtype.isSigned else {
    return (isDefined.select(quotient, zero), isDefined.select(remainder, zero))
  }
  // Truncation rounded up where the signs differ: step down once.
  let above = (remainder != zero) & ((remainder < zero) ^ (safe < zero))
  let floored = above.select(quotient - quotient.literal(1), quotient)
  let positive = above.select(remainder + safe, remainder)
  let overOther = (b == zero).select(zero, -a)
  return (isDefined.select(floored, overOther), isDefined.select(positive, zero))
}

/// Python's rules, from the exact remainder of truncating division; half types round at the end.
private func floatFloor(
  _ first: Expression, _ second: Expression
) -> (quotient: Expression, remainder: Expression) {
  let (a, b) = (first.wide, second.wide)
  let zero = a.literal(0)
  let exact = a.call(.fmod, b)
  let near = (a - exact) / b
  // The remainder takes the divisor's sign. NaN counts as neither negative nor zero.
  let above = (exact != zero) & ((b < zero) ^ (exact < zero))
  let remainder = (exact == zero).select(zero.copySign(of: b), above.select(exact + b, exact))
  let quotient = above.select(near - 1, near)
  // `near` is a whole number but for rounding: take the nearest.
  let low = quotient.floor
  let whole = (quotient - low > 0.5).select(low + 1, low)
  let signed = (quotient == zero).select(zero.copySign(of: a / b), whole)
  let byZero = b == zero
  return (
    byZero.select(a / b, signed).cast(to: first.dtype),
    byZero.select(exact, remainder).cast(to: first.dtype)
  )
}
