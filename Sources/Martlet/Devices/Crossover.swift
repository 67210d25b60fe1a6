import MartletIR
import MartletRuntime
import Synchronization

/// How large an array must be for a device to take less time than the host: measured once for each
/// device, when the policy asks.
enum Crossover {
  private static let known = Mutex<[Device: Int]>([:])

  /// What an addition of so many elements takes: a time for beginning, and one for each element.
  private struct Cost {
    var start: Double
    var perElement: Double
  }

  private static let (small, large) = (64, 1 << 20)

  /// The number of elements below which the host adds two arrays sooner than the device;
  /// `Int.max` where it always does.
  static func elements(of device: Device) throws(MartletError) -> Int {
    if device.isHost { return 0 }
    if let count = known.withLock({ $0[device] }) { return count }
    let count = elements(host: try cost(on: .host, atMost: .infinity), try cost(on: device))
    known.withLock { $0[device] = count }
    return count
  }

  private static func elements(host: Cost, _ device: Cost) -> Int {
    let saved = host.perElement - device.perElement
    guard saved > 0 else { return .max }
    let count = max(0, device.start - host.start) / saved
    return count < Double(1 << 40) ? Int(count) : .max
  }

  private static func cost(
    on device: Device, atMost limit: Double = 0.05
  ) throws(MartletError) -> Cost {
    let start = try seconds(small, on: device)
    // A device that takes very long is not asked for more: it is slower for each element too.
    let rounds = try seconds(large >> 4, on: device, rounds: 1) * 16 > limit ? 1 : 6
    let size = rounds == 1 ? large >> 4 : large
    let end = try seconds(size, on: device, rounds: rounds)
    return Cost(start: start, perElement: max(end - start, 0) / Double(size - small))
  }

  /// Seconds that an addition takes until its result can be read on the device: the best of a few.
  private static func seconds(
    _ count: Int, on device: Device, rounds: Int = 6
  ) throws(MartletError) -> Double {
    let one = Scalar(1.0, .float32)
    let a = try NDArray.full([count], one, on: device)
    let clock = ContinuousClock()
    var best = Double.infinity
    // The first round compiles the kernel.
    for round in 0...rounds {
      let start = clock.now
      _ = try Elementwise.apply(.add, [.array(a), .array(a)])[0].storage.evaluatedHere()
      try device.synchronise()
      if round > 0 { best = min(best, (clock.now - start) / .seconds(1)) }
    }
    return best
  }
}
