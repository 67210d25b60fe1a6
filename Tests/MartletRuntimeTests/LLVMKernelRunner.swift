import CMartlet
import MartletCodegen
import MartletIR

@testable import MartletRuntime

/// Compiles kernels and runs them on guarded copies of buffers.
struct LLVMKernelRunner {
  let target: TargetDescription
  private static let cache = KernelCache(disk: DiskCache(directory: nil))

  /// What the host has, and what older processors of its kind have.
  static func targets() throws -> [TargetDescription] {
    let host = try LLVMCompiler.shared().target
    guard host.triple.hasPrefix("x86_64") else { return [host] }
    func older(_ processor: String, _ features: String) -> TargetDescription {
      TargetDescription(
        triple: host.triple, processor: processor, features: features,
        dataLayout: host.dataLayout, llvmVersion: host.llvmVersion)
    }
    var targets = [host, older("x86-64", "+sse2")]
    if host.vectorBytes == 64 {
      targets.append(older("x86-64-v3", "+avx,+avx2,+fma,+f16c,+sse4.1,+popcnt,+bmi,+bmi2"))
    }
    return targets
  }

  /// The buffers after a run. `origin` is where a buffer's element at index zero is, in bytes.
  func run(
    _ kernel: Kernel, _ buffers: [[UInt8]], origins: [Int] = [], slots: [Int64] = [],
    tasks: Range<Int> = 0..<1
  ) throws -> [[UInt8]] {
    try runWithFlags(kernel, buffers, origins: origins, slots: slots, tasks: tasks).buffers
  }

  /// Also the floating-point flags that the run raised.
  func runWithFlags(
    _ kernel: Kernel, _ buffers: [[UInt8]], origins: [Int] = [], slots: [Int64] = [],
    tasks: Range<Int> = 0..<1
  ) throws -> (buffers: [[UInt8]], flags: UInt32) {
    let text = try LLVMEmitter.emit(kernel, target: target)
    let function = try Self.cache.function(text: text, symbol: kernel.name)
    let margin = 128
    let memory = buffers.map { bytes in
      let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: bytes.count + 2 * margin, alignment: 64)
      for n in room.indices { room[n] = 0xab }
      for (n, byte) in bytes.enumerated() { room[margin + n] = byte }
      return room
    }
    defer { for room in memory { room.deallocate() } }
    let pointers: [UnsafeMutableRawPointer?] = memory.enumerated().map { n, room in
      room.baseAddress! + margin + (n < origins.count ? origins[n] : 0)
    }
    let flags = martlet_call_kernel_flags(
      function, pointers, slots, Int64(tasks.lowerBound), Int64(tasks.upperBound))
    for (room, bytes) in zip(memory, buffers) {
      let ends = Array(room[..<margin]) + Array(room[(margin + bytes.count)...])
      guard ends.allSatisfy({ $0 == 0xab }) else { throw WroteOutside() }
    }
    let results = zip(memory, buffers).map { room, bytes in
      Array(room[margin..<(margin + bytes.count)])
    }
    return (results, flags)
  }

  struct WroteOutside: Error {}
}

/// The bytes of values, and back.
func bytes<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] {
  values.withUnsafeBytes { Array($0) }
}

func values<T: BitwiseCopyable>(_ bytes: [UInt8], as type: T.Type = T.self) -> [T] {
  bytes.withUnsafeBytes { raw in
    (0..<(raw.count / MemoryLayout<T>.size)).map {
      raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)
    }
  }
}

/// An array of scalars as memory has it.
func bytes(_ scalars: [Scalar]) -> [UInt8] {
  scalars.flatMap { scalar in
    let size = scalar.dtype.isComplex ? scalar.dtype.itemSize / 2 : scalar.dtype.itemSize
    let low = withUnsafeBytes(of: scalar.low) { Array($0.prefix(size)) }
    let high = withUnsafeBytes(of: scalar.high) { Array($0.prefix(size)) }
    return scalar.dtype.isComplex ? low + high : low
  }
}

/// A kernel `out[i] = body(in[i]...)` over one axis whose length is slot 0. Slot strides are
/// slots 1 and on.
func elementwise(
  _ inputs: [DType], _ output: DType, strides: [Stride]? = nil, outputStride: Stride = .unit,
  name: String = "kernel", _ body: ([Expression]) -> Expression
) -> Kernel {
  let builder = KernelBuilder(name: name)
  let buffers = inputs.enumerated().map { n, type in
    builder.buffer(type, strides: [strides?[n] ?? .unit])
  }
  let out = builder.buffer(output, strides: [outputStride], access: .write)
  let count = builder.slotValue(builder.slot())
  for _ in 0..<4 { _ = builder.slot() }
  builder.loop(.vector, from: builder.integer(0), to: count) { i in
    builder.store(out, [i], body(buffers.map { builder.load($0, [i]) }))
  }
  return builder.finish()
}
