import MartletIR

/// A random kernel whose tasks are full of places where the threads of a block must wait for each
/// other: vector loops, folds, and uniform loads and stores of the same memory, nested in loops and
/// branches.
///
/// Iterations of a vector loop stay independent: what one writes, no other reads.
struct SharedTaskKernel {
  static let width = 64
  static let tasks = 3
  static let bufferCount = 3

  let kernel: Kernel
  /// The contents of each buffer of `.int64` numbers before the launch.
  let contents: [[Int64]]

  init(seed: Int) {
    var generator = SharedTaskGenerator(seed: seed)
    kernel = generator.generate()
    contents = (0..<Self.bufferCount).map { _ in
      (0..<Self.tasks * Self.width).map { _ in Int64(generator.random.below(1000)) }
    }
  }
}

private struct SharedTaskGenerator {
  var random: SeededNumbers
  let builder: KernelBuilder
  private var buffers: [Int] = []
  private var state: [Variable] = []

  init(seed: Int) {
    random = SeededNumbers(seed: UInt64(seed) &+ 1_000_003)
    builder = KernelBuilder(name: "shared_\(seed)")
  }

  mutating func generate() -> Kernel {
    buffers = (0..<SharedTaskKernel.bufferCount).map { _ in
      builder.buffer(
        .int64, strides: [.constant(SharedTaskKernel.width), .unit], access: .readWrite)
    }
    builder.tasks { task in
      state = (0..<2).map { builder.declare(initial: task + builder.integer($0)) }
      block(task, depth: 0, count: 3 + random.below(4))
      for (n, variable) in state.enumerated() {
        builder.store(buffers[0], [task, builder.integer(n)], builder.read(variable))
      }
    }
    return builder.finish()
  }

  private func wrapped(_ index: Expression) -> Expression {
    index & builder.integer(SharedTaskKernel.width - 1)
  }

  private mutating func block(_ task: Expression, depth: Int, count: Int) {
    for _ in 0..<count { statement(task, depth) }
  }

  private mutating func load(_ task: Expression) -> Expression {
    builder.load(random.pick(buffers), [task, wrapped(uniform())])
  }

  /// A number that all threads know.
  private mutating func uniform() -> Expression {
    let value = builder.read(random.pick(state))
    return random.chance(50) ? value : value * builder.integer(3 + random.below(5))
  }

  private mutating func statement(_ task: Expression, _ depth: Int) {
    let b = builder
    switch random.below(depth < 2 ? 12 : 8) {
    case 0:
      let target = random.pick(state)
      b.assign(target, b.read(target) ^ load(task))
    case 1, 2: b.store(random.pick(buffers), [task, wrapped(uniform())], uniform() + load(task))
    case 3, 4: vectorLoop(task)
    case 5: reduction(task)
    case 6: leaderLoop(task)
    case 7:
      let old = b.newValue(.int64)
      let (place, value) = (wrapped(uniform()), uniform())
      b.append(
        .atomic(
          .add, buffer: random.pick(buffers), index: [task.value, place.value],
          value: value.value, old: random.chance(50) ? old : nil))
    case 8, 9:
      b.loop(from: b.integer(0), to: b.integer(random.below(4))) { i in
        b.assign(state[0], b.read(state[0]) + i)
        block(task, depth: depth + 1, count: 1 + random.below(3))
      }
    case 10:
      let left = b.declare(initial: uniform() & b.integer(3))
      b.whileLoop {
        if random.chance(50) { b.assign(state[1], b.read(state[1]) + load(task)) }
        return b.read(left) > b.integer(0)
      } _: {
        b.assign(left, b.read(left) - b.integer(1))
        block(task, depth: depth + 1, count: 1 + random.below(3))
      }
    default:
      let isOdd = (load(task) & b.integer(1)) == b.integer(1)
      b.branch(isOdd) {
        block(task, depth: depth + 1, count: 1 + random.below(2))
      } else: {
        if random.chance(60) { block(task, depth: depth + 1, count: 1 + random.below(2)) }
      }
    }
  }

  private mutating func vectorLoop(_ task: Expression) {
    let b = builder
    let target = random.pick(buffers)
    let others = buffers.filter { $0 != target }
    // Five is odd, so that every iteration has a place of its own.
    let shift = uniform()
    let lower = b.integer(random.below(5))
    let upper = b.integer(random.pick([3, 20, 60, 64]))
    let factor = random.chance(50) ? b.integer(1) : b.integer(5)
    b.loop(.vector, from: lower, to: upper) { i in
      let place = wrapped(i * factor + shift)
      var value = b.load(target, [task, place]) + b.load(random.pick(others), [task, wrapped(i)])
      if random.chance(50) {
        value = value * b.integer(3) + b.load(random.pick(others), [task, wrapped(i + shift)])
      }
      if random.chance(30) {
        b.branch((value & b.integer(1)) == b.integer(1)) { b.store(target, [task, place], value) }
      } else {
        b.store(target, [task, place], value)
      }
    }
  }

  private mutating func reduction(_ task: Expression) {
    let b = builder
    let lanes = random.pick([2, 8, 16, 64, 512])
    let source = random.pick(buffers)
    let sum = b.declare(lanes: lanes, initial: b.integer(random.below(3)))
    for _ in 0..<(1 + random.below(2)) {
      b.loop(.vector, from: b.integer(random.below(3)), to: b.integer(64)) { i in
        b.assign(sum, b.read(sum) * b.integer(3) + b.load(source, [task, i]))
      }
    }
    let total = b.fold([sum], lanes: lanes) { [$0[0] * b.integer(5) + $1[0]] }[0]
    b.assign(state[1], b.read(state[1]) + total)
    if random.chance(50) { b.store(source, [task, b.integer(7)], total) }
  }

  /// Something that the leader does alone.
  private mutating func leaderLoop(_ task: Expression) {
    let b = builder
    let buffer = random.pick(buffers)
    b.loop(from: b.integer(1), to: b.integer(9)) { i in
      let before = b.load(buffer, [task, i - b.integer(1)])
      b.store(buffer, [task, i], before * b.integer(3) + i)
    }
  }
}
