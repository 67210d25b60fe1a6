import MartletIR

/// Evenly spaced numbers in memory of the host, rounded as NumPy does.
package enum DirectRamp {
  /// The first number, the second, and then what follows from their difference; false for types
  /// that the general way fills.
  package static func fill(
    _ memory: UnsafeMutableRawPointer, start: Scalar, next: Scalar, count: Int
  ) -> Bool {
    switch start.dtype {
    case .float64:
      floats(memory, Double(bitPattern: start.low), Double(bitPattern: next.low), count)
    case .float32:
      floats(
        memory, Float(bitPattern: UInt32(truncatingIfNeeded: start.low)),
        Float(bitPattern: UInt32(truncatingIfNeeded: next.low)), count)
    case .int64, .uint64: integers(UInt64.self, memory, start, next, count)
    case .int32, .uint32: integers(UInt32.self, memory, start, next, count)
    case .int16, .uint16: integers(UInt16.self, memory, start, next, count)
    case .int8, .uint8: integers(UInt8.self, memory, start, next, count)
    default: return false
    }
    return true
  }

  @inline(__always)
  private static func floats<Number: BinaryFloatingPoint>(
    _ memory: UnsafeMutableRawPointer, _ start: Number, _ next: Number, _ count: Int
  ) {
    let numbers = memory.assumingMemoryBound(to: Number.self)
    let step = next - start
    for i in 0..<count { numbers[i] = start + Number(Int32(truncatingIfNeeded: i)) * step }
    if count > 0 { numbers[0] = start }
    if count > 1 { numbers[1] = next }
  }

  @inline(__always)
  private static func integers<Number: FixedWidthInteger>(
    _: Number.Type, _ memory: UnsafeMutableRawPointer, _ start: Scalar, _ next: Scalar,
    _ count: Int
  ) {
    let numbers = memory.assumingMemoryBound(to: Number.self)
    let first = Number(truncatingIfNeeded: start.low)
    let step = Number(truncatingIfNeeded: next.low) &- first
    for i in 0..<count { numbers[i] = first &+ Number(truncatingIfNeeded: i) &* step }
  }

  /// `start + i * step`, or `start + i / divisor * span` where the step is too small for a number.
  package static func fillLine(
    _ memory: UnsafeMutableRawPointer, start: Double, span: Double, steps: Int, count: Int
  ) {
    let numbers = memory.assumingMemoryBound(to: Double.self)
    let step = steps > 0 ? span / Double(steps) : span
    if step == 0, steps > 0 {
      for i in 0..<count {
        numbers[i] = Double(Int32(truncatingIfNeeded: i)) / Double(steps) * span + start
      }
      return
    }
    for i in 0..<count { numbers[i] = Double(Int32(truncatingIfNeeded: i)) * step + start }
  }
}
