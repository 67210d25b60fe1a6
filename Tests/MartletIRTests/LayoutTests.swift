import Testing

@testable import MartletIR

@Suite struct LayoutTests {
  /// Where the elements of a layout are, in C order.
  private static func positions(_ layout: Layout) -> [Int] {
    var result: [Int] = []
    func walk(_ axis: Int, _ position: Int) {
      if axis == layout.rank { return result.append(position) }
      for i in 0..<layout.shape[axis] { walk(axis + 1, position + i * layout.strides[axis]) }
    }
    walk(0, layout.offset)
    return result
  }

  @Test func contiguousIsCOrder() {
    let layout = Layout(contiguous: [2, 3, 4])
    #expect(layout.strides == [12, 4, 1])
    #expect(Self.positions(layout) == Array(0..<24))
    #expect(layout.isContiguous)
    #expect(!layout.isFortranContiguous)
    #expect(layout.transposed.isFortranContiguous)
    #expect(!layout.transposed.isContiguous)
  }

  @Test func dimensionsOfOneDoNotMatter() {
    #expect(Layout(shape: [1, 3], strides: [99, 1]).isContiguous)
    #expect(Layout(shape: [3, 1], strides: [1, 99]).isContiguous)
    #expect(!Layout(shape: [3], strides: [-1]).isContiguous)
    #expect(!Layout(shape: [3], strides: [0]).isContiguous)
    #expect(Layout(shape: [0, 3], strides: [7, 7]).isContiguous)
    #expect(Layout(shape: [1, 1], strides: [5, 9]).isFortranContiguous)
    #expect(Layout(contiguous: []).isContiguous)
  }

  @Test func slicesAndIndexes() {
    let layout = Layout(contiguous: [4, 5])
    let reversed = layout.sliced(axis: 0, start: 3, count: 4, step: -1)
    #expect(Self.positions(reversed).prefix(6) == [15, 16, 17, 18, 19, 10])
    let every = layout.sliced(axis: 1, start: 1, count: 2, step: 3)
    #expect(Self.positions(every) == [1, 4, 6, 9, 11, 14, 16, 19])
    #expect(Self.positions(layout.indexed(axis: 0, at: 2)) == [10, 11, 12, 13, 14])
    #expect(Self.positions(layout.indexed(axis: 1, at: 2)) == [2, 7, 12, 17])
    let expanded = layout.expanded(at: 1)
    #expect(expanded.shape == [4, 1, 5])
    #expect(Self.positions(expanded) == Array(0..<20))
  }

  @Test func transposes() {
    let layout = Layout(contiguous: [2, 3, 4]).transposed([2, 0, 1])
    #expect(layout.shape == [4, 2, 3])
    #expect(Self.positions(layout).prefix(7) == [0, 4, 8, 12, 16, 20, 1])
  }

  @Test func broadcasts() throws {
    let column = Layout(contiguous: [3, 1])
    let wide = try #require(column.broadcast(to: [2, 3, 4]))
    #expect(wide.strides == [0, 1, 0])
    #expect(Self.positions(wide) == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2].repeated(2))
    #expect(column.broadcast(to: [3]) == nil)
    #expect(column.broadcast(to: [4, 4]) == nil)
    #expect(Layout(contiguous: [1]).broadcast(to: [0])?.count == 0)
  }

  @Test func knowsItsExtent() {
    #expect(Layout(contiguous: [2, 3]).extent == 0..<6)
    #expect(Layout(shape: [2, 3], strides: [10, -2], offset: 4).extent == 0..<15)
    #expect(Layout(shape: [0, 3], strides: [10, -2], offset: 4).extent == 4..<4)
    #expect(Layout(contiguous: []).extent == 0..<1)
  }

  /// Layouts made elsewhere: no sum of what they hold may overflow, also of an axis of one element.
  @Test func knowsWhatIsPossible() {
    #expect(Layout(contiguous: [3, 4]).isPossible)
    #expect(Layout(shape: [1 << 24, 1 << 24], strides: [0, 0]).isPossible)
    #expect(Layout(shape: [3], strides: [-2], offset: 4).isPossible)
    #expect(Layout(shape: [0, 5], strides: [7, 1]).isPossible)
    let impossible: [(Shape, Shape, Int)] = [
      ([3], [1 << 62], 0), ([3], [.min], 0), ([1], [.min], 0), ([1], [1 << 59], 0),
      ([1 << 40], [1 << 40], 0), ([2, 2], [1 << 48, 1 << 48], 0), ([3], [1], .min),
      ([3], [1], .max), ([3, 3], [1], 0), ([1 << 32, 1 << 32], [0, 0], 0), ([-1], [1], 0),
      ([0, 3], [1, .max], 0),
    ]
    for (shape, strides, offset) in impossible {
      #expect(!Layout(shape: shape, strides: strides, offset: offset).isPossible, "\(shape)")
    }
  }

  @Test func knowsWhetherElementsAreShared() {
    #expect(Layout(contiguous: [3, 4]).isInjective)
    #expect(Layout(shape: [3, 4], strides: [-8, 2]).isInjective)
    #expect(!Layout(shape: [3], strides: [0]).isInjective)
    #expect(!Layout(shape: [3, 3], strides: [1, 1]).isInjective)
    #expect(Layout(shape: [1, 3], strides: [0, 1]).isInjective)
  }

  // MARK: Reshaping

  @Test func reshapesWithoutCopy() throws {
    let rows = Layout(contiguous: [4, 6]).sliced(axis: 0, start: 0, count: 2, step: 2)
    let split = try #require(rows.reshaped([2, 2, 3]))
    #expect(split.strides == [12, 3, 1])
    #expect(rows.reshaped([12]) == nil)
    let flipped = Layout(contiguous: [6]).sliced(axis: 0, start: 5, count: 6, step: -1)
    #expect(flipped.reshaped([2, 3]).map(Self.positions) == [5, 4, 3, 2, 1, 0])
    #expect(Layout(contiguous: [2, 3]).transposed.reshaped([6]) == nil)
    #expect(Layout(contiguous: [2, 3]).reshaped([1, 6, 1])?.strides == [6, 1, 1])
    #expect(Layout(contiguous: []).reshaped([1, 1])?.shape == [1, 1])
    #expect(Layout(contiguous: [0, 3]).reshaped([5, 0])?.shape == [5, 0])
    #expect(Layout(contiguous: [4]).broadcast(to: [3, 4])?.reshaped([12]) == nil)
  }

  /// Every reshape that succeeds keeps the elements in order, and contiguous ones always succeed.
  @Test func reshapingKeepsTheOrder() {
    var random = SplitMix(seed: 7)
    for _ in 0..<2000 {
      let shape = Shape(
        (0..<Int.random(in: 0...4, using: &random)).map { _ in
          [1, 2, 3, 4, 6].randomElement(using: &random)!
        })
      var layout = Layout(contiguous: shape)
      for axis in 0..<layout.rank where Bool.random(using: &random) {
        let step = [1, 2, -1].randomElement(using: &random)!
        let count = max(1, layout.shape[axis] / abs(step))
        layout = layout.sliced(
          axis: axis, start: step < 0 ? count - 1 : 0, count: count, step: step)
      }
      if Bool.random(using: &random) {
        layout = layout.transposed(Array(0..<layout.rank).shuffled(using: &random))
      }
      var rest = layout.count
      var target = Shape()
      while rest > 1, target.rank < 5 {
        let factor = (1...rest).filter { rest % $0 == 0 }.randomElement(using: &random)!
        target.append(factor)
        rest /= factor
      }
      target.append(rest)
      guard let reshaped = layout.reshaped(target) else {
        #expect(!layout.isContiguous, "\(layout) to \(target)")
        continue
      }
      #expect(Self.positions(reshaped) == Self.positions(layout), "\(layout) to \(target)")
      #expect(reshaped.isContiguous == layout.isContiguous, "\(layout) to \(target)")
    }
  }
}

extension Array {
  fileprivate func repeated(_ count: Int) -> [Element] {
    (0..<count).flatMap { _ in self }
  }
}

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
