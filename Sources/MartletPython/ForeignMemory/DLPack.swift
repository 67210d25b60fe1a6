import CMartlet
import CPythonABI
import Martlet
import MartletIR

/// DLPack of a device's memory, both ways. That of the host is NumPy's to pack.
enum DLPack {
  static let shortcuts: [String: FunctionRows.Shortcut] = [
    "from_dlpack": { arguments throws(PythonError) in
      let target = try arguments.optional(1).map { (o) throws(PythonError) in
        try DeviceFunctions.parseDevice(o)
      }
      return try take(arguments.required(0), to: target, copy: arguments.optional(2))
    }
  ]

  /// What `ndarray.__dlpack__` and `__dlpack_device__` of the facade call.
  static let door: [DoorFunction] = [
    DoorFunction(
      "dlpack_device", "(a, /)", "The kind and number of an array's device in DLPack's terms."
    ) { arguments throws(PythonError) in
      let device = try array(arguments.required(0)).device
      if device.isHost { return try pythonTuple([Int(MARTLET_DLPACK_CPU), 0]) }
      return try pythonTuple([Int(MARTLET_DLPACK_CUDA), try number(of: device)])
    },
    DoorFunction(
      "export_dlpack", "(a, has_version, is_settled, /)",
      "A capsule on an array's memory on its device, with the structure of DLPack 1 if asked for; "
        + "with all work on the memory done, unless the consumer looks after that."
    ) { arguments throws(PythonError) in
      let object = arguments.required(0)
      _ = try array(object)
      return try export(
        object, hasVersion: try parseBool(arguments[1], default: true),
        isSettled: try parseBool(arguments[2], default: true))
    },
  ]

  private static func array(_ object: Ref) throws(PythonError) -> NDArray {
    guard ArrayObject.check(object) else { throw .type("this takes a Martlet array") }
    return ArrayObject.read(object)
  }

  /// - Throws: BufferError where the device's memory is nobody else's.
  static func number(of device: Device) throws(PythonError) -> Int {
    if let number = device.cudaNumber { return number }
    throw .buffer(
      "the array lives on \(device), whose memory other libraries cannot use: use a.to('cpu')")
  }

  // MARK: - Export

  nonisolated(unsafe) private static let plainName = "dltensor".permanentCString
  nonisolated(unsafe) private static let versionedName = "dltensor_versioned".permanentCString
  nonisolated(unsafe) private static let usedPlainName = "used_dltensor".permanentCString
  nonisolated(unsafe) private static let usedVersionedName =
    "used_dltensor_versioned".permanentCString

  private static func export(
    _ object: Ref, hasVersion: Bool, isSettled: Bool
  ) throws(PythonError) -> Ref {
    let number = try number(of: ArrayObject.read(object).device)
    let isWritable = ArrayObject.isWritable(object)
    guard isWritable || hasVersion else {
      throw .buffer("a read-only array can be exported only to consumers of DLPack 1")
    }
    let address = try share(object, isSettled: isSettled)
    let array = ArrayObject.read(object)
    let rank = array.rank
    let numbers = UnsafeMutablePointer<Int64>.allocate(capacity: 2 * rank + 1)
    for i in 0..<rank {
      numbers[i] = Int64(array.shape[i])
      numbers[rank + i] = Int64(array.strides[i])
    }
    let (code, bits) = kind(of: array.dtype)
    let tensor = martlet_dlpack_tensor(
      data: UnsafeMutableRawPointer(bitPattern: address), device_type: MARTLET_DLPACK_CUDA,
      device_number: Int32(number), rank: Int32(rank), type_code: code, type_bits: bits,
      type_lanes: 1, shape: numbers, strides: numbers + rank, byte_offset: 0)
    py_retain(object)
    ArrayObject.state(ArrayObject.root(object)).pointee.exports &+= 1
    let context = UnsafeMutableRawPointer(object)
    let capsule: Ref?
    if hasVersion {
      let managed = UnsafeMutablePointer<martlet_dlpack_versioned>.allocate(capacity: 1)
      managed.initialize(
        to: martlet_dlpack_versioned(
          major: 1, minor: 0, context: context, deleter: deleteVersioned,
          flags: isWritable ? 0 : UInt64(MARTLET_DLPACK_READ_ONLY), tensor: tensor))
      capsule = PyCapsule_New(managed, versionedName, endVersioned)
      if capsule == nil { deleteVersioned(managed) }
    } else {
      let managed = UnsafeMutablePointer<martlet_dlpack_managed>.allocate(capacity: 1)
      managed.initialize(
        to: martlet_dlpack_managed(tensor: tensor, context: context, deleter: deletePlain))
      capsule = PyCapsule_New(managed, plainName, endPlain)
      if capsule == nil { deletePlain(managed) }
    }
    return try MartletPython.check(capsule)
  }

  /// Makes an array's memory one that others use: the address of its first element.
  static func share(_ object: Ref, isSettled: Bool) throws(PythonError) -> UInt {
    let root = ArrayObject.root(object)
    let state = ArrayObject.state(root)
    guard let storage = state.pointee.storage.take() else {
      throw .runtime("the array is being written by another call")
    }
    var array = NDArray(
      storage: storage, layout: state.pointee.layout, dtype: state.pointee.dtype)
    _ = consume storage
    let result: Result<UInt, MartletError>
    do throws(MartletError) {
      result = .success(try array.share(isSettled: isSettled))
    } catch {
      result = .failure(error)
    }
    state.pointee.storage = array.storage
    let start = try core { () throws(MartletError) in try result.get() }
    let here = ArrayObject.state(object)
    return start
      &+ UInt(bitPattern: here.pointee.layout.offset &* here.pointee.dtype.itemSize)
  }

  // The consumer may end a loan in any thread, without the interpreter's lock.

  private static let deletePlain:
    @convention(c) (UnsafeMutablePointer<martlet_dlpack_managed>) -> Void = { managed in
      end(managed.pointee.tensor, managed.pointee.context)
      managed.deallocate()
    }

  private static let deleteVersioned:
    @convention(c) (UnsafeMutablePointer<martlet_dlpack_versioned>) -> Void = { managed in
      end(managed.pointee.tensor, managed.pointee.context)
      managed.deallocate()
    }

  private static func end(_ tensor: martlet_dlpack_tensor, _ context: UnsafeMutableRawPointer?) {
    tensor.shape?.deallocate()
    guard let context else { return }
    ForeignMemory.release(.loan(context.assumingMemoryBound(to: PyObject.self)))
  }

  // A capsule that nobody has taken has its name still.

  private static let endPlain: @convention(c) (Ref) -> Void = { capsule in
    guard PyCapsule_IsValid(capsule, plainName) != 0,
      let pointer = PyCapsule_GetPointer(capsule, plainName)
    else { return }
    deletePlain(pointer.assumingMemoryBound(to: martlet_dlpack_managed.self))
  }

  private static let endVersioned: @convention(c) (Ref) -> Void = { capsule in
    guard PyCapsule_IsValid(capsule, versionedName) != 0,
      let pointer = PyCapsule_GetPointer(capsule, versionedName)
    else { return }
    deleteVersioned(pointer.assumingMemoryBound(to: martlet_dlpack_versioned.self))
  }

  // MARK: - Import

  private static func take(
    _ object: Ref, to target: Device?, copy: Ref?
  ) throws(PythonError) -> Ref {
    let place = try callMethod(object, "__dlpack_device__")
    defer { py_release(place) }
    let numbers = try parseInts(place)
    guard numbers.count == 2 else { throw .type("__dlpack_device__ gives two numbers") }
    let mayNotCopy = try copy.map { (o) throws(PythonError) in try !parseBool(o, default: true) }
    switch Int32(truncatingIfNeeded: numbers[0]) {
    case MARTLET_DLPACK_CPU, MARTLET_DLPACK_CUDA_HOST:
      return try give(try onHost(object), to: target, mayNotCopy)
    case MARTLET_DLPACK_CUDA, MARTLET_DLPACK_CUDA_MANAGED:
      let device = try core { () throws(MartletError) in try Device(.cuda(numbers[1])) }
      return try give(try onDevice(object, device), to: target, mayNotCopy)
    default:
      throw .buffer(
        "memory of a device of DLPack's kind \(numbers[0]) cannot be shared: copy it to the host")
    }
  }

  /// The array on the device asked for; a copy where it lives elsewhere or one is asked for.
  private static func give(
    _ found: (array: NDArray, readOnly: Bool), to target: Device?, _ mayNotCopy: Bool?
  ) throws(PythonError) -> Ref {
    let (array, readOnly) = found
    if let target, target != array.device {
      if mayNotCopy == true {
        throw .value("Unable to avoid copy while creating an array as requested.")
      }
      return try CreationFunctions.made { () throws(MartletError) in try array.to(target) }
    }
    if mayNotCopy == false {
      return try CreationFunctions.made { () throws(MartletError) in try array.copy() }
    }
    return try ArrayObject.make(array, readOnly: readOnly)
  }

  private static func onHost(_ object: Ref) throws(PythonError) -> (NDArray, readOnly: Bool) {
    let view = try callMethod(Python.numpy, "from_dlpack", [object])
    defer { py_release(view) }
    return try ForeignMemory.array(view, exclusively: false)
  }

  /// The stream that the producer makes the memory ready on: CUDA's legacy default stream, which
  /// is waited for.
  private static let meetingStream: UInt = 1

  private static func onDevice(
    _ object: Ref, _ device: Device
  ) throws(PythonError) -> (NDArray, readOnly: Bool) {
    let capsule = try capsule(of: object)
    defer { py_release(capsule) }
    let export: ForeignMemory.Export
    let (tensor, readOnly): (martlet_dlpack_tensor, Bool)
    if PyCapsule_IsValid(capsule, versionedName) != 0,
      let pointer = PyCapsule_GetPointer(capsule, versionedName)
    {
      let managed = pointer.assumingMemoryBound(to: martlet_dlpack_versioned.self)
      guard managed.pointee.major <= 1 else {
        throw .buffer("DLPack \(managed.pointee.major) is newer than Martlet knows")
      }
      try check(PyCapsule_SetName(capsule, usedVersionedName))
      export = .versioned(managed)
      tensor = managed.pointee.tensor
      readOnly = managed.pointee.flags & UInt64(MARTLET_DLPACK_READ_ONLY) != 0
    } else if PyCapsule_IsValid(capsule, plainName) != 0,
      let pointer = PyCapsule_GetPointer(capsule, plainName)
    {
      let managed = pointer.assumingMemoryBound(to: martlet_dlpack_managed.self)
      try check(PyCapsule_SetName(capsule, usedPlainName))
      export = .plain(managed)
      (tensor, readOnly) = (managed.pointee.tensor, false)
    } else {
      throw .value("__dlpack__ gave no capsule of a tensor")
    }
    do throws(PythonError) {
      let (layout, dtype) = try describe(tensor)
      if layout.count == 0 {
        ForeignMemory.release(export)
        let empty = try core { () throws(MartletError) in
          try NDArray(uninitialised: layout.shape, dtype, on: device)
        }
        return (empty, readOnly)
      }
      let first = UInt(bitPattern: tensor.data) &+ UInt(tensor.byte_offset)
      let array = try ForeignMemory.adopted(
        first, layout, dtype, export, on: device, after: meetingStream, readOnly: readOnly)
      return (array, readOnly)
    } catch {
      ForeignMemory.release(export)
      throw error
    }
  }

  /// What `__dlpack__` gives; of producers that know only older rules too.
  private static func capsule(of object: Ref) throws(PythonError) -> Ref {
    let method = try attribute(object, "__dlpack__")
    defer { py_release(method) }
    let stream = try pythonInt(Int(meetingStream))
    defer { py_release(stream) }
    let version = try pythonTuple([1, 0])
    defer { py_release(version) }
    do throws(PythonError) {
      return try call(method, keywords: [("stream", stream), ("max_version", version)])
    } catch {
      guard case .raised = error, PyErr_ExceptionMatches(py_exc_type_error()) != 0 else {
        throw error
      }
      PyErr_Clear()
    }
    return try call(method, keywords: [("stream", stream)])
  }

  private static func call(
    _ callable: Ref, keywords: [(StaticString, Ref)]
  ) throws(PythonError) -> Ref {
    let dictionary = try check(PyDict_New())
    defer { py_release(dictionary) }
    for (name, value) in keywords {
      try check(PyDict_SetItemString(dictionary, name.cString, value))
    }
    let empty = try check(PyTuple_New(0))
    defer { py_release(empty) }
    return try check(PyObject_Call(callable, empty, dictionary))
  }

  // MARK: - Types

  private static func describe(
    _ tensor: martlet_dlpack_tensor
  ) throws(PythonError) -> (Layout, DType) {
    let dtype = DType.allCases.first { dtype in
      let (code, bits) = kind(of: dtype)
      return code == tensor.type_code && bits == tensor.type_bits
    }
    guard let dtype, tensor.type_lanes == 1 else {
      throw .buffer(
        "Martlet has no dtype for DLPack's kind \(tensor.type_code) of \(tensor.type_bits) bits "
          + "in \(tensor.type_lanes) lanes")
    }
    let rank = Int(tensor.rank)
    guard rank >= 0, rank <= Shape.maximumRank else {
      throw .martlet(.rankLimit(operation: "from_dlpack", rank: rank))
    }
    guard let sizes = tensor.shape ?? (rank == 0 ? UnsafeMutablePointer(bitPattern: 8) : nil) else {
      throw .buffer("the tensor has no shape")
    }
    var layout = Layout(contiguous: Shape((0..<rank).map { Int(sizes[$0]) }))
    if let strides = tensor.strides {
      layout.strides = Shape((0..<rank).map { Int(strides[$0]) })
    }
    guard layout.isPossible else {
      throw .buffer("the tensor's sizes \(layout.shape) or strides are those of no array")
    }
    return (layout, dtype)
  }

  private static func kind(of dtype: DType) -> (code: UInt8, bits: UInt8) {
    let code =
      switch dtype {
      case .bool: MARTLET_DLPACK_BOOL
      case .bfloat16: MARTLET_DLPACK_BFLOAT
      case _ where dtype.isComplex: MARTLET_DLPACK_COMPLEX
      case _ where dtype.isFloating: MARTLET_DLPACK_FLOAT
      case _ where dtype.isSigned: MARTLET_DLPACK_INT
      default: MARTLET_DLPACK_UINT
      }
    return (UInt8(code), UInt8(8 * dtype.itemSize))
  }
}
