import CMartlet

/// Gives addresses to device memory that has only handles, as OpenCL's has.
///
/// Each allocation takes a range of the host's address space in which nothing lies. So its
/// addresses are no other memory's, adding to one gives another inside it, and reading one on the
/// host is a fault. It belongs to one device, which guards it with its lock.
struct AddressSpace<Handle> {
  private struct Range {
    let start: UInt
    let byteCount: Int
    let handle: Handle
    var isInUse: Bool
  }

  /// What an address stands for.
  struct Place {
    var handle: Handle
    /// How far behind the start, in bytes.
    var offset: Int
    /// The bytes from there to the end.
    var rest: Int
  }

  /// By rising start.
  private var ranges: [Range] = []

  /// Names memory of `byteCount` bytes; returns its first address, a multiple of the page size. Nil
  /// when the address space is used up.
  mutating func add(_ handle: Handle, byteCount: Int) -> UInt? {
    guard let pages = martlet_reserve_addresses(byteCount) else { return nil }
    let start = UInt(bitPattern: pages)
    ranges.insert(
      Range(start: start, byteCount: byteCount, handle: handle, isInUse: true),
      at: firstIndex(above: start))
    return start
  }

  /// Says whether the memory at `start` holds an array or waits to be used again; in the latter
  /// case its addresses lead nowhere.
  mutating func setInUse(_ isInUse: Bool, at start: UInt) {
    guard let index = index(startingAt: start) else { return }
    ranges[index].isInUse = isInUse
  }

  /// Takes the name away, and returns the memory that had it.
  mutating func remove(_ start: UInt) -> Handle? {
    guard let index = index(startingAt: start) else { return nil }
    let range = ranges.remove(at: index)
    if let pages = UnsafeMutableRawPointer(bitPattern: start) {
      martlet_release_addresses(pages, range.byteCount)
    }
    return range.handle
  }

  /// The memory of an address. The one past the end of a range, where empty arrays begin, is in it.
  func find(_ address: UInt) -> Place? {
    let above = firstIndex(above: address)
    guard above > 0 else { return nil }
    let range = ranges[above - 1]
    let offset = Int(clamping: address - range.start)
    guard range.isInUse, offset <= range.byteCount else { return nil }
    return Place(handle: range.handle, offset: offset, rest: range.byteCount - offset)
  }

  private func index(startingAt start: UInt) -> Int? {
    let above = firstIndex(above: start)
    return above > 0 && ranges[above - 1].start == start ? above - 1 : nil
  }

  private func firstIndex(above address: UInt) -> Int {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].start <= address { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
