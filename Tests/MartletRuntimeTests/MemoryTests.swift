import CMartlet
import MartletIR
import Testing

@testable import MartletRuntime

/// Serialized, since the counters are the whole process's.
@Suite(.serialized) struct MemoryTests {
  @Test func sizeClassesFitAndWasteLittle() {
    var last = 0
    for byteCount in [4096, 4097, 5000, 5120, 5121, 8191, 8192, 1 << 20, (1 << 20) + 1, 1 << 60] {
      let (list, capacity) = MemoryPool.sizeClass(byteCount)
      #expect(capacity >= byteCount)
      #expect(capacity <= byteCount + byteCount / 4)
      #expect(MemoryPool.capacity(of: list) == capacity)
      #expect(MemoryPool.sizeClass(capacity).list == list)
      #expect(list >= last)
      last = list
    }
  }

  @Test func reusesWhatWasFreed() throws {
    let pool = MemoryPool(limit: 1 << 24)
    let (first, capacity) = try pool.allocate(byteCount: 100_000)
    pool.free(first, capacity: capacity)
    #expect(pool.statistics.pooled == capacity)
    let (second, _) = try pool.allocate(byteCount: 99_000)
    #expect(first == second)
    #expect(pool.statistics.pooled == 0)
    pool.free(second, capacity: capacity)
    pool.trim(to: 0)
    #expect(pool.statistics.pooled == 0)
  }

  @Test func keepsNoMoreThanItsLimit() throws {
    let pool = MemoryPool(limit: 1 << 20)
    let small = try (0..<100).map { _ in try pool.allocate(byteCount: 8192) }
    for (memory, capacity) in small { pool.free(memory, capacity: capacity) }
    let large = try pool.allocate(byteCount: 1 << 19)
    pool.free(large.memory, capacity: large.capacity)
    // The older size made room.
    #expect(pool.statistics.pooled <= 1 << 20)
    #expect(try pool.allocate(byteCount: 1 << 19).memory == large.memory)
    pool.free(large.memory, capacity: large.capacity)
    pool.trim(to: 0)
    let off = MemoryPool(limit: 0)
    let block = try off.allocate(byteCount: 8192)
    off.free(block.memory, capacity: block.capacity)
    #expect(off.statistics.pooled == 0)
  }

  @Test(arguments: [0, 1, 100, 4095, 4096, 100_000, 5 << 20])
  func zeroedIsZeroEvenWhenReused(byteCount: Int) throws {
    for _ in 0..<3 {
      let buffer = try Buffer(zeroed: byteCount)
      let bytes = UnsafeMutableRawBufferPointer(start: buffer.pointer, count: byteCount)
      #expect(bytes.allSatisfy { $0 == 0 })
      for i in bytes.indices { bytes[i] = 0xff }
    }
  }

  @Test func alignment() throws {
    for (byteCount, alignment) in [(64, 16), (2000, 64), (1 << 20, 64), (5 << 20, 2 << 20)] {
      let buffer = try Buffer(byteCount: byteCount)
      #expect(UInt(bitPattern: buffer.pointer) % UInt(alignment) == 0)
    }
  }

  @Test(arguments: [10, 10_000, 5 << 20])
  func failureIsAnError(byteCount: Int) throws {
    martlet_fail_after(1, true)
    defer { martlet_fail_after(-1, false) }
    #expect(throws: MartletError.outOfMemory(bytes: byteCount)) {
      try Buffer(byteCount: byteCount)
    }
    #expect(throws: MartletError.outOfMemory(bytes: byteCount)) {
      try Buffer(zeroed: byteCount)
    }
  }

  @Test func oneFailureIsRetriedAfterTrimming() throws {
    let pool = MemoryPool(limit: 1 << 20)
    let kept = try pool.allocate(byteCount: 8192)
    pool.free(kept.memory, capacity: kept.capacity)
    martlet_fail_after(1, false)
    defer { martlet_fail_after(-1, false) }
    let block = try pool.allocate(byteCount: 20_000)
    #expect(pool.statistics.pooled == 0)
    pool.free(block.memory, capacity: block.capacity)
    pool.trim(to: 0)
  }

  @Test func failsAtTheNth() {
    martlet_fail_after(3, false)
    defer { martlet_fail_after(-1, false) }
    var got: [UnsafeMutableRawPointer?] = []
    for _ in 0..<5 { got.append(martlet_allocate(16)) }
    #expect(got.map { $0 == nil } == [false, false, true, false, false])
    for memory in got { martlet_free(memory, 16) }
  }

  @Test(arguments: [-1, Int.min, 1 << 61, Int.max])
  func absurdSizesAreErrors(byteCount: Int) {
    #expect(throws: MartletError.outOfMemory(bytes: byteCount)) {
      try Buffer(byteCount: byteCount)
    }
  }

  @Test func moreThanThereIsIsAnError() {
    #expect(throws: MartletError.outOfMemory(bytes: 1 << 55)) {
      try Buffer(byteCount: 1 << 55)
    }
  }

  @Test func foreignMemoryIsReleasedOnce() {
    var released = 0
    var value = 7.0
    withUnsafeMutablePointer(to: &released) { counter in
      withUnsafeMutableBytes(of: &value) { memory in
        guard let base = memory.baseAddress else { return }
        var buffer: Buffer? = Buffer(foreign: base, byteCount: 8, context: counter) { context in
          context?.assumingMemoryBound(to: Int.self).pointee += 1
        }
        #expect(buffer?.isForeign == true)
        #expect(buffer?.pointer.load(as: Double.self) == 7)
        #expect(counter.pointee == 0)
        buffer = nil
        #expect(counter.pointee == 1)
      }
    }
  }

  @Test func manyThreads() async throws {
    let pool = MemoryPool(limit: 1 << 22)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for thread in 0..<8 {
        group.addTask {
          var held: [(memory: UnsafeMutableRawPointer, capacity: Int)] = []
          for i in 0..<500 {
            let block = try pool.allocate(byteCount: 4096 + (i * 977 + thread * 131) % 60_000)
            block.memory.storeBytes(of: thread, as: Int.self)
            held.append(block)
            if held.count > 10 {
              let old = held.removeFirst()
              #expect(old.memory.load(as: Int.self) == thread)
              pool.free(old.memory, capacity: old.capacity)
            }
          }
          for block in held { pool.free(block.memory, capacity: block.capacity) }
        }
      }
      try await group.waitForAll()
    }
    #expect(pool.statistics.pooled <= 1 << 22)
    pool.trim(to: 0)
    #expect(pool.statistics.pooled == 0)
  }

  @Test func statisticsFollowBuffers() throws {
    let before = MemoryPool.shared.statistics.inUse
    let buffer = try Buffer(byteCount: 1 << 20)
    // Other suites run beside this one; what this one took must show.
    #expect(MemoryPool.shared.statistics.peak >= 1 << 20)
    _ = (before, buffer)
  }
}

@Suite struct EnvironmentTests {
  @Test func parsesBytes() {
    #expect(Environment.parseBytes("0") == 0)
    #expect(Environment.parseBytes("4096") == 4096)
    #expect(Environment.parseBytes("2k") == 2048)
    #expect(Environment.parseBytes("3M") == 3 << 20)
    #expect(Environment.parseBytes("1G") == 1 << 30)
    #expect(Environment.parseBytes("-1") == nil)
    #expect(Environment.parseBytes("x") == nil)
    #expect(Environment.parseBytes("") == nil)
    #expect(Environment.parseBytes("9999999999999999T") == nil)
  }
}
