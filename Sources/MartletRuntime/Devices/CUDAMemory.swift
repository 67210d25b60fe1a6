import CMartlet
import MartletIR

/// Memory of one GPU: from the driver's own pool, which follows the order of the stream, or from
/// lists of freed blocks where a GPU or driver has no pools.
///
/// All calls but `init` are made while the context is current.
final class CUDAMemory: @unchecked Sendable {
  // Unchecked: `live`, `adopted` and `freed` are only touched while `lock` is held.

  private let context: CUDAContext
  private let pool: Pool?
  private let total: Int
  private let lock = Lock()
  private var live = LiveRanges()
  /// Memory of other libraries that arrays use; a piece may be there more than once.
  private var adopted: [DeviceMemory] = []
  /// Freed blocks by size, where there is no pool.
  private var freed: [Int: [UInt64]] = [:]

  /// The driver's default pool of the device, with the functions that go with it.
  private struct Pool {
    var reference: OpaquePointer
    var allocate: (UnsafeMutablePointer<UInt64>, Int, OpaquePointer) -> Int32
    var free: (UInt64, OpaquePointer) -> Int32
    var trim: (OpaquePointer, Int) -> Int32
    var attribute: (OpaquePointer, Int32, UnsafeMutableRawPointer) -> Int32
  }

  /// - Parameters:
  ///   - hasPools: whether the device supports them.
  ///   - total: the bytes that the device has.
  init(
    _ context: CUDAContext, device: Int32, hasPools: Bool, total: Int
  ) throws(MartletError) {
    self.context = context
    self.total = total
    let functions = context.functions
    guard hasPools, let find = functions.DeviceGetDefaultMemPool,
      let allocate = functions.MemAllocAsync, let free = functions.MemFreeAsync,
      let trim = functions.MemPoolTrimTo, let attribute = functions.MemPoolGetAttribute,
      let set = functions.MemPoolSetAttribute
    else {
      pool = nil
      return
    }
    var reference: OpaquePointer?
    try context.check(find(&reference, device), "opening the GPU")
    guard let reference else {
      pool = nil
      return
    }
    // Else the driver gives everything back whenever somebody waits for the stream.
    var threshold = UInt64.max
    try context.check(
      set(reference, MARTLET_CUDA_POOL_RELEASE_THRESHOLD, &threshold), "opening the GPU")
    pool = Pool(
      reference: reference, allocate: allocate, free: free, trim: trim, attribute: attribute)
  }

  /// - Throws: `.outOfMemory` where even trimming does not help.
  func allocate(byteCount: Int) throws(MartletError) -> DeviceMemory {
    guard byteCount >= 0, byteCount <= total else { throw .outOfMemory(bytes: byteCount) }
    var address: UInt64 = 0
    var capacity = max(byteCount, 1)
    let code: Int32
    if let pool {
      code = try retrying { pool.allocate(&address, capacity, context.stream) }
    } else {
      capacity = Self.capacity(for: byteCount)
      if let block = lock.withLock({ freed[capacity]?.popLast() }) {
        address = block
        code = MARTLET_CUDA_SUCCESS
      } else {
        code = try retrying { context.functions.MemAlloc_v2(&address, capacity) }
      }
    }
    if code == MARTLET_CUDA_OUT_OF_MEMORY { throw .outOfMemory(bytes: byteCount) }
    try context.check(code, "allocate")
    lock.withLock { live.insert(address, byteCount: capacity) }
    return DeviceMemory(address: UInt(address), byteCount: byteCount, capacity: capacity)
  }

  /// Pending work may still use the memory: whoever gets it next comes later in the stream.
  func free(_ memory: DeviceMemory) {
    let address = UInt64(memory.address)
    let isOurs = lock.withLock {
      guard live.remove(address) else { return false }
      if pool == nil { freed[memory.capacity, default: []].append(address) }
      return true
    }
    if !isOurs {
      context.note(
        .internalError(operation: "free", detail: "no memory of \(context.name) starts there"))
    } else if let pool {
      context.note(pool.free(address, context.stream), "free")
    }
  }

  /// The driver does not notice every wrong address, and a kernel that uses one breaks the context.
  ///
  /// - Throws: `.internalError` where the bytes are not inside one piece of memory.
  func check(
    _ address: UnsafeMutableRawPointer, byteCount: Int, _ operation: String
  ) throws(MartletError) {
    let start = UInt(bitPattern: address)
    let isInside = lock.withLock {
      live.contain(UInt64(start), byteCount: byteCount)
        || adopted.contains { piece in
          start >= piece.address && start - piece.address <= UInt(piece.byteCount)
            && byteCount <= piece.byteCount - Int(start - piece.address)
        }
    }
    if isInside { return }
    throw .internalError(
      operation: operation,
      detail: "\(byteCount) bytes at \(address) are not memory of \(context.name)")
  }

  /// Takes memory of another library for the GPU's.
  func adopt(_ memory: DeviceMemory) { lock.withLock { adopted.append(memory) } }

  /// Forgets memory that `adopt` was given.
  func letGo(_ memory: DeviceMemory) {
    lock.withLock {
      if let place = adopted.firstIndex(of: memory) { adopted.remove(at: place) }
    }
  }

  /// Makes a call that may need memory; once more with what is pooled given back where there was
  /// none.
  func retrying(_ call: () -> Int32) throws(MartletError) -> Int32 {
    let code = call()
    if code != MARTLET_CUDA_OUT_OF_MEMORY { return code }
    try trim()
    return call()
  }

  /// Gives what is free back to the driver, for all users of the GPU.
  func trim() throws(MartletError) {
    // Only what no pending work uses can be given back.
    try context.check(context.functions.StreamSynchronize(context.stream), "allocate")
    if let pool { try context.check(pool.trim(pool.reference, 0), "allocate") }
    let blocks = lock.withLock {
      defer { freed = [:] }
      return freed.values.joined()
    }
    for block in blocks { context.note(context.functions.MemFree_v2(block), "free") }
  }

  /// Bytes kept for the next arrays.
  var pooledByteCount: Int {
    get throws(MartletError) {
      guard let pool else {
        return lock.withLock { freed.reduce(0) { $0 + $1.key * $1.value.count } }
      }
      var reserved: UInt64 = 0
      var used: UInt64 = 0
      try context.check(
        pool.attribute(pool.reference, MARTLET_CUDA_POOL_RESERVED, &reserved), "memoryInfo")
      try context.check(pool.attribute(pool.reference, MARTLET_CUDA_POOL_USED, &used), "memoryInfo")
      return Int(clamping: reserved) - Int(clamping: used)
    }
  }

  /// How much to take for `byteCount` bytes, so that sizes that differ a little share blocks.
  static func capacity(for byteCount: Int) -> Int {
    if byteCount >= MemoryPool.smallestPooled { return MemoryPool.sizeClass(byteCount).capacity }
    return max(512, (byteCount + 511) / 512 * 512)
  }
}

/// The pieces of memory that are in use, by rising address.
private struct LiveRanges {
  private var ranges: [(start: UInt64, byteCount: Int)] = []

  mutating func insert(_ start: UInt64, byteCount: Int) {
    ranges.insert((start, byteCount), at: firstIndex(above: start))
  }

  /// Whether a piece started there.
  mutating func remove(_ start: UInt64) -> Bool {
    let above = firstIndex(above: start)
    guard above > 0, ranges[above - 1].start == start else { return false }
    ranges.remove(at: above - 1)
    return true
  }

  func contain(_ address: UInt64, byteCount: Int) -> Bool {
    let above = firstIndex(above: address)
    guard above > 0 else { return false }
    let range = ranges[above - 1]
    let offset = address - range.start
    return offset <= UInt64(range.byteCount) && byteCount <= range.byteCount - Int(offset)
  }

  private func firstIndex(above address: UInt64) -> Int {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].start <= address { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
