import MartletCodegen
import Testing

@testable import MartletIR
@testable import MartletRuntime

/// Nests of loops drawn at random: after `LoopVectorisation` they give the same bits, interpreted
/// and compiled for processors with vectors of every size.
@Suite struct LoopNestTests {
  @Test func independentIterationsGiveTheSameTogether() throws {
    let targets = try LLVMKernelRunner.targets()
    var vectors = 0
    for seed in 0..<120 {
      let nest = RandomNest(seed: seed)
      let plain = nest.kernel
      try KernelVerifier.verify(plain)
      let together = LoopVectorisation.run(plain, argumentCount: 3)
      try KernelVerifier.verify(together)
      if KernelPrinter.text(of: together).contains("vector for") { vectors += 1 }
      let wanted = try interpret(plain, nest.memory, nest.slots)
      // The memory is too long to be shown.
      let isSame = try interpret(together, nest.memory, nest.slots) == wanted
      #expect(isSame, "seed \(seed), interpreted")
      let target = targets[seed % targets.count]
      let found = try LLVMKernelRunner(target: target).run(
        together, nest.memory, slots: nest.slots)
      let agrees = found == wanted
      #expect(agrees, "seed \(seed) on \(target.processor)")
    }
    #expect(vectors > 40)
  }

  /// The place of the nearest of a few numbers, by which all iterations count.
  @Test func loopsThatEndByAddingToWhatAllShareArePartedInTwo() throws {
    let b = KernelBuilder(name: "counted")
    let numbers = b.buffer(.float64, strides: [.unit])
    let centres = b.buffer(.float64, strides: [.unit])
    let counts = b.buffer(.float64, strides: [.unit], access: .readWrite)
    let size = b.slotValue(b.slot())
    b.loop(from: b.integer(0), to: size) { i in
      let best = b.declare(initial: b.integer(0))
      let least = b.declare(initial: b.constant(1e9, .float64))
      b.loop(from: b.integer(0), to: b.integer(4)) { k in
        let distance = (b.load(numbers, [i]) - b.load(centres, [k])).absolute
        b.branch(distance < b.read(least)) {
          b.assign(least, distance)
          b.assign(best, k)
        }
      }
      let place = b.read(best)
      b.store(counts, [place], b.load(counts, [place]) + b.read(least) + b.load(numbers, [i]))
    }
    let plain = b.finish()
    let together = LoopVectorisation.run(plain, argumentCount: 3)
    try KernelVerifier.verify(together)
    #expect(KernelPrinter.text(of: together).contains("vector for"))
    for count in [0, 1, 7, 255, 256, 257, 700] {
      let memory = [
        bytes((0..<count).map { Double($0 * 37 % 101) / 3 }), bytes([20.0, 3, 30, 11]),
        bytes([0.0, 0, 0, 0]),
      ]
      let slots = [Int64(count)]
      let wanted = try interpret(plain, memory, slots)
      #expect(try interpret(together, memory, slots)[2] == wanted[2])
      for target in try LLVMKernelRunner.targets() {
        let found = try LLVMKernelRunner(target: target).run(together, memory, slots: slots)
        #expect(found[2] == wanted[2])
      }
    }
  }

  /// All but a few iterations are in the middle: without the vector loops, little is written.
  @Test func mostIterationsRunTogether() throws {
    var count = 0
    for seed in 0..<600 {
      let nest = RandomNest(seed: seed)
      guard nest.isPlain, nest.slots[1] >= 70 else { continue }
      count += 1
      let together = LoopVectorisation.run(nest.kernel, argumentCount: 3)
      let rewriter = KernelRewriter(together, { _, _, _ in nil }, loops: { _, _ in false })
      rewriter.omits = { if case .loop(let loop) = $0 { loop.kind == .vector } else { false } }
      let ends = try interpret(rewriter.run(), nest.memory, nest.slots)
      let size = nest.kernel.buffers[2].dtype.itemSize
      let written = stride(from: 0, to: ends[2].count, by: size).count {
        ends[2][$0..<$0 + size] != nest.memory[2][$0..<$0 + size]
      }
      // A border as wide as the filter on both sides of each row.
      #expect(written <= 24 * Int(nest.slots[0]), "seed \(seed)")
    }
    #expect(count > 5)
  }

  private func interpret(
    _ kernel: Kernel, _ memory: [[UInt8]], _ slots: [Int64]
  ) throws -> [[UInt8]] {
    let interpreter = try Interpreter(kernel)
    let rooms = memory.map { contents in
      let room = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.count, alignment: 16)
      room.copyBytes(from: contents)
      return room
    }
    defer { for room in rooms { room.deallocate() } }
    interpreter.run(buffers: rooms.map(\.baseAddress), slots: slots, begin: 0, end: 1)
    return rooms.map { Array($0) }
  }
}

/// A convolution, a product or a table, with the borders, the types and the sizes of a seed.
private struct RandomNest {
  let kernel: Kernel
  let slots: [Int64]
  let memory: [[UInt8]]
  /// Whether it is a convolution along rows, with the filter cut off at both ends or not at all.
  let isPlain: Bool

  init(seed: Int) {
    var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
    func draw(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    let dtype = [DType.float64, .int64, .float32, .int32][draw(4)]
    let (n, m) = ([1, 3, 6][draw(3)], [0, 1, 7, 8, 9, 16, 31, 70, 133][draw(9)])
    let reach = draw(5)
    let (rows, columns) = (n + 8, m + 16)

    let b = KernelBuilder(name: "nest\(seed)")
    let sizes = (b.slotValue(b.slot()), b.slotValue(b.slot()), b.slotValue(b.slot()))
    let (height, width) = (b.slotValue(b.slot()), b.slotValue(b.slot()))
    let stride = Stride.slot(b.slot())
    slots = [Int64(n), Int64(m), Int64(reach), Int64(rows), Int64(columns), Int64(columns)]
    let input = b.buffer(dtype, strides: [stride, .unit])
    let weights = b.buffer(dtype, strides: [.unit])
    let output = b.buffer(dtype, strides: [stride, .unit], access: .readWrite)
    let (zero, one) = (b.integer(0), b.integer(1))

    /// A position that counts from the end if it is negative.
    func wrapped(_ place: Expression, _ size: Expression) -> Expression {
      (place < zero).select(place + size, place)
    }
    func less(_ p: Expression, _ q: Expression) -> Expression { (p < q).select(p, q) }
    func more(_ p: Expression, _ q: Expression) -> Expression { (p > q).select(p, q) }

    let kinds = (
      bounds: draw(5), place: draw(4), step: draw(4), store: draw(6), test: draw(6),
      length: draw(2)
    )
    isPlain = kinds.bounds < 2 && kinds.place < 3 && kinds.store < 3 && kinds.test > 1
    b.loop(from: zero, to: sizes.0) { i in
      b.loop(from: zero, to: sizes.1) { j in
        let sum = b.declare(initial: b.integer(0, dtype))
        let (from, to): (Expression, Expression) =
          switch kinds.bounds {
          case 0: (zero, b.integer(3))
          case 1: (more(sizes.2 - j, -sizes.2), less(sizes.1 - j, sizes.2 + one))
          case 2: (more(-i, -sizes.2), less(sizes.0 - i, sizes.2))
          case 3: (more(-sizes.2, -j - one), sizes.2)
          // Differs between iterations all the way: this nest stays as it is.
          default: (zero, less(j, b.integer(4)))
          }
        let count = to - from
        let isSome = kinds.length == 0 ? count > zero : from < to
        b.loop(from: zero, to: isSome.select(count, zero)) { step in
          let k = from + step
          let column =
            switch kinds.place {
            case 0: j + k
            case 1: j - k
            case 2: sizes.1 - one - j + k
            default: j + k - one
            }
          let row = kinds.place == 3 ? i + k : i
          let element = b.load(input, [wrapped(row, height), wrapped(column, width)])
          let weight = b.load(weights, [k + b.integer(8)])
          switch kinds.step {
          case 0, 1: b.assign(sum, b.read(sum) + element * weight)
          case 2: b.branch(element > b.read(sum)) { b.assign(sum, element) }
          default:
            b.branch(
              element > weight, then: { b.assign(sum, b.read(sum) + element) },
              else: { b.assign(sum, b.read(sum) - weight) })
          }
        }
        func put() {
          switch kinds.store {
          case 0, 1, 2: b.store(output, [i, j], b.read(sum))
          case 3: b.store(output, [i, j], b.load(output, [i, j]) + b.read(sum))
          case 4: b.store(output, [i, wrapped(j - one, width)], b.read(sum))
          // What the iteration before wrote: this nest stays as it is.
          default:
            b.store(output, [i, j + one], b.load(output, [i, j]) + b.read(sum))
          }
        }
        switch kinds.test {
        case 0:
          b.branch(
            (j > zero) & (j < sizes.1 - one), then: put,
            else: { b.store(output, [i, j], b.integer(7, dtype)) })
        case 1: b.branch((i > zero) & (j >= b.integer(2)), then: put)
        default: put()
        }
      }
    }
    kernel = b.finish()
    func numbers(_ count: Int) -> [UInt8] {
      (0..<count).flatMap { n in
        let scalar = Scalar(Double((n * 37 + seed) % 101) - 50, dtype)
        return (0..<dtype.itemSize).map { UInt8(truncatingIfNeeded: scalar.low >> (8 * $0)) }
      }
    }
    memory = [numbers(rows * columns), numbers(17), numbers(rows * columns)]
  }
}
