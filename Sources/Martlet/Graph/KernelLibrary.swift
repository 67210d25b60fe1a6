import MartletIR
import MartletRuntime

/// Compiled kernels of this process, by the structure of the program they came from.
enum KernelLibrary {
  private static let kernels = KnownKernels()
  /// Those of other devices.
  private static let deviceKernels = Guarded<[Device: [KernelKey: any CompiledKernel]]>(
    [:], by: GlobalLocks.programs)
  /// Work of fewer elements stays on the calling thread: waking another takes longer.
  static let parallelElements = 32768

  /// The kernel of this key, built and compiled if it is new.
  static func kernel(
    _ key: KernelKey, build: () -> Kernel
  ) throws(MartletError) -> CPUKernel {
    if let known = known(key) { return known }
    return try key.words.withUnsafeBufferPointer { words throws(MartletError) in
      try add(words, build())
    }
  }

  private static func known(_ key: KernelKey) -> CPUKernel? {
    key.words.withUnsafeBufferPointer { kernels.find($0) }
  }

  private static func add(
    _ key: UnsafeBufferPointer<UInt32>, _ kernel: Kernel
  ) throws(MartletError) -> CPUKernel {
    let compiled = try CPU.shared.compileForHost(kernel)
    try Debug.show(kernel, isInterpreted: compiled.directFunction == nil)
    GlobalLocks.programs.withLock { kernels.insert(key, compiled) }
    return compiled
  }

  private static func launch(
    _ key: KernelKey, on runtime: any MartletRuntime.Device, of device: Device,
    buffers: [UnsafeMutableRawPointer?], slots: [Int64], tasks: Int, grain: Int,
    description: @autoclosure () -> LaunchDescription?, build: () -> Kernel
  ) throws(MartletError) -> FloatingPointEvents {
    let clock = ContinuousClock()
    let start = clock.now
    var kernel = deviceKernels.withLock { $0[device]?[key] }
    let isNew = kernel == nil
    if kernel == nil {
      let built = build()
      let span = Profiler.isOn ? Profiler.begin() : nil
      let compiled = try runtime.compile(built)
      if let span { Profiler.end(span, .compile, built.name, on: device.name, note: "compiled") }
      try Debug.show(built, isInterpreted: true)
      deviceKernels.withLock { $0[device, default: [:]][key] = compiled }
      kernel = compiled
    }
    guard let kernel else { return [] }
    let launched = clock.now
    let span = Profiler.isOn ? Profiler.begin() : nil
    let events = try runtime.launch(
      kernel, buffers: buffers, slots: slots, tasks: tasks, grain: grain)
    if let span {
      // Work is timed until it has ended.
      try runtime.synchronise()
      end(span, description() ?? LaunchDescription(step: kernel.name), on: device)
    }
    if Debug.level != .off {
      try runtime.synchronise()
      Debug.show(
        description() ?? LaunchDescription(step: kernel.name), tasks: tasks,
        time: clock.now - launched,
        origin: isNew ? "\(device), new, built in \(launched - start)" : "\(device)")
    }
    return events
  }

  /// Runs the kernel of this key.
  ///
  /// - Parameters:
  ///   - elements: how much work it is, which decides whether threads share it; 0 for tasks that
  ///     must run one after another.
  ///   - description: for `MARTLET_DEBUG`; the kernel's name serves where there is none.
  static func launch(
    _ key: KernelKey, on device: Device = .host, buffers: [UnsafeMutableRawPointer?],
    slots: [Int64], tasks: Int,
    elements: Int, description: @autoclosure () -> LaunchDescription? = nil, build: () -> Kernel
  ) throws(MartletError) -> FloatingPointEvents {
    Counters.launches.add(1)
    if !device.isHost {
      if tasks == 0 { return [] }
      return try launch(
        key, on: device.runtime, of: device, buffers: buffers, slots: slots, tasks: tasks,
        grain: elements == 0 ? tasks : 1, description: description(), build: build)
    }
    let grain = grain(tasks, isShared: elements >= parallelElements)
    if Profiler.isOn, Debug.level == .off {
      let kernel = try kernel(key, build: build)
      let span = Profiler.begin()
      let events = kernel.launch(buffers: buffers, slots: slots, tasks: tasks, grain: grain)
      end(span, description() ?? LaunchDescription(step: kernel.name), on: device)
      try StoppableWork.check()
      return events
    }
    if Debug.level == .off {
      let events = try kernel(key, build: build)
        .launch(buffers: buffers, slots: slots, tasks: tasks, grain: grain)
      try StoppableWork.check()
      return events
    }
    let clock = ContinuousClock()
    let before = KernelCache.shared.statistics
    let isNew = known(key) == nil
    let start = clock.now
    let kernel = try kernel(key, build: build)
    let origin = isNew ? Debug.origin(kernel, since: before, time: clock.now - start) : nil
    let launched = clock.now
    let events = kernel.launch(buffers: buffers, slots: slots, tasks: tasks, grain: grain)
    try StoppableWork.check()
    Debug.show(
      description() ?? LaunchDescription(step: kernel.name), tasks: tasks,
      time: clock.now - launched, origin: origin)
    return events
  }

  /// How many tasks a thread takes at a time. A few parts per thread even out what else the machine
  /// does.
  private static func grain(_ tasks: Int, isShared: Bool) -> Int {
    let parts = isShared ? Workers.shared.threads * 4 : 1
    return max(1, (tasks + parts - 1) / parts)
  }

  /// Runs an outline that is settled, on the host, as `MARTLET_DEBUG` shows nothing of.
  ///
  /// - Parameter program: makes the outline's program, for a kernel that is new.
  static func launch(
    _ outline: UnsafeMutablePointer<Outline>, program: () -> Program
  ) throws(MartletError) -> FloatingPointEvents {
    Counters.launches.add(1)
    let key = UnsafeBufferPointer(start: outline.pointee.key.base, count: outline.pointee.key.count)
    var kernel = kernels.find(key)
    if kernel == nil {
      kernel = try add(key, ElementwiseLowering(program(), outline).kernel())
    }
    guard let kernel else { return [] }
    let tasks = outline.pointee.taskCount
    let span = Profiler.isOn ? Profiler.begin() : nil
    let events = kernel.launch(
      buffers: outline.pointee.pointers.base, slots: outline.pointee.slots.base, tasks: tasks,
      grain: grain(tasks, isShared: outline.pointee.isShared))
    if let span { end(span, LaunchDescription(outline), on: .host) }
    try StoppableWork.check()
    return events
  }

  private static func end(_ span: Profiler.Span, _ launch: LaunchDescription, on device: Device) {
    Profiler.end(
      span, .launch, launch.steps.joined(separator: " → "), on: device.name,
      bytes: launch.byteCount, operations: launch.operationCount)
  }
}
