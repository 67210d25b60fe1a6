import CPythonABI
import Martlet
import MartletIR
import MartletRuntime

/// `concatenate`, `stack`, `split` and their like.
enum JoiningFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "concatenate", "(arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind')",
      "Arrays one after another along an axis."
    ) { arguments throws(PythonError) in
      if let direct = try direct(arguments, axis: 1, { .concatenate(axis: $0) }) { return direct }
      if arguments.optional(2) != nil { throw .notNative("out=") }
      let dtype = try parseOptionalDType(arguments[3])
      if arguments[1] == py_none() {
        return try joinedFlat(arguments.required(0), dtype, try parseCasting(arguments[4]))
      }
      let axis = try arguments[1].map { (o) throws(PythonError) in try parseAxis(o) } ?? 0
      return try joined(
        try list(arguments.required(0)), axis: axis, dtype, try parseCasting(arguments[4]))
    },
    DoorFunction(
      "stack", "(arrays, axis=0, out=None, *, dtype=None, casting='same_kind')",
      "Arrays of one shape along a new axis."
    ) { arguments throws(PythonError) in
      if let direct = try direct(arguments, axis: 1, { .stack(axis: $0) }) { return direct }
      if arguments.optional(2) != nil { throw .notNative("out=") }
      let arrays = try list(arguments.required(0))
      let dtype = try parseOptionalDType(arguments[3])
      let axis = try arguments[1].map { (o) throws(PythonError) in try parseAxis(o) } ?? 0
      guard let first = arrays.first else { throw .value("need at least one array to stack") }
      guard arrays.allSatisfy({ $0.shape == first.shape }) else {
        throw .value("all input arrays must have the same shape")
      }
      let place = try normalise(axis: axis, rank: first.rank + 1)
      var expanded: [NDArray] = []
      for array in arrays {
        expanded.append(try core { () throws(MartletError) in try array.expanded(at: place) })
      }
      return try joined(expanded, axis: place, dtype, try parseCasting(arguments[4]))
    },
    DoorFunction("append", "(arr, values, axis=None)", "Two arrays one after another.") {
      arguments throws(PythonError) in try append(arguments)
    },
    DoorFunction(
      "vstack", "(tup, *, dtype=None, casting='same_kind')", "Arrays below one another."
    ) { arguments throws(PythonError) in
      if let direct = try direct(arguments, { _ in .rows }) { return direct }
      let arrays = try list(arguments.required(0)).map { rows($0) }
      return try joined(
        arrays, axis: 0, try parseOptionalDType(arguments[1]), try parseCasting(arguments[2]))
    },
    DoorFunction(
      "hstack", "(tup, *, dtype=None, casting='same_kind')", "Arrays beside one another."
    ) { arguments throws(PythonError) in
      if let direct = try direct(arguments, { _ in .columns }) { return direct }
      let arrays = try list(arguments.required(0)).map { atLeast($0, 1) }
      return try joined(
        arrays, axis: arrays.first?.rank == 1 ? 0 : 1, try parseOptionalDType(arguments[1]),
        try parseCasting(arguments[2]))
    },
    DoorFunction("dstack", "(tup)", "Arrays behind one another.") {
      arguments throws(PythonError) in
      if let direct = try direct(arguments, { _ in .depth }) { return direct }
      let arrays = try list(arguments.required(0)).map { (array) -> NDArray in
        let rows = rows(array)
        return rows.rank == 2 ? rows.view(rows.layout.expanded(at: 2)) : rows
      }
      return try joined(arrays, axis: 2, nil, .sameKind)
    },
    DoorFunction("column_stack", "(tup)", "One-dimensional arrays as columns.") {
      arguments throws(PythonError) in
      if let direct = try direct(arguments, { _ in .columnStack }) { return direct }
      let arrays = try list(arguments.required(0)).map { (array) -> NDArray in
        let row = atLeast(array, 1)
        return row.rank == 1 ? row.view(row.layout.expanded(at: 1)) : row
      }
      return try joined(arrays, axis: 1, nil, .sameKind)
    },
    DoorFunction(
      "split", "(ary, indices_or_sections, axis=0)", "Views of equal parts along an axis."
    ) { arguments throws(PythonError) in
      try split(
        arguments.required(0), arguments.required(1), axis: try parsedAxis(arguments[2]),
        mustBeEqual: true)
    },
    DoorFunction(
      "array_split", "(ary, indices_or_sections, axis=0)", "Views of parts along an axis."
    ) { arguments throws(PythonError) in
      try split(
        arguments.required(0), arguments.required(1), axis: try parsedAxis(arguments[2]),
        mustBeEqual: false)
    },
    DoorFunction(
      "vsplit", "(ary, indices_or_sections)", "Views of equal parts along the first axis."
    ) { arguments throws(PythonError) in
      guard try rank(arguments) >= 2 else {
        throw .value("vsplit only works on arrays of 2 or more dimensions")
      }
      return try split(
        arguments.required(0), arguments.required(1), axis: 0, mustBeEqual: true)
    },
    DoorFunction(
      "hsplit", "(ary, indices_or_sections)", "Views of equal parts along the second axis."
    ) { arguments throws(PythonError) in
      let rank = try rank(arguments)
      guard rank >= 1 else {
        throw .value("hsplit only works on arrays of 1 or more dimensions")
      }
      return try split(
        arguments.required(0), arguments.required(1), axis: rank == 1 ? 0 : 1, mustBeEqual: true)
    },
  ]

  private static func rank(_ arguments: borrowing Arguments) throws(PythonError) -> Int {
    let object = arguments.required(0)
    guard ArrayObject.check(object) else { throw .notNative("splitting other than an array") }
    return ArrayObject.state(object).pointee.layout.rank
  }

  private static func parsedAxis(_ axis: Ref?) throws(PythonError) -> Int {
    try axis.map { (o) throws(PythonError) in try parseAxis(o) } ?? 0
  }

  /// The arrays of a sequence, or the parts of one along its first axis.
  static func list(_ object: Ref) throws(PythonError) -> [NDArray] {
    if ArrayObject.check(object) {
      let array = ArrayObject.read(object)
      guard array.rank > 0 else { throw .type("iteration over a 0-d array") }
      try checkRoom(array.shape[0])
      return (0..<array.shape[0]).map { array.view(array.layout.indexed(axis: 0, at: $0)) }
    }
    guard isSubclass(object, tupleFlag) || isSubclass(object, listFlag) else {
      throw .notNative("arrays in other than a tuple or list")
    }
    let tuple = try check(PySequence_Tuple(object))
    defer { py_release(tuple) }
    let count = PyTuple_Size(tuple)
    try checkRoom(count)
    var arrays: [NDArray] = []
    arrays.reserveCapacity(count)
    for i in 0..<count {
      guard let item = PyTuple_GetItem(tuple, i) else { throw .raised }
      do throws(PythonError) { arrays.append(try parseArray(item, dtype: nil)) } catch {
        // NumPy, which is asked then, adds up sizes without a look at overflow.
        if case .notNative = error { try checkSum(tuple) }
        throw error
      }
    }
    return arrays
  }

  /// The sizes of arrays that NumPy joins must have a sum.
  private static func checkSum(_ tuple: Ref) throws(PythonError) {
    var total = 0
    for i in 0..<PyTuple_Size(tuple) {
      guard let item = PyTuple_GetItem(tuple, i) else { throw .raised }
      guard ArrayObject.check(item) || NumPyArray.check(item) || Loan.standsForObject(item) else {
        continue
      }
      let size = try attribute(item, "size")
      defer { py_release(size) }
      let (sum, overflow) = total.addingReportingOverflow(max(try parseInt(size), 0))
      if overflow { throw .value(arrayTooBig) }
      total = sum
    }
  }

  /// Of a list of so many arrays, once as they are and once as they are joined.
  private static func checkRoom(_ count: Int) throws(PythonError) {
    try core { () throws(MartletError) in
      try Room.check(bytes: 2 * MemoryLayout<NDArray>.stride * count)
    }
  }

  /// All elements in C order, one array's after another's. Numbers among the arrays have no part in
  /// the choice of the dtype, and wrap around in it.
  private static func joinedFlat(
    _ object: Ref, _ dtype: DType?, _ casting: Promotion.Casting
  ) throws(PythonError) -> Ref {
    let arrays = try list(object)
    var flat: [NDArray] = []
    for array in arrays {
      flat.append(try core { () throws(MartletError) in try array.raveled() })
    }
    var operands: [Operand] = []
    var hasNumbers = false
    if dtype == nil, !ArrayObject.check(object) {
      for i in 0..<arrays.count {
        let item = try check(PySequence_GetItem(object, i))
        defer { py_release(item) }
        let operand = isArray(item) ? .array(arrays[i]) : try parseOperand(item)
        if case .weak(let kind, _) = operand, kind != .bool {
          hasNumbers = true
          operands.append(operand)
        } else {
          operands.append(.array(arrays[i]))
        }
      }
    }
    guard hasNumbers, arrays.count > 1 else { return try joined(flat, axis: 0, dtype, casting) }
    let common = try core { () throws(MartletError) in
      try NDArray.commonType("concatenate", operands)
    }
    return try joined(flat, axis: 0, common, .unsafe)
  }

  private static func append(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    guard arguments.optional(2) == nil else { throw .notNative("append along an axis") }
    let pair = try check(PyTuple_New(2))
    defer { py_release(pair) }
    for i in 0..<2 {
      let part = try ShapeFunctions.withArray(arguments.required(i)) { a throws(PythonError) in
        try ShapeFunctions.raveled(a)
      }
      PyTuple_SetItem(pair, i, part)
    }
    if let direct = try DirectJoin.join(pair, .concatenate(axis: 0)) { return direct }
    return try joined(try list(pair), axis: 0, nil, .sameKind)
  }

  /// Joins at once where only the arrays are given, and perhaps the axis at a position.
  @inline(__always)
  private static func direct(
    _ arguments: borrowing Arguments, axis position: Int? = nil, _ form: (Int) -> DirectJoin.Form
  ) throws(PythonError) -> Ref? {
    var axis = 0
    if let position, let given = arguments[position] {
      guard arguments.count == 2, let value = DirectDoor.integer(given) else { return nil }
      axis = value
    } else if arguments.count != 1 {
      return nil
    }
    return try DirectJoin.join(arguments.required(0), form(axis))
  }

  private static func joined(
    _ arrays: [NDArray], axis: Int, _ dtype: DType?, _ casting: Promotion.Casting
  ) throws(PythonError) -> Ref {
    if let dtype {
      for array in arrays where !Promotion.canCast(array.dtype, to: dtype, casting) {
        throw .notNative("a conversion that the casting rule forbids")
      }
      for array in arrays where array.dtype.isComplex && !dtype.isComplex {
        throw .notNative("discarding imaginary parts, which NumPy warns of")
      }
    }
    if let first = arrays.first, first.rank > 0 {
      _ = try normalise(axis: axis, rank: first.rank)
    }
    let count = arrays.reduce(0) { $0 &+ $1.count }
    return try ArrayObject.make(
      try core { () throws(MartletError) in
        try withoutInterpreterLock(elements: count) { () throws(MartletError) in
          try NDArray.concatenate(arrays, axis: axis, dtype: dtype)
        }
      })
  }

  /// With at least so many dimensions, new ones in front.
  private static func atLeast(_ array: NDArray, _ rank: Int) -> NDArray {
    var layout = array.layout
    while layout.rank < rank { layout = layout.expanded(at: 0) }
    return array.view(layout)
  }

  private static func rows(_ array: NDArray) -> NDArray { atLeast(array, 2) }

  private static func split(
    _ object: Ref, _ places: Ref, axis given: Int, mustBeEqual: Bool
  ) throws(PythonError) -> Ref {
    guard ArrayObject.check(object) else { throw .notNative("splitting other than an array") }
    let layout = ArrayObject.state(object).pointee.layout
    let axis = try normalise(axis: given, rank: layout.rank)
    let size = layout.shape[axis]
    var bounds: [(start: Int, count: Int)] = []
    if isType(places, py_long_type()) {
      let parts = try parseInt(places)
      if parts <= 0 { throw .value("number sections must be larger than 0.") }
      if mustBeEqual, size % parts != 0 {
        throw .value("array split does not result in an equal division")
      }
      if parts > 1 << 20 { throw .notNative("very many parts") }
      var start = 0
      for i in 0..<parts {
        let count = size / parts + (i < size % parts ? 1 : 0)
        bounds.append((start, count))
        start += count
      }
    } else {
      guard isSubclass(places, tupleFlag) || isSubclass(places, listFlag) else {
        throw .notNative("positions in other than a tuple or list")
      }
      var previous: Int? = 0
      for position in try parseInts(places).map(Optional.some) + [nil] {
        bounds.append(
          try core { () throws(MartletError) in
            try AxisIndex.resolve(start: previous, stop: position, step: 1, size: size)
          })
        previous = position
      }
    }
    var parts: [Ref] = []
    for (start, count) in bounds {
      parts.append(
        try ArrayObject.makeView(
          of: object, layout.sliced(axis: axis, start: start, count: count, step: 1)))
    }
    return try pythonList(owning: parts)
  }
}
