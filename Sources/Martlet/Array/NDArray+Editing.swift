import MartletIR

extension NDArray {
  /// New memory of a shape, in Fortran's order where this array has that.
  private func fresh(_ shape: Shape) throws(MartletError) -> NDArray {
    var result = try NDArray(uninitialised: shape, dtype)
    if layout.isFortranContiguous, !layout.isContiguous { result.layout = Layout(fortran: shape) }
    return result
  }

  private func positionsChecked(
    _ positions: [Int], _ axis: Int
  ) throws(MartletError) -> [Int] {
    let size = shape[axis]
    return try positions.map { position throws(MartletError) in
      guard position >= -size, position < size else {
        throw .indexOutOfBounds(index: position, axis: axis, size: size)
      }
      return position < 0 ? position + size : position
    }
  }

  /// Without the elements at positions along an axis (NumPy's `delete`).
  ///
  /// - Parameter positions: Negative ones count from the end; repeated ones count once.
  /// - Parameter axis: The axis, negative from the end.
  /// - Throws: `.axisOutOfRange`, `.indexOutOfBounds`, `.outOfMemory`.
  public func deleting(_ positions: [Int], axis: Int) throws(MartletError) -> NDArray {
    let axis = try normalised(axis, "delete")
    let places = Set(try positionsChecked(positions, axis)).sorted()
    var rest = shape
    rest[axis] -= places.count
    var result = try fresh(rest)
    // The runs between what goes.
    var (from, to) = (0, 0)
    for place in places + [shape[axis]] {
      let count = place - from
      try result.fill(
        result.layout.sliced(axis: axis, start: to, count: count, step: 1),
        part(axis: axis, from: from, count: count))
      to += count
      from = place + 1
    }
    return result
  }

  /// With values before a position along an axis, as many as they have along it (NumPy's `insert`).
  ///
  /// - Parameters:
  ///   - values: Of this array's type when they are there; they broadcast along the other axes.
  ///   - position: At most the axis's length; negative ones count from the end.
  ///   - axis: The axis, negative from the end.
  /// - Throws: `.axisOutOfRange`, `.indexOutOfBounds`, `.broadcast`, `.outOfMemory`.
  public func inserting(
    _ values: NDArray, at position: Int, axis: Int
  ) throws(MartletError) -> NDArray {
    let axis = try normalised(axis, "insert")
    let size = shape[axis]
    guard position >= -size, position <= size else {
      throw .indexOutOfBounds(index: position, axis: axis, size: size)
    }
    let place = position < 0 ? position + size : position
    var added = values
    while added.rank < rank { added = try added.expanded(at: 0) }
    let count = added.rank == rank ? added.shape[axis] : 1
    var wide = shape
    wide[axis] += count
    try wide.checkedCount()
    var result = try fresh(wide)
    func region(_ start: Int, _ count: Int) -> Layout {
      result.layout.sliced(axis: axis, start: start, count: count, step: 1)
    }
    try result.fill(region(0, place), part(axis: axis, from: 0, count: place))
    let middle = region(place, count)
    guard let stretched = added.layout.broadcast(to: middle.shape) else {
      throw .shapeMismatch(
        operation: "insert",
        detail: "could not broadcast input array from shape \(added.shape) into shape "
          + "\(middle.shape)")
    }
    try result.fill(middle, added.view(stretched).lazilyConverted(to: dtype))
    try result.fill(
      region(place + count, size - place), part(axis: axis, from: place, count: size - place))
    return result
  }

  /// With values before several positions along an axis, one for each (NumPy's `insert`).
  ///
  /// - Parameters:
  ///   - values: They broadcast to this array's shape with the positions along the axis.
  ///   - positions: In this array, before anything is inserted.
  ///   - axis: The axis, negative from the end.
  /// - Throws: As `inserting(_:at:axis:)`.
  public func inserting(
    _ values: NDArray, at positions: [Int], axis: Int
  ) throws(MartletError) -> NDArray {
    let axis = try normalised(axis, "insert")
    let (size, count) = (shape[axis], positions.count)
    // Where each value stands in the result, and for each place whose it is: values count from -1 down.
    var places = positions.map { $0 < 0 ? $0 &+ size : $0 }
    let order = places.indices.sorted { (places[$0], $0) < (places[$1], $1) }
    for (before, i) in order.enumerated() { places[i] = places[i] &+ before }
    for (i, place) in places.enumerated() where place < 0 || place >= size + count {
      throw .indexOutOfBounds(index: positions[i], axis: axis, size: size + count)
    }
    var isNew = Array(repeating: false, count: size + count)
    for place in places { isNew[place] = true }
    let old = isNew.indices.filter { !isNew[$0] }
    guard old.count == size else {
      throw .shapeMismatch(operation: "insert", detail: "values at the same place of the result")
    }
    var wide = shape
    wide[axis] = size + count
    try wide.checkedCount()
    var result = try fresh(wide)
    func along(_ indices: [Int]) throws(MartletError) -> [AxisIndex] {
      Array(repeating: AxisIndex.slice(nil, nil), count: axis)
        + [AxisIndex(.array(try NDArray(positions: indices)))]
    }
    try result.assign(along(places), .array(values.lazilyConverted(to: dtype)))
    try result.assign(along(old), .array(self))
    return result
  }

  /// The elements in C order, again and again until the shape is full (NumPy's `resize`).
  ///
  /// - Throws: `.sizeLimit`, `.outOfMemory`.
  public func repeated(toFill shape: Shape) throws(MartletError) -> NDArray {
    let total = try shape.checkedCount()
    guard count > 0, total > 0 else { return try NDArray.zeros(shape, dtype) }
    let row = try raveled()
    var result = try NDArray(uninitialised: [total], dtype)
    var start = 0
    // Each pass copies all that is there already.
    while start < total {
      let size = Swift.min(start == 0 ? count : start, total - start)
      let source = start == 0 ? row : result
      try result.fill(
        result.layout.sliced(axis: 0, start: start, count: size, step: 1),
        source.part(axis: 0, from: 0, count: size))
      start += size
    }
    return try result.reshaped(Array(shape))
  }

  /// Without the zeros around all other elements (NumPy's `trim_zeros`): a view.
  ///
  /// - Parameters:
  ///   - axes: Along which to trim; nil for all.
  ///   - atFront: Whether zeros before go.
  ///   - atBack: Whether zeros behind go.
  /// - Throws: `.axisOutOfRange`, `.outOfMemory`.
  public func trimmingZeros(
    axes: [Int]? = nil, atFront: Bool = true, atBack: Bool = true
  ) throws(MartletError) -> NDArray {
    let trimmed = try reducedAxes("trim_zeros", axes)
    var result = layout
    let isThere = dtype == .bool ? self : try asBool()
    let hasOne = try count > 0 ? isThere.any().item().low != 0 : false
    for axis in 0..<rank where trimmed[axis] {
      guard hasOne else {
        result = result.sliced(axis: axis, start: 0, count: 0, step: 1)
        continue
      }
      let others = (0..<rank).filter { $0 != axis }
      let some = try others.isEmpty ? isThere : isThere.any(axes: others)
      let places = try some.nonzero()[0].elements(as: Int.self)
      let first = atFront ? places.first ?? 0 : 0
      let end = atBack ? (places.last ?? -1) + 1 : shape[axis]
      result = result.sliced(axis: axis, start: first, count: end - first, step: 1)
    }
    return view(result)
  }

  // MARK: - Bits

  /// Eight truth values to a byte along an axis (NumPy's `packbits`), with zeros behind the last.
  ///
  /// - Parameter isLittle: Whether the first value is the lowest bit, not the highest.
  /// - Parameter axis: The axis, negative from the end.
  /// - Throws: `.axisOutOfRange`, `.invalidType` for other than integers and truth values,
  ///   `.outOfMemory`.
  public func packedBits(axis: Int, isLittle: Bool = false) throws(MartletError) -> NDArray {
    guard dtype == .bool || dtype.isInteger else {
      throw .invalidType(
        operation: "packbits", detail: "Expected an input array of integer or boolean data type")
    }
    let axis = try normalised(axis, "packbits")
    let rows = try asBool().movingAxis(axis, to: -1).contiguous()
    let size = shape[axis]
    let bytes = (size + 7) / 8
    var packed = rows.shape
    packed[rank - 1] = bytes
    let result = try NDArray(uninitialised: packed, .uint8)
    let source = try rows.pointer().assumingMemoryBound(to: UInt8.self)
    let target = try result.pointer().assumingMemoryBound(to: UInt8.self)
    for row in 0..<(size == 0 ? 0 : rows.count / size) {
      for byte in 0..<bytes {
        var value: UInt8 = 0
        for bit in 0..<Swift.min(8, size - 8 * byte) where source[row * size + 8 * byte + bit] != 0
        {
          value |= 1 << UInt8(isLittle ? bit : 7 - bit)
        }
        target[row * bytes + byte] = value
      }
    }
    withExtendedLifetime(rows) {}
    return try result.movingAxis(-1, to: axis)
  }

  /// The bits of bytes along an axis, each as a byte of 0 or 1 (NumPy's `unpackbits`).
  ///
  /// - Parameters:
  ///   - count: How many bits there are; negative for all but so many, nil for all.
  ///   - isLittle: Whether the lowest bit comes first, not the highest.
  ///   - axis: The axis, negative from the end.
  /// - Throws: `.axisOutOfRange`, `.invalidType` for other than `uint8`, `.invalidArgument` for a
  ///   negative count of more bits than there are, `.outOfMemory`.
  public func unpackedBits(
    axis: Int, count: Int? = nil, isLittle: Bool = false
  ) throws(MartletError) -> NDArray {
    guard dtype == .uint8 else {
      throw .invalidType(
        operation: "unpackbits", detail: "Expected an input array of unsigned byte data type")
    }
    let axis = try normalised(axis, "unpackbits")
    let rows = try movingAxis(axis, to: -1).contiguous()
    let size = shape[axis]
    var bits = size * 8
    if let count {
      if count < 0, -count > bits {
        throw .invalidArgument(
          operation: "unpackbits",
          detail: "-ve axis extension of \(count) is more than the \(bits) bits there are")
      }
      bits = count < 0 ? bits + count : count
    }
    var wide = rows.shape
    wide[rank - 1] = bits
    try wide.checkedCount()
    let result = try NDArray(uninitialised: wide, .uint8)
    let source = try rows.pointer().assumingMemoryBound(to: UInt8.self)
    let target = try result.pointer().assumingMemoryBound(to: UInt8.self)
    for row in 0..<(bits == 0 ? 0 : result.count / bits) {
      for bit in 0..<bits {
        let byte = bit >> 3
        let shift = UInt8(isLittle ? bit & 7 : 7 - bit & 7)
        target[row * bits + bit] = byte < size ? source[row * size + byte] >> shift & 1 : 0
      }
    }
    withExtendedLifetime(rows) {}
    return try result.movingAxis(-1, to: axis)
  }
}
