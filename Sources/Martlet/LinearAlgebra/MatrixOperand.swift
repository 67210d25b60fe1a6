import CMartlet
import MartletIR

/// A matrix somewhere in memory, in any arrangement; strides count elements.
struct MatrixOperand {
  /// Of the first element, on the device where the matrix lives; where only the arrangement matters,
  /// an address without meaning.
  var pointer: UnsafeMutableRawPointer
  var rows: Int
  var columns: Int
  var rowStride: Int
  var columnStride: Int

  /// The last two axes of a layout over memory that starts at `base`.
  init(_ base: UnsafeMutableRawPointer, _ layout: Layout, _ dtype: DType) {
    pointer = base + layout.offset * dtype.itemSize
    rows = layout.shape[layout.rank - 2]
    columns = layout.shape[layout.rank - 1]
    rowStride = layout.strides[layout.rank - 2]
    columnStride = layout.strides[layout.rank - 1]
  }

  /// The arrangement of a layout's last two axes.
  init(_ layout: Layout) {
    self.init(UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped, layout, .bool)
  }

  var transposed: MatrixOperand {
    var result = self
    (result.rows, result.columns) = (columns, rows)
    (result.rowStride, result.columnStride) = (columnStride, rowStride)
    return result
  }

  /// Whether rows lie one after another as BLAS wants them, each contiguous.
  private var isRowMajor: Bool {
    (columnStride == 1 || columns == 1) && (rowStride >= max(columns, 1) || rows == 1)
      && rowStride <= Int(Int32.max)
  }

  /// How BLAS sees the matrix; nil where neither axis is contiguous.
  var form: (transpose: Int32, leading: Int32)? {
    if isRowMajor {
      return (MARTLET_BLAS_NO_TRANSPOSE, Int32(rows == 1 ? max(columns, 1) : rowStride))
    }
    let flipped = transposed
    guard flipped.isRowMajor else { return nil }
    return (MARTLET_BLAS_TRANSPOSE, Int32(flipped.rows == 1 ? max(rows, 1) : columnStride))
  }

  /// Whether both are the same memory, one seen as the transpose of the other.
  func isTranspose(of other: MatrixOperand) -> Bool {
    pointer == other.pointer && rows == other.columns && columns == other.rows
      && rowStride == other.columnStride && columnStride == other.rowStride
  }
}
