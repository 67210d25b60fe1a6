import MartletIR
import Synchronization

/// One row of the table: an operation that combines the elements along axes.
///
/// A block of elements is read in one or two passes into lanes, whose states are folded to the
/// block's; the states of blocks are combined in the same way until one is left. The order is fixed
/// by the shape alone, so a result has the same bits on any number of threads.
package final class ReductionOperation: Sendable {
  /// One reading of a block.
  struct Pass: Sendable {
    /// A lane before its first element, given the type computed in.
    var identity: @Sendable (DType) -> [Scalar]
    /// A lane after one more element; `position` counts along the reduced axis, `earlier` is what
    /// the pass before left.
    var accumulate:
      @Sendable (
        _ state: [Expression], _ x: Expression, _ position: Expression, _ earlier: [Expression]
      ) -> [Expression]
    /// Two lanes as one; the left one's elements come first.
    var combine: @Sendable (_ left: [Expression], _ right: [Expression]) -> [Expression]
    /// What is left of a block of `count` elements, in the state that blocks combine.
    var result:
      @Sendable (_ state: [Expression], _ count: Expression, _ earlier: [Expression]) ->
        [Expression]
  }

  /// NumPy's name.
  package let name: String
  /// One line of documentation.
  package let summary: String
  /// The type it computes in for each type of element, and the type of the result.
  package let types: @Sendable (DType) -> (compute: DType, result: DType)?
  /// What it gives for no elements; none is an error then.
  package let identity: Identity
  /// How many units in the last place the result may be from the exact one, per addition in a
  /// chain; 0 for exact operations.
  package let tolerance: Double
  /// How the derivative goes through it.
  let gradient: ReductionGradient
  let passes: [Pass]
  /// The state of no blocks.
  let blockIdentity: @Sendable (DType) -> [Scalar]
  let combineBlocks: @Sendable (_ left: [Expression], _ right: [Expression]) -> [Expression]
  /// The result from the last state, how many elements there were, and the launch's parameter
  /// (`ddof`).
  let finish:
    @Sendable (_ state: [Expression], _ count: Expression, _ parameter: Expression) -> Expression
  let index: Int
  /// Whether what combining the elements raises is told, and what the kinds of it are called. The
  /// others compare, or are no single operation.
  let tells: Bool
  /// Whether results are positions of elements.
  let givesPositions: Bool

  private static let numbers = Atomic<Int>(0)

  init(
    _ name: String, identity: Identity, tolerance: Double, gradient: ReductionGradient,
    types: @escaping @Sendable (DType) -> (compute: DType, result: DType)?, passes: [Pass],
    blockIdentity: @escaping @Sendable (DType) -> [Scalar],
    combineBlocks: @escaping @Sendable ([Expression], [Expression]) -> [Expression],
    finish: @escaping @Sendable ([Expression], Expression, Expression) -> Expression,
    _ summary: String
  ) {
    self.name = name
    self.summary = summary
    self.types = types
    self.identity = identity
    self.tolerance = tolerance
    self.gradient = gradient
    self.passes = passes
    self.blockIdentity = blockIdentity
    self.combineBlocks = combineBlocks
    self.finish = finish
    tells = ["sum", "prod", "mean", "var", "std"].contains(name)
    givesPositions = name.hasPrefix("arg")
    index = Self.numbers.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  /// What it computes in for elements of a type, and the type of the result; nil where it has no
  /// loop.
  ///
  /// - Parameter given: The type to compute in, instead of the row's choice.
  package func types(of elements: DType, as given: DType?) -> (compute: DType, result: DType)? {
    guard let given else { return types(elements) }
    guard let own = types(given), passes.count == 1, own.result != .bool else {
      return types(given)
    }
    // Truth values have no sum; an explicit dtype is computed in as it is, but halves.
    if given == .bool { return nil }
    return (given.computeType == given ? given : own.compute, given)
  }

  /// Whether the result does not depend on the order of combining elements of a type.
  func isExact(_ compute: DType) -> Bool { tolerance == 0 || !compute.isInexact }

  /// A row whose lanes and blocks have one state and one way to combine.
  convenience init(
    _ name: String, identity: Identity, tolerance: Double, gradient: ReductionGradient,
    types: @escaping @Sendable (DType) -> (compute: DType, result: DType)?,
    start: @escaping @Sendable (DType) -> [Scalar],
    accumulate:
      @escaping @Sendable (_ state: [Expression], _ x: Expression, _ position: Expression) ->
      [Expression],
    combine: @escaping @Sendable (_ left: [Expression], _ right: [Expression]) -> [Expression],
    finish: @escaping @Sendable (_ state: [Expression], _ count: Expression) -> Expression = {
      state, _ in state[0]
    },
    _ summary: String
  ) {
    let pass = Pass(
      identity: start, accumulate: { state, x, position, _ in accumulate(state, x, position) },
      combine: combine, result: { state, _, _ in state })
    self.init(
      name, identity: identity, tolerance: tolerance, gradient: gradient, types: types,
      passes: [pass],
      blockIdentity: start, combineBlocks: combine,
      finish: { state, count, _ in finish(state, count) }, summary)
  }
}
