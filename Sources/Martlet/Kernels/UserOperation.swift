import MartletFrontend
import MartletIR

extension ElementwiseOperation {
  /// A row that a user wrote: a function of numbers in the language of kernels, compiled for each
  /// of its loops. It fuses, and runs on devices, as any other row does.
  ///
  /// - Parameters:
  ///   - loops: the types of the inputs, and of the result where it is declared; else it is what the
  ///     function gives.
  /// - Throws: `.kernelSource` for a function that is no kernel.
  package static func written(
    _ program: SourceProgram, name: String, summary: String,
    loops: [(inputs: [DType], output: DType?)], identity: Identity
  ) throws(MartletError) -> ElementwiseOperation {
    var functions: [[DType]: KernelCompiler.Elementwise] = [:]
    var typed: [TypedLoop] = []
    for (inputs, output) in loops where functions[inputs] == nil {
      guard !inputs.isEmpty else {
        throw .kernelSource(
          function: name, location: program.functions[0].location,
          detail: "a function for every element takes at least one number")
      }
      let function = try KernelCompiler.elementwise(
        program, inputs: inputs, output: output, library: ScalarFunctions.library)
      functions[inputs] = function
      typed.append(TypedLoop(inputs, function.outputs))
    }
    guard let first = typed.first else {
      throw .invalidArgument(operation: name, detail: "it needs at least one loop")
    }
    guard typed.allSatisfy({ $0.inputs.count == first.inputs.count }) else {
      throw .invalidArgument(operation: name, detail: "its loops take different numbers of inputs")
    }
    let known = functions
    return ElementwiseOperation(
      name: name, summary: summary, loops: typed, identity: identity, domain: .all, tolerance: 0,
      poles: .none, selection: .literalsAnyNumber, integerEvents: .none,
      gradient: .composed
    ) { inputs in
      guard let function = known[inputs.map(\.dtype)] else {
        fatalError("'\(name)' has no loop for \(inputs.map(\.dtype))")
      }
      return KernelCompiler.write(function, inputs, library: ScalarFunctions.library)
    }
  }
}
