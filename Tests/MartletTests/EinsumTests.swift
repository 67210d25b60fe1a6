import Testing

@testable import Martlet

/// Sums of products by `NDArray.einsum`; `Tests/python/test_einsum.py` compares with NumPy.
@Suite struct EinsumTests {
  private let a = NDArray([[1.0, 2], [3, 4]])
  private let b = NDArray([[0.0, 1], [1, 0]])

  private func expect(_ array: NDArray, _ expected: [Double]) throws {
    #expect(try array.elements(as: Double.self) == expected)
  }

  @Test func sums() throws {
    try expect(try NDArray.einsum("ij,jk", a, b), [2, 1, 4, 3])
    try expect(try NDArray.einsum("ij,jk->ki", a, b), [2, 4, 1, 3])
    try expect(try NDArray.einsum("ii", a), [5])
    try expect(try NDArray.einsum("ij->j", a), [4, 6])
    try expect(try NDArray.einsum("ij,jk,kl->il", a, b, a), [5, 8, 13, 20])
    try expect(try NDArray.einsum("...i,...i->...", a, a), [5, 25])
    let half = try NDArray.einsum("ij,jk", a.asType(.float16), b.asType(.float16))
    #expect(half.dtype == .float16)
    #expect(try NDArray.einsum("ij,jk", a, b, dtype: .complex128).dtype == .complex128)
  }

  @Test func viewsShareMemory() throws {
    let x = a
    let turned = try NDArray.einsum("ij->ji", x)
    #expect(turned.storage === x.storage)
    try expect(turned, [1, 3, 2, 4])
    try expect(try NDArray.einsum("ii->i", x), [1, 4])
  }

  @Test func whatDoesNotFit() throws {
    for text in ["ijk", "i", "ij->k", "ij->ii", "i..j", "ij>j", "i1", "ij,jk"] {
      #expect(throws: MartletError.self) { try NDArray.einsum(text, a) }
    }
    #expect(throws: MartletError.self) { try NDArray.einsum("ij,ij", a, NDArray([[1.0, 2, 3]])) }
  }

  /// The cheapest order of a chain begins at its narrow end.
  @Test func paths() throws {
    let subscripts = try EinsumSubscripts("ij,jk,kl->il")
    let resolved = try subscripts.resolved([[100, 100], [100, 100], [100, 1]])
    let path = ContractionPath(resolved)
    let sets = resolved.inputs.map(ContractionPath.labels)
    #expect(path.greedy(sets, limit: .infinity) == [[1, 2], [0, 1]])
    #expect(path.optimal(sets, limit: .infinity) == [[1, 2], [0, 1]])
    #expect(path.optimal(sets, limit: 1) == [[0, 1, 2]])
  }
}
