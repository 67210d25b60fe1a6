import MartletIR

/// An advanced subscript of memory of the host that is read or written at once: index arrays or a
/// mask, among slices.
///
/// First the parts of the subscript are added, axis by axis; `settle` finds the shape of the result;
/// `locate` turns the index arrays into offsets and looks that all are within bounds; then elements
/// are moved. Nothing is allocated: the offsets go to room that the caller has. False always means
/// that the general way must, which raises what there is to raise; nothing was written then.
package struct DirectSelection {
  /// What an index outside its axis means.
  package enum Mode { case raise, wrap, clip }

  /// The axes that no array indexes: size, and stride in bytes.
  private var keptCount = 0
  private var keptSizes = InlineArray<8, Int>(repeating: 0)
  private var keptStrides = InlineArray<8, Int>(repeating: 0)

  /// The index arrays: their elements, and the axis that each indexes.
  private var arrayCount = 0
  private var memories = InlineArray<8, UnsafeRawPointer?>(repeating: nil)
  /// Nil for a row of consecutive elements.
  private var layouts = InlineArray<8, UnsafePointer<Layout>?>(repeating: nil)
  private var rowLengths = InlineArray<8, Int>(repeating: 0)
  private var dtypes = InlineArray<8, DType>(repeating: .int64)
  private var axisSizes = InlineArray<8, Int>(repeating: 0)
  private var axisStrides = InlineArray<8, Int>(repeating: 0)
  /// The strides of the axes that a mask is over, where it is the only array.
  private var isMask = false

  /// How many kept axes come before those of the index arrays, while these stand side by side.
  private var lead = 0
  private var groups = 0
  private var isInGroup = false

  /// From the array's first element to the selection's, in bytes.
  package private(set) var start = 0

  /// The shape that the index arrays broadcast to.
  private var commonRank = 0
  private var common = InlineArray<8, Int>(repeating: 0)
  private var commonCount = 1

  package init() {}

  /// Forgets the subscript before; all else is set before it is read.
  package mutating func reset() {
    keptCount = 0
    arrayCount = 0
    isMask = false
    lead = 0
    groups = 0
    isInGroup = false
    start = 0
    commonRank = 0
    commonCount = 1
  }

  // MARK: The parts of a subscript

  /// An axis, or part of one, that stays; the part begins so many bytes from the axis's first place.
  package mutating func keep(_ size: Int, stride: Int, from first: Int = 0) -> Bool {
    guard keptCount < Shape.maximumRank else { return false }
    keptSizes[keptCount] = size
    keptStrides[keptCount] = stride
    keptCount += 1
    start &+= first
    isInGroup = false
    return true
  }

  /// Something that stands between index arrays without an axis of its own.
  package mutating func separate() { isInGroup = false }

  private mutating func enterGroup() {
    if !isInGroup {
      if groups == 0 { lead = keptCount }
      groups += 1
    }
    isInGroup = true
  }

  /// One position beside index arrays.
  package mutating func position(_ given: Int, size: Int, stride: Int) -> Bool {
    let place = given < 0 ? given &+ size : given
    guard place >= 0, place < size else { return false }
    enterGroup()
    start &+= place &* stride
    return true
  }

  /// An array of integers; `layout` is nil for a row of `count` consecutive ones.
  package mutating func index(
    _ memory: UnsafeRawPointer, _ layout: UnsafePointer<Layout>?, count: Int, _ dtype: DType,
    size: Int, stride: Int
  ) -> Bool {
    guard arrayCount < Shape.maximumRank, !isMask, dtype.isInteger else { return false }
    enterGroup()
    memories[arrayCount] = memory
    layouts[arrayCount] = layout
    rowLengths[arrayCount] = count
    dtypes[arrayCount] = dtype
    axisSizes[arrayCount] = size
    axisStrides[arrayCount] = stride
    arrayCount += 1
    return true
  }

  /// A mask of the axes of `array` from `axis` on, which must be the only array of the subscript.
  package mutating func mask(
    _ memory: UnsafeRawPointer, _ layout: UnsafePointer<Layout>, over array: UnsafePointer<Layout>,
    axis: Int, itemSize: Int
  ) -> Bool {
    let rank = layout.pointee.shape.rank
    guard arrayCount == 0, rank > 0, axis &+ rank <= array.pointee.shape.rank else { return false }
    for i in 0..<rank {
      guard layout.pointee.shape[i] == array.pointee.shape[axis + i] else { return false }
      axisStrides[i] = array.pointee.strides[axis + i] &* itemSize
    }
    enterGroup()
    isMask = true
    arrayCount = 1
    memories[0] = memory
    layouts[0] = layout
    return true
  }

  /// Says outright how many kept axes come before those of the index arrays.
  package mutating func place(after count: Int) {
    lead = count
    groups = 1
  }

  // MARK: Shape

  /// Finds the shape that the index arrays broadcast to and their offsets, which go to `offsets`, a
  /// room for `limit`.
  package mutating func locate(
    _ offsets: UnsafeMutablePointer<Int>, limit: Int, mode: Mode = .raise
  ) -> Bool {
    guard arrayCount > 0 else { return false }
    if groups > 1 { lead = 0 }
    if isMask {
      guard
        let found = DirectMask.offsets(
          memories[0].unsafelyUnwrapped, layouts[0].unsafelyUnwrapped, strides: axisStrides,
          into: offsets, limit: limit)
      else { return false }
      commonRank = 1
      common[0] = found
      commonCount = found
      return keptCount + 1 <= Shape.maximumRank
    }
    guard broadcast(limit: limit), keptCount + commonRank <= Shape.maximumRank else { return false }
    for k in 0..<arrayCount {
      let isInside =
        switch dtypes[k] {
        case .int64: add(Int64.self, k, to: offsets, mode)
        case .int32: add(Int32.self, k, to: offsets, mode)
        case .int16: add(Int16.self, k, to: offsets, mode)
        case .int8: add(Int8.self, k, to: offsets, mode)
        case .uint8: add(UInt8.self, k, to: offsets, mode)
        case .uint16: add(UInt16.self, k, to: offsets, mode)
        case .uint32: add(UInt32.self, k, to: offsets, mode)
        default: false
        }
      if !isInside { return false }
    }
    return true
  }

  private mutating func broadcast(limit: Int) -> Bool {
    for k in 0..<arrayCount {
      let rank = layouts[k]?.pointee.shape.rank ?? 1
      guard rank > 0 else { return false }
      if rank > commonRank {
        let shift = rank - commonRank
        var i = rank - 1
        while i >= 0 {
          common[i] = i >= shift ? common[i - shift] : 1
          i -= 1
        }
        commonRank = rank
      }
      for own in 0..<rank {
        let size = layouts[k]?.pointee.shape[own] ?? rowLengths[k]
        let place = commonRank - rank + own
        if common[place] == size || size == 1 { continue }
        guard common[place] == 1 else { return false }
        common[place] = size
      }
    }
    commonCount = 1
    for i in 0..<commonRank {
      let (count, overflow) = commonCount.multipliedReportingOverflow(by: common[i])
      guard !overflow, count <= limit || count == 0 else { return false }
      commonCount = count
    }
    return true
  }

  /// Adds an index array's part to the offsets; false where an index is outside its axis.
  @inline(__always)
  private mutating func add<Index: FixedWidthInteger>(
    _: Index.Type, _ k: Int, to offsets: UnsafeMutablePointer<Int>, _ mode: Mode
  ) -> Bool {
    if commonCount == 0 {
      // NumPy looks at indices that select nothing too, where there are any.
      return (layouts[k]?.pointee.count ?? rowLengths[k]) == 0
    }
    let first = memories[k].unsafelyUnwrapped.assumingMemoryBound(to: Index.self)
    let (size, stride) = (axisSizes[k], axisStrides[k])
    if size == 0 { return false }
    let isFirst = k == 0
    @inline(__always)
    func place(_ given: Index) -> Int {
      let index = Int(truncatingIfNeeded: given)
      switch mode {
      case .raise: return Index.isSigned && index < 0 ? index &+ size : index
      case .clip: return min(max(index, 0), size &- 1)
      case .wrap:
        let rest = index % size
        return rest < 0 ? rest &+ size : rest
      }
    }
    var isOutside = false
    // A row in a single dimension is by far the most common.
    if commonRank == 1, mode == .raise {
      let length = layouts[k]?.pointee.shape[unchecked: 0] ?? rowLengths[k]
      let step = length == 1 ? 0 : layouts[k]?.pointee.strides[unchecked: 0] ?? 1
      return isFirst
        ? row(first, step, size, stride) { offsets[$0] = $1 }
        : row(first, step, size, stride) { offsets[$0] &+= $1 }
    }
    var steps = InlineArray<8, Int>(repeating: 0)
    let rank = layouts[k]?.pointee.shape.rank ?? 1
    for own in 0..<rank {
      let length = layouts[k]?.pointee.shape[own] ?? rowLengths[k]
      if length != 1 {
        steps[commonRank - rank + own] = layouts[k]?.pointee.strides[own] ?? 1
      }
    }
    var counter = InlineArray<8, Int>(repeating: 0)
    var at = 0
    for i in 0..<commonCount {
      let index = place(first[at])
      isOutside = isOutside || UInt(bitPattern: index) >= UInt(bitPattern: size)
      offsets[i] = (isFirst ? 0 : offsets[i]) &+ index &* stride
      var axis = commonRank &- 1
      while axis >= 0 {
        counter[axis] &+= 1
        if counter[axis] < common[axis] {
          at &+= steps[axis]
          break
        }
        at &-= (common[axis] &- 1) &* steps[axis]
        counter[axis] = 0
        axis &-= 1
      }
    }
    return !isOutside
  }

  /// The offsets of a row of indices; false where one is outside the axis. A loop that ends there is
  /// quicker than one in vectors, which have no 64-bit product and comparison everywhere.
  @inline(__always)
  private func row<Index: FixedWidthInteger>(
    _ indices: UnsafePointer<Index>, _ step: Int, _ size: Int, _ stride: Int,
    _ store: (Int, Int) -> Void
  ) -> Bool {
    @inline(__always)
    func take(_ i: Int, _ given: Index) -> Bool {
      let index = Int(truncatingIfNeeded: given)
      let place = Index.isSigned ? index &+ (size & (index &>> 63)) : index
      guard UInt(bitPattern: place) < UInt(bitPattern: size) else { return false }
      store(i, place &* stride)
      return true
    }
    if step == 1 {
      for i in 0..<commonCount where !take(i, indices[i]) { return false }
    } else {
      for i in 0..<commonCount where !take(i, indices[i &* step]) { return false }
    }
    return true
  }

  /// The shape of the result: C order of it is the order in which elements are moved.
  package func setShape(_ shape: inout Shape) {
    shape.setRank(keptCount &+ commonRank)
    for i in 0..<lead { shape[unchecked: i] = keptSizes[unchecked: i] }
    for i in 0..<commonRank { shape[unchecked: lead &+ i] = common[unchecked: i] }
    for i in lead..<keptCount {
      shape[unchecked: commonRank &+ i] = keptSizes[unchecked: i]
    }
  }

  // MARK: Moving

  /// The loops of a move whose plain side has these strides, in bytes.
  @inline(__always)
  private func setLoops(
    _ move: UnsafeMutablePointer<DirectMove>, _ strides: borrowing InlineArray<8, Int>
  ) {
    for i in 0..<lead {
      move.pointee.append(
        keptSizes[unchecked: i], selected: keptStrides[unchecked: i], plain: strides[unchecked: i])
    }
    var step = 1
    for i in 0..<commonRank { step &*= i == 0 ? 1 : common[unchecked: i] }
    for i in 0..<commonRank {
      move.pointee.append(
        common[unchecked: i], selected: 0, plain: strides[unchecked: lead &+ i], step: step)
      // An empty dimension ends the move anyhow.
      if i &+ 1 < commonRank { step = step == 0 ? 0 : step / common[unchecked: i &+ 1] }
    }
    for i in lead..<keptCount {
      move.pointee.append(
        keptSizes[unchecked: i], selected: keptStrides[unchecked: i],
        plain: strides[unchecked: commonRank &+ i])
    }
  }

  /// How what is selected lies: in C order or, `outward`, with the axes of the index arrays outermost,
  /// wherever they stand, as NumPy makes it.
  package func setLayout(_ layout: inout Layout, outward: Bool) {
    setShape(&layout.shape)
    layout.strides.setRank(layout.shape.rank)
    layout.offset = 0
    var stride = 1
    func take(_ axes: Range<Int>) {
      for i in axes.reversed() {
        layout.strides[unchecked: i] = stride
        stride &*= layout.shape[unchecked: i]
      }
    }
    let common = lead..<(lead &+ commonRank)
    take(common.upperBound..<(keptCount &+ commonRank))
    take(outward ? 0..<lead : common)
    take(outward ? common : 0..<lead)
    if stride == 0 { layout.strides = Shape(repeating: 0, count: layout.shape.rank) }
  }

  /// Copies what is selected to consecutive memory, laid out so.
  package func gather(
    _ source: UnsafeRawPointer, _ offsets: UnsafePointer<Int>, into target: UnsafeMutableRawPointer,
    itemSize: Int, outward: Bool
  ) {
    if keptCount == 0, commonRank == 1 {
      DirectMove.gather(
        source + start, offsets, count: commonCount, into: target, itemSize: itemSize)
      return
    }
    var strides = InlineArray<8, Int>(repeating: 0)
    var layout = Layout(shape: Shape(), strides: Shape())
    setLayout(&layout, outward: outward)
    for i in 0..<layout.rank { strides[unchecked: i] = layout.strides[unchecked: i] &* itemSize }
    DirectMove.with { move in
      setLoops(move, strides)
      move.pointee.read(source + start, offsets, into: target, itemSize: itemSize)
    }
  }

  /// How many elements it selects where it is one row of consecutive positions and nothing else; nil
  /// for others. Such a selection needs no offsets.
  package var rowCount: Int? {
    guard arrayCount == 1, !isMask, keptCount == 0, dtypes[0] == .int64 else { return nil }
    guard let layout = layouts[0] else { return rowLengths[0] }
    guard layout.pointee.shape.rank == 1 else { return nil }
    let count = layout.pointee.shape[0]
    return layout.pointee.strides[0] == 1 || count < 2 ? count : nil
  }

  /// Copies what a selection with a `rowCount` selects; false where a position is outside the axis.
  package func takeRow(
    _ source: UnsafeRawPointer, count: Int, into target: UnsafeMutableRawPointer, itemSize: Int
  ) -> Bool {
    guard let indices = memories[0]?.assumingMemoryBound(to: Int.self) else { return false }
    return DirectMove.take(
      source + start, indices, count: count, size: axisSizes[0], stride: axisStrides[0],
      into: target, itemSize: itemSize)
  }

  /// Writes values to what is selected; `layout` is theirs, nil for a single one. False where they
  /// do not broadcast.
  package func scatter(
    _ target: UnsafeMutableRawPointer, _ offsets: UnsafePointer<Int>,
    from values: UnsafeRawPointer, _ layout: UnsafePointer<Layout>?, itemSize: Int
  ) -> Bool {
    var strides = InlineArray<8, Int>(repeating: 0)
    if let layout {
      let rank = keptCount + commonRank
      let own = layout.pointee.shape.rank
      // Leading dimensions of size 1 say nothing.
      var first = 0
      while own - first > rank {
        guard layout.pointee.shape[first] == 1 else { return false }
        first += 1
      }
      var shape = Shape()
      setShape(&shape)
      for i in first..<own {
        let place = rank - own + i
        let size = layout.pointee.shape[i]
        if size == shape[place] {
          strides[place] = layout.pointee.strides[i] &* itemSize
        } else if size != 1 {
          return false
        }
      }
    }
    DirectMove.with { move in
      setLoops(move, strides)
      move.pointee.write(target + start, offsets, from: values, itemSize: itemSize)
    }
    return true
  }
}
