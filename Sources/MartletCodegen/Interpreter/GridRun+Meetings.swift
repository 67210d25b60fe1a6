import MartletIR

/// How threads meet: the lanes of a warp that a mask names, those that happen to be at one place, or
/// all threads of the block.
extension GridRun {
  enum Outcome {
    /// Nobody could go on.
    case nobody
    /// Some threads have met and run again.
    case some
    case wrong(SimulationReport.WarpMisuse)
  }

  private typealias Reason = SimulationReport.WarpMisuse.Reason

  /// Lets those lanes of a warp go on that have met; the threads have all had their turn.
  func meet(_ lanes: Range<Int>, _ checks: GridChecks.Running) -> Outcome {
    if program.meetings.isEmpty { return .nobody }
    var stuck: SimulationReport.WarpMisuse?
    var hasMet = false
    for thread in lanes {
      guard let (number, meeting) = meeting(of: thread), meeting.operation.group == .mask
      else { continue }
      let mask = mask(meeting, thread)
      if let reason = missing(lanes, number, mask, thread) {
        let misuse = misuse(thread, meeting, mask, reason)
        // Who has ended will not come, nor will a mask change.
        switch reason {
        case .absent(_, .some): stuck = stuck ?? misuse
        default: return .wrong(misuse)
        }
        continue
      }
      let group = lanes.filter { isNamed($0, mask, lanes) }
      if group.contains(where: { states[$0] == .running }) { continue }
      for other in group {
        if let lane = strangeSource(meeting, other, mask, lanes) {
          let isNamed = mask >> UInt32(lane) & 1 != 0
          return .wrong(misuse(other, meeting, mask, .source(lane: lane, isNamed: isNamed)))
        }
      }
      finish(meeting, group, mask, lanes)
      if meeting.operation == .syncWarp { checks.order(group) }
      for other in group { states[other] = .running }
      hasMet = true
    }
    if hasMet { return .some }
    // At the place that comes first in the kernel, so that the others are caught up with.
    let present = lanes.compactMap { meeting(of: $0) }
      .filter { $0.meeting.operation.group == .present }
    if let first = present.min(by: { $0.number < $1.number }) {
      finishActiveMask(first.number, lanes)
      return .some
    }
    guard let stuck, !lanes.contains(where: { states[$0] == .running }) else { return .nobody }
    return .wrong(stuck)
  }

  private func meeting(
    of thread: Int
  ) -> (number: Int, meeting: InterpreterProgram.Meeting)? {
    guard case .meeting(let number) = states[thread] else { return nil }
    return (number, program.meetings[number])
  }

  private func operand(_ number: Int, _ meeting: InterpreterProgram.Meeting, _ thread: Int)
    -> UInt64
  {
    threads[thread].cells[meeting.operands[number]]
  }

  private func mask(_ meeting: InterpreterProgram.Meeting, _ thread: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: operand(0, meeting, thread))
  }

  private func isNamed(_ thread: Int, _ mask: UInt32, _ lanes: Range<Int>) -> Bool {
    mask >> UInt32(thread - lanes.lowerBound) & 1 != 0
  }

  private func misuse(
    _ thread: Int, _ meeting: InterpreterProgram.Meeting, _ mask: UInt32, _ reason: Reason
  ) -> SimulationReport.WarpMisuse {
    .init(
      thread: self.thread(thread),
      meeting: .init(operation: meeting.operation, location: meeting.location), mask: mask,
      reason: reason)
  }

  /// Why the lanes of a mask don't meet here; nil where all are here or still run.
  private func missing(
    _ lanes: Range<Int>, _ number: Int, _ mask: UInt32, _ thread: Int
  ) -> Reason? {
    guard isNamed(thread, mask, lanes) else { return .callerNotNamed }
    for other in lanes where isNamed(other, mask, lanes) {
      switch states[other] {
      case .running: continue
      case .finished: return .absent(self.thread(other), nil)
      case .meeting(number):
        let otherMask = self.mask(program.meetings[number], other)
        if otherMask != mask { return .otherMask(self.thread(other), otherMask) }
      case .meeting, .waiting:
        return .absent(self.thread(other), place(states[other]))
      }
    }
    return nil
  }

  /// The lane that a shuffle of this thread reads from, if that lane takes no part.
  private func strangeSource(
    _ meeting: InterpreterProgram.Meeting, _ thread: Int, _ mask: UInt32, _ lanes: Range<Int>
  ) -> Int? {
    guard meeting.operation.isShuffle else { return nil }
    let source = source(meeting, thread, lanes)
    let exists = lanes.contains(lanes.lowerBound + source)
    return exists && mask >> UInt32(source) & 1 != 0 ? nil : source
  }

  private func source(
    _ meeting: InterpreterProgram.Meeting, _ thread: Int, _ lanes: Range<Int>
  ) -> Int {
    meeting.operation.source(
      lane: thread - lanes.lowerBound,
      operand: Int(truncatingIfNeeded: operand(2, meeting, thread)))
  }

  // MARK: - Results

  private func give(
    _ result: UInt64, _ meeting: InterpreterProgram.Meeting, to thread: Int, number: Int = 0
  ) {
    threads[thread].cells[meeting.results[number]] = result
  }

  private func finish(
    _ meeting: InterpreterProgram.Meeting, _ group: [Int], _ mask: UInt32, _ lanes: Range<Int>
  ) {
    if meeting.operation == .syncWarp { return }
    let values = group.map { operand(1, meeting, $0) }
    /// The lanes of the group that gave a value.
    func having(_ value: UInt64) -> UInt64 {
      var bits: UInt64 = 0
      for (other, own) in zip(group, values) where own == value {
        bits |= 1 << UInt64(other - lanes.lowerBound)
      }
      return bits
    }
    // Lanes without a thread count for nothing.
    let all = group.reduce(UInt64(0)) { $0 | 1 << UInt64($1 - lanes.lowerBound) }
    let trues = having(1)
    let isSame = values.allSatisfy { $0 == values[0] }
    for (n, thread) in group.enumerated() {
      switch meeting.operation {
      case .allLanes: give(trues == all ? 1 : 0, meeting, to: thread)
      case .anyLane: give(trues != 0 ? 1 : 0, meeting, to: thread)
      case .sameLanes: give(trues == 0 || trues == all ? 1 : 0, meeting, to: thread)
      case .ballot: give(trues, meeting, to: thread)
      case .matchAny: give(having(values[n]), meeting, to: thread)
      case .matchAll:
        give(isSame ? UInt64(mask) : 0, meeting, to: thread)
        give(isSame ? 1 : 0, meeting, to: thread, number: 1)
      default:
        let source = lanes.lowerBound + source(meeting, thread, lanes)
        // It takes part, as was checked.
        if let place = group.firstIndex(of: source) { give(values[place], meeting, to: thread) }
      }
    }
  }

  /// All lanes at one place that asks which lanes are there.
  private func finishActiveMask(_ number: Int, _ lanes: Range<Int>) {
    let group = lanes.filter { states[$0] == .meeting(number) }
    let bits = group.reduce(UInt64(0)) { $0 | 1 << UInt64($1 - lanes.lowerBound) }
    for thread in group {
      give(bits, program.meetings[number], to: thread)
      states[thread] = .running
    }
  }

  /// A vote of all threads of the block, which have come to it.
  func finishVote(_ number: Int) {
    let meeting = program.meetings[number]
    let count = (0..<threadCount).count { operand(0, meeting, $0) != 0 }
    let result: Int =
      switch meeting.operation {
      case .countThreads: count
      case .allThreads: count == threadCount ? 1 : 0
      default: count > 0 ? 1 : 0
      }
    for thread in 0..<threadCount { give(UInt64(result), meeting, to: thread) }
  }
}
