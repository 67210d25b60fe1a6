import MartletIR

/// The kernels of cumulative operations.
struct CumulativeKernel {
  let plan: CumulativePlan
  let operation: ElementwiseOperation
  let loop: Int
  let sourceType: DType
  /// Of the array and of the result.
  let strides: [[Stride]]
  let slotCount: Int

  private var type: DType { operation.loops[loop].outputs[0] }
  private func combine(_ a: Expression, _ b: Expression) -> Expression { operation([a, b])[0] }

  // MARK: - By columns

  /// Slots: sizes, columns of a task, tasks across.
  func columns() -> Kernel {
    let vector = plan.innermost
    let axis = plan.axis
    let b = KernelBuilder(name: "martlet_\(operation.name)_accumulate_columns")
    let source = b.buffer(sourceType, strides: strides[0])
    let target = b.buffer(type, strides: strides[1], access: .readWrite)
    for _ in 0..<slotCount { _ = b.slot() }
    let sizes = (0..<plan.rank).map { b.slotValue($0) }
    let (width, across) = (b.slotValue(plan.rank), b.slotValue(plan.rank + 1))
    let (zero, one) = (b.integer(0), b.integer(1))
    b.tasks { task in
      let low = task.remainder(across) * width
      let end = low + width
      let high = (end < sizes[vector]).select(end, sizes[vector])
      var index = place(b, task / across, except: [axis, vector], sizes)
      func row(_ position: Expression, _ body: @escaping ([Expression]) -> Void) {
        index[axis] = position
        b.loop(.vector, from: low, to: high) { column in
          index[vector] = column
          body(index)
        }
      }
      row(zero) { at in b.store(target, at, b.load(source, at).cast(to: type)) }
      b.loop(.serial, from: one, to: sizes[axis]) { position in
        let before = position - one
        row(position) { at in
          var previous = at
          previous[axis] = before
          let value = b.load(source, at).cast(to: type)
          b.store(target, at, combine(b.load(target, previous), value))
        }
      }
    }
    return b.finish()
  }

  /// The indices of all dimensions but some, from a number that counts them in C order.
  private func place(
    _ b: KernelBuilder, _ number: Expression, except: [Int], _ sizes: [Expression]
  ) -> [Expression] {
    let others = sizes.indices.filter { !except.contains($0) }
    var index = Array(repeating: b.integer(0), count: sizes.count)
    for (i, value) in zip(others, decode(number, others.map { sizes[$0] })) { index[i] = value }
    return index
  }

  // MARK: - By chains

  /// One chain's part of the axis.
  private struct Chain {
    var index: [Expression]
    var number: Expression
    var block: Expression
    var low: Expression
    var high: Expression
  }

  /// Chain number `number`: a block of a row.
  private func chain(_ b: KernelBuilder, _ number: Expression, _ sizes: [Expression]) -> Chain {
    let count = b.slotValue(plan.rank)
    let isCut = plan.blocks > 1
    let block = isCut ? number.remainder(count) : b.integer(0)
    let length = b.integer(CumulativePlan.blockLength)
    let low = block * length
    let end = low + length
    let size = sizes[plan.axis]
    return Chain(
      index: place(b, isCut ? number / count : number, except: [plan.axis], sizes), number: number,
      block: block, low: low, high: isCut ? (end < size).select(end, size) : size)
  }

  /// The totals of all blocks. Slots: sizes, blocks, chains.
  func totals() -> Kernel {
    let b = KernelBuilder(name: "martlet_\(operation.name)_accumulate_totals")
    let source = b.buffer(sourceType, strides: strides[0])
    let totals = b.buffer(type, strides: [.unit], access: .write)
    for _ in 0..<slotCount { _ = b.slot() }
    let sizes = (0..<plan.rank).map { b.slotValue($0) }
    b.tasks { task in
      var chain = chain(b, task, sizes)
      func load(_ position: Expression) -> Expression {
        chain.index[plan.axis] = position
        return b.load(source, chain.index).cast(to: type)
      }
      let state = b.declare(
        lanes: CumulativePlan.lanes, initial: identity.map(b.constant) ?? load(chain.low))
      b.loop(.vector, from: chain.low, to: chain.high) { position in
        b.assign(state, combine(b.read(state), load(position)))
      }
      let total = b.fold([state], lanes: CumulativePlan.lanes) { [combine($0[0], $1[0])] }[0]
      b.store(totals, [task], total)
    }
    return b.finish()
  }

  /// What changes no element; nil where an element may count several times instead.
  private var identity: Scalar? {
    switch operation.identity {
    // Negative zero leaves negative zero as it is; positive zero would not.
    case .number(0) where type.isInexact: Scalar(real: -0.0, imaginary: -0.0, type)
    case .number(let n): Scalar(Int64(n), type)
    case .negativeInfinity: Scalar(-.infinity, type)
    case .reorderable, .none: nil
    }
  }

  /// Walks the chains. Slots as for totals; with `hasStarts` a third buffer has the cumulative totals
  /// of each row's blocks.
  func chains(hasStarts: Bool) -> Kernel {
    let side = plan.side
    let b = KernelBuilder(name: "martlet_\(operation.name)_accumulate")
    let source = b.buffer(sourceType, strides: strides[0])
    let target = b.buffer(type, strides: strides[1], access: .write)
    let starts = hasStarts ? b.buffer(type, strides: [.unit]) : nil
    for _ in 0..<slotCount { _ = b.slot() }
    let sizes = (0..<plan.rank).map { b.slotValue($0) }
    let last = b.slotValue(plan.rank + 1) - b.integer(1)
    let one = b.integer(1)

    /// Loads, combines with the state, stores.
    func step(_ chain: Chain, _ offset: Expression, _ state: Variable) {
      var at = chain.index
      at[plan.axis] = chain.low + offset
      let value = combine(b.read(state), b.load(source, at).cast(to: type))
      b.store(target, at, value)
      b.assign(state, value)
    }

    b.tasks { task in
      // Behind the last chain, a task walks that one again: it writes the same.
      let walks = (0..<side).map { i in
        let number = task * b.integer(side) + b.integer(i)
        return chain(b, (number < last).select(number, last), sizes)
      }
      let states = walks.map { chain in
        var at = chain.index
        at[plan.axis] = chain.low
        var first = b.load(source, at).cast(to: type)
        if let starts {
          let isFirst = chain.block == chain.block.literal(0)
          let before = b.load(starts, [isFirst.select(chain.number, chain.number - one)])
          first = isFirst.select(first, combine(before, first))
        }
        b.store(target, at, first)
        return b.declare(initial: first)
      }
      let lengths = walks.map { $0.high - $0.low }
      let shortest = lengths.dropFirst().reduce(lengths[0]) { ($1 < $0).select($1, $0) }
      b.loop(.serial, from: one, to: shortest) { offset in
        for (chain, state) in zip(walks, states) { step(chain, offset, state) }
      }
      if hasStarts, side > 1 {
        for (i, chain) in walks.enumerated() {
          b.loop(.serial, from: shortest, to: lengths[i]) { step(chain, $0, states[i]) }
        }
      }
    }
    return b.finish()
  }
}
