import MartletIR

/// What the iterations of a loop do with memory.
struct LoopMemory {
  /// Variables from this number on are an iteration's own.
  var firstVariable: Int32
  /// Whether an iteration takes memory.
  var allocates = false
  /// Addresses of arrays that an iteration leaves behind.
  var kept: Set<Variable> = []
}

/// The memory that a loop's iterations take: each frees, at its end, what the loop has taken so far
/// and nothing refers to any more. What outlives an iteration is in variables from before the loop.
extension FunctionLowering {
  /// Lowers a loop: `body` writes it, and calls its argument at the end of each iteration.
  func releasingMemory(
    _ body: (_ endIteration: () -> Void) throws(MartletError) -> Void
  ) throws(MartletError) {
    guard rules.target == .host else { return try body {} }
    let zero = builder.integer(0)
    let position = builder.position
    let mark = builder.newVariable(.int64)
    loopMemories.append(LoopMemory(firstVariable: mark.id))
    var isMarked = false
    try body {
      guard let memory = loopMemories.last, memory.allocates, let arenaSlot else { return }
      isMarked = true
      let kept = memory.kept.sorted { $0.id < $1.id }
      builder.arena(
        .release, [builder.read(mark)] + kept.map { builder.read($0) }, arena: arenaSlot)
    }
    loopMemories.removeLast()
    guard isMarked, let arenaSlot else { return }
    builder.insert(
      [
        .declare(mark, lanes: 1, initial: zero.value),
        .arena(.mark, arguments: [], result: mark, arena: arenaSlot),
      ], at: position)
  }

  /// Notes that variables from before a loop have addresses of arrays now.
  func keep(_ addresses: [Int], of parts: [Variable]) {
    for address in addresses {
      for i in loopMemories.indices where parts[address].id < loopMemories[i].firstVariable {
        loopMemories[i].kept.insert(parts[address])
      }
    }
  }
}
