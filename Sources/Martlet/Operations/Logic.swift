import MartletIR

/// Truth of numbers: all but zero is true, NaN too.
extension ElementwiseOperation {
  static let logicalAnd = logical("logical_and", identity: .number(1), "Whether both are true.") {
    a, b in a & b
  }
  static let logicalOr = logical("logical_or", identity: .number(0), "Whether either is true.") {
    a, b in a | b
  }
  static let logicalXor = logical(
    "logical_xor", identity: .number(0), "Whether just one is true."
  ) { a, b in a ^ b }

  static let logicalNot = unary(
    "logical_not", .truth([.bool] + .numbers, inputs: 1), domain: .all, tolerance: 0,
    gradient: .truth,
    "Whether the number is zero."
  ) { !$0.cast(to: .bool) }

  static let logic: [ElementwiseOperation] = [logicalAnd, logicalOr, logicalXor, logicalNot]

  private static func logical(
    _ name: String, identity: Identity, _ summary: String,
    _ body: @escaping @Sendable (Expression, Expression) -> Expression
  ) -> ElementwiseOperation {
    binary(
      name, .truth([.bool] + .numbers, inputs: 2), identity: identity, domain: .all, tolerance: 0,
      gradient: .truth, summary
    ) { a, b in body(a.cast(to: .bool), b.cast(to: .bool)) }
  }
}
