import MartletIR

// What arrays have besides the rows of the table: creation, shapes, joining, choosing, products.

extension NativeFunction {
  // MARK: Creation

  static let creation: [NativeFunction] = [
    .array("zeros", "shape dtype order") { arguments throws(MartletError) in
      try arguments.rejectOrders()
      return try NDArray.zeros(arguments.shape("shape"), arguments.dtype() ?? .float64)
    },
    .array("ones", "shape dtype order") { arguments throws(MartletError) in
      try arguments.rejectOrders()
      return try NDArray.ones(arguments.shape("shape"), arguments.dtype() ?? .float64)
    },
    .array("full", "shape fill_value dtype order") { arguments throws(MartletError) in
      try arguments.rejectOrders()
      return try filled(arguments, arguments.shape("shape"), arguments.dtype())
    },
    .array("zeros_like", "a dtype order") { arguments throws(MartletError) in
      try arguments.rejectOrders()
      let a = try arguments.array("a")
      return try NDArray.zeros(a.shape, arguments.dtype() ?? a.dtype)
    },
    .array("ones_like", "a dtype order") { arguments throws(MartletError) in
      try arguments.rejectOrders()
      let a = try arguments.array("a")
      return try NDArray.ones(a.shape, arguments.dtype() ?? a.dtype)
    },
    .array("full_like", "a fill_value dtype order") { arguments throws(MartletError) in
      try arguments.rejectOrders()
      let a = try arguments.array("a")
      return try filled(arguments, a.shape, arguments.dtype() ?? a.dtype)
    },
    .array("array", "object dtype") { arguments throws(MartletError) in
      let a = try arguments.array("object")
      return try a.asType(arguments.dtype() ?? a.dtype)
    },
    .array("asarray", "a dtype") { arguments throws(MartletError) in
      let a = try arguments.array("a")
      guard let dtype = try arguments.dtype(), dtype != a.dtype else { return a }
      return try a.asType(dtype)
    },
    .array("copy", "a order") { arguments throws(MartletError) in
      try arguments.rejectOrders()
      return try arguments.array("a").copy()
    },
    .array("astype", "x dtype") { arguments throws(MartletError) in
      guard let dtype = try arguments.dtype() else { throw arguments.missing("no dtype is given") }
      return try arguments.array("x").asType(dtype)
    },
    .array("arange", "start stop step dtype") { arguments throws(MartletError) in
      try range(arguments)
    },
  ]

  private static func filled(
    _ arguments: NativeArguments, _ shape: Shape, _ dtype: DType?
  ) throws(MartletError) -> NDArray {
    let number = try arguments.array("fill_value")
    guard number.rank == 0 else { throw arguments.missing("the value is an array") }
    return try NDArray.full(shape, number.item().converted(to: dtype ?? number.dtype))
  }

  private static func range(_ arguments: NativeArguments) throws(MartletError) -> NDArray {
    // The only argument is the stop.
    let hasStop = try arguments.optional("stop") != nil
    let names = hasStop ? ["start", "stop", "step"] : ["", "start", "step"]
    var numbers: [Scalar] = []
    for (name, absent) in zip(names, [0, nil, 1] as [Int64?]) {
      if let absent, try arguments.optional(name) == nil {
        numbers.append(Scalar(absent, .int64))
        continue
      }
      guard case .weak(let kind, let number) = try arguments.operand(name),
        kind == .integer || kind == .floating
      else { throw arguments.missing("arange of other than plain numbers") }
      numbers.append(number)
    }
    let isIntegral = numbers.allSatisfy { $0.dtype == .int64 }
    let dtype = try arguments.dtype() ?? (isIntegral ? .int64 : .float64)
    guard dtype == .float64 || dtype == .float32 || (isIntegral && dtype.isInteger) else {
      throw arguments.missing("arange with this dtype")
    }
    // Whole numbers up to 2⁵³ are counted exactly in floating point.
    let (start, stop, step) = (numbers[0].asDouble, numbers[1].asDouble, numbers[2].asDouble)
    let length = ((stop - start) / step).rounded(.up)
    guard step != 0, length < 0x1p53, abs(start) < 0x1p53, abs(stop) < 0x1p53 else {
      throw arguments.missing("its length is out of range")
    }
    let next =
      isIntegral
      ? Scalar(numbers[0].asInt64 + numbers[2].asInt64, .int64) : Scalar(start + step, .float64)
    return try NDArray.arange(
      start: numbers[0].converted(to: dtype), next: next.converted(to: dtype),
      count: length > 0 ? Int(length) : 0)
  }

  // MARK: Shapes

  static let shapes: [NativeFunction] = [
    .array("reshape", "a shape order") { arguments throws(MartletError) in
      if let order = try arguments.string("order"), order != "C" {
        throw arguments.missing("Fortran order")
      }
      guard let sizes = try arguments.ints("shape") else { throw arguments.missing("no shape") }
      return try arguments.array("a").reshaped(sizes)
    },
    .array("ravel", "a order") { arguments throws(MartletError) in
      if let order = try arguments.string("order"), order != "C" {
        throw arguments.missing("Fortran order")
      }
      return try arguments.array("a").raveled()
    },
    .array("transpose", "a axes") { arguments throws(MartletError) in
      try arguments.array("a").transposed(arguments.ints("axes"))
    },
    .array("swapaxes", "a axis1 axis2") { arguments throws(MartletError) in
      guard let first = try arguments.int("axis1"), let second = try arguments.int("axis2") else {
        throw arguments.missing("an axis is missing")
      }
      return try arguments.array("a").swappingAxes(first, second)
    },
    .array("moveaxis", "a source destination") { arguments throws(MartletError) in
      guard let source = try arguments.int("source"),
        let destination = try arguments.int("destination")
      else { throw arguments.missing("an axis is missing") }
      return try arguments.array("a").moveAxis(source, to: destination)
    },
    .array("expand_dims", "a axis") { arguments throws(MartletError) in
      guard let axis = try arguments.int("axis") else { throw arguments.missing("no axis") }
      return try arguments.array("a").expanded(at: axis)
    },
    .array("squeeze", "a axis") { arguments throws(MartletError) in
      try arguments.array("a").squeezed(arguments.ints("axis"))
    },
    .array("broadcast_to", "array shape") { arguments throws(MartletError) in
      try arguments.array("array").broadcast(to: arguments.shape("shape"))
    },
    .array("flip", "m axis") { arguments throws(MartletError) in
      try arguments.array("m").flipped(arguments.ints("axis"))
    },
    .array("roll", "a shift axis") { arguments throws(MartletError) in
      let a = try arguments.array("a")
      guard let shifts = try arguments.ints("shift") else { throw arguments.missing("no shift") }
      guard let axes = try arguments.ints("axis") else {
        guard shifts.count == 1 else { throw arguments.missing("several shifts without axes") }
        return try a.raveled().rolled(shifts, axes: [0]).reshaped(Array(a.shape))
      }
      guard shifts.count == axes.count else {
        throw arguments.missing("as many shifts as axes are needed")
      }
      return try a.rolled(shifts, axes: axes)
    },
    .array("pad", "array pad_width mode constant_values") { arguments throws(MartletError) in
      let array = try arguments.array("array")
      return try array.padded(widths(arguments, array.rank), padding(arguments, array.dtype))
    },
  ]

  private static func widths(
    _ arguments: NativeArguments, _ rank: Int
  ) throws(MartletError) -> [(before: Int, after: Int)] {
    let given = try arguments.array("pad_width")
    guard given.dtype.isInteger, given.rank <= 2, rank > 0 else {
      throw arguments.missing("pad_width is not of integers for each axis")
    }
    // One number, one pair or a pair for each axis: they broadcast.
    let pairs = try given.broadcast(to: [rank, 2]).elements(as: Int.self)
    return (0..<rank).map { (before: pairs[2 * $0], after: pairs[2 * $0 + 1]) }
  }

  private static func padding(
    _ arguments: NativeArguments, _ dtype: DType
  ) throws(MartletError) -> NDArray.Padding {
    let mode = try arguments.string("mode") ?? "constant"
    if mode != "constant" { try arguments.reject("constant_values") }
    switch mode {
    case "constant":
      guard let value = try arguments.optional("constant_values") else { return .constant(0) }
      // A number that a Double holds as the array's dtype does.
      switch value.content {
      case .integer(let number) where abs(number) < 1 << 53: return .constant(Double(number))
      case .double(let number) where dtype.isInexact: return .constant(number)
      default: throw arguments.missing("constant_values are not one plain number")
      }
    case "edge": return .edge
    case "reflect": return .reflect
    case "symmetric": return .symmetric
    case "wrap": return .wrap
    default: throw arguments.missing("the mode '\(mode)' is not Martlet's")
    }
  }

  // MARK: Joining

  static let joining: [NativeFunction] = [
    .array("concatenate", "arrays axis out dtype") { arguments throws(MartletError) in
      try arguments.reject("out")
      return try NDArray.concatenate(
        arguments.arrays("arrays"), axis: arguments.int("axis") ?? 0, dtype: arguments.dtype())
    },
    .array("stack", "arrays axis out") { arguments throws(MartletError) in
      try arguments.reject("out")
      return try NDArray.stack(arguments.arrays("arrays"), axis: arguments.int("axis") ?? 0)
    },
    .array("tile", "A reps") { arguments throws(MartletError) in
      guard let counts = try arguments.ints("reps") else { throw arguments.missing("no count") }
      return try arguments.array("A").tiled(counts)
    },
    .array("repeat", "a repeats axis") { arguments throws(MartletError) in
      let a = try arguments.array("a")
      guard let count = try arguments.int("repeats") else { throw arguments.missing("no count") }
      guard let axis = try arguments.int("axis") else {
        return try a.raveled().repeated(count, axis: 0)
      }
      return try a.repeated(count, axis: axis)
    },
    NativeFunction("array_split", "ary indices_or_sections axis") {
      arguments throws(MartletError) in
      let array = try arguments.array("ary")
      let axis = try arguments.int("axis") ?? 0
      let parts =
        if case .integer(let count) = try arguments.required("indices_or_sections").content {
          try array.split(into: count, axis: axis)
        } else {
          try array.split(at: arguments.ints("indices_or_sections") ?? [], axis: axis)
        }
      return Fallback.Value(.list(parts.map { Fallback.Value(.array($0)) }))
    },
  ]

  // MARK: Choosing and sorting

  static let choosing: [NativeFunction] = [
    NativeFunction("where", "condition x y") { arguments throws(MartletError) in
      let condition = try arguments.array("condition")
      if try arguments.optional("x") == nil, try arguments.optional("y") == nil {
        return try positions(condition, arguments)
      }
      return Fallback.Value(
        .array(
          try NDArray.choose(condition, try arguments.operand("x"), try arguments.operand("y"))))
    },
    NativeFunction("nonzero", "a") { arguments throws(MartletError) in
      try positions(try arguments.array("a"), arguments)
    },
    .array("take", "a indices axis out mode") { arguments throws(MartletError) in
      try arguments.reject("out", "mode")
      let a = try arguments.array("a")
      let indices = try arguments.array("indices")
      guard indices.dtype.isInteger else { throw arguments.missing("indices of \(indices.dtype)") }
      guard let axis = try arguments.int("axis") else {
        return try a.raveled().taking(indices, axis: 0)
      }
      return try a.taking(indices, axis: axis)
    },
    .array("sort", "a axis") { arguments throws(MartletError) in
      try arguments.array("a").sorted(axis: arguments.int("axis") ?? -1)
    },
    .array("argsort", "a axis") { arguments throws(MartletError) in
      try arguments.array("a").argSorted(axis: arguments.int("axis") ?? -1)
    },
    .array("partition", "a kth axis") { arguments throws(MartletError) in
      guard let positions = try arguments.ints("kth") else { throw arguments.missing("no place") }
      return try arguments.array("a").partitioned(
        at: positions, axis: arguments.int("axis") ?? -1)
    },
    .array("argpartition", "a kth axis") { arguments throws(MartletError) in
      guard let positions = try arguments.ints("kth") else { throw arguments.missing("no place") }
      return try arguments.array("a").argPartitioned(
        at: positions, axis: arguments.int("axis") ?? -1)
    },
    .array("searchsorted", "a v side sorter") { arguments throws(MartletError) in
      let side = try arguments.string("side") ?? "left"
      guard side == "left" || side == "right" else { throw arguments.missing("side '\(side)'") }
      let sorter: NDArray? =
        try arguments.optional("sorter") == nil ? nil : try arguments.array("sorter")
      return try arguments.array("a").searchSorted(
        arguments.array("v"), side: side == "left" ? .left : .right, sorter: sorter)
    },
  ]

  private static func positions(
    _ array: NDArray, _ arguments: NativeArguments
  ) throws(MartletError) -> Fallback.Value {
    guard array.rank > 0 else { throw arguments.missing("the array has no axes") }
    return Fallback.Value(
      .tuple(try array.nonzero().map { Fallback.Value(.array($0)) }, names: []))
  }

  // MARK: Products

  static let products: [NativeFunction] = [
    product("matmul", "x1 x2") { a, b throws(MartletError) in try NDArray.matmul(a, b) },
    product("dot", "a b") { a, b throws(MartletError) in try NDArray.dot(a, b) },
    product("inner", "a b") { a, b throws(MartletError) in try NDArray.inner(a, b) },
    product("outer", "a b") { a, b throws(MartletError) in try NDArray.outer(a, b) },
    product("vdot", "a b") { a, b throws(MartletError) in try NDArray.vdot(a, b) },
    product("vecdot", "x1 x2") { a, b throws(MartletError) in try NDArray.vecdot(a, b) },
  ]

  private static func product(
    _ name: String, _ parameters: String,
    _ compute: @escaping @Sendable (NDArray, NDArray) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    let names = parameters.split(separator: " ").map(String.init)
    return array(name, parameters) { arguments throws(MartletError) in
      try compute(try arguments.array(names[0]), try arguments.array(names[1]))
    }
  }
}
