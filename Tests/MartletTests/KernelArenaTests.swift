import CMartlet
import Testing

@testable import Martlet

/// The memory that kernels take while they run.
@Suite struct KernelArenaTests {
  private let arena: UnsafeMutablePointer<martlet_arena>

  init() throws {
    let made = try KernelArena()
    let address = try #require(UnsafeMutableRawPointer(bitPattern: Int(made.address)))
    arena = address.assumingMemoryBound(to: martlet_arena.self)
    owner = made
  }
  private let owner: KernelArena

  private func take(_ bytes: Int) -> Int {
    Int(bitPattern: martlet_arena_allocate(arena, Int64(bytes)))
  }
  private func mark() -> Int64 {
    let none: [Int64] = [0]
    return martlet_arena_call(arena, Int64(MARTLET_ARENA_MARK), none, 0)
  }
  private func release(_ mark: Int64, keeping addresses: [Int] = []) {
    let arguments = [mark] + addresses.map { Int64($0) }
    _ = martlet_arena_call(
      arena, Int64(MARTLET_ARENA_RELEASE), arguments, Int64(arguments.count))
  }

  @Test(arguments: [1, 64, 65, 1000, 4096, 4097, 1 << 20])
  func whatIsReleasedIsTakenAgain(bytes: Int) {
    let outer = take(bytes)
    let start = mark()
    let first = take(bytes)
    #expect(outer != 0 && first != 0 && first != outer && first % 64 == 0)
    release(start)
    #expect(take(bytes) == first)
    // What was there before the mark stays.
    release(start)
    #expect(take(bytes) == first && take(bytes) != outer)
  }

  @Test(arguments: [8, 5000]) func blocksWithAddressesInThemStay(bytes: Int) {
    let start = mark()
    let blocks = (0..<5).map { _ in take(bytes) }
    release(start, keeping: [blocks[1], blocks[3] + bytes - 1, 0])
    let again = Set((0..<3).map { _ in take(bytes) })
    #expect(again == [blocks[0], blocks[2], blocks[4]])
    release(start)
    #expect(Set((0..<5).map { _ in take(bytes) }) == Set(blocks))
  }

  @Test func sizesThatAreNoMemorysAreRefused() {
    #expect(take(-1) == 0)
    #expect(take(1 << 60) == 0)
    #expect(take(0) != 0)
  }

  @Test(arguments: [8, 100_000]) func resultsOutliveTheArena(bytes: Int) throws {
    let block = take(bytes)
    let bytesThere = UnsafeMutableRawPointer(bitPattern: block)?.assumingMemoryBound(to: UInt8.self)
    bytesThere?[bytes - 1] = 7
    let found = try #require(try owner.block(at: block + bytes - 1))
    #expect(found.start == block && found.buffer.byteCount >= bytes)
    let again = try owner.block(at: block)
    #expect(again?.buffer === found.buffer)
    #expect(found.buffer.pointer.load(fromByteOffset: bytes - 1, as: UInt8.self) == 7)
    let elsewhere = try owner.block(at: 1)
    #expect(elsewhere?.start == nil)
  }
}
