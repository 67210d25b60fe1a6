import MartletIR

/// Lists of numbers, of tuples of numbers, and of arrays.
extension FunctionLowering {
  /// How many numbers an element may have.
  private static let mostNumbers = 64

  // MARK: Making

  /// A list of these items.
  func list(
    of items: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> ListValue {
    let made = try newList(capacity: items.count, at: location)
    for item in items { try append(item, to: made, at: location) }
    return made
  }

  /// A list without elements. It has the key of its place, so that those of each iteration of a loop
  /// have elements of one type.
  func newList(capacity: Int = 0, at location: SourcePosition) throws(MartletError) -> ListValue {
    let place = "\(callCount)[\(location)]"
    listCounts[place, default: 0] += 1
    let key = "\(place)\(listCounts[place] ?? 0)"
    return try newList(key, capacity: capacity, at: location)
  }

  private func newList(
    _ key: String, capacity: Int, at location: SourcePosition
  ) throws(MartletError) -> ListValue {
    guard rules.target == .host else {
      throw failure("a list is only there in functions that the host runs", at: location)
    }
    let arena = arenaSlot ?? builder.slot()
    arenaSlot = arena
    for i in loopMemories.indices { loopMemories[i].allocates = true }
    let layout = listLayout(key)
    let header = builder.arena(
      .list, [builder.integer(layout.stride), builder.integer(max(4, capacity))], arena: arena)
    let list = list(key, at: header)
    // Where there is no memory, it is a list that never has room.
    try builder.branch(word(.capacity, of: list) == builder.integer(0)) {
      () throws(MartletError) in
      try fail("MemoryError", "Unable to allocate a list.", at: location)
    }
    return list
  }

  /// The list whose header is at an address.
  func list(_ key: String, at header: Expression) -> ListValue {
    let key = types.lists.canonical(key)
    let variable = builder.declare(initial: header)
    return ListValue(
      key: key, element: types.lists.element(key) ?? .number, layout: listLayout(key),
      header: builder.read(variable), words: builder.buffer(.int64, at: variable))
  }

  /// A list as a parameter, whose elements have the types that the caller's have.
  func listParameter(_ dtype: DType) -> ListValue {
    let slot = builder.slot()
    let key = "argument \(slot)"
    if types.lists.element(key) == nil {
      types.lists.set(.number, for: key, isFixed: true)
      _ = types.widen(partKey(types.lists.canonical(key), 0), to: dtype)
    }
    return list(key, at: builder.slotValue(slot))
  }

  func listLayout(_ key: String) -> ListLayout {
    let form = types.lists.element(key) ?? .number
    let key = types.lists.canonical(key)
    return ListLayout((0..<form.partCount).map { types.known[partKey(key, $0)] ?? .int64 })
  }

  /// Makes two lists have elements of one type, because a name stands for both.
  func unify(_ a: String, _ b: String) {
    guard let (kept, dropped) = types.lists.unify(a, b) else { return }
    types.hasChanged = true
    for part in 0..<Self.mostNumbers {
      guard let own = types.known[partKey(dropped, part)] else { break }
      _ = types.widen(partKey(kept, part), to: own)
    }
  }

  // MARK: Words and elements

  func word(_ word: ListValue.Word, of list: ListValue) -> Expression {
    let value = builder.load(list.words, [builder.integer(word.rawValue)])
    if word != .data { nonNegative.insert(value.value) }
    return value
  }

  private func set(_ word: ListValue.Word, of list: ListValue, to value: Expression) {
    builder.store(list.words, [builder.integer(word.rawValue)], value)
  }

  /// Notes that other memory holds other elements now, for lists that the caller sees.
  private func noteChange(of list: ListValue, at location: SourcePosition) throws(MartletError) {
    if isChild, list.isShared {
      throw failure(
        "a list from around a prange loop can't change in it: threads share it", at: location)
    }
    set(.changed, of: list, to: builder.integer(1))
  }

  /// Memory for each number of an element: a buffer, and the position for an element's.
  private func places(
    of list: ListValue, _ index: Expression
  ) -> [(buffer: Int, index: [Expression])] {
    let data = builder.declare(initial: word(.data, of: list))
    return zip(list.layout.dtypes, list.layout.offsets).map { dtype, offset in
      let step = builder.integer(list.layout.stride / dtype.itemSize)
      let place = index * step + builder.integer(offset / dtype.itemSize)
      return (builder.buffer(dtype, at: data), [place])
    }
  }

  /// The element at a position that is inside.
  func element(of list: ListValue, _ index: Expression) -> Meaning {
    let numbers = places(of: list, index).map { builder.load($0.buffer, $0.index) }
    var rest = numbers[...]
    return rebuilt(list.element, &rest)
  }

  /// The numbers of an element, in the list's types.
  private func numbers(
    of item: Meaning, in list: ListValue, at location: SourcePosition
  ) throws(MartletError) -> [Expression] {
    let (numbers, form) = try flattened(scalarised(item), at: location)
    if form.hasLists {
      throw failure("a list of lists is not in the language of kernels", at: location)
    }
    guard numbers.count <= Self.mostNumbers else {
      throw failure("an element of a list has at most \(Self.mostNumbers) numbers", at: location)
    }
    if types.lists.element(list.key) == nil {
      types.lists.set(form, for: list.key)
      types.hasChanged = true
    } else if let known = types.lists.element(list.key), isSame(known, form) {
      if known.joined(form) != known {
        types.lists.set(known.joined(form), for: list.key)
        types.hasChanged = true
      }
    } else {
      throw failure(
        "\(item.description) is put into a list of elements that are "
          + "\(list.element.description)", at: location)
    }
    var values: [Expression] = []
    for (i, number) in numbers.enumerated() {
      guard let own = number.dtype else { continue }
      let key = partKey(list.key, i)
      if types.lists.isFixed(list.key), let known = types.known[key],
        Types.join(known, own) != known
      {
        throw failure(
          "the list has numbers of type \(known), and takes none of type \(own)", at: location)
      }
      _ = types.widen(key, to: own)
      guard i < list.layout.dtypes.count else { continue }
      values.append(try self.number(number, as: list.layout.dtypes[i], at: location))
    }
    // What lies in a list outlives the iteration that made it.
    if let arenaSlot {
      for address in form.addresses where address < values.count {
        builder.arena(.pin, [values[address]], arena: arenaSlot)
      }
    }
    return values
  }

  private func store(_ values: [Expression], to list: ListValue, _ index: Expression) {
    for (value, place) in zip(values, places(of: list, index)) {
      builder.store(place.buffer, place.index, value)
    }
  }

  /// A position in a list: counted from the end if negative. Outside it is an exception, and then 0.
  private func inside(
    _ meaning: Meaning, _ list: ListValue, _ message: String, at location: SourcePosition
  ) throws(MartletError) -> (place: Expression, isInside: Expression) {
    let raw = try position(meaning, for: "an index", at: location)
    let count = word(.count, of: list)
    let zero = builder.integer(0)
    let place = isNonNegative(raw) ? raw : (raw < zero).select(raw + count, raw)
    let isInside = (place >= zero) & (place < count)
    try builder.branch(!isInside) { () throws(MartletError) in
      try fail("IndexError", message, at: location)
    }
    return (isInside.select(place, zero), isInside)
  }

  func element(
    of list: ListValue, at index: Meaning, _ location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let (place, _) = try inside(index, list, "list index out of range", at: location)
    return element(of: list, place)
  }

  func setElement(
    of list: ListValue, at index: Meaning, to item: Meaning, _ location: SourcePosition
  ) throws(MartletError) {
    let values = try numbers(of: item, in: list, at: location)
    let (place, isInside) = try inside(
      index, list, "list assignment index out of range", at: location)
    try builder.branch(isInside) { () throws(MartletError) in
      store(values, to: list, place)
      try noteChange(of: list, at: location)
    }
  }

  // MARK: Growing

  func append(
    _ item: Meaning, to list: ListValue, at location: SourcePosition
  ) throws(MartletError) {
    let values = try numbers(of: item, in: list, at: location)
    let count = word(.count, of: list)
    try whereRoom(in: list, for: count + builder.integer(1), at: location) {
      () throws(MartletError) in
      store(values, to: list, count)
      set(.count, of: list, to: count + builder.integer(1))
      try noteChange(of: list, at: location)
    }
  }

  private func whereRoom(
    in list: ListValue, for count: Expression, at location: SourcePosition,
    _ body: () throws(MartletError) -> Void
  ) throws(MartletError) {
    let arena = arenaSlot ?? builder.slot()
    arenaSlot = arena
    let hasRoom = builder.declare(initial: truth(true))
    builder.branch(count > word(.capacity, of: list)) {
      let grown = builder.arena(
        .grow, [list.header, builder.integer(list.layout.stride), count], arena: arena)
      builder.assign(hasRoom, grown != builder.integer(0))
    }
    try builder.branch(
      builder.read(hasRoom), then: body,
      else: { () throws(MartletError) in
        try fail("MemoryError", "Unable to make a list longer.", at: location)
      })
  }

  /// Adds what an iteration gives. Of the list itself these are the elements that are there now.
  func extend(
    _ list: ListValue, by source: Iteration, at location: SourcePosition
  ) throws(MartletError) {
    switch source {
    case .items(let items): for item in items { try append(item, to: list, at: location) }
    case .counted(let count, let element):
      try builder.loop(from: builder.integer(0), to: count) { (i) throws(MartletError) in
        nonNegative.insert(i.value)
        try append(element(i), to: list, at: location)
      }
    case .listed(let count, let element):
      let count = count()
      try builder.loop(from: builder.integer(0), to: count) { (i) throws(MartletError) in
        nonNegative.insert(i.value)
        try append(element(i), to: list, at: location)
      }
    }
  }

  /// A new list of what an iteration gives.
  func list(
    from source: Iteration, at location: SourcePosition
  ) throws(MartletError) -> ListValue {
    let made = try newList(at: location)
    try extend(made, by: source, at: location)
    return made
  }

  /// What a loop over a list runs over: as many elements as there are when it looks.
  func iteration(over list: ListValue) -> Iteration {
    .listed({ [self] in word(.count, of: list) }) { [self] (i) throws(MartletError) in
      element(of: list, i)
    }
  }

  /// Makes a list outlive the iterations of the loops around.
  func pin(_ list: ListValue) {
    guard let arenaSlot, !loopMemories.isEmpty else { return }
    builder.arena(.pin, [list.header], arena: arenaSlot)
  }

  // MARK: Lists as arrays, and back

  /// The numbers of a list as an array of this moment, in its memory.
  func array(
    of list: ListValue, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    guard list.element == .number, let dtype = list.layout.dtypes.first else {
      throw failure("only a list of numbers becomes an array", at: location)
    }
    let data = builder.declare(initial: word(.data, of: list))
    let buffer = builder.buffer(dtype, at: data)
    return ArrayValue(
      dtype: dtype, shape: [word(.count, of: list)], buffers: [anyBuffer], builder: builder
    ) { ArrayValue.Place(buffer: buffer, index: $0) }
  }

  /// What NumPy's functions are given: arrays for lists, in memory of their own unless what the
  /// function writes is to be the list's.
  func arrays(
    for arguments: [Meaning], isInPlace: Bool = false, at location: SourcePosition
  ) throws(MartletError) -> [Meaning] {
    var result: [Meaning] = []
    for argument in arguments {
      switch argument.withoutNames {
      case .list(let list) where isInPlace:
        result.append(.array(try array(of: list, at: location)))
        try noteChange(of: list, at: location)
      case .list(let list):
        result.append(.array(try copied(array(of: list, at: location), at: location)))
      case .display(let items): result.append(.tuple(try arrays(for: items, at: location)))
      case .tuple(let items): result.append(.tuple(try arrays(for: items, at: location)))
      case .range(let numbers): result.append(.array(numbers))
      case let other: result.append(other)
      }
    }
    return result
  }

  func arrays(
    for keywords: [(name: String, value: Meaning)], at location: SourcePosition
  ) throws(MartletError) -> [(name: String, value: Meaning)] {
    let values = try arrays(for: keywords.map(\.value), at: location)
    return zip(keywords, values).map { ($0.name, $1) }
  }

  // MARK: Operators

  /// `+`, `*` and comparisons where a side is a list; nil for others.
  func listOperator(
    _ sign: String, _ a: Meaning, _ b: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    guard a.isList || b.isList else { return nil }
    switch (sign, a, b) {
    case ("+", .display(let p), .display(let q)): return .display(p + q)
    case ("+", _, _) where a.isList && b.isList:
      let made = try newList(at: location)
      for side in [a, b] { try extend(made, by: iteration(over: side, at: location), at: location) }
      return .list(made)
    case ("*", _, _) where a.isList != b.isList:
      let (items, count) = a.isList ? (a, b) : (b, a)
      if case .display(let items) = items, case .literal(.integer(let count)) = count,
        count <= 16, items.count <= 16
      {
        return .display((0..<max(0, count)).flatMap { _ in items })
      }
      return .list(try repeated(items, count, at: location))
    case ("==", _, _) where a.isList && b.isList, ("!=", _, _) where a.isList && b.isList:
      let isSame = try isEqual(settledList(a, at: location), settledList(b, at: location), location)
      return .scalar(sign == "==" ? isSame : !isSame)
    case (_, .array, _), (_, _, .array):
      let sides = try arrays(for: [a, b], at: location)
      var arrays: [Meaning] = []
      for side in sides {
        guard case .tuple(let items) = side else {
          arrays.append(side)
          continue
        }
        arrays.append(.array(try rows(items, at: location)))
      }
      return try self.arrays(sign, arrays[0], arrays[1], at: location)
    default:
      let operation = "'\(sign)' of \(a.description) and \(b.description)"
      throw failure("\(operation) is not in the language of kernels", at: location)
    }
  }

  private func repeated(
    _ items: Meaning, _ count: Meaning, at location: SourcePosition
  ) throws(MartletError) -> ListValue {
    let source = try settledList(items, at: location)
    let times = try position(count, for: "how often a list is repeated", at: location)
    let made = try newList(at: location)
    if made.key != source.key { unify(made.key, source.key) }
    let size = word(.count, of: source)
    // Whether there is room for all is asked before the first is there.
    let zero = builder.integer(0)
    let count = (times < zero).select(zero, times)
    let before = failureCount
    nonNegative.formUnion([count.value, size.value])
    _ = try newArray(
      .int8, [count, size, builder.integer(source.layout.stride)], at: location)
    try unlessFailed(since: before) { () throws(MartletError) in
      try builder.loop(from: zero, to: count) { (_) throws(MartletError) in
        try builder.loop(from: zero, to: size) { (i) throws(MartletError) in
          nonNegative.insert(i.value)
          try append(element(of: source, i), to: made, at: location)
        }
      }
    }
    return made
  }

  private func isEqual(
    _ a: ListValue, _ b: ListValue, _ location: SourcePosition
  ) throws(MartletError) -> Expression {
    let isSame = builder.declare(initial: word(.count, of: a) == word(.count, of: b))
    try builder.branch(builder.read(isSame)) { () throws(MartletError) in
      try builder.loop(from: builder.integer(0), to: word(.count, of: a)) {
        (i) throws(MartletError) in
        let one = try compare("==", element(of: a, i), element(of: b, i), at: location)
        builder.assign(isSame, builder.read(isSame) & (try truth(of: one, at: location)))
      }
    }
    return builder.read(isSame)
  }

  /// Whether a value is in a list.
  func contains(
    _ list: ListValue, _ value: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    try find(value, in: list, at: location).isFound
  }

  /// A list that was written down as one in memory.
  func settledList(
    _ meaning: Meaning, at location: SourcePosition
  ) throws(MartletError) -> ListValue {
    switch meaning {
    case .list(let list): return list
    case .display(let items): return try list(of: items, at: location)
    default: throw failure("\(meaning.description) is no list", at: location)
    }
  }

  /// A value with the lists that were written down in memory, which names can share.
  func withLists(_ meaning: Meaning, at location: SourcePosition) throws(MartletError) -> Meaning {
    guard rules.target == .host else { return meaning }
    switch meaning {
    case .display(let items): return .list(try list(of: items, at: location))
    case .tuple(let items):
      var settled: [Meaning] = []
      for item in items { settled.append(try withLists(item, at: location)) }
      return .tuple(settled)
    default: return meaning
    }
  }

  // MARK: Slices

  /// `list[start:stop:step]`, a new list.
  func slice(
    of list: ListValue, _ start: Meaning?, _ stop: Meaning?, _ step: Meaning?,
    at location: SourcePosition
  ) throws(MartletError) -> ListValue {
    let made = try newList(at: location)
    unify(made.key, list.key)
    let range = try range(start, stop, step, size: word(.count, of: list), at: location)
    try builder.loop(from: builder.integer(0), to: range.count) { (i) throws(MartletError) in
      let moved = range.step.map { i * $0 } ?? i
      try append(element(of: list, range.start + moved), to: made, at: location)
    }
    return made
  }

  // MARK: Methods

  func listMethod(
    _ name: String, of list: ListValue, _ arguments: [Meaning],
    _ keywords: [(name: String, value: Meaning)], at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    if let keyword = keywords.first, name != "sort" {
      throw failure("the method '\(name)' of lists has no '\(keyword.name)'", at: location)
    }
    switch (name, arguments.count) {
    case ("append", 1):
      try append(withLists(arguments[0], at: location), to: list, at: location)
    case ("extend", 1):
      try extend(list, by: iteration(over: arguments[0], at: location), at: location)
    case ("pop", 0...1):
      return try pop(arguments.first ?? .literal(.integer(-1)), from: list, at: location)
    case ("insert", 2): try insert(arguments[1], into: list, arguments[0], at: location)
    case ("remove", 1):
      let (isFound, place) = try find(arguments[0], in: list, at: location)
      try builder.branch(
        isFound, then: { () throws(MartletError) in try close(place, in: list, at: location) },
        else: { () throws(MartletError) in
          try fail("ValueError", "list.remove(x): x not in list", at: location)
        })
    case ("index", 1):
      let (isFound, place) = try find(arguments[0], in: list, at: location)
      try builder.branch(!isFound) { () throws(MartletError) in
        try fail("ValueError", "list.index(x): x not in list", at: location)
      }
      return .scalar(place)
    case ("count", 1):
      let found = builder.declare(initial: builder.integer(0))
      try builder.loop(from: builder.integer(0), to: word(.count, of: list)) {
        (i) throws(MartletError) in
        let one = try compare("==", element(of: list, i), arguments[0], at: location)
        let isSame = try truth(of: one, at: location)
        builder.assign(found, builder.read(found) + isSame.cast(to: .int64))
      }
      return .scalar(builder.read(found))
    case ("clear", 0):
      set(.count, of: list, to: builder.integer(0))
      try noteChange(of: list, at: location)
    case ("copy", 0): return .list(try slice(of: list, nil, nil, nil, at: location))
    case ("reverse", 0): try reverse(list, at: location)
    case ("sort", 0):
      try sort(list, at: location)
      try noteChange(of: list, at: location)
      try reverse(list, ifAskedBy: keywords, at: location)
    default:
      throw failure("the method '\(name)' of lists is not in the language of kernels", at: location)
    }
    return .none
  }

  private func sort(_ list: ListValue, at location: SourcePosition) throws(MartletError) {
    let numbers = Meaning.array(try array(of: list, at: location))
    _ = try rowCall("ndarray.sort", [numbers], [], at: location)
  }

  /// `sorted(values)`.
  func sortedList(
    _ source: Iteration, _ keywords: [(name: String, value: Meaning)], at location: SourcePosition
  ) throws(MartletError) -> ListValue {
    let made = try list(from: source, at: location)
    try sort(made, at: location)
    try reverse(made, ifAskedBy: keywords, at: location)
    return made
  }

  private func reverse(
    _ list: ListValue, ifAskedBy keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) {
    for (keyword, value) in keywords {
      guard keyword == "reverse", let isWanted = constantTruth(value) else {
        throw failure(
          "sorting with '\(keyword)' that is not known when compiling is not in the language of "
            + "kernels", at: location)
      }
      // Equal numbers don't differ, so their order can't be seen.
      if isWanted { try reverse(list, at: location) }
    }
  }

  private func reverse(_ list: ListValue, at location: SourcePosition) throws(MartletError) {
    let count = word(.count, of: list)
    let one = builder.integer(1)
    builder.loop(from: builder.integer(0), to: count / builder.integer(2)) { i in
      let (left, right) = (places(of: list, i), places(of: list, count - one - i))
      for (p, q) in zip(left, right) {
        let (a, b) = (builder.load(p.buffer, p.index), builder.load(q.buffer, q.index))
        builder.store(p.buffer, p.index, b)
        builder.store(q.buffer, q.index, a)
      }
    }
    try noteChange(of: list, at: location)
  }

  private func pop(
    _ index: Meaning, from list: ListValue, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let isEmpty = word(.count, of: list) == builder.integer(0)
    try builder.branch(isEmpty) { () throws(MartletError) in
      try fail("IndexError", "pop from empty list", at: location)
    }
    let (place, isInside) = try inside(index, list, "pop index out of range", at: location)
    let item = element(of: list, place)
    try builder.branch(isInside) { () throws(MartletError) in
      try close(place, in: list, at: location)
    }
    return item
  }

  /// Moves the elements behind a position one forward.
  private func close(
    _ place: Expression, in list: ListValue, at location: SourcePosition
  ) throws(MartletError) {
    let last = word(.count, of: list) - builder.integer(1)
    builder.loop(from: place, to: last) { i in
      let next = places(of: list, i + builder.integer(1)).map { builder.load($0.buffer, $0.index) }
      store(next, to: list, i)
    }
    set(.count, of: list, to: last)
    try noteChange(of: list, at: location)
  }

  private func insert(
    _ item: Meaning, into list: ListValue, _ index: Meaning, at location: SourcePosition
  ) throws(MartletError) {
    let values = try numbers(of: item, in: list, at: location)
    let raw = try position(index, for: "an index", at: location)
    let (zero, one) = (builder.integer(0), builder.integer(1))
    let count = word(.count, of: list)
    let wrapped = (raw < zero).select(raw + count, raw)
    let least = (wrapped < zero).select(zero, wrapped)
    let place = (least > count).select(count, least)
    try whereRoom(in: list, for: count + one, at: location) { () throws(MartletError) in
      builder.loop(from: zero, to: count - place) { i in
        let from = count - one - i
        let moved = places(of: list, from).map { builder.load($0.buffer, $0.index) }
        store(moved, to: list, from + one)
      }
      store(values, to: list, place)
      set(.count, of: list, to: count + one)
      try noteChange(of: list, at: location)
    }
  }

  /// Whether a value is in a list, and where it is first.
  private func find(
    _ value: Meaning, in list: ListValue, at location: SourcePosition
  ) throws(MartletError) -> (isFound: Expression, place: Expression) {
    let place = builder.declare(initial: builder.integer(-1))
    try builder.loop(from: builder.integer(0), to: word(.count, of: list)) {
      (i) throws(MartletError) in
      let isFirst = builder.read(place) < builder.integer(0)
      let one = try compare("==", element(of: list, i), value, at: location)
      let isHere = isFirst & (try truth(of: one, at: location))
      builder.assign(place, isHere.select(i, builder.read(place)))
    }
    return (builder.read(place) >= builder.integer(0), builder.read(place))
  }
}

extension Meaning {
  /// Whether it is a list, in memory or written down.
  var isList: Bool {
    switch self {
    case .list, .display: true
    default: false
    }
  }
}
