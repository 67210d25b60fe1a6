import MartletIR
import SwiftDiagnostics
import SwiftSyntax
import SwiftSyntaxMacros

/// What is wrong with a user's function, and where.
struct Problem: Error {
  /// In the function's text.
  var position: AbsolutePosition
  var message: String

  init(_ message: String, at node: some SyntaxProtocol) {
    position = node.positionAfterSkippingLeadingTrivia
    self.message = message
  }

  init(_ message: String, at position: AbsolutePosition) {
    self.position = position
    self.message = message
  }

  /// What follows from a problem that was told already.
  static func silent(at node: some SyntaxProtocol) -> Problem { Problem("", at: node) }

  /// Syntax or a name that kernels have no meaning for.
  static func missing(_ what: String, at node: some SyntaxProtocol) -> Problem {
    Problem("\(what) is not in the language of kernels", at: node)
  }
}

struct ProblemMessage: DiagnosticMessage {
  let message: String
  var diagnosticID: MessageID { MessageID(domain: "Martlet", id: "kernel") }
  var severity: DiagnosticSeverity { .error }
}

/// Places of a function's text in the user's file.
///
/// Operators are arranged by precedence in a copy of the function, which the compiler does not know;
/// what both have in common is how far from the function's beginning a token is.
struct FunctionText {
  let original: FunctionDeclSyntax
  let folded: FunctionDeclSyntax
  /// The file as the compiler names it: a literal.
  let file: String
  private let converter: SourceLocationConverter
  private let first: SourceLocation
  private let line: Int
  private let column: Int

  init(
    _ original: FunctionDeclSyntax, folded: FunctionDeclSyntax,
    in context: some MacroExpansionContext
  ) {
    self.original = original
    self.folded = folded
    converter = SourceLocationConverter(fileName: "", tree: folded)
    first = converter.location(for: folded.positionAfterSkippingLeadingTrivia)
    let place = context.location(of: original, at: .afterLeadingTrivia, filePathMode: .filePath)
    file = place?.file.trimmedDescription ?? "\"\""
    line = place.flatMap { Int($0.line.trimmedDescription) } ?? first.line
    column = place.flatMap { Int($0.column.trimmedDescription) } ?? first.column
  }

  func location(_ position: AbsolutePosition) -> SourcePosition {
    let own = converter.location(for: position)
    return SourcePosition(
      line: line + own.line - first.line,
      column: own.line == first.line ? column + own.column - first.column : own.column)
  }

  func location(of node: some SyntaxProtocol) -> SourcePosition {
    location(node.positionAfterSkippingLeadingTrivia)
  }

  /// The position that has this place in the file.
  func position(_ location: SourcePosition) -> AbsolutePosition {
    let own = location.line - line + first.line
    let ownColumn = own == first.line ? location.column - column + first.column : location.column
    return converter.position(ofLine: own, column: ownColumn)
  }

  func diagnose(_ problem: Problem, in context: some MacroExpansionContext) {
    let offset = problem.position.utf8Offset - folded.position.utf8Offset
    let position = AbsolutePosition(utf8Offset: original.position.utf8Offset + offset)
    let node = original.token(at: position).map { Syntax($0) } ?? Syntax(original)
    context.diagnose(
      Diagnostic(node: node, message: ProblemMessage(message: problem.message)))
  }
}
