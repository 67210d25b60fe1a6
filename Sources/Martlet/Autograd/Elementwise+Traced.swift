import MartletIR

extension Elementwise {
  /// The results of an operation on arrays of which some are, or were, on a tape.
  static func applyTraced(
    _ operation: ElementwiseOperation, loop: Int, _ operands: [Operand]
  ) throws(MartletError) -> [NDArray] {
    for case .array(let array) in operands where array.isTraced && !array.dtype.isInexact {
      throw .noDerivative(
        operation: operation.name,
        reason: "it reads the bits of numbers that are being differentiated as \(array.dtype)")
    }
    let plain = operands.map(\.untraced)
    let types = operation.loops[loop]
    guard operands.contains(where: \.isTraced), types.outputs.contains(where: \.isInexact) else {
      return try apply(operation, loop: loop, plain)
    }
    switch operation.gradient {
    case .constant:
      // The sign of a complex number is a direction, which turns.
      if operation.name == "sign", types.inputs[0].isComplex {
        let x = try operands[0].asArray()
        return [try ComplexGradient.direction(x).asType(types.outputs[0])]
      }
      return try apply(operation, loop: loop, plain)
    case .nonDifferentiable(let reason):
      throw .noDerivative(operation: operation.name, reason: reason)
    case .composed:
      // Its body in steps, which have derivatives.
      let steps = ExpressionSteps(types.inputs) { operation.body($0)[0] }
      return [try steps.run(operands, types.inputs)]
    case .severalResults: return try applySeveralTraced(operation, loop: loop, operands)
    case .rule: break
    }
    let results = try apply(operation, loop: loop, plain)
    let shape = results[0].shape
    var sources: [TapeNode.Source] = []
    var inputs: [Int] = []
    for (i, operand) in operands.enumerated() {
      guard case .array(let array) = operand, types.inputs[i].isInexact, array.dtype.isInexact,
        let source = array.source(broadcastTo: shape)
      else { continue }
      sources.append(source)
      inputs.append(i)
    }
    if sources.isEmpty || !results[0].dtype.isInexact { return results }
    let rule = ElementwiseRule.of(operation, loop: loop, by: inputs)
    return [
      Recording.note(
        results[0], operation.name, sources, rule.kept(of: operands), rule.readsResult,
        .elementwise(rule))
    ]
  }
}

extension TapeNode {
  /// What was computed, as a value of the tape where it is still differentiated.
  func resultOnTape() -> NDArray? {
    guard let result else { return nil }
    return isLive ? result.traced(as: self) : result
  }
}
