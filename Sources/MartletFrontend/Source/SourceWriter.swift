import MartletIR

/// Writes a `SourceProgram` as the text that `SourceReader` reads.
public enum SourceWriter {
  public static func text(_ program: SourceProgram) -> String {
    list(
      [program.dialect.rawValue]
        + program.functions.map { one in
          let form = function(one)
          guard program.files.indices.contains(one.location.file - 1) else { return form }
          return list(["file", quoted(program.files[one.location.file - 1]), form])
        })
  }

  private static func list(_ items: [String]) -> String {
    "(" + items.joined(separator: " ") + ")"
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for character in text {
      if character == "\"" || character == "\\" { result += "\\" }
      result.append(character)
    }
    return result + "\""
  }

  private static func place(_ location: SourcePosition) -> [String] {
    ["\(location.line)", "\(location.column)"]
  }

  private static func function(_ function: SourceFunction) -> String {
    let parameters = function.parameters.map { parameter in
      list(
        [quoted(parameter.name)] + place(parameter.location) + [
          parameter.standard.map(expression) ?? "-", parameter.dtype?.name ?? "-",
          parameter.label.map(quoted) ?? "-", parameter.kind.rawValue,
        ])
    }
    return list(
      ["def"] + place(function.location) + [
        quoted(function.name), list(parameters), block(function.body),
      ] + declared(function))
  }

  /// The types that a function was declared with.
  private static func declared(_ function: SourceFunction) -> [String] {
    let results = function.results.map { list($0.map(\.name)) }
    if function.signatures.isEmpty, function.row == nil, !function.isLibrarys {
      return results.map { [$0] } ?? []
    }
    let signatures = function.signatures.map { signature in
      list(([signature.result] + signature.parameters).map { $0?.name ?? "-" })
    }
    var rest = function.row.map { [quoted($0)] } ?? []
    if function.isLibrarys { rest = [rest.first ?? "-", "library"] }
    return [results ?? "-", signatures.isEmpty ? "-" : list(signatures)] + rest
  }

  // MARK: Statements

  private static func block(_ statements: [SourceStatement]) -> String {
    list(statements.map(statement))
  }

  private static func statement(_ statement: SourceStatement) -> String {
    let parts: [String]
    switch statement.kind {
    case .assign(let targets, let value):
      parts = ["assign", list(targets.map(expression)), expression(value)]
    case .augment(let sign, let target, let value):
      parts = ["augment", quoted(sign), expression(target), expression(value)]
    case .branch(let test, let then, let otherwise):
      parts = ["if", expression(test), block(then), block(otherwise)]
    case .whileLoop(let test, let body, let otherwise):
      parts = ["while", expression(test), block(body), block(otherwise)]
    case .forLoop(let target, let iterable, let body, let otherwise):
      parts = ["for", expression(target), expression(iterable), block(body), block(otherwise)]
    case .returns(let value): parts = ["return"] + (value.map { [expression($0)] } ?? [])
    case .breaks: parts = ["break"]
    case .continues: parts = ["continue"]
    case .pass: parts = ["pass"]
    case .expression(let value): parts = ["expr", expression(value)]
    case .raise(let exception, let message, let classes):
      parts = ["raise", quoted(exception), quoted(message), list(classes.map(quoted))]
    case .assert(let test, let message): parts = ["assert", expression(test), quoted(message)]
    case .attempt(let body, let handlers, let otherwise, let finally):
      let forms = handlers.map { handler in
        list([handler.exceptions.map { list($0.map(quoted)) } ?? "-", block(handler.body)])
      }
      parts = ["try", block(body), list(forms), block(otherwise), block(finally)]
    case .unsupported(let what): parts = ["unsupported", quoted(what)]
    }
    return list([parts[0]] + place(statement.location) + parts[1...])
  }

  // MARK: Expressions

  private static func expression(_ expression: SourceExpression) -> String {
    let parts = self.parts(expression)
    return list([parts[0]] + place(expression.location) + parts[1...])
  }

  private static func parts(_ expression: SourceExpression) -> [String] {
    switch expression.kind {
    case .integer(let value): ["int", "\(value)"]
    case .floating(let value): ["float", "\(value)"]
    case .complex(let real, let imaginary): ["complex", "\(real)", "\(imaginary)"]
    case .truth(let value): ["bool", value ? "1" : "0"]
    case .string(let text): ["string", quoted(text)]
    case .none: ["none"]
    case .scalar(let scalar): ["scalar", scalar.dtype.name, "\(scalar.low)", "\(scalar.high)"]
    case .name(let name): ["name", quoted(name)]
    case .outer(let name): ["outer", quoted(name)]
    case .known(let name): ["known", quoted(name)]
    case .dtype(let dtype): ["dtype", dtype.name]
    case .function(let number): ["function", "\(number)"]
    case .unusable(let name, let description): ["unusable", quoted(name), quoted(description)]
    case .unary(let sign, let operand): ["unary", quoted(sign), self.expression(operand)]
    case .binary(let sign, let a, let b):
      ["binary", quoted(sign), self.expression(a), self.expression(b)]
    case .compare(let first, let rest):
      ["compare", self.expression(first)]
        + rest.map { list([quoted($0.sign), self.expression($0.value)]) }
    case .and(let items): ["and"] + items.map(self.expression)
    case .or(let items): ["or"] + items.map(self.expression)
    case .conditional(let test, let a, let b):
      ["if", self.expression(test), self.expression(a), self.expression(b)]
    case .call(let callee, let arguments, let keywords):
      [
        "call", self.expression(callee), list(arguments.map(self.expression)),
        list(keywords.map { list([quoted($0.name), self.expression($0.value)]) }),
      ]
    case .attribute(let value, let name):
      ["attribute", self.expression(value), quoted(name)]
    case .index(let container, let indices):
      ["index", self.expression(container)] + indices.map(index)
    case .tuple(let items): ["tuple"] + items.map(self.expression)
    case .list(let items): ["list"] + items.map(self.expression)
    case .closure(let number, let names): ["closure", "\(number)"] + names.map(quoted)
    case .record(let names): ["record"] + names.map(quoted)
    case .starred(let value): ["star", self.expression(value)]
    }
  }

  private static func index(_ index: SourceIndex) -> String {
    switch index {
    case .element(let value): expression(value)
    case .slice(let start, let stop, let step):
      list(["slice", "0", "0"] + [start, stop, step].map { $0.map(expression) ?? "-" })
    case .ellipsis: list(["ellipsis", "0", "0"])
    }
  }
}
