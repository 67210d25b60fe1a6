import CMartlet
import MartletCodegen
import MartletIR

/// A kernel for one GPU.
package final class CUDAKernel: CKernel, @unchecked Sendable {
  // Unchecked: nothing changes; the driver's function may be launched by any thread.

  package let name: String
  let source: CSource
  let function: OpaquePointer
  /// The device that compiled it.
  let deviceName: String

  init(name: String, _ source: CSource, function: OpaquePointer, deviceName: String) {
    self.name = name
    self.source = source
    self.function = function
    self.deviceName = deviceName
  }

  func isCompiled(for device: any Device) -> Bool { device.name == deviceName }
}

/// From CUDA C to a kernel of one GPU: in memory, else on disk, else compiled and stored.
final class CUDAKernelCache: @unchecked Sendable {
  // Unchecked: what changes is only touched while `lock` is held.
  private let lock = Lock()
  private var kernels: [SHA256.Digest: CUDAKernel] = [:]
  private var counts = KernelCache.Statistics()
  private var bytesWritten = 0
  private let disk: DiskCache
  private let compiler: NVRTC
  /// What is compiled for.
  private let architecture: String

  init(disk: DiskCache, compiler: NVRTC, architecture: String) {
    self.disk = disk
    self.compiler = compiler
    self.architecture = architecture
  }

  var statistics: KernelCache.Statistics { lock.withLock { counts } }

  /// Everything that decides the machine code.
  func key(of source: CSource) -> SHA256.Digest {
    var hash = SHA256()
    let parts = ["\(DiskCache.formatVersion)", "cuda", compiler.version, architecture]
    for part in parts + NVRTC.options + [source.entry, source.text] {
      // With its length, so that no two lists of parts read the same.
      hash.update("\(part.utf8.count):")
      hash.update(part)
    }
    return hash.finish()
  }

  /// - Parameter load: puts an image into the GPU's context, which is current.
  /// - Throws: `.compilation` with the compiler's log where it refuses, and what `load` throws.
  func kernel(
    _ source: CSource, name: String, load: (_ image: [UInt8]) throws(MartletError) -> CUDAKernel
  ) throws(MartletError) -> CUDAKernel {
    let key = key(of: source)
    // The lock is held while compiling: two threads that need one kernel then compile it once.
    return try lock.withLock { () throws(MartletError) in
      if let known = kernels[key] {
        counts.memory += 1
        return known
      }
      let kernel = try load(image(key.hexadecimal, source, name))
      kernels[key] = kernel
      return kernel
    }
  }

  private func image(
    _ key: String, _ source: CSource, _ name: String
  ) throws(MartletError) -> [UInt8] {
    if let stored = disk.read(key) {
      counts.disk += 1
      return stored
    }
    let image = try compiler.compile(source.text, named: name, architecture: architecture)
    counts.compiled += 1
    disk.write(image, as: key)
    bytesWritten += image.count
    // Listing the directory for every kernel would cost more than it saves.
    if bytesWritten > 1 << 20 || counts.compiled == 1 {
      bytesWritten = 0
      disk.trim()
    }
    return image
  }
}

extension CUDA {
  package func compile(_ kernel: Kernel) throws(MartletError) -> any CompiledKernel {
    try DeviceFaults.check(.compile, on: name)
    let source = try Self.source(of: kernel)
    let (context, memory) = try opened(for: "compile")
    return try context.run("compile") { () throws(MartletError) in
      try kernels.kernel(source, name: kernel.name) { (image) throws(MartletError) in
        let function = try load(image, source, kernel.name, context, memory)
        return CUDAKernel(name: kernel.name, source, function: function, deviceName: name)
      }
    }
  }

  /// What NVRTC gets to read.
  package static func source(of kernel: Kernel) throws(MartletError) -> CSource {
    try CEmitter.emit(MathLibrary.expand(kernel), dialect: .cuda)
  }

  /// A kernel in PTX, NVIDIA's assembly language, for reading: as for the first GPU that is there,
  /// and without one as for compute capability 9.0.
  ///
  /// - Throws: `.libraryMissing` without NVRTC.
  package static func assembly(of kernel: Kernel) throws(MartletError) -> String {
    let compiler = try NVRTC.shared()
    let capability = devices().first?.capability ?? 90
    let source = try source(of: kernel)
    guard let known = compiler.capabilities.last(where: { $0 <= capability }) else {
      throw .unsupported(
        operation: kernel.name,
        detail: "NVRTC \(compiler.version) compiles for no GPU as old as compute capability "
          + "\(capability / 10).\(capability % 10)")
    }
    // A virtual architecture gives text, and a zero after it.
    let image = try compiler.compile(
      source.text, named: source.entry, architecture: "compute_\(known)")
    return String(decoding: image.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Puts an image into the context, where it stays as long as the process lives.
  ///
  /// - Throws: `.compilation` with the driver's log, `.outOfMemory`.
  private func load(
    _ image: [UInt8], _ source: CSource, _ kernel: String, _ context: CUDAContext,
    _ memory: CUDAMemory
  ) throws(MartletError) -> OpaquePointer {
    let functions = context.functions
    var module: OpaquePointer?
    var log = [UInt8](repeating: 0, count: 4096)
    let code = try memory.retrying {
      log.withUnsafeMutableBytes { room in
        var options = [MARTLET_CUDA_JIT_ERROR_LOG, MARTLET_CUDA_JIT_ERROR_LOG_BYTES]
        // The driver takes numbers in the place of pointers.
        var values = [room.baseAddress, UnsafeMutableRawPointer(bitPattern: room.count)]
        return functions.ModuleLoadDataEx(&module, image, 2, &options, &values)
      }
    }
    if code == MARTLET_CUDA_OUT_OF_MEMORY { throw .outOfMemory(bytes: image.count) }
    if CUDAStatus.isSticky(code) { try context.check(code, "compile") }
    guard code == MARTLET_CUDA_SUCCESS, let module else {
      let text = String(decoding: log.prefix { $0 != 0 }, as: UTF8.self)
      throw .compilation(
        kernel: kernel,
        detail: "\(name): \(CUDAStatus.sentence(code, functions))"
          + (text.isEmpty ? "" : "\n\(text)"))
    }
    var function: OpaquePointer?
    let found = functions.ModuleGetFunction(&function, module, source.entry)
    guard found == MARTLET_CUDA_SUCCESS, let function else {
      context.note(functions.ModuleUnload(module), "compile")
      throw .compilation(
        kernel: kernel,
        detail: "\(name): no function \(source.entry): \(CUDAStatus.sentence(found, functions))")
    }
    return function
  }

  // MARK: - Launching

  package func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64], tasks: Int,
    grain: Int
  ) throws(MartletError) -> FloatingPointEvents {
    let kernel = try CUDAKernel.check(
      kernel, for: self, isGrid: false, buffers: buffers.count, slots: slots.count)
    try DeviceFaults.check(.launch, on: name)
    if tasks <= 0 { return [] }
    // Blocks take one task after another, so more of them than keep the GPU busy gain nothing, and
    // one alone keeps the order.
    let blocks =
      grain >= tasks ? 1 : min(tasks, multiprocessors * Self.blocksPerMultiprocessor)
    try enqueue(
      kernel, buffers, slots, tasks: tasks, grid: GridSize(x: blocks),
      block: GridSize(x: kernel.source.threadsPerBlock))
    return []
  }

  /// Twice what runs at a time, so that a multiprocessor that is done early finds more to do.
  static let blocksPerMultiprocessor = 32

  package func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64],
    grid: GridSize, block: GridSize
  ) throws(MartletError) {
    let kernel = try CUDAKernel.check(
      kernel, for: self, isGrid: true, buffers: buffers.count, slots: slots.count)
    try DeviceFaults.check(.launch, on: name)
    try limits.check(grid: grid, block: block, kernel: kernel.name, device: name)
    if grid.x == 0 || grid.y == 0 || grid.z == 0 { return }
    try enqueue(kernel, buffers, slots, tasks: 0, grid: grid, block: block)
  }

  private func enqueue(
    _ kernel: CUDAKernel, _ buffers: [UnsafeMutableRawPointer?], _ slots: [Int64], tasks: Int,
    grid: GridSize, block: GridSize
  ) throws(MartletError) {
    let source = kernel.source
    let (context, memory) = try opened(for: kernel.name)
    try context.run(kernel.name) { () throws(MartletError) in
      // The driver may need memory for the threads' stacks.
      let code = try memory.retrying {
        withArguments(buffers, slots, source, tasks) { arguments in
          context.functions.LaunchKernel(
            kernel.function, UInt32(grid.x), UInt32(grid.y), UInt32(grid.z), UInt32(block.x),
            UInt32(block.y), UInt32(block.z), 0, context.stream, arguments, nil)
        }
      }
      try context.check(code, kernel.name)
    }
  }

  /// The kernel's arguments as the driver takes them: a table of their addresses. They are the
  /// buffers, then the slots by value, then the number of tasks. The driver copies them.
  private func withArguments(
    _ buffers: [UnsafeMutableRawPointer?], _ slots: [Int64], _ source: CSource, _ tasks: Int,
    _ body: (UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Int32
  ) -> Int32 {
    let slotCount = max(1, source.slotCount)
    let wordCount = buffers.count + slotCount + 1
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: wordCount) { words in
      words.initialize(repeating: 0)
      for (n, address) in buffers.enumerated() { words[n] = UInt64(UInt(bitPattern: address)) }
      for n in 0..<source.slotCount {
        words[buffers.count + n] = UInt64(bitPattern: slots[n])
      }
      words[wordCount - 1] = UInt64(bitPattern: Int64(tasks))
      let argumentCount = buffers.count + 2
      return withUnsafeTemporaryAllocation(
        of: UnsafeMutableRawPointer?.self, capacity: argumentCount
      ) { arguments in
        guard let base = words.baseAddress, let table = arguments.baseAddress else {
          preconditionFailure("there are always slots and tasks")
        }
        for n in buffers.indices { (table + n).initialize(to: base + n) }
        (table + buffers.count).initialize(to: base + buffers.count)
        (table + buffers.count + 1).initialize(to: base + wordCount - 1)
        return body(table)
      }
    }
  }
}
