import CMartlet
import Glibc
import MartletIR
import Testing

@testable import MartletRuntime

/// CUDA without a GPU: the driver, NVRTC and the toolkit's libraries of `Tests/FakeCUDA`, over the
/// host's memory. Each one has a state of its own.
final class FakeCUDA: @unchecked Sendable {
  // Unchecked: nothing changes but the library's own state, which it guards.

  private let library: UnsafeMutableRawPointer
  let driver: CUDADriver
  let compiler: NVRTC
  let toolkit: CUDAToolkit

  struct NotBuilt: Error, CustomStringConvertible {
    var description: String
  }

  init(
    gpus: Int = 1, memory: Int = 1 << 28, pools: Bool = true, driverVersion: Int = 12_040,
    capability: Int = 90
  ) throws {
    let path = try Self.writeTemporary(try Self.image.get())
    defer { unlink(path) }
    var reason = ""
    guard let library = withMessage(into: &reason, { martlet_open_library(path, $0, $1) }) else {
      throw NotBuilt(description: reason)
    }
    self.library = library
    typealias Configure = @convention(c) (Int32, Int, Int32, Int32, Int32) -> Void
    Self.function(library, "fake_configure", as: Configure.self)(
      Int32(gpus), memory, pools ? 1 : 0, Int32(driverVersion), Int32(capability))
    driver = try CUDADriver(opening: path)
    compiler = try NVRTC(opening: [path])
    let cublas = try CUBLAS(opening: [path])
    let cufft = try CUFFT(opening: [path])
    let cusolver = try CUSOLVER(opening: [path])
    toolkit = CUDAToolkit(
      cublas: { .success(cublas) }, cufft: { .success(cufft) }, cusolver: { .success(cusolver) })
  }

  /// Its GPUs, not used yet.
  func devices(
    stagingByteCount: Int = 4096, disk: DiskCache = DiskCache(directory: nil)
  ) throws -> [CUDA] {
    try CUDA.devices(
      of: driver, compiler: compiler, toolkit: toolkit, disk: disk,
      stagingByteCount: stagingByteCount
    ).devices
  }

  func device(
    stagingByteCount: Int = 4096, disk: DiskCache = DiskCache(directory: nil)
  ) throws -> CUDA {
    try #require(try devices(stagingByteCount: stagingByteCount, disk: disk).first)
  }

  // MARK: - What it is asked

  /// How often a function was called, by its name after `cu` without a version; or `live`, `pooled`
  /// (blocks), `taken` (bytes), `retained` (contexts).
  func count(_ name: String) -> Int {
    typealias Count = @convention(c) (UnsafePointer<CChar>) -> Int64
    return Int(Self.function(library, "fake_count", as: Count.self)(name))
  }

  /// The first thing that a driver would not have forgiven.
  var misuse: String? {
    typealias Misuse = @convention(c) () -> UnsafePointer<CChar>?
    return Self.function(library, "fake_misuse", as: Misuse.self)().map { String(cString: $0) }
  }

  /// How many contexts lie on this thread's stack.
  var depth: Int {
    typealias Depth = @convention(c) () -> Int32
    return Int(Self.function(library, "fake_depth", as: Depth.self)())
  }

  /// Grid, block and dynamic shared memory.
  var lastLaunch: [UInt32] {
    typealias Last = @convention(c) (UnsafeMutablePointer<UInt32>) -> Void
    var sizes = [UInt32](repeating: 0, count: 7)
    Self.function(library, "fake_last_launch", as: Last.self)(&sizes)
    return sizes
  }

  // MARK: - What it is told

  /// The `after`-th next call of a function returns a code.
  func fail(_ name: String, after: Int = 1, code: Int32) {
    typealias Fail = @convention(c) (UnsafePointer<CChar>, Int32, Int32) -> Void
    Self.function(library, "fake_fail", as: Fail.self)(name, Int32(after), code)
  }

  /// The next pending work fails with a code that stays.
  func breakWork(code: Int32) {
    typealias Break = @convention(c) (Int32) -> Void
    Self.function(library, "fake_break", as: Break.self)(code)
  }

  /// Memory of the first GPU that another library took.
  func foreign(byteCount: Int) -> UInt {
    typealias Foreign = @convention(c) (Int) -> UInt64
    return UInt(Self.function(library, "fake_foreign", as: Foreign.self)(byteCount))
  }

  /// How long each piece of work takes at least.
  func slow(microseconds: Int) {
    typealias Slow = @convention(c) (Int32) -> Void
    Self.function(library, "fake_slow", as: Slow.self)(Int32(microseconds))
  }

  // MARK: - Building

  private static func function<Function>(
    _ library: UnsafeMutableRawPointer, _ name: String, as type: Function.Type
  ) -> Function {
    guard let symbol = martlet_symbol(library, name) else {
      fatalError("the fake driver has no \(name)")
    }
    return unsafeBitCast(symbol, to: type)
  }

  /// The compiled library, or what the compiler said.
  private static let image: Result<[UInt8], NotBuilt> = {
    let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    do {
      let path = try writeTemporary([])
      defer { unlink(path) }
      let command =
        "$(command -v cc || command -v clang) -shared -fPIC -O1 -w "
        + "-DFAKE_PRELUDE='\"/\(folder)/FakeCUDA/kernel.hpp\"' '/\(folder)/FakeCUDA/'fake_*.c "
        + "-o '\(path)' -lpthread -ldl -lm"
      guard system(command) == 0 else {
        return .failure(NotBuilt(description: "This failed: \(command)"))
      }
      return .success(try contents(of: path))
    } catch {
      return .failure(NotBuilt(description: "\(error)"))
    }
  }()

  private static func writeTemporary(_ bytes: [UInt8]) throws -> String {
    var template = Array("/tmp/martlet-fake-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else { throw NotBuilt(description: "no temporary file") }
    defer { close(file) }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard bytes.isEmpty || write(file, bytes, bytes.count) == bytes.count else {
      throw NotBuilt(description: "\(path) cannot be written")
    }
    return path
  }

  private static func contents(of path: String) throws -> [UInt8] {
    let file = martlet_open_file(path, O_RDONLY, 0)
    defer { close(file) }
    var status = stat()
    guard file >= 0, fstat(file, &status) == 0 else {
      throw NotBuilt(description: "\(path) cannot be read")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    guard read(file, &bytes, bytes.count) == bytes.count else {
      throw NotBuilt(description: "\(path) cannot be read")
    }
    return bytes
  }
}
