import Glibc

/// Normal and exponential numbers by the ziggurat method, bit for bit NumPy's.
///
/// G. Marsaglia and W. W. Tsang, "The ziggurat method for generating random variables", Journal of
/// Statistical Software 5 (2000); 256 layers.
enum Ziggurat {
  struct Layer<Word, Number> {
    /// The first step that may lie outside of the density.
    var bound: Word
    /// Of one step.
    var width: Number
    /// The density at the layer's edge.
    var height: Number
  }

  typealias Layers<Word, Number> = UnsafePointer<Layer<Word, Number>>

  // The tables are never changed nor freed.
  nonisolated(unsafe) static let normal = layers(
    ZigguratTables.normalBounds, ZigguratTables.normalWidths, ZigguratTables.normalHeights,
    Double.init(bitPattern:))
  nonisolated(unsafe) static let exponential = layers(
    ZigguratTables.exponentialBounds, ZigguratTables.exponentialWidths,
    ZigguratTables.exponentialHeights, Double.init(bitPattern:))
  nonisolated(unsafe) static let normal32 = layers(
    ZigguratTables.normal32Bounds, ZigguratTables.normal32Widths, ZigguratTables.normal32Heights,
    Float.init(bitPattern:))
  nonisolated(unsafe) static let exponential32 = layers(
    ZigguratTables.exponential32Bounds, ZigguratTables.exponential32Widths,
    ZigguratTables.exponential32Heights, Float.init(bitPattern:))

  private static func layers<Word, Number>(
    _ bounds: [Word], _ widths: [Word], _ heights: [Word], _ number: (Word) -> Number
  ) -> Layers<Word, Number> {
    let result = UnsafeMutablePointer<Layer<Word, Number>>.allocate(capacity: bounds.count)
    for i in bounds.indices {
      (result + i).initialize(
        to: Layer(bound: bounds[i], width: number(widths[i]), height: number(heights[i])))
    }
    return UnsafePointer(result)
  }

  private static let normalEdge = 3.6541528853610087963519472518
  private static let normalInverseEdge = 0.27366123732975827203338247596
  private static let exponentialEdge = 7.6971174701310497140446280481

  // MARK: Normal

  @inline(__always)
  static func normal<Bits: RandomBits>(
    _ bits: inout Bits, _ layers: Layers<UInt64, Double>
  ) -> Double {
    let word = bits.next64()
    let layer = layers + Int(word & 0xff)
    let step = word >> 9 & 0x000f_ffff_ffff_ffff
    let width = layer.pointee.width
    // The sign changes no bit but its own.
    let x = Double(
      bitPattern: (Double(Int64(bitPattern: step)) * width).bitPattern ^ (word >> 8 & 1) << 63)
    if step < layer.pointee.bound { return x }
    return normalOutside(&bits, layers, word, x)
  }

  @inline(never)
  private static func normalOutside<Bits: RandomBits>(
    _ bits: inout Bits, _ layers: Layers<UInt64, Double>, _ first: UInt64, _ firstX: Double
  ) -> Double {
    var (word, x) = (first, firstX)
    while true {
      let index = Int(word & 0xff)
      let step = word >> 9 & 0x000f_ffff_ffff_ffff
      if step < layers[index].bound { return x }
      if index == 0 {
        while true {
          let beyond = -normalInverseEdge * log1p(-bits.nextDouble())
          let height = -log1p(-bits.nextDouble())
          if height + height > beyond * beyond {
            return step >> 8 & 1 != 0 ? -(normalEdge + beyond) : normalEdge + beyond
          }
        }
      }
      let (low, high) = (layers[index].height, layers[index - 1].height)
      if (high - low) * bits.nextDouble() + low < exp(-0.5 * x * x) { return x }
      word = bits.next64()
      x =
        Double(Int64(bitPattern: word >> 9 & 0x000f_ffff_ffff_ffff))
        * layers[Int(word & 0xff)].width
      if word >> 8 & 1 != 0 { x = -x }
    }
  }

  @inline(__always)
  static func normal32<Bits: RandomBits>(
    _ bits: inout Bits, _ layers: Layers<UInt32, Float>
  ) -> Float {
    while true {
      let word = bits.next32()
      let index = Int(word & 0xff)
      let step = word >> 9
      var x = Float(step) * layers[index].width
      if word >> 8 & 1 != 0 { x = -x }
      if step < layers[index].bound { return x }
      if let found = normal32Outside(&bits, layers, index, step, x) { return found }
    }
  }

  /// Nil where the place in the layer lies outside of the density.
  @inline(never)
  private static func normal32Outside<Bits: RandomBits>(
    _ bits: inout Bits, _ layers: Layers<UInt32, Float>, _ index: Int, _ step: UInt32, _ x: Float
  ) -> Float? {
    if index == 0 {
      while true {
        let beyond = -Float(normalInverseEdge) * log1pf(-bits.nextFloat())
        let height = -log1pf(-bits.nextFloat())
        if height + height > beyond * beyond {
          let edge = Float(normalEdge)
          return step >> 8 & 1 != 0 ? -(edge + beyond) : edge + beyond
        }
      }
    }
    let (low, high) = (layers[index].height, layers[index - 1].height)
    let limit = (high - low) * bits.nextFloat() + low
    // NumPy computes this density in double.
    return Double(limit) < exp(-0.5 * Double(x) * Double(x)) ? x : nil
  }

  // MARK: Exponential

  @inline(__always)
  static func exponential<Bits: RandomBits>(
    _ bits: inout Bits, _ layers: Layers<UInt64, Double>
  ) -> Double {
    while true {
      let word = bits.next64() >> 3
      let index = Int(word & 0xff)
      let step = word >> 8
      let x = Double(Int64(bitPattern: step)) * layers[index].width
      if step < layers[index].bound { return x }
      if let found = exponentialOutside(&bits, layers, index, x) { return found }
    }
  }

  @inline(never)
  private static func exponentialOutside<Bits: RandomBits>(
    _ bits: inout Bits, _ layers: Layers<UInt64, Double>, _ index: Int, _ x: Double
  ) -> Double? {
    if index == 0 { return exponentialEdge - log1p(-bits.nextDouble()) }
    let (low, high) = (layers[index].height, layers[index - 1].height)
    return (high - low) * bits.nextDouble() + low < exp(-x) ? x : nil
  }

  @inline(__always)
  static func exponential32<Bits: RandomBits>(
    _ bits: inout Bits, _ layers: Layers<UInt32, Float>
  ) -> Float {
    while true {
      let word = bits.next32() >> 1
      let index = Int(word & 0xff)
      let step = word >> 8
      let x = Float(step) * layers[index].width
      if step < layers[index].bound { return x }
      if let found = exponential32Outside(&bits, layers, index, x) { return found }
    }
  }

  @inline(never)
  private static func exponential32Outside<Bits: RandomBits>(
    _ bits: inout Bits, _ layers: Layers<UInt32, Float>, _ index: Int, _ x: Float
  ) -> Float? {
    if index == 0 { return Float(exponentialEdge) - log1pf(-bits.nextFloat()) }
    let (low, high) = (layers[index].height, layers[index - 1].height)
    return (high - low) * bits.nextFloat() + low < expf(-x) ? x : nil
  }
}

extension RandomSource {
  func normal() -> Double {
    var bits = self
    return Ziggurat.normal(&bits, Ziggurat.normal)
  }

  func exponential() -> Double {
    var bits = self
    return Ziggurat.exponential(&bits, Ziggurat.exponential)
  }

  func normal32() -> Float {
    var bits = self
    return Ziggurat.normal32(&bits, Ziggurat.normal32)
  }

  func exponential32() -> Float {
    var bits = self
    return Ziggurat.exponential32(&bits, Ziggurat.exponential32)
  }
}
