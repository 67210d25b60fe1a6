import MartletIR

/// A function of Martlet's under NumPy's name and with NumPy's parameters.
struct NativeFunction: Sendable {
  typealias Body = @Sendable (NativeArguments) throws(MartletError) -> Fallback.Value

  let name: String
  /// In NumPy's order; those that only keywords reach come last.
  let parameters: [String]
  private let compute: Body

  /// - Parameter parameters: Their names, separated by blanks.
  init(_ name: String, _ parameters: String, _ body: @escaping Body) {
    self.name = name
    self.parameters = parameters.split(separator: " ").map(String.init)
    compute = body
  }

  /// A function that gives one array.
  static func array(
    _ name: String, _ parameters: String,
    _ body: @escaping @Sendable (NativeArguments) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(name, parameters) { arguments throws(MartletError) in
      Fallback.Value(.array(try body(arguments)))
    }
  }

  /// - Throws: `.unsupported` where the arguments are NumPy's matter, and what the function throws.
  func body(_ arguments: NativeArguments) throws(MartletError) -> Fallback.Value {
    try arguments.check()
    return try compute(arguments)
  }

  // MARK: The table

  /// All of them: the rows of the operations table, then what arrays have besides.
  static let all: [NativeFunction] =
    OperationTable.elementwise.filter { !OperationTable.notUFuncs.contains($0.name) }
    .map(elementwise) + ReductionOperation.rows.map(reduction) + parts + cumulative + creation
    + shapes + joining + choosing + products

  /// NumPy's other names for the same function.
  private static let aliases = [
    "amax": "max", "amin": "min", "concat": "concatenate", "permute_dims": "transpose",
  ].merging(OperationTable.aliases) { own, _ in own }

  private static let byName: [String: NativeFunction] = {
    var functions = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    for (alias, name) in aliases { functions[alias] = functions[name] }
    return functions
  }()

  static func named(_ name: String) -> NativeFunction? { byName[name] }

  /// Functions that are methods of arrays as well, with the array in the first place.
  private static let methods: Set<String> = [
    "all", "any", "argmax", "argmin", "argpartition", "argsort", "astype", "clip", "conj",
    "conjugate", "copy", "cumprod", "cumsum", "dot", "max", "mean", "min", "nonzero", "prod",
    "ravel", "repeat", "reshape", "searchsorted", "squeeze", "std", "sum", "swapaxes", "take",
    "transpose", "var",
  ]

  static func method(_ name: String) -> NativeFunction? {
    methods.contains(name) ? byName[name] : nil
  }

  /// A method's arguments as the function takes them: `x.reshape(2, 3)` is `reshape(x, (2, 3))`.
  func methodArguments(
    _ array: Fallback.Value, _ positional: [Fallback.Value]
  ) -> [Fallback.Value] {
    guard name == "reshape" || name == "transpose", positional.count > 1 else {
      return [array] + positional
    }
    return [array, Fallback.Value(.tuple(positional, names: []))]
  }

  // MARK: From the rows

  private static func elementwise(_ row: ElementwiseOperation) -> NativeFunction {
    let inputs = (0..<row.inputCount).map { "x\($0 + 1)" }
    return NativeFunction(row.name, (inputs + ["dtype"]).joined(separator: " ")) {
      arguments throws(MartletError) in
      let operands = try inputs.map { name throws(MartletError) in try arguments.operand(name) }
      let results = try Elementwise.apply(row, operands, dtype: try arguments.dtype())
      if results.count == 1 { return Fallback.Value(.array(results[0])) }
      return Fallback.Value(.tuple(results.map { Fallback.Value(.array($0)) }, names: []))
    }
  }

  private static func reduction(_ row: ReductionOperation) -> NativeFunction {
    let parameters =
      switch row.name {
      case "sum", "prod": "a axis dtype out keepdims initial where"
      case "mean": "a axis dtype out keepdims where"
      case "var", "std": "a axis dtype out ddof keepdims where mean correction"
      case "max", "min": "a axis out keepdims initial where"
      case "count_nonzero": "a axis keepdims"
      default: "a axis out keepdims where"
      }
    return array(row.name, parameters) { arguments throws(MartletError) in
      try arguments.reject("out", "initial", "where", "mean", "correction")
      let a = try arguments.array("a")
      let keepDimensions = try arguments.bool("keepdims")
      // NumPy finds positions along one axis or in C order.
      if row === ReductionOperation.argMaximum {
        return try a.argMax(axis: try arguments.int("axis"), keepDimensions: keepDimensions)
      }
      if row === ReductionOperation.argMinimum {
        return try a.argMin(axis: try arguments.int("axis"), keepDimensions: keepDimensions)
      }
      let dtype = try arguments.dtype()
      if row.types(dtype ?? a.dtype) == nil {
        throw arguments.missing("it has no loop for \(dtype ?? a.dtype)")
      }
      return try a.reduced(
        row, axes: try arguments.ints("axis"), keepDimensions: keepDimensions, dtype: dtype,
        parameter: try arguments.int("ddof") ?? 0)
    }
  }

  /// The rows that NumPy has as functions, not as ufuncs.
  private static let parts: [NativeFunction] = [
    .array("real", "val") { arguments throws(MartletError) in
      try Elementwise.apply(.real, [try arguments.operand("val")])[0]
    },
    .array("imag", "val") { arguments throws(MartletError) in
      try Elementwise.apply(.imag, [try arguments.operand("val")])[0]
    },
    .array("angle", "z deg") { arguments throws(MartletError) in
      try arguments.reject("deg")
      return try Elementwise.apply(.angle, [try arguments.operand("z")])[0]
    },
    .array("clip", "a a_min a_max out min max") { arguments throws(MartletError) in
      try arguments.reject("out")
      func bound(_ names: String...) throws(MartletError) -> Operand? {
        for name in names where try arguments.optional(name) != nil {
          return try arguments.operand(name)
        }
        return nil
      }
      let a = try arguments.operand("a")
      switch (try bound("a_min", "min"), try bound("a_max", "max")) {
      case (let low?, let high?): return try Elementwise.apply(.clip, [a, low, high])[0]
      case (let low?, nil): return try Elementwise.apply(.maximum, [a, low])[0]
      case (nil, let high?): return try Elementwise.apply(.minimum, [a, high])[0]
      case (nil, nil): throw arguments.missing("there is no bound")
      }
    },
  ]

  private static let cumulative: [NativeFunction] = [
    .array("cumsum", "a axis dtype out") { arguments throws(MartletError) in
      try arguments.reject("out")
      return try arguments.array("a").cumulativeSum(
        axis: try arguments.int("axis"), dtype: try arguments.dtype())
    },
    .array("cumprod", "a axis dtype out") { arguments throws(MartletError) in
      try arguments.reject("out")
      return try arguments.array("a").cumulativeProduct(
        axis: try arguments.int("axis"), dtype: try arguments.dtype())
    },
  ]
}
