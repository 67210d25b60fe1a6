import CMartlet
import Glibc
import MartletIR
import MartletRuntime
import Synchronization

/// A file of the user's, open until the last reference is gone.
package final class OpenFile: ByteStream, @unchecked Sendable {
  // Unchecked: the descriptor never changes. The place of the next byte belongs to whoever reads or
  // writes in order; reading at an offset needs none.

  let descriptor: Int32
  let path: String
  let operation: String
  /// Bytes of a regular file; nil for pipes and the like, of which nobody knows.
  let size: Int?
  private var place = 0

  /// - Throws: `.file` with the system's reason.
  package init(reading path: String, for operation: String) throws(MartletError) {
    (self.path, self.operation) = (path, operation)
    descriptor = try Self.open(path, O_RDONLY, operation)
    do throws(MartletError) { size = try Self.size(descriptor, path, operation) } catch {
      close(descriptor)
      throw error
    }
  }

  /// A new file, or an empty one in the place of what was there.
  package init(writing path: String, for operation: String) throws(MartletError) {
    (self.path, self.operation) = (path, operation)
    descriptor = try Self.open(path, O_WRONLY | O_CREAT | O_TRUNC, operation)
    size = nil
  }

  /// Another descriptor of an open file, for reading at offsets; nil where it is no regular file.
  package init?(duplicating other: Int, for operation: String) throws(MartletError) {
    let path = "descriptor \(other)"
    (self.path, self.operation) = (path, operation)
    guard let number = Int32(exactly: other) else {
      throw Self.failure(operation, path, EBADF)
    }
    descriptor = fcntl(number, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw Self.failure(operation, path) }
    do throws(MartletError) { size = try Self.size(descriptor, path, operation) } catch {
      close(descriptor)
      throw error
    }
    if size == nil { return nil }
  }

  deinit { close(descriptor) }

  private static func open(
    _ path: String, _ flags: Int32, _ operation: String
  ) throws(MartletError) -> Int32 {
    if path.utf8.contains(0) {
      throw .invalidArgument(operation: operation, detail: "embedded null byte")
    }
    while true {
      let descriptor = martlet_open_users_file(path, flags, 0o666)
      if descriptor >= 0 { return descriptor }
      if errno != EINTR { throw failure(operation, path) }
    }
  }

  private static func size(
    _ descriptor: Int32, _ path: String, _ operation: String
  ) throws(MartletError) -> Int? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(operation, path) }
    if status.st_mode & S_IFMT == S_IFDIR { throw failure(operation, path, EISDIR) }
    return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  static func failure(_ operation: String, _ path: String, _ code: Int32 = errno) -> MartletError {
    .file(
      operation: operation, path: path, code: code,
      reason: strerror(code).map { String(cString: $0) } ?? "error \(code)")
  }

  // MARK: In order

  package func read(into memory: UnsafeMutableRawBufferPointer) throws(MartletError) -> Int {
    var got = 0
    while got < memory.count {
      let count = Glibc.read(descriptor, memory.baseAddress?.advanced(by: got), memory.count - got)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw Self.failure(operation, path)
      }
      got += count
    }
    place += got
    return got
  }

  package func write(_ bytes: UnsafeRawBufferPointer) throws(MartletError) {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(
        descriptor, bytes.baseAddress?.advanced(by: done), min(bytes.count - done, Self.piece))
      if count < 0 {
        if errno == EINTR { continue }
        throw Self.failure(operation, path)
      }
      done += count
      try StoppableWork.check()
    }
    place += done
  }

  package func move(by distance: Int) throws(MartletError) {
    guard lseek(descriptor, distance, SEEK_CUR) >= 0 else { throw Self.failure(operation, path) }
    place += distance
  }

  // MARK: Anywhere

  /// Writes over bytes that were written before.
  func overwrite(_ bytes: [UInt8], at offset: Int) throws(MartletError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(
          descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
      }
      if count < 0, errno != EINTR { throw Self.failure(operation, path) }
      done += max(count, 0)
    }
  }

  /// What a thread reads at a time: what several share it among is then enough.
  private static let piece = 4 << 20

  /// Fills memory with the bytes from `offset` on, on all threads.
  ///
  /// - Throws: `.file`, also where the file has become shorter since it was opened.
  func read(
    into memory: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(MartletError) {
    guard let start = memory.baseAddress else { return }
    let (count, total, descriptor) = (memory.count, Self.piece, descriptor)
    // Each task writes to a part of its own.
    nonisolated(unsafe) let target = start
    let failed = Atomic<Int32>(0)
    Workers.shared.parallel(count: (count - 1) / total + 1, grain: 1, mayBeLeft: true) {
      first, last in
      for part in first..<last {
        let begin = part * total
        var (done, size) = (0, min(total, count - begin))
        while done < size {
          let got = pread(
            descriptor, target + begin + done, size - done, off_t(offset + begin + done))
          if got < 0, errno == EINTR { continue }
          if got <= 0 {
            failed.store(got == 0 ? -1 : errno, ordering: .relaxed)
            size = 0
          } else {
            done += got
          }
        }
      }
    }
    try StoppableWork.check()
    switch failed.load(ordering: .relaxed) {
    case 0: return
    case -1: throw Self.failure(operation, path, EIO)
    case let code: throw Self.failure(operation, path, code)
    }
  }

  /// Calls `body` with the bytes of the whole file, which has `size`.
  func withContents<Result>(
    _ size: Int, _ body: (UnsafeRawBufferPointer) throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    try Room.check(bytes: size)
    let buffer = try Buffer(byteCount: max(size, 1))
    try read(into: UnsafeMutableRawBufferPointer(start: buffer.pointer, count: size), at: 0)
    let result = try body(UnsafeRawBufferPointer(start: buffer.pointer, count: size))
    withExtendedLifetime(buffer) {}
    return result
  }

  /// A part of the file, for work that reads in order.
  func bytes(at offset: Int, count: Int) throws(MartletError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBufferPointer { memory throws(MartletError) in
      try read(into: UnsafeMutableRawBufferPointer(memory), at: offset)
    }
    return bytes
  }
}
