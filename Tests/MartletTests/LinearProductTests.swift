import MartletIR
import MartletRuntime
import Testing

@testable import Martlet

struct LinearProductTests {
  /// By the definition, for two axes.
  private func product(_ a: NDArray, _ b: NDArray) throws -> [Double] {
    let (x, y) = (try a.values(), try b.values())
    let (rows, depth, columns) = (a.shape[0], a.shape[1], b.shape[1])
    return (0..<rows * columns).map { place in
      let (i, j) = (place / columns, place % columns)
      return (0..<depth).reduce(0) { $0 + x[i * depth + $1] * y[$1 * columns + j] }
    }
  }

  static let sizes = [
    [1, 1, 1], [2, 3, 4], [5, 4, 3], [70, 5, 66], [1, 7, 9], [9, 7, 1], [1, 8, 1], [3, 1, 3],
    [40, 40, 40],
  ]

  @Test(arguments: sizes)
  func matricesInAllArrangements(sizes: [Int]) throws {
    let (rows, depth, columns) = (sizes[0], sizes[1], sizes[2])
    for dtype in [DType.float64, .float32, .complex64, .complex128, .int64, .int32, .uint16] {
      let a = try wholeNumbers([rows, depth], dtype)
      let b = try wholeNumbers([depth, columns], dtype, seed: 2)
      let expected = try product(a, b)
      for left in try arrangements(of: a) {
        for right in try arrangements(of: b) {
          let result = try left.matmul(right)
          #expect(result.dtype == dtype)
          #expect(try result.values() == expected)
        }
      }
    }
  }

  @Test func aMatrixByItsTranspose() throws {
    for dtype in [DType.float64, .float32, .complex64, .complex128] {
      for shape in [[100, 7], [7, 100]] as [Shape] {
        let a = try wholeNumbers(shape, dtype)
        #expect(try a.matmul(a.T).values() == product(a, a.T))
        #expect(try a.T.matmul(a).values() == product(a.T, a))
      }
    }
  }

  @Test func otherTypes() throws {
    for dtype in [DType.int8, .uint8, .uint64] {
      let (a, b) = (
        try wholeNumbers([3, 4], dtype, in: 0...5), try wholeNumbers([4, 2], dtype, in: 0...5)
      )
      #expect(try a.matmul(b).values() == product(a, b))
      #expect(try a.matmul(b).dtype == dtype)
    }
    for dtype in [DType.float16, .bfloat16] {
      let (a, b) = (
        try wholeNumbers([3, 4], dtype, in: 0...3), try wholeNumbers([4, 2], dtype, in: 0...3)
      )
      #expect(try a.matmul(b).values() == product(a, b))
      #expect(try a.matmul(b).dtype == dtype)
    }
    let truth = NDArray([[true, false], [true, true]])
    let other = NDArray([[false, true], [false, false]])
    #expect(
      try truth.matmul(other).elements(as: Bool.self) == [false, true, false, true])
    #expect(
      try wholeNumbers([2, 2], .int8).matmul(wholeNumbers([2, 2], .float32)).dtype
        == .float32)
  }

  @Test func batchesBroadcast() throws {
    for size in [3, 20] {
      for dtype in [DType.float64, .int32] {
        let a = try wholeNumbers([2, 1, size, size], dtype)
        let b = try wholeNumbers([4, size, size], dtype, seed: 3)
        let result = try a.matmul(b)
        #expect(result.shape == [2, 4, size, size])
        for (i, j) in [(0, 0), (1, 3), (1, 2)] {
          #expect(try result[i, j].values() == product(a[i, 0], b[j]))
        }
        let shared = try b.matmul(a[0, 0])
        #expect(try shared[2].values() == product(b[2], a[0, 0]))
      }
    }
  }

  @Test func vectorsLoseTheirAxis() throws {
    let a = NDArray([[1.0, 2], [3, 4], [5, 6]])
    let v = NDArray([1.0, -1])
    #expect(try a.matmul(v).values() == [-1, -1, -1])
    #expect(try a.T.matmul(NDArray([1.0, 0, 1])).values() == [6, 8])
    #expect(try NDArray([1.0, 1, 1]).matmul(a).values() == [9, 12])
    #expect(try v.matmul(v).shape == [])
    #expect(try v.flipped().matmul(v).values() == [-2])
    #expect(try NDArray.zeros([2, 3, 4]).matmul(NDArray.ones([4])).shape == [2, 3])
  }

  @Test func nothingToAddIsZero() throws {
    #expect(
      try NDArray.zeros([2, 0]).matmul(NDArray.zeros([0, 3])).values() == [
        0, 0, 0, 0, 0, 0,
      ])
    #expect(try NDArray.zeros([0, 2]).matmul(NDArray.zeros([2, 3])).shape == [0, 3])
  }

  @Test func errorsAreNumPys() throws {
    func detail(_ a: Shape, _ b: Shape) -> String? {
      do throws(MartletError) {
        _ = try NDArray.zeros(a).matmul(.zeros(b))
      } catch {
        if case .shapeMismatch(_, let detail) = error { return detail }
      }
      return nil
    }
    #expect(
      detail([3, 4], [5, 6])
        == "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature "
        + "(n?,k),(k,m?)->(n?,m?) (size 5 is different from 4)")
    #expect(
      detail([3, 4], [])
        == "matmul: Input operand 1 does not have enough dimensions (has 0, gufunc core with "
        + "signature (n?,k),(k,m?)->(n?,m?) requires 1)")
    #expect(
      detail([2, 3, 4], [3, 4, 5])
        == "operands could not be broadcast together with remapped shapes [original->remapped]: "
        + "(2,3,4)->(2,newaxis,newaxis) (3,4,5)->(3,newaxis,newaxis)  and requested shape (3,5)")
  }

  @Test func productsOfMoreAxes() throws {
    let a = try wholeNumbers([2, 3, 4], .float64)
    let b = try wholeNumbers([5, 4, 2], .float64, seed: 2)
    let dot = try a.dot(b)
    #expect(dot.shape == [2, 3, 5, 2])
    #expect(try dot[1, .all, 3].values() == product(a[1], b[3]))
    #expect(try a.inner(a).shape == [2, 3, 2, 3])
    #expect(try a.outer(b).shape == [24, 40])
    let contracted = try a.tensorDot(b, axes: [0, 2], [2, 1])
    #expect(contracted.shape == [3, 5])
    let (x, y) = (try a.values(), try b.values())
    var expected = 0.0
    for i in 0..<2 {
      for k in 0..<4 { expected += x[i * 12 + 4 + k] * y[16 + k * 2 + i] }
    }
    #expect(try contracted[1, 2].item(as: Double.self) == expected)
    #expect(throws: MartletError.self) { try a.dot(a) }
    #expect(throws: MartletError.self) { try a.tensorDot(b, axes: [0], [0]) }
  }

  @Test func complexVectorsAreConjugated() throws {
    let z = NDArray([Complex(1.0, 2.0), Complex(0, -1)])
    #expect(try z.vdot(z).elements(as: Complex<Double>.self) == [Complex(6, 0)])
    #expect(try z.vecdot(z).elements(as: Complex<Double>.self) == [Complex(6, 0)])
    #expect(try z.dot(z).elements(as: Complex<Double>.self) == [Complex(-4, 4)])
    #expect(try NDArray.ones([3, 4]).vecdot(NDArray.ones([4])).values() == [4, 4, 4])
  }
}
