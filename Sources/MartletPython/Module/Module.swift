import CPythonABI
import CSwiftMemory
import Martlet
import MartletIR
import MartletRuntime

/// The functions that `martlet.numpy` and the type `ndarray` take from here.
enum FunctionTable {
  static let functions: [DoorFunction] = FunctionRows.functions
  static let methods: [DoorFunction] = ownMethods + FunctionRows.methods(besides: ownMethods)

  /// Those that only Python has.
  private static let ownMethods: [DoorFunction] =
    ArrayMethods.all + DeviceFunctions.methods + [
      ResizeMethod.method, ViewMethod.method, ArrayUFunc.method,
    ]
}

/// CPython calls this when it imports `martlet._martlet`.
@_cdecl("PyInit__martlet")
public func initialiseModule() -> UnsafeMutableRawPointer? {
  do throws(PythonError) {
    return UnsafeMutableRawPointer(try makeModule())
  } catch {
    setException(error)
    return nil
  }
}

private func makeModule() throws(PythonError) -> Ref {
  _ = martlet_take_swift_reserve()
  try loadNumPy()
  try FunctionObject.makeTypes()
  try UFuncObject.makeType()
  try ArrayMetaclass.makeType()
  try HostBuffer.makeType()
  try ServedFunction.makeTypes()
  try ArrayObject.makeType()
  try KernelObject.makeTypes()
  Interruption.register()
  ProfilePlaces.register()
  let stray = FunctionRows.strayShortcuts
  guard stray.isEmpty else { throw .runtime("there is no row for \(stray)") }

  let definition = UnsafeMutablePointer<PyModuleDef>.allocate(capacity: 1)
  UnsafeMutableRawPointer(definition).initializeMemory(
    as: UInt8.self, repeating: 0, count: MemoryLayout<PyModuleDef>.size)
  definition.pointee.m_base.refcount.whole = 1
  definition.pointee.m_name = "martlet._martlet".permanentCString
  definition.pointee.m_doc = "Martlet's arrays, operations and functions.".permanentCString
  definition.pointee.m_size = -1
  let module = try check(PyModule_Create2(definition, Int32(PY_ABI_VERSION)))

  try add(ArrayObject.type, to: module, "ndarray")
  try add(UFuncObject.type, to: module, "ufunc")
  try add(FunctionObject.type, to: module, "function")
  try add(FunctionObject.methodType, to: module, "method_function")
  try add(ServedFunction.type, to: module, "served_function")
  try add(ServedFunction.methodType, to: module, "served_method")
  try add(ArrayMetaclass.type, to: module, "array_type")
  try add(HostBuffer.type, to: module, "host_buffer")
  try add(KernelObject.jitType, to: module, "JitFunction")
  try add(KernelObject.gridType, to: module, "GridKernel")
  for row in OperationTable.elementwise where !OperationTable.notUFuncs.contains(row.name) {
    try add(try UFuncObject.make(row), to: module, row.name)
  }
  // Those of NumPy's submodules, by their paths.
  let inner = try check(PyDict_New())
  for function in FunctionTable.functions {
    let object = try FunctionObject.make(function, binds: try bindsInNumPy(function.path))
    if function.path == function.name {
      try add(object, to: module, function.name)
    } else {
      defer { py_release(object) }
      try check(function.path.withCString { PyDict_SetItemString(inner, $0, object) })
    }
  }
  try add(inner, to: module, "submodule_functions")
  guard let type = ArrayObject.type else { throw .runtime("no array type") }
  for method in FunctionTable.methods {
    let object = try FunctionObject.make(method)
    defer { py_release(object) }
    let status = method.name.withCString { PyObject_SetAttrString(py_object(type), $0, object) }
    try check(status)
  }
  for (method, type) in KernelFunctions.methods {
    guard let type else { continue }
    let object = try FunctionObject.make(method)
    defer { py_release(object) }
    let status = method.name.withCString { PyObject_SetAttrString(py_object(type), $0, object) }
    try check(status)
  }
  guard let ufunc = UFuncObject.type else { throw .runtime("no ufunc type") }
  for method in UFuncMethods.all {
    let object = try FunctionObject.make(method)
    defer { py_release(object) }
    let status = method.name.withCString { PyObject_SetAttrString(py_object(ufunc), $0, object) }
    try check(status)
  }
  let door =
    DoorFunctions.all + FallbackFunctions.all + DeviceFunctions.all + DispatchFunctions.all
    + TraceFunctions.all
    + CheckFunctions.all + KernelFunctions.all + DeviceInformation.all + FileFunctions.all
    + DLPack.door + [RandomMethods.functions] + CounterFunctions.all
    + [ArrayMetaclass.show] + ProfileFunctions.all + InspectionFunctions.all
  for function in door {
    function.isFacade = true
    try add(try FunctionObject.make(function), to: module, function.name)
  }
  return module
}

/// Whether NumPy's function of this name is a method of the classes that hold it: those in Python
/// are, those in C are not.
private func bindsInNumPy(_ path: String) throws(PythonError) -> Bool {
  var own = retained(Python.numpy)
  defer { py_release(own) }
  for name in path.split(separator: ".") {
    guard let next = name.withCString({ PyObject_GetAttrString(own, $0) }) else {
      PyErr_Clear()
      return true
    }
    py_release(own)
    own = next
  }
  guard let get = try optionalAttribute(py_object(py_type(own)), "__get__") else { return false }
  py_release(get)
  return true
}

private func loadNumPy() throws(PythonError) {
  Python.numpy = try importModule("numpy")
  Python.numpyArrayType = py_as_type(try attribute(Python.numpy, "ndarray"))
  Python.numpyGeneric = try attribute(Python.numpy, "generic")
  Python.numpyDType = try attribute(Python.numpy, "dtype")
  let object = try attribute(Python.numpy, "object_")
  defer { py_release(object) }
  Python.numpyObjectDType = try call(Python.numpyDType, object)
  // NumPy has loaded its BLAS by now.
  OpenBLASThreads.adopt()
  try NumPyArray.load()
  try DTypeObjects.load()
  try NumPyScalar.load()
}

private func add(_ type: TypeRef?, to module: Ref, _ name: String) throws(PythonError) {
  guard let type else { throw .runtime("\(name) is not there yet") }
  try add(retained(py_object(type)), to: module, name)
}

/// Takes over the reference.
private func add(_ object: Ref, to module: Ref, _ name: String) throws(PythonError) {
  defer { py_release(object) }
  let status = name.withCString { PyModule_AddObjectRef(module, $0, object) }
  try check(status)
}
