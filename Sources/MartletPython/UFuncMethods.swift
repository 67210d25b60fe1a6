import CPythonABI
import Martlet
import MartletIR

/// The methods of ufuncs: `np.add.reduce` and its like.
enum UFuncMethods {
  static let all: [NativeFunction] = [
    NativeFunction(
      "ufunc.reduce",
      "(self, array, /, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True)",
      "Combines the elements along axes."
    ) { arguments throws(PythonError) in
      guard let operation = reductions[try row(arguments).name] else {
        throw .notNative("reducing by this operation")
      }
      var call = try ReductionCall(operation, arguments.required(1))
      if operation === ReductionOperation.bitwiseOr, !(call.array.dtype.isInteger) {
        throw .notNative("reducing by this operation")
      }
      if arguments.isMissing(2) {
        call.axes = call.array.rank == 0 ? nil : [0]
      } else {
        try call.setAxes(arguments[2])
      }
      try call.setDType(arguments[3])
      call.out = try output(arguments.optional(4))
      call.keepsDimensions = try parseBool(arguments[5], default: false)
      if operation.identity == .number(0) || operation.identity == .number(1),
        arguments[6] == py_none()
      {
        throw .notNative("a reduction without its identity")
      }
      try call.setInitial(arguments[6])
      try call.setMask(arguments[7])
      return try call.finish()
    },
    NativeFunction(
      "ufunc.accumulate", "(self, array, /, axis=0, dtype=None, out=None)",
      "Combines each element with all before it."
    ) { arguments throws(PythonError) in
      let row = try row(arguments)
      guard row.inputCount == 2, row.outputCount == 1 else {
        throw .value("accumulate only supported for binary functions returning a single value")
      }
      let array = try parseArray(arguments.required(1), dtype: nil)
      guard array.rank > 0 else { throw .type("cannot accumulate on a scalar") }
      let given = try arguments[2].map { (o) throws(PythonError) in try parseAxis(o) } ?? 0
      return try ReductionFunctions.accumulated(
        row, array, axis: try normalise(axis: given, rank: array.rank),
        dtype: try parseOptionalDType(arguments[3]), out: try output(arguments.optional(4)))
    },
    NativeFunction(
      "ufunc.outer", "(self, A, B, /, *, dtype=None)", "Applies the operation to each pair."
    ) { arguments throws(PythonError) in
      let row = try row(arguments)
      guard row.inputCount == 2, row.outputCount == 1 else {
        throw .notNative("outer of other than two operands")
      }
      let left = try parseArray(arguments.required(1), dtype: nil)
      let right = try parseArray(arguments.required(2), dtype: nil)
      guard left.rank + right.rank <= Shape.maximumRank else {
        throw .notNative("more dimensions than Martlet's arrays have")
      }
      var layout = left.layout
      for _ in 0..<right.rank { layout = layout.expanded(at: layout.rank) }
      let dtype = try parseOptionalDType(arguments[3])
      let result = try core { () throws(MartletError) in
        try Elementwise.apply(row, [.array(left.view(layout)), .array(right)], dtype: dtype)[0]
      }
      return try pythonResult(result)
    },
    NativeFunction(
      "ufunc.at", "(self, a, indices, b=None, /)", "Applies the operation in place at indices."
    ) { _ throws(PythonError) in throw .notNative("unbuffered work in place") },
    NativeFunction(
      "ufunc.reduceat", "(self, array, /, indices, axis=0, dtype=None, out=None)",
      "Combines the elements of slices."
    ) { _ throws(PythonError) in throw .notNative("reducing slices") },
  ]

  private static let reductions: [String: ReductionOperation] = [
    "add": .sum, "multiply": .product, "maximum": .maximum, "minimum": .minimum,
    "logical_and": .all, "logical_or": .any, "bitwise_or": .bitwiseOr,
  ]

  private static func row(_ arguments: borrowing Arguments) throws(PythonError)
    -> ElementwiseOperation
  {
    let object = arguments.required(0)
    guard isType(object, UFuncObject.type) else {
      throw .type("the method needs a 'ufunc' object but received a '\(try typeName(object))'")
    }
    return UFuncObject.row(object)
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
