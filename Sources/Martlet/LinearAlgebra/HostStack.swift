import MartletIR
import MartletRuntime

/// Matrices in the host's memory as LAPACK takes them: each column-major and contiguous, one after
/// another, in double precision.
struct HostStack: @unchecked Sendable {
  // Unchecked: the memory is this stack's own until the arrays made of it are seen by others, and
  // threads write different matrices of it.

  /// Row-major, so the matrices' transposes.
  let memory: NDArray
  /// All axes before the last two.
  let batchShape: Shape
  let rows: Int
  let columns: Int
  let pointer: UnsafeMutableRawPointer

  var batch: Int { batchShape.elementCount }
  /// From one matrix to the next.
  private var byteStep: Int { rows * columns * memory.dtype.itemSize }

  /// The address of a matrix.
  subscript(_ matrix: Int) -> UnsafeMutableRawPointer { pointer + matrix * byteStep }

  /// New matrices with arbitrary contents.
  init(_ batchShape: Shape, rows: Int, columns: Int, _ dtype: DType) throws(MartletError) {
    guard batchShape.rank + 2 <= Shape.maximumRank else {
      throw .rankLimit(operation: "linalg", rank: batchShape.rank + 2)
    }
    self.batchShape = batchShape
    self.rows = rows
    self.columns = columns
    memory = try NDArray(uninitialised: batchShape + Shape([columns, rows]), dtype)
    pointer = try memory.pointer()
  }

  /// A copy of matrices, converted to `dtype`, each as often as `batchShape` repeats it.
  init(
    _ a: NDArray, _ dtype: DType, batchShape: Shape? = nil
  ) throws(MartletError) {
    let batchShape = batchShape ?? Shape(a.shape.dropLast(2))
    let (rows, columns) = (a.shape[a.rank - 2], a.shape[a.rank - 1])
    let source = try (a.dtype == dtype ? a : a.asType(dtype)).broadcast(
      to: batchShape + Shape([rows, columns]))
    self.batchShape = batchShape
    self.rows = rows
    self.columns = columns
    let turned = try source.swappingAxes(-1, -2)
    memory = try turned.newCopy()
    pointer = try memory.pointer()
  }

  /// The matrices as arrays see them, in C order.
  func rowMajor() throws(MartletError) -> NDArray {
    // A row or a column is both.
    if rows <= 1 || columns <= 1 {
      return memory.view(Layout(contiguous: batchShape + Shape([rows, columns])))
    }
    return try memory.swappingAxes(-1, -2).newCopy()
  }

  /// The first rows of the matrices, in C order.
  func rowMajor(rows count: Int) throws(MartletError) -> NDArray {
    if count == rows { return try rowMajor() }
    let whole = try memory.swappingAxes(-1, -2)
    return try whole.part(axis: whole.rank - 2, from: 0, count: count).newCopy()
  }

  /// Makes every matrix the identity, or what there is of it where it isn't square.
  func setIdentity() {
    let size = memory.dtype.itemSize
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: batch * byteStep)
    for matrix in 0..<batch {
      for i in 0..<min(rows, columns) {
        (self[matrix] + i * (rows + 1) * size).storeBytes(of: 1.0, as: Double.self)
      }
    }
  }

  /// Makes the elements of a matrix no numbers.
  func fillWithNaN(_ matrix: Int) {
    let count = byteStep / MemoryLayout<Double>.stride
    self[matrix].initializeMemory(as: Double.self, repeating: .nan, count: count)
  }

  /// Makes one triangle of every matrix zeros; the diagonal stays.
  func clear(upper: Bool) {
    let size = memory.dtype.itemSize
    for matrix in 0..<batch {
      for column in 0..<columns {
        let (first, end) = upper ? (0, min(column, rows)) : (min(column + 1, rows), rows)
        guard first < end else { continue }
        (self[matrix] + (column * rows + first) * size).initializeMemory(
          as: UInt8.self, repeating: 0, count: (end - first) * size)
      }
    }
  }
}

extension NDArray {
  /// Copies of up to so many elements are made here; more are worth a kernel.
  private static let mostCopiedAtOnce = 1 << 12

  /// A copy in C order, of few elements at little cost.
  func newCopy() throws(MartletError) -> NDArray {
    guard count <= Self.mostCopiedAtOnce, rank >= 2, device.isHost else { return try copy() }
    let result = try NDArray(uninitialised: shape, dtype)
    guard count > 0 else { return result }
    let (source, target) = (try storage.evaluated(), try result.pointer())
    switch dtype.itemSize {
    case 8: Self.copy(UInt64.self, source, layout, to: target)
    case 16: Self.copy(SIMD2<UInt64>.self, source, layout, to: target)
    case 4: Self.copy(UInt32.self, source, layout, to: target)
    default: return try copy()
    }
    return result
  }

  private static func copy<Element>(
    _: Element.Type, _ source: UnsafeMutableRawPointer, _ layout: Layout,
    to target: UnsafeMutableRawPointer
  ) {
    let source = source.assumingMemoryBound(to: Element.self)
    var target = target.assumingMemoryBound(to: Element.self)
    let rank = layout.rank
    let (rows, columns) = (layout.shape[rank - 2], layout.shape[rank - 1])
    let (down, along) = (layout.strides[rank - 2], layout.strides[rank - 1])
    for matrix in 0..<layout.count / (rows * columns) {
      let first = source + layout.matrix(matrix).offset
      for row in 0..<rows {
        for column in 0..<columns { target[column] = first[row &* down &+ column &* along] }
        target += columns
      }
    }
  }
}
