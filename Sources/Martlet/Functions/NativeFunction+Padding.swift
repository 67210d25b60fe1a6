import MartletIR

/// `pad`, with all of its modes but a function of the user's.
extension NativeFunction {
  static let padding: [NativeFunction] = [
    NativeFunction(
      "pad",
      "(array, pad_width, mode='constant', *, constant_values=0, stat_length=None, end_values=0, "
        + "reflect_type='even', **kwargs)",
      "The array with more elements at its edges.", .composed
    ) { call throws(MartletError) in
      let array = try call.array(0)
      let widths = try widths(call, array.rank)
      let rule = try rule(call, array)
      return .array(
        try call.run(elements: array.count) { () throws(MartletError) in
          try array.padded(widths, rule)
        })
    }
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

  private static func rule(
    _ call: FunctionCall, _ array: NDArray
  ) throws(MartletError) -> PaddingRule {
    guard call.isMissing(2) || call.kind(2) == .text else {
      throw call.notNative("a function as the mode")
    }
    let mode = call.isMissing(2) ? "constant" : try call.string(2) ?? ""
    // Which argument beside goes with the mode; NumPy refuses the others, None too.
    let option = [
      "constant": 3, "linear_ramp": 5, "maximum": 4, "minimum": 4, "mean": 4, "median": 4,
      "reflect": 6, "symmetric": 6,
    ][mode]
    for place in 3..<7 where place != option && !call.isMissing(place) {
      throw call.notNative(
        "the argument '\(call.function.parameters[place].name)' with the mode '\(mode)'")
    }
    if mode != "constant", mode != "empty", array.count == 0 {
      throw call.notNative("padding an empty array")
    }
    switch mode {
    case "constant": return .constants(try constants(call, array))
    case "empty": return .nothing
    case "edge": return .gathered(.edge)
    case "wrap": return .gathered(.wrap)
    case "reflect", "symmetric":
      let includesEdge = mode == "symmetric"
      switch call.isMissing(6) ? "even" : try call.string(6) {
      case "even": return .gathered(includesEdge ? .symmetric : .reflect)
      case "odd": return .odd(includesEdge: includesEdge)
      default: throw call.notNative("a reflect_type by another name")
      }
    case "linear_ramp":
      let ends = try pairs(call, 5, array.rank)
      for case .scalar(let end) in ends.flatMap({ [$0.0, $0.1] })
      where end.dtype.isComplex && !array.dtype.isComplex {
        throw call.notNative("complex ends of real ramps")
      }
      return .ramps(ends)
    case "maximum": return .statistics(.maximum, try lengths(call, array.rank))
    case "minimum": return .statistics(.minimum, try lengths(call, array.rank))
    case "mean": return .statistics(.mean, try lengths(call, array.rank))
    case "median": return .statistics(.median, try lengths(call, array.rank))
    default: throw call.notNative("the mode '\(mode)'")
    }
  }

  /// The numbers before and after along each axis. NumPy takes those of a pair for each axis as plain
  /// numbers, which have no type of their own, and all others with the type of the array they make.
  private static func pairs(
    _ call: FunctionCall, _ position: Int, _ rank: Int
  ) throws(MartletError) -> [(Operand, Operand)] {
    if call.isMissing(position) {
      let zero = Operand.scalar(Scalar(Int64(0), .int64))
      return Array(repeating: (zero, zero), count: rank)
    }
    let given = try call.array(position)
    guard given.rank <= 2, given.count > 0, given.dtype != .bool else {
      throw call.notNative("numbers in another form")
    }
    let isShared = given.count == 1 || (given.count == 2 && given.shape != [2, 1])
    let all = try given.broadcast(to: [rank, 2]).contiguous()
    var numbers: [Operand] = []
    for axis in 0..<rank {
      for side in 0..<2 {
        let place = [AxisIndex(.position(axis)), AxisIndex(.position(side))]
        let number = try all.get(place).item()
        let kind: Promotion.Weak =
          number.dtype.isComplex ? .complex : number.dtype.isInteger ? .integer : .floating
        numbers.append(
          isShared ? .scalar(number) : .weak(kind, number.converted(to: Promotion.natural(kind))))
      }
    }
    return (0..<rank).map { (numbers[2 * $0], numbers[2 * $0 + 1]) }
  }

  /// Numbers that the array's dtype holds as they are.
  private static func constants(
    _ call: FunctionCall, _ array: NDArray
  ) throws(MartletError) -> [(Operand, Operand)] {
    func typed(_ operand: Operand) throws(MartletError) -> Operand {
      let number: Scalar
      switch operand {
      case .scalar(let scalar), .weak(_, let scalar): number = scalar
      case .array: throw call.notNative("numbers in another form")
      }
      let dtype = array.dtype
      guard !number.dtype.isComplex || dtype.isComplex,
        dtype.isInexact || (number.dtype.isInteger && number.dtype != .uint64)
      else { throw call.notNative("numbers of another kind than the array's") }
      if dtype.isInteger {
        // NumPy stores an element of an array of them, which wraps around in unsigned types.
        guard dtype.isSigned || number.asInt64 >= 0 else {
          throw call.notNative("a negative number among unsigned ones")
        }
        guard number.converted(to: dtype).asInt64 == number.asInt64 else {
          throw .overflow(detail: "Python integer \(number.asInt64) out of bounds for \(dtype)")
        }
      }
      return .scalar(number.converted(to: dtype))
    }
    return try pairs(call, 3, array.rank).map { pair throws(MartletError) in
      (try typed(pair.0), try typed(pair.1))
    }
  }

  /// How many elements next to the edge count.
  private static func lengths(
    _ call: FunctionCall, _ rank: Int
  ) throws(MartletError) -> [(Int?, Int?)] {
    guard call.isGiven(4) else { return Array(repeating: (nil, nil), count: rank) }
    let given = try call.array(4)
    guard given.dtype.isInteger, given.dtype != .uint64, given.rank <= 2, given.count > 0 else {
      throw call.notNative("lengths of another form than integers")
    }
    let all = try given.broadcast(to: [rank, 2]).elements(as: Int.self)
    if all.contains(where: { $0 < 0 }) { throw call.invalid("index can't contain negative values") }
    if all.contains(0) { throw call.notNative("a statistic of nothing") }
    return (0..<rank).map { (all[2 * $0], all[2 * $0 + 1]) }
  }
}
