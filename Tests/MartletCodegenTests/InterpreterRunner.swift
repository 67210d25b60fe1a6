import MartletIR

@testable import MartletCodegen

/// Runs kernels on arrays.
struct InterpreterRunner {
  /// The buffers after a run, with every access checked.
  static func run(
    _ kernel: Kernel, _ buffers: [[Scalar]], slots: [Int64] = [], origins: [Int] = [],
    tasks: Range<Int> = 0..<1
  ) throws -> [[Scalar]] {
    let interpreter = try Interpreter(kernel)
    let memory = buffers.map { scalars in
      let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(1, scalars.count * (scalars.first?.dtype.itemSize ?? 1)), alignment: 16)
      for (n, scalar) in scalars.enumerated() { write(scalar, room, n) }
      return room
    }
    defer { for room in memory { room.deallocate() } }
    let starts = buffers.indices.map { $0 < origins.count ? origins[$0] : 0 }
    let pointers: [UnsafeMutableRawPointer?] = memory.indices.map {
      memory[$0].baseAddress! + starts[$0] * (buffers[$0].first?.dtype.itemSize ?? 1)
    }
    let extents = zip(buffers, starts).map { -$1..<($0.count - $1) }
    try interpreter.run(
      checked: extents, buffers: pointers, slots: slots, begin: tasks.lowerBound,
      end: tasks.upperBound)
    return zip(buffers, memory).map { scalars, room in
      scalars.enumerated().map { read($1.dtype, room, $0) }
    }
  }

  private static func write(_ scalar: Scalar, _ room: UnsafeMutableRawBufferPointer, _ n: Int) {
    let part = scalar.dtype.realType.itemSize
    let start = n * scalar.dtype.itemSize
    for byte in 0..<part {
      room[start + byte] = UInt8(truncatingIfNeeded: scalar.low >> UInt64(byte * 8))
      if scalar.dtype.isComplex {
        room[start + part + byte] = UInt8(truncatingIfNeeded: scalar.high >> UInt64(byte * 8))
      }
    }
  }

  private static func read(
    _ dtype: DType, _ room: UnsafeMutableRawBufferPointer, _ n: Int
  ) -> Scalar {
    let part = dtype.realType.itemSize
    let start = n * dtype.itemSize
    var result = Scalar(dtype: dtype, low: 0)
    for byte in 0..<part {
      result.low |= UInt64(room[start + byte]) << UInt64(byte * 8)
      if dtype.isComplex { result.high |= UInt64(room[start + part + byte]) << UInt64(byte * 8) }
    }
    return result
  }
}

/// What one instruction makes of numbers, through a kernel of nothing else.
func evaluate(_ operands: [Scalar], _ body: ([Expression]) -> Expression) throws -> Scalar {
  let b = KernelBuilder(name: "evaluate")
  let inputs = operands.map { b.load(b.buffer($0.dtype, strides: []), []) }
  let result = body(inputs)
  let out = b.buffer(result.dtype, strides: [], access: .write)
  b.store(out, [], result)
  let start = Scalar(dtype: result.dtype, low: 0)
  return try InterpreterRunner.run(b.finish(), operands.map { [$0] } + [[start]]).last![0]
}
