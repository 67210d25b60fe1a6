import MartletIR

extension CheckSubject {
  /// How many units in the last place implementations may be apart, unless told: they may add up in
  /// another order, or call another library.
  package static let declaredTolerance = 4.0

  /// One argument of a declared operation, as its signature says.
  package struct Argument: Sendable {
    /// Nil for any.
    package var dtype: DType?
    /// Nil for a number, or with no dtype for anything; -1 for any.
    package var rank: Int?

    package init(dtype: DType?, rank: Int?) {
      self.dtype = dtype
      self.rank = rank
    }
  }

  /// An operation that a user declared: each device's implementation against the CPU's.
  ///
  /// - Parameter lacks: Why a device has no implementation, or nil.
  package init(
    declared name: String, _ arguments: [Argument], domain: [ClosedRange<Double>]?,
    tolerance: Double, lacks: @escaping (Device) -> String?,
    run:
      @escaping (
        _ inputs: [NDArray], _ isNumber: [Bool]
      ) throws(MartletError) -> [NDArray]
  ) {
    self.name = name
    form = .declared
    let isOpen = arguments.contains { $0.dtype == nil }
    loops = (isOpen ? [DType.float64, .float32, .int64] : [.float64]).map { dtype in
      TypedLoop(arguments.map { $0.dtype ?? dtype }, [])
    }
    self.domain = domain.map { .ranges($0) } ?? .all
    isNumPys = false
    ranks = arguments.map { argument in
      guard let rank = argument.rank else { return argument.dtype == nil ? 2 : nil }
      return rank < 0 ? 2 : rank
    }
    oracle = .host
    let loops = loops
    types = { Set(loops[$0].inputs) }
    self.lacks = lacks
    bounds = { _ in Bounds(oracle: tolerance) }
    self.run = { inputs, example throws(MartletError) in
      try run(inputs, example.inputs.map(\.isNumber))
    }
  }

  /// - Throws: `.invalidArgument` where the signature does not say what to make.
  package init(
    _ operation: DispatchedOperation, tolerance: Double
  ) throws(MartletError) {
    guard let arguments = operation.signature.arguments else {
      throw .invalidArgument(
        operation: operation.name,
        detail: "check makes inputs from the signature, and \(operation.signature) says nothing of "
          + "the arguments")
    }
    self.init(
      declared: operation.name,
      arguments.map { Argument(dtype: $0.kind.dtype, rank: $0.kind.rank) },
      domain: operation.domain, tolerance: tolerance,
      lacks: { device in
        let targets = DispatchedOperation.Target.serving(device.name)
        return targets.contains { operation.implementations[$0] != nil } ? nil : "no implementation"
      }
    ) { inputs, isNumber throws(MartletError) in
      try operation.implementation(on: inputs, isNumber)
    }
  }
}

extension DispatchedOperation {
  /// What the implementation for the inputs' device gives.
  fileprivate func implementation(
    on inputs: [NDArray], _ isNumber: [Bool]
  ) throws(MartletError) -> [NDArray] {
    let device = inputs.first?.device ?? .host
    var arrays: [NDArray] = []
    var scalars: [Number] = []
    for (input, isNumber) in zip(inputs, isNumber) {
      guard isNumber else {
        arrays.append(input)
        continue
      }
      let value = try input.item()
      let kind: Promotion.Weak =
        value.dtype == .bool
        ? .bool : value.dtype.isInteger ? .integer : value.dtype.isComplex ? .complex : .floating
      scalars.append(Number(kind: kind, value: value))
    }
    let call = Call(
      arrays: arrays, scalars: scalars, device: device,
      grid: GridArray.Grid(shape: arrays.first?.shape ?? Shape()))
    let table = implementations
    guard let target = Target.serving(device.name).first(where: { table[$0] != nil }),
      let body = table[target]
    else {
      throw .missingImplementation(operation: name, device: device.name, hint: "implement")
    }
    let before = Placement.enter(device)
    defer { Placement.restore(before) }
    do {
      let results = try body(call)
      try checked(results, of: target)
      return results
    } catch let error as MartletError {
      throw error
    } catch {
      throw .invalidArgument(operation: name, detail: "the implementation threw \(error)")
    }
  }
}

extension DispatchedOperation.Signature.Kind {
  /// Nil for a number; -1 for any.
  fileprivate var rank: Int? {
    switch form {
    case .number: nil
    case .array(let rank): rank
    case .anyArray, .anything: -1
    }
  }
}

extension Check {
  /// Runs each implementation of a declared operation, and compares with the CPU's.
  ///
  ///     @Test func smoothIsTheSameEverywhere() throws { try Check.run(smooth).require() }
  ///
  /// - Parameters:
  ///   - devices: Where to run it; nil for every device of the machine.
  ///   - tolerance: How many units in the last place results may be apart; 0 for the same bits.
  ///   - examples: How many inputs beside the fixed ones.
  ///   - seed: Where the random numbers begin.
  ///   - operation: The operation to check.
  /// - Throws: `.invalidArgument` where the signature does not say what to make, or for a device that
  ///   is not there.
  public static func run(
    _ operation: DispatchedOperation, devices: [Device.Name]? = nil, tolerance: Double? = nil,
    examples: Int? = nil, seed: UInt64 = 0
  ) throws(MartletError) -> CheckReport {
    let subject = try CheckSubject(
      operation, tolerance: tolerance ?? CheckSubject.declaredTolerance)
    return try run([subject], on: places(devices), examples: examples, seed: seed)
  }
}
