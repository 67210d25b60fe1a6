import CMartlet
import MartletIR

/// Copies between the host's memory and a GPU's, through two buffers that the GPU can read and
/// write by itself: while it works on one, the host works on the other.
///
/// All calls are made while the context is current.
final class CUDAStaging: @unchecked Sendable {
  // Unchecked: everything that changes is only touched while `lock` is held.

  /// Large enough to keep the bus busy, small enough to be taken without asking.
  static let usualByteCount = 4 << 20

  private struct Slot {
    var memory: UnsafeMutableRawPointer
    /// The end of the GPU's last work on it.
    var event: OpaquePointer
  }

  private let context: CUDAContext
  private let memory: CUDAMemory
  private let byteCount: Int
  private let lock = Lock()
  private var slots: [Slot] = []
  /// The work that a copy to the host comes after.
  private var ready: OpaquePointer?
  /// The slot whose turn it is.
  private var turn = 0

  init(_ context: CUDAContext, _ memory: CUDAMemory, byteCount: Int = usualByteCount) {
    self.context = context
    self.memory = memory
    self.byteCount = byteCount
  }

  /// Has read `source` when it returns; the GPU may not have written yet.
  func copyIn(_ source: UnsafeRawBufferPointer, to address: UInt64) throws(MartletError) {
    guard let base = source.baseAddress else { return }
    try lock.withLock { () throws(MartletError) in
      try prepare("copyIn")
      for start in stride(from: 0, to: source.count, by: byteCount) {
        let count = min(byteCount, source.count - start)
        let slot = next()
        try context.check(context.functions.EventSynchronize(slot.event), "copyIn")
        slot.memory.copyMemory(from: base + start, byteCount: count)
        try context.check(
          context.functions.MemcpyHtoDAsync_v2(
            address + UInt64(start), slot.memory, count, context.stream), "copyIn")
        try context.check(context.functions.EventRecord(slot.event, context.stream), "copyIn")
      }
    }
  }

  /// Has written `destination` when it returns.
  func copyOut(
    _ address: UInt64, to destination: UnsafeMutableRawBufferPointer
  ) throws(MartletError) {
    guard let base = destination.baseAddress else { return }
    try lock.withLock { () throws(MartletError) in
      try prepare("copyOut")
      guard let ready else { return }
      try context.check(context.functions.EventRecord(ready, context.stream), "copyOut")
      try context.check(
        context.functions.StreamWaitEvent(context.downloads, ready, 0), "copyOut")
      var waiting: (slot: Slot, start: Int, count: Int)?
      for start in stride(from: 0, to: destination.count, by: byteCount) {
        let count = min(byteCount, destination.count - start)
        let slot = next()
        // What the slot held has been taken, or its stream was past it when `ready` was recorded.
        try context.check(
          context.functions.MemcpyDtoHAsync_v2(
            slot.memory, address + UInt64(start), count, context.downloads), "copyOut")
        try context.check(context.functions.EventRecord(slot.event, context.downloads), "copyOut")
        if let waiting { try take(waiting, base) }
        waiting = (slot, start, count)
      }
      if let waiting { try take(waiting, base) }
    }
  }

  private func take(
    _ piece: (slot: Slot, start: Int, count: Int), _ base: UnsafeMutableRawPointer
  ) throws(MartletError) {
    try context.check(context.functions.EventSynchronize(piece.slot.event), "copyOut")
    (base + piece.start).copyMemory(from: piece.slot.memory, byteCount: piece.count)
  }

  private func next() -> Slot {
    defer { turn = (turn + 1) % slots.count }
    return slots[turn]
  }

  /// Makes the buffers before the first copy.
  private func prepare(_ operation: String) throws(MartletError) {
    if ready == nil { ready = try event(operation) }
    while slots.count < 2 {
      var room: UnsafeMutableRawPointer?
      let code = try memory.retrying {
        context.functions.MemHostAlloc(&room, byteCount, UInt32(MARTLET_CUDA_HOST_PORTABLE))
      }
      if code == MARTLET_CUDA_OUT_OF_MEMORY { throw .outOfMemory(bytes: byteCount) }
      try context.check(code, operation)
      guard let room else { throw .outOfMemory(bytes: byteCount) }
      do throws(MartletError) {
        slots.append(Slot(memory: room, event: try event(operation)))
      } catch {
        context.note(context.functions.MemFreeHost(room), operation)
        throw error
      }
    }
  }

  private func event(_ operation: String) throws(MartletError) -> OpaquePointer {
    var event: OpaquePointer?
    let outcome = context.functions.EventCreate(&event, UInt32(MARTLET_CUDA_EVENT_DISABLE_TIMING))
    try context.check(outcome, operation)
    guard let event else {
      throw .device(name: context.name, operation: operation, detail: "There is no event.")
    }
    return event
  }
}
