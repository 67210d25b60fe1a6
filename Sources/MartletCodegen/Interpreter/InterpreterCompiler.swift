import MartletIR

/// Flattens a verified kernel into an `InterpreterProgram`.
struct InterpreterCompiler {
  typealias Operation = InterpreterProgram.Operation
  typealias Code = InterpreterProgram.Code

  private struct LoopCells {
    var index: Int32
    var lower: Int32
  }

  private let kernel: Kernel
  private var program: InterpreterProgram
  /// The first cell of each value; the parts of a complex one need not be neighbours.
  private var valueCells: [[Int32]]
  private var variableCells: [Int32]
  private var variableLanes: [Int]
  private var constants: [UInt64: Int32] = [:]
  private var slots: [SlotKey: Int32] = [:]
  private let strideStarts: [Int]
  /// The vector loop around a statement, whose iterations choose lanes.
  private var vector: LoopCells?

  private struct SlotKey: Hashable {
    var slot: Int
    var type: DType
  }

  static func compile(_ kernel: Kernel) throws(MartletError) -> InterpreterProgram {
    var compiler = InterpreterCompiler(kernel)
    try compiler.compile(kernel.body)
    return compiler.program
  }

  private init(_ kernel: Kernel) {
    self.kernel = kernel
    program = InterpreterProgram(name: kernel.name, buffers: kernel.buffers)
    valueCells = Array(repeating: [], count: kernel.valueTypes.count)
    variableCells = Array(repeating: 0, count: kernel.variableTypes.count)
    variableLanes = Array(repeating: 1, count: kernel.variableTypes.count)
    var starts: [Int] = []
    var next = 0
    for buffer in kernel.buffers {
      starts.append(next)
      next += buffer.strides.count
      if case .shared = buffer.space { program.needsGrid = true }
    }
    strideStarts = starts
  }

  // MARK: Cells

  private mutating func newCells(_ count: Int = 1) -> Int32 {
    let first = program.cells.count
    program.cells.append(contentsOf: repeatElement(0, count: count))
    return Int32(first)
  }

  /// Where the statement being compiled comes from.
  private var location: SourcePosition?

  private func type(_ value: Value) -> DType { kernel.valueTypes[Int(value.id)] }
  private func type(_ variable: Variable) -> DType { kernel.variableTypes[Int(variable.id)] }
  private func parts(_ value: Value) -> [Int32] { valueCells[Int(value.id)] }
  private func cell(_ value: Value) -> Int32 { valueCells[Int(value.id)][0] }

  /// Gives a value cells of its own.
  @discardableResult
  private mutating func bind(_ value: Value) -> [Int32] {
    let first = newCells(type(value).partCount)
    valueCells[Int(value.id)] = (0..<Int32(type(value).partCount)).map { first + $0 }
    return valueCells[Int(value.id)]
  }

  private mutating func constant(_ bits: UInt64) -> Int32 {
    if let known = constants[bits] { return known }
    let cell = newCells()
    program.cells[Int(cell)] = bits
    constants[bits] = cell
    return cell
  }

  private mutating func slot(_ slot: Int, _ type: DType) -> Int32 {
    let key = SlotKey(slot: slot, type: type)
    if let known = slots[key] { return known }
    let cell = newCells()
    program.slotCells.append(.init(cell: Int(cell), slot: slot, type: type))
    slots[key] = cell
    return cell
  }

  // MARK: Operations

  private var position: Int32 { Int32(program.operations.count) }

  private mutating func append(_ operation: Operation) { program.operations.append(operation) }

  /// Appends a jump whose target is filled in by `land`.
  private mutating func jump(_ code: Code, a: Int32 = 0) -> Int {
    append(Operation(code: code, a: a))
    return program.operations.count - 1
  }

  private mutating func land(_ jump: Int) { program.operations[jump].d = position }

  // MARK: Statements

  private mutating func compile(_ statements: [Statement]) throws(MartletError) {
    for statement in statements { try compile(statement) }
  }

  private mutating func compile(_ statement: Statement) throws(MartletError) {
    switch statement {
    case .define(let value, let instruction): try define(value, instruction)
    case .declare(let variable, let lanes, let initial):
      let parts = type(variable).partCount
      let first = newCells(lanes * parts)
      variableCells[Int(variable.id)] = first
      variableLanes[Int(variable.id)] = lanes
      for (part, source) in self.parts(initial).enumerated() {
        append(
          Operation(
            code: .fillCells, d: first + Int32(part * lanes), a: source, count: Int32(lanes)))
      }
    case .assign(let variable, let value): try assign(variable, value)
    case .store(let buffer, let index, let value):
      let size = type(value).memorySize
      for (part, source) in parts(value).enumerated() {
        let access = access(buffer, index, part: part, .write)
        append(Operation(code: .store(size), a: access, b: source))
      }
    case .atomic(let operation, let buffer, let index, let value, let old):
      let target = old.map { bind($0)[0] } ?? newCells()
      let access = access(buffer, index, part: 0, .atomic)
      append(
        Operation(
          code: .atomic, type: type(value), d: target, a: access, b: cell(value), c: newCells(2),
          count: Int32(AtomicOperation.allCases.firstIndex(of: operation)!)))
    case .compareExchange(let buffer, let index, let expected, let value, let old):
      let access = access(buffer, index, part: 0, .atomic)
      append(
        Operation(
          code: .compareExchange, type: type(value), d: bind(old)[0], a: access, b: cell(value),
          c: cell(expected)))
    case .loop(let loop): try compile(loop)
    case .branch(let condition, let then, let otherwise):
      let toElse = jump(.jumpUnless, a: cell(condition))
      try compile(then)
      if otherwise.isEmpty {
        land(toElse)
      } else {
        let toEnd = jump(.jump)
        land(toElse)
        try compile(otherwise)
        land(toEnd)
      }
    case .whileLoop(let condition, let test, let body):
      let head = position
      try compile(condition)
      let toEnd = jump(.jumpUnless, a: cell(test))
      try compile(body)
      append(Operation(code: .jump, d: head))
      land(toEnd)
    case .fold(let fold): try compile(fold)
    case .allocate(let variable, let byteCount, let arena):
      append(
        Operation(
          code: .allocate, d: variableCells[Int(variable.id)], a: cell(byteCount),
          b: slot(arena, .int64)))
    case .arena(let function, let arguments, let result, let arena):
      let first = newCells(max(1, arguments.count))
      for (i, argument) in arguments.enumerated() {
        append(Operation(code: .move, d: first + Int32(i), a: cell(argument)))
      }
      append(
        Operation(
          code: .arena, d: result.map { variableCells[Int($0.id)] } ?? newCells(), a: first,
          b: slot(arena, .int64), c: Int32(function.rawValue), count: Int32(arguments.count)))
    case .parallel(let child, let count, let arena):
      append(
        Operation(
          code: .parallel, a: cell(count), b: slot(arena, .int64), count: Int32(child)))
    case .location(let place):
      location = place
      program.places.append((program.operations.count, place))
    case .barrier:
      program.needsGrid = true
      program.barriers.append(location)
      append(Operation(code: .barrier, count: Int32(program.barriers.count)))
    case .collective(let operation, let operands, let results):
      program.needsGrid = true
      program.meetings.append(
        .init(
          operation: operation, operands: operands.map { Int(cell($0)) },
          results: results.map { Int(bind($0)[0]) }, location: location))
      append(Operation(code: .meet, count: Int32(program.meetings.count - 1)))
    // Threads take turns, and what one writes the next sees: only the checks look at fences.
    case .fence(.device), .fence(.system):
      program.hasFences = true
      append(Operation(code: .fence))
    case .fence(.block), .sleep: break
    }
  }

  private mutating func compile(_ loop: Loop) throws(MartletError) {
    let isTasks = loop.kind == .tasks
    program.hasTasks = program.hasTasks || isTasks
    let lower = isTasks ? InterpreterProgram.beginCell : cell(loop.lower)
    let upper = isTasks ? InterpreterProgram.endCell : cell(loop.upper)
    let index = bind(loop.index)[0]
    let around = vector
    if loop.kind == .vector { vector = LoopCells(index: index, lower: lower) }
    let enter = program.operations.count
    append(Operation(code: .enterLoop, d: index, a: lower, b: upper))
    let top = position
    try compile(loop.body)
    append(Operation(code: .nextLoop, d: index, b: upper, c: top))
    program.operations[enter].c = position
    vector = around
  }

  /// `half` counts lanes / 2, lanes / 4, … 1; for each, `j` runs over the lower half.
  private mutating func compile(_ fold: Fold) throws(MartletError) {
    let lanes = fold.lanes
    // The cells are copied, since the variables keep theirs.
    var copies: [[Int32]] = []
    for variable in fold.variables {
      let count = type(variable).partCount
      let first = newCells(lanes * count)
      append(
        Operation(
          code: .copyCells, d: first, a: variableCells[Int(variable.id)],
          count: Int32(lanes * count)))
      copies.append((0..<count).map { first + Int32($0 * lanes) })
    }
    if lanes > 1 {
      let (half, j, partner) = (newCells(), newCells(), newCells())
      let zero = constant(0)
      let one = constant(1)
      let mask = Int32(lanes - 1)
      append(Operation(code: .move, d: half, a: constant(UInt64(lanes / 2))))
      let again = position
      let enter = program.operations.count
      append(Operation(code: .enterLoop, d: j, a: zero, b: half))
      let top = position
      append(Operation(code: .add, d: partner, a: j, b: half))
      for (n, copy) in copies.enumerated() {
        let (left, right) = (bind(fold.left[n]), bind(fold.right[n]))
        for (part, base) in copy.enumerated() {
          append(Operation(code: .readLane, d: left[part], a: base, b: j, c: zero, count: mask))
          append(
            Operation(code: .readLane, d: right[part], a: base, b: partner, c: zero, count: mask))
        }
      }
      try compile(fold.body)
      for (copy, value) in zip(copies, fold.combined) {
        for (base, source) in zip(copy, parts(value)) {
          append(Operation(code: .writeLane, d: source, a: base, b: j, c: zero, count: mask))
        }
      }
      append(Operation(code: .nextLoop, d: j, b: half, c: top))
      program.operations[enter].c = position
      append(Operation(code: .shiftRight, d: half, a: half, b: one))
      let isDone = newCells()
      append(Operation(code: .equal, d: isDone, a: half, b: zero))
      append(Operation(code: .jumpUnless, d: again, a: isDone))
    }
    for (copy, result) in zip(copies, fold.results) { valueCells[Int(result.id)] = copy }
  }

  // MARK: Variables

  private mutating func assign(_ variable: Variable, _ value: Value) throws(MartletError) {
    let first = variableCells[Int(variable.id)]
    let lanes = variableLanes[Int(variable.id)]
    for (part, source) in parts(value).enumerated() {
      let cell = first + Int32(part * lanes)
      if lanes == 1 {
        append(Operation(code: .move, d: cell, a: source))
      } else if let vector {
        append(
          Operation(
            code: .writeLane, d: source, a: cell, b: vector.index, c: vector.lower,
            count: Int32(lanes - 1)))
      }
    }
  }

  private mutating func read(_ variable: Variable, into value: Value) {
    let first = variableCells[Int(variable.id)]
    let lanes = variableLanes[Int(variable.id)]
    for (part, target) in bind(value).enumerated() {
      let cell = first + Int32(part * lanes)
      if lanes == 1 {
        append(Operation(code: .move, d: target, a: cell))
      } else if let vector {
        append(
          Operation(
            code: .readLane, d: target, a: cell, b: vector.index, c: vector.lower,
            count: Int32(lanes - 1)))
      }
    }
  }

  // MARK: Memory

  private mutating func access(
    _ buffer: Int, _ index: [Value], part: Int, _ kind: SimulationReport.Access.Kind
  ) -> Int32 {
    let dtype = kernel.buffers[buffer].dtype
    // An address in a variable is one more index, which counts bytes.
    var base: Int32?
    if case .address(let variable) = kernel.buffers[buffer].space {
      base = variableCells[Int(variable.id)]
    }
    program.accesses.append(
      .init(
        buffer: buffer, firstIndex: program.indexCells.count, rank: index.count, base: base,
        firstStride: strideStarts[buffer], partOffset: part * dtype.memorySize,
        itemSize: dtype.itemSize, kind: kind, location: location))
    program.indexCells += index.map { cell($0) }
    return Int32(program.accesses.count - 1)
  }

  // MARK: Instructions

  private mutating func define(
    _ value: Value, _ instruction: Instruction
  ) throws(MartletError) {
    let type = type(value)
    switch instruction {
    case .constant(let scalar):
      let mask = type.realType.cellMask
      valueCells[Int(value.id)] = [constant(scalar.low & mask)]
      if type.isComplex { valueCells[Int(value.id)].append(constant(scalar.high & mask)) }
    case .slot(let number):
      valueCells[Int(value.id)] = (0..<type.partCount).map { slot(number + $0, type.realType) }
    case .grid(let index):
      program.needsGrid = true
      valueCells[Int(value.id)] = [Int32(InterpreterProgram.cell(of: index))]
    case .read(let variable): read(variable, into: value)
    case .load(let buffer, let index):
      for (part, target) in bind(value).enumerated() {
        let access = access(buffer, index, part: part, .read)
        append(
          Operation(
            code: type == .bool ? .loadBool : .load(type.memorySize), d: target, a: access))
      }
    case .unary(let operation, let a):
      switch operation {
      case .absolute where !type.isSigned && !type.isFloating,
        .floor where !type.isFloating, .ceiling where !type.isFloating,
        .truncate where !type.isFloating, .roundEven where !type.isFloating:
        valueCells[Int(value.id)] = parts(a)
      default: compute(value, Code(operation), type, a)
      }
    case .binary(let operation, let a, let b): compute(value, Code(operation), type, a, b)
    case .compare(let comparison, let a, let b):
      compute(value, Code(comparison), self.type(a), a, b)
    case .select(let condition, let a, let b): compute(value, .select, type, condition, a, b)
    case .fusedMultiplyAdd(let a, let b, let c):
      compute(value, .fusedMultiplyAdd, type, a, b, c)
    case .cast(let a): convert(a, to: value)
    case .address(let buffer, let index):
      let target = bind(value)[0]
      let access = access(buffer, index, part: 0, .read)
      append(Operation(code: .address, d: target, a: access))
    case .reinterpret(let a):
      if type == .bool, self.type(a) != .bool {
        convert(a, to: value, from: .uint8)
      } else {
        valueCells[Int(value.id)] = parts(a)
      }
    case .complex(let real, let imaginary):
      valueCells[Int(value.id)] = [cell(real), cell(imaginary)]
    case .real(let a): valueCells[Int(value.id)] = [parts(a)[0]]
    case .imaginary(let a): valueCells[Int(value.id)] = [parts(a)[1]]
    case .call(let function, _):
      throw .malformedKernel(
        name: kernel.name,
        detail: "It still calls \(function.rawValue); MathLibrary.expand comes first.")
    case .system(let function, _):
      throw .unsupported(
        operation: kernel.name,
        detail: "a kernel that calls the C library's \(function.rawValue) needs LLVM")
    }
  }

  private mutating func compute(
    _ value: Value, _ code: Code, _ type: DType, _ a: Value, _ b: Value? = nil, _ c: Value? = nil
  ) {
    let (first, second, third) = (cell(a), b.map { cell($0) } ?? 0, c.map { cell($0) } ?? 0)
    append(
      Operation(
        code: code.specialised(for: type), type: type, d: bind(value)[0], a: first, b: second,
        c: third))
  }

  private mutating func convert(_ a: Value, to value: Value, from source: DType? = nil) {
    let source = source ?? type(a)
    let target = type(value)
    if source == target {
      valueCells[Int(value.id)] = parts(a)
      return
    }
    append(
      Operation(
        code: .cast, type: source, d: bind(value)[0], a: cell(a), count: Int32(target.rawValue)))
  }
}

// MARK: - Codes

extension InterpreterProgram.Code {
  init(_ operation: UnaryOperation) {
    self =
      switch operation {
      case .negate: .negate
      case .not: .not
      case .absolute: .absolute
      case .squareRoot: .squareRoot
      case .floor: .floor
      case .ceiling: .ceiling
      case .truncate: .truncate
      case .roundEven: .roundEven
      case .countOnes: .countOnes
      }
  }

  init(_ operation: BinaryOperation) {
    self =
      switch operation {
      case .add: .add
      case .subtract: .subtract
      case .multiply: .multiply
      case .divide: .divide
      case .remainder: .remainder
      case .and: .and
      case .or: .or
      case .xor: .xor
      case .shiftLeft: .shiftLeft
      case .shiftRight: .shiftRight
      case .copySign: .copySign
      }
  }

  init(_ comparison: Comparison) {
    self =
      switch comparison {
      case .equal: .equal
      case .notEqual: .notEqual
      case .less: .less
      case .lessEqual: .lessEqual
      case .greater: .greater
      case .greaterEqual: .greaterEqual
      }
  }

  /// The operation with its type in the code, where there is such a code.
  func specialised(for type: DType) -> Self {
    switch (self, type) {
    case (.add, .float64): .addF64
    case (.subtract, .float64): .subtractF64
    case (.multiply, .float64): .multiplyF64
    case (.divide, .float64): .divideF64
    case (.fusedMultiplyAdd, .float64): .fusedMultiplyAddF64
    case (.add, .float32): .addF32
    case (.subtract, .float32): .subtractF32
    case (.multiply, .float32): .multiplyF32
    case (.divide, .float32): .divideF32
    case (.add, .int64): .addI64
    case (.subtract, .int64): .subtractI64
    case (.multiply, .int64): .multiplyI64
    case (.less, .int64): .lessI64
    default: self
    }
  }

  static func load(_ size: Int) -> Self {
    switch size {
    case 1: .load1
    case 2: .load2
    case 4: .load4
    default: .load8
    }
  }

  static func store(_ size: Int) -> Self {
    switch size {
    case 1: .store1
    case 2: .store2
    case 4: .store4
    default: .store8
    }
  }
}
