import Glibc
import Testing

@testable import MartletRuntime

/// Runs `body` with a cache of its own, in a directory that is removed afterwards.
func withTemporaryCache(
  _ body: (_ cache: DiskCache, _ directory: String) throws -> Void
) rethrows {
  var template = Array("/tmp/martlet-test-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else {
    Issue.record("no temporary directory")
    return
  }
  let base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  let directory = base + "/cache/martlet"
  defer {
    DiskCache(directory: directory).clear()
    for folder in [directory, base + "/cache", base] { rmdir(folder) }
  }
  try body(DiskCache(directory: directory), directory)
}
