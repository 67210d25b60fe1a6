import MartletIR

/// Bits of integers and truth values.
extension ElementwiseOperation {
  static let bitwiseAnd = bits("bitwise_and", identity: .number(-1), "The bits set in both.") {
    a, b in a & b
  }
  static let bitwiseOr = bits("bitwise_or", identity: .number(0), "The bits set in either.") {
    a, b in a | b
  }
  static let bitwiseXor = bits("bitwise_xor", identity: .number(0), "The bits set in just one.") {
    a, b in a ^ b
  }

  static let invert = unary(
    "invert", .same([.bool] + .integers, inputs: 1), domain: .all, tolerance: 0,
    gradient: .integers,
    "The number with every bit flipped; of a truth value the opposite."
  ) { ~$0 }

  static let leftShift = binary(
    "left_shift", .same(.integers, inputs: 2), identity: .none,
    domain: .ranges([-100...100, 0...70]), tolerance: 0, gradient: .integers,
    "The bits moved up; 0 where the count is negative or no less than the type's bits."
  ) { a, count in
    let (safe, isWithin) = shiftCount(count)
    return isWithin.select(a << safe, a.literal(0))
  }

  static let rightShift = binary(
    "right_shift", .same(.integers, inputs: 2), identity: .none,
    domain: .ranges([-100...100, 0...70]), tolerance: 0, gradient: .integers,
    "The bits moved down, the sign kept; for a count out of range only the sign is left."
  ) { a, count in
    let (safe, isWithin) = shiftCount(count)
    let rest = a.dtype.isSigned ? a >> (a.dtype.itemSize * 8 - 1) : a.literal(0)
    return isWithin.select(a >> safe, rest)
  }

  static let bitwiseCount = unary(
    "bitwise_count", [DType].integers.map { TypedLoop([$0], [.uint8]) }, domain: .all,
    tolerance: 0, gradient: .integers,
    "How many bits of the magnitude are set."
  ) { x in magnitude(x).countOnes.cast(to: .uint8) }

  static let bitwise: [ElementwiseOperation] = [
    bitwiseAnd, bitwiseOr, bitwiseXor, invert, leftShift, rightShift, bitwiseCount,
  ]

  private static func bits(
    _ name: String, identity: Identity, _ summary: String,
    _ body: @escaping @Sendable (Expression, Expression) -> Expression
  ) -> ElementwiseOperation {
    binary(
      name, .same([.bool] + .integers, inputs: 2), identity: identity, domain: .all, tolerance: 0,
      gradient: .integers, summary, body)
  }
}

/// A count that the kernel language may shift by, and whether it stands for itself.
private func shiftCount(_ count: Expression) -> (safe: Expression, isWithin: Expression) {
  let bits = count.literal(count.dtype.itemSize * 8)
  var isWithin = count < bits
  if count.dtype.isSigned { isWithin = isWithin & (count >= 0) }
  return (isWithin.select(count, count.literal(0)), isWithin)
}
