import MartletIR

/// Some bytes of a file as a stream of their own.
final class FilePart: ByteStream {
  let file: OpenFile
  private(set) var place: Int
  let end: Int

  /// The range lies inside of the file.
  init(_ file: OpenFile, _ range: Range<Int>) {
    self.file = file
    (place, end) = (range.lowerBound, range.upperBound)
  }

  func read(into memory: UnsafeMutableRawBufferPointer) throws(MartletError) -> Int {
    let count = min(memory.count, end - place)
    guard count > 0 else { return 0 }
    try file.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[..<count]), at: place)
    place += count
    return count
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(MartletError) {
    throw .internalError(operation: file.operation, detail: "a part of a file is read")
  }

  func move(by distance: Int) throws(MartletError) { place += distance }
}

/// Passes bytes on, and takes their checksum.
final class CheckedStream: ByteStream {
  private let stream: any ByteStream
  private(set) var checksum = Checksum()

  init(_ stream: any ByteStream) { self.stream = stream }

  func read(into memory: UnsafeMutableRawBufferPointer) throws(MartletError) -> Int {
    let count = try stream.read(into: memory)
    checksum.add(UnsafeRawBufferPointer(rebasing: memory[..<count]))
    return count
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(MartletError) {
    checksum.add(bytes)
    try stream.write(bytes)
  }

  func move(by distance: Int) throws(MartletError) { try stream.move(by: distance) }
}
