import MartletIR

// The views that both doors make, with the checks and words of NumPy's functions. Memory is not
// touched: a view is another layout of it.

extension Layout {
  /// An axis counted from the start.
  func normalised(_ axis: Int, _ operation: String) throws(MartletError) -> Int {
    guard axis >= -rank, axis < rank else {
      throw .axisOutOfRange(operation: operation, axis: axis, rank: rank)
    }
    return axis < 0 ? axis + rank : axis
  }

  /// Axes counted from the start, none twice.
  private func normalised(
    _ axes: [Int], _ operation: String, repeated detail: String
  ) throws(MartletError) -> [Int] {
    var places: [Int] = []
    for axis in axes {
      let place = try normalised(axis, operation)
      if places.contains(place) { throw .invalidArgument(operation: operation, detail: detail) }
      places.append(place)
    }
    return places
  }

  /// `transpose`: the axes in this order.
  package func transposing(_ axes: [Int]) throws(MartletError) -> Layout {
    guard axes.count == rank else {
      throw .invalidArgument(operation: "transpose", detail: "axes don't match array")
    }
    return transposed(
      try normalised(axes, "transpose", repeated: "repeated axis in transpose"))
  }

  /// `swapaxes`.
  package func swapping(_ first: Int, _ second: Int) throws(MartletError) -> Layout {
    var result = self
    try result.swap(first, second)
    return result
  }

  mutating func swap(_ first: Int, _ second: Int) throws(MartletError) {
    let (first, second) = (
      try normalised(first, "swapaxes"), try normalised(second, "swapaxes")
    )
    shape.swapAt(first, second)
    strides.swapAt(first, second)
  }

  /// `moveaxis`: axes at other places, the rest in order.
  package func moving(_ source: [Int], to destination: [Int]) throws(MartletError) -> Layout {
    guard source.count == destination.count else {
      throw .invalidArgument(
        operation: "moveaxis",
        detail: "`source` and `destination` arguments must have the same number of elements")
    }
    let from = try normalised(
      source, "moveaxis", repeated: "repeated axis in `source` argument")
    let to = try normalised(
      destination, "moveaxis", repeated: "repeated axis in `destination` argument")
    var order = (0..<rank).filter { !from.contains($0) }
    for (target, axis) in zip(to, from).sorted(by: { $0.0 < $1.0 }) {
      order.insert(axis, at: target)
    }
    return transposed(order)
  }

  /// `expand_dims`: new axes of length 1, at places in the result.
  package func expanding(at axes: [Int]) throws(MartletError) -> Layout {
    let target = rank + axes.count
    guard target <= Shape.maximumRank else {
      throw .rankLimit(operation: "expand_dims", rank: target)
    }
    var places: [Int] = []
    for axis in axes {
      guard axis >= -target, axis < target else {
        throw .axisOutOfRange(operation: "expand_dims", axis: axis, rank: target)
      }
      let place = axis < 0 ? axis + target : axis
      if places.contains(place) {
        throw .invalidArgument(operation: "expand_dims", detail: "repeated axis")
      }
      places.append(place)
    }
    var result = self
    for place in places.sorted() { result = result.expanded(at: place) }
    return result
  }

  /// `squeeze`: without the axes of length 1, or without the given ones, which must have it. An array
  /// without axes has a first and a last one all the same, as in NumPy.
  package func squeezing(_ axes: [Int]?) throws(MartletError) -> Layout {
    guard let axes else {
      var result = self
      for axis in (0..<rank).reversed() where shape[axis] == 1 {
        result.shape.remove(at: axis)
        result.strides.remove(at: axis)
      }
      return result
    }
    if rank == 0, axes == [0] || axes == [-1] { return self }
    let dropped = try normalised(axes, "squeeze", repeated: "duplicate value in 'axis'")
    var result = self
    for axis in dropped.sorted(by: >) {
      guard shape[axis] == 1 else {
        throw .invalidArgument(
          operation: "squeeze",
          detail: "cannot select an axis to squeeze out which has size not equal to one")
      }
      result = result.indexed(axis: axis, at: 0)
    }
    return result
  }

  /// `flip`: the elements in reverse order along axes, all for nil.
  package func flipping(_ axes: [Int]?) throws(MartletError) -> Layout {
    let chosen =
      try axes.map { (axes) throws(MartletError) in
        try normalised(axes, "flip", repeated: "repeated axis")
      } ?? Array(0..<rank)
    var result = self
    for axis in chosen where shape[axis] > 0 {
      result = result.sliced(axis: axis, start: shape[axis] - 1, count: shape[axis], step: -1)
    }
    return result
  }

  /// `broadcast_to`: stretched to a shape.
  package func broadcasting(to target: Shape) throws(MartletError) -> Layout {
    try target.checkedCount()
    guard let stretched = broadcast(to: target) else {
      throw .broadcast(operation: "broadcast_to", shapes: [shape, target])
    }
    return stretched
  }

  /// `diagonal`: that of two axes as the last axis, `offset` places to the right of the first element
  /// or below it.
  package func diagonal(
    offset: Int, axis1: Int, axis2: Int
  ) throws(MartletError) -> Layout {
    var result = self
    try result.takeDiagonal(offset: offset, axis1: axis1, axis2: axis2)
    return result
  }

  mutating func takeDiagonal(offset: Int, axis1: Int, axis2: Int) throws(MartletError) {
    guard rank >= 2 else {
      throw .invalidArgument(
        operation: "diagonal", detail: "diag requires an array of at least two dimensions")
    }
    let (first, second) = (
      try normalised(axis1, "diagonal"), try normalised(axis2, "diagonal")
    )
    guard takeDiagonal(offset, first, second) else {
      throw .invalidArgument(
        operation: "diagonal", detail: "axis1 and axis2 cannot be the same")
    }
  }
}
