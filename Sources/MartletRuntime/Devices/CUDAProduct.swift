import CMartlet
import MartletIR

/// cuBLAS, the matrix products of CUDA's toolkit.
struct CUBLAS: @unchecked Sendable {
  // Unchecked: a table of functions that never changes; they may be called from any thread.

  let functions: martlet_cublas
  /// The name the library was opened under.
  let name: String

  /// The newest that suits the driver.
  static let shared: Result<CUBLAS, MartletError> = {
    do throws(MartletError) {
      let versions = CUDALibraries.versions(
        [(13, "13"), (12, "12"), (11, "11")], driver: try CUDADriver.shared().major)
      return .success(
        try CUBLAS(opening: CUDALibraries.names("cublas", versions: versions, wheel: "cublas")))
    } catch {
      return .failure(error)
    }
  }()

  /// - Parameter names: sonames or absolute paths, of which the first that opens is taken.
  init(opening names: [String]) throws(MartletError) {
    switch CUDALibraries.open(names, martlet_cublas_open) {
    case .success(let library): (functions, name) = library
    case .failure(let reason):
      throw .libraryMissing(
        name: "cuBLAS",
        hint: "It multiplies matrices on NVIDIA's GPUs. Install CUDA's toolkit, or PyPI's "
          + "nvidia-cublas-cu12 into the active virtual environment. \(reason.text)")
    }
  }

  /// What a code means, as far as the library tells.
  func sentence(_ code: Int32) -> String {
    guard let name = functions.GetStatusName.flatMap({ $0(code) }) else {
      return "cuBLAS reported error \(code)."
    }
    return "cuBLAS reported \(String(cString: name))."
  }
}

/// Matrix products of one GPU. All calls are made while the context is current.
final class CUDAProduct: @unchecked Sendable {
  // Unchecked: the handle is only used while `lock` is held.

  private let library: CUBLAS
  private let context: CUDAContext
  private let handle: OpaquePointer
  private let lock = Lock()

  init(
    _ library: CUBLAS, _ context: CUDAContext, _ memory: CUDAMemory
  ) throws(MartletError) {
    self.library = library
    self.context = context
    let functions = library.functions
    var handle: OpaquePointer?
    var code = functions.Create_v2(&handle)
    if code == MARTLET_CUBLAS_ALLOC_FAILED {
      try memory.trim()
      code = functions.Create_v2(&handle)
    }
    guard code == MARTLET_CUBLAS_SUCCESS, let handle else {
      throw .device(name: context.name, operation: "matmul", detail: library.sentence(code))
    }
    self.handle = handle
    code = functions.SetStream_v2(handle, context.stream)
    if code == MARTLET_CUBLAS_SUCCESS {
      code = functions.SetMathMode(handle, MARTLET_CUBLAS_DEFAULT_MATH)
    }
    if code != MARTLET_CUBLAS_SUCCESS {
      _ = functions.Destroy_v2(handle)
      throw .device(name: context.name, operation: "matmul", detail: library.sentence(code))
    }
  }

  func multiply(
    _ dtype: DType, rows: Int32, columns: Int32, depth: Int32, _ a: CUDA.Matrix,
    _ b: CUDA.Matrix, into c: UInt64, leading: Int32
  ) throws(MartletError) {
    let functions = library.functions
    let gemm =
      switch dtype {
      case .float32: functions.Sgemm_v2
      case .float64: functions.Dgemm_v2
      case .complex64: functions.Cgemm_v2
      default: functions.Zgemm_v2
      }
    func operation(_ matrix: CUDA.Matrix) -> Int32 {
      matrix.isTransposed ? MARTLET_CUBLAS_TRANSPOSE : MARTLET_CUBLAS_NO_TRANSPOSE
    }
    // Row-major memory is the transpose in column-major order, and cᵀ = bᵀ aᵀ.
    let code = lock.withLock {
      Self.withScalars(dtype) { one, zero in
        gemm(
          handle, operation(b), operation(a), columns, rows, depth, one, b.address,
          Int32(b.leading), a.address, Int32(a.leading), zero, c, leading)
      }
    }
    if code == MARTLET_CUBLAS_SUCCESS { return }
    // Where an earlier kernel broke the context, that is what must be told.
    try context.synchronise("matmul")
    throw .device(name: context.name, operation: "matmul", detail: library.sentence(code))
  }

  /// 1 and 0, by address.
  private static func withScalars(
    _ dtype: DType, _ body: (UnsafeRawPointer, UnsafeRawPointer) -> Int32
  ) -> Int32 {
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 16) { memory in
      memory.initializeMemory(as: UInt8.self, repeating: 0)
      if dtype == .float32 || dtype == .complex64 {
        memory.storeBytes(of: 1, as: Float.self)
      } else {
        memory.storeBytes(of: 1, as: Double.self)
      }
      guard let base = memory.baseAddress else { preconditionFailure("32 is not 0") }
      return body(base, base + 16)
    }
  }
}

extension CUDA {
  /// A row-major matrix in the GPU's memory, as BLAS takes it.
  package struct Matrix: Sendable, Hashable {
    /// Of the first element.
    package var address: UInt64
    /// Whether memory holds the transpose of what is multiplied.
    package var isTransposed: Bool
    /// How far apart the rows in memory are, in elements.
    package var leading: Int

    package init(address: UInt64, isTransposed: Bool, leading: Int) {
      self.address = address
      self.isTransposed = isTransposed
      self.leading = leading
    }
  }

  /// The dtypes that `multiply` takes.
  package static let productDTypes: Set<DType> = [.float32, .float64, .complex64, .complex128]

  /// Multiplies with cuBLAS: `c = a b`, where `c` is row-major with `leading` elements from row to
  /// row, `a` is `rows` × `depth` and `b` is `depth` × `columns`, all sizes at least 1. It may be
  /// pending on return. Single precision is computed in single precision, not in TF32.
  ///
  /// - Throws: `.libraryMissing` without cuBLAS, `.unsupported` for other dtypes and for sizes
  ///   that 32 bits don't hold, `.device`.
  package func multiply(
    _ dtype: DType, rows: Int, columns: Int, depth: Int, _ a: Matrix, _ b: Matrix,
    into c: UInt64, leading: Int
  ) throws(MartletError) {
    guard Self.productDTypes.contains(dtype) else {
      throw .unsupported(operation: "matmul", detail: "cuBLAS has no product of \(dtype.name).")
    }
    let sizes = [rows, columns, depth, a.leading, b.leading, leading]
    guard sizes.allSatisfy({ $0 > 0 && $0 <= Int(Int32.max) }) else {
      throw .unsupported(
        operation: "matmul", detail: "cuBLAS takes sizes from 1 to 2³¹ - 1, not \(sizes).")
    }
    try DeviceFaults.check(.launch, on: name)
    let (context, memory) = try opened(for: "matmul")
    try context.run("matmul") { () throws(MartletError) in
      try openedProduct(context, memory).multiply(
        dtype, rows: Int32(rows), columns: Int32(columns), depth: Int32(depth), a, b, into: c,
        leading: Int32(leading))
    }
  }
}
