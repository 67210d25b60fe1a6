import MartletIR
import MartletRuntime

/// A thread of a grid, as a kernel sees itself.
public final class GPUThread {
  /// A position or size along three axes.
  public struct Position: Sendable, Hashable {
    /// The number along x.
    public let x: Int
    /// The number along y.
    public let y: Int
    /// The number along z.
    public let z: Int

    init(_ size: GridSize) { (x, y, z) = (size.x, size.y, size.z) }
  }

  /// Where it is in its block.
  public let thread: Position
  /// Where its block is in the grid.
  public let block: Position
  /// How many threads a block has.
  public let blockSize: Position
  /// How many blocks the grid has.
  public let gridSize: Position
  private let native: NativeGrid.Thread

  init(_ native: NativeGrid.Thread) {
    self.native = native
    thread = Position(native.position)
    block = Position(native.block)
    blockSize = Position(native.grid.blockSize)
    gridSize = Position(native.grid.gridSize)
  }

  /// Its place among all threads along x.
  public var index: Int { block.x * blockSize.x + thread.x }
  /// The number of all threads along x.
  public var count: Int { gridSize.x * blockSize.x }

  /// Waits for all threads of the block. All must come to the same barrier.
  public func barrier(line: Int = #line) { native.meet(line: line) }

  /// Memory of the block, which all its threads see; its sizes are numbers that are written. What it
  /// holds at first is arbitrary.
  public func shared<Element: ArrayElement>(
    _ type: Element.Type, _ sizes: Int..., line: Int = #line, column: Int = #column
  ) -> DeviceArray<Element> {
    let shape = Shape(sizes)
    let byteCount = shape.elementCount * Element.dtype.itemSize
    return DeviceArray(
      native: native.shared(.declared(line: line, column: column), byteCount: byteCount),
      shape: shape)
  }

  /// Memory of the block of as many bytes as the launch says, in elements of a type.
  public func dynamicShared<Element: ArrayElement>(_ type: Element.Type) -> DeviceArray<Element> {
    let count = native.grid.sharedBytes / Element.dtype.itemSize
    return DeviceArray(
      native: native.shared(.dynamic, byteCount: native.grid.sharedBytes), shape: [count])
  }

  /// Memory of this thread alone; its sizes are numbers that are written.
  public func local<Element: ArrayElement>(
    _ type: Element.Type, _ sizes: Int...
  ) -> DeviceArray<Element> {
    let shape = Shape(sizes)
    return DeviceArray(
      native: .declared(byteCount: shape.elementCount * Element.dtype.itemSize),
      shape: shape)
  }
}

/// How many threads run a kernel, and how.
///
///     .grid(64, block: 256)                    // 64 blocks of 256 threads
///     .grid((8, 8), block: (16, 16))           // in two dimensions; three numbers make three
///     .grid(1, block: 32, sharedBytes: 1024)   // with memory for `t.dynamicShared(Float.self)`
///     .grid(2, block: 8, natively: true)       // as Swift on the host, for a debugger
public struct GridLaunch: Sendable {
  var grid: GridSize
  var block: GridSize
  var sharedBytes: Int
  var isNative: Bool
  var seconds: Double

  /// - Parameters:
  ///   - grid: how many blocks.
  ///   - block: how many threads a block has.
  ///   - sharedBytes: how much memory of a block `t.dynamicShared` has.
  ///   - natively: whether the function itself runs, on threads of the host, a block at a time.
  ///   - seconds: how long a native launch may take.
  public static func grid(
    _ grid: Int, block: Int, sharedBytes: Int = 0, natively: Bool = false, seconds: Double = 60
  ) -> GridLaunch {
    self.grid(
      (grid, 1, 1), block: (block, 1, 1), sharedBytes: sharedBytes, natively: natively,
      seconds: seconds)
  }

  /// Blocks of threads along several axes.
  public static func grid(
    _ grid: (Int, Int), block: (Int, Int), sharedBytes: Int = 0, natively: Bool = false,
    seconds: Double = 60
  ) -> GridLaunch {
    self.grid(
      (grid.0, grid.1, 1), block: (block.0, block.1, 1), sharedBytes: sharedBytes,
      natively: natively, seconds: seconds)
  }

  /// Blocks of threads along several axes.
  public static func grid(
    _ grid: (Int, Int, Int), block: (Int, Int, Int), sharedBytes: Int = 0, natively: Bool = false,
    seconds: Double = 60
  ) -> GridLaunch {
    GridLaunch(
      grid: GridSize(x: grid.0, y: grid.1, z: grid.2),
      block: GridSize(x: block.0, y: block.1, z: block.2), sharedBytes: sharedBytes,
      isNative: natively, seconds: seconds)
  }
}
