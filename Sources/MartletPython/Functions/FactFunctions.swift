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
    },
    "ndim": FunctionRows.quickly { arguments throws(PythonError) in
      try pythonInt(try layout(arguments).pointee.rank)
    },
    "shape": FunctionRows.quickly {
      arguments throws(PythonError) in
      try pythonTuple(try layout(arguments).pointee.shape)
    },
    "size": FunctionRows.quickly {
      arguments throws(PythonError) in
      let layout = try layout(arguments)
      guard let given = arguments.optional(1) else { return try pythonInt(layout.pointee.count) }
      guard let axis = DirectDoor.integer(given), axis >= -layout.pointee.rank,
        axis < layout.pointee.rank
      else { throw .notNative("an axis that is none of the array's") }
      return try pythonInt(layout.pointee.shape[axis < 0 ? axis + layout.pointee.rank : axis])
    },
    "iscomplexobj": FunctionRows.quickly {
      arguments throws(PythonError) in
      _ = try layout(arguments)
      return Python.bool(ArrayObject.state(arguments.required(0)).pointee.dtype.isComplex)
    },
    "isrealobj": FunctionRows.quickly {
      arguments throws(PythonError) in
      _ = try layout(arguments)
      return Python.bool(!ArrayObject.state(arguments.required(0)).pointee.dtype.isComplex)
    },
    "iterable": FunctionRows.quickly {
      arguments throws(PythonError) in Python.bool(try layout(arguments).pointee.rank > 0)
    },
    "isscalar": FunctionRows.quickly {
      arguments throws(PythonError) in
      let object = arguments.required(0)
      if ArrayObject.check(object) { return Python.bool(false) }
      guard
        isType(object, py_float_type()) || isType(object, py_long_type())
          || isType(object, py_complex_type()) || isType(object, py_bool_type())
          || isType(object, py_unicode_type()) || NumPyScalar.value(of: object) != nil
      else { throw .notNative("other than an array or a number") }
      return Python.bool(true)
    },
    "real_if_close": { arguments throws(PythonError) in
      let object = arguments.required(0)
      // Real numbers are as they are; other tolerances are looked at in the general way.
      guard arguments.count == 1, ArrayObject.isExact(object),
        !ArrayObject.state(object).pointee.dtype.isComplex
      else { return nil }
      return retained(object)
    },
    "result_type": { arguments throws(PythonError) in
      guard arguments.restCount > 0, ArrayObject.isExact(arguments.rest(0)) else { return nil }
      var dtype = ArrayObject.state(arguments.rest(0)).pointee.dtype
      for i in 1..<arguments.restCount {
        let given = arguments.rest(i)
        if ArrayObject.isExact(given) {
          dtype = Promotion.promote(dtype, ArrayObject.state(given).pointee.dtype)
        } else if let other = DTypeObjects.known(given) {
          dtype = Promotion.promote(dtype, other)
        } else {
          return nil
        }
      }
      return retained(try dtypeObject(dtype))
    },
  ]

  private static func layout(
    _ arguments: borrowing Arguments
  ) throws(PythonError) -> UnsafePointer<Layout> {
    let object = arguments.required(0)
    guard ArrayObject.check(object) else { throw .notNative("other than an array of Martlet's") }
    return DirectDoor.layout(ArrayObject.state(object))
  }
}
