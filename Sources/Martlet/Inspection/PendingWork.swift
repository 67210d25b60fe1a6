import MartletIR
import MartletRuntime

/// Work that nobody has looked at yet, read without running it: what will be one kernel.
struct PendingWork {
  /// Rows of the table in the order of computing.
  private(set) var steps: [String] = []
  /// Arrays in memory that it reads.
  private(set) var inputs: [(description: String, byteCount: Int)] = []
  private(set) var numbers = 0
  let outputBytes: Int
  let shape: Shape
  let device: Device

  /// Nil for an array that is not pending.
  init?(_ array: NDArray) {
    let storage = array.storage.untraced ?? array.storage
    guard storage.pointer == nil else { return nil }
    let found = Graph.lock.locked { () -> (PendingWork, Void)? in
      guard let node = storage.node, node.result == nil else { return nil }
      var work = PendingWork(node)
      var known: Set<ObjectIdentifier> = []
      work.collect(node, &known)
      return (work, ())
    }
    guard let found else { return nil }
    self = found.0
  }

  private init(_ node: Node) {
    outputBytes = node.shape.elementCount * node.dtype.itemSize
    shape = node.shape
    device = node.device
  }

  private mutating func collect(_ root: Node, _ known: inout Set<ObjectIdentifier>) {
    // Without recursion: a chain of steps may be long. A node is listed after its inputs.
    var stack: [(node: Node, isDone: Bool)] = [(root, false)]
    var memory: Set<ObjectIdentifier> = []
    while let (node, isDone) = stack.popLast() {
      if isDone {
        steps.append(node.operation.name)
        continue
      }
      guard known.insert(ObjectIdentifier(node)).inserted else { continue }
      stack.append((node, true))
      for i in (0..<node.inputCount).reversed() {
        switch node.inputs[i] {
        case .node(let below, let layout):
          if below.result == nil {
            stack.append((below, false))
          } else {
            input(below, layout, below.dtype, "computed", &memory)
          }
        case .array(let storage, let layout, let dtype):
          input(storage, layout, dtype, "", &memory)
        case .rolled(let storage, let layout, let dtype, _):
          input(storage, layout, dtype, "rolled", &memory)
        case .compressed(let storage, let layout, let dtype, _):
          input(storage, layout, dtype, "where a mask is true", &memory)
        case .scalar: numbers += 1
        }
      }
    }
  }

  private mutating func input(
    _ owner: AnyObject, _ layout: Layout, _ dtype: DType, _ how: String,
    _ memory: inout Set<ObjectIdentifier>
  ) {
    guard memory.insert(ObjectIdentifier(owner)).inserted else { return }
    var bytes = dtype.itemSize
    // What a broadcast repeats is read once.
    for (size, stride) in zip(layout.shape, layout.strides) where stride != 0 { bytes *= size }
    let text = "\(layout.shape) \(dtype.name)" + (how.isEmpty ? "" : ", \(how)")
    inputs.append((text, bytes))
  }

  var readBytes: Int { inputs.reduce(0) { $0 + $1.byteCount } }

  var facts: [(String, String)] {
    [
      ("kernel to come", kernel),
      ("it will read", "\(InspectionText.bytes(readBytes)) of \(inputs.count) arrays in memory"),
      ("it will write", InspectionText.bytes(outputBytes)),
      ("over", "\(shape) on \(device.name)"),
    ]
  }

  /// `multiply → add`, shortened.
  private var kernel: String {
    let most = 12
    let names = steps.count > most ? steps.prefix(most - 1) + ["…"] : steps[...]
    return "\(names.joined(separator: " → ")) (\(steps.count) fused)"
  }

  var lines: [String] {
    ["Nothing of this has been computed; looking does not change that."]
      + facts.map { "\($0.0): \($0.1)" }
      + inputs.map { "  reads \($0.description), \(InspectionText.bytes($0.byteCount))" }
      + (numbers > 0 ? ["  and \(numbers) \(numbers == 1 ? "number" : "numbers")"] : [])
  }
}
