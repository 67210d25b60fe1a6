import CMartlet
import Glibc
import MartletCodegen
import MartletIR

/// A device of an OpenCL platform: kernels as OpenCL C, buffers of its own, one queue in which
/// everything runs in the order it was asked for.
package final class OpenCL: Device, @unchecked Sendable {
  // Unchecked: OpenCL's objects may be used from any thread, but for kernels. Those, and what
  // changes below, are only touched while `lock` is held.

  package let name: String
  package let description: DeviceDescription
  package let capabilities: DeviceCapabilities

  let functions: martlet_opencl
  let device: OpaquePointer
  let context: OpaquePointer
  let queue: OpaquePointer
  let programs: OpenCLProgramCache
  let computeUnits: Int
  let limits: LaunchLimits

  let lock = Lock()
  private(set) var addresses = AddressSpace<OpaquePointer>()
  private var pool = BufferPool()
  /// Bytes that arrays hold; those in the pool are not among them.
  private var bytesInUse = 0
  /// Work that was given to the queue and is not known to have ended well.
  private var pending: [OpaquePointer] = []
  /// The first error of pending work, until somebody is told.
  private var failure: MartletError?

  private let totalMemory: Int
  private let largestBuffer: Int
  private let poolLimit: Int
  private let process = getpid()

  // MARK: - Discovery

  /// The devices of all platforms, GPUs before CPUs.
  package static var devices: [OpenCL] { found.devices }

  /// Why there are none, or not all that the platforms list.
  package static var reason: String? { found.reason }

  private static let found: (devices: [OpenCL], reason: String?) = {
    var (listed, reasons) = candidates()
    var devices: [OpenCL] = []
    for candidate in listed {
      do throws(MartletError) {
        devices.append(try OpenCL(number: devices.count, candidate))
      } catch {
        reasons.append("\(error)")
      }
    }
    return (devices, reasons.isEmpty ? nil : reasons.joined(separator: " "))
  }()

  /// What a platform lists as a device.
  private struct Candidate {
    var library: OpenCLLibrary
    var platform: OpenCLLibrary.Platform
    var device: OpaquePointer

    var isCPU: Bool {
      let type = library.number(of: device, MARTLET_CL_DEVICE_TYPE, as: UInt64.self)
      return type & UInt64(MARTLET_CL_DEVICE_TYPE_CPU) != 0
    }
  }

  private static func candidates() -> (found: [Candidate], reasons: [String]) {
    var found: [Candidate] = []
    var reasons: [String] = []
    do throws(MartletError) {
      let library = try OpenCLLibrary.shared.get()
      let platforms = try library.platforms()
      if platforms.isEmpty {
        reasons.append(
          "\(library.path) finds no OpenCL platform: install one, such as pocl-opencl-icd.")
      }
      for platform in platforms {
        let devices = try library.devices(of: platform)
        if devices.isEmpty { reasons.append("The platform \(platform.name) has no device.") }
        found += devices.map { Candidate(library: library, platform: platform, device: $0) }
      }
    } catch {
      reasons.append("\(error)")
    }
    // Whoever asks for "opencl" wants the fastest.
    return (found.filter { !$0.isCPU } + found.filter(\.isCPU), reasons)
  }

  /// Opens the first device once more, with less memory, for tests; nil where there is none.
  static func open(memoryLimit: Int) throws(MartletError) -> OpenCL? {
    guard let candidate = candidates().found.first else { return nil }
    return try OpenCL(number: 0, candidate, memoryLimit: memoryLimit)
  }

  /// - Throws: `.unsupported` where the device lacks what every kernel needs, `.device` where its
  ///   driver refuses.
  private init(
    number: Int, _ candidate: Candidate, memoryLimit: Int = .max
  ) throws(MartletError) {
    let (library, platform) = (candidate.library, candidate.platform)
    let device = candidate.device
    let processor = library.text(of: device, MARTLET_CL_DEVICE_NAME)
    func has(_ parameter: Int32) -> Bool {
      library.number(of: device, parameter, as: UInt32.self) != 0
    }
    for (isThere, what) in [
      (has(MARTLET_CL_DEVICE_IS_AVAILABLE), "is not available"),
      (has(MARTLET_CL_DEVICE_HAS_COMPILER), "has no compiler"),
      (has(MARTLET_CL_DEVICE_IS_LITTLE_ENDIAN), "is big-endian"),
      (
        library.text(of: device, MARTLET_CL_DEVICE_PROFILE) == "FULL_PROFILE",
        "has only OpenCL's embedded profile"
      ),
      (
        !library.text(of: device, MARTLET_CL_DEVICE_VERSION).hasPrefix("OpenCL 1.0")
          && !library.text(of: device, MARTLET_CL_DEVICE_VERSION).hasPrefix("OpenCL 1.1"),
        "has an OpenCL older than 1.2"
      ),
    ] where !isThere {
      throw .unsupported(operation: "opencl", detail: "\(processor) (\(platform.name)) \(what).")
    }
    name = "opencl:\(number)"
    functions = library.functions
    self.device = device
    let driver = library.text(of: device, MARTLET_CL_DRIVER_VERSION)
    description = DeviceDescription(
      processor: processor, library: "\(library.path) (\(platform.name), driver \(driver))")

    var dtypes = Set(DType.allCases)
    let extensions = library.text(of: device, MARTLET_CL_DEVICE_EXTENSIONS).split(separator: " ")
    if !extensions.contains("cl_khr_fp64") { dtypes.subtract([.float64, .complex128]) }
    capabilities = DeviceCapabilities(
      dtypes: dtypes, sharesHostMemory: false, reportsFloatingPointEvents: false,
      runsGridKernels: true)

    func bytes(_ parameter: Int32) -> Int {
      Int(clamping: library.number(of: device, parameter, as: UInt64.self))
    }
    totalMemory = min(bytes(MARTLET_CL_DEVICE_MEMORY), memoryLimit)
    largestBuffer = bytes(MARTLET_CL_DEVICE_MAX_MEMORY_ALLOCATION)
    poolLimit = Environment.bytes("MARTLET_POOL") ?? totalMemory / 4
    computeUnits = max(
      1, Int(library.number(of: device, MARTLET_CL_DEVICE_MAX_COMPUTE_UNITS, as: UInt32.self)))
    let block = library.sizes(of: device, MARTLET_CL_DEVICE_MAX_WORK_ITEM_SIZES, count: 3)
    // A range of indices has to fit the device's size_t, and the product with the block an Int.
    let most = Int(Int32.max)
    let threads = library.number(of: device, MARTLET_CL_DEVICE_MAX_WORK_GROUP_SIZE, as: Int.self)
    limits = LaunchLimits(
      threads: max(1, threads),
      block: GridSize(x: block[0], y: block[1], z: block[2]),
      grid: GridSize(x: most, y: most, z: most))

    // Correctly rounded, as on every other device, where the device offers it.
    let floats = library.number(of: device, MARTLET_CL_DEVICE_FLOAT_CONFIGURATION, as: UInt64.self)
    let divides = floats & UInt64(MARTLET_CL_FLOAT_DIVIDES_CORRECTLY) != 0
    programs = OpenCLProgramCache(
      disk: .user,
      options: "-cl-std=CL1.2 -w" + (divides ? " -cl-fp32-correctly-rounded-divide-sqrt" : ""),
      deviceIdentity: [
        platform.name, platform.version, processor, driver,
        library.text(of: device, MARTLET_CL_DEVICE_VERSION),
      ])

    var status: Int32 = 0
    var reference: OpaquePointer? = device
    let context = withUnsafeMutablePointer(to: &reference) {
      $0.withMemoryRebound(to: OpaquePointer.self, capacity: 1) {
        library.functions.CreateContext(nil, 1, $0, nil, nil, &status)
      }
    }
    try OpenCLStatus.check(status, device: name, operation: "opening \(processor)")
    guard let context else {
      throw .device(name: name, operation: "opening \(processor)", detail: "There is no context.")
    }
    self.context = context
    let queue = library.functions.CreateCommandQueue(context, device, 0, &status)
    guard status == 0, let queue else {
      _ = library.functions.ReleaseContext(context)
      throw .device(
        name: name, operation: "opening \(processor)", detail: OpenCLStatus.sentence(status))
    }
    self.queue = queue
  }

  deinit {
    trim()
    _ = functions.ReleaseCommandQueue(queue)
    _ = functions.ReleaseContext(context)
  }

  package var memoryInfo: DeviceMemoryInfo {
    let used = lock.withLock { bytesInUse }
    return DeviceMemoryInfo(total: totalMemory, free: max(0, totalMemory - used))
  }

  /// A driver's threads and connections don't survive `fork`, and waiting for them would never end.
  func checkProcess(_ operation: String) throws(MartletError) {
    if getpid() == process { return }
    throw .device(
      name: name, operation: operation,
      detail: "The process was forked after the device was opened. Use it in the parent only, or "
        + "start the child anew instead of forking it.")
  }

  // MARK: - Memory

  package func allocate(byteCount: Int) throws(MartletError) -> DeviceMemory {
    try checkProcess("allocate")
    try DeviceFaults.check(.allocate, on: name, byteCount: byteCount)
    guard byteCount >= 0, byteCount <= min(largestBuffer, totalMemory) else {
      throw .outOfMemory(bytes: byteCount)
    }
    let capacity = min(BufferPool.capacity(for: byteCount), largestBuffer)
    return try lock.withLock { () throws(MartletError) in
      let start: UInt
      if let free = pool.take(capacity: capacity) {
        addresses.setInUse(true, at: free)
        start = free
      } else {
        start = try fresh(capacity, asked: byteCount)
      }
      bytesInUse += capacity
      return DeviceMemory(address: start, byteCount: byteCount, capacity: capacity)
    }
  }

  /// Takes memory from the driver; where there is none, gives back what is pooled and tries again.
  private func fresh(_ capacity: Int, asked: Int) throws(MartletError) -> UInt {
    // Some drivers promise more than the device has, and fail in the middle of the work.
    if bytesInUse + pool.byteCount + capacity > totalMemory { trim() }
    guard bytesInUse + capacity <= totalMemory else { throw .outOfMemory(bytes: asked) }
    for attempt in 0..<2 {
      var status: Int32 = 0
      let flags = UInt64(MARTLET_CL_MEMORY_READ_WRITE)
      if let buffer = functions.CreateBuffer(context, flags, capacity, nil, &status) {
        if let start = addresses.add(buffer, byteCount: capacity) { return start }
        _ = functions.ReleaseMemObject(buffer)
      } else if !OpenCLStatus.isOutOfMemory(status) && status != OpenCLStatus.outOfResources {
        try OpenCLStatus.check(status, device: name, operation: "allocate")
      }
      if attempt == 0 { trim() }
    }
    throw .outOfMemory(bytes: asked)
  }

  /// Gives all pooled memory back to the driver. Under the lock.
  func trim() {
    while let start = pool.takeOldest() { release(start) }
  }

  private func release(_ start: UInt) {
    // The driver keeps the memory until pending work has ended.
    if let buffer = addresses.remove(start) { _ = functions.ReleaseMemObject(buffer) }
  }

  package func free(_ memory: DeviceMemory) {
    // In a forked child nothing of the driver may be touched; its memory is the parent's.
    guard getpid() == process else { return }
    lock.withLock {
      bytesInUse -= memory.capacity
      addresses.setInUse(false, at: memory.address)
      // Work that is pending comes before whatever the next owner asks for.
      pool.put(memory.address, capacity: memory.capacity)
      while pool.byteCount > poolLimit, let start = pool.takeOldest() { release(start) }
    }
  }

  /// The buffer of an address from which on `byteCount` bytes are used. Under the lock.
  func find(
    _ address: UnsafeMutableRawPointer, byteCount: Int, _ operation: String
  ) throws(MartletError) -> AddressSpace<OpaquePointer>.Place {
    guard let place = addresses.find(UInt(bitPattern: address)), byteCount <= place.rest else {
      throw .internalError(
        operation: operation, detail: "\(byteCount) bytes at \(address) are not memory of \(name)")
    }
    return place
  }

  // MARK: - Copies

  /// Where in which buffer a copy between this device and the host takes place.
  private func place(
    _ operation: DeviceFaults.Operation, _ address: UnsafeMutableRawPointer, byteCount: Int
  ) throws(MartletError) -> AddressSpace<OpaquePointer>.Place {
    try checkProcess(operation.rawValue)
    try DeviceFaults.check(operation, on: name)
    return try lock.withLock { () throws(MartletError) in
      try find(address, byteCount: byteCount, operation.rawValue)
    }
  }

  package func copyIn(
    _ source: UnsafeRawBufferPointer, to address: UnsafeMutableRawPointer
  ) throws(MartletError) {
    guard let base = source.baseAddress, source.count > 0 else { return }
    let place = try place(.copyIn, address, byteCount: source.count)
    // The queue is in order, so this waits for everything before it.
    let status = withMemory {
      functions.EnqueueWriteBuffer(
        queue, place.handle, 1, place.offset, source.count, base, 0, nil, nil)
    }
    try check(status, "copyIn", byteCount: source.count)
  }

  package func copyOut(
    _ address: UnsafeMutableRawPointer, to destination: UnsafeMutableRawBufferPointer
  ) throws(MartletError) {
    guard let base = destination.baseAddress, destination.count > 0 else { return }
    let place = try place(.copyOut, address, byteCount: destination.count)
    let status = withMemory {
      functions.EnqueueReadBuffer(
        queue, place.handle, 1, place.offset, destination.count, base, 0, nil, nil)
    }
    // What failed before explains what was read, and a failure of reading.
    try reportFailure()
    try check(status, "copyOut", byteCount: destination.count)
  }

  package func copy(
    _ source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer, byteCount: Int
  ) throws(MartletError) {
    try checkProcess("copy")
    if byteCount == 0 { return }
    let (from, to) = try lock.withLock { () throws(MartletError) in
      (
        try find(source, byteCount: byteCount, "copy"),
        try find(destination, byteCount: byteCount, "copy")
      )
    }
    var event: OpaquePointer?
    let status = withMemory {
      functions.EnqueueCopyBuffer(
        queue, from.handle, to.handle, from.offset, to.offset, byteCount, 0, nil, &event)
    }
    try check(status, "copy", byteCount: byteCount)
    lock.withLock { note(event) }
    _ = functions.Flush(queue)
  }

  /// Does what a driver that takes memory late may have none for; once more with the pool given
  /// back.
  private func withMemory(_ command: () -> Int32) -> Int32 {
    let status = command()
    guard OpenCLStatus.isOutOfMemory(status) else { return status }
    lock.withLock { trim() }
    return command()
  }

  func check(_ status: Int32, _ operation: String, byteCount: Int) throws(MartletError) {
    if OpenCLStatus.isOutOfMemory(status) { throw .outOfMemory(bytes: byteCount) }
    try OpenCLStatus.check(status, device: name, operation: operation)
  }

  // MARK: - Pending work

  /// Keeps an eye on work in the queue. Under the lock.
  func note(_ event: OpaquePointer?) {
    guard let event else { return }
    pending.append(event)
    if pending.count >= 256 { forgetFinished() }
  }

  /// Drops what has ended, and keeps the first error of it. Under the lock.
  private func forgetFinished() {
    pending.removeAll { event in
      var outcome: Int32 = 0
      let size = MemoryLayout<Int32>.size
      let status = functions.GetEventInfo(
        event, UInt32(MARTLET_CL_EVENT_STATUS), size, &outcome, nil)
      if status != 0 { outcome = status }
      if outcome > 0 { return false }  // Queued, submitted or running.
      if outcome < 0, failure == nil {
        failure = .device(name: name, operation: "run", detail: OpenCLStatus.sentence(outcome))
      }
      _ = functions.ReleaseEvent(event)
      return true
    }
  }

  /// - Throws: The first error of work that has ended since the last call.
  private func reportFailure() throws(MartletError) {
    let failure = lock.withLock {
      forgetFinished()
      defer { self.failure = nil }
      return self.failure
    }
    if let failure { throw failure }
  }

  package func synchronise() throws(MartletError) {
    try checkProcess("synchronise")
    let status = functions.Finish(queue)
    try reportFailure()
    try OpenCLStatus.check(status, device: name, operation: "synchronise")
  }
}

/// Freed buffers by size, named by their first addresses.
private struct BufferPool {
  private struct List {
    var starts: [UInt] = []
    /// When it was last used, in operations of the pool.
    var lastUsed = 0
  }

  private var lists: [Int: List] = [:]
  private var operations = 0
  private(set) var byteCount = 0

  /// How much to take for `byteCount` bytes, so that sizes that differ a little share buffers.
  static func capacity(for byteCount: Int) -> Int {
    if byteCount >= MemoryPool.smallestPooled { return MemoryPool.sizeClass(byteCount).capacity }
    var capacity = 256
    while capacity < byteCount { capacity *= 2 }
    return capacity
  }

  mutating func take(capacity: Int) -> UInt? {
    operations += 1
    guard let start = lists[capacity]?.starts.popLast() else { return nil }
    lists[capacity]?.lastUsed = operations
    byteCount -= capacity
    return start
  }

  mutating func put(_ start: UInt, capacity: Int) {
    operations += 1
    lists[capacity, default: List()].starts.append(start)
    lists[capacity]?.lastUsed = operations
    byteCount += capacity
  }

  /// One buffer of the size unused for longest.
  mutating func takeOldest() -> UInt? {
    let filled = lists.filter { !$0.value.starts.isEmpty }
    let oldest = filled.min { $0.value.lastUsed < $1.value.lastUsed }
    guard let capacity = oldest?.key else { return nil }
    byteCount -= capacity
    return lists[capacity]?.starts.popLast()
  }
}
