import MartletIR
import MartletRuntime

/// Combines the elements along an axis one after another, from the first to the last, by a row of
/// the table. It takes any row of two inputs and one result, on every device; rows that may be
/// combined in blocks have a `ReductionOperation`, which is faster.
struct OrderedReduction {
  /// Columns of a task, where a task has several: they are lanes of a vector, or threads of a block.
  private static let fewestColumns = 64
  private static let mostColumns = 1024
  private static let taskElements = 16384

  let operation: ElementwiseOperation
  /// Its result is its next first input.
  let loop: TypedLoop
  private let loopNumber: Int
  let resultType: DType
  /// What comes before the first element; nil where that is the first state.
  var initial: Scalar?
  /// Where false, an element does not count. As the array, with the axis last.
  var mask: NDArray?
  /// Where slices begin: each ends where the next begins, and has at least one element.
  var starts: NDArray?

  init(_ operation: ElementwiseOperation, loop: Int) {
    self.operation = operation
    resultType = operation.loops[loop].outputs[0]
    // The state of short floats is wider where the operation is: rounding each step adds up.
    let wide =
      ElementwiseOperation.arithmeticRows.contains { $0 === operation }
      ? operation.loops.firstIndex { $0.inputs == [.float32, .float32] } : nil
    loopNumber = resultType.computeType == resultType ? loop : wide ?? loop
    self.loop = operation.loops[loopNumber]
  }

  /// Reduces the last axis of `array` into `target`, which has the other axes, and with `starts` one
  /// for the slices behind them.
  ///
  /// - Returns: What the steps raised.
  func run(
    _ array: NDArray, into target: NDArray
  ) throws(MartletError) -> StepEvents {
    let readsEvents = operation.integerEvents != .none && loop.inputs[0].isInteger
    let (flags, found) = try launch(array, into: target, notesEvents: readsEvents)
    if readsEvents { return found }
    guard !flags.isDisjoint(with: GlobalState.reported), !FloatingPointLog.isSilent else {
      return []
    }
    // The flags say that something happened, perhaps within a function: look at each step.
    let scratch = try NDArray(uninitialised: target.shape, target.dtype, on: target.device)
    return try launch(array, into: scratch, notesEvents: true).found
  }

  private func launch(
    _ array: NDArray, into target: NDArray, notesEvents: Bool
  ) throws(MartletError) -> (flags: FloatingPointEvents, found: StepEvents) {
    let device = target.device
    let notes =
      notesEvents ? try NDArray(uninitialised: target.shape, .uint8, on: device) : nil
    var geometry = Geometry(array, target, mask: mask, notes: notes)
    geometry.divide(taskElements: Self.taskElements, Self.fewestColumns...Self.mostColumns)

    var owners: [AnyObject] = []
    var addresses: [UnsafeMutableRawPointer?] = []
    for (i, buffer) in geometry.buffers.enumerated() {
      let isResult = buffer.storage === target.storage || buffer.storage === notes?.storage
      let start =
        isResult
        ? try buffer.storage.writableHere()
        : try buffer.storage.evaluated(on: device, keeping: &owners)
      addresses.append(start + geometry.offsets[i] * buffer.dtype.itemSize)
    }
    var slots = geometry.slots
    let strides = geometry.strides(&slots)
    if let starts {
      addresses.append(try starts.storage.evaluated(on: device, keeping: &owners))
    }
    let scalarSlot = slots.count
    initial?.append(to: &slots)

    var key = KernelKey()
    key.append(
      0x4000 | (initial == nil ? 0 : 1) | (mask == nil ? 0 : 2) | (starts == nil ? 0 : 4)
        | (notes == nil ? 0 : 8))
    key.append(operation.index << 8 | loopNumber)
    key.append(geometry.sizes.count)
    for (buffer, stride) in zip(geometry.buffers, strides) { key.append(buffer.dtype, stride) }

    let flags = try KernelLibrary.launch(
      key, on: device, buffers: addresses, slots: slots, tasks: geometry.tasks,
      elements: Swift.max(array.count, 1)
    ) {
      kernel(geometry, strides, slotCount: scalarSlot)
    }
    withExtendedLifetime((owners, array, target, self)) {}
    guard let notes else { return (flags, []) }
    let bits = try notes.reduced(.bitwiseOr).item()
    return (flags, StepEvents(rawValue: UInt8(truncatingIfNeeded: bits.low)))
  }

  // MARK: - The kernel

  private func kernel(_ geometry: Geometry, _ strides: [[Stride]], slotCount: Int) -> Kernel {
    let b = KernelBuilder(name: "martlet_\(operation.name)_in_order")
    let source = b.buffer(geometry.buffers[0].dtype, strides: strides[0])
    let target = b.buffer(resultType, strides: strides[1], access: .write)
    var next = 2
    func optional(_ present: Bool, _ access: BufferParameter.Access) -> Int? {
      guard present else { return nil }
      next += 1
      return b.buffer(geometry.buffers[next - 1].dtype, strides: strides[next - 1], access: access)
    }
    let mask = optional(mask != nil, .read)
    let notes = optional(geometry.buffers.count > next, .write)
    let starts = starts == nil ? nil : b.buffer(.int64, strides: [.unit])
    for _ in 0..<slotCount { _ = b.slot() }
    let initial = initial.map { b.slotValue(b.slot(for: $0.dtype), $0.dtype) }

    /// One result: `place` is where it is along the dimensions that stay.
    func reduce(_ place: [Expression], _ slice: Expression) {
      let (size, slices) = (geometry.size(b), geometry.slices(b))
      var (low, high) = (b.integer(0), size)
      if let starts {
        low = b.load(starts, [slice])
        high = Self.end(b, starts, slice, slices, low: low, size: size)
      }
      let counts: ((Expression) -> Expression)? = mask.map { mask in { b.load(mask, place + [$0]) }
      }
      let (value, events) = combine(
        b, from: low, to: high, initial: initial, notesEvents: notes != nil,
        element: { b.load(source, place + [$0]) }, counts: counts)
      b.store(target, place + [slice], value)
      if let notes, let events { b.store(notes, place + [slice], events) }
    }

    b.tasks { task in geometry.walk(b, task, reduce) }
    return b.finish()
  }
}

extension OrderedReduction {
  /// The elements from one position to another, combined one after another: the result, and what the
  /// steps raised where that is noted.
  func combine(
    _ b: KernelBuilder, from low: Expression, to high: Expression, initial: Expression?,
    notesEvents: Bool, element: @escaping (Expression) -> Expression,
    counts: ((Expression) -> Expression)? = nil
  ) -> (result: Expression, events: Expression?) {
    let state = loop.outputs[0]
    let value = b.declare(initial: initial?.cast(to: state) ?? element(low).cast(to: state))
    let events = notesEvents ? b.declare(initial: b.integer(0, .uint8)) : nil
    func step(_ position: Expression) {
      let inputs = [b.read(value), element(position).cast(to: loop.inputs[1])]
      let result = operation(inputs)[0]
      if let events, let bits = StepEvents.bits(operation, loop, inputs, [result]) {
        b.assign(events, b.read(events) | bits)
      }
      b.assign(value, result)
    }
    b.loop(.serial, from: initial == nil ? low + b.integer(1) : low, to: high) { position in
      if let counts { b.branch(counts(position)) { step(position) } } else { step(position) }
    }
    let result = b.read(value).cast(to: resultType)
    let found = events.map { events in
      StepEvents.bits(of: b.read(value), castTo: result).map { b.read(events) | $0 }
        ?? b.read(events)
    }
    return (result, found)
  }

  /// Where a slice ends: where the next begins, and after one element at least.
  static func end(
    _ b: KernelBuilder, _ starts: Int, _ slice: Expression, _ slices: Expression,
    low: Expression, size: Expression
  ) -> Expression {
    let one = b.integer(1)
    let isLast = slice + one == slices
    let end = isLast.select(size, b.load(starts, [isLast.select(slice, slice + one)]))
    return (end > low).select(end, low + one)
  }
}

extension OrderedReduction {
  /// The dimensions that stay, the axis and the slices, and how they are cut into tasks.
  fileprivate struct Geometry {
    /// The array, the result, and what else there is, the axis or the slices last.
    let buffers: [NDArray]
    /// Of the dimensions that stay, ordered and merged.
    let sizes: [Int]
    let offsets: [Int]
    private let nest: LoopNest
    /// Along the axis, or along the slices for results.
    private let lastStrides: [Int]
    private let length: Int
    private let hasSlices: Bool
    private let sliceCount: Int
    private var columns = 1
    private(set) var tasks = 1

    init(_ array: NDArray, _ target: NDArray, mask: NDArray?, notes: NDArray?) {
      let kept = array.rank - 1
      hasSlices = target.rank > kept
      buffers = [array, target] + [mask, notes].compactMap { $0 }
      nest = LoopNest(
        Shape(array.shape.prefix(kept)), layouts: buffers.map { $0.layout.prefix(kept) }, leading: 0
      )
      sizes = nest.dimensions.map(\.size)
      offsets = nest.offsets
      lastStrides = buffers.map { $0.rank > kept ? $0.layout.strides[kept] : 0 }
      length = array.shape[kept]
      sliceCount = hasSlices ? target.shape[kept] : 1
    }

    /// Columns run along the last dimension that stays, else along the slices.
    mutating func divide(taskElements: Int, _ range: ClosedRange<Int>) {
      let fitting = taskElements / Swift.max(length, 1) / range.lowerBound * range.lowerBound
      columns = Swift.min(Swift.max(fitting, range.lowerBound), range.upperBound)
      tasks = across
      for size in sizes.dropLast() { tasks *= size }
      if !sizes.isEmpty { tasks *= sliceCount }
    }

    private var width: Int { sizes.last ?? sliceCount }
    private var across: Int { Swift.max((width + columns - 1) / columns, 1) }

    /// Sizes, the axis, slices, columns of a task, tasks across; then strides.
    var slots: [Int64] {
      sizes.map { Int64($0) } + [length, sliceCount, columns, across].map { Int64($0) }
    }

    func size(_ b: KernelBuilder) -> Expression { b.slotValue(sizes.count) }
    func slices(_ b: KernelBuilder) -> Expression { b.slotValue(sizes.count + 1) }

    func strides(_ slots: inout [Int64]) -> [[Stride]] {
      buffers.indices.map { buffer in
        let all = nest.dimensions.map { $0.strides[buffer] } + [lastStrides[buffer]]
        return all.enumerated().map { i, stride in
          var next = slots.count
          // Both the columns' neighbours and the axis' may lie side by side.
          let known = LoopNest.stride(stride, innermost: i + 2 >= all.count, slots: &next)
          if next > slots.count { slots.append(Int64(stride)) }
          return known
        }
      }
    }

    /// Calls `body` for each result of a task.
    func walk(
      _ b: KernelBuilder, _ task: Expression,
      _ body: @escaping (_ place: [Expression], _ slice: Expression) -> Void
    ) {
      let (columns, across) = (b.slotValue(sizes.count + 2), b.slotValue(sizes.count + 3))
      let kept = sizes.indices.map { b.slotValue($0) }
      let low = task.remainder(across) * columns
      let end = low + columns
      let width = kept.last ?? slices(b)
      let high = (end < width).select(end, width)
      let rest = task / across
      if kept.isEmpty {
        guard hasSlices else { return body([], b.integer(0)) }
        b.loop(.vector, from: low, to: high) { body([], $0) }
      } else {
        let others = decode(rest, [slices(b)] + kept.dropLast())
        b.loop(.vector, from: low, to: high) { column in
          body(Array(others.dropFirst()) + [column], others[0])
        }
      }
    }
  }
}

extension Layout {
  /// The layout of the first axes.
  fileprivate func prefix(_ count: Int) -> Layout {
    Layout(shape: Shape(shape.prefix(count)), strides: Shape(strides.prefix(count)), offset: offset)
  }
}
