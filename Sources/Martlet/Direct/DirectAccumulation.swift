import CMartlet
import MartletIR
import MartletRuntime

/// One cumulative operation on an array of the host that is done at once, on this thread, as
/// `CumulativeScan` does larger ones. Used as `DirectReduction` is.
///
/// The result lies as a copy of the array does, so a `DirectCall` of one input, settled for a copy,
/// is used with it.
@usableFromInline
package struct DirectAccumulation {
  package var resultType: DType

  private var dtype: DType
  private var memory: UnsafeMutableRawPointer
  private var nest: DirectNest
  private var plan: CumulativePlan
  private var function: UnsafeRawPointer

  @inlinable
  @inline(__always)
  package static func withAccumulation<Result>(
    _ body: (UnsafeMutablePointer<DirectAccumulation>) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: DirectAccumulation.self, capacity: 1) {
      body($0.baseAddress.unsafelyUnwrapped)
    }
  }

  /// Settles an operation along an axis of an array; false where the general way must.
  ///
  /// - Parameters:
  ///   - copy: Settled for a copy of the array.
  ///   - given: What to compute in, instead of the row's choice.
  @inline(__always)
  package mutating func settle(
    _ operation: ElementwiseOperation, _ memory: UnsafeMutableRawPointer,
    _ layout: UnsafePointer<Layout>, _ dtype: DType, axis: Int, computingIn given: DType?,
    _ copy: UnsafeMutablePointer<DirectCall>
  ) -> Bool {
    guard copy.pointee.count > 0, operation.index < DirectKernels.rowLimit else { return false }
    self.dtype = dtype
    self.memory = memory
    nest.begin()
    for i in 0..<copy.pointee.rank {
      nest.append(
        copy.pointee.sizes[unchecked: i], isReduced: i == axis,
        layout.pointee.strides[unchecked: i], copy.pointee.resultStrides[unchecked: i], 0)
    }
    nest.settle(leading: 1)
    nest.reduceSomething()
    plan = CumulativePlan(
      rank: nest.rank, sizes: nest.sizes, axis: nest.reduced.trailingZeroBitCount,
      isAssociative: operation.identity != .none)
    guard plan.blocks == 1 else { return false }

    let inner = plan.innermost
    // The lowest bit tells a key from an empty place, the second highest from other kernels.
    var key = 1 << 62 | UInt64(truncatingIfNeeded: operation.index) << 1 | 1
    key |= UInt64(dtype.rawValue) << 12
    key |= (given.map { UInt64($0.rawValue) } ?? DirectKernels.fresh) << 16
    key |= UInt64(truncatingIfNeeded: plan.rank) << 20
    key |= UInt64(truncatingIfNeeded: plan.axis) << 24
    key |= (plan.isByColumns ? 1 : 0) << 28 | (plan.side > 1 ? 1 : 0) << 29
    key |= DirectKernels.moveClass(nest.stride(inner, 0)) << 30
    key |= DirectKernels.moveClass(nest.stride(inner, 1)) << 33
    guard
      let entry = DirectKernels.entry(key) ?? prepare(key, operation, given),
      let function = entry.pointee.function
    else { return false }
    self.function = function
    resultType = entry.pointee.results.0
    return true
  }

  /// Computes into memory that lies as the copy would; false where the general way must, for
  /// something happened that it tells of.
  @inline(__always)
  package mutating func run(into target: UnsafeMutableRawPointer) -> Bool {
    var memories: InlineArray<2, UnsafeMutableRawPointer?> = [
      memory + nest.offsets[unchecked: 0] &* dtype.itemSize,
      target + nest.offsets[unchecked: 1] &* resultType.itemSize,
    ]
    var slots = InlineArray<32, Int64>(repeating: 0)
    for i in 0..<plan.rank { slots[unchecked: i] = Int64(plan.sizes[unchecked: i]) }
    let tasks: Int
    if plan.isByColumns {
      slots[unchecked: plan.rank] = 1024
      let across = (plan.columns &+ 1023) / 1024
      slots[unchecked: plan.rank &+ 1] = Int64(across)
      tasks = plan.elements / (plan.length &* plan.columns) &* across
    } else {
      let chains = plan.chainCount
      slots[unchecked: plan.rank] = 1
      slots[unchecked: plan.rank &+ 1] = Int64(chains)
      tasks = (chains &+ plan.side &- 1) / plan.side
    }
    var next = plan.rank &+ 2
    for buffer in 0..<2 {
      for i in 0..<plan.rank {
        let stride = nest.stride(i, buffer)
        if i == plan.innermost, DirectKernels.moveClass(stride) != 7 { continue }
        slots[unchecked: next] = Int64(stride)
        next &+= 1
      }
    }
    Counters.launches.add(1)
    let span = Profiler.isOn ? Profiler.begin() : nil
    let flags = withUnsafePointer(to: &memories) { memories in
      withUnsafePointer(to: &slots) { slots in
        martlet_call_kernel_flags(
          function,
          UnsafeRawPointer(memories).assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
          UnsafeRawPointer(slots).assumingMemoryBound(to: Int64.self), 0, Int64(tasks))
      }
    }
    if let span {
      Profiler.end(
        span, .direct, "accumulate",
        bytes: plan.elements &* (dtype.itemSize &+ resultType.itemSize), operations: plan.elements)
    }
    return FloatingPointEvents(rawValue: flags).isDisjoint(with: GlobalState.reported)
  }

  @inline(never)
  private mutating func prepare(
    _ key: UInt64, _ operation: ElementwiseOperation, _ given: DType?
  ) -> UnsafePointer<DirectKernels.Entry>? {
    // Debugging must see every launch.
    if Debug.level != .off { return nil }
    guard (try? operation.checkCombines("accumulate")) != nil,
      let loop = try? operation.reductionLoop(dtype, dtype: given, isUniform: true)
    else { return DirectKernels.add(key, nil) }
    let result = operation.loops[loop].outputs[0]
    // What integers raise the general way looks for.
    if operation.integerEvents != .none, result.isInteger { return DirectKernels.add(key, nil) }
    let (nest, plan) = (nest, plan)
    var next = plan.rank + 2
    let strides = (0..<2).map { buffer in
      (0..<plan.rank).map { i -> Stride in
        if i == plan.innermost {
          return LoopNest.stride(nest.stride(i, buffer), innermost: true, slots: &next)
        }
        next += 1
        return .slot(next - 1)
      }
    }
    let kernel = CumulativeKernel(
      plan: plan, operation: operation, loop: loop, sourceType: dtype, strides: strides,
      slotCount: next)
    return DirectKernels.add(
      key, plan.isByColumns ? kernel.columns() : kernel.chains(hasStarts: false), result: result)
  }
}
