import Glibc
import MartletIR
import MartletRuntime

/// The format of `.npy` files: arrays of the host in and out of streams.
enum NPY {
  /// The array that begins where the file is now.
  static func read(
    _ file: OpenFile, limit: Int = NPYHeader.usualLimit
  ) throws(MartletError) -> (NPYHeader, NDArray) {
    var taken = 0
    let header = try NPYHeader(file, operation: file.operation, limit: limit, taken: &taken)
    guard let size = file.size else {
      return (header, try elements(header, from: file, operation: file.operation))
    }
    return (
      header, try elements(header, in: file, at: taken, available: size - taken)
    )
  }

  /// Elements that lie in a regular file.
  static func elements(
    _ header: NPYHeader, in file: OpenFile, at offset: Int, available: Int
  ) throws(MartletError) -> NDArray {
    let bytes = try size(header, available: available, file.operation)
    let made = try memory(header, bytes)
    let memory = try made.memoryHere()
    try file.read(into: UnsafeMutableRawBufferPointer(start: memory, count: bytes), at: offset)
    return try finished(made, header, memory)
  }

  /// Elements of a stream that has so many bytes.
  static func elements(
    _ header: NPYHeader, from stream: any ByteStream, available: Int, operation: String
  ) throws(MartletError) -> NDArray {
    let bytes = try size(header, available: available, operation)
    let made = try memory(header, bytes)
    let memory = try made.memoryHere()
    let got = try stream.read(into: UnsafeMutableRawBufferPointer(start: memory, count: bytes))
    guard got == bytes else { throw missing(header, got, operation) }
    return try finished(made, header, memory)
  }

  /// Elements that come as a stream, which says what it has only at its end: so memory is taken as
  /// they come, twice as much each time.
  static func elements(
    _ header: NPYHeader, from stream: any ByteStream, operation: String
  ) throws(MartletError) -> NDArray {
    let bytes = try size(header, available: .max, operation)
    if bytes > firstRoom, let remaining = try stream.remaining() {
      return try elements(header, from: stream, available: remaining, operation: operation)
    }
    var room = min(bytes, firstRoom)
    var held = try Buffer(byteCount: room)
    var got = 0
    while true {
      let part = UnsafeMutableRawBufferPointer(start: held.pointer + got, count: room - got)
      let count = try stream.read(into: part)
      got += count
      guard count == part.count else { throw missing(header, got, operation) }
      if got == bytes { break }
      room = min(bytes, room * 2)
      let next = try Buffer(byteCount: room)
      next.pointer.copyMemory(from: held.pointer, byteCount: got)
      held = next
    }
    let made = NDArray(
      storage: Storage(held), layout: Layout(contiguous: header.shape), dtype: header.dtype)
    return try finished(made, header, held.pointer)
  }

  private static let firstRoom = 16 << 20

  /// Bytes of all elements, which must be there before memory is taken for them.
  private static func size(
    _ header: NPYHeader, available: Int, _ operation: String
  ) throws(MartletError) -> Int {
    let bytes = try header.shape.checkedCount() * header.dtype.itemSize
    guard bytes <= available else { throw missing(header, max(available, 0), operation) }
    return bytes
  }

  private static func missing(
    _ header: NPYHeader, _ bytes: Int, _ operation: String
  ) -> MartletError {
    .invalidArgument(
      operation: operation,
      detail: "Failed to read all data for array. Expected \(header.shape) = "
        + "\(header.shape.elementCount) elements, could only read "
        + "\(bytes / header.dtype.itemSize) elements. (file seems not fully written?)")
  }

  static func memory(_ header: NPYHeader, _ bytes: Int) throws(MartletError) -> NDArray {
    try Room.check(bytes: bytes)
    return try NDArray(uninitialised: header.shape, header.dtype)
  }

  /// The elements as this processor has them, in the order of axes that the header says.
  static func finished(
    _ array: NDArray, _ header: NPYHeader, _ memory: UnsafeMutableRawPointer
  ) throws(MartletError) -> NDArray {
    let count = header.shape.elementCount
    if header.isSwapped { swapBytes(memory, count, header.dtype) }
    if header.dtype == .bool {
      // Kernels count on 0 and 1.
      let truths = UnsafeMutableBufferPointer(
        start: memory.assumingMemoryBound(to: UInt8.self), count: count)
      for i in truths.indices where truths[i] > 1 { truths[i] = 1 }
    }
    guard header.isFortran, header.shape.rank > 1 else { return array }
    var strides = Shape(repeating: 1, count: header.shape.rank)
    for axis in 1..<header.shape.rank {
      strides[axis] = strides[axis - 1] * max(header.shape[axis - 1], 1)
    }
    return array.view(Layout(shape: header.shape, strides: strides))
  }

  private static func swapBytes(_ memory: UnsafeMutableRawPointer, _ count: Int, _ dtype: DType) {
    // Of a complex number each part.
    let size = dtype.realType.itemSize
    let numbers = count * (dtype.itemSize / size)
    switch size {
    case 2: swapAll(memory.assumingMemoryBound(to: UInt16.self), numbers)
    case 4: swapAll(memory.assumingMemoryBound(to: UInt32.self), numbers)
    case 8: swapAll(memory.assumingMemoryBound(to: UInt64.self), numbers)
    default: break
    }
  }

  private static func swapAll<Word: FixedWidthInteger>(
    _ words: UnsafeMutablePointer<Word>, _ count: Int
  ) {
    for i in 0..<count { words[i] = words[i].byteSwapped }
  }

  // MARK: Writing

  /// Writes an array as NumPy does: in C's order, or in Fortran's where its memory is in that.
  static func write(
    _ array: NDArray, to stream: any ByteStream, operation: String
  ) throws(MartletError) {
    let (header, bytes) = try prepared(array, operation)
    try stream.write(header.bytes)
    try write(bytes, to: stream)
  }

  /// The header, and the elements as they lie in the file.
  static func prepared(
    _ array: NDArray, _ operation: String
  ) throws(MartletError) -> (NPYHeader, NDArray) {
    let array = try array.readable()
    let isFortran = !array.layout.isContiguous && array.layout.transposed.isContiguous
    let header = try NPYHeader(
      array.dtype, array.shape, isFortran: isFortran, operation: operation)
    let elements = isFortran ? array.view(array.layout.transposed) : try array.contiguous()
    return (header, elements)
  }

  /// The memory of an array whose elements lie one after another.
  static func write(_ elements: NDArray, to stream: any ByteStream) throws(MartletError) {
    let memory = UnsafeRawBufferPointer(
      start: try elements.pointer(), count: elements.count * elements.dtype.itemSize)
    try stream.write(memory)
    withExtendedLifetime(elements) {}
  }
}
