import MartletIR
import Testing

@testable import Martlet

/// LAPACK on the host by its typed functions; what it computes, `Tests/python/test_linalg.py` compares
/// with NumPy.
@Suite struct LinearAlgebraTests {
  private let a = NDArray([[4.0, 1.0], [1.0, 3.0]])

  private func numbers(_ array: NDArray) throws -> [Double] { try array.elements(as: Double.self) }

  private func expectClose(_ array: NDArray, _ expected: [Double]) throws {
    let found = try numbers(array)
    #expect(
      found.count == expected.count
        && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(found)")
  }

  @Test func systems() throws {
    try expectClose(try LinearAlgebra.solve(a, NDArray([1.0, 2.0])), [1.0 / 11, 7.0 / 11])
    try expectClose(try LinearAlgebra.inverse(a), [3.0 / 11, -1.0 / 11, -1.0 / 11, 4.0 / 11])
    try expectClose(try LinearAlgebra.determinant(a), [11])
    let (sign, logarithm) = try LinearAlgebra.signAndLogDeterminant(a)
    try expectClose(sign, [1])
    try expectClose(try Elementwise.apply(.exp, [.array(logarithm)])[0], [11])
    let found = try LinearAlgebra.leastSquares(
      NDArray([[1.0, 0], [1, 1], [1, 2]]), NDArray([1.0, 3, 5]))
    try expectClose(found.solution, [1, 2])
    #expect(found.rank == 2 && found.residuals.count == 1)
    #expect(
      throws: MartletError.linearAlgebra(operation: "linalg.solve", detail: "Singular matrix")
    ) { try LinearAlgebra.solve(NDArray([[1.0, 2], [2, 4]]), NDArray([1.0, 1])) }
  }

  @Test func factorisations() throws {
    let l = try LinearAlgebra.cholesky(a)
    try expectClose(try l.matmul(l.T), [4, 1, 1, 3])
    for mode in LinearAlgebra.QRMode.allCases {
      #expect(
        try LinearAlgebra.qr(a, mode: mode).count == (mode == .r || mode == .economic ? 1 : 2))
    }
    let (q, r) = try LinearAlgebra.qr(a)
    try expectClose(try q.matmul(r), [4, 1, 1, 3])
    let (values, vectors) = try LinearAlgebra.eigh(a)
    let spectrum = try Elementwise.apply(.multiply, [.array(vectors), .array(values)])[0]
    try expectClose(try spectrum.matmul(vectors.T), [4, 1, 1, 3])
    let turn = try LinearAlgebra.eigvals(NDArray([[0.0, -1], [1, 0]]))
    #expect(turn.dtype == .complex128)
    try expectClose(try LinearAlgebra.svdvals(NDArray([[0.0, 2], [3, 0]])), [3, 2])
  }

  @Test func norms() throws {
    let x = NDArray([3.0, -4.0])
    try expectClose(try LinearAlgebra.norm(x), [5])
    try expectClose(try LinearAlgebra.norm(x, order: .power(1)), [7])
    try expectClose(try LinearAlgebra.norm(x, order: .power(.infinity)), [4])
    try expectClose(
      try LinearAlgebra.matrixNorm(NDArray([[0.0, 2], [3, 0]]), order: .nuclear), [5])
    try expectClose(try LinearAlgebra.vectorNorm(NDArray([[3.0, 0], [0, 4]])), [5])
    #expect(throws: MartletError.self) { try LinearAlgebra.norm(x, order: .nuclear) }
  }

  @Test func whatIsMadeOfOthers() throws {
    try expectClose(try LinearAlgebra.power(a, -1), try numbers(LinearAlgebra.inverse(a)))
    try expectClose(try LinearAlgebra.pseudoInverse(a), try numbers(LinearAlgebra.inverse(a)))
    try expectClose(try LinearAlgebra.multiDot([a, a, a]), try numbers(LinearAlgebra.power(a, 3)))
    #expect(try LinearAlgebra.rank(NDArray([[1.0, 2], [2, 4]])).item().asInt64 == 1)
    try expectClose(try NDArray([1.0, 2]).kron(NDArray([1.0, 10])), [1, 10, 2, 20])
    try expectClose(try NDArray([1.0, 0, 0]).cross(NDArray([0.0, 1, 0])), [0, 0, 1])
    try expectClose(try a.matvec(NDArray([1.0, 1])), [5, 4])
  }

  @Test func floatsAreComputedInDoublePrecision() throws {
    let single = try LinearAlgebra.inverse(try a.asType(.float32))
    #expect(single.dtype == .float32)
    let whole = try LinearAlgebra.inverse(a).asType(.float32)
    #expect(try numbers(single.asType(.float64)) == numbers(whole.asType(.float64)))
  }
}
