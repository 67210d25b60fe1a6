import CMartlet
import MartletIR

/// cuFFT, the Fourier transforms of CUDA's toolkit.
struct CUFFT: @unchecked Sendable {
  // Unchecked: a table of functions that never changes; they may be called from any thread.

  let functions: martlet_cufft
  /// The name the library was opened under.
  let name: String

  /// The newest that suits the driver.
  static let shared = CUDAToolkit.open(
    "cufft", [(13, "12"), (12, "11"), (11, "10")], wheel: "cufft"
  ) { (names) throws(MartletError) in try CUFFT(opening: names) }

  /// - Parameter names: sonames or absolute paths, of which the first that opens is taken.
  init(opening names: [String]) throws(MartletError) {
    switch CUDALibraries.open(names, martlet_cufft_open) {
    case .success(let library): (functions, name) = library
    case .failure(let reason):
      throw .libraryMissing(
        name: "cuFFT",
        hint: "It computes Fourier transforms on NVIDIA's GPUs. Install CUDA's toolkit, or PyPI's "
          + "nvidia-cufft-cu12 into the active virtual environment. \(reason.text)")
    }
  }
}

/// Fourier transforms of one GPU. All calls are made while the context is current.
final class CUDATransforms: @unchecked Sendable {
  // Unchecked: `plans` are only touched, and run, while `lock` is held.

  /// What a plan is made for.
  private struct Key: Hashable {
    var type: Int32
    var sizes: [Int]
    var batch: Int
  }

  private struct Plan {
    var number: Int32
    var workByteCount: Int
  }

  /// A plan holds tables of some kilobytes; programs repeat few shapes.
  private static let mostPlans = 64

  private let library: CUFFT
  private let context: CUDAContext
  private let memory: CUDAMemory
  private let lock = Lock()
  private var plans: [Key: Plan] = [:]
  /// The keys by when they were made.
  private var order: [Key] = []

  init(_ library: CUFFT, _ context: CUDAContext, _ memory: CUDAMemory) {
    self.library = library
    self.context = context
    self.memory = memory
  }

  /// - Throws: `.unsupported`, `.outOfMemory`, `.device`.
  func run(_ transform: FourierTransform) throws(MartletError) {
    guard transform.dtype.isComplex else {
      throw .unsupported(
        operation: "fft", detail: "cuFFT computes with complex numbers, not \(transform.dtype).")
    }
    let isDouble = transform.dtype == .complex128
    let type =
      switch transform.kind {
      case .complexToComplex: isDouble ? MARTLET_CUFFT_Z2Z : MARTLET_CUFFT_C2C
      case .realToComplex: isDouble ? MARTLET_CUFFT_D2Z : MARTLET_CUFFT_R2C
      case .complexToReal: isDouble ? MARTLET_CUFFT_Z2D : MARTLET_CUFFT_C2R
      }
    let key = Key(type: type, sizes: transform.sizes, batch: transform.batch)
    let functions = library.functions
    let (source, target) = (UInt64(transform.source), UInt64(transform.target))
    let direction = transform.isInverse ? MARTLET_CUFFT_INVERSE : MARTLET_CUFFT_FORWARD
    try lock.withLock { () throws(MartletError) in
      let plan = try plan(key)
      let number = plan.number
      // The next owner of the work area comes later in the stream, so it may be freed at once.
      let work = try memory.allocate(byteCount: plan.workByteCount)
      defer { memory.free(work) }
      try check(functions.SetWorkArea(number, UInt64(work.address)))
      let code =
        switch type {
        case MARTLET_CUFFT_Z2Z: functions.ExecZ2Z(number, source, target, direction)
        case MARTLET_CUFFT_C2C: functions.ExecC2C(number, source, target, direction)
        case MARTLET_CUFFT_D2Z: functions.ExecD2Z(number, source, target)
        case MARTLET_CUFFT_R2C: functions.ExecR2C(number, source, target)
        case MARTLET_CUFFT_Z2D: functions.ExecZ2D(number, source, target)
        default: functions.ExecC2R(number, source, target)
        }
      try check(code)
    }
  }

  /// Under the lock.
  private func plan(_ key: Key) throws(MartletError) -> Plan {
    if let known = plans[key] { return known }
    while order.count >= Self.mostPlans { forgetOldest() }
    var made = try make(key)
    if made.code == MARTLET_CUFFT_ALLOC_FAILED {
      // The tables of other plans and what is pooled may make room.
      while !order.isEmpty { forgetOldest() }
      try memory.trim()
      made = try make(key)
    }
    guard let plan = made.plan else {
      if made.code == MARTLET_CUFFT_ALLOC_FAILED { throw .outOfMemory(bytes: 0) }
      try context.fail("fft", Self.sentence(made.code))
    }
    plans[key] = plan
    order.append(key)
    return plan
  }

  private func make(_ key: Key) throws(MartletError) -> (code: Int32, plan: Plan?) {
    let functions = library.functions
    var number: Int32 = 0
    var code = functions.Create(&number)
    if code != MARTLET_CUFFT_SUCCESS { return (code, nil) }
    // The work area comes from the device's memory, where it is accounted for and shared.
    code = functions.SetAutoAllocation(number, 0)
    var workByteCount = 0
    if code == MARTLET_CUFFT_SUCCESS {
      var sizes = key.sizes.map(Int64.init)
      code = functions.MakePlanMany64(
        number, Int32(sizes.count), &sizes, nil, 1, 0, nil, 1, 0, key.type, Int64(key.batch),
        &workByteCount)
    }
    if code == MARTLET_CUFFT_SUCCESS { code = functions.SetStream(number, context.stream) }
    if code == MARTLET_CUFFT_SUCCESS {
      return (code, Plan(number: number, workByteCount: workByteCount))
    }
    _ = functions.Destroy(number)
    return (code, nil)
  }

  private func forgetOldest() {
    if let plan = plans.removeValue(forKey: order.removeFirst()) {
      _ = library.functions.Destroy(plan.number)
    }
  }

  private func check(_ code: Int32) throws(MartletError) {
    if code != MARTLET_CUFFT_SUCCESS { try context.fail("fft", Self.sentence(code)) }
  }

  /// What a code means, by the names that cuFFT's documentation has.
  private static func sentence(_ code: Int32) -> String {
    let names = [
      "SUCCESS", "INVALID_PLAN", "ALLOC_FAILED", "INVALID_TYPE", "INVALID_VALUE", "INTERNAL_ERROR",
      "EXEC_FAILED", "SETUP_FAILED", "INVALID_SIZE",
    ]
    return names.indices.contains(Int(code))
      ? "cuFFT reported CUFFT_\(names[Int(code)])." : "cuFFT reported error \(code)."
  }
}
