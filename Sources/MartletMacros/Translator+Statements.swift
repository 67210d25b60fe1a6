import MartletFrontend
import MartletIR
import SwiftSyntax

extension Translator {
  typealias Statement = SourceStatement

  /// The statements of a block of its own.
  func block(_ items: CodeBlockItemListSyntax) -> [Statement] {
    withScope {
      items.flatMap { item in attempt { () throws(Problem) in try statement(item) } ?? [] }
    }
  }

  /// A body that gives something: a single expression needs no `return`.
  func resultBlock(_ items: CodeBlockItemListSyntax) -> [Statement] {
    guard items.count == 1, let only = items.first else { return block(items) }
    var value: ExprSyntax?
    switch only.item {
    case .expr(let own): value = own
    case .stmt(let own): value = own.as(ExpressionStmtSyntax.self)?.expression
    case .decl: break
    }
    guard let value else { return block(items) }
    // Where the branches return themselves it is an ordinary statement.
    if value.is(IfExprSyntax.self) || value.is(SwitchExprSyntax.self) {
      return withScope {
        attempt { () throws(Problem) in
          try branches(value) { items in self.resultBlock(items) }
        } ?? []
      }
    }
    return withScope {
      attempt { () throws(Problem) in
        [Statement(.returns(try expression(value)), at: text.location(of: value))]
      } ?? []
    }
  }

  private func statement(_ item: CodeBlockItemSyntax) throws(Problem) -> [Statement] {
    switch item.item {
    case .decl(let decl): return try declaration(decl)
    case .stmt(let stmt): return try statement(stmt)
    case .expr(let value): return try effect(value)
    }
  }

  // MARK: Declarations

  private func declaration(_ decl: DeclSyntax) throws(Problem) -> [Statement] {
    guard let variable = decl.as(VariableDeclSyntax.self) else {
      if let function = decl.as(FunctionDeclSyntax.self) {
        declare(function.name.text, as: .wrong)
      }
      throw Problem.missing(Self.name(of: decl), at: decl)
    }
    if let attribute = variable.attributes.first {
      for binding in variable.bindings { declareWrong(binding.pattern) }
      throw Problem.missing("'\(attribute.trimmedDescription)' of a variable", at: attribute)
    }
    if let modifier = variable.modifiers.first {
      for binding in variable.bindings { declareWrong(binding.pattern) }
      throw Problem.missing("'\(modifier.trimmedDescription)' of a variable", at: modifier)
    }
    // `let a, b: Float`: the type is that of all before it.
    var statements: [Statement] = []
    let bindings = Array(variable.bindings)
    for (i, binding) in bindings.enumerated() {
      if let accessors = binding.accessorBlock {
        declareWrong(binding.pattern)
        throw Problem.missing("a computed variable", at: accessors)
      }
      let type =
        binding.typeAnnotation
        ?? (binding.initializer == nil
          ? bindings[i...].lazy.compactMap(\.typeAnnotation).first : nil)
      do throws(Problem) {
        statements += try self.binding(binding, type?.type)
      } catch {
        declareWrong(binding.pattern)
        throw error
      }
    }
    return statements
  }

  private func declareWrong(_ pattern: PatternSyntax) {
    if let name = pattern.as(IdentifierPatternSyntax.self) {
      declare(name.identifier.text, as: .wrong)
    } else if let tuple = pattern.as(TuplePatternSyntax.self) {
      for element in tuple.elements { declareWrong(element.pattern) }
    }
  }

  private func binding(
    _ binding: PatternBindingSyntax, _ type: TypeSyntax?
  ) throws(Problem) -> [Statement] {
    let location = text.location(of: binding)
    guard let value = binding.initializer?.value else {
      guard let name = binding.pattern.as(IdentifierPatternSyntax.self), let type else {
        throw Problem.missing("a declaration without type and value", at: binding)
      }
      let zero = try cast(SourceExpression(.integer(0), at: location), to: type)
      let target = SourceExpression(.name(declare(name.identifier.text)), at: location)
      return [Statement(.assign([target], zero), at: location)]
    }
    if let name = binding.pattern.as(IdentifierPatternSyntax.self) {
      if let memory = try ownMemory(value) {
        let own = unique(name.identifier.text)
        declare(name.identifier.text, as: .array(own, isParameter: false))
        let target = SourceExpression(.name(own), at: text.location(of: name))
        return [Statement(.assign([target], memory), at: location)]
      }
      if let branching = try chosen(value, for: name, type) { return branching }
    }
    var made = try expression(value)
    if let type {
      made = try cast(made, to: type)
    }
    let target = try self.target(declaring: binding.pattern)
    return [Statement(.assign([target], made), at: location)]
  }

  /// `let x = if … { 1 } else { 2 }`: an assignment in each branch.
  private func chosen(
    _ value: ExprSyntax, for name: IdentifierPatternSyntax, _ type: TypeSyntax?
  ) throws(Problem) -> [Statement]? {
    guard value.is(IfExprSyntax.self) || value.is(SwitchExprSyntax.self) else { return nil }
    let own = unique(name.identifier.text)
    let target = SourceExpression(.name(own), at: text.location(of: name))
    let statements = try branches(value) { items in
      guard items.count == 1, let only = items.first, case .expr(let result) = only.item else {
        self.problems.append(
          Problem.missing("a branch of several statements that gives a value", at: items))
        return []
      }
      return self.withScope {
        self.attempt { () throws(Problem) in
          var made = try self.expression(result)
          if let type { made = try self.cast(made, to: type) }
          return [Statement(.assign([target], made), at: self.text.location(of: result))]
        } ?? []
      }
    }
    declare(name.identifier.text, as: .local(own))
    return statements
  }

  private func cast(
    _ value: SourceExpression, to type: TypeSyntax
  ) throws(Problem) -> SourceExpression {
    if let tuple = type.as(TupleTypeSyntax.self) {
      return try cast(value, to: tuple.elements.map(\.type))
    }
    guard let dtype = Signature.dtype(type) else {
      throw Problem.missing("the type '\(type.trimmedDescription)'", at: type)
    }
    if dtype == .bool, case .integer = value.kind {
      return SourceExpression(.truth(false), at: value.location)
    }
    let callee = SourceExpression(.dtype(dtype), at: value.location)
    return SourceExpression(.call(callee, [value], []), at: value.location)
  }

  private func cast(
    _ value: SourceExpression, to types: [TypeSyntax]
  ) throws(Problem) -> SourceExpression {
    if types.count == 1 { return try cast(value, to: types[0]) }
    switch value.kind {
    case .tuple(let items) where items.count == types.count:
      var parts: [SourceExpression] = []
      for (item, type) in zip(items, types) { parts.append(try cast(item, to: type)) }
      return SourceExpression(.tuple(parts), at: value.location)
    case .conditional(let test, let a, let b):
      return SourceExpression(
        .conditional(test: test, try cast(a, to: types), try cast(b, to: types)),
        at: value.location)
    // What a function gives has its types already.
    default: return value
    }
  }

  /// What a pattern declares, as a target.
  private func target(declaring pattern: PatternSyntax) throws(Problem) -> SourceExpression {
    let location = text.location(of: pattern)
    if let name = pattern.as(IdentifierPatternSyntax.self) {
      return SourceExpression(.name(declare(name.identifier.text)), at: location)
    }
    if pattern.is(WildcardPatternSyntax.self) {
      return SourceExpression(.name(unique("_")), at: location)
    }
    if let tuple = pattern.as(TuplePatternSyntax.self) {
      var items: [SourceExpression] = []
      for element in tuple.elements { items.append(try target(declaring: element.pattern)) }
      return SourceExpression(.tuple(items), at: location)
    }
    throw Problem.missing("this pattern", at: pattern)
  }

  // MARK: Statements

  private func statement(_ stmt: StmtSyntax) throws(Problem) -> [Statement] {
    let location = text.location(of: stmt)
    switch stmt.kind {
    case .expressionStmt:
      return try effect(stmt.cast(ExpressionStmtSyntax.self).expression)
    case .returnStmt:
      guard let value = stmt.cast(ReturnStmtSyntax.self).expression else {
        return [Statement(.returns(nil), at: location)]
      }
      return [Statement(.returns(try expression(value)), at: location)]
    case .breakStmt:
      if let label = stmt.cast(BreakStmtSyntax.self).label {
        throw Problem.missing("'break' with a label", at: label)
      }
      if surroundings.last == .switchCase {
        throw Problem.missing("'break' before the end of a switch case", at: stmt)
      }
      return [Statement(.breaks, at: location)]
    case .continueStmt:
      if let label = stmt.cast(ContinueStmtSyntax.self).label {
        throw Problem.missing("'continue' with a label", at: label)
      }
      return [Statement(.continues, at: location)]
    case .guardStmt:
      let guarding = stmt.cast(GuardStmtSyntax.self)
      let test = try condition(guarding.conditions)
      let body = block(guarding.body.statements)
      return [
        Statement(
          .branch(SourceExpression(.unary("not", test), at: test.location), body, []),
          at: location)
      ]
    case .whileStmt:
      let loop = stmt.cast(WhileStmtSyntax.self)
      let test = try condition(loop.conditions)
      return [
        Statement(.whileLoop(test, loopBody(loop.body.statements), otherwise: []), at: location)
      ]
    case .repeatStmt: return try repeatLoop(stmt.cast(RepeatStmtSyntax.self))
    case .forStmt: return try forLoop(stmt.cast(ForStmtSyntax.self))
    default: throw Problem.missing(Self.name(of: stmt), at: stmt)
    }
  }

  private func loopBody(_ items: CodeBlockItemListSyntax) -> [Statement] {
    surroundings.append(.loop)
    defer { surroundings.removeLast() }
    return block(items)
  }

  /// The test is part of the loop's own, after the first time, so that `continue` comes to it.
  private func repeatLoop(_ loop: RepeatStmtSyntax) throws(Problem) -> [Statement] {
    let location = text.location(of: loop)
    let test = try expression(loop.condition)
    let isFirst = SourceExpression(.name(unique("repeat")), at: location)
    func set(_ value: Bool) -> Statement {
      Statement(.assign([isFirst], SourceExpression(.truth(value), at: location)), at: location)
    }
    return [
      set(true),
      Statement(
        .whileLoop(
          SourceExpression(.or([isFirst, test]), at: test.location),
          [set(false)] + loopBody(loop.body.statements), otherwise: []), at: location),
    ]
  }

  private func forLoop(_ loop: ForStmtSyntax) throws(Problem) -> [Statement] {
    let location = text.location(of: loop)
    if let word = loop.caseKeyword { throw Problem.missing("'for case'", at: word) }
    let range = try self.range(loop.sequence)
    return try withScope { () throws(Problem) in
      var target: SourceExpression
      if loop.pattern.is(IdentifierPatternSyntax.self)
        || loop.pattern.is(WildcardPatternSyntax.self)
      {
        target = try self.target(declaring: loop.pattern)
      } else {
        throw Problem.missing("this pattern of a loop", at: loop.pattern)
      }
      target.location = text.location(of: loop.pattern)
      var body = loopBody(loop.body.statements)
      if let clause = loop.whereClause {
        let test = try expression(clause.condition)
        body = [Statement(.branch(test, body, []), at: test.location)]
      }
      return [Statement(.forLoop(target, in: range, body, otherwise: []), at: location)]
    }
  }

  private func range(_ value: ExprSyntax) throws(Problem) -> SourceExpression {
    let location = text.location(of: value)
    func call(_ name: String, _ arguments: [SourceExpression]) -> SourceExpression {
      SourceExpression(
        .call(SourceExpression(.known("swift.\(name)"), at: location), arguments, []),
        at: location)
    }
    if let tuple = value.as(TupleExprSyntax.self), tuple.elements.count == 1,
      let only = tuple.elements.first
    {
      return try range(only.expression)
    }
    if let (low, high, sign) = Self.rangeParts(value), let low, let high {
      return call(
        sign == "..<" ? "range" : "closedRange", [try expression(low), try expression(high)])
    }
    if let made = value.as(FunctionCallExprSyntax.self) {
      let labels = made.arguments.map { $0.label?.text ?? "_" }
      if let name = made.calledExpression.as(DeclReferenceExprSyntax.self)?.baseName.text,
        name == "stride", labels == ["from", "to", "by"] || labels == ["from", "through", "by"]
      {
        var arguments: [SourceExpression] = []
        for argument in made.arguments { arguments.append(try expression(argument.expression)) }
        return call(labels[1] == "to" ? "stride" : "strideThrough", arguments)
      }
      if let member = made.calledExpression.as(MemberAccessExprSyntax.self), let base = member.base,
        member.declName.baseName.text == "reversed", labels.isEmpty
      {
        return call("reversed", [try range(base)])
      }
    }
    throw Problem("a loop in a kernel runs over a range or a stride", at: value)
  }

  /// The ends and the sign of `a..<b`, `...b` and their like.
  static func rangeParts(
    _ value: ExprSyntax
  ) -> (low: ExprSyntax?, high: ExprSyntax?, sign: String)? {
    if let infix = value.as(InfixOperatorExprSyntax.self) {
      let sign = infix.operator.trimmedDescription
      if sign == "..<" || sign == "..." { return (infix.leftOperand, infix.rightOperand, sign) }
    }
    if let prefix = value.as(PrefixOperatorExprSyntax.self) {
      let sign = prefix.operator.text
      if sign == "..<" || sign == "..." { return (nil, prefix.expression, sign) }
    }
    if let postfix = value.as(PostfixOperatorExprSyntax.self), postfix.operator.text == "..." {
      return (postfix.expression, nil, "...")
    }
    return nil
  }

  // MARK: Branches

  func condition(_ conditions: ConditionElementListSyntax) throws(Problem) -> SourceExpression {
    var tests: [SourceExpression] = []
    for element in conditions {
      guard case .expression(let value) = element.condition else {
        throw Problem.missing(
          "'\(element.condition.trimmedDescription)' as a condition", at: element)
      }
      tests.append(try expression(value))
    }
    return tests.count == 1
      ? tests[0] : SourceExpression(.and(tests), at: tests[0].location)
  }

  /// `if` or `switch`, each branch's statements made by `body`.
  func branches(
    _ value: ExprSyntax, _ body: (CodeBlockItemListSyntax) -> [Statement]
  ) throws(Problem) -> [Statement] {
    if let branch = value.as(IfExprSyntax.self) {
      let test = try condition(branch.conditions)
      let then = body(branch.body.statements)
      var otherwise: [Statement] = []
      switch branch.elseBody {
      case .ifExpr(let next): otherwise = try branches(ExprSyntax(next), body)
      case .codeBlock(let last): otherwise = body(last.statements)
      case nil: break
      }
      return [Statement(.branch(test, then, otherwise), at: text.location(of: branch))]
    }
    guard let choice = value.as(SwitchExprSyntax.self) else { return [] }
    return try self.choice(choice, body)
  }

  private func choice(
    _ choice: SwitchExprSyntax, _ body: (CodeBlockItemListSyntax) -> [Statement]
  ) throws(Problem) -> [Statement] {
    let location = text.location(of: choice)
    // The subject is computed once.
    let subject = SourceExpression(
      .name(unique("switch")), at: text.location(of: choice.subject))
    let before = Statement(.assign([subject], try expression(choice.subject)), at: location)
    surroundings.append(.switchCase)
    defer { surroundings.removeLast() }
    var cases: [(test: SourceExpression?, body: [Statement])] = []
    for element in choice.cases {
      guard case .switchCase(let own) = element else {
        throw Problem.missing("'#if'", at: element)
      }
      let made = try withScope { () throws(Problem) -> (SourceExpression?, [Statement]) in
        let test = try label(own.label, subject)
        var items = own.statements
        // A `break` at the end says what the end says.
        if let last = items.last, case .stmt(let stmt) = last.item,
          let leaving = stmt.as(BreakStmtSyntax.self), leaving.label == nil
        {
          items = CodeBlockItemListSyntax(items.dropLast())
        }
        return (test, body(items))
      }
      cases.append(made)
      if made.0 == nil { break }
    }
    var rest: [Statement] = []
    for (test, body) in cases.reversed() {
      if let test {
        rest = [Statement(.branch(test, body, rest), at: test.location)]
      } else {
        rest = body
      }
    }
    return [before] + rest
  }

  /// What a case tests; nil where it takes everything.
  private func label(
    _ label: SwitchCaseSyntax.Label, _ subject: SourceExpression
  ) throws(Problem) -> SourceExpression? {
    guard case .case(let own) = label else { return nil }
    var tests: [SourceExpression] = []
    var isAlways = false
    for item in own.caseItems {
      var parts: [SourceExpression] = []
      if let value = item.pattern.as(ExpressionPatternSyntax.self)?.expression {
        parts.append(try match(value, subject))
      } else if let bound = item.pattern.as(ValueBindingPatternSyntax.self),
        let name = bound.pattern.as(IdentifierPatternSyntax.self), own.caseItems.count == 1
      {
        // The name is the subject's own, so that a `where` can use it.
        if case .name(let own) = subject.kind {
          declare(name.identifier.text, as: .local(own))
        }
      } else if !item.pattern.is(WildcardPatternSyntax.self) {
        throw Problem.missing("this pattern of a switch", at: item.pattern)
      }
      if let clause = item.whereClause { parts.append(try expression(clause.condition)) }
      if parts.isEmpty { isAlways = true }
      if parts.count == 1 { tests.append(parts[0]) }
      if parts.count > 1 { tests.append(SourceExpression(.and(parts), at: parts[0].location)) }
    }
    if isAlways { return nil }
    return tests.count == 1 ? tests[0] : SourceExpression(.or(tests), at: tests[0].location)
  }

  /// Whether a switch's subject matches a number or a range.
  private func match(
    _ value: ExprSyntax, _ subject: SourceExpression
  ) throws(Problem) -> SourceExpression {
    let location = text.location(of: value)
    func compare(_ sign: String, _ other: ExprSyntax) throws(Problem) -> SourceExpression {
      SourceExpression(
        .compare(subject, [SourceComparison(sign: sign, value: try expression(other))]),
        at: location)
    }
    guard let (low, high, sign) = Self.rangeParts(value) else { return try compare("==", value) }
    var parts: [SourceExpression] = []
    if let low { parts.append(try compare(">=", low)) }
    if let high { parts.append(try compare(sign == "..<" ? "<" : "<=", high)) }
    return parts.count == 1 ? parts[0] : SourceExpression(.and(parts), at: location)
  }

  // MARK: Effects

  /// Swift's signs for `a = a sign b`, and what computes it.
  private static let updates: [String: String] = [
    "+=": "+", "-=": "-", "*=": "*", "/=": "quotient", "%=": "remainder", "&=": "&", "|=": "|",
    "^=": "^", "<<=": "<<", ">>=": ">>", "&+=": "+", "&-=": "-", "&*=": "*",
  ]

  /// An expression that stands alone.
  private func effect(_ value: ExprSyntax) throws(Problem) -> [Statement] {
    let location = text.location(of: value)
    if value.is(IfExprSyntax.self) || value.is(SwitchExprSyntax.self) {
      return try branches(value) { self.block($0) }
    }
    if let infix = value.as(InfixOperatorExprSyntax.self) {
      if infix.operator.is(AssignmentExprSyntax.self) {
        if infix.leftOperand.is(DiscardAssignmentExprSyntax.self) {
          return [Statement(.expression(try expression(infix.rightOperand)), at: location)]
        }
        let target = try self.target(infix.leftOperand)
        return [Statement(.assign([target], try expression(infix.rightOperand)), at: location)]
      }
      let sign = infix.operator.trimmedDescription
      if let update = Self.updates[sign] {
        let target = try self.target(infix.leftOperand)
        return [
          Statement(
            .augment(update, target, try expression(infix.rightOperand)),
            at: text.location(of: infix.operator))
        ]
      }
    }
    if let call = value.as(FunctionCallExprSyntax.self),
      let member = call.calledExpression.as(MemberAccessExprSyntax.self), let base = member.base,
      case .local? = root(of: base), let made = try changing(member, base, call)
    {
      return [made]
    }
    return [Statement(.expression(try expression(value)), at: location)]
  }

  /// Methods that change a number: `x.negate()`, `flag.toggle()`.
  private func changing(
    _ member: MemberAccessExprSyntax, _ base: ExprSyntax, _ call: FunctionCallExprSyntax
  ) throws(Problem) -> Statement? {
    guard call.arguments.isEmpty else { return nil }
    let location = text.location(of: member.declName)
    let value: SourceExpression.Kind
    switch member.declName.baseName.text {
    case "negate": value = .unary("-", try expression(base))
    case "toggle": value = .unary("not", try expression(base))
    default: return nil
    }
    return Statement(
      .assign([try target(base)], SourceExpression(value, at: location)), at: location)
  }

  private func target(_ value: ExprSyntax) throws(Problem) -> SourceExpression {
    let location = text.location(of: value)
    if let name = value.as(DeclReferenceExprSyntax.self) {
      switch lookUp(name.baseName.text) {
      case .local(let own): return SourceExpression(.name(own), at: location)
      case .array:
        throw Problem(
          "an array as a whole can't be assigned in a kernel: assign its elements", at: value)
      case .thread: throw Problem("the thread can't be assigned", at: value)
      case .wrong: throw Problem.silent(at: value)
      case nil:
        throw Problem(
          "'\(name.baseName.text)' is outside of the function, where kernels can't assign",
          at: value)
      }
    }
    if let tuple = value.as(TupleExprSyntax.self) {
      if tuple.elements.count == 1, let only = tuple.elements.first {
        return try target(only.expression)
      }
      var items: [SourceExpression] = []
      for element in tuple.elements {
        if element.expression.is(DiscardAssignmentExprSyntax.self) {
          items.append(
            SourceExpression(.name(unique("_")), at: text.location(of: element.expression)))
        } else {
          items.append(try target(element.expression))
        }
      }
      return SourceExpression(.tuple(items), at: location)
    }
    if let element = value.as(SubscriptCallExprSyntax.self),
      case .array(let name, let isParameter)? = entity(element.calledExpression)
    {
      if isParameter { written.insert(name) }
      return try expression(value)
    }
    throw Problem.missing("assignment to '\(value.trimmedDescription)'", at: value)
  }
}
