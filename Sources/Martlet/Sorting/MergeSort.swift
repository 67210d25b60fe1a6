/// Sorting by comparisons, stable.
enum MergeSort {
  private static let runLength = 16

  static func sort<Item: SortItem>(
    _ items: UnsafeMutablePointer<Item>, scratch: UnsafeMutablePointer<Item>, count: Int
  ) {
    for start in stride(from: 0, to: count, by: runLength) {
      insertionSort(items + start, count: min(runLength, count - start))
    }
    var (from, to) = (items, scratch)
    var width = runLength
    while width < count {
      for start in stride(from: 0, to: count, by: 2 * width) {
        let left = min(width, count - start)
        let right = min(width, count - start - left)
        merge(from + start, left, from + start + left, right, into: to + start)
      }
      swap(&from, &to)
      width *= 2
    }
    if from != items { items.update(from: from, count: count) }
  }

  static func insertionSort<Item: SortItem>(
    _ items: UnsafeMutablePointer<Item>, count: Int
  ) {
    for i in 1..<max(count, 1) {
      let item = items[i]
      var j = i
      while j > 0, Item.precedes(item, items[j - 1]) {
        items[j] = items[j - 1]
        j -= 1
      }
      items[j] = item
    }
  }

  /// Merges two sorted runs; of equal items the left run's come first.
  static func merge<Item: SortItem>(
    _ left: UnsafePointer<Item>, _ leftCount: Int, _ right: UnsafePointer<Item>,
    _ rightCount: Int, into target: UnsafeMutablePointer<Item>
  ) {
    var (i, j, k) = (0, 0, 0)
    // Without a branch on the comparison, which nobody could predict.
    while i < leftCount, j < rightCount {
      let takesRight = Item.precedes(right[j], left[i])
      target[k] = takesRight ? right[j] : left[i]
      j += takesRight ? 1 : 0
      i += takesRight ? 0 : 1
      k += 1
    }
    (target + k).update(from: left + i, count: leftCount - i)
    (target + k + leftCount - i).update(from: right + j, count: rightCount - j)
  }

  /// How many of the first `count` items of the merged runs come from the left one.
  static func split<Item: SortItem>(
    _ left: UnsafePointer<Item>, _ leftCount: Int, _ right: UnsafePointer<Item>,
    _ rightCount: Int, at count: Int
  ) -> Int {
    var low = max(0, count - rightCount)
    var high = min(count, leftCount)
    while low < high {
      let middle = (low + high) / 2
      if Item.precedes(right[count - middle - 1], left[middle]) {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return low
  }
}
