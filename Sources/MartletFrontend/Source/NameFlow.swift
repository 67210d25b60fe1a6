import MartletIR

/// How long the values of a function's names are wanted, and which names may be read before they
/// are set.
///
/// A name that each iteration of a loop sets before it reads it, and that nobody reads afterwards,
/// is the iteration's own: it needs no variable that the next iteration sees.
struct NameFlow {
  /// Names that have at least one read which an assignment may not have come before.
  private(set) var maybeUnset: Set<String> = []
  /// By where a statement begins: the names whose values may be read after it.
  private var liveAfter: [SourcePosition: Set<String>] = [:]
  /// By where a loop begins: the names whose values one iteration hands to the next, or to what
  /// comes after the loop.
  private var handedOn: [SourcePosition: Set<String>] = [:]
  /// While looking backwards through a `try`: what its handlers read, to which any statement may lead.
  private var caught: Set<String> = []
  /// Names that functions inside of it may read whenever they are called.
  private let captured: Set<String>

  init(_ function: SourceFunction) {
    captured = SourceScan.captured(function.body)
    _ = live(before: function.body, after: [], nil, records: true)
    _ = set(by: function.body, Set(function.parameters.map(\.name)), nil)
  }

  /// The names whose values may be read after a statement.
  func live(after location: SourcePosition) -> Set<String> {
    captured.union(liveAfter[location] ?? [])
  }

  /// The names whose values an iteration of a loop leaves to others.
  func handedOn(byLoopAt location: SourcePosition) -> Set<String> {
    captured.union(handedOn[location] ?? [])
  }

  // MARK: Backwards: what is still wanted

  /// What is live where a jump leads to.
  private struct Jumps {
    var breaks: Set<String>
    var continues: Set<String>
  }

  private mutating func live(
    before statements: [SourceStatement], after: Set<String>, _ jumps: Jumps?, records: Bool
  ) -> Set<String> {
    var live = after.union(caught)
    for statement in statements.reversed() {
      if records { liveAfter[statement.location, default: []].formUnion(live) }
      live = self.live(before: statement, after: live, jumps, records: records).union(caught)
    }
    return live
  }

  private mutating func live(
    before statement: SourceStatement, after: Set<String>, _ jumps: Jumps?, records: Bool
  ) -> Set<String> {
    switch statement.kind {
    case .assign(let targets, let value):
      var live = after
      for target in targets { live.subtract(SourceScan.names(in: target)) }
      for target in targets { Self.collectReads(inTarget: target, &live) }
      Self.collectReads(value, &live)
      return live
    case .augment(_, let target, let value):
      var live = after
      Self.collectReads(target, &live)
      Self.collectReads(value, &live)
      return live
    case .branch(let test, let then, let otherwise):
      var live = self.live(before: then, after: after, jumps, records: records)
      live.formUnion(self.live(before: otherwise, after: after, jumps, records: records))
      Self.collectReads(test, &live)
      return live
    case .whileLoop(let test, let body, let otherwise):
      var exit = live(before: otherwise, after: after, jumps, records: records)
      Self.collectReads(test, &exit)
      return loop(body, exit, after, binding: [], at: statement.location, records: records)
    case .forLoop(let target, let iterable, let body, let otherwise):
      var exit = live(before: otherwise, after: after, jumps, records: records)
      Self.collectReads(inTarget: target, &exit)
      let names = SourceScan.names(in: target)
      var live = loop(
        body, exit, after, binding: names, at: statement.location, records: records)
      Self.collectReads(iterable, &live)
      return live
    case .returns(let value):
      var live: Set<String> = []
      if let value { Self.collectReads(value, &live) }
      return live
    case .attempt(let body, let handlers, let otherwise, let finally):
      let outside = caught
      let end = live(before: finally, after: after, jumps, records: records)
      // What is raised leads to the end too.
      caught.formUnion(end)
      for handler in handlers {
        caught.formUnion(live(before: handler.body, after: end, jumps, records: records))
      }
      let normal = live(before: otherwise, after: end, jumps, records: records)
      let start = live(before: body, after: normal, jumps, records: records).union(caught)
      caught = outside
      return start
    case .raise: return caught
    case .breaks: return jumps?.breaks ?? []
    case .continues: return jumps?.continues ?? []
    case .expression(let value), .assert(let value, _):
      var live = after
      Self.collectReads(value, &live)
      return live
    case .pass, .unsupported: return after
    }
  }

  /// What is live where a loop begins an iteration or ends: what an iteration reads is a fixed set
  /// beside what it hands through, so one look at the body finds it.
  private mutating func loop(
    _ body: [SourceStatement], _ exit: Set<String>, _ after: Set<String>, binding: Set<String>,
    at location: SourcePosition, records: Bool
  ) -> Set<String> {
    let read = live(
      before: body, after: [], Jumps(breaks: after, continues: []), records: false)
    let head = exit.union(read.subtracting(binding))
    if records {
      handedOn[location, default: []].formUnion(head.union(after))
      _ = live(before: body, after: head, Jumps(breaks: after, continues: head), records: true)
    }
    return head
  }

  private static func collectReads(_ expression: SourceExpression, _ names: inout Set<String>) {
    if case .name(let name) = expression.kind { names.insert(name) }
    for child in SourceScan.children(expression) { collectReads(child, &names) }
  }

  /// What a target reads: the array and the indices of an element, but not a name that it binds.
  private static func collectReads(
    inTarget target: SourceExpression, _ names: inout Set<String>
  ) {
    switch target.kind {
    case .name: break
    case .tuple(let items): for item in items { collectReads(inTarget: item, &names) }
    default: collectReads(target, &names)
    }
  }

  // MARK: Forwards: what is certainly set

  /// The names that are set where `break` leads from; nil without one.
  private final class Breaks {
    var names: Set<String>?
    func add(_ other: Set<String>) { names = names?.intersection(other) ?? other }
  }

  /// The names that are set after statements; nil where control never gets there.
  private mutating func set(
    by statements: [SourceStatement], _ before: Set<String>?, _ breaks: Breaks?
  ) -> Set<String>? {
    var names = before
    for statement in statements {
      guard let known = names else { return nil }
      names = set(by: statement, known, breaks)
    }
    return names
  }

  private mutating func set(
    by statement: SourceStatement, _ before: Set<String>, _ breaks: Breaks?
  ) -> Set<String>? {
    switch statement.kind {
    case .assign(let targets, let value):
      check(value, before)
      var names = before
      for target in targets {
        checkTarget(target, names)
        names.formUnion(SourceScan.names(in: target))
      }
      return names
    case .augment(_, let target, let value):
      check(target, before)
      check(value, before)
      return before
    case .branch(let test, let then, let otherwise):
      check(test, before)
      return Self.meet(set(by: then, before, breaks), set(by: otherwise, before, breaks))
    case .whileLoop(let test, let body, let otherwise):
      check(test, before)
      let own = Breaks()
      _ = set(by: body, before, own)
      return Self.meet(set(by: otherwise, before, breaks), own.names)
    case .forLoop(let target, let iterable, let body, let otherwise):
      check(iterable, before)
      checkTarget(target, before)
      let own = Breaks()
      _ = set(by: body, before.union(SourceScan.names(in: target)), own)
      return Self.meet(set(by: otherwise, before, breaks), own.names)
    case .returns(let value):
      if let value { check(value, before) }
      return nil
    case .breaks:
      breaks?.add(before)
      return nil
    case .attempt(let body, let handlers, let otherwise, let finally):
      var ends = [set(by: otherwise, set(by: body, before, breaks), breaks)]
      for handler in handlers { ends.append(set(by: handler.body, before, breaks)) }
      let end = ends.dropFirst().reduce(ends[0]) { Self.meet($0, $1) }
      if finally.isEmpty { return end }
      // It runs wherever something was raised.
      let own = set(by: finally, before, breaks)
      return end.flatMap { end in own.map { end.union($0) } }
    case .raise, .continues: return nil
    case .expression(let value), .assert(let value, _):
      check(value, before)
      return before
    case .pass, .unsupported: return before
    }
  }

  private static func meet(_ a: Set<String>?, _ b: Set<String>?) -> Set<String>? {
    guard let a, let b else { return a ?? b }
    return a.intersection(b)
  }

  private mutating func check(_ expression: SourceExpression, _ known: Set<String>) {
    var names: Set<String> = []
    Self.collectReads(expression, &names)
    maybeUnset.formUnion(names.subtracting(known))
  }

  private mutating func checkTarget(_ target: SourceExpression, _ known: Set<String>) {
    var names: Set<String> = []
    Self.collectReads(inTarget: target, &names)
    maybeUnset.formUnion(names.subtracting(known))
  }
}
