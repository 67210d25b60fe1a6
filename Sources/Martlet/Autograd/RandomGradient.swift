import MartletIR

extension Distribution {
  /// `drawn` where a parameter is on a tape: what is drawn is kept, and the result is seen as a
  /// function of the parameters that it is moved and scaled by.
  func drawnTraced(
    _ given: [NDArray], size: Shape?, _ source: LegacySource
  ) throws(MartletError) -> NDArray {
    let result = try drawn(given.map(\.untraced), size: size, source)
    guard given.contains(where: \.isTraced), result.dtype.isInexact else { return result }
    let plain = try given.map { (array) throws(MartletError) in
      try array.untraced.asType(.float64)
    }
    func position(_ name: String) -> Int? { parameters.firstIndex { $0.name == name } }
    /// The slopes by the parameters that have one.
    var slopes: [Int: NDArray] = [:]
    let one = try NDArray.ones([], .float64)
    func part(of whole: NDArray) throws(MartletError) -> NDArray {
      // A scale of 0 has drawn nothing to be scaled.
      let isZero = try NDArray.compute(.equal, .array(whole), .scalar(Scalar(0.0, .float64)))
      return try MatrixRules.inverse(whole, except: isZero)
    }
    let byExponent = name == "lognormal"
    switch name {
    case "normal", "laplace", "logistic", "gumbel":
      let distance = try MatrixRules.minus(result, plain[0])
      slopes = [0: one, 1: try MatrixRules.times(distance, part(of: plain[1]))]
    case "exponential", "rayleigh":
      slopes = [0: try MatrixRules.times(result, part(of: plain[0]))]
    case "gamma": slopes = [1: try MatrixRules.times(result, part(of: plain[1]))]
    case "uniform":
      let share = try MatrixRules.times(
        MatrixRules.minus(result, plain[0]), part(of: MatrixRules.minus(plain[1], plain[0])))
      slopes = [0: try MatrixRules.minus(one, share), 1: share]
    case "lognormal":
      let exponent = try NDArray.compute(.log, .array(result))
      let distance = try MatrixRules.minus(exponent, plain[0])
      slopes = [0: one, 1: try MatrixRules.times(distance, part(of: plain[1]))]
    default: break
    }
    for (i, array) in given.enumerated() where array.isTraced && slopes[i] == nil {
      throw .noDerivative(
        operation: "random.\(name)",
        reason: "what is drawn is no smooth function of \(parameters[i].name); only parameters "
          + "that move and scale have a derivative")
    }
    let found = slopes
    return Recording.note(
      result, "random.\(name)", given.map { $0.source(broadcastTo: result.shape) }, kept: [],
      keepsResult: byExponent
    ) { (node, g, _) throws(MartletError) in
      var g = g
      if byExponent, let drawn = node.resultOnTape() { g = try MatrixRules.times(g, drawn) }
      return try (0..<given.count).map { (i) throws(MartletError) in
        try found[i].map { (slope) throws(MartletError) in try MatrixRules.times(g, slope) }
      }
    }
  }
}
