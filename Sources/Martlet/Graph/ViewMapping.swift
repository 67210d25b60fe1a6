import MartletIR

/// A view of an array that has no memory yet, as a map from the view's indices to the array's: what
/// a layout over C-ordered elements means for whoever computes them.
struct ViewMapping {
  /// For each dimension of the view: the array's dimension it walks (-1: none) and in what steps.
  private var sources = InlineArray<8, Int>(repeating: -1)
  private var steps = InlineArray<8, Int>(repeating: 0)
  /// Where the view starts, in each dimension of the array.
  private var start: Shape
  private let shape: Shape

  /// Nil where the view isn't such a map (a reshape across dimensions, a diagonal).
  init?(_ layout: Layout, of array: Shape) {
    shape = layout.shape
    let contiguous = Layout(contiguous: array)
    start = Shape(repeating: 0, count: array.rank)
    var rest = layout.offset
    for d in 0..<array.rank where array[d] > 1 {
      start[d] = rest / contiguous.strides[d]
      rest %= contiguous.strides[d]
    }
    guard rest == 0 else { return nil }
    var used = 0
    for j in 0..<layout.rank {
      let stride = layout.strides[j]
      if stride == 0 || layout.shape[j] == 1 { continue }
      // The largest dimension of which the stride is a multiple.
      var found = -1
      for d in 0..<array.rank where array[d] > 1 && used >> d & 1 == 0 {
        let own = contiguous.strides[d]
        if stride % own == 0, abs(stride / own) < array[d] {
          found = d
          break
        }
      }
      guard found >= 0 else { return nil }
      let step = stride / contiguous.strides[found]
      let last = start[found] + step * (layout.shape[j] - 1)
      guard last >= 0, last < array[found] else { return nil }
      used |= 1 << found
      sources[j] = found
      steps[j] = step
    }
  }

  /// A layout of the array, seen through the view.
  func callAsFunction(_ layout: Layout) -> Layout {
    var strides = Shape(repeating: 0, count: shape.rank)
    for j in 0..<shape.rank where sources[j] >= 0 {
      strides[j] = steps[j] * layout.strides[sources[j]]
    }
    var offset = layout.offset
    for d in 0..<start.rank { offset += start[d] * layout.strides[d] }
    return Layout(shape: shape, strides: strides, offset: offset)
  }

  /// Where the view is a plain box of the array (same dimensions in the same order, steps of 1):
  /// its range in each dimension.
  func box(of array: Shape) -> [Range<Int>]? {
    guard shape.rank == array.rank else { return nil }
    var ranges: [Range<Int>] = []
    for j in 0..<shape.rank {
      let (dimension, step) = (sources[j], steps[j])
      if dimension == j, step == 1 {
        ranges.append(start[j]..<(start[j] + shape[j]))
      } else if shape[j] == 1, dimension == -1 {
        ranges.append(start[j]..<(start[j] + 1))
      } else {
        return nil
      }
    }
    return ranges
  }
}
