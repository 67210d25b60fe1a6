import MartletIR

/// The arguments of one call to a function of Martlet's, by its parameters.
///
/// What Martlet does not take is `.unsupported`, which sends the call on to NumPy: it either serves
/// it or raises the error.
struct NativeArguments {
  private let function: NativeFunction
  private var values: [Fallback.Value?]
  /// Why Martlet does not take these arguments.
  private var problem: String?

  init(
    _ function: NativeFunction, _ positional: [Fallback.Value],
    _ keywords: [(name: String, value: Fallback.Value)]
  ) {
    self.function = function
    values = Array(repeating: nil, count: function.parameters.count)
    if positional.count > values.count { problem = "it was given \(positional.count) arguments" }
    for (i, value) in positional.prefix(values.count).enumerated() { values[i] = value }
    for (name, value) in keywords {
      if let place = function.parameters.firstIndex(of: name), values[place] == nil {
        values[place] = value
      } else {
        problem = "the argument '\(name)' is not Martlet's"
      }
    }
  }

  func check() throws(MartletError) {
    if let problem { throw missing(problem) }
  }

  /// Sends the call on to NumPy.
  func missing(_ reason: String) -> MartletError {
    .unsupported(operation: function.name, detail: reason)
  }

  // MARK: Reading

  /// The argument, or nil for None or nothing.
  func optional(_ name: String) throws(MartletError) -> Fallback.Value? {
    guard let place = function.parameters.firstIndex(of: name), let value = values[place] else {
      return nil
    }
    if value.isNone { return nil }
    guard case .member(let member) = value.content else { return value }
    guard let known = try member.native() else { throw missing("'\(name)' is a Python object") }
    return known.isNone ? nil : known
  }

  func required(_ name: String) throws(MartletError) -> Fallback.Value {
    guard let value = try optional(name) else { throw missing("'\(name)' is not given") }
    return value
  }

  /// Arguments that Martlet has only at their defaults.
  func reject(_ names: String...) throws(MartletError) {
    for (place, value) in values.enumerated() where value.map({ !$0.isNone }) ?? false {
      let name = function.parameters[place]
      if names.contains(name) { throw missing("the argument '\(name)' is not Martlet's") }
    }
  }

  func array(_ name: String) throws(MartletError) -> NDArray { try array(name, required(name)) }

  private func array(_ name: String, _ value: Fallback.Value) throws(MartletError) -> NDArray {
    if let array = try value.nativeArray() { return array }
    throw missing("'\(name)' is not an array of Martlet's")
  }

  /// The arrays of a list.
  func arrays(_ name: String) throws(MartletError) -> [NDArray] {
    let value = try required(name)
    var arrays: [NDArray] = []
    switch value.content {
    case .list(let items), .tuple(let items, _):
      for item in items { arrays.append(try array(name, item)) }
    default:
      let whole = try array(name)
      if whole.rank == 0 { throw missing("'\(name)' is a number") }
      for i in 0..<whole.shape[0] { arrays.append(try whole.get([AxisIndex(.position(i))])) }
    }
    return arrays
  }

  /// Numbers of Swift's and Python's own take the type of what they meet.
  func operand(_ name: String) throws(MartletError) -> Operand {
    let value = try required(name)
    switch value.content {
    case .bool(let truth): return truth.operand
    case .integer(let number): return number.operand
    case .double(let number): return number.operand
    case .complex(let number): return number.operand
    case .scalar(let number): return .scalar(number)
    default: return .array(try array(name, value))
    }
  }

  func int(_ name: String) throws(MartletError) -> Int? {
    guard let value = try optional(name) else { return nil }
    switch value.content {
    case .integer(let number): return number
    case .scalar(let number) where number.dtype.isInteger && number.dtype != .uint64:
      return Int(number.asInt64)
    default: throw missing("'\(name)' is not an integer")
    }
  }

  /// One integer or several.
  func ints(_ name: String) throws(MartletError) -> [Int]? {
    guard let value = try optional(name) else { return nil }
    switch value.content {
    case .list(let items), .tuple(let items, _):
      var numbers: [Int] = []
      for item in items {
        guard case .integer(let number) = item.content else {
          throw missing("'\(name)' holds something else than integers")
        }
        numbers.append(number)
      }
      return numbers
    default: return try int(name).map { [$0] }
    }
  }

  func shape(_ name: String) throws(MartletError) -> Shape {
    guard let sizes = try ints(name) else { throw missing("'\(name)' is not given") }
    if sizes.count > Shape.maximumRank {
      throw .rankLimit(operation: function.name, rank: sizes.count)
    }
    if sizes.contains(where: { $0 < 0 }) {
      throw .invalidArgument(
        operation: function.name, detail: "negative dimensions are not allowed")
    }
    return Shape(sizes)
  }

  func bool(_ name: String) throws(MartletError) -> Bool {
    guard let value = try optional(name) else { return false }
    guard case .bool(let truth) = value.content else {
      throw missing("'\(name)' is no truth value")
    }
    return truth
  }

  func string(_ name: String) throws(MartletError) -> String? {
    guard let value = try optional(name) else { return nil }
    guard case .string(let text) = value.content else { throw missing("'\(name)' is no string") }
    return text
  }

  func dtype(_ name: String = "dtype") throws(MartletError) -> DType? {
    guard let value = try optional(name) else { return nil }
    switch value.content {
    case .dtype(let dtype): return dtype
    case .string(let text):
      if let dtype = Fallback.Member.dtype(text) { return dtype }
      if text == "int" { return .int64 }
      if text == "float" { return .float64 }
      if text == "complex" { return .complex128 }
      throw missing("the dtype '\(text)' is not Martlet's")
    default: throw missing("'\(name)' is a Python object")
    }
  }

  /// Orders other than C are NumPy's.
  func rejectOrders() throws(MartletError) {
    guard let order = try string("order") else { return }
    if !["C", "K", "A"].contains(order) { throw missing("Fortran order") }
  }
}
