/// One launch of a reduction, as far as the shape settles it: one dimension shrinks to its blocks, or
/// disappears. Both the direct way and the lazy graph's follow these levels, so a result has the same
/// bits on either.
///
/// A plain value in fixed storage: the direct way keeps it on the stack.
struct ReductionLevel {
  /// Elements of a block along the innermost dimension, and lanes they are spread over: 16
  /// additions in a chain, then a tree, as accurate as NumPy's pairwise sum.
  static let blockLength = 1024
  static let lanes = 64
  /// Rows up to this length are spread over fewer lanes where the order of combining does not
  /// matter: the fold takes longer than the row.
  static let narrowLength = 256
  static let narrowLanes = 16
  /// Rows of a block where whole rows are added up, and columns of a task.
  static let blockRows = 16
  static let taskColumns = 1024
  /// Innermost dimensions shorter than this are walked one by one, many results at a time.
  static let shortLength = 24
  /// Single rows shorter than this are walked one by one.
  static let serialLength = 8
  /// An array's dimensions, and one of one element where none is reduced.
  static let maximumRank = 9

  /// How the dimension is walked.
  enum Form: Int {
    /// It is innermost: blocks in lanes.
    case inner
    /// It is innermost and short: one result per lane.
    case short
    /// Another is innermost: blocks of rows, one column per lane.
    case outer
  }

  let rank: Int
  let sizes: InlineArray<9, Int>
  /// A bit for each dimension.
  private let reduced: UInt16
  /// The dimensions in the first level's numbering.
  private let numbers: InlineArray<9, UInt8>
  let isFirst: Bool
  /// Whether results do not depend on the order of combining.
  private let isExact: Bool

  /// The dimension that this level reduces.
  let dimension: Int
  let form: Form
  /// Few elements are combined one after another, as NumPy does: the same bits, and no fold.
  let isSerial: Bool
  /// Whether a short row is spread over fewer lanes.
  let isNarrow: Bool
  let blockSize: Int
  let blocks: Int

  /// The first level.
  ///
  /// - Parameter reduced: a bit for each dimension, at least one set.
  @inline(__always)
  init(rank: Int, sizes: InlineArray<9, Int>, reduced: UInt16, isExact: Bool) {
    self.init(rank, sizes, reduced, [0, 1, 2, 3, 4, 5, 6, 7, 8], isFirst: true, isExact: isExact)
  }

  @inline(__always)
  private init(
    _ rank: Int, _ sizes: InlineArray<9, Int>, _ reduced: UInt16, _ numbers: InlineArray<9, UInt8>,
    isFirst: Bool, isExact: Bool
  ) {
    self.rank = rank
    self.sizes = sizes
    self.reduced = reduced
    self.numbers = numbers
    self.isFirst = isFirst
    self.isExact = isExact
    dimension = UInt16.bitWidth &- 1 &- reduced.leadingZeroBitCount
    let size = sizes[unchecked: dimension]
    if dimension == rank &- 1 {
      form = rank > 1 && size < Self.shortLength ? .short : .inner
      blockSize = form == .short ? max(size, 1) : Self.blockLength
    } else {
      form = .outer
      blockSize = Self.blockRows
    }
    blocks =
      form == .short ? 1 : max(1, (size &+ blockSize &- 1) / blockSize)
    isSerial = form == .inner && isFirst && size < Self.serialLength
    isNarrow = form == .inner && rank > 1 && isExact && size <= Self.narrowLength
  }

  /// A dimension of the level in the first level's numbering, for the target's strides.
  @inline(__always)
  func original(_ i: Int) -> Int { Int(numbers[unchecked: i]) }

  /// Whether this level leaves nothing to reduce.
  var isLast: Bool { blocks == 1 && reduced & (reduced &- 1) == 0 }

  /// Whether the level's results have a dimension.
  @inline(__always)
  func keeps(_ i: Int) -> Bool { blocks > 1 || i != dimension }

  /// How many results there are: states of blocks, unless it is the last level.
  var resultCount: Int {
    var count = 1
    for i in 0..<rank where keeps(i) {
      count &*= i == dimension ? blocks : sizes[unchecked: i]
    }
    return count
  }

  /// The level that combines this one's states.
  var next: ReductionLevel {
    var sizes = InlineArray<9, Int>(repeating: 0)
    var numbers = InlineArray<9, UInt8>(repeating: 0)
    var reduced: UInt16 = 0
    var rank = 0
    for i in 0..<self.rank where keeps(i) {
      sizes[unchecked: rank] = i == dimension ? blocks : self.sizes[unchecked: i]
      numbers[unchecked: rank] = self.numbers[unchecked: i]
      if self.reduced >> UInt16(i) & 1 == 1 { reduced |= 1 << UInt16(rank) }
      rank &+= 1
    }
    return ReductionLevel(rank, sizes, reduced, numbers, isFirst: false, isExact: isExact)
  }

  // MARK: Tasks

  /// The dimension that lanes run along when it is not the reduced one.
  var vectorDimension: Int? {
    switch form {
    case .inner: nil
    case .short: rank &- 2
    case .outer: rank &- 1
    }
  }

  /// Columns of a task.
  var columns: Int {
    form == .short ? max(256, 8192 / max(sizes[dimension], 1)) : Self.taskColumns
  }

  /// Tasks side by side.
  var across: Int {
    guard let vectorDimension else { return 1 }
    let size = sizes[vectorDimension]
    return size <= 256 ? 1 : (size &+ columns &- 1) / columns
  }

  var tasks: Int {
    var tasks = across &* blocks
    let vector = vectorDimension
    for i in 0..<rank where i != dimension && i != vector { tasks &*= sizes[unchecked: i] }
    return tasks
  }

  // MARK: What a kernel knows

  /// Whether a buffer's stride along a dimension may be known when compiling.
  @inline(__always)
  func isInnermost(_ i: Int, ofInput: Bool) -> Bool {
    // A short dimension is walked one by one; its neighbour is the vector loop then.
    guard form == .short else { return i == rank &- 1 }
    return i == rank &- 2 || (ofInput && i == rank &- 1)
  }

  /// Slots before those of strides: sizes, blocks, columns of a task, tasks across, how many elements
  /// a result combines, and the operation's parameter.
  var fixedSlots: Int { rank &+ 5 }
}
