import MartletIR

extension InspectionNode {
  /// The node, what is inside and its views as plain text, for a pipe or a file.
  ///
  /// - Parameters:
  ///   - depth: how many levels of groups are opened.
  ///   - limit: how many nodes of a group are shown.
  public func plainText(depth: Int = 1, limit: Int = 20, columns: Int = 80) -> String {
    var lines = ["\(title): \(detail)"]
    append(to: &lines, indent: "  ", depth: depth, limit: limit)
    for view in views where view.name != "summary" {
      lines.append("")
      lines.append("\(view.name):")
      let content = view.content(.init(rows: 12, columns: columns - 4))
      for line in PictureText.lines(content, rows: 12, columns: columns - 2, glyphs: .ascii) {
        lines.append("  " + line.plain)
      }
    }
    return lines.map { $0.trimmedEnd }.joined(separator: "\n")
  }

  private func append(to lines: inout [String], indent: String, depth: Int, limit: Int) {
    if let cycle {
      lines.append("\(indent)(is \(cycle.title), above)")
      return
    }
    guard depth > 0 else { return }
    for group in groups {
      lines.append("\(indent)\(group.title) (\(InspectionText.count(group.count)))")
      if group.isMinor { continue }
      for i in 0..<min(group.count, limit) {
        let node = group.node(i)
        lines.append("\(indent)  \(node.title): \(node.detail)")
        node.append(to: &lines, indent: indent + "    ", depth: depth - 1, limit: limit)
      }
      if group.count > limit {
        lines.append("\(indent)  … \(InspectionText.count(group.count - limit)) more")
      }
    }
  }
}

extension String {
  fileprivate var trimmedEnd: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
