import MartletIR
import MartletRuntime
import Synchronization

/// How large an array must be for a device to take less time than the host: measured once for each
/// device, when the policy asks.
enum Crossover {
  private static let known = Mutex<[Device: Int]>([:])

  /// The number of elements below which the host adds two arrays sooner than the device begins.
  static func elements(of device: Device) throws(MartletError) -> Int {
    if let count = known.withLock({ $0[device] }) { return count }
    let onDevice = try time(64, on: device)
    let small = try time(64, on: .host)
    let large = try time(1 << 20, on: .host)
    let perElement = max((large - small) / Double(1 << 20), 1e-12)
    let count = Int(max(0, onDevice - small) / perElement)
    known.withLock { $0[device] = count }
    return count
  }

  /// Seconds that an addition takes until its result can be read on the device: the best of a few.
  private static func time(_ count: Int, on device: Device) throws(MartletError) -> Double {
    let one = Scalar(1.0, .float32)
    let a = try NDArray.full([count], one, on: device)
    let clock = ContinuousClock()
    var best = Double.infinity
    for _ in 0..<6 {
      let start = clock.now
      _ = try Elementwise.apply(.add, [.array(a), .array(a)])[0].storage.evaluatedHere()
      try device.synchronise()
      best = min(best, (clock.now - start) / .seconds(1))
    }
    return best
  }
}
