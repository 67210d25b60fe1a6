import CPythonABI
import Martlet
import MartletIR

/// The rows of the functions table as Python functions.
enum FunctionRows {
  /// Those of NumPy's own namespaces, by their paths.
  static let functions: [DoorFunction] = NativeFunction.all
    .filter { !$0.isUFunc && !$0.path.hasPrefix("ndarray.") }
    .map { DoorFunction($0) }

  /// As methods of arrays.
  static func methods(besides own: [DoorFunction]) -> [DoorFunction] {
    let known = Set(own.map(\.path))
    let methods =
      NativeFunction.all.filter { $0.path.hasPrefix("ndarray.") }.map { method($0, $0.path) }
      + NativeFunction.all.filter(\.isMethod).map { method($0, "ndarray.\($0.name)") }
    return methods.filter { !known.contains($0.path) }
  }

  /// A row as a method, of arrays alone.
  private static func method(_ row: NativeFunction, _ path: String) -> DoorFunction {
    let function = DoorFunction(row)
    return DoorFunction(path, row.signature, row.summary) { arguments throws(PythonError) in
      _ = try ArrayMethods.itself(arguments)
      return try function.body(arguments)
    }
  }

  /// Shorter ways of functions for arguments that are found often, by the row's path.
  private static let shortcuts: [String: Shortcut] =
    [
      JoiningFunctions.shortcuts, DirectRearranging.shortcuts, SelectionFunctions.shortcuts,
      FactFunctions.shortcuts, ReductionFunctions.shortcuts, FormulaFunctions.shortcuts,
      ProductFunctions.shortcuts, SortingFunctions.shortcuts, CreationFunctions.shortcuts,
      ShapeFunctions.shortcuts, ShapeFunctions.viewShortcuts, EinsumFunctions.shortcuts,
      PlacingFunctions.shortcuts,
      DiagonalFunctions.shortcuts, DLPack.shortcuts, ComposedFunctions.shortcuts,
    ]
    .reduce(into: [:]) { $0.merge($1) { first, _ in first } }

  /// What a call gives without the row's general way; nil where that must be taken.
  typealias Shortcut = @Sendable (_ arguments: borrowing Arguments) throws(PythonError) -> Ref?

  static func shortcut(_ row: NativeFunction) -> Shortcut? { shortcuts[row.path] }

  /// Shortcuts without a row, which nobody could call.
  static var strayShortcuts: [String] {
    shortcuts.keys.filter { NativeFunction.named($0) == nil }.sorted()
  }

  /// A way that leaves to the row what it does not know.
  static func quickly(
    _ body: @escaping @Sendable (_ arguments: borrowing Arguments) throws(PythonError) -> Ref
  ) -> Shortcut {
    { arguments throws(PythonError) in
      do throws(PythonError) { return try body(arguments) } catch {
        if case .notNative = error { return nil }
        throw error
      }
    }
  }

  /// Runs a row, and puts its result where it belongs.
  static func run(
    _ row: NativeFunction, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    if row.isView { return try view(row, arguments) }
    var out: Ref?
    if let position = row.outputPosition { out = arguments.optional(position) }
    if case .contiguous = row.output, let out, ArrayObject.check(out),
      !ArrayObject.state(out).pointee.layout.isContiguous
    {
      throw .value(
        "output array is not acceptable (must have the right datatype, number of dimensions, and "
          + "be a C-Array)")
    }
    // The address is good for this call, which does not outlive it.
    let result = try withUnsafePointer(to: arguments) { address throws(PythonError) in
      try core { () throws(MartletError) in try row(PythonArguments(arguments: address)) }
    }
    if let out { return try store(result, row, into: out) }
    return try object(result, arguments)
  }

  /// A view of the first argument, or of the array that is made of it.
  private static func view(
    _ row: NativeFunction, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    let given = arguments.required(0)
    guard ArrayObject.check(given) else {
      let made = try ShapeFunctions.asArray(given)
      defer { py_release(made) }
      return try view(row, arguments, of: made)
    }
    return try view(row, arguments, of: given)
  }

  private static func view(
    _ row: NativeFunction, _ arguments: borrowing Arguments, of object: Ref
  ) throws(PythonError) -> Ref {
    let source = DirectDoor.layout(ArrayObject.state(object))
    // Reading arguments may run code that changes the array in place.
    var before: Layout?
    if arguments.count > 1 { before = source.pointee }
    let view = try ArrayObject.makeView(of: object)
    let target = DirectDoor.mutableLayout(ArrayObject.state(view))
    do throws(PythonError) {
      // As above.
      try withUnsafePointer(to: arguments) { address throws(PythonError) in
        try core { () throws(MartletError) in
          try row.look(at: source, into: target, PythonArguments(arguments: address))
        }
      }
      if let before, source.pointee != before {
        throw PythonError.value("the array was resized while it was looked at")
      }
    } catch {
      target.pointee = Layout(contiguous: Shape())
      py_release(view)
      throw error
    }
    if row.isReadOnly { ArrayObject.state(view).pointee.isReadOnly = true }
    // NumPy gives the very array where nothing is left out, and a number without its axes.
    let isWhole = row.mayGiveWhole && target.pointee.rank == source.pointee.rank
    let isNumber = row.mayGiveNumber && target.pointee.rank == 0
    guard isWhole || isNumber else { return view }
    defer { py_release(view) }
    return isWhole && !isNumber ? retained(object) : try scalarResult(ArrayObject.read(object))
  }

  private static func store(
    _ result: FunctionResult, _ row: NativeFunction, into out: Ref
  ) throws(PythonError) -> Ref {
    switch result {
    case .array(let array), .result(let array), .view(_, let array), .viewOfRest(_, let array),
      .rest(_, let array), .readOnlyView(_, let array):
      guard case .sameKind = row.output else { return try Results.give(array, to: out) }
      guard ArrayObject.check(out) else { throw .notNative("the output is not a Martlet array") }
      guard ArrayObject.state(out).pointee.layout.shape == array.shape else {
        throw .notNative("an output of another shape than the result")
      }
      try UFuncCall.store(array, "output", .sameKind, mask: nil, into: out)
      return retained(out)
    default: throw .notNative("an output for other than one array")
    }
  }

  private static func object(
    _ result: FunctionResult, _ arguments: borrowing Arguments
  ) throws(PythonError) -> Ref {
    switch result {
    case .array(let array): return try ArrayObject.make(array)
    case .result(let array): return try pythonResult(array)
    case .view(let position, let array):
      guard let owner = arguments[position], ArrayObject.check(owner) else {
        return try ArrayObject.make(array)
      }
      return try ArrayObject.makeView(of: owner, array.layout, dtype: array.dtype)
    case .readOnlyView(let position, let array):
      guard let owner = arguments[position], ArrayObject.check(owner) else {
        let made = try ArrayObject.make(array)
        defer { py_release(made) }
        return try ArrayObject.makeView(
          of: made, ArrayObject.state(made).pointee.layout, readOnly: true)
      }
      return try ArrayObject.makeView(
        of: owner, array.layout, dtype: array.dtype, readOnly: true)
    case .viewOfRest(let place, let array):
      let owner = arguments.rest(place)
      guard ArrayObject.check(owner) else { return try ArrayObject.make(array) }
      return try ArrayObject.makeView(of: owner, array.layout, dtype: array.dtype)
    case .rest(let place, let array):
      let given = arguments.rest(place)
      return ArrayObject.check(given) ? retained(given) : try ArrayObject.make(array)
    case .tuple(let items, let names):
      let tuple = try pythonTuple(owning: objects(items, arguments))
      guard let names else { return tuple }
      defer { py_release(tuple) }
      let type = try namedTuple(names)
      defer { py_release(type) }
      return try check(PyObject_CallObject(type, tuple))
    case .archive: return try FileFunctions.archive(arguments)
    case .list(let items): return try pythonList(owning: objects(items, arguments))
    case .integer(let number): return try pythonInt(number)
    case .dtype(let dtype): return retained(try dtypeObject(dtype))
    case .truth(let truth): return Python.bool(truth)
    case .nothing: return Python.none
    }
  }

  private static func objects(
    _ items: [FunctionResult], _ arguments: borrowing Arguments
  ) throws(PythonError) -> [Ref] {
    var objects: [Ref] = []
    do throws(PythonError) {
      for item in items { objects.append(try object(item, arguments)) }
    } catch {
      for object in objects { py_release(object) }
      throw error
    }
    return objects
  }

  /// NumPy's class of a named result.
  private static func namedTuple(_ names: FunctionResult.Names) throws(PythonError) -> Ref {
    let module = try importModule(names.module)
    defer { py_release(module) }
    return try attribute(module, names.type)
  }
}

extension DoorFunction {
  convenience init(_ row: NativeFunction) {
    let shortcut = FunctionRows.shortcut(row)
    self.init(row.path, row.signature, row.summary) { arguments throws(PythonError) in
      if let shortcut, let done = try shortcut(arguments) { return done }
      return try FunctionRows.run(row, arguments)
    }
  }
}

/// Python's arguments as a row reads them.
private struct PythonArguments: FunctionArguments {
  // Points to the arguments of the call that this lives in: see `FunctionRows.run`.
  let arguments: UnsafePointer<Arguments>

  func kind(_ position: Int) -> ArgumentKind {
    guard let object = arguments.pointee[position] else {
      return arguments.pointee.isRest(position) ? .sequence : .missing
    }
    if object == py_none() { return .none }
    if ArrayObject.check(object) { return .array }
    if isType(object, py_bool_type()) { return .truth }
    if isType(object, py_long_type()) { return .integer }
    if isType(object, py_float_type()) { return .number }
    if isSubclass(object, stringFlag) { return .text }
    if isSubclass(object, tupleFlag) || isSubclass(object, listFlag) { return .sequence }
    if let number = NumPyScalar.value(of: object) {
      return number.dtype == .bool
        ? .truth : number.dtype.isInteger ? .integer : number.dtype.isComplex ? .other : .number
    }
    return isType(object, Python.numpyArrayType) ? .array : .other
  }

  func array(_ position: Int) throws(MartletError) -> NDArray {
    try door { () throws(PythonError) in
      try parseArray(arguments.pointee.required(position), dtype: nil)
    }
  }

  func expectNoMoreReads(_ position: Int) {
    let object = arguments.pointee.required(position)
    if ArrayObject.check(object), py_is_unique(object) != 0 {
      ArrayObject.read(object).storage.expectNoMoreReads()
    }
  }

  func arrays(_ position: Int) throws(MartletError) -> [NDArray] {
    try door { () throws(PythonError) in
      if arguments.pointee.isRest(position) {
        var arrays: [NDArray] = []
        for i in 0..<arguments.pointee.restCount {
          arrays.append(try parseArray(arguments.pointee.rest(i), dtype: nil))
        }
        return arrays
      }
      return try JoiningFunctions.list(arguments.pointee.required(position))
    }
  }

  func operands(_ position: Int) throws(MartletError) -> [Operand] {
    try door { () throws(PythonError) in
      if arguments.pointee.isRest(position) {
        var operands: [Operand] = []
        for i in 0..<arguments.pointee.restCount {
          operands.append(try parseOperand(arguments.pointee.rest(i)))
        }
        return operands
      }
      let given = arguments.pointee.required(position)
      if ArrayObject.check(given) { return try JoiningFunctions.list(given).map { .array($0) } }
      return try JoiningFunctions.items(given) { item throws(PythonError) in
        isArray(item) ? .array(try parseArray(item, dtype: nil)) : try parseOperand(item)
      }
    }
  }

  func blocks(_ position: Int) throws(MartletError) -> ArrayBlocks {
    try door { () throws(PythonError) in
      try Self.blocks(arguments.pointee.required(position), depth: 0)
    }
  }

  private static func blocks(_ object: Ref, depth: Int) throws(PythonError) -> ArrayBlocks {
    guard isSubclass(object, listFlag) else {
      if isSubclass(object, tupleFlag) {
        throw .notNative("blocks in a tuple, which NumPy refuses")
      }
      return .array(try parseArray(object, dtype: nil))
    }
    guard depth < Shape.maximumRank else { throw .notNative("lists nested so deep") }
    return .list(
      try JoiningFunctions.items(object) { item throws(PythonError) in
        try blocks(item, depth: depth + 1)
      })
  }

  func operand(_ position: Int) throws(MartletError) -> Operand {
    try door { () throws(PythonError) in try parseOperand(arguments.pointee.required(position)) }
  }

  func integer(_ position: Int) throws(MartletError) -> Int {
    try door { () throws(PythonError) in try parseAxis(arguments.pointee.required(position)) }
  }

  func integers(_ position: Int) throws(MartletError) -> [Int] {
    try door { () throws(PythonError) in try parseInts(arguments.pointee.required(position)) }
  }

  func integerLists(_ position: Int) throws(MartletError) -> [[Int]] {
    try door { () throws(PythonError) in
      let items = try check(PySequence_Tuple(arguments.pointee.required(position)))
      defer { py_release(items) }
      var lists: [[Int]] = []
      for i in 0..<PyTuple_Size(items) {
        guard let item = PyTuple_GetItem(items, i) else { throw .raised }
        lists.append(try parseInts(item))
        if lists.count > 64 { throw .notNative("so many sequences") }
      }
      return lists
    }
  }

  func number(_ position: Int) throws(MartletError) -> Double {
    try door { () throws(PythonError) in
      let value = PyFloat_AsDouble(arguments.pointee.required(position))
      if value == -1, PyErr_Occurred() != nil { throw .raised }
      return value
    }
  }

  func truth(_ position: Int) throws(MartletError) -> Bool {
    try door { () throws(PythonError) in
      try parseBool(arguments.pointee.required(position), default: false)
    }
  }

  func text(_ position: Int) throws(MartletError) -> String {
    try door { () throws(PythonError) in
      let object = arguments.pointee.required(position)
      guard isSubclass(object, stringFlag) else { throw .notNative("other than a text") }
      return try swiftString(object)
    }
  }

  func dtype(_ position: Int) throws(MartletError) -> DType {
    try door { () throws(PythonError) in try parseDType(arguments.pointee.required(position)) }
  }

  func file(_ position: Int) throws(MartletError) -> FileArgument {
    try door { () throws(PythonError) in
      try FileFunctions.argument(arguments.pointee.required(position))
    }
  }

  func isWritable(_ position: Int) -> Bool {
    let object = arguments.pointee.required(position)
    return !ArrayObject.check(object) || ArrayObject.isWritable(object)
  }

  func replace(_ position: Int, by result: NDArray) throws(MartletError) {
    try door { () throws(PythonError) in
      let object = arguments.pointee.required(position)
      guard ArrayObject.check(object) else { throw .notNative("other than an array of Martlet's") }
      if ArrayObject.isWritable(object), ArrayObject.replaceContent(of: object, by: result) {
        return
      }
      try ArrayObject.assign(object, ArrayObject.state(object).pointee.layout, .array(result))
    }
  }

  /// A new reference.
  private func object(_ place: ArgumentPlace) throws(PythonError) -> Ref {
    let object = arguments.pointee.required(place.position)
    guard let item = place.item else { return retained(object) }
    guard isSubclass(object, tupleFlag) || isSubclass(object, listFlag) else {
      throw .notNative("items of other than a tuple or list")
    }
    return try check(PySequence_GetItem(object, item))
  }

  func itemCount(_ position: Int) throws(MartletError) -> Int {
    try door { () throws(PythonError) in
      let object = arguments.pointee.required(position)
      guard isSubclass(object, tupleFlag) || isSubclass(object, listFlag) else {
        throw .notNative("items of other than a tuple or list")
      }
      return isSubclass(object, tupleFlag) ? PyTuple_Size(object) : PyList_Size(object)
    }
  }

  func isFunction(_ place: ArgumentPlace) throws(MartletError) -> Bool {
    try door { () throws(PythonError) in
      let object = try object(place)
      defer { py_release(object) }
      return PyCallable_Check(object) != 0
    }
  }

  func call(
    _ place: ArgumentPlace, _ inputs: [FunctionInput], rest: Int?
  ) throws(MartletError) -> FunctionAnswer {
    try door { () throws(PythonError) in
      let function = try object(place)
      defer { py_release(function) }
      var given: [Ref] = []
      defer { for argument in given { py_release(argument) } }
      for input in inputs { given.append(try object(input)) }
      if rest != nil {
        for i in 0..<arguments.pointee.restCount {
          given.append(retained(arguments.pointee.rest(i)))
        }
      }
      let answer = try given.withUnsafeBufferPointer { buffer throws(PythonError) in
        try check(PyObject_Vectorcall(function, buffer.baseAddress, buffer.count, nil))
      }
      defer { py_release(answer) }
      let hasAxes = isArray(answer) || NumPyScalar.value(of: answer) != nil
      return FunctionAnswer(array: try parseArray(answer, dtype: nil), hasAxes: hasAxes)
    }
  }

  /// A new reference.
  private func object(_ input: FunctionInput) throws(PythonError) -> Ref {
    switch input {
    case .array(let array): return try ArrayObject.make(array)
    case .integer(let number): return try pythonInt(number)
    case .view(let position, let array):
      let owner = arguments.pointee.required(position)
      guard ArrayObject.check(owner) else { return try ArrayObject.make(array) }
      return try ArrayObject.makeView(of: owner, array.layout, dtype: array.dtype)
    }
  }

  func elements(_ place: ArgumentPlace, as dtype: DType) throws(MartletError) -> Operand {
    try door { () throws(PythonError) in
      let object = try object(place)
      defer { py_release(object) }
      let operand = try parseElements(object, as: dtype)
      try checkStorable(operand, as: dtype, converting: true)
      guard case .array(let array) = operand else { return operand }
      // Leading dimensions of 1 say nothing.
      return .array(withoutLeadingOnes(array, downTo: 0))
    }
  }

  func assign(
    _ position: Int, _ dtype: DType, _ places: NDArray.Selection, _ values: Operand
  ) throws(MartletError) {
    try write(position, dtype) { array, _ throws(MartletError) in try array.assign(places, values) }
  }

  func assign(
    _ position: Int, _ dtype: DType, mask: NDArray, _ values: Operand
  ) throws(MartletError) {
    try write(position, dtype) { array, region throws(MartletError) in
      guard mask.shape == region.shape else {
        throw .invalidArgument(
          operation: "assignment", detail: "the array was resized while it was assigned to")
      }
      try array.assign(mask: mask, within: region, values)
    }
  }

  private func write(
    _ position: Int, _ dtype: DType,
    _ body: (inout NDArray, _ region: Layout) throws(MartletError) -> Void
  ) throws(MartletError) {
    try door { () throws(PythonError) in
      let object = arguments.pointee.required(position)
      guard ArrayObject.check(object) else { throw .notNative("other than an array of Martlet's") }
      guard ArrayObject.isWritable(object) else {
        throw .martlet(.readOnly(operation: "assignment"))
      }
      guard ArrayObject.state(object).pointee.dtype == dtype else {
        throw .runtime("the array's dtype was changed while it was assigned to")
      }
      let region = ArrayObject.state(object).pointee.layout
      try ArrayObject.mutate(object) { array throws(MartletError) in try body(&array, region) }
    }
  }

  func run<Result: Sendable>(
    elements: Int, _ work: () throws(MartletError) -> Result
  ) throws(MartletError) -> Result {
    try Interruption.stoppable(elements: elements, work)
  }

  /// Runs what can throw the door's error under the core's: `core` turns it back.
  private func door<Result>(
    _ body: () throws(PythonError) -> Result
  ) throws(MartletError) -> Result {
    do throws(PythonError) { return try body() } catch {
      switch error {
      case .raised: throw .interrupted
      case .martlet(let error): throw error
      case .notNative(let reason):
        throw .unsupported(operation: "", detail: "\(reason)")
      }
    }
  }
}
