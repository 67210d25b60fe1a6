import MartletIR

/// Order statistics, and reductions that leave NaNs out.
extension NativeFunction {
  static let analysis = statistics + sets + histograms + signals + editing

  static let statistics: [NativeFunction] =
    quantiles("", "") + quantiles("nan", " of those that are no NaN") + omittingNaN + [
      NativeFunction(
        "digitize", "(x, bins, right=False)", "Which bin each element is in.",
        .constant("positions are integers")
      ) { call throws(MartletError) in
        let x = try call.array(0)
        let bins = try call.array(1)
        if x.dtype.isComplex {
          throw .invalidType(operation: "digitize", detail: "x may not be complex")
        }
        guard !bins.dtype.isComplex, bins.rank == 1 else {
          throw call.notNative("complex edges, or other than a row of them")
        }
        let right = try call.bool(2, default: false)
        return .result(
          try call.run(elements: x.count) { () throws(MartletError) in
            try x.digitized(bins, right: right)
          })
      },
      covariance("cov", "How rows of numbers vary together."),
      covariance("corrcoef", "How rows of numbers vary together, from -1 to 1."),
    ]

  // MARK: Quantiles

  /// `median`, `quantile` and `percentile`, or those that leave NaNs out.
  private static func quantiles(_ prefix: String, _ besides: String) -> [NativeFunction] {
    let omitting = !prefix.isEmpty
    let keepdims = omitting ? "<no value>" : "False"
    return [
      NativeFunction(
        "\(prefix)median",
        "(a, axis=None, out=None, overwrite_input=False, keepdims=\(keepdims))",
        "The middle of the sorted elements\(besides).",
        .composed
      ) { call throws(MartletError) in
        let a = try call.array(0)
        try checkAxes(call, a)
        let axes = try call.axes(1, rank: a.rank)
        _ = try call.bool(3, default: false)
        let keepDimensions = try call.bool(4, default: false)
        guard a.count > 0 else {
          throw call.notNative("the median of nothing, of which NumPy warns")
        }
        if a.dtype.isComplex { throw call.notNative("complex numbers") }
        let found = try call.run(elements: a.count) { () throws(MartletError) in
          try a.medianChecked(axes: axes, keepDimensions: keepDimensions, omittingNaN: omitting)
        }
        if found.hasEmptyLane { throw call.notNative("nothing but NaN, of which NumPy warns") }
        return .result(found.result)
      },
      quantile("\(prefix)quantile", keepdims, "The value below which a part lies\(besides).", 1),
      quantile(
        "\(prefix)percentile", keepdims, "The value below which so many hundredths lie\(besides).",
        100),
    ]
  }

  private static func quantile(
    _ name: String, _ keepdims: String, _ summary: String, _ whole: Double
  ) -> NativeFunction {
    let omitting = name.hasPrefix("nan")
    return NativeFunction(
      name,
      "(a, q, axis=None, out=None, overwrite_input=False, method='linear', "
        + "keepdims=\(keepdims), *, weights=None)", summary,
      .composed
    ) { call throws(MartletError) in
      let a = try call.array(0)
      try checkAxes(call, a)
      let probabilities = try probabilities(call, whole)
      let axes = try call.axes(2, rank: a.rank)
      _ = try call.bool(4, default: false)
      guard let method = QuantileMethod(rawValue: try call.string(5) ?? "linear") else {
        throw call.notNative("a method that is none of Martlet's")
      }
      let keepDimensions = try call.bool(6, default: false)
      let given = try call.optionalArray(7)
      guard a.count > 0 else { throw call.notNative("quantiles of nothing") }
      if a.dtype == .bool { throw call.notNative("truth values") }
      var weights: NDArray?
      if let given {
        guard method == .invertedCDF else {
          throw call.invalid(
            "Only method 'inverted_cdf' supports weights. Got: \(method.rawValue).")
        }
        if omitting, given.shape != a.shape {
          throw call.notNative("a row of weights, which NumPy refuses beside NaNs")
        }
        weights = try spread(call, given, over: a, axes)
      }
      let heavy = weights
      let result = try call.run(elements: a.count) { () throws(MartletError) -> NDArray.Checked? in
        if let heavy {
          return try a.weightedQuantiles(
            probabilities, name, weights: heavy, axes: axes, keepDimensions: keepDimensions,
            omittingNaN: omitting)
        }
        return try a.quantilesChecked(
          probabilities, name, axes: axes, method, keepDimensions: keepDimensions,
          omittingNaN: omitting)
      }
      guard let found = result else { throw call.notNative("weights without a sum") }
      if found.hasEmptyLane { throw call.notNative("nothing but NaN, of which NumPy warns") }
      // With weights NumPy gives an array without dimensions, unless it is NaN.
      if weights != nil, found.result.rank == 0 {
        let isNaN = omitting ? false : try found.result.item().asDouble.isNaN
        return isNaN ? .result(found.result) : .array(found.result)
      }
      return .result(found.result)
    }
  }

  /// Weights in the array's shape: they have it, or are a row along the axis.
  private static func spread(
    _ call: FunctionCall, _ weights: NDArray, over a: NDArray, _ axes: [Int]?
  ) throws(MartletError) -> NDArray {
    guard weights.dtype.isInteger || weights.dtype == .float64 else {
      throw call.notNative("weights of \(weights.dtype)")
    }
    var result = weights
    if weights.shape != a.shape {
      guard let axes, axes.count == 1, weights.rank == 1, weights.count == a.shape[axes[0]] else {
        throw call.notNative("weights of another shape, which NumPy words")
      }
      var shape = Array(repeating: 1, count: a.rank)
      shape[axes[0]] = weights.count
      result = try weights.reshaped(shape).broadcast(to: a.shape)
    }
    let isPossible = try Elementwise.apply(
      .greaterEqual, [.array(weights), .weak(.integer, Scalar(Int64(0), .int64))])[0]
    guard try isPossible.all().item().low != 0 else { throw call.notNative("weights below 0") }
    return result
  }

  private static func probabilities(
    _ call: FunctionCall, _ whole: Double
  ) throws(MartletError) -> Probabilities {
    if call.kind(1) == .other { throw call.notNative("q of a user's class") }
    switch try call.operand(1) {
    case .weak(let kind, let number):
      guard kind == .floating || kind == .integer else { throw call.notNative("q of that kind") }
      return Probabilities(
        [number.asDouble / whole], shape: [], isWeak: true,
        isInteger: kind == .integer && whole == 1)
    case .scalar(let number):
      return try probabilities(call, NDArray.scalar(number), whole)
    case .array(let array): return try probabilities(call, array, whole)
    }
  }

  private static func probabilities(
    _ call: FunctionCall, _ array: NDArray, _ whole: Double
  ) throws(MartletError) -> Probabilities {
    guard array.dtype == .float64 || array.dtype.isInteger else {
      throw call.notNative("q of \(array.dtype)")
    }
    guard array.rank <= 2, array.count < 1 << 20 else { throw call.notNative("q of that shape") }
    let numbers = try array.asType(.float64).elements(as: Double.self).map { $0 / whole }
    return Probabilities(
      numbers, shape: array.shape, isWeak: false, isInteger: array.dtype.isInteger && whole == 1)
  }

  // MARK: Reductions without NaN

  private static let omittingNaN: [NativeFunction] = [
    nanSum("nansum", "The sum of the elements that are no NaN.") {
      a, axes, keeps, dtype throws(MartletError) in
      try a.nanSum(axes: axes, keepDimensions: keeps, dtype: dtype)
    },
    nanSum("nanprod", "The product of the elements that are no NaN.") {
      a, axes, keeps, dtype throws(MartletError) in
      try a.nanProduct(axes: axes, keepDimensions: keeps, dtype: dtype)
    },
    nanExtremum("nanmin", .minimum, "The smallest of the elements that are no NaN."),
    nanExtremum("nanmax", .maximum, "The largest of the elements that are no NaN."),
    nanPosition("nanargmin", "Where the smallest element that is no NaN is found first.") {
      a, axis, keeps throws(MartletError) in try a.nanArgMin(axis: axis, keepDimensions: keeps)
    },
    nanPosition("nanargmax", "Where the largest element that is no NaN is found first.") {
      a, axis, keeps throws(MartletError) in try a.nanArgMax(axis: axis, keepDimensions: keeps)
    },
    nanCumulative("nancumsum", "The sum so far, NaNs counting as 0.") {
      a, axis, dtype throws(MartletError) in try a.nanCumulativeSum(axis: axis, dtype: dtype)
    },
    nanCumulative("nancumprod", "The product so far, NaNs counting as 1.") {
      a, axis, dtype throws(MartletError) in try a.nanCumulativeProduct(axis: axis, dtype: dtype)
    },
    NativeFunction(
      "nanmean",
      "(a, axis=None, dtype=None, out=None, keepdims=<no value>, *, where=<no value>)",
      "The mean of the elements that are no NaN.", .composed
    ) { call throws(MartletError) in
      let a = try call.array(0)
      try checkAxes(call, a)
      let axes = try call.axes(1, rank: a.rank)
      let dtype = try call.dtype(2)
      let keepDimensions = try call.bool(4, default: false)
      try call.reject(5, "where=")
      try checkAverage(call, a, dtype)
      let found = try a.nanMeanChecked(axes: axes, keepDimensions: keepDimensions, dtype: dtype)
      if found.hasEmptyLane { throw call.notNative("nothing but NaN, of which NumPy warns") }
      return .result(found.result)
    },
    nanVar("nanvar", "The variance of the elements that are no NaN."),
    nanVar("nanstd", "The standard deviation of the elements that are no NaN."),
  ]

  /// NumPy's functions treat arrays without axes in ways of their own.
  private static func checkAxes(_ call: FunctionCall, _ a: NDArray) throws(MartletError) {
    if a.rank == 0 { throw call.notNative("an array without axes") }
  }

  private static func checkAverage(
    _ call: FunctionCall, _ a: NDArray, _ dtype: DType?
  ) throws(MartletError) {
    guard a.count > 0 else { throw call.notNative("the mean of nothing, of which NumPy warns") }
    if a.dtype == .float16 || a.dtype == .bfloat16 || dtype == .float16 {
      throw call.notNative("half precision")
    }
    if let dtype, a.dtype.isInexact, !dtype.isInexact || (a.dtype.isComplex && !dtype.isComplex) {
      throw call.notNative("an average in \(dtype)")
    }
  }

  private static func nanSum(
    _ name: String, _ summary: String,
    _ work: @escaping @Sendable (NDArray, [Int]?, Bool, DType?) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(
      name,
      "(a, axis=None, dtype=None, out=None, keepdims=<no value>, initial=<no value>, "
        + "where=<no value>)", summary, .composed
    ) { call throws(MartletError) in
      let a = try call.array(0)
      try checkAxes(call, a)
      let axes = try call.axes(1, rank: a.rank)
      let dtype = try call.dtype(2)
      let keepDimensions = try call.bool(4, default: false)
      try call.reject(5, "initial=")
      try call.reject(6, "where=")
      return .result(try work(a, axes, keepDimensions, dtype))
    }
  }

  private static func nanExtremum(
    _ name: String, _ operation: ReductionOperation, _ summary: String
  ) -> NativeFunction {
    NativeFunction(
      name,
      "(a, axis=None, out=None, keepdims=<no value>, initial=<no value>, where=<no value>)",
      summary, .composed
    ) { call throws(MartletError) in
      let a = try call.array(0)
      try checkAxes(call, a)
      let axes = try call.axes(1, rank: a.rank)
      let keepDimensions = try call.bool(3, default: false)
      try call.reject(4, "initial=")
      try call.reject(5, "where=")
      guard a.count > 0 else { throw call.notNative("no elements") }
      if a.dtype.isComplex { throw call.notNative("complex numbers") }
      let found = try a.nanExtremumChecked(operation, axes: axes, keepDimensions: keepDimensions)
      if found.hasEmptyLane { throw call.notNative("nothing but NaN, of which NumPy warns") }
      return .result(found.result)
    }
  }

  private static func nanPosition(
    _ name: String, _ summary: String,
    _ work: @escaping @Sendable (NDArray, Int?, Bool) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(
      name, "(a, axis=None, out=None, *, keepdims=<no value>)", summary,
      .constant("positions are integers")
    ) { call throws(MartletError) in
      let a = try call.array(0)
      try checkAxes(call, a)
      if call.kind(1) == .sequence { throw call.notNative("several axes") }
      let axis = try call.optionalAxis(1, rank: a.rank)
      let keepDimensions = try call.bool(3, default: false)
      if a.dtype.isComplex { throw call.notNative("complex numbers") }
      return .result(try work(a, axis, keepDimensions))
    }
  }

  private static func nanCumulative(
    _ name: String, _ summary: String,
    _ work: @escaping @Sendable (NDArray, Int?, DType?) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(name, "(a, axis=None, dtype=None, out=None)", summary, .composed) {
      call throws(MartletError) in
      let a = try call.array(0)
      try checkAxes(call, a)
      return .array(try work(a, try call.optionalAxis(1, rank: a.rank), try call.dtype(2)))
    }
  }

  private static func nanVar(_ name: String, _ summary: String) -> NativeFunction {
    NativeFunction(
      name,
      "(a, axis=None, dtype=None, out=None, ddof=0, keepdims=<no value>, *, where=<no value>, "
        + "mean=<no value>, correction=<no value>)", summary, .composed
    ) { call throws(MartletError) in
      let a = try call.array(0)
      try checkAxes(call, a)
      let axes = try call.axes(1, rank: a.rank)
      let dtype = try call.dtype(2)
      let correction = try call.double(4, default: 0)
      let keepDimensions = try call.bool(5, default: false)
      try call.reject(6, "where=")
      try call.reject(7, "mean=")
      try call.reject(8, "correction=")
      try checkAverage(call, a, dtype)
      if dtype != nil { throw call.notNative("dtype=") }
      guard correction.isFinite else { throw call.notNative("such degrees of freedom") }
      guard a.dtype.isInexact else {
        guard correction == correction.rounded(), correction.magnitude < 1e15 else {
          throw call.notNative("degrees of freedom that are no integer")
        }
        let isDeviation = name == "nanstd"
        guard Int(correction) < a.count else { throw call.notNative("too few elements") }
        return .result(
          isDeviation
            ? try a.std(
              axes: axes, correction: Int(correction), keepDimensions: keepDimensions)
            : try a.var(
              axes: axes, correction: Int(correction), keepDimensions: keepDimensions))
      }
      let found = try a.nanVarianceChecked(
        axes: axes, correction: correction, keepDimensions: keepDimensions, dtype: nil)
      if found.hasEmptyLane { throw call.notNative("too few numbers, of which NumPy warns") }
      if name == "nanvar" { return .result(found.result) }
      return .result(try Elementwise.apply(.sqrt, [.array(found.result)])[0])
    }
  }

  // MARK: Covariance

  private static func covariance(_ name: String, _ summary: String) -> NativeFunction {
    let isCorrelation = name == "corrcoef"
    return NativeFunction(
      name,
      isCorrelation
        ? "(x, y=None, rowvar=True, *, dtype=None)"
        : "(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, "
          + "dtype=None)", summary, .composed
    ) { call throws(MartletError) in
      let m = try call.array(0)
      let y = try call.optionalArray(1)
      let byRow = try call.bool(2, default: true)
      var correction = 1
      var (frequencies, weights): (NDArray?, NDArray?)
      var dtype = try call.dtype(isCorrelation ? 3 : 7)
      if !isCorrelation {
        let isBiased = try call.bool(3, default: false)
        correction = try call.optionalInt(4) ?? (isBiased ? 0 : 1)
        frequencies = try observations(call, 5, areWhole: true)
        weights = try observations(call, 6, areWhole: false)
      }
      guard m.rank <= 2, y.map({ $0.rank <= 2 }) ?? true else {
        throw call.invalid("m has more than 2 dimensions")
      }
      let natural = [m.dtype, y?.dtype ?? m.dtype].reduce(.float64, Promotion.promote)
      dtype = dtype ?? natural
      guard let dtype, dtype.isInexact, dtype.isComplex || !natural.isComplex,
        dtype != .float16
      else { throw call.notNative("another type than floating-point numbers") }
      let size = (m.count, y?.count ?? 0)
      let rows = try NDArray.variables(m, y, byRow: byRow, dtype)
      guard rows.shape[0] > 0 else { throw call.notNative("no variables") }
      for own in [frequencies, weights] {
        if let own, own.count != rows.shape[1] { throw call.notNative("weights of another length") }
      }
      let hasWeights = frequencies != nil || weights != nil
      guard hasWeights || rows.shape[1] > correction else {
        throw call.notNative("no degrees of freedom, of which NumPy warns")
      }
      let (counts, masses, free) = (frequencies, weights, correction)
      let found = try call.run(elements: size.0 &+ size.1) { () throws(MartletError) in
        let covariance = try rows.covariance(
          correction: free, frequencies: counts, weights: masses)
        guard isCorrelation, let covariance else { return covariance }
        return try covariance.correlationFromCovariances()
      }
      guard let result = found else {
        throw call.notNative("no degrees of freedom, of which NumPy warns")
      }
      return isCorrelation && result.rank == 0 ? .result(result) : .array(result)
    }
  }

  /// How much each observation counts; what NumPy refuses is left to it.
  private static func observations(
    _ call: FunctionCall, _ position: Int, areWhole: Bool
  ) throws(MartletError) -> NDArray? {
    guard let given = try call.optionalArray(position) else { return nil }
    guard given.rank == 1, given.dtype.isInteger || given.dtype.isFloating else {
      throw call.notNative("weights of another shape or type")
    }
    let numbers = try given.asType(.float64)
    let good = try numbers.elements(as: Double.self).allSatisfy {
      $0 >= 0 && (!areWhole || $0 == $0.rounded())
    }
    guard good else { throw call.notNative("weights below 0, or in parts") }
    return numbers
  }
}
