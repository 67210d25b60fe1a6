import MartletIR
import Testing

@testable import Martlet

/// Deferred work, views and writes, against plain Swift loops. `large` arrays are computed lazily.
struct ArrayEngineTests {
  private static let large = Graph.lazyCount * 2

  private func numbers(_ count: Int, seed: UInt64 = 1) throws -> (NDArray, [Double]) {
    let array = try wholeNumbers([count], .float64, seed: seed)
    return (array, try array.values())
  }

  // MARK: Deferred work

  @Test func chainsAreDeferredAndRight() throws {
    let (a, x) = try numbers(Self.large)
    let (b, y) = try numbers(Self.large, seed: 2)
    let chain = (a * b + a * 2 - b) / 4
    #expect(chain.isPending)
    #expect(try chain.values() == zip(x, y).map { ($0 * $1 + $0 * 2 - $1) / 4 })
    #expect(!chain.isPending)
  }

  @Test func reductionsAtTheRootReadPendingWork() throws {
    let (a, x) = try numbers(Self.large)
    let (b, y) = try numbers(Self.large, seed: 2)
    let square = (a - b) ** 2
    let expected = zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    #expect(try square.sum().item(as: Double.self) == expected)
    #expect(try square[0].item(as: Double.self) == (x[0] - y[0]) * (x[0] - y[0]))
  }

  @Test func writingToARepeatedElementChangesOnePlace() throws {
    let row = NDArray([1.0, 2, 3])
    var table = try row.broadcast(to: [2, 3])
    table[0, 1] = NDArray(20.0)
    #expect(try table.values() == [1, 20, 3, 1, 2, 3])
    #expect(try row.values() == [1, 2, 3])
  }

  @Test func viewsOfPendingWork() throws {
    let (a, x) = try numbers(Self.large)
    let pending = a + 1
    let reversed = pending[AxisIndex.slice(nil, nil, -1)]
    let sum = pending[1...] + pending[..<(Self.large - 1)]
    #expect(try reversed.values() == x.reversed().map { $0 + 1 })
    #expect(try sum.values() == zip(x.dropFirst(), x).map { $0 + $1 + 2 })
    let table = try pending.reshaped([2, -1]).T * 2
    #expect(try table[5].values() == [(x[5] + 1) * 2, (x[Self.large / 2 + 5] + 1) * 2])
  }

  @Test func readersTakeThemselvesOff() throws {
    let (a, x) = try numbers(Self.large)
    var dropped: NDArray? = a + 1
    let twice = a * a
    #expect(!a.storage.isUnread)
    dropped = nil
    #expect(dropped == nil && !a.storage.isUnread)
    #expect(try twice.values() == x.map { $0 * $0 })
    #expect(a.storage.isUnread)
    // A reader may outlive the array that it reads.
    var first: NDArray? = try a.copy()
    let later = try (#require(first) - 1) * 3
    first = nil
    #expect(first == nil)
    #expect(try later.values() == x.map { ($0 - 1) * 3 })
  }

  @Test func oneArrayMayHaveManyReaders() throws {
    let (a, x) = try numbers(Self.large)
    var written = a
    var readers = (0..<40).map { a + Double($0) }
    readers.removeSubrange(5..<20)
    written[0] = NDArray(-1.0)
    #expect(try readers[3][0].item(as: Double.self) == x[0] + 3)
    #expect(try readers[24][1].item(as: Double.self) == x[1] + 39)
    readers = []
    #expect(a.storage.isUnread)
    #expect(try written[0].item(as: Double.self) == -1)
  }

  @Test func longChainsDoNotGrowWithoutBound() throws {
    var (a, _) = try numbers(Self.large)
    let first = try a[0].item(as: Double.self)
    for _ in 0..<1000 { a = a + 1 }
    #expect(try a[0].item(as: Double.self) == first + 1000)
  }

  @Test func castsAndBroadcastsFuse() throws {
    let column = try wholeNumbers([300, 1], .int32)
    let row = try wholeNumbers([200], .float32, seed: 3)
    let sum = column * row + 0.5
    #expect(sum.dtype == .float64 && sum.isPending)
    let (x, y) = (try column.values(), try row.values())
    #expect(try sum[17].values() == y.map { x[17] * $0 + 0.5 })
    #expect(
      try sum.sum(axes: [1])[3].item(as: Double.self) == y.reduce(0) { $0 + x[3] * $1 + 0.5 })
  }

  // MARK: Values

  @Test func writingChangesOneArrayOnly() throws {
    for count in [10, Self.large] {
      var (a, x) = try numbers(count)
      let copy = a
      let view = a[2...]
      let pending = a * 2
      a[0] = NDArray(100.0)
      a[3..<5] = NDArray(7.0)
      #expect(try copy.values() == x)
      #expect(try view.values() == Array(x[2...]))
      #expect(try pending.values() == x.map { $0 * 2 })
      x[0] = 100
      x[3] = 7
      x[4] = 7
      #expect(try a.values() == x)
    }
  }

  @Test func writingThroughAViewLeavesItsSource() throws {
    let (a, x) = try numbers(100)
    var view = a[10..<20]
    view += 1
    view[0] = NDArray(-50.0)
    #expect(try a.values() == x)
    #expect(try view[1].item(as: Double.self) == x[11] + 1)
  }

  @Test func overlappingWritesReadTheOldElements() throws {
    for count in [9, Self.large] {
      var (a, x) = try numbers(count)
      a[1...] = a[..<(count - 1)]
      #expect(try a.values() == [x[0]] + x.dropLast())
      x = try a.values()
      a[AxisIndex.all] = a[AxisIndex.slice(nil, nil, -1)]
      #expect(try a.values() == x.reversed())
    }
  }

  @Test func stencilsReadTheOldElements() throws {
    let size = 200
    var u = try wholeNumbers([size, size], .float64)
    var x = try u.values()
    for _ in 0..<3 {
      let inner = 1..<(size - 1)
      u[inner, inner] =
        0.25 * (u[..<(size - 2), inner] + u[2..., inner] + u[inner, ..<(size - 2)] + u[inner, 2...])
      let old = x
      for i in inner {
        for j in inner {
          let place = i * size + j
          x[place] =
            0.25 * (old[place - size] + old[place + size] + old[place - 1] + old[place + 1])
        }
      }
    }
    #expect(try u.values() == x)
  }

  @Test func threadsShareArrays() async throws {
    let (a, x) = try numbers(Self.large)
    let pending = a * 3
    let sums = try await withThrowingTaskGroup(of: Double.self) { group in
      for i in 0..<16 {
        group.addTask {
          var own = pending + Double(i)
          own[0] = NDArray(0.0)
          return try own.sum().item(as: Double.self)
        }
      }
      var sums: [Double] = []
      for try await sum in group { sums.append(sum) }
      return sums.sorted()
    }
    let rest = x.dropFirst().reduce(0) { $0 + 3 * $1 }
    #expect(sums == (0..<16).map { rest + Double($0) * Double(Self.large - 1) }.sorted())
  }

  // MARK: Masks, gather, scatter

  @Test func masksSelectAndAssign() throws {
    for count in [20, Self.large] {
      var (a, x) = try numbers(count)
      #expect(try a[a .> 2].values() == x.filter { $0 > 2 })
      #expect(try (a .> 2).nonzero()[0].elements(as: Int.self) == x.indices.filter { x[$0] > 2 })
      a[a .< 0] = NDArray(0.0)
      x = x.map { max($0, 0) }
      #expect(try a.values() == x)
      a[a .> 5] = a[a .> 5] * 10
      #expect(try a.values() == x.map { $0 > 5 ? $0 * 10 : $0 })
    }
  }

  @Test func indexArraysGatherAndScatter() throws {
    let table = try wholeNumbers([50, 6], .float64)
    let x = try table.values()
    let rows = NDArray([3, -1, 3, 0])
    let picked = table[rows]
    #expect(picked.shape == [4, 6])
    #expect(try picked[1].values() == Array(x[(49 * 6)...]))
    #expect(try table[rows, NDArray([0, 1, 2, 3])].values() == [x[18], x[295], x[20], x[3]])
    var target = try NDArray.zeros([5])
    target[NDArray([1, 1, 4])] = NDArray([1.0, 2, 3])
    #expect(try target.values() == [0, 2, 0, 0, 3])
    #expect(throws: MartletError.indexOutOfBounds(index: 5, axis: 0, size: 5)) {
      try target.get([NDArray([0, 5]).axisIndex])
    }
  }

  // MARK: Reductions

  @Test func reductionsOverEverySetOfAxes() throws {
    let shape = [5, 7, 40]
    let array = try wholeNumbers(Shape(shape), .float64)
    let values = try array.values()
    let places = positions(array.shape)
    for arranged in try arrangements(of: array) {
      for set in 0..<8 {
        let axes = (0..<3).filter { set >> $0 & 1 == 1 }
        let kept = (0..<3).filter { set >> $0 & 1 == 0 }
        let groups = Dictionary(grouping: places.indices) { i in kept.map { places[i][$0] } }
        let keys = positions(Shape(kept.map { shape[$0] }))
        func expected(_ combine: ([Double]) -> Double) -> [Double] {
          keys.map { key in combine(groups[key, default: []].map { values[$0] }) }
        }
        #expect(try arranged.sum(axes: axes).values() == expected { $0.reduce(0, +) })
        #expect(try arranged.max(axes: axes).values() == expected { $0.max() ?? .nan })
        #expect(try arranged.min(axes: axes).values() == expected { $0.min() ?? .nan })
        #expect(
          try arranged.countNonzero(axes: axes).values()
            == expected { Double($0.count { $0 != 0 }) })
        let means = expected { $0.reduce(0, +) / Double($0.count) }
        let differences = zip(try arranged.mean(axes: axes).values(), means).map { abs($0 - $1) }
        #expect(differences.allSatisfy { $0 < 1e-14 })
      }
    }
  }

  @Test func resultsDoNotDependOnArrangement() throws {
    var random = TestNumbers(seed: 3)
    let values = (0..<60_000).map { _ in Double(random.next(0...1_000_000)) / 7 }
    let array = NDArray(values)
    let sum = try array.sum().item(as: Double.self)
    #expect(abs(sum - values.reduce(0, +)) <= sum * 1e-13)
    #expect(try (array + 0).sum().item(as: Double.self) == sum)
  }

  @Test func emptyReductions() throws {
    let empty = try NDArray.zeros([0, 3])
    #expect(try empty.sum(axes: [0]).values() == [0, 0, 0])
    #expect(try empty.product().item(as: Double.self) == 1)
    #expect(throws: MartletError.self) { try empty.max() }
    #expect(throws: MartletError.self) { try empty.argMax() }
    #expect(try empty.max(axes: [1]).shape == [0])
  }
}
