import MartletIR

/// Writes the kernel of a program without a reduction, for the loops that its outline has.
struct ElementwiseLowering {
  let program: Program
  private let outline: UnsafeMutablePointer<Outline>
  private let strides: [[Stride]]
  private let rank: Int
  private let slotCount: Int

  /// - Parameter outline: the program's, settled.
  init(_ program: Program, _ outline: UnsafeMutablePointer<Outline>) {
    self.program = program
    self.outline = outline
    rank = outline.pointee.loopCount
    var next = rank + 4
    var strides: [[Stride]] = []
    for b in 0..<outline.pointee.placeCount {
      strides.append(outline.pointee.kernelStrides(b, next: &next))
    }
    self.strides = strides
    slotCount = next
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
        access: .write, isStreamed: outline.pointee.streams(i))
    }
    for _ in 0..<slotCount { _ = b.slot() }
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
    guard rank >= 2 else { return ([], nil, range(task, outline.pointee.columnsSlot, sizes[0])) }
    let across = b.slotValue(outline.pointee.acrossSlot)
    let down = b.slotValue(outline.pointee.downSlot)
    let columns = range(task.remainder(across), outline.pointee.columnsSlot, sizes[rank - 1])
    var rest = task / across
    let rows = range(
      rank == 2 ? rest : rest.remainder(down), outline.pointee.rowsSlot, sizes[rank - 2])
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
