import CMartlet
import MartletIR
import MartletRuntime

/// Matrix products by BLAS, for the four types it has.
struct BLASProduct {
  static let dtypes: Set<DType> = [.float32, .float64, .complex64, .complex128]

  private let library: BLASLibrary
  private let dtype: DType

  private var functions: martlet_blas { library.functions }

  /// - Throws: `.libraryMissing`.
  init(_ dtype: DType) throws(MartletError) {
    library = try BLASLibrary.shared()
    self.dtype = dtype
  }

  /// Whether BLAS's 32-bit numbers hold the sizes.
  static func accepts(_ sizes: Int...) -> Bool { sizes.allSatisfy { $0 <= Int(Int32.max) } }

  /// `c = a b`, where `c` is row-major and all sizes are at least 1; `a` and `b` have a form.
  func multiply(_ a: MatrixOperand, _ b: MatrixOperand, into c: MatrixOperand) {
    if c.columns == 1 {
      if c.rows == 1 { return dot(a, b, into: c.pointer) }
      return multiply(a, vector: b, into: c.pointer, stride: c.rowStride)
    }
    if c.rows == 1 {
      return multiply(b.transposed, vector: a.transposed, into: c.pointer, stride: c.columnStride)
    }
    if c.rows >= Self.symmetricRows, a.isTranspose(of: b) { return multiplySymmetric(a, into: c) }
    guard let left = a.form, let right = b.form else { return }
    let (m, n, k) = (Int32(c.rows), Int32(c.columns), Int32(a.columns))
    let (lda, ldb, ldc) = (left.leading, right.leading, Int32(c.rowStride))
    let order = MARTLET_BLAS_ROW_MAJOR
    switch dtype {
    case .float32:
      functions.sgemm(
        order, left.transpose, right.transpose, m, n, k, 1, a.pointer, lda, b.pointer, ldb, 0,
        c.pointer, ldc)
    case .float64:
      functions.dgemm(
        order, left.transpose, right.transpose, m, n, k, 1, a.pointer, lda, b.pointer, ldb, 0,
        c.pointer, ldc)
    default:
      withScalars { one, zero in
        let gemm = dtype == .complex64 ? functions.cgemm : functions.zgemm
        gemm(
          order, left.transpose, right.transpose, m, n, k, one, a.pointer, lda, b.pointer, ldb,
          zero, c.pointer, ldc)
      }
    }
  }

  // MARK: - Special shapes

  /// `y = a x`, where `x` is one column.
  private func multiply(
    _ a: MatrixOperand, vector x: MatrixOperand, into y: UnsafeMutableRawPointer, stride: Int
  ) {
    guard let form = a.form else { return }
    // BLAS wants the stored matrix's shape.
    let isStored = form.transpose == MARTLET_BLAS_NO_TRANSPOSE
    let (m, n) = (Int32(isStored ? a.rows : a.columns), Int32(isStored ? a.columns : a.rows))
    let (incX, incY) = (Int32(x.rows == 1 ? 1 : x.rowStride), Int32(stride))
    let order = MARTLET_BLAS_ROW_MAJOR
    switch dtype {
    case .float32:
      functions.sgemv(
        order, form.transpose, m, n, 1, a.pointer, form.leading, x.pointer, incX, 0, y, incY)
    case .float64:
      functions.dgemv(
        order, form.transpose, m, n, 1, a.pointer, form.leading, x.pointer, incX, 0, y, incY)
    default:
      withScalars { one, zero in
        let gemv = dtype == .complex64 ? functions.cgemv : functions.zgemv
        gemv(
          order, form.transpose, m, n, one, a.pointer, form.leading, x.pointer, incX, zero, y,
          incY)
      }
    }
  }

  /// One row times one column.
  private func dot(_ a: MatrixOperand, _ b: MatrixOperand, into c: UnsafeMutableRawPointer) {
    let n = Int32(a.columns)
    let (incA, incB) = (Int32(n == 1 ? 1 : a.columnStride), Int32(n == 1 ? 1 : b.rowStride))
    switch dtype {
    case .float32:
      c.storeBytes(
        of: functions.sdot(n, a.pointer, incA, b.pointer, incB), as: Float.self)
    case .float64:
      c.storeBytes(
        of: functions.ddot(n, a.pointer, incA, b.pointer, incB), as: Double.self)
    case .complex64: functions.cdotu_sub(n, a.pointer, incA, b.pointer, incB, c)
    default: functions.zdotu_sub(n, a.pointer, incA, b.pointer, incB, c)
    }
  }

  /// From here on half the work is worth a second pass over the result.
  private static let symmetricRows = 64

  /// `c = a aᵀ`: the upper triangle is computed, the lower one copied from it.
  private func multiplySymmetric(_ a: MatrixOperand, into c: MatrixOperand) {
    guard let form = a.form else { return }
    let (n, k) = (Int32(c.rows), Int32(a.columns))
    let (order, upper) = (MARTLET_BLAS_ROW_MAJOR, MARTLET_BLAS_UPPER)
    let ldc = Int32(c.rowStride)
    switch dtype {
    case .float32:
      functions.ssyrk(
        order, upper, form.transpose, n, k, 1, a.pointer, form.leading, 0, c.pointer, ldc)
      mirror(c, as: Float.self)
    case .float64:
      functions.dsyrk(
        order, upper, form.transpose, n, k, 1, a.pointer, form.leading, 0, c.pointer, ldc)
      mirror(c, as: Double.self)
    case .complex64:
      withScalars { one, zero in
        functions.csyrk(
          order, upper, form.transpose, n, k, one, a.pointer, form.leading, zero, c.pointer, ldc)
      }
      mirror(c, as: SIMD2<Float>.self)
    default:
      withScalars { one, zero in
        functions.zsyrk(
          order, upper, form.transpose, n, k, one, a.pointer, form.leading, zero, c.pointer, ldc)
      }
      mirror(c, as: SIMD2<Double>.self)
    }
  }

  /// Copies the upper triangle to the lower one, in tiles that stay in cache.
  private func mirror<Element>(_ c: MatrixOperand, as: Element.Type) {
    let elements = c.pointer.assumingMemoryBound(to: Element.self)
    let (size, stride, tile) = (c.rows, c.rowStride, 32)
    for top in Swift.stride(from: 0, to: size, by: tile) {
      for left in Swift.stride(from: 0, through: top, by: tile) {
        for row in top..<min(top + tile, size) {
          for column in left..<min(left + tile, row) {
            elements[row * stride + column] = elements[column * stride + row]
          }
        }
      }
    }
  }

  /// 1 and 0 as the complex functions take them: by address.
  private func withScalars(_ body: (UnsafeRawPointer, UnsafeRawPointer) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 16) { memory in
      guard let base = memory.baseAddress else { return }
      Scalar(Int64(1), dtype).write(to: base)
      Scalar(Int64(0), dtype).write(to: base + 16)
      body(base, base + 16)
    }
  }
}
