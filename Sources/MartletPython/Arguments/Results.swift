import CPythonABI
import Martlet
import MartletIR

/// Where a function's result goes: to a new object, or into `out=`.
enum Results {
  /// The result itself, or `out` filled with it, which must have its shape and dtype; what NumPy
  /// makes of other outputs is left to it.
  static func give(_ result: NDArray, to out: Ref?) throws(PythonError) -> Ref {
    guard let out else { return try pythonResult(result) }
    try checkOutput(out, result.shape, result.dtype)
    try UFuncCall.store(result, "output", .sameKind, mask: nil, into: out)
    return retained(out)
  }

  /// Before the work is done: whether `out` can take a result as it is.
  static func checkOutput(_ out: Ref, _ shape: Shape, _ dtype: DType) throws(PythonError) {
    guard ArrayObject.check(out) else { throw .notNative("the output is not a Martlet array") }
    let state = ArrayObject.state(out)
    guard state.pointee.dtype == dtype, state.pointee.layout.shape == shape else {
      throw .notNative("an output of another shape or dtype than the result")
    }
  }

  /// A tuple of new arrays.
  static func tuple(_ arrays: [NDArray]) throws(PythonError) -> Ref {
    var objects: [Ref] = []
    for array in arrays { objects.append(try ArrayObject.make(array)) }
    return try pythonTuple(owning: objects)
  }
}
