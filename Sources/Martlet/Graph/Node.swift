import Glibc
import MartletIR
import MartletRuntime
import Synchronization

/// Elementwise work that nobody has looked at yet.
///
/// Shape and dtype are settled; only the arithmetic waits. A node is evaluated at most once, and
/// forgets its inputs then.
final class Node: @unchecked Sendable {
  // Unchecked: what changes (`inputs`, `result`, `sources`, `isLookedAt`, `own`, `shared`) is only
  // touched under `Graph.lock`.

  enum Input {
    /// Memory, with a layout of the node's shape.
    case array(Storage, Layout, DType)
    /// Other pending work, seen through a layout over its own C-ordered elements.
    case node(Node, Layout)
    case scalar(Scalar)
    /// Memory moved around along each axis, what leaves at one end coming in at the other.
    case rolled(Storage, Layout, DType, shifts: [Int])
    /// The elements where a mask is true; the layout has the mask's shape.
    case compressed(Storage, Layout, DType, MaskPlan)
  }

  let operation: ElementwiseOperation
  let loop: Int
  /// Which of the operation's results this is.
  let output: Int
  let shape: Shape
  let dtype: DType
  /// Where it is computed.
  let device: Device
  /// Steps in the whole of what is pending below, itself included.
  let size: Int
  /// As many as `inputCount` says: in memory of their own, where they are read without being copied.
  let inputs: UnsafeMutablePointer<Input>
  private(set) var inputCount: Int
  /// The elements in C order, once evaluated, in the device's memory.
  private(set) var result: Buffer?
  /// The floating-point events that users still want to hear of: those that they wanted when they
  /// wrote the operation, each until it was told. What is computed again is one operation still.
  var reported: FloatingPointEvents { shared?.reported ?? own }
  private var own = GlobalState.reported
  /// For one result of several, which hear of each event together.
  private let shared: Told?

  /// What users still want to hear of an operation with several results.
  final class Told {
    fileprivate var reported = GlobalState.reported
  }

  /// Notes that users have heard of an event. Under the graph's lock.
  func told(_ kind: FloatingPointEvents) {
    own.subtract(kind)
    shared?.reported.subtract(kind)
  }
  /// The mask that all inputs are compressed by, if they are.
  let mask: MaskPlan?
  /// Whether this can only be computed over its own shape, not seen through a view.
  let isRigid: Bool
  /// The line that wrote it, while a profile is taken; else 0.
  let place: Int32 = Profiler.isOn ? Profiler.place() : 0
  /// Whether an array still refers to the result.
  let isWanted = Atomic<Bool>(true)
  /// Whether one of its elements was computed alone (`NDArray.peeked`).
  var isLookedAt = false
  /// The storages that know this as a reader: until it is done, or they are gone.
  private var sources = InlineArray<3, Unmanaged<Storage>?>(repeating: nil)
  private var sourceCount = 0
  private var moreSources: [Unmanaged<Storage>] = []

  /// - Parameter inputs: as many as the operation has, which become the node's.
  init(
    _ operation: ElementwiseOperation, loop: Int, output: Int, dtype: DType, shape: Shape,
    inputs: UnsafeMutablePointer<Input>, on device: Device, told: Told? = nil
  ) {
    shared = told
    Counters.nodes.add(1)
    self.device = device
    self.operation = operation
    self.loop = loop
    self.output = output
    self.shape = shape
    self.dtype = dtype
    var size = 1
    var isRigid = false
    var mask: MaskPlan?
    for i in 0..<operation.inputCount {
      switch inputs[i] {
      case .node(let node, _) where node.result == nil:
        size += node.size
        isRigid = isRigid || node.isRigid
        mask = mask ?? node.mask
      case .rolled: isRigid = true
      case .compressed(_, _, _, let own):
        isRigid = true
        mask = own
      default: break
      }
    }
    self.inputs = inputs
    inputCount = operation.inputCount
    self.isRigid = isRigid
    self.mask = mask
    self.size = size
  }

  /// For an operation of one input.
  convenience init(
    _ operation: ElementwiseOperation, loop: Int, shape: Shape, input: Input, on device: Device
  ) {
    let inputs = UnsafeMutablePointer<Input>.allocate(capacity: 1)
    inputs.initialize(to: input)
    self.init(
      operation, loop: loop, output: 0, dtype: operation.loops[loop].outputs[0], shape: shape,
      inputs: inputs, on: device)
  }

  deinit {
    if result == nil { Graph.lock.locked { forgetSources() } }
    inputs.deinitialize(count: inputCount)
    inputs.deallocate()
  }

  /// Whether computing one element of what is still pending costs at least `limit` additions. Looks
  /// at no more than that many nodes. Under the graph's lock.
  func costs(atLeast limit: Int) -> Bool {
    var left = limit
    count(&left)
    return left <= 0
  }

  private func count(_ left: inout Int) {
    if result != nil { return }
    left -= max(operation.cost, 1)
    for i in 0..<inputCount where left > 0 {
      if case .node(let node, _) = inputs[i] { node.count(&left) }
    }
  }

  func finish(_ buffer: Buffer) {
    result = buffer
    forgetSources()
    let count = inputCount
    inputCount = 0
    inputs.deinitialize(count: count)
  }

  // MARK: Who knows of it. Under the graph's lock.

  /// Notes that a storage has this among its readers.
  func reads(_ storage: Storage) {
    let source = Unmanaged.passUnretained(storage)
    if sourceCount < 3 {
      sources[sourceCount] = source
    } else {
      moreSources.append(source)
    }
    sourceCount += 1
  }

  /// A storage that is gone.
  func forget(_ storage: Storage) {
    let gone = Unmanaged.passUnretained(storage).toOpaque()
    for i in 0..<3 where sources[i]?.toOpaque() == gone { sources[i] = nil }
    moreSources.removeAll { $0.toOpaque() == gone }
  }

  private func forgetSources() {
    if sourceCount == 0 { return }
    for i in 0..<min(sourceCount, 3) {
      if let source = sources[i] { source._withUnsafeGuaranteedRef { $0.remove(reader: self) } }
      sources[i] = nil
    }
    for source in moreSources { source._withUnsafeGuaranteedRef { $0.remove(reader: self) } }
    moreSources = []
    sourceCount = 0
  }
}

/// The rules of laziness, and the lock that pending work is built and evaluated under.
package enum Graph {
  static let lock = EvaluationLock()

  /// Arrays of fewer elements are computed at once: a kernel call costs less than remembering.
  package static let lazyCount = 16384
  /// No process has memory of so many bytes, so an array of more is refused when it is asked for and
  /// not when it is looked at.
  static let largestPromise = 1 << 46

  static func checkPromise(_ shape: Shape, _ dtype: DType) throws(MartletError) {
    let bytes = shape.elementCount * dtype.itemSize
    if bytes > largestPromise { throw .outOfMemory(bytes: bytes) }
  }

  /// Pending work of more steps is evaluated before it grows.
  static let maximumSize = 240
  /// Work of at least this cost is kept when an array still refers to it, not computed twice.
  static let keepingCost = 8

  /// Evaluates the arrays, so that later reads don't wait.
  package static func evaluate(_ arrays: [NDArray]) throws(MartletError) {
    for array in arrays { _ = try array.storage.evaluatedHere() }
  }
}

/// A lock that the thread which holds it may take again: finishing one piece of work can need
/// another.
final class EvaluationLock: Sendable {
  private let owner = Atomic<UInt>(0)

  init() { GlobalLocks.prepareForFork() }

  func locked<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let me = UInt(pthread_self())
    if owner.load(ordering: .relaxed) == me { return try body() }
    GlobalLocks.graph.lock()
    owner.store(me, ordering: .relaxed)
    defer {
      owner.store(0, ordering: .relaxed)
      GlobalLocks.graph.unlock()
    }
    return try body()
  }
}
