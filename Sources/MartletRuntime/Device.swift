import MartletIR

/// A processor with its memory. Everything Martlet computes reaches it as a kernel or as one of the
/// library calls it lists; there is no method for any single operation.
///
/// A device must do what is below, from any thread. It may run launches and copies later than they
/// are asked for, but in the order of the calls; `synchronise` and `copyOut` wait for them.
///
/// Memory is named by addresses. They come from one space for all devices: an address inside a
/// device's memory is no other device's, and reading it on the host is an error that the processor
/// catches, unless the device shares the host's memory. So views are made by adding to an address,
/// whatever the device.
package protocol Device: AnyObject, Sendable {
  /// Must be unique and stable: `cpu`, `cuda:0`. Users select a device by it.
  var name: String { get }

  /// Must tell the processor, as its maker calls it, and the library that leads to it.
  var description: DeviceDescription { get }

  /// Must tell what the device can do; what is missing falls back to the CPU.
  var capabilities: DeviceCapabilities { get }

  /// Must tell the memory's size, and what is free as well as it is known.
  var memoryInfo: DeviceMemoryInfo { get }

  /// Must return memory with arbitrary contents, aligned to 64 bytes from 1 KiB on, else to 16, or
  /// throw `.outOfMemory`. It may keep a pool, which it must trim before it throws.
  func allocate(byteCount: Int) throws(MartletError) -> DeviceMemory

  /// Must take back what `allocate` returned, even while work that uses it is pending.
  func free(_ memory: DeviceMemory)

  /// Must have read `source` when it returns. `address` lies in this device's memory.
  func copyIn(
    _ source: UnsafeRawBufferPointer, to address: UnsafeMutableRawPointer
  ) throws(MartletError)

  /// Must have written `destination` when it returns.
  func copyOut(
    _ address: UnsafeMutableRawPointer, to destination: UnsafeMutableRawBufferPointer
  ) throws(MartletError)

  /// Must copy within the device; the ranges don't overlap. It may be pending on return.
  func copy(
    _ source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer, byteCount: Int
  ) throws(MartletError)

  /// Must turn a verified kernel into something to launch, or throw `.compilation`, or
  /// `.unsupported` for what its capabilities exclude. It may cache by structure.
  func compile(_ kernel: Kernel) throws(MartletError) -> any CompiledKernel

  /// Must run `tasks` tasks of a kernel that this device compiled. `buffers` holds the addresses of
  /// the elements at index zero of the kernel's global buffers, in order. It may be pending on
  /// return; what goes wrong may surface as late as `synchronise`.
  ///
  /// - Parameter grain: how many tasks in a row are worth handing to a thread: only a hint, but where
  ///   it is `tasks` or more they must run one after another, in order.
  /// - Returns: the floating-point events, where the hardware has flags and the work is done.
  func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64], tasks: Int,
    grain: Int
  ) throws(MartletError) -> FloatingPointEvents

  /// May run a kernel that asks for grid indices, one thread per index of `grid` × `block`; must
  /// throw `.unsupported` if its capabilities exclude such kernels.
  func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64],
    grid: GridSize, block: GridSize
  ) throws(MartletError)

  /// Must wait for all pending work and report its first error.
  func synchronise() throws(MartletError)

  // Below is what a device may do; by default it does not.

  /// May have a library for a kind of call, which is opened to find out. A device that shares the
  /// host's memory is not asked: arrays there call the host's libraries themselves.
  func hasLibrary(for kind: LibraryCall.Kind) -> Bool

  /// May make a library call, in the order of the launches; must throw `.unsupported` for one that
  /// it has no library for. It may be pending on return.
  func call(_ call: LibraryCall) throws(MartletError)

  /// May share memory with other libraries of the process: its number among the devices of CUDA.
  /// Its addresses are theirs then.
  var cudaNumber: Int? { get }

  /// Must tell, if it has such a number, that of the device which an address belongs to.
  func cudaNumber(of address: UInt) throws(MartletError) -> Int

  /// May use memory of another library once the work that library put into `stream` (a stream of
  /// the device by its address, nil for none) is done. The owner keeps it until `letGo` returns.
  func adopt(_ memory: DeviceMemory, after stream: UInt?) throws(MartletError)

  /// Must have ended all work that uses memory it adopted.
  func letGo(_ memory: DeviceMemory)
}

extension Device {
  package func hasLibrary(for kind: LibraryCall.Kind) -> Bool { false }

  package func call(_ call: LibraryCall) throws(MartletError) {
    throw .unsupported(operation: call.kind.rawValue, detail: "\(name) has no library for it.")
  }

  package var cudaNumber: Int? { nil }

  package func cudaNumber(of address: UInt) throws(MartletError) -> Int {
    throw .unsupported(operation: "adopt", detail: "\(name) is no device of CUDA.")
  }

  package func adopt(_ memory: DeviceMemory, after stream: UInt?) throws(MartletError) {
    throw .unsupported(
      operation: "adopt", detail: "\(name) uses no memory of other libraries.")
  }

  package func letGo(_ memory: DeviceMemory) {}
}

/// What a device is, for people.
package struct DeviceDescription: Sendable, Hashable {
  /// As its maker calls it.
  package var processor: String
  /// The file or soname of the library that leads to it, with its version where it tells; nil for
  /// none.
  package var library: String?

  package init(processor: String, library: String?) {
    self.processor = processor
    self.library = library
  }
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

  package init(
    dtypes: Set<DType>, sharesHostMemory: Bool, reportsFloatingPointEvents: Bool,
    runsGridKernels: Bool
  ) {
    self.dtypes = dtypes
    self.sharesHostMemory = sharesHostMemory
    self.reportsFloatingPointEvents = reportsFloatingPointEvents
    self.runsGridKernels = runsGridKernels
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

/// Memory on a device.
package struct DeviceMemory: Sendable, Hashable {
  package let address: UInt
  /// The bytes that may be used.
  package let byteCount: Int
  /// What the device took for it.
  package let capacity: Int

  package init(address: UInt, byteCount: Int, capacity: Int) {
    self.address = address
    self.byteCount = byteCount
    self.capacity = capacity
  }
}

/// A kernel ready to be launched by the device that compiled it.
package protocol CompiledKernel: AnyObject, Sendable {
  var name: String { get }
}
