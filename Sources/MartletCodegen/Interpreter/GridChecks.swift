import MartletIR

/// A thread of the running block and its access, in 32 bits; 0 for nobody.
struct Touch {
  private static let threadBits: UInt32 = 11
  static let maximumAccesses = 1 << 21

  static let nobody = Touch(bits: 0)

  private let bits: UInt32

  private init(bits: UInt32) { self.bits = bits }

  init(thread: Int, access: Int32) {
    bits = UInt32(bitPattern: access) << Self.threadBits | UInt32(thread + 1)
  }

  /// Counted within its block. Only of somebody.
  var thread: Int { Int(bits & (1 << Self.threadBits - 1)) - 1 }
  var access: Int { Int(bits >> Self.threadBits) }
  var warp: Int { thread / Collective.warpSize }

  /// Whether it is somebody, and not the thread of `me`.
  @inline(__always)
  func isOther(than me: Touch) -> Bool {
    bits != 0 && (bits ^ me.bits) & (1 << Self.threadBits - 1) != 0
  }
}

/// A touch and when it was, by the clock of its thread; see `WarpClocks`.
struct Mark {
  static let nobody = Mark(touch: .nobody, time: 0)

  var touch: Touch
  var time: UInt32

  /// Whether it is another thread's, and no meeting of the warp lies between it and `me`.
  @inline(__always)
  func isUnordered(with me: Touch, _ past: WarpClocks.Past) -> Bool {
    touch.isOther(than: me) && !past.contains(self)
  }
}

/// What has happened to a few bytes of memory in this launch. All zeros mean nothing yet.
///
/// Since blocks run one after another, the first that touched them in some way tells whether any
/// block but the current one did. Within a block only what happened since the last barrier counts;
/// two threads are kept where more than one may touch, so that one is another than whoever asks.
/// Where warps meet, the two are of different warps if there are such; of more than two threads of
/// one warp that a meeting with a partial mask parts, a race may be missed.
struct ShadowCell {
  /// A touch, and the number of its block plus one; 0 for none.
  struct First {
    var block: UInt32
    var touch: Touch

    @inline(__always)
    func isOther(than current: UInt32) -> Bool { block != 0 && block != current }
    @inline(__always)
    mutating func note(_ current: UInt32, _ me: Touch, _ order: BlockOrder?) {
      // Whoever is in conflict with a block of the past is so with this one.
      if block == 0 || isOther(than: current) && order?.isPast(block) ?? false {
        self = First(block: current, touch: me)
      }
    }
    @inline(__always)
    func isUnordered(with current: UInt32, _ order: BlockOrder?) -> Bool {
      isOther(than: current) && !(order?.isPast(block) ?? false)
    }
  }

  /// The interval between barriers that the next five belong to.
  var interval: UInt32
  var writer: Mark
  var reader: Mark
  var otherReader: Mark
  var updater: Mark
  var otherUpdater: Mark
  /// In global memory the first of the launch. In shared memory `firstWrite` says in which block
  /// something was written last.
  var firstRead: First
  var firstWrite: First
  var firstUpdate: First

  /// The threads have met since anything was noted.
  @inline(__always)
  mutating func begin(_ interval: UInt32) {
    self.interval = interval
    writer = .nobody
    reader = .nobody
    otherReader = .nobody
    updater = .nobody
    otherUpdater = .nobody
  }

  /// Notes a touch by a thread of the block, or returns the one that it is in conflict with.
  @inline(__always)
  mutating func touch(
    _ kind: SimulationReport.Access.Kind, _ me: Mark, _ past: WarpClocks.Past
  ) -> Touch? {
    if writer.isUnordered(with: me.touch, past) { return writer.touch }
    if kind != .atomic {
      if updater.isUnordered(with: me.touch, past) { return updater.touch }
      if otherUpdater.isUnordered(with: me.touch, past) { return otherUpdater.touch }
    }
    if kind != .read {
      if reader.isUnordered(with: me.touch, past) { return reader.touch }
      if otherReader.isUnordered(with: me.touch, past) { return otherReader.touch }
    }
    switch kind {
    case .read: Self.note(me, &reader, &otherReader, past)
    case .write: writer = me
    case .atomic: Self.note(me, &updater, &otherUpdater, past)
    }
    return nil
  }

  /// Keeps a touch in place of one that lies in its past: whoever is unordered with that one is
  /// unordered with this.
  @inline(__always)
  private static func note(
    _ me: Mark, _ first: inout Mark, _ second: inout Mark, _ past: WarpClocks.Past
  ) {
    if !first.isUnordered(with: me.touch, past) {
      first = me
    } else if !past.isKept || !second.isUnordered(with: me.touch, past)
      || first.touch.warp == second.touch.warp
    {
      second = me
    }
  }

  /// The touch by another block than the current one that such an access is in conflict with.
  @inline(__always)
  func conflict(
    _ kind: SimulationReport.Access.Kind, with current: UInt32, _ order: BlockOrder?
  ) -> First? {
    if firstWrite.isUnordered(with: current, order) { return firstWrite }
    if kind != .atomic, firstUpdate.isUnordered(with: current, order) { return firstUpdate }
    if kind != .read, firstRead.isUnordered(with: current, order) { return firstRead }
    return nil
  }

  @inline(__always)
  mutating func note(
    _ kind: SimulationReport.Access.Kind, _ current: UInt32, _ me: Touch, _ order: BlockOrder?
  ) {
    switch kind {
    case .read: firstRead.note(current, me, order)
    case .write: firstWrite.note(current, me, order)
    case .atomic: firstUpdate.note(current, me, order)
    }
  }
}

/// The checks of a launch over a grid: bounds, data races in global and shared memory, and reads of
/// shared and local memory that nobody wrote.
struct GridChecks {
  fileprivate enum Watch { case nothing, global, shared, local }

  /// How an access is checked.
  fileprivate struct Access {
    var limits: AccessLimits
    var kind: SimulationReport.Access.Kind
    var watch: Watch
    /// The cells of the element at index zero; nil where nothing is watched.
    var shadow: UnsafeMutablePointer<ShadowCell>?
    /// In local memory: where the buffer's flags begin among the thread's.
    var firstFlag: Int
    var partOffset: Int
    /// The bytes that one cell or flag stands for, as a power of two.
    var shift: Int
    /// How many it touches.
    var count: Int
  }

  private let program: InterpreterProgram
  private var accesses: [Access] = []
  private var memory: [LaunchMemory] = []
  private let flags: LaunchMemory
  private let flagsPerThread: Int
  private let threadCount: Int
  private let clocks: WarpClocks?

  init(
    _ program: InterpreterProgram, _ buffers: [InterpreterBuffer], threadCount: Int
  ) throws(MartletError) {
    self.program = program
    self.threadCount = threadCount
    let hasOrder = program.meetings.contains { $0.operation == .syncWarp }
    clocks = hasOrder ? try WarpClocks(threadCount: threadCount) : nil
    var firstFlags: [Int] = []
    var flagCount = 0
    for (parameter, buffer) in zip(program.buffers, buffers) {
      firstFlags.append(flagCount)
      guard case .local = parameter.space else { continue }
      flagCount += buffer.bytes.count / parameter.dtype.memorySize
    }
    flagsPerThread = flagCount
    flags = try LaunchMemory(byteCount: flagCount * threadCount)
    let shadows = try makeShadows(buffers)
    for access in program.accesses {
      let parameter = program.buffers[access.buffer]
      let shadow = shadows[access.buffer]
      let size = parameter.dtype.memorySize
      let shift = shadow?.shift ?? size.trailingZeroBitCount
      let watch: Watch =
        switch parameter.space {
        case .global: shadow == nil ? .nothing : .global
        case .shared: .shared
        case .local: .local
        case .address: .nothing
        }
      accesses.append(
        Access(
          limits: AccessLimits(access, buffers[access.buffer].bytes), kind: access.kind,
          watch: watch, shadow: shadow?.start, firstFlag: firstFlags[access.buffer],
          partOffset: access.partOffset, shift: shift, count: size >> shift))
    }
  }

  /// A buffer's shadow cells, from its element at index zero on.
  private struct Shadow {
    var start: UnsafeMutablePointer<ShadowCell>
    var shift: Int
  }

  /// Makes the cells of all shared memory and of the global memory that the kernel writes. Buffers
  /// that lie in the same memory share them, whatever their types.
  private mutating func makeShadows(
    _ buffers: [InterpreterBuffer]
  ) throws(MartletError) -> [Shadow?] {
    var shadows = [Shadow?](repeating: nil, count: buffers.count)
    var together: [UnsafeMutableRawPointer: [Int]] = [:]
    for (number, parameter) in program.buffers.enumerated() {
      switch parameter.space {
      case .local, .address: break
      case .shared:
        let shift = parameter.dtype.memorySize.trailingZeroBitCount
        let start = try cells(for: buffers[number].bytes.count, shift: shift)
        shadows[number] = Shadow(start: start, shift: shift)
      case .global:
        guard let base = buffers[number].base, !buffers[number].bytes.isEmpty else { continue }
        together[base + buffers[number].bytes.lowerBound, default: []].append(number)
      }
    }
    for numbers in together.values {
      if numbers.allSatisfy({ program.buffers[$0].access == .read }) { continue }
      // The largest power of two that divides all sizes and all distances.
      let bits = numbers.reduce(0) {
        $0 | program.buffers[$1].dtype.memorySize | -buffers[$1].bytes.lowerBound
      }
      let shift = bits.trailingZeroBitCount
      let start = try cells(for: buffers[numbers[0]].bytes.count, shift: shift)
      for number in numbers {
        shadows[number] = Shadow(
          start: start + -buffers[number].bytes.lowerBound >> shift, shift: shift)
      }
    }
    return shadows
  }

  private mutating func cells(
    for byteCount: Int, shift: Int
  ) throws(MartletError) -> UnsafeMutablePointer<ShadowCell> {
    let count = byteCount >> shift + 1
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<ShadowCell>.stride)
    if overflow { throw .outOfMemory(bytes: .max) }
    let room = try LaunchMemory(byteCount: bytes)
    memory.append(room)
    return room.start.bindMemory(to: ShadowCell.self, capacity: count)
  }

  /// Runs `body` with the checks ready for threads.
  func with<Result>(
    _ slots: UnsafePointer<Int64>?, _ body: (inout Running) -> Result
  ) -> Result {
    withExtendedLifetime(self) {
      accesses.withUnsafeBufferPointer { accesses in
        var running = Running(
          accesses: accesses, program: program, slots: slots,
          flags: flags.start.bindMemory(to: UInt8.self, capacity: flagsPerThread * threadCount),
          flagsPerThread: flagsPerThread, threadCount: threadCount, clocks: clocks,
          order: program.hasFences ? BlockOrder() : nil)
        return body(&running)
      }
    }
  }
}

extension GridChecks {
  /// The checks while threads run.
  struct Running: InterpreterChecks {
    fileprivate let accesses: UnsafeBufferPointer<Access>
    fileprivate let program: InterpreterProgram
    fileprivate let slots: UnsafePointer<Int64>?
    fileprivate let flags: UnsafeMutablePointer<UInt8>
    fileprivate let flagsPerThread: Int
    fileprivate let threadCount: Int
    fileprivate let clocks: WarpClocks?
    fileprivate let order: BlockOrder?

    /// What the running thread may still spend.
    private(set) var steps = 0
    private var thread = 0
    private var threadFlags: UnsafeMutablePointer<UInt8>
    /// The number of the running block, plus one.
    private var block: UInt32 = 0
    private var interval: UInt32 = 0
    private var past = WarpClocks.Past.none
    /// How often memory has changed.
    private(set) var changes = 0

    /// What a refused access is in conflict with, and in which block.
    private(set) var conflict: (touch: Touch, block: Int)?
    /// The first read of what had not been written. It is reported at the next barrier only: if
    /// another thread writes there until then, it is a race.
    private(set) var uninitialised: (access: Touch, element: SimulationReport.Element)?

    fileprivate init(
      accesses: UnsafeBufferPointer<Access>, program: InterpreterProgram,
      slots: UnsafePointer<Int64>?, flags: UnsafeMutablePointer<UInt8>, flagsPerThread: Int,
      threadCount: Int, clocks: WarpClocks?, order: BlockOrder?
    ) {
      self.accesses = accesses
      self.program = program
      self.slots = slots
      self.flags = flags
      self.flagsPerThread = flagsPerThread
      self.threadCount = threadCount
      self.clocks = clocks
      self.order = order
      threadFlags = flags
    }

    mutating func beginBlock(_ number: Int) {
      block = UInt32(number) + 1
      order?.beginBlock()
      flags.update(repeating: 0, count: flagsPerThread * threadCount)
      beginInterval()
    }

    /// All threads have met.
    mutating func beginInterval() { interval &+= 1 }

    mutating func begin(_ thread: Int, steps: Int) {
      self.thread = thread
      self.steps = steps
      threadFlags = flags + thread * flagsPerThread
      past = clocks?.past(of: thread) ?? .none
    }

    /// Threads of a warp have met, after which each sees what the others wrote.
    func order(_ threads: [Int]) { clocks?.meet(threads) }

    mutating func passFence() { order?.passFence(thread) }

    static var watchesChanges: Bool { true }
    @inline(__always)
    mutating func noteChange() { changes &+= 1 }

    @inline(__always)
    mutating func spend(_ steps: Int) -> Bool {
      self.steps -= steps
      return self.steps > 0
    }

    @inline(__always)
    mutating func allow(_ number: Int32, _ distance: Int, _ cells: InterpreterCells) -> Bool {
      let access = accesses.baseAddress.unsafelyUnwrapped + Int(number)
      if !access.pointee.limits.contain(distance) { return false }
      if access.pointee.watch == .nothing { return true }
      return watch(access, number, distance, cells)
    }

    private mutating func watch(
      _ access: UnsafePointer<Access>, _ number: Int32, _ distance: Int, _ cells: InterpreterCells
    ) -> Bool {
      let me = Touch(thread: thread, access: number)
      let mark = Mark(touch: me, time: past.now)
      let place = (distance &+ access.pointee.partOffset) >> access.pointee.shift
      guard let shadow = access.pointee.shadow else {
        let flag = threadFlags + (access.pointee.firstFlag + place)
        if access.pointee.kind != .write, flag.pointee == 0 { noteUninitialised(me, cells) }
        if access.pointee.kind != .read { flag.pointee = 1 }
        return true
      }
      for n in 0..<access.pointee.count {
        let cell = shadow + (place + n)
        if cell.pointee.interval != interval { cell.pointee.begin(interval) }
        if let other = cell.pointee.touch(access.pointee.kind, mark, past) {
          conflict = (other, Int(block) - 1)
          return false
        }
        if access.pointee.watch == .global {
          if let first = cell.pointee.conflict(access.pointee.kind, with: block, order) {
            conflict = (first.touch, Int(first.block) - 1)
            return false
          }
          cell.pointee.note(access.pointee.kind, block, me, order)
          if let order, access.pointee.kind == .atomic {
            order.changeAtomically(UInt(bitPattern: cell), thread, block)
          }
        } else {
          let isWritten = cell.pointee.firstWrite.block == block
          if access.pointee.kind != .write, !isWritten { noteUninitialised(me, cells) }
          if access.pointee.kind != .read { cell.pointee.firstWrite.block = block }
        }
      }
      return true
    }

    @inline(never)
    private mutating func noteUninitialised(_ me: Touch, _ cells: InterpreterCells) {
      if uninitialised != nil { return }
      let all = UnsafeBufferPointer(start: cells, count: program.cells.count)
      uninitialised = (me, program.element(of: me.access, cells: all, slots: slots))
    }
  }
}
