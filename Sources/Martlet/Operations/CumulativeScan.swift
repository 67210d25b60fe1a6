import MartletIR
import MartletRuntime

/// Launches the kernels of a cumulative operation.
struct CumulativeScan {
  private let operation: ElementwiseOperation
  private let device: Device
  private let loop: Int
  private let source: UnsafeMutableRawPointer
  private let target: UnsafeMutableRawPointer
  private let sourceType: DType
  private let dimensions: [LoopNest.Dimension]
  private let plan: CumulativePlan

  private var type: DType { operation.loops[loop].outputs[0] }

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
    var sizes = InlineArray<9, Int>(repeating: 0)
    for (i, dimension) in dimensions.enumerated() { sizes[i] = dimension.size }
    plan = CumulativePlan(
      rank: dimensions.count, sizes: sizes, axis: dimensions.firstIndex { $0.reduced }!,
      isAssociative: operation.identity != .none)
  }

  /// Writes the result, and returns the floating-point events.
  func run() throws(MartletError) -> FloatingPointEvents {
    if plan.isByColumns { return try runByColumns() }
    guard plan.blocks > 1 else { return try runChains(starts: nil) }
    let totals = try NDArray(
      uninitialised: [plan.elements / plan.length, plan.blocks], type, on: device)
    let starts = try NDArray(uninitialised: totals.shape, type, on: device)
    var events = try computeTotals(into: try totals.storage.evaluatedHere())
    let scan = try CumulativeScan(operation, loop: loop, from: totals, to: starts, axis: 1)
    events.formUnion(try scan.run())
    events.formUnion(try runChains(starts: try starts.storage.evaluatedHere()))
    withExtendedLifetime((totals, starts)) {}
    return events
  }

  /// The slots of a launch, which begin with the sizes and two numbers, and its kernel and key.
  private func launch(
    _ form: Int, _ first: Int, _ second: Int, buffers: [UnsafeMutableRawPointer?], tasks: Int,
    _ build: (CumulativeKernel) -> Kernel
  ) throws(MartletError) -> FloatingPointEvents {
    var slots = dimensions.map { Int64($0.size) } + [Int64(first), Int64(second)]
    let strides = (0..<2).map { buffer in
      dimensions.indices.map { i in
        var next = slots.count
        let stride = dimensions[i].strides[buffer]
        let known = LoopNest.stride(stride, innermost: i == plan.innermost, slots: &next)
        if next > slots.count { slots.append(Int64(stride)) }
        return known
      }
    }
    var key = KernelKey()
    key.append(0x2000 | form)
    key.append(operation.index << 8 | loop)
    key.append(dimensions.count << 8 | plan.axis)
    key.append(sourceType, strides[0])
    key.append(type, strides[1])
    return try KernelLibrary.launch(
      key, on: device, buffers: buffers, slots: slots, tasks: tasks, elements: plan.elements
    ) {
      build(
        CumulativeKernel(
          plan: plan, operation: operation, loop: loop, sourceType: sourceType, strides: strides,
          slotCount: slots.count))
    }
  }

  private func runByColumns() throws(MartletError) -> FloatingPointEvents {
    let width = plan.width(threads: Workers.shared.threads)
    let across = (plan.columns + width - 1) / width
    return try launch(
      1, width, across, buffers: [source, target],
      tasks: plan.elements / (plan.length * plan.columns) * across
    ) { $0.columns() }
  }

  private func computeTotals(
    into totals: UnsafeMutableRawPointer
  ) throws(MartletError) -> FloatingPointEvents {
    try launch(
      2, plan.blocks, plan.chainCount, buffers: [source, totals], tasks: plan.chainCount
    ) { $0.totals() }
  }

  /// Walks the chains; `starts` has the cumulative totals of each row's blocks.
  private func runChains(
    starts: UnsafeMutableRawPointer?
  ) throws(MartletError) -> FloatingPointEvents {
    let side = plan.side
    return try launch(
      (starts == nil ? 3 : 4) | side << 4, plan.blocks, plan.chainCount,
      buffers: [source, target] + (starts.map { [$0] } ?? []),
      tasks: (plan.chainCount + side - 1) / side
    ) { $0.chains(hasStarts: starts != nil) }
  }
}
