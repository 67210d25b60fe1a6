import Martlet
import Testing

/// What values of Swift can do, and arrays too.
@Suite struct SwiftFormsTests {
  @Test func literals() throws {
    let m: NDArray = [[1, 2], [3, 4]]
    #expect(m.dtype == .int64 && m.shape == [2, 2])
    let mixed: NDArray = [1, 2.5, 3]
    #expect(mixed.dtype == .float64 && [Double](mixed) == [1, 2.5, 3])
    let x = 2.5
    let rows: NDArray = [[x, 1], [2, x * 2]]
    #expect([Double](rows) == [2.5, 1, 2, 5])
    let stacked: NDArray = [m[0], m[1]]
    #expect(stacked == m)
    let truths: NDArray = [true, false]
    #expect(truths.dtype == .bool)
    let empty: NDArray = []
    #expect(empty.shape == [0] && empty.dtype == .float64)
    #expect(NDArray([[[1.0], [2]], [[3], [4]]]).shape == [2, 2, 1])
    #expect(NDArray(0..<4) == [0, 1, 2, 3])
    #expect(NDArray([1, 2, 3][1...]) == [2, 3])
    #expect(throws: MartletError.self) { try [Double].array(of: [[1], [2, 3]]) }
  }

  /// Numbers alone stay Swift's own wherever Martlet is imported.
  @Test func swiftsLiteralsStaySwifts() {
    let shifted = 1 << 20
    let joined = [1, 2] + [3]
    let nested = [[1.0], [2]] + [[3]]
    #expect(type(of: shifted) == Int.self && type(of: joined) == [Int].self)
    #expect(type(of: nested) == [[Double]].self && [1, 2] == [1, 2])
  }

  @Test(arguments: [DType.float64, .float32, .int64, .float16])
  func elements(_ dtype: DType) throws {
    var a = try NDArray([1.0, 2, 3, 4]).asType(dtype)
    let before = a
    a[0] = 5
    a[1] += 3
    a[-1] *= 2
    let two = 2.0
    a[2] = two
    #expect([Double](a) == [5, 5, 2, 8] && [Double](before) == [1, 2, 3, 4])
    #expect(a.dtype == dtype)
    let read: Double = a[3]
    #expect(read == 8)
    // Without a type an element is an array, whatever stands beside it.
    let product = a[1] * 2
    #expect(type(of: product) == NDArray.self && product == 10 && a[1] < 6)
    var m = try NDArray.zeros([2, 3], dtype)
    m[1, 2] += 3
    m[0] = 7
    m[.all, 0] = 1
    m[m .== 7] = 9
    #expect([Double](m) == [1, 9, 9, 1, 0, 3])
    var total = 0.0
    for i in 0..<4 { total += a[i] }
    #expect(total == 20)
  }

  @Test func rows() throws {
    let m: NDArray = [[1, 2], [3, 4], [5, 6]]
    #expect(m.map { [Int]($0) } == [[1, 2], [3, 4], [5, 6]])
    var sum = 0
    for row in m { for number in row { sum += Int(number) } }
    #expect(sum == 21 && Array(m).count == 3 && m.underestimatedCount == 3)
    #expect(zip(m, [0, 1, 2]).map { Int($0[$1 % 2]) } == [1, 4, 5])
    #expect(try Array(NDArray.zeros([0, 3])).isEmpty)
  }

  @Test func equality() throws {
    let a: NDArray = [1, 2, 3]
    #expect(a == [1, 2, 3] && a != [1, 2] && a != [[1, 2, 3]] && a == [1.0, 2, 3])
    #expect(NDArray([Double.nan]) != NDArray([Double.nan]))
    #expect((a .== 2) == [false, true, false])
    #expect(try a.max() == 3 && a.max() > 2.5 && a.min() <= a.max() && 0 < a.min())
    #expect([a, a[..<2]].contains(a))
  }

  @Test func numbers() throws {
    #expect(Double(NDArray(2.5)) == 2.5 && Int(NDArray([3.9])) == 3 && Float(NDArray(1)) == 1)
    #expect(Bool(NDArray(1)) && !Bool(NDArray(0.0)))
    #expect(Int(NDArray(UInt64(7))) == 7 && Int(NDArray(true)) == 1)
    #expect(Complex<Double>(NDArray(2.5)) == Complex(2.5, 0))
    #expect([Float](try NDArray.arange(3)) == [0, 1, 2])
    #expect(throws: MartletError.self) { try NDArray([1, 2]).item(as: Int.self) }
  }

  @Test func spans() throws {
    let numbers = [1.5, 2.5, 3.5, 4.5]
    #expect(try NDArray(copying: numbers.span, shape: [2, 2]) == [[1.5, 2.5], [3.5, 4.5]])
    #expect(throws: MartletError.self) { try NDArray(copying: numbers.span, shape: [3]) }
    let sum = numbers.withUnsafeBufferPointer { NDArray($0) }
    #expect(sum == NDArray(numbers))
  }

  @Test(arguments: DType.allCases) func coding(_ dtype: DType) throws {
    let array = try NDArray.arange(6).reshaped(2, 3).asType(dtype)
    var encoder = TestEncoder()
    let back = try encoder.roundTrip(array)
    #expect(back.dtype == dtype && back == array)
  }

  @Test func ranges() throws {
    #expect(try NDArray.arange(2, 8, 2) == [2, 4, 6] && NDArray.arange(3.0).dtype == .float64)
    #expect(try NDArray.arange(0, 1, 0.25) == [0, 0.25, 0.5, 0.75])
    #expect(try NDArray.arange(3, dtype: .uint8).dtype == .uint8)
    #expect(try NDArray.arange(3, dtype: .float16).dtype == .float16)
    #expect(try NDArray.linspace(0, 1, 5) == [0, 0.25, 0.5, 0.75, 1])
    #expect(try allClose(NDArray.geomspace(1, 8, 4), [1, 2, 4, 8]))
    #expect(try allClose(NDArray.logspace(0, 2, 3), [1, 10, 100]))
    #expect(try NDArray.eye(2, 3, diagonal: 1) == [[0, 1, 0], [0, 0, 1]])
    #expect(try NDArray.eye(2, diagonal: -5) == [[0, 0], [0, 0]])
    #expect(try NDArray.diagonal([1, 2], offset: 1) == [[0, 1, 0], [0, 0, 2], [0, 0, 0]])
    #expect(try NDArray.full([2], 3).dtype == .int64 && NDArray.full([2], 2.5) == [2.5, 2.5])
    #expect(try NDArray.zerosLike([1, 2]) == [0, 0] && NDArray.fullLike([1.0, 2], 3) == [3, 3])
    let grids = try NDArray.meshgrid([1, 2, 3], [10, 20])
    #expect(grids[0] == [[1, 2, 3], [1, 2, 3]] && grids[1] == [[10, 10, 10], [20, 20, 20]])
    #expect(try NDArray.meshgrid([1, 2, 3], [10, 20], indexing: .ij)[0].shape == [3, 2])
    #expect(throws: MartletError.self) { try NDArray.linspace(0, 1, -1) }
    #expect(throws: MartletError.self) { try NDArray.eye(-1) }
    #expect(throws: MartletError.self) { try NDArray.diagonal([1], offset: .min) }
    #expect(throws: MartletError.self) { try NDArray.arange(0, 5, 0) }
  }

  @Test func methods() throws {
    let m: NDArray = [[3, 1], [2, 5]]
    #expect(
      try m.sum(axis: 0) == [5, 6] && m.max(axis: 1) == [3, 5] && m.min(axis: -1) == [1, 2])
    #expect(try m.mean(axis: 0, keepDimensions: true).shape == [1, 2])
    #expect(try m.std(axis: 0) == [0.5, 2] && m.var(axis: 0) == [0.25, 4])
    #expect(try m.median(axis: 1) == [2, 3.5] && m.quantile(0.5, axis: 1) == [2, 3.5])
    #expect(try m.clipped(2, 3) == [[3, 2], [2, 3]] && m.clipped(to: 2...3) == m.clipped(2, 3))
    #expect(try m %*% m == m.matmul(m) && m.T == [[3, 2], [1, 5]])
    #expect(try m.trace() == 8 && m.diagonal() == [3, 5])
    #expect(
      try m.lowerTriangle() == [[3, 0], [2, 5]] && m.upperTriangle() == [[3, 1], [0, 5]])
    #expect(try m.rolled(1) == [[5, 3], [1, 2]] && m.rolled(1, axis: 0) == [[2, 5], [3, 1]])
    #expect(try m.differences() == [[-2], [3]] && m.rotated90() == [[1, 5], [3, 2]])
    #expect(try NDArray([1.234, -0.5]).rounded(decimals: 1) == [1.2, -0.5])
    #expect(try m.takingAlong(m.argSort(axis: 1), axis: 1) == m.sorted(axis: 1))
    let (counts, edges) = try NDArray([0.0, 1, 1, 4]).histogram(bins: 2)
    #expect(counts == [3, 1] && edges == [0, 2, 4])
    #expect(try m.uniqueCounts().counts == [1, 1, 1, 1] && m.unique() == [1, 2, 3, 5])
    let z = NDArray([Complex(1, 2), Complex(0, -1)])
    #expect(z.real == [1, 0] && z.imaginary == [2, -1])
    #expect(
      NDArray.where(m .> 2, 1, 0) == [[1, 0], [0, 1]] && NDArray.where(m .> 2, m, 0)[0, 1] == 0)
    let (a, b) = (
      try NDArray.vstack([[1, 2], [3, 4]]), try NDArray.columnStack([[1, 3], [2, 4]])
    )
    #expect(a == b)
    #expect(m[..<(.end - 1)] == [[3, 1]] && m[(.end - 1)...] == [[2, 5]])
  }

  @Test func devicesOfTasks() async throws {
    let there = try await Device.with(.simulator) {
      await Task.yield()
      async let child = NDArray.zeros([2]).device.name
      return try await (child, NDArray.zeros([2]).device.name, Device.current.name)
    }
    #expect(there == ("simulator", "simulator", "simulator"))
    #expect(try NDArray.zeros([2]).device.isHostForTests)
    // The innermost counts, in either form.
    try await Device.with(.simulator) {
      await Task.yield()
      let inner: String = try Device.with(.cpu) { try NDArray.zeros([1]).device.name }
      let outer = try NDArray.zeros([1]).device.name
      #expect(inner == "cpu" && outer == "simulator")
    }
  }

  @Test func errorStates() async throws {
    let zero = NDArray([0.0, 1])
    let (result, events) = ErrorState.collecting { 1 / zero }
    #expect(Double(result[0]) == .infinity && events.map(\.kind) == [.divide])
    #expect(ErrorState.collecting([.invalid]) { 1 / zero }.events.isEmpty)
    #expect(throws: MartletError.floatingPoint(event: "divide by zero", operation: "divide")) {
      try ErrorState.throwing { 1 / zero }
    }
    #expect(try ErrorState.throwing([.overflow]) { 1 / zero }[1] == 1)
    // A task's own part hears its own events, also while another's goes on.
    async let own = ErrorState.collecting { () async in
      await Task.yield()
      return 1 / zero
    }
    let quiet = await ErrorState.collecting { () async in
      await Task.yield()
      return zero + 1
    }
    #expect(quiet.events.isEmpty)
    #expect(await own.events.map(\.kind) == [.divide])
    let large = try NDArray.zeros([200_000])
    #expect(ErrorState.collecting { 1 / large }.events.map(\.kind) == [.divide])
  }
}

extension Device {
  fileprivate var isHostForTests: Bool { self == .host }
}

/// Arrays whose elements' type is known.
@Suite struct TypedArrayTests {
  @Test func readsAndWrites() throws {
    let m: NDArray = [[1.0, 2, 3], [4, 5, 6]]
    var typed = try m.T.as(Double.self)
    #expect(Array(typed) == [1, 4, 2, 5, 3, 6] && typed.shape == [3, 2])
    typed[0, 1] += 10
    typed[5] = -1
    #expect(typed.array == [[1, 14], [2, 5], [3, -1]] && m[1, 0] == 4)
    let other = typed
    typed.sort()
    #expect(Array(typed) == [-1, 1, 2, 3, 5, 14] && other[0, 1] == 14)
    #expect(typed.max() == 14 && typed.reduce(0, +) == 24 && typed.count == 6)
    #expect(typed.withSpan { $0[1] } == 1)
    let kept = typed.array
    typed[0, 0] = 100
    #expect(kept[0, 0] == -1 && typed[0, 0] == 100)
    #expect(throws: MartletError.self) { try m.as(Float.self) }
    var cube = try NDArray.zeros([2, 2, 2], .int64).as(Int.self)
    cube[1, 0, 1] = 7
    #expect(cube[5] == 7)
  }
}
