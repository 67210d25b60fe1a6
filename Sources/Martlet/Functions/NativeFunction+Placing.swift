import MartletIR

/// Elements written in place.
extension NativeFunction {
  static let placing: [NativeFunction] = [
    NativeFunction(
      "put_along_axis", "(arr, indices, values, axis)",
      "Replaces the elements at positions along an axis.", .composed
    ) { call throws(MartletError) in
      let indices = try call.array(1)
      let (layout, dtype) = try call.target(0)
      let values = try call.elements(2, as: dtype)
      guard call.kind(3) == .none else {
        let axis = try call.normalised(call.int(3), rank: layout.rank)
        let places = try NDArray.alongIndices(layout.shape, indices, axis, "put_along_axis")
        try call.assign(0, dtype, call.selection(0, places, layout), values)
        return .nothing
      }
      guard indices.rank == 1 else {
        throw call.invalid("when axis=None, `indices` must have a single dimension.")
      }
      if case .array(let array) = values, array.count != 1, array.shape != indices.shape {
        throw call.notNative("values that are repeated or cut")
      }
      guard layout.isContiguous else { throw call.notNative("elements that are no row") }
      let row = Layout(shape: [layout.count], strides: [1], offset: layout.offset)
      let places = try NDArray.alongIndices(row.shape, indices, 0, "put_along_axis")
      try call.assign(0, dtype, call.selection(0, places, row), values)
      return .nothing
    },
    NativeFunction(
      "fill_diagonal", "(a, val, wrap=False)", "Replaces the elements of the main diagonal.",
      .composed
    ) { call throws(MartletError) in
      let (layout, dtype) = try call.target(0)
      let wraps = try call.bool(2, default: false)
      for part in try layout.diagonalParts(call.elements(1, as: dtype), wraps: wraps) {
        try call.assign(0, dtype, NDArray.Selection(layout: part.region), part.values)
      }
      return .nothing
    },
  ]
}
