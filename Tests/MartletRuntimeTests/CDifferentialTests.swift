import MartletCodegen
import MartletIR
import Testing

@testable import MartletRuntime

/// Kernels on the devices that read C, and interpreted: all bits must agree, but for those of a NaN.
@Suite struct CDifferentialTests {
  static let names = DeviceRegistry.all.filter { $0 is OpenCL || $0 is CUDA }.map(\.name)
  /// Fewer than for the CPU: OpenCL's compilers take their time.
  private static let seeds = 0..<(Environment["MARTLET_TEST_KERNELS"].flatMap { Int($0) } ?? 30)

  /// A buffer before a launch.
  private struct Memory {
    var dtype: DType
    var contents: [UInt8]
    /// Which element has index zero.
    var origin = 0

    init(_ scalars: [Scalar], _ dtype: DType, origin: Int = 0) {
      self.dtype = dtype
      contents = bytes(scalars)
      self.origin = origin
    }

    /// Zeros to be overwritten.
    init(room count: Int, _ dtype: DType) {
      self.dtype = dtype
      contents = [UInt8](repeating: 0, count: count * dtype.itemSize)
    }

    var start: Int { origin * dtype.itemSize }
  }

  // MARK: - Kernels over tasks

  @Test(arguments: names) func randomKernelsAgree(_ name: String) throws {
    for seed in Self.seeds {
      let random = RandomKernel(seed: 5000 + seed)
      let memory = random.memory.map { Memory($0.contents, $0.dtype, origin: $0.origin) }
      try check(
        random.kernel, memory, slots: random.slots, tasks: random.rows, on: name, "seed \(seed)")
    }
  }

  /// Where the threads of a block wait for each other.
  @Test(arguments: names) func sharedTasksAgree(_ name: String) throws {
    for seed in Self.seeds {
      let shared = SharedTaskKernel(seed: seed)
      let memory = shared.contents.map { Memory($0.map { Scalar($0, .int64) }, .int64) }
      try check(
        shared.kernel, memory, slots: [], tasks: SharedTaskKernel.tasks, on: name, "seed \(seed)")
    }
  }

  @Test(arguments: names) func functionsAgree(_ name: String) throws {
    var random = SeededNumbers(seed: 11)
    for (n, function) in MathFunction.allCases.enumerated() {
      let dtype: DType = n % 2 == 0 ? .float64 : .float32
      // More than one strip, so that the one with rare arguments is gone through as well.
      let inputs = (0..<function.argumentCount).map { _ in
        Self.usual(dtype, count: 1500, &random) + Self.edges(dtype)
      }
      let count = inputs[0].count
      let kernel = elementwise(
        inputs.map { _ in dtype }, dtype, name: "function_\(function.rawValue)"
      ) { x in
        x[0].builder.define(.call(function, x.map(\.value)), dtype)
      }
      let memory = inputs.map { Memory($0, dtype) } + [Memory(room: count, dtype)]
      try check(
        kernel, memory, slots: [Int64(count), 0, 0, 0, 0], tasks: 1, on: name,
        "\(function.rawValue) of \(dtype)")
    }
  }

  @Test(arguments: names, DType.allCases.filter { !$0.isComplex })
  func castsAgree(_ name: String, _ dtype: DType) throws {
    let values = Self.edges(dtype)
    let builder = KernelBuilder(name: "casts_\(dtype)")
    let x = builder.buffer(dtype, strides: [.unit])
    let count = builder.slotValue(builder.slot())
    var memory = [Memory(values, dtype)]
    builder.tasks { _ in
      builder.loop(.vector, from: builder.integer(0), to: count) { i in
        for target in DType.allCases where !target.isComplex {
          let out = builder.buffer(target, strides: [.unit], access: .write)
          builder.store(out, [i], builder.load(x, [i]).cast(to: target))
          memory.append(Memory(room: values.count, target))
        }
      }
    }
    try check(
      builder.finish(), memory, slots: [Int64(values.count)], tasks: 1, on: name, "\(dtype)")
  }

  // MARK: - Numbers

  private static func edges(_ dtype: DType) -> [Scalar] {
    if dtype == .bool { return [0, 1].map { Scalar(dtype: dtype, low: $0) } }
    guard dtype.isFloating else {
      let bits = UInt64(dtype.itemSize * 8)
      let (top, all): (UInt64, UInt64) = (1 << (bits - 1), .max >> (64 - bits))
      let numbers: [UInt64] = [
        0, 1, 2, 100, top - 1, top, top + 1, all - 1, all, 2049, 65519, 65520, 16_777_217,
        0x20_0000_0000_0001, 0x4040_0000_0000_0001, 0x7fff_ffff_ffff_fdff,
      ]
      return numbers.map { Scalar(dtype: dtype, low: $0 & all) }
    }
    let numbers: [Double] = [
      0, 0.5, 1.5, 2.5, 127.5, 255.9, 65519.9, 65520, 0x1p31 - 1, 0x1p31, 0x1p31 + 1, 0x1p32,
      0x1p63,
      0x1p63 - 1024, 0x1p63 + 2048, 0x1p64, 0x1p64 - 2048, 1e30, 1e300, .infinity, .nan,
      // Ties of the half types, also below their normal numbers.
      0x1.002p0, 0x1.006p0, 0x1.002001p0, 0x1.01p0, 0x1.03p0, 0x1.010001p0, 0x1p-25, 0x1.8p-25,
      0x1.000001p-25, 0x1p-134, 0x1.000001p-134, 1e-40, 0x1p-1074,
    ]
    return (numbers + numbers.map { -$0 }).map { Scalar($0, dtype) }
  }

  private static func usual(
    _ dtype: DType, count: Int, _ random: inout SeededNumbers
  ) -> [Scalar] {
    (0..<count).map { _ in Scalar(Double.random(in: -30...30, using: &random), dtype) }
  }

  // MARK: - Running

  private func check(
    _ kernel: Kernel, _ memory: [Memory], slots: [Int64], tasks: Int, on name: String,
    _ what: String
  ) throws {
    let device = try DeviceRegistry.device(named: name)
    let buffers = try memory.map { memory in
      let buffer = try Buffer(byteCount: memory.contents.count, device: device)
      try memory.contents.withUnsafeBytes { try device.copyIn($0, to: buffer.pointer) }
      return buffer
    }
    _ = try device.launch(
      device.compile(kernel), buffers: zip(buffers, memory).map { $0.pointer + $1.start },
      slots: slots, tasks: tasks, grain: 1)
    let wanted = try interpret(kernel, memory, slots, tasks)
    for (n, buffer) in buffers.enumerated() {
      var found = [UInt8](repeating: 0, count: memory[n].contents.count)
      try found.withUnsafeMutableBytes { try device.copyOut(buffer.pointer, to: $0) }
      let part = memory[n].dtype.realType
      guard let place = difference(found, wanted[n], part) else { continue }
      Issue.record(
        """
        \(what) on \(name): part \(place) of b\(n) is \(scalar(found, place, part)), \
        interpreted \(scalar(wanted[n], place, part))
        \(kernel)
        """)
      return
    }
  }

  private func interpret(
    _ kernel: Kernel, _ memory: [Memory], _ slots: [Int64], _ tasks: Int
  ) throws -> [[UInt8]] {
    let interpreter = try Interpreter(MathLibrary.expand(kernel))
    let rooms = memory.map { memory in
      let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: memory.contents.count, alignment: 16)
      room.copyBytes(from: memory.contents)
      return room
    }
    defer { for room in rooms { room.deallocate() } }
    let pointers: [UnsafeMutableRawPointer?] = zip(rooms, memory).map {
      $0.baseAddress! + $1.start
    }
    interpreter.run(buffers: pointers, slots: slots, begin: 0, end: tasks)
    return rooms.map { Array($0) }
  }

  /// The first part (of a complex number, or a whole number) that is not the same.
  private func difference(_ a: [UInt8], _ b: [UInt8], _ part: DType) -> Int? {
    if a == b { return nil }
    return (0..<a.count / part.itemSize).first { place in
      let (x, y) = (scalar(a, place, part), scalar(b, place, part))
      return x != y && !(x.asDouble.isNaN && y.asDouble.isNaN)
    }
  }

  private func scalar(_ bytes: [UInt8], _ place: Int, _ dtype: DType) -> Scalar {
    let own = bytes[place * dtype.itemSize..<(place + 1) * dtype.itemSize]
    return Scalar(dtype: dtype, low: own.reversed().reduce(0) { $0 << 8 | UInt64($1) })
  }

  // MARK: - Grids

  /// Each block reverses its part through shared memory, and adds it up with an atomic.
  @Test(arguments: names, [DType.int32, .uint64, .float32, .float64])
  func gridsRun(_ name: String, _ dtype: DType) throws {
    let (threads, blocks) = (48, 5)
    let device = try DeviceRegistry.device(named: name)
    let builder = KernelBuilder(name: "reverse_\(dtype)")
    let x = builder.buffer(dtype, strides: [.unit], access: .readWrite)
    let sums = builder.buffer(dtype, strides: [.unit], access: .readWrite)
    let shared = builder.buffer(dtype, strides: [.unit], access: .readWrite)
    let own = builder.buffer(.int64, strides: [.unit], access: .readWrite)
    func grid(_ index: GridIndex) -> Expression { builder.define(.grid(index), .int64) }
    let (thread, size) = (grid(.threadX), grid(.blockSizeX))
    builder.store(own, [builder.integer(1)], grid(.blockX) * size + thread)
    let place = builder.load(own, [builder.integer(1)])
    let value = builder.load(x, [place])
    builder.store(shared, [thread], value)
    builder.append(.barrier)
    let mirrored = builder.load(shared, [size - builder.integer(1) - thread])
    builder.store(x, [place], mirrored)
    builder.append(
      .atomic(
        .add, buffer: sums, index: [grid(.blockX).value], value: value.value, old: nil))
    builder.append(
      .atomic(
        .maximum, buffer: sums, index: [grid(.gridSizeX).value], value: value.value, old: nil))
    var kernel = builder.finish()
    kernel.buffers[shared].space = .shared(count: threads)
    kernel.buffers[own].space = .local(count: 2)

    let numbers = (0..<threads * blocks).map { Int64($0 * 7 % 101) }
    let first = try Buffer(byteCount: numbers.count * dtype.itemSize, device: device)
    let second = try Buffer(byteCount: (blocks + 1) * dtype.itemSize, device: device)
    let start = bytes(numbers.map { Scalar($0, dtype) })
    try start.withUnsafeBytes { try device.copyIn($0, to: first.pointer) }
    let zeros = [UInt8](repeating: 0, count: (blocks + 1) * dtype.itemSize)
    try zeros.withUnsafeBytes { try device.copyIn($0, to: second.pointer) }
    try device.launch(
      device.compile(kernel), buffers: [first.pointer, second.pointer], slots: [],
      grid: GridSize(x: blocks), block: GridSize(x: threads))

    var found = start
    try found.withUnsafeMutableBytes { try device.copyOut(first.pointer, to: $0) }
    var totals = zeros
    try totals.withUnsafeMutableBytes { try device.copyOut(second.pointer, to: $0) }
    let parts = (0..<blocks).map { Array(numbers[$0 * threads..<($0 + 1) * threads]) }
    #expect(found == bytes(parts.flatMap { $0.reversed() }.map { Scalar($0, dtype) }))
    let wanted = parts.map { $0.reduce(0, +) } + [numbers.max()!]
    #expect(totals == bytes(wanted.map { Scalar($0, dtype) }))
  }
}
