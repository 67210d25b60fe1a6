import MartletIR

/// The kernel of one level of a reduction.
struct ReductionKernel {
  typealias Buffer = (dtype: DType, strides: [Stride])
  /// The state of one element, or of one block of the level before, and whether it counts.
  typealias Loaded = (state: [Expression], counts: Expression?)

  let level: ReductionLevel
  let reduction: ReductionOperation
  let compute: DType
  let result: DType
  let inputs: [Buffer]
  let outputs: [Buffer]
  let slotCount: Int
  var scalars: [DType] = []
  /// Whether full blocks of rows are written out row by row.
  let unrolls: Bool
  /// The element that a first level combines, from what `load` gives of each input.
  let element:
    (
      _ b: KernelBuilder, _ scalars: [Expression], _ load: @escaping (Int) -> Expression
    ) -> (value: Expression, counts: Expression?)

  func build() -> Kernel {
    let b = KernelBuilder(
      name: "martlet_\(reduction.name)_\(level.form)" + (level.isFirst ? "" : "_join"))
    let ins = inputs.map { b.buffer($0.dtype, strides: $0.strides) }
    let outs = outputs.map { b.buffer($0.dtype, strides: $0.strides, access: .write) }
    for _ in 0..<slotCount { _ = b.slot() }
    let scalarValues = scalars.map { b.slotValue(b.slot(for: $0), $0) }
    let dimension = level.dimension
    let dimensions = Array(0..<level.rank)
    let kept = dimensions.filter { level.keeps($0) }
    let vectorDimension = level.vectorDimension
    let size = dimensions.map { b.slotValue($0) }
    let blockCount = b.slotValue(level.rank)
    let columns = b.slotValue(level.rank + 1)
    let across = b.slotValue(level.rank + 2)
    let one = b.integer(1)

    b.tasks { task in
      var rest = task
      var columnRange: (Expression, Expression)?
      if let v = vectorDimension {
        let low = rest.remainder(across) * columns
        let high = low + columns
        columnRange = (low, (high < size[v]).select(high, size[v]))
        rest = rest / across
      }
      var block = b.integer(0)
      var low = b.integer(0)
      var high = size[dimension]
      if level.blocks > 1 {
        block = rest.remainder(blockCount)
        rest = rest / blockCount
        low = block * b.integer(level.blockSize)
        let end = low + b.integer(level.blockSize)
        high = (end < high).select(end, high)
      }
      let others = dimensions.filter { $0 != dimension && $0 != vectorDimension }
      let outer = decode(rest, others.map { size[$0] })
      var index: [Expression] = Array(repeating: one, count: level.rank)
      for (i, value) in zip(others, outer) { index[i] = value }

      func load(_ position: Expression, _ column: Expression?) -> Loaded {
        var at = index
        at[dimension] = position
        if let column { at[vectorDimension!] = column }
        guard level.isFirst else { return (ins.map { b.load($0, at) }, nil) }
        let (value, counts) = element(b, scalarValues) { b.load(ins[$0], at) }
        return ([value], counts)
      }
      func store(_ state: [Expression], _ column: Expression?) {
        var at = index
        at[dimension] = block
        if let column { at[vectorDimension!] = column }
        let place = kept.map { at[$0] }
        if level.isLast {
          let count = b.slotValue(level.rank + 3)
          let parameter = b.slotValue(level.rank + 4)
          let value = reduction.finish(state, count, parameter)
          b.store(outs[0], place, value.cast(to: result))
        } else {
          for (buffer, value) in zip(outs, state) { b.store(buffer, place, value) }
        }
      }

      if let (first, last) = columnRange {
        func rowByRow() {
          b.loop(.vector, from: first, to: last) { column in
            store(self.block(b, low, high, lanes: 1, kind: .serial, { load($0, column) }), column)
          }
        }
        if level.form == .outer && unrolls {
          // A full block: each row is a stream of its own for the prefetcher, and stays in
          // registers for a second pass.
          b.branch((high - low) == b.integer(level.blockSize)) {
            b.loop(.vector, from: first, to: last) { column in
              store(unrolled(b, low, { load($0, column) }), column)
            }
          } else: {
            rowByRow()
          }
        } else {
          rowByRow()
        }
      } else {
        let lanes =
          level.isSerial
          ? 1 : level.isNarrow ? ReductionLevel.narrowLanes : ReductionLevel.lanes
        store(
          self.block(
            b, low, high, lanes: lanes, kind: level.isSerial ? .serial : .vector, { load($0, nil) }
          ), nil)
      }
    }
    return b.finish()
  }

  private var passes: [ReductionOperation.Pass] {
    if level.isFirst { return reduction.passes }
    return [
      .init(
        identity: reduction.blockIdentity, accumulate: { state, _, _, _ in state },
        combine: reduction.combineBlocks, result: { state, _, _ in state })
    ]
  }

  /// A state after one more element, or one more block.
  private func step(
    _ pass: ReductionOperation.Pass, _ state: [Expression], _ loaded: Loaded,
    _ position: Expression, _ earlier: [Expression]
  ) -> [Expression] {
    let next =
      level.isFirst
      ? pass.accumulate(state, loaded.state[0], position, earlier)
      : pass.combine(state, loaded.state)
    guard let counts = loaded.counts else { return next }
    return zip(next, state).map { counts.select($0, $1) }
  }

  /// The state of a full block, without a loop: all its elements are loaded first.
  private func unrolled(
    _ b: KernelBuilder, _ low: Expression, _ load: (Expression) -> Loaded
  ) -> [Expression] {
    let positions = (0..<level.blockSize).map { low + b.integer($0) }
    let elements = positions.map(load)
    var earlier: [Expression] = []
    for pass in passes {
      var state = pass.identity(compute).map { b.constant($0) }
      for (position, loaded) in zip(positions, elements) {
        state = step(pass, state, loaded, position, earlier)
      }
      earlier = pass.result(state, b.integer(level.blockSize), earlier)
    }
    return earlier
  }

  /// The state of one block: all passes over it.
  private func block(
    _ b: KernelBuilder, _ low: Expression, _ high: Expression, lanes: Int, kind: Loop.Kind,
    _ load: @escaping (Expression) -> Loaded
  ) -> [Expression] {
    var earlier: [Expression] = []
    for pass in passes {
      let variables = pass.identity(compute).map {
        b.declare(lanes: lanes, initial: b.constant($0))
      }
      b.loop(kind, from: low, to: high) { position in
        let loaded = load(position)
        let next = step(pass, variables.map(b.read), loaded, position, earlier)
        for (variable, new) in zip(variables, next) { b.assign(variable, new) }
      }
      let state =
        lanes > 1
        ? b.fold(variables, lanes: lanes, pass.combine) : variables.map(b.read)
      earlier = pass.result(state, high - low, earlier)
    }
    return earlier
  }
}
