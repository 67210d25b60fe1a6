import MartletIR
import Synchronization

@testable import MartletRuntime

/// A device for tests: the CPU, but with memory that the host must copy, and without some dtypes.
final class DistantDevice: MartletRuntime.Device {
  let name: String
  let capabilities: DeviceCapabilities
  private let memory = Mutex<[UInt: Int]>([:])

  private let inspect: @Sendable (Kernel) throws(MartletError) -> Void
  private let delay: @Sendable (_ tasks: Int) -> Void

  /// - Parameters:
  ///   - inspect: sees every kernel before it is compiled.
  ///   - delay: runs at every launch.
  init(
    _ name: String = "distant", without lacking: Set<DType> = [],
    inspect: @escaping @Sendable (Kernel) throws(MartletError) -> Void = { _ throws(MartletError) in
    },
    delay: @escaping @Sendable (_ tasks: Int) -> Void = { _ in }
  ) {
    self.name = name
    self.inspect = inspect
    self.delay = delay
    capabilities = DeviceCapabilities(
      dtypes: Set(DType.allCases).subtracting(lacking), sharesHostMemory: false,
      reportsFloatingPointEvents: false, runsGridKernels: false)
  }

  /// Bytes that were allocated and not freed.
  var bytesInUse: Int { memory.withLock { $0.values.reduce(0, +) } }

  var description: DeviceDescription { DeviceDescription(processor: "a test", library: nil) }
  var memoryInfo: DeviceMemoryInfo { DeviceMemoryInfo(total: 1 << 30, free: 1 << 30) }

  func allocate(byteCount: Int) throws(MartletError) -> DeviceMemory {
    let result = try CPU.shared.allocate(byteCount: byteCount)
    memory.withLock { $0[result.address] = byteCount }
    return result
  }

  func free(_ freed: DeviceMemory) {
    memory.withLock { _ = $0.removeValue(forKey: freed.address) }
    CPU.shared.free(freed)
  }

  func copyIn(_ source: UnsafeRawBufferPointer, to address: UnsafeMutableRawPointer) {
    CPU.shared.copyIn(source, to: address)
  }

  func copyOut(_ address: UnsafeMutableRawPointer, to destination: UnsafeMutableRawBufferPointer) {
    CPU.shared.copyOut(address, to: destination)
  }

  func copy(
    _ source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer, byteCount: Int
  ) {
    CPU.shared.copy(source, to: destination, byteCount: byteCount)
  }

  func compile(_ kernel: Kernel) throws(MartletError) -> any CompiledKernel {
    for dtype in Set(kernel.valueTypes) where !capabilities.dtypes.contains(dtype) {
      throw .unsupported(operation: kernel.name, detail: "\(name) has no \(dtype)")
    }
    try inspect(kernel)
    return try CPU.shared.compile(kernel)
  }

  func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64], tasks: Int,
    grain: Int
  ) throws(MartletError) -> FloatingPointEvents {
    delay(tasks)
    _ = try CPU.shared.launch(kernel, buffers: buffers, slots: slots, tasks: tasks, grain: grain)
    return []
  }

  func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64],
    grid: GridSize, block: GridSize
  ) throws(MartletError) {
    try CPU.shared.launch(kernel, buffers: buffers, slots: slots, grid: grid, block: block)
  }

  func synchronise() {}
}
