/// Writes a kernel statement by statement; `Expression`s stand for its values.
///
/// Pure instructions are shared: asking for the same one again in the same or an inner block gives
/// the value that is there.
public final class KernelBuilder {
  public private(set) var kernel: Kernel
  private var blocks: [[Statement]] = [[]]
  private var known: [[Instruction.Keyed: Value]] = [[:]]
  private var constants: [Value: Scalar] = [:]
  /// Whether arithmetic that is added now may be rearranged.
  public var isRelaxed = false
  /// What each value is computed by, and where each loop ends, if somebody asked for that.
  public private(set) var definitions: [Value: Instruction]?
  public private(set) var upperBounds: [Value: Value] = [:]

  public init(name: String) {
    kernel = Kernel(
      name: name, buffers: [], slotCount: 0, valueTypes: [], variableTypes: [], body: [])
  }

  /// The finished kernel. Structure is checked by `KernelVerifier`.
  public func finish() -> Kernel {
    var result = kernel
    result.body = blocks[0]
    return result
  }

  // MARK: Parameters

  /// Declares a buffer and returns its number.
  public func buffer(
    _ dtype: DType, strides: [Stride], access: BufferParameter.Access = .read,
    isStreamed: Bool = false
  ) -> Int {
    var parameter = BufferParameter(dtype: dtype, strides: strides, access: access)
    parameter.isStreamed = isStreamed
    return declare(parameter)
  }

  /// Declares memory of this shape, in C order, that a block of a grid launch has to itself.
  public func shared(_ dtype: DType, _ shape: Int...) -> Int { shared(dtype, shape) }
  public func shared(_ dtype: DType, _ shape: [Int]) -> Int {
    declare(.own(dtype, shape) { .shared(count: $0) })
  }

  /// Declares memory of this shape, in C order, that each thread has to itself.
  public func local(_ dtype: DType, _ shape: Int...) -> Int { local(dtype, shape) }
  public func local(_ dtype: DType, _ shape: [Int]) -> Int {
    declare(.own(dtype, shape) { .local(count: $0) })
  }

  private func declare(_ parameter: BufferParameter) -> Int {
    kernel.buffers.append(parameter)
    return kernel.buffers.count - 1
  }

  /// Says what the user calls a buffer, for reports.
  public func name(_ buffer: Int, _ name: String) { kernel.buffers[buffer].name = name }

  /// Asks for shared or local memory at a multiple of so many bytes, a power of two.
  public func align(_ buffer: Int, to bytes: Int) { kernel.buffers[buffer].alignment = bytes }

  /// Declares memory at the address that a variable holds, its elements side by side.
  public func buffer(_ dtype: DType, at address: Variable) -> Int {
    declare(
      BufferParameter(
        dtype: dtype, strides: [.unit], access: .readWrite, space: .address(address)))
  }

  /// Gives a variable the address of new memory, 0 where there is none.
  public func allocate(_ address: Variable, byteCount: Expression, arena: Int) {
    append(.allocate(address, byteCount: byteCount.value, arena: arena))
  }

  /// Has the arena do something, and gives the result of what has one.
  @discardableResult
  public func arena(
    _ function: ArenaFunction, _ arguments: [Expression], arena: Int
  ) -> Expression {
    let result = declare(initial: integer(0))
    append(.arena(function, arguments: arguments.map(\.value), result: result, arena: arena))
    return read(result)
  }

  /// Runs tasks of another kernel, and waits for them.
  public func parallel(child: Int, count: Expression, arena: Int) {
    append(.parallel(child: child, count: count.value, arena: arena))
  }

  /// The address of an element.
  public func address(_ buffer: Int, _ index: [Expression]) -> Expression {
    define(.address(buffer: buffer, index: index.map(\.value)), .int64)
  }

  /// Reserves a slot of the launch table (two for a complex scalar) and returns its number.
  public func slot(for dtype: DType = .int64) -> Int {
    kernel.slotCount += dtype == .complex128 || dtype == .complex64 ? 2 : 1
    return kernel.slotCount - (dtype.isComplex ? 2 : 1)
  }

  /// Reserves the slot of the watch that long loops ask.
  public func watch() { kernel.watchSlot = slot() }

  /// The number in a slot.
  public func slotValue(_ slot: Int, _ dtype: DType = .int64) -> Expression {
    define(.slot(slot), dtype)
  }

  // MARK: Values

  /// Adds an instruction, or finds the value that it already has.
  public func define(_ instruction: Instruction, _ dtype: DType) -> Expression {
    let key = Instruction.Keyed(instruction: instruction, dtype: dtype)
    if instruction.isPure {
      for scope in known.reversed() {
        if let value = scope[key] { return Expression(builder: self, value: value) }
      }
    }
    let value = newValue(dtype)
    append(.define(value, instruction))
    definitions?[value] = instruction
    if isRelaxed, dtype.isFloating, instruction.isArithmetic { kernel.relaxed.insert(value) }
    if instruction.isPure { known[known.count - 1][key] = value }
    return Expression(builder: self, value: value)
  }

  public func constant(_ scalar: Scalar) -> Expression {
    let constant = define(.constant(scalar), scalar.dtype)
    constants[constant.value] = scalar
    return constant
  }
  /// The number that a value is; nil for one that was computed.
  public func constant(_ value: Value) -> Scalar? { constants[value] }
  public func constant(_ value: Double, _ dtype: DType) -> Expression {
    constant(Scalar(value, dtype))
  }
  public func integer(_ value: Int, _ dtype: DType = .int64) -> Expression {
    constant(Scalar(Int64(value), dtype))
  }

  public func load(_ buffer: Int, _ index: [Expression]) -> Expression {
    define(.load(buffer: buffer, index: index.map(\.value)), kernel.buffers[buffer].dtype)
  }

  public func store(_ buffer: Int, _ index: [Expression], _ value: Expression) {
    append(.store(buffer: buffer, index: index.map(\.value), value: value.value))
  }

  // MARK: Variables

  public func declare(lanes: Int = 1, initial: Expression) -> Variable {
    let variable = newVariable(initial.dtype)
    append(.declare(variable, lanes: lanes, initial: initial.value))
    return variable
  }

  public func read(_ variable: Variable) -> Expression {
    define(.read(variable), kernel.variableTypes[Int(variable.id)])
  }

  public func assign(_ variable: Variable, _ value: Expression) {
    append(.assign(variable, value.value))
  }

  // MARK: Control flow

  /// `for index in lower ..< upper { body(index) }`
  public func loop<Failure>(
    _ kind: Loop.Kind = .serial, from lower: Expression, to upper: Expression,
    _ body: (Expression) throws(Failure) -> Void
  ) throws(Failure) {
    let index = newValue(.int64)
    if definitions != nil { upperBounds[index] = upper.value }
    let statements = try block { () throws(Failure) in
      try body(Expression(builder: self, value: index))
    }
    append(
      .loop(
        Loop(index: index, lower: lower.value, upper: upper.value, kind: kind, body: statements)))
  }

  /// The loop over the tasks of this launch.
  public func tasks(_ body: (Expression) -> Void) {
    let zero = integer(0)
    loop(.tasks, from: zero, to: zero, body)
  }

  public func branch<Failure>(
    _ condition: Expression, then: () throws(Failure) -> Void,
    else otherwise: () throws(Failure) -> Void
  ) throws(Failure) {
    let first = try block(then)
    let second = try block(otherwise)
    append(.branch(condition: condition.value, then: first, else: second))
  }

  public func branch<Failure>(
    _ condition: Expression, then: () throws(Failure) -> Void
  ) throws(Failure) {
    let first = try block(then)
    append(.branch(condition: condition.value, then: first, else: []))
  }

  /// Repeats `body` while `condition` gives true.
  public func whileLoop<Failure>(
    _ condition: () throws(Failure) -> Expression, _ body: () throws(Failure) -> Void
  ) throws(Failure) {
    var test: Expression?
    let head = try block { () throws(Failure) in test = try condition() }
    let inner = try block(body)
    append(.whileLoop(condition: head, test: test!.value, body: inner))
  }

  /// Combines the lanes of `variables` and returns what is left.
  public func fold(
    _ variables: [Variable], lanes: Int,
    _ combine: (_ left: [Expression], _ right: [Expression]) -> [Expression]
  ) -> [Expression] {
    let types = variables.map { kernel.variableTypes[Int($0.id)] }
    let left = types.map(newValue)
    let right = types.map(newValue)
    var combined: [Value] = []
    let body = block {
      combined = combine(
        left.map { Expression(builder: self, value: $0) },
        right.map { Expression(builder: self, value: $0) }
      ).map(\.value)
    }
    let results = types.map(newValue)
    append(
      .fold(
        Fold(
          variables: variables, lanes: lanes, left: left, right: right, body: body,
          combined: combined, results: results)))
    return results.map { Expression(builder: self, value: $0) }
  }

  // MARK: Kernels over a grid

  /// Where in the grid this thread is.
  public func grid(_ index: GridIndex) -> Expression { define(.grid(index), .int64) }

  /// All threads of a block meet.
  public func barrier() { append(.barrier) }

  /// Combines an element with `value` in one step that no other atomic comes between.
  public func atomic(
    _ operation: AtomicOperation, _ buffer: Int, _ index: [Expression], _ value: Expression
  ) {
    append(
      .atomic(
        operation, buffer: buffer, index: index.map(\.value), value: value.value, old: nil))
  }

  /// The same, giving what was there before.
  public func atomicOld(
    _ operation: AtomicOperation, _ buffer: Int, _ index: [Expression], _ value: Expression
  ) -> Expression {
    let old = newValue(kernel.buffers[buffer].dtype)
    append(
      .atomic(
        operation, buffer: buffer, index: index.map(\.value), value: value.value, old: old))
    return Expression(builder: self, value: old)
  }

  /// Writes `value` where the element equals `expected`, and gives what was there before.
  public func compareExchange(
    _ buffer: Int, _ index: [Expression], expected: Expression, _ value: Expression
  ) -> Expression {
    let old = newValue(kernel.buffers[buffer].dtype)
    append(
      .compareExchange(
        buffer: buffer, index: index.map(\.value), expected: expected.value, value: value.value,
        old: old))
    return Expression(builder: self, value: old)
  }

  /// Threads meet, and each learns something of the others.
  @discardableResult
  public func collective(_ operation: Collective, _ operands: Expression...) -> [Expression] {
    let value = operands.dropFirst(operation.group == .mask ? 1 : 0).first?.dtype ?? .bool
    let results = operation.results(for: value).map { newValue($0) }
    append(.collective(operation, operands: operands.map(\.value), results: results))
    return results.map { Expression(builder: self, value: $0) }
  }

  public func fence(_ scope: FenceScope) { append(.fence(scope)) }

  public func sleep(nanoseconds: Expression) { append(.sleep(nanoseconds.value)) }

  /// The thread's number within its block, counted along x first.
  public var threadNumber: Expression {
    (grid(.threadZ) * grid(.blockSizeY) + grid(.threadY)) * grid(.blockSizeX) + grid(.threadX)
  }

  /// The thread's place in its warp.
  public var lane: Expression { threadNumber & (Collective.warpSize - 1) }

  // MARK: For passes that rewrite kernels

  public func newValue(_ dtype: DType) -> Value {
    kernel.valueTypes.append(dtype)
    return Value(id: Int32(kernel.valueTypes.count - 1))
  }

  public func newVariable(_ dtype: DType) -> Variable {
    kernel.variableTypes.append(dtype)
    return Variable(id: Int32(kernel.variableTypes.count - 1))
  }

  /// Keeps `definitions` from now on.
  public func keepDefinitions() { definitions = [:] }

  /// Whether a value was made before another.
  public func isOlder(_ value: Value, than other: Value) -> Bool { value.id < other.id }

  /// Where the next statement will be in its block, for `insert`.
  public var position: Int { blocks[blocks.count - 1].count }

  /// Adds statements at an earlier place of the block.
  public func insert(_ statements: [Statement], at position: Int) {
    blocks[blocks.count - 1].insert(contentsOf: statements, at: position)
  }

  public func append(_ statement: Statement) { blocks[blocks.count - 1].append(statement) }

  /// Runs `body` with a fresh block and returns what it wrote.
  public func block<Failure>(_ body: () throws(Failure) -> Void) throws(Failure) -> [Statement] {
    blocks.append([])
    known.append([:])
    try body()
    known.removeLast()
    return blocks.removeLast()
  }

  /// The same without any value that was made before but those it names, for `insert`.
  public func detachedBlock(_ body: () -> Void) -> [Statement] {
    let before = known
    known = [[:]]
    defer { known = before }
    return block(body)
  }

  public func setParameters(of other: Kernel) {
    kernel.buffers = other.buffers
    kernel.slotCount = other.slotCount
    kernel.watchSlot = other.watchSlot
  }
}

extension BufferParameter {
  /// Memory of a shape, in C order, that lives only during a launch.
  fileprivate static func own(
    _ dtype: DType, _ shape: [Int], _ space: (_ count: Int) -> Space
  ) -> BufferParameter {
    var strides: [Stride] = []
    var count = 1
    for size in shape.reversed() {
      strides.insert(.constant(count), at: 0)
      count *= size
    }
    return BufferParameter(
      dtype: dtype, strides: strides, access: .readWrite, space: space(count))
  }
}

extension Instruction {
  struct Keyed: Hashable {
    var instruction: Instruction
    var dtype: DType
  }

  /// Whether it is one of the operations that real numbers have laws for.
  fileprivate var isArithmetic: Bool {
    switch self {
    case .binary(let operation, _, _): [.add, .subtract, .multiply, .divide].contains(operation)
    case .unary(let operation, _): operation == .negate || operation == .squareRoot
    default: false
    }
  }

  /// Whether the value depends on nothing but the operands. Loads and reads see changing memory.
  public var isPure: Bool {
    switch self {
    // An address may be that of a variable, which changes.
    case .read, .load, .address: false
    default: true
    }
  }
}
