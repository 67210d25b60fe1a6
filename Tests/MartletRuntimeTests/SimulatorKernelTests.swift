import MartletIR
import Testing

@testable import MartletRuntime

/// The kernels that every course on GPUs has.
@Suite struct SimulatorKernelTests {
  /// A grid larger than the data, with a guard.
  @Test func increment() throws {
    let b = KernelBuilder(name: "increment")
    let x = b.buffer(.float32, strides: [.unit], access: .readWrite)
    let count = b.slotValue(b.slot())
    let i = b.globalX
    b.branch(i < count) { b.store(x, [i], b.load(x, [i]) + 1.0) }

    let start = (0..<1000).map { Float($0) / 3 }
    let array = try DeviceArray(start)
    try launch(b.finish(), [array.address], slots: [1000], grid: 8, block: 128)
    #expect(try array.numbers() == start.map { $0 + 1 })
  }

  /// Sums products of tiles of 4 × 4, which a block's threads load together.
  @Test func tiledMatrixProduct() throws {
    let (rows, inner, columns, tile) = (8, 12, 16, 4)
    let b = KernelBuilder(name: "matmul")
    let width = b.slot()
    let depth = b.slot()
    let left = b.buffer(.float64, strides: [.slot(depth), .unit])
    let right = b.buffer(.float64, strides: [.slot(width), .unit])
    let out = b.buffer(.float64, strides: [.slot(width), .unit], access: .write)
    let leftTile = b.shared(.float64, tile, tile)
    let rightTile = b.shared(.float64, tile, tile)
    let (x, y) = (b.grid(.threadX), b.grid(.threadY))
    let (row, column) = (b.globalY, b.globalX)
    let sum = b.declare(initial: b.constant(0, .float64))
    let size = b.integer(tile)
    b.loop(from: b.integer(0), to: b.slotValue(depth) / size) { step in
      b.store(leftTile, [y, x], b.load(left, [row, step * size + x]))
      b.store(rightTile, [y, x], b.load(right, [step * size + y, column]))
      b.barrier()
      b.loop(from: b.integer(0), to: size) { k in
        b.assign(sum, b.read(sum) + b.load(leftTile, [y, k]) * b.load(rightTile, [k, x]))
      }
      b.barrier()
    }
    b.store(out, [row, column], b.read(sum))

    let a = (0..<rows * inner).map { Double($0 % 17) - 5.5 }
    let c = (0..<inner * columns).map { Double($0 % 13) * 0.25 }
    let (leftArray, rightArray) = (try DeviceArray(a), try DeviceArray(c))
    let outArray = try DeviceArray([Double](repeating: -1, count: rows * columns))
    try launch(
      b.finish(), [leftArray.address, rightArray.address, outArray.address],
      slots: [Int64(columns), Int64(inner)], grid: GridSize(x: columns / tile, y: rows / tile),
      block: GridSize(x: tile, y: tile))
    var wanted: [Double] = []
    for row in 0..<rows {
      for column in 0..<columns {
        wanted.append((0..<inner).reduce(0) { $0 + a[row * inner + $1] * c[$1 * columns + column] })
      }
    }
    #expect(try outArray.numbers() == wanted)
  }

  /// Each block halves what is left until one sum stands; the host adds the blocks' sums.
  @Test func reductionTree() throws {
    let size = 64
    let b = KernelBuilder(name: "reduce")
    let x = b.buffer(.int32, strides: [.unit])
    let out = b.buffer(.int32, strides: [.unit], access: .write)
    let count = b.slotValue(b.slot())
    let cells = b.shared(.int32, size)
    let (i, t) = (b.globalX, b.grid(.threadX))
    let mine = b.declare(initial: b.integer(0, .int32))
    b.branch(i < count) { b.assign(mine, b.load(x, [i])) }
    b.store(cells, [t], b.read(mine))
    b.barrier()
    let half = b.declare(initial: b.integer(size / 2))
    b.whileLoop {
      b.read(half) > 0
    } _: {
      let distance = b.read(half)
      b.branch(t < distance) {
        b.store(cells, [t], b.load(cells, [t]) + b.load(cells, [t + distance]))
      }
      b.barrier()
      b.assign(half, distance / b.integer(2))
    }
    b.branch(t == 0) { b.store(out, [b.grid(.blockX)], b.load(cells, [b.integer(0)])) }

    let numbers = (0..<1000).map { Int32($0 * 7 % 31) }
    let array = try DeviceArray(numbers)
    let sums = try DeviceArray([Int32](repeating: -1, count: 16))
    try launch(
      b.finish(), [array.address, sums.address], slots: [1000], grid: 16,
      block: GridSize(x: size))
    let wanted = (0..<16).map { block in
      numbers[block * size..<min(1000, (block + 1) * size)].reduce(0, +)
    }
    #expect(try sums.numbers() == wanted)
  }

  /// Blocks count in shared memory, then add to the whole, both atomically.
  @Test func histogram() throws {
    let bins = 10
    let b = KernelBuilder(name: "histogram")
    let x = b.buffer(.uint8, strides: [.unit])
    let counts = b.buffer(.uint32, strides: [.unit], access: .readWrite)
    let own = b.shared(.uint32, bins)
    let (i, t) = (b.globalX, b.grid(.threadX))
    b.branch(t < b.integer(bins)) { b.store(own, [t], b.integer(0, .uint32)) }
    b.barrier()
    b.atomic(.add, own, [b.load(x, [i]).cast(to: .int64)], b.integer(1, .uint32))
    b.barrier()
    b.branch(t < b.integer(bins)) { b.atomic(.add, counts, [t], b.load(own, [t])) }

    let data = (0..<640).map { UInt8($0 * $0 % 10) }
    let array = try DeviceArray(data)
    let result = try DeviceArray([UInt32](repeating: 0, count: bins))
    try launch(b.finish(), [array.address, result.address], grid: 10, block: 64)
    #expect(
      try result.numbers() == (0..<bins).map { bin in UInt32(data.count { $0 == UInt8(bin) }) })
  }

  /// Hillis and Steele's inclusive scan, from one half of shared memory to the other.
  @Test func scan() throws {
    let size = 128
    let b = KernelBuilder(name: "scan")
    let x = b.buffer(.int64, strides: [.unit], access: .readWrite)
    let cells = b.shared(.int64, 2, size)
    let t = b.grid(.threadX)
    b.store(cells, [b.integer(0), t], b.load(x, [t]))
    b.barrier()
    let from = b.declare(initial: b.integer(0))
    let distance = b.declare(initial: b.integer(1))
    b.whileLoop {
      b.read(distance) < b.integer(size)
    } _: {
      let (source, step) = (b.read(from), b.read(distance))
      let sum = b.declare(initial: b.load(cells, [source, t]))
      b.branch(t >= step) { b.assign(sum, b.read(sum) + b.load(cells, [source, t - step])) }
      b.store(cells, [b.integer(1) - source, t], b.read(sum))
      b.barrier()
      b.assign(from, b.integer(1) - source)
      b.assign(distance, step * 2)
    }
    b.store(x, [t], b.load(cells, [b.read(from), t]))

    let numbers = (0..<size).map { $0 * 5 % 11 - 3 }
    let array = try DeviceArray(numbers)
    try launch(b.finish(), [array.address], grid: 1, block: GridSize(x: size))
    var sum = 0
    let wanted = numbers.map { number in
      sum += number
      return sum
    }
    #expect(try array.numbers() == wanted)
  }

  /// Every index, over a grid and a block of three axes.
  @Test func gridIndices() throws {
    let b = KernelBuilder(name: "indices")
    let out = b.buffer(.int64, strides: [.constant(12), .unit], access: .write)
    let thread =
      (b.grid(.threadZ) * b.grid(.blockSizeY) + b.grid(.threadY)) * b.grid(.blockSizeX)
      + b.grid(.threadX)
    let block =
      (b.grid(.blockZ) * b.grid(.gridSizeY) + b.grid(.blockY)) * b.grid(.gridSizeX)
      + b.grid(.blockX)
    let row =
      block * (b.grid(.blockSizeX) * b.grid(.blockSizeY) * b.grid(.blockSizeZ)) + thread
    for (n, index) in GridIndex.allCases.enumerated() {
      b.store(out, [row, b.integer(n)], b.grid(index))
    }
    let (grid, size) = (GridSize(x: 2, y: 3, z: 2), GridSize(x: 4, y: 1, z: 3))
    let array = try DeviceArray([Int](repeating: -1, count: 12 * 12 * 12))
    try launch(b.finish(), [array.address], grid: grid, block: size)
    var wanted: [Int] = []
    for block in 0..<12 {
      for thread in 0..<12 {
        wanted += [thread % 4, 0, thread / 4, block % 2, block / 2 % 3, block / 6]
        wanted += [4, 1, 3, 2, 3, 2]
      }
    }
    #expect(try array.numbers() == wanted)
  }

  /// Each thread sorts three numbers in memory of its own.
  @Test func localMemory() throws {
    let b = KernelBuilder(name: "sort3")
    let x = b.buffer(.float64, strides: [.constant(3), .unit], access: .readWrite)
    let own = b.local(.float64, 3)
    let i = b.globalX
    let (zero, three) = (b.integer(0), b.integer(3))
    b.loop(from: zero, to: three) { b.store(own, [$0], b.load(x, [i, $0])) }
    for (low, high) in [(0, 1), (1, 2), (0, 1)] {
      let (a, c) = (b.load(own, [b.integer(low)]), b.load(own, [b.integer(high)]))
      b.store(own, [b.integer(low)], (a < c).select(a, c))
      b.store(own, [b.integer(high)], (a < c).select(c, a))
    }
    b.loop(from: zero, to: three) { b.store(x, [i, $0], b.load(own, [$0])) }

    let numbers = (0..<90).map { Double($0 * 37 % 91) }
    let array = try DeviceArray(numbers)
    try launch(b.finish(), [array.address], grid: 3, block: 10)
    #expect(
      try array.numbers() == (0..<30).flatMap { numbers[$0 * 3..<$0 * 3 + 3].sorted() })
  }

  /// A thread that waits for another's atomic gets it, whichever comes first.
  @Test func waitingForAnotherThread() throws {
    let b = KernelBuilder(name: "signal")
    let flag = b.buffer(.int32, strides: [], access: .readWrite)
    let out = b.buffer(.int32, strides: [], access: .write)
    b.branch(b.grid(.threadX) == 0) {
      let seen = b.declare(initial: b.integer(0, .int32))
      b.whileLoop {
        b.assign(seen, b.atomicOld(.add, flag, [], b.integer(0, .int32)))
        return b.read(seen) == 0
      } _: {
      }
      b.store(out, [], b.read(seen))
    } else: {
      b.atomic(.exchange, flag, [], b.integer(7, .int32))
    }
    let (first, second) = (try DeviceArray([Int32(0)]), try DeviceArray([Int32(0)]))
    try launch(b.finish(), [first.address, second.address], grid: 1, block: 33)
    #expect(try second.numbers() == [7])
  }
}
