import MartletIR

extension GridArray {
  /// Where an array's elements lie in space: the number of samples, the distance between neighbours
  /// and the place of the first, for each axis, in whatever unit the user measures.
  ///
  /// The element `i` of an axis lies at `origin + i * spacing`. A negative spacing belongs to an axis
  /// that was reversed.
  public struct Grid: Sendable, Hashable {
    /// The number of points along each axis.
    public let shape: Shape
    /// The distance between neighbours along each axis: finite, and not zero.
    public let spacing: [Double]
    /// Where the first element of each axis lies: finite.
    public let origin: [Double]

    /// The grid of an array that carries none: spacing 1, origin 0.
    public init(shape: Shape) {
      self.shape = shape
      spacing = Array(repeating: 1, count: shape.rank)
      origin = Array(repeating: 0, count: shape.rank)
    }

    /// A grid with one spacing and one origin for each axis; 1 and 0 where they are left out.
    ///
    /// - Throws: `.invalidArgument` for another number of them, and for numbers no grid can have.
    public init(
      shape: Shape, spacing: [Double]? = nil, origin: [Double]? = nil
    ) throws(MartletError) {
      let plain = Grid(shape: shape)
      let (spacing, origin) = (spacing ?? plain.spacing, origin ?? plain.origin)
      for (name, numbers) in [("spacing", spacing), ("origin", origin)] {
        guard numbers.count == shape.rank else {
          throw .invalidArgument(
            operation: "grid",
            detail: "an array of \(shape.rank) axes takes a \(name) for each, not \(numbers.count)")
        }
      }
      guard spacing.allSatisfy({ $0.isFinite && $0 != 0 }), origin.allSatisfy(\.isFinite) else {
        throw .invalidArgument(
          operation: "grid",
          detail: "spacings must be finite and not zero, origins finite; got \(spacing), \(origin)")
      }
      self.init(unchecked: shape, spacing, origin)
    }

    private init(unchecked shape: Shape, _ spacing: [Double], _ origin: [Double]) {
      self.shape = shape
      self.spacing = spacing
      self.origin = origin
    }

    /// Where an element lies along an axis.
    public func coordinate(_ position: Int, axis: Int) -> Double {
      origin[axis] + Double(position) * spacing[axis]
    }

    /// The grid of a view, where this one belongs to the array that the view looks at.
    ///
    /// Nil where an axis of the view does not run along one of the array's: after most reshapes, on a
    /// diagonal. An axis that the view added has spacing 1 and origin 0.
    package func seen(through view: Layout, of base: Layout) -> Grid? {
      guard base.shape == shape, let axes = view.axes(within: base) else { return nil }
      return Grid(
        unchecked: view.shape, axes.map { $0.map { spacing[$0.axis] * Double($0.step) } ?? 1 },
        axes.map { $0.map { coordinate($0.start, axis: $0.axis) } ?? 0 })
    }
  }
}

extension Layout {
  /// How an axis of a view runs along an axis of the array it looks at: from `start`, in steps.
  package struct AxisCourse: Sendable, Hashable {
    package var axis: Int
    package var start: Int
    package var step: Int
  }

  /// For each axis of this view the axis of `base` that it runs along, nil for an axis that was
  /// added. Nil altogether where there is no such reading.
  ///
  /// Both layouts count in the same unit. The view keeps no record of how it was made, so this
  /// reads it back from the strides, which costs views that carry no grid nothing.
  package func axes(within base: Layout) -> [AxisCourse?]? {
    guard count > 0, base.isInjective else { return nil }
    let extent = base.extent
    guard offset >= extent.lowerBound, offset < extent.upperBound else { return nil }
    // The base's axes from the farthest neighbours to the nearest: as it is injective, each position
    // within it has one index, found by dividing.
    var rest = offset - extent.lowerBound
    var start = Array(repeating: 0, count: base.rank)
    for axis in base.axesByStride where base.shape[axis] > 1 {
      let position = rest / abs(base.strides[axis])
      rest -= position * abs(base.strides[axis])
      guard position < base.shape[axis] else { return nil }
      start[axis] = base.strides[axis] > 0 ? position : base.shape[axis] - 1 - position
    }
    // What is left is the distance to a part of an element, as a complex number's imaginary one.
    var result: [AxisCourse?] = Array(repeating: nil, count: rank)
    var taken: Set<Int> = []
    for i in 0..<rank where shape[i] > 1 && strides[i] != 0 {
      let course = base.axesByStride.lazy.compactMap { axis -> AxisCourse? in
        let stride = base.strides[axis]
        guard base.shape[axis] > 1, strides[i] % stride == 0 else { return nil }
        let step = strides[i] / stride
        let last = start[axis] + step * (shape[i] - 1)
        guard last >= 0, last < base.shape[axis] else { return nil }
        return AxisCourse(axis: axis, start: start[axis], step: step)
      }.first
      guard let course, taken.insert(course.axis).inserted else { return nil }
      result[i] = course
    }
    // One element of an axis lies where it lay, and its stride tells of which axis, unless that of
    // an axis of one element is the same; `distinguished` sees to it that it is not.
    for i in 0..<rank where shape[i] == 1 && strides[i] != 0 {
      let found = (0..<base.rank).filter { axis in
        guard !taken.contains(axis), base.strides[axis] != 0 else { return false }
        return strides[i] % base.strides[axis] == 0
          && abs(strides[i] / base.strides[axis]) < max(base.shape[axis], 2)
      }
      if found.isEmpty { continue }
      guard found.count == 1 else { return nil }
      taken.insert(found[0])
      let step = strides[i] / base.strides[found[0]]
      result[i] = AxisCourse(axis: found[0], start: start[found[0]], step: step)
    }
    return result
  }

  /// The same with strides for axes of one element, where they mean nothing, that no view along
  /// another axis can have.
  package var distinguished: Layout {
    var result = self
    let reach = extent.count
    for axis in 0..<rank where shape[axis] == 1 { result.strides[axis] = reach &* (axis + 2) }
    return result
  }
}
