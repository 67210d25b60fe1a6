import MartletIR

/// Arrays seen in another way: one element after the other, with another type, as objects.
extension FunctionLowering {
  // MARK: Elements one by one

  /// The element of `a.flat` at a position: an array without dimensions.
  ///
  /// - Parameter isInside: whether the position is known to be inside.
  func flatElement(
    of array: ArrayValue, _ index: Meaning, isInside: Bool = false, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    let count = elementCount(array)
    var rest = try position(index, for: "an index", at: location)
    if !isInside {
      let raw = rest
      let place = isNonNegative(raw) ? raw : (raw < builder.integer(0)).select(raw + count, raw)
      let isInside = (place >= builder.integer(0)) & (place < count)
      if rules.target == .host {
        try builder.branch(!isInside) { () throws(MartletError) in
          try failArray(
            "IndexError", "index {0} is out of bounds for size {1}", [raw, count], at: location)
        }
      }
      rest = isInside.select(place, builder.integer(0))
    }
    let one = builder.integer(1)
    var indices = [GivenIndex](repeating: .newAxis, count: array.rank)
    for axis in (0..<array.rank).reversed() {
      // Of an empty array there is nothing to find, but the division must be one.
      let size = array.shape[axis]
      let divisor = (size == builder.integer(0)).select(one, size)
      let next = axis == 0 ? builder.integer(0) : rest / divisor
      let own = axis == 0 ? rest : rest - next * divisor
      nonNegative.insert(own.value)
      indices[axis] = .element(.scalar(own))
      rest = next
    }
    return try view(of: array, indices, at: location).array
  }

  /// A number of a range.
  func number(
    of range: ArrayValue, _ index: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let raw = try position(index, for: "an index", at: location)
    let (zero, count) = (builder.integer(0), range.shape[0])
    let place = isNonNegative(raw) ? raw : (raw < zero).select(raw + count, raw)
    let isInside = (place >= zero) & (place < count)
    if rules.target == .host {
      try builder.branch(!isInside) { () throws(MartletError) in
        try fail("IndexError", "range object index out of range", at: location)
      }
    }
    return .scalar(try range.element([place]))
  }

  // MARK: Methods

  /// The methods of arrays that are no functions of NumPy's; nil for others.
  func viewMethod(
    _ name: String, of array: ArrayValue, _ arguments: [Meaning],
    _ keywords: [(name: String, value: Meaning)], at location: SourcePosition
  ) throws(MartletError) -> Meaning? {
    guard keywords.isEmpty else { return nil }
    switch (name, arguments.count) {
    case ("conj", 0), ("conjugate", 0):
      return try elementwise("conjugate", [.array(array)], at: location)
    case ("item", 1...):
      var given = arguments
      if given.count == 1, case .tuple(let items) = given[0] { given = items }
      if given.count == 1 {
        let element = try flatElement(of: array, given[0], at: location)
        return .scalar(try self.element(of: element, []))
      }
      guard given.count == array.rank else {
        throw failure("item takes one index, or one for each axis", at: location)
      }
      let before = failureCount
      for (axis, index) in given.enumerated() {
        try checkInside(index, size: array.shape[axis], axis: axis, at: location)
      }
      let value = builder.declare(initial: builder.integer(0, array.dtype))
      try unlessFailed(since: before) { () throws(MartletError) in
        let element = try view(of: array, given.map { .element($0) }, at: location).array
        builder.assign(value, try self.element(of: element, []))
      }
      return .scalar(builder.read(value))
    case ("view", 1):
      return .array(
        try seen(array, as: dtype(arguments[0], for: "view", at: location), at: location))
    case ("tolist", 0) where array.rank == 1:
      return .list(try list(from: iteration(over: .array(array), at: location), at: location))
    default: return nil
    }
  }

  private func checkInside(
    _ index: Meaning, size: Expression, axis: Int, at location: SourcePosition
  ) throws(MartletError) {
    guard rules.target == .host else { return }
    let raw = try position(index, for: "an index", at: location)
    try builder.branch((raw < -size) | (raw >= size)) { () throws(MartletError) in
      try fail(
        "IndexError", "index {0} is out of bounds for axis \(axis) with size {1}", [raw, size],
        at: location)
    }
  }

  /// The bytes of an array as elements of another type.
  private func seen(
    _ given: ArrayValue, as dtype: DType, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    guard rules.target == .host else {
      throw failure("'view' is only there in functions that the host runs", at: location)
    }
    let array = try given.place == nil ? copied(given, at: location) : given
    let (old, new) = (array.dtype.itemSize, dtype.itemSize)
    guard array.rank > 0 || old == new else {
      throw failure("an array without dimensions is seen with as many bytes only", at: location)
    }
    var parts = try parts(of: array, at: location)
    if old != new {
      let (size, stride) = (array.rank, 2 * array.rank)
      let (a, b) = (builder.integer(old), builder.integer(new))
      let bytes = parts[size] * a
      let isWrong =
        ((parts[stride] != builder.integer(1)) & (parts[size] != builder.integer(1)))
        | (bytes - bytes / b * b != builder.integer(0))
      try builder.branch(isWrong) { () throws(MartletError) in
        try failArray(
          "ValueError",
          "When changing to a dtype of another size, the last axis must be contiguous, and its "
            + "total size in bytes a multiple of the new one's", at: location)
      }
      parts[size] = bytes / b
      parts[stride] = builder.integer(1)
      for axis in 0..<(array.rank - 1) {
        let step = parts[1 + array.rank + axis] * a
        try builder.branch(step - step / b * b != builder.integer(0)) { () throws(MartletError) in
          try failArray("ValueError", "the new dtype's size divides no stride", at: location)
        }
        parts[1 + array.rank + axis] = step / b
      }
    }
    var result = self.array(dtype, parts)
    result.isReadOnly = array.isReadOnly
    result.origin = array.origin
    result.accumulation = array.accumulation
    result.places = array.places
    result.isReordered = true
    return result
  }

  // MARK: How elements lie

  /// By how many bytes the next element along each axis is away.
  func strides(
    of array: ArrayValue, at location: SourcePosition
  ) throws(MartletError) -> [Expression] {
    guard rules.target == .host else {
      throw failure("'strides' is only there in functions that the host runs", at: location)
    }
    return try parts(of: array, at: location).suffix(array.rank).map {
      $0 * builder.integer(array.dtype.itemSize)
    }
  }

  /// `a.flags.c_contiguous` and its like.
  func flag(
    _ name: String, of array: ArrayValue, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let axes: [Int]
    switch name {
    case "c_contiguous", "contiguous": axes = array.shape.indices.reversed()
    case "f_contiguous": axes = Array(array.shape.indices)
    default: throw failure("'flags.\(name)' is not in the language of kernels", at: location)
    }
    let strides = try strides(of: array, at: location)
    let one = builder.integer(1)
    var expected = builder.integer(array.dtype.itemSize)
    var isPacked = truth(true)
    for axis in axes {
      let size = array.shape[axis]
      isPacked = isPacked & ((size == one) | (strides[axis] == expected))
      expected = expected * size
    }
    return .scalar(isPacked | (elementCount(array) == builder.integer(0)))
  }

  // MARK: Identity

  /// `a is b` of arrays and lists: arrays are one where they are the same part of memory.
  func isOne(
    _ a: Meaning, _ b: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Expression {
    switch (a, b) {
    case (.list(let p), .list(let q)): return p.header == q.header
    case (.array(let p), .array(let q)):
      guard p.dtype == q.dtype, p.rank == q.rank else { return truth(false) }
      if let number = p.parameter, number == q.parameter { return truth(true) }
      guard rules.target == .host, p.place != nil, q.place != nil else { break }
      let (first, second) = (try parts(of: p, at: location), try parts(of: q, at: location))
      return zip(first, second).reduce(truth(true)) { $0 & ($1.0 == $1.1) }
    case (.array, _), (.list, _), (_, .array), (_, .list): return truth(false)
    default: break
    }
    throw failure("'is' compares with None, or arrays and lists that have names", at: location)
  }
}

extension Meaning {
  var isRange: Bool {
    if case .range = self { return true }
    return false
  }
}
