import MartletIR
import Testing

@testable import Martlet

// One after the other: nodes are counted for the whole process.
@Suite(.serialized) struct InspectionTests {
  private func titles(_ node: InspectionNode) -> [String] { node.groups.map(\.title) }

  private func fact(_ node: InspectionNode, _ group: String, _ title: String) -> String? {
    guard let found = node.groups.first(where: { $0.title == group }) else { return nil }
    return (0..<found.count).map { found.node($0) }.first { $0.title == title }?.detail
  }

  @Test func arraysSayHowTheyLie() throws {
    let array = try NDArray.arange(24.0).reshaped(2, 3, 4)
    let node = InspectionNode.inspecting(array, named: "a")
    #expect(node.detail == "(2, 3, 4) float64")
    #expect(titles(node) == ["array", "statistics", "memory", "along axis 0"])
    #expect(fact(node, "array", "strides") == "(96, 32, 8) bytes")
    let row = node.groups[3].node(1)
    #expect(row.path == "a[1]")
    #expect(fact(row, "memory", "begins at") == "byte 96 of it")
    #expect(node.views.map(\.name) == ["summary", "values", "histogram", "heat-map", "memory"])
  }

  @Test func pendingWorkStaysPending() throws {
    let a = try NDArray.arange(40_000.0)
    _ = try a.pointer()
    let b = a * 2.0 + 1.0
    let node = InspectionNode.inspecting(["b": b], named: "all")
    let inside = node.groups[0].node(0)
    #expect(inside.detail.hasSuffix("float64, pending"))
    #expect(fact(inside, "pending", "kernel to come") == "multiply → add (2 fused)")
    #expect(fact(inside, "pending", "it will write") == "312.5 KiB")
    #expect(!node.plainText(depth: 3).contains("min "))
    #expect(b.isPending)
  }

  @Test func mirrorsAreLazy() {
    let before = InspectionNode.madeCount
    let node = InspectionNode.inspecting(Array(0..<1_000_000), named: "many")
    let group = node.groups[0]
    #expect(group.count == 1_000_000)
    #expect(group.node(999_999).detail == "Int 999999")
    #expect(group.node(999_999).path == "many[999999]")
    #expect(InspectionNode.madeCount - before < 50)
  }

  private final class Ring {
    var next: Ring?
    let array: NDArray
    init(_ array: NDArray) { self.array = array }
  }

  @Test func cyclesEnd() throws {
    let ring = try Ring(.zeros([]))
    ring.next = try Ring(.zeros([2]))
    ring.next?.next = ring
    defer { ring.next = nil }
    let text = InspectionNode.inspecting(ring, named: "ring").plainText(depth: 12)
    #expect(text.contains("(is ring, above)"))
    #expect(text.contains("array: () float64 0.0"))
  }

  @Test func sharedMemoryIsFound() throws {
    let a = try NDArray.arange(10.0)
    let node = try InspectionNode.inspecting([a, a[5...], NDArray.arange(3.0)], named: "list")
    let shared = try #require(node.groups.first { $0.title == "shared memory" })
    #expect(shared.count == 1)
    #expect(shared.node(0).detail == "80 bytes for [0], [1]")
    guard case .strips(let strips, _) = shared.node(0).views[0].content(.init(rows: 4, columns: 28))
    else {
      Issue.record("no strips")
      return
    }
    #expect(
      strips.map(\.cover) == [[Double](repeating: 1, count: 10), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]])
  }

  @Test func textsMoveNoCursor() {
    let node = InspectionNode.inspecting(["\u{1b}[2J\u{202e}": "\r\n\u{9b}"], named: "hostile")
    let text = node.plainText(depth: 2)
    #expect(
      !text.unicodeScalars.contains {
        $0.value < 32 && $0 != "\n" || (127..<160).contains($0.value)
      })
  }

  @Test func jsonIsEscaped() {
    #expect(JSON.text("a\"\\\n") == "\"a\\\"\\\\\\u000a\"")
    #expect(JSON.number(.nan) == "null")
    #expect(Base64.text(Array("any carnal pleas".utf8)) == "YW55IGNhcm5hbCBwbGVhcw==")
    #expect(InspectionText.bytes(10 << 30) == "10 GiB")
    #expect(InspectionText.count(-1_234_567) == "-1 234 567")
    #expect(InspectionText.short(0.00001234) == "1.234e-5")
  }

  // MARK: The terminal

  /// Plays keys, and keeps what each line of the screen was last.
  private final class FakeTerminal: InspectionTerminal {
    var size = (rows: 24, columns: 80)
    let hasColours = false
    let hasUnicode = true
    private var keys: [String]
    private(set) var lines: [Int: String] = [:]
    private(set) var isIn = false
    /// The screen before each key.
    private(set) var screens: [String] = []

    init(_ keys: [String]) { self.keys = keys }

    func enter() { isIn = true }
    func leave() { isIn = false }

    func write(_ text: String) {
      for part in text.components("\u{1b}[") {
        guard let end = part.firstIndex(of: "H"),
          let row = Int(part[..<end].prefix { $0 != ";" })
        else {
          // The text follows the clearing of its line.
          if part.first == "K", let row {
            lines[row] = String(part.dropFirst())
          } else if let row {
            lines[row, default: ""] += part.drop { $0 != "m" }.dropFirst()
          }
          continue
        }
        self.row = row
      }
    }
    private var row: Int?

    func read() -> [UInt8]? {
      screens.append((1...size.rows).map { lines[$0] ?? "" }.joined(separator: "\n"))
      if keys.isEmpty { return nil }
      return Array(keys.removeFirst().utf8)
    }
  }

  private func play(_ value: Any, _ keys: [String]) -> (InspectionNode?, [String]) {
    let terminal = FakeTerminal(keys)
    let browser = InspectionBrowser(.inspecting(value, named: "v"), terminal: terminal)
    let chosen = browser.run()
    #expect(!terminal.isIn)
    return (chosen, terminal.screens)
  }

  @Test func keysWalkTheTree() throws {
    let down = "\u{1b}[B"
    let (chosen, screens) = play([1, 2, 3], [down, down, down, "\r"])
    #expect(chosen?.path == "v[1]")
    #expect(screens[0].contains("▾ v  Array<Int>, 3 elements"))
    #expect(screens[0].contains("q quit"))
    #expect(play([1], ["q"]).0 == nil)
    #expect(play([1], ["\u{3}"]).0 == nil)
    #expect(play([1], []).0 == nil)
  }

  @Test func linesOfATreeAreThoseThatAreOpen() {
    let nested = (0..<6).map { i in (0..<i).map { Array(0..<$0) } }
    let lines = TreeLines(.inspecting(nested, named: "v"))
    // Opens every other line, from the last to the first, and then looks at each.
    for i in stride(from: lines.count - 1, through: 0, by: -2) { lines.open(lines.line(i)) }
    for i in stride(from: lines.count - 1, through: 0, by: -1) { lines.open(lines.line(i)) }
    var depths: [Int] = []
    var seen: Set<ObjectIdentifier> = []
    for i in 0..<lines.count {
      let line = lines.line(i)
      depths.append(line.depth)
      switch line.content {
      case .group(let group): #expect(seen.insert(ObjectIdentifier(group)).inserted)
      case .node(let node, _, _): #expect(seen.insert(ObjectIdentifier(node)).inserted)
      }
      // A line is inside of the last one above it that is less deep.
      #expect(line.parent == depths.dropLast().lastIndex { $0 < line.depth })
    }
    #expect(depths.count > 30)
  }

  @Test(arguments: [
    ("\u{1b}[5~", [Key.pageUp]), ("\u{1b}OA", [.up]),
    ("a\u{1b}[Bé", [.character("a"), .down, .character("é")]),
    ("\u{1b}[200;3R", []), ("\u{1b}\u{1b}[C", [.escape, .right]),
  ])
  func keysAreRead(_ bytes: String, _ expected: [Key]) {
    var whole = KeyReader()
    #expect(whole.keys(Array(bytes.utf8)) == expected)
    // Byte by byte, as they may come.
    var parts = KeyReader()
    #expect(bytes.utf8.flatMap { parts.keys([$0]) } == expected)
    var alone = KeyReader()
    #expect(alone.keys([27]) == [])
    #expect(alone.keys([]) == [.escape])
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = self[...]
    while let first = rest.firstRange(of: separator) {
      parts.append(rest[..<first.lowerBound])
      rest = rest[first.upperBound...]
    }
    return parts + [rest]
  }
}
