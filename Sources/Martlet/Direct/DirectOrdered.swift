import CMartlet
import MartletIR
import MartletRuntime

/// Elements of an array of the host that are combined in order at once, on this thread: `reduce` and
/// `reduceat` along an axis, of rows that no `ReductionOperation` combines in blocks. Used as
/// `DirectReduction` is; larger work, masks and numbers to begin with are `OrderedReduction`'s.
@usableFromInline
package struct DirectOrdered {
  package private(set) var resultType: DType
  /// The shape of the result.
  package private(set) var shape: Shape
  package private(set) var count: Int

  private var dtype: DType
  private var memory: UnsafeMutableRawPointer
  /// Of the dimensions that stay: the array's and the result's strides.
  private var nest: DirectNest
  private var length: Int
  private var axisStride: Int
  private var sliceStride: Int
  private var starts: UnsafePointer<Int>?
  private var sliceCount: Int
  private var key: UInt64
  private var entry: UnsafePointer<DirectKernels.Entry>

  @inlinable
  @inline(__always)
  package static func withCall<Result>(
    _ body: (UnsafeMutablePointer<DirectOrdered>) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: DirectOrdered.self, capacity: 1) {
      body($0.baseAddress.unsafelyUnwrapped)
    }
  }

  /// Settles an operation along an axis of an array; false where the general way must.
  ///
  /// - Parameters:
  ///   - starts: Where slices begin, `sliceCount` positions on the axis; nil for one slice of all,
  ///     which the result has no axis for unless it `keepsDimension`.
  package mutating func settle(
    _ operation: ElementwiseOperation, _ memory: UnsafeMutableRawPointer,
    _ layout: UnsafePointer<Layout>, _ dtype: DType, axis: Int, keepsDimension: Bool,
    starts: UnsafePointer<Int>?, sliceCount: Int
  ) -> Bool {
    let rank = layout.pointee.rank
    guard operation.index < DirectKernels.rowLimit, axis < rank, layout.pointee.count > 0,
      layout.pointee.count < Graph.lazyCount, sliceCount > 0, sliceCount < Graph.lazyCount
    else { return false }
    self.dtype = dtype
    self.memory = memory
    self.starts = starts
    self.sliceCount = sliceCount
    length = layout.pointee.shape[axis]
    axisStride = layout.pointee.strides[axis]
    shape = Shape()
    for i in 0..<rank {
      if i != axis {
        shape.append(layout.pointee.shape[i])
      } else if starts != nil || keepsDimension {
        shape.append(sliceCount)
      }
    }
    guard let total = try? shape.checkedCount(), total < Graph.lazyCount else { return false }
    count = total
    // The result lies in C order.
    let result = Layout(contiguous: shape)
    let hasAxis = shape.rank == rank
    sliceStride = hasAxis ? result.strides[axis] : 0
    nest.begin()
    for i in 0..<rank where i != axis {
      let own = result.strides[i > axis && !hasAxis ? i - 1 : i]
      nest.append(layout.pointee.shape[i], isReduced: false, layout.pointee.strides[i], own, 0)
    }
    nest.settle(leading: 1)
    guard nest.rank <= 2 else { return false }
    return findKernel(operation)
  }

  private func stride(_ fromLast: Int, _ buffer: Int) -> Int {
    nest.rank > fromLast ? nest.stride(nest.rank &- 1 &- fromLast, buffer) : 0
  }

  private func size(_ fromLast: Int) -> Int {
    nest.rank > fromLast ? nest.sizes[nest.rank &- 1 &- fromLast] : 1
  }

  // MARK: Running

  /// Computes into memory that lies in C order; false where the general way must, for something
  /// happened that is an error.
  package mutating func run(
    _ operation: ElementwiseOperation, into target: UnsafeMutableRawPointer
  ) -> Bool {
    let isSilent = FloatingPointLog.isSilent
    // What integers raise shows in no flags.
    if entry.pointee.check != .none { return runWithNotes(operation, into: target, isSilent) }
    let flags = launch(entry, target, nil)
    if flags.isDisjoint(with: GlobalState.reported) || isSilent { return true }
    return runWithNotes(operation, into: target, isSilent)
  }

  private mutating func runWithNotes(
    _ operation: ElementwiseOperation, into target: UnsafeMutableRawPointer, _ isSilent: Bool
  ) -> Bool {
    let noting = key | Self.notesBit
    guard let entry = DirectKernels.entry(noting) ?? prepare(noting, operation, notesEvents: true),
      entry.pointee.function != nil
    else { return false }
    let bits = withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) { room in
      room.initializeMemory(as: UInt8.self, repeating: 0)
      _ = launch(entry, target, room.baseAddress)
      return room.reduce(0, |)
    }
    let events = StepEvents(rawValue: bits)
    if isSilent, !events.contains(.negativeExponent) { return true }
    do throws(MartletError) {
      try events.report(operation, as: starts == nil ? "reduce" : "reduceat", on: .host)
      return true
    } catch { return false }
  }

  private mutating func launch(
    _ entry: UnsafePointer<DirectKernels.Entry>, _ target: UnsafeMutableRawPointer,
    _ notes: UnsafeMutableRawPointer?
  ) -> FloatingPointEvents {
    Counters.launches.add(1)
    let placed = target + nest.offsets[1] &* resultType.itemSize
    var memories: InlineArray<4, UnsafeMutableRawPointer?> = [
      memory + nest.offsets[0] &* dtype.itemSize, placed, nil, nil,
    ]
    var next = 2
    if let starts {
      memories[next] = UnsafeMutableRawPointer(mutating: starts)
      next += 1
    }
    if let notes { memories[next] = notes + nest.offsets[1] }
    var slots = InlineArray<10, Int64>(repeating: 0)
    let values = [
      size(0), size(1), length, sliceCount, stride(1, 0), stride(0, 0), axisStride, stride(1, 1),
      stride(0, 1), sliceStride,
    ]
    for i in 0..<values.count { slots[i] = Int64(values[i]) }
    let span = Profiler.isOn ? Profiler.begin() : nil
    let flags = withUnsafePointer(to: &memories) { memories in
      withUnsafePointer(to: &slots) { slots in
        martlet_call_kernel_flags(
          entry.pointee.function.unsafelyUnwrapped,
          UnsafeRawPointer(memories).assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
          UnsafeRawPointer(slots).assumingMemoryBound(to: Int64.self), 0, 1)
      }
    }
    if let span {
      Profiler.end(
        span, .direct, starts == nil ? "reduce" : "reduceat",
        bytes: count &* (length &* dtype.itemSize &+ resultType.itemSize),
        operations: count &* length)
    }
    return FloatingPointEvents(rawValue: flags)
  }

  // MARK: The kernel

  private static let notesBit: UInt64 = 1 << 30

  private mutating func findKernel(_ operation: ElementwiseOperation) -> Bool {
    // The lowest bit tells a key from an empty place, the highest ones from other kernels.
    key = 1 << 60 | UInt64(truncatingIfNeeded: operation.index) << 1 | 1
    key |= UInt64(dtype.rawValue) << 12 | (starts == nil ? 0 : 1) << 16
    key |= (size(0) == 1 ? 0 : 1) << 17
    key |= DirectKernels.moveClass(stride(0, 0)) << 18
    key |= DirectKernels.moveClass(axisStride) << 21
    key |= DirectKernels.moveClass(stride(0, 1)) << 24
    guard let entry = DirectKernels.entry(key) ?? prepare(key, operation, notesEvents: false),
      entry.pointee.function != nil
    else { return false }
    self.entry = entry
    resultType = entry.pointee.results.0
    return true
  }

  @inline(never)
  private func prepare(
    _ key: UInt64, _ operation: ElementwiseOperation, notesEvents: Bool
  ) -> UnsafePointer<DirectKernels.Entry>? {
    // Debugging must see every launch.
    if Debug.level != .off { return nil }
    let method = starts == nil ? "reduce" : "reduceat"
    guard (try? operation.checkCombines(method)) != nil,
      let loop = try? operation.reductionLoop(dtype, dtype: nil, isUniform: starts != nil)
    else { return DirectKernels.add(key, nil) }
    let ordered = OrderedReduction(operation, loop: loop)
    let readsEvents = operation.integerEvents != .none && ordered.loop.inputs[0].isInteger
    return DirectKernels.add(
      key, build(ordered, notesEvents: notesEvents), result: ordered.resultType,
      check: readsEvents ? .zeroDivisor : .none)
  }

  /// Slots: the sizes of the dimensions that stay, innermost first, of the axis, and how many slices;
  /// then of the array how far it moves along the outer, the inner, and the axis, and of the result
  /// along the outer, the inner, and from slice to slice.
  private func build(_ ordered: OrderedReduction, notesEvents: Bool) -> Kernel {
    let b = KernelBuilder(name: "martlet_direct_\(ordered.operation.name)_in_order")
    func known(_ stride: Int, _ slot: Int) -> Stride {
      DirectKernels.moveClass(stride) == 7 ? .slot(slot) : .constant(stride)
    }
    let source = b.buffer(
      dtype, strides: [.slot(4), known(stride(0, 0), 5), known(axisStride, 6)])
    let result: [Stride] = [.slot(7), known(stride(0, 1), 8), .slot(9)]
    let target = b.buffer(ordered.resultType, strides: result, access: .write)
    let positions = starts == nil ? nil : b.buffer(.int64, strides: [.unit])
    let notes = notesEvents ? b.buffer(.uint8, strides: result, access: .write) : nil
    for _ in 0..<10 { _ = b.slot() }
    let initial =
      positions == nil ? ordered.operation.start(ordered.resultType).map { b.constant($0) } : nil
    let (zero, length, slices) = (b.integer(0), b.slotValue(2), b.slotValue(3))
    func combine(_ row: Expression, _ column: Expression, _ slice: Expression) {
      var (low, high) = (zero, length)
      if let positions {
        low = b.load(positions, [slice])
        high = OrderedReduction.end(b, positions, slice, slices, low: low, size: length)
      }
      let found = ordered.combine(
        b, from: low, to: high, initial: initial, notesEvents: notesEvents,
        element: { b.load(source, [row, column, $0]) })
      b.store(target, [row, column, slice], found.result)
      if let notes, let events = found.events { b.store(notes, [row, column, slice], events) }
    }
    let hasColumns = size(0) != 1
    b.loop(.serial, from: zero, to: b.slotValue(1)) { row in
      b.loop(.serial, from: zero, to: slices) { slice in
        guard hasColumns else { return combine(row, zero, slice) }
        b.loop(.vector, from: zero, to: b.slotValue(0)) { combine(row, $0, slice) }
      }
    }
    return b.finish()
  }
}
