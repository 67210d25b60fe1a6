import Glibc
import MartletIR

/// Writes a zip archive of `.npy` files.
struct ZipWriter {
  private let file: OpenFile
  private let isCompressed: Bool
  private var list: [UInt8] = []
  private var count = 0
  private var place = 0

  /// zlib's own middle between speed and size.
  private static let level: Int32 = 6
  /// The first day that the format knows, as NumPy's archives have it.
  private static let firstDay = 0x21

  init(_ file: OpenFile, isCompressed: Bool) {
    self.file = file
    self.isCompressed = isCompressed
  }

  mutating func add(_ name: String, _ array: NDArray) throws(MartletError) {
    let (header, elements) = try NPY.prepared(array, file.operation)
    guard name.utf8.count <= 0xffff else {
      throw .invalidArgument(operation: file.operation, detail: "the name of a member is too long")
    }
    let start = place
    let blank = local(name, checksum: 0, size: 0, packed: 0)
    try file.write(blank)
    let (checksum, packed) = try body(header.bytes, elements)
    try file.overwrite(
      local(name, checksum: checksum.value, size: checksum.count, packed: packed), at: start)
    place = start + blank.count + packed
    var entry = Little()
    entry.add(0x0201_4b50, 4)
    entry.add(0x032d, 2)
    entry.bytes += description(name, checksum.value)
    for size in [packed, checksum.count] { entry.add(min(size, 0xffff_ffff), 4) }
    var wide = Little()
    for size in [checksum.count, packed, start] where size >= 0xffff_ffff { wide.add(size, 8) }
    entry.add(name.utf8.count, 2)
    entry.add(wide.bytes.isEmpty ? 0 : wide.bytes.count + 4, 2)
    for _ in 0..<3 { entry.add(0, 2) }
    entry.add(0o600 << 16, 4)
    entry.add(min(start, 0xffff_ffff), 4)
    entry.bytes += Array(name.utf8)
    if !wide.bytes.isEmpty {
      entry.add(1, 2)
      entry.add(wide.bytes.count, 2)
      entry.bytes += wide.bytes
    }
    list += entry.bytes
    count += 1
  }

  private func body(
    _ header: [UInt8], _ elements: NDArray
  ) throws(MartletError) -> (Checksum, packed: Int) {
    if isCompressed {
      let packing = try DeflatingStream(to: file, level: Self.level, operation: file.operation)
      let checked = CheckedStream(packing)
      try checked.write(header)
      try NPY.write(elements, to: checked)
      try packing.finish()
      return (checked.checksum, packing.packedCount)
    }
    let checked = CheckedStream(file)
    try checked.write(header)
    try NPY.write(elements, to: checked)
    return (checked.checksum, checked.checksum.count)
  }

  /// A member's own header, always with 64-bit sizes: they are known only after it was written.
  private func local(_ name: String, checksum: UInt32, size: Int, packed: Int) -> [UInt8] {
    var made = Little()
    made.add(0x0403_4b50, 4)
    made.bytes += description(name, checksum)
    for _ in 0..<2 { made.add(0xffff_ffff, 4) }
    made.add(name.utf8.count, 2)
    made.add(20, 2)
    made.bytes += Array(name.utf8)
    made.add(1, 2)
    made.add(16, 2)
    made.add(size, 8)
    made.add(packed, 8)
    return made.bytes
  }

  /// What both headers say: version, flags, method, time, day and checksum.
  private func description(_ name: String, _ checksum: UInt32) -> [UInt8] {
    var made = Little()
    made.add(45, 2)
    made.add(name.utf8.allSatisfy { $0 < 0x80 } ? 0 : 0x800, 2)
    made.add(isCompressed ? 8 : 0, 2)
    made.add(0, 2)
    made.add(Self.firstDay, 2)
    made.add(Int(checksum), 4)
    return made.bytes
  }

  /// Writes the list of members.
  mutating func finish() throws(MartletError) {
    var end = Little()
    end.bytes = list
    let listEnd = place + list.count
    if count >= 0xffff || listEnd >= 0xffff_ffff {
      end.add(0x0606_4b50, 4)
      end.add(44, 8)
      end.add(45, 2)
      end.add(45, 2)
      end.add(0, 8)
      for value in [count, count, list.count, place] { end.add(value, 8) }
      end.add(0x0706_4b50, 4)
      end.add(0, 4)
      end.add(listEnd, 8)
      end.add(1, 4)
    }
    end.add(0x0605_4b50, 4)
    end.add(0, 4)
    for _ in 0..<2 { end.add(min(count, 0xffff), 2) }
    end.add(min(list.count, 0xffff_ffff), 4)
    end.add(min(place, 0xffff_ffff), 4)
    end.add(0, 2)
    try file.write(end.bytes)
  }
}

/// Numbers in the order of a zip archive.
private struct Little {
  var bytes: [UInt8] = []

  mutating func add(_ value: Int, _ width: Int) {
    for i in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * i))) }
  }
}
