import MartletIR
import MartletRuntime

// What a direct call raised, by `Audit`'s rules. Flags only say that something may have happened;
// here each element's operands and result tell what, by a kernel beside the operation's own that
// leaves a byte for each element.

/// The bits that such a kernel leaves.
private enum AuditBits {
  /// Of the operation, in the order of `FloatingPointLog.kinds`; its underflow is not among them.
  static let operation: [UInt8?] = [1, 2, nil, 4]
  /// Of the conversion to a given output's type.
  static let cast: [UInt8?] = [8, 16, nil, 32]
}

extension DirectCall {
  /// The most elements that are looked at here: beyond, the general way looks with all threads.
  private static let auditLimit = 1 << 14

  /// Notes what the operation raised on elements that it was computed of a moment ago; false where
  /// the general way must look. The inputs must be what they were.
  @inline(never)
  mutating func audit(_ operation: ElementwiseOperation) -> Bool {
    let reported = GlobalState.reported
    guard count <= Self.auditLimit, !reported.contains(.underflow),
      operation.index < DirectKernels.rowLimit
    else { return false }
    // A square or a root is told of as such.
    if operation === ElementwiseOperation.power, layouts[1].pointee.rank == 0 { return false }
    if FloatingPointLog.isSilent { return true }
    let (inputs, outputs) = (inputCount, outputCount)
    let inner = (loopCount &- 1) &* Self.maximum
    // The two highest bits tell it from other kernels.
    var key = 3 << 62 | UInt64(truncatingIfNeeded: operation.index) << 1 | 1
    if isMasked { key |= 1 << 61 }
    for k in 0..<(inputs &+ outputs) {
      var move: UInt64 = 1
      if k < inputs, inner >= 0 { move = DirectKernels.moveClass(loopStrides[inner + k]) }
      key |= (UInt64(dtypes[k].rawValue) << 3 | move) << (12 + 7 * UInt64(k))
    }
    guard let entry = DirectKernels.entry(key) ?? prepareAudit(key, operation),
      let function = entry.pointee.function
    else { return false }

    // The bytes lie in the order of the loops, in the place of the first output.
    let (memory, dtype, strides) = (memories[inputs], dtypes[inputs], loopStrides)
    defer {
      (memories[inputs], dtypes[inputs], loopStrides) = (memory, dtype, strides)
      outputCount = outputs
    }
    var next = 1
    for loop in (0..<loopCount).reversed() {
      loopStrides[loop * Self.maximum + inputs] = next
      next *= loopSizes[loop]
    }
    outputCount = 1
    dtypes[inputs] = .uint8
    let found = withUnsafeTemporaryAllocation(byteCount: max(count, 1), alignment: 16) { room in
      room.initializeMemory(as: UInt8.self, repeating: 0)
      memories[inputs] = room.baseAddress
      _ = run(DirectKernel(entry: entry, function: function))
      return room.reduce(0, |)
    }
    // NumPy tells of both under the operation's name.
    for bits in [AuditBits.operation, AuditBits.cast] {
      for (bit, kind) in zip(bits, FloatingPointLog.kinds) {
        guard let bit, found & bit != 0, reported.contains(kind) else { continue }
        FloatingPointLog.append(.init(operation: operation.name, kind: kind))
      }
    }
    return true
  }

  private mutating func prepareAudit(
    _ key: UInt64, _ operation: ElementwiseOperation
  ) -> UnsafePointer<DirectKernels.Entry>? {
    // Debugging must see every launch.
    if Debug.level != .off { return nil }
    let inner = (loopCount - 1) * Self.maximum
    let given = inputCount - (isMasked ? 1 : 0)
    return DirectKernels.prepareAudit(
      key, operation, inputs: (0..<given).map { dtypes[$0] }, isMasked: isMasked,
      outputs: (0..<outputCount).map { dtypes[inputCount + $0] },
      classes: (0..<inputCount).map {
        inner < 0 ? 1 : DirectKernels.moveClass(loopStrides[inner + $0])
      } + [1])
  }
}

extension DirectKernels {
  /// A kernel that leaves for each element what the operation raises there.
  fileprivate static func prepareAudit(
    _ key: UInt64, _ operation: ElementwiseOperation, inputs: [DType], isMasked: Bool,
    outputs: [DType], classes: [UInt64]
  ) -> UnsafePointer<Entry>? {
    guard let types = loop(of: operation, inputs, outputs) else { return add(key, nil) }
    let isCast = operation === ElementwiseOperation.cast
    let kernel = build(operation, types, inputs, isMasked, [.uint8], classes) { given, values in
      let results = isCast ? given : operation(values)
      var raised: [Audit.Conditions] = [Audit.Conditions(), Audit.Conditions()]
      if isCast {
        raised[1] = Audit.castConditions(given[0], outputs[0])
      } else {
        raised[0] = Audit.conditions(operation, types, values) { results[$0] }
        raised[1] = Audit.castConditions(results[0], outputs[0])
      }
      let zero = given[0].builder.integer(0, .uint8)
      var all = zero
      for (bits, conditions) in zip([AuditBits.operation, AuditBits.cast], raised) {
        for (bit, condition) in zip(bits, conditions.all) {
          guard let bit, let condition else { continue }
          all = all | condition.select(zero.literal(Double(bit)), zero)
        }
      }
      return [all]
    }
    return add(key, kernel, result: .uint8)
  }
}
