import MartletIR

/// Polynomials as rows of coefficients. NumPy's class `poly1d` is served by NumPy.
extension NativeFunction {
  static let polynomials: [NativeFunction] = [
    NativeFunction("polyval", "(p, x)", "The values of a polynomial.", .composed) {
      call throws(MartletError) in
      let (p, x) = (try coefficients(call, 0), try coefficients(call, 1))
      guard p.rank == 1, p.count > 0, p.count <= 1 << 12 else {
        throw call.notNative("coefficients in other than a row")
      }
      return .result(
        try call.run(elements: x.count) { () throws(MartletError) in
          try Polynomials.values(p, at: x)
        })
    },
    two("polyadd", "(a1, a2)", "The sum of two polynomials.") { a, b throws(MartletError) in
      try Polynomials.sum(a, b)
    },
    two("polysub", "(a1, a2)", "The difference of two polynomials.") {
      a, b throws(MartletError) in try Polynomials.difference(a, b)
    },
    two("polymul", "(a1, a2)", "The product of two polynomials.") { a, b throws(MartletError) in
      try Polynomials.product(a, b)
    },
    NativeFunction("polydiv", "(u, v)", "Quotient and remainder of two polynomials.", .composed) {
      call throws(MartletError) in
      let (u, v) = (try coefficients(call, 0).atLeast(1), try coefficients(call, 1).atLeast(1))
      guard u.rank == 1, v.rank == 1, u.count > 0, v.count > 0,
        try v.untraced.view(v.layout.indexed(axis: 0, at: 0)).item().converted(to: .bool).low != 0
      else { throw call.notNative("a division by 0, of which NumPy warns, or by nothing") }
      let found = try call.run(elements: u.count) { () throws(MartletError) in
        let (quotient, remainder) = try Polynomials.quotient(u, v)
        return [quotient, remainder]
      }
      return .tuple(found.map { .array($0) })
    },
    NativeFunction("polyder", "(p, m=1)", "The derivative of a polynomial.", .composed) {
      call throws(MartletError) in
      let p = try coefficients(call, 0)
      guard call.isMissing(1) || call.kind(1) == .integer, p.rank == 1, p.count > 0 else {
        throw call.notNative("an order that is no integer, or coefficients in other than a row")
      }
      let order = try call.int(1, default: 1)
      guard order <= p.count else { throw call.notNative("derivatives of nothing") }
      return .array(try Polynomials.derivative(p, order: order))
    },
    NativeFunction("polyint", "(p, m=1, k=None)", "The integral of a polynomial.", .composed) {
      call throws(MartletError) in
      let p = try coefficients(call, 0)
      guard call.isMissing(1) || call.kind(1) == .integer, p.rank == 1 else {
        throw call.notNative("an order that is no integer, or coefficients in other than a row")
      }
      let order = try call.int(1, default: 1)
      guard order <= 1 << 12 else { throw call.notNative("an order that high") }
      let constants = try call.isGiven(2) ? coefficients(call, 2) : nil
      return .array(try Polynomials.integral(p, order: order, constants: constants))
    },
    NativeFunction(
      "poly", "(seq_of_zeros)", "The coefficients of the polynomial with these roots.", .composed,
      places: .host
    ) { call throws(MartletError) in
      let roots = try coefficients(call, 0)
      guard roots.count > 0 else { throw call.notNative("no roots") }
      return .array(
        try call.run(elements: roots.count * 1000) { () throws(MartletError) in
          try Polynomials.fromRoots(roots)
        })
    },
    NativeFunction(
      "roots", "(p)", "The roots of a polynomial.", .composed, places: .host
    ) { call throws(MartletError) in
      let p = try coefficients(call, 0)
      guard p.dtype != .float16, p.dtype != .bfloat16 else {
        throw call.notNative("coefficients of \(p.dtype)")
      }
      return .array(
        try call.run(elements: p.count * 1000) { () throws(MartletError) in
          try Polynomials.roots(p)
        })
    },
    NativeFunction(
      "polyfit", "(x, y, deg, rcond=None, full=False, w=None, cov=False)",
      "The polynomial that fits points by least squares.", .composed, places: .host, body: fit),
  ]

  private static func coefficients(
    _ call: FunctionCall, _ position: Int
  ) throws(MartletError) -> NDArray {
    if call.kind(position) == .other { throw call.notNative("objects such as NumPy's poly1d") }
    return try call.array(position)
  }

  private static func two(
    _ name: String, _ signature: String, _ summary: String,
    _ work: @escaping @Sendable (NDArray, NDArray) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(name, signature, summary, .composed, places: .host) {
      call throws(MartletError) in
      let (a, b) = (try coefficients(call, 0).atLeast(1), try coefficients(call, 1).atLeast(1))
      guard a.rank == 1, b.rank == 1 else {
        throw call.notNative("coefficients in other than rows")
      }
      let products = a.count.multipliedReportingOverflow(by: name == "polymul" ? b.count : 1)
      return .array(
        try call.run(elements: products.overflow ? .max : products.partialValue) {
          () throws(MartletError) in try work(a, b)
        })
    }
  }

  private static func fit(_ call: FunctionCall) throws(MartletError) -> FunctionResult {
    let (x, y) = (try coefficients(call, 0), try coefficients(call, 1))
    guard call.kind(2) == .integer else { throw call.notNative("a degree that is no integer") }
    let degree = try call.int(2)
    let cutoff = try call.isGiven(3) ? call.double(3, default: 0) : nil
    let isFull = try call.bool(4, default: false)
    let weights = try call.isGiven(5) ? coefficients(call, 5) : nil
    var scaled = true
    var withCovariance = false
    if call.kind(6) == .text {
      guard try call.string(6) == "unscaled" else { throw call.notNative("such a covariance") }
      (scaled, withCovariance) = (false, true)
    } else if !call.isMissing(6) {
      guard call.kind(6) == .truth else { throw call.notNative("such a covariance") }
      withCovariance = try call.bool(6, default: false)
    }
    let halves: [DType] = [.float16, .bfloat16]
    guard !halves.contains(x.dtype), !halves.contains(y.dtype),
      weights.map({ !$0.dtype.isComplex && !halves.contains($0.dtype) }) ?? true
    else { throw call.notNative("points or weights of such a type") }
    if isFull, cutoff != nil { throw call.notNative("a cutoff that is given back") }
    let fit = try call.run(elements: .max) { () throws(MartletError) in
      try Polynomials.fit(x, y, degree: degree, cutoff: cutoff, weights: weights)
    }
    if isFull {
      let unit = LinearAlgebra.roundingUnit(x.dtype) * Double(x.count)
      let real: DType = x.dtype == .float32 || x.dtype == .complex64 ? .float32 : .float64
      return .tuple([
        .array(fit.coefficients), .array(fit.residuals),
        .result(try NDArray.scalar(Scalar(Int64(fit.rank), .int32))),
        .array(fit.singularValues), .result(try NDArray.scalar(Scalar(unit, real))),
      ])
    }
    guard fit.rank == degree + 1 else {
      throw call.notNative("points that do not settle the fit, of which NumPy warns")
    }
    guard withCovariance else { return .array(fit.coefficients) }
    var covariance = try fit.covariance()
    if y.rank == 2 { covariance = try covariance.expanded(at: 2) }
    guard scaled else { return .tuple([.array(fit.coefficients), .array(covariance)]) }
    guard x.count > degree + 1 else {
      throw call.invalid(
        "the number of data points must exceed order to scale the covariance matrix")
    }
    let factor = try NDArray.compute(
      .divide, .array(fit.residuals),
      .weak(.integer, Scalar(Int64(x.count - degree - 1), .int64)))
    return .tuple([
      .array(fit.coefficients), .array(try covariance.multiplied(by: factor)),
    ])
  }
}
