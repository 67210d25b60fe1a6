import Glibc
import MartletIR
import Testing

@testable import MartletCodegen
@testable import MartletRuntime

@Suite struct AddressSpaceTests {
  @Test func findsMemoryByAnyOfItsAddresses() throws {
    var space = AddressSpace<Int>()
    var starts: [UInt] = []
    for (handle, count) in [4096, 1, 100_000, 256].enumerated() {
      let start = space.add(handle, byteCount: count)
      starts.append(try #require(start))
    }
    #expect(starts.allSatisfy { $0 % 4096 == 0 })
    let middle = try #require(space.find(starts[2] + 12_345))
    #expect(middle.handle == 2 && middle.offset == 12_345 && middle.rest == 87_655)
    // Where empty arrays begin.
    let end = try #require(space.find(starts[0] + 4096))
    #expect(end.handle == 0 && end.offset == 4096 && end.rest == 0)
    #expect(space.find(starts[0] + 4097) == nil)
    #expect(space.find(0) == nil && space.find(.max) == nil)

    space.setInUse(false, at: starts[2])
    #expect(space.find(starts[2]) == nil)
    space.setInUse(true, at: starts[2])
    #expect(space.find(starts[2])?.handle == 2)
    let removed = (space.remove(starts[1]), space.remove(starts[1]))
    #expect(removed == (1, nil))
    #expect(space.find(starts[1]) == nil)
    for start in starts { _ = space.remove(start) }
  }

  @Test func hasRoomForMoreThanTheMachine() throws {
    var space = AddressSpace<Int>()
    let start = space.add(1, byteCount: 1 << 40)
    #expect(space.find(try #require(start) + 1 << 39)?.rest == 1 << 39)
    let removed = space.remove(try #require(start))
    #expect(removed == 1)
    let tooMuch = space.add(2, byteCount: 1 << 60)
    #expect(tooMuch == nil)
  }
}

@Suite struct OpenCLStatusTests {
  @Test func codesBecomeSentences() {
    #expect(
      OpenCLStatus.sentence(-54)
        == "The kernel cannot run in groups of this size (CL_INVALID_WORK_GROUP_SIZE).")
    #expect(OpenCLStatus.sentence(-9999) == "OpenCL reported error -9999.")
    #expect(throws: Never.self) {
      try OpenCLStatus.check(0, device: "opencl:0", operation: "launch")
    }
    let error = #expect(throws: MartletError.self) {
      try OpenCLStatus.check(-5, device: "opencl:0", operation: "launch")
    }
    #expect(
      error?.description == "[launch] device opencl:0 failed: The device has not the resources "
        + "for this (CL_OUT_OF_RESOURCES).")
  }
}

@Suite(.enabled(if: !OpenCL.devices.isEmpty, "no OpenCL device"))
struct OpenCLTests {
  private var device: OpenCL { OpenCL.devices[0] }

  /// `out[task] = x[task] * v[0]`, as the emitter would write it.
  private func scale(_ factor: String = "slots.v[0]", name: String = "scale") -> CSource {
    CSource(
      text: """
        typedef struct { long v[1]; } Slots;
        kernel void \(name)(
            global uchar *b0, long o0, global uchar *b1, long o1, Slots slots, long tasks) {
          for (long t = get_group_id(0); t < tasks; t += get_num_groups(0))
            ((global long *)(b1 + o1))[t] = ((global long *)(b0 + o0))[t] * \(factor);
        }
        """,
      entry: name, threadsPerBlock: 1, isGrid: false, bufferCount: 2, slotCount: 1)
  }

  private func buffer(_ values: [Int64]) throws -> Buffer {
    let buffer = try Buffer(byteCount: values.count * 8, device: device)
    try values.withUnsafeBytes { try device.copyIn($0, to: buffer.pointer) }
    return buffer
  }

  private func read(_ buffer: Buffer) throws -> [Int64] {
    var result = [Int64](repeating: 0, count: buffer.byteCount / 8)
    try result.withUnsafeMutableBytes { try device.copyOut(buffer.pointer, to: $0) }
    return result
  }

  private func run(_ kernel: any CompiledKernel) throws -> [Int64] {
    let (x, out) = (try buffer([0, 1, 2, 3]), try buffer([7, 7, 7]))
    _ = try device.launch(
      kernel, buffers: [x.pointer + 8, out.pointer], slots: [10], tasks: 3, grain: 1)
    return try read(out)
  }

  @Test func isFoundByItsKind() throws {
    #expect(try DeviceRegistry.device(named: "opencl") === OpenCL.devices[0])
    #expect(try DeviceRegistry.device(named: "opencl:0") === OpenCL.devices[0])
    let error = #expect(throws: MartletError.self) {
      try DeviceRegistry.device(named: "opencl:99")
    }
    #expect(error?.description.contains("opencl:0") == true)
    #expect(device.description.library?.contains("libOpenCL") == true)
  }

  @Test func runsSource() throws {
    #expect(try run(device.programs.kernel(scale(), name: "scale", on: device)) == [10, 20, 30])
  }

  @Test func showsTheCompilersLog() throws {
    let error = #expect(throws: MartletError.self) {
      try device.programs.kernel(scale("no_such_number"), name: "broken", on: device)
    }
    guard case .compilation("broken", let detail) = error else {
      Issue.record("\(String(describing: error)) is not .compilation")
      return
    }
    #expect(detail.contains("CL_BUILD_PROGRAM_FAILURE") && detail.contains("no_such_number"))
  }

  @Test func countsArguments() throws {
    let kernel = try device.programs.kernel(scale(), name: "scale", on: device)
    for (buffers, slots) in [(1, 1), (3, 1), (2, 0)] {
      #expect(throws: MartletError.self) {
        try device.launch(
          kernel, buffers: [UnsafeMutableRawPointer?](repeating: nil, count: buffers),
          slots: [Int64](repeating: 0, count: slots), tasks: 1, grain: 1)
      }
    }
    #expect(throws: MartletError.self) {
      try device.launch(
        kernel, buffers: [nil, nil], slots: [0], grid: GridSize(x: 1), block: GridSize(x: 1))
    }
  }

  @Test func refusesBlocksThatAreTooLarge() throws {
    var source = scale("get_local_size(0)", name: "grid")
    source.isGrid = true
    let kernel = try device.programs.kernel(source, name: "grid", on: device)
    for block in [GridSize(x: 1 << 20), GridSize(x: 0), GridSize(x: 1 << 40, y: 1 << 40)] {
      let error = #expect(throws: MartletError.self) {
        try device.launch(
          kernel, buffers: [nil, nil], slots: [0], grid: GridSize(x: 1), block: block)
      }
      guard case .invalidArgument = error else {
        Issue.record("\(String(describing: error)) is not .invalidArgument")
        return
      }
    }
  }

  @Test func findsMemoryAgainInThePool() throws {
    let device = try #require(try OpenCL.open(memoryLimit: 64 << 20))
    let first = try device.allocate(byteCount: 777_777)
    device.free(first)
    let second = try device.allocate(byteCount: 777_000)
    #expect(second.capacity == first.capacity && second.address == first.address)
    device.free(second)
    // What was freed has no address any more.
    let stale = try #require(UnsafeMutableRawPointer(bitPattern: second.address))
    var byte: UInt8 = 0
    #expect(throws: MartletError.self) {
      try withUnsafeMutableBytes(of: &byte) { try device.copyOut(stale, to: $0) }
    }
  }

  @Test func givesThePoolBackBeforeItGivesUp() throws {
    let small = try #require(try OpenCL.open(memoryLimit: 64 << 20))
    let first = try (0..<4).map { _ in try small.allocate(byteCount: 8 << 20) }
    #expect(small.memoryInfo.free == 32 << 20)
    for memory in first { small.free(memory) }
    #expect(small.memoryInfo.free == 64 << 20)
    // Another size, so that nothing of the pool can serve.
    var taken: [DeviceMemory] = []
    while let memory = try? small.allocate(byteCount: 5 << 20) { taken.append(memory) }
    #expect(taken.count == 12)
    #expect(throws: MartletError.outOfMemory(bytes: 5 << 20)) {
      try small.allocate(byteCount: 5 << 20)
    }
    small.free(taken.removeLast())
    taken.append(try small.allocate(byteCount: 5 << 20))
    for memory in taken { small.free(memory) }
    #expect(small.memoryInfo.free == 64 << 20)
  }

  @Test func keepsToTheLimitOfAllocations() {
    let total = device.memoryInfo.total
    #expect(throws: MartletError.outOfMemory(bytes: total + 1)) {
      try device.allocate(byteCount: total + 1)
    }
  }

  @Test func aForkedChildGetsAnError() async {
    await #expect(processExitsWith: .success) {
      let device = try #require(OpenCL.devices.first)
      device.free(try device.allocate(byteCount: 8))
      let child = forked {
        do throws(MartletError) {
          _ = try device.allocate(byteCount: 8)
          return 1
        } catch {
          return error.description.contains("forked") ? 0 : 2
        }
      }
      #expect(child == 0)
      try device.synchronise()
    }
  }

  // MARK: - Programs on disk

  @Test func programsComeFromMemoryThenFromDisk() throws {
    try withTemporaryCache { disk, _ in
      let first = device.programs.with(disk: disk)
      let source = scale(name: "stored")
      let firstResult = try run(first.kernel(source, name: "stored", on: device))
      #expect(firstResult == [10, 20, 30])
      _ = try first.kernel(source, name: "stored", on: device)
      #expect(first.statistics == .init(memory: 1, disk: 0, compiled: 1))
      #expect(disk.entries().map(\.name) == ["\(first.key(of: source).hexadecimal).o"])
      // What another process does.
      let second = device.programs.with(disk: disk)
      let secondResult = try run(second.kernel(source, name: "stored", on: device))
      #expect(secondResult == [10, 20, 30])
      #expect(second.statistics == .init(memory: 0, disk: 1, compiled: 0))
    }
  }

  @Test func aBinaryThatTheDriverRefusesIsCompiledAgain() throws {
    try withTemporaryCache { disk, _ in
      let source = scale(name: "refused")
      let key = device.programs.key(of: source).hexadecimal
      disk.write([1, 2, 3], as: key)
      let programs = device.programs.with(disk: disk)
      let programsResult = try run(programs.kernel(source, name: "refused", on: device))
      #expect(programsResult == [10, 20, 30])
      #expect(programs.statistics == .init(memory: 0, disk: 0, compiled: 1))
      #expect(disk.read(key) != [1, 2, 3])
    }
  }

  @Test func theKeyKnowsTextOptionsAndDriver() {
    func key(_ options: String, _ identity: [String], _ text: String = "a") -> SHA256.Digest {
      var source = scale()
      source.text = text
      return OpenCLProgramCache(
        disk: DiskCache(directory: nil), options: options, deviceIdentity: identity
      ).key(of: source)
    }
    let keys = [
      key("-O", ["x", "1"]), key("-P", ["x", "1"]), key("-O", ["x", "2"]), key("-O", ["x1"]),
      key("-O", ["x", "1"], "b"),
    ]
    for (n, a) in keys.enumerated() {
      for b in keys[(n + 1)...] { #expect(a != b) }
    }
  }
}
