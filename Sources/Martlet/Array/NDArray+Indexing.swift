import MartletIR
import MartletRuntime

// MARK: - Basic indexing: views

extension NDArray {
  /// What a subscript means for this array, after NumPy's rules.
  package struct Selection: Sendable {
    /// The view that the basic entries leave; the axes that arrays index are still whole.
    var layout: Layout
    /// The index arrays and where the axis that each indexes is in `layout`.
    var arrays: [(axis: Int, index: NDArray)] = []
    /// Where the axes of the arrays go in the result.
    var resultAxis = 0
    /// Whether only positions, slices and new axes are there.
    package var isBasic: Bool { arrays.isEmpty }
    package var viewLayout: Layout { layout }

    /// The axes of what is selected with those of the index arrays outermost, wherever they stand.
    func outwardOrder(_ rank: Int) -> [Int] {
      let indexed = Set(arrays.map(\.axis))
      let kept = (0..<layout.rank).filter { !indexed.contains($0) }
      let lead = kept.filter { $0 < resultAxis }.count
      let common = lead..<(lead + rank - kept.count)
      return Array(common) + Array(0..<lead) + Array(common.upperBound..<rank)
    }
  }

  /// Reads a subscript.
  ///
  /// - Throws: `.tooManyIndices`, `.indexOutOfBounds`, `.invalidIndex`, `.rankLimit`.
  package func selection(_ indices: [AxisIndex]) throws(MartletError) -> Selection {
    var used = 0
    var hasEllipsis = false
    var added = 0
    for index in indices {
      switch index.kind {
      case .position, .slice: used += 1
      case .newAxis: added += 1
      case .ellipsis:
        if hasEllipsis {
          throw .invalidIndex(detail: "an index can only have a single ellipsis ('...')")
        }
        hasEllipsis = true
      case .array(let array):
        used += array.dtype == .bool ? array.rank : 1
        // A truth value is an axis of its own, until the arrays' axes become those of the result.
        if array.dtype == .bool, array.rank == 0 { added += 1 }
      }
    }
    if used > rank { throw .tooManyIndices(given: used, rank: rank) }
    if rank + added > Shape.maximumRank { throw .rankLimit(operation: "index", rank: rank + added) }

    var result = Selection(layout: layout)
    var axis = 0
    // Of this array, before positions took axes away and new ones came: what errors name.
    var ownAxis = 0
    // Whether the arrays stand side by side: only then their axes stay where they were.
    var groups = 0
    var inGroup = false
    var firstArrayAxis = 0
    let hasArray = indices.contains { if case .array = $0.kind { true } else { false } }
    for index in indices {
      switch index.kind {
      case .position(let position):
        if hasArray {
          // Beside arrays a position is an array without dimensions.
          _ = try Self.wrapped(position, axis: ownAxis, size: result.layout.shape[axis])
          if !inGroup { groups += 1 }
          inGroup = true
          if result.arrays.isEmpty { firstArrayAxis = axis }
          result.arrays.append((axis, try NDArray.scalar(Scalar(Int64(position), .int64))))
          axis += 1
          ownAxis += 1
          continue
        }
        let place = try Self.wrapped(position, axis: ownAxis, size: result.layout.shape[axis])
        result.layout = result.layout.indexed(axis: axis, at: place)
        ownAxis += 1
        continue
      case .slice(let start, let stop, let step):
        let (first, count) = try AxisIndex.resolve(
          start: start, stop: stop, step: step, size: result.layout.shape[axis])
        result.layout = result.layout.sliced(axis: axis, start: first, count: count, step: step)
        axis += 1
        ownAxis += 1
      case .ellipsis:
        axis += rank - used
        ownAxis += rank - used
      case .newAxis:
        result.layout = result.layout.expanded(at: axis)
        axis += 1
      case .array(let array):
        if !inGroup { groups += 1 }
        inGroup = true
        if result.arrays.isEmpty { firstArrayAxis = axis }
        if array.dtype == .bool {
          // NumPy lets an axis of length 0 pass for any.
          for (k, size) in array.shape.enumerated()
          where size > 0 && result.layout.shape[axis + k] != size {
            throw .invalidIndex(
              detail: "boolean index did not match indexed array along axis \(ownAxis + k); size "
                + "of axis is \(result.layout.shape[axis + k]) but size of corresponding boolean axis "
                + "is \(size)")
          }
          if array.rank == 0 {
            // A truth value alone adds an axis of length 0 or 1.
            result.layout = result.layout.expanded(at: axis)
            let isTrue = try array.item().low != 0
            result.arrays.append((axis, try NDArray.zeros(isTrue ? [1] : [0], .int64)))
            axis += 1
            continue
          }
          for positions in try array.nonzero() {
            result.arrays.append((axis, positions))
            axis += 1
          }
          ownAxis += array.rank
        } else {
          guard array.dtype.isInteger else {
            throw .invalidIndex(
              detail: "arrays used as indices must be of integer (or boolean) type")
          }
          result.arrays.append((axis, array))
          axis += 1
          ownAxis += 1
        }
        continue
      }
      inGroup = false
    }
    result.resultAxis = groups > 1 ? 0 : firstArrayAxis
    return result
  }

  static func wrapped(_ position: Int, axis: Int, size: Int) throws(MartletError) -> Int {
    let place = position < 0 ? position &+ size : position
    guard place >= 0, place < size else {
      throw .indexOutOfBounds(index: position, axis: axis, size: size)
    }
    return place
  }

  /// The elements a subscript selects: a view where it is basic, else a copy, in C order or,
  /// `outward`, as NumPy lays it out.
  package func indexed(
    _ indices: [AxisIndex], outward: Bool = false
  ) throws(MartletError) -> NDArray {
    if indices.count == 1, case .array(let mask) = indices[0].kind, mask.dtype == .bool,
      mask.shape == shape, rank > 0
    {
      return try compressed(mask)
    }
    let selection = try selection(indices)
    if selection.isBasic { return view(selection.layout) }
    return try gathered(selection, outward: outward)
  }

  /// Writes to the elements a subscript selects. Where an element is selected twice, the last value
  /// stays.
  package mutating func assign(
    _ indices: [AxisIndex], _ value: Operand
  ) throws(MartletError) {
    if indices.count == 1, case .array(let mask) = indices[0].kind, mask.dtype == .bool,
      mask.shape == shape, rank > 0
    {
      try assign(mask: mask, within: layout, value)
      return
    }
    try assign(try selection(indices), value)
  }

  /// The same for a subscript that was read for this array or a view of its storage.
  package mutating func assign(
    _ selection: Selection, _ value: Operand
  ) throws(MartletError) {
    if selection.isBasic {
      try assign(selection.layout, value)
    } else {
      try scatter(selection, value)
    }
  }
}
