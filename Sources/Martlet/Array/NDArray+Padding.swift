import MartletIR
import MartletRuntime

/// More elements at the edges of arrays (NumPy's `pad`).
extension NDArray {
  /// How the edges of a padded array are filled.
  public enum Padding: Sendable {
    /// One number everywhere.
    case constant(Double)
    /// The nearest element.
    case edge
    /// The elements mirrored, without repeating the outermost.
    case reflect
    /// The elements mirrored, the outermost first.
    case symmetric
    /// The elements from the other side.
    case wrap
    /// As `reflect`, turned over at the outermost element too: twice that minus the mirrored one.
    case oddReflect
    /// As `symmetric`, turned over in the same way.
    case oddSymmetric
    /// From the nearest element evenly to a number at the outermost place.
    case linearRamp(Double)
    /// The largest of so many elements next to the edge, nil for all along the axis.
    case maximum(of: Int?)
    /// The smallest of them.
    case minimum(of: Int?)
    /// Their mean.
    case mean(of: Int?)
    /// The one in the middle of their sorted order.
    case median(of: Int?)

    /// The same on both sides of every axis.
    fileprivate func rule(_ rank: Int) -> PaddingRule {
      func lengths(_ count: Int?) -> [(Int?, Int?)] {
        Array(repeating: (count, count), count: rank)
      }
      func numbers(_ value: Double) -> [(Operand, Operand)] {
        let number = Operand.scalar(Scalar(value, .float64))
        return Array(repeating: (number, number), count: rank)
      }
      return switch self {
      case .constant(let value): .constants(numbers(value))
      case .edge: .gathered(.edge)
      case .reflect: .gathered(.reflect)
      case .symmetric: .gathered(.symmetric)
      case .wrap: .gathered(.wrap)
      case .oddReflect: .odd(includesEdge: false)
      case .oddSymmetric: .odd(includesEdge: true)
      case .linearRamp(let value): .ramps(numbers(value))
      case .maximum(let count): .statistics(.maximum, lengths(count))
      case .minimum(let count): .statistics(.minimum, lengths(count))
      case .mean(let count): .statistics(.mean, lengths(count))
      case .median(let count): .statistics(.median, lengths(count))
      }
    }
  }

  /// The array with `widths[axis]` elements before and after along each axis.
  ///
  /// - Throws: `.invalidArgument` for negative widths, other than one pair for each axis, and an axis
  ///   without elements to extend; `.sizeLimit`, `.outOfMemory`.
  public func padded(
    _ widths: [(before: Int, after: Int)], _ mode: Padding = .constant(0)
  ) throws(MartletError) -> NDArray {
    try padded(widths, mode.rule(rank))
  }

  /// The same with numbers of their own for each side.
  package func padded(
    _ widths: [(before: Int, after: Int)], _ rule: PaddingRule
  ) throws(MartletError) -> NDArray {
    let wide = try widened(widths)
    let isFortran = layout.isFortranContiguous && !layout.isContiguous
    switch rule {
    case .nothing, .constants:
      return try surrounded(widths, wide, isFortran: isFortran, rule)
    default: break
    }
    var result = self
    for (axis, width) in widths.enumerated() where width.before + width.after > 0 {
      guard shape[axis] > 0 else {
        throw .invalidArgument(
          operation: "pad",
          detail: "can't extend empty axis \(axis) using modes other than 'constant' or 'empty'")
      }
      result = try result.extended(axis, width, rule, period: shape[axis])
    }
    if isFortran, !result.layout.isFortranContiguous {
      return try result.converted(to: dtype, layout: Layout(fortran: result.shape))
    }
    return result
  }

  private func widened(_ widths: [(before: Int, after: Int)]) throws(MartletError) -> Shape {
    guard widths.count == rank else {
      throw .invalidArgument(
        operation: "pad", detail: "there are \(widths.count) widths for \(rank) axes")
    }
    guard widths.allSatisfy({ $0.before >= 0 && $0.after >= 0 }) else {
      throw .invalidArgument(operation: "pad", detail: "index can't contain negative values")
    }
    var wide = shape
    for (axis, width) in widths.enumerated() {
      // Checked one by one, the sums cannot overflow.
      for added in [width.before, width.after] {
        try Shape([added]).checkedCount()
        wide[axis] += added
      }
    }
    try wide.checkedCount()
    return wide
  }

  /// In the middle of new memory, with numbers around it or what was there.
  private func surrounded(
    _ widths: [(before: Int, after: Int)], _ wide: Shape, isFortran: Bool, _ rule: PaddingRule
  ) throws(MartletError) -> NDArray {
    var sides: [(Operand, Operand)] = []
    if case .constants(let numbers) = rule { sides = numbers }
    var common = Scalar(Int64(0), dtype)
    if case .scalar(let number)? = sides.first?.0 { common = number.converted(to: dtype) }
    var result = try NDArray.full(wide, common, on: device)
    if isFortran { result.layout = Layout(fortran: wide) }
    var inner = result.layout
    for (axis, width) in widths.enumerated() {
      inner = inner.sliced(axis: axis, start: width.before, count: shape[axis], step: 1)
    }
    try result.fill(inner, self)
    // What an axis adds lies beside the others' additions before it, as where NumPy writes them.
    for (axis, side) in sides.enumerated() {
      var region = result.layout
      for (other, width) in widths.enumerated() where other > axis {
        region = region.sliced(axis: other, start: width.before, count: shape[other], step: 1)
      }
      let places = [
        (0, widths[axis].before, side.0),
        (wide[axis] - widths[axis].after, widths[axis].after, side.1),
      ]
      for (start, count, value) in places {
        guard case .scalar(let number) = value else { continue }
        let typed = number.converted(to: dtype)
        if count == 0 || typed == common { continue }
        let part = region.sliced(axis: axis, start: start, count: count, step: 1)
        try result.fill(part, NDArray.scalar(typed))
      }
    }
    return result
  }

  /// Longer along one axis, which has had `period` elements before.
  private func extended(
    _ axis: Int, _ width: (before: Int, after: Int), _ rule: PaddingRule, period: Int
  ) throws(MartletError) -> NDArray {
    func block(_ count: Int, _ value: NDArray) throws(MartletError) -> NDArray {
      var target = shape
      target[axis] = count
      return try value.asType(dtype).broadcast(to: target)
    }
    func edge(_ place: Int) -> NDArray { part(axis: axis, from: place, count: 1) }
    switch rule {
    case .nothing, .constants: return self
    case .gathered(let order):
      let size = shape[axis]
      try Room.check(
        bytes: 2 * MemoryLayout<Int>.stride * (width.before + size + width.after))
      let positions = (-width.before..<size + width.after).map { order.source($0, size) }
      return try taking(NDArray(positions: positions), axis: axis)
    case .odd(let includesEdge):
      if period == 1 { return try extended(axis, width, .gathered(.edge), period: 1) }
      return try mirrored(axis, width, period: period, includesEdge: includesEdge)
    case .ramps(let ends):
      var parts: [NDArray] = []
      func ramp(_ end: Operand, _ place: Int, _ count: Int) throws(MartletError) -> NDArray {
        let stop = view(layout.indexed(axis: axis, at: place))
        let spacing = Spacing(start: end, stop: .array(stop), count: count, hasEndpoint: false)
        return try spacing.line(dtype: dtype, axis: axis).0
      }
      if width.before > 0 { parts.append(try ramp(ends[axis].0, 0, width.before)) }
      parts.append(self)
      if width.after > 0 {
        parts.append(try ramp(ends[axis].1, shape[axis] - 1, width.after).flipped([axis]))
      }
      return try NDArray.concatenate(parts, axis: axis)
    case .statistics(let statistic, let lengths):
      let size = shape[axis]
      let counts = (
        Swift.min(lengths[axis].0 ?? size, size), Swift.min(lengths[axis].1 ?? size, size)
      )
      func value(_ start: Int, _ count: Int) throws(MartletError) -> NDArray {
        let found = try statistic.of(part(axis: axis, from: start, count: count), axis)
        return dtype.isInteger && found.dtype.isInexact
          ? try NDArray.compute(.rint, .array(found)) : found
      }
      let first = try value(0, counts.0)
      let last = counts == (size, size) ? first : try value(size - counts.1, counts.1)
      return try NDArray.concatenate(
        [block(width.before, first), self, block(width.after, last)], axis: axis)
    }
  }

  /// Mirrored and turned over at both ends, piece by piece as NumPy does it, since each rounds.
  private func mirrored(
    _ axis: Int, _ width: (before: Int, after: Int), period: Int, includesEdge: Bool
  ) throws(MartletError) -> NDArray {
    var result = self
    var (before, after) = width
    let two = Operand.weak(.integer, Scalar(Int64(2), .int64))
    let skipped = includesEdge ? 0 : 1
    while before > 0 || after > 0 {
      let size = result.shape[axis]
      let whole =
        includesEdge ? size / period * period : (size - 1) / (period - 1) * (period - 1)
      func piece(_ count: Int, from start: Int, at edge: Int) throws(MartletError) -> NDArray {
        let chunk = try result.part(axis: axis, from: start, count: count).flipped([axis])
        let twice = try NDArray.compute(
          .multiply, two, .array(result.part(axis: axis, from: edge, count: 1)))
        return try NDArray.compute(.subtract, .array(twice), .array(chunk)).asType(dtype)
      }
      var parts = [result]
      let (left, right) = (Swift.min(whole, before), Swift.min(whole, after))
      if left > 0 { parts.insert(try piece(left, from: skipped, at: 0), at: 0) }
      if right > 0 {
        parts.append(try piece(right, from: size - skipped - right, at: size - 1))
      }
      (before, after) = (before - left, after - right)
      result = try NDArray.concatenate(parts, axis: axis)
    }
    return result
  }
}

/// What stands at the edges of a padded array, side by side and axis by axis.
package enum PaddingRule: Sendable {
  /// Anything at all.
  case nothing
  /// Numbers (`.scalar`) before and after.
  case constants([(Operand, Operand)])
  case gathered(PaddingOrder)
  /// Mirrored and turned over.
  case odd(includesEdge: Bool)
  /// Where the ramps end.
  case ramps([(Operand, Operand)])
  /// Of so many elements next to the edge; nil for all.
  case statistics(PaddingStatistic, [(Int?, Int?)])
}

/// Which elements of the array itself stand beside it.
package enum PaddingOrder: Sendable {
  case edge, reflect, symmetric, wrap

  /// Which element stands at a position outside the axis.
  fileprivate func source(_ position: Int, _ size: Int) -> Int {
    switch self {
    case .edge: return min(max(position, 0), size - 1)
    case .wrap: return (position % size + size) % size
    case .symmetric:
      let place = (position % (2 * size) + 2 * size) % (2 * size)
      return place < size ? place : 2 * size - 1 - place
    case .reflect:
      if size == 1 { return 0 }
      let period = 2 * (size - 1)
      let place = (position % period + period) % period
      return place < size ? place : period - place
    }
  }
}

package enum PaddingStatistic: Sendable {
  case maximum, minimum, mean, median

  fileprivate func of(_ array: NDArray, _ axis: Int) throws(MartletError) -> NDArray {
    switch self {
    case .maximum: try array.max(axes: [axis], keepDimensions: true)
    case .minimum: try array.min(axes: [axis], keepDimensions: true)
    case .mean: try array.mean(axes: [axis], keepDimensions: true)
    case .median: try array.median(axes: [axis], keepDimensions: true)
    }
  }
}
