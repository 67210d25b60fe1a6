import MartletIR

// Numbers of all distributions. Every method draws as many numbers as its shape has elements, those
// that `numpy.random.Generator` draws; the shape `[]` is one number.
extension RandomGenerator {
  /// Uniform numbers from 0 to below 1 (`Generator.random`).
  ///
  /// - Throws: `.outOfMemory`.
  public mutating func random(
    shape: Shape, dtype: DType = .float64
  ) throws(MartletError) -> NDArray {
    try filled(.uniform, 0, 1, shape, dtype)
  }

  /// Uniform numbers of a range (`Generator.uniform`).
  ///
  /// - Throws: `.overflow` where the range has no finite length, `.outOfMemory`.
  public mutating func uniform(
    in range: Range<Double>, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("uniform", [range.lowerBound, range.upperBound], shape)
  }

  /// Normal numbers (`Generator.normal`).
  ///
  /// - Throws: `.invalidArgument` for a deviation below 0, `.outOfMemory`.
  public mutating func normal(
    mean: Double = 0, deviation: Double = 1, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("normal", [mean, deviation], shape)
  }

  /// Normal numbers with mean 0 and deviation 1, `float64` or `float32`
  /// (`Generator.standard_normal`).
  ///
  /// - Throws: `.invalidType` for another dtype, `.outOfMemory`.
  public mutating func standardNormal(
    shape: Shape, dtype: DType = .float64
  ) throws(MartletError) -> NDArray {
    try filled(.normal, 0, 1, shape, dtype)
  }

  /// Exponential numbers with a mean (`Generator.exponential`).
  ///
  /// - Throws: `.invalidArgument` for a scale below 0, `.outOfMemory`.
  public mutating func exponential(
    scale: Double = 1, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("exponential", [scale], shape)
  }

  /// Exponential numbers with mean 1, `float64` or `float32` (`Generator.standard_exponential`).
  ///
  /// - Throws: `.invalidType` for another dtype, `.outOfMemory`.
  public mutating func standardExponential(
    shape: Shape, dtype: DType = .float64
  ) throws(MartletError) -> NDArray {
    try filled(.exponential, 0, 1, shape, dtype)
  }

  /// Beta numbers, from 0 to 1. (`Generator.beta`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func beta(a: Double, b: Double, shape: Shape) throws(MartletError) -> NDArray {
    try drawn("beta", [a, b], shape)
  }

  /// Cauchy numbers: a normal one divided by another. (`Generator.standard_cauchy`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func cauchy(shape: Shape) throws(MartletError) -> NDArray {
    try drawn("standard_cauchy", [], shape)
  }

  /// Sums of squares of so many normal numbers. (`Generator.chisquare`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func chiSquare(degrees: Double, shape: Shape) throws(MartletError) -> NDArray {
    try drawn("chisquare", [degrees], shape)
  }

  /// F numbers: ratios of two variances with these degrees of freedom. (`Generator.f`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func f(
    degrees numerator: Double, _ denominator: Double, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("f", [numerator, denominator], shape)
  }

  /// Gamma numbers of a form (NumPy's `shape`), times a scale. (`Generator.gamma`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func gamma(
    form: Double, scale: Double = 1, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("gamma", [form, scale], shape)
  }

  /// Gumbel numbers, of extreme values. (`Generator.gumbel`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func gumbel(
    location: Double = 0, scale: Double = 1, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("gumbel", [location, scale], shape)
  }

  /// Laplace numbers: exponential ones to both sides. (`Generator.laplace`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func laplace(
    location: Double = 0, scale: Double = 1, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("laplace", [location, scale], shape)
  }

  /// Logistic numbers. (`Generator.logistic`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func logistic(
    location: Double = 0, scale: Double = 1, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("logistic", [location, scale], shape)
  }

  /// Numbers whose logarithms are normal. (`Generator.lognormal`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func logNormal(
    mean: Double = 0, deviation: Double = 1, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("lognormal", [mean, deviation], shape)
  }

  /// Sums of squares of normal numbers whose means are not 0. (`Generator.noncentral_chisquare`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func noncentralChiSquare(
    degrees: Double, noncentrality: Double, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("noncentral_chisquare", [degrees, noncentrality], shape)
  }

  /// F numbers whose numerator is noncentral. (`Generator.noncentral_f`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func noncentralF(
    degrees numerator: Double, _ denominator: Double, noncentrality: Double, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("noncentral_f", [numerator, denominator, noncentrality], shape)
  }

  /// Pareto II numbers, from 0 up. (`Generator.pareto`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func pareto(exponent: Double, shape: Shape) throws(MartletError) -> NDArray {
    try drawn("pareto", [exponent], shape)
  }

  /// Numbers x from 0 to 1 of density exponent · x^(exponent - 1). (`Generator.power`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func power(exponent: Double, shape: Shape) throws(MartletError) -> NDArray {
    try drawn("power", [exponent], shape)
  }

  /// Rayleigh numbers: lengths of normal vectors of the plane. (`Generator.rayleigh`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func rayleigh(scale: Double = 1, shape: Shape) throws(MartletError) -> NDArray {
    try drawn("rayleigh", [scale], shape)
  }

  /// Student's t with these degrees of freedom. (`Generator.standard_t`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func studentT(degrees: Double, shape: Shape) throws(MartletError) -> NDArray {
    try drawn("standard_t", [degrees], shape)
  }

  /// Numbers whose density is a triangle with its top at the mode. (`Generator.triangular`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func triangular(
    from left: Double, mode: Double, to right: Double, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("triangular", [left, mode, right], shape)
  }

  /// Angles in radians from -π to π around a mean. (`Generator.vonmises`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func vonMises(
    mean: Double, concentration: Double, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("vonmises", [mean, concentration], shape)
  }

  /// Inverse Gaussian numbers. (`Generator.wald`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func wald(
    mean: Double, scale: Double, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("wald", [mean, scale], shape)
  }

  /// Weibull numbers of a form. (`Generator.weibull`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func weibull(form: Double, shape: Shape) throws(MartletError) -> NDArray {
    try drawn("weibull", [form], shape)
  }

  /// How many trials it takes until one succeeds; `int64`. (`Generator.geometric`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func geometric(
    probability: Double, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("geometric", [probability], shape)
  }

  /// Integers k from 1 with probabilities as p^k / k; `int64`. (`Generator.logseries`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func logSeries(p: Double, shape: Shape) throws(MartletError) -> NDArray {
    try drawn("logseries", [p], shape)
  }

  /// How many trials fail before so many have succeeded; `int64`. (`Generator.negative_binomial`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func negativeBinomial(
    successes: Double, probability: Double, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("negative_binomial", [successes, probability], shape)
  }

  /// How often rare things happen; `int64`. (`Generator.poisson`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func poisson(mean: Double = 1, shape: Shape) throws(MartletError) -> NDArray {
    try drawn("poisson", [mean], shape)
  }

  /// Integers k from 1 with probabilities as k^-exponent; `int64`. (`Generator.zipf`)
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func zipf(exponent: Double, shape: Shape) throws(MartletError) -> NDArray {
    try drawn("zipf", [exponent], shape)
  }

  /// How many of `trials` succeed; `int64` (`Generator.binomial`).
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func binomial(
    trials: Int, probability: Double, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn("binomial", cells: [.init(Int64(trials)), .init(probability)], shape)
  }

  /// How many good ones are in a sample of good and bad ones; `int64` (`Generator.hypergeometric`).
  ///
  /// - Throws: `.invalidArgument` for parameters that are not allowed, `.outOfMemory`.
  public mutating func hypergeometric(
    good: Int, bad: Int, sample: Int, shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn(
      "hypergeometric", cells: [.init(Int64(good)), .init(Int64(bad)), .init(Int64(sample))], shape)
  }

  /// Numbers of a distribution whose parameters are arrays, which broadcast.
  ///
  ///     let counts = try generator.draw("poisson", [means])
  ///
  /// - Parameters:
  ///   - name: NumPy's name of the method, such as `gamma` or `poisson`.
  ///   - parameters: All of them, in NumPy's order.
  ///   - shape: The result's; what the parameters broadcast to where it is nil.
  /// - Throws: `.invalidArgument` for another name, number of parameters or values that are not
  ///   allowed, `.shapeMismatch` where the shapes don't fit, `.outOfMemory`.
  public mutating func draw(
    _ name: String, _ parameters: [NDArray], shape: Shape? = nil
  ) throws(MartletError) -> NDArray {
    let row = try Self.row(name)
    guard parameters.count == row.parameters.count else {
      throw .invalidArgument(
        operation: name,
        detail: "it takes \(row.parameters.count) parameters, not \(parameters.count)")
    }
    return try row.drawn(parameters, size: shape, LegacySource(bits: source(), pair: Self.noPair))
  }

  // MARK: - How they are drawn

  /// For rows that keep no second number; never used.
  nonisolated(unsafe) private static let noPair: UnsafeMutablePointer<NormalPair> = {
    let pair = UnsafeMutablePointer<NormalPair>.allocate(capacity: 1)
    pair.initialize(to: NormalPair(isThere: 0, second: 0))
    return pair
  }()

  private static let rows = Dictionary(
    uniqueKeysWithValues: Distributions.modern.map { ($0.name, $0) })

  private static func row(_ name: String) throws(MartletError) -> Distribution {
    guard let row = rows[name] else {
      throw .invalidArgument(operation: "draw", detail: "'\(name)' is no distribution of NumPy's")
    }
    return row
  }

  private mutating func drawn(
    _ name: String, _ parameters: [Double], _ shape: Shape
  ) throws(MartletError) -> NDArray {
    try drawn(name, cells: parameters.map { Distribution.Cell($0) }, shape)
  }

  private mutating func drawn(
    _ name: String, cells: [Distribution.Cell], _ shape: Shape
  ) throws(MartletError) -> NDArray {
    let row = try Self.row(name)
    let zero = Distribution.Cell(0.0)
    let (a, b, c) = (
      cells.first ?? zero, cells.count > 1 ? cells[1] : zero, cells.count > 2 ? cells[2] : zero
    )
    try row.check(a, b, c, isScalar: true)
    if let bulk = row.bulk { return try filled(bulk, a.real, b.real, shape, .float64) }
    let result = try NDArray(uninitialised: shape, row.givesCounts ? .int64 : .float64)
    row.fill(
      try result.pointer(), count: result.count, LegacySource(bits: source(), pair: Self.noPair),
      a, b, c)
    return result
  }

  private mutating func filled(
    _ bulk: Distribution.Bulk, _ a: Double, _ b: Double, _ shape: Shape, _ dtype: DType
  ) throws(MartletError) -> NDArray {
    guard dtype == .float64 || dtype == .float32 else {
      throw .invalidType(
        operation: "random", detail: "random numbers are float64 or float32, not \(dtype.name)")
    }
    let result = try NDArray(uninitialised: shape, dtype)
    let target = try result.pointer()
    if dtype == .float64 {
      try bitGenerator.fill(
        bulk, a, b, state: state(), target.assumingMemoryBound(to: Double.self), result.count)
    } else {
      bitGenerator.fill32(
        bulk, state: state(), target.assumingMemoryBound(to: Float.self), result.count)
    }
    return result
  }
}
