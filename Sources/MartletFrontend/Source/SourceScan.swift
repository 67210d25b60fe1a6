/// What can be told about statements without types.
enum SourceScan {
  /// The names that statements assign, loop targets included.
  static func assigned(_ statements: some Sequence<SourceStatement>) -> Set<String> {
    var names: Set<String> = []
    for statement in statements { collect(statement, &names) }
    return names
  }

  private static func collect(_ statement: SourceStatement, _ names: inout Set<String>) {
    switch statement.kind {
    case .assign(let targets, _): for target in targets { collect(target: target, &names) }
    case .augment(_, let target, _): collect(target: target, &names)
    case .branch(_, let then, let otherwise):
      for inner in then + otherwise { collect(inner, &names) }
    case .whileLoop(_, let body, let otherwise):
      for inner in body + otherwise { collect(inner, &names) }
    case .forLoop(let target, _, let body, let otherwise):
      collect(target: target, &names)
      for inner in body + otherwise { collect(inner, &names) }
    case .attempt: for inner in statement.blocks.joined() { collect(inner, &names) }
    default: break
    }
  }

  static func collect(target: SourceExpression, _ names: inout Set<String>) {
    switch target.kind {
    case .name(let name): names.insert(name)
    case .tuple(let items): for item in items { collect(target: item, &names) }
    default: break
    }
  }

  /// The names that a target binds, in order.
  static func names(in target: SourceExpression) -> Set<String> {
    var names: Set<String> = []
    collect(target: target, &names)
    return names
  }

  /// Whether a function can return before its last statement.
  static func returnsEarly(_ body: [SourceStatement]) -> Bool {
    guard let last = body.last else { return false }
    if body.dropLast().contains(where: { contains(return: $0) }) { return true }
    if case .returns = last.kind { return false }
    return contains(return: last)
  }

  static func contains(return statement: SourceStatement) -> Bool {
    switch statement.kind {
    case .returns: true
    case .branch(_, let then, let otherwise), .whileLoop(_, let then, let otherwise),
      .forLoop(_, _, let then, let otherwise):
      (then + otherwise).contains { contains(return: $0) }
    case .attempt: statement.blocks.joined().contains { contains(return: $0) }
    default: false
    }
  }

  /// What may leave a block before its end.
  struct Exits: OptionSet {
    let rawValue: Int
    static let returns = Exits(rawValue: 1)
    static let breaks = Exits(rawValue: 2)
    static let continues = Exits(rawValue: 4)
  }

  /// The exits of statements that leave the block around them.
  static func exits(_ statements: some Sequence<SourceStatement>) -> Exits {
    var exits: Exits = []
    for statement in statements {
      switch statement.kind {
      case .returns, .raise: exits.insert(.returns)
      case .breaks: exits.insert(.breaks)
      case .continues: exits.insert(.continues)
      case .branch(_, let then, let otherwise):
        exits.formUnion(self.exits(then + otherwise))
      case .whileLoop(_, let body, let otherwise), .forLoop(_, _, let body, let otherwise):
        // A loop's own break and continue end at the loop.
        exits.formUnion(self.exits(body).intersection(.returns))
        exits.formUnion(self.exits(otherwise))
      case .attempt: exits.formUnion(self.exits(statement.blocks.joined()))
      default: break
      }
    }
    return exits
  }

  /// Whether there is a loop among statements.
  static func hasLoops(_ statements: [SourceStatement]) -> Bool {
    statements.contains { statement in
      switch statement.kind {
      case .whileLoop, .forLoop: true
      case .branch, .attempt: statement.blocks.contains { hasLoops($0) }
      default: false
      }
    }
  }

  /// Whether control never runs off the end of the statements.
  static func alwaysExits(_ statements: [SourceStatement]) -> Bool {
    guard let last = statements.last else { return false }
    switch last.kind {
    case .returns, .raise, .breaks, .continues: return true
    case .branch(_, let then, let otherwise):
      return alwaysExits(then) && alwaysExits(otherwise)
    // `while True` ends only by leaving the function, unless something breaks it.
    case .whileLoop(let test, let body, _):
      guard test.kind == .truth(true) || test.kind == .integer(1) else { return false }
      return !exits(body).contains(.breaks)
    default: return false
    }
  }

  /// Whether a name is read by statements, outside loops that make it anew.
  static func reads(_ name: String, _ statements: [SourceStatement]) -> Bool {
    statements.contains { statement in
      switch statement.kind {
      case .assign(let targets, let value):
        reads(name, value) || targets.contains { !isName($0, name) && reads(name, $0) }
      case .augment(_, let target, let value): reads(name, target) || reads(name, value)
      case .branch(let test, let then, let otherwise):
        reads(name, test) || reads(name, then) || reads(name, otherwise)
      case .whileLoop(let test, let body, let otherwise):
        reads(name, test) || reads(name, body) || reads(name, otherwise)
      case .forLoop(let target, let iterable, let body, let otherwise):
        reads(name, iterable)
          || (!names(in: target).contains(name) && reads(name, body))
          || reads(name, otherwise)
      case .returns(let value): value.map { reads(name, $0) } ?? false
      case .attempt: statement.blocks.contains { reads(name, $0) }
      case .expression(let value), .assert(let value, _): reads(name, value)
      case .breaks, .continues, .pass, .raise, .unsupported: false
      }
    }
  }

  private static func isName(_ expression: SourceExpression, _ name: String) -> Bool {
    expression.kind == .name(name)
  }

  static func reads(_ name: String, _ expression: SourceExpression) -> Bool {
    if isName(expression, name) { return true }
    return children(expression).contains { reads(name, $0) }
  }

  /// Whether an expression can be computed where its value isn't wanted: it reads no memory and
  /// calls no function of the user's.
  static func isPure(_ expression: SourceExpression) -> Bool {
    switch expression.kind {
    case .index, .closure: return false
    case .call(let callee, _, _):
      switch callee.kind {
      case .dtype: break
      case .known(let name):
        let isNumeric =
          name.hasPrefix("numpy.") || name.hasPrefix("math.") || name.hasPrefix("builtins.")
          || name.hasPrefix("swift.")
        if !isNumeric { return false }
      default: return false
      }
    default: break
    }
    return children(expression).allSatisfy(isPure)
  }

  /// Whether statements may change an array themselves, and which functions they call.
  static func writes(
    _ statements: some Sequence<SourceStatement>, _ called: inout Set<Int>,
    place: (SourceExpression) -> Int?
  ) -> Bool {
    var writes = false
    for statement in statements {
      if expressions(of: statement).contains(where: { writesResult($0, place: place) }) {
        writes = true
      }
      switch statement.kind {
      case .assign(let targets, let value):
        called.formUnion(calls(value))
        for target in targets {
          called.formUnion(calls(target))
          if case .name = target.kind { continue }
          if case .tuple(let items) = target.kind,
            items.allSatisfy({ if case .name = $0.kind { true } else { false } })
          {
            continue
          }
          writes = true
        }
      case .augment(_, let target, let value):
        called.formUnion(calls(target).union(calls(value)))
        writes = true
      case .branch(let test, let then, let otherwise),
        .whileLoop(let test, let then, let otherwise):
        called.formUnion(calls(test))
        if self.writes(then + otherwise, &called, place: place) { writes = true }
      case .forLoop(_, let iterable, let body, let otherwise):
        called.formUnion(calls(iterable))
        if self.writes(body + otherwise, &called, place: place) { writes = true }
      case .returns(let value): if let value { called.formUnion(calls(value)) }
      case .attempt:
        if self.writes(statement.blocks.joined(), &called, place: place) { writes = true }
      case .assert(let value, _): called.formUnion(calls(value))
      // Such as `a.sort()`.
      case .expression: writes = true
      case .breaks, .continues, .pass, .raise, .unsupported: break
      }
    }
    return writes
  }

  /// The expressions that a statement computes itself, not those of statements inside.
  private static func expressions(of statement: SourceStatement) -> [SourceExpression] {
    switch statement.kind {
    case .assign(let targets, let value): targets + [value]
    case .augment(_, let target, let value): [target, value]
    case .branch(let test, _, _), .whileLoop(let test, _, _): [test]
    case .forLoop(let target, let iterable, _, _): [target, iterable]
    case .returns(let value): value.map { [$0] } ?? []
    case .expression(let value), .assert(let value, _): [value]
    case .breaks, .continues, .pass, .raise, .attempt, .unsupported: []
    }
  }

  /// Whether computing an expression writes to an array that a function of NumPy's is given for its
  /// result. `place` tells at which argument of a callee such arrays begin.
  static func writesResult(
    _ expression: SourceExpression, place: (SourceExpression) -> Int?
  ) -> Bool {
    if case .call(let callee, let arguments, let keywords) = expression.kind {
      if keywords.contains(where: { $0.name == "out" }) { return true }
      if arguments.count > 1, let place = place(callee), arguments.count > place { return true }
    }
    return children(expression).contains { writesResult($0, place: place) }
  }

  /// The functions of the program that an expression calls.
  static func calls(_ expression: SourceExpression) -> Set<Int> {
    var found = children(expression).reduce(into: Set<Int>()) { $0.formUnion(calls($1)) }
    if case .function(let number) = expression.kind { found.insert(number) }
    if case .closure(let number, _) = expression.kind { found.insert(number) }
    return found
  }

  /// Whether computing an expression may raise an exception in Python: a division by zero, or
  /// whatever a function raises.
  static func mayRaise(_ expression: SourceExpression) -> Bool {
    switch expression.kind {
    case .binary("/", _, _), .binary("//", _, _), .binary("%", _, _), .binary("**", _, _):
      return true
    case .binary("<<", _, _), .binary(">>", _, _): return true
    case .call(let callee, _, _):
      let harmless = ["abs", "min", "max", "len", "float", "int", "bool"].map { "builtins.\($0)" }
      guard case .known(let name) = callee.kind, harmless.contains(name) else { return true }
    default: break
    }
    return children(expression).contains(where: mayRaise)
  }

  /// The names that functions inside of these statements have from around them.
  static func captured(_ statements: [SourceStatement]) -> Set<String> {
    var names: Set<String> = []
    for statement in statements {
      switch statement.kind {
      case .assign(let targets, let value):
        for one in targets + [value] { collectCaptured(one, &names) }
      case .augment(_, let target, let value):
        for one in [target, value] { collectCaptured(one, &names) }
      case .branch(let test, let then, let otherwise),
        .whileLoop(let test, let then, let otherwise),
        .forLoop(_, let test, let then, let otherwise):
        collectCaptured(test, &names)
        names.formUnion(captured(then + otherwise))
      case .returns(let value): if let value { collectCaptured(value, &names) }
      case .attempt: names.formUnion(captured(Array(statement.blocks.joined())))
      case .expression(let value), .assert(let value, _): collectCaptured(value, &names)
      case .breaks, .continues, .pass, .raise, .unsupported: break
      }
    }
    return names
  }

  private static func collectCaptured(_ expression: SourceExpression, _ names: inout Set<String>) {
    if case .closure(_, let own) = expression.kind { names.formUnion(own) }
    for child in children(expression) { collectCaptured(child, &names) }
  }

  static func children(_ expression: SourceExpression) -> [SourceExpression] {
    switch expression.kind {
    case .unary(_, let a): [a]
    case .binary(_, let a, let b): [a, b]
    case .compare(let first, let rest): [first] + rest.map(\.value)
    case .and(let items), .or(let items), .tuple(let items), .list(let items): items
    case .starred(let value): [value]
    // It may read them when it is called.
    case .closure(_, let names): names.map { SourceExpression(.name($0), at: expression.location) }
    case .conditional(let test, let a, let b): [test, a, b]
    case .call(let callee, let arguments, let keywords):
      [callee] + arguments + keywords.map(\.value)
    case .attribute(let value, _): [value]
    case .index(let value, let indices):
      [value]
        + indices.flatMap { index -> [SourceExpression] in
          switch index {
          case .element(let element): [element]
          case .slice(let start, let stop, let step): [start, stop, step].compactMap { $0 }
          case .ellipsis: []
          }
        }
    default: []
    }
  }
}
