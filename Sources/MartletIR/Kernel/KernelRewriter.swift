/// Copies a kernel through a fresh builder, instruction by instruction, so that a pass says only
/// what it changes. Repeated instructions are shared on the way, as the builder always does.
public final class KernelRewriter {
  /// Gives what an instruction (its operands already those of the copy) becomes, or nil to copy it.
  public typealias Replacement = (Instruction, DType, KernelBuilder) -> Expression?
  /// Writes what a loop becomes and returns true, or returns false to have it copied.
  typealias LoopReplacement = (Loop, KernelRewriter) -> Bool

  let source: Kernel
  let builder: KernelBuilder
  private let replacement: Replacement
  private let loopReplacement: LoopReplacement
  /// Statements to leave out.
  var omits: (Statement) -> Bool = { _ in false }
  /// Conditions of the source that are taken for granted: only what they choose is copied.
  var granted: [Value: Bool] = [:]
  /// Whether a branch is copied as choices between what variables hold, for code that runs several
  /// iterations at once. Only for sides that do nothing but compute and assign.
  var choosesInBranches = false
  var values: [Value?]
  var variables: [Variable?]

  public static func rewrite(_ kernel: Kernel, _ replacement: Replacement) -> Kernel {
    withoutActuallyEscaping(replacement) {
      KernelRewriter(kernel, $0, loops: { _, _ in false }).run()
    }
  }

  init(_ kernel: Kernel, _ replacement: @escaping Replacement, loops: @escaping LoopReplacement) {
    source = kernel
    builder = KernelBuilder(name: kernel.name)
    builder.setParameters(of: kernel)
    self.replacement = replacement
    loopReplacement = loops
    values = Array(repeating: nil, count: kernel.valueTypes.count)
    variables = Array(repeating: nil, count: kernel.variableTypes.count)
  }

  func run() -> Kernel {
    copy(source.body)
    var result = builder.finish()
    for (number, buffer) in result.buffers.enumerated() {
      if case .address(let variable) = buffer.space, let copy = variables[Int(variable.id)] {
        result.buffers[number].space = .address(copy)
      }
    }
    return result
  }

  // MARK: Names

  private func new(_ value: Value) -> Value {
    guard let copy = values[Int(value.id)] else {
      preconditionFailure("\(source.name): value \(value.id) is used before it is defined.")
    }
    return copy
  }

  func new(_ variable: Variable) -> Variable {
    guard let copy = variables[Int(variable.id)] else {
      preconditionFailure("\(source.name): variable \(variable.id) is used before it is declared.")
    }
    return copy
  }

  /// A value that a statement itself defines, such as a loop's index.
  private func introduce(_ value: Value) -> Value {
    let copy = builder.newValue(source.valueTypes[Int(value.id)])
    values[Int(value.id)] = copy
    return copy
  }

  /// The copy's own name for a value of the source is this from now on.
  func bind(_ value: Value, to copy: Expression) { values[Int(value.id)] = copy.value }

  /// Declares the copy of a variable of the source, with another first value.
  func declare(_ variable: Variable, initial: Expression) {
    variables[Int(variable.id)] = builder.declare(initial: initial)
  }

  /// The copy's expression for a variable of the source.
  func read(_ variable: Variable) -> Expression { builder.read(new(variable)) }

  /// Copies statements where the builder is.
  func copyBlock(_ statements: [Statement]) { copy(statements) }

  /// The copy's expression for a value of the source.
  func expression(_ value: Value) -> Expression { Expression(builder: builder, value: new(value)) }

  // MARK: Copying

  /// Writes a loop with the body of `loop`.
  func copyLoop(
    _ loop: Loop, as kind: Loop.Kind, from lower: Expression, to upper: Expression
  ) {
    builder.loop(kind, from: lower, to: upper) { index in
      values[Int(loop.index.id)] = index.value
      copy(loop.body)
    }
  }

  private func block(_ statements: [Statement]) -> [Statement] {
    builder.block { copy(statements) }
  }

  private func copy(_ statements: [Statement]) {
    for statement in statements { copy(statement) }
  }

  func copy(_ statement: Statement) {
    if omits(statement) { return }
    switch statement {
    case .define(let value, let instruction):
      if let truth = granted[value] {
        values[Int(value.id)] = builder.integer(truth ? 1 : 0, .bool).value
        return
      }
      if case .select(let condition, let a, let b) = instruction, let truth = granted[condition] {
        values[Int(value.id)] = new(truth ? a : b)
        return
      }
      let dtype = source.valueTypes[Int(value.id)]
      let mapped = instruction.mapping(new(_:), variable: new(_:))
      if let other = replacement(mapped, dtype, builder) {
        values[Int(value.id)] = other.value
        return
      }
      // What stands for an instruction keeps to its own rules.
      builder.isRelaxed = source.relaxed.contains(value)
      values[Int(value.id)] = builder.define(mapped, dtype).value
      builder.isRelaxed = false

    case .declare(let variable, let lanes, let initial):
      let copy = builder.newVariable(source.variableTypes[Int(variable.id)])
      variables[Int(variable.id)] = copy
      builder.append(.declare(copy, lanes: lanes, initial: new(initial)))

    case .assign(let variable, let value):
      builder.append(.assign(new(variable), new(value)))

    case .store(let buffer, let index, let value):
      builder.append(.store(buffer: buffer, index: index.map { new($0) }, value: new(value)))

    case .atomic(let operation, let buffer, let index, let value, let old):
      builder.append(
        .atomic(
          operation, buffer: buffer, index: index.map { new($0) }, value: new(value),
          old: old.map { introduce($0) }))

    case .compareExchange(let buffer, let index, let expected, let value, let old):
      builder.append(
        .compareExchange(
          buffer: buffer, index: index.map { new($0) }, expected: new(expected), value: new(value),
          old: introduce(old)))

    case .loop(let loop):
      if loopReplacement(loop, self) { return }
      let lower = new(loop.lower)
      let upper = new(loop.upper)
      let index = introduce(loop.index)
      let body = block(loop.body)
      builder.append(
        .loop(Loop(index: index, lower: lower, upper: upper, kind: loop.kind, body: body)))

    case .branch(let condition, let then, let otherwise):
      if let truth = granted[condition] { return copy(truth ? then : otherwise) }
      let condition = new(condition)
      if choosesInBranches {
        let test = Expression(builder: builder, value: condition)
        copyAsChoices(then, where: test)
        if !otherwise.isEmpty { copyAsChoices(otherwise, where: !test) }
        return
      }
      let first = block(then)
      let second = block(otherwise)
      builder.append(.branch(condition: condition, then: first, else: second))

    case .whileLoop(let condition, let test, let body):
      let head = block(condition)
      let test = new(test)
      let inner = block(body)
      builder.append(.whileLoop(condition: head, test: test, body: inner))

    case .fold(let fold):
      let variables = fold.variables.map { new($0) }
      let left = fold.left.map { introduce($0) }
      let right = fold.right.map { introduce($0) }
      let body = block(fold.body)
      let combined = fold.combined.map { new($0) }
      let results = fold.results.map { introduce($0) }
      builder.append(
        .fold(
          Fold(
            variables: variables, lanes: fold.lanes, left: left, right: right, body: body,
            combined: combined, results: results)))

    case .allocate(let variable, let byteCount, let arena):
      builder.append(.allocate(new(variable), byteCount: new(byteCount), arena: arena))
    case .arena(let function, let arguments, let result, let arena):
      builder.append(
        .arena(
          function, arguments: arguments.map { new($0) }, result: result.map { new($0) },
          arena: arena))
    case .parallel(let child, let count, let arena):
      builder.append(.parallel(child: child, count: new(count), arena: arena))
    case .location: builder.append(statement)
    case .barrier, .fence: builder.append(statement)
    case .collective(let operation, let operands, let results):
      let operands = operands.map { new($0) }
      builder.append(
        .collective(operation, operands: operands, results: results.map { introduce($0) }))
    case .sleep(let nanoseconds): builder.append(.sleep(new(nanoseconds)))
    }
  }

  /// Copies a branch's side so that it runs always, but changes variables only where `condition`
  /// holds.
  private func copyAsChoices(_ statements: [Statement], where condition: Expression) {
    for statement in statements {
      switch statement {
      case .assign(let variable, let value):
        let variable = new(variable)
        let kept = builder.read(variable)
        builder.assign(variable, condition.select(expression(value), kept))
      case .branch(let inner, let then, let otherwise):
        if let truth = granted[inner] {
          copyAsChoices(truth ? then : otherwise, where: condition)
          continue
        }
        let test = expression(inner)
        copyAsChoices(then, where: condition & test)
        copyAsChoices(otherwise, where: condition & !test)
      default: copy(statement)
      }
    }
  }
}

extension Instruction {
  /// The same instruction with other operands.
  func mapping(_ value: (Value) -> Value, variable: (Variable) -> Variable) -> Instruction {
    switch self {
    case .constant, .slot, .grid: self
    case .read(let source): .read(variable(source))
    case .load(let buffer, let index): .load(buffer: buffer, index: index.map(value))
    case .address(let buffer, let index): .address(buffer: buffer, index: index.map(value))
    case .unary(let operation, let a): .unary(operation, value(a))
    case .binary(let operation, let a, let b): .binary(operation, value(a), value(b))
    case .compare(let comparison, let a, let b): .compare(comparison, value(a), value(b))
    case .select(let condition, let a, let b): .select(value(condition), value(a), value(b))
    case .fusedMultiplyAdd(let a, let b, let c):
      .fusedMultiplyAdd(value(a), value(b), value(c))
    case .cast(let a): .cast(value(a))
    case .reinterpret(let a): .reinterpret(value(a))
    case .complex(let real, let imaginary):
      .complex(real: value(real), imaginary: value(imaginary))
    case .real(let a): .real(value(a))
    case .imaginary(let a): .imaginary(value(a))
    case .call(let function, let arguments): .call(function, arguments.map(value))
    case .system(let function, let arguments): .system(function, arguments.map(value))
    }
  }
}
