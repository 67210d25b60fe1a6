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

  @Test func partsAreChangedInPlace() throws {
    var matrix = try NDArray.zeros([300, 300])
    let part = try NDArray.ones([50])
    matrix[7, 0..<50] += part
    matrix[8][1..<3] *= 2.0
    matrix[9, 3] += 1.5
    let before = (Counters.allocations.total, Counters.copiedBytes.total)
    matrix[7, 0..<50] += part
    matrix[7, 1...] += 2.0
    matrix[8] -= 1
    matrix[8][3] = 4.0
    matrix[9, 3] += 1.5
    matrix[9, 0..<50] = part
    matrix[9, 0..<50] = 2.0
    // Suites run side by side, so others count too; none of them copies.
    #expect(Counters.copiedBytes.total == before.1)
    #expect(matrix[7, 0] == 2.0)
    #expect(matrix[7, 49] == 4.0)
    #expect(matrix[7, 50] == 2.0)
    #expect(matrix[8, 3] == 4.0)
    #expect(matrix[8, 4] == -1.0)
    #expect(matrix[9, 3] == 2.0)
    #expect(try matrix[6].sum() == 0)
  }

  @Test func aPartThatIsKeptIsAValue() throws {
    var kept: NDArray = []
    func copyFirst(_ part: inout NDArray) {
      kept = part
      part += 1
    }
    func replace(_ part: inout NDArray) {
      kept = part
      part = NDArray([100.0, 100])
      kept += 1
    }
    func exchange(_ part: inout NDArray) {
      let old = part
      part = part[.slice(nil, nil, -1)]
      kept = old
    }
    var a = NDArray([[1.0, 2], [3, 4]])
    copyFirst(&a[0])
    #expect(a == [[2.0, 3], [3, 4]])
    #expect(kept == [1.0, 2])
    replace(&a[1])
    #expect(a == [[2.0, 3], [100, 100]])
    #expect(kept == [4.0, 5])
    exchange(&a[0])
    #expect(a == [[3.0, 2], [100, 100]])
    #expect(kept == [2.0, 3])
  }

  @Test func whatSharesMemoryIsNotChanged() throws {
    var a = NDArray([[1.0, 2], [3, 4]])
    let before = a
    a[0] += 10
    #expect(before == [[1.0, 2], [3, 4]])
    let second = a[1]
    a[0] += a[1]
    #expect(a == [[14.0, 16], [3, 4]])
    a[1] *= a[1]
    #expect(a == [[14.0, 16], [9, 16]])
    #expect(second == [3.0, 4])
    // Overlapping, and against the direction of writing.
    var row = NDArray([1.0, 2, 3, 4])
    row[1...] += row[..<3]
    #expect(row == [1.0, 3, 5, 7])
    var wide = try NDArray([1.0]).broadcast(to: [3])
    wide[0..<2] += 1
    #expect(wide == [2.0, 2, 1])
    var turned = NDArray([[1.0, 2], [3, 4]]).T
    turned[0] += 1
    turned[1, 0] = 9
    #expect(turned == [[2.0, 4], [9, 4]])
  }

  @Test func whatFailsWithinAnAccessLeavesTheArrayWhole() throws {
    struct Failure: Error {}
    func fail(_ part: inout NDArray) throws {
      part += 1
      throw Failure()
    }
    var a = NDArray([[1.0, 2], [3, 4]])
    #expect(throws: Failure.self) { try fail(&a[1]) }
    #expect(a == [[1.0, 2], [4, 5]])
  }

  @Test func masksAndListsAreChangedToo() throws {
    var a = NDArray([1.0, 2, 3, 4])
    a[a .> 2] += 10
    #expect(a == [1.0, 2, 13, 14])
    a[NDArray([0, 3])] *= 2
    #expect(a == [2.0, 2, 13, 28])
    a[a .> 12] = 0
    #expect(a == [2.0, 2, 0, 0])
  }

  @Test func numbersAreConvertedToThePartsType() throws {
    var integers = NDArray([[1, 2], [3, 4]])
    integers[0] = 2.75
    integers[.all, 1] = 7
    #expect(integers == [[2, 7], [3, 7]])
    var truths = NDArray([[true, false]])
    truths[0, 1...] = true
    #expect(truths == [[true, true]])
    var complex = NDArray([Complex(1, 2), Complex(3, 4)])
    complex[0..<1] = 5.0
    #expect(complex == NDArray([Complex(5.0, 0), Complex(3, 4)]))
    complex[1...] = Complex(0.0, 1)
    #expect(complex == NDArray([Complex(5.0, 0), Complex(0, 1)]))
  }

  /// The way without a list of entries, and the general one.
  @Test func plainIndicesSelectWhatAllDo() throws {
    var numbers = TestNumbers(seed: 8)
    let a = try NDArray.arange(60).reshaped(3, 4, 5)
    func entry() -> AxisIndex {
      func bound() -> Int? {
        switch numbers.next(0...9) {
        case 0: nil
        case 1: .min
        case 2: .max
        default: numbers.next(-7...7)
        }
      }
      if numbers.next(0...2) == 0 { return AxisIndex(.position(numbers.next(-6...6))) }
      return .slice(bound(), bound(), [1, 2, 3, .max, -1][numbers.next(0...4)])
    }
    for _ in 0..<500 {
      let entries = [entry(), entry(), entry()]
      let plain = entries.map { PlainIndex($0) }
      guard let i = plain[0], let j = plain[1], let k = plain[2] else { continue }
      let expected = try? a.selection(entries).viewLayout
      var region = a.layout
      let isThere = region.narrow(i, j, k)
      #expect(isThere == (expected != nil))
      #expect(!isThere || region == expected, "\(i) \(j) \(k)")
    }
    var row = a[1][0].layout
    let isThere = row.narrow(PlainIndex(from: 0, to: 2), PlainIndex(position: 0), nil)
    #expect(!isThere)
    #expect(a[-1, 1..<3, 0...].shape == [2, 5])
    #expect(a[..<2, 1..., ...3].shape == [2, 3, 4])
  }
}
