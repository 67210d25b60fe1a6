import MartletIR
import Testing

@testable import MartletRuntime

/// What `Device` asks for, of every device there is: whoever is in the registry is tested.
@Suite struct DeviceConformanceTests {
  static let names = DeviceRegistry.all.map(\.name)
  /// The CPU cannot see a wrong address, and takes no part in fault injection.
  static let distantNames = DeviceRegistry.all.filter { !$0.capabilities.sharesHostMemory }
    .map(\.name)

  // MARK: - What it tells

  @Test(arguments: names) func tellsWhatItIs(_ name: String) throws {
    let device = try DeviceRegistry.device(named: name)
    #expect(device.name == name)
    #expect(DeviceRegistry.all.filter { $0.name == name }.count == 1)
    #expect(!device.description.processor.isEmpty)
    let memory = device.memoryInfo
    #expect(memory.total > 0 && memory.free >= 0 && memory.free <= memory.total)
    // Every program has indices and conditions.
    #expect(device.capabilities.dtypes.isSuperset(of: [.bool, .int64, .float32]))
  }

  @Test(arguments: names) func passesItsOwnTest(_ name: String) throws {
    try DeviceSelfTest.run(on: try DeviceRegistry.device(named: name))
  }

  // MARK: - Memory

  @Test(arguments: names) func keepsBytes(_ name: String) throws {
    let device = try DeviceRegistry.device(named: name)
    for count in [0, 1, 255, 256, 257, 4095, 4096, 4097, 1 << 20 + 3] {
      let memory = DeviceBytes(count, on: device)
      let buffer = try memory.buffer()
      // The host leaves small blocks to malloc.
      if !device.capabilities.sharesHostMemory || count > 1024 {
        #expect(UInt(bitPattern: buffer.pointer) % 64 == 0)
      }
      let contents = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ count) }
      try memory.write(contents, to: buffer)
      #expect(try memory.read(buffer) == contents)
    }
  }

  @Test(arguments: names) func copiesPartsAtOffsets(_ name: String) throws {
    let device = try DeviceRegistry.device(named: name)
    let memory = DeviceBytes(5000, on: device)
    let (a, b) = (try memory.buffer(), try memory.buffer())
    var wanted = [UInt8](repeating: 7, count: 5000)
    try memory.write(wanted, to: a)
    try memory.write(wanted, to: b)
    for (offset, count) in [(0, 1), (1, 3), (4999, 1), (17, 4000), (5000, 0)] {
      let part = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ offset) }
      try part.withUnsafeBytes { try device.copyIn($0, to: a.pointer + offset) }
      try device.copy(a.pointer + offset, to: b.pointer + offset, byteCount: count)
      wanted.replaceSubrange(offset..<offset + count, with: part)
      var back = [UInt8](repeating: 0, count: count)
      try back.withUnsafeMutableBytes { try device.copyOut(b.pointer + offset, to: $0) }
      #expect(back == part)
    }
    try device.synchronise()
    #expect(try memory.read(b) == wanted)
    // Within one allocation too.
    try device.copy(b.pointer + 17, to: b.pointer + 2500, byteCount: 100)
    wanted.replaceSubrange(2500..<2600, with: wanted[17..<117])
    #expect(try memory.read(b) == wanted)
  }

  @Test(arguments: names) func givesEachItsOwnAddresses(_ name: String) throws {
    let device = try DeviceRegistry.device(named: name)
    var ranges: [Range<UInt>] = []
    var memories: [DeviceMemory] = []
    for other in DeviceRegistry.all {
      for count in [0, 1, 300, 5000, 5000, 100_000] where other.name == name || count == 300 {
        let memory = try other.allocate(byteCount: count)
        #expect(memory.byteCount == count && memory.capacity >= count)
        ranges.append(memory.address..<memory.address + UInt(max(1, count)))
        if other.name == name { memories.append(memory) } else { other.free(memory) }
      }
    }
    ranges.sort { $0.lowerBound < $1.lowerBound }
    for (a, b) in zip(ranges, ranges.dropFirst()) { #expect(a.upperBound <= b.lowerBound) }
    for memory in memories { device.free(memory) }
  }

  @Test(arguments: names) func takesMemoryBack(_ name: String) throws {
    let device = try DeviceRegistry.device(named: name)
    let before = device.memoryInfo
    for round in 0..<300 {
      let memory = try device.allocate(byteCount: 1 << 22 + round * 5000)
      device.free(memory)
    }
    try device.synchronise()
    // Others use the device meanwhile; 1.2 GiB they don't take.
    #expect(device.memoryInfo.free > before.free - 1 << 30)
  }

  @Test(arguments: names) func runsOutOfMemoryWithAnError(_ name: String) throws {
    let device = try DeviceRegistry.device(named: name)
    let kept = DeviceBytes(1000, on: device)
    let buffer = try kept.buffer()
    let contents = [UInt8](repeating: 99, count: 1000)
    try kept.write(contents, to: buffer)
    for count in [1 << 60, .max, -1] {
      #expect(throws: MartletError.outOfMemory(bytes: count)) {
        try device.allocate(byteCount: count)
      }
    }
    #expect(try kept.read(buffer) == contents)
    try DeviceSelfTest.run(on: device)
  }

  @Test(arguments: distantNames) func noticesWrongAddresses(_ name: String) throws {
    let device = try DeviceRegistry.device(named: name)
    let memory = try device.allocate(byteCount: 4096)
    let start = try #require(UnsafeMutableRawPointer(bitPattern: memory.address))
    var room = [UInt8](repeating: 0, count: memory.capacity + 1)
    let capacity = memory.capacity
    #expect(throws: MartletError.self) {
      try room.withUnsafeMutableBytes { try device.copyOut(start, to: $0) }
    }
    #expect(throws: MartletError.self) {
      try room.withUnsafeBytes { try device.copyIn($0, to: start) }
    }
    #expect(throws: MartletError.self) {
      try device.copy(start + 1, to: start, byteCount: capacity)
    }
    try room.withUnsafeMutableBytes { host in
      let outside = try #require(host.baseAddress)
      #expect(throws: MartletError.self) {
        try device.copy(start, to: outside, byteCount: 1)
      }
    }
    device.free(memory)
    try device.synchronise()
  }

  // MARK: - Kernels

  /// Random kernels: rows, lanes, folds, every dtype, strides of all signs, gathers, scalars,
  /// branches and loops. All bits agree with the CPU's, but for those of a NaN.
  @Test(arguments: names) func computesWhatTheCPUComputes(_ name: String) throws {
    let device = try DeviceRegistry.device(named: name)
    let count = Environment["MARTLET_TEST_KERNELS"].flatMap { Int($0) } ?? 25
    for seed in 1000..<1000 + count {
      let random = RandomKernel(seed: seed)
      let types = random.kernel.valueTypes + random.kernel.variableTypes
      if !device.capabilities.dtypes.isSuperset(of: types) { continue }
      let wanted = try DeviceRun(random).run(on: CPU.shared)
      let found = try DeviceRun(random).run(on: device)
      for (number, memory) in random.memory.enumerated() where memory.isOutput {
        let place = firstDifference(found[number], wanted[number], memory.dtype.realType)
        #expect(place == nil, "seed \(seed), b\(number)\n\(random.kernel)")
      }
    }
  }

  @Test(arguments: names) func runsManyTasks(_ name: String) throws {
    let b = KernelBuilder(name: "many_tasks")
    let x = b.buffer(.int32, strides: [.constant(-1)])
    let out = b.buffer(.int64, strides: [.unit], access: .write)
    b.tasks { task in
      b.store(out, [task], b.load(x, [task]).cast(to: .int64) * 3 + task)
    }
    let kernel = b.finish()
    let device = try DeviceRegistry.device(named: name)
    for tasks in [0, 1, 2, 1000, 100_003] {
      let input = (0..<max(1, tasks)).map { Int32($0) }
      var run = DeviceRun(kernel, tasks: tasks)
      run.add(bytes(input), origin: max(0, tasks - 1) * 4)
      run.add([UInt8](repeating: 0, count: max(1, tasks) * 8), origin: 0)
      let found: [Int64] = values(try run.run(on: device)[1])
      let wanted = (0..<tasks).map { Int64(tasks - 1 - $0) * 3 + Int64($0) }
      #expect(found == (tasks == 0 ? [0] : wanted))
    }
  }

  /// A launch may have buffers without memory, and views that begin where their memory ends.
  @Test(arguments: names) func runsOverNothing(_ name: String) throws {
    let device = try DeviceRegistry.device(named: name)
    let kernel = try device.compile(copyRows())
    let memory = DeviceBytes(64, on: device)
    let buffer = try memory.buffer()
    try memory.write([UInt8](repeating: 5, count: 64), to: buffer)
    let end = buffer.pointer + 64
    for pointers in [[nil, nil], [end, end], [buffer.pointer, nil]] {
      _ = try device.launch(kernel, buffers: pointers, slots: [0], tasks: 3, grain: 1)
      _ = try device.launch(kernel, buffers: pointers, slots: [8], tasks: 0, grain: 1)
    }
    try device.synchronise()
    #expect(try memory.read(buffer) == [UInt8](repeating: 5, count: 64))
  }

  /// As many numbers as a launch of a large fused program has.
  @Test(arguments: names) func takesManySlots(_ name: String) throws {
    let b = KernelBuilder(name: "many_slots")
    let out = b.buffer(.int64, strides: [.unit], access: .write)
    let slots = (0..<300).map { _ in b.slot() }
    b.tasks { task in
      b.store(out, [task], slots.map { b.slotValue($0) }.reduce(task) { $0 * 3 + $1 })
    }
    let numbers = (0..<300).map { Int64($0) &* 0x1234_5678_9abc }
    var run = DeviceRun(b.finish(), slots: numbers, tasks: 2)
    run.add([UInt8](repeating: 0, count: 16), origin: 0)
    let device = try DeviceRegistry.device(named: name)
    let wanted = (0..<2).map { task in numbers.reduce(Int64(task)) { $0 &* 3 &+ $1 } }
    #expect(values(try run.run(on: device)[0]) == wanted)
  }

  /// Work is done in the order of the calls, though nobody waits in between.
  @Test(arguments: names) func keepsTheOrder(_ name: String) throws {
    let b = KernelBuilder(name: "double_all")
    let x = b.buffer(.int64, strides: [.unit], access: .readWrite)
    b.tasks { task in b.store(x, [task], b.load(x, [task]) * 2) }
    let device = try DeviceRegistry.device(named: name)
    let kernel = try device.compile(b.finish())
    let memory = DeviceBytes(800, on: device)
    let (buffer, copy) = (try memory.buffer(), try memory.buffer())
    try memory.write(bytes([Int64](repeating: 1, count: 100)), to: buffer)
    for _ in 0..<20 {
      _ = try device.launch(kernel, buffers: [buffer.pointer], slots: [], tasks: 100, grain: 1)
      try device.copy(buffer.pointer, to: copy.pointer, byteCount: 800)
      _ = try device.launch(kernel, buffers: [copy.pointer], slots: [], tasks: 100, grain: 1)
      try device.copy(copy.pointer, to: buffer.pointer, byteCount: 800)
    }
    #expect(values(try memory.read(buffer)) == [Int64](repeating: 1 << 40, count: 100))
  }

  @Test(arguments: names) func servesSeveralThreads(_ name: String) async throws {
    let device = try DeviceRegistry.device(named: name)
    let kernel = try device.compile(copyRows())
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<4 {
        group.addTask {
          for round in 0..<25 {
            let columns = 10 + number * 100 + round
            let memory = DeviceBytes(columns * 8 * 3, on: device)
            let (x, out) = (try memory.buffer(), try memory.buffer())
            let contents = bytes((0..<columns * 3).map { Double($0 * (number + 1)) })
            try memory.write(contents, to: x)
            _ = try device.launch(
              kernel, buffers: [x.pointer, out.pointer], slots: [Int64(columns)], tasks: 3,
              grain: 1)
            if try memory.read(out) != contents { return false }
          }
          return true
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
  }

  // MARK: - Grids

  /// Each block turns its part around, through memory that its threads share.
  @Test(arguments: names) func runsGridsOrSaysThatItDoesNot(_ name: String) throws {
    let device = try DeviceRegistry.device(named: name)
    let b = KernelBuilder(name: "turn_blocks")
    let x = b.buffer(.int32, strides: [.unit])
    let out = b.buffer(.int32, strides: [.unit], access: .write)
    let shared = b.buffer(.int32, strides: [.unit], access: .readWrite)
    let thread = b.define(.grid(.threadX), .int64)
    let size = b.define(.grid(.blockSizeX), .int64)
    let place = b.define(.grid(.blockX), .int64) * size
    b.store(shared, [thread], b.load(x, [place + thread]))
    b.append(.barrier)
    b.store(out, [place + thread], b.load(shared, [size - 1 - thread]))
    var kernel = b.finish()
    kernel.buffers[shared].space = .shared(count: 64)

    let input = (0..<192).map { Int32($0 * $0) }
    let memory = DeviceBytes(192 * 4, on: device)
    let (source, target) = (try memory.buffer(), try memory.buffer())
    try memory.write(bytes(input), to: source)
    func run() throws {
      try device.launch(
        try device.compile(kernel), buffers: [source.pointer, target.pointer], slots: [],
        grid: GridSize(x: 3), block: GridSize(x: 64))
    }
    guard device.capabilities.runsGridKernels else {
      let error = #expect(throws: MartletError.self) { try run() }
      guard case .unsupported = error else {
        Issue.record("\(String(describing: error)) is not .unsupported")
        return
      }
      return
    }
    try run()
    let wanted = (0..<3).flatMap { input[$0 * 64..<($0 + 1) * 64].reversed() }
    #expect(values(try memory.read(target)) == wanted)
  }

  // MARK: - Errors

  @Test(arguments: names) func refusesWhatIsNotItsOwn(_ name: String) throws {
    final class Foreign: CompiledKernel { let name = "foreign" }
    let device = try DeviceRegistry.device(named: name)
    #expect(throws: MartletError.self) {
      try device.launch(Foreign(), buffers: [], slots: [], tasks: 1, grain: 1)
    }
    #expect(throws: MartletError.self) {
      try device.launch(
        Foreign(), buffers: [], slots: [], grid: GridSize(x: 1), block: GridSize(x: 1))
    }
  }

  @Test(arguments: names) func namesADTypeThatItLacks(_ name: String) throws {
    let device = try DeviceRegistry.device(named: name)
    for dtype in DType.allCases {
      let kernel = elementwise([dtype], dtype, name: "lacking_\(dtype)") { $0[0] }
      if device.capabilities.dtypes.contains(dtype) {
        _ = try device.compile(kernel)
      } else {
        let error = #expect(throws: MartletError.self) { try device.compile(kernel) }
        #expect(error?.description.contains(dtype.name) == true)
        #expect(error?.description.contains(name) == true)
      }
    }
  }

  /// A call that fails does nothing, says so, and leaves the device and its memory as they were.
  @Test(arguments: distantNames) func survivesFailures(_ name: String) throws {
    let device = try DeviceRegistry.device(named: name)
    defer { DeviceFaults.disarm() }
    let kernel = try device.compile(copyRows())
    let memory = DeviceBytes(80, on: device)
    let (x, out) = (try memory.buffer(), try memory.buffer())
    let contents = bytes((0..<10).map(Double.init))
    try memory.write(contents, to: x)
    try memory.write(contents.reversed(), to: out)
    let calls: [DeviceFaults.Operation: () throws -> Void] = [
      .allocate: { device.free(try device.allocate(byteCount: 80)) },
      .copyIn: { try memory.write([UInt8](repeating: 0, count: 80), to: x) },
      .copyOut: { _ = try memory.read(x) },
      .compile: { _ = try device.compile(copyRows()) },
      .launch: {
        _ = try device.launch(
          kernel, buffers: [x.pointer, out.pointer], slots: [10], tasks: 1, grain: 1)
      },
    ]
    for operation in DeviceFaults.Operation.allCases {
      let call = try #require(calls[operation])
      DeviceFaults.arm(operation)
      let error = #expect(throws: MartletError.self) { try call() }
      switch error {
      case .outOfMemory(bytes: 80): #expect(operation == .allocate)
      case .device(name, operation.rawValue, _): #expect(operation != .allocate)
      default: Issue.record("\(operation): \(String(describing: error))")
      }
      #expect(try memory.read(x) == contents)
      #expect(try memory.read(out) == contents.reversed())
    }
    // The third call: two go through.
    DeviceFaults.arm(.copyOut, after: 3)
    _ = try memory.read(x)
    _ = try memory.read(x)
    #expect(throws: MartletError.self) { try memory.read(x) }
    try calls[.launch]?()
    #expect(try memory.read(out) == contents)
  }

  // MARK: - Support

  /// `out[t, i] = x[t, i]` over rows as long as slot 0 says, of 8-byte elements.
  private func copyRows() -> Kernel {
    let b = KernelBuilder(name: "copy_rows")
    let columns = b.slot()
    let x = b.buffer(.int64, strides: [.slot(columns), .unit])
    let out = b.buffer(.int64, strides: [.slot(columns), .unit], access: .write)
    b.tasks { task in
      b.loop(.vector, from: b.integer(0), to: b.slotValue(columns)) { i in
        b.store(out, [task, i], b.load(x, [task, i]))
      }
    }
    return b.finish()
  }

  private func firstDifference(_ a: [UInt8], _ b: [UInt8], _ dtype: DType) -> Int? {
    func number(_ bytes: [UInt8], _ start: Int) -> Scalar {
      let bits = (0..<dtype.itemSize).reduce(UInt64(0)) {
        $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1)
      }
      return Scalar(dtype: dtype, low: bits)
    }
    return stride(from: 0, to: b.count, by: dtype.itemSize).first { start in
      let (x, y) = (number(a, start), number(b, start))
      return x != y && !(x.asDouble.isNaN && y.asDouble.isNaN)
    }
  }
}

/// Memory of one size on a device, with copies to and from it.
private struct DeviceBytes: Sendable {
  let count: Int
  let device: any Device

  init(_ count: Int, on device: any Device) {
    self.count = count
    self.device = device
  }

  func buffer() throws -> Buffer { try Buffer(byteCount: count, device: device) }

  func write(_ contents: [UInt8], to buffer: Buffer) throws {
    try contents.withUnsafeBytes { try device.copyIn($0, to: buffer.pointer) }
  }

  func read(_ buffer: Buffer) throws -> [UInt8] {
    var contents = [UInt8](repeating: 0, count: count)
    try contents.withUnsafeMutableBytes { try device.copyOut(buffer.pointer, to: $0) }
    return contents
  }
}

/// A launch with the contents of its buffers, for any device. What lies around the buffers is
/// checked to be left alone.
private struct DeviceRun {
  let kernel: Kernel
  var slots: [Int64] = []
  var tasks: Int
  private var memory: [(contents: [UInt8], origin: Int)] = []
  private static let margin = 192

  init(_ kernel: Kernel, slots: [Int64] = [], tasks: Int) {
    self.kernel = kernel
    self.slots = slots
    self.tasks = tasks
  }

  init(_ random: RandomKernel) {
    self.init(random.kernel, slots: random.slots, tasks: random.rows)
    for part in random.memory {
      add(bytes(part.contents), origin: part.origin * part.dtype.itemSize)
    }
  }

  /// - Parameter origin: Where the element at index zero is, in bytes.
  mutating func add(_ contents: [UInt8], origin: Int) { memory.append((contents, origin)) }

  /// The buffers after the run.
  func run(on device: any Device) throws -> [[UInt8]] {
    let compiled = try device.compile(kernel)
    let margin = [UInt8](repeating: 0xab, count: Self.margin)
    let buffers = try memory.map { part in
      let memory = DeviceBytes(part.contents.count + 2 * Self.margin, on: device)
      let buffer = try memory.buffer()
      try memory.write(margin + part.contents + margin, to: buffer)
      return (memory, buffer)
    }
    let pointers = zip(buffers, memory).map { $0.1.pointer + Self.margin + $1.origin }
    _ = try device.launch(compiled, buffers: pointers, slots: slots, tasks: tasks, grain: 1)
    return try buffers.map { memory, buffer in
      let all = try memory.read(buffer)
      #expect(all.prefix(Self.margin) + all.suffix(Self.margin) == margin + margin)
      return Array(all.dropFirst(Self.margin).dropLast(Self.margin))
    }
  }
}
