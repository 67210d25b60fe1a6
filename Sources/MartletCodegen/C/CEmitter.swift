import MartletIR

/// The kinds of C that GPUs' compilers read.
package enum CDialect: Sendable, Hashable {
  /// OpenCL C 1.2.
  case openCL
  /// CUDA C as NVRTC takes it, without any header.
  case cuda
}

/// A kernel in C, with what a launch must know.
package struct CSource: Sendable, Hashable {
  package var text: String
  /// The name of the kernel function, a C identifier.
  package var entry: String
  /// How many threads a block of a kernel that runs by tasks has; the text relies on it.
  package var threadsPerBlock: Int
  /// Whether the kernel uses grid indices, shared memory or barriers, so that who launches it
  /// chooses grid and block. Then `threadsPerBlock` is 1 and means nothing.
  package var isGrid: Bool
  /// How many global buffers the function takes.
  package var bufferCount: Int
  /// How many slots the launch table has; the function's `Slots` holds at least one.
  package var slotCount: Int
  /// Whether the text computes with doubles, which not every OpenCL device has.
  package var needsDoubles = false
}

/// Writes a kernel as C.
///
/// The function's parameters are, for each global buffer, its memory, then the launch table and the
/// number of tasks:
///
///     kernel void NAME(global uchar *b0, long o0, …, Slots slots, long tasks)              OpenCL
///     extern "C" __global__ void NAME(unsigned char *b0, …, Slots slots, long long tasks)    CUDA
///
/// The element at index zero of a buffer is `o` bytes behind `b` in OpenCL, whose addresses are
/// handles, and at `b` in CUDA. `Slots` is a struct with the array `v` of 64-bit integers.
///
/// A block runs one task at a time; `BlockPlan` says how its threads share a task. The compilers
/// must not contract multiplications and additions (OpenCL is told so in the text, NVRTC needs
/// `--fmad=false`) and must round divisions and square roots correctly (OpenCL needs
/// `-cl-fp32-correctly-rounded-divide-sqrt`; it is NVRTC's default). Then the bits are those of the
/// interpreter, but for a NaN's.
package enum CEmitter {
  /// The same kernel gives the same text.
  ///
  /// - Parameter kernel: free of `.call` (see `MathLibrary.expand`).
  /// - Throws: `.malformedKernel` for what breaks the kernel language's rules, `.unsupported` for
  ///   atomics that the dialects lack, `.internalError` for a call that is left.
  package static func emit(_ kernel: Kernel, dialect: CDialect) throws(MartletError) -> CSource {
    try KernelVerifier.verify(kernel)
    let function = CFunction(kernel, dialect)
    try function.emitBody()
    // Writing it may still need types.
    let text = function.module
    return CSource(
      text: text, entry: function.entry, threadsPerBlock: function.plan.threads,
      isGrid: function.plan.isGrid, bufferCount: function.globalBuffers.count,
      slotCount: kernel.slotCount,
      needsDoubles: function.types.contains(.float64) || function.types.contains(.complex128))
  }
}
