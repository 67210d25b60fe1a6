import MartletFrontend
import MartletIR
import SwiftSyntax

/// What only kernels for a grid have: the thread's members, memory of a block, atomics.
extension Translator {
  /// `t.index`, `t.thread.x` and their like.
  func threadMember(
    _ value: MemberAccessExprSyntax, _ base: ExprSyntax
  ) throws(Problem) -> SourceExpression {
    let name = value.declName.baseName.text
    let location = text.location(of: value.declName)
    func known(_ name: String) -> SourceExpression {
      SourceExpression(.known(name), at: location)
    }
    if entity(base) != nil {
      switch name {
      case "index": return SourceExpression(.call(known("cuda.grid"), [], []), at: location)
      case "count": return SourceExpression(.call(known("cuda.gridsize"), [], []), at: location)
      default:
        if GridNames.indices[name] != nil {
          throw Problem("'\(name)' has an x, a y and a z: say which", at: value.declName)
        }
        throw Problem("a GPUThread has no '\(name)'", at: value.declName)
      }
    }
    if let inner = base.as(MemberAccessExprSyntax.self), let thread = inner.base,
      entity(thread) != nil, let indices = GridNames.indices[inner.declName.baseName.text],
      ["x", "y", "z"].contains(name)
    {
      return SourceExpression(.attribute(known(indices), name), at: location)
    }
    throw Problem("a GPUThread has no '\(value.trimmedDescription)'", at: value.declName)
  }

  func threadCall(
    _ member: MemberAccessExprSyntax, _ base: ExprSyntax, _ value: FunctionCallExprSyntax,
    _ full: String
  ) throws(Problem) -> SourceExpression {
    let location = text.location(of: member.declName)
    let name = member.declName.baseName.text
    if name == "shared" || name == "local" {
      throw Problem(
        "memory of a \(name == "shared" ? "block" : "thread") is declared with a name: "
          + "'let values = \(base.trimmedDescription).\(name)(Float.self, 256)'",
        at: member.declName)
    }
    guard entity(base) != nil, let method = GridNames.methods[full] else {
      throw Problem("a GPUThread has no '\(full)'", at: member.declName)
    }
    var arguments: [SourceExpression] = []
    for argument in value.arguments { arguments.append(try expression(argument.expression)) }
    return SourceExpression(
      .call(SourceExpression(.known(method.name), at: location), arguments, []), at: location)
  }

  /// The value of `let values = t.shared(Float.self, 256)`; nil for other values.
  func ownMemory(_ value: ExprSyntax) throws(Problem) -> SourceExpression? {
    guard let call = value.as(FunctionCallExprSyntax.self),
      let member = call.calledExpression.as(MemberAccessExprSyntax.self), let base = member.base,
      case .thread? = entity(base)
    else { return nil }
    let name = member.declName.baseName.text
    guard name == "shared" || name == "local" || name == "dynamicShared" else { return nil }
    let location = text.location(of: member.declName)
    guard let first = call.arguments.first?.expression.as(MemberAccessExprSyntax.self),
      first.declName.baseName.text == "self",
      let element = first.base?.as(DeclReferenceExprSyntax.self)?.baseName.text,
      let dtype = SwiftTypes.named[element]
    else {
      throw Problem(
        "'\(name)' takes a type and sizes: \(base.trimmedDescription).\(name)(Float.self, 256)",
        at: member.declName)
    }
    var arguments: [SourceExpression] = []
    if name == "dynamicShared" {
      arguments.append(SourceExpression(.integer(0), at: location))
    } else {
      for argument in call.arguments.dropFirst() {
        arguments.append(try expression(argument.expression))
      }
      if arguments.isEmpty {
        throw Problem("'\(name)' takes at least one size", at: member.declName)
      }
    }
    arguments.append(SourceExpression(.dtype(dtype), at: location))
    let callee = SourceExpression(
      .known(name == "local" ? "cuda.local.array" : "cuda.shared.array"), at: location)
    return SourceExpression(.call(callee, arguments, []), at: location)
  }

  /// `array.atomic(i).add(value)`; nil for other calls.
  func atomicCall(
    _ base: ExprSyntax, _ value: FunctionCallExprSyntax, _ full: String,
    at node: DeclReferenceExprSyntax
  ) throws(Problem) -> SourceExpression? {
    guard let place = base.as(FunctionCallExprSyntax.self),
      let member = place.calledExpression.as(MemberAccessExprSyntax.self),
      member.declName.baseName.text == "atomic", let array = member.base,
      case .array(let own, let isParameter)? = entity(array)
    else { return nil }
    guard let known = GridNames.atomics[full] else {
      throw Problem("there is no atomic '\(full)'", at: node)
    }
    var indices: [SourceExpression] = []
    for argument in place.arguments { indices.append(try expression(argument.expression)) }
    let location = text.location(of: node)
    if isParameter {
      written.insert(own)
      try note(rank: indices.count, of: own, at: array)
    }
    var arguments = [
      SourceExpression(.name(own), at: location),
      indices.count == 1 ? indices[0] : SourceExpression(.tuple(indices), at: location),
    ]
    for argument in value.arguments { arguments.append(try expression(argument.expression)) }
    return SourceExpression(
      .call(SourceExpression(.known(known), at: location), arguments, []), at: location)
  }
}
