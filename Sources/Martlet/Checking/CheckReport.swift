import MartletIR

/// What a check found: a table, and every failure as its smallest input.
public struct CheckReport: Sendable {
  /// Loops of one operation on one device with the same outcome.
  public struct Row: Sendable, Hashable {
    /// How a check ended.
    public enum Verdict: Sendable, Hashable {
      /// All was right.
      case ok
      /// Something was wrong.
      case fail
      /// The device cannot run it: `no float64`.
      case lacking(String)
    }

    /// The operation's name.
    public var operation: String
    /// The dtypes of the inputs, one list per loop.
    public var loops: [[DType]]
    /// The device's name.
    public var device: String
    /// How many elements were compared.
    public var elements: Int
    /// The device whose results are the measure.
    public var oracle: String
    /// The worst error in units in the last place from the oracle's result; nil where nothing was
    /// compared, as on the oracle itself.
    public var oracleError: Double?
    /// The worst error in units in the last place from NumPy's result.
    public var numpyError: Double?
    /// How it ended.
    public var verdict: Verdict
  }

  /// One loop of an operation that is wrong on a device.
  public struct Failure: Sendable, Hashable {
    /// The operation's name.
    public var operation: String
    /// The dtypes of the inputs.
    public var inputs: [DType]
    /// The device's name.
    public var device: String
    /// What was wrong: how far from what, or the error.
    public var reason: String
    /// A line that shows it, to be pasted into Python after `import martlet.numpy as np`, or in
    /// Swift where NumPy lacks the dtype.
    public var python: String
    /// The same in Swift.
    public var swift: String
    /// What was computed and what was expected, where there is one number.
    public var values: String?
  }

  /// What was checked, a row for each operation and device.
  public internal(set) var rows: [Row] = []
  /// What was wrong.
  public internal(set) var failures: [Failure] = []
  /// What was not compared, and why.
  public internal(set) var notes: [String] = []
  /// Whether no row failed. What a device lacks is no failure.
  public var isOK: Bool { failures.isEmpty }

  /// Does nothing where all is well.
  ///
  /// - Throws: `CheckFailed`, whose text is the table.
  public func require() throws(CheckFailed) {
    if !isOK { throw CheckFailed(report: self) }
  }
}

/// A check that found something.
public struct CheckFailed: Error, CustomStringConvertible {
  /// What was found.
  public let report: CheckReport
  public var description: String { "\n\(report)" }
}

// MARK: - Text

extension CheckReport: CustomStringConvertible {
  public var description: String { text(in: .swift) }

  /// The table, the notes and the failures, with lines to be pasted in this language.
  public func text(in language: CheckLanguage) -> String {
    var blocks = [table]
    blocks[0] += "\nErrors are the worst, in units in the last place."
    for note in notes { blocks[0] += "\n\(note)" }
    for failure in failures {
      let dtypes = failure.inputs.map(\.name).joined(separator: ", ")
      var lines = [
        "FAIL \(failure.operation) (\(dtypes)) on \(failure.device): \(failure.reason)",
        "  \(language == .python ? failure.python : failure.swift)",
      ]
      if let values = failure.values { lines.append("  \(values)") }
      blocks.append(lines.joined(separator: "\n"))
    }
    return blocks.joined(separator: "\n\n")
  }

  private var table: String {
    var oracles: [String] = []
    for row in rows where !oracles.contains(row.oracle) { oracles.append(row.oracle) }
    let oracle = oracles.joined(separator: " or ")
    let heads = ["operation", "dtypes", "device", "elements", "from \(oracle)", "from NumPy", ""]
    let lines = [heads] + rows.map(cells)
    let widths = heads.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      var text = ""
      for (column, cell) in line.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        // Numbers stand to the right.
        text += (3...5).contains(column) ? space + cell + "  " : cell + space + "  "
      }
      while text.last == " " { text.removeLast() }
      return text
    }.joined(separator: "\n")
  }

  private func cells(_ row: Row) -> [String] {
    let verdict =
      switch row.verdict {
      case .ok: "ok"
      case .fail: "FAIL"
      case .lacking(let what): what
      }
    var isLacking = false
    if case .lacking = row.verdict { isLacking = true }
    return [
      row.operation, row.dtypes, row.device, isLacking ? "" : "\(row.elements)",
      isLacking ? "" : Self.text(row.oracleError), isLacking ? "" : Self.text(row.numpyError),
      verdict,
    ]
  }

  /// `0`, `0.5`, `12`; what was not compared is a dash.
  static func text(_ error: Double?) -> String {
    guard let error else { return "-" }
    if error.isInfinite { return "inf" }
    if error >= 1e6 {
      let exponent = Int(error.exponent) * 30103 / 100000
      return "~1e\(exponent)"
    }
    let tenths = (error * 10).rounded(.up) / 10
    return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
  }
}

extension CheckReport.Row {
  /// A name for one dtype, NumPy's letters for several.
  var dtypes: String {
    if loops.count == 1 {
      let names = loops[0].map(\.name)
      return Set(names).count == 1 ? names[0] : names.joined(separator: ", ")
    }
    var letters = ""
    for loop in loops where !letters.contains(loop[0].code) { letters.append(loop[0].code) }
    return letters
  }
}
