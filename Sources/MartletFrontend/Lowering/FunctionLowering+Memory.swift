import MartletIR

/// What numbers a value consists of, so that it can be kept in variables.
indirect enum ResultForm: Hashable, Sendable {
  case none
  case number
  /// Its address, its sizes, and its strides in elements.
  case array(DType, rank: Int, isReadOnly: Bool)
  case tuple([ResultForm])
  /// Its header's address; the elements' form is known by the key.
  case list(String)

  /// What it is, for messages.
  var description: String {
    switch self {
    case .none: "None"
    case .number: "a number"
    case .array(let dtype, let rank, _):
      "an array of \(rank) dimension\(rank == 1 ? "" : "s") of type \(dtype)"
    case .tuple(let items): "a tuple of \(items.count)"
    case .list: "a list"
    }
  }

  var hasLists: Bool {
    switch self {
    case .none, .number, .array: false
    case .list: true
    case .tuple(let items): items.contains(where: \.hasLists)
    }
  }

  var hasArrays: Bool {
    switch self {
    case .none, .number, .list: false
    case .array: true
    case .tuple(let items): items.contains(where: \.hasArrays)
    }
  }

  /// Which of the numbers are addresses of arrays.
  var addresses: [Int] {
    places {
      if case .array = $0 { true } else { false }
    }
  }

  /// Which of the numbers are addresses of lists.
  var lists: [Int] {
    places {
      if case .list = $0 { true } else { false }
    }
  }

  /// Where the first numbers are of parts that are wanted.
  private func places(_ isWanted: (ResultForm) -> Bool) -> [Int] {
    guard case .tuple(let items) = self else { return isWanted(self) ? [0] : [] }
    var (places, start) = ([Int](), 0)
    for item in items {
      places += item.places(isWanted).map { $0 + start }
      start += item.partCount
    }
    return places
  }

  var partCount: Int {
    switch self {
    case .none: 0
    case .number, .list: 1
    case .array(_, let rank, _): 1 + 2 * rank
    case .tuple(let items): items.reduce(0) { $0 + $1.partCount }
    }
  }

  /// The form of what is sometimes this and sometimes another value of the same form, but for arrays
  /// that may not be written: what may be one of those is one.
  func joined(_ other: ResultForm) -> ResultForm {
    switch (self, other) {
    case (.array(let dtype, let rank, let here), .array(_, _, let there)):
      .array(dtype, rank: rank, isReadOnly: here || there)
    case (.tuple(let items), .tuple(let others)):
      .tuple(zip(items, others).map { $0.joined($1) })
    default: self
    }
  }
}

/// A name that stands for one array or tuple and then another: its numbers now, in variables.
struct CompoundVariable {
  var form: ResultForm
  var parts: [Variable]
  /// Whether it has no value before the loop or branch, so that its form is the one it gets there.
  var isEmpty = false
}

/// Arrays that a function makes, and names that change what array they mean.
extension FunctionLowering {
  // MARK: Values as numbers

  /// The numbers that a value consists of. An array that is computed gets memory first.
  func flattened(
    _ meaning: Meaning, at location: SourcePosition
  ) throws(MartletError) -> (numbers: [Meaning], form: ResultForm) {
    switch meaning {
    case .none: return ([], .none)
    case .scalar, .literal: return ([meaning], .number)
    case .array(let array):
      let parts = try parts(of: array, at: location)
      return (parts.map { .scalar($0) }, form(of: array))
    case .tuple(let items):
      var numbers: [Meaning] = []
      var forms: [ResultForm] = []
      for item in items {
        let (own, form) = try flattened(item, at: location)
        numbers += own
        forms.append(form)
      }
      return (numbers, .tuple(forms))
    case .list, .display:
      let list = try settledList(meaning, at: location)
      return ([.scalar(list.header)], .list(list.key))
    default:
      throw failure("\(meaning.description) can't be kept or returned", at: location)
    }
  }

  /// The value that was flattened to these numbers.
  func rebuilt(_ form: ResultForm, _ numbers: inout ArraySlice<Expression>) -> Meaning {
    switch form {
    case .none: return .none
    case .number: return numbers.popFirst().map { .scalar($0) } ?? .none
    case .list(let key): return numbers.popFirst().map { .list(list(key, at: $0)) } ?? .none
    case .tuple(let items):
      var parts: [Meaning] = []
      for item in items { parts.append(rebuilt(item, &numbers)) }
      return .tuple(parts)
    case .array(let dtype, _, let isReadOnly):
      let own = Array(numbers.prefix(form.partCount))
      numbers = numbers.dropFirst(form.partCount)
      var array = array(dtype, own)
      array.isReadOnly = isReadOnly
      return .array(array)
    }
  }

  /// Where an array lies: its address, its sizes and its strides in elements.
  func parts(
    of array: ArrayValue, at location: SourcePosition
  ) throws(MartletError) -> [Expression] {
    let kept = array.place == nil ? try copied(array, at: location) : array
    guard let place = kept.place else { return [] }
    let zero = builder.integer(0)
    func address(_ index: [Expression]) -> Expression {
      let place = place(index)
      let address = builder.address(place.buffer, place.index)
      origins.note(address, in: place.buffer)
      return address
    }
    let origin = [Expression](repeating: zero, count: kept.rank)
    let start = address(origin)
    var strides: [Expression] = []
    for axis in 0..<kept.rank {
      var next = origin
      next[axis] = builder.integer(1)
      strides.append((address(next) - start) / builder.integer(kept.dtype.itemSize))
    }
    return [start] + kept.shape + strides
  }

  /// The array that lies at an address, with these sizes and strides.
  func array(_ dtype: DType, _ parts: [Expression]) -> ArrayValue {
    let rank = (parts.count - 1) / 2
    // An earlier lowering may have kept other numbers where the parts are.
    let parts = parts.map { $0.cast(to: .int64) }
    let address = builder.declare(initial: parts[0])
    let strides = Array(parts[(1 + rank)...])
    let buffer = builder.buffer(dtype, at: address)
    origins.note(buffer, at: parts[0])
    for size in parts[1..<(1 + rank)] { nonNegative.insert(size.value) }
    return ArrayValue(
      dtype: dtype, shape: Array(parts[1..<(1 + rank)]), buffers: [anyBuffer], builder: builder
    ) { [builder] index in
      let zero = builder.integer(0)
      let offset = zip(index, strides).reduce(zero) { $0 + $1.0 * $1.1 }
      return ArrayValue.Place(buffer: buffer, index: [offset])
    }
  }

  // MARK: Names that change their array or tuple

  /// Whether two forms are one, or can be joined to one. Lists that meet so have elements of one type from then on.
  func isSame(_ a: ResultForm?, _ b: ResultForm?) -> Bool {
    switch (a, b) {
    case (.list(let p)?, .list(let q)?):
      unify(p, q)
      return true
    case (.tuple(let p)?, .tuple(let q)?):
      return p.count == q.count && zip(p, q).allSatisfy { isSame($0, $1) }
    case (.array(let p, let r, _)?, .array(let q, let s, _)?): return p == q && r == s
    default: return a == b
    }
  }

  /// Makes the lists among the numbers of a value outlive the loops around.
  func pinLists(_ numbers: [Meaning], _ form: ResultForm) {
    guard let arenaSlot, !loopMemories.isEmpty else { return }
    for place in form.lists where place < numbers.count {
      guard case .scalar(let header) = numbers[place] else { continue }
      builder.arena(.pin, [header, builder.integer(1)], arena: arenaSlot)
    }
  }

  /// An array that is computed becomes memory of its own, which may be written.
  private func form(of array: ArrayValue) -> ResultForm {
    .array(
      array.dtype, rank: array.rank, isReadOnly: array.place != nil && array.isReadOnly)
  }

  /// The form of an array, or of a tuple of numbers and arrays; nil for anything else.
  func compoundForm(_ meaning: Meaning) -> ResultForm? {
    switch meaning {
    case .array(let array): return form(of: array)
    case .list(let list): return .list(list.key)
    case .tuple(let items):
      var forms: [ResultForm] = []
      for item in items {
        guard let form = item.dtype != nil ? .number : compoundForm(item) else { return nil }
        forms.append(form)
      }
      return .tuple(forms)
    default: return nil
    }
  }

  func partKey(_ key: String, _ part: Int) -> String { "\(key)#\(part)" }

  /// Makes a name's array or tuple one that may change.
  func variable(
    for meaning: Meaning, _ key: String, at location: SourcePosition
  ) throws(MartletError) -> CompoundVariable {
    let (numbers, own) = try flattened(meaning, at: location)
    let known = types.compounds[key]
    let form = isSame(known, own) ? known?.joined(own) ?? own : own
    var parts: [Variable] = []
    for (i, value) in numbers.enumerated() {
      let wide = types.widen(partKey(key, i), to: value.dtype ?? .int64)
      parts.append(builder.declare(initial: try number(value, as: wide, at: location)))
    }
    noteAddresses(numbers, form.addresses, in: parts)
    return CompoundVariable(form: form, parts: parts)
  }

  /// A name's array or tuple that is not there yet.
  func emptyVariable(_ form: ResultForm, _ key: String) -> CompoundVariable {
    CompoundVariable(
      form: form,
      parts: (0..<form.partCount).map { part in
        builder.declare(initial: builder.integer(0, types.known[partKey(key, part)] ?? .int64))
      }, isEmpty: true)
  }

  /// Remembers the form that a name has, and forgets what was known of another.
  func remember(_ form: ResultForm, for key: String) {
    if let known = types.compounds[key], isSame(known, form) {
      types.compounds[key] = known.joined(form)
      return
    }
    for part in 0..<(types.compounds[key]?.partCount ?? 0) {
      types.known[partKey(key, part)] = nil
    }
    types.compounds[key] = form
  }

  func assign(
    _ variable: CompoundVariable, _ meaning: Meaning, name: String, _ key: String,
    at location: SourcePosition
  ) throws(MartletError) {
    let form = compoundForm(meaning)
    guard isSame(form, variable.form) else {
      if case .tuple(let here)? = form, case .tuple(let elsewhere) = variable.form,
        here.count == elsewhere.count,
        let i = here.indices.first(where: { !isSame(here[$0], elsewhere[$0]) })
      {
        throw failure(
          "item \(i) of '\(name)' is \(here[i].description) here and "
            + "\(elsewhere[i].description) elsewhere", at: location)
      }
      throw failure(
        "'\(name)' is \(meaning.description) here and \(variable.form.description) elsewhere",
        at: location)
    }
    if let form, variable.form.joined(form) != variable.form {
      remember(variable.form.joined(form), for: key)
      types.hasChanged = true
    }
    let (numbers, _) = try flattened(meaning, at: location)
    for (i, (part, value)) in zip(variable.parts, numbers).enumerated() {
      _ = types.widen(partKey(key, i), to: value.dtype ?? .int64)
      let own = builder.kernel.variableTypes[Int(part.id)]
      builder.assign(part, try number(value, as: own, at: location))
    }
    pinLists(numbers, variable.form)
    keep(variable.form.addresses, of: variable.parts)
    noteAddresses(numbers, variable.form.addresses, in: variable.parts)
  }

  /// The array or tuple that a name stands for now.
  func value(of variable: CompoundVariable) -> Meaning {
    var numbers = readParts(variable.parts, variable.form)[...]
    return rebuilt(variable.form, &numbers)
  }

  // MARK: New arrays

  /// New memory for an array of these sizes, its elements not set.
  func newArray(
    _ dtype: DType, _ shape: [Expression], at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    guard rules.target == .host else {
      throw failure(
        "a kernel that runs on every element or on a grid can't make an array", at: location)
    }
    try checkRank(shape.count, at: location)
    let arena = arenaSlot ?? builder.slot()
    arenaSlot = arena
    // In floating point, where sizes that are no memory's don't wrap to small ones.
    var size = builder.constant(Double(dtype.itemSize), .float64)
    for part in shape {
      size = size * part.cast(to: .float64)
      if isNonNegative(part) { continue }
      try builder.branch(part < builder.integer(0)) { () throws(MartletError) in
        try failArray("ValueError", "negative dimensions are not allowed", at: location)
      }
    }
    for i in loopMemories.indices { loopMemories[i].allocates = true }
    let isTooLarge = (size > 0x1p46) | (size < 0)
    var count = builder.integer(1)
    for part in shape { count = count * part }
    let bytes = count * builder.integer(dtype.itemSize)
    let address = builder.declare(initial: builder.integer(0))
    builder.branch(!isTooLarge) {
      builder.allocate(address, byteCount: bytes, arena: arena)
    }
    // A negative size has failed already.
    let isMissing = (builder.read(address) == builder.integer(0)) & !(size < 0)
    // Of a size that is no memory's, what is told is the greatest one.
    let shown = (size > 0x1p62).select(
      builder.constant(Scalar(dtype: .int64, low: UInt64(Int64.max))), bytes)
    try builder.branch(isMissing) { () throws(MartletError) in
      try failArray("MemoryError", "Unable to allocate {0} bytes.", [shown], at: location)
    }
    let buffer = builder.buffer(dtype, at: address)
    var strides = [Expression](repeating: builder.integer(1), count: shape.count)
    for axis in (0..<max(0, shape.count - 1)).reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let fixed = strides
    var array = ArrayValue(dtype: dtype, shape: shape, buffers: [buffer], builder: builder) {
      [builder] index in
      var offset = index.last ?? builder.integer(0)
      for (i, stride) in zip(index.dropLast(), fixed) { offset = i * stride + offset }
      return ArrayValue.Place(buffer: buffer, index: [offset], axes: index)
    }
    array.hasRows = true
    return array
  }

  /// A copy of an array, in memory of its own.
  func copied(
    _ array: ArrayValue, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    try note(array, isWrite: false, at: location)
    let before = failureCount
    let copy = try newArray(array.dtype, array.shape, at: location)
    try unlessFailed(since: before) { () throws(MartletError) in
      try fill(copy, from: array)
    }
    return copy
  }

  /// Writes an array's elements to new memory, which nothing reads yet.
  private func fill(_ target: ArrayValue, from source: ArrayValue) throws(MartletError) {
    guard let place = target.place else { return }
    try visit(source, over: target.shape) { (index, element) in
      let place = place(index)
      builder.store(place.buffer, place.index, element.cast(to: target.dtype))
    }
  }
}
