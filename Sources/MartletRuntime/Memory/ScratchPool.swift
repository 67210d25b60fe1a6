import CMartlet
import MartletIR

/// Scratch memory for as many threads as work at the same time.
package final class ScratchPool: @unchecked Sendable {
  // Unchecked: who takes a piece has it alone until it gives it back.
  private let memory: Buffer
  private let free: Guarded<[UnsafeMutableRawPointer]>

  /// Pieces of so many bytes, each on a line of the cache of its own.
  ///
  /// - Throws: `.outOfMemory`.
  package init(bytes: Int, count: Int) throws(MartletError) {
    let bytes = (max(bytes, 1) + 127) & ~63
    let total = bytes.multipliedReportingOverflow(by: count)
    if total.overflow { throw .outOfMemory(bytes: bytes) }
    memory = try Buffer(byteCount: total.partialValue)
    let base = memory.pointer
    free = Guarded((0..<count).map { base + $0 * bytes }, by: Lock())
  }

  /// Runs `body` with a piece; there are as many as threads, so one is free or will be.
  package func use(_ body: (UnsafeMutableRawPointer) -> Void) {
    while true {
      if let piece = free.withLock({ $0.popLast() }) {
        body(piece)
        return free.withLock { $0.append(piece) }
      }
      martlet_pause()
    }
  }
}
