import MartletIR
import MartletRuntime

extension NDArray {
  /// Combines the elements along axes.
  ///
  /// - Parameters:
  ///   - axes: Negative ones count from the end; nil means all.
  ///   - keepDimensions: Whether reduced axes stay, with length 1.
  ///   - dtype: What to compute in, instead of the row's choice.
  ///   - mask: Where false, an element does not count.
  ///   - parameter: `ddof`, for `var` and `std`.
  /// - Throws: `.axisOutOfRange`, `.invalidArgument` for no elements without identity, `.noLoop`.
  package func reduced(
    _ operation: ReductionOperation, axes: [Int]? = nil, keepDimensions: Bool = false,
    dtype: DType? = nil, mask: NDArray? = nil, parameter: Int = 0
  ) throws(MartletError) -> NDArray {
    let isReduced = try reducedAxes(operation.name, axes)
    if Trace.isUsed, storage.tapeNode != nil || mask?.storage.tapeNode != nil {
      return try reducedTraced(
        operation, isReduced, axes: axes, keepDimensions: keepDimensions, dtype: dtype, mask: mask,
        parameter: parameter)
    }
    guard let (compute, resultType) = operation.types(of: self.dtype, as: dtype) else {
      throw .noLoop(operation: operation.name, dtypes: [dtype == .bool ? .bool : self.dtype])
    }
    if let done = try reducedAtOnce(
      operation, isReduced, keepDimensions: keepDimensions, dtype: dtype, mask: mask,
      parameter: parameter)
    {
      return done
    }
    var kept = Shape()
    var full = Shape()
    var reducedCount = 1
    for (axis, size) in shape.enumerated() {
      if isReduced[axis] {
        reducedCount *= size
        full.append(1)
      } else {
        kept.append(size)
        full.append(size)
      }
    }
    if reducedCount == 0 { try checkEmpty(operation) }
    let device = try Placement.device(of: [self] + (mask.map { [$0] } ?? []), for: operation.name)
    var result = try NDArray(uninitialised: kept, resultType, on: device)
    if kept.rank > 1, !operation.givesPositions, !layout.isContiguous {
      result.layout = layout.reducing(isReduced, keepsDimensions: false)
    }
    // The result over the domain: it does not move along reduced axes.
    var target = Layout(shape: shape, strides: Shape(repeating: 0, count: rank))
    var next = 0
    for axis in 0..<rank where !isReduced[axis] {
      target.strides[axis] = result.layout.strides[next]
      next += 1
    }
    if result.count > 0 {
      if reducedCount == 0 {
        try result.fillEmpty(operation, compute)
      } else {
        let source = self
        try Graph.lock.locked { () throws(MartletError) in
          var builder = ProgramBuilder(domain: source.shape, on: device, allowsShifts: false)
          let operand = try builder.array(source)
          let predicate = try mask.map { (mask) throws(MartletError) in try builder.array(mask) }
          let kept = try builder.outputKept(except: nil)
          if !kept.isEmpty {
            // An array still wants part of this: write it, then read it here.
            try Evaluation.run(builder)
            for (node, memory) in kept { node.finish(memory) }
            builder = ProgramBuilder(domain: source.shape, on: device, allowsShifts: false)
            let again = try builder.array(source)
            let predicate = try mask.map { (mask) throws(MartletError) in try builder.array(mask) }
            try Self.run(
              builder, operation, isReduced, compute, resultType, again, predicate, parameter,
              into: result, target)
            return
          }
          try Self.run(
            builder, operation, isReduced, compute, resultType, operand, predicate, parameter,
            into: result, target)
        }
      }
    }
    withExtendedLifetime((self, mask)) {}
    guard keepDimensions else { return result }
    if operation.givesPositions || layout.isContiguous {
      return result.view(Layout(contiguous: full))
    }
    return result.view(layout.reducing(isReduced, keepsDimensions: true))
  }

  /// The same for small arrays that the host has; nil where it takes more.
  private func reducedAtOnce(
    _ operation: ReductionOperation, _ isReduced: [Bool], keepDimensions: Bool, dtype: DType?,
    mask: NDArray?, parameter: Int
  ) throws(MartletError) -> NDArray? {
    guard let memory = storage.pointer, mask == nil || mask?.dtype == .bool else { return nil }
    let maskMemory = mask?.storage.pointer
    if mask != nil, maskMemory == nil { return nil }
    var axes: DirectReduction.Axes = 0
    for (axis, isReduced) in isReduced.enumerated() where isReduced { axes |= 1 << UInt8(axis) }
    let result: Result<NDArray?, MartletError> = withUnsafePointer(to: layout) { layout in
      withUnsafePointer(to: mask?.layout ?? self.layout) { maskLayout in
        DirectReduction.withReduction { call in
          guard
            call.pointee.settle(
              operation, memory + layout.pointee.offset * self.dtype.itemSize, layout, self.dtype,
              axes: axes, keepsDimensions: keepDimensions, computingIn: dtype,
              mask: maskMemory.map { ($0 + maskLayout.pointee.offset, maskLayout) },
              parameter: parameter)
          else { return .success(nil) }
          do throws(MartletError) {
            let storage = try Storage(
              byteCount: call.pointee.count * call.pointee.resultType.itemSize)
            guard call.pointee.run(into: try storage.evaluated()) else { return .success(nil) }
            var target = Layout(contiguous: Shape())
            call.pointee.setResultLayout(&target)
            return .success(
              NDArray(storage: storage, layout: target, dtype: call.pointee.resultType))
          } catch {
            return .failure(error)
          }
        }
      }
    }
    withExtendedLifetime((self, mask)) {}
    return try result.get()
  }

  private static func run(
    _ builder: ProgramBuilder, _ operation: ReductionOperation, _ isReduced: [Bool],
    _ compute: DType, _ result: DType, _ operand: Program.Operand, _ predicate: Program.Operand?,
    _ parameter: Int, into array: NDArray, _ target: Layout
  ) throws(MartletError) {
    let lowering = ReductionLowering(
      builder.program, reduction: operation, reduced: isReduced, variant: Int(operand.word) << 9,
      parameter: Int64(parameter), compute: compute, result: result, predicate: predicate
    ) { $0.expression(operand) }
    let memory = try array.storage.evaluatedHere()
    let events = try lowering.run(into: memory, target)
    if array.device.isHost {
      operation.report(events, memory, result, count: array.count)
    }
    withExtendedLifetime(builder) {}
  }

  /// Which axes are meant, each at most once.
  package func reducedAxes(_ name: String, _ axes: [Int]?) throws(MartletError) -> [Bool] {
    guard let axes else { return Array(repeating: true, count: rank) }
    var result = Array(repeating: false, count: rank)
    for axis in axes {
      let place = try normalised(axis, name)
      if result[place] {
        throw .invalidArgument(operation: name, detail: "duplicate value in 'axis'")
      }
      result[place] = true
    }
    return result
  }

  /// An axis counted from the start.
  package func normalised(_ axis: Int, _ name: String) throws(MartletError) -> Int {
    guard axis >= -rank, axis < rank else {
      throw .axisOutOfRange(operation: name, axis: axis, rank: rank)
    }
    return axis < 0 ? axis + rank : axis
  }

  private func checkEmpty(_ operation: ReductionOperation) throws(MartletError) {
    switch operation.identity {
    case .number, .negativeInfinity: return
    case .reorderable:
      throw .invalidArgument(
        operation: operation.name,
        detail: "zero-size array to reduction operation "
          + "\(operation.name == "max" ? "maximum" : "minimum") which has no identity")
    case .none:
      if operation.name.hasPrefix("arg") {
        throw .invalidArgument(
          operation: operation.name,
          detail: "attempt to get \(operation.name) of an empty sequence")
      }
    }
  }

  /// The result for no elements: the identity, or NaN for averages.
  private mutating func fillEmpty(
    _ operation: ReductionOperation, _ compute: DType
  ) throws(MartletError) {
    let value: Scalar =
      switch operation.identity {
      case .number(let n): Scalar(Int64(n), dtype)
      case .negativeInfinity: Scalar(-.infinity, dtype)
      default: Scalar(real: .nan, imaginary: .nan, dtype)
      }
    if case .none = operation.identity {
      FloatingPointLog.append(.init(operation: "scalar divide", kind: .invalid))
    }
    try fill(layout, try .repeating(value, shape))
  }
}
