import MartletIR
import Testing

@testable import Martlet

struct DirectReductionTests {
  /// The result of the direct way alone.
  private func direct(
    _ operation: ReductionOperation, _ array: NDArray, _ axes: [Int], keepsDimensions: Bool = false
  ) throws -> NDArray? {
    let memory = try array.pointer()
    let bits = axes.reduce(DirectReduction.Axes(0)) { $0 | 1 << DirectReduction.Axes($1) }
    let made = try NDArray(uninitialised: array.shape, .complex128)
    let target = try made.pointer()
    let result = withUnsafePointer(to: array.layout) { layout in
      DirectReduction.withReduction { call -> (Layout, DType)? in
        guard
          call.pointee.settle(
            operation, memory, layout, array.dtype, axes: bits, keepsDimensions: keepsDimensions),
          call.pointee.run(into: target)
        else { return nil }
        var layout = Layout(contiguous: Shape())
        call.pointee.setResultLayout(&layout)
        return (layout, call.pointee.resultType)
      }
    }
    withExtendedLifetime(array) {}
    return result.map { NDArray(storage: made.storage, layout: $0.0, dtype: $0.1) }
  }

  private func bits(_ array: NDArray) throws -> [UInt8] {
    let array = try array.contiguous()
    let bytes = UnsafeRawBufferPointer(
      start: try array.pointer(), count: array.count * array.dtype.itemSize)
    return withExtendedLifetime(array) { Array(bytes) }
  }

  /// As a reduction of an expression gives them, which goes through the lazy graph.
  @Test(
    arguments: [
      [16500], [2, 9000], [9000, 2], [130, 131], [17, 1000], [1000, 17], [23, 24, 31],
      [40, 5, 90], [7, 400, 6],
    ])
  func bitsAreThoseOfTheLazyGraph(shape: [Int]) throws {
    let sevenths = try wholeNumbers(Shape(shape), .float64) / 7
    for dtype in [DType.float64, .float32, .complex64, .int16] {
      for array in try arrangements(of: sevenths.asType(dtype)) {
        for operation in ReductionOperation.rows {
          for axes in [[0], [shape.count - 1], Array(shape.indices)] {
            if axes.count > 1, operation.name.hasPrefix("arg") { continue }
            let pending = try NDArray.apply("positive", array)[0]
            #expect(pending.isPending)
            let expected = try pending.reduced(operation, axes: axes)
            let result = try #require(try direct(operation, array, axes))
            #expect(result.dtype == expected.dtype && result.shape == expected.shape)
            #expect(try bits(result) == bits(expected), "\(operation.name) \(axes) \(dtype)")
          }
        }
      }
    }
  }

  @Test func smallArraysOfEveryRank() throws {
    for shape in [[], [1], [5], [1, 1], [3, 1, 4], [2, 3, 4, 5], [2, 1, 2, 1, 2, 1, 2, 3]] {
      let array = try wholeNumbers(Shape(shape), .int64)
      for mask in 0..<(1 << shape.count) {
        let axes = shape.indices.filter { mask >> $0 & 1 == 1 }
        let result = try #require(try direct(.sum, array, axes, keepsDimensions: true))
        var expected = array
        for axis in axes {
          let parts = try (0..<shape[axis]).map { place in
            try expected.get(
              shape.indices.map { $0 == axis ? .slice(place, place + 1) : AxisIndex.all })
          }
          expected = try parts.dropFirst().reduce(parts[0]) { try $0.adding($1) }
        }
        #expect(result.shape == expected.shape)
        #expect(try result.values() == expected.values())
      }
    }
  }

  @Test func leavesTheRestToTheGeneralWay() throws {
    #expect(try direct(.sum, NDArray.zeros([0, 3]), [0]) == nil)
    #expect(try direct(.maximum, NDArray.zeros([3, 0]), [1]) == nil)
    #expect(try direct(.sum, NDArray.zeros([DirectReduction.limit]), [0]) == nil)
    #expect(try direct(.bitwiseOr, NDArray.zeros([3]), [0]) == nil)
  }

  @Test func positionsOfWhatNothingBeats() throws {
    for number in [-Double.infinity, .infinity, .nan] {
      for count in [1, 5, 40, 2000, 40_000] {
        let array = try NDArray.full([count], Scalar(number, .float64))
        #expect(try array.argMax().values() == [0])
        #expect(try array.argMin().values() == [0])
        let matrix = try array.reshaped([count, 1])
        #expect(try matrix.argMax(axis: 0).values() == [0])
      }
    }
    let falses = try NDArray.zeros([3000], .bool)
    #expect(try falses.argMax().values() == [0])
    let late = NDArray([-Double.infinity, -.infinity, .nan, 5, .nan])
    #expect(try late.argMax().values() == [2] && late.argMin().values() == [2])
  }

  @Test func countsBeyondSixteenBits() throws {
    let ones = try NDArray.ones([300, 1000], .bool)
    #expect(try ones.countNonzero().values() == [300_000])
    #expect(try ones.countNonzero(axes: [0]).values() == Array(repeating: 300, count: 1000))
    #expect(try ones.countNonzero(axes: [1]).values() == Array(repeating: 1000, count: 300))
  }
}
