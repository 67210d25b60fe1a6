import MartletIR
import MartletRuntime

/// Runs programs: pending work, copies, assignments.
enum Evaluation {
  /// Computes a node and what is worth keeping on the way. Under the graph's lock.
  static func evaluate(_ node: Node) throws(MartletError) {
    if node.result != nil { return }
    if node.shape.elementCount == 0 {
      node.finish(try Buffer(byteCount: 0, on: node.device))
      return
    }
    if Profiler.isOn, node.place > 0 {
      try Profiler.evaluating(node.place) { () throws(MartletError) in try settle(node) }
    } else {
      try settle(node)
    }
  }

  private static func settle(_ node: Node) throws(MartletError) {
    do throws(MartletError) {
      try evaluate(node, on: node.device)
    } catch {
      guard case .unsupported(_, let detail) = error, !node.device.isHost else { throw error }
      try Fallback.onHost(insteadOf: node.device, node.operation.name, reason: detail) {
        () throws(MartletError) in try evaluate(node, on: .host)
      }
    }
  }

  private static func evaluate(_ node: Node, on device: Device) throws(MartletError) {
    var builder = ProgramBuilder(domain: node.shape, on: device)
    let contiguous = Layout(contiguous: node.shape)
    let root = try builder.node(node, contiguous, isRoot: true)
    if node.result != nil { return }
    let byteCount = node.shape.elementCount * node.dtype.itemSize
    let buffer = try Buffer(byteCount: byteCount, on: device)
    builder.output(root, to: buffer.pointer, contiguous, node.dtype)
    let kept = try builder.outputKept(except: node)
    try run(builder)
    if device == node.device {
      node.finish(buffer)
    } else {
      let result = try Buffer(byteCount: byteCount, on: node.device)
      try Device.copy(
        buffer.pointer, on: device, to: result.pointer, on: node.device, byteCount: byteCount)
      node.finish(result)
    }
    for (other, memory) in kept { other.finish(memory) }
  }

  /// Launches a program that writes outputs, and notes its floating-point events.
  ///
  /// - Parameter flagsTell: the only step of a program whose events are what the flags say, so that
  ///   it may overwrite what it reads.
  static func run(
    _ builder: ProgramBuilder, flagsTell step: ElementwiseOperation? = nil
  ) throws(MartletError) {
    guard builder.domain.elementCount > 0 else { return }
    let outline = builder.outline
    let device = builder.device
    if builder.hasShifts {
      let part = OutlineLease(builder.domain)
      for box in outline.pointee.boxes(builder.shifts) {
        part.outline.pointee.take(outline, box, builder.shifts)
        part.outline.pointee.settle(on: device)
        try launch(part.outline, on: device, step)
      }
    } else {
      outline.pointee.settle(on: device)
      if device.isHost, ShortRows.mayGain(outline),
        let (programs, memory) = try ShortRows.split(builder.program)
      {
        let part = OutlineLease(builder.domain)
        for program in programs {
          part.outline.pointee.take(program)
          part.outline.pointee.settle(on: device)
          try launch(part.outline, on: device, step)
        }
        withExtendedLifetime((programs, memory)) {}
      } else {
        try launch(outline, on: device, step)
      }
    }
    withExtendedLifetime(builder) {}
  }

  /// Launches an outline that is settled.
  private static func launch(
    _ outline: UnsafeMutablePointer<Outline>, on device: Device, _ step: ElementwiseOperation?
  ) throws(MartletError) {
    if device.isHost, Debug.level == .off {
      let events = try KernelLibrary.launch(outline) { outline.pointee.program(on: device) }
      if !events.isDisjoint(with: GlobalState.watched) || outline.pointee.mayDivideIntegers {
        try note(events, of: outline.pointee.program(on: device), step)
      }
      return
    }
    let program = outline.pointee.program(on: device)
    let events = try KernelLibrary.launch(
      KernelKey(outline.pointee.key), on: device, buffers: outline.pointee.pointers.array,
      slots: outline.pointee.slots.array, tasks: outline.pointee.taskCount,
      elements: program.isOrdered ? 0 : program.domain.elementCount,
      description: LaunchDescription(program)
    ) { ElementwiseLowering(program, outline).kernel() }
    try note(events, of: program, step)
  }

  private static func note(
    _ events: FloatingPointEvents, of program: Program, _ step: ElementwiseOperation?
  ) throws(MartletError) {
    guard let step else {
      try FloatingPointLog.note(events, of: program)
      return
    }
    for kind in FloatingPointLog.kinds
    where events.contains(kind) && GlobalState.reported.contains(kind) {
      FloatingPointLog.append(.init(operation: step.name, kind: kind))
    }
  }
}
