import CMartlet
import MartletIR
import MartletRuntime
import Synchronization

/// What a thread can do while it holds the interpreter's lock. References are borrowed where they
/// are passed and owned where they are returned.
struct PythonSession {
  let api: Python.API
  /// Nil while they are being made.
  let known: PythonObjects?

  var objects: PythonObjects {
    guard let known else { preconditionFailure("Python's objects are not there yet") }
    return known
  }

  // MARK: Errors

  /// The result of a call into Python, or the exception that it set.
  func check(_ result: OpaquePointer?) throws(MartletError) -> PythonOwned {
    guard let result else { throw takeError() }
    return PythonOwned(result, api)
  }

  func check(_ status: Int32) throws(MartletError) {
    if status < 0 { throw takeError() }
  }

  /// The exception that is set, which it clears, with Python's type and message.
  func takeError() -> MartletError {
    var type: OpaquePointer?
    var value: OpaquePointer?
    var traceback: OpaquePointer?
    api.pointee.Err_Fetch(&type, &value, &traceback)
    api.pointee.Err_NormalizeException(&type, &value, &traceback)
    defer {
      for object in [type, value, traceback] { api.pointee._DecRef(object) }
    }
    guard let type else {
      return .internalError(operation: "Python", detail: "a call failed without an exception")
    }
    let message = value.flatMap { text(api.pointee.Object_Str($0)) }
    return .python(
      type: text(api.pointee.Object_GetAttrString(type, "__name__")) ?? "Exception",
      message: message ?? "")
  }

  /// The text of a string that it takes over; nil for none, without an exception.
  private func text(_ string: OpaquePointer?) -> String? {
    guard let string else {
      api.pointee.Err_Clear()
      return nil
    }
    let owned = PythonOwned(string, api)
    do throws(MartletError) { return try self.string(owned.object) } catch { return nil }
  }

  // MARK: Objects

  func retained(_ object: OpaquePointer) -> PythonOwned {
    api.pointee._IncRef(object)
    return PythonOwned(object, api)
  }

  func attribute(_ object: OpaquePointer, _ name: String) throws(MartletError) -> PythonOwned {
    try check(api.pointee.Object_GetAttrString(object, name))
  }

  /// The attribute, or nil where there is none.
  func optionalAttribute(
    _ object: OpaquePointer, _ name: String
  ) throws(MartletError) -> PythonOwned? {
    if let found = api.pointee.Object_GetAttrString(object, name) { return PythonOwned(found, api) }
    let error = takeError()
    if case .python(type: "AttributeError", _) = error { return nil }
    throw error
  }

  /// Calls with positional arguments.
  func call(
    _ callable: OpaquePointer, _ arguments: OpaquePointer...
  ) throws(MartletError) -> PythonOwned {
    let tuple = try tuple(arguments.count) { i throws(MartletError) in retained(arguments[i]) }
    return try check(api.pointee.Object_Call(callable, tuple.object, nil))
  }

  func type(of object: OpaquePointer) -> OpaquePointer {
    let type = api.pointee.Object_Type(object)
    // The object keeps its type.
    api.pointee._DecRef(type)
    return type
  }

  func typeName(_ object: OpaquePointer) -> String {
    text(api.pointee.Object_GetAttrString(type(of: object), "__name__")) ?? "object"
  }

  /// Whether an object's type derives from one of the built-in ones.
  func isKind(_ object: OpaquePointer, _ flag: UInt) -> Bool {
    UInt(api.pointee.Type_GetFlags(type(of: object))) & flag != 0
  }

  /// References to an object, those of the caller included.
  func referenceCount(_ object: OpaquePointer) throws(MartletError) -> Int {
    let count = try call(objects.getReferenceCount, object)
    return try int(count.object) - objects.referenceCountOffset
  }

  // MARK: Small values

  func string(_ object: OpaquePointer) throws(MartletError) -> String {
    var count = 0
    guard let bytes = api.pointee.Unicode_AsUTF8AndSize(object, &count) else { throw takeError() }
    return bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
      String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
    }
  }

  /// The value of a Python integer.
  ///
  /// - Throws: `.overflow` where 64 bits don't hold it.
  func int(_ object: OpaquePointer) throws(MartletError) -> Int {
    var overflow: Int32 = 0
    let number = api.pointee.Long_AsLongLongAndOverflow(object, &overflow)
    if overflow != 0 { throw .overflow(detail: "a Python int does not fit into 64 bits") }
    if number == -1, api.pointee.Err_Occurred() != nil { throw takeError() }
    return Int(number)
  }

  func make(_ text: String) throws(MartletError) -> PythonOwned {
    var text = text
    let made = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        api.pointee.Unicode_FromStringAndSize($0.baseAddress, $0.count)
      }
    }
    return try check(made)
  }

  func make(_ number: Int) throws(MartletError) -> PythonOwned {
    try check(api.pointee.Long_FromLongLong(Int64(number)))
  }

  func tuple(
    _ count: Int, _ item: (Int) throws(MartletError) -> PythonOwned
  ) throws(MartletError) -> PythonOwned {
    let tuple = try check(api.pointee.Tuple_New(count))
    for i in 0..<count {
      try check(api.pointee.Tuple_SetItem(tuple.object, i, try item(i).taken()))
    }
    return tuple
  }

  func list(
    _ count: Int, _ item: (Int) throws(MartletError) -> PythonOwned
  ) throws(MartletError) -> PythonOwned {
    let list = try check(api.pointee.List_New(count))
    for i in 0..<count {
      try check(api.pointee.List_SetItem(list.object, i, try item(i).taken()))
    }
    return list
  }

  /// Calls `body` with a view of an object's memory; nil where it has none.
  func withBuffer<Result>(
    of object: OpaquePointer,
    _ body: (martlet_python_buffer) throws(MartletError) -> Result
  ) throws(MartletError) -> Result? {
    var buffer = martlet_python_buffer()
    if api.pointee.Object_GetBuffer(object, &buffer, MARTLET_PYTHON_BUFFER_READ) != 0 {
      api.pointee.Err_Clear()
      return nil
    }
    defer { api.pointee.Buffer_Release(&buffer) }
    return try body(buffer)
  }
}

/// The objects that every call needs. They are never given back.
final class PythonObjects: @unchecked Sendable {
  // Unchecked: immutable pointers to objects that live as long as the process and are used under
  // the interpreter's lock only.
  let numpy: OpaquePointer
  let array: OpaquePointer
  let generic: OpaquePointer
  let asArray: OpaquePointer
  /// `numpy.bool_`, `numpy.int8`, … by `DType.rawValue`; bfloat16 has none.
  let scalarTypes: [OpaquePointer?]
  let float64: OpaquePointer
  let bool: OpaquePointer
  let int: OpaquePointer
  let float: OpaquePointer
  let complex: OpaquePointer
  let string: OpaquePointer
  let tuple: OpaquePointer
  let list: OpaquePointer
  let dictionary: OpaquePointer
  /// The type of the objects that lend memory.
  let lender: OpaquePointer
  let getReferenceCount: OpaquePointer
  /// What `sys.getrefcount` counts besides the references there are.
  let referenceCountOffset: Int

  private static let made = Mutex<Result<PythonObjects, MartletError>?>(nil)

  /// The interpreter's lock is held.
  ///
  /// - Throws: `.libraryMissing` where NumPy cannot be imported.
  static func shared(_ python: Python) throws(MartletError) -> PythonObjects {
    if let found = made.withLock({ $0 }) { return try found.get() }
    // Not under the mutex: importing lets other threads have the interpreter, which would wait for
    // it. They make the same objects.
    let result: Result<PythonObjects, MartletError>
    do throws(MartletError) {
      result = .success(try PythonObjects(python, PythonSession(api: python.api, known: nil)))
    } catch {
      result = .failure(error)
    }
    made.withLock { $0 = $0 ?? result }
    return try result.get()
  }

  private init(_ python: Python, _ session: PythonSession) throws(MartletError) {
    func module(_ name: String) throws(MartletError) -> OpaquePointer {
      try session.check(session.api.pointee.Import_ImportModule(name)).taken()
    }
    func attribute(
      _ object: OpaquePointer, _ name: String
    ) throws(MartletError) -> OpaquePointer {
      try session.attribute(object, name).taken()
    }
    do throws(MartletError) {
      numpy = try module("numpy")
    } catch {
      throw .libraryMissing(
        name: "NumPy",
        hint: "Install it for \(python.origin): python -m pip install numpy. (\(error))")
    }
    // NumPy has loaded its BLAS by now.
    OpenBLASThreads.adopt()
    array = try attribute(numpy, "ndarray")
    generic = try attribute(numpy, "generic")
    asArray = try attribute(numpy, "asarray")
    var types: [OpaquePointer?] = []
    for dtype in DType.allCases {
      // `numpy.bool` is NumPy 2's name.
      let name = dtype == .bool ? "bool_" : dtype.name
      types.append(dtype == .bfloat16 ? nil : try attribute(numpy, name))
    }
    scalarTypes = types
    float64 = try attribute(numpy, "float64")
    let builtins = try module("builtins")
    bool = try attribute(builtins, "bool")
    int = try attribute(builtins, "int")
    float = try attribute(builtins, "float")
    complex = try attribute(builtins, "complex")
    string = try attribute(builtins, "str")
    tuple = try attribute(builtins, "tuple")
    list = try attribute(builtins, "list")
    dictionary = try attribute(builtins, "dict")
    lender = try LentMemory.makeType(session).taken()
    let sys = try module("sys")
    getReferenceCount = try attribute(sys, "getrefcount")
    // A list of our own has one reference.
    let fresh = try session.list(0) { _ throws(MartletError) in try session.make(0) }
    let count = try session.call(getReferenceCount, fresh.object)
    referenceCountOffset = try session.int(count.object) - 1
    if !python.isHost { try Self.flushLines(session, sys) }
  }

  /// Nobody ends the interpreter, so what Python prints must not wait for that.
  private static func flushLines(
    _ session: PythonSession, _ sys: OpaquePointer
  ) throws(MartletError) {
    let output = try session.attribute(sys, "stdout")
    // Where there is no standard output it is None.
    guard let method = try session.optionalAttribute(output.object, "reconfigure") else { return }
    let keywords = try session.check(session.api.pointee.Dict_New())
    let key = try session.make("line_buffering")
    let yes = try session.check(session.api.pointee.Bool_FromLong(1))
    try session.check(session.api.pointee.Dict_SetItem(keywords.object, key.object, yes.object))
    let none = try session.tuple(0) { _ throws(MartletError) in try session.make(0) }
    _ = try session.check(
      session.api.pointee.Object_Call(method.object, none.object, keywords.object))
  }
}
