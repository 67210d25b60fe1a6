import MartletIR

extension InspectionNode {
  /// The node for the page, in JSON: what it is, the first of each group, and its views' names.
  ///
  /// - Parameters:
  ///   - limit: how many nodes of a group.
  ///   - start: the first of them.
  package func json(start: Int = 0, limit: Int = 100) -> String {
    let groups = groups.map { group -> String in
      let first = min(max(start, 0), group.count)
      let nodes = (first..<min(first + limit, group.count)).map { group.node($0).head }
      return JSON.object([
        ("title", JSON.text(group.title)), ("count", "\(group.count)"), ("start", "\(first)"),
        ("nodes", JSON.list(nodes)),
      ])
    }
    return JSON.object(
      headFields + [
        ("groups", JSON.list(groups)), ("views", JSON.list(views.map { JSON.text($0.name) })),
        ("shape", JSON.list((array?.shape).map { $0.map(String.init) } ?? [])),
      ])
  }

  private var headFields: [(String, String)] {
    [
      ("title", JSON.text(title)), ("kind", JSON.text(kind.rawValue)),
      ("detail", JSON.text(detail)), ("path", JSON.text(path)),
      ("opens", canOpen ? "true" : "false"),
      ("cycle", cycle.map { JSON.text($0.title) } ?? "null"),
    ]
  }

  private var head: String { JSON.object(headFields) }

  /// The node at a path of group and position, again and again; nil where there is none.
  package func node(at path: [Int]) -> InspectionNode? {
    var node = self
    for i in stride(from: 0, to: path.count - path.count % 2, by: 2) {
      guard node.groups.indices.contains(path[i]),
        (0..<node.groups[path[i]].count).contains(path[i + 1])
      else { return nil }
      node = node.groups[path[i]].node(path[i + 1])
    }
    return path.count % 2 == 0 ? node : nil
  }
}

extension InspectionView.Content {
  /// The content for the page; numbers that JSON does not have are null.
  package var json: String {
    switch self {
    case .text(let lines):
      JSON.object([("text", JSON.list(lines.map { JSON.text(InspectionText.line($0)) }))])
    case .histogram(let histogram):
      JSON.object([
        ("counts", JSON.list(histogram.counts.map(String.init))),
        ("low", JSON.number(histogram.low)), ("high", JSON.number(histogram.high)),
        ("note", JSON.text(histogram.note)),
      ])
    case .heatMap(let map):
      JSON.object([
        ("cells", JSON.list(map.cells.map { JSON.list($0.map(JSON.number)) })),
        ("low", JSON.number(map.low)), ("high", JSON.number(map.high)),
        ("note", JSON.text(map.note)),
      ])
    case .strips(let strips, let note):
      JSON.object([
        (
          "strips",
          JSON.list(
            strips.map {
              JSON.object([
                ("label", JSON.text(InspectionText.line($0.label))),
                ("cover", JSON.list($0.cover.map(JSON.number))),
              ])
            })
        ), ("note", JSON.text(note)),
      ])
    }
  }
}

/// RFC 8259, from texts that are JSON already.
enum JSON {
  static func list(_ values: [String]) -> String { "[\(values.joined(separator: ","))]" }

  static func object(_ fields: [(String, String)]) -> String {
    "{\(fields.map { "\(text($0.0)):\($0.1)" }.joined(separator: ","))}"
  }

  static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }

  static func text(_ value: String) -> String {
    var result = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case let control where control.value < 32:
        let digits = String(control.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
