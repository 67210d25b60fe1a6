import MartletIR

/// The orders in which an array's axes lie one within another.
extension Layout {
  /// Fortran order: the first dimension is contiguous.
  package init(fortran shape: Shape) {
    self.init(shape: shape, inOrder: Array((0..<shape.rank).reversed()))
  }

  /// Without gaps, the axes from the outermost to the innermost as given.
  package init(shape: Shape, inOrder axes: [Int]) {
    self.init(contiguous: shape)
    if count == 0 { return }
    var stride = 1
    for axis in axes.reversed() {
      strides[axis] = stride
      stride &*= shape[axis]
    }
  }

  /// The axes from the one with the largest stride to the one with the smallest.
  package var axesByStride: [Int] {
    (0..<rank).sorted { (strides[$1].magnitude, $0) < (strides[$0].magnitude, $1) }
  }

  /// The axes from the outermost to the innermost in the order that NumPy goes through arrays of one
  /// shape (`numpy.nditer`): as the strides say where the arrays agree, else as the shape does.
  /// Axes that an array does not move along say nothing.
  package static func commonOrder(_ layouts: [Layout], rank: Int) -> [Int] {
    var order = Array(0..<rank)
    // From the second innermost axis outward, each goes as far inward as its strides let it.
    for next in (0..<max(rank - 1, 0)).reversed() {
      var place = next
      search: for other in (next + 1)..<rank {
        switch relation(order[next], order[other], layouts, ofStanding: false) {
        case .smaller: place = other
        case .larger: break search
        case .either: break
        }
      }
      if place > next { order.insert(order.remove(at: next), at: place) }
    }
    return order
  }

  /// The same for arrays that are joined: axes are placed from the first to the last, and one along
  /// which an array does not move counts as the innermost.
  package static func joinedOrder(_ layouts: [Layout], rank: Int) -> [Int] {
    var order = Array(0..<rank)
    for next in 0..<rank {
      var place = next
      search: for other in (0..<next).reversed() {
        switch relation(order[other], order[next], layouts, ofStanding: true) {
        case .smaller: place = other
        case .larger: break search
        case .either: break
        }
      }
      if place < next { order.insert(order.remove(at: next), at: place) }
    }
    return order
  }

  /// How a result lies that has the axes of this layout that are not reduced, or all of them with
  /// length 1 in the others' places.
  package func reducing(_ isReduced: [Bool], keepsDimensions: Bool) -> Layout {
    var left = Layout(shape: Shape(), strides: Shape())
    for axis in 0..<rank where !isReduced[axis] || keepsDimensions {
      left.shape.append(isReduced[axis] ? 1 : shape[axis])
      left.strides.append(isReduced[axis] ? 0 : strides[axis])
    }
    return Layout(shape: left.shape, inOrder: Layout.commonOrder([left], rank: left.rank))
  }

  private enum Relation { case smaller, larger, either }

  /// Whether the outer axis has the smaller strides; `ofStanding` has axes without movement count.
  private static func relation(
    _ outer: Int, _ inner: Int, _ layouts: [Layout], ofStanding: Bool
  ) -> Relation {
    var relation = Relation.either
    for layout in layouts where layout.shape[outer] != 1 && layout.shape[inner] != 1 {
      let (a, b) = (layout.strides[outer].magnitude, layout.strides[inner].magnitude)
      if !ofStanding, a == 0 || b == 0 { continue }
      if b <= a { return .larger }
      relation = .smaller
    }
    return relation
  }
}
