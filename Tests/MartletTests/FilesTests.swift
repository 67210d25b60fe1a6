import Glibc
import MartletIR
import Testing

@testable import Martlet

struct FilesTests {
  /// A file's name that no other test has, and its removal.
  private func withPath<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = "/tmp/martlet-files-\(getpid())-\(UInt64.random(in: 0 ... .max)).npy"
    defer { unlink(path) }
    return try body(path)
  }

  @Test func arraysComeBack() throws {
    for dtype in DType.allCases where dtype != .bfloat16 { try comesBack(dtype) }
  }

  private func comesBack(_ dtype: DType) throws {
    let numbers = try NDArray([3, 0, 1, 1, 0, 2], shape: [2, 3]).asType(dtype)
    for array in [
      numbers, numbers.view(numbers.layout.transposed), try numbers.get([AxisIndex(.position(1))]),
    ] {
      try withPath { path in
        try array.write(to: path)
        for isMapped in [false, true] {
          let found = try NDArray(contentsOf: path, isMapped: isMapped)
          #expect(found.dtype == dtype && found.shape == array.shape)
          #expect(
            try found.asType(.float64).elements(as: Double.self)
              == array.asType(.float64).elements(as: Double.self))
        }
      }
    }
  }

  @Test func theMappedFileStaysAsItIs() throws {
    try withPath { path in
      try NDArray([1.0, 2, 3]).write(to: path)
      var mapped = try NDArray(contentsOf: path, isMapped: true)
      try mapped.set([AxisIndex(.position(0))], to: NDArray([9.0], shape: []))
      #expect(try mapped.elements(as: Double.self) == [9, 2, 3])
      #expect(try NDArray(contentsOf: path).elements(as: Double.self) == [1, 2, 3])
    }
  }

  @Test(arguments: [false, true])
  func archives(_ isCompressed: Bool) throws {
    try withPath { path in
      let arrays = ["x": NDArray([1.0, 2]), "größe": try NDArray([7], shape: [])]
      try NDArray.write(archive: arrays, to: path, isCompressed: isCompressed)
      let found = try NDArray.archive(contentsOf: path)
      #expect(found.keys.sorted() == arrays.keys.sorted())
      #expect(try found["x"]?.elements(as: Double.self) == [1, 2])
      #expect(try found["größe"]?.item(as: Int.self) == 7)
    }
  }

  @Test func withoutAHeader() throws {
    try withPath { path in
      try NDArray([1.0, 2, 3]).write(rawTo: path)
      #expect(
        try NDArray(rawContentsOf: path, .float64, offset: 8).elements(as: Double.self) == [2, 3])
      #expect(try NDArray(rawContentsOf: path, .int8, count: 100).count == 24)
    }
  }

  @Test func errorsNameTheFile() throws {
    let error = #expect(throws: MartletError.self) { try NDArray(contentsOf: "/no such file") }
    guard case .file(_, let path, let code, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(path == "/no such file" && code == ENOENT)
    try withPath { path in
      try OpenFile(writing: path, for: "test").write(Array("no array".utf8))
      #expect(throws: MartletError.self) { try NDArray(contentsOf: path) }
      #expect(throws: MartletError.self) { try NDArray.archive(contentsOf: path) }
    }
  }
}
