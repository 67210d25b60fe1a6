import CMartlet
import MartletFrontend
import MartletIR
import MartletRuntime
import Synchronization

/// A user's function of numbers and arrays that the host runs: compiled once for each combination
/// of argument types.
package final class HostFunction: Sendable {
  package let program: SourceProgram
  package let rules: KernelRules
  private let compiled = Mutex<[[ArgumentType]: Specialisation]>([:])

  /// The function for one combination of types.
  package final class Specialisation: Sendable {
    package let lowered: LoweredKernel
    let kernel: CPUKernel
    /// The kernels of parallel loops.
    let children: [CPUKernel]

    /// The same for arguments that overlap in memory, compiled when they first do.
    private let forOverlap: Mutex<Specialisation?>
    private let lower: @Sendable (_ mayOverlap: Bool) throws(MartletError) -> LoweredKernel

    fileprivate init(
      mayOverlap: Bool = false,
      _ lower: @escaping @Sendable (_ mayOverlap: Bool) throws(MartletError) -> LoweredKernel
    ) throws(MartletError) {
      self.lower = lower
      lowered = try lower(mayOverlap)
      forOverlap = Mutex(nil)
      var children: [CPUKernel] = []
      for child in lowered.children {
        children.append(try CPU.shared.compileForHost(child, isUsers: true))
      }
      self.children = children
      kernel = try CPU.shared.compileForHost(lowered.kernel, isUsers: true)
      try Debug.show(lowered.kernel, isInterpreted: kernel.directFunction == nil)
    }

    private func specialisationForOverlap() throws(MartletError) -> Specialisation {
      if let known = forOverlap.withLock({ $0 }) { return known }
      let made = try Specialisation(mayOverlap: true, lower)
      forOverlap.withLock { $0 = made }
      return made
    }

    /// The code, for callers that pack the arguments themselves; nil where it is interpreted.
    package var machineCode: UnsafeRawPointer? { kernel.directFunction }

    /// Runs the kernel on what the arguments were packed to.
    ///
    /// - Returns: the results.
    /// - Throws: `.raised` with the exception that the function raises, `.interrupted`.
    package func run(_ arguments: PackedArguments) throws(MartletError) -> KernelValue {
      if lowered.needsSeparateArguments, !arguments.areSeparate(written: lowered.written) {
        return try specialisationForOverlap().run(arguments)
      }
      guard lowered.arenaSlot != nil else { return try run(arguments, arena: nil) }
      return try run(arguments, arena: KernelArena())
    }

    private func run(
      _ arguments: PackedArguments, arena: KernelArena?
    ) throws(MartletError) -> KernelValue {
      var buffers = arguments.buffers
      var slots = arguments.slots
      var watch = martlet_watch()
      martlet_watch_begin(&watch)
      // One block for the status with its two numbers, 16 bytes for each result, and the frame.
      let frameStart = 3 + 2 * lowered.results.count
      var words = [UInt64](repeating: 0, count: frameStart + lowered.frameCells)
      let status = words.withUnsafeMutableBytes { memory -> Int64 in
        guard let base = memory.baseAddress else { return 0 }
        if !lowered.failures.isEmpty { buffers.append(base) }
        if lowered.frameCells > 0 { buffers.append(base + 8 * frameStart) }
        let inputs = buffers
        for i in lowered.results.indices { buffers.append(base + 24 + 16 * i) }
        withUnsafeMutablePointer(to: &watch) { watch in
          slots.append(Int64(Int(bitPattern: watch)))
          if let arena {
            slots.append(arena.address)
            arena.children = children
            arena.buffers = inputs
            arena.slots = slots
            arena.watch = watch
          }
          let span = Profiler.isOn ? Profiler.begin() : nil
          _ = kernel.launch(buffers: buffers, slots: slots, tasks: 1, grain: 1)
          if let span { Profiler.end(span, .launch, kernel.name) }
          arena?.watch = nil
          // As far as they got, also where the kernel failed.
          for list in arguments.lists { list.collect() }
        }
        return memory.loadUnaligned(as: Int64.self)
      }
      if martlet_watch_is_stopped(&watch) { throw .interrupted }
      if status != 0 {
        throw failure(Int(status), Int64(bitPattern: words[1]), Int64(bitPattern: words[2]))
      }
      let numbers = lowered.results.enumerated().map { i, dtype in
        let low = words[3 + 2 * i]
        if dtype == .complex64 {
          return Scalar(dtype: dtype, low: low & 0xffff_ffff, high: low >> 32)
        }
        let bits = UInt64(8 * dtype.realType.itemSize)
        let mask = bits == 64 ? UInt64.max : (1 << bits) - 1
        return Scalar(dtype: dtype, low: low & mask, high: words[4 + 2 * i])
      }
      withExtendedLifetime(arena) {}
      var rest = numbers[...]
      return try value(lowered.result, &rest, arguments, arena)
    }

    /// What the numbers of a result mean.
    private func value(
      _ result: KernelResult, _ numbers: inout ArraySlice<Scalar>, _ arguments: PackedArguments,
      _ arena: KernelArena?
    ) throws(MartletError) -> KernelValue {
      switch result {
      case .none: return .none
      case .number: return numbers.popFirst().map { .number($0) } ?? .none
      case .tuple(let items):
        var values: [KernelValue] = []
        for item in items { values.append(try value(item, &numbers, arguments, arena)) }
        return .tuple(values)
      case .list(let element, let layout):
        let address = numbers.popFirst()?.asInt64 ?? 0
        if let number = arguments.lists.firstIndex(where: { $0.address == address }) {
          return .listArgument(number)
        }
        var items: [KernelValue] = []
        for own in ListMemory(at: address)?.elements(layout) ?? [] {
          var rest = own[...]
          items.append(try value(element, &rest, arguments, arena))
        }
        return .list(items, at: address)
      case .array(let dtype, let rank, let isReadOnly):
        let parts = numbers.prefix(1 + 2 * rank).map { Int($0.asInt64) }
        numbers = numbers.dropFirst(1 + 2 * rank)
        let shape = Shape(parts[1..<(1 + rank)])
        var layout = Layout(shape: shape, strides: Shape(parts[(1 + rank)...]))
        if let (buffer, start) = try arena?.block(at: parts[0]) {
          layout.offset = (parts[0] - start) / dtype.itemSize
          return .array(
            NDArray(storage: Storage(buffer), layout: layout, dtype: dtype), isReadOnly: isReadOnly)
        }
        if shape.elementCount == 0 {
          // Where nothing is, the address may lie outside of what it was cut from.
          let empty = Storage(try Buffer(byteCount: 0))
          return .array(
            NDArray(storage: empty, layout: Layout(contiguous: shape), dtype: dtype),
            isReadOnly: isReadOnly)
        }
        guard let number = arguments.number(ofArrayAt: parts[0], dtype.itemSize) else {
          throw .internalError(
            operation: lowered.kernel.name, detail: "its result lies in memory that nobody gave")
        }
        return .view(
          argument: number, address: parts[0], layout, dtype, isReadOnly: isReadOnly)
      }
    }

    /// The exception that a status stands for, with the numbers beside it.
    package func failure(_ status: Int, _ first: Int64, _ second: Int64) -> MartletError {
      guard lowered.failures.indices.contains(status - 1) else {
        return .internalError(
          operation: lowered.kernel.name, detail: "the kernel ended with status \(status)")
      }
      let failure = lowered.failures[status - 1]
      var message = ""
      var rest = failure.message[...]
      while let brace = rest.firstIndex(of: "{") {
        message += rest[..<brace]
        rest = rest[brace...]
        if rest.hasPrefix("{0}") || rest.hasPrefix("{1}") {
          message += "\(rest.hasPrefix("{0}") ? first : second)"
          rest = rest.dropFirst(3)
        } else {
          message += "{"
          rest = rest.dropFirst()
        }
      }
      return .raised(exception: failure.exception, message: message + rest)
    }
  }

  package init(_ program: SourceProgram, rules: KernelRules) {
    self.program = program
    self.rules = rules
  }

  /// The function for arguments of these types, compiled if that is new.
  ///
  /// - Throws: `.kernelSource` for what is no kernel.
  package func specialisation(for types: [ArgumentType]) throws(MartletError) -> Specialisation {
    if let known = compiled.withLock({ $0[types] }) { return known }
    let (program, rules) = (program, rules)
    let made = try Specialisation { (mayOverlap) throws(MartletError) in
      var rules = rules
      rules.argumentsMayOverlap = mayOverlap
      return try KernelCompiler.kernel(
        program, arguments: types, rules: rules, library: ScalarFunctions.library)
    }
    compiled.withLock { $0[types] = made }
    return made
  }

  /// What it was compiled for.
  package var specialisations: [[ArgumentType]: Specialisation] { compiled.withLock { $0 } }
}

/// What a kernel gave.
package enum KernelValue {
  case none
  case number(Scalar)
  case array(NDArray, isReadOnly: Bool)
  /// Part of an array argument, counted among the arrays; the address of its element at index zero.
  case view(argument: Int, address: Int, Layout, DType, isReadOnly: Bool)
  case tuple([KernelValue])
  /// A new list; the address tells whether two results are one.
  case list([KernelValue], at: Int64)
  /// A list that was given, counted among the lists.
  case listArgument(Int)
}

/// The arguments of a call, in the order that `LoweredKernel` says.
package struct PackedArguments {
  package var buffers: [UnsafeMutableRawPointer?] = []
  package var slots: [Int64] = []
  /// Where the elements of each array lie, in bytes from its element at index zero.
  private var extents: [Range<Int>] = []
  private var layouts: [Layout] = []
  package var arrayCount: Int { buffers.count }
  package private(set) var lists: [ListArgument] = []

  package init() {}

  package mutating func add(_ number: Scalar) {
    slots.append(Int64(bitPattern: number.low))
    if number.dtype.isComplex { slots.append(Int64(bitPattern: number.high)) }
  }

  package mutating func add(_ list: ListArgument) {
    slots.append(list.address)
    if !lists.contains(where: { $0 === list }) { lists.append(list) }
  }

  /// An array by the address of its element at index zero, and its layout.
  package mutating func add(
    _ memory: UnsafeMutableRawPointer?, _ layout: Layout, itemSize: Int, isDense: Bool
  ) {
    buffers.append(memory)
    let extent = layout.extent
    extents.append(
      (extent.lowerBound - layout.offset) * itemSize..<(extent.upperBound - layout.offset)
        * itemSize)
    layouts.append(layout)
    for size in layout.shape { slots.append(Int64(size)) }
    let rank = layout.shape.rank
    for (axis, stride) in layout.strides.enumerated() where !(isDense && axis == rank - 1) {
      slots.append(Int64(stride))
    }
  }

  /// Whether none of the arrays that are written overlaps itself or another.
  func areSeparate(written: Set<Int>) -> Bool {
    func place(_ i: Int) -> Range<Int> {
      let start = buffers[i].map { Int(bitPattern: $0) } ?? 0
      return start + extents[i].lowerBound..<start + extents[i].upperBound
    }
    return written.allSatisfy { i in
      guard buffers.indices.contains(i) else { return true }
      return layouts[i].isInjective
        && buffers.indices.allSatisfy { $0 == i || !place($0).overlaps(place(i)) }
    }
  }

  /// The array that an address lies in.
  func number(ofArrayAt address: Int, _ itemSize: Int) -> Int? {
    buffers.indices.first { i in
      guard let start = buffers[i].map({ Int(bitPattern: $0) }) else { return false }
      let extent = extents[i]
      return address >= start + extent.lowerBound && address <= start + extent.upperBound
    }
  }
}
