import MartletIR

@testable import MartletRuntime

/// Numbers in the memory of a device.
final class DeviceArray<Number: BitwiseCopyable> {
  let device: any Device
  let memory: DeviceMemory
  let count: Int

  init(_ numbers: [Number], on device: any Device = Simulator.shared) throws {
    self.device = device
    count = numbers.count
    memory = try device.allocate(byteCount: numbers.count * MemoryLayout<Number>.stride)
    let address = UnsafeMutableRawPointer(bitPattern: memory.address)!
    try numbers.withUnsafeBytes { try device.copyIn($0, to: address) }
  }

  deinit { device.free(memory) }

  var address: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: memory.address)! }

  func numbers() throws -> [Number] {
    try [Number](unsafeUninitializedCapacity: count) { room, used in
      try device.copyOut(address, to: UnsafeMutableRawBufferPointer(room))
      used = count
    }
  }
}

/// Compiles and launches over a grid.
func launch(
  _ kernel: Kernel, _ buffers: [UnsafeMutableRawPointer?], slots: [Int64] = [], grid: GridSize,
  block: GridSize, on device: any Device = Simulator.shared
) throws {
  try device.launch(
    device.compile(kernel), buffers: buffers, slots: slots, grid: grid, block: block)
  try device.synchronise()
}

extension KernelBuilder {
  /// The thread's number along x in the whole grid.
  var globalX: Expression { grid(.blockX) * grid(.blockSizeX) + grid(.threadX) }
  var globalY: Expression { grid(.blockY) * grid(.blockSizeY) + grid(.threadY) }
}

extension GridSize: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self.init(x: value) }
}
