import CMartlet
import MartletIR

/// Storage of an array in the memory of a device, the host's unless said otherwise; freed with its
/// last reference.
///
/// A buffer says nothing of what it holds: dtype, shape and who may write are the array's matter.
package final class Buffer: @unchecked Sendable {
  // Unchecked: the reference is immutable; its memory follows the rule of the arrays above, that
  // only a unique owner writes.

  /// Calls back the owner of foreign memory.
  package typealias Release = @convention(c) (_ context: UnsafeMutableRawPointer?) -> Void

  package let pointer: UnsafeMutableRawPointer
  /// The bytes that may be used.
  package let byteCount: Int
  /// What `MemoryPool.free` wants back, or -1 for foreign memory.
  private let capacity: Int
  private let release: Release?
  private let context: UnsafeMutableRawPointer?
  /// Where the memory is, if not the host's.
  private let device: (any Device)?

  /// New memory with arbitrary contents, aligned to 64 bytes from 1 KiB on, else to 16.
  ///
  /// - Throws: `.outOfMemory`.
  package init(byteCount: Int) throws(MartletError) {
    (pointer, capacity) = try MemoryPool.shared.allocate(byteCount: byteCount)
    self.byteCount = byteCount
    release = nil
    context = nil
    device = nil
  }

  /// New memory of a device, with arbitrary contents. `pointer` is its address there.
  ///
  /// - Throws: `.outOfMemory`.
  package init(byteCount: Int, device: any Device) throws(MartletError) {
    let memory = try device.allocate(byteCount: max(byteCount, 1))
    guard let pointer = UnsafeMutableRawPointer(bitPattern: memory.address) else {
      throw .internalError(operation: "allocate", detail: "\(device.name) gave no address")
    }
    self.pointer = pointer
    self.byteCount = byteCount
    capacity = memory.capacity
    release = nil
    context = nil
    self.device = device
  }

  /// New memory filled with zeros.
  ///
  /// - Throws: `.outOfMemory`.
  package init(zeroed byteCount: Int) throws(MartletError) {
    (pointer, capacity) = try MemoryPool.shared.allocate(byteCount: byteCount, zeroed: true)
    self.byteCount = byteCount
    release = nil
    context = nil
    device = nil
  }

  /// Memory that `MemoryPool` gave, from its taker, who has no more to do with it.
  package init(pooled pointer: UnsafeMutableRawPointer, capacity: Int) {
    self.pointer = pointer
    self.capacity = capacity
    byteCount = capacity
    release = nil
    context = nil
    device = nil
  }

  /// Memory that belongs to somebody else and stays valid until `release(context)` is called,
  /// once, from whichever thread drops the last reference. A device must have adopted its own.
  package init(
    foreign pointer: UnsafeMutableRawPointer, byteCount: Int, device: (any Device)? = nil,
    context: UnsafeMutableRawPointer?, release: Release?
  ) {
    self.pointer = pointer
    self.byteCount = byteCount
    self.context = context
    self.release = release
    self.device = device
    capacity = -1
  }

  /// Whether the memory came from outside, so that others may write to it.
  package var isForeign: Bool { capacity < 0 }

  /// The context of foreign memory whose owner is called back by `release`.
  package func foreignContext(releasedBy release: Release) -> UnsafeMutableRawPointer? {
    guard isForeign, let own = self.release,
      unsafeBitCast(own, to: Int.self) == unsafeBitCast(release, to: Int.self)
    else { return nil }
    return context
  }

  deinit {
    if capacity < 0 {
      device?.letGo(
        DeviceMemory(
          address: UInt(bitPattern: pointer), byteCount: byteCount, capacity: byteCount))
      release?(context)
    } else if let device {
      device.free(
        DeviceMemory(
          address: UInt(bitPattern: pointer), byteCount: max(byteCount, 1), capacity: capacity))
    } else {
      MemoryPool.shared.free(pointer, capacity: capacity)
    }
  }
}
