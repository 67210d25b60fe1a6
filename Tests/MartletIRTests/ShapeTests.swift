import Testing

@testable import MartletIR

@Suite struct ShapeTests {
  @Test func printsAsPython() {
    #expect("\(Shape())" == "()")
    #expect("\(Shape([3]))" == "(3,)")
    #expect("\(Shape([3, 4]))" == "(3, 4)")
  }

  @Test func insertsAndRemoves() {
    var shape: Shape = [2, 4]
    shape.insert(3, at: 1)
    #expect(shape == [2, 3, 4])
    shape.insert(1, at: 0)
    shape.insert(5, at: 4)
    #expect(shape == [1, 2, 3, 4, 5])
    #expect(shape.remove(at: 1) == 2)
    #expect(shape.remove(at: 3) == 5)
    #expect(shape == [1, 3, 4])
    shape[0] = 7
    #expect(Array(shape) == [7, 3, 4])
  }

  @Test func holdsEight() {
    var shape = Shape(repeating: 2, count: 7)
    shape.append(3)
    #expect(shape.rank == 8)
    #expect(shape.elementCount == 384)
  }

  /// What was there before must not show in equality or hashing.
  @Test func equalityIgnoresRemovedNumbers() {
    var shape: Shape = [2, 3, 4]
    shape.remove(at: 2)
    #expect(shape == [2, 3])
    #expect(shape.hashValue == Shape([2, 3]).hashValue)
    #expect(Shape([2]) != Shape([2, 0]))
  }

  @Test func countsElements() {
    #expect(Shape().elementCount == 1)
    #expect(Shape([3, 0, 2]).elementCount == 0)
  }

  /// What an array may have: sizes whose product (zeros left out, since strides are made of them)
  /// does not come near overflow.
  @Test func checksCounts() throws {
    #expect(try Shape([3, 4]).checkedCount() == 12)
    #expect(try Shape([0, 5]).checkedCount() == 0)
    #expect(try Shape([1 << 24, 1 << 24]).checkedCount() == Shape.maximumCount)
    let impossible: [Shape] = [
      [1 << 40, 1 << 40], [1 << 32, 1 << 32], [.max], [0, 1 << 40, 1 << 40], [-1], [-2, -3],
      [Shape.maximumCount + 1], [.min], [1 << 62, 4, 0], [.max, .max, .max],
    ]
    for shape in impossible {
      #expect(throws: MartletError.sizeLimit(shape: shape)) { try shape.checkedCount() }
    }
  }

  @Test func broadcasts() {
    #expect(Shape.broadcast([3, 1], [1, 4]) == [3, 4])
    #expect(Shape.broadcast([], [2, 3]) == [2, 3])
    #expect(Shape.broadcast([3], [2, 3]) == [2, 3])
    #expect(Shape.broadcast([0], [1]) == [0])
    #expect(Shape.broadcast([0], [2]) == nil)
    #expect(Shape.broadcast([3], [4]) == nil)
    #expect(Shape.broadcast([2, 3], [3, 2]) == nil)
    #expect(Shape.broadcast([5, 1, 7], [6, 1]) == [5, 6, 7])
  }
}
