import Glibc
import Martlet
import Testing

/// The example of docs/fallback.md, word for word.
@Suite(TestPython.isThere) struct FallbackDocumentTests {
  @Test func example() throws {
    let np = Fallback.numpy
    let x = try NDArray(np.arange(12, dtype: np.float64).reshape(3, 4))  // Martlet's own
    let norm = try Double(np.linalg.norm(x))  // NumPy's
    let (u, s) = (try np.linalg.svd(x, full_matrices: false).U, try np.linalg.svd(x).S)
    let smooth = try NDArray(np.convolve(x[0], [0.25, 0.5, 0.25], mode: "same"))
    let edges = try [Double](np.histogram(x, bins: 3)[1])
    let roots = try [Double](np.polynomial.Polynomial([2.0, -3.0, 1.0]).roots())
    print(norm, u.shape, try NDArray(s), smooth, edges, roots, np.pi)
    print(Fallback.report())

    #expect(abs(norm * norm - 506) < 1e-9 && smooth.shape == [4] && edges.last == 11)
    #expect(try [Int](u.shape) == [3, 3])
    #expect(try NDArray(s).shape == [3])
    #expect(roots.count == 2)
  }

  @Test func theExampleIsTheDocuments() throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let document = try #require(text("/\(root)/docs/fallback.md"))
    let source = try #require(text(#filePath))
    let parts = document.split(separator: "```swift\n", maxSplits: 1)
    let block = try #require(parts.last?.split(separator: "```").first)
    let lines = block.split(separator: "\n").dropFirst()
    #expect(lines.count >= 8)
    for line in lines { #expect(source.contains("    " + line + "\n"), "\(line)") }
  }

  private func text(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
