import MartletIR

/// Bytes that come, or go, one after another: an open file, or an object of Python's that acts as one.
package protocol ByteStream: AnyObject {
  /// Fills the memory as far as there are bytes; fewer than asked for is the end.
  func read(into memory: UnsafeMutableRawBufferPointer) throws(MartletError) -> Int
  func write(_ bytes: UnsafeRawBufferPointer) throws(MartletError)
  /// Moves the place of the next byte, from where it is.
  func move(by distance: Int) throws(MartletError)
  /// Bytes from here to the end; nil where nobody knows.
  func remaining() throws(MartletError) -> Int?
}

extension ByteStream {
  package func remaining() throws(MartletError) -> Int? { nil }

  /// So many bytes, or as many as there are.
  func read(atMost count: Int) throws(MartletError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try bytes.withUnsafeMutableBufferPointer { memory throws(MartletError) in
      try read(into: UnsafeMutableRawBufferPointer(memory))
    }
    bytes.removeLast(count - got)
    return bytes
  }

  func write(_ bytes: [UInt8]) throws(MartletError) {
    try bytes.withUnsafeBufferPointer { memory throws(MartletError) in
      try write(UnsafeRawBufferPointer(memory))
    }
  }
}
