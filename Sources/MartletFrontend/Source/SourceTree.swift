import MartletIR

/// The functions that a kernel is made of, as the user wrote them: the first is the one that runs,
/// the others are what it calls.
///
/// The two doors translate their own syntax to this tree, so that types, errors and kernels are
/// made in one place. Names that are no locals were looked up at the door already.
public struct SourceProgram: Sendable, Hashable {
  /// Whose rules operators follow.
  public enum Dialect: String, Sendable {
    /// `/` gives a float, `//` and `%` round down, integers are 64 bits wide.
    case python
    /// Both sides of an operator have one type, and `/` of integers truncates.
    case swift
  }

  public var dialect: Dialect
  public var functions: [SourceFunction]
  /// The files of functions that stand in another file than the first: number 1 and up.
  public var files: [String]

  public init(dialect: Dialect, functions: [SourceFunction], files: [String] = []) {
    self.dialect = dialect
    self.functions = functions
    self.files = files
  }
}

public struct SourceFunction: Sendable, Hashable {
  public var name: String
  public var parameters: [SourceParameter]
  public var body: [SourceStatement]
  public var location: SourcePosition
  /// The types it was declared to give, where the language says so.
  public var results: [DType]?
  /// What calls of it are converted to: the signature that fits best. Any call, if there are none.
  public var signatures: [SourceSignature] = []
  /// The name of the `FunctionRow` by which calls of it are bound, where it stands for a function
  /// of NumPy's.
  public var row: String?
  /// Whether it stands for a function of a library, which is given arrays and tuples for lists.
  public var isLibrarys = false

  public init(
    name: String, parameters: [SourceParameter], body: [SourceStatement],
    location: SourcePosition, results: [DType]? = nil, row: String? = nil
  ) {
    self.row = row
    self.name = name
    self.parameters = parameters
    self.body = body
    self.location = location
    self.results = results
  }
}

/// The types of numbers that a function was declared with; nil for what is no number.
public struct SourceSignature: Sendable, Hashable {
  public var parameters: [DType?]
  public var result: DType?

  public init(parameters: [DType?], result: DType?) {
    self.parameters = parameters
    self.result = result
  }
}

public struct SourceParameter: Sendable, Hashable {
  public var name: String
  /// What stands for an argument that a call leaves out.
  public var standard: SourceExpression?
  public var location: SourcePosition
  /// The type that it was declared with, where the language says so.
  public var dtype: DType?
  /// What a call writes before the argument, where that is not the name.
  public var label: String?
  /// How a call may give it.
  public var kind: Kind

  public enum Kind: String, Sendable {
    case any, positional, keyword
  }

  public init(
    name: String, standard: SourceExpression? = nil, location: SourcePosition,
    dtype: DType? = nil, label: String? = nil, kind: Kind = .any
  ) {
    self.kind = kind
    self.name = name
    self.standard = standard
    self.location = location
    self.dtype = dtype
    self.label = label
  }

  /// Whether it takes all positional arguments that are left, Python's `*args`.
  public var takesRest: Bool { label == "*" }
}

/// An expression and where it begins.
public struct SourceExpression: Sendable, Hashable {
  public indirect enum Kind: Sendable, Hashable {
    case integer(Int64)
    case floating(Double)
    case complex(Double, Double)
    case truth(Bool)
    case string(String)
    /// Python's `None`, `nil`.
    case none
    /// A number with a type of its own, captured from around the function.
    case scalar(Scalar)
    case name(String)
    /// A parameter of the program's first function, seen from any of them.
    case outer(String)
    /// Something that the door looked up: a function or value by its full name, `numpy.sqrt`.
    case known(String)
    case dtype(DType)
    /// Another function of the program.
    case function(Int)
    /// Something that no kernel can use, and what it is.
    case unusable(name: String, description: String)
    case unary(String, SourceExpression)
    case binary(String, SourceExpression, SourceExpression)
    /// `a < b <= c`
    case compare(SourceExpression, [SourceComparison])
    case and([SourceExpression])
    case or([SourceExpression])
    case conditional(test: SourceExpression, SourceExpression, SourceExpression)
    case call(SourceExpression, [SourceExpression], [SourceKeyword])
    case attribute(SourceExpression, String)
    case index(SourceExpression, [SourceIndex])
    case tuple([SourceExpression])
    /// A list that is written down.
    case list([SourceExpression])
    /// A function inside of a function, by its number, and the names that it has from around it.
    case closure(Int, [String])
    /// The class of named tuples, by the names of their items.
    case record([String])
    /// `*value` among arguments or items.
    case starred(SourceExpression)
  }

  public var kind: Kind
  public var location: SourcePosition

  public init(_ kind: Kind, at location: SourcePosition) {
    self.kind = kind
    self.location = location
  }
}

extension SourceExpression {
  /// Whether another is written alike, wherever it stands; of the kinds that indices are made of.
  func isSame(as other: SourceExpression) -> Bool {
    switch (kind, other.kind) {
    case (.integer, .integer), (.floating, .floating), (.name, .name), (.outer, .outer),
      (.known, .known), (.scalar, .scalar):
      return kind == other.kind
    case (.unary(let sign, let a), .unary(let otherSign, let b)):
      return sign == otherSign && a.isSame(as: b)
    case (.binary(let sign, let a, let b), .binary(let otherSign, let p, let q)):
      return sign == otherSign && a.isSame(as: p) && b.isSame(as: q)
    case (.attribute(let a, let name), .attribute(let b, let otherName)):
      return name == otherName && a.isSame(as: b)
    case (.tuple(let a), .tuple(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { $0.isSame(as: $1) }
    case (.index(let a, let indices), .index(let b, let others)):
      return a.isSame(as: b) && indices.count == others.count
        && zip(indices, others).allSatisfy { pair in
          if case (.element(let p), .element(let q)) = pair { p.isSame(as: q) } else { false }
        }
    default: return false
    }
  }
}

public struct SourceComparison: Sendable, Hashable {
  public var sign: String
  public var value: SourceExpression

  public init(sign: String, value: SourceExpression) {
    self.sign = sign
    self.value = value
  }
}

public struct SourceKeyword: Sendable, Hashable {
  public var name: String
  public var value: SourceExpression

  public init(name: String, value: SourceExpression) {
    self.name = name
    self.value = value
  }
}

public enum SourceIndex: Sendable, Hashable {
  case element(SourceExpression)
  case slice(SourceExpression?, SourceExpression?, SourceExpression?)
  case ellipsis
}

/// What runs where an exception was raised of one of these classes, by name; nil for any.
public struct SourceHandler: Sendable, Hashable {
  public var exceptions: [String]?
  public var body: [SourceStatement]

  public init(exceptions: [String]?, body: [SourceStatement]) {
    self.exceptions = exceptions
    self.body = body
  }
}

extension SourceStatement {
  /// The blocks of statements inside of it.
  var blocks: [[SourceStatement]] {
    switch kind {
    case .branch(_, let then, let otherwise): [then, otherwise]
    case .whileLoop(_, let body, let otherwise), .forLoop(_, _, let body, let otherwise):
      [body, otherwise]
    case .attempt(let body, let handlers, let otherwise, let finally):
      [body] + handlers.map(\.body) + [otherwise, finally]
    default: []
    }
  }
}

/// A statement and where it begins.
public struct SourceStatement: Sendable, Hashable {
  public indirect enum Kind: Sendable, Hashable {
    /// Several targets for `a = b = value`.
    case assign([SourceExpression], SourceExpression)
    case augment(String, SourceExpression, SourceExpression)
    case branch(SourceExpression, [SourceStatement], [SourceStatement])
    case whileLoop(SourceExpression, [SourceStatement], otherwise: [SourceStatement])
    case forLoop(
      SourceExpression, in: SourceExpression, [SourceStatement], otherwise: [SourceStatement])
    case returns(SourceExpression?)
    case breaks
    case continues
    case pass
    case expression(SourceExpression)
    /// An exception by name, with its message, and the names of the classes that it belongs to.
    case raise(String, String, classes: [String])
    case assert(SourceExpression, String)
    /// Python's `try`: what follows where nothing was raised, and what runs in any case.
    case attempt(
      [SourceStatement], [SourceHandler], otherwise: [SourceStatement],
      finally: [SourceStatement])
    /// Syntax that kernels have no meaning for, as the user calls it.
    case unsupported(String)
  }

  public var kind: Kind
  public var location: SourcePosition

  public init(_ kind: Kind, at location: SourcePosition) {
    self.kind = kind
    self.location = location
  }
}
