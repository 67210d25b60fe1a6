import MartletIR
import Testing

@testable import Martlet

struct SortingTests {
  private static func precedes(_ a: Double, _ b: Double) -> Bool {
    a.isNaN ? false : b.isNaN ? true : a < b
  }

  private static func order(_ values: [Double]) -> [Int] {
    values.indices.sorted {
      precedes(values[$0], values[$1]) || (!precedes(values[$1], values[$0]) && $0 < $1)
    }
  }

  /// Whole numbers with infinities and NaNs of both signs among them, where the type has them.
  private func mixed(_ shape: Shape, _ dtype: DType) throws -> NDArray {
    let numbers = try wholeNumbers(shape, dtype, in: -100...100)
    guard dtype.isFloating else { return numbers }
    let kinds = try wholeNumbers(shape, .int64, seed: 9, in: 0...30)
    var result = numbers
    for (kind, special) in [Double.nan, -.nan, .infinity, -.infinity, -0.0].enumerated() {
      result = try NDArray.where(kinds .== kind, special, result).asType(dtype)
    }
    return result
  }

  private func same(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
  }

  /// Insertion, merging, radix, and parts on several threads.
  @Test(arguments: [0, 1, 2, 17, 100, 3000, 70000])
  func sortsEveryType(count: Int) throws {
    for dtype in DType.allCases where !dtype.isComplex {
      let array = try mixed([count], dtype)
      let values = try array.values()
      let order = Self.order(values)
      #expect(same(try array.sorted().values(), order.map { values[$0] }), "\(dtype)")
      #expect(try array.argSort().elements(as: Int.self) == order, "\(dtype)")
    }
  }

  @Test func sortsAlongEveryAxis() throws {
    let array = try mixed([7, 30, 5], .float64)
    for arranged in try arrangements(of: array) {
      for axis in 0..<3 {
        let sorted = try arranged.sorted(axis: axis)
        let order = try arranged.argSort(axis: axis - 3)
        let (flat, ordered) = (
          try sorted.movingAxis(axis, to: 2), try order.movingAxis(axis, to: 2)
        )
        let source = try arranged.movingAxis(axis, to: 2)
        for i in 0..<flat.shape[0] {
          for j in 0..<flat.shape[1] {
            let values = try source[i, j].values()
            let expected = Self.order(values)
            #expect(same(try flat[i, j].values(), expected.map { values[$0] }))
            #expect(try ordered[i, j].elements(as: Int.self) == expected)
          }
        }
      }
    }
  }

  @Test func extremesOfTypes() throws {
    let signed = NDArray([0, Int.max, Int.min, -1, 1])
    #expect(try signed.sorted().elements(as: Int.self) == [.min, -1, 0, 1, .max])
    let unsigned = NDArray([0, UInt64.max, 1 << 63, 1])
    #expect(try unsigned.sorted().elements(as: UInt64.self) == [0, 1, 1 << 63, .max])
    let tiny = NDArray([0x1p-1074, -0x1p-1074, 1e308, -1e308, 0])
    #expect(try tiny.sorted().values() == [-1e308, -0x1p-1074, 0, 0x1p-1074, 1e308])
  }

  @Test func complexNumbersByParts() throws {
    let nan = Double.nan
    let numbers = [
      Complex(nan, nan), Complex(2, 1), Complex(nan, 0), Complex(1, nan), Complex(2, 0),
      Complex(-1, 5), Complex(0, nan),
    ]
    #expect(try NDArray(numbers).argSort().elements(as: Int.self) == [5, 4, 1, 6, 3, 2, 0])
    let sorted = try NDArray(numbers).sorted().elements(as: Complex<Double>.self)
    #expect(sorted.prefix(3) == [Complex(-1, 5), Complex(2, 0), Complex(2, 1)])
    var random = TestNumbers(seed: 5)
    let many = (0..<5000).map { _ in
      Complex(Double(random.next(0...20)), Double(random.next(-500...500)))
    }
    let expected = many.indices.sorted {
      let (a, b) = (many[$0], many[$1])
      return (a.real, a.imaginary, $0) < (b.real, b.imaginary, $1)
    }
    #expect(try NDArray(many).argSort().elements(as: Int.self) == expected)
  }

  @Test func insertionPoints() throws {
    for dtype in [DType.float64, .int32, .uint8, .float16] {
      let array = try mixed([500], dtype)
      let values = try array.values()
      let sorted = try array.sorted()
      let wanted = try mixed([6, 20], dtype)
      let (left, right) = (
        try sorted.searchSorted(wanted),
        try array.searchSorted(wanted, side: .right, sorter: array.argSort())
      )
      #expect(left.shape == [6, 20] && left.dtype == .int64)
      let (lows, highs) = (try left.elements(as: Int.self), try right.elements(as: Int.self))
      for (i, value) in try wanted.values().enumerated() {
        #expect(lows[i] == values.count { Self.precedes($0, value) })
        #expect(highs[i] == values.count { !Self.precedes(value, $0) })
      }
    }
  }

  @Test func partitionsAreInPlace() throws {
    let array = try mixed([200], .int64)
    let values = try array.partitioned(at: [50]).values()
    #expect(values[..<50].allSatisfy { $0 <= values[50] })
    #expect(values[50...].allSatisfy { $0 >= values[50] })
    let order = try array.argPartition(at: [3]).elements(as: Int.self)
    #expect(Set(order).count == 200)
  }

  @Test func wrongCallsThrow() throws {
    let array = NDArray([3, 1, 2])
    #expect(throws: MartletError.axisOutOfRange(operation: "sort", axis: 1, rank: 1)) {
      try array.sorted(axis: 1)
    }
    #expect(throws: MartletError.self) { try NDArray(1).sorted() }
    #expect(throws: MartletError.self) { try array.partitioned(at: [3]) }
    #expect(throws: MartletError.self) { try NDArray([[1]]).searchSorted(array) }
    #expect(throws: MartletError.self) {
      try array.searchSorted(array, sorter: NDArray([0, 1]))
    }
    #expect(throws: MartletError.self) {
      try array.searchSorted(array, sorter: NDArray([0, 1, 7]))
    }
  }
}
