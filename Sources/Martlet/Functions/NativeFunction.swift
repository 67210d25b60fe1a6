import MartletFrontend
import MartletIR

/// One row of the table of functions: a function of NumPy's that is no ufunc, with everything that
/// the doors derive from it.
///
/// The Python function with its `out=`, the function of `Fallback.numpy` and the errors' texts come
/// from here. What a Swift program calls is a method of its own, which the body calls too.
package struct NativeFunction: Sendable {
  package typealias Body = @Sendable (FunctionCall) throws(MartletError) -> FunctionResult

  /// Where NumPy has it: `median`, `linalg.solve`, or `ndarray.sort` for a method.
  package let path: String
  /// As NumPy writes it, such as `(a, axis=None, *, keepdims=<no value>)`; a method's begins with
  /// the array.
  package let signature: String
  /// One line of documentation.
  package let summary: String
  package let derivative: Derivative
  /// Where its arrays may live.
  package let places: Places
  /// What an array given as `out=` must be.
  package let output: OutputRule
  /// Whether arrays have it as a method with the same signature.
  package let isMethod: Bool
  /// Whether it is a ufunc, which Python has an object of its own kind for.
  package let isUFunc: Bool
  let parameters: [FunctionParameter]
  /// Which argument the result is written to; nil where none is.
  package let outputPosition: Int?
  private let compute: Body

  package enum Derivative: Sendable {
    /// The body is made of operations that have theirs.
    case composed
    /// There is none, for this reason.
    case nonDifferentiable(StaticString)
  }

  package enum Places: Sendable {
    /// Wherever its arrays are: the body is made of operations that run there.
    case everywhere
    /// In the host's memory alone.
    case host
  }

  package enum OutputRule: Sendable {
    /// Of the result's own type and shape; what NumPy makes of others is left to it.
    case exact
    /// Of the result's shape, and a type that it converts to within its kind.
    case sameKind
  }

  init(
    _ path: String, _ signature: String, _ summary: String, _ derivative: Derivative,
    places: Places = .everywhere, output: OutputRule = .exact, isMethod: Bool = false,
    isUFunc: Bool = false, body: @escaping Body
  ) {
    self.path = path
    self.signature = signature
    self.summary = summary
    self.derivative = derivative
    self.places = places
    self.output = output
    self.isMethod = isMethod
    self.isUFunc = isUFunc
    parameters = FunctionParameter.list(signature)
    outputPosition = parameters.firstIndex { $0.name == "out" }
    compute = body
  }

  /// The name as messages have it: without the module.
  package var name: String { path.split(separator: ".").last.map(String.init) ?? path }

  /// What the function gives for these arguments. The door writes it to `out=`.
  ///
  /// - Throws: `.unsupported` where the arguments are NumPy's matter, and what the function throws.
  package func callAsFunction(
    _ arguments: any FunctionArguments
  ) throws(MartletError) -> FunctionResult {
    try compute(FunctionCall(self, arguments))
  }
}

extension NativeFunction {
  /// All of them, family by family.
  package static let all: [NativeFunction] =
    ufuncs + elements + reductions + creation + shapes + joining + choosing + products

  package static func named(_ path: String) -> NativeFunction? { byPath[path] }

  /// The row of an array's method.
  package static func method(_ name: String) -> NativeFunction? {
    if let own = byPath["ndarray.\(name)"] { return own }
    return byPath[name].flatMap { $0.isMethod ? $0 : nil }
  }

  private static let byPath: [String: NativeFunction] = {
    var functions = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })
    for (alias, path) in aliases { functions[alias] = functions[path] }
    return functions
  }()

  /// NumPy's other names for the same function.
  package static let aliases = [
    "amax": "max", "amin": "min", "concat": "concatenate",
  ].merging(OperationTable.aliases) { own, _ in own }
}
