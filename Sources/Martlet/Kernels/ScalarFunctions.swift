import MartletFrontend
import MartletIR

/// What users' functions may call on numbers: every row of the table, by NumPy's name.
package enum ScalarFunctions {
  package static let library: @Sendable (String, [DType]) -> ScalarFunction? = { name, types in
    guard let row = OperationTable.elementwise(named: name), row.inputCount == types.count else {
      return nil
    }
    let operands = types.map { Operand.scalar(Scalar(0 as Int64, $0)) }
    guard let loop = try? Elementwise.resolve(row, operands, dtype: nil, casting: .safe) else {
      return nil
    }
    return ScalarFunction(
      inputs: row.loops[loop].inputs, outputs: row.loops[loop].outputs,
      body: { row($0) })
  }
}
