import MartletIR

/// Where the threads of a block wait for each other while they share a task.
///
/// The rule: between two accesses of which one is a write there is a barrier, unless the leader
/// makes both or both belong to the same vector loop. All global buffers count as one memory,
/// because a buffer that is read and one that is written may be the same. What is left out is left
/// out by the kernel language: iterations of a vector loop are independent of each other, and so
/// are tasks.
///
/// The *scratch* of a fold, through which threads exchange cells, is a second memory. A fold and an
/// atomic whose old value is used also have barriers of their own inside.
struct BlockBarriers {
  /// Who has accessed what since the last barrier.
  private struct Accesses: OptionSet {
    var rawValue: UInt8
    static let leaderReads = Accesses(rawValue: 1)
    static let leaderWrites = Accesses(rawValue: 2)
    static let allRead = Accesses(rawValue: 4)
    static let allWrite = Accesses(rawValue: 8)
    static let scratchRead = Accesses(rawValue: 16)
    static let scratchWritten = Accesses(rawValue: 32)

    static let scratch: Accesses = [.scratchRead, .scratchWritten]
    static let global: Accesses = [.leaderReads, .leaderWrites, .allRead, .allWrite]

    func collides(with earlier: Accesses) -> Bool {
      contains(.allWrite) && !earlier.isDisjoint(with: .global)
        || contains(.leaderWrites) && !earlier.isDisjoint(with: [.allRead, .allWrite])
        || contains(.allRead) && !earlier.isDisjoint(with: [.leaderWrites, .allWrite])
        || contains(.leaderReads) && earlier.contains(.allWrite)
        || contains(.scratchWritten) && !earlier.isDisjoint(with: .scratch)
        || contains(.scratchRead) && earlier.contains(.scratchWritten)
    }
  }

  private let plan: BlockPlan
  private var pending: Accesses = []

  /// The body of a kernel with a `.barrier` before each statement that must wait.
  static func insert(into kernel: Kernel, _ plan: BlockPlan) -> [Statement] {
    if plan.threads == 1 { return kernel.body }
    var barriers = BlockBarriers(plan: plan)
    return barriers.insert(into: kernel.body)
  }

  /// Whether threads meet inside a branch, barriers of folds and atomics included.
  static func meetInBranch(_ statements: [Statement], isInBranch: Bool = false) -> Bool {
    statements.contains { statement in
      switch statement {
      case .barrier, .collective: isInBranch
      case .fold(let fold): isInBranch && fold.lanes > 1
      case .atomic(_, _, _, _, let old): isInBranch && old != nil
      case .loop(let loop):
        loop.kind != .vector && meetInBranch(loop.body, isInBranch: isInBranch)
      case .branch(_, let then, let otherwise): meetInBranch(then + otherwise, isInBranch: true)
      case .whileLoop(let condition, _, let body):
        meetInBranch(condition + body, isInBranch: isInBranch)
      case .define, .declare, .assign, .store, .compareExchange, .fence, .sleep, .allocate, .arena,
        .parallel, .location:
        false
      }
    }
  }

  private mutating func insert(into statements: [Statement]) -> [Statement] {
    var result: [Statement] = []
    for statement in statements { insert(before: statement, &result) }
    return result
  }

  private mutating func insert(before statement: Statement, _ result: inout [Statement]) {
    if plan.isLeaderOnly(statement) {
      note(Self.accesses([statement], read: .leaderReads, write: .leaderWrites), &result)
      result.append(statement)
      return
    }
    switch statement {
    case .define(_, .load): note(.allRead, &result)
    case .store: note(.leaderWrites, &result)
    case .atomic(_, _, _, _, let old):
      note([.leaderReads, .leaderWrites], &result)
      if old != nil {
        note(.scratchWritten, &result)
        pending = .scratchRead
      }
    case .fold(let fold) where fold.lanes > 1:
      note(.scratchWritten, &result)
      pending = .scratchRead
    case .loop(let loop) where loop.kind == .vector:
      note(Self.accesses(loop.body, read: .allRead, write: .allWrite), &result)
    case .loop(var loop):
      let carried: Accesses = loop.kind == .tasks ? .scratch : [.scratch, .global]
      loop.body = repeated(carried) { $0.insert(into: loop.body) }
      result.append(.loop(loop))
      return
    case .branch(let condition, var then, var otherwise):
      let before = pending
      then = insert(into: then)
      let afterThen = pending
      pending = before
      otherwise = insert(into: otherwise)
      pending.formUnion(afterThen)
      result.append(.branch(condition: condition, then: then, else: otherwise))
      return
    case .whileLoop(var condition, let test, var body):
      var atTest: Accesses = []
      (condition, body) = repeated([.scratch, .global]) {
        let head = $0.insert(into: condition)
        atTest = $0.pending
        return (head, $0.insert(into: body))
      }
      pending.formUnion(atTest)
      result.append(.whileLoop(condition: condition, test: test, body: body))
      return
    // Only kernels that place their threads themselves have some of these.
    case .define, .declare, .assign, .fold, .barrier, .allocate, .arena, .parallel, .location,
      .compareExchange, .collective, .fence, .sleep:
      break
    }
    result.append(statement)
  }

  private mutating func note(_ accesses: Accesses, _ result: inout [Statement]) {
    if accesses.collides(with: pending) {
      result.append(.barrier)
      pending = []
    }
    pending.formUnion(accesses)
  }

  /// The body of a loop, which meets what was pending before it and, of the kinds `carried`, what
  /// is pending at its own end.
  private mutating func repeated<Body>(
    _ carried: Accesses, _ body: (inout BlockBarriers) -> Body
  ) -> Body {
    var entry = pending
    while true {
      pending = entry
      let result = body(&self)
      let next = entry.union(pending.intersection(carried))
      if next == entry {
        // The body may not run at all.
        pending.formUnion(entry)
        return result
      }
      entry = next
    }
  }

  private static func accesses(
    _ statements: [Statement], read: Accesses, write: Accesses
  ) -> Accesses {
    var found: Accesses = []
    for statement in statements {
      switch statement {
      case .define(_, .load): found.formUnion(read)
      case .store: found.formUnion(write)
      case .atomic: found.formUnion([read, write])
      case .loop(let loop): found.formUnion(accesses(loop.body, read: read, write: write))
      case .branch(_, let then, let otherwise):
        found.formUnion(accesses(then + otherwise, read: read, write: write))
      case .whileLoop(let condition, _, let body):
        found.formUnion(accesses(condition + body, read: read, write: write))
      case .fold(let fold): found.formUnion(accesses(fold.body, read: read, write: write))
      case .compareExchange: found.formUnion([read, write])
      case .define, .declare, .assign, .barrier, .collective, .fence, .sleep, .allocate, .arena,
        .parallel,
        .location:
        break
      }
    }
    return found
  }
}
