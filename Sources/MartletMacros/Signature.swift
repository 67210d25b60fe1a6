import MartletFrontend
import MartletIR
import SwiftSyntax

/// What a function was declared with, as far as kernels have it.
struct Signature {
  enum Kind: Equatable {
    case number(DType)
    /// `DeviceArray<Float>`.
    case array(DType)
    /// `GPUThread`.
    case thread
  }

  struct Parameter {
    /// What a call writes, `_` for nothing.
    var label: String
    var name: String
    var kind: Kind
    /// The type as it is written.
    var type: String
    var standard: ExprSyntax?
    var syntax: FunctionParameterSyntax
  }

  var name: String
  var parameters: [Parameter]
  /// What it gives: nothing, a number, or several.
  var results: [DType]
  var resultLabels: [String?]
  /// `public static` and its like, for what is declared beside it.
  var modifiers: String

  private static let allTypes = "Bool, Int8 to UInt64, Float16, Float and Double"

  init(_ function: FunctionDeclSyntax, isGrid: Bool, isMethod: Bool) throws(Problem) {
    name = function.name.text
    let macro = isGrid ? "@Kernel" : "@Vectorized"
    if let generics = function.genericParameterClause {
      throw Problem("\(macro) takes no generic function: write the types", at: generics)
    }
    let effects = function.signature.effectSpecifiers
    if let async = effects?.asyncSpecifier {
      throw Problem("\(macro) takes no 'async' function", at: async)
    }
    if let throwing = effects?.throwsClause {
      throw Problem("\(macro) takes no function that throws: kernels can't", at: throwing)
    }
    guard function.body != nil else {
      throw Problem("\(macro) needs the function's body", at: function.name)
    }
    if case .binaryOperator = function.name.tokenKind {
      throw Problem("\(macro) takes a function with a name, not an operator", at: function.name)
    }
    var kept: [String] = []
    for modifier in function.modifiers {
      switch modifier.name.text {
      case "public", "package", "internal", "fileprivate", "private", "static", "nonisolated":
        kept.append(modifier.trimmedDescription)
      case "final": break
      default: throw Problem("\(macro) takes no '\(modifier.name.text)' function", at: modifier)
      }
    }
    if isMethod, !kept.contains("static") {
      throw Problem(
        "\(macro) takes no method: make it static, or a function of its own", at: function.name)
    }
    modifiers = kept.joined(separator: " ")

    parameters = []
    for parameter in function.signature.parameterClause.parameters {
      parameters.append(try Self.parameter(parameter, isGrid: isGrid))
    }
    results = []
    resultLabels = []
    if let clause = function.signature.returnClause, !Self.isVoid(clause.type) {
      if isGrid {
        throw Problem("a kernel for a grid gives nothing: it writes to arrays", at: clause.type)
      }
      if let tuple = clause.type.as(TupleTypeSyntax.self) {
        for element in tuple.elements {
          results.append(try Self.number(element.type, "a result"))
          resultLabels.append(element.firstName?.text)
        }
      } else {
        results = [try Self.number(clause.type, "a result")]
        resultLabels = [nil]
      }
    }
    if !isGrid {
      if parameters.isEmpty {
        throw Problem("@Vectorized takes a function of at least one number", at: function.name)
      }
      if results.isEmpty {
        throw Problem("@Vectorized takes a function that gives a number", at: function.name)
      }
    } else if parameters.first?.kind != .thread {
      throw Problem(
        "the first parameter of a kernel is its thread: '_ t: GPUThread'", at: function.name)
    }
  }

  private static func isVoid(_ type: TypeSyntax) -> Bool {
    type.trimmedDescription == "Void" || type.trimmedDescription == "()"
  }

  private static func parameter(
    _ syntax: FunctionParameterSyntax, isGrid: Bool
  ) throws(Problem) -> Parameter {
    if let ellipsis = syntax.ellipsis {
      throw Problem("kernels take no variable number of arguments", at: ellipsis)
    }
    let name = (syntax.secondName ?? syntax.firstName).text
    if name == "_" {
      throw Problem("every parameter of a kernel has a name", at: syntax)
    }
    return Parameter(
      label: syntax.firstName.text, name: name, kind: try kind(syntax.type, isGrid: isGrid),
      type: syntax.type.trimmedDescription, standard: syntax.defaultValue?.value, syntax: syntax)
  }

  private static func kind(_ type: TypeSyntax, isGrid: Bool) throws(Problem) -> Kind {
    if let attributed = type.as(AttributedTypeSyntax.self) {
      throw Problem(
        "kernels take no '\(attributed.specifiers.trimmedDescription)' parameters"
          + (isGrid ? ": a DeviceArray can be written" : ""), at: type)
    }
    guard isGrid else { return .number(try number(type, "a parameter")) }
    if let name = baseName(type) {
      if name.base == "GPUThread" { return .thread }
      if name.base == "DeviceArray" {
        guard let element = name.argument else {
          throw Problem("a DeviceArray says what it holds: DeviceArray<Float>", at: type)
        }
        return .array(try number(element, "an element"))
      }
    }
    if let known = dtype(type) { return .number(known) }
    throw Problem(
      "a parameter of type '\(type.trimmedDescription)' is not in the language of kernels: they "
        + "take DeviceArray<Float> and its like, and numbers", at: type)
  }

  private static func baseName(_ type: TypeSyntax) -> (base: String, argument: TypeSyntax?)? {
    let (name, arguments): (String, GenericArgumentClauseSyntax?)
    if let own = type.as(IdentifierTypeSyntax.self) {
      (name, arguments) = (own.name.text, own.genericArgumentClause)
    } else if let member = type.as(MemberTypeSyntax.self) {
      (name, arguments) = (member.name.text, member.genericArgumentClause)
    } else {
      return nil
    }
    return (name, arguments?.arguments.first.flatMap { TypeSyntax($0.argument) })
  }

  static func dtype(_ type: TypeSyntax) -> DType? {
    if let member = type.as(MemberTypeSyntax.self), member.baseType.trimmedDescription != "Swift" {
      return nil
    }
    guard let name = baseName(type), name.argument == nil else { return nil }
    return SwiftTypes.named[name.base]
  }

  private static func number(_ type: TypeSyntax, _ what: String) throws(Problem) -> DType {
    if let known = dtype(type) { return known }
    throw Problem(
      "\(what) of type '\(type.trimmedDescription)' is not in the language of kernels: they "
        + "have \(allTypes)", at: type)
  }
}
