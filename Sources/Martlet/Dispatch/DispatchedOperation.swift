import CMartlet
import MartletIR
import Synchronization

/// A user's own operation: declared once with an implementation for the CPU, and later with others
/// for devices. A call runs the implementation of the device that its arrays live on.
///
///     let smooth = try DispatchedOperation(
///       "smooth", "(image: float64[:,:], weight: float64) -> float64[:,:]", "Each row with the next."
///     ) { call in
///       let image = call.arrays[0]
///       return image + call.scalars[0] * (try image.rolled([1], axes: [0]) - image)
///     }
///     try smooth.implement(.openCL) { call in … }
///     let result = try smooth(image, 0.5)
///
/// Arguments are checked against the signature and converted by NumPy's same-kind rule. Where no
/// implementation serves the device, the CPU's does on copies and the step is recorded, or it is an
/// error, as `Placement.policy` and `Fallback.mode` say. A call without an array runs on the current
/// device.
///
/// Implementations get their arguments as values: they give their results back. Calls are untyped
/// `throws`, because an error that an implementation throws comes out as it is.
public final class DispatchedOperation: Sendable {
  /// What errors and records call it.
  public let name: String
  /// What it takes and gives.
  public let signature: Signature
  /// One line of documentation.
  public let summary: String
  /// Where tests draw the numbers of each argument; nil for anywhere.
  public let domain: [ClosedRange<Double>]?

  /// What an implementation is: from the arguments of one call to the results.
  public typealias Implementation = @Sendable (Call) throws -> [NDArray]

  private let table: Mutex<[Target: Implementation]>

  /// Declares an operation, which makes it a row of the table.
  ///
  /// - Parameters:
  ///   - signature: As `Signature` reads it; nil takes and gives anything.
  ///   - replacing: Whether an operation of this name that was declared before may be replaced.
  ///   - name: The operation's name, in messages and in the table.
  ///   - body: What it computes where no target is registered.
  ///   - domain: Where tests draw numbers from.
  ///   - summary: One line on what it does.
  /// - Throws: `.invalidArgument` for a name that is taken and for a wrong signature or domain.
  public init<R: Results>(
    _ name: String, _ signature: String? = nil, _ summary: String,
    domain: [ClosedRange<Double>]? = nil, replacing: Bool = false,
    _ body: @escaping @Sendable (Call) throws -> R
  ) throws(MartletError) {
    self.name = name
    self.summary = summary
    do throws(MartletError) {
      self.signature =
        try signature.map { text throws(MartletError) in try Signature(text) } ?? .any
    } catch {
      guard case .invalidArgument(_, let detail) = error else { throw error }
      throw .invalidArgument(operation: name, detail: detail)
    }
    self.domain = domain
    table = Mutex([.cpu: { try body($0).arrays }])
    if let domain, let arguments = self.signature.arguments, domain.count != arguments.count {
      throw .invalidArgument(
        operation: name,
        detail: "there are \(domain.count) ranges in the domain for \(arguments.count) arguments")
    }
    try OperationTable.register(
      DispatchedRow(name: name, signature: self.signature, summary: summary, targets: [.cpu]),
      self, replacing: replacing)
  }

  /// Adds an implementation for a device, a kind of device, or every GPU.
  ///
  /// - Throws: `.invalidArgument` for what is no target, and where there is one already.
  public func implement<R: Results>(
    _ target: Target, replacing: Bool = false, _ body: @escaping @Sendable (Call) throws -> R
  ) throws(MartletError) {
    let target = try target.checked(for: name)
    let isNew = table.withLock { table in
      if table[target] != nil, !replacing { return false }
      table[target] = { try body($0).arrays }
      return true
    }
    guard isNew else {
      throw .invalidArgument(
        operation: name,
        detail: "there is an implementation for \(target) already; pass replacing: true")
    }
    OperationTable.note(target, of: name, owner: self)
  }

  /// Every implementation there is.
  public var implementations: [Target: Implementation] { table.withLock { $0 } }

  // MARK: - Calling

  /// The only result of the operation on these arguments.
  ///
  /// - Throws: `.invalidType` for arguments or results that don't fit the signature,
  ///   `.invalidArgument` for arrays on two devices, `.missingImplementation`, what moving arrays
  ///   throws, and what the implementation throws.
  public func callAsFunction(
    _ arguments: any Argument..., fileID: StaticString = #fileID, line: UInt = #line
  ) throws -> NDArray {
    let results = try run(arguments, Fallback.Place(fileID: fileID, line: line))
    guard results.count == 1 else {
      throw MartletError.invalidType(
        operation: name, detail: "it gives \(results.count) results: call \(name).results(…)")
    }
    return results[0]
  }

  /// All results of the operation on these arguments.
  ///
  /// - Throws: As a call.
  public func results(
    _ arguments: any Argument..., fileID: StaticString = #fileID, line: UInt = #line
  ) throws -> [NDArray] {
    try run(arguments, Fallback.Place(fileID: fileID, line: line))
  }

  private func run(
    _ arguments: [any Argument], _ place: Fallback.Place
  ) throws -> [NDArray] {
    let given = try checked(arguments.map(\.dispatchValue))
    let device =
      try given.arrays.isEmpty
      ? (Placement.policy == .onlyHost ? .host : Placement.current)
      : Placement.device(of: given.arrays, for: name)
    let table = implementations
    let found = Target.serving(device.name).lazy.compactMap { target in
      table[target].map { (target, $0) }
    }.first
    if let (target, body) = found { return try results(of: target, body, given, on: device) }
    if device.isHost || Placement.policy == .onlyDevice {
      throw MartletError.missingImplementation(
        operation: name, device: device.name, hint: "\(name).implement(\(hint(device))) or .gpu")
    }
    return try served(given, for: device, place)
  }

  private func results(
    of target: Target, _ body: Implementation, _ given: Checked, on device: Device
  ) throws -> [NDArray] {
    let arrays = try given.arrays.map { array in try array.to(device) }
    let grid = given.grid ?? GridArray.Grid(shape: arrays.first?.shape ?? Shape())
    let call = Call(arrays: arrays, scalars: given.scalars, device: device, grid: grid)
    let results = try running(on: device) { try body(call) }
    try checked(results, of: target)
    return try results.map { array in try array.to(device) }
  }

  /// Runs `body` with new arrays made on the device.
  private func running<Result>(on device: Device, _ body: () throws -> Result) throws -> Result {
    if device.isHost, Placement.isHost { return try body() }
    let before = Placement.enter(device)
    defer { Placement.restore(before) }
    return try body()
  }

  /// The CPU's implementation on copies, with the results brought to the device.
  private func served(
    _ given: Checked, for device: Device, _ place: Fallback.Place
  ) throws -> [NDArray] {
    let reason = "it has no implementation for \(device)"
    try Fallback.tell(name, to: "the CPU", reason: reason, place: place)
    let start = martlet_nanoseconds()
    var bytes = given.arrays.reduce(0) { $0 + ($1.device.isHost ? 0 : $1.byteCount) }
    defer {
      Fallback.note(
        Fallback.Step(
          name, from: device.name, to: Device.host.name, reason: reason, place: place),
        Fallback.Cost(bytes: bytes, nanoseconds: Int(martlet_nanoseconds() - start)))
    }
    guard let body = table.withLock({ $0[.cpu] }) else {
      throw MartletError.internalError(operation: name, detail: "there is no implementation")
    }
    let results = try results(of: .cpu, body, given, on: .host)
    bytes += results.reduce(0) { $0 + $1.byteCount }
    return try results.map { array in try array.to(device) }
  }

  private func hint(_ device: Device) -> String {
    switch Target.serving(device.name).dropLast().last {
    case Target.openCL: ".openCL"
    case Target.cuda: ".cuda"
    case Target.simulator: ".simulator"
    default: "\"\(device.name)\""
    }
  }
}

extension NDArray {
  fileprivate var byteCount: Int { count * dtype.itemSize }
}
