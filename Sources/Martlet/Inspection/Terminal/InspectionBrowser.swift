import MartletIR

/// The inspector in a terminal: the tree above, a view of the chosen object below, all keys at the
/// bottom.
package final class InspectionBrowser {
  private let terminal: any InspectionTerminal
  private let lines: TreeLines
  private var keys = KeyReader()

  private var cursor = 0
  /// The first line of the tree on the screen.
  private var top = 0
  /// The view's name is kept from object to object.
  private var viewName = "summary"
  private var slices: [ObjectIdentifier: (axis: Int, positions: [Int])] = [:]
  private var message = ""
  /// What is being typed after `/`.
  private var typed: String?
  private var sought = ""
  /// Where a search goes on that has not found anything yet.
  private var soughtUntil: Int?
  private var screen: [String] = []
  private var screenSize = (rows: 0, columns: 0)

  package convenience init(_ root: InspectionNode, on terminal: Terminal) {
    self.init(root, terminal: terminal)
  }

  init(_ root: InspectionNode, terminal: any InspectionTerminal) {
    self.terminal = terminal
    lines = TreeLines(root)
  }

  /// Shows the tree until the user leaves it.
  ///
  /// - Returns: the object chosen with Enter; nil after `q`.
  package func run() -> InspectionNode? {
    terminal.enter()
    defer { terminal.leave() }
    draw()
    while let bytes = terminal.read() {
      let pressed = keys.keys(bytes)
      for key in pressed {
        switch act(key) {
        case .stay: break
        case .leave(let chosen): return chosen
        }
      }
      if !pressed.isEmpty || terminal.size != screenSize { draw() }
    }
    return nil
  }

  // MARK: Keys

  private enum Outcome {
    case stay
    case leave(InspectionNode?)
  }

  private var current: TreeLines.Line { lines.line(cursor) }

  private var node: InspectionNode? {
    switch current.content {
    case .node(let node, _, _): node
    case .group(let group): group.group.owner
    }
  }

  private func act(_ key: Key) -> Outcome {
    message = ""
    if typed != nil {
      type(key)
      return .stay
    }
    let page = max(treeHeight - 1, 1)
    switch key {
    case .stop, .character("q"), .escape: return .leave(nil)
    case .up, .character("k"): move(by: -1)
    case .down, .character("j"): move(by: 1)
    case .pageUp: move(by: -page)
    case .pageDown: move(by: page)
    case .home, .character("g"): move(by: -cursor)
    case .end, .character("G"): move(by: lines.count)
    case .right, .character("l"): open()
    case .left, .character("h"): close()
    case .character(" "), .tab: if current.isOpen { lines.close(current) } else { open() }
    case .enter: return choose()
    case .character("/"): typed = ""
    case .character("n"): search(forwards: true)
    case .character("N"): search(forwards: false)
    case .character("f"): nextFilter()
    case .character("v"): nextView(1)
    case .character("V"): nextView(-1)
    case .character("["): moveSlice(by: -1)
    case .character("]"): moveSlice(by: 1)
    case .character("{"): chooseAxis(by: -1)
    case .character("}"): chooseAxis(by: 1)
    case .character("y"): copyPath()
    default: break
    }
    return .stay
  }

  private func move(by distance: Int) {
    cursor = min(max(cursor + distance, 0), lines.count - 1)
    soughtUntil = nil
  }

  private func open() {
    let line = current
    if line.isOpen { return move(by: 1) }
    if case .node(let node, _, _) = line.content, !node.canOpen {
      message =
        node.cycle.map { "It is \($0.title), above: not followed again." } ?? "Nothing inside."
      return
    }
    lines.open(line)
  }

  private func close() {
    let line = current
    if line.isOpen { return lines.close(line) }
    if let parent = line.parent { cursor = parent }
  }

  private func choose() -> Outcome {
    guard case .node(let node, _, _) = current.content else {
      if current.isOpen { lines.close(current) } else { open() }
      return .stay
    }
    if node.value == nil {
      message = "That is a fact about an object, no object."
      return .stay
    }
    return .leave(node)
  }

  private func type(_ key: Key) {
    switch key {
    case .character(let character): typed?.append(character)
    case .backspace: if typed?.isEmpty == false { typed?.removeLast() } else { typed = nil }
    case .enter:
      sought = typed ?? ""
      typed = nil
      soughtUntil = nil
      search(forwards: true)
    case .escape, .stop: typed = nil
    default: break
    }
  }

  /// A search looks at no more lines before it asks.
  private static let searched = 20_000

  private func search(forwards: Bool) {
    guard !sought.isEmpty else {
      message = "Nothing to search for: / begins."
      return
    }
    let wanted = sought.lowercased()
    let count = lines.count
    let start = soughtUntil ?? cursor
    let most = min(count, Self.searched)
    for step in 1...max(most, 1) {
      let place = ((start + (forwards ? step : -step)) % count + count) % count
      let text: String
      switch lines.line(place).content {
      case .node(let node, _, _): text = "\(node.title) \(node.detail)"
      case .group(let group): text = group.group.title
      }
      if text.lowercased().contains(wanted) {
        cursor = place
        soughtUntil = nil
        return
      }
    }
    if most < count {
      soughtUntil = (start + (forwards ? most : count - most)) % count
      message = "Not in the next \(InspectionText.count(most)) lines: n searches on."
    } else {
      soughtUntil = nil
      message = "'\(sought)' is in no open line."
    }
  }

  private func nextFilter() {
    let kinds: [InspectionNode.Kind?] = [nil, .array, .data, .function, .type, .object]
    let place = kinds.firstIndex { $0 == lines.filter } ?? 0
    lines.filter = kinds[(place + 1) % kinds.count]
    cursor = min(cursor, lines.count - 1)
    message = lines.filter.map { "Only \($0.rawValue)s, and what is open." } ?? "Everything."
  }

  private func nextView(_ step: Int) {
    guard let views = node?.views, !views.isEmpty else { return }
    let place = views.firstIndex { $0.name == viewName } ?? 0
    viewName = views[((place + step) % views.count + views.count) % views.count].name
  }

  private func copyPath() {
    guard let path = node?.path, !path.isEmpty else {
      message = "No expression gives this."
      return
    }
    // xterm's sequence for the clipboard, which also crosses ssh.
    terminal.write("\u{1b}]52;c;\(Base64.text(Array(path.utf8)))\u{07}")
    message = "Copied: \(path)"
  }

  // MARK: Slices

  private var array: NDArray? { node?.array }

  private func moveSlice(by step: Int) {
    guard let array, array.rank > 2, let node else {
      message = "Only arrays of more than two axes have slices to go through."
      return
    }
    var slice = slice(of: node, array)
    let size = array.shape[slice.axis]
    if size > 0 {
      slice.positions[slice.axis] = (slice.positions[slice.axis] + step + size) % size
    }
    slices[ObjectIdentifier(node)] = slice
    if viewName == "summary" { viewName = "values" }
  }

  private func chooseAxis(by step: Int) {
    guard let array, array.rank > 3, let node else {
      message = "Only arrays of more than three axes have several to choose from."
      return
    }
    var slice = slice(of: node, array)
    let axes = array.rank - 2
    slice.axis = (slice.axis + step + axes) % axes
    slices[ObjectIdentifier(node)] = slice
    message = "[ and ] move along axis \(slice.axis)."
  }

  private func slice(of node: InspectionNode, _ array: NDArray) -> (axis: Int, positions: [Int]) {
    slices[ObjectIdentifier(node)]
      ?? (0, [Int](repeating: 0, count: max(array.rank - 2, 0)))
  }

  // MARK: The screen

  private var viewHeight: Int {
    let rows = terminal.size.rows
    return rows < 14 ? 0 : min(max((rows - 4) * 9 / 20, 6), 24)
  }

  /// Between the line at the top and what is below.
  private var treeHeight: Int {
    max(terminal.size.rows - 3 - (viewHeight > 0 ? viewHeight + 1 : 0), 1)
  }

  private func draw() {
    let size = terminal.size
    if size != screenSize {
      screen = []
      terminal.write("\u{1b}[2J")
      screenSize = size
    }
    var rows: [(StyledText, isReversed: Bool)] = []
    let path = node.map { $0.path.isEmpty ? $0.title : $0.path } ?? ""
    let filter = lines.filter.map { ", only \($0.rawValue)s" } ?? ""
    rows.append(
      (
        StyledText(
          " martlet  \(InspectionText.line(path))  (\(InspectionText.count(cursor + 1)) of "
            + "\(InspectionText.count(lines.count)) lines\(filter))", .bold), true
      ))
    let height = treeHeight
    let total = lines.count
    cursor = min(cursor, total - 1)
    top = min(max(top, cursor - height + 1), cursor)
    top = max(min(top, total - height), 0)
    for i in top..<(top + height) {
      rows.append(i < total ? (text(lines.line(i)), i == cursor) : (StyledText(), false))
    }
    if viewHeight > 0 { drawView(&rows, size.columns) }
    drawKeys(&rows)
    var output = ""
    var next: [String] = []
    for (i, row) in rows.prefix(size.rows).enumerated() {
      let line = row.0.sequence(
        columns: size.columns, hasColours: terminal.hasColours, hasUnicode: terminal.hasUnicode,
        isReversed: row.isReversed)
      next.append(line)
      if i >= screen.count || screen[i] != line { output += "\u{1b}[\(i + 1);1H\u{1b}[K\(line)" }
    }
    screen = next
    if !output.isEmpty { terminal.write(output) }
  }

  private func text(_ line: TreeLines.Line) -> StyledText {
    let hasUnicode = terminal.hasUnicode
    var text = StyledText(" " + String(repeating: "  ", count: min(line.depth, 20)))
    let (opened, closed) = hasUnicode ? ("▾ ", "▸ ") : ("- ", "+ ")
    switch line.content {
    case .group(let group):
      text.append(line.isOpen ? opened : closed, .faint)
      text.append(group.group.title, .bold)
      let looked = TreeLines.GroupLine.filtered
      let part =
        lines.filter != nil && group.group.count > looked
        ? ", the first \(InspectionText.count(looked)) of them looked at" : ""
      text.append(" (\(InspectionText.count(group.group.count))\(part))", .faint)
    case .node(let node, _, _):
      text.append(node.canOpen ? (line.isOpen ? opened : closed) : "  ", .faint)
      text.append(node.title, .of(node.kind))
      text.append("  \(node.detail)")
      if let cycle = node.cycle { text.append("  (is \(cycle.title), above)", .faint) }
    }
    return text
  }

  private func drawView(_ rows: inout [(StyledText, isReversed: Bool)], _ columns: Int) {
    let rule = terminal.hasUnicode ? "─" : "-"
    let views = node?.views ?? []
    let place = views.firstIndex { $0.name == viewName } ?? 0
    var head = StyledText("\(rule)\(rule) ", .faint)
    for (i, view) in views.enumerated() {
      head.append(view.name, i == place ? TextStyle(isBold: true, isReversed: true) : .faint)
      head.append("  ")
    }
    head.append(String(repeating: rule, count: columns), .faint)
    rows.append((head, false))
    var shown: [StyledText] = []
    if place < views.count {
      let glyphs: PictureGlyphs =
        !terminal.hasUnicode ? .ascii : terminal.hasColours ? .coloured : .unicode
      let positions = node.flatMap { node in array.map { slice(of: node, $0).positions } } ?? []
      let view = views[place]
      let height = view.name == "heat-map" ? PictureText.cellRows(viewHeight, glyphs) : viewHeight
      let content = view.content(.init(rows: height, columns: columns - 2, slice: positions))
      shown = PictureText.lines(content, rows: viewHeight, columns: columns - 2, glyphs: glyphs)
    }
    if shown.count > viewHeight {
      shown = Array(shown.prefix(viewHeight - 1)) + [StyledText("… (a larger window shows more)")]
    }
    for i in 0..<viewHeight {
      var line = StyledText(" ")
      if i < shown.count { for span in shown[i].spans { line.append(span.text, span.style) } }
      rows.append((line, false))
    }
  }

  private func drawKeys(_ rows: inout [(StyledText, isReversed: Bool)]) {
    if let typed {
      rows.append((StyledText(" search the open lines: \(typed)_", .bold), false))
      rows.append((StyledText(" Enter searches  Esc leaves it", .faint), false))
      return
    }
    let arrows = terminal.hasUnicode ? ("↑↓", "→ ←") : ("up/down", "right/left")
    rows.append(
      message.isEmpty
        ? (
          StyledText(
            " \(arrows.0) PgUp PgDn Home End move  \(arrows.1) open, close  Enter choose  q quit",
            .faint), false
        )
        : (StyledText(" \(InspectionText.line(message))", .bold), false))
    rows.append(
      (
        StyledText(
          " / search  n N next  f filter  v V view  [ ] slice  { } axis  y copy path", .faint),
        false
      ))
  }
}

/// RFC 4648.
enum Base64 {
  private static let letters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func text(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      var word = part.reduce(0) { $0 << 8 | UInt32($1) }
      word <<= UInt32(8 * (3 - part.count))
      for i in 0..<4 {
        result.append(
          i <= part.count ? letters[Int(word >> UInt32(18 - 6 * i) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
