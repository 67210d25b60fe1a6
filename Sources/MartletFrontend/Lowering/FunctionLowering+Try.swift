import MartletIR

/// Python's `try`. An exception is a number in the status, and a flag by which what follows is passed
/// over: a handler clears both.
extension FunctionLowering {
  /// Exceptions that the language itself raises, with the classes that they belong to beside
  /// `Exception`: of those that the user raises the program says it.
  private static let bases: [String: Set<String>] = [
    "ZeroDivisionError": ["ArithmeticError"], "OverflowError": ["ArithmeticError"],
    "FloatingPointError": ["ArithmeticError"], "IndexError": ["LookupError"],
    "KeyError": ["LookupError"], "UnboundLocalError": ["NameError"],
    "NotImplementedError": ["RuntimeError"], "RecursionError": ["RuntimeError"],
    "numpy.exceptions.AxisError": ["ValueError", "IndexError", "LookupError"],
    "ValueError": [], "TypeError": [], "AssertionError": [], "MemoryError": [], "RuntimeError": [],
    "ArithmeticError": [], "LookupError": [], "NameError": [], "AttributeError": [],
    "StopIteration": [], "EOFError": [], "BufferError": [], "SystemError": [],
    "UnicodeError": ["ValueError"],
  ]

  /// The names of an exception's classes; nil if they are not known.
  private func classes(of exception: String) -> Set<String>? {
    if let raised = raisedClasses[exception] { return raised }
    return Self.bases[exception].map { $0.union([exception, "Exception", "BaseException"]) }
  }

  func attempt(
    _ body: [SourceStatement], _ handlers: [SourceHandler], _ otherwise: [SourceStatement],
    _ finally: [SourceStatement], _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) {
    guard rules.target == .host else {
      throw failure("'try' is only there in functions that the host runs", at: location)
    }
    if isChild { throw dependence("it has a 'try'", at: location) }
    let blocks = [body, otherwise, finally] + handlers.map(\.body)
    let jumps = SourceScan.exits(blocks.joined()).intersection([.breaks, .continues])
    if !finally.isEmpty,
      !jumps.isEmpty || blocks.joined().contains(where: { SourceScan.contains(return: $0) })
    {
      throw failure("a 'try' with 'finally' that is left by a jump", at: location)
    }
    let assigned = SourceScan.assigned(blocks.joined())
    let wanted = frame.flow.live(after: location).union(
      assigned.filter { name in blocks.dropFirst().contains { SourceScan.reads(name, $0) } })
    try demote(assigned.intersection(wanted), frame)
    let before = failureCount
    try block(body, assigned, wanted, frame)
    guard failureCount > before else {
      // Nothing can be raised.
      try block(otherwise, assigned, wanted, frame)
      return try block(finally, assigned, wanted, frame)
    }
    let isCaught = builder.declare(initial: failed.map { builder.read($0) } ?? truth(false))
    let number = builder.declare(
      initial: statusBuffer.map { builder.load($0, [builder.integer(0)]) } ?? builder.integer(0))
    if !otherwise.isEmpty {
      let stays = stays(frame, loops: true) ?? truth(true)
      try builder.branch(!builder.read(isCaught) & stays) { () throws(MartletError) in
        try block(otherwise, assigned, wanted, frame)
      }
    }
    for handler in handlers {
      let isMine = try matches(handler, builder.read(number), at: location)
      try builder.branch(builder.read(isCaught) & isMine) { () throws(MartletError) in
        builder.assign(isCaught, truth(false))
        clearFailure()
        try block(handler.body, assigned, wanted, frame)
      }
    }
    if finally.isEmpty { return }
    // What is on its way goes on afterwards, unless this raises something itself.
    let isRaised = builder.declare(initial: failed.map { builder.read($0) } ?? truth(false))
    let kept = (0..<3).map { place in
      builder.declare(
        initial: statusBuffer.map { builder.load($0, [builder.integer(place)]) }
          ?? builder.integer(0))
    }
    clearFailure()
    try block(finally, assigned, wanted, frame)
    guard let failed, let statusBuffer else { return }
    builder.branch(builder.read(isRaised) & !builder.read(failed)) {
      builder.assign(failed, truth(true))
      for (place, value) in kept.enumerated() {
        builder.store(statusBuffer, [builder.integer(place)], builder.read(value))
      }
    }
  }

  /// Lowers statements that see the names of those around, and leave them those that are wanted.
  private func block(
    _ statements: [SourceStatement], _ assigned: Set<String>, _ wanted: Set<String>,
    _ frame: Frame
  ) throws(MartletError) {
    let names = frame.names
    try scoped(frame) { () throws(MartletError) in
      frame.fixedNames.subtract(assigned.subtracting(wanted))
      try lower(statements[...], frame)
    }
    restore(names, frame)
  }

  private func clearFailure() {
    guard let failed, let statusBuffer else { return }
    builder.assign(failed, truth(false))
    builder.store(statusBuffer, [builder.integer(0)], builder.integer(0))
  }

  /// Whether a handler is for the exception of this number.
  private func matches(
    _ handler: SourceHandler, _ number: Expression, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    guard let classes = handler.exceptions else { return truth(true) }
    var isMine = truth(false)
    for (i, failure) in failures.enumerated() {
      guard let own = self.classes(of: failure.exception) else {
        throw self.failure(
          "whether \(failure.exception) is one of \(classes.joined(separator: ", ")) is not known in kernels",
          at: location)
      }
      if !own.isDisjoint(with: classes) {
        isMine = isMine | (number == builder.integer(i + 1))
      }
    }
    return isMine
  }
}
