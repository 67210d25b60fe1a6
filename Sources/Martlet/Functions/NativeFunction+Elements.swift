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
      "clip",
      "(a, a_min=<no value>, a_max=<no value>, out=None, *, min=<no value>, max=<no value>)",
      "Elements brought between bounds.", .composed, isMethod: true
    ) { call throws(MartletError) in
      func bound(_ first: Int, _ second: Int) throws(MartletError) -> Operand? {
        for place in [first, second] where call.isGiven(place) { return try call.operand(place) }
        return nil
      }
      let a = try call.operand(0)
      switch (try bound(1, 4), try bound(2, 5)) {
      case (let low?, let high?): return .result(try Elementwise.apply(.clip, [a, low, high])[0])
      case (let low?, nil): return .result(try Elementwise.apply(.maximum, [a, low])[0])
      case (nil, let high?): return .result(try Elementwise.apply(.minimum, [a, high])[0])
      case (nil, nil): throw call.notNative("there is no bound")
      }
    },
  ]
}
