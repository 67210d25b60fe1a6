import MartletIR

extension FunctionLowering {
  func call(
    _ callee: Meaning, _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    switch callee {
    case .function(let number):
      guard program.functions.indices.contains(number) else {
        throw failure("there is no function number \(number)", at: location)
      }
      if let name = program.functions[number].row, let row = FunctionTable.row(named: name) {
        return try composite(number, row, arguments, keywords, at: location)
      }
      return try call(
        number, arranged(number, arguments, keywords, at: location), at: location)
    case .closure(let number, let frame):
      guard program.functions.indices.contains(number) else {
        throw failure("there is no function number \(number)", at: location)
      }
      return try call(
        number, arranged(number, arguments, keywords, at: location), enclosing: frame,
        at: location)
    case .recordType(let names): return try record(names, arguments, keywords, at: location)
    case .tupleMethod(let items, let name):
      guard arguments.count == 1, keywords.isEmpty else {
        throw failure("\(name) of a tuple takes one item", at: location)
      }
      return try place(of: arguments[0], in: items, counts: name == "count", at: location)
    case .listMethod(let list, let name):
      return try listMethod(name, of: list, arguments, keywords, at: location)
    case .dtype(let dtype):
      guard arguments.count == 1, keywords.isEmpty else {
        throw failure("\(dtype) takes one number", at: location)
      }
      return try converted(arguments[0], to: dtype, at: location)
    case .method(let array, let name):
      return try method(name, of: array, arguments, keywords, at: location)
    case .numberMethod(let value, "view"):
      guard arguments.count == 1, keywords.isEmpty else {
        throw failure("view of a number takes a dtype", at: location)
      }
      let dtype = try dtype(arguments[0], for: "view", at: location)
      guard dtype.itemSize == value.dtype.itemSize, !dtype.isComplex, !value.dtype.isComplex else {
        throw failure("view takes a dtype of as many bytes, not \(dtype)", at: location)
      }
      return .scalar(value.reinterpret(as: dtype))
    case .numberMethod(let value, let name):
      guard arguments.isEmpty, keywords.isEmpty else {
        throw failure("\(name) of a number takes no arguments", at: location)
      }
      return .scalar(
        name == "item" ? value : try function("conjugate", [value], at: location))
    case .known(let name):
      var (arguments, keywords) = (arguments, keywords)
      if name.hasPrefix("numpy.") || name.hasPrefix("cuda.") {
        arguments = try arrays(for: arguments, at: location)
        keywords = try arrays(for: keywords, at: location)
      }
      if let result = try gridCall(name, arguments, keywords, at: location) { return result }
      return try known(name, arguments, keywords, at: location)
    default:
      throw failure("\(callee.description) can't be called", at: location)
    }
  }

  /// A number or an array in another type.
  func converted(
    _ meaning: Meaning, to dtype: DType, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    if case .array(let array) = try scalarised(meaning) {
      return .array(
        try map([array], at: location) { (parts) throws(MartletError) in
          .scalar(parts[0].cast(to: dtype))
        })
    }
    return .scalar(try number(meaning, as: dtype, at: location))
  }

  /// A named tuple of these items.
  private func record(
    _ names: [String], _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    guard arguments.count + keywords.count == names.count else {
      throw failure(
        "a named tuple of \(names.joined(separator: ", ")) takes \(names.count) items, not "
          + "\(arguments.count + keywords.count)", at: location)
    }
    var items = arguments
    for name in names.dropFirst(arguments.count) {
      guard let given = keywords.first(where: { $0.name == name }) else {
        throw failure("the named tuple lacks its item '\(name)'", at: location)
      }
      items.append(given.value)
    }
    return .record(names, items)
  }

  /// The functions of Python's `math` that NumPy calls by another name.
  private static let mathNames: [String: String] = [
    "acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh",
    "atan": "arctan", "atanh": "arctanh", "atan2": "arctan2", "pow": "power", "fabs": "fabs",
    "gcd": "gcd", "lcm": "lcm", "ldexp": "ldexp", "nextafter": "nextafter",
    "degrees": "degrees", "radians": "radians", "copysign": "copysign", "fmod": "fmod",
    "hypot": "hypot", "isnan": "isnan", "isinf": "isinf", "isfinite": "isfinite",
  ]

  private func known(
    _ name: String, _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { throw failure("'\(name)' can't be called", at: location) }
    switch parts[0] {
    case "operator", "_operator":
      if let result = try operatorFunction(parts[1], arguments, at: location) { return result }
    case "functools", "_functools":
      if parts[1] == "reduce", keywords.isEmpty {
        return try folded(arguments, at: location)
      }
    case "builtins":
      if let result = try builtin(parts[1], arguments, keywords, at: location) { return result }
    case "math", "cmath":
      if let keyword = keywords.first {
        throw failure(
          "'\(keyword.name)' of \(name) is not in the language of kernels", at: location)
      }
      if let result = try math(parts[1], arguments, at: location) { return result }
    case "numpy":
      if ["real", "imag"].contains(parts[1]), arguments.count == 1, keywords.isEmpty,
        case .array = arguments[0]
      {
        return try attribute(parts[1], of: arguments[0], at: location)
      }
      if let result = try rowCall(name, arguments, keywords, at: location) { return result }
      if parts[1] == "dtype", arguments.count == 1, keywords.isEmpty {
        return .dtype(try dtype(arguments[0], for: "dtype", at: location))
      }
      let count = operandCount(parts[1])
      if keywords.isEmpty, count == arguments.count,
        let result = try elementwise(parts[1], arguments, at: location)
      {
        return result
      }
      if count != nil, let result = try ufunc(parts[1], arguments, keywords, at: location) {
        return result
      }
    case "martlet":
      if let result = try primitive(parts[1], arguments, at: location) { return result }
    default: break
    }
    let shown = parts[0] == "builtins" ? parts[1] : name
    let row = Self.mathNames[parts[1]] ?? parts[1]
    if parts[0] != "builtins", let count = operandCount(row), count != arguments.count {
      throw failure(
        "\(parts[1]) takes \(count) number\(count == 1 ? "" : "s"), not \(arguments.count)",
        at: location)
    }
    throw failure("'\(shown)' is not in the language of kernels", at: location)
  }

  /// How many operands a row of the operations table has; nil where there is none.
  func operandCount(_ name: String) -> Int? {
    (1...4).first { count in
      [DType.float64, .int64, .bool].contains { type in
        library(name, [DType](repeating: type, count: count)) != nil
      }
    }
  }

  /// How many results such a row has.
  func resultCount(_ name: String, _ operands: Int) -> Int? {
    [DType.float64, .int64, .bool].lazy.compactMap { [self] type in
      library(name, [DType](repeating: type, count: operands))?.outputs.count
    }.first
  }

  /// A row of the table on numbers and arrays; nil where there is none.
  func elementwise(
    _ name: String, _ arguments: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    var operands: [Meaning] = []
    for argument in arguments { operands.append(try scalarised(argument)) }
    let isRow = [DType.float64, .int64, .bool, .complex128].contains { type in
      library(name, operands.map { _ in type }) != nil
    }
    guard isRow, !operands.isEmpty else { return nil }
    let arrays = operands.compactMap { operand -> ArrayValue? in
      if case .array(let array) = operand { array } else { nil }
    }
    if !arrays.isEmpty {
      // Several results are each an array of its own.
      if resultCount(name, operands.count) != 1 { return nil }
      return try mapped(operands, at: location) { [self] (mixed) throws(MartletError) in
        try elementwise(name, mixed, at: location) ?? .none
      }
    }
    let results = try functions(name, numbers(operands, at: location), at: location)
    return results.count == 1 ? .scalar(results[0]) : .tuple(results.map { .scalar($0) })
  }

  /// Numbers side by side: literals take the type of the others.
  private func numbers(
    _ operands: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> [Expression] {
    var strong: DType?
    for case .scalar(let value) in operands {
      strong = strong.map { Promotion.promote($0, value.dtype) } ?? value.dtype
    }
    var values: [Expression] = []
    for operand in operands {
      if case .literal(let literal) = operand, let strong {
        values.append(
          try number(operand, as: Promotion.resolve(literal.weak, beside: strong), at: location))
      } else {
        values.append(try number(operand, at: location))
      }
    }
    return values
  }

  private func expect(
    _ count: ClosedRange<Int>, _ arguments: [Meaning], _ name: String, at location: SourcePosition
  ) throws(MartletError) {
    guard count.contains(arguments.count) else {
      let wanted =
        count.lowerBound == count.upperBound
        ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
      throw failure(
        "\(name) takes \(wanted) argument\(wanted == "1" ? "" : "s"), not \(arguments.count)",
        at: location)
    }
  }

  // MARK: Python's own functions

  private func builtin(
    _ name: String, _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    guard keywords.isEmpty else { return nil }
    // A list that is written down is as good as a tuple, and one of numbers as an array.
    var arguments = arguments.map(\.withoutNames)
    if ["min", "max", "sum", "any", "all"].contains(name), arguments.count == 1 {
      arguments = try arrays(for: arguments, at: location)
    }
    switch name {
    case "slice":
      try expect(1...3, arguments, name, at: location)
      func part(_ i: Int) -> Meaning? {
        guard arguments.indices.contains(i) else { return nil }
        if case .none = arguments[i] { return nil }
        return arguments[i]
      }
      return arguments.count == 1
        ? .slice(nil, part(0), nil) : .slice(part(0), part(1), part(2))
    case "range":
      guard case .counted(let count, let element) = try range(arguments, at: location) else {
        return nil
      }
      return .range(
        ArrayValue(dtype: .int64, shape: [count], reads: [], buffers: []) {
          [self] (index) throws(MartletError) in try number(element(index[0]), at: location)
        })
    case "isinstance":
      try expect(2...2, arguments, name, at: location)
      return .literal(.truth(try isInstance(arguments[0], of: arguments[1], at: location)))
    case "abs":
      try expect(1...1, arguments, name, at: location)
      return try elementwise("absolute", arguments, at: location)
    case "min", "max":
      var items = arguments
      if arguments.count == 1, case .tuple(let own) = arguments[0] { items = own }
      if arguments.count == 1, case .array(let array) = arguments[0] {
        return try reduced(array, name, at: location)
      }
      guard var result = items.first else {
        throw failure("\(name) takes at least one argument", at: location)
      }
      for item in items.dropFirst() {
        if case .literal(let p) = result, case .literal(let q) = item,
          let isBelow = LiteralArithmetic.compare("<", q, p)
        {
          result = isBelow == (name == "min") ? item : result
          continue
        }
        // As Python compares: the first wins where they are equal or don't compare.
        let wins = try compare(name == "min" ? "<" : ">", item, result, at: location)
        result = try select(truth(of: wins, at: location), item, result, at: location)
      }
      return result
    case "int", "float", "complex", "bool":
      try expect(0...(name == "complex" ? 2 : 1), arguments, name, at: location)
      let types: [String: DType] = [
        "int": .int64, "float": .float64, "complex": .complex128, "bool": .bool,
      ]
      let dtype = types[name] ?? .float64
      if arguments.isEmpty { return .literal(dtype == .float64 ? .floating(0) : .integer(0)) }
      if arguments.count == 2 {
        return .scalar(
          .complex(
            try number(arguments[0], as: .float64, at: location),
            try number(arguments[1], as: .float64, at: location)))
      }
      if dtype == .bool { return .scalar(try truth(of: arguments[0], at: location)) }
      let own = arguments[0].dtype
      // An integer stays as wide as it is; a smaller complex number stays small.
      if dtype == .complex128, own?.isComplex == true { return arguments[0] }
      return try converted(
        arguments[0], to: dtype == .int64 && own == .uint64 ? .uint64 : dtype, at: location)
    case "round":
      try expect(1...2, arguments, name, at: location)
      if arguments.count == 2 {
        return try rounded(arguments[0], digits: arguments[1], at: location)
      }
      let value = try number(arguments[0], at: location)
      if !value.dtype.isFloating { return arguments[0] }
      return .scalar(value.cast(to: value.dtype.computeType).roundedEven.cast(to: .int64))
    case "len":
      try expect(1...1, arguments, name, at: location)
      switch arguments[0] {
      case .tuple(let items), .display(let items): return .literal(.integer(Int64(items.count)))
      case .list(let list): return .scalar(word(.count, of: list))
      case .range(let numbers): return .scalar(numbers.shape[0])
      case .flat(let array): return .scalar(elementCount(array))
      case .array(let array) where array.rank > 0:
        nonNegative.insert(array.shape[0].value)
        return .scalar(array.shape[0])
      default: throw failure("\(arguments[0].description) has no length", at: location)
      }
    case "divmod":
      try expect(2...2, arguments, name, at: location)
      return .tuple([
        try binary("//", arguments[0], arguments[1], at: location),
        try binary("%", arguments[0], arguments[1], at: location),
      ])
    case "pow":
      try expect(2...2, arguments, name, at: location)
      return try binary("**", arguments[0], arguments[1], at: location)
    case "sum":
      try expect(1...1, arguments, name, at: location)
      if case .tuple(let items) = arguments[0] {
        var total = Meaning.literal(.integer(0))
        for item in items { total = try binary("+", total, item, at: location) }
        return total
      }
      if case .array(let array) = arguments[0], array.rank == 1 {
        return try reduced(array, "sum", at: location)
      }
      return nil
    case "any", "all":
      try expect(1...1, arguments, name, at: location)
      if case .array(let array) = arguments[0], array.rank == 1 {
        return try reduced(array, name, at: location)
      }
      guard case .tuple(let items) = arguments[0] else { return nil }
      var found = truth(name == "all")
      for item in items {
        let own = try truth(of: item, at: location)
        found = name == "all" ? found & own : found | own
      }
      return .scalar(found)
    case "tuple":
      if arguments.count == 1, case .tuple = arguments[0] { return arguments[0] }
      if arguments.count == 1, case .display(let items) = arguments[0] { return .tuple(items) }
      return nil
    default: return nil
    }
  }

  /// Python's `math`, which computes in `float64` but for `float32` numbers.
  private func math(
    _ name: String, _ arguments: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    switch name {
    case "floor", "ceil", "trunc":
      try expect(1...1, arguments, name, at: location)
      let value = try number(arguments[0], at: location)
      if !value.dtype.isFloating { return arguments[0] }
      let wide = value.cast(to: value.dtype.computeType)
      let whole = name == "floor" ? wide.floor : name == "ceil" ? wide.ceiling : wide.truncated
      return .scalar(whole.cast(to: .int64))
    case "log" where arguments.count == 2:
      return try binary(
        "/", math("log", [arguments[0]], at: location) ?? .none,
        math("log", [arguments[1]], at: location) ?? .none, at: location)
    case "erf", "erfc", "gamma", "lgamma":
      try expect(1...1, arguments, name, at: location)
      if case .array = try scalarised(arguments[0]) { return nil }
      let value = try number(arguments[0], at: location)
      guard !value.dtype.isComplex else { return nil }
      let real = value.dtype.isFloating ? value : value.cast(to: .float64)
      switch name {
      case "erf": return .scalar(ErrorFunction.erf(real))
      case "erfc": return .scalar(ErrorFunction.erfc(real))
      case "gamma": return .scalar(GammaFunction.gamma(real))
      default: return .scalar(GammaFunction.logGamma(real))
      }
    case "fsum", "prod", "dist", "comb", "perm", "factorial", "isclose": return nil
    default:
      let integers: Set<String> = ["gcd", "lcm", "isnan", "isinf", "isfinite"]
      var operands: [Meaning] = []
      for (i, argument) in arguments.enumerated() {
        let isWhole = integers.contains(name) || (name == "ldexp" && i == 1)
        if !isWhole, let dtype = argument.dtype, !dtype.isInexact {
          operands.append(.scalar(try number(argument, as: .float64, at: location)))
        } else {
          operands.append(argument)
        }
      }
      return try elementwise(Self.mathNames[name] ?? name, operands, at: location)
    }
  }
}
