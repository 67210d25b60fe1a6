import CPythonABI

/// Dead array objects of small arrays, kept with their memory, so that `a + b` of a few elements
/// asks nobody for memory. The interpreter's lock guards all of this.
enum SmallObjects {
  /// Memory of 64, 128, 256 and 512 bytes.
  static let classes = 4
  static let largest = 512
  private static let depth = 32

  /// `classes` stacks of `depth` objects.
  nonisolated(unsafe) private static let stacks = makeTable(classes * depth, Ref?.none)
  nonisolated(unsafe) private static let counts = makeTable(classes, 0)

  private static func makeTable<Element>(
    _ count: Int, _ value: Element
  ) -> UnsafeMutablePointer<Element> {
    let table = UnsafeMutablePointer<Element>.allocate(capacity: count)
    table.initialize(repeating: value, count: count)
    return table
  }

  @inline(__always)
  static func sizeClass(_ byteCount: Int) -> Int {
    byteCount <= 64 ? 0 : byteCount <= 128 ? 1 : byteCount <= 256 ? 2 : 3
  }

  @inline(__always)
  static func capacity(_ size: Int) -> Int { 64 << size }

  @inline(__always)
  static func take(_ size: Int) -> Ref? {
    let count = counts[size]
    if count == 0 { return nil }
    counts[size] = count &- 1
    return stacks[size &* depth &+ count &- 1]
  }

  /// Keeps an object whose memory has one of the sizes, while there is room.
  @inline(__always)
  static func keep(_ object: Ref, byteCount: Int) -> Bool {
    let size = sizeClass(byteCount)
    guard byteCount == capacity(size), counts[size] < depth else { return false }
    stacks[size &* depth &+ counts[size]] = object
    counts[size] &+= 1
    return true
  }
}
