import MartletIR
import Synchronization

/// How calls of a row in one of its loops are differentiated by some of their inputs: found once, so
/// that a call notes no more than what it read.
final class ElementwiseRule: Sendable {
  private let operation: ElementwiseOperation
  /// The inputs, each with its rule; without one where numbers are complex.
  private let inputs: [(input: Int, gradient: ElementwiseGradient?)]
  private let readsInput: [Bool]
  private let readsNone: Bool
  let readsResult: Bool

  private init(_ operation: ElementwiseOperation, loop: Int, by inputs: [Int]) {
    self.operation = operation
    let types = operation.loops[loop].inputs
    // The rules are for real numbers.
    let isComplex = types.contains(where: \.isComplex)
    var readsInput = types.map { _ in isComplex }
    var readsResult = isComplex
    var rules: [(input: Int, gradient: ElementwiseGradient?)] = []
    for i in inputs {
      let gradient = isComplex ? nil : ElementwiseGradient.of(operation, loop: loop, input: i)
      rules.append((i, gradient))
      guard let gradient else { continue }
      for j in types.indices where gradient.reads(j) { readsInput[j] = true }
      readsResult = readsResult || gradient.reads(types.count)
    }
    self.inputs = rules
    self.readsInput = readsInput
    readsNone = !readsInput.contains(true)
    self.readsResult = readsResult
  }

  /// What the rules read of a call's operands; the others need not be kept, and may be written over.
  func kept(of operands: [Operand]) -> [Operand] {
    if readsNone { return [] }
    let none = Operand.scalar(Scalar(Int64(0), .bool))
    return operands.indices.map { readsInput[$0] ? operands[$0] : none }
  }

  /// The cotangents of the inputs from the result's.
  func pull(_ node: TapeNode, _ cotangent: NDArray) throws(MartletError) -> [NDArray?] {
    let result = readsResult ? node.resultOnTape() : nil
    return try inputs.map { (input, gradient) throws(MartletError) -> NDArray? in
      if let gradient { return try gradient.pull(cotangent, node.kept, result: result) }
      return try ComplexGradient.pull(operation, input, cotangent, node.kept, result)
    }
  }

  // MARK: The table

  private struct Key: Hashable {
    var operation: Int
    var loop: Int
    var inputs: UInt64
  }
  private static let known = Mutex<[Key: ElementwiseRule]>([:])

  static func of(_ operation: ElementwiseOperation, loop: Int, by inputs: [Int]) -> ElementwiseRule
  {
    var key = Key(operation: operation.index, loop: loop, inputs: 0)
    for input in inputs {
      // Rows of so many inputs are rare, and made by users.
      if input >= UInt64.bitWidth { return ElementwiseRule(operation, loop: loop, by: inputs) }
      key.inputs |= 1 << UInt64(input)
    }
    if let found = known.withLock({ $0[key] }) { return found }
    let made = ElementwiseRule(operation, loop: loop, by: inputs)
    known.withLock { $0[key] = made }
    return made
  }
}
