import CMartlet
import Glibc
import MartletIR
import Testing

@testable import MartletRuntime

@Suite struct DiskCacheTests {
  private let name = String(repeating: "ab", count: 32)
  private let object: [UInt8] = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

  private func path(_ directory: String) -> String { "\(directory)/\(name).o" }

  /// Writes straight to a file, as an intruder would.
  private func overwrite(_ path: String, _ change: (inout [UInt8]) -> Void) {
    let file = martlet_open_file(path, O_RDWR, 0)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 10_000)
    bytes.removeLast(10_000 - max(0, Glibc.read(file, &bytes, 10_000)))
    change(&bytes)
    ftruncate(file, 0)
    lseek(file, 0, SEEK_SET)
    #expect(Glibc.write(file, bytes, bytes.count) == bytes.count)
  }

  @Test func returnsWhatWasStored() {
    withTemporaryCache { cache, directory in
      #expect(cache.read(name) == nil)
      cache.write(object, as: name)
      #expect(cache.read(name) == object)
      #expect(cache.entries().map(\.name) == ["\(name).o"])
      var status = stat()
      #expect(stat(directory, &status) == 0 && status.st_mode & 0o777 == 0o700)
      #expect(stat(path(directory), &status) == 0 && status.st_mode & 0o777 == 0o600)
      #expect(cache.clear() > object.count)
      #expect(cache.read(name) == nil)
    }
  }

  @Test(arguments: [0, 8, 15, 16, 40, 48, 3000])
  func rejectsAFlippedBit(position: Int) {
    withTemporaryCache { cache, directory in
      cache.write(object, as: name)
      overwrite(path(directory)) { $0[position] ^= 4 }
      #expect(cache.read(name) == nil)
      cache.write(object, as: name)
      #expect(cache.read(name) == object)
    }
  }

  @Test(arguments: [0, 7, 47, 48, 1000])
  func rejectsATruncatedFile(length: Int) {
    withTemporaryCache { cache, directory in
      cache.write(object, as: name)
      overwrite(path(directory)) { $0.removeLast($0.count - length) }
      #expect(cache.read(name) == nil)
    }
  }

  @Test func rejectsAnHonestFileUnderAFalseName() {
    withTemporaryCache { cache, directory in
      cache.write(object, as: name)
      let other = String(repeating: "cd", count: 32)
      #expect(rename(path(directory), "\(directory)/\(other).o") == 0)
      #expect(cache.read(other) == nil)
    }
  }

  @Test func rejectsALink() {
    withTemporaryCache { cache, directory in
      cache.write(object, as: name)
      #expect(rename(path(directory), "\(directory)/.elsewhere") == 0)
      #expect(symlink("\(directory)/.elsewhere", path(directory)) == 0)
      #expect(cache.read(name) == nil)
      cache.write(object, as: name)  // Replaces the link, not what it points to.
      #expect(cache.read(name) == object)
    }
  }

  @Test func rejectsADirectoryThatIsALink() {
    withTemporaryCache { cache, directory in
      cache.write(object, as: name)
      #expect(symlink(directory, directory + "-link") == 0)
      #expect(DiskCache(directory: directory + "-link").read(name) == nil)
      unlink(directory + "-link")
    }
  }

  @Test func rejectsAPipe() {
    withTemporaryCache { cache, directory in
      cache.write(object, as: name)
      unlink(path(directory))
      #expect(mkfifo(path(directory), 0o600) == 0)
      #expect(cache.read(name) == nil)  // Without waiting for a writer.
    }
  }

  @Test(arguments: [mode_t(0o644), 0o660, 0o602])
  func rejectsAFileOpenToOthers(mode: mode_t) {
    withTemporaryCache { cache, directory in
      cache.write(object, as: name)
      chmod(path(directory), mode)
      #expect(cache.read(name) == nil)
    }
  }

  @Test(arguments: [mode_t(0o755), 0o770, 0o777])
  func rejectsADirectoryOpenToOthers(mode: mode_t) {
    withTemporaryCache { cache, directory in
      cache.write(object, as: name)
      chmod(directory, mode)
      #expect(cache.read(name) == nil)
      cache.write(object, as: name)
      #expect(cache.entries().isEmpty)
      chmod(directory, 0o700)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
  func rejectsAForeignOwner() {
    withTemporaryCache { cache, directory in
      cache.write(object, as: name)
      chown(path(directory), 12345, 12345)
      #expect(cache.read(name) == nil)
      chown(path(directory), 0, 0)
      #expect(cache.read(name) == object)
      chown(directory, 12345, 12345)
      #expect(cache.read(name) == nil)
      chown(directory, 0, 0)
    }
  }

  @Test func isSilentWithoutAPlace() {
    for directory in [nil, "/proc/no-such-place", "/dev/null/x"] {
      let cache = DiskCache(directory: directory)
      cache.write(object, as: name)
      cache.trim()
      #expect(cache.read(name) == nil)
      #expect(cache.entries().isEmpty)
      #expect(cache.clear() == 0)
    }
  }

  @Test func trimsTheOldestFirst() {
    withTemporaryCache { _, directory in
      let cache = DiskCache(directory: directory, limit: 12_000)
      let names = (0..<4).map { String(repeating: "\($0)", count: 64) }
      for (age, name) in names.enumerated() {
        cache.write(object, as: name)
        let then = timespec(tv_sec: 1000 + age, tv_nsec: 0)
        var times = (then, then)
        withUnsafePointer(to: &times) {
          $0.withMemoryRebound(to: timespec.self, capacity: 2) {
            _ = utimensat(AT_FDCWD, "\(directory)/\(name).o", $0, 0)
          }
        }
      }
      #expect(cache.read(names[0]) == object)  // Becomes the youngest.
      cache.trim()
      #expect(Set(cache.entries().map(\.name)) == ["\(names[0]).o", "\(names[3]).o"])
    }
  }

  @Test func aStoredKernelRunsInTheNextProcess() throws {
    try withTemporaryCache { cache, directory in
      // Two caches stand for two processes.
      let text = axpyText + "; stored"
      let first = KernelCache(disk: cache)
      let compiled = try first.function(text: text, symbol: "axpy")
      #expect(first.statistics == .init(memory: 0, disk: 0, compiled: 1))
      let second = KernelCache(disk: cache)
      let loaded = try second.function(text: text, symbol: "axpy")
      #expect(second.statistics == .init(memory: 0, disk: 1, compiled: 0))
      #expect(loaded != compiled)
    }
  }

  @Test func loadsFromDisk() throws {
    try withTemporaryCache { cache, directory in
      let text = axpyText + "; loaded"
      let compiler = try LLVMCompiler.shared()
      let key = KernelCache.key(text: text, symbol: "axpy", target: compiler.target).hexadecimal
      cache.write(
        try compiler.object(from: text, symbol: "axpy", export: KernelCache.export(key)), as: key)
      let kernels = KernelCache(disk: cache)
      _ = try kernels.function(text: text, symbol: "axpy")
      #expect(kernels.statistics == .init(memory: 0, disk: 1, compiled: 0))
    }
  }

  @Test func whatIsNoObjectIsCompiledAgain() throws {
    try withTemporaryCache { cache, directory in
      let text = axpyText + "; no object"
      let compiler = try LLVMCompiler.shared()
      let key = KernelCache.key(text: text, symbol: "axpy", target: compiler.target).hexadecimal
      let object = try compiler.object(from: text, symbol: "axpy", export: "another name")
      for contents in [[1, 2, 3], Array(object.dropLast(100)), object] {
        cache.write(contents, as: key)  // Whole as a file.
        let kernels = KernelCache(disk: cache)
        _ = try kernels.function(text: text, symbol: "axpy")
        #expect(kernels.statistics == .init(memory: 0, disk: 0, compiled: 1))
      }
    }
  }

  @Test func aDamagedKernelIsCompiledAgain() throws {
    try withTemporaryCache { cache, directory in
      let text = axpyText + "; damaged"
      let compiler = try LLVMCompiler.shared()
      let key = KernelCache.key(text: text, symbol: "axpy", target: compiler.target).hexadecimal
      cache.write([1, 2, 3], as: key)
      overwrite("\(directory)/\(key).o") { $0[50] = 9 }
      let kernels = KernelCache(disk: cache)
      _ = try kernels.function(text: text, symbol: "axpy")
      #expect(kernels.statistics == .init(memory: 0, disk: 0, compiled: 1))
      #expect(cache.read(key) != nil)
    }
  }
}
