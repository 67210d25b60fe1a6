import CMartlet
import CPythonABI
import Martlet
import MartletIR
import MartletRuntime
import Synchronization

/// Python objects whose memory Martlet's arrays use, to be let go once nobody uses it any more.
///
/// The last user may be a worker, or hold Martlet's own locks: the release is handed over to the
/// interpreter, which runs it under its lock at a moment of its choosing.
enum ForeignMemory {
  /// What keeps the memory alive: a buffer that an object exported to us, a tensor of DLPack, or an
  /// object that must stay.
  enum Export: @unchecked Sendable {
    // Unchecked: the interpreter's lock guards all; others only pass the reference on.
    case buffer(UnsafeMutablePointer<Py_buffer>)
    case plain(UnsafeMutablePointer<martlet_dlpack_managed>)
    case versioned(UnsafeMutablePointer<martlet_dlpack_versioned>)
    case array(Ref)
    /// One of ours, whose memory somebody else has used until now.
    case loan(Ref)
  }

  /// An export for as long as a `Buffer` lives.
  final class Owner: Sendable {
    let export: Export

    init(_ export: Export) { self.export = export }
  }

  /// The object that NumPy names as the owner of memory that came from it, such as the bytes of
  /// `frombuffer`; nil where that is a NumPy array's own.
  static func base(of storage: Storage) throws(PythonError) -> Ref? {
    guard let context = storage.foreignContext(releasedBy: releaseOwner),
      case .array(let array) =
        Unmanaged<Owner>.fromOpaque(context).takeUnretainedValue().export,
      let base = NumPyArray.fields(array).pointee.base, NumPyArray.lender(array) == nil
    else { return nil }
    var loan = Loan()
    return try loan.back(retained(base))
  }

  private static let dead = Mutex<[Export]>([])

  private static let waits = Atomic<Bool>(false)

  /// Whether something is left to let go.
  @inline(__always)
  static var isWaiting: Bool { waits.load(ordering: .relaxed) }

  static func release(_ export: Export) {
    dead.withLock { $0.append(export) }
    waits.store(true, ordering: .relaxed)
    // When the queue is full, a later release drains this one too.
    _ = Py_AddPendingCall({ _ in ForeignMemory.drain() }, nil)
  }

  /// Lets the dead buffers go. The interpreter's lock is held.
  @discardableResult
  static func drain() -> Int32 {
    waits.store(false, ordering: .relaxed)
    let exports = dead.withLock { list in
      defer { list = [] }
      return list
    }
    for export in exports {
      switch export {
      case .buffer(let view):
        PyBuffer_Release(view)
        view.deallocate()
      case .plain(let tensor): tensor.pointee.deleter?(tensor)
      case .versioned(let tensor): tensor.pointee.deleter?(tensor)
      case .array(let array):
        py_release(array)
      case .loan(let object):
        ArrayObject.endExport(object)
        py_release(object)
      }
    }
    return 0
  }
}

extension ForeignMemory {
  /// An array on the memory of an object with a buffer, without a copy; nil where Martlet's arrays
  /// cannot hold such elements (`notNative` for the caller).
  ///
  /// With `exclusively` the caller vouches that nobody else will write the memory, so that later
  /// work may be deferred.
  static func array(_ object: Ref, exclusively: Bool) throws(PythonError) -> (
    NDArray, readOnly: Bool
  ) {
    if NumPyArray.check(object) { return try numpyArray(object, exclusively) }
    let view = UnsafeMutablePointer<Py_buffer>.allocate(capacity: 1)
    view.initialize(to: Py_buffer())
    let flags = PY_BUF_STRIDES | PY_BUF_FORMAT
    var writable = true
    if PyObject_GetBuffer(object, view, flags | PY_BUF_WRITABLE) != 0 {
      PyErr_Clear()
      writable = false
      if PyObject_GetBuffer(object, view, flags) != 0 {
        view.deallocate()
        // What NumPy refuses to export (dates, for one) Martlet does not have either.
        PyErr_Clear()
        throw .notNative("the array's memory cannot be shared")
      }
    }
    let export = Export.buffer(view)
    guard let (dtype, layout) = describe(view.pointee) else {
      release(export)
      throw .notNative("the array's elements are not of a type or layout that Martlet has")
    }
    // The buffer's address is that of element 0, which with negative strides is not the lowest.
    guard let first = view.pointee.buf ?? placeOfNothing(layout) else {
      release(export)
      throw .notNative("the array has no memory")
    }
    let array = shared(
      first, layout, dtype, export, pinned: !exclusively, readOnly: !writable)
    return (array, !writable)
  }

  /// An address for memory that has none, where nothing is read.
  private static func placeOfNothing(_ layout: Layout) -> UnsafeMutableRawPointer? {
    layout.count == 0 ? UnsafeMutableRawPointer(bitPattern: 64) : nil
  }

  private static func numpyArray(
    _ object: Ref, _ exclusively: Bool
  ) throws(PythonError) -> (NDArray, readOnly: Bool) {
    let fields = NumPyArray.fields(object)
    let dtype = try MartletPython.dtype(ofNumPy: fields.pointee.dtype)
    guard let layout = NumPyArray.layout(object, dtype) else {
      throw .notNative("the array's elements are not of a type or layout that Martlet has")
    }
    guard let first = fields.pointee.data ?? placeOfNothing(layout) else {
      throw .notNative("the array has no memory")
    }
    let readOnly = !NumPyArray.isWritable(object)
    let array = shared(
      first, layout, dtype, .array(retained(object)), pinned: !exclusively,
      readOnly: readOnly)
    return (array, readOnly)
  }

  /// An array on memory whose element 0 is at `first`.
  private static func shared(
    _ first: UnsafeMutableRawPointer, _ layout: Layout, _ dtype: DType, _ export: Export,
    pinned: Bool, readOnly: Bool
  ) -> NDArray {
    let extent = layout.extent
    let buffer = Buffer(
      foreign: first + extent.lowerBound * dtype.itemSize,
      byteCount: (extent.upperBound - extent.lowerBound) * dtype.itemSize,
      context: Unmanaged.passRetained(Owner(export)).toOpaque(), release: releaseOwner)
    var moved = layout
    moved.offset = -extent.lowerBound
    let storage = Storage(buffer, pinned: pinned, readOnly: readOnly)
    return NDArray(storage: storage, layout: moved, dtype: dtype)
  }

  /// An array on a device's memory whose element 0 is at `first`, once what its owner put into
  /// `stream` is done. Where this throws, the export is still the caller's.
  static func adopted(
    _ first: UInt, _ layout: Layout, _ dtype: DType, _ export: Export, on device: Martlet.Device,
    after stream: UInt?, readOnly: Bool
  ) throws(PythonError) -> NDArray {
    let owner = Unmanaged.passRetained(Owner(export))
    do throws(MartletError) {
      return try NDArray(
        adopting: first, layout, dtype, on: device, after: stream, readOnly: readOnly,
        context: owner.toOpaque(), release: releaseOwner)
    } catch {
      owner.release()
      throw .martlet(error)
    }
  }

  private static let releaseOwner: Buffer.Release = { context in
    guard let context else { return }
    ForeignMemory.release(Unmanaged<Owner>.fromOpaque(context).takeRetainedValue().export)
  }

  /// The dtype and layout of a buffer; nil where Martlet has none like it.
  private static func describe(_ view: Py_buffer) -> (DType, Layout)? {
    guard view.ndim >= 0, view.ndim <= Shape.maximumRank,
      let dtype = dtype(format: view.format, itemSize: view.itemsize)
    else { return nil }
    var layout = Layout(shape: Shape(), strides: Shape())
    if let address = view.buf, Int(bitPattern: address) % alignment(dtype) != 0 { return nil }
    for i in 0..<Int(view.ndim) {
      guard let size = view.shape?[i], let stride = view.strides?[i], size >= 0 else { return nil }
      guard stride % dtype.itemSize == 0 || size <= 1 else { return nil }
      layout.shape.append(size)
      layout.strides.append(stride / dtype.itemSize)
    }
    return layout.isPossible ? (dtype, layout) : nil
  }

  private static func alignment(_ dtype: DType) -> Int { dtype.realType.itemSize }

  /// The element type of a buffer's format, as the `struct` module writes it.
  private static func dtype(format: UnsafePointer<CChar>?, itemSize: Int) -> DType? {
    guard var code = format else { return itemSize == 1 ? .uint8 : nil }
    // Native order only; both marks below mean little-endian here, with standard or native sizes.
    if code.pointee == CChar(ascii: "<") || code.pointee == CChar(ascii: "=")
      || code.pointee == CChar(ascii: "@")
    {
      code += 1
    }
    var isComplex = false
    if code.pointee == CChar(ascii: "Z") {
      isComplex = true
      code += 1
    }
    guard code.pointee != 0, code[1] == 0 else { return nil }
    let letter = Character(UnicodeScalar(UInt8(bitPattern: code.pointee)))
    if isComplex { return letter == "f" ? .complex64 : letter == "d" ? .complex128 : nil }
    switch (letter, itemSize) {
    case ("?", 1): return .bool
    case ("b", 1): return .int8
    case ("B", 1): return .uint8
    case ("h", 2): return .int16
    case ("H", 2): return .uint16
    case ("i", 4), ("l", 4): return .int32
    case ("I", 4), ("L", 4): return .uint32
    case ("l", 8), ("q", 8), ("n", 8): return .int64
    case ("L", 8), ("Q", 8), ("N", 8): return .uint64
    case ("e", 2): return .float16
    case ("f", 4): return .float32
    case ("d", 8): return .float64
    default: return nil
    }
  }
}

extension CChar {
  init(ascii: Unicode.Scalar) { self = CChar(truncatingIfNeeded: ascii.value) }
}
