import MartletIR
import MartletRuntime

extension NDArray {
  /// Writes `value`, broadcast and converted, to the elements that `region` covers; `region` is a
  /// layout over this array's storage.
  ///
  /// Memory is written in place when no other array shares it. Pending work that reads the old
  /// elements sees the old elements: it is evaluated first, or keeps the old memory to itself.
  package mutating func assign(_ region: Layout, _ value: Operand) throws(MartletError) {
    if assignDirectly(region, value) { return }
    if Trace.isUsed, storage.tapeNode != nil || value.isOnTape {
      try assignTraced(region, value)
      return
    }
    if storage.isReadOnly { throw .readOnly(operation: "assignment") }
    if case .array(let array) = value, array.layout.broadcast(to: region.shape) == nil {
      throw .shapeMismatch(
        operation: "assignment",
        detail: "could not broadcast input array from shape \(array.shape) "
          + "into shape \(region.shape)")
    }
    if region.count == 0 { return }
    if case .array(let array) = value, array.storage === storage, array.layout == region,
      array.dtype == dtype
    {
      // `a[...] += b` ends with assigning the view to itself.
      return
    }
    _ = try storage.evaluatedHere()
    if storage.isPinned {
      try writePinned(region, value)
      return
    }
    if isKnownUniquelyReferenced(&storage), !storage.hasReaders {
      try Self.write(storage, region, dtype, value)
      return
    }
    if region.count * 2 >= count, isWhole {
      storage = try rewritten(region, value)
      return
    }
    // A small part of memory that others may read: let pending readers finish, then look again.
    try writeShared(region, try Self.readerless(storage, value))
  }

  /// Computes an operation into the region, in the memory that is there, where all that it reads is in
  /// memory too. False where the general way must, which then finds everything as it was.
  ///
  /// An operand that is the region itself is read element by element before it is written. Only
  /// operations whose events the flags tell are done so: there is no second look at what they read.
  package mutating func update(
    _ region: Layout, _ operation: ElementwiseOperation,
    _ operands: UnsafePointer<StandingOperand>
  ) throws(MartletError) -> Bool {
    guard region.count >= Graph.lazyCount, storage.isHosts, !storage.isReadOnly,
      !GlobalState.isEager, storage.tapeNode == nil,
      let choice = Graph.lock.locked({ LoopChoice.of(operation, operands, operation.inputCount) }),
      choice.isExact, choice.result == dtype
    else { return false }
    let own = Unmanaged.passUnretained(storage).toOpaque()
    for k in 0..<operation.inputCount {
      guard let other = operands[k].storage else { continue }
      let layout = operands[k].layout
      if other.toOpaque() == own {
        guard layout.pointee == region, operands[k].dtype == dtype else { return false }
        continue
      }
      let source = other.takeUnretainedValue()
      guard source.device.isHost, source.tapeNode == nil, !(source.isPinned && storage.isPinned),
        layout.pointee.broadcast(to: region.shape) != nil
      else { return false }
      if source.pointer != nil { continue }
      // Of a large part of an array the whole array is made anew, in one pass with what is pending.
      guard region.count * 2 < count else { return false }
      _ = try source.evaluated()
    }
    guard storage.isUnread, region.isInjective,
      storage.isPinned || isKnownUniquelyReferenced(&storage)
    else { return false }
    let pointer = try storage.writableHere()
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: region.shape, on: .host)
      var inputs: [Program.Operand] = []
      for k in 0..<operation.inputCount {
        guard let other = operands[k].storage else {
          inputs.append(builder.scalar(operands[k].number))
          continue
        }
        inputs.append(
          builder.leaf(
            try other.takeUnretainedValue().evaluated(),
            operands[k].layout.pointee.broadcast(to: region.shape) ?? region, operands[k].dtype))
      }
      builder.output(
        builder.step(operation, loop: choice.loop, inputs), to: pointer, region, dtype)
      try Evaluation.run(builder, flagsTell: operation)
    }
    return true
  }

  /// Whether this is all of its storage in C order, so that new memory can stand in for it.
  var isWhole: Bool {
    layout.offset == 0 && layout.isContiguous
      && (count + 1) * dtype.itemSize > storage.arrayByteCount
  }

  /// Writes to memory that others see: never elsewhere, and never while reading what is written.
  private mutating func writePinned(
    _ region: Layout, _ value: Operand
  ) throws(MartletError) {
    try Self.write(storage, region, dtype, try Self.readerless(storage, value))
  }

  /// `value`, after all that reads the memory has run. Nothing refers to the storage longer than
  /// this takes, so that its owner can see that it is the only one.
  private static func readerless(
    _ storage: Storage, _ value: Operand
  ) throws(MartletError) -> Operand {
    try Graph.lock.locked { () throws(MartletError) in
      try storage.evaluateReaders()
      return try detached(value, from: storage)
    }
  }

  private mutating func writeShared(_ region: Layout, _ value: Operand) throws(MartletError) {
    if !isKnownUniquelyReferenced(&storage) { storage = try duplicated() }
    try Self.write(storage, region, dtype, value)
  }

  /// `value` with memory of its own where it reads `storage`'s or is pending.
  private static func detached(
    _ value: Operand, from storage: Storage
  ) throws(MartletError) -> Operand {
    guard case .array(let array) = value else { return value }
    _ = try array.storage.evaluatedHere()
    guard array.storage === storage || (array.storage.isPinned && storage.isPinned) else {
      return value
    }
    return .array(try array.copy())
  }

  private static func write(
    _ storage: Storage, _ region: Layout, _ dtype: DType, _ value: Operand
  ) throws(MartletError) {
    var (region, value) = (region, value)
    if !region.isContiguous {
      keepLast(&region, &value)
      if region.count >= Graph.lazyCount, !region.isInjective {
        try writeRows(storage, region, dtype, value)
        return
      }
    }
    let pointer = try storage.writableHere()
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: region.shape, on: storage.device)
      let operand = try builder.operand(value, as: dtype)
      builder.output(operand, to: pointer, region, dtype)
      let kept = try builder.outputKept(except: nil)
      try Evaluation.run(builder)
      for (node, memory) in kept { node.finish(memory) }
    }
    withExtendedLifetime(value) {}
  }

  /// Of an axis along which the region stays at one place only the last step is to be seen.
  private static func keepLast(_ region: inout Layout, _ value: inout Operand) {
    for axis in 0..<region.rank where region.strides[axis] == 0 && region.shape[axis] > 1 {
      let last = region.shape[axis] - 1
      region = region.sliced(axis: axis, start: last, count: 1, step: 1)
      guard case .array(let array) = value else { continue }
      let own = axis - (region.rank - array.rank)
      if own >= 0, array.shape[own] > 1 {
        value = .array(array.view(array.layout.sliced(axis: own, start: last, count: 1, step: 1)))
      }
    }
  }

  /// One row after another, where rows overlap: the last one wins, whatever the number of threads.
  private static func writeRows(
    _ storage: Storage, _ region: Layout, _ dtype: DType, _ value: Operand
  ) throws(MartletError) {
    var rows: NDArray?
    if case .array(let array) = value, let layout = array.layout.broadcast(to: region.shape) {
      _ = try array.storage.evaluatedHere()
      rows = array.view(layout)
    }
    for i in 0..<region.shape[0] {
      let row = rows.map { Operand.array($0.view($0.layout.indexed(axis: 0, at: i))) } ?? value
      try write(storage, region.indexed(axis: 0, at: i), dtype, row)
    }
  }

  /// New memory with `value` in the region and the old elements around it: one pass over both,
  /// which is how a stencil that reads what it writes needs no temporary.
  private func rewritten(_ region: Layout, _ value: Operand) throws(MartletError) -> Storage {
    let old = try storage.evaluatedHere()
    let device = storage.device
    let buffer = try Buffer(
      byteCount: Swift.max(layout.extent.upperBound * dtype.itemSize, 1), on: device)
    let fresh = Storage(buffer, on: device)
    if let box = ViewMapping(region, of: shape)?.box(of: shape) {
      // What lies around the box: for each dimension a slab before and a slab after.
      var rest = layout
      for (axis, range) in box.enumerated() {
        let size = shape[axis]
        for part in [0..<range.lowerBound, range.upperBound..<size] where !part.isEmpty {
          let slab = rest.sliced(axis: axis, start: part.lowerBound, count: part.count, step: 1)
          try Self.copyElements(from: old, to: buffer.pointer, slab, dtype, on: device)
        }
        rest = rest.sliced(axis: axis, start: range.lowerBound, count: range.count, step: 1)
      }
    } else {
      try Self.copyElements(from: old, to: buffer.pointer, layout, dtype, on: device)
    }
    try Self.write(fresh, region, dtype, value)
    return fresh
  }

  /// The whole storage again, so that layouts over it stay valid.
  package func duplicated() throws(MartletError) -> Storage {
    Counters.copiedBytes.addExactly(storage.byteCount)
    let span = Profiler.isOn ? Profiler.begin() : nil
    defer {
      if let span {
        // The kernel that copies is recorded inside.
        Profiler.end(
          span, .copy, "copy of shared memory", on: storage.device.name,
          note: "another array shares memory that is written", bytes: 2 * storage.byteCount)
      }
    }
    let old = try storage.evaluatedHere()
    let device = storage.device
    let elements = storage.byteCount / dtype.itemSize
    let buffer = try Buffer(byteCount: Swift.max(storage.byteCount, 1), on: device)
    try Self.copyElements(
      from: old, to: buffer.pointer, Layout(contiguous: [elements]), dtype, on: device)
    return Storage(buffer, on: device)
  }

  /// Copies the elements of a layout between two memories of the same arrangement.
  private static func copyElements(
    from old: UnsafeMutableRawPointer, to new: UnsafeMutableRawPointer, _ layout: Layout,
    _ dtype: DType, on device: Device
  ) throws(MartletError) {
    if layout.count == 0 { return }
    if device.isHost, layout.count < DirectCall.limitInto {
      // The rim of a stencil, as a rule: a few rows and columns.
      let itemSize = dtype.itemSize
      let offset = layout.offset * itemSize
      DirectMove.copy(old + offset, layout, to: new + offset, layout, itemSize: itemSize)
      return
    }
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: layout.shape, on: device)
      let operand = builder.leaf(old, layout, dtype)
      builder.output(operand, to: new, layout, dtype)
      try Evaluation.run(builder)
    }
  }

  /// For Swift's subscripts: memory of its own before a part of this array is written, where
  /// another array may share it, so that a small view doesn't copy what it was cut from.
  package mutating func detach() throws(MartletError) {
    if storage.isPinned { return }
    if isKnownUniquelyReferenced(&storage) { return }
    self = try copy()
  }
}

extension ProgramBuilder {
  /// An operand that becomes `dtype`: literals convert at once.
  mutating func operand(
    _ value: Operand, as dtype: DType
  ) throws(MartletError) -> Program.Operand {
    switch value {
    case .array(let array): return try self.array(array)
    case .scalar(let number): return scalar(number)
    case .weak(_, let number): return scalar(number.converted(to: dtype))
    }
  }
}
