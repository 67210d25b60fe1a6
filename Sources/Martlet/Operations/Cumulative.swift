import MartletIR
import MartletRuntime

extension NDArray {
  /// Combines each element along an axis with all before it, as NumPy's `ufunc.accumulate`.
  ///
  /// - Parameters:
  ///   - axis: Negative ones count from the end.
  ///   - dtype: What to compute in, instead of the row's choice.
  /// - Throws: `.axisOutOfRange`, `.invalidType` without an axis, `.noLoop`, `.outOfMemory`.
  package func accumulated(
    _ operation: ElementwiseOperation, axis: Int, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try operation.checkCombines("accumulate")
    guard rank > 0 else {
      throw .invalidType(operation: operation.name, detail: "cannot accumulate on a scalar")
    }
    let axis = try normalised(axis, operation.name)
    if let done = try accumulatedAtOnce(operation, axis: axis, dtype: dtype) { return done }
    if Trace.isUsed, storage.tapeNode != nil {
      return try accumulatedTraced(operation, axis: axis, dtype: dtype)
    }
    let loop = try operation.reductionLoop(self.dtype, dtype: dtype, isUniform: true)
    let types = operation.loops[loop]
    if count == 0 { return try NDArray(uninitialised: shape, types.outputs[0], on: device) }
    // One element along the axis is its own result.
    let layout = Elementwise.resultLayout([self], shape: shape)
    if shape[axis] == 1 { return try converted(to: types.outputs[0], layout: layout) }

    let storage = try Storage(byteCount: count * types.outputs[0].itemSize, on: device)
    let result = NDArray(storage: storage, layout: layout, dtype: types.outputs[0])
    let scan = try CumulativeScan(operation, loop: loop, from: self, to: result, axis: axis)
    try result.report(try scan.run(), as: "accumulate", from: [self])
    try result.reportIntegers(operation, of: self, axis: axis)
    withExtendedLifetime(self) {}
    return result
  }

  /// The same for small arrays that the host has; nil where it takes more.
  private func accumulatedAtOnce(
    _ operation: ElementwiseOperation, axis: Int, dtype: DType?
  ) throws(MartletError) -> NDArray? {
    guard let start = storage.pointer else { return nil }
    let memory = start + layout.offset * self.dtype.itemSize
    let result: Result<NDArray?, MartletError> = withUnsafePointer(to: layout) { layout in
      DirectCall.withCall(inputs: 1, outputs: 1) { copy in
        DirectAccumulation.withAccumulation { call in
          copy.pointee.set(0, memory, layout, self.dtype)
          guard copy.pointee.settle(),
            call.pointee.settle(
              operation, memory, layout, self.dtype, axis: axis, computingIn: dtype, copy)
          else { return .success(nil) }
          do throws(MartletError) {
            let dtype = call.pointee.resultType
            let storage = try Storage(byteCount: count * dtype.itemSize)
            guard call.pointee.run(into: try storage.evaluated()) else { return .success(nil) }
            var target = Layout(contiguous: Shape())
            copy.pointee.setResultLayout(&target)
            return .success(NDArray(storage: storage, layout: target, dtype: dtype))
          } catch {
            return .failure(error)
          }
        }
      }
    }
    withExtendedLifetime(self) {}
    return try result.get()
  }

  /// What integers raised on the way to this cumulative result, which no flag shows.
  private func reportIntegers(
    _ operation: ElementwiseOperation, of source: NDArray, axis: Int
  ) throws(MartletError) {
    guard operation.integerEvents != .none, dtype.isInteger else { return }
    let steps = shape[axis] - 1
    let states = part(axis: axis, from: 0, count: steps)
    let elements = try source.part(axis: axis, from: 1, count: steps).lazilyConverted(to: dtype)
    func test(
      _ row: ElementwiseOperation, _ array: NDArray, _ number: Scalar
    ) throws(MartletError) -> NDArray {
      try Elementwise.apply(row, [.array(array), .scalar(number)])[0]
    }
    func holds(_ test: NDArray) throws(MartletError) -> Bool {
      try test.reduced(.any).item().low != 0
    }
    var events: StepEvents = []
    switch operation.integerEvents {
    case .none, .zeroInput: return
    case .negativeExponent:
      if dtype.isSigned, try holds(try test(.less, elements, Scalar(Int64(0), dtype))) {
        events.insert(.negativeExponent)
      }
    case .divisor(let quotient):
      if try holds(try test(.equal, elements, Scalar(Int64(0), dtype))) {
        events.insert(.divideByZero)
      }
      if quotient, dtype.isSigned {
        let both = [
          try test(.equal, elements, Scalar(Int64(-1), dtype)),
          try test(.equal, states, ReductionOperation.worst(dtype, true)),
        ]
        if try holds(try Elementwise.apply(.logicalAnd, both.map { .array($0) })[0]) {
          events.insert(.overflow)
        }
      }
    }
    try events.report(operation, as: "accumulate", on: device)
  }
}
