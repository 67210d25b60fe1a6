import Glibc
import MartletIR
import Testing

@testable import MartletRuntime

/// The Simulator as a device: memory, copies, kernels over tasks.
@Suite struct SimulatorTests {
  private func pointer(_ memory: DeviceMemory) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: memory.address)!
  }

  // MARK: Memory

  @Test func copiesWithOffsets() throws {
    let numbers = (0..<100).map { Int64($0) }
    let array = try DeviceArray([Int64](repeating: -1, count: 100))
    let other = try DeviceArray([Int64](repeating: -2, count: 100))
    let device = Simulator.shared
    try numbers[0..<10].withUnsafeBytes { try device.copyIn($0, to: array.address + 80) }
    try device.copy(array.address + 88, to: other.address + 8, byteCount: 16)
    #expect(try other.numbers()[0..<4] == [-2, 1, 2, -2])
    var two: [Int64] = [0, 0]
    try two.withUnsafeMutableBytes { try device.copyOut(array.address + 72, to: $0) }
    #expect(two == [-1, 0])
    // Copies of nothing are fine, also at the end.
    try device.copy(array.address + 800, to: other.address, byteCount: 0)
  }

  @Test func copiesStayInside() throws {
    // Of its own: on the shared one, another test may get the addresses next to these or after them.
    let device = Simulator(memoryLimit: 1 << 20, maximumSteps: .max)
    let memory = try device.allocate(byteCount: 16)
    let address = pointer(memory)
    var room = [UInt8](repeating: 0, count: 17)
    func message(_ body: () throws -> Void) -> String? {
      do { try body() } catch { return "\(error)" }
      return nil
    }
    #expect(
      message { try room.withUnsafeMutableBytes { try device.copyOut(address, to: $0) } }
        == "[copyOut] device simulator failed: 17 bytes from byte 0 on don't lie in memory of 16 "
        + "bytes.")
    #expect(
      message { try device.copy(address, to: address + 9, byteCount: 8) }
        == "[copy] device simulator failed: 8 bytes from byte 9 on don't lie in memory of 16 "
        + "bytes.")
    #expect(
      message { try room.withUnsafeBytes { try device.copyIn($0, to: address - 1) } }
        == "[copyIn] device simulator failed: \(address - 1) lies in none of its memory.")
    device.free(memory)
    #expect(
      message { try room.withUnsafeMutableBytes { try device.copyOut(address, to: $0) } }
        == "[copyOut] device simulator failed: \(address) lies in none of its memory.")
  }

  @Test func memoryIsLimited() throws {
    let device = Simulator(memoryLimit: 1000, maximumSteps: .max)
    #expect(device.memoryInfo == DeviceMemoryInfo(total: 1000, free: 1000))
    let first = try device.allocate(byteCount: 700)
    #expect(device.memoryInfo.free == 300)
    #expect(first.address % 64 == 0)
    #expect(throws: MartletError.outOfMemory(bytes: 301)) {
      try device.allocate(byteCount: 301)
    }
    #expect(throws: MartletError.outOfMemory(bytes: -1)) { try device.allocate(byteCount: -1) }
    let second = try device.allocate(byteCount: 300)
    device.free(first)
    device.free(second)
    #expect(device.memoryInfo.free == 1000)
    #expect(Simulator.shared.memoryInfo.total > 1 << 20)
  }

  @Test func freshMemoryIsNotZero() throws {
    let memory = try Simulator.shared.allocate(byteCount: 9)
    defer { Simulator.shared.free(memory) }
    var bytes = [UInt8](repeating: 0, count: 9)
    try bytes.withUnsafeMutableBytes { try Simulator.shared.copyOut(pointer(memory), to: $0) }
    #expect(bytes == [UInt8](repeating: Simulator.freshByte, count: 9))
  }

  /// Nothing lies at a device address on the host.
  @Test func theHostCannotReadDeviceMemory() async {
    await #expect(processExitsWith: .exitCode(7)) {
      signal(SIGSEGV) { _ in _exit(7) }
      let memory = try Simulator.shared.allocate(byteCount: 8)
      let address = UnsafeRawPointer(bitPattern: memory.address)!
      _ = address.load(as: UInt8.self)
    }
  }

  // MARK: Kernels over tasks

  /// Random kernels give the bits that the CPU gives.
  @Test func kernelsDoWhatTheyDoOnTheCPU() throws {
    for seed in 0..<60 {
      let random = RandomKernel(seed: seed + 5000)
      let simulated = try run(random, on: Simulator.shared)
      let wanted = try run(random, on: CPU.shared)
      for (number, memory) in random.memory.enumerated() where memory.isOutput {
        let size = memory.dtype.realType.itemSize
        for start in stride(from: 0, to: wanted[number].count, by: size) {
          let a = part(simulated[number][start..<start + size], memory.dtype)
          let b = part(wanted[number][start..<start + size], memory.dtype)
          // The bits of a NaN are open.
          if a.asDouble.isNaN && b.asDouble.isNaN { continue }
          #expect(a == b, "seed \(seed), byte \(start) of b\(number)")
        }
      }
    }
  }

  private func part(_ bytes: ArraySlice<UInt8>, _ dtype: DType) -> Scalar {
    Scalar(
      dtype: dtype.realType, low: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  private func run(_ random: RandomKernel, on device: any Device) throws -> [[UInt8]] {
    let arrays = try random.memory.map { try DeviceArray(bytes($0.contents), on: device) }
    let buffers: [UnsafeMutableRawPointer?] = zip(random.memory, arrays).map {
      $1.address + $0.origin * $0.dtype.itemSize
    }
    _ = try device.launch(
      device.compile(random.kernel), buffers: buffers, slots: random.slots, tasks: random.rows,
      grain: 1)
    try device.synchronise()
    return try arrays.map { try $0.numbers() }
  }

  private func divide() -> Kernel {
    let b = KernelBuilder(name: "divide")
    let x = b.buffer(.float64, strides: [.unit], access: .readWrite)
    b.tasks { b.store(x, [$0], b.constant(1, .float64) / b.load(x, [$0])) }
    return b.finish()
  }

  @Test func eventsSurfaceWithTheLaunch() throws {
    let array = try DeviceArray([2.0, 0, 4])
    let kernel = try Simulator.shared.compile(divide())
    let events = try Simulator.shared.launch(
      kernel, buffers: [array.address], slots: [], tasks: 3, grain: 1)
    #expect(events == .divideByZero)
    #expect(try array.numbers() == [0.5, .infinity, 0.25])
  }

  /// The first task that fails is reported, however many threads there are.
  @Test func tasksOutsideTheirMemoryAreReported() throws {
    let array = try DeviceArray([Double](repeating: 1, count: 100))
    let kernel = try Simulator.shared.compile(divide())
    for _ in 0..<5 {
      #expect {
        _ = try Simulator.shared.launch(
          kernel, buffers: [array.address], slots: [], tasks: 200, grain: 1)
      } throws: { error in
        "\(error)"
          == "[divide] A task reads element 100 of buffer b0: only elements 0 ..< 100 exist."
      }
    }
  }

  // MARK: Faults

  @Test(arguments: DeviceFaults.Operation.allCases)
  func faultsAreTypedErrors(_ operation: DeviceFaults.Operation) throws {
    let device = Simulator.shared
    func step() throws {
      let array = try DeviceArray([1.0])
      _ = try device.launch(
        device.compile(divide()), buffers: [array.address], slots: [], tasks: 1, grain: 1)
      _ = try array.numbers()
    }
    DeviceFaults.arm(operation)
    defer { DeviceFaults.disarm() }
    #expect {
      try step()
    } throws: { error in
      switch error as? MartletError {
      case .outOfMemory: operation == .allocate
      case .device(let name, let failed, _): name == "simulator" && failed == operation.rawValue
      default: false
      }
    }
    try step()
  }
}
