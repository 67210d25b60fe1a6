import CMartlet
import MartletCodegen
import MartletIR

/// A kernel for one OpenCL device.
final class OpenCLKernel: CKernel, @unchecked Sendable {
  // Unchecked: the reference's arguments are only set while the device's lock is held.
  let name: String
  let reference: OpaquePointer
  let source: CSource
  /// Only this device can run it.
  unowned let device: OpenCL

  /// Takes the program over, which the kernel keeps alive.
  ///
  /// - Throws: `.unsupported` where the device cannot run blocks as large as the kernel needs, or
  ///   takes no launch table as long.
  init(
    _ program: OpaquePointer, _ source: CSource, name: String, _ device: OpenCL
  ) throws(MartletError) {
    defer { _ = device.functions.ReleaseProgram(program) }
    var status: Int32 = 0
    let reference = device.functions.CreateKernel(program, source.entry, &status)
    guard status == 0, let reference else {
      throw .compilation(kernel: name, detail: "\(device.name): \(OpenCLStatus.sentence(status))")
    }
    self.name = name
    self.reference = reference
    self.source = source
    self.device = device
    // Devices promise 1 KiB for all arguments; most take more.
    let table = [Int64](repeating: 0, count: max(1, source.slotCount))
    let tableBytes = table.count * MemoryLayout<Int64>.size
    status = device.functions.SetKernelArg(
      reference, UInt32(2 * source.bufferCount), tableBytes, table)
    if status != 0 {
      throw .unsupported(
        operation: name,
        detail: "\(device.name) takes no launch table of \(tableBytes) bytes. "
          + OpenCLStatus.sentence(status))
    }
    if source.isGrid { return }
    var limit = 0
    let size = MemoryLayout<Int>.size
    status = device.functions.GetKernelWorkGroupInfo(
      reference, device.device, UInt32(MARTLET_CL_KERNEL_WORK_GROUP_SIZE), size, &limit, nil)
    if status == 0, limit < source.threadsPerBlock {
      throw .unsupported(
        operation: name,
        detail: "\(device.name) runs it in groups of at most \(limit) threads; it needs "
          + "\(source.threadsPerBlock).")
    }
  }

  deinit { _ = device.functions.ReleaseKernel(reference) }

  func isCompiled(for device: any Device) -> Bool { device === self.device }
}

extension OpenCL {
  package func compile(_ kernel: Kernel) throws(MartletError) -> any CompiledKernel {
    try checkProcess("compile")
    try DeviceFaults.check(.compile, on: name)
    let kernel = MathLibrary.expand(kernel)
    let types = kernel.valueTypes + kernel.variableTypes + kernel.buffers.map(\.dtype)
    if let missing = types.first(where: { !capabilities.dtypes.contains($0) }) {
      throw .unsupported(
        operation: kernel.name,
        detail: "\(name) (\(description.processor)) does not compute with \(missing).")
    }
    let source = try CEmitter.emit(kernel, dialect: .openCL)
    if source.needsDoubles, !capabilities.dtypes.contains(.float64) {
      throw .unsupported(
        operation: kernel.name,
        detail: "\(name) (\(description.processor)) does not compute with float64, which this "
          + "kernel needs between its steps.")
    }
    return try programs.kernel(source, name: kernel.name, on: self)
  }

  // MARK: - Launches

  package func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64], tasks: Int,
    grain: Int
  ) throws(MartletError) -> FloatingPointEvents {
    try checkProcess("launch")
    let kernel = try OpenCLKernel.check(
      kernel, for: self, isGrid: false, buffers: buffers.count, slots: slots.count)
    try DeviceFaults.check(.launch, on: name)
    if tasks <= 0 { return [] }
    // Groups take one task after another, so more of them than keep the device busy gain nothing,
    // and one alone keeps the order.
    let groups = grain >= tasks ? 1 : min(tasks, computeUnits * 64)
    let block = kernel.source.threadsPerBlock
    try enqueue(
      kernel, buffers, slots, tasks: tasks, global: [groups * block], local: [block])
    return []
  }

  package func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64],
    grid: GridSize, block: GridSize
  ) throws(MartletError) {
    try checkProcess("launch")
    let kernel = try OpenCLKernel.check(
      kernel, for: self, isGrid: true, buffers: buffers.count, slots: slots.count)
    try DeviceFaults.check(.launch, on: name)
    try limits.check(grid: grid, block: block, kernel: kernel.name, device: name)
    if grid.axes.contains(0) { return }
    try enqueue(
      kernel, buffers, slots, tasks: 0, global: zip(grid.axes, block.axes).map { $0 * $1 },
      local: block.axes)
  }

  private func enqueue(
    _ kernel: OpenCLKernel, _ buffers: [UnsafeMutableRawPointer?], _ slots: [Int64], tasks: Int,
    global: [Int], local: [Int]
  ) throws(MartletError) {
    try lock.withLock { () throws(MartletError) in
      // A kernel's arguments belong to the kernel, so they are set and used in one go.
      try setArguments(kernel, buffers, slots.isEmpty ? [0] : slots, tasks)
      var event: OpaquePointer?
      func run() -> Int32 {
        functions.EnqueueNDRangeKernel(
          queue, kernel.reference, UInt32(global.count), nil, global, local, 0, nil, &event)
      }
      var status = run()
      if OpenCLStatus.isOutOfMemory(status) {
        trim()
        status = run()
      }
      try check(status, kernel.name, byteCount: 0)
      note(event)
    }
    // Else the driver may wait for more before it begins.
    _ = functions.Flush(queue)
  }

  /// Under the lock.
  private func setArguments(
    _ kernel: OpenCLKernel, _ buffers: [UnsafeMutableRawPointer?], _ slots: [Int64], _ tasks: Int
  ) throws(MartletError) {
    var index: UInt32 = 0
    func set(_ value: UnsafeRawPointer?, _ byteCount: Int) throws(MartletError) {
      let status = functions.SetKernelArg(kernel.reference, index, byteCount, value)
      try OpenCLStatus.check(status, device: name, operation: kernel.name)
      index += 1
    }
    for address in buffers {
      var handle: OpaquePointer?
      var offset: Int64 = 0
      if let address {
        let place = try find(address, byteCount: 0, kernel.name)
        (handle, offset) = (place.handle, Int64(place.offset))
      }
      // OpenCL takes the place of a handle that is null for a null pointer.
      try set(&handle, MemoryLayout<OpaquePointer?>.size)
      try set(&offset, MemoryLayout<Int64>.size)
    }
    try set(slots, max(1, kernel.source.slotCount) * MemoryLayout<Int64>.size)
    var tasks = Int64(tasks)
    try set(&tasks, MemoryLayout<Int64>.size)
  }
}
