import CMartlet
import MartletIR

extension Interpreter {
  /// What GPUs allow; their threads share the block's memory and meet at its barriers.
  package static let maximumBlockThreads = 1024

  /// Runs a kernel over a grid of blocks, with every access checked.
  ///
  /// Blocks run one after another, x first. In a block, warps of 32 threads take turns in order; a
  /// warp's threads run one after another, each up to its end or to where it meets others. So a
  /// launch does the same every time, and what depends on another order is reported instead of
  /// hidden.
  ///
  /// - Parameters:
  ///   - buffers: the global buffers, in order.
  ///   - slots: the launch table.
  ///   - maximumSteps: how many operations inside loops all threads together may run before one of
  ///     them ends.
  ///   - watch: what is asked now and then whether to go on.
  /// - Throws: `.simulation` for what the kernel does wrong, `.invalidArgument` for a launch of the
  ///   wrong size or kind, `.outOfMemory`, `.interrupted`.
  package func run(
    grid: SimulationReport.Position, block: SimulationReport.Position,
    buffers: [InterpreterBuffer], slots: UnsafePointer<Int64>?, maximumSteps: Int,
    watch: UnsafeMutablePointer<martlet_watch>? = nil
  ) throws(MartletError) {
    try checkLaunch(grid, block)
    let run = try GridRun(
      program, buffers: buffers, slots: slots, block: block, maximumSteps: maximumSteps,
      watch: watch)
    switch run.run(grid: grid) {
    case nil: return
    case .problem(let problem):
      throw .simulation(SimulationReport(kernel: program.name, problem: problem))
    case .interrupted: throw .interrupted
    }
  }

  private func checkLaunch(
    _ grid: SimulationReport.Position, _ block: SimulationReport.Position
  ) throws(MartletError) {
    func require(_ condition: Bool, _ detail: String) throws(MartletError) {
      if !condition { throw .invalidArgument(operation: program.name, detail: detail) }
    }
    try require(!program.hasTasks, "The kernel runs over tasks, not over a grid.")
    let sizes = [grid.x, grid.y, grid.z, block.x, block.y, block.z]
    try require(
      sizes.allSatisfy { $0 > 0 },
      "A grid of \(grid) blocks of \(block) threads has no threads.")
    try require(
      block.count.map { $0 <= Self.maximumBlockThreads } ?? false,
      "A block of \(block) has more than \(Self.maximumBlockThreads) threads.")
    // What CUDA's devices take.
    try require(
      grid.x <= Int32.max && max(grid.y, grid.z) <= UInt16.max
        && grid.count.map { $0 < UInt32.max } ?? false,
      "A grid of \(grid) has too many blocks.")
    try require(
      program.accesses.count <= Touch.maximumAccesses, "The kernel has too many accesses.")
  }
}

extension GridSize {
  /// The position with a number, counted along x first.
  fileprivate func position(_ number: Int) -> Self {
    Self(x: number % x, y: number / x % y, z: number / x / y)
  }
}

/// Memory of a launch, zero at first.
final class LaunchMemory {
  let start: UnsafeMutableRawPointer
  private let byteCount: Int

  init(byteCount: Int) throws(MartletError) {
    self.byteCount = max(byteCount, 1)
    guard let start = martlet_allocate_zeroed(self.byteCount) else {
      throw .outOfMemory(bytes: byteCount)
    }
    self.start = start
  }

  deinit { martlet_free(start, byteCount) }
}

/// A launch over a grid: the threads of one block at a time.
final class GridRun {
  typealias Position = SimulationReport.Position

  enum State: Equatable {
    case running
    case waiting(barrier: Int)
    /// At a place where threads meet, by its number.
    case meeting(Int)
    case finished
  }

  /// How many steps a thread may take before others get their turn, so that one that waits for
  /// another's atomic does not wait for ever.
  private static let slice = 1 << 14

  /// After how many turns of threads the watch is asked; of the longest they take some milliseconds.
  private static let turns = 64

  /// Why a launch ended early.
  enum Ending {
    case problem(SimulationReport.Problem)
    case interrupted
  }

  /// What a stop counts for, in steps: about the time that it takes.
  private static let stopCost = 16

  let program: InterpreterProgram
  private let slots: UnsafePointer<Int64>?
  private let block: Position
  let threadCount: Int
  private let buffers: [InterpreterBuffer]
  private let bases: [UnsafeMutableRawPointer?]
  /// The threads' cells and local memory, one after another.
  private let cells: LaunchMemory
  private let shared: LaunchMemory
  private(set) var threads: [InterpreterThread] = []
  var states: [State]
  private let checks: GridChecks
  private let maximumSteps: Int
  private let watch: UnsafeMutablePointer<martlet_watch>?
  /// Turns until the watch is asked.
  private var turnsLeft = GridRun.turns
  private var stepsLeft: Int
  /// The grid, and the number of the running block in it.
  private var grid = Position(x: 1)
  private var number = 0
  /// The threads that were stopped in a loop, as they were then.
  private var pauses: [Int: Pause] = [:]

  /// A thread at the end of its turn.
  private struct Pause {
    var position: Int
    var cells: [UInt64]
    /// How often memory had changed.
    var changes: Int
    /// Whether the thread is where it was a turn before, and nothing has changed since.
    var isRepeated: Bool
  }

  init(
    _ program: InterpreterProgram, buffers global: [InterpreterBuffer],
    slots: UnsafePointer<Int64>?, block: Position, maximumSteps: Int,
    watch: UnsafeMutablePointer<martlet_watch>?
  ) throws(MartletError) {
    self.program = program
    self.watch = watch
    self.slots = slots
    self.block = block
    self.maximumSteps = maximumSteps
    stepsLeft = maximumSteps
    threadCount = block.x * block.y * block.z
    states = Array(repeating: .running, count: threadCount)
    buffers = program.completed(global)
    cells = try LaunchMemory(byteCount: threadCount * program.threadSize * 8)
    (shared, bases) = try Self.placeShared(program, buffers)
    checks = try GridChecks(program, buffers, threadCount: threadCount)
    prepareThreads()
  }

  /// Memory for the shared buffers, and the address of every buffer that has one.
  private static func placeShared(
    _ program: InterpreterProgram, _ buffers: [InterpreterBuffer]
  ) throws(MartletError) -> (LaunchMemory, [UnsafeMutableRawPointer?]) {
    var offsets: [Int?] = []
    var size = 0
    for (parameter, buffer) in zip(program.buffers, buffers) {
      guard case .shared = parameter.space else {
        offsets.append(nil)
        continue
      }
      offsets.append(size)
      size += (buffer.bytes.count + 15) / 16 * 16
    }
    let memory = try LaunchMemory(byteCount: size)
    let bases = zip(offsets, buffers).map { offset, buffer in
      offset.map { memory.start + $0 } ?? buffer.base
    }
    return (memory, bases)
  }

  /// What does not change from block to block.
  private func prepareThreads() {
    let initial = program.initialCells(slots)
    let first = cells.start.bindMemory(to: UInt64.self, capacity: threadCount * initial.count)
    for number in 0..<threadCount {
      let cells = first + number * initial.count
      cells.update(from: initial, count: initial.count)
      threads.append(InterpreterThread(cells: cells))
      Self.set(.threadX, to: block.position(number), cells)
      Self.set(.blockSizeX, to: block, cells)
    }
  }

  /// Sets an index and those of the other two axes, which follow it.
  private static func set(_ x: GridIndex, to position: Position, _ cells: InterpreterCells) {
    let first = InterpreterProgram.cell(of: x)
    cells[first] = UInt64(position.x)
    cells[first + 1] = UInt64(position.y)
    cells[first + 2] = UInt64(position.z)
  }

  // MARK: - Running

  /// Returns nil after running to the end.
  func run(grid: Position) -> Ending? {
    self.grid = grid
    for thread in threads { Self.set(.gridSizeX, to: grid, thread.cells) }
    return InterpreterLaunch.with(program, bases: bases, slots: slots) { launch in
      checks.with(slots) { checks in
        for number in 0..<grid.x * grid.y * grid.z {
          let position = grid.position(number)
          self.number = number
          checks.beginBlock(number)
          pauses = [:]
          for thread in 0..<threadCount {
            Self.set(.blockX, to: position, threads[thread].cells)
            threads[thread].position = 0
            states[thread] = .running
          }
          if let ending = runBlock(launch, &checks) { return ending }
        }
        return nil
      }
    }
  }

  private func runBlock(
    _ launch: InterpreterLaunch, _ checks: inout GridChecks.Running
  ) -> Ending? {
    while true {
      for warp in stride(from: 0, to: threadCount, by: Collective.warpSize) {
        if let ending = runWarp(warp, launch, &checks) { return ending }
      }
      if states.contains(.running) {
        if let problem = spinning() { return .problem(problem) }
        continue
      }
      // No thread can write any more what another has read too early.
      if let problem = uninitialisedRead(checks) { return .problem(problem) }
      if states.allSatisfy({ $0 == .finished }) { return nil }
      if let problem = divergence() { return .problem(problem) }
      if case .meeting(let meeting) = states[0] { finishVote(meeting) }
      for thread in 0..<threadCount { states[thread] = .running }
      checks.beginInterval()
    }
  }

  /// Gives each thread of a warp a turn, and another as long as some of them have met.
  private func runWarp(
    _ warp: Int, _ launch: InterpreterLaunch, _ checks: inout GridChecks.Running
  ) -> Ending? {
    let lanes = warp..<min(warp + Collective.warpSize, threadCount)
    while true {
      for thread in lanes where states[thread] == .running {
        if let problem = runThread(thread, launch, &checks) { return .problem(problem) }
        if shallStop() { return .interrupted }
      }
      switch meet(lanes, checks) {
      case .nobody: return nil
      case .some: continue
      case .wrong(let misuse): return .problem(uninitialisedRead(checks) ?? .warpMisuse(misuse))
      }
    }
  }

  private func runThread(
    _ thread: Int, _ launch: InterpreterLaunch, _ checks: inout GridChecks.Running
  ) -> SimulationReport.Problem? {
    let budget = max(1, min(Self.slice, stepsLeft))
    checks.begin(thread, steps: budget)
    let stop = threads[thread].run(launch, &checks)
    stepsLeft -= budget - checks.steps
    if stop != .paused {
      stepsLeft -= Self.stopCost
      if !pauses.isEmpty { pauses[thread] = nil }
    }
    switch stop {
    case .finished:
      states[thread] = .finished
      stepsLeft = maximumSteps
    case .barrier(let barrier): states[thread] = .waiting(barrier: barrier)
    case .meeting(let meeting): states[thread] = .meeting(meeting)
    case .paused:
      if stepsLeft <= 0 {
        return uninitialisedRead(checks)
          ?? .endless(steps: maximumSteps, thread: self.thread(thread), location(of: thread))
      }
      notePause(thread, changes: checks.changes)
    case .refused(let access): return refusal(access, thread, checks)
    }
    return nil
  }

  private func shallStop() -> Bool {
    guard let watch else { return false }
    turnsLeft -= 1
    guard turnsLeft == 0 else { return false }
    turnsLeft = Self.turns
    return martlet_watch_look(watch)
  }

  // MARK: - Loops without end

  private func notePause(_ thread: Int, changes: Int) {
    let all = UnsafeBufferPointer(start: threads[thread].cells, count: program.threadSize)
    let before = pauses[thread]
    let isRepeated =
      before.map {
        $0.changes == changes && $0.position == threads[thread].position
          && all.elementsEqual($0.cells)
      } ?? false
    pauses[thread] = Pause(
      position: threads[thread].position, cells: isRepeated ? before!.cells : Array(all),
      changes: changes, isRepeated: isRepeated)
  }

  /// A thread that waits in vain, once all that still run repeat themselves: memory stays as it
  /// is, so each will do again what it did. (Blocks that come later have not begun.)
  private func spinning() -> SimulationReport.Problem? {
    var first: Int?
    for (thread, state) in states.enumerated() where state == .running {
      guard pauses[thread]?.isRepeated == true else { return nil }
      first = first ?? thread
    }
    return first.map { .spinning(thread($0), location(of: $0)) }
  }

  private func location(of thread: Int) -> SourcePosition? {
    program.location(of: threads[thread].position)
  }

  // MARK: - Reports

  func thread(_ thread: Int) -> SimulationReport.Thread {
    SimulationReport.Thread(
      block: grid.position(number), position: block.position(thread))
  }

  private func describe(
    _ thread: Int, _ access: Int, block number: Int
  ) -> SimulationReport.Access {
    SimulationReport.Access(
      kind: program.accesses[access].kind,
      thread: SimulationReport.Thread(
        block: grid.position(number), position: block.position(thread)),
      location: program.accesses[access].location)
  }

  private func refusal(
    _ access: Int, _ thread: Int, _ checks: GridChecks.Running
  ) -> SimulationReport.Problem {
    let element = program.element(
      of: access, cells: cells(of: thread), slots: slots)
    let who = describe(thread, access, block: number)
    if let (touch, earlierBlock) = checks.conflict {
      return .dataRace(
        element, who, earlier: describe(touch.thread, touch.access, block: earlierBlock))
    }
    // What was read then may be what led here.
    return uninitialisedRead(checks)
      ?? .outOfBounds(who, element, existing: program.existing(of: access, in: buffers))
  }

  private func uninitialisedRead(_ checks: GridChecks.Running) -> SimulationReport.Problem? {
    checks.uninitialised.map { access, element in
      .uninitialisedRead(describe(access.thread, access.access, block: number), element)
    }
  }

  /// Where a thread waits; nil for one that runs or has ended.
  func place(_ state: State) -> SimulationReport.Place? {
    switch state {
    case .waiting(let number):
      .barrier(.init(number: number, location: program.barriers[number - 1]))
    case .meeting(let number):
      .meeting(
        .init(
          operation: program.meetings[number].operation,
          location: program.meetings[number].location))
    case .running, .finished: nil
    }
  }

  private func cells(of thread: Int) -> UnsafeBufferPointer<UInt64> {
    UnsafeBufferPointer(start: threads[thread].cells, count: program.cells.count)
  }

  /// Where all threads have stopped: what keeps them from going on together.
  private func divergence() -> SimulationReport.Problem? {
    // Some thread waits, since not all have finished.
    for (waiting, state) in states.enumerated() {
      guard let place = place(state) else { continue }
      guard let other = states.firstIndex(where: { $0 != state }) else { return nil }
      return .divergentBarrier(
        thread(waiting), place, other: thread(other), otherPlace: self.place(states[other]))
    }
    return nil
  }
}
