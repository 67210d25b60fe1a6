/// Parts the loops whose iterations begin independently and end by adding to what all share, as the
/// assignment step of k-means does: strips of iterations run their first halves, which can then run
/// together, and after them their second halves in order.
enum LoopFission {
  /// Iterations of a strip; what the halves hand over is kept for so many.
  private static let stripLength = 256

  static func run(_ kernel: Kernel, argumentCount: Int) -> Kernel {
    let memory = KernelMemory(kernel, argumentCount: argumentCount)
    var parts: [Value: Halves] = [:]
    find(kernel.body, memory, &parts)
    if parts.isEmpty { return kernel }
    var isInside = false
    let rewriter = KernelRewriter(
      kernel, { _, _, _ in nil },
      loops: { loop, rewriter in
        guard !isInside, let halves = parts[loop.index] else { return false }
        isInside = true
        write(loop, halves, rewriter)
        isInside = false
        return true
      })
    return rewriter.run()
  }

  private struct Halves {
    var first: [Statement]
    var second: [Statement]
    /// Variables that the first half sets and the second reads.
    var handedOver: [Variable]
    /// Definitions that both compute.
    var shared: [Statement]
  }

  private static func find(
    _ statements: [Statement], _ memory: KernelMemory, _ parts: inout [Value: Halves]
  ) {
    for statement in statements {
      if case .loop(let loop) = statement, loop.kind == .serial,
        LoopIndependence.analyse(loop, memory) == nil, let halves = halves(of: loop, memory)
      {
        parts[loop.index] = halves
        continue
      }
      for block in statement.blocks { find(block.block, memory, &parts) }
    }
  }

  /// The longest first half that is independent and has a loop in it.
  private static func halves(of loop: Loop, _ memory: KernelMemory) -> Halves? {
    for end in loop.body.indices.reversed().dropLast() {
      let first = Array(loop.body[..<end])
      switch first.last {
      case .loop, .store: break
      default: continue
      }
      guard first.contains(where: { if case .loop = $0 { true } else { false } }) else {
        return nil
      }
      var own = loop
      own.body = first
      guard let found = LoopIndependence.analyse(own, memory, mayStoreNothing: true),
        found.accessCost <= LoopVectorisation.greatestAccessCost,
        let halves = halves(first, Array(loop.body[end...]), loop, memory)
      else { continue }
      return halves
    }
    return nil
  }

  /// Nil where one half touches what the other writes, or needs more of it than numbers.
  private static func halves(
    _ first: [Statement], _ second: [Statement], _ loop: Loop, _ memory: KernelMemory
  ) -> Halves? {
    let (a, b) = (StatementUses(first), StatementUses(second))
    guard !b.isOpaque, a.stored.isDisjoint(with: b.stored.union(b.loaded)),
      b.stored.isDisjoint(with: a.loaded),
      a.read.isDisjoint(with: b.assigned.subtracting(a.declared))
    else { return nil }
    var fresh: Set<Variable> = []
    for buffer in a.stored.union(a.loaded).union(b.stored).union(b.loaded) {
      switch memory.origin(of: buffer) {
      case .argument: break
      case .fresh(let variable): if !fresh.insert(variable).inserted { return nil }
      // The status is written by what raises: the halves of later iterations must not run then.
      case .own: if b.stored.contains(buffer) { return nil }
      case .unknown: return nil
      }
    }
    var shared: [Statement] = []
    var known: Set<Value> = []
    for statement in first {
      guard case .define(let value, let instruction) = statement, instruction.isPure,
        instruction.operands.allSatisfy({ !a.defined.contains($0) || known.contains($0) })
      else { continue }
      known.insert(value)
      shared.append(statement)
    }
    guard b.used.intersection(a.defined).isSubset(of: known) else { return nil }
    let handedOver = b.read.union(b.assigned).intersection(a.declared)
    return Halves(
      first: first, second: second, handedOver: handedOver.sorted { $0.id < $1.id },
      shared: shared)
  }

  private static func write(_ loop: Loop, _ halves: Halves, _ rewriter: KernelRewriter) {
    let builder = rewriter.builder
    let lower = rewriter.expression(loop.lower)
    let upper = rewriter.expression(loop.upper)
    let length = builder.integer(stripLength)
    let kept = halves.handedOver.map { variable in
      builder.local(rewriter.source.variableTypes[Int(variable.id)], stripLength)
    }
    let count = upper - lower
    let isSome = lower < upper
    let strips = isSome.select(
      (count - builder.integer(1)) / length + builder.integer(1), builder.integer(0))
    builder.loop(from: builder.integer(0), to: strips) { strip in
      let start = lower + strip * length
      let end = (upper - start < length).select(upper, start + length)
      builder.loop(from: start, to: end) { index in
        rewriter.bind(loop.index, to: index)
        rewriter.copyBlock(halves.first)
        for (buffer, variable) in zip(kept, halves.handedOver) {
          builder.store(buffer, [index - start], rewriter.read(variable))
        }
      }
      builder.loop(from: start, to: end) { index in
        rewriter.bind(loop.index, to: index)
        rewriter.copyBlock(halves.shared)
        for (buffer, variable) in zip(kept, halves.handedOver) {
          rewriter.declare(variable, initial: builder.load(buffer, [index - start]))
        }
        rewriter.copyBlock(halves.second)
      }
    }
  }
}

/// What statements do with values, variables and memory.
private struct StatementUses {
  var defined: Set<Value> = []
  var used: Set<Value> = []
  var declared: Set<Variable> = []
  var assigned: Set<Variable> = []
  var read: Set<Variable> = []
  var stored: Set<Int> = []
  var loaded: Set<Int> = []
  /// Whether they do something else.
  var isOpaque = false

  init(_ statements: [Statement]) { for statement in statements { add(statement) } }

  private mutating func add(_ statement: Statement) {
    switch statement {
    case .define(let value, let instruction):
      defined.insert(value)
      used.formUnion(instruction.operands)
      switch instruction {
      case .read(let variable): read.insert(variable)
      case .load(let buffer, _): loaded.insert(buffer)
      case .address, .grid: isOpaque = true
      default: break
      }
    case .declare(let variable, let lanes, let initial):
      declared.insert(variable)
      used.insert(initial)
      if lanes != 1 { isOpaque = true }
    case .assign(let variable, let value):
      assigned.insert(variable)
      used.insert(value)
    case .store(let buffer, let index, let value):
      stored.insert(buffer)
      used.formUnion(index + [value])
    case .loop(let loop):
      if loop.kind != .serial { isOpaque = true }
      defined.insert(loop.index)
      used.formUnion([loop.lower, loop.upper])
    case .branch(let condition, _, _): used.insert(condition)
    case .whileLoop(_, let test, _): used.insert(test)
    case .location: break
    case .atomic, .compareExchange, .fold, .barrier, .fence, .collective, .sleep, .allocate,
      .arena, .parallel:
      isOpaque = true
    }
    for block in statement.blocks { for inner in block.block { add(inner) } }
  }
}
