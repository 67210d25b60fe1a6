import MartletIR
import MartletRuntime
import Synchronization

/// One differentiation under way: what is computed from its inputs is recorded while it is open.
package final class Trace: Sendable {
  private let open = Atomic<Bool>(true)
  /// Whether any was ever opened in this process: until then nothing looks for traced arrays.
  private static let everOpened = Atomic<Bool>(false)

  package init() { Trace.everOpened.store(true, ordering: .relaxed) }

  package var isOpen: Bool { open.load(ordering: .relaxed) }
  @inline(__always)
  package static var isUsed: Bool { everOpened.load(ordering: .relaxed) }

  /// Ends the recording: arrays that escaped are plain values from now on.
  package func close() { open.store(false, ordering: .relaxed) }
}

/// A value on the tape: what a storage's memory held at one time, and how that came about.
///
/// A view is a layout over the value, so it is no entry of its own; a write makes a new value of the
/// storage. Nothing here changes once it is made.
package final class TapeNode: @unchecked Sendable {
  // Unchecked: the fields are set by `init`, and emptied by `deinit` alone.

  /// Where an input's elements are in a value on the tape.
  struct Source: Sendable {
    var node: TapeNode
    var place: Place
    var dtype: DType

    init(node: TapeNode, place: Place, dtype: DType) {
      self.node = node
      self.place = place
      self.dtype = dtype
    }

    /// What a layout over the value covers.
    init(_ node: TapeNode, _ layout: Layout, _ dtype: DType) {
      let isWhole =
        dtype == node.dtype && layout.offset == 0 && layout.count == node.count
        && layout.isContiguous
      self.init(node: node, place: isWhole ? .whole : .layout(layout), dtype: dtype)
    }

    /// All of a value.
    init(_ node: TapeNode) { self.init(node: node, place: .whole, dtype: node.dtype) }
  }

  /// Few are more than a word: a tape has several for each operation.
  enum Place: Sendable {
    /// All elements in their order, whatever the input's shape.
    case whole
    /// The elements that a layout of the input's shape covers; some may be seen more than once.
    indirect case layout(Layout)
    /// The elements that index arrays select.
    indirect case selection(NDArray.Selection)
    /// The elements of a region where a mask is true, in C order.
    indirect case mask(NDArray, within: Layout)
  }

  enum Kind: Sendable {
    /// What a trace asks the gradient of; its source is the same value on the tape of another.
    case input(Trace)
    /// From the result's cotangent to one for each source, in the source's shape; nil for zero.
    case operation(Pullback)
    /// Likewise, as a row's derivatives say.
    case elementwise(ElementwiseRule)
    /// The first source's value, where `keepsRest`, with the elements at a place, seen as a type,
    /// replaced by those of the last source, if what was written is on the tape.
    case write(Place, DType, keepsRest: Bool)
  }

  /// Computes with what the node keeps; the arrays that an operation read are in `kept`.
  typealias Pullback =
    @Sendable (
      _ node: TapeNode, _ cotangent: NDArray, _ kept: [Operand]
    ) throws(MartletError) -> [NDArray?]

  /// Grows from node to node, so that what a node was made of has a smaller one.
  let serial: Int
  let name: String
  /// Elements of the storage, and their type.
  let count: Int
  let dtype: DType
  let kind: Kind
  private(set) var sources: [Source]
  private(set) var kept: [Operand]
  /// Of operations where the result's elements are in its storage.
  let layout: Layout
  private let resultStorage: Storage?
  /// What was computed, not on the tape, where the rule reads it.
  var result: NDArray? {
    resultStorage.map { NDArray(storage: $0, layout: layout, dtype: dtype) }
  }
  /// The differentiations that this belongs to.
  let traces: [Trace]

  private static let serials = Atomic<Int>(0)

  init(
    _ name: String, _ kind: Kind, count: Int, _ dtype: DType, sources: [Source],
    kept: [Operand] = [], layout: Layout = Layout(contiguous: []), result: Storage? = nil
  ) {
    serial = TapeNode.serials.wrappingAdd(1, ordering: .relaxed).oldValue
    self.name = name
    self.kind = kind
    self.count = count
    self.dtype = dtype
    self.sources = sources
    self.kept = kept
    self.layout = layout
    resultStorage = result
    // As a rule those of the first source, whose list is shared then.
    var traces = sources.first?.node.traces ?? []
    if traces.contains(where: { !$0.isOpen }) { traces.removeAll { !$0.isOpen } }
    if case .input(let own) = kind { traces.append(own) }
    for source in sources {
      for other in source.node.traces
      where other.isOpen && !traces.contains(where: { $0 === other }) {
        traces.append(other)
      }
    }
    self.traces = traces
  }

  /// A long program is a long chain of nodes, which must not end one within the other.
  deinit {
    if sources.isEmpty && kept.isEmpty { return }
    let remains = Remains()
    swap(&remains.sources, &sources)
    swap(&remains.kept, &kept)
    Remains.release(remains)
  }

  /// Whether something is still being differentiated with respect to what this came from.
  var isLive: Bool {
    for trace in traces where trace.isOpen { return true }
    return false
  }

  func belongs(to trace: Trace) -> Bool { traces.contains { $0 === trace } }
}

/// What nodes that end leave behind, let go one after the other.
private final class Remains: @unchecked Sendable {
  // Unchecked: one thread at a time has it, the one that empties the queue.
  var sources: [TapeNode.Source] = []
  var kept: [Operand] = []

  private struct Queue {
    var waiting: [Remains] = []
    var isReleasing = false
  }
  private static let queue = Mutex(Queue())

  static func release(_ remains: Remains) {
    let isFirst = queue.withLock { queue -> Bool in
      queue.waiting.append(remains)
      defer { queue.isReleasing = true }
      return !queue.isReleasing
    }
    if !isFirst { return }
    // Letting go of one makes more wait.
    while true {
      let next = queue.withLock { queue -> Remains? in
        let next = queue.waiting.popLast()
        queue.isReleasing = next != nil
        return next
      }
      guard let next else { return }
      // Here, and not where the last reference to it goes.
      next.sources = []
      next.kept = []
    }
  }
}
