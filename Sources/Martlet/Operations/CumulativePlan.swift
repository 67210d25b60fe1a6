/// How a cumulative operation walks an array, as far as the shape settles it. Both the direct way and
/// `CumulativeScan` follow it, so a result has the same bits on either.
///
/// Along the innermost axis an element waits for the one before it, so several *chains* (blocks or
/// rows) are walked side by side to hide that wait. Long axes are cut into blocks of a fixed length
/// whose totals are computed first and give each block its start. Along another axis, whole rows are
/// combined with the row before.
struct CumulativePlan {
  /// Elements of a block, and the lanes that its total is spread over.
  static let blockLength = 1024
  static let lanes = 64
  /// Chains walked side by side.
  static let chains = 4
  /// Axes shorter than this are walked once per column, many columns at a time.
  static let shortLength = 24
  /// Fewer columns than this are walked as chains, if the axis is long.
  static let fewColumns = 16

  let rank: Int
  let sizes: InlineArray<9, Int>
  let axis: Int
  /// Whether columns are lanes of a vector.
  let isByColumns: Bool
  let blocks: Int

  /// - Parameter isAssociative: whether the results do not depend on the order of combining.
  @inline(__always)
  init(rank: Int, sizes: InlineArray<9, Int>, axis: Int, isAssociative: Bool) {
    self.rank = rank
    self.sizes = sizes
    self.axis = axis
    let length = sizes[unchecked: axis]
    let isShort = length < Self.shortLength
    if axis == rank &- 1 {
      isByColumns = rank > 1 && isShort
    } else {
      isByColumns = sizes[unchecked: rank &- 1] >= Self.fewColumns || isShort
    }
    blocks =
      isByColumns || !isAssociative || length < 4 &* Self.blockLength
      ? 1 : (length &+ Self.blockLength &- 1) / Self.blockLength
  }

  var length: Int { sizes[unchecked: axis] }

  var elements: Int {
    var count = 1
    for i in 0..<rank { count &*= sizes[unchecked: i] }
    return count
  }

  /// The dimension of the inner loop.
  var innermost: Int {
    guard isByColumns else { return axis }
    return axis == rank &- 1 ? axis &- 1 : rank &- 1
  }

  // MARK: By columns

  var columns: Int { sizes[unchecked: innermost] }

  /// Columns of a task: narrow enough that each of `threads` has some, and a row of a task stays in
  /// the nearest cache.
  @inline(__always)
  func width(threads: Int) -> Int {
    let share = (columns / (4 &* threads) &+ 63) / 64 &* 64
    return min(max(share, 64), 1024)
  }

  // MARK: By chains

  var chainCount: Int { elements / length &* blocks }
  /// Chains that a task walks.
  var side: Int { chainCount >= Self.chains ? Self.chains : 1 }
}
