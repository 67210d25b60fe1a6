import CMartlet
import MartletIR
import MartletRuntime

// The quickest way of all, for what most small work is: whole arrays of one shape in C order, and
// numbers beside them. Positions in the layouts are constants here, so that no layout is copied to be
// looked into. What this leaves is `DirectCall`'s.

extension Layout {
  /// How many elements there are, in C order one after another, of an array of up to three axes; -1
  /// for others, for none, and for more than direct work takes.
  @inline(__always)
  fileprivate var rowCount: Int {
    let limit = Graph.lazyCount
    let first = shape[unchecked: 0]
    switch shape.rank {
    case 1:
      guard first < limit, first == 1 || (first > 0 && strides[unchecked: 0] == 1) else {
        return -1
      }
      return first
    case 2:
      let second = shape[unchecked: 1]
      guard first > 0, second > 0, first < limit, second < limit,
        second == 1 || strides[unchecked: 1] == 1, first == 1 || strides[unchecked: 0] == second
      else { return -1 }
      let count = first &* second
      return count < limit ? count : -1
    case 3:
      let (second, third) = (shape[unchecked: 1], shape[unchecked: 2])
      guard first > 0, second > 0, third > 0, first < limit, second < limit, third < limit,
        third == 1 || strides[unchecked: 2] == 1, second == 1 || strides[unchecked: 1] == third,
        first == 1 || strides[unchecked: 0] == second &* third
      else { return -1 }
      let count = first &* second &* third
      return count < limit ? count : -1
    default: return -1
    }
  }

  /// Whether another layout, of which the elements lie in one row too, has the same shape.
  @inline(__always)
  fileprivate func hasRowShape(of other: Layout) -> Bool {
    let rank = shape.rank
    return rank == other.shape.rank && shape[unchecked: 0] == other.shape[unchecked: 0]
      && (rank < 2 || shape[unchecked: 1] == other.shape[unchecked: 1])
      && (rank < 3 || shape[unchecked: 2] == other.shape[unchecked: 2])
  }
}

/// An operation on such operands, and what it needs to be found and run.
private struct DirectRow {
  /// Where the operands are, and last the result.
  var memories = InlineArray<3, UnsafeMutableRawPointer?>(repeating: nil)
  /// As `DirectCall` makes it.
  var key: UInt64
  /// Loop sizes and distances, as kernels of `DirectKernels` take them.
  var slots = InlineArray<12, Int64>(repeating: 1)
  let inputCount: Int
  let operation: Unmanaged<ElementwiseOperation>

  @inline(__always)
  init(_ operation: ElementwiseOperation, _ count: Int, inputs: Int) {
    key = UInt64(truncatingIfNeeded: operation.index) << 1 | 1
    key |= (DirectKernels.fresh << 3 | 1) << (12 &+ 7 &* UInt64(truncatingIfNeeded: inputs))
    slots[unchecked: 0] = Int64(count)
    inputCount = inputs
    self.operation = .passUnretained(operation)
  }

  /// The operand at a position that is a constant, which moves by one element or not at all.
  @inline(__always)
  mutating func set(_ position: Int, _ memory: UnsafeMutableRawPointer, _ dtype: DType, step: Int) {
    memories[unchecked: position] = memory
    slots[unchecked: 3 &+ 2 &* position] = Int64(step)
    key |=
      (UInt64(dtype.rawValue) << 3 | UInt64(truncatingIfNeeded: step))
      << (12 &+ 7 &* UInt64(truncatingIfNeeded: position))
  }

  /// New memory with the result, and its type; nil where the general way must.
  @inline(never)
  mutating func run() -> (storage: Storage, dtype: DType)? {
    guard let entry = DirectKernels.entry(key), let function = entry.pointee.function,
      entry.pointee.check == .none
    else { return nil }
    let dtype = entry.pointee.results.0
    guard
      let storage = try? Storage(
        byteCount: Int(slots[unchecked: 0]) &* dtype.itemSize)
    else { return nil }
    memories[unchecked: inputCount] = storage.pointer
    Counters.launches.add(1)
    let span = Profiler.isOn ? Profiler.begin() : nil
    let flags = withUnsafePointer(to: &memories) { memories in
      withUnsafePointer(to: &slots) { slots in
        martlet_call_kernel_flags(
          function,
          UnsafeRawPointer(memories).assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
          UnsafeRawPointer(slots).assumingMemoryBound(to: Int64.self), 0, 1)
      }
    }
    if let span {
      // The dtypes of the inputs are not kept: they are about as wide.
      Profiler.end(
        span, .direct, operation._withUnsafeGuaranteedRef { $0.name },
        bytes: Int(slots[unchecked: 0]) &* dtype.itemSize &* (inputCount &+ 1),
        operations: Int(slots[unchecked: 0]))
    }
    // Events are looked into there.
    guard flags == 0 || FloatingPointEvents(rawValue: flags).isDisjoint(with: GlobalState.reported)
    else { return nil }
    return (storage, dtype)
  }
}

extension NDArray {
  /// The result of an operation on this array, which lies in one row; nil where the general way must.
  @inline(__always)
  func row(_ operation: ElementwiseOperation) -> (storage: Storage, dtype: DType)? {
    guard let memory = directMemory, operation.index < DirectKernels.rowLimit else { return nil }
    let count = layout.rowCount
    guard count > 0 else { return nil }
    var row = DirectRow(operation, count, inputs: 1)
    row.set(0, memory, dtype, step: 1)
    return row.run()
  }

  /// The result of an operation on this array and another of its shape, both in one row.
  @inline(__always)
  func row(
    _ operation: ElementwiseOperation, _ other: NDArray
  ) -> (storage: Storage, dtype: DType)? {
    guard let first = directMemory, let second = other.directMemory,
      operation.index < DirectKernels.rowLimit
    else { return nil }
    let count = layout.rowCount
    guard count > 0, other.layout.rowCount == count, layout.hasRowShape(of: other.layout) else {
      return nil
    }
    var row = DirectRow(operation, count, inputs: 2)
    row.set(0, first, dtype, step: 1)
    row.set(1, second, other.dtype, step: 1)
    return row.run()
  }

  /// The result of an operation on this array, in one row, and a number, which may come first.
  @inline(__always)
  func row(
    _ operation: ElementwiseOperation, _ number: Scalar, numberFirst: Bool
  ) -> (storage: Storage, dtype: DType)? {
    guard let memory = directMemory, operation.index < DirectKernels.rowLimit else { return nil }
    let count = layout.rowCount
    guard count > 0 else { return nil }
    var cell = InlineArray<2, UInt64>(repeating: 0)
    cell[unchecked: 0] =
      number.dtype == .complex64 ? number.low | number.high << 32 : number.low
    cell[unchecked: 1] = number.high
    return withUnsafeMutablePointer(to: &cell) { cell in
      var row = DirectRow(operation, count, inputs: 2)
      row.set(numberFirst ? 1 : 0, memory, dtype, step: 1)
      row.set(numberFirst ? 0 : 1, UnsafeMutableRawPointer(cell), number.dtype, step: 0)
      return row.run()
    }
  }

  /// An array of this one's shape in C order, in new memory.
  @inline(__always)
  func ofRowShape(_ made: (storage: Storage, dtype: DType)) -> NDArray {
    var result = NDArray(storage: made.storage, layout: layout, dtype: made.dtype)
    result.layout.offset = 0
    // What the strides of axes of size 1 are is nobody's concern but a reader's.
    switch result.layout.shape.rank {
    case 1: result.layout.strides[unchecked: 0] = 1
    case 2:
      result.layout.strides[unchecked: 1] = 1
      result.layout.strides[unchecked: 0] = layout.shape[unchecked: 1]
    default:
      let (second, third) = (layout.shape[unchecked: 1], layout.shape[unchecked: 2])
      result.layout.strides[unchecked: 2] = 1
      result.layout.strides[unchecked: 1] = third
      result.layout.strides[unchecked: 0] = second &* third
    }
    return result
  }
}
