import MartletIR

/// Products, running sums and other shapes: what makes an array of whole arrays.
extension FunctionLowering {
  // MARK: Products

  /// `np.dot`, `np.matmul` and the method.
  func product(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let isDot = arguments.name == "dot"
    let names = arguments.row.isMethod ? ["a", "other"] : isDot ? ["a", "b"] : ["x1", "x2"]
    let operands = try names.map { (name) throws(MartletError) -> Meaning in
      let meaning = arguments.take(name)
      if case .tuple = meaning, let array = try array(meaning, at: location) {
        return .array(array)
      }
      return try scalarised(meaning)
    }
    let output = try output(&arguments, at: location)
    let isNumber = operands.contains { $0.dtype != nil }
    guard isDot || !isNumber else {
      throw failure("matmul takes arrays, not numbers", at: location)
    }
    let result =
      isNumber
      ? try binary("*", operands[0], operands[1], at: location)
      : try product(operands[0], operands[1], at: location)
    guard let output else { return result }
    return try written(
      settledNow(result, at: location), to: output, arguments.row.output, arguments.name,
      at: location)
  }

  /// `a @ b` of vectors and matrices.
  func product(
    _ left: Meaning, _ right: Meaning, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    guard case .array(let p) = left, case .array(let q) = right, (1...2).contains(p.rank),
      (1...2).contains(q.rank)
    else {
      throw failure(
        "a matrix product takes arrays of 1 or 2 dimensions, not \(left.description) and "
          + right.description, at: location)
    }
    guard rules.target == .host || (p.rank == 1 && q.rank == 1) else {
      throw failure(
        "a kernel that runs on every element or on a grid can't make a matrix product",
        at: location)
    }
    let before = failureCount
    let inner = p.shape[p.rank - 1]
    if inner.value != q.shape[0].value, rules.target == .host {
      try builder.branch(inner != q.shape[0]) { () throws(MartletError) in
        try failArray(
          "ValueError",
          "matmul: the first operand has {0} columns, and the second {1} rows, which differ",
          [inner, q.shape[0]], at: location)
      }
    }
    // What is computed would be computed again for each row or column.
    let a = try p.place == nil && q.rank == 2 ? copied(p, at: location) : p
    let b = try q.place == nil && p.rank == 2 ? copied(q, at: location) : q
    try note(a, isWrite: false, at: location)
    try note(b, isWrite: false, at: location)
    let dtype = Promotion.promote(a.dtype, b.dtype)
    func times(_ x: Expression, _ y: Expression) throws(MartletError) -> Expression {
      try function("multiply", [x.cast(to: dtype), y.cast(to: dtype)], at: location)
    }
    func plus(_ x: Expression, _ y: Expression) throws(MartletError) -> Expression {
      try function("add", [x, y], at: location)
    }
    /// The sum over the inner axis: several sums side by side, which are added at the end.
    func sum(
      _ x: ([Expression]) throws(MartletError) -> Expression,
      _ y: ([Expression]) throws(MartletError) -> Expression, _ row: [Expression],
      _ column: [Expression]
    ) throws(MartletError) -> Expression {
      let isSideBySide = rules.target == .host && dtype != .bool && !dtype.isComplex
      let lanes = isSideBySide ? Self.productLanes : 1
      let total = builder.declare(lanes: lanes, initial: builder.integer(0, dtype))
      try unlessFailed(since: before) { () throws(MartletError) in
        try builder.loop(isSideBySide ? .vector : .serial, from: builder.integer(0), to: inner) {
          (k) throws(MartletError) in
          nonNegative.insert(k.value)
          builder.assign(total, try plus(builder.read(total), times(x(row + [k]), y([k] + column))))
        }
      }
      guard isSideBySide else { return builder.read(total) }
      return builder.fold([total], lanes: lanes) { left, right in
        [(try? plus(left[0], right[0])) ?? left[0]]
      }[0]
    }
    if a.rank == 1, b.rank == 1 {
      let conditions = [a.plain, b.plain].compactMap(\.?.condition)
      guard let first = conditions.first else {
        return .scalar(try sum(a.element, b.element, [], []))
      }
      let value = builder.declare(initial: builder.integer(0, dtype))
      try builder.branch(
        conditions.dropFirst().reduce(first) { $0 & $1 },
        then: { () throws(MartletError) in
          builder.assign(value, try sum(a.plainElement, b.plainElement, [], []))
        },
        else: { () throws(MartletError) in
          builder.assign(value, try sum(a.element, b.element, [], []))
        })
      return .scalar(builder.read(value))
    }
    let shape = Array(a.shape.dropLast() + b.shape.dropFirst())
    let result = try newArray(dtype, shape, at: location)
    guard let place = result.place else { return .array(result) }
    try unlessFailed(since: before) { () throws(MartletError) in
      try unlessMultiplied(a, b, result, inner) { () throws(MartletError) in
        if b.rank == 1 {
          return try loops(over: shape) { (index) throws(MartletError) in
            let value = try sum(a.element, b.element, index, [])
            let place = place(index)
            builder.store(place.buffer, place.index, value)
          }
        }
        try fill(result, with: .literal(.integer(0)), at: location)
        // Row by row of the second, so that neighbours in memory are next to each other.
        let rows = Array(shape.dropLast())
        try loops(over: rows + [inner]) { (outer) throws(MartletError) in
          let factor = try a.element(outer)
          try loops(over: [shape[rows.count]]) { (column) throws(MartletError) in
            let term = try times(factor, b.element([outer[rows.count]] + column))
            let place = place(outer.dropLast() + column)
            let old = builder.load(place.buffer, place.index)
            builder.store(place.buffer, place.index, try plus(old, term))
          }
        }
      }
    }
    return .array(result)
  }

  /// How many sums of a product run side by side.
  private static let productLanes = 16
  /// Products of so many multiplications are BLAS's matter.
  private static let leastLibraryProduct = 2048.0

  /// Runs `body` where BLAS does not multiply two arrays: these are small, or lie otherwise.
  private func unlessMultiplied(
    _ a: ArrayValue, _ b: ArrayValue, _ result: ArrayValue, _ inner: Expression,
    _ body: () throws(MartletError) -> Void
  ) throws(MartletError) {
    let dtypes: Set<DType> = [.float32, .float64, .complex64, .complex128]
    let (one, zero) = (builder.integer(1), builder.integer(0))
    guard let arenaSlot, dtypes.contains(result.dtype), a.dtype == result.dtype,
      b.dtype == result.dtype, let left = a.place, let right = b.place, let product = result.place
    else { return try body() }
    let rows = a.rank == 2 ? a.shape[0] : one
    let columns = b.rank == 2 ? b.shape[1] : one
    let isDone = builder.declare(initial: zero)
    let work = [rows, columns, inner].map { $0.cast(to: .float64) }
    builder.branch(work[0] * work[1] * work[2] >= Self.leastLibraryProduct) {
      /// The address and the strides of an array as a matrix; of a vector one stride means nothing.
      func matrix(
        _ array: ArrayValue, _ place: ([Expression]) -> ArrayValue.Place, isRow: Bool
      ) -> [Expression] {
        func address(_ index: [Expression]) -> Expression {
          let place = place(index)
          return builder.address(place.buffer, place.index)
        }
        let origin = address(array.shape.map { _ in zero })
        let strides = array.shape.indices.map { axis in
          (address(array.shape.indices.map { $0 == axis ? one : zero }) - origin)
            / builder.integer(array.dtype.itemSize)
        }
        if strides.count == 2 { return [origin] + strides }
        return isRow ? [origin, one, strides[0]] : [origin, strides[0], one]
      }
      let dtype = builder.integer(Int(result.dtype.rawValue))
      let arguments =
        [dtype, rows, columns, inner] + matrix(a, left, isRow: true)
        + matrix(b, right, isRow: false) + matrix(result, product, isRow: a.rank == 1)
      builder.assign(isDone, builder.arena(.product, arguments, arena: arenaSlot))
    }
    try builder.branch(builder.read(isDone) == zero, then: body)
  }

  // MARK: Running sums and products

  /// `np.cumsum` and `np.cumprod`, of all elements or along an axis.
  func running(
    _ name: String, _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let array = try array(arguments.row.parameters[0].name, &arguments, at: location)
    var request = Reduction(name == "cumsum" ? "sum" : "prod")
    request.dtype = try dtype(&arguments, at: location)
    let output = try output(&arguments, at: location)
    request.stored = output?.dtype
    let type = request.sumType(of: array.dtype)
    let result: ArrayValue
    switch try axes(&arguments, of: array.rank, isOne: true, at: location) {
    case .all: result = try running(request, array, type, axis: nil, at: location)
    case .fixed(let axes):
      result = try running(request, array, type, axis: axes[0], at: location)
    case .open(let axes):
      let last = try running(
        request, moved(array, axes, toEnd: true), type, axis: array.rank - 1, at: location)
      result = moved(last, axes, toEnd: false)
    }
    guard let output else { return .array(result) }
    return try written(
      .array(result), to: output, arguments.row.output, name, at: location)
  }

  private func running(
    _ request: Reduction, _ array: ArrayValue, _ dtype: DType, axis: Int?,
    at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    try note(array, isWrite: false, at: location)
    let isSum = request.name == "sum"
    let before = failureCount
    let result = try newArray(
      dtype, axis == nil ? [elementCount(array)] : array.shape, at: location)
    guard let place = result.place else { return result }
    func start() -> Variable { builder.declare(initial: builder.integer(isSum ? 0 : 1, dtype)) }
    func step(
      _ total: Variable, _ source: [Expression], _ target: [Expression]
    ) throws(MartletError) {
      let element = try array.element(source).cast(to: dtype)
      builder.assign(
        total,
        try function(isSum ? "add" : "multiply", [builder.read(total), element], at: location))
      let place = place(target)
      builder.store(place.buffer, place.index, builder.read(total))
    }
    try unlessFailed(since: before) { () throws(MartletError) in
      guard let axis else {
        let total = start()
        let counter = builder.declare(initial: builder.integer(0))
        try loops(over: array.shape) { (index) throws(MartletError) in
          try step(total, index, [builder.read(counter)])
          builder.assign(counter, builder.read(counter) + builder.integer(1))
        }
        return
      }
      var others = array.shape
      let size = others.remove(at: axis)
      try loops(over: others) { (rest) throws(MartletError) in
        let total = start()
        try loops(over: [size]) { (position) throws(MartletError) in
          var index = rest
          index.insert(position[0], at: axis)
          try step(total, index, index)
        }
      }
    }
    return result
  }

  // MARK: Parts together

  /// `np.concatenate` of a tuple of arrays along an axis.
  func joined(
    _ arguments: inout BoundArguments, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    let given = arguments.take("arrays")
    var arrays: [ArrayValue] = []
    if case .tuple(let items) = given {
      for item in items {
        guard let array = try array(item, at: location) else {
          throw failure("concatenate joins arrays, not \(item.description)", at: location)
        }
        arrays.append(array)
      }
    } else {
      throw failure("concatenate joins a tuple of arrays, not \(given.description)", at: location)
    }
    let asked = try dtype(&arguments, at: location)
    let casting = try casting(&arguments, at: location)
    let output = try output(&arguments, at: location)
    if output != nil, asked != nil {
      throw failure(
        "concatenate() only takes `out` or `dtype` as an argument, but both were provided.",
        at: location)
    }
    let axis = known(arguments.take("axis"))
    if case .none = axis {
      // Elements in C order, end to end.
      for (i, array) in arrays.enumerated() where array.rank != 1 {
        arrays[i] = try reshaped(
          array.rank == 0 ? copied(array, at: location) : array, [.literal(.integer(-1))],
          at: location)
      }
    }
    guard let first = arrays.first, first.rank > 0,
      arrays.allSatisfy({ $0.rank == first.rank })
    else {
      throw failure(
        "concatenate joins one array or more, all of the same number of dimensions", at: location)
    }
    var result: ArrayValue
    let own = arrays.dropFirst().reduce(first.dtype) { Promotion.promote($0, $1.dtype) }
    let type = asked ?? output?.dtype ?? own
    for array in arrays where !Promotion.canCast(array.dtype, to: type, casting) {
      throw failure(
        "'\(output == nil ? "dtype" : "out")' of concatenate is of type \(type), which "
          + "\(array.dtype) is not converted to", at: location)
    }
    if case .none = axis {
      result = try joined(arrays, type, axis: 0, at: location)
    } else {
      switch try self.axis(axis, "axis", first.rank, "concatenate", at: location) {
      case .fixed(let axis): result = try joined(arrays, type, axis: axis, at: location)
      case .open(let axis):
        let turned = arrays.map { moved($0, axis, toEnd: true) }
        result = try joined(turned, type, axis: first.rank - 1, at: location)
        result = moved(result, axis, toEnd: false)
      }
    }
    guard let output else { return .array(result) }
    return try written(
      .array(result), to: output, .sameKind, "concatenate", casting: casting, at: location)
  }

  private func joined(
    _ arrays: [ArrayValue], _ dtype: DType, axis: Int, at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    let before = failureCount
    var shape = arrays[0].shape
    for array in arrays.dropFirst() {
      shape[axis] = shape[axis] + array.shape[axis]
      for other in shape.indices where other != axis {
        try builder.branch(array.shape[other] != shape[other]) { () throws(MartletError) in
          try failArray(
            "ValueError",
            "concatenate: axis \(other) has {0} elements in one array and {1} in another",
            [shape[other], array.shape[other]], at: location)
        }
      }
    }
    nonNegative.insert(shape[axis].value)
    let result = try newArray(dtype, shape, at: location)
    guard let place = result.place else { return result }
    var start = builder.integer(0)
    for array in arrays {
      try note(array, isWrite: false, at: location)
      let offset = start
      try unlessFailed(since: before) { () throws(MartletError) in
        try loops(over: array.shape) { (index) throws(MartletError) in
          var target = index
          target[axis] = target[axis] + offset
          let place = place(target)
          builder.store(place.buffer, place.index, try array.element(index).cast(to: dtype))
        }
      }
      start = start + array.shape[axis]
    }
    return result
  }

  /// The positions of elements that are not zero: an array for each axis, or of the flat order.
  func nonzero(
    _ array: ArrayValue, isFlat: Bool, at location: SourcePosition
  ) throws(MartletError) -> Meaning {
    try note(array, isWrite: false, at: location)
    func visit(
      _ body: (_ index: [Expression], _ flat: Expression, _ number: Expression)
        throws(MartletError) -> Void
    ) throws(MartletError) -> Expression {
      let found = builder.declare(initial: builder.integer(0))
      let counter = builder.declare(initial: builder.integer(0))
      try loops(over: array.shape) { (index) throws(MartletError) in
        let isTrue = try array.element(index).cast(to: .bool)
        try builder.branch(isTrue) { () throws(MartletError) in
          try body(index, builder.read(counter), builder.read(found))
          builder.assign(found, builder.read(found) + builder.integer(1))
        }
        builder.assign(counter, builder.read(counter) + builder.integer(1))
      }
      let count = builder.read(found)
      nonNegative.insert(count.value)
      return count
    }
    let before = failureCount
    let count = try visit { _, _, _ in }
    var results: [ArrayValue] = []
    for _ in 0..<(isFlat ? 1 : array.rank) {
      results.append(try newArray(.int64, [count], at: location))
    }
    try unlessFailed(since: before) { () throws(MartletError) in
      _ = try visit { (index, flat, number) throws(MartletError) in
        for (axis, result) in results.enumerated() {
          guard let place = result.place?([number]) else { continue }
          builder.store(place.buffer, place.index, isFlat ? flat : index[axis])
        }
      }
    }
    return isFlat ? .array(results[0]) : .tuple(results.map { .array($0) })
  }

  // MARK: Other shapes

  /// The elements in C order under another shape: a view where they lie so, else a copy, as NumPy
  /// has it. A size of -1 is what remains.
  func reshaped(
    _ array: ArrayValue, _ sizes: [Meaning], at location: SourcePosition
  ) throws(MartletError) -> ArrayValue {
    guard rules.target == .host else {
      throw failure("another shape is only there in functions that the host runs", at: location)
    }
    let count = elementCount(array)
    var shape: [Expression] = []
    var open: Int?
    for (i, size) in sizes.enumerated() {
      if case .literal(.integer(-1)) = size {
        guard open == nil else {
          throw failure("only one size can be -1", at: location)
        }
        open = i
        shape.append(builder.integer(1))
      } else {
        shape.append(try position(size, for: "a size", at: location))
      }
    }
    guard (1...8).contains(shape.count) else {
      throw failure("an array has 1 to 8 dimensions here, not \(shape.count)", at: location)
    }
    let known = shape.dropFirst().reduce(shape[0]) { $0 * $1 }
    var total = known
    if let open {
      let divisor = (known == builder.integer(0)).select(builder.integer(1), known)
      let rest = count / divisor
      nonNegative.insert(rest.value)
      shape[open] = rest
      total = rest * known
    }
    let before = failureCount
    // Sizes whose product wraps to the right number are no shape of the array.
    var product = builder.constant(1, .float64)
    for size in shape { product = product * size.cast(to: .float64) }
    var isWrong = (total != count) | (product > 0x1p62)
    for size in shape where !isNonNegative(size) { isWrong = isWrong | (size < builder.integer(0)) }
    try builder.branch(isWrong) { () throws(MartletError) in
      try failArray(
        "ValueError",
        "cannot reshape array of size {0} into a shape of \(shape.count) "
          + "dimension\(shape.count == 1 ? "" : "s") with {1} elements", [count, total],
        at: location)
    }
    let one = builder.integer(1)
    let kept = try array.place == nil ? copied(array, at: location) : array
    let (numbers, _) = try flattened(.array(kept), at: location)
    var parts: [Expression] = []
    for number in numbers { parts.append(try self.number(number, at: location)) }
    var expected = one
    var isPacked = truth(true)
    for axis in (0..<array.rank).reversed() {
      let size = array.shape[axis]
      isPacked = isPacked & ((size == one) | (parts[1 + array.rank + axis] == expected))
      expected = expected * size
    }
    let isDense = isPacked | (count == builder.integer(0))
    let address = builder.declare(initial: parts[0])
    try unlessFailed(since: before) { () throws(MartletError) in
      try builder.branch(!isDense) { () throws(MartletError) in
        let (own, _) = try flattened(.array(copied(kept, at: location)), at: location)
        builder.assign(address, try number(own[0], at: location))
      }
    }
    // The copy is nobody else's.
    origins.note(numbers[0], in: address)
    var strides = [Expression](repeating: one, count: shape.count)
    for axis in (0..<(shape.count - 1)).reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let start = builder.read(address)
    origins.note(start, of: address)
    var result = self.array(array.dtype, [start] + shape + strides)
    // Iterations of a parallel loop still touch the array that it came from.
    result.origin = array.origin
    result.accumulation = array.accumulation
    result.places = array.places
    result.isReordered = true
    return result
  }
}
