import MartletIR
import MartletRuntime

/// How the elements of a lane (a row of the array along one axis) become items and items results.
protocol SortCodec: Sendable {
  associatedtype Item: SortItem
  /// Bytes of an element.
  static var itemSize: Int { get }
  /// Whether items that are equal are the same, so that nobody sees in which order they come.
  static var isItemWhole: Bool { get }
  /// Strides are in bytes; `first` is the position of the first element in its lane. The items are
  /// `step` places apart.
  func read(
    _ source: UnsafeRawPointer, stride: Int, first: Int, count: Int,
    into items: UnsafeMutablePointer<Item>, step: Int)
  func write(
    _ items: UnsafePointer<Item>, step: Int, count: Int, to target: UnsafeMutableRawPointer,
    stride: Int)
}

extension SortCodec {
  static var isItemWhole: Bool { false }
}

/// Sorts the elements.
struct ValueCodec<Bits: SortBits>: SortCodec {
  let map: SortKeyMap<Bits>
  static var itemSize: Int { MemoryLayout<Bits>.size }
  static var isItemWhole: Bool { true }

  @inline(__always)
  func read(
    _ source: UnsafeRawPointer, stride: Int, first: Int, count: Int,
    into items: UnsafeMutablePointer<KeyItem<Bits>>, step: Int
  ) {
    for i in 0..<count {
      items[i * step] = KeyItem(key: map.key((source + i * stride).load(as: Bits.self)))
    }
  }

  @inline(__always)
  func write(
    _ items: UnsafePointer<KeyItem<Bits>>, step: Int, count: Int,
    to target: UnsafeMutableRawPointer,
    stride: Int
  ) {
    for i in 0..<count {
      (target + i * stride).storeBytes(of: map.bits(items[i * step].key), as: Bits.self)
    }
  }
}

/// Finds the positions that the elements have in order.
struct PositionCodec<Bits: SortBits>: SortCodec {
  let map: SortKeyMap<Bits>
  static var itemSize: Int { MemoryLayout<Bits>.size }

  @inline(__always)
  func read(
    _ source: UnsafeRawPointer, stride: Int, first: Int, count: Int,
    into items: UnsafeMutablePointer<IndexedKeyItem<Bits>>, step: Int
  ) {
    for i in 0..<count {
      let key = map.key((source + i * stride).load(as: Bits.self))
      items[i * step] = IndexedKeyItem(key: key, index: UInt32(truncatingIfNeeded: first + i))
    }
  }

  @inline(__always)
  func write(
    _ items: UnsafePointer<IndexedKeyItem<Bits>>, step: Int, count: Int,
    to target: UnsafeMutableRawPointer,
    stride: Int
  ) {
    for i in 0..<count {
      (target + i * stride).storeBytes(of: Int64(items[i * step].index), as: Int64.self)
    }
  }
}

/// Sorts complex numbers, or finds their positions.
struct ComplexCodec<Part: SortBits>: SortCodec {
  let map: SortKeyMap<Part>
  let givesPositions: Bool
  static var itemSize: Int { 2 * MemoryLayout<Part>.size }

  @inline(__always)
  func read(
    _ source: UnsafeRawPointer, stride: Int, first: Int, count: Int,
    into items: UnsafeMutablePointer<ComplexItem<Part>>, step: Int
  ) {
    for i in 0..<count {
      let place = source + i * stride
      let bits = (place.load(as: Part.self), (place + MemoryLayout<Part>.size).load(as: Part.self))
      items[i * step] = ComplexItem(bits, index: first + i, map)
    }
  }

  @inline(__always)
  func write(
    _ items: UnsafePointer<ComplexItem<Part>>, step: Int, count: Int,
    to target: UnsafeMutableRawPointer,
    stride: Int
  ) {
    for i in 0..<count {
      let place = target + i * stride
      if givesPositions {
        place.storeBytes(of: Int64(items[i * step].index), as: Int64.self)
      } else {
        let bits = items[i * step].bits(map)
        place.storeBytes(of: bits.real, as: Part.self)
        place.storeBytes(
          of: bits.imaginary, toByteOffset: MemoryLayout<Part>.size, as: Part.self)
      }
    }
  }
}

/// Sorts every lane of an array: many lanes side by side, or one long lane in parts.
struct SortLanes<Codec: SortCodec> {
  private typealias Item = Codec.Item
  /// A lane of at least this many elements is sorted in parts, if it is the only one.
  private static var parallelCount: Int { 1 << 15 }

  /// How many lanes a network sorts side by side.
  private static var networkWidth: Int { 16 }

  /// So few elements are sorted by inserting one after the other.
  private static var fewCount: Int { 24 }

  private let codec: Codec
  private let length: Int
  private let lanes: Int
  private let sourceLayout: Layout
  private let targetLayout: Layout
  private let axis: Int
  private let targetSize: Int
  /// Which places get what sorting would put there, in ascending order; nil for all.
  private let places: [Int]?

  /// Both layouts have the same shape, with no empty axis.
  init(
    _ codec: Codec, source: Layout, target: Layout, targetSize: Int, axis: Int, places: [Int]?
  ) {
    self.places = places
    self.codec = codec
    self.axis = axis
    self.targetSize = targetSize
    sourceLayout = source
    targetLayout = target
    length = source.shape[axis]
    lanes = source.count / length
  }

  func run(
    from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer
  ) throws(MartletError) {
    let threads = Workers.shared.threads
    if places == nil, lanes == 1, length >= Self.parallelCount, threads > 1 {
      try runInParts(from: source, to: target)
      return
    }
    if Codec.isItemWhole, length <= SortingNetwork.longest, lanes >= Self.networkWidth {
      return runSideBySide(from: source, to: target)
    }
    if length <= Self.fewCount, places == nil, lanes * length < KernelLibrary.parallelElements {
      runFew(from: source, to: target)
      return
    }
    let isSmall = lanes * length < KernelLibrary.parallelElements
    let groups = isSmall ? 1 : min(lanes, threads * 4)
    let memory = try Buffer(byteCount: groups * Self.byteCount(items: 2 * length))
    // Every group has room of its own, and writes lanes that no other does.
    nonisolated(unsafe) let (from, to) = (source, target)
    Workers.shared.parallel(count: groups) { first, end in
      for group in first..<end {
        let own = memory.pointer + group * Self.byteCount(items: 2 * length)
        let items = Self.items(own)
        let room = SortRoom(items: items + length, counters: own.assumingMemoryBound(to: Int.self))
        for lane in (lanes * group / groups)..<(lanes * (group + 1) / groups) {
          read(lane, from, first: 0, count: length, into: items)
          if let places {
            places.withUnsafeBufferPointer {
              Partition.partition(items, room, count: length, places: $0)
            }
          } else {
            Item.sort(items, room, count: length)
          }
          write(items, lane, to, first: 0, count: length)
        }
      }
    }
    withExtendedLifetime(memory) {}
  }

  /// Many short lanes by a network. (It sorts where a partition would do.)
  private func runSideBySide(
    from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer
  ) {
    let network = SortingNetwork(count: length)
    let width = Self.networkWidth
    let blocks = (lanes - 1) / width + 1
    let isSmall = lanes * length < KernelLibrary.parallelElements
    let groups = isSmall ? 1 : min(blocks, Workers.shared.threads * 4)
    // Every group writes lanes that no other does.
    nonisolated(unsafe) let (from, to) = (UnsafeRawPointer(source), target)
    Workers.shared.parallel(count: groups) { first, end in
      withUnsafeTemporaryAllocation(of: Item.self, capacity: SortingNetwork.longest * width) {
        items in
        withUnsafeTemporaryAllocation(of: Int.self, capacity: width) { targets in
          guard let items = items.baseAddress, let targets = targets.baseAddress else { return }
          for group in first..<end {
            let range = (blocks * group / groups)..<(blocks * (group + 1) / groups)
            sort(blocks: range, network, from, to, items, targets)
          }
        }
      }
    }
  }

  private func sort(
    blocks: Range<Int>, _ network: SortingNetwork, _ source: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ items: UnsafeMutablePointer<Item>,
    _ targets: UnsafeMutablePointer<Int>
  ) {
    let width = Self.networkWidth
    let strides = (sourceLayout.strides[axis], targetLayout.strides[axis])
    var walk = LaneWalk(sourceLayout, targetLayout, axis: axis, from: blocks.lowerBound * width)
    for block in blocks {
      let count = min(width, lanes - block * width)
      for lane in 0..<width {
        // The last block is filled with its last lane.
        let start = source + walk.source * Codec.itemSize
        codec.read(
          start, stride: strides.0 * Codec.itemSize, first: 0, count: length, into: items + lane,
          step: width)
        targets[lane] = walk.target
        if lane + 1 < count { walk.advance() }
      }
      walk.advance()
      network.sort(items, width: width)
      for lane in 0..<count {
        codec.write(
          items + lane, step: width, count: length,
          to: target + targets[lane] * targetSize, stride: strides.1 * targetSize)
      }
    }
  }

  /// Short lanes, without memory beside the stack's.
  private func runFew(from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer) {
    withUnsafeTemporaryAllocation(of: Item.self, capacity: Self.fewCount) { room in
      guard let items = room.baseAddress else { return }
      for lane in 0..<lanes {
        read(lane, source, first: 0, count: length, into: items)
        MergeSort.insertionSort(items, count: length)
        write(items, lane, target, first: 0, count: length)
      }
    }
  }

  /// Counters come first: their size is a multiple of every alignment.
  private static var counterBytes: Int {
    SortRoom<Item>.counterCount * MemoryLayout<Int>.stride
  }

  private static func byteCount(items: Int) -> Int {
    (counterBytes + items * MemoryLayout<Item>.stride + 63) / 64 * 64
  }

  private static func items(_ memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Item> {
    (memory + counterBytes).assumingMemoryBound(to: Item.self)
  }

  // MARK: - One lane in parts

  private func runInParts(
    from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer
  ) throws(MartletError) {
    let threads = Workers.shared.threads
    // A power of two, so that neighbours merge in rounds.
    var doublings = 0
    while 2 << doublings <= min(threads, 16), length >> doublings >= Self.parallelCount / 2 {
      doublings += 1
    }
    let parts = 1 << doublings
    let memory = try Buffer(
      byteCount: parts * Self.counterBytes + Self.byteCount(items: 2 * length))
    let start = Self.items(memory.pointer + (parts - 1) * Self.counterBytes)
    let bounds = (0...parts).map { length * $0 / parts }
    nonisolated(unsafe) let (from, to) = (source, target)
    nonisolated(unsafe) let (items, scratch) = (start, start + length)
    Workers.shared.parallel(count: parts) { first, end in
      for part in first..<end {
        let (low, count) = (bounds[part], bounds[part + 1] - bounds[part])
        read(0, from, first: low, count: count, into: items + low)
        let counters = memory.pointer + part * Self.counterBytes
        let room = SortRoom(
          items: scratch + low, counters: counters.assumingMemoryBound(to: Int.self))
        Item.sort(items + low, room, count: count)
      }
    }
    // Each round merges neighbours; its result is cut into equal pieces, one per thread.
    nonisolated(unsafe) var (sorted, free) = (items, scratch)
    var width = 1
    while width < parts {
      let isLast = width * 2 == parts
      nonisolated(unsafe) let (runs, merged) = (sorted, free)
      let step = width
      Workers.shared.parallel(count: threads) { first, end in
        for piece in first..<end {
          let (low, high) = (length * piece / threads, length * (piece + 1) / threads)
          for pair in stride(from: 0, to: parts, by: 2 * step) {
            let (a, b, c) = (bounds[pair], bounds[pair + step], bounds[pair + 2 * step])
            let (begin, stop) = (max(low, a), min(high, c))
            if begin >= stop { continue }
            let i = MergeSort.split(runs + a, b - a, runs + b, c - b, at: begin - a)
            let j = MergeSort.split(runs + a, b - a, runs + b, c - b, at: stop - a)
            MergeSort.merge(
              runs + a + i, j - i, runs + b + begin - a - i, (stop - a - j) - (begin - a - i),
              into: merged + begin)
          }
          if isLast { write(merged + low, 0, to, first: low, count: high - low) }
        }
      }
      swap(&sorted, &free)
      width *= 2
    }
    if parts == 1 { write(items, 0, to, first: 0, count: length) }
    withExtendedLifetime(memory) {}
  }

  // MARK: - Lanes in memory

  @inline(__always)
  private func read(
    _ lane: Int, _ source: UnsafeMutableRawPointer, first: Int, count: Int,
    into items: UnsafeMutablePointer<Codec.Item>
  ) {
    let stride = sourceLayout.strides[axis]
    let place = sourceLayout.offset(ofLane: lane, axis) + first * stride
    let pointer = UnsafeRawPointer(source + place * Codec.itemSize)
    // A stride that is known makes a faster loop.
    if stride == 1 {
      codec.read(
        pointer, stride: Codec.itemSize, first: first, count: count, into: items, step: 1)
    } else {
      codec.read(
        pointer, stride: stride * Codec.itemSize, first: first, count: count, into: items, step: 1)
    }
  }

  @inline(__always)
  private func write(
    _ items: UnsafePointer<Codec.Item>, _ lane: Int, _ target: UnsafeMutableRawPointer, first: Int,
    count: Int
  ) {
    let stride = targetLayout.strides[axis]
    let place = targetLayout.offset(ofLane: lane, axis) + first * stride
    codec.write(
      items, step: 1, count: count, to: target + place * targetSize, stride: stride * targetSize)
  }
}

extension Layout {
  /// Where the lane along `axis` with this number, in C order of the other axes, begins.
  fileprivate func offset(ofLane lane: Int, _ axis: Int) -> Int {
    var result = offset
    var rest = lane
    for i in (0..<rank).reversed() where i != axis && shape[i] > 1 {
      result += rest % shape[i] * strides[i]
      rest /= shape[i]
    }
    return result
  }
}
