import CMartlet
import MartletCodegen
import MartletIR

/// The host's processor: kernels compiled by LLVM (interpreted where there is none), shared among
/// worker threads.
package final class CPU: Device {
  package static let shared = CPU()

  package let name = "cpu"

  private init() {}

  package var description: DeviceDescription {
    DeviceDescription(
      processor: Self.compiler?.target.processor ?? "the host's processor",
      library: Self.compiler?.libraryName)
  }

  package var capabilities: DeviceCapabilities {
    DeviceCapabilities(
      dtypes: Set(DType.allCases), sharesHostMemory: true, reportsFloatingPointEvents: true,
      runsGridKernels: false)
  }

  package func hasLibrary(for kind: LibraryCall.Kind) -> Bool {
    kind == .matmul && (try? BLASLibrary.shared()) != nil
  }

  package var memoryInfo: DeviceMemoryInfo {
    let total = Int(martlet_physical_memory())
    let used = MemoryPool.shared.statistics.inUse
    return DeviceMemoryInfo(total: total, free: max(0, total - used))
  }

  // MARK: - Memory

  package func allocate(byteCount: Int) throws(MartletError) -> DeviceMemory {
    let (memory, capacity) = try MemoryPool.shared.allocate(byteCount: byteCount)
    return DeviceMemory(
      address: UInt(bitPattern: memory), byteCount: byteCount, capacity: capacity)
  }

  package func free(_ memory: DeviceMemory) {
    guard let pointer = UnsafeMutableRawPointer(bitPattern: memory.address) else { return }
    MemoryPool.shared.free(pointer, capacity: memory.capacity)
  }

  package func copyIn(_ source: UnsafeRawBufferPointer, to address: UnsafeMutableRawPointer) {
    guard let base = source.baseAddress else { return }
    address.copyMemory(from: base, byteCount: source.count)
  }

  package func copyOut(
    _ address: UnsafeMutableRawPointer, to destination: UnsafeMutableRawBufferPointer
  ) {
    destination.baseAddress?.copyMemory(from: address, byteCount: destination.count)
  }

  package func copy(
    _ source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer, byteCount: Int
  ) {
    destination.copyMemory(from: source, byteCount: byteCount)
  }

  // MARK: - Kernels

  package func compile(_ kernel: Kernel) throws(MartletError) -> any CompiledKernel {
    try compileForHost(kernel)
  }

  /// Compiles for pointers in host memory, which is all there is on this device. Without libLLVM
  /// the kernel is interpreted, and the user is told once.
  ///
  /// - Parameter isUsers: whether a user wrote the kernel, whose loops LLVM should look into.
  package func compileForHost(
    _ kernel: Kernel, isUsers: Bool = false
  ) throws(MartletError) -> CPUKernel {
    do throws(MartletError) {
      return CPUKernel(
        name: kernel.name, function: try KernelCache.shared.function(of: kernel, isUsers: isUsers))
    } catch {
      guard case .libraryMissing = error, Self.compiler == nil else { throw error }
      return try interpreted(kernel)
    }
  }

  /// The kernel as it runs where there is no libLLVM.
  func interpreted(_ kernel: Kernel) throws(MartletError) -> CPUKernel {
    CPUKernel(name: kernel.name, interpreter: try Interpreter(MathLibrary.expand(kernel)))
  }

  /// Opens libLLVM; nil where there is none, of which the user is told once.
  private static let compiler: LLVMCompiler? = {
    do throws(MartletError) {
      return try LLVMCompiler.shared()
    } catch {
      if !LLVMCompiler.isSwitchedOff {
        StandardError.print("martlet: Kernels are interpreted, slowly: \(error)")
      }
      return nil
    }
  }()

  /// What `compileForHost` hands to LLVM, for reading.
  ///
  /// - Throws: `.libraryMissing` without libLLVM.
  package func llvmText(of kernel: Kernel) throws(MartletError) -> String {
    try LLVMEmitter.emit(MathLibrary.expand(kernel), target: LLVMCompiler.shared().target)
  }

  /// The kernel in assembly language, for reading.
  ///
  /// - Throws: `.libraryMissing` without libLLVM.
  package func assembly(
    of kernel: Kernel, isUsers: Bool = false
  ) throws(MartletError) -> String {
    let text = try llvmText(of: kernel)
    return try LLVMCompiler.shared().assembly(
      of: isUsers ? LLVMCompiler.thoroughMark + text : text)
  }

  package func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64], tasks: Int,
    grain: Int
  ) throws(MartletError) -> FloatingPointEvents {
    guard let kernel = kernel as? CPUKernel else {
      throw .internalError(
        operation: "launch", detail: "kernel '\(kernel.name)' was compiled for another device")
    }
    return kernel.launch(buffers: buffers, slots: slots, tasks: tasks, grain: grain)
  }

  package func launch(
    _ kernel: any CompiledKernel, buffers: [UnsafeMutableRawPointer?], slots: [Int64],
    grid: GridSize, block: GridSize
  ) throws(MartletError) {
    throw .unsupported(
      operation: kernel.name, detail: "The CPU does not run kernels over a grid of threads yet.")
  }

  /// Launches have ended when they return.
  package func synchronise() {}
}
