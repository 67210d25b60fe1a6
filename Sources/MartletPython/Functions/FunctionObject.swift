import CPythonABI
import Martlet
import MartletIR
import MartletRuntime

/// A native function of the table that Python sees.
final class DoorFunction: @unchecked Sendable {
  // Unchecked: nothing changes after it is made, and its interned names live as long as the process.

  typealias Body = @Sendable (_ arguments: borrowing Arguments) throws(PythonError) -> Ref
  /// For functions such as `reshape(*shape)`: all positional arguments, and those after them that
  /// the tuple of names belongs to.
  typealias VariadicBody =
    @Sendable (
      _ given: UnsafePointer<Ref>?, _ count: Int, _ keywords: Ref?
    ) throws(PythonError) -> Ref

  let name: String
  /// Where NumPy has it: `concatenate`, or `ndarray.sum`.
  let path: String
  let signature: Signature
  let summary: String
  let body: Body
  let variadic: VariadicBody?
  /// Whether only the Python facade calls it; set while the module is made.
  nonisolated(unsafe) var isFacade = false

  init(
    _ path: String, _ signature: String, _ summary: String,
    _ body: @escaping Body
  ) {
    self.path = path
    self.name = path.split(separator: ".").last.map(String.init) ?? path
    self.signature = Signature(signature)
    self.summary = summary
    self.body = body
    variadic = nil
  }

  init(
    _ path: String, _ signature: String, _ summary: String,
    variadic: @escaping VariadicBody
  ) {
    self.path = path
    self.name = path.split(separator: ".").last.map(String.init) ?? path
    self.signature = Signature("()", shown: signature)
    self.summary = summary
    body = { _ throws(PythonError) in throw .runtime("a variadic function has no plain body") }
    self.variadic = variadic
  }
}

extension DoorFunction {
  /// The same function where NumPy has it under another path.
  func named(_ path: String) -> DoorFunction {
    if let variadic {
      return DoorFunction(path, signature.text, summary, variadic: variadic)
    }
    return DoorFunction(path, signature.text, summary, body)
  }
}

/// What stands behind the header of a Python function object of ours. It works as a method too:
/// its type is a method descriptor, so `a.sum()` passes `a` first and makes no bound object.
struct FunctionState {
  /// CPython reads the entry point at `vectorcallOffset`.
  var entry: UnsafeMutableRawPointer?
  var function: Unmanaged<DoorFunction>
  var counterpart = Counterpart()
}

enum FunctionObject {
  /// Of functions that stay what they are as attributes of classes, as C's do.
  nonisolated(unsafe) static var type: TypeRef? = nil
  /// Of those that become methods there, as Python's do.
  nonisolated(unsafe) static var methodType: TypeRef? = nil
  static let vectorcallOffset = MemoryLayout<PyObject>.size

  static func state(_ object: Ref) -> UnsafeMutablePointer<FunctionState> {
    (UnsafeMutableRawPointer(object) + MemoryLayout<PyObject>.size)
      .assumingMemoryBound(to: FunctionState.self)
  }

  @inline(__always)
  static func isOurs(_ object: Ref) -> Bool {
    isType(object, type) || isType(object, methodType)
  }

  static func counterpart(_ object: Ref) -> Ref? {
    state(object).pointee.counterpart.find(function(object).path)
  }

  /// With `binds` it is a method of the classes that hold it.
  static func make(_ function: DoorFunction, binds: Bool = true) throws(PythonError) -> Ref {
    guard let type = binds ? methodType : type else {
      throw .runtime("the function type is not there yet")
    }
    let object = try check(PyType_GenericAlloc(type, 0))
    state(object).initialize(
      to: FunctionState(
        entry: unsafeBitCast(entry, to: UnsafeMutableRawPointer.self),
        function: Unmanaged.passRetained(function)))
    return object
  }

  private typealias Entry =
    @convention(c) (Ref, UnsafePointer<Ref>?, UInt, Ref?) -> Ref?

  private static let entry: Entry = { callee, given, flaggedCount, keywords in
    // The highest bit only says that the caller left room before the first argument.
    let count = Int(flaggedCount & ~(1 << 63))
    if Profiler.isOn { return recorded(callee, given, count, keywords) }
    return callNow(callee, given, count, keywords)
  }

  @inline(never)
  private static func recorded(
    _ callee: Ref, _ given: UnsafePointer<Ref>?, _ count: Int, _ keywords: Ref?
  ) -> Ref? {
    let span = Profiler.begin()
    let result = callNow(callee, given, count, keywords)
    let function = function(callee)
    // What belongs to no table of NumPy's functions is the facade's own.
    if function.isFacade { Profiler.drop(span) } else { Profiler.end(span, .call, function.path) }
    return result
  }

  @inline(__always)
  private static func callNow(
    _ callee: Ref, _ given: UnsafePointer<Ref>?, _ count: Int, _ keywords: Ref?
  ) -> Ref? {
    state(callee).pointee.function._withUnsafeGuaranteedRef { function in
      do throws(PythonError) {
        if let variadic = function.variadic {
          return try FloatingPointWarnings.checked(try variadic(given, count, keywords))
        }
        let result = try Arguments.run(function, given, count, keywords) {
          arguments throws(PythonError) in try function.body(arguments)
        }
        return try FloatingPointWarnings.checked(result)
      } catch {
        guard let reason = error.missingFeature else {
          setException(error.withoutRule { function.path })
          return nil
        }
        do throws(PythonError) {
          return try Fallback.call(function.path, given, count, keywords, reason: reason)
        } catch {
          setException(error.withoutRule { function.path })
          return nil
        }
      }
    }
  }

  // MARK: - The type

  static func makeTypes() throws(PythonError) {
    let flags = UInt32(PY_TYPE_VECTORCALL) | UInt32(PY_TYPE_NO_INSTANTIATION)
    type = try builder("martlet.function", flags | UInt32(PY_TYPE_BASE)).build()
    // Py_TPFLAGS_METHOD_DESCRIPTOR, so that calls of methods bind nothing.
    let methods = builder("martlet.method_function", flags | 1 << 17)
    methods.slot(PY_TP_DESCR_GET, unsafeBitCast(bind, to: UnsafeMutableRawPointer.self))
    methodType = try methods.build(base: type)
  }

  private static func builder(_ name: String, _ flags: UInt32) -> TypeBuilder {
    let builder = TypeBuilder(
      name, basicSize: MemoryLayout<PyObject>.size + MemoryLayout<FunctionState>.stride,
      flags: flags)
    builder.slot(PY_TP_CALL, py_vectorcall_call())
    builder.comparedByCounterpart()
    builder.unary(PY_TP_REPR, represent)
    builder.slot(PY_TP_DEALLOC, unsafeBitCast(deallocate, to: UnsafeMutableRawPointer.self))
    builder.member("__vectorcalloffset__", offset: vectorcallOffset)
    builder.attribute("__name__") { object throws(PythonError) in
      try pythonString(function(object).name)
    }
    builder.attribute("__qualname__") { object throws(PythonError) in
      try pythonString(function(object).path)
    }
    builder.attribute("__module__") { _ throws(PythonError) in try pythonString("martlet.numpy") }
    builder.attribute("__doc__") { object throws(PythonError) in
      let function = function(object)
      return try pythonString("\(function.name)\(function.signature.text)\n\n\(function.summary)")
    }
    builder.attribute("__text_signature__") { object throws(PythonError) in
      try pythonString(function(object).signature.text)
    }
    return builder
  }

  static func function(_ object: Ref) -> DoorFunction {
    state(object).pointee.function.takeUnretainedValue()
  }

  typealias Bind = @convention(c) (Ref, Ref?, Ref?) -> Ref?
  /// `types.MethodType`, once it is needed.
  nonisolated(unsafe) private static var methodClass: Ref?

  static let bind: Bind = { function, instance, _ in
    guard let instance, instance != py_none() else { return retained(function) }
    do throws(PythonError) {
      if methodClass == nil {
        let types = try importModule("types")
        defer { py_release(types) }
        methodClass = try attribute(types, "MethodType")
      }
      guard let methodClass else { throw .raised }
      return try call(methodClass, function, instance)
    } catch {
      setException(error)
      return nil
    }
  }

  private static let represent: UnarySlot = { object in
    do throws(PythonError) {
      return try pythonString("<martlet function \(FunctionObject.function(object).path)>")
    } catch {
      setException(error)
      return nil
    }
  }

  private static let deallocate: @convention(c) (Ref?) -> Void = { object in
    guard let object else { return }
    let type = py_type(object)
    state(object).pointee.function.release()
    state(object).pointee.counterpart.release()
    PyObject_Free(object)
    py_release(py_object(type))
  }
}
