import Glibc
import Testing

/// Expects that a page's first block of Swift stands word for word in a test's source, where it runs.
///
/// - Parameter page: its path in the repository.
func expectExample(
  of page: String, in test: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  // Tests/MartletTests/DocumentSupport.swift
  let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  let document = try #require(contents(of: "/\(root)/\(page)"), sourceLocation: sourceLocation)
  let source = try #require(contents(of: test), sourceLocation: sourceLocation)
  let parts = document.split(separator: "```swift\n", maxSplits: 1)
  let block = try #require(parts.last?.split(separator: "```").first)
  let lines = block.split(separator: "\n").dropFirst()
  #expect(lines.count >= 8, sourceLocation: sourceLocation)
  for line in lines {
    #expect(source.contains("    " + line + "\n"), "\(line)", sourceLocation: sourceLocation)
  }
}

private func contents(of path: String) -> String? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
  return String(decoding: bytes, as: UTF8.self)
}
