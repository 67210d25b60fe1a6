import MartletIR

/// Where lists stand in statements and expressions.
extension FunctionLowering {
  /// `list(…)` and `sorted(…)`, whose argument may be whatever a loop runs over; nil for other calls.
  func listCall(
    _ callee: Meaning, _ arguments: [SourceExpression], _ keywords: [SourceKeyword],
    _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    guard case .known(let name) = callee, name == "builtins.list" || name == "builtins.sorted",
      isPython
    else { return nil }
    if arguments.isEmpty, name == "builtins.list" { return .list(try newList(at: location)) }
    guard arguments.count == 1 else {
      throw failure("'\(name.dropFirst(9))' takes one argument in kernels", at: location)
    }
    let source = try iteration(over: arguments[0], frame)
    if name == "builtins.list", keywords.isEmpty {
      return .list(try list(from: source, at: location))
    }
    var given: [(name: String, value: Meaning)] = []
    for keyword in keywords { given.append((keyword.name, try lower(keyword.value, frame))) }
    return .list(try sortedList(source, given, at: location))
  }

  /// The one index between brackets.
  func onlyIndex(
    _ indices: [SourceIndex], _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    guard indices.count == 1, case .element(let expression) = indices[0] else {
      throw failure("one index is expected here, and no slice", at: location)
    }
    return try lower(expression, frame)
  }

  /// `list[i]` or `list[a:b]`.
  func item(
    of list: ListValue, _ indices: [SourceIndex], _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let given = try given(indices, frame)
    guard given.count == 1 else { throw failure("a list takes one index", at: location) }
    switch given[0] {
    case .slice(let start, let stop, let step):
      return .list(try slice(of: list, start, stop, step, at: location))
    case .element(let index): return try element(of: list, at: index, location)
    case .newAxis, .ellipsis: throw failure("a list takes a number or a slice", at: location)
    }
  }

  /// `list += values`, which changes the list.
  func extending(
    _ list: ListValue, _ sign: String, _ value: SourceExpression, _ frame: Frame,
    _ location: SourcePosition
  ) throws(MartletError) -> () throws(MartletError) -> Void {
    guard sign == "+" else {
      throw failure("'\(sign)=' of a list is not in the language of kernels", at: location)
    }
    let source = try iteration(over: value, frame)
    return { [self] () throws(MartletError) in try extend(list, by: source, at: location) }
  }

  /// `holder[i] sign= value` of a list, or of an array's elements one by one; nil for others.
  func augmentedElement(
    of holder: Meaning, _ indices: [SourceIndex], _ sign: String, _ value: SourceExpression,
    _ frame: Frame, _ place: SourcePosition, at location: SourcePosition
  ) throws(MartletError) -> (() throws(MartletError) -> Void)? {
    switch holder {
    case .list(let list):
      let index = try onlyIndex(indices, frame, at: place)
      let old = try element(of: list, at: index, place)
      let result = try augmenting(sign, old, value, frame, at: location)
      return { [self] () throws(MartletError) in
        try setElement(of: list, at: index, to: result, place)
      }
    case .flat(let array):
      let own = try flatElement(of: array, onlyIndex(indices, frame, at: place), at: place)
      let old = Meaning.scalar(try element(of: own, []))
      let result = try augmenting(sign, old, value, frame, at: location)
      return { [self] () throws(MartletError) in try fill(own, with: result, at: location) }
    default: return nil
    }
  }
}
