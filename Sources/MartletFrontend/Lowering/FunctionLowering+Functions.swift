import MartletIR

/// Calls of NumPy's functions and of arrays' methods, bound by the rows of `FunctionTable`.
extension FunctionLowering {
  /// The arguments of a call, bound by a row.
  func bound(
    _ row: FunctionRow, _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> BoundArguments {
    try BoundArguments(row, arguments, keywords) { failure($0, at: location) }
  }

  /// A call of a function that has a row and is written here; nil for others.
  func rowCall(
    _ name: String, _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    guard let row = FunctionTable.row(named: name) else { return nil }
    var bound = try bound(row, arguments, keywords, at: location)
    guard let result = try body(of: &bound, at: location) else { return nil }
    try checkTaken(bound, at: location)
    return result
  }

  /// A call of a function of NumPy's that is written in the kernels' language: its parameters have
  /// NumPy's names, and some may be missing.
  func composite(
    _ number: Int, _ row: FunctionRow, _ arguments: [Meaning],
    _ keywords: [(name: String, value: Meaning)], at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    var bound = try bound(row, arguments, keywords, at: location)
    let function = program.functions[number]
    var given: [(name: String, value: Meaning)] = []
    for parameter in function.parameters where bound.isGiven(parameter.name) {
      let value = bound.take(parameter.name)
      // Which axis it is, is asked when compiling.
      given.append((parameter.name, parameter.name.hasPrefix("axis") ? known(value) : value))
    }
    let output = try output(&bound, at: location)
    try checkTaken(bound, at: location)
    let result = try call(number, arranged(number, [], given, at: location), at: location)
    guard let output else { return result }
    return try written(
      settledNow(result, at: location), to: output, row.output, bound.name, at: location)
  }

  /// Refuses a call with an argument that its body did not look at.
  func checkTaken(
    _ arguments: BoundArguments, at location: SourcePosition
  ) throws(MartletError) {
    guard let name = arguments.ignored else { return }
    throw failure(
      "'\(name)' of \(arguments.name) is not in the language of kernels", at: location)
  }

  /// A method of an array.
  func method(
    _ name: String, of array: ArrayValue, _ arguments: [Meaning],
    _ keywords: [(name: String, value: Meaning)], at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let arguments = try arrays(for: arguments, at: location)
    let keywords = try arrays(for: keywords, at: location)
    if let result = try viewMethod(name, of: array, arguments, keywords, at: location) {
      return result
    }
    if let result = try rowCall(
      "ndarray.\(name)", [.array(array)] + arguments, keywords, at: location)
    {
      return result
    }
    throw failure("the method '\(name)' of arrays is not in the language of kernels", at: location)
  }

  /// What a function gives; nil for one that is written elsewhere.
  private func body(
    of arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    let name = String(arguments.row.name.split(separator: ".", maxSplits: 1).last ?? "")
    switch name {
    case "sum", "prod", "min", "max", "mean", "any", "all", "argmin", "argmax", "var", "std":
      return try reduction(name, &arguments, at: location)
    case "ptp": return try range(&arguments, at: location)
    case "cumsum", "cumprod": return try running(name, &arguments, at: location)
    case "sort" where arguments.row.isMethod:
      try sortInPlace(&arguments, at: location)
      return Meaning.none
    case "sort": return try sorted(&arguments, at: location)
    case "argsort": return try sortedPositions(&arguments, at: location)
    case "nonzero", "flatnonzero":
      let array = try dimensioned("a", &arguments, at: location)
      return try nonzero(array, isFlat: name == "flatnonzero", at: location)
    case "where": return try chosen(&arguments, at: location)
    case "clip": return try clipped(&arguments, at: location)
    case "angle": return try angle(&arguments, at: location)
    case "concatenate": return try joined(&arguments, at: location)
    case "dot", "matmul": return try product(&arguments, at: location)
    case "item": return try item(&arguments, at: location)
    case "fill":
      guard case .array(let array) = arguments.take("a") else { return nil }
      try fill(array, with: arguments.take("value"), at: location)
      return Meaning.none
    default:
      if let folded = try folded(name, &arguments, at: location) { return folded }
      if let made = try creation(name, &arguments, at: location) { return made }
      if let view = try repeating(name, &arguments, at: location) { return view }
      return try shape(name, &arguments, at: location)
    }
  }

  /// What functions written in the kernels' language ask the compiler, under names that only they
  /// have; nil for others.
  func primitive(
    _ name: String, _ arguments: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    switch (name, arguments.count) {
    case ("kind", 1):
      let kind =
        switch arguments[0] {
        case .literal: "constant"
        case .scalar: "number"
        case .array: "array"
        case .tuple: "tuple"
        case .string: "text"
        case .dtype: "dtype"
        case .none: "none"
        default: "other"
        }
      return .string(kind)
    case ("rows", 2):
      guard let array = try array(arguments[0], at: location) else { return nil }
      let row = FunctionRow("martlet.rows", "(a, axis)")
      var bound = try bound(row, arguments, [], at: location)
      return try rows(of: array, axes(&bound, of: array.rank, at: location), at: location)
    case (_, 1...2) where name.hasPrefix("c."):
      guard let function = SystemFunction(rawValue: String(name.dropFirst(2))),
        function.argumentCount == arguments.count
      else { return nil }
      var values: [Value] = []
      for argument in arguments {
        values.append(try number(argument, as: .float64, at: location).value)
      }
      return .scalar(builder.define(.system(function, values), .float64))
    default: return nil
    }
  }

  /// An array as rows of what a function works along, with the shape of the other axes, and that
  /// shape with size 1 for the axes of the rows.
  private func rows(
    of array: ArrayValue, _ axes: Axes, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let one = builder.integer(1)
    let shape: [Expression]
    var kept = [Expression](repeating: one, count: array.rank)
    var turned = array
    var width: [Expression]
    switch axes {
    case .all:
      (shape, width) = ([], array.shape)
    case .fixed(let axes):
      let others = array.shape.indices.filter { !axes.contains($0) }
      turned = transposed(array, others + axes)
      (shape, width) = (others.map { array.shape[$0] }, axes.map { array.shape[$0] })
      for axis in others { kept[axis] = array.shape[axis] }
    case .open(let axes):
      turned = moved(array, axes, toEnd: true)
      shape = Array(turned.shape.dropLast(axes.count))
      width = Array(turned.shape.suffix(axes.count))
      kept = axes.reversed().reduce(shape) { inserting(one, into: $0, at: $1) }
    }
    func count(_ sizes: [Expression]) -> Meaning {
      let count = sizes.dropFirst().reduce(sizes.first ?? one) { $0 * $1 }
      nonNegative.insert(count.value)
      return .scalar(count)
    }
    if turned.rank == 0 { turned = try copied(turned, at: location) }
    let rows = try reshaped(turned, [count(shape), count(width)], at: location)
    return .tuple([
      .array(rows), .tuple(shape.map { .scalar($0) }), .tuple(kept.map { .scalar($0) }),
    ])
  }

  /// `np.add.reduce` and its like, which are reductions along the first axis unless it is said.
  private func folded(
    _ name: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    let parts = name.split(separator: ".").map(String.init)
    guard parts.count == 2, let reduction = FunctionTable.foldings[parts[0]] else { return nil }
    if parts[1] == "reduce" { return try self.reduction(reduction, &arguments, at: location) }
    switch reduction {
    case "sum": return try running("cumsum", &arguments, at: location)
    case "prod": return try running("cumprod", &arguments, at: location)
    default: return nil
    }
  }

  // MARK: What arguments mean

  /// An argument as an array: a number is one without dimensions, a tuple one of its items.
  func array(
    _ parameter: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    let meaning = arguments.take(parameter)
    if let array = try array(meaning, at: location) { return array }
    throw failure(
      "'\(parameter)' of \(arguments.name) is an array or a number, not \(meaning.description)",
      at: location)
  }

  /// A value as an array; nil for what is none.
  func array(_ meaning: Meaning, at location: SourcePosition) throws(MartletError) -> ArrayValue? {
    switch meaning {
    case .array(let array): return array
    case .scalar, .literal:
      let value = try number(meaning, at: location)
      return ArrayValue(dtype: value.dtype, shape: [], reads: [], buffers: []) { _ in value }
    case .tuple(let items) where rules.target == .host: return try rows(items, at: location)
    default: return nil
    }
  }

  /// An argument as an array that has dimensions.
  func dimensioned(
    _ parameter: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    let array = try array(parameter, &arguments, at: location)
    guard array.rank > 0 else {
      throw failure(
        "'\(parameter)' of \(arguments.name) has no dimensions, where one is needed", at: location)
    }
    return array
  }

  /// A switch that is known when compiling.
  func truth(
    _ parameter: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Bool {
    let meaning = known(arguments.take(parameter))
    switch meaning {
    case .none: return false
    case .literal(let literal): return literal.isTrue
    default:
      throw failure(
        "'\(parameter)' of \(arguments.name) is True or False as it is written, not "
          + meaning.description, at: location)
    }
  }

  /// One of these texts, which is known when compiling.
  func text(
    _ parameter: String, of choices: [String], _ arguments: inout BoundArguments,
    at location: SourcePosition
  ) throws(MartletError) -> String {
    let meaning = arguments.take(parameter)
    if case .string(let text) = meaning, choices.contains(text) { return text }
    var shown = meaning.description
    if case .string(let text) = meaning { shown = "'\(text)'" }
    let wanted = choices.map { "'\($0)'" }.joined(separator: ", ")
    throw failure(
      "'\(parameter)' of \(arguments.name) is one of \(wanted), not \(shown)", at: location)
  }

  /// The dtype that was asked for; nil for none.
  func dtype(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> DType? {
    guard let meaning = arguments.takeGiven("dtype") else { return nil }
    return try dtype(meaning, for: arguments.name, at: location)
  }

  /// The casting rule that was asked for.
  func casting(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Promotion.Casting {
    let rules = ["no", "equiv", "safe", "same_kind", "unsafe"]
    return Promotion.Casting(
      rawValue: try text("casting", of: rules, &arguments, at: location)) ?? .sameKind
  }

  /// A number that a name stands for as the literal that it was written as, where that is known.
  func known(_ meaning: Meaning) -> Meaning {
    guard case .scalar(let value) = meaning, let constant = builder.constant(value.value) else {
      return meaning
    }
    switch value.dtype {
    case .bool: return .literal(.truth(constant.low != 0))
    case .int64: return .literal(.integer(Int64(bitPattern: constant.low)))
    default: return meaning
    }
  }

  // MARK: Axes

  /// Which axes a function works along.
  enum Axes {
    case all
    /// Known when compiling, in order.
    case fixed([Int])
    /// Those that the call says: each is one of the array of which those before it have been moved
    /// to the end.
    case open([Expression])
  }

  /// - Parameter isOne: whether a tuple is refused.
  func axes(
    _ arguments: inout BoundArguments, of rank: Int, isOne: Bool = false,
    at location: SourcePosition
  ) throws(MartletError) -> Axes {
    let meaning = known(arguments.take("axis"))
    let name = arguments.name
    switch meaning {
    case .none: return .all
    case .tuple where isOne:
      throw failure("'axis' of \(name) is one number, not a tuple", at: location)
    case .tuple(let items):
      var axes: [Int] = []
      for item in items {
        guard case .literal(let literal) = known(item), let number = literal.asInteger else {
          return try openAxes(items, rank, name, at: location)
        }
        let axis = try wrapped(number, rank, "axis", of: name, at: location)
        if axes.contains(axis) { throw failure("duplicate value in 'axis'", at: location) }
        axes.append(axis)
      }
      return .fixed(axes.sorted())
    default:
      switch try axis(meaning, "axis", rank, name, at: location) {
      case .fixed(let axis): return .fixed([axis])
      case .open(let axis): return .open([axis])
      }
    }
  }

  /// The axes of a tuple whose numbers the call says.
  private func openAxes(
    _ items: [Meaning], _ rank: Int, _ name: String, at location: SourcePosition
  ) throws(MartletError) -> Axes {
    var given: [Expression] = []
    for item in items {
      switch try axis(known(item), "axis", rank, name, at: location) {
      case .fixed(let axis): given.append(builder.integer(axis))
      case .open(let axis): given.append(axis)
      }
    }
    var axes = given
    for i in axes.indices {
      for j in axes.indices.dropFirst(i + 1) {
        try builder.branch(given[i] == given[j]) { () throws(MartletError) in
          try failArray("ValueError", "duplicate value in 'axis'", at: location)
        }
        axes[j] = (axes[i] < axes[j]).select(axes[j] - builder.integer(1), axes[j])
      }
    }
    return axes.count < rank ? .open(axes) : .all
  }

  /// An array of which these axes are at the end, or were there.
  func moved(_ array: ArrayValue, _ axes: [Expression], toEnd: Bool) -> ArrayValue {
    (toEnd ? axes : axes.reversed()).reduce(array) { moved($0, $1, toEnd: toEnd) }
  }

  enum Axis {
    case fixed(Int)
    /// Known at run time only; it is inside.
    case open(Expression)
  }

  /// The axis that an argument names.
  func axis(
    _ meaning: Meaning, _ parameter: String, _ rank: Int, _ name: String,
    at location: SourcePosition
  ) throws(MartletError) -> Axis {
    if case .literal(let literal) = meaning, let number = literal.asInteger {
      return .fixed(try wrapped(number, rank, parameter, of: name, at: location))
    }
    guard meaning.dtype?.isInteger == true else {
      throw failure(
        "'\(parameter)' of \(name) is an integer, not \(meaning.description)", at: location)
    }
    let given = try number(meaning, as: .int64, at: location)
    let zero = builder.integer(0)
    let size = builder.integer(rank)
    let axis = (given < zero).select(given + size, given)
    let isInside = (axis >= zero) & (axis < size)
    if rules.target == .host {
      try builder.branch(!isInside) { () throws(MartletError) in
        try fail(
          "numpy.exceptions.AxisError",
          "axis {0} is out of bounds for array of dimension \(rank)", [given], at: location)
      }
    }
    // There is one axis only.
    return rank == 1 ? .fixed(0) : .open(isInside.select(axis, zero))
  }

  /// An axis counted from the front.
  func wrapped(
    _ number: Int64, _ rank: Int, _ parameter: String, of name: String,
    at location: SourcePosition
  ) throws(MartletError) -> Int {
    guard number >= -Int64(rank), number < Int64(rank) else {
      throw failure(
        "'\(parameter)' of \(name), \(number), is out of bounds for an array of \(rank) "
          + "dimension\(rank == 1 ? "" : "s")", at: location)
    }
    return Int(number < 0 ? number + Int64(rank) : number)
  }

  /// An array whose axis, known at run time only, is its last one.
  func moved(_ array: ArrayValue, _ axis: Expression, toEnd: Bool) -> ArrayValue {
    let last = array.rank - 1
    let size = (0..<last).reversed().reduce(array.shape[last]) { size, i in
      (axis == Double(i)).select(array.shape[i], size)
    }
    var view = array
    if toEnd {
      view.shape = removing(axis, from: array.shape) + [size]
    } else {
      view.shape = inserting(array.shape[last], into: Array(array.shape.dropLast()), at: axis)
    }
    for size in view.shape { nonNegative.insert(size.value) }
    return rearranged(view, array) { [self] index in
      toEnd
        ? inserting(index[last], into: Array(index.dropLast()), at: axis)
        : removing(axis, from: index) + [picked(index, axis)]
    }
  }

  private func picked(_ items: [Expression], _ axis: Expression) -> Expression {
    let last = items.count - 1
    return (0..<last).reversed().reduce(items[last]) { item, i in
      (axis == Double(i)).select(items[i], item)
    }
  }

  /// The items without the one of an axis that is known at run time.
  func removing(_ axis: Expression, from items: [Expression]) -> [Expression] {
    (0..<(items.count - 1)).map { i in (axis > Double(i)).select(items[i], items[i + 1]) }
  }

  /// The items with one more at an axis that is known at run time.
  func inserting(
    _ item: Expression, into items: [Expression], at axis: Expression
  ) -> [Expression] {
    (0...items.count).map { i in
      let isHere = axis == Double(i)
      if items.isEmpty { return item }
      if i == 0 { return isHere.select(item, items[0]) }
      if i == items.count { return isHere.select(item, items[i - 1]) }
      return isHere.select(item, (axis > Double(i)).select(items[i], items[i - 1]))
    }
  }

  /// A view: an array whose elements are another one's at other indices.
  func rearranged(
    _ view: ArrayValue, _ array: ArrayValue, _ index: @escaping ([Expression]) -> [Expression]
  ) -> ArrayValue {
    var result = view
    result.isWhole = false
    result.hasRows = false
    result.parameter = nil
    result.isReordered = true
    if let place = array.place { result.place = { place(index($0)) } }
    return seen(result, array, index)
  }

  /// The axes of an array in another order.
  func transposed(_ array: ArrayValue, _ order: [Int]) -> ArrayValue {
    if order == Array(0..<array.rank) { return array }
    var view = array
    view.shape = order.map { array.shape[$0] }
    let places = array.shape.indices.map { axis in order.firstIndex(of: axis) ?? axis }
    return rearranged(view, array) { index in places.map { index[$0] } }
  }

  // MARK: Elements chosen

  private func chosen(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let hasBoth = arguments.isGiven("x") && arguments.isGiven("y")
    guard hasBoth || !(arguments.isGiven("x") || arguments.isGiven("y")) else {
      throw failure("where() takes both 'x' and 'y', or neither of them", at: location)
    }
    guard hasBoth else {
      return try nonzero(
        dimensioned("condition", &arguments, at: location), isFlat: false, at: location)
    }
    var operands: [Meaning] = []
    for name in ["condition", "x", "y"] {
      let meaning = arguments.take(name)
      if case .tuple = meaning, let array = try array(meaning, at: location) {
        operands.append(.array(array))
      } else {
        operands.append(meaning)
      }
    }
    return try mapped(operands, at: location) { (mixed) throws(MartletError) in
      try self.select(
        self.truth(of: mixed[0], at: location), mixed[1], mixed[2],
        ofArrays: operands.contains { if case .array = $0 { true } else { false } },
        at: location)
    }
  }

  /// A function of numbers, element by element where an operand is an array.
  func mapped(
    _ operands: [Meaning], at location: SourcePosition,
    _ body: @escaping ([Meaning]) throws(MartletError) -> Meaning
  ) throws(MartletError) -> Meaning {
    let arrays = operands.compactMap { operand -> ArrayValue? in
      if case .array(let array) = operand { array } else { nil }
    }
    if arrays.isEmpty { return try body(operands) }
    return .array(
      try map(arrays, at: location) { (parts) throws(MartletError) in
        var rest = parts[...]
        let mixed = operands.map { operand -> Meaning in
          if case .array = operand, let part = rest.popFirst() { return .scalar(part) }
          return operand
        }
        return try body(mixed)
      })
  }

  private func item(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    guard case .array(let array) = arguments.take("a") else { return nil }
    guard array.rank == 0 else {
      throw failure(
        "item() is only there of an array of one element without dimensions", at: location)
    }
    return .scalar(try element(of: array, []))
  }

  private func angle(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    let z = arguments.take("z")
    guard let angle = try elementwise("angle", [z], at: location) else { return nil }
    guard try truth("deg", &arguments, at: location) else { return angle }
    return try binary("*", angle, .literal(.floating(180 / Double.pi)), at: location)
  }
}
