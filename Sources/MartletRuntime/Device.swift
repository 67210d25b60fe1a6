import MartletIR

/// A processor with its memory. Everything Martlet computes reaches it as a kernel or as one of the
/// library calls it lists; there is no method for any single operation.
///
/// A device must do what is below, from any thread. It may run launches and copies later than they
/// are asked for, but in the order of the calls; `synchronise` and `copyOut` wait for them.
package protocol Device: AnyObject, Sendable {
  /// Must be unique and stable: `cpu`, `cuda:0`. Users select a device by it.
  var name: String { get }

  /// Must tell what the device can do; what is missing falls back to the CPU.
  var capabilities: DeviceCapabilities { get }

  /// Must tell the memory's size, and what is free as well as it is known.
  var memoryInfo: DeviceMemoryInfo { get }

  /// Must return memory with arbitrary contents, or throw `.outOfMemory`. It may keep a pool.
  func allocate(byteCount: Int) throws(MartletError) -> DeviceMemory

  /// Must take back what `allocate` returned, even while work that uses it is pending.
  func free(_ memory: DeviceMemory)

  /// Must have read `source` when it returns.
  func copyIn(
    _ source: UnsafeRawBufferPointer, to memory: DeviceMemory, offset: Int
  ) throws(MartletError)

  /// Must have written `destination` when it returns.
  func copyOut(
    _ memory: DeviceMemory, offset: Int, to destination: UnsafeMutableRawBufferPointer
  ) throws(MartletError)

  /// Must copy within the device; the ranges don't overlap. It may be pending on return.
  func copy(
    _ source: DeviceMemory, offset: Int, to destination: DeviceMemory, offset: Int, byteCount: Int
  ) throws(MartletError)

  /// Must turn a verified kernel into something to launch, or throw `.compilation`, or
  /// `.unsupported` for what its capabilities exclude. It may cache by structure.
  func compile(_ kernel: Kernel) throws(MartletError) -> any CompiledKernel

  /// Must run `tasks` tasks of a kernel that this device compiled. The arguments are those of the
  /// kernel's global buffers, in order. It may be pending on return; events and index errors may
  /// surface as late as `synchronise`.
  func launch(
    _ kernel: any CompiledKernel, arguments: [KernelArgument], slots: [Int64], tasks: Int
  ) throws(MartletError)

  /// Must wait for all pending work, report its first error, and return the floating-point events
  /// since the last call (none where the hardware has no flags).
  func synchronise() throws(MartletError) -> FloatingPointEvents
}

/// What a device can do.
package struct DeviceCapabilities: Sendable, Hashable {
  /// The dtypes its kernels compute with.
  package var dtypes: Set<DType>
  /// Whether host pointers into its memory are valid, so that nothing needs copying.
  package var sharesHostMemory: Bool
  /// Whether it raises floating-point flags.
  package var reportsFloatingPointEvents: Bool
  /// Whether kernels may use blocks, shared memory and barriers.
  package var runsGridKernels: Bool
  /// Calls it has a library for, such as `matmul`.
  package var libraryCalls: Set<String>

  package init(
    dtypes: Set<DType>, sharesHostMemory: Bool, reportsFloatingPointEvents: Bool,
    runsGridKernels: Bool, libraryCalls: Set<String>
  ) {
    self.dtypes = dtypes
    self.sharesHostMemory = sharesHostMemory
    self.reportsFloatingPointEvents = reportsFloatingPointEvents
    self.runsGridKernels = runsGridKernels
    self.libraryCalls = libraryCalls
  }
}

/// A device's memory, in bytes.
package struct DeviceMemoryInfo: Sendable, Hashable {
  package var total: Int
  package var free: Int

  package init(total: Int, free: Int) {
    self.total = total
    self.free = free
  }
}

/// Memory on a device: an address or handle that only the device understands.
package struct DeviceMemory: Sendable, Hashable {
  package let handle: UInt
  /// The bytes that may be used.
  package let byteCount: Int
  /// What the device took for it.
  package let capacity: Int

  package init(handle: UInt, byteCount: Int, capacity: Int) {
    self.handle = handle
    self.byteCount = byteCount
    self.capacity = capacity
  }
}

/// Where a kernel's buffer begins: the element at index zero.
package struct KernelArgument: Sendable, Hashable {
  package let memory: DeviceMemory
  /// In bytes.
  package let offset: Int

  package init(memory: DeviceMemory, offset: Int) {
    self.memory = memory
    self.offset = offset
  }
}

/// A kernel ready to be launched by the device that compiled it.
package protocol CompiledKernel: AnyObject, Sendable {
  var name: String { get }
}
