extension SourceFunction {
  /// The function with every known name replaced for which `replacement` gives something.
  public func replacingKnown(
    _ replacement: (String) -> SourceExpression.Kind?
  ) -> SourceFunction {
    var result = self
    result.body = body.map { $0.replacingKnown(replacement) }
    for i in parameters.indices {
      result.parameters[i].standard = parameters[i].standard?.replacingKnown(replacement)
    }
    return result
  }
}

extension SourceStatement {
  fileprivate func replacingKnown(
    _ replacement: (String) -> SourceExpression.Kind?
  ) -> SourceStatement {
    func own(_ value: SourceExpression) -> SourceExpression { value.replacingKnown(replacement) }
    func own(_ block: [SourceStatement]) -> [SourceStatement] {
      block.map { $0.replacingKnown(replacement) }
    }
    let made: Kind =
      switch kind {
      case .assign(let targets, let value): .assign(targets.map(own), own(value))
      case .augment(let sign, let target, let value): .augment(sign, own(target), own(value))
      case .branch(let test, let then, let otherwise):
        .branch(own(test), own(then), own(otherwise))
      case .whileLoop(let test, let body, let otherwise):
        .whileLoop(own(test), own(body), otherwise: own(otherwise))
      case .forLoop(let target, let iterable, let body, let otherwise):
        .forLoop(own(target), in: own(iterable), own(body), otherwise: own(otherwise))
      case .returns(let value): .returns(value.map(own))
      case .expression(let value): .expression(own(value))
      case .assert(let test, let message): .assert(own(test), message)
      case .attempt(let body, let handlers, let otherwise, let finally):
        .attempt(
          own(body),
          handlers.map { SourceHandler(exceptions: $0.exceptions, body: own($0.body)) },
          otherwise: own(otherwise), finally: own(finally))
      case .breaks, .continues, .pass, .raise, .unsupported: kind
      }
    return SourceStatement(made, at: location)
  }
}

extension SourceExpression {
  fileprivate func replacingKnown(
    _ replacement: (String) -> SourceExpression.Kind?
  ) -> SourceExpression {
    func own(_ value: SourceExpression) -> SourceExpression { value.replacingKnown(replacement) }
    let made: Kind =
      switch kind {
      case .known(let name): replacement(name) ?? kind
      case .unary(let sign, let operand): .unary(sign, own(operand))
      case .binary(let sign, let a, let b): .binary(sign, own(a), own(b))
      case .compare(let first, let rest):
        .compare(own(first), rest.map { SourceComparison(sign: $0.sign, value: own($0.value)) })
      case .and(let items): .and(items.map(own))
      case .or(let items): .or(items.map(own))
      case .conditional(let test, let a, let b): .conditional(test: own(test), own(a), own(b))
      case .call(let callee, let arguments, let keywords):
        .call(
          own(callee), arguments.map(own),
          keywords.map { SourceKeyword(name: $0.name, value: own($0.value)) })
      case .attribute(let value, let name): .attribute(own(value), name)
      case .index(let container, let indices):
        .index(
          own(container),
          indices.map { index in
            switch index {
            case .element(let value): .element(own(value))
            case .slice(let start, let stop, let step):
              .slice(start.map(own), stop.map(own), step.map(own))
            case .ellipsis: .ellipsis
            }
          })
      case .tuple(let items): .tuple(items.map(own))
      case .list(let items): .list(items.map(own))
      case .starred(let value): .starred(own(value))
      case .integer, .floating, .complex, .truth, .string, .none, .scalar, .name, .dtype,
        .function, .outer, .unusable, .closure, .record:
        kind
      }
    return SourceExpression(made, at: location)
  }
}
