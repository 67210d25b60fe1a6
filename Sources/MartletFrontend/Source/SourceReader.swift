import MartletIR

/// Reads a `SourceProgram` from text: lists in parentheses that begin with a word for what they
/// are, then line and column.
///
///     (python (def 1 1 "f" ((x 1 7)) ((return 2 3 (binary 2 10 "+" (name 2 10 "x") (int 2 14 1))))))
///
/// A function from another file than the first's stands in `(file "name" …)`.
///
/// Anything else is an error that says where the text went wrong: it may come from anybody.
public struct SourceReader {
  /// The number of the file that is being read from.
  private var file = 0

  private indirect enum Form {
    case list([Form])
    case word(Substring)
    case string(String)
  }

  /// - Throws: `.invalidArgument` for text that is no program.
  public static func program(_ text: String) throws(MartletError) -> SourceProgram {
    var scanner = Scanner(text)
    let form = try scanner.form(depth: 0)
    try scanner.end()
    return try SourceReader().program(form)
  }

  private static func failure(_ detail: String) -> MartletError {
    .invalidArgument(operation: "reading a kernel's source", detail: detail)
  }

  // MARK: - Lists

  private struct Scanner {
    /// Beyond it recursion could overflow the stack.
    static let maximumDepth = 500
    let bytes: [UInt8]
    var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func skipBlanks() {
      while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x0a {
        position += 1
      }
    }

    mutating func form(depth: Int) throws(MartletError) -> Form {
      guard depth < Self.maximumDepth else {
        throw SourceReader.failure("it is nested more than \(Self.maximumDepth) levels deep")
      }
      skipBlanks()
      guard position < bytes.count else { throw SourceReader.failure("the text ends early") }
      switch bytes[position] {
      case UInt8(ascii: "("):
        position += 1
        var items: [Form] = []
        while true {
          skipBlanks()
          guard position < bytes.count else { throw SourceReader.failure("a list is not closed") }
          if bytes[position] == UInt8(ascii: ")") { break }
          items.append(try form(depth: depth + 1))
        }
        position += 1
        return .list(items)
      case UInt8(ascii: ")"):
        throw SourceReader.failure("a list is closed that was not opened, at byte \(position)")
      case UInt8(ascii: "\""): return .string(try string())
      default:
        let start = position
        while position < bytes.count, !" \n()\"".utf8.contains(bytes[position]) { position += 1 }
        return .word(Substring(decoding: bytes[start..<position], as: UTF8.self))
      }
    }

    mutating func string() throws(MartletError) -> String {
      position += 1
      var contents: [UInt8] = []
      while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
        if bytes[position] == UInt8(ascii: "\\") {
          position += 1
          guard position < bytes.count else { break }
        }
        contents.append(bytes[position])
        position += 1
      }
      guard position < bytes.count else { throw SourceReader.failure("a string is not closed") }
      position += 1
      return String(decoding: contents, as: UTF8.self)
    }

    mutating func end() throws(MartletError) {
      skipBlanks()
      if position < bytes.count {
        throw SourceReader.failure("something follows the program, at byte \(position)")
      }
    }
  }

  // MARK: - Parts of forms

  private func list(_ form: Form) throws(MartletError) -> [Form] {
    if case .list(let items) = form { return items }
    throw Self.failure("a list is missing")
  }

  private func word(_ form: Form) throws(MartletError) -> Substring {
    if case .word(let text) = form { return text }
    throw Self.failure("a word is missing")
  }

  private func string(_ form: Form) throws(MartletError) -> String {
    if case .string(let text) = form { return text }
    throw Self.failure("a string is missing")
  }

  private func integer(_ form: Form) throws(MartletError) -> Int {
    if let value = Int(try word(form)) { return value }
    throw Self.failure("'\(try word(form))' is no integer")
  }

  private func floating(_ form: Form) throws(MartletError) -> Double {
    if let value = Double(try word(form)) { return value }
    throw Self.failure("'\(try word(form))' is no number")
  }

  private func dtype(_ form: Form) throws(MartletError) -> DType {
    if let value = DType(name: String(try word(form))) { return value }
    throw Self.failure("'\(try word(form))' is no dtype")
  }

  private func map<Result>(
    _ forms: some Sequence<Form>, _ body: (Form) throws(MartletError) -> Result
  ) throws(MartletError) -> [Result] {
    var results: [Result] = []
    for form in forms { results.append(try body(form)) }
    return results
  }

  /// The kind of a form, where it is, and what follows; at least `count` things.
  private func open(
    _ form: Form, atLeast count: Int = 0
  ) throws(MartletError) -> (kind: Substring, location: SourcePosition, rest: [Form]) {
    let items = try list(form)
    guard items.count >= 3 else { throw Self.failure("a list is too short") }
    let kind = try word(items[0])
    guard items.count >= 3 + count else { throw Self.failure("'\(kind)' lacks parts") }
    let location = SourcePosition(
      line: try integer(items[1]), column: try integer(items[2]), file: file)
    return (kind, location, Array(items[3...]))
  }

  // MARK: - Functions

  private func program(_ form: Form) throws(MartletError) -> SourceProgram {
    let items = try list(form)
    guard let first = items.first,
      let dialect = SourceProgram.Dialect(rawValue: String(try word(first)))
    else { throw Self.failure("it begins with neither 'python' nor 'swift'") }
    var files: [String] = []
    let functions = try map(items.dropFirst()) { (form) throws(MartletError) in
      let parts = try list(form)
      guard case .word("file")? = parts.first else { return try function(form) }
      guard parts.count == 3 else { throw Self.failure("'file' has not two parts") }
      let name = try string(parts[1])
      if !files.contains(name) { files.append(name) }
      var reader = self
      reader.file = (files.firstIndex(of: name) ?? 0) + 1
      return try reader.function(parts[2])
    }
    guard !functions.isEmpty else { throw Self.failure("it has no function") }
    return SourceProgram(dialect: dialect, functions: functions, files: files)
  }

  private func function(_ form: Form) throws(MartletError) -> SourceFunction {
    let (kind, location, rest) = try open(form, atLeast: 3)
    guard kind == "def" else { throw Self.failure("'\(kind)' is no function") }
    let parameters = try map(list(rest[1])) { (form) throws(MartletError) in
      let items = try list(form)
      guard items.count >= 3 else { throw Self.failure("a parameter lacks parts") }
      return SourceParameter(
        name: try string(items[0]),
        standard: try part(items, 3) { (form) throws(MartletError) in try expression(form) },
        location: SourcePosition(
          line: try integer(items[1]), column: try integer(items[2]), file: file),
        dtype: try part(items, 4) { (form) throws(MartletError) in try dtype(form) },
        label: try part(items, 5) { (form) throws(MartletError) in try string(form) },
        kind: try part(items, 6) { (form) throws(MartletError) in try parameterKind(form) } ?? .any)
    }
    var function = SourceFunction(
      name: try string(rest[0]), parameters: parameters, body: try block(rest[2]),
      location: location,
      results: try part(rest, 3) { (form) throws(MartletError) in
        try map(list(form)) { (form) throws(MartletError) in try dtype(form) }
      },
      row: try part(rest, 5) { (form) throws(MartletError) in try string(form) })
    function.signatures =
      try part(rest, 4) { (form) throws(MartletError) in
        try map(list(form)) { (form) throws(MartletError) in try signature(form) }
      } ?? []
    if rest.count > 6, case .word("library") = rest[6] { function.isLibrarys = true }
    return function
  }

  /// The result's dtype and those of the parameters, "-" for what is no number.
  private func signature(_ form: Form) throws(MartletError) -> SourceSignature {
    let kinds = try map(list(form)) { (form) throws(MartletError) -> DType? in
      if case .word("-") = form { return nil }
      return try dtype(form)
    }
    guard let result = kinds.first else { throw Self.failure("a signature has no result") }
    return SourceSignature(parameters: Array(kinds.dropFirst()), result: result)
  }

  private func parameterKind(_ form: Form) throws(MartletError) -> SourceParameter.Kind {
    if let kind = SourceParameter.Kind(rawValue: String(try word(form))) { return kind }
    throw Self.failure("'\(try word(form))' is no kind of parameter")
  }

  /// A part that may be missing, or left out by the word "-".
  private func part<Part>(
    _ items: [Form], _ number: Int, _ read: (Form) throws(MartletError) -> Part
  ) throws(MartletError) -> Part? {
    guard items.count > number else { return nil }
    if case .word("-") = items[number] { return nil }
    return try read(items[number])
  }

  // MARK: - Statements

  private func block(_ form: Form) throws(MartletError) -> [SourceStatement] {
    try map(list(form)) { (form) throws(MartletError) in try statement(form) }
  }

  private static let statementParts: [Substring: Int] = [
    "assign": 2, "augment": 3, "if": 3, "while": 3, "for": 4, "return": 0, "break": 0,
    "continue": 0, "pass": 0, "expr": 1, "raise": 3, "assert": 2, "try": 4,
    "unsupported": 1,
  ]

  private func statement(_ form: Form) throws(MartletError) -> SourceStatement {
    let (kind, location, rest) = try open(form)
    guard let parts = Self.statementParts[kind] else {
      throw Self.failure("'\(kind)' is no statement")
    }
    guard rest.count >= parts else { throw Self.failure("'\(kind)' lacks parts") }
    let made: SourceStatement.Kind
    switch kind {
    case "assign":
      let targets = try map(list(rest[0])) { (form) throws(MartletError) in try expression(form) }
      made = .assign(targets, try expression(rest[1]))
    case "augment":
      made = .augment(try string(rest[0]), try expression(rest[1]), try expression(rest[2]))
    case "if": made = .branch(try expression(rest[0]), try block(rest[1]), try block(rest[2]))
    case "while":
      made = .whileLoop(try expression(rest[0]), try block(rest[1]), otherwise: try block(rest[2]))
    case "for":
      made = .forLoop(
        try expression(rest[0]), in: try expression(rest[1]), try block(rest[2]),
        otherwise: try block(rest[3]))
    case "return": made = .returns(rest.isEmpty ? nil : try expression(rest[0]))
    case "break": made = .breaks
    case "continue": made = .continues
    case "expr": made = .expression(try expression(rest[0]))
    case "raise":
      let classes = try map(list(rest[2])) { (name) throws(MartletError) in try string(name) }
      made = .raise(try string(rest[0]), try string(rest[1]), classes: classes)
    case "assert": made = .assert(try expression(rest[0]), try string(rest[1]))
    case "try":
      let handlers = try map(list(rest[1])) { (form) throws(MartletError) -> SourceHandler in
        let parts = try list(form)
        guard parts.count == 2 else { throw Self.failure("a handler is classes and a block") }
        var classes: [String]?
        if case .word("-") = parts[0] {
          classes = nil
        } else {
          classes = try map(list(parts[0])) { (name) throws(MartletError) in try string(name) }
        }
        return SourceHandler(exceptions: classes, body: try block(parts[1]))
      }
      made = .attempt(
        try block(rest[0]), handlers, otherwise: try block(rest[2]), finally: try block(rest[3]))
    case "unsupported": made = .unsupported(try string(rest[0]))
    default: made = .pass
    }
    return SourceStatement(made, at: location)
  }

  // MARK: - Expressions

  private static let expressionParts: [Substring: Int] = [
    "int": 1, "float": 1, "complex": 2, "bool": 1, "string": 1, "none": 0, "scalar": 2, "name": 1,
    "outer": 1,
    "known": 1, "dtype": 1, "function": 1, "unusable": 2, "unary": 2, "binary": 3, "compare": 2,
    "and": 2, "or": 2, "if": 3, "call": 3, "attribute": 2, "index": 2, "tuple": 0,
    "list": 0, "closure": 1, "star": 1, "record": 0,
  ]

  private func expression(_ form: Form) throws(MartletError) -> SourceExpression {
    let (kind, location, rest) = try open(form)
    guard let parts = Self.expressionParts[kind] else {
      throw Self.failure("'\(kind)' is no expression")
    }
    guard rest.count >= parts else { throw Self.failure("'\(kind)' lacks parts") }
    let made: SourceExpression.Kind
    switch kind {
    case "int": made = .integer(Int64(try integer(rest[0])))
    case "float": made = .floating(try floating(rest[0]))
    case "complex": made = .complex(try floating(rest[0]), try floating(rest[1]))
    case "bool": made = .truth(try integer(rest[0]) != 0)
    case "string": made = .string(try string(rest[0]))
    case "scalar": made = .scalar(try scalar(rest))
    case "name": made = .name(try string(rest[0]))
    case "outer": made = .outer(try string(rest[0]))
    case "known": made = .known(try string(rest[0]))
    case "dtype": made = .dtype(try dtype(rest[0]))
    case "function": made = .function(try integer(rest[0]))
    case "unusable":
      made = .unusable(name: try string(rest[0]), description: try string(rest[1]))
    case "unary": made = .unary(try string(rest[0]), try expression(rest[1]))
    case "binary":
      made = .binary(try string(rest[0]), try expression(rest[1]), try expression(rest[2]))
    case "compare":
      let comparisons = try map(rest[1...]) { (form) throws(MartletError) in
        let pair = try list(form)
        guard pair.count == 2 else { throw Self.failure("a comparison is no pair") }
        return SourceComparison(sign: try string(pair[0]), value: try expression(pair[1]))
      }
      made = .compare(try expression(rest[0]), comparisons)
    case "and": made = .and(try expressions(rest))
    case "or": made = .or(try expressions(rest))
    case "if":
      made = .conditional(
        test: try expression(rest[0]), try expression(rest[1]), try expression(rest[2]))
    case "call":
      let keywords = try map(list(rest[2])) { (form) throws(MartletError) in
        let pair = try list(form)
        guard pair.count == 2 else { throw Self.failure("a keyword argument is no pair") }
        return SourceKeyword(name: try string(pair[0]), value: try expression(pair[1]))
      }
      made = .call(try expression(rest[0]), try expressions(list(rest[1])), keywords)
    case "attribute": made = .attribute(try expression(rest[0]), try string(rest[1]))
    case "index":
      let items = try map(rest[1...]) { (form) throws(MartletError) in try index(form) }
      made = .index(try expression(rest[0]), items)
    case "tuple": made = .tuple(try expressions(rest))
    case "list": made = .list(try expressions(rest))
    case "star": made = .starred(try expression(rest[0]))
    case "record":
      made = .record(
        try map(rest) { (form) throws(MartletError) in try string(form) })
    case "closure":
      made = .closure(
        try integer(rest[0]),
        try map(rest[1...]) { (form) throws(MartletError) in try string(form) })
    default: made = .none
    }
    return SourceExpression(made, at: location)
  }

  private func expressions(_ forms: some Sequence<Form>) throws(MartletError) -> [SourceExpression]
  {
    try map(forms) { (form) throws(MartletError) in try expression(form) }
  }

  /// A dtype and the bits of a number, of a complex one both halves.
  private func scalar(_ rest: [Form]) throws(MartletError) -> Scalar {
    func bits(_ form: Form) throws(MartletError) -> UInt64 {
      if let value = UInt64(try word(form)) { return value }
      throw Self.failure("'\(try word(form))' is no bit pattern")
    }
    let dtype = try dtype(rest[0])
    let high = rest.count > 2 ? try bits(rest[2]) : 0
    return Scalar(dtype: dtype, low: try bits(rest[1]), high: high)
  }

  private func index(_ form: Form) throws(MartletError) -> SourceIndex {
    if case .list(let items) = form, case .word(let kind)? = items.first {
      if kind == "ellipsis" { return .ellipsis }
      if kind == "slice" {
        guard items.count == 6 else { throw Self.failure("'slice' has not three parts") }
        // The parts of a slice that are left out are the word "-".
        let parts = try map(items[3...]) { (form) throws(MartletError) -> SourceExpression? in
          if case .word("-") = form { return nil }
          return try expression(form)
        }
        return .slice(parts[0], parts[1], parts[2])
      }
    }
    return .element(try expression(form))
  }
}
