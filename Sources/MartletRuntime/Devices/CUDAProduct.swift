import CMartlet
import MartletIR

/// cuBLAS, the matrix products of CUDA's toolkit.
struct CUBLAS: @unchecked Sendable {
  // Unchecked: a table of functions that never changes; they may be called from any thread.

  let functions: martlet_cublas
  /// The name the library was opened under.
  let name: String

  /// The newest that suits the driver.
  static let shared = CUDAToolkit.open(
    "cublas", [(13, "13"), (12, "12"), (11, "11")], wheel: "cublas"
  ) { (names) throws(MartletError) in try CUBLAS(opening: names) }

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

  /// Single precision is computed in single precision, not in TF32.
  func multiply(_ product: MatrixProduct) throws(MartletError) {
    let functions = library.functions
    let dtype = product.dtype
    try checkToolkitDType(dtype, "cuBLAS", "matmul")
    func size(_ value: Int) throws(MartletError) -> Int32 {
      try toolkitSize(value, "cuBLAS", "matmul")
    }
    func transposition(_ matrix: MatrixProduct.Matrix) -> Int32 {
      matrix.isTransposed ? MARTLET_CUBLAS_TRANSPOSE : MARTLET_CUBLAS_NO_TRANSPOSE
    }
    let (rows, columns) = (try size(product.rows), try size(product.columns))
    let (depth, batch) = (try size(product.depth), try size(product.batch))
    // Row-major memory is the transpose in column-major order, and cᵀ = bᵀ aᵀ.
    let (a, b, c) = (product.b, product.a, product.c)
    let leading = (try size(a.leading), try size(b.leading), try size(c.leading))
    let code = lock.withLock {
      Self.withScalars(dtype) { one, zero in
        if batch == 1 {
          let gemm =
            switch dtype {
            case .float32: functions.Sgemm_v2
            case .float64: functions.Dgemm_v2
            case .complex64: functions.Cgemm_v2
            default: functions.Zgemm_v2
            }
          return gemm(
            handle, transposition(a), transposition(b), columns, rows, depth, one,
            UInt64(a.address), leading.0, UInt64(b.address), leading.1, zero, UInt64(c.address),
            leading.2)
        }
        let gemm =
          switch dtype {
          case .float32: functions.SgemmStridedBatched
          case .float64: functions.DgemmStridedBatched
          case .complex64: functions.CgemmStridedBatched
          default: functions.ZgemmStridedBatched
          }
        return gemm(
          handle, transposition(a), transposition(b), columns, rows, depth, one, UInt64(a.address),
          leading.0, Int64(a.distance), UInt64(b.address), leading.1, Int64(b.distance), zero,
          UInt64(c.address), leading.2, Int64(c.distance), batch)
      }
    }
    if code != MARTLET_CUBLAS_SUCCESS { try context.fail("matmul", library.sentence(code)) }
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
