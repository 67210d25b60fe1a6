import CMartlet
import MartletIR
import MartletRuntime
import Synchronization

/// Where new arrays are made, and where operations run.
///
/// An operation runs where its arrays live. Arrays of the host join those of a device; arrays of two
/// devices don't meet. New arrays are made on the current device: that of the innermost
/// `Device.with` of this task, else the process's default.
public enum Placement {
  /// What to do when the device of an operation's arrays cannot do it.
  public enum Policy: String, Sendable, CaseIterable {
    /// The host serves what the device lacks, and the step is recorded.
    case preferDevice = "prefer_device"
    /// Everything runs on the host, wherever the arrays are.
    case onlyHost = "only_host"
    /// What the device lacks is an error.
    case onlyDevice = "only_device"
    /// As `preferDevice`, but small new arrays are made on the host, where they take less time: how
    /// small is measured.
    case automatic = "auto"
  }

  @TaskLocal private static var taskPolicy: Policy?
  private static let policyState = Atomic<UInt8>(0)

  /// The policy that holds here: that of the innermost `withPolicy`, else the process's, which
  /// setting it changes.
  public static var policy: Policy {
    get { taskPolicy ?? Policy.allCases[Int(policyState.load(ordering: .relaxed))] }
    set {
      policyState.store(UInt8(Policy.allCases.firstIndex(of: newValue)!), ordering: .relaxed)
    }
  }

  /// Runs `body` under a policy; other tasks and threads keep theirs.
  public static func withPolicy<Result>(
    _ policy: Policy, _ body: () throws -> Result
  ) rethrows -> Result {
    try $taskPolicy.withValue(policy, operation: body)
  }

  /// The same for work that waits.
  public static func withPolicy<Result>(
    _ policy: Policy, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Result
  ) async rethrows -> Result {
    try await $taskPolicy.withValue(policy, operation: body, isolation: isolation)
  }

  // MARK: The current device

  /// Runs work whose new arrays are made on a device, whatever the current one is.
  static func on<Result>(
    _ device: Device, _ body: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    if device.isHost, isHost { return try body() }
    looksUp()
    return try $taskDevice.withValue(device) {
      Swift.Result { () throws(MartletError) in try body() }
    }.get()
  }

  /// Devices by the numbers that threads keep: 0 stands for the default.
  private static let known = Mutex<[Device]>([])
  private static let defaultDevice = Mutex<Device?>(nil)
  /// 0: not decided. 1: the host, and no thread chose another. 2: to be looked up.
  private static let state = Atomic<UInt8>(0)

  /// Whether new arrays are surely made on the host: the question that costs nothing.
  @inline(__always)
  package static var isHost: Bool {
    switch state.load(ordering: .relaxed) {
    case 1: true
    case 0: decidesForHost
    default: isHostHere
    }
  }

  /// The device that the innermost `Device.with` of this task chose.
  @TaskLocal fileprivate static var taskDevice: Device?

  /// Whether this thread makes arrays on the host, where some thread chose a device once.
  @inline(never)
  private static var isHostHere: Bool {
    if let taskDevice { return taskDevice.isHost }
    let number = Int(martlet_current_device())
    if number > 0 { return known.withLock { $0[number - 1].isHost } }
    return (try? processDefault())?.isHost ?? false
  }

  /// Decides on the default; a name in MARTLET_DEVICE that is none is an error where the first array
  /// is made.
  private static var decidesForHost: Bool {
    guard let device = try? processDefault() else { return false }
    return device.isHost && state.load(ordering: .relaxed) == 1
  }

  /// Where new arrays are made.
  public static var current: Device {
    get throws(MartletError) {
      if isHost { return .host }
      if let taskDevice { return taskDevice }
      let number = Int(martlet_current_device())
      if number > 0 { return known.withLock { $0[number - 1] } }
      return try processDefault()
    }
  }

  /// The device of threads that have not chosen one: that of MARTLET_DEVICE, else the first GPU,
  /// else the CPU.
  private static func processDefault() throws(MartletError) -> Device {
    if let device = defaultDevice.withLock({ $0 }) { return device }
    var device = Device.host
    if let name = Environment["MARTLET_DEVICE"] {
      device = try Device(Device.Name(name))
    } else if let gpu = DeviceRegistry.preferred {
      device = Device(gpu)
    }
    setDefault(device)
    return device
  }

  /// Makes a device the default of the process.
  public static func setDefault(_ device: Device) {
    defaultDevice.withLock { $0 = device }
    if device.isHost {
      // A thread that chose another keeps it: its choice made the state 2.
      _ = state.compareExchange(expected: 0, desired: 1, ordering: .relaxed)
    } else {
      state.store(2, ordering: .relaxed)
    }
  }

  /// From now on the current device is looked up: some task or thread chose one.
  fileprivate static func looksUp() { state.store(2, ordering: .relaxed) }

  /// Makes a device this thread's, and returns what to give back to `restore`.
  package static func enter(_ device: Device) -> Int32 {
    let before = martlet_current_device()
    state.store(2, ordering: .relaxed)
    let number = known.withLock { devices in
      if let place = devices.firstIndex(of: device) { return place + 1 }
      devices.append(device)
      return devices.count
    }
    martlet_set_current_device(Int32(number))
    return before
  }

  /// Ends what `enter` began; false, and nothing else, for a number that `enter` never returned.
  @discardableResult
  package static func restore(_ number: Int32) -> Bool {
    guard number >= 0, number <= known.withLock({ $0.count }) else { return false }
    martlet_set_current_device(number)
    return true
  }

  /// Where a new array is made: on the current device, unless it is so small that the policy
  /// prefers the host.
  static func device(forNew count: Int, _ dtype: DType) throws(MartletError) -> Device {
    let device = try current
    if device.isHost || policy == .onlyHost { return .host }
    if policy == .automatic, count < (try Crossover.elements(of: device)) { return .host }
    return device
  }

  /// How many elements a new array must have for the policy `automatic` to make it on a device: as
  /// many as the device adds sooner than the host. `Int.max` where the host is always sooner.
  ///
  /// It is measured when it is first asked for, which takes some milliseconds.
  ///
  /// - Throws: What the device throws.
  public static func crossover(of device: Device) throws(MartletError) -> Int {
    try Crossover.elements(of: device)
  }

  // MARK: Operations

  /// Where an operation on these arrays runs.
  ///
  /// - Throws: `.invalidArgument` where they live on two devices that are not the host.
  static func device(
    of arrays: some Sequence<NDArray>, for operation: String
  ) throws(MartletError) -> Device {
    var found = Device.host
    for array in arrays where !array.storage.isHosts {
      if found.isHost {
        found = array.storage.device
      } else if found != array.storage.device {
        throw .invalidArgument(
          operation: operation,
          detail: "The arrays live on \(found) and \(array.storage.device): move one of them with "
            + "`to`.")
      }
    }
    return found.isHost || policy != .onlyHost ? found : .host
  }

  static func device(
    of operands: [Operand], for operation: String
  ) throws(MartletError) -> Device {
    // Nearly always all are on the host: that is seen without collecting them.
    var isHost = true
    for case .array(let array) in operands where !array.storage.isHosts { isHost = false }
    if isHost { return .host }
    return try device(
      of: operands.compactMap { if case .array(let array) = $0 { array } else { nil } },
      for: operation)
  }
}

extension Device {
  /// Runs `body` with new arrays made on a device; so are those of the child tasks that it starts.
  /// Other tasks and threads keep theirs.
  ///
  /// - Throws: `.invalidArgument` where there is no such device, and what `body` throws.
  public static func with<Result>(
    _ name: Name, _ body: () throws -> Result
  ) throws -> Result {
    let device = try Device(name)
    Placement.looksUp()
    return try Placement.$taskDevice.withValue(device, operation: body)
  }

  /// The same for work that waits: the device belongs to the task, on whatever thread it goes on.
  ///
  /// - Throws: `.invalidArgument` where there is no such device, and what `body` throws.
  public static func with<Result>(
    _ name: Name, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Result
  ) async throws -> Result {
    let device = try Device(name)
    Placement.looksUp()
    return try await Placement.$taskDevice.withValue(
      device, operation: body, isolation: isolation)
  }

  /// Where new arrays are made.
  public static var current: Device { get throws(MartletError) { try Placement.current } }
}
