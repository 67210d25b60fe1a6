import CPythonABI
import Martlet
import MartletIR

/// Shorter ways of `sum`, `max`, `mean` and the other functions that combine the elements along axes.
enum ReductionFunctions {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "sum": { arguments throws(PythonError) in try sum(.sum, arguments) },
    "prod": { arguments throws(PythonError) in try sum(.product, arguments) },
    "max": { arguments throws(PythonError) in extreme(.maximum, arguments) },
    "min": { arguments throws(PythonError) in extreme(.minimum, arguments) },
    "all": { arguments throws(PythonError) in truth(.all, arguments) },
    "any": { arguments throws(PythonError) in truth(.any, arguments) },
    "mean": { arguments throws(PythonError) in try mean(arguments) },
    "var": { arguments throws(PythonError) in try moment(.variance, arguments) },
    "std": { arguments throws(PythonError) in try moment(.standardDeviation, arguments) },
    "argmax": { arguments throws(PythonError) in position(.argMaximum, arguments) },
    "argmin": { arguments throws(PythonError) in position(.argMinimum, arguments) },
    "count_nonzero": { arguments throws(PythonError) in
      DirectDoor.reduce(
        .countNonzero, arguments.required(0), axis: arguments[1], keepdims: arguments[2])
    },
    "trace": { arguments throws(PythonError) in
      guard (arguments[2], arguments[3]) == (nil, nil), arguments.optional(4) == nil,
        arguments.optional(5) == nil, let offset = DirectDoor.small(arguments[1], default: 0)
      else { return nil }
      return DirectDoor.trace(arguments.required(0), offset: offset)
    },
    "ptp": { arguments throws(PythonError) in
      if arguments.optional(2) != nil { return nil }
      return DirectDoor.span(arguments.required(0), axis: arguments[1], keepdims: arguments[3])
    },
    "diff": { arguments throws(PythonError) in
      // No difference at all is the very argument, whatever it is.
      if let times = arguments[1], DirectDoor.integer(times) == 0 {
        return retained(arguments.required(0))
      }
      guard arguments[1] == nil, (arguments[3], arguments[4]) == (nil, nil) else { return nil }
      let done = DirectDoor.difference(arguments.required(0), axis: arguments[2])
      if done == nil, PyErr_Occurred() != nil { throw .raised }
      return done
    },
    "cumsum": { arguments throws(PythonError) in
      try cumulative(Operator.add.row, arguments)
    },
    "cumprod": { arguments throws(PythonError) in
      try cumulative(Operator.multiply.row, arguments)
    },
  ]

  private static func sum(
    _ operation: ReductionOperation, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref? {
    if arguments[5] != nil { return nil }
    return DirectDoor.reduce(
      operation, arguments.required(0), axis: arguments[1], dtype: try computedIn(arguments),
      out: arguments.optional(3), keepdims: arguments[4], mask: arguments[6])
  }

  private static func extreme(
    _ operation: ReductionOperation, _ arguments: borrowing Arguments
  ) -> Ref? {
    guard arguments.optional(4) == nil, arguments[5] == nil else { return nil }
    return DirectDoor.reduce(
      operation, arguments.required(0), axis: arguments[1], out: arguments.optional(2),
      keepdims: arguments[3])
  }

  private static func truth(
    _ operation: ReductionOperation, _ arguments: borrowing Arguments
  ) -> Ref? {
    DirectDoor.reduce(
      operation, arguments.required(0), axis: arguments[1], out: arguments.optional(2),
      keepdims: arguments[3], mask: arguments[4])
  }

  private static func mean(_ arguments: borrowing Arguments) throws(PythonError) -> Ref? {
    let dtype = try computedIn(arguments)
    if let dtype, !dtype.isInexact { return nil }
    let object = arguments.required(0)
    guard let condition = arguments[5] else {
      return DirectDoor.reduce(
        .mean, object, axis: arguments[1], dtype: dtype, out: arguments.optional(3),
        keepdims: arguments[4])
    }
    guard dtype == nil, arguments.optional(3) == nil else { return nil }
    return DirectDoor.mean(
      object, axis: arguments[1], keepdims: arguments[4], where: condition)
  }

  private static func position(
    _ operation: ReductionOperation, _ arguments: borrowing Arguments
  ) -> Ref? {
    DirectDoor.position(
      operation, arguments.required(0), axis: arguments[1], out: arguments.optional(2),
      keepdims: arguments[3])
  }

  private static func cumulative(
    _ row: ElementwiseOperation?, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref? {
    guard let row else { return nil }
    return DirectDoor.accumulate(
      row, arguments.required(0), axis: arguments.optional(1),
      dtype: try parseOptionalDType(arguments[2]), out: arguments.optional(3))
  }

  /// `dtype=` of a function that adds, where it is one to compute in without a word.
  private static func computedIn(_ arguments: borrowing Arguments) throws(PythonError) -> DType? {
    guard let given = arguments.optional(2) else { return nil }
    return try parseOptionalDType(given)
  }

  /// The variance of a small array, with a whole number for `ddof=`; nil where it is another.
  private static func moment(
    _ operation: ReductionOperation, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref? {
    guard arguments[6] == nil, arguments.optional(7) == nil else { return nil }
    let dtype = try computedIn(arguments)
    if let dtype, !dtype.isFloating { return nil }
    let (first, second) = (arguments[4], arguments[8])
    if first != nil, second != nil { return nil }
    guard let ddof = DirectDoor.small(first ?? second, default: 0) else { return nil }
    // NumPy warns where there are too few elements, which the general way looks for.
    if ddof != 0, !isLonger(arguments.required(0), than: ddof) { return nil }
    return DirectDoor.reduce(
      operation, arguments.required(0), axis: arguments[1], dtype: dtype,
      out: arguments.optional(3), keepdims: arguments[5], parameter: ddof)
  }

  /// Whether every axis of an array has more elements than a number that is not negative.
  private static func isLonger(_ object: Ref, than count: Int) -> Bool {
    guard ArrayObject.isExact(object), count >= 0 else { return false }
    return DirectDoor.layout(ArrayObject.state(object)).pointee.shape.allSatisfy { $0 > count }
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
