import MartletIR

extension ElementwiseOperation {
  /// Counts instructions of the loop that computes in `float64` (or the last), with the slow ones
  /// weighted.
  static func weight(of body: Body, _ loops: [TypedLoop]) -> Int {
    let loop = loops.first { $0.inputs.contains(.float64) } ?? loops[loops.count - 1]
    let builder = KernelBuilder(name: "cost")
    _ = body(loop.inputs.map { builder.slotValue(builder.slot(for: $0), $0) })
    var total = 0
    for case .define(_, let instruction) in builder.finish().body {
      switch instruction {
      case .constant, .slot, .real, .imaginary, .complex, .cast: break
      case .call: total += 16
      case .binary(.divide, _, _), .binary(.remainder, _, _), .unary(.squareRoot, _): total += 4
      default: total += 1
      }
    }
    return total
  }
}
