import MartletIR

/// The devices of this process. The only place that names them all.
///
/// A kind's libraries are opened when one of its devices is asked for by name, or when all devices
/// are: a program that stays on the CPU opens none.
package enum DeviceRegistry {
  /// The devices of one kind, numbered `kind:0`, `kind:1` where there may be several.
  private struct Kind: Sendable {
    var name: String
    var devices: @Sendable () -> [any Device]
    /// Why there is none.
    var reason: @Sendable () -> String?
  }

  private static let kinds = [
    Kind(name: "cpu", devices: { [CPU.shared] }, reason: { nil }),
    Kind(name: "cuda", devices: { CUDA.devices() }, reason: { CUDA.reason }),
    Kind(name: "opencl", devices: { OpenCL.devices }, reason: { OpenCL.reason }),
    Kind(name: "simulator", devices: { [Simulator.shared] }, reason: { nil }),
  ]

  /// Every device that is there, the CPU first.
  package static let all: [any Device] = kinds.flatMap { $0.devices() }

  /// The kinds of device that are not there or not complete, each with the reason in a sentence.
  package static var reasons: [(kind: String, reason: String)] {
    kinds.compactMap { kind in kind.reason().map { (kind.name, $0) } }
  }

  /// The device to work on when the user chose none: the first GPU, else nil.
  ///
  /// Only CUDA is looked for. Looking for OpenCL's GPUs would load the drivers of every platform,
  /// which takes longer than many programs run; they serve when asked for.
  package static var preferred: (any Device)? { CUDA.devices().first }

  /// The device of a name; the name of a kind means its first.
  ///
  /// - Throws: `.invalidArgument` that says why the kind is absent, or lists the devices there are.
  package static func device(named name: String) throws(MartletError) -> any Device {
    let prefix = name.prefix { $0 != ":" }
    if let kind = kinds.first(where: { $0.name == prefix }) {
      let devices = kind.devices()
      if let found = devices.first(where: { $0.name == name }) { return found }
      if prefix == name, let first = devices.first { return first }
      if devices.isEmpty, let reason = kind.reason() {
        throw .invalidArgument(
          operation: "device", detail: "There is no device '\(name)'. \(reason)")
      }
    }
    throw .invalidArgument(
      operation: "device",
      detail: "There is no device '\(name)'. Found: \(all.map(\.name).joined(separator: ", ")).")
  }
}
