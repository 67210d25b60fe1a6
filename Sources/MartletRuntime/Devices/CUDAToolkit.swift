import CMartlet
import MartletIR

/// The libraries of CUDA's toolkit that the device calls, each opened when it is first needed.
struct CUDAToolkit: Sendable {
  /// A library, or the reason why it is not there.
  typealias Opened<Library> = @Sendable () -> Result<Library, MartletError>

  var cublas: Opened<CUBLAS>
  var cufft: Opened<CUFFT>
  var cusolver: Opened<CUSOLVER>

  /// The newest that suit the driver.
  static let shared = CUDAToolkit(
    cublas: { CUBLAS.shared }, cufft: { CUFFT.shared }, cusolver: { CUSOLVER.shared })

  /// - Parameters:
  ///   - known: the versions of a library that Martlet knows.
  ///   - wheel: its folder among PyPI's packages.
  static func open<Library>(
    _ name: String, _ known: [CUDALibraries.Version], wheel: String,
    _ attempt: ([String]) throws(MartletError) -> Library
  ) -> Result<Library, MartletError> {
    do throws(MartletError) {
      let versions = CUDALibraries.versions(known, driver: try CUDADriver.shared().major)
      return .success(
        try attempt(CUDALibraries.names(name, versions: versions, wheel: wheel)))
    } catch {
      return .failure(error)
    }
  }
}

extension CUDA {
  package func hasLibrary(for kind: LibraryCall.Kind) -> Bool {
    switch kind {
    case .matmul: if case .success = toolkit.cublas() { true } else { false }
    case .fft: if case .success = toolkit.cufft() { true } else { false }
    case .linalg: if case .success = toolkit.cusolver() { true } else { false }
    }
  }

  /// - Throws: `.libraryMissing` without the library, `.unsupported` for other dtypes and for sizes
  ///   that it does not take, `.outOfMemory`, `.device`.
  package func call(_ call: LibraryCall) throws(MartletError) {
    let operation = call.kind.rawValue
    try DeviceFaults.check(.launch, on: name)
    let (context, memory) = try opened(for: operation)
    try context.run(operation) { () throws(MartletError) in
      switch call {
      case .product(let product):
        try openedProduct(context, memory).multiply(product)
      case .transform(let transform):
        try openedTransforms(context, memory).run(transform)
      case .factorisation(let factorisation):
        try openedSolver(context, memory).run(factorisation)
      }
    }
  }
}

/// A size as the toolkit's libraries take it: from 1 to 2³¹ - 1.
///
/// - Throws: `.unsupported`.
func toolkitSize(
  _ size: Int, _ library: String, _ operation: String
) throws(MartletError) -> Int32 {
  guard size > 0, let result = Int32(exactly: size) else {
    throw .unsupported(
      operation: operation, detail: "\(library) takes sizes from 1 to 2³¹ - 1, not \(size).")
  }
  return result
}

/// - Throws: `.unsupported` unless the toolkit's libraries compute with the dtype.
func checkToolkitDType(
  _ dtype: DType, _ library: String, _ operation: String
) throws(MartletError) {
  if LibraryCall.dtypes.contains(dtype) { return }
  throw .unsupported(
    operation: operation, detail: "\(library) does not compute with \(dtype.name).")
}

extension CUDAContext {
  /// Why a library's call failed: what it says, unless an earlier kernel broke the context.
  ///
  /// - Throws: the kernel's error, else `.device`.
  func fail(_ operation: String, _ sentence: String) throws(MartletError) -> Never {
    try synchronise(operation)
    throw .device(name: name, operation: operation, detail: sentence)
  }
}
