import MartletIR

extension DispatchedOperation {
  /// What an operation takes and gives, as text: `(float64[:,:], float64) -> float64[:,:]`.
  ///
  ///     signature  = "(" [argument {"," argument}] ")" "->" results
  ///     argument   = [name ":"] kind
  ///     results    = kind | "(" [kind {"," kind}] ")"
  ///     kind       = dtype [ "[" (":" {"," ":"} | "..." | ) "]" ]
  ///
  /// A dtype is one of NumPy's names, `int`, `float` or `complex` for the widest of the kind, or `any`.
  /// Without brackets it is a number, with a colon for each axis an array, with `[...]` an array of
  /// any number of axes, with `[]` one without axes. `any` without brackets is anything, and `...` in
  /// place of the arguments or the results any list of anything.
  public struct Signature: Sendable, Hashable {
    /// What one argument must be.
    public struct Argument: Sendable, Hashable {
      /// Its name, where it has one.
      public var name: String?
      /// What it must be.
      public var kind: Kind
    }

    /// A dtype and a form.
    public struct Kind: Sendable, Hashable {
      /// Nil for any.
      public var dtype: DType?
      /// Whether it is a number or an array.
      public var form: Form
    }

    /// A number, or an array of some rank.
    public enum Form: Sendable, Hashable {
      /// A single number, not an array.
      case number
      /// An array of so many axes.
      case array(rank: Int)
      /// An array of any number of axes.
      case anyArray
      /// A number or an array.
      case anything
    }

    /// Nil for any number of anything.
    public let arguments: [Argument]?
    /// Nil for any number of arrays.
    public let results: [Kind]?

    /// Takes and gives anything.
    public static let any = Signature(arguments: nil, results: nil)

    package init(arguments: [Argument]?, results: [Kind]?) {
      self.arguments = arguments
      self.results = results
    }

    /// Reads a signature.
    ///
    /// - Throws: `.invalidArgument` that says what is wrong and how one is written.
    public init(_ text: String) throws(MartletError) {
      do throws(Mistake) {
        var parser = Parser(text)
        arguments = try parser.arguments()
        try parser.expect("->")
        results = try parser.results()
        try parser.end()
      } catch {
        throw .invalidArgument(
          operation: "dispatch",
          detail: "the signature '\(text)' is wrong: \(error.text). "
            + "One is written (float64[:,:], float64) -> float64[:,:].")
      }
    }
  }
}

extension DispatchedOperation.Signature.Kind: CustomStringConvertible {
  public var description: String {
    let name = dtype?.name ?? "any"
    switch form {
    case .number, .anything: return name
    case .anyArray: return name + "[...]"
    case .array(let rank):
      return "\(name)[\(Array(repeating: ":", count: rank).joined(separator: ","))]"
    }
  }
}

extension DispatchedOperation.Signature: CustomStringConvertible {
  public var description: String {
    let taken = arguments?.map { argument in
      (argument.name.map { $0 + ": " } ?? "") + argument.kind.description
    }
    let given: String
    if let results {
      given =
        results.count == 1
        ? results[0].description : "(\(results.map(\.description).joined(separator: ", ")))"
    } else {
      given = "..."
    }
    return "(\(taken.map { $0.joined(separator: ", ") } ?? "...")) -> \(given)"
  }
}

private struct Mistake: Error {
  var text: String
}

private struct Parser {
  typealias Signature = DispatchedOperation.Signature

  private var tokens: [String]
  private var place = 0

  /// Words, and the signs of the grammar; blanks separate and mean nothing.
  init(_ text: String) {
    tokens = []
    var word = ""
    var rest = text[...]
    func flush(_ tokens: inout [String]) {
      if !word.isEmpty { tokens.append(word) }
      word = ""
    }
    while let character = rest.first {
      if let sign = ["...", "->"].first(where: { rest.hasPrefix($0) }) {
        flush(&tokens)
        tokens.append(sign)
        rest.removeFirst(sign.count)
        continue
      }
      rest.removeFirst()
      if "()[],:".contains(character) {
        flush(&tokens)
        tokens.append(String(character))
      } else if character.isWhitespace {
        flush(&tokens)
      } else {
        word.append(character)
      }
    }
    flush(&tokens)
  }

  private var next: String? { place < tokens.count ? tokens[place] : nil }
  private var shown: String { next.map { "'\($0)'" } ?? "the end" }

  private mutating func skip(_ token: String) -> Bool {
    if next != token { return false }
    place += 1
    return true
  }

  mutating func expect(_ token: String) throws(Mistake) {
    if !skip(token) { throw Mistake(text: "'\(token)' is expected, and there is \(shown)") }
  }

  func end() throws(Mistake) {
    if next != nil { throw Mistake(text: "nothing more is expected, and there is \(shown)") }
  }

  private mutating func list<Item>(
    _ item: (inout Parser) throws(Mistake) -> Item
  ) throws(Mistake) -> [Item] {
    try expect("(")
    if skip(")") { return [] }
    var items = [try item(&self)]
    while skip(",") { items.append(try item(&self)) }
    try expect(")")
    return items
  }

  mutating func arguments() throws(Mistake) -> [Signature.Argument]? {
    if next == "(", tokens.dropFirst(place + 1).first == "..." {
      place += 2
      try expect(")")
      return nil
    }
    let found = try list { parser throws(Mistake) in try parser.argument() }
    let names = found.compactMap(\.name)
    if Set(names).count < names.count { throw Mistake(text: "two arguments have one name") }
    return found
  }

  mutating func results() throws(Mistake) -> [Signature.Kind]? {
    if skip("...") { return nil }
    if next == "(" { return try list { parser throws(Mistake) in try parser.kind() } }
    return [try kind()]
  }

  private mutating func argument() throws(Mistake) -> Signature.Argument {
    guard let name = next, place + 1 < tokens.count, tokens[place + 1] == ":" else {
      return Signature.Argument(name: nil, kind: try kind())
    }
    guard let first = name.first, first.isLetter || first == "_" else {
      throw Mistake(text: "'\(name)' is no name of an argument")
    }
    place += 2
    return Signature.Argument(name: name, kind: try kind())
  }

  private mutating func kind() throws(Mistake) -> Signature.Kind {
    let dtype = try dtype()
    guard skip("[") else {
      return Signature.Kind(dtype: dtype, form: dtype == nil ? .anything : .number)
    }
    if skip("...") {
      try expect("]")
      return Signature.Kind(dtype: dtype, form: .anyArray)
    }
    var rank = 0
    if !skip("]") {
      repeat {
        try expect(":")
        rank += 1
      } while skip(",")
      try expect("]")
    }
    if rank > Shape.maximumRank {
      throw Mistake(text: "arrays have at most \(Shape.maximumRank) axes")
    }
    return Signature.Kind(dtype: dtype, form: .array(rank: rank))
  }

  private mutating func dtype() throws(Mistake) -> DType? {
    guard let word = next else { throw Mistake(text: "a dtype is expected, and there is the end") }
    place += 1
    switch word {
    case "any": return nil
    case "int": return .int64
    case "float": return .float64
    case "complex": return .complex128
    default:
      guard let dtype = DType(name: word) else { throw Mistake(text: "'\(word)' is no dtype") }
      return dtype
    }
  }
}
