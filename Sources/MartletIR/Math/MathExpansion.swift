/// Replaces a kernel's calls by their bodies.
///
/// A vector loop that calls a function with a `RareCase` goes strip by strip: a first loop only
/// looks whether a strip has rare arguments; then the strip is done by a loop without the rare work
/// or, seldom, by a loop with it. Both give the same bits for common arguments.
final class MathExpansion {
  private var rareCase = RareCase.branch

  /// Iterations looked at before they are done: few enough that what the first loop reads is still
  /// in the cache, and a multiple of every number of lanes.
  private static let strip = 1024
  private static let lanes = 16

  func run(_ kernel: Kernel) -> Kernel {
    let rewriter = KernelRewriter(
      kernel,
      { instruction, _, builder in
        guard case .call(let function, let arguments) = instruction else { return nil }
        return MathLibrary.expression(
          function, arguments.map { Expression(builder: builder, value: $0) }, self.rareCase)
      },
      loops: { loop, rewriter in
        guard loop.kind == .vector else { return false }
        return self.write(loop, rewriter)
      })
    return rewriter.run()
  }

  private func with(_ rareCase: RareCase, _ body: () -> Void) {
    let outer = self.rareCase
    self.rareCase = rareCase
    body()
    self.rareCase = outer
  }

  private func write(_ loop: Loop, _ rewriter: KernelRewriter) -> Bool {
    let analysis = RareCaseAnalysis(loop)
    guard analysis.hasRareCase else { return false }
    let lower = rewriter.expression(loop.lower)
    let upper = rewriter.expression(loop.upper)
    guard analysis.canLookAhead else {
      with(.inline) { rewriter.copyLoop(loop, as: .vector, from: lower, to: upper) }
      return true
    }
    let builder = rewriter.builder
    let strips = ((upper - lower) + lower.literal(Self.strip - 1)) / lower.literal(Self.strip)
    builder.loop(from: builder.integer(0), to: strips) { number in
      let start = lower + number * lower.literal(Self.strip)
      let next = start + start.literal(Self.strip)
      let end = (next < upper).select(next, upper)
      let isAny = self.look(loop, analysis, rewriter, from: start, to: end)
      builder.branch(
        isAny,
        then: {
          // Only a vector loop may use lanes of variables from outside.
          if analysis.usesLanes {
            with(.inline) { rewriter.copyLoop(loop, as: .vector, from: start, to: end) }
          } else {
            with(.branch) { rewriter.copyLoop(loop, as: .serial, from: start, to: end) }
          }
        },
        else: {
          with(.absent { _ in }) { rewriter.copyLoop(loop, as: .vector, from: start, to: end) }
        })
    }
    return true
  }

  /// Whether any iteration has a rare argument.
  private func look(
    _ loop: Loop, _ analysis: RareCaseAnalysis, _ rewriter: KernelRewriter,
    from start: Expression, to end: Expression
  ) -> Expression {
    let builder = rewriter.builder
    let found = builder.declare(lanes: Self.lanes, initial: builder.integer(0, .int32))
    let report: (Expression) -> Void = { condition in
      let flag = condition.select(builder.integer(1, .int32), builder.integer(0, .int32))
      builder.assign(found, builder.read(found) | flag)
    }
    rewriter.omits = analysis.hasEffect
    with(.absent(report)) { rewriter.copyLoop(loop, as: .vector, from: start, to: end) }
    rewriter.omits = { _ in false }
    let any = builder.fold([found], lanes: Self.lanes) { [$0[0] | $1[0]] }
    return any[0] != builder.integer(0, .int32)
  }
}

/// What decides how a vector loop with calls is expanded.
struct RareCaseAnalysis {
  private(set) var hasRareCase = false
  /// Whether the arguments with rare cases can be computed ahead of the loop's effects: they
  /// depend on nothing that the loop writes.
  private(set) var canLookAhead = true
  /// Whether variables from outside are read or assigned.
  private(set) var usesLanes = false

  private var ownVariables: Set<Variable> = []
  /// Values and own variables that depend on what the loop writes.
  private var changing: Set<Value> = []
  private var changingVariables: Set<Variable> = []
  private var hasStored = false

  init(_ loop: Loop) {
    // Variables carry a dependence backwards around inner loops, so until nothing is new.
    var known = -1
    while known != changing.count + changingVariables.count {
      known = changing.count + changingVariables.count
      hasStored = false
      visit(loop.body)
    }
  }

  /// Whether a statement has an effect outside the loop.
  func hasEffect(_ statement: Statement) -> Bool {
    switch statement {
    case .store: true
    case .assign(let variable, _): !ownVariables.contains(variable)
    default: false
    }
  }

  private static func stores(_ statements: [Statement]) -> Bool {
    statements.contains {
      switch $0 {
      case .store: true
      case .loop(let loop): stores(loop.body)
      case .branch(_, let then, let otherwise): stores(then + otherwise)
      case .whileLoop(let condition, _, let body): stores(condition + body)
      default: false
      }
    }
  }

  private mutating func visit(_ statements: [Statement]) {
    for statement in statements { visit(statement) }
  }

  private mutating func visit(_ statement: Statement) {
    switch statement {
    case .define(let value, let instruction):
      var depends = false
      _ = instruction.mapping(
        {
          depends = depends || changing.contains($0)
          return $0
        },
        variable: {
          if !ownVariables.contains($0) { usesLanes = true }
          depends = depends || !ownVariables.contains($0) || changingVariables.contains($0)
          return $0
        })
      if case .load = instruction, hasStored { depends = true }
      if depends { changing.insert(value) }
      if case .call(let function, _) = instruction, MathLibrary.hasRareCase(function) {
        hasRareCase = true
        if depends { canLookAhead = false }
      }
    case .declare(let variable, _, let initial):
      ownVariables.insert(variable)
      if changing.contains(initial) { changingVariables.insert(variable) }
    case .assign(let variable, let value):
      if !ownVariables.contains(variable) { usesLanes = true }
      if changing.contains(value) { changingVariables.insert(variable) }
    case .store: hasStored = true
    case .loop(let loop):
      // What a turn stores the next may load.
      hasStored = hasStored || Self.stores(loop.body)
      visit(loop.body)
    case .branch(let condition, let then, let otherwise):
      if changing.contains(condition) { canLookAhead = false }
      visit(then)
      visit(otherwise)
    case .whileLoop(let condition, let test, let body):
      hasStored = hasStored || Self.stores(condition + body)
      visit(condition)
      if changing.contains(test) { canLookAhead = false }
      visit(body)
    case .location: break
    case .atomic, .compareExchange, .fold, .barrier, .collective, .fence, .sleep, .allocate,
      .arena, .parallel:
      canLookAhead = false
    }
  }
}
