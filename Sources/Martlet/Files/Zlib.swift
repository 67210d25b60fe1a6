import CMartlet
import MartletIR
import MartletRuntime

/// The system's zlib, opened when an archive is first packed or unpacked.
enum Zlib {
  private static let opened: Result<Table, MartletError> = {
    let table = UnsafeMutablePointer<martlet_zlib>.allocate(capacity: 1)
    var message = [CChar](repeating: 0, count: 512)
    for name in ["libz.so.1", "libz.so"] {
      if martlet_zlib_open(name, table, &message, Int32(message.count)) {
        return .success(Table(functions: UnsafePointer(table)))
      }
    }
    return .failure(
      .libraryMissing(name: "zlib", hint: "Compressed archives need it: install zlib1g."))
  }()

  /// Functions that never change once they were found.
  private struct Table: @unchecked Sendable { let functions: UnsafePointer<martlet_zlib> }

  static func functions() throws(MartletError) -> UnsafePointer<martlet_zlib> {
    try opened.get().functions
  }

  static func failure(_ status: Int32, _ operation: String) -> MartletError {
    status == MARTLET_Z_MEM_ERROR
      ? .outOfMemory(bytes: 1 << 18)
      : .invalidArgument(
        operation: operation, detail: "the compressed data of the archive are damaged")
  }

  /// zlib counts in 32 bits.
  static let largestPiece = 1 << 30
}

/// The bytes that a compressed part of a file unpacks to.
final class InflatingStream: ByteStream {
  private let source: FilePart
  private let functions: UnsafePointer<martlet_zlib>
  // zlib's state points back to it, so it stays where it is.
  private let stream: UnsafeMutablePointer<martlet_zstream>
  private let input: Buffer
  /// Whether the packed data have come to their end.
  private(set) var isOver = false
  /// Whether something follows them.
  var hasRest: Bool { stream.pointee.avail_in > 0 || source.place < source.end }

  init(_ source: FilePart, isGZip: Bool = false) throws(MartletError) {
    self.source = source
    functions = try Zlib.functions()
    input = try Buffer(byteCount: 256 << 10)
    stream = .allocate(capacity: 1)
    let status = martlet_inflate_begin(functions, stream, isGZip)
    guard status == MARTLET_Z_OK else {
      stream.deallocate()
      throw Zlib.failure(status, source.file.operation)
    }
  }

  deinit {
    _ = functions.pointee.inflateEnd(stream)
    stream.deallocate()
  }

  func read(into memory: UnsafeMutableRawBufferPointer) throws(MartletError) -> Int {
    guard let target = memory.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
    var got = 0
    while got < memory.count, !isOver {
      if stream.pointee.avail_in == 0 {
        let room = UnsafeMutableRawBufferPointer(start: input.pointer, count: input.byteCount)
        let count = try source.read(into: room)
        stream.pointee.next_in = UnsafePointer(input.pointer.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(count)
      }
      let room = min(memory.count - got, Zlib.largestPiece)
      stream.pointee.next_out = target + got
      stream.pointee.avail_out = UInt32(room)
      let status = functions.pointee.inflate(stream, MARTLET_Z_NO_FLUSH)
      let made = room - Int(stream.pointee.avail_out)
      got += made
      if status == MARTLET_Z_STREAM_END {
        isOver = true
      } else if status != MARTLET_Z_OK || (made == 0 && stream.pointee.avail_in == 0) {
        // No progress, and nothing more to read: the data end too early.
        if status == MARTLET_Z_BUF_ERROR || status == MARTLET_Z_OK { break }
        throw Zlib.failure(status, source.file.operation)
      }
      try StoppableWork.check()
    }
    return got
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(MartletError) {
    throw .internalError(operation: source.file.operation, detail: "an unpacked stream is read")
  }

  func move(by distance: Int) throws(MartletError) {
    throw .internalError(operation: source.file.operation, detail: "an unpacked stream is read")
  }
}

/// Packs what is written to it into another stream.
final class DeflatingStream: ByteStream {
  private let target: any ByteStream
  private let operation: String
  private let functions: UnsafePointer<martlet_zlib>
  // As above.
  private let stream: UnsafeMutablePointer<martlet_zstream>
  private let output: Buffer
  private(set) var packedCount = 0

  init(to target: any ByteStream, level: Int32, operation: String) throws(MartletError) {
    self.target = target
    self.operation = operation
    functions = try Zlib.functions()
    output = try Buffer(byteCount: 256 << 10)
    stream = .allocate(capacity: 1)
    let status = martlet_deflate_begin(functions, stream, level)
    guard status == MARTLET_Z_OK else {
      stream.deallocate()
      throw Zlib.failure(status, operation)
    }
  }

  deinit {
    _ = functions.pointee.deflateEnd(stream)
    stream.deallocate()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(MartletError) {
    var done = 0
    while done < bytes.count {
      let count = min(bytes.count - done, 4 << 20)
      stream.pointee.next_in = bytes.baseAddress.map {
        ($0 + done).assumingMemoryBound(to: UInt8.self)
      }
      stream.pointee.avail_in = UInt32(count)
      try pack(MARTLET_Z_NO_FLUSH)
      done += count
      try StoppableWork.check()
    }
  }

  /// Writes what is left.
  func finish() throws(MartletError) { try pack(MARTLET_Z_FINISH) }

  private func pack(_ flush: Int32) throws(MartletError) {
    while true {
      stream.pointee.next_out = output.pointer.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(output.byteCount)
      let status = functions.pointee.deflate(stream, flush)
      guard [MARTLET_Z_OK, MARTLET_Z_STREAM_END, MARTLET_Z_BUF_ERROR].contains(status) else {
        throw Zlib.failure(status, operation)
      }
      let made = output.byteCount - Int(stream.pointee.avail_out)
      try target.write(UnsafeRawBufferPointer(start: output.pointer, count: made))
      packedCount += made
      // What did not fit comes with the next call.
      if status == MARTLET_Z_STREAM_END || (flush != MARTLET_Z_FINISH && made < output.byteCount) {
        return
      }
    }
  }

  func read(into memory: UnsafeMutableRawBufferPointer) throws(MartletError) -> Int {
    throw .internalError(operation: operation, detail: "a packed stream is written")
  }

  func move(by distance: Int) throws(MartletError) {
    throw .internalError(operation: operation, detail: "a packed stream is written")
  }
}
