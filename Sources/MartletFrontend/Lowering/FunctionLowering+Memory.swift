import MartletIR

/// What numbers a value consists of, so that it can be kept in variables.
indirect enum ResultForm: Hashable, Sendable {
  case none
  case number
  /// Its address, its sizes, and its strides in elements.
  case array(DType, rank: Int)
  case tuple([ResultForm])

  /// What it is, for messages.
  var description: String {
    switch self {
    case .none: "None"
    case .number: "a number"
    case .array(let dtype, let rank):
      "an array of \(rank) dimension\(rank == 1 ? "" : "s") of type \(dtype)"
    case .tuple(let items): "a tuple of \(items.count)"
    }
  }

  var hasArrays: Bool {
    switch self {
    case .none, .number: false
    case .array: true
    case .tuple(let items): items.contains(where: \.hasArrays)
    }
  }

  /// Which of the numbers are addresses of arrays.
  var addresses: [Int] {
    switch self {
    case .none, .number: return []
    case .array: return [0]
    case .tuple(let items):
      var (places, start) = ([Int](), 0)
      for item in items {
        places += item.addresses.map { $0 + start }
        start += item.partCount
      }
      return places
    }
  }

  var partCount: Int {
    switch self {
    case .none: 0
    case .number: 1
    case .array(_, let rank): 1 + 2 * rank
    case .tuple(let items): items.reduce(0) { $0 + $1.partCount }
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
      return (parts.map { .scalar($0) }, .array(array.dtype, rank: array.rank))
    case .tuple(let items):
      var numbers: [Meaning] = []
      var forms: [ResultForm] = []
      for item in items {
        let (own, form) = try flattened(item, at: location)
        numbers += own
        forms.append(form)
      }
      return (numbers, .tuple(forms))
    default:
      throw failure("\(meaning.description) can't be kept or returned", at: location)
    }
  }

  /// The value that was flattened to these numbers.
  func rebuilt(_ form: ResultForm, _ numbers: inout ArraySlice<Expression>) -> Meaning {
    switch form {
    case .none: return .none
    case .number: return numbers.popFirst().map { .scalar($0) } ?? .none
    case .tuple(let items):
      var parts: [Meaning] = []
      for item in items { parts.append(rebuilt(item, &numbers)) }
      return .tuple(parts)
    case .array(let dtype, _):
      let own = Array(numbers.prefix(form.partCount))
      numbers = numbers.dropFirst(form.partCount)
      return .array(array(dtype, own))
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

  /// The form of an array, or of a tuple of numbers and arrays; nil for anything else.
  func compoundForm(_ meaning: Meaning) -> ResultForm? {
    switch meaning {
    case .array(let array): return .array(array.dtype, rank: array.rank)
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

  private func partKey(_ key: String, _ part: Int) -> String { "\(key)#\(part)" }

  /// Makes a name's array or tuple one that may change.
  func variable(
    for meaning: Meaning, _ key: String, at location: SourcePosition
  ) throws(MartletError) -> CompoundVariable {
    let (numbers, form) = try flattened(meaning, at: location)
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
    for part in 0..<(types.compounds[key]?.partCount ?? 0) where types.compounds[key] != form {
      types.known[partKey(key, part)] = nil
    }
    types.compounds[key] = form
  }

  func assign(
    _ variable: CompoundVariable, _ meaning: Meaning, name: String, _ key: String,
    at location: SourcePosition
  ) throws(MartletError) {
    let form = compoundForm(meaning)
    guard form == variable.form else {
      if case .tuple(let here)? = form, case .tuple(let elsewhere) = variable.form,
        here.count == elsewhere.count,
        let i = here.indices.first(where: { here[$0] != elsewhere[$0] })
      {
        throw failure(
          "item \(i) of '\(name)' is \(here[i].description) here and "
            + "\(elsewhere[i].description) elsewhere", at: location)
      }
      throw failure(
        "'\(name)' is \(meaning.description) here and \(variable.form.description) elsewhere",
        at: location)
    }
    let (numbers, _) = try flattened(meaning, at: location)
    for (i, (part, value)) in zip(variable.parts, numbers).enumerated() {
      _ = types.widen(partKey(key, i), to: value.dtype ?? .int64)
      let own = builder.kernel.variableTypes[Int(part.id)]
      builder.assign(part, try number(value, as: own, at: location))
    }
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
    return ArrayValue(dtype: dtype, shape: shape, buffers: [buffer], builder: builder) {
      [builder] index in
      var offset = index.last ?? builder.integer(0)
      for (i, stride) in zip(index.dropLast(), fixed) { offset = i * stride + offset }
      return ArrayValue.Place(buffer: buffer, index: [offset], axes: index)
    }
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

  /// NumPy's functions that make arrays; nil for others.
  func creation(
    _ name: String, _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    let isLike = name.hasSuffix("_like")
    let kind = isLike ? String(name.dropLast(5)) : name
    switch kind {
    case "zeros", "ones", "empty", "full":
      var given = arguments
      var dtype: DType?
      for (keyword, value) in keywords {
        switch keyword {
        case "dtype": dtype = try self.dtype(value, for: name, at: location)
        case "shape", "a": given.insert(value, at: 0)
        case "fill_value": given.append(value)
        default:
          throw failure("'\(keyword)' of \(name) is not in the language of kernels", at: location)
        }
      }
      let numberCount = kind == "full" ? 2 : 1
      if given.count == numberCount + 1 {
        dtype = try self.dtype(given.removeLast(), for: name, at: location)
      }
      guard given.count == numberCount else {
        throw failure(
          "\(name) takes a shape\(kind == "full" ? " and a value" : "") and a dtype", at: location)
      }
      var shape: [Expression] = []
      if isLike {
        guard case .array(let model) = given[0] else {
          throw failure("\(name) takes an array", at: location)
        }
        shape = model.shape
        dtype = dtype ?? model.dtype
      } else {
        var sizes = [given[0]]
        if case .tuple(let items) = given[0] { sizes = items }
        for size in sizes { shape.append(try position(size, for: "a size", at: location)) }
      }
      let value: Meaning? =
        kind == "empty"
        ? nil : kind == "full" ? given[1] : .literal(.integer(kind == "ones" ? 1 : 0))
      let type = dtype ?? (kind == "full" ? given[1].dtype : nil) ?? .float64
      let before = failureCount
      let array = try newArray(type, shape, at: location)
      if let value {
        try unlessFailed(since: before) { () throws(MartletError) in
          try fill(array, with: value, at: location)
        }
      }
      return .array(array)
    case "copy", "ascontiguousarray", "asarray", "array":
      guard (1...2).contains(arguments.count), !isLike else { return nil }
      var dtype: DType?
      if arguments.count == 2 { dtype = try self.dtype(arguments[1], for: name, at: location) }
      for (keyword, value) in keywords {
        guard keyword == "dtype", kind != "copy" else {
          throw failure("'\(keyword)' of \(name) is not in the language of kernels", at: location)
        }
        dtype = try self.dtype(value, for: name, at: location)
      }
      if case .array(let array) = arguments[0] {
        guard let dtype, dtype != array.dtype else {
          return kind == "asarray" ? arguments[0] : .array(try copied(array, at: location))
        }
        guard case .array(let other) = try converted(arguments[0], to: dtype, at: location) else {
          return nil
        }
        return .array(try copied(other, at: location))
      }
      guard case .tuple(let items) = arguments[0], kind != "copy" else { return nil }
      return .array(try rows(items, dtype, at: location))
    case "arange", "linspace":
      return try sequence(kind, arguments, keywords, at: location)
    default: return nil
    }
  }

  /// The dtype that an argument names.
  func dtype(
    _ meaning: Meaning, for name: String, at location: SourcePosition
  ) throws(MartletError) -> DType {
    switch meaning {
    case .dtype(let type): return type
    case .known("builtins.float"): return .float64
    case .known("builtins.int"): return .int64
    case .known("builtins.bool"): return .bool
    case .known("builtins.complex"): return .complex128
    case .string(let text):
      let own: [String: DType] = ["float": .float64, "int": .int64, "complex": .complex128]
      if let type = DType(name: text) ?? own[text] ?? Self.dtype(code: text) { return type }
      throw failure("'\(text)' is no dtype", at: location)
    default:
      throw failure(
        "the dtype of \(name) is a type such as float64, not \(meaning.description)",
        at: location)
    }
  }

  /// The dtype of NumPy's code, such as "f4" or "<i8"; nil where there is none.
  private static func dtype(code: String) -> DType? {
    var code = code[...]
    if let first = code.first, "<=|".contains(first) { code = code.dropFirst() }
    if code == "?" || code == "b1" { return .bool }
    guard let kind = code.popFirst(), let size = Int(code) else { return nil }
    return DType.allCases.first {
      let isKind =
        switch kind {
        case "i": $0.isInteger && $0.isSigned
        case "u": $0.isUnsigned
        case "f": $0.isFloating && $0 != .bfloat16
        case "c": $0.isComplex
        default: false
        }
      return isKind && $0.itemSize == size
    }
  }

  /// An array of the numbers of a tuple, or of tuples of one length.
  func rows(
    _ items: [Meaning], _ dtype: DType? = nil, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    var numbers: [Meaning] = []
    let shape = try collect(items, &numbers, at: location)
    var natural: DType?
    for item in numbers {
      guard let own = item.dtype else { continue }
      natural = natural.map { Promotion.promote($0, own) } ?? own
    }
    let type = dtype ?? natural ?? .float64
    let before = failureCount
    let array = try newArray(type, shape.map { builder.integer($0) }, at: location)
    guard let place = array.place else { return array }
    try unlessFailed(since: before) { () throws(MartletError) in
      for (i, item) in numbers.enumerated() {
        var (rest, index) = (i, [Int](repeating: 0, count: shape.count))
        for axis in shape.indices.reversed() {
          index[axis] = rest % shape[axis]
          rest /= shape[axis]
        }
        let place = place(index.map { builder.integer($0) })
        builder.store(place.buffer, place.index, try number(item, as: type, at: location))
      }
    }
    return array
  }

  /// The numbers of nested tuples in order; gives their shape.
  private func collect(
    _ items: [Meaning], _ numbers: inout [Meaning], at location: SourcePosition
  ) throws(MartletError) -> [Int] {
    var inner: [Int]?
    for item in items {
      var own: [Int] = []
      if case .tuple(let parts) = item {
        own = try collect(parts, &numbers, at: location)
      } else {
        let item = try scalarised(item)
        guard item.dtype != nil else {
          throw failure("an array is made of numbers, not \(item.description)", at: location)
        }
        numbers.append(item)
      }
      if let inner, inner != own {
        throw failure("an array is made of rows of one length", at: location)
      }
      inner = own
    }
    return [items.count] + (inner ?? [])
  }

  private func sequence(
    _ name: String, _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    var given: DType?
    for (keyword, value) in keywords {
      guard keyword == "dtype", name == "arange" else { return nil }
      given = try dtype(value, for: name, at: location)
    }
    guard arguments.allSatisfy({ $0.dtype != nil }) else { return nil }
    if name == "linspace" {
      var arguments = arguments
      if arguments.count == 2 { arguments.append(.literal(.integer(50))) }
      guard arguments.count == 3 else { return nil }
      let start = try number(arguments[0], as: .float64, at: location)
      let stop = try number(arguments[1], as: .float64, at: location)
      let count = try position(arguments[2], for: "linspace", at: location)
      let one = builder.integer(1)
      let divisor = (count > one).select(count - one, one).cast(to: .float64)
      let step = (stop - start) / divisor
      let computed = ArrayValue(dtype: .float64, shape: [count], reads: [], buffers: []) {
        (index) throws(MartletError) in
        let moved = start + index[0].cast(to: .float64) * step
        // The last is the end itself, as NumPy has it.
        return ((index[0] == count - one) & (count > one)).select(stop, moved)
      }
      return .array(try copied(computed, at: location))
    }
    guard (1...3).contains(arguments.count) else { return nil }
    // Integers are computed as integers; as unsigned ones where that is wanted, or all are.
    let isUnsigned = arguments.allSatisfy {
      guard case .literal(.integer(let value)) = $0 else { return $0.dtype?.isUnsigned ?? false }
      return value >= 0
    }
    let hasUnsigned = arguments.contains { $0.dtype == .uint64 }
    var type: DType = given == .uint64 || (isUnsigned && hasUnsigned) ? .uint64 : .int64
    for argument in arguments {
      guard let own = argument.dtype, !own.isInteger else { continue }
      type = Promotion.promote(type, own)
    }
    let zero = builder.integer(0, type)
    let start = arguments.count == 1 ? zero : try number(arguments[0], as: type, at: location)
    let stop = try number(arguments[arguments.count == 1 ? 0 : 1], as: type, at: location)
    let step =
      arguments.count == 3
      ? try number(arguments[2], as: type, at: location) : builder.integer(1, type)
    // Unsigned numbers have no difference below 0.
    let isNothing = type.isUnsigned ? stop <= start : truth(false)
    let span = isNothing.select(builder.integer(0, type), stop - start)
    let length = span.cast(to: .float64) / step.cast(to: .float64)
    let rounded = length.ceiling
    if rules.target == .host {
      if type.isInteger {
        try builder.branch(step == builder.integer(0, type)) { () throws(MartletError) in
          try failArray("ZeroDivisionError", "division by zero", at: location)
        }
      }
      try builder.branch(!(rounded < 0x1p60)) { () throws(MartletError) in
        try failArray("ValueError", "Maximum allowed size exceeded", at: location)
      }
    }
    let count = (rounded > 0).select(rounded, rounded.literal(0)).cast(to: .int64)
    nonNegative.insert(count.value)
    let computed = ArrayValue(dtype: type, shape: [count], reads: [], buffers: []) {
      (index) throws(MartletError) in
      start + index[0].cast(to: type) * step
    }
    if let given {
      return .array(
        try copied(
          map([computed], at: location) { (parts) throws(MartletError) in
            .scalar(parts[0].cast(to: given))
          }, at: location))
    }
    return .array(try copied(computed, at: location))
  }
}
