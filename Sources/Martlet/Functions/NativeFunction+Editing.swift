import MartletIR

/// Arrays with elements more or fewer, and bits.
extension NativeFunction {
  static let editing: [NativeFunction] = [
    NativeFunction(
      "delete", "(arr, obj, axis=None)", "Without the elements at some positions.", .composed
    ) { call throws(MartletError) in
      let (array, axis) = try edited(call, axis: 2)
      let positions = try positions(call, array.shape[axis], isInsertion: false).numbers
      return .array(try array.deleting(positions, axis: axis))
    },
    NativeFunction(
      "insert", "(arr, obj, values, axis=None)", "With values before some positions.", .composed
    ) { call throws(MartletError) in
      let (array, axis) = try edited(call, axis: 3)
      let (positions, isNumber) = try positions(call, array.shape[axis], isInsertion: true)
      var values = try call.array(2)
      guard !values.dtype.isComplex || array.dtype.isComplex else {
        throw call.notNative("complex values among real ones")
      }
      guard positions.count == 1 else {
        return .array(try array.inserting(values, at: positions, axis: axis))
      }
      if isNumber {
        // One position: the first axis of the values goes along the array's.
        while values.rank < array.rank { values = try values.expanded(at: 0) }
        values = try values.movingAxis(0, to: axis)
      }
      return .array(try array.inserting(values, at: positions[0], axis: axis))
    },
    NativeFunction(
      "resize", "(a, new_shape)", "The elements again and again, in a new shape.", .composed
    ) { call throws(MartletError) in
      let a = try call.array(0)
      guard let sizes = try call.ints(1), sizes.count <= Shape.maximumRank else {
        throw call.notNative("such a shape")
      }
      if sizes.contains(where: { $0 < 0 }) {
        throw call.invalid("all elements of `new_shape` must be non-negative")
      }
      return .array(try a.repeated(toFill: Shape(sizes)))
    },
    NativeFunction(
      "trim_zeros", "(filt, trim='fb', axis=None)", "Without the zeros at the edges.", .composed
    ) { call throws(MartletError) in
      guard call.kind(0) == .array else { throw call.notNative("a list, of which NumPy gives one") }
      let a = try call.array(0)
      let trim = (try call.string(1) ?? "fb").lowercased()
      guard ["fb", "bf", "f", "b"].contains(trim) else {
        throw call.invalid("unexpected character(s) in `trim`: '\(trim)'")
      }
      let axes = try call.axes(2, rank: a.rank)
      guard a.rank > 0, axes != [] else { throw call.notNative("nothing to trim") }
      return .view(
        of: 0,
        try a.trimmingZeros(axes: axes, atFront: trim.contains("f"), atBack: trim.contains("b")))
    },
    NativeFunction(
      "packbits", "(a, /, axis=None, bitorder='big')", "Eight truth values to a byte.",
      .constant("bits are integers"), places: .host
    ) { call throws(MartletError) in
      var a = try call.array(0)
      let isLittle = try isLittle(call, 2)
      guard a.rank > 0, a.dtype.isInteger || a.dtype == .bool else {
        throw call.notNative("other than an array of integers")
      }
      if !call.isGiven(1) { a = try a.raveled() }
      let axis = try call.optionalAxis(1, rank: a.rank) ?? 0
      return .array(try a.packedBits(axis: axis, isLittle: isLittle))
    },
    NativeFunction(
      "unpackbits", "(a, /, axis=None, count=None, bitorder='big')", "The bits of bytes.",
      .constant("bits are integers"), places: .host
    ) { call throws(MartletError) in
      var a = try call.array(0)
      let isLittle = try isLittle(call, 3)
      let count = try call.optionalInt(2)
      guard a.rank > 0, a.dtype == .uint8 else {
        throw call.notNative("other than an array of bytes")
      }
      if !call.isGiven(1) { a = try a.raveled() }
      let axis = try call.optionalAxis(1, rank: a.rank) ?? 0
      return .array(try a.unpackedBits(axis: axis, count: count, isLittle: isLittle))
    },
    NativeFunction(
      "vander", "(x, N=None, increasing=False)", "Powers of numbers as columns.", .composed
    ) { call throws(MartletError) in
      let x = try call.array(0)
      guard x.rank == 1 else {
        throw call.invalid("x must be a one-dimensional array or sequence.")
      }
      let columns = try call.optionalInt(1) ?? x.count
      let isIncreasing = try call.bool(2, default: false)
      guard columns >= 0 else { throw call.notNative("a negative number of columns") }
      return .array(try x.vandermonde(columns, increasing: isIncreasing))
    },
    NativeFunction(
      "diagflat", "(v, k=0)", "A matrix with the elements on a diagonal.", .composed
    ) { call throws(MartletError) in
      let row = try call.array(0).raveled()
      let k = try call.int(1, default: 0)
      guard k.magnitude <= 1 << 40 else { throw call.notNative("a diagonal that far away") }
      let size = row.count + Int(k.magnitude)
      try Shape([size, size]).checkedCount()
      var result = try NDArray.zeros([size, size], row.dtype)
      if let diagonal = result.layout.diagonal(k, 0, 1) { try result.fill(diagonal, row) }
      return .array(result)
    },
    NativeFunction(
      "select", "(condlist, choicelist, default=0)",
      "Elements of the first array whose condition is true.", .composed
    ) { call throws(MartletError) in
      guard call.kind(0) == .sequence, call.kind(1) == .sequence else {
        throw call.notNative("conditions and choices in other than lists")
      }
      let (conditions, choices) = (try call.arrays(0), try call.arrays(1))
      let missing =
        call.isMissing(2) ? .weak(.integer, Scalar(Int64(0), .int64)) : try call.operand(2)
      guard conditions.count == choices.count else {
        throw call.invalid("list of cases must be same length as list of conditions")
      }
      guard !conditions.isEmpty else {
        throw call.invalid("select with an empty condition list is not possible")
      }
      for (i, condition) in conditions.enumerated() where condition.dtype != .bool {
        throw .invalidType(
          operation: "select", detail: "invalid entry \(i) in condlist: should be boolean ndarray")
      }
      // Plain numbers among the choices have no type of their own, which an array no longer tells.
      guard choices.allSatisfy({ $0.rank > 0 }) else {
        throw call.notNative("choices without axes")
      }
      let dtype = try NDArray.commonType("select", choices.map { .array($0) } + [missing])
      var shape = Shape()
      for array in conditions + choices {
        guard let next = Shape.broadcast(shape, array.shape) else {
          throw .broadcast(operation: "select", shapes: (conditions + choices).map(\.shape))
        }
        shape = next
      }
      if case .array(let array) = missing {
        guard let next = Shape.broadcast(shape, array.shape), next == shape else {
          throw call.notNative("a default of a larger shape")
        }
      }
      var result = missing
      for (condition, choice) in zip(conditions, choices).reversed() {
        let typed = try choice.lazilyConverted(to: dtype).broadcast(to: shape)
        result = .array(
          try NDArray.selected(by: condition.broadcast(to: shape), .array(typed), result)
            .lazilyConverted(to: dtype))
      }
      guard case .array(let array) = result else { throw call.notNative("no choices") }
      return .array(array)
    },
  ]

  /// The array and its axis; all elements in one where no axis is given.
  private static func edited(
    _ call: FunctionCall, axis position: Int
  ) throws(MartletError) -> (NDArray, Int) {
    var array = try call.array(0)
    if !call.isGiven(position) {
      if array.rank != 1 { array = try array.raveled() }
      return (array, 0)
    }
    return (array, try call.normalised(call.int(position), rank: array.rank))
  }

  /// The positions that the second argument says, and whether it is a number alone.
  private static func positions(
    _ call: FunctionCall, _ size: Int, isInsertion: Bool
  ) throws(MartletError) -> (numbers: [Int], isNumber: Bool) {
    switch call.kind(1) {
    case .integer: return ([try call.int(1)], true)
    case .array, .sequence:
      let array = try call.array(1)
      if array.count == 0, call.kind(1) == .sequence { return ([], false) }
      if array.dtype == .bool {
        guard array.rank == 1, isInsertion || array.count == size else {
          throw call.notNative("truth values of another shape, which NumPy words")
        }
        return (try array.nonzero()[0].elements(as: Int.self), false)
      }
      guard array.dtype.isInteger, array.dtype != .uint64, array.rank <= (isInsertion ? 1 : 8)
      else {
        throw call.notNative("positions of \(array.dtype), or of several axes")
      }
      return (
        try array.raveled().asType(.int64).elements(as: Int.self), array.rank == 0
      )
    default: throw call.notNative("positions of that kind")
    }
  }

  private static func isLittle(
    _ call: FunctionCall, _ position: Int
  ) throws(MartletError) -> Bool {
    if call.isMissing(position) { return false }
    switch try call.string(position) {
    case "big": return false
    case "little": return true
    default: throw call.invalid("'order' must be either 'little' or 'big'")
    }
  }
}
