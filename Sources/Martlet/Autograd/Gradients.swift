import MartletIR

/// Arrays in a structure: what a derivative can be asked of, and comes back as.
///
/// Arrays are trees, and so are Swift's arrays and dictionaries of trees. A structure of your own
/// lists its arrays:
///
///     struct Layer: ArrayTree {
///       var weights: NDArray
///       var bias: NDArray
///       var leaves: [NDArray] { [weights, bias] }
///       func replacing(_ leaves: inout ArraySlice<NDArray>) -> Layer {
///         Layer(weights: leaves.removeFirst(), bias: leaves.removeFirst())
///       }
///     }
public protocol ArrayTree {
  /// The arrays, in an order that is always the same.
  var leaves: [NDArray] { get }
  /// The same structure with other arrays, which are taken from the front of `leaves`.
  func replacing(_ leaves: inout ArraySlice<NDArray>) -> Self
}

extension NDArray: ArrayTree {
  public var leaves: [NDArray] { [self] }
  public func replacing(_ leaves: inout ArraySlice<NDArray>) -> NDArray { leaves.removeFirst() }
}

extension Array: ArrayTree where Element: ArrayTree {
  public var leaves: [NDArray] { flatMap(\.leaves) }
  public func replacing(_ leaves: inout ArraySlice<NDArray>) -> [Element] {
    map { $0.replacing(&leaves) }
  }
}

extension Dictionary: ArrayTree where Key: Comparable, Value: ArrayTree {
  public var leaves: [NDArray] { keys.sorted().flatMap { self[$0]?.leaves ?? [] } }
  public func replacing(_ leaves: inout ArraySlice<NDArray>) -> [Key: Value] {
    var result = self
    for key in keys.sorted() { result[key] = self[key]?.replacing(&leaves) }
    return result
  }
}

extension ArrayTree {
  /// The same structure with what `change` makes of each array.
  public func mapArrays<Failure: Error>(
    _ change: (NDArray) throws(Failure) -> NDArray
  ) throws(Failure) -> Self {
    var made: [NDArray] = []
    for leaf in leaves { made.append(try change(leaf)) }
    var rest = made[...]
    return replacing(&rest)
  }

  /// The same structure with what `join` makes of each array and its counterpart in another one:
  /// a step of training is `weights.mapArrays(with: slope) { $0 - rate * $1 }`.
  ///
  /// Structures with different numbers of arrays stop the program.
  public func mapArrays<Failure: Error>(
    with other: Self, _ join: (NDArray, NDArray) throws(Failure) -> NDArray
  ) throws(Failure) -> Self {
    let (own, others) = (leaves, other.leaves)
    guard own.count == others.count else {
      fatalError("a structure of \(own.count) arrays is joined with one of \(others.count)")
    }
    var made: [NDArray] = []
    for (a, b) in zip(own, others) { made.append(try join(a, b)) }
    var rest = made[...]
    return replacing(&rest)
  }
}

/// One function that was run under a trace.
private struct Traced<Input: ArrayTree> {
  let trace: Trace
  let input: Input
  let leaves: [NDArray]
  let result: NDArray

  init(
    _ input: Input, _ f: (Input) throws -> NDArray
  ) throws {
    self.input = input
    let trace = Trace()
    self.trace = trace
    defer { trace.close() }
    var leaves: [NDArray] = []
    for leaf in input.leaves {
      leaves.append(
        NDArray(storage: try leaf.input(of: trace), layout: leaf.layout, dtype: leaf.dtype))
    }
    self.leaves = leaves
    var rest = leaves[...]
    result = try f(input.replacing(&rest))
    guard result.dtype.isInexact else {
      throw MartletError.noDerivative(
        operation: "grad", reason: "the function's result is an array of \(result.dtype)")
    }
  }

  var value: NDArray { result.isTraced ? result : result.untraced }

  /// The cotangents of the input's arrays from that of the result.
  func pull(_ cotangent: NDArray) throws(MartletError) -> Input {
    guard cotangent.shape == result.shape else {
      throw .shapeMismatch(
        operation: "vjp",
        detail: "the cotangent has shape \(cotangent.shape), the result \(result.shape)")
    }
    var backward = Backward(trace)
    try backward.seed(result, cotangent)
    try backward.run()
    var found: [NDArray] = []
    for leaf in leaves {
      found.append(try backward.cotangent(of: leaf.storage, leaf.layout, leaf.dtype))
    }
    var rest = found[...]
    return input.replacing(&rest)
  }

  /// The gradient of the sum of the result's elements; of a complex argument x + iy that is
  /// d/dx - i d/dy.
  func gradient() throws(MartletError) -> Input {
    let pulled = try pull(NDArray.ones(result.shape, result.dtype))
    guard leaves.contains(where: { $0.dtype.isComplex }) else { return pulled }
    var conjugates: [NDArray] = []
    for leaf in pulled.leaves { conjugates.append(try leaf.conjugate()) }
    var rest = conjugates[...]
    return input.replacing(&rest)
  }
}

/// The function that gives the gradient of `f`.
///
///     let slope = grad { x in 5 * x * x + 3 * x - 2 }
///     try slope(4)   // 43
///
/// A result that is no single number counts as the sum of its elements. What does not matter for it
/// has a gradient of zeros. Writes in place are differentiated as they stand. The same as `grad` of
/// HIPS autograd and JAX; the conventions at kinks are in `docs/gradients.md`.
///
/// - Throws: `MartletError.noDerivative` for what has none, and what `f` throws.
public func grad<Input: ArrayTree>(
  _ f: @escaping (Input) throws -> NDArray
) -> (Input) throws -> Input {
  { (input: Input) throws in try Traced(input, f).gradient() }
}

/// The same for a function of one array, whose type the compiler then knows.
public func grad(
  _ f: @escaping (NDArray) throws -> NDArray
) -> (NDArray) throws -> NDArray {
  { (input: NDArray) throws in try Traced(input, f).gradient() }
}

/// The gradients by both arguments.
public func grad<First: ArrayTree, Second: ArrayTree>(
  _ f: @escaping (First, Second) throws -> NDArray
) -> (First, Second) throws -> (First, Second) {
  { (first: First, second: Second) throws in
    let pair = try Traced(BothArguments(first: first, second: second)) {
      (pair) throws in
      try f(pair.first, pair.second)
    }.gradient()
    return (pair.first, pair.second)
  }
}

/// The function that gives the result of `f` and its gradient.
///
/// - Throws: As `grad`.
public func valueAndGrad<Input: ArrayTree>(
  _ f: @escaping (Input) throws -> NDArray
) -> (Input) throws -> (value: NDArray, gradient: Input) {
  { (input: Input) throws in
    let traced = try Traced(input, f)
    return (traced.value, try traced.gradient())
  }
}

/// The result of `f`, and the function from a cotangent of it to the argument's, which may be called
/// many times.
///
/// For a complex number the cotangent is the derivative by its real part, and as the imaginary part
/// that by its imaginary part.
///
/// - Throws: `.noDerivative`, and what `f` throws; the pullback `.shapeMismatch` for a cotangent of
///   another shape than the result's.
public func vjp<Input: ArrayTree>(
  _ input: Input, _ f: (Input) throws -> NDArray
) throws -> (
  value: NDArray, pullback: (NDArray) throws(MartletError) -> Input
) {
  let traced = try Traced(input, f)
  return (
    traced.value,
    { (cotangent: NDArray) throws(MartletError) in try traced.pull(cotangent) }
  )
}

/// The result of `f`, and how it changes where the argument changes by `tangent`.
///
/// The pullback is linear in the cotangent; the tangent is what is pulled back through it.
///
/// - Throws: `.noDerivative`, `.shapeMismatch` for a tangent of another shape, and what `f` throws.
public func jvp<Input: ArrayTree>(
  _ input: Input, _ tangent: Input, _ f: (Input) throws -> NDArray
) throws -> (value: NDArray, tangent: NDArray) {
  let traced = try Traced(input, f)
  let seed = try NDArray.zeros(traced.result.shape, traced.result.dtype)
  let trace = Trace()
  let input = NDArray(
    storage: try seed.input(of: trace), layout: seed.layout, dtype: seed.dtype)
  let pulled = try traced.pull(input).leaves
  trace.close()
  var backward = Backward(trace)
  for (leaf, wanted) in zip(pulled, tangent.leaves) {
    guard leaf.shape == wanted.shape else {
      throw MartletError.shapeMismatch(
        operation: "jvp",
        detail: "the tangent has shape \(wanted.shape), the argument \(leaf.shape)")
    }
    try backward.seed(leaf, wanted)
  }
  try backward.run()
  return (
    traced.value, try backward.cotangent(of: input.storage, input.layout, input.dtype)
  )
}

/// The derivatives of all elements of the result by all of the argument: an array of the shape of
/// the result followed by the argument's.
///
/// - Throws: As `grad`.
public func jacobian(
  _ f: @escaping (NDArray) throws -> NDArray
) -> (NDArray) throws -> NDArray {
  { (input: NDArray) throws in
    let traced = try Traced(input, f)
    let (result, count) = (traced.result, traced.result.count)
    let shape = result.shape + input.shape
    if count == 0 { return try NDArray.zeros(shape, input.dtype) }
    var rows: [NDArray] = []
    for i in 0..<count {
      var seed = try NDArray.zeros([count], result.dtype)
      try seed.assign(
        seed.layout.sliced(axis: 0, start: i, count: 1, step: 1),
        .scalar(Scalar(Int64(1), result.dtype)))
      rows.append(try traced.pull(seed.reshaped(Array(result.shape))).conjugate())
    }
    return try NDArray.stack(rows).reshaped(Array(shape))
  }
}

/// All second derivatives of a number: an array of the argument's shape twice.
///
/// - Throws: As `grad`.
public func hessian(
  _ f: @escaping (NDArray) throws -> NDArray
) -> (NDArray) throws -> NDArray {
  jacobian(grad(f))
}

/// The same elements as a constant: nothing is differentiated through it.
public func stopGradient(_ x: NDArray) -> NDArray { x.untraced }

/// The function `f` without what it keeps for the gradient: it runs again for that. A loop of n
/// steps, in checkpoints of √n steps each, keeps √n of its states.
public func checkpoint<Input: ArrayTree & Sendable>(
  _ f: @escaping @Sendable (Input) throws -> NDArray
) -> (Input) throws -> NDArray {
  { (input: Input) throws in
    let leaves = input.leaves
    guard leaves.contains(where: \.isTraced) else { return try f(input) }
    var rest = leaves.map(\.untraced)[...]
    let value = try f(input.replacing(&rest))
    return Recording.note(
      try value.copy(), "checkpoint", leaves.map { $0.source() },
      kept: leaves.map { .array($0) }, keepsResult: false
    ) { (_, cotangent, kept) throws(MartletError) in
      var arrays: [NDArray] = []
      for operand in kept { arrays.append(try operand.asArray()) }
      var again = arrays[...]
      do {
        return try Traced(input.replacing(&again), f).pull(cotangent).leaves
      } catch let error as MartletError {
        throw error
      } catch {
        throw .noDerivative(operation: "checkpoint", reason: "the function failed: \(error)")
      }
    }
  }
}

/// Two arguments as one.
private struct BothArguments<First: ArrayTree, Second: ArrayTree>: ArrayTree {
  var first: First
  var second: Second

  var leaves: [NDArray] { first.leaves + second.leaves }
  func replacing(_ leaves: inout ArraySlice<NDArray>) -> BothArguments {
    BothArguments(first: first.replacing(&leaves), second: second.replacing(&leaves))
  }
}
