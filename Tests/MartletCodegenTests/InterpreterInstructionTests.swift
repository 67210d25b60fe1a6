import CMartlet
import MartletIR
import Testing

@testable import MartletCodegen

/// Every instruction against Swift's own arithmetic.
@Suite struct InterpreterInstructionTests {
  private func unary(_ operation: UnaryOperation, _ a: Scalar) throws -> Scalar {
    try evaluate([a]) { $0[0].builder.define(.unary(operation, $0[0].value), a.dtype) }
  }

  private func binary(_ operation: BinaryOperation, _ a: Scalar, _ b: Scalar) throws -> Scalar {
    try evaluate([a, b]) {
      $0[0].builder.define(.binary(operation, $0[0].value, $0[1].value), a.dtype)
    }
  }

  private func compare(_ comparison: Comparison, _ a: Scalar, _ b: Scalar) throws -> Bool {
    try evaluate([a, b]) {
      $0[0].builder.define(.compare(comparison, $0[0].value, $0[1].value), .bool)
    }.low != 0
  }

  // MARK: Integers

  private func checkIntegers<T: FixedWidthInteger>(_ dtype: DType, _: T.Type) throws {
    func scalar(_ value: T) -> Scalar { Scalar(Int64(truncatingIfNeeded: value), dtype) }
    let values: [T] = [0, 1, 2, 5, .max, .max - 1, .min, .min + 1, 100, 0 &- 1, 0 &- 7]
    for a in values {
      let x = scalar(a)
      #expect(try unary(.negate, x) == scalar(0 &- a))
      #expect(try unary(.not, x) == scalar(~a))
      #expect(try unary(.absolute, x) == scalar(a < 0 ? 0 &- a : a))
      #expect(try unary(.countOnes, x) == scalar(T(a.nonzeroBitCount)))
      #expect(try unary(.floor, x) == x)
      for b in values {
        let y = scalar(b)
        #expect(try binary(.add, x, y) == scalar(a &+ b))
        #expect(try binary(.subtract, x, y) == scalar(a &- b))
        #expect(try binary(.multiply, x, y) == scalar(a &* b))
        #expect(try binary(.and, x, y) == scalar(a & b))
        #expect(try binary(.or, x, y) == scalar(a | b))
        #expect(try binary(.xor, x, y) == scalar(a ^ b))
        if b != 0, !(T.isSigned && a == .min && b == 0 &- 1) {
          #expect(try binary(.divide, x, y) == scalar(a / b))
          #expect(try binary(.remainder, x, y) == scalar(a % b))
        } else {
          // No quotient, but no trap either.
          _ = try binary(.divide, x, y)
          _ = try binary(.remainder, x, y)
        }
        #expect(try compare(.equal, x, y) == (a == b))
        #expect(try compare(.notEqual, x, y) == (a != b))
        #expect(try compare(.less, x, y) == (a < b))
        #expect(try compare(.lessEqual, x, y) == (a <= b))
        #expect(try compare(.greater, x, y) == (a > b))
        #expect(try compare(.greaterEqual, x, y) == (a >= b))
      }
      for count in [0, 1, T.bitWidth / 2, T.bitWidth - 1] {
        let y = scalar(T(count))
        #expect(try binary(.shiftLeft, x, y) == scalar(a << count))
        #expect(try binary(.shiftRight, x, y) == scalar(a >> count))
      }
    }
  }

  @Test func integers() throws {
    try checkIntegers(.int8, Int8.self)
    try checkIntegers(.int16, Int16.self)
    try checkIntegers(.int32, Int32.self)
    try checkIntegers(.int64, Int64.self)
    try checkIntegers(.uint8, UInt8.self)
    try checkIntegers(.uint16, UInt16.self)
    try checkIntegers(.uint32, UInt32.self)
    try checkIntegers(.uint64, UInt64.self)
  }

  @Test func booleans() throws {
    for a in [false, true] {
      let x = Scalar(a ? 1.0 : 0, .bool)
      #expect(try unary(.not, x).low == (a ? 0 : 1))
      for b in [false, true] {
        let y = Scalar(b ? 1.0 : 0, .bool)
        #expect(try binary(.and, x, y).low == (a && b ? 1 : 0))
        #expect(try binary(.or, x, y).low == (a || b ? 1 : 0))
        #expect(try binary(.xor, x, y).low == (a != b ? 1 : 0))
        #expect(try compare(.equal, x, y) == (a == b))
        #expect(try compare(.less, x, y) == (!a && b))
      }
    }
    // Any byte but 0 is true, and what is stored is 1.
    #expect(try unary(.floor, Scalar(dtype: .bool, low: 6)).low == 1)
  }

  // MARK: Floats

  private static let values: [Double] = [
    0, -0.0, 1, -1, 0.1, 1.5, 2.5, -2.5, 3.7, -3.7, 100, 65504, 1e-7, 6e-8, 1e5, 1e30, -1e-40,
    1e300, 0x1p-1070, .infinity, -.infinity, .nan,
  ]

  /// `exact` computes in a wider or equal type, whose result is rounded to `dtype`.
  private func checkFloats(_ dtype: DType, _ round: (Double) -> Double) throws {
    func same(_ scalar: Scalar, _ value: Double) -> Bool {
      let wanted = Scalar(value, dtype)
      return scalar == wanted || (value.isNaN && scalar.asDouble.isNaN)
    }
    for first in Self.values {
      let x = Scalar(first, dtype)
      let a = x.asDouble
      #expect(try unary(.negate, x).low == x.low ^ dtype.signBit)
      #expect(try unary(.absolute, x).low == x.low & ~dtype.signBit)
      #expect(same(try unary(.squareRoot, x), round(a.squareRoot())))
      #expect(same(try unary(.floor, x), a.rounded(.down)))
      #expect(same(try unary(.ceiling, x), a.rounded(.up)))
      #expect(same(try unary(.truncate, x), a.rounded(.towardZero)))
      #expect(same(try unary(.roundEven, x), a.rounded(.toNearestOrEven)))
      for second in Self.values {
        let y = Scalar(second, dtype)
        let b = y.asDouble
        #expect(same(try binary(.add, x, y), round(a + b)), "\(a) + \(b)")
        #expect(same(try binary(.subtract, x, y), round(a - b)), "\(a) - \(b)")
        #expect(same(try binary(.multiply, x, y), round(a * b)), "\(a) * \(b)")
        #expect(same(try binary(.divide, x, y), round(a / b)), "\(a) / \(b)")
        let copied = try binary(.copySign, x, y)
        #expect(copied.low == x.low & ~dtype.signBit | y.low & dtype.signBit)
        #expect(try compare(.equal, x, y) == (a == b))
        #expect(try compare(.notEqual, x, y) == (a != b))
        #expect(try compare(.less, x, y) == (a < b))
        #expect(try compare(.lessEqual, x, y) == (a <= b))
        #expect(try compare(.greater, x, y) == (a > b))
        #expect(try compare(.greaterEqual, x, y) == (a >= b))
      }
    }
  }

  @Test func doubles() throws { try checkFloats(.float64) { $0 } }
  // A double has more than twice the bits, so rounding its result is rounding once.
  @Test func floats() throws { try checkFloats(.float32) { Double(Float($0)) } }
  @Test func halves() throws {
    try checkFloats(.float16) { Scalar(Double(Float($0)), .float16).asDouble }
    try checkFloats(.bfloat16) { Scalar(Double(Float($0)), .bfloat16).asDouble }
  }

  // MARK: Fused multiply-add

  private func fused(_ a: Double, _ b: Double, _ c: Double, _ dtype: DType) throws -> Double {
    try evaluate([Scalar(a, dtype), Scalar(b, dtype), Scalar(c, dtype)]) {
      $0[0].fused($0[1], plus: $0[2])
    }.asDouble
  }

  @Test func multipliesAndAddsInOneRounding() throws {
    let x = 1 + 0x1p-30
    #expect(try fused(x, x, -1, .float64) == 0x1p-29 + 0x1p-60)
    // In double and then in float this would be rounded twice: 1 + 2^-24 is a tie.
    #expect(try fused(1 + 0x1p-12, 1 + 0x1p-12, 0x1p-60, .float32) == 1 + 0x1p-11 + 0x1p-23)
    // The product 683 * 3 = 2049 is a tie between half-precision numbers; the sum is above it.
    #expect(try fused(683, 3, 0, .float16) == 2048)
    #expect(try fused(683, 3, 0x1p-24, .float16) == 2050)
    #expect(try fused(683, 3, -0x1p-24, .float16) == 2048)
    // 43 * 6 + 0 = 258 is a bfloat16, 129 * 129 = 16641 isn't; 257 = 1 * 257 is a tie.
    let tie = (0x1p60 + 0x1p56, 1 + 0x1p-4)  // 2^60 (1 + 2^-3 + 2^-8), a tie of 8 bits
    #expect(try fused(tie.0, tie.1, 0, .bfloat16) == 0x1p60 * (1 + 0x1p-3))
    #expect(try fused(tie.0, tie.1, 0x1p-100, .bfloat16) == 0x1p60 * (1 + 0x1p-3 + 0x1p-7))
    #expect(try fused(tie.0, tie.1, -0x1p-100, .bfloat16) == 0x1p60 * (1 + 0x1p-3))
    #expect(try fused(.infinity, 0, 1, .bfloat16).isNaN)
    #expect(try fused(.infinity, 1, 1, .float16) == .infinity)
  }

  // MARK: Conversions

  @Test func castsAsScalarsConvert() throws {
    let numbers = Self.values + [127.9, 128, -129, 300, 3e9, 5e9, 0x1p63, 1.8e19, 0x1p64, -1e19]
    let reals = DType.allCases.filter { !$0.isComplex }
    for source in reals {
      for target in reals {
        for number in numbers {
          let x = Scalar(number, source)
          let found = try evaluate([x]) { $0[0].cast(to: target) }
          let wanted = x.converted(to: target)
          #expect(
            found == wanted || (found.asDouble.isNaN && wanted.asDouble.isNaN),
            "\(source) \(number) to \(target)")
        }
      }
    }
  }

  @Test func reinterpretsBits() throws {
    let x = Scalar(1.5, .float32)
    #expect(try evaluate([x]) { $0[0].reinterpret(as: .uint32) }.low == x.low)
    #expect(try evaluate([x]) { $0[0].reinterpret(as: .uint32).reinterpret(as: .float32) } == x)
    #expect(
      try evaluate([Scalar(Int64(7), .int8)]) { $0[0].reinterpret(as: .bool) }.low == 1)
  }

  @Test func selects() throws {
    let (a, b) = (Scalar(1.0, .float16), Scalar(2.0, .float16))
    #expect(try evaluate([Scalar(1.0, .bool), a, b]) { $0[0].select($0[1], $0[2]) } == a)
    #expect(try evaluate([Scalar(0.0, .bool), a, b]) { $0[0].select($0[1], $0[2]) } == b)
  }

  @Test(arguments: [DType.complex64, .complex128]) func complexNumbers(_ dtype: DType) throws {
    let x = Scalar(real: 1.5, imaginary: -2, dtype)
    let y = Scalar(real: 0.5, imaginary: 4, dtype)
    #expect(try evaluate([x, y]) { $0[0] + $0[1] } == Scalar(real: 2, imaginary: 2, dtype))
    #expect(try evaluate([x, y]) { $0[0] * $0[1] } == Scalar(real: 8.75, imaginary: 5, dtype))
    #expect(try evaluate([x]) { $0[0].imaginary } == Scalar(-2.0, dtype.realType))
    #expect(
      try evaluate([x]) { .complex($0[0].imaginary, $0[0].real) }
        == Scalar(real: -2, imaginary: 1.5, dtype))
  }

  // MARK: Events

  /// The floating-point events that one instruction raises.
  private func events(
    _ operands: [Scalar], _ body: ([Expression]) -> Expression
  ) throws -> UInt32 {
    let b = KernelBuilder(name: "events")
    let inputs = operands.map { b.load(b.buffer($0.dtype, strides: []), []) }
    let result = body(inputs)
    b.store(b.buffer(result.dtype, strides: [], access: .write), [], result)
    let interpreter = try Interpreter(b.finish())
    let memory = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: operands.count + 1)
    defer { memory.deallocate() }
    for (n, scalar) in operands.enumerated() { memory[n] = scalar.low }
    let pointers: [UnsafeMutableRawPointer?] = memory.indices.map {
      UnsafeMutableRawPointer(memory.baseAddress! + $0)
    }
    martlet_fp_clear()
    interpreter.run(buffers: pointers, slots: nil, begin: 0, end: 1)
    return martlet_fp_take()
  }

  @Test func raisesWhatTheProcessorWould() throws {
    for dtype in [DType.float64, .float32, .float16, .bfloat16] {
      let (one, zero) = (Scalar(1.0, dtype), Scalar(0.0, dtype))
      let large = Scalar(dtype: dtype, low: Scalar(Double.infinity, dtype).low - 1)
      #expect(try events([one, zero]) { $0[0] / $0[1] } == MARTLET_FP_DIVIDE, "\(dtype)")
      #expect(try events([zero, zero]) { $0[0] / $0[1] } == MARTLET_FP_INVALID, "\(dtype)")
      #expect(try events([large, large]) { $0[0] + $0[1] } == MARTLET_FP_OVERFLOW, "\(dtype)")
      #expect(try events([Scalar(-1.0, dtype)]) { $0[0].squareRoot } == MARTLET_FP_INVALID)
      #expect(try events([one, one]) { $0[0] + $0[1] } == 0)
      #expect(try events([Scalar(Double.nan, dtype), one]) { $0[0] + $0[1] } == 0)
      #expect(try events([Scalar(2.5, dtype)]) { $0[0].floor } == 0)
    }
  }

  @Test func castsRaiseInvalidWhereTheNumberDoesNotFit() throws {
    func raised(_ value: Double, _ target: DType) throws -> UInt32 {
      try events([Scalar(value, .float64)]) { $0[0].cast(to: target) }
    }
    #expect(try raised(3e9, .int32) == MARTLET_FP_INVALID)
    #expect(try raised(3e9, .int8) == MARTLET_FP_INVALID)
    #expect(try raised(300, .int8) == 0)
    #expect(try raised(3e9, .uint32) == 0)
    #expect(try raised(1e19, .int64) == MARTLET_FP_INVALID)
    #expect(try raised(1e19, .uint64) == 0)
    #expect(try raised(1e20, .uint64) == MARTLET_FP_INVALID)
    #expect(try raised(.nan, .int64) == MARTLET_FP_INVALID)
    #expect(try raised(-2147483648.9, .int32) == 0)
    #expect(try raised(1e300, .float32) == MARTLET_FP_OVERFLOW)
    #expect(try raised(70000, .float16) == MARTLET_FP_OVERFLOW)
    #expect(try raised(.infinity, .float16) == 0)
  }
}
