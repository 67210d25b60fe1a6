import Martlet
import MartletIR

/// `martlet operations`: the table as text.
enum OperationsCommand {
  static func run(_ arguments: [String]) throws(ToolError) -> String {
    if arguments.count > 1 { throw .unexpected(arguments[1], "operations") }
    guard let name = arguments.first else { return table }
    if let row = OperationTable.elementwise(named: name) { return detail(row) }
    if let row = ReductionOperation.rows.first(where: { $0.name == name }) { return detail(row) }
    if let row = OperationTable.dispatched.first(where: { $0.name == name }) { return detail(row) }
    throw .failure("There is no operation '\(name)' in the table. See: martlet operations")
  }

  private static var table: String {
    let elementwise = OperationTable.elementwise.map { row in
      [row.name, types(row), gradient(row.gradient), row.summary]
    }
    let reductions = ReductionOperation.rows.map { row in
      [row.name, types(row), row.summary]
    }
    return text("elementwise", ["name", "dtypes", "gradient", ""], elementwise) + "\n\n"
      + text("reductions", ["name", "dtypes", ""], reductions) + declared
  }

  /// What the user's code declared, where this runs in it.
  private static var declared: String {
    let rows = OperationTable.dispatched.map { row in
      [row.name, row.signature.description, devices(row), row.summary]
    }
    return rows.isEmpty
      ? "" : "\n\n" + text("declared", ["name", "signature", "devices", ""], rows)
  }

  private static func devices(_ row: DispatchedRow) -> String {
    row.targets.map(\.description).joined(separator: " ")
  }

  private static func detail(_ row: DispatchedRow) -> String {
    lines(
      row.name, row.summary,
      [("signature", row.signature.description), ("devices", devices(row))])
  }

  private static func text(_ title: String, _ heads: [String], _ rows: [[String]]) -> String {
    let all = [heads] + rows
    let widths = heads.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    let lines = all.map { row in
      zip(row, widths).dropLast().map { $0.padded(to: $1) }.joined(separator: "  ") + "  "
        + (row.last ?? "")
    }
    return (["\(title) (\(rows.count))"] + lines).joined(separator: "\n")
  }

  /// NumPy's codes of the first inputs' types.
  private static func types(_ row: ElementwiseOperation) -> String {
    String(row.loops.compactMap { $0.inputs.first?.code }.uniqued())
  }

  private static func types(_ row: ReductionOperation) -> String {
    String(DType.allCases.filter { row.types($0) != nil }.map(\.code))
  }

  private static func gradient(_ gradient: Gradient) -> String {
    switch gradient {
    case .rule: "yes"
    case .nonDifferentiable: "no"
    case .composed, .severalResults: "yes"
    case .constant: "zero"
    }
  }

  private static func detail(_ row: ElementwiseOperation) -> String {
    let loops = row.loops.map { loop in
      "\(String(loop.inputs.map(\.code)))->\(String(loop.outputs.map(\.code)))"
    }
    let derivative =
      switch row.gradient {
      case .rule: "declared"
      case .nonDifferentiable(let reason): "none: \(reason)"
      case .composed: "by its steps"
      case .severalResults: "for each result"
      case .constant(let reason): "zero: \(reason)"
      }
    return lines(
      row.name, row.summary,
      [
        ("inputs", "\(row.inputCount)"), ("results", "\(row.outputCount)"),
        ("loops", loops.joined(separator: " ")),
        ("tolerance", "\(row.tolerance.real) ULP, complex \(row.tolerance.complex) ULP"),
        ("gradient", derivative),
      ])
  }

  private static func detail(_ row: ReductionOperation) -> String {
    let loops = DType.allCases.compactMap { dtype in
      row.types(dtype).map { "\(dtype.code)->\($0.result.code)" }
    }
    return lines(
      row.name, row.summary,
      [("loops", loops.joined(separator: " ")), ("tolerance", "\(row.tolerance) ULP")])
  }

  private static func lines(
    _ name: String, _ summary: String, _ rows: [(String, String)]
  ) -> String {
    (["\(name): \(summary)"] + rows.map { "  \($0.0.padded(to: 11))\($0.1)" })
      .joined(separator: "\n")
  }
}

extension Array where Element: Hashable {
  /// Each element once, where it comes first.
  fileprivate func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
