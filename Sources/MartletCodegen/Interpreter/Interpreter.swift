import CMartlet
import MartletIR

/// Runs kernels without compiling them to machine code: the oracle of every compiler, what serves
/// where libLLVM is missing, and the Simulator's processor.
package struct Interpreter: Sendable {
  let program: InterpreterProgram

  /// What runs over tasks.
  ///
  /// - Parameter kernel: free of `.call` (see `MathLibrary.expand`).
  /// - Throws: `.malformedKernel` for what breaks the kernel language's rules, `.unsupported` for
  ///   what only a grid launch has.
  package init(_ kernel: Kernel) throws(MartletError) {
    try self.init(forAnyLaunch: kernel)
    if needsGrid {
      throw .unsupported(
        operation: kernel.name,
        detail: "a kernel with grid indices, shared memory or barriers runs on the Simulator, not "
          + "in the interpreter of tasks")
    }
  }

  /// What runs over tasks or, as `needsGrid` says, over a grid.
  ///
  /// - Throws: `.malformedKernel`.
  package init(forAnyLaunch kernel: Kernel) throws(MartletError) {
    try KernelVerifier.verify(kernel)
    program = try InterpreterCompiler.compile(kernel)
  }

  /// Whether it has grid indices, shared memory or barriers.
  package var needsGrid: Bool { program.needsGrid }
  package var globalBufferCount: Int { program.globalBuffers.count }

  /// Runs the tasks from `begin` up to `end`, as a compiled kernel does.
  ///
  /// - Parameters:
  ///   - buffers: for each global buffer the address of its element at index zero.
  ///   - slots: the launch table.
  ///   - watch: what is asked now and then whether to go on.
  package func run(
    buffers: UnsafePointer<UnsafeMutableRawPointer?>?, slots: UnsafePointer<Int64>?, begin: Int,
    end: Int, watch: UnsafeMutablePointer<martlet_watch>? = nil
  ) {
    var bases = [UnsafeMutableRawPointer?](repeating: nil, count: program.buffers.count)
    for (n, number) in program.globalBuffers.enumerated() { bases[number] = buffers?[n] }
    if let watch {
      var checks = WatchChecks(watch: watch)
      _ = start(bases, slots, begin, end, &checks)
    } else {
      var checks = NoChecks()
      _ = start(bases, slots, begin, end, &checks)
    }
  }

  /// The same, stopping before the first access outside its buffer.
  ///
  /// - Parameters:
  ///   - buffers: the global buffers, in order.
  ///   - maximumSteps: how many operations inside loops may run.
  /// - Throws: `.simulation`.
  package func run(
    checking buffers: [InterpreterBuffer], slots: UnsafePointer<Int64>?, begin: Int, end: Int,
    maximumSteps: Int = .max
  ) throws(MartletError) {
    let all = program.completed(buffers)
    let limits = program.accesses.map { AccessLimits($0, all[$0.buffer].bytes) }
    let problem: SimulationReport.Problem? = limits.withUnsafeBufferPointer { limits in
      var checks = BoundsChecks(limits: limits.baseAddress, steps: maximumSteps)
      let (stop, cells) = start(all.map(\.base), slots, begin, end, &checks)
      switch stop {
      case .refused(let access):
        return .outOfBounds(
          .init(
            kind: program.accesses[access].kind, thread: nil,
            location: program.accesses[access].location),
          program.element(of: access, cells: cells, slots: slots),
          existing: program.existing(of: access, in: all))
      case .paused: return .endless(steps: maximumSteps, thread: nil, nil)
      case .finished, .barrier, .meeting: return nil
      }
    }
    if let problem {
      throw .simulation(SimulationReport(kernel: program.name, problem: problem))
    }
  }

  /// Runs to the end or until the checks say stop; gives the cells of that moment.
  private func start<Checks: InterpreterChecks>(
    _ bases: [UnsafeMutableRawPointer?], _ slots: UnsafePointer<Int64>?, _ begin: Int, _ end: Int,
    _ checks: inout Checks
  ) -> (stop: InterpreterStop, cells: [UInt64]) {
    var cells = program.initialCells(slots)
    cells[Int(InterpreterProgram.beginCell)] = UInt64(bitPattern: Int64(begin))
    cells[Int(InterpreterProgram.endCell)] = UInt64(bitPattern: Int64(end))
    let stop = cells.withUnsafeMutableBufferPointer { cells in
      InterpreterLaunch.with(program, bases: bases, slots: slots) { launch in
        var thread = InterpreterThread(cells: cells.baseAddress!)
        return thread.run(launch, &checks)
      }
    }
    return (stop, cells)
  }
}

/// Asks a watch whether to go on.
private struct WatchChecks: InterpreterChecks {
  let watch: UnsafeMutablePointer<martlet_watch>
  var steps = 1 << 14

  @inline(__always)
  mutating func allow(_: Int32, _: Int, _: InterpreterCells) -> Bool { true }

  @inline(__always)
  mutating func spend(_ steps: Int) -> Bool {
    self.steps -= steps
    return self.steps > 0 || goesOn()
  }

  @inline(never)
  private mutating func goesOn() -> Bool {
    steps = 1 << 14
    return !martlet_watch_look(watch)
  }
}

/// Stops in front of what is not there.
private struct BoundsChecks: InterpreterChecks {
  /// By access.
  let limits: UnsafePointer<AccessLimits>?
  var steps: Int

  @inline(__always)
  mutating func allow(_ access: Int32, _ distance: Int, _ cells: InterpreterCells) -> Bool {
    limits.unsafelyUnwrapped[Int(access)].contain(distance)
  }

  @inline(__always)
  mutating func spend(_ steps: Int) -> Bool {
    self.steps -= steps
    return self.steps > 0
  }
}

/// How far an access may reach from index zero, in bytes.
struct AccessLimits {
  var first: Int
  var last: Int

  init(_ access: InterpreterProgram.Access, _ bytes: Range<Int>) {
    first = bytes.lowerBound
    last = bytes.upperBound - access.itemSize
  }

  @inline(__always)
  func contain(_ distance: Int) -> Bool { distance >= first && distance <= last }
}

extension InterpreterProgram {
  /// The numbers of the buffers that a launch passes.
  var globalBuffers: [Int] { buffers.indices.filter { buffers[$0].space == .global } }

  /// All buffers of the kernel, given the global ones. The others have no address yet.
  func completed(_ global: [InterpreterBuffer]) -> [InterpreterBuffer] {
    var rest = global[...]
    return buffers.map { buffer in
      switch buffer.space {
      case .global: return rest.popFirst() ?? .unknown
      case .shared(let count), .local(let count):
        return .own(byteCount: count * buffer.dtype.itemSize)
      case .address: return .unknown
      }
    }
  }

  /// What an access means, by the indices in a thread's cells.
  func element(
    of number: Int, cells: some Collection<UInt64>, slots: UnsafePointer<Int64>?
  ) -> SimulationReport.Element {
    let access = accesses[number]
    let strides = byteStrides(slots)
    let index = (0..<access.rank).map { n in
      let cell = Int(indexCells[access.firstIndex + n])
      return Int(truncatingIfNeeded: cells[cells.index(cells.startIndex, offsetBy: cell)])
    }
    var element = 0
    for n in 0..<access.rank {
      element &+= index[n] &* strides[access.firstStride + n] / access.itemSize
    }
    return SimulationReport.Element(
      buffer: access.buffer, space: buffers[access.buffer].space, index: index, number: element,
      name: buffers[access.buffer].name)
  }

  /// The elements that an access could mean, counted from index zero.
  func existing(of number: Int, in buffers: [InterpreterBuffer]) -> Range<Int>? {
    let access = accesses[number]
    let buffer = buffers[access.buffer]
    if !buffer.isKnown { return nil }
    // Toward zero: only whole elements exist.
    let (lower, upper) = (buffer.bytes.lowerBound, buffer.bytes.upperBound)
    return lower / access.itemSize..<max(lower / access.itemSize, upper / access.itemSize)
  }
}
