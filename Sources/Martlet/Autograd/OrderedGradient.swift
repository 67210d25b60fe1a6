import MartletIR
import MartletRuntime

// Elements combined one after another by any row, on arrays that are on a tape: step by step, each of
// which has its derivative.

extension ElementwiseOperation {
  /// `reduceInOrder` with the reduced axes last, one of `combined` elements.
  func reduceInOrderTraced(
    _ array: NDArray, start: Scalar?, dtype: DType, mask: NDArray?
  ) throws(MartletError) -> NDArray {
    let axis = array.rank - 1
    func element(_ place: Int, of array: NDArray) -> NDArray {
      array.view(array.layout.indexed(axis: axis, at: place))
    }
    let shape = Array(array.shape.dropLast())
    var state: NDArray
    var first = 0
    if let start {
      state = try NDArray.full(Shape(shape), start.converted(to: dtype))
    } else {
      state = try element(0, of: array).lazilyConverted(to: dtype)
      first = 1
    }
    for place in first..<Swift.max(array.shape[axis], first) {
      let next = try element(place, of: array).lazilyConverted(to: dtype)
      let combined = try Elementwise.apply(self, [.array(state), .array(next)])[0]
        .lazilyConverted(to: dtype)
      state =
        try mask.map { (mask) throws(MartletError) in
          try NDArray.selected(
            by: element(place, of: mask), .array(combined), .array(state))
        } ?? combined
    }
    return state
  }

  /// `reduceAt`, one slice after the other.
  func reduceAtTraced(
    _ array: NDArray, _ starts: [Int], axis: Int, dtype: DType
  ) throws(MartletError) -> NDArray {
    var slices: [NDArray] = []
    for (i, start) in starts.enumerated() {
      let next = i + 1 < starts.count ? starts[i + 1] : array.shape[axis]
      let slice = array.part(axis: axis, from: start, count: Swift.max(next - start, 1))
      slices.append(
        try reduce(slice, axes: [axis], dtype: dtype, keepDimensions: true))
    }
    return try NDArray.concatenate(slices, axis: axis)
  }
}

extension NDArray {
  /// `accumulated` by any row.
  func accumulatedStepwise(
    _ operation: ElementwiseOperation, axis: Int, dtype: DType
  ) throws(MartletError) -> NDArray {
    let count = shape[axis]
    if count == 0 { return try lazilyConverted(to: dtype) }
    var parts = [try part(axis: axis, from: 0, count: 1).lazilyConverted(to: dtype)]
    for place in 1..<Swift.max(count, 1) {
      let next = try part(axis: axis, from: place, count: 1).lazilyConverted(to: dtype)
      parts.append(
        try Elementwise.apply(operation, [.array(parts[place - 1]), .array(next)])[0]
          .lazilyConverted(to: dtype))
    }
    return try NDArray.concatenate(parts, axis: axis)
  }
}
