import MartletIR
import MartletRuntime

/// Collects what feeds a result. Used under the graph's lock.
struct ProgramBuilder {
  /// What was collected.
  private let lease: OutlineLease
  let device: Device
  /// Nodes whose results the program writes on the way, because an array still wants them.
  private(set) var kept: [(node: Node, operand: Program.Operand)] = []
  /// How far leaves are moved around along each axis.
  private(set) var shifts: [[Int]] = []
  private let rootCount: Int
  /// Whether the program is launched piece by piece, as moved-around operands need.
  private let allowsShifts: Bool
  /// Whether it is about a few elements of large work, of which nothing is kept.
  private let isPeek: Bool

  init(domain: Shape, on device: Device, allowsShifts: Bool = true, isPeek: Bool = false) {
    self.allowsShifts = allowsShifts
    self.isPeek = isPeek
    self.device = device
    lease = OutlineLease(domain)
    rootCount = domain.elementCount
  }

  var outline: UnsafeMutablePointer<Outline> { lease.outline }
  var domain: Shape { outline.pointee.domain }
  /// Whether some leaves are moved around.
  var hasShifts: Bool { !shifts.isEmpty }

  /// What was collected, as a kernel is written from it.
  var program: Program { outline.pointee.program(on: device) }

  // MARK: What a program reads

  /// Where the program finds a storage's memory, which is kept until the launch.
  private mutating func address(
    _ storage: Storage
  ) throws(MartletError) -> UnsafeMutableRawPointer {
    outline.pointee.keep(storage)
    if device.isHost, let pointer = storage.pointer { return pointer }
    var owners: [AnyObject] = []
    let address = try storage.evaluated(on: device, keeping: &owners)
    for owner in owners { outline.pointee.keep(owner) }
    return address
  }

  mutating func scalar(_ value: Scalar) -> Program.Operand {
    outline.pointee.scalars.append(value)
    return .scalar(outline.pointee.scalars.count - 1)
  }

  mutating func leaf(
    _ pointer: UnsafeMutableRawPointer, _ layout: Layout, _ dtype: DType
  ) -> Program.Operand {
    outline.pointee.leaf(pointer, layout, dtype)
  }

  private mutating func append(_ leaf: Outline.Place) -> Program.Operand {
    outline.pointee.leaves.append(leaf)
    return .leaf(outline.pointee.leaves.count - 1)
  }

  /// Where an element is in the domain, counted in C order.
  mutating func position() -> Program.Operand {
    append(.init(pointer: nil, layout: Layout(contiguous: domain), dtype: .int64))
  }

  /// Memory moved around along the axes of the domain.
  mutating func rolled(
    _ pointer: UnsafeMutableRawPointer, _ layout: Layout, _ dtype: DType, _ shifts: [Int]
  ) -> Program.Operand {
    self.shifts.append(shifts)
    return append(
      .init(pointer: pointer, layout: layout, dtype: dtype, shifts: self.shifts.count - 1))
  }

  /// What a node computes, before its inputs are compressed by its mask: over the mask's shape,
  /// which is the domain.
  mutating func uncompressed(_ node: Node) throws(MartletError) -> Program.Operand {
    if let operand = operand(of: node, nil) { return operand }
    return try step(of: node) { (input, builder) throws(MartletError) in
      switch input.pointee {
      case .scalar(let value): return builder.scalar(value)
      case .compressed(let storage, let own, let dtype, _):
        return builder.leaf(try builder.address(storage), own, dtype)
      case .node(let inner, _) where inner.result == nil && inner.mask != nil:
        return try builder.uncompressed(inner)
      case .array, .node, .rolled:
        throw .internalError(operation: "mask", detail: "an input does not follow the mask")
      }
    }
  }

  /// Limits events to the elements where the operand is true.
  mutating func limitEvents(to predicate: Program.Operand) {
    outline.pointee.predicate = predicate.word
  }

  /// The elements `offset` away from where a layout of the domain's shape is.
  mutating func gather(
    _ pointer: UnsafeMutableRawPointer, _ layout: Layout, _ dtype: DType, _ offset: Program.Operand
  ) -> Program.Operand {
    append(.init(pointer: pointer, layout: layout, dtype: dtype, offset: offset.word))
  }

  /// Writes elements `offset` away from the layout's place, one after another.
  mutating func scatter(
    _ operand: Program.Operand, to pointer: UnsafeMutableRawPointer, _ layout: Layout,
    _ dtype: DType, _ offset: Program.Operand
  ) {
    outline.pointee.outputs.append(
      .init(
        pointer: pointer, layout: layout, dtype: dtype, offset: offset.word, operand: operand.word))
    outline.pointee.isOrdered = true
  }

  /// An array, which must broadcast to the domain.
  mutating func array(_ array: NDArray) throws(MartletError) -> Program.Operand {
    guard let layout = array.layout.broadcast(to: domain) else {
      throw .broadcast(operation: "broadcast", shapes: [array.shape, domain])
    }
    array.storage.adoptResult()
    if let node = array.storage.node, node.device == device, node.dtype == array.dtype {
      return try self.node(node, layout)
    }
    return leaf(try address(array.storage), layout, array.dtype)
  }

  mutating func step(
    _ operation: ElementwiseOperation, loop: Int, _ operands: [Program.Operand], output: Int = 0
  ) -> Program.Operand {
    outline.pointee.step(
      operation, loop: loop, operands: operands.count, reported: GlobalState.reported)
    for operand in operands { outline.pointee.words.append(operand.word) }
    return .step(outline.pointee.steps.count - 1, output: output)
  }

  // MARK: Nodes

  private func operand(of node: Node, _ layout: Layout?) -> Program.Operand? {
    for i in 0..<outline.pointee.known.count {
      let one = outline.pointee.known.base + i
      if one.pointee.node.toOpaque() == Unmanaged.passUnretained(node).toOpaque(),
        one.pointee.layout == layout
      {
        return one.pointee.operand
      }
    }
    return nil
  }

  /// The step of a node, after those of its inputs.
  private mutating func step(
    of node: Node, _ layout: Layout? = nil,
    _ input: (UnsafeMutablePointer<Node.Input>, inout ProgramBuilder) throws(MartletError) ->
      Program.Operand
  ) throws(MartletError) -> Program.Operand {
    let count = node.inputCount
    var operands = InlineArray<3, UInt32>(repeating: 0)
    var more: [UInt32] = []
    for i in 0..<count {
      let word = try input(node.inputs + i, &self).word
      if i < 3 { operands[i] = word } else { more.append(word) }
    }
    outline.pointee.step(
      node.operation, loop: node.loop, operands: count, reported: node.reported, of: node)
    for i in 0..<min(count, 3) { outline.pointee.words.append(operands[i]) }
    for word in more { outline.pointee.words.append(word) }
    let operand = Program.Operand.step(outline.pointee.steps.count - 1, output: node.output)
    outline.pointee.keep(node)
    outline.pointee.known.append(
      .init(node: .passUnretained(node), layout: layout, operand: operand))
    return operand
  }

  /// Pending work seen through a layout of the domain's shape: part of this program, or memory.
  ///
  /// - Parameter isRoot: whether this is what the program is for, so that it is computed here,
  ///   wherever it was meant to be.
  mutating func node(
    _ node: Node, _ layout: Layout, isRoot: Bool = false
  ) throws(MartletError) -> Program.Operand {
    if !isRoot, node.device != device {
      // Work of another device is done there, and its result copied.
      try Evaluation.evaluate(node)
      guard let result = node.result else {
        throw .internalError(operation: "evaluate", detail: "the work left no result")
      }
      return leaf(try address(Storage(result, on: node.device)), layout, node.dtype)
    }
    if let result = node.result {
      outline.pointee.keep(result)
      return leaf(result.pointer, layout, node.dtype)
    }
    let isWhole = node.shape == domain && layout.offset == 0 && layout == Layout(contiguous: domain)
    let view = isWhole ? nil : layout
    if let operand = operand(of: node, view) { return operand }
    let isKept =
      !isPeek && node.isWanted.load(ordering: .relaxed) && node.costs(atLeast: Graph.keepingCost)
    var mapping: ViewMapping?
    if !isWhole {
      // Computing an element again for each place that a view repeats it must be worth it.
      let repeats = rootCount > node.shape.elementCount
      if !(isKept || node.isRigid || (repeats && node.costs(atLeast: 3))) {
        mapping = ViewMapping(layout, of: node.shape)
      }
    }
    guard isWhole || mapping != nil, allowsShifts || !node.isRigid else {
      try Evaluation.evaluate(node)
      return try self.node(node, layout)
    }
    let operand = try step(of: node, view) { (input, builder) throws(MartletError) in
      func seen(_ own: Layout) -> Layout { mapping.map { $0(own) } ?? own }
      switch input.pointee {
      case .scalar(let value): return builder.scalar(value)
      case .array(let storage, let own, let dtype):
        return builder.leaf(try builder.address(storage), seen(own), dtype)
      case .node(let inner, let own): return try builder.node(inner, seen(own))
      case .rolled(let storage, let own, let dtype, let shifts):
        return builder.rolled(try builder.address(storage), own, dtype, shifts)
      case .compressed(let storage, let own, let dtype, let mask):
        let packed = try mask.compress(NDArray(storage: storage, layout: own, dtype: dtype))
        return builder.leaf(try builder.address(packed.storage), packed.layout, dtype)
      }
    }
    if isWhole && isKept { kept.append((node, operand)) }
    return operand
  }

  // MARK: What it writes

  mutating func output(
    _ operand: Program.Operand, to pointer: UnsafeMutableRawPointer, _ layout: Layout,
    _ dtype: DType
  ) {
    outline.pointee.outputs.append(
      .init(pointer: pointer, layout: layout, dtype: dtype, operand: operand.word))
  }

  /// Gives memory to the nodes that are kept, and returns it.
  mutating func outputKept(except root: Node?) throws(MartletError) -> [(Node, Buffer)] {
    if kept.isEmpty { return [] }
    var results: [(Node, Buffer)] = []
    for (node, operand) in kept where node !== root {
      let buffer = try Buffer(
        byteCount: node.shape.elementCount * node.dtype.itemSize, on: device)
      output(operand, to: buffer.pointer, Layout(contiguous: node.shape), node.dtype)
      results.append((node, buffer))
    }
    return results
  }
}
