import MartletIR

/// Coordinates that stand in grids, blocks, and arrays with more axes.
extension NativeFunction {
  static let grids: [NativeFunction] = [
    NativeFunction(
      "block", "(arrays)", "One array of nested lists of blocks.", .composed
    ) { call throws(MartletError) in
      let blocks = try call.blocks(0)
      guard blocks.depth != nil else {
        throw call.notNative("blocks that are not nested equally deep, which NumPy words")
      }
      let count = blocks.arrays.reduce(0) { $0 + $1.count }
      return .array(
        try call.run(elements: count) { () throws(MartletError) in try NDArray.block(blocks) })
    },
    NativeFunction(
      "indices", "(dimensions, dtype=int, sparse=False)",
      "The coordinates of all elements of a shape.",
      .constant("positions are integers")
    ) { call throws(MartletError) in
      guard call.kind(0) == .sequence || call.kind(0) == .array else {
        throw call.notNative("dimensions in other than a sequence")
      }
      let shape = try call.shape(0)
      let dtype = try call.dtype(1) ?? .int64
      let isSparse = try call.bool(2, default: false)
      guard dtype.isInteger || dtype == .float64 || dtype == .float32,
        shape.allSatisfy({
          let last = Int64(max($0 - 1, 0))
          return last < 1 << 24 && Scalar(last, dtype).asInt64 == last
        })
      else { throw call.notNative("coordinates that a type does not count to") }
      return isSparse
        ? .tuple(
          try (0..<shape.rank).map { axis throws(MartletError) in
            .array(try NDArray.coordinate(axis, of: shape, dtype))
          })
        : .array(try NDArray.coordinates(of: shape, dtype))
    },
    NativeFunction(
      "ix_", "(*args)", "Rows as indices along axes of their own.",
      .constant("positions are integers")
    ) { call throws(MartletError) in
      let rows = try call.arrays(0)
      guard rows.count <= Shape.maximumRank else { throw call.notNative("so many dimensions") }
      var results: [FunctionResult] = []
      for (i, row) in rows.enumerated() {
        guard row.rank == 1 else { throw call.invalid("Cross index must be 1 dimensional") }
        if row.count == 0, row.dtype == .float64 {
          throw call.notNative("an index without elements, which may be a list")
        }
        let positions = row.dtype == .bool ? try row.truePositions() : row
        var layout = positions.layout
        for _ in 0..<i { layout = layout.expanded(at: 0) }
        for _ in i + 1..<max(rows.count, i + 1) { layout = layout.expanded(at: layout.rank) }
        let index = positions.view(layout)
        results.append(row.dtype == .bool ? .array(index) : .viewOfRest(i, index))
      }
      return .tuple(results)
    },
    NativeFunction(
      "diag_indices_from", "(arr)", "The coordinates of an array's main diagonal.",
      .constant("positions are integers")
    ) { call throws(MartletError) in
      guard call.kind(0) == .array else { throw call.notNative("other than an array") }
      let array = try call.array(0)
      guard array.rank >= 2 else { throw call.invalid("input array must be at least 2-d") }
      guard array.shape.allSatisfy({ $0 == array.shape[0] }) else {
        throw call.invalid("All dimensions of input must be of equal length")
      }
      let line = try NDArray.coordinate(0, of: [array.shape[0]], .int64)
      return .tuple((0..<array.rank).map { _ in .array(line) })
    },
    NativeFunction(
      "meshgrid", "(*xi, copy=True, sparse=False, indexing='xy')",
      "One array for each axis of a grid, with the coordinates along it.", .composed
    ) { call throws(MartletError) in
      guard try call.bool(1, default: true) else {
        throw call.notNative("coordinates that share their memory")
      }
      let isSparse = try call.bool(2, default: false)
      let indexing = call.isMissing(3) ? "xy" : try call.string(3) ?? ""
      guard indexing == "xy" || indexing == "ij" else {
        throw call.invalid("Valid values for `indexing` are 'xy' and 'ij'.")
      }
      let axes = try call.arrays(0)
      guard axes.count <= Shape.maximumRank else { throw call.notNative("so many dimensions") }
      let grid = try NDArray.meshgrid(
        axes, isSparse: isSparse, rowsFirst: indexing == "ij")
      return .tuple(grid.map { .array($0) })
    },
    NativeFunction(
      "broadcast_arrays", "(*args, subok=False)", "The arrays, stretched to one shape.", .composed
    ) { call throws(MartletError) in
      _ = try call.bool(1, default: false)
      let arrays = try call.arrays(0)
      var shape = Shape()
      for array in arrays {
        guard let next = Shape.broadcast(shape, array.shape) else {
          throw call.notNative("shapes that do not broadcast, whose arguments NumPy names")
        }
        shape = next
      }
      try shape.checkedCount()
      return .tuple(
        try arrays.enumerated().map { (i, array) throws(MartletError) in
          array.shape == shape ? .rest(i, array) : .viewOfRest(i, try array.broadcast(to: shape))
        })
    },
    atLeast("atleast_1d", "The same elements with one dimension at least.") { $0.atLeast(1) },
    atLeast("atleast_2d", "The same elements with two dimensions at least.") { $0.atLeast(2) },
    atLeast("atleast_3d", "The same elements with three dimensions at least.") { array in
      let rows = array.atLeast(2)
      if array.rank == 1 { return rows.view(rows.layout.expanded(at: 2)) }
      return rows.rank == 2 ? rows.view(rows.layout.expanded(at: 2)) : rows
    },
  ]

  private static func atLeast(
    _ name: String, _ summary: String, _ expanded: @escaping @Sendable (NDArray) -> NDArray
  ) -> NativeFunction {
    NativeFunction(name, "(*arys)", summary, .composed) { call throws(MartletError) in
      let results: [FunctionResult] = try call.arrays(0).enumerated().map {
        (i, array) throws(MartletError) in
        let result = expanded(array)
        return result.rank == array.rank ? .rest(i, array) : .viewOfRest(i, result)
      }
      return results.count == 1 ? results[0] : .tuple(results)
    }
  }
}

extension NDArray {
  /// The coordinates of a grid's points along each axis (NumPy's `meshgrid`).
  ///
  /// - Parameters:
  ///   - axes: The coordinates along each, in one row whatever their shape.
  ///   - isSparse: Whether the others' axes have size 1, which broadcasts.
  ///   - rowsFirst: Whether the first is along the rows, as matrices count, and not x beside y.
  /// - Throws: `.rankLimit`, `.sizeLimit`, `.outOfMemory`.
  public static func meshgrid(
    _ axes: [NDArray], isSparse: Bool = false, rowsFirst: Bool = false
  ) throws(MartletError) -> [NDArray] {
    let rank = axes.count
    guard rank <= Shape.maximumRank else { throw .rankLimit(operation: "meshgrid", rank: rank) }
    func place(_ i: Int) -> Int { !rowsFirst && rank > 1 && i < 2 ? 1 - i : i }
    var full = Shape(repeating: 1, count: rank)
    for (i, axis) in axes.enumerated() { full[place(i)] = axis.count }
    if !isSparse { try full.checkedCount() }
    return try axes.enumerated().map { (i, axis) throws(MartletError) in
      var sizes = [Int](repeating: 1, count: rank)
      sizes[place(i)] = axis.count
      let line = try axis.reshaped(sizes)
      return try isSparse ? line.copy() : line.broadcast(to: full).copy()
    }
  }

  /// The coordinates of all elements of a shape, one after another along a first axis (NumPy's
  /// `indices`): element `[axis, i, j, …]` is the index along that axis.
  ///
  /// - Throws: `.rankLimit`, `.sizeLimit`, `.outOfMemory`.
  public static func coordinates(
    of shape: Shape, _ dtype: DType = .int64
  ) throws(MartletError) -> NDArray {
    guard shape.rank < Shape.maximumRank else {
      throw .rankLimit(operation: "indices", rank: shape.rank + 1)
    }
    let whole = Shape([shape.rank] + Array(shape))
    var result = try NDArray(uninitialised: whole, dtype)
    for axis in 0..<shape.rank {
      try result.fill(
        result.layout.indexed(axis: 0, at: axis),
        coordinate(axis, of: shape, dtype).broadcast(to: shape))
    }
    return result
  }

  /// The indices along one axis, with size 1 along the others.
  static func coordinate(
    _ axis: Int, of shape: Shape, _ dtype: DType
  ) throws(MartletError) -> NDArray {
    var sizes = [Int](repeating: 1, count: shape.rank)
    sizes[axis] = shape[axis]
    return try NDArray.arange(
      start: Scalar(Int64(0), .int64), next: Scalar(Int64(1), .int64), count: shape[axis]
    ).asType(dtype).reshaped(sizes)
  }
}
