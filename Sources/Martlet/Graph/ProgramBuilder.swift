import MartletIR
import MartletRuntime

/// Collects what feeds a result into one program. Used under the graph's lock.
struct ProgramBuilder {
  private(set) var program: Program
  /// Nodes whose results the program writes on the way, because an array still wants them.
  private(set) var kept: [(node: Node, operand: Program.Operand)] = []
  /// Keeps the memory of leaves alive until the launch.
  private(set) var owners: [AnyObject] = []
  private let rootCount: Int
  /// Whether the program is launched piece by piece, as moved-around operands need.
  private let allowsShifts: Bool
  private var known: [Key: Program.Operand] = [:]

  private struct Key: Hashable {
    var node: ObjectIdentifier
    var layout: Layout
  }

  init(domain: Shape, on device: Device, allowsShifts: Bool = true) {
    self.allowsShifts = allowsShifts
    program = Program(domain: domain, device: device)
    rootCount = domain.elementCount
  }

  // MARK: What a program reads

  /// Where the program finds a storage's memory, which is kept until the launch.
  private mutating func address(
    _ storage: Storage
  ) throws(MartletError) -> UnsafeMutableRawPointer {
    owners.append(storage)
    return try storage.evaluated(on: program.device, keeping: &owners)
  }

  mutating func scalar(_ value: Scalar) -> Program.Operand {
    program.scalars.append(value)
    return .scalar(program.scalars.count - 1)
  }

  mutating func leaf(
    _ pointer: UnsafeMutableRawPointer, _ layout: Layout, _ dtype: DType
  ) -> Program.Operand {
    if let same = program.leaves.firstIndex(where: {
      $0.pointer == pointer && $0.dtype == dtype && $0.layout == layout && $0.offset == nil
        && $0.shifts == nil
    }) {
      return .leaf(same)
    }
    program.leaves.append(.init(pointer: pointer, layout: layout, dtype: dtype))
    return .leaf(program.leaves.count - 1)
  }

  /// Where an element is in the domain, counted in C order.
  mutating func position() -> Program.Operand {
    program.leaves.append(
      .init(pointer: nil, layout: Layout(contiguous: program.domain), dtype: .int64))
    return .leaf(program.leaves.count - 1)
  }

  /// Memory moved around along the axes of the domain.
  mutating func rolled(
    _ pointer: UnsafeMutableRawPointer, _ layout: Layout, _ dtype: DType, _ shifts: [Int]
  ) -> Program.Operand {
    program.leaves.append(
      .init(pointer: pointer, layout: layout, dtype: dtype, shifts: shifts))
    return .leaf(program.leaves.count - 1)
  }

  /// What a node computes, before its inputs are compressed by its mask: over the mask's shape,
  /// which is the domain.
  mutating func uncompressed(_ node: Node) throws(MartletError) -> Program.Operand {
    let key = Key(node: ObjectIdentifier(node), layout: Layout(contiguous: program.domain))
    if let operand = known[key] { return operand }
    var operands: [Program.Operand] = []
    for input in node.inputs {
      switch input {
      case .scalar(let value): operands.append(scalar(value))
      case .compressed(let storage, let own, let dtype, _):
        operands.append(leaf(try address(storage), own, dtype))
      case .node(let inner, _) where inner.result == nil && inner.mask != nil:
        operands.append(try uncompressed(inner))
      case .array, .node, .rolled:
        throw .internalError(operation: "mask", detail: "an input does not follow the mask")
      }
    }
    let operand = step(node.operation, loop: node.loop, operands, output: node.output)
    program.steps[program.steps.count - 1].reported = node.reported
    known[key] = operand
    return operand
  }

  /// Limits events to the elements where the operand is true.
  mutating func limitEvents(to predicate: Program.Operand) { program.predicate = predicate }

  /// The elements `offset` away from where a layout of the domain's shape is.
  mutating func gather(
    _ pointer: UnsafeMutableRawPointer, _ layout: Layout, _ dtype: DType, _ offset: Program.Operand
  ) -> Program.Operand {
    program.leaves.append(.init(pointer: pointer, layout: layout, dtype: dtype, offset: offset))
    return .leaf(program.leaves.count - 1)
  }

  /// Writes elements `offset` away from the layout's place, one after another.
  mutating func scatter(
    _ operand: Program.Operand, to pointer: UnsafeMutableRawPointer, _ layout: Layout,
    _ dtype: DType, _ offset: Program.Operand
  ) {
    program.outputs.append(
      .init(operand: operand, pointer: pointer, layout: layout, dtype: dtype, offset: offset))
    program.isOrdered = true
  }

  /// An array, which must broadcast to the domain.
  mutating func array(_ array: NDArray) throws(MartletError) -> Program.Operand {
    guard let layout = array.layout.broadcast(to: program.domain) else {
      throw .broadcast(operation: "broadcast", shapes: [array.shape, program.domain])
    }
    array.storage.adoptResult()
    if let node = array.storage.node, node.device == program.device {
      return try self.node(node, layout)
    }
    return leaf(try address(array.storage), layout, array.dtype)
  }

  mutating func step(
    _ operation: ElementwiseOperation, loop: Int, _ operands: [Program.Operand], output: Int = 0
  ) -> Program.Operand {
    program.steps.append(.init(operation: operation, loop: loop, operands: operands))
    return .step(program.steps.count - 1, output: output)
  }

  /// Pending work seen through a layout of the domain's shape: part of this program, or memory.
  ///
  /// - Parameter isRoot: whether this is what the program is for, so that it is computed here,
  ///   wherever it was meant to be.
  mutating func node(
    _ node: Node, _ layout: Layout, isRoot: Bool = false
  ) throws(MartletError) -> Program.Operand {
    if !isRoot, node.device != program.device {
      // Work of another device is done there, and its result copied.
      try Evaluation.evaluate(node)
      guard let result = node.result else {
        throw .internalError(operation: "evaluate", detail: "the work left no result")
      }
      return leaf(try address(Storage(result, on: node.device)), layout, node.dtype)
    }
    if let result = node.result {
      owners.append(result)
      return leaf(result.pointer, layout, node.dtype)
    }
    let key = Key(node: ObjectIdentifier(node), layout: layout)
    if let operand = known[key] { return operand }
    let isWhole = layout == Layout(contiguous: program.domain) && node.shape == program.domain
    let isKept =
      node.isWanted.load(ordering: .relaxed) && node.costs(atLeast: Graph.keepingCost)
    // Computing an element again for each place that a view repeats it must be worth it.
    let repeats = rootCount > node.shape.elementCount
    guard let mapping = ViewMapping(layout, of: node.shape),
      isWhole || !(isKept || node.isRigid || (repeats && node.costs(atLeast: 3))),
      allowsShifts || !node.isRigid
    else {
      try Evaluation.evaluate(node)
      return try self.node(node, layout)
    }
    var operands: [Program.Operand] = []
    for input in node.inputs {
      switch input {
      case .scalar(let value): operands.append(scalar(value))
      case .array(let storage, let own, let dtype):
        operands.append(leaf(try address(storage), mapping(own), dtype))
      case .node(let inner, let own): operands.append(try self.node(inner, mapping(own)))
      case .rolled(let storage, let own, let dtype, let shifts):
        operands.append(rolled(try address(storage), own, dtype, shifts))
      case .compressed(let storage, let own, let dtype, let mask):
        let packed = try mask.compress(NDArray(storage: storage, layout: own, dtype: dtype))
        operands.append(leaf(try address(packed.storage), packed.layout, dtype))
      }
    }
    let operand = step(node.operation, loop: node.loop, operands, output: node.output)
    program.steps[program.steps.count - 1].reported = node.reported
    known[key] = operand
    if isWhole && isKept { kept.append((node, operand)) }
    return operand
  }

  // MARK: What it writes

  mutating func output(
    _ operand: Program.Operand, to pointer: UnsafeMutableRawPointer, _ layout: Layout,
    _ dtype: DType
  ) {
    program.outputs.append(
      .init(operand: operand, pointer: pointer, layout: layout, dtype: dtype))
  }

  /// Gives memory to the nodes that are kept, and returns it.
  mutating func outputKept(except root: Node?) throws(MartletError) -> [(Node, Buffer)] {
    var results: [(Node, Buffer)] = []
    for (node, operand) in kept where node !== root {
      let buffer = try Buffer(
        byteCount: node.shape.elementCount * node.dtype.itemSize, on: program.device)
      output(operand, to: buffer.pointer, Layout(contiguous: node.shape), node.dtype)
      results.append((node, buffer))
    }
    return results
  }
}
