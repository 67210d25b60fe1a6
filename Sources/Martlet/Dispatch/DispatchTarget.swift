import MartletIR

extension DispatchedOperation {
  /// What an implementation is for: one device, all of a kind, or every GPU.
  public struct Target: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let description: String

    /// A target by the text of its name.
    public init(_ text: String) { description = text }
    public init(stringLiteral text: String) { description = text }

    /// The host's processor.
    public static let cpu: Target = "cpu"
    /// OpenCL, CUDA and the Simulator.
    public static let gpu: Target = "gpu"
    /// Every OpenCL device.
    public static let openCL: Target = "opencl"
    /// Every CUDA device.
    public static let cuda: Target = "cuda"
    /// The simulator.
    public static let simulator: Target = "simulator"
    /// An OpenCL device by its number, from 0.
    public static func openCL(_ number: Int) -> Target { Target("opencl:\(number)") }
    /// A CUDA device by its number, from 0.
    public static func cuda(_ number: Int) -> Target { Target("cuda:\(number)") }

    /// The kinds that an implementation for every GPU serves.
    static let kindsOfGPU: Set<String> = ["opencl", "cuda", "simulator"]

    /// What serves a device, the closest first: its own name, its kind, `gpu`.
    static func serving(_ device: String) -> [Target] {
      let kind = String(device.prefix { $0 != ":" })
      var found = [Target(device)]
      if kind != device { found.append(Target(kind)) }
      if kindsOfGPU.contains(kind) { found.append(.gpu) }
      return found
    }

    /// The name, if an implementation can be added for it.
    ///
    /// - Throws: `.invalidArgument` that lists what there is.
    package func checked(for operation: String) throws(MartletError) -> Target {
      let parts = description.split(separator: ":", omittingEmptySubsequences: false)
      let kind = String(parts[0])
      if parts.count == 1, kind == "gpu" || Target.kindsOfGPU.contains(kind) { return self }
      if parts.count == 2, kind != "simulator", Target.kindsOfGPU.contains(kind),
        let number = Int(parts[1]), number >= 0
      {
        return self
      }
      throw .invalidArgument(
        operation: operation,
        detail: "an implementation is for gpu, opencl, cuda, simulator or one device "
          + "such as cuda:0, not '\(description)'"
          + (kind == "cpu" ? "; the one for the CPU is declared with the operation" : ""))
    }
  }
}
