import CMartlet
import MartletIR
import MartletRuntime

/// An operand where it stands, of work that is remembered: nothing of it is copied until the node is
/// made. Whoever makes one keeps the array alive.
package struct StandingOperand {
  /// Nil for numbers.
  package var storage: Unmanaged<Storage>?
  package var layout: UnsafePointer<Layout>
  package var dtype: DType
  package var number: Scalar

  /// Nothing yet.
  package init() { self.init(Scalar(dtype: .bool, low: 0)) }

  package init(_ number: Scalar) {
    storage = nil
    layout = DirectCall.number
    dtype = number.dtype
    self.number = number
  }

  package init(_ storage: Storage, _ layout: UnsafePointer<Layout>, _ dtype: DType) {
    self.storage = .passUnretained(storage)
    self.layout = layout
    self.dtype = dtype
    number = Scalar(dtype: .bool, low: 0)
  }
}

extension Elementwise {
  /// The pending result of an operation on large arrays of the host; nil where the general way must:
  /// for errors, small work, and what is out of the ordinary.
  ///
  /// - Parameter operands: as many as the operation has inputs, three at most, literals in the types
  ///   that they take beside the others.
  package static func remember(
    _ operation: ElementwiseOperation, _ operands: UnsafePointer<StandingOperand>
  ) -> NDArray? {
    let count = operation.inputCount
    guard count <= 3, !GlobalState.isEager, !martlet_memory_is_short(),
      let shape = commonShape(operands, count), isLaidOutInOrder(operands, count, shape)
    else { return nil }
    return Graph.lock.locked { () -> NDArray? in
      guard let choice = LoopChoice.of(operation, operands, count) else { return nil }
      var size = 1
      for k in 0..<count {
        guard let storage = operands[k].storage else { continue }
        let fits = storage._withUnsafeGuaranteedRef { storage -> Bool in
          if storage.isPinned || !storage.isHosts || storage.tapeNode != nil {
            return false
          }
          if storage.pointer != nil { return true }
          storage.adoptResult()
          guard let node = storage.node else { return true }
          size += node.size
          return node.mask == nil && node.dtype == operands[k].dtype
        }
        if !fits { return nil }
      }
      if size > Graph.maximumSize { return nil }
      let inputs = UnsafeMutablePointer<Node.Input>.allocate(capacity: count)
      for k in 0..<count {
        guard let unmanaged = operands[k].storage else {
          (inputs + k).initialize(to: .scalar(operands[k].number))
          continue
        }
        let storage = unmanaged.takeUnretainedValue()
        let layout = operands[k].layout
        if layout.pointee.shape == shape {
          initialize(inputs + k, storage, layout.pointee, operands[k].dtype)
        } else {
          // It broadcasts, as `commonShape` found.
          initialize(
            inputs + k, storage, layout.pointee.broadcast(to: shape) ?? layout.pointee,
            operands[k].dtype)
        }
      }
      let node = Node(
        operation, loop: choice.loop, output: 0, dtype: choice.result, shape: shape,
        inputs: inputs, on: .host)
      for k in 0..<count {
        operands[k].storage?._withUnsafeGuaranteedRef { $0.register(reader: node) }
      }
      return NDArray(
        storage: Storage(pending: node), layout: Layout(contiguous: shape), dtype: choice.result)
    }
  }

  @inline(__always)
  private static func initialize(
    _ input: UnsafeMutablePointer<Node.Input>, _ storage: Storage, _ layout: Layout, _ dtype: DType
  ) {
    if let node = storage.node {
      input.initialize(to: .node(node, layout))
    } else {
      input.initialize(to: .array(storage, layout, dtype))
    }
  }

  /// The same for operands as Swift's functions have them.
  static func remember(_ operation: ElementwiseOperation, _ operands: [Operand]) -> NDArray? {
    let count = operands.count
    guard count <= 3, count == operation.inputCount, operation.selection != .literalsAnyNumber
    else { return nil }
    var strong: DType?
    var isLarge = false
    for operand in operands {
      let dtype: DType
      switch operand {
      case .array(let array):
        isLarge = isLarge || array.count >= Graph.lazyCount
        dtype = array.dtype
      case .scalar(let number): dtype = number.dtype
      case .weak: continue
      }
      strong = strong.map { Promotion.promote($0, dtype) } ?? dtype
    }
    guard isLarge, let strong else { return nil }
    return withUnsafeTemporaryAllocation(of: Layout.self, capacity: 3) { layouts -> NDArray? in
      var standing = InlineArray<3, StandingOperand>(repeating: StandingOperand())
      for (k, operand) in operands.enumerated() {
        switch operand {
        case .array(let array):
          guard let place = layouts.baseAddress.map({ $0 + k }) else { return nil }
          place.initialize(to: array.layout)
          standing[k] = StandingOperand(array.storage, place, array.dtype)
        case .scalar(let number): standing[k] = StandingOperand(number)
        case .weak(let kind, let number):
          let dtype = Promotion.resolve(kind, beside: strong)
          guard fits(number, kind, dtype), number.lost(as: dtype) == nil else { return nil }
          standing[k] = StandingOperand(number.converted(to: dtype))
        }
      }
      return withUnsafePointer(to: &standing) {
        remember(
          operation, UnsafeRawPointer($0).assumingMemoryBound(to: StandingOperand.self))
      }
    }
  }

  /// The shape that the operands broadcast to; nil where they don't, or it is not large.
  private static func commonShape(
    _ operands: UnsafePointer<StandingOperand>, _ count: Int
  ) -> Shape? {
    var lead = 0
    while lead < count, operands[lead].storage == nil { lead &+= 1 }
    if lead == count { return nil }
    var shape = operands[lead].layout.pointee.shape
    for k in (lead &+ 1)..<max(count, lead &+ 1) where operands[k].storage != nil {
      if operands[k].layout.pointee.shape == shape { continue }
      guard let next = Shape.broadcast(shape, operands[k].layout.pointee.shape) else { return nil }
      shape = next
    }
    guard shape.isPossible, shape.elementCount >= Graph.lazyCount,
      shape.elementCount <= Graph.largestPromise / 16
    else { return nil }
    return shape
  }

  /// Whether the result's order is C's: where one operand's is, or they disagree.
  private static func isLaidOutInOrder(
    _ operands: UnsafePointer<StandingOperand>, _ count: Int, _ shape: Shape
  ) -> Bool {
    if shape.rank <= 1 { return true }
    for k in 0..<count where operands[k].storage != nil {
      let layout = operands[k].layout
      let lead = shape.rank &- layout.pointee.shape.rank
      var isInOrder = true
      for axis in 1..<max(layout.pointee.shape.rank, 1) {
        // A dimension of one element, or one that is repeated, gives way.
        let outer = layout.pointee.strides[unchecked: axis &- 1].magnitude
        let inner = layout.pointee.strides[unchecked: axis].magnitude
        if inner > outer, outer != 0, shape[unchecked: lead &+ axis] != 1,
          layout.pointee.shape[unchecked: axis] != 1,
          layout.pointee.shape[unchecked: axis &- 1] != 1
        {
          isInOrder = false
        }
      }
      if isInOrder { return true }
    }
    return false
  }
}

/// The loop of an operation for operands of some types, found once.
package struct LoopChoice {
  /// The operation and the types; 0 for none.
  private var key: UInt64
  var loop: Int
  var result: DType
  /// Whether the processor's flags are its events, without a second look.
  var isExact: Bool

  /// The choices made last. Under the graph's lock.
  nonisolated(unsafe) private static let known: UnsafeMutablePointer<LoopChoice> = {
    let table = UnsafeMutablePointer<LoopChoice>.allocate(capacity: size)
    table.initialize(
      repeating: LoopChoice(key: 0, loop: 0, result: .bool, isExact: false), count: size)
    return table
  }()
  private static let size = 1024

  /// Nil where there is none, or it is no matter of types alone. Under the graph's lock.
  static func of(
    _ operation: ElementwiseOperation, _ operands: UnsafePointer<StandingOperand>, _ count: Int
  ) -> LoopChoice? {
    var key = UInt64(truncatingIfNeeded: operation.index) << 13 | 1 << 12
    for k in 0..<count {
      key |= UInt64(operands[k].dtype.rawValue) << UInt64(truncatingIfNeeded: 4 &* k)
    }
    let place = Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 40) & (size - 1)
    if known[place].key == key { return known[place] }
    let types = (0..<count).map { operands[$0].dtype }
    guard let choice = find(key, operation, types) else { return nil }
    known[place] = choice
    return choice
  }

  private static func find(
    _ key: UInt64, _ operation: ElementwiseOperation, _ types: [DType]
  ) -> LoopChoice? {
    guard operation.outputCount == 1, operation !== ElementwiseOperation.power,
      operation.selection != .literalsAnyNumber
    else { return nil }
    // Exponents are looked at.
    if case .negativeExponent = operation.integerEvents { return nil }
    let chosen: Int?
    if operation === ElementwiseOperation.select {
      let type = Promotion.promote(types[1], types[2])
      chosen =
        types[0] == .bool ? operation.loops.firstIndex { $0.inputs[1] == type } : nil
    } else {
      let operands = types.map { Operand.scalar(Scalar(dtype: $0, low: 0)) }
      chosen = try? Elementwise.resolve(operation, operands, dtype: nil, casting: .sameKind)
    }
    guard let loop = chosen else { return nil }
    let own = operation.loops[loop]
    return LoopChoice(
      key: key, loop: loop, result: own.outputs[0],
      isExact: DirectKernels.isExact(operation, own, types, own.outputs)
        && (operation.integerEvents == .none || !own.inputs[0].isInteger))
  }
}
