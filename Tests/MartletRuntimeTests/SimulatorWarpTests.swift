import MartletIR
import Testing

@testable import MartletRuntime

/// Threads that meet in warps, and what the Simulator says where they do it wrong.
@Suite struct SimulatorWarpTests {
  private static let full = WarpKernels.full

  /// The report about a kernel that gets 64 zeros of `int32` as its only buffer.
  private func report(
    grid: GridSize = 1, block: GridSize = 64, on device: Simulator = .shared,
    _ body: (_ b: KernelBuilder, _ x: Int) -> Void
  ) throws -> String? {
    let b = KernelBuilder(name: "kernel")
    body(b, b.buffer(.int32, strides: [.unit], access: .readWrite))
    let array = try DeviceArray([Int32](repeating: 0, count: 64), on: device)
    do {
      try launch(b.finish(), [array.address], grid: grid, block: block, on: device)
    } catch MartletError.simulation(let report) {
      return report.description
    }
    return nil
  }

  private func mask(_ b: KernelBuilder, _ bits: UInt64 = full) -> Expression {
    b.constant(Scalar(dtype: .uint32, low: bits))
  }

  // MARK: Results

  /// The emulation through shared memory, which OpenCL devices run, gives the same and is free of
  /// races.
  @Test(arguments: [DType.int32, .uint64, .float32, .float64], [32, 64, 96])
  func theEmulationAgrees(_ dtype: DType, _ threads: Int) throws {
    let numbers = (0..<threads).map { Scalar(Double($0 * 5 % 3), dtype) }
    let kernel = WarpKernels.everyCollective(dtype)
    func found(_ kernel: Kernel) throws -> [Int64] {
      try KernelVerifier.verify(kernel)
      let count = threads * WarpKernels.columns
      let result = try DeviceArray([Int64](repeating: -7, count: count))
      let bytes = try DeviceArray(
        numbers.flatMap { number in
          (0..<dtype.itemSize).map { UInt8(truncatingIfNeeded: number.low >> UInt64($0 * 8)) }
        })
      try launch(
        kernel, [bytes.address, result.address], grid: 1, block: GridSize(x: threads))
      return try result.numbers()
    }
    let direct = try found(kernel)
    #expect(!direct.contains(-7))
    #expect(try found(WarpEmulation.apply(to: kernel)) == direct)
  }

  /// Meetings in branches and in loops that differ between threads.
  @Test func theEmulationFollowsEachThread() throws {
    let b = KernelBuilder(name: "parting")
    let x = b.buffer(.int32, strides: [.unit], access: .readWrite)
    let t = b.threadNumber
    let value = b.declare(initial: b.load(x, [t]))
    let lane = b.lane
    let one = b.integer(1, .int32)
    let low = mask(b, 0xffff)
    let high = mask(b, 0xffff_0000)
    b.branch(lane < b.integer(16)) {
      let twice = b.read(value) + b.read(value)
      let turn = b.declare(initial: b.integer(0))
      b.whileLoop {
        b.read(turn) <= t >> 5
      } _: {
        let other = b.collective(.shuffleXor, low, b.read(value), one)[0]
        b.assign(value, b.read(value) + other + twice)
        b.assign(turn, b.read(turn) + b.integer(1))
      }
    } else: {
      b.loop(from: t >> 5, to: b.integer(3)) { turn in
        let some = b.collective(.anyLane, high, b.read(value) > one.literal(20))[0]
        b.branch(some) { b.assign(value, b.read(value) - turn.cast(to: .int32)) }
      }
    }
    let count = b.collective(.countThreads, b.read(value) > one.literal(9))[0]
    b.store(x, [t], b.read(value) + count)
    let kernel = b.finish()
    let numbers = (0..<96).map { Int32($0 * 7 % 31) }
    var results: [[Int32]] = []
    for kernel in [kernel, WarpEmulation.apply(to: kernel)] {
      let array = try DeviceArray(numbers)
      try launch(kernel, [array.address], grid: 1, block: 96)
      results.append(try array.numbers())
    }
    #expect(results[0] == results[1] && results[0] != numbers)
  }

  /// Meetings of whoever is there, in nested branches and loops of different lengths.
  @Test(arguments: 0..<30) func randomKernelsAgree(_ seed: Int) throws {
    let kernel = RandomMeetings(seed: seed).kernel()
    let numbers = (0..<70).map { Int32($0 * 11 % 37) }
    var results: [[Int32]] = []
    for kernel in [kernel, WarpEmulation.apply(to: kernel)] {
      try KernelVerifier.verify(kernel)
      let array = try DeviceArray(numbers)
      try launch(kernel, [array.address], grid: 1, block: 70)
      results.append(try array.numbers())
    }
    #expect(results[0] == results[1], "\(kernel)")
  }

  @Test func kernelsWithoutMeetingsStayAsTheyAre() {
    let b = KernelBuilder(name: "plain")
    b.barrier()
    let kernel = b.finish()
    #expect(WarpEmulation.apply(to: kernel) == kernel)
  }

  /// In a warp that is not full, lanes without a thread count for nothing.
  @Test func warpsThatAreNotFull() throws {
    let b = KernelBuilder(name: "part")
    let x = b.buffer(.int64, strides: [.unit], access: .readWrite)
    let yes = b.constant(Scalar(1.0, .bool))
    let all = b.collective(.allLanes, mask(b), yes)[0].cast(to: .uint32)
    let ballot = b.collective(.ballot, mask(b), yes)[0]
    let active = b.collective(.activeMask)[0]
    b.store(x, [b.threadNumber], (all + ballot + active).cast(to: .int64))
    for kernel in [b.finish(), WarpEmulation.apply(to: b.finish())] {
      let array = try DeviceArray([Int64](repeating: 0, count: 35))
      try launch(kernel, [array.address], grid: 1, block: 35)
      #expect(try array.numbers() == (0..<35).map { $0 < 32 ? 0xffff_ffff : 15 })
    }
  }

  // MARK: Misuse

  @Test func masksThatDoNotNameTheCaller() throws {
    let text = try report { b, _ in
      b.collective(.anyLane, mask(b, 0xff), b.constant(Scalar(1.0, .bool)))
    }
    #expect(
      text == "[kernel] Thread (8, 0, 0) of block (0, 0, 0) takes part in a vote of the warp with "
        + "the mask 0x000000ff, which does not name its own lane.")
  }

  @Test func lanesThatHaveEndedOrWaitElsewhere() throws {
    let ended = try report { b, x in
      b.branch(b.threadNumber < b.integer(40)) {
        let (t, one) = (b.threadNumber, b.integer(1, .int32))
        b.store(x, [t], b.collective(.shuffleDown, mask(b), b.load(x, [t]), one)[0])
      }
    }
    #expect(
      ended == "[kernel] Thread (32, 0, 0) of block (0, 0, 0) waits in a shuffle for the lanes of "
        + "the mask 0xffffffff, but thread (40, 0, 0), which it names, has ended.")
    let parted = try report { b, _ in
      b.branch(b.lane < b.integer(16)) {
        b.collective(.syncWarp, mask(b))
      } else: {
        b.collective(.syncWarp, mask(b))
      }
    }
    #expect(
      parted == "[kernel] Thread (0, 0, 0) of block (0, 0, 0) waits in a barrier of the warp for "
        + "the lanes of the mask 0xffffffff, but thread (16, 0, 0), which it names, waits at a "
        + "barrier of the warp.")
    let barrier = try report(grid: 2) { b, _ in
      b.branch((b.grid(.blockX) == 1) & (b.threadNumber == 33)) {
        b.barrier()
      } else: {
        b.collective(.ballot, mask(b), b.constant(Scalar(1.0, .bool)))
      }
    }
    #expect(
      barrier == "[kernel] Thread (32, 0, 0) of block (1, 0, 0) waits in a ballot of the warp for "
        + "the lanes of the mask 0xffffffff, but thread (33, 0, 0), which it names, waits at "
        + "barrier 1.")
  }

  @Test func masksThatDiffer() throws {
    let text = try report { b, _ in
      let named = (b.lane < b.integer(8)).select(mask(b), mask(b, 0xffff_ff00))
      b.collective(.matchAny, named, b.integer(3, .int32))
    }
    #expect(
      text == "[kernel] Thread (0, 0, 0) of block (0, 0, 0) takes part in a match of the warp with "
        + "the mask 0xffffffff, but thread (8, 0, 0), which it names, with the mask 0xffffff00.")
  }

  @Test func shufflesFromLanesThatTakeNoPart() throws {
    let outside = try report { b, _ in
      b.branch(b.lane < b.integer(16)) {
        b.collective(.shuffleDown, mask(b, 0xffff), b.integer(1, .int32), b.integer(2, .int32))
      }
    }
    #expect(
      outside == "[kernel] Thread (14, 0, 0) of block (0, 0, 0) reads from lane 16 in a shuffle, "
        + "which the mask 0x0000ffff does not name.")
    let missing = try report(block: 40) { b, _ in
      b.collective(.shuffle, mask(b), b.integer(1, .int32), b.integer(9, .int32))
    }
    #expect(
      missing == "[kernel] Thread (32, 0, 0) of block (0, 0, 0) reads from lane 9 in a shuffle, "
        + "where the block has no thread.")
  }

  @Test func votesOfTheBlockThatNotAllTakePartIn() throws {
    let text = try report { b, _ in
      let yes = b.constant(Scalar(1.0, .bool))
      b.branch(b.threadNumber < b.integer(32)) { b.collective(.countThreads, yes) }
    }
    #expect(
      text == "[kernel] The block's threads part: thread (0, 0, 0) of block (0, 0, 0) waits at a "
        + "vote of the block, but thread (32, 0, 0) has ended.")
  }

  // MARK: Races

  /// Each lane gives the next its number through shared memory.
  private func handOver(
    _ b: KernelBuilder, _ x: Int, distance: Int = 1, mask bits: UInt64? = full,
    meeting: Collective = .syncWarp
  ) {
    let cells = b.shared(.int32, 64)
    b.name(cells, "cells")
    let t = b.threadNumber
    b.append(.location(SourcePosition(line: 5, column: 3)))
    b.store(cells, [t], t.cast(to: .int32))
    if let bits {
      if meeting == .syncWarp {
        b.collective(.syncWarp, mask(b, bits))
      } else {
        b.collective(meeting, mask(b, bits), b.constant(Scalar(1.0, .bool)))
      }
    }
    b.append(.location(SourcePosition(line: 7, column: 9)))
    b.store(x, [t], b.load(cells, [(t + b.integer(distance)) & b.integer(63)]))
  }

  @Test func aBarrierOfTheWarpOrdersItsThreads() throws {
    // Within a warp, and back from its last lane to its first.
    func inWarp(_ b: KernelBuilder, _ x: Int, mask bits: UInt64?, _ meeting: Collective) {
      let cells = b.shared(.int32, 64)
      let t = b.threadNumber
      let next = (t - b.lane) + ((t + b.integer(1)) & b.integer(31))
      b.loop(from: b.integer(0), to: b.integer(3)) { _ in
        b.store(cells, [t], t.cast(to: .int32))
        if let bits {
          if meeting == .syncWarp {
            b.collective(.syncWarp, mask(b, bits))
          } else {
            b.collective(meeting, mask(b, bits), b.constant(Scalar(1.0, .bool)))
          }
        }
        b.store(x, [t], b.load(cells, [next]))
        if let bits { b.collective(.syncWarp, mask(b, bits)) }
      }
    }
    #expect(try report { inWarp($0, $1, mask: Self.full, .syncWarp) } == nil)
    let without = try report { inWarp($0, $1, mask: nil, .syncWarp) }
    #expect(without?.contains("Data race") == true)
    // A vote orders nothing.
    let vote = try report { inWarp($0, $1, mask: Self.full, .anyLane) }
    #expect(vote?.contains("Data race") == true)
  }

  @Test func warpsAreNotOrderedByTheirBarriers() throws {
    #expect(
      try report { handOver($0, $1) }
        == "[kernel] Data race: thread (32, 0, 0) of block (0, 0, 0) writes element 32 of shared "
        + "array 'cells' at line 5, and thread (31, 0, 0) of block (0, 0, 0) has read it at line 7 "
        + "since the last barrier.")
  }

  /// Meetings with partial masks order those who come, and through them others.
  @Test func partialMasksOrderThoseWhoMeet() throws {
    func chain(_ b: KernelBuilder, _ x: Int, meets: Bool) {
      let cells = b.shared(.int32, 64)
      let t = b.threadNumber
      b.branch(t == 0) {
        b.store(cells, [b.integer(0)], b.integer(5, .int32))
        b.collective(.syncWarp, mask(b, 0b11))
      }
      b.branch(t == 1) {
        b.collective(.syncWarp, mask(b, 0b11))
      }
    }
    // Thread 0 and 1 wait at two places: that is no meeting.
    let parted = try report { chain($0, $1, meets: true) }
    #expect(parted?.contains("waits at a barrier of the warp") == true)

    func relay(_ b: KernelBuilder, _ x: Int, last: UInt64) {
      let cells = b.shared(.int32, 64)
      let t = b.threadNumber
      b.branch(t == 0) { b.store(cells, [b.integer(0)], b.integer(5, .int32)) }
      b.branch(t < b.integer(2)) { b.collective(.syncWarp, mask(b, 0b11)) }
      b.branch((t == 1) | (t == 2)) { b.collective(.syncWarp, mask(b, last)) }
      b.branch(t == 2) { b.store(x, [t], b.load(cells, [b.integer(0)])) }
    }
    #expect(try report { relay($0, $1, last: 0b110) } == nil)
    let unordered = try report { b, x in
      let cells = b.shared(.int32, 64)
      let t = b.threadNumber
      b.branch(t == 0) { b.store(cells, [b.integer(0)], b.integer(5, .int32)) }
      b.branch((t == 1) | (t == 2)) { b.collective(.syncWarp, mask(b, 0b110)) }
      b.branch(t == 2) { b.store(x, [t], b.load(cells, [b.integer(0)])) }
    }
    #expect(unordered?.contains("Data race: thread (2, 0, 0)") == true)
  }

  // MARK: Loops without end

  @Test func threadsThatWaitInVain() throws {
    let text = try report(block: 40) { b, x in
      b.branch(b.threadNumber == 33) {
        b.append(.location(SourcePosition(line: 9, column: 5)))
        b.whileLoop {
          b.atomicOld(.maximum, x, [b.integer(0)], b.integer(0, .int32)) == 0
        } _: {
        }
      }
      b.barrier()
    }
    #expect(
      text == "[kernel] Thread (33, 0, 0) of block (0, 0, 0) waits at line 9 for a change that no "
        + "thread will make: every thread of the block that still runs repeats the same steps.")
  }

  /// A counter changes, so that only the number of steps tells.
  @Test func loopsThatCountForEver() throws {
    let small = Simulator(memoryLimit: 1 << 20, maximumSteps: 1_000_000)
    let text = try report(block: 1, on: small) { b, x in
      let n = b.declare(initial: b.integer(0))
      b.append(.location(SourcePosition(line: 3, column: 5)))
      b.whileLoop {
        b.read(n) >= b.integer(0)
      } _: {
        b.assign(n, b.read(n) + b.integer(1))
      }
    }
    #expect(
      text == "[kernel] The launch was stopped after 1000000 steps in which no thread ended, in "
        + "thread (0, 0, 0) of block (0, 0, 0) at line 3: it seems not to end. "
        + "MARTLET_SIMULATOR_STEPS sets the limit.")
  }

  /// Many threads may take more steps together, as long as they end.
  @Test func longLaunchesRunOn() throws {
    let small = Simulator(memoryLimit: 1 << 20, maximumSteps: 100_000)
    let text = try report(grid: 40, block: 64, on: small) { b, x in
      b.loop(from: b.integer(0), to: b.integer(1000)) { _ in _ = b.load(x, [b.integer(0)]) }
    }
    #expect(text == nil)
  }
}
