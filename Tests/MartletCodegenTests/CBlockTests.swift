import MartletCodegen
import MartletIR
import Testing

/// How the threads of a block share a task, and where they wait for each other.
@Suite struct CBlockTests {
  private static let barrier = "__syncthreads();"

  /// The lines of a kernel's body in CUDA C.
  private func lines(_ builder: KernelBuilder) throws -> [String] {
    let text = try CEmitter.emit(builder.finish(), dialect: .cuda).text
    return text.split(separator: "\n").map { line in
      String(line.drop { $0 == " " })
    }
  }

  private func barriers(_ builder: KernelBuilder) throws -> Int {
    try lines(builder).count { $0 == Self.barrier }
  }

  private func threads(_ builder: KernelBuilder, _ dialect: CDialect = .cuda) throws -> Int {
    try CEmitter.emit(builder.finish(), dialect: dialect).threadsPerBlock
  }

  private func zero(_ builder: KernelBuilder) -> Expression { builder.integer(0) }

  @Test func iterationsAreDealtOut() throws {
    let b = KernelBuilder(name: "deal")
    let x = b.buffer(.int64, strides: [.unit], access: .write)
    b.tasks { task in
      b.loop(.vector, from: task, to: b.integer(1000)) { i in b.store(x, [i], i) }
    }
    let lines = try lines(b)
    #expect(lines.contains("for (i64 v1 = (i64)blockIdx.x; v1 < tasks; v1 += (i64)gridDim.x) {"))
    #expect(lines.contains("for (i64 v3 = v1 + thread; v3 < v2; v3 += 128) {"))
    #expect(!lines.contains(Self.barrier))
  }

  @Test func aKernelWithoutTasksIsOne() throws {
    let b = KernelBuilder(name: "one")
    b.store(b.buffer(.int64, strides: [], access: .write), [], b.integer(1))
    #expect(
      try lines(b).contains("for (i64 task = (i64)blockIdx.x; task < 1; task += (i64)gridDim.x) {"))
    #expect(try threads(b) == 1)
  }

  @Test func lanesDecideTheThreads() throws {
    func sum(_ lanes: Int, alone: Bool = true) -> KernelBuilder {
      let b = KernelBuilder(name: "sum")
      let x = b.buffer(.float64, strides: [.unit])
      let out = b.buffer(.float64, strides: [.unit], access: .write)
      b.tasks { task in
        let total = b.declare(lanes: lanes, initial: b.constant(0, .float64))
        b.loop(.vector, from: zero(b), to: b.integer(100)) { i in
          b.assign(total, b.read(total) + b.load(x, [i]))
        }
        if !alone {
          b.loop(.vector, from: zero(b), to: b.integer(100)) { i in
            b.store(out, [i], b.load(x, [i]))
          }
        }
        b.store(out, [task], b.fold([total], lanes: lanes) { [$0[0] + $1[0]] }[0])
      }
      return b
    }
    #expect(try threads(sum(64)) == 64)
    #expect(try threads(sum(2)) == 2)
    #expect(try threads(sum(1024)) == 256)
    #expect(try threads(sum(16, alone: false)) == 128)
    // Of 1024 cells each of 256 threads owns four.
    let many = try lines(sum(1024))
    #expect(many.contains("f64 x0[4];"))
    #expect(many.contains("const f64 v5 = x0[(v4 - v0) / 256 & 3];"))
    // Of 16 cells each of the first 16 threads owns one.
    let few = try lines(sum(16, alone: false))
    #expect(few.contains("if (thread < 16) for (i64 v4 = v0 + thread; v4 < v3; v4 += 16) {"))
    #expect(few.contains("cells0[0] = x0;"))
    #expect(few.contains("__shared__ f64 scratch_f64_0[16];"))
    #expect(few.contains { $0.hasPrefix("if (thread == 0) p1[v1] = ") })
  }

  @Test func loopsThatShareLanesShareThreads() throws {
    let b = KernelBuilder(name: "shared")
    b.tasks { _ in
      let many = b.declare(lanes: 64, initial: b.integer(0))
      let few = b.declare(lanes: 8, initial: b.integer(0))
      b.loop(.vector, from: zero(b), to: b.integer(100)) { i in b.assign(many, i) }
      b.loop(.vector, from: zero(b), to: b.integer(100)) { i in
        b.assign(many, i)
        b.assign(few, i)
      }
    }
    let lines = try lines(b)
    #expect(try threads(b) == 8)
    // Of 64 cells each of 8 threads owns eight.
    #expect(lines.contains("i64 x0[8];"))
    #expect(lines.count { $0.hasSuffix("+= 8) {") } == 2)
  }

  @Test func tasksThatCannotBeSharedHaveOneThread() throws {
    let own = KernelBuilder(name: "own")
    let x = own.buffer(.int64, strides: [.unit], access: .readWrite)
    own.loop(.vector, from: zero(own), to: own.integer(8)) { i in own.store(x, [i], i) }
    var kernel = own.finish()
    kernel.buffers[x].space = .local(count: 8)
    let source = try CEmitter.emit(kernel, dialect: .cuda)
    #expect(source.threadsPerBlock == 1)
    #expect(source.bufferCount == 0)

    let nested = KernelBuilder(name: "nested")
    let total = nested.declare(lanes: 4, initial: zero(nested))
    nested.loop(.vector, from: zero(nested), to: nested.integer(8)) { i in nested.assign(total, i) }
    _ = nested.fold([total], lanes: 4) { left, right in
      let inner = nested.declare(lanes: 4, initial: left[0])
      nested.loop(.vector, from: zero(nested), to: nested.integer(8)) { i in
        nested.assign(inner, nested.read(inner) + right[0])
      }
      return nested.fold([inner], lanes: 4) { [$0[0] + $1[0]] }
    }
    #expect(try threads(nested) == 1)
    let lines = try lines(nested)
    // Each fold has an array of its own.
    #expect(lines.contains("i64 cells0[4];"))
    #expect(lines.contains("i64 cells1[4];"))
  }

  // MARK: Barriers

  @Test func loopsThatMeetInMemoryWait() throws {
    func two(_ second: (KernelBuilder, Int, Int, Expression) -> Void) throws -> Int {
      let b = KernelBuilder(name: "two")
      let x = b.buffer(.int64, strides: [.unit])
      let y = b.buffer(.int64, strides: [.unit], access: .readWrite)
      b.tasks { _ in
        b.loop(.vector, from: zero(b), to: b.integer(9)) { i in b.store(y, [i], i) }
        b.loop(.vector, from: zero(b), to: b.integer(9)) { i in second(b, x, y, i) }
      }
      return try barriers(b)
    }
    // The buffer that is read may be the one that was written.
    #expect(try two { b, x, y, i in _ = b.load(x, [i]) } == 1)
    #expect(try two { b, x, y, i in b.store(y, [i], i) } == 1)
    #expect(try two { b, x, y, i in _ = i + i } == 0)
  }

  @Test func tasksDoNotWaitForEachOther() throws {
    let b = KernelBuilder(name: "tasks")
    let x = b.buffer(.int64, strides: [.unit], access: .readWrite)
    b.tasks { task in
      b.loop(.vector, from: zero(b), to: b.integer(9)) { i in b.store(x, [i], b.load(x, [i]) + task)
      }
    }
    #expect(try barriers(b) == 0)
  }

  @Test func turnsOfALoopWait() throws {
    let b = KernelBuilder(name: "turns")
    let x = b.buffer(.int64, strides: [.unit], access: .readWrite)
    b.tasks { _ in
      b.loop(from: zero(b), to: b.integer(9)) { row in
        b.loop(.vector, from: zero(b), to: b.integer(9)) { i in
          b.store(x, [i], b.load(x, [i + row]))
        }
      }
    }
    let lines = try lines(b)
    #expect(lines.count { $0 == Self.barrier } == 1)
    let place = try #require(lines.firstIndex(of: Self.barrier))
    #expect(lines[place - 1].hasPrefix("for (i64 v3 ="))
  }

  @Test func theLeaderWritesAndTheOthersWait() throws {
    let b = KernelBuilder(name: "leader")
    let x = b.buffer(.int64, strides: [.unit], access: .readWrite)
    b.tasks { task in
      b.store(x, [task], task)
      b.store(x, [task + 1], task)
      let value = b.load(x, [task])
      b.loop(.vector, from: value, to: b.integer(9)) { i in _ = i + i }
    }
    let lines = try lines(b)
    #expect(lines.count { $0.hasPrefix("if (thread == 0) p0[") } == 2)
    // The leader's own writes are in order; the others read after it.
    #expect(lines.count { $0 == Self.barrier } == 1)
    let place = try #require(lines.firstIndex(of: Self.barrier))
    #expect(lines[place + 1] == "const i64 v4 = p0[v1];")
  }

  @Test func theLeaderRunsWhatOnlyWrites() throws {
    let b = KernelBuilder(name: "alone")
    let x = b.buffer(.int64, strides: [.unit], access: .readWrite)
    b.tasks { task in
      b.loop(from: zero(b), to: b.integer(9)) { i in b.store(x, [i], b.load(x, [i]) + task) }
      b.loop(.vector, from: zero(b), to: b.integer(9)) { i in _ = i + i }
    }
    let lines = try lines(b)
    let place = try #require(lines.firstIndex(of: "if (thread == 0) {"))
    #expect(lines[place + 1].hasPrefix("for (i64 v"))
    #expect(!lines.contains(Self.barrier))
  }

  @Test func anOldValueReachesAllThreads() throws {
    let b = KernelBuilder(name: "old")
    let x = b.buffer(.int64, strides: [.unit], access: .readWrite)
    b.tasks { task in
      let old = b.newValue(.int64)
      b.append(.atomic(.add, buffer: x, index: [task.value], value: task.value, old: old))
      b.loop(.vector, from: Expression(builder: b, value: old), to: b.integer(9)) { i in _ = i + i }
    }
    let lines = try lines(b)
    let place = try #require(
      lines.firstIndex { $0.hasPrefix("if (thread == 0) scratch_i64_0[0] =") })
    #expect(lines[place + 1] == Self.barrier)
    #expect(lines[place + 2] == "const i64 v2 = scratch_i64_0[0];")
    // The next task may not write the scratch before all have read it.
    #expect(lines[place - 1] == Self.barrier)
  }

  @Test func openCLHasNoBarrierInABranch() throws {
    let b = KernelBuilder(name: "branch")
    let x = b.buffer(.int64, strides: [.unit], access: .readWrite)
    b.tasks { task in
      b.branch(task == b.integer(3)) {
        b.loop(.vector, from: zero(b), to: b.integer(9)) { i in b.store(x, [i], i) }
        b.loop(.vector, from: zero(b), to: b.integer(9)) { i in b.store(x, [i], b.load(x, [i + 1]))
        }
      }
    }
    #expect(try threads(b, .cuda) == 128)
    #expect(try barriers(b) == 1)
    let openCL = try CEmitter.emit(b.finish(), dialect: .openCL)
    #expect(openCL.threadsPerBlock == 1)
    #expect(!openCL.text.contains("barrier("))
  }

  @Test func openCLCompilersKnowNothingOfThreadsThatMeet() throws {
    func text(_ rows: Int, _ dialect: CDialect) throws -> String {
      let b = KernelBuilder(name: "rows")
      let x = b.buffer(.int64, strides: [.unit], access: .readWrite)
      b.tasks { _ in
        for row in 0..<rows {
          b.loop(.vector, from: zero(b), to: b.integer(9)) { i in
            b.store(x, [i], b.load(x, [i + b.integer(row)]))
          }
        }
      }
      return try CEmitter.emit(b.finish(), dialect: dialect).text
    }
    #expect(try text(1, .openCL).contains("  const i64 thread = (i64)get_local_id(0);"))
    #expect(try text(2, .openCL).contains("  volatile i64 thread = (i64)get_local_id(0);"))
    #expect(try text(2, .cuda).contains("  const i64 thread = (i64)threadIdx.x;"))
  }
}
