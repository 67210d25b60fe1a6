import MartletKernels
import Testing

@Kernel
func histogram(_ t: GPUThread, _ values: DeviceArray<Int32>, bins: DeviceArray<Int32>) {
  for i in stride(from: t.index, to: values.count, by: t.count) {
    bins.atomic(Int(values[i])).add(1)
  }
}

@Kernel
func tiledProduct(
  _ t: GPUThread, a: DeviceArray<Double>, b: DeviceArray<Double>, c: DeviceArray<Double>
) {
  let tileA = t.shared(Double.self, 4, 4)
  let tileB = t.shared(Double.self, 4, 4)
  let (tx, ty) = (t.thread.x, t.thread.y)
  let row = t.block.y * 4 + ty
  let column = t.block.x * 4 + tx
  var sum = 0.0
  for tile in 0..<(a.shape[1] + 3) / 4 {
    let k = tile * 4
    tileA[ty, tx] = row < a.shape[0] && k + tx < a.shape[1] ? a[row, k + tx] : 0
    tileB[ty, tx] = k + ty < b.shape[0] && column < b.shape[1] ? b[k + ty, column] : 0
    t.barrier()
    for j in 0..<4 { sum += tileA[ty, j] * tileB[j, tx] }
    t.barrier()
  }
  if row < c.shape[0], column < c.shape[1] { c[row, column] = sum }
}

@Kernel
func divergent(_ t: GPUThread, x: DeviceArray<Float>) {
  if t.thread.x < 2 { t.barrier() }
  x[t.index] = 1
}

@Kernel
func endless(_ t: GPUThread, x: DeviceArray<Float>) {
  // Long enough for the test, and an end for the threads that it leaves behind.
  for i in 0..<20_000_000 { x[1] = Float(i) }
}

/// Where kernels are tried: natively, and on every device that runs grids.
enum Place: CustomStringConvertible, Sendable {
  case natively
  case device(Device.Name)

  static let all: [Place] =
    [.natively]
    + Device.all.map(\.name).filter { $0 != "cpu" }.map { .device(Device.Name($0)) }

  var description: String {
    switch self {
    case .natively: "natively"
    case .device(let name): name.description
    }
  }

  var isNative: Bool { if case .natively = self { true } else { false } }

  func run<Result>(_ body: () throws -> Result) throws -> Result {
    switch self {
    case .natively: try body()
    case .device(let name): try Device.with(name) { try body() }
    }
  }
}

struct KernelTests {
  @Test(arguments: Place.all) func incrementsEachElement(_ place: Place) throws {
    let x = try DeviceArray<Float>([1, 2, 3, 4, 5])
    let before = x.array
    try place.run { try increment(.grid(2, block: 4, natively: place.isNative), x: x) }
    #expect(try x.array.elements(as: Float.self) == [2, 3, 4, 5, 6])
    #expect(try before.elements(as: Float.self) == [1, 2, 3, 4, 5])
    #expect(x[4] == 6)
  }

  @Test(arguments: Place.all) func sumsBlocks(_ place: Place) throws {
    let a = NDArray((0..<21).map { Float($0) })
    let out = try DeviceArray<Float>(zeros: [3])
    try place.run { try blockSum(.grid(3, block: 8, natively: place.isNative), x: a, out: out) }
    #expect(try out.array.elements(as: Float.self) == [28, 92, 90])
  }

  @Test(arguments: Place.all) func countsByAtomics(_ place: Place) throws {
    let values = NDArray((0..<100).map { Int32($0 * $0 % 7) })
    let bins = try DeviceArray<Int32>(zeros: [7])
    try place.run {
      try histogram(.grid(2, block: 8, natively: place.isNative), values, bins: bins)
    }
    var expected = [Int32](repeating: 0, count: 7)
    for i in 0..<100 { expected[i * i % 7] += 1 }
    #expect(try bins.array.elements(as: Int32.self) == expected)
  }

  @Test(arguments: Place.all) func multipliesByTiles(_ place: Place) throws {
    let a = try NDArray(shape: [5, 7]) { Double($0[0] * 3 + $0[1]) }
    let b = try NDArray(shape: [7, 6]) { Double($0[0] - 2 * $0[1]) }
    let c = try DeviceArray<Double>(zeros: [5, 6])
    try place.run {
      try tiledProduct(.grid((2, 2), block: (4, 4), natively: place.isNative), a: a, b: b, c: c)
    }
    let expected = try NDArray(shape: [5, 6]) { index in
      (0..<7).reduce(0.0) {
        $0 + Double(index[0] * 3 + $1) * Double($1 - 2 * index[1])
      }
    }
    #expect(try c.array.elements(as: Double.self) == expected.elements(as: Double.self))
  }

  @Test func arrayOfAnotherTypeIsAnError() throws {
    let wrong = NDArray([1.0, 2])
    let out = try DeviceArray<Float>(zeros: [1])
    #expect(
      throws: MartletError.invalidType(
        operation: "blockSum", detail: "'x' takes an array of float32, not of float64")
    ) { try blockSum(.grid(1, block: 8), x: wrong, out: out) }
    #expect(throws: MartletError.self) { try DeviceArray<Float>(wrong) }
  }

  @Test func arrayOfOtherDimensionsIsAnError() throws {
    let table = try DeviceArray<Float>(zeros: [2, 3])
    for isNative in [false, true] {
      #expect(
        throws: MartletError.shapeMismatch(
          operation: "increment",
          detail: "'x' takes an array of 1 dimension, not one of shape (2, 3)")
      ) { try increment(.grid(1, block: 8, natively: isNative), x: table) }
    }
  }

  @Test func nativeThreadsThatPartAreAReport() throws {
    let x = try DeviceArray<Float>(zeros: [4])
    let error = #expect(throws: MartletError.self) {
      try divergent(.grid(1, block: 4, natively: true), x: x)
    }
    #expect(error.map { "\($0)" }?.contains("but thread (2, 0, 0) has ended") == true)
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("at line 34"), "\(text)")
  }

  @Test func endlessNativeLaunchIsStopped() throws {
    let x = try DeviceArray<Float>(zeros: [2])
    let error = #expect(throws: MartletError.self) {
      try endless(.grid(1, block: 1, natively: true, seconds: 0.2), x: x)
    }
    #expect(error.map { "\($0)" }?.contains("seems not to end") == true)
  }

  /// As Swift's arrays: the program ends at the index.
  @Test func nativeIndexOutsideEndsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      let x = try DeviceArray<Float>(zeros: [2])
      try addsFirst(.grid(1, block: 3, natively: true), x: x, y: x)
    }
  }

  @Test func aGridHasThreads() throws {
    let x = try DeviceArray<Float>(zeros: [2])
    #expect(throws: MartletError.self) { try increment(.grid(0, block: 4), x: x) }
    #expect(throws: MartletError.self) { try increment(.grid(1, block: -4), x: x) }
    #expect(throws: MartletError.self) {
      try increment(.grid(1, block: 5000, natively: true), x: x)
    }
  }
}
