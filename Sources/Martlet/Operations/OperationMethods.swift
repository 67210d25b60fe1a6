import MartletIR
import MartletRuntime

/// The methods of NumPy's ufuncs for rows of two operands and one result, the table's and those that
/// programs declare:
///
///     let subtract = OperationTable.elementwise(named: "subtract")!
///     let result = try subtract.reduce(x, axes: [1])   // x[:, 0] - x[:, 1] - x[:, 2] - …
///
/// Elements are combined from the first to the last. Where the order doesn't matter and the row has
/// a rule for it, as sums and extremes have, blocks of them are combined side by side.
extension ElementwiseOperation {
  /// What a reduction begins with.
  package enum Start: Sendable {
    /// The row's identity, else the first element.
    case identity
    case firstElement
    case number(Scalar)
  }

  /// Combines the elements along axes, as `ufunc.reduce`.
  ///
  /// - Parameters:
  ///   - axes: Negative ones count from the end; nil means all. More than one only where the order
  ///     doesn't matter.
  ///   - dtype: What to compute in, instead of the row's choice.
  ///   - keepDimensions: Whether reduced axes stay, with length 1.
  ///   - initial: What comes before the first element, instead of the row's identity.
  ///   - mask: Where false, an element does not count.
  ///   - array: The array.
  /// - Throws: `.invalidArgument` for a row of other operands, for several axes whose order matters,
  ///   and for no elements or a mask without something to begin with; `.axisOutOfRange`, `.noLoop`,
  ///   `.broadcast` for a mask of another shape, `.outOfMemory`.
  public func reduce(
    _ array: NDArray, axes: [Int]? = [0], dtype: DType? = nil, keepDimensions: Bool = false,
    initial: (any ArrayScalar)? = nil, where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try checkCombines("reduce")
    // A number alone is its own first and last axis, as in NumPy.
    let axes = array.rank == 0 && (axes == [0] || axes == [-1]) ? nil : axes
    var start = Start.identity
    if let initial {
      let type = loops[try reductionLoop(array.dtype, dtype: dtype, isUniform: false)].outputs[0]
      let (kind, number) = initial.weakScalar
      guard Promotion.canCast(Promotion.resolve(kind, beside: type), to: type, .sameKind) else {
        throw .castForbidden(
          operation: name, from: number.dtype, to: type,
          casting: Promotion.Casting.sameKind.rawValue)
      }
      start = .number(number.converted(to: type))
    }
    if let rule = ReductionOperation.rule(for: self, array.dtype, dtype: dtype),
      case .identity = start
    {
      if let dtype { _ = try reductionLoop(array.dtype, dtype: dtype, isUniform: false) }
      if mask != nil, case .reorderable = identity { throw needsInitial }
      let counted = try mask.map { (mask) throws(MartletError) in
        try mask.broadcast(to: array.shape)
      }
      return try array.reduced(
        rule, axes: axes, keepDimensions: keepDimensions, dtype: dtype, mask: counted)
    }
    return try reduceInOrder(
      array, axes: axes, dtype: dtype, keepDimensions: keepDimensions, start: start, mask: mask)
  }

  /// Combines each element along an axis with all before it, as `ufunc.accumulate`.
  ///
  /// - Parameter axis: Negative ones count from the end.
  /// - Parameter array: The array.
  /// - Parameter dtype: The type of the result; what NumPy would choose unless given.
  /// - Throws: `.invalidArgument` for a row of other operands, `.invalidType` for an array without
  ///   axes, `.axisOutOfRange`, `.noLoop`, `.outOfMemory`.
  public func accumulate(
    _ array: NDArray, axis: Int = 0, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try array.accumulated(self, axis: axis, dtype: dtype)
  }

  /// Combines the elements of slices along an axis, as `ufunc.reduceat`: each begins at a position
  /// and ends where the next begins, the last at the end of the axis. One that would end before it
  /// begins is its first element.
  ///
  /// - Throws: `.invalidArgument` for a row of other operands, `.invalidType` for an array without
  ///   axes, `.invalidIndex` for a position outside the axis, `.axisOutOfRange`, `.noLoop`,
  ///   `.outOfMemory`.
  public func reduceAt(
    _ array: NDArray, _ starts: [Int], axis: Int = 0, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    try checkCombines("reduceat")
    guard array.rank > 0 else {
      throw .invalidType(operation: name, detail: "cannot reduceat on a scalar")
    }
    let axis = try array.normalised(axis, name)
    for start in starts where start < 0 || start >= array.shape[axis] {
      throw .invalidIndex(
        detail: "index \(start) out-of-bounds in \(name).reduceat [0, \(array.shape[axis]))")
    }
    let loop = try reductionLoop(array.dtype, dtype: dtype, isUniform: true)
    var reduction = OrderedReduction(self, loop: loop)
    var shape = array.shape
    shape[axis] = starts.count
    let result = try NDArray(uninitialised: shape, reduction.resultType, on: array.device)
    if result.count == 0 { return result }
    if Trace.isUsed, array.storage.tapeNode != nil {
      return try reduceAtTraced(array, starts, axis: axis, dtype: reduction.resultType)
    }
    reduction.starts = try NDArray(positions: starts)
    let events = try reduction.run(
      try array.movingLast([axis]), into: try result.movingLast([axis]))
    try events.report(self, as: "reduceat", on: result.device)
    return result
  }

  /// Applies the operation to each pair of an element of `a` and one of `b`, as `ufunc.outer`; the
  /// result has the axes of both.
  ///
  /// - Throws: `.invalidArgument` for a row of other operands, `.rankLimit`, `.noLoop`,
  ///   `.outOfMemory`.
  public func outer(
    _ a: NDArray, _ b: NDArray, dtype: DType? = nil
  ) throws(MartletError) -> NDArray {
    guard inputCount == 2, outputCount == 1 else {
      throw .invalidArgument(
        operation: name, detail: "outer product only supported for binary functions")
    }
    guard a.rank + b.rank <= Shape.maximumRank else {
      throw .rankLimit(operation: name, rank: a.rank + b.rank)
    }
    var layout = a.layout
    for _ in 0..<b.rank { layout = layout.expanded(at: layout.rank) }
    return try Elementwise.apply(self, [.array(a.view(layout)), .array(b)], dtype: dtype)[0]
  }

  // MARK: - In order

  private var needsInitial: MartletError {
    .invalidArgument(
      operation: name,
      detail: "reduction operation '\(name)' does not have an identity, so to use a where mask one "
        + "has to specify 'initial'")
  }

  /// `reduce`, one element after another.
  package func reduceInOrder(
    _ array: NDArray, axes: [Int]?, dtype: DType?, keepDimensions: Bool, start: Start,
    mask: NDArray?
  ) throws(MartletError) -> NDArray {
    let isReduced = try array.reducedAxes(name, axes)
    let loop = try reductionLoop(array.dtype, dtype: dtype, isUniform: false)
    var reduction = OrderedReduction(self, loop: loop)
    let reduced = isReduced.indices.filter { isReduced[$0] }
    if reduced.count > 1, !isReorderable {
      throw .invalidArgument(
        operation: name,
        detail: "reduction operation '\(name)' is not reorderable, so at most one axis may be "
          + "specified")
    }
    switch start {
    case .identity: reduction.initial = self.start(reduction.resultType)
    case .firstElement: reduction.initial = nil
    case .number(let number): reduction.initial = number
    }
    if mask != nil, reduction.initial == nil { throw needsInitial }

    var shape = Shape()
    var full = Shape()
    for (axis, size) in array.shape.enumerated() {
      full.append(isReduced[axis] ? 1 : size)
      if !isReduced[axis] { shape.append(size) }
    }
    let device = try Placement.device(of: [array] + (mask.map { [$0] } ?? []), for: name)
    let result = try NDArray(uninitialised: shape, reduction.resultType, on: device)
    let combined = reduced.reduce(1) { $0 * array.shape[$1] }
    if combined == 0 {
      guard let initial = reduction.initial else {
        throw .invalidArgument(
          operation: name,
          detail: "zero-size array to reduction operation \(name) which has no identity")
      }
      return try NDArray.full(keepDimensions ? full : shape, initial)
    }
    if result.count > 0 {
      // Without a reduced axis each element is combined with nothing but what comes before it.
      func arranged(_ array: NDArray) throws(MartletError) -> NDArray {
        if reduced.isEmpty { return try array.reshaped([array.count, 1]) }
        let moved = try array.movingLast(reduced)
        return reduced.count == 1 ? moved : try moved.reshaped(Array(shape) + [combined])
      }
      reduction.mask = try mask.map { (mask) throws(MartletError) in
        try arranged(try mask.broadcast(to: array.shape))
      }
      if Trace.isUsed, array.storage.tapeNode != nil {
        let found = try reduceInOrderTraced(
          arranged(array), start: reduction.initial, dtype: reduction.resultType,
          mask: reduction.mask?.untraced)
        return try found.reshaped(Array(keepDimensions ? full : shape))
      }
      let target = reduced.isEmpty ? try result.raveled() : result
      let events = try reduction.run(try arranged(array), into: target)
      try events.report(self, as: "reduce", on: device)
    }
    return keepDimensions ? result.view(Layout(contiguous: full)) : result
  }
}

extension ReductionOperation {
  /// The rule that combines blocks of elements by a row; nil where there is none, as for sums of
  /// truth values that are truth values.
  package static func rule(
    for row: ElementwiseOperation, _ elements: DType, dtype: DType?
  ) -> ReductionOperation? {
    if dtype == .bool { return nil }
    let rule: ReductionOperation?
    switch row.index {
    case ElementwiseOperation.add.index: rule = .sum
    case ElementwiseOperation.multiply.index: rule = .product
    case ElementwiseOperation.maximum.index: rule = .maximum
    case ElementwiseOperation.minimum.index: rule = .minimum
    case ElementwiseOperation.logicalAnd.index: rule = .all
    case ElementwiseOperation.logicalOr.index: rule = .any
    case ElementwiseOperation.logicalXor.index: rule = .parity
    case ElementwiseOperation.bitwiseAnd.index: rule = .bitwiseAnd
    case ElementwiseOperation.bitwiseOr.index: rule = .bitwiseOr
    case ElementwiseOperation.bitwiseXor.index: rule = .bitwiseXor
    default: rule = nil
    }
    return rule?.types(elements) == nil ? nil : rule
  }
}

extension NDArray {
  /// With these axes behind all others, in their order.
  fileprivate func movingLast(_ axes: [Int]) throws(MartletError) -> NDArray {
    try transposed((0..<rank).filter { !axes.contains($0) } + axes)
  }
}
