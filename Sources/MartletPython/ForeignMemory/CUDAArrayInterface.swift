import CPythonABI
import Martlet
import MartletIR

/// `__cuda_array_interface__` (version 3), by which libraries for CUDA use each other's memory.
enum CUDAArrayInterface {
  // MARK: Export

  static func describe(_ object: Ref) throws(PythonError) -> Ref {
    let array = ArrayObject.read(object)
    guard array.device.cudaNumber != nil else {
      throw .raise(
        py_exc_attribute_error(), "the array lives on \(array.device), which is no device of CUDA")
    }
    guard array.dtype != .bfloat16 else {
      throw .raise(py_exc_attribute_error(), "the interface has no type for bfloat16")
    }
    // Everything is done when the consumer gets the address, so it has no stream to wait for. The
    // object that was asked keeps the memory.
    let address = try DLPack.share(object, isSettled: true)
    let result = try check(PyDict_New())
    do throws(PythonError) {
      func set(_ name: StaticString, _ value: Ref) throws(PythonError) {
        defer { py_release(value) }
        try check(PyDict_SetItemString(result, name.cString, value))
      }
      try set("shape", try pythonTuple(array.shape))
      try set("typestr", try attribute(try dtypeObject(array.dtype), "str"))
      try set(
        "data",
        try pythonTuple(owning: [
          try check(PyLong_FromUnsignedLongLong(array.count == 0 ? 0 : UInt64(address))),
          Python.bool(!ArrayObject.isWritable(object)),
        ]))
      let strides = array.strides.map { $0 &* array.dtype.itemSize }
      try set("strides", array.layout.isContiguous ? Python.none : try pythonTuple(strides))
      try set("stream", Python.none)
      try set("version", try pythonInt(3))
    } catch {
      py_release(result)
      throw error
    }
    return result
  }

  // MARK: Import

  /// An array on the memory of an object that has the interface; nil where it has not.
  static func array(_ object: Ref) throws(PythonError) -> (NDArray, readOnly: Bool)? {
    // What has it never is seen without looking for it.
    let type = py_type(object)
    if type == py_list_type() || type == py_tuple_type() || type == py_float_type()
      || type == py_long_type() || type == py_bool_type() || type == py_complex_type()
      || type == py_unicode_type()
    {
      return nil
    }
    guard let description = try optionalAttribute(object, "__cuda_array_interface__") else {
      return nil
    }
    defer { py_release(description) }
    func item(_ name: StaticString) throws(PythonError) -> Ref? {
      let key = try pythonString("\(name)")
      defer { py_release(key) }
      guard let value = PyDict_GetItemWithError(description, key) else {
        if PyErr_Occurred() != nil { throw .raised }
        return nil
      }
      return value == py_none() ? nil : value
    }
    func required(_ name: StaticString) throws(PythonError) -> Ref {
      if let value = try item(name) { return value }
      throw .value("__cuda_array_interface__ lacks '\(name)'")
    }
    guard isSubclass(description, dictFlag) else {
      throw .type("__cuda_array_interface__ must be a dict")
    }
    if try item("mask") != nil { throw .type("masked arrays of CUDA are not supported") }
    let dtype = try parseDType(try required("typestr"))
    var layout = Layout(contiguous: try parseShape(try required("shape")))
    if let strides = try item("strides") {
      let steps = try parseInts(strides)
      guard steps.count == layout.rank, steps.allSatisfy({ $0 % dtype.itemSize == 0 }) else {
        throw .value("the strides of __cuda_array_interface__ do not fit its shape and dtype")
      }
      layout.strides = Shape(steps.map { $0 / dtype.itemSize })
    }
    guard layout.isPossible else {
      throw .value("the sizes or strides of __cuda_array_interface__ are those of no array")
    }
    let data = try required("data")
    guard isSubclass(data, tupleFlag), PyTuple_Size(data) == 2,
      let address = PyTuple_GetItem(data, 0), let flag = PyTuple_GetItem(data, 1)
    else { throw .type("the data of __cuda_array_interface__ is an address and a flag") }
    let first = UInt(PyLong_AsUnsignedLongLong(address))
    if PyErr_Occurred() != nil { throw .raised }
    let readOnly = try parseBool(flag, default: false)
    let stream = try item("stream").map { (o) throws(PythonError) in
      UInt(bitPattern: try parseInt(o))
    }
    // What is empty has no address to tell its device by.
    let device = try core { () throws(MartletError) in
      first == 0 ? try Device(.cuda) : try Device.cuda(owning: first)
    }
    if layout.count == 0 {
      let empty = try core { () throws(MartletError) in
        try NDArray(uninitialised: layout.shape, dtype, on: device)
      }
      return (empty, readOnly)
    }
    let export = ForeignMemory.Export.array(retained(object))
    do throws(PythonError) {
      let array = try ForeignMemory.adopted(
        first, layout, dtype, export, on: device, after: stream, readOnly: readOnly)
      return (array, readOnly)
    } catch {
      ForeignMemory.release(export)
      throw error
    }
  }
}

extension TypeBuilder {
  func cudaAttributes() {
    attribute("__cuda_array_interface__") { o throws(PythonError) in
      try CUDAArrayInterface.describe(o)
    }
  }
}
