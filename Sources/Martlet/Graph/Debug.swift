import MartletIR
import MartletRuntime

/// What `MARTLET_DEBUG` shows on standard error. Each level adds to those below.
package enum Debug: Int, Comparable {
  case off
  /// A line for every launch: what was fused, how much it moved, how long it took.
  case launches
  /// The text of every new kernel.
  case kernels
  /// Its LLVM IR.
  case llvm
  /// Its machine code in assembly language.
  case assembly

  /// The level of this process.
  package static let level: Debug = {
    let number = Environment.count("MARTLET_DEBUG") ?? 0
    return Debug(rawValue: min(number, Debug.assembly.rawValue)) ?? .off
  }()

  package static func < (a: Debug, b: Debug) -> Bool { a.rawValue < b.rawValue }

  /// Shows a kernel that was just made ready.
  static func show(_ kernel: Kernel, isInterpreted: Bool) throws(MartletError) {
    guard level >= .kernels else { return }
    StandardError.print("\(kernel)")
    if isInterpreted { return }
    if level >= .llvm { StandardError.print(try CPU.shared.llvmText(of: kernel)) }
    if level >= .assembly { StandardError.print(try CPU.shared.assembly(of: kernel)) }
  }

  static func show(_ launch: LaunchDescription, tasks: Int, time: Duration, origin: String?) {
    let microseconds = time / .microseconds(1)
    var line = "martlet: \(launch), \(tasks) \(tasks == 1 ? "task" : "tasks")"
    line += ", \(short(microseconds)) µs"
    if launch.byteCount > 0 {
      line += ", \(short(Double(launch.byteCount) / (microseconds * 1000))) GB/s"
    }
    if let origin { line += ", \(origin)" }
    StandardError.print(line)
  }

  /// Shows a copy between devices.
  static func showTransfer(_ byteCount: Int, from: Device, to: Device) {
    guard level >= .launches else { return }
    StandardError.print("martlet: \(byteCount) bytes from \(from) to \(to)")
  }

  /// Where a new kernel came from, and how long that took.
  static func origin(
    _ kernel: CPUKernel, since before: KernelCache.Statistics, time: Duration
  ) -> String {
    let milliseconds = short(time / .milliseconds(1))
    if kernel.directFunction == nil { return "new, interpreted" }
    let place = KernelCache.shared.statistics.origin(since: before)
    return "new, \(place) in \(milliseconds) ms"
  }

  /// With one digit after the point, and none from 100 on.
  private static func short(_ number: Double) -> String {
    guard number.isFinite else { return "\(number)" }
    if number >= 100 { return "\(Int(number.rounded()))" }
    return "\((number * 10).rounded() / 10)"
  }
}

/// One launch, for a reader.
struct LaunchDescription: CustomStringConvertible {
  /// What was fused into it, in the order of computing.
  var steps: [String]
  var shape: Shape?
  var inputs: [DType] = []
  var outputs: [DType] = []
  /// How much it reads and writes, each operand once; 0 where that is not known.
  var byteCount = 0
  /// How many numbers are computed, whatever one costs.
  var operationCount = 0

  /// - Parameters:
  ///   - reduction: the row at the root, if there is one, and the type of its result.
  init(_ program: Program, reduction: (name: String, result: DType)? = nil) {
    steps = program.steps.map(\.operation.name)
    if let reduction { steps.append(reduction.name) }
    operationCount = steps.count * program.domain.elementCount
    if steps.isEmpty { steps = ["copy"] }
    shape = program.domain
    // Positions are counted, not read.
    let leaves = program.leaves.filter { $0.pointer != nil }
    inputs = leaves.map(\.dtype)
    outputs = program.outputs.map(\.dtype) + (reduction.map { [$0.result] } ?? [])
    for leaf in leaves { byteCount += Self.byteCount(leaf.layout, leaf.dtype) }
    for output in program.outputs { byteCount += Self.byteCount(output.layout, output.dtype) }
  }

  /// The same of an outline: what the profile shows.
  init(_ outline: UnsafePointer<Outline>) {
    steps = (0..<outline.pointee.steps.count).map { i in
      outline.pointee.steps[i].operation._withUnsafeGuaranteedRef { $0.name }
    }
    operationCount = steps.count * outline.pointee.domain.elementCount
    if steps.isEmpty { steps = ["copy"] }
    for i in 0..<outline.pointee.leaves.count {
      let leaf = outline.pointee.leaves[i]
      if leaf.pointer != nil { byteCount += Self.byteCount(leaf.layout, leaf.dtype) }
    }
    for i in 0..<outline.pointee.outputs.count {
      let output = outline.pointee.outputs[i]
      byteCount += Self.byteCount(output.layout, output.dtype)
    }
  }

  /// A launch that is no program of the graph's.
  init(step: String) { steps = [step] }

  var description: String {
    var text = steps.joined(separator: " → ")
    if let shape { text += " \(shape)" }
    if !outputs.isEmpty {
      text += " " + inputs.map(\.name).joined(separator: ", ")
      text += (inputs.isEmpty ? "→ " : " → ") + outputs.map(\.name).joined(separator: ", ")
    }
    return text
  }

  /// Elements that a broadcast repeats count once.
  private static func byteCount(_ layout: Layout, _ dtype: DType) -> Int {
    var count = dtype.itemSize
    for (size, stride) in zip(layout.shape, layout.strides) where stride != 0 { count *= size }
    return count
  }
}
