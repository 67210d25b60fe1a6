import MartletIR
import Testing

@testable import Martlet

/// `reduce` and its like for rows of the table and for one declared at run time, whose result depends
/// on the order.
struct OperationMethodsTests {
  static let blend = ElementwiseOperation.binary(
    "test_blend", .same([.int64, .float64], inputs: 2), identity: .none, domain: .all,
    tolerance: 0, gradient: .nonDifferentiable("it is a test's"), "Twice the first less the second."
  ) { a, b in a + a - b }

  private func blended(_ values: some Sequence<Double>) -> Double {
    var result: Double?
    for value in values { result = result.map { 2 * $0 - value } ?? value }
    return result ?? .nan
  }

  private func row(_ name: String) throws -> ElementwiseOperation {
    try #require(OperationTable.elementwise(named: name))
  }

  @Test(arguments: [[1], [7], [5, 3], [3, 4, 5], [2, 1, 70], [70, 2, 3]])
  func reducesInOrder(shape: [Int]) throws {
    for array in try arrangements(of: wholeNumbers(Shape(shape), .float64)) {
      for axis in shape.indices {
        let result = try Self.blend.reduce(array, axes: [axis])
        let kept = try Self.blend.reduce(array, axes: [axis - shape.count], keepDimensions: true)
        let last = try array.movingAxis(axis, to: shape.count - 1)
        let rows = try last.reshaped([-1, shape[axis]])
        let expected = try (0..<rows.shape[0]).map { i in
          blended(try rows[AxisIndex(.position(i))].values())
        }
        #expect(try result.values() == expected)
        #expect(try kept.values() == expected)
        #expect(kept.shape[axis] == 1 && kept.rank == array.rank)
        #expect(result.shape == Shape(last.shape.dropLast()))
      }
    }
  }

  @Test func beginsWithWhatIsGiven() throws {
    let numbers = NDArray([3.0, 1, 4, 1, 5])
    #expect(try Self.blend.reduce(numbers, initial: 2).values() == [blended([2, 3, 1, 4, 1, 5])])
    let mask = NDArray([true, false, true, true, false])
    let masked = try Self.blend.reduce(numbers, initial: 2, where: mask)
    #expect(try masked.values() == [blended([2, 3, 4, 1])])
    // The identity of hypot is 0, which takes the sign away.
    #expect(try row("hypot").reduce(NDArray([-3.0])).values() == [3])
    #expect(try row("bitwise_and").reduce(NDArray([6, 3, 14])).elements(as: Int.self) == [2])
    let empty = try NDArray.zeros([0, 2], .uint8)
    #expect(try row("bitwise_and").reduce(empty).elements(as: UInt8.self) == [255, 255])
    #expect(try row("add").reduce(numbers, where: mask).values() == [8])
  }

  @Test func severalAxesWhereTheOrderDoesNotMatter() throws {
    let numbers = try wholeNumbers([3, 4, 5], .int64)
    let expected = try numbers.transposed([1, 0, 2]).reshaped([4, 15])
    #expect(
      try row("gcd").reduce(numbers, axes: [0, 2]).elements(as: Int.self)
        == row("gcd").reduce(expected, axes: [1]).elements(as: Int.self))
    #expect(
      try row("fmax").reduce(numbers, axes: nil).item(as: Int.self)
        == numbers.max().item(as: Int.self))
  }

  @Test func accumulatesAndReducesSlices() throws {
    let numbers = try wholeNumbers([4, 9], .float64)
    let running = try Self.blend.accumulate(numbers, axis: 1)
    let starts = [0, 4, 4, 2, 8]
    let slices = try Self.blend.reduceAt(numbers, starts, axis: 1)
    #expect(slices.shape == [4, 5])
    for i in 0..<4 {
      let values = try numbers[AxisIndex(.position(i))].values()
      #expect(
        try running[AxisIndex(.position(i))].values()
          == values.indices.map { blended(values[...$0]) })
      let parts = [values[0..<4], values[4..<5], values[4..<5], values[2..<8], values[8..<9]]
      #expect(try slices[AxisIndex(.position(i))].values() == parts.map { blended($0) })
    }
    let down = try Self.blend.reduceAt(numbers.transposed(), starts, axis: 0)
    #expect(try down.transposed().values() == slices.values())
  }

  @Test func appliesInPlaceInOrder() throws {
    var numbers = NDArray([1.0, 2, 3, 4])
    let copy = numbers
    let places = AxisIndex(.array(NDArray([0, -1, 0, 0])))
    try Self.blend.apply(to: &numbers, at: [places], NDArray([5.0, 6, 7, 8]))
    #expect(try numbers.values() == [blended([1, 5, 7, 8]), 2, 3, blended([4, 6])])
    #expect(try copy.values() == [1, 2, 3, 4])

    var table = try NDArray.zeros([3, 4], .int16)
    try row("add").apply(
      to: &table, at: [.slice(nil, nil, 2), AxisIndex(.array(NDArray([1, 1, 3])))], NDArray(1.9))
    #expect(try table.values() == [0, 2, 0, 1, 0, 0, 0, 0, 0, 2, 0, 1])
    try row("negative").apply(to: &table, at: [AxisIndex(.array(NDArray([0, 0, 2])))])
    #expect(try table.values() == [0, 2, 0, 1, 0, 0, 0, 0, 0, -2, 0, -1])
  }

  @Test func combinesEachPair() throws {
    let pairs = try Self.blend.outer(NDArray([1.0, 2]), NDArray([[3.0], [4]]))
    #expect(pairs.shape == [2, 2, 1])
    #expect(try pairs.values() == [-1, -2, 1, 0])
  }

  @Test func whatIsWrongIsSaid() throws {
    let numbers = NDArray([[1, 2], [3, 4]])
    func failure(_ body: () throws -> NDArray) -> MartletError? {
      #expect(throws: MartletError.self) { _ = try body() }
    }
    #expect("\(failure { try row("sin").reduce(numbers) }, default: "")".contains("binary"))
    #expect(
      "\(failure { try Self.blend.reduce(numbers, axes: nil) }, default: "")"
        .contains("not reorderable"))
    #expect(
      "\(failure { try Self.blend.reduce(NDArray.zeros([0], .int64)) }, default: "")"
        .contains("no identity"))
    #expect(
      "\(failure { try Self.blend.reduce(numbers, where: numbers .> 1) }, default: "")"
        .contains("'initial'"))
    #expect(
      "\(failure { try Self.blend.reduceAt(numbers, [0, 2]) }, default: "")"
        .contains("index 2 out-of-bounds in test_blend.reduceat [0, 2)"))
    #expect(
      "\(failure { try row("power").reduce(NDArray([2, -1])) }, default: "")".contains("negative"))
    #expect(
      "\(failure { try row("power").accumulate(NDArray([2, -1])) }, default: "")"
        .contains("negative"))
    #expect("\(failure { try row("less").reduce(numbers) }, default: "")".contains("less"))
    var changed = numbers
    #expect(throws: MartletError.self) {
      try Self.blend.apply(to: &changed, at: [.all], NDArray([1, 2, 3]))
    }
    #expect(throws: MartletError.self) { try Self.blend.apply(to: &changed, at: [.all]) }
  }

  @Test func averagesOfChosenElements() throws {
    let numbers = NDArray([[1.0, 2, 9], [4, 6, 9]])
    let mask = NDArray([true, true, false])
    #expect(try numbers.mean(axes: [1], where: mask).values() == [1.5, 5])
    #expect(try numbers.var(axes: [1], where: mask).values() == [0.25, 1])
    #expect(try numbers.std(axes: [1], where: mask).values() == [0.5, 1])
    #expect(try numbers.sum(axes: [0], where: mask).values() == [5, 8, 0])
    let plane = NDArray([Complex(1.0, 1), Complex(3, 1), Complex(1, 5), Complex(3, 5)])
    #expect(try plane.var().values() == [5])
    #expect(try plane.var().dtype == .float64)
  }
}
