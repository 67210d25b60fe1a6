import MartletIR
import MartletRuntime

/// One launch of a reduction: one dimension shrinks to its blocks, or disappears.
struct ReductionLevel {
  struct Buffer {
    var pointer: UnsafeMutableRawPointer
    var dtype: DType
    /// For each dimension of the level.
    var strides: [Int]

    func selecting(_ dimensions: [Int]) -> Buffer {
      Buffer(pointer: pointer, dtype: dtype, strides: dimensions.map { strides[$0] })
    }
  }

  /// How the dimension is walked.
  enum Form: Int {
    /// It is innermost: blocks in lanes.
    case inner
    /// It is innermost and short: one result per lane.
    case short
    /// Another is innermost: blocks of rows, one column per lane.
    case outer
  }

  private let lowering: ReductionLowering
  private let sizes: [Int]
  private let reduced: [Bool]
  private let isFirst: Bool
  private let count: Int
  private let parameter: Int64
  private let dimension: Int
  private let form: Form
  /// Few elements are combined one after another, as NumPy does: the same bits, and no fold.
  private let isSerial: Bool
  private let blockSize: Int
  private let blocks: Int
  /// The level's dimensions in the original numbering, for the target's strides.
  private let original: [Int]
  var inputs: [Buffer] = []
  var outputs: [Buffer] = []

  init(
    _ lowering: ReductionLowering, sizes: [Int], reduced: [Bool], isFirst: Bool, count: Int,
    parameter: Int64, original: [Int]? = nil
  ) {
    self.lowering = lowering
    self.sizes = sizes
    self.reduced = reduced
    self.isFirst = isFirst
    self.count = count
    self.parameter = parameter
    self.original = original ?? Array(sizes.indices)
    dimension = reduced.lastIndex(of: true)!
    let size = sizes[dimension]
    if dimension == sizes.count - 1 {
      form = sizes.count > 1 && size < ReductionLowering.shortLength ? .short : .inner
      blockSize = form == .short ? max(size, 1) : ReductionLowering.blockLength
    } else {
      form = .outer
      blockSize = ReductionLowering.blockRows
    }
    blocks = max(1, (size + blockSize - 1) / blockSize)
    isSerial = form == .inner && isFirst && size < ReductionLowering.serialLength
  }

  /// Whether this level leaves nothing to reduce.
  var isLast: Bool { blocks == 1 && reduced.count(where: { $0 }) == 1 }

  /// The dimensions that stay.
  private var keptDimensions: [Int] { sizes.indices.filter { blocks > 1 || $0 != dimension } }
  /// The same in the first level's numbering.
  var kept: [Int] { keptDimensions.map { original[$0] } }

  /// Launches this level into states, and returns the level that combines them.
  func withStates() throws(MartletError) -> (ReductionLevel, MartletRuntime.Buffer) {
    let kept = keptDimensions
    let newSizes = kept.map { $0 == dimension ? blocks : sizes[$0] }
    let elements = newSizes.reduce(1, *)
    let types = lowering.stateTypes
    let memory = try MartletRuntime.Buffer(
      byteCount: types.reduce(0) { $0 + (elements * $1.itemSize + 63) / 64 * 64 },
      on: lowering.program.device)
    var strides = Array(repeating: 1, count: newSizes.count)
    for i in newSizes.indices.dropLast().reversed() {
      strides[i] = strides[i + 1] * newSizes[i + 1]
    }
    var offset = 0
    var states: [Buffer] = []
    for dtype in types {
      states.append(Buffer(pointer: memory.pointer + offset, dtype: dtype, strides: strides))
      offset += (elements * dtype.itemSize + 63) / 64 * 64
    }
    var own = self
    own.outputs = states
    try own.launch()
    var next = ReductionLevel(
      lowering, sizes: newSizes,
      reduced: kept.map { reduced[$0] && ($0 != dimension || blocks > 1) },
      isFirst: false, count: count, parameter: parameter, original: kept.map { original[$0] })
    next.inputs = states
    return (next, memory)
  }

  // MARK: - Launching

  /// Slots: sizes, blocks, columns of a task, tasks across, element count, parameter; then strides
  /// and scalars.
  private var fixedSlots: Int { sizes.count + 5 }

  func launch() throws(MartletError) {
    if let (packed, memory) = try packingSmallInputs() {
      try packed.launch()
      withExtendedLifetime(memory) {}
      return
    }
    var slots = sizes.map(Int64.init)
    let vectorSize = vectorDimension.map { sizes[$0] } ?? 1
    var columns = ReductionLowering.taskColumns
    if form == .short { columns = max(256, 8192 / max(sizes[dimension], 1)) }
    let across = vectorDimension == nil ? 1 : max(1, (vectorSize + columns - 1) / columns)
    slots += [Int64(blocks), Int64(columns), Int64(across), Int64(count), parameter]
    var next = slots.count
    var strides: [[Stride]] = []
    for (n, buffer) in (inputs + outputs).enumerated() {
      let dimensions = n < inputs.count ? Array(sizes.indices) : keptDimensions
      let innermost = form == .short ? dimensions.last : sizes.count - 1
      var own: [Stride] = []
      for (i, stride) in zip(dimensions, buffer.strides) {
        // A short dimension is walked one by one; its neighbour is the vector loop then.
        let isInnermost =
          i == innermost || (form == .short && i == sizes.count - 2 && n < inputs.count)
        let known = LoopNest.stride(stride, innermost: isInnermost, slots: &next)
        if case .slot = known { slots.append(Int64(stride)) }
        own.append(known)
      }
      strides.append(own)
    }
    let scalars = isFirst ? lowering.scalarValues : []
    let scalarStart = slots.count
    for scalar in scalars { scalar.append(to: &slots) }

    var tasks = across * blocks
    for i in sizes.indices where i != dimension && i != vectorDimension { tasks *= sizes[i] }
    if tasks == 0 { return }

    var key = KernelKey()
    key.append(
      2 | form.rawValue << 4 | (isFirst ? 0x100 : 0) | (isLast ? 0x200 : 0)
        | (isSerial ? 0x400 : 0))
    key.append(sizes.count << 8 | dimension)
    key.append(blocks > 1 ? 1 : 0)
    for (buffer, stride) in zip(inputs + outputs, strides) { key.append(buffer.dtype, stride) }
    lowering.appendKey(&key, isFirst: isFirst)

    let events = try KernelLibrary.launch(
      key, on: lowering.program.device, buffers: (inputs + outputs).map(\.pointer), slots: slots,
      tasks: tasks,
      elements: sizes.reduce(1, *), description: isFirst ? lowering.description : nil
    ) {
      kernel(strides, slotCount: scalarStart, scalars: scalars)
    }
    if isFirst { try lowering.note(events) }
  }

  /// The same level with small operands that are read again and again (the centres of clusters)
  /// copied so that lanes read neighbours; nil where there is nothing to gain.
  private func packingSmallInputs() throws(MartletError) -> (ReductionLevel, MartletRuntime.Buffer)?
  {
    guard form == .short, let lane = vectorDimension, lowering.program.device.isHost else {
      return nil
    }
    func elements(_ buffer: Buffer) -> Int {
      zip(sizes, buffer.strides).reduce(1) { $1.1 == 0 ? $0 : $0 * $1.0 }
    }
    let total = sizes.reduce(1, *)
    let chosen = inputs.indices.filter { i in
      let stride = inputs[i].strides[lane]
      let count = elements(inputs[i])
      return stride != 0 && stride != 1 && count <= 4096 && count * 64 <= total
    }
    if chosen.isEmpty { return nil }
    let bytes = chosen.reduce(0) {
      $0 + (elements(inputs[$1]) * inputs[$1].dtype.itemSize + 63) / 64 * 64
    }
    let memory = try MartletRuntime.Buffer(byteCount: bytes)
    var result = self
    var offset = 0
    for i in chosen {
      let source = inputs[i]
      let itemSize = source.dtype.itemSize
      // Lanes next to each other, the other dimensions around them in their order.
      let order = sizes.indices.filter { $0 != lane && source.strides[$0] != 0 } + [lane]
      var strides = Array(repeating: 0, count: sizes.count)
      var next = 1
      for d in order.reversed() {
        strides[d] = next
        next *= sizes[d]
      }
      let target = memory.pointer + offset
      for place in 0..<next {
        var from = 0
        for d in order { from += place / strides[d] % sizes[d] * source.strides[d] }
        (target + place * itemSize).copyMemory(
          from: source.pointer + from * itemSize, byteCount: itemSize)
      }
      result.inputs[i] = Buffer(pointer: target, dtype: source.dtype, strides: strides)
      offset += (next * itemSize + 63) / 64 * 64
    }
    return (result, memory)
  }

  /// The dimension that lanes run along when it is not the reduced one.
  private var vectorDimension: Int? {
    switch form {
    case .inner: nil
    case .short: sizes.count - 2
    case .outer: sizes.count - 1
    }
  }

  // MARK: - The kernel

  private func kernel(_ strides: [[Stride]], slotCount: Int, scalars: [Scalar]) -> Kernel {
    let b = KernelBuilder(
      name: "martlet_\(lowering.reduction.name)_\(form)" + (isFirst ? "" : "_join"))
    let ins = zip(inputs, strides).map { b.buffer($0.dtype, strides: $1) }
    let outs = zip(outputs, strides.dropFirst(inputs.count)).map {
      b.buffer($0.dtype, strides: $1, access: .write)
    }
    for _ in 0..<slotCount { _ = b.slot() }
    let scalarValues = scalars.map { b.slotValue(b.slot(for: $0.dtype), $0.dtype) }
    let size = sizes.indices.map { b.slotValue($0) }
    let blockCount = b.slotValue(sizes.count)
    let columns = b.slotValue(sizes.count + 1)
    let across = b.slotValue(sizes.count + 2)
    let one = b.integer(1)

    b.tasks { task in
      var rest = task
      var columnRange: (Expression, Expression)?
      if let v = vectorDimension {
        let low = rest.remainder(across) * columns
        let high = low + columns
        columnRange = (low, (high < size[v]).select(high, size[v]))
        rest = rest / across
      }
      var block = b.integer(0)
      var low = b.integer(0)
      var high = size[dimension]
      if blocks > 1 {
        block = rest.remainder(blockCount)
        rest = rest / blockCount
        low = block * b.integer(blockSize)
        let end = low + b.integer(blockSize)
        high = (end < high).select(end, high)
      }
      let others = sizes.indices.filter { $0 != dimension && $0 != vectorDimension }
      let outer = decode(rest, others.map { size[$0] })
      var index: [Expression] = Array(repeating: one, count: sizes.count)
      for (i, value) in zip(others, outer) { index[i] = value }

      func load(_ position: Expression, _ column: Expression?) -> (
        state: [Expression], counts: Expression?
      ) {
        var at = index
        at[dimension] = position
        if let column { at[vectorDimension!] = column }
        guard isFirst else { return (ins.map { b.load($0, at) }, nil) }
        let (value, counts) = lowering.element(b, scalarValues) { b.load(ins[$0], at) }
        return ([value], counts)
      }
      func store(_ state: [Expression], _ column: Expression?) {
        var at = index
        at[dimension] = block
        if let column { at[vectorDimension!] = column }
        let place = keptDimensions.map { at[$0] }
        if isLast {
          let count = b.slotValue(sizes.count + 3)
          let parameter = b.slotValue(sizes.count + 4)
          let value = lowering.reduction.finish(state, count, parameter)
          b.store(outs[0], place, value.cast(to: lowering.resultType))
        } else {
          for (buffer, value) in zip(outs, state) { b.store(buffer, place, value) }
        }
      }

      if let (first, last) = columnRange {
        func rowByRow() {
          b.loop(.vector, from: first, to: last) { column in
            store(self.block(b, low, high, lanes: 1, kind: .serial, { load($0, column) }), column)
          }
        }
        if unrolls {
          // A full block: each row is a stream of its own for the prefetcher, and stays in
          // registers for a second pass.
          b.branch((high - low) == b.integer(blockSize)) {
            b.loop(.vector, from: first, to: last) { column in
              store(unrolled(b, low, { load($0, column) }), column)
            }
          } else: {
            rowByRow()
          }
        } else {
          rowByRow()
        }
      } else {
        store(
          self.block(
            b, low, high, lanes: isSerial ? 1 : ReductionLowering.lanes,
            kind: isSerial ? .serial : .vector, { load($0, nil) }), nil)
      }
    }
    return b.finish()
  }

  /// Whether full blocks of rows are written out row by row: large expressions would make that
  /// slow to compile.
  private var unrolls: Bool {
    form == .outer && (!isFirst || lowering.program.steps.count <= 6)
  }

  private var passes: [ReductionOperation.Pass] {
    let reduction = lowering.reduction
    if isFirst { return reduction.passes }
    return [
      .init(
        identity: reduction.blockIdentity, accumulate: { state, _, _, _ in state },
        combine: reduction.combineBlocks, result: { state, _, _ in state })
    ]
  }

  /// The state of a full block, without a loop: all its elements are loaded first.
  private func unrolled(
    _ b: KernelBuilder, _ low: Expression,
    _ load: (Expression) -> (state: [Expression], counts: Expression?)
  ) -> [Expression] {
    let positions = (0..<blockSize).map { low + b.integer($0) }
    let elements = positions.map(load)
    var earlier: [Expression] = []
    for pass in passes {
      var state = pass.identity(lowering.computeType).map { b.constant($0) }
      for (position, (value, counts)) in zip(positions, elements) {
        var next =
          isFirst
          ? pass.accumulate(state, value[0], position, earlier) : pass.combine(state, value)
        if let counts { next = zip(next, state).map { counts.select($0, $1) } }
        state = next
      }
      earlier = pass.result(state, b.integer(blockSize), earlier)
    }
    return earlier
  }

  /// The state of one block: all passes over it.
  private func block(
    _ b: KernelBuilder, _ low: Expression, _ high: Expression, lanes: Int, kind: Loop.Kind,
    _ load: @escaping (Expression) -> (state: [Expression], counts: Expression?)
  ) -> [Expression] {
    var earlier: [Expression] = []
    for pass in passes {
      let variables = pass.identity(lowering.computeType).map {
        b.declare(lanes: lanes, initial: b.constant($0))
      }
      b.loop(kind, from: low, to: high) { position in
        let (value, counts) = load(position)
        let state = variables.map(b.read)
        var next =
          isFirst
          ? pass.accumulate(state, value[0], position, earlier) : pass.combine(state, value)
        if let counts { next = zip(next, state).map { counts.select($0, $1) } }
        for (variable, new) in zip(variables, next) { b.assign(variable, new) }
      }
      let state =
        lanes > 1
        ? b.fold(variables, lanes: lanes, pass.combine) : variables.map(b.read)
      earlier = pass.result(state, high - low, earlier)
    }
    return earlier
  }
}
