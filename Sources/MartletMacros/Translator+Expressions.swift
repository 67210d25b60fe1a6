import MartletFrontend
import MartletIR
import SwiftSyntax

extension Translator {
  func expression(_ value: ExprSyntax) throws(Problem) -> SourceExpression {
    let location = text.location(of: value)
    func made(_ kind: SourceExpression.Kind) -> SourceExpression {
      SourceExpression(kind, at: location)
    }
    switch value.kind {
    case .integerLiteralExpr:
      let literal = value.cast(IntegerLiteralExprSyntax.self)
      if let bits = Self.unsigned(literal), bits > UInt64(Int64.max) {
        // Only one type has room for it.
        return made(.scalar(Scalar(dtype: .uint64, low: bits)))
      }
      return made(.integer(try Self.integer(literal)))
    case .floatLiteralExpr:
      let digits = value.cast(FloatLiteralExprSyntax.self).literal.text.filter { $0 != "_" }
      guard let number = Double(digits) else {
        throw Problem.missing("the number \(digits)", at: value)
      }
      return made(.floating(number))
    case .booleanLiteralExpr:
      return made(.truth(value.cast(BooleanLiteralExprSyntax.self).literal.text == "true"))
    case .declReferenceExpr: return try name(value.cast(DeclReferenceExprSyntax.self))
    case .tupleExpr:
      let elements = value.cast(TupleExprSyntax.self).elements
      if elements.count == 1, let only = elements.first { return try expression(only.expression) }
      var items: [SourceExpression] = []
      for element in elements { items.append(try expression(element.expression)) }
      return made(.tuple(items))
    case .infixOperatorExpr: return try infix(value.cast(InfixOperatorExprSyntax.self))
    case .prefixOperatorExpr:
      let prefix = value.cast(PrefixOperatorExprSyntax.self)
      let sign = prefix.operator.text
      if sign == "-", let literal = prefix.expression.as(IntegerLiteralExprSyntax.self),
        Self.unsigned(literal) == Int64.min.magnitude
      {
        return made(.integer(.min))
      }
      guard ["-", "+", "~", "!"].contains(sign) else {
        throw Problem.missing("the operator '\(sign)'", at: prefix)
      }
      return made(.unary(sign == "!" ? "not" : sign, try expression(prefix.expression)))
    case .ternaryExpr:
      let choice = value.cast(TernaryExprSyntax.self)
      return made(
        .conditional(
          test: try expression(choice.condition), try expression(choice.thenExpression),
          try expression(choice.elseExpression)))
    case .functionCallExpr: return try call(value.cast(FunctionCallExprSyntax.self))
    case .memberAccessExpr: return try member(value.cast(MemberAccessExprSyntax.self))
    case .subscriptCallExpr: return try element(value.cast(SubscriptCallExprSyntax.self))
    case .forceUnwrapExpr:
      _ = try expression(value.cast(ForceUnwrapExprSyntax.self).expression)
      throw Problem.missing(Self.name(of: value), at: value)
    default: throw Problem.missing(Self.name(of: value), at: value)
    }
  }

  private static func unsigned(_ value: IntegerLiteralExprSyntax) -> UInt64? {
    let digits = value.literal.text.filter { $0 != "_" }
    let radix: Int
    switch digits.prefix(2) {
    case "0x": radix = 16
    case "0o": radix = 8
    case "0b": radix = 2
    default: radix = 10
    }
    return UInt64(radix == 10 ? digits[...] : digits.dropFirst(2), radix: radix)
  }

  private static func integer(_ value: IntegerLiteralExprSyntax) throws(Problem) -> Int64 {
    guard let bits = unsigned(value), let number = Int64(exactly: bits) else {
      throw Problem.missing("the number \(value.literal.text)", at: value)
    }
    return number
  }

  // MARK: Names

  private func name(_ value: DeclReferenceExprSyntax) throws(Problem) -> SourceExpression {
    let location = text.location(of: value)
    let name = value.baseName.text
    switch lookUp(name) {
    case .local(let own): return SourceExpression(.name(own), at: location)
    case .array:
      throw Problem("'\(name)' is an array: kernels use its elements, count and shape", at: value)
    case .thread:
      throw Problem("'\(name)' is the thread: kernels use its members", at: value)
    case .wrong: throw Problem.silent(at: value)
    case nil: break
    }
    if name == "self" || name == "Self" || name == "super" {
      throw Problem.missing("'\(name)'", at: value)
    }
    if value.argumentNames != nil || SwiftFunction.free[name] != nil || isOwn(name) {
      throw Problem("'\(name)' is a function, which kernels only call", at: value)
    }
    if SwiftTypes.named[name] != nil || name.first?.isUppercase == true {
      throw Problem("'\(name)' is a type, where a number is expected", at: value)
    }
    if name.hasPrefix("$") { throw Problem.missing("'\(name)'", at: value) }
    return SourceExpression(reference(name, isFunction: false, at: location), at: location)
  }

  private func isOwn(_ name: String) -> Bool { name == signature.name }

  /// What the name at the beginning of a chain of members stands for.
  func root(of value: ExprSyntax) -> Entity? {
    if let name = value.as(DeclReferenceExprSyntax.self) { return lookUp(name.baseName.text) }
    if let member = value.as(MemberAccessExprSyntax.self), let base = member.base {
      return root(of: base)
    }
    return nil
  }

  func entity(_ value: ExprSyntax) -> Entity? {
    value.as(DeclReferenceExprSyntax.self).flatMap { lookUp($0.baseName.text) }
  }

  /// A chain of names that all lie outside, `Physics.drag`; nil for other expressions.
  private func outside(_ value: ExprSyntax) -> [String]? {
    if let name = value.as(DeclReferenceExprSyntax.self) {
      return lookUp(name.baseName.text) == nil ? [name.baseName.text] : nil
    }
    guard let member = value.as(MemberAccessExprSyntax.self), let base = member.base else {
      return nil
    }
    return outside(base).map { $0 + [member.declName.baseName.text] }
  }

  // MARK: Operators

  private static let operators: [String: String] = [
    "+": "+", "-": "-", "*": "*", "/": "quotient", "%": "remainder", "&": "&", "|": "|", "^": "^",
    "<<": "<<", ">>": ">>", "&+": "+", "&-": "-", "&*": "*",
  ]
  private static let comparisons: Set<String> = ["==", "!=", "<", "<=", ">", ">="]

  private func infix(_ value: InfixOperatorExprSyntax) throws(Problem) -> SourceExpression {
    let sign = value.operator.trimmedDescription
    let location = text.location(of: value.operator)
    let known =
      Self.operators[sign] != nil || Self.comparisons.contains(sign) || sign == "&&" || sign == "||"
    guard known else {
      if value.operator.is(AssignmentExprSyntax.self) || sign.hasSuffix("=") {
        throw Problem("'\(sign)' gives no value", at: value.operator)
      }
      if sign == "..<" || sign == "..." {
        throw Problem("a range stands in kernels only after 'in' and 'case'", at: value.operator)
      }
      if sign == "**" {
        throw Problem.missing("the operator '**': use pow(x, y)", at: value.operator)
      }
      // What is wrong with an operand says more.
      _ = try expression(value.leftOperand)
      _ = try expression(value.rightOperand)
      throw Problem.missing("the operator '\(sign)'", at: value.operator)
    }
    let left = try expression(value.leftOperand)
    let right = try expression(value.rightOperand)
    let kind: SourceExpression.Kind
    if let own = Self.operators[sign] {
      kind = .binary(own, left, right)
    } else if sign == "&&" {
      kind = .and([left, right])
    } else if sign == "||" {
      kind = .or([left, right])
    } else {
      kind = .compare(left, [SourceComparison(sign: sign, value: right)])
    }
    return SourceExpression(kind, at: location)
  }

  // MARK: Members

  private func member(_ value: MemberAccessExprSyntax) throws(Problem) -> SourceExpression {
    let name = value.declName.baseName.text
    let location = text.location(of: value.declName)
    func made(_ kind: SourceExpression.Kind) -> SourceExpression {
      SourceExpression(kind, at: location)
    }
    guard let base = value.base else {
      guard SwiftFunction.constants.contains(name) else {
        throw Problem.missing("'.\(name)'", at: value)
      }
      return made(.known("swift.\(name)"))
    }
    if case .thread? = root(of: base) { return try threadMember(value, base) }
    if case .array(let own, _)? = entity(base) {
      if name == "count" {
        return made(
          .attribute(SourceExpression(.name(own), at: text.location(of: base)), "size"))
      }
      throw Problem.missing(
        name == "shape" ? "the shape as a whole" : "'\(name)' of an array", at: value.declName)
    }
    if let dtype = type(base) {
      guard SwiftFunction.constants.contains(name) else {
        throw Problem.missing("'\(base.trimmedDescription).\(name)'", at: value.declName)
      }
      return made(
        .call(
          SourceExpression(.dtype(dtype), at: location), [made(.known("swift.\(name)"))], []))
    }
    if let number = Int(name) {
      return made(
        .index(
          try expression(base),
          [.element(SourceExpression(.integer(Int64(number)), at: location))]))
    }
    if let chain = outside(base) {
      // A value that a type keeps, `Physics.gravity`, or a property of a value from outside.
      if chain.last?.first?.isUppercase == true {
        return made(
          reference((chain + [name]).joined(separator: "."), isFunction: false, at: location))
      }
    }
    let inner = try expression(base)
    guard let function = SwiftFunction.properties[name] else {
      if case .local(let own)? = entity(base),
        !signature.parameters.contains(where: { $0.name == own })
      {
        throw Problem.missing(
          "'\(value.trimmedDescription)', unless it is an item of a tuple, which goes by number,",
          at: value.declName)
      }
      throw Problem.missing("'\(name)' of a number", at: value.declName)
    }
    return made(
      .call(SourceExpression(.known("swift.\(function.name)"), at: location), [inner], []))
  }

  /// The type that an expression names.
  private func type(_ value: ExprSyntax) -> DType? {
    guard let name = value.as(DeclReferenceExprSyntax.self)?.baseName.text, lookUp(name) == nil
    else { return nil }
    return SwiftTypes.named[name]
  }

  private func element(_ value: SubscriptCallExprSyntax) throws(Problem) -> SourceExpression {
    let location = text.location(of: value)
    if let member = value.calledExpression.as(MemberAccessExprSyntax.self),
      let base = member.base, case .array(let own, _)? = entity(base),
      member.declName.baseName.text == "shape"
    {
      guard value.arguments.count == 1, let axis = value.arguments.first,
        let number = axis.expression.as(IntegerLiteralExprSyntax.self)
      else { throw Problem("the axis of a shape is a number that is written", at: value) }
      let shape = SourceExpression(
        .attribute(SourceExpression(.name(own), at: location), "shape"), at: location)
      let index = SourceExpression(.integer(try Self.integer(number)), at: location)
      let read = SourceExpression(.index(shape, [.element(index)]), at: location)
      return read
    }
    guard case .array(let own, let isParameter)? = entity(value.calledExpression) else {
      if case .wrong? = root(of: value.calledExpression) { throw Problem.silent(at: value) }
      throw Problem.missing(
        "a subscript of '\(value.calledExpression.trimmedDescription)'", at: value)
    }
    var indices: [SourceIndex] = []
    for argument in value.arguments {
      if let label = argument.label {
        throw Problem.missing("the label '\(label.text)' of an index", at: label)
      }
      if Self.rangeParts(argument.expression) != nil {
        throw Problem.missing("a range as an index", at: argument)
      }
      indices.append(.element(try expression(argument.expression)))
    }
    if isParameter { try note(rank: indices.count, of: own, at: value) }
    return SourceExpression(
      .index(SourceExpression(.name(own), at: location), indices), at: location)
  }

  func note(rank: Int, of array: String, at node: some SyntaxProtocol) throws(Problem) {
    if let known = ranks[array], known != rank {
      throw Problem(
        "'\(array)' takes \(rank) \(rank == 1 ? "index" : "indices") here and \(known) elsewhere",
        at: node)
    }
    ranks[array] = rank
  }

  // MARK: Calls

  private func call(_ value: FunctionCallExprSyntax) throws(Problem) -> SourceExpression {
    if let closure = value.trailingClosure { throw Problem.missing("a closure", at: closure) }
    if let name = value.calledExpression.as(DeclReferenceExprSyntax.self) {
      return try call(named: name, value)
    }
    if let member = value.calledExpression.as(MemberAccessExprSyntax.self) {
      return try call(member, value)
    }
    throw Problem.missing(
      "a call of '\(value.calledExpression.trimmedDescription)'", at: value)
  }

  private func arguments(
    _ value: FunctionCallExprSyntax
  ) throws(Problem) -> [SourceExpression] {
    var made: [SourceExpression] = []
    for argument in value.arguments { made.append(try expression(argument.expression)) }
    return made
  }

  private func known(
    _ name: String, _ arguments: [SourceExpression], at location: SourcePosition
  ) -> SourceExpression {
    SourceExpression(
      .call(SourceExpression(.known(name), at: location), arguments, []), at: location)
  }

  private func call(
    named callee: DeclReferenceExprSyntax, _ value: FunctionCallExprSyntax
  ) throws(Problem) -> SourceExpression {
    let name = callee.baseName.text
    let location = text.location(of: callee)
    let labels = value.arguments.map { $0.label?.text }
    if case .wrong? = lookUp(name) { throw Problem.silent(at: callee) }
    if lookUp(name) != nil { throw Problem("'\(name)' is no function", at: callee) }
    if isOwn(name) {
      throw Problem(
        "'\(name)' calls itself, which kernels can't: write it as a loop", at: callee)
    }
    if let dtype = SwiftTypes.named[name] {
      return try conversion(dtype, name, value, at: location)
    }
    if let function = SwiftFunction.free[name], labels.allSatisfy({ $0 == nil }) {
      let given = try arguments(value)
      if name == "min" || name == "max", given.count > 2 {
        return given.dropFirst().reduce(given[0]) {
          self.known("swift.\(name)", [$0, $1], at: location)
        }
      }
      return known("swift.\(function.name)", given, at: location)
    }
    let never: Set<String> = [
      "print", "debugPrint", "dump", "assert", "precondition", "fatalError", "preconditionFailure",
      "assertionFailure", "zip", "stride", "type", "readLine", "swap", "withUnsafePointer",
    ]
    if never.contains(name) { throw Problem.missing("'\(name)'", at: callee) }
    if name.first?.isUppercase == true {
      throw Problem("'\(name)' makes no number, and kernels have only numbers", at: callee)
    }
    return try reference(name, value, at: location)
  }

  /// A call of a function that is declared elsewhere, which must be annotated.
  private func reference(
    _ name: String, _ value: FunctionCallExprSyntax, at location: SourcePosition
  ) throws(Problem) -> SourceExpression {
    var unlabelled: [SourceExpression] = []
    var labelled: [SourceKeyword] = []
    for argument in value.arguments {
      if case .array? = entity(argument.expression) {
        throw Problem(
          "an array can't be handed to another function in a kernel: hand its elements",
          at: argument)
      }
      if case .thread? = entity(argument.expression) {
        throw Problem("the thread can't be handed to another function in a kernel", at: argument)
      }
      let made = try expression(argument.expression)
      if let label = argument.label?.text {
        labelled.append(SourceKeyword(name: label, value: made))
      } else {
        unlabelled.append(made)
      }
    }
    let callee = SourceExpression(
      reference(name, isFunction: true, at: location), at: location)
    return SourceExpression(.call(callee, unlabelled, labelled), at: location)
  }

  private func conversion(
    _ dtype: DType, _ name: String, _ value: FunctionCallExprSyntax, at location: SourcePosition
  ) throws(Problem) -> SourceExpression {
    let callee = SourceExpression(.dtype(dtype), at: location)
    guard let argument = value.arguments.first else {
      return SourceExpression(
        .call(callee, [SourceExpression(.known("swift.zero"), at: location)], []), at: location)
    }
    guard value.arguments.count == 1 else {
      throw Problem.missing(
        "\(name)(\(value.arguments.map { ($0.label?.text ?? "_") + ":" }.joined()))",
        at: value)
    }
    var made = try expression(argument.expression)
    if let label = argument.label {
      guard SwiftFunction.conversions[label.text] != nil else {
        let reason = label.text == "exactly" ? ", which gives an optional," : ""
        throw Problem.missing("\(name)(\(label.text):)\(reason)", at: label)
      }
      made = known("swift.\(label.text)", [made], at: text.location(of: label))
    }
    return SourceExpression(.call(callee, [made], []), at: location)
  }

  private func call(
    _ member: MemberAccessExprSyntax, _ value: FunctionCallExprSyntax
  ) throws(Problem) -> SourceExpression {
    let name = member.declName.baseName.text
    let location = text.location(of: member.declName)
    let labels = value.arguments.map { ($0.label?.text ?? "_") + ":" }.joined()
    let full = "\(name)(\(labels))"
    guard let base = member.base else {
      if let function = SwiftFunction.statics[full] {
        return known("swift.\(function.name)", try arguments(value), at: location)
      }
      throw Problem.missing("'.\(full)'", at: member)
    }
    if case .thread? = root(of: base) { return try threadCall(member, base, value, full) }
    if let atomic = try atomicCall(base, value, full, at: member.declName) { return atomic }
    if case .array? = entity(base) {
      throw Problem.missing("'\(full)' of an array", at: member.declName)
    }
    if let dtype = type(base) {
      if name == "init" { return try conversion(dtype, "init", value, at: location) }
      guard let function = SwiftFunction.statics[full] else {
        throw Problem.missing("'\(base.trimmedDescription).\(full)'", at: member.declName)
      }
      return SourceExpression(
        .call(
          SourceExpression(.dtype(dtype), at: location),
          [known("swift.\(function.name)", try arguments(value), at: location)], []),
        at: location)
    }
    if full == "rounded(_:)",
      let rule = value.arguments.first?.expression
        .as(MemberAccessExprSyntax.self)?.declName.baseName.text
    {
      guard let function = SwiftFunction.roundings[rule] else {
        throw Problem.missing("the rounding '\(rule)'", at: value.arguments)
      }
      return known("swift.\(function.name)", [try expression(base)], at: location)
    }
    if let chain = outside(base), chain.last?.first?.isUppercase == true {
      return try reference((chain + [name]).joined(separator: "."), value, at: location)
    }
    let inner = try expression(base)
    guard let function = SwiftFunction.methods[full] else {
      throw Problem.missing("'\(full)' of a number", at: member.declName)
    }
    return known(
      "swift.\(function.name)", [inner] + (try arguments(value)), at: location)
  }

  // MARK: Syntax that kernels lack, in words

  static func name(of node: some SyntaxProtocol) -> String {
    switch node.kind {
    case .closureExpr: "a closure"
    case .arrayExpr: "an array literal"
    case .dictionaryExpr: "a dictionary"
    case .stringLiteralExpr, .simpleStringLiteralExpr: "a string"
    case .regexLiteralExpr: "a regular expression"
    case .nilLiteralExpr: "'nil'"
    case .tryExpr: "'try'"
    case .awaitExpr: "'await'"
    case .asExpr, .unresolvedAsExpr: "'as'"
    case .isExpr, .unresolvedIsExpr: "'is'"
    case .keyPathExpr: "a key path"
    case .macroExpansionExpr, .macroExpansionDecl: "a macro"
    case .optionalChainingExpr: "an optional"
    case .forceUnwrapExpr: "'!' after a value"
    case .inOutExpr: "'&' before an argument"
    case .superExpr: "'super'"
    case .ifExpr: "'if' inside of an expression"
    case .switchExpr: "'switch' inside of an expression"
    case .postfixOperatorExpr: "an operator after its operand"
    case .discardAssignmentExpr: "'_'"
    case .throwStmt: "'throw'"
    case .doStmt: "'do'"
    case .deferStmt: "'defer'"
    case .labeledStmt: "a label"
    case .fallThroughStmt: "'fallthrough'"
    case .yieldStmt: "'yield'"
    case .discardStmt: "'discard'"
    case .functionDecl: "a function inside of a function"
    case .structDecl, .classDecl, .enumDecl, .actorDecl, .protocolDecl:
      "a type inside of a function"
    case .typeAliasDecl: "'typealias'"
    case .importDecl: "'import'"
    case .ifConfigDecl: "'#if'"
    case .poundSourceLocation: "'#sourceLocation'"
    default: "'\(node.trimmedDescription.prefix { $0 != "\n" })'"
    }
  }
}
