import MartletIR

/// One entry of a subscript: what happens to one axis (or, for a mask, several).
public struct AxisIndex: Sendable {
  package enum Kind: Sendable {
    /// One position; negative ones count from the end.
    case position(Int)
    /// NumPy's `start:stop:step`, clamped to the axis.
    case slice(start: Int?, stop: Int?, step: Int)
    case ellipsis
    case newAxis
    /// Integers, or a truth value for each element of the axes it covers.
    case array(NDArray)
  }

  package var kind: Kind

  package init(_ kind: Kind) { self.kind = kind }

  /// Every `step`-th element of this range; a negative step walks backward.
  public func by(_ step: Int) -> AxisIndex {
    guard case .slice(let start, let stop, _) = kind else { return self }
    return AxisIndex(.slice(start: start, stop: stop, step: step))
  }
}

/// What may stand in an array's subscript: positions, ranges, strides, `.ellipsis`, `.newAxis`,
/// integer arrays and masks.
public protocol ArrayIndex {
  /// What it selects.
  var axisIndex: AxisIndex { get }
}

extension AxisIndex: ArrayIndex {
  /// Itself.
  public var axisIndex: AxisIndex { self }
}

extension ArrayIndex where Self == AxisIndex {
  /// All axes that no other entry mentions.
  public static var ellipsis: AxisIndex { AxisIndex(.ellipsis) }
  /// A new axis of length 1.
  public static var newAxis: AxisIndex { AxisIndex(.newAxis) }
  /// Python's slice; `nil` stands for an end of the axis, negative numbers count from the end.
  public static func slice(_ start: Int?, _ stop: Int?, _ step: Int = 1) -> AxisIndex {
    AxisIndex(.slice(start: start, stop: stop, step: step))
  }
  /// The whole axis.
  public static var all: AxisIndex { AxisIndex(.slice(start: nil, stop: nil, step: 1)) }
}

/// A position on an axis, from its start or from its end: `3`, `.end - 1`.
public struct AxisPosition: ArrayIndex, ExpressibleByIntegerLiteral, Sendable {
  /// From the start, or from the end.
  var offset: Int
  var fromEnd: Bool

  public init(integerLiteral value: Int) {
    offset = value
    fromEnd = false
  }

  /// One past the last position.
  public static var end: AxisPosition {
    var position: AxisPosition = 0
    position.fromEnd = true
    return position
  }

  /// So many positions before this one.
  public static func - (position: AxisPosition, count: Int) -> AxisPosition {
    var result = position
    result.offset -= count
    return result
  }

  /// As NumPy writes it: negative from the end. `.end` itself is past the axis, as `nil`.
  var bound: Int? { fromEnd && offset == 0 ? nil : offset }

  /// The position as an entry of a subscript.
  public var axisIndex: AxisIndex {
    // `.end` alone is no position: the largest number is out of bounds for every axis.
    AxisIndex(.position(fromEnd && offset == 0 ? .max : offset))
  }
}

extension ArrayIndex where Self == AxisPosition {
  /// One past the last position: `a[.end - 1]` is the last element.
  public static var end: AxisPosition { .end }
}

/// The positions from `start` up to, not including, `stop`: `a[1 ..< .end - 1]`.
public func ..< (start: AxisPosition, stop: AxisPosition) -> AxisIndex {
  AxisIndex(.slice(start: start.offset, stop: stop.bound, step: 1))
}

extension Int: ArrayIndex {
  public var axisIndex: AxisIndex { AxisIndex(.position(self)) }
}
extension Range: ArrayIndex where Bound == Int {
  public var axisIndex: AxisIndex { .slice(lowerBound, upperBound) }
}
extension ClosedRange: ArrayIndex where Bound == Int {
  public var axisIndex: AxisIndex {
    .slice(lowerBound, upperBound == -1 ? nil : upperBound &+ 1)
  }
}
extension PartialRangeFrom: ArrayIndex where Bound == Int {
  public var axisIndex: AxisIndex { .slice(lowerBound, nil) }
}
extension PartialRangeUpTo: ArrayIndex where Bound == Int {
  public var axisIndex: AxisIndex { .slice(nil, upperBound) }
}
extension PartialRangeThrough: ArrayIndex where Bound == Int {
  public var axisIndex: AxisIndex { .slice(nil, upperBound == -1 ? nil : upperBound &+ 1) }
}
extension StrideTo: ArrayIndex where Element == Int {
  public var axisIndex: AxisIndex { AxisIndex(visiting: Array(self)) }
}
extension StrideThrough: ArrayIndex where Element == Int {
  public var axisIndex: AxisIndex { AxisIndex(visiting: Array(self)) }
}
extension NDArray: ArrayIndex {
  /// The elements at these positions, or where the mask is true.
  public var axisIndex: AxisIndex { AxisIndex(.array(self)) }
}

extension AxisIndex {
  /// The slice that visits these evenly spaced positions.
  fileprivate init(visiting positions: [Int]) {
    guard let first = positions.first, let last = positions.last else {
      self = .slice(0, 0)
      return
    }
    let step = positions.count > 1 ? positions[1] - first : 1
    let stop = last + (step > 0 ? 1 : -1)
    self = AxisIndex(.slice(start: first, stop: step < 0 && stop < 0 ? nil : stop, step: step))
  }
}

extension AxisIndex {
  /// Where a slice starts, how many positions it has, on an axis of `size`: Python's rules.
  package static func resolve(
    start: Int?, stop: Int?, step: Int, size: Int
  ) throws(MartletError) -> (start: Int, count: Int) {
    if step == 0 {
      throw .invalidArgument(operation: "index", detail: "slice step cannot be zero")
    }
    func clamp(_ value: Int, _ low: Int, _ high: Int) -> Int {
      var position = value
      if position < 0 { position = position &+ size < position ? low : position + size }
      return min(max(position, low), high)
    }
    if step > 0 {
      let first = start.map { clamp($0, 0, size) } ?? 0
      let last = stop.map { clamp($0, 0, size) } ?? size
      return (first, last > first ? (last - first - 1) / step + 1 : 0)
    }
    let first = start.map { clamp($0, -1, size - 1) } ?? size - 1
    let last = stop.map { clamp($0, -1, size - 1) } ?? -1
    guard first > last else { return (max(first, 0), 0) }
    // -step overflows for the smallest integer; one position is left then anyway.
    let stride = step == .min ? Int.max : -step
    return (first, (first - last - 1) / stride + 1)
  }
}

extension AxisPosition {
  /// The positions before `stop`: `a[..<(.end - 2)]`.
  public static prefix func ..< (stop: AxisPosition) -> AxisIndex {
    AxisIndex(.slice(start: nil, stop: stop.bound, step: 1))
  }

  /// The positions from `start` on: `a[(.end - 3)...]`.
  public static postfix func ... (start: AxisPosition) -> AxisIndex {
    AxisIndex(.slice(start: start.offset, stop: nil, step: 1))
  }
}
