import MartletIR
import MartletRuntime

// MARK: - From numbers

extension NDArray {
  /// An array without dimensions that holds one number.
  package static func scalar(_ number: Scalar) throws(MartletError) -> NDArray {
    let result = try NDArray(uninitialised: Shape(), number.dtype)
    number.write(to: result.storage.pointer!)
    return result
  }

  /// The only element.
  ///
  /// - Throws: `.invalidArgument` unless there is exactly one.
  package func item() throws(MartletError) -> Scalar {
    guard count == 1 else {
      throw .invalidArgument(
        operation: "item", detail: "can only convert an array of size 1 to a Python scalar")
    }
    let source = try readable()
    defer { withExtendedLifetime(source) {} }
    return Scalar(reading: try source.pointer(), dtype)
  }

  /// All elements equal to a number, without memory for each: a view of one.
  package static func repeating(
    _ number: Scalar, _ shape: Shape
  ) throws(MartletError) -> NDArray {
    try shape.checkedCount()
    var result = try scalar(number)
    result.layout = result.layout.broadcast(to: shape)!
    return result
  }

  /// An array of `shape` with every element equal to `number`.
  package static func full(_ shape: Shape, _ number: Scalar) throws(MartletError) -> NDArray {
    try full(shape, number, on: Placement.device(forNew: shape.checkedCount(), number.dtype))
  }

  static func full(
    _ shape: Shape, _ number: Scalar, on device: Device
  ) throws(MartletError) -> NDArray {
    let result = try NDArray(uninitialised: shape, number.dtype, on: device)
    guard result.count > 0 else { return result }
    let target = try result.storage.evaluatedHere()
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: shape, on: device)
      let operand = builder.scalar(number)
      builder.output(operand, to: target, result.layout, number.dtype)
      try Evaluation.run(builder)
    }
    return result
  }

  /// An array of zeros.
  public static func zeros(
    _ shape: Shape, _ dtype: DType = .float64
  ) throws(MartletError) -> NDArray {
    let count = try shape.checkedCount()
    if !Placement.isHost { return try full(shape, Scalar(Int64(0), dtype)) }
    return try zerosOnHost(shape, count, dtype)
  }

  /// Zeros in the host's memory, wherever new arrays are made: for work that writes to them there.
  static func zerosOnHost(_ shape: Shape, _ dtype: DType) throws(MartletError) -> NDArray {
    try zerosOnHost(shape, shape.checkedCount(), dtype)
  }

  private static func zerosOnHost(
    _ shape: Shape, _ count: Int, _ dtype: DType
  ) throws(MartletError) -> NDArray {
    NDArray(
      storage: try Storage(byteCount: count * dtype.itemSize, zeroed: true),
      layout: Layout(contiguous: shape), dtype: dtype)
  }

  /// An array of ones.
  public static func ones(
    _ shape: Shape, _ dtype: DType = .float64
  ) throws(MartletError) -> NDArray {
    try full(shape, Scalar(Int64(1), dtype))
  }

  /// `start + i * step` for `i` in 0 ..< count, rounded as NumPy's `arange` does: the second element
  /// is `start + step`, the others follow from the difference of the first two.
  package static func arange(
    start: Scalar, next: Scalar, count: Int
  ) throws(MartletError) -> NDArray {
    let dtype = start.dtype
    let checked = try Shape([count]).checkedCount()
    let device = try Placement.device(forNew: count, dtype)
    let result = try NDArray(uninitialised: [checked], dtype, on: device)
    guard count > 0 else { return result }
    let target = try result.storage.evaluatedHere()
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: [count], on: device)
      let first = builder.scalar(start)
      let second = builder.scalar(next)
      let operand = builder.step(
        .ramp, loop: ElementwiseOperation.ramp.loops.firstIndex { $0.inputs[1] == dtype }!,
        [builder.position(), first, second])
      builder.output(operand, to: target, result.layout, dtype)
      try Evaluation.run(builder)
    }
    return result
  }
}

extension Scalar {
  /// Writes the number's bytes to memory.
  package func write(to memory: UnsafeMutableRawPointer) {
    switch dtype {
    case .complex64:
      memory.storeBytes(of: UInt32(truncatingIfNeeded: low), as: UInt32.self)
      memory.storeBytes(of: UInt32(truncatingIfNeeded: high), toByteOffset: 4, as: UInt32.self)
    case .complex128:
      memory.storeBytes(of: low, as: UInt64.self)
      memory.storeBytes(of: high, toByteOffset: 8, as: UInt64.self)
    default:
      switch dtype.itemSize {
      case 1: memory.storeBytes(of: UInt8(truncatingIfNeeded: low), as: UInt8.self)
      case 2: memory.storeBytes(of: UInt16(truncatingIfNeeded: low), as: UInt16.self)
      case 4: memory.storeBytes(of: UInt32(truncatingIfNeeded: low), as: UInt32.self)
      default: memory.storeBytes(of: low, as: UInt64.self)
      }
    }
  }

  /// Reads a number from memory.
  package init(reading memory: UnsafeRawPointer, _ dtype: DType) {
    switch dtype {
    case .complex64:
      self.init(
        dtype: dtype, low: UInt64(memory.loadUnaligned(as: UInt32.self)),
        high: UInt64(memory.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
    case .complex128:
      self.init(
        dtype: dtype, low: memory.loadUnaligned(as: UInt64.self),
        high: memory.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    default:
      let bits: UInt64 =
        switch dtype.itemSize {
        case 1: UInt64(memory.load(as: UInt8.self))
        case 2: UInt64(memory.loadUnaligned(as: UInt16.self))
        case 4: UInt64(memory.loadUnaligned(as: UInt32.self))
        default: memory.loadUnaligned(as: UInt64.self)
        }
      self.init(dtype: dtype, low: dtype == .bool ? (bits == 0 ? 0 : 1) : bits)
    }
  }
}
