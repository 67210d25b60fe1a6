import MartletIR

/// What functions in Swift may use on numbers: the standard library's names, and those of the C
/// library, which Glibc and Foundation give.
///
/// One table for both ends: the macros look names up in it while a program is compiled, and the
/// lowering gives them their meaning.
public struct SwiftFunction: Sendable, Hashable {
  public enum Operands: Sendable, Hashable { case floating, integer, number, signed, any }
  public enum Result: Sendable, Hashable {
    /// The operands' type.
    case same
    case fixed(DType)
    /// Two numbers of the operands' type.
    case pair
  }

  /// Names the meaning.
  public var name: String
  /// How many numbers it takes, that before the dot included.
  public var count: Int
  public var operands: Operands
  public var result: Result
  /// The row of the operations table that computes it, by NumPy's name.
  public var row: String?

  init(
    _ name: String, _ count: Int, _ operands: Operands, _ result: Result = .same,
    row: String? = nil
  ) {
    self.name = name
    self.count = count
    self.operands = operands
    self.result = result
    self.row = row
  }

  // MARK: The table

  private static func rows(_ count: Int, _ names: [String: String]) -> [String: SwiftFunction] {
    Dictionary(
      uniqueKeysWithValues: names.map {
        ($0.key, SwiftFunction($0.key, count, .floating, row: $0.value))
      })
  }

  /// Functions that stand alone.
  public static let free: [String: SwiftFunction] =
    rows(
      1,
      [
        "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin", "acos": "arccos",
        "atan": "arctan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "arcsinh",
        "acosh": "arccosh", "atanh": "arctanh", "exp": "exp", "exp2": "exp2", "expm1": "expm1",
        "log": "log", "log2": "log2", "log10": "log10", "log1p": "log1p", "sqrt": "sqrt",
        "cbrt": "cbrt", "floor": "floor", "ceil": "ceil", "trunc": "trunc", "rint": "rint",
        "nearbyint": "rint", "fabs": "fabs",
      ]
    )
    .merging(
      rows(
        2,
        [
          "pow": "power", "atan2": "arctan2", "hypot": "hypot", "fmod": "fmod",
          "copysign": "copysign", "nextafter": "nextafter", "fmin": "fmin", "fmax": "fmax",
        ])
    ) { a, _ in a }
    .merging([
      "erf": SwiftFunction("erf", 1, .floating), "erfc": SwiftFunction("erfc", 1, .floating),
      "round": SwiftFunction("rounded", 1, .floating),
      "fma": SwiftFunction("fma", 3, .floating), "abs": SwiftFunction("abs", 1, .signed),
      "min": SwiftFunction("min", 2, .number), "max": SwiftFunction("max", 2, .number),
    ]) { a, _ in a }

  public static let properties: [String: SwiftFunction] = [
    "isNaN": SwiftFunction("isNaN", 1, .floating, .fixed(.bool), row: "isnan"),
    "isInfinite": SwiftFunction("isInfinite", 1, .floating, .fixed(.bool), row: "isinf"),
    "isFinite": SwiftFunction("isFinite", 1, .floating, .fixed(.bool), row: "isfinite"),
    "isZero": SwiftFunction("isZero", 1, .floating, .fixed(.bool)),
    "magnitude": SwiftFunction("magnitude", 1, .floating, row: "fabs"),
    "nextUp": SwiftFunction("nextUp", 1, .floating),
    "nextDown": SwiftFunction("nextDown", 1, .floating),
    "nonzeroBitCount": SwiftFunction("nonzeroBitCount", 1, .integer, .fixed(.int64)),
    "leadingZeroBitCount": SwiftFunction("leadingZeroBitCount", 1, .integer, .fixed(.int64)),
    "trailingZeroBitCount": SwiftFunction("trailingZeroBitCount", 1, .integer, .fixed(.int64)),
  ]

  /// Methods by name and labels.
  public static let methods: [String: SwiftFunction] = [
    "squareRoot()": SwiftFunction("squareRoot", 1, .floating, row: "sqrt"),
    "rounded()": SwiftFunction("rounded", 1, .floating),
    "addingProduct(_:_:)": SwiftFunction("addingProduct", 3, .floating),
    "truncatingRemainder(dividingBy:)":
      SwiftFunction("truncatingRemainder", 2, .floating, row: "fmod"),
    "isMultiple(of:)": SwiftFunction("isMultiple", 2, .integer, .fixed(.bool)),
    "quotientAndRemainder(dividingBy:)":
      SwiftFunction("quotientAndRemainder", 2, .integer, .pair),
    "signum()": SwiftFunction("signum", 1, .integer, row: "sign"),
  ]

  /// `x.rounded(.up)` and its like, by the rule's name.
  public static let roundings: [String: SwiftFunction] = [
    "up": SwiftFunction("rounded(.up)", 1, .floating, row: "ceil"),
    "down": SwiftFunction("rounded(.down)", 1, .floating, row: "floor"),
    "towardZero": SwiftFunction("rounded(.towardZero)", 1, .floating, row: "trunc"),
    "toNearestOrEven": SwiftFunction("rounded(.toNearestOrEven)", 1, .floating, row: "rint"),
    "toNearestOrAwayFromZero": SwiftFunction("rounded", 1, .floating),
    "awayFromZero": SwiftFunction("rounded(.awayFromZero)", 1, .floating),
  ]

  /// Functions of a type, `Float.minimum(x, y)`, by name and labels.
  public static let statics: [String: SwiftFunction] = [
    "minimum(_:_:)": SwiftFunction("minimum", 2, .floating, row: "fmin"),
    "maximum(_:_:)": SwiftFunction("maximum", 2, .floating, row: "fmax"),
  ]

  /// Initialisers with a label; the target's type is said by the call around them.
  public static let conversions: [String: SwiftFunction] = [
    "truncatingIfNeeded": SwiftFunction("truncatingIfNeeded", 1, .integer),
    "clamping": SwiftFunction("clamping", 1, .integer),
    "bitPattern": SwiftFunction("bitPattern", 1, .number),
  ]

  /// Values of a type, `Float.pi` or `.pi`.
  public static let constants: Set<String> = [
    "pi", "infinity", "nan", "zero", "ulpOfOne", "greatestFiniteMagnitude",
    "leastNormalMagnitude", "leastNonzeroMagnitude", "max", "min",
  ]

  /// Every meaning by its name.
  public static let all: [String: SwiftFunction] = {
    var result: [String: SwiftFunction] = [:]
    for table in [free, properties, methods, roundings, statics, conversions] {
      for function in table.values { result[function.name] = function }
    }
    return result
  }()

  /// The value of a constant in a type; nil where the type has none.
  static func constant(_ name: String, _ type: DType) -> Scalar? {
    if name == "zero" { return Scalar(0 as Int64, type) }
    if type.isInteger {
      let bits = UInt64(8 * type.itemSize)
      switch name {
      case "max":
        return Scalar(dtype: type, low: UInt64.max >> (64 - bits + (type.isSigned ? 1 : 0)))
      case "min": return Scalar(dtype: type, low: type.isSigned ? 1 << (bits - 1) : 0)
      default: return nil
      }
    }
    guard type.isFloating else { return nil }
    func values<Number: BinaryFloatingPoint>(_: Number.Type) -> Double? {
      switch name {
      case "pi": Double(Number.pi)
      case "infinity": .infinity
      case "nan": .nan
      case "ulpOfOne": Double(Number.ulpOfOne)
      case "greatestFiniteMagnitude": Double(Number.greatestFiniteMagnitude)
      case "leastNormalMagnitude": Double(Number.leastNormalMagnitude)
      case "leastNonzeroMagnitude": Double(Number.leastNonzeroMagnitude)
      default: nil
      }
    }
    let value =
      switch type {
      case .float16: values(Float16.self)
      case .float32: values(Float.self)
      default: values(Double.self)
      }
    return value.map { Scalar($0, .float64).converted(to: type) }
  }
}

/// Swift's names of the types that kernels compute in.
public enum SwiftTypes {
  public static let named: [String: DType] = [
    "Bool": .bool, "Int8": .int8, "Int16": .int16, "Int32": .int32, "Int64": .int64,
    "Int": .int64, "UInt8": .uint8, "UInt16": .uint16, "UInt32": .uint32, "UInt64": .uint64,
    "UInt": .uint64, "Float16": .float16, "Float": .float32, "Float32": .float32,
    "Double": .float64, "Float64": .float64,
  ]

  /// How a Swift user calls a type.
  public static func name(_ dtype: DType) -> String { names[dtype.name] ?? dtype.name }

  private static let names: [String: String] = [
    "bool": "Bool", "int8": "Int8", "int16": "Int16", "int32": "Int32", "int64": "Int",
    "uint8": "UInt8", "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64",
    "float16": "Float16", "float32": "Float", "float64": "Double",
  ]

  /// A message with the types and functions in it under their Swift names.
  static func worded(_ message: String) -> String {
    var result = ""
    var word = ""
    func flush() {
      result += names[word] ?? GridNames.swift[word] ?? word
      word = ""
    }
    for character in message {
      if character.isLetter || character.isNumber || character == "_" || character == "." {
        word.append(character)
      } else {
        flush()
        result.append(character)
      }
    }
    flush()
    return result
  }
}

/// What a thread of a grid may call, in Swift's words and the front end's.
public enum GridNames {
  /// `t.thread.x` and its like: what comes before the axis.
  public static let indices: [String: String] = [
    "thread": "cuda.threadIdx", "block": "cuda.blockIdx", "blockSize": "cuda.blockDim",
    "gridSize": "cuda.gridDim",
  ]

  /// A method of the thread, which is called with numbers.
  public struct Method: Sendable, Hashable {
    public enum Result: Sendable, Hashable {
      case none
      case fixed(DType)
      /// The type of the argument of this number.
      case argument(Int)
    }

    /// The front end's name.
    public var name: String
    public var result: Result

    init(_ name: String, _ result: Result) {
      self.name = name
      self.result = result
    }
  }

  /// The thread's methods, by name and labels.
  public static let methods: [String: Method] = ["barrier()": Method("cuda.syncthreads", .none)]

  /// What the front end's functions give, by their names.
  static let results: [String: Method.Result] = {
    var results: [String: Method.Result] = [
      "cuda.grid": .fixed(.int64), "cuda.gridsize": .fixed(.int64),
    ]
    for method in methods.values { results[method.name] = method.result }
    return results
  }()

  /// `array.atomic(i).add(value)` and its like.
  public static let atomics: [String: String] = [
    "add(_:)": "cuda.atomic.add", "subtract(_:)": "cuda.atomic.sub",
    "and(_:)": "cuda.atomic.and_", "or(_:)": "cuda.atomic.or_", "xor(_:)": "cuda.atomic.xor",
    "exchange(_:)": "cuda.atomic.exch", "max(_:)": "cuda.atomic.max",
    "min(_:)": "cuda.atomic.min",
  ]

  /// For messages: what the user wrote.
  static let swift: [String: String] = {
    var result = ["cuda.shared.array": "shared", "cuda.local.array": "local"]
    for (swift, own) in Array(methods.mapValues(\.name)) + Array(atomics) {
      result[own] = String(swift.prefix { $0 != "(" })
    }
    return result
  }()
}
