import MartletIR

/// Arrays as indices: positions to gather from or scatter to, and masks.
extension FunctionLowering {
  /// What an index with an array in it chooses.
  enum Gathering {
    /// The elements at positions: an array whose places are looked up.
    case positions(ArrayValue)
    /// Those where a mask is true, in order.
    case mask(ArrayValue, of: ArrayValue)
  }

  /// The meaning of an index that has an array in it; nil for other indices.
  func gathering(
    of array: ArrayValue, _ given: [GivenIndex], isRead: Bool = false,
    at location: SourcePosition
  ) throws(MartletError) -> Gathering? {
    let isArray = given.map { index in
      if case .element(.array(let own)) = index { own.rank > 0 } else { false }
    }
    guard isArray.contains(true) else { return nil }
    guard rules.target == .host else {
      throw failure(
        "an array as an index is only there in functions that the host runs: use its elements",
        at: location)
    }
    for case .element(.array(let index)) in given where index.rank > 0 {
      if index.dtype == .bool {
        if given.count > 1 {
          let given = try withoutMasks(given, for: array, at: location)
          return .positions(try gathered(array, given, isRead: isRead, at: location))
        }
        return .mask(try matched(index, array, at: location), of: array)
      }
      guard index.dtype.isInteger else {
        throw failure(
          "an array as an index has integers or truth values, not \(index.dtype)", at: location)
      }
    }
    return .positions(try gathered(array, given, isRead: isRead, at: location))
  }

  /// The elements that an index with an array in it chooses: found when they are read, where that is
  /// known by their positions.
  func elements(
    of gathering: Gathering, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    switch gathering {
    case .positions(var array):
      array.place = nil
      return array
    case .mask(let mask, let array): return try selected(array, mask, at: location)
    }
  }

  /// Writes to the elements that an index with an array in it chooses.
  func store(
    _ meaning: Meaning, to gathering: Gathering, at location: SourcePosition
  ) throws(MartletError) {
    switch gathering {
    case .positions(let array): try fill(array, with: meaning, at: location)
    case .mask(let mask, let array): try fill(array, where: mask, with: meaning, at: location)
    }
  }

  // MARK: Positions

  private func gathered(
    _ array: ArrayValue, _ given: [GivenIndex], isRead: Bool, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    let indices = try completed(given, for: array, at: location)
    // Numbers beside arrays are positions as well; the rest is an ordinary view.
    var basic: [GivenIndex] = []
    var advanced: [(axis: Int, meaning: Meaning)] = []
    for index in indices {
      if case .element(let meaning) = index {
        advanced.append((basic.count, meaning))
        basic.append(.slice(nil, nil, nil))
      } else {
        basic.append(index)
      }
    }
    // What stands side by side is replaced where it is; of others the positions come first.
    let axes = advanced.map(\.axis)
    let isTogether = axes == Array(axes[0]..<(axes[0] + axes.count))
    let first = isTogether ? axes[0] : 0
    let base = try view(of: array, basic, at: location).array
    try note(base, isWrite: false, at: location)
    let before = failureCount
    // Positions to write to have memory of their own, which writing to the array doesn't change.
    var kept: [ArrayValue] = []
    for case (let axis, .array(let index)) in advanced where index.rank > 0 {
      let own = try isRead ? index : copied(index, at: location)
      try checkInside(own, size: base.shape[axis], axis: axis, since: before, at: location)
      kept.append(own)
    }
    let common = try map(kept, at: location) { (parts) throws(MartletError) in .scalar(parts[0]) }
    var arrays = kept[...]
    var positions: [Position] = []
    for (axis, meaning) in advanced {
      guard case .array(let index) = meaning, index.rank > 0, let own = arrays.popFirst() else {
        let place = try inside(meaning, size: base.shape[axis], axis: axis, at: location)
        positions.append(.fixed(place))
        continue
      }
      positions.append(.listed(own, size: base.shape[axis]))
    }
    let found = positions
    func full(_ index: [Expression]) throws(MartletError) -> [Expression] {
      let own = Array(index[first..<(first + common.rank)])
      var rest = (index[..<first] + index[(first + common.rank)...])[...]
      var all: [Expression] = []
      for axis in 0..<base.rank {
        if let i = axes.firstIndex(of: axis) {
          all.append(try position(found[i], own, common.shape))
        } else if let next = rest.popFirst() {
          all.append(next)
        }
      }
      return all
    }
    var result = base
    result.shape = base.shape.indices.filter { !axes.contains($0) }.map { base.shape[$0] }
    result.shape.insert(contentsOf: common.shape, at: first)
    result.isWhole = false
    result.parameter = nil
    result.places = []
    result.isReordered = true
    for own in kept { result.buffers.formUnion(own.buffers) }
    result.setReads(base.scatteredReads + kept.flatMap(\.scatteredReads))
    result.plain = nil
    // The positions to write to are memory, which can always be read.
    if !isRead, let place = base.place {
      result.place = { index in place((try? full(index)) ?? index) }
    }
    result.element = { (index) throws(MartletError) in try base.element(full(index)) }
    return result
  }

  /// Where an index with an array in it looks along one axis.
  private enum Position {
    case fixed(Expression)
    case listed(ArrayValue, size: Expression)
  }

  /// The position for an element of the positions' common shape.
  private func position(
    _ position: Position, _ index: [Expression], _ shape: [Expression]
  ) throws(MartletError) -> Expression {
    guard case .listed(let list, let size) = position else {
      if case .fixed(let place) = position { return place }
      return builder.integer(0)
    }
    let shift = shape.count - list.rank
    let zero = builder.integer(0)
    let own = list.shape.enumerated().map { i, size in
      size.value == shape[i + shift].value
        ? index[i + shift] : (size == builder.integer(1)).select(zero, index[i + shift])
    }
    let raw = try list.element(own).cast(to: .int64)
    return list.dtype.isUnsigned ? raw : (raw < zero).select(raw + size, raw)
  }

  /// Fails where a position is outside, if that is looked at.
  private func checkInside(
    _ positions: ArrayValue, size: Expression, axis: Int, since failures: Int,
    at location: SourcePosition
  ) throws(MartletError) {
    guard rules.checksBounds else { return }
    try unlessFailed(since: failures) { () throws(MartletError) in
      try loops(over: positions.shape) { (index) throws(MartletError) in
        let raw = try positions.element(index).cast(to: .int64)
        let isOutside = (raw < -size) | (raw >= size)
        try builder.branch(isOutside) { () throws(MartletError) in
          try fail(
            "IndexError", "index {0} is out of bounds for axis \(axis) with size {1}",
            [raw, size], at: location)
        }
      }
    }
  }

  // MARK: Masks

  /// Indices in which masks are the positions where they are true, one array for each of their axes.
  private func withoutMasks(
    _ given: [GivenIndex], for array: ArrayValue, at location: SourcePosition
  ) throws(MartletError) -> [GivenIndex] {
    /// How many axes of the array an index takes.
    func width(_ index: GivenIndex) -> Int {
      switch index {
      case .newAxis, .ellipsis: return 0
      case .element(.array(let own)) where own.dtype == .bool && own.rank > 0: return own.rank
      default: return 1
      }
    }
    var left = array.rank - given.reduce(0) { $0 + width($1) }
    guard left >= 0 else {
      throw failure("too many indices for an array of \(array.rank) dimensions", at: location)
    }
    var result: [GivenIndex] = []
    var axis = 0
    for index in given {
      if case .element(.array(let mask)) = index, mask.dtype == .bool, mask.rank > 0 {
        let own = try matched(mask, array, from: axis, at: location)
        guard case .tuple(let places) = try nonzero(own, isFlat: false, at: location) else {
          continue
        }
        result += places.map { .element($0) }
      } else {
        result.append(index)
      }
      axis += width(index)
      if case .ellipsis = index {
        axis += left
        left = 0
      }
    }
    return result
  }

  /// A mask whose sizes are those of the array's axes from `first` on, in memory of its own.
  private func matched(
    _ mask: ArrayValue, _ array: ArrayValue, from first: Int = 0, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    guard first + mask.rank <= array.rank else {
      throw failure(
        "a mask of \(mask.rank) dimensions doesn't fit an array of \(array.rank)", at: location)
    }
    for (i, size) in mask.shape.enumerated() where size.value != array.shape[first + i].value {
      let axis = first + i
      try builder.branch(size != array.shape[axis]) { () throws(MartletError) in
        try failArray(
          "IndexError",
          "boolean index did not match indexed array along axis \(axis); size of axis is {0} but "
            + "size of corresponding boolean axis is {1}", [array.shape[axis], size], at: location)
      }
    }
    return try copied(mask, at: location)
  }

  /// Runs `body` for each index where a mask is true, with its number among them.
  private func loops(
    where mask: ArrayValue, _ body: ([Expression], Expression) throws(MartletError) -> Void
  ) throws(MartletError) -> Variable {
    let counter = builder.declare(initial: builder.integer(0))
    try loops(over: mask.shape) { (index) throws(MartletError) in
      try builder.branch(mask.element(index)) { () throws(MartletError) in
        let number = builder.read(counter)
        nonNegative.insert(number.value)
        try body(index, number)
        builder.assign(counter, number + builder.integer(1))
      }
    }
    return counter
  }

  private func selected(
    _ array: ArrayValue, _ mask: ArrayValue, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    try note(array, isWrite: false, at: location)
    let rest = Array(array.shape[mask.rank...])
    let count = builder.read(try loops(where: mask) { _, _ in })
    nonNegative.insert(count.value)
    let result = try newArray(array.dtype, [count] + rest, at: location)
    guard let place = result.place else { return result }
    // A mask of other sizes would read where the array has nothing.
    try unlessFailed(since: 0) { () throws(MartletError) in
      _ = try loops(where: mask) { (index, number) throws(MartletError) in
        try loops(over: rest) { (tail) throws(MartletError) in
          let place = place([number] + tail)
          builder.store(place.buffer, place.index, try array.element(index + tail))
        }
      }
    }
    return result
  }

  private func fill(
    _ array: ArrayValue, where mask: ArrayValue, with meaning: Meaning,
    at location: SourcePosition
  ) throws(MartletError) {
    guard let place = array.place else {
      throw failure("this array is computed, and can't be written", at: location)
    }
    try note(array, isWrite: true, at: location)
    let rest = Array(array.shape[mask.rank...])
    func put(_ index: [Expression], _ value: Expression) {
      let place = place(index)
      writtenBuffers.insert(place.buffer)
      builder.store(place.buffer, place.index, value.cast(to: array.dtype))
    }
    guard case .array(let source) = meaning, source.rank > 0 else {
      let value = try number(meaning, as: array.dtype, at: location)
      _ = try loops(where: mask) { (index, _) throws(MartletError) in
        try loops(over: rest) { (tail) throws(MartletError) in put(index + tail, value) }
      }
      return
    }
    let before = failureCount
    let counted = try loops(where: mask) { _, _ in }
    let count = builder.read(counted)
    if source.rank == rest.count + 1 {
      let own = source.shape[0]
      try builder.branch((own != count) & (own != builder.integer(1))) {
        () throws(MartletError) in
        try fail(
          "ValueError",
          "NumPy boolean array indexing assignment cannot assign {0} input values to the {1} "
            + "output values where the mask is true", [own, count], at: location)
      }
    }
    try unlessFailed(since: before) { () throws(MartletError) in
      let values = try copied(broadcast(source, to: [count] + rest, at: location), at: location)
      _ = try loops(where: mask) { (index, number) throws(MartletError) in
        try loops(over: rest) { (tail) throws(MartletError) in
          put(index + tail, try values.element([number] + tail))
        }
      }
    }
  }
}
