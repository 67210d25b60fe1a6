import MartletFrontend
import MartletIR

/// Something outside of an annotated function that it uses.
public struct KernelReference: Sendable {
  enum Kind: Sendable {
    case value(@Sendable () throws(MartletError) -> Scalar)
    case function(@Sendable () -> VectorizedFunction)
  }
  let kind: Kind

  /// A number, read when the function is first used.
  public static func value<Number: ArrayElement>(
    _ value: @escaping @Sendable () -> Number
  ) -> KernelReference {
    KernelReference(
      kind: .value { () throws(MartletError) in try NDArray([value()], shape: []).item() })
  }

  /// Another function, by what `@Vectorized` declared beside it.
  public static func function(
    _ function: @escaping @Sendable () -> VectorizedFunction
  ) -> KernelReference {
    KernelReference(kind: .function(function))
  }
}

/// What a macro wrote down of a function.
struct KernelProgram: Sendable {
  let name: String
  /// The user's, for errors.
  let file: String
  let text: String
  let references: [KernelReference]

  /// The program with everything that it refers to.
  ///
  /// - Throws: what reading a captured number throws.
  func linked() throws(MartletError) -> SourceProgram {
    var functions: [SourceFunction] = []
    var numbers: [ObjectIdentifier: Int] = [:]
    try add(to: &functions, &numbers)
    return SourceProgram(dialect: .swift, functions: functions)
  }

  private func add(
    to functions: inout [SourceFunction], _ numbers: inout [ObjectIdentifier: Int]
  ) throws(MartletError) {
    let own = functions.count
    let program = try SourceReader.program(text)
    functions += program.functions
    var meanings: [String: SourceExpression.Kind] = [:]
    for (i, reference) in references.enumerated() {
      let name = "\(SwiftUnknown.prefix)\(i)"
      switch reference.kind {
      case .value(let read): meanings[name] = .scalar(try read())
      case .function(let function):
        let called = function()
        if let known = numbers[ObjectIdentifier(called)] {
          meanings[name] = .function(known)
        } else {
          numbers[ObjectIdentifier(called)] = functions.count
          meanings[name] = .function(functions.count)
          try called.program.add(to: &functions, &numbers)
        }
      }
    }
    functions[own] = functions[own].replacingKnown { meanings[$0] }
  }

  /// An error of the front end with the user's file in it.
  func located(_ error: MartletError) -> MartletError {
    guard case .kernelSource(let function, let location, let detail) = error else { return error }
    return .kernelSource(function: "\(function)' of '\(file)", location: location, detail: detail)
  }
}
