import MartletIR
import MartletRuntime
import Synchronization

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
    // One value for all is read again and again.
    let (count, every) = (index.count, value.count == 1 ? 0 : -1)
    /// - Parameter Number: What the loop of the row adds in.
    func run<Number: BitwiseCopyable>(
      _: Number.Type, _ add: (inout Number, Number) -> Void
    ) -> StepEvents {
      let row = memory.assumingMemoryBound(to: Number.self)
      let numbers = values.assumingMemoryBound(to: Number.self)
      for i in 0..<count {
        // Negative ones count from the end: found without a jump.
        let place = places[i] &+ ((places[i] >> 63) & size)
        add(&row[place &* stride], numbers[i & every])
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

  /// Whether each of the indices is a position of an axis, counted from its end where it is negative.
  static func areInside(_ index: NDArray, _ size: Int) -> Bool? {
    guard index.dtype == .int64, index.layout.isContiguous, size <= 1 << 48,
      let memory = index.storage.pointer
    else { return nil }
    nonisolated(unsafe) let places = UnsafePointer(
      (memory + index.layout.offset &* 8).assumingMemoryBound(to: Int.self))
    defer { withExtendedLifetime(index) {} }
    let count = index.count
    let outside = Atomic<Bool>(false)
    let block = 1 << 14
    Workers.shared.parallel(count: (count + block - 1) / block, grain: 4) { first, end in
      let last = Swift.min(end * block, count)
      var (i, signs) = (first * block, SIMD8<Int>(repeating: 0))
      while i &+ 8 <= last {
        let eight = UnsafeRawPointer(places + i).loadUnaligned(as: SIMD8<Int>.self) &+ size
        // Negative where a position lies before the start, or behind the end.
        signs |= eight | ((2 &* size &- 1) &- eight)
        i &+= 8
      }
      var sign = 0
      for k in 0..<8 { sign |= signs[k] }
      while i < last {
        let one = places[i] &+ size
        sign |= one | (2 &* size &- 1 &- one)
        i &+= 1
      }
      if sign < 0 { outside.store(true, ordering: .relaxed) }
    }
    return !outside.load(ordering: .relaxed)
  }
}
