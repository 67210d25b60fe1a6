import CMartlet
import MartletIR
import MartletRuntime

/// Matrix products by calls of BLAS, for the four types it has. Each call is one thread's:
/// `ProductParts` cuts what is large.
///
/// Operands have a form; strides of vectors are positive, and no size is 0.
package struct BLASProduct: @unchecked Sendable {
  // Unchecked: a table of functions that never changes, which any thread may call.

  /// Whether BLAS multiplies the type.
  @inline(__always)
  static func hasType(_ dtype: DType) -> Bool {
    switch dtype {
    case .float32, .float64, .complex64, .complex128: true
    default: false
    }
  }

  let functions: UnsafePointer<martlet_blas>
  let dtype: DType

  /// Nil where there is no BLAS.
  @inline(__always)
  init?(_ dtype: DType) {
    guard let functions = BLASLibrary.functionsForProducts else { return nil }
    self.functions = functions
    self.dtype = dtype
  }

  /// Whether BLAS's integers hold the sizes.
  func accepts(_ sizes: Int...) -> Bool {
    functions.pointee.is_wide || sizes.allSatisfy { $0 <= Int(Int32.max) }
  }

  /// Whether OpenBLAS might share the work among threads if it had several: then the call must stand
  /// in `OpenBLASThreads.alone`.
  @inline(__always)
  static func needsAlone(rows: Int, columns: Int, depth: Int) -> Bool {
    let isVector = rows == 1 || columns == 1
    let work = Double(rows) * Double(columns) * Double(depth)
    return work >= (isVector ? leastThreadedVector : leastThreadedMatrix)
  }

  private static let leastThreadedVector = 9216.0
  private static let leastThreadedMatrix = 262_144.0

  /// Records a product.
  @inline(never)
  func end(_ span: Profiler.Span, _ a: MatrixOperand, _ b: MatrixOperand, _ c: MatrixOperand) {
    let name = c.columns > 1 && c.rows > 1 ? "gemm" : c.columns == c.rows ? "dot" : "gemv"
    let elements = a.rows * a.columns + b.rows * b.columns + c.rows * c.columns
    Profiler.end(
      span, .library, "BLAS \(name) \(dtype.name)", bytes: elements * dtype.itemSize,
      operations: (dtype.isComplex ? 8 : 2) * c.rows * c.columns * a.columns)
  }

  // MARK: - Matrices

  /// `c = a b`; the rows of `c` are contiguous.
  ///
  /// - Parameter isPart: whether this may be a part of a larger product. Then it is asked for in
  ///   column-major order: for the other OpenBLAS has kernels that round otherwise, depending on the
  ///   size.
  @inline(__always)
  func multiply(
    _ a: MatrixOperand, _ b: MatrixOperand, into c: MatrixOperand, isPart: Bool = false
  ) {
    guard let left = a.form, let right = b.form else { return }
    if isPart {
      gemm(
        MARTLET_BLAS_COLUMN_MAJOR, (b.pointer, right.transpose, right.leading),
        (a.pointer, left.transpose, left.leading), c.columns, c.rows, a.columns, c)
    } else {
      gemm(
        MARTLET_BLAS_ROW_MAJOR, (a.pointer, left.transpose, left.leading),
        (b.pointer, right.transpose, right.leading), c.rows, c.columns, a.columns, c)
    }
  }

  private typealias Stored = (pointer: UnsafeMutableRawPointer, transpose: Int32, leading: Int)

  @inline(__always)
  private func gemm(
    _ order: Int32, _ a: Stored, _ b: Stored, _ rows: Int, _ columns: Int, _ depth: Int,
    _ c: MatrixOperand
  ) {
    let (m, n, k) = (Int64(rows), Int64(columns), Int64(depth))
    let (lda, ldb) = (Int64(a.leading), Int64(b.leading))
    let ldc = Int64(c.rows == 1 ? c.columns : c.rowStride)
    switch dtype {
    case .float32:
      martlet_blas_sgemm(
        functions, order, a.transpose, b.transpose, m, n, k, 1, a.pointer, lda, b.pointer, ldb, 0,
        c.pointer, ldc)
    case .float64:
      martlet_blas_dgemm(
        functions, order, a.transpose, b.transpose, m, n, k, 1, a.pointer, lda, b.pointer, ldb, 0,
        c.pointer, ldc)
    default:
      withScalars { one, zero in
        let gemm = dtype == .complex64 ? martlet_blas_cgemm : martlet_blas_zgemm
        gemm(
          functions, order, a.transpose, b.transpose, m, n, k, one, a.pointer, lda, b.pointer, ldb,
          zero, c.pointer, ldc)
      }
    }
  }

  /// The upper triangle of `c = a aᵀ`.
  func multiplyByTranspose(_ a: MatrixOperand, into c: MatrixOperand) {
    guard let form = a.form else { return }
    let (n, k, lda) = (Int64(c.rows), Int64(a.columns), Int64(form.leading))
    let ldc = Int64(c.rowStride)
    switch dtype {
    case .float32:
      martlet_blas_ssyrk(functions, form.transpose, n, k, 1, a.pointer, lda, 0, c.pointer, ldc)
    case .float64:
      martlet_blas_dsyrk(functions, form.transpose, n, k, 1, a.pointer, lda, 0, c.pointer, ldc)
    default:
      withScalars { one, zero in
        let syrk = dtype == .complex64 ? martlet_blas_csyrk : martlet_blas_zsyrk
        syrk(functions, form.transpose, n, k, one, a.pointer, lda, zero, c.pointer, ldc)
      }
    }
  }

  // MARK: - Vectors

  /// `y = a x`, where `x` and `y` are one column each.
  @inline(__always)
  func multiply(_ a: MatrixOperand, vector x: MatrixOperand, into y: MatrixOperand) {
    guard let form = a.form else { return }
    // BLAS wants the stored matrix's shape.
    let isStored = form.transpose == MARTLET_BLAS_NO_TRANSPOSE
    let (m, n) = (Int64(isStored ? a.rows : a.columns), Int64(isStored ? a.columns : a.rows))
    let lda = Int64(form.leading)
    let incX = Int64(x.rows == 1 ? 1 : x.rowStride)
    let incY = Int64(y.rows == 1 ? 1 : y.rowStride)
    switch dtype {
    case .float32:
      martlet_blas_sgemv(
        functions, form.transpose, m, n, 1, a.pointer, lda, x.pointer, incX, 0, y.pointer, incY)
    case .float64:
      martlet_blas_dgemv(
        functions, form.transpose, m, n, 1, a.pointer, lda, x.pointer, incX, 0, y.pointer, incY)
    default:
      withScalars { one, zero in
        let gemv = dtype == .complex64 ? martlet_blas_cgemv : martlet_blas_zgemv
        gemv(
          functions, form.transpose, m, n, one, a.pointer, lda, x.pointer, incX, zero, y.pointer,
          incY)
      }
    }
  }

  /// The inner product of a row and a column, at most `longestDot` elements.
  @inline(__always)
  func dot(
    _ a: MatrixOperand, _ b: MatrixOperand, into c: UnsafeMutableRawPointer,
    isConjugated: Bool = false
  ) {
    let n = Int64(a.columns)
    let incA = Int64(n == 1 ? 1 : a.columnStride)
    let incB = Int64(n == 1 ? 1 : b.rowStride)
    switch dtype {
    case .float32:
      c.storeBytes(
        of: martlet_blas_sdot(functions, n, a.pointer, incA, b.pointer, incB), as: Float.self)
    case .float64:
      c.storeBytes(
        of: martlet_blas_ddot(functions, n, a.pointer, incA, b.pointer, incB), as: Double.self)
    case .complex64:
      let dot = isConjugated ? martlet_blas_cdotc_sub : martlet_blas_cdotu_sub
      dot(functions, n, a.pointer, incA, b.pointer, incB, c)
    default:
      let dot = isConjugated ? martlet_blas_zdotc_sub : martlet_blas_zdotu_sub
      dot(functions, n, a.pointer, incA, b.pointer, incB, c)
    }
  }

  /// From 10 000 elements on OpenBLAS shares an inner product among threads, and the sum's bits
  /// depend on how many.
  static let longestDot = 8192

  /// 1 and 0 as the complex functions take them: by address.
  @inline(__always)
  private func withScalars(_ body: (UnsafeRawPointer, UnsafeRawPointer) -> Void) {
    if dtype == .complex64 {
      var (one, zero) = (SIMD2<Float>(1, 0), SIMD2<Float>(0, 0))
      body(&one, &zero)
    } else {
      var (one, zero) = (SIMD2<Double>(1, 0), SIMD2<Double>(0, 0))
      body(&one, &zero)
    }
  }
}
