import MartletIR

extension ReductionOperation {
  /// All rows, by NumPy's names.
  package static let rows: [ReductionOperation] = [
    sum, product, maximum, minimum, all, any, mean, variance, standardDeviation, argMaximum,
    argMinimum, countNonzero,
  ]

  // MARK: Sums and products

  /// NumPy adds small integers in 64 bits and halves in 32.
  private static func accumulationTypes(_ dtype: DType) -> (compute: DType, result: DType)? {
    switch dtype {
    case .bool, .int8, .int16, .int32: (.int64, .int64)
    case .uint8, .uint16, .uint32: (.uint64, .uint64)
    case .float16, .bfloat16: (.float32, dtype)
    default: (dtype, dtype)
    }
  }

  package static let sum = ReductionOperation(
    "sum", identity: .number(0), tolerance: 1, gradient: .sum, types: accumulationTypes,
    start: { [Scalar(Int64(0), $0)] },
    accumulate: { state, x, _ in [state[0] + x] },
    combine: { [$0[0] + $1[0]] },
    "The sum of the elements.")

  package static let product = ReductionOperation(
    "prod", identity: .number(1), tolerance: 1, gradient: .product, types: accumulationTypes,
    start: { [Scalar(Int64(1), $0)] },
    accumulate: { state, x, _ in [state[0] * x] },
    combine: { [$0[0] * $1[0]] },
    "The product of the elements.")

  // MARK: Extremes

  package static let maximum = extreme(
    "max", "The largest element; NaN if there is one.", isMaximum: true)
  package static let minimum = extreme(
    "min", "The smallest element; NaN if there is one.", isMaximum: false)

  private static func extreme(_ name: String, _ summary: String, isMaximum: Bool)
    -> ReductionOperation
  {
    let choose: @Sendable ([Expression], [Expression]) -> [Expression] = { a, b in
      [pick(a[0], b[0], isMaximum)]
    }
    // Within a block, lanes of floats keep a NaN in a state of its own: the other then is one
    // instruction, which gives its second operand where either is NaN.
    let chooseLane: @Sendable ([Expression], [Expression]) -> [Expression] = { state, new in
      guard state.count == 2 else { return choose(state, new) }
      let (x, nan) = (new[0], new[new.count - 1])
      return [
        (isMaximum ? x > state[0] : x < state[0]).select(x, state[0]),
        nan.isNaN.select(nan, state[1]),
      ]
    }
    let pass = Pass(
      identity: { dtype in
        Array(repeating: worst(dtype, isMaximum), count: dtype.isFloating ? 2 : 1)
      },
      accumulate: { state, x, _, _ in chooseLane(state, [x]) },
      combine: chooseLane,
      result: { state, _, _ in
        state.count == 2 ? [state[1].isNaN.select(state[1], state[0])] : state
      })
    return ReductionOperation(
      name, identity: .reorderable, tolerance: 0, gradient: .extreme, types: { ($0, $0) },
      passes: [pass],
      blockIdentity: { [worst($0, isMaximum)] }, combineBlocks: choose,
      finish: { state, _, _ in state[0] }, summary)
  }

  /// The larger (or smaller) of two; a NaN wins, the first one of two.
  static func pick(_ a: Expression, _ b: Expression, _ isMaximum: Bool) -> Expression {
    if a.dtype == .bool { return isMaximum ? a | b : a & b }
    if a.dtype.isComplex {
      let first = precedes(a, b, isMaximum) | a.isNaN
      return first.select(a, b)
    }
    let better = isMaximum ? a >= b : a <= b
    return (a.dtype.isFloating ? better | a.isNaN : better).select(a, b)
  }

  /// Lexicographic order of complex numbers: at least as good; false where either is NaN.
  private static func precedes(_ a: Expression, _ b: Expression, _ isMaximum: Bool) -> Expression {
    let (ar, br) = (a.real, b.real)
    let strict = isMaximum ? ar > br : ar < br
    let tail = isMaximum ? a.imaginary >= b.imaginary : a.imaginary <= b.imaginary
    return (strict | ((ar == br) & tail)) & !b.isNaN
  }

  /// What every element beats.
  static func worst(_ dtype: DType, _ isMaximum: Bool) -> Scalar {
    let infinity = isMaximum ? -Double.infinity : .infinity
    switch dtype {
    case .bool: return Scalar(Int64(isMaximum ? 0 : 1), dtype)
    case let complex where complex.isComplex:
      return Scalar(real: infinity, imaginary: infinity, dtype)
    case let float where float.isFloating: return Scalar(infinity, dtype)
    case let unsigned where unsigned.isUnsigned:
      return Scalar(dtype: dtype, low: isMaximum ? 0 : .max >> UInt64(64 - dtype.itemSize * 8))
    default:
      let smallest = Int64.min >> Int64(64 - dtype.itemSize * 8)
      return Scalar(isMaximum ? smallest : ~smallest, dtype)
    }
  }

  // MARK: Where the extremes are

  package static let argMaximum = position(
    "argmax", "Where the largest element is first found.", isMaximum: true)
  package static let argMinimum = position(
    "argmin", "Where the smallest element is first found.", isMaximum: false)

  private static func position(_ name: String, _ summary: String, isMaximum: Bool)
    -> ReductionOperation
  {
    let choose: @Sendable ([Expression], [Expression]) -> [Expression] = { a, b in
      let (x, y) = (a[0], b[0])
      let earlier = a[1] < b[1]
      var better: Expression
      var equal: Expression
      if x.dtype == .bool {
        better = isMaximum ? x & !y : y & !x
        equal = x == y
      } else if x.dtype.isComplex {
        better = precedes(x, y, isMaximum) & (x != y)
        equal = x == y
      } else {
        better = isMaximum ? x > y : x < y
        equal = x == y
      }
      if x.dtype.isInexact {
        better = better | (x.isNaN & !y.isNaN)
        equal = equal | (x.isNaN & y.isNaN)
      }
      let first = better | (equal & earlier)
      return [first.select(x, y), first.select(a[1], b[1])]
    }
    // Along a lane positions only grow, so a new element must be better. What is no better than
    // anything keeps the position it has, that of nothing: it is first where all are like that.
    let wins: @Sendable (Expression, Expression) -> Expression = { x, best in
      if x.dtype == .bool { return isMaximum ? x & !best : best & !x }
      if x.dtype.isComplex {
        return (precedes(x, best, isMaximum) & (x != best)) | (x.isNaN & !best.isNaN)
      }
      if !x.dtype.isFloating { return isMaximum ? x > best : x < best }
      return !(isMaximum ? x <= best : x >= best) & !best.isNaN
    }
    return ReductionOperation(
      name, identity: .none, tolerance: 0, gradient: .constant, types: { ($0, .int64) },
      start: { [worst($0, isMaximum), Scalar(.max, .int64)] },
      accumulate: { state, x, position in
        let isBetter = wins(x, state[0])
        return [isBetter.select(x, state[0]), isBetter.select(position, state[1])]
      }, combine: choose,
      finish: { state, count in (state[1] < count).select(state[1], state[1].literal(0)) }, summary)
  }

  // MARK: Truth

  package static let all = ReductionOperation(
    "all", identity: .number(1), tolerance: 0, gradient: .constant, types: { _ in (.bool, .bool) },
    start: { _ in [Scalar(Int64(1), .bool)] },
    accumulate: { state, x, _ in [state[0] & x] }, combine: { [$0[0] & $1[0]] },
    "Whether every element is true.")

  package static let any = ReductionOperation(
    "any", identity: .number(0), tolerance: 0, gradient: .constant, types: { _ in (.bool, .bool) },
    start: { _ in [Scalar(Int64(0), .bool)] },
    accumulate: { state, x, _ in [state[0] | x] }, combine: { [$0[0] | $1[0]] },
    "Whether some element is true.")

  /// Lanes count in 16 bits, which a block of them cannot exceed.
  package static let countNonzero = ReductionOperation(
    "count_nonzero", identity: .number(0), tolerance: 0, gradient: .constant,
    types: { _ in (.bool, .int64) },
    passes: [
      Pass(
        identity: { _ in [Scalar(Int64(0), .uint16)] },
        accumulate: { state, x, _, _ in [state[0] + x.cast(to: .uint16)] },
        combine: { [$0[0] + $1[0]] },
        result: { state, _, _ in [state[0].cast(to: .int64)] })
    ],
    blockIdentity: { _ in [Scalar(Int64(0), .int64)] }, combineBlocks: { [$0[0] + $1[0]] },
    finish: { state, _, _ in state[0] }, "How many elements are not zero.")

  /// Also for audits of floating-point events.
  package static let bitwiseOr = bits("bitwise_or", start: 0, "All bits that some element has.") {
    $0 | $1
  }
  package static let bitwiseAnd = bits("bitwise_and", start: -1, "The bits that all have.") {
    $0 & $1
  }
  package static let bitwiseXor = bits("bitwise_xor", start: 0, "The bits that an odd number has.")
  {
    $0 ^ $1
  }

  private static func bits(
    _ name: String, start: Int, _ summary: String,
    _ combine: @escaping @Sendable (Expression, Expression) -> Expression
  ) -> ReductionOperation {
    ReductionOperation(
      name, identity: .number(start), tolerance: 0, gradient: .constant,
      types: { $0 == .bool || $0.isInteger ? ($0, $0) : nil },
      start: { [Scalar(Int64($0 == .bool ? start & 1 : start), $0)] },
      accumulate: { state, x, _ in [combine(state[0], x)] }, combine: { [combine($0[0], $1[0])] },
      summary)
  }

  package static let parity = ReductionOperation(
    "logical_xor", identity: .number(0), tolerance: 0, gradient: .constant,
    types: { _ in (.bool, .bool) },
    start: { _ in [Scalar(Int64(0), .bool)] },
    accumulate: { state, x, _ in [state[0] ^ x] }, combine: { [$0[0] ^ $1[0]] },
    "Whether an odd number of elements is true.")

  // MARK: Averages

  private static func averageTypes(_ dtype: DType) -> (compute: DType, result: DType)? {
    switch dtype {
    case .float16, .bfloat16: (.float32, dtype)
    case .float32, .float64, .complex64, .complex128: (dtype, dtype)
    default: (.float64, .float64)
    }
  }

  package static let mean = ReductionOperation(
    "mean", identity: .none, tolerance: 1, gradient: .mean, types: averageTypes,
    start: { [Scalar(Int64(0), $0)] },
    accumulate: { state, x, _ in [state[0] + x] }, combine: { [$0[0] + $1[0]] },
    finish: { state, count in divide(state[0], by: count) },
    "The arithmetic mean.")

  /// Part by part, as NumPy divides a complex number by a count.
  private static func divide(_ x: Expression, by count: Expression) -> Expression {
    let n = count.cast(to: x.dtype.realType)
    return x.dtype.isComplex ? .complex(x.real / n, x.imaginary / n) : x / n
  }

  package static let variance = moments(
    "var", gradient: .variance, "The mean squared distance from the mean."
  ) { $0 }
  package static let standardDeviation = moments(
    "std", gradient: .standardDeviation, "The square root of the variance."
  ) { $0.squareRoot }

  /// The two-pass variance of a block that is in cache, and Chan, Golub and LeVeque's rule (1979) for
  /// joining blocks: every element is read from memory once.
  private static func moments(
    _ name: String, gradient: ReductionGradient, _ summary: String,
    _ last: @escaping @Sendable (Expression) -> Expression
  ) -> ReductionOperation {
    let addition: @Sendable ([Expression], [Expression]) -> [Expression] = { [$0[0] + $1[0]] }
    return ReductionOperation(
      name, identity: .none, tolerance: 2, gradient: gradient,
      types: { dtype in averageTypes(dtype).map { ($0.compute, $0.result.realType) } },
      passes: [
        Pass(
          identity: { [Scalar(Int64(0), $0)] },
          accumulate: { state, x, _, _ in [state[0] + x] }, combine: addition,
          result: { state, count, _ in [divide(state[0], by: count)] }),
        Pass(
          identity: { [Scalar(Int64(0), $0.realType)] },
          accumulate: { state, x, _, earlier in [state[0] + squared(x - earlier[0])] },
          combine: addition,
          result: { state, count, earlier in
            [earlier[0], state[0], count.cast(to: state[0].dtype)]
          }),
      ],
      blockIdentity: { dtype in
        [dtype, dtype.realType, dtype.realType].map { Scalar(Int64(0), $0) }
      },
      combineBlocks: { a, b in
        let count = a[2] + b[2]
        let share = b[2] / (count == 0).select(count.literal(1), count)
        let distance = b[0] - a[0]
        return [
          a[0] + scaled(distance, by: share), a[1] + b[1] + squared(distance) * a[2] * share, count,
        ]
      },
      finish: { state, count, ddof in
        let free = count.cast(to: state[1].dtype) - ddof.cast(to: state[1].dtype)
        return last(state[1] / (free < 0).select(free.literal(0), free))
      }, summary)
  }

  /// The square of the magnitude.
  private static func squared(_ x: Expression) -> Expression {
    x.dtype.isComplex ? x.real * x.real + x.imaginary * x.imaginary : x * x
  }

  private static func scaled(_ x: Expression, by factor: Expression) -> Expression {
    x.dtype.isComplex ? .complex(x.real * factor, x.imaginary * factor) : x * factor
  }
}
