import MartletIR

/// The list of a zip archive's members, as `.npz` files have them: stored or deflated, of any size
/// (APPNOTE 6.3.9 of PKWARE, with its 64-bit parts).
///
/// Every number in it is hostile until it is checked against the file.
struct ZipArchive {
  struct Member {
    let name: String
    let isDeflated: Bool
    let checksum: UInt32
    /// Bytes in the archive, and unpacked.
    let packedSize: Int
    let size: Int
    /// Where its own header begins.
    let start: Int
  }

  private(set) var members: [Member] = []
  private let file: OpenFile
  /// Where the list begins: members lie before it.
  private let listStart: Int

  /// The largest list that is read.
  private static let largestList = 256 << 20
  /// Deflate makes at most 1032 bytes of one.
  private static let largestRatio = 1032

  init(_ file: OpenFile) throws(MartletError) {
    self.file = file
    func damaged(_ detail: String) -> MartletError {
      .invalidArgument(
        operation: file.operation, detail: "\(file.path) is a damaged archive: \(detail)")
    }
    guard let fileSize = file.size else {
      throw .unsupported(operation: file.operation, detail: "an archive that is no regular file")
    }
    // The end record: 22 bytes and a comment of at most 65535.
    let tailSize = min(fileSize, 22 + 65535)
    let tailStart = fileSize - tailSize
    let tail = Bytes(try file.bytes(at: tailStart, count: tailSize))
    var end: Int?
    for place in stride(from: tailSize - 22, through: 0, by: -1)
    where tail.word(place) == 0x0605_4b50 && place + 22 + tail.half(place + 20) == tailSize {
      end = place
      break
    }
    guard let end else { throw damaged("it has no list of members") }
    var (count, size) = (tail.half(end + 10), tail.word(end + 12))
    var start = tail.word(end + 16)
    var listEnd = tailStart + end
    if end >= 20, tail.word(end - 20) == 0x0706_4b50 {
      // The 64-bit record, which lies before its locator.
      let place = tail.long(end - 12)
      guard place >= 0, place <= listEnd - 20 - 56 else {
        throw damaged("its 64-bit end is missing")
      }
      let record = Bytes(try file.bytes(at: place, count: 56))
      guard record.word(0) == 0x0606_4b50 else { throw damaged("its 64-bit end is missing") }
      (count, size, start) = (record.long(32), record.long(40), record.long(48))
      listEnd = place
    }
    guard start >= 0, size >= 0, size <= listEnd, start <= listEnd - size else {
      throw damaged("its list of members lies outside of the file")
    }
    // What stands before the archive, as in a program that unpacks itself.
    let shift = listEnd - size - start
    guard count >= 0, count <= size / 46, size <= Self.largestList else {
      throw damaged("its list has \(size) bytes for \(count) members")
    }
    listStart = listEnd - size
    let list = Bytes(try file.bytes(at: listStart, count: size))
    var place = 0
    for _ in 0..<count {
      guard place <= size - 46, list.word(place) == 0x0201_4b50 else {
        throw damaged("its list of members ends too early")
      }
      let lengths = (list.half(place + 28), list.half(place + 30), list.half(place + 32))
      let next = place + 46 + lengths.0 + lengths.1 + lengths.2
      guard next <= size else { throw damaged("its list of members ends too early") }
      let name = list.text(place + 46, lengths.0)
      let method = list.half(place + 10)
      guard list.half(place + 8) & 1 == 0 else {
        throw .unsupported(operation: file.operation, detail: "the encrypted member '\(name)'")
      }
      guard method == 0 || method == 8 else {
        throw .unsupported(
          operation: file.operation, detail: "method \(method) of packing, of member '\(name)'")
      }
      var wide = WideSizes(
        size: list.word(place + 24), packed: list.word(place + 20), start: list.word(place + 42))
      wide.read(list, place + 46 + lengths.0, lengths.1)
      guard wide.packed >= 0, wide.size >= 0, wide.start >= 0, wide.start <= listStart - shift,
        wide.packed <= listStart,
        method == 8
          ? wide.size / Self.largestRatio <= wide.packed : wide.size == wide.packed
      else { throw damaged("the sizes of member '\(name)' cannot be") }
      members.append(
        Member(
          name: name, isDeflated: method == 8, checksum: UInt32(list.word(place + 16)),
          packedSize: wide.packed, size: wide.size, start: wide.start + shift))
      place = next
    }
  }

  /// The array of a member that is a `.npy` file.
  ///
  /// - Throws: `.invalidArgument` where it is damaged, or none.
  func array(_ member: Member, limit: Int) throws(MartletError) -> (NPYHeader, NDArray) {
    try Self.array(
      file, start: member.start, end: listStart, isDeflated: member.isDeflated,
      packedSize: member.packedSize, size: member.size, checksum: member.checksum,
      name: member.name, limit: limit)
  }

  /// The same for a member whose place and sizes somebody else has read.
  static func array(
    _ file: OpenFile, start: Int, end: Int, isDeflated: Bool, packedSize: Int, size: Int,
    checksum: UInt32, name: String, limit: Int
  ) throws(MartletError) -> (NPYHeader, NDArray) {
    func damaged(_ detail: String) -> MartletError {
      .invalidArgument(
        operation: file.operation, detail: "the archive's member '\(name)' \(detail)")
    }
    guard start >= 0, start <= end - 30 else { throw damaged("lies outside of the file") }
    let local = Bytes(try file.bytes(at: start, count: 30))
    let data = start + 30 + local.half(26) + local.half(28)
    guard local.word(0) == 0x0403_4b50, packedSize >= 0, size >= 0, data <= end - packedSize,
      isDeflated ? size / largestRatio <= packedSize : size == packedSize
    else { throw damaged("lies outside of the file") }
    let part = FilePart(file, data..<(data + packedSize))
    let stream = CheckedStream(isDeflated ? try InflatingStream(part) : part)
    guard try isArray(part, isDeflated) else {
      throw .unsupported(operation: file.operation, detail: "a member that is no .npy file")
    }
    var taken = 0
    let header = try NPYHeader(stream, operation: file.operation, limit: limit, taken: &taken)
    let array = try NPY.elements(
      header, from: stream, available: size - taken, operation: file.operation)
    // What follows the elements counts for the checksum too.
    while stream.checksum.count < size {
      let rest = try stream.read(atMost: min(size - stream.checksum.count, 1 << 16))
      if rest.isEmpty { break }
    }
    guard stream.checksum.count == size, stream.checksum.value == checksum else {
      throw damaged("is damaged: its checksum is another")
    }
    return (header, array)
  }

  private static func isArray(_ part: FilePart, _ isDeflated: Bool) throws(MartletError) -> Bool {
    let look = FilePart(part.file, part.place..<part.end)
    let stream: any ByteStream = isDeflated ? try InflatingStream(look) : look
    return try stream.read(atMost: NPYHeader.magic.count) == NPYHeader.magic
  }
}

/// Sizes that may be too large for 32 bits: then they stand in an extra field.
private struct WideSizes {
  var size: Int
  var packed: Int
  var start: Int

  mutating func read(_ list: Bytes, _ first: Int, _ length: Int) {
    var place = first
    while place + 4 <= first + length {
      let (kind, size) = (list.half(place), list.half(place + 2))
      let end = min(place + 4 + size, first + length)
      place += 4
      if kind == 1 {
        func take(_ value: inout Int) {
          guard value == 0xffff_ffff, place + 8 <= end else { return }
          value = list.long(place)
          place += 8
        }
        take(&self.size)
        take(&packed)
        take(&start)
        return
      }
      place = end
    }
  }
}

/// Numbers in the order of a zip archive; what lies outside is 0.
struct Bytes {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private func number(_ place: Int, _ width: Int) -> UInt64 {
    guard place >= 0, place <= bytes.count - width else { return 0 }
    var value: UInt64 = 0
    for i in 0..<width { value |= UInt64(bytes[place + i]) << UInt64(8 * i) }
    return value
  }

  func half(_ place: Int) -> Int { Int(number(place, 2)) }
  func word(_ place: Int) -> Int { Int(number(place, 4)) }
  /// Negative where it is beyond all sizes.
  func long(_ place: Int) -> Int { Int(truncatingIfNeeded: number(place, 8)) }

  func text(_ place: Int, _ count: Int) -> String {
    guard place >= 0, count >= 0, place <= bytes.count - count else { return "" }
    return String(decoding: bytes[place..<(place + count)], as: UTF8.self)
  }
}
