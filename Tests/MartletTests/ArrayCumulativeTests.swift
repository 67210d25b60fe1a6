import MartletIR
import Testing

@testable import Martlet

struct ArrayCumulativeTests {
  /// Element by element, as the definition says.
  private func expected(
    _ array: NDArray, axis: Int, _ combine: (Double, Double) -> Double
  ) throws -> [Double] {
    var values = try array.values()
    let inner = array.shape.dropFirst(axis + 1).reduce(1, *)
    for i in values.indices where i / inner % array.shape[axis] > 0 {
      values[i] = combine(values[i - inner], values[i])
    }
    return values
  }

  /// Short and long axes in every place: chains, blocks with a rest, columns.
  @Test(
    arguments: [
      ([1], 0), ([5], 0), ([9000], 0), ([3, 4], 0), ([3, 4], 1), ([2, 5000], 1), ([5000, 3], 0),
      ([300, 3], 1), ([2, 3, 40, 5], 2), ([4, 4099, 2], 1), ([70, 90], 0),
    ] as [([Int], Int)])
  func sumsInAllArrangements(shape: [Int], axis: Int) throws {
    for dtype in [DType.float64, .int64, .int16, .uint8, .float32, .complex128, .bool] {
      let array = try wholeNumbers(Shape(shape), dtype)
      let sums = try expected(array, axis: axis, +)
      for arranged in try arrangements(of: array) {
        #expect(try arranged.accumulated(.add, axis: axis).values() == sums)
      }
      #expect(
        try array.accumulated(.maximum, axis: axis).values() == expected(array, axis: axis, max))
    }
  }

  @Test func smallIntegersWiden() throws {
    #expect(try wholeNumbers([3], .int8).cumulativeSum().dtype == .int64)
    #expect(try wholeNumbers([3], .uint16).cumulativeProduct().dtype == .uint64)
    #expect(try wholeNumbers([3], .float16).cumulativeSum().dtype == .float16)
    #expect(try wholeNumbers([3], .int8).cumulativeMaximum().dtype == .int8)
    #expect(try wholeNumbers([3], .int8).cumulativeSum(dtype: .float32).dtype == .float32)
  }

  @Test func signsOfZeroStay() throws {
    let zeros = try NDArray.full([10000], Scalar(-0.0, .float64))
    let sums = try zeros.cumulativeSum().elements(as: Double.self)
    #expect(sums.allSatisfy { $0.sign == .minus })
  }

  @Test func operationsWithoutOrderOfTheirOwnRunFromTheFirst() throws {
    let array = try NDArray.ones([6000], .int64)
    #expect(try array.accumulated(.subtract, axis: 0)[-1].values() == [-5998])
  }

  @Test func overflowIsNoted() throws {
    let events = try FloatingPointLog.collected {
      _ = try NDArray([1e308, 1e308]).cumulativeSum()
    }
    #expect(events == [.init(operation: "accumulate", kind: .overflow)])
    let none = try FloatingPointLog.collected {
      _ = try NDArray([Double.infinity, 1]).cumulativeSum()
    }
    #expect(none.isEmpty)
  }

  @Test func wrongCallsThrow() throws {
    #expect(throws: MartletError.self) { try NDArray(1).accumulated(.add, axis: 0) }
    #expect(throws: MartletError.self) { try NDArray([1]).accumulated(.add, axis: 1) }
    #expect(throws: MartletError.self) { try NDArray([1]).accumulated(.less, axis: 0) }
    #expect(throws: MartletError.self) { try NDArray([1]).accumulated(.exp, axis: 0) }
    #expect(try NDArray.zeros([0, 3]).accumulated(.add, axis: 0).shape == [0, 3])
  }
}
