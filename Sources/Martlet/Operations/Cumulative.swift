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
    guard operation.inputCount == 2, operation.outputCount == 1 else {
      throw .invalidArgument(
        operation: operation.name,
        detail: "accumulate only supported for binary functions returning a single value")
    }
    guard rank > 0 else {
      throw .invalidType(operation: operation.name, detail: "cannot accumulate on a scalar")
    }
    let axis = try normalised(axis, operation.name)
    let loop = try Self.accumulatingLoop(operation, dtype ?? Self.widened(operation, self.dtype))
    let types = operation.loops[loop]
    if count == 0 { return try NDArray(uninitialised: shape, types.outputs[0], on: device) }
    // One element along the axis is its own result.
    let layout = Elementwise.resultLayout([self], shape: shape)
    if shape[axis] == 1 { return try converted(to: types.outputs[0], layout: layout) }

    guard shape.checkedElementCount(itemSize: types.outputs[0].itemSize) != nil else {
      throw .outOfMemory(bytes: .max)
    }
    let storage = try Storage(byteCount: count * types.outputs[0].itemSize, on: device)
    let result = NDArray(storage: storage, layout: layout, dtype: types.outputs[0])
    let scan = try CumulativeScan(operation, loop: loop, from: self, to: result, axis: axis)
    try result.report(try scan.run(), as: "accumulate", from: [self])
    withExtendedLifetime(self) {}
    return result
  }

  /// Sums and products of small integers are computed in 64 bits.
  private static func widened(_ operation: ElementwiseOperation, _ dtype: DType) -> DType {
    guard operation === ElementwiseOperation.add || operation === ElementwiseOperation.multiply
    else { return dtype }
    if dtype.isUnsigned { return .uint64 }
    return dtype == .bool || dtype.isSigned ? .int64 : dtype
  }

  /// The loop whose result can be its next input.
  private static func accumulatingLoop(
    _ operation: ElementwiseOperation, _ dtype: DType
  ) throws(MartletError) -> Int {
    func isClosed(_ loop: TypedLoop) -> Bool {
      loop.inputs.allSatisfy { $0 == loop.outputs[0] }
    }
    if dtype == .bool, case .refusesTruthValues(let message) = operation.selection {
      throw .invalidType(operation: operation.name, detail: message)
    }
    if operation.loops.allSatisfy({ $0.outputs[0] == .bool }) {
      // Logical operations take any number as a truth value; comparisons only truth values.
      if operation.identity != .none || dtype == .bool,
        let i = operation.loops.firstIndex(where: isClosed)
      {
        return i
      }
    } else {
      let wanted =
        operation.selection == .integersAsFloat64 && (dtype == .bool || dtype.isInteger)
        ? DType.float64 : dtype
      for (i, loop) in operation.loops.enumerated()
      where isClosed(loop) && Promotion.canCast(wanted, to: loop.outputs[0], .safe) {
        return i
      }
    }
    throw .noLoop(operation: operation.name, dtypes: [dtype, dtype])
  }
}
