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
    let isComplex = types.inputs.contains(where: \.isComplex)
    var sources: [TapeNode.Source?] = []
    var gradients: [ElementwiseGradient?] = []
    var readsInput = operands.map { _ in isComplex }
    var readsResult = isComplex
    for (i, operand) in operands.enumerated() {
      guard case .array(let array) = operand, types.inputs[i].isInexact, array.dtype.isInexact,
        let source = array.source(broadcastTo: shape)
      else {
        sources.append(nil)
        gradients.append(nil)
        continue
      }
      sources.append(source)
      // The rules are for real numbers.
      let gradient =
        isComplex ? nil : ElementwiseGradient.of(operation, loop: loop, input: i)
      gradients.append(gradient)
      guard let gradient else { continue }
      for j in operands.indices where gradient.reads(j) { readsInput[j] = true }
      readsResult = readsResult || gradient.reads(operands.count)
    }
    // What no rule reads need not be kept, and may be written over.
    let kept =
      !readsInput.contains(true)
      ? []
      : zip(operands, readsInput).map { operand, isRead -> Operand in
        isRead ? operand : .scalar(Scalar(Int64(0), .bool))
      }
    let wanted = zip(sources, gradients).map { ($0 != nil, $1) }
    return [
      Recording.note(
        results[0], operation.name, sources, kept: kept, keepsResult: readsResult
      ) { (node, cotangent, kept) throws(MartletError) in
        let result = node.resultOnTape()
        var cotangents: [NDArray?] = []
        for (i, (isWanted, gradient)) in wanted.enumerated() {
          if isComplex, isWanted {
            cotangents.append(
              try ComplexGradient.pull(operation, i, cotangent, kept, result))
          } else {
            cotangents.append(try gradient?.pull(cotangent, kept, result: result))
          }
        }
        return cotangents
      }
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
