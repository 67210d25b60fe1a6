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
      var shifts = try call.ints(1) ?? []
      guard call.isGiven(2) else {
        guard shifts.count == 1 else { throw call.notNative("several shifts without axes") }
        let flat = try a.raveled()
        let rolled = try call.run(elements: a.count) { [shifts] () throws(MartletError) in
          try flat.rolled(shifts, axes: [0])
        }
        return .array(rolled.view(Layout(contiguous: a.shape)))
      }
      var axes = try call.ints(2) ?? []
      if axes.count == 1 { axes = Array(repeating: axes[0], count: shifts.count) }
      if shifts.count == 1 { shifts = Array(repeating: shifts[0], count: axes.count) }
      guard shifts.count == axes.count else {
        throw call.notNative("shifts and axes of unlike number")
      }
      for axis in axes { _ = try call.normalised(axis, rank: a.rank) }
      return .array(
        try call.run(elements: a.count) { [shifts, axes] () throws(MartletError) in
          try a.rolled(shifts, axes: axes)
        })
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
      let widths = try widths(call, array.rank)
      let padding = try padding(call, array, widths)
      return .array(
        try call.run(elements: array.count) { () throws(MartletError) in
          try array.padded(widths, padding)
        })
    },
  ]

  /// `n`, `(before, after)`, `((before, after),)` or a pair for each axis.
  private static func widths(
    _ call: FunctionCall, _ rank: Int
  ) throws(MartletError) -> [(before: Int, after: Int)] {
    let given = try call.array(1)
    guard given.dtype.isInteger, given.rank <= 2, given.count > 0 else {
      throw call.notNative("widths of another form than integers")
    }
    let pairs = try given.broadcast(to: [rank, 2]).elements(as: Int.self)
    let result = (0..<rank).map { (before: pairs[2 * $0], after: pairs[2 * $0 + 1]) }
    guard result.allSatisfy({ $0.before >= 0 && $0.after >= 0 }) else {
      throw call.invalid("index can't contain negative values")
    }
    guard result.allSatisfy({ $0.before < 1 << 40 && $0.after < 1 << 40 }) else {
      throw call.notNative("more elements than Martlet's arrays have")
    }
    return result
  }

  private static func padding(
    _ call: FunctionCall, _ array: NDArray, _ widths: [(before: Int, after: Int)]
  ) throws(MartletError) -> NDArray.Padding {
    guard call.isMissing(2) || call.kind(2) == .text else {
      throw call.notNative("a function as the mode")
    }
    let mode = call.isMissing(2) ? "constant" : try call.string(2) ?? ""
    if mode != "constant" {
      if !call.isMissing(3) { throw call.notNative("constant_values= of another mode") }
      if array.count == 0 { throw call.notNative("padding an empty array") }
    }
    // NumPy mirrors and wraps what it has added, several times over.
    if ["wrap", "symmetric", "reflect"].contains(mode),
      zip(widths, array.shape).contains(where: { max($0.before, $0.after) >= $1 })
    {
      throw call.notNative("a padding wider than the array")
    }
    switch mode {
    case "constant": return .constant(call.isMissing(3) ? 0 : try constant(call, array.dtype))
    case "edge": return .edge
    case "reflect": return .reflect
    case "symmetric": return .symmetric
    case "wrap": return .wrap
    default: throw call.notNative("the mode '\(mode)'")
    }
  }

  /// One plain number that the array's dtype holds as a Double does.
  private static func constant(_ call: FunctionCall, _ dtype: DType) throws(MartletError) -> Double
  {
    guard case .weak(let kind, let number) = try call.operand(3), kind != .complex,
      dtype.isInexact || kind != .floating, number.asDouble.magnitude < 0x1p53
    else { throw call.notNative("constant_values= of another form than one number") }
    if dtype.isInteger, kind != .bool {
      // NumPy stores an element of an array of them, which wraps around in unsigned types.
      if !dtype.isSigned, number.asDouble < 0 {
        throw call.notNative("a negative number among unsigned ones")
      }
      guard number.converted(to: dtype).asInt64 == number.asInt64 else {
        throw .overflow(
          detail: "Python integer \(number.asInt64) out of bounds for \(dtype)")
      }
    }
    return number.asDouble
  }
}
