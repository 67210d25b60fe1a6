import MartletIR

/// Arrays put together, repeated and taken apart.
extension NativeFunction {
  static let joining: [NativeFunction] = [
    NativeFunction(
      "concatenate", "(arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind')",
      "Arrays one after another along an axis.", .composed
    ) { call throws(MartletError) in
      try call.reject(4, "the argument 'casting'")
      return .array(
        try NDArray.concatenate(call.arrays(0), axis: call.int(1, default: 0), dtype: call.dtype(3))
      )
    },
    NativeFunction(
      "stack", "(arrays, axis=0, out=None, *, dtype=None, casting='same_kind')",
      "Arrays one after another along a new axis.", .composed
    ) { call throws(MartletError) in
      try call.reject(3, "the argument 'dtype'")
      try call.reject(4, "the argument 'casting'")
      return .array(try NDArray.stack(call.arrays(0), axis: call.int(1, default: 0)))
    },
    NativeFunction("tile", "(A, reps)", "The whole array repeated along each axis.", .composed) {
      call throws(MartletError) in
      guard let counts = try call.ints(1) else { throw call.notNative("no count") }
      return .array(try call.array(0).tiled(counts))
    },
    NativeFunction(
      "repeat", "(a, repeats, axis=None)", "Each element several times.", .composed,
      isMethod: true
    ) { call throws(MartletError) in
      let a = try call.array(0)
      guard let counts = try call.ints(1), counts.count == 1 else {
        throw call.notNative("a count for each element")
      }
      guard let axis = try call.optionalInt(2) else {
        return .array(try a.raveled().repeated(counts[0], axis: 0))
      }
      return .array(try a.repeated(counts[0], axis: axis))
    },
    NativeFunction(
      "array_split", "(ary, indices_or_sections, axis=0)", "Parts along an axis, as views.",
      .composed
    ) { call throws(MartletError) in
      let array = try call.array(0)
      let axis = try call.int(2, default: 0)
      let parts =
        call.kind(1) == .integer
        ? try array.split(into: call.int(1), axis: axis)
        : try array.split(at: call.ints(1) ?? [], axis: axis)
      return .list(parts.map { .view(of: 0, $0) })
    },
  ]
}
