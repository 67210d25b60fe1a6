import MartletIR
import MartletRuntime

/// Integers that lie close together, looked up in a table with an entry for each number between the
/// smallest and the largest.
enum IntegerTable {
  /// The table may have so many entries for each element, or that many at any rate.
  private static let entriesPerElement = 4
  private static let smallest = 1 << 12

  /// The distinct elements of a row; nil where they lie too far apart, or are no integers.
  static func unique(
    _ row: NDArray, _ outputs: UniqueOutputs
  ) throws(MartletError) -> UniqueElements? {
    guard row.count > 0 else { return nil }
    switch row.dtype {
    case .bool, .uint8: return try unique(UInt8.self, row, outputs)
    case .int8: return try unique(Int8.self, row, outputs)
    case .int16: return try unique(Int16.self, row, outputs)
    case .int32: return try unique(Int32.self, row, outputs)
    case .int64: return try unique(Int64.self, row, outputs)
    case .uint16: return try unique(UInt16.self, row, outputs)
    case .uint32: return try unique(UInt32.self, row, outputs)
    case .uint64: return try unique(UInt64.self, row, outputs)
    default: return nil
    }
  }

  /// The smallest of the numbers and how many there are from it to the largest; nil where that is
  /// more than a table may have.
  static func range<Number: FixedWidthInteger>(
    _ numbers: UnsafePointer<Number>, _ count: Int, beside others: Int = 0
  ) -> (smallest: Number, size: Int)? {
    var (low, high) = (numbers[0], numbers[0])
    for i in 0..<count {
      low = min(low, numbers[i])
      high = max(high, numbers[i])
    }
    let distance = UInt64(truncatingIfNeeded: high &- low) & UInt64(Number.Magnitude.max)
    guard distance < UInt64(max(entriesPerElement &* (count &+ others), smallest)) else {
      return nil
    }
    return (low, Int(distance) + 1)
  }

  private static func unique<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type, _ row: NDArray, _ outputs: UniqueOutputs
  ) throws(MartletError) -> UniqueElements? {
    let count = row.count
    let numbers = try row.pointer().assumingMemoryBound(to: Number.self)
    guard let (low, size) = range(numbers, count) else { return nil }
    @inline(__always) func entry(_ i: Int) -> Int {
      Int(truncatingIfNeeded: (numbers[i] &- low).magnitudeBits)
    }
    if outputs.isEmpty {
      let memory = try Buffer(zeroed: size)
      let isThere = memory.pointer.assumingMemoryBound(to: UInt8.self)
      for i in 0..<count { isThere[entry(i)] = 1 }
      var total = 0
      for i in 0..<size { total &+= Int(isThere[i]) }
      let values = try NDArray(uninitialised: [total], row.dtype)
      let target = try values.pointer().assumingMemoryBound(to: Number.self)
      var next = 0
      for i in 0..<size where isThere[i] != 0 {
        target[next] = low &+ Number(truncatingIfNeeded: i)
        next &+= 1
      }
      withExtendedLifetime((memory, row)) {}
      return UniqueElements(values: values)
    }
    let memory = try Buffer(zeroed: size * MemoryLayout<Int>.stride)
    let table = memory.pointer.assumingMemoryBound(to: Int.self)
    for i in 0..<count { table[entry(i)] &+= 1 }
    var total = 0
    for i in 0..<size where table[i] > 0 { total += 1 }
    let values = try NDArray(uninitialised: [total], row.dtype)
    var found = UniqueElements(values: values)
    let counts = try NDArray(uninitialised: [total], .int64)
    let (target, numbersOf) = (
      try values.pointer().assumingMemoryBound(to: Number.self),
      try counts.pointer().assumingMemoryBound(to: Int.self)
    )
    // The table's entries become the values' numbers.
    var next = 0
    for i in 0..<size where table[i] > 0 {
      target[next] = low &+ Number(truncatingIfNeeded: i)
      numbersOf[next] = table[i]
      table[i] = next
      next += 1
    }
    if outputs.contains(.counts) { found.counts = counts }
    if outputs.contains(.inverse) {
      let inverse = try NDArray(uninitialised: [count], .int64)
      let places = try inverse.pointer().assumingMemoryBound(to: Int.self)
      for i in 0..<count { places[i] = table[entry(i)] }
      found.inverse = inverse
    }
    if outputs.contains(.firstPositions) {
      let first = try NDArray(uninitialised: [total], .int64)
      let places = try first.pointer().assumingMemoryBound(to: Int.self)
      for i in (0..<count).reversed() { places[table[entry(i)]] = i }
      found.firstPositions = first
    }
    withExtendedLifetime((memory, row, counts)) {}
    return found
  }
}

extension FixedWidthInteger {
  /// The bits as a number without a sign: the distance of two numbers whose difference wrapped.
  @inline(__always)
  fileprivate var magnitudeBits: UInt64 {
    UInt64(truncatingIfNeeded: self) & UInt64(truncatingIfNeeded: Magnitude.max)
  }
}
