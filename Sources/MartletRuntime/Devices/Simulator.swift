import CMartlet
import MartletCodegen
import MartletIR

/// A GPU without hardware: the interpreter with memory of its own, blocks and threads. It reports
/// what a GPU passes over (`SimulationReport`), and is the oracle of every device's tests.
///
/// Addresses of its memory lead nowhere on the host, as a GPU's do, so a stray access there is a
/// fault. New memory is filled with a pattern, so that a program that counts on zeros is found out.
package final class Simulator: Device, @unchecked Sendable {
  // Unchecked: what changes is only touched while `lock` is held. The contents of memory follow the
  // rule of the arrays above, that only a unique owner writes.

  package static let shared: Simulator = {
    // A child of fork must find the lock free and the table whole.
    GlobalLocks.prepareForFork()
    return Simulator(
      memoryLimit: Environment.bytes("MARTLET_SIMULATOR_MEMORY")
        ?? Int(martlet_physical_memory()) / 4,
      maximumSteps: Environment.count("MARTLET_SIMULATOR_STEPS"),
      lock: GlobalLocks.simulator)
  }()

  package let name = "simulator"
  package let description = DeviceDescription(
    processor: "Martlet's interpreter, with blocks and threads", library: nil)
  package let capabilities = DeviceCapabilities(
    dtypes: Set(DType.allCases), sharesHostMemory: false, reportsFloatingPointEvents: true,
    runsGridKernels: true)

  private let lock: Lock
  /// Where the contents of the memory at an address are.
  private var addresses = AddressSpace<UnsafeMutableRawPointer>()
  private var bytesInUse = 0
  private let memoryLimit: Int
  private let gridSteps: Int
  private let taskSteps: Int

  static let freshByte: UInt8 = 0xa5

  /// - Parameter maximumSteps: how many operations inside loops a grid launch may run before one of
  ///   its threads ends, or a worker's share of a launch over tasks in all. By default 10⁹, which
  ///   take the interpreter some seconds, and for tasks, which are Martlet's own and end, 10¹⁰.
  init(memoryLimit: Int, maximumSteps: Int? = nil, lock: Lock = Lock()) {
    self.lock = lock
    self.memoryLimit = memoryLimit
    gridSteps = maximumSteps ?? 1_000_000_000
    taskSteps = maximumSteps ?? 10_000_000_000
  }

  package var memoryInfo: DeviceMemoryInfo {
    lock.withLock { DeviceMemoryInfo(total: memoryLimit, free: memoryLimit - bytesInUse) }
  }

  // MARK: - Memory

  package func allocate(byteCount: Int) throws(MartletError) -> DeviceMemory {
    try DeviceFaults.check(.allocate, on: name, byteCount: byteCount)
    guard byteCount >= 0, byteCount <= memoryLimit else { throw .outOfMemory(bytes: byteCount) }
    let capacity = max(byteCount, 1)
    return try lock.withLock { () throws(MartletError) in
      guard capacity <= memoryLimit - bytesInUse, let contents = martlet_allocate(capacity) else {
        throw .outOfMemory(bytes: byteCount)
      }
      guard let address = addresses.add(contents, byteCount: byteCount) else {
        martlet_free(contents, capacity)
        throw .outOfMemory(bytes: byteCount)
      }
      contents.initializeMemory(as: UInt8.self, repeating: Self.freshByte, count: capacity)
      bytesInUse += capacity
      return DeviceMemory(address: address, byteCount: byteCount, capacity: capacity)
    }
  }

  package func free(_ memory: DeviceMemory) {
    lock.withLock {
      guard let contents = addresses.remove(memory.address) else { return }
      martlet_free(contents, memory.capacity)
      bytesInUse -= memory.capacity
    }
  }

  package func copyIn(
    _ source: UnsafeRawBufferPointer, to address: UnsafeMutableRawPointer
  ) throws(MartletError) {
    try DeviceFaults.check(.copyIn, on: name)
    guard let start = source.baseAddress else { return }
    try contents(at: address, source.count, "copyIn")
      .copyMemory(from: start, byteCount: source.count)
  }

  package func copyOut(
    _ address: UnsafeMutableRawPointer, to destination: UnsafeMutableRawBufferPointer
  ) throws(MartletError) {
    try DeviceFaults.check(.copyOut, on: name)
    let source = try contents(at: address, destination.count, "copyOut")
    destination.baseAddress?.copyMemory(from: source, byteCount: destination.count)
  }

  package func copy(
    _ source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer, byteCount: Int
  ) throws(MartletError) {
    let from = try contents(at: source, byteCount, "copy")
    try contents(at: destination, byteCount, "copy").copyMemory(from: from, byteCount: byteCount)
  }

  /// Where `byteCount` bytes from an address on really are.
  private func contents(
    at address: UnsafeMutableRawPointer, _ byteCount: Int, _ operation: String
  ) throws(MartletError) -> UnsafeMutableRawPointer {
    guard let place = lock.withLock({ addresses.find(UInt(bitPattern: address)) }) else {
      throw .device(
        name: name, operation: operation, detail: "\(address) lies in none of its memory.")
    }
    guard byteCount <= place.rest else {
      throw .device(
        name: name, operation: operation,
        detail: "\(byteCount) bytes from byte \(place.offset) on don't lie in memory of "
          + "\(place.offset + place.rest) bytes.")
    }
    return place.handle + place.offset
  }

  /// A kernel's buffers, each with the memory that its address lies in.
  private func resolve(_ buffers: [UnsafeMutableRawPointer?]) -> [InterpreterBuffer] {
    lock.withLock {
      buffers.map { address in
        guard let place = addresses.find(UInt(bitPattern: address)) else { return .unknown }
        return InterpreterBuffer(
          base: place.handle + place.offset, bytes: -place.offset..<place.rest)
      }
    }
  }

  // MARK: - Kernels

  package func compile(_ kernel: Kernel) throws(MartletError) -> any CompiledKernel {
    try DeviceFaults.check(.compile, on: name)
    return SimulatorKernel(
      kernel, try Interpreter(forAnyLaunch: MathLibrary.expand(kernel)))
  }

  package func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64], tasks: Int,
    grain: Int
  ) throws(MartletError) -> FloatingPointEvents {
    let interpreter = try interpreter(kernel, buffers, slots)
    if interpreter.needsGrid {
      throw .invalidArgument(
        operation: kernel.name, detail: "The kernel runs over a grid, not over tasks.")
    }
    let failure = FirstFailure()
    let maximumSteps = taskSteps
    // Read by all threads, written by none, and there until the call returns.
    nonisolated(unsafe) let resolved = resolve(buffers)
    let events = slots.withUnsafeBufferPointer { slots in
      nonisolated(unsafe) let slots = slots.baseAddress
      return Workers.shared.parallel(count: tasks, grain: grain) { begin, end in
        failure.catching(at: begin) { () throws(MartletError) in
          try interpreter.run(
            checking: resolved, slots: slots, begin: begin, end: end, maximumSteps: maximumSteps)
        }
      }
    }
    if let error = failure.error { throw error }
    return events
  }

  package func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64],
    grid: GridSize, block: GridSize
  ) throws(MartletError) {
    let interpreter = try interpreter(kernel, buffers, slots)
    let resolved = resolve(buffers)
    var watch = martlet_watch()
    let result = withUnsafeMutablePointer(to: &watch) { watch in
      martlet_watch_begin(watch)
      return slots.withUnsafeBufferPointer { slots in
        Result { () throws(MartletError) in
          try interpreter.run(
            grid: grid, block: block, buffers: resolved, slots: slots.baseAddress,
            maximumSteps: gridSteps, watch: watch)
        }
      }
    }
    try result.get()
  }

  private func interpreter(
    _ kernel: any CompiledKernel, _ buffers: [UnsafeMutableRawPointer?], _ slots: [Int64]
  ) throws(MartletError) -> Interpreter {
    try DeviceFaults.check(.launch, on: name)
    guard let kernel = kernel as? SimulatorKernel else {
      throw .internalError(
        operation: "launch", detail: "kernel '\(kernel.name)' was compiled for another device")
    }
    guard buffers.count == kernel.interpreter.globalBufferCount, slots.count >= kernel.slotCount
    else {
      throw .internalError(
        operation: "launch",
        detail: "kernel '\(kernel.name)' takes \(kernel.interpreter.globalBufferCount) buffers and "
          + "\(kernel.slotCount) slots, not \(buffers.count) and \(slots.count)")
    }
    return kernel.interpreter
  }

  /// Launches have ended when they return.
  package func synchronise() {}
}

/// A kernel for the Simulator.
final class SimulatorKernel: CompiledKernel {
  let name: String
  let interpreter: Interpreter
  let slotCount: Int

  init(_ kernel: Kernel, _ interpreter: Interpreter) {
    name = kernel.name
    slotCount = kernel.slotCount
    self.interpreter = interpreter
  }
}

/// The error of the first task that fails, whatever the order in which threads take tasks.
private final class FirstFailure: @unchecked Sendable {
  // Unchecked: `found` is only touched while `lock` is held.
  private let lock = Lock()
  private var found: (task: Int, error: MartletError)?

  var error: MartletError? { lock.withLock { found?.error } }

  /// Runs a task, unless one before it has failed.
  func catching(at task: Int, _ body: () throws(MartletError) -> Void) {
    if lock.withLock({ found.map { $0.task < task } ?? false }) { return }
    do throws(MartletError) {
      try body()
    } catch {
      lock.withLock { if found.map({ task < $0.task }) ?? true { found = (task, error) } }
    }
  }
}
