/// Sorting by the bytes of a key, the lowest first: no comparisons, and stable.
enum RadixSort {
  /// Below this many items for each byte of the key, comparisons are faster.
  private static let itemsPerByte = 64

  static func sort<Item: RadixItem>(
    _ items: UnsafeMutablePointer<Item>, _ room: SortRoom<Item>, count: Int
  ) {
    let passes = Item.Key.bitWidth / 8
    if count < itemsPerByte * passes {
      MergeSort.sort(items, scratch: room.items, count: count)
      return
    }
    let counters = room.counters
    counters.update(repeating: 0, count: 256 * passes)
    for i in 0..<count {
      let key = items[i].key
      for pass in 0..<passes { counters[pass << 8 | digit(key, pass)] += 1 }
    }
    var (from, to) = (items, room.items)
    for pass in 0..<passes {
      let places = counters + (pass << 8)
      // A byte that all keys share moves nothing.
      if places[digit(from[0].key, pass)] == count { continue }
      var next = 0
      for value in 0..<256 {
        let own = places[value]
        places[value] = next
        next += own
      }
      for i in 0..<count {
        let item = from[i]
        let value = digit(item.key, pass)
        let place = places[value]
        places[value] = place + 1
        to[place] = item
      }
      swap(&from, &to)
    }
    if from != items { items.update(from: from, count: count) }
  }

  @inline(__always)
  private static func digit<Key: SortBits>(
    _ key: Key, _ pass: Int
  ) -> Int {
    Int(truncatingIfNeeded: key &>> Key(truncatingIfNeeded: 8 &* pass)) & 0xff
  }
}
