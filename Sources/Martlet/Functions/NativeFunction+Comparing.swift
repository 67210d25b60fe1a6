import MartletIR

/// Whether arrays and their elements are alike, and of what kind elements are.
extension NativeFunction {
  static let comparing: [NativeFunction] = [
    NativeFunction(
      "isclose", "(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)",
      "Whether elements are the same within a tolerance.",
      .constant("truth values have no derivative")
    ) { call throws(MartletError) in .result(try isClose(call)) },
    NativeFunction(
      "allclose", "(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)",
      "Whether all elements are the same within a tolerance.",
      .constant("truth values have no derivative")
    ) { call throws(MartletError) in .truth(try isTrue(isClose(call))) },
    NativeFunction(
      "array_equal", "(a1, a2, equal_nan=False)", "Whether shape and elements are the same.",
      .constant("truth values have no derivative")
    ) { call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      let equalsNaN = try call.bool(2, default: false)
      guard a.shape == b.shape else { return .truth(false) }
      return .truth(try isTrue(equal(a, b, nan: equalsNaN)))
    },
    NativeFunction(
      "array_equiv", "(a1, a2)", "Whether the elements are the same once the shapes are broadcast.",
      .constant("truth values have no derivative")
    ) { call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      guard let shape = Shape.broadcast(a.shape, b.shape), shape.isPossible else {
        return .truth(false)
      }
      return .truth(try isTrue(equal(a, b, nan: false)))
    },
    NativeFunction(
      "iscomplex", "(x)", "Whether elements have an imaginary part.",
      .constant("truth values have no derivative")
    ) { call throws(MartletError) in
      let x = try call.array(0)
      guard x.dtype.isComplex else { return .result(try NDArray.zeros(x.shape, .bool)) }
      return .result(try applied(.notEqual, applied(.imag, .array(x)), zero))
    },
    NativeFunction(
      "isreal", "(x)", "Whether elements have no imaginary part.",
      .constant("truth values have no derivative")
    ) { call throws(MartletError) in
      let x = try call.array(0)
      guard x.dtype.isComplex else { return .result(try NDArray.ones(x.shape, .bool)) }
      return .result(try applied(.equal, applied(.imag, .array(x)), zero))
    },
    NativeFunction(
      "asarray_chkfinite", "(a, dtype=None, order=None)",
      "An array of the elements, which must all be finite.", .composed
    ) { call throws(MartletError) in
      try call.reject(2, "the argument 'order'")
      let a = try call.array(0)
      let result = try call.dtype(1).map { dtype throws(MartletError) in try a.asType(dtype) } ?? a
      if result.dtype.isInexact, try !isTrue(applied(.isfinite, .array(result))) {
        throw call.invalid("array must not contain infs or NaNs")
      }
      return result.storage === a.storage ? .view(of: 0, result) : .array(result)
    },
  ]

  private static let zero = Operand.weak(.integer, Scalar(Int64(0), .int64))

  private static func applied(
    _ row: ElementwiseOperation, _ operands: Operand...
  ) throws(MartletError) -> NDArray {
    try Elementwise.apply(row, operands)[0]
  }

  private static func applied(
    _ row: ElementwiseOperation, _ a: NDArray, _ b: Operand
  ) throws(MartletError) -> NDArray {
    try applied(row, .array(a), b)
  }

  private static func isTrue(_ array: NDArray) throws(MartletError) -> Bool {
    try array.reduced(.all).item().asInt64 != 0
  }

  private static func equal(
    _ a: NDArray, _ b: NDArray, nan: Bool
  ) throws(MartletError) -> NDArray {
    let same = try applied(.equal, .array(a), .array(b))
    guard nan, a.dtype.isInexact, b.dtype.isInexact else { return same }
    let both = try applied(
      .bitwiseAnd, applied(.isnan, .array(a)), .array(applied(.isnan, .array(b))))
    return try applied(.bitwiseOr, same, .array(both))
  }

  /// As NumPy's: |a - b| ≤ atol + rtol · |b| where b is finite, or the same number.
  private static func isClose(_ call: FunctionCall) throws(MartletError) -> NDArray {
    let a = try call.operand(0)
    var b = try call.operand(1)
    let rtol = try tolerance(call, 2, 1e-05)
    let atol = try tolerance(call, 3, 1e-08)
    let equalsNaN = try call.bool(4, default: false)
    // The distance of integers must not overflow.
    switch b {
    case .array(let array) where !array.dtype.isInexact:
      b = .array(try array.asType(Promotion.promote(array.dtype, .float64)))
    case .scalar(let number) where !number.dtype.isInexact:
      b = .scalar(number.converted(to: .float64))
    case .weak(.integer, let number), .weak(.bool, let number):
      b = .weak(.floating, Scalar(number.asDouble, .float64))
    default: break
    }
    return try withoutInvalid { () throws(MartletError) in
      let distance = try applied(.absolute, .array(applied(.subtract, a, b)))
      let isNear = try applied(.lessEqual, .array(distance), bound(b, rtol, atol))
      var result = try applied(.bitwiseAnd, isNear, .array(applied(.isfinite, b)))
      result = try applied(.bitwiseOr, result, .array(applied(.equal, a, b)))
      if equalsNaN {
        let both = try applied(.bitwiseAnd, applied(.isnan, a), .array(applied(.isnan, b)))
        result = try applied(.bitwiseOr, result, .array(both))
      }
      return result
    }
  }

  /// How far from a number the other may be: as plain numbers are all, a plain number too, which
  /// takes the type of what it meets.
  private static func bound(
    _ b: Operand, _ rtol: Operand, _ atol: Operand
  ) throws(MartletError) -> Operand {
    if case .weak(let kind, let number) = b, kind != .complex,
      case .weak(_, let relative) = rtol, case .weak(_, let absolute) = atol
    {
      let bound = absolute.asDouble + relative.asDouble * number.asDouble.magnitude
      return .weak(.floating, Scalar(bound, .float64))
    }
    let size = try applied(.multiply, rtol, .array(applied(.absolute, b)))
    return .array(try applied(.add, atol, .array(size)))
  }

  private static func tolerance(
    _ call: FunctionCall, _ position: Int, _ value: Double
  ) throws(MartletError) -> Operand {
    if call.isMissing(position) { return .weak(.floating, Scalar(value, .float64)) }
    let given = try call.operand(position)
    guard case .weak(let kind, let number) = given, kind != .complex, number.asDouble.isFinite
    else { throw call.notNative("a tolerance other than a finite number") }
    return given
  }

  /// Computes at once, and tells of no invalid operation.
  private static func withoutInvalid(
    _ body: () throws(MartletError) -> NDArray
  ) throws(MartletError) -> NDArray {
    var outcome: Result<NDArray, MartletError>?
    let events = FloatingPointLog.collected {
      do throws(MartletError) {
        let result = try body()
        _ = try result.storage.evaluated()
        outcome = .success(result)
      } catch {
        outcome = .failure(error)
      }
    }
    for event in events where event.kind != .invalid { FloatingPointLog.append(event) }
    guard let outcome else {
      throw .internalError(operation: "isclose", detail: "nothing was computed")
    }
    return try outcome.get()
  }
}
