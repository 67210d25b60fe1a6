import MartletIR
import MartletRuntime

/// The places that a quantile stands between in the sorted order, and how far towards the second.
struct QuantilePlace: Sendable {
  var previous: Int
  var next: Int
  var weight: Double
}

/// The elements before and behind each quantile of every lane.
struct LaneStatistics {
  /// With the quantiles along the first axis and the lanes along the second.
  let previous: NDArray
  let next: NDArray
  /// Where quantiles stand between the two: one for each quantile, or for each quantile and lane
  /// where lanes have unlike numbers of elements.
  let weights: NDArray
  /// Whether some lane has nothing but NaN, which are left out.
  let hasEmptyLane: Bool
  /// How many elements each lane has, where NaNs are left out and some lane has one.
  let counts: [Int]?

  /// - Parameters:
  ///   - lanes: The lanes as rows.
  ///   - quantileCount: How many places `places` gives for each number of elements.
  init(
    _ lanes: NDArray, quantileCount: Int, omittingNaN: Bool,
    places: @escaping @Sendable (_ quantile: Int, _ count: Int) -> QuantilePlace
  ) throws(MartletError) {
    if Trace.isUsed, lanes.storage.tapeNode != nil {
      self = try Self.traced(
        lanes, quantileCount: quantileCount, omittingNaN: omittingNaN, places)
      return
    }
    switch lanes.dtype.itemSize {
    case 1: self = try Self.make(UInt8.self, lanes, quantileCount, omittingNaN, places)
    case 2: self = try Self.make(UInt16.self, lanes, quantileCount, omittingNaN, places)
    case 4: self = try Self.make(UInt32.self, lanes, quantileCount, omittingNaN, places)
    default: self = try Self.make(UInt64.self, lanes, quantileCount, omittingNaN, places)
    }
  }

  init(
    previous: NDArray, next: NDArray, weights: NDArray, hasEmptyLane: Bool, counts: [Int]?
  ) {
    self.previous = previous
    self.next = next
    self.weights = weights
    self.hasEmptyLane = hasEmptyLane
    self.counts = counts
  }

  private static func make<Bits: SortBits>(
    _: Bits.Type, _ array: NDArray, _ quantiles: Int, _ omitsNaN: Bool,
    _ places: @escaping @Sendable (Int, Int) -> QuantilePlace
  ) throws(MartletError) -> LaneStatistics {
    let rows = try array.contiguous()
    let (lanes, length) = (rows.shape[0], rows.shape[1])
    let shape: Shape = [quantiles, lanes]
    let previous = try NDArray(uninitialised: shape, array.dtype)
    let next = try NDArray(uninitialised: shape, array.dtype)
    let map = SortKeyMap<Bits>(array.dtype, mergingZeros: false)
    // Threads read rows and write columns of their own.
    nonisolated(unsafe) let source = try rows.pointer().assumingMemoryBound(to: Bits.self)
    nonisolated(unsafe) let before = try previous.pointer().assumingMemoryBound(to: Bits.self)
    nonisolated(unsafe) let behind = try next.pointer().assumingMemoryBound(to: Bits.self)
    let common = CommonPlaces(quantiles, count: length, places)
    let threads = Workers.shared.threads
    let groups = lanes * length < KernelLibrary.parallelElements ? 1 : min(lanes, threads * 4)
    let isLong = lanes == 1 && length >= LongLane<Bits>.least && threads > 1
    try Room.check(bytes: lanes * MemoryLayout<Int>.stride)
    // Zero, so that work which was stopped leaves no numbers that are none.
    let counts = try Buffer(zeroed: lanes * MemoryLayout<Int>.stride)
    nonisolated(unsafe) let valid = counts.pointer.assumingMemoryBound(to: Int.self)

    if isLong {
      let lane = LongLane(source, length, map)
      valid[0] = length - lane.nanCount
      if lane.nanCount > 0, !omitsNaN || valid[0] == 0 {
        let key = lane.someNaN
        for q in 0..<quantiles { (before[q], behind[q]) = (map.bits(key), map.bits(key)) }
      } else {
        let own =
          lane.nanCount == 0 ? common : CommonPlaces(quantiles, count: valid[0], places)
        let found = try lane.select(own.distinct)
        for q in 0..<quantiles {
          before[q] = map.bits(found[own.previous[q]])
          behind[q] = map.bits(found[own.next[q]])
        }
      }
    } else {
      let room = length + quantiles * 2
      let memory = try Buffer(byteCount: groups * 2 * room * MemoryLayout<Bits>.stride)
      Workers.shared.parallel(count: groups, mayBeLeft: true) { first, end in
        for group in first..<end {
          let keys =
            memory.pointer.assumingMemoryBound(to: Bits.self) + group * 2 * room
          let (scratch, found) = (keys + length, keys + 2 * length)
          for lane in (lanes * group / groups)..<(lanes * (group + 1) / groups) {
            let row = source + lane * length
            var nans = 0
            var someNaN: Bits = 0
            // NaNs come behind the others, as they do in the sorted order.
            var kept = 0
            for i in 0..<length {
              if map.isNaN(row[i]) {
                nans += 1
                someNaN = row[i]
              } else {
                keys[kept] = map.key(row[i])
                kept += 1
              }
            }
            valid[lane] = kept
            if nans > 0, !omitsNaN || kept == 0 {
              for q in 0..<quantiles {
                before[q * lanes + lane] = someNaN
                behind[q * lanes + lane] = someNaN
              }
              continue
            }
            let own = nans == 0 ? common : CommonPlaces(quantiles, count: kept, places)
            own.distinct.withUnsafeBufferPointer { distinct in
              guard let start = distinct.baseAddress else { return }
              OrderStatistics.select(
                keys, scratch, count: kept, places: start, distinct.count, into: found)
            }
            for q in 0..<quantiles {
              before[q * lanes + lane] = map.bits(found[own.previous[q]])
              behind[q * lanes + lane] = map.bits(found[own.next[q]])
            }
          }
        }
      }
      withExtendedLifetime(memory) {}
    }
    let validCounts = UnsafeBufferPointer(start: valid, count: lanes)
    let isUneven = omitsNaN && validCounts.contains { $0 != length }
    let weights = try NDArray(uninitialised: isUneven ? shape : [quantiles, 1], .float64)
    let numbers = try weights.pointer().assumingMemoryBound(to: Double.self)
    for q in 0..<quantiles {
      if isUneven {
        for lane in 0..<lanes {
          numbers[q * lanes + lane] = valid[lane] == 0 ? 0 : places(q, valid[lane]).weight
        }
      } else {
        numbers[q] = length == 0 ? 0 : places(q, length).weight
      }
    }
    withExtendedLifetime((rows, previous, next, counts)) {}
    return LaneStatistics(
      previous: previous, next: next, weights: weights,
      hasEmptyLane: validCounts.contains(0), counts: isUneven ? Array(validCounts) : nil)
  }
}

/// The places of all quantiles in a lane, each once and in order, and where each quantile's stand
/// among them.
private struct CommonPlaces: Sendable {
  let distinct: [Int]
  let previous: [Int]
  let next: [Int]

  init(_ quantiles: Int, count: Int, _ places: (Int, Int) -> QuantilePlace) {
    guard count > 0 else {
      (distinct, previous, next) = ([], [], [])
      return
    }
    let all = (0..<quantiles).map { places($0, count) }
    var sorted: [Int] = []
    for place in all.flatMap({ [$0.previous, $0.next] }).sorted() where place != sorted.last {
      sorted.append(place)
    }
    func position(_ place: Int) -> Int {
      var (low, high) = (0, sorted.count)
      while high - low > 1 {
        let middle = (low + high) / 2
        if sorted[middle] <= place { low = middle } else { high = middle }
      }
      return low
    }
    previous = all.map { position($0.previous) }
    next = all.map { position($0.next) }
    distinct = sorted
  }
}

/// One lane that all threads look at.
struct LongLane<Bits: SortBits> {
  static var least: Int { 1 << 16 }
  private static var bucketBits: Int { 11 }

  private let source: UnsafePointer<Bits>
  private let count: Int
  private let map: SortKeyMap<Bits>
  private let bounds: KeyBounds<Bits>
  let nanCount: Int
  let someNaN: Bits

  private static var parts: Int { Workers.shared.threads }

  init(_ source: UnsafePointer<Bits>, _ count: Int, _ map: SortKeyMap<Bits>) {
    self.source = source
    self.count = count
    self.map = map
    let parts = Self.parts
    typealias Part = (bounds: KeyBounds<Bits>, nans: Int, nan: Bits)
    var found = [Part](repeating: (KeyBounds(), 0, 0), count: parts)
    found.withUnsafeMutableBufferPointer { found in
      // Each part has an element of its own, and all only read the lane.
      nonisolated(unsafe) let (found, source) = (found, source)
      Workers.shared.parallel(count: parts) { first, end in
        for part in first..<end {
          var bounds = KeyBounds<Bits>()
          var (nans, nan) = (0, Bits(0))
          for i in (count * part / parts)..<(count * (part + 1) / parts) {
            if map.isNaN(source[i]) {
              nans &+= 1
              nan = map.key(source[i])
            } else {
              bounds.take(map.key(source[i]))
            }
          }
          found[part] = (bounds, nans, nan)
        }
      }
    }
    var total = KeyBounds<Bits>()
    var (nans, nan) = (0, Bits(0))
    for part in found {
      total.smallest = min(total.smallest, part.bounds.smallest)
      total.largest = max(total.largest, part.bounds.largest)
      nans += part.nans
      if part.nans > 0 { nan = part.nan }
    }
    bounds = total
    (nanCount, someNaN) = (nans, nan)
  }

  /// The keys at places in the sorted order, without NaNs.
  func select(_ places: [Int]) throws(MartletError) -> [Bits] {
    var values = [Bits](repeating: bounds.smallest, count: places.count)
    if bounds.smallest == bounds.largest { return values }
    let (parts, size) = (Self.parts, 1 << Self.bucketBits)
    let buckets = KeyBuckets(bounds, bits: Self.bucketBits)
    let tables = try Buffer(zeroed: (parts * 2 + 2) * size * MemoryLayout<Int>.stride)
    // Each part counts in a table of its own.
    nonisolated(unsafe) let counters = tables.pointer.assumingMemoryBound(to: Int.self)
    nonisolated(unsafe) let source = source
    let (count, map) = (count, map)
    Workers.shared.parallel(count: parts) { first, end in
      for part in first..<end {
        let own = counters + part * size
        for i in (count * part / parts)..<(count * (part + 1) / parts)
        where !map.isNaN(source[i]) {
          own[buckets.bucket(map.key(source[i]))] &+= 1
        }
      }
    }
    let total = counters + 2 * parts * size
    for part in 0..<parts {
      for bucket in 0..<size { total[bucket] += counters[part * size + bucket] }
    }
    // How many keys the wanted buckets have decides how much room there must be.
    var (wanted, before, next) = (0, 0, 0)
    for bucket in 0..<size where next < places.count {
      let end = before + total[bucket]
      if places[next] < end {
        wanted += total[bucket]
        while next < places.count, places[next] < end { next += 1 }
      }
      before = end
    }
    let memory = try Buffer(byteCount: 2 * wanted * MemoryLayout<Bits>.stride)
    nonisolated(unsafe) let gathered = memory.pointer.assumingMemoryBound(to: Bits.self)
    values.withUnsafeMutableBufferPointer { values in
      places.withUnsafeBufferPointer { places in
        guard let values = values.baseAddress, let start = places.baseAddress else { return }
        OrderStatistics.selectInBuckets(
          total, total + size, size, start, places.count, gathered,
          gather: { slots in
            // Where each part's keys of a bucket go, the parts one after another.
            let positions = counters + parts * size
            for bucket in 0..<size where slots[bucket] >= 0 {
              for part in 0..<parts {
                positions[part * size + bucket] = slots[bucket]
                slots[bucket] += counters[part * size + bucket]
              }
            }
            nonisolated(unsafe) let (slots, next) = (slots, positions)
            Workers.shared.parallel(count: parts) { first, end in
              for part in first..<end {
                let own = next + part * size
                for i in (count * part / parts)..<(count * (part + 1) / parts)
                where !map.isNaN(source[i]) {
                  let key = map.key(source[i])
                  let bucket = buckets.bucket(key)
                  if slots[bucket] >= 0 {
                    gathered[own[bucket]] = key
                    own[bucket] &+= 1
                  }
                }
              }
            }
          }, room: gathered + wanted, into: values)
      }
    }
    withExtendedLifetime((tables, memory)) {}
    return values
  }
}
