import MartletIR

/// Arrays side by side and below one another, nested as they shall stand (NumPy's `block`).
public indirect enum ArrayBlocks: Sendable {
  case array(NDArray)
  /// Along an axis: the last one for lists of arrays, the one before it for lists of those.
  case list([ArrayBlocks])

  /// How deep the lists are nested; nil where that is not the same everywhere, or a list is empty.
  var depth: Int? {
    guard case .list(let items) = self else { return 0 }
    guard let first = items.first?.depth, items.allSatisfy({ $0.depth == first }) else {
      return nil
    }
    return first + 1
  }

  var arrays: [NDArray] {
    switch self {
    case .array(let array): [array]
    case .list(let items): items.flatMap(\.arrays)
    }
  }
}

extension NDArray {
  /// One array made of rows of blocks (NumPy's `block` of lists of lists).
  ///
  /// - Throws: As `block(_:)` of nested blocks.
  public static func block(_ rows: [[NDArray]]) throws(MartletError) -> NDArray {
    try block(.list(rows.map { .list($0.map { .array($0) }) }))
  }

  /// One array made of nested blocks, in the type that all of theirs promote to.
  ///
  /// - Throws: `.invalidArgument` where the lists are not nested equally deep, one is empty, or the
  ///   blocks do not fit; `.rankLimit`, `.sizeLimit`, `.outOfMemory`.
  public static func block(_ blocks: ArrayBlocks) throws(MartletError) -> NDArray {
    guard let depth = blocks.depth else {
      throw .invalidArgument(
        operation: "block", detail: "lists of blocks must be nested equally deep, and none empty")
    }
    let all = blocks.arrays
    let rank = max(depth, all.map(\.rank).max() ?? 0)
    guard rank <= Shape.maximumRank else { throw .rankLimit(operation: "block", rank: rank) }
    let (shape, places) = try arranged(blocks, rank: rank, depth: depth)
    try shape.checkedCount()
    var dtype = all[0].dtype
    for array in all { dtype = Promotion.promote(dtype, array.dtype) }
    var result = try NDArray(uninitialised: shape, dtype, on: all[0].device)
    if depth > 0, places.allSatisfy({ $0.array.layout.isFortranContiguous }),
      !places.allSatisfy({ $0.array.layout.isContiguous })
    {
      result.layout = Layout(fortran: shape)
    }
    for place in places {
      var region = result.layout
      for axis in 0..<rank {
        region = region.sliced(
          axis: axis, start: place.start[axis], count: place.array.shape[axis], step: 1)
      }
      try result.fill(region, place.array)
    }
    return result
  }

  private typealias Placed = (start: Shape, array: NDArray)

  /// What the blocks come to, and where in that each array stands.
  private static func arranged(
    _ blocks: ArrayBlocks, rank: Int, depth: Int
  ) throws(MartletError) -> (Shape, [Placed]) {
    switch blocks {
    case .array(let array):
      let whole = array.atLeast(rank)
      return (whole.shape, [(Shape(repeating: 0, count: rank), whole)])
    case .list(let items):
      let axis = rank - depth
      var total = Shape()
      var places: [Placed] = []
      for (i, item) in items.enumerated() {
        var (shape, inner) = try arranged(item, rank: rank, depth: depth - 1)
        if i == 0 {
          (total, places) = (shape, inner)
          continue
        }
        for other in 0..<rank where other != axis && shape[other] != total[other] {
          throw .invalidArgument(
            operation: "block",
            detail: "Mismatched array shapes in block along axis \(axis): \(total.plain) and "
              + "\(shape.plain)")
        }
        for i in inner.indices { inner[i].start[axis] += total[axis] }
        places += inner
        total[axis] += shape[axis]
      }
      return (total, places)
    }
  }
}
