import Glibc

/// The rows of all distributions whose numbers are drawn one by one.
package enum Distributions {
  private static let location = Distribution.Parameter.real("loc", .any, 0)
  private static let scale = Distribution.Parameter.real("scale", .nonNegative, 1)

  /// Of `numpy.random.Generator`.
  package static let modern: [Distribution] =
    [
      Distribution("standard_cauchy", [], "Cauchy numbers: a normal one divided by another.") {
        s, _, _, _ in s.bits.cauchy()
      },
      Distribution(
        "uniform", [.real("low", .any, 0), .real("high", .any, 1)], bulk: .scaledUniform,
        "Uniform numbers from `low` to below `high`.",
        relation: { low, high, _ in
          guard (high - low).isFinite else {
            return .overflow("high - low range exceeds valid bounds")
          }
          return high < low ? .value("high - low < 0") : nil
        }
      ) { s, low, high, _ in low + (high - low) * s.bits.nextDouble() },
      Distribution(
        "normal", [location, scale], bulk: .scaledNormal,
        "Normal numbers with mean `loc` and standard deviation `scale`."
      ) { s, mean, deviation, _ in mean + deviation * s.bits.normal() },
      Distribution(
        "exponential", [scale], bulk: .scaledExponential, "Exponential numbers with mean `scale`."
      ) { s, scale, _, _ in scale * s.bits.exponential() },
      Distribution(
        "gamma", [.real("shape", .nonNegative), scale], "Gamma numbers of a shape, times a scale."
      ) { s, shape, scale, _ in scale * s.bits.gamma(shape) },
      Distribution("beta", [.real("a", .positive), .real("b", .positive)], "Beta numbers.") {
        s, a, b, _ in s.bits.beta(a, b)
      },
      Distribution(
        "vonmises", [.real("mu"), .real("kappa", .nonNegative)],
        "Angles from -π to π around `mu`, the denser the larger `kappa`."
      ) { s, mean, kappa, _ in s.bits.vonMisesOrNormal(mean, kappa) },
      Distribution("pareto", [.real("a", .positive)], "Pareto II numbers, from 0 up.") {
        s, a, _, _ in s.bits.pareto(a)
      },
      Distribution("power", [.real("a", .positive)], "Numbers from 0 to 1 of density a·x^(a-1).") {
        s, a, _, _ in s.bits.power(a)
      },
      Distribution("rayleigh", [scale], "Rayleigh numbers: lengths of normal vectors.") {
        s, scale, _, _ in s.bits.rayleigh(scale)
      },
      Distribution(
        "wald", [.real("mean", .positive), .real("scale", .positive)], "Inverse Gaussian numbers."
      ) { s, mean, scale, _ in s.bits.wald(mean, scale) },
      Distribution(
        "binomial", [.count("n", .nonNegative), .real("p", .unit)],
        "How many of `n` trials succeed, each with probability `p`.",
        .countOfCount { s, n, p in s.bits.binomial(n, p) }),
      Distribution(
        "negative_binomial", [.real("n", .positive), .real("p", .aboveZeroToOne)],
        "How many trials fail before `n` have succeeded, each with probability `p`.",
        relation: { n, p, _ in
          (1 - p) / p * (n + 10 * sqrt(n)) > Distribution.Limit.greatestPoissonMean
            ? .value("n too large or p too small, see Generator.negative_binomial Notes") : nil
        }, .count { s, n, p in s.bits.negativeBinomial(n, p) }),
      Distribution(
        "zipf", [.real("a", .aboveOne)], "Integers from 1 with probabilities as k^-a.",
        .count { s, a, _ in s.bits.zipf(a) }),
      Distribution(
        "geometric", [.real("p", .aboveZeroToOne)], "How many trials it takes until one succeeds.",
        .count { s, p, _ in s.bits.geometric(p) }),
      Distribution(
        "hypergeometric",
        [.count("ngood", .any), .count("nbad", .any), .count("nsample", .nonNegative)],
        "How many good ones are in a sample of good and bad ones.",
        relation: { good, bad, sample in
          if good >= 1e9 || bad >= 1e9 {
            return .value("both ngood and nbad must be less than 1000000000")
          }
          if good + bad < sample { return .value("ngood + nbad < nsample") }
          return good < 0 ? .value("ngood < 0") : bad < 0 ? .value("nbad < 0") : nil
        }, .countOfCounts { s, good, bad, sample in s.bits.hypergeometric(good, bad, sample) }),
      Distribution(
        "logseries", [.real("p", .zeroToBelowOne)],
        "Integers from 1 with probabilities as p^k / k.",
        .count { s, p, _ in s.bits.logSeries(p) }),
    ] + shared { $0.bits }

  /// Of `numpy.random.RandomState`, and so of the module's own functions.
  package static let legacy: [Distribution] =
    [
      Distribution("standard_cauchy", [], "Cauchy numbers: a normal one divided by another.") {
        s, _, _, _ in s.cauchy()
      },
      Distribution("random_sample", [], bulk: .uniform, "Uniform numbers from 0 to below 1.") {
        s, _, _, _ in s.uniform()
      },
      Distribution("random", [], bulk: .uniform, "Uniform numbers from 0 to below 1.") {
        s, _, _, _ in s.uniform()
      },
      Distribution("standard_normal", [], "Normal numbers with mean 0 and deviation 1.") {
        s, _, _, _ in s.normal()
      },
      Distribution("standard_exponential", [], "Exponential numbers with mean 1.") {
        s, _, _, _ in s.exponential()
      },
      Distribution(
        "standard_gamma", [.real("shape", .nonNegative)], "Gamma numbers of a shape."
      ) { s, shape, _, _ in s.gamma(shape) },
      Distribution(
        "uniform", [.real("low", .any, 0), .real("high", .any, 1)], bulk: .scaledUniform,
        "Uniform numbers from `low` to below `high`.",
        relation: { low, high, _ in
          (high - low).isFinite ? nil : .overflow("Range exceeds valid bounds")
        }
      ) { s, low, high, _ in low + (high - low) * s.uniform() },
      Distribution(
        "normal", [location, scale],
        "Normal numbers with mean `loc` and standard deviation `scale`."
      ) { s, mean, deviation, _ in mean + deviation * s.normal() },
      Distribution("exponential", [scale], "Exponential numbers with mean `scale`.") {
        s, scale, _, _ in scale * s.exponential()
      },
      Distribution(
        "gamma", [.real("shape", .nonNegative), scale], "Gamma numbers of a shape, times a scale."
      ) { s, shape, scale, _ in scale * s.gamma(shape) },
      Distribution("beta", [.real("a", .positive), .real("b", .positive)], "Beta numbers.") {
        s, a, b, _ in s.beta(a, b)
      },
      Distribution(
        "vonmises", [.real("mu"), .real("kappa", .nonNegative)],
        "Angles from -π to π around `mu`, the denser the larger `kappa`."
      ) { s, mean, kappa, _ in s.vonMises(mean, kappa) },
      Distribution("pareto", [.real("a", .positive)], "Pareto II numbers, from 0 up.") {
        s, a, _, _ in s.pareto(a)
      },
      Distribution("power", [.real("a", .positive)], "Numbers from 0 to 1 of density a·x^(a-1).") {
        s, a, _, _ in s.power(a)
      },
      Distribution("rayleigh", [scale], "Rayleigh numbers: lengths of normal vectors.") {
        s, scale, _, _ in s.rayleigh(scale)
      },
      Distribution(
        "wald", [.real("mean", .positive), .real("scale", .positive)], "Inverse Gaussian numbers."
      ) { s, mean, scale, _ in s.wald(mean, scale) },
      Distribution(
        "binomial", [.count("n", .nonNegative), .real("p", .unit)],
        "How many of `n` trials succeed, each with probability `p`.",
        .countOfCount { s, n, p in s.bits.legacyBinomial(n, p) }),
      Distribution(
        "negative_binomial", [.real("n", .positive), .real("p", .unit)],
        "How many trials fail before `n` have succeeded, each with probability `p`.",
        .count { s, n, p in s.negativeBinomial(n, p) }),
      Distribution(
        "zipf", [.real("a", .aboveOne)], "Integers from 1 with probabilities as k^-a.",
        .count { s, a, _ in s.bits.legacyZipf(a) }),
      Distribution(
        "geometric", [.real("p", .aboveZeroToOne)], "How many trials it takes until one succeeds.",
        .count { s, p, _ in s.bits.legacyGeometric(p) }),
      Distribution(
        "hypergeometric",
        [.count("ngood", .any), .count("nbad", .any), .count("nsample", .atLeastOne)],
        "How many good ones are in a sample of good and bad ones.",
        relation: { good, bad, sample in
          if good + bad < sample { return .value("ngood + nbad < nsample") }
          return good < 0 ? .value("ngood < 0") : bad < 0 ? .value("nbad < 0") : nil
        },
        .countOfCounts { s, good, bad, sample in s.bits.legacyHypergeometric(good, bad, sample) }),
      Distribution(
        "logseries", [.real("p", .zeroToBelowOne)],
        "Integers from 1 with probabilities as p^k / k.",
        .count { s, p, _ in s.bits.legacyLogSeries(p) }),
    ] + shared { $0 }

  /// Those that both draw in the same way, from normal and exponential numbers of their own.
  private static func shared<Source: VariateSource>(
    _ source: @escaping @Sendable (LegacySource) -> Source
  ) -> [Distribution] {
    [
      Distribution(
        "f", [.real("dfnum", .positive), .real("dfden", .positive)],
        "F numbers: ratios of variances."
      ) { s, above, below, _ in source(s).f(above, below) },
      Distribution(
        "noncentral_f",
        [.real("dfnum", .positive), .real("dfden", .positive), .real("nonc", .nonNegative)],
        "F numbers whose numerator is noncentral."
      ) { s, above, below, nonc in source(s).noncentralF(above, below, nonc) },
      Distribution(
        "chisquare", [.real("df", .positive)], "Sums of squares of `df` normal numbers."
      ) { s, df, _, _ in source(s).chiSquare(df) },
      Distribution(
        "noncentral_chisquare", [.real("df", .positive), .real("nonc", .nonNegative)],
        "Sums of squares of normal numbers whose means are not 0."
      ) { s, df, nonc, _ in source(s).noncentralChiSquare(df, nonc) },
      Distribution("standard_t", [.real("df", .positive)], "Student's t.") { s, df, _, _ in
        source(s).studentT(df)
      },
      Distribution("weibull", [.real("a", .nonNegative)], "Weibull numbers of a shape.") {
        s, a, _, _ in source(s).weibull(a)
      },
      Distribution(
        "laplace", [location, scale], "Laplace numbers: exponential ones to both sides."
      ) { s, location, scale, _ in source(s).laplace(location, scale) },
      Distribution("gumbel", [location, scale], "Gumbel numbers, of extreme values.") {
        s, location, scale, _ in source(s).gumbel(location, scale)
      },
      Distribution("logistic", [location, scale], "Logistic numbers.") { s, location, scale, _ in
        source(s).logistic(location, scale)
      },
      Distribution(
        "lognormal", [.real("mean", .any, 0), .real("sigma", .nonNegative, 1)],
        "Numbers whose logarithms are normal."
      ) { s, mean, sigma, _ in source(s).logNormal(mean, sigma) },
      Distribution(
        "triangular", [.real("left"), .real("mode"), .real("right")],
        "Numbers from `left` to `right` whose density is a triangle with its top at `mode`.",
        relation: { left, mode, right in
          if left > mode { return .value("left > mode") }
          if mode > right { return .value("mode > right") }
          return left == right ? .value("left == right") : nil
        }
      ) { s, left, mode, right in source(s).triangular(left, mode, right) },
      Distribution(
        "poisson", [.real("lam", .poissonMean, 1)],
        "How often rare things happen, `lam` times in the mean.",
        .count { s, mean, _ in s.bits.poisson(mean) }),
    ]
  }
}

extension Distribution {
  /// A row whose numbers are real.
  fileprivate init(
    _ name: String, _ parameters: [Parameter], bulk: Bulk? = nil, _ summary: String,
    relation: (@Sendable (Double, Double, Double) -> Complaint?)? = nil,
    _ draw: @escaping @Sendable (LegacySource, Double, Double, Double) -> Double
  ) {
    self.init(name, parameters, bulk: bulk, summary, relation: relation, .real(draw))
  }
}

extension Distributions {
  /// `Generator.standard_gamma`, which has `dtype=` and `out=` besides.
  package static let standardGamma = Distribution(
    "standard_gamma", [.real("shape", .nonNegative)], "Gamma numbers of a shape."
  ) { s, shape, _, _ in s.bits.gamma(shape) }
}

extension RandomSource {
  /// One standard number of a kind.
  package func standard(_ bulk: Distribution.Bulk) -> Double {
    switch bulk {
    case .uniform, .scaledUniform: nextDouble()
    case .normal, .scaledNormal: normal()
    case .exponential, .scaledExponential: exponential()
    }
  }

  package func standard32(_ bulk: Distribution.Bulk) -> Float {
    var bits = self
    return switch bulk {
    case .uniform, .scaledUniform: bits.nextFloat()
    case .normal, .scaledNormal: normal32()
    case .exponential, .scaledExponential: exponential32()
    }
  }
}

extension LegacySource {
  /// One standard number of a kind, as `RandomState` draws it.
  package func standard(_ bulk: Distribution.Bulk) -> Double {
    switch bulk {
    case .uniform, .scaledUniform: uniform()
    case .normal, .scaledNormal: normal()
    case .exponential, .scaledExponential: exponential()
    }
  }
}
