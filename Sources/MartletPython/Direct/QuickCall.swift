import CMartlet
import CPythonABI
import Martlet
import MartletFrontend
import MartletIR
import MartletRuntime

/// The short way of a call of a jitted function: numbers and arrays of the types that it was compiled
/// for, and a number or nothing as its result. Nothing is allocated. Whatever is out of the ordinary
/// takes the general way (`KernelFunction.callHost`), which also raises the errors.
final class QuickCall {
  private enum Parameter {
    case number(DType)
    case array(ArrayParameter)
  }

  private struct ArrayParameter {
    let dtype: DType
    /// NumPy's object for the dtype, as most of its arrays have it.
    let numPys: Ref?
    let rank: Int
    let isDense: Bool
    let isWritten: Bool

    /// Sizes, and all strides that may be other than 1.
    var slotCount: Int { 2 * rank - (isDense ? 1 : 0) }
  }

  /// Work on more elements than this runs with Python's lock released, which is the general way's.
  static let largestCount = 50_000

  let specialisation: HostFunction.Specialisation
  private let function: UnsafeRawPointer
  private let parameters: [Parameter]
  private let slotCount: Int
  private let bufferCount: Int
  /// The array parameters and where their slots begin, for kernels that ask whether arrays overlap.
  private let arrays: [(parameter: ArrayParameter, slot: Int)]
  private let asksForOverlap: Bool
  private let hasStatus: Bool
  private let result: DType?

  /// Nil where calls have more to do.
  init?(_ specialisation: HostFunction.Specialisation) {
    let lowered = specialisation.lowered
    guard lowered.arenaSlot == nil, lowered.children.isEmpty, lowered.frameCells == 0,
      let function = specialisation.machineCode
    else { return nil }
    switch lowered.result {
    case .none: result = nil
    case .number(let dtype) where !dtype.isComplex: result = dtype
    default: return nil
    }
    var parameters: [Parameter] = []
    var slots = 0
    var arrays: [(parameter: ArrayParameter, slot: Int)] = []
    for argument in lowered.arguments {
      switch argument {
      case .scalar(let dtype) where !dtype.isComplex:
        parameters.append(.number(dtype))
        slots += 1
      case .array(let dtype, let rank, let isDense):
        let array = ArrayParameter(
          dtype: dtype, numPys: DTypeObjects.dtypes[Int(dtype.rawValue)], rank: rank,
          isDense: isDense, isWritten: lowered.written.contains(arrays.count))
        parameters.append(.array(array))
        arrays.append((array, slots))
        slots += array.slotCount
      default: return nil
      }
    }
    self.specialisation = specialisation
    self.function = function
    self.parameters = parameters
    self.arrays = arrays
    asksForOverlap = lowered.needsSeparateArguments
    slotCount = slots + 1  // The watch comes last.
    hasStatus = !lowered.failures.isEmpty
    bufferCount = arrays.count + (hasStatus ? 1 : 0) + (result == nil ? 0 : 1)
  }

  /// What the call gives; nil, before anything ran, for arguments that are others.
  @inline(__always)
  func call(_ given: UnsafePointer<Ref>?, _ count: Int) throws(PythonError) -> Ref? {
    guard count == parameters.count else { return nil }
    // The status with its two numbers, and the result.
    let cells = 3 + 2
    let outcome = withUnsafeTemporaryAllocation(
      of: UInt64.self, capacity: slotCount + bufferCount + cells
    ) { room -> Outcome in
      guard let start = room.baseAddress else { return .others }  // The cells are there always.
      return run(given, start)
    }
    switch outcome {
    case .others: return nil
    case .stopped: throw .raised
    case .failed(let status, let first, let second):
      throw .martlet(specialisation.failure(status, first, second))
    case .ended(let low):
      guard let result else { return Python.none }
      let bits = UInt64(8 * result.itemSize)
      return try pythonNumber(
        Scalar(dtype: result, low: bits == 64 ? low : low & ((1 << bits) - 1)))
    }
  }

  private enum Outcome {
    case others
    /// A signal's handler has set its exception.
    case stopped
    case failed(Int, Int64, Int64)
    /// The bits of the result, if there is one.
    case ended(UInt64)
  }

  private func run(_ given: UnsafePointer<Ref>?, _ room: UnsafeMutablePointer<UInt64>) -> Outcome {
    let cells = room + slotCount + bufferCount
    // The memory is this call's alone, and as large as the counts say.
    let slots = UnsafeMutableRawPointer(room).bindMemory(to: Int64.self, capacity: slotCount)
    let buffers = UnsafeMutableRawPointer(room + slotCount).bindMemory(
      to: UnsafeMutableRawPointer?.self, capacity: bufferCount)
    var (slot, buffer) = (0, 0)
    for i in parameters.indices {
      guard let object = given?[i] else { return .others }
      switch parameters[i] {
      case .number(let dtype):
        guard let bits = Self.number(object, dtype) else { return .others }
        slots[slot] = Int64(bitPattern: bits)
        slot += 1
      case .array(let expected):
        guard let memory = Self.array(object, expected, slots + slot) else { return .others }
        buffers[buffer] = memory
        buffer += 1
        slot += expected.slotCount
      }
    }
    if asksForOverlap {
      guard areSeparate(slots, buffers) else { return .others }
    }
    for i in 0..<5 { cells[i] = 0 }
    if hasStatus {
      buffers[buffer] = UnsafeMutableRawPointer(cells)
      buffer += 1
    }
    if result != nil { buffers[buffer] = UnsafeMutableRawPointer(cells + 3) }
    // The caller holds the arguments and the interpreter's lock, so the memory stays; the watch sees
    // to it where it lets other code run.
    var watch = martlet_watch()
    let isStopped = withUnsafeMutablePointer(to: &watch) { watch in
      martlet_watch_begin(watch)
      watch.pointee.arguments = given.map {
        UnsafeRawPointer($0).assumingMemoryBound(to: UnsafeRawPointer?.self)
      }
      watch.pointee.argument_count = Int64(parameters.count)
      slots[slot] = Int64(Int(bitPattern: watch))
      let span = Profiler.isOn ? Profiler.begin() : nil
      martlet_call_kernel(function, buffers, slots, 0, 1)
      if let span { Profiler.end(span, .launch, specialisation.lowered.kernel.name) }
      return martlet_watch_is_stopped(watch)
    }
    Interruption.end(watch)
    if isStopped { return .stopped }
    if cells[0] != 0 {
      return .failed(
        Int(truncatingIfNeeded: cells[0]), Int64(bitPattern: cells[1]),
        Int64(bitPattern: cells[2]))
    }
    return .ended(cells[3])
  }

  // MARK: Overlap

  /// Whether no array that is written overlaps another, nor might overlap itself, which takes a
  /// longer look.
  private func areSeparate(
    _ slots: UnsafeMutablePointer<Int64>, _ buffers: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  ) -> Bool {
    for i in arrays.indices where arrays[i].parameter.isWritten {
      guard isContiguous(arrays[i].parameter, slots + arrays[i].slot) else { return false }
      let own = place(i, slots, buffers)
      for j in arrays.indices where j != i {
        if place(j, slots, buffers).overlaps(own) { return false }
      }
    }
    return true
  }

  private func stride(
    _ array: ArrayParameter, _ axis: Int, _ slots: UnsafeMutablePointer<Int64>
  ) -> Int {
    array.isDense && axis == array.rank - 1 ? 1 : Int(slots[array.rank + axis])
  }

  private func isContiguous(
    _ array: ArrayParameter, _ slots: UnsafeMutablePointer<Int64>
  ) -> Bool {
    var expected = 1
    for axis in (0..<array.rank).reversed() {
      if slots[axis] > 1, stride(array, axis, slots) != expected { return false }
      expected *= Int(slots[axis])
    }
    return true
  }

  /// The addresses that an array's elements have.
  private func place(
    _ i: Int, _ slots: UnsafeMutablePointer<Int64>,
    _ buffers: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  ) -> Range<Int> {
    let (array, slot) = arrays[i]
    var low = Int(bitPattern: buffers[i])
    var high = low
    for axis in 0..<array.rank {
      let size = Int(slots[slot + axis])
      if size == 0 { return low..<low }
      let span = (size - 1) * stride(array, axis, slots + slot) * array.dtype.itemSize
      if span < 0 { low += span } else { high += span }
    }
    return low..<high + array.dtype.itemSize
  }

  // MARK: Arguments

  /// The bits of a number of that dtype.
  @inline(__always)
  private static func number(_ object: Ref, _ dtype: DType) -> UInt64? {
    if isType(object, py_float_type()) {
      return dtype == .float64 ? PyFloat_AsDouble(object).bitPattern : nil
    }
    if isType(object, py_long_type()) {
      var overflow: Int32 = 0
      let value = PyLong_AsLongLongAndOverflow(object, &overflow)
      return dtype == .int64 && overflow == 0 ? UInt64(bitPattern: value) : nil
    }
    if isType(object, py_bool_type()) {
      return dtype == .bool ? (object == py_true() ? 1 : 0) : nil
    }
    guard let scalar = NumPyScalar.value(of: object), scalar.dtype == dtype else { return nil }
    return scalar.low
  }

  /// Where the array's first element is; its sizes and strides go to `slots`.
  @inline(__always)
  private static func array(
    _ object: Ref, _ expected: ArrayParameter, _ slots: UnsafeMutablePointer<Int64>
  ) -> UnsafeMutableRawPointer? {
    if NumPyArray.check(object) { return numPys(object, expected, slots) }
    return ArrayObject.isExact(object) ? own(object, expected, slots) : nil
  }

  private static func numPys(
    _ object: Ref, _ expected: ArrayParameter, _ slots: UnsafeMutablePointer<Int64>
  ) -> UnsafeMutableRawPointer? {
    let fields = NumPyArray.fields(object)
    let rank = expected.rank
    guard fields.pointee.dtype == expected.numPys, Int(fields.pointee.rank) == rank,
      fields.pointee.flags & NUMPY_ALIGNED != 0,
      !expected.isWritten || NumPyArray.isWritable(object)
    else { return nil }
    guard rank > 0 else { return fields.pointee.data }
    guard let sizes = fields.pointee.dimensions, let strides = fields.pointee.strides else {
      return nil
    }
    let itemSize = expected.dtype.itemSize
    var count = 1
    for axis in 0..<rank {
      // Of an axis with one element the stride means nothing; larger ones are no array's of Martlet's.
      guard strides[axis] % itemSize == 0 || sizes[axis] <= 1, sizes[axis] < largestCount,
        strides[axis].magnitude <= UInt(Shape.maximumCount)
      else { return nil }
      slots[axis] = Int64(sizes[axis])
      count = count &* sizes[axis]
      guard count < largestCount else { return nil }
      if axis < rank - 1 || !expected.isDense {
        slots[rank + axis] = Int64(strides[axis] / itemSize)
      }
    }
    let isDense = strides[rank - 1] == itemSize || sizes[rank - 1] <= 1
    return isDense == expected.isDense ? fields.pointee.data : nil
  }

  private static func own(
    _ object: Ref, _ expected: ArrayParameter, _ slots: UnsafeMutablePointer<Int64>
  ) -> UnsafeMutableRawPointer? {
    let state = ArrayObject.state(object)
    let rank = expected.rank
    guard state.pointee.dtype == expected.dtype, state.pointee.layout.rank == rank,
      let memory =
        expected.isWritten ? ArrayObject.memoryForWriting(object) : DirectDoor.address(state)
    else { return nil }
    var count = 1
    for axis in 0..<rank {
      slots[axis] = Int64(state.pointee.layout.shape[axis])
      count = count &* state.pointee.layout.shape[axis]
      if axis < rank - 1 || !expected.isDense {
        slots[rank + axis] = Int64(state.pointee.layout.strides[axis])
      }
    }
    guard rank > 0 else { return memory }
    let isDense =
      state.pointee.layout.strides[rank - 1] == 1 || state.pointee.layout.shape[rank - 1] <= 1
    return isDense == expected.isDense && count < largestCount ? memory : nil
  }
}
