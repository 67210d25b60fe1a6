import CMartlet
import MartletIR

/// The primary context of one GPU, with the stream that its work goes through.
///
/// CUDA keeps a stack of contexts for each thread. Ours is on top only within `run`, so that other
/// libraries in the same process find the stack as they left it.
final class CUDAContext: @unchecked Sendable {
  // Unchecked: the driver's objects may be used from any thread; `failure` and `breakage` are only
  // touched while `lock` is held.

  let functions: martlet_cuda
  /// The device's name, for errors.
  let name: String
  /// Where all work on the GPU is done, in order: launches, library calls, copies to it.
  ///
  /// Copies to the GPU stay in this order because their memory comes from it: a block may be one
  /// that pending work gave up, so a copy beside the stream would have to wait for all of it anyway.
  let stream: OpaquePointer
  /// Where copies to the host are made, each after an event of `stream`, so that what other threads
  /// launch meanwhile does not wait for them. Who asks for one waits until it is there.
  let downloads: OpaquePointer
  private let device: Int32
  private let context: OpaquePointer

  private let lock = Lock()
  /// What went wrong where nothing could be thrown, until somebody is told.
  private var failure: MartletError?
  /// The error after which the context cannot be used any more.
  private var breakage: String?

  init(_ functions: martlet_cuda, device: Int32, name: String) throws(MartletError) {
    self.functions = functions
    self.device = device
    self.name = name
    let opening = "opening the GPU"
    var context: OpaquePointer?
    try CUDAStatus.check(
      functions.DevicePrimaryCtxRetain(&context, device), functions, device: name,
      operation: opening)
    guard let context else {
      throw .device(name: name, operation: opening, detail: "There is no context.")
    }
    self.context = context
    let streams = Self.streams(functions, context)
    guard streams.code == MARTLET_CUDA_SUCCESS, let stream = streams.work,
      let downloads = streams.downloads
    else {
      if let stream = streams.work { _ = functions.StreamDestroy_v2(stream) }
      _ = functions.DevicePrimaryCtxRelease_v2(device)
      throw .device(
        name: name, operation: opening, detail: CUDAStatus.sentence(streams.code, functions))
    }
    self.stream = stream
    self.downloads = downloads
  }

  private static func streams(
    _ functions: martlet_cuda, _ context: OpaquePointer
  ) -> (code: Int32, work: OpaquePointer?, downloads: OpaquePointer?) {
    var (work, downloads) = (OpaquePointer?.none, OpaquePointer?.none)
    var code = functions.CtxPushCurrent_v2(context)
    guard code == MARTLET_CUDA_SUCCESS else { return (code, nil, nil) }
    let flags = UInt32(MARTLET_CUDA_STREAM_NON_BLOCKING)
    code = functions.StreamCreate(&work, flags)
    if code == MARTLET_CUDA_SUCCESS { code = functions.StreamCreate(&downloads, flags) }
    var popped: OpaquePointer?
    let after = functions.CtxPopCurrent_v2(&popped)
    return (code == MARTLET_CUDA_SUCCESS ? after : code, work, downloads)
  }

  deinit {
    // A device that was opened keeps its context; this one could not be opened in full. What the
    // driver says of it changes nothing: why it could not be opened is thrown already.
    _ = functions.StreamDestroy_v2(stream)
    _ = functions.StreamDestroy_v2(downloads)
    _ = functions.DevicePrimaryCtxRelease_v2(device)
  }

  // MARK: - Calls

  /// Runs `body` with the context current in this thread.
  ///
  /// - Throws: what `body` throws, and `.device` where the context cannot be used.
  func run<Result>(
    _ operation: String, _ body: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    if let breakage = lock.withLock({ breakage }) {
      throw .device(name: name, operation: operation, detail: breakage)
    }
    try check(functions.CtxPushCurrent_v2(context), operation)
    defer {
      var popped: OpaquePointer?
      // It may report an error of earlier work.
      note(functions.CtxPopCurrent_v2(&popped), operation)
    }
    return try body()
  }

  /// - Throws: `.device` with the code's name and meaning.
  func check(_ code: Int32, _ operation: String) throws(MartletError) {
    if code == MARTLET_CUDA_SUCCESS { return }
    throw error(code, operation)
  }

  private func error(_ code: Int32, _ operation: String) -> MartletError {
    var detail = CUDAStatus.sentence(code, functions)
    if CUDAStatus.isSticky(code) {
      detail +=
        " The GPU's context is broken, and all of its memory is lost: the process must be "
        + "started again to use the GPU."
      lock.withLock {
        breakage = breakage ?? detail + " It was first seen by '\(operation)'."
      }
    }
    return .device(name: name, operation: operation, detail: detail)
  }

  /// Keeps an error for the next `reportFailure`, where nothing can be thrown.
  func note(_ code: Int32, _ operation: String) {
    if code != MARTLET_CUDA_SUCCESS { note(error(code, operation)) }
  }

  func note(_ error: MartletError) {
    lock.withLock { failure = failure ?? error }
  }

  // MARK: - Pending work

  /// Waits for all work.
  ///
  /// - Throws: its first error.
  func synchronise(_ operation: String) throws(MartletError) {
    try check(functions.StreamSynchronize(stream), operation)
    try reportFailure()
  }

  /// - Throws: what `note` has kept.
  func reportFailure() throws(MartletError) {
    let failure = lock.withLock {
      defer { self.failure = nil }
      return self.failure
    }
    if let failure { throw failure }
  }
}
