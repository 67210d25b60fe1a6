import MartletIR

@testable import MartletCodegen

/// Runs kernels on arrays.
struct InterpreterRunner {
  /// The buffers after a run over tasks, with every access checked.
  static func run(
    _ kernel: Kernel, _ buffers: [[Scalar]], slots: [Int64] = [], origins: [Int] = [],
    tasks: Range<Int> = 0..<1
  ) throws -> [[Scalar]] {
    let interpreter = try Interpreter(kernel)
    return try run(buffers, origins: origins) { resolved in
      try interpreter.run(
        checking: resolved, slots: slots, begin: tasks.lowerBound, end: tasks.upperBound)
    }
  }

  /// The buffers after a run over blocks in a row.
  static func run(
    _ kernel: Kernel, _ buffers: [[Scalar]], grid: Int, block: Int
  ) throws -> [[Scalar]] {
    let interpreter = try Interpreter(forAnyLaunch: kernel)
    return try run(buffers, origins: []) { resolved in
      try interpreter.run(
        grid: .init(x: grid, y: 1, z: 1), block: .init(x: block, y: 1, z: 1), buffers: resolved,
        slots: nil, maximumSteps: .max)
    }
  }

  private static func run(
    _ buffers: [[Scalar]], origins: [Int], _ body: ([InterpreterBuffer]) throws -> Void
  ) throws -> [[Scalar]] {
    let memory = buffers.map { scalars in
      let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(1, scalars.count * (scalars.first?.dtype.itemSize ?? 1)), alignment: 16)
      for (n, scalar) in scalars.enumerated() { write(scalar, room, n) }
      return room
    }
    defer { for room in memory { room.deallocate() } }
    let starts = buffers.indices.map { $0 < origins.count ? origins[$0] : 0 }
    try body(
      memory.indices.map { number in
        let size = buffers[number].first?.dtype.itemSize ?? 1
        return InterpreterBuffer(
          base: memory[number].baseAddress! + starts[number] * size,
          bytes: -starts[number] * size..<(buffers[number].count - starts[number]) * size)
      })
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
