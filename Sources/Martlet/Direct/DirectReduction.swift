import CMartlet
import MartletIR
import MartletRuntime

/// One reduction of an array of the host that is done at once, on this thread.
///
/// Settled in fixed storage on the caller's stack (`withReduction`); nothing is allocated but the
/// result, which the caller makes between `settle` and `run`. The levels are those of the lazy
/// graph, so results have the same bits. What is out of the ordinary (errors, no elements, more work
/// than one thread should do) is left to the general way.
///
/// Fields are set before they are read. The value is large and must never be moved, so its methods
/// are mutating.
@usableFromInline
package struct DirectReduction {
  /// Arrays of this size and more take the general way, whose work threads share. One thread reduces
  /// fewer elements in the time that building a program and waking another takes.
  package static let limit = 1 << 17

  /// A bit for each axis.
  package typealias Axes = UInt8
  package static let allAxes = Axes.max

  /// The result's shape, and its strides in C order.
  package var rank: Int
  package var sizes: InlineArray<8, Int>
  package var strides: InlineArray<8, Int>
  package var count: Int
  /// How many elements each result combines.
  package var reducedCount: Int
  package var resultType: DType

  var operation: Unmanaged<ReductionOperation>
  var dtype: DType
  var computeType: DType
  var hasMask: Bool
  var parameter: Int
  var nest: DirectNest
  /// The array and its mask, or the states of the level before; then results.
  var memories: InlineArray<6, UnsafeMutableRawPointer?>
  /// How the buffers of the level at hand move along its dimensions, nine of each: the input, the
  /// mask of a first level, the output. All states lie alike.
  var rows: InlineArray<27, Int>

  @inlinable
  @inline(__always)
  package static func withReduction<Result>(
    _ body: (UnsafeMutablePointer<DirectReduction>) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: DirectReduction.self, capacity: 1) {
      body($0.baseAddress.unsafelyUnwrapped)
    }
  }

  // MARK: Settling

  /// Settles a reduction of an array; false where the general way must.
  ///
  /// - Parameters:
  ///   - dtype: What to compute in, instead of the row's choice.
  ///   - mask: Where false, an element does not count: truth values of a shape that broadcasts.
  ///   - parameter: `ddof`, for `var` and `std`.
  @inline(__always)
  package mutating func settle(
    _ operation: ReductionOperation, _ memory: UnsafeMutableRawPointer,
    _ layout: UnsafePointer<Layout>, _ dtype: DType, axes: Axes, keepsDimensions: Bool,
    computingIn given: DType? = nil,
    mask: (memory: UnsafeMutableRawPointer, layout: UnsafePointer<Layout>)? = nil,
    parameter: Int = 0
  ) -> Bool {
    guard let types = operation.types(of: dtype, as: given) else { return false }
    self.operation = Unmanaged.passUnretained(operation)
    self.dtype = dtype
    computeType = types.compute
    resultType = types.result
    self.parameter = parameter
    memories[unchecked: 0] = memory
    nest.begin()
    hasMask = mask != nil
    if let mask {
      memories[unchecked: 1] = mask.memory
      guard settleAxes(layout, axes, keepsDimensions, mask.layout) else { return false }
      nest.settle(leading: leads(mask.layout, layout) ? 2 : 0)
    } else {
      guard settleAxes(layout, axes, keepsDimensions, nil) else { return false }
      nest.settle(leading: 0)
    }
    nest.reduceSomething()
    return true
  }

  /// The result's shape and the loops over the array.
  @inline(__always)
  private mutating func settleAxes(
    _ layout: UnsafePointer<Layout>, _ axes: Axes, _ keepsDimensions: Bool,
    _ mask: UnsafePointer<Layout>?
  ) -> Bool {
    let own = layout.pointee.shape.rank
    count = 1
    reducedCount = 1
    rank = 0
    for i in 0..<own {
      let size = layout.pointee.shape[unchecked: i]
      // Sizes up to the limit can't overflow.
      guard size < Self.limit else { return false }
      let isReduced = axes >> Axes(truncatingIfNeeded: i) & 1 == 1
      if isReduced { reducedCount &*= size } else { count &*= size }
      guard count &* reducedCount < Self.limit else { return false }
      if !isReduced || keepsDimensions {
        sizes[unchecked: rank] = isReduced ? 1 : size
        rank &+= 1
      }
    }
    guard count &* reducedCount > 0 else { return false }
    var stride = 1
    var i = rank &- 1
    while i >= 0 {
      strides[unchecked: i] = stride
      stride &*= sizes[unchecked: i]
      i &-= 1
    }
    if rank > 1, !keepsCOrder(layout, axes) { layOut(layout, axes, keepsDimensions) }
    if mask == nil, count == 1, layout.pointee.isContiguous {
      nest.append(reducedCount, isReduced: true, 1, 0, 0)
      return true
    }
    let lead = mask.map { own &- $0.pointee.shape.rank } ?? 0
    guard lead >= 0 else { return false }
    var place = 0
    for i in 0..<own {
      let size = layout.pointee.shape[unchecked: i]
      let isReduced = axes >> Axes(truncatingIfNeeded: i) & 1 == 1
      var maskStride = 0
      if let mask, i >= lead {
        let given = mask.pointee.shape[unchecked: i &- lead]
        guard given == size || given == 1 else { return false }
        if given == size { maskStride = mask.pointee.strides[unchecked: i &- lead] }
      }
      nest.append(
        size, isReduced: isReduced, layout.pointee.strides[unchecked: i],
        isReduced ? 0 : strides[unchecked: place], maskStride)
      if !isReduced || keepsDimensions { place &+= 1 }
    }
    return true
  }

  /// Whether the axes that are left lie in the array as C order has them.
  @inline(__always)
  private func keepsCOrder(_ layout: UnsafePointer<Layout>, _ axes: Axes) -> Bool {
    // Positions are always in C order.
    if operation._withUnsafeGuaranteedRef({ $0.givesPositions }) { return true }
    var outer = UInt.max
    for i in 0..<layout.pointee.shape.rank
    where axes >> Axes(truncatingIfNeeded: i) & 1 == 0 && layout.pointee.shape[unchecked: i] > 1 {
      let stride = layout.pointee.strides[unchecked: i].magnitude
      if stride > outer { return false }
      if stride > 0 { outer = stride }
    }
    return true
  }

  /// Lays the result out as the axes that are left lie in the array.
  @inline(never)
  private mutating func layOut(
    _ layout: UnsafePointer<Layout>, _ axes: Axes, _ keepsDimensions: Bool
  ) {
    let left = layout.pointee.reducing(
      (0..<layout.pointee.rank).map { axes >> Axes(truncatingIfNeeded: $0) & 1 == 1 },
      keepsDimensions: keepsDimensions)
    for i in 0..<rank { strides[i] = left.strides[i] }
  }

  /// Whether a mask has more elements than its array, whose strides may be 0.
  private func leads(_ mask: UnsafePointer<Layout>, _ array: UnsafePointer<Layout>) -> Bool {
    func elements(_ buffer: Int) -> Int {
      var count = 1
      for i in 0..<nest.rank where nest.stride(i, buffer) != 0 { count &*= nest.sizes[i] }
      return count
    }
    return elements(2) > elements(0)
  }

  /// The layout of a fresh result.
  @inline(__always)
  package mutating func setResultLayout(_ layout: UnsafeMutablePointer<Layout>) {
    layout.pointee.shape.setRank(rank)
    layout.pointee.strides.setRank(rank)
    for i in 0..<rank {
      layout.pointee.shape[unchecked: i] = sizes[unchecked: i]
      layout.pointee.strides[unchecked: i] = strides[unchecked: i]
    }
    layout.pointee.offset = 0
  }

  // MARK: Running

  /// Computes a settled reduction into memory in C order; false where the general way must.
  ///
  /// What combining the elements raises is noted.
  @inline(__always)
  package mutating func run(into target: UnsafeMutableRawPointer) -> Bool {
    let operation = operation
    guard resultType.isInexact, operation._withUnsafeGuaranteedRef({ $0.tells }) else {
      return runQuietly(into: target)
    }
    martlet_fp_clear()
    guard runQuietly(into: target) else { return false }
    let events = FloatingPointEvents(rawValue: martlet_fp_flags())
    if !events.isDisjoint(with: GlobalState.reported) {
      operation._withUnsafeGuaranteedRef { $0.report(events, target, resultType, count: count) }
    }
    return true
  }

  @inline(__always)
  private mutating func runQuietly(into target: UnsafeMutableRawPointer) -> Bool {
    for k in 0..<(hasMask ? 2 : 1) {
      let offset = nest.offsets[unchecked: k == 0 ? 0 : 2]
      if offset == 0 { continue }
      let size = k == 0 ? dtype.itemSize : 1
      memories[unchecked: k] = memories[unchecked: k].unsafelyUnwrapped + offset &* size
    }
    let target = target + nest.offsets[unchecked: 1] &* resultType.itemSize
    return run(
      ReductionLevel(
        rank: nest.rank, sizes: nest.sizes, reduced: nest.reduced,
        isExact: operation._withUnsafeGuaranteedRef { $0.isExact(computeType) }),
      inputs: hasMask ? 2 : 1, into: target)
  }

  @inline(__always)
  private mutating func run(
    _ level: ReductionLevel, inputs: Int, into target: UnsafeMutableRawPointer
  ) -> Bool {
    setRows(level)
    guard let entry = kernel(level), let function = entry.pointee.function else { return false }
    if !level.isLast { return runStates(entry, level, inputs: inputs, into: target) }
    memories[unchecked: inputs] = target
    launch(function, level, inputs: inputs, outputs: 1)
    return true
  }

  /// A level that leaves states, and those that combine them.
  @inline(never)
  private mutating func runStates(
    _ entry: UnsafePointer<DirectKernels.Entry>, _ level: ReductionLevel, inputs: Int,
    into target: UnsafeMutableRawPointer
  ) -> Bool {
    let elements = level.resultCount
    let states = entry.pointee.stateCount
    func room(_ state: Int) -> Int {
      (elements &* entry.pointee.states[unchecked: state].itemSize &+ 63) & ~63
    }
    var bytes = 0
    for state in 0..<states { bytes &+= room(state) }
    return withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 64) { scratch in
      var place = scratch.baseAddress.unsafelyUnwrapped
      for state in 0..<states {
        memories[unchecked: inputs &+ state] = place
        place += room(state)
      }
      launch(
        entry.pointee.function.unsafelyUnwrapped, level, inputs: inputs, outputs: states)
      for state in 0..<states {
        memories[unchecked: state] = memories[unchecked: inputs &+ state]
      }
      let next = level.next
      setRows(next)
      guard let entry = kernel(next), let function = entry.pointee.function else { return false }
      if !next.isLast { return runStates(entry, next, inputs: states, into: target) }
      memories[unchecked: states] = target
      launch(function, next, inputs: states, outputs: 1)
      return true
    }
  }

  @inline(__always)
  private mutating func setRows(_ level: ReductionLevel) {
    var inner = 1
    var outer = 1
    var i = level.rank &- 1
    while i >= 0 {
      let size = level.sizes[unchecked: i]
      if level.isFirst {
        rows[unchecked: i] = nest.stride(i, 0)
        rows[unchecked: 9 &+ i] = nest.stride(i, 2)
      } else {
        rows[unchecked: i] = inner
        inner &*= size
      }
      if level.isLast {
        rows[unchecked: 18 &+ i] = nest.stride(level.original(i), 1)
      } else if level.keeps(i) {
        rows[unchecked: 18 &+ i] = outer
        outer &*= i == level.dimension ? level.blocks : size
      }
      i &-= 1
    }
  }

  @inline(__always)
  private func stride(_ row: Int, _ i: Int) -> Int { rows[unchecked: row &* 9 &+ i] }

  /// Slots as `ReductionKernel` takes them.
  @inline(__always)
  private mutating func launch(
    _ function: UnsafeRawPointer, _ level: ReductionLevel, inputs: Int, outputs: Int
  ) {
    Counters.launches.add(1)
    let span = Profiler.isOn ? Profiler.begin() : nil
    defer {
      if let span { note(span, isFirst: level.isFirst) }
    }
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: 72) { buffer in
      let slots = buffer.baseAddress.unsafelyUnwrapped
      for i in 0..<level.rank { slots[i] = Int64(level.sizes[unchecked: i]) }
      let fixed = slots + level.rank
      fixed[0] = Int64(level.blocks)
      fixed[1] = Int64(level.columns)
      fixed[2] = Int64(level.across)
      fixed[3] = Int64(reducedCount)
      fixed[4] = Int64(parameter)
      var next = level.fixedSlots
      for n in 0..<(inputs &+ outputs) {
        let isInput = n < inputs
        let row = isInput ? (level.isFirst ? n : 0) : 2
        for i in 0..<level.rank where isInput || level.keeps(i) {
          let stride = stride(row, i)
          if level.isInnermost(i, ofInput: isInput), DirectKernels.moveClass(stride) != 7 {
            continue
          }
          slots[next] = Int64(stride)
          next &+= 1
        }
      }
      withUnsafePointer(to: &memories) { memories in
        martlet_call_kernel(
          function,
          UnsafeRawPointer(memories).assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
          slots, 0, Int64(level.tasks))
      }
    }
  }

  @inline(never)
  private func note(_ span: Profiler.Span, isFirst: Bool) {
    // Later levels join what the first has left.
    let elements = isFirst ? reducedCount &* max(count, 1) : 0
    Profiler.end(
      span, .direct, operation._withUnsafeGuaranteedRef { $0.name },
      bytes: elements &* dtype.itemSize, operations: elements)
  }

  // MARK: Kernels

  @inline(__always)
  private mutating func kernel(
    _ level: ReductionLevel
  ) -> UnsafePointer<DirectKernels.Entry>? {
    let index = operation._withUnsafeGuaranteedRef { $0.index }
    guard index < 64 else { return nil }
    // The lowest bit tells a key from an empty place, the highest a reduction from other kernels.
    var key = 1 << 63 | UInt64(truncatingIfNeeded: index) << 1 | 1
    key |= UInt64(computeType.rawValue) << 7 | UInt64(resultType.rawValue) << 11
    key |= UInt64(truncatingIfNeeded: level.form.rawValue) << 15
    key |= (level.isLast ? 1 : 0) << 17 | (level.isSerial ? 1 : 0) << 18
    key |= (level.blocks > 1 ? 1 : 0) << 19 | (level.isNarrow ? 1 : 0) << 49
    key |= UInt64(truncatingIfNeeded: level.rank) << 20
    key |= UInt64(truncatingIfNeeded: level.dimension) << 24
    let last = level.rank &- 1
    let second = level.form == .short ? last &- 1 : last
    func move(_ row: Int, _ i: Int) -> UInt64 { DirectKernels.moveClass(stride(row, i)) }
    if level.isFirst {
      key |= 1 << 28 | UInt64(dtype.rawValue) << 29
      key |= move(0, last) << 33 | move(0, second) << 36
      if hasMask { key |= 1 << 39 | move(1, last) << 40 | move(1, second) << 43 }
    } else {
      // States lie side by side; of a short row the next one is as far away as the row is long.
      key |= move(0, second) << 36
    }
    if level.keeps(second) { key |= move(2, second) << 46 }
    return DirectKernels.entry(key) ?? prepare(key, level)
  }

  @inline(never)
  private mutating func prepare(
    _ key: UInt64, _ level: ReductionLevel
  ) -> UnsafePointer<DirectKernels.Entry>? {
    // Debugging must see every launch.
    if Debug.level != .off { return nil }
    let operation = operation.takeUnretainedValue()
    let states = operation.blockIdentity(computeType).map(\.dtype)
    let rows = rows
    var next = level.fixedSlots
    func buffer(_ dtype: DType, _ row: Int) -> ReductionKernel.Buffer {
      let isInput = row < 2
      let own = (0..<level.rank).filter { isInput || level.keeps($0) }.map { i -> Stride in
        if level.isInnermost(i, ofInput: isInput) {
          return LoopNest.stride(rows[row * 9 + i], innermost: true, slots: &next)
        }
        next += 1
        return .slot(next - 1)
      }
      return (dtype, own)
    }
    var inputs = level.isFirst ? [buffer(dtype, 0)] : states.map { buffer($0, 0) }
    if level.isFirst, hasMask { inputs.append(buffer(.bool, 1)) }
    let outputs = level.isLast ? [buffer(resultType, 2)] : states.map { buffer($0, 2) }
    let (compute, isMasked) = (computeType, hasMask)
    let kernel = ReductionKernel(
      level: level, reduction: operation, compute: compute, result: resultType, inputs: inputs,
      outputs: outputs, slotCount: next, unrolls: true
    ) { _, _, load in
      (load(0).cast(to: compute), isMasked ? load(1) : nil)
    }
    return DirectKernels.add(key, kernel.build(), states: states)
  }
}
