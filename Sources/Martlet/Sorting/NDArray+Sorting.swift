import MartletIR
import MartletRuntime

extension NDArray {
  /// The elements in ascending order along an axis, NaN last; complex numbers by their real parts,
  /// then by their imaginary ones.
  ///
  /// - Parameters:
  ///   - axis: Negative ones count from the end.
  ///   - stable: Whether 0.0 and -0.0, which are equal, stay in order, and NaNs among themselves.
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func sorted(axis: Int = -1, stable: Bool = false) throws(MartletError) -> NDArray {
    let axis = try sortingAxis(axis, "sort")
    if !device.isHost {
      return try Fallback.onHost(insteadOf: device, "sort", reason: Self.noKernel) {
        () throws(MartletError) in
        try to(.host).sorted(axis: axis, stable: stable).to(device)
      }
    }
    let layout = Elementwise.resultLayout([self], shape: shape)
    let result = NDArray(
      storage: Storage(try Buffer(byteCount: count * dtype.itemSize)), layout: layout, dtype: dtype)
    try sort(into: result, axis: axis, positions: false)
    if stable, dtype.isFloating, count > 0 {
      let lanes = EqualNumbers(source: self, result: result, axis: axis)
      switch dtype.itemSize {
      case 2: try lanes.restore(UInt16.self)
      case 4: try lanes.restore(UInt32.self)
      default: try lanes.restore(UInt64.self)
      }
    }
    return result
  }

  /// The positions of the elements in ascending order along an axis; equal ones stay in order.
  ///
  /// - Parameter axis: Negative ones count from the end.
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`, `.unsupported` for axes of 2³² elements.
  public func argSorted(axis: Int = -1) throws(MartletError) -> NDArray {
    let axis = try sortingAxis(axis, "argsort")
    if !device.isHost {
      return try Fallback.onHost(insteadOf: device, "argsort", reason: Self.noKernel) {
        () throws(MartletError) in try to(.host).argSorted(axis: axis).to(device)
      }
    }
    if shape[axis] > Int(UInt32.max) {
      throw .unsupported(operation: "argsort", detail: "an axis of \(shape[axis]) elements")
    }
    let result = try NDArray(uninitialised: shape, .int64)
    try sort(into: result, axis: axis, positions: true)
    return result
  }

  /// The elements arranged so that those at the given positions are where sorting would put them,
  /// with no larger one before and no smaller one behind. (All of them are sorted: by radix that
  /// takes no longer than selecting.)
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`, `.invalidArgument` for positions outside it.
  public func partitioned(at positions: [Int], axis: Int = -1) throws(MartletError) -> NDArray {
    try checkPartition(positions, axis, "partition")
    return try sorted(axis: axis)
  }

  /// The positions of the elements as `partitioned` arranges them.
  ///
  /// - Throws: As `partitioned`.
  public func argPartitioned(at positions: [Int], axis: Int = -1) throws(MartletError) -> NDArray {
    try checkPartition(positions, axis, "argpartition")
    return try argSorted(axis: axis)
  }

  private func checkPartition(
    _ positions: [Int], _ axis: Int, _ operation: String
  ) throws(MartletError) {
    let size = shape[try sortingAxis(axis, operation)]
    for position in positions where position < -size || position >= size {
      // NumPy names the position as it counts from the start.
      let named = position < 0 ? position + size : position
      throw .invalidArgument(
        operation: operation, detail: "kth(=\(named)) out of bounds (\(size))")
    }
  }

  /// Why devices leave sorting to the host.
  static let noKernel = "sorting has no kernel"

  private func sortingAxis(_ axis: Int, _ operation: String) throws(MartletError) -> Int {
    try normalised(axis, operation)
  }

  private func sort(
    into result: NDArray, axis: Int, positions: Bool
  ) throws(MartletError) {
    if count == 0 { return }
    switch dtype {
    case .bool, .int8, .uint8: try sort(UInt8.self, into: result, axis, positions)
    case .int16, .uint16, .float16, .bfloat16:
      try sort(UInt16.self, into: result, axis, positions)
    case .int32, .uint32, .float32: try sort(UInt32.self, into: result, axis, positions)
    case .int64, .uint64, .float64: try sort(UInt64.self, into: result, axis, positions)
    case .complex64: try sortComplex(UInt32.self, into: result, axis, positions)
    case .complex128: try sortComplex(UInt64.self, into: result, axis, positions)
    }
  }

  private func sort<Bits: SortBits>(
    _: Bits.Type, into result: NDArray, _ axis: Int, _ positions: Bool
  ) throws(MartletError) {
    let map = SortKeyMap<Bits>(dtype, mergingZeros: positions)
    if positions {
      try sort(PositionCodec(map: map), into: result, axis)
    } else {
      try sort(ValueCodec(map: map), into: result, axis)
    }
  }

  private func sortComplex<Part: SortBits>(
    _: Part.Type, into result: NDArray, _ axis: Int, _ positions: Bool
  ) throws(MartletError) {
    let map = SortKeyMap<Part>(dtype.realType, mergingZeros: true)
    try sort(ComplexCodec(map: map, givesPositions: positions), into: result, axis)
  }

  private func sort<Codec: SortCodec>(
    _ codec: Codec, into result: NDArray, _ axis: Int
  ) throws(MartletError) {
    let source = try storage.evaluated()
    let lanes = SortLanes(
      codec, source: layout, target: result.layout, targetSize: result.dtype.itemSize, axis: axis)
    try lanes.run(from: source, to: try result.storage.evaluated())
    withExtendedLifetime(self) {}
  }
}
