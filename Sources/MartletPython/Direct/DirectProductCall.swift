import CPythonABI
import Martlet
import MartletIR
import MartletRuntime

/// The short way of products from Python: two arrays of one or two dimensions, or stacks of matrices,
/// whose elements are there, and little work. What is out of the ordinary, wrong shapes included,
/// takes the general way.
enum DirectProductCall {
  enum Kind {
    case matmul
    /// As `matmul` where there are one or two dimensions.
    case dot
    case inner
    /// Of all elements in C order, the first's conjugated.
    case vdot
  }

  /// The result, or `out` with it; nil for the general way.
  static func run(
    _ kind: Kind, _ left: Ref, _ right: Ref, out: Ref?
  ) throws(PythonError) -> Ref? {
    guard ArrayObject.isExact(left), ArrayObject.isExact(right) else { return nil }
    let (a, b) = (ArrayObject.state(left), ArrayObject.state(right))
    let types = (a.pointee.dtype, b.pointee.dtype)
    guard let first = DirectDoor.address(a), let second = DirectDoor.address(b) else { return nil }
    let (ranks, otherRanks) = (a.pointee.layout.rank, b.pointee.layout.rank)
    if ranks == 3 || otherRanks == 3, kind == .matmul, out == nil, types.0 == types.1 {
      return try stacks(types.0, (first, a), (second, b))
    }
    guard var x = operand(first, a), var y = operand(second, b) else { return nil }
    guard types.0 == types.1 || kind != .vdot else { return nil }
    let dtype = types.0 == types.1 ? types.0 : Promotion.promote(types.0, types.1)
    // Vectors are rows so far.
    switch kind {
    case .matmul, .dot:
      if otherRanks == 1 { y = y.transposed }
    case .inner: y = y.transposed
    case .vdot:
      guard let row = flat(x), let other = flat(y) else { return nil }
      (x, y) = (row, other.transposed)
    }
    guard x.columns == y.rows, x.rows > 0, y.columns > 0, x.columns > 0 else { return nil }
    let rank = kind == .vdot ? 0 : ranks + otherRanks - 2
    if let out { return write(kind, types, dtype, x, y, rank, left, right, to: out) }
    if rank == 0 { return try number(kind, types, dtype, x, y) }

    let size = x.rows.multipliedReportingOverflow(by: y.columns)
    guard !size.overflow, size.partialValue <= DirectProduct.largest / x.columns else {
      return nil
    }
    var shape = Shape(repeating: size.partialValue, count: rank)
    if rank == 2 {
      shape[0] = x.rows
      shape[1] = y.columns
    }
    let (object, memory) = try make(dtype, shape, size.partialValue)
    let target = MatrixOperand(
      memory, rows: x.rows, columns: y.columns, rowStride: y.columns, columnStride: 1)
    if let events = compute(kind, types, dtype, x, y, into: target), events.isEmpty {
      return object
    }
    py_release(object)
    return nil
  }

  private typealias Given = (
    pointer: UnsafeMutableRawPointer, state: UnsafeMutablePointer<ArrayState>
  )

  /// Products of as many pairs, or of each matrix with the same one; nil for the general way.
  private static func stacks(_ dtype: DType, _ a: Given, _ b: Given) throws(PythonError) -> Ref? {
    guard let (x, stepX, countX) = stack(a), let (y, stepY, countY) = stack(b) else { return nil }
    let count = countX ?? countY ?? 1
    guard countY == nil || countY == count, x.columns == y.rows, x.rows > 0, y.columns > 0,
      x.columns > 0, count > 0, x.rows <= DirectProduct.largest,
      y.columns <= DirectProduct.largest
    else { return nil }
    let size = (x.rows &* y.columns).multipliedReportingOverflow(by: count)
    guard !size.overflow, size.partialValue <= DirectProduct.largest / x.columns else {
      return nil
    }
    var shape = Shape(repeating: count, count: 3)
    shape[1] = x.rows
    shape[2] = y.columns
    let (object, memory) = try make(dtype, shape, size.partialValue)
    let target = MatrixOperand(
      memory, rows: x.rows, columns: y.columns, rowStride: y.columns, columnStride: 1)
    let events = DirectProduct.multiplyEach(count, dtype, x, stepX, y, stepY, into: target)
    if let events, events.isEmpty { return object }
    py_release(object)
    return nil
  }

  /// The first matrix, the distance to the next, and how many there are; nil of one alone.
  private static func stack(_ array: Given) -> (MatrixOperand, step: Int, count: Int?)? {
    let state = array.state
    if state.pointee.layout.rank == 2 {
      guard let matrix = operand(array.pointer, state) else { return nil }
      return (matrix, 0, nil)
    }
    guard state.pointee.layout.rank == 3 else { return nil }
    let matrix = MatrixOperand(
      array.pointer, rows: state.pointee.layout.shape[1], columns: state.pointee.layout.shape[2],
      rowStride: state.pointee.layout.strides[1], columnStride: state.pointee.layout.strides[2])
    return (matrix, state.pointee.layout.strides[0], state.pointee.layout.shape[0])
  }

  /// The inner products of rows, the first conjugated: of vectors or matrices, or one of each.
  static func rows(
    _ left: Ref, _ right: Ref, out: Ref?, axis: Ref?
  ) throws(PythonError) -> Ref? {
    guard ArrayObject.isExact(left), ArrayObject.isExact(right) else { return nil }
    let (a, b) = (ArrayObject.state(left), ArrayObject.state(right))
    let (rank, otherRank) = (a.pointee.layout.rank, b.pointee.layout.rank)
    guard a.pointee.dtype == b.pointee.dtype, rank > 0, rank <= 2, otherRank > 0, otherRank <= 2
    else { return nil }
    var isFirst = false
    if let axis {
      guard let given = DirectDoor.axis(axis, rank: min(rank, otherRank)) else { return nil }
      guard rank == otherRank else { return nil }
      isFirst = rank == 2 && given == 0
    }
    if rank == 1, otherRank == 1 { return try run(.vdot, left, right, out: out) }
    guard out == nil, let first = DirectDoor.address(a), let second = DirectDoor.address(b),
      var x = operand(first, a), var y = operand(second, b)
    else { return nil }
    if isFirst { (x, y) = (x.transposed, y.transposed) }
    let (dtype, count) = (a.pointee.dtype, max(x.rows, y.rows))
    guard x.columns == y.columns, x.columns > 0, count > 0, x.rows == count || x.rows == 1,
      y.rows == count || y.rows == 1, count <= DirectProduct.largest / x.columns
    else { return nil }
    let (steps, other) = (x.rows == 1 ? 0 : x.rowStride, y.rows == 1 ? 0 : y.rowStride)
    let (object, memory) = try make(dtype, Shape(repeating: count, count: 1), count)
    var row = MatrixOperand(
      x.pointer, rows: 1, columns: x.columns, rowStride: 0, columnStride: x.columnStride)
    var column = MatrixOperand(
      y.pointer, rows: y.columns, columns: 1, rowStride: y.columnStride, columnStride: 0)
    let size = dtype.itemSize
    for i in 0..<count {
      let events = DirectProduct.conjugatedDot(dtype, row, column, into: memory + i &* size)
      guard let events, events.isEmpty else {
        py_release(object)
        return nil
      }
      row.pointer += steps &* size
      column.pointer += other &* size
    }
    return object
  }

  /// `left @= right`, where the memory is the array's own; nil for the general way.
  static func inPlace(_ left: Ref, _ right: Ref) throws(PythonError) -> Ref? {
    guard ArrayObject.isExact(left), ArrayObject.isExact(right) else { return nil }
    let (a, b) = (ArrayObject.state(left), ArrayObject.state(right))
    guard a.pointee.layout.rank == 2, b.pointee.layout.rank == 2,
      a.pointee.layout.shape[1] == b.pointee.layout.shape[1],
      Promotion.promote(a.pointee.dtype, b.pointee.dtype) == a.pointee.dtype,
      let result = try run(.matmul, left, right, out: nil)
    else { return nil }
    defer { py_release(result) }
    let fresh = ArrayObject.state(result)
    guard let from = DirectDoor.address(fresh), var target = writable(left),
      target.rows == fresh.pointee.layout.shape[0]
    else { return nil }
    // Row by row: the target may be any part of an array.
    let size = a.pointee.dtype.itemSize
    let rowBytes = target.columns &* size
    for row in 0..<target.rows {
      let source = from + row &* rowBytes
      if target.columnStride == 1 {
        target.pointer.copyMemory(from: source, byteCount: rowBytes)
      } else {
        for column in 0..<target.columns {
          (target.pointer + column &* target.columnStride &* size).copyMemory(
            from: source + column &* size, byteCount: size)
        }
      }
      target.pointer += target.rowStride &* size
    }
    return retained(left)
  }

  // MARK: Operands

  /// One dimension as a row, two as they are; nil for others.
  @inline(__always)
  static func operand(
    _ pointer: UnsafeMutableRawPointer, _ state: UnsafeMutablePointer<ArrayState>
  ) -> MatrixOperand? {
    switch state.pointee.layout.rank {
    case 1:
      MatrixOperand(
        pointer, rows: 1, columns: state.pointee.layout.shape[0], rowStride: 0,
        columnStride: state.pointee.layout.strides[0])
    case 2:
      MatrixOperand(
        pointer, rows: state.pointee.layout.shape[0], columns: state.pointee.layout.shape[1],
        rowStride: state.pointee.layout.strides[0],
        columnStride: state.pointee.layout.strides[1])
    default: nil
    }
  }

  /// All elements in C order as one row; nil where that takes a copy.
  @inline(__always)
  private static func flat(_ a: MatrixOperand) -> MatrixOperand? {
    if a.rows == 1 { return a }
    guard a.rowStride == a.columns &* a.columnStride else { return nil }
    return MatrixOperand(
      a.pointer, rows: 1, columns: a.rows &* a.columns, rowStride: 0, columnStride: a.columnStride)
  }

  /// An array's memory as a matrix, where it may be written at once; else nil.
  private static func writable(_ object: Ref) -> MatrixOperand? {
    guard let memory = ArrayObject.memoryForWriting(object) else { return nil }
    let state = ArrayObject.state(object)
    if state.pointee.layout.rank == 0 {
      return MatrixOperand(memory, rows: 1, columns: 1, rowStride: 1, columnStride: 1)
    }
    return operand(memory, state)
  }

  // MARK: Results

  private static func compute(
    _ kind: Kind, _ types: (DType, DType), _ dtype: DType, _ x: MatrixOperand, _ y: MatrixOperand,
    into c: MatrixOperand
  ) -> FloatingPointEvents? {
    switch kind {
    case .matmul, .dot, .inner: DirectProduct.multiply(types, x, y, dtype, into: c)
    case .vdot: DirectProduct.conjugatedDot(dtype, x, y, into: c.pointer)
    }
  }

  /// A product without dimensions as a NumPy scalar.
  private static func number(
    _ kind: Kind, _ types: (DType, DType), _ dtype: DType, _ x: MatrixOperand, _ y: MatrixOperand
  ) throws(PythonError) -> Ref? {
    var cell = SIMD2<UInt64>.zero
    let scalar: Scalar? = withUnsafeMutableBytes(of: &cell) { bytes -> Scalar? in
      guard let base = bytes.baseAddress else { return nil }
      let c = MatrixOperand(base, rows: 1, columns: 1, rowStride: 1, columnStride: 1)
      guard let events = compute(kind, types, dtype, x, y, into: c), events.isEmpty else {
        return nil
      }
      return NumPyScalar.read(dtype, at: base)
    }
    guard let scalar else { return nil }
    return try NumPyScalar.make(scalar)
  }

  /// Into memory of the right shape and dtype that neither operand shares.
  private static func write(
    _ kind: Kind, _ types: (DType, DType), _ dtype: DType, _ x: MatrixOperand, _ y: MatrixOperand,
    _ rank: Int, _ left: Ref, _ right: Ref, to out: Ref
  ) -> Ref? {
    guard ArrayObject.isExact(out) else { return nil }
    let state = ArrayObject.state(out)
    let root = ArrayObject.root(out)
    guard state.pointee.dtype == dtype, state.pointee.layout.rank == rank,
      kind == .matmul || state.pointee.layout.isContiguous,
      root != ArrayObject.root(left), root != ArrayObject.root(right),
      // Memory that others made may be that of an operand too.
      ArrayObject.state(root).pointee.storage?.isPinned != true, var target = writable(out)
    else { return nil }
    // Of a vector's two axes, the one that was no operand's has one element.
    if rank == 1, x.rows != 1 { target = target.transposed }
    guard target.rows == x.rows, target.columns == y.columns,
      let events = compute(kind, types, dtype, x, y, into: target), events.isEmpty
    else { return nil }
    return retained(out)
  }

  /// A new array of a shape, of so many elements, which are not set.
  static func make(
    _ dtype: DType, _ shape: Shape, _ count: Int
  ) throws(PythonError) -> (object: Ref, memory: UnsafeMutableRawPointer) {
    let layout = Layout(contiguous: shape)
    if count &* dtype.itemSize <= ArrayPool.largest {
      let made = try ArrayObject.makePooled(count &* dtype.itemSize)
      let state = ArrayObject.state(made.object)
      state.pointee.layout = layout
      state.pointee.dtype = dtype
      return made
    }
    let storage = try core { () throws(MartletError) in
      try Storage(byteCount: count &* dtype.itemSize)
    }
    guard let memory = storage.pointer else { throw .runtime("new memory has no address") }
    return (
      try ArrayObject.make(NDArray(storage: storage, layout: layout, dtype: dtype)), memory
    )
  }
}
