import SwiftCompilerPlugin
import SwiftSyntaxMacros

@main
struct MartletMacrosPlugin: CompilerPlugin {
  let providingMacros: [any Macro.Type] = [VectorizedMacro.self, KernelMacro.self]
}
