import MartletIR
import MartletRuntime

/// NumPy's discrete Fourier transforms, by the library of the device where the array lives.
///
/// Every function throws `.unsupported` where that device has none (the host has none yet),
/// `.invalidArgument` for sizes below 1, `.axisOutOfRange`, `.outOfMemory`.
public enum FFT {
  /// Which direction is divided by the number of elements: NumPy's `norm`.
  public enum Scaling: String, Sendable, CaseIterable {
    /// Inverse transforms.
    case backward
    /// Both, by its root.
    case ortho
    /// Forward transforms.
    case forward

    var swapped: Scaling {
      switch self {
      case .backward: .forward
      case .ortho: .ortho
      case .forward: .backward
      }
    }
  }

  // MARK: One axis

  /// The transform along an axis, cut or filled up with zeros to `count` elements.
  public static func fft(
    _ a: NDArray, count: Int? = nil, axis: Int = -1, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try fftn(a, sizes: count.map { [$0] }, axes: [axis], scaling: scaling, "fft.fft")
  }

  /// The inverse of `fft`.
  public static func ifft(
    _ a: NDArray, count: Int? = nil, axis: Int = -1, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try ifftn(a, sizes: count.map { [$0] }, axes: [axis], scaling: scaling, "fft.ifft")
  }

  /// The transform of real numbers: its first half, `count / 2 + 1` elements.
  public static func rfft(
    _ a: NDArray, count: Int? = nil, axis: Int = -1, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try rfftn(a, sizes: count.map { [$0] }, axes: [axis], scaling: scaling, "fft.rfft")
  }

  /// The inverse of `rfft`: `count` real numbers, by default an even number of them.
  public static func irfft(
    _ a: NDArray, count: Int? = nil, axis: Int = -1, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try irfftn(a, sizes: count.map { [$0] }, axes: [axis], scaling: scaling, "fft.irfft")
  }

  /// The transform of a signal that is Hermitian in time, so real in frequency.
  public static func hfft(
    _ a: NDArray, count: Int? = nil, axis: Int = -1, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try irfftn(
      try conjugate(a), sizes: count.map { [$0] }, axes: [axis], scaling: scaling.swapped,
      "fft.hfft")
  }

  /// The inverse of `hfft`.
  public static func ihfft(
    _ a: NDArray, count: Int? = nil, axis: Int = -1, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try conjugate(
      try rfftn(
        a, sizes: count.map { [$0] }, axes: [axis], scaling: scaling.swapped, "fft.ihfft"))
  }

  // MARK: Several axes

  /// The transform over several axes, all by default, each cut or filled up to its size.
  public static func fftn(
    _ a: NDArray, sizes: [Int]? = nil, axes: [Int]? = nil, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try fftn(a, sizes: sizes, axes: axes, scaling: scaling, "fft.fftn")
  }

  /// The inverse of `fftn`.
  public static func ifftn(
    _ a: NDArray, sizes: [Int]? = nil, axes: [Int]? = nil, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try ifftn(a, sizes: sizes, axes: axes, scaling: scaling, "fft.ifftn")
  }

  /// The transform of real numbers over several axes; the last one keeps its first half.
  public static func rfftn(
    _ a: NDArray, sizes: [Int]? = nil, axes: [Int]? = nil, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try rfftn(a, sizes: sizes, axes: axes, scaling: scaling, "fft.rfftn")
  }

  /// The inverse of `rfftn`; the last axis has an even size by default.
  public static func irfftn(
    _ a: NDArray, sizes: [Int]? = nil, axes: [Int]? = nil, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try irfftn(a, sizes: sizes, axes: axes, scaling: scaling, "fft.irfftn")
  }

  // MARK: - In one form

  private static func fftn(
    _ a: NDArray, sizes: [Int]?, axes: [Int]?, scaling: Scaling, _ operation: String
  ) throws(MartletError) -> NDArray {
    try complex(a, sizes, axes, isInverse: false, scaling, operation)
  }

  private static func ifftn(
    _ a: NDArray, sizes: [Int]?, axes: [Int]?, scaling: Scaling, _ operation: String
  ) throws(MartletError) -> NDArray {
    try complex(a, sizes, axes, isInverse: true, scaling, operation)
  }

  private static func complex(
    _ a: NDArray, _ sizes: [Int]?, _ axes: [Int]?, isInverse: Bool, _ scaling: Scaling,
    _ operation: String
  ) throws(MartletError) -> NDArray {
    let (device, dtype) = try settled(a, operation)
    let extents = try extents(of: a, sizes, axes, operation)
    let signal = try a.on(device, as: dtype)
    let result = try complex(signal, extents, isInverse: isInverse, on: device)
    return try scaled(result, extents, isInverse: isInverse, scaling)
  }

  private static func rfftn(
    _ a: NDArray, sizes: [Int]?, axes: [Int]?, scaling: Scaling, _ operation: String
  ) throws(MartletError) -> NDArray {
    let (device, dtype) = try settled(a, operation)
    if a.dtype.isComplex {
      throw .invalidType(
        operation: operation, detail: "\(operation) takes real numbers, not \(a.dtype)")
    }
    let extents = try extents(of: a, sizes, axes, operation)
    let signal = try a.on(device, as: dtype.realType)
    // The last axes go together; those before them are complex by then.
    let last = group(extents)
    var result = try transform(signal, last, .realToComplex, isInverse: false, dtype, on: device)
    result = try complex(
      result, Array(extents.dropLast(last.count)), isInverse: false, on: device)
    return try scaled(result, extents, isInverse: false, scaling)
  }

  private static func irfftn(
    _ a: NDArray, sizes: [Int]?, axes: [Int]?, scaling: Scaling, _ operation: String
  ) throws(MartletError) -> NDArray {
    let (device, dtype) = try settled(a, operation)
    let extents = try extents(of: a, sizes, axes, operation, isHalf: true)
    var signal = try a.on(device, as: dtype)
    signal = try complex(signal, extents.dropLast(), isInverse: true, on: device)
    var result = try transform(
      signal, Array(extents.suffix(1)), .complexToReal, isInverse: true, dtype, on: device)
    result = try scaled(result, extents, isInverse: true, scaling)
    // As NumPy, which computes halves in float32 too.
    return a.dtype == .float16 ? try result.asType(.float16) : result
  }

  // MARK: - Steps

  /// An axis and how many elements of the signal are transformed along it.
  private typealias Extent = (axis: Int, size: Int)

  /// Where the work is done, and in which complex dtype.
  private static func settled(
    _ a: NDArray, _ operation: String
  ) throws(MartletError) -> (Device, DType) {
    if a.dtype == .bfloat16 {
      throw .unsupported(operation: operation, detail: "transforms of bfloat16")
    }
    return (try .library(for: .fft, of: [a], operation), a.dtype.complexType)
  }

  /// - Parameter isHalf: whether the array holds the first half of the last axis.
  private static func extents(
    of a: NDArray, _ sizes: [Int]?, _ axes: [Int]?, _ operation: String, isHalf: Bool = false
  ) throws(MartletError) -> [Extent] {
    let axes = axes ?? Array((a.rank - (sizes?.count ?? a.rank))..<a.rank)
    var result: [Extent] = []
    for (n, axis) in axes.enumerated() {
      let place = try a.normalised(axis, operation)
      let isLast = n == axes.count - 1
      result.append((place, isHalf && isLast ? 2 * (a.shape[place] - 1) : a.shape[place]))
    }
    if let sizes {
      guard sizes.count == axes.count else {
        throw .invalidArgument(
          operation: operation, detail: "Shape and axes have different lengths.")
      }
      // As NumPy: -1 stands for the whole axis, which for a half is the half.
      for (n, size) in sizes.enumerated() {
        result[n].size = size == -1 ? a.shape[result[n].axis] : size
      }
    }
    for extent in result where extent.size < 1 {
      throw .invalidArgument(
        operation: operation,
        detail: "Invalid number of FFT data points (\(extent.size)) specified.")
    }
    return result
  }

  /// The last extents, as many as one call takes; an axis may be there only once.
  private static func group(_ extents: some BidirectionalCollection<Extent>) -> [Extent] {
    var result: [Extent] = []
    for extent in extents.reversed() {
      if result.count == FourierTransform.maximumRank { break }
      if result.contains(where: { $0.axis == extent.axis }) { break }
      result.insert(extent, at: 0)
    }
    return result
  }

  private static func complex(
    _ a: NDArray, _ extents: some BidirectionalCollection<Extent>, isInverse: Bool,
    on device: Device
  ) throws(MartletError) -> NDArray {
    var (result, rest) = (a, Array(extents))
    while !rest.isEmpty {
      let last = group(rest)
      result = try transform(
        result, last, .complexToComplex, isInverse: isInverse, a.dtype, on: device)
      rest.removeLast(last.count)
    }
    return result
  }

  /// One call: over axes that are there once each.
  private static func transform(
    _ a: NDArray, _ extents: [Extent], _ kind: FourierTransform.Kind, isInverse: Bool,
    _ dtype: DType, on device: Device
  ) throws(MartletError) -> NDArray {
    guard let last = extents.last else { return a }
    var fitted = a
    for extent in extents {
      let isHalf = kind == .complexToReal && extent == last
      fitted = try fit(fitted, extent.axis, isHalf ? extent.size / 2 + 1 : extent.size)
    }
    let axes = extents.map(\.axis)
    let order = (0..<a.rank).filter { !axes.contains($0) } + axes
    var source = try fitted.transposed(order)
    // The library may overwrite what it makes real numbers of.
    source = kind == .complexToReal ? try halved(source, last.size) : try source.contiguous()

    var shape = source.shape
    for (n, extent) in extents.enumerated() {
      shape[shape.rank - extents.count + n] = extent.size
    }
    if kind == .realToComplex { shape[shape.rank - 1] = last.size / 2 + 1 }
    let result = try NDArray(
      uninitialised: shape, kind == .complexToReal ? dtype.realType : dtype, on: device)
    if result.count > 0 {
      let from = try source.storage.evaluatedHere() + source.layout.offset * source.dtype.itemSize
      let to = try result.storage.evaluatedHere()
      try device.runtime.call(
        .transform(
          FourierTransform(
            kind, isInverse: isInverse, dtype, sizes: extents.map(\.size),
            batch: shape.dropLast(extents.count).reduce(1, *), from: UInt(bitPattern: from),
            to: UInt(bitPattern: to))))
      withExtendedLifetime(source) {}
    }
    var back = order
    for (place, axis) in order.enumerated() { back[axis] = place }
    return try result.transposed(back)
  }

  /// An axis cut, or filled up with zeros, to a size.
  private static func fit(
    _ a: NDArray, _ axis: Int, _ size: Int
  ) throws(MartletError) -> NDArray {
    if a.shape[axis] >= size { return a.part(axis: axis, from: 0, count: size) }
    var widths = [(before: Int, after: Int)](repeating: (0, 0), count: a.rank)
    widths[axis].after = size - a.shape[axis]
    return try a.padded(widths)
  }

  /// A copy in which the numbers that real signals have no imaginary part in have none: the first
  /// along the last axis, and the middle one of an even size. NumPy takes them so, a library may not.
  private static func halved(_ a: NDArray, _ size: Int) throws(MartletError) -> NDArray {
    var result = try a.copy()
    for place in size % 2 == 0 && size > 1 ? [0, size / 2] : [0] {
      let region = result.layout.sliced(axis: a.rank - 1, start: place, count: 1, step: 1)
      let real = try Elementwise.apply(.real, [.array(result.view(region))])[0]
      try result.assign(region, .array(real))
    }
    return result
  }

  private static func scaled(
    _ a: NDArray, _ extents: [Extent], isInverse: Bool, _ scaling: Scaling
  ) throws(MartletError) -> NDArray {
    let count = extents.reduce(1.0) { $0 * Double($1.size) }
    let divisor: Double
    switch isInverse ? scaling.swapped : scaling {
    case .backward: return a
    case .ortho: divisor = count.squareRoot()
    case .forward: divisor = count
    }
    return try Elementwise.apply(
      .multiply, [.array(a), .weak(.floating, Scalar(1 / divisor, .float64))])[0]
  }

  private static func conjugate(_ a: NDArray) throws(MartletError) -> NDArray {
    a.dtype.isComplex ? try Elementwise.apply(.conjugate, [.array(a)])[0] : a
  }
}

extension NDArray {
  /// The array on a device in a dtype; itself where it is so already.
  func on(_ device: Device, as dtype: DType) throws(MartletError) -> NDArray {
    let there = try to(device)
    return there.dtype == dtype ? there : try there.asType(dtype)
  }
}
