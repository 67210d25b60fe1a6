import MartletIR
import Testing

@testable import Martlet

/// Selections of small arrays, which are read at once, against what their indices say.
@Suite struct DirectSelectionTests {
  private func numbers(_ shape: [Int]) throws -> NDArray {
    let count = shape.reduce(1, *)
    let row = try NDArray.arange(
      start: Scalar(0.0, .float64), next: Scalar(1.0, .float64), count: count)
    return try row.reshaped(shape)
  }

  private func integers(_ values: [Int], _ shape: [Int], _ dtype: DType) throws -> NDArray {
    try NDArray(values).asType(dtype).reshaped(shape)
  }

  @Test func indicesOfEveryType() throws {
    let types: [DType] = [.int64, .int32, .int16, .int8, .uint8, .uint16, .uint32]
    for dtype in types {
      let a = try numbers([4, 3])
      let index = try integers([3, 0, 2, 2], [2, 2], dtype)
      let rows = try a.indexed([AxisIndex(.array(index))])
      #expect(rows.shape == [2, 2, 3])
      #expect(
        try rows.raveled().elements(as: Double.self)
          == [9, 10, 11, 0, 1, 2, 6, 7, 8, 6, 7, 8])
    }
  }

  @Test func axesBetweenIndicesComeLast() throws {
    let a = try numbers([2, 3, 4])
    let index = try integers([-1, 0], [2], .int64)
    let parted = try a.indexed([
      AxisIndex(.array(index)), .slice(nil, nil, 2), AxisIndex(.array(index)),
    ])
    #expect(parted.shape == [2, 2])
    #expect(try parted.raveled().elements(as: Double.self) == [15, 23, 0, 8])
    let beside = try a.transposed([2, 0, 1]).indexed([
      .slice(1, 3, 1), AxisIndex(.array(index)), AxisIndex(.position(1)),
    ])
    #expect(beside.shape == [2, 2])
    #expect(try beside.raveled().elements(as: Double.self) == [17, 5, 18, 6])
  }

  @Test func positionsOutsideAreErrors() throws {
    let a = try numbers([3])
    for wrong in [3, -4] {
      let index = try integers([0, wrong], [2], .int64)
      #expect(throws: MartletError.self) { try a.indexed([AxisIndex(.array(index))]) }
    }
  }

  @Test(arguments: [1, 7, 8, 9, 64, 1000])
  func offsetsOfMasks(count: Int) throws {
    let mask = (0..<count).map { UInt8(($0 * $0 + $0 / 3) % 3 == 0 ? 1 : 0) }
    let expected = mask.indices.filter { mask[$0] != 0 }.map { $0 * 8 }
    var strides = InlineArray<8, Int>(repeating: 0)
    strides[0] = 8
    var layout = Layout(contiguous: [count])
    let found = withUnsafeTemporaryAllocation(of: Int.self, capacity: count) { room -> [Int]? in
      guard
        let total = DirectMask.offsets(
          mask, &layout, strides: strides, into: room.baseAddress!, limit: count)
      else { return nil }
      return Array(room.prefix(total))
    }
    #expect(found == expected)
  }
}
