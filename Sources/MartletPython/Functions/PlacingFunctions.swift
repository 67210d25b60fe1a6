import CPythonABI
import Martlet
import MartletIR

/// `put`, `putmask`, `place` and `copyto` of small arrays of Martlet's.
enum PlacingFunctions {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "put": FunctionRows.quickly {
      arguments throws(PythonError) in try put(arguments)
    },
    "ndarray.put": FunctionRows.quickly {
      arguments throws(PythonError) in try put(arguments)
    },
    "putmask": FunctionRows.quickly {
      arguments throws(PythonError) in
      let (object, mask, values) = try masked(arguments)
      if DirectPlacingCall.replace(object, where: mask, values, inTurn: false) {
        return Python.none
      }
      throw .notNative("large arrays, or values of another kind")
    },
    "place": FunctionRows.quickly {
      arguments throws(PythonError) in
      let (object, mask, values) = try masked(arguments)
      if DirectPlacingCall.replace(object, where: mask, values, inTurn: true) {
        return Python.none
      }
      throw .notNative("large arrays, or values of another kind")
    },
    "fill_diagonal": FunctionRows.quickly {
      arguments throws(PythonError) in
      let (object, number) = (arguments.required(0), arguments.required(1))
      guard arguments.count == 2, ArrayObject.isExact(object), !ArrayObject.check(number) else {
        throw .notNative("other than an array and a number")
      }
      let layout = ArrayObject.state(object).pointee.layout
      guard layout.rank == 2 else { throw .notNative("other than a matrix") }
      let region = Layout(
        shape: Shape(repeating: min(layout.shape[0], layout.shape[1]), count: 1),
        strides: Shape(repeating: layout.strides[0] &+ layout.strides[1], count: 1),
        offset: layout.offset)
      let isDone = withUnsafePointer(to: region) {
        DirectDoor.assign(number, to: object, $0)
      }
      if isDone { return Python.none }
      if PyErr_Occurred() != nil { throw .raised }
      throw .notNative("a large array, or a number of another kind")
    },
    "copyto": FunctionRows.quickly { arguments throws(PythonError) in
      let (object, values) = (arguments.required(0), arguments.required(1))
      guard ArrayObject.isExact(object), ArrayObject.isWritable(object),
        arguments.count == (arguments[3] == nil ? 2 : 3), arguments[2] == nil,
        isOfSameKind(values, as: ArrayObject.state(object).pointee.dtype)
      else { throw .notNative("other than plain arrays") }
      let whole = DirectDoor.layout(ArrayObject.state(object))
      guard let mask = arguments[3] else {
        if DirectDoor.assign(values, to: object, whole) { return Python.none }
        if PyErr_Occurred() != nil { throw .raised }
        if isTraced(object) || isTraced(values) {
          try ArrayObject.assign(
            object, whole.pointee,
            try parseElements(values, as: ArrayObject.state(object).pointee.dtype))
          return Python.none
        }
        throw .notNative("large arrays, or values that do not fit")
      }
      guard isMask(mask, of: object) else { throw .notNative("a mask of another shape") }
      guard ArrayObject.isExact(values) else {
        try replace(object, mask, values)
        return Python.none
      }
      guard ArrayObject.state(values).pointee.layout.shape == whole.pointee.shape else {
        throw .notNative("values of another shape")
      }
      let chosen = try check(PyObject_GetItem(values, mask))
      defer { py_release(chosen) }
      try replace(object, mask, chosen)
      return Python.none
    },
  ]

  private static func put(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    let (object, indices, values) = (
      arguments.required(0), arguments.required(1), arguments.required(2)
    )
    guard arguments.count == 3, ArrayObject.isExact(object), ArrayObject.isExact(indices),
      ArrayObject.isWritable(object)
    else { throw .notNative("other than an array and positions in another") }
    guard DirectPlacingCall.put(object, indices, values) else {
      throw .notNative("positions or values of another kind")
    }
    return Python.none
  }

  /// An array, a mask of its shape and values.
  private static func masked(
    _ arguments: borrowing Arguments
  ) throws(PythonError) -> (Ref, Ref, Ref) {
    let (object, mask) = (arguments.required(0), arguments.required(1))
    guard ArrayObject.isExact(object), ArrayObject.isWritable(object), isMask(mask, of: object)
    else { throw .notNative("other than an array and a mask of its shape") }
    return (object, mask, arguments.required(2))
  }

  private static func isMask(_ mask: Ref, of object: Ref) -> Bool {
    ArrayObject.isExact(mask) && ArrayObject.state(mask).pointee.dtype == .bool
      && ArrayObject.state(mask).pointee.layout.rank > 0
      && ArrayObject.state(mask).pointee.layout.shape
        == ArrayObject.state(object).pointee.layout.shape
  }

  /// Whether an array's elements, or a number, become elements of `dtype` by the rule "same kind".
  private static func isOfSameKind(_ values: Ref, as dtype: DType) -> Bool {
    guard ArrayObject.isExact(values) else {
      // Numbers are no truth values.
      return dtype != .bool && DirectDoor.exactly(values, as: dtype) != nil
    }
    return Promotion.canCast(ArrayObject.state(values).pointee.dtype, to: dtype, .sameKind)
  }

  private static func isTraced(_ object: Ref) -> Bool {
    ArrayObject.check(object) && ArrayObject.read(object).isTraced
  }

  private static func replace(_ object: Ref, _ mask: Ref, _ values: Ref) throws(PythonError) {
    guard try DirectIndexing.set(object, mask, values) else {
      if isTraced(object) || isTraced(values) {
        return try check(PyObject_SetItem(object, mask, values))
      }
      throw .notNative("large arrays, or values of another kind")
    }
  }
}
