/// Meetings of threads, for devices that have only barriers of whole blocks.
///
/// What threads tell each other goes through shared memory, between barriers. Every thread of a
/// block has to come to each barrier, so whatever has a meeting inside is *flattened*: a branch
/// becomes statements that all threads pass, each with the parts that are not its own left out, and
/// a loop goes on as long as any thread of the block goes on.
public enum WarpEmulation {
  /// The kernel without `.collective`; a kernel that has none as it is.
  public static func apply(to kernel: Kernel) -> Kernel {
    guard kernel.body.contains(where: hasCollective) else { return kernel }
    let flattening = Flattening(kernel)
    flattening.flatten(kernel.body, active: nil, later: [])
    return flattening.rewriter.builder.finish()
  }

  private static func hasCollective(_ statement: Statement) -> Bool {
    if case .collective = statement { return true }
    return statement.blocks.contains { $0.block.contains(where: hasCollective) }
  }

  /// Whether threads meet in a statement.
  fileprivate static func meets(_ statement: Statement) -> Bool {
    switch statement {
    case .collective, .barrier: true
    default: statement.blocks.contains { $0.block.contains(where: meets) }
    }
  }
}

private final class Flattening {
  /// No block has more threads.
  private static let mostThreads = 1024

  let rewriter: KernelRewriter
  private let source: Kernel
  private let uniformity: Uniformity
  /// Shared memory with a word for each thread, by the words' type.
  private var words: [DType: Int] = [:]
  private var counter: Int?

  init(_ kernel: Kernel) {
    source = kernel
    uniformity = Uniformity(kernel)
    rewriter = KernelRewriter(kernel, { _, _, _ in nil }, loops: { _, _ in false })
  }

  private var builder: KernelBuilder { rewriter.builder }

  // MARK: Control flow

  /// Writes statements so that all threads pass through them.
  ///
  /// - Parameters:
  ///   - active: tells whether the statements are meant for this thread; nil if for all of them.
  ///   - later: values that are used after the statements.
  func flatten(_ statements: [Statement], active: Variable?, later: Set<Value>) {
    var segment: [Statement] = []
    for (position, statement) in statements.enumerated() {
      guard WarpEmulation.meets(statement) else {
        segment.append(statement)
        continue
      }
      var used = later
      if active != nil { Self.collectUses(statements[position...], &used) }
      copy(segment, active, later: used)
      segment = []
      meet(statement, active)
    }
    copy(segment, active, later: later)
  }

  private static func collectUses(_ statements: some Sequence<Statement>, _ uses: inout Set<Value>)
  {
    for statement in statements {
      uses.formUnion(statement.operands)
      for (block, trailing) in statement.blocks {
        uses.formUnion(trailing)
        collectUses(block, &uses)
      }
    }
  }

  /// Copies statements without meetings. What outlives them is kept in variables, because only
  /// some threads run them.
  private func copy(_ segment: [Statement], _ active: Variable?, later: Set<Value>) {
    if segment.isEmpty { return }
    guard let active else {
      for statement in segment { rewriter.copy(statement) }
      return
    }
    for case .declare(let variable, 1, _) in segment {
      let type = source.variableTypes[Int(variable.id)]
      rewriter.variables[Int(variable.id)] = cell(type)
    }
    var kept: [(value: Value, cell: Variable)] = []
    for statement in segment {
      for value in statement.definitions where later.contains(value) {
        kept.append((value, cell(source.valueTypes[Int(value.id)])))
      }
    }
    builder.branch(builder.read(active)) {
      for statement in segment {
        if case .declare(let variable, 1, let initial) = statement {
          builder.assign(rewriter.new(variable), rewriter.expression(initial))
        } else {
          rewriter.copy(statement)
        }
      }
      for (value, cell) in kept { builder.assign(cell, rewriter.expression(value)) }
    }
    for (value, cell) in kept { rewriter.values[Int(value.id)] = builder.read(cell).value }
  }

  private func cell(_ type: DType) -> Variable {
    builder.declare(initial: builder.constant(Scalar(0.0, type)))
  }

  private func meet(_ statement: Statement, _ active: Variable?) {
    switch statement {
    case .barrier: builder.barrier()
    case .collective(let operation, let operands, let results):
      exchange(operation, operands.map { rewriter.expression($0) }, results, active)
    case .branch(let condition, let then, let otherwise):
      let condition = rewriter.expression(condition)
      let inThen = builder.declare(initial: also(active, condition))
      let inElse = builder.declare(initial: also(active, !condition))
      flatten(then, active: inThen, later: [])
      flatten(otherwise, active: inElse, later: [])
    case .whileLoop(let condition, let test, let body):
      if active == nil, uniformity.isUniform(test) {
        builder.whileLoop {
          flatten(condition, active: nil, later: [])
          return rewriter.expression(test)
        } _: {
          flatten(body, active: nil, later: [])
        }
        return
      }
      repeatWhile(active) { goesOn in
        flatten(condition, active: goesOn, later: [test])
        return rewriter.expression(test)
      } body: {
        flatten(body, active: $0, later: [])
      }
    case .loop(let loop): meet(loop, active)
    // The verifier lets nothing else have meetings.
    default: rewriter.copy(statement)
    }
  }

  private func meet(_ loop: Loop, _ active: Variable?) {
    let (lower, upper) = (rewriter.expression(loop.lower), rewriter.expression(loop.upper))
    if active == nil, uniformity.isUniform(loop.lower), uniformity.isUniform(loop.upper) {
      builder.loop(from: lower, to: upper) { index in
        rewriter.values[Int(loop.index.id)] = index.value
        flatten(loop.body, active: nil, later: [])
      }
      return
    }
    let index = builder.declare(initial: lower)
    repeatWhile(active) { _ in
      builder.read(index) < upper
    } body: { goesOn in
      rewriter.values[Int(loop.index.id)] = builder.read(index).value
      flatten(loop.body, active: goesOn, later: [])
      builder.assign(index, builder.read(index) + builder.integer(1))
    }
  }

  /// A loop that ends when it has ended for all threads.
  private func repeatWhile(
    _ active: Variable?, _ test: (Variable) -> Expression, body: (Variable) -> Void
  ) {
    let goesOn = builder.declare(initial: active.map { builder.read($0) } ?? truth(true))
    builder.whileLoop {
      let test = test(goesOn)
      builder.assign(goesOn, builder.read(goesOn) & test)
      return count(builder.read(goesOn)) != builder.integer(0, .uint32)
    } _: {
      body(goesOn)
    }
  }

  private func truth(_ value: Bool) -> Expression { builder.integer(value ? 1 : 0, .bool) }

  private func also(_ active: Variable?, _ condition: Expression) -> Expression {
    active.map { builder.read($0) & condition } ?? condition
  }

  // MARK: Meetings

  /// Runs `body` where the statements are meant for the thread.
  private func guarded(_ active: Variable?, _ body: () -> Void) {
    guard let active else { return body() }
    builder.branch(builder.read(active), then: body)
  }

  private func wordsBuffer(_ type: DType) -> Int {
    if let known = words[type] { return known }
    let buffer = builder.shared(type, Self.mostThreads)
    words[type] = buffer
    return buffer
  }

  private var blockThreads: Expression {
    builder.grid(.blockSizeX) * builder.grid(.blockSizeY) * builder.grid(.blockSizeZ)
  }

  /// How many threads of the block give true. Uniform: all threads come here.
  private func count(_ value: Expression) -> Expression {
    let counter = self.counter ?? builder.shared(.uint32, 1)
    self.counter = counter
    let place = [builder.integer(0)]
    builder.branch(builder.threadNumber == 0) {
      builder.store(counter, place, builder.integer(0, .uint32))
    }
    builder.barrier()
    builder.branch(value) { builder.atomic(.add, counter, place, builder.integer(1, .uint32)) }
    builder.barrier()
    let total = builder.load(counter, place)
    builder.barrier()
    return total
  }

  private func exchange(
    _ operation: Collective, _ operands: [Expression], _ results: [Value], _ active: Variable?
  ) {
    switch operation.group {
    case .block:
      let total = count(also(active, operands[0]))
      let result =
        switch operation {
        case .countThreads: total.cast(to: .int32)
        case .allThreads: total == blockThreads.cast(to: .uint32)
        default: total != builder.integer(0, .uint32)
        }
      rewriter.values[Int(results[0].id)] = result.value
    case .present:
      let isHere = active.map { builder.read($0) } ?? truth(true)
      tell(isHere.cast(to: .uint32), nil)
      give(results, [.uint32], active) {
        [lanes(of: existing, .uint32) { word, one in word * one }]
      }
    case .mask:
      if operation == .syncWarp { return builder.barrier() }
      exchangeInWarp(operation, operands, results, active)
    }
  }

  private func exchangeInWarp(
    _ operation: Collective, _ operands: [Expression], _ results: [Value], _ active: Variable?
  ) {
    let (mask, value) = (operands[0], operands[1])
    if operation.isShuffle {
      let word = word(value)
      tell(word, active)
      give(results, [value.dtype], active) {
        let place = builder.threadNumber - builder.lane + source(operation, operands[2])
        let found = builder.load(wordsBuffer(word.dtype), [place])
        return [found.reinterpret(as: value.dtype)]
      }
      return
    }
    let none = builder.integer(0, .uint32)
    let word = value.dtype == .bool ? value.cast(to: .uint32) : word(value)
    tell(word, active)
    give(results, operation.results(for: value.dtype), active) {
      let named = mask & existing
      let isMatch = operation == .matchAny || operation == .matchAll
      let found = lanes(of: named, word.dtype) { other, one in
        isMatch ? (other == word).select(one, none) : (other != other.literal(0)).select(one, none)
      }
      switch operation {
      case .allLanes: return [found == named]
      case .anyLane: return [found != none]
      case .sameLanes: return [(found == none) | (found == named)]
      case .matchAll:
        let isSame = found == named
        return [isSame.select(mask, none), isSame]
      default: return [found]
      }
    }
  }

  /// The bits of a value as an unsigned number.
  private func word(_ value: Expression) -> Expression {
    value.reinterpret(as: value.dtype.itemSize == 8 ? .uint64 : .uint32)
  }

  /// Leaves a word for the others.
  private func tell(_ word: Expression, _ active: Variable?) {
    guarded(active) { builder.store(wordsBuffer(word.dtype), [builder.threadNumber], word) }
    builder.barrier()
  }

  /// Computes results from the words of others, who may write new ones only after that.
  private func give(
    _ results: [Value], _ types: [DType], _ active: Variable?, _ compute: () -> [Expression]
  ) {
    let cells = types.map { cell($0) }
    guarded(active) {
      for (cell, value) in zip(cells, compute()) { builder.assign(cell, value) }
    }
    for (result, cell) in zip(results, cells) {
      rewriter.values[Int(result.id)] = builder.read(cell).value
    }
    builder.barrier()
  }

  /// A bit for each lane of the warp that the block has.
  private var existing: Expression {
    let size = builder.integer(Collective.warpSize)
    let count = blockThreads - (builder.threadNumber - builder.lane)
    let one = builder.integer(1, .uint32)
    let some = (one << (count & (Collective.warpSize - 1)).cast(to: .uint32)) - one
    return (count >= size).select(builder.constant(Scalar(dtype: .uint32, low: 0xffff_ffff)), some)
  }

  /// The bits that `bit` gives for the words of these lanes; `one` is a lane's bit.
  private func lanes(
    of named: Expression, _ type: DType,
    _ bit: (_ word: Expression, _ one: Expression) -> Expression
  ) -> Expression {
    let found = builder.declare(initial: builder.integer(0, .uint32))
    let first = builder.threadNumber - builder.lane
    builder.loop(from: builder.integer(0), to: builder.integer(Collective.warpSize)) { lane in
      let one = builder.integer(1, .uint32) << lane.cast(to: .uint32)
      builder.branch((named & one) != builder.integer(0, .uint32)) {
        let word = builder.load(wordsBuffer(type), [first + lane])
        builder.assign(found, builder.read(found) | bit(word, one))
      }
    }
    return builder.read(found)
  }

  /// The lane that a shuffle reads from.
  private func source(_ operation: Collective, _ operand: Expression) -> Expression {
    let size = Collective.warpSize
    let bits = operand.cast(to: .int64) & (size - 1)
    let lane = builder.lane
    switch operation {
    case .shuffleUp: return (lane >= bits).select(lane - bits, lane)
    case .shuffleDown:
      return (lane + bits < builder.integer(size)).select(lane + bits, lane)
    case .shuffleXor: return lane ^ bits
    default: return bits
    }
  }
}

extension Statement {
  /// The values that it defines for the statements after it.
  fileprivate var definitions: [Value] {
    switch self {
    case .define(let value, _): [value]
    case .atomic(_, _, _, _, let old): old.map { [$0] } ?? []
    case .compareExchange(_, _, _, _, let old): [old]
    case .fold(let fold): fold.results
    default: []
    }
  }
}
