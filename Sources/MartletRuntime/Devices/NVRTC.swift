import CMartlet
import MartletIR

/// CUDA's compiler at run time: from CUDA C to a GPU's machine code. It needs no GPU.
package struct NVRTC: @unchecked Sendable {
  // Unchecked: a table of functions that never changes. Programs may be compiled by many threads at
  // a time, each its own.

  private let functions: martlet_nvrtc
  /// The name the library was opened under.
  package let name: String
  /// Such as `12.9`.
  package let version: String
  /// The compute capabilities that it makes machine code for, rising: 90 for `sm_90`.
  package let capabilities: [Int]

  /// Results have the bits of every other device: multiplications and additions are not contracted,
  /// and fast mathematics stays off.
  package static let options = ["--std=c++17", "--fmad=false"]

  /// The process's compiler: that of `MARTLET_NVRTC`, or the newest that suits the driver.
  ///
  /// - Throws: `.libraryMissing` with what to install.
  package static func shared() throws(MartletError) -> NVRTC { try opened.get() }

  private static let opened: Result<NVRTC, MartletError> = {
    do throws(MartletError) {
      if let path = Environment["MARTLET_NVRTC"] {
        guard path.hasPrefix("/") else {
          throw .libraryMissing(
            name: "NVRTC", hint: "MARTLET_NVRTC=\(path) is not an absolute path.")
        }
        return .success(try NVRTC(opening: [path]))
      }
      // Without a driver nothing limits the version.
      let driver = try? CUDADriver.shared().major
      let versions = CUDALibraries.versions(
        [(13, "13"), (12, "12"), (11, "11.2")], driver: driver)
      return .success(
        try NVRTC(
          opening: CUDALibraries.names("nvrtc", versions: versions, wheel: "cuda_nvrtc")))
    } catch {
      return .failure(error)
    }
  }()

  /// - Parameter names: sonames or absolute paths, of which the first that opens is taken.
  package init(opening names: [String]) throws(MartletError) {
    switch CUDALibraries.open(names, martlet_nvrtc_open) {
    case .success(let library): (functions, name) = library
    case .failure(let reason):
      throw .libraryMissing(
        name: "NVRTC",
        hint: "It compiles kernels for NVIDIA's GPUs. Install CUDA's toolkit 11.2 or later, or "
          + "PyPI's nvidia-cuda-nvrtc-cu12 into the active virtual environment, or set "
          + "MARTLET_NVRTC to its absolute path. \(reason.text)")
    }
    var (major, minor): (Int32, Int32) = (0, 0)
    try Self.check(functions.Version(&major, &minor), functions, "finding its version")
    version = "\(major).\(minor)"
    var count: Int32 = 0
    try Self.check(functions.GetNumSupportedArchs(&count), functions, "listing architectures")
    var numbers = [Int32](repeating: 0, count: Int(count))
    try Self.check(functions.GetSupportedArchs(&numbers), functions, "listing architectures")
    capabilities = numbers.map(Int.init).sorted()
  }

  /// What to compile for, to run on a GPU: `sm_90` where its machine code can be made, else the
  /// newest virtual architecture below, `compute_90`, which the driver translates; nil where the
  /// GPU is too old.
  package func architecture(for capability: Int) -> String? {
    if capabilities.contains(capability) { return "sm_\(capability)" }
    return capabilities.last { $0 < capability }.map { "compute_\($0)" }
  }

  /// Compiles CUDA C with the process's compiler, as `compile(_:named:architecture:)` does.
  ///
  /// - Throws: also `.libraryMissing`.
  package static func compile(
    _ text: String, architecture: String
  ) throws(MartletError) -> [UInt8] {
    try shared().compile(text, named: "kernel", architecture: architecture)
  }

  /// Compiles CUDA C.
  ///
  /// - Parameter architecture: `sm_90` gives a GPU's machine code, `compute_90` gives PTX, a text
  ///   that ends with a zero.
  /// - Throws: `.compilation` with the compiler's log.
  package func compile(
    _ text: String, named name: String, architecture: String
  ) throws(MartletError) -> [UInt8] {
    var program: OpaquePointer?
    var code = functions.CreateProgram(&program, text, "\(name).cu", 0, nil, nil)
    guard code == MARTLET_NVRTC_SUCCESS, let created = program else {
      throw .compilation(kernel: name, detail: "NVRTC \(version): \(sentence(code))")
    }
    defer { _ = functions.DestroyProgram(&program) }

    code = withCStrings(Self.options + ["--gpu-architecture=\(architecture)"]) {
      functions.CompileProgram(created, Int32($0.count), $0.baseAddress)
    }
    if code != MARTLET_NVRTC_SUCCESS {
      throw .compilation(
        kernel: name,
        detail: "NVRTC \(version) for \(architecture): \(sentence(code))\n\(log(of: created))")
    }
    let isMachineCode = architecture.hasPrefix("sm_")
    var image: [UInt8] = []
    code =
      isMachineCode
      ? take(functions.GetCUBINSize, functions.GetCUBIN, created, &image)
      : take(functions.GetPTXSize, functions.GetPTX, created, &image)
    guard code == MARTLET_NVRTC_SUCCESS, !image.isEmpty else {
      throw .compilation(
        kernel: name,
        detail: "NVRTC \(version) gave no code for \(architecture): \(sentence(code))")
    }
    return image
  }

  private func log(of program: OpaquePointer) -> String {
    var bytes: [UInt8] = []
    let code = take(functions.GetProgramLogSize, functions.GetProgramLog, program, &bytes)
    guard code == MARTLET_NVRTC_SUCCESS else { return "Its log cannot be read: \(sentence(code))" }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// What one of NVRTC's pairs of functions, size and contents, gives.
  private func take(
    _ size: (OpaquePointer, UnsafeMutablePointer<Int>) -> Int32,
    _ contents: (OpaquePointer, UnsafeMutablePointer<CChar>) -> Int32, _ program: OpaquePointer,
    _ bytes: inout [UInt8]
  ) -> Int32 {
    var byteCount = 0
    let code = size(program, &byteCount)
    if code != MARTLET_NVRTC_SUCCESS || byteCount == 0 { return code }
    bytes = [UInt8](repeating: 0, count: byteCount)
    return bytes.withUnsafeMutableBytes { room in
      contents(program, room.bindMemory(to: CChar.self).baseAddress!)
    }
  }

  private func sentence(_ code: Int32) -> String { Self.sentence(code, functions) }

  private static func sentence(_ code: Int32, _ functions: martlet_nvrtc) -> String {
    guard let text = functions.GetErrorString(code) else { return "Error \(code)." }
    return "\(String(cString: text))."
  }

  private static func check(
    _ code: Int32, _ functions: martlet_nvrtc, _ operation: String
  ) throws(MartletError) {
    if code == MARTLET_NVRTC_SUCCESS { return }
    throw .device(name: "NVRTC", operation: operation, detail: sentence(code, functions))
  }
}

/// A table of C strings, as C's functions take them.
private func withCStrings<Result>(
  _ texts: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  // All in one piece of memory, each with its zero.
  var bytes: [CChar] = []
  var starts: [Int] = []
  for text in texts {
    starts.append(bytes.count)
    bytes += text.utf8CString
  }
  return bytes.withUnsafeBufferPointer { bytes in
    starts.map { start in bytes.baseAddress.map { $0 + start } }
      .withUnsafeBufferPointer(body)
  }
}
