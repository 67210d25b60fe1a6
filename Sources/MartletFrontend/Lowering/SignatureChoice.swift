import MartletIR

/// Which of a function's declared signatures a call from a kernel is for.
extension FunctionLowering {
  /// The signature whose conversions are the mildest; nil for a function that has none.
  ///
  /// - Throws: `.kernelSource` where no signature takes the arguments.
  func signature(
    of function: SourceFunction, for arguments: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> SourceSignature? {
    if function.signatures.isEmpty { return nil }
    var best: (signature: SourceSignature, cost: Int)?
    for signature in function.signatures {
      guard let cost = cost(of: arguments, signature) else { continue }
      if best.map({ cost < $0.cost }) ?? true { best = (signature, cost) }
    }
    if let best { return best.signature }
    let shown = arguments.map(\.description).joined(separator: ", ")
    throw failure("'\(function.name)' has no signature for \(shown)", at: location)
  }

  /// How much a signature changes of arguments; nil where it does not take them.
  private func cost(of arguments: [Meaning], _ signature: SourceSignature) -> Int? {
    guard arguments.count == signature.parameters.count else { return nil }
    var total = 0
    for (argument, dtype) in zip(arguments, signature.parameters) {
      switch (argument, dtype) {
      case (.scalar, nil), (.literal, nil): return nil
      case (.scalar(let value), let dtype?):
        guard let own = conversionCost(value.dtype, dtype) else { return nil }
        total += own
      case (.literal(let literal), let dtype?):
        let own = Promotion.resolve(literal.weak, beside: dtype) == dtype ? 0 : 1
        guard own == 0 || conversionCost(literal.natural, dtype) != nil else { return nil }
        total += own * (conversionCost(literal.natural, dtype) ?? 0)
      case (.array(let array), let dtype?) where array.rank == 0:
        guard let own = conversionCost(array.dtype, dtype) else { return nil }
        total += own
      case (_, .some): return nil
      case (_, nil): break
      }
    }
    return total
  }

  /// A number of conversions weighs less than one of the next worse kind.
  private func conversionCost(_ from: DType, _ to: DType) -> Int? {
    if from == to { return 0 }
    // What is imaginary has no place in a real number.
    if from.isComplex, !to.isComplex { return nil }
    if Promotion.canCast(from, to: to, .safe) { return 1 }
    return Promotion.canCast(from, to: to, .sameKind) ? 1000 : 1_000_000
  }
}
