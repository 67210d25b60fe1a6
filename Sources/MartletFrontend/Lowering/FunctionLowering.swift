import MartletIR

/// Turns a user's function into statements of the kernel language.
///
/// A name stands for a value as long as the program runs straight on; names that a loop or a branch
/// assigns become variables there. The type of such a variable is not known before its last
/// assignment was seen, so a function is lowered again, with the wider types, until no variable
/// needs a wider one.
final class FunctionLowering {
  /// The types that variables were found to need, by where the name belongs.
  struct Types: Sendable {
    var known: [String: DType] = [:]
    /// What a function gives that returns early.
    var results: [String: ResultForm] = [:]
    /// What arrays and tuples names were bound to in inner blocks.
    var compounds: [String: ResultForm] = [:]
    /// Names that stand for one array or tuple and then another, which a loop or a branch decides.
    var rebound: Set<String> = []
    /// What lists have as elements.
    var lists = ListTypes()
    /// Loops with something inside that may fail, which leaves them.
    var failingLoops: Set<String> = []
    /// Parallel loops whose iterations may depend on each other, and why: they run in order.
    var orderedLoops: [String: LoweredKernel.Remark] = [:]
    /// The arrays to which iterations of parallel loops add, each part to a copy of its own.
    var accumulated: [String: Set<String>] = [:]
    /// Parallel loops that look at a condition before they run.
    var guardedLoops: Set<String> = []
    /// Whether anything may fail.
    var canFail = false
    var hasChanged = false

    /// The type in which numbers of two types meet: as NumPy has it, but of integers an integer.
    static func join(_ a: DType, _ b: DType) -> DType {
      let common = Promotion.promote(a, b)
      return common.isInexact && a.isInteger && b.isInteger ? .int64 : common
    }

    /// The type for a variable that takes `dtype`, among others.
    mutating func widen(_ key: String, to dtype: DType) -> DType {
      let wide = known[key].map { Self.join($0, dtype) } ?? dtype
      if known[key] != wide {
        hasChanged = true
        known[key] = wide
      }
      return wide
    }
  }

  let program: SourceProgram
  let builder: KernelBuilder
  let rules: KernelRules
  let library: ScalarLibrary
  var types: Types
  /// What this lowering has found the form of already: results and arrays, by their keys.
  var settled: Set<String> = []
  /// Values that are at least 0, so that an index needs no wrapping.
  var nonNegative: Set<Value> = []
  /// Set once something failed; for kernels that can fail.
  var failed: Variable?
  var failures: [KernelFailure] = []
  /// The classes that exceptions of the user's statements belong to, themselves among them.
  var raisedClasses: [String: Set<String>] = [:]
  /// Where a failing kernel leaves its status and two numbers.
  var statusBuffer: Int?
  /// The functions being lowered, the outermost first.
  var callers: [Int] = []
  /// Counts calls, which tells the names of one from those of another.
  var callCount = 0
  /// How many lists were made at a place.
  var listCounts: [String: Int] = [:]
  /// How many places that may fail were lowered.
  var failureCount = 0
  /// How many of these leave an array that must not be touched: it has no memory, or other sizes.
  var brokenCount = 0
  /// What that was where the statement being lowered began.
  var brokenBefore = 0
  /// Whether a function is lowered whose arguments may be such arrays.
  var argumentsMayBeBroken = false
  /// Whether arrays of this statement may be of that kind, so that touching one is guarded.
  var mayBeBroken: Bool { argumentsMayBeBroken || brokenCount > brokenBefore }
  /// How many statements that may leave the function are lowered, one inside the other.
  var guardDepth = 0
  static let maximumGuardDepth = 300
  /// How many plain functions are being lowered, one inside the other.
  var plainDepth = 0
  /// Counts conditional expressions, whose types are remembered.
  var choiceCount = 0
  /// Buffers that something is written to: arguments, new memory, and what lies at an address.
  var writtenBuffers: Set<Int> = []
  /// Where the memory behind an address comes from; see `MemoryOrigins`.
  var origins = MemoryOrigins()
  /// Addresses that kernels of parallel loops write to memory by.
  var writtenAddresses: Set<Value> = []
  /// Addresses of arrays that such kernels see, in the order in which they got them.
  var capturedAddresses: [Value] = []
  /// Where the first function returned last.
  var returnPlace: SourcePosition?
  /// What the first function's parameters stand for.
  var outer: [String: Meaning] = [:]
  /// The types and arrays of the function's arguments.
  var argumentTypes: [ArgumentType] = []
  var parameterArrays: [ArrayValue] = []
  var argumentArrayCount: Int { parameterArrays.count }
  /// The kernels of parallel loops, by number.
  var childKernels: [Kernel] = []
  /// The block of cells that they find values in, and how many it has.
  var frameBuffer: Int?
  var frameCells = 0
  /// Whether this is such a kernel.
  var isChild = false
  /// There: whether the loop looks at a condition before it runs, and whether its index only rises
  /// from 0 or more.
  var isGuarded = false
  var isRising = false
  /// There: the number of the iteration, and what tells the places of iterations apart.
  var iterations: ParallelIterations?
  /// There: how iterations touch arrays from outside, by `ArrayValue.origin`.
  var reads: [Int: [OutsideTouch]] = [:]
  var writes: [Int: [OutsideTouch]] = [:]
  /// There: arrays that each part has a copy of, where they come from; and those that could be so.
  var accumulatedOrigins: Set<Int> = []
  var accumulable: [Int: String] = [:]
  /// There: where the memory of captured arrays comes from, by number.
  var capturedRoots: [Int: MemoryOrigins.Roots] = [:]
  static let firstCaptured = 1000
  /// The slot of the memory that new arrays come from.
  var arenaSlot: Int?
  /// Whether argument arrays that are written overlap nothing.
  var hasSeparateArguments: Bool { rules.target == .host && !rules.argumentsMayOverlap }
  /// What loops around the statement being lowered do with memory, the outermost first.
  var loopMemories: [LoopMemory] = []
  /// Which functions may change an array, as far as that was looked at.
  var writers: [Int: Bool] = [:]
  /// Stands for memory that may be any: arrays that names changed to.
  let anyBuffer = -1
  /// Where what was lowered last comes from; see `mark`.
  var marked: SourcePosition?
  /// Shared arrays whose size the launch gives.
  var ownArrayCount = 0

  init(
    _ program: SourceProgram, builder: KernelBuilder, rules: KernelRules,
    library: @escaping ScalarLibrary, types: Types
  ) {
    self.program = program
    self.builder = builder
    self.rules = rules
    self.library = library
    self.types = types
    builder.isRelaxed = rules.isFast && rules.target == .host
    if rules.sharesLoops { builder.keepDefinitions() }
  }

  var isPython: Bool { program.dialect == .python }

  func failure(_ detail: String, at location: SourcePosition) -> MartletError {
    let function = program.functions[callers.last ?? 0].name
    return .kernelSource(
      function: function, location: location,
      detail: isPython ? detail : SwiftTypes.worded(detail))
  }

  // MARK: Functions

  /// Lowers a function's body with its arguments, and gives what it returns.
  ///
  /// - Parameter enclosing: the call of the function that it stands in, whose names it sees.
  func call(
    _ number: Int, _ given: [Meaning], enclosing: Frame? = nil, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    guard program.functions.indices.contains(number) else {
      throw failure("there is no function number \(number)", at: location)
    }
    var arguments: [Meaning] = []
    if program.functions[number].isLibrarys {
      let isInPlace = program.functions[number].name == "shuffle"
      arguments = try arrays(for: given, isInPlace: isInPlace, at: location)
    } else {
      for argument in given { arguments.append(try withLists(argument, at: location)) }
    }
    let signature = try signature(of: program.functions[number], for: arguments, at: location)
    guard let signature else {
      return try callBody(number, arguments, enclosing: enclosing, at: location)
    }
    var converted: [Meaning] = []
    for (argument, dtype) in zip(arguments, signature.parameters) {
      converted.append(
        try dtype.map { (dtype) throws(MartletError) in
          try self.converted(argument, to: dtype, at: location)
        } ?? argument)
    }
    let result = try callBody(number, converted, enclosing: enclosing, at: location)
    guard let dtype = signature.result, result.dtype != nil else { return result }
    return try self.converted(result, to: dtype, at: location)
  }

  private func callBody(
    _ number: Int, _ arguments: [Meaning], enclosing: Frame?, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let function = program.functions[number]
    var arguments = arguments
    if rules.target == .host, mayWrite(number) {
      for (i, argument) in arguments.enumerated() {
        arguments[i] = try settledNow(argument, at: location)
      }
    }
    if callers.contains(number) {
      throw failure(
        "'\(function.name)' calls itself, which kernels can't: write it as a loop", at: location)
    }
    if plainDepth > 0 { return try callPlain(number, arguments, at: location) }
    let (mayBeBroken, brokenBefore) = (argumentsMayBeBroken, brokenBefore)
    argumentsMayBeBroken = self.mayBeBroken
    defer { (argumentsMayBeBroken, self.brokenBefore) = (mayBeBroken, brokenBefore) }
    let frame = Frame(function, path: callers.isEmpty ? "" : "\(callCount)/", lowering: self)
    frame.enclosing = enclosing
    callCount += 1
    callers.append(number)
    for (parameter, argument) in zip(function.parameters, arguments) {
      frame.names[parameter.name] = Binding(.value(argument))
    }
    try lower(function.body[...], frame)
    try frame.checkReturn()
    callers.removeLast()
    return frame.result()
  }

  /// The arguments of a call in the order of the parameters.
  func arranged(
    _ number: Int, _ positional: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> [Meaning] {
    let function = program.functions[number]
    var arguments = [Meaning?](repeating: nil, count: function.parameters.count)
    var positional = positional
    if let rest = function.parameters.firstIndex(where: \.takesRest) {
      arguments[rest] = .tuple(Array(positional.dropFirst(rest)))
      positional = Array(positional.prefix(rest))
    }
    let most = function.parameters.firstIndex { $0.kind == .keyword } ?? arguments.count
    guard positional.count <= most else {
      throw failure(
        "'\(function.name)' takes \(most) argument\(most == 1 ? "" : "s")"
          + "\(most < arguments.count ? " without a name" : ""), not \(positional.count)",
        at: location)
    }
    for (i, argument) in positional.enumerated() { arguments[i] = argument }
    for (name, value) in keywords {
      guard let i = function.parameters.firstIndex(where: { $0.name == name }) else {
        throw failure("'\(function.name)' has no parameter '\(name)'", at: location)
      }
      if function.parameters[i].kind == .positional {
        throw failure("'\(function.name)' takes '\(name)' without its name only", at: location)
      }
      if arguments[i] != nil {
        throw failure("'\(function.name)' is given '\(name)' twice", at: location)
      }
      arguments[i] = value
    }
    var complete: [Meaning] = []
    for (parameter, argument) in zip(function.parameters, arguments) {
      if let argument {
        complete.append(argument)
      } else if let standard = parameter.standard {
        let empty = Frame(function, path: "", lowering: self)
        complete.append(try lower(standard, empty))
      } else {
        throw failure("'\(function.name)' lacks its argument '\(parameter.name)'", at: location)
      }
    }
    return complete
  }

  // MARK: Failing at run time

  /// Stops the kernel with an exception: what follows a statement that may fail runs only if it
  /// has not.
  func fail(
    _ exception: String, _ message: String, _ numbers: [Expression] = [],
    at location: SourcePosition
  ) throws(MartletError) {
    guard rules.target == .host else {
      throw failure(
        "a kernel that runs on every element or on a device can't raise \(exception)",
        at: location)
    }
    let failure = KernelFailure(exception: exception, message: message, location: location)
    let number: Int
    if let known = failures.firstIndex(of: failure) {
      number = known + 1
    } else {
      failures.append(failure)
      number = failures.count
    }
    failureCount += 1
    guard let failed, let statusBuffer else {
      // The next time the function is lowered there is a status.
      types.canFail = true
      types.hasChanged = true
      return
    }
    // The first failure is the one that Python would have met.
    builder.branch(!builder.read(failed)) {
      builder.store(statusBuffer, [builder.integer(0)], builder.integer(number))
      for (i, value) in numbers.enumerated() {
        builder.store(statusBuffer, [builder.integer(i + 1)], value)
      }
      builder.assign(failed, truth(true))
    }
  }

  /// Stops the kernel with an exception that leaves an array of this statement unusable.
  func failArray(
    _ exception: String, _ message: String, _ numbers: [Expression] = [],
    at location: SourcePosition
  ) throws(MartletError) {
    brokenCount += 1
    try fail(exception, message, numbers, at: location)
  }

  /// Runs `body`, which touches arrays, only where those of this statement are whole.
  func whereWhole(_ body: () throws(MartletError) -> Void) throws(MartletError) {
    guard mayBeBroken, let failed else { return try body() }
    try builder.branch(!builder.read(failed), then: body)
  }

  /// An element, which is read only where the arrays of this statement are whole.
  func element(
    of array: ArrayValue, _ index: [Expression]
  ) throws(MartletError) -> Expression {
    guard mayBeBroken, failed != nil else { return try array.element(index) }
    let value = builder.declare(initial: builder.integer(0, array.dtype))
    try whereWhole { () throws(MartletError) in
      builder.assign(value, try array.element(index).cast(to: array.dtype))
    }
    return builder.read(value)
  }

  func truth(_ value: Bool) -> Expression { builder.integer(value ? 1 : 0, .bool) }
}

/// What a name stands for.
struct Binding {
  enum Storage {
    case value(Meaning)
    case variable(Variable, DType)
    case compound(CompoundVariable)
    /// A name without a value, for use in a loop: known before its first assignment.
    case unset(String)
  }
  var storage: Storage
  /// Tells at run time whether it was assigned; nil where that is certain.
  var isSet: Variable?

  init(_ storage: Storage, isSet: Variable? = nil) {
    self.storage = storage
    self.isSet = isSet
  }
}

/// One call of one function while it is lowered.
final class Frame {
  /// The flags of a loop around a statement.
  struct LoopExits {
    var broken: Variable?
    var continued: Variable?
  }

  let function: SourceFunction
  private(set) lazy var flow = NameFlow(function)
  /// The call of the function that this one stands in.
  var enclosing: Frame?
  /// The names that are this function's own.
  private(set) lazy var ownNames = SourceScan.assigned(function.body).union(
    function.parameters.map(\.name))
  /// Before names, to tell the variables of one call from those of another.
  let path: String
  unowned let lowering: FunctionLowering
  var names: [String: Binding] = [:]
  /// Names that each iteration of a parallel loop has for itself.
  var privateNames: Set<String> = []
  /// Names that iterations of a parallel loop set, each its own, with the loop's key.
  var lostNames: [String: ParallelLoop] = [:]
  /// Names bound outside the loop or branch being lowered, that can't be bound to something else.
  var fixedNames: Set<String> = []
  var loops: [LoopExits] = []
  /// Set once the function has returned; nil where it returns only at its end.
  var returned: Variable?
  /// What a single return at the end gave.
  private var value: Meaning?
  /// What several returns give: a variable for each number in it.
  private var parts: [Variable]?
  private var form = ResultForm.none

  init(_ function: SourceFunction, path: String, lowering: FunctionLowering) {
    self.function = function
    self.path = path
    self.lowering = lowering
    // After something that may fail, the last return stands in a branch too.
    let isGuarded =
      lowering.types.canFail && function.body.contains { SourceScan.contains(return: $0) }
    guard isGuarded || SourceScan.returnsEarly(function.body) else { return }
    returned = lowering.builder.declare(initial: lowering.truth(false))
    // The types are those of the last time the function was lowered.
    guard let form = lowering.types.results[path + function.name] else { return }
    self.form = form
    parts = (0..<form.partCount).map { part in
      let dtype = lowering.types.known[key(part)] ?? .bool
      return lowering.builder.declare(initial: lowering.builder.integer(0, dtype))
    }
  }

  /// The frame of a parallel loop's body.
  init(_ function: SourceFunction, path: String, lowering: FunctionLowering, isParallel: Bool) {
    self.function = function
    self.path = path
    self.lowering = lowering
  }

  /// The frame of a function that becomes straight-line code.
  init(plain function: SourceFunction, lowering: FunctionLowering) {
    self.function = function
    path = ""
    self.lowering = lowering
  }

  private func key(_ part: Int) -> String { "\(path)\(function.name)#\(part)" }

  /// Notes what a return statement gives.
  func give(_ meaning: Meaning, at location: SourcePosition) throws(MartletError) {
    if lowering.callers.count == 1 { lowering.returnPlace = location }
    guard let returned else {
      value = meaning
      return
    }
    let (numbers, form) = try lowering.flattened(meaning, at: location)
    let name = path + function.name
    if !lowering.isSame(lowering.types.results[name], form) {
      // The first return decides; what an earlier lowering found had narrower types.
      guard lowering.settled.insert(name).inserted else {
        throw lowering.failure(
          "'\(function.name)' returns \(meaning.description) here and something else elsewhere",
          at: location)
      }
      let count = lowering.types.results[name]?.partCount ?? 0
      for part in 0..<count { lowering.types.known[key(part)] = nil }
      lowering.types.results[name] = form
      lowering.types.hasChanged = true
    } else if let known = lowering.types.results[name], known.joined(form) != known {
      lowering.types.results[name] = known.joined(form)
      lowering.types.hasChanged = true
    }
    lowering.settled.insert(name)
    for (i, number) in numbers.enumerated() {
      guard let dtype = number.dtype else { continue }
      _ = lowering.types.widen(key(i), to: dtype)
      guard let parts, i < parts.count else { continue }
      let own = lowering.builder.kernel.variableTypes[Int(parts[i].id)]
      lowering.builder.assign(parts[i], try lowering.number(number, as: own, at: location))
    }
    if let parts {
      lowering.pinLists(numbers, form)
      let addresses = form.addresses.filter { $0 < parts.count }
      lowering.keep(addresses, of: parts)
      lowering.noteAddresses(numbers, addresses, in: parts)
    }
    lowering.builder.assign(returned, lowering.truth(true))
  }

  /// Makes sure that a function that gives something does so on every way.
  func checkReturn() throws(MartletError) {
    guard let returned, form != .none, !SourceScan.alwaysExits(function.body) else { return }
    guard lowering.rules.target == .host else {
      throw lowering.failure(
        "'\(function.name)' returns a value on one way and none on another",
        at: function.location)
    }
    var hasEnded = !lowering.builder.read(returned)
    if let failed = lowering.failed { hasEnded = hasEnded & !lowering.builder.read(failed) }
    try lowering.builder.branch(hasEnded) { () throws(MartletError) in
      try lowering.fail(
        "TypeError",
        "'\(function.name)' ended without a return, and returns a value on another way",
        at: function.location)
    }
  }

  /// What the function gives.
  func result() -> Meaning {
    guard returned != nil else { return value ?? .none }
    guard let parts else { return .none }
    var numbers = lowering.readParts(parts, form)[...]
    return lowering.rebuilt(form, &numbers)
  }
}
