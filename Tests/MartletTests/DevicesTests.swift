import Glibc
import MartletIR
import Testing

import enum MartletRuntime.DeviceFaults

@testable import Martlet

/// Arrays on every device against the same on the host.
@Suite struct DevicesTests {
  static let devices: [Device] =
    [Device(DistantDevice())] + Device.all.filter { !$0.isHost }

  private func ramp(_ shape: Shape, _ dtype: DType = .float64) throws -> NDArray {
    let flat = NDArray(Array(0..<shape.elementCount).map { Double($0 % 37) - 11.5 })
    return try flat.reshaped(Array(shape)).asType(dtype)
  }

  private func expectSame(
    _ a: NDArray, _ b: NDArray, _ device: Device, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(a.device == device, "\(name)", sourceLocation: sourceLocation)
    #expect(
      a.dtype == b.dtype && a.shape == b.shape, "\(name)", sourceLocation: sourceLocation)
    let (x, y) = (try a.to(.cpu), try b.copy())
    let count = x.count * x.dtype.itemSize
    let same = try UnsafeRawBufferPointer(start: x.pointer(), count: count).elementsEqual(
      UnsafeRawBufferPointer(start: y.pointer(), count: count))
    #expect(same, "\(name): \(x) is not \(y)", sourceLocation: sourceLocation)
  }

  private static func row(_ name: String) throws -> ElementwiseOperation {
    try #require(OperationTable.elementwise(named: name))
  }

  /// What is computed of two arrays of 40 × 300.
  static let programs: [(name: String, run: @Sendable (NDArray, NDArray) throws -> NDArray)] = [
    ("arithmetic", { a, b in (a * b + a / b) - 3 }),
    ("functions", { a, b in exp(a / 10) + sqrt(abs(b)) }),
    ("comparison", { a, b in a .< b }),
    ("choice", { a, b in NDArray.where(a .< b, a, b) }),
    ("views", { a, b in try a[1..., 2...].transposed() + b[1..., 2...].transposed() }),
    ("reversed", { a, b in try a.flipped() + b }),
    ("broadcast", { a, b in a + b[0] }),
    ("column", { a, b in a * b[0..., 0..<1] }),
    ("cast", { a, b in try (a + b).asType(.int32) }),
    ("half", { a, b in try (a + b).asType(.float16) + 1 }),
    ("complex", { a, b in try a.asType(.complex64) * b.asType(.complex64) }),
    ("integers", { a, b in try a.asType(.int16) * b.asType(.int16) }),
    ("sum", { a, b in try (a * b).sum() }),
    ("sum of rows", { a, b in try (a - b).sum(axes: [1]) }),
    ("sum of columns", { a, b in try (a - b).sum(axes: [0]) }),
    ("mean", { a, _ in try a.mean(axes: [0]) }),
    ("variance", { a, b in try (a + b).var(axes: [1]) }),
    ("greatest", { a, b in try (a * b).max(axes: [0]) }),
    ("place of the greatest", { a, b in try (a * b).argMax(axis: 1) }),
    ("all", { a, _ in try (a .> -100).all() }),
    ("in order", { a, _ in try row("hypot").reduce(a, axes: [1]) }),
    ("in order down", { a, _ in try row("divide").reduce(a, axes: [0], initial: 2.0) }),
    (
      "chosen in order",
      { a, b in try row("subtract").reduce(a, axes: [1], initial: 1, where: a .< b) }
    ),
    ("slices", { a, _ in try row("subtract").reduceAt(a, [0, 7, 3, 250], axis: 1) }),
    ("slices down", { a, _ in try row("fmax").reduceAt(a, [0, 7, 7, 30], axis: 0) }),
    (
      "slices of integers",
      { a, _ in
        try row("power").reduceAt(abs(a).asType(.int32), [0, 9, 5], axis: 1)
      }
    ),
    (
      "at",
      { a, b in
        var result = a
        try row("divide").apply(
          to: &result, at: [AxisIndex(.array(NDArray([3, 3, 0]))), .slice(nil, nil, 7)],
          b[0, 0..<43])
        return result
      }
    ),
    (
      "at places",
      { a, _ in
        var result = a
        let places = AxisIndex(.array(NDArray((0..<200).map { $0 * $0 % 40 })))
        try row("subtract").apply(to: &result, at: [places, places], NDArray(1.5))
        return result
      }
    ),
    ("chosen mean", { a, b in try a.mean(axes: [0], where: a .< b + 20) }),
    ("chosen variance", { a, b in try a.var(axes: [1], where: a .< b + 20) }),
    ("complex variance", { a, b in try (a.asType(.complex64) * Complex(0.5, 2.0)).var() }),
    ("running sum", { a, _ in try a.cumulativeSum(axis: 1) }),
    ("running sum down", { a, _ in try a.cumulativeSum(axis: 0) }),
    ("long running sum", { a, _ in try a.cumulativeSum() }),
    ("concatenated", { a, b in try NDArray.concatenate([a, b], axis: 0) }),
    ("rolled", { a, b in try a.rolled([3], axes: [1]) + b }),
    ("tiled", { a, _ in try a.tiled([2, 3]) }),
    ("padded", { a, _ in try a.padded([(before: 1, after: 2), (before: 0, after: 3)]) }),
    ("masked", { a, b in a[a .> b] }),
    ("gathered", { a, _ in a[NDArray([3, -1, 0, 3])] }),
    ("sorted", { a, _ in try a.sorted(axis: 1) }),
    ("order", { a, _ in try a.argSort(axis: 0) }),
    ("copy", { a, _ in try a.transposed().copy() }),
    ("nothing", { a, b in a[0..<0] * 2 + b[0..<0] }),
    ("nothing masked", { a, _ in a[a .> 1e9] + 1 }),
    ("nothing summed", { a, _ in try a[0..<0].sum(axes: [0]) }),
    (
      "written",
      { a, b in
        var c = a + 0
        c[1..<5, 2..<9] = b[1..<5, 2..<9]
        c[0] += 2
        c[c .> 10] = NDArray(0.0)
        c[NDArray([7, 7, 8])] = b[0..<3]
        return c
      }
    ),
    (
      "a stencil",
      { a, _ in
        var u = a + 0
        for _ in 0..<3 {
          u[1..<39, 1..<299] = 0.25 * (u[0..<38, 1..<299] + u[2..<40, 1..<299])
        }
        return u
      }
    ),
  ]

  @Test(arguments: devices) func computesWhatTheHostComputes(on device: Device) throws {
    let (a, b) = (try ramp([40, 300]), try ramp([40, 300]) * 0.7 + 1)
    let (there, too) = (try a.to(device), try b.to(device))
    for (name, run) in Self.programs {
      try expectSame(try run(there, too), try run(a, b), device, name)
    }
    try expectSame(there, a, device, "what was read")
  }

  @Test(arguments: devices) func productsAgreeWithinRounding(on device: Device) throws {
    let (a, b) = (try ramp([30, 50]), try ramp([50, 20]))
    let there = try a.to(device).matmul(b.to(device))
    #expect(there.device == device)
    // Sums of whole numbers and halves: every order of adding is exact.
    try expectSame(there, try a.matmul(b), device, "matmul")
  }

  @Test(arguments: devices) func aPipelineStaysOnItsDevice(_ device: Device) throws {
    let a = try ramp([200, 300]).to(device)
    let (total, computing) = try Transfers.counted {
      var x = a
      for _ in 0..<4 { x = x * 1.5 - a }
      let sums = try x.sum(axes: [1])
      return try (sums - sums.mean()).cumulativeSum()
    }
    #expect(computing == .init(count: 0, bytes: 0))
    let (_, looking) = try Transfers.counted { try total.values() }
    #expect(looking == .init(count: 1, bytes: 1600))
  }

  @Test(arguments: devices) func arraysOfTheHostJoin(_ device: Device) throws {
    let (a, b) = (try ramp([5, 7]), try ramp([7]))
    try expectSame(try a.to(device) + b, a + b, device, "on the right")
    try expectSame(b - (try a.to(device)), b - a, device, "on the left")
  }

  @Test(arguments: devices) func copiesAreIndependent(_ device: Device) throws {
    let a = try ramp([50]).to(device)
    var b = a
    b[3] = NDArray(100.0)
    #expect(try a.to(.cpu)[3].item(as: Double.self) == -8.5)
    #expect(try b.to(.cpu)[3].item(as: Double.self) == 100)
    try b.withMutableSpan(of: Double.self) { $0[4] = 7 }
    #expect(b.device == device)
    #expect(try b[4].item(as: Double.self) == 7)
  }

  @Test(arguments: devices.filter { $0.name != "distant" }, DeviceFaults.Operation.allCases)
  func arraysStayReadableWhenTheDeviceFails(_ device: Device, at fault: DeviceFaults.Operation)
    throws
  {
    let a = try ramp([30, 30])
    let there = try a.to(device)
    defer { DeviceFaults.disarm() }
    // A kernel of its own for each fault, so that there is one to compile.
    let number = Double(DeviceFaults.Operation.allCases.firstIndex(of: fault)!)
    func compute(_ a: NDArray) throws -> NDArray {
      var result = a * number
      for _ in 0...Int(number) { result = abs(result) + a }
      return result + (try ramp([30]))
    }
    let pending = try compute(there)
    DeviceFaults.arm(fault)
    do throws(MartletError) {
      _ = try pending.to(.cpu)
      Issue.record("nothing failed")
    } catch {
      switch error {
      case .device(let name, _, _): #expect(name == device.name)
      case .outOfMemory: #expect(fault == .allocate)
      default: Issue.record("\(error)")
      }
    }
    DeviceFaults.disarm()
    try expectSame(there, a, device, "what was read")
    try expectSame(pending, try compute(a), device, "the same again")
  }

  @Test func twoDevicesDontMeet() throws {
    let a = try ramp([5]).to(Device(DistantDevice("here")))
    let b = try ramp([5]).to(Device(DistantDevice("there")))
    #expect(
      throws: MartletError.invalidArgument(
        operation: "add",
        detail: "The arrays live on here and there: move one of them with `to`.")
    ) { try Elementwise.apply(.add, [.array(a), .array(b)]) }
  }

  @Test func theHostServesWhatADeviceLacks() throws {
    let device = Device(DistantDevice("narrow", without: [.float64]))
    let a = try ramp([100])
    try expectSame(try a.to(device) * 2, a * 2, device, "double")
    let steps = Fallback.records.filter { $0.from == "narrow" }
    #expect(steps.map(\.name) == ["multiply"])
    #expect(steps.first?.reason == "narrow has no float64")
    let single = try a.asType(.float32)
    try expectSame(try single.to(device) * 2, single * 2, device, "single")
    #expect(Fallback.records.filter { $0.from == "narrow" } == steps)
  }

  @Test(arguments: devices) func newArraysAreMadeOnTheCurrentDevice(_ device: Device) throws {
    let before = Placement.enter(device)
    defer { Placement.restore(before) }
    for array in [
      try NDArray.zeros([3]), try NDArray.ones([2, 2]), NDArray([1.0, 2]),
      try NDArray.zeros([3], .int8),
    ] {
      #expect(array.device == device)
    }
  }

  @Test func memoryOfDevicesIsGivenBack() throws {
    let runtime = DistantDevice("counted")
    try {
      let a = try ramp([1000]).to(Device(runtime))
      _ = try ((a * 2 + 1).sum() + a[0]).to(.cpu)
    }()
    #expect(runtime.bytesInUse == 0)
  }

  // MARK: Looking at parts

  @Test(arguments: devices) func aPartIsCopiedAlone(_ device: Device) throws {
    let a = try ramp([100]).to(device)
    try device.synchronise()
    let (number, one) = try Transfers.counted { try a[3].item(as: Double.self) }
    #expect(number == -8.5 && one == .init(count: 1, bytes: 8))
    let (_, parts) = try Transfers.counted { () throws in
      #expect("\(a[3])" == "-8.5")
      #expect(try a[10..<20].elements(as: Double.self).count == 10)
    }
    #expect(parts == .init(count: 2, bytes: 88))
    // What the host has seen as a whole is not copied again, until it changes.
    let (_, whole) = try Transfers.counted { () throws in
      _ = try a.elements(as: Double.self)
      #expect(try a[3].item(as: Double.self) == -8.5)
    }
    #expect(whole == .init(count: 1, bytes: 800))
  }

  // MARK: Steps of the host

  @Test func whatTheHostDoesInsteadIsRecorded() throws {
    let device = Device(DistantDevice("lacking", without: [.float16]))
    let half = try ramp([40, 50]).asType(.float16)
    try expectSame(try half.to(device) + 1, half + 1, device, "half")
    try expectSame(try half.to(device).sorted(), try half.sorted(), device, "sorted")
    let records = Fallback.records.filter { $0.from == "lacking" }
    let sum = try #require(records.first { $0.name == "add" })
    #expect(sum.to == "cpu" && sum.count == 1 && sum.seconds > 0)
    #expect(sum.bytes == 8000 && sum.reason.contains("lacking has no float16"))
    let sorted = try #require(records.first { $0.name == "sort" })
    #expect(sorted.bytes == 8000 && sorted.reason.contains("no kernel"))
    #expect(Fallback.report(limit: .max).contains("add (lacking → cpu), no known line: "))
  }

  @Test func theModeHoldsForThem() throws {
    let device = Device(DistantDevice("refusing", without: [.float16]))
    let half = try ramp([40, 50]).asType(.float16).to(device)
    let sum = half + 1
    try Fallback.withMode(.raise) { () throws in
      #expect {
        _ = try sum.elements(as: Float16.self)
      } throws: { error in
        guard case .unsupported("add", let detail) = error as? MartletError else { return false }
        return detail.contains("'raise' keeps the CPU from serving it")
      }
      #expect(throws: MartletError.self) { _ = try half.sorted() }
    }
    #expect(try sum.elements(as: Float16.self).count == 2000)
  }

  // MARK: The automatic policy

  @Test func theCrossoverIsWhereTheDeviceBeginsToWin() throws {
    #expect(try Placement.crossover(of: .host) == 0)
    // Every launch takes long, and each element as long as on the host: it may never win, or late.
    let slow = Device(DistantDevice("slow", delay: { _ in usleep(2000) }))
    #expect(try Placement.crossover(of: slow) > 10_000)
    // Each element takes much longer than on the host: it never wins.
    let weak = Device(DistantDevice("weak", delay: { tasks in usleep(UInt32(tasks) * 2000) }))
    #expect(try Placement.crossover(of: weak) == .max)
    #expect(try Placement.crossover(of: weak) == .max, "it is measured once")
  }
}
