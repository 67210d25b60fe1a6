import MartletIR

/// A view of an array that has no memory yet, as a map from the view's indices to the array's: what
/// a layout over C-ordered elements means for whoever computes them.
struct ViewMapping {
  /// For each dimension of the view: the array's dimension it walks (-1: none) and in what steps.
  private var source: [(dimension: Int, step: Int)]
  /// Where the view starts, in each dimension of the array.
  private var start: [Int]
  private let shape: Shape

  /// Nil where the view isn't such a map (a reshape across dimensions, a diagonal).
  init?(_ layout: Layout, of array: Shape) {
    shape = layout.shape
    let contiguous = Layout(contiguous: array)
    start = Array(repeating: 0, count: array.rank)
    var rest = layout.offset
    for d in 0..<array.rank where array[d] > 1 {
      start[d] = rest / contiguous.strides[d]
      rest %= contiguous.strides[d]
    }
    guard rest == 0 else { return nil }
    source = []
    var used = Array(repeating: false, count: array.rank)
    for j in 0..<layout.rank {
      let stride = layout.strides[j]
      if stride == 0 || layout.shape[j] == 1 {
        source.append((-1, 0))
        continue
      }
      // The largest dimension of which the stride is a multiple.
      guard
        let d = (0..<array.rank).first(where: {
          array[$0] > 1 && !used[$0] && stride % contiguous.strides[$0] == 0
            && abs(stride / contiguous.strides[$0]) < array[$0]
        })
      else { return nil }
      let step = stride / contiguous.strides[d]
      let last = start[d] + step * (layout.shape[j] - 1)
      guard last >= 0, last < array[d] else { return nil }
      used[d] = true
      source.append((d, step))
    }
  }

  /// A layout of the array, seen through the view.
  func callAsFunction(_ layout: Layout) -> Layout {
    var strides = Shape(repeating: 0, count: shape.rank)
    for (j, (dimension, step)) in source.enumerated() where dimension >= 0 {
      strides[j] = step * layout.strides[dimension]
    }
    var offset = layout.offset
    for (d, first) in start.enumerated() { offset += first * layout.strides[d] }
    return Layout(shape: shape, strides: strides, offset: offset)
  }

  /// Where the view is a plain box of the array (same dimensions in the same order, steps of 1):
  /// its range in each dimension.
  func box(of array: Shape) -> [Range<Int>]? {
    guard shape.rank == array.rank else { return nil }
    var ranges: [Range<Int>] = []
    for j in 0..<shape.rank {
      let (dimension, step) = source[j]
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
