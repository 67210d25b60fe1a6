import MartletIR
import Testing

@testable import MartletRuntime

@Suite struct CPUTests {
  /// `out[t * width + i] = x[t * width + i] / slot`, one row per task.
  private func divideRows() -> Kernel {
    let b = KernelBuilder(name: "divide rows")
    let width = b.slot()
    let scalar = b.slot(for: .float64)
    let x = b.buffer(.float64, strides: [.slot(width), .unit])
    let out = b.buffer(.float64, strides: [.slot(width), .unit], access: .write)
    let divisor = b.slotValue(scalar, .float64)
    b.tasks { task in
      b.loop(.vector, from: b.integer(0), to: b.slotValue(width)) { i in
        b.store(out, [task, i], b.load(x, [task, i]) / divisor)
      }
    }
    return b.finish()
  }

  @Test func runsAKernelOnDeviceMemory() throws {
    let device: any Device = CPU.shared
    let kernel = try device.compile(divideRows())
    let values = (0..<303).map { Double($0 + 1) }
    let x = try device.allocate(byteCount: 303 * 8 + 8)
    defer { device.free(x) }
    let out = try device.allocate(byteCount: 303 * 8)
    defer { device.free(out) }
    try values.withUnsafeBytes { try device.copyIn($0, to: pointer(x) + 8) }
    let divisor = Int64(bitPattern: 3.0.bitPattern)
    let events = try device.launch(
      kernel, buffers: [pointer(x) + 8, pointer(out)], slots: [101, divisor], tasks: 3, grain: 1)
    #expect(events == [])
    try device.synchronise()
    var result = [Double](repeating: 0, count: 303)
    try result.withUnsafeMutableBytes { try device.copyOut(pointer(out), to: $0) }
    #expect(result == values.map { $0 / 3 })

    let copy = try device.allocate(byteCount: 16)
    defer { device.free(copy) }
    try device.copy(pointer(out) + 80, to: pointer(copy) + 8, byteCount: 8)
    var one = [0.0]
    try one.withUnsafeMutableBytes { try device.copyOut(pointer(copy) + 8, to: $0) }
    #expect(one == [values[10] / 3])
  }

  private func pointer(_ memory: DeviceMemory) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: memory.address)!
  }

  @Test func eventsSurfaceWithTheLaunch() throws {
    let kernel = try CPU.shared.compileForHost(divideRows())
    var x = [1.0, 0, 2]
    var out = [0.0, 0, 0]
    let events = x.withUnsafeMutableBytes { x in
      out.withUnsafeMutableBytes { out in
        kernel.launch(
          buffers: [x.baseAddress, out.baseAddress], slots: [3, 0], tasks: 1, grain: 1)
      }
    }
    #expect(events == [.divideByZero, .invalid])
    #expect(out[0] == .infinity && out[1].isNaN)
  }

  @Test func isListed() throws {
    #expect(DeviceRegistry.all.first?.name == "cpu")
    #expect(try DeviceRegistry.device(named: "cpu") === CPU.shared)
    #expect(throws: MartletError.self) { try DeviceRegistry.device(named: "abacus") }
    let info = CPU.shared.memoryInfo
    #expect(info.total > 0 && info.free <= info.total)
    #expect(CPU.shared.capabilities.sharesHostMemory)
  }
}
