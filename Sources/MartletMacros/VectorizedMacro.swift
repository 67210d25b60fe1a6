import MartletIR
import SwiftSyntax
import SwiftSyntaxMacros

/// `@Vectorized`: the function for arrays beside the function for numbers.
public struct VectorizedMacro: PeerMacro {
  /// As it is written, since columns count in it.
  public static var formatMode: FormatMode { .disabled }

  public static func expansion(
    of node: AttributeSyntax, providingPeersOf declaration: some DeclSyntaxProtocol,
    in context: some MacroExpansionContext
  ) throws -> [DeclSyntax] {
    guard let expansion = Expansion(of: declaration, isGrid: false, in: context) else { return [] }
    let signature = expansion.signature
    let name = signature.name
    let storage = context.makeUniqueName(name).text
    let value = expansion.declarations(
      of: "VectorizedFunction", storage: storage,
      """
      inputs: \(expansion.dtypeList(signature.parameters.map(dtype))),
          outputs: \(expansion.dtypeList(signature.results))
      """)
    return value + signature.parameters.indices.map { overload(expansion, firstArray: $0) }
  }

  private static func dtype(_ parameter: Signature.Parameter) -> DType {
    if case .number(let dtype) = parameter.kind { return dtype }
    return .float64
  }

  /// The function whose first array is this argument: numbers come before, anything after it. So no
  /// call fits two of them, and none without an array fits any.
  private static func overload(_ expansion: Expansion, firstArray: Int) -> DeclSyntax {
    let signature = expansion.signature
    var parameters: [String] = []
    for (i, parameter) in signature.parameters.enumerated() {
      let names =
        parameter.label == parameter.name ? parameter.name : "\(parameter.label) \(parameter.name)"
      let type =
        i == firstArray
        ? "MartletKernels.NDArray"
        : "some MartletKernels.\(i < firstArray ? "VectorizedScalar" : "VectorizedArgument")"
      let standard =
        i == firstArray
        ? "" : parameter.standard.map { " = (\($0.trimmedDescription)) as \(parameter.type)" } ?? ""
      parameters.append("\(names): \(type)\(standard)")
    }
    let arguments = signature.parameters.map(\.name).joined(separator: ", ")
    let count = signature.results.count
    let result: String
    let body: String
    if count == 1 {
      result = "MartletKernels.NDArray"
      body = "$\(signature.name).trapping([\(arguments)])[0]"
    } else {
      let parts = signature.resultLabels.map { ($0.map { "\($0): " } ?? "") }
      result = "(" + parts.map { $0 + "MartletKernels.NDArray" }.joined(separator: ", ") + ")"
      body =
        "let martletResults = $\(signature.name).trapping([\(arguments)])\n  return ("
        + (0..<count).map { "martletResults[\($0)]" }.joined(separator: ", ") + ")"
    }
    return """
      \(raw: expansion.prefix)func \(raw: signature.name)(\(raw: parameters.joined(separator: ", "))) -> \(raw: result) {
        \(raw: body)
      }
      """
  }
}
