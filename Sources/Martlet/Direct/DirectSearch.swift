import MartletIR

/// Searching a sorted row, and counting integers, in memory of the host.
package enum DirectSearch {
  /// Writes where each of `count` values would have to be inserted into a sorted row to keep the
  /// order; false for types that the general way searches. All are consecutive.
  package static func places(
    of values: UnsafeRawPointer, count: Int, in row: UnsafeRawPointer, length: Int, _ dtype: DType,
    right: Bool, into places: UnsafeMutablePointer<Int>
  ) -> Bool {
    switch dtype {
    case .float64: floats(Double.self, values, count, row, length, right, places)
    case .float32: floats(Float.self, values, count, row, length, right, places)
    case .int64: search(Int64.self, values, count, row, length, right, places) { $0 < $1 }
    case .int32: search(Int32.self, values, count, row, length, right, places) { $0 < $1 }
    case .bool, .uint8: search(UInt8.self, values, count, row, length, right, places) { $0 < $1 }
    case .complex64:
      search(ComplexKey<Float>.self, values, count, row, length, right, places) {
        $0.precedes($1)
      }
    case .complex128:
      search(ComplexKey<Double>.self, values, count, row, length, right, places) {
        $0.precedes($1)
      }
    default: return false
    }
    return true
  }

  private static func floats<Number: BinaryFloatingPoint>(
    _: Number.Type, _ values: UnsafeRawPointer, _ count: Int, _ row: UnsafeRawPointer,
    _ length: Int, _ right: Bool, _ places: UnsafeMutablePointer<Int>
  ) {
    // NaN is the largest.
    search(Number.self, values, count, row, length, right, places) {
      $0 < $1 || ($1 != $1 && $0 == $0)
    }
  }

  @inline(__always)
  private static func search<Number>(
    _: Number.Type, _ values: UnsafeRawPointer, _ count: Int, _ row: UnsafeRawPointer,
    _ length: Int, _ right: Bool, _ places: UnsafeMutablePointer<Int>,
    _ isLess: (Number, Number) -> Bool
  ) {
    let values = values.assumingMemoryBound(to: Number.self)
    let row = row.assumingMemoryBound(to: Number.self)
    for i in 0..<count {
      let value = values[i]
      var low = 0
      var rest = length
      while rest > 0 {
        let half = rest >> 1
        let middle = row[low &+ half]
        let goesOn = right ? !isLess(value, middle) : isLess(middle, value)
        low = goesOn ? low &+ half &+ 1 : low
        rest = goesOn ? rest &- half &- 1 : half
      }
      places[i] = low
    }
  }

  /// The largest of some integers, none of which is negative; nil where one is, or there is none.
  package static func largest(_ numbers: UnsafePointer<Int>, _ count: Int) -> Int? {
    var (low, high) = (0, -1)
    for i in 0..<count {
      low = min(low, numbers[i])
      high = max(high, numbers[i])
    }
    return low < 0 || high < 0 ? nil : high
  }

  /// Counts how often each integer is there, in places that are zero.
  package static func count(
    _ numbers: UnsafePointer<Int>, _ count: Int, into counts: UnsafeMutablePointer<Int>
  ) {
    for i in 0..<count { counts[numbers[i]] &+= 1 }
  }
}
