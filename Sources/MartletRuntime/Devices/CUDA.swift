import CMartlet
import Glibc
import MartletCodegen
import MartletIR

/// A GPU of NVIDIA's: kernels as CUDA C through NVRTC, memory of its own, one stream in which
/// everything runs in the order it was asked for, the toolkit's libraries for what they do best.
///
/// CUDA's addresses are different for every GPU and the host, so they are Martlet's as they are.
package final class CUDA: Device, @unchecked Sendable {
  // Unchecked: what changes is only touched while `lock` is held.

  package let name: String
  package let description: DeviceDescription
  /// 90 for compute capability 9.0.
  package let capability: Int
  let multiprocessors: Int
  let limits: LaunchLimits
  let kernels: CUDAKernelCache
  package let capabilities = DeviceCapabilities(
    dtypes: Set(DType.allCases), sharesHostMemory: false, reportsFloatingPointEvents: false,
    runsGridKernels: true)
  /// Its number among CUDA's devices.
  package let cudaNumber: Int?
  let toolkit: CUDAToolkit

  private let functions: martlet_cuda
  private let device: Int32
  private let totalMemory: Int
  private let hasPools: Bool
  private let stagingByteCount: Int

  private let process = getpid()
  private let lock = Lock()
  private var session: Session?
  private var product: CUDAProduct?
  private var transforms: CUDATransforms?
  private var solver: CUDASolver?

  /// What exists once the GPU is used.
  private struct Session {
    var context: CUDAContext
    var memory: CUDAMemory
    var staging: CUDAStaging
  }

  // MARK: - Discovery

  /// The GPUs of this machine that Martlet can use.
  package static func devices() -> [CUDA] { found.devices }

  /// Why there are none, or not all.
  package static var reason: String? { found.reason }

  private static let found: (devices: [CUDA], reason: String?) = {
    do throws(MartletError) {
      let driver = try CUDADriver.shared()
      return try devices(
        of: driver, compiler: NVRTC.shared(), toolkit: .shared, disk: .user)
    } catch {
      return ([], "\(error)")
    }
  }()

  /// The GPUs of a driver, each opened when it is first used: its context takes a while to make,
  /// and memory of the GPU.
  ///
  /// - Throws: `.device` where the driver cannot list them.
  static func devices(
    of driver: CUDADriver, compiler: NVRTC, toolkit: CUDAToolkit, disk: DiskCache,
    stagingByteCount: Int = CUDAStaging.usualByteCount
  ) throws(MartletError) -> (devices: [CUDA], reason: String?) {
    var count: Int32 = 0
    try CUDAStatus.check(
      driver.functions.DeviceGetCount(&count), driver.functions, device: "cuda",
      operation: "discovery")
    var devices: [CUDA] = []
    var reasons = count > 0 ? [] : ["The driver finds no GPU."]
    for number in 0..<Int(count) {
      do throws(MartletError) {
        devices.append(
          try CUDA(
            number: number, driver, compiler, toolkit, disk, stagingByteCount: stagingByteCount))
      } catch {
        reasons.append("\(error)")
      }
    }
    return (devices, reasons.isEmpty ? nil : reasons.joined(separator: " "))
  }

  private init(
    number: Int, _ driver: CUDADriver, _ compiler: NVRTC, _ toolkit: CUDAToolkit,
    _ disk: DiskCache, stagingByteCount: Int
  ) throws(MartletError) {
    let functions = driver.functions
    let name = "cuda:\(number)"
    func check(_ code: Int32) throws(MartletError) {
      try CUDAStatus.check(code, functions, device: name, operation: "discovery")
    }
    var device: Int32 = 0
    try check(functions.DeviceGet(&device, Int32(number)))
    func attribute(_ number: Int32) throws(MartletError) -> Int {
      var value: Int32 = 0
      try check(functions.DeviceGetAttribute(&value, number, device))
      return Int(value)
    }
    var text = [CChar](repeating: 0, count: 256)
    try check(functions.DeviceGetName(&text, Int32(text.count), device))
    let processor = String(
      decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var byteCount = 0
    try check(functions.DeviceTotalMem_v2(&byteCount, device))

    let capability =
      try attribute(MARTLET_CUDA_CAPABILITY_MAJOR) * 10 + attribute(MARTLET_CUDA_CAPABILITY_MINOR)
    guard let architecture = compiler.architecture(for: capability) else {
      throw .unsupported(
        operation: name,
        detail: "\(processor) has compute capability \(capability / 10).\(capability % 10), which "
          + "NVRTC \(compiler.version) does not compile for; an older one may.")
    }
    self.name = name
    self.functions = functions
    self.device = device
    self.capability = capability
    self.toolkit = toolkit
    cudaNumber = number
    self.stagingByteCount = stagingByteCount
    totalMemory = byteCount
    multiprocessors = max(1, try attribute(MARTLET_CUDA_MULTIPROCESSOR_COUNT))
    // Drivers before 11.2 have neither the functions nor the question.
    hasPools =
      functions.MemAllocAsync != nil
      ? try attribute(MARTLET_CUDA_MEMORY_POOLS_SUPPORTED) != 0 : false
    limits = LaunchLimits(
      threads: try attribute(MARTLET_CUDA_MAX_THREADS_PER_BLOCK),
      block: GridSize(
        x: try attribute(MARTLET_CUDA_MAX_BLOCK_X), y: try attribute(MARTLET_CUDA_MAX_BLOCK_Y),
        z: try attribute(MARTLET_CUDA_MAX_BLOCK_Z)),
      grid: GridSize(
        x: try attribute(MARTLET_CUDA_MAX_GRID_X), y: try attribute(MARTLET_CUDA_MAX_GRID_Y),
        z: try attribute(MARTLET_CUDA_MAX_GRID_Z)))
    description = DeviceDescription(
      processor: processor,
      library: "\(driver.name) (CUDA \(driver.versionText)), NVRTC \(compiler.version)")
    kernels = CUDAKernelCache(disk: disk, compiler: compiler, architecture: architecture)
  }

  // MARK: - The context

  /// The context and its memory, made at first use.
  func opened(
    for operation: String
  ) throws(MartletError) -> (context: CUDAContext, memory: CUDAMemory) {
    let session = try openedSession(for: operation)
    return (session.context, session.memory)
  }

  private func openedSession(for operation: String) throws(MartletError) -> Session {
    try checkProcess(operation)
    return try lock.withLock { () throws(MartletError) in
      if let session { return session }
      let context = try CUDAContext(functions, device: device, name: name)
      let memory = try context.run("opening the GPU") { () throws(MartletError) in
        try CUDAMemory(context, device: device, hasPools: hasPools, total: totalMemory)
      }
      let staging = CUDAStaging(context, memory, byteCount: stagingByteCount)
      let session = Session(context: context, memory: memory, staging: staging)
      self.session = session
      return session
    }
  }

  /// Before any lock: one that another thread held at the fork stays locked in the child.
  private func checkProcess(_ operation: String) throws(MartletError) {
    if getpid() == process { return }
    throw .device(
      name: name, operation: operation,
      detail: "The process was forked after the GPU was found. Use the GPU in the parent only, or "
        + "start the child anew instead of forking it.")
  }

  // The toolkit's libraries with what each needs for this GPU, made at first use while the context
  // is current.

  func openedProduct(
    _ context: CUDAContext, _ memory: CUDAMemory
  ) throws(MartletError) -> CUDAProduct {
    let library = try toolkit.cublas().get()
    return try lock.withLock { () throws(MartletError) in
      if let product { return product }
      let product = try CUDAProduct(library, context, memory)
      self.product = product
      return product
    }
  }

  func openedTransforms(
    _ context: CUDAContext, _ memory: CUDAMemory
  ) throws(MartletError) -> CUDATransforms {
    let library = try toolkit.cufft().get()
    return lock.withLock {
      if let transforms { return transforms }
      let transforms = CUDATransforms(library, context, memory)
      self.transforms = transforms
      return transforms
    }
  }

  func openedSolver(
    _ context: CUDAContext, _ memory: CUDAMemory
  ) throws(MartletError) -> CUDASolver {
    let library = try toolkit.cusolver().get()
    return try lock.withLock { () throws(MartletError) in
      if let solver { return solver }
      let solver = try CUDASolver(library, context, memory)
      self.solver = solver
      return solver
    }
  }

  // MARK: - Memory

  package var memoryInfo: DeviceMemoryInfo {
    // A GPU that cannot be used has nothing free.
    DeviceMemoryInfo(total: totalMemory, free: (try? freeByteCount()) ?? 0)
  }

  private func freeByteCount() throws(MartletError) -> Int {
    let (context, memory) = try opened(for: "memoryInfo")
    return try context.run("memoryInfo") { () throws(MartletError) in
      var (free, total) = (0, 0)
      try context.check(functions.MemGetInfo_v2(&free, &total), "memoryInfo")
      // What is pooled serves the next array.
      return try free + memory.pooledByteCount
    }
  }

  package func allocate(byteCount: Int) throws(MartletError) -> DeviceMemory {
    try DeviceFaults.check(.allocate, on: name, byteCount: byteCount)
    let (context, memory) = try opened(for: "allocate")
    return try context.run("allocate") { () throws(MartletError) in
      try memory.allocate(byteCount: byteCount)
    }
  }

  package func free(_ memory: DeviceMemory) {
    do throws(MartletError) {
      let session = try openedSession(for: "free")
      try session.context.run("free") { session.memory.free(memory) }
    } catch {
      // In a forked child the memory is the parent's; of a broken context it is gone, which every
      // other call reports.
    }
  }

  package func adopt(_ memory: DeviceMemory, after stream: UInt?) throws(MartletError) {
    let (context, pool) = try opened(for: "adopt")
    try context.run("adopt") { () throws(MartletError) in
      // The numbers that CUDA gives its default streams are handles too.
      if let stream, let handle = OpaquePointer(bitPattern: stream) {
        try context.check(functions.StreamSynchronize(handle), "adopt")
      }
    }
    let number = try cudaNumber(of: memory.address)
    guard number == cudaNumber else {
      throw .invalidArgument(
        operation: "adopt", detail: "The memory is that of cuda:\(number), not of \(name).")
    }
    pool.adopt(memory)
  }

  package func cudaNumber(of address: UInt) throws(MartletError) -> Int {
    let (context, _) = try opened(for: "adopt")
    return try context.run("adopt") { () throws(MartletError) in
      var number: Int32 = -1
      try context.check(
        functions.PointerGetAttribute(&number, MARTLET_CUDA_POINTER_DEVICE, UInt64(address)),
        "adopt")
      return Int(number)
    }
  }

  package func letGo(_ memory: DeviceMemory) {
    do throws(MartletError) {
      let (context, pool) = try opened(for: "letGo")
      pool.letGo(memory)
      try context.run("letGo") {
        context.note(functions.StreamSynchronize(context.stream), "letGo")
      }
    } catch {
      // In a forked child the memory is the parent's; a broken context reports itself elsewhere.
    }
  }

  // MARK: - Copies

  package func copyIn(
    _ source: UnsafeRawBufferPointer, to address: UnsafeMutableRawPointer
  ) throws(MartletError) {
    try DeviceFaults.check(.copyIn, on: name)
    if source.isEmpty { return }
    let session = try openedSession(for: "copyIn")
    try session.memory.check(address, byteCount: source.count, "copyIn")
    try session.context.run("copyIn") { () throws(MartletError) in
      try session.staging.copyIn(source, to: UInt64(UInt(bitPattern: address)))
    }
  }

  package func copyOut(
    _ address: UnsafeMutableRawPointer, to destination: UnsafeMutableRawBufferPointer
  ) throws(MartletError) {
    try DeviceFaults.check(.copyOut, on: name)
    if destination.isEmpty { return }
    let session = try openedSession(for: "copyOut")
    try session.memory.check(address, byteCount: destination.count, "copyOut")
    try session.context.run("copyOut") { () throws(MartletError) in
      try session.staging.copyOut(UInt64(UInt(bitPattern: address)), to: destination)
    }
    try session.context.reportFailure()
  }

  package func copy(
    _ source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer, byteCount: Int
  ) throws(MartletError) {
    if byteCount == 0 { return }
    let (context, memory) = try opened(for: "copy")
    try memory.check(source, byteCount: byteCount, "copy")
    try memory.check(destination, byteCount: byteCount, "copy")
    try context.run("copy") { () throws(MartletError) in
      let code = functions.MemcpyDtoDAsync_v2(
        UInt64(UInt(bitPattern: destination)), UInt64(UInt(bitPattern: source)), byteCount,
        context.stream)
      try context.check(code, "copy")
    }
  }

  package func synchronise() throws(MartletError) {
    try checkProcess("synchronise")
    // Nothing is pending on a GPU that was never used.
    guard let context = lock.withLock({ session })?.context else { return }
    try context.run("synchronise") { () throws(MartletError) in
      try context.synchronise("synchronise")
    }
    try context.reportFailure()
  }
}
