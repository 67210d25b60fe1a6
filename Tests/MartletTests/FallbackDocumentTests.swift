import Martlet
import Testing

/// The examples of docs/fallback.md, word for word; `Tests/python/test_documents.py` compares.
@Suite(TestPython.isThere) struct FallbackDocumentTests {
  let np = Fallback.numpy

  @Test func example() throws {
    let np = Fallback.numpy
    let x = try NDArray(np.arange(12, dtype: np.float64).reshape(3, 4))  // Martlet's own
    let norm = try Double(np.linalg.norm(x))  // and so is this
    let (u, s) = (try np.linalg.svd(x, full_matrices: false).U, try np.linalg.svd(x).S)
    let smooth = try NDArray(np.convolve(x[0], [0.25, 0.5, 0.25], mode: "same"))
    let edges = try [Double](np.histogram(x, bins: 3)[1])
    let roots = try [Double](np.polynomial.Polynomial([2.0, -3.0, 1.0]).roots())  // NumPy's
    print(norm, u.shape, try NDArray(s), smooth, edges, roots, np.pi)
    print(Fallback.report())

    #expect(abs(norm * norm - 506) < 1e-9 && smooth.shape == [4] && edges.last == 11)
    #expect(try [Int](u.shape) == [3, 3])
    #expect(try NDArray(s).shape == [3])
    #expect(roots.count == 2)
  }

  @Test func inPlace() throws {
    var x = try NDArray.ones([2, 2])
    try Fallback.withWritable(&x) { a in try np.fill_diagonal(a, 0) }
    #expect(try x.elements(as: Double.self) == [0, 1, 1, 0])
  }

  @Test func withItsLine() throws {
    let x = NDArray([3.0, -4.0])
    let length = try Double(Fallback.call(np.linalg.norm, x, keywords: ["ord": 1]))
    #expect(length == 7)
  }

  @Test func theExampleIsTheDocuments() throws {
    try expectExample(of: "docs/fallback.md")
  }
}
