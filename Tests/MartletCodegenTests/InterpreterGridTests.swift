import MartletIR
import Testing

@testable import MartletCodegen

/// Launches over a grid, without a device.
@Suite struct InterpreterGridTests {
  private static let threads = 40

  /// What each dtype's atomics do, one after another.
  @Test(arguments: DType.allCases.filter { !$0.isComplex }) func atomics(_ dtype: DType) throws {
    for operation in AtomicOperation.allCases {
      guard operation.isDefined(for: dtype) else { continue }
      let operands = (0..<Self.threads).map { Scalar(Int64($0 * 7 % 23 + 1), dtype) }
      let (old, last) = try run(operation, dtype, operands, start: Scalar(11.0, dtype))
      var value = Scalar(11.0, dtype)
      for (n, operand) in operands.enumerated() {
        #expect(old[n] == value, "\(operation) of \(dtype), thread \(n)")
        value = try combined(operation, value, operand)
      }
      #expect(last == value, "\(operation) of \(dtype)")
    }
  }

  private func combined(
    _ operation: AtomicOperation, _ x: Scalar, _ y: Scalar
  ) throws -> Scalar {
    switch operation {
    case .add: try evaluate([x, y]) { $0[0] + $0[1] }
    case .subtract: try evaluate([x, y]) { $0[0] - $0[1] }
    case .and: try evaluate([x, y]) { $0[0] & $0[1] }
    case .or: try evaluate([x, y]) { $0[0] | $0[1] }
    case .xor: try evaluate([x, y]) { $0[0] ^ $0[1] }
    case .minimum, .minimumNumber: x.asDouble <= y.asDouble ? x : y
    case .maximum, .maximumNumber: x.asDouble >= y.asDouble ? x : y
    case .exchange: y
    case .increment: Scalar(x.low >= y.low ? 0 : Int64(x.low) + 1, x.dtype)
    case .decrement:
      Scalar(x.low == 0 || x.low > y.low ? Int64(y.low) : Int64(x.low) - 1, x.dtype)
    }
  }

  /// What each thread of two blocks found, and what was left.
  private func run(
    _ operation: AtomicOperation, _ dtype: DType, _ operands: [Scalar], start: Scalar
  ) throws -> (old: [Scalar], last: Scalar) {
    let b = KernelBuilder(name: "atomics")
    let values = b.buffer(dtype, strides: [.unit])
    let target = b.buffer(dtype, strides: [], access: .readWrite)
    let olds = b.buffer(dtype, strides: [.unit], access: .write)
    let i = b.grid(.blockX) * b.grid(.blockSizeX) + b.grid(.threadX)
    b.store(olds, [i], b.atomicOld(operation, target, [], b.load(values, [i])))
    let found = try InterpreterRunner.run(
      b.finish(), [operands, [start], operands], grid: 2, block: Self.threads / 2)
    return (found[2], found[1][0])
  }

  /// As `<` and `>` decide: NaN as an operand changes nothing, and as the element it stays.
  @Test(arguments: [AtomicOperation.minimum, .maximum]) func atomicsCompareWithNaN(
    _ operation: AtomicOperation
  ) throws {
    for place in [0, 3, 39] {
      var operands = (0..<Self.threads).map { Scalar(Double($0), .float16) }
      operands[place] = Scalar(.nan, .float16)
      let (_, last) = try run(operation, .float16, operands, start: Scalar(5.0, .float16))
      let expected =
        operation == .minimum ? (place == 0 ? 1.0 : 0) : Double(place == 39 ? 38 : 39)
      #expect(last.asDouble == expected)
      let (_, kept) = try run(operation, .float16, operands, start: Scalar(.nan, .float16))
      #expect(kept.asDouble.isNaN)
    }
  }

  /// These are a number as long as there is one.
  @Test(arguments: [AtomicOperation.minimumNumber, .maximumNumber]) func atomicsPassOverNaN(
    _ operation: AtomicOperation
  ) throws {
    var operands = (0..<Self.threads).map { Scalar(Double($0), .float16) }
    for place in [0, 3, 39] { operands[place] = Scalar(.nan, .float16) }
    for start in [5, .nan] {
      let (_, last) = try run(operation, .float16, operands, start: Scalar(start, .float16))
      #expect(last.asDouble == (operation == .maximumNumber ? 38 : 1))
    }
  }

  @Test(arguments: DType.allCases.filter { $0.isInteger })
  func elementsAreExchangedWhereTheyAreExpected(_ dtype: DType) throws {
    let b = KernelBuilder(name: "exchange")
    let expected = b.buffer(dtype, strides: [.unit])
    let target = b.buffer(dtype, strides: [], access: .readWrite)
    let olds = b.buffer(dtype, strides: [.unit], access: .write)
    let i = b.grid(.blockX) * b.grid(.blockSizeX) + b.grid(.threadX)
    let wanted = b.load(expected, [i])
    b.store(
      olds, [i],
      b.compareExchange(target, [], expected: wanted, wanted + b.integer(1, dtype)))
    let operands = (0..<Self.threads).map { Scalar(Int64($0 / 2 + 5), dtype) }
    let found = try InterpreterRunner.run(
      b.finish(), [operands, [Scalar(5.0, dtype)], operands], grid: 2, block: Self.threads / 2)
    var value = Scalar(5.0, dtype)
    for (old, operand) in zip(found[2], operands) {
      #expect(old == value)
      if value == operand { value = Scalar(operand.asDouble + 1, dtype) }
    }
    #expect(found[1] == [value])
  }

  /// Local memory and its checks, for types of all sizes.
  @Test(arguments: DType.allCases) func threadsHaveMemoryOfTheirOwn(_ dtype: DType) throws {
    let b = KernelBuilder(name: "own")
    let x = b.buffer(dtype, strides: [.unit], access: .readWrite)
    let before = b.local(.int8, 3)
    let own = b.local(dtype, 2, 2)
    let (zero, one, t) = (b.integer(0), b.integer(1), b.grid(.threadX))
    b.store(own, [one, zero], b.load(x, [t]))
    b.store(before, [b.integer(2)], b.integer(1, .int8))
    b.store(x, [t], b.load(own, [one, zero]))
    let start = (0..<Self.threads).map {
      Scalar(real: Double($0), imaginary: -Double($0), dtype)
    }
    let found = try InterpreterRunner.run(b.finish(), [start], grid: 1, block: Self.threads)
    #expect(found[0] == start)
  }
}
