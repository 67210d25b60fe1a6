import CPythonABI
import Martlet
import MartletIR

/// `sum`, `max`, `mean` and the other functions that combine the elements along axes.
enum ReductionFunctions {
  static let all: [DoorFunction] = [
    DoorFunction("sum", sumSignature, ReductionOperation.sum.summary) {
      arguments throws(PythonError) in try sumLike(.sum, arguments)
    },
    DoorFunction("prod", sumSignature, ReductionOperation.product.summary) {
      arguments throws(PythonError) in try sumLike(.product, arguments)
    },
    DoorFunction("max", extremeSignature, ReductionOperation.maximum.summary) {
      arguments throws(PythonError) in try extreme(.maximum, arguments)
    },
    DoorFunction("min", extremeSignature, ReductionOperation.minimum.summary) {
      arguments throws(PythonError) in try extreme(.minimum, arguments)
    },
    DoorFunction("all", truthSignature, ReductionOperation.all.summary) {
      arguments throws(PythonError) in try truth(.all, arguments)
    },
    DoorFunction("any", truthSignature, ReductionOperation.any.summary) {
      arguments throws(PythonError) in try truth(.any, arguments)
    },
    DoorFunction(
      "mean", "(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True)",
      ReductionOperation.mean.summary
    ) { arguments throws(PythonError) in try mean(arguments) },
    DoorFunction("var", momentSignature, ReductionOperation.variance.summary) {
      arguments throws(PythonError) in try moment(.variance, arguments)
    },
    DoorFunction("std", momentSignature, ReductionOperation.standardDeviation.summary) {
      arguments throws(PythonError) in try moment(.standardDeviation, arguments)
    },
    DoorFunction("argmax", positionSignature, ReductionOperation.argMaximum.summary) {
      arguments throws(PythonError) in try position(.argMaximum, arguments)
    },
    DoorFunction("argmin", positionSignature, ReductionOperation.argMinimum.summary) {
      arguments throws(PythonError) in try position(.argMinimum, arguments)
    },
    DoorFunction(
      "count_nonzero", "(a, axis=None, *, keepdims=False)",
      ReductionOperation.countNonzero.summary
    ) { arguments throws(PythonError) in
      if let done = DirectDoor.reduce(
        .countNonzero, arguments.required(0), axis: arguments[1], keepdims: arguments[2])
      {
        return done
      }
      var call = try ReductionCall(.countNonzero, arguments.required(0))
      try call.setAxes(arguments[1])
      call.keepsDimensions = try parseBool(arguments[2], default: false)
      return try call.finish()
    },
    DoorFunction(
      "average", "(a, axis=None, weights=None, returned=False, *, keepdims=False)",
      "The weighted average."
    ) { arguments throws(PythonError) in
      if arguments.optional(2) != nil { throw .notNative("an average with weights") }
      if try parseBool(arguments[3], default: false) {
        throw .notNative("the sum of weights beside the average")
      }
      return try mean(arguments.required(0), axis: arguments[1], keepdims: arguments[4])
    },
    DoorFunction(
      "trace", "(a, offset=0, axis1=0, axis2=1, dtype=None, out=None)",
      "The sum along a diagonal."
    ) { arguments throws(PythonError) in try trace(arguments) },
    DoorFunction(
      "ptp", "(a, axis=None, out=None, keepdims=False)",
      "The difference of the largest and the smallest element."
    ) { arguments throws(PythonError) in try span(arguments) },
    DoorFunction(
      "diff", "(a, n=1, axis=-1, prepend=None, append=None)",
      "The difference of each element and the one before it."
    ) { arguments throws(PythonError) in try difference(arguments) },
    DoorFunction(
      "cumsum", "(a, axis=None, dtype=None, out=None)", "The sum of each element and all before it."
    ) { arguments throws(PythonError) in try cumulative(Operator.add.row, arguments) },
    DoorFunction(
      "cumprod", "(a, axis=None, dtype=None, out=None)",
      "The product of each element and all before it."
    ) { arguments throws(PythonError) in try cumulative(Operator.multiply.row, arguments) },
  ]

  static let methods: [DoorFunction] = FunctionTable.methods(
    [
      "sum", "prod", "max", "min", "all", "any", "mean", "var", "std", "argmax", "argmin", "cumsum",
      "cumprod", "trace",
    ], of: all)

  private static let sumSignature =
    "(a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True)"
  private static let extremeSignature =
    "(a, axis=None, out=None, keepdims=False, initial=None, where=True)"
  private static let truthSignature = "(a, axis=None, out=None, keepdims=False, *, where=True)"
  private static let momentSignature =
    "(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, "
    + "correction=0)"
  private static let positionSignature = "(a, axis=None, out=None, *, keepdims=False)"

  // MARK: By what they take

  private static func sumLike(
    _ operation: ReductionOperation, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    if arguments[5] == py_none() { throw .notNative("a reduction without its identity") }
    if arguments[5] == nil,
      let done = DirectDoor.reduce(
        operation, arguments.required(0), axis: arguments[1],
        dtype: try computedIn(arguments), out: arguments.optional(3), keepdims: arguments[4],
        mask: arguments[6])
    {
      return done
    }
    var call = try ReductionCall(operation, arguments.required(0))
    try call.setAxes(arguments[1])
    try call.setDType(arguments[2])
    call.out = arguments.optional(3)
    call.keepsDimensions = try parseBool(arguments[4], default: false)
    try call.setInitial(arguments[5])
    try call.setMask(arguments[6])
    return try call.finish()
  }

  private static func extreme(
    _ operation: ReductionOperation, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    if arguments.optional(4) == nil, arguments[5] == nil,
      let done = DirectDoor.reduce(
        operation, arguments.required(0), axis: arguments[1], out: arguments.optional(2),
        keepdims: arguments[3])
    {
      return done
    }
    var call = try ReductionCall(operation, arguments.required(0))
    try call.setAxes(arguments[1])
    call.out = arguments.optional(2)
    call.keepsDimensions = try parseBool(arguments[3], default: false)
    try call.setInitial(arguments[4])
    try call.setMask(arguments[5])
    return try call.finish()
  }

  private static func truth(
    _ operation: ReductionOperation, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    if let done = DirectDoor.reduce(
      operation, arguments.required(0), axis: arguments[1], out: arguments.optional(2),
      keepdims: arguments[3], mask: arguments[4])
    {
      return done
    }
    var call = try ReductionCall(operation, arguments.required(0))
    try call.setAxes(arguments[1])
    call.out = arguments.optional(2)
    call.keepsDimensions = try parseBool(arguments[3], default: false)
    try call.setMask(arguments[4])
    return try call.finish()
  }

  private static func mean(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    try mean(
      arguments.required(0), axis: arguments[1], dtype: arguments.optional(2),
      out: arguments.optional(3), keepdims: arguments[4], where: arguments[5])
  }

  private static func mean(
    _ object: Ref, axis: Ref?, dtype given: Ref? = nil, out: Ref? = nil, keepdims: Ref?,
    where condition: Ref? = nil
  ) throws(PythonError) -> Ref {
    let dtype = try parseOptionalDType(given)
    if let dtype, !dtype.isInexact { throw .notNative("a mean in integers") }
    if condition == nil,
      let done = DirectDoor.reduce(
        .mean, object, axis: axis, dtype: dtype, out: out, keepdims: keepdims)
    {
      return done
    }
    if let condition, dtype == nil, out == nil,
      let done = DirectDoor.mean(object, axis: axis, keepdims: keepdims, where: condition)
    {
      return done
    }
    var call = try ReductionCall(.mean, object)
    call.axes = try parseAxes(axis, rank: call.array.rank)
    try call.setDType(dtype)
    call.out = out
    call.keepsDimensions = try parseBool(keepdims, default: false)
    if call.reducedCount == 0 { throw .notNative("the mean of nothing, which NumPy warns of") }
    guard let mask = try ReductionCall.mask(condition, for: call.array) else {
      return try call.finish()
    }
    return try call.finish { (array) throws(PythonError) in
      try checkCounts(mask, call, correction: 0)
      return try core { () throws(MartletError) in
        try Interruption.stoppable(elements: array.count) { () throws(MartletError) in
          try array.mean(
            axes: call.axes, keepDimensions: call.keepsDimensions, dtype: call.dtype, where: mask)
        }
      }
    }
  }

  private static func moment(
    _ operation: ReductionOperation, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    if arguments[6] == nil, arguments.optional(7) == nil,
      let done = try momentAtOnce(operation, arguments)
    {
      return done
    }
    var call = try ReductionCall(operation, arguments.required(0))
    call.axes = try parseAxes(arguments[1], rank: call.array.rank)
    try call.setDType(arguments[2])
    if let dtype = call.dtype, !dtype.isFloating {
      throw .notNative("the variance in integers or as a complex number")
    }
    call.out = arguments.optional(3)
    let correction = try correction(arguments[4], arguments[8])
    call.keepsDimensions = try parseBool(arguments[5], default: false)
    let mask = try ReductionCall.mask(arguments[6], for: call.array)
    let mean = try arguments.optional(7).map { (mean) throws(PythonError) in
      try self.mean(mean, for: call)
    }
    if mask == nil, correction < 0 || correction >= Double(call.reducedCount) {
      throw .notNative("too few elements for the degrees of freedom, which NumPy warns of")
    }
    if mask == nil, mean == nil, let whole = Int(exactly: correction) {
      call.parameter = whole
      return try call.finish()
    }
    return try call.finish { (array) throws(PythonError) in
      if let mask { try checkCounts(mask, call, correction: correction) }
      return try core { () throws(MartletError) in
        try Interruption.stoppable(elements: array.count) { () throws(MartletError) in
          let variance = try array.variance(
            axes: call.axes, correction: correction, keepDimensions: call.keepsDimensions,
            dtype: call.dtype, where: mask, mean: mean)
          return operation === ReductionOperation.variance
            ? variance : try NDArray.apply("sqrt", variance)[0]
        }
      }
    }
  }

  /// `dtype=` of a function that adds, where it is one to compute in without a word.
  private static func computedIn(_ arguments: borrowing Arguments) throws(PythonError) -> DType? {
    guard let given = arguments.optional(2) else { return nil }
    return try parseOptionalDType(given)
  }

  /// The variance of a small array, with a whole number for `ddof=`; nil where it is another.
  private static func momentAtOnce(
    _ operation: ReductionOperation, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref? {
    let dtype = try computedIn(arguments)
    if let dtype, !dtype.isFloating { return nil }
    let (first, second) = (arguments[4], arguments[8])
    if first != nil, second != nil { return nil }
    guard let ddof = DirectDoor.small(first ?? second, default: 0) else { return nil }
    return DirectDoor.reduce(
      operation, arguments.required(0), axis: arguments[1], dtype: dtype,
      out: arguments.optional(3), keepdims: arguments[5], parameter: ddof)
  }

  /// `ddof=`, or `correction=` in its place.
  private static func correction(_ ddof: Ref?, _ correction: Ref?) throws(PythonError) -> Double {
    var value = 0.0
    for (given, isSecond) in [(ddof, false), (correction, true)] {
      guard let given else { continue }
      if isSecond, value != 0 { throw .notNative("ddof= beside correction=") }
      guard case .weak(let kind, let number) = try parseOperand(given), kind != .complex else {
        throw .notNative("ddof= is no number")
      }
      value = number.asDouble
    }
    return value
  }

  /// `mean=`, where it can stand for the elements' own.
  private static func mean(_ object: Ref, for call: ReductionCall) throws(PythonError) -> NDArray {
    let array = try parseArray(object, dtype: nil)
    let compute = call.operation.types(call.dtype ?? call.array.dtype)?.compute
    guard let compute, Promotion.canCast(array.dtype, to: compute, .safe),
      Shape.broadcast(array.shape, call.array.shape) == call.array.shape
    else { throw .notNative("a mean of another kind or shape than the array's") }
    return array
  }

  /// NumPy warns of averages of too few elements.
  private static func checkCounts(
    _ mask: NDArray, _ call: ReductionCall, correction: Double
  ) throws(PythonError) {
    let shape = call.array.shape
    let fewest = try core { () throws(MartletError) in
      let counts = try mask.broadcast(to: shape).reduced(.countNonzero, axes: call.axes)
      return counts.count == 0 ? .max : try counts.reduced(.minimum).item().asInt64
    }
    if correction < 0 || Double(fewest) <= correction {
      throw .notNative("too few elements for an average, which NumPy warns of")
    }
  }

  private static func position(
    _ operation: ReductionOperation, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    if let done = DirectDoor.position(
      operation, arguments.required(0), axis: arguments[1], out: arguments.optional(2),
      keepdims: arguments[3])
    {
      return done
    }
    var call = try ReductionCall(operation, arguments.required(0))
    let rank = call.array.rank
    call.out = arguments.optional(2)
    call.keepsDimensions = try parseBool(arguments[3], default: false)
    if let axis = arguments.optional(1), try !isScalarAxis(axis, rank: rank) {
      call.axes = [try normalise(axis: try parseAxis(axis), rank: rank)]
      return try call.finish()
    }
    // Positions count through all elements in C order.
    let array = call.array
    call.array = try core { () throws(MartletError) in try array.raveled() }
    if call.keepsDimensions {
      guard call.out == nil else { throw .notNative("keepdims= beside out=") }
      let result = try call.run()
      return try pythonResult(
        result.view(Layout(contiguous: Shape(repeating: 1, count: rank))))
    }
    return try call.finish()
  }

  private static func span(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    if arguments.optional(2) == nil,
      let done = DirectDoor.span(arguments.required(0), axis: arguments[1], keepdims: arguments[3])
    {
      return done
    }
    var call = try ReductionCall(.maximum, arguments.required(0))
    if call.array.dtype == .bool { throw .notNative("ptp of truth values") }
    try call.setAxes(arguments[1])
    call.keepsDimensions = try parseBool(arguments[3], default: false)
    let high = try call.run()
    call.operation = .minimum
    let low = try call.run()
    guard let subtract = Operator.subtract.row else { throw .notNative("ptp") }
    let result = try core { () throws(MartletError) in
      try Elementwise.apply(subtract, [.array(high), .array(low)])[0]
    }
    return try Results.give(result, to: arguments.optional(2))
  }

  private static func trace(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    let object = arguments.required(0)
    let offset = try arguments[1].map { (o) throws(PythonError) in try parseInt(o) } ?? 0
    let dtype = try parseOptionalDType(arguments[4])
    if (arguments[2], arguments[3], dtype) == (nil, nil, nil), arguments.optional(5) == nil,
      let done = DirectDoor.trace(object, offset: offset)
    {
      return done
    }
    var call = try ReductionCall(.sum, object)
    let rank = call.array.rank
    guard rank >= 2 else { throw .value("diag requires an array of at least two dimensions") }
    func axis(_ given: Ref?, _ value: Int) throws(PythonError) -> Int {
      guard let given else { return value }
      return try normalise(axis: try parseInt(given), rank: rank)
    }
    let axes = (try axis(arguments[2], 0), try axis(arguments[3], 1))
    guard let diagonal = call.array.layout.diagonal(offset, axes.0, axes.1) else {
      throw .value("axis1 and axis2 cannot be the same")
    }
    call.array = call.array.view(diagonal)
    call.axes = [rank - 2]
    try call.setDType(dtype)
    call.out = arguments.optional(5)
    return try call.finish()
  }

  private static func difference(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    if (arguments[3], arguments[4]) != (nil, nil) { throw .notNative("prepend= and append=") }
    if arguments[1] == nil,
      let done = DirectDoor.difference(arguments.required(0), axis: arguments[2])
    {
      return done
    }
    if PyErr_Occurred() != nil { throw .raised }
    var array = try parseArray(arguments.required(0), dtype: nil)
    let times = try arguments[1].map { (o) throws(PythonError) in try parseInt(o) } ?? 1
    guard array.rank > 0 else {
      throw .value("diff requires input that is at least one dimensional")
    }
    let given = try arguments[2].map { (o) throws(PythonError) in try parseAxis(o) } ?? -1
    let axis = try normalise(axis: given, rank: array.rank)
    guard (0...64).contains(times) else { throw .notNative("so many differences") }
    guard let row = array.dtype == .bool ? Operator.notEqual.row : Operator.subtract.row else {
      throw .notNative("the operation has no row")
    }
    for _ in 0..<times {
      let count = max(array.shape[axis] - 1, 0)
      let later = array.part(axis: axis, from: min(1, array.shape[axis]), count: count)
      let earlier = array.part(axis: axis, from: 0, count: count)
      array = try core { () throws(MartletError) in
        try Elementwise.apply(row, [.array(later), .array(earlier)])[0]
      }
    }
    return times == 0 ? retained(arguments.required(0)) : try ArrayObject.make(array)
  }

  private static func cumulative(
    _ row: ElementwiseOperation?, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    guard let row else { throw .notNative("the operation has no row") }
    let dtype = try parseOptionalDType(arguments[2])
    if let done = DirectDoor.accumulate(
      row, arguments.required(0), axis: arguments.optional(1), dtype: dtype,
      out: arguments.optional(3))
    {
      return done
    }
    var array = try parseArray(arguments.required(0), dtype: nil)
    var axis = 0
    if let given = arguments.optional(1), try !isScalarAxis(given, rank: array.rank) {
      axis = try normalise(axis: try parseAxis(given), rank: array.rank)
    } else {
      let whole = array
      array = try core { () throws(MartletError) in try whole.raveled() }
    }
    return try accumulated(
      row, array, axis: axis, dtype: dtype, out: arguments.optional(3))
  }

  static func accumulated(
    _ row: ElementwiseOperation, _ array: NDArray, axis: Int, dtype: DType?, out: Ref?
  ) throws(PythonError) -> Ref {
    if let dtype, dtype == .bool || (array.dtype.isComplex && !dtype.isComplex) {
      throw .notNative("accumulating in another kind of number")
    }
    if let out, ArrayObject.check(out), ArrayObject.state(out).pointee.dtype != dtype ?? array.dtype
    {
      throw .notNative("an output of another dtype than the result")
    }
    let result = try core { () throws(MartletError) in
      try Interruption.stoppable(elements: array.count) { () throws(MartletError) in
        try array.accumulated(row, axis: axis, dtype: dtype)
      }
    }
    guard let out else { return try ArrayObject.make(result) }
    return try Results.give(result, to: out)
  }
}
