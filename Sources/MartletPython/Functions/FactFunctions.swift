import CPythonABI
import Martlet
import MartletIR

/// What functions tell of an array that its attributes tell too. Of other objects NumPy knows it.
enum FactFunctions {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "array_equal": { arguments throws(PythonError) in
      let (a, b) = (arguments.required(0), arguments.required(1))
      guard arguments.count == 2, ArrayObject.isExact(a), ArrayObject.isExact(b) else {
        return nil
      }
      let shape = ArrayObject.state(a).pointee.layout.shape
      guard shape == ArrayObject.state(b).pointee.layout.shape else { return Python.bool(false) }
      guard shape.rank > 0, let row = Operator.equal.row, let hits = DirectDoor.binary(row, a, b)
      else {
        if PyErr_Occurred() != nil { throw .raised }
        return nil
      }
      defer { py_release(hits) }
      guard let found = DirectSelecting.countNonzero(hits) else { return nil }
      return Python.bool(found == shape.elementCount)
    }
  ]

  static let all: [DoorFunction] = [
    DoorFunction("ndim", "(a)", "The number of dimensions.") { arguments throws(PythonError) in
      try pythonInt(try layout(arguments).pointee.rank)
    },
    DoorFunction("shape", "(a)", "The sizes along each dimension.") {
      arguments throws(PythonError) in
      try pythonTuple(try layout(arguments).pointee.shape)
    },
    DoorFunction("size", "(a, axis=None)", "The number of elements, in all or along an axis.") {
      arguments throws(PythonError) in
      let layout = try layout(arguments)
      guard let given = arguments.optional(1) else { return try pythonInt(layout.pointee.count) }
      guard let axis = DirectDoor.integer(given), axis >= -layout.pointee.rank,
        axis < layout.pointee.rank
      else { throw .notNative("an axis that is none of the array's") }
      return try pythonInt(layout.pointee.shape[axis < 0 ? axis + layout.pointee.rank : axis])
    },
    DoorFunction("iscomplexobj", "(x)", "Whether the dtype is a complex one.") {
      arguments throws(PythonError) in
      _ = try layout(arguments)
      return Python.bool(ArrayObject.state(arguments.required(0)).pointee.dtype.isComplex)
    },
    DoorFunction("isrealobj", "(x)", "Whether the dtype is not a complex one.") {
      arguments throws(PythonError) in
      _ = try layout(arguments)
      return Python.bool(!ArrayObject.state(arguments.required(0)).pointee.dtype.isComplex)
    },
    DoorFunction("iterable", "(y)", "Whether one can iterate over it.") {
      arguments throws(PythonError) in Python.bool(try layout(arguments).pointee.rank > 0)
    },
    DoorFunction("isscalar", "(element)", "Whether it is a number by itself.") {
      arguments throws(PythonError) in
      let object = arguments.required(0)
      if ArrayObject.check(object) { return Python.bool(false) }
      guard
        isType(object, py_float_type()) || isType(object, py_long_type())
          || NumPyScalar.value(of: object) != nil
      else { throw .notNative("other than an array or a number") }
      return Python.bool(true)
    },
    DoorFunction(
      "result_type", "(*arrays_and_dtypes)", "The dtype that all of them promote to.",
      variadic: { given, count, keywords throws(PythonError) in
        guard let given, count > 0, keywords == nil, ArrayObject.isExact(given[0]) else {
          throw .notNative("other than arrays of Martlet's")
        }
        var dtype = ArrayObject.state(given[0]).pointee.dtype
        for i in 1..<count {
          if ArrayObject.isExact(given[i]) {
            dtype = Promotion.promote(dtype, ArrayObject.state(given[i]).pointee.dtype)
          } else if let other = DTypeObjects.known(given[i]) {
            dtype = Promotion.promote(dtype, other)
          } else {
            throw .notNative("other than arrays of Martlet's")
          }
        }
        return retained(try dtypeObject(dtype))
      }),
  ]

  private static func layout(
    _ arguments: borrowing Arguments
  ) throws(PythonError) -> UnsafePointer<Layout> {
    let object = arguments.required(0)
    guard ArrayObject.check(object) else { throw .notNative("other than an array of Martlet's") }
    return DirectDoor.layout(ArrayObject.state(object))
  }
}
