import MartletFrontend
import MartletIR

/// One row of the table of functions: a function of NumPy's that is no ufunc, with everything that
/// the doors derive from it.
///
/// The Python function with its `out=`, the function of `Fallback.numpy` and the errors' texts come
/// from here. What a Swift program calls is a method of its own, which the body calls too.
package final class NativeFunction: Sendable {
  typealias Body = @Sendable (FunctionCall) throws(MartletError) -> FunctionResult
  /// Makes the layout of the first argument's elements into the view's.
  typealias ViewBody = @Sendable (FunctionCall, inout Layout) throws(MartletError) -> Void

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
  /// Whether the view that it gives may not be written to.
  package let isReadOnly: Bool
  private let kind: Kind

  private enum Kind: Sendable {
    case values(Body)
    case view(ViewBody)
  }

  package enum Derivative: Sendable {
    /// The body is made of operations that have theirs.
    case composed
    /// What the body calls has a rule of its own, in `Autograd`.
    case rule
    /// The results are whole numbers or truth values, for this reason: parts of a program that is
    /// differentiated that are constant.
    case constant(StaticString)
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
    /// The same with its elements in C order, which NumPy insists on.
    case contiguous
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
    isReadOnly = false
    mayGiveWhole = false
    mayGiveNumber = false
    kind = .values(body)
  }

  /// A function that gives a view of its first argument. The doors need no value of the array for it.
  static func view(
    _ path: String, _ signature: String, _ summary: String, isReadOnly: Bool = false,
    isMethod: Bool = false, body: @escaping ViewBody
  ) -> NativeFunction {
    NativeFunction(path, signature, summary, isReadOnly: isReadOnly, isMethod: isMethod, body)
  }

  private init(
    _ path: String, _ signature: String, _ summary: String, isReadOnly: Bool, isMethod: Bool,
    _ body: @escaping ViewBody
  ) {
    self.path = path
    self.signature = signature
    self.summary = summary
    derivative = .composed
    places = .everywhere
    output = .exact
    self.isMethod = isMethod
    isUFunc = false
    parameters = FunctionParameter.list(signature)
    outputPosition = nil
    self.isReadOnly = isReadOnly
    mayGiveWhole = path == "squeeze"
    mayGiveNumber = path == "flip"
    kind = .view(body)
  }

  /// The name as messages have it: without the module.
  package var name: String { path.split(separator: ".").last.map(String.init) ?? path }

  /// What the function gives for these arguments. The door writes it to `out=`.
  ///
  /// - Throws: `.unsupported` where the arguments are NumPy's matter, and what the function throws.
  package func callAsFunction(
    _ arguments: any FunctionArguments
  ) throws(MartletError) -> FunctionResult {
    let call = FunctionCall(self, arguments)
    switch kind {
    case .values(let body):
      if !Trace.isUsed { return try body(call) }
      do throws(MartletError) { return try body(call) } catch {
        // NumPy would compute it without a derivative.
        guard case .unsupported(_, let reason) = error,
          let device = HostArguments.deviceOfTraced(arguments, parameters.count)
        else { throw error }
        return try Fallback.onHost(insteadOf: device, path, reason: reason) {
          () throws(MartletError) in
          let result = try body(FunctionCall(self, HostArguments(base: arguments)))
          guard let moved = try result.moved(to: device) else { throw error }
          return moved
        }
      }
    case .view(let body):
      let array = try call.array(0)
      var layout = array.layout
      try body(call, &layout)
      return .view(of: 0, array.view(layout))
    }
  }

  /// Writes the layout of the view that a call gives; of functions that give one (`isView`).
  ///
  /// Arguments are read after the source's layout: whoever asks compares it afterwards.
  package func look(
    at source: UnsafePointer<Layout>, into target: UnsafeMutablePointer<Layout>,
    _ arguments: any FunctionArguments
  ) throws(MartletError) {
    guard case .view(let body) = kind else {
      throw .internalError(operation: path, detail: "it gives no view")
    }
    target.pointee = source.pointee
    try body(FunctionCall(self, arguments), &target.pointee)
  }

  /// Whether NumPy gives the very array where the view would have all of its axes.
  package let mayGiveWhole: Bool
  /// Whether NumPy gives a number for an array without axes.
  package let mayGiveNumber: Bool

  package var isView: Bool {
    if case .view = kind { return true }
    return false
  }
}

extension NativeFunction {
  /// All of them, family by family.
  package static let all: [NativeFunction] =
    ufuncs + elements + comparing + reductions + facts + creation + diagonals + ranges + views
    + shapes + padding
    + joining + choosing + placing + applying + grids + polynomials + sorting + positions
    + products + transforms + analysis + linearAlgebra + files + textFiles

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
