import CPythonABI

/// Dead array objects that were the only ones to know their memory, kept with it: the next array of
/// that size asks nobody for memory. The interpreter's lock guards all of this.
enum ArrayPool {
  /// Memory of 64, 128, … bytes, up to what direct work makes at most.
  private static let smallestShift = 6
  private static let classes = 13
  static let largest = 64 << (classes - 1)
  /// How many objects of each size are kept, and how many bytes.
  private static let depth = 32
  private static let bytes = 512 << 10

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

  /// The class of an array of so many bytes, at most `largest`.
  @inline(__always)
  static func sizeClass(_ byteCount: Int) -> Int {
    let last = max(byteCount, 1) &- 1 | 63
    return Int.bitWidth &- smallestShift &- last.leadingZeroBitCount
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
    guard byteCount > 0, byteCount <= largest else { return false }
    let size = sizeClass(byteCount)
    guard byteCount == capacity(size), counts[size] < min(depth, bytes >> (size &+ smallestShift))
    else { return false }
    stacks[size &* depth &+ counts[size]] = object
    counts[size] &+= 1
    return true
  }
}
