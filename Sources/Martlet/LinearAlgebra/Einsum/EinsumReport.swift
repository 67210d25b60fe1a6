import Glibc
import MartletIR

/// What a path costs, as NumPy's `einsum_path` tells it.
package struct EinsumReport {
  package let text: String

  /// - Parameter steps: a whole path, of subscripts without ellipses.
  package init(
    _ subscripts: EinsumSubscripts, _ resolved: EinsumSubscripts.Resolved, _ path: ContractionPath,
    _ steps: [[Int]]
  ) {
    var letters = [String](repeating: "?", count: resolved.sizes.count)
    for (term, labels) in zip(subscripts.inputs, resolved.inputs) {
      for (code, label) in zip(term, labels) {
        letters[label] = UInt8(exactly: code).map { String(UnicodeScalar($0)) } ?? "?"
      }
    }
    func word(_ labels: [Int]) -> String { labels.map { letters[$0] }.joined() }
    var terms = resolved.inputs.map(word)
    var sets = resolved.inputs.map(ContractionPath.labels)
    let (output, inputs) = (word(resolved.output), terms.joined(separator: ","))
    let all = sets.reduce(0, |)

    var (costs, largest, scaling) = (0.0, 0.0, 0)
    var lines: [String] = []
    for (number, step) in steps.enumerated() {
      let positions = step.sorted(by: >)
      let met = path.contraction(positions, sets)
      costs += path.cost(met.all, isSum: met.removed != 0, count: positions.count)
      largest = max(largest, path.size(met.result))
      let width = met.all.nonzeroBitCount
      scaling = max(scaling, width)
      let own = positions.map { terms.remove(at: $0) }
      sets = met.remaining
      let kept = letters.indices.filter { met.result & 1 << ContractionPath.Labels($0) != 0 }
      let result =
        number == steps.count - 1
        ? output
        : word(
          kept.sorted { (resolved.sizes[$0], letters[$0]) < (resolved.sizes[$1], letters[$1]) })
      terms.append(result)
      lines.append(
        Self.padded("\(width)", 4) + "    "
          + Self.padded(own.joined(separator: ",") + "->" + result, 24)
          + " " + Self.padded(terms.joined(separator: ",") + "->" + output, 40))
    }
    let isInner = resolved.inputs.reduce(0) { $0 + Set($1).count } > resolved.sizes.count
    let naive = path.cost(all, isSum: isInner, count: resolved.inputs.count)
    let rule = String(repeating: "-", count: 74)
    let head = [
      "  Complete contraction:  \(inputs)->\(output)",
      "         Naive scaling:  \(all.nonzeroBitCount)",
      "     Optimized scaling:  \(scaling)",
      "      Naive FLOP count:  \(Self.shown("%.3e", naive))",
      "  Optimized FLOP count:  \(Self.shown("%.3e", costs + 1))",
      "   Theoretical speedup:  \(Self.shown("%.3f", naive / (costs + 1)))",
      "  Largest intermediate:  \(Self.shown("%.3e", largest)) elements",
      rule,
      Self.padded("scaling", 6) + " " + Self.padded("current", 24) + " "
        + Self.padded("remaining", 40),
      rule,
    ]
    text = (head + lines).joined(separator: "\n")
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.utf8.count)) + text
  }

  private static func shown(_ format: String, _ number: Double) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      guard let memory = buffer.baseAddress else { return "" }
      _ = withVaList([number]) { vsnprintf(memory, 64, format, $0) }
      return String(cString: memory)
    }
  }
}
