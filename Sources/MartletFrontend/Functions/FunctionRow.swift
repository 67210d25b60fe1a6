/// One function of NumPy's, or one method of its arrays: its name, and the signature by which every
/// call of it is bound.
public struct FunctionRow: Sendable {
  /// In full: `numpy.sum`, `numpy.linalg.norm`, `ndarray.sum`.
  public let name: String
  /// As NumPy writes it, such as `(a, axis=None, *, keepdims=<no value>)`; a method's begins with
  /// the array.
  public let signature: String
  let parameters: [FunctionParameter]
  let output: OutputRule

  /// The name as messages have it: without the module.
  var shortName: String { String(name.split(separator: ".").last ?? "") }
  var isMethod: Bool { name.hasPrefix("ndarray.") }
  /// Which positional argument the result is written to; nil where none is.
  let outputPlace: Int?

  init(_ name: String, _ signature: String, output: OutputRule = .sameKind) {
    self.name = name
    self.signature = signature
    self.output = output
    parameters = FunctionParameter.list(signature)
    outputPlace = parameters.firstIndex { $0.name == "out" && $0.kind == .positional }
  }
}

/// What an array given as `out` must be for a result to be written to it.
enum OutputRule: Sendable {
  /// Of a type that the result's converts to within its kind, as ufuncs have it.
  case sameKind
  /// Of a type that converts to the result's without loss.
  case widening
  /// Of a type that the result's converts to without loss.
  case safe
  /// Of any type.
  case unsafe
  /// Of the result's own type, its elements in C order.
  case exact
}

/// A parameter of such a function.
package struct FunctionParameter: Sendable {
  package enum Kind: Sendable {
    case positionalOnly, positional, keyword
    /// Takes all further arguments, `*xi`.
    case rest
  }

  package var name: String
  package var kind: Kind
  /// What stands for an argument that is left out; nil where it must not be.
  var standard: Standard?

  enum Standard: Sendable, Equatable {
    case none
    /// NumPy can tell it from every argument.
    case noValue
    case truth(Bool)
    case integer(Int64)
    case floating(Double)
    case string(String)
    /// A Python type, `float`.
    case type(String)
    case tuple([Standard])
  }

  /// Whether it may be left out.
  package var isOptional: Bool { standard != nil }

  /// The parameters of a signature.
  package static func list(_ signature: String) -> [FunctionParameter] {
    var parameters: [FunctionParameter] = []
    var isKeyword = false
    for part in split(signature.dropFirst().dropLast()) {
      if part == "/" {
        for i in parameters.indices { parameters[i].kind = .positionalOnly }
      } else if part == "*" {
        isKeyword = true
      } else if part.hasPrefix("*") {
        parameters.append(FunctionParameter(name: String(part.dropFirst()), kind: .rest))
        isKeyword = true
      } else {
        let sides = part.split(separator: "=", maxSplits: 1)
        parameters.append(
          FunctionParameter(
            name: String(sides[0]), kind: isKeyword ? .keyword : .positional,
            standard: sides.count > 1 ? Standard(sides[1]) : nil))
      }
    }
    return parameters
  }

  /// The parts of a list between top-level commas: a default may be a tuple.
  package static func split(_ text: Substring) -> [Substring] {
    var parts: [Substring] = []
    var depth = 0
    var start = text.startIndex
    for i in text.indices {
      switch text[i] {
      case "(": depth += 1
      case ")": depth -= 1
      case "," where depth == 0:
        parts.append(text[start..<i])
        start = text.index(after: i)
      default: break
      }
    }
    parts.append(text[start...])
    return parts.map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
  }
}

extension FunctionParameter.Standard {
  /// A default as Python writes it.
  fileprivate init(_ text: Substring) {
    let known: [Substring: Self] = [
      "None": .none, "<no value>": .noValue, "True": .truth(true), "False": .truth(false),
    ]
    if let value = known[text] {
      self = value
    } else if text.hasPrefix("("), text.hasSuffix(")") {
      self = .tuple(FunctionParameter.split(text.dropFirst().dropLast()).map { Self($0) })
    } else if text.hasPrefix("'"), text.hasSuffix("'") {
      self = .string(String(text.dropFirst().dropLast()))
    } else if let value = Int64(text) {
      self = .integer(value)
    } else if let value = Double(text) {
      self = .floating(value)
    } else {
      // `<class 'float'>`
      self = .type(text.split(separator: "'").dropFirst().first.map(String.init) ?? String(text))
    }
  }

  /// The value in a kernel.
  var meaning: Meaning {
    switch self {
    case .none, .noValue: .none
    case .truth(let value): .literal(.truth(value))
    case .integer(let value): .literal(.integer(value))
    case .floating(let value): .literal(.floating(value))
    case .string(let text): .string(text)
    case .type(let name): .known("builtins.\(name)")
    case .tuple(let items): .tuple(items.map(\.meaning))
    }
  }

  /// Whether an argument says what leaving it out does.
  func isSame(as meaning: Meaning) -> Bool {
    switch (self, meaning) {
    case (.none, .none), (.noValue, .none): true
    case (.truth(let a), .literal(.truth(let b))): a == b
    case (.integer(let a), .literal(let b)): b.asInteger == a
    case (.floating(let a), .literal(let b)): b.asDouble == a
    case (.string(let a), .string(let b)): a == b
    case (.type("float"), .dtype(.float64)): true
    case (.type(let a), .known(let b)): b == "builtins.\(a)"
    case (.tuple(let a), .tuple(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.isSame(as: $1) }
    default: false
    }
  }
}
