import CMartlet
import MartletIR

/// A matrix somewhere in memory, in any arrangement; strides count elements.
package struct MatrixOperand: @unchecked Sendable {
  // Unchecked: who makes one sees to it that the memory stays, and that nobody writes what others
  // read.

  /// Of the first element, on the device where the matrix lives; where only the arrangement matters,
  /// an address without meaning.
  package var pointer: UnsafeMutableRawPointer
  package var rows: Int
  package var columns: Int
  package var rowStride: Int
  package var columnStride: Int

  @inline(__always)
  package init(
    _ pointer: UnsafeMutableRawPointer, rows: Int, columns: Int, rowStride: Int, columnStride: Int
  ) {
    self.pointer = pointer
    self.rows = rows
    self.columns = columns
    self.rowStride = rowStride
    self.columnStride = columnStride
  }

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

  @inline(__always)
  package var transposed: MatrixOperand {
    MatrixOperand(
      pointer, rows: columns, columns: rows, rowStride: columnStride, columnStride: rowStride)
  }

  /// Some of the rows.
  func part(rows range: Range<Int>, _ dtype: DType) -> MatrixOperand {
    var result = self
    result.pointer += range.lowerBound * rowStride * dtype.itemSize
    result.rows = range.count
    return result
  }

  /// Some of the columns.
  func part(columns range: Range<Int>, _ dtype: DType) -> MatrixOperand {
    transposed.part(rows: range, dtype).transposed
  }

  /// Whether rows lie one after another as BLAS wants them, each contiguous.
  private var isRowMajor: Bool {
    (columnStride == 1 || columns == 1) && (rowStride >= max(columns, 1) || rows == 1)
      && rowStride <= Int(Int32.max)
  }

  /// How BLAS sees the matrix; nil where neither axis is contiguous.
  @inline(__always)
  var form: (transpose: Int32, leading: Int)? {
    if isRowMajor {
      return (MARTLET_BLAS_NO_TRANSPOSE, rows == 1 ? max(columns, 1) : rowStride)
    }
    let flipped = transposed
    guard flipped.isRowMajor else { return nil }
    return (MARTLET_BLAS_TRANSPOSE, flipped.rows == 1 ? max(rows, 1) : columnStride)
  }

  /// Whether both are the same memory, one seen as the transpose of the other.
  func isTranspose(of other: MatrixOperand) -> Bool {
    pointer == other.pointer && rows == other.columns && columns == other.rows
      && rowStride == other.columnStride && columnStride == other.rowStride
  }
}
