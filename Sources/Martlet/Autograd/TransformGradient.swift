import MartletIR

// Transforms are linear: the derivative of one is its adjoint, the transform in the other direction
// with the other scale. Of several axes one comes after the other.

extension FFT {
  static func complexTraced(
    _ a: NDArray, _ extents: [Extent], isInverse: Bool, _ scaling: Scaling
  ) throws(MartletError) -> NDArray {
    if extents.isEmpty { return try a.asType(a.dtype.complexType) }
    var result = a
    for extent in extents.reversed() {
      result = try step(result, extent, isInverse: isInverse, scaling)
    }
    return result
  }

  private static func step(
    _ a: NDArray, _ extent: Extent, isInverse: Bool, _ scaling: Scaling
  ) throws(MartletError) -> NDArray {
    let (axis, size) = (extent.axis, a.shape[extent.axis])
    return try Recording.record(
      isInverse ? "fft.ifft" : "fft.fft", [a],
      { (arrays) throws(MartletError) in
        try isInverse
          ? ifft(arrays[0], count: extent.size, axis: axis, scaling: scaling)
          : fft(arrays[0], count: extent.size, axis: axis, scaling: scaling)
      },
      pullback: { (_, g, _) throws(MartletError) in
        let back =
          try isInverse
          ? fft(g, axis: axis, scaling: scaling.swapped)
          : ifft(g, axis: axis, scaling: scaling.swapped)
        return [try fit(back, axis, size)]
      })
  }

  /// The first half of the transform of real numbers, along the last extent; then the others.
  static func realTraced(
    _ a: NDArray, _ extents: [Extent], _ last: Extent, _ scaling: Scaling
  ) throws(MartletError) -> NDArray {
    let (axis, size, count) = (last.axis, a.shape[last.axis], last.size)
    let half = try Recording.record(
      "fft.rfft", [a],
      { (arrays) throws(MartletError) in
        try rfft(arrays[0], count: count, axis: axis, scaling: scaling)
      },
      pullback: { (_, g, _) throws(MartletError) in
        // Back, elements in the middle count for their mirror images as well.
        let shares = try weights(count, middle: 0.5, g, axis)
        let back = try irfft(
          MatrixRules.times(g, shares), count: count, axis: axis, scaling: scaling.swapped)
        return [try fit(back, axis, size)]
      })
    let others = Array(extents.dropLast())
    return try others.isEmpty
      ? half : complexTraced(half, others, isInverse: false, scaling)
  }

  /// The inverse: the other extents first, then the last one, which gives real numbers.
  static func hermitianTraced(
    _ a: NDArray, _ extents: [Extent], _ last: Extent, _ scaling: Scaling
  ) throws(MartletError) -> NDArray {
    let others = Array(extents.dropLast().reversed())
    var before = a
    if !others.isEmpty {
      before = try complexTraced(a, others, isInverse: true, scaling)
    }
    let (axis, size, count) = (last.axis, before.shape[last.axis], last.size)
    return try Recording.record(
      "fft.irfft", [before],
      { (arrays) throws(MartletError) in
        try irfft(arrays[0], count: count, axis: axis, scaling: scaling)
      },
      pullback: { (_, g, _) throws(MartletError) in
        let half = try rfft(g, axis: axis, scaling: scaling.swapped)
        let shares = try weights(count, middle: 2, half, axis)
        return [try fit(MatrixRules.times(half, shares), axis, size)]
      })
  }

  /// 1 for the elements of a half that have no mirror image, another number for the rest.
  private static func weights(
    _ count: Int, middle: Double, _ half: NDArray, _ axis: Int
  ) throws(MartletError) -> NDArray {
    var numbers = [Double](repeating: middle, count: count / 2 + 1)
    numbers[0] = 1
    if count % 2 == 0 { numbers[count / 2] = 1 }
    var shape = [Int](repeating: 1, count: half.rank)
    shape[axis] = numbers.count
    return try NDArray(numbers, shape: Shape(shape)).asType(half.dtype.realType).to(half.device)
  }
}
