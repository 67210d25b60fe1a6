/// Runs the iterations of users' loop nests many at a time, where these are independent.
///
/// A loop is cut into three: in the middle all conditions on indices (a filter that is cut off at
/// the edge, an index that counts from the end) have one known answer, so the loops inside have the
/// same bounds in all iterations; it becomes a vector loop. What is before and after runs as it was
/// written. Each iteration still
/// computes what it did in the order it did, so results have the same bits.
public enum LoopVectorisation {
  /// A middle of fewer iterations runs as it was written.
  private static let leastCount = 8
  /// Loops whose elements lie further apart on the whole run as they were written.
  static let greatestAccessCost = 4.0

  /// - Parameter argumentCount: how many of the first buffers are arguments, of which none that is
  ///   written overlaps itself or another.
  public static func run(_ kernel: Kernel, argumentCount: Int) -> Kernel {
    let kernel = LoopFission.run(kernel, argumentCount: argumentCount)
    let memory = KernelMemory(kernel, argumentCount: argumentCount)
    var plans: [Value: IndependentLoop] = [:]
    choose(kernel.body, memory, &plans)
    if plans.isEmpty { return kernel }
    var isInside = false
    let rewriter = KernelRewriter(
      kernel, { _, _, _ in nil },
      loops: { loop, rewriter in
        guard !isInside, let plan = plans[loop.index] else { return false }
        isInside = true
        write(plan, rewriter)
        isInside = false
        return true
      })
    return rewriter.run()
  }

  // MARK: Which loops

  /// Chooses among the loops of each nest the one whose iterations' elements lie closest, and gives
  /// the costs of what was found.
  @discardableResult
  private static func choose(
    _ statements: [Statement], _ memory: KernelMemory, _ plans: inout [Value: IndependentLoop]
  ) -> [Double] {
    var costs: [Double] = []
    for statement in statements {
      if case .loop(let loop) = statement, loop.kind == .vector { continue }
      var own: [Value: IndependentLoop] = [:]
      var inner: [Double] = []
      for block in statement.blocks { inner += choose(block.block, memory, &own) }
      if case .loop(let loop) = statement, loop.kind == .serial,
        let found = LoopIndependence.analyse(loop, memory),
        found.accessCost <= greatestAccessCost, inner.allSatisfy({ found.accessCost < $0 })
      {
        own = found.hasStructure ? [loop.index: found] : [:]
        inner = [found.accessCost]
      }
      plans.merge(own) { first, _ in first }
      costs += inner
    }
    return costs
  }

  // MARK: The three parts

  private static func write(_ plan: IndependentLoop, _ rewriter: KernelRewriter) {
    let builder = rewriter.builder
    let lower = rewriter.expression(plan.loop.lower)
    let upper = rewriter.expression(plan.loop.upper)
    var required: [Expression] = []
    rewriter.granted = plan.granted
    for (value, instruction) in plan.hoisted {
      // What is required of the whole loop is computed; what stands on it takes it for granted.
      rewriter.granted[value] = nil
      rewriter.copyBlock([.define(value, instruction)])
      rewriter.granted[value] = plan.granted[value]
    }
    for (condition, truth) in plan.required {
      let holds = rewriter.expression(condition)
      required.append(truth ? holds : !holds)
    }
    var middle = Middle(builder, lower, upper, plan.loop.index)
    for constraint in plan.constraints { middle.add(constraint, rewriter.expression) }
    for condition in required { middle.require(condition) }
    let (start, end) = middle.bounds(leastCount: leastCount)

    // Iterations at the ends may do something else, and touch what the middle touches, so the parts
    // run in order. Both ends are one copy of the body: before the middle, and again after it.
    builder.loop(from: builder.integer(0), to: builder.integer(2)) { part in
      let isFirst = part == builder.integer(0)
      rewriter.granted = [:]
      rewriter.copyLoop(
        plan.loop, as: .serial, from: isFirst.select(lower, end), to: isFirst.select(start, upper))
      rewriter.granted = plan.granted
      rewriter.choosesInBranches = true
      rewriter.copyLoop(plan.loop, as: .vector, from: isFirst.select(start, end), to: end)
      rewriter.choosesInBranches = false
    }
    rewriter.granted = [:]
  }

  /// The iterations in which everything that was granted is so.
  private struct Middle {
    let builder: KernelBuilder
    let index: Value
    let lower: Expression
    let upper: Expression
    private var start: Expression
    private var end: Expression
    private var condition: Expression?
    /// What the numbers are made of; where these are huge, sums of them may wrap.
    private var leaves: [Value] = []
    private var limit = LoopConstraint.limit

    init(_ builder: KernelBuilder, _ lower: Expression, _ upper: Expression, _ index: Value) {
      self.builder = builder
      self.lower = lower
      self.upper = upper
      self.index = index
      start = lower
      end = upper
      note(lower)
      note(upper)
    }

    private mutating func note(_ leaf: Expression) {
      if leaf.value == builder.integer(0).value || leaves.contains(leaf.value) { return }
      leaves.append(leaf.value)
    }

    mutating func require(_ other: Expression) {
      condition = condition.map { $0 & other } ?? other
    }

    /// Everything that a form is made of but indices, which keep to their loops' bounds.
    private mutating func note(
      _ form: LinearForm, but indices: Set<Value>, _ value: (Value) -> Expression
    ) {
      for leaf in form.values.subtracting(indices).sorted(by: { $0.id < $1.id }) {
        note(value(leaf))
      }
      if !form.isSimple { limit = LoopConstraint.limitOfFactors }
    }

    /// Leaves out iterations in which a number may be negative.
    mutating func add(
      _ constraint: LoopConstraint, _ value: @escaping (Value) -> Expression
    ) {
      let indices = Set(constraint.inner.map(\.index) + [index])
      let bounds = constraint.inner.flatMap { [$0.lower, $0.upper].compactMap { $0 } }
      for form in constraint.compared + bounds { note(form, but: indices, value) }
      func expression(_ form: LinearForm) -> Expression { form.expression(builder, value) }
      var rest = constraint.form
      var least: Expression?
      for loop in constraint.inner.reversed() {
        guard let factor = rest.factor(of: loop.index), let lower = loop.lower,
          let upper = loop.upper
        else { continue }
        let last = upper - LinearForm(1)
        rest = rest.without(loop.index)
        if let number = factor.asConstant {
          rest = rest + (number > 0 ? lower : last).times(number)
        } else {
          let step = expression(factor)
          let isUp = step >= builder.integer(0)
          let ends = (expression(lower), expression(last))
          let part = step * isUp.select(ends.0, ends.1)
          least = least.map { $0 + part } ?? part
        }
      }
      let number = rest.factor(of: index)?.asConstant ?? 0
      var bound = expression(rest.without(index))
      if let least { bound = bound + least }
      let zero = builder.integer(0)
      if number == 0 { return require(bound >= zero) }
      let size = builder.integer(Int(number.magnitude))
      if number > 0 {
        // index >= -bound / number, rounded up
        let distance = -bound
        let first =
          number == 1
          ? distance
          : (distance > zero).select((distance + size - builder.integer(1)) / size, zero)
        start = (start < first).select(first, start)
      } else {
        // index <= bound / -number, rounded down
        let last = number == -1 ? bound : (bound >= zero).select(bound / size, builder.integer(-1))
        let next = last + builder.integer(1)
        end = (next < end).select(next, end)
      }
    }

    /// Where the middle begins and ends: at the upper bound where there is none.
    func bounds(leastCount: Int) -> (Expression, Expression) {
      var isUsable = end - start >= builder.integer(leastCount)
      if let condition { isUsable = isUsable & condition }
      let limits = (builder.integer(-limit), builder.integer(limit))
      for leaf in leaves {
        let number = Expression(builder: builder, value: leaf)
        isUsable = isUsable & (number > limits.0) & (number < limits.1)
      }
      return (isUsable.select(start, upper), isUsable.select(end, upper))
    }
  }
}
