import MartletFrontend
import MartletIR
import MartletRuntime
import Synchronization

/// What a kernel takes for an array that it only reads: an `NDArray` or a `DeviceArray`.
public protocol KernelArray: Sendable {
  /// The same as an argument of a launch.
  var kernelArgument: KernelArgument { get }
}

/// An argument of a launch, for the expansion of `@Kernel`.
public struct KernelArgument: Sendable {
  enum Kind: Sendable {
    case number(Scalar)
    case array(NDArray)
    case device(any LaunchedArray)
  }
  let kind: Kind

  /// A number.
  public static func number<Number: ArrayElement & VectorizedScalar>(
    _ number: Number
  ) -> KernelArgument {
    let value: Scalar =
      switch number.vectorizedOperand.operand {
      case .scalar(let scalar), .weak(_, let scalar): scalar.converted(to: Number.dtype)
      case .array: Scalar(0 as Int64, Number.dtype)
      }
    return KernelArgument(kind: .number(value))
  }

  /// An array.
  public static func array(_ array: some KernelArray) -> KernelArgument { array.kernelArgument }
}

extension NDArray: KernelArray {
  /// The same as an argument of a launch.
  public var kernelArgument: KernelArgument { KernelArgument(kind: .array(self)) }
}

extension DeviceArray: KernelArray, LaunchedArray {
  /// The same as an argument of a launch.
  public var kernelArgument: KernelArgument { KernelArgument(kind: .device(self)) }
}

/// A `DeviceArray` of any element type.
protocol LaunchedArray: AnyObject, Sendable {
  var array: NDArray { get }
  func update<Result>(
    _ body: (inout NDArray) throws(MartletError) -> Result
  ) throws(MartletError) -> Result
}

/// The arrays of a native launch, by their number among the arguments.
public struct NativeArguments: Sendable {
  let arrays: [Int: (elements: NativeElements, shape: Shape)]

  /// The array among the arguments, by its number.
  public func array<Element: ArrayElement>(_ number: Int) -> DeviceArray<Element> {
    guard let (elements, shape) = arrays[number] else {
      preconditionFailure("argument \(number) is no array")
    }
    return DeviceArray(native: elements, shape: shape)
  }
}

/// A function that every thread of a grid runs: what `@Kernel` declares as `$name`.
public final class GridKernel: Sendable {
  /// What was declared.
  public struct Parameter: Sendable {
    var name: String
    var dtype: DType
    var isArray: Bool
    /// How many indices the kernel gives it; nil where it gives none.
    var rank: Int?
    var isWritten: Bool

    /// An array.
    public static func array(
      _ name: String, _ dtype: DType, rank: Int?, isWritten: Bool
    ) -> Parameter {
      Parameter(name: name, dtype: dtype, isArray: true, rank: rank, isWritten: isWritten)
    }
    /// A number.
    public static func number(_ name: String, _ dtype: DType) -> Parameter {
      Parameter(name: name, dtype: dtype, isArray: false, rank: nil, isWritten: false)
    }
  }

  let program: KernelProgram
  let parameters: [Parameter]
  private let function = Mutex<GridFunction?>(nil)

  /// For the expansion of `@Kernel`.
  public init(
    name: String, file: String, program: String, parameters: [Parameter],
    references: [KernelReference]
  ) {
    self.program = KernelProgram(name: name, file: file, text: program, references: references)
    self.parameters = parameters
  }

  /// What errors call it.
  public var name: String { program.name }

  private func linked() throws(MartletError) -> GridFunction {
    if let known = function.withLock({ $0 }) { return known }
    let made = GridFunction(try program.linked())
    return function.withLock { function in
      if function == nil { function = made }
      return function ?? made
    }
  }

  // MARK: Launching

  /// For the expansion of `@Kernel`: runs the kernel, where its arrays live or else on the current
  /// device, or natively.
  ///
  /// - Throws: `.invalidType` for an array of another dtype than was declared, `.shapeMismatch` for
  ///   one of other dimensions than its indices, `.invalidArgument` for a grid without threads, `.kernelSource`, `.simulation` for what the Simulator finds,
  ///   `.outOfMemory`, and why the device failed.
  public func launch(
    _ launch: GridLaunch, _ arguments: [KernelArgument],
    native: @escaping @Sendable (GPUThread, NativeArguments) -> Void
  ) throws(MartletError) {
    let sizes = [launch.grid, launch.block].flatMap { [$0.x, $0.y, $0.z] }
    guard launch.sharedBytes >= 0 else {
      throw .invalidArgument(
        operation: name, detail: "a block can't have \(launch.sharedBytes) bytes of memory")
    }
    guard sizes.allSatisfy({ $0 > 0 }) else {
      throw .invalidArgument(
        operation: name,
        detail: "a launch has at least one block and one thread, not \(launch.grid) blocks of "
          + "\(launch.block)")
    }
    for (parameter, argument) in zip(parameters, arguments) where parameter.isArray {
      guard let array = argument.currentArray else { continue }
      guard array.dtype == parameter.dtype else {
        throw .invalidType(
          operation: name,
          detail: "'\(parameter.name)' takes an array of \(parameter.dtype), not of \(array.dtype)")
      }
      if let rank = parameter.rank, array.rank != rank {
        throw .shapeMismatch(
          operation: name,
          detail: "'\(parameter.name)' takes an array of \(rank) "
            + "dimension\(rank == 1 ? "" : "s"), not one of shape \(array.shape)")
      }
    }
    if launch.isNative {
      try runNatively(launch, arguments, native)
    } else {
      do throws(MartletError) {
        try run(launch, arguments, on: try device(for: arguments))
      } catch {
        throw program.located(error)
      }
    }
  }

  /// Where arrays live; else the current device; else one that runs grids.
  private func device(for arguments: [KernelArgument]) throws(MartletError) -> Martlet.Device {
    for argument in arguments {
      if let array = argument.currentArray, !array.device.isHost { return array.device }
    }
    let current = try Martlet.Device.current
    if current.runtime.capabilities.runsGridKernels { return current }
    let all = Martlet.Device.all
    for kind in ["cuda", "opencl"] {
      if let found = all.first(where: { $0.name.hasPrefix(kind) }) { return found }
    }
    return try Martlet.Device(.simulator)
  }

  private func run(
    _ launch: GridLaunch, _ arguments: [KernelArgument], on device: Martlet.Device
  ) throws(MartletError) {
    let function = try linked()
    // Arrays of the host are copied to the device, and back if they were written. One that is given
    // twice is one array there as well.
    var visitors: [ObjectIdentifier: NDArray] = [:]
    func isVisitor(_ array: any LaunchedArray) -> Bool { array.array.device != device }
    for (parameter, argument) in zip(parameters, arguments) {
      guard case .device(let array) = argument.kind else { continue }
      let identity = ObjectIdentifier(array)
      if isVisitor(array) {
        if visitors[identity] == nil { visitors[identity] = try array.array.to(device) }
      } else if parameter.isWritten {
        try array.update { (array) throws(MartletError) in _ = try array.writablePointer() }
      }
    }
    for identity in visitors.keys {
      // Memory of its own, which no other array shows.
      _ = try visitors[identity]?.writablePointer()
    }
    var packed = PackedArguments()
    var types: [ArgumentType] = []
    var kept: [NDArray] = []
    for argument in arguments {
      let array: NDArray
      switch argument.kind {
      case .number(let scalar):
        packed.add(scalar)
        types.append(.scalar(scalar.dtype))
        continue
      case .array(let own): array = try own.contiguous().to(device)
      case .device(let own): array = visitors[ObjectIdentifier(own)] ?? own.array
      }
      types.append(.array(array.dtype, rank: array.rank, isDense: array.rank > 0))
      packed.add(
        try array.memoryHere() + array.layout.offset * array.dtype.itemSize, array.layout,
        itemSize: array.dtype.itemSize, isDense: array.rank > 0)
      kept.append(array)
    }
    let form = GridFunction.Form(types: types, sharedBytes: launch.sharedBytes)
    try function.launch(
      form, packed, on: device, grid: (launch.grid.x, launch.grid.y, launch.grid.z),
      block: (launch.block.x, launch.block.y, launch.block.z))
    for (parameter, argument) in zip(parameters, arguments) where parameter.isWritten {
      guard case .device(let array) = argument.kind,
        let visitor = visitors[ObjectIdentifier(array)]
      else { continue }
      try array.update { (array) throws(MartletError) in array = try visitor.to(array.device) }
    }
    withExtendedLifetime(kept) {}
  }

  private func runNatively(
    _ launch: GridLaunch, _ arguments: [KernelArgument],
    _ native: @escaping @Sendable (GPUThread, NativeArguments) -> Void
  ) throws(MartletError) {
    var arrays: [Int: (elements: NativeElements, shape: Shape)] = [:]
    var known: [ObjectIdentifier: NativeElements] = [:]
    for (i, argument) in arguments.enumerated() {
      guard let array = argument.currentArray else { continue }
      var elements = argument.identity.flatMap { known[$0] }
      if elements == nil {
        let host = try array.contiguous().to(.host)
        let made = try NativeElements(
          copying: host.pointer(), byteCount: host.count * host.dtype.itemSize)
        withExtendedLifetime(host) {}
        elements = made
        if let identity = argument.identity { known[identity] = made }
      }
      if let elements { arrays[i] = (elements, array.shape) }
    }
    let given = NativeArguments(arrays: arrays)
    try NativeGrid.run(
      name: name, grid: launch.grid, block: launch.block, sharedBytes: launch.sharedBytes,
      seconds: launch.seconds
    ) { native(GPUThread($0), given) }
    for (i, argument) in arguments.enumerated() where parameters[i].isWritten {
      guard case .device(let array) = argument.kind, let elements = arrays[i]?.elements else {
        continue
      }
      try array.update { (array) throws(MartletError) in
        let host = try NDArray(uninitialised: array.shape, array.dtype)
        elements.copy(to: try host.pointer())
        array = try host.to(array.device)
      }
    }
  }
}

extension KernelArgument {
  /// The elements as they are now.
  fileprivate var currentArray: NDArray? {
    switch kind {
    case .number: nil
    case .array(let array): array
    case .device(let array): array.array
    }
  }

  fileprivate var identity: ObjectIdentifier? {
    if case .device(let array) = kind { return ObjectIdentifier(array) }
    return nil
  }
}
