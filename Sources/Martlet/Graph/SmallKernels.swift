import CMartlet
import MartletIR
import MartletRuntime

/// The short way for small arrays: kernels of one operation on contiguous elements, found by an
/// index instead of a key, called on this thread.
///
/// Everything that takes time is done once for a combination of dtypes: choosing the loop, building
/// and compiling the kernel. What is left per call is a table look-up and the call.
package enum SmallKernels {
  /// A ready kernel of one operation for given dtypes.
  package struct Entry {
    /// Takes buffers (inputs, then outputs), one slot (the number of elements), one task.
    package var function: UnsafeRawPointer?
    /// The dtype of the first result.
    package var result: DType = .bool
    /// Whether integers must be looked at before the call (division, powers).
    package var isChecked = false

    package init() {}
  }

  /// Bit 0 (1): the first (second) input is a single number.
  private static let shapes = 4
  private static let types = 16
  private static let perOperation = types * types * shapes

  /// One table per operation, made when first needed and kept for good. Entries only ever change
  /// from empty to filled, under the graph's lock; a reader that misses one takes the long way.
  nonisolated(unsafe) private static let tables:
    UnsafeMutablePointer<
      UnsafeMutablePointer<Entry>?
    > = {
      let tables = UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>.allocate(capacity: maximum)
      tables.initialize(repeating: nil, count: maximum)
      return tables
    }()
  private static let maximum = 1024

  /// The entry for one or two inputs; its function is nil until `prepare` made it.
  @inline(__always)
  package static func entry(
    _ operation: ElementwiseOperation, _ a: DType, _ b: DType, shape: Int
  ) -> UnsafePointer<Entry>? {
    guard operation.index < maximum, let table = tables[operation.index] else { return nil }
    let place = (Int(a.rawValue) &* types &+ Int(b.rawValue)) &* shapes &+ shape
    return UnsafePointer(table + place)
  }

  /// Makes the entry for inputs of these dtypes, where the operation has one result and LLVM is
  /// there; nothing happens where not, nor while debugging, which must see every launch.
  package static func prepare(
    _ operation: ElementwiseOperation, _ a: DType, _ b: DType, shape: Int
  ) throws(MartletError) {
    guard operation.index < maximum, operation.outputCount == 1, operation.inputCount <= 2,
      Debug.level == .off
    else { return }
    let stand = try NDArray.scalar(Scalar(Int64(0), a))
    let other = try NDArray.scalar(Scalar(Int64(0), b))
    let operands: [Operand] =
      operation.inputCount == 1 ? [.array(stand)] : [.array(stand), .array(other)]
    let loop = try Elementwise.resolve(operation, operands, dtype: nil, casting: .sameKind)
    let types = operation.loops[loop]
    let inputTypes = operation.inputCount == 1 ? [a] : [a, b]
    let kernel = try CPU.shared.compileForHost(
      build(operation, types, inputTypes, shape: shape))
    guard let function = kernel.directFunction else { return }
    try Graph.lock.locked { () throws(MartletError) in
      if tables[operation.index] == nil {
        let table = UnsafeMutablePointer<Entry>.allocate(capacity: perOperation)
        table.initialize(repeating: Entry(), count: perOperation)
        tables[operation.index] = table
      }
      let place = (Int(a.rawValue) * Self.types + Int(b.rawValue)) * shapes + shape
      let isChecked = types.inputs[0].isInteger && operation.integerEvents != .none
      // The function comes last: whoever sees it sees the rest.
      tables[operation.index]![place].result = types.outputs[0]
      tables[operation.index]![place].isChecked = isChecked
      tables[operation.index]![place].function = function
    }
  }

  private static func build(
    _ operation: ElementwiseOperation, _ types: TypedLoop, _ inputs: [DType], shape: Int
  ) -> Kernel {
    let b = KernelBuilder(
      name: "martlet_small_\(operation.name.filter { $0.isLetter || $0.isNumber })")
    let buffers = inputs.enumerated().map { i, dtype in
      b.buffer(dtype, strides: [shape >> i & 1 == 1 ? .broadcast : .unit])
    }
    let out = b.buffer(types.outputs[0], strides: [.unit], access: .write)
    let count = b.slotValue(b.slot())
    b.loop(.vector, from: b.integer(0), to: count) { i in
      let values = zip(buffers, types.inputs).map { b.load($0, [i]).cast(to: $1) }
      b.store(out, [i], operation(values)[0].cast(to: types.outputs[0]))
    }
    return b.finish()
  }

  /// Calls a kernel and returns the floating-point events that users hear of.
  @inline(__always)
  package static func call(
    _ function: UnsafeRawPointer, _ a: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer?,
    _ out: UnsafeMutableRawPointer, count: Int
  ) -> FloatingPointEvents {
    // The number of inputs decides where the output stands.
    var buffers: InlineArray<3, UnsafeMutableRawPointer?> = b == nil ? [a, out, nil] : [a, b, out]
    var slots = Int64(count)
    let flags = withUnsafePointer(to: &buffers) { pointer in
      pointer.withMemoryRebound(to: UnsafeMutableRawPointer?.self, capacity: 3) {
        martlet_call_kernel_flags(function, $0, &slots, 0, 1)
      }
    }
    return FloatingPointEvents(rawValue: flags).intersection(FloatingPointLog.reported)
  }
}
