import MartletIR

/// A position, or a slice that walks forward: what most subscripts are made of. Three numbers, so that
/// a view is found without a list of entries.
@frozen @usableFromInline
struct PlainIndex {
  /// The position, or where the slice starts.
  var start: Int
  /// Where the slice stops; the largest number for the end of the axis.
  var stop: Int
  /// 0 for a position.
  var step: Int

  @usableFromInline
  init(position: Int) {
    start = position
    stop = 0
    step = 0
  }

  @usableFromInline
  init(from start: Int, to stop: Int) {
    self.start = start
    self.stop = stop
    step = 1
  }

  /// Nil for what is neither.
  @usableFromInline
  init?(_ index: AxisIndex) {
    switch index.kind {
    case .position(let position): self.init(position: position)
    case .slice(let start, let stop, let step) where step > 0:
      self.init(from: start ?? 0, to: stop ?? .max)
      self.step = step
    default: return nil
    }
  }

  /// Nil for what is neither. Where the type of an index is known there is nothing to ask.
  @inlinable
  init?<Index: ArrayIndex>(_ index: Index) {
    if Index.self == Int.self {
      self.init(position: unsafeBitCast(index, to: Int.self))
    } else if Index.self == Range<Int>.self {
      let range = unsafeBitCast(index, to: Range<Int>.self)
      self.init(from: range.lowerBound, to: range.upperBound)
    } else if Index.self == NDArray.self {
      return nil
    } else {
      self.init(index.axisIndex)
    }
  }

  var axisIndex: AxisIndex {
    step == 0
      ? AxisIndex(.position(start))
      : AxisIndex(.slice(start: start, stop: stop == .max ? nil : stop, step: step))
  }
}

extension Layout {
  /// Takes what an index selects along an axis, and goes on to the next; false where it is outside.
  @inline(__always)
  fileprivate mutating func select(_ index: PlainIndex, _ axis: inout Int) -> Bool {
    guard axis < shape.rank else { return false }
    let size = shape[unchecked: axis]
    if index.step == 0 {
      let place = index.start < 0 ? index.start &+ size : index.start
      guard place >= 0, place < size else { return false }
      offset &+= place &* strides[unchecked: axis]
      // What follows moves up.
      let last = shape.rank &- 1
      for next in axis..<last {
        shape[unchecked: next] = shape[unchecked: next &+ 1]
        strides[unchecked: next] = strides[unchecked: next &+ 1]
      }
      shape[unchecked: last] = 0
      strides[unchecked: last] = 0
      shape.setRank(last)
      strides.setRank(last)
      return true
    }
    let first = Self.bound(index.start, size)
    let last = Self.bound(index.stop, size)
    offset &+= first &* strides[unchecked: axis]
    shape[unchecked: axis] = last > first ? (last &- first &- 1) / index.step &+ 1 : 0
    strides[unchecked: axis] = strides[unchecked: axis] &* index.step
    axis &+= 1
    return true
  }

  /// Becomes what up to three indices select; false where it has no such place.
  @inline(__always)
  mutating func narrow(_ i: PlainIndex, _ j: PlainIndex?, _ k: PlainIndex?) -> Bool {
    var axis = 0
    guard select(i, &axis) else { return false }
    if let j, !select(j, &axis) { return false }
    if let k, !select(k, &axis) { return false }
    return true
  }

  /// Whether both lead to the same elements in the same order.
  @inline(__always)
  fileprivate func isSame(as other: Layout) -> Bool {
    guard offset == other.offset, shape.rank == other.shape.rank else { return false }
    for axis in 0..<shape.rank
    where shape[unchecked: axis] != other.shape[unchecked: axis]
      || strides[unchecked: axis] != other.strides[unchecked: axis]
    {
      return false
    }
    return true
  }

  /// Where a slice's bound lies on an axis, by Python's rules.
  @inline(__always)
  private static func bound(_ position: Int, _ size: Int) -> Int {
    min(max(position < 0 ? position &+ size : position, 0), size)
  }
}

// MARK: - Views

extension NDArray {
  /// Becomes the part that up to three indices select. False where the general way must, which says
  /// what is wrong; nothing is to be read of the array then.
  ///
  /// In place, since a layout is too large to be moved about.
  @usableFromInline
  mutating func narrow(_ i: PlainIndex, _ j: PlainIndex? = nil, _ k: PlainIndex? = nil) -> Bool {
    layout.narrow(i, j, k)
  }

  // MARK: Parts that are changed in place: `a[1, 0..<5] += b`

  /// Whether a part that is changed may write to this array's memory: nobody else has it, and each
  /// element is there once.
  @usableFromInline
  mutating func mayLend() -> Bool {
    isKnownUniquelyReferenced(&storage) && isPlainlyWritable && layout.isContiguous
  }

  /// Lets this part write to the memory that it shares with the array it was lent by, which cannot be
  /// reached meanwhile, and with nobody else (`isSole`).
  @usableFromInline
  mutating func takeLoan() {
    withUnsafeMutablePointer(to: &self) { $0.pointee.storage.borrower = UnsafeRawPointer($0) }
  }

  /// Ends the change of a part; false where it is other memory now, and is still to be assigned.
  @usableFromInline
  func takeBack(
    _ part: NDArray, _ i: PlainIndex, _ j: PlainIndex? = nil, _ k: PlainIndex? = nil
  ) -> Bool {
    storage.borrower = nil
    guard part.storage === storage, part.dtype == dtype else { return false }
    var region = layout
    return region.narrow(i, j, k) && part.layout.isSame(as: region)
  }

  // MARK: Assigning

  /// Assigns to what indices select, in place; false where the general way must.
  @usableFromInline
  mutating func assign(
    _ value: NDArray, _ i: PlainIndex, _ j: PlainIndex? = nil, _ k: PlainIndex? = nil
  ) -> Bool {
    var region = layout
    guard layout.isContiguous, region.narrow(i, j, k) else { return false }
    return copyDirectly(to: &region, value)
  }

  /// The same for a number.
  @usableFromInline
  mutating func assign(
    _ number: Scalar, _ i: PlainIndex, _ j: PlainIndex? = nil, _ k: PlainIndex? = nil
  ) -> Bool {
    var region = layout
    guard layout.isContiguous, region.narrow(i, j, k) else { return false }
    return fillDirectly(&region, number)
  }
}
