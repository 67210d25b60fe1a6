import Glibc
import MartletIR

/// Runs a Swift function once for each thread of a grid, on threads of the processor, so that a
/// debugger sees them: one block after another, the threads of a block at the same time.
package final class NativeGrid: @unchecked Sendable {
  // Unchecked: everything that changes is guarded by `mutex`, but for `body`, which is constant.

  /// A thread of the block that runs.
  package struct Thread: Sendable {
    package let grid: NativeGrid
    package let block: GridSize
    package let position: GridSize
    /// Counts the threads of a block.
    package let number: Int
  }

  package let gridSize: GridSize
  package let blockSize: GridSize
  package let sharedBytes: Int
  private let name: String
  private let threadCount: Int
  private let blockCount: Int
  private let body: @Sendable (Thread) -> Void

  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  /// The block that runs; threads that are done with it wait for the next.
  private var block = 0
  private var finished = 0
  /// The threads at the barrier, and the line that each waits at.
  private var waiting: [Int: Int] = [:]
  /// Counts the times that a block's threads met.
  private var meetings = 0
  /// Memory of the block, by where it is declared.
  private var shared: [SharedPlace: NativeElements] = [:]
  private var ended = 0
  private var failure: MartletError?

  private init(
    name: String, grid: GridSize, block: GridSize, sharedBytes: Int,
    body: @escaping @Sendable (Thread) -> Void
  ) {
    self.name = name
    gridSize = grid
    blockSize = block
    threadCount = block.count ?? 1
    blockCount = grid.count ?? 1
    self.sharedBytes = sharedBytes
    self.body = body
    mutex = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  // MARK: Launching

  /// Most threads of a block, as GPUs have it.
  package static let maximumThreads = 1024

  /// - Parameter seconds: how long the launch may take, not counting the time that a debugger stops
  ///   the process.
  /// - Throws: `.simulation` for threads that wait at a barrier which others of their block never
  ///   reach; `.unsupported` for a launch that takes longer or a block that is too large.
  package static func run(
    name: String, grid: GridSize, block: GridSize, sharedBytes: Int, seconds: Double,
    _ body: @escaping @Sendable (Thread) -> Void
  ) throws(MartletError) {
    guard let threads = block.count, threads >= 1, threads <= maximumThreads,
      let blocks = grid.count, blocks >= 1
    else {
      throw .invalidArgument(
        operation: name,
        detail: "a native launch has at least one block, and blocks of 1 to \(maximumThreads) "
          + "threads, not \(grid) blocks of \(block)")
    }
    let launch = NativeGrid(
      name: name, grid: grid, block: block, sharedBytes: sharedBytes, body: body)
    try launch.start()
    try launch.wait(seconds: seconds)
  }

  /// What a new thread is told.
  private final class Seat: Sendable {
    let grid: NativeGrid
    let number: Int
    init(_ grid: NativeGrid, _ number: Int) {
      self.grid = grid
      self.number = number
    }
  }

  private func start() throws(MartletError) {
    for number in 0..<threadCount {
      let seat = Unmanaged.passRetained(Seat(self, number))
      var thread = pthread_t()
      let code = pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          let seat = Unmanaged<Seat>.fromOpaque(argument).takeRetainedValue()
          seat.grid.serve(seat.number)
          return nil
        }, seat.toOpaque())
      if code != 0 {
        seat.release()
        // Those that run already see the failure where they next meet.
        let problem = MartletError.unsupported(
          operation: name, detail: "the system gives only \(number) of \(threadCount) threads.")
        fail(problem)
        throw problem
      }
      pthread_detach(thread)
    }
  }

  private func fail(_ problem: MartletError) {
    locked {
      if failure == nil { failure = problem }
      pthread_cond_broadcast(changed)
    }
  }

  /// Waits in short steps, so that the time a debugger stops the process hardly counts.
  private func wait(seconds: Double) throws(MartletError) {
    let step = 0.05
    let problem = locked { () -> MartletError? in
      var steps = 0
      while ended < threadCount, failure == nil {
        if Double(steps) * step > seconds {
          failure = .unsupported(
            operation: name,
            detail: "the native launch was stopped after \(seconds) seconds: it seems not to end.")
          break
        }
        if !wait(step) { steps += 1 }
      }
      pthread_cond_broadcast(changed)
      // Threads that waited run to their end now; one that never ends is left behind.
      steps = 0
      while failure != nil, ended < threadCount, steps < 20 {
        if !wait(step) { steps += 1 }
      }
      return failure
    }
    if let problem { throw problem }
  }

  /// Waits for a change; false where none came in time.
  private func wait(_ seconds: Double) -> Bool {
    var until = timespec()
    clock_gettime(CLOCK_REALTIME, &until)
    let nanoseconds = until.tv_nsec + Int(seconds * 1e9)
    until.tv_sec += nanoseconds / 1_000_000_000
    until.tv_nsec = nanoseconds % 1_000_000_000
    return pthread_cond_timedwait(changed, mutex, &until) == 0
  }

  // MARK: One thread

  private func position(_ number: Int, in size: GridSize) -> GridSize {
    GridSize(
      x: number % size.x, y: number / size.x % size.y, z: number / (size.x * size.y))
  }

  private func serve(_ number: Int) {
    for own in 0..<blockCount {
      body(
        Thread(
          grid: self, block: position(own, in: gridSize),
          position: position(number, in: blockSize), number: number))
      let goesOn = locked { () -> Bool in
        finished += 1
        if finished == threadCount {
          finished = 0
          shared = [:]
          block += 1
          pthread_cond_broadcast(changed)
        } else {
          look()
          while block == own, failure == nil { pthread_cond_wait(changed, mutex) }
        }
        return failure == nil
      }
      if !goesOn { break }
    }
    locked {
      ended += 1
      pthread_cond_broadcast(changed)
    }
  }

  /// Finds threads that wait for one that has ended, or at different barriers.
  private func look() {
    guard failure == nil, !waiting.isEmpty, waiting.count + finished == threadCount else { return }
    let (thread, line) = waiting.min { $0.key < $1.key } ?? (0, 0)
    var other: (number: Int, line: Int?)?
    if let apart = waiting.sorted(by: { $0.key < $1.key }).first(where: { $0.value != line }) {
      other = (apart.key, apart.value)
    } else if finished > 0 {
      other = ((0..<threadCount).first { waiting[$0] == nil } ?? 0, nil)
    }
    guard let other else { return }
    func named(_ number: Int) -> SimulationReport.Thread {
      SimulationReport.Thread(
        block: position(block, in: gridSize), position: position(number, in: blockSize))
    }
    func barrier(_ line: Int) -> SimulationReport.Place {
      .barrier(
        SimulationReport.Barrier(number: 1, location: SourcePosition(line: line, column: 1)))
    }
    failure = .simulation(
      SimulationReport(
        kernel: name,
        problem: .divergentBarrier(
          named(thread), barrier(line), other: named(other.number),
          otherPlace: other.line.map(barrier))))
    pthread_cond_broadcast(changed)
  }

  /// Waits until all threads of the block are here. After a failure nobody waits any more: the
  /// threads run to their end, and what they compute is thrown away.
  fileprivate func meet(_ thread: Thread, line: Int) {
    locked {
      if failure != nil { return }
      waiting[thread.number] = line
      if waiting.count == threadCount, waiting.values.allSatisfy({ $0 == line }) {
        waiting = [:]
        meetings += 1
        pthread_cond_broadcast(changed)
        return
      }
      look()
      let own = meetings
      while meetings == own, failure == nil { pthread_cond_wait(changed, mutex) }
    }
  }

  /// Which memory of a block.
  package enum SharedPlace: Hashable, Sendable {
    case declared(line: Int, column: Int)
    /// That of the size which the launch gives.
    case dynamic
  }

  fileprivate func sharedMemory(_ place: SharedPlace, byteCount: Int) -> NativeElements {
    locked {
      let memory = shared[place] ?? .declared(byteCount: byteCount)
      shared[place] = memory
      precondition(
        memory.byteCount == byteCount, "memory of a block has one size for all its threads")
      return memory
    }
  }
}

extension NativeGrid.Thread {
  package func meet(line: Int) { grid.meet(self, line: line) }

  /// The block's memory that is declared there; the first to ask makes it.
  package func shared(_ place: NativeGrid.SharedPlace, byteCount: Int) -> NativeElements {
    grid.sharedMemory(place, byteCount: byteCount)
  }
}
