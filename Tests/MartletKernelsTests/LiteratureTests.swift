import Glibc
import MartletKernels
import Testing

// Kernels of the literature: each on every device and natively, against plain loops of the host.

@Kernel
func inclusiveScan(_ t: GPUThread, x: DeviceArray<Int32>, out: DeviceArray<Int32>) {
  let sums = t.dynamicShared(Int32.self)
  let i = t.thread.x
  sums[i] = x[i]
  t.barrier()
  var offset = 1
  while offset < t.blockSize.x {
    let other = i >= offset ? sums[i - offset] : 0
    t.barrier()
    sums[i] += other
    t.barrier()
    offset *= 2
  }
  out[i] = sums[i]
}

@Kernel
func life(_ t: GPUThread, cells: DeviceArray<UInt8>, next: DeviceArray<UInt8>) {
  let row = t.block.y * t.blockSize.y + t.thread.y
  let column = t.block.x * t.blockSize.x + t.thread.x
  let height = cells.shape[0]
  let width = cells.shape[1]
  guard row < height && column < width else { return }
  var neighbours: UInt8 = 0
  for dy in -1...1 {
    for dx in -1...1 where dx != 0 || dy != 0 {
      neighbours += cells[(row + dy + height) % height, (column + dx + width) % width]
    }
  }
  switch (neighbours) {
  case 3: next[row, column] = 1
  case 2: next[row, column] = cells[row, column]
  default: next[row, column] = 0
  }
}

@Kernel
func escapeTimes(_ t: GPUThread, times: DeviceArray<Int32>, limit: Int32) {
  let row = t.block.y * t.blockSize.y + t.thread.y
  let column = t.block.x * t.blockSize.x + t.thread.x
  if row >= times.shape[0] || column >= times.shape[1] { return }
  let re = -2 + Double(column) * 0.25
  let im = -1.5 + Double(row) * 0.25
  var (x, y) = (0.0, 0.0)
  var steps: Int32 = 0
  while x * x + y * y <= 4 && steps < limit {
    (x, y) = (x * x - y * y + re, 2 * x * y + im)
    steps += 1
  }
  times[row, column] = steps
}

@Vectorized func inverseCube(_ square: Double) -> Double { 1 / (square * square.squareRoot()) }

@Kernel
func accelerations(
  _ t: GPUThread, positions: DeviceArray<Double>, masses: DeviceArray<Double>,
  out: DeviceArray<Double>, softening: Double = 0.01
) {
  let i = t.index
  guard i < masses.count else { return }
  let sum = t.local(Double.self, 3)
  for axis in 0..<3 { sum[axis] = 0 }
  for j in 0..<masses.count {
    var square = softening
    for axis in 0..<3 {
      let d = positions[j, axis] - positions[i, axis]
      square += d * d
    }
    let factor = masses[j] * inverseCube(square)
    for axis in 0..<3 { sum[axis] += factor * (positions[j, axis] - positions[i, axis]) }
  }
  for axis in 0..<3 { out[i, axis] = sum[axis] }
}

@Kernel
func convolution(
  _ t: GPUThread, image: DeviceArray<Int>, filter: DeviceArray<Int>, out: DeviceArray<Int>
) {
  let x = t.block.x * t.blockSize.x + t.thread.x
  let y = t.block.y * t.blockSize.y + t.thread.y
  guard y < out.shape[0], x < out.shape[1] else { return }
  let (middleY, middleX) = (filter.shape[0] / 2, filter.shape[1] / 2)
  var value = 0
  for s in max(middleY - y, -middleY)..<min(out.shape[0] - y + middleY, middleY + 1) {
    for u in max(middleX - x, -middleX)..<min(out.shape[1] - x + middleX, middleX + 1) {
      let (v, w) = (y - middleY + s, x - middleX + u)
      if v >= 0 && w >= 0 && v < image.shape[0] && w < image.shape[1] {
        value += filter[middleY - s, middleX - u] * image[v, w]
      }
    }
  }
  out[y, x] = value
}

@Kernel
func atomics(_ t: GPUThread, values: DeviceArray<Int32>, olds: DeviceArray<Int32>) {
  let bit = Int32(1) << t.index
  let v = Int32(t.index)
  values.atomic(0).add(v)
  values.atomic(1).subtract(v)
  values.atomic(2).and(~bit)
  values.atomic(3).or(bit)
  values.atomic(4).xor(bit | 1)
  values.atomic(5).max(v * 3)
  values.atomic(6).min(-v)
  olds[t.index] = values.atomic(7).exchange(v)
}

@Kernel
func places(_ t: GPUThread, out: DeviceArray<Int>) {
  out[
    t.block.z * t.blockSize.z + t.thread.z, t.block.y * t.blockSize.y + t.thread.y,
    t.block.x * t.blockSize.x + t.thread.x] =
    t.thread.x + 10 * t.thread.y + 100 * t.thread.z
    + 1000 * (t.block.x + 10 * t.block.y + 100 * t.block.z)
    + 1_000_000 * (t.gridSize.x + 10 * t.gridSize.y + 100 * t.gridSize.z)
}

@Kernel
func races(_ t: GPUThread, x: DeviceArray<Float>) {
  x[0] = Float(t.index)
}

@Kernel
func addsFirst(_ t: GPUThread, x: DeviceArray<Float>, y: DeviceArray<Float>) {
  let value = x[t.index]
  t.barrier()
  y[t.index] = value + 1
}

@Kernel
func branchesOwnMemory(
  _ t: GPUThread, thread out: DeviceArray<Double>, launch: Double, arguments: Int
) {
  // Only some threads come to the first memory; the second is one for all.
  if t.thread.x == 0 {
    let small = t.shared(Double.self, 1)
    small[0] = launch
    out[0] = small[0]
  }
  let large = t.shared(Double.self, 64)
  large[t.thread.x] = Double(t.thread.x * arguments)
  t.barrier()
  if t.thread.x > 0 { out[t.thread.x] = large[t.blockSize.x - t.thread.x] }
}

@Suite struct LiteratureTests {
  @Test(arguments: Place.all) func memoryBelongsToItsDeclaration(_ place: Place) throws {
    let out = try DeviceArray<Double>(zeros: [4])
    try place.run {
      try branchesOwnMemory(
        .grid(1, block: 4, natively: place.isNative), thread: out, launch: 7, arguments: 2)
    }
    #expect(try out.array.elements(as: Double.self) == [7, 6, 4, 2])
  }

  @Test(arguments: Place.all) func emptyArrays(_ place: Place) throws {
    let x = try DeviceArray<Float>(zeros: [0])
    try place.run { try increment(.grid(1, block: 4, natively: place.isNative), x: x) }
    #expect(x.count == 0)
  }

  @Test(arguments: Place.all) func scan(_ place: Place) throws {
    let x = NDArray((0..<16).map { Int32($0 * 7 % 5) })
    let out = try DeviceArray<Int32>(zeros: [16])
    try place.run {
      try inclusiveScan(
        .grid(1, block: 16, sharedBytes: 64, natively: place.isNative), x: x, out: out)
    }
    var sum: Int32 = 0
    let expected = (0..<16).map { i -> Int32 in
      sum += Int32(i * 7 % 5)
      return sum
    }
    #expect(try out.array.elements(as: Int32.self) == expected)
  }

  @Test(arguments: Place.all) func gameOfLife(_ place: Place) throws {
    // A glider comes to the same picture one cell further after four steps.
    let glider: [[UInt8]] = [
      [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0],
    ]
    var cells = try DeviceArray<UInt8>(NDArray(glider))
    var next = try DeviceArray<UInt8>(zeros: [5, 6])
    for _ in 0..<4 {
      try place.run {
        try life(.grid((2, 2), block: (4, 4), natively: place.isNative), cells: cells, next: next)
      }
      (cells, next) = (next, cells)
    }
    var moved: [UInt8] = []
    for row in 0..<5 {
      for column in 0..<6 { moved.append(glider[(row + 4) % 5][(column + 5) % 6]) }
    }
    #expect(try cells.array.elements(as: UInt8.self) == moved)
  }

  @Test(arguments: Place.all) func mandelbrotSet(_ place: Place) throws {
    let times = try DeviceArray<Int32>(zeros: [13, 11])
    try place.run {
      try escapeTimes(
        .grid((2, 2), block: (8, 8), natively: place.isNative), times: times, limit: 40)
    }
    var expected: [Int32] = []
    for row in 0..<13 {
      for column in 0..<11 {
        let re = -2 + Double(column) * 0.25
        let im = -1.5 + Double(row) * 0.25
        var x = 0.0
        var y = 0.0
        var steps: Int32 = 0
        while x * x + y * y <= 4 && steps < 40 {
          (x, y) = (x * x - y * y + re, 2 * x * y + im)
          steps += 1
        }
        expected.append(steps)
      }
    }
    #expect(try times.array.elements(as: Int32.self) == expected)
  }

  @Test(arguments: Place.all) func bodies(_ place: Place) throws {
    let count = 6
    func coordinate(_ i: Int, _ axis: Int) -> Double { Double((i * 7 + axis * 5) % 11) / 3 }
    let positions = try NDArray(shape: [count, 3]) { coordinate($0[0], $0[1]) }
    let masses = NDArray((0..<count).map { Double($0 + 1) })
    let out = try DeviceArray<Double>(zeros: [count, 3])
    try place.run {
      try accelerations(
        .grid(2, block: 4, natively: place.isNative), positions: positions, masses: masses,
        out: out)
    }
    var expected = [Double](repeating: 0, count: 3 * count)
    for i in 0..<count {
      for j in 0..<count {
        var square = 0.01
        for axis in 0..<3 {
          let d = coordinate(j, axis) - coordinate(i, axis)
          square += d * d
        }
        let factor = Double(j + 1) * (1 / (square * square.squareRoot()))
        for axis in 0..<3 {
          expected[3 * i + axis] += factor * (coordinate(j, axis) - coordinate(i, axis))
        }
      }
    }
    #expect(try out.array.elements(as: Double.self) == expected)
  }

  @Test(arguments: Place.all) func naiveConvolution(_ place: Place) throws {
    func pixel(_ i: Int, _ j: Int) -> Int { (i * 5 + j * 3) % 7 }
    func weight(_ i: Int, _ j: Int) -> Int { i - 2 * j + 1 }
    let out = try DeviceArray<Int>(zeros: [9, 10])
    try place.run {
      try convolution(
        .grid((2, 2), block: (8, 8), natively: place.isNative),
        image: try NDArray(shape: [7, 8]) { pixel($0[0], $0[1]) },
        filter: try NDArray(shape: [3, 3]) { weight($0[0], $0[1]) }, out: out)
    }
    let expected = try NDArray(shape: [9, 10]) { index in
      var value = 0
      for i in 0..<3 {
        for j in 0..<3 {
          let (v, w) = (index[0] - i, index[1] - j)
          if (0..<7).contains(v), (0..<8).contains(w) { value += weight(i, j) * pixel(v, w) }
        }
      }
      return value
    }
    #expect(try out.array.elements(as: Int.self) == expected.elements(as: Int.self))
  }

  @Test(arguments: Place.all) func everyAtomic(_ place: Place) throws {
    let values = try DeviceArray<Int32>([0, 0, 0xff, 0, 0, -1, 1, 100])
    let olds = try DeviceArray<Int32>(zeros: [8])
    try place.run {
      try atomics(.grid(2, block: 4, natively: place.isNative), values: values, olds: olds)
    }
    let found = try values.array.elements(as: Int32.self)
    #expect(found[..<7] == [28, -28, 0, 0xff, 0xff & ~1, 21, -7])
    // Each thread finds what another left, and one the beginning.
    let all = try olds.array.elements(as: Int32.self) + [found[7]]
    #expect(all.sorted() == [0, 1, 2, 3, 4, 5, 6, 7, 100])
  }

  @Test(arguments: Place.all) func threeDimensions(_ place: Place) throws {
    let out = try DeviceArray<Int>(zeros: [2, 6, 4])
    try place.run {
      try places(.grid((2, 3, 1), block: (2, 2, 2), natively: place.isNative), out: out)
    }
    #expect(out[1, 5, 2] == 110 + 1000 * 21 + 1_000_000 * 132)
    #expect(out[0, 0, 3] == 1 + 1000 + 1_000_000 * 132)
  }

  @Test(arguments: Place.all) func oneArrayTwice(_ place: Place) throws {
    let x = try DeviceArray<Float>([1, 2, 3])
    try place.run { try addsFirst(.grid(1, block: 3, natively: place.isNative), x: x, y: x) }
    #expect(try x.array.elements(as: Float.self) == [2, 3, 4])
  }

  @Test func simulatorNamesTheLine() throws {
    let x = try DeviceArray<Float>(zeros: [2])
    let race = #expect(throws: MartletError.self) {
      try Device.with(.simulator) { try races(.grid(1, block: 2), x: x) }
    }
    #expect(race.map { "\($0)" }?.contains("Data race") == true)
    #expect(race.map { "\($0)" }?.contains("at line \(raceLine)") == true)
    let outside = #expect(throws: MartletError.self) {
      try Device.with(.simulator) { try addsFirst(.grid(1, block: 4), x: x, y: x) }
    }
    #expect(outside.map { "\($0)" }?.contains("reads element 2") == true)
    // Nothing of a launch that failed is seen.
    #expect(try x.array.elements(as: Float.self) == [0, 0])
  }

  /// Where `races` writes.
  private var raceLine: Int { 129 }

  @Test func arraysStayOnTheirDevice() throws {
    let x = try DeviceArray<Float>(NDArray([1, 2] as [Float]).to(.simulator))
    try increment(.grid(1, block: 2), x: x)
    #expect(x.array.device.name == "simulator")
    #expect(x[1] == 3)
    x[1] = 7
    #expect(try x.array.elements(as: Float.self) == [2, 7])
  }
}
