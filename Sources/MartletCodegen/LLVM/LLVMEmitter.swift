import MartletIR

/// Writes a kernel as LLVM IR (opaque pointers, LLVM 15 and later).
///
/// Vector loops are written as vector instructions, not left to LLVM's vectoriser. Their main part
/// and their masked tail use the same operations, so an element's value never depends on where it
/// is.
package enum LLVMEmitter {
  /// The text of a module with the function
  /// `void NAME(const void *const *buffers, const int64_t *slots, int64_t begin, int64_t end)`,
  /// whose `.tasks` loop runs from `begin` up to `end`. The same kernel gives the same text.
  ///
  /// - Parameter kernel: free of `.call` (see `MathLibrary.expand`).
  /// - Throws: `.malformedKernel` for what breaks the kernel language's rules, `.unsupported` for
  ///   what only a grid launch has.
  package static func emit(
    _ kernel: Kernel, target: TargetDescription
  ) throws(MartletError) -> String {
    let function = try FunctionEmitter(kernel, target)
    try function.emit(kernel.body)
    function.endWatch()
    if function.text.streams, target.triple.hasPrefix("x86_64") {
      // Such stores are not in order with the one that tells other threads of the result.
      function.text.callVoid("llvm.x86.sse.sfence", [], "")
    }
    return function.text.module(name: kernel.name, target: target)
  }
}

/// The state of writing one function. Not shared between threads.
final class FunctionEmitter {
  let kernel: Kernel
  let target: TargetDescription
  let plan: VectorPlan
  var text = LLVMText()
  /// The vector loop that is being written.
  var vector: VectorContext?
  /// What LLVM may do with the arithmetic that is being written: " fast" or nothing.
  var flags = ""

  /// The buffers that lie apart from each other.
  let separateBuffers: [Int]

  private var values: [Operand?]
  private var variables: [VariableStorage?]
  /// Where the work is counted that may be done before the watch is asked, and the watch.
  var watch: (budget: String, place: String)?

  private var slots: [Int: String] = [:]
  private var bufferPointers: [Int: String] = [:]

  init(_ kernel: Kernel, _ target: TargetDescription) throws(MartletError) {
    self.kernel = kernel
    self.target = target
    plan = try VectorPlan(kernel, vectorBytes: target.vectorBytes)
    separateBuffers = kernel.buffers.indices.filter { kernel.buffers[$0].isSeparate }
    values = Array(repeating: nil, count: kernel.valueTypes.count)
    variables = Array(repeating: nil, count: kernel.variableTypes.count)
  }

  // MARK: Parameters

  /// The 64 bits of a slot, loaded once at entry.
  func slot(_ number: Int) throws(MartletError) -> String {
    guard number >= 0, number < kernel.slotCount else {
      throw malformed("slot \(number) of \(kernel.slotCount)")
    }
    if let known = slots[number] { return known }
    let address = text.defineAtEntry("getelementptr i64, ptr %slots, i64 \(number)")
    let loaded = text.defineAtEntry("load i64, ptr \(address), align 8")
    slots[number] = loaded
    return loaded
  }

  /// The address of a buffer's element at index zero.
  func pointer(_ buffer: Int) throws(MartletError) -> String {
    if case .address(let variable) = kernel.buffers[buffer].space {
      let address = try read(variable).parts[0]
      return text.define("inttoptr i64 \(address) to ptr")
    }
    if let known = bufferPointers[buffer] { return known }
    let parameter = kernel.buffers[buffer]
    let pointer: String
    switch parameter.space {
    case .global:
      // A launch passes the global buffers, whatever lies between them.
      let number = kernel.buffers[..<buffer].count { $0.space == .global }
      let address = text.defineAtEntry("getelementptr ptr, ptr %buffers, i64 \(number)")
      pointer = text.defineAtEntry("load ptr, ptr \(address), align 8")
    case .shared(let count), .local(let count):
      let type = parameter.dtype.memoryType
      pointer = text.defineAtEntry("alloca [\(count * parameter.dtype.partCount) x \(type)]")
    case .address: throw malformed("an address is no buffer of its own")
    }
    bufferPointers[buffer] = pointer
    return pointer
  }

  // MARK: Values

  func type(_ value: Value) -> DType { kernel.valueTypes[Int(value.id)] }

  func bind(_ value: Value, _ operand: Operand) { values[Int(value.id)] = operand }

  func operand(_ value: Value) throws(MartletError) -> Operand {
    guard values.indices.contains(Int(value.id)), let operand = values[Int(value.id)] else {
      throw malformed("value %\(value.id) is used before it is defined")
    }
    return operand
  }

  /// A value's parts as vectors of `lanes` lanes.
  func parts(_ operand: Operand, _ type: DType, lanes: Int) -> [String] {
    let register = type.registerType
    if let step = operand.step {
      if lanes == 1 { return operand.parts }
      let numbers = ramp(operand.parts[0], step, lanes)
      guard let mask = vector?.mask else { return [numbers] }
      // As what is loaded: lanes that don't count do nothing that lane 0 doesn't do.
      let (type, first) = (vectorType("i64", lanes), splat(operand.parts[0], "i64", lanes))
      return [
        text.define("select <\(lanes) x i1> \(mask), \(type) \(numbers), \(type) \(first)")
      ]
    }
    if operand.lanes == lanes { return operand.parts }
    precondition(operand.lanes == 1, "a vector of \(operand.lanes) as one of \(lanes)")
    return operand.parts.map {
      operand.isLiteral ? splatLiteral(register, $0, lanes) : splat($0, register, lanes)
    }
  }

  /// The only part of a real value.
  func part(_ operand: Operand, _ type: DType, lanes: Int) -> String {
    parts(operand, type, lanes: lanes)[0]
  }

  func part(_ value: Value, lanes: Int) throws(MartletError) -> String {
    part(try operand(value), type(value), lanes: lanes)
  }

  /// A value that is the same in all iterations.
  func uniform(_ value: Value, _ what: String) throws(MartletError) -> String {
    let operand = try operand(value)
    guard operand.lanes == 1 else {
      throw malformed("\(what) differs between iterations of a vector loop")
    }
    return operand.parts[0]
  }

  func splat(_ scalar: String, _ type: String, _ lanes: Int) -> String {
    if lanes == 1 { return scalar }
    let vector = vectorType(type, lanes)
    let first = text.define("insertelement \(vector) poison, \(type) \(scalar), i64 0")
    return text.define(
      "shufflevector \(vector) \(first), \(vector) poison, <\(lanes) x i32> zeroinitializer")
  }

  /// `base + step * lane`.
  func ramp(_ base: String, _ step: Step, _ lanes: Int) -> String {
    let vector = vectorType("i64", lanes)
    let start = splat(base, "i64", lanes)
    switch step {
    case .constant(let step):
      let offsets = (0..<lanes).map { String(step &* $0) }
      return text.define("add \(vector) \(start), \(vectorLiteral("i64", offsets))")
    case .scalar(let step):
      let offsets = vectorLiteral("i64", (0..<lanes).map { String($0) })
      let distances = text.define("mul \(vector) \(splat(step, "i64", lanes)), \(offsets)")
      return text.define("add \(vector) \(start), \(distances)")
    }
  }

  // MARK: Statements

  func emit(_ statements: [Statement]) throws(MartletError) {
    var next = 0
    while next < statements.count {
      let run = try storeRun(statements[next...])
      if run == 0 { try emit(statements[next]) }
      next += max(run, 1)
    }
  }

  private func emit(_ statement: Statement) throws(MartletError) {
    switch statement {
    case .define(let value, let instruction):
      flags = kernel.relaxed.contains(value) ? " fast" : ""
      bind(value, try emit(instruction, type(value)))
    case .declare(let variable, let lanes, let initial):
      try declare(variable, lanes: lanes, initial: initial)
    case .assign(let variable, let value): try assign(variable, try operand(value))
    case .store(let buffer, let index, let value): try store(buffer, index, value)
    case .atomic(let operation, let buffer, let index, let value, let old):
      try atomic(operation, buffer, index, value, old)
    case .loop(let loop): try emit(loop)
    case .branch(let condition, let then, let otherwise):
      let test = try uniform(condition, "a branch's condition")
      let name = text.fresh("branch")
      text.branch(if: test, "\(name).then", else: "\(name).else")
      text.label("\(name).then")
      try emit(then)
      text.branch(to: "\(name).done")
      text.label("\(name).else")
      try emit(otherwise)
      text.branch(to: "\(name).done")
      text.label("\(name).done")
    case .whileLoop(let condition, let test, let body):
      let name = text.fresh("while")
      text.branch(to: "\(name).head")
      text.label("\(name).head")
      try emit(condition)
      text.branch(
        if: try uniform(test, "a while loop's test"), "\(name).body", else: "\(name).done")
      text.label("\(name).body")
      try spend("1")
      try emit(body)
      text.branch(to: "\(name).head")
      text.label("\(name).done")
    case .fold(let fold): try emit(fold)
    case .allocate(let variable, let byteCount, let arena):
      // `martlet_arena` begins with the function that gives memory.
      let place = text.define("inttoptr i64 \(try slot(arena)) to ptr")
      let function = text.define("load ptr, ptr \(place), align 8")
      let bytes = try uniform(byteCount, "a number of bytes")
      let memory = text.define("call ptr \(function)(ptr \(place), i64 \(bytes))")
      let address = text.define("ptrtoint ptr \(memory) to i64")
      try assign(variable, Operand([address], lanes: 1))
    case .arena(let function, let arguments, let result, let arena):
      // The third word of `martlet_arena`.
      let place = text.define("inttoptr i64 \(try slot(arena)) to ptr")
      let third = text.define("getelementptr ptr, ptr \(place), i64 2")
      let call = text.define("load ptr, ptr \(third), align 8")
      let list = text.defineAtEntry("alloca [\(max(1, arguments.count)) x i64]")
      for (i, argument) in arguments.enumerated() {
        let word = text.define("getelementptr i64, ptr \(list), i64 \(i)")
        text.line("store i64 \(try uniform(argument, "an argument")), ptr \(word), align 8")
      }
      let given = text.define(
        "call i64 \(call)(ptr \(place), i64 \(function.rawValue), ptr \(list), "
          + "i64 \(arguments.count))")
      if let result { try assign(result, Operand([given], lanes: 1)) }
      if function == .product { try lookNow() }
    case .parallel(let child, let count, let arena):
      // The second word of `martlet_arena` is the function that runs tasks.
      let place = text.define("inttoptr i64 \(try slot(arena)) to ptr")
      let second = text.define("getelementptr ptr, ptr \(place), i64 1")
      let function = text.define("load ptr, ptr \(second), align 8")
      let tasks = try uniform(count, "a number of tasks")
      text.line("call void \(function)(ptr \(place), i64 \(child), i64 \(tasks))")
      try lookNow()
    case .location: break
    case .barrier:
      throw .unsupported(
        operation: kernel.name, detail: "a barrier in a kernel that the CPU runs by tasks")
    case .collective(let operation, _, _):
      throw .unsupported(
        operation: kernel.name,
        detail: "\(operation.rawValue) in a kernel that the CPU runs by tasks")
    case .compareExchange, .fence, .sleep:
      throw .unsupported(
        operation: kernel.name,
        detail: "an instruction for threads of a grid in a kernel that the CPU runs by tasks")
    }
  }

  private func emit(_ loop: Loop) throws(MartletError) {
    switch loop.kind {
    case .tasks: try emit(loop, from: "%begin", to: "%end")
    case .vector, .serial:
      try emit(
        loop, from: try uniform(loop.lower, "a loop's bound"),
        to: try uniform(loop.upper, "a loop's bound"))
    }
  }

  private func emit(_ loop: Loop, from lower: String, to upper: String) throws(MartletError) {
    let isVector = loop.kind == .vector && vector == nil
    if isWatchedInStrips(loop, lower, upper) {
      return try emitStrips(from: lower, to: upper) { (lower, upper) throws(MartletError) in
        if isVector {
          try emitVector(loop, from: lower, to: upper)
        } else {
          try emitSerial(loop, from: lower, to: upper)
        }
      }
    }
    if isVector { return try emitVector(loop, from: lower, to: upper) }
    try emitSerial(loop, from: lower, to: upper)
  }

  private func emitSerial(
    _ loop: Loop, from lower: String, to upper: String
  ) throws(MartletError) {
    let name = text.fresh("loop")
    let index = "%\(name).i"
    let before = text.block
    text.branch(
      if: text.define("icmp slt i64 \(lower), \(upper)"), "\(name).body", else: "\(name).done")
    text.label("\(name).body")
    text.line("\(index) = phi i64 [ \(lower), %\(before) ], [ \(index).next, %\(name).latch ]")
    bind(loop.index, Operand(index, lanes: 1))
    if loop.body.containsLoop { try spend("1") }
    try emit(loop.body)
    text.branch(to: "\(name).latch")
    text.label("\(name).latch")
    text.line("\(index).next = add nsw i64 \(index), 1")
    text.branch(
      if: text.define("icmp slt i64 \(index).next, \(upper)"), "\(name).body",
      else: "\(name).done")
    text.label("\(name).done")
  }

  // MARK: Variables

  func storage(_ variable: Variable) throws(MartletError) -> VariableStorage {
    guard variables.indices.contains(Int(variable.id)), let storage = variables[Int(variable.id)]
    else { throw malformed("variable \(variable.id) is used before it is declared") }
    return storage
  }

  func type(_ variable: Variable) -> DType { kernel.variableTypes[Int(variable.id)] }

  private func declare(
    _ variable: Variable, lanes: Int, initial: Value
  ) throws(MartletError) {
    let type = type(variable)
    let first = try operand(initial)
    if let plan = plan.lanes[variable] {
      let storage = laneStorage(plan, type)
      variables[Int(variable.id)] = .lanes(storage)
      guard first.lanes == 1 else { throw malformed("a lane variable starts with a vector") }
      let width = plan.width
      let parts = parts(first, type, lanes: width)
      for group in 0..<(plan.lanes / width) {
        storeCells(storage, type, cell: .known(group * width), parts, lanes: width)
      }
      return
    }
    let width = vector?.width ?? 1
    let registers = (0..<type.partCount).map { _ in
      text.defineAtEntry("alloca \(vectorType(type.registerType, width))")
    }
    variables[Int(variable.id)] = .single(parts: registers, lanes: width)
    try assign(variable, first)
  }

  private func assign(_ variable: Variable, _ value: Operand) throws(MartletError) {
    let type = type(variable)
    switch try storage(variable) {
    case .single(let registers, let lanes):
      guard value.lanes == 1 || value.lanes == lanes else {
        throw malformed("a vector loop assigns a variable from outside that has no lanes")
      }
      for (register, part) in zip(registers, parts(value, type, lanes: lanes)) {
        text.line("store \(vectorType(type.registerType, lanes)) \(part), ptr \(register)")
      }
    case .lanes(let storage): try assignCells(storage, type, value)
    }
  }

  func read(_ variable: Variable) throws(MartletError) -> Operand {
    let type = type(variable)
    switch try storage(variable) {
    case .single(let registers, let lanes):
      return Operand(
        registers.map {
          text.define("load \(vectorType(type.registerType, lanes)), ptr \($0)")
        }, lanes: lanes)
    case .lanes(let storage): return try readCells(storage, type)
    }
  }

  func malformed(_ detail: String) -> MartletError {
    .malformedKernel(name: kernel.name, detail: detail)
  }
}
