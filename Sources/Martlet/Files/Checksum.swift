import CMartlet

/// The CRC-32 of archives, and how many bytes it is of.
struct Checksum {
  private(set) var value: UInt32 = 0
  private(set) var count = 0

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    value = martlet_crc32(value, start, bytes.count)
    count += bytes.count
  }

  mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }
}
