/// The tree as the lines that are open: any of them is found without making those before it.
final class TreeLines {
  /// An opened node.
  final class NodeLine {
    let node: InspectionNode
    let groups: [GroupLine]
    var isOpen = true

    init(_ node: InspectionNode) {
      self.node = node
      groups = node.groups.map { GroupLine($0) }
      // What an object holds comes first and is what most want to see.
      groups.first?.isOpen = true
    }

    /// Lines below the node's own.
    func count(_ filter: InspectionNode.Kind?) -> Int {
      isOpen ? groups.reduce(0) { $0 + 1 + $1.count(filter) } : 0
    }
  }

  final class GroupLine {
    let group: InspectionGroup
    var isOpen = false
    fileprivate var opened: [Int: NodeLine] = [:]
    private var shown: (filter: InspectionNode.Kind, positions: [Int])?

    init(_ group: InspectionGroup) { self.group = group }

    /// In larger groups a filter looks at no more nodes.
    static let filtered = 5000

    /// What a filter lets through; nil for all.
    fileprivate func positions(_ filter: InspectionNode.Kind?) -> [Int]? {
      guard let filter else { return nil }
      if let shown, shown.filter == filter { return shown.positions }
      let positions = (0..<min(group.count, Self.filtered)).filter { i in
        let kind = group.node(i).kind
        return kind == filter || kind == .fact || kind == .failure || opened[i] != nil
      }
      shown = (filter, positions)
      return positions
    }

    func count(_ filter: InspectionNode.Kind?) -> Int {
      guard isOpen else { return 0 }
      let positions = positions(filter)
      var count = positions?.count ?? group.count
      for (_, line) in opened { count += line.count(filter) }
      return count
    }

    fileprivate func line(_ position: Int) -> NodeLine? { opened[position] }

    func open(_ position: Int) {
      if let known = opened[position] {
        known.isOpen = true
      } else {
        opened[position] = NodeLine(group.node(position))
      }
    }
  }

  /// A line, and where it stands.
  enum Content {
    case group(GroupLine)
    /// A node in a group, which knows it by its position; the root is in none.
    case node(InspectionNode, GroupLine?, Int)
  }

  struct Line {
    var content: Content
    var depth: Int
    /// The line of what it is inside of.
    var parent: Int?
    var isOpen: Bool
  }

  let root: NodeLine
  var filter: InspectionNode.Kind?

  init(_ node: InspectionNode) { root = NodeLine(node) }

  var count: Int { 1 + root.count(filter) }

  /// The line at a position from 0 to below `count`.
  func line(_ position: Int) -> Line {
    if position <= 0 {
      return Line(content: .node(root.node, nil, 0), depth: 0, parent: nil, isOpen: root.isOpen)
    }
    return line(position - 1, in: root, depth: 1, start: 1)
  }

  /// - Parameter start: the line that the node's first group has.
  private func line(_ position: Int, in node: NodeLine, depth: Int, start: Int) -> Line {
    var rest = position
    var start = start
    let parent = start - 1
    for group in node.groups {
      let count = 1 + group.count(filter)
      if rest < count {
        if rest == 0 {
          return Line(content: .group(group), depth: depth, parent: parent, isOpen: group.isOpen)
        }
        return line(rest - 1, in: group, depth: depth + 1, start: start + 1)
      }
      rest -= count
      start += count
    }
    // The tree has become shorter.
    return Line(content: .node(node.node, nil, 0), depth: depth, parent: parent, isOpen: true)
  }

  private func line(_ position: Int, in group: GroupLine, depth: Int, start: Int) -> Line {
    let positions = group.positions(filter)
    /// Which node of those shown comes at the position, given that opened ones are longer.
    var (rest, before) = (position, 0)
    let opened = group.opened.keys.sorted()
    for key in opened {
      guard let line = group.line(key) else { continue }
      let place = positions.map { Self.place(of: key, in: $0) } ?? key
      if rest <= place - before + 0 { break }
      let inside = line.count(filter)
      let from = rest - (place - before) - 1
      if from < inside {
        let first = start + (position - rest) + (place - before) + 1
        return self.line(from, in: line, depth: depth + 1, start: first)
      }
      rest -= place - before + 1 + inside
      before = place + 1
    }
    let shown = before + rest
    let node = positions.map { $0[min(shown, $0.count - 1)] } ?? min(shown, group.group.count - 1)
    return Line(
      content: .node(group.group.node(node), group, node), depth: depth, parent: start - 1,
      isOpen: group.line(node)?.isOpen ?? false)
  }

  /// Where a sorted list has a number, or would have it.
  private static func place(of number: Int, in list: [Int]) -> Int {
    var (low, high) = (0, list.count)
    while low < high {
      let middle = (low + high) / 2
      if list[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low
  }

  func open(_ line: Line) {
    switch line.content {
    case .group(let group): group.isOpen = true
    case .node(let node, let group, let position):
      guard node.canOpen else { return }
      if let group { group.open(position) } else { root.isOpen = true }
    }
  }

  func close(_ line: Line) {
    switch line.content {
    case .group(let group): group.isOpen = false
    case .node(_, let group, let position):
      if let group { group.line(position)?.isOpen = false } else { root.isOpen = false }
    }
  }
}
