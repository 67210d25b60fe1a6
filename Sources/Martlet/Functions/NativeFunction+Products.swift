import MartletIR

/// Products of vectors and matrices.
extension NativeFunction {
  static let products: [NativeFunction] = [
    product(
      "matmul",
      "(x1, x2, /, out=None, *, casting='same_kind', order='K', dtype=None, subok=True, "
        + "signature=None, axes=<no value>, axis=<no value>)", "The product of matrices."
    ) { a, b throws(MartletError) in try NDArray.matmul(a, b) },
    product("dot", "(a, b, out=None)", "The product of vectors or matrices.", isMethod: true) {
      a, b throws(MartletError) in try NDArray.dot(a, b)
    },
    product("inner", "(a, b, /)", "The products of rows.") { a, b throws(MartletError) in
      try NDArray.inner(a, b)
    },
    product("outer", "(a, b, out=None)", "The products of all pairs of elements.") {
      a, b throws(MartletError) in try NDArray.outer(a, b)
    },
    product("vdot", "(a, b, /)", "The product of vectors, the first conjugated.") {
      a, b throws(MartletError) in try NDArray.vdot(a, b)
    },
    product(
      "vecdot",
      "(x1, x2, /, out=None, *, casting='same_kind', order='K', dtype=None, subok=True, "
        + "signature=None, axes=<no value>, axis=<no value>)",
      "The products of vectors along the last axis, the first conjugated."
    ) { a, b throws(MartletError) in try NDArray.vecdot(a, b) },
  ]

  private static func product(
    _ name: String, _ signature: String, _ summary: String, isMethod: Bool = false,
    _ compute: @escaping @Sendable (NDArray, NDArray) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(name, signature, summary, .composed, isMethod: isMethod) {
      call throws(MartletError) in
      for place in 2..<max(call.function.parameters.count, 2)
      where place != call.function.outputPosition {
        try call.reject(place, "the argument '\(call.function.parameters[place].name)'")
      }
      return .result(try compute(call.array(0), call.array(1)))
    }
  }
}
