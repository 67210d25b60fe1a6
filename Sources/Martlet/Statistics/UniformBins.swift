/// Which of the bins of one width a number lies in, by NumPy's arithmetic.
struct UniformBins<Number: BinnedNumber> {
  let edges: UnsafePointer<Number>
  let count: Int
  let (first, last): (Number, Number)
  let (scale, width): (Double, Double)

  init(
    _ edges: UnsafePointer<Number>, _ count: Int,
    _ uniform: (first: Double, last: Double, width: Double)
  ) {
    self.edges = edges
    self.count = count
    (first, last) = (Number(uniform.first), Number(uniform.last))
    (scale, width) = (Double(count), uniform.width)
  }

  @inline(__always)
  func bin(_ number: Number) -> Int? {
    guard number >= first, number <= last else { return nil }
    // The quotient has the elements' precision, and the product as well.
    let place =
      MemoryLayout<Number>.size == 8
      ? Double(number - first) / width * scale
      : Double(Number(number - first) / Number(width) * Number(scale))
    var bin = min(Int(place), count)
    if bin == count { bin -= 1 }
    // Rounding may have put it beside its bin.
    if number < edges[bin] { bin -= 1 }
    if bin < 0 { return nil }
    if bin != count - 1, number >= edges[bin + 1] { bin += 1 }
    return bin
  }

  /// Counts the elements of a range in a table of the bins.
  ///
  /// How far rounding can move an element or an edge is known. Elements that lie farther than that
  /// from every edge are in the bin that the quotient says, however it is computed; this is found for
  /// several at once, without looking at edges. Where one lies nearer, or outside, all of its group
  /// go the exact way.
  func count(
    _ source: UnsafePointer<Number>, _ range: Range<Int>, in table: UnsafeMutablePointer<Int>
  ) {
    var i = range.lowerBound
    let factor = scale / width
    let extent = max(Double(first.magnitude), Double(last.magnitude)) * factor
    let doubt = 16 * Double(Number.ulpOfOne) * (scale + extent)
    if doubt < 0.125, factor.isNormal, count < 1 << 31 {
      let (low, high) = (doubt, scale - doubt)
      let limit = (0.5 - doubt) * (0.5 - doubt)
      let start = Double(first)
      // Added to a small number it leaves the nearest integer in the lowest bits.
      let shift = 0x1.8p52
      withUnsafeTemporaryAllocation(of: SIMD8<Int64>.self, capacity: 4) { places in
        while i &+ 32 <= range.upperBound {
          var isPlain = SIMDMask<SIMD8<Int64>>(repeating: true)
          for k in 0..<4 {
            let place = (Number.lanes(source + (i &+ 8 &* k)) - start) * factor
            let shifted = (place - 0.5) + shift
            let distance = (place - 0.5) - (shifted - shift)
            isPlain .&= (place .> low) .& (place .< high) .& (distance * distance .< limit)
            places[k] = unsafeBitCast(shifted, to: SIMD8<Int64>.self)
          }
          let halves = unsafeBitCast(isPlain, to: SIMD8<Int64>.self)
          let quarters = halves.lowHalf & halves.highHalf
          let pair = quarters.lowHalf & quarters.highHalf
          if pair.x & pair.y != 0 {
            for k in 0..<4 {
              let bins = places[k]
              for lane in 0..<8 {
                table[Int(UInt32(truncatingIfNeeded: bins[lane]))] &+= 1
              }
            }
          } else {
            for j in i..<(i &+ 32) { if let bin = bin(source[j]) { table[bin] &+= 1 } }
          }
          i &+= 32
        }
      }
    }
    for j in i..<range.upperBound { if let bin = bin(source[j]) { table[bin] &+= 1 } }
  }
}

/// What `UniformBins` counts.
protocol BinnedNumber: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// Eight numbers.
  static func lanes(_ numbers: UnsafePointer<Self>) -> SIMD8<Double>
}

extension Double: BinnedNumber {
  @inline(__always)
  static func lanes(_ numbers: UnsafePointer<Double>) -> SIMD8<Double> {
    UnsafeRawPointer(numbers).loadUnaligned(as: SIMD8<Double>.self)
  }
}

extension Float: BinnedNumber {
  @inline(__always)
  static func lanes(_ numbers: UnsafePointer<Float>) -> SIMD8<Double> {
    var eight = SIMD8<Double>()
    for k in 0..<8 { eight[k] = Double(numbers[k]) }
    return eight
  }
}
