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
    if Trace.isUsed, storage.tapeNode != nil {
      return try moved(to: untraced.argSort(axis: axis), axis)
    }
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
  public func argSort(axis: Int = -1) throws(MartletError) -> NDArray {
    let axis = try sortingAxis(axis, "argsort")
    if storage.tapeNode != nil { return try untraced.argSort(axis: axis) }
    if !device.isHost {
      return try Fallback.onHost(insteadOf: device, "argsort", reason: Self.noKernel) {
        () throws(MartletError) in try to(.host).argSort(axis: axis).to(device)
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
  /// with no larger one before and no smaller one behind.
  ///
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`, `.invalidArgument` for positions outside it.
  public func partitioned(at positions: [Int], axis: Int = -1) throws(MartletError) -> NDArray {
    let axis = try sortingAxis(axis, "partition")
    let places = try places(positions, axis, "partition")
    if Trace.isUsed, storage.tapeNode != nil {
      return try moved(to: untraced.argPartition(at: positions, axis: axis), axis)
    }
    if !device.isHost {
      return try Fallback.onHost(insteadOf: device, "partition", reason: Self.noKernel) {
        () throws(MartletError) in
        try to(.host).partitioned(at: positions, axis: axis).to(device)
      }
    }
    let result = NDArray(
      storage: Storage(try Buffer(byteCount: count * dtype.itemSize)),
      layout: Elementwise.resultLayout([self], shape: shape), dtype: dtype)
    try sort(into: result, axis: axis, positions: false, places: places)
    return result
  }

  /// The positions of the elements as `partitioned` arranges them.
  ///
  /// - Throws: As `partitioned`.
  public func argPartition(at positions: [Int], axis: Int = -1) throws(MartletError) -> NDArray {
    let axis = try sortingAxis(axis, "argpartition")
    let places = try places(positions, axis, "argpartition")
    if storage.tapeNode != nil { return try untraced.argPartition(at: positions, axis: axis) }
    if !device.isHost {
      return try Fallback.onHost(insteadOf: device, "argpartition", reason: Self.noKernel) {
        () throws(MartletError) in
        try to(.host).argPartition(at: positions, axis: axis).to(device)
      }
    }
    if shape[axis] > Int(UInt32.max) {
      throw .unsupported(operation: "argpartition", detail: "an axis of \(shape[axis]) elements")
    }
    let result = try NDArray(uninitialised: shape, .int64)
    try sort(into: result, axis: axis, positions: true, places: places)
    return result
  }

  /// The positions counted from the start, in ascending order.
  private func places(
    _ positions: [Int], _ axis: Int, _ operation: String
  ) throws(MartletError) -> [Int] {
    let size = shape[axis]
    for position in positions where position < -size || position >= size {
      // NumPy names the position as it counts from the start.
      let named = position < 0 ? position &+ size : position
      throw .invalidArgument(
        operation: operation, detail: "kth(=\(named)) out of bounds (\(size))")
    }
    return positions.map { $0 < 0 ? $0 + size : $0 }.sorted()
  }

  /// The order in which arrays put their elements: by the last one first, then by those before it
  /// where elements are equal (NumPy's `lexsort`).
  ///
  /// - Parameters:
  ///   - keys: Arrays of one shape; the last one counts most.
  ///   - axis: Negative ones count from the end.
  /// - Throws: `.invalidArgument` for no keys or unlike shapes, `.axisOutOfRange`, `.outOfMemory`.
  public static func lexSort(_ keys: [NDArray], axis: Int = -1) throws(MartletError) -> NDArray {
    guard let first = keys.first else {
      throw .invalidType(
        operation: "lexsort", detail: "need sequence of keys with len > 0 in lexsort")
    }
    guard keys.allSatisfy({ $0.shape == first.shape }) else {
      throw .invalidArgument(operation: "lexsort", detail: "all keys need to be the same shape")
    }
    if first.rank == 0 { return try NDArray.zeros([], .int64) }
    let axis = try first.normalised(axis, "lexsort")
    let size = first.shape[axis]
    var order: NDArray?
    for key in keys {
      let rows = try key.untraced.movingAxis(axis, to: -1).contiguous()
      guard let before = order else {
        order = try rows.argSort(axis: -1)
        continue
      }
      let lanes = rows.count / Swift.max(size, 1)
      // Where each row's elements are among those of all rows.
      let start = try NDArray(positions: (0..<lanes).map { $0 * size })
        .reshaped(Array(rows.shape.dropLast()) + [1])
      func pick(_ array: NDArray, _ places: NDArray) throws(MartletError) -> NDArray {
        try array.raveled().taking(compute(.add, .array(places), .array(start)), axis: 0)
      }
      order = try pick(before, pick(rows, before).argSort(axis: -1))
    }
    guard let order else { return try NDArray.zeros(first.shape, .int64) }
    return try order.movingAxis(-1, to: axis)
  }

  /// Why devices leave sorting to the host.
  static let noKernel = "sorting has no kernel"

  private func sortingAxis(_ axis: Int, _ operation: String) throws(MartletError) -> Int {
    try normalised(axis, operation)
  }

  private func sort(
    into result: NDArray, axis: Int, positions: Bool, places: [Int]? = nil
  ) throws(MartletError) {
    if count == 0 { return }
    switch dtype {
    case .bool, .int8, .uint8: try sort(UInt8.self, into: result, axis, positions, places)
    case .int16, .uint16, .float16, .bfloat16:
      try sort(UInt16.self, into: result, axis, positions, places)
    case .int32, .uint32, .float32: try sort(UInt32.self, into: result, axis, positions, places)
    case .int64, .uint64, .float64: try sort(UInt64.self, into: result, axis, positions, places)
    case .complex64: try sortComplex(UInt32.self, into: result, axis, positions, places)
    case .complex128: try sortComplex(UInt64.self, into: result, axis, positions, places)
    }
  }

  private func sort<Bits: SortBits>(
    _: Bits.Type, into result: NDArray, _ axis: Int, _ positions: Bool, _ places: [Int]?
  ) throws(MartletError) {
    let map = SortKeyMap<Bits>(dtype, mergingZeros: positions)
    if positions {
      try sort(PositionCodec(map: map), into: result, axis, places)
    } else {
      try sort(ValueCodec(map: map), into: result, axis, places)
    }
  }

  private func sortComplex<Part: SortBits>(
    _: Part.Type, into result: NDArray, _ axis: Int, _ positions: Bool, _ places: [Int]?
  ) throws(MartletError) {
    let map = SortKeyMap<Part>(dtype.realType, mergingZeros: true)
    try sort(ComplexCodec(map: map, givesPositions: positions), into: result, axis, places)
  }

  private func sort<Codec: SortCodec>(
    _ codec: Codec, into result: NDArray, _ axis: Int, _ places: [Int]?
  ) throws(MartletError) {
    let source = try storage.evaluated()
    let lanes = SortLanes(
      codec, source: layout, target: result.layout, targetSize: result.dtype.itemSize, axis: axis,
      places: places)
    try lanes.run(from: source, to: try result.storage.evaluated())
    withExtendedLifetime(self) {}
  }
}
