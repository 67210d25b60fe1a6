import MartletIR

/// Comparisons, and the larger and smaller of two.
extension ElementwiseOperation {
  static let equal = comparison("equal", "Whether both are the same number.") { order in
    order.equal
  }
  static let notEqual = comparison("not_equal", "Whether they differ; NaN differs from all.") {
    order in !order.equal
  }
  static let less = comparison("less", "Whether the first is below the second.") { order in
    order.less
  }
  static let lessEqual = comparison("less_equal", "Whether the first isn't above the second.") {
    order in order.lessEqual
  }
  static let greater = comparison("greater", "Whether the first is above the second.") { order in
    order.swapped.less
  }
  static let greaterEqual = comparison(
    "greater_equal", "Whether the first isn't below the second."
  ) { order in order.swapped.lessEqual }

  static let maximum = extremum(
    "maximum", "The larger of two; NaN where either is one."
  ) { a, b in larger(a, b) }
  static let minimum = extremum(
    "minimum", "The smaller of two; NaN where either is one."
  ) { a, b in smaller(a, b) }
  static let fmax = extremum(
    "fmax", "The larger of two; a NaN gives way to a number."
  ) { a, b in
    a.dtype == .bool ? a | b : (Order(b, a).lessEqual | isNaN(b)).select(a, b)
  }
  static let fmin = extremum(
    "fmin", "The smaller of two; a NaN gives way to a number."
  ) { a, b in
    a.dtype == .bool ? a & b : (Order(a, b).lessEqual | isNaN(b)).select(a, b)
  }

  static let clip = general(
    "clip", .same([.bool] + .numbers, inputs: 3), domain: .ranges([-4...4, -2...(-1), 1...2]),
    tolerance: 0,
    gradient: .rule { g, inputs, _ in
      let (x, low, high) = (inputs[0], inputs[1], inputs[2])
      let zero = g.literal(0)
      // The upper bound is applied last, so it wins where the bounds cross.
      let above = larger(x, low) > high
      let below = !above & (x < low)
      return [
        (above | below).select(zero, g), below.select(g, zero), above.select(g, zero),
      ]
    },
    "The number, no lower than the second input and no higher than the third."
  ) { inputs in
    let (x, low, high) = (inputs[0], inputs[1], inputs[2])
    if x.dtype == .bool { return [(x | low) & high] }
    // Unlike `maximum`, the bound is taken where both are equal, and a NaN in one part of a complex
    // bound leaves its other part to decide.
    let raised = (Order(low, x).lessByParts | isNaN(x)).select(x, low)
    return [(Order(raised, high).lessByParts | isNaN(raised)).select(raised, high)]
  }

  static let comparisons: [ElementwiseOperation] = [
    equal, notEqual, less, lessEqual, greater, greaterEqual, maximum, minimum, fmax, fmin, clip,
  ]

  private static func comparison(
    _ name: String, _ summary: String, _ body: @escaping @Sendable (Order) -> Expression
  ) -> ElementwiseOperation {
    let loops: [TypedLoop] =
      .truth([.bool] + .integers, inputs: 2) + [
        TypedLoop([.int64, .uint64], [.bool]), TypedLoop([.uint64, .int64], [.bool]),
      ] + .truth(.inexact, inputs: 2)
    return binary(
      name, loops, identity: .none, domain: .all, tolerance: 0, gradient: .truth, summary
    ) { a, b in body(Order(a, b)) }
    .selecting(.anyIntegers)
  }

  private static func extremum(
    _ name: String, _ summary: String,
    _ body: @escaping @Sendable (Expression, Expression) -> Expression
  ) -> ElementwiseOperation {
    binary(
      name, .same([.bool] + .numbers, inputs: 2), identity: .reorderable, domain: .all,
      tolerance: 0,
      // Equal inputs share the gradient, so that the sum over the inputs is the result's.
      gradient: .binary { g, a, b, y in
        let half = g * 0.5
        let zero = g.literal(0)
        let tie = a == b
        let first = tie.select(half, (a == y).select(g, zero))
        let second = tie.select(half, (b == y).select(g, zero))
        return (first, second)
      },
      summary, body)
  }
}

/// How two numbers compare, for every pair of types that comparisons take. Complex numbers compare
/// by their real parts, then by their imaginary ones; NaN compares with nothing.
private struct Order {
  let a: Expression
  let b: Expression

  init(_ a: Expression, _ b: Expression) {
    self.a = a.dtype == .bool ? a.cast(to: .uint8) : a
    self.b = b.dtype == .bool ? b.cast(to: .uint8) : b
  }

  var swapped: Order { Order(b, a) }

  var equal: Expression {
    if a.dtype == b.dtype { return a == b }
    // A negative number equals no unsigned one; the others are exact as unsigned.
    let negative = a.dtype.isSigned ? a < 0 : b < 0
    return !negative & (a.cast(to: .uint64) == b.cast(to: .uint64))
  }

  var less: Expression {
    if a.dtype.isComplex { return lexicographic(a.imaginary < b.imaginary) }
    return mixed(a.cast(to: common) < b.cast(to: common))
  }

  var lessEqual: Expression {
    if a.dtype.isComplex { return lexicographic(a.imaginary <= b.imaginary) }
    return mixed(a.cast(to: common) <= b.cast(to: common))
  }

  /// Complex numbers by their real parts unless these are equal, NaN or not.
  var lessByParts: Expression {
    guard a.dtype.isComplex else { return less }
    return (a.real == b.real).select(a.imaginary < b.imaginary, a.real < b.real)
  }

  private var common: DType { a.dtype == b.dtype ? a.dtype : .uint64 }

  private func mixed(_ asUnsigned: Expression) -> Expression {
    if a.dtype == b.dtype { return asUnsigned }
    return a.dtype.isSigned ? (a < 0) | asUnsigned : !(b < 0) & asUnsigned
  }

  private func lexicographic(_ imaginary: Expression) -> Expression {
    let ordered = !(a.imaginary.isNaN | b.imaginary.isNaN)
    return ((a.real < b.real) & ordered) | ((a.real == b.real) & imaginary)
  }
}

/// Of any number: integers are never NaN.
private func isNaN(_ x: Expression) -> Expression {
  x.dtype.isInexact ? x.isNaN : x.truth(false)
}

private func larger(_ a: Expression, _ b: Expression) -> Expression {
  a.dtype == .bool ? a | b : (Order(b, a).lessEqual | isNaN(a)).select(a, b)
}

private func smaller(_ a: Expression, _ b: Expression) -> Expression {
  a.dtype == .bool ? a & b : (Order(a, b).lessEqual | isNaN(a)).select(a, b)
}
