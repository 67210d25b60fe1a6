import MartletIR

/// Turns a program without a reduction into a kernel and the numbers to launch it with.
///
/// The innermost dimension is the vector loop, the one around it is walked in rows, and one task is
/// a tile of both; more dimensions are decoded from the task's number. Tiles keep transposed
/// operands in cache and are the unit of work for threads.
struct ElementwiseLowering {
  /// How many elements a task has at most, about: 16 thousand doubles are 128 KiB.
  static let tileElements = 16384
  /// How wide a tile is where an operand runs against the grain.
  static let transposedTile = 64

  let program: Program
  let domain: LoopNest
  private(set) var strides: [[Stride]] = []
  private(set) var slots: [Int64] = []
  private(set) var taskCount = 1
  private let rank: Int
  /// Which outputs bypass the caches.
  private var streams: [Bool] = []

  /// Slots 0 ..< rank: sizes; then columns and rows of a tile, then how many tiles across and down.
  private var columnsSlot: Int { rank }
  private var rowsSlot: Int { rank + 1 }
  private var acrossSlot: Int { rank + 2 }
  private var downSlot: Int { rank + 3 }

  init(_ program: Program) {
    self.program = program
    let leading = program.leaves.count
    var domain = LoopNest(
      program.domain, layouts: program.leaves.map(\.layout) + program.outputs.map(\.layout),
      leading: leading, isOrdered: program.isOrdered)
    if domain.dimensions.isEmpty {
      domain.dimensions = [
        .init(
          size: 1, reduced: false,
          strides: Array(repeating: 0, count: program.leaves.count + program.outputs.count))
      ]
      // The only element: any stride will do, and 1 shares the kernel of contiguous arrays.
      for b in domain.dimensions[0].strides.indices { domain.dimensions[0].strides[b] = 1 }
    }
    self.domain = domain
    rank = domain.dimensions.count
    planTiles()
    planStrides()
    planStreams()
  }

  private mutating func planTiles() {
    let dimensions = domain.dimensions
    let inner = dimensions[rank - 1].size
    let rows = rank >= 2 ? dimensions[rank - 2].size : 1
    var columns = min(inner, Self.tileElements)
    if runsAgainstGrain { columns = min(columns, Self.transposedTile) }
    var height = min(rows, max(1, Self.tileElements / max(columns, 1)))
    if runsAgainstGrain { height = min(height, Self.transposedTile) }
    let across = (inner + columns - 1) / columns
    let down = (rows + height - 1) / height
    slots = dimensions.map { Int64($0.size) }
    slots += [Int64(columns), Int64(height), Int64(across), Int64(down)]
    taskCount = across * down
    for d in dimensions.dropLast(2) { taskCount *= d.size }
  }

  /// Whether some buffer is far from contiguous along the rows but dense down the columns.
  private var runsAgainstGrain: Bool {
    guard rank >= 2 else { return false }
    let (row, inner) = (domain.dimensions[rank - 2], domain.dimensions[rank - 1])
    return zip(row.strides, inner.strides).contains { abs($1) > 8 && $0 != 0 && abs($0) < abs($1) }
  }

  private mutating func planStrides() {
    var next = slots.count
    for b in domain.offsets.indices {
      var own: [Stride] = []
      if b < program.leaves.count, program.leaves[b].pointer == nil {
        // A position: all strides and the start come in slots.
        let numbers = domain.dimensions.map { $0.strides[b] } + [domain.offsets[b]]
        strides.append(numbers.indices.map { .slot(next + $0) })
        slots += numbers.map(Int64.init)
        next = slots.count
        continue
      }
      for (i, dimension) in domain.dimensions.enumerated() {
        let stride = LoopNest.stride(
          dimension.strides[b], innermost: i == rank - 1, slots: &next)
        if case .slot = stride { slots.append(Int64(dimension.strides[b])) }
        own.append(stride)
      }
      strides.append(own)
    }
    for scalar in program.scalars { scalar.append(to: &slots) }
  }

  /// A program that touches more than this leaves little of it in the last cache, so outputs need not
  /// go there: that saves reading their memory before it is overwritten.
  private static let cachedBytes = 24 << 20

  private mutating func planStreams() {
    streams = program.outputs.map { _ in false }
    guard program.device.isHost, !program.isOrdered else { return }
    var touched = 0
    for leaf in program.leaves where leaf.pointer != nil && leaf.offset == nil {
      var elements = leaf.dtype.itemSize
      for (size, stride) in zip(leaf.layout.shape, leaf.layout.strides) where stride != 0 {
        elements *= size
      }
      touched += elements
    }
    for output in program.outputs { touched += program.domain.elementCount * output.dtype.itemSize }
    if touched < Self.cachedBytes { return }
    for (i, output) in program.outputs.enumerated() {
      let b = program.leaves.count + i
      let itemSize = output.dtype.itemSize
      let start = output.pointer + domain.offsets[b] * itemSize
      // Every row of every tile begins at a whole line of the cache.
      let steps =
        domain.dimensions.dropLast().map { $0.strides[b] * itemSize }
        + [Int(slots[columnsSlot]) * itemSize, Int(bitPattern: start)]
      let isRead = program.leaves.contains { $0.pointer == output.pointer }
      streams[i] =
        output.offset == nil && !isRead && domain.dimensions[rank - 1].strides[b] == 1
        && steps.allSatisfy { $0 % 64 == 0 }
    }
  }

  var key: KernelKey {
    var key = KernelKey()
    key.append(1)
    key.append(rank << 1 | (program.isOrdered ? 1 : 0))
    for (leaf, stride) in zip(program.leaves, strides) {
      key.append(leaf.dtype, leaf.pointer == nil ? [] : stride)
      key.append((leaf.offset?.word ?? 0x0fff_ffff) << 1 | (leaf.pointer == nil ? 1 : 0))
    }
    key.append(program.outputs.count)
    for (i, (output, stride)) in zip(
      program.outputs, strides.dropFirst(program.leaves.count)
    ).enumerated() {
      key.append(output.dtype, stride)
      key.append(output.operand.word | (streams[i] ? 1 << 31 : 0))
      key.append(output.offset?.word ?? .max)
    }
    key.append(scalarPartOf: program)
    return key
  }

  /// Pointers in the kernel's order: leaves, then outputs.
  var buffers: [UnsafeMutableRawPointer?] {
    var pointers: [UnsafeMutableRawPointer?] = []
    for (leaf, offset) in zip(program.leaves, domain.offsets) {
      if let pointer = leaf.pointer { pointers.append(pointer + offset * leaf.dtype.itemSize) }
    }
    for (output, offset) in zip(program.outputs, domain.offsets.dropFirst(program.leaves.count)) {
      pointers.append(output.pointer + offset * output.dtype.itemSize)
    }
    return pointers
  }

  func kernel() -> Kernel {
    let b = KernelBuilder(name: Self.name(program))
    let leaves = zip(program.leaves, strides).map { leaf, strides -> Int? in
      if leaf.pointer == nil { return nil }
      return b.buffer(leaf.dtype, strides: (leaf.offset == nil ? [] : [.unit]) + strides)
    }
    let outputs = program.outputs.enumerated().map { i, output in
      b.buffer(
        output.dtype,
        strides: (output.offset == nil ? [] : [.unit]) + strides[program.leaves.count + i],
        access: .write, isStreamed: streams[i])
    }
    for _ in 0..<(slots.count - program.scalars.reduce(0) { $0 + ($1.dtype.isComplex ? 2 : 1) }) {
      _ = b.slot()
    }
    let scalars = program.scalars.map { b.slotValue(b.slot(for: $0.dtype), $0.dtype) }
    let sizes = (0..<rank).map { b.slotValue($0) }

    b.tasks { task in
      let (outer, rowRange, columnRange) = tile(b, task, sizes)
      func body(_ index: [Expression]) {
        var scope = Program.Scope(program, builder: b, scalars: scalars) { scope, i in
          guard let buffer = leaves[i] else { return position(b, strides[i], index) }
          let offset = program.leaves[i].offset.map { [scope.expression($0)] } ?? []
          return b.load(buffer, offset + index)
        }
        let values = program.outputs.map { output in
          (
            (output.offset.map { [scope.expression($0)] } ?? []) + index,
            scope.expression(output.operand).cast(to: output.dtype)
          )
        }
        for (buffer, (place, value)) in zip(outputs, values) { b.store(buffer, place, value) }
      }
      let kind: Loop.Kind = program.isOrdered ? .serial : .vector
      if let (low, high) = rowRange {
        b.loop(.serial, from: low, to: high) { row in
          b.loop(kind, from: columnRange.0, to: columnRange.1) { body(outer + [row, $0]) }
        }
      } else {
        b.loop(kind, from: columnRange.0, to: columnRange.1) { body([$0]) }
      }
    }
    return b.finish()
  }

  /// What the task's number means: the outer indices, the rows (none in one dimension) and columns.
  private func tile(_ b: KernelBuilder, _ task: Expression, _ sizes: [Expression]) -> (
    outer: [Expression], rows: (Expression, Expression)?, columns: (Expression, Expression)
  ) {
    func range(_ number: Expression, _ slot: Int, _ size: Expression) -> (Expression, Expression) {
      let step = b.slotValue(slot)
      let low = number * step
      let high = low + step
      return (low, (high < size).select(high, size))
    }
    guard rank >= 2 else { return ([], nil, range(task, columnsSlot, sizes[0])) }
    let across = b.slotValue(acrossSlot)
    let down = b.slotValue(downSlot)
    let columns = range(task.remainder(across), columnsSlot, sizes[rank - 1])
    var rest = task / across
    let rows = range(rank == 2 ? rest : rest.remainder(down), rowsSlot, sizes[rank - 2])
    guard rank > 2 else { return ([], rows, columns) }
    rest = rest / down
    let outer = decode(rest, Array(sizes.dropLast(2)))
    return (outer, rows, columns)
  }

  /// The value of a position leaf: the last of its slots is where it starts.
  private func position(
    _ b: KernelBuilder, _ slots: [Stride], _ index: [Expression]
  ) -> Expression {
    var value: Expression?
    for (i, stride) in slots.enumerated() {
      guard case .slot(let slot) = stride else { continue }
      let term = i < index.count ? index[i] * b.slotValue(slot) : b.slotValue(slot)
      value = value.map { $0 + term } ?? term
    }
    return value!
  }

  /// A readable name, for debugging and the compiler.
  static func name(_ program: Program) -> String {
    let steps = program.steps.prefix(4).map {
      $0.operation.name.filter { $0.isLetter || $0.isNumber }
    }
    return "martlet_" + (steps.isEmpty ? "copy" : steps.joined(separator: "_"))
  }
}

/// The indices that a number stands for, in row-major order of `sizes`.
func decode(_ number: Expression, _ sizes: [Expression]) -> [Expression] {
  var rest = number
  var indices: [Expression] = []
  for (i, size) in sizes.enumerated().reversed() {
    if i == 0 {
      indices.append(rest)
    } else {
      indices.append(rest.remainder(size))
      rest = rest / size
    }
  }
  return indices.reversed()
}

extension Scalar {
  /// As the launch table holds it.
  func append(to slots: inout [Int64]) {
    slots.append(Int64(bitPattern: low))
    if dtype.isComplex { slots.append(Int64(bitPattern: high)) }
  }
}
