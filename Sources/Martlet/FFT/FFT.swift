import MartletIR
import MartletRuntime

/// NumPy's discrete Fourier transforms, of any size, on the host and by the library of a device.
///
/// `float32` and `float16` become `complex64`, all other numbers `complex128`. The host computes on
/// all threads. Every function throws `.unsupported` where the array's device has no library,
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
    try fftn(a, sizes: try one(count), axes: [axis], scaling: scaling, "fft.fft")
  }

  /// The inverse of `fft`.
  public static func ifft(
    _ a: NDArray, count: Int? = nil, axis: Int = -1, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try ifftn(a, sizes: try one(count), axes: [axis], scaling: scaling, "fft.ifft")
  }

  /// The transform of real numbers: its first half, `count / 2 + 1` elements.
  public static func rfft(
    _ a: NDArray, count: Int? = nil, axis: Int = -1, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try rfftn(a, sizes: try one(count), axes: [axis], scaling: scaling, "fft.rfft")
  }

  /// The inverse of `rfft`: `count` real numbers, by default an even number of them.
  public static func irfft(
    _ a: NDArray, count: Int? = nil, axis: Int = -1, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try irfftn(a, sizes: try one(count), axes: [axis], scaling: scaling, "fft.irfft")
  }

  /// The transform of a signal that is Hermitian in time, so real in frequency.
  public static func hfft(
    _ a: NDArray, count: Int? = nil, axis: Int = -1, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try irfftn(
      a, sizes: try one(count), axes: [axis], scaling: scaling.swapped, isConjugate: true,
      "fft.hfft")
  }

  /// The inverse of `hfft`.
  public static func ihfft(
    _ a: NDArray, count: Int? = nil, axis: Int = -1, scaling: Scaling = .backward
  ) throws(MartletError) -> NDArray {
    try rfftn(
      a, sizes: try one(count), axes: [axis], scaling: scaling.swapped, isConjugate: true,
      "fft.ihfft")
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

  /// A size as a list; -1, which stands for a whole axis in lists, is none.
  private static func one(_ count: Int?) throws(MartletError) -> [Int]? {
    guard let count else { return nil }
    if count < 1 { throw tooFew(count, "fft") }
    return [count]
  }

  private static func tooFew(_ count: Int, _ operation: String) -> MartletError {
    .invalidArgument(
      operation: operation, detail: "Invalid number of FFT data points (\(count)) specified.")
  }

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
    if Trace.isUsed, a.storage.tapeNode != nil {
      return try complexTraced(a, extents, isInverse: isInverse, scaling)
    }
    if device.isHost {
      return try hostComplex(
        a, extents, isInverse: isInverse, scaling, half: a.dtype == .float16)
    }
    let signal = try a.on(device, as: dtype)
    let result = try DeviceTransform.complex(signal, extents, isInverse: isInverse, on: device)
    return try DeviceTransform.scaled(result, extents, isInverse: isInverse, scaling)
  }

  /// - Parameter isConjugate: whether to give the conjugate.
  private static func rfftn(
    _ a: NDArray, sizes: [Int]?, axes: [Int]?, scaling: Scaling, isConjugate: Bool = false,
    _ operation: String
  ) throws(MartletError) -> NDArray {
    let (device, dtype) = try settled(a, operation)
    let extents = try extents(of: a, sizes, axes, operation)
    guard let last = extents.last else {
      throw .invalidIndex(detail: "list index out of range")
    }
    if a.dtype.isComplex {
      throw .invalidType(
        operation: operation,
        detail: "ufunc 'rfft_n_\(last.size % 2 == 0 ? "even" : "odd")' not supported for the input "
          + "types, and the inputs could not be safely coerced to any supported types according "
          + "to the casting rule ''safe''")
    }
    if Trace.isUsed, a.storage.tapeNode != nil {
      let result = try realTraced(a, extents, last, scaling)
      return isConjugate ? try conjugate(result) : result
    }
    if device.isHost {
      let numbers = try a.on(.host, as: dtype.realType)
      let scale = scale(last, scaling, isInverse: false, half: a.dtype == .float16)
      var lines = LineScaling(isInverse: false, scale: scale)
      if isConjugate { lines.imaginaryScale = -scale }
      let half = try hostStep(
        .real, numbers, like: a.layout, last, to: last.size / 2 + 1, dtype, lines)
      return try hostComplex(
        half, Array(extents.dropLast()), isInverse: false, scaling, half: false, isOurs: true)
    }
    let signal = try a.on(device, as: dtype.realType)
    let half = try DeviceTransform.real(signal, extents, dtype, on: device)
    let result = try DeviceTransform.scaled(half, extents, isInverse: false, scaling)
    return isConjugate ? try conjugate(result) : result
  }

  /// - Parameter isConjugate: whether the array holds the conjugate.
  private static func irfftn(
    _ a: NDArray, sizes: [Int]?, axes: [Int]?, scaling: Scaling, isConjugate: Bool = false,
    _ operation: String
  ) throws(MartletError) -> NDArray {
    let (device, dtype) = try settled(a, operation)
    let extents = try extents(of: a, sizes, axes, operation, isHalf: true)
    guard let last = extents.last else {
      throw .invalidIndex(detail: "list index out of range")
    }
    if Trace.isUsed, a.storage.tapeNode != nil {
      return try hermitianTraced(isConjugate ? conjugate(a) : a, extents, last, scaling)
    }
    var result: NDArray
    // As NumPy, which computes halves in float32 too.
    let isHalf = a.dtype == .float16 && extents.count == 1
    if device.isHost {
      let before = try hostComplex(
        a, extents.dropLast().reversed(), isInverse: true, scaling, half: a.dtype == .float16)
      var lines = LineScaling(
        isInverse: false, scale: scale(last, scaling, isInverse: true, half: isHalf))
      if isConjugate { lines.sourceSign = -1 }
      // NumPy makes an array of the conjugates.
      let old =
        isConjugate ? Elementwise.resultLayout([a], shape: a.shape) : before.layout
      result = try hostStep(
        .hermitian, try before.on(.host, as: dtype), like: old, last, to: last.size,
        dtype.realType, lines)
    } else {
      var signal = try a.on(device, as: dtype)
      if isConjugate { signal = try conjugate(signal) }
      result = try DeviceTransform.hermitian(signal, extents, dtype, on: device)
      result = try DeviceTransform.scaled(result, extents, isInverse: true, scaling)
    }
    return isHalf ? try result.asType(.float16) : result
  }

  // MARK: - On the host

  /// One axis after another, the last one first. (NumPy's `irfftn` begins with the first.)
  ///
  /// - Parameters:
  ///   - half: whether the first scale is rounded to `float16`, as NumPy does for such arrays.
  ///   - isOurs: whether the array may be overwritten.
  private static func hostComplex(
    _ a: NDArray, _ extents: [Extent], isInverse: Bool, _ scaling: Scaling, half: Bool,
    isOurs: Bool = false
  ) throws(MartletError) -> NDArray {
    var (result, isOurs) = (a, isOurs)
    let dtype = a.dtype.complexType
    if a.dtype != dtype, a.dtype != dtype.realType { result = try a.asType(dtype.realType) }
    for (n, extent) in extents.reversed().enumerated() {
      let lines = LineScaling(
        isInverse: isInverse,
        scale: scale(extent, scaling, isInverse: isInverse, half: half && n == 0))
      if isOurs, result.shape[extent.axis] == extent.size {
        try HostTransform.run(
          .complex, result, into: result, axis: extent.axis, size: extent.size, lines)
      } else {
        result = try hostStep(
          .complex, result, like: n == 0 ? a.layout : result.layout, extent, to: extent.size,
          dtype, lines)
      }
      isOurs = true
    }
    return result
  }

  /// A transform into a new array, in the order of an old one's memory.
  private static func hostStep(
    _ kind: FittedLines.Kind, _ a: NDArray, like old: Layout, _ extent: Extent, to count: Int,
    _ dtype: DType, _ scaling: LineScaling
  ) throws(MartletError) -> NDArray {
    let size = kind == .hermitian ? extent.size / 2 + 1 : extent.size
    let source = try fit(a, extent.axis, size)
    var shape = a.shape
    shape[extent.axis] = count
    let bytes = try shape.checkedCount().multipliedReportingOverflow(by: dtype.itemSize)
    if bytes.overflow { throw .outOfMemory(bytes: .max) }
    // As NumPy's `empty_like`.
    let layout =
      old.isContiguous
      ? Layout(contiguous: shape)
      : old.isFortranContiguous
        ? Layout(fortran: shape) : Layout(shape: shape, inOrder: old.axesByStride)
    let result = NDArray(
      storage: Storage(try Buffer(byteCount: bytes.partialValue)), layout: layout, dtype: dtype)
    try HostTransform.run(
      kind, source, into: result, axis: extent.axis, size: extent.size, scaling)
    return result
  }

  private static func scale(
    _ extent: Extent, _ scaling: Scaling, isInverse: Bool, half: Bool
  ) -> Double {
    func rounded(_ number: Double) -> Double {
      half ? Scalar(number, .float64).converted(to: .float16).asDouble : number
    }
    switch isInverse ? scaling.swapped : scaling {
    case .backward: return 1
    case .ortho: return rounded(1 / rounded(Double(extent.size).squareRoot()))
    case .forward: return rounded(1 / rounded(Double(extent.size)))
    }
  }

  // MARK: - Steps

  /// An axis and how many elements of the signal are transformed along it.
  typealias Extent = (axis: Int, size: Int)

  /// Where the work is done, and in which complex dtype.
  private static func settled(
    _ a: NDArray, _ operation: String
  ) throws(MartletError) -> (Device, DType) {
    if a.dtype == .bfloat16 {
      throw .unsupported(operation: operation, detail: "transforms of bfloat16")
    }
    return (try Placement.device(of: [a], for: operation), a.dtype.complexType)
  }

  /// The axes from the front, in the order in which they were given.
  ///
  /// - Parameter isHalf: whether the array holds the first half of the last axis.
  private static func extents(
    of a: NDArray, _ sizes: [Int]?, _ axes: [Int]?, _ operation: String, isHalf: Bool = false
  ) throws(MartletError) -> [Extent] {
    let axes = axes ?? (sizes.map { Array(-$0.count..<0) } ?? Array(0..<a.rank))
    if let sizes, sizes.count != axes.count {
      throw .invalidArgument(
        operation: operation, detail: "Shape and axes have different lengths.")
    }
    var result: [Extent] = []
    // As NumPy, which reads the sizes that were not given before it looks at any axis.
    for (n, axis) in axes.enumerated() where sizes == nil || sizes?[n] == -1 {
      if axis < -a.rank || axis >= a.rank {
        throw .invalidIndex(detail: "tuple index out of range")
      }
    }
    for n in axes.indices.reversed() {
      let isInside = axes[n] >= -a.rank && axes[n] < a.rank
      let place = axes[n] < 0 ? axes[n] + a.rank : axes[n]
      var size = isInside ? a.shape[place] : 0
      if let sizes, sizes[n] != -1 {
        size = sizes[n]
      } else if sizes == nil, isHalf, n == axes.count - 1 {
        size = 2 * (size - 1)
      }
      if size < 1 { throw tooFew(size, operation) }
      guard isInside else {
        throw .axisOutOfRange(operation: operation, axis: axes[n], rank: a.rank)
      }
      result.insert((place, size), at: 0)
    }
    return result
  }

  /// An axis cut, or filled up with zeros, to a size.
  static func fit(
    _ a: NDArray, _ axis: Int, _ size: Int
  ) throws(MartletError) -> NDArray {
    if a.shape[axis] >= size { return a.part(axis: axis, from: 0, count: size) }
    var widths = [(before: Int, after: Int)](repeating: (0, 0), count: a.rank)
    widths[axis].after = size - a.shape[axis]
    return try a.padded(widths)
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
