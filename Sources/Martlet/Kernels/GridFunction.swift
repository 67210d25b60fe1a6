import MartletFrontend
import MartletIR
import MartletRuntime
import Synchronization

/// A user's function that every thread of a grid runs, on any device that runs grids.
package final class GridFunction: Sendable {
  package let program: SourceProgram

  /// What a kernel is made for: the types, and the bytes of shared memory that a launch gives.
  package struct Form: Hashable, Sendable {
    package var types: [ArgumentType]
    package var sharedBytes: Int

    package init(types: [ArgumentType], sharedBytes: Int) {
      self.types = types
      self.sharedBytes = sharedBytes
    }
  }
  private struct Key: Hashable {
    var form: Form
    var device: Device
  }
  private let lowered = Mutex<[Form: LoweredKernel]>([:])
  private let compiled = Mutex<[Key: any CompiledKernel]>([:])

  package init(_ program: SourceProgram) { self.program = program }

  /// The function for arguments of these types.
  ///
  /// - Throws: `.kernelSource` for what is no kernel.
  package func kernel(for form: Form) throws(MartletError) -> LoweredKernel {
    if let known = lowered.withLock({ $0[form] }) { return known }
    var rules = KernelRules(target: .grid)
    rules.sharedBytes = form.sharedBytes
    let made = try KernelCompiler.kernel(
      program, arguments: form.types, rules: rules, library: ScalarFunctions.library)
    lowered.withLock { $0[form] = made }
    return made
  }

  package var kernels: [Form: LoweredKernel] { lowered.withLock { $0 } }

  /// Runs the kernel once for each thread of the grid; `grid` and `block` are the sizes along x, y
  /// and z.
  ///
  /// - Throws: `.unsupported` for a device that runs no grids, `.simulation` for what the Simulator
  ///   finds.
  package func launch(
    _ form: Form, _ arguments: PackedArguments, on device: Device,
    grid: (Int, Int, Int), block: (Int, Int, Int)
  ) throws(MartletError) {
    let runtime = device.runtime
    guard runtime.capabilities.runsGridKernels else {
      throw .unsupported(
        operation: program.functions[0].name,
        detail: "\(device) runs no kernels for a grid; OpenCL, CUDA and the Simulator do")
    }
    let key = Key(form: form, device: device)
    var kernel = compiled.withLock { $0[key] }
    if kernel == nil {
      let made = try runtime.compile(self.kernel(for: form).kernel)
      compiled.withLock { $0[key] = made }
      kernel = made
    }
    guard let kernel else { return }
    try runtime.launch(
      kernel, buffers: arguments.buffers, slots: arguments.slots,
      grid: GridSize(x: grid.0, y: grid.1, z: grid.2),
      block: GridSize(x: block.0, y: block.1, z: block.2))
  }
}
