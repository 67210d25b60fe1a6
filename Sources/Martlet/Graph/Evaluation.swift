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
    if builder.hasShifts {
      for part in builder.program.pieces { try launch(part, step) }
    } else if !builder.device.isHost {
      try launch(builder.program, step)
    } else {
      outline.pointee.settle(on: builder.device)
      if ShortRows.mayGain(outline), let (programs, memory) = try ShortRows.split(builder.program) {
        for part in programs { try launch(part, step) }
        withExtendedLifetime(memory) {}
      } else if Debug.level != .off {
        try launch(builder.program, step)
      } else {
        let events = try KernelLibrary.launch(outline) { builder.program }
        if !events.isDisjoint(with: FloatingPointLog.reported) || outline.pointee.mayDivideIntegers
        {
          try note(events, of: builder.program, step)
        }
      }
    }
    withExtendedLifetime(builder) {}
  }

  private static func launch(
    _ program: Program, _ step: ElementwiseOperation?
  ) throws(MartletError) {
    let lease = OutlineLease(program.domain)
    let outline = lease.outline
    outline.pointee.take(program)
    outline.pointee.settle(on: program.device)
    let events: FloatingPointEvents
    if program.device.isHost, Debug.level == .off {
      events = try KernelLibrary.launch(outline) { program }
    } else {
      events = try KernelLibrary.launch(
        KernelKey(outline.pointee.key), on: program.device,
        buffers: outline.pointee.pointers.array, slots: outline.pointee.slots.array,
        tasks: outline.pointee.taskCount,
        elements: program.isOrdered ? 0 : program.domain.elementCount,
        description: LaunchDescription(program)
      ) { ElementwiseLowering(program, outline).kernel() }
    }
    try note(events, of: program, step)
    withExtendedLifetime((lease, program)) {}
  }

  private static func note(
    _ events: FloatingPointEvents, of program: Program, _ step: ElementwiseOperation?
  ) throws(MartletError) {
    guard let step else {
      try FloatingPointLog.note(events, of: program)
      return
    }
    for kind in [FloatingPointEvents.divideByZero, .overflow, .invalid]
    where events.contains(kind) && GlobalState.reported.contains(kind) {
      FloatingPointLog.append(.init(operation: step.name, kind: kind))
    }
  }
}
