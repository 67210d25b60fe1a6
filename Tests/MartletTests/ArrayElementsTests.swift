import MartletIR
import Testing

@testable import Martlet

struct ArrayElementsTests {
  @Test func arraysFromSwiftNumbers() throws {
    let row = NDArray([1, 2, 3])
    #expect(row.dtype == .int64 && row.shape == [3])
    #expect(try row.elements(as: Int.self) == [1, 2, 3])
    let table = NDArray([[1.5, 2], [3, 4]])
    #expect(table.dtype == .float64 && table.shape == [2, 2])
    #expect(try table.elements(as: Double.self) == [1.5, 2, 3, 4])
    let cube = NDArray([[[1, 2, 3]], [[4, 5, 6]]] as [[[UInt8]]])
    #expect(cube.dtype == .uint8 && cube.shape == [2, 1, 3])
    #expect(NDArray(2.5 as Float).dtype == .float32)
    #expect(try NDArray(true).item(as: Bool.self))
    #expect(NDArray([] as [Double]).shape == [0])
    let complex = NDArray([Complex(1.0, -2.0), Complex(0.5, 0)])
    #expect(complex.dtype == .complex128)
    #expect(try complex.elements(as: Complex<Double>.self)[0] == Complex(1, -2))
  }

  @Test func arraysFromFunctions() throws {
    let table = try NDArray(shape: [3, 4]) { Int32($0[0] * 10 + $0[1]) }
    #expect(table.dtype == .int32)
    #expect(try table[2].elements(as: Int32.self) == [20, 21, 22, 23])
    #expect(try NDArray(shape: []) { _ in 7.0 }.item(as: Double.self) == 7)
    #expect(try NDArray(shape: [2, 0]) { _ in 7.0 }.count == 0)
  }

  @Test func shapesMustBeFilled() throws {
    #expect(throws: MartletError.self) { try NDArray([1, 2, 3], shape: [2, 2]) }
    #expect(throws: MartletError.self) { try NDArray([1.0], shape: [-1, -1]) }
    #expect(try NDArray([1, 2, 3, 4], shape: [2, 2])[1, 0].item(as: Int.self) == 3)
  }

  @Test func conversionsKeepTheKind() throws {
    #expect(try NDArray([1, 2]).elements(as: Double.self) == [1, 2])
    #expect(try NDArray([1.5]).elements(as: Float.self) == [1.5])
    #expect(
      throws: MartletError.castForbidden(
        operation: "elements", from: .float64, to: .int64, casting: "same_kind")
    ) { try NDArray([1.5]).elements(as: Int.self) }
    #expect(throws: MartletError.self) { try NDArray([1, 2]).item(as: Int.self) }
  }

  @Test func spansShowTheElementsInPlace() throws {
    let array = NDArray([[1.0, 2], [3, 4]])
    let sum = try array.T.withSpan(of: Double.self) { span in
      var total = 0.0
      for i in span.indices { total = total * 10 + span[i] }
      return total
    }
    #expect(sum == 1324)
    #expect(throws: MartletError.self) { try array.withSpan(of: Float.self) { $0.count } }
  }

  @Test func mutableSpansChangeOneArrayOnly() throws {
    var array = NDArray([1, 2, 3])
    let before = array
    let tail = array[1...]
    try array.withMutableSpan(of: Int.self) { span in
      for i in span.indices { span[i] *= 10 }
    }
    #expect(try array.elements(as: Int.self) == [10, 20, 30])
    #expect(try before.elements(as: Int.self) == [1, 2, 3])
    #expect(try tail.elements(as: Int.self) == [2, 3])
  }
}
