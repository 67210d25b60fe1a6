import CPythonABI
import Martlet
import MartletFrontend
import MartletIR
import Synchronization

/// A function that a user wrote in the language of kernels, behind its Python object.
///
/// Its source is read at the first call, by `encode`, which gives the text of the tree and the
/// arrays that the function uses from outside.
final class KernelFunction: @unchecked Sendable {
  // Unchecked: the interpreter's lock guards everything that changes.

  enum Body {
    case host(HostFunction)
    case grid(GridFunction)
  }

  let name: String
  let doc: Ref
  let filename: String
  let encode: Ref
  let options: Ref
  /// Called with the error, the arguments and the keywords of a call that could not be compiled;
  /// nil where that is an error.
  let onFailure: Ref?
  let isGrid: Bool
  private(set) var body: Body?
  private(set) var program: SourceProgram?
  /// Whether the arrays that it makes are NumPy's where no argument says so.
  private(set) var makesNumPys = false
  /// The arrays from outside, which come after the call's arguments.
  private(set) var captured: [Ref] = []
  /// The only types that calls are for, if any were declared.
  var declared = DeclaredSignatures()
  /// For the types of arguments that came first.
  private var quickCalls: [QuickCall] = []
  private static let mostQuickCalls = 4
  /// What the user was told already.
  private var told: Set<LoweredKernel.Remark> = []
  /// Whether every call releases the interpreter's lock, as the user may ask for.
  private var releasesLock = false

  init(
    name: String, doc: Ref, filename: String, encode: Ref, options: Ref, onFailure: Ref?,
    isGrid: Bool
  ) {
    self.name = name
    self.doc = retained(doc)
    self.filename = filename
    self.encode = retained(encode)
    self.options = retained(options)
    self.onFailure = onFailure.map { retained($0) }
    self.isGrid = isGrid
  }

  func clear() {
    for array in captured { py_release(array) }
    captured = []
    quickCalls = []
    body = nil
    program = nil
  }

  func releaseAll() {
    clear()
    for object in [doc, encode, options] { py_release(object) }
    if let onFailure { py_release(onFailure) }
  }

  /// Reads the source, once.
  func opened() throws(PythonError) -> (body: Body, program: SourceProgram) {
    if let body, let program { return (body, program) }
    let pair = try call(encode)
    defer { py_release(pair) }
    guard isSubclass(pair, tupleFlag), PyTuple_Size(pair) == 3,
      let text = PyTuple_GetItem(pair, 0), let arrays = PyTuple_GetItem(pair, 1),
      let callsMartlet = PyTuple_GetItem(pair, 2)
    else { throw .type("[\(name)] the source is a text, the arrays and whose functions it uses") }
    // Another thread may have come first while Python ran.
    if let body, let program { return (body, program) }
    let isNumPys = PyObject_IsTrue(callsMartlet) == 0
    let read = try swiftString(text)
    let program = try core { () throws(MartletError) in try SourceReader.program(read) }
    let list = try check(PySequence_Tuple(arrays))
    defer { py_release(list) }
    let made: Body =
      isGrid
      ? .grid(GridFunction(program))
      : .host(HostFunction(program, rules: try rules()))
    let isNoGIL = isGrid ? false : try option("nogil")
    if let body, let program = self.program { return (body, program) }
    for i in 0..<PyTuple_Size(list) {
      guard let item = PyTuple_GetItem(list, i) else { throw .raised }
      captured.append(retained(item))
    }
    makesNumPys = isNumPys
    releasesLock = isNoGIL
    body = made
    self.program = program
    return (made, program)
  }

  private func rules() throws(PythonError) -> KernelRules {
    var rules = KernelRules(
      target: .host, division: try option("error_model", is: "numpy") ? .numpy : .python,
      checksBounds: try option("boundscheck"), isFast: try option("fastmath"))
    rules.sharesLoops = try option("parallel")
    rules.isWatched = try !option("unwatched")
    return rules
  }

  private func option(_ key: String, is wanted: String? = nil) throws(PythonError) -> Bool {
    let text = try pythonString(key)
    defer { py_release(text) }
    guard let value = PyObject_GetItem(options, text) else {
      PyErr_Clear()
      return false
    }
    defer { py_release(value) }
    if let wanted {
      return isSubclass(value, stringFlag) ? try swiftString(value) == wanted : false
    }
    return PyObject_IsTrue(value) == 1
  }

  /// The arguments of a call at their parameters, captured arrays at the end.
  ///
  /// - Parameter rest: gets the tuple of the arguments that are left, where a parameter takes them.
  func arranged(
    _ program: SourceProgram, _ given: UnsafePointer<Ref>?, _ all: Int, _ keywords: Ref?,
    _ rest: inout Ref?
  ) throws(PythonError) -> [Ref?] {
    let parameters = program.functions[0].parameters
    let own = parameters.count - captured.count
    let restPlace = parameters.prefix(own).firstIndex(where: \.takesRest)
    let count = restPlace.map { min($0, all) } ?? all
    let most = parameters.prefix(own).firstIndex { $0.kind == .keyword } ?? own
    guard count <= most else {
      throw .type("\(name)() takes \(most) positional arguments but \(count) were given")
    }
    var arguments = [Ref?](repeating: nil, count: own)
    if let given {
      for i in 0..<count { arguments[i] = given[i] }
      if let keywords {
        for k in 0..<PyTuple_Size(keywords) {
          guard let key = PyTuple_GetItem(keywords, k) else { throw .raised }
          let text = try swiftString(key)
          let place = parameters.prefix(own).firstIndex {
            $0.name == text && $0.kind != .positional && !$0.takesRest
          }
          guard let i = place else {
            throw .type("\(name)() got an unexpected keyword argument '\(text)'")
          }
          if arguments[i] != nil {
            throw .type("\(name)() got multiple values for argument '\(text)'")
          }
          arguments[i] = given[all + k]
        }
      }
    }
    if let restPlace {
      var left: [Ref] = []
      for i in count..<all { if let given { left.append(retained(given[i])) } }
      let made = try pythonTuple(owning: left)
      rest = made
      arguments[restPlace] = made
    }
    for (i, argument) in arguments.enumerated()
    where argument == nil && parameters[i].standard == nil {
      throw .type("\(name)() missing a required argument: '\(parameters[i].name)'")
    }
    return arguments + captured
  }

  // MARK: Calling

  /// Runs a host function.
  func callHost(
    _ given: UnsafePointer<Ref>?, _ count: Int, _ keywords: Ref?
  ) throws(PythonError) -> Ref {
    if keywords == nil {
      for quickCall in quickCalls {
        if let result = try quickCall.call(given, count) { return result }
      }
    }
    let (body, program) = try opened()
    guard case .host(let function) = body else { throw .type("[\(name)] runs on a grid") }
    var rest: Ref?
    defer { if let rest { py_release(rest) } }
    var arguments = try KernelArguments(
      arranged(program, given, count, keywords, &rest), function: name,
      parameters: program.functions[0].parameters)
    let signature = try fit(&arguments)
    let made = try core { () throws(MartletError) in
      try function.specialisation(for: arguments.types)
    }
    try tell(made.lowered.remarks)
    let packed = try arguments.packed(for: made.lowered, on: .host, function: name)
    let elements = releasesLock ? Int.max : arguments.largestCount
    let result: KernelValue
    do throws(PythonError) {
      result = try core { () throws(MartletError) in
        try withoutInterpreterLock(elements: elements) { () throws(MartletError) in
          try made.run(packed.arguments)
        }
      }
    } catch {
      try arguments.reflectLists()
      throw error
    }
    try arguments.reflectLists()
    withExtendedLifetime(packed.arrays) {}
    // The short way converts no results.
    let isConverted = signature?.result.map { made.lowered.result != .number($0) } ?? false
    if captured.isEmpty, !releasesLock, !isConverted,
      quickCalls.count < Self.mostQuickCalls,
      !quickCalls.contains(where: { $0.specialisation === made }), let quick = QuickCall(made)
    {
      quickCalls.append(quick)
    }
    return try arguments.object(result, makesNumPys: makesNumPys, number: signature?.result)
  }

  /// Warns of loops that are not shared among threads, once each.
  func tell(_ remarks: [LoweredKernel.Remark]) throws(PythonError) {
    for remark in remarks where told.insert(remark).inserted {
      let module = try importModule("martlet._kernels._errors")
      defer { py_release(module) }
      let category = try attribute(module, "KernelPerformanceWarning")
      defer { py_release(category) }
      let (line, loop) = (remark.location.line, remark.loop.line)
      let place = line == loop ? "" : ", line \(line)"
      let text =
        "this prange loop runs in order, on one thread: \(remark.detail) (in '\(name)'\(place))"
      let status = text.withCString { text in
        file(remark.loop).withCString {
          PyErr_WarnExplicit(category, text, $0, Int32(loop), nil, nil)
        }
      }
      try check(status)
    }
  }

  private func file(_ location: SourcePosition) -> String {
    let files = program?.files ?? []
    return files.indices.contains(location.file - 1) ? files[location.file - 1] : filename
  }

  /// Converts the arguments of a call to the signature that they fit, if there are signatures.
  func fit(_ arguments: inout KernelArguments) throws(PythonError) -> DeclaredSignatures.Signature?
  {
    if declared.isEmpty { return nil }
    let own = arguments.types.dropLast(captured.count)
    let signature = try declared.best(for: Array(own), function: name)
    arguments.convert(to: signature.arguments)
    return signature
  }

  /// `martlet.KernelError` of an error that lies in the user's source; nil for other errors.
  static func kernelError(
    _ error: PythonError, _ filename: String, _ program: SourceProgram?
  ) throws(PythonError) -> Ref? {
    guard case .martlet(let inner) = error else { return nil }
    let message: String
    var location: SourcePosition?
    switch inner {
    case .kernelSource(_, let place, let detail):
      message = detail
      location = place
    case .unsupported(_, let detail): message = detail
    case .simulation(let report):
      guard let place = report.location else { return nil }
      message = report.problem.description
      location = place
    default: return nil
    }
    let module = try importModule("martlet._kernels._errors")
    defer { py_release(module) }
    let type = try attribute(module, "KernelError")
    defer { py_release(type) }
    let text = try pythonString(message)
    defer { py_release(text) }
    guard let location else { return try call(type, text) }
    var filename = filename
    if let files = program?.files, files.indices.contains(location.file - 1) {
      filename = files[location.file - 1]
    }
    let arguments = try pythonTuple(owning: [
      retained(text), try pythonString(filename), try pythonInt(location.line),
      try pythonInt(location.column),
    ])
    defer { py_release(arguments) }
    return try check(PyObject_Call(type, arguments, nil))
  }
}

/// The Python types `JitFunction` and `GridKernel`.
enum KernelObject {
  nonisolated(unsafe) static var jitType: TypeRef? = nil
  nonisolated(unsafe) static var gridType: TypeRef? = nil

  struct State {
    /// CPython reads the entry point at `FunctionObject.vectorcallOffset`.
    var entry: UnsafeMutableRawPointer?
    var function: Unmanaged<KernelFunction>
    /// The instance's dictionary, for what Python code adds.
    var weakReferences: Ref?
  }

  static func state(_ object: Ref) -> UnsafeMutablePointer<State> {
    (UnsafeMutableRawPointer(object) + MemoryLayout<PyObject>.size)
      .assumingMemoryBound(to: State.self)
  }

  static func function(_ object: Ref) -> KernelFunction {
    state(object).pointee.function.takeUnretainedValue()
  }

  private typealias Entry =
    @convention(c) (Ref, UnsafePointer<Ref>?, UInt, Ref?) -> Ref?

  private static let entry: Entry = { callee, given, flaggedCount, keywords in
    let count = Int(flaggedCount & ~(1 << 63))
    let function = function(callee)
    do throws(PythonError) {
      return try function.callHost(given, count, keywords)
    } catch {
      return failed(function, error, given, count, keywords)
    }
  }

  /// What a call gives that could not be compiled, or whose arguments are differentiated: what
  /// Python makes of it, or the exception.
  private static func failed(
    _ function: KernelFunction, _ error: PythonError, _ given: UnsafePointer<Ref>?, _ count: Int,
    _ keywords: Ref?
  ) -> Ref? {
    do throws(PythonError) {
      var exception = try KernelFunction.kernelError(error, function.filename, function.program)
      if exception == nil, case .raised = error { exception = pendingKernelError() }
      if exception == nil, case .martlet(let inner) = error, case .noDerivative = inner {
        let text = try pythonString(inner.description)
        defer { py_release(text) }
        exception = try call(py_exc_not_implemented_error(), text)
      }
      guard let exception else { throw error }
      defer { py_release(exception) }
      guard let handler = function.onFailure, handler != py_none() else {
        PyErr_SetObject(py_object(py_type(exception)), exception)
        return nil
      }
      var positional: [Ref] = []
      for i in 0..<count { if let given { positional.append(retained(given[i])) } }
      let arguments = try pythonTuple(owning: positional)
      defer { py_release(arguments) }
      let named = try check(PyDict_New())
      defer { py_release(named) }
      if let keywords, let given {
        for k in 0..<PyTuple_Size(keywords) {
          guard let key = PyTuple_GetItem(keywords, k) else { throw .raised }
          try check(PyDict_SetItem(named, key, given[count + k]))
        }
      }
      return try call(handler, exception, arguments, named)
    } catch {
      setException(error)
      return nil
    }
  }

  /// The `KernelError` that reading the source raised, no longer pending; nil where another
  /// exception is, which stays.
  private static func pendingKernelError() -> Ref? {
    var (kind, value, trace): (Ref?, Ref?, Ref?) = (nil, nil, nil)
    PyErr_Fetch(&kind, &value, &trace)
    PyErr_NormalizeException(&kind, &value, &trace)
    // What follows must not run while an exception is set.
    var isKernelError = false
    if let value, let module = try? importModule("martlet._kernels._errors") {
      if let type = try? attribute(module, "KernelError") {
        isKernelError = PyType_IsSubtype(py_type(value), py_as_type(type)) != 0
        py_release(type)
      }
      py_release(module)
    }
    guard isKernelError, let value else {
      PyErr_Restore(kind, value, trace)
      return nil
    }
    if let kind { py_release(kind) }
    if let trace { py_release(trace) }
    return value
  }

  // MARK: Making

  static func make(_ function: KernelFunction) throws(PythonError) -> Ref {
    guard let type = function.isGrid ? gridType : jitType else {
      throw .runtime("the kernel types are not there yet")
    }
    let object = try check(PyType_GenericAlloc(type, 0))
    state(object).initialize(
      to: State(
        entry: unsafeBitCast(entry, to: UnsafeMutableRawPointer.self),
        function: Unmanaged.passRetained(function), weakReferences: nil))
    return object
  }

  private static let create: TernarySlot = { type, arguments, keywords in
    do throws(PythonError) {
      let isGrid = py_as_type(type) == gridType
      let wanted = isGrid ? 5 : 6
      guard PyTuple_Size(arguments) == wanted else {
        throw .type("a kernel is made from \(wanted) arguments")
      }
      var parts: [Ref] = []
      for i in 0..<wanted {
        guard let part = PyTuple_GetItem(arguments, i) else { throw .raised }
        parts.append(part)
      }
      return try make(
        KernelFunction(
          name: try swiftString(parts[0]), doc: parts[1], filename: try swiftString(parts[2]),
          encode: parts[3], options: parts[4], onFailure: isGrid ? nil : parts[5],
          isGrid: isGrid))
    } catch {
      setException(error)
      return nil
    }
  }

  private static let deallocate: @convention(c) (Ref?) -> Void = { object in
    guard let object else { return }
    let type = py_type(object)
    if state(object).pointee.weakReferences != nil { PyObject_ClearWeakRefs(object) }
    function(object).releaseAll()
    state(object).pointee.function.release()
    PyObject_Free(object)
    py_release(py_object(type))
  }

  private static let represent: UnarySlot = { object in
    do throws(PythonError) {
      let function = function(object)
      return try pythonString(
        "<\(function.isGrid ? "kernel" : "jitted function") '\(function.name)'>")
    } catch {
      setException(error)
      return nil
    }
  }

  static func makeTypes() throws(PythonError) {
    jitType = try makeType("martlet.JitFunction", isCallable: true)
    gridType = try makeType("martlet.GridKernel", isCallable: false)
  }

  private static func makeType(_ name: String, isCallable: Bool) throws(PythonError) -> TypeRef {
    let builder = TypeBuilder(
      name, basicSize: MemoryLayout<PyObject>.size + MemoryLayout<State>.stride,
      flags: isCallable ? UInt32(PY_TYPE_VECTORCALL) : 0)
    builder.slot(PY_TP_NEW, unsafeBitCast(create, to: UnsafeMutableRawPointer.self))
    builder.unary(PY_TP_REPR, represent)
    builder.slot(PY_TP_DEALLOC, unsafeBitCast(deallocate, to: UnsafeMutableRawPointer.self))
    if isCallable {
      builder.slot(PY_TP_CALL, py_vectorcall_call())
      builder.member("__vectorcalloffset__", offset: FunctionObject.vectorcallOffset)
    }
    builder.member(
      "__weaklistoffset__",
      offset: MemoryLayout<PyObject>.size + MemoryLayout<State>.offset(of: \.weakReferences)!)
    for attribute in ["__name__", "__qualname__"] {
      builder.attribute(attribute) { object throws(PythonError) in
        try pythonString(function(object).name)
      }
    }
    builder.attribute("__doc__") { object throws(PythonError) in retained(function(object).doc) }
    builder.attribute("encode") { object throws(PythonError) in
      retained(function(object).encode)
    }
    builder.attribute("targetoptions") { object throws(PythonError) in
      retained(function(object).options)
    }
    builder.attribute("compiled") { object throws(PythonError) in
      var items: [Ref] = []
      for types in KernelFunctions.signatures(function(object)) {
        items.append(try KernelArguments.described(types))
      }
      return try pythonList(owning: items)
    }
    return try builder.build()
  }
}
