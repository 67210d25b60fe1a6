import CPythonABI
import MartletIR

/// Operands with rules of their own: objects whose type has `__array_ufunc__`, `__array_function__` or
/// `__array_wrap__`, and arrays of subclasses of NumPy's type. NumPy asks them before it converts
/// anything; so does Martlet. What finds one leaves the call to NumPy's way (`reason`), and there
/// `martlet._overrides` is asked first.
enum Overrides {
  static let reason: StaticString = "an operand has rules of its own"

  /// `martlet._overrides.ask`, and what tells whether an object's class is the program's own.
  nonisolated(unsafe) static var asker: Ref?
  nonisolated(unsafe) static var isPrograms: Ref?

  // Interned names, which live as long as the process.
  nonisolated(unsafe) private static let ufuncName = PyUnicode_InternFromString("__array_ufunc__")
  nonisolated(unsafe) private static let functionName = PyUnicode_InternFromString(
    "__array_function__")
  nonisolated(unsafe) private static let arrayName = PyUnicode_InternFromString("__array__")
  nonisolated(unsafe) private static let interfaceName = PyUnicode_InternFromString(
    "__array_interface__")
  nonisolated(unsafe) private static let structName = PyUnicode_InternFromString(
    "__array_struct__")
  nonisolated(unsafe) private static let copyName = PyUnicode_InternFromString("copy")
  nonisolated(unsafe) private static let wrapName = PyUnicode_InternFromString("__array_wrap__")
  nonisolated(unsafe) private static let cudaName = PyUnicode_InternFromString(
    "__cuda_array_interface__")
  nonisolated(unsafe) private static let priorityName = PyUnicode_InternFromString(
    "__array_priority__")

  // MARK: Operators

  enum Answer {
    /// Martlet computes.
    case compute
    /// The operator is the other operand's: `NotImplemented`.
    case leave
    /// The other operand says what comes out.
    case ask
  }

  /// What NumPy's rules say of a binary operator, one of whose operands is ours.
  static func answer(_ left: Ref, _ right: Ref, inPlace: Bool = false) -> Answer {
    let isForward = ArrayObject.isExact(left)
    let other = isForward ? right : left
    if isPlain(other) { return .compute }
    if Loan.standsForObject(other) {
      // A polynomial takes no part in ufuncs.
      guard isForward, !inPlace, let rules = attribute(ufuncName, ofType: other) else {
        return .compute
      }
      defer { py_release(rules) }
      return rules == py_none() ? .leave : .compute
    }
    guard let rules = attribute(ufuncName, ofType: other) else {
      return isForward && priority(other) > 0 ? handedOver(to: other) : .compute
    }
    defer { py_release(rules) }
    if rules == py_none() { return isForward && !inPlace ? handedOver(to: other) : .ask }
    return hasDeviceMemory(other) ? .compute : .ask
  }

  /// An operator is left to the other operand. Where its class is a library's, that is NumPy's to do:
  /// such a class knows NumPy's arrays.
  private static func handedOver(to other: Ref) -> Answer {
    guard let isPrograms, let answer = PyObject_Vectorcall(isPrograms, [other], 1, nil) else {
      PyErr_Clear()
      return .leave
    }
    defer { py_release(answer) }
    return answer == py_true() ? .leave : .ask
  }

  /// Whether the operator is the other operand's; throws where that must be asked.
  static func leaves(
    _ left: Ref, _ right: Ref, inPlace: Bool = false
  ) throws(PythonError) -> Bool {
    switch answer(left, right, inPlace: inPlace) {
    case .compute: return false
    case .leave: return true
    case .ask: throw .notNative(reason)
    }
  }

  /// `__array_priority__`, where arrays have 0.
  private static func priority(_ object: Ref) -> Double {
    guard let priorityName, let found = PyObject_GetAttr(object, priorityName) else {
      PyErr_Clear()
      return -1
    }
    defer { py_release(found) }
    let value = PyFloat_AsDouble(found)
    if PyErr_Occurred() == nil { return value }
    PyErr_Clear()
    return -1
  }

  // MARK: Operands

  /// Whether an object says by `__array__` what array it is.
  static func givesArray(_ object: Ref) -> Bool {
    !isPlain(object) && hasAttribute(arrayName, ofType: object)
  }

  /// Whether an operand must be asked before it is made an array.
  static func hasRules(_ object: Ref) -> Bool {
    if isPlain(object) || Loan.standsForObject(object) { return false }
    return
      (hasAttribute(ufuncName, ofType: object) || hasAttribute(functionName, ofType: object)
      || hasAttribute(wrapName, ofType: object)) && !hasDeviceMemory(object)
  }

  /// Objects of the types that most operands have.
  private static func isPlain(_ object: Ref) -> Bool {
    ArrayObject.isExact(object) || isType(object, py_float_type())
      || isType(object, py_long_type()) || isType(object, Python.numpyArrayType)
      || isType(object, py_list_type()) || isType(object, py_tuple_type())
      || isType(object, py_bool_type()) || isType(object, py_complex_type())
      || isType(object, py_unicode_type()) || object == py_none()
      || NumPyScalar.value(of: object) != nil
  }

  /// Memory of a GPU is taken over as it is.
  private static func hasDeviceMemory(_ object: Ref) -> Bool {
    guard let cudaName, let found = PyObject_GetAttr(object, cudaName) else {
      PyErr_Clear()
      return false
    }
    py_release(found)
    return true
  }

  private static func hasAttribute(_ name: Ref?, ofType object: Ref) -> Bool {
    guard let found = attribute(name, ofType: object) else { return false }
    py_release(found)
    return true
  }

  /// Owned; nil, with no exception, where the type has none.
  private static func attribute(_ name: Ref?, ofType object: Ref) -> Ref? {
    if let name, let found = PyObject_GetAttr(py_object(py_type(object)), name) { return found }
    PyErr_Clear()
    return nil
  }

  // MARK: Calls

  /// What operands with rules make of a call of NumPy's function; nil where there are none, or
  /// where NumPy asks them itself.
  static func asked(
    _ function: Ref, _ given: UnsafePointer<Ref>?, _ count: Int, _ keywords: Ref?
  ) throws(PythonError) -> Ref? {
    guard let asker, let given else { return nil }
    let all = count &+ (keywords.map { PyTuple_Size($0) } ?? 0)
    var last: TypeRef?
    guard (0..<all).contains(where: { mayHaveRules(given[$0], &last, depth: 0) }) else {
      return nil
    }
    let arguments = try pythonTuple(owning: (0..<count).map { retained(given[$0]) })
    defer { py_release(arguments) }
    let named = try check(PyDict_New())
    defer { py_release(named) }
    for k in count..<all {
      guard let keywords, let name = PyTuple_GetItem(keywords, k &- count) else { throw .raised }
      try check(PyDict_SetItem(named, name, given[k]))
    }
    let answer = try call(asker, function, arguments, named)
    if answer != py_not_implemented() { return answer }
    py_release(answer)
    return nil
  }

  /// Whether the object, or one in its lists and tuples, is of a Python class with a protocol for
  /// arrays. NumPy itself asks its subclasses, and types that are not written in Python know it.
  /// `last` is the type that was looked at last and has none.
  private static func mayHaveRules(_ object: Ref, _ last: inout TypeRef?, depth: Int) -> Bool {
    let type = py_type(object)
    if type == last || isPlainNumber(object) || ArrayObject.isExact(object) { return false }
    if type == py_list_type() || type == py_tuple_type() {
      guard depth < 32 else { return false }
      let isList = type == py_list_type()
      for i in 0..<(isList ? PyList_Size(object) : PyTuple_Size(object)) {
        guard let item = isList ? PyList_GetItem(object, i) : PyTuple_GetItem(object, i) else {
          PyErr_Clear()
          return false
        }
        if mayHaveRules(item, &last, depth: depth + 1) { return true }
      }
      return false
    }
    guard UInt(PyType_GetFlags(type)) & UInt(PY_TYPE_HEAP) != 0, !Loan.standsForObject(object),
      !isSubclass(object, typeFlag), !NumPyArray.isAny(object),
      hasAttribute(ufuncName, ofType: object) || hasAttribute(functionName, ofType: object)
        || hasAttribute(arrayName, ofType: object)
    else {
      last = type
      return false
    }
    return true
  }

  /// What `__array__` of a Python class gives, called as NumPy calls it; owned. Nil where NumPy looks
  /// at something else first, or must say what is wrong.
  static func arrayMethod(
    of object: Ref, _ dtype: DType?, _ mayShare: Bool, _ mustShare: Bool
  ) throws(PythonError) -> Ref? {
    guard UInt(PyType_GetFlags(py_type(object))) & UInt(PY_TYPE_HEAP) != 0,
      !isSubclass(object, typeFlag), !NumPyArray.isAny(object), !Loan.standsForObject(object),
      !isInstance(object, of: py_as_type(Python.numpyGeneric)), PyObject_CheckBuffer(object) == 0,
      hasAttribute(arrayName, ofType: object), !hasAttribute(interfaceName, ofType: object),
      !hasAttribute(structName, ofType: object), let arrayName,
      let method = PyObject_GetAttr(object, arrayName)
    else {
      PyErr_Clear()
      return nil
    }
    defer { py_release(method) }
    var given: [Ref] = []
    if let dtype { given.append(try dtypeObject(dtype)) }
    let count = given.count
    var names: Ref?
    defer { if let names { py_release(names) } }
    if mustShare || !mayShare, let copyName {
      names = try pythonTuple(owning: [retained(copyName)])
      given.append(mustShare ? py_false() : py_true())
    }
    guard let array = PyObject_Vectorcall(method, given, count, names) else {
      // A class that knows no `copy` is called again, with a warning.
      guard names != nil, PyErr_ExceptionMatches(py_exc_type_error()) != 0 else { throw .raised }
      PyErr_Clear()
      return nil
    }
    if ArrayObject.isExact(array) || NumPyArray.isAny(array) || Loan.standsForObject(array) {
      return array
    }
    py_release(array)
    throw .value("object __array__ method not producing an array")
  }

  /// What the object's own `__array__` gives, where that is an array of ours; owned. `isInside` is set
  /// where the object is a list with such a thing in it.
  static func ownArray(of object: Ref, _ isInside: inout Bool) -> Ref? {
    if isSubclass(object, listFlag) || isSubclass(object, tupleFlag) {
      var last: TypeRef?
      isInside = mayHaveRules(object, &last, depth: 0)
      return nil
    }
    guard hasAttribute(arrayName, ofType: object), let arrayName,
      let method = PyObject_GetAttr(object, arrayName)
    else {
      PyErr_Clear()
      return nil
    }
    defer { py_release(method) }
    guard let given = PyObject_CallNoArgs(method) else {
      PyErr_Clear()
      return nil
    }
    if ArrayObject.isExact(given) { return given }
    py_release(given)
    return nil
  }

  private static func isPlainNumber(_ object: Ref) -> Bool {
    isType(object, py_float_type()) || isType(object, py_long_type())
      || isType(object, py_unicode_type()) || isType(object, py_bool_type()) || object == py_none()
  }

  // MARK: What NumPy asks

  /// The function that says which arguments of one of NumPy's are asked; nil where it is not known.
  ///
  /// NumPy shows it nowhere. Its object holds it beside the implementation, which it does show: only
  /// where that is found at its place in memory, the other is taken to be at its own.
  static func relevant(of function: Ref) throws(PythonError) -> Ref? {
    guard let type = dispatcherType, isType(function, type),
      let shown = try optionalAttribute(function, "_implementation")
    else { return nil }
    defer { py_release(shown) }
    // Header, entry point, dict; then the two.
    let fields = (UnsafeRawPointer(function) + MemoryLayout<PyObject>.size)
      .assumingMemoryBound(to: Ref?.self)
    guard fields[3] == shown, let found = fields[2] else { return nil }
    return retained(found)
  }

  nonisolated(unsafe) private static let dispatcherType: TypeRef? = {
    guard let function = PyObject_GetAttrString(Python.numpy, "concatenate") else {
      PyErr_Clear()
      return nil
    }
    defer { py_release(function) }
    return py_type(function)
  }()
}
