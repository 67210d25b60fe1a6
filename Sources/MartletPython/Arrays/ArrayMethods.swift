import CPythonABI
import Martlet
import MartletIR

/// Methods of `ndarray` that are no functions of `numpy`.
enum ArrayMethods {
  static let all: [DoorFunction] = [
    DoorFunction("ndarray.copy", "(self, /, order='C')", "A copy in memory of its own.") {
      arguments throws(PythonError) in
      try CreationFunctions.copied(
        try itself(arguments), nil, try MemoryOrder.parse(arguments[1], default: .c))
    },
    DoorFunction(
      "ndarray.astype", "(self, dtype, order='K', casting='unsafe', subok=True, copy=True)",
      "The elements converted to another dtype."
    ) { arguments throws(PythonError) in
      let object = try itself(arguments)
      let dtype = try parseDType(arguments.required(1))
      let own = ArrayObject.state(object).pointee.dtype
      let order = try MemoryOrder.parse(arguments[2], default: .keep)
      let casting = try arguments[3] == nil ? .unsafe : parseCasting(arguments[3])
      guard Promotion.canCast(own, to: dtype, casting) else {
        throw .type(
          "Cannot cast array data from dtype('\(own)') to dtype('\(dtype)') according to "
            + "the rule '\(casting.rawValue)'")
      }
      if let copy = arguments[5], PyIndex_Check(copy) == 0, !isType(copy, py_bool_type()),
        NumPyScalar.value(of: copy) == nil
      {
        throw .notNative("copy= is no truth value")
      }
      let copies = try parseBool(arguments[5], default: true)
      if dtype == own, !copies, order.isSatisfied(by: ArrayObject.state(object).pointee.layout) {
        return retained(object)
      }
      // Unlike other functions this one makes an order of 'A' whatever it converts to.
      if order == .any, dtype != own {
        let layout = ArrayObject.state(object).pointee.layout
        let isFortran = layout.isFortranContiguous && !layout.isContiguous
        return try CreationFunctions.copied(object, dtype, isFortran ? .fortran : .c)
      }
      return try CreationFunctions.copied(object, dtype, order)
    },
    DoorFunction("ndarray.flatten", "(self, /, order='C')", "A copy in one dimension.") {
      arguments throws(PythonError) in
      try Reshaping.flattened(
        try itself(arguments), try MemoryOrder.parse(arguments[1], default: .c))
    },
    conjugated("ndarray.conj"), conjugated("ndarray.conjugate"),
    DoorFunction("ndarray.tobytes", "(self, /, order='C')", "The elements' bytes in C order.") {
      arguments throws(PythonError) in
      let object = try itself(arguments)
      let state = ArrayObject.state(object)
      guard arguments.count == 1, let memory = DirectDoor.address(state) else {
        throw .notNative("bytes in another order, or of elements that are not there")
      }
      if !state.pointee.layout.isContiguous {
        guard let copy = DirectDoor.copy(object, as: state.pointee.dtype, keepingOrder: false),
          let row = DirectDoor.address(ArrayObject.state(copy))
        else { throw .notNative("bytes of many elements that are no row") }
        defer { py_release(copy) }
        return try bytes(row, state)
      }
      return try bytes(memory, state)
    },
    DoorFunction(
      "ndarray.__sizeof__", "(self, /)",
      "The bytes of the object and, where it owns them, of its elements."
    ) { arguments throws(PythonError) in
      let state = ArrayObject.state(try itself(arguments))
      guard state.pointee.base == nil, let storage = state.pointee.storage else {
        return try pythonInt(ArrayObject.basicSize)
      }
      // What is pending has no memory yet, but will.
      let elements = state.pointee.layout.count &* state.pointee.dtype.itemSize
      return try pythonInt(ArrayObject.basicSize + max(storage.byteCount, elements))
    },
    DoorFunction("ndarray.fill", "(self, value, /)", "Sets every element.") {
      arguments throws(PythonError) in
      let object = try itself(arguments)
      if DirectDoor.fill(object, with: arguments.required(1)) { return Python.none }
      if try isSequence(arguments.required(1)) { throw .notNative("a sequence as one element") }
      try store(arguments.required(1), everywhereIn: object)
      return Python.none
    },
    DoorFunction(
      "ndarray.tolist", "(self, /)", "The elements as Python numbers in nested lists."
    ) { arguments throws(PythonError) in
      let object = try itself(arguments)
      let state = ArrayObject.state(object)
      if let memory = DirectDoor.address(state), state.pointee.layout.shape.rank > 0 {
        return try nestedList(DirectDoor.layout(state), state.pointee.dtype, memory, axis: 0)
      }
      let array = try readable(ArrayObject.read(object))
      defer { withExtendedLifetime(array) {} }
      let memory = try evaluated(array)
      let dtype = array.dtype
      if array.rank == 0 {
        return try pythonNumber(
          NumPyScalar.read(dtype, at: memory + array.layout.offset &* dtype.itemSize))
      }
      return try withUnsafePointer(to: array.layout) { layout throws(PythonError) in
        try nestedList(layout, dtype, memory + layout.pointee.offset &* dtype.itemSize, axis: 0)
      }
    },
    DoorFunction(
      "ndarray.reshape", "(self, /, *shape, order='C', copy=None)",
      "The elements in another shape: a view where the memory allows it, else a copy.",
      variadic: { given, count, keywords throws(PythonError) in
        let object = try itself(given, count)
        if keywords == nil, let sizes = sizes(given, count) {
          return try ShapeFunctions.reshaped(object, sizes)
        }
        guard let given, count > 1 || keywords == nil else {
          throw .notNative("a shape that is named")
        }
        var options = Options()
        if let keywords { try options.read("reshape", keywords, given + count) }
        let sizes =
          count == 2
          ? try ShapeFunctions.sizes(given[1], of: object)
          : try shape(try integers(given, count), allowing: .min)
        return try Reshaping.reshaped(object, sizes, order: options.order, copy: options.copy)
      }),
    DoorFunction(
      "ndarray.transpose", "(self, /, *axes)", "The axes in another order, or reversed.",
      variadic: { given, count, keywords throws(PythonError) in
        let object = try itself(given, count)
        if keywords != nil { throw .type("transpose() takes no keyword arguments") }
        if count == 1 || (count == 2 && given?[1] == py_none()) {
          return try ShapeFunctions.transposed(object, nil)
        }
        if let axes = sizes(given, count),
          let view = try ShapeFunctions.transposed(object, by: axes)
        {
          return view
        }
        return try ShapeFunctions.transposed(object, try integers(given, count))
      }),
    DoorFunction(
      "ndarray.choose", "(self, /, *choices, out=None, mode='raise')",
      "Elements of the array that a number chooses.",
      variadic: { given, count, keywords throws(PythonError) in
        let object = try itself(given, count)
        guard let given, count > 1, let function = choose else {
          throw .notNative("no choices")
        }
        // Several choices are as good as a sequence of them.
        let choices = count == 2 ? retained(given[1]) : try check(PyTuple_New(count - 1))
        defer { py_release(choices) }
        if count > 2 {
          for i in 1..<count { PyTuple_SetItem(choices, i - 1, retained(given[i])) }
        }
        var call = [object, choices]
        for i in 0..<(keywords.map { PyTuple_Size($0) } ?? 0) { call.append(given[count + i]) }
        return try Arguments.run(function, call, 2, keywords, function.body)
      }),
    DoorFunction(
      "ndarray.item", "(self, /, *args)", "One element as a Python number.",
      variadic: { given, count, keywords throws(PythonError) in
        let object = try itself(given, count)
        if keywords != nil { throw .type("item() takes no keyword arguments") }
        if let number = try itemDirectly(object, given, count) { return number }
        return try item(object, try integers(given, count))
      }),
  ]

  private static func bytes(
    _ row: UnsafeMutableRawPointer, _ state: UnsafeMutablePointer<ArrayState>
  ) throws(PythonError) -> Ref {
    let count = state.pointee.layout.count &* state.pointee.dtype.itemSize
    return try check(PyBytes_FromStringAndSize(row.assumingMemoryBound(to: CChar.self), count))
  }

  private static let choose = NativeFunction.all.first { $0.path == "choose" }
    .map { DoorFunction($0) }

  /// Whether NumPy would look for several numbers in an object where it wants one.
  private static func isSequence(_ object: Ref) throws(PythonError) -> Bool {
    if isArray(object) { return try parseArray(object).rank > 0 }
    return isSubclass(object, listFlag) || isSubclass(object, tupleFlag)
  }

  /// The keywords of `reshape`.
  private struct Options {
    var order: Ref?
    var copy: Ref?

    mutating func read(
      _ function: String, _ names: Ref, _ values: UnsafePointer<Ref>
    ) throws(PythonError) {
      for i in 0..<PyTuple_Size(names) {
        guard let name = PyTuple_GetItem(names, i) else { throw .raised }
        switch try swiftString(name) {
        case "order": order = values[i]
        case "copy": copy = values[i]
        case let other:
          throw .type("\(function)() got an unexpected keyword argument '\(other)'")
        }
      }
    }
  }

  /// Of real numbers the array itself.
  private static func conjugated(_ path: String) -> DoorFunction {
    DoorFunction(path, "(self, out=None)", "The complex conjugates.") {
      arguments throws(PythonError) in
      let object = try itself(arguments)
      guard arguments.count == 1 else { throw .notNative("keywords of conj") }
      if !ArrayObject.state(object).pointee.dtype.isComplex { return retained(object) }
      guard let row = conjugate else { throw .notNative("conj") }
      if let direct = DirectDoor.unary(row, object) { return direct }
      if PyErr_Occurred() != nil { throw .raised }
      return try pythonResult(try applied(row, [.array(ArrayObject.read(object))]))
    }
  }

  private static let conjugate = OperationTable.elementwise(named: "conjugate")

  /// The array whose method it is.
  static func itself(_ arguments: borrowing Arguments) throws(PythonError) -> Ref {
    let object = arguments.required(0)
    if ArrayObject.isExact(object) { return object }
    throw try refusal(of: object)
  }

  /// NumPy's method serves arrays of its subclasses, whose classes call it by name:
  /// `np.ndarray.sum(self)`.
  @inline(never)
  private static func refusal(of object: Ref) throws(PythonError) -> PythonError {
    if NumPyArray.isAny(object) || Loan.standsForObject(object) {
      return .notNative("an array of NumPy's")
    }
    return .type("the method needs an 'ndarray' object but received a '\(try typeName(object))'")
  }

  static func itself(_ given: UnsafePointer<Ref>?, _ count: Int) throws(PythonError) -> Ref {
    guard count > 0, let object = given?[0] else {
      throw .type("the method needs an 'ndarray' object")
    }
    if ArrayObject.isExact(object) { return object }
    throw try refusal(of: object)
  }

  /// What follows the array, as sizes: integers, or one sequence of them; nil for the general way.
  @inline(__always)
  private static func sizes(_ given: UnsafePointer<Ref>?, _ count: Int) -> Shape? {
    guard let given, count > 1, count <= Shape.maximumRank + 1 else { return nil }
    var sizes = Shape()
    if count == 2 { return DirectDoor.readSizes(given[1], &sizes) ? sizes : nil }
    sizes.setRank(count - 1)
    for i in 1..<count {
      guard let size = DirectDoor.integer(given[i]) else { return nil }
      sizes[unchecked: i - 1] = size
    }
    return sizes
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

  /// An element of the host at plain positions, or the only one; nil for the general way.
  @inline(__always)
  private static func itemDirectly(
    _ object: Ref, _ given: UnsafePointer<Ref>?, _ count: Int
  ) throws(PythonError) -> Ref? {
    let state = ArrayObject.state(object)
    let layout = DirectDoor.layout(state)
    let rank = layout.pointee.shape.rank
    guard let given, let memory = DirectDoor.address(state) else { return nil }
    var place = 0
    if count == 1 {
      guard layout.pointee.count == 1 else { return nil }
    } else {
      if count == 2, rank != 1 {
        guard let flat = DirectDoor.integer(given[1]) else { return nil }
        let size = layout.pointee.count
        var rest = flat < 0 ? flat &+ size : flat
        guard rest >= 0, rest < size else { return nil }
        for axis in (0..<rank).reversed() {
          let (quotient, remainder) = rest.quotientAndRemainder(
            dividingBy: layout.pointee.shape[unchecked: axis])
          place &+= remainder &* layout.pointee.strides[unchecked: axis]
          rest = quotient
        }
        return try pythonNumber(
          NumPyScalar.read(state.pointee.dtype, at: memory + place &* state.pointee.dtype.itemSize))
      }
      guard count == rank &+ 1 else { return nil }
      for axis in 0..<rank {
        guard let index = DirectDoor.integer(given[axis &+ 1]) else { return nil }
        let size = layout.pointee.shape[unchecked: axis]
        let own = index < 0 ? index &+ size : index
        guard own >= 0, own < size else { return nil }
        place &+= own &* layout.pointee.strides[unchecked: axis]
      }
    }
    let dtype = state.pointee.dtype
    return try pythonNumber(NumPyScalar.read(dtype, at: memory + place &* dtype.itemSize))
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
    _ layout: UnsafePointer<Layout>, _ dtype: DType, _ memory: UnsafeMutableRawPointer, axis: Int
  ) throws(PythonError) -> Ref {
    let count = layout.pointee.shape[axis]
    let step = layout.pointee.strides[axis] &* dtype.itemSize
    let list = try check(PyList_New(count))
    do throws(PythonError) {
      guard axis == layout.pointee.rank - 1 else {
        for i in 0..<count {
          PyList_SetItem(
            list, i, try nestedList(layout, dtype, memory + i &* step, axis: axis + 1))
        }
        return list
      }
      switch dtype {
      case .float64:
        for i in 0..<count {
          let number = (memory + i &* step).load(as: Double.self)
          PyList_SetItem(list, i, try check(PyFloat_FromDouble(number)))
        }
      case .int64:
        for i in 0..<count {
          let number = (memory + i &* step).load(as: Int64.self)
          PyList_SetItem(list, i, try check(PyLong_FromLongLong(number)))
        }
      default:
        for i in 0..<count {
          PyList_SetItem(
            list, i, try pythonNumber(NumPyScalar.read(dtype, at: memory + i &* step)))
        }
      }
    } catch {
      py_release(list)
      throw error
    }
    return list
  }
}
