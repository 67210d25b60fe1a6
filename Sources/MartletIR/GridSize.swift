/// Sizes along the three axes of a grid or block, or a position within one.
public struct GridSize: Sendable, Hashable {
  public var x: Int
  public var y: Int
  public var z: Int

  public init(x: Int, y: Int = 1, z: Int = 1) {
    self.x = x
    self.y = y
    self.z = z
  }

  /// How many positions there are below this size; nil where they cannot be counted.
  public var count: Int? {
    let (plane, overflow) = x.multipliedReportingOverflow(by: y)
    let (all, overflowAgain) = plane.multipliedReportingOverflow(by: z)
    return overflow || overflowAgain ? nil : all
  }

  public var axes: [Int] { [x, y, z] }
}

extension GridSize: CustomStringConvertible {
  public var description: String { "(\(x), \(y), \(z))" }
}
