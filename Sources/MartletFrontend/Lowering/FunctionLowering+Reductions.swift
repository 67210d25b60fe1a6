import MartletIR

/// What a reduction is asked for beside its array.
struct Reduction {
  var name: String
  /// The type that it computes in; nil for NumPy's choice.
  var dtype: DType?
  /// The type of the array that the result is written to.
  var stored: DType?
  /// What it starts from.
  var initial: Meaning?
  /// What a variance divides by less than the number of elements.
  var freedom: Meaning?
  /// Mean values that are known already, with the array's dimensions.
  var mean: ArrayValue?
  /// Which elements count, of the array's shape.
  var mask: ArrayValue?

  init(_ name: String) { self.name = name }

  var isExtreme: Bool { ["min", "max", "argmin", "argmax"].contains(name) }

  /// The type of a sum or product: small integers are added in 64 bits.
  func sumType(of own: DType) -> DType {
    if let dtype { return dtype }
    if let stored { return Promotion.promote(own, stored) }
    return own.isInexact ? own : own.isUnsigned ? .uint64 : .int64
  }
}

/// Sums, extremes and the like of all elements or along axes.
extension FunctionLowering {
  // MARK: Calls

  func reduction(
    _ name: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    var request = Reduction(name)
    let array = try array(arguments.row.parameters[0].name, &arguments, at: location)
    request.dtype = try dtype(&arguments, at: location)
    let output = try output(&arguments, at: location)
    request.stored = output?.dtype
    request.initial = arguments.takeGiven("initial")
    let isSum = ["sum", "prod", "mean", "var", "std"].contains(name)
    if request.dtype != nil, !isSum {
      throw failure("'dtype' of \(arguments.name) is there for sums and products", at: location)
    }
    if request.initial != nil, !isSum, !["min", "max"].contains(name) {
      throw failure(
        "'initial' of \(arguments.name) is there for sums, products and extremes", at: location)
    }
    if ["var", "std"].contains(name) {
      request.freedom = try freedom(&arguments, at: location)
      request.mean = try mean(of: array, &arguments, at: location)
      if name == "std", request.dtype?.isInexact == false {
        throw failure("'dtype' of std is a type of fractions", at: location)
      }
    }
    request.mask = try mask(over: array, &arguments, at: location)
    if request.mask != nil, ["min", "max"].contains(name), request.initial == nil {
      throw failure("'where' of \(name) needs 'initial' beside it, as in NumPy", at: location)
    }
    let axes = try axes(
      &arguments, of: array.rank, isOne: name.hasPrefix("arg"), at: location)
    let keeps = try truth("keepdims", &arguments, at: location)
    let result = try reduced(array, request, axes, keepsAxes: keeps, at: location)
    guard let output else { return result }
    return try written(
      result, to: output, arguments.row.output, name, isInner: true, at: location)
  }

  /// `np.ptp`: the greatest less the smallest.
  func range(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let array = try array("a", &arguments, at: location)
    let axes = try axes(&arguments, of: array.rank, at: location)
    let keeps = try truth("keepdims", &arguments, at: location)
    let output = try output(&arguments, at: location)
    let ends = try ["max", "min"].map { (name) throws(MartletError) in
      try reduced(array, Reduction(name), axes, keepsAxes: keeps, at: location)
    }
    guard let result = try elementwise("subtract", ends, at: location) else { return .none }
    guard let output else { return result }
    return try written(result, to: output, arguments.row.output, "ptp", at: location)
  }

  private func freedom(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    let correction = arguments.takeGiven("correction")
    let ddof = known(arguments.take("ddof"))
    guard let correction else { return ddof }
    guard case .literal(.integer(0)) = ddof else {
      throw failure("ddof and correction can't be provided simultaneously.", at: location)
    }
    return correction
  }

  private func mean(
    of array: ArrayValue, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue? {
    guard let meaning = arguments.takeGiven("mean") else { return nil }
    guard let mean = try self.array(meaning, at: location), mean.rank == array.rank else {
      throw failure(
        "'mean' of \(arguments.name) has the array's dimensions, with size 1 where it is reduced",
        at: location)
    }
    return try broadcast(mean, to: array.shape, at: location)
  }

  /// Which elements count, as an array of truth values over another one; nil for all.
  private func mask(
    over array: ArrayValue, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue? {
    guard let meaning = arguments.takeGiven("where") else { return nil }
    if case .literal(.truth(true)) = known(meaning) { return nil }
    guard let mask = try self.array(meaning, at: location), mask.dtype == .bool else {
      throw failure(
        "'where' of \(arguments.name) is an array of truth values, not \(meaning.description)",
        at: location)
    }
    guard mask.rank <= array.rank else {
      throw failure(
        "'where' of \(arguments.name) has \(mask.rank) dimensions, and the array \(array.rank)",
        at: location)
    }
    return try broadcast(mask, to: array.shape, at: location)
  }

  // MARK: Results

  /// The reduction of all elements.
  func reduced(
    _ array: ArrayValue, _ name: String, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    try reduced(array, Reduction(name), .all, keepsAxes: false, at: location)
  }

  private func reduced(
    _ array: ArrayValue, _ request: Reduction, _ axes: Axes, keepsAxes: Bool,
    at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let one = builder.integer(1)
    switch axes {
    case .fixed(let axes) where axes.count < array.rank || axes.isEmpty:
      let result = try reduced(array, request, axes: axes, at: location)
      if keepsAxes {
        let kept = (0..<array.rank).filter { !axes.contains($0) }
        var shape = [Expression](repeating: one, count: array.rank)
        for (place, axis) in kept.enumerated() { shape[axis] = result.shape[place] }
        return .array(
          resized(result, shape) { index in kept.map { index[$0] } })
      }
      return result.rank == 0 ? .scalar(try element(of: result, [])) : .array(result)
    case .open(let axes):
      var request = request
      request.mask = request.mask.map { moved($0, axes, toEnd: true) }
      request.mean = request.mean.map { moved($0, axes, toEnd: true) }
      let result = try reduced(
        moved(array, axes, toEnd: true), request,
        axes: Array((array.rank - axes.count)..<array.rank), at: location)
      guard keepsAxes else { return .array(result) }
      let shape = axes.reversed().reduce(result.shape) { inserting(one, into: $0, at: $1) }
      return .array(
        resized(result, shape) { [self] index in
          axes.reduce(index) { removing($1, from: $0) }
        })
    case .all, .fixed:
      let value = try reducedWhole(array, request, at: location)
      guard keepsAxes, array.rank > 0 else { return .scalar(value) }
      let shape = [Expression](repeating: one, count: array.rank)
      return .array(
        ArrayValue(dtype: value.dtype, shape: shape, reads: [], buffers: []) { _ in value })
    }
  }

  private func reducedWhole(
    _ array: ArrayValue, _ request: Reduction, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    try note(array, isWrite: false, at: location)
    let count = elementCount(array)
    try checkSome(count, request, at: location)
    // In which order the smallest is looked for makes no difference, so many numbers are at a time.
    let isWide =
      array.rank > 0 && request.isExtreme && isOrdered(array.dtype) && request.mask == nil
    return try reduction(
      request, array.dtype, count, lanes: isWide ? Self.laneCount : 1, at: location
    ) { (visit) throws(MartletError) in
      let kind: Loop.Kind = isWide ? .vector : .serial
      try self.visit(array, over: array.shape, innermost: kind) {
        (index, element) throws(MartletError) in
        var number = builder.integer(0)
        if request.name.hasPrefix("arg") {
          for (place, size) in zip(index, array.shape) { number = number * size + place }
        }
        try visiting(request.mask, index) { () throws(MartletError) in
          try visit(element, Place(number: number, index: index))
        }
      }
    }
  }

  /// Fails where there is nothing to take the extreme of.
  private func checkSome(
    _ count: Expression, _ request: Reduction, at location: SourcePosition
  ) throws(MartletError) {
    guard rules.target == .host, request.isExtreme, request.initial == nil else { return }
    try builder.branch(count == builder.integer(0)) { () throws(MartletError) in
      let isPlace = request.name.hasPrefix("arg")
      let name = request.name == "min" ? "minimum" : "maximum"
      try failArray(
        "ValueError",
        isPlace
          ? "attempt to get \(request.name) of an empty sequence"
          : "zero-size array to reduction operation \(name) which has no identity",
        at: location)
    }
  }

  /// Runs `body` where a mask is true.
  private func visiting(
    _ mask: ArrayValue?, _ index: [Expression], _ body: () throws(MartletError) -> Void
  ) throws(MartletError) {
    guard let mask else { return try body() }
    try builder.branch(try mask.element(index), then: body)
  }

  /// How many numbers a reduction in any order keeps, which are joined at its end.
  static let laneCount = 32

  /// Whether there is a least and a greatest number, to start from.
  private func isOrdered(_ dtype: DType) -> Bool {
    dtype.isInteger || dtype == .float32 || dtype == .float64
  }

  /// The reduction along axes, whose elements are computed when they are read.
  private func reduced(
    _ array: ArrayValue, _ request: Reduction, axes: [Int], at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    try note(array, isWrite: false, at: location)
    let kept = array.shape.indices.filter { !axes.contains($0) }
    let sizes = axes.map { array.shape[$0] }
    let count = sizes.dropFirst().reduce(sizes.first ?? builder.integer(1)) { $0 * $1 }
    nonNegative.insert(count.value)
    var dtype = DType.float64
    var failing: MartletError?
    _ = builder.block {
      do throws(MartletError) {
        let index = array.shape.map { _ in builder.integer(0) }
        dtype = try reduction(request, array.dtype, count, at: location) {
          (visit) throws(MartletError) in
          try visit(
            builder.integer(1, array.dtype), Place(number: builder.integer(0), index: index))
        }.dtype
      } catch {
        failing = error
      }
    }
    if let failing { throw failing }
    try checkSome(count, request, at: location)
    func element(
      _ index: [Expression], _ part: ([Expression]) throws(MartletError) -> Expression
    ) throws(MartletError) -> Expression {
      try reduction(request, array.dtype, count, at: location) { (visit) throws(MartletError) in
        try loops(over: sizes) { (position) throws(MartletError) in
          var full = array.shape
          for (place, axis) in kept.enumerated() { full[axis] = index[place] }
          for (place, axis) in axes.enumerated() { full[axis] = position[place] }
          let number = position.first ?? builder.integer(0)
          try visiting(request.mask, full) { () throws(MartletError) in
            try visit(part(full), Place(number: number, index: full))
          }
        }
      }
    }
    let others = (request.mask?.scatteredReads ?? []) + (request.mean?.scatteredReads ?? [])
    var buffers = array.buffers
    buffers.formUnion(request.mask?.buffers ?? [])
    buffers.formUnion(request.mean?.buffers ?? [])
    var result = ArrayValue(
      dtype: dtype, shape: kept.map { array.shape[$0] }, reads: array.scatteredReads + others,
      buffers: buffers
    ) { (index) throws(MartletError) in try element(index, array.element) }
    result.plain = array.plain.map { plain in
      ArrayValue.Plain(condition: plain.condition) { (index) throws(MartletError) in
        try element(index, plain.element)
      }
    }
    return result
  }

  // MARK: One reduction

  /// Which element of an array a reduction is at.
  private struct Place {
    /// Its number among all that one result is made of.
    var number: Expression
    var index: [Expression]
  }

  private typealias Visitor = (Expression, Place) throws(MartletError) -> Void

  /// One reduction: `elements` visits each element, with its place. With `lanes`, of smallest and
  /// greatest numbers, it visits them in vector loops.
  private func reduction(
    _ request: Reduction, _ dtype: DType, _ count: Expression, lanes: Int = 1,
    at location: SourcePosition, _ elements: (Visitor) throws(MartletError) -> Void
  ) throws(MartletError) -> Expression {
    switch request.name {
    case "sum", "prod": return try sum(request, dtype, at: location, elements)
    case "mean": return try mean(request, dtype, count, at: location, elements)
    case "var", "std": return try variance(request, dtype, count, at: location, elements)
    case "any", "all":
      let isAll = request.name == "all"
      let found = builder.declare(initial: truth(isAll))
      try elements { (value, _) throws(MartletError) in
        let own = value.cast(to: .bool)
        let before = builder.read(found)
        builder.assign(found, isAll ? before & own : before | own)
      }
      return builder.read(found)
    case "min", "max": return try extreme(request, dtype, lanes, at: location, elements)
    default: return try place(request.name, dtype, lanes, at: location, elements)
    }
  }

  private func sum(
    _ request: Reduction, _ dtype: DType, at location: SourcePosition,
    _ elements: (Visitor) throws(MartletError) -> Void
  ) throws(MartletError) -> Expression {
    let isProduct = request.name == "prod"
    let type = request.sumType(of: dtype)
    let wide = type.computeType
    let start =
      try request.initial.map { (meaning) throws(MartletError) in
        try number(meaning, as: type, at: location).cast(to: wide)
      } ?? builder.integer(isProduct ? 1 : 0, wide)
    let total = builder.declare(initial: start)
    try elements { (value, _) throws(MartletError) in
      let term = value.cast(to: type).cast(to: wide)
      let before = builder.read(total)
      if wide == .bool {
        builder.assign(total, isProduct ? before & term : before | term)
      } else {
        builder.assign(total, isProduct ? before * term : before + term)
      }
    }
    return builder.read(total).cast(to: type)
  }

  /// Adds up, and counts where not every element is visited.
  private func counted(
    _ request: Reduction, _ count: Expression, _ elements: (Visitor) throws(MartletError) -> Void,
    _ visit: @escaping Visitor
  ) throws(MartletError) -> Expression {
    guard request.mask != nil else {
      try elements(visit)
      return count
    }
    let number = builder.declare(initial: builder.integer(0))
    try elements { (value, place) throws(MartletError) in
      try visit(value, place)
      builder.assign(number, builder.read(number) + builder.integer(1))
    }
    return builder.read(number)
  }

  /// A quotient in a type, as NumPy divides its sums: integers as doubles, cut off.
  private func quotient(_ total: Expression, _ count: Expression) -> Expression {
    let type = total.dtype
    let wide = type.isInexact ? type.computeType : .float64
    let divisor = count.cast(to: wide.realType).cast(to: wide)
    return (total.cast(to: wide) / divisor).cast(to: type)
  }

  private func mean(
    _ request: Reduction, _ dtype: DType, _ count: Expression, at location: SourcePosition,
    _ elements: (Visitor) throws(MartletError) -> Void
  ) throws(MartletError) -> Expression {
    let isHalf = request.dtype == nil && dtype == .float16
    var own = request
    own.dtype = request.dtype ?? (dtype.isInexact ? nil : .float64)
    let sum = isHalf ? DType.float32 : own.sumType(of: dtype)
    let wide = sum == .bool ? DType.int64 : sum.computeType
    let total = builder.declare(initial: builder.integer(0, wide))
    let number = try counted(request, count, elements) { (value, _) throws(MartletError) in
      let term = value.cast(to: sum).cast(to: wide)
      self.builder.assign(total, self.builder.read(total) + term)
    }
    let stored = request.stored ?? sum
    let quotient = quotient(builder.read(total).cast(to: sum).cast(to: stored), number)
    return isHalf && request.stored == nil ? quotient.cast(to: .float16) : quotient
  }

  private func variance(
    _ request: Reduction, _ dtype: DType, _ count: Expression, at location: SourcePosition,
    _ elements: (Visitor) throws(MartletError) -> Void
  ) throws(MartletError) -> Expression {
    if dtype.isComplex, let asked = request.dtype, asked != dtype {
      throw failure("'dtype' of \(request.name) is not there for complex numbers", at: location)
    }
    if request.dtype?.isComplex == true, !dtype.isComplex {
      throw failure("'dtype' of \(request.name) is no complex type for real numbers", at: location)
    }
    let isHalf = request.dtype == nil && dtype == .float16
    let type = request.dtype ?? (isHalf ? .float32 : dtype.isInexact ? dtype : .float64)
    let wide = type == .bool ? DType.int64 : type.computeType
    // The mean first, in the type that was asked for.
    var number = count
    let mean: (Place) throws(MartletError) -> Expression
    if let given = request.mean {
      if request.mask != nil { number = try counted(request, count, elements) { _, _ in } }
      mean = { (place) throws(MartletError) in try given.element(place.index) }
    } else {
      let sum = builder.declare(initial: builder.integer(0, wide))
      number = try counted(request, count, elements) { (value, _) throws(MartletError) in
        self.builder.assign(sum, self.builder.read(sum) + value.cast(to: type).cast(to: wide))
      }
      let average = quotient(builder.read(sum).cast(to: type), number)
      mean = { _ in average }
    }
    let sumType =
      request.dtype == nil
      ? request.stored.map { Promotion.promote(type.realType, $0.realType) } ?? type.realType
      : type.realType
    let real = sumType == .bool ? DType.int64 : sumType.computeType
    let total = builder.declare(initial: builder.integer(0, real))
    try elements { (value, place) throws(MartletError) in
      let middle = try mean(place)
      let common = Promotion.promote(value.dtype, middle.dtype).computeType
      let difference = value.cast(to: common) - middle.cast(to: common)
      var square = difference.real * difference.real
      if common.isComplex {
        square = square + difference.imaginary * difference.imaginary
      }
      builder.assign(total, builder.read(total) + square.cast(to: sumType).cast(to: real))
    }
    let result =
      request.stored.flatMap { $0.isComplex ? nil : $0 } ?? (isHalf ? .float16 : type.realType)
    let working = request.stored == nil && isHalf ? real : result
    let freedom = try divisor(number, request.freedom, in: .float64, at: location)
    let sum = builder.read(total).cast(to: sumType).cast(to: working)
    let variance = quotient(sum, freedom)
    guard request.name == "std" else { return variance.cast(to: result) }
    let root = variance.cast(to: working.computeType).squareRoot
    return root.cast(to: working).cast(to: result)
  }

  /// The number of elements less what a variance takes off, at least 0.
  private func divisor(
    _ count: Expression, _ freedom: Meaning?, in dtype: DType, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    guard let freedom else { return count }
    if case .literal(.integer(0)) = freedom { return count }
    let rest = count.cast(to: dtype) - (try number(freedom, as: dtype, at: location))
    return (rest > 0).select(rest, rest.literal(0))
  }

  private func extreme(
    _ request: Reduction, _ dtype: DType, _ lanes: Int, at location: SourcePosition,
    _ elements: (Visitor) throws(MartletError) -> Void
  ) throws(MartletError) -> Expression {
    let isMinimum = request.name == "min"
    func better(_ a: Expression, _ b: Expression) throws(MartletError) -> Expression {
      try function(isMinimum ? "minimum" : "maximum", [a, b], at: location)
    }
    let initial = try request.initial.map { (meaning) throws(MartletError) in
      try number(meaning, as: dtype, at: location)
    }
    if isOrdered(dtype) {
      let first = (isMinimum ? ParallelReduction.minimum : .maximum).start(builder, dtype)
      let best = builder.declare(lanes: lanes, initial: lanes > 1 ? first : initial ?? first)
      try elements { (value, _) throws(MartletError) in
        builder.assign(best, try better(builder.read(best), value))
      }
      guard lanes > 1 else { return builder.read(best) }
      let found = builder.fold([best], lanes: lanes) { left, right in
        [(try? better(left[0], right[0])) ?? left[0]]
      }[0]
      return try initial.map { (initial) throws(MartletError) in try better(initial, found) }
        ?? found
    }
    let best = builder.declare(initial: initial ?? builder.integer(0, dtype))
    let isFirst = builder.declare(initial: truth(initial == nil))
    try elements { (value, _) throws(MartletError) in
      let before = builder.read(best)
      let wins = try better(before, value)
      builder.assign(best, builder.read(isFirst).select(value, wins))
      builder.assign(isFirst, truth(false))
    }
    return builder.read(best)
  }

  private func place(
    _ name: String, _ dtype: DType, _ lanes: Int, at location: SourcePosition,
    _ elements: (Visitor) throws(MartletError) -> Void
  ) throws(MartletError) -> Expression {
    let isMinimum = name == "argmin"
    func isBetter(_ a: Expression, _ b: Expression) throws(MartletError) -> Expression {
      try function(isMinimum ? "less" : "greater", [a, b], at: location)
    }
    let isOrdered = isOrdered(dtype)
    // Where nothing is better than what it starts from, the first element is as good.
    let first =
      isOrdered
      ? (isMinimum ? ParallelReduction.minimum : .maximum).start(builder, dtype)
      : builder.integer(0, dtype)
    let best = builder.declare(lanes: lanes, initial: first)
    let place = builder.declare(lanes: lanes, initial: builder.integer(isOrdered ? 0 : -1))
    try elements { (value, at) throws(MartletError) in
      let before = builder.read(best)
      var takes = try isBetter(value, before)
      // The first NaN is the extreme.
      if dtype.isInexact { takes = (takes | value.isNaN) & !before.isNaN }
      if !isOrdered { takes = takes | (builder.read(place) < builder.integer(0)) }
      builder.assign(best, takes.select(value, before))
      builder.assign(place, takes.select(at.number, builder.read(place)))
    }
    guard lanes > 1 else { return builder.read(place) }
    return builder.fold([best, place], lanes: lanes) { left, right in
      let isEarlier = right[1] < left[1]
      var takes = (try? isBetter(right[0], left[0])) ?? isEarlier
      takes = takes | ((right[0] == left[0]) & isEarlier)
      if dtype.isFloating {
        let (a, b) = (left[0].isNaN, right[0].isNaN)
        takes = (a & b & isEarlier) | (!a & (b | takes))
      }
      return [takes.select(right[0], left[0]), takes.select(right[1], left[1])]
    }[1]
  }
}
