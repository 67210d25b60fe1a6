import CMartlet
import MartletIR
import MartletRuntime

/// The short way for small arrays that become one number: one kernel per reduction and dtype over
/// contiguous elements, one block, called on this thread. It rounds as the long way does.
package enum SmallReductions {
  /// Arrays of more elements take the long way, in blocks.
  package static let largest = ReductionLowering.blockLength

  package struct Entry {
    /// Takes the elements and the place of the result; slots are the number of elements and `ddof`.
    package var function: UnsafeRawPointer?
    package var result: DType = .bool
    /// Set once it was tried, so that what fails is not tried again.
    package var isTried = false
  }

  private static let operations = 32
  private static let types = 16

  /// Entries only ever change from empty to filled, under the graph's lock; a reader that misses
  /// one takes the long way.
  nonisolated(unsafe) private static let table: UnsafeMutablePointer<Entry> = {
    let table = UnsafeMutablePointer<Entry>.allocate(capacity: operations * types)
    table.initialize(repeating: Entry(), count: operations * types)
    return table
  }()

  /// The kernel for elements of a dtype; nil where there is none.
  @inline(__always)
  package static func entry(_ operation: ReductionOperation, _ dtype: DType) -> Entry? {
    guard operation.index < operations else { return nil }
    let entry = table[operation.index &* types &+ Int(dtype.rawValue)]
    if entry.function != nil { return entry }
    return entry.isTried ? nil : prepare(operation, dtype)
  }

  @inline(never)
  private static func prepare(_ operation: ReductionOperation, _ dtype: DType) -> Entry? {
    let place = operation.index * types + Int(dtype.rawValue)
    table[place].isTried = true
    guard Debug.level == .off, let (compute, result) = operation.types(dtype) else { return nil }
    // A kernel that does not compile is an error of the long way too, which tells of it.
    guard
      let kernel = try? CPU.shared.compileForHost(build(operation, dtype, compute, result)),
      let function = kernel.directFunction
    else { return nil }
    table[place].result = result
    table[place].function = function
    return table[place]
  }

  private static func build(
    _ operation: ReductionOperation, _ dtype: DType, _ compute: DType, _ result: DType
  ) -> Kernel {
    let b = KernelBuilder(name: "martlet_small_\(operation.name)")
    let elements = b.buffer(dtype, strides: [.unit])
    let out = b.buffer(result, strides: [.unit], access: .write)
    let count = b.slotValue(b.slot())
    let parameter = b.slotValue(b.slot())
    func reduce(_ kind: Loop.Kind, lanes: Int) {
      var earlier: [Expression] = []
      for pass in operation.passes {
        let variables = pass.identity(compute).map {
          b.declare(lanes: lanes, initial: b.constant($0))
        }
        b.loop(kind, from: b.integer(0), to: count) { i in
          let x = b.load(elements, [i]).cast(to: compute)
          let next = pass.accumulate(variables.map(b.read), x, i, earlier)
          for (variable, value) in zip(variables, next) { b.assign(variable, value) }
        }
        let state =
          lanes > 1 ? b.fold(variables, lanes: lanes, pass.combine) : variables.map(b.read)
        earlier = pass.result(state, count, earlier)
      }
      let value = operation.finish(earlier, count, parameter)
      b.store(out, [b.integer(0)], value.cast(to: result))
    }
    b.branch(count < b.integer(ReductionLowering.serialLength)) {
      reduce(.serial, lanes: 1)
    } else: {
      reduce(.vector, lanes: ReductionLowering.lanes)
    }
    return b.finish()
  }

  /// Calls a kernel and returns the floating-point events that users hear of.
  @inline(__always)
  package static func call(
    _ function: UnsafeRawPointer, _ elements: UnsafeMutableRawPointer,
    _ out: UnsafeMutableRawPointer, count: Int, parameter: Int
  ) -> FloatingPointEvents {
    var buffers: InlineArray<2, UnsafeMutableRawPointer?> = [elements, out]
    var slots: InlineArray<2, Int64> = [Int64(count), Int64(parameter)]
    let flags = withUnsafePointer(to: &buffers) { buffers in
      withUnsafePointer(to: &slots) { slots in
        martlet_call_kernel_flags(
          function,
          UnsafeRawPointer(buffers).assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
          UnsafeRawPointer(slots).assumingMemoryBound(to: Int64.self), 0, 1)
      }
    }
    return FloatingPointEvents(rawValue: flags).intersection(FloatingPointLog.reported)
  }
}
