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
    put("put", "(a, ind, v, mode='raise')"),
    put("ndarray.put", "(self, indices, values, mode='raise')"),
    NativeFunction(
      "putmask", "(a, /, mask, values)", "Replaces elements where a mask is true.", .composed
    ) { call throws(MartletError) in
      let (layout, dtype, mask) = try masked(call)
      switch try safeElements(call, 2, dtype) {
      case .array(let values) where values.count != 1:
        // Each element has its own value, of those that are repeated.
        if values.count == 0 { return .nothing }
        let all =
          values.shape == layout.shape
          ? values : try values.repeated(toFill: layout.shape)
        try call.assign(0, dtype, mask: mask, .array(all.compressed(mask)))
      case let value: try call.assign(0, dtype, mask: mask, single(value))
      }
      return .nothing
    },
    NativeFunction(
      "place", "(arr, mask, vals)", "Replaces elements where a mask is true, in turn.", .composed
    ) { call throws(MartletError) in
      let (_, dtype, mask) = try masked(call)
      let value = try safeElements(call, 2, dtype)
      guard case .array(let values) = value, values.count != 1 else {
        try call.assign(0, dtype, mask: mask, single(value))
        return .nothing
      }
      let count = Int(try mask.reduced(.countNonzero).item().asInt64)
      if count == 0 { return .nothing }
      if values.count == 0 { throw call.invalid("Cannot insert from an empty array!") }
      try call.assign(0, dtype, mask: mask, .array(values.repeated(toFill: [count])))
      return .nothing
    },
    NativeFunction(
      "copyto", "(dst, src, casting='same_kind', where=True)",
      "Copies elements to another array.", .composed
    ) { call throws(MartletError) in
      let (layout, dtype) = try call.target(0)
      guard let casting = Promotion.Casting(rawValue: try call.string(2) ?? "same_kind") else {
        throw call.notNative("a casting rule by another name")
      }
      let isArray = call.kind(1) == .array
      if !isArray { try checkNumber(call, 1, dtype) }
      let source = try call.elements(1, as: dtype)
      if case .array(let array) = source {
        guard isArray else { throw call.notNative("elements of a list") }
        guard Promotion.canCast(array.dtype, to: dtype, casting) else {
          throw .invalidType(
            operation: "copyto",
            detail: "Cannot cast array data from dtype('\(array.dtype)') to dtype('\(dtype)') "
              + "according to the rule '\(casting.rawValue)'")
        }
        guard array.layout.broadcast(to: layout.shape) != nil else {
          throw .broadcast(operation: "copyto", shapes: [array.shape, layout.shape])
        }
      }
      guard call.kind(3) != .missing else {
        try call.assign(0, dtype, NDArray.Selection(layout: layout), source)
        return .nothing
      }
      let mask = try call.array(3)
      guard mask.dtype == .bool, let wide = mask.layout.broadcast(to: layout.shape) else {
        throw call.notNative("a mask of other than truth values, or of another shape")
      }
      guard case .array(let array) = source, array.count != 1 else {
        try call.assign(0, dtype, mask: mask.view(wide).contiguous(), single(source))
        return .nothing
      }
      let whole = try mask.view(wide).contiguous()
      try call.assign(
        0, dtype, mask: whole,
        .array(array.broadcast(to: layout.shape).compressed(whole)))
      return .nothing
    },
  ]

  private static func put(_ path: String, _ signature: String) -> NativeFunction {
    NativeFunction(path, signature, "Replaces elements by their positions.", .composed) {
      call throws(MartletError) in
      var indices = try call.array(1).raveled()
      let mode = try call.string(3) ?? "raise"
      guard ["raise", "wrap", "clip"].contains(mode) else { throw call.notNative("mode '\(mode)'") }
      guard indices.dtype.isInteger || indices.dtype == .bool, indices.dtype != .uint64 else {
        throw call.notNative("positions of \(indices.dtype)")
      }
      indices = try indices.asType(.int64)
      let (layout, dtype) = try call.target(0)
      guard layout.isContiguous, layout.count > 0 else {
        throw call.notNative("elements that are no row")
      }
      func number(_ value: Int) -> Operand { .scalar(Scalar(Int64(value), .int64)) }
      if mode == "wrap" {
        indices = try NDArray.compute(.remainder, .array(indices), number(layout.count))
      } else if mode == "clip" {
        indices = try NDArray.compute(
          .clip, .array(indices), number(0), number(layout.count - 1))
      }
      var values = try call.elements(2, as: dtype)
      if case .array(let array) = values {
        if array.count == 0 || indices.count == 0 { return .nothing }
        values = .array(try array.repeated(toFill: indices.shape))
      }
      let row = Layout(shape: [layout.count], strides: [1], offset: layout.offset)
      try call.assign(
        0, dtype, call.selection(0, [AxisIndex(.array(indices))], row), values)
      return .nothing
    }
  }

  /// An array to be written to and a mask of its shape.
  private static func masked(
    _ call: FunctionCall
  ) throws(MartletError) -> (Layout, DType, NDArray) {
    let mask = try call.array(1)
    let (layout, dtype) = try call.target(0)
    guard mask.dtype == .bool, mask.shape == layout.shape, layout.rank > 0 else {
      throw call.notNative("a mask of other than truth values, or of another shape")
    }
    return (layout, dtype, mask)
  }

  /// Elements that become those of a type without loss, as NumPy wants them here.
  private static func safeElements(
    _ call: FunctionCall, _ position: Int, _ dtype: DType
  ) throws(MartletError) -> Operand {
    switch call.kind(position) {
    case .array:
      let values = try call.array(position)
      guard Promotion.canCast(values.dtype, to: dtype, .safe) else {
        throw call.notNative("values of another kind")
      }
      return .array(try values.asType(dtype))
    case .truth, .integer, .number:
      try checkNumber(call, position, dtype)
      return try call.elements(position, as: dtype)
    default: throw call.notNative("values in other than an array")
    }
  }

  /// Plain numbers of the type's kind; what NumPy says of others is left to it.
  private static func checkNumber(
    _ call: FunctionCall, _ position: Int, _ dtype: DType
  ) throws(MartletError) {
    guard case .weak(let kind, _) = try call.operand(position) else {
      throw call.notNative("a number with a type of its own")
    }
    let fits =
      switch kind {
      case .bool: dtype == .bool
      case .integer: dtype.isInteger || dtype.isInexact
      case .floating: dtype.isInexact
      case .complex: dtype.isComplex
      }
    if !fits { throw call.notNative("a number of another kind") }
  }

  /// One value for all, without axes.
  private static func single(_ value: Operand) throws(MartletError) -> Operand {
    guard case .array(let array) = value, array.count == 1 else { return value }
    return .array(try array.reshaped([]))
  }
}
