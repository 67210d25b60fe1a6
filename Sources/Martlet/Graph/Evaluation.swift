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
  static func run(_ builder: ProgramBuilder) throws(MartletError) {
    let program = builder.program
    guard program.domain.elementCount > 0 else { return }
    if program.leaves.contains(where: { $0.shifts != nil }) {
      for part in program.pieces { try launch(part) }
    } else if program.device.isHost, let (programs, memory) = try ShortRows.split(program) {
      for part in programs { try launch(part) }
      withExtendedLifetime(memory) {}
    } else {
      try launch(program)
    }
    withExtendedLifetime(builder.owners) {}
  }

  private static func launch(_ program: Program) throws(MartletError) {
    let lowering = ElementwiseLowering(program)
    let events = try KernelLibrary.launch(
      lowering.key, on: program.device, buffers: lowering.buffers, slots: lowering.slots,
      tasks: lowering.taskCount,
      elements: program.isOrdered ? 0 : program.domain.elementCount,
      description: LaunchDescription(program), build: lowering.kernel)
    try FloatingPointLog.note(events, of: program)
  }
}
