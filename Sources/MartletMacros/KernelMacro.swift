import SwiftSyntax
import SwiftSyntaxMacros

/// `@Kernel`: the launch of a grid beside the function that each of its threads runs.
public struct KernelMacro: PeerMacro {
  /// As it is written, since columns count in it.
  public static var formatMode: FormatMode { .disabled }

  public static func expansion(
    of node: AttributeSyntax, providingPeersOf declaration: some DeclSyntaxProtocol,
    in context: some MacroExpansionContext
  ) throws -> [DeclSyntax] {
    guard let expansion = Expansion(of: declaration, isGrid: true, in: context) else { return [] }
    let signature = expansion.signature
    let name = signature.name
    var parameters = ["_ martletLaunch: MartletKernels.GridLaunch"]
    var declared: [String] = []
    var given: [String] = []
    var native: [String] = []
    for (i, parameter) in signature.parameters.enumerated() {
      let names =
        parameter.label == parameter.name ? parameter.name : "\(parameter.label) \(parameter.name)"
      let label = parameter.label == "_" ? "" : "\(parameter.label): "
      switch parameter.kind {
      case .thread: native.append("\(label)martletThread")
      case .array(let dtype):
        let isWritten = expansion.written.contains(parameter.name)
        let type =
          isWritten ? "MartletKernels.\(parameter.type)" : "some MartletKernels.KernelArray"
        parameters.append("\(names): \(type)")
        let rank = expansion.ranks[parameter.name].map { "\($0)" } ?? "nil"
        declared.append(
          ".array(\"\(parameter.name)\", .\(dtype.name), rank: \(rank), isWritten: \(isWritten))")
        given.append(".array(\(parameter.name))")
        native.append("\(label)martletArguments.array(\(i - 1))")
      case .number(let dtype):
        let standard = parameter.standard.map { " = \($0.trimmedDescription)" } ?? ""
        parameters.append("\(names): \(parameter.type)\(standard)")
        declared.append(".number(\"\(parameter.name)\", .\(dtype.name))")
        given.append(".number(\(parameter.name))")
        native.append("\(label)\(parameter.name)")
      }
    }
    let value = expansion.declarations(
      of: "GridKernel", storage: context.makeUniqueName(name).text,
      "parameters: [\(declared.joined(separator: ", "))]")
    let launch: DeclSyntax = """
      \(raw: expansion.prefix)func \(raw: name)(\(raw: parameters.joined(separator: ", "))) throws(MartletKernels.MartletError) {
        try $\(raw: name).launch(martletLaunch, [\(raw: given.joined(separator: ", "))]) { martletThread, martletArguments in
          \(raw: name)(\(raw: native.joined(separator: ", ")))
        }
      }
      """
    return value + [launch]
  }
}
