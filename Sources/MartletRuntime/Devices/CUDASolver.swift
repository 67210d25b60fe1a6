import CMartlet
import MartletIR

/// cuSOLVER, the factorisations of CUDA's toolkit.
struct CUSOLVER: @unchecked Sendable {
  // Unchecked: a table of functions that never changes; they may be called from any thread.

  let functions: martlet_cusolver
  /// The name the library was opened under.
  let name: String

  /// The newest that suits the driver.
  static let shared = CUDAToolkit.open(
    "cusolver", [(13, "12"), (12, "11"), (11, "11")], wheel: "cusolver"
  ) { (names) throws(MartletError) in try CUSOLVER(opening: names) }

  /// - Parameter names: sonames or absolute paths, of which the first that opens is taken.
  init(opening names: [String]) throws(MartletError) {
    switch CUDALibraries.open(names, martlet_cusolver_open) {
    case .success(let library): (functions, name) = library
    case .failure(let reason):
      throw .libraryMissing(
        name: "cuSOLVER",
        hint: "It factorises matrices on NVIDIA's GPUs. Install CUDA's toolkit, or PyPI's "
          + "nvidia-cusolver-cu12 into the active virtual environment. \(reason.text)")
    }
  }
}

/// Factorisations of one GPU. All calls are made while the context is current.
final class CUDASolver: @unchecked Sendable {
  // Unchecked: the handle is only used while `lock` is held.

  private let library: CUSOLVER
  private let context: CUDAContext
  private let memory: CUDAMemory
  private let handle: OpaquePointer
  private let lock = Lock()

  init(
    _ library: CUSOLVER, _ context: CUDAContext, _ memory: CUDAMemory
  ) throws(MartletError) {
    self.library = library
    self.context = context
    self.memory = memory
    let functions = library.functions
    var handle: OpaquePointer?
    var code = functions.Create(&handle)
    if code == MARTLET_CUSOLVER_ALLOC_FAILED {
      try memory.trim()
      code = functions.Create(&handle)
    }
    guard code == MARTLET_CUSOLVER_SUCCESS, let handle else {
      throw .device(name: context.name, operation: "linalg", detail: Self.sentence(code))
    }
    self.handle = handle
    code = functions.SetStream(handle, context.stream)
    if code != MARTLET_CUSOLVER_SUCCESS {
      _ = functions.Destroy(handle)
      throw .device(name: context.name, operation: "linalg", detail: Self.sentence(code))
    }
  }

  /// - Throws: `.unsupported`, `.outOfMemory`, `.device`.
  func run(_ work: Factorisation) throws(MartletError) {
    try checkToolkitDType(work.dtype, "cuSOLVER", "linalg")
    let functions = library.functions
    let loops =
      switch work.dtype {
      case .float32: functions.float32
      case .float64: functions.float64
      case .complex64: functions.complex64
      default: functions.complex128
      }
    try lock.withLock { () throws(MartletError) in try run(work, loops) }
  }

  private func run(
    _ work: Factorisation, _ loops: martlet_cusolver_loops
  ) throws(MartletError) {
    func size(_ value: Int) throws(MartletError) -> Int32 {
      try toolkitSize(value, "cuSOLVER", "linalg")
    }
    let (m, n) = (try size(work.rows), try size(work.columns))
    let (a, status) = (UInt64(work.a), UInt64(work.status))
    let itemSize = work.dtype.itemSize
    switch work.step {
    case .cholesky:
      let lower = MARTLET_CUSOLVER_LOWER
      try withWorkspace(itemSize, { loops.potrf_size(handle, lower, n, a, m, $0) }) {
        loops.potrf(handle, lower, n, a, m, $0, $1, status)
      }
    case .lu(let pivots):
      try withWorkspace(itemSize, { loops.getrf_size(handle, m, n, a, m, $0) }) { room, _ in
        loops.getrf(handle, m, n, a, m, room, UInt64(pivots), status)
      }
    case .solve(let pivots, let b, let columns):
      try check(
        loops.getrs(
          handle, MARTLET_CUSOLVER_NO_TRANSPOSE, n, try size(columns), a, m, UInt64(pivots),
          UInt64(b), m, status))
    case .qr(let tau):
      try withWorkspace(itemSize, { loops.geqrf_size(handle, m, n, a, m, $0) }) {
        loops.geqrf(handle, m, n, a, m, UInt64(tau), $0, $1, status)
      }
    case .q(let tau, let reflectors):
      let k = try size(reflectors)
      try withWorkspace(
        itemSize, { loops.orgqr_size(handle, m, n, k, a, m, UInt64(tau), $0) }
      ) { loops.orgqr(handle, m, n, k, a, m, UInt64(tau), $0, $1, status) }
    case .eigen(let values, let isLower, let vectors):
      let job = vectors ? MARTLET_CUSOLVER_VECTORS : MARTLET_CUSOLVER_NO_VECTORS
      let triangle = isLower ? MARTLET_CUSOLVER_LOWER : MARTLET_CUSOLVER_UPPER
      let w = UInt64(values)
      try withWorkspace(itemSize, { loops.syevd_size(handle, job, triangle, n, a, m, w, $0) }) {
        loops.syevd(handle, job, triangle, n, a, m, w, $0, $1, status)
      }
    case .svd(let values, let u, let vh, let isFull):
      let letter: Unicode.Scalar = u == nil ? "N" : isFull ? "A" : "S"
      let job = CChar(letter.value)
      try withWorkspace(itemSize, { loops.gesvd_size(handle, m, n, $0) }) {
        loops.gesvd(
          handle, job, job, m, n, a, m, UInt64(values), UInt64(u ?? 0), m, UInt64(vh ?? 0), n, $0,
          $1, 0, status)
      }
    }
  }

  /// Asks how many elements a function needs to work in, and runs it with them.
  private func withWorkspace(
    _ itemSize: Int, _ size: (UnsafeMutablePointer<Int32>) -> Int32,
    _ body: (_ room: UInt64, _ count: Int32) -> Int32
  ) throws(MartletError) {
    var count: Int32 = 0
    try check(size(&count))
    // The next owner of the memory comes later in the stream, so it may be freed at once.
    let room = try memory.allocate(byteCount: Int(max(count, 1)) * itemSize)
    defer { memory.free(room) }
    try check(body(UInt64(room.address), count))
  }

  private func check(_ code: Int32) throws(MartletError) {
    if code != MARTLET_CUSOLVER_SUCCESS { try context.fail("linalg", Self.sentence(code)) }
  }

  /// What a code means, by the names that cuSOLVER's documentation has.
  private static func sentence(_ code: Int32) -> String {
    let names = [
      "SUCCESS", "NOT_INITIALIZED", "ALLOC_FAILED", "INVALID_VALUE", "ARCH_MISMATCH",
      "MAPPING_ERROR", "EXECUTION_FAILED", "INTERNAL_ERROR",
    ]
    return names.indices.contains(Int(code))
      ? "cuSOLVER reported CUSOLVER_STATUS_\(names[Int(code)])."
      : "cuSOLVER reported error \(code)."
  }
}
