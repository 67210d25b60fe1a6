import MartletIR

/// Elements chosen, sorted and searched.
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
      return .array(try NDArray.choose(condition, call.operand(1), call.operand(2)))
    },
    NativeFunction(
      "nonzero", "(a)", "The positions of elements other than 0.",
      .nonDifferentiable("positions are integers"), isMethod: true
    ) { call throws(MartletError) in try positions(call.array(0), call) },
    NativeFunction(
      "take", "(a, indices, axis=None, out=None, mode='raise')", "Elements by their positions.",
      .composed, isMethod: true
    ) { call throws(MartletError) in
      try call.reject(4, "the argument 'mode'")
      let (a, indices) = (try call.array(0), try call.array(1))
      guard indices.dtype.isInteger else { throw call.notNative("indices of \(indices.dtype)") }
      guard let axis = try call.optionalInt(2) else {
        return .result(try a.raveled().taking(indices, axis: 0))
      }
      return .result(try a.taking(indices, axis: axis))
    },
    NativeFunction(
      "sort", "(a, axis=-1, kind=None, order=None, *, stable=None)",
      "The elements in ascending order along an axis, NaN last.", .composed
    ) { call throws(MartletError) in
      let (a, axis) = try subject(call, axis: 1)
      return .array(try a.sorted(axis: axis))
    },
    NativeFunction(
      "argsort", "(a, axis=-1, kind=None, order=None, *, stable=None)",
      "The positions of the elements in ascending order; equal ones stay in order.",
      .nonDifferentiable("positions are integers"), isMethod: true
    ) { call throws(MartletError) in
      let (a, axis) = try subject(call, axis: 1)
      return .array(try a.argSorted(axis: axis))
    },
    NativeFunction(
      "partition", "(a, kth, axis=-1, kind='introselect', order=None)",
      "The elements with those at positions where sorting would put them.", .composed
    ) { call throws(MartletError) in
      guard let positions = try call.ints(1) else { throw call.notNative("no place") }
      let (a, axis) = try subject(call, axis: 2)
      return .array(try a.partitioned(at: positions, axis: axis))
    },
    NativeFunction(
      "argpartition", "(a, kth, axis=-1, kind='introselect', order=None)",
      "The positions of the elements as `partition` arranges them.",
      .nonDifferentiable("positions are integers"), isMethod: true
    ) { call throws(MartletError) in
      guard let positions = try call.ints(1) else { throw call.notNative("no place") }
      let (a, axis) = try subject(call, axis: 2)
      return .array(try a.argPartitioned(at: positions, axis: axis))
    },
    NativeFunction(
      "searchsorted", "(a, v, side='left', sorter=None)",
      "Where elements would have to be inserted to keep the order.",
      .nonDifferentiable("positions are integers"), isMethod: true
    ) { call throws(MartletError) in
      let side = try call.string(2) ?? "left"
      guard side == "left" || side == "right" else { throw call.notNative("side '\(side)'") }
      return .result(
        try call.array(0).searchSorted(
          call.array(1), side: side == "left" ? .left : .right, sorter: call.optionalArray(3)))
    },
  ]

  /// The array to sort and its axis; for `axis=None` all elements in one.
  private static func subject(
    _ call: FunctionCall, axis position: Int
  ) throws(MartletError) -> (NDArray, Int) {
    try call.reject(position + 1, "a way of sorting that NumPy chooses")
    try call.reject(position + 2, "order= is about fields")
    let a = try call.array(0)
    if call.kind(position) == .none { return (try a.raveled(), -1) }
    return (a, try call.int(position, default: -1))
  }

  private static func positions(
    _ array: NDArray, _ call: FunctionCall
  ) throws(MartletError) -> FunctionResult {
    guard array.rank > 0 else { throw call.notNative("the array has no axes") }
    return .tuple(try array.nonzero().map { .array($0) })
  }
}
