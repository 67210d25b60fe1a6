import MartletIR
import Testing

@testable import Martlet

@Suite struct ElementSubscriptTests {
  @Test func readsAndWritesInPlace() throws {
    var row = NDArray([1.0, 2, 3])
    row[1] = 5.5
    row[-1] += 1.0
    let second: Double = row[1]
    #expect(second == 5.5)
    #expect(try row.elements(as: Double.self) == [1, 5.5, 4])
    var matrix = NDArray([[1.0, 2], [3, 4]])
    matrix[1, 0] = 7
    #expect(try matrix.elements(as: Double.self) == [1, 2, 7, 4])
    #expect(matrix[-1, -1] == 4.0)
  }

  @Test func changesNoOtherArray() throws {
    let first = NDArray([1.0, 2, 3, 4])
    var second = first
    second[0] = 9
    var part = first[1..<3]
    part[0] = 8
    #expect(try first.elements(as: Double.self) == [1, 2, 3, 4])
    #expect(try second.elements(as: Double.self) == [9, 2, 3, 4])
    #expect(try part.elements(as: Double.self) == [8, 3])
  }

  @Test func convertsAsAssignmentDoes() throws {
    var integers = NDArray([1, 2, 3])
    integers[0] = 2.75
    let wide: Double = integers[0]
    #expect(wide == 2)
    var floats = NDArray([Float(1), 2])
    floats[1] = 5
    #expect(try floats.elements(as: Float.self) == [1, 5])
    var cube = try NDArray.zeros([2, 2, 2])
    cube[1, 0, 1] = 3.5
    #expect(cube[1, 0, 1] == 3.5)
  }

  @Test func seesEachElementOfABroadcastAlone() throws {
    var wide = try NDArray([1.0]).broadcast(to: [3])
    wide[1] = 4
    #expect(try wide.elements(as: Double.self) == [1, 4, 1])
  }

  @Test func writesThroughSubscriptsCopyNothing() throws {
    var matrix = try NDArray.zeros([300, 300])
    let part = try NDArray.ones([50])
    matrix[7, 0..<50] += part
    let before = Counters.copiedBytes.total
    for _ in 0..<5 { matrix[7, 0..<50] += part }
    #expect(Counters.copiedBytes.total == before)
    #expect(matrix[7, 49] == 6.0)
    #expect(matrix[7, 50] == 0.0)
  }
}
