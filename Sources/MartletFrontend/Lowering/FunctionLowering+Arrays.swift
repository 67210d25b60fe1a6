import MartletIR

extension FunctionLowering {
  /// Part of an array, and whether it is one element.
  struct View {
    var array: ArrayValue
    var isElement: Bool
  }

  // MARK: Attributes

  func attribute(
    _ name: String, of meaning: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    switch meaning {
    case .known(let owner):
      if owner.hasPrefix("cuda."), rules.target != .grid {
        throw failure("'\(owner)' is only there in kernels for a grid: use cuda.jit", at: location)
      }
      if let index = try gridIndex("\(owner).\(name)") { return index }
      return .known("\(owner).\(name)")
    case .array(let array):
      switch name {
      case "shape":
        for size in array.shape { nonNegative.insert(size.value) }
        return .tuple(array.shape.map { .scalar($0) })
      case "ndim": return .literal(.integer(Int64(array.rank)))
      case "size": return .scalar(elementCount(array))
      case "dtype": return .dtype(array.dtype)
      case "nbytes":
        return .scalar(elementCount(array) * builder.integer(array.dtype.itemSize))
      case "strides":
        return .tuple(try strides(of: array, at: location).map { .scalar($0) })
      case "itemsize": return .literal(.integer(Int64(array.dtype.itemSize)))
      case "T": return .array(transposed(array))
      case "flat": return .flat(array)
      case "real", "imag": return .array(try half(of: array, isReal: name == "real", at: location))
      default: return .method(array, name)
      }
    case .method(let array, "flags"): return try flag(name, of: array, at: location)
    case .tuple(let items) where name == "index" || name == "count":
      return .tupleMethod(items, name)
    case .scalar, .literal:
      let value = try number(meaning, at: location)
      switch name {
      case "real": return .scalar(value.real)
      case "imag": return .scalar(value.imaginary)
      case "dtype": return .dtype(value.dtype)
      case "conjugate", "conj", "item", "view": return .numberMethod(value, name)
      default: throw failure("a number has no '\(name)' in kernels", at: location)
      }
    case .record(let names, let items):
      guard let i = names.firstIndex(of: name) else {
        throw failure("\(meaning.description) has no '\(name)' in kernels", at: location)
      }
      return items[i]
    case .list, .display: return .listMethod(try settledList(meaning, at: location), name)
    case .slice(let start, let stop, let step) where ["start", "stop", "step"].contains(name):
      return (name == "start" ? start : name == "stop" ? stop : step) ?? .none
    case .range(let numbers) where name == "stop" || name == "start" || name == "step":
      throw failure("'\(name)' of a range of \(numbers.rank) is not in the language", at: location)
    default:
      throw failure("\(meaning.description) has no '\(name)' in kernels", at: location)
    }
  }

  func elementCount(_ array: ArrayValue) -> Expression {
    let count = array.shape.dropFirst().reduce(array.shape.first ?? builder.integer(1)) { $0 * $1 }
    nonNegative.insert(count.value)
    return count
  }

  private func transposed(_ array: ArrayValue) -> ArrayValue {
    var result = array
    result.hasRows = false
    result.isWhole = array.rank < 2 && array.isWhole
    result.parameter = nil
    // Its axes are counted otherwise.
    if array.places.isEmpty, array.rank > 1 { result.isReordered = true }
    result.shape.reverse()
    if let place = array.place { result.place = { place($0.reversed()) } }
    return seen(result, array) { $0.reversed() }
  }

  /// `a.real` or `a.imag`: the parts of complex elements where they lie. Of real numbers the
  /// one is the array itself, and the other zeros that nobody can write.
  func half(
    of array: ArrayValue, isReal: Bool, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    guard array.dtype.isComplex else {
      if isReal { return array }
      let zero = builder.integer(0, array.dtype)
      return try map([array], at: location) { (_) throws(MartletError) in .scalar(zero) }
    }
    guard array.place != nil, rules.target == .host else {
      return try map([array], at: location) { (parts) throws(MartletError) in
        .scalar(isReal ? parts[0].real : parts[0].imaginary)
      }
    }
    let dtype = array.dtype.realType
    let whole = try parts(of: array, at: location)
    let size = builder.integer(dtype.itemSize)
    let start = isReal ? whole[0] : whole[0] + size
    origins.note(start, like: whole[0])
    let strides = whole[(1 + array.rank)...].map { $0 * builder.integer(2) }
    var result = self.array(dtype, [start] + array.shape + strides)
    result.element = { (index) throws(MartletError) in
      let element = try array.element(index)
      return isReal ? element.real : element.imaginary
    }
    result.buffers = array.buffers
    result.isWhole = array.isWhole
    result.isReadOnly = array.isReadOnly
    result.origin = array.origin
    result.accumulation = array.accumulation
    result.places = array.places
    result.isReordered = array.isReordered
    return result
  }

  /// An array whose elements are those of another one at other indices.
  func seen(
    _ view: ArrayValue, _ array: ArrayValue, _ index: @escaping ([Expression]) -> [Expression]
  ) -> ArrayValue {
    var result = view
    if array.place == nil { result.setReads(array.scatteredReads) }
    result.element = { (own) throws(MartletError) in try array.element(index(own)) }
    result.plain = array.plain.map { plain in
      ArrayValue.Plain(condition: plain.condition) { (own) throws(MartletError) in
        try plain.element(index(own))
      }
    }
    return result
  }

  // MARK: Indexing

  func index(
    _ container: Meaning, _ indices: [SourceIndex], _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    switch container.withoutNames {
    case .array(let array):
      let given = try given(indices, frame)
      if let gathering = try gathering(of: array, given, isRead: true, at: location) {
        return .array(try elements(of: gathering, at: location))
      }
      let view = try view(of: array, given, at: location)
      mark(location)
      if view.isElement { try note(view.array, isWrite: false, at: location) }
      return try view.isElement ? .scalar(element(of: view.array, [])) : .array(view.array)
    case .tuple(let items), .display(let items):
      return try item(of: items, indices, frame, at: location)
    case .list(let list): return try item(of: list, indices, frame, at: location)
    case .flat(let array):
      let element = try flatElement(
        of: array, onlyIndex(indices, frame, at: location), at: location)
      return .scalar(try self.element(of: element, []))
    case .range(let numbers):
      return try number(of: numbers, onlyIndex(indices, frame, at: location), at: location)
    case .known(let name) where name.hasPrefix("cuda."):
      return container
    default:
      throw failure("\(container.description) can't be indexed", at: location)
    }
  }

  /// The step of a slice of a tuple.
  private func knownStep(
    _ step: SourceExpression?, _ frame: Frame
  ) throws(MartletError) -> Int {
    guard let step else { return 1 }
    switch try lower(step, frame) {
    case .none: return 1
    case .literal(let literal):
      guard let value = literal.asInteger else { break }
      guard value != 0 else { throw failure("slice step cannot be zero", at: step.location) }
      return Int(value)
    default: break
    }
    throw failure(
      "a tuple is sliced by numbers that are known when compiling", at: step.location)
  }

  private func item(
    of items: [Meaning], _ indices: [SourceIndex], _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    guard indices.count == 1 else {
      throw failure("a tuple takes one index", at: location)
    }
    func bound(
      _ part: SourceExpression?, _ standard: Int, below least: Int, _ most: Int
    ) throws(MartletError) -> Int {
      guard let part else { return standard }
      guard case .literal(let literal) = try lower(part, frame), let value = literal.asInteger
      else {
        throw failure("a tuple is sliced by numbers that are known when compiling", at: location)
      }
      let wrapped = Int(value) < 0 ? Int(value) + items.count : Int(value)
      return min(max(wrapped, least), most)
    }
    switch indices[0] {
    case .ellipsis: throw failure("a tuple takes no '...'", at: location)
    case .slice(let start, let stop, let step):
      let stride = try knownStep(step, frame)
      if stride < 0 {
        let top = items.count - 1
        let first = try bound(start, top, below: -1, top)
        let last = try bound(stop, -1, below: -1, top)
        let places = Swift.stride(from: first, to: last, by: stride)
        return .tuple(places.map { items[$0] })
      }
      let first = try bound(start, 0, below: 0, items.count)
      let last = try bound(stop, items.count, below: 0, items.count)
      return .tuple(Swift.stride(from: first, to: last, by: stride).map { items[$0] })
    case .element(let expression):
      let meaning = try lower(expression, frame)
      if case .literal(let literal) = meaning, let value = literal.asInteger {
        let wrapped = value < 0 ? Int(value) + items.count : Int(value)
        if items.indices.contains(wrapped) { return items[wrapped] }
        guard rules.target == .host, let last = items.last else {
          throw failure("index \(value) is outside a tuple of \(items.count)", at: location)
        }
        try fail("IndexError", "tuple index out of range", at: location)
        return last
      }
      // A position known only at run time chooses among numbers.
      let index = try position(meaning, for: "an index", at: location)
      guard var result = items.last else {
        throw failure("an empty tuple has no elements", at: location)
      }
      try checkInside(index, count: items.count, at: location)
      for (i, item) in items.enumerated().dropLast().reversed() {
        let here = (index == Double(i)) | (index == Double(i - items.count))
        result = try select(here, item, result, at: location)
      }
      return result
    }
  }

  /// Fails where a position is outside of a tuple: by an exception, or by a write that the Simulator
  /// sees, to memory that nobody reads.
  private func checkInside(
    _ index: Expression, count: Int, at location: SourcePosition
  ) throws(MartletError) {
    switch rules.target {
    case .host:
      let isInside = (index >= builder.integer(-count)) & (index < builder.integer(count))
      try builder.branch(!isInside) { () throws(MartletError) in
        try fail("IndexError", "tuple index out of range", at: location)
      }
    case .grid:
      mark(location)
      let memory = builder.local(.int8, [count])
      builder.name(memory, "tuple")
      let place = (index < builder.integer(0)).select(index + builder.integer(count), index)
      builder.store(memory, [place], builder.integer(0, .int8))
    // What runs on every element raises nothing.
    case .elementwise: break
    }
  }

  /// What indices mean.
  func given(
    _ indices: [SourceIndex], _ frame: Frame
  ) throws(MartletError) -> [GivenIndex] {
    // `a[i, j]` and `a[(i, j)]` are the same.
    var given: [GivenIndex] = []
    for index in indices {
      switch index {
      case .ellipsis: given.append(.ellipsis)
      case .slice(let start, let stop, let step):
        func part(_ expression: SourceExpression?) throws(MartletError) -> Meaning? {
          guard let expression else { return nil }
          let meaning = try lower(expression, frame)
          if case .none = meaning { return nil }
          return meaning
        }
        given.append(.slice(try part(start), try part(stop), try part(step)))
      case .element(let expression):
        let meaning = try lower(expression, frame).withoutNames
        switch meaning {
        case .tuple(let items): given += items.map { GivenIndex($0) }
        case .list, .display, .range:
          given += try arrays(for: [meaning], at: expression.location).map {
            (one) throws(MartletError) in
            guard case .tuple(let items) = one else { return .element(one) }
            return .element(.array(try rows(items, at: expression.location)))
          }
        default: given.append(GivenIndex(meaning))
        }
      }
    }
    return given
  }

  enum GivenIndex {
    case element(Meaning)
    case slice(Meaning?, Meaning?, Meaning?)
    case newAxis
    case ellipsis

    /// What one value between brackets means.
    init(_ meaning: Meaning) {
      switch meaning {
      case .none: self = .newAxis
      case .slice(let start, let stop, let step): self = .slice(start, stop, step)
      default: self = .element(meaning)
      }
    }
  }

  /// The part of an array that indices choose.
  func view(
    of array: ArrayValue, _ given: [GivenIndex], at location: SourcePosition
  ) throws(MartletError) -> View {
    let indices = try completed(given, for: array, at: location)
    // For each dimension of the array: where it is, as a function of the view's index.
    var maps: [([Expression]) -> Expression] = []
    var shape: [Expression] = []
    var isWhole = true
    var places = array.places
    let isOutside = isChild && array.places.isEmpty && array.isWhole && !array.isReordered
    for index in indices {
      let axis = maps.count
      switch index {
      case .newAxis:
        isWhole = false
        shape.append(builder.integer(1))
      case .ellipsis: break
      case .element(let meaning):
        isWhole = false
        let place = try inside(meaning, size: array.shape[axis], axis: axis, at: location)
        if isOutside, case .scalar(let value) = meaning, value.dtype == .int64 {
          places.append(OutsidePlace(axis: axis, index: value.value, count: nil))
        }
        maps.append { _ in place }
      case .slice(let start, let stop, let step):
        let own = shape.count
        if start == nil, stop == nil, step == nil {
          shape.append(array.shape[axis])
          maps.append { $0[own] }
        } else {
          isWhole = false
          if isOutside, step == nil, case .scalar(let first)? = start,
            case .scalar(let end)? = stop, first.dtype == .int64, end.dtype == .int64
          {
            places.append(
              OutsidePlace(axis: axis, index: first.value, count: (end - first).value))
          }
          let range = try range(start, stop, step, size: array.shape[axis], at: location)
          shape.append(range.count)
          maps.append { index in
            let moved = range.step.map { index[own] * $0 } ?? index[own]
            return range.startsAtZero ? moved : range.start + moved
          }
        }
      }
    }
    try checkRank(shape.count, at: location)
    var result = array
    result.shape = shape
    result.isWhole = isWhole && array.isWhole
    result.places = places
    if !isWhole { result.parameter = nil }
    if case .slice(_, _, nil)? = indices.last {} else { result.hasRows = false }
    let chosen = maps
    if let place = array.place { result.place = { index in place(chosen.map { $0(index) }) } }
    result = seen(result, array) { index in chosen.map { $0(index) } }
    return View(array: result, isElement: shape.isEmpty)
  }

  /// Refuses an array of more dimensions than arrays have.
  func checkRank(_ rank: Int, at location: SourcePosition) throws(MartletError) {
    guard rank <= Shape.maximumRank else {
      throw failure(
        "an array has at most \(Shape.maximumRank) dimensions in kernels, not \(rank)", at: location
      )
    }
  }

  /// Indices for every axis: those left out, and `...`, are whole slices.
  func completed(
    _ given: [GivenIndex], for array: ArrayValue, at location: SourcePosition
  ) throws(MartletError) -> [GivenIndex] {
    let used = given.reduce(0) { count, index in
      switch index {
      case .element, .slice: count + 1
      case .newAxis, .ellipsis: count
      }
    }
    guard used <= array.rank else {
      throw failure(
        "an array of \(array.rank) dimension\(array.rank == 1 ? "" : "s") can't take \(used) indices",
        at: location)
    }
    var indices = given
    let missing = (0..<array.rank - used).map { _ in GivenIndex.slice(nil, nil, nil) }
    if let i = indices.firstIndex(where: { if case .ellipsis = $0 { true } else { false } }) {
      indices.replaceSubrange(i...i, with: missing)
      if indices.contains(where: { if case .ellipsis = $0 { true } else { false } }) {
        throw failure("there can be only one '...'", at: location)
      }
    } else {
      indices += missing
    }
    return indices
  }

  /// A position on an axis: counted from the end if negative, and inside if that is checked.
  func inside(
    _ meaning: Meaning, size: Expression, axis: Int, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    let raw = try position(meaning, for: "an index", at: location)
    var place = raw
    if case .literal(let literal) = meaning, let value = literal.asInteger {
      if value < 0 { place = size + raw }
    } else if isPython, !isNonNegative(raw) {
      place = (raw < builder.integer(0)).select(raw + size, raw)
    }
    guard rules.checksBounds, rules.target == .host else { return place }
    let isInside = (place >= builder.integer(0)) & (place < size)
    try builder.branch(!isInside) { () throws(MartletError) in
      try fail(
        "IndexError", "index {0} is out of bounds for axis \(axis) with size {1}", [raw, size],
        at: location)
    }
    // What is read or written after a failure is guarded, but an address may be made before.
    return isInside.select(place, builder.integer(0))
  }

  /// Steps are multiplied by positions, which must stay numbers.
  func checkStep(_ step: Int64, at location: SourcePosition) throws(MartletError) {
    if step.magnitude > 1 << 40 {
      throw failure("the step \(step) is larger than any array", at: location)
    }
  }

  struct SliceRange {
    var start: Expression
    var startsAtZero: Bool
    /// Nil for 1.
    var step: Expression?
    var count: Expression
  }

  func range(
    _ start: Meaning?, _ stop: Meaning?, _ step: Meaning?, size: Expression,
    at location: SourcePosition
  ) throws(MartletError) -> SliceRange {
    var stride = 1
    if let step {
      guard case .literal(let literal) = step else {
        return try range(start, stop, anyStep: step, size: size, at: location)
      }
      guard let value = literal.asInteger, value != 0 else {
        throw failure("a slice's step is an integer, and not 0", at: location)
      }
      try checkStep(value, at: location)
      stride = Int(value)
    }
    let zero = builder.integer(0)
    let one = builder.integer(1)
    func smaller(_ a: Expression, _ b: Expression) -> Expression { (a < b).select(a, b) }
    func larger(_ a: Expression, _ b: Expression) -> Expression { (a > b).select(a, b) }
    func bound(
      _ meaning: Meaning, _ low: Expression, _ high: Expression
    ) throws(MartletError) -> Expression {
      let raw = try position(meaning, for: "a slice's end", at: location)
      let wrapped = isNonNegative(raw) ? raw : (raw < zero).select(raw + size, raw)
      return isNonNegative(raw) && low.value == zero.value
        ? smaller(wrapped, high) : larger(low, smaller(wrapped, high))
    }
    if stride > 0 {
      let first = try start.map { (meaning) throws(MartletError) in try bound(meaning, zero, size) }
      let last = try stop.map { (meaning) throws(MartletError) in try bound(meaning, zero, size) }
      let span = (last ?? size) - (first ?? zero)
      let positive = first == nil && last == nil ? span : larger(span, zero)
      let count =
        stride == 1 ? positive : (positive + builder.integer(stride - 1)) / builder.integer(stride)
      nonNegative.insert(count.value)
      return SliceRange(
        start: first ?? zero, startsAtZero: first == nil,
        step: stride == 1 ? nil : builder.integer(stride), count: count)
    }
    let end = size - one
    let below = builder.integer(-1)
    let first = try start.map { (meaning) throws(MartletError) in try bound(meaning, below, end) }
    let last = try stop.map { (meaning) throws(MartletError) in try bound(meaning, below, end) }
    let span = larger((first ?? end) - (last ?? below), zero)
    let count = (span + builder.integer(-stride - 1)) / builder.integer(-stride)
    nonNegative.insert(count.value)
    return SliceRange(
      start: first ?? end, startsAtZero: false, step: builder.integer(stride), count: count)
  }

  /// A slice whose step is known when the kernel runs.
  private func range(
    _ start: Meaning?, _ stop: Meaning?, anyStep: Meaning, size: Expression,
    at location: SourcePosition
  ) throws(MartletError) -> SliceRange {
    let (zero, one) = (builder.integer(0), builder.integer(1))
    let given = try position(anyStep, for: "a slice's step", at: location)
    let isNothing = given == zero
    if rules.target == .host {
      try builder.branch(isNothing) { () throws(MartletError) in
        try fail("ValueError", "slice step cannot be zero", at: location)
      }
    }
    // Steps are multiplied by positions; beyond any array's size they are all the same.
    let most = builder.integer(1 << 40)
    let below = (given < -most).select(-most, given)
    let bounded = (below > most).select(most, below)
    let step = isNothing.select(one, bounded)
    let isDown = step < zero
    let (low, high) = (isDown.select(builder.integer(-1), zero), isDown.select(size - one, size))
    func bound(_ meaning: Meaning?, _ standard: Expression) throws(MartletError) -> Expression {
      guard let meaning else { return standard }
      let raw = try position(meaning, for: "a slice's end", at: location)
      let wrapped = (raw < zero).select(raw + size, raw)
      let least = (wrapped < low).select(low, wrapped)
      return (least > high).select(high, least)
    }
    let first = try bound(start, isDown.select(size - one, zero))
    let last = try bound(stop, isDown.select(builder.integer(-1), size))
    let stride = isDown.select(-step, step)
    let span = isDown.select(first - last, last - first)
    let count = ((span > zero).select(span, zero) + stride - one) / stride
    nonNegative.insert(count.value)
    return SliceRange(start: first, startsAtZero: false, step: step, count: count)
  }

  // MARK: Writing

  func store(
    _ meaning: Meaning, to indices: [SourceIndex], of array: ArrayValue, _ frame: Frame,
    at location: SourcePosition
  ) throws(MartletError) {
    let before = failureCount
    let given = try given(indices, frame)
    if let gathering = try gathering(of: array, given, at: location) {
      return try unlessFailed(since: before) { () throws(MartletError) in
        try store(meaning, to: gathering, at: location)
      }
    }
    let view = try view(of: array, given, at: location)
    mark(location)
    try unlessFailed(since: before) { () throws(MartletError) in
      try fill(view.array, with: meaning, at: location)
    }
  }

  /// Writes a number or an array's elements to an array.
  func fill(
    _ target: ArrayValue, with meaning: Meaning, at location: SourcePosition
  ) throws(MartletError) {
    guard let place = target.place else {
      throw failure("this array is computed, and can't be written", at: location)
    }
    if target.isReadOnly {
      throw failure("this array shows elements several times, and can't be written", at: location)
    }
    try note(target, isWrite: true, at: location)
    try checkAccumulated(meaning, in: target, at: location)
    func put(_ index: [Expression], _ value: Expression) {
      let place = place(index)
      writtenBuffers.insert(place.buffer)
      builder.store(place.buffer, place.index, value.cast(to: target.dtype))
    }
    var meaning = meaning
    if meaning.isList || meaning.isRange {
      meaning = try arrays(for: [meaning], at: location)[0]
    }
    if case .tuple(let items) = meaning, target.rank > 0 {
      let isFlat = items.allSatisfy { $0.dtype != nil }
      if isFlat, target.rank == 1 {
        return try fill(target, withItems: items, at: location)
      }
      meaning = .array(try rows(items, at: location))
    }
    guard case .array(let source) = meaning, source.rank > 0 || target.rank > 0 else {
      let value = try number(meaning, as: target.dtype, at: location)
      try loops(over: target.shape) { (index) throws(MartletError) in put(index, value) }
      return
    }
    let aligned = try broadcast(source, to: target.shape, at: location)
    func putAll(_ source: ArrayValue) throws(MartletError) {
      try visit(source, over: target.shape) { (index, value) in put(index, value) }
    }
    // NumPy reads all elements before it writes one. That is no different where each element is
    // made from the one that it replaces, or from others that are not written.
    guard let isSafe = try isInPlace(aligned, target) else { return try putAll(aligned) }
    try builder.branch(
      isSafe, then: { () throws(MartletError) in try putAll(aligned) },
      else: { () throws(MartletError) in
        let before = failureCount
        let copy = try copied(aligned, at: location)
        try unlessFailed(since: before) { () throws(MartletError) in try putAll(copy) }
      })
  }

  /// Writes the numbers of a tuple to an array of one dimension.
  private func fill(
    _ target: ArrayValue, withItems items: [Meaning], at location: SourcePosition
  ) throws(MartletError) {
    guard let place = target.place else { return }
    let before = failureCount
    var values: [Expression] = []
    for item in items { values.append(try number(item, as: target.dtype, at: location)) }
    let size = target.shape[0]
    let fits = size == builder.integer(items.count)
    if rules.target == .host {
      try builder.branch(!fits) { () throws(MartletError) in
        try fail(
          "ValueError",
          "could not broadcast input array from shape (\(items.count),) into shape ({0},)", [size],
          at: location)
      }
    }
    try unlessFailed(since: before) { () throws(MartletError) in
      for (i, value) in values.enumerated() {
        let place = place([builder.integer(i)])
        writtenBuffers.insert(place.buffer)
        builder.store(place.buffer, place.index, value)
      }
    }
  }

  /// A loop for each size, the last innermost.
  func loops(
    over shape: [Expression], innermost: Loop.Kind = .serial,
    _ body: ([Expression]) throws(MartletError) -> Void
  ) throws(MartletError) {
    var shape = shape
    // However long the outer axis is, nothing is done for an inner one that is empty.
    for i in shape.indices.dropFirst() {
      shape[0] = (shape[i] == builder.integer(0)).select(builder.integer(0), shape[0])
    }
    try whereWhole { () throws(MartletError) in
      try loops(over: shape[...], innermost, [], body)
    }
  }

  private func loops(
    over shape: ArraySlice<Expression>, _ innermost: Loop.Kind, _ index: [Expression],
    _ body: ([Expression]) throws(MartletError) -> Void
  ) throws(MartletError) {
    guard let size = shape.first else { return try body(index) }
    let kind = shape.count == 1 ? innermost : .serial
    try builder.loop(kind, from: builder.integer(0), to: size) { (i) throws(MartletError) in
      nonNegative.insert(i.value)
      try loops(over: shape.dropFirst(), innermost, index + [i], body)
    }
  }
}
