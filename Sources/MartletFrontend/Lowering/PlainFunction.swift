import MartletIR

/// Functions without loops whose conditions choose between values that may all be computed: they
/// become straight-line code, of which processors compute many elements at a time.
enum PlainFunction {
  /// Whether a function of the program is one, and all that it calls.
  static func isPlain(_ number: Int, in program: SourceProgram, within callers: [Int]) -> Bool {
    guard program.functions.indices.contains(number), !callers.contains(number) else {
      return false
    }
    return program.functions[number].body.allSatisfy {
      isPlain($0, program, callers + [number])
    }
  }

  private static func isPlain(
    _ statement: SourceStatement, _ program: SourceProgram, _ callers: [Int]
  ) -> Bool {
    switch statement.kind {
    case .assign(let targets, let value):
      targets.allSatisfy(isName) && isPlain(value, program, callers)
    case .augment(_, let target, let value):
      isName(target) && isPlain(value, program, callers)
    case .branch(let test, let then, let otherwise):
      isPlain(test, program, callers)
        && (then + otherwise).allSatisfy { isPlain($0, program, callers) }
    case .returns(let value): value.map { isPlain($0, program, callers) } ?? true
    case .expression(let value): isPlain(value, program, callers)
    case .pass: true
    default: false
    }
  }

  private static func isName(_ target: SourceExpression) -> Bool {
    switch target.kind {
    case .name: true
    case .tuple(let items): items.allSatisfy(isName)
    default: false
    }
  }

  private static func isPlain(
    _ expression: SourceExpression, _ program: SourceProgram, _ callers: [Int]
  ) -> Bool {
    switch expression.kind {
    case .closure, .starred: return false
    default: break
    }
    if case .call(let callee, let arguments, let keywords) = expression.kind,
      case .function(let number) = callee.kind
    {
      return isPlain(number, in: program, within: callers)
        && (arguments + keywords.map(\.value)).allSatisfy { isPlain($0, program, callers) }
    }
    if case .index(let container, let indices) = expression.kind {
      // Of a tuple; there are no arrays among numbers.
      return isPlain(container, program, callers)
        && indices.allSatisfy { index in
          if case .element(let element) = index { return isPlain(element, program, callers) }
          return true
        }
    }
    return SourceScan.children(expression).allSatisfy { isPlain($0, program, callers) }
  }
}

extension FunctionLowering {
  /// Lowers a plain function.
  func callPlain(
    _ number: Int, _ arguments: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let function = program.functions[number]
    let frame = Frame(plain: function, lowering: self)
    callers.append(number)
    for (parameter, argument) in zip(function.parameters, arguments) {
      frame.names[parameter.name] = Binding(.value(argument))
    }
    plainDepth += 1
    let result = try plain(function.body[...], frame) ?? .none
    plainDepth -= 1
    callers.removeLast()
    return result
  }

  /// What statements return; nil where they run off their end.
  private func plain(
    _ statements: ArraySlice<SourceStatement>, _ frame: Frame
  ) throws(MartletError) -> Meaning? {
    var rest = statements
    while let statement = rest.popFirst() {
      switch statement.kind {
      case .returns(let value):
        return try value.map { (value) throws(MartletError) in
          try lower(value, frame, as: frame.function.results ?? [])
        } ?? Meaning.none
      case .branch(let test, let then, let otherwise):
        let meaning = try lower(test, frame)
        if let known = constantTruth(meaning) {
          return try plain((known ? then : otherwise) + rest, frame)
        }
        let condition = try truth(of: meaning, at: test.location)
        if !SourceScan.exits(then + otherwise).isEmpty {
          let names = frame.names
          let a = try plain(then + rest, frame)
          frame.names = names
          let b = try plain(otherwise + rest, frame)
          guard let a, let b else {
            throw failure(
              "'\(frame.function.name)' returns a value on one way and none on another",
              at: statement.location)
          }
          return try select(condition, a, b, at: statement.location)
        }
        try merge(condition, then, otherwise, frame, at: statement.location)
      case .assign(let targets, let value):
        let meaning = try lower(value, frame, as: swiftTypes(of: targets[0], frame))
        for target in targets { try assign(target, meaning, frame) }
      case .augment(let sign, let target, let value):
        guard case .name(let name) = target.kind else { continue }
        let old = try self.value(of: name, frame, at: target.location)
        try bind(
          name, augmenting(sign, old, value, frame, at: statement.location), frame,
          at: statement.location)
      case .expression(let value): _ = try lower(value, frame)
      default: break
      }
    }
    return nil
  }

  /// Both sides of a condition, and for each name the value of the side that counts.
  private func merge(
    _ condition: Expression, _ then: [SourceStatement], _ otherwise: [SourceStatement],
    _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) {
    let before = frame.names
    _ = try plain(then[...], frame)
    let left = frame.names
    frame.names = before
    _ = try plain(otherwise[...], frame)
    let right = frame.names
    frame.names = before
    for name in SourceScan.assigned(then + otherwise).sorted() {
      guard case .value(let a)? = left[name]?.storage, case .value(let b)? = right[name]?.storage
      else {
        // Set on one way only: reading it is an error.
        frame.names[name] = nil
        continue
      }
      frame.names[name] = Binding(.value(try select(condition, a, b, at: location)))
    }
  }
}
