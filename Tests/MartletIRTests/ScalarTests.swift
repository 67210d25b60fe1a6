import Testing

@testable import MartletIR

@Suite struct ScalarTests {
  private static let known = DType.allCases.filter { $0 != .bfloat16 }

  /// Scalars from a table's hexadecimal bits.
  private static func scalars(_ text: some StringProtocol, _ dtype: DType) -> [Scalar] {
    let bits = text.split(separator: " ").compactMap { UInt64($0, radix: 16) }
    guard dtype.isComplex else { return bits.map { Scalar(dtype: dtype, low: $0) } }
    let half = bits.count / 2
    return (0..<half).map { Scalar(dtype: dtype, low: bits[$0], high: bits[half + $0]) }
  }

  /// Bits, with one NaN for all: payloads are not part of the result.
  private static func canonical(_ scalar: Scalar) -> Scalar {
    guard scalar.dtype.isInexact else { return scalar }
    let real = scalar.dtype.realType
    func part(_ bits: UInt64) -> UInt64 {
      Scalar(dtype: real, low: bits).asDouble.isNaN ? Scalar(Double.nan, real).low : bits
    }
    return Scalar(
      dtype: scalar.dtype, low: part(scalar.low),
      high: scalar.dtype.isComplex ? part(scalar.high) : 0)
  }

  @Test(arguments: known) func convertsAsNumPy(_ source: DType) throws {
    let samples = Self.scalars(try #require(NumPyTables.samples[source.name]), source)
    #expect(!samples.isEmpty)
    let rows = try #require(NumPyTables.conversions[source.name]).split(separator: "\n")
    #expect(rows.count == Self.known.count - 1)
    for row in rows {
      let words = row.drop { $0 == " " }.split(separator: " ", maxSplits: 1)
      let target = try #require(DType(name: String(words[0])))
      let expected = Self.scalars(words[1], target)
      #expect(expected.count == samples.count)
      for (sample, wanted) in zip(samples, expected) {
        let found = sample.converted(to: target)
        #expect(
          Self.canonical(found) == Self.canonical(wanted),
          "\(source) \(sample.asDouble) to \(target)")
      }
    }
  }

  @Test(arguments: DType.allCases) func smallNumbersRoundTrip(_ dtype: DType) {
    for value in [0.0, 1, 2, 3, 100] where dtype != .bool || value < 2 {
      #expect(Scalar(value, dtype).asDouble == value)
      #expect(Scalar(Int64(value), dtype).asDouble == value)
      for target in DType.allCases where target != .bool {
        #expect(
          Scalar(value, dtype).converted(to: target) == Scalar(value, target),
          "\(dtype) \(value) to \(target)")
      }
    }
    if dtype.isSigned || dtype.isInexact {
      #expect(Scalar(-5.0, dtype).asDouble == -5)
      #expect(Scalar(Int64(-5), dtype) == Scalar(-5.0, dtype))
    }
    if dtype.isInteger { #expect(Scalar(-1.0, dtype).low == Scalar.mask(dtype)) }
  }

  @Test func knowsZero() {
    #expect(Scalar(-0.0, .float64).isZero)
    #expect(!Scalar(Double.nan, .float32).isZero)
    #expect(!Scalar(real: 0, imaginary: 1, .complex64).isZero)
    #expect(!Scalar(Int64.min, .uint64).isZero)
    #expect(Scalar(Int64(256), .uint8).isZero)
  }

  @Test func complexPartsAreRounded() {
    let scalar = Scalar(real: 0.1, imaginary: -0.2, .complex64)
    #expect(scalar.asDouble == Double(0.1 as Float))
    #expect(scalar.imaginary == Double(-0.2 as Float))
    #expect(Scalar(real: 0.1, imaginary: 5, .float64).imaginary == 0)
  }

  @Test func aLargeInt64ToFloat32IsRoundedOnce() {
    // Through a double it would end at a tie, and go down.
    let value: Int64 = 1 << 54 + 1 << 30 + 1
    #expect(Scalar(value, .int64).converted(to: .float32).asDouble == Double(Float(value)))
    #expect(Float(Double(value)) != Float(value))
  }
}

@Suite struct HalfBitsTests {
  @Test func everyFloat16RoundTrips() {
    for bits in UInt16.min...UInt16.max {
      let value = HalfBits.float(float16: bits)
      if bits & 0x7fff > 0x7c00 {
        #expect(value.isNaN)
        #expect(HalfBits.float16(value) & 0x7e00 == 0x7e00)
      } else {
        #expect(HalfBits.float16(value) == bits)
      }
    }
  }

  @Test func everyBfloat16RoundTrips() {
    for bits in UInt16.min...UInt16.max {
      let value = Scalar(dtype: .bfloat16, low: UInt64(bits)).asDouble
      if bits & 0x7fff > 0x7f80 {
        #expect(value.isNaN)
        #expect(HalfBits.bfloat16(value) & 0x7fc0 == 0x7fc0)
      } else {
        #expect(HalfBits.bfloat16(value) == bits)
      }
    }
  }

  /// Between neighbours: the tie goes to the even one, what is on either side to the nearer.
  @Test(arguments: [DType.float16, .bfloat16]) func roundsToNearestEven(_ dtype: DType) {
    func encode(_ value: Double) -> UInt16 {
      dtype == .float16 ? HalfBits.float16(value) : HalfBits.bfloat16(value)
    }
    let infinity: UInt16 = dtype == .float16 ? 0x7c00 : 0x7f80
    func decode(_ bits: UInt16) -> Double {
      // Where the next number would be, were there no infinity.
      if bits == infinity { return dtype == .float16 ? 0x1p16 : 0x1p128 }
      return Scalar(dtype: dtype, low: UInt64(bits)).asDouble
    }
    for bits in 0..<infinity {
      let (low, high) = (decode(bits), decode(bits + 1))
      let middle = (low + high) / 2
      #expect(encode(middle) == bits + bits & 1)
      #expect(encode(middle.nextDown) == bits)
      #expect(encode(middle.nextUp) == bits + 1)
      #expect(encode(-middle.nextUp) == (bits + 1) | 0x8000)
    }
    #expect(encode(-0.0) == 0x8000)
    #expect(encode(.leastNonzeroMagnitude) == 0)
    #expect(encode(-.infinity) == infinity | 0x8000)
    #expect(encode(1e308) == infinity)
  }

  #if !(os(macOS) && arch(x86_64))
    @Test func roundsAsSwiftsFloat16() {
      var random = SplitMix(seed: 3)
      for _ in 0..<200_000 {
        let float = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
        let small = Double.random(in: -70000...70000, using: &random)
        for value in [Double(float), small] where !value.isNaN {
          #expect(HalfBits.float16(value) == Float16(value).bitPattern)
        }
      }
      for bits in UInt16.min...UInt16.max where bits & 0x7fff <= 0x7c00 {
        #expect(HalfBits.float(float16: bits) == Double(Float16(bitPattern: bits)))
      }
    }
  #endif
}
