import MartletIR
import MartletRuntime

/// Which of the positions of a shorter row along a longer one count.
public enum ConvolutionMode: String, Sendable {
  /// All where the two overlap.
  case full
  /// As many as the longer row has elements, around the middle.
  case same
  /// Those where the shorter row lies within the longer one.
  case valid
}

extension NDArray {
  /// The sums of products of two rows, one of them turned round and moved along the other (NumPy's
  /// `convolve`).
  ///
  /// - Throws: `.invalidArgument` for empty rows or more than one axis, `.unsupported` for types
  ///   without sums of products, `.outOfMemory`.
  public static func convolve(
    _ a: NDArray, _ b: NDArray, mode: ConvolutionMode = .full
  ) throws(MartletError) -> NDArray {
    let (long, short) = try rows(a, b, "convolve")
    return long.count < short.count
      ? try sliding(short, long.flipped(), mode) : try sliding(long, short.flipped(), mode)
  }

  /// The sums of products of two rows, the second one (conjugated) moved along the first (NumPy's
  /// `correlate`).
  ///
  /// - Throws: As `convolve`.
  public static func correlate(
    _ a: NDArray, _ b: NDArray, mode: ConvolutionMode = .valid
  ) throws(MartletError) -> NDArray {
    var (first, second) = try rows(a, b, "correlate")
    if second.dtype.isComplex { second = try compute(.conjugate, .array(second)) }
    return first.count < second.count
      ? try sliding(second, first, mode).flipped() : try sliding(first, second, mode)
  }

  private static func rows(
    _ a: NDArray, _ b: NDArray, _ operation: String
  ) throws(MartletError) -> (NDArray, NDArray) {
    for (array, name) in [(a, "a"), (b, "v")] {
      guard array.rank <= 1 else {
        throw .invalidArgument(
          operation: operation, detail: "object too deep for desired array")
      }
      guard array.count > 0 else {
        throw .invalidArgument(operation: operation, detail: "\(name) cannot be empty")
      }
    }
    let dtype = Promotion.promote(a.dtype, b.dtype)
    return (
      try a.raveled().lazilyConverted(to: dtype), try b.raveled().lazilyConverted(to: dtype)
    )
  }

  /// The sums for each position of `short` along `long`.
  static func sliding(
    _ long: NDArray, _ short: NDArray, _ mode: ConvolutionMode
  ) throws(MartletError) -> NDArray {
    if Trace.isUsed, long.storage.tapeNode != nil || short.storage.tapeNode != nil {
      return try slidingTraced(long, short, mode)
    }
    if long.dtype.isComplex { return try slidingParts(long, short, mode) }
    let (a, b) = (try long.contiguous(), try short.contiguous())
    let lead =
      switch mode {
      case .full: b.count - 1
      case .same: b.count / 2
      case .valid: 0
      }
    let count =
      switch mode {
      case .full: a.count + b.count - 1
      case .same: a.count
      case .valid: a.count - b.count + 1
      }
    try Shape([count]).checkedCount()
    let result = try NDArray(uninitialised: [count], a.dtype)
    switch a.dtype {
    case .float64: try slideFloats(Double.self, a, b, lead, result)
    case .float32: try slideFloats(Float.self, a, b, lead, result)
    case .int8, .uint8: try slideIntegers(UInt8.self, a, b, lead, result)
    case .int16, .uint16: try slideIntegers(UInt16.self, a, b, lead, result)
    case .int32, .uint32: try slideIntegers(UInt32.self, a, b, lead, result)
    case .int64, .uint64: try slideIntegers(UInt64.self, a, b, lead, result)
    default:
      throw .unsupported(operation: "convolve", detail: "sums of products of \(a.dtype)")
    }
    return result
  }

  /// Complex rows, by their parts.
  private static func slidingParts(
    _ long: NDArray, _ short: NDArray, _ mode: ConvolutionMode
  ) throws(MartletError) -> NDArray {
    func part(_ row: ElementwiseOperation, _ array: NDArray) throws(MartletError) -> NDArray {
      try compute(row, .array(array))
    }
    let (ar, ai) = (try part(.real, long), try part(.imag, long))
    let (br, bi) = (try part(.real, short), try part(.imag, short))
    let real = try sliding(ar, br, mode).subtracting(sliding(ai, bi, mode))
    let imaginary = try sliding(ar, bi, mode).adding(sliding(ai, br, mode))
    return try complex(real, imaginary)
  }

  /// An array with these parts.
  static func complex(_ real: NDArray, _ imaginary: NDArray) throws(MartletError) -> NDArray {
    let result = try NDArray(uninitialised: real.shape, real.dtype.complexType)
    var parts = result.partsView()
    var first = parts.layout
    first = first.indexed(axis: parts.rank - 1, at: 0)
    try parts.fill(first, real)
    try parts.fill(parts.layout.indexed(axis: parts.rank - 1, at: 1), imaginary)
    return result
  }

  /// A complex array's memory as its parts, along a new last axis.
  func partsView() -> NDArray {
    var parts = Layout(shape: shape, strides: strides, offset: layout.offset * 2)
    for axis in 0..<rank { parts.strides[axis] *= 2 }
    parts.shape.append(2)
    parts.strides.append(1)
    return NDArray(storage: storage, layout: parts, dtype: dtype.realType)
  }

  // MARK: - Loops

  private static func slideFloats<Number: BinaryFloatingPoint & BitwiseCopyable & Sendable>(
    _: Number.Type, _ a: NDArray, _ b: NDArray, _ lead: Int, _ result: NDArray
  ) throws(MartletError) {
    try slide(Number.self, a, b, lead, result) { target, source, factor, count in
      for i in 0..<count { target[i] += source[i] * factor }
    }
  }

  private static func slideIntegers<
    Number: FixedWidthInteger & BitwiseCopyable & Sendable
  >(
    _: Number.Type, _ a: NDArray, _ b: NDArray, _ lead: Int, _ result: NDArray
  ) throws(MartletError) {
    try slide(Number.self, a, b, lead, result) { target, source, factor, count in
      for i in 0..<count { target[i] &+= source[i] &* factor }
    }
  }

  /// Results a block at a time: they stay in the cache while the shorter row passes.
  @inline(__always)
  private static func slide<Number: Numeric & BitwiseCopyable & Sendable>(
    _: Number.Type, _ a: NDArray, _ b: NDArray, _ lead: Int, _ result: NDArray,
    _ add:
      @escaping @Sendable (
        UnsafeMutablePointer<Number>, UnsafePointer<Number>, Number, Int
      ) -> Void
  ) throws(MartletError) {
    // Threads read the rows, and write blocks of their own.
    nonisolated(unsafe) let long = try a.pointer().assumingMemoryBound(to: Number.self)
    nonisolated(unsafe) let short = try b.pointer().assumingMemoryBound(to: Number.self)
    nonisolated(unsafe) let target = try result.pointer().assumingMemoryBound(to: Number.self)
    let (size, width, total) = (a.count, b.count, result.count)
    let block = total.multipliedReportingOverflow(by: width)
    let grain = !block.overflow && block.partialValue < 1 << 16 ? total : 1024
    Workers.shared.parallel(count: total, grain: grain, mayBeLeft: true) { first, end in
      var start = first
      while start < end {
        let stop = Swift.min(end, start + 1024)
        (target + start).update(repeating: 0, count: stop - start)
        // result[k] is the sum of long[k - lead + j] * short[j], where there is such an element.
        for j in Swift.max(0, lead - (stop - 1))..<Swift.min(width, size + lead - start) {
          let low = Swift.max(start, lead - j)
          let high = Swift.min(stop, size + lead - j)
          if low < high { add(target + low, long + (low - lead + j), short[j], high - low) }
        }
        start = stop
      }
    }
    withExtendedLifetime((a, b, result)) {}
  }
}
