import MartletIR

// Rows called from Swift: the typed functions whose work stands in a row alone go this way. What a
// row leaves to NumPy is an error here, which names the reason.

extension NativeFunction {
  /// What a row gives for Swift's values; keywords without a value are not given.
  static func call(
    _ path: String, _ positional: (any Fallback.Argument)?...,
    keywords: KeyValuePairs<String, (any Fallback.Argument)?> = [:]
  ) throws(MartletError) -> FunctionResult {
    guard let row = named(path) else {
      throw .internalError(operation: path, detail: "there is no such row")
    }
    let given = keywords.filter { $0.value != nil }.map { ($0.key, Fallback.Value($0.value)) }
    return try row(NativeArguments(row, positional.map { Fallback.Value($0) }, given))
  }
}

extension FunctionResult {
  /// The array that a row gives.
  func asArray(_ operation: String) throws(MartletError) -> NDArray {
    switch self {
    case .array(let array), .result(let array), .view(_, let array): return array
    default: throw .internalError(operation: operation, detail: "the result is no array")
    }
  }

  /// The arrays that a row gives in a tuple or a list.
  func asArrays(_ operation: String) throws(MartletError) -> [NDArray] {
    switch self {
    case .tuple(let items, _), .list(let items):
      return try items.map { item throws(MartletError) in try item.asArray(operation) }
    default: return [try asArray(operation)]
    }
  }
}

extension Fallback.Value {
  /// A Swift number beside arrays.
  init(literal number: some ArrayScalar) {
    let (kind, value) = number.weakScalar
    switch kind {
    case .bool: self.init(.bool(!value.isZero))
    case .integer where value.dtype == .int64: self.init(.integer(Int(value.asInt64)))
    case .integer: self.init(.scalar(value))
    case .floating: self.init(.double(value.asDouble))
    case .complex: self.init(.complex(Complex(value.asDouble, value.imaginary)))
    }
  }
}
