import MartletIR

/// Random numbers that are the same in every run.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
  mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }
}

/// A random kernel over `rows` tasks of `columns` elements, with everything its launch needs.
///
/// Where the kernel language leaves something open the generator stays away from it: divisors that
/// have no quotient, counts of shifts, and the bits of a NaN.
struct RandomKernel {
  struct Memory {
    var dtype: DType
    var contents: [Scalar]
    /// Which element has index zero.
    var origin: Int
    var isOutput: Bool
  }

  let kernel: Kernel
  private(set) var memory: [Memory] = []
  private(set) var slots: [Int64] = []
  let rows: Int

  init(seed: Int) {
    var generator = KernelGenerator(seed: seed)
    rows = generator.rows
    kernel = generator.generate()
    memory = generator.memory
    slots = generator.slots
  }
}

private struct KernelGenerator {
  var random: SeededNumbers
  let builder: KernelBuilder
  let rows: Int
  let columns: Int
  var memory: [RandomKernel.Memory] = []
  var slots: [Int64] = []

  /// What a buffer is indexed with.
  private enum Index {
    /// The row and the column.
    case element
    /// A number below `gatherCount`.
    case gather
    case row
  }
  private var inputs: [(buffer: Int, index: Index)] = []
  private var scalars: [Expression] = []
  private static let gatherCount = 32

  init(seed: Int) {
    random = SeededNumbers(seed: UInt64(seed))
    builder = KernelBuilder(name: "random_\(seed)")
    rows = 1 + random.below(3)
    columns = random.pick([0, 1, 5, 8, 16, 31, 64, 65, 100, 200])
  }

  mutating func generate() -> Kernel {
    let count = slot(.int64, Scalar(Int64(columns), .int64))
    for _ in 0..<(1 + random.below(4)) { addInput() }
    for _ in 0..<random.below(3) {
      let dtype = random.pick(DType.allCases)
      scalars.append(slot(dtype, number(dtype)))
    }
    let isReduction = random.chance(35)
    let b = builder
    b.tasks { task in
      if isReduction {
        reduction(task, count)
      } else {
        b.loop(random.chance(85) ? .vector : .serial, from: b.integer(0), to: count) { column in
          var pool = leaves(task, column)
          grow(&pool, by: 2 + random.below(14), statements: true)
          for value in pool.suffix(2 + random.below(4)) {
            let index = [task, column]
            b.store(addBuffer(value.dtype, .element, isOutput: true), index, value)
          }
        }
      }
    }
    return b.finish()
  }

  private mutating func reduction(_ task: Expression, _ count: Expression) {
    let b = builder
    let lanes = random.pick([2, 4, 8, 16, 32, 64])
    let types = (0..<(1 + random.below(2))).map { _ in
      random.pick(DType.allCases.filter { $0 != .bool })
    }
    let variables = types.map { dtype in
      b.declare(lanes: lanes, initial: b.constant(Scalar(random.pick([0.0, 1, 2]), dtype)))
    }
    b.loop(.vector, from: b.integer(random.below(3)), to: count) { column in
      var pool = leaves(task, column)
      grow(&pool, by: 1 + random.below(8), statements: true)
      for (variable, dtype) in zip(variables, types) {
        let value = cast(random.pick(pool), to: dtype)
        b.assign(variable, combine(b.read(variable), value))
      }
    }
    let results = b.fold(variables, lanes: lanes) { left, right in
      zip(left, right).map { combine($0, $1) }
    }
    for result in results {
      b.store(addBuffer(result.dtype, .row, isOutput: true), [task], result)
    }
  }

  // MARK: Memory

  private mutating func slot(_ dtype: DType, _ value: Scalar) -> Expression {
    slots.append(Int64(bitPattern: value.low))
    if dtype.isComplex { slots.append(Int64(bitPattern: value.high)) }
    return builder.slotValue(builder.slot(for: dtype), dtype)
  }

  private mutating func addInput() {
    let index: Index = random.chance(20) ? .gather : .element
    inputs.append((addBuffer(random.pick(DType.allCases), index, isOutput: false), index))
  }

  private mutating func addBuffer(_ dtype: DType, _ index: Index, isOutput: Bool) -> Int {
    var distances: [Int]
    let sizes: [Int]
    switch index {
    case .gather:
      distances = [random.pick([1, -1, 2])]
      sizes = [Self.gatherCount]
    case .row:
      distances = [random.pick([1, -2])]
      sizes = [rows]
    case .element:
      let column = random.pick(isOutput ? [1, 1, 1, -1, 2, 3] : [1, 1, 1, 0, -1, 2, -3, 5])
      let span = max(1, columns) * max(1, abs(column))
      distances = [random.pick(isOutput ? [span, -span - 3] : [span, 0, -span, 1]), column]
      sizes = [rows, columns]
    }
    var (low, high) = (0, 0)
    for (distance, size) in zip(distances, sizes) {
      let reach = distance * max(0, size - 1)
      if reach < 0 { low += reach } else { high += reach }
    }
    var strides: [Stride] = []
    for distance in distances {
      if random.chance(40) {
        slots.append(Int64(distance))
        strides.append(.slot(builder.slot()))
      } else {
        strides.append(.constant(distance))
      }
    }
    let contents = (low...high).map { _ in number(dtype) }
    memory.append(
      .init(dtype: dtype, contents: contents, origin: -low, isOutput: isOutput))
    return builder.buffer(dtype, strides: strides, access: isOutput ? .write : .read)
  }

  mutating func number(_ dtype: DType) -> Scalar {
    if dtype == .bool { return Scalar(dtype: .bool, low: UInt64(random.below(2))) }
    if dtype.isComplex {
      return Scalar(
        dtype: dtype, low: number(dtype.realType).low, high: number(dtype.realType).low)
    }
    switch random.below(5) {
    case 0:
      let bits = dtype.itemSize * 8
      return Scalar(dtype: dtype, low: random.next() >> UInt64(64 - bits))
    case 1 where dtype.isFloating:
      return Scalar(
        random.pick([0, -0.0, 0.5, -1.5, 2.5, .infinity, -.infinity, .nan, 1e-7, 1e30, -65504, 3e9]
        ),
        dtype)
    case 1:
      let top: UInt64 = 1 << UInt64(dtype.itemSize * 8 - 1)
      return Scalar(dtype: dtype, low: random.pick([0, 1, top - 1, top, (top - 1) * 2 + 1]))
    case 2 where dtype.isFloating:
      return Scalar(Double.random(in: -100...100, using: &random), dtype)
    default:
      let small = Int64(random.below(21)) - (dtype.isUnsigned ? 0 : 10)
      return Scalar(small, dtype)
    }
  }

  // MARK: Expressions

  private mutating func leaves(_ task: Expression, _ column: Expression) -> [Expression] {
    let b = builder
    var pool = scalars
    for input in inputs {
      switch input.index {
      case .element: pool.append(b.load(input.buffer, [task, column]))
      case .row: pool.append(b.load(input.buffer, [task]))
      case .gather:
        let place = (column * 7 + task) & (Self.gatherCount - 1)
        pool.append(b.load(input.buffer, [place]))
      }
    }
    if random.chance(30) { pool.append(column) }
    // Loads come last, where the expressions grow from.
    if random.chance(40) {
      pool.insert(b.constant(number(random.pick(DType.allCases))), at: 0)
    }
    return pool
  }

  private mutating func grow(_ pool: inout [Expression], by count: Int, statements: Bool) {
    for _ in 0..<count {
      let x = random.chance(50) ? pool.last! : random.pick(pool)
      if statements, random.chance(8) {
        pool.append(statement(x, pool))
      } else {
        pool.append(operation(x, pool))
      }
    }
  }

  /// Another value of a type: one from the pool, or one that is converted.
  private mutating func partner(_ dtype: DType, _ pool: [Expression]) -> Expression {
    let same = pool.filter { $0.dtype == dtype }
    return random.chance(75) && !same.isEmpty
      ? random.pick(same) : cast(random.pick(pool), to: dtype)
  }

  private func cast(_ x: Expression, to dtype: DType) -> Expression { x.cast(to: dtype) }

  private mutating func operation(_ x: Expression, _ pool: [Expression]) -> Expression {
    if random.chance(25) { return cast(x, to: random.pick(DType.allCases)) }
    if random.chance(8) { return partner(.bool, pool).select(x, partner(x.dtype, pool)) }
    let y = partner(x.dtype, pool)
    if random.chance(10), !x.dtype.isComplex { return comparison(x, y) }
    if x.dtype == .bool { return logical(x, y) }
    if x.dtype.isComplex { return complex(x, y) }
    return x.dtype.isFloating ? floating(x, y, pool) : integer(x, y)
  }

  private mutating func comparison(_ x: Expression, _ y: Expression) -> Expression {
    builder.define(
      .compare(random.pick(Comparison.allCases), x.value, y.value), .bool)
  }

  private mutating func logical(_ x: Expression, _ y: Expression) -> Expression {
    switch random.below(4) {
    case 0: !x
    case 1: x & y
    case 2: x | y
    default: x ^ y
    }
  }

  private mutating func complex(_ x: Expression, _ y: Expression) -> Expression {
    switch random.below(7) {
    case 0: x + y
    case 1: x - y
    case 2: x * y
    case 3: x / y
    case 4: x.real
    case 5: .complex(x.imaginary, y.real)
    default: -x
    }
  }

  /// A floating number whose bits and sign every device agrees on.
  private func withoutNaN(_ x: Expression) -> Expression { x.isNaN.select(x.literal(1), x) }

  private mutating func floating(
    _ x: Expression, _ y: Expression, _ pool: [Expression]
  ) -> Expression {
    switch random.below(16) {
    case 0, 1: return x + y
    case 2: return x - y
    case 3, 4: return x * y
    case 5: return x / y
    case 6: return -x
    case 7: return x.absolute
    case 8: return x.squareRoot
    case 9:
      let rounding: [UnaryOperation] = [.floor, .ceiling, .truncate, .roundEven]
      return builder.define(.unary(random.pick(rounding), x.value), x.dtype)
    case 10: return x.copySign(of: withoutNaN(y))
    case 11, 12: return x.fused(y, plus: partner(x.dtype, pool))
    case 13:
      let integers: [Int: [DType]] = [
        2: [.int16, .uint16], 4: [.int32, .uint32], 8: [.int64, .uint64],
      ]
      return withoutNaN(x).reinterpret(as: random.pick(integers[x.dtype.itemSize]!))
    case 14: return .complex(cast(x, to: .float32), cast(y, to: .float32))
    default: return x.isNaN
    }
  }

  private mutating func integer(_ x: Expression, _ y: Expression) -> Expression {
    switch random.below(15) {
    case 0: return x + y
    case 1: return x - y
    case 2: return x * y
    case 3, 4:
      var bad = y == y.literal(0)
      if y.dtype.isSigned { bad = bad | (y == y.literal(-1)) }
      let divisor = bad.select(y.literal(3), y)
      return random.chance(50) ? x / divisor : x.remainder(divisor)
    case 5: return x & y
    case 6: return x | y
    case 7: return x ^ y
    case 8: return x << (y & (x.dtype.itemSize * 8 - 1))
    case 9: return x >> (y & (x.dtype.itemSize * 8 - 1))
    case 10: return -x
    case 11: return ~x
    case 12: return x.absolute
    case 13:
      let floats: [Int: [DType]] = [
        2: [.float16, .bfloat16], 4: [.float32], 8: [.float64],
      ]
      return floats[x.dtype.itemSize].map { x.reinterpret(as: random.pick($0)) } ?? x.countOnes
    default: return x.countOnes
    }
  }

  /// Combines two of a type, without regard to what it means.
  private mutating func combine(_ x: Expression, _ y: Expression) -> Expression {
    if x.dtype.isComplex { return random.chance(70) ? x + y : x * y }
    switch random.below(4) {
    case 0: return x * y
    case 1: return (x < y).select(x, y)
    default: return x + y
    }
  }

  // MARK: Statements

  /// A value that a variable holds after a loop or a branch.
  private mutating func statement(_ x: Expression, _ pool: [Expression]) -> Expression {
    let b = builder
    let variable = b.declare(initial: x)
    let dtype = x.dtype
    switch random.below(3) {
    case 0:
      b.loop(from: b.integer(0), to: b.integer(random.below(4))) { i in
        var inner = [b.read(variable), i] + pool.suffix(3)
        grow(&inner, by: 1 + random.below(3), statements: false)
        b.assign(variable, cast(inner.last!, to: dtype))
      }
    case 1:
      let left = b.declare(initial: b.integer(random.below(4)))
      b.whileLoop {
        b.read(left) > 0
      } _: {
        var inner = [b.read(variable)] + pool.suffix(3)
        grow(&inner, by: 1 + random.below(3), statements: false)
        b.assign(variable, cast(inner.last!, to: dtype))
        b.assign(left, b.read(left) - 1)
      }
    default:
      b.branch(partner(.bool, pool)) {
        var inner = [b.read(variable)] + pool.suffix(3)
        grow(&inner, by: 1 + random.below(3), statements: false)
        b.assign(variable, cast(inner.last!, to: dtype))
      } else: {
        if random.chance(50) { b.assign(variable, partner(dtype, pool)) }
      }
    }
    return b.read(variable)
  }
}
