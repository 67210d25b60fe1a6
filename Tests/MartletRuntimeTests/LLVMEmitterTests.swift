import MartletCodegen
import MartletIR
import Testing

@testable import MartletRuntime

@Suite struct LLVMEmitterTests {
  static let lengths = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 300]

  private func eachTarget(_ body: (LLVMKernelRunner) throws -> Void) throws {
    for target in try LLVMKernelRunner.targets() { try body(LLVMKernelRunner(target: target)) }
  }

  // MARK: Elementwise

  @Test func arithmeticOfEveryLength() throws {
    let kernel = elementwise([.float64, .float64, .float64], .float64) {
      $0[0] * $0[1] + $0[2] * 2 - $0[0]
    }
    try eachTarget { runner in
      for n in Self.lengths {
        let a = (0..<n).map { 0.1 * Double($0) }
        let b = (0..<n).map { 1 / Double($0 + 1) }
        let c = (0..<n).map { 3 - Double($0) }
        let out = try runner.run(
          kernel, [bytes(a), bytes(b), bytes(c), bytes(a)], slots: [Int64(n), 0, 0, 0, 0])
        let expected = (0..<n).map { a[$0] * b[$0] + c[$0] * 2 - a[$0] }
        #expect(values(out[3]) == expected, "\(n) elements on \(runner.target.processor)")
      }
    }
  }

  /// What a masked tail computes beyond the end must not show in the floating-point flags.
  @Test func tailsSetNoFlagsOfTheirOwn() throws {
    let builder = KernelBuilder(name: "flags")
    let x = builder.buffer(.float64, strides: [.unit])
    let y = builder.buffer(.float64, strides: [.constant(-1)])
    let out = builder.buffer(.float64, strides: [.unit], access: .write)
    let count = builder.slotValue(builder.slot())
    builder.loop(.vector, from: builder.integer(0), to: count) { i in
      let left = (count - i).cast(to: .float64)
      builder.store(
        out, [i], 1 / (builder.load(x, [i]) - builder.load(y, [i])) + 1 / left)
    }
    try eachTarget { runner in
      for n in [1, 3, 9, 37] {
        let x = (0..<n).map { Double($0) + 1 }
        let y = [Double](repeating: 0, count: n)
        let (out, flags) = try runner.runWithFlags(
          builder.finish(), [bytes(x), bytes(y), bytes(y)], origins: [0, 8 * (n - 1)],
          slots: [Int64(n)])
        #expect(flags == 0, "\(n) on \(runner.target.processor)")
        #expect(values(out[2]) == (0..<n).map { 1 / x[$0] + 1 / Double(n - $0) })
      }
    }
  }

  @Test func inPlace() throws {
    let builder = KernelBuilder(name: "inPlace")
    let x = builder.buffer(.int32, strides: [.unit], access: .readWrite)
    let count = builder.slotValue(builder.slot())
    builder.loop(.vector, from: builder.integer(0), to: count) { i in
      builder.store(x, [i], builder.load(x, [i]) * builder.load(x, [i]))
    }
    try eachTarget { runner in
      let a = (0..<77).map { Int32($0 - 30) }
      let out = try runner.run(builder.finish(), [bytes(a)], slots: [77])
      #expect(values(out[0]) == a.map { $0 * $0 })
    }
  }

  @Test func smallIntegersWrap() throws {
    let kernel = elementwise([.uint8, .uint8], .uint8) { $0[0] + $0[1] }
    try eachTarget { runner in
      for n in Self.lengths {
        let a = (0..<n).map { UInt8(truncatingIfNeeded: $0 * 37) }
        let b = (0..<n).map { UInt8(truncatingIfNeeded: $0 * 91 + 5) }
        let out = try runner.run(
          kernel, [bytes(a), bytes(b), bytes(a)], slots: [Int64(n), 0, 0, 0, 0])
        #expect(values(out[2]) == zip(a, b).map { $0 &+ $1 })
      }
    }
  }

  @Test(arguments: [DType.float64, .int16, .uint8, .float16, .complex64, .bool])
  func stridesOfEveryKind(_ type: DType) throws {
    for (stride, step) in [
      (Stride.constant(-1), -1), (.constant(2), 2), (.constant(4), 4), (.constant(0), 0),
      (.slot(1), 5), (.slot(1), -2), (.constant(-3), -3),
    ] {
      // Copies with a stride on either side.
      let reading = elementwise([type], type, strides: [stride]) { $0[0] }
      let writing = elementwise([type], type, outputStride: stride) { $0[0] }
      try eachTarget { runner in
        for n in [0, 1, 5, 8, 17, 70, 150] {
          let span = (max(n, 1) - 1) * abs(step) + 1
          let origin = step < 0 ? span - 1 : 0
          let source = (0..<max(n, span)).map { Scalar(real: Double($0 % 2), imaginary: 3, type) }
            .enumerated().map { n, one in
              type == .bool ? one : Scalar(real: Double(n % 100), imaginary: Double(n), type)
            }
          let size = type.itemSize
          let slots: [Int64] = [Int64(n), Int64(step), 0, 0, 0]
          let wide = Array(source.prefix(span))
          let short = Array(source.prefix(n))
          let blank = Array(repeating: Scalar(Int64(0), type), count: n)
          let read = try runner.run(
            reading, [bytes(wide), bytes(blank)], origins: [origin * size], slots: slots)
          #expect(
            read[1] == bytes((0..<n).map { wide[origin + $0 * step] }),
            "reading \(n) of \(type) at \(step) on \(runner.target.processor)")
          var expected = Array(repeating: Scalar(Int64(0), type), count: span)
          let written = try runner.run(
            writing, [bytes(short), bytes(expected)], origins: [0, origin * size], slots: slots)
          for k in 0..<n { expected[origin + k * step] = short[k] }
          #expect(
            written[1] == bytes(expected),
            "writing \(n) of \(type) at \(step) on \(runner.target.processor)")
        }
      }
    }
  }

  @Test func gathersAndScatters() throws {
    let builder = KernelBuilder(name: "take")
    let index = builder.buffer(.int64, strides: [.unit])
    let x = builder.buffer(.float32, strides: [.slot(1)])
    let taken = builder.buffer(.float32, strides: [.unit], access: .write)
    let put = builder.buffer(.float32, strides: [.unit], access: .write)
    let count = builder.slotValue(builder.slot())
    _ = builder.slot()
    builder.loop(.vector, from: builder.integer(0), to: count) { i in
      let at = builder.load(index, [i])
      let value = builder.load(x, [at])
      builder.store(taken, [i], value)
      builder.store(put, [at], value + 1)
    }
    try eachTarget { runner in
      for n in Self.lengths where n > 0 {
        let order = (0..<n).map { Int64($0 * 7 % n) }
        let source = (0..<(2 * n)).map { Float($0) }
        let blank = [Float](repeating: -1, count: n)
        let out = try runner.run(
          builder.finish(), [bytes(order), bytes(source), bytes(blank), bytes(blank)],
          slots: [Int64(n), 2])
        #expect(values(out[2]) == order.map { source[Int($0) * 2] })
        var expected = blank
        for at in order { expected[Int(at)] = source[Int(at) * 2] + 1 }
        #expect(values(out[3]) == expected)
      }
    }
  }

  @Test func indexAsValue() throws {
    for type in [DType.float64, .int8, .int64, .uint32, .float16, .bool, .complex64] {
      let builder = KernelBuilder(name: "arange")
      let out = builder.buffer(type, strides: [.unit], access: .write)
      let count = builder.slotValue(builder.slot())
      let step = builder.slotValue(builder.slot())
      builder.loop(.vector, from: builder.integer(0), to: count) { i in
        builder.store(out, [i], (i * step - builder.integer(4) * i + 3).cast(to: type))
      }
      try eachTarget { runner in
        for n in [1, 9, 64, 77] {
          let blank = (0..<n).map { _ in Scalar(Int64(0), type) }
          let run = try runner.run(builder.finish(), [bytes(blank)], slots: [Int64(n), 6])
          let expected = (0..<n).map { Scalar(Int64(2 * $0 + 3), .int64).converted(to: type) }
          #expect(run[0] == bytes(expected), "\(type) on \(runner.target.processor)")
        }
      }
    }
  }

  @Test func twoAxesWithABroadcastRow() throws {
    let builder = KernelBuilder(name: "rows")
    let a = builder.buffer(.float64, strides: [.slot(2), .unit])
    let column = builder.buffer(.float64, strides: [.unit, .broadcast])
    let out = builder.buffer(.float64, strides: [.slot(2), .unit], access: .write)
    _ = builder.slot()
    let width = builder.slotValue(builder.slot())
    _ = builder.slot()
    builder.tasks { r in
      builder.loop(.vector, from: builder.integer(0), to: width) { c in
        builder.store(
          out, [r, c], builder.load(a, [r, c]) / builder.load(column, [r, c]).squareRoot)
      }
    }
    try eachTarget { runner in
      let (rows, columns) = (5, 43)
      let x = (0..<(rows * columns)).map { Double($0) }
      let y = (0..<rows).map { Double($0 + 1) }
      let out = try runner.run(
        builder.finish(), [bytes(x), bytes(y), bytes(x)],
        slots: [0, Int64(columns), Int64(columns)], tasks: 1..<4)
      let expected = x.indices.map { n in
        (1..<4).contains(n / columns) ? x[n] / y[n / columns].squareRoot() : x[n]
      }
      #expect(values(out[2]) == expected)
    }
  }

  // MARK: Conversions

  static let reals = DType.allCases.filter { !$0.isComplex }

  @Test(arguments: reals)
  func castsToEveryType(_ source: DType) throws {
    let numbers: [Double] = [
      0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, 127, 128, 129, -128, -129, 255, 256, 300, -300,
      32767, 32768, -32768, -32769, 65504, 65519, 65520, 65535, 65536, 1e5,
      2_147_483_647, 2_147_483_648, -2_147_483_648, -2_147_483_649, -2_147_483_648.5,
      4_294_967_295, 4_294_967_296, 9_007_199_254_740_991, 0x1p62, 0x1p63, -0x1p63, 0x1.8p63,
      0x1p64, -0x1p64, 1e300, -1e300, 1e-300, 0x1p-14, 0x1p-24, 0x1p-25, 0x1.8p-25, 0x1.ffp-15,
      0x1.0020000001p0, 0x1.001p0, 0x1.002p0, 0x1.003p0, 0x1.00100000001p0, 0x1.01p0, 0x1.03p0,
      0x1.0100000001p0, 0x1p-130, 0x1.81p-133, 3.4e38, 3.5e38, .infinity, -.infinity, .nan,
    ]
    let mixed =
      numbers.map { Scalar($0, source) }
      + (0..<64).map { Scalar(Int64($0 * 31 - 900), source) }
    for target in Self.reals {
      let kernel = elementwise([source], target) { $0[0].cast(to: target) }
      let expected = bytes(mixed.map { $0.converted(to: target) })
      let blank = mixed.map { _ in Scalar(Int64(0), target) }
      try eachTarget { runner in
        let out = try runner.run(
          kernel, [bytes(mixed), bytes(blank)], slots: [Int64(mixed.count), 0, 0, 0, 0])[1]
        let size = target.itemSize
        for n in mixed.indices {
          let place = (n * size)..<((n + 1) * size)
          let (got, wanted) = (out[place], expected[place])
          if target.isFloating, mixed[n].asDouble.isNaN { continue }
          #expect(
            got == wanted,
            "\(mixed[n].asDouble) of \(source) to \(target) on \(runner.target.processor)")
        }
      }
    }
  }

  @Test(arguments: [DType.float16, .bfloat16])
  func halfTypesRoundAfterEachStep(_ type: DType) throws {
    let kernel = elementwise([type, type], type) { ($0[0] * $0[1] + $0[0]) / $0[1] }
    let all = (0..<4096).map { Scalar(dtype: type, low: UInt64($0 * 16 + 3)) }
    let others = all.indices.map { Scalar(dtype: type, low: UInt64(($0 &* 40503) & 0xffff)) }
    func step(_ value: Double) -> Double { Scalar(Double(Float(value)), type).asDouble }
    try eachTarget { runner in
      let out = try runner.run(
        kernel, [bytes(all), bytes(others), bytes(all)], slots: [Int64(all.count), 0, 0, 0, 0])
      let got: [UInt16] = values(out[2])
      for n in all.indices {
        let (a, b) = (all[n].asDouble, others[n].asDouble)
        let expected = step(step(step(a * b) + a) / b)
        let result = Scalar(dtype: type, low: UInt64(got[n])).asDouble
        #expect(result == expected || (result.isNaN && expected.isNaN), "\(a), \(b)")
      }
    }
  }

  @Test func comparisonsAndBooleans() throws {
    let kernel = elementwise([.float64, .float64, .bool], .bool) {
      (($0[0] < $0[1]) & $0[2]) ^ $0[0].isNaN
    }
    try eachTarget { runner in
      for n in Self.lengths {
        let a = (0..<n).map { $0 % 5 == 4 ? Double.nan : Double($0 % 7) }
        let b = (0..<n).map { Double($0 % 3) }
        let c = (0..<n).map { $0 % 4 == 0 }
        let out = try runner.run(
          kernel, [bytes(a), bytes(b), bytes(c), bytes(c)], slots: [Int64(n), 0, 0, 0, 0])
        let expected = (0..<n).map { ((a[$0] < b[$0]) && c[$0]) != a[$0].isNaN }
        #expect(out[3] == expected.map { $0 ? 1 : 0 })
      }
    }
  }

  @Test(arguments: [DType.int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64])
  func integerDivision(_ type: DType) throws {
    for remainder in [false, true] {
      let kernel = elementwise([type, type], type) {
        remainder ? $0[0].remainder($0[1]) : $0[0] / $0[1]
      }
      let edge: [Int64] = [
        0, 1, 2, 3, 7, 100, 127, -1, -2, -7, -128, 32767, -32768, 2147483647,
        -2147483648, 2147483646, 4294967295, 99_999_999_999, .max, -3,
      ]
      var a: [Scalar] = []
      var b: [Scalar] = []
      for x in edge {
        for y in edge {
          let (p, q) = (Scalar(x, type), Scalar(y, type))
          let smallest = type.isSigned && q.asInt64 == -1
          if q.low == 0 || smallest { continue }
          a.append(p)
          b.append(q)
        }
      }
      let expected = zip(a, b).map { p, q -> Scalar in
        if type.isSigned {
          let (x, y) = (p.asInt64, q.asInt64)
          return Scalar(remainder ? x % y : x / y, type)
        }
        return Scalar(dtype: type, low: remainder ? p.low % q.low : p.low / q.low)
      }
      try eachTarget { runner in
        let out = try runner.run(
          kernel, [bytes(a), bytes(b), bytes(a)], slots: [Int64(a.count), 0, 0, 0, 0])
        #expect(out[2] == bytes(expected), "\(type) on \(runner.target.processor)")
      }
    }
  }

  @Test(arguments: [DType.complex64, .complex128])
  func complexProducts(_ type: DType) throws {
    let kernel = elementwise([type, type], type) { $0[0] * $0[1] + $0[0] }
    try eachTarget { runner in
      for n in [1, 3, 8, 15, 16, 17, 40] {
        let a = (0..<n).map { Scalar(real: Double($0), imaginary: Double(2 - $0), type) }
        let b = (0..<n).map { Scalar(real: Double($0 % 3), imaginary: Double($0 + 1), type) }
        let out = try runner.run(
          kernel, [bytes(a), bytes(b), bytes(a)], slots: [Int64(n), 0, 0, 0, 0])
        let expected = zip(a, b).map { p, q in
          Scalar(
            real: p.asDouble * q.asDouble - p.imaginary * q.imaginary + p.asDouble,
            imaginary: p.asDouble * q.imaginary + p.imaginary * q.asDouble + p.imaginary, type)
        }
        #expect(out[2] == bytes(expected), "\(n) of \(type) on \(runner.target.processor)")
      }
    }
  }

  @Test func scalarsFromSlots() throws {
    for type in DType.allCases {
      let builder = KernelBuilder(name: "fill")
      let out = builder.buffer(type, strides: [.unit], access: .write)
      let count = builder.slotValue(builder.slot())
      let value = builder.slotValue(builder.slot(for: type), type)
      builder.loop(.vector, from: builder.integer(0), to: count) { builder.store(out, [$0], value) }
      let scalar = type == .bool ? Scalar(Int64(1), .bool) : Scalar(real: 5, imaginary: -2, type)
      try eachTarget { runner in
        for n in [1, 70] {
          let run = try runner.run(
            builder.finish(), [bytes((0..<n).map { _ in Scalar(Int64(0), type) })],
            slots: [Int64(n), Int64(bitPattern: scalar.low), Int64(bitPattern: scalar.high)])
          #expect(run[0] == bytes((0..<n).map { _ in scalar }), "\(type)")
        }
      }
    }
  }
}
