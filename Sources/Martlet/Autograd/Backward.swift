import MartletIR
import MartletRuntime

/// Plays a tape back: from cotangents of results to those of inputs.
///
/// Values are visited from the last to the first, each once, without recursion. The cotangent of a
/// storage's value is one flat array, of which only the parts that were read are touched.
package struct Backward {
  /// What has been found for a value so far: all elements of its storage in C order, in any shape,
  /// which may be a view.
  private var cotangents: [ObjectIdentifier: NDArray] = [:]
  /// The values that have a cotangent and are not yet visited, the last one first.
  private var waiting = Heap()
  private let trace: Trace

  package init(_ trace: Trace) { self.trace = trace }

  /// Adds a cotangent of a result, in its shape. Results that do not depend on the trace's inputs are
  /// constants.
  package mutating func seed(_ result: NDArray, _ cotangent: NDArray) throws(MartletError) {
    guard let node = result.storage.tapeNode, node.belongs(to: trace) else { return }
    try add(cotangent, to: .init(node, result.layout, result.dtype))
  }

  /// Goes back to the inputs.
  package mutating func run() throws(MartletError) {
    // What the rules compute raises nothing that a user's program raised.
    try GlobalState.quietly { () throws(MartletError) in
      while let node = waiting.pop() {
        if case .input(let owner) = node.kind, owner === trace { continue }
        guard let cotangent = cotangents.removeValue(forKey: ObjectIdentifier(node)) else {
          continue
        }
        try visit(node, cotangent)
      }
    }
  }

  /// What was found for an input seen through a layout; zeros where nothing depends on it.
  package func cotangent(
    of input: Storage, _ layout: Layout, _ dtype: DType
  ) throws(MartletError) -> NDArray {
    guard let node = input.tapeNode, let found = cotangents[ObjectIdentifier(node)] else {
      return try NDArray.zeros(layout.shape, dtype)
    }
    if layout == Layout(contiguous: layout.shape), found.count == layout.count {
      return try found.shaped(layout.shape).contiguous()
    }
    return try found.flat().view(layout).copy()
  }

  // MARK: One value

  private mutating func visit(
    _ node: TapeNode, _ cotangent: consuming NDArray
  ) throws(MartletError) {
    switch node.kind {
    case .input:
      // Of an inner differentiation: the same value in this one.
      if let source = node.sources.first { try add(cotangent, to: source) }
    case .operation(let pullback):
      let parts = try Placement.on(cotangent.device) { () throws(MartletError) in
        try pullback(node, try Self.seen(cotangent, as: node), node.kept)
      }
      try pass(parts, to: node)
    case .elementwise(let rule):
      try pass(try rule.pull(node, try Self.seen(cotangent, as: node)), to: node)
    case .write(let place, let dtype, let keepsRest):
      cotangent = try cotangent.flat()
      var g = NDArray(
        storage: cotangent.storage,
        layout: Layout(contiguous: [node.count * node.dtype.itemSize / dtype.itemSize]),
        dtype: dtype)
      _ = consume cotangent
      let hasValue = node.sources.count > (keepsRest ? 1 : 0)
      if hasValue, let source = node.sources.last, source.node.belongs(to: trace) {
        let part = try Placement.on(g.device) { () throws(MartletError) in
          try g.lastWritten(at: place)
        }
        try add(part, to: source)
      }
      if keepsRest {
        try g.clear(place)
        try add(
          NDArray(
            storage: g.storage, layout: Layout(contiguous: [node.count]), dtype: node.dtype),
          to: node.sources[0])
      }
    }
  }

  /// The cotangent of an operation's result in its shape.
  private static func seen(
    _ cotangent: NDArray, as node: TapeNode
  ) throws(MartletError) -> NDArray {
    let layout = node.layout
    if layout.count == node.count, layout.offset == 0, layout.isContiguous {
      return try cotangent.shaped(layout.shape)
    }
    return try cotangent.flat().view(layout)
  }

  private mutating func pass(_ parts: [NDArray?], to node: TapeNode) throws(MartletError) {
    for (part, source) in zip(parts, node.sources) {
      if let part { try add(part, to: source) }
    }
  }

  // MARK: Adding up

  private mutating func add(
    _ part: consuming NDArray, to source: TapeNode.Source
  ) throws(MartletError) {
    let node = source.node
    guard node.belongs(to: trace) else { return }
    let key = ObjectIdentifier(node)
    if part.dtype != source.dtype { part = try part.asType(source.dtype) }
    switch source.place {
    case .whole:
      if node.count == 0 { return }
      if let before = cotangents[key] {
        let same = try part.shaped(before.shape)
        cotangents[key] = try Elementwise.apply(.add, [.array(before), .array(same)])[0]
      } else {
        cotangents[key] = part
        waiting.push(node)
      }
      return
    case .layout(let layout):
      if layout.count == 0 { return }
      part = try part.summed(over: layout)
    case .selection, .mask: break
    }
    if cotangents[key] == nil { waiting.push(node) }
    var total: NDArray
    if let before = cotangents.removeValue(forKey: key) {
      total = before
    } else {
      total = try NDArray.full([node.count], Scalar(Int64(0), node.dtype), on: part.device)
    }
    total = try total.flat()
    // Through a layout of another type the storage is seen as that type's elements.
    var seen = NDArray(
      storage: total.storage,
      layout: Layout(contiguous: [node.count * node.dtype.itemSize / source.dtype.itemSize]),
      dtype: source.dtype)
    _ = consume total
    try seen.add(part, at: source.place)
    cotangents[key] = NDArray(
      storage: seen.storage, layout: Layout(contiguous: [node.count]), dtype: node.dtype)
  }
}

extension NDArray {
  /// Whether the elements begin where the storage does, side by side, so that layouts over the
  /// storage hold.
  var isFlat: Bool { layout.offset == 0 && layout.isContiguous }

  /// The elements in C order along one axis.
  consuming func flat() throws(MartletError) -> NDArray {
    if !isFlat { self = try copy() }
    return rank == 1
      ? self : NDArray(storage: storage, layout: Layout(contiguous: [count]), dtype: dtype)
  }

  /// The elements in C order in another shape of as many.
  fileprivate func shaped(_ shape: Shape) throws(MartletError) -> NDArray {
    self.shape == shape ? self : try reshaped(Array(shape))
  }

  /// The sum along axes that a layout repeats: what is seen many times gets the sum of its parts.
  fileprivate func summed(over layout: Layout) throws(MartletError) -> NDArray {
    var axes: [Int] = []
    for axis in 0..<layout.rank where layout.strides[axis] == 0 && layout.shape[axis] > 1 {
      axes.append(axis)
    }
    if axes.isEmpty { return self }
    return try reduced(.sum, axes: axes, keepDimensions: true, dtype: dtype)
  }

  /// Adds to the elements at a place of this flat array.
  fileprivate mutating func add(
    _ part: NDArray, at place: TapeNode.Place
  ) throws(MartletError) {
    switch place {
    case .whole: try add(part.shaped(shape), at: .layout(layout))
    case .layout(var layout):
      for axis in 0..<layout.rank where layout.strides[axis] == 0 { layout.shape[axis] = 1 }
      if layout.count == 0 { return }
      if !layout.isInjective {
        // Windows that overlap: one place after the other.
        let positions = try NDArray.arange(
          start: Scalar(Int64(0), .int64), next: Scalar(Int64(1), .int64), count: count
        ).view(layout).copy()
        try update(
          Selection(layout: self.layout, arrays: [(0, positions)]), by: .add, part)
        return
      }
      if isTraced || part.isTraced || storage.tapeNode != nil || part.storage.tapeNode != nil {
        let sum = try Elementwise.apply(.add, [.array(view(layout)), .array(part)])[0]
        try assign(layout, .array(sum))
        return
      }
      let whole = self.layout
      self.layout = layout
      defer { self.layout = whole }
      if updateDirectly(.add, part) { return }
      let sum = try Elementwise.apply(.add, [.array(self), .array(part)])[0]
      try assign(layout, .array(sum))
    case .selection(let selection):
      try update(selection, by: .add, part)
    case .mask(let mask, let region):
      let old = try view(region).compressed(mask)
      let sum = try Elementwise.apply(.add, [.array(old), .array(part)])[0]
      try assign(mask: mask, within: region, .array(sum))
    }
  }

  /// The elements of this flat array at a place, 0 for those that were written over within the same
  /// assignment.
  fileprivate func lastWritten(at place: TapeNode.Place) throws(MartletError) -> NDArray {
    switch place {
    case .whole: return try copy()
    case .layout(let layout):
      if layout.isInjective { return try view(layout).copy() }
      return try lastOnly(try view(layout).copy()) { (array, order) throws(MartletError) in
        try array.assign(layout, .array(order))
        return array.view(layout)
      }
    case .selection(let selection):
      return try lastOnly(try gathered(selection)) { (array, order) throws(MartletError) in
        try array.scatter(selection, .array(order))
        return try array.gathered(selection)
      }
    case .mask(let mask, let region):
      return try view(region).compressed(mask)
    }
  }

  /// Of elements at places that were written one after another those that are still there: numbers
  /// are written the same way, and read again.
  private func lastOnly(
    _ elements: NDArray,
    _ written: (inout NDArray, NDArray) throws(MartletError) -> NDArray
  ) throws(MartletError) -> NDArray {
    let order = try NDArray.arange(
      start: Scalar(Int64(1), .int64), next: Scalar(Int64(2), .int64), count: elements.count
    ).reshaped(Array(elements.shape))
    var numbers = try NDArray.zeros([count], .int64)
    let found = try written(&numbers, order)
    let isLast = try Elementwise.apply(.equal, [.array(found), .array(order)])[0]
    return try Elementwise.apply(
      .select, [.array(isLast), .array(elements), .scalar(Scalar(Int64(0), dtype))])[0]
  }

  /// Zeros at a place: what was written there does not depend on what was there before.
  fileprivate mutating func clear(_ place: TapeNode.Place) throws(MartletError) {
    let zero = Operand.scalar(Scalar(Int64(0), dtype))
    switch place {
    case .whole: try assign(layout, zero)
    case .layout(let layout): try assign(layout, zero)
    case .selection(let selection): try scatter(selection, zero)
    case .mask(let mask, let region): try assign(mask: mask, within: region, zero)
    }
  }
}

/// Nodes by their serial numbers, the last one on top.
private struct Heap {
  private var nodes: [TapeNode] = []

  mutating func push(_ node: TapeNode) {
    nodes.append(node)
    var child = nodes.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if nodes[parent].serial >= nodes[child].serial { break }
      nodes.swapAt(parent, child)
      child = parent
    }
  }

  mutating func pop() -> TapeNode? {
    guard let top = nodes.first else { return nil }
    let last = nodes.removeLast()
    if nodes.isEmpty { return top }
    nodes[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= nodes.count { break }
      if child + 1 < nodes.count, nodes[child + 1].serial > nodes[child].serial { child += 1 }
      if nodes[parent].serial >= nodes[child].serial { break }
      nodes.swapAt(parent, child)
      parent = child
    }
    return top
  }
}
