import MartletIR

/// Finds the keys at some places of the sorted order without sorting.
///
/// Many keys are counted by their leading bits; only those that share the bits of a wanted one are
/// looked at again. The range of keys shrinks by a factor of a thousand each time, so the work is
/// proportional to the number of keys for every input.
enum OrderStatistics {
  private static let bucketBits = 11
  private static let sortedCount = 16
  private static let countedCount = 768

  /// - Parameters:
  ///   - keys: In any order afterwards.
  ///   - scratch: As much room again.
  ///   - places: In ascending order, each below `count`.
  ///   - values: Gets a key for each place.
  static func select<Key: SortBits>(
    _ keys: UnsafeMutablePointer<Key>, _ scratch: UnsafeMutablePointer<Key>, count: Int,
    places: UnsafePointer<Int>, _ placeCount: Int, into values: UnsafeMutablePointer<Key>
  ) {
    if placeCount == 0 { return }
    if count < countedCount {
      // Each selection leaves smaller keys before its place and larger ones behind.
      var low = 0
      for i in 0..<placeCount {
        quickSelect(keys, from: low, to: count, place: places[i])
        values[i] = keys[places[i]]
        low = places[i]
      }
      return
    }
    let bounds = KeyBounds(keys, count)
    if bounds.smallest == bounds.largest {
      values.update(repeating: bounds.smallest, count: placeCount)
      return
    }
    let buckets = KeyBuckets(bounds, bits: bucketBits)
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 2 << bucketBits) { tables in
      guard let counters = tables.baseAddress else { return }
      let slots = counters + (1 << bucketBits)
      counters.update(repeating: 0, count: 1 << bucketBits)
      for i in 0..<count { counters[buckets.bucket(keys[i])] &+= 1 }
      selectInBuckets(
        counters, slots, 1 << bucketBits, places, placeCount, scratch,
        gather: { slots in
          for i in 0..<count {
            let slot = slots[buckets.bucket(keys[i])]
            if slot >= 0 {
              scratch[slot] = keys[i]
              slots[buckets.bucket(keys[i])] = slot &+ 1
            }
          }
        }, room: keys, into: values)
    }
  }

  /// Goes on in the buckets that have wanted places: `gather` puts their keys one bucket after the
  /// other into `gathered`, beginning where `slots` says.
  static func selectInBuckets<Key: SortBits>(
    _ counters: UnsafeMutablePointer<Int>, _ slots: UnsafeMutablePointer<Int>, _ bucketCount: Int,
    _ places: UnsafePointer<Int>, _ placeCount: Int, _ gathered: UnsafeMutablePointer<Key>,
    gather: (UnsafeMutablePointer<Int>) -> Void, room: UnsafeMutablePointer<Key>,
    into values: UnsafeMutablePointer<Key>
  ) {
    slots.update(repeating: -1, count: bucketCount)
    var (before, next, total) = (0, 0, 0)
    for bucket in 0..<bucketCount {
      let end = before + counters[bucket]
      if next < placeCount, places[next] < end {
        slots[bucket] = total
        total += counters[bucket]
        while next < placeCount, places[next] < end { next += 1 }
        if next == placeCount { break }
      }
      before = end
    }
    gather(slots)
    // A slot is now the end of its bucket's keys.
    (before, next) = (0, 0)
    withUnsafeTemporaryAllocation(of: Int.self, capacity: placeCount) { relative in
      guard let relative = relative.baseAddress else { return }
      for bucket in 0..<bucketCount where next < placeCount {
        let size = counters[bucket]
        if slots[bucket] >= 0 {
          let first = next
          while next < placeCount, places[next] < before + size {
            relative[next - first] = places[next] - before
            next += 1
          }
          let start = slots[bucket] - size
          select(
            gathered + start, room + start, count: size, places: relative, next - first,
            into: values + first)
        }
        before += size
      }
    }
  }

  /// Puts the key that belongs at `place` there, none larger before it and none smaller behind it,
  /// among those from `from` to `to`.
  private static func quickSelect<Key: SortBits>(
    _ keys: UnsafeMutablePointer<Key>, from: Int, to: Int, place: Int
  ) {
    var (low, high) = (from, to)
    while high - low > sortedCount {
      let (a, b, c) = (keys[low], keys[(low + high) >> 1], keys[high - 1])
      let pivot = max(min(a, b), min(max(a, b), c))
      // Without a branch on the comparison, which nobody could predict.
      var smaller = low
      for i in low..<high {
        let key = keys[i]
        keys[i] = keys[smaller]
        keys[smaller] = key
        smaller &+= key < pivot ? 1 : 0
      }
      if place < smaller {
        high = smaller
        continue
      }
      var equal = smaller
      for i in smaller..<high {
        let key = keys[i]
        keys[i] = keys[equal]
        keys[equal] = key
        equal &+= key == pivot ? 1 : 0
      }
      if place < equal { return }
      low = equal
    }
    for i in low..<high {
      let key = keys[i]
      var j = i
      while j > low, key < keys[j - 1] {
        keys[j] = keys[j - 1]
        j -= 1
      }
      keys[j] = key
    }
  }
}

/// The smallest and the largest of some keys.
struct KeyBounds<Key: SortBits>: Sendable {
  var smallest = Key.max
  var largest = Key.min

  init() {}

  init(_ keys: UnsafePointer<Key>, _ count: Int) {
    for i in 0..<count { take(keys[i]) }
  }

  @inline(__always)
  mutating func take(_ key: Key) {
    smallest = min(smallest, key)
    largest = max(largest, key)
  }
}

/// Numbers keys by the leading bits of their distance from the smallest.
struct KeyBuckets<Key: SortBits>: Sendable {
  private let smallest: Key
  private let shift: Key

  init(_ bounds: KeyBounds<Key>, bits: Int) {
    smallest = bounds.smallest
    let distance = bounds.largest &- bounds.smallest
    let width = Key.bitWidth - distance.leadingZeroBitCount
    shift = Key(truncatingIfNeeded: max(0, width - bits))
  }

  @inline(__always)
  func bucket(_ key: Key) -> Int { Int(truncatingIfNeeded: (key &- smallest) &>> shift) }
}
