import MartletIR

/// Where in a vector loop the emitter is.
struct VectorContext {
  var width: Int
  /// The loop's lower bound.
  var lower: String
  /// The iteration of lane 0.
  var index: String
  /// Iterations since the start of this step of the main loop.
  var offset: Int
  /// Which lanes count, in the tail.
  var mask: String?
  /// How many lanes count, an `i64`, in the tail.
  var active: String?
}

/// Which cells of a lane variable.
enum Cell {
  case known(Int)
  /// The name of an `i64`.
  case computed(String)
}

extension FunctionEmitter {
  /// A main loop over whole steps, then a masked tail, a vector at a time.
  func emitVector(
    _ loop: Loop, from lower: String, to upper: String
  ) throws(MartletError) {
    guard let plan = plan.loops[loop.index] else { throw malformed("a vector loop is nested") }
    let stride = plan.width * plan.copies
    let name = text.fresh("vector")
    let before = text.block
    let count = text.define("sub nsw i64 \(upper), \(lower)")
    let end: String
    if stride == 1 {
      end = upper
    } else {
      let whole = text.define("and i64 \(count), \(-stride)")
      end = text.define("add i64 \(lower), \(whole)")
    }
    let context = VectorContext(width: plan.width, lower: lower, index: "", offset: 0)

    let hasSteps = text.define("icmp slt i64 \(lower), \(end)")
    text.branch(if: hasSteps, "\(name).main", else: "\(name).rest")
    text.label("\(name).main")
    let index = "%\(name).i"
    text.line("\(index) = phi i64 [ \(lower), %\(before) ], [ \(index).next, %\(name).latch ]")
    if loop.body.containsLoop { try spend(String(stride)) }
    for copy in 0..<plan.copies {
      let offset = copy * plan.width
      vector = context
      vector?.offset = offset
      vector?.index = offset == 0 ? index : text.define("add nsw i64 \(index), \(offset)")
      bindIndex(loop.index)
      try emit(loop.body)
    }
    text.branch(to: "\(name).latch")
    text.label("\(name).latch")
    text.line("\(index).next = add nsw i64 \(index), \(stride)")
    let again = text.define("icmp slt i64 \(index).next, \(end)")
    text.line(
      "br i1 \(again), label %\(name).main, label %\(name).rest\(text.finishedLoop())")
    text.label("\(name).rest")
    if stride > 1 {
      text.line(
        "%\(name).start = phi i64 [ \(lower), %\(before) ], [ \(index).next, %\(name).latch ]")
      try emitTail(loop, plan, name, from: "%\(name).start", to: upper, context)
    }
    vector = nil
  }

  private func emitTail(
    _ loop: Loop, _ plan: VectorPlan.LoopPlan, _ name: String, from start: String,
    to upper: String, _ context: VectorContext
  ) throws(MartletError) {
    let hasRest = text.define("icmp slt i64 \(start), \(upper)")
    if let variable = plan.laneVariables.first, case .lanes(let storage) = try storage(variable),
      !storage.registers.isEmpty
    {
      text.branch(if: hasRest, "\(name).tail0", else: "\(name).done")
      return try emitTailInRegisters(loop, plan, name, from: start, to: upper, context)
    }
    text.branch(if: hasRest, "\(name).enter", else: "\(name).done")
    text.label("\(name).enter")
    text.branch(to: "\(name).tail")

    text.label("\(name).tail")
    let index = "%\(name).j"
    // When one vector always does for the rest there is no loop.
    let repeats = plan.copies > 1
    if repeats {
      text.line(
        "\(index) = phi i64 [ \(start), %\(name).enter ], [ \(index).next, %\(name).end ]")
    } else {
      text.line("\(index) = phi i64 [ \(start), %\(name).enter ]")
    }
    vector = context
    vector?.index = index
    setMask(text.define("sub nsw i64 \(upper), \(index)"))
    bindIndex(loop.index)
    try emit(loop.body)
    text.branch(to: "\(name).end")
    text.label("\(name).end")
    if repeats {
      text.line("\(index).next = add nsw i64 \(index), \(plan.width)")
      let again = text.define("icmp slt i64 \(index).next, \(upper)")
      text.line(
        "br i1 \(again), label %\(name).tail, label %\(name).leave\(text.finishedLoop())")
    } else {
      text.branch(to: "\(name).leave")
    }
    text.label("\(name).leave")
    text.branch(to: "\(name).done")
    text.label("\(name).done")
  }

  /// Lane variables stay in their registers: one masked vector after another until none is left.
  private func emitTailInRegisters(
    _ loop: Loop, _ plan: VectorPlan.LoopPlan, _ name: String, from start: String,
    to upper: String, _ context: VectorContext
  ) throws(MartletError) {
    var index = start
    for copy in 0..<plan.copies {
      text.label("\(name).tail\(copy)")
      vector = context
      vector?.offset = copy * plan.width
      vector?.index = index
      setMask(text.define("sub nsw i64 \(upper), \(index)"))
      bindIndex(loop.index)
      try emit(loop.body)
      guard copy + 1 < plan.copies else { break }
      index = text.define("add nsw i64 \(index), \(plan.width)")
      let goesOn = text.define("icmp slt i64 \(index), \(upper)")
      text.branch(if: goesOn, "\(name).tail\(copy + 1)", else: "\(name).done")
    }
    text.branch(to: "\(name).done")
    text.label("\(name).done")
  }

  private func bindIndex(_ index: Value) {
    guard let vector else { return }
    var operand = Operand(vector.index, lanes: vector.width)
    if vector.width > 1 { operand.step = .constant(1) }
    bind(index, operand)
  }

  /// Enables the first `rest` lanes, of which there may be more than the vector has.
  private func setMask(_ rest: String) {
    guard let width = vector?.width else { return }
    let active = text.call("i64", "llvm.umin.i64", [("i64", rest), ("i64", String(width))])
    vector?.active = active
    vector?.mask = firstLanes(active, of: width)
  }

  /// A mask of the first `count` (at least one) of `width` lanes.
  func firstLanes(_ count: String, of width: Int) -> String {
    if target.hasMaskRegisters && width <= 64 {
      let missing = text.define("sub i64 64, \(count)")
      return maskRegister(text.define("lshr i64 -1, \(missing)"), width)
    }
    let (lanes, narrow) = lanesAndCount(count, width)
    return text.define("icmp ult \(vectorType("i8", width)) \(lanes), \(narrow)")
  }

  /// A mask of the last `count` (at least one) of `width` lanes.
  func lastLanes(_ count: String, of width: Int) -> String {
    let missing = text.define("sub i64 \(width), \(count)")
    if target.hasMaskRegisters && width <= 64 {
      return maskRegister(text.define("shl i64 -1, \(missing)"), width)
    }
    let (lanes, narrow) = lanesAndCount(missing, width)
    return text.define("icmp uge \(vectorType("i8", width)) \(lanes), \(narrow)")
  }

  private func maskRegister(_ bits: String, _ width: Int) -> String {
    let narrow = width == 64 ? bits : text.define("trunc i64 \(bits) to i\(width)")
    return text.define("bitcast i\(width) \(narrow) to <\(width) x i1>")
  }

  private func lanesAndCount(_ count: String, _ width: Int) -> (String, String) {
    let narrow = splat(text.define("trunc i64 \(count) to i8"), "i8", width)
    return (vectorLiteral("i8", (0..<width).map { String($0) }), narrow)
  }

  // MARK: - Lane variables

  func laneStorage(_ plan: VectorPlan.LanePlan, _ type: DType) -> LaneStorage {
    let memory = (0..<type.partCount).map { _ in
      text.defineAtEntry("alloca [\(plan.lanes) x \(type.cellType)], align 64")
    }
    if plan.inMemory { return LaneStorage(plan: plan, registers: [], memory: memory) }
    let register = vectorType(type.registerType, plan.width)
    let registers = (0..<type.partCount).map { _ in
      (0..<(plan.lanes / plan.width)).map { _ in text.defineAtEntry("alloca \(register)") }
    }
    return LaneStorage(plan: plan, registers: registers, memory: memory)
  }

  /// The current iterations' cells: `(index - lower) % lanes`.
  private func currentCell(_ storage: LaneStorage) throws(MartletError) -> Cell {
    guard let vector, vector.width <= storage.plan.lanes else {
      throw malformed("a lane variable is used outside a vector loop")
    }
    let lanes = storage.plan.lanes
    if !storage.registers.isEmpty { return .known(vector.offset % lanes) }
    let distance = text.define("sub i64 \(vector.index), \(vector.lower)")
    return .computed(text.define("and i64 \(distance), \(lanes - 1)"))
  }

  func readCells(_ storage: LaneStorage, _ type: DType) throws(MartletError) -> Operand {
    let cell = try currentCell(storage)
    let lanes = vector?.width ?? 1
    return Operand(loadCells(storage, type, cell: cell, lanes: lanes), lanes: lanes)
  }

  func assignCells(
    _ storage: LaneStorage, _ type: DType, _ value: Operand
  ) throws(MartletError) {
    let cell = try currentCell(storage)
    let lanes = vector?.width ?? 1
    var new = parts(value, type, lanes: lanes)
    if let mask = vector?.mask {
      let register = vectorType(type.registerType, lanes)
      let old = loadCells(storage, type, cell: cell, lanes: lanes)
      new = zip(new, old).map {
        text.define("select <\(lanes) x i1> \(mask), \(register) \($0), \(register) \($1)")
      }
    }
    storeCells(storage, type, cell: cell, new, lanes: lanes)
  }

  /// A known cell is in its register where there is one, a computed one in memory.
  func loadCells(_ storage: LaneStorage, _ type: DType, cell: Cell, lanes: Int) -> [String] {
    if case .known(let first) = cell, !storage.registers.isEmpty {
      return storage.registers.map {
        text.define(
          "load \(vectorType(type.registerType, lanes)), ptr \($0[first / storage.plan.width])")
      }
    }
    return storage.memory.map {
      let loaded = text.define(
        "load \(vectorType(type.cellType, lanes)), ptr \(address($0, type, cell)), "
          + "align \(min(4, type.memorySize))")
      guard type == .bool else { return loaded }
      return text.define("icmp ne \(vectorType("i8", lanes)) \(loaded), \(zero(lanes))")
    }
  }

  func storeCells(
    _ storage: LaneStorage, _ type: DType, cell: Cell, _ parts: [String], lanes: Int
  ) {
    if case .known(let first) = cell, !storage.registers.isEmpty {
      for (registers, part) in zip(storage.registers, parts) {
        text.line(
          "store \(vectorType(type.registerType, lanes)) \(part), "
            + "ptr \(registers[first / storage.plan.width])")
      }
      return
    }
    for (array, part) in zip(storage.memory, parts) {
      let value =
        type == .bool
        ? text.define(
          "zext \(vectorType("i1", lanes)) \(part) to \(vectorType("i8", lanes))") : part
      text.line(
        "store \(vectorType(type.cellType, lanes)) \(value), "
          + "ptr \(address(array, type, cell)), align \(min(4, type.memorySize))")
    }
  }

  private func address(_ array: String, _ type: DType, _ cell: Cell) -> String {
    switch cell {
    case .known(0): array
    case .known(let first):
      text.define("getelementptr \(type.cellType), ptr \(array), i64 \(first)")
    case .computed(let first):
      text.define("getelementptr \(type.cellType), ptr \(array), i64 \(first)")
    }
  }

  private func zero(_ lanes: Int) -> String { lanes == 1 ? "0" : "zeroinitializer" }

  // MARK: - Folds

  /// Halves until lane 0 is left; halves longer than a vector are combined group by group.
  func emit(_ fold: Fold) throws(MartletError) {
    guard vector == nil else { throw malformed("a fold is inside a vector loop") }
    var groups: [[[String]]] = []  // by variable, group, part
    let types = fold.variables.map { type($0) }
    if fold.lanes == 1 {
      for (variable, result) in zip(fold.variables, fold.results) {
        bind(result, try read(variable))
      }
      return
    }
    // Fold bodies with control flow are evaluated one lane at a time.
    var width = fold.body.allSatisfy(\.isDefinition) ? fold.lanes : 1
    for (variable, type) in zip(fold.variables, types) {
      guard case .lanes(let storage) = try storage(variable), storage.plan.lanes == fold.lanes
      else { throw malformed("a fold of \(fold.lanes) lanes of a variable with another number") }
      let natural = target.vectorBytes / type.registerSize
      width = min(width, storage.registers.isEmpty ? natural : storage.plan.width)
    }
    for (variable, type) in zip(fold.variables, types) {
      guard case .lanes(let storage) = try storage(variable) else { continue }
      groups.append(cells(storage, type, width: width))
    }
    var lanes = fold.lanes
    while lanes > 1 {
      let half = lanes / 2
      if half >= width {
        let count = half / width
        for group in 0..<count {
          let left = groups.map { Operand($0[group], lanes: width) }
          let right = groups.map { Operand($0[group + count], lanes: width) }
          let combined = try combine(fold, types, left, right, lanes: width)
          for n in groups.indices { groups[n][group] = combined[n] }
        }
      } else {
        let left = zip(groups, types).map { Operand(halves($0[0], $1, lanes, 0), lanes: half) }
        let right = zip(groups, types).map { Operand(halves($0[0], $1, lanes, half), lanes: half) }
        let combined = try combine(fold, types, left, right, lanes: half)
        for n in groups.indices { groups[n][0] = combined[n] }
      }
      lanes = half
    }
    for (result, group) in zip(fold.results, groups) {
      bind(result, Operand(group[0], lanes: 1))
    }
  }

  private func combine(
    _ fold: Fold, _ types: [DType], _ left: [Operand], _ right: [Operand], lanes: Int
  ) throws(MartletError) -> [[String]] {
    for (value, operand) in zip(fold.left, left) { bind(value, operand) }
    for (value, operand) in zip(fold.right, right) { bind(value, operand) }
    try emit(fold.body)
    var combined: [[String]] = []
    for (value, type) in zip(fold.combined, types) {
      combined.append(parts(try operand(value), type, lanes: lanes))
    }
    return combined
  }

  /// All cells of a variable in groups of `width`.
  private func cells(_ storage: LaneStorage, _ type: DType, width: Int) -> [[String]] {
    let own = storage.registers.isEmpty ? width : storage.plan.width
    var groups: [[String]] = []
    for first in stride(from: 0, to: storage.plan.lanes, by: own) {
      let parts = loadCells(storage, type, cell: .known(first), lanes: own)
      if own == width {
        groups.append(parts)
      } else {
        for offset in stride(from: 0, to: own, by: width) {
          groups.append(parts.map { slice($0, type, of: own, from: offset, width) })
        }
      }
    }
    return groups
  }

  private func halves(_ parts: [String], _ type: DType, _ lanes: Int, _ from: Int) -> [String] {
    parts.map { slice($0, type, of: lanes, from: from, lanes / 2) }
  }

  /// `count` lanes of a vector.
  private func slice(
    _ value: String, _ type: DType, of lanes: Int, from: Int, _ count: Int
  ) -> String {
    let vector = vectorType(type.registerType, lanes)
    if count == 1 { return text.define("extractelement \(vector) \(value), i64 \(from)") }
    return text.define(
      "shufflevector \(vector) \(value), \(vector) poison, "
        + shuffleMask(Array(from..<(from + count))))
  }
}

extension Statement {
  fileprivate var isDefinition: Bool {
    if case .define = self { true } else { false }
  }
}

extension DType {
  /// A lane variable's cell in memory: as in a register, but a bool is a byte.
  fileprivate var cellType: String { self == .bool ? "i8" : registerType }
}
