import CMartlet
import MartletIR

/// Host memory for arrays, which keeps what was freed for the next array of a similar size.
///
/// Touching fresh memory for the first time costs several times what arithmetic on it costs, so
/// blocks from 4 KiB on are kept in free lists, one for each of four sizes between two powers of
/// two. Smaller ones are left to malloc, which does the same.
package final class MemoryPool: @unchecked Sendable {
  // Unchecked: everything that changes is only touched while `GlobalLocks.memory` is held.

  package struct Statistics: Sendable, Hashable {
    /// Bytes that arrays hold now.
    package var inUse: Int
    /// The most they held at once, small arrays aside.
    package var peak: Int
    /// Bytes kept for reuse.
    package var pooled: Int
  }

  /// One size of block. Free blocks are linked through their own first word.
  private struct FreeList {
    var head: UnsafeMutableRawPointer?
    /// When the list was last used, in operations of the pool.
    var lastUsed = 0
  }

  package static let shared = MemoryPool(
    limit: Environment.bytes("MARTLET_POOL")
      ?? min(1 << 30, Int(martlet_physical_memory()) / 4))

  static let smallestPooled = 4096
  private static let smallestExponent = 12
  private static let listCount = (62 - smallestExponent) * 4

  /// The most bytes kept for reuse; `MARTLET_POOL` sets it.
  package let limit: Int
  private let lists: UnsafeMutablePointer<FreeList>
  private var pooled = 0
  private var peak = 0
  private var operations = 0

  /// A pool lives as long as the process.
  package init(limit: Int) {
    GlobalLocks.prepareForFork()
    self.limit = limit
    lists = .allocate(capacity: Self.listCount)
    lists.initialize(repeating: FreeList(), count: Self.listCount)
  }

  package var statistics: Statistics {
    GlobalLocks.memory.withLock {
      let inUse = Int(martlet_bytes_in_use()) - pooled
      peak = max(peak, inUse)
      return Statistics(inUse: inUse, peak: peak, pooled: pooled)
    }
  }

  /// The list for blocks of at least `byteCount`, and how large its blocks are. `byteCount` is
  /// between `smallestPooled` and 2⁶⁰.
  static func sizeClass(_ byteCount: Int) -> (list: Int, capacity: Int) {
    let exponent = Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount
    // Blocks between 2^exponent and 2^(exponent + 1) come in quarters.
    let shift = exponent - 2
    let quarter = (byteCount - 1) >> shift - 4
    let capacity = (quarter + 5) << shift
    return ((exponent - smallestExponent + 1) * 4 + quarter, capacity)
  }

  /// Memory for `byteCount` bytes, and the size to give back to `free`.
  ///
  /// - Parameter zeroed: Whether all bytes must be 0; else they are arbitrary.
  /// - Throws: `.outOfMemory`.
  package func allocate(
    byteCount: Int, zeroed: Bool = false
  ) throws(MartletError) -> (memory: UnsafeMutableRawPointer, capacity: Int) {
    try Room.ensure()
    if byteCount < Self.smallestPooled {
      guard byteCount >= 0 else { throw .outOfMemory(bytes: byteCount) }
      return (try fresh(byteCount, zeroed, asked: byteCount), byteCount)
    }
    guard byteCount <= 1 << 60 else { throw .outOfMemory(bytes: byteCount) }
    let (list, capacity) = Self.sizeClass(byteCount)
    // Large fresh memory is zero already, page by page as it is touched.
    if !(zeroed && capacity >= MARTLET_HUGE_BYTES), !martlet_faults_armed(),
      let memory = reuse(list, capacity)
    {
      if zeroed { memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount) }
      return (memory, capacity)
    }
    let memory = try fresh(capacity, zeroed, asked: byteCount)
    GlobalLocks.memory.withLock { peak = max(peak, Int(martlet_bytes_in_use()) - pooled) }
    return (memory, capacity)
  }

  private func reuse(_ list: Int, _ capacity: Int) -> UnsafeMutableRawPointer? {
    GlobalLocks.memory.lock()
    defer { GlobalLocks.memory.unlock() }
    operations &+= 1
    lists[list].lastUsed = operations
    guard let memory = lists[list].head else { return nil }
    lists[list].head = memory.load(as: UnsafeMutableRawPointer?.self)
    pooled -= capacity
    return memory
  }

  /// Takes memory from the system; when there is none, gives back what is pooled and tries again.
  private func fresh(
    _ capacity: Int, _ zeroed: Bool, asked: Int
  ) throws(MartletError) -> UnsafeMutableRawPointer {
    for attempt in 0..<2 {
      let memory = zeroed ? martlet_allocate_zeroed(capacity) : martlet_allocate(capacity)
      if let memory { return memory }
      if attempt == 0 { trim(to: 0) }
    }
    throw .outOfMemory(bytes: asked)
  }

  /// Takes back what `allocate` gave.
  package func free(_ memory: UnsafeMutableRawPointer, capacity: Int) {
    if capacity < Self.smallestPooled || capacity > limit {
      martlet_free(memory, capacity)
      return
    }
    let list = Self.sizeClass(capacity).list
    GlobalLocks.memory.lock()
    defer { GlobalLocks.memory.unlock() }
    operations &+= 1
    if pooled + capacity > limit { release(until: limit - capacity, keeping: list) }
    if pooled + capacity > limit {
      martlet_free(memory, capacity)
      return
    }
    lists[list].lastUsed = operations
    memory.storeBytes(of: lists[list].head, as: UnsafeMutableRawPointer?.self)
    lists[list].head = memory
    pooled += capacity
  }

  /// Gives pooled memory back to the system until at most `bytes` are kept.
  package func trim(to bytes: Int) {
    GlobalLocks.memory.withLock { release(until: bytes, keeping: nil) }
  }

  /// Frees the blocks of the sizes unused for longest. Under the lock.
  private func release(until bytes: Int, keeping kept: Int?) {
    while pooled > bytes {
      var oldest: Int?
      for list in 0..<Self.listCount where lists[list].head != nil && list != kept {
        if let best = oldest, lists[best].lastUsed <= lists[list].lastUsed { continue }
        oldest = list
      }
      guard let oldest else { return }
      let capacity = Self.capacity(of: oldest)
      while pooled > bytes, let memory = lists[oldest].head {
        lists[oldest].head = memory.load(as: UnsafeMutableRawPointer?.self)
        pooled -= capacity
        martlet_free(memory, capacity)
      }
    }
  }

  /// How large a list's blocks are.
  static func capacity(of list: Int) -> Int {
    let exponent = list / 4 + smallestExponent - 1
    return (list % 4 + 5) << (exponent - 2)
  }
}
