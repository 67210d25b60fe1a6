import CPythonABI
import Martlet
import MartletIR

/// `where`, `nonzero`, `take` and `clip`: choosing among elements.
enum SelectionFunctions {
  static let all: [DoorFunction] = [
    DoorFunction(
      "where", "(condition, x=None, y=None, /)",
      "Elements of `x` where the condition is true, else of `y`; alone, where it is true."
    ) { arguments throws(PythonError) in
      guard let x = arguments[1] else { return try nonzero(arguments.required(0)) }
      guard let y = arguments[2] else {
        throw .value("either both or neither of x and y should be given")
      }
      return try choose(arguments.required(0), x, y)
    },
    DoorFunction("nonzero", "(a)", "Where the elements are not zero, one array for each axis.") {
      arguments throws(PythonError) in try nonzero(arguments.required(0))
    },
    DoorFunction("flatnonzero", "(a)", "Where the elements are not zero, counted in C order.") {
      arguments throws(PythonError) in
      if let direct = try DirectSelecting.flatNonzero(arguments.required(0)) { return direct }
      let array = try parseArray(arguments.required(0), dtype: nil)
      return try ArrayObject.make(
        try computed(array) { (array) throws(MartletError) in
          let flat = try array.raveled()
          return try (flat.dtype == .bool ? flat : flat.asType(.bool)).truePositions()
        })
    },
    DoorFunction("argwhere", "(a)", "The positions of the elements that are not zero, as rows.") {
      arguments throws(PythonError) in
      if let direct = try DirectSelecting.positionRows(arguments.required(0)) { return direct }
      let array = try parseArray(arguments.required(0), dtype: nil)
      guard array.rank > 0 else { throw .notNative("argwhere of no dimensions") }
      return try ArrayObject.make(
        try computed(array) { (array) throws(MartletError) in
          try NDArray.stack(try array.nonzero(), axis: 1)
        })
    },
    DoorFunction(
      "compress", "(condition, a, axis=None, out=None)", "The elements where it is true."
    ) {
      arguments throws(PythonError) in
      try compress(arguments.required(0), arguments.required(1), arguments, rest: 2)
    },
    DoorFunction(
      "take", "(a, indices, axis=None, out=None, mode='raise')", "The elements at positions."
    ) { arguments throws(PythonError) in
      if arguments.optional(3) != nil { throw .notNative("out=") }
      let mode = try takeMode(arguments[4])
      if let direct = try DirectSelecting.take(
        arguments.required(0), arguments.required(1), arguments.optional(2), mode.direct)
      {
        return direct
      }
      var array = try parseArray(arguments.required(0), dtype: nil)
      var indices = try parseArray(arguments.required(1), dtype: nil)
      if indices.count == 0, !ArrayObject.check(arguments.required(1)) {
        let shape = indices.shape
        indices = try core { () throws(MartletError) in try NDArray.zeros(shape, .int64) }
      }
      guard indices.dtype.isInteger else { throw .notNative("indices that are no integers") }
      var axis = 0
      if let given = arguments.optional(2) {
        // Without dimensions it is one element long.
        if array.rank == 0 {
          let number = array
          array = try core { () throws(MartletError) in try number.raveled() }
        }
        axis = try normalise(axis: try parseAxis(given), rank: array.rank)
      } else {
        let whole = array
        array = try core { () throws(MartletError) in try whole.raveled() }
      }
      guard array.count > 0 else { throw .notNative("taking from an empty array") }
      let positions = try inside(indices, mode, size: array.shape[axis])
      return try pythonResult(
        try computed(array, at: positions) { (array) throws(MartletError) in
          try array.taking(positions, axis: axis)
        })
    },
    DoorFunction(
      "clip",
      "(a, a_min=None, a_max=None, out=None, *, min=None, max=None, dtype=None, **kwargs)",
      "The elements, limited to an interval."
    ) { arguments throws(PythonError) in try clip(arguments) },
    DoorFunction("real", "(val)", "The real parts: a view.") { arguments throws(PythonError) in
      try part(arguments.required(0), "real")
    },
    DoorFunction("imag", "(val)", "The imaginary parts: a view, or zeros.") {
      arguments throws(PythonError) in
      try part(arguments.required(0), "imag")
    },
  ]

  /// The attribute of whatever has it, as a number does; else that of the array it makes.
  private static func part(_ object: Ref, _ name: StaticString) throws(PythonError) -> Ref {
    if !ArrayObject.check(object), let found = try optionalAttribute(object, name) { return found }
    return try ShapeFunctions.withArray(object) { array throws(PythonError) in
      try attribute(array, name)
    }
  }

  static let methods: [DoorFunction] =
    FunctionTable.methods(["nonzero", "take"], of: all) + [
      DoorFunction(
        "ndarray.compress", "(self, condition, axis=None, out=None)",
        "The elements where the condition is true."
      ) { arguments throws(PythonError) in
        try compress(arguments.required(1), arguments.required(0), arguments, rest: 2)
      },
      DoorFunction(
        "ndarray.clip", "(self, min=None, max=None, out=None, *, dtype=None, **kwargs)",
        "The elements, limited to an interval."
      ) { arguments throws(PythonError) in
        if arguments.optional(4) != nil { throw .notNative("dtype=") }
        return try clip(
          arguments.required(0), arguments.optional(1), arguments.optional(2),
          out: arguments.optional(3))
      },
    ]

  private static func computed(
    _ array: NDArray, at positions: NDArray? = nil,
    _ work: (NDArray) throws(MartletError) -> NDArray
  ) throws(PythonError) -> NDArray {
    try core { () throws(MartletError) in
      try withoutInterpreterLock(elements: max(array.count, positions?.count ?? 0)) {
        () throws(MartletError) in try work(array)
      }
    }
  }

  /// What positions outside an axis mean.
  private enum TakeMode: String {
    case raise, wrap, clip

    var direct: DirectSelection.Mode {
      switch self {
      case .raise: .raise
      case .wrap: .wrap
      case .clip: .clip
      }
    }
  }

  private static func takeMode(_ object: Ref?) throws(PythonError) -> TakeMode {
    guard let object else { return .raise }
    guard isSubclass(object, stringFlag), let mode = TakeMode(rawValue: try swiftString(object))
    else { throw .notNative("a mode other than raise, wrap and clip") }
    return mode
  }

  /// Positions that are all on an axis of `size`, unless the mode leaves that to be checked.
  private static func inside(
    _ positions: NDArray, _ mode: TakeMode, size: Int
  ) throws(PythonError) -> NDArray {
    if mode == .raise { return positions }
    guard Promotion.canCast(positions.dtype, to: .int64, .safe),
      let remainder = OperationTable.elementwise(named: "remainder"),
      let clip = OperationTable.elementwise(named: "clip")
    else { throw .notNative("positions beyond int64") }
    return try core { () throws(MartletError) in
      let whole = Operand.array(try positions.lazilyConverted(to: .int64))
      func number(_ value: Int) -> Operand { .scalar(Scalar(Int64(value), .int64)) }
      return mode == .wrap
        ? try Elementwise.apply(remainder, [whole, number(size)])[0]
        : try Elementwise.apply(clip, [whole, number(0), number(size - 1)])[0]
    }
  }

  /// Of one dimension and a mask as long; others are NumPy's.
  private static func compress(
    _ condition: Ref, _ object: Ref, _ arguments: borrowing Arguments, rest: Int
  ) throws(PythonError) -> Ref {
    guard ArrayObject.isExact(condition), ArrayObject.isExact(object), arguments.count == rest,
      ArrayObject.state(condition).pointee.dtype == .bool,
      ArrayObject.state(condition).pointee.layout.rank == 1,
      ArrayObject.state(object).pointee.layout.shape
        == ArrayObject.state(condition).pointee.layout.shape,
      let result = PyObject_GetItem(object, condition)
    else {
      if PyErr_Occurred() != nil { throw .raised }
      throw .notNative("other than one dimension and a mask as long")
    }
    return result
  }

  private static func nonzero(_ object: Ref) throws(PythonError) -> Ref {
    if let direct = try DirectSelecting.nonzero(object) { return direct }
    let array = try parseArray(object, dtype: nil)
    let positions = try core { () throws(MartletError) in
      try withoutInterpreterLock(elements: array.count) { () throws(MartletError) in
        try array.nonzero()
      }
    }
    return try Results.tuple(positions)
  }

  private static func choose(
    _ condition: Ref, _ x: Ref, _ y: Ref
  ) throws(PythonError) -> Ref {
    if let direct = DirectDoor.select(condition, x, y) { return direct }
    if let later = LazyDoor.select(condition, x, y) { return later }
    let mask = try parseArray(condition, dtype: nil)
    let a = try parseOperand(x)
    let b = try parseOperand(y)
    return try ArrayObject.make(
      try core { () throws(MartletError) in try NDArray.choose(mask, a, b) })
  }

  // MARK: clip

  private static func clip(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    if arguments.optional(6) != nil { throw .notNative("dtype=") }
    var low = arguments.optional(1)
    var high = arguments.optional(2)
    let isNew = (arguments.optional(4), arguments.optional(5)) != (nil, nil)
    if (arguments[1] == nil) != (arguments[2] == nil) {
      let missing = arguments[1] == nil ? "a_min" : "a_max"
      throw .type("clip() missing 1 required positional argument: '\(missing)'")
    }
    if isNew {
      if (arguments[1], arguments[2]) != (nil, nil) {
        throw .value(
          "Passing `min` or `max` keyword argument when `a_min` and `a_max` are provided is "
            + "forbidden.")
      }
      low = arguments.optional(4)
      high = arguments.optional(5)
    }
    return try clip(arguments.required(0), low, high, out: arguments.optional(3))
  }

  private static func clip(
    _ object: Ref, _ low: Ref?, _ high: Ref?, out: Ref?
  ) throws(PythonError) -> Ref {
    let name = low == nil ? "minimum" : high == nil ? "maximum" : "clip"
    if let direct = directClip(object, low, high, out: out) { return direct }
    if PyErr_Occurred() != nil { throw .raised }
    let array = try parseOperand(object)
    var operands = [array]
    for bound in [low, high] {
      guard let bound else { continue }
      let operand = try parseOperand(bound)
      // NumPy knows what a Python integer beyond the dtype means; it alone does.
      if case .weak(.integer, let number) = operand, case .array(let array) = array,
        array.dtype.isInteger,
        number.converted(to: array.dtype).asInt64 != number.asInt64
          || number.dtype == .uint64
          || (array.dtype == .uint64 && number.asInt64 < 0)
      {
        throw .notNative("a bound beyond the dtype")
      }
      operands.append(operand)
    }
    guard operands.count > 1, let row = OperationTable.elementwise(named: name) else {
      throw .notNative("clip without bounds")
    }
    var call = UFuncCall(row)
    call.operands = operands
    if let out { call.outputs = [out] }
    let results = try call.run()
    return results[0]
  }

  /// Clipping that is done at once; nil for the general way.
  private static func directClip(_ object: Ref, _ low: Ref?, _ high: Ref?, out: Ref?) -> Ref? {
    guard ArrayObject.isExact(object), let first = low ?? high else { return nil }
    let row: ElementwiseOperation? =
      low == nil ? Operator.minimum.row : high == nil ? Operator.maximum.row : Operator.clip.row
    guard let row else { return nil }
    var objects: InlineArray<3, Ref> = [object, first, high ?? first]
    return withUnsafePointer(to: &objects) {
      let objects = UnsafeRawPointer($0).assumingMemoryBound(to: Ref.self)
      guard let out else {
        return DirectDoor.apply(row, objects)
          ?? (PyErr_Occurred() == nil ? LazyDoor.apply(row, objects) : nil)
      }
      return DirectDoor.apply(row, objects, into: out)
    }
  }
}
