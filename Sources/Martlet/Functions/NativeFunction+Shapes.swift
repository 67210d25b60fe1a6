import MartletIR

/// The same elements in another shape, order or number.
extension NativeFunction {
  static let shapes: [NativeFunction] = [
    NativeFunction(
      "reshape", "(a, /, shape, order='C', *, copy=None)", "In another shape.", .composed,
      isMethod: true
    ) { call throws(MartletError) in
      if let order = try call.string(2), order != "C" { throw call.notNative("Fortran order") }
      try call.reject(3, "the argument 'copy'")
      guard let sizes = try call.ints(1) else { throw call.notNative("no shape") }
      return .array(try call.array(0).reshaped(sizes))
    },
    NativeFunction(
      "ravel", "(a, order='C')", "The elements in one dimension.", .composed, isMethod: true
    ) { call throws(MartletError) in
      if let order = try call.string(1), order != "C" { throw call.notNative("Fortran order") }
      return .array(try call.array(0).raveled())
    },
    NativeFunction(
      "roll", "(a, shift, axis=None)", "The elements moved on, the last ones first.", .composed
    ) { call throws(MartletError) in
      let a = try call.array(0)
      guard let shifts = try call.ints(1) else { throw call.notNative("no shift") }
      guard let axes = try call.ints(2) else {
        guard shifts.count == 1 else { throw call.notNative("several shifts without axes") }
        return .array(try a.raveled().rolled(shifts, axes: [0]).reshaped(Array(a.shape)))
      }
      guard shifts.count == axes.count else {
        throw call.notNative("as many shifts as axes are needed")
      }
      return .array(try a.rolled(shifts, axes: axes))
    },
    NativeFunction(
      "pad",
      "(array, pad_width, mode='constant', *, constant_values=0, stat_length=None, end_values=None, "
        + "reflect_type=None, **kwargs)",
      "The array with more elements at its edges.", .composed
    ) { call throws(MartletError) in
      // NumPy refuses what the mode does not take, None too.
      for place in 4..<7 where !call.isMissing(place) {
        throw call.notNative("the argument '\(call.function.parameters[place].name)'")
      }
      let array = try call.array(0)
      return .array(
        try array.padded(widths(call, array.rank), padding(call, array.dtype)))
    },
  ]

  private static func widths(
    _ call: FunctionCall, _ rank: Int
  ) throws(MartletError) -> [(before: Int, after: Int)] {
    let given = try call.array(1)
    guard given.dtype.isInteger, given.rank <= 2, rank > 0 else {
      throw call.notNative("pad_width is not of integers for each axis")
    }
    // One number, one pair or a pair for each axis: they broadcast.
    let pairs = try given.broadcast(to: [rank, 2]).elements(as: Int.self)
    return (0..<rank).map { (before: pairs[2 * $0], after: pairs[2 * $0 + 1]) }
  }

  private static func padding(
    _ call: FunctionCall, _ dtype: DType
  ) throws(MartletError) -> NDArray.Padding {
    let mode = try call.string(2) ?? "constant"
    guard !call.isMissing(3) else {
      switch mode {
      case "constant": return .constant(0)
      case "edge": return .edge
      case "reflect": return .reflect
      case "symmetric": return .symmetric
      case "wrap": return .wrap
      default: throw call.notNative("the mode '\(mode)'")
      }
    }
    // A number that a Double holds as the array's dtype does.
    guard mode == "constant", case .weak(let kind, let number) = try call.operand(3),
      kind == .integer || dtype.isInexact, abs(number.asDouble) < 0x1p53
    else { throw call.notNative("constant_values are not one plain number") }
    return .constant(number.asDouble)
  }
}
