import MartletFrontend
import MartletIR
import SwiftOperators
import SwiftSyntax
import SwiftSyntaxMacros

/// What both macros do with a function: read it, check it, and write down what it says.
struct Expansion {
  let signature: Signature
  let program: SourceProgram
  let references: [Translator.Reference]
  let text: FunctionText
  let written: Set<String>
  let ranks: [String: Int]

  /// Nil where something was wrong, which was said.
  init?(
    of declaration: some DeclSyntaxProtocol, isGrid: Bool, in context: some MacroExpansionContext
  ) {
    guard let function = declaration.as(FunctionDeclSyntax.self) else {
      context.diagnose(
        .init(
          node: declaration,
          message: ProblemMessage(
            message: "\(isGrid ? "@Kernel" : "@Vectorized") belongs before a function")))
      return nil
    }
    // An operator that nobody declared stays what it is, and is an error where it is translated.
    let folded = OperatorTable.standardOperators.foldAll(function) { _ in }
      .cast(FunctionDeclSyntax.self)
    text = FunctionText(function, folded: folded, in: context)
    if context.lexicalContext.contains(where: { $0.is(FunctionDeclSyntax.self) }) {
      let macro = isGrid ? "@Kernel" : "@Vectorized"
      text.diagnose(
        Problem("\(macro) takes no function inside of a function", at: folded.name), in: context)
      return nil
    }
    let isMethod = context.lexicalContext.contains { node in
      node.is(StructDeclSyntax.self) || node.is(ClassDeclSyntax.self)
        || node.is(EnumDeclSyntax.self) || node.is(ActorDeclSyntax.self)
        || node.is(ProtocolDeclSyntax.self) || node.is(ExtensionDeclSyntax.self)
    }
    do throws(Problem) {
      signature = try Signature(folded, isGrid: isGrid, isMethod: isMethod)
    } catch {
      text.diagnose(error, in: context)
      return nil
    }
    let translator = Translator(text, signature, isGrid: isGrid)
    program = translator.program()
    references = translator.references
    written = translator.written
    ranks = translator.ranks
    for problem in translator.problems { text.diagnose(problem, in: context) }
    guard !translator.hasFailed else { return nil }
    do throws(MartletError) {
      // As the running program will read it.
      let program = try SourceReader.program(SourceWriter.text(program))
      if isGrid {
        try KernelCheck.grid(program, arguments: arguments)
      } else {
        try KernelCheck.elementwise(
          program, inputs: program.functions[0].parameters.map { $0.dtype ?? .float64 })
      }
    } catch {
      guard case .kernelSource(_, let location, let detail) = error else {
        text.diagnose(Problem("\(error)", at: folded.name), in: context)
        return nil
      }
      text.diagnose(Problem(detail, at: text.position(location)), in: context)
      return nil
    }
  }

  /// The types of a kernel's arguments, as far as they are known: an array has as many dimensions as
  /// it is given indices.
  private var arguments: [ArgumentType] {
    signature.parameters.compactMap { parameter in
      switch parameter.kind {
      case .thread: nil
      case .number(let dtype): .scalar(dtype)
      case .array(let dtype): .array(dtype, rank: ranks[parameter.name] ?? 1, isDense: false)
      }
    }
  }

  // MARK: Pieces of the expansion

  /// The program as a literal.
  var programLiteral: String {
    let source = SourceWriter.text(program)
    var marks = "#"
    while source.contains("\"" + marks) { marks += "#" }
    return "\(marks)\"\(source)\"\(marks)"
  }

  /// What is declared elsewhere. Where a name is none, the compiler says so at the user's line: each
  /// is written as if it stood there.
  var referenceList: String {
    if references.isEmpty { return "[]" }
    var lines = ""
    for reference in references {
      var path = reference.text.split(separator: ".").map(String.init)
      if reference.isFunction, let last = path.popLast() { path.append("$" + last) }
      let name = path.joined(separator: ".")
      let call = reference.isFunction ? ".function {" : ".value {"
      let remark =
        reference.isFunction
        ? "  // a function in a kernel is one with @Vectorized before it" : ""
      lines += """
        \(call)
        #sourceLocation(file: \(text.file), line: \(reference.location.line))
        \(String(repeating: " ", count: max(0, reference.location.column - 1)))\(name)\(remark)
        #sourceLocation()
        },

        """
    }
    return "[\n\(lines)]"
  }

  /// `$name`, and where its value is kept: made when it is first used, wherever the function stands.
  func declarations(of type: String, storage: String, _ types: String) -> [DeclSyntax] {
    let kept: DeclSyntax = """
      fileprivate enum \(raw: storage) {
        static let value = MartletKernels.\(raw: type)(
          name: "\(raw: signature.name)", file: \(raw: text.file),
          program: \(raw: programLiteral),
          \(raw: types),
          references: \(raw: referenceList))
      }
      """
    let value: DeclSyntax = """
      \(raw: prefix)var $\(raw: signature.name): MartletKernels.\(raw: type) { \(raw: storage).value }
      """
    return [kept, value]
  }

  var prefix: String { signature.modifiers.isEmpty ? "" : signature.modifiers + " " }

  func dtypeList(_ types: [DType]) -> String {
    "[" + types.map { ".\($0.name)" }.joined(separator: ", ") + "]"
  }
}
