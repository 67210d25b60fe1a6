import MartletIR
import MartletRuntime

extension Device {
  /// Where a library works on these arrays: where they live.
  ///
  /// - Throws: `.unsupported` where that device has no library for it, `.invalidArgument` where the
  ///   arrays live on two devices.
  static func library(
    for kind: LibraryCall.Kind, of arrays: [NDArray], _ operation: String
  ) throws(MartletError) -> Device {
    let device = try Placement.device(of: arrays, for: operation)
    guard !device.isHost, device.runtime.hasLibrary(for: kind) else {
      throw .unsupported(
        operation: operation,
        detail: "\(device) has no library for it. NumPy does it: see Fallback.numpy.")
    }
    return device
  }
}
