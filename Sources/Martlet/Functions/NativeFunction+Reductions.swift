import MartletIR

/// Functions that combine the elements along axes.
extension NativeFunction {
  static let reductions: [NativeFunction] =
    [
      addingUp(.sum), addingUp(.product), extreme(.maximum), extreme(.minimum), truth(.all),
      truth(.any), moment(.variance), moment(.standardDeviation), place(.argMaximum),
      place(.argMinimum), cumulative("cumsum", .add), cumulative("cumprod", .multiply),
    ] + [
      NativeFunction(
        "mean",
        "(a, axis=None, dtype=None, out=None, keepdims=<no value>, *, where=<no value>)",
        ReductionOperation.mean.summary, .composed, isMethod: true
      ) { call throws(MartletError) in .result(try mean(call)) },
      NativeFunction(
        "average", "(a, axis=None, weights=None, returned=False, *, keepdims=<no value>)",
        "The average, weighted or not.", .composed
      ) { call throws(MartletError) in try average(call) },
      NativeFunction(
        "count_nonzero", "(a, axis=None, *, keepdims=False)",
        ReductionOperation.countNonzero.summary,
        .constant("a number of elements is an integer")
      ) { call throws(MartletError) in
        var reduction = try started(.countNonzero, call)
        reduction.keepsDimensions = try call.bool(2, default: false)
        return .result(try finished(reduction, call))
      },
      NativeFunction(
        "ptp", "(a, axis=None, out=None, keepdims=<no value>)",
        "The difference of the largest and the smallest element.", .composed
      ) { call throws(MartletError) in
        var reduction = try started(.maximum, call)
        if reduction.array.dtype == .bool { throw call.notNative("truth values") }
        reduction.keepsDimensions = try call.bool(3, default: false)
        let high = try finished(reduction, call)
        reduction.operation = .minimum
        let low = try finished(reduction, call)
        return .result(try Elementwise.apply(.subtract, [.array(high), .array(low)])[0])
      },
      NativeFunction(
        "trace", "(a, offset=0, axis1=0, axis2=1, dtype=None, out=None)",
        "The sum along a diagonal.", .composed, isMethod: true
      ) { call throws(MartletError) in
        let offset = try call.int(1, default: 0)
        let (axis1, axis2) = (try call.int(2, default: 0), try call.int(3, default: 1))
        let dtype = try call.dtype(4)
        let a = try call.array(0)
        let diagonal = try a.layout.diagonal(offset: offset, axis1: axis1, axis2: axis2)
        var reduction = Reduction(.sum, a.view(diagonal))
        reduction.axes = [diagonal.rank - 1]
        try reduction.setDType(dtype)
        return .result(try finished(reduction, call))
      },
      NativeFunction(
        "diff", "(a, n=1, axis=-1, prepend=<no value>, append=<no value>)",
        "The difference of each element and the one before it.", .composed
      ) { call throws(MartletError) in try differences(call) },
    ]

  // MARK: By what they take

  /// The reduction of the first argument along the axes that the second names.
  private static func started(
    _ operation: ReductionOperation, _ call: FunctionCall
  ) throws(MartletError) -> Reduction {
    var reduction = Reduction(operation, try call.arrayToConsume(0))
    reduction.axes = try axes(call, rank: reduction.array.rank)
    return reduction
  }

  /// An array without dimensions has a first and a last axis here, as in NumPy; but not for averages.
  private static func axes(_ call: FunctionCall, rank: Int) throws(MartletError) -> [Int]? {
    if rank == 0, call.kind(1) == .integer, [0, -1].contains(try call.int(1)) { return nil }
    return try call.axes(1, rank: rank)
  }

  /// One axis, likewise; nil for None.
  private static func axis(_ call: FunctionCall, rank: Int) throws(MartletError) -> Int? {
    guard call.isGiven(1) else { return nil }
    let axis = try call.int(1)
    if rank == 0, [0, -1].contains(axis) { return nil }
    return try call.normalised(axis, rank: rank)
  }

  private static func finished(
    _ reduction: Reduction, _ call: FunctionCall
  ) throws(MartletError) -> NDArray {
    try call.run(elements: reduction.array.count) { () throws(MartletError) in
      try reduction.run()
    }
  }

  /// `where=`; nil for all elements.
  private static func mask(
    _ call: FunctionCall, _ position: Int, for array: NDArray
  ) throws(MartletError) -> NDArray? {
    if call.isMissing(position) { return nil }
    if call.kind(position) == .truth, try call.bool(position, default: true) { return nil }
    let mask = try call.array(position)
    try Reduction.checkMask(mask, for: array)
    return mask
  }

  private static func addingUp(_ operation: ReductionOperation) -> NativeFunction {
    NativeFunction(
      operation.name,
      "(a, axis=None, dtype=None, out=None, keepdims=<no value>, initial=<no value>, "
        + "where=<no value>)", operation.summary, .composed, isMethod: true
    ) { call throws(MartletError) in
      if call.kind(5) == .none { throw call.notNative("a reduction without its identity") }
      var reduction = try started(operation, call)
      try reduction.setDType(call.dtype(2))
      reduction.keepsDimensions = try call.bool(4, default: false)
      if call.isGiven(5) { try reduction.setInitial(call.operand(5)) }
      if let mask = try mask(call, 6, for: reduction.array) { try reduction.setMask(mask) }
      return .result(try finished(reduction, call))
    }
  }

  private static func extreme(_ operation: ReductionOperation) -> NativeFunction {
    NativeFunction(
      operation.name,
      "(a, axis=None, out=None, keepdims=<no value>, initial=<no value>, where=<no value>)",
      operation.summary, .composed, isMethod: true
    ) { call throws(MartletError) in
      var reduction = try started(operation, call)
      reduction.keepsDimensions = try call.bool(3, default: false)
      if call.isGiven(4) { try reduction.setInitial(call.operand(4)) }
      if let mask = try mask(call, 5, for: reduction.array) { try reduction.setMask(mask) }
      return .result(try finished(reduction, call))
    }
  }

  private static func truth(_ operation: ReductionOperation) -> NativeFunction {
    NativeFunction(
      operation.name, "(a, axis=None, out=None, keepdims=<no value>, *, where=<no value>)",
      operation.summary, .constant("truth values have no derivative"), isMethod: true
    ) { call throws(MartletError) in
      var reduction = try started(operation, call)
      reduction.keepsDimensions = try call.bool(3, default: false)
      if let mask = try mask(call, 4, for: reduction.array) { try reduction.setMask(mask) }
      return .result(try finished(reduction, call))
    }
  }

  private static func place(_ operation: ReductionOperation) -> NativeFunction {
    NativeFunction(
      operation.name, "(a, axis=None, out=None, *, keepdims=<no value>)", operation.summary,
      .constant("positions are integers"), isMethod: true
    ) { call throws(MartletError) in
      let a = try call.arrayToConsume(0)
      let keepsDimensions = try call.bool(3, default: false)
      if let axis = try axis(call, rank: a.rank) {
        var reduction = Reduction(operation, a)
        reduction.axes = [axis]
        reduction.keepsDimensions = keepsDimensions
        return .result(try finished(reduction, call))
      }
      // Positions count through all elements in C order.
      let place = try finished(Reduction(operation, a.raveled()), call)
      guard keepsDimensions else { return .result(place) }
      return .result(
        place.view(Layout(contiguous: Shape(repeating: 1, count: a.rank))))
    }
  }

  // MARK: Averages

  private static func mean(_ call: FunctionCall) throws(MartletError) -> NDArray {
    let dtype = try call.dtype(2)
    if let dtype, !dtype.isInexact { throw call.notNative("a mean in integers") }
    var reduction = Reduction(.mean, try call.arrayToConsume(0))
    reduction.axes = try call.axes(1, rank: reduction.array.rank)
    try reduction.setDType(dtype)
    reduction.keepsDimensions = try call.bool(4, default: false)
    if reduction.reducedCount == 0 {
      throw call.notNative("the mean of nothing, which NumPy warns of")
    }
    guard let mask = try mask(call, 5, for: reduction.array) else {
      return try finished(reduction, call)
    }
    try checkCounts(mask, reduction, correction: 0, call)
    return try call.run(elements: reduction.array.count) { () throws(MartletError) in
      try reduction.array.mean(
        axes: reduction.axes, keepDimensions: reduction.keepsDimensions, dtype: dtype, where: mask)
    }
  }

  private static func average(_ call: FunctionCall) throws(MartletError) -> FunctionResult {
    let a = try call.array(0)
    let axes = try call.axes(1, rank: a.rank)
    let keepsDimensions = try call.bool(4, default: false)
    let returnsWeights = try call.bool(3, default: false)
    guard call.isGiven(2) else {
      var reduction = Reduction(.mean, a)
      reduction.axes = axes
      reduction.keepsDimensions = keepsDimensions
      if reduction.reducedCount == 0 {
        throw call.notNative("the mean of nothing, which NumPy warns of")
      }
      let mean = try finished(reduction, call)
      guard returnsWeights else { return .result(mean) }
      let count = Scalar(Double(reduction.reducedCount), .float64).converted(to: mean.dtype)
      return .tuple([.result(mean), .result(try NDArray.full(mean.shape, count))])
    }
    let weights = try aligned(call.array(2), with: a, axes, call)
    var dtype = Promotion.promote(a.dtype, weights.dtype)
    if !a.dtype.isInexact { dtype = Promotion.promote(dtype, .float64) }
    var reduction = Reduction(.sum, weights)
    reduction.axes = axes
    reduction.keepsDimensions = keepsDimensions
    try reduction.setDType(dtype)
    let scale = try finished(reduction, call)
    let isZero = try Elementwise.apply(
      .equal, [.array(scale), .weak(.integer, Scalar(Int64(0), .int64))])[0]
    if try isZero.reduced(.any).item().asInt64 != 0 {
      throw .raised(
        exception: "ZeroDivisionError", message: "Weights sum to zero, can't be normalized")
    }
    reduction.array = try Elementwise.apply(.multiply, [.array(a), .array(weights)], dtype: dtype)[
      0]
    let total = try finished(reduction, call)
    let average = try Elementwise.apply(.divide, [.array(total), .array(scale)])[0]
    guard returnsWeights else { return .result(average) }
    return .tuple([
      .result(average),
      .result(
        scale.shape == average.shape ? scale : try scale.broadcast(to: average.shape).copy()),
    ])
  }

  /// The weights, of the array's shape or of that of its axes, so that they broadcast.
  private static func aligned(
    _ weights: NDArray, with a: NDArray, _ axes: [Int]?, _ call: FunctionCall
  ) throws(MartletError) -> NDArray {
    if weights.shape == a.shape { return weights }
    guard let axes else {
      throw .invalidType(
        operation: "average",
        detail: "Axis must be specified when shapes of a and weights differ.")
    }
    guard Array(weights.shape) == axes.map({ a.shape[$0] }) else {
      throw call.invalid(
        "Shape of weights must be consistent with shape of a along specified axis.")
    }
    var sizes = [Int](repeating: 1, count: a.rank)
    for axis in axes { sizes[axis] = a.shape[axis] }
    let order = axes.indices.sorted { axes[$0] < axes[$1] }
    return try weights.transposed(order).reshaped(sizes).broadcast(to: a.shape)
  }

  private static func moment(_ operation: ReductionOperation) -> NativeFunction {
    NativeFunction(
      operation.name,
      "(a, axis=None, dtype=None, out=None, ddof=0, keepdims=<no value>, *, where=<no value>, "
        + "mean=<no value>, correction=<no value>)", operation.summary, .composed, isMethod: true
    ) { call throws(MartletError) in
      var reduction = Reduction(operation, try call.arrayToConsume(0))
      reduction.axes = try call.axes(1, rank: reduction.array.rank)
      let dtype = try call.dtype(2)
      try reduction.setDType(dtype)
      if let dtype, !dtype.isFloating {
        throw call.notNative("the variance in integers or as a complex number")
      }
      let correction = try correction(call)
      reduction.keepsDimensions = try call.bool(5, default: false)
      let mask = try mask(call, 6, for: reduction.array)
      let mean = call.isGiven(7) ? try mean(call, 7, for: reduction) : nil
      if mask == nil, correction < 0 || correction >= Double(reduction.reducedCount) {
        throw call.notNative("too few elements for the degrees of freedom, which NumPy warns of")
      }
      if mask == nil, mean == nil, let whole = Int(exactly: correction) {
        reduction.parameter = whole
        return .result(try finished(reduction, call))
      }
      if let mask { try checkCounts(mask, reduction, correction: correction, call) }
      return .result(
        try call.run(elements: reduction.array.count) { [reduction] () throws(MartletError) in
          let variance = try reduction.array.variance(
            axes: reduction.axes, correction: correction,
            keepDimensions: reduction.keepsDimensions, dtype: dtype, where: mask, mean: mean)
          return operation === ReductionOperation.variance
            ? variance : try Elementwise.apply(.sqrt, [.array(variance)])[0]
        })
    }
  }

  /// `ddof=`, or `correction=` in its place.
  private static func correction(_ call: FunctionCall) throws(MartletError) -> Double {
    var value = 0.0
    for position in [4, 8] where !call.isMissing(position) {
      if position == 8, value != 0 { throw call.notNative("ddof= beside correction=") }
      guard case .weak(let kind, let number) = try call.operand(position), kind != .complex else {
        throw call.notNative("ddof= is no number")
      }
      value = number.asDouble
    }
    return value
  }

  /// `mean=`, where it can stand for the elements' own.
  private static func mean(
    _ call: FunctionCall, _ position: Int, for reduction: Reduction
  ) throws(MartletError) -> NDArray {
    let mean = try call.array(position)
    let compute = reduction.operation.types(reduction.dtype ?? reduction.array.dtype)?.compute
    guard let compute, Promotion.canCast(mean.dtype, to: compute, .safe),
      Shape.broadcast(mean.shape, reduction.array.shape) == reduction.array.shape
    else { throw call.notNative("a mean of another kind or shape than the array's") }
    return mean
  }

  /// NumPy warns of averages of too few elements.
  private static func checkCounts(
    _ mask: NDArray, _ reduction: Reduction, correction: Double, _ call: FunctionCall
  ) throws(MartletError) {
    let counts = try mask.broadcast(to: reduction.array.shape).reduced(
      .countNonzero, axes: reduction.axes)
    let fewest = counts.count == 0 ? .max : try counts.reduced(.minimum).item().asInt64
    if correction < 0 || Double(fewest) <= correction {
      throw call.notNative("too few elements for an average, which NumPy warns of")
    }
  }

  // MARK: Along an axis

  private static func cumulative(_ name: String, _ row: ElementwiseOperation) -> NativeFunction {
    NativeFunction(
      name, "(a, axis=None, dtype=None, out=None)",
      "The \(name == "cumsum" ? "sum" : "product") of each element and all before it.", .composed,
      isMethod: true
    ) { call throws(MartletError) in
      let dtype = try call.dtype(2)
      let given = try call.array(0)
      let axis = try axis(call, rank: given.rank)
      let a = axis == nil ? try given.raveled() : given
      if let dtype, dtype == .bool || (a.dtype.isComplex && !dtype.isComplex) {
        throw call.notNative("accumulating in another kind of number")
      }
      return .array(
        try call.run(elements: a.count) { () throws(MartletError) in
          try a.accumulated(row, axis: axis ?? 0, dtype: dtype)
        })
    }
  }

  private static func differences(_ call: FunctionCall) throws(MartletError) -> FunctionResult {
    var a = try call.array(0)
    let times = try call.int(1, default: 1)
    guard a.rank > 0 else {
      throw call.invalid("diff requires input that is at least one dimensional")
    }
    if times == 0 { return .view(of: 0, a) }
    guard (1...64).contains(times) else { throw call.notNative("so many differences") }
    let axis = try call.axis(2, rank: a.rank, default: -1)
    var parts: [NDArray] = []
    for (position, isFirst) in [(3, true), (4, false)] where !call.isMissing(position) {
      var edge = try call.array(position)
      if edge.rank == 0 {
        var shape = a.shape
        shape[axis] = 1
        edge = try edge.broadcast(to: shape)
      }
      if parts.isEmpty { parts = [a] }
      parts.insert(edge, at: isFirst ? 0 : parts.count)
    }
    if !parts.isEmpty { a = try NDArray.concatenate(parts, axis: axis) }
    let row = a.dtype == .bool ? ElementwiseOperation.notEqual : .subtract
    return .array(
      try call.run(elements: a.count) { [a] () throws(MartletError) in
        var result = a
        for _ in 0..<times {
          let count = max(result.shape[axis] - 1, 0)
          let later = result.part(axis: axis, from: min(1, result.shape[axis]), count: count)
          let earlier = result.part(axis: axis, from: 0, count: count)
          result = try Elementwise.apply(row, [.array(later), .array(earlier)])[0]
        }
        return result
      })
  }
}
