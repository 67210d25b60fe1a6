import MartletIR

extension Distribution {
  /// One number of parameters that were checked, as a double.
  package func real(_ source: LegacySource, _ a: Double, _ b: Double, _ c: Double) -> Double {
    guard case .real(let draw) = draw else { return .nan }
    return draw(source, a, b, c)
  }

  /// One integer of parameters that were checked.
  package func count(_ source: LegacySource, _ a: Cell, _ b: Cell, _ c: Cell) -> Int64 {
    switch draw {
    case .real: 0
    case .count(let draw): draw(source, a.real, b.real)
    case .countOfCount(let draw): draw(source, a.count, b.real)
    case .countOfCounts(let draw): draw(source, a.count, b.count, c.count)
    }
  }

  /// A parameter: an integer where it counts things, else a number.
  package struct Cell: Sendable {
    fileprivate let bits: UInt64
    package init(_ real: Double) { bits = real.bitPattern }
    package init(_ count: Int64) { bits = UInt64(bitPattern: count) }
    fileprivate init(bits: UInt64) { self.bits = bits }
    package var real: Double { Double(bitPattern: bits) }
    package var count: Int64 { Int64(bitPattern: bits) }
  }

  private func number(_ cell: Cell, _ position: Int) -> Double {
    position < parameters.count && parameters[position].isCount ? Double(cell.count) : cell.real
  }

  /// Whether parameters are allowed; see `check(_:_:_:isScalar:)`.
  package func check(_ a: Cell, _ b: Cell, _ c: Cell, isScalar: Bool) throws(MartletError) {
    try check(number(a, 0), number(b, 1), number(c, 2), isScalar: isScalar)
  }

  /// So many numbers, all of the same parameters, which were checked.
  package func fill(
    _ target: UnsafeMutableRawPointer, count: Int, _ source: LegacySource,
    _ a: Cell, _ b: Cell, _ c: Cell
  ) {
    switch draw {
    case .real(let draw):
      let (a, b, c) = (a.real, b.real, c.real)
      let target = target.assumingMemoryBound(to: Double.self)
      for i in 0..<count { target[i] = draw(source, a, b, c) }
    case .count, .countOfCount, .countOfCounts:
      let target = target.assumingMemoryBound(to: Int64.self)
      for i in 0..<count { target[i] = self.count(source, a, b, c) }
    }
  }

  /// Numbers whose parameters are arrays, which broadcast; `size` is the result's shape where the
  /// caller gives one.
  ///
  /// - Throws: `.broadcast`, `.shapeMismatch` where the parameters don't broadcast to `size`, what
  ///   `check` throws, `.outOfMemory`.
  package func drawn(
    _ given: [NDArray], size: Shape?, _ source: LegacySource
  ) throws(MartletError) -> NDArray {
    if Trace.isUsed, given.contains(where: { $0.storage.tapeNode != nil }) {
      return try drawnTraced(given, size: size, source)
    }
    var shape = Shape()
    for array in given {
      guard let joined = Shape.broadcast(shape, array.shape) else {
        throw .shapeMismatch(
          operation: name,
          detail: "shape mismatch: objects cannot be broadcast to a single shape.")
      }
      shape = joined
    }
    if let size {
      guard Shape.broadcast(size, shape) == size else {
        throw .shapeMismatch(
          operation: name,
          detail: "Output size \(size) is not compatible with broadcast dimensions of inputs "
            + "\(Shape.broadcast(size, shape) ?? shape).")
      }
      shape = size
    }
    var columns: [Column] = []
    for (array, parameter) in zip(given, parameters) {
      columns.append(
        try Column(array.asType(parameter.isCount ? .int64 : .float64).broadcast(to: shape)))
    }
    let result = try NDArray(uninitialised: shape, givesCounts ? .int64 : .float64)
    let target = try result.pointer()
    // All parameters are checked before anything is drawn.
    var cells = Cells(columns)
    for _ in 0..<result.count {
      try check(cells[0], cells[1], cells[2], isScalar: false)
      cells.advance(shape)
    }
    cells = Cells(columns)
    for i in 0..<result.count {
      let place = target + 8 * i
      if givesCounts {
        let value = count(source, cells[0], cells[1], cells[2])
        place.storeBytes(of: value, as: Int64.self)
      } else {
        let value = real(source, cells[0].real, cells[1].real, cells[2].real)
        place.storeBytes(of: value, as: Double.self)
      }
      cells.advance(shape)
    }
    withExtendedLifetime(columns) {}
    return result
  }

  /// A parameter's elements of 8 bytes, broadcast.
  private struct Column {
    let array: NDArray
    let memory: UnsafeMutableRawPointer

    init(_ array: NDArray) throws(MartletError) {
      self.array = array
      memory = try array.pointer()
    }
  }

  /// Goes through the elements of all parameters in the result's order.
  private struct Cells {
    private let columns: [Column]
    private var index: Shape
    private var offsets = (0, 0, 0)

    init(_ columns: [Column]) {
      self.columns = columns
      index = Shape(repeating: 0, count: columns.first?.array.rank ?? 0)
    }

    subscript(position: Int) -> Cell {
      guard position < columns.count else { return Cell(0.0) }
      let offset = position == 0 ? offsets.0 : position == 1 ? offsets.1 : offsets.2
      // The column's layout says that there is an element.
      return Cell(bits: (columns[position].memory + 8 * offset).load(as: UInt64.self))
    }

    mutating func advance(_ shape: Shape) {
      var axis = shape.rank - 1
      while axis >= 0 {
        index[axis] += 1
        move(axis, by: 1)
        if index[axis] < shape[axis] { return }
        move(axis, by: -index[axis])
        index[axis] = 0
        axis -= 1
      }
    }

    private mutating func move(_ axis: Int, by steps: Int) {
      for (i, column) in columns.enumerated() {
        let step = steps &* column.array.strides[axis]
        switch i {
        case 0: offsets.0 &+= step
        case 1: offsets.1 &+= step
        default: offsets.2 &+= step
        }
      }
    }
  }
}
