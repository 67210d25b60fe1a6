import MartletIR

/// An array to which the iterations of a parallel loop do nothing but add: each part of the loop adds
/// to a copy of its own, and these are joined in order.
struct Accumulator {
  var name: String
  var rule: ParallelReduction
  var array: ArrayValue
  /// A copy for each part, side by side along the first axis.
  var copies: ArrayValue

  /// Under which name a part finds all copies; none of a user's is like it.
  static func copiesName(_ name: String) -> String { ".copies.\(name)" }
}

extension FunctionLowering {
  /// How many elements the copies of an array may have together.
  private static let mostCopied = 1 << 24

  // MARK: Around the loop

  /// The arrays that a body only adds to, with memory for their copies: those that it names as a
  /// whole, and those whose elements several iterations were found to change.
  func accumulators(
    of loop: ParallelLoop, _ body: [SourceStatement], _ assigned: Set<String>,
    _ count: Expression, _ frame: Frame
  ) throws(MartletError) -> [Accumulator] {
    var found: [Accumulator] = []
    for name in frame.names.keys.sorted() {
      let isWanted = types.accumulated[loop.key]?.contains(name) ?? false
      guard isWanted || assigned.contains(name),
        case .array(let array) = try arrayOrNothing(name, frame, at: loop.location),
        let rule = ParallelReduction.rule(for: name, in: body, elements: true),
        rule.joins(array.dtype)
      else { continue }
      let parts = builder.integer(Self.partCount)
      let limit = copyLimit(elementCount(array))
      let copies = try newArray(
        array.dtype, [(limit < parts).select(limit, parts)] + array.shape, at: loop.location)
      found.append(Accumulator(name: name, rule: rule, array: array, copies: copies))
    }
    return found
  }

  /// What a name stands for, where that is an array in memory.
  private func arrayOrNothing(
    _ name: String, _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    switch frame.names[name]?.storage {
    case .value(.array(let array)) where array.rank > 0 && array.place != nil:
      return .array(array)
    case .compound(let variable):
      guard case .array(_, rank: 1..., _) = variable.form, !variable.isEmpty else { return .none }
      return try value(of: name, frame, at: location)
    default: return .none
    }
  }

  /// How many copies of so many elements there may be: one at least.
  private func copyLimit(_ size: Expression) -> Expression {
    let one = builder.integer(1)
    let limit = builder.integer(Self.mostCopied) / (size < one).select(one, size)
    return (limit < one).select(one, limit)
  }

  /// Into how many parts a loop is cut whose parts have copies. Making and joining them should cost
  /// less than the loop itself; how much that is depends on nothing but sizes, as the parts must.
  func partLimit(
    _ accumulators: [Accumulator], _ count: Expression, _ body: [SourceStatement]
  ) -> Expression {
    let one = builder.integer(1)
    var limit = builder.integer(Self.partCount)
    for accumulator in accumulators {
      let size = elementCount(accumulator.array)
      let few = accumulator.copies.shape[0]
      limit = (few < limit).select(few, limit)
      if SourceScan.hasLoops(body) || SourceScan.assigned(body).contains(accumulator.name) {
        continue
      }
      let worth = builder.integer(4) * count / (size < one).select(one, size)
      limit = (worth < limit).select(worth, limit)
    }
    return (limit < one).select(one, limit)
  }

  /// Joins the copies of the parts that ran, in order, with the array.
  func join(
    _ accumulator: Accumulator, _ tasks: Expression, at location: SourcePosition
  ) throws(MartletError) {
    let (array, copies, rule) = (accumulator.array, accumulator.copies, accumulator.rule)
    guard let place = array.place else { return }
    let before = failureCount
    try unlessFailed(since: before) { () throws(MartletError) in
      try builder.loop(from: builder.integer(0), to: tasks) { (part) throws(MartletError) in
        nonNegative.insert(part.value)
        try loops(over: array.shape) { (index) throws(MartletError) in
          let place = place(index)
          writtenBuffers.insert(place.buffer)
          let joined = rule.join(
            builder.load(place.buffer, place.index), try copies.element([part] + index))
          builder.store(place.buffer, place.index, joined.cast(to: array.dtype))
        }
      }
    }
  }

  // MARK: In the loop

  /// Notes which array from outside a name is, should iterations turn out to add to it.
  func noteOrigin(of name: String, _ captured: Captured) {
    switch captured {
    case .parameter(let number): accumulable[parameterArrays[number].origin ?? -1] = name
    case .array(_, _, _, let number): accumulable[Self.firstCaptured + number] = name
    default: break
    }
  }

  /// Gives a part of the loop its copy in the place of the array.
  func startCopy(
    _ accumulator: Accumulator, _ part: Expression, _ frame: Frame, at location: SourcePosition
  ) throws(MartletError) {
    let name = accumulator.name
    guard case .value(.array(let own))? = frame.names[name]?.storage,
      case .value(.array(let copies))? = frame.names[Accumulator.copiesName(name)]?.storage,
      let place = copies.place
    else { return }
    if let origin = own.origin { accumulatedOrigins.insert(origin) }
    var copy = ArrayValue(
      dtype: own.dtype, shape: own.shape, buffers: copies.buffers, builder: builder
    ) { place([part] + $0) }
    copy.accumulation = accumulator.rule
    frame.names[name] = Binding(.value(.array(copy)))
    let start = accumulator.rule.start(builder, own.dtype)
    try loops(over: copy.shape) { (index) throws(MartletError) in
      let place = place([part] + index)
      writtenBuffers.insert(place.buffer)
      builder.store(place.buffer, place.index, start)
    }
  }

  /// Has the loop lowered anew with copies of an array that several iterations change; false where
  /// that does not help.
  func startsAccumulating(_ origin: Int) -> Bool {
    guard let name = accumulable[origin], let loop = iterations?.loop, !types.hasChanged,
      !accumulatedOrigins.contains(origin),
      types.accumulated[loop.key, default: []].insert(name).inserted
    else { return false }
    types.hasChanged = true
    return true
  }

  /// Whatever has copies, the loop touches by its name alone.
  func checkAccumulation() throws(MartletError) {
    for origin in accumulatedOrigins.sorted() {
      let touched = Array(writes.values.joined()) + Array(reads.values.joined())
      let others = Set(writes.keys).union(reads.keys).union(
        accumulatedOrigins.subtracting([origin]))
      guard others.contains(where: { roots(of: $0).mayOverlap(roots(of: origin)) }),
        let location = touched.first?.location ?? iterations?.loop.location
      else { continue }
      throw dependence("iterations touch one array in two ways, through a view", at: location)
    }
  }

  /// What is stored in a copy must be the same in the end as if the array itself had been changed:
  /// numbers that don't fit it would be rounded elsewhere.
  func checkAccumulated(
    _ meaning: Meaning, in array: ArrayValue, at location: SourcePosition
  ) throws(MartletError) {
    guard let rule = array.accumulation else { return }
    var given = meaning.dtype
    if case .array(let values) = meaning { given = values.dtype }
    let fits =
      given.map { given in
        let isExtreme = rule == .minimum || rule == .maximum
        return given == array.dtype || (given.isInexact == array.dtype.isInexact && !isExtreme)
      } ?? false
    guard fits else {
      throw dependence("what iterations add to an array is of another type", at: location)
    }
  }
}
