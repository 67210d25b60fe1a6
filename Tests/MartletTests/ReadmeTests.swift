import Martlet
import Testing

/// The README's blocks of Swift, word for word: `Tests/python/test_readme.py` compares them.
@Suite struct ReadmeTests {
  @Test func heat() throws {
    let inside: AxisIndex = 1 ..< .end - 1
    let before: AxisIndex = 0 ..< .end - 2
    let after: AxisIndex = 2 ..< .end
    var plate = try NDArray.zeros([400, 400])
    plate[0] = 100
    for _ in 1...100 {  // one pass over the plate each
      let vertical = plate[before, inside] + plate[after, inside]
      let horizontal = plate[inside, before] + plate[inside, after]
      plate[inside, inside] = 0.25 * (vertical + horizontal)
    }
    print(plate[0..<4, 200])
    print("\(try (plate .> 50).sum()) points are warmer than 50; the mean is \(try plate.mean()).")

    let column = try plate[0..<4, 200].elements(as: Double.self)
    #expect(column[0] == 100 && column[1] > column[2] && column[2] > column[3])
    #expect(try plate[200...].sum().item(as: Double.self) == 0)
  }

  @Test func sharing() throws {
    let a = NDArray([[1.0, 2, 3], [4, 5, 6]])
    var b = a[0..., 1...]  // shares memory with a
    b[0, .ellipsis] = 0  // now it has its own: a keeps its elements
    print(a, b, exp(a + b[1, 0]).shape, a[a .> 2])

    #expect(try a.elements(as: Double.self) == [1, 2, 3, 4, 5, 6])
    #expect(try b.elements(as: Double.self) == [0, 0, 5, 6])
    #expect(a[a .> 2].count == 4)
  }
}
