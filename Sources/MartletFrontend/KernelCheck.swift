import MartletIR

/// Checks a Swift kernel without the operations table, while the program is compiled: types, shapes
/// of shared memory, and what the language lacks.
public enum KernelCheck {
  /// - Throws: `.kernelSource` with what is wrong.
  public static func elementwise(
    _ program: SourceProgram, inputs: [DType]
  ) throws(MartletError) {
    do throws(MartletError) {
      let made = try KernelCompiler.elementwise(program, inputs: inputs, library: library)
      if let declared = program.functions[0].results, made.outputs != declared {
        throw .kernelSource(
          function: program.functions[0].name, location: program.functions[0].location,
          detail: "it gives \(names(made.outputs)), and \(names(declared)) is declared")
      }
    } catch {
      if !SwiftUnknown.ended(by: error) { throw error }
    }
  }

  /// - Throws: `.kernelSource` with what is wrong.
  public static func grid(
    _ program: SourceProgram, arguments: [ArgumentType]
  ) throws(MartletError) {
    do throws(MartletError) {
      var rules = KernelRules(target: .grid)
      rules.sharedBytes = 1024
      _ = try KernelCompiler.kernel(
        program, arguments: arguments, rules: rules, library: library)
    } catch {
      if !SwiftUnknown.ended(by: error) { throw error }
    }
  }

  private static func names(_ types: [DType]) -> String {
    types.map(SwiftTypes.name).joined(separator: ", ")
  }

  private static let toTruth: Set<String> = [
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "isnan", "isinf",
    "isfinite",
  ]

  /// Stands for the operations table: in Swift both operands and the result have one type.
  private static let library: ScalarLibrary = { name, types in
    guard let first = types.first, types.allSatisfy({ $0 == first }) else { return nil }
    let output = toTruth.contains(name) ? DType.bool : first
    return ScalarFunction(inputs: types, outputs: [output]) { [$0[0].cast(to: output)] }
  }
}
