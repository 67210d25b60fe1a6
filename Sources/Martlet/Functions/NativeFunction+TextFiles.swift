import MartletIR

// Numbers as text. What is more than a plain table of them is NumPy's, with its words for what is
// wrong with a file.

extension NativeFunction {
  static let textFiles: [NativeFunction] = [
    NativeFunction(
      "loadtxt",
      "(fname, dtype=float, comments='#', delimiter=None, converters=None, skiprows=0, "
        + "usecols=None, unpack=False, ndmin=0, encoding=None, max_rows=None, *, quotechar=None, "
        + "like=None)", "The numbers of a text file, in rows.",
      .nonDifferentiable("elements of files are given"), body: loadText),
    NativeFunction(
      "savetxt",
      "(fname, X, fmt='%.18e', delimiter=' ', newline='\\n', header='', footer='', "
        + "comments='# ', encoding=None)", "Writes numbers as text, in rows.",
      .nonDifferentiable("it gives nothing"), places: .host, body: saveText),
  ]

  private static let packedNames = [".gz", ".bz2", ".xz", ".lzma"]

  /// The path of a file that is text as it lies there, or packed with gzip.
  private static func textPath(
    _ call: FunctionCall, mayBePacked: Bool = false
  ) throws(MartletError) -> String {
    guard case .path(let path) = try call.file(0) else { throw call.notNative("an open file") }
    let names = packedNames.dropFirst(mayBePacked ? 1 : 0)
    if names.contains(where: { path.hasSuffix($0) }) || path.contains("://") {
      throw call.notNative("a packed or a distant file")
    }
    return path
  }

  private static func byte(
    _ call: FunctionCall, _ position: Int, _ missing: UInt8?
  ) throws(MartletError) -> UInt8? {
    if call.isMissing(position) { return missing }
    guard let text = try call.string(position) else { return nil }
    guard text.utf8.count == 1, let byte = text.utf8.first, byte > 0x20, byte < 0x7f,
      !"+-.0123456789eE\"".utf8.contains(byte)
    else { throw call.notNative("a sign of this kind between numbers or for comments") }
    return byte
  }

  private static func loadText(_ call: FunctionCall) throws(MartletError) -> FunctionResult {
    try call.reject(4, "converters")
    try call.reject(11, "the argument 'quotechar'")
    try call.reject(12, "the argument 'like'")
    let path = try textPath(call, mayBePacked: true)
    let dtype = try call.dtype(1) ?? .float64
    var reader = NumberTextReader()
    reader.comment = try byte(call, 2, UInt8(ascii: "#"))
    reader.delimiter = try byte(call, 3, nil)
    if let delimiter = reader.delimiter, delimiter == reader.comment {
      throw call.notNative("one sign for two things")
    }
    for position in [5, 8, 10] {
      switch call.kind(position) {
      case .missing, .integer: break
      case .none where position == 10: break
      default: throw call.notNative("a number that is no plain integer")
      }
    }
    reader.skippedLines = try call.int(5, default: 0)
    reader.columns = try columns(call)
    let isUnpacked = try call.bool(7, default: false)
    let least = try call.int(8, default: 0)
    if let encoding = try call.string(9), !["utf-8", "utf8", "latin1", "ascii"].contains(encoding) {
      throw call.notNative("this encoding")
    }
    reader.mostRows = try call.optionalInt(10)
    guard (0...2).contains(least), reader.skippedLines >= 0, reader.mostRows ?? 0 >= 0,
      reader.columns.map({ !$0.isEmpty }) ?? true
    else { throw call.notNative("arguments that are refused") }
    let isFloating = dtype == .float64 || dtype == .float32
    guard isFloating || dtype.isInteger else { throw call.notNative("\(dtype.name) as text") }
    let file = try OpenFile(reading: path, for: "loadtxt")
    guard let size = file.size else { throw call.notNative("what is no regular file") }
    let made = try call.run(elements: size / 2) {
      [reader] () throws(MartletError) -> NDArray? in
      func read(_ bytes: UnsafeRawBufferPointer) throws(MartletError) -> NDArray? {
        isFloating
          ? try table(reader.read(bytes, as: Double.self))
          : try table(reader.read(bytes, as: Int64.self))
      }
      return path.hasSuffix(".gz")
        ? try file.withUnpackedContents(size, read) ?? nil : try file.withContents(size, read)
    }
    guard let made else { throw call.notNative("text that is no plain table of numbers") }
    let array = try converted(made, dtype, call).atLeast(rank: least)
    return .array(isUnpacked ? array.view(array.layout.transposed) : array)
  }

  /// NumPy has words of its own for what is no list of integers.
  private static func columns(_ call: FunctionCall) throws(MartletError) -> [Int]? {
    switch call.kind(6) {
    case .missing, .none: return nil
    case .integer: return [try call.int(6)]
    case .sequence:
      var columns: [Int] = []
      for item in try call.operands(6) {
        guard case .weak(.integer, let number) = item else {
          throw call.notNative("columns that are no plain integers")
        }
        columns.append(Int(number.asInt64))
      }
      return columns
    default: throw call.notNative("columns that are no plain integers")
    }
  }

  private static func table<Number: TextNumber>(
    _ parts: [NumberTextReader.Table<Number>]?
  ) throws(MartletError) -> NDArray? {
    guard let parts, let width = parts.first?.width else { return nil }
    let rows = parts.reduce(0) { $0 + $1.rows }
    let made = try NDArray(uninitialised: Shape([rows, width]), Number.dtype)
    var place = try made.memoryHere().assumingMemoryBound(to: Number.self)
    for part in parts {
      part.numbers.withUnsafeBufferPointer { numbers in
        guard let first = numbers.baseAddress else { return }
        place.initialize(from: first, count: numbers.count)
      }
      place += part.numbers.count
    }
    return made
  }

  /// Integers that their type has not are NumPy's matter.
  private static func converted(
    _ array: NDArray, _ dtype: DType, _ call: FunctionCall
  ) throws(MartletError) -> NDArray {
    if array.dtype == dtype { return array }
    let made = try array.asType(dtype)
    if dtype.isInteger {
      let back = try made.asType(array.dtype).elements(as: Int64.self)
      let numbers = try array.elements(as: Int64.self)
      guard back == numbers, !dtype.isUnsigned || numbers.allSatisfy({ $0 >= 0 }) else {
        throw call.notNative("integers beyond their type")
      }
    }
    return made
  }

  private static func saveText(_ call: FunctionCall) throws(MartletError) -> FunctionResult {
    let path = try textPath(call)
    let array = try call.array(1)
    func text(_ position: Int, _ missing: String) throws(MartletError) -> String {
      let given = call.isMissing(position) ? missing : try call.string(position) ?? "é"
      guard given.utf8.allSatisfy({ $0 < 0x80 }) else { throw call.notNative("other than ASCII") }
      return given
    }
    let format = try text(2, "%.18e")
    let delimiter = try text(3, " ")
    let newline = try text(4, "\n")
    let comments = try text(7, "# ")
    func remark(_ text: String) -> [UInt8] {
      if text.isEmpty { return [] }
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      return Array((comments + lines.joined(separator: "\n" + comments) + newline).utf8)
    }
    let header = remark(try text(5, ""))
    let footer = remark(try text(6, ""))
    try call.reject(8, "the argument 'encoding'")
    let writer = NumberTextWriter(
      format: format, delimiter: Array(delimiter.utf8), newline: Array(newline.utf8))
    guard let writer, !delimiter.contains("%"), array.rank == 1 || array.rank == 2, array.count > 0,
      array.dtype.isInteger || array.dtype == .float64 || array.dtype == .float32,
      array.dtype != .uint64
    else { throw call.notNative("this format, or these elements") }
    let width = array.rank == 1 ? 1 : array.shape[1]
    let body = try call.run(elements: array.count * 64) { () throws(MartletError) in
      array.dtype.isInteger
        ? writer.text(try array.asType(.int64).elements(as: Int64.self), width: width)
        : writer.text(try array.asType(.float64).elements(as: Double.self), width: width)
    }
    guard let body else { throw call.notNative("this format for these elements") }
    let file = try OpenFile(writing: path, for: "savetxt")
    for part in [header, body, footer] { try file.write(part) }
    return .nothing
  }
}

extension NDArray {
  /// A table as `loadtxt` gives it: axes of one element go, as long as `least` are left.
  fileprivate func atLeast(rank least: Int) -> NDArray {
    if least == 2 { return self }
    var sizes = shape.filter { $0 != 1 }
    if sizes.count == 2 { return self }
    if sizes.isEmpty, least == 1 { sizes = [1] }
    return view(Layout(contiguous: Shape(sizes)))
  }
}
