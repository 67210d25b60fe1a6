import MartletIR

/// A distribution of NumPy's: its name, its parameters, and how one number is drawn.
///
/// `Distributions` has a row for each. From it come the methods of `numpy.random.Generator` and
/// `RandomState` at the Python door, and those of `RandomGenerator` in Swift.
package struct Distribution: Sendable {
  /// Which numbers a parameter may be.
  package enum Limit: Sendable {
    case any, nonNegative, positive
    /// From 0 to 1, both included.
    case unit
    case aboveZeroToOne
    case zeroToBelowOne
    case aboveOne, atLeastOne
    /// A mean whose Poisson numbers fit 64 bits.
    case poissonMean
  }

  package struct Parameter: Sendable {
    package let name: String
    /// What is taken where the caller gives none.
    package let standard: Double?
    let limit: Limit
    /// One that counts things, an integer of 64 bits.
    package let isCount: Bool

    static func real(
      _ name: String, _ limit: Limit = .any, _ standard: Double? = nil
    ) -> Parameter {
      Parameter(name: name, standard: standard, limit: limit, isCount: false)
    }

    static func count(_ name: String, _ limit: Limit) -> Parameter {
      Parameter(name: name, standard: nil, limit: limit, isCount: true)
    }
  }

  /// How one number is drawn. Functions of fewer parameters ignore the rest.
  package enum Draw: Sendable {
    case real(@Sendable (LegacySource, Double, Double, Double) -> Double)
    case count(@Sendable (LegacySource, Double, Double) -> Int64)
    /// Of a count and a number.
    case countOfCount(@Sendable (LegacySource, Int64, Double) -> Int64)
    case countOfCounts(@Sendable (LegacySource, Int64, Int64, Int64) -> Int64)
  }

  /// A standard number times a scale plus a start, which whole arrays are filled with faster.
  package enum Bulk: Sendable {
    case uniform, normal, exponential
    /// The same times the second parameter plus the first.
    case scaledUniform, scaledNormal
    /// The same times the only parameter.
    case scaledExponential
  }

  package let name: String
  package let parameters: [Parameter]
  package let draw: Draw
  package let bulk: Bulk?
  package let summary: String
  /// What parameters that are allowed alone must not be together.
  let relation: (@Sendable (Double, Double, Double) -> Complaint?)?

  package enum Complaint: Sendable {
    case value(String)
    case overflow(String)
  }

  init(
    _ name: String, _ parameters: [Parameter], bulk: Bulk? = nil, _ summary: String,
    relation: (@Sendable (Double, Double, Double) -> Complaint?)? = nil, _ draw: Draw
  ) {
    self.name = name
    self.parameters = parameters
    self.draw = draw
    self.bulk = bulk
    self.summary = summary
    self.relation = relation
  }

  package var givesCounts: Bool {
    if case .real = draw { return false }
    return true
  }
}

extension Distribution.Limit {
  static let greatestPoissonMean = 9.223372006484771e18

  /// What is wrong with a number, in NumPy's words; nil where nothing is.
  func complaint(_ x: Double, _ name: String, isScalar: Bool) -> String? {
    let nan = isScalar ? "is NaN" : "contains NaNs"
    switch self {
    case .any: return nil
    case .nonNegative: return x < 0 || (x == 0 && x.sign == .minus) ? "\(name) < 0" : nil
    case .positive: return x > 0 ? nil : "\(name) <= 0"
    case .unit: return x >= 0 && x <= 1 ? nil : "\(name) < 0, \(name) > 1 or \(name) \(nan)"
    case .aboveZeroToOne:
      return x > 0 && x <= 1 ? nil : "\(name) <= 0, \(name) > 1 or \(name) contains NaNs"
    case .zeroToBelowOne:
      return x >= 0 && x < 1 ? nil : "\(name) < 0, \(name) >= 1 or \(name) \(nan)"
    case .aboveOne: return x > 1 ? nil : "\(name) <= 1 or \(name) \(nan)"
    case .atLeastOne: return x >= 1 ? nil : "\(name) < 1 or \(name) \(nan)"
    case .poissonMean:
      if !(x >= 0) { return "\(name) < 0 or \(name) \(nan)" }
      return x <= Self.greatestPoissonMean ? nil : "\(name) value too large"
    }
  }
}

extension Distribution {
  /// Whether these parameters are allowed.
  ///
  /// - Throws: `.invalidArgument` or `.overflow` in NumPy's words; `.unsupported` for numbers that are
  ///   none, with which some methods never end.
  package func check(
    _ a: Double, _ b: Double = 0, _ c: Double = 0, isScalar: Bool = true
  ) throws(MartletError) {
    let values = (a, b, c)
    for (i, parameter) in parameters.enumerated() {
      let value = i == 0 ? values.0 : i == 1 ? values.1 : values.2
      if let text = parameter.limit.complaint(value, parameter.name, isScalar: isScalar) {
        throw .invalidArgument(operation: name, detail: text)
      }
      if value.isNaN {
        throw .unsupported(operation: name, detail: "\(parameter.name) is not a number")
      }
    }
    switch relation?(a, b, c) {
    case .value(let text): throw .invalidArgument(operation: name, detail: text)
    case .overflow(let text): throw .overflow(detail: text)
    case nil: return
    }
  }
}
