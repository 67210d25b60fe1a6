import MartletIR
import MartletRuntime

/// Random numbers that are functions of a key and of their number in the stream, and so the same on
/// every device and for any number of threads: what NumPy's generators do not promise.
///
///     var generator = CounterGenerator(seed: 42, on: try Device("cuda"))
///     let noise = try generator.normal(shape: [1000, 1000])
///
/// Each number takes one block of Philox 4×32 (Salmon et al. 2011), whatever its type and
/// distribution: the element `i` of a draw is made of block `position + i` of the stream alone. The
/// numbers are not those of `RandomGenerator`, which are NumPy's.
public struct CounterGenerator: Sendable {
  /// Where arrays are made; nil for the current device.
  public var device: Device?
  /// The number of the next block. Setting it moves along the stream.
  public var position: UInt64 = 0
  /// Which of the streams of the seed this is.
  public let stream: UInt64
  private let key: UInt64

  /// The generator of a seed, whose arrays are made on a device; without one, where new arrays are.
  public init(seed: UInt64, stream: UInt64 = 0, on device: Device? = nil) {
    self.init(key: Self.key(of: SeedSequence(seed)), stream: stream, on: device)
  }

  package static func key(of sequence: SeedSequence) -> UInt64 { sequence.generateState64(1)[0] }

  /// The same with the key itself.
  package init(key: UInt64, stream: UInt64, position: UInt64 = 0, on device: Device? = nil) {
    self.key = key
    self.stream = stream
    self.position = position
    self.device = device
  }

  /// Uniform numbers of a range, `float64` or `float32`, with as many random bits as a significand
  /// has.
  ///
  /// - Throws: `.invalidType` for another dtype, `.sizeLimit`, `.outOfMemory`.
  public mutating func uniform(
    in range: Range<Double> = 0..<1, shape: Shape, dtype: DType = .float64
  ) throws(MartletError) -> NDArray {
    try uniform(low: range.lowerBound, width: range.upperBound - range.lowerBound, shape, dtype)
  }

  package mutating func uniform(
    low: Double, width: Double, _ shape: Shape, _ dtype: DType
  ) throws(MartletError) -> NDArray {
    try draw(
      .counterUniform, shape, dtype, Scalar(low, .float64).converted(to: dtype),
      Scalar(width, .float64).converted(to: dtype))
  }

  /// Normal numbers, `float64` or `float32`.
  ///
  /// - Throws: `.invalidType` for another dtype, `.sizeLimit`, `.outOfMemory`.
  public mutating func normal(
    mean: Double = 0, deviation: Double = 1, shape: Shape, dtype: DType = .float64
  ) throws(MartletError) -> NDArray {
    try draw(
      .counterNormal, shape, dtype, Scalar(mean, .float64).converted(to: dtype),
      Scalar(deviation, .float64).converted(to: dtype))
  }

  /// Integers of a range. That of `n` numbers is as likely as another but for a part of `n`/2⁶⁴.
  ///
  /// - Throws: `.invalidArgument` where the range is not one of the dtype, `.invalidType` for other
  ///   than integers, `.sizeLimit`, `.outOfMemory`.
  public mutating func integers(
    in range: ClosedRange<Int>, shape: Shape, dtype: DType = .int64
  ) throws(MartletError) -> NDArray {
    let low = Scalar(Int64(range.lowerBound), .int64).converted(to: dtype)
    let high = Scalar(Int64(range.upperBound), .int64).converted(to: dtype)
    guard low.asInt64 == range.lowerBound, high.asInt64 == range.upperBound,
      dtype != .uint64 || range.lowerBound >= 0
    else {
      throw .invalidArgument(
        operation: "integers", detail: "\(range) is no range of \(dtype)")
    }
    let count = UInt64(bitPattern: Int64(range.upperBound) &- Int64(range.lowerBound)) &+ 1
    return try integers(from: low, count: count, shape)
  }

  /// The same from a lowest number of a dtype on; a count of 0 stands for 2⁶⁴.
  package mutating func integers(
    from low: Scalar, count: UInt64, _ shape: Shape
  ) throws(MartletError) -> NDArray {
    try draw(
      .counterIntegers, shape, low.dtype, low, Scalar(dtype: .uint64, low: count))
  }

  private mutating func draw(
    _ row: ElementwiseOperation, _ shape: Shape, _ dtype: DType, _ first: Scalar, _ second: Scalar
  ) throws(MartletError) -> NDArray {
    guard let loop = row.loops.firstIndex(where: { $0.outputs == [dtype] }) else {
      throw .invalidType(operation: row.name, detail: "there are no such numbers of \(dtype)")
    }
    let count = try shape.checkedCount()
    let home: Device
    if let device { home = device } else { home = try Placement.device(forNew: count, dtype) }
    let result = try NDArray(uninitialised: shape, dtype, on: home)
    guard count > 0 else { return result }
    let target = try result.storage.evaluatedHere()
    let numbers =
      [position, key, stream].map { Scalar(dtype: .uint64, low: $0) } + [first, second]
    try Graph.lock.locked { () throws(MartletError) in
      var builder = ProgramBuilder(domain: [count], on: home)
      let scalars = numbers.map { builder.scalar($0) }
      let operand = builder.step(row, loop: loop, [builder.position()] + scalars)
      builder.output(operand, to: target, Layout(contiguous: [count]), dtype)
      try Evaluation.run(builder)
    }
    position &+= UInt64(count)
    return result
  }
}
