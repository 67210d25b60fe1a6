import MartletIR

/// The dimensions of a loop nest after everything that does not matter is gone: dimensions of size
/// one dropped, the rest ordered by memory and merged where every buffer allows it.
struct LoopNest {
  struct Dimension {
    var size: Int
    /// Whether a reduction runs over it.
    var reduced: Bool
    /// One per buffer, in elements.
    var strides: [Int]
  }

  var dimensions: [Dimension]
  /// One per buffer: what to add to its pointer, in elements.
  var offsets: [Int]

  /// - Parameters:
  ///   - layouts: one per buffer, all of `shape`'s rank.
  ///   - reduced: which dimensions are reduced.
  ///   - leading: the buffer whose memory order decides the order of the loops.
  ///   - isOrdered: whether the loops must keep the shape's order.
  init(
    _ shape: Shape, layouts: [Layout], reduced: [Bool]? = nil, leading: Int, isOrdered: Bool = false
  ) {
    offsets = layouts.map(\.offset)
    dimensions = []
    for i in 0..<shape.rank where shape[i] != 1 {
      dimensions.append(
        Dimension(
          size: shape[i], reduced: reduced?[i] ?? false, strides: layouts.map { $0.strides[i] }))
    }
    guard !dimensions.isEmpty else { return }
    if !isOrdered {
      flipNegative(leading)
      sort(leading)
    }
    merge()
  }

  /// Runs the loops so that the leading buffer is walked upward. Reduced dimensions keep their
  /// direction: where an extreme is found depends on it.
  private mutating func flipNegative(_ leading: Int) {
    for i in dimensions.indices
    where dimensions[i].strides[leading] < 0 && !dimensions[i].reduced {
      for b in offsets.indices {
        offsets[b] += (dimensions[i].size - 1) * dimensions[i].strides[b]
        dimensions[i].strides[b] = -dimensions[i].strides[b]
      }
    }
  }

  /// Largest stride first; a stable insertion sort, as there are at most eight.
  private mutating func sort(_ leading: Int) {
    func weight(_ d: Dimension) -> Int {
      let own = abs(d.strides[leading])
      return own != 0 ? own : d.strides.reduce(0) { max($0, abs($1)) }
    }
    for i in 1..<max(dimensions.count, 1) {
      var j = i
      while j > 0, weight(dimensions[j - 1]) < weight(dimensions[j]) {
        dimensions.swapAt(j - 1, j)
        j -= 1
      }
    }
  }

  private mutating func merge() {
    var merged: [Dimension] = [dimensions[0]]
    for next in dimensions.dropFirst() {
      let outer = merged[merged.count - 1]
      let fits =
        outer.reduced == next.reduced
        && zip(outer.strides, next.strides).allSatisfy { $0 == $1 * next.size }
      if fits {
        merged[merged.count - 1] = Dimension(
          size: outer.size * next.size, reduced: next.reduced, strides: next.strides)
      } else {
        merged.append(next)
      }
    }
    dimensions = merged
  }

  /// How the kernel sees a buffer's strides: the common ones are known when compiling, the others
  /// come in slots.
  static func stride(_ n: Int, innermost: Bool, slots: inout Int) -> Stride {
    switch n {
    case 0: return .broadcast
    case 1 where innermost: return .unit
    case -1 where innermost: return .constant(-1)
    case 2...4 where innermost: return .constant(n)
    default:
      slots += 1
      return .slot(slots - 1)
    }
  }
}
