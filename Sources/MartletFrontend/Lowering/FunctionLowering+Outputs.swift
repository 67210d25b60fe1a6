import MartletIR

/// Ufuncs with more than their operands, and results that are written to arrays which a call gives.
extension FunctionLowering {
  // MARK: Results in given arrays

  /// The array given as `out`; nil where there is none.
  func output(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue? {
    guard let meaning = arguments.takeGiven("out") else { return nil }
    return try output(meaning, of: arguments.name, at: location)
  }

  private func output(
    _ meaning: Meaning, of name: String, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue? {
    if case .none = meaning { return nil }
    guard case .array(let array) = meaning, array.place != nil else {
      throw failure("'out' of \(name) is an array, not \(meaning.description)", at: location)
    }
    return array
  }

  /// Writes a result to the array that was given for it, and gives that.
  ///
  /// - Parameter isInner: whether the result was computed with the array's type in mind already.
  func written(
    _ result: Meaning, to output: ArrayValue, _ rule: OutputRule, _ name: String,
    casting: Promotion.Casting? = nil, isInner: Bool = false, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    guard let own = try array(result, at: location) else {
      throw failure("'out' of \(name) takes no \(result.description)", at: location)
    }
    try checkOutput(own.dtype, output, rule, name, casting, at: location)
    guard own.rank == output.rank else {
      throw failure(
        "'out' of \(name) has \(output.rank) dimension\(output.rank == 1 ? "" : "s"), and the "
          + "result \(own.rank)", at: location)
    }
    let before = failureCount
    for (axis, size) in own.shape.enumerated() {
      let wanted = output.shape[axis]
      guard size.value != wanted.value, rules.target == .host else { continue }
      try builder.branch(size != wanted) { () throws(MartletError) in
        try failArray(
          "ValueError",
          "\(name): 'out' has {0} elements along axis \(axis), and the result {1}",
          [wanted, size], at: location)
      }
    }
    if rule == .exact { try checkPacked(output, name, at: location) }
    try unlessFailed(since: before) { () throws(MartletError) in
      try fill(output, with: .array(own), at: location)
    }
    return .array(output)
  }

  /// Refuses an array of a type that results of this one are not written to.
  func checkOutput(
    _ own: DType, _ output: ArrayValue, _ rule: OutputRule, _ name: String,
    _ casting: Promotion.Casting? = nil, at location: SourcePosition
  ) throws(MartletError) {
    let fits =
      switch rule {
      case .sameKind: Promotion.canCast(own, to: output.dtype, casting ?? .sameKind)
      case .widening: Promotion.canCast(output.dtype, to: own, .safe)
      case .safe: Promotion.canCast(own, to: output.dtype, .safe)
      case .unsafe: true
      case .exact: own == output.dtype
      }
    guard fits else {
      throw failure(
        "'out' of \(name) is an array of \(output.dtype), which a result of \(own) is not "
          + "converted to", at: location)
    }
  }

  /// Fails where the elements of an array do not lie side by side in C order.
  private func checkPacked(
    _ array: ArrayValue, _ name: String, at location: SourcePosition
  ) throws(MartletError) {
    guard rules.target == .host else { return }
    let (parts, _) = try flattened(.array(array), at: location)
    var (expected, isPacked) = (builder.integer(1), truth(true))
    for axis in (0..<array.rank).reversed() {
      let stride = try number(parts[1 + array.rank + axis], at: location)
      isPacked = isPacked & ((array.shape[axis] == builder.integer(1)) | (stride == expected))
      expected = expected * array.shape[axis]
    }
    isPacked = isPacked | (expected == builder.integer(0))
    try builder.branch(!isPacked) { () throws(MartletError) in
      try failArray(
        "ValueError",
        "\(name): output array is not acceptable (must have the right datatype, number of "
          + "dimensions, and be a C-Array)", at: location)
    }
  }

  // MARK: Ufuncs

  /// What a ufunc is told beside its operands.
  struct UFuncRequest {
    var dtype: DType?
    var casting = Promotion.Casting.sameKind
    /// Where results are wanted; nil for everywhere.
    var mask: Meaning?
    var outputs: [ArrayValue?] = []
  }

  /// A call of a row of the operations table with `out`, `where` and the like; nil where there is no
  /// such row.
  func ufunc(
    _ name: String, _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    guard let inputs = operandCount(name), let outputs = resultCount(name, inputs) else {
      return nil
    }
    var (arguments, keywords) = (arguments, keywords)
    if outputs > 1, arguments.count > inputs {
      guard arguments.count <= inputs + outputs else {
        throw failure(
          "\(name)() takes at most \(inputs + outputs) positional arguments, not "
            + "\(arguments.count)", at: location)
      }
      // Results side by side are a tuple of them.
      guard !keywords.contains(where: { $0.name == "out" }) else {
        throw failure("argument for \(name)() given by name ('out') and position", at: location)
      }
      let given = Array(arguments[inputs...])
      let missing = [Meaning](repeating: .none, count: inputs + outputs - arguments.count)
      keywords.append(("out", .tuple(given + missing)))
      arguments = Array(arguments[..<inputs])
    }
    var bound = try bound(
      FunctionTable.ufunc(name, inputs: inputs, outputs: outputs), arguments, keywords,
      at: location)
    let operands = (inputs == 1 ? ["x"] : (1...inputs).map { "x\($0)" }).map { bound.take($0) }
    let request = try request(&bound, outputs, at: location)
    try checkTaken(bound, at: location)
    let own = try elementTypes(operands, name, at: location)
    let (types, results) = try loop(of: name, operands, own, request, at: location)
    return try computed(operands, results, request, name, at: location) {
      (mixed) throws(MartletError) in
      var values: [Expression] = []
      for (operand, type) in zip(mixed, types) {
        values.append(try self.number(operand, as: type, at: location))
      }
      return try self.functions(name, values, at: location)
    }
  }

  /// `out`, `where`, `dtype` and `casting` of a ufunc.
  func request(
    _ arguments: inout BoundArguments, _ count: Int, at location: SourcePosition
  ) throws(MartletError) -> UFuncRequest {
    var request = UFuncRequest()
    let name = arguments.name
    request.casting = try casting(&arguments, at: location)
    request.dtype = try dtype(&arguments, at: location)
    // Results lie in C order, which every order but "F" allows.
    _ = try text("order", of: ["K", "A", "C"], &arguments, at: location)
    _ = try truth("subok", &arguments, at: location)
    let mask = known(arguments.take("where"))
    guard elementType(mask) == .bool else {
      throw failure(
        "'where' of \(name) is an array of truth values, not \(mask.description)", at: location)
    }
    if case .literal(.truth(true)) = mask {} else { request.mask = mask }
    let given = arguments.take("out")
    if case .tuple(let items) = given {
      guard items.count == count, !arguments.isPositional("out") else {
        throw failure(
          "'out' of \(name) is a tuple of \(count), one for each result", at: location)
      }
      for item in items { request.outputs.append(try output(item, of: name, at: location)) }
    } else if case .none = given {
      request.outputs = [ArrayValue?](repeating: nil, count: count)
    } else {
      guard count == 1 else {
        throw failure("'out' of \(name) is a tuple of \(count) arrays", at: location)
      }
      request.outputs = [try output(given, of: name, at: location)]
    }
    return request
  }

  /// The types of operands side by side, where literals take those of the others.
  private func elementTypes(
    _ operands: [Meaning], _ name: String, at location: SourcePosition
  ) throws(MartletError) -> [DType] {
    var common: DType?
    for operand in operands {
      guard let dtype = elementType(operand) else {
        throw failure("\(name) takes numbers and arrays, not \(operand.description)", at: location)
      }
      if case .literal = operand { continue }
      common = common.map { Promotion.promote($0, dtype) } ?? dtype
    }
    return operands.map { operand in
      if case .literal(let literal) = operand, let common {
        return Promotion.resolve(literal.weak, beside: common)
      }
      return elementType(operand) ?? .float64
    }
  }

  /// The type of a number or of an array's elements.
  private func elementType(_ meaning: Meaning) -> DType? {
    if case .array(let array) = meaning { return array.dtype }
    return meaning.dtype
  }

  /// The types that a ufunc's operands are converted to, and those of its results.
  private func loop(
    of name: String, _ operands: [Meaning], _ own: [DType], _ request: UFuncRequest,
    at location: SourcePosition
  ) throws(MartletError) -> (inputs: [DType], outputs: [DType]) {
    guard let natural = library(name, own) else {
      let types = own.map(\.name).joined(separator: ", ")
      throw failure("'\(name)' takes no arguments of type \(types)", at: location)
    }
    guard let asked = request.dtype, natural.outputs != [asked] else {
      if request.casting == .no || request.casting == .equiv {
        for (from, to) in zip(own, natural.inputs) where from != to {
          throw failure(
            "'casting' of \(name) forbids to convert \(from) to \(to)", at: location)
        }
      }
      return (natural.inputs, natural.outputs)
    }
    let alike = [DType](repeating: asked, count: own.count)
    guard let loop = library(name, alike), loop.outputs == [asked], loop.inputs == alike else {
      throw failure("'dtype' of \(name) can't be \(asked)", at: location)
    }
    for (operand, dtype) in zip(operands, own) {
      var isAllowed = Promotion.canCast(dtype, to: asked, request.casting)
      if case .literal(let literal) = operand {
        isAllowed = Promotion.resolve(literal.weak, beside: asked) == asked
      }
      guard isAllowed else {
        throw failure(
          "'dtype' of \(name) is \(asked), which an operand of \(dtype) is not converted to",
          at: location)
      }
    }
    return (loop.inputs, loop.outputs)
  }

  /// Functions of numbers, element by element, written where a call wants them.
  func computed(
    _ operands: [Meaning], _ types: [DType], _ request: UFuncRequest, _ name: String,
    at location: SourcePosition,
    _ body: @escaping ([Meaning]) throws(MartletError) -> [Expression]
  ) throws(MartletError) -> Meaning {
    var results: [Meaning] = []
    for (i, type) in types.enumerated() {
      guard let output = request.outputs[i] else {
        // What is not wanted may be anything; computing it is as good.
        let all = operands + (request.mask.map { [$0] } ?? [])
        results.append(
          try mapped(all, at: location) { (mixed) throws(MartletError) in
            .scalar(try body(Array(mixed.prefix(operands.count)))[i])
          })
        continue
      }
      try checkOutput(
        type, output, .sameKind, name, request.casting, at: location)
      var result: Meaning
      if let mask = request.mask {
        // Elsewhere the array keeps its elements.
        result = try mapped(operands + [mask, .array(output)], at: location) {
          (mixed) throws(MartletError) in
          let value = try body(Array(mixed.prefix(operands.count)))[i].cast(to: output.dtype)
          let isWanted = try self.truth(of: mixed[operands.count], at: location)
          let old = try self.number(mixed[operands.count + 1], at: location)
          return .scalar(isWanted.select(value, old))
        }
      } else {
        result = try mapped(operands, at: location) { (mixed) throws(MartletError) in
          .scalar(try body(mixed)[i].cast(to: output.dtype))
        }
      }
      // One result may be an operand of the next.
      if types.count > 1 { result = try settledNow(result, at: location) }
      results.append(result)
    }
    for (i, output) in request.outputs.enumerated() {
      guard let output else { continue }
      try fill(output, with: results[i], at: location)
      results[i] = .array(output)
    }
    return results.count == 1 ? results[0] : .tuple(results)
  }

  /// `np.clip` and the method: between two bounds, each of which may be missing.
  func clipped(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    let a = arguments.take("a")
    var low = arguments.takeGiven("min")
    var high = arguments.takeGiven("max")
    if !arguments.row.isMethod {
      let (hasLow, hasHigh) = (arguments.isGiven("a_min"), arguments.isGiven("a_max"))
      let hasOther = arguments.isGiven("min") || arguments.isGiven("max")
      let (first, second) = (arguments.takeGiven("a_min"), arguments.takeGiven("a_max"))
      if hasLow || hasHigh {
        guard hasLow, hasHigh else {
          throw failure(
            "clip() missing 1 required positional argument: '\(hasLow ? "a_max" : "a_min")'",
            at: location)
        }
        guard !hasOther else {
          throw failure(
            "Passing `min` or `max` keyword argument when `a_min` and `a_max` are provided is "
              + "forbidden.", at: location)
        }
        (low, high) = (first, second)
      }
    }
    let request = try request(&arguments, 1, at: location)
    // As NumPy has it, a bound that no number of the type is beyond is none.
    if let dtype = elementType(a), dtype.isInteger {
      if isBeyond(low, dtype, isGreatest: false) { low = nil }
      if isBeyond(high, dtype, isGreatest: true) { high = nil }
    }
    let operands = [a] + [low, high].compactMap { $0 }
    var common = try elementTypes(operands, "clip", at: location).reduce(DType.bool) {
      Promotion.promote($0, $1)
    }
    if common == .bool {
      if operands.count == 1 { throw failure("clip takes no truth values alone", at: location) }
      common = .int8
    }
    let (types, results) = try loop(
      of: "maximum", [a, a], [common, common], request, at: location)
    return try computed(operands, results, request, "clip", at: location) {
      (mixed) throws(MartletError) in
      var value = try self.number(mixed[0], as: types[0], at: location)
      var bounds = mixed.dropFirst()
      if low != nil, let bound = bounds.popFirst() {
        value = try self.function(
          "maximum", [value, self.number(bound, as: types[0], at: location)], at: location)
      }
      if high != nil, let bound = bounds.popFirst() {
        value = try self.function(
          "minimum", [value, self.number(bound, as: types[0], at: location)], at: location)
      }
      return [value]
    }
  }

  /// Whether a bound is an integer as it was written that limits no number of a type.
  private func isBeyond(_ bound: Meaning?, _ dtype: DType, isGreatest: Bool) -> Bool {
    guard case .literal(.integer(let value))? = bound else { return false }
    let bits = 8 * dtype.itemSize
    if isGreatest {
      if dtype.isUnsigned { return bits < 64 && value >= (1 << Int64(bits)) - 1 }
      return value >= (bits == 64 ? .max : (1 << Int64(bits - 1)) - 1)
    }
    return value <= (dtype.isUnsigned ? 0 : bits == 64 ? .min : -(1 << Int64(bits - 1)))
  }
}
