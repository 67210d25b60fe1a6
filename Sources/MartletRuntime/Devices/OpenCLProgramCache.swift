import CMartlet
import MartletCodegen
import MartletIR

/// From OpenCL C to a kernel of one device: in memory, else on disk, else compiled and stored.
final class OpenCLProgramCache: @unchecked Sendable {
  // Unchecked: what changes is only touched while `lock` is held.
  private let lock = Lock()
  private var kernels: [SHA256.Digest: OpenCLKernel] = [:]
  private var counts = KernelCache.Statistics()
  private var bytesWritten = 0
  private let disk: DiskCache
  private let options: String
  /// Everything about the device that decides what the compiler makes.
  private let deviceIdentity: [String]

  init(disk: DiskCache, options: String, deviceIdentity: [String]) {
    self.disk = disk
    self.options = options
    self.deviceIdentity = deviceIdentity
  }

  /// The same device with another place to store programs in, and nothing in memory.
  func with(disk: DiskCache) -> OpenCLProgramCache {
    OpenCLProgramCache(disk: disk, options: options, deviceIdentity: deviceIdentity)
  }

  var statistics: KernelCache.Statistics { lock.withLock { counts } }

  /// - Throws: `.compilation` with the compiler's log where it refuses, `.unsupported` where the
  ///   device cannot launch it.
  func kernel(
    _ source: CSource, name: String, on device: OpenCL
  ) throws(MartletError) -> OpenCLKernel {
    let key = key(of: source)
    // The lock is held while compiling: two threads that need one kernel then compile it once.
    return try lock.withLock { () throws(MartletError) in
      if let known = kernels[key] {
        counts.memory += 1
        return known
      }
      let kernel = try loaded(key.hexadecimal, source, name, device)
      kernels[key] = kernel
      return kernel
    }
  }

  func key(of source: CSource) -> SHA256.Digest {
    var hash = SHA256()
    let parts = ["\(DiskCache.formatVersion)", "opencl", options] + deviceIdentity
    for part in parts + [source.entry, source.text] {
      // With its length, so that no two lists of parts read the same.
      hash.update("\(part.utf8.count):")
      hash.update(part)
    }
    return hash.finish()
  }

  private func loaded(
    _ key: String, _ source: CSource, _ name: String, _ device: OpenCL
  ) throws(MartletError) -> OpenCLKernel {
    if let binary = disk.read(key), let program = program(from: binary, device) {
      counts.disk += 1
      return try OpenCLKernel(program, source, name: name, device)
    }
    let program = try compiled(source, name, device)
    counts.compiled += 1
    if let binary = binary(of: program, device) {
      disk.write(binary, as: key)
      bytesWritten += binary.count
      // Listing the directory for every kernel would cost more than it saves.
      if bytesWritten > 1 << 20 || counts.compiled == 1 {
        bytesWritten = 0
        disk.trim()
      }
    }
    return try OpenCLKernel(program, source, name: name, device)
  }

  // MARK: - Programs

  private func compiled(
    _ source: CSource, _ name: String, _ device: OpenCL
  ) throws(MartletError) -> OpaquePointer {
    var status: Int32 = 0
    let program = source.text.withCString { text in
      withUnsafePointer(to: text) { text in
        // The table says that the pointer in it may be changed; OpenCL does not.
        device.functions.CreateProgramWithSource(
          device.context, 1, UnsafeMutablePointer(mutating: text), nil, &status)
      }
    }
    try OpenCLStatus.check(status, device: device.name, operation: "compile")
    guard let program else {
      throw .device(name: device.name, operation: "compile", detail: "There is no program.")
    }
    status = build(program, device)
    if status == 0 { return program }
    let log = OpenCLLibrary.text {
      device.functions.GetProgramBuildInfo(
        program, device.device, UInt32(MARTLET_CL_PROGRAM_BUILD_LOG), $0, $1, $2)
    }
    _ = device.functions.ReleaseProgram(program)
    throw .compilation(
      kernel: name, detail: "\(device.name): \(OpenCLStatus.sentence(status))\n\(log)")
  }

  private func build(_ program: OpaquePointer, _ device: OpenCL) -> Int32 {
    withUnsafePointer(to: device.device) {
      device.functions.BuildProgram(program, 1, $0, options, nil, nil)
    }
  }

  /// Nil where the driver does not take what was stored: it is compiled again then.
  private func program(from binary: [UInt8], _ device: OpenCL) -> OpaquePointer? {
    var statuses: (binary: Int32, call: Int32) = (0, 0)
    let program = binary.withUnsafeBufferPointer { bytes in
      var start = bytes.baseAddress
      return withUnsafePointer(to: device.device) { reference in
        withUnsafePointer(to: bytes.count) { count in
          device.functions.CreateProgramWithBinary(
            device.context, 1, reference, count, &start, &statuses.binary, &statuses.call)
        }
      }
    }
    guard let program else { return nil }
    if statuses.binary == 0, statuses.call == 0, build(program, device) == 0 { return program }
    _ = device.functions.ReleaseProgram(program)
    return nil
  }

  /// Nil where the driver gives none.
  private func binary(of program: OpaquePointer, _ device: OpenCL) -> [UInt8]? {
    var byteCount = 0
    let size = MemoryLayout<Int>.size
    let status = device.functions.GetProgramInfo(
      program, UInt32(MARTLET_CL_PROGRAM_BINARY_SIZES), size, &byteCount, nil)
    guard status == 0, byteCount > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    let copied = bytes.withUnsafeMutableBufferPointer { bytes in
      // The question's answer is a table of pointers, one for each device.
      var start = bytes.baseAddress
      return device.functions.GetProgramInfo(
        program, UInt32(MARTLET_CL_PROGRAM_BINARIES), MemoryLayout.size(ofValue: start), &start,
        nil)
    }
    return copied == 0 ? bytes : nil
  }
}
