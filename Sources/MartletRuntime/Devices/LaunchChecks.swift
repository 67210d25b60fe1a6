import MartletCodegen
import MartletIR

// What is checked of a launch before a driver sees it, on every device that compiles C.

/// How large launches may be.
struct LaunchLimits: Sendable, Hashable {
  /// In one block.
  var threads: Int
  /// Along each axis.
  var block: GridSize
  var grid: GridSize

  /// - Throws: `.invalidArgument`.
  func check(
    grid: GridSize, block: GridSize, kernel: String, device: String
  ) throws(MartletError) {
    func fits(_ size: GridSize, _ limit: GridSize, least: Int) -> Bool {
      zip(size.axes, limit.axes).allSatisfy { $0 >= least && $0 <= $1 }
    }
    guard fits(block, self.block, least: 1), let count = block.count, count <= threads else {
      throw .invalidArgument(
        operation: kernel,
        detail: "A block of \(block.x) × \(block.y) × \(block.z) threads does not fit \(device): "
          + "it runs at most \(threads), and \(self.block.x) × \(self.block.y) × \(self.block.z) "
          + "along the axes.")
    }
    guard fits(grid, self.grid, least: 0) else {
      throw .invalidArgument(
        operation: kernel,
        detail: "A grid of \(grid.x) × \(grid.y) × \(grid.z) blocks does not fit \(device): it "
          + "takes at most \(self.grid.x) × \(self.grid.y) × \(self.grid.z).")
    }
  }
}

/// A kernel that was written as C.
protocol CKernel: CompiledKernel {
  var source: CSource { get }
  func isCompiled(for device: any Device) -> Bool
}

extension CKernel {
  /// The kernel, if `device` compiled it for this kind of launch.
  ///
  /// - Throws: `.internalError`, also where the launch table is of another kernel.
  static func check(
    _ kernel: any CompiledKernel, for device: any Device, isGrid: Bool, buffers: Int, slots: Int
  ) throws(MartletError) -> Self {
    guard let own = kernel as? Self, own.isCompiled(for: device), own.source.isGrid == isGrid else {
      throw .internalError(
        operation: "launch",
        detail: "kernel '\(kernel.name)' was compiled for another device or kind of launch")
    }
    let source = own.source
    guard buffers == source.bufferCount, slots >= source.slotCount else {
      throw .internalError(
        operation: kernel.name,
        detail: "launched with \(buffers) buffers and \(slots) slots instead of "
          + "\(source.bufferCount) and \(source.slotCount)")
    }
    return own
  }
}
