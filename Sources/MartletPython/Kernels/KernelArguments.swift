import CPythonABI
import Martlet
import MartletFrontend
import MartletIR

/// The arguments of a call of a user's function: their types at first, and their memory once the
/// function is compiled for these.
struct KernelArguments {
  private var objects: [Ref] = []
  private(set) var types: [ArgumentType] = []
  /// The numbers and arrays, tuples laid out flat.
  private var items: [Item] = []

  /// How deep tuples may be nested.
  private static let maximumDepth = 32

  private enum Item {
    case number(Scalar)
    case array(Ref, DType, Layout, isDense: Bool)
    /// NumPy's.
    case foreign(Ref, DType, Layout, isDense: Bool)
    /// Python's, and its numbers.
    case list(Ref, ListArgument)
  }

  /// The lists, in the order of `PackedArguments`.
  private var lists: [(object: Ref, list: ListArgument)] {
    var found: [(object: Ref, list: ListArgument)] = []
    for case .list(let object, let list) in items
    where !found.contains(where: { $0.list === list }) { found.append((object, list)) }
    return found
  }

  /// The arguments of a call, each at its parameter; nil for one that was left out.
  init(
    _ arguments: [Ref?], function name: String, parameters: [SourceParameter] = []
  ) throws(PythonError) {
    for (i, argument) in arguments.enumerated() {
      guard let argument else {
        types.append(.omitted)
        continue
      }
      let shown = i < parameters.count ? "'\(parameters[i].name)'" : "an argument"
      types.append(try type(of: argument, shown, function: name))
    }
  }

  private mutating func type(
    of object: Ref, _ shown: String, function name: String, depth: Int = 0
  ) throws(PythonError) -> ArgumentType {
    if ArrayObject.check(object) {
      let array = ArrayObject.read(object)
      let isDense = Self.isDense(array.layout)
      items.append(.array(object, array.dtype, array.layout, isDense: isDense))
      return .array(array.dtype, rank: array.rank, isDense: isDense)
    }
    if NumPyArray.check(object) || ArrayMetaclass.isSubclass(object) {
      guard let dtype = try NumPyArray.dtype(object) else {
        throw .martlet(
          .unsupported(
            operation: name,
            detail: "\(shown) of \(name) is an array of a dtype that kernels lack: "
              + "\(try text(of: object, "dtype"))"))
      }
      guard let layout = NumPyArray.layout(object, dtype) else {
        throw .martlet(
          .unsupported(
            operation: name,
            detail: "\(shown) of \(name) is an array whose shape or strides kernels lack: "
              + "\(try text(of: object, "shape")), \(try text(of: object, "strides"))"))
      }
      let isDense = Self.isDense(layout)
      items.append(.foreign(object, dtype, layout, isDense: isDense))
      return .array(dtype, rank: layout.rank, isDense: isDense)
    }
    if object == py_none() { return .none }
    if isSubclass(object, stringFlag) {
      let text = try swiftString(object)
      guard text.utf8.count <= 1000 else {
        throw .martlet(
          .unsupported(
            operation: name, detail: "a text given to a kernel has at most 1000 bytes"))
      }
      return .string(text)
    }
    if let dtype = try Self.numberType(object) { return .dtype(dtype) }
    if isSubclass(object, tupleFlag) {
      guard depth < Self.maximumDepth, PyTuple_Size(object) <= 1000 else {
        throw .martlet(
          .unsupported(
            operation: name, detail: "a tuple is nested too deeply, or has more than 1000 items"))
      }
      var parts: [ArgumentType] = []
      for i in 0..<PyTuple_Size(object) {
        guard let item = PyTuple_GetItem(object, i) else { throw .raised }
        parts.append(try type(of: item, shown, function: name, depth: depth + 1))
      }
      if !isType(object, py_tuple_type()), let names = try fields(object),
        names.count == parts.count
      {
        return .record(names, parts)
      }
      return .tuple(parts)
    }
    if isType(object, py_list_type()) { return try list(object, shown, function: name) }
    if isType(object, py_slice_type()) {
      var parts: [ArgumentType] = []
      for part in ["start", "stop", "step"] as [StaticString] {
        let value = try attribute(object, part)
        defer { py_release(value) }
        parts.append(try type(of: value, "the \(part) of \(shown)", function: name))
      }
      return .slice(parts)
    }
    guard
      isType(object, py_float_type()) || isType(object, py_long_type())
        || isType(object, py_bool_type()) || isType(object, py_complex_type())
        || NumPyScalar.value(of: object) != nil
    else {
      let type = try typeName(object)
      throw .martlet(
        .unsupported(
          operation: name,
          detail:
            "\(shown) of \(name) is of type \(type), and kernels take numbers, texts, arrays and "
            + "tuples of these"))
    }
    let operand: Operand
    do throws(PythonError) {
      operand = try parseOperand(object)
    } catch {
      guard case .notNative(let reason) = error else { throw error }
      throw .martlet(.unsupported(operation: name, detail: "\(reason)"))
    }
    switch operand {
    case .scalar(let number), .weak(_, let number):
      items.append(.number(number))
      return .scalar(number.dtype)
    case .array: throw .type("[\(name)] kernels take numbers and arrays")
    }
  }

  /// The dtype that an argument is: `np.float32`, `np.dtype("f4")`, `float`, `martlet.float32`; nil
  /// for what is none.
  private static func numberType(_ object: Ref) throws(PythonError) -> DType? {
    if !isSubclass(object, typeFlag) {
      let isDType = PyType_IsSubtype(py_type(object), py_as_type(Python.numpyDType)) != 0
      if !isDType {
        // The classes of `martlet.types`.
        let kinds = ["Boolean", "Integer", "Float", "Complex"]
        guard kinds.contains(try typeName(object)) else { return nil }
      }
    }
    do throws(PythonError) {
      return try parseDType(object)
    } catch {
      if case .raised = error { PyErr_Clear() }
      return nil
    }
  }

  /// The names of a named tuple's items; nil for another tuple.
  private func fields(_ object: Ref) throws(PythonError) -> [String]? {
    guard let names = try optionalAttribute(py_object(py_type(object)), "_fields") else {
      return nil
    }
    defer { py_release(names) }
    guard isSubclass(names, tupleFlag) else { return nil }
    var result: [String] = []
    for i in 0..<PyTuple_Size(names) {
      guard let name = PyTuple_GetItem(names, i), isSubclass(name, stringFlag) else { return nil }
      result.append(try swiftString(name))
    }
    return result
  }

  /// A list of numbers of one type.
  private mutating func list(
    _ object: Ref, _ shown: String, function name: String
  ) throws(PythonError) -> ArgumentType {
    for case .list(let other, let known) in items where other == object {
      items.append(.list(object, known))
      return .list(known.dtype)
    }
    func refused(_ detail: String) -> PythonError {
      .martlet(.unsupported(operation: name, detail: "\(shown) of \(name) is \(detail)"))
    }
    var numbers: [Scalar] = []
    var i = 0
    while i < PyList_Size(object) {
      guard let item = PyList_GetItem(object, i) else { throw .raised }
      i += 1
      let number: Scalar
      if isType(item, py_float_type()) || isType(item, py_long_type())
        || isType(item, py_bool_type()) || isType(item, py_complex_type())
        || NumPyScalar.value(of: item) != nil
      {
        do throws(PythonError) {
          switch try parseOperand(item) {
          case .scalar(let own), .weak(_, let own): number = own
          case .array: throw refused("a list of other things than numbers")
          }
        } catch {
          guard case .notNative(let reason) = error else { throw error }
          throw refused("a list with a number that kernels lack: \(reason)")
        }
      } else {
        throw refused(
          "a list with something of type \(try typeName(item)) in it, and kernels take lists of "
            + "numbers of one type")
      }
      if let first = numbers.first, first.dtype != number.dtype {
        throw refused(
          "a list of numbers of type \(first.dtype) and \(number.dtype), and kernels take lists of "
            + "numbers of one type")
      }
      numbers.append(number)
    }
    guard let first = numbers.first else {
      throw refused("an empty list, whose numbers have no type yet: make the list in the function")
    }
    items.append(.list(object, ListArgument(numbers, first.dtype)))
    return .list(first.dtype)
  }

  /// Gives Python's lists what the kernel left in them.
  func reflectLists() throws(PythonError) {
    for (object, list) in lists {
      guard let numbers = list.changed else { continue }
      var items: [Ref] = []
      for number in numbers { items.append(try pythonNumber(number)) }
      let made = try pythonList(owning: items)
      defer { py_release(made) }
      guard PyList_SetSlice(object, 0, PyList_Size(object), made) == 0 else { throw .raised }
    }
  }

  /// Converts the numbers to the types of a signature, which takes these arguments.
  mutating func convert(to wanted: [ArgumentType]) {
    var next = 0
    func converted(_ given: ArgumentType, _ wanted: ArgumentType) -> ArgumentType {
      switch (given, wanted) {
      case (.scalar, .scalar(let dtype)):
        if case .number(let number) = items[next] {
          items[next] = .number(number.converted(to: dtype))
        }
        next += 1
        return wanted
      case (.tuple(let a), .tuple(let b)): return .tuple(zip(a, b).map(converted))
      case (.record(let names, let a), .tuple(let b)):
        return .record(names, zip(a, b).map(converted))
      case (.scalar, _), (.array, _), (.list, _):
        next += 1
        return given
      default: return given
      }
    }
    // Captured arrays follow, which no signature has.
    types = zip(types, wanted).map(converted) + types[wanted.count...]
  }

  private static func isDense(_ layout: Layout) -> Bool {
    let rank = layout.rank
    return rank > 0 && (layout.strides[rank - 1] == 1 || layout.shape[rank - 1] <= 1)
  }

  /// What the arrays' memory is held by until the kernel has run.
  struct Packed {
    var arguments = PackedArguments()
    var arrays: [NDArray] = []
  }

  /// The arguments as a kernel takes them. Arrays that it writes get memory of their own first.
  ///
  /// - Parameter device: where the kernel runs; the arrays must live there.
  func packed(
    for lowered: LoweredKernel, on device: Device, function name: String
  ) throws(PythonError) -> Packed {
    var result = Packed()
    var number = 0
    for item in items {
      switch item {
      case .array(let object, _, _, _):
        if lowered.written.contains(number) {
          guard ArrayObject.isWritable(object) else {
            throw .value("[\(name)] assignment destination is read-only")
          }
          try ArrayObject.mutate(object) { (array) throws(MartletError) in
            _ = try array.writablePointer()
          }
        }
        number += 1
      case .foreign(let object, _, _, _):
        if lowered.written.contains(number), !NumPyArray.isWritable(object) {
          throw .value("[\(name)] assignment destination is read-only")
        }
        number += 1
      case .number, .list: break
      }
    }
    // Only now, since making one array writable may have moved what another argument shows.
    for item in items {
      switch item {
      case .number(let number): result.arguments.add(number)
      case .list(_, let list): result.arguments.add(list)
      case .array(let object, let dtype, let layout, let isDense):
        let array = ArrayObject.read(object)
        // Compiling may have run a user's code.
        guard array.layout == layout, array.dtype == dtype else {
          throw .runtime("[\(name)] an argument was changed while the function was compiled")
        }
        guard array.device == device else {
          throw .value(
            "[\(name)] an array lives on \(array.device), and the function runs on \(device): "
              + "use a.to('\(device)')")
        }
        let memory = try core { () throws(MartletError) in try array.memoryHere() }
        result.arguments.add(
          memory + layout.offset * dtype.itemSize, layout, itemSize: dtype.itemSize,
          isDense: isDense)
        result.arrays.append(array)
      case .foreign(let object, let dtype, let layout, let isDense):
        guard device.isHost else {
          throw .value(
            "[\(name)] a NumPy array lives on the host, and the function runs on \(device)")
        }
        guard NumPyArray.layout(object, dtype) == layout else {
          throw .runtime("[\(name)] an argument was changed while the function was compiled")
        }
        result.arguments.add(
          NumPyArray.fields(object).pointee.data, layout, itemSize: dtype.itemSize,
          isDense: isDense)
      }
    }
    return result
  }

  /// How many elements the largest array has.
  var largestCount: Int {
    items.reduce(0) { largest, item in
      switch item {
      case .number, .list: largest
      case .array(_, _, let layout, _), .foreign(_, _, let layout, _): max(largest, layout.count)
      }
    }
  }

  // MARK: Results

  /// Whether all arrays are NumPy's, and so is what the function makes; nil where there are none.
  private var areNumPys: Bool? {
    var found: Bool?
    for item in items {
      if case .array = item { return false }
      if case .foreign = item { found = true }
    }
    return found
  }

  /// What a function gave, as Python's objects.
  ///
  /// - Parameters:
  ///   - makesNumPys: whose new arrays are where no argument is an array.
  ///   - number: the type that a number is converted to.
  func object(
    _ value: KernelValue, makesNumPys: Bool, number: DType? = nil
  ) throws(PythonError) -> Ref {
    switch value {
    case .none: return Python.none
    case .listArgument(let number): return retained(lists[number].object)
    case .list(let items, _):
      var parts: [Ref] = []
      for item in items { parts.append(try object(item, makesNumPys: makesNumPys)) }
      return try pythonList(owning: parts)
    case .number(let own): return try pythonNumber(number.map { own.converted(to: $0) } ?? own)
    case .tuple(let items):
      var parts: [Ref] = []
      for item in items { parts.append(try object(item, makesNumPys: makesNumPys)) }
      return try pythonTuple(owning: parts)
    case .array(let array, let isReadOnly):
      let made = try ArrayObject.make(array, readOnly: isReadOnly)
      guard areNumPys ?? makesNumPys else { return made }
      defer { py_release(made) }
      return try Self.numpys(made)
    case .view(let number, let address, let layout, let dtype, let isReadOnly):
      return try view(ofArray: number, at: address, layout, dtype, isReadOnly)
    }
  }

  private func view(
    ofArray number: Int, at address: Int, _ layout: Layout, _ dtype: DType, _ isReadOnly: Bool
  ) throws(PythonError) -> Ref {
    var count = 0
    for item in items {
      switch item {
      case .number, .list: continue
      case .array(let object, _, _, _):
        if count == number {
          let start = try core { () throws(MartletError) in
            try ArrayObject.read(object).memoryHere()
          }
          var own = layout
          own.offset = (address - Int(bitPattern: start)) / dtype.itemSize
          let given = ArrayObject.read(object)
          if own == given.layout, dtype == given.dtype, !isReadOnly { return retained(object) }
          let view = try ArrayObject.makeView(of: object, own, dtype: dtype)
          if isReadOnly { ArrayObject.state(view).pointee.isReadOnly = true }
          return view
        }
      case .foreign(let object, let kind, let given, _):
        if count == number {
          let start = Int(bitPattern: NumPyArray.fields(object).pointee.data)
          if address == start, layout.shape == given.shape, layout.strides == given.strides,
            dtype == kind, !isReadOnly
          {
            return retained(object)
          }
          let (whole, readOnly) = try ForeignMemory.array(object, exclusively: false)
          var own = layout
          own.offset =
            (whole.layout.offset * kind.itemSize + address - start) / dtype.itemSize
          let part = NDArray(storage: whole.storage, layout: own, dtype: dtype)
          let made = try ArrayObject.make(part, readOnly: readOnly || isReadOnly)
          defer { py_release(made) }
          return try Self.numpys(made)
        }
      }
      count += 1
    }
    throw .runtime("a kernel's result lies in no argument")
  }

  /// A NumPy array on an array's memory.
  static func numpys(_ object: Ref) throws(PythonError) -> Ref {
    let function = try attribute(Python.numpy, "asarray")
    defer { py_release(function) }
    return try call(function, object)
  }

  // MARK: Types for people

  /// A type as `martlet._kernels._types` describes it: a dtype's name, (dtype, rank, layout), a
  /// list for a tuple, (text,) for a text, None.
  static func described(_ type: ArgumentType) throws(PythonError) -> Ref {
    switch type {
    case .scalar(let dtype): return try pythonString(dtype.name)
    case .array(let dtype, let rank, let isDense):
      return try pythonTuple(owning: [
        try pythonString(dtype.name), try pythonInt(rank), try pythonString(isDense ? "C" : "A"),
      ])
    case .tuple(let items), .record(_, let items):
      var parts: [Ref] = []
      for item in items { parts.append(try described(item)) }
      return try pythonList(owning: parts)
    case .string(let text): return try pythonTuple(owning: [try pythonString(text)])
    case .dtype(let dtype):
      return try pythonTuple(owning: [try pythonString("dtype"), try pythonString(dtype.name)])
    case .list(let dtype):
      return try pythonTuple(owning: [try pythonString("list"), try pythonString(dtype.name)])
    case .slice: return try pythonTuple(owning: [try pythonString("slice"), Python.none])
    case .none, .omitted: return Python.none
    }
  }

  static func described(_ types: [ArgumentType]) throws(PythonError) -> Ref {
    var items: [Ref] = []
    for type in types { items.append(try described(type)) }
    return try pythonTuple(owning: items)
  }

  /// The type that such a description means.
  static func type(_ described: Ref, depth: Int = 0) throws(PythonError) -> ArgumentType {
    if described == py_none() { return .none }
    if isSubclass(described, stringFlag) { return .scalar(try dtype(described)) }
    if isSubclass(described, tupleFlag), PyTuple_Size(described) == 3,
      let name = PyTuple_GetItem(described, 0), let rank = PyTuple_GetItem(described, 1),
      let layout = PyTuple_GetItem(described, 2)
    {
      let rank = try parseInt(rank)
      guard (0...Shape.maximumRank).contains(rank) else {
        throw .value("kernels take arrays of up to \(Shape.maximumRank) dimensions, not \(rank)")
      }
      return .array(try dtype(name), rank: rank, isDense: try swiftString(layout) == "C")
    }
    if isSubclass(described, tupleFlag), PyTuple_Size(described) == 1,
      let text = PyTuple_GetItem(described, 0)
    {
      return .string(try swiftString(text))
    }
    if isSubclass(described, tupleFlag), PyTuple_Size(described) == 2,
      let name = PyTuple_GetItem(described, 1)
    {
      return .dtype(try dtype(name))
    }
    guard isType(described, py_list_type()), depth < maximumDepth else {
      throw .type("a type is expected")
    }
    var items: [ArgumentType] = []
    for i in 0..<PyList_Size(described) {
      guard let item = PyList_GetItem(described, i) else { throw .raised }
      items.append(try type(item, depth: depth + 1))
    }
    return .tuple(items)
  }

  static func dtype(_ name: Ref) throws(PythonError) -> DType {
    let text = try swiftString(name)
    guard let dtype = DType(name: text) else { throw .type("kernels have no dtype '\(text)'") }
    return dtype
  }
}
