import MartletIR
import Testing

@testable import Martlet

/// Rows as functions of a position, and arrays with more or fewer elements.
struct SignalsTests {
  @Test func sumsOfProducts() throws {
    for dtype in [DType.float64, .float32, .int64, .uint8, .complex128] {
      let a = try wholeNumbers([2100], dtype, seed: 1, in: 0...3)
      let b = try wholeNumbers([7], dtype, seed: 2, in: 0...3)
      let (x, y) = (try a.values(), try b.values())
      let full = (0..<2106).map { k in
        (0..<7).reduce(0.0) { sum, j in
          (0..<2100).contains(k - j) ? sum + x[k - j] * y[j] : sum
        }
      }
      #expect(try NDArray.convolve(a, b).values() == full, "\(dtype)")
      #expect(try NDArray.convolve(b, a).values() == full, "\(dtype)")
      #expect(try NDArray.convolve(a, b, mode: .valid).values() == Array(full[6..<2100]))
      #expect(try NDArray.convolve(a, b, mode: .same).values() == Array(full[3..<2103]))
      let turned = try NDArray.correlate(a, b.flipped(), mode: .full).values()
      #expect(turned == full, "\(dtype)")
    }
    #expect(throws: MartletError.self) { try NDArray.convolve(NDArray([1.0]), .zeros([0])) }
  }

  @Test func linesBetweenPoints() throws {
    let (xp, fp) = (NDArray([0.0, 1, 3]), NDArray([0.0, 10, 30]))
    let x = NDArray([-1.0, 0, 0.5, 2, 3, 4])
    #expect(try x.interpolated(from: xp, fp).values() == [0, 0, 5, 20, 30, 30])
    #expect(
      try x.interpolated(from: xp, fp, left: -7, right: 7).values() == [-7, 0, 5, 20, 30, 7])
    #expect(throws: MartletError.self) { try x.interpolated(from: xp, NDArray([1.0])) }
  }

  @Test func slopesAndIntegrals() throws {
    let squares = NDArray([0.0, 1, 4, 9, 16])
    #expect(try squares.gradient()[0].values() == [1, 2, 4, 6, 7])
    #expect(try squares.gradient(edgeOrder: 2)[0].values() == [0, 2, 4, 6, 8])
    #expect(try squares.trapezoid().values() == [22])
    #expect(try squares.trapezoid(at: NDArray([0.0, 2, 4, 6, 8])).values() == [44])
    #expect(throws: MartletError.self) { try NDArray([1.0]).gradient() }
  }

  @Test func cleanedNumbers() throws {
    let array = NDArray([1.0, .nan, .infinity, -.infinity])
    #expect(
      try array.replacingInfinities(nan: 5, above: 6, below: 7).values() == [1, 5, 6, 7])
    let angles = NDArray([0.0, 3, 6, 9 - 2 * .pi])
    let smooth = try angles.unwrapped().values()
    #expect(smooth.last.map { abs($0 - 9) < 1e-12 } ?? false)
  }

  @Test func elementsMoreOrFewer() throws {
    let array = NDArray([[1, 2, 3], [4, 5, 6]])
    #expect(try array.deleting([0, -1], axis: 1).elements(as: Int.self) == [2, 5])
    #expect(
      try array.inserting(NDArray([9, 8, 7]), at: 1, axis: 0).elements(as: Int.self)
        == [1, 2, 3, 9, 8, 7, 4, 5, 6])
    #expect(
      try array.inserting(NDArray(0), at: [0, 3], axis: 1).elements(as: Int.self)
        == [0, 1, 2, 3, 0, 0, 4, 5, 6, 0])
    #expect(try array.repeated(toFill: [8]).elements(as: Int.self) == [1, 2, 3, 4, 5, 6, 1, 2])
    #expect(
      try NDArray([0, 0, 3, 0, 4, 0]).trimmingZeros().elements(as: Int.self) == [3, 0, 4])
    let bits = NDArray([true, false, true, true, false, false, false, false, true])
    let packed = try bits.packedBits(axis: 0)
    #expect(try packed.elements(as: UInt8.self) == [0b1011_0000, 0b1000_0000])
    #expect(
      try packed.unpackedBits(axis: 0, count: 9).elements(as: UInt8.self) == [
        1, 0, 1, 1, 0, 0, 0, 0, 1,
      ])
    for position in [Int.min, -4, 4, Int.max] {
      #expect(throws: MartletError.self) { try array.deleting([position], axis: 1) }
      #expect(throws: MartletError.self) { try array.inserting(array, at: position, axis: 1) }
      #expect(throws: MartletError.self) {
        try array.inserting(NDArray(0), at: [position &+ position.signum(), 0], axis: 1)
      }
    }
  }
}
