/// Checks that a kernel keeps the rules of the kernel language, so that no compiler has to.
public enum KernelVerifier {
  /// - Throws: `.malformedKernel`, whose detail quotes the first statement that breaks a rule.
  public static func verify(_ kernel: Kernel) throws(MartletError) {
    var state = VerifierState(kernel)
    try state.checkParameters()
    try state.check(kernel.body)
    try state.checkLaunch()
  }
}

/// What is known on the way through a kernel.
private struct VerifierState {
  /// The vector loop around a statement.
  struct VectorLoop {
    /// Scalar variables declared inside; only these may be assigned.
    var variables: Set<Variable> = []
  }

  let kernel: Kernel
  /// Every value that any statement defines: values are computed once.
  var everDefined: Set<Value> = []
  var everDeclared: Set<Variable> = []
  var visible: Set<Value> = []
  /// How many lanes each variable in scope has.
  var lanes: [Variable: Int] = [:]
  var vector: VectorLoop?
  /// Whether the statement is inside a loop, a branch or a fold.
  var isNested = false
  var hasTasks = false
  /// Something that only threads of a grid have.
  var gridFeature: String?
  var isInFold = false
  /// The statement being checked, for messages.
  var current: Statement?

  init(_ kernel: Kernel) { self.kernel = kernel }

  // MARK: Errors

  func failure(_ detail: String) -> MartletError {
    guard let current else { return .malformedKernel(name: kernel.name, detail: detail) }
    let text = KernelPrinter.summary(of: current, in: kernel)
    return .malformedKernel(name: kernel.name, detail: "In `\(text)`, \(detail)")
  }

  func require(_ condition: Bool, _ detail: @autoclosure () -> String) throws(MartletError) {
    if !condition { throw failure(detail()) }
  }

  // MARK: Names

  func checkParameters() throws(MartletError) {
    try require(kernel.slotCount >= 0, "The kernel has a negative number of slots.")
    if let slot = kernel.watchSlot {
      try require(
        slot >= 0 && slot < kernel.slotCount,
        "The watch is in slot \(slot), but the launch table has \(kernel.slotCount).")
    }
    for (number, buffer) in kernel.buffers.enumerated() {
      for case .slot(let slot) in buffer.strides {
        try require(
          slot >= 0 && slot < kernel.slotCount,
          "Buffer b\(number) takes a stride from slot \(slot), but the launch table has "
            + "\(kernel.slotCount).")
      }
      if let alignment = buffer.alignment {
        try require(
          alignment > 0 && alignment & (alignment - 1) == 0,
          "Buffer b\(number) is aligned to \(alignment) bytes, which is no power of two.")
      }
      switch buffer.space {
      case .global: break
      case .shared(let count), .local(let count):
        try require(count >= 0, "Buffer b\(number) has a negative number of elements.")
      case .address(let variable):
        try require(
          type(variable) == .int64, "Buffer b\(number) lies at variable x\(variable.id), no int64.")
      }
    }
  }

  /// A kernel is launched over tasks or over a grid.
  mutating func checkLaunch() throws(MartletError) {
    current = nil
    for case .shared in kernel.buffers.map(\.space) { gridFeature = "shared memory" }
    guard hasTasks, let gridFeature else { return }
    throw failure("It has a loop over tasks and \(gridFeature), which only a grid has.")
  }

  func type(_ value: Value) throws(MartletError) -> DType {
    try require(
      kernel.valueTypes.indices.contains(Int(value.id)), "value v\(value.id) has no type.")
    return kernel.valueTypes[Int(value.id)]
  }

  func type(_ variable: Variable) throws(MartletError) -> DType {
    try require(
      kernel.variableTypes.indices.contains(Int(variable.id)),
      "variable x\(variable.id) has no type.")
    return kernel.variableTypes[Int(variable.id)]
  }

  /// The type of an operand, which must be visible here.
  func use(_ value: Value) throws(MartletError) -> DType {
    let type = try type(value)
    if !visible.contains(value) {
      throw failure(
        everDefined.contains(value)
          ? "value v\(value.id) is used outside the block that defines it."
          : "value v\(value.id) is used before it is defined.")
    }
    return type
  }

  func use(_ value: Value, as wanted: DType, _ role: String) throws(MartletError) {
    let found = try use(value)
    try require(found == wanted, "\(role) v\(value.id) is \(found), not \(wanted).")
  }

  mutating func define(_ value: Value, as wanted: DType? = nil) throws(MartletError) {
    let found = try type(value)
    if let wanted {
      try require(found == wanted, "the value v\(value.id) is \(found), not \(wanted).")
    }
    try require(
      everDefined.insert(value).inserted, "value v\(value.id) is defined a second time.")
    visible.insert(value)
  }

  func laneCount(_ variable: Variable) throws(MartletError) -> Int {
    if let count = lanes[variable] { return count }
    throw failure(
      everDeclared.contains(variable)
        ? "variable x\(variable.id) is used outside the block that declares it."
        : "variable x\(variable.id) is used before it is declared.")
  }

  // MARK: Blocks

  mutating func check(_ statements: [Statement]) throws(MartletError) {
    for statement in statements {
      current = statement
      try check(statement)
    }
  }

  /// Checks a block whose names end with it.
  mutating func nested(
    _ body: (inout VerifierState) throws(MartletError) -> Void
  ) throws(MartletError) {
    let (visible, lanes, wasNested, wasInFold) = (visible, lanes, isNested, isInFold)
    isNested = true
    try body(&self)
    (self.visible, self.lanes, isNested, isInFold) = (visible, lanes, wasNested, wasInFold)
  }

  mutating func check(_ statement: Statement) throws(MartletError) {
    switch statement {
    case .define(let value, let instruction):
      try check(instruction, result: type(value))
      if case .grid(let index) = instruction { gridFeature = "the index \(index.rawValue)" }
      try define(value)
    case .declare(let variable, let count, let initial):
      try checkDeclaration(variable, count, initial)
    case .assign(let variable, let value): try checkAssignment(variable, value)
    case .store(let buffer, let index, let value):
      let parameter = try access(buffer, index)
      try require(parameter.access != .read, "buffer b\(buffer) is declared for reading only.")
      try use(value, as: parameter.dtype, "the stored value")
    case .atomic(let operation, let buffer, let index, let value, let old):
      let parameter = try access(buffer, index)
      try checkAtomic(operation, buffer, parameter)
      try use(value, as: parameter.dtype, "the operand")
      if let old { try define(old, as: parameter.dtype) }
    case .compareExchange(let buffer, let index, let expected, let value, let old):
      let parameter = try access(buffer, index)
      try require(
        parameter.access == .readWrite,
        "buffer b\(buffer) must be declared for reading and writing.")
      try require(
        parameter.dtype.isInteger, "compareExchange is not defined for \(parameter.dtype).")
      try use(expected, as: parameter.dtype, "the expected value")
      try use(value, as: parameter.dtype, "the new value")
      try define(old, as: parameter.dtype)
    case .loop(let loop): try check(loop)
    case .branch(let condition, let then, let otherwise):
      try use(condition, as: .bool, "the condition")
      try nested { (state) throws(MartletError) in try state.check(then) }
      try nested { (state) throws(MartletError) in try state.check(otherwise) }
    case .whileLoop(let condition, let test, let body):
      try nested { (state) throws(MartletError) in
        try state.check(condition)
        state.current = statement
        try state.use(test, as: .bool, "the test")
        try state.check(body)
      }
    case .fold(let fold): try check(fold, statement)
    case .allocate(let variable, let byteCount, let arena):
      try require(vector == nil, "memory is allocated inside a vector loop.")
      try require(laneCount(variable) == 1, "variable x\(variable.id) has lanes.")
      try require(type(variable) == .int64, "variable x\(variable.id) holds no address.")
      try use(byteCount, as: .int64, "the number of bytes")
      try require(
        arena >= 0 && arena < kernel.slotCount,
        "the arena is in slot \(arena), but the launch table has \(kernel.slotCount).")
    case .arena(_, let arguments, let result, let arena):
      try require(vector == nil, "the arena is called inside a vector loop.")
      for argument in arguments { try use(argument, as: .int64, "an argument of the arena") }
      if let result {
        try require(laneCount(result) == 1, "variable x\(result.id) has lanes.")
        try require(type(result) == .int64, "variable x\(result.id) holds no integer.")
      }
      try require(
        arena >= 0 && arena < kernel.slotCount,
        "the arena is in slot \(arena), but the launch table has \(kernel.slotCount).")
    case .parallel(_, let count, let arena):
      try require(vector == nil, "a parallel launch is inside a vector loop.")
      try use(count, as: .int64, "the number of tasks")
      try require(
        arena >= 0 && arena < kernel.slotCount,
        "the arena is in slot \(arena), but the launch table has \(kernel.slotCount).")
    case .location: break
    case .barrier:
      try require(vector == nil, "a barrier is inside a vector loop.")
      try require(!isInFold, "a barrier is inside a fold.")
      gridFeature = "a barrier"
    case .collective(let operation, let operands, let results):
      try check(operation, operands, results)
    case .fence: break
    case .sleep(let nanoseconds): try use(nanoseconds, as: .uint32, "the time")
    }
  }

  mutating func check(
    _ operation: Collective, _ operands: [Value], _ results: [Value]
  ) throws(MartletError) {
    try require(vector == nil, "threads meet inside a vector loop.")
    try require(!isInFold, "threads meet inside a fold.")
    gridFeature = "a meeting of threads"
    try require(
      operands.count == operation.operandCount,
      "\(operation.rawValue) has \(operands.count) operands, not \(operation.operandCount).")
    var rest = operands[...]
    if operation.group == .mask, let mask = rest.popFirst() {
      try use(mask, as: .uint32, "the mask")
    }
    var type = DType.bool
    if let value = rest.popFirst() {
      type = try use(value)
      try require(
        operation.takes(value: type), "\(operation.rawValue) is not defined for \(type).")
    }
    if let lane = rest.popFirst() { try use(lane, as: .int32, "the lane") }
    let types = operation.results(for: type)
    try require(
      results.count == types.count,
      "\(operation.rawValue) has \(results.count) results, not \(types.count).")
    for (result, type) in zip(results, types) { try define(result, as: type) }
  }

  mutating func checkDeclaration(
    _ variable: Variable, _ count: Int, _ initial: Value
  ) throws(MartletError) {
    try use(initial, as: type(variable), "the first value")
    try require(
      count > 0 && count & (count - 1) == 0,
      "the number of lanes is \(count), not a power of two.")
    try require(
      vector == nil || count == 1, "a variable with lanes is declared inside a vector loop.")
    try require(
      everDeclared.insert(variable).inserted, "variable x\(variable.id) is declared a second time.")
    lanes[variable] = count
    vector?.variables.insert(variable)
  }

  func checkAssignment(_ variable: Variable, _ value: Value) throws(MartletError) {
    let count = try laneCount(variable)
    try use(value, as: type(variable), "the assigned value")
    if count > 1 {
      try require(
        vector != nil, "variable x\(variable.id) has lanes and is assigned outside a vector loop.")
    } else if let vector {
      try require(
        vector.variables.contains(variable),
        "variable x\(variable.id) is assigned inside a vector loop but declared outside it "
          + "without lanes.")
    }
  }

  func checkAtomic(
    _ operation: AtomicOperation, _ buffer: Int, _ parameter: BufferParameter
  ) throws(MartletError) {
    try require(
      parameter.access == .readWrite,
      "buffer b\(buffer) must be declared for reading and writing.")
    try require(
      operation.isDefined(for: parameter.dtype),
      "atomic \(operation.rawValue) is not defined for \(parameter.dtype).")
  }

  mutating func check(_ loop: Loop) throws(MartletError) {
    try use(loop.lower, as: .int64, "the lower bound")
    try use(loop.upper, as: .int64, "the upper bound")
    switch loop.kind {
    case .serial: break
    case .vector: try require(vector == nil, "a vector loop is inside another.")
    case .tasks:
      try require(!isNested, "the loop over tasks is inside another statement.")
      try require(!hasTasks, "there is a second loop over tasks.")
      hasTasks = true
    }
    let around = vector
    try nested { (state) throws(MartletError) in
      try state.define(loop.index, as: .int64)
      if loop.kind == .vector { state.vector = VectorLoop() }
      try state.check(loop.body)
    }
    // A serial loop's own variables stay with the vector loop around it.
    if loop.kind == .vector { vector = around }
  }

  mutating func check(_ fold: Fold, _ statement: Statement) throws(MartletError) {
    let count = fold.variables.count
    try require(count > 0, "there are no variables.")
    try require(
      fold.left.count == count && fold.right.count == count && fold.combined.count == count
        && fold.results.count == count,
      "every variable needs a left, a right and a combined value and a result.")
    try require(vector == nil, "a fold is inside a vector loop.")
    var types: [DType] = []
    for variable in fold.variables {
      let found = try laneCount(variable)
      try require(
        found == fold.lanes, "variable x\(variable.id) has \(found) lanes, not \(fold.lanes).")
      types.append(try type(variable))
    }
    try nested { (state) throws(MartletError) in
      for (value, type) in zip(fold.left + fold.right, types + types) {
        try state.define(value, as: type)
      }
      state.isInFold = true
      try state.check(fold.body)
      state.current = statement
      for (value, type) in zip(fold.combined, types) {
        try state.use(value, as: type, "the combined value")
      }
    }
    for (value, type) in zip(fold.results, types) { try define(value, as: type) }
  }

  // MARK: Instructions

  /// The buffer that a load, store or atomic names, with a fitting index.
  func access(_ buffer: Int, _ index: [Value]) throws(MartletError) -> BufferParameter {
    try require(
      kernel.buffers.indices.contains(buffer),
      "there is no buffer b\(buffer) among \(kernel.buffers.count).")
    let parameter = kernel.buffers[buffer]
    try require(
      index.count == parameter.strides.count,
      "buffer b\(buffer) has rank \(parameter.strides.count), but the index has \(index.count).")
    for value in index { try use(value, as: .int64, "the index") }
    if case .address(let variable) = parameter.space {
      try require(laneCount(variable) == 1, "variable x\(variable.id) has lanes.")
    }
    return parameter
  }

  func check(_ instruction: Instruction, result: DType) throws(MartletError) {
    switch instruction {
    case .constant(let scalar): try check(result, is: scalar.dtype)
    case .slot(let slot):
      let last = slot + (result.isComplex ? 1 : 0)
      try require(
        slot >= 0 && last < kernel.slotCount,
        "slot \(last) is used, but the launch table has \(kernel.slotCount).")
    case .grid: try check(result, is: .int64)
    case .read(let variable):
      let count = try laneCount(variable)
      try require(
        count == 1 || vector != nil,
        "variable x\(variable.id) has lanes and is read outside a vector loop.")
      try check(result, is: type(variable))
    case .load(let buffer, let index):
      let parameter = try access(buffer, index)
      try require(parameter.access != .write, "buffer b\(buffer) is declared for writing only.")
      try check(result, is: parameter.dtype)
    case .unary(let operation, let a):
      try use(a, as: result, "the operand")
      try require(
        operation.isDefined(for: result), "\(operation.rawValue) is not defined for \(result).")
    case .binary(let operation, let a, let b):
      try use(a, as: result, "the first operand")
      try use(b, as: result, "the second operand")
      try require(
        operation.isDefined(for: result), "\(operation.rawValue) is not defined for \(result).")
    case .compare(let comparison, let a, let b):
      let type = try use(a)
      try use(b, as: type, "the second operand")
      try require(!type.isComplex, "\(comparison.rawValue) is not defined for \(type).")
      try check(result, is: .bool)
    case .select(let condition, let a, let b):
      try use(condition, as: .bool, "the condition")
      try use(a, as: result, "the first choice")
      try use(b, as: result, "the second choice")
      try require(!result.isComplex, "select is not defined for \(result).")
    case .fusedMultiplyAdd(let a, let b, let c):
      for value in [a, b, c] { try use(value, as: result, "the operand") }
      try require(result.isFloating, "fusedMultiplyAdd is not defined for \(result).")
    case .cast(let a):
      let source = try use(a)
      try require(
        !source.isComplex && !result.isComplex,
        "\(source) is cast to \(result), but complex numbers are converted by their parts.")
    case .reinterpret(let a):
      let source = try use(a)
      try require(
        source.itemSize == result.itemSize && !source.isComplex && !result.isComplex,
        "the bits of \(source) are no \(result).")
    case .complex(let real, let imaginary):
      try require(result.isComplex, "the result is \(result), not complex.")
      try use(real, as: result.realType, "the real part")
      try use(imaginary, as: result.realType, "the imaginary part")
    case .real(let a), .imaginary(let a):
      let source = try use(a)
      try require(source.isComplex, "the operand v\(a.id) is \(source), not complex.")
      try check(result, is: source.realType)
    case .address(let buffer, let index):
      _ = try access(buffer, index)
      try check(result, is: .int64)
    case .call(let function, let arguments):
      try require(
        arguments.count == function.argumentCount,
        "\(function.rawValue) takes \(function.argumentCount) arguments, not \(arguments.count).")
      for value in arguments { try use(value, as: result, "the argument") }
      try require(
        result.isFloating, "\(function.rawValue) is not defined for \(result).")
    case .system(let function, let arguments):
      try require(
        arguments.count == function.argumentCount,
        "\(function.rawValue) takes \(function.argumentCount) arguments, not \(arguments.count).")
      for value in arguments { try use(value, as: .float64, "the argument") }
      try check(result, is: .float64)
    }
  }

  func check(_ result: DType, is wanted: DType) throws(MartletError) {
    try require(result == wanted, "the result is \(result), but should be \(wanted).")
  }
}

// Complex numbers are taken apart by `Expression`; only loads, stores, variables, constants and
// slots see them whole.
extension UnaryOperation {
  /// Whether backends must compute it for `dtype`.
  public func isDefined(for dtype: DType) -> Bool {
    switch self {
    case .negate: dtype.isInteger || dtype.isFloating
    case .not: dtype.isInteger || dtype == .bool
    case .squareRoot: dtype.isFloating
    case .countOnes: dtype.isInteger
    case .absolute, .floor, .ceiling, .truncate, .roundEven: !dtype.isComplex
    }
  }
}

extension BinaryOperation {
  /// Whether backends must compute it for `dtype`.
  public func isDefined(for dtype: DType) -> Bool {
    switch self {
    case .add, .subtract, .multiply, .divide: dtype.isInteger || dtype.isFloating
    case .remainder, .shiftLeft, .shiftRight: dtype.isInteger
    case .and, .or, .xor: dtype.isInteger || dtype == .bool
    case .copySign: dtype.isFloating
    }
  }
}
