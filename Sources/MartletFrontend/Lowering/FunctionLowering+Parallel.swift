import MartletIR

/// Loops whose iterations run on all threads: each becomes a kernel of its own, which the function
/// launches, and finds the values of the moment in the *frame*, a block of 64-bit cells.
extension FunctionLowering {
  /// Into how many parts a loop is cut, whatever the number of threads, so that a sum has the same
  /// bits on any.
  static let partCount = 64

  /// Lowers `for target in prange(…)` where threads may share it.
  func lowerParallel(
    _ target: SourceExpression, _ source: Iteration, _ body: [SourceStatement], _ frame: Frame,
    at location: SourcePosition
  ) throws(MartletError) {
    guard case .counted(let count, let element) = source else { return }
    let loop = ParallelLoop(key: "\(frame.path)\(location)", location: location)
    if !SourceScan.exits(body).intersection([.breaks, .returns]).isEmpty {
      throw dependence("it may be left by 'break', 'return' or 'raise'", of: loop, at: location)
    }
    let targets = SourceScan.names(in: target)
    let assigned = SourceScan.assigned(body).subtracting(targets)
    var reductions: [(name: String, rule: ParallelReduction)] = []
    for name in assigned.sorted() where frame.names[name] != nil {
      if let rule = ParallelReduction.rule(for: name, in: body) { reductions.append((name, rule)) }
    }
    try demote(reductions.map(\.name), frame)
    let before = failureCount
    let accumulators = try accumulators(of: loop, body, assigned, count, frame)
    reductions.removeAll { reduction in accumulators.contains { $0.name == reduction.name } }
    try unlessFailed(since: before) { () throws(MartletError) in
      try lowerParallel(
        loop, target, count, element, body, assigned, reductions, accumulators, frame)
    }
  }

  private func lowerParallel(
    _ loop: ParallelLoop, _ target: SourceExpression, _ count: Expression,
    _ element: (Expression) throws(MartletError) -> Meaning, _ body: [SourceStatement],
    _ assigned: Set<String>, _ reductions: [(name: String, rule: ParallelReduction)],
    _ accumulators: [Accumulator], _ frame: Frame
  ) throws(MartletError) {
    let location = loop.location
    let targets = SourceScan.names(in: target)
    let arena = arenaSlot ?? builder.slot()
    arenaSlot = arena
    let frameBuffer = frameBuffer ?? builder.buffer(.int64, strides: [.unit], access: .readWrite)
    self.frameBuffer = frameBuffer

    // The child begins as this kernel does, so that arguments have the same places.
    let child = FunctionLowering(
      program,
      builder: KernelBuilder(name: "\(program.functions[0].name)_loop\(childKernels.count)"),
      rules: rules, library: library, types: types)
    child.inherit(from: self)
    child.isGuarded = types.guardedLoops.contains(loop.key)
    let number = childKernels.count
    var stored = frameCells
    func keep(_ value: Expression) {
      for word in Self.words(of: value) {
        builder.store(frameBuffer, [builder.integer(stored)], word)
        stored += 1
      }
    }
    keep(count)
    let limit = accumulators.isEmpty ? nil : partLimit(accumulators, count, body)
    if let limit { keep(limit) }

    // What the body reads crosses over.
    let inner = Frame(frame.function, path: frame.path, lowering: child, isParallel: true)
    inner.privateNames = assigned.subtracting(
      reductions.map(\.name) + accumulators.map(\.name))
    var captured: [(name: String, value: Captured)] = []
    let reductionNames = Set(reductions.map(\.name))
    for name in frame.names.keys.sorted() where !inner.privateNames.contains(name) {
      guard !targets.contains(name), !reductionNames.contains(name),
        SourceScan.reads(name, body) || assigned.contains(name)
      else { continue }
      let meaning = try value(of: name, frame, at: location)
      captured.append((name, try capture(meaning, count, keep, at: location)))
    }
    for accumulator in accumulators {
      let copies = try capture(.array(accumulator.copies), count, keep, at: location)
      captured.append((Accumulator.copiesName(accumulator.name), copies))
    }
    // The loop's own range, as far as it is computed.
    let start = frameCells
    let partials = stored
    var reductionTypes: [DType] = []
    for (name, _) in reductions {
      guard case .variable(_, let dtype)? = frame.names[name]?.storage else {
        throw dependence(
          "'\(name)' is no number, and iterations change it", of: loop, at: location)
      }
      reductionTypes.append(dtype)
    }
    frameCells = partials + 2 * Self.partCount * reductions.count
    let bounds = try range(of: element)
    for value in bounds { keepRange(value, frameBuffer) }
    if case .scalar(let second) = try element(builder.integer(1)) {
      child.isRising = isNonNegative(second)
    }

    do throws(MartletError) {
      for (number, address) in capturedAddresses.enumerated() {
        child.capturedRoots[number] = origins.roots(of: address)
      }
      try child.lowerTasks(
        loop, count: slot(of: count), isLimited: limit != nil, start: start, partials: partials,
        rangeStart: frameCells - 2 * bounds.count, bounds.map { constant($0) }, captured,
        reductions, reductionTypes, accumulators, target, body, inner)
    } catch {
      // What it learned about types may be why it failed.
      types = child.types
      throw error
    }
    types = child.types
    failures = child.failures
    raisedClasses = child.raisedClasses
    if child.failureCount > 0 { failureCount += child.failureCount }
    writtenBuffers.formUnion(child.writtenArguments)
    // What was captured by its address is memory of this kernel.
    for number in child.origins.captured(behind: child.writtenBuffers) {
      writtenAddresses.insert(capturedAddresses[number])
    }
    childKernels.append(child.builder.finish())
    childKernels += child.childKernels

    let one = builder.integer(1)
    let parts = limit ?? builder.integer(Self.partCount)
    let tasks = (count < parts).select(count, parts)
    builder.parallel(child: number, count: tasks, arena: arena)
    if let statusBuffer, let failed {
      let status = builder.load(statusBuffer, [builder.integer(0)])
      builder.branch(status != builder.integer(0)) { builder.assign(failed, truth(true)) }
    }
    for (r, (name, rule)) in reductions.enumerated() {
      guard case .variable(let variable, let dtype)? = frame.names[name]?.storage else { continue }
      builder.loop(from: builder.integer(0), to: tasks) { part in
        let place =
          builder.integer(partials)
          + (part * builder.integer(reductions.count)
            + builder.integer(r)) * builder.integer(2)
        let words = [
          builder.load(frameBuffer, [place]), builder.load(frameBuffer, [place + one]),
        ]
        let partial = Self.value(of: words, dtype)
        builder.assign(variable, rule.join(builder.read(variable), partial))
      }
    }
    for accumulator in accumulators { try join(accumulator, tasks, at: location) }
    // What an iteration sets is its own.
    for name in inner.privateNames.union(targets) {
      frame.names[name] = nil
      frame.lostNames[name] = loop
    }
  }

  // MARK: The child

  /// Makes this lowering's kernel one that runs with another's arguments.
  private func inherit(from parent: FunctionLowering) {
    callers = parent.callers
    callCount = parent.callCount + 1
    failures = parent.failures
    raisedClasses = parent.raisedClasses
    isChild = true
    name(declareParameters(parent.argumentTypes))
    builder.watch()
    if types.canFail {
      statusBuffer = builder.buffer(.int64, strides: [.unit], access: .readWrite)
    }
    arenaSlot = builder.slot()
    frameBuffer = builder.buffer(.int64, strides: [.unit], access: .readWrite)
  }

  /// The slot that a number comes from, which its child has too.
  private func slot(of number: Expression) -> Int? {
    if case .slot(let slot)? = builder.definitions?[number.value] { return slot }
    return nil
  }

  private func lowerTasks(
    _ loop: ParallelLoop, count countSlot: Int?, isLimited: Bool, start: Int, partials: Int,
    rangeStart: Int, _ range: [Int?],
    _ captured: [(name: String, value: Captured)],
    _ reductions: [(name: String, rule: ParallelReduction)], _ reductionTypes: [DType],
    _ accumulators: [Accumulator], _ target: SourceExpression, _ body: [SourceStatement],
    _ frame: Frame
  ) throws(MartletError) {
    guard let frameBuffer else { return }
    func cell(_ number: Int) -> Expression {
      builder.load(frameBuffer, [builder.integer(number)])
    }
    let zero = builder.integer(0)
    try builder.loop(.tasks, from: zero, to: zero) { (part) throws(MartletError) in
      if types.canFail { failed = builder.declare(initial: truth(false)) }
      var next = start
      // What the arguments' sizes say too is the same number.
      let count = countSlot.map { builder.slotValue($0) } ?? cell(next)
      nonNegative.insert(count.value)
      next += 1
      let parts = isLimited ? cell(next) : builder.integer(Self.partCount)
      if isLimited { next += 1 }
      for (name, value) in captured {
        frame.names[name] = Binding(.value(released(value, count, &next, cell)))
        noteOrigin(of: name, value)
      }
      for accumulator in accumulators {
        try startCopy(accumulator, part, frame, at: loop.location)
      }
      let size = (count + parts - builder.integer(1)) / parts
      let isFew = count < parts
      let length = isFew.select(builder.integer(1), size)
      let lower = part * length
      let end = lower + length
      let upper = (end < count).select(end, count)
      let isFree = isGuarded ? builder.declare(initial: truth(true)) : nil
      for ((name, rule), dtype) in zip(reductions, reductionTypes) {
        let variable = builder.declare(initial: rule.start(builder, dtype))
        frame.names[name] = Binding(.variable(variable, dtype))
      }
      let bounds = range.enumerated().map { i, number in
        number.map { builder.integer($0) } ?? cell(rangeStart + 2 * i)
      }
      // Where iterations turn out to depend on each other, the first part runs them all, in order.
      let place = builder.position
      var (first, last) = (lower, upper)
      if let isFree {
        let isFree = builder.read(isFree)
        first = isFree.select(lower, zero)
        last = isFree.select(upper, (part == zero).select(count, zero))
      }
      try releasingMemory { (endIteration) throws(MartletError) in
        try builder.loop(from: first, to: last) { (position) throws(MartletError) in
          let index =
            range.isEmpty ? position : bounds[0] + position * bounds[1]
          iterations = ParallelIterations(
            loop: loop, position: position.value, count: count.value,
            step: range.isEmpty ? nil : bounds[1].value)
          nonNegative.insert(position.value)
          if isRising { nonNegative.insert(index.value) }
          let names = frame.names
          try assign(target, .scalar(index), frame)
          frame.loops.append(Frame.LoopExits())
          try lowerBody(body, SourceScan.exits(body), frame)
          frame.loops.removeLast()
          frame.names = names
          endIteration()
        }
      }
      try guardLoop(loop.key, by: isFree, at: place)
      for (r, (name, _)) in reductions.enumerated() {
        guard case .variable(let variable, _)? = frame.names[name]?.storage else { continue }
        let place =
          builder.integer(partials)
          + (part * builder.integer(reductions.count)
            + builder.integer(r)) * builder.integer(2)
        for (i, word) in Self.words(of: builder.read(variable)).enumerated() {
          builder.store(frameBuffer, [place + builder.integer(i)], word)
        }
      }
    }
  }

  /// Has a loop look at what shows only at run time, of which the place of the statements is known.
  private func guardLoop(
    _ key: String, by isFree: Variable?, at place: Int
  ) throws(MartletError) {
    let condition = try independence()
    guard condition.isKnown != true else { return }
    guard let isFree else {
      types.guardedLoops.insert(key)
      types.hasChanged = true
      return
    }
    let statements = builder.detachedBlock {
      builder.assign(isFree, condition.expression(builder))
    }
    builder.insert(statements, at: place)
  }

  // MARK: What crosses over

  /// A value on its way into a child kernel.
  indirect enum Captured {
    case same(Meaning)
    /// How many iterations there are.
    case count
    case number(DType)
    case parameter(Int)
    case array(DType, rank: Int, isReadOnly: Bool, number: Int)
    case tuple([Captured])
    case list(String)
  }

  private func capture(
    _ meaning: Meaning, _ count: Expression, _ keep: (Expression) -> Void,
    at location: SourcePosition
  ) throws(MartletError) -> Captured {
    switch meaning {
    case .scalar(let value):
      if value.value == count.value { return .count }
      keep(value)
      return .number(value.dtype)
    case .array(let array):
      if let parameter = array.parameter { return .parameter(parameter) }
      let (numbers, _) = try flattened(meaning, at: location)
      var parts: [Expression] = []
      for number in numbers { parts.append(try self.number(number, as: .int64, at: location)) }
      for part in parts { keep(part) }
      capturedAddresses.append(parts[0].value)
      return .array(
        array.dtype, rank: array.rank, isReadOnly: array.isReadOnly,
        number: capturedAddresses.count - 1)
    case .tuple(let items):
      var parts: [Captured] = []
      for item in items { parts.append(try capture(item, count, keep, at: location)) }
      return .tuple(parts)
    case .list(let list):
      keep(list.header)
      return .list(list.key)
    case .closure, .listMethod, .slice, .flat, .display, .range:
      throw failure(
        "\(meaning.description) from around a prange loop can't be used in it", at: location)
    default: return .same(meaning)
    }
  }

  private func released(
    _ captured: Captured, _ count: Expression, _ next: inout Int, _ cell: (Int) -> Expression
  ) -> Meaning {
    switch captured {
    case .same(let meaning): return meaning
    case .count: return .scalar(count)
    case .number(let dtype):
      let count = dtype.isComplex ? 2 : 1
      let words = (0..<count).map { cell(next + $0) }
      next += count
      return .scalar(Self.value(of: words, dtype))
    case .parameter(let number): return .array(parameterArrays[number])
    case .array(let dtype, let rank, let isReadOnly, let number):
      var parts: [Expression] = []
      for _ in 0..<(1 + 2 * rank) {
        parts.append(cell(next))
        next += 1
      }
      origins.note(parts[0], captured: number)
      var array = array(dtype, parts)
      array.origin = Self.firstCaptured + number
      array.isReadOnly = isReadOnly
      return .array(array)
    case .tuple(let items):
      var parts: [Meaning] = []
      for item in items { parts.append(released(item, count, &next, cell)) }
      return .tuple(parts)
    case .list(let key):
      var list = list(key, at: cell(next))
      next += 1
      list.isShared = true
      return .list(list)
    }
  }

  /// A number as 64-bit words.
  static func words(of value: Expression) -> [Expression] {
    let dtype = value.dtype
    if dtype.isComplex { return words(of: value.real) + words(of: value.imaginary) }
    switch dtype {
    case .float64: return [value.reinterpret(as: .int64)]
    case .float32: return [value.reinterpret(as: .int32).cast(to: .int64)]
    case .float16, .bfloat16: return [value.reinterpret(as: .int16).cast(to: .int64)]
    default: return [value.cast(to: .int64)]
    }
  }

  /// The number in 64-bit words.
  static func value(of words: [Expression], _ dtype: DType) -> Expression {
    if dtype.isComplex {
      return .complex(
        value(of: [words[0]], dtype.realType), value(of: [words[1]], dtype.realType))
    }
    switch dtype {
    case .float64: return words[0].reinterpret(as: .float64)
    case .float32: return words[0].cast(to: .int32).reinterpret(as: .float32)
    case .float16, .bfloat16: return words[0].cast(to: .int16).reinterpret(as: dtype)
    default: return words[0].cast(to: dtype)
    }
  }

  /// Where a range starts and by how much it goes on, from the value at positions 0 and 1; nothing
  /// for a range that counts from 0.
  private func range(
    of element: (Expression) throws(MartletError) -> Meaning
  ) throws(MartletError) -> [Expression] {
    let zero = builder.integer(0)
    guard case .scalar(let first) = try element(zero),
      case .scalar(let second) = try element(builder.integer(1))
    else { return [] }
    if first.value == zero.value {
      return second.value == builder.integer(1).value ? [] : [first, second - first]
    }
    return [first, second - first]
  }

  private func keepRange(_ value: Expression, _ frameBuffer: Int) {
    builder.store(frameBuffer, [builder.integer(frameCells)], value)
    frameCells += 2
  }
}
