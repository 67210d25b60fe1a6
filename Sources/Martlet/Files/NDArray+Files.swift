import Glibc
import MartletIR
import MartletRuntime

/// Arrays in files, in NumPy's formats: `.npy` for one, `.npz` for several with names.
extension NDArray {
  /// The array of a `.npy` file (`numpy.load`), read by all threads; elements in the other order of
  /// bytes are turned.
  ///
  /// - Parameters:
  ///   - path: the file; links are followed.
  ///   - isMapped: whether to show the file's memory instead of reading it. What is written to the
  ///     array stays in this process. The file must not become shorter while the array lives. Files
  ///     whose elements have to be changed to be used are read.
  /// - Throws: `MartletError.file` with the system's reason, `.invalidArgument` where the file is
  ///   damaged, `.unsupported` for elements that arrays don't have, `.outOfMemory`.
  public init(contentsOf path: String, isMapped: Bool = false) throws(MartletError) {
    let file = try OpenFile(reading: path, for: "load")
    if isMapped, let mapped = try NPY.mapped(file) {
      self = mapped
    } else {
      self = try NPY.read(file).1
    }
  }

  /// Writes a `.npy` file (`numpy.save`), in the place of what was there.
  ///
  /// - Throws: `MartletError.file` with the system's reason.
  public func write(to path: String) throws(MartletError) {
    // What has to be computed is, before the file is emptied: it may be where this comes from.
    let (header, elements) = try NPY.prepared(self, "save")
    _ = try elements.pointer()
    let file = try OpenFile(writing: path, for: "save")
    try file.write(header.bytes)
    try NPY.write(elements, to: file)
  }

  /// The arrays of a `.npz` archive (`numpy.load`), by their names without `.npy`.
  ///
  /// - Throws: as `init(contentsOf:)`, and `.libraryMissing` where an archive is compressed and
  ///   there is no zlib.
  public static func archive(contentsOf path: String) throws(MartletError) -> [String: NDArray] {
    let file = try OpenFile(reading: path, for: "load")
    let archive = try ZipArchive(file)
    var arrays: [String: NDArray] = [:]
    for member in archive.members {
      let name =
        member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
      arrays[name] = try archive.array(member, limit: NPYHeader.usualLimit).1
    }
    return arrays
  }

  /// Writes a `.npz` archive of arrays (`numpy.savez`, `numpy.savez_compressed`), in the order of
  /// their names.
  public static func write(
    archive arrays: [String: NDArray], to path: String, isCompressed: Bool = false
  ) throws(MartletError) {
    let sorted = arrays.sorted { $0.key < $1.key }
    try write(archive: sorted.map { ($0.key, $0.value) }, to: path, isCompressed: isCompressed)
  }

  /// The same in the order of a list.
  package static func write(
    archive arrays: [(name: String, array: NDArray)], to path: String, isCompressed: Bool
  ) throws(MartletError) {
    let operation = isCompressed ? "savez_compressed" : "savez"
    // As above.
    for (_, array) in arrays {
      _ = try NPYHeader(array.dtype, array.shape, isFortran: false, operation: operation)
      _ = try array.readable().pointer()
    }
    if isCompressed { _ = try Zlib.functions() }
    var writer = ZipWriter(
      try OpenFile(writing: path, for: operation), isCompressed: isCompressed)
    for (name, array) in arrays { try writer.add(name + ".npy", array) }
    try writer.finish()
  }

  /// The array of a member of an archive, whose place and sizes somebody else has read.
  ///
  /// - Throws: `.unsupported` where it is no `.npy` file that Martlet reads.
  package static func archiveMember(
    of file: OpenFile, start: Int, isDeflated: Bool, packedSize: Int, size: Int, checksum: UInt32,
    name: String, limit: Int
  ) throws(MartletError) -> NDArray {
    let (header, array) = try ZipArchive.array(
      file, start: start, end: file.size ?? 0, isDeflated: isDeflated, packedSize: packedSize,
      size: size, checksum: checksum, name: name, limit: limit)
    if header.isSwapped {
      throw .unsupported(operation: "load", detail: "elements in the other order of bytes")
    }
    return array
  }

  /// The elements of a file without a header (`numpy.fromfile`).
  ///
  /// - Parameters:
  ///   - count: how many; nil for as many as there are. Fewer where the file ends before.
  ///   - offset: bytes before the first.
  ///   - dtype: The type of the elements.
  ///   - path: Where the file is.
  public init(
    rawContentsOf path: String, _ dtype: DType, count: Int? = nil, offset: Int = 0
  ) throws(MartletError) {
    let file = try OpenFile(reading: path, for: "fromfile")
    guard offset >= 0 else {
      throw .invalidArgument(operation: "fromfile", detail: "the offset \(offset) is negative")
    }
    guard let size = file.size else {
      throw .unsupported(operation: "fromfile", detail: "what is no regular file")
    }
    if count == nil, offset > size {
      throw .invalidArgument(
        operation: "fromfile", detail: "the offset \(offset) is beyond the file's \(size) bytes")
    }
    let there = Swift.max(size - offset, 0) / dtype.itemSize
    let shape = Shape([Swift.min(Swift.max(count ?? there, 0), there)])
    var header = try NPYHeader(dtype, shape, isFortran: false, operation: "fromfile")
    header.isSwapped = false
    self = try NPY.elements(header, in: file, at: offset, available: Swift.max(size - offset, 0))
  }

  /// Writes the elements in C's order without a header (`ndarray.tofile`).
  public func write(rawTo path: String) throws(MartletError) {
    let elements = try readable().contiguous()
    _ = try elements.pointer()
    try NPY.write(elements, to: try OpenFile(writing: path, for: "tofile"))
  }
}

extension NPY {
  /// An array over a file's own pages; nil where its elements have to be changed, or lie so that
  /// they cannot be looked at in place.
  static func mapped(_ file: OpenFile) throws(MartletError) -> NDArray? {
    guard let size = file.size else { return nil }
    var taken = 0
    let header = try NPYHeader(
      file, operation: file.operation, limit: NPYHeader.usualLimit, taken: &taken)
    let bytes = try header.shape.checkedCount() * header.dtype.itemSize
    let isUsable =
      !header.isSwapped && header.dtype != .bool && bytes > 0 && bytes <= size - taken
      && taken % min(header.dtype.realType.itemSize, 16) == 0
    guard isUsable,
      let start = mmap(
        nil, taken + bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.descriptor, 0),
      start != MAP_FAILED
    else {
      // From the start again, for whoever reads it now.
      try file.move(by: -taken)
      return nil
    }
    let mapping = Unmanaged.passRetained(Mapping(start, taken + bytes))
    let buffer = Buffer(
      foreign: start + taken, byteCount: bytes, context: mapping.toOpaque(),
      release: { context in
        if let context { Unmanaged<Mapping>.fromOpaque(context).release() }
      })
    let array = NDArray(
      storage: Storage(buffer), layout: Layout(contiguous: header.shape), dtype: header.dtype)
    return try finished(array, header, start + taken)
  }

  /// A file's pages in this process's memory.
  private final class Mapping {
    private let start: UnsafeMutableRawPointer
    private let count: Int

    init(_ start: UnsafeMutableRawPointer, _ count: Int) {
      (self.start, self.count) = (start, count)
    }

    deinit { munmap(start, count) }
  }
}
