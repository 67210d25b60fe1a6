import CMartlet
import MartletIR
import Testing

@testable import MartletRuntime

@Suite struct BLASLibraryTests {
  @Test func multipliesMatrices() throws {
    let blas = try BLASLibrary.shared()
    let a: [Double] = [1, 2, 3, 4, 5, 6]
    let b: [Double] = [7, 8, 9, 10, 11, 12]
    var c = [Double](repeating: -1, count: 4)
    martlet_blas_dgemm(
      blas.functions, MARTLET_BLAS_ROW_MAJOR, MARTLET_BLAS_NO_TRANSPOSE, MARTLET_BLAS_NO_TRANSPOSE,
      2, 2, 3, 1, a, 3, b, 2, 0, &c, 2)
    #expect(c == [58, 64, 139, 154])
    // The same in memory, read the other way: the transposes, in the other order.
    martlet_blas_dgemm(
      blas.functions, MARTLET_BLAS_COLUMN_MAJOR, MARTLET_BLAS_NO_TRANSPOSE,
      MARTLET_BLAS_NO_TRANSPOSE, 2, 2, 3, 1, b, 2, a, 3, 0, &c, 2)
    #expect(c == [58, 64, 139, 154])
    #expect(martlet_blas_ddot(blas.functions, 3, a, 1, b, 1) == 50)
    martlet_blas_dgemv(blas.functions, MARTLET_BLAS_TRANSPOSE, 2, 3, 1, a, 3, b, 1, 0, &c, 1)
    #expect(c[..<3] == [39, 54, 69])
  }

  @Test func multipliesComplexMatrices() throws {
    let blas = try BLASLibrary.shared()
    let i: [Float] = [0, 1]
    let one: [Float] = [1, 0]
    let zero: [Float] = [0, 0]
    var c: [Float] = [9, 9]
    martlet_blas_cgemm(
      blas.functions, MARTLET_BLAS_ROW_MAJOR, MARTLET_BLAS_NO_TRANSPOSE,
      MARTLET_BLAS_CONJUGATE_TRANSPOSE, 1, 1, 1, one, i, 1, i, 1, zero, &c, 1)
    #expect(c == [1, 0])
  }

  @Test func aloneIsAlone() throws {
    let blas = try BLASLibrary.shared()
    guard let count = blas.functions.pointee.threads.count else { return }
    let inside = OpenBLASThreads.alone(blas.functions) {
      [count(), OpenBLASThreads.alone(blas.functions) { count() }, count()]
    }
    #expect(inside == [1, 1, 1])
  }
}
