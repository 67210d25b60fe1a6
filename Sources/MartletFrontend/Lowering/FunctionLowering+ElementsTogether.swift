import MartletIR

// Operations on the elements of several arrays that stand at the same place.

extension FunctionLowering {
  /// An array seen in a larger shape, where it has size 1 or lacks a dimension.
  func broadcast(
    _ array: ArrayValue, to shape: [Expression], at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    guard array.rank <= shape.count else {
      throw failure(
        "an array of \(array.rank) dimensions doesn't fit one of \(shape.count)", at: location)
    }
    try note(array, isWrite: false, at: location)
    let offset = shape.count - array.rank
    var fits: [Bool] = []
    for (i, size) in array.shape.enumerated() {
      let wanted = shape[i + offset]
      fits.append(size.value == wanted.value)
      if size.value == wanted.value || rules.target != .host { continue }
      let isWrong = (size != wanted) & (size != builder.integer(1))
      try builder.branch(isWrong) { () throws(MartletError) in
        try failArray(
          "ValueError", "could not broadcast an axis of size {0} to size {1}", [size, wanted],
          at: location)
      }
    }
    var result = array
    result.shape = shape
    result.place = nil
    result.setReads(offset == 0 ? array.reads : array.scatteredReads)
    let (zero, one) = (builder.integer(0), builder.integer(1))
    result.element = { (index) throws(MartletError) in
      var own: [Expression] = []
      for (i, size) in array.shape.enumerated() {
        let position = index[i + offset]
        own.append(
          fits[i] ? position : size.value == one.value ? zero : (size == one).select(zero, position)
        )
      }
      return try array.element(own)
    }
    // Sizes that differ are the exception.
    var condition = array.plain?.condition
    for (i, size) in array.shape.enumerated() where !fits[i] && size.value != one.value {
      let isSame = size == shape[i + offset]
      condition = condition.map { $0 & isSame } ?? isSame
    }
    result.plain = condition.map { condition in
      ArrayValue.Plain(condition: condition) { (index) throws(MartletError) in
        let own = array.shape.indices.map { i in
          array.shape[i].value == one.value && !fits[i] ? zero : index[i + offset]
        }
        return try array.plainElement(own)
      }
    }
    return result
  }

  /// Visits the elements of an array that has this shape, or is broadcast to it: in one way where
  /// nothing has to be broadcast, in another where something has.
  func visit(
    _ array: ArrayValue, over shape: [Expression], innermost: Loop.Kind = .serial,
    _ body: ([Expression], Expression) throws(MartletError) -> Void
  ) throws(MartletError) {
    guard let plain = array.plain else {
      return try loops(over: shape, innermost: innermost) { (index) throws(MartletError) in
        try body(index, array.element(index))
      }
    }
    try builder.branch(
      plain.condition,
      then: { () throws(MartletError) in
        try loops(over: shape, innermost: innermost) { (index) throws(MartletError) in
          try body(index, plain.element(index))
        }
      },
      else: { () throws(MartletError) in
        try loops(over: shape, innermost: innermost) { (index) throws(MartletError) in
          try body(index, array.element(index))
        }
      })
  }

  /// A function of the elements of arrays, broadcast against each other.
  func map(
    _ arrays: [ArrayValue], at location: SourcePosition,
    _ body: @escaping ([Expression]) throws(MartletError) -> Meaning
  ) throws(MartletError) -> ArrayValue {
    var shape: [Expression] = []
    for array in arrays {
      if array.rank > shape.count {
        shape = array.shape[..<(array.rank - shape.count)] + shape
      }
    }
    // Each size is the first that isn't 1.
    for array in arrays {
      let offset = shape.count - array.rank
      for (i, size) in array.shape.enumerated() where size.value != shape[i + offset].value {
        let known = shape[i + offset]
        shape[i + offset] = (known == builder.integer(1)).select(size, known)
        nonNegative.insert(shape[i + offset].value)
      }
    }
    var parts: [ArrayValue] = []
    for array in arrays { parts.append(try broadcast(array, to: shape, at: location)) }
    // The type comes from a trial whose statements are dropped.
    var dtype: DType?
    var failing: MartletError?
    _ = builder.block {
      do throws(MartletError) {
        let inputs = parts.map { part in builder.integer(1, part.dtype) }
        dtype = try number(body(inputs), at: location).dtype
      } catch {
        failing = error
      }
    }
    if let failing { throw failing }
    let inputs = parts
    func element(
      _ index: [Expression], isPlain: Bool
    ) throws(MartletError) -> Expression {
      var elements: [Expression] = []
      for part in inputs {
        elements.append(try isPlain ? part.plainElement(index) : part.element(index))
      }
      return try number(body(elements), at: location)
    }
    var result = ArrayValue(
      dtype: dtype ?? .bool, shape: shape, reads: parts.flatMap(\.reads),
      buffers: arrays.reduce(into: []) { $0.formUnion($1.buffers) }
    ) { (index) throws(MartletError) in try element(index, isPlain: false) }
    result.isWhole = arrays.allSatisfy(\.isWhole)
    let conditions = parts.compactMap(\.plain?.condition)
    if let first = conditions.first {
      result.plain = ArrayValue.Plain(
        condition: conditions.dropFirst().reduce(first) { $0.value == $1.value ? $0 : $0 & $1 }
      ) { (index) throws(MartletError) in try element(index, isPlain: true) }
    }
    return result
  }

  /// An operator where a side is an array.
  func arrays(
    _ sign: String, _ a: Meaning, _ b: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let isComparison = ["==", "!=", "<", "<=", ">", ">="].contains(sign)
    if sign == "@" { return try product(a, b, at: location) }
    // Between arrays NumPy's rules for types hold, not those for numbers.
    let apply = { [self] (x: Meaning, y: Meaning) throws(MartletError) -> Meaning in
      isComparison
        ? try compare(sign, x, y, at: location) : try numpyBinary(sign, x, y, at: location)
    }
    switch (a, b) {
    case (.array(let p), .array(let q)):
      return .array(
        try map([p, q], at: location) { (parts) throws(MartletError) in
          try apply(.scalar(parts[0]), .scalar(parts[1]))
        })
    case (.array(let p), _):
      return .array(
        try map([p], at: location) { (parts) throws(MartletError) in
          try apply(.scalar(parts[0]), b)
        })
    case (_, .array(let q)):
      return .array(
        try map([q], at: location) { (parts) throws(MartletError) in
          try apply(a, .scalar(parts[0]))
        })
    default: throw failure("'\(sign)' takes arrays or numbers", at: location)
    }
  }

  /// An operator on elements of arrays: integers keep their type, and a division by zero raises
  /// nothing.
  private func numpyBinary(
    _ sign: String, _ a: Meaning, _ b: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    guard let type = commonType(a, b), let name = Self.operators[sign] else {
      let wrong = a.dtype == nil ? a : b
      throw failure("'\(sign)' takes numbers, not \(wrong.description)", at: location)
    }
    if sign == "**", case .scalar(let base) = a, case .literal(let exponent) = b,
      type == base.dtype, !type.isComplex, let power = knownPower(base, exponent)
    {
      return .scalar(power)
    }
    return .scalar(
      try function(
        name, [number(a, as: type, at: location), number(b, as: type, at: location)],
        at: location))
  }
}
