extension Kernel: CustomStringConvertible {
  /// The kernel as text, for reading; the same kernel always gives the same text.
  public var description: String { KernelPrinter.text(of: self) }
}

/// Writes kernels as text.
///
/// Values are `v3`, loop indices `i3`, variables `x3`, buffers `b3` and slots `s3`. A value that is
/// used once is written where it is used, unless that would move a load or read past a statement
/// that may change what it sees, or into a loop.
public enum KernelPrinter {
  public static func text(of kernel: Kernel) -> String {
    var writer = KernelWriter(kernel)
    writer.countUses(kernel.body)
    writer.line("kernel \(kernel.name)(\(header(of: kernel))) {")
    writer.indented { $0.write(kernel.body, trailing: []) }
    writer.line("}")
    return writer.text
  }

  /// The first line of a statement, without anything inlined; for messages. It reads any kernel,
  /// also a malformed one.
  static func summary(of statement: Statement, in kernel: Kernel) -> String {
    var writer = KernelWriter(kernel)
    writer.isSummary = true
    writer.write(statement)
    let first = writer.text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
    return first.hasSuffix("{") || first.hasSuffix(" in") ? first + " … }" : first
  }

  private static func header(of kernel: Kernel) -> String {
    let buffers = kernel.buffers.enumerated().map { number, buffer in
      let access =
        switch buffer.access {
        case .read: ""
        case .write: buffer.isStreamed ? "streamed write " : "write "
        case .readWrite: "readwrite "
        }
      let space =
        switch buffer.space {
        case .global: ""
        case .shared(let count): "shared(\(count)) "
        case .local(let count): "local(\(count)) "
        case .address(let variable): "at x\(variable.id) "
        }
      let strides = buffer.strides.map { stride in
        switch stride {
        case .constant(let number): String(number)
        case .slot(let slot): "s\(slot)"
        }
      }
      return "b\(number): \(space)\(access)\(buffer.dtype.shortName)"
        + "[\(strides.joined(separator: ", "))]"
    }
    let slots =
      switch kernel.slotCount {
      case 0: ""
      case 1: "1 slot"
      default: "\(kernel.slotCount) slots"
      }
    let list = buffers.joined(separator: ", ")
    return list.isEmpty || slots.isEmpty ? list + slots : "\(list); \(slots)"
  }
}

extension DType {
  /// `f64`, `i32`, `bool`, …
  var shortName: String {
    switch self {
    case .bool: "bool"
    case .bfloat16: "bf16"
    case .complex64: "c64"
    case .complex128: "c128"
    case _ where isFloating: "f\(itemSize * 8)"
    default: "\(isSigned ? "i" : "u")\(itemSize * 8)"
    }
  }
}

private struct KernelWriter {
  /// How tightly an expression's outermost operator binds, in Swift's order.
  enum Precedence: Int {
    case choice, comparison, sum, product, shift, prefix, atom
    var next: Precedence { Precedence(rawValue: rawValue + 1) ?? .atom }
  }

  let kernel: Kernel
  var text = ""
  var isSummary = false
  private var depth = 0
  private var uses: [Value: Int] = [:]
  private var loopIndices: Set<Value> = []
  /// What stands where a value is used.
  private var inlined: [Value: (text: String, precedence: Precedence)] = [:]

  /// An expression of more operators than this is cut in pieces.
  private static let sizeLimit = 8

  init(_ kernel: Kernel) { self.kernel = kernel }

  // MARK: Lines

  mutating func line(_ content: String) {
    text += String(repeating: "  ", count: depth) + content + "\n"
  }

  mutating func indented(_ body: (inout KernelWriter) -> Void) {
    depth += 1
    body(&self)
    depth -= 1
  }

  // MARK: Uses

  mutating func countUses(_ statements: [Statement]) {
    for statement in statements {
      for value in statement.operands { uses[value, default: 0] += 1 }
      if case .loop(let loop) = statement { loopIndices.insert(loop.index) }
      for (block, trailing) in statement.blocks {
        countUses(block)
        for value in trailing { uses[value, default: 0] += 1 }
      }
    }
  }

  /// Which definitions of a block are written where their values are used.
  ///
  /// - Parameter trailing: values used at the block's end.
  private func inlinable(_ block: [Statement], trailing: [Value]) -> Set<Value> {
    var user: [Value: Int] = [:]
    var definition: [Value: Int] = [:]
    for (position, statement) in block.enumerated() {
      for value in statement.operands { user[value] = position }
      if case .define(let value, _) = statement { definition[value] = position }
    }
    for value in trailing { user[value] = block.count }

    var candidates = Set(definition.keys.filter { uses[$0] == 1 && user[$0] != nil })
    limitSizes(block, &candidates)
    // Where each definition lands in the end, found from the last to the first.
    var landing = Array(0...block.count)
    for position in block.indices.reversed() {
      guard case .define(let value, let instruction) = block[position],
        candidates.contains(value), let user = user[value]
      else { continue }
      let end = landing[user]
      let mayMove =
        instruction.isPure || !block[position..<end].contains { $0.mayChangeMemory }
      if mayMove { landing[position] = end } else { candidates.remove(value) }
    }
    return candidates
  }

  private func limitSizes(_ block: [Statement], _ candidates: inout Set<Value>) {
    var sizes: [Value: Int] = [:]
    for case .define(let value, let instruction) in block {
      var size = instruction.isLeaf ? 0 : 1
      for operand in instruction.operands where candidates.contains(operand) {
        size += sizes[operand] ?? 0
      }
      if size > Self.sizeLimit {
        size = 1
        for operand in instruction.operands where (sizes[operand] ?? 0) > 1 {
          candidates.remove(operand)
        }
      }
      sizes[value] = size
    }
  }

  // MARK: Statements

  mutating func write(_ block: [Statement], trailing: [Value]) {
    let inlinable = inlinable(block, trailing: trailing)
    for statement in block {
      if case .define(let value, let instruction) = statement {
        if instruction.isConstantOrSlot || inlinable.contains(value) {
          inlined[value] = expression(instruction, type(value))
          continue
        }
      }
      write(statement)
    }
  }

  mutating func write(_ statement: Statement) {
    switch statement {
    case .define(let value, let instruction):
      line("let \(typed(value)) = \(expression(instruction, type(value)).text)")
    case .declare(let variable, let lanes, let initial):
      let type = type(variable)?.shortName ?? "?"
      let count = lanes == 1 ? "" : "[\(lanes) lanes]"
      line("var x\(variable.id): \(type)\(count) = \(name(initial))")
    case .assign(let variable, let value): line("x\(variable.id) = \(name(value))")
    case .store(let buffer, let index, let value):
      line("\(element(buffer, index)) = \(name(value))")
    case .atomic(let operation, let buffer, let index, let value, let old):
      let result = old.map { "let \(typed($0)) = " } ?? ""
      line("\(result)atomic \(operation.rawValue)(\(element(buffer, index)), \(name(value)))")
    case .compareExchange(let buffer, let index, let expected, let value, let old):
      line(
        "let \(typed(old)) = atomic compareExchange(\(element(buffer, index)), \(name(expected)), "
          + "\(name(value)))")
    case .loop(let loop): write(loop)
    case .branch(let condition, let then, let otherwise):
      line("if \(name(condition)) {")
      indented { $0.write(then, trailing: []) }
      if !otherwise.isEmpty {
        line("} else {")
        indented { $0.write(otherwise, trailing: []) }
      }
      line("}")
    case .whileLoop(let condition, let test, let body): write(condition, test, body)
    case .fold(let fold): write(fold)
    case .allocate(let variable, let byteCount, let arena):
      line("x\(variable.id) = allocate(\(name(byteCount)) bytes, arena s\(arena))")
    case .arena(let function, let arguments, let result, let arena):
      let left = result.map { "x\($0.id) = " } ?? ""
      let list = arguments.map { name($0) } + ["arena s\(arena)"]
      line("\(left)\(function)(\(list.joined(separator: ", ")))")
    case .parallel(let child, let count, let arena):
      line("parallel(kernel \(child), \(name(count)) tasks, arena s\(arena))")
    case .location(let location): line("// \(location)")
    case .barrier: line("barrier")
    case .collective(let operation, let operands, let results):
      let left = results.map { typed($0) }.joined(separator: ", ")
      let call = call(operation.rawValue, operands).text
      line(left.isEmpty ? call : "let \(left) = \(call)")
    case .fence(let scope): line("fence \(scope.rawValue)")
    case .sleep(let nanoseconds): line("sleep(\(name(nanoseconds)))")
    }
  }

  private mutating func write(_ loop: Loop) {
    loopIndices.insert(loop.index)
    let index = name(loop.index)
    switch loop.kind {
    case .tasks: line("for \(index) in tasks {")
    case .serial: line("for \(index) in \(range(loop)) {")
    case .vector: line("vector for \(index) in \(range(loop)) {")
    }
    indented { $0.write(loop.body, trailing: []) }
    line("}")
  }

  private func range(_ loop: Loop) -> String {
    "\(name(loop.lower, .sum)) ..< \(name(loop.upper, .sum))"
  }

  /// The condition stands in the first line where it is one expression.
  private mutating func write(_ condition: [Statement], _ test: Value, _ body: [Statement]) {
    if isSummary { return line("while {") }
    var head = self
    head.text = ""
    head.indented { $0.write(condition, trailing: [test]) }
    inlined = head.inlined
    loopIndices = head.loopIndices
    if head.text.isEmpty {
      line("while \(name(test)) {")
    } else {
      line("while true {")
      text += head.text
      indented { $0.line("if !\($0.name(test, .prefix)) { break }") }
    }
    indented { $0.write(body, trailing: []) }
    line("}")
  }

  private mutating func write(_ fold: Fold) {
    let results = fold.results.map { typed($0) }.joined(separator: ", ")
    let variables = fold.variables.map { "x\($0.id)" }.joined(separator: ", ")
    let sides =
      "(\(fold.left.map { name($0) }.joined(separator: ", "))), "
      + "(\(fold.right.map { name($0) }.joined(separator: ", ")))"
    line("let \(results) = fold(\(fold.lanes) lanes of \(variables)) { \(sides) in")
    if isSummary { return }
    indented {
      $0.write(fold.body, trailing: fold.combined)
      let names = fold.combined.map { [writer = $0] in writer.name($0) }
      $0.line(names.joined(separator: ", "))
    }
    line("}")
  }

  // MARK: Names

  private func type(_ value: Value) -> DType? {
    kernel.valueTypes.indices.contains(Int(value.id)) ? kernel.valueTypes[Int(value.id)] : nil
  }

  private func type(_ variable: Variable) -> DType? {
    kernel.variableTypes.indices.contains(Int(variable.id))
      ? kernel.variableTypes[Int(variable.id)] : nil
  }

  private func typed(_ value: Value) -> String {
    "v\(value.id): \(type(value)?.shortName ?? "?")"
  }

  /// What stands for a value where it is used beside an operator of precedence `context`.
  private func name(_ value: Value, _ context: Precedence = .choice) -> String {
    guard let (text, precedence) = inlined[value] else {
      return (loopIndices.contains(value) ? "i" : "v") + String(value.id)
    }
    return precedence.rawValue < context.rawValue ? "(\(text))" : text
  }

  private func element(_ buffer: Int, _ index: [Value]) -> String {
    "b\(buffer)[\(index.map { name($0) }.joined(separator: ", "))]"
  }

  private func call(
    _ function: String, _ arguments: [Value]
  ) -> (text: String, precedence: Precedence) {
    ("\(function)(\(arguments.map { name($0) }.joined(separator: ", ")))", .atom)
  }

  // MARK: Expressions

  private func expression(
    _ instruction: Instruction, _ type: DType?
  ) -> (text: String, precedence: Precedence) {
    switch instruction {
    case .constant(let scalar):
      let literal = scalar.literal
      return (literal, literal.hasPrefix("-") ? .prefix : .atom)
    case .slot(let slot):
      return (type == .int64 ? "s\(slot)" : "s\(slot).\(type?.shortName ?? "?")", .atom)
    case .grid(let index): return (index.rawValue, .atom)
    case .read(let variable): return ("x\(variable.id)", .atom)
    case .load(let buffer, let index): return (element(buffer, index), .atom)
    case .unary(let operation, let a):
      if let sign = operation.sign { return (sign + name(a, .atom), .prefix) }
      return call(operation.functionName, [a])
    case .binary(let operation, let a, let b):
      guard let (sign, precedence) = operation.infix else {
        return call(operation.rawValue, [a, b])
      }
      return ("\(name(a, precedence)) \(sign) \(name(b, precedence.next))", precedence)
    case .compare(let comparison, let a, let b):
      return ("\(name(a, .sum)) \(comparison.sign) \(name(b, .sum))", .comparison)
    case .select(let condition, let a, let b):
      return (
        "\(name(condition, .comparison)) ? \(name(a, .comparison)) : \(name(b, .comparison))",
        .choice
      )
    case .fusedMultiplyAdd(let a, let b, let c): return call("fma", [a, b, c])
    case .cast(let a): return call(type?.shortName ?? "?", [a])
    case .reinterpret(let a): return call("\(type?.shortName ?? "?").bits", [a])
    case .complex(let real, let imaginary): return call("complex", [real, imaginary])
    case .real(let a): return ("\(name(a, .atom)).real", .atom)
    case .imaginary(let a): return ("\(name(a, .atom)).imaginary", .atom)
    case .address(let buffer, let index): return ("&" + element(buffer, index), .prefix)
    case .call(let function, let arguments): return call(function.rawValue, arguments)
    case .system(let function, let arguments): return call("c.\(function.rawValue)", arguments)
    }
  }
}

// MARK: - Words

extension KernelWriter {
  typealias Infix = (sign: String, precedence: Precedence)
}

extension BinaryOperation {
  fileprivate var infix: KernelWriter.Infix? {
    switch self {
    case .add: ("+", .sum)
    case .subtract: ("-", .sum)
    case .or: ("|", .sum)
    case .xor: ("^", .sum)
    case .multiply: ("*", .product)
    case .divide: ("/", .product)
    case .remainder: ("%", .product)
    case .and: ("&", .product)
    case .shiftLeft: ("<<", .shift)
    case .shiftRight: (">>", .shift)
    case .copySign: nil
    }
  }
}

extension UnaryOperation {
  fileprivate var sign: String? {
    switch self {
    case .negate: "-"
    case .not: "~"
    default: nil
    }
  }

  fileprivate var functionName: String {
    switch self {
    case .absolute: "abs"
    case .squareRoot: "sqrt"
    case .ceiling: "ceil"
    case .truncate: "trunc"
    default: rawValue
    }
  }
}

extension Comparison {
  fileprivate var sign: String {
    switch self {
    case .equal: "=="
    case .notEqual: "!="
    case .less: "<"
    case .lessEqual: "<="
    case .greater: ">"
    case .greaterEqual: ">="
    }
  }
}

extension Scalar {
  /// The shortest text that reads back as the same number.
  fileprivate var literal: String {
    switch dtype {
    case .bool: low != 0 ? "true" : "false"
    case .uint64: String(low)
    case _ where dtype.isInteger: String(asInt64)
    case .float32: String(Float(asDouble))
    case .complex64: "(\(Float(asDouble)), \(Float(imaginary)))"
    case .complex128: "(\(asDouble), \(imaginary))"
    default: String(asDouble)
    }
  }
}

// MARK: - Structure

extension Instruction {
  /// The values it uses.
  public var operands: [Value] {
    switch self {
    case .constant, .slot, .grid, .read: []
    case .load(_, let index), .address(_, let index): index
    case .unary(_, let a), .cast(let a), .reinterpret(let a), .real(let a), .imaginary(let a): [a]
    case .binary(_, let a, let b), .compare(_, let a, let b), .complex(let a, let b): [a, b]
    case .select(let a, let b, let c), .fusedMultiplyAdd(let a, let b, let c): [a, b, c]
    case .call(_, let arguments), .system(_, let arguments): arguments
    }
  }

  fileprivate var isConstantOrSlot: Bool {
    switch self {
    case .constant, .slot: true
    default: false
    }
  }

  fileprivate var isLeaf: Bool {
    switch self {
    case .constant, .slot, .grid, .read, .load, .real, .imaginary: true
    default: false
    }
  }
}

extension Statement {
  /// The values it uses itself, those of its blocks left out.
  var operands: [Value] {
    switch self {
    case .define(_, let instruction): instruction.operands
    case .declare(_, _, let value), .assign(_, let value): [value]
    case .store(_, let index, let value), .atomic(_, _, let index, let value, _): index + [value]
    case .compareExchange(_, let index, let expected, let value, _): index + [expected, value]
    case .loop(let loop): loop.kind == .tasks ? [] : [loop.lower, loop.upper]
    case .branch(let condition, _, _): [condition]
    case .collective(_, let operands, _): operands
    case .sleep(let value): [value]
    case .allocate(_, let byteCount, _): [byteCount]
    case .arena(_, let arguments, _, _): arguments
    case .parallel(_, let count, _): [count]
    case .whileLoop, .fold, .barrier, .fence, .location: []
    }
  }

  /// Its blocks, each with the values used at its end.
  package var blocks: [(block: [Statement], trailing: [Value])] {
    switch self {
    case .define, .declare, .assign, .store, .atomic, .compareExchange, .barrier, .collective,
      .fence, .sleep, .allocate, .arena, .parallel, .location:
      []
    case .loop(let loop): [(loop.body, [])]
    case .branch(_, let then, let otherwise): [(then, []), (otherwise, [])]
    case .whileLoop(let condition, let test, let body): [(condition, [test]), (body, [])]
    case .fold(let fold): [(fold.body, fold.combined)]
    }
  }

  fileprivate var mayChangeMemory: Bool {
    switch self {
    case .define, .declare, .location: false
    default: true
    }
  }
}
