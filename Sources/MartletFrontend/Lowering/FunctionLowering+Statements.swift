import MartletIR

extension FunctionLowering {
  // MARK: Blocks

  /// Lowers statements up to the end of their block.
  ///
  /// Where one of them may leave the block, what follows goes into a branch.
  func lower(
    _ statements: ArraySlice<SourceStatement>, _ frame: Frame
  ) throws(MartletError) {
    var rest = statements
    while let statement = rest.popFirst() {
      let failuresBefore = failureCount
      brokenBefore = brokenCount
      mark(statement.location)
      switch statement.kind {
      case .branch(let test, let then, let otherwise):
        if try lowerBranch(test, then, otherwise, rest, frame, at: statement.location) { return }
      case .returns(let value):
        let meaning = try value.map { (value) throws(MartletError) in
          try lower(value, frame, as: frame.function.results ?? [])
        }
        try unlessFailed(since: failuresBefore) { () throws(MartletError) in
          try frame.give(meaning ?? .none, at: statement.location)
        }
        return
      case .breaks:
        guard let flag = frame.loops.last?.broken else {
          throw failure("'break' is outside a loop", at: statement.location)
        }
        builder.assign(flag, truth(true))
        return
      case .continues:
        guard let flag = frame.loops.last?.continued else {
          throw failure("'continue' is outside a loop", at: statement.location)
        }
        builder.assign(flag, truth(true))
        return
      case .raise(let exception, let message, let classes):
        raisedClasses[exception] = Set(classes)
        try fail(exception, message, at: statement.location)
        return
      case .assign, .augment:
        let finish = try prepared(statement, frame)
        if failureCount > failuresBefore {
          // What the statement makes is for the rest of the block, so both go into one branch.
          try unlessLeft(frame) { () throws(MartletError) in
            let before = failureCount
            try finish()
            if failureCount == before { return try lower(rest, frame) }
            try unlessLeft(frame) { () throws(MartletError) in try lower(rest, frame) }
          }
          return
        }
        try finish()
      default:
        try lower(statement, frame)
      }
      if rest.isEmpty { return }
      let exits = SourceScan.exits([statement])
      if !exits.isEmpty || failureCount > failuresBefore {
        try unlessLeft(frame) { () throws(MartletError) in try lower(rest, frame) }
        return
      }
    }
  }

  /// Runs `body` only where nothing that was lowered since failed.
  func unlessFailed(
    since count: Int, _ body: () throws(MartletError) -> Void
  ) throws(MartletError) {
    guard failureCount > count || mayBeBroken, let failed else { return try body() }
    try builder.branch(!builder.read(failed), then: body)
  }

  /// Runs `body` only where no statement has left the block.
  private func unlessLeft(
    _ frame: Frame, _ body: () throws(MartletError) -> Void
  ) throws(MartletError) {
    // Each is nested in the one before, and a stack has an end.
    guard guardDepth < Self.maximumGuardDepth else {
      throw failure(
        "more than \(Self.maximumGuardDepth) statements in a row may leave this function",
        at: frame.function.location)
    }
    guardDepth += 1
    defer { guardDepth -= 1 }
    guard let condition = stays(frame, loops: true) else { return try body() }
    let names = frame.names
    try builder.branch(condition, then: body)
    restore(names, frame)
  }

  /// Whether neither the function nor (with `loops`) the loop around was left; nil where it can't
  /// have been.
  func stays(_ frame: Frame, loops: Bool) -> Expression? {
    var flags: [Variable] = []
    if let returned = frame.returned { flags.append(returned) }
    if let failed { flags.append(failed) }
    if loops, let loop = frame.loops.last {
      flags += [loop.broken, loop.continued].compactMap { $0 }
    }
    guard let first = flags.first else { return nil }
    return !flags.dropFirst().reduce(builder.read(first)) { $0 | builder.read($1) }
  }

  /// Forgets names that a block bound for itself.
  func restore(_ names: [String: Binding], _ frame: Frame) { frame.names = names }

  /// Notes where the statements that follow come from, for the Simulator's reports.
  func mark(_ location: SourcePosition) {
    guard rules.target == .grid, location != marked else { return }
    marked = location
    builder.append(.location(location))
  }

  // MARK: Names

  /// Makes names variables, because a loop or a branch is about to assign them.
  func demote(_ names: some Sequence<String>, _ frame: Frame) throws(MartletError) {
    for name in names.sorted() {
      let key = frame.path + name
      switch frame.names[name]?.storage {
      case .variable, .compound: break
      case .value(let meaning):
        if compoundForm(meaning) != nil, types.rebound.contains(key) {
          let variable = try variable(for: meaning, key, at: frame.function.location)
          frame.names[name] = Binding(.compound(variable))
          continue
        }
        guard let dtype = meaning.dtype else {
          // Functions and texts stay what they are; assigning them there is an error.
          continue
        }
        let wide = types.widen(key, to: dtype)
        let variable = builder.declare(
          initial: try number(meaning, as: wide, at: frame.function.location))
        frame.names[name] = Binding(.variable(variable, wide))
      case .unset, nil:
        if types.rebound.contains(key), let form = types.compounds[key] {
          frame.names[name] = Binding(
            .compound(emptyVariable(form, key)), isSet: flag(for: name, frame))
          continue
        }
        guard let wide = types.known[key] else {
          frame.names[name] = Binding(.unset(key))
          continue
        }
        let variable = builder.declare(initial: builder.integer(0, wide))
        frame.names[name] = Binding(.variable(variable, wide), isSet: flag(for: name, frame))
      }
    }
  }

  /// What tells whether a name was set, if that is not certain wherever it is read.
  private func flag(for name: String, _ frame: Frame) -> Variable? {
    // An iteration of a parallel loop doesn't see what was set before the loop.
    guard frame.flow.maybeUnset.contains(name) || frame.privateNames.contains(name) else {
      return nil
    }
    return builder.declare(initial: truth(false))
  }

  /// Notes what the user calls memory of a block or thread, for the Simulator's reports.
  private func nameMemory(_ array: ArrayValue, _ name: String) {
    guard rules.target == .grid, array.buffers.count == 1, let buffer = array.buffers.first,
      builder.kernel.buffers.indices.contains(buffer), builder.kernel.buffers[buffer].name == nil
    else { return }
    builder.name(buffer, name)
  }

  /// Gives a name a value.
  func bind(
    _ name: String, _ meaning: Meaning, _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) {
    var meaning = try withLists(meaning, at: location)
    // A name keeps the elements of this moment.
    if case .array(let array) = meaning, array.place == nil {
      meaning = .array(try copied(array, at: location))
    }
    if case .array(let array) = meaning { nameMemory(array, name) }
    switch frame.names[name]?.storage {
    case .compound(let variable):
      let key = frame.path + name
      if variable.isEmpty, let form = compoundForm(meaning), settled.insert(key).inserted,
        !isSame(form, variable.form)
      {
        remember(form, for: key)
        types.hasChanged = true
      }
      try assign(variable, meaning, name: name, key, at: location)
      if let isSet = frame.names[name]?.isSet { builder.assign(isSet, truth(true)) }
    case .variable(let variable, let dtype):
      guard let own = meaning.dtype else {
        throw failure(
          "'\(name)' is \(meaning.description) here and a number elsewhere", at: location)
      }
      _ = types.widen(frame.path + name, to: own)
      builder.assign(variable, try number(meaning, as: dtype, at: location))
      if let isSet = frame.names[name]?.isSet { builder.assign(isSet, truth(true)) }
    case .unset(let key):
      // What is no number lives in this block only.
      guard let own = meaning.dtype else {
        if let form = compoundForm(meaning) { remember(form, for: key) }
        frame.names[name] = Binding(.value(meaning))
        return
      }
      // The next time the function is lowered it is a variable.
      _ = types.widen(key, to: own)
      frame.names[name] = Binding(.value(.scalar(try number(meaning, as: own, at: location))))
    default:
      // A name has the type that the number has on its own.
      if case .literal(let literal) = meaning, isPython {
        meaning = .scalar(builder.constant(literal.scalar(literal.natural)))
        if case .integer(let value) = literal, value >= 0, case .scalar(let number) = meaning {
          nonNegative.insert(number.value)
        }
      }
      if case .value(let before) = frame.names[name]?.storage, isInnerScope(frame, name),
        before.dtype == nil || meaning.dtype == nil
      {
        // An array for an array, a tuple for a tuple: the next time it is one that changes.
        if let form = compoundForm(meaning), compoundForm(before) != nil {
          if rules.target != .host, form.hasArrays {
            throw failure(
              "'\(name)' is one array and then another, which only functions that the host runs "
                + "can say: use an index, or 'if'", at: location)
          }
          let key = frame.path + name
          remember(form, for: key)
          types.rebound.insert(key)
          types.hasChanged = true
          return
        }
        if before.dtype == nil, meaning.dtype == nil {
          throw failure(
            "'\(name)' is \(before.description), which can't change inside a loop or branch",
            at: location)
        }
        throw failure(
          "'\(name)' is \(meaning.description) here and \(before.description) before the loop or "
            + "branch", at: location)
      }
      frame.names[name] = Binding(.value(meaning))
    }
  }

  /// Whether a name that is no variable was bound outside the loop or branch being lowered.
  private func isInnerScope(_ frame: Frame, _ name: String) -> Bool {
    frame.fixedNames.contains(name)
  }

  /// What a name stands for.
  func value(
    of name: String, _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    guard let binding = frame.names[name] else {
      if let enclosing = frame.enclosing, !frame.ownNames.contains(name) {
        return try value(of: name, enclosing, at: location)
      }
      if frame.privateNames.contains(name) {
        throw dependence(
          "'\(name)' carries a value from one iteration to another", at: location)
      }
      if let loop = frame.lostNames[name] {
        throw dependence(
          "'\(name)' has the last iteration's value here, after the loop", of: loop, at: location)
      }
      throw failure("'\(name)' is used before it is set", at: location)
    }
    if let isSet = binding.isSet, rules.target == .host {
      // The first name that is not set is the one that Python tells of.
      var isUnset = !builder.read(isSet)
      if let failed { isUnset = isUnset & !builder.read(failed) }
      try builder.branch(isUnset) { () throws(MartletError) in
        try fail(
          "UnboundLocalError",
          "cannot access local variable '\(name)' where it is not associated with a value",
          at: location)
      }
    }
    switch binding.storage {
    case .value(let meaning): return meaning
    case .variable(let variable, _): return .scalar(builder.read(variable))
    case .compound(let variable): return value(of: variable)
    case .unset(let key):
      // Only before its type is known; the function is lowered again.
      if let dtype = types.known[key] { return .scalar(builder.integer(0, dtype)) }
      if types.compounds[key] != nil, types.rebound.insert(key).inserted { types.hasChanged = true }
      throw failure("'\(name)' is used before it is set", at: location)
    }
  }

  // MARK: Single statements

  /// Computes what an assignment assigns, and gives what then changes names and elements.
  private func prepared(
    _ statement: SourceStatement, _ frame: Frame
  ) throws(MartletError) -> () throws(MartletError) -> Void {
    switch statement.kind {
    case .assign(let targets, let value):
      let meaning = try lower(value, frame, as: swiftTypes(of: targets[0], frame))
      return { [self] () throws(MartletError) in
        for target in targets { try assign(target, meaning, frame) }
      }
    case .augment(let sign, let target, let value):
      return try augmented(sign, target, value, frame, at: statement.location)
    default: return {}
    }
  }

  private func lower(_ statement: SourceStatement, _ frame: Frame) throws(MartletError) {
    let location = statement.location
    switch statement.kind {
    case .whileLoop(let test, let body, let otherwise):
      try lowerWhile(test, body, otherwise, frame, at: location)
    case .forLoop(let target, let iterable, let body, let otherwise):
      try lowerFor(target, iterable, body, otherwise, frame, at: location)
    case .expression(let value): _ = try lower(value, frame)
    case .assert(let test, let message):
      let condition = try truth(of: lower(test, frame), at: test.location)
      try builder.branch(!condition) { () throws(MartletError) in
        try fail("AssertionError", message, at: location)
      }
    case .attempt(let body, let handlers, let otherwise, let finally):
      try attempt(body, handlers, otherwise, finally, frame, at: location)
    case .unsupported(let what):
      throw failure("\(what) is not in the language of kernels", at: location)
    case .pass, .returns, .breaks, .continues, .raise, .branch, .assign, .augment: break
    }
  }

  func assign(
    _ target: SourceExpression, _ meaning: Meaning, _ frame: Frame
  ) throws(MartletError) {
    switch target.kind {
    case .name(let name): try bind(name, meaning, frame, at: target.location)
    case .tuple(let targets):
      let items = try items(of: meaning, count: targets.count, at: target.location)
      // All values are there before the first name changes.
      for (target, item) in zip(targets, items) { try assign(target, item, frame) }
    case .index(let container, let indices):
      switch try lower(container, frame) {
      case .array(let array):
        try store(meaning, to: indices, of: array, frame, at: target.location)
      case .list(let list):
        let index = try onlyIndex(indices, frame, at: target.location)
        let item = try withLists(meaning, at: target.location)
        try setElement(of: list, at: index, to: item, target.location)
      case .flat(let array):
        let index = try onlyIndex(indices, frame, at: target.location)
        let before = failureCount
        let element = try flatElement(of: array, index, at: target.location)
        try unlessFailed(since: before) { () throws(MartletError) in
          try fill(element, with: meaning, at: target.location)
        }
      default:
        throw failure(
          "only elements of arrays and lists can be assigned", at: target.location)
      }
    case .attribute(let value, let name) where name == "real" || name == "imag":
      guard case .array(let array) = try lower(value, frame) else {
        throw failure("only elements of arrays can be assigned", at: target.location)
      }
      try fill(
        half(of: array, isReal: name == "real", at: target.location), with: meaning,
        at: target.location)
    default:
      throw failure("this can't be assigned to", at: target.location)
    }
  }

  private func items(
    of meaning: Meaning, count: Int, at location: SourcePosition
  ) throws(MartletError) -> [Meaning] {
    if case .array(let array) = meaning, array.rank > 0 {
      return try items(of: array, count: count, at: location)
    }
    if case .list(let list) = meaning {
      return try items(of: array(of: list, at: location), count: count, at: location)
    }
    if case .range(let numbers) = meaning {
      return try items(of: copied(numbers, at: location), count: count, at: location)
    }
    var meaning = meaning.withoutNames
    if case .display(let own) = meaning { meaning = .tuple(own) }
    guard case .tuple(let items) = meaning else {
      throw failure("\(meaning.description) is no tuple of \(count)", at: location)
    }
    guard items.count == count else {
      throw failure("\(count) names can't take a tuple of \(items.count)", at: location)
    }
    return items
  }

  /// The first elements or rows of an array, which has so many.
  private func items(
    of array: ArrayValue, count: Int, at location: SourcePosition
  ) throws(MartletError) -> [Meaning] {
    let size = array.shape[0]
    let fits = size == builder.integer(count)
    if rules.target == .host {
      try builder.branch(!fits) { () throws(MartletError) in
        try fail(
          "ValueError", "an array of {0} elements can't be unpacked to \(count) names", [size],
          at: location)
      }
    }
    var items: [Meaning] = []
    for i in 0..<count {
      // What is read after a failure is not used, but must be there.
      let position = fits.select(builder.integer(i), builder.integer(0))
      nonNegative.insert(position.value)
      let view = try view(of: array, [.element(.scalar(position))], at: location)
      if view.isElement { try note(view.array, isWrite: false, at: location) }
      items.append(
        try view.isElement ? .scalar(element(of: view.array, [])) : .array(view.array))
    }
    return items
  }

  private func augmented(
    _ sign: String, _ target: SourceExpression, _ value: SourceExpression, _ frame: Frame,
    at location: SourcePosition
  ) throws(MartletError) -> () throws(MartletError) -> Void {
    switch target.kind {
    case .name(let name):
      let old = try self.value(of: name, frame, at: target.location)
      // A list is changed itself, so every name for it sees the change.
      if case .list(let list) = old { return try extending(list, sign, value, frame, location) }
      if case .display = old {
        throw failure(
          "a list that changes is only there in functions that the host runs", at: location)
      }
      let result = try augmenting(sign, old, value, frame, at: location)
      if case .array(let array) = old {
        return { [self] () throws(MartletError) in try fill(array, with: result, at: location) }
      }
      return { [self] () throws(MartletError) in
        try bind(name, result, frame, at: location)
      }
    case .index(let container, let indices):
      let holder = try lower(container, frame)
      if let change = try augmentedElement(
        of: holder, indices, sign, value, frame, target.location, at: location)
      {
        return change
      }
      guard case .array(let array) = holder else {
        throw failure(
          "only elements of arrays and lists can be assigned", at: target.location)
      }
      let given = try given(indices, frame)
      if let gathering = try gathering(of: array, given, at: target.location) {
        var old = Meaning.array(try elements(of: gathering, at: target.location))
        if mayWrite(value) { old = try settledNow(old, at: target.location) }
        let result = try binary(sign, old, lower(value, frame), at: location)
        return { [self] () throws(MartletError) in
          try store(result, to: gathering, at: location)
        }
      }
      let view = try view(of: array, given, at: target.location)
      mark(target.location)
      if view.isElement { try note(view.array, isWrite: false, at: target.location) }
      let old =
        try view.isElement ? Meaning.scalar(element(of: view.array, [])) : .array(view.array)
      let result = try augmenting(sign, old, value, frame, at: location)
      return { [self] () throws(MartletError) in
        mark(target.location)
        try fill(view.array, with: result, at: location)
      }
    case .attribute(_, let name) where name == "real" || name == "imag":
      guard case .array(let half) = try lower(target, frame) else {
        throw failure("only elements of arrays can be assigned", at: target.location)
      }
      let result = try augmenting(sign, .array(half), value, frame, at: location)
      return { [self] () throws(MartletError) in try fill(half, with: result, at: location) }
    default: throw failure("this can't be assigned to", at: target.location)
    }
  }

  /// The value of `old sign= value`.
  func augmenting(
    _ sign: String, _ old: Meaning, _ value: SourceExpression, _ frame: Frame,
    at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    if !isPython, sign == "<<" || sign == ">>" {
      return try shifted(old, by: lower(value, frame), sign, at: location)
    }
    return try binary(sign, old, lower(value, frame, as: old.dtype), at: location)
  }

  // MARK: Branches

  /// Lowers an `if`; gives whether the rest of the block was lowered with it.
  private func lowerBranch(
    _ test: SourceExpression, _ then: [SourceStatement], _ otherwise: [SourceStatement],
    _ rest: ArraySlice<SourceStatement>, _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) -> Bool {
    let before = failureCount
    let wanted = frame.flow.live(after: rest.last?.location ?? location)
    let meaning = try lower(test, frame)
    // What is known when compiling decides at once: only one side must have a meaning.
    if let known = constantTruth(meaning) {
      try lower((known ? then : otherwise) + rest, frame)
      return true
    }
    let condition = try truth(of: meaning, at: test.location)
    if failureCount > before {
      try demote(SourceScan.assigned(then + otherwise + rest).intersection(wanted), frame)
      try unlessFailed(since: before) { () throws(MartletError) in
        _ = try lowerBranch(condition, then, otherwise, rest, frame, at: location)
      }
      return true
    }
    return try lowerBranch(condition, then, otherwise, rest, frame, at: location)
  }

  private func lowerBranch(
    _ condition: Expression, _ then: [SourceStatement], _ otherwise: [SourceStatement],
    _ rest: ArraySlice<SourceStatement>, _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) -> Bool {
    let wanted = frame.flow.live(after: rest.last?.location ?? location)
    // Where one side leaves the block, the rest belongs to the other.
    if SourceScan.alwaysExits(then) {
      try twoWays(condition, then, otherwise + rest, frame, wanted)
      return true
    }
    if !otherwise.isEmpty, SourceScan.alwaysExits(otherwise) {
      try twoWays(condition, then + rest, otherwise, frame, wanted)
      return true
    }
    let failures = failureCount
    try twoWays(condition, then, otherwise, frame, frame.flow.live(after: location))
    if SourceScan.exits(then + otherwise).isEmpty && failureCount == failures { return false }
    try unlessLeft(frame) { () throws(MartletError) in try lower(rest, frame) }
    return true
  }

  /// Lowers both sides of a branch, after which the values of `wanted` may be read.
  private func twoWays(
    _ condition: Expression, _ then: [SourceStatement], _ otherwise: [SourceStatement],
    _ frame: Frame, _ wanted: Set<String>
  ) throws(MartletError) {
    let assigned = SourceScan.assigned(then + otherwise)
    try demote(assigned.intersection(wanted), frame)
    try scoped(frame) { () throws(MartletError) in
      frame.fixedNames.subtract(assigned.subtracting(wanted))
      let names = frame.names
      try builder.branch(
        condition,
        then: { () throws(MartletError) in
          try lower(then[...], frame)
          restore(names, frame)
        },
        else: { () throws(MartletError) in
          try lower(otherwise[...], frame)
          restore(names, frame)
        })
    }
  }

  /// Lowers a block of its own: names that are no variables can't change in it.
  func scoped(
    _ frame: Frame, _ body: () throws(MartletError) -> Void
  ) throws(MartletError) {
    let (names, fixed) = (frame.names, frame.fixedNames)
    for (name, binding) in names {
      if case .value = binding.storage { frame.fixedNames.insert(name) }
    }
    try body()
    frame.fixedNames = fixed
    restore(names, frame)
  }

  // MARK: Loops

  private func lowerWhile(
    _ test: SourceExpression, _ body: [SourceStatement], _ otherwise: [SourceStatement],
    _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) {
    let assigned = SourceScan.assigned(body)
    let handedOn = frame.flow.handedOn(byLoopAt: location)
    try demote(assigned.intersection(handedOn), frame)
    let exits = SourceScan.exits(body)
    var loop = Frame.LoopExits()
    if exits.contains(.breaks) { loop.broken = builder.declare(initial: truth(false)) }
    let canLeave = frame.returned != nil || failed != nil || loop.broken != nil
    try scoped(frame) { () throws(MartletError) in
      forget(assigned.subtracting(handedOn), frame)
      let head = { () throws(MartletError) -> Expression in
        self.mark(test.location)
        return try self.truth(of: self.lower(test, frame), at: test.location)
      }
      frame.loops.append(loop)
      let stays = { self.stays(frame, loops: true) }
      try releasingMemory { (endIteration) throws(MartletError) in
        try builder.whileLoop(
          { () throws(MartletError) in
            guard canLeave, let stays = stays() else { return try head() }
            // The test runs only while nothing has left the loop.
            let result = builder.declare(initial: stays)
            try builder.branch(stays) { () throws(MartletError) in
              builder.assign(result, try head())
            }
            return builder.read(result)
          },
          { () throws(MartletError) in
            if let failed, !SourceScan.isPure(test) || writesResult(test) {
              try builder.branch(!builder.read(failed)) { () throws(MartletError) in
                try lowerBody(body, exits, frame)
              }
            } else {
              try lowerBody(body, exits, frame)
            }
            endIteration()
          })
      }
      frame.loops.removeLast()
    }
    try lowerLoopElse(otherwise, loop, frame, at: location)
  }

  /// Unbinds names that each iteration sets for itself.
  private func forget(_ names: Set<String>, _ frame: Frame) {
    for name in names {
      frame.names[name] = nil
      frame.fixedNames.remove(name)
    }
  }

  /// A loop's body, with a flag of its own for `continue`.
  func lowerBody(
    _ body: [SourceStatement], _ exits: SourceScan.Exits, _ frame: Frame
  ) throws(MartletError) {
    if exits.contains(.continues) {
      frame.loops[frame.loops.count - 1].continued = builder.declare(initial: truth(false))
    }
    let names = frame.names
    try lower(body[...], frame)
    restore(names, frame)
    frame.loops[frame.loops.count - 1].continued = nil
  }

  private func lowerLoopElse(
    _ otherwise: [SourceStatement], _ loop: Frame.LoopExits, _ frame: Frame,
    at location: SourcePosition
  ) throws(MartletError) {
    if otherwise.isEmpty { return }
    guard let broken = loop.broken else { return try lower(otherwise[...], frame) }
    let assigned = SourceScan.assigned(otherwise)
    let wanted = frame.flow.live(after: location)
    try demote(assigned.intersection(wanted), frame)
    try scoped(frame) { () throws(MartletError) in
      frame.fixedNames.subtract(assigned.subtracting(wanted))
      try builder.branch(!builder.read(broken)) { () throws(MartletError) in
        try lower(otherwise[...], frame)
      }
    }
  }

  private func lowerFor(
    _ target: SourceExpression, _ iterable: SourceExpression, _ body: [SourceStatement],
    _ otherwise: [SourceStatement], _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) {
    let before = failureCount
    let source = try iteration(over: iterable, frame)
    if failureCount > before {
      let assigned = SourceScan.assigned(body + otherwise).union(SourceScan.names(in: target))
      try demote(assigned.intersection(frame.flow.live(after: location)), frame)
      let names = frame.names
      try unlessFailed(since: before) { () throws(MartletError) in
        try lowerFor(target, iterable, source, body, otherwise, frame, at: location)
      }
      return restore(names, frame)
    }
    try lowerFor(target, iterable, source, body, otherwise, frame, at: location)
  }

  private func lowerFor(
    _ target: SourceExpression, _ iterable: SourceExpression, _ source: Iteration,
    _ body: [SourceStatement], _ otherwise: [SourceStatement], _ frame: Frame,
    at location: SourcePosition
  ) throws(MartletError) {
    // Arguments that overlap are touched in more ways than indices tell.
    if rules.sharesLoops, !rules.argumentsMayOverlap, !isChild,
      case .call(let callee, _, _) = iterable.kind,
      callee.kind == .known("martlet.prange"), otherwise.isEmpty,
      types.orderedLoops["\(frame.path)\(location)"] == nil
    {
      return try lowerParallel(target, source, body, frame, at: location)
    }
    if case .items(let items) = source {
      return try unroll(target, items, body, otherwise, frame, at: location)
    }
    let element: (Expression) throws(MartletError) -> Meaning
    // How many there are: once for all, or of a list whenever it is looked.
    let size: () -> Expression
    let isList: Bool
    switch source {
    case .items: return
    case .counted(let count, let own): (element, size, isList) = (own, { count }, false)
    case .listed(let count, let own): (element, size, isList) = (own, count, true)
    }
    let targets = SourceScan.names(in: target)
    let assigned = SourceScan.assigned(body).union(targets)
    let handedOn = frame.flow.handedOn(byLoopAt: location)
    try demote(assigned.intersection(handedOn), frame)
    let exits = SourceScan.exits(body)
    var loop = Frame.LoopExits()
    if exits.contains(.breaks) { loop.broken = builder.declare(initial: truth(false)) }
    frame.loops.append(loop)
    let key = "\(frame.path)\(location)"
    let failuresBefore = failureCount
    let leaves =
      isList || exits.contains(.breaks) || exits.contains(.returns)
      || types.failingLoops.contains(key)
      || (argumentsMayBeBroken && failed != nil)
    try scoped(frame) { () throws(MartletError) in
      forget(assigned.subtracting(handedOn), frame)
      try releasingMemory { (endIteration) throws(MartletError) in
        func run(_ index: Expression) throws(MartletError) {
          nonNegative.insert(index.value)
          let value = try element(index)
          try assign(target, value, frame)
          try lowerBody(body, exits, frame)
          endIteration()
        }
        if !leaves { return try builder.loop(from: builder.integer(0), to: size(), run) }
        let position = builder.declare(initial: builder.integer(0))
        try builder.whileLoop(
          { () throws(MartletError) in
            let inside = builder.read(position) < size()
            guard let stays = self.stays(frame, loops: true) else { return inside }
            return inside & stays
          },
          { () throws(MartletError) in
            let index = builder.read(position)
            try run(index)
            builder.assign(position, builder.read(position) + builder.integer(1))
          })
      }
    }
    frame.loops.removeLast()
    if failureCount > failuresBefore, types.failingLoops.insert(key).inserted {
      types.hasChanged = true
    }
    try lowerLoopElse(otherwise, loop, frame, at: location)
  }

  /// A loop over a tuple, whose items may differ in type: its body once for each.
  private func unroll(
    _ target: SourceExpression, _ items: [Meaning], _ body: [SourceStatement],
    _ otherwise: [SourceStatement], _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) {
    let exits = SourceScan.exits(body)
    let assigned = SourceScan.assigned(body).union(SourceScan.names(in: target))
    let handedOn = frame.flow.handedOn(byLoopAt: location)
    var loop = Frame.LoopExits()
    if exits.contains(.breaks) { loop.broken = builder.declare(initial: truth(false)) }
    // Where nothing leaves the loop it is as if its body stood there several times.
    let key = "\(frame.path)\(location)"
    let failuresBefore = failureCount
    let isPlain = exits.isEmpty && !types.failingLoops.contains(key)
    if !isPlain { try demote(assigned.intersection(handedOn), frame) }
    frame.loops.append(loop)
    for item in items {
      if isPlain {
        try assign(target, item, frame)
        try lower(body[...], frame)
        continue
      }
      let stays = stays(frame, loops: true) ?? truth(true)
      try scoped(frame) { () throws(MartletError) in
        forget(assigned.subtracting(handedOn), frame)
        try builder.branch(stays) { () throws(MartletError) in
          try assign(target, item, frame)
          try lowerBody(body, exits, frame)
        }
      }
    }
    frame.loops.removeLast()
    if isPlain, failureCount > failuresBefore {
      types.failingLoops.insert(key)
      types.hasChanged = true
    }
    try lowerLoopElse(otherwise, loop, frame, at: location)
  }
}
