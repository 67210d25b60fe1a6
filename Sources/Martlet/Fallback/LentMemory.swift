import CMartlet
import MartletIR
import MartletRuntime

/// An array's memory while Python refers to it: what an object with the buffer protocol shows, and
/// what keeps the memory alive.
final class LentMemory: @unchecked Sendable {
  // Unchecked: immutable. Python writes the memory only where a sole owner lent it for that.

  private let storage: Storage
  private let memory: UnsafeMutableRawPointer
  private let byteCount: Int
  private let itemSize: Int
  private let rank: Int
  private let format: UnsafeMutablePointer<CChar>
  /// The shape, then the strides in bytes.
  private let numbers: UnsafeMutablePointer<Int>
  private let isWritable: Bool

  /// - Throws: `.unsupported` for bfloat16, and what evaluating the array throws.
  init(_ array: NDArray, isWritable: Bool) throws(MartletError) {
    guard let format = Self.formats[Int(array.dtype.rawValue)] else {
      throw .unsupported(
        operation: "Fallback.numpy",
        detail: "NumPy has no \(array.dtype); convert the array with asType(.float32).")
    }
    let array = isWritable ? array : try array.readable()
    self.format = format
    itemSize = array.dtype.itemSize
    memory = try array.pointer()
    storage = array.storage
    byteCount = array.count * itemSize
    rank = array.rank
    self.isWritable = isWritable
    numbers = .allocate(capacity: 2 * rank + 1)
    for i in 0..<rank {
      numbers[i] = array.shape[i]
      numbers[rank + i] = array.strides[i] * itemSize
    }
  }

  deinit { numbers.deallocate() }

  /// The formats of the `struct` module, by `DType.rawValue`. They live as long as the process.
  nonisolated(unsafe) private static let formats: [UnsafeMutablePointer<CChar>?] =
    DType.allCases.map { dtype in
      switch dtype {
      case .bfloat16: return nil
      case .complex64: return permanent("Zf")
      case .complex128: return permanent("Zd")
      default: return permanent(String(dtype.code))
      }
    }

  /// Python keeps the pointer. It lives as long as the process.
  nonisolated(unsafe) private static let typeName = permanent("martlet.LentMemory")

  private static func permanent(_ text: String) -> UnsafeMutablePointer<CChar> {
    let bytes = text.utf8CString
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    for (i, byte) in bytes.enumerated() { copy[i] = byte }
    return copy
  }

  // MARK: The object

  /// A NumPy array over the memory.
  func array(_ session: PythonSession) throws(MartletError) -> PythonOwned {
    let object = try session.check(
      session.api.pointee.Type_GenericAlloc(session.objects.lender, 0))
    Self.slot(object.object).pointee = Unmanaged.passRetained(self).toOpaque()
    return try session.call(session.objects.asArray, object.object)
  }

  /// Where an object keeps its loan; nil until it has one.
  private static func slot(
    _ object: OpaquePointer
  ) -> UnsafeMutablePointer<UnsafeMutableRawPointer?> {
    (UnsafeMutableRawPointer(object) + Int(MARTLET_PYTHON_HEADER_BYTES))
      .assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
  }

  private typealias GetBuffer =
    @convention(c) (
      OpaquePointer, UnsafeMutablePointer<martlet_python_buffer>, Int32
    ) -> Int32
  private typealias Dealloc = @convention(c) (OpaquePointer) -> Void

  /// The type of objects that lend memory.
  static func makeType(_ session: PythonSession) throws(MartletError) -> PythonOwned {
    let getBuffer: GetBuffer = { object, buffer, flags in
      guard let python = try? Python.shared(), let context = LentMemory.slot(object).pointee else {
        return -1
      }
      let loan = Unmanaged<LentMemory>.fromOpaque(context).takeUnretainedValue()
      return loan.fill(buffer, object, flags, python.api)
    }
    let dealloc: Dealloc = { object in
      guard let python = try? Python.shared() else { return }
      if let context = LentMemory.slot(object).pointee {
        Unmanaged<LentMemory>.fromOpaque(context).release()
      }
      let type = python.api.pointee.Object_Type(object)
      python.api.pointee.Object_Free(UnsafeMutableRawPointer(object))
      // Ours, and the object's own.
      python.api.pointee._DecRef(type)
      python.api.pointee._DecRef(type)
    }
    var slots = [
      martlet_python_slot(
        slot: Int32(MARTLET_PYTHON_SLOT_GET_BUFFER),
        function: unsafeBitCast(getBuffer, to: UnsafeMutableRawPointer.self)),
      martlet_python_slot(
        slot: Int32(MARTLET_PYTHON_SLOT_DEALLOC),
        function: unsafeBitCast(dealloc, to: UnsafeMutableRawPointer.self)),
      martlet_python_slot(slot: 0, function: nil),
    ]
    let made = slots.withUnsafeMutableBufferPointer { slots in
      var spec = martlet_python_type_spec(
        name: typeName,
        basic_size: Int32(MARTLET_PYTHON_HEADER_BYTES) + Int32(MemoryLayout<Int>.size),
        item_size: 0,
        flags: MARTLET_PYTHON_TYPE_DEFAULT | MARTLET_PYTHON_TYPE_NO_INSTANTIATION,
        slots: slots.baseAddress!)
      return session.api.pointee.Type_FromSpec(&spec)
    }
    return try session.check(made)
  }

  /// NumPy asks for strides and a format; whoever does not take them cannot have the memory.
  private func fill(
    _ buffer: UnsafeMutablePointer<martlet_python_buffer>, _ object: OpaquePointer, _ flags: Int32,
    _ api: Python.API
  ) -> Int32 {
    let needed = Int32(MARTLET_PYTHON_BUFFER_READ)
    let asksToWrite = flags & 1 != 0
    guard flags & needed == needed, isWritable || !asksToWrite else {
      buffer.pointee.object = nil
      if let type = api.pointee.buffer_error.pointee {
        api.pointee.Err_SetString(
          type, asksToWrite ? "the array's memory is read-only" : "strides and format are needed")
      }
      return -1
    }
    buffer.pointee.memory = memory
    buffer.pointee.byte_count = byteCount
    buffer.pointee.item_size = itemSize
    buffer.pointee.read_only = isWritable ? 0 : 1
    buffer.pointee.rank = Int32(rank)
    buffer.pointee.format = format
    buffer.pointee.shape = numbers
    buffer.pointee.strides = numbers + rank
    buffer.pointee.suboffsets = nil
    buffer.pointee.internal = nil
    api.pointee._IncRef(object)
    buffer.pointee.object = object
    return 0
  }
}
