import CPythonABI
import Martlet
import MartletIR

/// The methods of ufuncs: `np.add.reduce` and its like.
enum UFuncMethods {
  static let all: [DoorFunction] = [
    DoorFunction(
      "ufunc.reduce",
      "(self, array, /, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True)",
      "Combines the elements along axes."
    ) { arguments throws(PythonError) in
      try asGiven(arguments, arrays: 1) { arguments throws(PythonError) in try reduce(arguments) }
    },
    DoorFunction(
      "ufunc.accumulate", "(self, array, /, axis=0, dtype=None, out=None)",
      "Combines each element with all before it."
    ) { arguments throws(PythonError) in
      try asGiven(arguments, arrays: 1) { arguments throws(PythonError) in
        try accumulate(arguments)
      }
    },
    DoorFunction(
      "ufunc.reduceat", "(self, array, /, indices, axis=0, dtype=None, out=None)",
      "Combines the elements of slices, each from one index to the next."
    ) { arguments throws(PythonError) in
      try asGiven(arguments, arrays: 1) { arguments throws(PythonError) in try reduceAt(arguments) }
    },
    DoorFunction(
      "ufunc.outer", "(self, A, B, /, *, dtype=None, **kwargs)",
      "Applies the operation to each pair."
    ) { arguments throws(PythonError) in
      try asGiven(arguments, arrays: 2) { arguments throws(PythonError) in try outer(arguments) }
    },
    DoorFunction(
      "ufunc.at", "(self, a, indices, b=None, /)",
      "Applies the operation in place at indices, as often as an index is there."
    ) { arguments throws(PythonError) in try update(arguments) },
  ]

  /// What a method gives, as arrays of NumPy's where its first operands are and the ufunc is a
  /// user's.
  private static func asGiven(
    _ arguments: borrowing Arguments, arrays: Int,
    _ body: (borrowing Arguments) throws(PythonError) -> Ref
  ) throws(PythonError) -> Ref {
    let result = try body(arguments)
    var operands: [Ref?] = []
    for i in 1...arrays { operands.append(arguments.optional(i)) }
    return try UFuncObject.asGiven(result, row(arguments), operands)
  }

  private static func accumulate(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    let row = try combining(arguments, "accumulate")
    let dtype = try parseOptionalDType(arguments[3])
    let out = try output(arguments.optional(4))
    if let done = DirectDoor.accumulate(
      row, arguments.required(1), along: arguments[2], dtype: dtype, out: out)
    {
      return done
    }
    let array = try parseArray(arguments.required(1), dtype: nil)
    guard array.rank > 0 else { throw .type("cannot accumulate on a scalar") }
    return try ReductionFunctions.accumulated(
      row, array, axis: try singleAxis(arguments[2], rank: array.rank, "accumulate"),
      dtype: dtype, out: out)
  }

  private static func outer(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    let row = try row(arguments)
    guard row.inputCount == 2 else {
      throw .value("outer product only supported for binary functions")
    }
    guard row.outputCount == 1 else { throw .notNative("outer of several results") }
    if arguments[3] == nil {
      if let direct = DirectDoor.outer(row, arguments.required(1), arguments.required(2)) {
        return direct
      }
      if PyErr_Occurred() != nil { throw .raised }
    }
    let left = try parseArray(arguments.required(1), dtype: nil)
    let right = try parseArray(arguments.required(2), dtype: nil)
    guard left.rank + right.rank <= Shape.maximumRank else {
      throw .notNative("more dimensions than Martlet's arrays have")
    }
    let dtype = try parseOptionalDType(arguments[3])
    return try pythonResult(
      try core { () throws(MartletError) in try row.outer(left, right, dtype: dtype) })
  }

  // MARK: reduce

  private static func reduce(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    let row = try combining(arguments, "reduce")
    let object = arguments.required(1)
    let dtype = try parseOptionalDType(arguments[3])
    if let done = try reduceAtOnce(row, object, dtype, arguments) { return done }
    if PyErr_Occurred() != nil { throw .raised }
    let array = try parseArray(object, dtype: nil)
    guard let rule = ReductionOperation.rule(for: row, array.dtype, dtype: dtype) else {
      return try reduceInOrder(row, array, dtype, arguments)
    }
    var call = try ReductionCall(rule, object)
    call.axes = try axes(arguments[2], rank: array.rank)
    try call.setDType(arguments[3])
    if let dtype { _ = try resultType(row, array, dtype, isUniform: false) }
    call.out = try output(arguments.optional(4))
    call.keepsDimensions = try parseBool(arguments[5], default: false)
    if rule.identity != .reorderable, arguments[6] == py_none() {
      throw .notNative("a reduction without its identity")
    }
    try call.setInitial(arguments[6])
    try call.setMask(arguments[7])
    return try call.finish()
  }

  /// The same for small arrays without a number to start from; nil where it takes more.
  private static func reduceAtOnce(
    _ row: ElementwiseOperation, _ object: Ref, _ dtype: DType?, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref? {
    guard arguments[6] == nil, dtype == nil, ArrayObject.isExact(object) else { return nil }
    guard
      let rule = ReductionOperation.rule(
        for: row, ArrayObject.state(object).pointee.dtype, dtype: nil)
    else {
      guard arguments.optional(4) == nil, arguments[7] == nil else { return nil }
      return DirectDoor.reduceInOrder(row, object, axis: arguments[2], keepdims: arguments[5])
    }
    if rule.identity == .reorderable, arguments[7] != nil { return nil }
    let out = try output(arguments.optional(4))
    guard let axis = arguments[2] else {
      return DirectDoor.reduce(
        rule, object, axes: 1, out: out, keepdims: arguments[5], mask: arguments[7])
    }
    return DirectDoor.reduce(
      rule, object, axis: axis, out: out, keepdims: arguments[5], mask: arguments[7])
  }

  private static func reduceInOrder(
    _ row: ElementwiseOperation, _ array: NDArray, _ dtype: DType?,
    _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    let axes = try axes(arguments[2], rank: array.rank)
    try checkKeepsParts(array.dtype, dtype ?? array.dtype)
    let type = try resultType(row, array, dtype, isUniform: false)
    let out = try output(arguments.optional(4))
    let keepsDimensions = try parseBool(arguments[5], default: false)
    if let out {
      let shape = array.reducedShape(axes, keepsDimensions: keepsDimensions)
      try Results.checkOutput(out, shape, type)
    }
    var start = ElementwiseOperation.Start.identity
    if let given = arguments[6] {
      start =
        given == py_none() ? .firstElement : .number(try ReductionCall.initial(given, type))
    }
    let (begin, mask) = (start, try ReductionCall.mask(arguments[7], for: array))
    let result = try core { () throws(MartletError) in
      try Interruption.stoppable(elements: array.count) { () throws(MartletError) in
        try row.reduceInOrder(
          array, axes: axes, dtype: dtype, keepDimensions: keepsDimensions, start: begin, mask: mask
        )
      }
    }
    return try Results.give(result, to: out)
  }

  /// The default is the first axis; an array without any takes that too.
  private static func axes(_ object: Ref?, rank: Int) throws(PythonError) -> [Int]? {
    guard let object else { return rank == 0 ? nil : [0] }
    return try isScalarAxis(object, rank: rank) ? nil : parseAxes(object, rank: rank)
  }

  // MARK: reduceat

  private static func reduceAt(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    let row = try combining(arguments, "reduceat")
    if arguments[4] == nil, arguments.optional(5) == nil {
      if let done = DirectDoor.reduceAt(
        row, arguments.required(1), arguments.required(2), axis: arguments[3])
      {
        return done
      }
      if PyErr_Occurred() != nil { throw .raised }
    }
    let array = try parseArray(arguments.required(1), dtype: nil)
    let positions = arguments.required(2)
    let indices = try parseArray(positions, dtype: nil)
    guard array.rank > 0 else { throw .type("cannot reduceat on a scalar") }
    let axis = try singleAxis(arguments[3], rank: array.rank, "reduceat")
    let isEmptyList = indices.count == 0 && !ArrayObject.check(positions)
    guard indices.rank == 1, isEmptyList || Promotion.canCast(indices.dtype, to: .int64, .safe)
    else { throw .notNative("indices that are no integers along one axis") }
    let dtype = try parseOptionalDType(arguments[4])
    try checkKeepsParts(array.dtype, dtype ?? array.dtype)
    let out = try output(arguments.optional(5))
    if let out {
      var shape = array.shape
      shape[axis] = indices.count
      try Results.checkOutput(out, shape, try resultType(row, array, dtype, isUniform: true))
    }
    let starts = try core { () throws(MartletError) in
      try indices.asType(.int64).elements(as: Int.self)
    }
    let result = try core { () throws(MartletError) in
      try Interruption.stoppable(elements: array.count) { () throws(MartletError) in
        try row.reduceAt(array, starts, axis: axis, dtype: dtype)
      }
    }
    guard let out else { return try ArrayObject.make(result) }
    return try Results.give(result, to: out)
  }

  // MARK: at

  private static func update(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    let row = try row(arguments)
    let object = arguments.required(1)
    let value = arguments[3]
    let hasValue = value != nil
    try core { () throws(MartletError) in try row.checkUpdates(hasValue: hasValue) }
    guard ArrayObject.check(object) else {
      if isNumPys(object) || Overrides.hasRules(object) {
        throw .notNative("another array than Martlet's")
      }
      throw .type("first operand must be array")
    }
    guard ArrayObject.isWritable(object) else {
      throw .martlet(.readOnly(operation: "assignment"))
    }
    let second = try value.map { (value) throws(PythonError) in try parseArray(value, dtype: nil) }
    try checkKept(row, object, second)
    let selection = try AdvancedIndex(arguments.required(2)).selection(of: object)
    try ArrayObject.mutate(object) { (array) throws(MartletError) in
      try array.update(selection, by: row, second)
    }
    return Python.none
  }

  /// Whether the object is an array of NumPy's, or stands for one.
  private static func isNumPys(_ object: Ref) -> Bool {
    NumPyArray.isAny(object) || Loan.standsForObject(object)
  }

  /// The result must not lose its imaginary part where it is stored. Its own function, so that the
  /// array that it looks at is gone when the memory is written.
  @inline(never)
  private static func checkKept(
    _ row: ElementwiseOperation, _ object: Ref, _ value: NDArray?
  ) throws(PythonError) {
    let array = ArrayObject.read(object)
    let operands = [Operand.array(array)] + (value.map { [.array($0)] } ?? [])
    let loop = try core { () throws(MartletError) in
      try Elementwise.resolve(row, operands, dtype: nil, casting: .sameKind)
    }
    try checkKeepsParts(row.loops[loop].outputs[0], array.dtype)
  }

  // MARK: Arguments

  private static func row(_ arguments: borrowing Arguments) throws(PythonError)
    -> ElementwiseOperation
  {
    let object = arguments.required(0)
    guard isType(object, UFuncObject.type) else {
      throw .type("the method needs a 'ufunc' object but received a '\(try typeName(object))'")
    }
    return UFuncObject.row(object)
  }

  /// A row that combines two elements to one.
  private static func combining(
    _ arguments: borrowing Arguments, _ method: String
  ) throws(PythonError) -> ElementwiseOperation {
    let row = try row(arguments)
    try core { () throws(MartletError) in try row.checkCombines(method) }
    return row
  }

  private static func resultType(
    _ row: ElementwiseOperation, _ array: NDArray, _ dtype: DType?, isUniform: Bool
  ) throws(PythonError) -> DType {
    try core { () throws(MartletError) in
      row.loops[try row.reductionLoop(array.dtype, dtype: dtype, isUniform: isUniform)].outputs[0]
    }
  }

  /// One axis; None stands for the only one, a tuple may hold it.
  private static func singleAxis(
    _ object: Ref?, rank: Int, _ method: String
  ) throws(PythonError) -> Int {
    guard let object else { return 0 }
    let axes = try parseAxes(object, rank: rank) ?? Array(0..<rank)
    guard axes.count <= 1 else { throw .value("\(method) does not allow multiple axes") }
    guard let axis = axes.first else { throw .notNative("no axis at all") }
    return axis
  }

  /// `out=`, which may be a tuple of one.
  private static func output(_ object: Ref?) throws(PythonError) -> Ref? {
    guard let object, isSubclass(object, tupleFlag) else { return object }
    guard PyTuple_Size(object) == 1, let item = PyTuple_GetItem(object, 0) else {
      throw .notNative("an output of another form than one array")
    }
    return item == py_none() ? nil : item
  }
}
