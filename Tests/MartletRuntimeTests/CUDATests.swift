import CMartlet
import Glibc
import MartletCodegen
import MartletIR
import Testing

@testable import MartletRuntime

/// The CUDA device over a fake driver: everything but what only a GPU can show.
@Suite struct CUDATests {
  // MARK: - Discovery

  @Test func listsGPUsWithoutUsingThem() throws {
    let fake = try FakeCUDA(gpus: 3)
    let devices = try fake.devices()
    #expect(devices.map(\.name) == ["cuda:0", "cuda:1", "cuda:2"])
    #expect(devices[2].description.processor == "Fake GPU 2")
    #expect(devices[0].description.library?.hasSuffix("(CUDA 12.4), NVRTC 12.9") == true)
    let capabilities = devices[0].capabilities
    #expect(capabilities.dtypes == Set(DType.allCases))
    #expect(LibraryCall.Kind.allCases.allSatisfy(devices[0].hasLibrary))
    #expect(capabilities.runsGridKernels && !capabilities.sharesHostMemory)
    #expect(fake.count("retained") == 0)
    try devices[0].synchronise()
    #expect(fake.count("retained") == 0)
    devices[0].free(try devices[0].allocate(byteCount: 1))
    _ = devices[0].memoryInfo
    #expect(fake.count("retained") == 1)
    #expect(fake.misuse == nil)
  }

  @Test func saysWhyThereIsNone() throws {
    let none = try FakeCUDA(gpus: 0)
    let found = try CUDA.devices(
      of: none.driver, compiler: none.compiler, toolkit: none.toolkit,
      disk: DiskCache(directory: nil))
    #expect(found.devices.isEmpty && found.reason == "The driver finds no GPU.")

    let old = try FakeCUDA(capability: 61)
    let tooOld = try CUDA.devices(
      of: old.driver, compiler: old.compiler, toolkit: old.toolkit, disk: DiskCache(directory: nil))
    #expect(tooOld.devices.isEmpty)
    #expect(tooOld.reason?.contains("compute capability 6.1") == true)

    let absent = #expect(throws: MartletError.self) { try CUDADriver(opening: "libnothing.so.9") }
    #expect(absent?.description.contains("libnothing.so.9") == true)
    let wrong = #expect(throws: MartletError.self) { try CUDADriver(opening: "libm.so.6") }
    #expect(wrong?.description.contains("no function cu") == true)
    let relative = #expect(throws: MartletError.self) { try NVRTC(opening: ["./libnvrtc.so"]) }
    #expect(relative?.description.contains("not an absolute path") == true)
  }

  @Test func takesWhatSuitsTheDriver() throws {
    let known = [(13, "13"), (12, "12"), (11, "11.2")].map { (major: $0.0, suffix: $0.1) }
    #expect(CUDALibraries.versions(known, driver: 12).map(\.suffix) == ["12", "11.2"])
    #expect(CUDALibraries.versions(known, driver: nil).map(\.suffix) == ["13", "12", "11.2"])
    #expect(
      CUDALibraries.names("nvrtc", versions: [(12, "12")], wheel: "cuda_nvrtc").first
        == "libnvrtc.so.12")
    let compiler = try FakeCUDA().compiler  // It knows 8.0 and 9.0.
    #expect(compiler.architecture(for: 90) == "sm_90")
    #expect(compiler.architecture(for: 103) == "compute_90")
    #expect(compiler.architecture(for: 86) == "compute_80")
    #expect(compiler.architecture(for: 75) == nil)
  }

  // MARK: - Memory

  @Test(arguments: [true, false]) func accountsForMemory(pools: Bool) throws {
    let fake = try FakeCUDA(pools: pools)
    let device = try fake.device()
    let total = device.memoryInfo
    #expect(total.total == 1 << 28 && total.free == 1 << 28)
    var held: [DeviceMemory] = []
    for count in [0, 1, 511, 512, 513, 4096, 5000, 1 << 20] {
      let memory = try device.allocate(byteCount: count)
      #expect(memory.byteCount == count && memory.capacity >= max(1, count))
      #expect(memory.address % 64 == 0)
      held.append(memory)
    }
    #expect(fake.count("live") == 8)
    let inUse = held.reduce(0) { $0 + $1.capacity }
    #expect(device.memoryInfo.free == total.free - inUse)
    for memory in held { device.free(memory) }
    // What is pooled is free.
    #expect(device.memoryInfo.free == total.free)
    // The same sizes come out of the pool.
    let taken = fake.count("taken")
    for memory in held { device.free(try device.allocate(byteCount: memory.byteCount)) }
    #expect(fake.count("taken") == taken)
    try device.synchronise()
    #expect(fake.misuse == nil)
  }

  @Test(arguments: [true, false]) func trimsBeforeItRunsOut(pools: Bool) throws {
    let fake = try FakeCUDA(memory: 64 << 20, pools: pools)
    let device = try fake.device()
    fake.slow(microseconds: 2000)
    let first = try device.allocate(byteCount: 40 << 20)
    // Pending work holds the memory until the stream is waited for.
    try [UInt8](repeating: 1, count: 4000).withUnsafeBytes {
      try device.copyIn($0, to: pointer(first))
    }
    device.free(first)
    let second = try device.allocate(byteCount: 48 << 20)
    let waste = try device.allocate(byteCount: 1 << 20)
    #expect(throws: MartletError.outOfMemory(bytes: 32 << 20)) {
      try device.allocate(byteCount: 32 << 20)
    }
    for bytes in [-1, 65 << 20, Int.max] {
      #expect(throws: MartletError.outOfMemory(bytes: bytes)) {
        try device.allocate(byteCount: bytes)
      }
    }
    device.free(waste)
    device.free(second)
    device.free(try device.allocate(byteCount: 33 << 20))
    try device.synchronise()
    #expect(fake.misuse == nil)
  }

  @Test func noticesMemoryFreedTwice() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    let memory = try device.allocate(byteCount: 100)
    device.free(memory)
    device.free(memory)
    #expect(throws: MartletError.self) { try device.synchronise() }
    try device.synchronise()  // It is told once.
    #expect(fake.misuse == nil)
  }

  @Test func givesMemoryBackForOtherNeeds() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    device.free(try device.allocate(byteCount: 1 << 20))
    fake.fail("ModuleLoadData", code: 2)
    fake.fail("MemHostAlloc", code: 2)
    _ = try device.compile(doubled())
    let array = try DeviceArray([1, 2, 3.0], on: device)
    #expect(try array.numbers() == [1, 2, 3])
    #expect(fake.count("MemPoolTrimTo") == 2)
    #expect(fake.misuse == nil)
  }

  // MARK: - Copies

  @Test(arguments: [true, false]) func copiesInPieces(pools: Bool) throws {
    let fake = try FakeCUDA(pools: pools)
    let device = try fake.device(stagingByteCount: 1000)
    fake.slow(microseconds: 300)
    for count in [0, 1, 999, 1000, 1001, 2000, 5003] {
      let contents = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ count) }
      let memory = try device.allocate(byteCount: count)
      defer { device.free(memory) }
      var source = contents
      try source.withUnsafeMutableBytes {
        try device.copyIn(UnsafeRawBufferPointer($0), to: pointer(memory))
        // It has been read, though the work is pending.
        $0.copyBytes(from: [UInt8](repeating: 0xee, count: count))
      }
      var back = [UInt8](repeating: 0, count: count)
      try back.withUnsafeMutableBytes { try device.copyOut(pointer(memory), to: $0) }
      #expect(back == contents)
    }
    #expect(fake.count("MemHostAlloc") == 2)
    #expect(fake.misuse == nil)
  }

  @Test func copiesWithin() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    let a = try DeviceArray((0..<500).map(Double.init), on: device)
    let b = try DeviceArray([Double](repeating: -1, count: 500), on: device)
    try device.copy(a.address + 80, to: b.address + 800, byteCount: 2400)
    try device.copy(a.address, to: b.address, byteCount: 0)
    let wanted = (0..<500).map { n in (100..<400).contains(n) ? Double(n - 90) : -1.0 }
    #expect(try b.numbers() == wanted)
    #expect(throws: MartletError.self) {
      try device.copy(a.address + 3000, to: b.address, byteCount: 2400)
    }
    var host = 0.0
    #expect(throws: MartletError.self) {
      try withUnsafeMutableBytes(of: &host) {
        try device.copy(a.address, to: $0.baseAddress!, byteCount: 8)
      }
    }
    #expect(fake.misuse == nil)
  }

  // MARK: - Kernels

  @Test func runsTasks() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    let kernel = try device.compile(doubled())
    let numbers = try DeviceArray((0..<1000).map { Int64($0) }, on: device)
    #expect(
      try device.launch(
        kernel, buffers: [numbers.address + 80], slots: [7], tasks: 900, grain: 1) == [])
    let wanted = (0..<1000).map { n in Int64((10..<910).contains(n) ? n * 2 + 7 : n) }
    #expect(try numbers.numbers() == wanted)
    // Two multiprocessors, so fewer blocks than tasks.
    #expect(fake.lastLaunch == [64, 1, 1, 1, 1, 1, 0])
    let launches = fake.count("LaunchKernel")
    _ = try device.launch(kernel, buffers: [numbers.address], slots: [7], tasks: 0, grain: 1)
    #expect(fake.count("LaunchKernel") == launches)
    #expect(fake.misuse == nil)
  }

  @Test func refusesLaunchesThatDoNotFit() throws {
    let fake = try FakeCUDA(gpus: 2)
    let devices = try fake.devices()
    let device = devices[0]
    let kernel = try device.compile(doubled())
    let grid = try device.compile(gridKernel())
    let numbers = try DeviceArray([Int64](repeating: 0, count: 64), on: device)
    typealias Call = () throws -> Void
    let calls: [Call] = [
      {
        _ = try device.launch(kernel, buffers: [], slots: [7], tasks: 1, grain: 1)
      },
      {
        _ = try device.launch(kernel, buffers: [numbers.address], slots: [], tasks: 1, grain: 1)
      },
      {
        _ = try device.launch(grid, buffers: [numbers.address], slots: [], tasks: 1, grain: 1)
      },
      {
        _ = try devices[1].launch(
          kernel, buffers: [numbers.address], slots: [7], tasks: 1, grain: 1)
      },
    ]
    for call in calls { #expect(throws: MartletError.self) { try call() } }
    for (size, block) in [
      (GridSize(x: 1), GridSize(x: 1025)), (GridSize(x: 1), GridSize(x: 64, y: 32)),
      (GridSize(x: 1), GridSize(x: 1, y: 1, z: 65)), (GridSize(x: 1), GridSize(x: 0)),
      (GridSize(x: 1, y: 65536), GridSize(x: 1)), (GridSize(x: -1), GridSize(x: 1)),
    ] {
      let error = #expect(throws: MartletError.self) {
        try device.launch(grid, buffers: [numbers.address], slots: [], grid: size, block: block)
      }
      guard case .invalidArgument = error else {
        Issue.record("\(String(describing: error)) is not .invalidArgument")
        continue
      }
    }
    #expect(fake.count("LaunchKernel") == 0)
    #expect(fake.depth == 0)
    #expect(fake.misuse == nil)
  }

  @Test func runsGrids() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    let kernel = try device.compile(gridKernel())
    let numbers = try DeviceArray((0..<192).map { Int64($0) }, on: device)
    try device.launch(
      kernel, buffers: [numbers.address], slots: [], grid: GridSize(x: 0), block: GridSize(x: 64))
    try device.launch(
      kernel, buffers: [numbers.address], slots: [], grid: GridSize(x: 3), block: GridSize(x: 64))
    var wanted: [Int64] = []
    for block in 0..<3 { wanted += (Int64(block * 64)..<Int64(block * 64 + 64)).reversed() }
    #expect(try numbers.numbers() == wanted)
    #expect(fake.lastLaunch == [3, 1, 1, 64, 1, 1, 0])
    #expect(fake.misuse == nil)
  }

  /// Kernels of every kind, compiled from the CUDA C that NVRTC would get, give the CPU's bits.
  @Test func randomKernelsGiveTheSameBits() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    let count = Environment["MARTLET_TEST_KERNELS"].flatMap { Int($0) } ?? 12
    for seed in 2000..<2000 + count {
      let random = RandomKernel(seed: seed)
      let wanted = try run(random, on: CPU.shared)
      let found = try run(random, on: device)
      for (number, memory) in random.memory.enumerated() where memory.isOutput {
        #expect(
          agree(found[number], wanted[number], memory.dtype.realType),
          "seed \(seed), b\(number)\n\(random.kernel)")
      }
    }
    #expect(fake.misuse == nil)
  }

  @Test func servesSeveralThreads() async throws {
    let fake = try FakeCUDA()
    let device = try fake.device(stagingByteCount: 500)
    let kernel = try device.compile(doubled())
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<4 {
        group.addTask {
          for round in 0..<20 {
            let contents = (0..<(50 + 60 * number)).map { Int64($0 * round) }
            let array = try DeviceArray(contents, on: device)
            _ = try device.launch(
              kernel, buffers: [array.address], slots: [Int64(number)], tasks: contents.count,
              grain: 1)
            let wanted = contents.map { $0 * 2 + Int64(number) }
            if try array.numbers() != wanted { return false }
          }
          return fake.depth == 0
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
    try device.synchronise()
    #expect(fake.count("CtxPushCurrent") == fake.count("CtxPopCurrent"))
    #expect(fake.count("retained") == 1)
    #expect(fake.count("live") == 0)
    #expect(fake.misuse == nil)
  }

  // MARK: - Compiling

  @Test func keepsCompiledKernels() throws {
    try withTemporaryCache { disk, _ in
      let fake = try FakeCUDA()
      let device = try fake.device(disk: disk)
      let first = try device.compile(doubled())
      #expect(try device.compile(doubled()) === first)
      #expect(device.kernels.statistics == .init(memory: 1, disk: 0, compiled: 1))
      // A second device stands for a second process.
      let again = try fake.device(disk: disk)
      let numbers = try DeviceArray([Int64(4)], on: again)
      _ = try again.launch(
        try again.compile(doubled()), buffers: [numbers.address], slots: [1], tasks: 1, grain: 1)
      #expect(try numbers.numbers() == [9])
      #expect(again.kernels.statistics == .init(memory: 0, disk: 1, compiled: 0))
      #expect(fake.count("CompileProgram") == 1)
      #expect(fake.misuse == nil)
    }
  }

  @Test func reportsWhatTheDriverSaysOfAnImage() throws {
    try withTemporaryCache { disk, _ in
      let fake = try FakeCUDA()
      let device = try fake.device(disk: disk)
      let source = try CUDA.source(of: doubled())
      disk.write(Array("no image at all!".utf8), as: device.kernels.key(of: source).hexadecimal)
      let error = #expect(throws: MartletError.self) { try device.compile(doubled()) }
      guard case .compilation("doubled", let detail) = error else {
        Issue.record("\(String(describing: error)) is not .compilation")
        return
      }
      #expect(detail.contains("CUDA_ERROR_INVALID_IMAGE") && detail.contains("is not one"))
      #expect(fake.depth == 0)
      #expect(fake.misuse == nil)
    }
  }

  @Test func reportsWhatTheCompilerSays() throws {
    let fake = try FakeCUDA()
    let error = #expect(throws: MartletError.self) {
      try fake.compiler.compile("this is no C", named: "wrong", architecture: "sm_90")
    }
    guard case .compilation("wrong", let detail) = error else {
      Issue.record("\(String(describing: error)) is not .compilation")
      return
    }
    #expect(detail.contains("NVRTC_ERROR_COMPILATION") && detail.contains("error:"))
  }

  // MARK: - Errors

  @Test func errorsThatStayAreToldWithTheFirst() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    let kernel = try device.compile(doubled())
    let numbers = try DeviceArray([Int64](repeating: 1, count: 8), on: device)
    _ = try numbers.numbers()
    fake.breakWork(code: 700)
    _ = try device.launch(kernel, buffers: [numbers.address], slots: [7], tasks: 8, grain: 1)
    let error = #expect(throws: MartletError.self) { try device.synchronise() }
    guard case .device("cuda:0", "synchronise", let detail) = error else {
      Issue.record("\(String(describing: error)) is not .device")
      return
    }
    #expect(
      detail.contains("An illegal memory access was encountered (CUDA_ERROR_ILLEGAL_ADDRESS).")
        && detail.contains("broken"))
    let calls = fake.count("MemAllocAsync")
    let later = #expect(throws: MartletError.self) { try device.allocate(byteCount: 8) }
    #expect(later?.description.contains("first seen by '") == true)
    #expect(throws: MartletError.self) { try numbers.numbers() }
    #expect(throws: MartletError.self) { try device.compile(doubled()) }
    #expect(throws: MartletError.self) { try device.synchronise() }
    #expect(fake.count("MemAllocAsync") == calls)
    #expect(device.memoryInfo == DeviceMemoryInfo(total: 1 << 28, free: 0))
    #expect(fake.depth == 0)
    #expect(fake.count("CtxPushCurrent") == fake.count("CtxPopCurrent"))
    #expect(fake.misuse == nil)
  }

  /// Whichever call fails, the context is taken off the stack and the device works afterwards.
  @Test func survivesFailingCalls() throws {
    let names = [
      "CtxPushCurrent", "MemAllocAsync", "MemcpyHtoD", "MemcpyDtoH", "EventRecord", "LaunchKernel",
      "ModuleLoadData", "ModuleGetFunction", "EventSynchronize", "StreamSynchronize", "EventCreate",
      "MemHostAlloc", "DevicePrimaryCtxRetain", "StreamCreate", "MemPoolSetAttribute",
      "StreamWaitEvent",
    ]
    try withTemporaryCache { disk, _ in
      for name in names {
        let fake = try FakeCUDA()
        let device = try fake.device(disk: disk)
        func use() throws {
          let numbers = try DeviceArray([Int64(20), 1], on: device)
          let kernel = try device.compile(doubled())
          _ = try device.launch(kernel, buffers: [numbers.address], slots: [2], tasks: 1, grain: 1)
          #expect(try numbers.numbers() == [42, 1])
          try device.synchronise()
        }
        fake.fail(name, code: 801)
        let error = #expect(throws: MartletError.self) { try use() }
        #expect(error?.description.contains("CUDA reported error 801.") == true, "\(name)")
        #expect(fake.depth == 0, "\(name)")
        try use()
        #expect(fake.depth == 0, "\(name)")
        #expect(fake.count("retained") == 1, "\(name)")
        #expect(fake.misuse == nil, "\(name)")
      }
    }
  }

  @Test func errorsOfEarlierWorkThatPoppingReportsAreKept() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    device.free(try device.allocate(byteCount: 8))
    fake.fail("CtxPopCurrent", code: 719)
    device.free(try device.allocate(byteCount: 8))
    let error = #expect(throws: MartletError.self) { try device.synchronise() }
    #expect(error?.description.contains("CUDA_ERROR_LAUNCH_FAILED") == true)
  }

  @Test func failsWhenTestsWantItTo() throws {
    let fake = try FakeCUDA()
    let device = try fake.device()
    defer { DeviceFaults.disarm() }
    DeviceFaults.arm(.allocate)
    #expect(throws: MartletError.outOfMemory(bytes: 80)) { try device.allocate(byteCount: 80) }
    DeviceFaults.arm(.compile)
    #expect(throws: MartletError.self) { try device.compile(doubled()) }
    try DeviceSelfTest.run(on: device)
  }

  // MARK: - Support

  private func pointer(_ memory: DeviceMemory) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: memory.address)!
  }

  /// `x[t] = 2 x[t] + slot`.
  private func doubled() -> Kernel {
    let b = KernelBuilder(name: "doubled")
    let x = b.buffer(.int64, strides: [.unit], access: .readWrite)
    let more = b.slot()
    b.tasks { task in b.store(x, [task], b.load(x, [task]) * 2 + b.slotValue(more)) }
    return b.finish()
  }

  /// Each block of 64 threads turns its part around, through memory that its threads share.
  private func gridKernel() -> Kernel {
    let b = KernelBuilder(name: "turned")
    let x = b.buffer(.int64, strides: [.unit], access: .readWrite)
    let shared = b.buffer(.int64, strides: [.unit], access: .readWrite)
    let thread = b.define(.grid(.threadX), .int64)
    let size = b.define(.grid(.blockSizeX), .int64)
    let place = b.define(.grid(.blockX), .int64) * size
    b.store(shared, [thread], b.load(x, [place + thread]))
    b.append(.barrier)
    b.store(x, [place + thread], b.load(shared, [size - 1 - thread]))
    var kernel = b.finish()
    kernel.buffers[shared].space = .shared(count: 64)
    return kernel
  }

  private func run(_ random: RandomKernel, on device: any Device) throws -> [[UInt8]] {
    let arrays = try random.memory.map { try DeviceArray(bytes($0.contents), on: device) }
    let pointers = zip(arrays, random.memory).map { $0.address + $1.origin * $1.dtype.itemSize }
    _ = try device.launch(
      device.compile(random.kernel), buffers: pointers, slots: random.slots, tasks: random.rows,
      grain: 1)
    return try arrays.map { try $0.numbers() }
  }

  /// Whether all bits are the same, but for those of a NaN.
  private func agree(_ a: [UInt8], _ b: [UInt8], _ dtype: DType) -> Bool {
    stride(from: 0, to: b.count, by: dtype.itemSize).allSatisfy { start in
      func number(_ bytes: [UInt8]) -> Scalar {
        let bits = (0..<dtype.itemSize).reduce(UInt64(0)) {
          $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1)
        }
        return Scalar(dtype: dtype, low: bits)
      }
      return number(a) == number(b) || number(a).asDouble.isNaN && number(b).asDouble.isNaN
    }
  }
}
