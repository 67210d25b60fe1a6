import MartletIR
import Testing

@testable import MartletRuntime

/// What the Simulator says about kernels that a GPU would run without a word.
@Suite struct SimulatorReportTests {
  /// The report about a kernel that gets `count` zeros of `int32` as its only buffer.
  private func report(
    count: Int = 64, grid: GridSize = 1, block: GridSize = 64,
    on device: Simulator = .shared, _ body: (_ b: KernelBuilder, _ x: Int) -> Void
  ) throws -> String? {
    let b = KernelBuilder(name: "kernel")
    body(b, b.buffer(.int32, strides: [.unit], access: .readWrite))
    let array = try DeviceArray([Int32](repeating: 0, count: count), on: device)
    do {
      try launch(b.finish(), [array.address], grid: grid, block: block, on: device)
    } catch MartletError.simulation(let report) {
      #expect(MartletError.simulation(report).description == report.description)
      return report.description
    }
    return nil
  }

  // MARK: Bounds

  @Test func accessesOutsideTheAllocation() throws {
    let beyond = try report(grid: 2) { b, x in b.store(x, [b.globalX], b.integer(1, .int32)) }
    #expect(
      beyond == "[kernel] Thread (0, 0, 0) of block (1, 0, 0) writes element 64 of buffer b0: only "
        + "elements 0 ..< 64 exist.")
    let before = try report(block: GridSize(x: 8, y: 2)) { b, x in
      _ = b.load(x, [b.grid(.threadX) - b.grid(.threadY)])
    }
    #expect(
      before == "[kernel] Thread (0, 1, 0) of block (0, 0, 0) reads element -1 of buffer b0: only "
        + "elements 0 ..< 64 exist.")
    let shared = try report { b, _ in
      let tile = b.shared(.int16, 4, 8)
      b.store(tile, [b.grid(.threadX), b.integer(3)], b.integer(0, .int16))
    }
    #expect(
      shared == "[kernel] Thread (4, 0, 0) of block (0, 0, 0) writes element 35 of shared buffer "
        + "b1 (index (4, 3)): only elements 0 ..< 32 exist.")
    let local = try report { b, _ in
      let own = b.local(.complex64, 2)
      _ = b.load(own, [b.integer(2)])
    }
    #expect(
      local == "[kernel] Thread (0, 0, 0) of block (0, 0, 0) reads element 2 of local buffer b1: "
        + "only elements 0 ..< 2 exist.")
  }

  @Test func elementsAreCountedFromIndexZero() throws {
    let b = KernelBuilder(name: "kernel")
    let x = b.buffer(.float64, strides: [.unit])
    _ = b.load(x, [b.integer(-3) - b.grid(.threadX)])
    let array = try DeviceArray([Double](repeating: 0, count: 10))
    func run(_ address: UnsafeMutableRawPointer?, threads: Int) throws {
      try launch(b.finish(), [address], grid: 1, block: GridSize(x: threads))
    }
    try run(array.address + 32, threads: 2)
    #expect {
      try run(array.address + 32, threads: 3)
    } throws: { error in
      "\(error)" == "[kernel] Thread (2, 0, 0) of block (0, 0, 0) reads element -5 of buffer b0: "
        + "only elements -4 ..< 6 exist."
    }
    var host = 0.0
    for address in [nil, withUnsafeMutableBytes(of: &host) { $0.baseAddress }] {
      #expect {
        try run(address, threads: 1)
      } throws: { error in
        "\(error)" == "[kernel] Thread (0, 0, 0) of block (0, 0, 0) reads element -3 of buffer b0: "
          + "the buffer's address lies in no memory of the device."
      }
    }
  }

  // MARK: Races

  @Test func racesInSharedMemory() throws {
    func shift(_ b: KernelBuilder, _ x: Int, withBarrier: Bool) {
      let tile = b.shared(.int32, 64)
      let t = b.grid(.threadX)
      b.store(tile, [t], t.cast(to: .int32))
      if withBarrier { b.barrier() }
      b.store(x, [t], b.load(tile, [b.integer(63) - t]))
    }
    #expect(try report { shift($0, $1, withBarrier: true) } == nil)
    // Thread 0 reads before thread 63 writes: the race is found when it does.
    #expect(
      try report { shift($0, $1, withBarrier: false) }
        == "[kernel] Data race: thread (32, 0, 0) of block (0, 0, 0) writes element 32 of shared "
        + "buffer b1, and thread (31, 0, 0) of block (0, 0, 0) has read it since the last barrier.")
    let reversed = try report { b, x in
      let tile = b.shared(.int32, 1)
      let t = b.grid(.threadX)
      b.branch(t == 5) { b.store(tile, [b.integer(0)], b.integer(1, .int32)) }
      b.branch(t == 9) { b.store(x, [t], b.load(tile, [b.integer(0)])) }
    }
    #expect(
      reversed == "[kernel] Data race: thread (9, 0, 0) of block (0, 0, 0) reads element 0 of "
        + "shared buffer b1, and thread (5, 0, 0) of block (0, 0, 0) has written it since the last "
        + "barrier.")
  }

  @Test func racesInGlobalMemory() throws {
    let one = try report { b, x in b.store(x, [b.integer(3)], b.integer(1, .int32)) }
    #expect(
      one == "[kernel] Data race: thread (1, 0, 0) of block (0, 0, 0) writes element 3 of buffer "
        + "b0, and thread (0, 0, 0) of block (0, 0, 0) has written it since the last barrier.")
    // A barrier orders the threads of a block, but no blocks.
    func neighbours(_ b: KernelBuilder, _ x: Int) {
      let i = b.globalX
      b.store(x, [i], b.integer(1, .int32))
      b.barrier()
      _ = b.load(x, [(i > 0).select(i - 1, i)])
    }
    #expect(try report(block: 64, neighbours) == nil)
    #expect(
      try report(grid: 2, block: 32, neighbours)
        == "[kernel] Data race: thread (0, 0, 0) of block (1, 0, 0) reads element 31 of buffer b0, "
        + "and thread (31, 0, 0) of block (0, 0, 0) has written it in the same launch.")
    let late = try report(grid: 2, block: 2) { b, x in
      _ = b.load(x, [b.grid(.threadX)])
      b.barrier()
      b.branch(b.grid(.blockX) == 1) {
        b.store(x, [b.integer(1) - b.grid(.threadX)], b.integer(0, .int32))
      }
    }
    #expect(
      late == "[kernel] Data race: thread (0, 0, 0) of block (1, 0, 0) writes element 1 of buffer "
        + "b0, and thread (1, 0, 0) of block (0, 0, 0) has read it in the same launch.")
  }

  @Test func atomicsRaceWithOtherAccessesOnly() throws {
    let (zero, one) = (0, 1)
    let atomics = try report(grid: 3) { b, x in
      b.atomic(.add, x, [b.integer(zero)], b.integer(one, .int32))
    }
    #expect(atomics == nil)
    let mixed = try report { b, x in
      let old = b.atomicOld(.add, x, [b.integer(zero)], b.integer(one, .int32))
      b.branch(old == 40) { _ = b.load(x, [b.integer(zero)]) }
    }
    #expect(
      mixed == "[kernel] Data race: thread (40, 0, 0) of block (0, 0, 0) reads element 0 of buffer "
        + "b0, and thread (0, 0, 0) of block (0, 0, 0) has atomically updated it since the last "
        + "barrier.")
    let later = try report(grid: 2, block: 1) { b, x in
      b.branch(b.grid(.blockX) == 0) {
        _ = b.load(x, [b.integer(zero)])
      } else: {
        b.atomic(.add, x, [b.integer(zero)], b.integer(one, .int32))
      }
    }
    #expect(
      later == "[kernel] Data race: thread (0, 0, 0) of block (1, 0, 0) updates atomically element "
        + "0 of buffer b0, and thread (0, 0, 0) of block (0, 0, 0) has read it in the same launch.")
  }

  /// Two buffers over the same bytes, one of complex numbers, one of their parts.
  @Test func racesAreFoundAcrossTypes() throws {
    let b = KernelBuilder(name: "kernel")
    let z = b.buffer(.complex64, strides: [.unit])
    let parts = b.buffer(.int16, strides: [.unit], access: .write)
    let t = b.grid(.threadX)
    _ = b.load(z, [t])
    b.store(parts, [t + 1], b.integer(0, .int16))
    let array = try DeviceArray([Float](repeating: 0, count: 40))
    #expect {
      try launch(b.finish(), [array.address, array.address + 6], grid: 1, block: 2)
    } throws: { error in
      "\(error)" == "[kernel] Data race: thread (1, 0, 0) of block (0, 0, 0) reads element 1 of "
        + "buffer b0, and thread (0, 0, 0) of block (0, 0, 0) has written it since the last "
        + "barrier."
    }
  }

  // MARK: Barriers

  @Test func divergentBarriers() throws {
    let ended = try report { b, _ in
      b.branch(b.grid(.threadX) < b.integer(40)) { b.barrier() }
    }
    #expect(
      ended == "[kernel] The block's threads part: thread (0, 0, 0) of block (0, 0, 0) waits at "
        + "barrier 1, but thread (40, 0, 0) has ended.")
    let two = try report(grid: 2, block: GridSize(x: 2, y: 2)) { b, _ in
      b.barrier()
      b.branch((b.grid(.threadY) + b.grid(.blockX)) < b.integer(2)) {
        b.barrier()
      } else: {
        b.barrier()
      }
    }
    #expect(
      two == "[kernel] The block's threads part: thread (0, 0, 0) of block (1, 0, 0) waits at "
        + "barrier 2, but thread (0, 1, 0) waits at barrier 3.")
  }

  // MARK: Uninitialised memory

  @Test func readsOfWhatNobodyWrote() throws {
    let shared = try report { b, x in
      let tile = b.shared(.float64, 65)
      let t = b.grid(.threadX)
      b.store(tile, [t], b.constant(0, .float64))
      b.barrier()
      b.store(x, [t], b.load(tile, [t + 1]).cast(to: .int32))
    }
    #expect(
      shared == "[kernel] Thread (63, 0, 0) of block (0, 0, 0) reads element 64 of shared buffer "
        + "b1, where nothing has been written.")
    // What one block wrote is not there for the next.
    let next = try report(grid: 2, block: 2) { b, x in
      let tile = b.shared(.int32, 2)
      let t = b.grid(.threadX)
      b.branch(b.grid(.blockX) == 0) { b.store(tile, [t], b.integer(1, .int32)) }
      b.barrier()
      b.atomic(.add, tile, [t], b.integer(1, .int32))
    }
    #expect(
      next == "[kernel] Thread (0, 0, 0) of block (1, 0, 0) updates atomically element 0 of shared "
        + "buffer b1, where nothing has been written.")
    let local = try report(grid: 2, block: 2) { b, x in
      let own = b.local(.int32, 3)
      b.branch(b.globalX != 3) { b.store(own, [b.integer(2)], b.integer(1, .int32)) }
      b.store(x, [b.globalX], b.load(own, [b.integer(2)]))
    }
    #expect(
      local == "[kernel] Thread (1, 0, 0) of block (1, 0, 0) reads element 2 of local buffer b1, "
        + "where nothing has been written.")
  }

  // MARK: Launches without end

  @Test func launchesWithoutEndAreStopped() throws {
    let small = Simulator(memoryLimit: 1 << 20, maximumSteps: 1_000_000)
    let forever = try report(block: 2, on: small) { b, x in
      b.branch(b.grid(.threadX) == 1) {
        b.whileLoop {
          b.atomicOld(.add, x, [b.integer(0)], b.integer(0, .int32)) == 0
        } _: {
        }
      }
      b.barrier()
    }
    #expect(
      forever == "[kernel] Thread (1, 0, 0) of block (0, 0, 0) waits for a change that no thread "
        + "will make: every thread of the block that still runs repeats the same steps.")

    let b = KernelBuilder(name: "tasks")
    b.tasks { _ in
      b.whileLoop {
        b.constant(Scalar(1.0, .bool))
      } _: {
      }
    }
    let kernel = try small.compile(b.finish())
    #expect {
      _ = try small.launch(kernel, buffers: [], slots: [], tasks: 4, grain: 1)
    } throws: { error in
      "\(error)" == "[tasks] The launch was stopped after 1000000 steps: it seems not to end. "
        + "MARTLET_SIMULATOR_STEPS sets the limit."
    }
  }

  // MARK: Launches that cannot be

  @Test func launchesAreChecked() throws {
    func refusal(_ grid: GridSize, _ block: GridSize, _ kernel: Kernel) -> String? {
      do { try launch(kernel, [], grid: grid, block: block) } catch { return "\(error)" }
      return nil
    }
    let empty = KernelBuilder(name: "empty").finish()
    #expect(refusal(2, 1024, empty) == nil)
    #expect(
      refusal(1, GridSize(x: 32, y: 33), empty)
        == "[empty] A block of (32, 33, 1) has more than 1024 threads.")
    #expect(
      refusal(GridSize(x: 4, y: 0), 1, empty)
        == "[empty] A grid of (4, 0, 1) blocks of (1, 1, 1) threads has no threads.")
    #expect(
      refusal(GridSize(x: 1 << 40, y: 1 << 40), 1, empty)
        == "[empty] A grid of (\(1 << 40), \(1 << 40), 1) has too many blocks.")
    let tasks = KernelBuilder(name: "tasks")
    tasks.tasks { _ in }
    #expect(
      refusal(1, 1, tasks.finish()) == "[tasks] The kernel runs over tasks, not over a grid.")
    let grid = KernelBuilder(name: "grid")
    grid.barrier()
    #expect {
      try Simulator.shared.launch(
        Simulator.shared.compile(grid.finish()), buffers: [], slots: [], tasks: 1, grain: 1)
    } throws: { "\($0)" == "[grid] The kernel runs over a grid, not over tasks." }
  }
}
