import Glibc
import Testing

/// The public API of `Martlet` and `MartletKernels` is what `surface/*.txt` says, and every symbol of it
/// has a documentation comment. `Tools/swift_surface.py` writes the files.
@Suite struct SurfaceTests {
  @Test func isWrittenDown() throws {
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let build =
      "/" + CommandLine.arguments[0].split(separator: "/").dropLast().joined(separator: "/")
    let command = "python3 '\(root)/Tools/swift_surface.py' --check '\(build)/Modules' 2>&1"
    let pipe = try #require(popen(command, "r"))
    var bytes: [UInt8] = []
    while case let byte = getc(pipe), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    let status = pclose(pipe)
    #expect(status == 0, "\(String(decoding: bytes, as: UTF8.self))")
  }
}
