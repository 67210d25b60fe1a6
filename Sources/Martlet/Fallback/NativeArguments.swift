import MartletIR

/// The arguments of one call of `Fallback.numpy` to a row.
///
/// What Martlet does not take is `.unsupported`, which sends the call on to NumPy: it either serves
/// it or raises the error.
struct NativeArguments: FunctionArguments {
  private let function: NativeFunction
  private var values: [Fallback.Value?]
  /// What the last parameter by position takes where it is `*name`.
  private var rest: [Fallback.Value] = []
  private let restPosition: Int?

  init(
    _ function: NativeFunction, _ positional: [Fallback.Value],
    _ keywords: [(name: String, value: Fallback.Value)]
  ) throws(MartletError) {
    self.function = function
    let parameters = function.parameters
    restPosition = parameters.firstIndex { $0.kind == .rest }
    values = Array(repeating: nil, count: parameters.count)
    let placed = parameters.prefix { $0.kind == .positional || $0.kind == .positionalOnly }.count
    for (i, value) in positional.prefix(placed).enumerated() { values[i] = try Self.known(value) }
    for value in positional.dropFirst(placed) { rest.append(try Self.known(value)) }
    if !rest.isEmpty, restPosition == nil {
      throw missing("it was given \(positional.count) arguments")
    }
    for (name, value) in keywords {
      guard
        let place = parameters.firstIndex(where: {
          $0.name == name && $0.kind != .positionalOnly && $0.kind != .rest
        }), values[place] == nil
      else { throw missing("the argument '\(name)' is not Martlet's") }
      values[place] = try Self.known(value)
    }
    for (place, parameter) in parameters.enumerated() where values[place] == nil {
      let mayLack = parameter.isOptional || parameter.kind == .rest
      if !mayLack { throw missing("'\(parameter.name)' is not given") }
    }
  }

  /// The value that a name stands for, where no Python is needed to find it.
  private static func known(_ value: Fallback.Value) throws(MartletError) -> Fallback.Value {
    guard case .member(let member) = value.content, let known = try member.native() else {
      return value
    }
    return known
  }

  /// Sends the call on to NumPy.
  private func missing(_ reason: String) -> MartletError {
    .unsupported(operation: function.path, detail: reason)
  }

  private func name(_ position: Int) -> String { "'\(function.parameters[position].name)'" }

  /// The argument to `out=`, which Swift's values cannot be.
  var hasOutput: Bool {
    function.outputPosition.map { values[$0].map { !$0.isNone } ?? false } ?? false
  }

  // MARK: Reading

  func kind(_ position: Int) -> ArgumentKind {
    guard let value = values[position] else {
      return position == restPosition ? .sequence : .missing
    }
    switch value.content {
    case .nothing: return .none
    case .bool: return .truth
    case .integer: return .integer
    case .double: return .number
    case .scalar(let number):
      return number.dtype == .bool
        ? .truth : number.dtype.isInteger ? .integer : number.dtype.isComplex ? .other : .number
    case .string: return .text
    case .array: return .array
    case .list, .tuple: return .sequence
    default: return .other
    }
  }

  private func required(_ position: Int) throws(MartletError) -> Fallback.Value {
    guard let value = values[position] else { throw missing("\(name(position)) is not given") }
    return value
  }

  func array(_ position: Int) throws(MartletError) -> NDArray {
    try array(position, required(position))
  }

  private func array(
    _ position: Int, _ value: Fallback.Value
  ) throws(MartletError) -> NDArray {
    if let array = try value.nativeArray() { return array }
    throw missing("\(name(position)) is not an array of Martlet's")
  }

  /// A Swift program may hold the array still.
  func expectNoMoreReads(_ position: Int) {}

  func arrays(_ position: Int) throws(MartletError) -> [NDArray] {
    try items(position).map { item throws(MartletError) in try array(position, item) }
  }

  func operands(_ position: Int) throws(MartletError) -> [Operand] {
    try items(position).map { item throws(MartletError) in try operand(position, item) }
  }

  func blocks(_ position: Int) throws(MartletError) -> ArrayBlocks {
    try blocks(position, required(position), depth: 0)
  }

  private func blocks(
    _ position: Int, _ value: Fallback.Value, depth: Int
  ) throws(MartletError) -> ArrayBlocks {
    guard case .list(let items) = value.content else { return .array(try array(position, value)) }
    guard depth < Shape.maximumRank else { throw missing("lists nested so deep") }
    return .list(
      try items.map { item throws(MartletError) in
        try blocks(position, item, depth: depth + 1)
      })
  }

  private func items(_ position: Int) throws(MartletError) -> [Fallback.Value] {
    if position == restPosition { return rest }
    let value = try required(position)
    switch value.content {
    case .list(let items), .tuple(let items, _): return items
    default:
      let whole = try array(position)
      if whole.rank == 0 { throw missing("\(name(position)) is a number") }
      var items: [Fallback.Value] = []
      for i in 0..<whole.shape[0] {
        items.append(Fallback.Value(.array(try whole.get([AxisIndex(.position(i))]))))
      }
      return items
    }
  }

  func operand(_ position: Int) throws(MartletError) -> Operand {
    try operand(position, required(position))
  }

  private func operand(
    _ position: Int, _ value: Fallback.Value
  ) throws(MartletError) -> Operand {
    switch value.content {
    case .bool(let truth): return truth.operand
    case .integer(let number): return number.operand
    case .double(let number): return number.operand
    case .complex(let number): return number.operand
    case .scalar(let number): return .scalar(number)
    default: return .array(try array(position, value))
    }
  }

  func integer(_ position: Int) throws(MartletError) -> Int {
    switch try required(position).content {
    case .integer(let number): return number
    case .scalar(let number) where number.dtype.isInteger && number.dtype != .uint64:
      return Int(number.asInt64)
    default: throw missing("\(name(position)) is not an integer")
    }
  }

  func integers(_ position: Int) throws(MartletError) -> [Int] {
    switch try required(position).content {
    case .list(let items), .tuple(let items, _): return try integers(position, items)
    default: return [try integer(position)]
    }
  }

  private func integers(
    _ position: Int, _ items: [Fallback.Value]
  ) throws(MartletError) -> [Int] {
    var numbers: [Int] = []
    for item in items {
      guard case .integer(let number) = item.content else {
        throw missing("\(name(position)) holds something else than integers")
      }
      numbers.append(number)
    }
    return numbers
  }

  func integerLists(_ position: Int) throws(MartletError) -> [[Int]] {
    try items(position).map { item throws(MartletError) in
      switch item.content {
      case .list(let items), .tuple(let items, _): return try integers(position, items)
      default: return try integers(position, [item])
      }
    }
  }

  func number(_ position: Int) throws(MartletError) -> Double {
    switch try required(position).content {
    case .integer(let number): return Double(number)
    case .double(let number): return number
    case .scalar(let number) where !number.dtype.isComplex: return number.asDouble
    default: throw missing("\(name(position)) is not a number")
    }
  }

  func truth(_ position: Int) throws(MartletError) -> Bool {
    guard case .bool(let truth) = try required(position).content else {
      throw missing("\(name(position)) is no truth value")
    }
    return truth
  }

  func text(_ position: Int) throws(MartletError) -> String {
    guard case .string(let text) = try required(position).content else {
      throw missing("\(name(position)) is no string")
    }
    return text
  }

  func file(_ position: Int) throws(MartletError) -> FileArgument { .path(try text(position)) }

  func dtype(_ position: Int) throws(MartletError) -> DType {
    switch try required(position).content {
    case .dtype(let dtype): return dtype
    case .string(let text):
      if let dtype = Fallback.Member.dtype(text) { return dtype }
      if text == "int" { return .int64 }
      if text == "float" { return .float64 }
      if text == "complex" { return .complex128 }
      throw missing("the dtype '\(text)' is not Martlet's")
    default: throw missing("\(name(position)) is a Python object")
    }
  }

  // MARK: Doing

  /// Arrays are values here; `replace` says so.
  func isWritable(_ position: Int) -> Bool { true }

  func replace(_ position: Int, by result: NDArray) throws(MartletError) {
    throw missing("it changes \(name(position)), which is a value here")
  }

  func itemCount(_ position: Int) throws(MartletError) -> Int { try items(position).count }

  func isFunction(_ place: ArgumentPlace) throws(MartletError) -> Bool { false }

  /// Values of Swift's are no functions.
  func call(
    _ place: ArgumentPlace, _ inputs: [FunctionInput], rest: Int?
  ) throws(MartletError) -> FunctionAnswer {
    throw missing("\(name(place.position)) is no function of Swift's")
  }

  func elements(_ place: ArgumentPlace, as dtype: DType) throws(MartletError) -> Operand {
    guard let item = place.item else { return try operand(place.position) }
    let items = try items(place.position)
    guard items.indices.contains(item) else { throw missing("an item that is not there") }
    return try operand(place.position, items[item])
  }

  func assign(
    _ position: Int, _ dtype: DType, _ places: NDArray.Selection, _ values: Operand
  ) throws(MartletError) {
    throw missing("it changes \(name(position)), which is a value here")
  }

  func assign(
    _ position: Int, _ dtype: DType, mask: NDArray, _ values: Operand
  ) throws(MartletError) {
    throw missing("it changes \(name(position)), which is a value here")
  }

  func run<Result: Sendable>(
    elements: Int, _ work: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    try work()
  }
}
