import MartletIR

/// A user's function as a kernel, and what its launch has to know.
///
/// The launch table and the buffers hold the arguments in order: a number takes a slot (a complex
/// one two); an array takes a buffer, and slots for its sizes and then its strides, the last of
/// which is left out where the array is dense. Then come the slots of the watch and of the arena; and
/// the status, if the kernel can fail, and a buffer of one element for each result.
public struct LoweredKernel: Sendable {
  public var kernel: Kernel
  public var arguments: [ArgumentType]
  /// What it gives.
  public var result: KernelResult
  /// The numbers of the result, each in a buffer of one element: of an array its address, its sizes
  /// and its strides in elements.
  public var results: [DType]
  /// Whether no array argument that is written may overlap itself or another.
  public var needsSeparateArguments: Bool
  /// The slot for the address of a `martlet_arena`, for a kernel that makes arrays: the last one.
  public var arenaSlot: Int?
  /// The kernels of parallel loops, which get the argument arrays, the status and the frame.
  public var children: [Kernel]
  /// How many 64-bit cells the frame has, which comes after the status; 0 for no frame.
  public var frameCells: Int
  /// What a status means; empty for a kernel that can't fail and has no status.
  public var failures: [KernelFailure]
  /// Which of the global buffers are written.
  public var written: Set<Int>
  /// What the user should know.
  public var remarks: [Remark]

  /// Why a parallel loop runs in order, and where that shows.
  public struct Remark: Sendable, Hashable {
    public var loop: SourcePosition
    public var location: SourcePosition
    public var detail: String
  }
}

/// What a function gives.
public indirect enum KernelResult: Sendable, Hashable {
  case none
  case number(DType)
  /// One that is read-only shows elements several times.
  case array(DType, rank: Int, isReadOnly: Bool)
  case tuple([KernelResult])
  /// A list of elements that are each this.
  case list(KernelResult, ListLayout)
}

/// The front end: from a user's function to the kernel language.
public enum KernelCompiler {
  /// Lowers the first function of a program for arguments of these types.
  ///
  /// - Throws: `.kernelSource` for what is no kernel, with its place in the user's file.
  public static func kernel(
    _ program: SourceProgram, arguments: [ArgumentType], rules: KernelRules,
    library: @escaping ScalarLibrary
  ) throws(MartletError) -> LoweredKernel {
    var types = FunctionLowering.Types()
    while true {
      types.hasChanged = false
      let lowering = FunctionLowering(
        program, builder: KernelBuilder(name: program.functions[0].name), rules: rules,
        library: library, types: types)
      do throws(MartletError) {
        let lowered = try lowering.lowerKernel(arguments)
        if !lowering.types.hasChanged {
          return try lowering.finished(lowered)
        }
      } catch {
        // With types that are still too narrow an error may be wrong.
        if !lowering.types.hasChanged { throw error }
      }
      types = lowering.types
    }
  }

  /// A function of numbers, ready to be written into any kernel.
  public struct Elementwise: Sendable {
    public let program: SourceProgram
    public let inputs: [DType]
    /// The types that it gives.
    public let outputs: [DType]
    let types: FunctionLowering.Types
    let isPlain: Bool
  }

  /// Lowers the first function of a program for numbers of these types, and tells what it gives.
  ///
  /// - Parameter output: the type that its result is converted to, if that is fixed.
  public static func elementwise(
    _ program: SourceProgram, inputs: [DType], output: DType? = nil,
    library: @escaping ScalarLibrary
  ) throws(MartletError) -> Elementwise {
    let isPlain = PlainFunction.isPlain(0, in: program, within: [])
    var types = FunctionLowering.Types()
    while true {
      types.hasChanged = false
      let builder = KernelBuilder(name: program.functions[0].name)
      let lowering = FunctionLowering(
        program, builder: builder, rules: KernelRules(target: .elementwise), library: library,
        types: types)
      do throws(MartletError) {
        let slots = inputs.map { builder.slotValue(builder.slot(for: $0), $0) }
        let results = try lowering.lowerElementwise(slots, isPlain: isPlain, output: output)
        if !lowering.types.hasChanged {
          return Elementwise(
            program: program, inputs: inputs, outputs: results.map(\.dtype), types: types,
            isPlain: isPlain)
        }
      } catch {
        if !lowering.types.hasChanged { throw error }
      }
      types = lowering.types
    }
  }

  /// Writes a function that was lowered before into the kernel that its inputs belong to.
  public static func write(
    _ function: Elementwise, _ inputs: [Expression], library: @escaping ScalarLibrary
  ) -> [Expression] {
    let builder = inputs[0].builder
    let lowering = FunctionLowering(
      function.program, builder: builder, rules: KernelRules(target: .elementwise),
      library: library, types: function.types)
    do throws(MartletError) {
      return try lowering.lowerElementwise(
        inputs, isPlain: function.isPlain, output: function.outputs.first)
    } catch {
      // It was lowered with the same types before.
      preconditionFailure("'\(function.program.functions[0].name)' lowers no more: \(error)")
    }
  }
}

extension FunctionLowering {
  // MARK: Kernels

  fileprivate func lowerKernel(
    _ arguments: [ArgumentType]
  ) throws(MartletError) -> LoweredKernel {
    let function = program.functions[0]
    guard arguments.count == function.parameters.count else {
      throw failure(
        "'\(function.name)' takes \(function.parameters.count) argument"
          + "\(function.parameters.count == 1 ? "" : "s"), not \(arguments.count)",
        at: function.location)
    }
    var meanings = declareParameters(arguments)
    if rules.target == .grid {
      // A device tells by it that the kernel is launched over a grid, even one of a single thread.
      _ = builder.grid(.threadX)
      for (parameter, meaning) in zip(function.parameters, meanings) {
        nameBuffers(meaning, parameter.name)
      }
    }
    for (i, parameter) in function.parameters.enumerated() {
      if case .omitted = arguments[i] {
        guard let standard = parameter.standard else {
          throw failure(
            "'\(function.name)' lacks its argument '\(parameter.name)'", at: parameter.location)
        }
        meanings[i] = try lower(standard, Frame(function, path: "", lowering: self))
      }
    }
    name(meanings)
    if rules.target == .host, rules.isWatched { builder.watch() }
    if types.canFail {
      let status = builder.buffer(.int64, strides: [.unit], access: .readWrite)
      statusBuffer = status
      failed = builder.declare(initial: truth(false))
    }
    let result = try call(0, meanings, at: function.location)
    let place = returnPlace ?? function.location
    let (numbers, form) = try flattened(result, at: place)
    if rules.target == .grid, !numbers.isEmpty {
      throw failure("a kernel for a grid gives nothing; it writes to arrays", at: place)
    }
    var results: [DType] = []
    for item in numbers {
      let value = try number(item, at: function.location)
      let buffer = builder.buffer(value.dtype, strides: [.unit], access: .write)
      builder.store(buffer, [builder.integer(0)], value)
      results.append(value.dtype)
    }
    var types = results[...]
    let kernel = settled(builder.finish())
    let children = childKernels.map { settled($0) }
    let written = writtenArguments
    return LoweredKernel(
      kernel: kernel, arguments: arguments, result: described(form, &types), results: results,
      needsSeparateArguments: hasSeparateArguments && !written.isEmpty, arenaSlot: arenaSlot,
      children: children, frameCells: frameCells, failures: failures, written: written,
      remarks: remarks)
  }

  /// One for each loop, in the order of their lines.
  private var remarks: [LoweredKernel.Remark] {
    var loops: Set<SourcePosition> = []
    return self.types.orderedLoops.sorted { $0.key < $1.key }.map(\.value)
      .filter { loops.insert($0.loop).inserted }
      .sorted { ($0.loop.file, $0.loop.line) < ($1.loop.file, $1.loop.line) }
  }

  /// Notes what the user calls the arrays of an argument, for the Simulator's reports.
  private func nameBuffers(_ meaning: Meaning, _ name: String) {
    switch meaning {
    case .array(let array): for buffer in array.buffers { builder.name(buffer, name) }
    case .tuple(let items):
      for (i, item) in items.enumerated() { nameBuffers(item, "\(name)[\(i)]") }
    default: break
    }
  }

  /// The kernels with loops over several iterations at once, where they may be.
  fileprivate func finished(_ lowered: LoweredKernel) throws(MartletError) -> LoweredKernel {
    var lowered = lowered
    if hasSeparateArguments {
      let count = argumentArrayCount
      func together(_ kernel: Kernel) -> Kernel {
        KernelMemory.markSeparate(
          LoopVectorisation.run(kernel, argumentCount: count), argumentCount: count)
      }
      lowered.kernel = together(lowered.kernel)
      lowered.children = lowered.children.map(together)
    }
    try KernelVerifier.verify(lowered.kernel)
    for child in lowered.children { try KernelVerifier.verify(child) }
    return lowered
  }

  /// The kernel with the argument arrays that nothing is written to marked so.
  private func settled(_ kernel: Kernel) -> Kernel {
    var kernel = kernel
    let written = writtenArguments
    for i in 0..<argumentArrayCount where !written.contains(i) {
      kernel.buffers[i].access = .read
    }
    return kernel
  }

  private func described(_ form: ResultForm, _ types: inout ArraySlice<DType>) -> KernelResult {
    switch form {
    case .none: return .none
    case .number: return .number(types.popFirst() ?? .float64)
    case .array(let dtype, let rank, let isReadOnly):
      types = types.dropFirst(form.partCount)
      return .array(dtype, rank: rank, isReadOnly: isReadOnly)
    case .tuple(let items):
      var parts: [KernelResult] = []
      for item in items { parts.append(described(item, &types)) }
      return .tuple(parts)
    case .list(let key):
      types = types.dropFirst()
      let layout = listLayout(key)
      var own = layout.dtypes[...]
      return .list(described(self.types.lists.element(key) ?? .number, &own), layout)
    }
  }

  /// Declares the slots and buffers of arguments, in order.
  func declareParameters(_ types: [ArgumentType]) -> [Meaning] {
    argumentTypes = types
    return types.map { parameter($0) }
  }

  /// Makes the arguments known to every function of the program.
  func name(_ meanings: [Meaning]) {
    for (parameter, meaning) in zip(program.functions[0].parameters, meanings) {
      outer[parameter.name] = meaning
    }
  }

  private func parameter(_ type: ArgumentType) -> Meaning {
    switch type {
    case .none, .omitted: return .none
    case .string(let text): return .string(text)
    case .dtype(let dtype): return .dtype(dtype)
    case .tuple(let items): return .tuple(items.map { parameter($0) })
    case .scalar(let dtype): return .scalar(builder.slotValue(builder.slot(for: dtype), dtype))
    case .list(let dtype): return .list(listParameter(dtype))
    case .record(let names, let items): return .record(names, items.map { parameter($0) })
    case .slice(let parts):
      let own = parts.map { part -> Meaning? in part == .none ? nil : parameter(part) }
      return .slice(own[0], own[1], own[2])
    case .array(let dtype, let rank, let isDense):
      let shape = (0..<rank).map { _ -> Expression in
        let size = builder.slotValue(builder.slot())
        nonNegative.insert(size.value)
        return size
      }
      let strides = (0..<rank).map { axis -> Stride in
        isDense && axis == rank - 1 ? .unit : .slot(builder.slot())
      }
      let buffer = builder.buffer(dtype, strides: strides, access: .readWrite)
      let mayOverlap = rules.argumentsMayOverlap
      var array = ArrayValue(dtype: dtype, shape: shape, buffers: [buffer], builder: builder) {
        // What is written has no element twice, where arguments may not overlap.
        ArrayValue.Place(buffer: buffer, index: $0, axes: mayOverlap ? nil : $0)
      }
      array.parameter = parameterArrays.count
      array.origin = parameterArrays.count
      array.hasRows = isDense
      parameterArrays.append(array)
      return .array(array)
    }
  }

  // MARK: Rows

  fileprivate func lowerElementwise(
    _ inputs: [Expression], isPlain: Bool, output: DType?
  ) throws(MartletError) -> [Expression] {
    let function = program.functions[0]
    guard inputs.count == function.parameters.count else {
      throw failure(
        "'\(function.name)' takes \(function.parameters.count) argument"
          + "\(function.parameters.count == 1 ? "" : "s"), not \(inputs.count)",
        at: function.location)
    }
    let arguments = inputs.map { Meaning.scalar($0) }
    let result =
      isPlain
      ? try callPlain(0, arguments, at: function.location)
      : try call(0, arguments, at: function.location)
    var items = [result]
    if case .tuple(let own) = result { items = own }
    var results: [Expression] = []
    for item in items {
      guard item.dtype != nil else {
        throw failure(
          "'\(function.name)' returns \(item.description), not a number", at: function.location)
      }
      let value = try number(item, at: function.location)
      results.append(output.map { value.cast(to: $0) } ?? value)
    }
    return results
  }
}
