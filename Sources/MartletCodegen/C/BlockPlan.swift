import MartletIR

/// How the threads of a block share one task of a kernel.
///
/// Statements outside vector loops are *uniform*: every thread computes them, with the same values.
/// What they write is written by the first thread, the leader. Iterations of a vector loop are dealt
/// out: thread `t` of `T` runs `lower + t`, `lower + t + T`, and so on, so a lane variable's cell
/// always belongs to the same thread. `BlockBarriers` says where the threads wait for each other.
struct BlockPlan {
  /// Of a block; 1 where a task can't be shared.
  private(set) var threads = 1
  /// Whether the kernel places its threads itself.
  private(set) var isGrid = false
  /// How many threads own the cells of a variable with lanes, a divisor of their number.
  private(set) var owners: [Variable: Int] = [:]
  /// How many lanes each variable with more than one has.
  private(set) var lanes: [Variable: Int] = [:]
  /// How many threads share each vector loop, by its index.
  private(set) var loopThreads: [Value: Int] = [:]

  /// Threads for vector loops without lanes: a few warps, so that a task of some thousand elements
  /// gives each thread several.
  private static let usualThreads = 128
  /// The most threads that lanes ask for; a thread owns several cells of more lanes.
  private static let mostThreads = 256

  /// - Parameter isSerial: whether a task is not to be shared.
  init(_ kernel: Kernel, isSerial: Bool = false) {
    var hasOwnMemory = false
    for buffer in kernel.buffers {
      switch buffer.space {
      case .global: break
      case .shared: isGrid = true
      case .local, .address: hasOwnMemory = true
      }
    }
    var survey = Survey()
    survey.visit(kernel.body)
    isGrid = isGrid || survey.usesGrid
    lanes = survey.lanes
    // A local buffer has one owner, and a fold's body belongs to one thread.
    if isSerial || isGrid || hasOwnMemory || survey.hasNestedVector || survey.loops.isEmpty {
      owners = lanes.mapValues { _ in 1 }
      return
    }
    planLanes(survey.loops, survey.folds)
  }

  /// Variables that a loop or a fold uses together get the same owners, and the loop as many
  /// threads: as many as the fewest lanes.
  private mutating func planLanes(
    _ loops: [(index: Value, variables: Set<Variable>)], _ folds: [Set<Variable>]
  ) {
    owners = lanes.mapValues { min($0, Self.mostThreads) }
    var isStable = false
    while !isStable {
      isStable = true
      for group in loops.map(\.variables) + folds {
        guard let fewest = group.map({ owners[$0]! }).min() else { continue }
        for variable in group where owners[variable] != fewest {
          owners[variable] = fewest
          isStable = false
        }
      }
    }
    for loop in loops {
      if let variable = loop.variables.first { loopThreads[loop.index] = owners[variable]! }
    }
    threads = owners.values.max() ?? 1
    if loops.contains(where: { $0.variables.isEmpty }) { threads = max(threads, Self.usualThreads) }
    for loop in loops where loop.variables.isEmpty { loopThreads[loop.index] = threads }
  }

  /// Whether a uniform statement does nothing but write memory, so that the leader alone runs it,
  /// with all it computes: no other thread needs a value of it.
  func isLeaderOnly(_ statement: Statement) -> Bool {
    switch statement {
    case .loop(let loop) where loop.kind == .serial: break
    case .branch, .whileLoop: break
    default: return false
    }
    var survey = Survey()
    survey.visit([statement])
    return survey.loops.isEmpty && !survey.hasFold
      && survey.assigned.isSubset(of: survey.declared)
  }
}

/// What a part of a kernel contains.
private struct Survey {
  var lanes: [Variable: Int] = [:]
  var loops: [(index: Value, variables: Set<Variable>)] = []
  /// The variables with lanes of each fold.
  var folds: [Set<Variable>] = []
  var usesGrid = false
  var hasFold = false
  /// Whether a fold's body has a vector loop or a fold.
  var hasNestedVector = false
  var declared: Set<Variable> = []
  var assigned: Set<Variable> = []
  private var isInVector = false
  private var isInFold = false

  mutating func visit(_ statements: [Statement]) {
    for statement in statements { visit(statement) }
  }

  private mutating func visit(_ statement: Statement) {
    switch statement {
    case .define(_, .grid): usesGrid = true
    case .define(_, .read(let variable)): use(variable)
    case .define, .store, .atomic: break
    case .declare(let variable, let count, _):
      declared.insert(variable)
      if count > 1 { lanes[variable] = count }
    case .assign(let variable, _):
      assigned.insert(variable)
      use(variable)
    case .loop(let loop):
      guard loop.kind == .vector else { return visit(loop.body) }
      hasNestedVector = hasNestedVector || isInFold
      loops.append((loop.index, []))
      isInVector = true
      visit(loop.body)
      isInVector = false
    case .branch(_, let then, let otherwise):
      visit(then)
      visit(otherwise)
    case .whileLoop(let condition, _, let body):
      visit(condition)
      visit(body)
    case .fold(let fold):
      hasFold = true
      folds.append(Set(fold.variables.filter { lanes[$0] != nil }))
      hasNestedVector = hasNestedVector || isInFold
      let around = isInFold
      isInFold = true
      visit(fold.body)
      isInFold = around
    case .location, .allocate, .arena, .parallel: break
    case .barrier, .collective, .compareExchange, .fence, .sleep: usesGrid = true
    }
  }

  private mutating func use(_ variable: Variable) {
    if isInVector, lanes[variable] != nil { loops[loops.count - 1].variables.insert(variable) }
  }
}
