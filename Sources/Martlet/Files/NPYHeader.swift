import MartletIR

/// What stands before the elements in a `.npy` file: the magic word, the format's version, and a
/// dictionary as Python writes it (numpy.lib.format).
///
/// The bytes are hostile until they are read: nothing is evaluated, and nothing is taken for granted.
struct NPYHeader {
  var dtype: DType
  /// Whether the elements are in the order of bytes that this processor does not have.
  var isSwapped = false
  var isFortran: Bool
  var shape: Shape

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// NumPy's own limit for the dictionary's text.
  static let usualLimit = 10_000
  private static let alignment = 64
  /// NumPy leaves room for the first axis to grow in place.
  private static let axisDigits = 21

  // MARK: Reading

  /// Reads from the magic word on; `taken` counts the bytes.
  ///
  /// - Throws: `.invalidArgument` for what is no header, `.unsupported` for elements that Martlet's
  ///   arrays don't have.
  init(
    _ stream: any ByteStream, operation: String, limit: Int, taken: inout Int
  ) throws(MartletError) {
    func invalid(_ detail: String) -> MartletError {
      .invalidArgument(operation: operation, detail: detail)
    }
    var start = try stream.read(atMost: 8)
    taken += start.count
    guard start.count == 8, Array(start.prefix(6)) == Self.magic else {
      throw invalid("the file does not begin with the magic word of .npy files")
    }
    let version = (start[6], start[7])
    guard (1...3).contains(version.0), version.1 == 0 else {
      throw invalid("we only support format version (1,0), (2,0), and (3,0), not \(version)")
    }
    let width = version.0 == 1 ? 2 : 4
    start = try stream.read(atMost: width)
    taken += start.count
    guard start.count == width else { throw invalid("EOF: reading array header length") }
    let length = start.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= limit else {
      throw invalid(
        "Header info length (\(length)) is large and may not be safe to load securely. To allow "
          + "loading, adjust `max_header_size`.")
    }
    let text = try stream.read(atMost: length)
    taken += text.count
    guard text.count == length else {
      throw invalid("EOF: reading array header, expected \(length) bytes got \(text.count)")
    }
    var parser = NPYDictionary(text, operation: operation)
    let found = try parser.parse()
    (dtype, isSwapped) = try Self.dtype(found.descr, operation)
    isFortran = found.isFortran
    guard found.shape.count <= Shape.maximumRank else {
      throw .rankLimit(operation: operation, rank: found.shape.count)
    }
    guard found.shape.allSatisfy({ $0 >= 0 }) else {
      throw invalid("negative dimensions are not allowed: the header says \(found.shape)")
    }
    shape = Shape(found.shape)
    _ = try shape.checkedCount()
  }

  /// `<f8`, `|b1` and their like.
  static func dtype(
    _ text: String, _ operation: String
  ) throws(MartletError) -> (DType, isSwapped: Bool) {
    var name = text[...]
    var order: Character = "="
    if let first = name.first, "<>=|".contains(first) {
      order = first
      name.removeFirst()
    }
    guard let dtype = names.first(where: { $0.name == name })?.dtype else {
      throw .unsupported(operation: operation, detail: "elements of type '\(text)'")
    }
    return (dtype, order == ">" && dtype.itemSize > 1)
  }

  private static let names: [(name: String, dtype: DType)] = [
    ("b1", .bool), ("?", .bool), ("i1", .int8), ("i2", .int16), ("i4", .int32), ("i8", .int64),
    ("u1", .uint8), ("u2", .uint16), ("u4", .uint32), ("u8", .uint64), ("f2", .float16),
    ("f4", .float32), ("f8", .float64), ("c8", .complex64), ("c16", .complex128),
  ]

  // MARK: Writing

  init(
    _ dtype: DType, _ shape: Shape, isFortran: Bool, operation: String
  ) throws(MartletError) {
    guard Self.names.contains(where: { $0.dtype == dtype }) else {
      throw .unsupported(operation: operation, detail: "files of \(dtype.name) elements")
    }
    (self.dtype, self.shape, self.isFortran) = (dtype, shape, isFortran)
  }

  /// The bytes that NumPy writes, to the last one.
  var bytes: [UInt8] {
    let code = Self.names.first { $0.dtype == dtype }.map(\.name) ?? ""
    let sizes = shape.map(String.init)
    let tuple = sizes.count == 1 ? "(\(sizes[0]),)" : "(\(sizes.joined(separator: ", ")))"
    var text =
      "{'descr': '\(dtype.itemSize == 1 ? "|" : "<")\(code)', "
      + "'fortran_order': \(isFortran ? "True" : "False"), 'shape': \(tuple), }"
    if let growing = isFortran ? sizes.last : sizes.first {
      text += String(repeating: " ", count: max(Self.axisDigits - growing.utf8.count, 0))
    }
    let length = text.utf8.count + 1
    let padding = Self.alignment - (8 + 2 + length) % Self.alignment
    text += String(repeating: " ", count: padding) + "\n"
    let total = length + padding
    return Self.magic + [1, 0, UInt8(total & 255), UInt8(total >> 8)] + Array(text.utf8)
  }
}
