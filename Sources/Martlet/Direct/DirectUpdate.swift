import MartletIR
import MartletRuntime

/// Adding to places of a row in memory of the host, one after the other: what counting and
/// scattering spend their time on.
enum DirectUpdate {
  /// Adds a value for each index to a row; nil where the general way must. All indices are within the
  /// row's bounds.
  ///
  /// - Parameters:
  ///   - value: One for each index, or one for all.
  ///   - memory: The row's first element, which nobody else sees.
  static func add(
    _ value: NDArray, at index: NDArray, to memory: UnsafeMutableRawPointer, size: Int,
    stride: Int, _ dtype: DType
  ) throws(MartletError) -> StepEvents? {
    guard index.dtype == .int64, index.layout.isContiguous, value.dtype == dtype,
      value.count == 1 || (value.shape == index.shape && value.layout.isContiguous)
    else { return nil }
    let places = UnsafePointer(try index.pointer().assumingMemoryBound(to: Int.self))
    let values = UnsafeRawPointer(try value.pointer())
    defer { withExtendedLifetime((index, value)) {} }
    let (count, isOne) = (index.count, value.count == 1)
    /// - Parameter Number: What the loop of the row adds in.
    func run<Number: BitwiseCopyable>(
      _: Number.Type, _ add: (inout Number, Number) -> Void
    ) -> StepEvents {
      let row = memory.assumingMemoryBound(to: Number.self)
      let numbers = values.assumingMemoryBound(to: Number.self)
      for i in 0..<count {
        let place = places[i]
        add(&row[(place < 0 ? place &+ size : place) &* stride], numbers[isOne ? 0 : i])
      }
      return []
    }
    func runFloats<Number: BinaryFloatingPoint & BitwiseCopyable>(
      _: Number.Type
    ) -> StepEvents {
      // What was raised before is not of this.
      _ = FloatingPointEvents.takeFromThread()
      _ = run(Number.self) { $0 += $1 }
      return StepEvents(FloatingPointEvents.takeFromThread())
    }
    switch dtype {
    case .float64: return runFloats(Double.self)
    case .float32: return runFloats(Float.self)
    case .int64, .uint64: return run(UInt64.self) { $0 &+= $1 }
    case .int32, .uint32: return run(UInt32.self) { $0 &+= $1 }
    default: return nil
    }
  }
}
