import MartletIR

/// Functions that call one of the program's for parts of an array.
extension NativeFunction {
  static let applying: [NativeFunction] = [
    NativeFunction(
      "apply_along_axis", "(func1d, axis, arr, *args, **kwargs)",
      "What a function gives for each row along an axis.",
      .composed, body: alongAxis),
    NativeFunction(
      "apply_over_axes", "(func, a, axes)",
      "What a function gives for one axis after another, with all axes kept.",
      .composed
    ) { call throws(MartletError) in
      guard call.kind(1) == .array else { throw call.notNative("other than an array") }
      var value = try call.array(1)
      let rank = value.rank
      let axes = try call.ints(2) ?? []
      guard !axes.isEmpty else { throw call.notNative("no axes, so that the array is given back") }
      var input = FunctionInput.view(of: 1, value)
      for axis in axes {
        let axis = axis < 0 ? axis + rank : axis
        let answer = try call.arguments.call(
          ArgumentPlace(0), [input, .integer(axis)], rest: nil)
        guard answer.hasAxes else { throw call.notNative("a function whose result has no axes") }
        var next = answer.array
        if next.rank != value.rank {
          next = next.view(try next.layout.expanding(at: [axis]))
          guard next.rank == value.rank else {
            throw call.invalid("function is not returning an array of the correct shape")
          }
        }
        value = next
        input = .array(value)
      }
      return .array(value)
    },
    NativeFunction(
      "piecewise", "(x, condlist, funclist, *args, **kw)",
      "What functions give for the elements where their conditions are true.",
      .composed, body: piecewise),
  ]

  private static func alongAxis(_ call: FunctionCall) throws(MartletError) -> FunctionResult {
    let array = try call.array(2)
    let axis = try call.normalised(call.int(1), rank: array.rank)
    var outer = array.layout.shape
    outer.remove(at: axis)
    guard outer.elementCount > 0 else {
      throw call.invalid("Cannot apply_along_axis when any iteration dimensions are 0")
    }
    func answer(_ row: Layout) throws(MartletError) -> NDArray {
      try call.arguments.call(ArgumentPlace(0), [.view(of: 2, array.view(row))], rest: 3).array
    }
    var lines = array.layout.transposed((0..<array.rank).filter { $0 != axis } + [axis])
    let first = try answer(line(&lines, at: 0, outer))
    guard outer.rank + first.rank <= Shape.maximumRank else {
      throw .rankLimit(operation: "apply_along_axis", rank: outer.rank + first.rank)
    }
    let shape = Shape(Array(outer) + Array(first.shape))
    try shape.checkedCount()
    let dtype = first.dtype
    var buffer = try NDArray(uninitialised: shape, dtype, on: first.device)
    var places = buffer.layout
    for i in 0..<outer.elementCount {
      let part = i == 0 ? first : try answer(line(&lines, at: i, outer))
      if part.dtype.isComplex, !dtype.isComplex, dtype != .bool {
        throw call.notNative("discarding imaginary parts, which NumPy warns of")
      }
      try buffer.assign(line(&places, at: i, outer), .array(part))
    }
    // The axes of what the function gives stand where the axis was.
    let order =
      Array(0..<axis) + Array(outer.rank..<shape.rank) + Array(axis..<outer.rank)
    return .array(try buffer.transposed(order))
  }

  /// The part of a layout behind the `i`-th of its outer places.
  private static func line(_ layout: inout Layout, at i: Int, _ outer: Shape) -> Layout {
    var result = layout
    var rest = i
    for axis in (0..<outer.rank).reversed() {
      result.offset += rest % outer[axis] * layout.strides[axis]
      rest /= outer[axis]
    }
    for _ in 0..<outer.rank {
      result.shape.remove(at: 0)
      result.strides.remove(at: 0)
    }
    return result
  }

  private static func piecewise(_ call: FunctionCall) throws(MartletError) -> FunctionResult {
    let x = try call.array(0)
    guard x.rank > 0 else { throw call.notNative("a number") }
    var conditions: [NDArray]
    switch call.kind(1) {
    case .sequence: conditions = try call.arrays(1)
    case .array:
      let all = try call.array(1)
      conditions = all.rank == 1 ? [all] : try call.arrays(1)
    default: throw call.notNative("conditions in other than a list")
    }
    guard conditions.allSatisfy({ $0.shape == x.shape }) else {
      throw call.notNative("conditions of another shape")
    }
    conditions = try conditions.map { condition throws(MartletError) in
      condition.dtype == .bool ? condition : try condition.asType(.bool)
    }
    let count = try call.arguments.itemCount(2)
    if conditions.count == count - 1 {
      var any = try NDArray.zeros(x.shape, .bool)
      for condition in conditions {
        any = try NDArray.compute(.logicalOr, .array(any), .array(condition))
      }
      conditions.append(try NDArray.compute(.logicalNot, .array(any)))
    } else if conditions.count != count {
      throw call.invalid(
        "with \(conditions.count) condition(s), either \(conditions.count) or "
          + "\(conditions.count + 1) functions are expected")
    }
    var result = try NDArray.full(x.shape, Scalar(Int64(0), x.dtype), on: x.device)
    if x.layout.isFortranContiguous, !x.layout.isContiguous {
      result.layout = Layout(fortran: x.shape)
    }
    for (i, condition) in conditions.enumerated() {
      let place = ArgumentPlace(2, item: i)
      let value: Operand
      if try call.arguments.isFunction(place) {
        let chosen = try x.compressed(condition)
        if chosen.count == 0 { continue }
        let answer = try call.arguments.call(place, [.array(chosen)], rest: 3).array
        if answer.dtype.isComplex, !x.dtype.isComplex, x.dtype != .bool {
          throw call.notNative("discarding imaginary parts, which NumPy warns of")
        }
        value = .array(answer)
      } else {
        value = try call.arguments.elements(place, as: x.dtype)
      }
      try result.assign(mask: condition, within: result.layout, value)
    }
    return .array(result)
  }
}

extension NDArray {
  /// What a function gives for each row along an axis, in the place of that axis (NumPy's
  /// `apply_along_axis`).
  ///
  /// - Throws: what the function throws, `.axisOutOfRange`, `.invalidArgument` where there is no row,
  ///   `.broadcast` where it gives arrays of unlike shapes, `.rankLimit`, `.outOfMemory`.
  public func mapping(
    alongAxis axis: Int, _ function: (NDArray) throws(MartletError) -> NDArray
  ) throws(MartletError) -> NDArray {
    let axis = try normalised(axis, "apply_along_axis")
    let lines = try movingAxis(axis, to: rank - 1)
    let outer = Array(lines.shape.dropLast())
    let rows = try lines.reshaped([outer.reduce(1, *), shape[axis]])
    guard rows.shape[0] > 0 else {
      throw .invalidArgument(
        operation: "apply_along_axis",
        detail: "Cannot apply_along_axis when any iteration dimensions are 0")
    }
    var answers: [NDArray] = []
    for i in 0..<rows.shape[0] {
      answers.append(try function(rows.view(rows.layout.indexed(axis: 0, at: i))))
    }
    let inner = Array(answers[0].shape)
    let all = try NDArray.stack(answers).reshaped(outer + inner)
    let order =
      Array(0..<axis) + Array(outer.count..<outer.count + inner.count) + Array(axis..<outer.count)
    return try all.transposed(order)
  }
}
