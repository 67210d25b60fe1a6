import MartletIR
import MartletRuntime

extension FFT {
  /// The frequencies that the elements of `fft` stand for, in cycles per unit of the sample spacing:
  /// 0 and those above it, then those below (`numpy.fft.fftfreq`).
  ///
  /// - Parameters:
  ///   - count: How many samples there are, at least 1.
  ///   - spacing: The time between samples.
  /// - Throws: `.invalidArgument`, `.outOfMemory`.
  public static func fftfreq(
    _ count: Int, spacing: Double = 1
  ) throws(MartletError) -> NDArray {
    try frequencies(count, count, spacing, "fft.fftfreq") { i in
      i <= (count - 1) / 2 ? i : i - count
    }
  }

  /// The frequencies that the elements of `rfft` stand for (`numpy.fft.rfftfreq`): `count / 2 + 1` of
  /// them.
  ///
  /// - Throws: `.invalidArgument`, `.outOfMemory`.
  public static func rfftfreq(
    _ count: Int, spacing: Double = 1
  ) throws(MartletError) -> NDArray {
    try frequencies(count / 2 + 1, count, spacing, "fft.rfftfreq") { $0 }
  }

  private static func frequencies(
    _ length: Int, _ count: Int, _ spacing: Double, _ operation: String, _ cycles: (Int) -> Int
  ) throws(MartletError) -> NDArray {
    guard count > 0 else {
      throw .invalidArgument(operation: operation, detail: "\(count) samples")
    }
    let shape = Shape([length])
    let bytes = try shape.checkedCount().multipliedReportingOverflow(by: 8)
    if bytes.overflow { throw .outOfMemory(bytes: .max) }
    let memory = try Buffer(byteCount: bytes.partialValue)
    let numbers = memory.pointer.assumingMemoryBound(to: Double.self)
    let step = 1 / (Double(count) * spacing)
    for i in 0..<length { numbers[i] = Double(cycles(i)) * step }
    return NDArray(
      storage: Storage(memory), layout: Layout(contiguous: shape), dtype: .float64)
  }

  /// Axes turned by half their size, so that frequency 0 comes to the middle (`numpy.fft.fftshift`).
  ///
  /// - Parameter axes: All of them where it is nil.
  /// - Parameter x: The array.
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public static func fftshift(
    _ x: NDArray, axes: [Int]? = nil
  ) throws(MartletError) -> NDArray {
    try turned(x, axes, "fft.fftshift") { $0 / 2 }
  }

  /// The inverse of `fftshift`, which differs from it for odd sizes (`numpy.fft.ifftshift`).
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public static func ifftshift(
    _ x: NDArray, axes: [Int]? = nil
  ) throws(MartletError) -> NDArray {
    try turned(x, axes, "fft.ifftshift") { -($0 / 2) }
  }

  private static func turned(
    _ x: NDArray, _ axes: [Int]?, _ operation: String, _ distance: (Int) -> Int
  ) throws(MartletError) -> NDArray {
    let axes = axes ?? Array(0..<x.rank)
    var places: [Int] = []
    for axis in axes {
      guard axis >= -x.rank, axis < x.rank else {
        throw .invalidIndex(detail: "tuple index out of range")
      }
      places.append(axis < 0 ? axis + x.rank : axis)
    }
    return try x.rolled(places.map { distance(x.shape[$0]) }, axes: places)
  }
}
