import MartletIR
import MartletRuntime

/// Turns a program with a reduction at its root into kernels, and runs them.
///
/// One level reduces one dimension, in blocks whose states the next level combines, until one is
/// left; the first level computes the program's elements as it reads them. The partition depends on
/// the shape alone.
struct ReductionLowering {
  typealias Element = (inout Program.Scope) -> Expression

  let program: Program
  let reduction: ReductionOperation
  private let reduced: [Bool]
  /// Tells apart custom elements in keys.
  private let variant: Int
  private let parameter: Int64
  private let compute: DType
  private let result: DType
  private let element: Element
  /// Where false, an element does not count.
  private let predicate: Program.Operand?

  init(
    _ program: Program, reduction: ReductionOperation, reduced: [Bool], variant: Int,
    parameter: Int64, compute: DType = .uint64, result: DType = .uint64,
    predicate: Program.Operand? = nil, element: @escaping Element
  ) {
    self.program = program
    self.reduction = reduction
    self.reduced = reduced
    self.variant = variant
    self.parameter = parameter
    self.compute = compute
    self.result = result
    self.predicate = predicate
    self.element = element
  }

  /// Runs all levels, the last of which writes to `pointer` through `layout`, whose strides are 0
  /// along reduced dimensions. Returns what the combining of elements raised.
  @discardableResult
  func run(
    into pointer: UnsafeMutableRawPointer, _ layout: Layout? = nil
  ) throws(MartletError) -> FloatingPointEvents {
    let layout =
      layout
      ?? Layout(shape: program.domain, strides: Shape(repeating: 0, count: program.domain.rank))
    let leaves = program.leaves
    let domain = LoopNest(
      program.domain, layouts: leaves.map(\.layout) + [layout], reduced: reduced,
      leading: leading)
    var count = 1
    for (size, isReduced) in zip(program.domain, reduced) where isReduced { count *= size }

    var dimensions = domain.dimensions
    if !dimensions.contains(where: \.reduced) {
      // Every reduced dimension has one element: reduce a dimension of one.
      dimensions.append(
        .init(size: 1, reduced: true, strides: Array(repeating: 0, count: leaves.count + 1)))
    }
    var sizes = InlineArray<9, Int>(repeating: 0)
    var bits: UInt16 = 0
    for (i, dimension) in dimensions.enumerated() {
      sizes[i] = dimension.size
      if dimension.reduced { bits |= 1 << UInt16(i) }
    }
    var launch = Launch(
      lowering: self,
      level: ReductionLevel(
        rank: dimensions.count, sizes: sizes, reduced: bits, isExact: reduction.isExact(compute)),
      count: count)
    launch.inputs = leaves.indices.map { i in
      .init(
        pointer: leaves[i].pointer! + domain.offsets[i] * leaves[i].dtype.itemSize,
        dtype: leaves[i].dtype, strides: dimensions.map { $0.strides[i] })
    }
    let strides = dimensions.map { $0.strides[leaves.count] }
    let target = pointer + domain.offsets[leaves.count] * result.itemSize
    var scratch: [MartletRuntime.Buffer] = []
    while !launch.level.isLast { scratch.append(try launch.advance()) }
    launch.outputs = [
      .init(pointer: target, dtype: result, strides: launch.originalKept.map { strides[$0] })
    ]
    let events = launch.events.union(try launch.run())
    withExtendedLifetime(scratch) {}
    return events
  }

  /// The leaf that is largest, whose memory order the loops follow.
  private var leading: Int {
    var best = program.leaves.count
    var most = -1
    for (i, leaf) in program.leaves.enumerated() {
      var elements = 1
      for (size, stride) in zip(leaf.layout.shape, leaf.layout.strides) where stride != 0 {
        elements *= size
      }
      if elements > most {
        most = elements
        best = i
      }
    }
    return best
  }

  // MARK: For the levels

  /// Events of the elements are named by their operations; kinds that no element raised are the
  /// reduction's own, and returned.
  private func note(_ events: FloatingPointEvents) throws(MartletError) -> FloatingPointEvents {
    guard variant & 0x100 == 0, program.device.runtime.capabilities.reportsFloatingPointEvents
    else { return [] }
    var own = events.intersection(GlobalState.watched)
    if own.isEmpty && !program.mayDivideIntegers { return [] }
    if FloatingPointLog.isSilent { return own }
    let (toTell, raised) = try Audit.events(of: program)
    for event in toTell { FloatingPointLog.append(event) }
    own.subtract(raised)
    return own
  }

  private func appendKey(_ key: inout KernelKey, isFirst: Bool) {
    key.append(reduction.index << 8 | Int(compute.rawValue))
    guard isFirst else { return }
    key.append(variant)
    key.append(predicate.map { $0.word } ?? .max)
    key.append(scalarPartOf: program)
    // What an audit finds out about conversions depends on what the program writes.
    for output in program.outputs {
      key.append(output.operand.word)
      key.append(Int(output.dtype.rawValue))
    }
  }

  /// The element of the program at an index, and whether it counts.
  private func loadedElement(
    _ b: KernelBuilder, _ scalars: [Expression], _ load: @escaping (Int) -> Expression
  ) -> (value: Expression, counts: Expression?) {
    var scope = Program.Scope(program, builder: b, scalars: scalars) { _, i in load(i) }
    let value = element(&scope).cast(to: compute)
    let counts = predicate.map { scope.expression($0).cast(to: .bool) }
    return (value, counts)
  }
}

// MARK: - Launching

extension ReductionLowering {
  /// A level with its memory.
  private struct Launch {
    struct Buffer {
      var pointer: UnsafeMutableRawPointer
      var dtype: DType
      /// For each dimension of the level; of an output for those that are kept.
      var strides: [Int]
    }

    let lowering: ReductionLowering
    private(set) var level: ReductionLevel
    /// How many elements a result combines.
    let count: Int
    var inputs: [Buffer] = []
    var outputs: [Buffer] = []
    /// What the levels before raised.
    private(set) var events: FloatingPointEvents = []

    init(lowering: ReductionLowering, level: ReductionLevel, count: Int) {
      self.lowering = lowering
      self.level = level
      self.count = count
    }

    private var dimensions: Range<Int> { 0..<level.rank }
    private var sizes: [Int] { dimensions.map { level.sizes[$0] } }
    private var kept: [Int] { dimensions.filter { level.keeps($0) } }
    /// The same in the first level's numbering.
    var originalKept: [Int] { kept.map { level.original($0) } }

    /// Runs this level into states, whose memory is returned, and goes on to the one that combines
    /// them.
    mutating func advance() throws(MartletError) -> MartletRuntime.Buffer {
      let next = level.next
      let elements = level.resultCount
      let types = lowering.reduction.blockIdentity(lowering.compute).map(\.dtype)
      let memory = try MartletRuntime.Buffer(
        byteCount: types.reduce(0) { $0 + (elements * $1.itemSize + 63) / 64 * 64 },
        on: lowering.program.device)
      var strides = Array(repeating: 1, count: next.rank)
      for i in (0..<next.rank).dropLast().reversed() {
        strides[i] = strides[i + 1] * next.sizes[i + 1]
      }
      var offset = 0
      outputs = types.map { dtype in
        defer { offset += (elements * dtype.itemSize + 63) / 64 * 64 }
        return Buffer(pointer: memory.pointer + offset, dtype: dtype, strides: strides)
      }
      events.formUnion(try run())
      level = next
      inputs = outputs
      return memory
    }

    /// Returns what the combining of elements raised.
    func run() throws(MartletError) -> FloatingPointEvents {
      if let (packed, memory) = try packingSmallInputs() {
        let events = try packed.launch()
        withExtendedLifetime(memory) {}
        return events
      } else {
        return try launch()
      }
    }

    private func launch() throws(MartletError) -> FloatingPointEvents {
      let isFirst = level.isFirst
      var slots = sizes.map(Int64.init)
      slots += [level.blocks, level.columns, level.across, count].map(Int64.init)
      slots.append(lowering.parameter)
      var next = slots.count
      var strides: [[Stride]] = []
      for (n, buffer) in (inputs + outputs).enumerated() {
        let isInput = n < inputs.count
        var own: [Stride] = []
        for (i, stride) in zip(isInput ? Array(dimensions) : kept, buffer.strides) {
          let known = LoopNest.stride(
            stride, innermost: level.isInnermost(i, ofInput: isInput), slots: &next)
          if case .slot = known { slots.append(Int64(stride)) }
          own.append(known)
        }
        strides.append(own)
      }
      let scalars = isFirst ? lowering.program.scalars : []
      let scalarStart = slots.count
      for scalar in scalars { scalar.append(to: &slots) }
      let tasks = level.tasks
      if tasks == 0 { return [] }

      var key = KernelKey()
      key.append(
        2 | level.form.rawValue << 4 | (isFirst ? 0x100 : 0) | (level.isLast ? 0x200 : 0)
          | (level.isSerial ? 0x400 : 0) | (level.isNarrow ? 0x800 : 0))
      key.append(level.rank << 8 | level.dimension)
      key.append(level.blocks > 1 ? 1 : 0)
      for (buffer, stride) in zip(inputs + outputs, strides) { key.append(buffer.dtype, stride) }
      lowering.appendKey(&key, isFirst: isFirst)

      let events = try KernelLibrary.launch(
        key, on: lowering.program.device, buffers: (inputs + outputs).map(\.pointer), slots: slots,
        tasks: tasks, elements: sizes.reduce(1, *),
        description: isFirst
          ? LaunchDescription(
            lowering.program, reduction: (lowering.reduction.name, lowering.result)) : nil
      ) {
        kernel(strides, slotCount: scalarStart, scalars: scalars.map(\.dtype))
      }
      return isFirst ? try lowering.note(events) : events
    }

    private func kernel(_ strides: [[Stride]], slotCount: Int, scalars: [DType]) -> Kernel {
      let described = zip(inputs + outputs, strides).map { (dtype: $0.dtype, strides: $1) }
      return ReductionKernel(
        level: level, reduction: lowering.reduction, compute: lowering.compute,
        result: lowering.result, inputs: Array(described.prefix(inputs.count)),
        outputs: Array(described.dropFirst(inputs.count)), slotCount: slotCount, scalars: scalars,
        // Large expressions would make that slow to compile.
        unrolls: !level.isFirst || lowering.program.steps.count <= 6,
        element: lowering.loadedElement
      ).build()
    }

    /// The same level with small operands that are read again and again (the centres of clusters)
    /// copied so that lanes read neighbours; nil where there is nothing to gain.
    private func packingSmallInputs() throws(MartletError) -> (Launch, MartletRuntime.Buffer)? {
      guard level.form == .short, let lane = level.vectorDimension,
        lowering.program.device.isHost
      else { return nil }
      let sizes = sizes
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
  }
}
