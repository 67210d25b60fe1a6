import MartletIR

/// Elements chosen, by truth values and positions.
extension NativeFunction {
  static let choosing: [NativeFunction] = [
    NativeFunction(
      "where", "(condition, x=<no value>, y=<no value>, /)",
      "Elements of one array or another, or the positions of true ones.", .composed
    ) { call throws(MartletError) in
      let condition = try call.array(0)
      if call.isMissing(1), call.isMissing(2) { return try positions(condition, call) }
      guard !call.isMissing(1), !call.isMissing(2) else {
        throw call.invalid("either both or neither of x and y should be given")
      }
      return .array(try NDArray.selected(by: condition, call.operand(1), call.operand(2)))
    },
    NativeFunction(
      "nonzero", "(a)", "The positions of elements other than 0.",
      .constant("positions are integers"), isMethod: true
    ) { call throws(MartletError) in try positions(call.array(0), call) },
    NativeFunction(
      "flatnonzero", "(a)", "The positions of elements other than 0, counted in C order.",
      .constant("positions are integers")
    ) { call throws(MartletError) in
      let a = try call.array(0)
      return .array(
        try call.run(elements: a.count) { () throws(MartletError) in try truePositions(a) })
    },
    NativeFunction(
      "argwhere", "(a)", "The positions of elements other than 0, as rows.",
      .constant("positions are integers")
    ) { call throws(MartletError) in
      let a = try call.array(0)
      guard a.rank > 0 else { throw call.notNative("an array without dimensions") }
      return .array(
        try call.run(elements: a.count) { () throws(MartletError) in
          try NDArray.stack(try a.nonzero(), axis: 1)
        })
    },
    NativeFunction(
      "compress", "(condition, a, axis=None, out=None)", "The elements where it is true.",
      .composed
    ) { call throws(MartletError) in
      try compress(call, call.array(0), call.array(1), axis: 2)
    },
    NativeFunction(
      "ndarray.compress", "(self, condition, axis=None, out=None)",
      "The elements where it is true.", .composed
    ) { call throws(MartletError) in
      try compress(call, call.array(1), call.array(0), axis: 2)
    },
    NativeFunction("extract", "(condition, arr)", "The elements where it is true.", .composed) {
      call throws(MartletError) in
      let (condition, array) = (try call.array(0), try call.array(1))
      return .array(
        try call.run(elements: array.count) { () throws(MartletError) in
          try array.raveled().taking(truePositions(condition), axis: 0)
        })
    },
    NativeFunction(
      "take", "(a, indices, axis=None, out=None, mode='raise')", "Elements by their positions.",
      .composed, isMethod: true
    ) { call throws(MartletError) in
      let mode = try call.string(4) ?? "raise"
      guard ["raise", "wrap", "clip"].contains(mode) else { throw call.notNative("mode '\(mode)'") }
      var (a, indices) = (try call.array(0), try call.array(1))
      if indices.count == 0, call.kind(1) != .array {
        indices = try NDArray.zeros(indices.shape, .int64)
      }
      guard indices.dtype.isInteger else { throw call.notNative("indices of \(indices.dtype)") }
      var axis = 0
      if call.isGiven(2) {
        // Without dimensions it is one element long.
        if a.rank == 0 { a = try a.raveled() }
        axis = try call.normalised(call.int(2), rank: a.rank)
      } else {
        a = try a.raveled()
      }
      guard a.count > 0 else { throw call.notNative("taking from an empty array") }
      let positions = try inside(indices, mode, size: a.shape[axis], call)
      return .result(
        try call.run(elements: max(a.count, positions.count)) {
          [a, axis] () throws(MartletError) in try a.taking(positions, axis: axis)
        })
    },
    NativeFunction(
      "take_along_axis", "(arr, indices, axis=-1)", "The elements at positions along an axis.",
      .composed
    ) { call throws(MartletError) in
      var (array, indices) = (try call.array(0), try call.array(1))
      guard indices.dtype.isInteger else {
        throw .invalidIndex(detail: "`indices` must be an integer array")
      }
      var axis = 0
      if call.kind(2) == .none {
        guard indices.rank == 1 else {
          throw call.invalid("when axis=None, `indices` must have a single dimension.")
        }
        array = try array.raveled()
      } else {
        axis = try call.axis(2, rank: array.rank, default: -1)
        guard array.rank == indices.rank else {
          throw call.invalid("`indices` and `arr` must have the same number of dimensions")
        }
      }
      return .array(
        try call.run(elements: indices.count) { [array, indices, axis] () throws(MartletError) in
          try array.get(NDArray.alongIndices(array.shape, indices, axis, "take_along_axis"))
        })
    },
  ]

  private static func positions(
    _ array: NDArray, _ call: FunctionCall
  ) throws(MartletError) -> FunctionResult {
    let positions = try call.run(elements: array.count) { () throws(MartletError) in
      try array.nonzero()
    }
    return .tuple(positions.map { .array($0) })
  }

  /// In C order, as one row.
  private static func truePositions(_ array: NDArray) throws(MartletError) -> NDArray {
    let flat = try array.raveled()
    return try (flat.dtype == .bool ? flat : flat.asType(.bool)).truePositions()
  }

  private static func compress(
    _ call: FunctionCall, _ condition: NDArray, _ given: NDArray, axis position: Int
  ) throws(MartletError) -> FunctionResult {
    guard condition.rank == 1 else { throw call.invalid("condition must be a 1-d array") }
    var (array, axis) = (given, 0)
    // Without dimensions it is one element long.
    if !call.isGiven(position) || array.rank == 0 { array = try array.raveled() }
    if call.isGiven(position) {
      axis = try call.normalised(call.int(position), rank: array.rank)
    }
    // A longer condition may be true only where there are elements: what NumPy says of others.
    guard condition.count <= array.shape[axis] else {
      throw call.notNative("a condition longer than the axis")
    }
    return .array(
      try call.run(elements: array.count) { [array, axis] () throws(MartletError) in
        try array.taking(truePositions(condition), axis: axis)
      })
  }

  /// Positions that are all on an axis of `size`, unless the mode leaves that to be checked.
  private static func inside(
    _ positions: NDArray, _ mode: String, size: Int, _ call: FunctionCall
  ) throws(MartletError) -> NDArray {
    if mode == "raise" { return positions }
    guard Promotion.canCast(positions.dtype, to: .int64, .safe) else {
      throw call.notNative("positions beyond int64")
    }
    let whole = Operand.array(try positions.lazilyConverted(to: .int64))
    func number(_ value: Int) -> Operand { .scalar(Scalar(Int64(value), .int64)) }
    return mode == "wrap"
      ? try Elementwise.apply(.remainder, [whole, number(size)])[0]
      : try Elementwise.apply(.clip, [whole, number(0), number(size - 1)])[0]
  }
}
