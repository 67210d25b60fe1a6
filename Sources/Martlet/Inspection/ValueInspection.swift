import MartletIR
import MartletRuntime

/// Opens the inspector on a value: a tree in the terminal, or plain text where the output is none.
///
/// Arrays show shape, layout, memory and sharing, what is pending, statistics and pictures; other
/// values what `Mirror` tells of them. Nothing pending is computed, and nothing is changed.
///
/// - Returns: The value chosen with Enter, which may be one inside; nil without a terminal, or where
///   the inspector was left with `q`.
@discardableResult
public func inspect(_ value: Any, named name: String = "value") -> Any? {
  let root = InspectionNode.inspecting(value, named: name)
  guard let terminal = Terminal() else {
    StandardOutput.write(root.plainText() + "\n")
    return nil
  }
  return InspectionBrowser(root, on: terminal).run()?.value
}

extension InspectionNode {
  /// The tree of a value, as `inspect` shows it.
  public static func inspecting(_ value: Any, named name: String) -> InspectionNode {
    ValueInspection.node(value, title: name, path: name)
  }
}

/// Nodes of Swift's values.
private enum ValueInspection {
  static func node(_ value: Any, title: String, path: String) -> InspectionNode {
    if let array = value as? NDArray { return ArrayInspection.node(title, array, path: path) }
    let mirror = Mirror(reflecting: value)
    let type = "\(Swift.type(of: value))"
    var identity: UInt?
    if mirror.displayStyle == .class {
      identity = UInt(bitPattern: ObjectIdentifier(value as AnyObject).hashValue)
    }
    return InspectionNode(
      title, kind(value, mirror), detail: detail(value, mirror, type), path: path,
      identity: identity, value: value,
      groups: mirror.children.isEmpty && mirror.superclassMirror == nil
        ? nil : { groups(mirror, path) })
  }

  private static func kind(_ value: Any, _ mirror: Mirror) -> InspectionNode.Kind {
    if value is Any.Type { return .type }
    if "\(Swift.type(of: value))".contains("->") { return .function }
    switch mirror.displayStyle {
    case .collection, .dictionary, .set, .tuple, .optional, nil: return .data
    default: return .object
    }
  }

  private static func detail(_ value: Any, _ mirror: Mirror, _ type: String) -> String {
    switch mirror.displayStyle {
    case .collection, .dictionary, .set:
      return "\(type), \(InspectionText.count(mirror.children.count)) elements"
    // Only of plain values: the text of others may be their elements', and compute them.
    case nil where mirror.children.isEmpty: return "\(type) \(value)"
    case .enum where mirror.children.isEmpty: return "\(type).\(value)"
    case .optional where mirror.children.isEmpty: return "\(type) nil"
    default: return type
    }
  }

  private static func groups(_ mirror: Mirror, _ path: String) -> [InspectionGroup] {
    let children = mirror.children
    var above: [InspectionGroup] = []
    if let parent = mirror.superclassMirror, !parent.children.isEmpty {
      above = groups(parent, path).map { group in
        InspectionGroup("of \(parent.subjectType)", count: group.count) { group.node($0) }
      }
    }
    let isDictionary = mirror.displayStyle == .dictionary
    let own = InspectionGroup("data", count: children.count) { i in
      let child = children[children.index(children.startIndex, offsetBy: i)]
      if isDictionary {
        // A pair of key and value.
        let pair = Mirror(reflecting: child.value).children.map(\.value)
        let key = pair.first.map { "\($0)" } ?? ""
        let shown = pair.first is String ? "\"\(key)\"" : key
        return node(pair.last ?? child.value, title: shown, path: "\(path)[\(shown)]!")
      }
      if let label = child.label {
        return node(child.value, title: label, path: "\(path).\(label.drop { $0 == "." })")
      }
      return node(child.value, title: "[\(i)]", path: "\(path)[\(i)]")
    }
    // Which of the arrays directly inside share memory; among the first of very many.
    var arrays: [(name: String, array: NDArray)] = []
    for (i, child) in children.prefix(10_000).enumerated() {
      var value = child.value
      var name = child.label ?? "[\(i)]"
      if isDictionary {
        let pair = Mirror(reflecting: value).children.map(\.value)
        name = pair.first.map { "\($0)" } ?? name
        value = pair.last ?? value
      }
      if let array = value as? NDArray { arrays.append((name, array)) }
    }
    return [own] + above + [ArrayInspection.sharing(arrays)]
  }
}
