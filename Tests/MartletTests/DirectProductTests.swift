import MartletIR
import MartletRuntime
import Testing

@testable import Martlet

struct DirectProductTests {
  private func operand(_ array: NDArray) throws -> MatrixOperand {
    MatrixOperand(try array.memoryHere(), array.layout, array.dtype)
  }

  private func product(_ a: NDArray, _ b: NDArray, _ dtype: DType) throws -> NDArray? {
    let result = try NDArray(uninitialised: [a.shape[0], b.shape[1]], dtype)
    let events = DirectProduct.multiply(
      (a.dtype, b.dtype), try operand(a), try operand(b), dtype, into: try operand(result))
    guard let events else { return nil }
    #expect(events.isEmpty)
    return result
  }

  @Test(arguments: [
    [1, 1, 1], [2, 3, 4], [1, 9, 1], [1, 5, 7], [7, 5, 1], [20, 20, 20], [66, 4, 66],
  ])
  func givesWhatTheGeneralWayGives(sizes: [Int]) throws {
    for dtype in [DType.float64, .float32, .complex64, .complex128, .int64, .int32, .uint8, .bool] {
      let a = try wholeNumbers([sizes[0], sizes[1]], dtype, in: 0...3)
      let b = try wholeNumbers([sizes[1], sizes[2]], dtype, seed: 2, in: 0...3)
      let expected = try a.matmul(b).values()
      for left in try arrangements(of: a) {
        for right in try arrangements(of: b) {
          if dtype.isInexact || sizes[0] * sizes[1] * sizes[2] <= 4096 {
            #expect(try product(left, right, dtype)?.values() == expected)
          } else {
            #expect(try product(left, right, dtype) == nil)
          }
        }
      }
    }
  }

  @Test func convertsOnTheWay() throws {
    let a = try wholeNumbers([4, 5], .float64)
    for dtype in [DType.int32, .uint16, .float32, .bool] {
      let b = try wholeNumbers([5, 3], dtype, seed: 2)
      let expected = try a.matmul(b).values()
      #expect(try product(a, b, .float64)?.values() == expected)
      #expect(
        try product(b.T, a.T, .float64)?.T.values() == expected)
    }
    let complex = try wholeNumbers([5, 3], .complex64)
    #expect(try product(a, complex, .complex128) == nil)
  }

  @Test func stacksOfMatrices() throws {
    let a = try wholeNumbers([6, 2, 3], .float64)
    let b = try wholeNumbers([6, 3, 4], .float64, seed: 2)
    let result = try NDArray(uninitialised: [6, 2, 4], .float64)
    let events = DirectProduct.multiplyEach(
      6, .float64, try operand(a[0]), 6, try operand(b[0]), 12, into: try operand(result[0]))
    #expect(events == [])
    #expect(try result.values() == a.matmul(b).values())
  }

  @Test func whatIsLargeIsLeft() throws {
    let a = try NDArray.zeros([200, 200])
    #expect(try product(a, a, .float64) == nil)
  }

  @Test func tellsOfEvents() throws {
    for size in [2, 30] {
      let a = try NDArray.full([size, size], Scalar(1e200, .float64))
      let result = try NDArray(uninitialised: [size, size], .float64)
      let events = DirectProduct.multiply(
        (.float64, .float64), try operand(a), try operand(a), .float64, into: try operand(result))
      #expect(events == .overflow)
    }
  }

  /// On both sides of the ways to cut a product.
  @Test(arguments: [
    [9, 9000, 5], [1, 40000, 1], [1, 400, 700], [700, 400, 1], [40000, 3, 1], [300, 30, 300],
  ])
  func largeProductsAreCut(sizes: [Int]) throws {
    let a = try wholeNumbers([sizes[0], sizes[1]], .float64)
    let b = try wholeNumbers([sizes[1], sizes[2]], .float64, seed: 2)
    let (x, y) = (try a.values(), try b.values())
    var expected = [Double](repeating: 0, count: sizes[0] * sizes[2])
    for i in 0..<sizes[0] {
      for k in 0..<sizes[1] {
        for j in 0..<sizes[2] {
          expected[i * sizes[2] + j] += x[i * sizes[1] + k] * y[k * sizes[2] + j]
        }
      }
    }
    let transposed = try a.T.copy().T
    #expect(try a.matmul(b).values() == expected)
    #expect(try transposed.matmul(b.T.copy().T).values() == expected)
  }

  @Test func symmetricProductsAreSymmetric() throws {
    for rows in [64, 300, 1100] {
      let a = try NDArray.apply("sin", wholeNumbers([rows, 20], .float64))[0]
      let values = try a.matmul(a.T).values()
      for i in stride(from: 0, to: rows, by: 7) {
        for j in stride(from: 0, to: rows, by: 11) {
          #expect(values[i * rows + j] == values[j * rows + i])
        }
      }
    }
  }
}
