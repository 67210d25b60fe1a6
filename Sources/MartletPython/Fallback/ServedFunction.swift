import CPythonABI

/// What stands behind the header of a Python object for a function that NumPy serves.
struct ServedState {
  /// CPython reads the entry point at `FunctionObject.vectorcallOffset`.
  var entry: UnsafeMutableRawPointer?
  /// NumPy's function.
  var function: Ref
  /// Python strings, interned.
  var name: Ref
  var reason: Ref
}

/// The Python type of NumPy's functions as Martlet gives them: they take and return Martlet's
/// arrays, and each call is logged. `martlet._proxy` adds what only Python code asks of them.
enum ServedFunction {
  /// As `FunctionObject`'s two.
  nonisolated(unsafe) static var type: TypeRef? = nil
  nonisolated(unsafe) static var methodType: TypeRef? = nil

  static func state(_ object: Ref) -> UnsafeMutablePointer<ServedState> {
    (UnsafeMutableRawPointer(object) + MemoryLayout<PyObject>.size)
      .assumingMemoryBound(to: ServedState.self)
  }

  @inline(__always)
  static func isOurs(_ object: Ref) -> Bool {
    isType(object, type) || isType(object, methodType)
  }

  /// NumPy's function; borrowed.
  static func function(_ object: Ref) -> Ref { state(object).pointee.function }

  /// As if the function were Martlet's. `name` and `reason` are Python strings. With `binds` it is a
  /// method of the classes that hold it.
  static func make(
    _ function: Ref, name: Ref, reason: Ref, binds: Bool = true
  ) throws(PythonError) -> Ref {
    guard let type = binds ? methodType : type else {
      throw .runtime("the function type is not there yet")
    }
    guard isSubclass(name, stringFlag), isSubclass(reason, stringFlag) else {
      throw .type("the name and the reason must be strings")
    }
    let object = try check(PyType_GenericAlloc(type, 0))
    state(object).initialize(
      to: ServedState(
        entry: unsafeBitCast(entry, to: UnsafeMutableRawPointer.self),
        function: retained(function), name: Fallback.interned(name),
        reason: Fallback.interned(reason)))
    return object
  }

  private typealias Entry =
    @convention(c) (Ref, UnsafePointer<Ref>?, UInt, Ref?) -> Ref?

  private static let entry: Entry = { callee, given, flaggedCount, keywords in
    let count = Int(flaggedCount & ~(1 << 63))
    let state = state(callee)
    do throws(PythonError) {
      if let answer = try Overrides.asked(state.pointee.function, given, count, keywords) {
        return answer
      }
      return try Fallback.serve(
        state.pointee.function, state.pointee.name, state.pointee.reason, given, count, keywords)
    } catch {
      setException(error)
      return nil
    }
  }

  // MARK: The type

  static func makeTypes() throws(PythonError) {
    let flags = UInt32(PY_TYPE_VECTORCALL) | UInt32(PY_TYPE_NO_INSTANTIATION)
    type = try builder("martlet.numpy.served_function", flags | UInt32(PY_TYPE_BASE)).build()
    // Py_TPFLAGS_METHOD_DESCRIPTOR, so that calls of methods bind nothing.
    let methods = builder("martlet.numpy.served_method", flags | 1 << 17)
    methods.slot(
      PY_TP_DESCR_GET, unsafeBitCast(FunctionObject.bind, to: UnsafeMutableRawPointer.self))
    methodType = try methods.build(base: type)
  }

  private static func builder(_ name: String, _ flags: UInt32) -> TypeBuilder {
    let builder = TypeBuilder(
      name, basicSize: MemoryLayout<PyObject>.size + MemoryLayout<ServedState>.stride,
      flags: flags)
    builder.slot(PY_TP_CALL, py_vectorcall_call())
    builder.comparedByCounterpart()
    builder.slot(PY_TP_DEALLOC, unsafeBitCast(deallocate, to: UnsafeMutableRawPointer.self))
    builder.member("__vectorcalloffset__", offset: FunctionObject.vectorcallOffset)
    builder.attribute("__wrapped__") { object throws(PythonError) in retained(function(object)) }
    for attribute in ["__name__", "__qualname__"] {
      builder.attribute(attribute) { object throws(PythonError) in
        let path = try swiftString(state(object).pointee.name)
        return try pythonString(String(path.split(separator: ".").last ?? ""))
      }
    }
    builder.attribute("_path") { object throws(PythonError) in
      retained(state(object).pointee.name)
    }
    builder.attribute("_reason") { object throws(PythonError) in
      retained(state(object).pointee.reason)
    }
    return builder
  }

  private static let deallocate: @convention(c) (Ref?) -> Void = { object in
    guard let object else { return }
    let type = py_type(object)
    let old = state(object).pointee
    PyObject_Free(object)
    for reference in [old.function, old.name, old.reason] { py_release(reference) }
    py_release(py_object(type))
  }
}
