import CPythonABI

/// A Python object. Whether a reference is borrowed or owned is said where it matters: parameters
/// are borrowed, results are owned by the caller, as in CPython's own interface.
typealias Ref = UnsafeMutablePointer<PyObject>
typealias TypeRef = OpaquePointer

/// Python's objects that the hot paths compare with or return.
///
/// Everything here is set once while the module is imported, under the interpreter's lock, and only
/// read later; the lock also guards what is mutable. That is why `nonisolated(unsafe)` is safe.
enum Python {
  static var none: Ref { retained(py_none()) }
  static var notImplemented: Ref { retained(py_not_implemented()) }

  @inline(__always)
  static func bool(_ value: Bool) -> Ref { retained(value ? py_true() : py_false()) }

  /// The module `numpy`.
  nonisolated(unsafe) static var numpy: Ref! = nil
  /// NumPy's array type.
  nonisolated(unsafe) static var numpyArrayType: TypeRef? = nil
  /// NumPy's base class of scalars.
  nonisolated(unsafe) static var numpyGeneric: Ref! = nil
  /// `numpy.dtype`.
  nonisolated(unsafe) static var numpyDType: Ref! = nil
  /// `numpy.dtype(object)`.
  nonisolated(unsafe) static var numpyObjectDType: Ref! = nil
  /// What `martlet._fallback` registers: `(path, reason)` to what serves it, and what tells the user
  /// of a step by its name and reason.
  nonisolated(unsafe) static var fallbackResolver: Ref? = nil
  nonisolated(unsafe) static var fallbackTeller: Ref? = nil
  /// What gives the mode of this thread and context, without running Python code.
  nonisolated(unsafe) static var fallbackMode: Ref? = nil
  /// By type, what makes a result of NumPy's the caller's.
  nonisolated(unsafe) static var resultConverters: Ref? = nil
  /// The class of arrays that stay on the host, and what finds or makes the one for a NumPy array.
  nonisolated(unsafe) static var hostArrayType: TypeRef? = nil
  nonisolated(unsafe) static var hostArrayWrapper: Ref? = nil
  /// The class of all that stands for an object of NumPy's, host arrays included; and the metaclass
  /// of what stands for one of its classes.
  nonisolated(unsafe) static var hostObjectType: TypeRef? = nil
  nonisolated(unsafe) static var hostMetaclass: TypeRef? = nil
  /// What `numpy.seterr` would give; see `FloatingPointWarnings.swift`.
  nonisolated(unsafe) static var errorHandler: Ref? = nil
}

@inline(__always)
func retained(_ object: Ref) -> Ref {
  py_retain(object)
  return object
}

@inline(__always)
func isType(_ object: Ref, _ type: TypeRef?) -> Bool { py_type(object) == type }

func isSubclass(_ object: Ref, _ flag: UInt) -> Bool {
  UInt(PyType_GetFlags(py_type(object))) & flag != 0
}

func isInstance(_ object: Ref, of type: TypeRef) -> Bool {
  py_type(object) == type || PyType_IsSubtype(py_type(object), type) != 0
}

var tupleFlag: UInt { 1 << 26 }
var listFlag: UInt { 1 << 25 }
var stringFlag: UInt { 1 << 28 }
var integerFlag: UInt { 1 << 24 }
var bytesFlag: UInt { 1 << 27 }
var dictFlag: UInt { 1 << 29 }
var typeFlag: UInt { 1 << 31 }

/// The result of a call into Python, or the exception that it set.
@inline(__always)
func check(_ result: Ref?) throws(PythonError) -> Ref {
  guard let result else { throw .raised }
  return result
}

@inline(__always)
func check(_ status: Int32) throws(PythonError) {
  if status < 0 { throw .raised }
}

func attribute(_ object: Ref, _ name: StaticString) throws(PythonError) -> Ref {
  try check(PyObject_GetAttrString(object, name.cString))
}

/// The attribute, or nil where there is none; other exceptions than AttributeError are thrown.
func optionalAttribute(_ object: Ref, _ name: StaticString) throws(PythonError) -> Ref? {
  if let found = PyObject_GetAttrString(object, name.cString) { return found }
  if PyErr_ExceptionMatches(py_exc_attribute_error()) == 0 { throw .raised }
  PyErr_Clear()
  return nil
}

/// Calls with positional arguments.
func call(_ callable: Ref, _ arguments: Ref...) throws(PythonError) -> Ref {
  let tuple = try check(PyTuple_New(arguments.count))
  defer { py_release(tuple) }
  for (i, argument) in arguments.enumerated() {
    PyTuple_SetItem(tuple, i, retained(argument))
  }
  return try check(PyObject_CallObject(callable, tuple))
}

func callMethod(
  _ object: Ref, _ name: StaticString, _ arguments: [Ref] = []
) throws(PythonError) -> Ref {
  let method = try attribute(object, name)
  defer { py_release(method) }
  let tuple = try check(PyTuple_New(arguments.count))
  defer { py_release(tuple) }
  for (i, argument) in arguments.enumerated() {
    PyTuple_SetItem(tuple, i, retained(argument))
  }
  return try check(PyObject_CallObject(method, tuple))
}

func importModule(_ name: StaticString) throws(PythonError) -> Ref {
  try check(PyImport_ImportModule(name.cString))
}

// MARK: - Small values

func pythonString(_ text: String) throws(PythonError) -> Ref {
  var text = text
  let made = text.withUTF8 { bytes in
    bytes.withMemoryRebound(to: CChar.self) {
      PyUnicode_FromStringAndSize($0.baseAddress, $0.count)
    }
  }
  return try check(made)
}

func swiftString(_ object: Ref) throws(PythonError) -> String {
  var count = 0
  guard let bytes = PyUnicode_AsUTF8AndSize(object, &count) else { throw .raised }
  return bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
    String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
  }
}

func pythonInt(_ value: Int) throws(PythonError) -> Ref {
  try check(PyLong_FromLongLong(Int64(value)))
}

/// A tuple of integers: a shape or strides.
func pythonTuple(_ values: some Collection<Int>) throws(PythonError) -> Ref {
  let tuple = try check(PyTuple_New(values.count))
  var i = 0
  for value in values {
    guard let number = PyLong_FromLongLong(Int64(value)) else {
      py_release(tuple)
      throw .raised
    }
    PyTuple_SetItem(tuple, i, number)
    i &+= 1
  }
  return tuple
}

/// A tuple of objects whose references it takes over.
func pythonTuple(owning values: [Ref]) throws(PythonError) -> Ref {
  guard let tuple = PyTuple_New(values.count) else {
    for value in values { py_release(value) }
    throw .raised
  }
  for (i, value) in values.enumerated() { PyTuple_SetItem(tuple, i, value) }
  return tuple
}

/// A list of objects whose references it takes over.
func pythonList(owning values: [Ref]) throws(PythonError) -> Ref {
  guard let list = PyList_New(values.count) else {
    for value in values { py_release(value) }
    throw .raised
  }
  for (i, value) in values.enumerated() { PyList_SetItem(list, i, value) }
  return list
}

extension StaticString {
  /// For CPython, which wants `char *`. Every literal passed here is ASCII.
  @inline(__always)
  var cString: UnsafePointer<CChar> {
    UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}

extension String {
  /// A copy that lives as long as the process, for CPython's tables of names.
  var permanentCString: UnsafePointer<CChar> {
    let bytes = utf8CString
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    for (i, byte) in bytes.enumerated() { copy[i] = byte }
    return UnsafePointer(copy)
  }
}

/// How many items a tuple from Python code has, which may have given anything else.
func countOfTuple(_ object: Ref, _ name: StaticString) throws(PythonError) -> Int {
  guard isSubclass(object, tupleFlag) else {
    throw .type("\(name) must be a tuple, not \(try typeName(object))")
  }
  return PyTuple_Size(object)
}
