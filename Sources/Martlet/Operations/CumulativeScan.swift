import MartletIR
import MartletRuntime

/// The kernels of cumulative operations.
///
/// Along the innermost axis an element waits for the one before it, so several *chains* (blocks or
/// rows) are walked side by side to hide that wait. Long axes are cut into blocks of a fixed length
/// whose totals are computed first and give each block its start; the partition depends on the
/// shape alone. Along another axis, whole rows are combined with the row before.
struct CumulativeScan {
  /// Elements of a block, and the lanes that its total is spread over.
  static let blockLength = 1024
  static let lanes = 64
  /// Chains walked side by side.
  static let chains = 4
  /// Axes shorter than this are walked once per column, many columns at a time.
  static let shortLength = 24
  /// Fewer columns than this are walked as chains, if the axis is long.
  static let fewColumns = 16

  private let operation: ElementwiseOperation
  private let device: Device
  private let loop: Int
  private let source: UnsafeMutableRawPointer
  private let target: UnsafeMutableRawPointer
  private let sourceType: DType
  private let dimensions: [LoopNest.Dimension]
  private let axis: Int
  /// Whether columns are lanes of a vector.
  private let isByColumns: Bool
  private let blocks: Int

  private var type: DType { operation.loops[loop].outputs[0] }
  private var size: Int { dimensions[axis].size }
  private var elements: Int { dimensions.reduce(1) { $0 * $1.size } }

  /// `axis` has at least two elements, and no axis is empty.
  init(
    _ operation: ElementwiseOperation, loop: Int, from array: NDArray, to result: NDArray, axis: Int
  ) throws(MartletError) {
    self.operation = operation
    self.loop = loop
    device = result.device
    sourceType = array.dtype
    let nest = LoopNest(
      array.shape, layouts: [array.layout, result.layout],
      reduced: (0..<array.rank).map { $0 == axis }, leading: 1)
    dimensions = nest.dimensions
    source = try array.storage.evaluatedHere() + nest.offsets[0] * array.dtype.itemSize
    target = try result.storage.evaluatedHere() + nest.offsets[1] * result.dtype.itemSize
    let place = dimensions.firstIndex { $0.reduced }!
    self.axis = place
    let length = dimensions[place].size
    if place == dimensions.count - 1 {
      isByColumns = dimensions.count > 1 && length < Self.shortLength
    } else {
      isByColumns =
        dimensions[dimensions.count - 1].size >= Self.fewColumns || length < Self.shortLength
    }
    // Other operations' results depend on the order, so they are computed in it.
    let isAssociative = operation.identity != .none
    blocks =
      isByColumns || !isAssociative || length < 4 * Self.blockLength
      ? 1 : (length + Self.blockLength - 1) / Self.blockLength
  }

  /// Writes the result, and returns the floating-point events.
  func run() throws(MartletError) -> FloatingPointEvents {
    if isByColumns { return try runByColumns() }
    guard blocks > 1 else { return try runChains(starts: nil) }
    let totals = try NDArray(uninitialised: [elements / size, blocks], type, on: device)
    let starts = try NDArray(uninitialised: totals.shape, type, on: device)
    var events = try computeTotals(into: try totals.storage.evaluatedHere())
    let scan = try CumulativeScan(operation, loop: loop, from: totals, to: starts, axis: 1)
    events.formUnion(try scan.run())
    events.formUnion(try runChains(starts: try starts.storage.evaluatedHere()))
    withExtendedLifetime((totals, starts)) {}
    return events
  }

  private func combine(_ a: Expression, _ b: Expression) -> Expression { operation([a, b])[0] }

  /// The strides of both buffers as the kernel sees them, and the slots for those it doesn't know.
  private func strides(_ slots: inout [Int64], vector: Int) -> [[Stride]] {
    (0..<2).map { buffer in
      dimensions.indices.map { i in
        var next = slots.count
        let stride = dimensions[i].strides[buffer]
        let known = LoopNest.stride(stride, innermost: i == vector, slots: &next)
        if next > slots.count { slots.append(Int64(stride)) }
        return known
      }
    }
  }

  private func key(_ form: Int, _ strides: [[Stride]]) -> KernelKey {
    var key = KernelKey()
    key.append(0x2000 | form)
    key.append(operation.index << 8 | loop)
    key.append(dimensions.count << 8 | axis)
    key.append(sourceType, strides[0])
    key.append(type, strides[1])
    return key
  }

  // MARK: - By columns

  /// Slots: sizes, columns of a task, tasks across.
  private func runByColumns() throws(MartletError) -> FloatingPointEvents {
    let vector = axis == dimensions.count - 1 ? axis - 1 : dimensions.count - 1
    let columns = dimensions[vector].size
    // Narrow enough that every thread has some, and a row of a task stays in the nearest cache.
    let share = (columns / (4 * Workers.shared.threads) + 63) / 64 * 64
    let width = min(max(share, 64), 1024)
    let across = (columns + width - 1) / width
    var slots = dimensions.map { Int64($0.size) } + [Int64(width), Int64(across)]
    let fixed = slots.count
    let strides = strides(&slots, vector: vector)
    return try KernelLibrary.launch(
      key(1, strides), on: device, buffers: [source, target], slots: slots,
      tasks: elements / (size * columns) * across, elements: elements
    ) {
      let b = KernelBuilder(name: "martlet_\(operation.name)_accumulate_columns")
      let source = b.buffer(sourceType, strides: strides[0])
      let target = b.buffer(type, strides: strides[1], access: .readWrite)
      for _ in slots { _ = b.slot() }
      let sizes = dimensions.indices.map { b.slotValue($0) }
      let (width, across) = (b.slotValue(fixed - 2), b.slotValue(fixed - 1))
      let (zero, one) = (b.integer(0), b.integer(1))
      b.tasks { task in
        let low = task.remainder(across) * width
        let end = low + width
        let high = (end < sizes[vector]).select(end, sizes[vector])
        var index = place(b, task / across, except: [axis, vector], sizes)
        func row(_ position: Expression, _ body: @escaping ([Expression]) -> Void) {
          index[axis] = position
          b.loop(.vector, from: low, to: high) { column in
            index[vector] = column
            body(index)
          }
        }
        row(zero) { at in b.store(target, at, b.load(source, at).cast(to: type)) }
        b.loop(.serial, from: one, to: sizes[axis]) { position in
          let before = position - one
          row(position) { at in
            var previous = at
            previous[axis] = before
            let value = b.load(source, at).cast(to: type)
            b.store(target, at, combine(b.load(target, previous), value))
          }
        }
      }
      return b.finish()
    }
  }

  /// The indices of all dimensions but some, from a number that counts them in C order.
  private func place(
    _ b: KernelBuilder, _ number: Expression, except: [Int], _ sizes: [Expression]
  ) -> [Expression] {
    let others = dimensions.indices.filter { !except.contains($0) }
    var index = Array(repeating: b.integer(0), count: dimensions.count)
    for (i, value) in zip(others, decode(number, others.map { sizes[$0] })) { index[i] = value }
    return index
  }

  // MARK: - By chains

  /// One chain's part of the axis.
  private struct Chain {
    var index: [Expression]
    var number: Expression
    var block: Expression
    var low: Expression
    var high: Expression
  }

  /// Chain number `number`: a block of a row.
  private func chain(_ b: KernelBuilder, _ number: Expression, _ sizes: [Expression]) -> Chain {
    let count = b.slotValue(dimensions.count)
    let isCut = blocks > 1
    let block = isCut ? number.remainder(count) : b.integer(0)
    let length = b.integer(Self.blockLength)
    let low = block * length
    let end = low + length
    let size = sizes[axis]
    return Chain(
      index: place(b, isCut ? number / count : number, except: [axis], sizes), number: number,
      block: block, low: low, high: isCut ? (end < size).select(end, size) : size)
  }

  /// Slots: sizes, blocks, chains.
  private var chainSlots: [Int64] {
    dimensions.map { Int64($0.size) } + [Int64(blocks), Int64(elements / size * blocks)]
  }

  private func computeTotals(
    into totals: UnsafeMutableRawPointer
  ) throws(MartletError) -> FloatingPointEvents {
    var slots = chainSlots
    let strides = strides(&slots, vector: axis)
    return try KernelLibrary.launch(
      key(2, strides), on: device, buffers: [source, totals], slots: slots,
      tasks: elements / size * blocks, elements: elements
    ) {
      let b = KernelBuilder(name: "martlet_\(operation.name)_accumulate_totals")
      let source = b.buffer(sourceType, strides: strides[0])
      let totals = b.buffer(type, strides: [.unit], access: .write)
      for _ in slots { _ = b.slot() }
      let sizes = dimensions.indices.map { b.slotValue($0) }
      b.tasks { task in
        var chain = chain(b, task, sizes)
        func load(_ position: Expression) -> Expression {
          chain.index[axis] = position
          return b.load(source, chain.index).cast(to: type)
        }
        let state = b.declare(
          lanes: Self.lanes, initial: identity.map(b.constant) ?? load(chain.low))
        b.loop(.vector, from: chain.low, to: chain.high) { position in
          b.assign(state, combine(b.read(state), load(position)))
        }
        let total = b.fold([state], lanes: Self.lanes) { [combine($0[0], $1[0])] }[0]
        b.store(totals, [task], total)
      }
      return b.finish()
    }
  }

  /// What changes no element; nil where an element may count several times instead.
  private var identity: Scalar? {
    switch operation.identity {
    // Negative zero leaves negative zero as it is; positive zero would not.
    case .number(0) where type.isInexact: Scalar(real: -0.0, imaginary: -0.0, type)
    case .number(let n): Scalar(Int64(n), type)
    case .negativeInfinity: Scalar(-.infinity, type)
    case .reorderable, .none: nil
    }
  }

  /// Walks the chains; `starts` has the cumulative totals of each row's blocks.
  private func runChains(
    starts: UnsafeMutableRawPointer?
  ) throws(MartletError) -> FloatingPointEvents {
    var slots = chainSlots
    let strides = strides(&slots, vector: axis)
    let count = elements / size * blocks
    let side = count >= Self.chains ? Self.chains : 1
    return try KernelLibrary.launch(
      key((starts == nil ? 3 : 4) | side << 4, strides), on: device,
      buffers: [source, target] + (starts.map { [$0] } ?? []), slots: slots,
      tasks: (count + side - 1) / side, elements: elements
    ) {
      let b = KernelBuilder(name: "martlet_\(operation.name)_accumulate")
      let source = b.buffer(sourceType, strides: strides[0])
      let target = b.buffer(type, strides: strides[1], access: .write)
      let startBuffer = starts == nil ? nil : b.buffer(type, strides: [.unit])
      for _ in slots { _ = b.slot() }
      let sizes = dimensions.indices.map { b.slotValue($0) }
      let last = b.slotValue(dimensions.count + 1) - b.integer(1)
      let one = b.integer(1)

      /// Loads, combines with the state, stores.
      func step(_ chain: Chain, _ offset: Expression, _ state: Variable) {
        var at = chain.index
        at[axis] = chain.low + offset
        let value = combine(b.read(state), b.load(source, at).cast(to: type))
        b.store(target, at, value)
        b.assign(state, value)
      }

      b.tasks { task in
        // Behind the last chain, a task walks that one again: it writes the same.
        let walks = (0..<side).map { i in
          let number = task * b.integer(side) + b.integer(i)
          return chain(b, (number < last).select(number, last), sizes)
        }
        let states = walks.map { chain in
          var at = chain.index
          at[axis] = chain.low
          var first = b.load(source, at).cast(to: type)
          if let startBuffer {
            let isFirst = chain.block == chain.block.literal(0)
            let before = b.load(
              startBuffer, [isFirst.select(chain.number, chain.number - one)])
            first = isFirst.select(first, combine(before, first))
          }
          b.store(target, at, first)
          return b.declare(initial: first)
        }
        let lengths = walks.map { $0.high - $0.low }
        let shortest = lengths.dropFirst().reduce(lengths[0]) { ($1 < $0).select($1, $0) }
        b.loop(.serial, from: one, to: shortest) { offset in
          for (chain, state) in zip(walks, states) { step(chain, offset, state) }
        }
        if starts != nil, side > 1 {
          for (i, chain) in walks.enumerated() {
            b.loop(.serial, from: shortest, to: lengths[i]) { step(chain, $0, states[i]) }
          }
        }
      }
      return b.finish()
    }
  }
}
