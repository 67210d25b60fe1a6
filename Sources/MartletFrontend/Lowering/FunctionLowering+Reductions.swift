import MartletIR

/// NumPy's functions and methods on whole arrays.
extension FunctionLowering {
  func method(
    _ name: String, of array: ArrayValue, _ arguments: [Meaning],
    _ keywords: [(name: String, value: Meaning)], at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    switch name {
    case "fill" where arguments.count == 1 && keywords.isEmpty:
      try fill(array, with: arguments[0], at: location)
      return .none
    case "astype" where arguments.count == 1 && keywords.isEmpty:
      let dtype = try dtype(arguments[0], for: name, at: location)
      return try converted(.array(array), to: dtype, at: location)
    case "sort" where arguments.isEmpty && keywords.isEmpty && array.rank > 0:
      try sortInPlace(array, at: location)
      return .none
    case "item" where arguments.isEmpty && array.rank == 0:
      return .scalar(try element(of: array, []))
    default:
      if let result = try arrayFunction(name, [.array(array)] + arguments, keywords, at: location) {
        return result
      }
    }
    if let other = otherForm(name) { throw failure(other, at: location) }
    throw failure("the method '\(name)' of arrays is not in the language of kernels", at: location)
  }

  /// How functions of arrays are called here, where NumPy's take more.
  static let forms: [String: String] = [
    "arange": "arange([start,] stop[, step][, dtype])", "linspace": "linspace(start, stop[, num])",
    "where": "where(condition, x, y)", "array": "array(object[, dtype])", "copy": "copy(a)",
    "asarray": "asarray(a[, dtype])", "ascontiguousarray": "ascontiguousarray(a[, dtype])",
    "dot": "dot(a, b) of vectors and matrices", "matmul": "matmul(a, b) of vectors and matrices",
    "cumsum": "cumsum(a[, axis])", "cumprod": "cumprod(a[, axis])", "reshape": "reshape(a, shape)",
    "ravel": "ravel(a)", "flatten": "flatten()", "sort": "sort(a)", "argsort": "argsort(a)",
    "nonzero": "nonzero(a)", "flatnonzero": "flatnonzero(a)",
    "concatenate": "concatenate(arrays[, axis])", "transpose": "transpose(a)", "shape": "shape(a)",
    "size": "size(a)", "ndim": "ndim(a)", "astype": "astype(dtype)", "fill": "fill(value)",
    "item": "item() of one element",
  ]

  /// What to say of a function that is there, but not for these arguments; nil for others.
  func otherForm(_ name: String) -> String? {
    let form = Self.forms[name] ?? (Self.reductions.contains(name) ? "\(name)(a[, axis])" : nil)
    return form.map { "'\(name)' takes other arguments in kernels: \($0)" }
  }

  private static let reductions: Set<String> = [
    "sum", "prod", "min", "max", "amin", "amax", "mean", "any", "all", "argmin", "argmax", "var",
    "std",
  ]

  /// NumPy's functions that take arrays whole; nil for others.
  func arrayFunction(
    _ name: String, _ arguments: [Meaning], _ keywords: [(name: String, value: Meaning)],
    at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    if Self.reductions.contains(name), let first = arguments.first {
      guard case .array(let array) = first else {
        if keywords.isEmpty, arguments.count == 1, first.dtype != nil { return first }
        return nil
      }
      guard let axis = try axis(name, arguments.dropFirst().first, keywords, array, at: location)
      else { return try reduced(array, name, at: location) }
      let result = try reduced(array, name, axis: axis, at: location)
      return result.rank == 0 ? .scalar(try element(of: result, [])) : .array(result)
    }
    if let made = try creation(name, arguments, keywords, at: location) { return made }
    switch name {
    case "dot", "matmul":
      guard arguments.count == 2, keywords.isEmpty, case .array = arguments[0],
        case .array = arguments[1]
      else { return nil }
      return try product(arguments[0], arguments[1], at: location)
    case "cumsum", "cumprod":
      guard case .array(let array)? = arguments.first, arguments.count <= 2 else { return nil }
      let axis = try axis(name, arguments.dropFirst().first, keywords, array, at: location)
      return .array(try running(name, array, axis: axis, at: location))
    case "sort", "argsort":
      guard case .array(let array)? = arguments.first, arguments.count == 1, keywords.isEmpty,
        array.rank > 0
      else { return nil }
      return .array(
        try name == "sort"
          ? sorted(array, at: location) : sortedPositions(array, at: location))
    case "nonzero", "flatnonzero":
      guard case .array(let array)? = arguments.first, arguments.count == 1, keywords.isEmpty,
        array.rank > 0
      else { return nil }
      return try nonzero(array, isFlat: name == "flatnonzero", at: location)
    case "concatenate":
      return try joined(arguments, keywords, at: location)
    case "reshape", "ravel", "flatten":
      guard case .array(let array)? = arguments.first else { return nil }
      if let keyword = keywords.first {
        throw failure(
          "'\(keyword.name)' of \(name) is not in the language of kernels", at: location)
      }
      if name != "reshape" {
        guard arguments.count == 1 else { return nil }
        let source = try name == "flatten" ? copied(array, at: location) : array
        return .array(try reshaped(source, [.literal(.integer(-1))], at: location))
      }
      var sizes = Array(arguments.dropFirst())
      if sizes.count == 1, case .tuple(let items) = sizes[0] { sizes = items }
      return .array(try reshaped(array, sizes, at: location))
    case "shape" where arguments.count == 1 && arguments[0].dtype != nil: return .tuple([])
    case "size" where arguments.count == 1 && arguments[0].dtype != nil:
      return .literal(.integer(1))
    case "ndim" where arguments.count == 1 && arguments[0].dtype != nil:
      return .literal(.integer(0))
    case "shape" where arguments.count == 1:
      return try attribute("shape", of: arguments[0], at: location)
    case "size" where arguments.count == 1:
      return try attribute("size", of: arguments[0], at: location)
    case "ndim" where arguments.count == 1:
      return try attribute("ndim", of: arguments[0], at: location)
    case "transpose" where arguments.count == 1:
      return try attribute("T", of: arguments[0], at: location)
    case "where" where arguments.count == 3 && keywords.isEmpty:
      return try chosen(arguments, at: location)
    default: return nil
    }
  }

  /// The axis that a function of whole arrays works along; nil for all elements.
  func axis(
    _ name: String, _ positional: Meaning?, _ keywords: [(name: String, value: Meaning)],
    _ array: ArrayValue, at location: SourcePosition
  ) throws(MartletError) -> Int? {
    var axis = positional ?? .none
    for (keyword, value) in keywords {
      guard keyword == "axis" else {
        throw failure("'\(keyword)' of \(name) is not in the language of kernels", at: location)
      }
      axis = value
    }
    switch axis {
    case .none: return nil
    case .literal(.integer(let number)):
      let wrapped = Int(number) < 0 ? Int(number) + array.rank : Int(number)
      guard (0..<array.rank).contains(wrapped) else {
        throw failure(
          "axis \(number) is out of bounds for an array of \(array.rank) dimensions",
          at: location)
      }
      return wrapped
    default:
      throw failure("an axis is a number that is known when compiling", at: location)
    }
  }

  private func chosen(
    _ arguments: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let arrays = arguments.compactMap { argument -> ArrayValue? in
      if case .array(let array) = argument { array } else { nil }
    }
    if arrays.isEmpty {
      return try select(
        truth(of: arguments[0], at: location), arguments[1], arguments[2], at: location)
    }
    return .array(
      try map(arrays, at: location) { [self] (parts) throws(MartletError) in
        var rest = parts[...]
        let mixed = arguments.map { argument -> Meaning in
          if case .array = argument, let part = rest.popFirst() { return .scalar(part) }
          return argument
        }
        return try select(
          truth(of: mixed[0], at: location), mixed[1], mixed[2], ofArrays: true, at: location)
      })
  }

  // MARK: Reductions

  /// The reduction of all elements.
  func reduced(
    _ array: ArrayValue, _ name: String, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    try note(array, isWrite: false, at: location)
    let count = elementCount(array)
    if rules.target == .host, ["min", "max", "amin", "amax", "argmin", "argmax"].contains(name) {
      try builder.branch(count == builder.integer(0)) { () throws(MartletError) in
        try fail(
          "ValueError", "zero-size array to reduction operation which has no identity",
          at: location)
      }
    }
    // In which order the smallest is looked for makes no difference, so many numbers are at a time.
    let isExtreme = Self.extremes.contains(name) && isOrdered(array.dtype)
    let result = try reduction(
      name, array.dtype, count, lanes: isExtreme ? Self.laneCount : 1, at: location
    ) { (visit) throws(MartletError) in
      let kind: Loop.Kind = isExtreme ? .vector : .serial
      try self.visit(array, over: array.shape, innermost: kind) {
        (index, element) throws(MartletError) in
        var number = builder.integer(0)
        if name.hasPrefix("arg") {
          for (place, size) in zip(index, array.shape) { number = number * size + place }
        }
        try visit(element, number)
      }
    }
    return .scalar(result)
  }

  private static let extremes: Set<String> = ["min", "max", "amin", "amax", "argmin", "argmax"]
  /// How many numbers a reduction in any order keeps, which are joined at its end.
  static let laneCount = 32

  /// Whether there is a least and a greatest number, to start from.
  private func isOrdered(_ dtype: DType) -> Bool {
    dtype.isInteger || dtype == .float32 || dtype == .float64
  }

  /// The reduction along one axis, whose elements are computed when they are read.
  private func reduced(
    _ array: ArrayValue, _ name: String, axis: Int, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    try note(array, isWrite: false, at: location)
    var shape = array.shape
    let count = shape.remove(at: axis)
    var dtype = DType.float64
    _ = builder.block {
      let trial = try? reduction(name, array.dtype, count, at: location) {
        (visit) throws(MartletError) in
        try visit(builder.integer(1, array.dtype), builder.integer(0))
      }
      if let trial { dtype = trial.dtype }
    }
    if Self.extremes.contains(name), rules.target == .host {
      try builder.branch(count == builder.integer(0)) { () throws(MartletError) in
        try failArray(
          "ValueError", "zero-size array to reduction operation which has no identity",
          at: location)
      }
    }
    func element(
      _ index: [Expression], _ part: ([Expression]) throws(MartletError) -> Expression
    ) throws(MartletError) -> Expression {
      try reduction(name, array.dtype, count, at: location) { (visit) throws(MartletError) in
        try builder.loop(from: builder.integer(0), to: count) { (i) throws(MartletError) in
          nonNegative.insert(i.value)
          var full = index
          full.insert(i, at: axis)
          try visit(part(full), i)
        }
      }
    }
    var result = ArrayValue(
      dtype: dtype, shape: shape, reads: array.scatteredReads, buffers: array.buffers
    ) { (index) throws(MartletError) in try element(index, array.element) }
    result.plain = array.plain.map { plain in
      ArrayValue.Plain(condition: plain.condition) { (index) throws(MartletError) in
        try element(index, plain.element)
      }
    }
    return result
  }

  /// One reduction: `elements` visits each element, with its number. With `lanes`, of smallest and
  /// greatest numbers, it visits them in vector loops.
  private func reduction(
    _ name: String, _ dtype: DType, _ count: Expression, lanes: Int = 1,
    at location: SourcePosition,
    _ elements: (
      (Expression, Expression) throws(MartletError) -> Void
    ) throws(MartletError) -> Void
  ) throws(MartletError) -> Expression {
    switch name {
    case "sum", "mean", "prod":
      let sum: DType =
        name == "mean" && !dtype.isInexact
        ? .float64 : dtype.isInexact ? dtype : dtype.isUnsigned ? .uint64 : .int64
      let wide = sum.computeType
      let total = builder.declare(initial: builder.integer(name == "prod" ? 1 : 0, wide))
      try elements { (value, _) throws(MartletError) in
        let term = value.cast(to: wide)
        builder.assign(
          total, name == "prod" ? builder.read(total) * term : builder.read(total) + term)
      }
      let result = builder.read(total)
      guard name == "mean" else { return result.cast(to: sum) }
      return (result / count.cast(to: wide.realType).cast(to: wide)).cast(to: sum)
    case "var", "std":
      guard !dtype.isComplex else {
        throw failure("\(name) of complex numbers is not in the language of kernels", at: location)
      }
      let type: DType = dtype.isFloating ? dtype : .float64
      let wide = type.computeType
      let sum = builder.declare(initial: builder.integer(0, wide))
      try elements { (value, _) throws(MartletError) in
        builder.assign(sum, builder.read(sum) + value.cast(to: wide))
      }
      let mean = builder.read(sum) / count.cast(to: wide)
      let total = builder.declare(initial: builder.integer(0, wide))
      try elements { (value, _) throws(MartletError) in
        let difference = value.cast(to: wide) - mean
        builder.assign(total, builder.read(total) + difference * difference)
      }
      let variance = builder.read(total) / count.cast(to: wide)
      return (name == "var" ? variance : variance.squareRoot).cast(to: type)
    case "any", "all":
      let found = builder.declare(initial: truth(name == "all"))
      try elements { (value, _) throws(MartletError) in
        let own = value.cast(to: .bool)
        let before = builder.read(found)
        builder.assign(found, name == "all" ? before & own : before | own)
      }
      return builder.read(found)
    case "min", "max", "amin", "amax":
      let isMinimum = name.hasSuffix("min")
      func better(_ a: Expression, _ b: Expression) throws(MartletError) -> Expression {
        try function(isMinimum ? "minimum" : "maximum", [a, b], at: location)
      }
      if isOrdered(dtype) {
        let first = (isMinimum ? ParallelReduction.minimum : .maximum).start(builder, dtype)
        let best = builder.declare(lanes: lanes, initial: first)
        try elements { (value, _) throws(MartletError) in
          builder.assign(best, try better(builder.read(best), value))
        }
        guard lanes > 1 else { return builder.read(best) }
        return builder.fold([best], lanes: lanes) { left, right in
          [(try? better(left[0], right[0])) ?? left[0]]
        }[0]
      }
      let best = builder.declare(initial: builder.integer(0, dtype))
      let isFirst = builder.declare(initial: truth(true))
      try elements { (value, _) throws(MartletError) in
        let before = builder.read(best)
        let wins = try better(before, value)
        builder.assign(best, builder.read(isFirst).select(value, wins))
        builder.assign(isFirst, truth(false))
      }
      return builder.read(best)
    default:
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
      try elements { (value, i) throws(MartletError) in
        let before = builder.read(best)
        var takes = try isBetter(value, before)
        // The first NaN is the extreme.
        if dtype.isFloating { takes = (takes | value.isNaN) & !before.isNaN }
        if !isOrdered { takes = takes | (builder.read(place) < builder.integer(0)) }
        builder.assign(best, takes.select(value, before))
        builder.assign(place, takes.select(i, builder.read(place)))
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
}
