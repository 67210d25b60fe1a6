import Glibc
import MartletIR

/// Elements counted in bins.
extension NativeFunction {
  static let histograms: [NativeFunction] = [
    NativeFunction(
      "histogram", "(a, bins=10, range=None, density=None, weights=None)",
      "How many elements lie in each bin.", .nonDifferentiable("counts are integers")
    ) { call throws(MartletError) in
      let a = try call.array(0)
      let weights = try call.optionalArray(4)
      let bins = try bins(call, a, isWeighted: weights != nil)
      let isDensity = call.isGiven(3) ? try call.bool(3, default: false) : false
      if let weights {
        guard weights.shape == a.shape else {
          throw call.invalid("weights should have the same shape as a.")
        }
        guard !weights.dtype.isComplex, weights.dtype != .bool, weights.dtype != .float16 else {
          throw call.notNative("weights of \(weights.dtype)")
        }
      }
      var counts = try call.run(elements: a.count) { () throws(MartletError) in
        if let weights { return try a.histogram(bins, weights: weights) }
        return try a.histogram(bins)
      }
      if isDensity, let number = counts {
        let size = bins.count
        let widths = try Elementwise.apply(
          .subtract,
          [
            .array(bins.edges.part(axis: 0, from: 1, count: size)),
            .array(bins.edges.part(axis: 0, from: 0, count: size)),
          ])[0].asType(.float64)
        let relative = try Elementwise.apply(.divide, [.array(number), .array(widths)])[0]
        counts = try Elementwise.apply(
          .divide, [.array(relative), .array(number.sum())])[0]
      }
      guard let counts else { throw call.notNative("weights in bins of unlike widths") }
      return .tuple([.array(counts), .array(bins.edges)])
    },
    NativeFunction(
      "histogram_bin_edges", "(a, bins=10, range=None, weights=None)",
      "The edges that `histogram` takes.", .nonDifferentiable("positions of bins are chosen")
    ) { call throws(MartletError) in
      let a = try call.array(0)
      try call.reject(3, "weights=")
      return .array(try bins(call, a, isWeighted: false).edges)
    },
    NativeFunction(
      "bincount", "(x, /, weights=None, minlength=0)", "How often each integer is there.",
      .nonDifferentiable("counts are integers")
    ) { call throws(MartletError) in
      let x = try call.array(0)
      let weights = try call.optionalArray(1)
      let least = try call.int(2, default: 0)
      // An empty list is no list of integers.
      guard x.dtype == .bool || (x.dtype.isInteger && x.dtype != .uint64) else {
        throw call.notNative("elements of \(x.dtype)")
      }
      if let weights, weights.dtype.isComplex { throw call.notNative("complex weights") }
      return .array(
        try call.run(elements: x.count) { () throws(MartletError) in
          try x.binCount(weights: weights, minimumCount: least)
        })
    },
    NativeFunction(
      "histogramdd", "(sample, bins=10, range=None, density=None, weights=None)",
      "How many points lie in each box of a grid.", .nonDifferentiable("counts are integers")
    ) { call throws(MartletError) in
      let sample: [NDArray]
      if call.kind(0) == .array {
        let points = try call.array(0)
        guard points.rank == 2 else { throw call.notNative("points of other than two axes") }
        sample = (0..<points.shape[1]).map { points.view(points.layout.indexed(axis: 1, at: $0)) }
      } else {
        sample = try call.arrays(0)
      }
      let (counts, edges) = try grid(call, sample, bins: 1, range: 2, density: 3, weights: 4)
      return .tuple([.array(counts), .list(edges.map { .array($0) })])
    },
    NativeFunction(
      "histogram2d", "(x, y, bins=10, range=None, density=None, weights=None)",
      "How many points lie in each rectangle of a grid.",
      .nonDifferentiable("counts are integers")
    ) { call throws(MartletError) in
      let sample = [try call.array(0), try call.array(1)]
      guard sample[0].count == sample[1].count else {
        throw call.invalid("x and y must have the same length.")
      }
      let (counts, edges) = try grid(call, sample, bins: 2, range: 3, density: 4, weights: 5)
      return .tuple([.array(counts), .array(edges[0]), .array(edges[1])])
    },
  ]

  // MARK: Bins

  /// The bins of a call that has the array, `bins` and `range` in the first places.
  private static func bins(
    _ call: FunctionCall, _ a: NDArray, isWeighted: Bool
  ) throws(MartletError) -> HistogramBins {
    if a.dtype == .bool { throw call.notNative("truth values, of which NumPy warns") }
    guard a.dtype.isInteger || a.dtype == .float64 || a.dtype == .float32 else {
      throw call.notNative("elements of \(a.dtype)")
    }
    switch call.kind(1) {
    case .missing, .integer:
      return try uniformBins(call, a, count: call.int(1, default: 10))
    case .text:
      guard let name = try call.string(1) else { throw call.notNative("no bins") }
      if isWeighted {
        throw .invalidType(
          operation: "histogram",
          detail: "Automated estimation of the number of bins is not supported for weighted data")
      }
      guard let estimator = BinEstimator(rawValue: name), a.dtype != .float32 else {
        throw call.notNative("bins='\(name)'")
      }
      return try uniformBins(call, a, count: nil, estimator)
    case .array, .sequence:
      let edges = try call.array(1)
      if edges.rank == 0 { throw call.notNative("bins that are an array without axes") }
      if call.isGiven(2) { _ = try range(call) }
      guard edges.dtype.isInteger || edges.dtype.isFloating else {
        throw call.notNative("edges of \(edges.dtype)")
      }
      return try HistogramBins(edges: edges)
    default: throw call.notNative("bins of that kind")
    }
  }

  private static func range(_ call: FunctionCall) throws(MartletError) -> (Double, Double)? {
    guard call.isGiven(2) else { return nil }
    let ends = try call.array(2)
    guard ends.shape == [2], ends.dtype.isInteger || ends.dtype == .float64 else {
      throw call.notNative("a range of other than two numbers")
    }
    let numbers = try ends.asType(.float64).elements(as: Double.self)
    return (numbers[0], numbers[1])
  }

  private static func uniformBins(
    _ call: FunctionCall, _ a: NDArray, count: Int?, _ estimator: BinEstimator? = nil
  ) throws(MartletError) -> HistogramBins {
    let given = try range(call)
    // Python's numbers leave single precision in part: see NumPy's types.
    if given != nil, a.dtype == .float32 { throw call.notNative("a range of single precision") }
    var elements = try a.raveled()
    var (ends, width) = try outerEdges(call, elements, given)
    var bins = count ?? 1
    if let estimator, elements.count > 0 {
      if let given {
        let keep = try Elementwise.apply(
          .logicalAnd,
          [
            .array(
              Elementwise.apply(
                .greaterEqual, [.array(elements), .weak(.floating, Scalar(given.0, .float64))])[0]),
            .array(
              Elementwise.apply(
                .lessEqual, [.array(elements), .weak(.floating, Scalar(given.1, .float64))])[0]),
          ])[0]
        elements = try elements.compressed(keep)
      }
      if elements.count > 0 {
        var size = try estimator.width(elements)
        if size != 0 {
          if a.dtype.isInteger, size < 1 { size = 1 }
          let number = ((width ?? ends.1 - ends.0) / size).rounded(.up)
          guard number.isFinite, number < 1e9 else { throw call.notNative("so many bins") }
          bins = Int(number)
        }
      }
    }
    if ends.0 == ends.1 {
      (ends, width) = ((ends.0 - 0.5, ends.1 + 0.5), nil)
    }
    return try HistogramBins(
      count: bins, from: ends.0, to: ends.1, width: width,
      a.dtype == .float32 ? .float32 : .float64)
  }

  /// From where to where bins go, and how far that is where integers say it exactly.
  private static func outerEdges(
    _ call: FunctionCall, _ a: NDArray, _ given: (Double, Double)?
  ) throws(MartletError) -> ((Double, Double), Double?) {
    if let given {
      if given.0 > given.1 {
        throw call.invalid("max must be larger than min in range parameter.")
      }
      guard given.0.isFinite, given.1.isFinite else {
        throw call.invalid("supplied range of [\(given.0), \(given.1)] is not finite")
      }
      return (given, nil)
    }
    if a.count == 0 { return ((0, 1), nil) }
    let (low, high) = (try a.min().item(), try a.max().item())
    let ends = (low.asDouble, high.asDouble)
    guard ends.0.isFinite, ends.1.isFinite else {
      let (first, last) = (
        low.asDouble.isNaN ? "nan" : "\(ends.0)", high.asDouble.isNaN ? "nan" : "\(ends.1)"
      )
      throw call.invalid("autodetected range of [\(first), \(last)] is not finite")
    }
    return (ends, a.dtype.isInteger ? Double(high.low &- low.low) : nil)
  }

  // MARK: Grids

  /// Counts of points in a grid of bins, and the edges along each axis.
  private static func grid(
    _ call: FunctionCall, _ sample: [NDArray], bins: Int, range: Int, density: Int, weights: Int
  ) throws(MartletError) -> (NDArray, [NDArray]) {
    let size = sample.count
    guard size > 0, size <= 4, sample.allSatisfy({ $0.rank == 1 && $0.count == sample[0].count }),
      sample.allSatisfy({ $0.dtype == .float64 || $0.dtype.isInteger })
    else { throw call.notNative("points of another shape or type") }
    var edges: [NDArray] = []
    var given: [NDArray?] = Array(repeating: nil, count: size)
    if call.isGiven(range) {
      let ranges = try call.arrays(range)
      guard ranges.count == size else {
        throw call.invalid("range argument must have one entry per dimension")
      }
      given = ranges
    }
    var counts: [NDArray]
    switch call.kind(bins) {
    case .missing, .integer:
      counts = try Array(
        repeating: NDArray.scalar(Scalar(Int64(call.int(bins, default: 10)), .int64)), count: size)
    case .sequence:
      counts = try call.arrays(bins)
      guard counts.count == size else { throw call.notNative("bins for other than each axis") }
    default: throw call.notNative("bins of that kind")
    }
    let heavy = try call.optionalArray(weights)
    let isDensity = call.isGiven(density) ? try call.bool(density, default: false) : false
    for (axis, own) in counts.enumerated() {
      guard own.rank == 0 else {
        edges.append(try HistogramBins(edges: own).edges)
        continue
      }
      guard own.dtype.isInteger else { throw call.notNative("bins that are no integers") }
      var ends: (Double, Double)?
      if let own = given[axis] {
        guard own.shape == [2], own.dtype.isInteger || own.dtype == .float64 else {
          throw call.notNative("a range of other than two numbers")
        }
        let numbers = try own.asType(.float64).elements(as: Double.self)
        ends = (numbers[0], numbers[1])
      }
      var (outer, _) = try outerEdges(call, sample[axis], ends)
      if outer.0 == outer.1 { outer = (outer.0 - 0.5, outer.1 + 0.5) }
      let number = try own.item().asInt64
      guard number >= 1 else {
        throw call.invalid("`bins[\(axis)]` must be positive, when an integer")
      }
      edges.append(
        try HistogramBins(
          count: Int(number), from: outer.0, to: outer.1, width: nil, .float64
        ).edges)
    }
    let (samples, all) = (sample, edges)
    let result = try call.run(elements: sample[0].count) { () throws(MartletError) in
      try NDArray.gridCounts(samples, all, weights: heavy)
    }
    guard isDensity else { return (result, edges) }
    var relative = result
    for (axis, own) in edges.enumerated() {
      let bins = own.count - 1
      var shape = Array(repeating: 1, count: size)
      shape[axis] = bins
      let widths = try Elementwise.apply(
        .subtract,
        [
          .array(own.part(axis: 0, from: 1, count: bins)),
          .array(own.part(axis: 0, from: 0, count: bins)),
        ])[0].reshaped(shape)
      relative = try Elementwise.apply(.divide, [.array(relative), .array(widths)])[0]
    }
    return (
      try Elementwise.apply(.divide, [.array(relative), .array(result.sum())])[0], edges
    )
  }
}

extension NDArray {
  /// How many points lie in each box of a grid, or the sum of their weights (NumPy's `histogramdd`).
  ///
  /// - Parameters:
  ///   - sample: The points' coordinates, an array for each axis.
  ///   - edges: Of the boxes along each axis, in ascending order.
  /// - Throws: `.invalidArgument` for weights of another length, `.sizeLimit`, `.outOfMemory`.
  package static func gridCounts(
    _ sample: [NDArray], _ edges: [NDArray], weights: NDArray?
  ) throws(MartletError) -> NDArray {
    // A box more at each end takes what lies outside.
    var wide = Shape()
    for own in edges { wide.append(own.count + 1) }
    try wide.checkedCount()
    let place = try NDArray.zerosOnHost([sample[0].count], .int64)
    let places = try place.storage.writableHere().assumingMemoryBound(to: Int.self)
    for (axis, own) in edges.enumerated() {
      let column = sample[axis]
      let found = try own.searchSorted(column, side: .right)
      var onEdge = try NDArray.zeros([column.count], .bool)
      if own.count > 0 {
        onEdge = try compute(
          .equal, .array(column), .array(own.part(axis: 0, from: own.count - 1, count: 1)))
      }
      let boxes = try compute(.subtract, .array(found), .array(onEdge.asType(.int64))).contiguous()
      let source = try boxes.pointer().assumingMemoryBound(to: Int.self)
      for i in 0..<column.count { places[i] = places[i] &* (own.count + 1) &+ source[i] }
      withExtendedLifetime(boxes) {}
    }
    let all = try place.binCount(weights: weights, minimumCount: wide.elementCount)
    var inner = Layout(contiguous: wide)
    inner.offset = all.layout.offset
    for (axis, own) in edges.enumerated() {
      inner = inner.sliced(axis: axis, start: 1, count: Swift.max(own.count - 1, 0), step: 1)
    }
    return try all.view(inner).asType(.float64)
  }
}
