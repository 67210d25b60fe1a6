import MartletIR

/// Functions that give the same elements by another layout.
extension NativeFunction {
  static let views: [NativeFunction] = [
    transpose("transpose"), transpose("permute_dims"),
    view("matrix_transpose", "(x, /)", "The last two axes exchanged.") {
      _, x throws(MartletError) in try transposeMatrices(&x)
    },
    view("linalg.matrix_transpose", "(x, /)", "The last two axes exchanged.") {
      _, x throws(MartletError) in try transposeMatrices(&x)
    },
    view("swapaxes", "(a, axis1, axis2)", "Two axes exchanged.", isMethod: true) {
      call, a throws(MartletError) in try a.swap(call.int(1), call.int(2))
    },
    view("moveaxis", "(a, source, destination)", "Axes at other places, the rest in order.") {
      call, a throws(MartletError) in
      let (source, destination) = (try call.ints(1) ?? [], try call.ints(2) ?? [])
      for axis in source + destination where axis < -a.rank || axis >= a.rank {
        throw call.notNative("an axis out of bounds, whose argument NumPy names")
      }
      a = try a.moving(source, to: destination)
    },
    view("rollaxis", "(a, axis, start=0)", "An axis moved before another.") {
      call, a throws(MartletError) in
      let axis = try call.normalised(call.int(1), rank: a.rank)
      var start = try call.int(2, default: 0)
      guard start >= -a.rank, start <= a.rank else {
        throw call.notNative("a start outside of the array, which NumPy words")
      }
      if start < 0 { start += a.rank }
      a = try a.moving([axis], to: [start > axis ? start - 1 : start])
    },
    view("expand_dims", "(a, axis)", "With new axes of size 1.") { call, a throws(MartletError) in
      a = try a.expanding(at: call.ints(1) ?? [])
    },
    view("squeeze", "(a, axis=None)", "Without axes of size 1.", isMethod: true) {
      call, a throws(MartletError) in a = try a.squeezing(call.ints(1))
    },
    view("flip", "(m, axis=None)", "The elements in reverse order along axes.") {
      call, m throws(MartletError) in m = try m.flipping(call.ints(1))
    },
    view("flipud", "(m)", "The rows in reverse order.") { call, m throws(MartletError) in
      if m.rank < 1 { throw call.invalid("Input must be >= 1-d.") }
      m = try m.flipping([0])
    },
    view("fliplr", "(m)", "The columns in reverse order.") { call, m throws(MartletError) in
      if m.rank < 2 { throw call.invalid("Input must be >= 2-d.") }
      m = try m.flipping([1])
    },
    view("rot90", "(m, k=1, axes=(0, 1))", "Turned by right angles, from one axis to another.") {
      call, m throws(MartletError) in m = try turned(m, call)
    },
    view(
      "diagonal", "(a, offset=0, axis1=0, axis2=1)", "A diagonal of two axes, to be read.",
      isReadOnly: true, isMethod: true
    ) { call, a throws(MartletError) in
      try a.takeDiagonal(
        offset: call.int(1, default: 0), axis1: call.int(2, default: 0),
        axis2: call.int(3, default: 1))
    },
    view(
      "linalg.diagonal", "(x, /, *, offset=0)", "The diagonals of matrices, to be read.",
      isReadOnly: true
    ) { call, x throws(MartletError) in
      try x.takeDiagonal(offset: call.int(1, default: 0), axis1: -2, axis2: -1)
    },
    view(
      "broadcast_to", "(array, shape, subok=False)",
      "Stretched to a shape without copying, to be read.", isReadOnly: true
    ) { call, array throws(MartletError) in array = try array.broadcasting(to: call.shape(1)) },
  ]

  private static func transpose(_ name: String) -> NativeFunction {
    view(
      name, "(a, axes=None)", "The axes in another order, or reversed.",
      isMethod: name == "transpose"
    ) { call, a throws(MartletError) in
      a = if let axes = try call.ints(1) { try a.transposing(axes) } else { a.transposed }
    }
  }

  private static func transposeMatrices(_ x: inout Layout) throws(MartletError) {
    guard x.rank >= 2 else {
      throw .invalidArgument(
        operation: "matrix_transpose",
        detail: "Input array must be at least 2-dimensional, but it is \(x.rank)")
    }
    try x.swap(-1, -2)
  }

  private static func turned(_ m: Layout, _ call: FunctionCall) throws(MartletError) -> Layout {
    let axes = call.isMissing(2) ? [0, 1] : try call.ints(2) ?? []
    let k = try call.int(1, default: 1)
    guard axes.count == 2 else { throw call.invalid("len(axes) must be 2.") }
    if axes[0] == axes[1] || (axes[0] &- axes[1]).magnitude == m.rank {
      throw call.invalid("Axes must be different.")
    }
    guard axes.allSatisfy({ $0 >= -m.rank && $0 < m.rank }) else {
      throw call.invalid("Axes=(\(axes[0]), \(axes[1])) out of range for array of ndim=\(m.rank).")
    }
    switch k & 3 {
    case 0: return m
    case 1: return try m.flipping([axes[1]]).swapping(axes[0], axes[1])
    case 2: return try m.flipping([axes[0]]).flipping([axes[1]])
    default: return try m.swapping(axes[0], axes[1]).flipping([axes[1]])
    }
  }
}
