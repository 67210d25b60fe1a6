/// Which values and variables are the same for all threads of a block wherever they are computed,
/// as far as can be seen.
struct Uniformity {
  private let kernel: Kernel
  private var varying: Set<Value> = []
  private var varyingVariables: Set<Variable> = []
  private var hasChanged = false

  init(_ kernel: Kernel) {
    self.kernel = kernel
    repeat {
      hasChanged = false
      visit(kernel.body, isVarying: false)
    } while hasChanged
  }

  func isUniform(_ value: Value) -> Bool { !varying.contains(value) }

  private mutating func mark(_ values: [Value]) {
    for value in values where varying.insert(value).inserted { hasChanged = true }
  }

  private mutating func mark(_ variable: Variable) {
    if varyingVariables.insert(variable).inserted { hasChanged = true }
  }

  /// - Parameter isVarying: whether some threads may not run the statements.
  private mutating func visit(_ statements: [Statement], isVarying: Bool) {
    for statement in statements { visit(statement, isVarying: isVarying) }
  }

  private mutating func visit(_ statement: Statement, isVarying: Bool) {
    switch statement {
    case .define(let value, let instruction):
      if differs(instruction) { mark([value]) }
    case .declare(let variable, _, let value), .assign(let variable, let value):
      if isVarying || varying.contains(value) { mark(variable) }
    case .atomic(_, _, _, _, let old): mark(old.map { [$0] } ?? [])
    case .compareExchange(_, _, _, _, let old): mark([old])
    case .collective(let operation, _, let results):
      if operation.group != .block { mark(results) }
    case .fold(let fold):
      mark(fold.left + fold.right + fold.results)
      visit(fold.body, isVarying: true)
    case .loop(let loop):
      let differs = varying.contains(loop.lower) || varying.contains(loop.upper)
      if differs || loop.kind != .serial { mark([loop.index]) }
      visit(loop.body, isVarying: isVarying || differs)
    case .branch(let condition, let then, let otherwise):
      let differs = isVarying || varying.contains(condition)
      visit(then, isVarying: differs)
      visit(otherwise, isVarying: differs)
    case .whileLoop(let condition, let test, let body):
      let differs = isVarying || varying.contains(test)
      visit(condition, isVarying: differs)
      visit(body, isVarying: differs)
    case .allocate(let variable, _, _), .arena(_, _, let variable?, _): mark(variable)
    case .arena(_, _, nil, _): break
    case .store, .barrier, .fence, .sleep, .parallel, .location: break
    }
  }

  private func differs(_ instruction: Instruction) -> Bool {
    switch instruction {
    case .grid(.threadX), .grid(.threadY), .grid(.threadZ): true
    case .read(let variable): varyingVariables.contains(variable)
    // What threads write may differ from moment to moment.
    case .load(let buffer, let index):
      kernel.buffers[buffer].access != .read || index.contains { varying.contains($0) }
    default: instruction.operands.contains { varying.contains($0) }
    }
  }
}
