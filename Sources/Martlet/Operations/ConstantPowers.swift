import MartletIR
import Synchronization

/// Rows for powers whose exponent is one number, made when first used: `a ** 2.5` needs no
/// logarithm.
enum ConstantPowers {
  private static let rows = Mutex<[UInt64: ElementwiseOperation]>([:])

  /// The row that computes `power` with this exponent, and its loop for the type; nil where the
  /// general one must.
  static func row(_ exponent: Double, _ dtype: DType) -> (ElementwiseOperation, loop: Int)? {
    guard dtype.isFloating, abs(exponent) <= 8, (exponent * 2).rounded() == exponent * 2,
      let loop = [DType].floating.firstIndex(of: dtype)
    else { return nil }
    let row = rows.withLock { rows in
      if let known = rows[exponent.bitPattern] { return known }
      let new = make(exponent)
      rows[exponent.bitPattern] = new
      return new
    }
    return (row, loop)
  }

  /// A power in multiplications, a root and a division, each of which has a derivative of its own.
  private static func power(_ x: Expression, _ exponent: Double) -> Expression {
    let size = abs(exponent)
    var result = size.rounded(.down) == size ? x.literal(1) : x.squareRoot
    for _ in 0..<Int(size) { result = result * x }
    return exponent < 0 ? 1 / result : result
  }

  private static func make(_ exponent: Double) -> ElementwiseOperation {
    ElementwiseOperation(
      name: "power", summary: "The power \(exponent) of a number.",
      loops: .same(.floating, inputs: 1), identity: .none, domain: .ranges([0.01...10]),
      tolerance: 1, poles: .zero(input: 0), selection: .firstSafe, integerEvents: .none,
      gradient: .unary { g, x, _ in
        exponent == 0 ? g.literal(0) : g * exponent * power(x, exponent - 1)
      }
    ) { inputs in
      // The exponents that come here all have a short form.
      [
        MathLibrary.power(inputs[0], exponent: exponent)
          ?? inputs[0].call(.pow, inputs[0].literal(exponent))
      ]
    }
  }
}
