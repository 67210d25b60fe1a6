import MartletIR

/// Products of vectors and matrices.
extension NativeFunction {
  static let products: [NativeFunction] = [
    sums(
      "einsum", "(*operands, out=None, optimize=False, dtype=None, order='K', casting='safe')",
      "Sums of products, as subscripts say."),
    sums(
      "einsum_path", "(*operands, optimize='greedy', einsum_call=False)",
      "The order in which operands of einsum meet, and a text about its cost."),
    product(
      "matmul",
      "(x1, x2, /, out=None, *, casting='same_kind', order='K', dtype=None, subok=True, "
        + "signature=None, axes=<no value>, axis=<no value>)", "The product of matrices."
    ) { a, b throws(MartletError) in try a.matmul(b) },
    product(
      "dot", "(a, b, out=None)", "The product of vectors or matrices.", output: .contiguous,
      isMethod: true
    ) {
      a, b throws(MartletError) in try a.dot(b)
    },
    product("inner", "(a, b, /)", "The products of rows.") { a, b throws(MartletError) in
      try a.inner(b)
    },
    product("outer", "(a, b, out=None)", "The products of all pairs of elements.") {
      a, b throws(MartletError) in try a.outer(b)
    },
    product("vdot", "(a, b, /)", "The product of vectors, the first conjugated.") {
      a, b throws(MartletError) in try a.vdot(b)
    },
    product(
      "vecdot",
      "(x1, x2, /, out=None, *, casting='same_kind', order='K', dtype=None, subok=True, "
        + "signature=None, axes=<no value>, axis=<no value>, **kwargs)",
      "The products of vectors along the last axis, the first conjugated."
    ) { a, b throws(MartletError) in try a.vecdot(b) },
    product("matvec", gufunc, "The products of matrices and vectors.") {
      a, b throws(MartletError) in try a.matvec(b)
    },
    product("vecmat", gufunc, "The products of vectors, conjugated, and matrices.") {
      a, b throws(MartletError) in try a.vecmat(b)
    },
    tensorDot("tensordot", "(a, b, axes=2)"),
    tensorDot("linalg.tensordot", "(x1, x2, /, *, axes=2)"),
    product("kron", "(a, b)", "Each element of one times the whole other.") {
      a, b throws(MartletError) in try a.kron(b)
    },
    NativeFunction(
      "cross", "(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None)", "Cross products.", .composed
    ) { call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      guard a.rank > 0, b.rank > 0 else { throw call.notNative("no axis at all") }
      var axes = (
        try call.int(2, default: -1), try call.int(3, default: -1), try call.int(4, default: -1)
      )
      if let axis = try call.optionalInt(5) { axes = (axis, axis, axis) }
      let first = try call.normalised(axes.0, rank: a.rank)
      let second = try call.normalised(axes.1, rank: b.rank)
      guard a.shape[first] == 3, b.shape[second] == 3, a.dtype != .bool || b.dtype != .bool else {
        throw call.notNative("vectors of other than three elements")
      }
      return .array(try a.cross(b, axes: (first, second), result: axes.2))
    },
  ]

  /// Subscripts among the operands are read where they are given: by the Python door, and as
  /// `NDArray.einsum` in Swift.
  private static func sums(
    _ name: String, _ signature: String, _ summary: String
  ) -> NativeFunction {
    NativeFunction(name, signature, summary, .composed) { call throws(MartletError) in
      throw call.notNative("subscripts among the operands")
    }
  }

  private static func tensorDot(_ path: String, _ signature: String) -> NativeFunction {
    NativeFunction(path, signature, "The sums of products over axes of both.", .composed) {
      call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      let axes: [[Int]]
      switch call.kind(2) {
      case .missing, .integer, .truth:
        let count = try call.int(2, default: 2)
        guard count >= 0, count <= a.rank, count <= b.rank else {
          throw call.notNative("more axes than the arrays have")
        }
        axes = [Array((a.rank - count)..<a.rank), Array(0..<count)]
      case .sequence, .array: axes = try call.intLists(2)
      default: throw call.notNative("axes of another form than two sequences")
      }
      guard axes.count == 2 else {
        throw call.notNative("axes of another form than two sequences")
      }
      return .array(
        try call.run(elements: max(a.count, b.count) * 16) { () throws(MartletError) in
          try a.tensorDot(b, axes: axes[0], axes[1])
        })
    }
  }

  private static let gufunc =
    "(x1, x2, /, out=None, *, casting='same_kind', order='K', dtype=None, subok=True, "
    + "signature=None, axes=<no value>, axis=<no value>, **kwargs)"

  private static func product(
    _ name: String, _ signature: String, _ summary: String,
    output: OutputRule = .exact, isMethod: Bool = false,
    _ compute: @escaping @Sendable (NDArray, NDArray) throws(MartletError) -> NDArray
  ) -> NativeFunction {
    NativeFunction(
      name, signature, summary, .composed, output: output, isMethod: isMethod
    ) { call throws(MartletError) in
      for place in 2..<max(call.function.parameters.count, 2)
      where place != call.function.outputPosition {
        try call.reject(place, "the argument '\(call.function.parameters[place].name)'")
      }
      let (a, b) = (try call.array(0), try call.array(1))
      // Counts are at most 2⁴⁸, so this does not overflow.
      return .result(
        try call.run(elements: max(a.count, b.count) * 16) { () throws(MartletError) in
          try compute(a, b)
        })
    }
  }
}
