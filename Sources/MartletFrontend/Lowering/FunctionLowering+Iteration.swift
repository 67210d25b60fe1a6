import MartletIR

/// What a loop runs over.
enum Iteration {
  /// Each in turn, when compiling.
  case items([Meaning])
  /// So many, each made from its number.
  case counted(Expression, (Expression) throws(MartletError) -> Meaning)
  /// As many as there are at the moment, of a list that may change on the way.
  case listed(() -> Expression, (Expression) throws(MartletError) -> Meaning)
}

/// What `for` loops run over.
extension FunctionLowering {
  func iteration(
    over expression: SourceExpression, _ frame: Frame
  ) throws(MartletError) -> Iteration {
    let location = expression.location
    if !isPython { return try swiftIteration(over: expression, frame) }
    if case .call(let callee, var arguments, let keywords) = expression.kind,
      case .known(let name) = try lower(callee, frame)
    {
      var isStrict = false
      switch (name, keywords.first?.name) {
      case ("builtins.enumerate", "start"?) where keywords.count == 1 && arguments.count == 1:
        arguments.append(keywords[0].value)
      case ("builtins.zip", "strict"?) where keywords.count == 1:
        guard case .literal(let literal) = known(try lower(keywords[0].value, frame)) else {
          throw failure("'strict' of zip is True or False as it is written", at: location)
        }
        isStrict = literal.isTrue
      case (_, let keyword?) where Self.iterators.contains(name):
        throw failure(
          "'\(keyword)' of \(name.split(separator: ".").last ?? "") is not in the language of "
            + "kernels", at: location)
      default: break
      }
      switch name {
      case "builtins.range", "martlet.prange":
        var bounds: [Meaning] = []
        for argument in arguments { bounds.append(try lower(argument, frame)) }
        return try range(bounds, at: location)
      case "builtins.enumerate" where (1...2).contains(arguments.count):
        let source = try iteration(over: arguments[0], frame)
        let start = arguments.count == 2 ? try lower(arguments[1], frame) : .literal(.integer(0))
        return try numbered(source, from: start, at: location)
      case "builtins.zip" where !arguments.isEmpty:
        var parts: [Iteration] = []
        for argument in arguments { parts.append(try iteration(over: argument, frame)) }
        return try zipped(parts, isStrict: isStrict, at: location)
      case "builtins.reversed" where arguments.count == 1:
        switch try iteration(over: arguments[0], frame) {
        case .items(let items): return .items(items.reversed())
        case .counted(let count, let element):
          return .counted(count) { [builder] (i) throws(MartletError) in
            try element(count - builder.integer(1) - i)
          }
        case .listed(let size, let element):
          let count = size()
          return .counted(count) { [builder] (i) throws(MartletError) in
            try element(count - builder.integer(1) - i)
          }
        }
      case "numpy.ndindex", "numpy.ndenumerate":
        var given: [Meaning] = []
        for argument in arguments { given.append(try lower(argument, frame)) }
        return try allIndices(name, given, at: location)
      default: break
      }
    }
    return try iteration(over: lower(expression, frame), at: location)
  }

  func iteration(
    over meaning: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Iteration {
    switch meaning.withoutNames {
    case .tuple(let items), .display(let items): return .items(items)
    case .list(let list): return iteration(over: list)
    case .range(let numbers):
      return .counted(numbers.shape[0]) { (i) throws(MartletError) in
        .scalar(try numbers.element([i]))
      }
    case .flat(let array):
      return .counted(elementCount(array)) { [self] (i) throws(MartletError) in
        let element = try flatElement(of: array, .scalar(i), isInside: true, at: location)
        return .scalar(try self.element(of: element, []))
      }
    case .array(let array) where array.rank > 0:
      return .counted(array.shape[0]) { [self] (i) throws(MartletError) in
        let view = try view(of: array, [.element(.scalar(i))], at: location)
        return try view.isElement ? .scalar(element(of: view.array, [])) : .array(view.array)
      }
    case let other:
      throw failure("a loop can't run over \(other.description)", at: location)
    }
  }

  /// What loops run over without making it.
  private static let iterators: Set<String> = [
    "builtins.range", "martlet.prange", "builtins.enumerate", "builtins.zip", "builtins.reversed",
    "numpy.ndindex", "numpy.ndenumerate",
  ]

  func range(
    _ bounds: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> Iteration {
    guard (1...3).contains(bounds.count) else {
      throw failure("range takes one to three numbers, not \(bounds.count)", at: location)
    }
    let zero = builder.integer(0)
    let rangeBound = "a bound of range"
    let start = try bounds.count == 1 ? zero : position(bounds[0], for: rangeBound, at: location)
    let stop = try position(bounds[bounds.count == 1 ? 0 : 1], for: rangeBound, at: location)
    var step: Int64? = 1
    var stride = builder.integer(1)
    if bounds.count == 3 {
      stride = try position(bounds[2], for: rangeBound, at: location)
      if case .literal(let literal) = bounds[2] { step = literal.asInteger } else { step = nil }
    }
    if let step { try checkStep(step, at: location) }
    if step == 0 { throw failure("range's step must not be 0", at: location) }
    let startsAtZero = bounds.count == 1 || start.value == zero.value
    let count: Expression
    if let step {
      let span = step > 0 ? (startsAtZero ? stop : stop - start) : start - stop
      // Not the span against 0, which wraps where the bounds are far apart.
      let isSome = step > 0 ? start < stop : stop < start
      let positive =
        startsAtZero && step > 0 && isNonNegative(stop) ? span : isSome.select(span, zero)
      let size = builder.integer(Int(step.magnitude))
      count = step.magnitude == 1 ? positive : (positive + size - builder.integer(1)) / size
    } else {
      let isUp = stride > zero
      let span = isUp.select(stop - start, start - stop)
      let size = isUp.select(stride, -stride)
      let isNothing = stride == zero
      if rules.target == .host {
        try builder.branch(isNothing) { () throws(MartletError) in
          try fail("ValueError", "range() arg 3 must not be zero", at: location)
        }
      }
      let safe = isNothing.select(builder.integer(1), size)
      let isSome = isUp.select(start < stop, stop < start)
      let positive = isSome.select(span, zero)
      count = (positive + safe - builder.integer(1)) / safe
    }
    nonNegative.insert(count.value)
    let rises = (step ?? -1) > 0 && (startsAtZero || isNonNegative(start))
    return .counted(count) { [self] (i) throws(MartletError) in
      let moved = step == 1 ? i : i * stride
      let value = startsAtZero ? moved : start + moved
      if rises { nonNegative.insert(value.value) }
      return .scalar(value)
    }
  }

  /// Every index of a shape in C order, and with it the element of an array of that shape.
  private func allIndices(
    _ name: String, _ given: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> Iteration {
    var source: ArrayValue?
    var shape: [Expression] = []
    if name == "numpy.ndenumerate" {
      guard given.count == 1, case .array(let array) = given[0], array.rank > 0 else {
        throw failure("ndenumerate takes an array", at: location)
      }
      try note(array, isWrite: false, at: location)
      (source, shape) = (array, array.shape)
    } else {
      var sizes = given
      if given.count == 1, case .tuple(let items) = given[0] { sizes = items }
      guard !sizes.isEmpty else { throw failure("ndindex takes a shape", at: location) }
      for size in sizes { shape.append(try position(size, for: "a size", at: location)) }
    }
    let count = shape.dropFirst().reduce(shape[0]) { $0 * $1 }
    nonNegative.insert(count.value)
    return .counted(count) { [self] (i) throws(MartletError) in
      var index = shape
      var rest = i
      for axis in shape.indices.reversed() where axis > 0 {
        // Within the loop no size is 0.
        let next = rest / shape[axis]
        index[axis] = rest - next * shape[axis]
        rest = next
      }
      index[0] = rest
      for part in index { nonNegative.insert(part.value) }
      let place = Meaning.tuple(index.map { .scalar($0) })
      guard let source else { return place }
      return .tuple([place, .scalar(try source.element(index))])
    }
  }

  private func numbered(
    _ source: Iteration, from start: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Iteration {
    switch source {
    case .items(let items):
      var pairs: [Meaning] = []
      for (i, item) in items.enumerated() {
        let number = try binary("+", start, .literal(.integer(Int64(i))), at: location)
        pairs.append(.tuple([number, item]))
      }
      return .items(pairs)
    case .counted(let count, let element):
      let first = try position(start, for: "the start of enumerate", at: location)
      let startsAtZero: Bool
      if case .literal(.integer(0)) = start { startsAtZero = true } else { startsAtZero = false }
      return .counted(count) { (i) throws(MartletError) in
        .tuple([.scalar(startsAtZero ? i : first + i), try element(i)])
      }
    case .listed(let count, let element):
      let first = try position(start, for: "the start of enumerate", at: location)
      return .listed(count) { (i) throws(MartletError) in
        .tuple([.scalar(first + i), try element(i)])
      }
    }
  }

  private func zipped(
    _ sources: [Iteration], isStrict: Bool, at location: SourcePosition
  ) throws(MartletError) -> Iteration {
    var lists: [[Meaning]] = []
    var counts: [() -> Expression] = []
    var isListed = false
    var elements: [(Expression) throws(MartletError) -> Meaning] = []
    for source in sources {
      switch source {
      case .items(let items): lists.append(items)
      case .counted(let count, let element):
        counts.append { count }
        elements.append(element)
      case .listed(let count, let element):
        isListed = true
        counts.append(count)
        elements.append(element)
      }
    }
    if counts.isEmpty {
      let shortest = lists.map(\.count).min() ?? 0
      if isStrict, lists.contains(where: { $0.count != shortest }) {
        throw failure("zip with strict=True has tuples of other lengths", at: location)
      }
      return .items((0..<shortest).map { i in .tuple(lists.map { $0[i] }) })
    }
    guard lists.isEmpty else {
      throw failure("zip takes tuples or arrays, not both", at: location)
    }
    if isStrict, rules.target == .host {
      let sizes = counts.map { $0() }
      for (i, own) in sizes.enumerated().dropFirst() where own.value != sizes[0].value {
        let before = i == 1 ? "argument 1" : "arguments 1-\(i)"
        try builder.branch(own < sizes[0]) { () throws(MartletError) in
          try fail(
            "ValueError", "zip() argument \(i + 1) is shorter than \(before)", at: location)
        }
        try builder.branch(own > sizes[0]) { () throws(MartletError) in
          try fail("ValueError", "zip() argument \(i + 1) is longer than \(before)", at: location)
        }
      }
    }
    let (sizes, parts) = (counts, elements)
    func least() -> Expression {
      let count = sizes.dropFirst().reduce(sizes[0]()) { least, size in
        let size = size()
        return (least < size).select(least, size)
      }
      nonNegative.insert(count.value)
      return count
    }
    func element(_ i: Expression) throws(MartletError) -> Meaning {
      var items: [Meaning] = []
      for element in parts { items.append(try element(i)) }
      return .tuple(items)
    }
    return isListed ? .listed(least, element) : .counted(least(), element)
  }
}
