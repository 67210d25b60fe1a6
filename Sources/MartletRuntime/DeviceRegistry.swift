import MartletIR

/// The devices of this process. The only place that names them all.
package enum DeviceRegistry {
  /// Every device that is there, the CPU first.
  package static let all: [any Device] = [CPU.shared]

  /// - Throws: `.invalidArgument` that lists the devices there are.
  package static func device(named name: String) throws(MartletError) -> any Device {
    if let found = all.first(where: { $0.name == name }) { return found }
    throw .invalidArgument(
      operation: "device",
      detail: "There is no device '\(name)'. Found: \(all.map(\.name).joined(separator: ", ")).")
  }
}
