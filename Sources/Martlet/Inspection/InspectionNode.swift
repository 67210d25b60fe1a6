import MartletIR
import Synchronization

/// One object in the inspector's tree: what it is called, what it is, and groups of what is inside.
///
/// Groups and views are made when somebody opens the node, and a group's nodes when they are shown,
/// so a list of a million elements costs as much as the lines on the screen. Looking changes
/// nothing: pending work stays pending, and nothing is copied from a device.
///
/// A tree belongs to the thread that made it.
public final class InspectionNode {
  /// What sort of object a node is; the inspector filters and colours by it.
  public enum Kind: String, CaseIterable, Sendable {
    /// An array of numbers.
    case array
    /// A number, a text, a list: plain data.
    case data
    /// A function, method or property.
    case function
    /// A class, or a module.
    case type
    /// Any other object.
    case object
    /// Something that is known about the object above it.
    case fact
    /// What could not be looked at, and why.
    case failure
  }

  /// Its name in the object above it.
  public let title: String
  /// What sort of object it is.
  public let kind: Kind
  /// Its type and value in one line.
  public let detail: String
  /// The expression that gives the object; empty for what no expression gives.
  public let path: String
  /// What is the same for two nodes of one object; nil where that is not known.
  public let identity: UInt?
  /// The object.
  public let value: Any?
  /// Its elements, where it is an array.
  public let array: NDArray?
  /// The node above it.
  public private(set) weak var parent: InspectionNode?

  private let makeGroups: (() -> [InspectionGroup])?
  private let makeViews: (() -> [InspectionView])?

  private static let made = Atomic<Int>(0)
  /// Nodes that were made in this process, for tests.
  package static var madeCount: Int { made.load(ordering: .relaxed) }

  /// A node of an object.
  ///
  /// - Parameters:
  ///   - groups: what is inside; nil for nothing.
  ///   - views: pictures and texts of the object.
  public init(
    _ title: String, _ kind: Kind, detail: String, path: String = "", identity: UInt? = nil,
    value: Any? = nil, array: NDArray? = nil, groups: (() -> [InspectionGroup])? = nil,
    views: (() -> [InspectionView])? = nil
  ) {
    self.title = InspectionText.line(title)
    self.kind = kind
    self.detail = InspectionText.line(detail)
    self.path = path
    self.identity = identity
    self.value = value
    self.array = array
    makeGroups = groups
    makeViews = views
    Self.made.wrappingAdd(1, ordering: .relaxed)
  }

  /// The node above that is the same object: then the tree ends here.
  public var cycle: InspectionNode? {
    guard let identity else { return nil }
    var above = parent
    while let node = above {
      if node.identity == identity { return node }
      above = node.parent
    }
    return nil
  }

  /// Whether there may be something inside.
  public var canOpen: Bool { makeGroups != nil && cycle == nil }

  /// What is inside, in groups; made at the first look.
  public private(set) lazy var groups: [InspectionGroup] = {
    guard canOpen, let makeGroups else { return [] }
    let groups = makeGroups().filter { $0.count > 0 }
    for group in groups { group.owner = self }
    return groups
  }()

  /// Texts and pictures of the object; the first says what it is.
  public private(set) lazy var views: [InspectionView] = {
    var views = makeViews?() ?? []
    if views.isEmpty {
      let text = "\(title): \(detail)"
      let more = cycle.map { ["It is \($0.title), above: not followed again."] } ?? []
      views = [InspectionView("summary") { _ in .text([text] + more) }]
    }
    return views
  }()

  fileprivate func belongs(to node: InspectionNode?) { parent = node }
}

/// Some of what is inside an object: its data, its methods.
public final class InspectionGroup {
  /// What the nodes have in common.
  public let title: String
  /// How many nodes it has.
  public let count: Int
  /// Whether it is of little interest, so that plain text gives its size alone.
  public let isMinor: Bool
  /// The object that it is inside of.
  public fileprivate(set) weak var owner: InspectionNode?
  private let make: (Int) -> InspectionNode
  private var known: [Int: InspectionNode] = [:]

  /// A group whose nodes are made when they are shown.
  ///
  /// - Parameter make: the node at a position below `count`; called once for each that is shown.
  public init(
    _ title: String, count: Int, isMinor: Bool = false, _ make: @escaping (Int) -> InspectionNode
  ) {
    self.title = title
    self.isMinor = isMinor
    self.count = max(count, 0)
    self.make = make
  }

  /// A group of nodes that are there.
  public convenience init(_ title: String, _ nodes: [InspectionNode]) {
    self.init(title, count: nodes.count) { nodes[$0] }
  }

  /// A group of what is known about an object.
  convenience init(_ title: String, facts: [(String, String)]) {
    self.init(title, count: facts.count) {
      InspectionNode(facts[$0].0, .fact, detail: facts[$0].1)
    }
  }

  /// The node at a position, which must be from 0 to below `count`.
  public func node(_ position: Int) -> InspectionNode {
    if let node = known[position] { return node }
    let node = make(position)
    node.belongs(to: owner)
    known[position] = node
    return node
  }
}

/// Text that is safe to show.
enum InspectionText {
  /// Longer lines are cut: nobody reads on, and a name of a megabyte must not stop a terminal.
  static let longest = 400

  /// A line without what would move a terminal's cursor, or worse.
  static func line(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for (i, scalar) in text.unicodeScalars.enumerated() {
      if i == longest {
        result.append("…")
        break
      }
      switch scalar.value {
      case 9, 10, 13: result.append(" ")
      case 0..<32, 127..<160, 0x200e...0x200f, 0x202a...0x202e, 0x2066...0x2069:
        result.append("·")
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// Bytes as a reader wants them: `1.5 MiB`.
  static func bytes(_ count: Int) -> String {
    if count < 10_000 { return "\(count) \(count == 1 ? "byte" : "bytes")" }
    var (value, unit) = (Double(count) / 1024, 0)
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]
    while value >= 1000, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return "\(short(value)) \(units[unit])"
  }

  /// A number with about four digits.
  static func short(_ number: Double) -> String {
    guard number.isFinite, number != 0 else { return number == 0 ? "0" : "\(number)" }
    let size = abs(number)
    if size >= 1e6 || size < 1e-3 {
      var exponent = 0
      var mantissa = number
      while abs(mantissa) >= 10 {
        mantissa /= 10
        exponent += 1
      }
      while abs(mantissa) < 1 {
        mantissa *= 10
        exponent -= 1
      }
      return "\((mantissa * 1000).rounded() / 1000)e\(exponent)"
    }
    if number == number.rounded() { return "\(Int(number))" }
    let scale: Double = size >= 1000 ? 1 : size >= 100 ? 10 : size >= 10 ? 100 : 1000
    let rounded = (number * (size < 1 ? 10_000 : scale)).rounded() / (size < 1 ? 10_000 : scale)
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }

  /// A count with the thousands apart.
  static func count(_ number: Int) -> String {
    var groups: [Substring] = []
    var rest = Substring(String(number.magnitude))
    while rest.count > 3 {
      groups.insert(rest.suffix(3), at: 0)
      rest = rest.dropLast(3)
    }
    groups.insert(rest, at: 0)
    return (number < 0 ? "-" : "") + groups.joined(separator: " ")
  }
}
