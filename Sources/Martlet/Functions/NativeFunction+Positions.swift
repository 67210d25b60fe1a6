import MartletIR

/// Positions in arrays: numbers from coordinates and back, triangles, windows that move along axes.
extension NativeFunction {
  static let positions: [NativeFunction] = [
    NativeFunction(
      "unravel_index", "(indices, shape, order='C')",
      "The coordinates of elements that are counted in C or Fortran order.", noDerivative
    ) { call throws(MartletError) in
      let indices = try integers(call, 0)
      let shape = try call.shape(1)
      let isFortran = try isFortran(call, 2)
      guard shape.rank > 0 else { throw call.notNative("no dimensions") }
      let count = shape.elementCount
      if indices.count > 0 {
        let (low, high) = try extremes(indices)
        guard low >= 0, high < count else {
          throw call.invalid(
            "index \(low < 0 ? low : high) is out of bounds for array with size \(count)")
        }
      }
      var coordinates = [NDArray?](repeating: nil, count: shape.rank)
      var rest = indices
      let order = isFortran ? Array(0..<shape.rank) : Array((0..<shape.rank).reversed())
      for axis in order {
        let size = number(max(shape[axis], 1))
        coordinates[axis] = try Elementwise.apply(.remainder, [.array(rest), size])[0]
        rest = try Elementwise.apply(.floorDivide, [.array(rest), size])[0]
      }
      return .tuple(coordinates.compactMap { $0 }.map { .result($0) })
    },
    NativeFunction(
      "ravel_multi_index", "(multi_index, dims, mode='raise', order='C')",
      "The numbers of elements from their coordinates.", noDerivative
    ) { call throws(MartletError) in
      guard call.kind(0) == .sequence || call.kind(0) == .array else {
        throw call.notNative("coordinates in other than a sequence")
      }
      let coordinates = try call.arrays(0)
      let shape = try call.shape(1)
      guard call.kind(2) == .missing || call.kind(2) == .text else {
        throw call.notNative("a mode for each axis")
      }
      let mode = try call.string(2) ?? "raise"
      guard ["raise", "wrap", "clip"].contains(mode) else { throw call.notNative("mode '\(mode)'") }
      let isFortran = try isFortran(call, 3)
      guard coordinates.count == shape.rank, shape.rank > 0 else {
        throw call.invalid(
          "parameter multi_index must be a sequence of length \(shape.rank)")
      }
      // Where no element is named, coordinates are not looked at; where one is, there must be some.
      var named: Shape? = Shape()
      for list in coordinates { named = named.flatMap { Shape.broadcast($0, list.shape) } }
      let isEmpty = named?.contains(0) ?? false
      if !isEmpty, shape.contains(0) { throw call.notNative("an axis of length 0") }
      var stride = 1
      var total: NDArray?
      for axis in isFortran ? Array(0..<shape.rank) : Array((0..<shape.rank).reversed()) {
        guard coordinates[axis].dtype.isInteger, coordinates[axis].dtype != .uint64 else {
          throw call.notNative("coordinates that are no integers")
        }
        var places = try coordinates[axis].asType(.int64)
        switch isEmpty ? "as they are" : mode {
        case "as they are": break
        case "wrap":
          places = try Elementwise.apply(.remainder, [.array(places), number(shape[axis])])[0]
        case "clip":
          places = try Elementwise.apply(
            .clip, [.array(places), number(0), number(shape[axis] - 1)])[0]
        default:
          if places.count > 0 {
            let (low, high) = try extremes(places)
            guard low >= 0, high < shape[axis] else {
              throw call.invalid("invalid entry in coordinates array")
            }
          }
        }
        places = try Elementwise.apply(.multiply, [.array(places), number(stride)])[0]
        total =
          try total.map { total throws(MartletError) in
            try Elementwise.apply(.add, [.array(total), .array(places)])[0]
          } ?? places
        // The shape's product is no more than an array may have.
        stride *= shape[axis]
      }
      guard let total else { throw call.notNative("no coordinates") }
      return .result(total)
    },
    NativeFunction(
      "diag_indices", "(n, ndim=2)", "The coordinates of a main diagonal.", noDerivative
    ) { call throws(MartletError) in
      let (n, rank) = (try whole(call, 0), try whole(call, 1, default: 2))
      guard rank >= 0, rank <= Shape.maximumRank else {
        throw call.notNative("a number of dimensions that no array has")
      }
      let line = try line(max(n, 0))
      return .tuple((0..<rank).map { _ in .array(line) })
    },
    triangle("tril_indices", "The coordinates at and below a diagonal.", isLower: true),
    triangle("triu_indices", "The coordinates at and above a diagonal.", isLower: false),
    triangleOf("tril_indices_from", "The coordinates at and below a diagonal.", isLower: true),
    triangleOf("triu_indices_from", "The coordinates at and above a diagonal.", isLower: false),
    NativeFunction(
      "choose", "(a, choices, out=None, mode='raise')",
      "Elements of the array that a number chooses.", .composed, isMethod: true
    ) { call throws(MartletError) in
      let a = try integers(call, 0)
      let mode = try call.string(3) ?? "raise"
      guard mode == "raise" else { throw call.notNative("mode '\(mode)'") }
      let operands = try call.operands(1)
      guard !operands.isEmpty else { throw call.notNative("no choices") }
      // Plain numbers take the type of the others, and wrap around in it.
      let dtype = try NDArray.commonType("choose", operands)
      var choices: [NDArray] = []
      for operand in operands { choices.append(try operand.asArray()) }
      var shape = a.shape
      for choice in choices {
        guard let both = Shape.broadcast(shape, choice.shape) else {
          throw .broadcast(operation: "choose", shapes: [shape, choice.shape])
        }
        shape = both
      }
      try shape.checkedCount()
      guard shape.rank < Shape.maximumRank else { throw call.notNative("so many dimensions") }
      if a.count > 0 {
        let (low, high) = try extremes(a)
        guard low >= 0, high < choices.count else {
          throw call.invalid("invalid entry in choice array")
        }
      }
      var result = try choices[0].asType(dtype).broadcast(to: shape)
      for (i, choice) in choices.enumerated().dropFirst() {
        let isChosen = try Elementwise.apply(.equal, [.array(a), number(i)])[0]
        result = try NDArray.selected(by: isChosen, .array(choice.asType(dtype)), .array(result))
      }
      return .result(choices.count == 1 ? try result.copy() : result)
    },
    view(
      "lib.stride_tricks.sliding_window_view",
      "(x, window_shape, axis=None, *, subok=False, writeable=False)",
      "Windows that move along axes, to be read.", isReadOnly: true
    ) { call, x throws(MartletError) in x = try windows(x, call) },
    NativeFunction(
      "lib.stride_tricks.as_strided",
      "(x, shape=None, strides=None, subok=False, writeable=True)",
      "The elements at places that lie at steps of bytes from the first.", .composed, body: strided),
    NativeFunction("sort_complex", "(a)", "Sorted, as complex numbers.", .composed) {
      call throws(MartletError) in
      let a = try call.array(0)
      let sorted = try a.sorted(axis: call.normalised(-1, rank: a.rank))
      if a.dtype.isComplex { return .array(sorted) }
      let isSmall = a.dtype.isInteger && a.dtype.itemSize <= 2
      return .array(try sorted.asType(isSmall ? .complex64 : .complex128))
    },
  ]

  private static let noDerivative = Derivative.constant("positions are integers")

  /// Only what lies inside of the array's own memory; NumPy looks anywhere.
  private static func strided(_ call: FunctionCall) throws(MartletError) -> FunctionResult {
    let shape = try call.isGiven(1) ? call.shape(1) : nil
    let steps = try call.isGiven(2) ? call.ints(2) : nil
    _ = try call.bool(3, default: false)
    let isWritable = try call.bool(4, default: true)
    let x = try call.array(0)
    var layout = x.layout
    if let shape { layout.shape = shape }
    if let steps {
      layout.strides = Shape()
      guard steps.count <= Shape.maximumRank else { throw call.notNative("so many dimensions") }
      for step in steps {
        guard step.isMultiple(of: x.dtype.itemSize) else {
          throw call.notNative("elements that lie across others")
        }
        layout.strides.append(step / x.dtype.itemSize)
      }
    }
    guard layout.isPossible, layout.extent.lowerBound >= 0,
      layout.extent.upperBound <= x.storage.byteCount / x.dtype.itemSize
    else {
      throw call.notNative("elements outside of the array's memory")
    }
    let view = x.view(layout)
    return isWritable ? .view(of: 0, view) : .readOnlyView(of: 0, view)
  }

  private static func number(_ value: Int) -> Operand {
    .weak(.integer, Scalar(Int64(value), .int64))
  }

  private static func line(_ count: Int) throws(MartletError) -> NDArray {
    try NDArray.arange(
      start: Scalar(Int64(0), .int64), next: Scalar(Int64(1), .int64), count: count)
  }

  private static func integers(
    _ call: FunctionCall, _ position: Int
  ) throws(MartletError) -> NDArray {
    let array = try call.array(position)
    guard array.dtype.isInteger, array.dtype != .uint64 else {
      throw call.notNative("positions of \(array.dtype)")
    }
    return try array.asType(.int64)
  }

  private static func extremes(_ array: NDArray) throws(MartletError) -> (Int64, Int64) {
    (try array.reduced(.minimum).item().asInt64, try array.reduced(.maximum).item().asInt64)
  }

  private static func isFortran(_ call: FunctionCall, _ position: Int) throws(MartletError) -> Bool
  {
    switch try call.string(position) ?? "C" {
    case "C": return false
    case "F": return true
    default: throw call.notNative("an order other than C and F")
    }
  }

  /// NumPy 2.4 takes other numbers too.
  private static func whole(
    _ call: FunctionCall, _ position: Int, default value: Int? = nil
  ) throws(MartletError) -> Int {
    if call.kind(position) == .number { throw call.notNative("a number that is no integer") }
    if let value { return try call.int(position, default: value) }
    return try call.int(position)
  }

  // MARK: Triangles

  private static func triangle(
    _ name: String, _ summary: String, isLower: Bool
  ) -> NativeFunction {
    NativeFunction(name, "(n, k=0, m=None)", summary, noDerivative) { call throws(MartletError) in
      let rows = try whole(call, 0)
      let columns = try call.isGiven(2) ? whole(call, 2) : rows
      return try coordinates(
        rows, columns, whole(call, 1, default: 0), isLower: isLower, call)
    }
  }

  private static func triangleOf(
    _ name: String, _ summary: String, isLower: Bool
  ) -> NativeFunction {
    NativeFunction(name, "(arr, k=0)", summary, noDerivative) { call throws(MartletError) in
      let array = try call.array(0)
      guard array.rank == 2 else { throw call.invalid("input array must be 2-d") }
      return try coordinates(
        array.shape[0], array.shape[1], whole(call, 1, default: 0), isLower: isLower, call)
    }
  }

  private static func coordinates(
    _ rows: Int, _ columns: Int, _ k: Int, isLower: Bool, _ call: FunctionCall
  ) throws(MartletError) -> FunctionResult {
    let (rows, columns) = (max(rows, 0), max(columns, 0))
    guard k.magnitude < 1 << 40 else { throw call.notNative("a diagonal far away") }
    try Shape([rows, columns]).checkedCount()
    let down = try line(rows).reshaped([rows, 1])
    let across = try Elementwise.apply(.subtract, [.array(line(columns)), number(k)])[0]
    let isInside = try Elementwise.apply(
      isLower ? .greaterEqual : .lessEqual, [.array(down), .array(across)])[0]
    return .tuple(
      try call.run(elements: isInside.count) { () throws(MartletError) in
        try isInside.nonzero()
      }.map { .array($0) })
  }

  // MARK: Windows

  private static func windows(_ x: Layout, _ call: FunctionCall) throws(MartletError) -> Layout {
    if try call.bool(4, default: false) { throw call.notNative("windows that are written to") }
    if try call.bool(3, default: false) { throw call.notNative("the argument 'subok'") }
    let sizes = try call.ints(1) ?? []
    if sizes.contains(where: { $0 < 0 }) {
      throw call.invalid("`window_shape` cannot contain negative values")
    }
    var axes = Array(0..<x.rank)
    if call.isGiven(2) {
      axes = []
      for axis in try call.ints(2) ?? [] { axes.append(try call.normalised(axis, rank: x.rank)) }
      guard axes.count == sizes.count else {
        throw call.invalid(
          "Must provide matching length window_shape and axis; got \(sizes.count) window_shape "
            + "elements and \(axes.count) axes elements.")
      }
    } else if axes.count != sizes.count {
      throw call.invalid(
        "Since axis is None, must provide window_shape for all dimensions of `x`; got "
          + "\(sizes.count) window_shape elements and `x.ndim` is \(x.rank).")
    }
    guard x.rank + axes.count <= Shape.maximumRank else {
      throw .rankLimit(operation: call.function.path, rank: x.rank + axes.count)
    }
    var result = x
    for (axis, size) in zip(axes, sizes) {
      guard result.shape[axis] >= size else {
        throw call.invalid("window shape cannot be larger than input array shape")
      }
      result.shape[axis] -= size - 1
      result.shape.append(size)
      result.strides.append(x.strides[axis])
    }
    try result.shape.checkedCount()
    return result
  }
}
