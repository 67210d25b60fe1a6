import CPythonABI
import Martlet
import MartletIR

/// The buffer protocol: an array's memory for other libraries, without a copy.
enum ArrayBuffer {
  typealias Get = @convention(c) (Ref, UnsafeMutablePointer<Py_buffer>?, Int32) -> Int32
  typealias Release = @convention(c) (Ref, UnsafeMutablePointer<Py_buffer>) -> Void

  static let get: Get = { object, view, flags in
    guard let view else {
      PyErr_SetString(py_exc_buffer_error(), "NULL view in getbuffer")
      return -1
    }
    view.pointee.obj = nil
    do throws(PythonError) {
      try fill(view, object, flags)
      return 0
    } catch {
      setException(error)
      return -1
    }
  }

  static let release: Release = { object, view in
    ArrayObject.endExport(object)
    view.pointee.internal?.deallocate()
  }

  private static func fill(
    _ view: UnsafeMutablePointer<Py_buffer>, _ object: Ref, _ flags: Int32
  ) throws(PythonError) {
    guard ArrayObject.read(object).device.isHost else {
      throw .raise(
        py_exc_buffer_error(),
        "the array lives on \(ArrayObject.read(object).device), whose memory the host cannot "
          + "read: use a.to('cpu')")
    }
    let (array, writable) = try opened(object)
    let dtype = array.dtype
    func asks(_ flag: Int32) -> Bool { flags & flag == flag }
    if asks(PY_BUF_WRITABLE), !writable { throw .value("buffer source array is read-only") }
    if asks(PY_BUF_C_CONTIGUOUS), !array.layout.isContiguous {
      throw .value("ndarray is not C-contiguous")
    }
    if asks(PY_BUF_F_CONTIGUOUS), !array.layout.isFortranContiguous {
      throw .value("ndarray is not Fortran contiguous")
    }
    if asks(PY_BUF_ANY_CONTIGUOUS), !array.layout.isContiguous, !array.layout.isFortranContiguous {
      throw .value("ndarray is not contiguous")
    }
    if !asks(PY_BUF_STRIDES), !array.layout.isContiguous {
      throw .value("ndarray is not C-contiguous")
    }
    guard let format = formats[Int(dtype.rawValue)] else {
      throw .value("bfloat16 has no buffer format")
    }
    let memory = try evaluated(array) + array.layout.offset * dtype.itemSize
    if !FloatingPointLog.isEmpty { try FloatingPointWarnings.report() }
    // Memory that somebody may write must not be read later than the line that reads it.
    if writable, !array.storage.isPinned {
      try core { () throws(MartletError) in try array.storage.pin() }
    }
    let rank = array.rank
    let numbers = UnsafeMutablePointer<Int>.allocate(capacity: 2 * rank + 1)
    for i in 0..<rank {
      numbers[i] = array.shape[i]
      numbers[rank + i] = array.strides[i] &* dtype.itemSize
    }
    view.pointee.buf = memory
    view.pointee.len = array.count &* dtype.itemSize
    view.pointee.itemsize = dtype.itemSize
    view.pointee.readonly = writable ? 0 : 1
    // Who asks for no shape gets the bytes in one row.
    view.pointee.ndim = asks(PY_BUF_ND) ? Int32(rank) : 1
    view.pointee.format = asks(PY_BUF_FORMAT) ? UnsafeMutablePointer(mutating: format) : nil
    view.pointee.shape = asks(PY_BUF_ND) ? numbers : nil
    view.pointee.strides = asks(PY_BUF_STRIDES) ? numbers + rank : nil
    view.pointee.suboffsets = nil
    view.pointee.internal = UnsafeMutableRawPointer(numbers)
    view.pointee.obj = retained(object)
    ArrayObject.state(ArrayObject.root(object)).pointee.exports &+= 1
  }

  /// An array whose memory others may look at, and write if it is writable.
  private static func opened(
    _ object: Ref
  ) throws(PythonError) -> (array: NDArray, writable: Bool) {
    let writable = ArrayObject.isWritable(object)
    // Whoever gets the memory may write it: what still reads it is computed first, and an array
    // that only shared it gets its own.
    _ = try evaluated(ArrayObject.read(object))
    if writable {
      try ArrayObject.mutate(object) { (array) throws(MartletError) in
        _ = try array.writablePointer()
      }
    }
    return (ArrayObject.read(object), writable)
  }

  /// The first element's address, for a call that looks afterwards whether somebody kept the memory
  /// (`ArrayObject.pinIfExported`).
  static func lend(
    _ object: Ref
  ) throws(PythonError) -> (memory: UnsafeMutableRawPointer, writable: Bool) {
    if let memory = ArrayObject.memoryForWriting(object) { return (memory, true) }
    try ArrayObject.lend(object)
    let (array, writable) = try opened(object)
    let memory = try evaluated(array) + array.layout.offset * array.dtype.itemSize
    if !FloatingPointLog.isEmpty { try FloatingPointWarnings.report() }
    return (memory, writable)
  }

  /// The formats of the `struct` module, by `DType.rawValue`.
  nonisolated(unsafe) private static let formats: [UnsafePointer<CChar>?] = DType.allCases.map {
    dtype in
    switch dtype {
    case .complex64: "Zf".permanentCString
    case .complex128: "Zd".permanentCString
    case .bfloat16: nil
    default: String(dtype.code).permanentCString
    }
  }
}

extension ArrayObject {
  /// One of those that look at the memory does so no longer.
  static func endExport(_ object: Ref) {
    state(root(object)).pointee.exports &-= 1
    // Elements that cannot go back to their device stay where they are, on the host.
    do throws(PythonError) { try takeBack(object) } catch {
      setException(error)
      PyErr_WriteUnraisable(object)
    }
  }

  /// After a call that memory was lent to: if it was kept, it is no longer Martlet's alone.
  static func pinIfExported(_ object: Ref) throws(PythonError) {
    guard state(root(object)).pointee.exports > 0 else { return }
    let storage = read(object).storage
    if !storage.isPinned { try core { () throws(MartletError) in try storage.pin() } }
  }
}
