import MartletIR

/// Reads the dictionary of a `.npy` file's header: a literal of three keys, each once, with a text, a
/// truth and a tuple of integers. Nothing else of Python is understood.
struct NPYDictionary {
  private let bytes: [UInt8]
  private var place = 0
  private let operation: String

  init(_ bytes: [UInt8], operation: String) {
    self.bytes = bytes
    self.operation = operation
  }

  mutating func parse() throws(MartletError) -> (descr: String, isFortran: Bool, shape: [Int]) {
    var descr: String?
    var isFortran: Bool?
    var shape: [Int]?
    try expect("{")
    while !found("}") {
      let key = try text()
      try expect(":")
      switch key {
      case "descr" where descr == nil: descr = try type()
      case "fortran_order" where isFortran == nil: isFortran = try truth()
      case "shape" where shape == nil: shape = try tuple()
      default: throw wrong("the key '\(key)' is not expected there")
      }
      if !found(",") {
        try expect("}")
        break
      }
    }
    skip()
    guard place == bytes.count else { throw wrong("something follows the dictionary") }
    guard let descr, let isFortran, let shape else {
      throw wrong("it must have the keys 'descr', 'fortran_order' and 'shape'")
    }
    return (descr, isFortran, shape)
  }

  private func wrong(_ detail: String) -> MartletError {
    let shown = String(decoding: bytes.prefix(200), as: UTF8.self)
    return .invalidArgument(
      operation: operation, detail: "Cannot parse header: \(shown): \(detail)")
  }

  private mutating func skip() {
    while place < bytes.count, [0x20, 0x09, 0x0a, 0x0d, 0x0c].contains(bytes[place]) { place += 1 }
  }

  private mutating func found(_ sign: Unicode.Scalar) -> Bool {
    skip()
    guard place < bytes.count, bytes[place] == UInt8(ascii: sign) else { return false }
    place += 1
    return true
  }

  private mutating func expect(_ sign: Unicode.Scalar) throws(MartletError) {
    guard found(sign) else { throw wrong("'\(sign)' is missing at byte \(place)") }
  }

  /// In one kind of quotes, without escapes.
  private mutating func text() throws(MartletError) -> String {
    let quote: UInt8
    if found("'") {
      quote = 0x27
    } else if found("\"") {
      quote = 0x22
    } else {
      throw wrong("a text is missing at byte \(place)")
    }
    let start = place
    while place < bytes.count, bytes[place] != quote {
      guard bytes[place] >= 0x20, bytes[place] != 0x5c else {
        throw wrong("a text has an escape or a control character at byte \(place)")
      }
      place += 1
    }
    guard place < bytes.count else { throw wrong("a text does not end") }
    defer { place += 1 }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  /// The elements' type; a list is one of records, which NumPy has.
  private mutating func type() throws(MartletError) -> String {
    skip()
    if place < bytes.count, bytes[place] == UInt8(ascii: "[") || bytes[place] == UInt8(ascii: "(") {
      throw .unsupported(operation: operation, detail: "elements that are records")
    }
    return try text()
  }

  private mutating func word() -> String {
    skip()
    let start = place
    while place < bytes.count, isLetterOrDigit(bytes[place]) { place += 1 }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  private func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf) || byte == 0x5f
  }

  private mutating func truth() throws(MartletError) -> Bool {
    switch word() {
    case "True": return true
    case "False": return false
    case let other: throw wrong("fortran_order is not a valid bool: '\(other)'")
    }
  }

  private mutating func tuple() throws(MartletError) -> [Int] {
    try expect("(")
    var numbers: [Int] = []
    while !found(")") {
      let isNegative = found("-")
      let digits = word()
      // Python 2 wrote long integers with an L.
      if digits.hasSuffix("L"), Int(digits.dropLast()) != nil {
        throw .unsupported(operation: operation, detail: "a header that Python 2 wrote")
      }
      guard let number = Int(digits), digits.first != "0" || digits == "0", !digits.contains("_")
      else { throw wrong("shape is not valid: '\(digits)' at byte \(place)") }
      numbers.append(isNegative ? -number : number)
      guard numbers.count <= 64 else { throw wrong("the shape has more than 64 sizes") }
      if !found(",") {
        // One number in brackets is no tuple.
        guard numbers.count > 1 else { throw wrong("shape is not valid: it is no tuple") }
        try expect(")")
        break
      }
    }
    return numbers
  }
}
