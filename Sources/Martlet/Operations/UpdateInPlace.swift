import MartletIR
import MartletRuntime

extension ElementwiseOperation {
  /// Replaces each element that the indices select by the operation's result on it, as `ufunc.at`:
  /// one place after the other, so that an element that is selected twice is computed twice. For
  /// operations of two operands `value`, broadcast, is the second. The array keeps its dtype.
  ///
  /// - Throws: `.invalidArgument` for a row of other operands and for a value that does not broadcast
  ///   to the selection, what reading the indices throws, `.noLoop`, `.outOfMemory`.
  public func apply(
    to array: inout NDArray, at indices: [AxisIndex], _ value: NDArray? = nil
  ) throws(MartletError) {
    // Of a view that shows an element more than once, only the chosen places change.
    if !array.layout.isInjective { array = try array.copy() }
    if array.count * 2 < array.storage.byteCount / array.dtype.itemSize { try array.detach() }
    try array.update(try array.selection(indices), by: self, value)
  }

  /// - Throws: `.invalidArgument` unless the row has one result, and its second operand is there just
  ///   where it takes one.
  package func checkUpdates(hasValue: Bool) throws(MartletError) {
    func failure(_ detail: String) -> MartletError {
      .invalidArgument(operation: name, detail: detail)
    }
    guard inputCount <= 2 else {
      throw failure("Only unary and binary ufuncs supported at this time")
    }
    guard outputCount == 1 else {
      throw failure("Only single output ufuncs supported at this time")
    }
    if inputCount == 1, hasValue { throw failure("second operand provided when ufunc is unary") }
    if inputCount == 2, !hasValue { throw failure("second operand needed for ufunc") }
  }
}

extension NDArray {
  /// The same for a subscript that was read for this array or a view of its storage.
  package mutating func update(
    _ selection: Selection, by operation: ElementwiseOperation, _ value: NDArray?
  ) throws(MartletError) {
    try operation.checkUpdates(hasValue: value != nil)
    let operands = [Operand.array(self)] + (value.map { [.array($0)] } ?? [])
    let loop = try Elementwise.resolve(operation, operands, dtype: nil, casting: .sameKind)
    let plan = try plan(selection)
    let (rest, shape) = (plan.rest, plan.rest.shape)
    if Trace.isUsed,
      storage.tapeNode != nil || value?.storage.tapeNode != nil || selection.isOnTape
    {
      try updateTraced(selection, by: operation, value, shape: shape)
      return
    }
    let indices = try indices(selection, plan)
    if let value, value.layout.broadcast(to: shape) == nil {
      throw .invalidArgument(
        operation: operation.name, detail: "array is not broadcastable to correct shape")
    }
    if shape.elementCount == 0 { return }
    if operation.integerEvents == .negativeExponent, operation.loops[loop].inputs[1].isSigned,
      let value, value.dtype.isSigned, try value.reduced(.minimum).item().asInt64 < 0
    {
      throw .invalidArgument(
        operation: operation.name, detail: IntegerEvents.negativeExponentMessage)
    }

    // What is read must not be what is written.
    let own = storage
    func settled(_ array: NDArray) throws(MartletError) -> NDArray {
      _ = try array.storage.evaluatedHere()
      return array.storage === own || array.storage.isPinned ? try array.copy() : array
    }
    var kernel = UpdateKernel(operation, loop: loop, dtype)
    kernel.value = try value.map { (value) throws(MartletError) in try settled(value) }
    for (index, size, stride) in indices {
      kernel.indices.append((try settled(index), size, stride))
    }
    let (dtype, types) = (dtype, operation.loops[loop].inputs)
    let events = try withExclusiveMemory { (memory, device) throws(MartletError) in
      if device.isHost, operation === ElementwiseOperation.add, rest.rank == 1, types[0] == dtype,
        kernel.indices.count == 1, let index = kernel.indices.first, let value = kernel.value,
        let events = try DirectUpdate.add(
          value, at: index.array, to: memory + rest.offset * dtype.itemSize, size: index.size,
          stride: index.stride, dtype)
      {
        return events
      }
      return try kernel.run(memory, rest, on: device)
    }
    try events.report(operation, as: "at", on: storage.device)
  }

  /// Its own function, so that nothing else refers to the storage when it is written.
  private mutating func withExclusiveMemory<Result>(
    _ body: (UnsafeMutableRawPointer, Device) throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    try body(try writablePointer(), storage.device)
  }
}

/// The kernel that applies a row to places of an array, one after the other: a single task, so that
/// repeated places are computed in order on every device.
private struct UpdateKernel {
  let operation: ElementwiseOperation
  let loopNumber: Int
  let dtype: DType
  var value: NDArray?
  /// Broadcast to the selection, with the axes' sizes and strides.
  var indices: [(array: NDArray, size: Int, stride: Int)] = []

  init(_ operation: ElementwiseOperation, loop: Int, _ dtype: DType) {
    self.operation = operation
    loopNumber = loop
    self.dtype = dtype
  }

  private var loop: TypedLoop { operation.loops[loopNumber] }

  /// Whether the processor's flags say what happened: it rounds once, with nothing on the way.
  private var flagsTell: Bool {
    ElementwiseOperation.arithmeticRows.contains { $0 === operation }
      && (loop.inputs[0] == .float32 || loop.inputs[0] == .float64)
  }

  /// `rest` is where the elements are without their indices.
  func run(
    _ memory: UnsafeMutableRawPointer, _ rest: Layout, on device: Device
  ) throws(MartletError) -> StepEvents {
    let sources = indices.map(\.array) + (value.map { [$0] } ?? [])
    let layouts = [rest] + sources.map { $0.layout.broadcast(to: rest.shape)! }
    let nest = LoopNest(rest.shape, layouts: layouts, leading: 0, isOrdered: true)
    let notes = try NDArray(uninitialised: Shape(), .uint8, on: device)

    var owners: [AnyObject] = []
    var addresses: [UnsafeMutableRawPointer?] = [memory + nest.offsets[0] * dtype.itemSize]
    for (i, source) in sources.enumerated() {
      let start = try source.storage.evaluated(on: device, keeping: &owners)
      addresses.append(start + nest.offsets[i + 1] * source.dtype.itemSize)
    }
    addresses.append(try notes.storage.writableHere())

    var slots = nest.dimensions.map { Int64($0.size) }
    for index in indices { slots += [Int64(index.size), Int64(index.stride)] }
    let strides = layouts.indices.map { buffer in
      nest.dimensions.enumerated().map { i, dimension in
        var next = slots.count
        let stride = dimension.strides[buffer]
        let isLast = i == nest.dimensions.count - 1
        let known = LoopNest.stride(stride, innermost: isLast, slots: &next)
        if next > slots.count { slots.append(Int64(stride)) }
        return known
      }
    }
    var key = KernelKey()
    key.append(0x5000 | indices.count)
    key.append(operation.index << 8 | loopNumber)
    key.append(nest.dimensions.count)
    key.append(dtype, strides[0])
    for (source, stride) in zip(sources, strides.dropFirst()) { key.append(source.dtype, stride) }

    // Tasks are never cut, and this is one.
    let flags = try KernelLibrary.launch(
      key, on: device, buffers: addresses, slots: slots, tasks: 1, elements: 0
    ) {
      kernel(sources.map(\.dtype), strides, depth: nest.dimensions.count, slotCount: slots.count)
    }
    withExtendedLifetime((owners, sources)) {}
    if flagsTell { return StepEvents(flags) }
    return StepEvents(rawValue: UInt8(truncatingIfNeeded: try notes.item().low))
  }

  private func kernel(
    _ types: [DType], _ strides: [[Stride]], depth: Int, slotCount: Int
  ) -> Kernel {
    let b = KernelBuilder(name: "martlet_\(operation.name)_at")
    // Behind the dimensions' own indices, the elements are found by one more: the offset.
    let target = b.buffer(dtype, strides: strides[0] + [.unit], access: .readWrite)
    let sources = zip(types, strides.dropFirst()).map { b.buffer($0, strides: $1) }
    let notes = b.buffer(.uint8, strides: [.unit], access: .write)
    for _ in 0..<slotCount { _ = b.slot() }
    let zero = b.integer(0)

    func offset(_ at: [Expression]) -> Expression {
      var total = zero
      for i in indices.indices {
        let (size, stride) = (b.slotValue(depth + 2 * i), b.slotValue(depth + 2 * i + 1))
        let index = b.load(sources[i], at).cast(to: .int64)
        total = total + (index < zero).select(index + size, index) * stride
      }
      return total
    }

    b.tasks { _ in
      let events = b.declare(initial: b.integer(0, .uint8))
      func nested(_ at: [Expression]) {
        if at.count < depth {
          b.loop(.serial, from: zero, to: b.slotValue(at.count)) { nested(at + [$0]) }
          return
        }
        let place = at + [offset(at)]
        var inputs = [b.load(target, place).cast(to: loop.inputs[0])]
        if value != nil {
          inputs.append(b.load(sources[sources.count - 1], at).cast(to: loop.inputs[1]))
        }
        let result = operation(inputs)[0]
        if !flagsTell, let bits = StepEvents.bits(operation, loop, inputs, [result]) {
          b.assign(events, b.read(events) | bits)
        }
        b.store(target, place, result.cast(to: dtype))
      }
      nested([])
      b.store(notes, [zero], b.read(events))
    }
    return b.finish()
  }
}
