import MartletIR

/// NumPy's functions that make arrays.
extension FunctionLowering {
  /// What such a function gives; nil for others.
  func creation(
    _ name: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    switch name {
    case "zeros", "ones", "empty", "full": return try filled(name, &arguments, at: location)
    case "zeros_like", "ones_like", "empty_like", "full_like":
      return try filledLike(name, &arguments, at: location)
    case "array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "copy", "astype":
      return try converted(name, &arguments, at: location)
    case "arange": return try arange(&arguments, at: location)
    case "linspace": return try linspace(&arguments, at: location)
    default: return nil
    }
  }

  // MARK: Arrays of one number

  private func filled(
    _ name: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let shape = try sizes(arguments.take("shape"), at: location)
    let value = name == "full" ? arguments.take("fill_value") : nil
    var type = try dtype(&arguments, at: location)
    if type == nil, let value { type = try array(value, at: location)?.dtype }
    let isFirst = try order(&arguments, ["C", "F"], at: location) == "F"
    try checkDevice(&arguments, at: location)
    return try filled(name, type ?? .float64, shape, value, isFirst, at: location)
  }

  private func filledLike(
    _ name: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let model = try array(name == "empty_like" ? "prototype" : "a", &arguments, at: location)
    let value = name == "full_like" ? arguments.take("fill_value") : nil
    let type = try dtype(&arguments, at: location) ?? model.dtype
    let order = try order(&arguments, ["K", "C", "F", "A"], at: location)
    _ = try truth("subok", &arguments, at: location)
    var shape = model.shape
    if let asked = arguments.takeGiven("shape") { shape = try sizes(asked, at: location) }
    try checkDevice(&arguments, at: location)
    let plain = String(name.dropLast(5))
    if order == "K" || order == "A", shape.count == model.rank, let layout = columns(of: model) {
      // Whether the columns are what lies together shows at run time.
      let before = failureCount
      let made = try newArray(type, shape, whereColumns: layout, at: location)
      try unlessFailed(since: before) { () throws(MartletError) in
        if let filling = filling(plain, value) { try fill(made, with: filling, at: location) }
      }
      return .array(made)
    }
    return try filled(plain, type, shape, value, order == "F", at: location)
  }

  private func filling(_ name: String, _ value: Meaning?) -> Meaning? {
    name == "empty" ? nil : value ?? .literal(.integer(name == "ones" ? 1 : 0))
  }

  private func filled(
    _ name: String, _ dtype: DType, _ shape: [Expression], _ value: Meaning?, _ isFirst: Bool,
    at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let before = failureCount
    let made = try newArray(dtype, isFirst ? shape.reversed() : shape, at: location)
    let array = isFirst ? transposed(made, (0..<made.rank).reversed()) : made
    if let filling = filling(name, value) {
      try unlessFailed(since: before) { () throws(MartletError) in
        try fill(array, with: filling, at: location)
      }
    }
    return .array(array)
  }

  /// A shape: a number or a tuple of them.
  func sizes(_ meaning: Meaning, at location: SourcePosition) throws(MartletError) -> [Expression] {
    var items = [meaning]
    if case .tuple(let own) = meaning { items = own }
    var shape: [Expression] = []
    for item in items { shape.append(try position(item, for: "a size", at: location)) }
    return shape
  }

  /// In which order elements lie: one of these words.
  private func order(
    _ arguments: inout BoundArguments, _ words: [String], at location: SourcePosition
  ) throws(MartletError) -> String {
    if case .none = arguments.take("order") { return "K" }
    return try text("order", of: words, &arguments, at: location)
  }

  private func checkDevice(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) {
    if arguments.takeGiven("device") != nil {
      _ = try text("device", of: ["cpu"], &arguments, at: location)
    }
  }

  // MARK: Arrays of an array

  private func converted(
    _ name: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    let given = arguments.take(name == "array" ? "object" : "a")
    var type = try dtype(&arguments, at: location)
    var source: ArrayValue
    var isNew = false
    if case .tuple(let items) = given, name != "astype" {
      source = try rows(items, type, at: location)
      isNew = true
    } else if let array = try array(given, at: location) {
      source = array
    } else {
      throw failure("\(name) takes an array, not \(given.description)", at: location)
    }
    if name == "astype" {
      let casting = try casting(&arguments, at: location)
      let asked = try dtype(arguments.take("dtype"), for: name, at: location)
      guard Promotion.canCast(source.dtype, to: asked, casting) else {
        throw failure(
          "'casting' of astype forbids to convert \(source.dtype) to \(asked)", at: location)
      }
      type = asked
    }
    let order: String
    switch name {
    case "ascontiguousarray": order = "C"
    case "asfortranarray": order = "F"
    default: order = try self.order(&arguments, ["K", "C", "F", "A"], at: location)
    }
    _ = try truth("subok", &arguments, at: location)
    try checkDevice(&arguments, at: location)
    let copies = try copies(name, &arguments, at: location)
    if name == "ascontiguousarray" || name == "asfortranarray", source.rank == 0 {
      source = resized(source, [builder.integer(1)]) { _ in [] }
    }
    if name == "array" { source = try withDimensions(source, &arguments, at: location) }
    if name == "astype", order != "F", order == "C" || columns(of: source) == nil {
      // Elements are converted when they are read.
      if copies == nil, type == source.dtype { return .array(source) }
      return try converted(.array(source), to: type ?? source.dtype, at: location)
    }
    if let type, type != source.dtype {
      guard case .array(let other) = try converted(.array(source), to: type, at: location) else {
        return nil
      }
      if copies == false { throw failure(Self.needsCopy, at: location) }
      return .array(try copied(other, order, like: source, at: location))
    }
    if isNew, source.rank < 2 || order != "F" { return .array(source) }
    switch copies {
    case true?: return .array(try copied(source, order, like: source, at: location))
    case false?:
      if order == "K" || source.rank < 2 && source.place != nil { return .array(source) }
      throw failure("'copy' of \(name) is False, and 'order' may need one", at: location)
    case nil:
      // `order="K"` takes it as it lies.
      if order == "K" || order == "A" || source.place == nil { return .array(source) }
      return .array(try packed(source, isFirst: order == "F", at: location))
    }
  }

  private static let needsCopy =
    "Unable to avoid copy while creating an array as requested: 'copy' is False, and the dtype "
    + "is another"

  /// Whether a function always copies (true), never does (false), or where it has to (nil).
  private func copies(
    _ name: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Bool? {
    switch name {
    case "copy": return true
    case "ascontiguousarray", "asfortranarray": return nil
    case "astype": return try truth("copy", &arguments, at: location) ? true : nil
    default:
      if case .none = arguments.take("copy") { return nil }
      return try truth("copy", &arguments, at: location)
    }
  }

  private func withDimensions(
    _ array: ArrayValue, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    guard case .literal(let least) = known(arguments.take("ndmin")),
      let rank = least.asInteger, rank <= Int64(Shape.maximumRank)
    else {
      throw failure("'ndmin' of array is a number that is known when compiling", at: location)
    }
    let missing = max(0, Int(rank)) - array.rank
    guard missing > 0 else { return array }
    let ones = [Expression](repeating: builder.integer(1), count: missing)
    return resized(array, ones + array.shape) { Array($0.dropFirst(missing)) }
  }

  /// An array with other axes, whose elements are at other indices of it.
  func resized(
    _ array: ArrayValue, _ shape: [Expression], _ index: @escaping ([Expression]) -> [Expression]
  ) -> ArrayValue {
    var view = array
    view.shape = shape
    return rearranged(view, array, index)
  }

  // MARK: Orders of elements

  /// A copy in an order: "C", "F", or that of a model.
  func copied(
    _ array: ArrayValue, _ order: String, like model: ArrayValue, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    if order == "F" {
      let turned = (0..<array.rank).reversed() as [Int]
      return transposed(try copied(transposed(array, turned), at: location), turned)
    }
    guard order != "C", model.rank == array.rank, let layout = columns(of: model) else {
      return try copied(array, at: location)
    }
    try note(array, isWrite: false, at: location)
    let before = failureCount
    let copy = try newArray(array.dtype, array.shape, whereColumns: layout, at: location)
    try unlessFailed(since: before) { () throws(MartletError) in
      try fill(copy, with: .array(array), at: location)
    }
    return copy
  }

  /// Whether an array's columns lie together, as far as that shows at run time only; nil where its
  /// rows do.
  private func columns(of array: ArrayValue) -> Expression? {
    guard rules.target == .host, array.rank > 1, !array.hasRows, let place = array.place else {
      return nil
    }
    let (zero, one) = (builder.integer(0), builder.integer(1))
    func address(_ index: [Expression]) -> Expression {
      let place = place(index)
      return builder.address(place.buffer, place.index)
    }
    let origin = address(array.shape.map { _ in zero })
    let steps = array.shape.indices.map { axis -> Expression in
      let step = address(array.shape.indices.map { $0 == axis ? one : zero }) - origin
      return (step < zero).select(-step, step)
    }
    var isFirst = truth(true)
    for axis in 1..<array.rank { isFirst = isFirst & (steps[axis - 1] < steps[axis]) }
    return isFirst
  }

  /// New memory whose columns lie together on a condition, else its rows.
  private func newArray(
    _ dtype: DType, _ shape: [Expression], whereColumns isFirst: Expression,
    at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    let made = try newArray(dtype, shape, at: location)
    guard let place = made.place else { return made }
    let one = builder.integer(1)
    var (rows, columns) = (shape.map { _ in one }, shape.map { _ in one })
    for axis in (0..<(shape.count - 1)).reversed() {
      rows[axis] = rows[axis + 1] * shape[axis + 1]
    }
    for axis in 1..<shape.count { columns[axis] = columns[axis - 1] * shape[axis - 1] }
    let strides = zip(rows, columns).map { isFirst.select($1, $0) }
    let origin = shape.map { _ in builder.integer(0) }
    let buffer = place(origin).buffer
    let zero = builder.integer(0)
    return ArrayValue(dtype: dtype, shape: shape, buffers: made.buffers, builder: builder) {
      index in
      let offset = zip(index, strides).reduce(zero) { $0 + $1.0 * $1.1 }
      return ArrayValue.Place(buffer: buffer, index: [offset], axes: index)
    }
  }

  /// An array whose rows (or columns) lie together: it, or a copy, which shows at run time.
  private func packed(
    _ array: ArrayValue, isFirst: Bool, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    let turned = (0..<array.rank).reversed() as [Int]
    if isFirst {
      return transposed(
        try packed(transposed(array, turned), isFirst: false, at: location), turned)
    }
    // As the same shape again it is a view where it can be.
    return try reshaped(array, array.shape.map { .scalar($0) }, at: location)
  }

  // MARK: Sequences

  private func arange(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let names = ["start", "stop", "step"]
    var parts: [Meaning] = []
    for name in names { parts.append(known(try scalarised(arguments.take(name)))) }
    if case .none = parts[1] {
      guard arguments.positionalCount > 0 else {
        throw failure("arange() requires stop to be specified.", at: location)
      }
      parts = [.literal(.integer(0)), parts[0], parts[2]]
    } else if case .none = parts[0] {
      parts[0] = .literal(.integer(0))
    }
    if case .none = parts[2] { parts[2] = .literal(.integer(1)) }
    let asked = try dtype(&arguments, at: location)
    try checkDevice(&arguments, at: location)
    // Integers are computed as integers; as unsigned ones where that is wanted, or all are.
    let isUnsigned = parts.allSatisfy { part in
      if case .literal(let literal) = part { return literal.asInteger.map { $0 >= 0 } ?? false }
      return part.dtype?.isUnsigned ?? false
    }
    let hasUnsigned = parts.contains { $0.dtype == .uint64 }
    var own: DType = asked == .uint64 || (isUnsigned && hasUnsigned) ? .uint64 : .int64
    for (name, part) in zip(names, parts) {
      guard let dtype = part.dtype else {
        throw failure("'\(name)' of arange is a number, not \(part.description)", at: location)
      }
      if !dtype.isInteger, dtype != .bool { own = Promotion.promote(own, dtype) }
    }
    let type = asked ?? own
    guard type != .bool else {
      throw failure("'dtype' of arange is a type of numbers", at: location)
    }
    let start = try number(parts[0], as: own, at: location)
    let stop = try number(parts[1], as: own, at: location)
    let step = try number(parts[2], as: own, at: location)
    let count = try length(from: start, to: stop, by: step, at: location)
    // As NumPy makes them: from the first two.
    let wide = type.computeType
    let first = start.cast(to: type).cast(to: wide)
    let second = (start + step).cast(to: type).cast(to: wide)
    let distance = second - first
    let computed = ArrayValue(dtype: type, shape: [count], reads: [], buffers: []) { index in
      let next = first + index[0].cast(to: wide) * distance
      if !type.isInexact { return next.cast(to: type) }
      return (index[0] == 1).select(second, next).cast(to: type)
    }
    return .array(try copied(computed, at: location))
  }

  /// How many elements `arange` has.
  private func length(
    from start: Expression, to stop: Expression, by step: Expression, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    let isNothing = step == step.literal(0)
    if rules.target == .host {
      try builder.branch(isNothing) { () throws(MartletError) in
        try failArray("ZeroDivisionError", "division by zero", at: location)
      }
    }
    let zero = builder.constant(0, .float64)
    let length: Expression
    if start.dtype.isComplex {
      let wide = DType.complex128
      let divisor = isNothing.select(
        builder.integer(1, wide), step.cast(to: wide))
      let steps = (stop.cast(to: wide) - start.cast(to: wide)) / divisor
      let (a, b) = (steps.real.ceiling, steps.imaginary.ceiling)
      length = (a < b).select(a, b)
    } else {
      let divisor = isNothing.select(step.literal(1), step).cast(to: .float64)
      // Unsigned numbers have no difference below 0.
      let isEmpty = start.dtype.isUnsigned ? stop <= start : truth(false)
      let span =
        start.dtype.isInteger
        ? isEmpty.select(start.literal(0), stop - start).cast(to: .float64)
        : stop.cast(to: .float64) - start.cast(to: .float64)
      length = (span / divisor).ceiling
    }
    let isFinite = length.absolute < 0x1p62
    if rules.target == .host {
      try builder.branch(!isFinite) { () throws(MartletError) in
        try failArray("ValueError", "Maximum allowed size exceeded", at: location)
      }
    }
    let known = isFinite.select((length > 0).select(length, zero), zero)
    let count = known.cast(to: .int64)
    nonNegative.insert(count.value)
    return count
  }

  private func linspace(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    var ends: [Meaning] = []
    for name in ["start", "stop"] {
      let end = try scalarised(arguments.take(name))
      guard end.dtype != nil else {
        throw failure("'\(name)' of linspace is a number, not \(end.description)", at: location)
      }
      ends.append(end)
    }
    let count = try position(arguments.take("num"), for: "'num' of linspace", at: location)
    let hasEnd = try truth("endpoint", &arguments, at: location)
    let asked = try dtype(&arguments, at: location)
    let axis = known(arguments.take("axis"))
    guard case .literal(let literal) = axis, let place = literal.asInteger, [0, -1].contains(place)
    else { throw failure("'axis' of linspace is 0 for numbers", at: location) }
    try checkDevice(&arguments, at: location)
    var type =
      Promotion.promote(
        ends.compactMap { end -> DType? in
          if case .scalar(let value) = end { value.dtype } else { nil }
        }) ?? .float64
    for end in ends {
      if case .literal(let literal) = end { type = Promotion.resolve(literal.weak, beside: type) }
    }
    if !type.isInexact { type = .float64 }
    let wide = type.computeType
    if rules.target == .host {
      try builder.branch(count < builder.integer(0)) { () throws(MartletError) in
        try failArray(
          "ValueError", "Number of samples, {0}, must be non-negative.", [count], at: location)
      }
    }
    let start = try number(ends[0], as: type, at: location).cast(to: wide)
    let stop = try number(ends[1], as: type, at: location).cast(to: wide)
    let one = builder.integer(1)
    let parts = hasEnd ? count - one : count
    let hasStep = parts > builder.integer(0)
    func real(_ value: Expression) -> Expression {
      value.cast(to: wide.realType).cast(to: wide)
    }
    let divisor = real(hasStep.select(parts, one))
    let span = stop - start
    let step = (span / divisor).cast(to: type).cast(to: wide)
    let isFlat = step == step.literal(0)
    let computed = ArrayValue(dtype: type, shape: [count], reads: [], buffers: []) { index in
      let i = real(index[0])
      // A step too small to be told from 0 is divided last.
      let moved = isFlat.select(i / divisor * span, i * step)
      let value = hasStep.select(moved, i * span) + start
      guard hasEnd else { return value.cast(to: type) }
      // The last is the end itself.
      let isLast = (index[0] == count - one) & (count > one)
      return isLast.select(stop, value).cast(to: type)
    }
    var result = try copied(computed, at: location)
    if let asked, asked != type {
      result = try copied(
        map([result], at: location) { (parts) throws(MartletError) in
          if asked.isInteger, !type.isComplex {
            return .scalar(parts[0].cast(to: wide).floor.cast(to: asked))
          }
          return .scalar(parts[0].cast(to: asked))
        }, at: location)
    }
    guard try truth("retstep", &arguments, at: location) else { return .array(result) }
    let nan =
      wide.isComplex
      ? Expression.complex(
        builder.constant(.nan, wide.realType), builder.integer(0, wide.realType))
      : builder.constant(.nan, wide)
    return .tuple([.array(result), .scalar(hasStep.select(step, nan).cast(to: type))])
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

}
