import MartletIR

extension Elementwise {
  /// The results of a row that has two: each is the result of something that has a derivative, or a
  /// whole number, which is constant.
  static func applySeveralTraced(
    _ operation: ElementwiseOperation, loop: Int, _ operands: [Operand]
  ) throws(MartletError) -> [NDArray] {
    let results = try apply(operation, loop: loop, operands.map(\.untraced))
    switch operation.name {
    case "divmod": return [results[0], try apply(.remainder, operands)[0]]
    case "modf":
      let source = try operands[0].asArray().source()
      return [
        Recording.note(results[0], "modf", [source], kept: [], keepsResult: false) {
          (_, g, _) in [g]
        }, results[1],
      ]
    case "frexp":
      let source = try operands[0].asArray().source()
      guard let scale = OperationTable.elementwise(named: "ldexp") else { break }
      let powers = try apply(.negative, [.array(results[1])])[0]
      return [
        Recording.note(
          results[0], "frexp", [source], kept: [], keepsResult: false
        ) { (_, g, _) throws(MartletError) in
          [try apply(scale, [.array(g), .array(powers)])[0]]
        }, results[1],
      ]
    default: break
    }
    throw .noDerivative(operation: operation.name, reason: "its results have no rules")
  }
}
