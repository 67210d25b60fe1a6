import MartletIR

/// Functions of Python's library beside the builtins: `operator`, `functools.reduce`, and rounding to
/// digits.
extension FunctionLowering {
  private static let operatorSigns: [String: String] = [
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "lshift": "<<", "rshift": ">>", "and_": "&", "or_": "|", "xor": "^", "matmul": "@",
  ]
  private static let comparisonSigns: [String: String] = [
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "is_": "is",
    "is_not": "is not",
  ]
  private static let unarySigns: [String: String] = [
    "neg": "-", "pos": "+", "invert": "~", "inv": "~", "not_": "not",
  ]

  /// A function of Python's module `operator`; nil for others.
  func operatorFunction(
    _ name: String, _ arguments: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    // Of numbers and tuples `iadd` and its like do what `add` does; arrays and lists are changed.
    let isInPlace = name.hasPrefix("i") && Self.operatorSigns[String(name.dropFirst())] != nil
    if isInPlace || ["iand", "ior"].contains(name), arguments.count == 2 {
      let plain = String(name.dropFirst()) + (["iand", "ior"].contains(name) ? "_" : "")
      return try changed(Self.operatorSigns[plain] ?? "+", arguments, at: location)
    }
    switch arguments.count {
    case 2:
      if name == "contains" {
        return try compare("in", arguments[1], arguments[0], at: location)
      }
      if let sign = Self.operatorSigns[name] {
        return try binary(sign, arguments[0], arguments[1], at: location)
      }
      if let sign = Self.comparisonSigns[name] {
        return try compare(sign, arguments[0], arguments[1], at: location)
      }
    case 1:
      if let sign = Self.unarySigns[name] {
        return try unary(sign, arguments[0], at: location)
      }
      if name == "abs" { return try elementwise("absolute", arguments, at: location) }
      if name == "truth" { return .scalar(try truth(of: arguments[0], at: location)) }
    default: break
    }
    return nil
  }

  /// `operator.iadd(a, b)` and its like: the left side, changed if it can be.
  private func changed(
    _ sign: String, _ arguments: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    switch arguments[0] {
    case .array(let array):
      let result = try binary(sign, arguments[0], arguments[1], at: location)
      try fill(array, with: result, at: location)
      return arguments[0]
    case .list, .display:
      throw failure("'operator' changes numbers and arrays, not a list", at: location)
    default: return try binary(sign, arguments[0], arguments[1], at: location)
    }
  }

  /// `functools.reduce(function, values[, start])`.
  func folded(
    _ arguments: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    guard (2...3).contains(arguments.count) else {
      throw failure("reduce takes a function, values and a start", at: location)
    }
    var total = arguments.count == 3 ? arguments[2] : nil
    let count: Expression
    let element: (Expression) throws(MartletError) -> Meaning
    switch try iteration(over: arguments[1], at: location) {
    case .items(let items):
      for item in items {
        total =
          try total.map { (total) throws(MartletError) in
            try call(arguments[0], [total, item], [], at: location)
          } ?? item
      }
      guard let total else {
        throw failure("reduce of nothing needs a start", at: location)
      }
      return total
    case .counted(let size, let own): (count, element) = (size, own)
    case .listed(let size, let own): (count, element) = (size(), own)
    }
    listCounts["reduce", default: 0] += 1
    let key = "\(callCount)reduce\(listCounts["reduce"] ?? 0)"
    let zero = builder.integer(0)
    let type = types.known[key] ?? total?.dtype ?? .bool
    let result = builder.declare(
      initial: try number(total ?? .literal(.integer(0)), as: type, at: location))
    func set(_ meaning: Meaning) throws(MartletError) {
      guard let own = meaning.dtype else {
        throw failure("reduce gives numbers, not \(meaning.description)", at: location)
      }
      _ = types.widen(key, to: own)
      builder.assign(result, try number(meaning, as: type, at: location))
    }
    var start = zero
    if let total {
      _ = types.widen(key, to: total.dtype ?? type)
    } else {
      start = builder.integer(1)
      try builder.branch(
        count > zero, then: { () throws(MartletError) in try set(element(zero)) },
        else: { () throws(MartletError) in
          try fail(
            "TypeError", "reduce() of empty iterable with no initial value", at: location)
        })
    }
    try builder.loop(from: start, to: count) { (i) throws(MartletError) in
      nonNegative.insert(i.value)
      try set(call(arguments[0], [.scalar(builder.read(result)), element(i)], [], at: location))
    }
    return .scalar(builder.read(result))
  }

  // MARK: Tuples

  /// Where an item is in a tuple, or how often.
  func place(
    of item: Meaning, in items: [Meaning], counts: Bool, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    var count = builder.integer(0)
    var place = builder.integer(-1)
    for (i, other) in items.enumerated().reversed() {
      let isHere = try truth(of: compare("==", other, item, at: location), at: location)
      count = count + isHere.cast(to: .int64)
      place = isHere.select(builder.integer(i), place)
    }
    if counts { return .scalar(count) }
    try builder.branch(place < builder.integer(0)) { () throws(MartletError) in
      try fail("ValueError", "tuple.index(x): x not in tuple", at: location)
    }
    return .scalar(place)
  }

  /// Whether one tuple comes before another: the first items that differ decide.
  func ordered(
    _ sign: String, _ a: [Meaning], _ b: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let takesSame = sign.hasSuffix("=")
    let ends =
      sign.hasPrefix("<")
      ? (takesSame ? a.count <= b.count : a.count < b.count)
      : (takesSame ? a.count >= b.count : a.count > b.count)
    var result = truth(ends)
    for (x, y) in zip(a, b).reversed() {
      let isSame = try truth(of: compare("==", x, y, at: location), at: location)
      let own = try truth(
        of: compare(String(sign.prefix(1)), x, y, at: location), at: location)
      result = isSame.select(result, own)
    }
    return .scalar(result)
  }

  // MARK: Classes

  /// Whether a value is of a class, or of one of a tuple of classes. Numbers are of Python's classes by
  /// their kind, whatever their size.
  func isInstance(
    _ value: Meaning, of kind: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Bool {
    switch kind {
    case .tuple(let kinds), .display(let kinds):
      for one in kinds where try isInstance(value, of: one, at: location) { return true }
      return false
    case .dtype(let dtype): return value.dtype == dtype
    case .known(let name):
      let dtype = value.dtype
      switch name {
      case "builtins.bool": return dtype == .bool
      // Truth values are integers to Python.
      case "builtins.int": return dtype.map { $0.isInteger || $0 == .bool } ?? false
      case "builtins.float": return dtype?.isFloating ?? false
      case "builtins.complex": return dtype?.isComplex ?? false
      case "builtins.str": if case .string = value { return true }
      case "builtins.tuple":
        switch value {
        case .tuple, .record: return true
        default: break
        }
      case "builtins.list":
        switch value {
        case .list, .display: return true
        default: break
        }
      case "builtins.range": return value.isRange
      case "builtins.slice": if case .slice = value { return true }
      case "numpy.ndarray": if case .array = value { return true }
      default: throw failure("isinstance does not know '\(name)' in kernels", at: location)
      }
      return false
    default: throw failure("isinstance takes classes, not \(kind.description)", at: location)
    }
  }

  // MARK: Rounding to digits

  /// Powers of ten that are exact as `float64`.
  private static let mostDigits = 22

  /// `round(x, digits)` as Python has it: the decimal number of so many digits that is nearest to the
  /// exact value of x, the even one of two.
  func rounded(
    _ value: Meaning, digits: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    if case .none = digits { return try call(.known("builtins.round"), [value], [], at: location) }
    let x = try number(value, at: location)
    guard !x.dtype.isComplex else {
      throw failure("'round' takes real numbers, not \(value.description)", at: location)
    }
    let count = try position(digits, for: "a number of digits", at: location)
    let (zero, most) = (builder.integer(0), builder.integer(Self.mostDigits))
    let isUp = count >= zero
    let magnitude = isUp.select(count, -count)
    if rules.target == .host {
      try builder.branch(magnitude > most) { () throws(MartletError) in
        try fail(
          "ValueError", "round takes \(-Self.mostDigits) to \(Self.mostDigits) digits in kernels",
          at: location)
      }
    }
    let bounded = (magnitude > most).select(most, magnitude)
    let isFloating = x.dtype.isFloating
    let power = builder.declare(
      initial: isFloating ? builder.constant(1, .float64) : builder.integer(1))
    builder.loop(from: zero, to: bounded) { _ in
      let ten = isFloating ? builder.constant(10, .float64) : builder.integer(10)
      builder.assign(power, builder.read(power) * ten)
    }
    let scale = builder.read(power)
    guard isFloating else { return .scalar(roundedInteger(x, scale, isUp, bounded)) }
    let wide = x.cast(to: .float64)
    // What the scaled number lacks of the exact one decides where that is half way.
    let product = wide * scale
    let above = wide.fused(scale, plus: -product)
    let quotient = wide / scale
    let beyond = -(quotient.fused(scale, plus: -wide))
    let up = nearest(product, above) / scale
    let down = nearest(quotient, beyond) * scale
    // From 2^53 on numbers are further apart than what is rounded to; what is not finite stays.
    let isWhole = !(isUp.select(product, quotient).absolute < 0x1p53)
    let result = isWhole.select(wide, isUp.select(up, down)).copySign(of: wide)
    return .scalar(wide.isNaN.select(wide, result).cast(to: x.dtype))
  }

  /// The whole number nearest to `value + rest`, whose rest is smaller than any step.
  private func nearest(_ value: Expression, _ rest: Expression) -> Expression {
    let even = value.roundedEven
    let isHalf = (value - value.floor) == 0.5
    let other = (rest > 0).select(value.floor + 1, value.floor)
    return (isHalf & (rest != 0)).select(other, even)
  }

  private func roundedInteger(
    _ x: Expression, _ scale: Expression, _ isUp: Expression, _ digits: Expression
  ) -> Expression {
    let value = x.cast(to: .int64)
    let (zero, one) = (builder.integer(0), builder.integer(1))
    // Nothing of 64 bits has more digits than 18 below the first.
    let isTiny = digits > builder.integer(18)
    let step = isTiny.select(one, scale)
    let truncated = value / step
    let rest = value - truncated * step
    let isBelow = rest < zero
    let floor = isBelow.select(truncated - one, truncated)
    let above = isBelow.select(rest + step, rest)
    let half = step - above
    let isOdd = (floor & one) == one
    let goesUp = (above > half) | ((above == half) & isOdd & (step > one))
    let result = goesUp.select(floor + one, floor) * step
    return isUp.select(value, isTiny.select(zero, result))
  }
}
