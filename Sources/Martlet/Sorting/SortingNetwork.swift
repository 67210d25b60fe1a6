import MartletIR

/// Which places of a short lane are compared with which, in order, so that it ends up sorted: the
/// same ones whatever the elements are, so that neighbouring lanes are sorted side by side without a
/// branch.
///
/// Source: K. E. Batcher, "Sorting networks and their applications" (1968), odd-even merge sort.
struct SortingNetwork: Sendable {
  /// Longer lanes are sorted by other means.
  static let longest = 32

  /// The smaller element of a pair goes to its first place.
  private let pairs: [(first: Int32, second: Int32)]

  /// - Parameter count: The elements of a lane. The network is that of the next power of two,
  ///   without the pairs whose second place, where infinity would stand, is missing.
  init(count: Int) {
    var pairs: [(first: Int32, second: Int32)] = []
    var size = 1
    while size < count { size *= 2 }
    var merged = 1
    while merged < size {
      var distance = merged
      while distance >= 1 {
        for start in stride(from: distance % merged, to: size - distance, by: 2 * distance) {
          for first in start..<min(start + distance, size - distance) {
            let second = first + distance
            guard first / (2 * merged) == second / (2 * merged), second < count else { continue }
            pairs.append((Int32(first), Int32(second)))
          }
        }
        distance /= 2
      }
      merged *= 2
    }
    self.pairs = pairs
  }

  /// Sorts `width` lanes that lie side by side: place `i` of lane `j` at `i * width + j`.
  @inline(__always)
  func sort<Item: SortItem>(_ items: UnsafeMutablePointer<Item>, width: Int) {
    for pair in pairs {
      let (low, high) = (items + Int(pair.first) * width, items + Int(pair.second) * width)
      for lane in 0..<width {
        var (a, b) = (low[lane], high[lane])
        Item.order(&a, &b)
        (low[lane], high[lane]) = (a, b)
      }
    }
  }
}

/// Where the lanes of two arrays of one shape begin, in C order of the axes beside theirs.
struct LaneWalk {
  private struct Axis {
    var size: Int
    var source: Int
    var target: Int
    var index = 0
  }

  /// The axis whose lanes follow each other, and those around it, the outermost first.
  private var inner = Axis(size: 1, source: 0, target: 0)
  private var outer: [Axis] = []
  private(set) var source: Int
  private(set) var target: Int

  /// - Parameter lane: The number of the first lane.
  init(_ source: Layout, _ target: Layout, axis: Int, from lane: Int) {
    for i in 0..<source.rank where i != axis && source.shape[i] > 1 {
      let next = Axis(
        size: source.shape[i], source: source.strides[i], target: target.strides[i])
      // An axis that goes on where the one inside of it ends is one with it.
      let isOne =
        inner.source == next.size * next.source && inner.target == next.size * next.target
      if !isOne, inner.size > 1 { outer.append(inner) }
      inner = Axis(
        size: isOne ? inner.size * next.size : next.size, source: next.source, target: next.target)
    }
    (self.source, self.target) = (source.offset, target.offset)
    let (rest, index) = lane.quotientAndRemainder(dividingBy: inner.size)
    inner.index = index
    self.source += index * inner.source
    self.target += index * inner.target
    var left = rest
    for i in outer.indices.reversed() {
      outer[i].index = left % outer[i].size
      left /= outer[i].size
      self.source += outer[i].index * outer[i].source
      self.target += outer[i].index * outer[i].target
    }
  }

  /// Goes to the next lane; behind the last one comes the first.
  @inline(__always)
  mutating func advance() {
    inner.index += 1
    source += inner.source
    target += inner.target
    if inner.index == inner.size { carry() }
  }

  private mutating func carry() {
    source -= inner.size * inner.source
    target -= inner.size * inner.target
    inner.index = 0
    for i in outer.indices.reversed() {
      outer[i].index += 1
      source += outer[i].source
      target += outer[i].target
      if outer[i].index < outer[i].size { return }
      source -= outer[i].size * outer[i].source
      target -= outer[i].size * outer[i].target
      outer[i].index = 0
    }
  }
}
