import CMartlet
import MartletIR
import MartletRuntime

/// A kernel that a settled call has found.
package struct DirectKernel {
  let entry: UnsafePointer<DirectKernels.Entry>
  let function: UnsafeRawPointer
  /// Whether there are integers of which the operation has something to tell, though they raise no
  /// flags.
  var mustLook = false

  /// The dtype of the first result.
  @inline(__always)
  package var result: DType { entry.pointee.results.0 }
  /// The dtype of the second result, where there is one.
  package var secondResult: DType { entry.pointee.results.1 }
}

extension DirectCall {
  /// The kernel of a settled call; nil where the general way must.
  ///
  /// - Parameter isFresh: whether the outputs are yet to be made, and take the types of the results.
  @inline(__always)
  package mutating func kernel(_ operation: ElementwiseOperation, isFresh: Bool) -> DirectKernel? {
    guard operation.index < DirectKernels.rowLimit else { return nil }
    row = .passUnretained(operation)
    let operands = inputCount &+ outputCount
    let inner = (loopCount &- 1) &* Self.maximum
    // The lowest bit tells a key from an empty place of the table.
    var key = UInt64(truncatingIfNeeded: operation.index) << 1 | 1
    if isMasked { key |= 1 << 61 }
    for k in 0..<operands {
      let dtype =
        isFresh && k >= inputCount ? DirectKernels.fresh : UInt64(dtypes[unchecked: k].rawValue)
      let move =
        inner < 0 ? 1 : DirectKernels.moveClass(loopStrides[unchecked: inner &+ k])
      key |= (dtype << 3 | move) << (12 &+ 7 &* UInt64(truncatingIfNeeded: k))
    }
    let entry = DirectKernels.entry(key) ?? prepare(key, operation, isFresh)
    guard let entry, let function = entry.pointee.function else { return nil }
    if entry.pointee.check == .none || passes(entry.pointee.check) {
      return DirectKernel(entry: entry, function: function)
    }
    // A negative exponent is an error.
    guard entry.pointee.check != .negativeExponent else { return nil }
    return DirectKernel(entry: entry, function: function, mustLook: true)
  }

  @inline(never)
  private mutating func prepare(
    _ key: UInt64, _ operation: ElementwiseOperation, _ isFresh: Bool
  ) -> UnsafePointer<DirectKernels.Entry>? {
    let inner = (loopCount - 1) * Self.maximum
    let operands = 0..<(inputCount + outputCount)
    return DirectKernels.prepare(
      key, operation, inputs: operands.prefix(inputCount - (isMasked ? 1 : 0)).map { dtypes[$0] },
      isMasked: isMasked,
      outputs: operands.suffix(outputCount).map { isFresh ? nil : dtypes[$0] },
      classes: operands.map { inner < 0 ? 1 : DirectKernels.moveClass(loopStrides[inner + $0]) })
  }

  /// Runs the kernel on all elements, and returns the floating-point events that may have happened.
  @inline(__always)
  package mutating func run(_ kernel: DirectKernel) -> FloatingPointEvents {
    if Profiler.isOn { return runRecorded(kernel) }
    return runNow(kernel)
  }

  @inline(never)
  private mutating func runRecorded(_ kernel: DirectKernel) -> FloatingPointEvents {
    let span = Profiler.begin()
    let events = runNow(kernel)
    var bytes = 0
    for k in 0..<inputCount &+ outputCount {
      bytes &+= count &* dtypes[unchecked: k].itemSize
    }
    Profiler.end(
      span, .direct, row?._withUnsafeGuaranteedRef { $0.name } ?? "", bytes: bytes,
      operations: count)
    return events
  }

  @inline(__always)
  private mutating func runNow(_ kernel: DirectKernel) -> FloatingPointEvents {
    Counters.launches.add(1)
    var slots = InlineArray<12, Int64>(repeating: 1)
    let operands = inputCount &+ outputCount
    if loopCount > 0 {
      let inner = loopCount &- 1
      slots[unchecked: 0] = Int64(loopSizes[unchecked: inner])
      for k in 0..<operands {
        slots[unchecked: 3 &+ 2 &* k] = Int64(
          loopStrides[unchecked: inner &* Self.maximum &+ k])
      }
      if inner > 0 {
        slots[unchecked: 1] = Int64(loopSizes[unchecked: inner &- 1])
        for k in 0..<operands {
          slots[unchecked: 2 &+ 2 &* k] = Int64(
            loopStrides[unchecked: (inner &- 1) &* Self.maximum &+ k])
        }
      }
    }
    if count == 0 { return [] }
    let flags = withUnsafePointer(to: &slots) { slots in
      let slots = UnsafeRawPointer(slots).assumingMemoryBound(to: Int64.self)
      if loopCount <= 2 {
        return withUnsafePointer(to: &memories) { memories in
          martlet_call_kernel_flags(
            kernel.function,
            UnsafeRawPointer(memories).assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
            slots, 0, 1)
        }
      }
      return runOuter(kernel.function, slots)
    }
    if kernel.mustLook { return GlobalState.reported }
    return FloatingPointEvents(rawValue: flags).intersection(GlobalState.reported)
  }

  /// Runs the two innermost loops for each step of those around them.
  @inline(never)
  private mutating func runOuter(
    _ function: UnsafeRawPointer, _ slots: UnsafePointer<Int64>
  ) -> UInt32 {
    let outer = loopCount &- 2
    let operands = inputCount &+ outputCount
    var place = InlineArray<8, Int>(repeating: 0)
    var current = memories
    martlet_fp_clear()
    while true {
      withUnsafePointer(to: &current) {
        martlet_call_kernel(
          function, UnsafeRawPointer($0).assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
          slots, 0, 1)
      }
      // The next step: the innermost of the outer loops that has one left.
      var loop = outer &- 1
      while loop >= 0 {
        let row = loop &* Self.maximum
        place[unchecked: loop] &+= 1
        let isDone = place[unchecked: loop] == loopSizes[unchecked: loop]
        let steps = isDone ? 1 &- loopSizes[unchecked: loop] : 1
        for k in 0..<operands {
          let bytes =
            steps &* loopStrides[unchecked: row &+ k] &* dtypes[unchecked: k].itemSize
          current[unchecked: k] = current[unchecked: k].unsafelyUnwrapped + bytes
        }
        if !isDone { break }
        place[unchecked: loop] = 0
        loop &-= 1
      }
      if loop < 0 { return martlet_fp_flags() }
    }
  }

  /// Notes the events of a kernel, of which the flags are a sign; false where the general way must
  /// find them.
  @inline(__always)
  package mutating func note(
    _ events: FloatingPointEvents, _ operation: ElementwiseOperation, _ kernel: DirectKernel
  ) -> Bool {
    if events.isEmpty { return true }
    return noteExact(events, operation, kernel)
  }

  @inline(never)
  private mutating func noteExact(
    _ events: FloatingPointEvents, _ operation: ElementwiseOperation, _ kernel: DirectKernel
  ) -> Bool {
    guard kernel.entry.pointee.isExact, !kernel.mustLook else { return audit(operation) }
    for kind in FloatingPointLog.kinds where events.contains(kind) {
      FloatingPointLog.append(.init(operation: operation.name, kind: kind))
    }
    return true
  }

  /// Whether a kernel may write where it reads: its events need no second look at what it read.
  @inline(__always)
  package mutating func mayOverwrite(_ kernel: DirectKernel) -> Bool {
    kernel.entry.pointee.isExact && !kernel.mustLook
  }
}

// MARK: - Integers that the general way must look at

extension DirectCall {
  @inline(never)
  private mutating func passes(_ check: DirectKernels.IntegerCheck) -> Bool {
    let operand = check == .zeroInput ? 0 : 1
    switch dtypes[unchecked: operand] {
    case .bool, .uint8: return passes(check, operand, UInt8.self)
    case .int8: return passes(check, operand, Int8.self)
    case .int16: return passes(check, operand, Int16.self)
    case .uint16: return passes(check, operand, UInt16.self)
    case .int32: return passes(check, operand, Int32.self)
    case .uint32: return passes(check, operand, UInt32.self)
    case .int64: return passes(check, operand, Int64.self)
    case .uint64: return passes(check, operand, UInt64.self)
    default: return false
    }
  }

  private mutating func passes<Element: FixedWidthInteger>(
    _ check: DirectKernels.IntegerCheck, _ operand: Int, _: Element.Type
  ) -> Bool {
    guard let memory = memories[unchecked: operand], count > 0 else { return true }
    let minusOne = ~Element.zero
    func isBad(_ value: Element) -> Bool {
      switch check {
      case .none: false
      case .zeroDivisor, .zeroInput: value == 0
      case .zeroOrMinusOneDivisor: value == 0 || (Element.isSigned && value == minusOne)
      case .negativeExponent: value < 0
      }
    }
    let first = memory.assumingMemoryBound(to: Element.self)
    var place = InlineArray<8, Int>(repeating: 0)
    var offset = 0
    while true {
      if isBad(first[offset]) { return false }
      var loop = loopCount &- 1
      while loop >= 0 {
        let stride = loopStrides[unchecked: loop &* Self.maximum &+ operand]
        // Along a loop that the operand does not move in there is nothing new.
        let size = stride == 0 ? 1 : loopSizes[unchecked: loop]
        place[unchecked: loop] &+= 1
        if place[unchecked: loop] < size {
          offset &+= stride
          break
        }
        offset &-= (size &- 1) &* stride
        place[unchecked: loop] = 0
        loop &-= 1
      }
      if loop < 0 { return true }
    }
  }
}
