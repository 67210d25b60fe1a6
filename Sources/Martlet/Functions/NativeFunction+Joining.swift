import MartletIR
import MartletRuntime

/// Arrays put together, repeated and taken apart.
extension NativeFunction {
  static let joining: [NativeFunction] = [
    NativeFunction(
      "concatenate", "(arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind')",
      "Arrays one after another along an axis.", .composed
    ) { call throws(MartletError) in
      let options = try Joining(call, out: 2, dtype: 3, casting: 4)
      if call.kind(1) == .none { return try options.joinFlat(call) }
      let axis = try call.int(1, default: 0)
      return try options.join(call.arrays(0), axis: axis)
    },
    NativeFunction(
      "stack", "(arrays, axis=0, out=None, *, dtype=None, casting='same_kind')",
      "Arrays of one shape along a new axis.", .composed
    ) { call throws(MartletError) in
      let options = try Joining(call, out: 2, dtype: 3, casting: 4)
      let axis = try call.int(1, default: 0)
      let arrays = try call.arrays(0)
      guard let first = arrays.first else { throw call.invalid("need at least one array to stack") }
      guard arrays.allSatisfy({ $0.shape == first.shape }) else {
        throw call.invalid("all input arrays must have the same shape")
      }
      let place = try call.normalised(axis, rank: first.rank + 1)
      return try options.join(
        arrays.map { array throws(MartletError) in try array.expanded(at: place) }, axis: place)
    },
    NativeFunction("append", "(arr, values, axis=None)", "Two arrays one after another.", .composed)
    {
      call throws(MartletError) in
      let options = Joining(call)
      let pair = [try call.array(0), try call.array(1)]
      guard call.isGiven(2) else {
        return try options.join(
          pair.map { array throws(MartletError) in try array.raveled() }, axis: 0)
      }
      return try options.join(pair, axis: call.int(2))
    },
    NativeFunction(
      "vstack", "(tup, *, dtype=None, casting='same_kind')", "Arrays below one another.", .composed
    ) { call throws(MartletError) in
      try Joining(call, dtype: 1, casting: 2).join(call.arrays(0).map { $0.atLeast(2) }, axis: 0)
    },
    NativeFunction(
      "hstack", "(tup, *, dtype=None, casting='same_kind')", "Arrays beside one another.",
      .composed
    ) { call throws(MartletError) in
      let arrays = try call.arrays(0).map { $0.atLeast(1) }
      return try Joining(call, dtype: 1, casting: 2).join(
        arrays, axis: arrays.first?.rank == 1 ? 0 : 1)
    },
    NativeFunction("dstack", "(tup)", "Arrays behind one another.", .composed) {
      call throws(MartletError) in
      let arrays = try call.arrays(0).map { array in
        let rows = array.atLeast(2)
        return rows.rank == 2 ? rows.view(rows.layout.expanded(at: 2)) : rows
      }
      return try Joining(call).join(arrays, axis: 2)
    },
    NativeFunction("column_stack", "(tup)", "One-dimensional arrays as columns.", .composed) {
      call throws(MartletError) in
      let arrays = try call.arrays(0).map { array in
        let row = array.atLeast(1)
        return row.rank == 1 ? row.view(row.layout.expanded(at: 1)) : row
      }
      return try Joining(call).join(arrays, axis: 1)
    },
    NativeFunction(
      "split", "(ary, indices_or_sections, axis=0)", "Equal parts along an axis, as views.",
      .composed
    ) { call throws(MartletError) in
      try parts(call, axis: call.int(2, default: 0), mustBeEqual: true)
    },
    NativeFunction(
      "array_split", "(ary, indices_or_sections, axis=0)", "Parts along an axis, as views.",
      .composed
    ) { call throws(MartletError) in
      try parts(call, axis: call.int(2, default: 0), mustBeEqual: false)
    },
    NativeFunction(
      "vsplit", "(ary, indices_or_sections)", "Equal parts along the first axis, as views.",
      .composed
    ) { call throws(MartletError) in
      guard try call.array(0).rank >= 2 else {
        throw call.invalid("vsplit only works on arrays of 2 or more dimensions")
      }
      return try parts(call, axis: 0, mustBeEqual: true)
    },
    NativeFunction(
      "hsplit", "(ary, indices_or_sections)", "Equal parts along the second axis, as views.",
      .composed
    ) { call throws(MartletError) in
      let rank = try call.array(0).rank
      guard rank >= 1 else {
        throw call.invalid("hsplit only works on arrays of 1 or more dimensions")
      }
      return try parts(call, axis: rank == 1 ? 0 : 1, mustBeEqual: true)
    },
    NativeFunction(
      "dsplit", "(ary, indices_or_sections)", "Equal parts along the third axis, as views.",
      .composed
    ) { call throws(MartletError) in
      guard try call.array(0).rank >= 3 else {
        throw call.invalid("dsplit only works on arrays of 3 or more dimensions")
      }
      return try parts(call, axis: 2, mustBeEqual: true)
    },
    NativeFunction("unstack", "(x, /, *, axis=0)", "The parts along an axis, as views.", .composed)
    {
      call throws(MartletError) in
      let x = try call.array(0)
      if x.rank == 0 { throw call.invalid("Input array must be at least 1-d.") }
      let axis = try call.axis(1, rank: x.rank, default: 0)
      try checkNumber(x.shape[axis], call)
      let parts = (0..<x.shape[axis]).map { x.view(x.layout.indexed(axis: axis, at: $0)) }
      return .tuple(parts.map { x.rank == 1 ? .result($0) : .view(of: 0, $0) })
    },
    NativeFunction("tile", "(A, reps)", "The whole array repeated along each axis.", .composed) {
      call throws(MartletError) in
      let array = try call.array(0)
      let repetitions = try call.ints(1) ?? []
      guard max(array.rank, repetitions.count) * 2 <= Shape.maximumRank,
        repetitions.allSatisfy({ $0 >= 0 })
      else { throw call.notNative("repetitions of many or negative dimensions") }
      return .array(
        try call.run(elements: grown(array, repetitions)) { () throws(MartletError) in
          try array.tiled(repetitions)
        })
    },
    NativeFunction(
      "repeat", "(a, repeats, axis=None)", "Each element several times.", .composed,
      isMethod: true
    ) { call throws(MartletError) in
      var a = try call.array(0)
      let isOne = call.kind(1) == .integer
      guard isOne || a.isTraced else { throw call.notNative("a number of times for each") }
      let count = try isOne ? call.int(1) : 0
      guard count >= 0 else { throw call.notNative("a negative number of times") }
      let counts = try isOne ? nil : call.array(1)
      var axis = 0
      if call.isGiven(2), a.rank > 0 {
        axis = try call.normalised(call.int(2), rank: a.rank)
      } else {
        if call.isGiven(2), ![0, -1].contains(try call.int(2)) {
          throw .axisOutOfRange(operation: "repeat", axis: try call.int(2), rank: 0)
        }
        a = try a.raveled()
      }
      if let counts {
        // NumPy has no derivatives: an array that has is repeated by the positions.
        let positions = try repeatedPositions(
          counts, size: a.shape.isEmpty ? 1 : a.shape[axis], call)
        return .array(try a.taking(positions, axis: axis))
      }
      return .array(
        try call.run(elements: grown(a, [count])) { [a, axis] () throws(MartletError) in
          try a.repeated(count, axis: axis)
        })
    },
  ]

  /// Each position as often as its number says.
  private static func repeatedPositions(
    _ counts: NDArray, size: Int, _ call: FunctionCall
  ) throws(MartletError) -> NDArray {
    guard counts.dtype.isInteger, counts.rank <= 1, counts.count == 1 || counts.count == size else {
      throw call.invalid("repeat takes one whole number, or one for each element")
    }
    let numbers = try counts.elements(as: Int.self)
    var total = 0
    for number in numbers {
      guard number >= 0 else { throw call.invalid("repeats may not contain negative values.") }
      total = try Shape([numbers.count == 1 ? size : 1, number]).checkedCount() + total
      try Shape([total]).checkedCount()
    }
    try Room.check(bytes: total * 2 * MemoryLayout<Int>.stride)
    var positions: [Int] = []
    positions.reserveCapacity(total)
    for place in 0..<size {
      let number = numbers[numbers.count == 1 ? 0 : place]
      for _ in 0..<number { positions.append(place) }
    }
    return try NDArray(positions: positions)
  }

  /// How many elements an array has after it is repeated, or very many.
  private static func grown(_ array: NDArray, _ factors: [Int]) -> Int {
    factors.reduce(array.count) { size, factor in
      let (product, overflow) = size.multipliedReportingOverflow(by: factor)
      return overflow ? .max : product
    }
  }

  /// The rows of a list of so many arrays must have room.
  private static func checkNumber(_ count: Int, _ call: FunctionCall) throws(MartletError) {
    if count > 1 << 20 { throw call.notNative("very many parts") }
  }

  private static func parts(
    _ call: FunctionCall, axis given: Int, mustBeEqual: Bool
  ) throws(MartletError) -> FunctionResult {
    let array = try call.array(0)
    let axis = try call.normalised(given, rank: array.rank)
    let size = array.shape[axis]
    var bounds: [(start: Int, count: Int)] = []
    if call.kind(1) == .integer {
      let count = try call.int(1)
      if count <= 0 { throw call.invalid("number sections must be larger than 0.") }
      if mustBeEqual, size % count != 0 {
        throw call.invalid("array split does not result in an equal division")
      }
      try checkNumber(count, call)
      var start = 0
      for i in 0..<count {
        let length = size / count + (i < size % count ? 1 : 0)
        bounds.append((start, length))
        start += length
      }
    } else {
      guard call.kind(1) == .sequence else {
        throw call.notNative("positions in other than a tuple or list")
      }
      var previous: Int? = 0
      for position in try (call.ints(1) ?? []).map(Optional.some) + [nil] {
        bounds.append(
          try AxisIndex.resolve(start: previous, stop: position, step: 1, size: size))
        previous = position
      }
    }
    return .list(
      bounds.map { .view(of: 0, array.part(axis: axis, from: $0.start, count: $0.count)) })
  }
}

/// How the arrays of one call are joined.
private struct Joining {
  let call: FunctionCall
  var dtype: DType?
  var casting = Promotion.Casting.sameKind

  init(_ call: FunctionCall) { self.call = call }

  init(_ call: FunctionCall, out: Int? = nil, dtype: Int, casting: Int) throws(MartletError) {
    self.call = call
    if let out, call.isGiven(out), call.isGiven(dtype) {
      throw .invalidType(
        operation: call.function.path,
        detail: "concatenate() only takes `out` or `dtype` as an argument, but both were provided.")
    }
    self.dtype = try call.dtype(dtype)
    guard !call.isMissing(casting) else { return }
    guard let text = try call.string(casting), let rule = Promotion.Casting(rawValue: text) else {
      throw call.invalid(
        "casting must be one of 'no', 'equiv', 'safe', 'same_kind', or 'unsafe'")
    }
    self.casting = rule
  }

  func join(_ arrays: [NDArray], axis: Int) throws(MartletError) -> FunctionResult {
    if let dtype {
      for array in arrays where !Promotion.canCast(array.dtype, to: dtype, casting) {
        throw call.notNative("a conversion that the casting rule forbids")
      }
      for array in arrays where array.dtype.isComplex && !dtype.isComplex {
        throw call.notNative("discarding imaginary parts, which NumPy warns of")
      }
    }
    if let first = arrays.first, first.rank > 0 {
      _ = try call.normalised(axis, rank: first.rank)
    }
    let count = arrays.reduce(0) { $0 &+ $1.count }
    return .array(
      try call.run(elements: count) { [dtype] () throws(MartletError) in
        try NDArray.concatenate(arrays, axis: axis, dtype: dtype)
      })
  }

  /// All elements in C order, one array's after another's. Numbers among the arrays have no part in
  /// the choice of the dtype, and wrap around in it.
  func joinFlat(_ call: FunctionCall) throws(MartletError) -> FunctionResult {
    let operands = try call.operands(0)
    var flat: [NDArray] = []
    var hasNumbers = false
    for operand in operands {
      if case .weak(let kind, _) = operand, kind != .bool { hasNumbers = true }
      flat.append(try operand.asArray().raveled())
    }
    guard dtype == nil, hasNumbers, operands.count > 1 else { return try join(flat, axis: 0) }
    var common = self
    common.dtype = try NDArray.commonType("concatenate", operands)
    common.casting = .unsafe
    return try common.join(flat, axis: 0)
  }
}

extension NDArray {
  /// With at least so many dimensions, new ones in front.
  func atLeast(_ rank: Int) -> NDArray {
    var layout = layout
    while layout.rank < rank { layout = layout.expanded(at: 0) }
    return view(layout)
  }
}
