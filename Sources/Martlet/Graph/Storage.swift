import CMartlet
import MartletIR
import MartletRuntime
import Synchronization

/// What an array's elements live in: memory of a device, or work that will fill memory when someone
/// looks.
///
/// The host may look at a device's memory: it sees a copy, which is kept until the memory changes.
package final class Storage: @unchecked Sendable {
  // Unchecked: `buffer`, `node`, `rare` and the readers change only under `Graph.lock`; `address`
  // publishes the host's memory, and once set it stays. The memory itself is written only by a sole
  // owner.

  /// Elements of small arrays, in the object itself: one allocation for both.
  private var inline: InlineArray<8, UInt64>
  private static let inlineBytes = 64

  /// Where the elements live; nil for the host, whose references small arrays then don't count.
  private let elsewhere: Device?
  /// Where the elements live.
  package var device: Device { elsewhere ?? .host }
  /// Whether they are in the host's own memory.
  @inline(__always)
  package var isHosts: Bool { elsewhere?.isHost ?? true }
  /// The first element in the host's memory, once there is one; never set for another device.
  private let address: Atomic<UnsafeMutableRawPointer?>
  /// What owns the memory, unless this does itself.
  private var buffer: Buffer?
  /// What `MemoryPool.free` wants back for memory of this storage's own, else -1.
  private let capacity: Int
  /// The work that will fill the memory.
  private(set) var node: Node?
  /// Pending work that reads this memory or this node; evaluated before the memory changes. Readers
  /// that are done, or gone, take themselves off.
  private var firstReader: Unmanaged<Node>?
  private let readerCount = Atomic<Int>(0)
  private let pinned: Atomic<Bool>
  /// Where the part is that was lent to be changed in place, by the array that has this storage.
  private let lentTo = Atomic<UnsafeRawPointer?>(nil)
  var borrower: UnsafeRawPointer? {
    get { lentTo.load(ordering: .relaxed) }
    set { lentTo.store(newValue, ordering: .relaxed) }
  }
  /// What few storages have.
  private var rare: Rare?
  /// Whether the memory was made by others; of a value on a tape that is not known here.
  package private(set) var isForeign = false
  /// Whether the memory may not be written, ever.
  package let isReadOnly: Bool
  private let traced: Traced?

  /// Changes only under `Graph.lock`.
  private final class Rare {
    /// For another device, the elements as the host sees them.
    var hostCopy: Buffer?
    /// All that read this but the first.
    var readers: [Unmanaged<Node>] = []
    weak var maskPlan: MaskPlan?
  }

  /// The place of a value on a tape, of an array that is or was being differentiated.
  private final class Traced {
    let node: TapeNode
    var untraced: Storage?

    init(_ node: TapeNode, _ untraced: Storage) {
      self.node = node
      self.untraced = untraced
    }
  }

  /// Where the value stands on a tape. Then the elements are `untraced`'s, and there is no address
  /// here, so that quick ways pass it by.
  var tapeNode: TapeNode? { traced?.node }
  /// The storage that holds the elements of a value on a tape.
  var untraced: Storage? { traced?.untraced }

  /// What was found out about this mask. Whoever uses the plan holds this storage, and shared memory
  /// is never written in place, so the plan stays true as long as it lives.
  var maskPlan: MaskPlan? {
    get { rare?.maskPlan }
    set { withRare { $0.maskPlan = newValue } }
  }

  private func withRare(_ body: (Rare) -> Void) {
    let known = rare ?? Rare()
    rare = known
    body(known)
  }

  /// Memory of the host.
  package init(_ buffer: Buffer, pinned: Bool = false, readOnly: Bool = false) {
    inline = InlineArray(repeating: 0)
    elsewhere = nil
    address = Atomic(buffer.pointer)
    self.buffer = buffer
    arrayByteCount = buffer.byteCount
    capacity = -1
    node = nil
    self.pinned = Atomic(pinned)
    isReadOnly = readOnly
    traced = nil
    isForeign = buffer.isForeign
  }

  /// Memory of a device.
  init(_ buffer: Buffer, on device: Device, pinned: Bool = false, readOnly: Bool = false) {
    inline = InlineArray(repeating: 0)
    elsewhere = device == .host ? nil : device
    address = Atomic(device.isHost ? buffer.pointer : nil)
    self.buffer = buffer
    arrayByteCount = buffer.byteCount
    capacity = -1
    node = nil
    self.pinned = Atomic(pinned)
    isReadOnly = readOnly
    traced = nil
    isForeign = buffer.isForeign
  }

  /// New memory of the host, with arbitrary contents.
  package init(byteCount: Int, zeroed: Bool = false) throws(MartletError) {
    try Room.ensure()
    Counters.allocations.add(1)
    inline = InlineArray(repeating: 0)
    if byteCount >= 0, byteCount <= Self.inlineBytes, !martlet_faults_armed() {
      elsewhere = nil
      address = Atomic(nil)
      buffer = nil
      arrayByteCount = byteCount
      capacity = -1
      node = nil
      pinned = Atomic(false)
      isReadOnly = false
      traced = nil
      // An object's fields don't move, and live as long as it does.
      address.store(
        withUnsafeMutablePointer(to: &inline) { UnsafeMutableRawPointer($0) }, ordering: .relaxed)
      return
    }
    let (memory, capacity) = try MemoryPool.shared.allocate(byteCount: byteCount, zeroed: zeroed)
    elsewhere = nil
    address = Atomic(memory)
    buffer = nil
    arrayByteCount = byteCount
    self.capacity = capacity
    node = nil
    pinned = Atomic(false)
    isReadOnly = false
    traced = nil
  }

  /// New memory of a device, with arbitrary contents.
  convenience init(byteCount: Int, on device: Device) throws(MartletError) {
    if device.isHost {
      try self.init(byteCount: byteCount)
    } else {
      self.init(try Buffer(byteCount: byteCount, on: device), on: device)
    }
  }

  init(pending node: Node) {
    inline = InlineArray(repeating: 0)
    elsewhere = node.device == .host ? nil : node.device
    address = Atomic(nil)
    buffer = nil
    capacity = -1
    self.node = node
    pinned = Atomic(false)
    isReadOnly = false
    traced = nil
  }

  /// A value on a tape, whose elements are those of a storage on none.
  init(_ untraced: Storage, on node: TapeNode) {
    inline = InlineArray(repeating: 0)
    elsewhere = untraced.elsewhere
    address = Atomic(nil)
    buffer = nil
    arrayByteCount = untraced.arrayByteCount
    capacity = -1
    self.node = nil
    pinned = Atomic(untraced.isPinned)
    isReadOnly = untraced.isReadOnly
    traced = Traced(node, untraced)
  }

  /// The storage of the elements, which this gives away: of a value that nobody else has.
  func releaseUntraced() -> Storage? {
    defer { traced?.untraced = nil }
    return untraced
  }

  /// The storage to look into: nil for one on no tape.
  ///
  /// - Throws: `.noDerivative` while the elements are being differentiated: what reads them without
  ///   recording it would be constant without a word.
  private func untracedForReading() throws(MartletError) -> Storage? {
    guard let tapeNode else { return nil }
    if tapeNode.isLive {
      throw .noDerivative(
        operation: "",
        reason: "an array that is being differentiated (\(tapeNode.name)) is read by something "
          + "that has no derivative rule, such as NumPy itself")
    }
    return untraced
  }

  deinit {
    if readerCount.load(ordering: .acquiring) != 0 { Graph.lock.locked { leaveReaders() } }
    node?.isWanted.store(false, ordering: .relaxed)
    if capacity >= 0, let memory = address.load(ordering: .relaxed) {
      MemoryPool.shared.free(memory, capacity: capacity)
    }
  }

  /// Whether the elements stand on a tape.
  package var isTraced: Bool { traced != nil }

  /// Whether the memory may hold another array once this one is gone: nobody else has seen it.
  package var isReusable: Bool {
    buffer == nil && traced == nil && isHosts && node == nil && !isPinned && isUnread
  }

  /// Whether nothing pending reads the memory, so that a sole owner may write it.
  @inline(__always)
  package var isUnread: Bool { readerCount.load(ordering: .acquiring) == 0 }

  /// The first element in the host's memory; nil while pending, and on other devices.
  @inline(__always)
  package var pointer: UnsafeMutableRawPointer? { address.load(ordering: .acquiring) }

  package var isPending: Bool {
    if pointer != nil { return false }
    if let untraced { return untraced.isPending }
    return isHosts || Graph.lock.locked { buffer == nil }
  }

  /// The context of memory that somebody else owns and `release` lets go; nil for other memory.
  package func foreignContext(releasedBy release: Buffer.Release) -> UnsafeMutableRawPointer? {
    if let untraced { return untraced.foreignContext(releasedBy: release) }
    return Graph.lock.locked { buffer?.foreignContext(releasedBy: release) }
  }

  /// Whether others can write the memory (a NumPy array, a consumer of the buffer protocol). Such
  /// memory is read at once and written in place.
  package var isPinned: Bool { pinned.load(ordering: .relaxed) }

  /// Hands the memory out to others for good, after evaluating whatever still reads it.
  package func pin() throws(MartletError) {
    if let plain = try untracedForReading() { try plain.pin() }
    _ = try evaluatedHere()
    try Graph.lock.locked { () throws(MartletError) in try evaluateReaders() }
    pinned.store(true, ordering: .relaxed)
  }

  /// Whether the host has the memory, or a copy of it that is not out of date.
  package var isSeenByHost: Bool {
    if let untraced { return untraced.isSeenByHost }
    return isHosts || Graph.lock.locked { rare?.hostCopy != nil }
  }

  /// The first element for the host to read, after evaluating what is pending; of another device's
  /// memory, in a copy.
  package func evaluated() throws(MartletError) -> UnsafeMutableRawPointer {
    if let pointer { return pointer }
    if let plain = try untracedForReading() { return try plain.evaluated() }
    return try Graph.lock.locked { () throws(MartletError) in
      try settle()
      if let pointer { return pointer }
      guard !isHosts else {
        throw .internalError(operation: "evaluate", detail: "the work left no result")
      }
      // Others may have written to memory that they know of since the last copy.
      let known = rare?.hostCopy
      if let known, !isPinned { return known.pointer }
      guard let buffer else {
        throw .internalError(operation: "evaluate", detail: "the work left no result")
      }
      let copy: Buffer
      if let known { copy = known } else { copy = try Buffer(byteCount: arrayByteCount) }
      try Device.copy(
        buffer.pointer, on: device, to: copy.pointer, on: .host, byteCount: arrayByteCount)
      withRare { $0.hostCopy = copy }
      return copy.pointer
    }
  }

  /// The address of the first element on a device, for work there to read; of memory elsewhere, in
  /// a copy that `keeping` must hold until the work is launched.
  func evaluated(
    on target: Device, keeping: inout [AnyObject]
  ) throws(MartletError) -> UnsafeMutableRawPointer {
    if target.isHost { return try evaluated() }
    if let plain = try untracedForReading() {
      return try plain.evaluated(on: target, keeping: &keeping)
    }
    if target == device { return try evaluatedHere() }
    // What is on neither comes from wherever it is.
    let copy = try Buffer(byteCount: max(byteCountEvaluated(), 1), on: target)
    let source = isHosts ? try evaluated() : try evaluatedHere()
    try Device.copy(
      source, on: device, to: copy.pointer, on: target, byteCount: arrayByteCount)
    keeping.append(copy)
    return copy.pointer
  }

  /// The address of the first element on the storage's own device.
  func evaluatedHere() throws(MartletError) -> UnsafeMutableRawPointer {
    if let pointer { return pointer }
    if let plain = try untracedForReading() { return try plain.evaluatedHere() }
    return try Graph.lock.locked { () throws(MartletError) in
      try settle()
      if let pointer { return pointer }
      guard let buffer else {
        throw .internalError(operation: "evaluate", detail: "the work left no result")
      }
      return buffer.pointer
    }
  }

  /// The same for work that writes there: what the host saw is out of date then.
  func writableHere() throws(MartletError) -> UnsafeMutableRawPointer {
    if let plain = try untracedForReading() { return try plain.writableHere() }
    let address = try evaluatedHere()
    if !isHosts { Graph.lock.locked { rare?.hostCopy = nil } }
    return address
  }

  /// The same elements, laid out as here, in memory of their own on a device.
  package func duplicated(on target: Device) throws(MartletError) -> Storage {
    let source = try evaluatedHere()
    let result = try Storage(byteCount: arrayByteCount, on: target)
    try Device.copy(
      source, on: device, to: try result.evaluatedHere(), on: target, byteCount: arrayByteCount)
    return result
  }

  private func byteCountEvaluated() throws(MartletError) -> Int {
    _ = try evaluatedHere()
    return arrayByteCount
  }

  /// Pending work need not be kept for this array's sake. It still can be evaluated.
  package func expectNoMoreReads() {
    guard isPending else { return }
    if let untraced { return untraced.expectNoMoreReads() }
    Graph.lock.locked { node?.isWanted.store(false, ordering: .relaxed) }
  }

  // MARK: Under the graph's lock

  private func settle() throws(MartletError) {
    if let node {
      try Evaluation.evaluate(node)
      adoptResult()
    }
  }

  /// Takes over what the node computed, if it has.
  func adoptResult() {
    guard let result = node?.result else { return }
    buffer = result
    arrayByteCount = result.byteCount
    node = nil
    if isHosts { address.store(result.pointer, ordering: .releasing) }
  }

  func register(reader: Node) {
    let known = Unmanaged.passUnretained(reader)
    if firstReader == nil { firstReader = known } else { withRare { $0.readers.append(known) } }
    readerCount.store(readerCount.load(ordering: .relaxed) + 1, ordering: .relaxed)
    reader.reads(self)
  }

  /// Takes a reader off once: one that reads this twice is known twice.
  func remove(reader: Node) {
    let gone = Unmanaged.passUnretained(reader).toOpaque()
    if firstReader?.toOpaque() == gone {
      firstReader = rare?.readers.popLast()
    } else if let rare, let place = rare.readers.lastIndex(where: { $0.toOpaque() == gone }) {
      rare.readers.swapAt(place, rare.readers.count - 1)
      rare.readers.removeLast()
    } else {
      return
    }
    // Whoever sees none may do without the lock, so this is last.
    readerCount.store(readerCount.load(ordering: .relaxed) - 1, ordering: .releasing)
  }

  /// Evaluates all pending work that reads this, so that the memory may change.
  func evaluateReaders() throws(MartletError) {
    while let reader = firstReader { try Evaluation.evaluate(reader.takeUnretainedValue()) }
  }

  /// Readers of memory that is gone.
  private func leaveReaders() {
    firstReader?._withUnsafeGuaranteedRef { $0.forget(self) }
    for reader in rare?.readers ?? [] { reader._withUnsafeGuaranteedRef { $0.forget(self) } }
  }

  var hasReaders: Bool { !isUnread }
  /// Bytes that arrays were promised; memory of its own may have been rounded up.
  private(set) var arrayByteCount = 0
  /// Bytes of the memory; 0 while pending.
  package var byteCount: Int { untraced?.byteCount ?? arrayByteCount }
}
