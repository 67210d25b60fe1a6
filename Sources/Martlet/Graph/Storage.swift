import MartletIR
import MartletRuntime
import Synchronization

/// What an array's elements live in: memory, or work that will fill memory when someone looks.
package final class Storage: @unchecked Sendable {
  // Unchecked: `buffer`, `node` and `readers` change only under `Graph.lock`; `address` publishes
  // the memory, and once set it stays. The memory itself is written only by a sole owner.

  /// The first element, once there is one.
  private let address: Atomic<UnsafeMutableRawPointer?>
  /// What owns the memory, unless this does itself.
  private var buffer: Buffer?
  /// What `MemoryPool.free` wants back for memory of this storage's own, else -1.
  private let capacity: Int
  /// The work that will fill the memory.
  private(set) var node: Node?
  /// Pending work that reads this memory or this node; evaluated before the memory changes.
  private var readers: [WeakNode] = []
  private let pinned: Atomic<Bool>
  /// What was found out about this mask. Whoever uses the plan holds this storage, and shared memory
  /// is never written in place, so the plan stays true as long as it lives.
  weak var maskPlan: MaskPlan?
  /// Whether the memory may not be written, ever.
  package let isReadOnly: Bool

  struct WeakNode {
    weak var node: Node?
  }

  package init(_ buffer: Buffer, pinned: Bool = false, readOnly: Bool = false) {
    address = Atomic(buffer.pointer)
    self.buffer = buffer
    arrayByteCount = buffer.byteCount
    capacity = -1
    node = nil
    self.pinned = Atomic(pinned)
    isReadOnly = readOnly
  }

  /// New memory with arbitrary contents.
  package init(byteCount: Int, zeroed: Bool = false) throws(MartletError) {
    let (memory, capacity) = try MemoryPool.shared.allocate(byteCount: byteCount, zeroed: zeroed)
    address = Atomic(memory)
    buffer = nil
    arrayByteCount = byteCount
    self.capacity = capacity
    node = nil
    pinned = Atomic(false)
    isReadOnly = false
  }

  init(pending node: Node) {
    address = Atomic(nil)
    buffer = nil
    capacity = -1
    self.node = node
    pinned = Atomic(false)
    isReadOnly = false
  }

  deinit {
    node?.isWanted.store(false, ordering: .relaxed)
    if capacity >= 0, let memory = address.load(ordering: .relaxed) {
      MemoryPool.shared.free(memory, capacity: capacity)
    }
  }

  /// Whether the memory may hold another array once this one is gone: nobody else has seen it.
  package var isReusable: Bool {
    capacity >= 0 && !isPinned && readers.isEmpty
  }

  /// Whether nothing pending reads the memory, so that a sole owner may write it.
  package var isUnread: Bool { readers.isEmpty }

  /// The first element; nil while pending.
  @inline(__always)
  package var pointer: UnsafeMutableRawPointer? { address.load(ordering: .acquiring) }

  package var isPending: Bool { pointer == nil }

  /// Whether others can write the memory (a NumPy array, a consumer of the buffer protocol). Such
  /// memory is read at once and written in place.
  package var isPinned: Bool { pinned.load(ordering: .relaxed) }

  /// Hands the memory out to others for good, after evaluating whatever still reads it.
  package func pin() throws(MartletError) {
    _ = try evaluated()
    try Graph.lock.locked { () throws(MartletError) in try evaluateReaders() }
    pinned.store(true, ordering: .relaxed)
  }

  /// The first element, after evaluating what is pending.
  package func evaluated() throws(MartletError) -> UnsafeMutableRawPointer {
    if let pointer { return pointer }
    try Graph.lock.locked { () throws(MartletError) in
      if let node {
        try Evaluation.evaluate(node)
        adoptResult()
      }
    }
    guard let pointer else {
      throw .internalError(operation: "evaluate", detail: "the work left no result")
    }
    return pointer
  }

  /// Pending work need not be kept for this array's sake. It still can be evaluated.
  package func expectNoMoreReads() {
    guard isPending else { return }
    Graph.lock.locked { node?.isWanted.store(false, ordering: .relaxed) }
  }

  // MARK: Under the graph's lock

  /// Takes over what the node computed, if it has.
  func adoptResult() {
    guard let result = node?.result else { return }
    buffer = result
    arrayByteCount = result.byteCount
    node = nil
    address.store(result.pointer, ordering: .releasing)
  }

  func register(reader: Node) {
    if readers.count >= 32 { readers.removeAll { $0.node == nil || $0.node!.result != nil } }
    readers.append(WeakNode(node: reader))
  }

  /// Evaluates all pending work that reads this, so that the memory may change.
  func evaluateReaders() throws(MartletError) {
    for reader in readers {
      if let node = reader.node, node.result == nil { try Evaluation.evaluate(node) }
    }
    readers.removeAll()
  }

  var hasReaders: Bool { readers.contains { $0.node.map { $0.result == nil } ?? false } }
  /// Bytes that arrays were promised; memory of its own may have been rounded up.
  private(set) var arrayByteCount = 0
  /// Bytes of the memory; 0 while pending.
  package var byteCount: Int { arrayByteCount }
}
