import MartletIR

// Arrays in files. A path is read and written by Martlet; so is an open file that is read in order.

extension NativeFunction {
  static let files: [NativeFunction] = [
    NativeFunction(
      "load",
      "(file, mmap_mode=None, allow_pickle=False, fix_imports=True, encoding='ASCII', *, "
        + "max_header_size=10000)", "The array of a .npy file, or those of a .npz archive.",
      .nonDifferentiable("elements of files are given"), body: load),
    NativeFunction(
      "save", "(file, arr, allow_pickle=True)", "Writes an array as a .npy file.",
      .nonDifferentiable("it gives nothing"), places: .host, body: save),
    NativeFunction(
      "fromfile", "(file, dtype=float, count=-1, sep='', offset=0, *, like=None)",
      "The elements of a file without a header.",
      .nonDifferentiable("elements of files are given")
    ) { call throws(MartletError) in
      try call.reject(5, "the argument 'like'")
      let dtype = try call.dtype(1) ?? .float64
      let count = try call.int(2, default: -1)
      if let separator = try call.string(3), !separator.isEmpty {
        throw call.notNative("numbers as text")
      }
      let offset = try call.int(4, default: 0)
      guard case .path(let path) = try call.file(0) else { throw call.notNative("an open file") }
      let file = try OpenFile(reading: path, for: "fromfile")
      return .array(
        try call.run(elements: (file.size ?? 0) / dtype.itemSize) { () throws(MartletError) in
          try NDArray(
            rawContentsOf: path, dtype, count: count < 0 ? nil : count, offset: offset)
        })
    },
    NativeFunction(
      "ndarray.tofile", "(self, fid, sep='', format='%s')",
      "Writes the elements to a file without a header.", .nonDifferentiable("it gives nothing"),
      places: .host
    ) { call throws(MartletError) in
      let array = try call.array(0)
      if let separator = try call.string(2), !separator.isEmpty {
        throw call.notNative("numbers as text")
      }
      guard case .path(let path) = try call.file(1) else { throw call.notNative("an open file") }
      try call.run(elements: array.count) { () throws(MartletError) in try array.write(rawTo: path)
      }
      return .nothing
    },
  ]

  private static let zipStarts: [[UInt8]] = [
    Array("PK".utf8) + [3, 4], Array("PK".utf8) + [5, 6],
  ]

  private static func load(_ call: FunctionCall) throws(MartletError) -> FunctionResult {
    try call.reject(1, "a mapped file is NumPy's class memmap")
    let allowsPickles = try call.bool(2, default: false)
    _ = try call.bool(3, default: true)
    let encoding = try call.string(4) ?? "ASCII"
    guard ["ASCII", "latin1", "bytes"].contains(encoding) else {
      throw call.invalid("encoding must be 'ASCII', 'latin1', or 'bytes'")
    }
    // Whoever trusts a file with pickles trusts its header.
    let limit = try allowsPickles ? Int.max : call.int(5, default: NPYHeader.usualLimit)
    let stream: any ByteStream
    switch try call.file(0) {
    case .path(let path):
      let file = try OpenFile(reading: path, for: "load")
      if file.size == nil { throw call.notNative("what is no regular file") }
      stream = file
    case .stream(let given): stream = given
    }
    let start = try stream.read(atMost: 6)
    if start.isEmpty { throw .raised(exception: "EOFError", message: "No data left in file") }
    try stream.move(by: -start.count)
    if zipStarts.contains(where: { start.starts(with: $0) }) { return .archive }
    guard start == NPYHeader.magic else {
      if allowsPickles { throw call.notNative("a pickle") }
      throw call.invalid(
        "This file contains pickled (object) data, or is no file of arrays. If you trust the file "
          + "you can load it unsafely using the `allow_pickle=` keyword argument or `pickle.load()`."
      )
    }
    var taken = 0
    let header: NPYHeader
    do throws(MartletError) {
      header = try NPYHeader(stream, operation: "load", limit: limit, taken: &taken)
      if header.isSwapped { throw call.notNative("elements in the other order of bytes") }
    } catch {
      // NumPy, if it is asked, reads from the start.
      try stream.move(by: -taken)
      throw error
    }
    guard let file = stream as? OpenFile, let size = file.size else {
      return .array(try NPY.elements(header, from: stream, operation: "load"))
    }
    return .array(
      try call.run(elements: header.shape.elementCount) { () throws(MartletError) in
        try NPY.elements(header, in: file, at: taken, available: size - taken)
      })
  }

  private static func save(_ call: FunctionCall) throws(MartletError) -> FunctionResult {
    let array = try call.array(1)
    _ = try call.bool(2, default: true)
    switch try call.file(0) {
    case .path(let path):
      let name = path.hasSuffix(".npy") ? path : path + ".npy"
      try call.run(elements: array.count) { () throws(MartletError) in try array.write(to: name) }
    case .stream(let stream): try NPY.write(array, to: stream, operation: "save")
    }
    return .nothing
  }
}
