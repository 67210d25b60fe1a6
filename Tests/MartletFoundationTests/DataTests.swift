import Foundation
import Martlet
import MartletFoundation
import Testing

/// Bytes of Foundation's and arrays.
@Suite struct DataTests {
  @Test func thereAndBack() throws {
    let m: NDArray = [[1.5, 2], [3, 4]]
    let data = try m.T.data()
    #expect(data.count == 32)
    #expect(try NDArray(bytes: data, .float64, shape: [2, 2]) == m.T)
    #expect(try NDArray(bytes: data[8..<16], .float64) == [3])
    #expect(try NDArray(bytes: Data([0, 1, 7]), .bool) == [false, true, true])
    #expect(try NDArray(bytes: Data(), .int32).shape == [0])
    #expect(throws: MartletError.self) { try NDArray(bytes: Data([1, 2, 3]), .int16) }
    #expect(throws: MartletError.self) { try NDArray(bytes: data, .float64, shape: [3]) }
  }

  @Test func codableAsJSON() throws {
    let m: NDArray = [[1.5, 2], [3, 4]]
    let text = try JSONEncoder().encode(m)
    #expect(try JSONDecoder().decode(NDArray.self, from: text) == m)
    let wrong = Data(#"{"dtype": "int8", "shape": [2], "elements": [1, 300]}"#.utf8)
    #expect(throws: (any Error).self) { try JSONDecoder().decode(NDArray.self, from: wrong) }
    let short = Data(#"{"dtype": "int8", "shape": [3], "elements": [1, 2]}"#.utf8)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(NDArray.self, from: short) }
    let huge = Data(#"{"dtype": "int8", "shape": [9000000000000000000, 4], "elements": []}"#.utf8)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(NDArray.self, from: huge) }
    let negative = Data(#"{"dtype": "int8", "shape": [-1], "elements": []}"#.utf8)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(NDArray.self, from: negative) }
  }
}
