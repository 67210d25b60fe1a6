import MartletIR
import MartletRuntime

extension OpenFile {
  /// Calls `body` with what a gzip file of `size` bytes unpacks to; nil where it is none, is damaged, or
  /// has several members.
  func withUnpackedContents<Result>(
    _ size: Int, _ body: (UnsafeRawBufferPointer) throws(MartletError) -> Result
  ) throws(MartletError) -> Result? {
    let stream = try InflatingStream(FilePart(self, 0..<size), isGZip: true)
    // How much it will be nobody can trust the file to say.
    var count = 0
    var buffer = try Buffer(byteCount: 4 * min(max(size, 1 << 14), 1 << 26))
    while true {
      let room = UnsafeMutableRawBufferPointer(
        start: buffer.pointer + count, count: buffer.byteCount - count)
      do throws(MartletError) { count += try stream.read(into: room) } catch {
        if case .invalidArgument = error { return nil }
        throw error
      }
      if count < buffer.byteCount { break }
      try Room.check(bytes: 2 * buffer.byteCount)
      let larger = try Buffer(byteCount: 2 * buffer.byteCount)
      larger.pointer.copyMemory(from: buffer.pointer, byteCount: count)
      buffer = larger
    }
    guard stream.isOver, !stream.hasRest else { return nil }
    let result = try body(UnsafeRawBufferPointer(start: buffer.pointer, count: count))
    withExtendedLifetime(buffer) {}
    return result
  }
}
