import MartletFrontend
import MartletIR
import Synchronization

/// A function of numbers for arrays: what `@Vectorized` declares as `$name`.
///
/// It is a row of the operations table that is made when it is first used: it fuses with other work,
/// runs where its arrays live, and has the methods of ufuncs.
public final class VectorizedFunction: Sendable {
  let program: KernelProgram
  /// The types of the parameters and the results.
  public let inputs: [DType]
  /// The dtypes of the results.
  public let outputs: [DType]
  private let row = Mutex<ElementwiseOperation?>(nil)

  /// For the expansion of `@Vectorized`.
  public init(
    name: String, file: String, program: String, inputs: [DType], outputs: [DType],
    references: [KernelReference]
  ) {
    self.program = KernelProgram(name: name, file: file, text: program, references: references)
    self.inputs = inputs
    self.outputs = outputs
  }

  /// What errors call it.
  public var name: String { program.name }

  /// The row of the operations table.
  ///
  /// - Throws: `.kernelSource` where a function that this one calls doesn't fit it.
  public var operation: ElementwiseOperation {
    get throws(MartletError) {
      if let known = row.withLock({ $0 }) { return known }
      let made: ElementwiseOperation
      do throws(MartletError) {
        // Not under the lock: a number that is captured may be computed by this very function.
        made = try .written(
          program.linked(), name: name, summary: "A function in Swift.",
          loops: [(inputs: inputs, output: outputs.count == 1 ? outputs[0] : nil)],
          identity: .none)
      } catch {
        throw program.located(error)
      }
      // Whoever comes first decides, so that all see one row.
      return row.withLock { row in
        row = row ?? made
        return row ?? made
      }
    }
  }

  // MARK: Calls

  /// The function for each element, of arrays and numbers in the order of the parameters.
  ///
  /// - Throws: `.invalidArgument` for another number of arguments or a function of several results;
  ///   `.noLoop` for arrays whose type does not cast safely, `.broadcast`, `.outOfMemory`.
  public func callAsFunction(
    _ arguments: any VectorizedArgument...
  ) throws(MartletError) -> NDArray {
    guard outputs.count == 1 else {
      throw .invalidArgument(
        operation: name, detail: "it gives \(outputs.count) arrays: use results(…)")
    }
    return try apply(arguments)[0]
  }

  /// The same for a function that gives a tuple.
  public func results(_ arguments: any VectorizedArgument...) throws(MartletError) -> [NDArray] {
    try apply(arguments)
  }

  /// For the expansion of `@Vectorized`: an error ends the program, as with operators.
  public func trapping(_ arguments: [any VectorizedArgument]) -> [NDArray] {
    do throws(MartletError) { return try apply(arguments) } catch {
      fatalError("\(error)")
    }
  }

  private func apply(_ arguments: [any VectorizedArgument]) throws(MartletError) -> [NDArray] {
    guard arguments.count == inputs.count else {
      throw .invalidArgument(
        operation: name, detail: "it takes \(inputs.count) arguments, not \(arguments.count)")
    }
    return try Elementwise.apply(
      operation, zip(arguments, inputs).map { Self.typed($0.vectorizedOperand.operand, $1) })
  }

  /// A literal in the parameter's type, where it has a place there; else it is an error later.
  private static func typed(_ operand: Operand, _ type: DType) -> Operand {
    guard case .weak(let kind, let number) = operand,
      Promotion.resolve(kind, beside: type) == type
    else { return operand }
    let own = number.converted(to: type)
    if kind == .integer, type.isInteger, own.converted(to: number.dtype) != number {
      return operand
    }
    return .scalar(own)
  }

  // MARK: Methods of ufuncs, for functions of two numbers and one result

  /// Combines the elements along axes; see `ElementwiseOperation.reduce`.
  public func reduce(
    _ array: NDArray, axes: [Int]? = [0], keepDimensions: Bool = false,
    initial: (any ArrayScalar)? = nil, where mask: NDArray? = nil
  ) throws(MartletError) -> NDArray {
    try operation.reduce(
      array, axes: axes, keepDimensions: keepDimensions, initial: initial, where: mask)
  }

  /// Combines each element along an axis with all before it.
  public func accumulate(_ array: NDArray, axis: Int = 0) throws(MartletError) -> NDArray {
    try operation.accumulate(array, axis: axis)
  }

  /// Combines the elements of slices that begin at these places.
  public func reduceAt(
    _ array: NDArray, _ starts: [Int], axis: Int = 0
  ) throws(MartletError) -> NDArray {
    try operation.reduceAt(array, starts, axis: axis)
  }

  /// The function for each pair of an element of `a` and one of `b`.
  public func outer(_ a: NDArray, _ b: NDArray) throws(MartletError) -> NDArray {
    try operation.outer(a, b)
  }

  /// Replaces each element that the indices select by the result on it, for a function of two numbers
  /// with `value` as the second.
  public func apply(
    to array: inout NDArray, at indices: any ArrayIndex..., with value: NDArray? = nil
  ) throws(MartletError) {
    try operation.apply(to: &array, at: indices.map(\.axisIndex), value)
  }
}
