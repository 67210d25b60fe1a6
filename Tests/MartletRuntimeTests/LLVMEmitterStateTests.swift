import MartletCodegen
import MartletIR
import Testing

@testable import MartletRuntime

/// Variables, lanes, folds and control flow.
@Suite struct LLVMEmitterStateTests {
  private func eachTarget(_ body: (LLVMKernelRunner) throws -> Void) throws {
    for target in try LLVMKernelRunner.targets() { try body(LLVMKernelRunner(target: target)) }
  }

  /// The sum that a fold of `lanes` lanes defines.
  private func laneSum<T: BinaryFloatingPoint>(_ x: ArraySlice<T>, lanes: Int) -> T {
    var cells = [T](repeating: 0, count: lanes)
    for (n, value) in x.enumerated() { cells[n % lanes] += value }
    var half = lanes / 2
    while half >= 1 {
      for j in 0..<half { cells[j] += cells[j + half] }
      half /= 2
    }
    return cells[0]
  }

  private func sumKernel(_ type: DType, lanes: Int) -> Kernel {
    let builder = KernelBuilder(name: "sum")
    let x = builder.buffer(type, strides: [.unit])
    let out = builder.buffer(type, strides: [.unit], access: .write)
    let count = builder.slotValue(builder.slot())
    builder.tasks { block in
      let total = builder.declare(lanes: lanes, initial: builder.constant(0, type))
      let start = block * 300
      let full = start + 300
      builder.loop(.vector, from: start, to: (full < count).select(full, count)) { i in
        builder.assign(total, builder.read(total) + builder.load(x, [i]))
      }
      builder.store(out, [block], builder.fold([total], lanes: lanes) { [$0[0] + $1[0]] }[0])
    }
    return builder.finish()
  }

  @Test(arguments: [2, 4, 8, 16, 64, 128, 256])
  func sumsInTheOrderOfTheLanes(_ lanes: Int) throws {
    let kernel = sumKernel(.float64, lanes: lanes)
    let float = sumKernel(.float32, lanes: lanes)
    try eachTarget { runner in
      for n in [1, 5, 63, 64, 65, 299, 300, 301, 777, 900] {
        let x = (0..<n).map { 1 / Double($0 * $0 + 3) }
        let blocks = (n + 299) / 300
        let blank = [Double](repeating: 0, count: blocks)
        let out = try runner.run(
          kernel, [bytes(x), bytes(blank)], slots: [Int64(n)], tasks: 0..<blocks)
        let expected = (0..<blocks).map {
          laneSum(x[($0 * 300)..<min(n, $0 * 300 + 300)], lanes: lanes)
        }
        #expect(values(out[1]) == expected, "\(n) by \(lanes) on \(runner.target.processor)")
        let y = x.map { Float($0) }
        let small = try runner.run(
          float, [bytes(y), bytes(blank.map { Float($0) })], slots: [Int64(n)], tasks: 0..<blocks)
        let rounded = (0..<blocks).map {
          laneSum(y[($0 * 300)..<min(n, $0 * 300 + 300)], lanes: lanes)
        }
        #expect(values(small[1]) == rounded, "\(n) by \(lanes) on \(runner.target.processor)")
      }
    }
  }

  /// The largest value and its first position: two variables of different types, with bools and
  /// complex numbers beside them.
  @Test func foldsSeveralVariables() throws {
    let lanes = 16
    let builder = KernelBuilder(name: "argmax")
    let x = builder.buffer(.float32, strides: [.unit])
    let where_ = builder.buffer(.int64, strides: [.unit], access: .write)
    let any = builder.buffer(.bool, strides: [.unit], access: .write)
    let sum = builder.buffer(.complex64, strides: [.unit], access: .write)
    let count = builder.slotValue(builder.slot())
    let best = builder.declare(lanes: lanes, initial: builder.constant(-.infinity, .float32))
    let at = builder.declare(lanes: lanes, initial: builder.integer(Int.max))
    let seen = builder.declare(lanes: 2 * lanes, initial: builder.constant(0, .bool))
    let total = builder.declare(
      lanes: lanes, initial: builder.constant(Scalar(real: 0, imaginary: 0, .complex64)))
    builder.loop(.vector, from: builder.integer(0), to: count) { i in
      let value = builder.load(x, [i])
      let larger = value > builder.read(best)
      builder.assign(best, larger.select(value, builder.read(best)))
      builder.assign(at, larger.select(i, builder.read(at)))
      builder.assign(seen, builder.read(seen) | (value == 17))
      builder.assign(total, builder.read(total) + .complex(value, -value))
    }
    let result = builder.fold([best, at], lanes: lanes) { a, b in
      let takes = (b[0] > a[0]) | ((b[0] == a[0]) & (b[1] < a[1]))
      return [takes.select(b[0], a[0]), takes.select(b[1], a[1])]
    }
    builder.store(where_, [builder.integer(0)], result[1])
    builder.store(
      any, [builder.integer(0)], builder.fold([seen], lanes: 2 * lanes) { [$0[0] | $1[0]] }[0])
    builder.store(
      sum, [builder.integer(0)], builder.fold([total], lanes: lanes) { [$0[0] + $1[0]] }[0])
    try eachTarget { runner in
      for n in [1, 15, 16, 31, 32, 33, 100] {
        let x = (0..<n).map { Float($0 * 13 % 29) }
        let out = try runner.run(
          builder.finish(), [bytes(x), bytes([0]), [9], bytes([Float(0), 0])], slots: [Int64(n)])
        #expect(values(out[1]) == [x.firstIndex(of: x.max()!)!])
        #expect(out[2] == [x.contains(17) ? 1 : 0])
        #expect(values(out[3]) == [x.reduce(0, +), -x.reduce(0, +)])
      }
    }
  }

  /// A vector loop over columns with a serial loop over rows inside.
  @Test func serialLoopInsideAVectorLoop() throws {
    for type in [DType.float64, .float16, .uint8, .complex128] {
      let builder = KernelBuilder(name: "columns")
      let x = builder.buffer(type, strides: [.slot(1), .unit])
      let out = builder.buffer(type, strides: [.unit], access: .write)
      let columns = builder.slotValue(builder.slot())
      _ = builder.slot()
      let rows = builder.slotValue(builder.slot())
      builder.loop(.vector, from: builder.integer(0), to: columns) { c in
        let total = builder.declare(initial: builder.constant(Scalar(Int64(0), type)))
        builder.loop(from: builder.integer(0), to: rows) { r in
          builder.assign(total, builder.read(total) + builder.load(x, [r, c]))
        }
        builder.store(out, [c], builder.read(total))
      }
      try eachTarget { runner in
        for (rows, columns) in [(1, 1), (3, 70), (5, 9), (0, 4)] {
          let source = (0..<(rows * columns)).map { Scalar(Double($0 % 11), type) }
          let blank = (0..<columns).map { _ in Scalar(Int64(1), type) }
          let out = try runner.run(
            builder.finish(), [bytes(source), bytes(blank)],
            slots: [Int64(columns), Int64(columns), Int64(rows)])
          let expected = (0..<columns).map { c in
            Scalar((0..<rows).map { source[$0 * columns + c].asDouble }.reduce(0, +), type)
          }
          #expect(out[1] == bytes(expected), "\(type) on \(runner.target.processor)")
        }
      }
    }
  }

  /// A loop that cannot be run as vectors keeps the meaning of its lanes.
  @Test func branchesInAVectorLoop() throws {
    let builder = KernelBuilder(name: "collatz")
    let out = builder.buffer(.int64, strides: [.unit], access: .write)
    let total = builder.buffer(.float64, strides: [.unit], access: .write)
    let count = builder.slotValue(builder.slot())
    let sum = builder.declare(lanes: 8, initial: builder.constant(0, .float64))
    builder.loop(.vector, from: builder.integer(0), to: count) { i in
      let n = builder.declare(initial: i + 1)
      let steps = builder.declare(initial: builder.integer(0))
      builder.whileLoop({ builder.read(n) > 1 }) {
        let current = builder.read(n)
        builder.branch((current & 1) == 0) {
          builder.assign(n, current >> 1)
        } else: {
          builder.assign(n, current * 3 + 1)
        }
        builder.assign(steps, builder.read(steps) + 1)
      }
      builder.store(out, [i], builder.read(steps))
      builder.assign(sum, builder.read(sum) + 1 / (i + 1).cast(to: .float64))
    }
    builder.store(
      total, [builder.integer(0)], builder.fold([sum], lanes: 8) { [$0[0] + $1[0]] }[0])
    try eachTarget { runner in
      let out = try runner.run(
        builder.finish(), [bytes([Int](repeating: 0, count: 30)), bytes([0.0])], slots: [30])
      let expected = (1...30).map { first in
        var (n, steps) = (first, 0)
        while n > 1 {
          n = n % 2 == 0 ? n / 2 : 3 * n + 1
          steps += 1
        }
        return steps
      }
      #expect(values(out[0]) == expected)
      let inverses = (1...30).map { 1 / Double($0) }
      #expect(values(out[1]) == [laneSum(inverses[...], lanes: 8)])
    }
  }

  /// Two vector loops of different natural widths share one variable.
  @Test func loopsShareALaneVariable() throws {
    let builder = KernelBuilder(name: "shared")
    let a = builder.buffer(.float32, strides: [.unit])
    let b = builder.buffer(.float64, strides: [.unit])
    let out = builder.buffer(.float32, strides: [.unit], access: .write)
    let count = builder.slotValue(builder.slot())
    let sum = builder.declare(lanes: 32, initial: builder.constant(0, .float32))
    builder.loop(.vector, from: builder.integer(0), to: count) { i in
      builder.assign(sum, builder.read(sum) + builder.load(a, [i]))
    }
    builder.loop(.vector, from: builder.integer(0), to: count) { i in
      builder.assign(sum, builder.read(sum) + builder.load(b, [i]).cast(to: .float32))
    }
    builder.store(out, [builder.integer(0)], builder.fold([sum], lanes: 32) { [$0[0] + $1[0]] }[0])
    try eachTarget { runner in
      let x = (0..<101).map { Float($0) }
      let y = (0..<101).map { Double($0) / 2 }
      let out = try runner.run(
        builder.finish(), [bytes(x), bytes(y), bytes([0 as Float])], slots: [101])
      #expect(values(out[2]) == [7575 as Float])
    }
  }

  @Test func atomics() throws {
    for type in [DType.int32, .float64, .float16, .uint8] {
      for operation in [AtomicOperation.add, .maximum, .minimum, .exchange] {
        let builder = KernelBuilder(name: "count")
        let x = builder.buffer(type, strides: [.unit])
        let out = builder.buffer(type, strides: [.unit], access: .readWrite)
        let count = builder.slotValue(builder.slot())
        builder.loop(.vector, from: builder.integer(0), to: count) { i in
          let at = i & builder.integer(1)
          let value = builder.load(x, [i])
          builder.append(
            .atomic(
              operation, buffer: out, index: [at.value], value: value.value, old: nil))
        }
        try eachTarget { runner in
          let source = [3.0, 1, 9, 4, 5, 2]
          let out = try runner.run(
            builder.finish(),
            [bytes(source.map { Scalar($0, type) }), bytes([4.0, 0].map { Scalar($0, type) })],
            slots: [6])
          let expected: [Double] =
            switch operation {
            case .add: [21, 7]
            case .maximum: [9, 4]
            case .minimum: [3, 0]
            default: [5, 2]
            }
          #expect(out[1] == bytes(expected.map { Scalar($0, type) }), "\(operation) \(type)")
        }
      }
    }
  }
}
