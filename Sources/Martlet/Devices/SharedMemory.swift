import MartletIR
import MartletRuntime

// Memory of a device that other libraries of the process use too: DLPack and CUDA's array interface.

extension Device {
  /// Its number among CUDA's devices; nil where its memory is nobody else's.
  package var cudaNumber: Int? { runtime.cudaNumber }

  /// The device of CUDA that an address belongs to.
  ///
  /// - Throws: `.invalidArgument` where there is none, `.device` where CUDA does not know the address.
  package static func cuda(owning address: UInt) throws(MartletError) -> Device {
    try Device(.cuda(try Device(.cuda).runtime.cudaNumber(of: address)))
  }

  /// Looks for CUDA's libraries in these folders of packages too. Must come before the first use of
  /// a device.
  package static func searchLibraries(in folders: [String]) { CUDALibraries.search(folders) }
}

extension NDArray {
  /// An array on memory of another library, once what that put into `stream` is done.
  ///
  /// - Parameters:
  ///   - first: the address of element 0, which with negative strides is not the lowest.
  ///   - release: called once with `context` when nobody uses the memory any more; not called where
  ///     this throws.
  /// - Throws: `.invalidArgument` for memory of another device, `.unsupported`, `.device`.
  package init(
    adopting first: UInt, _ layout: Layout, _ dtype: DType, on device: Device, after stream: UInt?,
    readOnly: Bool, context: UnsafeMutableRawPointer?, release: Buffer.Release?
  ) throws(MartletError) {
    let extent = layout.extent
    let byteCount = extent.count * dtype.itemSize
    let lowest = first &+ UInt(bitPattern: extent.lowerBound * dtype.itemSize)
    guard let pointer = UnsafeMutableRawPointer(bitPattern: lowest) else {
      throw .invalidArgument(operation: "adopt", detail: "The memory has no address.")
    }
    try device.runtime.adopt(
      DeviceMemory(address: lowest, byteCount: byteCount, capacity: byteCount), after: stream)
    let buffer = Buffer(
      foreign: pointer, byteCount: byteCount, device: device.runtime, context: context,
      release: release)
    var moved = layout
    moved.offset = -extent.lowerBound
    self.init(
      storage: Storage(buffer, on: device, pinned: true, readOnly: readOnly), layout: moved,
      dtype: dtype)
  }

  /// Makes the memory one that others may read, and write unless it is read-only: this array's own,
  /// with all pending work on it done when this returns unless `isSettled` is false.
  ///
  /// - Returns: the first element's address on the array's device.
  package mutating func share(isSettled: Bool = true) throws(MartletError) -> UInt {
    _ = try storage.evaluatedHere()
    if !storage.isPinned, !storage.isReadOnly, !isKnownUniquelyReferenced(&storage) {
      storage = try duplicated()
    }
    try storage.pin()
    if isSettled { try device.synchronise() }
    return UInt(bitPattern: try storage.evaluatedHere())
  }
}

extension Storage {
  /// Writes all elements of another storage, laid out as here, into this one's memory.
  package func overwrite(with other: Storage) throws(MartletError) {
    let source = try other.evaluatedHere()
    try Device.copy(
      source, on: other.device, to: try writableHere(), on: device,
      byteCount: min(byteCount, other.byteCount))
  }
}
