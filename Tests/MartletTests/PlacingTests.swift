import MartletIR
import Testing

@testable import Martlet

@Suite("Blocks, padding, places and polynomials")
struct PlacingTests {
  @Test("Blocks stand where their lists say")
  func blocks() throws {
    let a = try NDArray.ones([2, 2], .int64)
    let b = try NDArray.zeros([2, 1], .int64)
    let c = try NDArray.arange(
      start: Scalar(Int64(0), .int64), next: Scalar(Int64(1), .int64), count: 3)
    let result = try NDArray.block([[a, b], [c]])
    #expect(result.shape == [3, 3])
    #expect(try result.elements(as: Int.self) == [1, 1, 0, 1, 1, 0, 0, 1, 2])
    #expect(throws: MartletError.self) {
      try NDArray.block(.list([.array(a), .list([.array(b)])]))
    }
    #expect(throws: MartletError.self) { try NDArray.block([[a], [b]]) }
    #expect(throws: MartletError.self) { try NDArray.block([]) }
  }

  @Test("Padding knows what stands beside the edge")
  func padding() throws {
    let row = NDArray([1.0, 3, 8])
    func padded(_ mode: NDArray.Padding) throws -> [Double] {
      try row.padded([(2, 1)], mode).elements(as: Double.self)
    }
    #expect(try padded(.mean(of: nil)) == [4, 4, 1, 3, 8, 4])
    #expect(try padded(.maximum(of: 2)) == [3, 3, 1, 3, 8, 8])
    #expect(try padded(.median(of: nil)) == [3, 3, 1, 3, 8, 3])
    #expect(try padded(.linearRamp(0)) == [0, 0.5, 1, 3, 8, 0])
    #expect(try padded(.oddReflect) == [-6, -1, 1, 3, 8, 13])
    #expect(try padded(.oddSymmetric) == [-1, 1, 1, 3, 8, 8])
  }

  @Test("What is written to one value changes no other")
  func places() throws {
    let original = try NDArray.zeros([3, 3], .int64)
    var a = original
    try a.fillDiagonal(NDArray([7, 8]))
    #expect(try a.elements(as: Int.self) == [7, 0, 0, 0, 8, 0, 0, 0, 7])
    try a.put(NDArray([5]), at: NDArray([[2], [0], [1]]), alongAxis: 1)
    #expect(try a.elements(as: Int.self) == [7, 0, 5, 5, 8, 0, 0, 5, 7])
    #expect(try original.elements(as: Int.self) == [Int](repeating: 0, count: 9))
    #expect(throws: MartletError.self) {
      try a.put(NDArray([5]), at: NDArray([[3], [0], [1]]), alongAxis: 1)
    }
    var row = NDArray([1, 2])
    #expect(throws: MartletError.self) { try row.fillDiagonal(NDArray([7])) }
  }

  @Test("Polynomials have values, roots and fits")
  func polynomials() throws {
    let p = NDArray([1.0, -3, 2])
    #expect(
      try Polynomials.values(p, at: NDArray([0.0, 1, 3])).elements(as: Double.self) == [2, 0, 2])
    let roots = try Polynomials.roots(p).elements(as: Double.self)
    #expect(roots.map { $0.rounded() } == [2, 1])
    #expect(
      try Polynomials.fromRoots(NDArray([1.0, 2])).elements(as: Double.self) == [1, -3, 2])
    let (q, r) = try Polynomials.quotient(p, NDArray([1.0, -1]))
    #expect(try q.elements(as: Double.self) == [1, -2])
    #expect(try r.elements(as: Double.self) == [0])
    let x = NDArray([0.0, 1, 2, 3, 4])
    let fit = try Polynomials.fit(x, Polynomials.values(p, at: x), degree: 2)
    #expect(fit.rank == 3)
    for (found, exact) in zip(try fit.coefficients.elements(as: Double.self), [1.0, -3, 2]) {
      #expect(abs(found - exact) < 1e-12)
    }
    #expect(throws: MartletError.self) { try Polynomials.fit(x, x, degree: -1) }
    #expect(throws: MartletError.self) { try Polynomials.quotient(p, NDArray([0.0, 1])) }
  }
}
