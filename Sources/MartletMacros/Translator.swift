import MartletFrontend
import MartletIR
import SwiftSyntax

/// Translates a Swift function to the front end's tree. Names are looked up as far as a macro can:
/// what is declared elsewhere is a reference, which the expansion passes in.
final class Translator {
  /// What a name inside the function stands for.
  enum Entity {
    /// A number or tuple, under a name of its own: Swift's blocks may use a name twice.
    case local(String)
    /// An array: a parameter, or memory of the block or thread.
    case array(String, isParameter: Bool)
    case thread
    /// Something whose declaration was an error.
    case wrong
  }

  /// Something that is declared elsewhere.
  struct Reference: Hashable {
    var text: String
    var isFunction: Bool
    /// Of its first use.
    var location: SourcePosition
  }

  enum Surrounding { case loop, switchCase }

  let text: FunctionText
  let signature: Signature
  let isGrid: Bool
  var problems: [Problem] = []
  private(set) var hasFailed = false
  private(set) var references: [Reference] = []
  /// Array parameters that elements of are assigned.
  var written: Set<String> = []
  /// How many indices array parameters are used with.
  var ranks: [String: Int] = [:]
  private var scopes: [[String: Entity]] = [[:]]
  private var uses: [String: Int] = [:]
  var surroundings: [Surrounding] = []

  init(_ text: FunctionText, _ signature: Signature, isGrid: Bool) {
    self.text = text
    self.signature = signature
    self.isGrid = isGrid
  }

  /// The program; what is wrong with it is in `problems`.
  func program() -> SourceProgram {
    var parameters: [SourceParameter] = []
    for parameter in signature.parameters {
      let location = text.location(of: parameter.syntax)
      switch parameter.kind {
      case .thread: scopes[0][parameter.name] = .thread
      case .array(let dtype):
        scopes[0][parameter.name] = .array(parameter.name, isParameter: true)
        uses[parameter.name] = 1
        parameters.append(
          SourceParameter(
            name: parameter.name, location: location, dtype: dtype, label: parameter.label))
      case .number(let dtype):
        let standard = parameter.standard.flatMap { value in
          attempt { () throws(Problem) in try expression(value) }
        }
        scopes[0][parameter.name] = .local(parameter.name)
        uses[parameter.name] = 1
        parameters.append(
          SourceParameter(
            name: parameter.name, standard: standard, location: location, dtype: dtype,
            label: parameter.label))
      }
    }
    let body = text.folded.body.map { body in
      if signature.results.isEmpty { return block(body.statements) }
      return resultBlock(body.statements)
    }
    return SourceProgram(
      dialect: .swift,
      functions: [
        SourceFunction(
          name: signature.name, parameters: parameters, body: body ?? [],
          location: text.location(of: text.folded.name), results: signature.results)
      ])
  }

  // MARK: Problems

  /// What `body` gives, or nothing and a problem noted.
  func attempt<Result>(_ body: () throws(Problem) -> Result) -> Result? {
    do throws(Problem) { return try body() } catch {
      if !error.message.isEmpty { problems.append(error) }
      hasFailed = true
      return nil
    }
  }

  // MARK: Names

  func withScope<Result>(_ body: () throws(Problem) -> Result) throws(Problem) -> Result {
    scopes.append([:])
    defer { scopes.removeLast() }
    return try body()
  }

  func withScope<Result>(_ body: () -> Result) -> Result {
    scopes.append([:])
    defer { scopes.removeLast() }
    return body()
  }

  /// A name of its own for something that is declared here.
  func unique(_ name: String) -> String {
    let count = (uses[name] ?? 0) + 1
    uses[name] = count
    return count == 1 ? name : "\(name)'\(count)"
  }

  func declare(_ name: String) -> String {
    let own = unique(name)
    declare(name, as: .local(own))
    return own
  }

  func declare(_ name: String, as entity: Entity) { scopes[scopes.count - 1][name] = entity }

  func lookUp(_ name: String) -> Entity? {
    scopes.reversed().lazy.compactMap { $0[name] }.first
  }

  func reference(
    _ name: String, isFunction: Bool, at location: SourcePosition
  ) -> SourceExpression.Kind {
    let index =
      references.firstIndex { $0.text == name && $0.isFunction == isFunction }
      ?? references.count
    if index == references.count {
      references.append(Reference(text: name, isFunction: isFunction, location: location))
    }
    return .known("\(SwiftUnknown.prefix)\(index)")
  }
}
