import CPythonABI
import Martlet
import MartletIR

/// Methods of `ndarray` that are no functions of `numpy`.
enum ArrayMethods {
  static let all: [NativeFunction] = [
    NativeFunction("ndarray.copy", "(self, /, order='C')", "A copy in memory of its own.") {
      arguments throws(PythonError) in
      let object = try itself(arguments)
      if let order = arguments.optional(1), try swiftString(order) != "C" {
        throw .notNative("an order other than C")
      }
      return try copy(of: object)
    },
    NativeFunction(
      "ndarray.astype", "(self, dtype, order='K', casting='unsafe', subok=True, copy=True)",
      "The elements converted to another dtype."
    ) { arguments throws(PythonError) in
      let object = try itself(arguments)
      let dtype = try parseDType(arguments.required(1))
      let own = ArrayObject.state(object).pointee.dtype
      if let order = arguments.optional(2), !["K", "A"].contains(try swiftString(order)) {
        throw .notNative("an order other than K")
      }
      let casting = try arguments[3] == nil ? .unsafe : parseCasting(arguments[3])
      guard Promotion.canCast(own, to: dtype, casting) else {
        throw .type(
          "Cannot cast array data from dtype('\(own)') to dtype('\(dtype)') according to "
            + "the rule '\(casting.rawValue)'")
      }
      if dtype == own, try !parseBool(arguments[5], default: true) {
        return retained(object)
      }
      if own.isComplex, !dtype.isComplex, dtype != .bool {
        throw .notNative("discarding imaginary parts, which NumPy warns of")
      }
      if let direct = DirectDoor.copy(object, as: dtype, keepingOrder: true) { return direct }
      let array = ArrayObject.read(object)
      return try CreationFunctions.made { () throws(MartletError) in try array.asType(dtype) }
    },
    NativeFunction("ndarray.flatten", "(self, /, order='C')", "A copy in one dimension.") {
      arguments throws(PythonError) in
      let object = try itself(arguments)
      if let order = arguments.optional(1), try swiftString(order) != "C" {
        throw .notNative("an order other than C")
      }
      let copy = try copy(of: object)
      let state = ArrayObject.state(copy)
      state.pointee.layout = Layout(contiguous: [state.pointee.layout.count])
      return copy
    },
    NativeFunction("ndarray.fill", "(self, value, /)", "Sets every element.") {
      arguments throws(PythonError) in
      let object = try itself(arguments)
      try store(arguments.required(1), everywhereIn: object)
      return Python.none
    },
    NativeFunction(
      "ndarray.tolist", "(self, /)", "The elements as Python numbers in nested lists."
    ) { arguments throws(PythonError) in
      let array = try readable(ArrayObject.read(try itself(arguments)))
      defer { withExtendedLifetime(array) {} }
      let memory = try evaluated(array)
      return try nestedList(array, memory, axis: 0, offset: array.layout.offset)
    },
    NativeFunction(
      "ndarray.reshape", "(self, /, *shape, order='C', copy=None)",
      "The elements in another shape: a view where the memory allows it, else a copy.",
      variadic: { given, count, keywords throws(PythonError) in
        let object = try itself(given, count)
        if keywords != nil { throw .notNative("keywords of reshape") }
        if let quick = try quickReshape(object, given, count) { return quick }
        return try ShapeFunctions.reshaped(object, try integers(given, count))
      }),
    NativeFunction(
      "ndarray.transpose", "(self, /, *axes)", "The axes in another order, or reversed.",
      variadic: { given, count, keywords throws(PythonError) in
        let object = try itself(given, count)
        if keywords != nil { throw .type("transpose() takes no keyword arguments") }
        if count == 1 || (count == 2 && given?[1] == py_none()) {
          return try ShapeFunctions.transposed(object, nil)
        }
        return try ShapeFunctions.transposed(object, try integers(given, count))
      }),
    NativeFunction(
      "ndarray.item", "(self, /, *args)", "One element as a Python number.",
      variadic: { given, count, keywords throws(PythonError) in
        let object = try itself(given, count)
        if keywords != nil { throw .type("item() takes no keyword arguments") }
        return try item(object, try integers(given, count))
      }),
  ]

  /// A new array in C order.
  private static func copy(of object: Ref) throws(PythonError) -> Ref {
    let dtype = ArrayObject.state(object).pointee.dtype
    if let direct = DirectDoor.copy(object, as: dtype, keepingOrder: false) { return direct }
    let array = ArrayObject.read(object)
    return try CreationFunctions.made { () throws(MartletError) in try array.copy() }
  }

  /// The array whose method it is.
  static func itself(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    let object = arguments.required(0)
    guard ArrayObject.check(object) else {
      throw .type("the method needs an 'ndarray' object but received a '\(try typeName(object))'")
    }
    return object
  }

  static func itself(_ given: UnsafePointer<Ref>?, _ count: Int) throws(PythonError) -> Ref {
    guard count > 0, let object = given?[0], ArrayObject.check(object) else {
      throw .type("the method needs an 'ndarray' object")
    }
    return object
  }

  /// A contiguous array in a shape of positive integers; nil for the general way.
  private static func quickReshape(
    _ object: Ref, _ given: UnsafePointer<Ref>?, _ count: Int
  ) throws(PythonError) -> Ref? {
    let state = ArrayObject.state(object)
    guard let given, count > 1, count <= Shape.maximumRank + 1, state.pointee.layout.isContiguous
    else { return nil }
    var layout = Layout(shape: Shape(), strides: Shape(), offset: state.pointee.layout.offset)
    var product = 1
    for i in 1..<count {
      guard isType(given[i], py_long_type()) else { return nil }
      var overflow: Int32 = 0
      let size = Int(PyLong_AsLongLongAndOverflow(given[i], &overflow))
      guard overflow == 0, size > 0 else { return nil }
      layout.shape.append(size)
      layout.strides.append(1)
      product &*= size
      if product > state.pointee.layout.count { return nil }
    }
    guard product == state.pointee.layout.count else { return nil }
    var stride = 1
    var axis = count &- 2
    while axis >= 0 {
      layout.strides[axis] = stride
      stride &*= layout.shape[axis]
      axis &-= 1
    }
    return try ArrayObject.makeView(of: object, layout)
  }

  /// What follows the array: integers, or one sequence of them.
  private static func integers(
    _ given: UnsafePointer<Ref>?, _ count: Int
  ) throws(PythonError) -> [Int] {
    guard let given else { return [] }
    if count == 2 { return try parseInts(given[1]) }
    var result: [Int] = []
    for i in 1..<max(count, 1) { result.append(try parseInt(given[i])) }
    return result
  }

  private static func item(_ object: Ref, _ indices: [Int]) throws(PythonError) -> Ref {
    let array = ArrayObject.read(object)
    var layout = array.layout
    if indices.isEmpty {
      guard layout.count == 1 else {
        throw .value("can only convert an array of size 1 to a Python scalar")
      }
    } else if indices.count == 1, layout.rank != 1 {
      // A single number counts through the elements in C order.
      var rest = try position(indices[0], axis: 0, size: layout.count)
      var offset = layout.offset
      for axis in (0..<layout.rank).reversed() {
        offset += rest % layout.shape[axis] * layout.strides[axis]
        rest /= layout.shape[axis]
      }
      layout.offset = offset
    } else {
      guard indices.count == layout.rank else {
        throw .value("incorrect number of indices for array")
      }
      for (axis, index) in indices.enumerated() {
        let place = try position(index, axis: axis, size: layout.shape[0])
        layout = layout.indexed(axis: 0, at: place)
      }
    }
    layout.shape = Shape()
    layout.strides = Shape()
    return try pythonNumber(try onlyElement(array.view(layout)))
  }

  private static func position(_ index: Int, axis: Int, size: Int) throws(PythonError) -> Int {
    let place = index < 0 ? index &+ size : index
    guard place >= 0, place < size else {
      throw .martlet(.indexOutOfBounds(index: index, axis: axis, size: size))
    }
    return place
  }

  private static func nestedList(
    _ array: NDArray, _ memory: UnsafeMutableRawPointer, axis: Int, offset: Int
  ) throws(PythonError) -> Ref {
    guard axis < array.rank else {
      return try pythonNumber(
        NumPyScalar.read(array.dtype, at: memory + offset * array.dtype.itemSize))
    }
    let count = array.shape[axis]
    let list = try check(PyList_New(count))
    for i in 0..<count {
      do throws(PythonError) {
        let item = try nestedList(
          array, memory, axis: axis + 1, offset: offset + i * array.strides[axis])
        PyList_SetItem(list, i, item)
      } catch {
        py_release(list)
        throw error
      }
    }
    return list
  }
}
