import CPythonABI
import Martlet
import MartletIR

/// What functions tell of an array that its attributes tell too. Of other objects NumPy knows it.
enum FactFunctions {
  static let all: [NativeFunction] = [
    NativeFunction("ndim", "(a)", "The number of dimensions.") { arguments throws(PythonError) in
      try pythonInt(try layout(arguments).pointee.rank)
    },
    NativeFunction("shape", "(a)", "The sizes along each dimension.") {
      arguments throws(PythonError) in
      try pythonTuple(try layout(arguments).pointee.shape)
    },
    NativeFunction("size", "(a, axis=None)", "The number of elements, in all or along an axis.") {
      arguments throws(PythonError) in
      let layout = try layout(arguments)
      guard let given = arguments.optional(1) else { return try pythonInt(layout.pointee.count) }
      guard let axis = DirectDoor.integer(given), axis >= -layout.pointee.rank,
        axis < layout.pointee.rank
      else { throw .notNative("an axis that is none of the array's") }
      return try pythonInt(layout.pointee.shape[axis < 0 ? axis + layout.pointee.rank : axis])
    },
    NativeFunction("iscomplexobj", "(x)", "Whether the dtype is a complex one.") {
      arguments throws(PythonError) in
      _ = try layout(arguments)
      return Python.bool(ArrayObject.state(arguments.required(0)).pointee.dtype.isComplex)
    },
    NativeFunction("isrealobj", "(x)", "Whether the dtype is not a complex one.") {
      arguments throws(PythonError) in
      _ = try layout(arguments)
      return Python.bool(!ArrayObject.state(arguments.required(0)).pointee.dtype.isComplex)
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
