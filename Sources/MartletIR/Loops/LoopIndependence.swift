/// What must hold for all iterations of a loop: an integer is at least 0, whatever the indices of
/// the loops inside are.
struct LoopConstraint {
  var form: LinearForm
  /// The two integers that the program compares, which must not wrap either.
  var compared: [LinearForm]
  /// The loops between the loop and the place where the number is computed, the outermost first.
  var inner: [InnerLoop]

  struct InnerLoop {
    var index: Value
    /// Nil for a bound that is no sum of products.
    var lower: LinearForm?
    var upper: LinearForm?
  }
}

/// A loop whose iterations may run many at a time, in any order.
struct IndependentLoop {
  var loop: Loop
  /// Conditions that are the same in all iterations but the first and the last few.
  var granted: [Value: Bool] = [:]
  /// Where they are so.
  var constraints: [LoopConstraint] = []
  /// Conditions of the whole loop that must be so.
  var required: [(condition: Value, truth: Bool)] = []
  /// Definitions in the body that all iterations share, in order.
  var hoisted: [(value: Value, instruction: Instruction)] = []
  /// Whether a loop inside or a choice makes it worth while; LLVM vectorises the others itself.
  var hasStructure = false
  /// How the iterations' elements lie, from 1 (side by side, or one for all) upwards.
  var accessCost = 1.0
}

/// Finds out whether a loop's iterations are independent, and what conditions inside can be taken
/// for granted in most of them. What it does not understand makes it say no.
struct LoopIndependence {
  private struct Access {
    var buffer: Int
    var index: [Value]
    var isStore: Bool
  }

  private let memory: KernelMemory
  private var result: IndependentLoop
  private var index: Value { result.loop.index }

  /// Values that the body defines.
  private var inside: Set<Value> = []
  /// Values that differ between iterations.
  private var varying: Set<Value> = []
  /// Integers that are sums of products of invariant values and indices.
  private var forms: [Value: LinearForm] = [:]
  /// Values of the body that could be computed before the loop.
  private var hoistable: Set<Value> = []
  /// Comparisons of indices.
  private var pending: [Value: (Comparison, LinearForm, LinearForm)] = [:]
  /// Truth values made of others.
  private var connectives: [Value: Instruction] = [:]
  private var privates: Set<Variable> = []
  private let assigned: Set<Variable>
  private var inner: [LoopConstraint.InnerLoop] = []
  private var accesses: [Access] = []
  private var costs = (sum: 0.0, weight: 0.0)
  private var isInChoice = false

  /// - Parameter mayStoreNothing: whether a loop without stores is looked at, which is only part of
  ///   one.
  /// - Returns: nil where the iterations may depend on each other.
  static func analyse(
    _ loop: Loop, _ memory: KernelMemory, mayStoreNothing: Bool = false
  ) -> IndependentLoop? {
    var analysis = LoopIndependence(loop, memory)
    guard analysis.visit(loop.body), analysis.hasNoDependences(mayStoreNothing) else { return nil }
    analysis.result.accessCost =
      analysis.costs.weight > 0 ? analysis.costs.sum / analysis.costs.weight : 1
    return analysis.result
  }

  private init(_ loop: Loop, _ memory: KernelMemory) {
    self.memory = memory
    result = IndependentLoop(loop: loop)
    assigned = loop.body.assignedVariables
    inside.insert(loop.index)
    varying.insert(loop.index)
    forms[loop.index] = LinearForm(loop.index)
  }

  private func type(_ value: Value) -> DType { memory.kernel.valueTypes[Int(value.id)] }
  private func isIndex(_ value: Value) -> Bool {
    value == index || inner.contains { $0.index == value }
  }
  private func isInvariant(_ value: Value) -> Bool {
    !inside.contains(value) || hoistable.contains(value)
  }

  private func form(_ value: Value) -> LinearForm? {
    if let known = forms[value] { return known }
    guard !inside.contains(value), type(value) == .int64 else { return nil }
    if case .constant(let scalar)? = memory.definitions[value] {
      return LinearForm(Int(scalar.asInt64))
    }
    return LinearForm(value)
  }

  // MARK: Statements

  private mutating func visit(_ statements: [Statement]) -> Bool {
    for statement in statements where !visit(statement) { return false }
    return true
  }

  private mutating func visit(_ statement: Statement) -> Bool {
    switch statement {
    case .define(let value, let instruction):
      return define(value, instruction)
    case .declare(let variable, let lanes, _):
      privates.insert(variable)
      return lanes == 1
    case .assign(let variable, _): return privates.contains(variable)
    case .store(let buffer, let index, _):
      return !isInChoice && note(Access(buffer: buffer, index: index, isStore: true))
    case .loop(let loop):
      guard loop.kind == .serial, !isInChoice, !varying.contains(loop.lower),
        !varying.contains(loop.upper)
      else { return false }
      result.hasStructure = true
      let own = LoopConstraint.InnerLoop(
        index: loop.index, lower: form(loop.lower), upper: form(loop.upper))
      inside.insert(loop.index)
      forms[loop.index] = LinearForm(loop.index)
      inner.append(own)
      defer { inner.removeLast() }
      return visit(loop.body)
    case .branch(let condition, let then, let otherwise):
      let isChoice = then.isChoice && otherwise.isChoice
      if then.isEmpty, otherwise.isEmpty { return true }
      if result.granted[condition] == nil, !isChoice || !isInvariant(condition) {
        let prefersThen =
          fails(otherwise) || (!fails(then) && then.count >= otherwise.count)
        _ = grant(condition, prefersThen)
      }
      if let truth = result.granted[condition] { return visit(truth ? then : otherwise) }
      guard isChoice else { return false }
      result.hasStructure = true
      let wasInChoice = isInChoice
      isInChoice = true
      defer { isInChoice = wasInChoice }
      return visit(then) && visit(otherwise)
    case .location: return true
    case .whileLoop, .fold, .atomic, .compareExchange, .barrier, .fence, .collective, .sleep,
      .allocate, .arena, .parallel:
      return false
    }
  }

  /// Whether statements write the status, as one that raises does.
  private func fails(_ statements: [Statement]) -> Bool {
    statements.contains {
      if case .store(let buffer, _, _) = $0 { return memory.origin(of: buffer) == .own }
      return false
    }
  }

  // MARK: Values

  private mutating func define(_ value: Value, _ instruction: Instruction) -> Bool {
    inside.insert(value)
    if instruction.operands.contains(where: { varying.contains($0) }) { varying.insert(value) }
    switch instruction {
    case .constant(let scalar):
      hoist(value, instruction)
      if scalar.dtype == .int64 { forms[value] = LinearForm(Int(scalar.asInt64)) }
      return true
    case .slot:
      hoist(value, instruction)
      return true
    case .read(let variable):
      if privates.contains(variable) {
        varying.insert(value)
      } else if !assigned.contains(variable) {
        hoist(value, instruction)
      } else {
        return false
      }
      return true
    case .load(let buffer, let index):
      guard !isInChoice else { return false }
      if isVarying(buffer, index) { varying.insert(value) } else { varying.remove(value) }
      return note(Access(buffer: buffer, index: index, isStore: false))
    case .grid, .address: return false
    case .compare(let comparison, let a, let b):
      if let p = form(a), let q = form(b) {
        if (p - q).values.contains(where: isIndex) {
          pending[value] = (comparison, p, q)
          return true
        }
      }
    case .select(let condition, let a, let b):
      if result.granted[condition] == nil { decide(condition, a, b) }
      if let truth = result.granted[condition] {
        let chosen = truth ? a : b
        if varying.contains(chosen) { varying.insert(value) } else { varying.remove(value) }
        if let form = form(chosen) { forms[value] = form }
        if isInvariant(chosen) { hoist(value, instruction) }
        return true
      }
    case .binary(.and, _, _) where type(value) == .bool,
      .binary(.or, _, _) where type(value) == .bool, .unary(.not, _) where type(value) == .bool:
      connectives[value] = instruction
    default: break
    }
    if type(value) == .int64 { forms[value] = sum(instruction) }
    if instruction.isHoistable(memory.kernel), instruction.operands.allSatisfy(isInvariant) {
      hoist(value, instruction)
    }
    return true
  }

  private mutating func hoist(_ value: Value, _ instruction: Instruction) {
    hoistable.insert(value)
    result.hoisted.append((value, instruction))
    if type(value) == .int64, forms[value] == nil { forms[value] = LinearForm(value) }
  }

  /// What index arithmetic gives; nil for all else.
  private func sum(_ instruction: Instruction) -> LinearForm? {
    let sum: LinearForm?
    switch instruction {
    case .unary(.negate, let a): sum = form(a)?.times(-1)
    case .binary(let operation, let a, let b):
      guard let p = form(a), let q = form(b) else { return nil }
      switch operation {
      case .add: sum = p + q
      case .subtract: sum = p - q
      case .multiply: sum = p.times(q, isIndex: isIndex)
      default: sum = nil
      }
    default: sum = nil
    }
    guard let sum, sum.isSmall else { return nil }
    return sum
  }

  // MARK: Conditions

  /// Takes a choice between two positions for granted: one that is the same in all iterations, or
  /// else the simpler one, which is an index as it was written and not wrapped.
  private mutating func decide(_ condition: Value, _ a: Value, _ b: Value) {
    // One choice for all iterations leaves nothing to be decided.
    guard !isInvariant(condition), let p = form(a), let q = form(b) else { return }
    // A length of 0 would leave nothing to do.
    if p.asConstant == 0 || q.asConstant == 0 { return }
    switch (p.contains(index), q.contains(index)) {
    case (false, true): _ = grant(condition, true)
    case (true, false): _ = grant(condition, false)
    case (true, true), (false, false): _ = grant(condition, p.terms.count < q.terms.count)
    }
  }

  /// Takes a condition for granted where it can be told in which iterations it is so.
  private mutating func grant(_ condition: Value, _ truth: Bool) -> Bool {
    if let known = result.granted[condition] { return known == truth }
    if let (comparison, a, b) = pending[condition] {
      let difference = a - b
      let form: LinearForm
      switch (comparison, truth) {
      case (.less, false), (.greaterEqual, true): form = difference
      case (.less, true), (.greaterEqual, false): form = difference.times(-1) - LinearForm(1)
      case (.greater, false), (.lessEqual, true): form = difference.times(-1)
      case (.greater, true), (.lessEqual, false): form = difference - LinearForm(1)
      case (.equal, _), (.notEqual, _): return false
      }
      let constraint = LoopConstraint(form: form, compared: [a, b], inner: inner)
      guard constraint.isSolvable(for: index) else { return false }
      result.constraints.append(constraint)
      result.hasStructure = true
    } else if isInvariant(condition) {
      result.required.append((condition, truth))
    } else {
      switch connectives[condition] {
      case .unary(_, let a): guard grant(a, !truth) else { return false }
      case .binary(let operation, let a, let b):
        guard truth == (operation == .and), grant(a, truth), grant(b, truth) else { return false }
      default: return false
      }
    }
    result.granted[condition] = truth
    varying.remove(condition)
    return true
  }

  // MARK: Memory

  private func isVarying(_ buffer: Int, _ index: [Value]) -> Bool {
    zip(memory.kernel.buffers[buffer].strides, index).contains {
      $0 != .broadcast && varying.contains($1)
    }
  }

  private mutating func note(_ access: Access) -> Bool {
    guard memory.origin(of: access.buffer) != .unknown else { return false }
    accesses.append(access)
    let weight = inner.reduce(1.0) { product, _ in product * 8 }
    costs.weight += weight
    costs.sum += weight * cost(access)
    return true
  }

  /// An element for each iteration costs more where they don't lie side by side.
  private func cost(_ access: Access) -> Double {
    let moving = zip(memory.kernel.buffers[access.buffer].strides, access.index).filter {
      $0 != .broadcast && varying.contains($1)
    }
    guard let (stride, value) = moving.first else { return 1 }
    let isUnit = stride == .constant(1) || stride == .constant(-1)
    let step = forms[value]?.factor(of: index)?.asConstant
    return moving.count == 1 && isUnit && step?.magnitude == 1 ? 1 : 6
  }

  /// Whether no iteration touches an element that another writes.
  private mutating func hasNoDependences(_ mayStoreNothing: Bool) -> Bool {
    let written = Set(accesses.filter(\.isStore).map(\.buffer))
    guard mayStoreNothing || !written.isEmpty else { return false }
    for buffer in written where !isOwned(accesses.filter { $0.buffer == buffer }) { return false }
    var freshVariables: Set<Variable> = []
    for buffer in Set(accesses.map(\.buffer)) {
      switch memory.origin(of: buffer) {
      case .fresh(let variable) where !freshVariables.insert(variable).inserted: return false
      default: break
      }
    }
    return true
  }

  /// Whether all accesses are at one place along some axis, another one in each iteration.
  private func isOwned(_ accesses: [Access]) -> Bool {
    guard let first = accesses.first else { return true }
    return first.index.indices.contains { axis in
      guard memory.kernel.buffers[first.buffer].strides[axis] != .broadcast,
        let form = self.form(first.index[axis]),
        let step = form.factor(of: index)?.asConstant, step != 0,
        form.values.allSatisfy({ $0 == index || isInvariant($0) })
      else { return false }
      return accesses.allSatisfy { self.form($0.index[axis]) == form }
    }
  }
}

extension LoopConstraint {
  /// The greatest magnitude of what the forms are made of: sums of so few don't wrap then.
  static let limit = 1 << 40
  /// The same where a product of two is in a form.
  static let limitOfFactors = 1 << 28

  /// Whether the least value over the inner loops can be computed before the loop, but for the
  /// loop's own index times a number; and no number that is compared wraps.
  func isSolvable(for index: Value) -> Bool {
    inner.count <= 3 && ([form] + compared).allSatisfy { isSolvable($0, for: index) }
  }

  private func isSolvable(_ form: LinearForm, for index: Value) -> Bool {
    var rest = form
    for (position, loop) in inner.enumerated().reversed() {
      guard let factor = rest.factor(of: loop.index) else { continue }
      guard let lower = loop.lower, let upper = loop.upper else { return false }
      rest = rest.without(loop.index)
      if let number = factor.asConstant {
        rest = rest + (number > 0 ? lower : upper - LinearForm(1)).times(number)
      } else {
        // Which end is the lesser one shows only at run time.
        let around = inner[..<position].map(\.index) + [index]
        for part in [factor, lower, upper] {
          guard part.isSimple, part.weight <= 4, !around.contains(where: part.contains) else {
            return false
          }
        }
      }
      guard rest.isSmall, lower.isSmall, upper.isSmall else { return false }
    }
    guard rest.isSmall else { return false }
    guard let factor = rest.factor(of: index) else { return true }
    return factor.asConstant != nil
  }
}

extension Instruction {
  /// Whether it may be computed where the program would not: it has no effect, can't trap, and
  /// costs little.
  fileprivate func isHoistable(_ kernel: Kernel) -> Bool {
    guard
      operands.allSatisfy({
        let type = kernel.valueTypes[Int($0.id)]
        return type.isInteger || type == .bool
      })
    else { return false }
    switch self {
    case .unary, .compare, .select, .cast: return true
    case .binary(let operation, _, _):
      return [.add, .subtract, .multiply, .and, .or, .xor].contains(operation)
    default: return false
    }
  }
}

extension [Statement] {
  /// Whether a branch's side only computes and assigns, so that it may run in vain.
  fileprivate var isChoice: Bool {
    allSatisfy { statement in
      switch statement {
      case .define(_, let instruction): instruction.isHarmless
      case .declare, .assign, .location: true
      case .branch(_, let then, let otherwise): then.isChoice && otherwise.isChoice
      default: false
      }
    }
  }

  fileprivate var assignedVariables: Set<Variable> {
    reduce(into: []) { result, statement in
      switch statement {
      case .assign(let variable, _), .allocate(let variable, _, _),
        .arena(_, _, let variable?, _):
        result.insert(variable)
      default: for block in statement.blocks { result.formUnion(block.block.assignedVariables) }
      }
    }
  }
}

extension Instruction {
  fileprivate var isHarmless: Bool {
    switch self {
    case .load, .address, .call, .grid: false
    case .binary(.divide, _, _), .binary(.remainder, _, _): false
    default: true
    }
  }
}
