import CMartlet
import MartletCodegen
import MartletIR
import Testing

@testable import MartletRuntime

/// Random kernels, compiled and interpreted: all bits must agree, but for those of a NaN.
@Suite struct DifferentialTests {
  private static let seeds = 0..<(Environment["MARTLET_TEST_KERNELS"].flatMap { Int($0) } ?? 150)

  @Test func compiledKernelsDoWhatInterpretedOnesDo() throws {
    let targets = try LLVMKernelRunner.targets()
    for seed in Self.seeds {
      let random = RandomKernel(seed: seed)
      let wanted = try interpret(
        random.kernel, random.memory.map(\.contents), origins: random.memory.map(\.origin),
        slots: random.slots, rows: random.rows)
      // The host's own processor always, the older ones in turn.
      let others = targets.dropFirst()
      let second = others.isEmpty ? [] : [others[others.startIndex + seed % others.count]]
      for target in targets.prefix(1) + second {
        let found = try LLVMKernelRunner(target: target).run(
          random.kernel, random.memory.map { bytes($0.contents) },
          origins: random.memory.map { $0.origin * $0.dtype.itemSize }, slots: random.slots,
          tasks: 0..<random.rows)
        compare(random, found, wanted, seed, target)
      }
    }
  }

  /// Sums next to a tie of the half types, which two roundings get wrong.
  @Test(arguments: [DType.float16, .bfloat16]) func fusedSumsAreRoundedOnce(
    _ dtype: DType
  ) throws {
    let factors: [(Double, Double)] =
      dtype == .float16 ? [(683, 3), (0x1p10 + 1, 2)] : [(0x1p60 + 0x1p56, 1 + 0x1p-4), (129, 3)]
    let addends = [0, 0x1p-24, -0x1p-24, 0x1p-100, -0x1p-100, 1, -1, .infinity, .nan]
    var columns: [[Scalar]] = [[], [], []]
    for (x, y) in factors {
      for z in addends {
        for (n, value) in [x, y, z].enumerated() { columns[n].append(Scalar(value, dtype)) }
      }
    }
    let kernel = elementwise([dtype, dtype, dtype], dtype) { $0[0].fused($0[1], plus: $0[2]) }
    let count = columns[0].count
    let memory = columns + [columns[0]]
    let wanted = try interpret(kernel, memory, slots: [Int64(count), 0, 0, 0, 0])[3]
    for target in try LLVMKernelRunner.targets() {
      let found = try LLVMKernelRunner(target: target).run(
        kernel, memory.map { bytes($0) }, slots: [Int64(count), 0, 0, 0, 0])[3]
      for n in 0..<count {
        let (a, b) = (found[n * 2..<n * 2 + 2], wanted[n * 2..<n * 2 + 2])
        #expect(isSame(a, b, dtype), "\(columns.map { $0[n].asDouble }) on \(target.processor)")
      }
    }
  }

  /// What one instruction on one number raises, wherever a vector loop's masked lanes are. Orders
  /// are left out: a vector "<" raises "invalid" for a NaN.
  @Test(arguments: [DType.float64, .float32, .float16, .bfloat16])
  func eventsAgree(_ dtype: DType) throws {
    let values: [Double] = [0, 1, -1, 300, 3e9, 1e19, 1e30, -1e30, .infinity, .nan]
    let bodies: [(String, DType, ([Expression]) -> Expression)] = [
      ("divide", dtype, { $0[0].literal(1) / $0[0] }),
      ("square root", dtype, { $0[0].squareRoot }),
      ("fused", dtype, { $0[0].fused($0[0].literal(1), plus: $0[0]) }),
      ("equal", .bool, { $0[0] == 1 }),
    ]
    let casts = DType.allCases.filter { !$0.isComplex && $0 != dtype }.map { target in
      ("to \(target)", target, { (x: [Expression]) in x[0].cast(to: target) })
    }
    for (name, result, body) in bodies + casts {
      let kernel = elementwise([dtype], result, body)
      let interpreter = try Interpreter(kernel)
      for value in values where !Scalar(value, dtype).asDouble.isInfinite || value.isInfinite {
        for count in [1, 21] {
          let input = (0..<count).map { _ in Scalar(value, dtype) }
          let output = (0..<count).map { _ in Scalar(dtype: result, low: 0) }
          let slots = [Int64(count), 0, 0, 0, 0]
          func events(_ run: () throws -> Void) rethrows -> UInt32 {
            martlet_fp_clear()
            try run()
            return martlet_fp_take() & ~MARTLET_FP_UNDERFLOW
          }
          var (read, written) = (bytes(input), bytes(output))
          let wanted = read.withUnsafeMutableBytes { input in
            written.withUnsafeMutableBytes { output in
              events {
                interpreter.run(
                  buffers: [input.baseAddress, output.baseAddress], slots: slots, begin: 0, end: 1)
              }
            }
          }
          for target in try LLVMKernelRunner.targets() {
            // Without an instruction for it, rounding to float16 is integer arithmetic.
            if [dtype, result].contains(.float16), target.features == "+sse2" { continue }
            let found = try events {
              _ = try LLVMKernelRunner(target: target).run(
                kernel, [bytes(input), bytes(output)], slots: slots)
            }
            #expect(found == wanted, "\(name) of \(count) times \(value) on \(target.processor)")
          }
        }
      }
    }
  }

  private func interpret(
    _ kernel: Kernel, _ contents: [[Scalar]], origins: [Int]? = nil, slots: [Int64],
    rows: Int = 1
  ) throws -> [[UInt8]] {
    let interpreter = try Interpreter(kernel)
    let origins = origins ?? contents.map { _ in 0 }
    let memory = contents.map { scalars in
      let contents = bytes(scalars)
      let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: contents.count, alignment: 16)
      room.copyBytes(from: contents)
      return room
    }
    defer { for room in memory { room.deallocate() } }
    let buffers = memory.indices.map {
      let start = origins[$0] * kernel.buffers[$0].dtype.itemSize
      let size = contents[$0].count * kernel.buffers[$0].dtype.itemSize
      return InterpreterBuffer(
        base: memory[$0].baseAddress! + start, bytes: -start..<(size - start))
    }
    try interpreter.run(checking: buffers, slots: slots, begin: 0, end: rows)
    return memory.map { Array($0) }
  }

  private func compare(
    _ random: RandomKernel, _ found: [[UInt8]], _ wanted: [[UInt8]], _ seed: Int,
    _ target: TargetDescription
  ) {
    for (number, memory) in random.memory.enumerated() where memory.isOutput {
      let real = memory.dtype.realType
      for start in stride(from: 0, to: wanted[number].count, by: real.itemSize) {
        let a = found[number][start..<(start + real.itemSize)]
        let b = wanted[number][start..<(start + real.itemSize)]
        if isSame(a, b, real) { continue }
        Issue.record(
          """
          seed \(seed) on \(target.processor): part \(start / real.itemSize) of b\(number) is \
          \(scalar(a, real).asDouble) \(Array(a)), interpreted \
          \(scalar(b, real).asDouble) \(Array(b))
          \(random.kernel)
          """)
        return
      }
    }
  }

  private func isSame(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>, _ dtype: DType) -> Bool {
    Array(a) == Array(b) || (scalar(a, dtype).asDouble.isNaN && scalar(b, dtype).asDouble.isNaN)
  }

  private func scalar(_ bytes: ArraySlice<UInt8>, _ dtype: DType) -> Scalar {
    var bits: UInt64 = 0
    for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
    return Scalar(dtype: dtype, low: bits)
  }
}
