import MartletIR
import MartletRuntime

/// Fourier transforms by the library of a device, or by array operations where it has none.
enum DeviceTransform {
  typealias Extent = FFT.Extent

  /// Complex numbers, not scaled.
  static func complex(
    _ a: NDArray, _ extents: some BidirectionalCollection<Extent>, isInverse: Bool,
    on device: Device
  ) throws(MartletError) -> NDArray {
    guard device.runtime.hasLibrary(for: .fft) else {
      return try ComposedTransform.complex(a, Array(extents), isInverse: isInverse)
    }
    var (result, rest) = (a, Array(extents))
    while !rest.isEmpty {
      let last = group(rest)
      result = try transform(
        result, last, .complexToComplex, isInverse: isInverse, a.dtype, on: device)
      rest.removeLast(last.count)
    }
    return result
  }

  /// Real numbers to the first half of their spectrum, not scaled.
  static func real(
    _ signal: NDArray, _ extents: [Extent], _ dtype: DType, on device: Device
  ) throws(MartletError) -> NDArray {
    guard device.runtime.hasLibrary(for: .fft) else {
      return try ComposedTransform.real(signal, extents, dtype)
    }
    // The last axes go together; those before them are complex by then.
    let last = group(extents)
    let result = try transform(signal, last, .realToComplex, isInverse: false, dtype, on: device)
    return try complex(result, Array(extents.dropLast(last.count)), isInverse: false, on: device)
  }

  /// The first half of a spectrum to real numbers, not scaled.
  static func hermitian(
    _ signal: NDArray, _ extents: [Extent], _ dtype: DType, on device: Device
  ) throws(MartletError) -> NDArray {
    guard device.runtime.hasLibrary(for: .fft) else {
      return try ComposedTransform.hermitian(signal, extents)
    }
    let half = try complex(signal, extents.dropLast(), isInverse: true, on: device)
    return try transform(
      half, Array(extents.suffix(1)), .complexToReal, isInverse: true, dtype, on: device)
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

  /// One call: over axes that are there once each.
  private static func transform(
    _ a: NDArray, _ extents: [Extent], _ kind: FourierTransform.Kind, isInverse: Bool,
    _ dtype: DType, on device: Device
  ) throws(MartletError) -> NDArray {
    guard let last = extents.last else { return a }
    var fitted = a
    for extent in extents {
      let isHalf = kind == .complexToReal && extent == last
      fitted = try FFT.fit(fitted, extent.axis, isHalf ? extent.size / 2 + 1 : extent.size)
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

  /// The product of all that the axes are divided by.
  static func scaled(
    _ a: NDArray, _ extents: [Extent], isInverse: Bool, _ scaling: FFT.Scaling
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
}
