import MartletIR

/// Divisors and multiples.
extension ElementwiseOperation {
  static let gcd = binary(
    "gcd", .same(.integers, inputs: 2), identity: .number(0), domain: .all, tolerance: 0,
    gradient: .integers,
    "The greatest common divisor, never negative."
  ) { a, b in commonDivisor(magnitude(a), magnitude(b)).cast(to: a.dtype) }
  .selecting(.refusesTruthValues(noTruthLoop("gcd", 2)))

  static let lcm = binary(
    "lcm", .same(.integers, inputs: 2), identity: .none, domain: .all, tolerance: 0,
    gradient: .integers,
    "The least common multiple, never negative; 0 where either is 0."
  ) { a, b in
    let (x, y) = (magnitude(a), magnitude(b))
    let divisor = commonDivisor(x, y)
    let isZero = divisor == divisor.literal(0)
    return (x / isZero.select(divisor.literal(1), divisor) * y).cast(to: a.dtype)
  }
  .selecting(.refusesTruthValues(noTruthLoop("lcm", 2)))

  static let integers: [ElementwiseOperation] = [gcd, lcm]
}

/// As an unsigned number, so that the smallest signed one has a magnitude too.
func magnitude(_ x: Expression) -> Expression {
  let unsigned: DType =
    switch x.dtype {
    case .int8: .uint8
    case .int16: .uint16
    case .int32: .uint32
    case .int64: .uint64
    default: x.dtype
    }
  return x.dtype.isSigned ? (x < 0).select(-x, x).cast(to: unsigned) : x
}

/// Euclid's algorithm on unsigned numbers.
private func commonDivisor(_ a: Expression, _ b: Expression) -> Expression {
  let builder = a.builder
  let larger = builder.declare(initial: a)
  let smaller = builder.declare(initial: b)
  builder.whileLoop {
    builder.read(smaller) != 0
  } _: {
    let (x, y) = (builder.read(larger), builder.read(smaller))
    let rest = x.remainder(y)
    builder.assign(larger, y)
    builder.assign(smaller, rest)
  }
  return builder.read(larger)
}
