import MartletIR

/// Distinct elements, and arrays as sets.
extension NativeFunction {
  static let sets: [NativeFunction] = [
    NativeFunction(
      "lexsort", "(keys, axis=-1)", "The order that several arrays give, the last one first.",
      .constant("positions are integers")
    ) { call throws(MartletError) in
      let keys = try call.arrays(0)
      guard let first = keys.first, keys.allSatisfy({ $0.shape == first.shape }), first.rank > 0
      else { throw call.notNative("keys of unlike shapes, or without axes") }
      let axis = try call.axis(1, rank: first.rank, default: -1)
      return .array(
        try call.run(elements: first.count) { () throws(MartletError) in
          try NDArray.lexSort(keys, axis: axis)
        })
    },
    NativeFunction(
      "unique",
      "(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, "
        + "equal_nan=True, sorted=True)", "The distinct elements in ascending order.",
      .composed
    ) { call throws(MartletError) in
      let a = try call.array(0)
      var outputs: UniqueOutputs = []
      if try call.bool(1, default: false) { outputs.insert(.firstPositions) }
      if try call.bool(2, default: false) { outputs.insert(.inverse) }
      if try call.bool(3, default: false) { outputs.insert(.counts) }
      if call.kind(4) == .number { throw call.notNative("an axis that is no integer") }
      let axis = try call.optionalAxis(4, rank: a.rank)
      let equalNaN = try call.bool(5, default: true)
      // In ascending order in any case.
      _ = try call.bool(6, default: true)
      if axis != nil, a.rank > 1, a.dtype.isComplex { throw call.notNative("complex parts") }
      let (found, wanted) = (try distinct(call, a, axis, outputs, equalNaN), outputs)
      var results: [FunctionResult] = [.array(found.values)]
      if wanted.contains(.firstPositions), let first = found.firstPositions {
        results.append(.array(first))
      }
      if let inverse = found.inverse { results.append(.array(inverse)) }
      if let counts = found.counts { results.append(.array(counts)) }
      return results.count == 1 ? results[0] : .tuple(results)
    },
    NativeFunction(
      "unique_values", "(x)", "The distinct elements.",
      .composed
    ) { call throws(MartletError) in
      .array(try distinct(call, call.array(0), nil, [], false).values)
    },
    NativeFunction(
      "unique_counts", "(x)", "The distinct elements, and how often each is there.",
      .composed
    ) { call throws(MartletError) in
      let found = try distinct(call, call.array(0), nil, .counts, false)
      return try named("UniqueCountsResult", ["values", "counts"], [found.values, found.counts])
    },
    NativeFunction(
      "unique_inverse", "(x)", "The distinct elements, and which of them each element is.",
      .composed
    ) { call throws(MartletError) in
      let found = try distinct(call, call.array(0), nil, .inverse, false)
      return try named(
        "UniqueInverseResult", ["values", "inverse_indices"], [found.values, found.inverse])
    },
    NativeFunction(
      "unique_all", "(x)", "The distinct elements, where they are, and how often.",
      .composed
    ) { call throws(MartletError) in
      let found = try distinct(
        call, call.array(0), nil, [.firstPositions, .inverse, .counts], false)
      return try named(
        "UniqueAllResult", ["values", "indices", "inverse_indices", "counts"],
        [found.values, found.firstPositions, found.inverse, found.counts])
    },
    NativeFunction(
      "isin", "(element, test_elements, assume_unique=False, invert=False, *, kind=None)",
      "Whether each element is among others.", .constant("truth values have none")
    ) { call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      _ = try call.bool(2, default: false)
      let inverted = try call.bool(3, default: false)
      if let kind = try call.string(4), kind != "sort" {
        throw call.notNative("kind='\(kind)'")
      }
      try checkPair(call, a, b)
      return .array(
        try call.run(elements: a.count &+ b.count) { () throws(MartletError) in
          try a.isIn(b, inverted: inverted)
        })
    },
    NativeFunction(
      "union1d", "(ar1, ar2)", "The values that are in either array.",
      .composed
    ) { call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      return .array(
        try call.run(elements: a.count &+ b.count) { () throws(MartletError) in
          try NDArray.union(a, b)
        })
    },
    NativeFunction(
      "intersect1d", "(ar1, ar2, assume_unique=False, return_indices=False)",
      "The values that are in both arrays.",
      .composed
    ) { call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      if try call.bool(2, default: false) { throw call.notNative("assume_unique=True") }
      let givesPositions = try call.bool(3, default: false)
      try checkPair(call, a, b)
      if !givesPositions {
        return .array(
          try call.run(elements: a.count &+ b.count) { () throws(MartletError) in
            try NDArray.intersection(a, b)
          })
      }
      let found = try call.run(elements: a.count &+ b.count) { () throws(MartletError) in
        try NDArray.intersectionPositions(a, b)
      }
      return .tuple(found.map { .array($0) })
    },
    NativeFunction(
      "setdiff1d", "(ar1, ar2, assume_unique=False)", "The values of one array not in another.",
      .composed
    ) { call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      let isUnique = try call.bool(2, default: false)
      try checkPair(call, a, b)
      return .array(
        try call.run(elements: a.count &+ b.count) { () throws(MartletError) in
          if isUnique {
            let flat = try a.raveled()
            return try flat.compressed(flat.isIn(b.raveled(), inverted: true))
          }
          return try NDArray.difference(a, b)
        })
    },
    NativeFunction(
      "setxor1d", "(ar1, ar2, assume_unique=False)", "The values in one of two arrays only.",
      .composed
    ) { call throws(MartletError) in
      let (a, b) = (try call.array(0), try call.array(1))
      if try call.bool(2, default: false) { throw call.notNative("assume_unique=True") }
      try checkPair(call, a, b)
      return .array(
        try call.run(elements: a.count &+ b.count) { () throws(MartletError) in
          try NDArray.symmetricDifference(a, b)
        })
    },
  ]

  private static func distinct(
    _ call: FunctionCall, _ array: NDArray, _ axis: Int?, _ outputs: UniqueOutputs,
    _ equalNaN: Bool
  ) throws(MartletError) -> UniqueElements {
    try call.run(elements: array.count) { () throws(MartletError) in
      try array.uniqueElements(axis: axis, outputs, equalNaN: equalNaN)
    }
  }

  /// Numbers with and without a sign have no type of their own that holds both.
  private static func checkPair(
    _ call: FunctionCall, _ a: NDArray, _ b: NDArray
  ) throws(MartletError) {
    if a.dtype.isInteger, b.dtype.isInteger, !Promotion.promote(a.dtype, b.dtype).isInteger {
      throw call.notNative("\(a.dtype) beside \(b.dtype)")
    }
  }

  private static func named(
    _ type: StaticString, _ fields: [String], _ arrays: [NDArray?]
  ) throws(MartletError) -> FunctionResult {
    .tuple(
      arrays.compactMap { $0.map { .array($0) } },
      FunctionResult.Names("numpy.lib._arraysetops_impl", type, fields))
  }
}
