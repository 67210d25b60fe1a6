import MartletIR

/// Functions that combine the elements along axes.
extension NativeFunction {
  static let reductions: [NativeFunction] =
    ReductionOperation.rows.map(reduction) + [
      cumulative("cumsum", "The sum of each element and all before it.") {
        a, axis, dtype throws(MartletError) in try a.cumulativeSum(axis: axis, dtype: dtype)
      },
      cumulative("cumprod", "The product of each element and all before it.") {
        a, axis, dtype throws(MartletError) in try a.cumulativeProduct(axis: axis, dtype: dtype)
      },
    ]

  /// The positions of what reductions of one kind take; nil for what they do not take.
  private struct Positions {
    var signature: String
    var dtype: Int?
    var keepdims: Int
    var ddof: Int?
    /// Where what only NumPy takes stands.
    var others: [Int] = []
  }

  private static func positions(of name: String) -> Positions {
    switch name {
    case "sum", "prod":
      Positions(
        signature: "(a, axis=None, dtype=None, out=None, keepdims=<no value>, "
          + "initial=<no value>, where=<no value>)", dtype: 2, keepdims: 4, others: [5, 6])
    case "mean":
      Positions(
        signature: "(a, axis=None, dtype=None, out=None, keepdims=<no value>, *, "
          + "where=<no value>)", dtype: 2, keepdims: 4, others: [5])
    case "var", "std":
      Positions(
        signature: "(a, axis=None, dtype=None, out=None, ddof=0, keepdims=<no value>, *, "
          + "where=<no value>, mean=<no value>, correction=<no value>)", dtype: 2, keepdims: 5,
        ddof: 4, others: [6, 7, 8])
    case "max", "min":
      Positions(
        signature: "(a, axis=None, out=None, keepdims=<no value>, initial=<no value>, "
          + "where=<no value>)", keepdims: 3, others: [4, 5])
    case "count_nonzero": Positions(signature: "(a, axis=None, *, keepdims=False)", keepdims: 2)
    case "argmax", "argmin":
      Positions(signature: "(a, axis=None, out=None, *, keepdims=<no value>)", keepdims: 3)
    default:
      Positions(
        signature: "(a, axis=None, out=None, keepdims=<no value>, *, where=<no value>)",
        keepdims: 3, others: [4])
    }
  }

  private static func reduction(_ row: ReductionOperation) -> NativeFunction {
    let places = positions(of: row.name)
    return NativeFunction(
      row.name, places.signature, row.summary, .composed, isMethod: row.name != "count_nonzero"
    ) { call throws(MartletError) in
      for place in places.others {
        try call.reject(place, "the argument '\(call.function.parameters[place].name)'")
      }
      let a = try call.array(0)
      let keepDimensions = try call.bool(places.keepdims, default: false)
      // NumPy finds positions along one axis or in C order.
      if row === ReductionOperation.argMaximum {
        return .result(
          try a.argMax(
            axis: try call.optionalAxis(1, rank: a.rank), keepDimensions: keepDimensions))
      }
      if row === ReductionOperation.argMinimum {
        return .result(
          try a.argMin(
            axis: try call.optionalAxis(1, rank: a.rank), keepDimensions: keepDimensions))
      }
      let dtype = try places.dtype.flatMap { place throws(MartletError) in try call.dtype(place) }
      if row.types(dtype ?? a.dtype) == nil {
        throw call.notNative("it has no loop for \(dtype ?? a.dtype)")
      }
      let parameter =
        try places.ddof.map { place throws(MartletError) in try call.int(place, default: 0) } ?? 0
      return .result(
        try a.reduced(
          row, axes: try call.axes(1, rank: a.rank), keepDimensions: keepDimensions, dtype: dtype,
          parameter: parameter))
    }
  }

  private static func cumulative(
    _ name: String, _ summary: String,
    _ work: @escaping @Sendable (NDArray, Int?, DType?) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(
      name, "(a, axis=None, dtype=None, out=None)", summary, .composed, isMethod: true
    ) { call throws(MartletError) in
      let a = try call.array(0)
      return .array(try work(a, try call.optionalAxis(1, rank: a.rank), try call.dtype(2)))
    }
  }
}
