import MartletIR
import Testing

@testable import Martlet

/// Martlet's own functions by NumPy's names: none of this needs Python.
struct FallbackNativeTests {
  let np = Fallback.numpy

  /// Runs without NumPy, which the mode forbids.
  private func natively<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Fallback.withMode(.raise, body)
  }

  @Test func everyRowOfTheTables() {
    for row in OperationTable.elementwise where !OperationTable.notUFuncs.contains(row.name) {
      #expect(NativeFunction.named(row.name) != nil, "\(row.name)")
    }
    for (alias, name) in OperationTable.aliases {
      #expect(NativeFunction.named(alias)?.name == name)
    }
    for row in ReductionOperation.rows { #expect(NativeFunction.named(row.name) != nil) }
  }

  @Test func everyFunctionIsOneRow() {
    let paths = NativeFunction.all.map(\.path)
    let twice = Dictionary(grouping: paths) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
    #expect(twice == [])
    for alias in NativeFunction.aliases.keys { #expect(!paths.contains(alias), "\(alias)") }
  }

  @Test func elementwise() throws {
    try natively { () throws in
      let x = NDArray([1.0, 4, 9])
      #expect(try NDArray(np.sqrt(x)).elements(as: Double.self) == [1, 2, 3])
      #expect(try NDArray(np.pow(x, 2)).elements(as: Double.self) == [1, 16, 81])
      #expect(try NDArray(np.add(NDArray([1 as Int8]), 2)).dtype == .int8)
      #expect(try NDArray(np.add(NDArray([1 as Int8]), 2, dtype: np.float32)).dtype == .float32)
      #expect(try Double(np.hypot(3, 4)) == 5)
      let parts = try np.divmod([7, -7], 2)
      #expect(try [Int](parts[0]) == [3, -4])
      #expect(try [Int](parts[1]) == [1, 1])
      #expect(try [Int](np.clip([1, 5, 9], 2, 6)) == [2, 5, 6])
      #expect(try [Int](np.clip([1, 5, 9], min: 2)) == [2, 5, 9])
      #expect(throws: MartletError.self) { try np.add([1, 2], [1, 2, 3]) }
    }
  }

  @Test func reductions() throws {
    try natively { () throws in
      let x = NDArray([[1.0, 2, 3], [4, 5, 6]])
      #expect(try Double(np.sum(x)) == 21)
      #expect(try [Double](np.sum(x, axis: 0)) == [5, 7, 9])
      #expect(try [Double](np.sum(x, 1)) == [6, 15])
      #expect(try NDArray(np.amax(x, axis: Fallback.tuple(0, 1), keepdims: true)).shape == [1, 1])
      #expect(try Double(np.var(x, ddof: 1)) == 3.5)
      #expect(try Int(np.argmax(x)) == 5)
      #expect(try [Int](np.argmin(x, axis: 1)) == [0, 0])
      #expect(try Bool(np.all(x)))
      #expect(try Int(np.count_nonzero(x)) == 6)
      #expect(try [Double](np.cumsum([1.0, 2, 3])) == [1, 3, 6])
      #expect(throws: MartletError.self) { try np.sum(x, axis: 2) }
    }
  }

  @Test func creationAndShapes() throws {
    try natively { () throws in
      #expect(try NDArray(np.zeros([2, 3], dtype: "int32")).dtype == .int32)
      #expect(try [Double](np.full(2, 1.5)) == [1.5, 1.5])
      #expect(try [Int](np.arange(3)) == [0, 1, 2])
      #expect(try [Int](np.arange(5, 0, -2)) == [5, 3, 1])
      #expect(try [Double](np.arange(0, 1, 0.5)) == [0, 0.5])
      #expect(try NDArray(np.array([[1, 2], [3, 4]])).shape == [2, 2])
      let x = try np.arange(6).reshape(2, -1)
      #expect(try NDArray(x).shape == [2, 3])
      #expect(try NDArray(x.transpose(1, 0)).shape == [3, 2])
      #expect(try NDArray(x.transpose()).shape == [3, 2])
      #expect(try NDArray(np.expand_dims(x, 0)).shape == [1, 2, 3])
      #expect(try [Int](np.roll(np.arange(3), 1)) == [2, 0, 1])
      #expect(try [Int](np.concatenate([np.arange(2), np.arange(2)])) == [0, 1, 0, 1])
      #expect(try NDArray(np.stack([np.arange(2), np.arange(2)], axis: 1)).shape == [2, 2])
      #expect(try [Int](np.pad([1, 2, 3], 1, mode: "edge")) == [1, 1, 2, 3, 3])
      #expect(try NDArray(np.pad(x, [[1, 0], [0, 2]], constant_values: 7)).shape == [3, 5])
      #expect(try [Int](np.where([true, false], 1, [5, 6])) == [1, 6])
      #expect(try [Int](np.where([false, true])[0]) == [1])
      #expect(try [Int](np.take([5, 6, 7], [2, 0])) == [7, 5])
      #expect(try [Int](np.sort([3, 1, 2])) == [1, 2, 3])
      #expect(try [Int](np.searchsorted([1, 3, 5], [3, 4], side: "right")) == [2, 2])
      #expect(try NDArray(np.matmul(x, x.T)).shape == [2, 2])
      #expect(try Int(x.sum()) == 15)
      #expect(try Int(x.size) == 6)
      #expect(try Double(np.e) > 2.71)
      #expect(try [NDArray](np.array_split(np.arange(5), 2)).map(\.count) == [3, 2])
    }
  }

  @Test func whatIsNotNativeSaysWhy() throws {
    func reason(_ body: () throws -> Void) -> String {
      do {
        try natively(body)
        return "it is native"
      } catch { return "\(error)" }
    }
    let x = NDArray([1.0, 2])
    #expect(reason { _ = try np.sum(x, initial: nil) }.contains("without its identity"))
    #expect(reason { _ = try np.sum(x, initial: 1) } == "it is native")
    #expect(reason { _ = try np.sum(x, unheard: 1) }.contains("the argument 'unheard'"))
    #expect(reason { _ = try np.reshape(x, 2, order: "F") }.contains("Fortran order"))
    #expect(reason { _ = try np.linalg.qr(x, mode: "q") }.contains("[linalg.qr]"))
    #expect(reason { _ = try np.concatenate(3) }.contains("is a number"))
    #expect(reason { try x.fallbackValue.tobytes() }.contains("[ndarray.tobytes]"))
    let complex = NDArray([Complex(1.0, 2.0)])
    #expect(reason { _ = try np.var(complex) } == "it is native")
  }

  @Test func conversionsThatLose() throws {
    #expect(throws: MartletError.self) { try Int(2.5.fallbackValue) }
    #expect(throws: MartletError.self) { try String(2.5.fallbackValue) }
    #expect(throws: MartletError.self) { try Double([1.0, 2.0].fallbackValue) }
    #expect(throws: MartletError.self) { try Int(NDArray([1, 2]).fallbackValue) }
    #expect(try Int(true.fallbackValue) == 1)
    #expect(try Bool([0].fallbackValue[0]) == false)
    #expect(try [[Int]]([[1, 2], [3]].fallbackValue) == [[1, 2], [3]])
    #expect(try [String: Int](["a": 1].fallbackValue) == ["a": 1])
  }
}
