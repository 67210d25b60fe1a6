import MartletIR

extension DispatchedOperation {
  /// What an implementation is given.
  public struct Call: Sendable {
    /// The arrays among the arguments, in their order, on `device` and in the signature's dtypes.
    public let arrays: [NDArray]
    /// The numbers among the arguments, in their order and in the signature's dtypes.
    public let scalars: [Number]
    /// Where the call runs, which is where new arrays are made meanwhile.
    public let device: Device
    /// The grid of the first array that carries one, else spacing 1 and origin 0 for the first array.
    public let grid: GridArray.Grid

    /// The shape of the grid.
    public var shape: Shape { grid.shape }
  }

  /// A number among the arguments. Beside an array it takes the array's dtype, as a literal does.
  public struct Number: Sendable, Hashable, ArrayScalar {
    package let kind: Promotion.Weak
    package let value: Scalar

    public var weakScalar: (kind: Promotion.Weak, value: Scalar) { (kind, value) }

    /// The number; of a complex one its real part.
    public var double: Double { value.asDouble }
    /// The whole part of the number.
    public var int: Int { Int(value.asInt64) }
    /// Whether it is not zero.
    public var bool: Bool { !value.isZero }
    /// As a complex number.
    public var complex: Complex<Double> { Complex(value.asDouble, value.imaginary) }
  }

  /// What may be passed to an operation: arrays, with a grid or without, and numbers.
  public protocol Argument: Sendable {
    /// The same as an argument of a call.
    var dispatchValue: Value { get }
  }

  /// An argument as dispatch sees it.
  public struct Value: Sendable {
    enum Content: Sendable {
      case array(NDArray, GridArray.Grid?)
      case number(Promotion.Weak, Scalar)
    }
    let content: Content
  }

  /// What an implementation may give back: one array, or a list of them.
  public protocol Results: Sendable {
    /// The results, in order.
    var arrays: [NDArray] { get }
  }
}

extension NDArray: DispatchedOperation.Results {
  /// This array alone.
  public var arrays: [NDArray] { [self] }
}
extension Array: DispatchedOperation.Results where Element == NDArray {
  public var arrays: [NDArray] { self }
}

extension NDArray: DispatchedOperation.Argument {
  /// The array as an argument of a call.
  public var dispatchValue: DispatchedOperation.Value { .init(content: .array(self, nil)) }
}
extension GridArray: DispatchedOperation.Argument {
  /// The array and its grid as an argument of a call.
  public var dispatchValue: DispatchedOperation.Value { .init(content: .array(array, grid)) }
}
extension DispatchedOperation.Argument where Self: ArrayScalar {
  /// The same as an argument of a call.
  public var dispatchValue: DispatchedOperation.Value {
    .init(content: .number(weakScalar.kind, weakScalar.value))
  }
}
extension Int: DispatchedOperation.Argument {}
extension Double: DispatchedOperation.Argument {}
extension Float: DispatchedOperation.Argument {}
extension Bool: DispatchedOperation.Argument {}
extension Complex: DispatchedOperation.Argument {}
extension DispatchedOperation.Number: DispatchedOperation.Argument {}

// MARK: - Arguments against the signature

extension DispatchedOperation {
  /// Arguments in the signature's types; the arrays not moved yet.
  struct Checked {
    var arrays: [NDArray] = []
    var scalars: [Number] = []
    var grid: GridArray.Grid?
  }

  func checked(_ given: [Value]) throws(MartletError) -> Checked {
    if let expected = signature.arguments, expected.count != given.count {
      throw .invalidType(
        operation: name,
        detail: "it takes \(expected.count) arguments, \(signature), and got \(given.count)")
    }
    var result = Checked()
    for (i, value) in given.enumerated() {
      let argument = signature.arguments?[i]
      switch (argument?.kind.form ?? .anything, value.content) {
      case (.number, _):
        result.scalars.append(try number(value, for: argument, i))
      case (.anything, .number(let kind, let number)):
        result.scalars.append(Number(kind: kind, value: number))
      case (_, .array(let array, let grid)):
        result.arrays.append(try self.array(array, for: argument, i))
        if result.grid == nil { result.grid = grid }
      case (_, .number(let kind, let number)):
        // An array without axes, where the signature has room for one.
        let dtype = argument?.kind.dtype ?? Promotion.natural(kind)
        guard argument?.kind.accepts(rank: 0) ?? true, kind.fits(dtype) else {
          throw mismatch(argument, i, got: kind.name)
        }
        result.arrays.append(try NDArray.scalar(number.converted(to: dtype)))
      }
    }
    return result
  }

  private func array(
    _ array: NDArray, for argument: Signature.Argument?, _ position: Int
  ) throws(MartletError) -> NDArray {
    guard let argument else { return array }
    guard argument.kind.accepts(rank: array.rank),
      argument.kind.dtype.map({ Promotion.canCast(array.dtype, to: $0, .sameKind) }) ?? true
    else { throw mismatch(argument, position, got: array.kind.description) }
    guard let dtype = argument.kind.dtype, dtype != array.dtype else { return array }
    return try array.asType(dtype)
  }

  private func number(
    _ value: Value, for argument: Signature.Argument?, _ position: Int
  ) throws(MartletError) -> Number {
    let (kind, number): (Promotion.Weak, Scalar)
    switch value.content {
    case .number(let given, let scalar): (kind, number) = (given, scalar)
    case .array(let array, _):
      guard array.rank == 0 else { throw mismatch(argument, position, got: array.kind.description) }
      number = try array.item()
      kind = array.dtype.weakKind
    }
    guard let dtype = argument?.kind.dtype else { return Number(kind: kind, value: number) }
    guard kind.fits(dtype) else { throw mismatch(argument, position, got: kind.name) }
    let converted = number.converted(to: dtype)
    // Integers have to fit; floating numbers round.
    if dtype.isInteger,
      converted.converted(to: number.dtype) != number
        || (dtype.isUnsigned && number.asDouble < 0)
    {
      throw mismatch(argument, position, got: "\(number.asInt64)")
    }
    return Number(kind: dtype.weakKind, value: converted)
  }

  private func mismatch(
    _ argument: Signature.Argument?, _ position: Int, got: String
  ) -> MartletError {
    let name = argument?.name.map { " '\($0)'" } ?? ""
    return .invalidType(
      operation: self.name,
      detail: "argument \(position + 1)\(name): expected "
        + "\(argument?.kind.description ?? "anything"), got \(got).")
  }

  /// The results, if they are what the signature says.
  func checked(_ results: [NDArray], of target: Target) throws(MartletError) {
    guard let expected = signature.results else { return }
    let maker = "the implementation for \(target)"
    guard results.count == expected.count else {
      throw .invalidType(
        operation: name,
        detail: "\(maker): expected \(expected.count) results, got \(results.count).")
    }
    for (i, (result, kind)) in zip(results, expected).enumerated() {
      let fits = kind.accepts(rank: result.rank) && (kind.dtype ?? result.dtype) == result.dtype
      guard fits else {
        throw .invalidType(
          operation: name,
          detail: "result \(i + 1) of \(maker): expected \(kind), got \(result.kind).")
      }
    }
  }
}

extension DispatchedOperation.Signature.Kind {
  func accepts(rank: Int) -> Bool {
    switch form {
    case .number: rank == 0
    case .array(let expected): rank == expected
    case .anyArray, .anything: true
    }
  }
}

extension NDArray {
  fileprivate var kind: DispatchedOperation.Signature.Kind {
    .init(dtype: dtype, form: .array(rank: rank))
  }
}

extension DType {
  fileprivate var weakKind: Promotion.Weak {
    if self == .bool { return .bool }
    return isInteger ? .integer : isComplex ? .complex : .floating
  }
}

extension Promotion.Weak {
  /// Whether a number of this kind may become one of that dtype: not where it would lose a kind.
  fileprivate func fits(_ dtype: DType) -> Bool { rawValue <= dtype.weakKind.rawValue }

  fileprivate var name: String {
    switch self {
    case .bool: "a truth value"
    case .integer: "an integer"
    case .floating: "a floating-point number"
    case .complex: "a complex number"
    }
  }
}
