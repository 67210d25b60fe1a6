import MartletIR

/// A parallel loop: what it is known by (see `FunctionLowering.Types.orderedLoops`), and where it is.
struct ParallelLoop {
  var key: String
  var location: SourcePosition
}

/// The iterations of a parallel loop, while their body is lowered.
struct ParallelIterations {
  var loop: ParallelLoop
  /// The number of the iteration, from 0. What is older is the same in all iterations.
  var position: Value
  /// How many there are.
  var count: Value
  /// By how much the index goes on, where the loop says so.
  var step: Value?
  /// What quotients and rests of integers were made of.
  var quotients: [Value: Division] = [:]
  var rests: [Value: Division] = [:]

  struct Division: Equatable {
    var number: Value
    var divisor: Value
  }
}

/// Where an iteration touches an array from outside along one axis.
struct OutsidePlace: Equatable {
  var axis: Int
  /// The index, as the user wrote it.
  var index: Value
  /// How many elements from there on; nil for one.
  var count: Value?
}

/// How an iteration of a parallel loop touches an array from outside.
struct OutsideTouch {
  var places: [OutsidePlace]
  var location: SourcePosition
}

/// What must hold for iterations to be independent: shown when compiling, or looked at before a loop
/// runs.
indirect enum Independence {
  case known(Bool)
  case atLeastZero(LinearForm)
  case all([Independence])
  case any([Independence])

  var isKnown: Bool? {
    if case .known(let value) = self { return value }
    return nil
  }

  static func both(_ conditions: [Independence]) -> Independence {
    if conditions.contains(where: { $0.isKnown == false }) { return .known(false) }
    let rest = conditions.filter { $0.isKnown == nil }
    return rest.isEmpty ? .known(true) : rest.count == 1 ? rest[0] : .all(rest)
  }

  static func either(_ conditions: [Independence]) -> Independence {
    if conditions.contains(where: { $0.isKnown == true }) { return .known(true) }
    let rest = conditions.filter { $0.isKnown == nil }
    return rest.isEmpty ? .known(false) : rest.count == 1 ? rest[0] : .any(rest)
  }

  func expression(_ builder: KernelBuilder) -> Expression {
    switch self {
    case .known(let value): builder.integer(value ? 1 : 0, .bool)
    case .atLeastZero(let form):
      form.expression(builder) { Expression(builder: builder, value: $0) } >= builder.integer(0)
    case .all(let conditions):
      conditions.dropFirst().reduce(conditions[0].expression(builder)) {
        $0 & $1.expression(builder)
      }
    case .any(let conditions):
      conditions.dropFirst().reduce(conditions[0].expression(builder)) {
        $0 | $1.expression(builder)
      }
    }
  }
}

/// Whether the iterations of a parallel loop are independent: what one writes, no other touches.
///
/// An index is understood that is a sum of the iteration's number times something and of what is the
/// same in all iterations, also with the indices of loops inside, which make it a range; and the pair
/// of a quotient and its rest. What shows only at run time, such as whether two parts of an array lie
/// apart, is a condition that the loop looks at before it runs; all else runs in order.
extension FunctionLowering {
  /// Notes that an iteration reads or writes part of an array from outside.
  func note(_ array: ArrayValue, isWrite: Bool, at location: SourcePosition) throws(MartletError) {
    guard isChild, let origin = array.origin else { return }
    let touch = OutsideTouch(places: array.places, location: location)
    if isWrite {
      guard !array.places.isEmpty else { throw mayMeet(origin, location) }
      writes[origin, default: []].append(touch)
    } else {
      reads[origin, default: []].append(touch)
    }
  }

  /// Notes what a quotient or a rest is made of.
  func noteDivision(_ sign: String, _ a: Expression, _ b: Expression, _ result: Expression) {
    let division = ParallelIterations.Division(number: a.value, divisor: b.value)
    if sign == "//" { iterations?.quotients[result.value] = division }
    if sign == "%" { iterations?.rests[result.value] = division }
  }

  /// The error that lets a parallel loop be lowered anew, to run in order.
  func dependence(
    _ detail: String, of loop: ParallelLoop? = nil, at location: SourcePosition
  ) -> MartletError {
    // With types that are still too narrow it may be wrong.
    if let loop = loop ?? iterations?.loop, !types.hasChanged {
      types.orderedLoops[loop.key] = LoweredKernel.Remark(
        loop: loop.location, location: location, detail: detail)
      types.hasChanged = true
    }
    return failure(detail, at: location)
  }

  private func mayMeet(_ origin: Int, _ location: SourcePosition) -> MartletError {
    let detail = "iterations may write the same element of an array"
    if startsAccumulating(origin) { return failure(detail, at: location) }
    return dependence(detail, at: location)
  }

  /// What iterations write, no other may touch: under which condition that is so.
  func independence() throws(MartletError) -> Independence {
    var conditions: [Independence] = []
    try checkAccumulation()
    for (origin, written) in writes.sorted(by: { $0.key < $1.key }) {
      let others = Set(writes.keys).union(reads.keys).filter { $0 != origin }
      if others.contains(where: { roots(of: $0).mayOverlap(roots(of: origin)) }) {
        throw dependence(
          "iterations touch one array in two ways, through a view", at: written[0].location)
      }
      let all = written + reads[origin, default: []]
      let axes = Set(written[0].places.map(\.axis)).sorted()
      let found = axes.map { separated(written, all, along: $0) }
      if let best = found.first(where: { $0.isKnown == true })
        ?? found.first(where: { $0.isKnown == nil })
      {
        conditions.append(best)
        continue
      }
      if areQuotientAndRest(all) { continue }
      if startsAccumulating(origin) {
        throw failure("iterations may write the same element", at: written[0].location)
      }
      // The first place that is not the written one's own.
      if let other = reads[origin, default: []].first(where: { touch in
        !axes.contains { axis in
          touch.places.first { $0.axis == axis } == written[0].places.first { $0.axis == axis }
        }
      }), axes.contains(where: { separated(written, written, along: $0).isKnown != false }) {
        throw dependence(
          "an iteration touches elements of an array that others write", at: other.location)
      }
      throw mayMeet(origin, written[0].location)
    }
    return .both(conditions)
  }

  func roots(of origin: Int) -> MemoryOrigins.Roots {
    guard origin >= Self.firstCaptured else { return .argument(origin) }
    return capturedRoots[origin - Self.firstCaptured] ?? MemoryOrigins.Roots()
  }

  // MARK: - Ranges of an axis

  /// The elements that iteration `p` touches: `width` of them from `start + step * p` on.
  private struct Span: Equatable {
    var step: LinearForm
    var start: LinearForm
    var width: LinearForm
    /// Whether none of them is counted from the end.
    var isNonNegative: Bool
  }

  private func separated(
    _ written: [OutsideTouch], _ all: [OutsideTouch], along axis: Int
  ) -> Independence {
    func spans(_ touches: [OutsideTouch]) -> [Span]? {
      var spans: [Span] = []
      for touch in touches {
        guard let place = touch.places.first(where: { $0.axis == axis }), let span = span(place)
        else { return nil }
        if !spans.contains(span) { spans.append(span) }
      }
      return spans
    }
    guard let ours = spans(written), let others = spans(all) else { return .known(false) }
    var conditions: [Independence] = []
    for span in others where !span.isNonNegative { conditions.append(isNonNegative(span)) }
    for a in ours {
      for b in others { conditions.append(areApart(a, b)) }
    }
    return .both(conditions)
  }

  /// Whether no iteration's elements of `a` are another's of `b`.
  private func areApart(_ a: Span, _ b: Span) -> Independence {
    var ways: [Independence] = []
    let one = LinearForm(1)
    if a.step == b.step {
      let distance = b.start - a.start
      if let step = a.step.asConstant {
        if step != 0 {
          ways.append(inOneTile(a, b, LinearForm(Int(step.magnitude))))
          if a.width == one, b.width == one, let between = distance.asConstant,
            between % step != 0
          {
            ways.append(.known(true))
          }
        }
      } else if distance == LinearForm(), a.width == one, b.width == one,
        let own = iterations?.step, a.step == form(own)
      {
        ways.append(.known(true))
      } else {
        ways.append(.both([condition(a.step - one), inOneTile(a, b, a.step)]))
      }
    }
    if let p = ends(a), let q = ends(b) {
      ways.append(condition(q.low - p.high))
      ways.append(condition(p.low - q.high))
    }
    return .either(ways)
  }

  /// Whether both lie in a tile of so many elements, of which each iteration has its own.
  private func inOneTile(_ a: Span, _ b: Span, _ size: LinearForm) -> Independence {
    let distance = b.start - a.start
    return .both([
      condition(size - a.width), condition(size - b.width),
      condition(size - distance - b.width), condition(size + distance - a.width),
    ])
  }

  /// The first element of all iterations, and the one after the last.
  private func ends(_ span: Span) -> (low: LinearForm, high: LinearForm)? {
    guard let step = span.step.asConstant, let iterations else { return nil }
    let way = (LinearForm(iterations.count) - LinearForm(1)).times(step)
    return step >= 0
      ? (span.start, span.start + way + span.width) : (span.start + way, span.start + span.width)
  }

  private func isNonNegative(_ span: Span) -> Independence {
    let width = condition(span.width)
    if let ends = ends(span) { return .both([width, condition(ends.low)]) }
    return .both([width, condition(span.start), condition(span.step)])
  }

  /// That a form is at least 0, as far as that is known already.
  private func condition(_ form: LinearForm) -> Independence {
    let terms = form.terms.filter { !$0.key.isEmpty }
    let areCounts = terms.keys.allSatisfy { $0.allSatisfy(nonNegative.contains) }
    if areCounts, form.constant >= 0, terms.values.allSatisfy({ $0 > 0 }) { return .known(true) }
    // Conditions that hold for nothing but one iteration, or no elements, are not worth a look.
    let ofCount = iterations.flatMap { terms[[$0.count]] } ?? 0
    if areCounts, form.constant + 2 * ofCount <= (ofCount < 0 ? -1 : 0),
      terms.values.allSatisfy({ $0 < 0 })
    {
      return .known(false)
    }
    return .atLeastZero(form)
  }

  // MARK: - Indices

  private func span(_ place: OutsidePlace) -> Span? {
    guard let iterations, let index = form(place.index) else { return nil }
    var start = index.without(iterations.position)
    let step = index.factor(of: iterations.position) ?? LinearForm()
    var width = LinearForm(1)
    if let count = place.count {
      guard let form = form(count) else { return nil }
      width = form
    }
    for inner in start.values where isInnerIndex(inner) {
      guard let factor = start.factor(of: inner)?.asConstant, let length = length(ofLoop: inner)
      else { return nil }
      let way = (length - LinearForm(1)).times(factor)
      start = start.without(inner)
      if factor < 0 { start = start + way }
      width = width + (factor < 0 ? way.times(-1) : way)
    }
    let isKnown = [step, start, width].allSatisfy { $0.values.allSatisfy(isOutside) }
    guard isKnown else { return nil }
    return Span(
      step: step, start: start, width: width,
      isNonNegative: place.count == nil && nonNegative.contains(place.index))
  }

  private func isOutside(_ value: Value) -> Bool {
    guard let iterations else { return false }
    return builder.isOlder(value, than: iterations.position)
  }

  private func isInnerIndex(_ value: Value) -> Bool {
    builder.upperBounds[value] != nil && !isOutside(value) && value != iterations?.position
  }

  /// How often a loop inside runs, where it runs at all.
  private func length(ofLoop index: Value) -> LinearForm? {
    guard let upper = builder.upperBounds[index] else { return nil }
    var length = form(upper)
    // `range` counts nothing where its bounds lie the other way round.
    if length == nil, case .select(_, let span, let zero)? = builder.definitions?[upper],
      form(zero) == LinearForm()
    {
      length = form(span)
    }
    guard let length, length.values.allSatisfy(isOutside) else { return nil }
    return length
  }

  /// An integer as a sum of products of the iteration's number, of indices of loops inside, and of
  /// what is older than the loop; nil for others.
  private func form(_ value: Value) -> LinearForm? {
    func isIndex(_ value: Value) -> Bool { value == iterations?.position || isInnerIndex(value) }
    if isIndex(value) { return LinearForm(value) }
    var sum: LinearForm?
    switch builder.definitions?[value] {
    case .constant(let scalar) where scalar.dtype == .int64: sum = LinearForm(Int(scalar.asInt64))
    case .unary(.negate, let a): sum = form(a)?.times(-1)
    case .binary(let operation, let a, let b):
      if [.add, .subtract, .multiply].contains(operation), let p = form(a), let q = form(b) {
        sum =
          operation == .add
          ? p + q : operation == .subtract ? p - q : p.times(q, isIndex: isIndex)
      }
    default: break
    }
    if let sum, sum.isSmall { return sum }
    return iterations == nil || isOutside(value) ? LinearForm(value) : nil
  }

  /// The number that an integer is, as far as sums and products show it.
  func constant(_ number: Expression) -> Int? { form(number.value)?.asConstant }

  // MARK: - Quotients and rests

  /// Whether all places are a quotient along one axis and its rest along another, which no two numbers
  /// have in common.
  private func areQuotientAndRest(_ touches: [OutsideTouch]) -> Bool {
    guard let iterations else { return false }
    func division(_ touch: OutsideTouch, _ axis: Int, _ all: [Value: ParallelIterations.Division])
      -> ParallelIterations.Division?
    {
      touch.places.first { $0.axis == axis && $0.count == nil }.flatMap { all[$0.index] }
    }
    for x in touches[0].places {
      guard let first = iterations.quotients[x.index], x.count == nil,
        nonNegative.contains(first.number), let number = form(first.number),
        let step = number.factor(of: iterations.position)?.asConstant, step != 0,
        number.without(iterations.position).values.allSatisfy(isOutside),
        isNotZero(first.divisor)
      else { continue }
      for y in touches[0].places where iterations.rests[y.index] == first {
        let isSame = touches.allSatisfy {
          division($0, x.axis, iterations.quotients) == first
            && division($0, y.axis, iterations.rests) == first
        }
        if isSame { return true }
      }
    }
    return false
  }

  /// Whether a divisor is no 0: as it is written, or since a division by 0 raises.
  private func isNotZero(_ divisor: Value) -> Bool {
    guard isOutside(divisor) || form(divisor)?.asConstant != nil else { return false }
    if rules.division == .python { return true }
    return form(divisor)?.asConstant.map { $0 != 0 } ?? false
  }
}
