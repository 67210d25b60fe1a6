import MartletIR

// Functions of each element: the rows of the operations table, and those that NumPy has as functions.

extension NativeFunction {
  /// The ufuncs; the Python door has objects of their own for them.
  static let ufuncs: [NativeFunction] =
    OperationTable.elementwise.filter { !OperationTable.notUFuncs.contains($0.name) }.map(ufunc)

  private static func ufunc(_ row: ElementwiseOperation) -> NativeFunction {
    let count = row.inputCount
    let names = count == 1 ? ["x"] : (1...count).map { "x\($0)" }
    let outs = row.outputCount == 1 ? "None" : "(None, None)"
    return NativeFunction(
      row.name,
      "(\(names.joined(separator: ", ")), /, out=\(outs), *, where=True, casting='same_kind', "
        + "order='K', dtype=None, subok=True, signature=None)",
      row.summary, .composed, isUFunc: true
    ) { call throws(MartletError) in
      for (offset, name) in ["out", "where", "casting", "order"].enumerated() {
        try call.reject(count + offset, "the argument '\(name)'")
      }
      try call.reject(count + 6, "the argument 'signature'")
      var operands: [Operand] = []
      for i in 0..<count { operands.append(try call.operand(i)) }
      let results = try Elementwise.apply(row, operands, dtype: try call.dtype(count + 4))
      return results.count == 1 ? .result(results[0]) : .tuple(results.map { .result($0) })
    }
  }

  static let elements: [NativeFunction] = [
    NativeFunction("real", "(val)", "The real part.", .composed) { call throws(MartletError) in
      .result(try Elementwise.apply(.real, [try call.operand(0)])[0])
    },
    NativeFunction("imag", "(val)", "The imaginary part.", .composed) {
      call throws(MartletError) in
      .result(try Elementwise.apply(.imag, [try call.operand(0)])[0])
    },
    NativeFunction("angle", "(z, deg=False)", "The angle of a complex number.", .composed) {
      call throws(MartletError) in
      if try call.bool(1, default: false) { throw call.notNative("an angle in degrees") }
      let z = try call.array(0)
      // The angle of a truth value is one of an integer.
      let numbers = z.dtype == .bool ? try z.asType(.int64) : z
      return .result(try Elementwise.apply(.angle, [.array(numbers)])[0])
    },
    NativeFunction(
      "round", "(a, decimals=0, out=None)", "Rounded to so many decimals.", .composed,
      isMethod: true
    ) { call throws(MartletError) in
      let a = try call.array(0)
      return .result(try rounded(a, call.int(1, default: 0), call))
    },
    NativeFunction(
      "clip",
      "(a, a_min=<no value>, a_max=<no value>, out=None, *, min=<no value>, max=<no value>, "
        + "dtype=None, **kwargs)", "The elements, limited to an interval.", .composed,
      output: .sameKind
    ) { call throws(MartletError) in
      try call.reject(6, "the argument 'dtype'")
      if call.isMissing(1) != call.isMissing(2) {
        let missing = call.isMissing(1) ? "a_min" : "a_max"
        throw .invalidType(
          operation: "clip",
          detail: "clip() missing 1 required positional argument: '\(missing)'")
      }
      guard call.isGiven(4) || call.isGiven(5) else { return try clip(call, low: 1, high: 2) }
      guard call.isMissing(1), call.isMissing(2) else {
        throw call.invalid(
          "Passing `min` or `max` keyword argument when `a_min` and `a_max` are provided is "
            + "forbidden.")
      }
      return try clip(call, low: 4, high: 5)
    },
    NativeFunction(
      "ndarray.clip", "(self, min=None, max=None, out=None, *, dtype=None, **kwargs)",
      "The elements, limited to an interval.", .composed, output: .sameKind
    ) { call throws(MartletError) in
      try call.reject(4, "the argument 'dtype'")
      return try clip(call, low: 1, high: 2)
    },
  ]

  private static func clip(
    _ call: FunctionCall, low: Int, high: Int
  ) throws(MartletError) -> FunctionResult {
    let a = try call.operand(0)
    var operands = [a]
    for place in [low, high] where call.isGiven(place) {
      let bound = try call.operand(place)
      // NumPy knows what a Python integer beyond the dtype means; it alone does.
      if case .weak(.integer, let number) = bound, case .array(let array) = a,
        array.dtype.isInteger,
        number.converted(to: array.dtype).asInt64 != number.asInt64 || number.dtype == .uint64
          || (array.dtype == .uint64 && number.asInt64 < 0)
      {
        throw call.notNative("a bound beyond the dtype")
      }
      operands.append(bound)
    }
    guard operands.count > 1 else { throw call.notNative("clip without bounds") }
    let row: ElementwiseOperation =
      !call.isGiven(low) ? .minimum : !call.isGiven(high) ? .maximum : .clip
    return .result(try Elementwise.apply(row, operands)[0])
  }

  private static func rounded(
    _ array: NDArray, _ decimals: Int, _ call: FunctionCall
  ) throws(MartletError) -> NDArray {
    guard array.dtype.isInexact else {
      guard decimals >= 0, array.dtype != .bool else {
        throw call.notNative("rounding integers to tens")
      }
      return try Elementwise.apply(.positive, [.array(array)])[0]
    }
    // 10²² is the largest power of ten that a double holds exactly.
    guard decimals.magnitude <= 22, decimals == 0 || !array.dtype.isComplex else {
      throw call.notNative("rounding to so many decimals")
    }
    if decimals == 0 { return try Elementwise.apply(.rint, [.array(array)])[0] }
    var power = 1.0
    for _ in 0..<decimals.magnitude { power *= 10 }
    let factor = Operand.weak(.floating, Scalar(power, .float64))
    let scaled = try Elementwise.apply(
      decimals > 0 ? .multiply : .divide, [.array(array), factor])[0]
    let whole = try Elementwise.apply(.rint, [.array(scaled)])[0]
    return try Elementwise.apply(decimals > 0 ? .divide : .multiply, [.array(whole), factor])[0]
  }
}
