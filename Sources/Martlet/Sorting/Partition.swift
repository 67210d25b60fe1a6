import Glibc

/// Puts items at some places where sorting would put them, with none larger before and none smaller
/// behind, by the algorithm of Floyd and Rivest (*Expected Time Bounds for Selection*, 1975): the
/// pivot comes from a part that was selected in first, and so lies close to the place.
enum Partition {
  private static let sampledCount = 600
  private static let sortedCount = 16

  /// - Parameter places: In ascending order.
  static func partition<Item: SortItem>(
    _ items: UnsafeMutablePointer<Item>, _ room: SortRoom<Item>, count: Int,
    places: UnsafeBufferPointer<Int>
  ) {
    var low = 0
    for place in places where place >= low {
      select(items, room, from: low, to: count, place: place)
      low = place + 1
    }
  }

  private static func select<Item: SortItem>(
    _ items: UnsafeMutablePointer<Item>, _ room: SortRoom<Item>, from: Int, to: Int, place: Int
  ) {
    var (low, high) = (from, to)
    // Bad pivots again and again end in sorting, which is never slow.
    var patience = 32
    while high - low > sortedCount {
      patience -= 1
      if patience == 0 {
        Item.sort(
          items + low, SortRoom(items: room.items + low, counters: room.counters), count: high - low
        )
        return
      }
      let size = high - low
      if size > sampledCount {
        let n = Double(size)
        let sample = 0.5 * exp(2 * log(n) / 3)
        let spread = 0.5 * (log(n) * sample * (n - sample) / n).squareRoot()
        let offset = Double(place - low)
        let first = max(low, Int(Double(place) - offset * sample / n - spread))
        let last = min(high, Int(Double(place) + (n - offset) * sample / n + spread) + 1)
        if last - first < size, first <= place, place < last {
          select(items, room, from: first, to: last, place: place)
        }
      } else {
        moveMedian(items, low, place, high - 1)
      }
      let pivot = items[place]
      // Without a branch on the comparison, which nobody could predict.
      var smaller = low
      for i in low..<high {
        let item = items[i]
        items[i] = items[smaller]
        items[smaller] = item
        smaller &+= Item.precedes(item, pivot) ? 1 : 0
      }
      if place < smaller {
        high = smaller
        continue
      }
      var equal = smaller
      for i in smaller..<high {
        let item = items[i]
        items[i] = items[equal]
        items[equal] = item
        equal &+= Item.precedes(pivot, item) ? 0 : 1
      }
      if place < equal { return }
      low = equal
    }
    MergeSort.insertionSort(items + low, count: high - low)
  }

  /// Puts the middle one of three items to the second place.
  @inline(__always)
  private static func moveMedian<Item: SortItem>(
    _ items: UnsafeMutablePointer<Item>, _ first: Int, _ middle: Int, _ last: Int
  ) {
    if Item.precedes(items[middle], items[first]) { swap(first, middle) }
    if Item.precedes(items[last], items[middle]) {
      swap(middle, last)
      if Item.precedes(items[middle], items[first]) { swap(first, middle) }
    }
    func swap(_ a: Int, _ b: Int) {
      let item = items[a]
      items[a] = items[b]
      items[b] = item
    }
  }
}
