import MartletIR
import Testing

@testable import MartletCodegen

/// Statements, memory and control flow.
@Suite struct InterpreterTests {
  private func doubles(_ values: [Double]) -> [Scalar] { values.map { Scalar($0, .float64) } }
  private func integers(_ values: [Int]) -> [Scalar] { values.map { Scalar(Int64($0), .int64) } }

  @Test func runsOnlyItsTasks() throws {
    let b = KernelBuilder(name: "tasks")
    let out = b.buffer(.int64, strides: [.unit], access: .write)
    b.tasks { b.store(out, [$0], $0 * 10) }
    let kernel = b.finish()
    let start = integers([7, 7, 7, 7, 7])
    #expect(
      try InterpreterRunner.run(kernel, [start], tasks: 1..<4)[0] == integers([7, 10, 20, 30, 7]))
    #expect(try InterpreterRunner.run(kernel, [start], tasks: 2..<2)[0] == start)
  }

  @Test func stridesComeFromConstantsAndSlots() throws {
    let b = KernelBuilder(name: "strides")
    let row = b.slot()
    let x = b.buffer(.float64, strides: [.slot(row), .constant(-1)])
    let out = b.buffer(.float64, strides: [.unit, .constant(2)], access: .write)
    b.loop(from: b.integer(0), to: b.integer(2)) { i in
      b.loop(.vector, from: b.integer(0), to: b.integer(3)) { j in
        b.store(out, [i, j], b.load(x, [i, j]))
      }
    }
    let found = try InterpreterRunner.run(
      b.finish(), [doubles([0, 1, 2, 3, 4, 5, 6, 7]), doubles([Double](repeating: -1, count: 6))],
      slots: [4], origins: [2, 0])
    #expect(found[1] == doubles([2, 6, 1, 5, 0, 4]))
  }

  @Test func slotsCarryScalars() throws {
    let b = KernelBuilder(name: "slots")
    let types: [DType] = [.float32, .int8, .bool, .complex128, .float16]
    var slots: [Int64] = []
    for dtype in types {
      let value = b.slotValue(b.slot(for: dtype), dtype)
      b.store(b.buffer(dtype, strides: [], access: .write), [], value)
    }
    let numbers = [
      Scalar(0.1, .float32), Scalar(-3.0, .int8), Scalar(1.0, .bool),
      Scalar(real: 2, imaginary: -7, .complex128), Scalar(0.5, .float16),
    ]
    for number in numbers {
      slots.append(Int64(bitPattern: number.low))
      if number.dtype.isComplex { slots.append(Int64(bitPattern: number.high)) }
    }
    let empty = types.map { [Scalar(dtype: $0, low: 0)] }
    #expect(try InterpreterRunner.run(b.finish(), empty, slots: slots) == numbers.map { [$0] })
  }

  @Test func branchesAndLoops() throws {
    // How many steps 3n + 1 takes to 1, for n up to 9.
    let b = KernelBuilder(name: "collatz")
    let out = b.buffer(.int64, strides: [.unit], access: .write)
    b.tasks { task in
      let n = b.declare(initial: task + b.integer(1))
      let steps = b.declare(initial: b.integer(0))
      b.whileLoop {
        b.read(n) != 1
      } _: {
        b.branch((b.read(n) & 1) == 0) {
          b.assign(n, b.read(n) / b.integer(2))
        } else: {
          b.assign(n, b.read(n) * 3 + 1)
        }
        b.assign(steps, b.read(steps) + 1)
      }
      b.store(out, [task], b.read(steps))
    }
    let found = try InterpreterRunner.run(
      b.finish(), [integers([Int](repeating: -1, count: 9))], tasks: 0..<9)
    #expect(found[0] == integers([0, 1, 7, 2, 5, 8, 16, 3, 19]))
  }

  /// A read gives what the variable held then.
  @Test func readsAreSnapshots() throws {
    let b = KernelBuilder(name: "fibonacci")
    let out = b.buffer(.int64, strides: [.unit], access: .write)
    let x = b.declare(initial: b.integer(0))
    let y = b.declare(initial: b.integer(1))
    b.loop(from: b.integer(0), to: b.integer(10)) { i in
      let (old, next) = (b.read(x), b.read(y))
      b.store(out, [i], old)
      b.assign(x, next)
      b.assign(y, old + next)
    }
    let found = try InterpreterRunner.run(b.finish(), [integers([Int](repeating: 0, count: 10))])
    #expect(found[0] == integers([0, 1, 1, 2, 3, 5, 8, 13, 21, 34]))
  }

  // MARK: Lanes

  /// The reduction as the kernel language defines it.
  private func reference(_ values: [Double], lanes: Int, initial: Double) -> Double {
    var cells = [Double](repeating: initial, count: lanes)
    for (n, value) in values.enumerated() { cells[n % lanes] += value }
    var half = lanes / 2
    while half > 0 {
      for j in 0..<half { cells[j] += cells[j + half] }
      half /= 2
    }
    return cells[0]
  }

  @Test(arguments: [1, 2, 8, 64]) func foldsLanesInHalves(_ lanes: Int) throws {
    let values = (0..<203).map { 1 / Double($0 + 3) }
    let b = KernelBuilder(name: "sum")
    let x = b.buffer(.float64, strides: [.unit])
    let out = b.buffer(.float64, strides: [], access: .write)
    let sum = b.declare(lanes: lanes, initial: b.constant(0.1, .float64))
    let (low, high) = (b.integer(5), b.integer(200))
    b.loop(lanes == 1 ? .serial : .vector, from: low, to: high) { i in
      b.assign(sum, b.read(sum) + b.load(x, [i]))
    }
    b.store(out, [], b.fold([sum], lanes: lanes) { [$0[0] + $1[0]] }[0])
    let found = try InterpreterRunner.run(b.finish(), [doubles(values), doubles([0])])
    let wanted = reference(Array(values[5..<200]), lanes: lanes, initial: 0.1)
    #expect(found[1][0].asDouble == wanted)
  }

  /// Two variables at once, as for the place of the least; and a fold in each pass of a loop.
  @Test func foldsVariablesTogether() throws {
    let rows = 3
    let count = 37
    let values = (0..<rows * count).map { Double(($0 * 61) % 97) }
    let b = KernelBuilder(name: "argmin")
    let x = b.buffer(.float64, strides: [.constant(count), .unit])
    let out = b.buffer(.int64, strides: [.unit], access: .write)
    b.tasks { row in
      let least = b.declare(lanes: 8, initial: b.constant(.infinity, .float64))
      let place = b.declare(lanes: 8, initial: b.integer(-1))
      b.loop(.vector, from: b.integer(0), to: b.integer(count)) { i in
        let value = b.load(x, [row, i])
        let isLess = value < b.read(least)
        let where_ = isLess.select(i, b.read(place))
        let smaller = isLess.select(value, b.read(least))
        b.assign(least, smaller)
        b.assign(place, where_)
      }
      let results = b.fold([least, place], lanes: 8) { left, right in
        let takesRight = (right[0] < left[0]) | ((right[0] == left[0]) & (right[1] < left[1]))
        return [takesRight.select(right[0], left[0]), takesRight.select(right[1], left[1])]
      }
      b.store(out, [row], results[1])
    }
    let found = try InterpreterRunner.run(
      b.finish(), [doubles(values), integers([0, 0, 0])], tasks: 0..<rows)
    let wanted = (0..<rows).map { row in
      (0..<count).min {
        (values[row * count + $0], $0) < (values[row * count + $1], $1)
      }!
    }
    #expect(found[1] == integers(wanted))
  }

  @Test func foldsComplexNumbers() throws {
    let b = KernelBuilder(name: "complex sum")
    let x = b.buffer(.complex64, strides: [.unit])
    let out = b.buffer(.complex64, strides: [], access: .write)
    let zero = b.constant(Scalar(real: 0, imaginary: 0, .complex64))
    let sum = b.declare(lanes: 4, initial: zero)
    b.loop(.vector, from: b.integer(0), to: b.integer(10)) { i in
      b.assign(sum, b.read(sum) + b.load(x, [i]))
    }
    b.store(out, [], b.fold([sum], lanes: 4) { [$0[0] + $1[0]] }[0])
    let values = (0..<10).map { Scalar(real: Double($0), imaginary: -Double($0) / 2, .complex64) }
    let found = try InterpreterRunner.run(b.finish(), [values, [values[0]]])
    #expect(found[1][0] == Scalar(real: 45, imaginary: -22.5, .complex64))
  }

  // MARK: Atomics and local memory

  @Test func atomicsGiveWhatWasThere() throws {
    let b = KernelBuilder(name: "atomics")
    let cells = b.buffer(.float32, strides: [.unit], access: .readWrite)
    let olds = b.buffer(.float32, strides: [.unit], access: .write)
    let operations: [AtomicOperation] = [.add, .subtract, .minimum, .maximum, .exchange]
    for (n, operation) in operations.enumerated() {
      let old = b.newValue(.float32)
      let place = b.integer(n)
      b.append(
        .atomic(
          operation, buffer: cells, index: [place.value],
          value: b.constant(2, .float32).value, old: old))
      b.store(olds, [place], Expression(builder: b, value: old))
    }
    let start = (0..<5).map { _ in Scalar(5.0, .float32) }
    let found = try InterpreterRunner.run(b.finish(), [start, start.map { _ in start[0] }])
    #expect(found[0].map(\.asDouble) == [7, 3, 2, 5, 2])
    #expect(found[1] == start)
  }

  @Test func localBuffersAreThere() throws {
    let b = KernelBuilder(name: "local")
    let out = b.buffer(.int64, strides: [.unit], access: .write)
    let local = b.buffer(.int64, strides: [.unit], access: .readWrite)
    b.loop(from: b.integer(0), to: b.integer(4)) { b.store(local, [$0], $0 * 5) }
    b.loop(from: b.integer(0), to: b.integer(4)) {
      b.store(out, [$0], b.load(local, [b.integer(3) - $0]))
    }
    var kernel = b.finish()
    kernel.buffers[local].space = .local(count: 4)
    let found = try InterpreterRunner.run(kernel, [integers([0, 0, 0, 0]), []])
    #expect(found[0] == integers([15, 10, 5, 0]))
    kernel.buffers[local].space = .local(count: 3)
    #expect(throws: MartletError.self) {
      try InterpreterRunner.run(kernel, [integers([0, 0, 0, 0]), []])
    }
  }

  // MARK: Errors

  @Test func accessesOutOfBoundsAreReported() throws {
    let b = KernelBuilder(name: "shift")
    let x = b.buffer(.float64, strides: [.constant(2), .unit], access: .readWrite)
    b.tasks { b.store(x, [$0, b.integer(1)], b.constant(9, .float64)) }
    let kernel = b.finish()
    let start = doubles([0, 0, 0, 0])
    #expect(try InterpreterRunner.run(kernel, [start], tasks: 0..<2)[0] == doubles([0, 9, 0, 9]))
    func report(_ number: Int, _ index: [Int], _ existing: Range<Int>) -> MartletError {
      .simulation(
        SimulationReport(
          kernel: "shift",
          problem: .outOfBounds(
            .init(kind: .write, thread: nil),
            .init(buffer: 0, space: .global, index: index, number: number), existing: existing)))
    }
    #expect(throws: report(5, [2, 1], 0..<4)) {
      try InterpreterRunner.run(kernel, [start], tasks: 0..<3)
    }
    #expect(throws: report(-3, [-2, 1], -2..<2)) {
      try InterpreterRunner.run(kernel, [start], origins: [2], tasks: -2..<0)
    }
    #expect(
      report(5, [2, 1], 0..<4).description
        == "[shift] A task writes element 5 of buffer b0 (index (2, 1)): only elements 0 ..< 4 "
        + "exist.")
  }

  @Test func gridKernelsAreForTheSimulator() {
    let b = KernelBuilder(name: "grid")
    let out = b.buffer(.int64, strides: [.unit], access: .write)
    let thread = b.define(.grid(.threadX), .int64)
    b.store(out, [thread], thread)
    #expect { try Interpreter(b.finish()) } throws: { error in
      guard case MartletError.unsupported(let operation, let detail) = error else { return false }
      return operation == "grid" && detail.contains("Simulator")
    }
  }

  @Test func callsAreExpandedFirst() {
    let b = KernelBuilder(name: "call")
    let x = b.buffer(.float64, strides: [], access: .readWrite)
    b.store(x, [], b.load(x, []).call(.exp))
    #expect(
      throws: MartletError.malformedKernel(
        name: "call", detail: "It still calls exp; MathLibrary.expand comes first.")
    ) { try Interpreter(b.finish()) }
  }

  @Test func malformedKernelsAreRefused() {
    let b = KernelBuilder(name: "malformed")
    b.append(.assign(b.newVariable(.int64), b.integer(0).value))
    #expect(throws: MartletError.self) { try Interpreter(b.finish()) }
  }
}
