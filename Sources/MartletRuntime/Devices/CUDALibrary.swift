import CMartlet
import Glibc
import MartletIR
import Synchronization

/// Where CUDA's libraries may lie.
package enum CUDALibraries {
  /// A version of the toolkit, and how one of its libraries is called there: `so.` and the suffix.
  typealias Version = (major: Int, suffix: String)

  /// The names to open one of the toolkit's libraries under, in order: for each version the soname,
  /// the toolkit's own folder, and where PyPI's wheels put it.
  static func names(_ library: String, versions: [Version], wheel: String) -> [String] {
    var names: [String] = []
    for version in versions {
      let file = "lib\(library).so.\(version.suffix)"
      // From CUDA 13 on all wheels share a folder.
      let places =
        ["/usr/local/cuda/lib64"]
        + packageFolders.flatMap {
          ["\($0)/nvidia/\(wheel)/lib", "\($0)/nvidia/cu\(version.major)/lib"]
        }
      names.append(file)
      names += places.map { "\($0)/\(file)" }.filter { access($0, R_OK) == 0 }
    }
    return names
  }

  /// The versions of the toolkit that a driver of this major version runs, newest first. A driver
  /// does not load what a newer major version compiled.
  static func versions(_ known: [Version], driver: Int?) -> [Version] {
    known.filter { $0.major <= driver ?? .max }
  }

  /// The folders that PyPI's packages lie in: those of the active virtual environment, and those
  /// that `search` was told of.
  private static var packageFolders: [String] {
    var found = extraFolders.withLock { $0 }
    if let environment = Environment["VIRTUAL_ENV"], environment.hasPrefix("/") {
      found += (11...20).map { "\(environment)/lib/python3.\($0)/site-packages" }
    }
    return found.filter { access($0, R_OK) == 0 }
  }

  private static let extraFolders = Mutex<[String]>([])

  /// Looks for wheels in these folders too, from the next library on that is opened. Paths that are
  /// not absolute are left out.
  package static func search(_ folders: [String]) {
    extraFolders.withLock { $0 += folders.filter { $0.hasPrefix("/") } }
  }

  /// Opens the first library that is there and has the functions.
  ///
  /// - Parameter attempt: one of `CMartlet`'s functions that open a library by name.
  /// - Returns: the table of functions and the name they were opened under, or the reason of the
  ///   first that failed.
  static func open<Table>(
    _ names: [String],
    _ attempt: (
      UnsafePointer<CChar>, UnsafeMutablePointer<Table>, UnsafeMutablePointer<CChar>, Int32
    ) -> Bool
  ) -> Result<(functions: Table, name: String), Reason> {
    withUnsafeTemporaryAllocation(of: Table.self, capacity: 1) { room in
      guard let table = room.baseAddress else { preconditionFailure("1 is not 0") }
      var first: String?
      for name in names {
        var reason = ""
        if withMessage(into: &reason, { attempt(name, table, $0, $1) }) {
          return .success((table.pointee, name))
        }
        first = first ?? reason
      }
      return .failure(Reason(text: first ?? "No version suits the driver."))
    }
  }

  struct Reason: Error {
    var text: String
  }
}

/// CUDA's driver, the library that every NVIDIA driver brings.
struct CUDADriver: @unchecked Sendable {
  // Unchecked: a table of functions that never changes; they may be called from any thread.

  let functions: martlet_cuda
  /// The name the library was opened under.
  let name: String
  /// The newest CUDA that the driver knows: 1000 × major + 10 × minor.
  let version: Int

  var major: Int { version / 1000 }
  var versionText: String { "\(version / 1000).\(version % 1000 / 10)" }

  /// - Throws: `.libraryMissing` where there is no driver, `.device` where it finds no GPU.
  static func shared() throws(MartletError) -> CUDADriver { try opened.get() }

  private static let opened: Result<CUDADriver, MartletError> = {
    do throws(MartletError) {
      return .success(try CUDADriver(opening: "libcuda.so.1"))
    } catch {
      return .failure(error)
    }
  }()

  /// - Parameter name: a soname or an absolute path.
  init(opening name: String) throws(MartletError) {
    switch CUDALibraries.open([name], martlet_cuda_open) {
    case .success(let library): (functions, self.name) = library
    case .failure(let reason):
      throw .libraryMissing(
        name: "The CUDA driver",
        hint: "NVIDIA's driver brings it as libcuda.so.1. \(reason.text)")
    }
    try CUDAStatus.check(functions.Init(0), functions, device: "cuda", operation: "discovery")
    var version: Int32 = 0
    try CUDAStatus.check(
      functions.DriverGetVersion(&version), functions, device: "cuda", operation: "discovery")
    self.version = Int(version)
  }
}

/// What the driver's functions return.
enum CUDAStatus {
  /// - Throws: `.device` with the code's name and what it means.
  static func check(
    _ code: Int32, _ functions: martlet_cuda, device: String, operation: String
  ) throws(MartletError) {
    if code == MARTLET_CUDA_SUCCESS { return }
    throw .device(name: device, operation: operation, detail: sentence(code, functions))
  }

  /// What a code means, with the name that CUDA's documentation has it under.
  static func sentence(_ code: Int32, _ functions: martlet_cuda) -> String {
    var name: UnsafePointer<CChar>?
    var text: UnsafePointer<CChar>?
    guard functions.GetErrorName(code, &name) == MARTLET_CUDA_SUCCESS, let name else {
      return "CUDA reported error \(code)."
    }
    guard functions.GetErrorString(code, &text) == MARTLET_CUDA_SUCCESS, let text else {
      return "CUDA reported \(String(cString: name))."
    }
    let meaning = String(cString: text)
    return meaning.prefix(1).uppercased() + meaning.dropFirst() + " (\(String(cString: name)))."
  }

  /// Whether an error stays: after it, every call on the context fails until the process ends.
  ///
  /// Source: the descriptions of these codes in CUDA's driver interface.
  static func isSticky(_ code: Int32) -> Bool {
    switch code {
    case MARTLET_CUDA_ECC_UNCORRECTABLE, MARTLET_CUDA_NVLINK_UNCORRECTABLE,
      MARTLET_CUDA_CONTAINED, MARTLET_CUDA_ILLEGAL_ADDRESS, MARTLET_CUDA_LAUNCH_TIMEOUT,
      MARTLET_CUDA_CONTEXT_IS_DESTROYED, MARTLET_CUDA_ASSERT, MARTLET_CUDA_HARDWARE_STACK_ERROR,
      MARTLET_CUDA_ILLEGAL_INSTRUCTION, MARTLET_CUDA_MISALIGNED_ADDRESS,
      MARTLET_CUDA_INVALID_ADDRESS_SPACE, MARTLET_CUDA_INVALID_PC, MARTLET_CUDA_LAUNCH_FAILED,
      MARTLET_CUDA_TENSOR_MEMORY_LEAK:
      true
    default: false
    }
  }
}
