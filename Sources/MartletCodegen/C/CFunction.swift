import MartletIR

/// The state of writing one kernel as C. Not shared between threads.
///
/// Every value is a constant `v…` and every variable a variable `x…` of the function, so an
/// instruction is written once where it stands, and C's blocks are the kernel's.
final class CFunction {
  let kernel: Kernel
  let dialect: CDialect
  let plan: BlockPlan
  /// The numbers of the buffers that are parameters.
  let globalBuffers: [Int]
  private(set) var helpers: Set<CHelper> = []
  private(set) var types: Set<DType> = []
  /// Functions beyond the fixed helpers, in the order of their first use.
  private var functions: [(name: String, text: String)] = []

  /// The kernel's body with the barriers that sharing a task needs.
  private let statements: [Statement]
  private var text = ""
  private var depth = 1
  /// Whether one thread runs what is being written, for itself: the whole kernel in a grid, an
  /// iteration of a vector loop, or what only the leader does. Else it is uniform.
  private var isPrivate: Bool
  private var vector: Loop?
  private var hasBarrier = false
  /// The arrays through which folds exchange cells: their lengths, and how many of each type are in
  /// use.
  private var scratch: [DType: [Int]] = [:]
  private var scratchInUse: [DType: Int] = [:]

  init(_ given: Kernel, _ dialect: CDialect) {
    // OpenCL C 1.2 knows no warps.
    let kernel = dialect == .openCL ? WarpEmulation.apply(to: given) : given
    self.kernel = kernel
    self.dialect = dialect
    var plan = BlockPlan(kernel)
    var statements = BlockBarriers.insert(into: kernel, plan)
    // PoCL 3.1 gives threads that pass a barrier in a branch the loop conditions of others, even
    // though all of them take the branch.
    if dialect == .openCL, plan.threads > 1, BlockBarriers.meetInBranch(statements) {
      plan = BlockPlan(kernel, isSerial: true)
      statements = kernel.body
    }
    self.plan = plan
    self.statements = statements
    globalBuffers = kernel.buffers.indices.filter { kernel.buffers[$0].space == .global }
    isPrivate = plan.threads == 1
  }

  // MARK: Names

  func type(_ value: Value) -> DType { kernel.valueTypes[Int(value.id)] }
  func type(_ variable: Variable) -> DType { kernel.variableTypes[Int(variable.id)] }

  func name(_ value: Value) -> String { "v\(value.id)" }

  /// The name that the text gives to a dtype's C type, which it then defines.
  func name(_ dtype: DType) -> String {
    types.insert(dtype)
    return dtype.cName
  }

  /// The name of a helper function or macro, which the text then contains.
  func use(_ helper: CHelper) -> String {
    helpers.insert(helper)
    for needed in helper.needs { _ = use(needed) }
    for dtype in helper.types { types.insert(dtype) }
    return helper.rawValue
  }

  func addFunction(_ name: String, _ text: String) {
    if !functions.contains(where: { $0.name == name }) { functions.append((name, text)) }
  }

  func slot(_ number: Int) -> String { "slots.v[\(number)]" }

  // MARK: Text

  func line(_ text: String) {
    self.text += String(repeating: "  ", count: depth) + text + "\n"
  }

  private func block(
    _ head: String, _ inner: () throws(MartletError) -> Void
  ) throws(MartletError) {
    line(head.isEmpty ? "{" : head + " {")
    depth += 1
    try inner()
    depth -= 1
    line("}")
  }

  func define(_ value: Value, _ text: String) {
    line("const \(name(type(value))) \(name(value)) = \(text);")
  }

  /// What only the leader does in uniform code.
  private func byLeader(_ text: String) {
    line(isPrivate ? text : "if (thread == 0) \(text)")
  }

  private func barrier() {
    hasBarrier = true
    line(dialect.barrier)
  }

  // MARK: Statements

  func emitBody() throws(MartletError) {
    let hasTasks = statements.contains {
      if case .loop(let loop) = $0 { loop.kind == .tasks } else { false }
    }
    if hasTasks || plan.isGrid {
      try emit(statements)
    } else {
      // A kernel without a loop over tasks is one task.
      try block(tasksLoop("task", limit: "1")) { () throws(MartletError) in try emit(statements) }
    }
  }

  private func tasksLoop(_ index: String, limit: String) -> String {
    "for (i64 \(index) = \(dialect.index(.blockX)); \(index) < \(limit); "
      + "\(index) += \(dialect.index(.gridSizeX)))"
  }

  private func emit(_ statements: [Statement]) throws(MartletError) {
    for statement in statements { try emit(statement) }
  }

  private func emit(_ statement: Statement) throws(MartletError) {
    if !isPrivate, plan.isLeaderOnly(statement) {
      try block("if (thread == 0)") { () throws(MartletError) in
        isPrivate = true
        try emit(statement)
        isPrivate = false
      }
      return
    }
    switch statement {
    case .define(let value, let instruction):
      define(value, try expression(instruction, type(value)))
    case .declare(let variable, let lanes, let initial):
      let count = lanes / (plan.owners[variable] ?? 1)
      let head = "\(name(type(variable))) x\(variable.id)"
      if count == 1 {
        line("\(head) = \(name(initial));")
      } else {
        line("\(head)[\(count)];")
        line("for (int k = 0; k < \(count); k += 1) x\(variable.id)[k] = \(name(initial));")
      }
    case .assign(let variable, let value): line("\(cell(variable)) = \(name(value));")
    case .store(let buffer, let index, let value):
      byLeader("\(element(buffer, index)) = \(name(value));")
    case .atomic(let operation, let buffer, let index, let value, let old):
      try emitAtomic(operation, buffer, index, value, old)
    case .compareExchange(let buffer, let index, let expected, let value, let old):
      try emitCompareExchange(buffer, index, expected, value, old)
    case .loop(let loop): try emit(loop)
    case .branch(let condition, let then, let otherwise):
      try block("if (\(name(condition)))") { () throws(MartletError) in try emit(then) }
      if !otherwise.isEmpty {
        try block("else") { () throws(MartletError) in try emit(otherwise) }
      }
    case .whileLoop(let condition, let test, let inner):
      try block("for (;;)") { () throws(MartletError) in
        try emit(condition)
        if dialect == .openCL, BlockBarriers.meetInBranch(condition + inner, isInBranch: true) {
          // PoCL 3.1 loses branches inside where it knows the test of a loop with a barrier.
          line("volatile u8 goes = \(name(test));")
          line("if (!goes) break;")
        } else {
          line("if (!\(name(test))) break;")
        }
        try emit(inner)
      }
    case .fold(let fold): try emit(fold)
    case .allocate, .arena, .parallel:
      throw .unsupported(
        operation: kernel.name, detail: "a kernel that allocates memory runs on the host only")
    case .location: break
    case .barrier: barrier()
    case .collective(let operation, let operands, let results):
      try emitCollective(operation, operands, results)
    case .fence(let scope): line(dialect.fence(scope))
    case .sleep(let nanoseconds):
      // OpenCL has nothing of the kind.
      if dialect == .cuda { line("\(use(.sleep))(\(name(nanoseconds)));") }
    }
  }

  private func emit(_ loop: Loop) throws(MartletError) {
    let (index, lower, upper) = (name(loop.index), name(loop.lower), name(loop.upper))
    func loopHead(_ start: String, _ step: Int) -> String {
      "for (i64 \(index) = \(start); \(index) < \(upper); \(index) += \(step))"
    }
    switch loop.kind {
    case .tasks:
      try block(tasksLoop(index, limit: "tasks")) { () throws(MartletError) in
        try emit(loop.body)
      }
    case .serial:
      try block(loopHead(lower, 1)) { () throws(MartletError) in try emit(loop.body) }
    case .vector:
      vector = loop
      if isPrivate {
        try block(loopHead(lower, 1)) { () throws(MartletError) in try emit(loop.body) }
      } else {
        let threads = plan.loopThreads[loop.index]!
        let condition = threads < plan.threads ? "if (thread < \(threads)) " : ""
        isPrivate = true
        try block(condition + loopHead("\(lower) + thread", threads)) { () throws(MartletError) in
          try emit(loop.body)
        }
        isPrivate = false
      }
      vector = nil
    }
  }

  /// The cell of a variable that the current iteration reads and assigns.
  func cell(_ variable: Variable) -> String {
    let name = "x\(variable.id)"
    guard let lanes = plan.lanes[variable], let vector else { return name }
    let owners = plan.owners[variable]!
    if lanes == owners { return name }
    let turn = "(\(self.name(vector.index)) - \(self.name(vector.lower)))"
    return "\(name)[\(owners == 1 ? turn : turn + " / \(owners)") & \(lanes / owners - 1)]"
  }

  // MARK: Folds

  /// First each thread combines the cells that it owns, then the threads exchange what they have.
  /// That is the same tree: cells that are a multiple of the owners apart have one owner.
  private func emit(_ fold: Fold) throws(MartletError) {
    for (variable, result) in zip(fold.variables, fold.results) {
      let source = fold.lanes == 1 ? " = x\(variable.id)" : ""
      line("\(name(type(variable))) \(name(result))\(source);")
    }
    if fold.lanes == 1 { return }
    let owners = plan.owners[fold.variables[0]]!
    let isShared = owners > 1
    let scratch = isShared ? fold.variables.map { reserveScratch(type($0), owners) } : []
    try block("") { () throws(MartletError) in
      let cells = fold.variables.map { "cells\($0.id)" }
      for (variable, array) in zip(fold.variables, cells) {
        line("\(name(type(variable))) \(array)[\(fold.lanes / owners)];")
      }
      let isEveryone = owners == plan.threads
      try block(isShared && !isEveryone ? "if (thread < \(owners))" : "") {
        () throws(MartletError) in
        let wasPrivate = isPrivate
        isPrivate = true
        try combineOwn(fold, cells, count: fold.lanes / owners)
        for (array, own) in zip(scratch, cells) { line("\(array)[thread] = \(own)[0];") }
        isPrivate = wasPrivate
      }
      if isShared { try combineThreads(fold, scratch, count: owners) }
      for (result, array) in zip(fold.results, isShared ? scratch : cells) {
        line("\(name(result)) = \(array)[0];")
      }
    }
    if isShared {
      for variable in fold.variables { scratchInUse[type(variable)]! -= 1 }
    }
  }

  /// Combines the cells of one thread in halves, in an array so that the variables keep theirs.
  private func combineOwn(_ fold: Fold, _ cells: [String], count: Int) throws(MartletError) {
    if count == 1 {
      for (variable, array) in zip(fold.variables, cells) {
        line("\(array)[0] = x\(variable.id);")
      }
      return
    }
    for (variable, array) in zip(fold.variables, cells) {
      line("for (int k = 0; k < \(count); k += 1) \(array)[k] = x\(variable.id)[k];")
    }
    try block("for (int width = \(count / 2); width > 0; width /= 2)") {
      () throws(MartletError) in
      try block("for (int k = 0; k < width; k += 1)") { () throws(MartletError) in
        try combine(fold, cells, at: "k")
      }
    }
  }

  /// Combines what the threads have in halves. Every step is a branch and no loop over cells, which
  /// PoCL 3.1 gets wrong.
  private func combineThreads(_ fold: Fold, _ scratch: [String], count: Int) throws(MartletError) {
    barrier()
    try block("for (int width = \(count / 2); width > 0; width /= 2)") {
      () throws(MartletError) in
      isPrivate = true
      try block("if (thread < width)") { () throws(MartletError) in
        try combine(fold, scratch, at: "thread")
      }
      isPrivate = false
      barrier()
    }
  }

  private func combine(
    _ fold: Fold, _ arrays: [String], at place: String
  ) throws(MartletError) {
    for (n, array) in arrays.enumerated() {
      define(fold.left[n], "\(array)[\(place)]")
      define(fold.right[n], "\(array)[\(place) + width]")
    }
    try emit(fold.body)
    for (array, combined) in zip(arrays, fold.combined) {
      line("\(array)[\(place)] = \(name(combined));")
    }
  }

  /// An array of at least `count` elements that no fold around uses.
  private func reserveScratch(_ dtype: DType, _ count: Int) -> String {
    let number = scratchInUse[dtype, default: 0]
    scratchInUse[dtype] = number + 1
    var lengths = scratch[dtype, default: []]
    if number == lengths.count { lengths.append(0) }
    lengths[number] = max(lengths[number], count)
    scratch[dtype] = lengths
    return "scratch_\(name(dtype))_\(number)"
  }

  // MARK: Memory

  /// The element of a buffer as something to read or assign.
  func element(_ buffer: Int, _ index: [Value]) -> String {
    var terms: [String] = []
    for (stride, value) in zip(kernel.buffers[buffer].strides, index) {
      switch stride {
      case .constant(0): break
      case .constant(1): terms.append(name(value))
      case .constant(let number): terms.append("\(name(value)) * \(number)")
      case .slot(let number): terms.append("\(name(value)) * \(slot(number))")
      }
    }
    return "p\(buffer)[\(terms.isEmpty ? "0" : terms.joined(separator: " + "))]"
  }

  private func emitAtomic(
    _ operation: AtomicOperation, _ buffer: Int, _ index: [Value], _ value: Value, _ old: Value?
  ) throws(MartletError) {
    let place = element(buffer, index)
    let dtype = kernel.buffers[buffer].dtype
    if case .local = kernel.buffers[buffer].space {
      // Nobody else sees it.
      let before = old.map(name) ?? "before"
      if old == nil { line("{") }
      line("const \(name(dtype)) \(before) = \(place);")
      line("\(place) = \(try combined(operation, before, name(value), dtype));")
      if old == nil { line("}") }
      return
    }
    let call = try atomicCall(operation, "&" + place, name(value), kernel.buffers[buffer])
    guard let old else {
      byLeader("(void)\(call);")
      return
    }
    if isPrivate {
      define(old, call)
      return
    }
    let array = reserveScratch(dtype, 1)
    byLeader("\(array)[0] = \(call);")
    barrier()
    define(old, "\(array)[0]")
    scratchInUse[dtype]! -= 1
  }

  // MARK: The module

  var entry: String {
    // The prefix keeps a user's name from being a word of C or a function of the dialect.
    var result = "kernel_"
    for scalar in kernel.name.unicodeScalars {
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar)
      result.unicodeScalars.append(isPlain ? scalar : "_")
    }
    return result
  }

  /// The whole text. Everything that the body needs is known by now.
  var module: String {
    // The names of memory are written first, since they too need types.
    let memory = memoryText
    let used = CHelper.allCases.filter { helpers.contains($0) }
    var module = ""
    if dialect == .openCL {
      if types.contains(.float64) || types.contains(.complex128) {
        module += "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n"
      }
      for helper in used where helper.isExtension { module += helper.text(.openCL) }
      module += "#pragma OPENCL FP_CONTRACT OFF\n"
    } else {
      // Values that nothing needs are no news.
      module += "#pragma nv_diag_suppress 177\n"
    }
    module += typesText
    module += "typedef struct { i64 v[\(max(1, kernel.slotCount))]; } Slots;\n\n"
    for helper in used where !helper.isExtension { module += helper.text(dialect) }
    for function in functions { module += function.text }
    module +=
      "\n\(dialect.head(threads: plan.isGrid ? nil : plan.threads)) \(entry)(\(parameters)) {\n"
    return module + memory + text + "}\n"
  }

  private var parameters: String {
    var list: [String] = []
    for buffer in globalBuffers {
      switch dialect {
      case .openCL: list += ["global uchar *b\(buffer)", "long o\(buffer)"]
      case .cuda: list.append("unsigned char *b\(buffer)")
      }
    }
    list += ["Slots slots", dialect == .openCL ? "long tasks" : "long long tasks"]
    return list.joined(separator: ", ")
  }

  private var memoryText: String {
    var text = ""
    if plan.threads > 1 {
      // PoCL 3.1 computes nonsense where LLVM has joined conditions on both sides of a barrier. Of
      // a volatile number it knows nothing to join.
      let isOpaque = dialect == .openCL && hasBarrier
      text += "  \(isOpaque ? "volatile" : "const") i64 thread = \(dialect.index(.threadX));\n"
    }
    for (number, buffer) in kernel.buffers.enumerated() {
      let type = name(buffer.dtype)
      switch buffer.space {
      case .global:
        let qualifier = dialect.qualifier(.global) + (buffer.access == .read ? "const " : "")
        let start = dialect == .openCL ? "(b\(number) + o\(number))" : "b\(number)"
        let pointer = "\(qualifier)\(type) *"
        text += "  \(pointer)const p\(number) = (\(pointer))\(start);\n"
      case .shared(let count):
        let head = dialect.shared + dialect.aligned(buffer.alignment)
        text += "  \(head)\(type) p\(number)[\(max(1, count))];\n"
      case .local(let count):
        text += "  \(dialect.aligned(buffer.alignment))\(type) p\(number)[\(max(1, count))];\n"
      // Whatever gives it an address was refused.
      case .address: break
      }
    }
    let qualifier = plan.threads > 1 ? dialect.shared : ""
    for dtype in DType.allCases {
      for (number, length) in scratch[dtype, default: []].enumerated() {
        text += "  \(qualifier)\(dtype.cName) scratch_\(dtype.cName)_\(number)[\(length)];\n"
      }
    }
    return text
  }

  private var typesText: String {
    var text = CDialect.integerTypes(dialect)
    if types.contains(.float64) || types.contains(.complex128) { text += "typedef double f64;\n" }
    if types.contains(.complex64) { text += "typedef struct { f32 re, im; } c64;\n" }
    if types.contains(.complex128) { text += "typedef struct { f64 re, im; } c128;\n" }
    return text
  }
}
