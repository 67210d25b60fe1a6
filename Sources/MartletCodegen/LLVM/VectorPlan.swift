import MartletIR

/// How each vector loop of a kernel is run: how many lanes at a time, how many times its body is
/// written out per step, and where lane variables are kept.
struct VectorPlan {
  struct LoopPlan {
    /// Iterations at a time; 1 for a loop that can't be run as vectors.
    var width: Int
    /// Copies of the body in one step of the main loop.
    var copies: Int
    var laneVariables: [Variable] = []
  }

  struct LanePlan {
    var lanes: Int
    /// Lanes in one register.
    var width: Int
    /// Whether the cells are addressed by number while a loop runs; else each is a register.
    var inMemory: Bool
  }

  /// By the loop's index.
  private(set) var loops: [Value: LoopPlan] = [:]
  private(set) var lanes: [Variable: LanePlan] = [:]

  /// Written-out copies of a body are worth their compile time up to this many vector operations.
  /// Longer bodies keep their cells in memory, where the load and store don't show.
  private static let copyBudget = 192

  init(_ kernel: Kernel, vectorBytes: Int) throws(MartletError) {
    var counts: [Variable: Int] = [:]
    try Self.collectLanes(kernel.body, kernel.name, &counts)
    var found: [(index: Value, plan: LoopPlan, cost: Int)] = []
    try Self.visit(kernel.body) { (loop) throws(MartletError) in
      var analysis = VectorAnalysis(kernel, index: loop.index, lanes: counts)
      try analysis.run(loop.body)
      let plan = LoopPlan(
        width: analysis.width(vectorBytes), copies: analysis.copies,
        laneVariables: analysis.laneVariables.sorted { $0.id < $1.id })
      found.append((loop.index, plan, analysis.cost))
    }
    for (variable, count) in counts {
      let type = kernel.variableTypes[Int(variable.id)]
      let natural = max(1, vectorBytes / type.registerSize)
      lanes[variable] = LanePlan(lanes: count, width: min(count, natural), inMemory: false)
    }
    // Loops that share a lane variable run at one width, so that its cells stay whole registers.
    var changed = true
    while changed {
      changed = false
      for n in found.indices where !found[n].plan.laneVariables.isEmpty {
        let variables = found[n].plan.laneVariables
        let narrowest = variables.map { lanes[$0]!.width }.min()!
        let width = min(found[n].plan.width, narrowest)
        let longest = variables.map { lanes[$0]!.lanes }.max()!
        let inMemory =
          width == 1 || longest / width > 16 || longest / width * found[n].cost > Self.copyBudget
          || variables.contains { lanes[$0]!.inMemory }
        let copies = inMemory ? 1 : longest / width
        if width != found[n].plan.width || copies != found[n].plan.copies { changed = true }
        found[n].plan.width = width
        found[n].plan.copies = copies
        for variable in variables {
          if lanes[variable]!.width != width || lanes[variable]!.inMemory != inMemory {
            changed = true
            lanes[variable]!.width = width
            lanes[variable]!.inMemory = inMemory
          }
        }
      }
    }
    for one in found { loops[one.index] = one.plan }
  }

  /// Calls `body` with each vector loop that is not inside another.
  private static func visit(
    _ statements: [Statement], _ body: (Loop) throws(MartletError) -> Void
  ) throws(MartletError) {
    for statement in statements {
      switch statement {
      case .loop(let loop) where loop.kind == .vector: try body(loop)
      case .loop(let loop): try visit(loop.body, body)
      case .branch(_, let then, let otherwise):
        try visit(then, body)
        try visit(otherwise, body)
      case .whileLoop(let condition, _, let inner):
        try visit(condition, body)
        try visit(inner, body)
      default: break
      }
    }
  }

  private static func collectLanes(
    _ statements: [Statement], _ name: String, _ counts: inout [Variable: Int]
  ) throws(MartletError) {
    for statement in statements {
      switch statement {
      case .declare(let variable, let lanes, _) where lanes != 1:
        guard lanes > 1, lanes & (lanes - 1) == 0 else {
          throw .malformedKernel(
            name: name, detail: "a variable has \(lanes) lanes, which is not a power of two")
        }
        counts[variable] = lanes
      case .loop(let loop) where loop.kind != .vector: try collectLanes(loop.body, name, &counts)
      case .branch(_, let then, let otherwise):
        try collectLanes(then, name, &counts)
        try collectLanes(otherwise, name, &counts)
      case .whileLoop(let condition, _, let inner):
        try collectLanes(condition, name, &counts)
        try collectLanes(inner, name, &counts)
      default: break
      }
    }
  }
}

/// What a vector loop's body needs, found in one walk.
struct VectorAnalysis {
  /// How a value changes from one iteration to the next.
  private enum Kind {
    /// By the same step each time: the index, and sums and products with it.
    case affine
    case varying
  }

  private let kernel: Kernel
  private let lanes: [Variable: Int]
  /// Values that are not here are the same in all iterations.
  private var kinds: [Value: Kind] = [:]
  private var privates: Set<Variable> = []
  private(set) var laneVariables: Set<Variable> = []
  private(set) var cost = 0
  private var widest = 1
  private var isVectorisable = true
  private var hasStridedAccess = false
  private var hasLoop = false

  init(_ kernel: Kernel, index: Value, lanes: [Variable: Int]) {
    self.kernel = kernel
    self.lanes = lanes
    kinds[index] = .affine
  }

  func width(_ vectorBytes: Int) -> Int {
    guard isVectorisable else { return 1 }
    // A serial loop inside adds up in one register per variable, and each addition waits for the
    // last; four registers side by side don't.
    let registers = hasLoop && !hasStridedAccess && laneVariables.isEmpty && cost <= 16 ? 4 : 1
    return min(64, max(1, registers * vectorBytes / widest))
  }

  var copies: Int {
    if !isVectorisable || hasLoop || hasStridedAccess { return 1 }
    return cost <= 8 ? 4 : cost <= 24 ? 2 : 1
  }

  mutating func run(_ statements: [Statement]) throws(MartletError) {
    for statement in statements { try visit(statement) }
  }

  private mutating func visit(_ statement: Statement) throws(MartletError) {
    switch statement {
    case .define(let value, let instruction):
      guard let kind = kind(of: instruction, type(of: value)) else { return }
      kinds[value] = kind
      if kind == .varying { count(type(of: value)) }
    case .declare(let variable, let count, _):
      guard count == 1 else { throw malformed("a variable with lanes is inside a vector loop") }
      privates.insert(variable)
      self.count(kernel.variableTypes[Int(variable.id)])
    case .assign(let variable, _):
      if lanes[variable] != nil {
        laneVariables.insert(variable)
      } else if !privates.contains(variable) {
        throw malformed("a vector loop assigns a variable from outside that has no lanes")
      }
      count(kernel.variableTypes[Int(variable.id)])
    case .store(let buffer, let index, _):
      count(kernel.buffers[buffer].dtype)
      noteAccess(buffer, index)
    case .loop(let loop):
      hasLoop = true
      // Bounds that differ between iterations would need a mask of their own.
      if kinds[loop.lower] != nil || kinds[loop.upper] != nil { isVectorisable = false }
      try run(loop.body)
    case .branch(_, let then, let otherwise):
      isVectorisable = false
      try run(then)
      try run(otherwise)
    case .whileLoop(let condition, _, let body):
      isVectorisable = false
      try run(condition)
      try run(body)
    case .location: break
    case .allocate, .arena, .parallel: isVectorisable = false
    case .atomic, .compareExchange, .barrier, .collective, .fence, .sleep:
      isVectorisable = false
    case .fold: throw malformed("a fold is inside a vector loop")
    }
  }

  private mutating func count(_ type: DType) {
    cost += 1
    widest = max(widest, type.registerSize)
  }

  private mutating func noteAccess(_ buffer: Int, _ index: [Value]) {
    for (stride, value) in zip(kernel.buffers[buffer].strides, index) {
      guard let kind = kinds[value], stride != .constant(0) else { continue }
      if kind == .varying || (stride != .constant(1) && stride != .constant(-1)) {
        hasStridedAccess = true
      }
    }
  }

  /// Nil for a value that is the same in all iterations.
  private mutating func kind(of instruction: Instruction, _ type: DType) -> Kind? {
    switch instruction {
    case .constant, .slot, .grid: return nil
    case .read(let variable):
      if lanes[variable] != nil {
        laneVariables.insert(variable)
        return .varying
      }
      return privates.contains(variable) ? .varying : nil
    case .load(let buffer, let index):
      noteAccess(buffer, index)
      let strides = kernel.buffers[buffer].strides
      return zip(strides, index).contains { $0 != .constant(0) && kinds[$1] != nil }
        ? .varying : nil
    case .binary(let operation, let a, let b) where type == .int64:
      let sides = (kinds[a], kinds[b])
      switch (operation, sides) {
      case (_, (nil, nil)): return nil
      case (.add, (.varying, _)), (.add, (_, .varying)): return .varying
      case (.subtract, (.varying, _)), (.subtract, (_, .varying)): return .varying
      case (.add, _), (.subtract, _), (.multiply, (.affine, nil)), (.multiply, (nil, .affine)):
        return .affine
      default: return .varying
      }
    default:
      return instruction.operands.contains { kinds[$0] != nil } ? .varying : nil
    }
  }

  private func type(of value: Value) -> DType { kernel.valueTypes[Int(value.id)] }

  private func malformed(_ detail: String) -> MartletError {
    .malformedKernel(name: kernel.name, detail: detail)
  }
}

extension Instruction {
  /// The values it uses.
  var operands: [Value] {
    switch self {
    case .constant, .slot, .grid, .read: []
    case .load(_, let index), .address(_, let index): index
    case .unary(_, let a), .cast(let a), .reinterpret(let a), .real(let a), .imaginary(let a): [a]
    case .binary(_, let a, let b), .compare(_, let a, let b), .complex(let a, let b): [a, b]
    case .select(let a, let b, let c), .fusedMultiplyAdd(let a, let b, let c): [a, b, c]
    case .call(_, let arguments), .system(_, let arguments): arguments
    }
  }
}
