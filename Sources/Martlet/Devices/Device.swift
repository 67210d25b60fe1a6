import MartletIR
import MartletRuntime
import Synchronization

/// A processor with its memory, where arrays live and operations run.
///
///     let a = try NDArray.ones([1000, 1000]).to(.openCL)
///     let b = a + 1                      // computed there
///     try Device.with(.simulator) { … }  // new arrays are made there
public struct Device: Sendable {
  package let runtime: any MartletRuntime.Device
  /// Whether it computes in the host's own memory, so that nothing is copied.
  package let isHost: Bool

  package init(_ runtime: any MartletRuntime.Device) {
    self.runtime = runtime
    isHost = runtime.capabilities.sharesHostMemory
    if !isHost { Self.otherIsKnown.store(true, ordering: .relaxed) }
  }

  private static let otherIsKnown = Atomic<Bool>(false)

  /// Whether this process ever asked for a device other than the host.
  package static var isAnotherKnown: Bool { otherIsKnown.load(ordering: .relaxed) }

  /// How users call a device: `cpu`, `opencl`, `opencl:1`, `cuda:0`, `simulator`.
  public struct Name: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let description: String

    /// A device by the text of its name.
    public init(_ text: String) { description = text }
    public init(stringLiteral text: String) { description = text }

    /// The host's processor.
    public static let cpu: Name = "cpu"
    /// The first OpenCL device.
    public static let openCL: Name = "opencl"
    /// The first CUDA device.
    public static let cuda: Name = "cuda"
    /// The simulator, which reports what a GPU would leave unsaid.
    public static let simulator: Name = "simulator"
    /// An OpenCL device by its number, from 0.
    public static func openCL(_ number: Int) -> Name { Name("opencl:\(number)") }
    /// A CUDA device by its number, from 0.
    public static func cuda(_ number: Int) -> Name { Name("cuda:\(number)") }
  }

  /// The host's processor.
  public static let host = Device(CPU.shared)

  /// Every device of this machine, the CPU first.
  public static var all: [Device] { DeviceRegistry.all.map { Device($0) } }

  /// The device of a name.
  ///
  /// - Throws: `.invalidArgument` that lists the devices there are.
  public init(_ name: Name) throws(MartletError) {
    if name == .cpu {
      self = .host
    } else {
      self.init(try DeviceRegistry.device(named: name.description))
    }
  }

  /// `cpu`, `opencl:0`, …
  public var name: String { runtime.name }

  /// Waits for all work that was given to the device.
  ///
  /// - Throws: The first error of that work.
  public func synchronise() throws(MartletError) { try runtime.synchronise() }
}

extension Device: Hashable, CustomStringConvertible {
  public static func == (a: Device, b: Device) -> Bool { a.runtime === b.runtime }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(runtime)) }
  public var description: String { name }
}

// MARK: - Moving arrays

extension NDArray {
  /// The array on a device: itself, or a C-ordered copy there.
  ///
  /// - Throws: `.outOfMemory`, or why the device failed; this array stays as it is.
  public func to(_ device: Device) throws(MartletError) -> NDArray {
    if device == self.device { return self }
    if Trace.isUsed, storage.tapeNode != nil {
      let home = self.device
      return try Recording.record("to", [self]) { arrays throws(MartletError) in
        try arrays[0].to(device)
      } pullback: { (_, cotangent, _) throws(MartletError) in
        [try cotangent.to(home)]
      }
    }
    let source = try contiguous()
    let result = try NDArray(uninitialised: shape, dtype, on: device)
    let (from, to) = (try source.storage.evaluatedHere(), try result.storage.evaluatedHere())
    try Device.copy(
      from + source.layout.offset * dtype.itemSize, on: source.device, to: to, on: device,
      byteCount: count * dtype.itemSize)
    withExtendedLifetime(source) {}
    return result
  }

  /// The array on the device of this name.
  ///
  /// - Throws: `.invalidArgument` where there is no such device, and as `to(_:)` above.
  public func to(_ name: Device.Name) throws(MartletError) -> NDArray { try to(Device(name)) }

  /// The array for the host to read: itself, or of a part of a device's memory a copy of that part,
  /// so that looking at one element does not bring all of them.
  package func readable() throws(MartletError) -> NDArray {
    if device.isHost || storage.isSeenByHost { return self }
    _ = try storage.evaluatedHere()
    return count * dtype.itemSize < storage.byteCount ? try to(.host) : self
  }

  /// New memory with arbitrary contents, where new arrays are made.
  package init(uninitialised shape: Shape, _ dtype: DType, forNew: Void) throws(MartletError) {
    let count = try shape.checkedCount()
    try self.init(
      uninitialised: shape, dtype,
      on: Placement.isHost ? .host : Placement.device(forNew: count, dtype))
  }

  /// A new array of the host, on the device where new arrays are made.
  package func placed() throws(MartletError) -> NDArray {
    if Placement.isHost { return self }
    return try to(Placement.device(forNew: count, dtype))
  }
}

extension Storage {
  /// New memory on the same device for `count` elements: `kept` of these, from the one at `offset`,
  /// then zeros. It is never less than this memory, so that what looks at this finds its elements.
  package func resized(
    keeping kept: Int, from offset: Int, count: Int, _ dtype: DType
  ) throws(MartletError) -> Storage {
    let source = try evaluatedHere() + offset * dtype.itemSize
    let count = max(byteCount / dtype.itemSize, count)
    let result = try NDArray.full([count], Scalar(dtype: dtype, low: 0), on: device).storage
    try Device.copy(
      source, on: device, to: try result.evaluatedHere(), on: device,
      byteCount: kept * dtype.itemSize)
    return result
  }
}

// MARK: - Memory

extension Device {
  /// Copies memory from one device to another, through the host where neither is the host.
  static func copy(
    _ source: UnsafeMutableRawPointer, on from: Device, to target: UnsafeMutableRawPointer,
    on to: Device, byteCount: Int
  ) throws(MartletError) {
    if byteCount == 0 { return }
    if from == to {
      try from.runtime.copy(source, to: target, byteCount: byteCount)
      return
    }
    let span = Profiler.isOn ? Profiler.begin() : nil
    defer { Transfers.note(byteCount, from: from, to: to, span) }
    if from.isHost {
      try to.runtime.copyIn(UnsafeRawBufferPointer(start: source, count: byteCount), to: target)
    } else if to.isHost {
      try from.runtime.copyOut(
        source, to: UnsafeMutableRawBufferPointer(start: target, count: byteCount))
    } else {
      let between = try Buffer(byteCount: byteCount)
      try from.runtime.copyOut(
        source, to: UnsafeMutableRawBufferPointer(start: between.pointer, count: byteCount))
      try to.runtime.copyIn(
        UnsafeRawBufferPointer(start: between.pointer, count: byteCount), to: target)
    }
  }
}

extension Buffer {
  /// New memory of a device, with arbitrary contents.
  convenience init(byteCount: Int, on device: Device) throws(MartletError) {
    if device.isHost {
      try self.init(byteCount: byteCount)
    } else {
      try self.init(byteCount: byteCount, device: device.runtime)
    }
  }
}
