import MartletIR

// `ufunc.at` of any row, on arrays that are on a tape: all chosen elements take their first value at
// once, then those that are chosen again their second, and so on. Each turn is elementwise work that
// has a derivative, and an element meets its values in the order of the positions, as it does where
// nothing is differentiated.

extension NDArray {
  mutating func updateInTurns(
    _ selection: Selection, by operation: ElementwiseOperation, _ value: NDArray?, shape: Shape
  ) throws(MartletError) {
    // What is pending has no memory yet, which says how many elements there are.
    _ = try untraced.storage.evaluatedHere()
    let count = storage.byteCount / dtype.itemSize
    // Which of the storage's elements are chosen; positions out of bounds are errors here.
    let places = try NDArray.arange(count).to(device).gathered(selection.settled()).raveled()
    if let value, value.layout.broadcast(to: shape) == nil {
      throw .invalidArgument(
        operation: operation.name, detail: "array is not broadcastable to correct shape")
    }
    let values = try value?.broadcast(to: shape).raveled()
    if places.count == 0 { return }

    let turns = Turns(
      places: try places.elements(as: Int.self), order: try places.argSort().elements(as: Int.self))
    let whole = view(Layout(contiguous: [count]))
    let chosen = try NDArray(positions: turns.places).to(device)
    let dealt = try values?.taking(NDArray(positions: turns.values).to(device), axis: 0)
    var state = try whole.taking(chosen, axis: 0)
    var done: [NDArray] = []
    var first = 0
    for size in turns.sizes {
      if size < state.count {
        done.append(state.part(axis: 0, from: size, count: state.count - size))
        state = state.part(axis: 0, from: 0, count: size)
      }
      var operands = [Operand.array(state)]
      if let dealt { operands.append(.array(dealt.part(axis: 0, from: first, count: size))) }
      state = try Elementwise.apply(operation, operands)[0].lazilyConverted(to: dtype)
      first += size
    }
    let updated = try NDArray.concatenate([state] + done.reversed(), axis: 0)
    var target = Selection(layout: whole.layout)
    target.arrays = [(axis: 0, index: chosen)]
    try scatter(target, .array(updated))
  }
}

/// Who is updated when, where elements are chosen more than once.
private struct Turns {
  /// Each element that is chosen, once: those that are chosen most often first.
  private(set) var places: [Int] = []
  /// How many of these have a first, a second … turn: never more than the turn before.
  private(set) var sizes: [Int] = []
  /// Which value each takes, turn by turn.
  private(set) var values: [Int] = []

  /// - Parameter order: The positions of `places` by which these ascend, equal ones in order.
  init(places chosen: [Int], order: [Int]) {
    // Where the values of each element begin among the ordered ones.
    var groups: [(start: Int, count: Int)] = []
    for i in order.indices {
      if i > 0, chosen[order[i]] == chosen[order[i - 1]] {
        groups[groups.count - 1].count += 1
      } else {
        groups.append((i, 1))
      }
    }
    groups.sort { ($1.count, $0.start) < ($0.count, $1.start) }
    places = groups.map { chosen[order[$0.start]] }
    values.reserveCapacity(order.count)
    var size = groups.count
    for turn in 0..<(groups.first?.count ?? 0) {
      while groups[size - 1].count <= turn { size -= 1 }
      sizes.append(size)
      for group in groups.prefix(size) { values.append(order[group.start + turn]) }
    }
  }
}
