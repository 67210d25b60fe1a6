/// How an array's elements lie in its storage: element `(i, j, …)` is at
/// `offset + i * strides[0] + j * strides[1] + …`, all counted in elements.
@frozen
public struct Layout: Sendable, Hashable {
  public var shape: Shape
  public var strides: Shape
  public var offset: Int

  @inlinable
  public init(shape: Shape, strides: Shape, offset: Int = 0) {
    self.shape = shape
    self.strides = strides
    self.offset = offset
  }

  /// C order: the last dimension is contiguous. An array without elements does not move, as in NumPy.
  @inlinable
  public init(contiguous shape: Shape) {
    self.shape = shape
    self.strides = shape
    self.offset = 0
    var stride = 1
    var i = shape.rank - 1
    while i >= 0 {
      strides[i] = stride
      stride &*= shape[i]
      i -= 1
    }
    if stride == 0 { strides = Shape(repeating: 0, count: shape.rank) }
  }

  @inlinable public var rank: Int { shape.rank }
  @inlinable public var count: Int { shape.elementCount }

  /// Whether the elements, in C order, are consecutive. Dimensions of size 1 don't matter, and an
  /// empty array always is, as in NumPy.
  @inlinable
  public var isContiguous: Bool {
    var expected = 1
    var i = shape.rank - 1
    while i >= 0 {
      let n = shape[i]
      if n == 0 { return true }
      if n != 1 {
        // Only an empty array's strides don't matter.
        if strides[i] != expected { return count == 0 }
        expected &*= n
      }
      i -= 1
    }
    return true
  }

  /// Whether the elements, in Fortran order, are consecutive.
  @inlinable
  public var isFortranContiguous: Bool {
    var expected = 1
    for i in 0..<shape.rank {
      let n = shape[i]
      if n == 0 { return true }
      if n != 1 {
        // Only an empty array's strides don't matter.
        if strides[i] != expected { return count == 0 }
        expected &*= n
      }
    }
    return true
  }

  /// The lowest and one past the highest element position that the layout touches; empty when it
  /// has no elements.
  public var extent: Range<Int> {
    var low = offset
    var high = offset
    for i in 0..<rank {
      if shape[i] == 0 { return offset..<offset }
      let span = (shape[i] - 1) * strides[i]
      if span < 0 { low += span } else { high += span }
    }
    return low..<(high + 1)
  }

  /// Whether an array may lie so, wherever the layout comes from: its shape is possible, and no
  /// element is farther than `Shape.maximumCount` from the first. Every layout that was made elsewhere
  /// (a buffer's, a capsule's, another library's array's) passes here; what is cut from it does then
  /// too.
  public var isPossible: Bool {
    guard shape.isPossible, strides.rank == shape.rank else { return false }
    var reach = offset.magnitude
    let limit = UInt(Shape.maximumCount)
    guard reach <= limit else { return false }
    for i in 0..<rank {
      guard strides[i].magnitude <= limit else { return false }
      let (span, overflow) = strides[i].magnitude.multipliedReportingOverflow(
        by: UInt(Swift.max(shape[i], 1) - 1))
      guard !overflow, span <= limit else { return false }
      reach += span
      guard reach <= limit else { return false }
    }
    return true
  }

  /// Whether no two indices share an element (broadcast and overlapping windows do).
  public var isInjective: Bool {
    if count == 0 { return true }
    let order = (0..<rank).filter { shape[$0] > 1 }.sorted { abs(strides[$0]) < abs(strides[$1]) }
    var reach = 0
    for i in order {
      if abs(strides[i]) <= reach { return false }
      reach += abs(strides[i]) * (shape[i] - 1)
    }
    return true
  }
}

// MARK: - Views

extension Layout {
  /// Stretched to `target` by stride 0; nil where NumPy's rules don't allow it.
  @inlinable
  public func broadcast(to target: Shape) -> Layout? {
    if shape == target { return self }
    guard target.rank >= rank else { return nil }
    var result = Layout(
      shape: target, strides: Shape(repeating: 0, count: target.rank), offset: offset)
    let lead = target.rank - rank
    for i in 0..<rank {
      if shape[i] == target[lead + i] {
        result.strides[lead + i] = strides[i]
      } else if shape[i] != 1 {
        return nil
      }
    }
    return result
  }

  /// The dimensions in another order; `axes` is a permutation.
  public func transposed(_ axes: [Int]) -> Layout {
    var result = self
    for (i, axis) in axes.enumerated() {
      result.shape[i] = shape[axis]
      result.strides[i] = strides[axis]
    }
    return result
  }

  /// All dimensions in reverse order.
  public var transposed: Layout {
    var result = self
    for i in 0..<rank {
      result.shape[i] = shape[rank - 1 - i]
      result.strides[i] = strides[rank - 1 - i]
    }
    return result
  }

  /// The same elements under another shape without moving any; nil where that takes a copy.
  public func reshaped(_ target: Shape) -> Layout? {
    if count == 0 {
      // A view without elements has the strides that one with some would have.
      var empty = Layout(shape: target, strides: target, offset: offset)
      var stride = 1
      for i in (0..<target.rank).reversed() {
        empty.strides[i] = stride
        stride &*= Swift.max(target[i], 1)
      }
      return empty
    }
    // Walk both shapes in groups of equal products; within a group the old strides must chain.
    var old: [(size: Int, stride: Int)] = []
    for i in 0..<rank where shape[i] != 1 { old.append((shape[i], strides[i])) }
    var result = Layout(
      shape: target, strides: Shape(repeating: 0, count: target.rank), offset: offset)
    var o = 0
    var n = 0
    while n < target.rank {
      if target[n] == 1 {
        n += 1
        continue
      }
      guard o < old.count else { return nil }
      var oldEnd = o + 1
      var newEnd = n + 1
      var oldProduct = old[o].size
      var newProduct = target[n]
      while oldProduct != newProduct {
        if oldProduct < newProduct {
          guard oldEnd < old.count else { return nil }
          oldProduct *= old[oldEnd].size
          oldEnd += 1
        } else {
          guard newEnd < target.rank else { return nil }
          newProduct *= target[newEnd]
          newEnd += 1
        }
      }
      for i in o..<(oldEnd - 1) where old[i].stride != old[i + 1].stride * old[i + 1].size {
        return nil
      }
      var stride = old[oldEnd - 1].stride
      for i in (n..<newEnd).reversed() {
        result.strides[i] = stride
        stride *= target[i]
      }
      o = oldEnd
      n = newEnd
    }
    // Dimensions of size 1 get the stride that a contiguous array would have, the last ones that of
    // the dimension before them.
    var next = target.lastIndex { $0 != 1 }.map { result.strides[$0] } ?? 1
    for i in (0..<target.rank).reversed() {
      if target[i] == 1 { result.strides[i] = next }
      next = result.strides[i] * Swift.max(target[i], 1)
    }
    return result
  }

  /// Steps `count` elements along `axis` from `start`, every `step`-th.
  @inlinable
  public func sliced(axis: Int, start: Int, count: Int, step: Int) -> Layout {
    var result = self
    result.offset &+= start &* strides[axis]
    result.shape[axis] = count
    result.strides[axis] = strides[axis] &* step
    return result
  }

  /// One position along `axis`, which disappears.
  @inlinable
  public func indexed(axis: Int, at position: Int) -> Layout {
    var result = self
    result.offset &+= position &* strides[axis]
    result.shape.remove(at: axis)
    result.strides.remove(at: axis)
    return result
  }

  /// A new dimension of size 1 before `axis`.
  @inlinable
  public func expanded(at axis: Int) -> Layout {
    var result = self
    result.shape.insert(1, at: axis)
    result.strides.insert(0, at: axis)
    return result
  }
}
